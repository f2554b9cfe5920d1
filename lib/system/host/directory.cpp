#include "system/host/directory.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace bulwark {
namespace {

constexpr int open_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

void set_owner_and_mode(const Descriptor& directory, const FileContent& after) {
    set_owner(directory, after);
    set_mode(directory, after);
    sync_metadata(directory);
}

void make_directory(const Place& place, const FileContent& after, const std::string& temporary,
                    const LastLook& last_look) {
    const Descriptor parent = open_for_sync(place);
    const std::string name = temporary_name(temporary);
    checked(mkdirat(place.directory.number(), name.c_str(), S_IRWXU));
    TemporaryEntry entry(place, name, AT_REMOVEDIR);
    const auto open = [&] { return openat(place.directory.number(), name.c_str(), open_flags); };
    set_owner_and_mode(Descriptor(checked(uninterrupted(open))), after);
    last_look();
    entry.keep();
    sync_metadata(parent);
}

bool is_link_already(const Place& place, const struct stat& status, const FileContent& after) {
    return S_ISLNK(status.st_mode) && status.st_uid == after.owner && status.st_gid == after.group &&
           link_target(place.directory.number(), place.name) == after.text;
}

/// Null at the end, and where it cannot be read: then errno is not 0, whatever was called since the entry before.
const dirent* next_entry(DIR* entries) {
    errno = 0;
    return readdir(entries); // NOLINT(concurrency-mt-unsafe): there is one thread
}

} // namespace

Descriptor open_directory(const Place& place) {
    const auto open = [&] { return openat(place.directory.number(), place.name.c_str(), open_flags); };
    return Descriptor(checked(uninterrupted(open)));
}

std::vector<std::string> names_in(const Descriptor& directory) {
    // Opened once more, for reading moves the position of what is open, and closedir closes it.
    const int number = checked(uninterrupted([&] { return openat(directory.number(), ".", open_flags); }));
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(number), closedir);
    if (!entries) {
        const Descriptor closed(number);
        throw_cause();
    }
    std::vector<std::string> names;
    while (const dirent* const entry = next_entry(entries.get()))
        if (std::string name = entry->d_name; name != "." && name != "..")
            names.push_back(std::move(name));
    if (errno != 0)
        throw_cause();
    std::sort(names.begin(), names.end());
    return names;
}

void replace_directory(const Place& place, const FileContent& after, const std::string& temporary,
                       const LastLook& last_look) {
    const std::optional<struct stat> status = status_of(place);
    if (!status)
        return make_directory(place, after, temporary, last_look);
    if (!S_ISDIR(status->st_mode))
        throw Error("it is " + kind_in_words(status->st_mode));
    last_look();
    set_owner_and_mode(open_directory(place), after);
}

void replace_link(const Place& place, const FileContent& after, const std::string& temporary,
                  const LastLook& last_look) {
    const std::optional<struct stat> status = status_of(place);
    if (status && !S_ISLNK(status->st_mode) && !S_ISREG(status->st_mode))
        throw Error("it is " + kind_in_words(status->st_mode));
    if (status && is_link_already(place, *status, after))
        return;
    const Descriptor parent = open_for_sync(place);
    const std::string name = temporary_name(temporary);
    const int directory = place.directory.number();
    checked(symlinkat(std::string(after.text).c_str(), directory, name.c_str()));
    TemporaryEntry entry(place, name, 0);
    struct stat now {};
    checked(fstatat(directory, name.c_str(), &now, AT_SYMLINK_NOFOLLOW));
    if (now.st_uid != after.owner || now.st_gid != after.group)
        checked(fchownat(directory, name.c_str(), after.owner, after.group, AT_SYMLINK_NOFOLLOW));
    last_look();
    entry.keep();
    sync_metadata(parent);
}

void remove_entry(const Place& place, const LastLook& last_look) {
    const std::optional<struct stat> status = status_of(place);
    if (!status)
        return;
    const bool directory = S_ISDIR(status->st_mode);
    if (!directory && !S_ISREG(status->st_mode) && !S_ISLNK(status->st_mode))
        throw Error("it is " + kind_in_words(status->st_mode));
    const Descriptor parent = open_for_sync(place);
    last_look();
    // ENOTEMPTY, or EEXIST as on AIX (aix_facts.md, files and descriptors)
    if (unlinkat(place.directory.number(), place.name.c_str(), directory ? AT_REMOVEDIR : 0) < 0 && errno != ENOENT) {
        const std::string why =
            directory && (errno == ENOTEMPTY || errno == EEXIST) ? "the directory is not empty" : cause();
        throw Error(why);
    }
    sync_metadata(parent);
}

} // namespace bulwark
