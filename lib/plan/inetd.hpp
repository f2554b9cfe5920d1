#pragma once

#include "document/inetd_conf.hpp"
#include "plan/rule.hpp"

#include <string>

namespace bulwark {

inline const std::string inetd_conf_path = "/etc/inetd.conf";

enum class ServiceState {
    enabled,    // there and not commented out
    disabled,   // commented out or not there
    absent,     // not there, not even commented out
    present,    // there, enabled, with these fields; added if need be
    configured, // with these fields where it is enabled; nothing elsewhere
};

/// What is wanted of the entries of one service in /etc/inetd.conf. On a live host inetd must also not serve what the
/// file no longer has (somebody forgot the refresh).
struct InetdService {
    InetdKey key;
    ServiceState state = ServiceState::enabled;
    InetdFields fields{};
};

Needs needs(const InetdService& wanted, const Snapshot& snapshot);
void ensure(const InetdService& wanted, Snapshot& snapshot);
std::string summary(const InetdService& wanted);

/// Whether inetd serves more than the file allows: a service name that it has loaded more often than the file enables it.
/// The other way round is no sign of a forgotten refresh: inetd drops what it cannot start.
bool serves_too_much(const std::vector<std::string>& served, const InetdConf& conf);

} // namespace bulwark
