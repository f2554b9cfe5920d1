#include "system/host/regular_file.hpp"

#include "system/host/access_control_list.hpp"
#include "system/host/extended_attributes.hpp"

#include <algorithm>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace bulwark {
namespace {

constexpr std::size_t most_bytes = std::size_t{64} * 1024 * 1024;
constexpr mode_t permission_bits = 07777;
constexpr mode_t without_set_id = 01777;

// Whatever somebody puts in the way while we look, opening it neither follows it, nor waits, nor gets us a terminal
// (aix_facts.md, files and descriptors).
constexpr int open_safely = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

struct stat status_of(const Descriptor& descriptor) {
    struct stat status {};
    checked(fstat(descriptor.number(), &status));
    return status;
}

void require_regular(mode_t mode) {
    if (!S_ISREG(mode))
        throw Error("it is " + kind_in_words(mode));
}

void require_reasonable(std::size_t size) {
    if (size > most_bytes)
        throw Error("it is larger than 64 MiB, which no configuration file is");
}

/// Reads until the room is full or the file ends.
std::size_t read_up_to(const Descriptor& file, char* room, std::size_t size) {
    std::size_t total = 0;
    for (ssize_t got = 1; got > 0 && total < size; total += static_cast<std::size_t>(got)) {
        got = uninterrupted([&] { return read(file.number(), room + total, size - total); });
        if (got < 0)
            throw_cause();
    }
    return total;
}

Descriptor create_file(const Place& place, const std::string& name) {
    constexpr int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const auto create = [&] { return openat(place.directory.number(), name.c_str(), flags, S_IRUSR | S_IWUSR); };
    return Descriptor(checked(uninterrupted(create)));
}

/// Makes a file beside the place, has `write` fill it, and gives it the place's name.
template <class Write>
void make_beside(const Place& place, const FileContent& after, const std::string& temporary, const LastLook& last_look,
                 Write write, void (TemporaryEntry::*keep)() = &TemporaryEntry::keep) {
    const Descriptor directory = open_for_sync(place);
    const std::string name = temporary_name(temporary);
    const Descriptor file = create_file(place, name);
    TemporaryEntry entry(place, name, 0);
    write(file);
    set_mode(file, after);
    sync(file);
    last_look();
    (entry.*keep)();
    sync_metadata(directory);
}

void copy_attributes(const RegularFile& from, const Descriptor& to, const FileContent& after, bool same_text) {
    const bool same_owner = from.status.st_uid == after.owner && from.status.st_gid == after.group;
    copy_extended_attributes(from.descriptor.number(), to.number(), same_text && same_owner);
    copy_access_control_list(from.descriptor.number(), to.number());
}

void write_new(const Place& place, const FileContent& after, const std::string& temporary, const LastLook& last_look,
               void (TemporaryEntry::*keep)()) {
    const auto write = [&](const Descriptor& file) {
        write_all(file, after.text, 0);
        set_owner(file, after);
    };
    make_beside(place, after, temporary, last_look, write, keep);
}

void write_beside(const Place& place, const RegularFile& before, const FileContent& after, bool same_text,
                  const std::string& temporary, const LastLook& last_look) {
    make_beside(place, after, temporary, last_look, [&](const Descriptor& file) {
        write_all(file, after.text, 0);
        set_owner(file, after);
        copy_attributes(before, file, after, same_text);
    });
}

void copy_text(const Descriptor& from, const Descriptor& to) {
    std::string piece(std::size_t{1} << 20, '\0');
    for (std::size_t total = 0;;) {
        const std::size_t size = read_up_to(from, piece.data(), piece.size());
        if (size == 0)
            return;
        write_all(to, std::string_view(piece).substr(0, size), total);
        total += size;
    }
}

/// A copy of the file in its place, with another owner and mode; its other names stay with the old one.
void copy_beside(const Place& place, const RegularFile& before, const FileContent& after, const std::string& temporary,
                 const LastLook& last_look) {
    make_beside(place, after, temporary, last_look, [&](const Descriptor& file) {
        copy_text(before.descriptor, file);
        set_owner(file, after);
        copy_attributes(before, file, after, true);
    });
}

/// Makes a file longer, or leaves it as it was.
void append(const RegularFile& file, std::string_view tail) {
    try {
        write_all(file.descriptor, tail, static_cast<std::size_t>(file.status.st_size));
        sync(file.descriptor); // some file systems notice only now that they are full
    } catch (const std::exception&) {
        const auto cut = [&] { return ftruncate(file.descriptor.number(), file.status.st_size); };
        if (uninterrupted(cut) < 0)
            throw_cause();
        throw;
    }
}

void write_in_place(const Place& place, const RegularFile& before, const FileContent& after,
                    const LastLook& last_look) {
    const RegularFile file = open_regular_file(place, O_RDWR);
    if (file.status.st_ino != before.status.st_ino || file.status.st_dev != before.status.st_dev)
        throw Error("somebody else has just replaced it; try again");
    last_look();
    // What goes beyond the old end comes first: if the disk is full, not one byte of the old text is lost yet.
    const std::size_t size = std::min(static_cast<std::size_t>(file.status.st_size), after.text.size());
    if (size < after.text.size())
        append(file, after.text.substr(size));
    write_all(file.descriptor, after.text.substr(0, size), 0);
    const auto cut = [&] { return ftruncate(file.descriptor.number(), static_cast<off_t>(after.text.size())); };
    checked(uninterrupted(cut));
    set_owner(file.descriptor, after);
    set_mode(file.descriptor, after);
    sync(file.descriptor);
}

/// Opens the file to see what it holds. Its owner may have taken from himself the right to read it and must still be
/// able to get back: then its mode comes first.
RegularFile open_before(const Place& place, const struct stat& now, const FileContent& after, LastLook& last_look) {
    const int directory = place.directory.number();
    const char* const name = place.name.c_str();
    const Descriptor file(uninterrupted([&] { return openat(directory, name, O_RDONLY | open_safely); }));
    if (!file.is_open() && errno == EACCES) {
        last_look();
        last_look = [] {}; // what comes now is the first step already
        static_cast<void>( // if it was in vain, opening it says so
            fchmodat(directory, name, mode_for_chmod(after.mode & without_set_id, now), AT_SYMLINK_NOFOLLOW) == 0);
    }
    return open_regular_file(place, O_RDONLY);
}

bool has_text(const RegularFile& file, std::string_view text) {
    return static_cast<std::size_t>(file.status.st_size) == text.size() && text_of(file) == text;
}

} // namespace

