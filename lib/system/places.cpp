#include "system/places.hpp"

#include <map>

namespace bulwark {
namespace {

/// Where the path lies once the directories on its way that are missing are made.
std::string place_of(const FileChange& change, Host& host) {
    std::string way = change.path, rest;
    if (const auto there = change.is_of_link() ? std::nullopt : host.real_path(way))
        return *there;
    while (!way.empty()) {
        const std::size_t slash = way.rfind('/');
        rest = way.substr(slash) + rest;
        way.resize(slash);
        if (const auto there = host.real_path(way.empty() ? "/" : way))
            return (*there == "/" ? "" : *there) + rest;
    }
    return rest;
}

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

/// A link that leads nowhere is a missing file, and can be written through, but only into a directory that is there.
void require_directory_behind_link(const FileChange& change, Host& host) {
    if (change.kind() != FileChange::Kind::created || change.is_of_link())
        return;
    const FileState entry = host.read_entry(change.path);
    if (entry.kind != FileState::Kind::link)
        return;
    const std::string target = entry.text.starts_with('/') ? entry.text : directory_of(change.path) + "/" + entry.text;
    if (!host.real_path(directory_of(target)))
        throw Error(change.path + " is a symbolic link to " + entry.text +
                    ", where no directory is; make the directory or remove the link, nothing was changed");
}

} // namespace

void require_history_kept(const Plan& plan, const std::string& history) {
    for (const FileChange& change : plan.changes) {
        const bool goes = change.after.kind == FileState::Kind::missing;
        if (change.path == history || change.path == history + ".lock" || change.path == history + ".running" ||
            change.path.starts_with(history + "/") || (goes && history.starts_with(change.path + "/")))
            throw Error(change.path + " cannot be changed, for the history is in " + history +
                        "; name another place for it with the option history");
    }
}

void require_writable_places(const Plan& plan, Host& host) {
    std::map<std::string, const FileChange*> places;
    for (const FileChange& change : plan.changes) {
        require_directory_behind_link(change, host);
        if (const auto [other, is_new] = places.emplace(place_of(change, host), &change); !is_new)
            throw Error(other->second->path + " and " + change.path +
                        " are the same file, by a symbolic link; name it in one way, nothing was changed");
    }
    for (const auto& [place, directory] : places) {
        if (directory->after.kind != FileState::Kind::missing || directory->before.kind != FileState::Kind::directory)
            continue;
        const std::string below = place + "/";
        for (auto found = places.lower_bound(below); found != places.end() && found->first.starts_with(below); ++found)
            if (found->second->after.kind != FileState::Kind::missing)
                throw Error(found->second->path + " lies, by a symbolic link, in " + directory->path +
                            ", which is to go; name another place, nothing was changed");
    }
}

} // namespace bulwark
