#include "plan/crontab.hpp"

namespace bulwark {
namespace {

constexpr auto passwd_path = "/etc/passwd";
constexpr unsigned crontab_mode = 0600; // others could read what is in the commands

std::string path_of(const CronJob& wanted) { return crontab_directory + wanted.user; }

std::string spool() { return crontab_directory.substr(0, crontab_directory.size() - 1); }

/// `crontab` is run as the user: one that is not there would be noticed only once the file is written.
void require_user(const std::string& user, const Snapshot& snapshot) {
    for (const std::string_view line : split_lines(snapshot.text(passwd_path)))
        if (line.starts_with(user + ":"))
            return;
    throw Error("user " + user + ": /etc/passwd has no such user, whose jobs cron could run; check the name");
}

/// It belongs to root and to the group that the directory belongs to, as on AIX: cron (aix_facts.md, owners and modes).
void create_crontab(const std::string& path, Snapshot& snapshot) {
    const FileState& directory = snapshot.state(spool());
    if (directory.kind == FileState::Kind::missing)
        throw MissingFile(spool() + " does not exist, so there is no cron to run a job; install cron first");
    if (directory.kind != FileState::Kind::directory)
        throw Error(spool() + " is no directory, so there is no place for a crontab; nothing was changed");
    const Account group = directory.group;
    snapshot.create(path, "", crontab_mode);
    snapshot.files.at(path).group = group;
}

} // namespace

Needs needs(const CronJob& wanted, const Snapshot& snapshot) {
    Needs all;
    all.files = {path_of(wanted), spool()};
    if (snapshot.live && wanted.user != "root")
        all.files.insert(passwd_path);
    return all;
}

void ensure(const CronJob& wanted, Snapshot& snapshot) {
    const std::string path = path_of(wanted);
    const bool is_there = snapshot.file(path).kind != FileState::Kind::missing;
    if (!is_there && wanted.state == JobState::absent)
        return;
    if (snapshot.live && wanted.user != "root")
        require_user(wanted.user, snapshot);
    if (!is_there)
        create_crontab(path, snapshot);
    edit<Crontab>(snapshot, path, [&](Crontab& crontab) {
        if (wanted.state == JobState::present)
            crontab.set(wanted.job);
        else
            crontab.remove(wanted.job);
    });
}

std::string summary(const CronJob& wanted) {
    const std::string what = wanted.job.name.empty() ? wanted.job.command : wanted.job.name;
    const std::string whose = wanted.user == "root" ? "" : " of " + wanted.user;
    return (wanted.state == JobState::present ? "schedule " : "unschedule ") + what + whose;
}

} // namespace bulwark
