#include "system/record_lock.hpp"

#include "system/regular_file.hpp"

#include <algorithm>

#include <fcntl.h>
#include <unistd.h>

namespace bulwark {
namespace {

using Clock = std::chrono::steady_clock;

struct flock whole_file() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

bool try_lock(const Descriptor& file, const std::string& path) {
    struct flock lock = whole_file();
    const int result = uninterrupted([&] { return fcntl(file.number(), F_SETLK, &lock); });
    if (result < 0 && errno != EACCES && errno != EAGAIN)
        throw Error("locking " + path + ": " + cause());
    return result >= 0;
}

/// "process 4711". What another machine holds over NFS, or another container, has no number here, nor has what has just
/// been given up.
std::string holder(const Descriptor& file) {
    struct flock lock = whole_file();
    static_cast<void>(fcntl(file.number(), F_GETLK, &lock)); // leaves l_pid at 0 if nobody is found
    if (lock.l_pid <= 0)
        return "another process";
    return "process " + std::to_string(lock.l_pid);
}

} // namespace

Descriptor open_lock_file(const Place& place) {
    if (const std::optional<struct stat> status = status_of(place); status && !S_ISREG(status->st_mode))
        throw Error("it is " + kind_in_words(status->st_mode) + ", not a lock file; remove it");
    constexpr int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    Descriptor file(checked(
        uninterrupted([&] { return openat(place.directory.number(), place.name.c_str(), flags, S_IRUSR | S_IWUSR); })));
    struct stat status {};
    checked(fstat(file.number(), &status));
    if (!S_ISREG(status.st_mode))
        throw Error("it is " + kind_in_words(status.st_mode) + ", not a lock file; remove it");
    return file;
}

void wait_for_lock(const Descriptor& file, const std::string& path, std::chrono::seconds timeout) {
    constexpr std::chrono::milliseconds pause(50);
    const Clock::time_point begin = Clock::now();
    while (!try_lock(file, path)) {
        if (std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin) >= timeout)
            throw Error("waiting for another run: " + path + " is held by " + holder(file) + " after " +
                        in_words(timeout) + "; try again, or raise lock_timeout");
        sleep_for(pause);
    }
}

} // namespace bulwark
