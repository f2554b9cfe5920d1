#include "plan/subsystem.hpp"
#include "modules/modules.hpp"

#include <algorithm>

namespace bulwark {
namespace {

constexpr std::size_t longest_arguments = 1200; // that startsrc takes (aix_facts.md, subsystems)

bool has_blank_or_control(const std::string& text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char byte) { return byte <= ' ' || byte == 0x7f; });
}

std::string name_of(const json::object& arguments) {
    const std::string name = text_of(arguments, "name");
    if (name.empty() || name.front() == '-' || has_blank_or_control(name))
        throw Error("option name is '" + name +
                    "': it must be the name of a subsystem, one word, as `lssrc -a` has it");
    return name;
}

/// `difference` takes a `$` for a variable of a boot script, and would not start the subsystem.
std::string arguments_of(const json::object& arguments) {
    const std::string args = text_of(arguments, "args");
    if (args.find_first_of("\n\r$`") != std::string::npos || args.find('\0') != std::string::npos)
        throw Error("option args is '" + args +
                    "': the System Resource Controller takes one line of arguments and no shell reads them; write them "
                    "without $, ` and newlines");
    if (args.size() > longest_arguments)
        throw Error("option args has " + std::to_string(args.size()) + " characters: startsrc takes at most " +
                    std::to_string(longest_arguments));
    return args;
}

std::vector<Rule> rules(const Module& module, const json::object& arguments, const Caller&) {
    const SubsystemState wanted{name_of(arguments), text_of(arguments, "state") == "active", arguments_of(arguments)};
    return {rule_of(module, {wanted})};
}

constexpr Example examples[] = {
    {"No SNMP agent now; module rc_script sees to the next boot", R"({"name": "snmpd", "state": "inoperative"})"},
    {"A sendmail that only sends what is in its queue", R"({"name": "sendmail", "args": "-q30m", "state": "active"})"},
};

} // namespace

Module subsystem_module() {
    return {
        .name = "subsystem",
        .summary = "Whether a subsystem of the SRC runs",
        .description =
            {"Starts or stops one subsystem of the System Resource Controller with startsrc or stopsrc, and waits "
             "until "
             "lssrc says that it is active or inoperative. What a boot script does at the next boot is another matter: "
             "see module `rc_script`, which does both.",
             "A subsystem that is not on file is an error in a call of this module, and `not_applicable` in a rule of "
             "`harden`. Elsewhere than on the live host nothing can be started or stopped: the command is skipped and "
             "reported with the reason."},
        .table =
            {.options = with_common_options(
                 {{.name = "name", .description = "The name of the subsystem, as `lssrc -a` has it.", .required = true},
                  {.name = "state",
                   .description = "`active`: it runs. `inoperative`: it does not.",
                   .choices = {"active", "inoperative"},
                   .required = true},
                  {.name = "args",
                   .description =
                       "Arguments to start it with, as one string, behind those that the SRC has for it. They count "
                       "when it is started: one that is active is left as it runs."}})},
        .examples = examples,
        .rules = rules};
}

} // namespace bulwark
