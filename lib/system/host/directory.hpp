#pragma once

#include "system/host/regular_file.hpp"

#include <string>
#include <vector>

namespace bulwark {

/// Opens the directory at the place, a link not followed.
Descriptor open_directory(const Place& place);

/// The names of all that is in an open directory, sorted.
std::vector<std::string> names_in(const Descriptor& directory);

/// Makes the place hold a directory, durably, as Host::replace says.
void replace_directory(const Place& place, const FileContent& after, const std::string& temporary,
                       const LastLook& last_look);

/// Makes the place hold a symbolic link, durably. A regular file there gives way to it.
void replace_link(const Place& place, const FileContent& after, const std::string& temporary,
                  const LastLook& last_look);

/// Removes the file, link or empty directory, durably. That there is none is fine.
void remove_entry(const Place& place, const LastLook& last_look);

} // namespace bulwark
