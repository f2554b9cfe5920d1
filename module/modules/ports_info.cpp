#include "modules/modules.hpp"
#include "plan/ports.hpp"
#include "system/host.hpp"
#include "system/load.hpp"
#include "text.hpp"

namespace bulwark {
namespace {

template <class Number>
json::value number_or_null(const std::optional<Number>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}

json::array array_of(const std::vector<Listener>& listeners, const std::vector<OpenPort>& ports) {
    json::array all;
    for (const Listener& listener : listeners)
        all.push_back({{"port", listener.port},
                       {"protocol", listener.protocol},
                       {"address", listener.address},
                       {"configured", is_configured(listener, ports)}});
    return all;
}

json::array array_of(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

bool asks_running_host(const json::object& arguments) {
    const std::string running = text_of(arguments, "running");
    const bool is_live = text_of(arguments, "root").find_first_not_of('/') == std::string::npos;
    return running == "always" || (running == "auto" && is_live);
}

/// What the running host listens on. Throws Error where it cannot tell.
std::vector<Listener> ask(Host& host) {
    constexpr std::chrono::seconds limit{30};
    const auto command = host.find_command("netstat");
    if (!command)
        throw Error("the command netstat is not there");
    const CommandResult result = host.run({*command, "-Aan"}, limit);
    if (result.status != 0)
        throw Error("netstat -Aan: " + first_line_said(result));
    const auto found = listeners(result.out);
    if (!found)
        throw Error("what netstat -Aan prints here is not what it prints on AIX");
    return *found;
}

void compare(const std::vector<OpenPort>& ports, Host& host, ConfiguredPorts& configured, json::object& result) {
    try {
        const std::vector<Listener> listening = ask(host);
        result["listening"] = array_of(listening, ports);
        result["differences"] = array_of(differences(ports, listening));
    } catch (const Error& error) {
        configured.warnings.push_back(std::string("what really listens is not known: ") + error.what());
    }
}

std::string message(const ConfiguredPorts& configured, const json::object& result) {
    std::size_t dynamic = 0;
    for (const OpenPort& port : configured.ports)
        dynamic += port.dynamic;
    std::string text = counted(configured.ports.size(), "port") + " configured";
    if (dynamic > 0)
        text += ", " + std::to_string(dynamic) + " of them dynamic";
    if (const json::value* differences = result.if_contains("differences"))
        text += ", " + counted(differences->get_array().size(), "difference") + " from what listens";
    return text;
}

json::object answer(const json::object& arguments, Host& host, const History& history) {
    Rule rule;
    rule.wanted = {KnownPorts{}};
    const Snapshot snapshot = load({rule}, {}, "only files are read", host, history);
    ConfiguredPorts configured = configured_ports(snapshot);
    configured.warnings.insert(configured.warnings.end(), snapshot.warnings.begin(), snapshot.warnings.end());
    json::object result{{"ports", array_of(configured.ports)}, {"unknown", array_of(configured.unknown)}};
    if (asks_running_host(arguments))
        compare(configured.ports, host, configured, result);
    if (!configured.warnings.empty())
        result["warnings"] = array_of(configured.warnings);
    result["msg"] = message(configured, result);
    return result;
}

constexpr Example examples[] = {
    {.title = "Which ports does this host open?", .keywords = R"({"register": "open"})"},
    {.title = "Nothing but ssh, mail and syslog may be open",
     .options =
         R"({"that": "open.ports | map(attribute='name') | difference(['ssh', 'smtp', 'syslog']) | length == 0"})",
     .module = "ansible.builtin.assert"},
    {.title = "Nothing may listen that no configuration opens, or that should have been stopped",
     .options = R"({"that": "open.differences | default([]) | length == 0",
                    "fail_msg": "{{ open.differences | default([]) | join('; ') }}"})",
     .module = "ansible.builtin.assert"},
    {"Which ports would a host open that is installed from this image?", R"({"root": "/export/nim/spot/image"})"},
};

std::vector<Return> returns() {
    return {
        {"ports", "list", "always",
         "The ports that the configuration opens, by number, tcp before udp; then the dynamic ones by RPC program "
         "number, then those that have none by name.",
         port_fields()},
        {"unknown",
         "list",
         "always",
         "Programs that `/etc/rc.tcpip` and `/etc/rc.nfs` start and of which it is not known whether they open a port.",
         {}},
        {"listening",
         "list",
         "if the running host could be asked",
         "The ports that take connections or datagrams at this moment.",
         {{"port", "int", "always", "The number.", {}},
          {"protocol", "str", "always", "`tcp` or `udp`.", {}},
          {"address", "str", "always", "The address that it listens on, `*` for all of the host's.", {}},
          {"configured", "bool", "always", "Whether the configuration opens the port by this number.", {}}}},
        {"differences",
         "list",
         "if the running host could be asked",
         "How what listens differs from what is configured, one sentence each. Left out are ports that only the host "
         "itself can reach, and those that may be dynamic ones.",
         {}}};
}

Option running_option() {
    return {.name = "running",
            .description =
                "Whether the running host is asked what really listens (`netstat -Aan`), to be compared with the "
                "configuration. `auto`: only where `root` is `/`. `always`: also with another root, a mounted clone of "
                "the host for instance. Where it cannot be asked a warning says so.",
            .choices = {"auto", "always", "never"},
            .fallback = "auto"};
}

} // namespace

