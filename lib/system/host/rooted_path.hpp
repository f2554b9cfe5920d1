#pragma once

#include "system/host/system_call.hpp"
#include "system/landing.hpp"

#include <optional>
#include <string>
#include <vector>

#include <sys/stat.h>

namespace bulwark {

/// Where a path leads: a name in an open directory. What the name stands for need not exist.
struct Place {
    Descriptor directory;        // good for the ...at() calls alone
    std::string name;            // without slashes; "." for the directory itself
    std::string path;            // inside the root, free of links
    std::vector<Identity> way{}; // of the directories from the root down to that one
};

Identity identity_of(const struct stat& status);

/// A link that is not followed, because somebody who is not trusted may have put it there: it belongs to neither root, bin,
/// whoever runs this nor the owner of the root, and one of others than these can write to its directory.
class UntrustedLink : public Error {
    using Error::Error;
};

/// Where the symbolic link `name` in an open directory points; nothing for what is none.
std::optional<std::string> link_target(int directory, const std::string& name);

/// The tree below a directory, in which paths resolve as after a chroot: the kernel never sees more than one component
/// of a path and never follows a link, so that nothing leads outside, whoever changes the tree meanwhile.
class RootedTree {
public:
    /// Throws Error if root is not a directory.
    explicit RootedTree(const std::string& root);

    /// Where the path leads, links followed, the last one too. Nothing if a directory on the way is not there. Throws
    /// Error, without the path, where that cannot be known: no permission, or more than 40 links; UntrustedLink at one
    /// that is not followed.
    std::optional<Place> find(const std::string& path) const;

    /// The same, but a link at the end is not followed.
    std::optional<Place> find_entry(const std::string& path) const;

    /// The same as `find`, by directories alone that nobody else can change, from the running system's "/" on. Throws
    /// Error that names the first one that somebody can change, and what to do (see trusted_way.hpp). What stands on the
    /// way and is no directory is an Error too.
    enum class TrustedLinks { followed, refused };
    std::optional<Place> find_trusted(const std::string& path, TrustedLinks links = TrustedLinks::followed) const;

    /// The same, but directories that are missing on the way are made (0700), and a link at the end is not followed.
    Place make_trusted_way(const std::string& path) const;

    /// Where the path leads, whatever of it is there; a link at its end is followed unless the path means that `itself`.
    Landing landing(const std::string& path, bool itself) const;

    /// Where a path inside, free of links, lies on the running system.
    std::string outside(const std::string& path) const;

private:
    void require_trusted_root() const;

    Descriptor directory_;
    struct stat status_ {};
    std::string root_;  // free of links; empty for "/"
    std::string fault_; // which directory above the root somebody else can change; empty: none
};

} // namespace bulwark
