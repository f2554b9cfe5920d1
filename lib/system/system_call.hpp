#pragma once

#include "error.hpp"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace bulwark {

/// Why the last system call failed, in words.
std::string cause();

/// The result of a system call. Throws Error(cause()) if it failed.
int checked(int result);

/// Makes a system call again for as long as signals interrupt it.
template <class Call>
auto uninterrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR)
        result = call();
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
