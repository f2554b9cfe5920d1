#include "system/places.hpp"

#include "text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace bulwark {
namespace {

using Kind = FileState::Kind;
using Entry = std::pair<Identity, std::string>;

bool goes(const FileChange& change) { return change.after.kind == Kind::missing; }

/// A change, and where it lands.
struct Landed {
    const FileChange* change;
    Landing landing;
};

std::vector<Landed> landed(const Plan& plan, Host& host) {
    std::vector<Landed> all;
    for (const FileChange& change : plan.changes)
        all.push_back({&change, host.landing(change.path, !change.follows_link())});
    return all;
}

std::string leads_nowhere(const FileChange& change, const std::string& what) {
    return change.path + " is a symbolic link to " + change.before.text + ", where " + what + " is";
}

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

/// Where even the directory is missing, a file system is not mounted, say, and comes back with a file of its own.
bool leads_into_directory(const FileChange& change, Host& host) {
    const std::string& target = change.before.text;
    return host.real_path(directory_of(target.starts_with('/') ? target : directory_of(change.path) + "/" + target))
        .has_value();
}

/// A run makes the directories that it needs by their own names.
void require_directory(const Landed& made, const std::set<Entry>& directories) {
    const std::string& rest = made.landing.rest;
    const std::size_t slash = rest.rfind('/');
    if (goes(*made.change) || slash == 0 || slash == std::string::npos ||
        directories.contains({made.landing.way.back(), rest.substr(0, slash)}))
        return;
    throw Error(made.change->path + " belongs in a directory that is not there; make it first, nothing was changed");
}

std::string one_file(const std::string& a, const std::string& b) {
    return a + " and " + b + " are the same file, by a link; name it in one way, nothing was changed";
}

/// The changes by where they land.
class Places {
public:
    explicit Places(const std::vector<Landed>& all) {
        for (const Landed& one : all)
            add(one);
    }

    /// The change of that place, by this name or another; null if there is none.
    const FileChange* find(const Landing& landing, bool as_file) const {
        if (const auto found = entries_.find(landing.entry()); found != entries_.end())
            return found->second;
        const auto found = as_file && landing.there ? files_.find(*landing.there) : files_.end();
        return found == files_.end() ? nullptr : found->second;
    }

private:
    /// Of a file that goes or is detached, other names stay as they are.
    static bool writes_file(const Landed& one) { return !goes(*one.change) && !one.change->after.detached; }

    void add(const Landed& one) {
        if (const FileChange* const other = find(one.landing, writes_file(one)))
            throw Error(one_file(other->path, one.change->path));
        entries_.emplace(one.landing.entry(), one.change);
        if (one.landing.there && writes_file(one))
            files_.emplace(*one.landing.there, one.change);
    }

    std::map<Entry, const FileChange*> entries_;
    std::map<Identity, const FileChange*> files_;
};

/// Whether what is planned by another name still holds once the change is made.
bool holds(const FileState& planned, const FileState& now) {
    return planned.kind == now.kind && planned.mode == now.mode && planned.owner == now.owner &&
           planned.group == now.group && (planned.unread || now.unread || planned.text == now.text);
}

/// Whether a rollback or a revert says what becomes of the path, and not only reads it.
bool is_of_target(const std::string& path, const Snapshot& snapshot) {
    const auto names_it = [&](const auto& target) { return target.second.files.contains(path); };
    return std::any_of(snapshot.rollback_targets.begin(), snapshot.rollback_targets.end(),
                       [&](const auto& target) { return target.second.wanted.files.contains(path); }) ||
           std::any_of(snapshot.revert_targets.begin(), snapshot.revert_targets.end(), names_it);
}

/// A file that a rollback wants as it is, and that is changed by another name, would be put back by the next one.
void require_planned(const Plan& plan, const Places& places, const Snapshot& after, Host& host) {
    std::set<std::string> changed;
    for (const FileChange& change : plan.changes)
        changed.insert(change.path);
    for (const auto& [path, state] : after.files) {
        if (changed.contains(path) || state.kind == Kind::other || !is_of_target(path, after))
            continue;
        const FileChange* const change = places.find(host.landing(path, state.kind == Kind::link), true);
        if (change && !holds(state, change->after))
            throw Error(one_file(change->path, path));
    }
}

void require_directory_stays(const Landed& one, const std::vector<Landed>& all) {
    if (!goes(*one.change) || one.change->before.kind != Kind::directory)
        return;
    for (const Landed& other : all)
        if (!goes(*other.change) && leads_through(other.landing, one.landing))
            throw Error(other.change->path + " lies, by a symbolic link, in " + one.change->path +
                        ", which is to go; name another place, nothing was changed");
}

} // namespace

void require_history_kept(const Plan& plan, const std::string& history, Host& host) {
    const auto is_or_holds = [](const std::string& path, const std::string& of) {
        return of == path || of.starts_with(path + "/");
    };
    for (const Landed& one : landed(plan, host))
        for (const std::string& kept : {history, history + ".lock", history + ".running"}) {
            const std::string& path = one.change->path;
            const Landing there = host.landing(kept, false);
            if (one.change->before.barred || is_or_holds(kept, path) || leads_through(one.landing, there) ||
                (goes(*one.change) && (is_or_holds(path, kept) || leads_through(there, one.landing))))
                throw Error(path + " cannot be changed, because the history is in " + history +
                            "; name another place for it with the option history");
        }
}

void take_places_of_links(Plan& plan, Host& host) {
    for (FileChange& change : plan.changes) {
        if (change.kind() != FileChange::Kind::created || change.is_of_link())
            continue;
        const FileState entry = host.read_entry(change.path);
        if (entry.kind != Kind::link)
            continue;
        change.before = entry;
        if (!leads_into_directory(change, host))
            throw Error(leads_nowhere(change, "no directory") +
                        "; make the directory or remove the link, nothing was changed");
        if (change.after.kind != Kind::regular)
            throw Error(leads_nowhere(change, "nothing") +
                        "; remove the link, or make what it leads to, nothing was changed");
        plan.warnings.push_back(
            leads_nowhere(change, "nothing") +
            ", and nothing is made through a link: the new file takes the place of the link, which the "
            "history keeps");
    }
}

void require_writable_places(const Plan& plan, const Snapshot& after, Host& host) {
    const std::vector<Landed> all = landed(plan, host);
    std::set<Entry> made;
    for (const Landed& one : all)
        if (one.change->after.kind == Kind::directory)
            made.insert(one.landing.entry());
    for (const Landed& one : all) {
        require_directory(one, made);
        require_directory_stays(one, all);
    }
    if (!all.empty())
        require_planned(plan, Places(all), after, host);
}

void settle_hard_links(Plan& plan, HardLinks links) {
    std::vector<std::string> shared;
    for (FileChange& change : plan.changes)
        if (change.before.linked && change.before.kind == Kind::regular && change.after.kind == Kind::regular) {
            shared.push_back(change.path);
            change.after.detached = links == HardLinks::broken;
        }
    if (links == HardLinks::refused && !shared.empty())
        throw Error("other names (hard links) of " + enumerate(shared) +
                    " may lie in another tree, as in a copy by cp -al or rsnapshot, and would be changed too; say "
                    "`hard_links: break` to give this tree files of its own, or `hard_links: keep` to change them all, "
                    "nothing was changed");
}

} // namespace bulwark
