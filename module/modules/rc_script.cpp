#include "plan/rc_script.hpp"
#include "modules/modules.hpp"

namespace bulwark {
namespace {

std::vector<Option> daemon_options() {
    return {
        {.name = "name",
         .description = "The daemon: the base name or the full path of its program.",
         .required = true,
         .aliases = {"daemon"}},
        {.name = "args",
         .description = "The arguments that an enabled daemon is started with, as one string: `-bd -q30m`."},
        {.name = "state",
         .description =
             "`enabled`: its line or stanza is not commented out. `disabled`: it is, by a `#` as first character, or "
             "not there. `absent`: not there, not even commented out.",
         .choices = {"enabled", "disabled", "absent"},
         .required = true},
    };
}

std::string script_path(const json::object& arguments) {
    const std::string path = text_of(arguments, "path");
    if (!path.starts_with("/"))
        throw Error("option path is '" + path + "': it must be an absolute path");
    return path;
}

StartedDaemon daemon_of(const json::object& item, const json::object& arguments) {
    StartedDaemon daemon{script_path(arguments), text_of(item, "name"),
                         value_of<DaemonState>(text_of(item, "state"), {{"enabled", DaemonState::enabled},
                                                                        {"disabled", DaemonState::disabled},
                                                                        {"absent", DaemonState::absent}}),
                         optional_text(item, "args"), flag_of(arguments, "now")};
    if (daemon.daemon.empty() || daemon.daemon.back() == '/' ||
        daemon.daemon.find_first_of(" \t\r\n") != std::string::npos)
        throw Error("'" + daemon.daemon +
                    "' is not the name of a daemon: give its base name or full path, without blanks");
    return daemon;
}

std::vector<Rule> rules(const Module& module, const json::object& arguments, const Caller& caller) {
    std::vector<Wanted> wanted;
    for (const json::object& item : items(module.table, arguments, caller))
        wanted.emplace_back(daemon_of(item, arguments));
    return {rule_of(module, std::move(wanted))};
}

constexpr Example examples[] = {
    {"No SNMP at boot, and none now", R"({"daemons": ["snmpd", "dpid2"], "state": "disabled"})"},
    {"No NFS locking, from the next boot",
     R"({"path": "/etc/rc.nfs", "daemons": ["rpc.statd", "rpc.lockd"], "state": "disabled", "now": false})"},
    {"The mail queue every ten minutes", R"({"name": "sendmail", "args": "-bd -q10m", "state": "enabled"})"},
};

} // namespace

Module rc_script_module() {
    return {
        .name = "rc_script",
        .summary = "Which daemons a boot script starts",
        .description =
            {"Comments out, brings back and removes what starts a daemon in `/etc/rc.tcpip`, `/etc/rc.nfs` or "
             "another Korn shell script of that kind: start lines, guarded ones, bare command lines, and whole "
             "`if` stanzas whose test names the daemon's program.",
             "The script is never left so that its shell would reject it: where the host has the shell, the new "
             "text is checked with `-n` before it is written."},
        .table = {.options = with_common_options(
                      {{.name = "path",
                        .type = Type::path,
                        .description = "The boot script.",
                        .fallback = json::string(rc_tcpip_path)},
                       {.name = "daemons",
                        .type = Type::list,
                        .description = "Daemons to look after, in one transaction. An item that is a plain string is a "
                                       "name; options beside the list are the items' defaults.",
                        .elements = Type::dict,
                        .options = daemon_options()},
                       {.name = "now",
                        .type = Type::boolean,
                        .description =
                            "On a live host also stop a daemon that is disabled, or start one that is enabled, "
                            "through the System Resource Controller, as `chrctcp -S` does.",
                        .fallback = true}}),
                  .items = "daemons",
                  .required_one_of = {{"daemons", "name"}}},
        .examples = examples,
        .rules = rules};
}

} // namespace bulwark
