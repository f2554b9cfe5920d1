#include "plan/rollback.hpp"

#include "document/lines.hpp"
#include "plan/rc_script.hpp"

namespace bulwark {
namespace {

bool chosen(const std::set<std::string>& paths, const std::string& path) {
    return paths.empty() || paths.contains(path);
}

template <class Files>
void require_known(const std::set<std::string>& paths, const Files& files, const std::string& what) {
    for (const std::string& path : paths)
        if (!files.contains(path))
            throw Error(path + " cannot be rolled back: " + what + "; history_info shows what is there");
}

/// Mode and owner go back; so does the text, where a run wrote it.
void put_back(const std::string& path, const Recorded::File& recorded, Snapshot& snapshot) {
    FileState state = recorded.state;
    const FileState& current = snapshot.file(path);
    if (!recorded.content && current.kind == FileState::Kind::missing)
        return snapshot.warn(path + " is not there any more, and no run recorded its content: not brought back");
    if (!recorded.content)
        state.text = current.text;
    state.linked = current.linked;
    snapshot.files.at(path) = state;
}

/// A file that a run created goes again, unless somebody has written to it since (a log): nothing of that is lost.
void take_away(const std::string& path, const RecordedTarget& target, Snapshot& snapshot) {
    const FileState& current = snapshot.file(path);
    if (current.kind == FileState::Kind::missing)
        return;
    const auto last = target.last.files.find(path);
    if (last != target.last.files.end() && last->second.state.text == current.text)
        snapshot.files.at(path) = FileState{};
    else
        snapshot.warn(path + " was not there then, but has been written to since it was created: kept");
}

using Status = Subsystem::Status;

Status status_of(const std::string& recorded) { return recorded == "active" ? Status::active : Status::inoperative; }

void put_back_options(const std::map<std::string, std::string>& wanted, const std::map<std::string, std::string>& last,
                      Snapshot& snapshot) {
    for (const auto& [name, value] : wanted) {
        const auto known = last.find(name);
        if (snapshot.live || known == last.end() || known->second != value)
            snapshot.network_options[name].value = value;
    }
}

/// As the boot script starts it, which is put back by now: sendmail without `-bd`, say, would not be what was running.
std::string arguments_of(const std::string& subsystem, const Snapshot& snapshot) {
    for (const auto& [path, state] : snapshot.files)
        if (interpreter(state.text))
            if (const auto arguments = arguments_at_boot(RcScript::parse(state.text), subsystem))
                return *arguments;
    return {};
}

void put_back_subsystems(const std::map<std::string, std::string>& wanted,
                         const std::map<std::string, std::string>& last, Snapshot& snapshot) {
    for (const auto& [name, status] : wanted) {
        const auto known = last.find(name);
        if (!snapshot.live && known != last.end() && known->second == status)
            continue;
        Subsystem& subsystem = snapshot.subsystems[name];
        if (subsystem.status != Status::active && status_of(status) == Status::active)
            subsystem.arguments = arguments_of(name, snapshot);
        subsystem.status = status_of(status);
    }
}

template <class Values>
void insert_names(std::set<std::string>& names, const Values& values) {
    for (const auto& [name, value] : values)
        names.insert(name);
}

template <class Target>
Needs needs_of(const Target& target, const std::set<std::string>& paths, const Snapshot& snapshot) {
    Needs all;
    if (!snapshot.live || !paths.empty())
        return all;
    insert_names(all.network_options, target.network_options);
    insert_names(all.subsystems, target.subsystems);
    return all;
}

} // namespace

Needs needs(const Rollback& wanted, const Snapshot& snapshot) {
    const auto target = snapshot.rollback_targets.find(wanted.to);
    Needs all;
    if (target != snapshot.rollback_targets.end()) {
        all = needs_of(target->second.wanted, wanted.paths, snapshot);
        insert_names(all.files, target->second.wanted.files);
    }
    all.rollback_targets = {wanted.to};
    return all;
}

void ensure(const Rollback& wanted, Snapshot& snapshot) {
    const RecordedTarget target = snapshot.rollback_targets.at(wanted.to);
    require_known(wanted.paths, target.wanted.files, "the history has never recorded it");
    for (const auto& [path, recorded] : target.wanted.files) {
        if (!chosen(wanted.paths, path))
            continue;
        if (recorded.state.kind == FileState::Kind::missing)
            take_away(path, target, snapshot);
        else
            put_back(path, recorded, snapshot);
    }
    if (!wanted.paths.empty())
        return; // values of the running host belong to no path
    put_back_options(target.wanted.network_options, target.last.network_options, snapshot);
    put_back_subsystems(target.wanted.subsystems, target.last.subsystems, snapshot);
}

std::string summary(const Rollback& wanted) { return "go back to " + wanted.to; }

Needs needs(const Revert& wanted, const Snapshot& snapshot) {
    const auto target = snapshot.revert_targets.find(wanted.commit);
    Needs all;
    if (target != snapshot.revert_targets.end()) {
        all = needs_of(target->second, wanted.paths, snapshot);
        insert_names(all.files, target->second.files);
    }
    all.revert_targets = {wanted.commit};
    return all;
}

void ensure(const Revert& wanted, Snapshot& snapshot) {
    const RevertTarget target = snapshot.revert_targets.at(wanted.commit);
    require_known(wanted.paths, target.files, "commit " + target.id.substr(0, 12) + " did not change it");
    for (const auto& [path, reverted] : target.files) {
        if (!chosen(wanted.paths, path))
            continue;
        if (!reverted.file)
            throw Error(path + " has changed since commit " + target.id.substr(0, 12) +
                        " in the same places: undo the later change first, or roll back to the commit before");
        if (reverted.file->state.kind == FileState::Kind::missing)
            snapshot.files.at(path) = FileState{};
        else
            put_back(path, *reverted.file, snapshot);
    }
    if (!wanted.paths.empty())
        return;
    put_back_options(target.network_options, {}, snapshot);
    put_back_subsystems(target.subsystems, {}, snapshot);
}

std::string summary(const Revert& wanted) { return "undo " + wanted.commit; }

} // namespace bulwark
