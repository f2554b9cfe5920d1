#include "plan/snapshot.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace bulwark {

std::optional<std::string> too_large(std::string_view text) {
    constexpr std::size_t most_bytes = std::size_t{16} * 1024 * 1024;
    constexpr std::size_t most_lines = 500000;
    if (text.size() > most_bytes)
        return "is larger than 16 MiB, which no configuration file is";
    const bool may_have_more = text.size() > most_lines; // an ordinary file is asked for often, and is not counted
    if (may_have_more && std::count(text.begin(), text.end(), '\n') > static_cast<std::ptrdiff_t>(most_lines))
        return "has more than 500000 lines, which no configuration file has";
    return std::nullopt;
}

bool vouches_for_text(const std::string& attribute) { return attribute == "security.capability"; }

std::string in_the_way(const std::string& path, const FileState& state, const std::string& expected) {
    return path + " is " + state.other + (state.barred ? "" : ", " + expected) + "; nothing was changed";
}

bool makes_foreign_program(const FileState& wanted, const FileState& now, const Account& superuser) {
    return wanted.kind == FileState::Kind::regular && (wanted.mode & set_id_bits) != 0 && now.owner != wanted.owner &&
           now.owner != superuser;
}

const FileState& Snapshot::state(const std::string& path) const {
    const auto found = files.find(path);
    if (found == files.end())
        throw std::logic_error("planned over " + path + ", which nothing asked to read");
    return found->second;
}

const FileState& Snapshot::file(const std::string& path) const {
    const FileState& found = state(path);
    if (found.kind != FileState::Kind::regular && found.kind != FileState::Kind::missing)
        throw Error(in_the_way(path, found, "not a regular file"));
    return found;
}

const std::string& Snapshot::text(const std::string& path) const {
    const FileState& state = file(path);
    if (state.kind == FileState::Kind::missing)
        throw MissingFile(path + " does not exist");
    if (state.unread)
        throw Error(path + " is larger than 16 MiB, which no configuration file is; nothing was changed");
    if (const auto why = too_large(state.text))
        throw Error(path + " " + *why + "; nothing was changed");
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

std::vector<std::string> Snapshot::make_way(const std::string& path) {
    constexpr unsigned directory_mode = 0755;
    std::vector<std::string> made;
    for (const std::string& directory : with_directories(path)) {
        const FileState::Kind kind = state(directory).kind;
        if (directory == path || kind == FileState::Kind::directory)
            continue;
        if (kind != FileState::Kind::missing)
            throw Error(directory + " is " +
                        (kind == FileState::Kind::regular ? "a regular file" : state(directory).other) + ", so " +
                        path + " cannot be below it; nothing was changed");
        create(directory, "", directory_mode);
        files.at(directory).kind = FileState::Kind::directory;
        files.at(directory).other = "a directory";
        made.push_back(directory);
    }
    return made;
}

void Snapshot::create_with_directories(const std::string& path, std::string text, unsigned mode) {
    make_way(path);
    create(path, std::move(text), mode);
}

void Snapshot::warn(const std::string& warning) {
    if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end())
        warnings.push_back(warning);
}

std::set<std::string> with_directories(const std::string& path) {
    std::set<std::string> paths = {path};
    for (std::size_t slash = path.rfind('/'); slash != 0 && slash != std::string::npos;
         slash = path.rfind('/', slash - 1))
        paths.insert(path.substr(0, slash));
    return paths;
}

std::string in_file(const std::string& path, const std::string& complaint) {
    return path + (complaint.starts_with("line") ? ", " : ": ") + complaint;
}

bool Snapshot::same_state(const Snapshot& other) const {
    return files == other.files && subsystems == other.subsystems && network_options == other.network_options &&
           filesets == other.filesets && reread_inittab == other.reread_inittab && refresh == other.refresh &&
           restart == other.restart && crontabs == other.crontabs && owed == other.owed;
}

} // namespace bulwark
