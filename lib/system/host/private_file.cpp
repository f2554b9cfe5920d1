#include "system/host/private_file.hpp"

#include "system/host/directory.hpp"
#include "system/host/record_lock.hpp"
#include "system/host/trusted_way.hpp"

#include <ctime>
#include <exception>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bulwark {
namespace {

// Not TMPDIR: that is what whoever calls says. The name is told from those of others by its beginning and its length.
constexpr const char* place_of_all = "/tmp";
constexpr std::string_view beginning = "bulwark-private-";
constexpr std::size_t ending_size = 12;
constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr int open_directory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr const char* lock_name = "lock";
constexpr const char* text_name = "file";

/// Where private directories are. Nobody else may be able to exchange what is in it. On AIX bin owns it (aix_facts.md,
/// owners and modes).
Descriptor open_place_of_all() {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    const std::optional<Place> place = find_trusted(std::string(place_of_all) + "/");
    if (!place) {
        errno = ENOENT;
        throw_cause();
    }
    Descriptor directory(checked(uninterrupted([&] { return openat(place->directory.number(), ".", flags); })));
    struct stat status {};
    checked(fstat(directory.number(), &status));
    if (!is_trusted(status.st_uid))
        throw Error(std::string(place_of_all) + " " + who_can_change(status) + "; chown 0 " + place_of_all);
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0)
        throw Error(std::string("everybody can exchange what others have in ") + place_of_all + "; chmod 1777 " +
                    place_of_all);
    return directory;
}

/// It need only be new, not unknown: what is made under it is made exclusively.
std::string new_name() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    auto number = static_cast<std::uint64_t>(now.tv_sec) * 1000000000U + static_cast<std::uint64_t>(now.tv_nsec);
    std::string name(beginning);
    for (std::size_t i = 0; i < ending_size; ++i, number /= digits.size())
        name += digits[number % digits.size()];
    return name;
}

bool is_private_name(const std::string& name) {
    return name.starts_with(beginning) && name.size() == beginning.size() + ending_size &&
           name.find_first_not_of(digits, beginning.size()) == std::string::npos;
}

/// Removes what is in a private directory, and itself; the lock last, for what has none is not looked into.
void remove_all(const Descriptor& all, const std::string& name, const Descriptor& directory) {
    unlinkat(directory.number(), text_name, 0);
    unlinkat(directory.number(), lock_name, 0);
    unlinkat(all.number(), name.c_str(), AT_REMOVEDIR);
}

/// A directory with a file in it, both gone afterwards. It has a lock as well, by which a later run knows whether the one
/// that made it, or the command that reads it, still lives.
class Temporary {
public:
    Temporary(std::string_view text, std::optional<std::uint32_t> owner) : all_(open_place_of_all()) {
        constexpr int most_tries = 20;
        for (int tries = 1; !make(); ++tries)
            if (tries == most_tries)
                throw Error(why_not_);
        try {
            write(text, owner);
        } catch (const std::exception&) {
            remove_all(all_, name_, directory_);
            throw;
        }
    }
    ~Temporary() { remove_all(all_, name_, directory_); }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;

    std::string path() const { return std::string(place_of_all) + "/" + name_ + "/" + text_name; }

    /// For Attendance: a command that outlives its run still needs what it is to read.
    const Descriptor& lock() const { return lock_; }

private:
    bool make();

    void write(std::string_view text, std::optional<std::uint32_t> owner) {
        constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        const Descriptor file(checked(openat(directory_.number(), text_name, flags, S_IRUSR | S_IWUSR)));
        write_all(file, text, 0);
        if (!owner || *owner == geteuid())
            return;
        checked(fchown(file.number(), *owner, static_cast<gid_t>(-1)));
        checked(fchmod(directory_.number(), S_IRWXU | S_IXGRP | S_IXOTH)); // its owner has to get at it
    }

    Descriptor all_, directory_, lock_;
    std::string name_, why_not_;
};

/// Makes the directory (0700) and its lock. False where that was in vain (`why_not_`): there may be something of that name, or
/// another run has taken it for a leftover before it was locked.
bool Temporary::make() {
    name_ = new_name();
    try {
        checked(mkdirat(all_.number(), name_.c_str(), S_IRWXU));
    } catch (const Error& error) {
        why_not_ = error.what();
        return false;
    }
    try {
        directory_ = Descriptor(checked(openat(all_.number(), name_.c_str(), open_directory)));
        lock_ = make_held_file(directory_.number(), lock_name);
        struct stat made {};
        checked(fstat(directory_.number(), &made));
        const std::optional<struct stat> there = status_of(Place{duplicate(all_), name_, {}});
        if (there && there->st_dev == made.st_dev && there->st_ino == made.st_ino)
            return true;
        why_not_ = "it was removed at once";
    } catch (const Error& error) {
        why_not_ = error.what();
    } catch (const std::exception&) { // no memory
        remove_all(all_, name_, directory_);
        throw;
    }
    remove_all(all_, name_, directory_);
    return false;
}

/// Of a directory of ours that nobody else can write to. One without a lock is removed only if nothing is in it.
void remove_leftover(const Descriptor& all, const std::string& name) {
    constexpr int open_lock = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const Descriptor directory(openat(all.number(), name.c_str(), open_directory));
    struct stat status {};
    if (!directory.is_open() || fstat(directory.number(), &status) < 0 || status.st_uid != geteuid() ||
        (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return;
    const Descriptor lock(openat(directory.number(), lock_name, open_lock));
    if (lock.is_open() && take_held_file(lock))
        remove_all(all, name, directory);
    else if (!lock.is_open() && errno == ENOENT)
        unlinkat(all.number(), name.c_str(), AT_REMOVEDIR);
}

std::string with(std::string text, const std::string& by, const std::string& what) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

} // namespace

CommandResult run_command_on(const PrivateFile& file, std::optional<std::uint32_t> owner,
                             const std::vector<std::string>& argv, const std::string& directory,
                             std::chrono::seconds limit, const Attendance& attendance) {
    const auto temporary = doing("writing a private copy of " + file.path, [&] { return Temporary(file.text, owner); });
    std::vector<std::string> words = argv;
    for (auto word = words.begin() + 1; word < words.end(); ++word)
        *word = with(*word, temporary.path(), file.path);
    Attendance with_file = attendance;
    with_file.held.push_back(&temporary.lock());
    CommandResult result = run_command(words, limit, directory, with_file);
    result.out = with(result.out, file.path, temporary.path()); // its path means nothing to anybody any more
    result.err = with(result.err, file.path, temporary.path());
    return result;
}

void remove_private_leftovers() {
    try {
        const Descriptor all = open_place_of_all();
        for (const std::string& name : names_in(all))
            if (is_private_name(name))
                remove_leftover(all, name);
    } catch (const std::exception&) { // the next run does it
    }
}

} // namespace bulwark
