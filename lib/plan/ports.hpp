#pragma once

#include "plan/rule.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// One port that the configuration opens at boot.
struct OpenPort {
    std::optional<unsigned> port; // nothing where it is dynamic, or where nobody knows the service's number
    std::string protocol;         // tcp or udp; what is tcp6 or udp6 in inetd.conf serves IPv4 too, and is shown so
    std::string name;             // of the service
    std::string program;          // that is bound to it: of services internal to inetd, inetd
    std::string started_from;     // the file that has to be edited to close it
    bool dynamic = false;         // the kernel gives it another number at every start
    std::optional<std::uint32_t> rpc{}; // program number, by which portmap knows the port
    bool operator==(const OpenPort&) const = default;
};

struct ConfiguredPorts {
    std::vector<OpenPort> ports;      // by number, tcp before udp; then dynamic ones by program number, then by name
    std::vector<std::string> unknown; // programs of the boot scripts of which is not known whether they listen
    std::vector<std::string> warnings;
};

/// That all be read which says what ports the host opens. It changes nothing.
struct KnownPorts {};
Needs needs(const KnownPorts&, const Snapshot& snapshot);
void ensure(const KnownPorts&, Snapshot& snapshot);
std::string summary(const KnownPorts&);

/// Which ports the host opens when it boots: what inittab starts in its default run level, by itself or by /etc/rc.tcpip,
/// /etc/rc.nfs, /etc/rc.dt and the scripts of /etc/rc.d; and, if inetd is among that, what /etc/inetd.conf enables. Where
/// there is no inittab the boot scripts count as started. The snapshot has what KnownPorts needs. Throws Error if there is
/// nothing of all that.
ConfiguredPorts configured_ports(const Snapshot& snapshot);

/// A socket that takes connections or datagrams.
struct Listener {
    unsigned port = 0;
    std::string protocol; // tcp or udp
    std::string address;  // "*" for all of the host's
    auto operator<=>(const Listener&) const = default;
};

/// The listeners that `netstat -Aan` of AIX shows (aix_facts.md, sockets), by port, tcp before udp; nothing where that
/// is not its output.
std::optional<std::vector<Listener>> listeners(std::string_view netstat);

/// Whether the configuration opens the listener's port.
bool is_configured(const Listener& listener, const std::vector<OpenPort>& ports);

/// How what listens differs from what is configured, one sentence each. Ports that may be dynamic ones are left out, and so
/// are those that only this host itself can reach.
std::vector<std::string> differences(const std::vector<OpenPort>& ports, const std::vector<Listener>& listeners);

} // namespace bulwark
