#pragma once

#include "plan/snapshot.hpp"

#include <string>
#include <string_view>

namespace bulwark {

/// The file `.bulwark` of a commit, see History: all of `recorded` but the bytes of its files. Files come first, by
/// path, then network options and subsystems by name, then the actions in their order: a change of one fact changes one
/// line.
std::string metadata_text(const Recorded& recorded);

/// What such a text says; parse_metadata(metadata_text(r)) is r without the bytes of its files. Throws Error, naming
/// the line, at anything that is not understood.
Recorded parse_metadata(std::string_view text);

/// "0644 root system", as diffs have it; of a link, which has no mode, "- root system".
std::string mode_and_owner(const FileState& state);

/// "0644 root:0 system:0", as `.bulwark` has it.
std::string mode_and_numbers(const FileState& state);

/// Throws Error where git could not hold a file of that path: it must be absolute and normalised, and none of its
/// components may be a name that git keeps for itself, in any spelling that a file system may take for it.
void require_recordable(const std::string& path);

/// The bytes with \n, \t, \\ and \x1b for those that would break a line or a terminal.
std::string escaped(std::string_view bytes);

} // namespace bulwark
