#include "plan/software.hpp"
#include "modules/modules.hpp"

namespace bulwark {
namespace {

/// The names, which become words of commands. `lslpp` and `installp` would take a `*` for many filesets.
std::set<std::string> names_in(const json::object& arguments, const std::string& option) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";
    std::set<std::string> names;
    for (const std::string& name : texts_of(arguments, option)) {
        if (name.empty() || name.front() == '-' || name.find_first_not_of(allowed) != std::string::npos)
            throw Error("option " + option + ": '" + name + "' is no name of " +
                        (option == "fixes" ? "a fix, as IY04477" : "a fileset, as bos.net.nfs.server") +
                        ": it may have letters, digits and . _ + - but no - in front");
        names.insert(name);
    }
    return names;
}

/// One thing wanted for each fileset, so that what is done can be told fileset by fileset.
std::vector<Rule> rules(const Module& module, const json::object& arguments, const Caller&) {
    std::vector<Wanted> wanted;
    if (const auto fixes = names_in(arguments, "fixes"); !fixes.empty())
        wanted.emplace_back(Software{.fixes = fixes});
    for (const std::string& name : names_in(arguments, "absent"))
        wanted.emplace_back(Software{.absent = {name}, .remove = flag_of(arguments, "remove")});
    if (wanted.empty())
        throw Error("neither a fix nor a fileset is named; give `fixes`, `absent` or both, as in `fixes: [IY04477]`");
    return {rule_of(module, std::move(wanted))};
}

std::string_view word_for(Fix::Status status) {
    switch (status) {
    case Fix::Status::installed:
        return "installed";
    case Fix::Status::incomplete:
        return "not_installed";
    default:
        return "unknown";
    }
}

void facts(const json::object& arguments, const Snapshot&, const Snapshot& after, json::object& result) {
    json::array fixes, filesets;
    for (const std::string& name : names_in(arguments, "fixes"))
        if (const auto fix = after.fixes.find(name); fix != after.fixes.end())
            fixes.push_back({{"name", name}, {"status", word_for(fix->second.status)}, {"detail", fix->second.said}});
    for (const std::string& name : names_in(arguments, "absent"))
        if (const auto fileset = after.filesets.find(name); fileset != after.filesets.end())
            filesets.push_back({{"name", name},
                                {"status", fileset->second.installed ? "installed" : "absent"},
                                {"level", fileset->second.level}});
    result["fixes"] = std::move(fixes);
    result["filesets"] = std::move(filesets);
}

constexpr Example examples[] = {
    {.title = "The fix for ftpd is installed, and network installation support is not",
     .options = R"({"fixes": ["IY04477"], "absent": ["bos.compat.NetInst"]})",
     .keywords = R"({"register": "software"})"},
    {.title = "Fail where the fix is missing",
     .options = R"({"that": "software.fixes | selectattr('status', 'eq', 'not_installed') | list | length == 0"})",
     .module = "ansible.builtin.assert"},
    {"Remove the NFS server", R"({"absent": ["bos.net.nfs.server"], "remove": true})"},
};

std::vector<Return> returns() {
    return {
        {"fixes",
         "list",
         "success",
         "The fixes that were asked for.",
         {{"name", "str", "always", "The name of the fix.", {}},
          {"status",
           "str",
           "always",
           "installed, not_installed (or not all of it), or unknown: the fix database of this release has no data for "
           "it, as for a fix that the release has from the start.",
           {}},
          {"detail", "str", "always", "What instfix says. An interim fix counts as installed.", {}}}},
        {"filesets",
         "list",
         "success",
         "The filesets that were asked for, as they are after the run, or would be.",
         {{"name", "str", "always", "The name of the fileset.", {}},
          {"status", "str", "always", "installed or absent.", {}},
          {"level", "str", "always", "The level that is or was installed; empty if none was.", {}}}}};
}

} // namespace

Module software_module() {
    return {
        .name = "software",
        .summary = "Fixes that are installed, filesets that are not",
        .description =
            {"Looks whether fixes are installed, with instfix, and filesets are not, with lslpp. What is not as wanted "
             "is reported, in the result and as `non_compliant` in a rule of `harden`; it is no change and no failure, "
             "and the exit status on the command line is 0, with `--check` too.",
             "With `remove` a fileset that is installed is removed with `installp -u`, if a preview finds that "
             "installp would do it; filesets that others depend on stay. The history has no copy of a fileset: a "
             "rollback does not bring it back.",
             "Only the running system can be asked: with an alternate `root` a call of this module fails, and a rule "
             "of `harden` is `not_applicable`."},
        .table = {.options = with_common_options(
                      {{.name = "fixes",
                        .type = Type::list,
                        .description = "Fixes that should be installed, by the numbers of their APARs.",
                        .elements = Type::str},
                       {.name = "absent",
                        .type = Type::list,
                        .description =
                            "Filesets that should not be installed. An RPM package that lslpp lists by its name "
                            "is found too; `remove` does not remove it.",
                        .elements = Type::str},
                       {.name = "remove",
                        .type = Type::boolean,
                        .description = "Remove filesets of `absent` that are installed. Not undone by a rollback.",
                        .fallback = false}}),
                  .required_one_of = {{"fixes", "absent"}}},
        .examples = examples,
        .returns = returns(),
        .rules = rules,
        .facts = facts};
}

} // namespace bulwark
