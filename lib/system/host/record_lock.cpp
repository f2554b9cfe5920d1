#include "system/host/record_lock.hpp"

#include "system/host/regular_file.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace bulwark {
namespace {

using Clock = std::chrono::steady_clock;

/// "history.git.lock" -> "history.git.running"
std::string running_beside(const std::string& lock) {
    constexpr std::string_view ending = ".lock";
    return (lock.ends_with(ending) ? lock.substr(0, lock.size() - ending.size()) : lock) + ".running";
}

struct flock whole_file(short type = F_WRLCK) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

/// EACCES and EAGAIN say that somebody else has it (aix_facts.md, record locks).
bool try_lock(const Descriptor& file, const std::string& path) {
    struct flock lock = whole_file();
    const int result = uninterrupted([&] { return fcntl(file.number(), F_SETLK, &lock); });
    if (result < 0 && errno != EACCES && errno != EAGAIN) {
        const std::string why = cause();
        throw Error("locking " + path + ": " + why);
    }
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

/// What is left of the timeout.
std::chrono::seconds left_of(std::chrono::seconds timeout, Clock::time_point begin) {
    return std::max(timeout - std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin),
                    std::chrono::seconds(0));
}

/// Whether the name still stands for the open file.
bool is_at(const Place& place, const Descriptor& file) {
    struct stat held {};
    checked(fstat(file.number(), &held));
    const std::optional<struct stat> named = status_of(place);
    return named && named->st_dev == held.st_dev && named->st_ino == held.st_ino;
}

/// The lock of the file that has this name once it is ours: while we wait, somebody may give the name to another one, which
/// the next run would lock.
Descriptor lock_at(const Place& place, const std::string& path, std::chrono::seconds timeout,
                   const std::function<void()>& look) {
    const Clock::time_point begin = Clock::now();
    for (;;) {
        Descriptor file = doing("locking " + path, [&] { return open_lock_file(place); });
        wait_for_lock(file, path, left_of(timeout, begin), look);
        if (is_at(place, file))
            return file;
    }
}

/// Waits for the command of a run that was killed, or for a run whose lock file has been removed, and removes what says
/// that it is there.
void wait_for_end_of_another(const Place& running, const std::string& path, std::chrono::seconds timeout,
                             const std::function<void()>& look) {
    if (!status_of(running))
        return;
    const Descriptor left = lock_at(running, path, timeout, look);
    checked(unlinkat(running.directory.number(), running.name.c_str(), 0));
}

/// Record locks belong to the process; so does this.
const RunLock*& held() {
    static const RunLock* lock = nullptr;
    return lock;
}

} // namespace

std::optional<std::string> holder_of_lock(const Place& place) {
    constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    if (const std::optional<struct stat> status = status_of(place); !status || !S_ISREG(status->st_mode))
        return std::nullopt;
    const Descriptor file(uninterrupted([&] { return openat(place.directory.number(), place.name.c_str(), flags); }));
    struct flock lock = whole_file();
    if (!file.is_open() || fcntl(file.number(), F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
        return std::nullopt;
    return holder(file);
}

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

void wait_for_lock(const Descriptor& file, const std::string& path, std::chrono::seconds timeout,
                   const std::function<void()>& look) {
    constexpr std::chrono::milliseconds pause(50);
    const Clock::time_point begin = Clock::now();
    while (!try_lock(file, path)) {
        if (std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin) >= timeout)
            throw Error("waiting for another run: " + path + " is held by " + holder(file) + " after " +
                        in_words(timeout) + "; try again, or raise lock_timeout");
        look();
        sleep_for(pause);
    }
}

Descriptor make_held_file(int directory, const std::string& name) {
    constexpr int flags = O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const auto create = [&] { return openat(directory, name.c_str(), flags, S_IRUSR | S_IWUSR); };
    Descriptor low(checked(uninterrupted(create)));
    Descriptor file = duplicate(low, least_held_number);
    low.close(); // before anything is locked: that would end the lock
    struct flock lock = whole_file(F_RDLCK);
    checked(uninterrupted([&] { return fcntl(file.number(), F_SETLK, &lock); }));
    return file;
}

bool take_held_file(const Descriptor& file) {
    struct flock lock = whole_file();
    return uninterrupted([&] { return fcntl(file.number(), F_SETLK, &lock); }) == 0;
}

namespace {

struct stat status_of_directory(const Place& place) {
    struct stat status {};
    checked(fstat(place.directory.number(), &status));
    return status;
}

} // namespace

void RunLock::make_running() {
    before_ = status_of_directory(running_place_);
    running_ = make_held_file(running_place_.directory.number(), running_place_.name);
}

void RunLock::remove_running() {
    if (!is_at(running_place_, running_))
        return;
    // The history is a directory: with it the directory that it lies in has one more link.
    const bool nothing_else = status_of_directory(running_place_).st_nlink == before_.st_nlink;
    unlinkat(running_place_.directory.number(), running_place_.name.c_str(), 0);
    // AIX has a type of its own (aix_facts.md, files and descriptors).
    const auto time = [](const auto& of) { return timespec{of.tv_sec, of.tv_nsec}; };
    const std::array<timespec, 2> times{time(before_.st_atim), time(before_.st_mtim)};
    if (nothing_else)
        utimensat(running_place_.directory.number(), ".", times.data(), 0);
}

RunLock::RunLock(Place place, const std::string& path, std::chrono::seconds timeout,
                 const std::function<void()>& look) {
    const Clock::time_point begin = Clock::now();
    lock_ = lock_at(place, path, timeout, look);
    const std::string running = running_beside(path);
    running_place_ = {std::move(place.directory), running_beside(place.name), running_beside(place.path)};
    wait_for_end_of_another(running_place_, running, left_of(timeout, begin), look);
    // It is new each time: a descriptor of the one before, which a command may have left to a process of its user's, holds
    // nobody up.
    doing("creating " + running, [&] { make_running(); });
    held() = this;
}

RunLock::~RunLock() {
    held() = nullptr;
    try {
        remove_running();
    } catch (const std::exception&) { // the next run does it
    }
}

const Descriptor* running_lock() { return held() ? &held()->running() : nullptr; }

} // namespace bulwark
