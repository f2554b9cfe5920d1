#pragma once

#include "document/syslog_conf.hpp"
#include "plan/rule.hpp"

#include <string>

namespace bulwark {

inline const std::string syslog_conf_path = "/etc/syslog.conf";

enum class SyslogState { present, absent };

/// What is wanted of one rule of /etc/syslog.conf. The log file it names is created, for syslogd never creates one
/// (aix_facts.md, syslog).
struct WantedSyslogRule {
    SyslogRule rule;
    SyslogState state = SyslogState::present;
    unsigned log_mode = 0640; // of a log file that is created, root:system
};

Needs needs(const WantedSyslogRule& wanted, const Snapshot& snapshot);
void ensure(const WantedSyslogRule& wanted, Snapshot& snapshot);
std::string summary(const WantedSyslogRule& wanted);

} // namespace bulwark
