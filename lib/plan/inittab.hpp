#pragma once

#include "document/inittab.hpp"
#include "plan/rule.hpp"

#include <optional>
#include <string>

namespace bulwark {

inline const std::string inittab_path = "/etc/inittab";

enum class InittabState { present, absent, disabled, enabled };
enum class InittabMethod { comment, off };

/// What is wanted of one record of /etc/inittab.
struct InittabEntry {
    std::string identifier;
    InittabState state = InittabState::present;
    InittabFields fields{};
    std::optional<std::string> insert_after{}; // where a new entry goes; one that exists stays where it is
    InittabMethod method = InittabMethod::comment;
    bool force = false; // also if the host might not boot afterwards
    bool now = false;   // telinit q after a change
};

Needs needs(const InittabEntry& wanted, const Snapshot& snapshot);
void ensure(const InittabEntry& wanted, Snapshot& snapshot);
std::string summary(const InittabEntry& wanted);

/// Whether a record is one of those without which an AIX host does not boot to where it booted before (aix_facts.md,
/// inittab): the initdefault record, brc, securityboot, tunables, powerfail, rc, fbcheck, srcmstr, rctcpip, cron and
/// cons.
bool is_boot_critical(const InittabRecord& record);

/// Throws Error naming the first boot-critical record that `after` has lost, changed, or put in another order.
void require_bootable(const Inittab& before, const Inittab& after);

} // namespace bulwark
