#pragma once

#include "document/file_mode.hpp"
#include "plan/rule.hpp"

#include <optional>
#include <string>

namespace bulwark {

enum class PathState {
    present, // there, with the mode and owner given
    absent,  // not there; a directory goes with all that is in it
    moved,   // at `destination`, and not there any more
};

/// What is wanted of a file, a directory or a link: its mode and owner, its absence, its place. `present` makes nothing,
/// and follows a link; the other two are about the link itself.
struct PathAttributes {
    std::string path; // absolute, without `.`, `..`, double slashes and one at the end
    PathState state = PathState::present;
    std::optional<FileMode> mode{}; // these three of `present` alone
    std::optional<std::string> owner{}, group{};
    std::string destination{}; // of `moved`; as the path
};

Needs needs(const PathAttributes& wanted, const Snapshot& snapshot);
void ensure(const PathAttributes& wanted, Snapshot& snapshot);
std::string summary(const PathAttributes& wanted);

} // namespace bulwark
