#include "plan/network_options.hpp"
#include "modules/modules.hpp"

namespace bulwark {
namespace {

/// YAML's numbers and booleans are all the same to `no`.
std::string value_text(const std::string& name, const json::value& value) {
    if (value.is_bool())
        return value.as_bool() ? "1" : "0";
    if (value.is_int64())
        return std::to_string(value.as_int64());
    if (value.is_uint64())
        return std::to_string(value.as_uint64());
    if (value.is_string())
        return std::string(view(value));
    throw Error("network option " + name + " must have a number or a text as its value, as in `" + name + ": 1`");
}

std::map<std::string, std::string> settings(const json::object& arguments) {
    std::map<std::string, std::string> options;
    for (const auto& [name, value] : arguments.at("options").as_object())
        options.emplace(name, value_text(std::string(name), value));
    if (options.empty())
        throw Error("no network option is given; name at least one, as in `options: {bcastping: 0}`");
    return options;
}

std::vector<Rule> rules(const Module& module, const json::object& arguments, const Caller&) {
    NetworkOptions wanted{settings(arguments),
                          value_of<Persistence>(text_of(arguments, "persist"), {{"script", Persistence::script},
                                                                                {"nextboot", Persistence::nextboot},
                                                                                {"auto", Persistence::automatic}}),
                          text_of(arguments, "script")};
    if (!wanted.script.starts_with("/") || wanted.script.find_first_of(" \t\r\n\"'\\$`;&|<>()#:") != std::string::npos)
        throw Error("option script is '" + wanted.script +
                    "': it must be an absolute path without blanks and shell characters, for inittab runs it");
    return {rule_of(module, {wanted})};
}

constexpr Example examples[] = {
    {"The network options of the tutorial",
     R"({"options": {"bcastping": 0, "directed_broadcast": 0, "ipsrcroutesend": 0, "clean_partial_conns": 1}})"},
    {"On AIX 5.2 and later, with the system's own persistence",
     R"({"options": {"tcp_tcpsecure": 7}, "persist": "nextboot"})"},
};

} // namespace

Module network_options_module() {
    return {
        .name = "network_options",
        .summary = "Network options, now and from boot",
        .description =
            {"Keeps a script of `no -o` commands and its inittab entry, or the values of the next boot, and sets what "
             "differs in the running kernel.",
             "An option that this release does not know is reported and left out of the running kernel."},
        .table = {.options = with_common_options(
                      {{.name = "options",
                        .type = Type::dict,
                        .description = "The options and their values.",
                        .required = true},
                       {.name = "persist",
                        .description =
                            "How the values survive a reboot. `script`: by `script`, run from inittab directly after "
                            "brc, which works on every release. `nextboot`: by `no -p`, on AIX 5.2 and later. "
                            "`auto`: `nextboot` where `/etc/tunables/nextboot` exists, else `script`.",
                        .choices = {"script", "nextboot", "auto"},
                        .fallback = "script"},
                       {.name = "script",
                        .type = Type::path,
                        .description =
                            "The script that sets the options at boot; created with mode 0744 if it is not there.",
                        .fallback = "/etc/rc.no"}})},
        .examples = examples,
        .rules = rules};
}

} // namespace bulwark
