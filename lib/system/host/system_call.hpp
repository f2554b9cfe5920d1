#pragma once

#include "error.hpp"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace bulwark {

/// The text of an error number, without the period with which AIX ends it: a message may go on.
std::string in_words(int error);

/// The same of a text that somebody else has made of an error.
std::string_view without_period(std::string_view text);

/// Why the last system call failed, in words.
std::string cause();

/// Whether the error says that a file system, or the system, does not have what was asked for.
bool is_unsupported(int error);

/// Throws Error(cause()). Not `throw Error(cause())`: that makes room for the exception first, and malloc may change errno.
[[noreturn]] void throw_cause();

/// The result of a system call. Throws Error(cause()) if it failed.
template <class Result>
Result checked(Result result) {
    if (result < 0)
        throw_cause();
    return result;
}

/// Makes a system call again for as long as signals interrupt it.
template <class Call>
auto uninterrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR)
        result = call();
    return result;
}

/// Gives `fill` more room for as long as it fails with `too_small` for want of it. What it returned at last.
template <class Fill>
auto with_enough_room(std::string& room, int too_small, Fill fill) {
    constexpr std::size_t most = std::size_t{16} * 1024 * 1024; // nothing that is asked for is as large
    auto result = fill();
    while (result < 0 && errno == too_small && room.size() < most) {
        room.resize(room.size() * 2);
        result = fill();
    }
    return result;
}

/// Does `step`. An Error of it gets the act in front: "replacing /etc/inittab: No space left on device".
template <class Step>
auto doing(const std::string& act, Step step) {
    try {
        return step();
    } catch (const Error& error) {
        throw Error(act + ": " + error.what());
    }
}

/// An open file, closed by its destructor.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    bool is_open() const { return number_ >= 0; }
    int number() const { return number_; }
    void close();

private:
    int number_ = -1;
};

/// A second descriptor of the same open file, no smaller than `least`, that no child process inherits.
Descriptor duplicate(const Descriptor& descriptor, int least = 3);

/// All that a file, pipe or terminal has to give; what is opened is what an administrator or Ansible has named. Throws Error:
/// "reading args.json: No such file or directory".
std::string read_all(const std::string& path);

/// Writes all of the text at the offset.
void write_all(const Descriptor& file, std::string_view text, std::size_t offset);

/// Puts a file's bytes on the disk.
void sync(const Descriptor& file);

/// Puts a directory's names, or a file's mode and owner, on the disk, where the system can do that.
void sync_metadata(const Descriptor& descriptor);

/// "1 second", "30 seconds"
std::string in_words(std::chrono::seconds time);

void sleep_for(std::chrono::milliseconds time);

} // namespace bulwark
