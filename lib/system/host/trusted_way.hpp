#pragma once

#include "system/host/rooted_path.hpp"

#include <optional>
#include <string>

#include <sys/stat.h>

// Who can change what root believes and runs. Root can; so can bin, to whom AIX gives /usr and /var (aix_facts.md,
// owners and modes; nobody can log in as bin); so can whoever runs this. Anybody else could decide what root does next.
namespace bulwark {

/// Whether that user may own what is believed: root, bin, or whoever runs this.
bool is_trusted(uid_t user);

/// How somebody else can change the file or directory with this status: "belongs to user 1001", "can be written by group
/// 4 (mode 0775)". Empty: nobody else can. An access control list counts as its mask in the mode (POSIX), or as a fault of
/// its own where the mode does not tell what it grants (AIX).
std::string who_can_change(const struct stat& status);

/// The same of what is root's alone, such as a history: not even bin may own it.
std::string who_can_change_own(const struct stat& status);

/// The command that takes that away: "chmod go-w /var/adm".
std::string remedy(const struct stat& status, const std::string& path);

/// Whether the entry of that name in the open directory stays what it is: nobody else can change the directory; or it is
/// sticky, as /tmp is, belongs to somebody trusted, and so does the entry. Throws Error, naming `path`, the directory,
/// and what to do, where somebody else could put another thing there.
void require_lasting(int directory, const std::string& name, const std::string& path);

/// Follows an absolute path of the running system from "/", links included, by open directories, of which nobody else can
/// change any. What the last name stands for is not looked at. Nothing where a directory is missing; throws Error that
/// names the first directory that somebody else can change, and what to do.
std::optional<Place> find_trusted(const std::string& path);

/// The same of a path that is known to be free of links. One that is met is an Error.
std::optional<Place> find_trusted_without_links(const std::string& path);

} // namespace bulwark
