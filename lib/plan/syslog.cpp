#include "plan/syslog.hpp"

namespace bulwark {
namespace {

/// Devices are there already, or are none of a log's business.
bool is_log_file(const std::string& destination) {
    return destination.starts_with('/') && !destination.starts_with("/dev/");
}

/// syslogd never creates a file that it is to write to. One that is there is its own, content, mode and all.
void ensure_log_file(const std::string& path, unsigned mode, Snapshot& snapshot) {
    const FileState& log = snapshot.state(path);
    if (log.kind == FileState::Kind::regular)
        return;
    if (log.kind != FileState::Kind::missing)
        throw Error(path + " is " + log.other + ", into which syslogd cannot log; name a file");
    snapshot.create_with_directories(path, "", mode);
    snapshot.refresh.insert("syslogd"); // it could not open the file so far
}

void ensure_logged(const WantedSyslogRule& wanted, Snapshot& snapshot) {
    if (wanted.rule.destination == syslog_conf_path)
        throw Error("destination '" + syslog_conf_path +
                    "': syslogd would write its messages into its own configuration; name another file");
    edit<SyslogConf>(snapshot, syslog_conf_path, [&](SyslogConf& conf) { conf.set(wanted.rule); });
    if (is_log_file(wanted.rule.destination))
        ensure_log_file(wanted.rule.destination, wanted.log_mode, snapshot);
}

} // namespace

Needs needs(const WantedSyslogRule& wanted, const Snapshot&) {
    Needs all;
    all.files = {syslog_conf_path};
    const std::string& destination = wanted.rule.destination;
    if (wanted.state == SyslogState::present && is_log_file(destination) && destination != syslog_conf_path) {
        all.files.merge(with_directories(destination));
        all.files.erase(destination);
        all.presence = {destination}; // its text, of a log that is long in use, is large and of no interest
    }
    return all;
}

void ensure(const WantedSyslogRule& wanted, Snapshot& snapshot) {
    if (wanted.state == SyslogState::present)
        return ensure_logged(wanted, snapshot);
    edit<SyslogConf>(snapshot, syslog_conf_path, [&](SyslogConf& conf) { conf.remove(wanted.rule); });
}

std::string summary(const WantedSyslogRule& wanted) {
    const auto& [selector, destination, rotation, line] = wanted.rule;
    const std::string verb = wanted.state == SyslogState::present ? "log " : "remove ";
    return verb + selector + (destination.empty() ? "" : " to " + destination);
}

} // namespace bulwark
