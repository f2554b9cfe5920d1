#include "system/system_call.hpp"

#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <sys/resource.h>
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

std::string cause() {
    const int error = errno;
    const std::string text = std::strerror(error); // NOLINT(concurrency-mt-unsafe): there is one thread
    return error == EFBIG ? text + limit_of_file_sizes() : text;
}

int checked(int result) {
    if (result < 0)
        throw Error(cause());
    return result;
}

void Descriptor::close() {
    if (is_open())
        ::close(std::exchange(number_, -1)); // not again on EINTR: the number may be another file's by then
}

Descriptor duplicate(const Descriptor& descriptor, int least) {
    return Descriptor(checked(fcntl(descriptor.number(), F_DUPFD_CLOEXEC, least)));
}

void write_all(const Descriptor& file, std::string_view text, std::size_t offset) {
    while (!text.empty()) {
        const ssize_t written =
            uninterrupted([&] { return pwrite(file.number(), text.data(), text.size(), static_cast<off_t>(offset)); });
        if (written < 0)
            throw Error(cause());
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
        throw Error(cause());
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
