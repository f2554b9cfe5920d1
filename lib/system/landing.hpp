#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace bulwark {

/// Which file or directory it is, whatever names lead to it: device and inode.
struct Identity {
    std::uintmax_t device = 0, inode = 0;
    bool operator==(const Identity& b) const { return device == b.device && inode == b.inode; }
    bool operator<(const Identity& b) const { return std::tie(device, inode) < std::tie(b.device, b.inode); }
};

/// Where a path leads, links followed; by what was found there, not by names. Two paths lead to one place where these are
/// equal, be it by a link, or by one file system that is mounted twice.
struct Landing {
    std::vector<Identity> way;       // the directories that are there, from the root down
    std::string rest;                // the name in the last of them: "/inetd.conf"; of what is missing: "/new/file"
    std::optional<Identity> there{}; // what the place holds

    /// Which entry of which directory it is; a file with several hard links has several.
    std::pair<Identity, std::string> entry() const { return {way.back(), rest}; }
};

/// Whether `a` is `b`, by another hard link too, or a directory on the way to it.
inline bool leads_through(const Landing& b, const Landing& a) {
    if (a.entry() == b.entry())
        return true;
    if (a.there)
        return b.there == a.there || std::find(b.way.begin(), b.way.end(), *a.there) != b.way.end();
    return a.way.back() == b.way.back() && b.rest.starts_with(a.rest + "/");
}

} // namespace bulwark
