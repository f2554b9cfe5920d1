#pragma once

#include "system/rooted_path.hpp"

#include <optional>
#include <string>

#include <sys/stat.h>

namespace bulwark {

/// What the last name of a place stands for, a link not followed; nothing where there is nothing.
std::optional<struct stat> status_of(const Place& place);

/// "a directory", "a FIFO", ...
std::string kind_in_words(mode_t mode);

/// A regular file, open, and what it was when it was opened.
struct RegularFile {
    Descriptor descriptor;
    struct stat status;
};

/// Opens what stands at the place. Throws Error if that is no regular file; never waits for the other end of a FIFO.
RegularFile open_regular_file(const Place& place, int flags);

/// All bytes of a file just opened. Throws Error if they are more than 64 MiB.
std::string text_of(const RegularFile& file);

/// What a file is to become.
struct FileContent {
    std::string_view text;
    mode_t mode;
    uid_t owner;
    gid_t group;
};

/// Makes the place hold a file, durably, as Host::replace says.
void replace_file(const Place& place, const FileContent& after, const std::string& temporary);

/// Removes the file, durably. That there is none is fine.
void remove_file(const Place& place);

/// Removes what a `replace_file` may have left that was interrupted.
void remove_temporary_file(const Place& place, const std::string& temporary);

} // namespace bulwark
