#include "plan/path.hpp"

#include "document/lines.hpp"
#include "text.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulwark {
namespace {

using Kind = FileState::Kind;

constexpr auto passwd = "/etc/passwd";
constexpr auto group_file = "/etc/group";

std::string parent_of(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }

bool is_directory(const std::string& path, const Snapshot& snapshot) {
    const auto found = snapshot.files.find(path);
    return found != snapshot.files.end() && found->second.kind == Kind::directory;
}

/// `name:password:number` of a line; nothing where it has fewer fields.
std::vector<std::string_view> account(std::string_view line) {
    std::vector<std::string_view> fields;
    for (std::size_t end = line.find(':'); end != std::string_view::npos; end = line.find(':')) {
        fields.push_back(line.substr(0, end));
        line.remove_prefix(end + 1);
    }
    return fields.size() > 2 ? fields : std::vector<std::string_view>{};
}

/// Without the zeros in front.
std::string number(std::string_view digits) {
    return std::string(digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1)));
}

/// Whether chown(2) takes it; 4294967295 means "leave it".
bool is_id(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos &&
           (number(text).size() < 10 || (number(text).size() == 10 && number(text) < "4294967295"));
}

std::optional<std::uint32_t> id_of(std::string_view text) {
    return is_id(std::string(text)) ? std::optional(static_cast<std::uint32_t>(std::stoul(std::string(text))))
                                    : std::nullopt;
}

/// How the tree names whom that means: a name it knows, else the name of a number, else the number. What is taken from
/// elsewhere (NIS: lines that begin with `+` or `-`) has no name here.
Account named(const std::string& wanted, const std::string& file, const std::string& what, const Snapshot& snapshot) {
    const bool is_number = is_id(wanted);
    const FileState& accounts = snapshot.file(file);
    if (const auto why = too_large(accounts.text))
        throw Error(file + " " + *why + "; nothing was changed");
    std::string name;
    for (const std::string_view line : split_lines(accounts.text)) {
        const auto fields = account(line.find_first_of("+-#") == 0 ? "" : line);
        if (!fields.empty() && fields[0] == wanted)
            return {wanted, id_of(fields[2])};
        if (!fields.empty() && is_number && name.empty() && fields[2] == number(wanted))
            name = fields[0];
    }
    if (!is_number)
        throw Error(file + " has no " + what + " " + cited(wanted) + "; add it there, or give a number");
    return {name.empty() ? number(wanted) : name, id_of(wanted)};
}

void require_known_kind(const std::string& path, const FileState& state) {
    if (state.kind == Kind::other)
        throw Error(in_the_way(path, state, "neither a file nor a directory"));
}

/// What would take half of the host with it.
void require_inner(const std::string& path) {
    if (std::count(path.begin(), path.end(), '/') < 2)
        throw Error(path + " belongs to the system as a whole and is neither removed nor moved; name something in it");
}

/// All of `files` that is at the path or below it. Throws Error where not all of it is known.
std::vector<std::string> members(const std::string& path, const Snapshot& snapshot) {
    std::vector<std::string> found{path};
    if (!is_directory(path, snapshot))
        return found;
    if (const auto tree = snapshot.trees.find(path); tree != snapshot.trees.end() && !tree->second.empty())
        throw Error(tree->second + "; nothing was changed"); // else all is known, or was made by a rule of this run
    const std::string below = path + "/";
    for (auto file = snapshot.files.lower_bound(below); file != snapshot.files.end() && file->first.starts_with(below);
         ++file)
        if (file->second.kind != Kind::missing)
            found.push_back(file->first);
    return found;
}

