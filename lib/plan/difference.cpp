#include "plan/difference.hpp"

#include "document/boot_script/rc_script.hpp"
#include "document/lines.hpp"
#include "plan/crontab.hpp"
#include "plan/inetd.hpp"
#include "plan/rc_script.hpp"
#include "plan/sendmail.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace bulwark {
namespace {

using Status = Subsystem::Status;

std::vector<FileChange> file_changes(const Snapshot& before, const Snapshot& after) {
    std::vector<FileChange> changes;
    for (const auto& [path, state] : after.files) {
        const auto found = before.files.find(path);
        const FileState was = found == before.files.end() ? FileState{} : found->second;
        if (!(was == state))
            changes.push_back({.path = path, .before = was, .after = state, .makes_log = after.logs.contains(path)});
    }
    return changes;
}

/// The program that has to accept the new text of a file, with its words; none: empty.
std::vector<std::string> checked_by(const FileChange& change, const Snapshot& after) {
    if (after.sendmail_cfs.contains(change.path))
        return cf_check_command(change.path);
    const auto shell = interpreter(change.after.text);
    if (after.scripts.contains(change.path) && shell)
        return {*shell, "-n", change.path};
    return {};
}

std::vector<TextCheck> text_checks(const std::vector<FileChange>& changes, const Snapshot& before,
                                   const Snapshot& after) {
    std::vector<TextCheck> checks;
    for (const FileChange& change : changes) {
        const auto argv = checked_by(change, after);
        const std::string& text = change.after.text;
        const bool is_cf = after.sendmail_cfs.contains(change.path);
        if (!argv.empty() && change.before.text != text)
            checks.push_back(
                {change.path, argv, is_cf ? cf_to_check(text, before) : text, after.live ? "" : after.not_live, is_cf});
    }
    return checks;
}

Subsystem subsystem(const Snapshot& snapshot, const std::string& name) {
    const auto found = snapshot.subsystems.find(name);
    return found == snapshot.subsystems.end() ? Subsystem{} : found->second;
}

std::string why_unknown(const std::string& name, const Subsystem& subsystem) {
    return subsystem.why.empty() ? name + " is not known to the SRC" : subsystem.why;
}

/// Why this subsystem need not, or cannot, be told of a change (aix_facts.md, subsystems); empty where it can.
std::string no_reload(const Snapshot& before, const Snapshot& after, const std::string& name) {
    if (!before.live)
        return before.not_live;
    const Subsystem was = subsystem(before, name);
    if (was.status == Status::unknown)
        return why_unknown(name, was);
    if (was.status == Status::inoperative)
        return name + " is inoperative";
    return subsystem(after, name).status == Status::inoperative ? name + " is stopped" : "";
}

/// `no -p` sets an option now and for the next boot; where the two are to differ it takes two commands.
std::vector<std::vector<std::string>> setting_commands(const std::string& name, const NetworkOption& was,
                                                       const NetworkOption& wanted) {
    const std::string now = name + "=" + wanted.value;
    if (!wanted.persistent)
        return {{"no", "-o", now}};
    if (wanted.nextboot.empty() || wanted.nextboot == wanted.value)
        return {{"no", "-p", "-o", now}};
    std::vector<std::vector<std::string>> commands;
    if (wanted.value != was.value)
        commands.push_back({"no", "-o", now});
    if (wanted.nextboot != was.nextboot)
        commands.push_back({"no", "-r", "-o", name + "=" + wanted.nextboot});
    return commands;
}

void record_option(Plan& plan, const std::string& name, const NetworkOption& was, const NetworkOption& wanted) {
    if (wanted.value != was.value)
        plan.network_options.push_back({name, was.value, wanted.value});
    if (wanted.nextboot != was.nextboot)
        plan.network_options.push_back({at_next_boot(name), was.nextboot, wanted.nextboot});
}

void add_options(Plan& plan, const Snapshot& before, const Snapshot& after) {
    for (const auto& [name, option] : after.network_options) {
        const auto found = before.network_options.find(name);
        const NetworkOption was = found == before.network_options.end() ? NetworkOption{} : found->second;
        if (was == option)
            continue;
        const std::string skip = before.live ? option.unavailable : before.not_live;
        for (const auto& argv : setting_commands(name, was, option))
            plan.actions.push_back({argv, skip});
        if (skip.empty())
            record_option(plan, name, was, option);
    }
}

std::string word_for(Status status) { return status == Status::active ? "active" : "inoperative"; }

/// Why a daemon cannot be started with these arguments; empty where it can.
std::string untold(const std::string& arguments) {
    return arguments.find_first_of("$`") == std::string::npos ? ""
                                                              : "only its script can tell its arguments " + arguments;
}

Action subsystem_action(const std::string& name, const Subsystem& was, const Subsystem& wanted,
                        const Snapshot& before) {
    Action action{{wanted.status == Status::active ? "startsrc" : "stopsrc", "-s", name}};
    if (wanted.status == Status::active && !wanted.arguments.empty())
        action.argv.insert(action.argv.end(), {"-a", wanted.arguments});
    if (!before.live)
        action.skip = before.not_live;
    else if (was.status == Status::unknown)
        action.skip = why_unknown(name, was);
    else if (const std::string why = untold(wanted.arguments); !why.empty())
        action.skip = why + "; it starts at the next boot";
    action.subsystem = name;
    action.until = wanted.status;
    return action;
}

/// The names in the order in which to start them: syslogd first, to hear the others; portmap before what registers with
/// it; snmpd before its subagents, which come with the rest; rpc.statd before rpc.lockd (aix_facts.md, rc.tcpip;
/// aix_facts.md, rc.nfs).
std::vector<std::string> in_starting_order(std::vector<std::string> names) {
    constexpr std::array<std::string_view, 9> first = {"syslogd", "portmap",    "inetd",     "snmpd",    "biod",
                                                       "nfsd",    "rpc.mountd", "rpc.statd", "rpc.lockd"};
    const auto rank = [&](const std::string& name) { return std::find(first.begin(), first.end(), name); };
    std::stable_sort(names.begin(), names.end(),
                     [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
    return names;
}

/// Those that are wanted in another status than they are in, in the order in which to bring them there.
std::vector<std::string> to_bring_to(Status status, const Snapshot& before, const Snapshot& after) {
    std::vector<std::string> names;
    for (const auto& [name, wanted] : after.subsystems)
        if (wanted.status == status && !(wanted == subsystem(before, name)))
            names.push_back(name);
    names = in_starting_order(std::move(names));
    if (status == Status::inoperative)
        std::reverse(names.begin(), names.end());
    return names;
}

void add_subsystems(Plan& plan, const Snapshot& before, const Snapshot& after, Status status) {
    for (const std::string& name : to_bring_to(status, before, after)) {
        const Subsystem was = subsystem(before, name), wanted = subsystem(after, name);
        Action action = subsystem_action(name, was, wanted, before);
        if (action.skip.empty())
            plan.subsystems.push_back({name, word_for(was.status), word_for(wanted.status)});
        plan.actions.push_back(std::move(action));
    }
}

/// sendmail, say: it reads its configuration at its start alone, and may not understand a refresh (aix_facts.md,
/// sendmail).
void add_restart(Plan& plan, const Snapshot& before, const Snapshot& after, const std::string& name) {
    const auto arguments = arguments_at_boot(after, name);
    Subsystem stopped{Status::inoperative, "", ""}, started{Status::active, "", arguments.value_or("")};
    std::string skip = no_reload(before, after, name);
    if (skip.empty() && !arguments)
        skip = "no boot script starts " + name + ", so it is not meant to run";
    if (const std::string why = untold(started.arguments); skip.empty() && !why.empty())
        skip = why + "; restart it as that does"; // what could not be started again is not stopped
    for (const Subsystem& wanted : {stopped, started}) {
        Action action = subsystem_action(name, subsystem(before, name), wanted, before);
        if (!skip.empty())
            action.skip = skip;
        plan.actions.push_back(std::move(action));
    }
}

bool inetd_is_stale(const Snapshot& before, const Snapshot& after) {
    const auto conf = after.files.find(inetd_conf_path);
    return before.inetd_serves && conf != after.files.end() && conf->second.kind == FileState::Kind::regular &&
           !conf->second.unread && !too_large(conf->second.text) &&
           serves_too_much(*before.inetd_serves, *after.document<InetdConf>(inetd_conf_path));
}

void add_reloads(Plan& plan, const Snapshot& before, const Snapshot& after) {
    std::set<std::string> refreshed = after.refresh, restarted = after.restart;
    for (const FileChange& change : plan.changes)
        if (const Reload reload = reload_of(change.path);
            change.kind() != FileChange::Kind::mode && !reload.subsystem.empty())
            (reload.restart ? restarted : refreshed).insert(reload.subsystem);
    if (inetd_is_stale(before, after))
        refreshed.insert("inetd");
    for (const std::string& name : refreshed)
        plan.actions.push_back({{"refresh", "-s", name}, no_reload(before, after, name)});
    for (const std::string& name : restarted)
        add_restart(plan, before, after, name);
}

/// A rollback of one file, say, may leave the other without it.
void warn_of_lost_files(Plan& plan, const Snapshot& after) {
    std::set<std::string> removed;
    for (const FileChange& change : plan.changes)
        if (change.kind() == FileChange::Kind::removed)
            removed.insert(change.path);
    if (removed.empty())
        return;
    for (const auto& [file, cf] : required_by_configurations(removed, after))
        plan.warnings.push_back(cf + " reads " + file +
                                ", which is removed: sendmail will not start; create it, or put a # in front of that "
                                "line");
}

/// What the history does not hold of a file, a rollback cannot bring back.
void warn_of_lost_attributes(Plan& plan) {
    for (const FileChange& change : plan.changes) {
        const FileState &before = change.before, &after = change.after;
        std::vector<std::string> lost = before.attributes;
        const bool is_same = before.text == after.text && before.owner == after.owner && before.group == after.group;
        if (after.kind == FileState::Kind::regular)
            std::erase_if(lost, [&](const std::string& name) { return is_same || !vouches_for_text(name); });
        if (!lost.empty())
            plan.warnings.push_back(change.path + " loses its extended attribute" + (lost.size() > 1 ? "s " : " ") +
                                    enumerate(lost) +
                                    (after.kind == FileState::Kind::regular
                                         ? ", good only for the text and the owner that it had; set it anew"
                                         : ", which the history does not hold: no rollback brings them back"));
    }
}

/// When inetd is refreshed it takes back the RPC services that it had registered with portmap, and registers those of its
/// new file there: portmap runs while it does.
void keep_portmap_for_inetd(std::vector<Action>& actions) {
    const std::vector<std::string> refresh = {"refresh", "-s", "inetd"};
    const auto inetd =
        std::find_if(actions.begin(), actions.end(), [&](const Action& action) { return action.argv == refresh; });
    if (inetd == actions.end())
        return;
    const std::string skip = inetd->skip; // both are run, or would be
    const auto is_of_portmap = [&](const Action& action) {
        return action.subsystem == "portmap" && action.skip == skip;
    };
    const auto last = std::find_if(actions.rbegin(), actions.rend(), is_of_portmap);
    if (last == actions.rend())
        return;
    const auto portmap = last.base() - 1;
    if (portmap->until == Status::inoperative) // daemons are stopped before any is refreshed ...
        std::rotate(portmap, portmap + 1, inetd + 1);
    else // ... and started, or stopped and started, behind that
        std::stable_partition(inetd, portmap + 1, is_of_portmap);
}

/// cron reads a crontab at its start, and when `crontab` hands it one or takes one away (aix_facts.md, cron).
Action crontab_action(const std::string& path, const Snapshot& before, const Snapshot& after) {
    const std::string user = path.substr(crontab_directory.size());
    const bool there = after.state(path).kind != FileState::Kind::missing;
    Action action{there ? std::vector<std::string>{"crontab", path} : std::vector<std::string>{"crontab", "-r"},
                  before.live ? "" : before.not_live};
    action.crontab = path;
    if (user != "root") { // crontab takes a file for the crontab of whoever runs it
        action.argv = {"su", user, "-c", joined(action.argv, " ")};
        action.user = user;
    }
    return action;
}

void add_crontabs(Plan& plan, const Snapshot& before, const Snapshot& after) {
    std::set<std::string> crontabs = after.crontabs;
    for (const FileChange& change : plan.changes)
        if (change.path.starts_with(crontab_directory) && change.kind() != FileChange::Kind::mode)
            crontabs.insert(change.path);
    for (const std::string& path : crontabs) {
        plan.actions.push_back(crontab_action(path, before, after));
        for (FileChange& change : plan.changes)
            if (change.path == path && change.kind() == FileChange::Kind::removed)
                change.by_command = plan.actions.back().skip.empty();
    }
}

void add_removals(Plan& plan, const Snapshot& before, const Snapshot& after) {
    for (const auto& [name, fileset] : after.filesets)
        if (!(before.filesets.at(name) == fileset))
            plan.actions.push_back({{"installp", "-u", name}, ""}); // nothing is known of filesets but on the live host
}

/// Where a configuration cannot be built, what it would take is shown.
void add_builds(Plan& plan, const Snapshot& after) {
    for (const CfSource& source : after.to_build)
        for (const auto& argv : {m4_command(source), cf_check_command(source.cf)})
            plan.actions.push_back({argv, after.live ? "its text is not known yet" : after.not_live});
}

/// What an earlier run owes is done by the same command if that is still needed; what cannot be done now stays owed.
void add_owed(Plan& plan, const Snapshot& before, const Snapshot& after) {
    std::set<std::vector<std::string>> missing = after.owed;
    for (Action& action : plan.actions)
        action.owed = missing.erase(action.argv) > 0 && (action.skip.empty() || !before.live);
    if (!before.live)
        for (const auto& argv : missing)
            plan.actions.push_back({.argv = argv, .skip = before.not_live, .owed = true});
}

} // namespace

FileChange::Kind FileChange::kind() const {
    if (before.kind == FileState::Kind::missing)
        return Kind::created;
    if (after.kind == FileState::Kind::missing)
        return Kind::removed;
    const bool same_text = before.text == after.text && before.unread == after.unread;
    return before.kind == after.kind && same_text ? Kind::mode : Kind::modified;
}

Interest FileChange::interest() const {
    if (kind() == Kind::mode && before.kind == FileState::Kind::regular)
        return Interest::attributes;
    return makes_log && after.kind == FileState::Kind::regular ? Interest::log : Interest::content;
}

bool FileChange::is_of_link() const {
    return before.kind == FileState::Kind::link || after.kind == FileState::Kind::link;
}

bool FileChange::follows_link() const { return !is_of_link() && before.kind != FileState::Kind::missing; }

bool Plan::empty() const {
    return changes.empty() &&
           std::none_of(actions.begin(), actions.end(), [](const Action& action) { return action.skip.empty(); });
}

Reload reload_of(const std::string& path) {
    struct Entry {
        std::string_view file, subsystem;
        bool restart;
    };
    constexpr std::array<Entry, 5> table = {{
        {"/etc/inetd.conf", "inetd", false},    // read at its start and when refreshed (aix_facts.md, inetd)
        {"/etc/syslog.conf", "syslogd", false}, // likewise (aix_facts.md, syslog)
        {"/etc/sendmail.cf", "sendmail", true}, // of 4.3
        {"/etc/sendmail.cw", "sendmail", true}, // it reads its classes at its start too
        {"/etc/mail/", "sendmail", true},       // all that is below: 5.1 and later, and whatever an option named
    }};
    for (const Entry& entry : table)
        if (entry.file == path || (entry.file.ends_with('/') && path.starts_with(entry.file)))
            return {std::string(entry.subsystem), entry.restart};
    return {};
}

Plan difference(const Snapshot& before, const Snapshot& after) {
    Plan plan;
    plan.changes = file_changes(before, after);
    plan.checks = text_checks(plan.changes, before, after);
    plan.warnings = after.warnings;
    warn_of_lost_files(plan, after);
    warn_of_lost_attributes(plan);
    add_options(plan, before, after);
    add_subsystems(plan, before, after, Status::inoperative);
    add_reloads(plan, before, after);
    add_subsystems(plan, before, after, Status::active);
    keep_portmap_for_inetd(plan.actions);
    if (after.reread_inittab)
        plan.actions.push_back({{"telinit", "q"}, before.not_live});
    add_crontabs(plan, before, after);
    add_removals(plan, before, after);
    add_builds(plan, after);
    add_owed(plan, before, after);
    return plan;
}

} // namespace bulwark
