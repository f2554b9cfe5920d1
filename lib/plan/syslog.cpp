#include "plan/syslog.hpp"

#include "text.hpp"

namespace bulwark {
namespace {

/// Devices are there already, or are none of a log's business.
bool is_log_file(const std::string& destination) {
    return destination.starts_with('/') && !destination.starts_with("/dev/");
}

/// Who besides root can put something else in the place of what is in the directory: "group adm"; nobody: empty. bin owns
/// directories of AIX, and whoever owns the tree can do all to it anyway.
std::string others_who_can_write(const FileState& directory, const Snapshot& snapshot) {
    if (directory.kind != FileState::Kind::directory)
        return {};
    const auto root = snapshot.files.find("/");
    const bool is_trusted = directory.owner == snapshot.owner_of_new_files || directory.owner == "bin" ||
                            (root != snapshot.files.end() && directory.owner == root->second.owner);
    std::vector<std::string> others;
    if (!is_trusted)
        others.push_back("user " + directory.owner.name);
    if ((directory.mode & 020U) != 0)
        others.push_back("group " + directory.group.name);
    if ((directory.mode & 002U) != 0)
        others.emplace_back("everybody");
    return enumerate(others);
}

/// On AIX /var/adm belongs to group adm too (aix_facts.md, owners and modes). The log stays where it is wanted, and a
/// person is told.
void find_others(const std::string& path, Snapshot& snapshot) {
    for (const std::string& directory : with_directories(path)) {
        const std::string others = directory == path ? "" : others_who_can_write(snapshot.state(directory), snapshot);
        if (others.empty())
            continue;
        if (snapshot.state(path).linked)
            throw Error(path + " has other names (hard links), and can be one of any file, because " + others +
                        " can write to " + directory + "; remove it, and a new log is made, nothing was changed");
        snapshot.findings.push_back(path + " can be removed or exchanged by " + others + ", who can write to " +
                                    directory + ": take that right away, or log into another directory");
        return;
    }
}

/// syslogd never creates a file that it is to write to. One that is there is its own, content, mode and all.
void ensure_log_file(const std::string& path, unsigned mode, Snapshot& snapshot) {
    const FileState& log = snapshot.state(path);
    if (log.kind == FileState::Kind::regular)
        return;
    if (log.kind != FileState::Kind::missing)
        throw Error(log.barred ? in_the_way(path, log, "")
                               : path + " is " + log.other + ", into which syslogd cannot log; name a file");
    snapshot.create_with_directories(path, "", mode);
    snapshot.logs.insert(path);
    snapshot.refresh.insert("syslogd"); // it could not open the file so far
}

void ensure_logged(const WantedSyslogRule& wanted, Snapshot& snapshot) {
    if (wanted.rule.destination == syslog_conf_path)
        throw Error("destination '" + syslog_conf_path +
                    "': syslogd would write its messages into its own configuration; name another file");
    edit<SyslogConf>(snapshot, syslog_conf_path, [&](SyslogConf& conf) { conf.set(wanted.rule); });
    if (!is_log_file(wanted.rule.destination))
        return;
    ensure_log_file(wanted.rule.destination, wanted.log_mode, snapshot);
    find_others(wanted.rule.destination, snapshot);
}

} // namespace

Needs needs(const WantedSyslogRule& wanted, const Snapshot&) {
    Needs all;
    all.files = {syslog_conf_path};
    const std::string& destination = wanted.rule.destination;
    if (wanted.state == SyslogState::present && is_log_file(destination) && destination != syslog_conf_path) {
        all.files.merge(with_directories(destination));
        all.files.erase(destination);
        all.presence = {destination, "/"}; // its text, of a log that is long in use, is large and of no interest
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
