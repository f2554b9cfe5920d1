#include "plan/difference.hpp"

#include "document/rc_script.hpp"
#include "plan/inetd.hpp"

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
            changes.push_back({path, was, state});
    }
    return changes;
}

std::vector<ScriptCheck> script_checks(const std::vector<FileChange>& changes, const Snapshot& after) {
    std::vector<ScriptCheck> checks;
    for (const FileChange& change : changes) {
        const auto shell = interpreter(change.after.text);
        if (after.scripts.contains(change.path) && shell && change.before.text != change.after.text)
            checks.push_back({change.path, *shell, change.after.text, after.live ? "" : after.not_live});
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

/// Why a refresh of this subsystem is not needed or not possible; empty where it is.
std::string no_refresh(const Snapshot& before, const Snapshot& after, const std::string& name) {
    if (!before.live)
        return before.not_live;
    const Subsystem was = subsystem(before, name);
    if (was.status == Status::unknown)
        return why_unknown(name, was);
    if (was.status == Status::inoperative)
        return name + " is inoperative";
    return subsystem(after, name).status == Status::inoperative ? name + " is stopped" : "";
}

void add_options(Plan& plan, const Snapshot& before, const Snapshot& after) {
    for (const auto& [name, option] : after.network_options) {
        const auto found = before.network_options.find(name);
        const NetworkOption was = found == before.network_options.end() ? NetworkOption{} : found->second;
        if (was == option)
            continue;
        Action action{{"no", "-o", name + "=" + option.value}, before.live ? option.unavailable : before.not_live};
        if (option.persistent)
            action.argv.insert(action.argv.begin() + 1, "-p");
        if (action.skip.empty())
            plan.network_options.push_back({name, was.value, option.value});
        plan.actions.push_back(std::move(action));
    }
}

std::string word_for(Status status) {
    return status == Status::active ? "active" : status == Status::inoperative ? "inoperative" : "";
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
    else if (wanted.arguments.find_first_of("$`") != std::string::npos)
        action.skip = "only its script can tell its arguments " + wanted.arguments + "; it starts at the next boot";
    action.subsystem = name;
    action.until = wanted.status;
    return action;
}

/// The names in the order in which to start them: syslogd first, to hear the others; portmap before what registers with
/// it; snmpd before its subagents, which come with the rest; rpc.statd before rpc.lockd (aix.md 4.1, 4.3).
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

bool inetd_is_stale(const Snapshot& before, const Snapshot& after) {
    const auto conf = after.files.find(inetd_conf_path);
    return before.inetd_serves && conf != after.files.end() && conf->second.kind == FileState::Kind::regular &&
           serves_too_much(*before.inetd_serves, InetdConf::parse(conf->second.text));
}

void add_refreshes(Plan& plan, const Snapshot& before, const Snapshot& after) {
    std::set<std::string> subsystems = after.refresh;
    for (const FileChange& change : plan.changes)
        if (change.kind() != FileChange::Kind::mode && !refreshed_subsystem(change.path).empty())
            subsystems.insert(refreshed_subsystem(change.path));
    if (inetd_is_stale(before, after))
        subsystems.insert("inetd");
    for (const std::string& name : subsystems)
        plan.actions.push_back({{"refresh", "-s", name}, no_refresh(before, after, name)});
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
    return before.text == after.text ? Kind::mode : Kind::modified;
}

bool Plan::empty() const {
    return changes.empty() &&
           std::none_of(actions.begin(), actions.end(), [](const Action& action) { return action.skip.empty(); });
}

std::string refreshed_subsystem(const std::string& path) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 1> table = {{
        {"/etc/inetd.conf", "inetd"}, // inetd reads it at its start and when refreshed, at no other time (aix.md 2.1)
    }};
    for (const auto& [file, subsystem] : table)
        if (file == path)
            return std::string(subsystem);
    return {};
}

Plan difference(const Snapshot& before, const Snapshot& after) {
    Plan plan;
    plan.changes = file_changes(before, after);
    plan.checks = script_checks(plan.changes, after);
    plan.warnings = after.warnings;
    add_options(plan, before, after);
    add_subsystems(plan, before, after, Status::inoperative);
    add_refreshes(plan, before, after);
    add_subsystems(plan, before, after, Status::active);
    if (after.reread_inittab)
        plan.actions.push_back({{"telinit", "q"}, before.not_live});
    add_owed(plan, before, after);
    return plan;
}

} // namespace bulwark
