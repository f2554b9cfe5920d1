#include "system/host/system_call.hpp"

#include <array>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bulwark {
namespace {

/// A file of a few kilobytes is not too large for anything but a limit.
std::string limit_of_file_sizes() {
    rlimit limit{};
    if (getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return {};
    return " (the limit for files is " + std::to_string(limit.rlim_cur) + " bytes; raise it with ulimit -f)";
}

} // namespace

std::string in_words(int error) {
    const std::string_view text = std::strerror(error); // NOLINT(concurrency-mt-unsafe): there is one thread
    return std::string(without_period(text));
}

std::string_view without_period(std::string_view text) {
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

std::string cause() {
    const int error = errno;
    return error == EFBIG ? in_words(error) + limit_of_file_sizes() : in_words(error);
}

bool is_unsupported(int error) { return error == ENOTSUP || error == EOPNOTSUPP || error == ENOSYS; }

void throw_cause() {
    const std::string why = cause();
    throw Error(why);
}

void Descriptor::close() {
    if (is_open())
        ::close(std::exchange(number_, -1)); // not again on EINTR: the number may be another file's by then
}

Descriptor duplicate(const Descriptor& descriptor, int least) {
    // Not F_DUPFD_CLOEXEC: AIX 7.1 does not have it, and 7.2 only from some level on. There is one thread, so nothing forks
    // in between.
    Descriptor copy(checked(fcntl(descriptor.number(), F_DUPFD, least)));
    checked(fcntl(copy.number(), F_SETFD, FD_CLOEXEC));
    return copy;
}

std::string read_all(const std::string& path) {
    return doing("reading " + path, [&] {
        const auto open_file = [&] { return open(path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC); };
        const Descriptor file(checked(uninterrupted(open_file)));
        struct stat status {};
        checked(fstat(file.number(), &status));
        if (S_ISDIR(status.st_mode)) { // AIX would read it
            errno = EISDIR;
            throw_cause();
        }
        std::string text;
        std::array<char, 65536> room; // NOLINT(cppcoreguidelines-pro-type-member-init): it is written before it is read
        const auto read_some = [&] { return read(file.number(), room.data(), room.size()); };
        while (const ssize_t size = checked(uninterrupted(read_some)))
            text.append(room.data(), static_cast<std::size_t>(size));
        return text;
    });
}

void write_all(const Descriptor& file, std::string_view text, std::size_t offset) {
    while (!text.empty()) {
        const ssize_t written =
            uninterrupted([&] { return pwrite(file.number(), text.data(), text.size(), static_cast<off_t>(offset)); });
        if (written < 0)
            throw_cause();
        text.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::size_t>(written);
    }
}

void sync(const Descriptor& file) {
    checked(uninterrupted([&] { return fsync(file.number()); }));
}

void sync_metadata(const Descriptor& descriptor) {
    // AIX syncs only what is open for writing, which a directory cannot be (EBADF): JFS2 has the change in its log
    // (aix_facts.md, files and descriptors).
    if (uninterrupted([&] { return fsync(descriptor.number()); }) < 0 && errno != EBADF && errno != EINVAL)
        throw_cause();
}

std::string in_words(std::chrono::seconds time) {
    return std::to_string(time.count()) + (time.count() == 1 ? " second" : " seconds");
}

void sleep_for(std::chrono::milliseconds time) {
    timespec rest{};
    rest.tv_sec = static_cast<std::time_t>(time.count() / 1000);
    rest.tv_nsec = static_cast<long>(time.count() % 1000) * 1000000;
    uninterrupted([&] { return nanosleep(&rest, &rest); });
}

} // namespace bulwark
