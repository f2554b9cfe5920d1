#pragma once

#include "document/boot_script/rc_script.hpp"
#include "plan/rule.hpp"

#include <optional>
#include <string>

namespace bulwark {

inline const std::string rc_tcpip_path = "/etc/rc.tcpip";

enum class DaemonState { enabled, disabled, absent };

/// What is wanted of one daemon that a boot script starts, and, with `now` on a live host, of its subsystem.
struct StartedDaemon {
    std::string path = rc_tcpip_path;
    std::string daemon; // base name or full path
    DaemonState state = DaemonState::enabled;
    std::optional<std::string> arguments{};
    bool now = true; // also stop or start it through the SRC, as `chrctcp -S` does (aix_facts.md, rc.tcpip)
};

Needs needs(const StartedDaemon& wanted, const Snapshot& snapshot);
void ensure(const StartedDaemon& wanted, Snapshot& snapshot);
std::string summary(const StartedDaemon& wanted);

/// What this daemon of the script gets when it is started there, the values of plain assignments (`qpi=30m`) in place of
/// variables.
std::string arguments_at_boot(const RcScript& script, const RcDaemon& daemon);

/// The same of the first place where the script starts the daemon of that name or path; nothing where it does not.
std::optional<std::string> arguments_at_boot(const RcScript& script, const std::string& daemon);

/// The same of the first of the boot scripts that were read that starts the subsystem.
std::optional<std::string> arguments_at_boot(const Snapshot& snapshot, const std::string& subsystem);

} // namespace bulwark
