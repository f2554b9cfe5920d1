#include "memory.hpp"
#include "module.hpp"
#include "plan/inetd.hpp"
#include "plan/network_options.hpp"
#include "plan/ports.hpp"
#include "plan/software.hpp"
#include "plan/subsystem.hpp"
#include "property.hpp"
#include "protocol.hpp"
#include "system/load.hpp"
#include "targets.hpp"

#include <algorithm>

namespace bulwark::fuzz {
namespace {

void check_listeners(std::string_view netstat) {
    const std::optional<std::vector<Listener>> found = listeners(netstat);
    if (!found)
        return;
    require(std::is_sorted(found->begin(), found->end()), "listeners are in order", netstat);
    require(std::adjacent_find(found->begin(), found->end()) == found->end(), "each is there once", netstat);
    for (const Listener& listener : *found)
        require(listener.port > 0 && listener.port < 65536, "a port is one", netstat);
}

/// Which ports the host opens, compared with what its netstat says.
void check_ports(MemoryHost host) {
    const Module& module = *find_module("ports_info");
    std::vector<std::string> warnings;
    const json::object arguments = validate(module.table, {}, {"ports_info"}, warnings);
    try {
        const json::object result = module.answer(arguments, host, no_history());
        for (const json::value& port : result.at("ports").as_array())
            require(port.at("protocol") == "tcp" || port.at("protocol") == "udp", "a port has a protocol");
        require(!to_line(result).empty(), "the ports can be shown");
    } catch (const Error& error) {
        require(*error.what() != '\0', "an Error says something");
    }
}

/// What the running system says of everything that rules ask it for.
void check_running_system(MemoryHost host) {
    Rule rule;
    NetworkOptions options{{{"bcastping", "0"}}};
    options.persistence = Persistence::automatic;
    rule.wanted = {InetdService{{"ftp", ""}, ServiceState::disabled}, SubsystemState{"snmpd", false}, options,
                   Software{{"IY04477"}, {"bos.compat.NetInst"}, true}};
    const Snapshot before = load({rule}, {}, "", host, no_history());
    for (const Wanted& wanted : rule.wanted) {
        Snapshot after = before;
        try {
            wanted.apply_to(after);
        } catch (const Error&) {
            continue;
        }
        const Snapshot once = after;
        wanted.apply_to(after);
        require(after.same_state(once), "what is done is done");
        for (const Action& action : difference(before, once).actions)
            require(!action.argv.empty(), "an action is a command");
    }
}

} // namespace

void host(std::string_view bytes) {
    const Halves halves = split_input(bytes);
    const CommandResult said = said_by(halves.first);
    check_listeners(halves.first);
    check_ports(host_with(read_files(halves.second), said));
    check_running_system(host_with(read_files(halves.second), said));
}

} // namespace bulwark::fuzz
