#include "plan/rollback.hpp"

#include "document/lines.hpp"
#include "plan/owners.hpp"
#include "plan/rc_script.hpp"

#include <algorithm>
#include <map>

namespace bulwark {
namespace {

using Kind = FileState::Kind;

bool lies_below(const std::string& path, const std::string& directory) { return path.starts_with(directory + "/"); }

/// A directory stands for all that is in it, and brings back the directories on its way that are missing.
bool chosen(const std::set<std::string>& paths, const std::string& path, const Snapshot& snapshot) {
    const bool missing = snapshot.state(path).kind == Kind::missing;
    return paths.empty() || std::any_of(paths.begin(), paths.end(), [&](const std::string& one) {
               return path == one || lies_below(path, one) || (missing && lies_below(one, path));
           });
}

template <class Files>
void require_known(const std::set<std::string>& paths, const Files& files, const std::string& what) {
    for (const std::string& path : paths) {
        const auto below = files.lower_bound(path + "/");
        if (!files.contains(path) && (below == files.end() || !lies_below(below->first, path)))
            throw Error(path + " cannot be rolled back: " + what + "; history_info shows what is there");
    }
}

std::string in_words(Kind kind) {
    return kind == Kind::directory ? "a directory" : kind == Kind::link ? "a symbolic link" : "a regular file";
}

/// Throws Error where something is in the way: a file can take the place of a link, and a link that of a file, alone.
void require_room(const std::string& path, Kind wanted, const FileState& current) {
    const auto is_leaf = [](Kind kind) { return kind == Kind::regular || kind == Kind::link; };
    if (current.kind == Kind::missing || current.kind == wanted || (is_leaf(current.kind) && is_leaf(wanted)))
        return;
    FileState state = current;
    if (state.kind != Kind::other)
        state.other = in_words(state.kind);
    throw Error(in_the_way(path, state, "not " + in_words(wanted)));
}

/// What somebody has cleared away by hand must not keep a file from coming back.
void make_way(const std::string& path, Snapshot& snapshot) {
    for (const std::string& directory : snapshot.make_way(path))
        snapshot.warn(directory + " is not there any more, and no run recorded it: made with mode 0755, so that " +
                      path + " can come back");
}

void put_with_safe_owners(const std::string& path, FileState state, Snapshot& snapshot) {
    FileState new_file;
    new_file.owner = snapshot.owner_of_new_files;
    new_file.group = snapshot.group_of_new_files;
    std::vector<std::string> warnings;
    FileState& file = snapshot.files.at(path);
    file = with_safe_owners(path, std::move(state), FileState(file), new_file, snapshot.accounts, warnings);
    for (const std::string& warning : warnings)
        snapshot.warn(warning);
}

/// Mode and owner go back; so does the text, where a run wrote it. What others have written to a log is kept.
void put_back(const std::string& path, const Recorded::File& recorded, Snapshot& snapshot) {
    FileState state = recorded.state;
    const FileState current = snapshot.state(path);
    require_room(path, state.kind, current);
    const bool is_log = recorded.interest == Interest::log;
    const bool keeps_text = recorded.interest == Interest::attributes || (is_log && current.kind == Kind::regular);
    if (keeps_text && current.kind == Kind::missing)
        return snapshot.warn(path + " is not there any more, and no run recorded its content: not brought back");
    if (keeps_text && makes_foreign_program(state, current, snapshot.owner_of_new_files))
        return snapshot.warn(path + " belongs to " + current.owner.name +
                             ", who may have changed what is in it, and no run recorded its content: its set-user-id "
                             "or set-group-id bit is not brought back, and it is left as it is; look at it, give it "
                             "to root with chown, and roll back again");
    if (keeps_text) {
        state.text = current.text;
        state.unread = current.unread;
    }
    if (current.unread && !state.unread)
        throw Error(path +
                    " is larger than 64 MiB, more than the history can hold, so nothing was changed; move it away, "
                    "or name other paths");
    if (current.kind == Kind::missing)
        make_way(path, snapshot);
    if (is_log)
        snapshot.logs.insert(path);
    state.linked = current.linked;
    put_with_safe_owners(path, std::move(state), snapshot);
}

void warn_of_kept_text(const std::string& path, const Recorded::File& recorded, Snapshot& snapshot) {
    const FileState& state = snapshot.state(path);
    if (recorded.interest == Interest::log && (state.unread || !state.text.empty()))
        snapshot.warn(path + " was empty then, but has been written to since it was created: its text is kept");
}

/// Whether anything is in the directory that does not go as well, or may be: not all of it could be looked at.
bool is_in_use(const std::string& path, const Snapshot& snapshot) {
    if (const auto tree = snapshot.trees.find(path); tree == snapshot.trees.end() || !tree->second.empty())
        return true;
    for (auto found = snapshot.files.lower_bound(path + "/");
         found != snapshot.files.end() && lies_below(found->first, path); ++found)
        if (found->second.kind != Kind::missing)
            return true;
    return false;
}

/// What a run created goes again. Returns why it does not.
std::string take_away(const std::string& path, bool changed, Snapshot& snapshot) {
    const FileState& current = snapshot.state(path);
    if (current.kind == Kind::missing)
        return {};
    if (current.kind == Kind::other)
        throw Error(in_the_way(path, current, "not a regular file"));
    if (current.kind == Kind::directory && is_in_use(path, snapshot))
        return path + " was not there then, but something else is in it: kept";
    if (changed)
        return path + " was not there then, but has been written to since it was created: kept";
    snapshot.files.at(path) = FileState{};
    return {};
}

/// The same with many; true: somebody has changed it since (a log). Nothing of that is lost.
void take_away(const std::map<std::string, bool>& paths, Snapshot& snapshot) {
    std::vector<std::string> kept;
    for (auto path = paths.rbegin(); path != paths.rend(); ++path) // a directory after what is in it
        if (std::string why = take_away(path->first, path->second, snapshot); !why.empty())
            kept.push_back(std::move(why));
    for (auto why = kept.rbegin(); why != kept.rend(); ++why)
        snapshot.warn(*why);
}

/// Of what the history knows; mode and owner may differ.
bool differs(const FileState& current, const std::string& path, const Recorded& last) {
    const auto known = last.files.find(path);
    return known == last.files.end() || known->second.state.kind != current.kind ||
           known->second.state.text != current.text || current.unread;
}

using Status = Subsystem::Status;

Status status_of(const std::string& recorded) { return recorded == "active" ? Status::active : Status::inoperative; }

bool is_of_next_boot(const std::string& name) { return name.ends_with(at_next_boot("")); }

/// The network option of which the value was recorded under that name.
std::string option_of(const std::string& name) {
    return is_of_next_boot(name) ? name.substr(0, name.size() - at_next_boot("").size()) : name;
}

void put_back_options(const std::map<std::string, std::string>& wanted, const std::map<std::string, std::string>& last,
                      Snapshot& snapshot) {
    for (const auto& [name, value] : wanted) {
        const auto known = last.find(name);
        if (!snapshot.live && known != last.end() && known->second == value)
            continue;
        NetworkOption& option = snapshot.network_options[option_of(name)];
        if (is_of_next_boot(name)) {
            option.nextboot = value;
            option.persistent = true;
        } else {
            option.value = value;
        }
    }
}

void put_back_subsystems(const std::map<std::string, std::string>& wanted,
                         const std::map<std::string, std::string>& last, Snapshot& snapshot) {
    for (const auto& [name, status] : wanted) {
        const auto known = last.find(name);
        if (!snapshot.live && known != last.end() && known->second == status)
            continue;
        Subsystem& subsystem = snapshot.subsystems[name];
        if (subsystem.status != Status::active && status_of(status) == Status::active)
            // As the boot script, put back by now, starts it: sendmail without `-bd`, say, would not be what ran.
            subsystem.arguments = arguments_at_boot(snapshot, name).value_or("");
        subsystem.status = status_of(status);
    }
}

template <class Values>
void insert_names(std::set<std::string>& names, const Values& values) {
    for (const auto& [name, value] : values)
        names.insert(name);
}

/// What has to be looked at of the files, and of what in its place is to go again.
void need_file(Needs& all, const std::string& path, bool is_link, bool goes, const Snapshot& snapshot) {
    (is_link ? all.entries : all.logs).insert(path);
    const auto found = snapshot.files.find(path);
    if (!goes && found != snapshot.files.end() && found->second.kind == Kind::missing) {
        all.presence.merge(with_directories(path));
        all.presence.erase(path);
    }
    if (goes && found != snapshot.files.end() && found->second.kind == Kind::directory)
        all.trees.insert(path);
}

/// Whether the commit created it.
bool goes(const Reverted& reverted) {
    return reverted.written_to || (reverted.file && reverted.file->state.kind == Kind::missing);
}

/// Why a commit cannot be undone in that file.
std::string contradiction(const std::string& path, const Reverted& reverted, const std::string& commit,
                          const FileState& now) {
    if (now.kind == Kind::other)
        return path + " is " + now.other + " by now, which commit " + commit +
               " did not leave there: remove it, or roll back to the commit before";
    if (reverted.moved)
        return path + " has a line of commit " + commit +
               " in another place by now, so that undoing it would leave the line there twice or in the wrong place: "
               "edit the file, or roll back to the commit before";
    return path + " has changed since commit " + commit +
           " in the same places: undo the later change first, or roll back to the commit before";
}

template <class Target>
Needs needs_of(const Target& target, const std::set<std::string>& paths, const Snapshot& snapshot) {
    Needs all;
    all.accounts = true;
    if (!snapshot.live || !paths.empty())
        return all;
    for (const auto& [name, value] : target.network_options) {
        all.network_options.insert(option_of(name));
        all.boot_values = all.boot_values || is_of_next_boot(name);
    }
    insert_names(all.subsystems, target.subsystems);
    return all;
}

} // namespace

Needs needs(const Rollback& wanted, const Snapshot& snapshot) {
    const auto target = snapshot.rollback_targets.find(wanted.to);
    Needs all;
    if (target != snapshot.rollback_targets.end()) {
        const auto& last = target->second.last.files;
        all = needs_of(target->second.wanted, wanted.paths, snapshot);
        for (const auto& [path, file] : target->second.wanted.files) {
            const auto known = last.find(path);
            const bool was_link = known != last.end() && known->second.state.kind == Kind::link;
            need_file(all, path, was_link || file.state.kind == Kind::link, file.state.kind == Kind::missing, snapshot);
        }
    }
    all.rollback_targets = {wanted.to};
    return all;
}

void ensure(const Rollback& wanted, Snapshot& snapshot) {
    const RecordedTarget target = snapshot.rollback_targets.at(wanted.to);
    require_known(wanted.paths, target.wanted.files, "the history has never recorded it");
    std::map<std::string, bool> to_go;
    for (const auto& [path, recorded] : target.wanted.files) {
        if (!chosen(wanted.paths, path, snapshot))
            continue;
        if (recorded.state.kind == Kind::missing)
            to_go.emplace(path, differs(snapshot.state(path), path, target.last));
        else
            put_back(path, recorded, snapshot);
        warn_of_kept_text(path, recorded, snapshot);
    }
    take_away(to_go, snapshot);
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
        for (const auto& [path, reverted] : target->second.files)
            need_file(all, path, false, goes(reverted), snapshot);
    }
    all.revert_targets = {wanted.commit};
    return all;
}

void ensure(const Revert& wanted, Snapshot& snapshot) {
    const RevertTarget target = snapshot.revert_targets.at(wanted.commit);
    require_known(wanted.paths, target.files, "commit " + target.id.substr(0, 12) + " did not change it");
    std::map<std::string, bool> to_go;
    for (const auto& [path, reverted] : target.files) {
        if (!chosen(wanted.paths, path, snapshot))
            continue;
        if (goes(reverted))
            to_go.emplace(path, reverted.written_to);
        else if (reverted.file)
            put_back(path, *reverted.file, snapshot);
        else
            throw Error(contradiction(path, reverted, target.id.substr(0, 12), snapshot.state(path)));
    }
    take_away(to_go, snapshot);
    if (!wanted.paths.empty())
        return;
    put_back_options(target.network_options, {}, snapshot);
    put_back_subsystems(target.subsystems, {}, snapshot);
}

std::string summary(const Revert& wanted) { return "undo " + wanted.commit; }

} // namespace bulwark
