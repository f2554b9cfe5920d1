#include "system/history/git_handle.hpp"

#include "error.hpp"
#include "system/history/git_memory.hpp"
#include "system/host/system_call.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace bulwark {
namespace {

bool set_up() {
    give_libgit2_memory();
    if (git_libgit2_init() < 0)
        throw Error("starting libgit2: " + libgit2_reason());
    for (const int level :
         {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL})
        if (git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "") < 0)
            throw Error("turning off the configuration of git outside the history: " + libgit2_reason());
    // A run reads the same few files of the same commits several times.
    constexpr std::size_t largest_text = 1 << 20;
    if (git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_BLOB, largest_text) < 0)
        throw Error("setting the cache of libgit2: " + libgit2_reason());
    return true;
}

} // namespace

void start_libgit2() { [[maybe_unused]] static const bool started = set_up(); }

std::string libgit2_reason() {
    // When an object cannot be written or opened, libgit2 says that it is not there, but errno still tells why.
    constexpr int reasons[] = {ENOSPC, EDQUOT, EFBIG, EIO, EROFS, EMFILE, ENFILE, EINTR, ENOMEM};
    if (std::find(std::begin(reasons), std::end(reasons), errno) != std::end(reasons))
        return cause();
    const git_error* const error = git_error_last();
    const bool is_told = error != nullptr && error->message != nullptr;
    const std::string reason(without_period(is_told ? error->message : "libgit2 does not say why"));
    if (!reason.ends_with(in_words(EFBIG)))
        return reason;
    errno = EFBIG; // which libgit2 has taken back
    return cause();
}

} // namespace bulwark
