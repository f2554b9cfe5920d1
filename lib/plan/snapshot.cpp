#include "plan/snapshot.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace bulwark {

const FileState& Snapshot::file(const std::string& path) const {
    const auto found = files.find(path);
    if (found == files.end())
        throw std::logic_error("planned over " + path + ", which nothing asked to read");
    if (found->second.kind == FileState::Kind::other)
        throw Error(path + " is " + found->second.other + ", not a regular file; nothing was changed");
    return found->second;
}

const std::string& Snapshot::text(const std::string& path) const {
    const FileState& state = file(path);
    if (state.kind == FileState::Kind::missing)
        throw MissingFile(path + " does not exist");
    return state.text;
}

void Snapshot::put(const std::string& path, std::string text) { files.at(path).text = std::move(text); }

void Snapshot::create(const std::string& path, std::string text, unsigned mode) {
    FileState& state = files[path];
    state.kind = FileState::Kind::regular;
    state.text = std::move(text);
    state.mode = mode;
    state.owner = owner_of_new_files;
    state.group = group_of_new_files;
}

void Snapshot::warn(const std::string& warning) {
    if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end())
        warnings.push_back(warning);
}

std::string in_file(const std::string& path, const std::string& complaint) {
    return path + (complaint.starts_with("line") ? ", " : ": ") + complaint;
}

bool Snapshot::same_state(const Snapshot& other) const {
    return files == other.files && subsystems == other.subsystems && network_options == other.network_options &&
           reread_inittab == other.reread_inittab && refresh == other.refresh && owed == other.owed;
}

} // namespace bulwark
