#include "system/host/trusted_way.hpp"

#include "system/metadata.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace bulwark {
namespace {

constexpr uid_t root = 0, bin = 2;

std::string octal(mode_t mode) {
    std::string digits;
    for (const unsigned shift : {9U, 6U, 3U, 0U})
        digits += static_cast<char>('0' + (mode >> shift & 7U));
    return digits;
}

/// AIX keeps extended permissions beside the mode, which does not show what they grant (aix_facts.md, access control
/// lists).
bool has_hidden_permissions([[maybe_unused]] const struct stat& status) {
#ifdef S_IXACL
    return (status.st_mode & S_IXACL) != 0;
#else
    return false;
#endif
}

std::string who_can_write(const struct stat& status) {
    const std::string mode = " (mode " + octal(status.st_mode) + ")";
    if ((status.st_mode & S_IWOTH) != 0)
        return "can be written by everybody" + mode;
    if ((status.st_mode & S_IWGRP) != 0)
        return "can be written by group " + std::to_string(status.st_gid) + mode;
    return has_hidden_permissions(status) ? "has extended permissions, which may let others write" : "";
}

std::string owner_in_words(const struct stat& status) { return "belongs to user " + std::to_string(status.st_uid); }

struct stat status_in(int directory, const std::string& name) {
    struct stat status {};
    checked(fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW));
    return status;
}

/// Of a sticky directory: only the owner of an entry, or of the directory, can rename or remove it.
bool is_kept_by_sticky_bit(int directory, const std::string& name, const struct stat& status) {
    if ((status.st_mode & S_ISVTX) == 0 || !is_trusted(status.st_uid) || has_hidden_permissions(status))
        return false;
    struct stat entry {};
    if (fstatat(directory, name.c_str(), &entry, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT; // it can be made, exclusively; then it belongs to whoever runs this
    return is_trusted(entry.st_uid);
}

} // namespace

bool is_trusted(uid_t user) { return user == root || user == bin || user == geteuid(); }

std::string who_can_change(const struct stat& status) {
    return is_trusted(status.st_uid) ? who_can_write(status) : owner_in_words(status);
}

std::string who_can_change_own(const struct stat& status) {
    const bool own = status.st_uid == root || status.st_uid == geteuid();
    return own ? who_can_write(status) : owner_in_words(status);
}

std::string remedy(const struct stat& status, const std::string& path) {
    const std::string name = escaped(path);
    if (who_can_write(status).empty() || !is_trusted(status.st_uid))
        return "chown " + std::to_string(geteuid()) + " " + name;
    return has_hidden_permissions(status) ? "acldel " + name : "chmod go-w " + name;
}

void require_lasting(int directory, const std::string& name, const std::string& path) {
    const struct stat status = status_in(directory, ".");
    const std::string who = who_can_change(status);
    if (who.empty() || is_kept_by_sticky_bit(directory, name, status))
        return;
    if ((status.st_mode & S_ISVTX) != 0 && is_trusted(status.st_uid))
        throw Error(escaped(path == "/" ? path + name : path + "/" + name) + " " +
                    owner_in_words(status_in(directory, name)) + ", who can exchange it at any time; give it to user " +
                    std::to_string(geteuid()) + ", who runs this, or use another place");
    throw Error(escaped(path) + " " + who +
                ", who could exchange what is in it; mend that first: " + remedy(status, path));
}

std::optional<Place> find_trusted(const std::string& path) { return RootedTree("/").find_trusted(path); }

std::optional<Place> find_trusted_without_links(const std::string& path) {
    return RootedTree("/").find_trusted(path, RootedTree::TrustedLinks::refused);
}

} // namespace bulwark