json::array array_of(const std::vector<OpenPort>& ports) {
    json::array all;
    for (const OpenPort& port : ports)
        all.push_back({{"port", number_or_null(port.port)},
                       {"protocol", port.protocol},
                       {"name", port.name},
                       {"program", port.program},
                       {"started_from", port.started_from},
                       {"dynamic", port.dynamic},
                       {"rpc", number_or_null(port.rpc)}});
    return all;
}

std::vector<Return> port_fields() {
    return {
        {"port",
         "int",
         "always",
         "The number; null where it is dynamic, or where `/etc/services` does not name the service.",
         {}},
        {"protocol", "str", "always", "`tcp` or `udp`, whether over IPv4, IPv6 or both.", {}},
        {"name", "str", "always", "The service's name: `smtp`.", {}},
        {"program", "str", "always", "The program behind the port: `/usr/lib/sendmail`.", {}},
        {"started_from",
         "str",
         "always",
         "The file that starts it: `/etc/inetd.conf`, `/etc/rc.tcpip`, `/etc/rc.nfs`, `/etc/inittab`, or a script of "
         "`/etc/rc.d`.",
         {}},
        {"dynamic",
         "bool",
         "always",
         "Whether the kernel gives the service another number at every start, as it does to RPC services.",
         {}},
        {"rpc", "int", "always", "The program number of an RPC service; null of all others.", {}}};
}

Module ports_info_module() {
    return {
        .name = "ports_info",
        .summary = "Which ports the host opens, and from where",
        .description =
            {"Tells which ports the configuration opens: what `/etc/inittab` starts in its default run level, what "
             "`/etc/rc.tcpip`, `/etc/rc.nfs` and the scripts of `/etc/rc.d` start where inittab runs them, and what "
             "`/etc/inetd.conf` enables where inetd is started. Numbers are those of `/etc/services`, else the ones "
             "that AIX ships.",
             "Services to which the kernel gives a free port at every start have no number: RPC services, of which "
             "portmap knows where they are, and dpid2 and dtlogin. Behind a scan that finds 32768 and higher ports, or "
             "rpc.statd at ports around 1001, are mostly these; 49213 though is fixed in the configuration of "
             "httpdlite.",
             "The NFS server counts where `/etc/exports` is there and `/usr/sbin/nfsd` can be executed. Whether other "
             "programs are installed is not looked at, and neither is what users start by hand. The daemons that "
             "Bulwark knows are those of AIX."},
        .table = {.options = with_common_options({running_option()}, false)},
        .examples = examples,
        .returns = returns(),
        .answer = answer};
}

} // namespace bulwark
