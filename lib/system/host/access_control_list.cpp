#include "system/host/access_control_list.hpp"

#include "system/host/system_call.hpp"

#if defined(__linux__)
#include <sys/xattr.h>
#elif defined(_AIX)
#include <sys/acl.h>
#endif

namespace bulwark {
#if defined(__linux__)

void copy_access_control_list(int from, int to) {
    constexpr auto name = "system.posix_acl_access";
    std::string list(65536, '\0'); // the largest there can be
    const ssize_t size = fgetxattr(from, name, list.data(), list.size());
    if (size >= 0)
        checked(fsetxattr(to, name, list.data(), static_cast<std::size_t>(size), 0));
    else if (errno == ENODATA) { // the new file may have got one from its directory
        if (fremovexattr(to, name) < 0 && errno != ENODATA && !is_unsupported(errno))
            throw_cause();
    } else if (!is_unsupported(errno))
        throw_cause();
}

mode_t mode_for_chmod(mode_t wanted, const struct stat&) { return wanted; }

#elif defined(_AIX)

void copy_access_control_list(int from, int to) {
    // <sys/acl.h> has no constant for the size of the largest. aclx_fget fails with ENOSPC where there is too little room.
    std::string list(65536, '\0');
    std::size_t size = 0;
    acl_type_t type{};
    mode_t mode = 0;
    const auto get = [&] {
        size = list.size();
        type.u64 = ACL_ANY; // AIXC or NFS4, whichever the file has
        return aclx_fget(from, 0, &type, list.data(), &size, &mode);
    };
    if (with_enough_room(list, ENOSPC, get) == 0)
        checked(aclx_fput(to, SET_ACL | SET_MODE_S_BITS, type, list.data(), size, mode));
    else if (!is_unsupported(errno)) // EINVAL may be a mistake of ours, so it is an error too
        throw_cause();
}

mode_t mode_for_chmod(mode_t wanted, const struct stat& now) {
    // Without this bit chmod switches the extended permissions off (aix_facts.md, access control lists).
    return wanted | (now.st_mode & S_IXACL);
}

#else

void copy_access_control_list(int, int) {}

mode_t mode_for_chmod(mode_t wanted, const struct stat&) { return wanted; }

#endif

} // namespace bulwark