TemporaryEntry::~TemporaryEntry() {
    if (!kept_)
        unlinkat(place_.directory.number(), name_.c_str(), flags_);
}

void TemporaryEntry::keep_as_new() {
    const int directory = place_.directory.number();
    if (linkat(directory, name_.c_str(), directory, place_.name.c_str(), 0) < 0) {
        if (errno == EEXIST)
            throw Error("somebody else has just made it; run again");
        if (errno != EPERM && errno != EMLINK && errno != ENOTSUP && errno != EOPNOTSUPP && errno != ENOSYS)
            throw_cause();
        return keep(); // a file system without hard links
    }
    kept_ = true;
    checked(unlinkat(directory, name_.c_str(), flags_));
}

void TemporaryEntry::keep() {
    const int directory = place_.directory.number();
    checked(renameat(directory, name_.c_str(), directory, place_.name.c_str()));
    kept_ = true;
}

void set_owner(const Descriptor& file, const FileContent& after) {
    const struct stat now = status_of(file);
    // Only what differs: a user may give his file to another group of his, but cannot even "change" its owner.
    const uid_t owner = now.st_uid == after.owner ? static_cast<uid_t>(-1) : after.owner;
    const gid_t group = now.st_gid == after.group ? static_cast<gid_t>(-1) : after.group;
    if (now.st_uid == after.owner && now.st_gid == after.group)
        return;
    // Not every system's chown takes these bits away for root, and a program of one user is never another's.
    if ((now.st_mode & (S_ISUID | S_ISGID)) != 0)
        checked(fchmod(file.number(), mode_for_chmod(now.st_mode & without_set_id, now)));
    checked(fchown(file.number(), owner, group));
}

void set_mode(const Descriptor& file, const FileContent& after) {
    const struct stat now = status_of(file);
    if ((now.st_mode & permission_bits) == after.mode)
        return;
    checked(fchmod(file.number(), mode_for_chmod(after.mode, now)));
    if ((status_of(file).st_mode & permission_bits) != after.mode) // the system ignores some bits in silence
        throw Error("the system does not let this user set that mode");
}