void ensure_present(const PathAttributes& wanted, Snapshot& snapshot) {
    FileState state = snapshot.state(wanted.path);
    if (state.kind == Kind::missing)
        throw MissingFile(wanted.path + " does not exist, and state present creates nothing");
    require_known_kind(wanted.path, state);
    if (state.kind == Kind::link)
        throw Error(wanted.path + " is a symbolic link that another rule removes or moves; leave out one of the two");
    const FileState before = state;
    if (wanted.owner)
        state.owner = named(*wanted.owner, passwd, "user", snapshot);
    if (wanted.group)
        state.group = named(*wanted.group, group_file, "group", snapshot);
    if (state.owner != before.owner || state.group != before.group)
        state.mode &= ~set_id_bits; // as chown(1) does: whoever had the file may have put anything into it
    if (wanted.mode)
        state.mode = wanted.mode->of(state.mode, state.kind == Kind::directory);
    snapshot.files.at(wanted.path) = state;
}

void ensure_absent(const PathAttributes& wanted, Snapshot& snapshot) {
    require_inner(wanted.path);
    if (snapshot.state(wanted.path).kind == Kind::missing)
        return;
    require_known_kind(wanted.path, snapshot.state(wanted.path));
    for (const std::string& path : members(wanted.path, snapshot))
        snapshot.files.at(path) = FileState{};
}

/// Throws Error where it cannot be moved; false where it has been already.
bool has_to_move(const PathAttributes& wanted, const Snapshot& snapshot) {
    const FileState& source = snapshot.state(wanted.path);
    const FileState& target = snapshot.state(wanted.destination);
    if (source.kind == Kind::missing && target.kind == Kind::missing)
        throw MissingFile("neither " + wanted.path + " nor " + wanted.destination +
                          " exists, so there is nothing to move");
    if (source.kind == Kind::missing)
        return false;
    if (target.kind != Kind::missing)
        throw Error("both " + wanted.path + " and " + wanted.destination +
                    " exist; remove one of them, nothing was changed");
    require_known_kind(wanted.path, source);
    if (!is_directory(parent_of(wanted.destination), snapshot))
        throw Error(parent_of(wanted.destination) + " is no directory, so " + wanted.path + " cannot be moved to " +
                    wanted.destination + "; make it first");
    return true;
}

void ensure_moved(const PathAttributes& wanted, Snapshot& snapshot) {
    require_inner(wanted.path);
    if (wanted.destination == wanted.path || wanted.destination.starts_with(wanted.path + "/"))
        throw Error(wanted.path + " cannot be moved to " + wanted.destination +
                    ", which lies in it; name another place");
    if (!has_to_move(wanted, snapshot))
        return;
    for (const std::string& path : members(wanted.path, snapshot)) {
        FileState& from = snapshot.files.at(path);
        FileState& to = snapshot.files[wanted.destination + path.substr(wanted.path.size())];
        to = from;
        to.linked = false; // it is a new file: other names of the old one stay with that
        from = FileState{};
    }
}

} // namespace

Needs needs(const PathAttributes& wanted, const Snapshot& snapshot) {
    Needs all;
    if (wanted.state == PathState::present) {
        all.logs = {wanted.path};
        if (wanted.owner)
            all.files.insert(passwd);
        if (wanted.group)
            all.files.insert(group_file);
        return all;
    }
    all.entries = {wanted.path};
    if (wanted.state == PathState::moved) {
        all.entries.insert(wanted.destination);
        all.files = {parent_of(wanted.destination)};
    }
    if (is_directory(wanted.path, snapshot))
        all.trees = {wanted.path};
    return all;
}

void ensure(const PathAttributes& wanted, Snapshot& snapshot) {
    switch (wanted.state) {
    case PathState::present:
        return ensure_present(wanted, snapshot);
    case PathState::absent:
        return ensure_absent(wanted, snapshot);
    case PathState::moved:
        return ensure_moved(wanted, snapshot);
    }
}

std::string summary(const PathAttributes& wanted) {
    switch (wanted.state) {
    case PathState::absent:
        return "remove " + wanted.path;
    case PathState::moved:
        return "move " + wanted.path + " to " + wanted.destination;
    default:
        return (!wanted.mode                     ? "set the owner of "
                : !wanted.owner && !wanted.group ? "set the mode of "
                                                 : "set the mode and owner of ") +
               wanted.path;
    }
}

} // namespace bulwark
