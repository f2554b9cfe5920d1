#include "system/private_file.hpp"

#include "system/directory.hpp"

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
constexpr const char* lock_name = "lock";
constexpr const char* text_name = "file";

/// Where private directories are. Nobody may be able to exchange what is in it.
Descriptor open_place_of_all() {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    Descriptor directory(checked(uninterrupted([&] { return open(place_of_all, flags); })));
    struct stat status {};
    checked(fstat(directory.number(), &status));
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

/// The lock of a private directory, for as long as it is open: nobody has it once its maker is gone.
bool try_lock(const Descriptor& file) {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return fcntl(file.number(), F_SETLK, &lock) == 0;
}

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

/// Removes what is in a private directory, and itself; the lock last, for what has none is not looked into.
void remove_all(const Descriptor& all, const std::string& name, const Descriptor& directory) {
    unlinkat(directory.number(), text_name, 0);
    unlinkat(directory.number(), lock_name, 0);
    unlinkat(all.number(), name.c_str(), AT_REMOVEDIR);
}

/// A directory with a file in it, both gone afterwards. It has a lock as well, by which the next run knows whether the one
/// that made it still lives.
class Temporary {
public:
    Temporary(std::string_view text, std::optional<std::uint32_t> owner) : all_(open_place_of_all()) {
        constexpr int most_tries = 100;
        for (int tries = 1; !make(); ++tries)
            if (tries == most_tries)
                throw Error(cause());
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
    std::string name_;
};

/// Makes the directory (0700) and its lock. False where there is something of that name, or where another run has taken it
/// for a leftover before it was locked.
bool Temporary::make() {
    name_ = new_name();
    if (mkdirat(all_.number(), name_.c_str(), S_IRWXU) < 0) {
        if (errno != EEXIST)
            throw Error(cause());
        return false;
    }
    constexpr int open_directory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    constexpr int create = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    directory_ = Descriptor(openat(all_.number(), name_.c_str(), open_directory));
    if (directory_.is_open())
        lock_ = Descriptor(openat(directory_.number(), lock_name, create, S_IRUSR | S_IWUSR));
    if (!directory_.is_open() || !lock_.is_open()) {
        const int error = errno;
        unlinkat(all_.number(), name_.c_str(), AT_REMOVEDIR);
        errno = error;
        if (error != ENOENT)
            throw Error(cause());
        return false;
    }
    struct stat made {
    }, there{};
    return try_lock(lock_) && fstat(directory_.number(), &made) == 0 &&
           fstatat(all_.number(), name_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 && same_file(made, there);
}

/// Of a directory of ours that nobody else can write to. One without a lock is removed only if nothing is in it.
void remove_leftover(const Descriptor& all, const std::string& name) {
    constexpr int open_directory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    constexpr int open_lock = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const Descriptor directory(openat(all.number(), name.c_str(), open_directory));
    struct stat status {};
    if (!directory.is_open() || fstat(directory.number(), &status) < 0 || status.st_uid != geteuid() ||
        (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return;
    const Descriptor lock(openat(directory.number(), lock_name, open_lock));
    if (lock.is_open() && try_lock(lock))
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
    CommandResult result = run_command(words, limit, directory, attendance);
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
