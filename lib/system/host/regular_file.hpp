#pragma once

#include "system/host/rooted_path.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <sys/stat.h>

namespace bulwark {

/// What the last name of a place stands for, a link not followed; nothing where there is nothing.
std::optional<struct stat> status_of(const Place& place);

/// "a directory", "a FIFO", ...
std::string kind_in_words(mode_t mode);

/// A regular file, open, and what it was when it was opened.
struct RegularFile {
    Descriptor descriptor;
    struct stat status;
};

/// Opens what stands at the place. Throws Error if that is no regular file; never waits for the other end of a FIFO.
RegularFile open_regular_file(const Place& place, int flags);

/// All bytes of a file just opened. Throws Error if they are more than 64 MiB.
std::string text_of(const RegularFile& file);

/// Whether it has more bytes than that.
bool is_large(const RegularFile& file);

/// What a file, a directory or a link is to become.
struct FileContent {
    std::string_view text; // where a link points
    mode_t mode;
    uid_t owner;
    gid_t group;
    bool detached = false; // other names of the file stay with the old one
};

/// Called when only the last step is left of a change; what it throws stops that.
using LastLook = std::function<void()>;

/// Makes the place hold a file, durably, as Host::replace says. A link there gives way to it.
void replace_file(const Place& place, const FileContent& after, const std::string& temporary,
                  const LastLook& last_look);

/// Gives the file at the place another owner and mode, durably, and leaves its text alone.
void replace_attributes(const Place& place, const FileContent& after, const std::string& temporary,
                        const LastLook& last_look);

/// Removes what may have been left beside a place by a `replace_...` that was interrupted.
void remove_temporary_file(const Place& place, const std::string& temporary);

// What files have in common with directories and links.

/// Something new beside a place, which goes again unless it is given the name of the place to keep.
class TemporaryEntry {
public:
    /// Of what has just been made under that name; `flags` are those of unlinkat that remove it.
    TemporaryEntry(const Place& place, std::string name, int flags)
        : place_(place), name_(std::move(name)), flags_(flags) {}
    ~TemporaryEntry();
    TemporaryEntry(const TemporaryEntry&) = delete;
    TemporaryEntry& operator=(const TemporaryEntry&) = delete;

    void keep();

    /// The same, unless the place holds something by now, which then stays: Error.
    void keep_as_new();

private:
    const Place& place_;
    std::string name_;
    int flags_;
    bool kept_ = false;
};

/// Gives what is open its owner and group. Takes setuid and setgid bits away.
void set_owner(const Descriptor& file, const FileContent& after);

/// Gives what is open its mode; to be called after set_owner.
void set_mode(const Descriptor& file, const FileContent& after);

/// The directory of a place, to be synced. Opened before anything is written, so that it cannot fail afterwards.
Descriptor open_for_sync(const Place& place);

/// How a file is called that is to be renamed once it is complete.
std::string temporary_name(const std::string& temporary);

} // namespace bulwark