std::string temporary_name(const std::string& temporary) { return ".bulwark-" + temporary; }

Descriptor open_for_sync(const Place& place) {
    const auto open = [&] { return openat(place.directory.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); };
    return Descriptor(checked(uninterrupted(open)));
}

std::optional<struct stat> status_of(const Place& place) {
    struct stat status {};
    if (fstatat(place.directory.number(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
        return status;
    if (errno == ENOENT)
        return std::nullopt;
    throw_cause();
}

std::string kind_in_words(mode_t mode) {
    if (S_ISREG(mode))
        return "a regular file";
    if (S_ISDIR(mode))
        return "a directory";
    if (S_ISLNK(mode))
        return "a symbolic link";
    if (S_ISFIFO(mode))
        return "a FIFO";
    if (S_ISSOCK(mode))
        return "a socket";
    if (S_ISCHR(mode))
        return "a character device";
    return S_ISBLK(mode) ? "a block device" : "a special file";
}

RegularFile open_regular_file(const Place& place, int flags) {
    Descriptor descriptor(checked(
        uninterrupted([&] { return openat(place.directory.number(), place.name.c_str(), flags | open_safely); })));
    const struct stat status = status_of(descriptor);
    require_regular(status.st_mode);
    return {std::move(descriptor), status};
}

std::string text_of(const RegularFile& file) {
    constexpr std::size_t least_room = 4096; // the files of /proc pretend to be empty
    const auto expected = static_cast<std::size_t>(file.status.st_size);
    require_reasonable(expected);
    std::string text(std::max(expected + 1, least_room), '\0'); // a byte too many shows the end at once
    std::size_t size = read_up_to(file.descriptor, text.data(), text.size());
    while (size == text.size()) { // it has grown meanwhile
        require_reasonable(size);
        text.resize(std::min(size * 2, most_bytes + 1));
        size += read_up_to(file.descriptor, text.data() + size, text.size() - size);
    }
    text.resize(size);
    return text;
}

bool is_large(const RegularFile& file) { return static_cast<std::size_t>(file.status.st_size) > most_bytes; }

void replace_file(const Place& place, const FileContent& after, const std::string& temporary,
                  const LastLook& look_once) {
    LastLook last_look = look_once;
    const std::optional<struct stat> status = status_of(place);
    if (!status)
        return write_new(place, after, temporary, last_look, &TemporaryEntry::keep_as_new);
    if (S_ISLNK(status->st_mode)) // gives way
        return write_new(place, after, temporary, last_look, &TemporaryEntry::keep);
    require_regular(status->st_mode);
    const RegularFile before = open_before(place, *status, after, last_look);
    const bool same_text = has_text(before, after.text);
    const bool detaches = after.detached && before.status.st_nlink > 1;
    if (same_text && !detaches) {
        last_look();
        set_owner(before.descriptor, after);
        set_mode(before.descriptor, after);
        sync_metadata(before.descriptor);
    } else if (before.status.st_nlink > 1 && !detaches) {
        write_in_place(place, before, after, last_look);
    } else {
        write_beside(place, before, after, same_text, temporary, last_look);
    }
}

void replace_attributes(const Place& place, const FileContent& after, const std::string& temporary,
                        const LastLook& look_once) {
    LastLook last_look = look_once;
    const std::optional<struct stat> status = status_of(place);
    if (!status)
        throw Error("it is not there any more");
    require_regular(status->st_mode);
    const RegularFile file = open_before(place, *status, after, last_look);
    if (after.detached && file.status.st_nlink > 1)
        return copy_beside(place, file, after, temporary, last_look);
    last_look();
    set_owner(file.descriptor, after);
    set_mode(file.descriptor, after);
    sync_metadata(file.descriptor);
}

void remove_temporary_file(const Place& place, const std::string& temporary) {
    const int directory = place.directory.number();
    const std::string name = temporary_name(temporary);
    struct stat status {};
    if (fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return; // nothing to do, which a read-only file system permits
    if (unlinkat(directory, name.c_str(), S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0) < 0 && errno != ENOENT)
        throw_cause();
}

} // namespace bulwark
