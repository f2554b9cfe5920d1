#include "system/history/history_directory.hpp"

#include "document/lines.hpp"
#include "system/host/directory.hpp"
#include "system/host/regular_file.hpp"
#include "system/host/trusted_way.hpp"
#include "system/metadata.hpp"
#include "text.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bulwark {
namespace {

constexpr const char* elsewhere = "name another place with the option history";
constexpr const char* usual_config = "[core]\n\tbare = true\n\trepositoryformatversion = 0\n\tfilemode = true\n";

std::optional<struct stat> status_in(const Descriptor& directory, const std::string& name) {
    return status_of(Place{duplicate(directory), name, {}});
}

Descriptor enter(const Descriptor& directory, const std::string& name) {
    return open_directory({duplicate(directory), name, {}});
}

void make_directory(const Descriptor& parent, const std::string& name) {
    if (mkdirat(parent.number(), name.c_str(), S_IRWXU) < 0 && errno != EEXIST)
        throw_cause();
}

/// What a name in the repository stands for: the last component, and the directory that has it.
struct Inner {
    Descriptor directory;
    std::string name;
    Place place() const { return {duplicate(directory), name, {}}; }
};

std::vector<std::string> components(const std::string& name) {
    std::vector<std::string> parts(1);
    for (const char character : name)
        character == '/' ? (void)parts.emplace_back() : parts.back().push_back(character);
    return parts;
}

/// Nothing where a directory on the way is missing.
std::optional<Inner> find_inner(const Descriptor& directory, const std::string& name) {
    std::vector<std::string> parts = components(name);
    Descriptor here = duplicate(directory);
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        if (!status_in(here, parts[i]))
            return {};
        here = enter(here, parts[i]);
    }
    return Inner{std::move(here), parts.back()};
}

/// The same; directories that are missing are made, durably.
Inner make_inner(const Descriptor& directory, const std::string& name) {
    std::vector<std::string> parts = components(name);
    Descriptor here = duplicate(directory);
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        if (!status_in(here, parts[i])) {
            make_directory(here, parts[i]);
            sync_metadata(here);
        }
        here = enter(here, parts[i]);
    }
    return Inner{std::move(here), parts.back()};
}

/// A file, or a directory with all that is in it. That it is not there is fine.
void remove_tree(const Descriptor& parent, const std::string& name) {
    const std::optional<struct stat> status = status_in(parent, name);
    if (!status)
        return;
    const bool is_directory = S_ISDIR(status->st_mode);
    if (is_directory) {
        const Descriptor directory = enter(parent, name);
        for (const std::string& entry : names_in(directory))
            remove_tree(directory, entry);
    }
    if (unlinkat(parent.number(), name.c_str(), is_directory ? AT_REMOVEDIR : 0) < 0 && errno != ENOENT)
        throw_cause();
}

/// Puts a file on the disk. AIX syncs only what is open for writing; one that this user may not write (objects) is left
/// to systems that can sync it as it is.
void sync_file(const Descriptor& directory, const std::string& name) {
    const auto open = [&](int mode) {
        return uninterrupted([&] { return openat(directory.number(), name.c_str(), mode | O_NOFOLLOW | O_CLOEXEC); });
    };
    Descriptor file(open(O_RDWR));
    if (!file.is_open())
        file = Descriptor(checked(open(O_RDONLY)));
    sync_metadata(file);
}

void write_file(const Descriptor& directory, const std::string& name, const std::string& text) {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const auto create = [&] { return openat(directory.number(), name.c_str(), flags, S_IRUSR | S_IWUSR); };
    const Descriptor file(checked(uninterrupted(create)));
    write_all(file, text, 0);
    sync(file);
}

/// The lock file beside a file.
class FileLock {
public:
    FileLock(const Inner& file, const std::string& path) : file_(file), name_(file.name + ".lock") {
        for (int attempt = 0; !create(); ++attempt) {
            if (errno != EEXIST || attempt > patience) {
                const std::string why = cause();
                throw Error("creating " + path + ".lock: " + why);
            }
            if (attempt == patience)
                unlinkat(file_.directory.number(), name_.c_str(), 0);
            else
                sleep_for(std::chrono::milliseconds(50));
        }
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock() {
        if (lock_.is_open())
            unlinkat(file_.directory.number(), name_.c_str(), 0);
    }

    /// Makes the lock file, with that text, the file.
    void become_file(const std::string& text) {
        const int directory = file_.directory.number();
        write_all(lock_, text, 0);
        sync(lock_);
        checked(renameat(directory, name_.c_str(), directory, file_.name.c_str()));
        lock_.close();
    }

private:
    static constexpr int patience = 20;

    bool create() {
        constexpr int exclusively = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        lock_ = Descriptor(uninterrupted(
            [&] { return openat(file_.directory.number(), name_.c_str(), exclusively, S_IRUSR | S_IWUSR); }));
        return lock_.is_open();
    }

    const Inner& file_;
    std::string name_;
    Descriptor lock_;
};

// ---- what is believed

void require_own(const struct stat& status, const std::string& path) {
    const std::string who = who_can_change_own(status);
    if (!who.empty())
        throw Error(escaped(path) + " " + who +
                    ", who could tell the next run what to do; if nobody has, mend it: " + remedy(status, path));
}

/// Whoever owns a repository, or can write in it, can make a rollback do as he likes.
void require_own_directory(const struct stat& status, const std::string& path) {
    if (!S_ISDIR(status.st_mode))
        throw Error(std::string(S_ISLNK(status.st_mode) ? "it is a symbolic link" : "it is not a directory") +
                    "; move it away, or " + elsewhere);
    if (who_can_change_own(status).empty())
        return;
    if (status.st_uid != geteuid() && status.st_uid != 0)
        throw Error("it belongs to user " + std::to_string(status.st_uid) + ", not to user " +
                    std::to_string(geteuid()) +
                    ", who runs this; if nobody else has written to it, give it to that user with chown -R");
    throw Error("it " + who_can_change_own(status) +
                ", so it may say what others want; if nobody else has written to it, mend it: chmod -R go-w " +
                escaped(path));
}

/// Objects are called by their contents, which libgit2 compares: whoever writes to one damages it and no more. So of the
/// many files of objects/ab, the directory has to be believed and not each of them.
bool has_objects(const std::string& name, const std::string& above) {
    return above == "objects" && name.size() == 2 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void require_all_own(const Descriptor& directory, const std::string& name, const std::string& path) {
    for (const std::string& entry : names_in(directory)) {
        const std::optional<struct stat> status = status_in(directory, entry);
        const std::string where = path + "/" + entry;
        if (!status)
            continue; // a git that is tidying up
        if (!S_ISDIR(status->st_mode) && !S_ISREG(status->st_mode))
            throw Error(escaped(where) + " is " + kind_in_words(status->st_mode) + ", which no history has; remove it");
        require_own(*status, where);
        if (S_ISDIR(status->st_mode) && !has_objects(entry, name))
            require_all_own(enter(directory, entry), entry, where);
    }
}

/// The lock and what a killed run has left lie beside it.
void require_own_beside(const Place& place, const std::string& path) {
    for (const char* const end : {".lock", ".new"})
        if (const auto status = status_in(place.directory, place.name + end); status && !S_ISLNK(status->st_mode))
            require_own(*status, path + end);
}

// ---- what is a repository

std::string text_in(const Descriptor& directory, const std::string& name) {
    return status_in(directory, name) ? text_of(open_regular_file({duplicate(directory), name, {}}, O_RDONLY)) : "";
}

/// Of a line `name = no`.
bool is_set_to_false(std::string_view line, std::string_view name) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || trimmed(line.substr(0, equals)) != name)
        return false;
    const std::string_view value = trimmed(line.substr(equals + 1));
    return value.empty() || value == "false" || value == "no" || value == "off" || value == "0";
}

/// Of git's configuration two things matter, and nothing else of it is read: an extension may store objects or references
/// in ways that this version does not know, and a repository with a working tree is somebody's project.
void require_plain(const Descriptor& directory) {
    const std::string config = lower(text_in(directory, "config"));
    for (const std::string_view line : split_lines(config)) {
        const std::string_view said = trimmed(without_line_end(line));
        if (said.starts_with("[extensions"))
            throw Error(std::string("its config has [extensions], which this version does not know; ") + elsewhere);
        if (is_set_to_false(said, "bare"))
            throw Error(std::string("it is not a bare git repository, but one with a working tree; ") + elsewhere);
    }
}

void require_repository(const Descriptor& directory) {
    for (const char* const part : {"HEAD", "objects", "refs"}) {
        const std::optional<struct stat> status = status_in(directory, part);
        if (!status || S_ISDIR(status->st_mode) == (part == std::string_view("HEAD")))
            throw Error(std::string("it is not a git repository; move it away, or ") + elsewhere);
    }
    require_plain(directory);
}

void fill(const Descriptor& directory) {
    for (const char* const name : {"objects/info", "objects/pack", "refs/heads", "refs/tags"}) {
        const Inner inner = make_inner(directory, name);
        make_directory(inner.directory, inner.name);
        sync_metadata(inner.directory);
    }
    write_file(directory, "HEAD", "ref: refs/heads/main\n");
    write_file(directory, "config", usual_config);
    write_file(directory, "description", "What Bulwark changed on this host\n");
    sync_metadata(directory);
}

} // namespace

bool HistoryDirectory::open() {
    if (directory_.is_open() || path_.empty())
        return directory_.is_open();
    return doing("opening the history " + path_, [&] {
        place_ = find_trusted_without_links(path_);
        const std::optional<struct stat> status = place_ ? status_of(*place_) : std::nullopt;
        if (status)
            require_own_directory(*status, path_);
        if (place_)
            require_own_beside(*place_, path_);
        if (!status)
            return false;
        Descriptor directory = open_directory(*place_);
        require_own_directory(status_in(directory, ".").value(), path_);
        require_repository(directory);
        require_all_own(directory, "", path_);
        directory_ = std::move(directory);
        return true;
    });
}

void HistoryDirectory::create() {
    // Built beside its place and renamed: a run that is killed meanwhile leaves no half of a repository there.
    doing("creating the history " + path_, [&] {
        if (!place_)
            throw Error("the directory that it should lie in is not there");
        const std::string name = place_->name + ".new";
        const int parent = place_->directory.number();
        remove_tree(place_->directory, name);
        checked(mkdirat(parent, name.c_str(), S_IRWXU));
        try {
            fill(enter(place_->directory, name));
            checked(renameat(parent, name.c_str(), parent, place_->name.c_str()));
        } catch (const std::exception&) {
            remove_tree(place_->directory, name);
            throw;
        }
        sync_metadata(enter(place_->directory, "."));
    });
    open();
}

std::optional<std::string> HistoryDirectory::read(const std::string& name) const {
    return doing("reading " + path_of(name), [&]() -> std::optional<std::string> {
        const std::optional<Inner> inner = find_inner(directory_, name);
        if (!inner || !status_of(inner->place()))
            return {};
        return text_of(open_regular_file(inner->place(), O_RDONLY));
    });
}

void HistoryDirectory::replace(const std::string& name, const std::string& text) const {
    const Inner inner = doing("creating " + path_of(name) + ".lock", [&] { return make_inner(directory_, name); });
    FileLock lock(inner, path_of(name));
    doing("writing " + path_of(name), [&] {
        lock.become_file(text);
        sync_metadata(enter(inner.directory, "."));
    });
}

void HistoryDirectory::remove(const std::string& name) const {
    const std::optional<Inner> inner = doing("removing " + path_of(name), [&] { return find_inner(directory_, name); });
    if (!inner || !status_of(inner->place()))
        return;
    const FileLock lock(*inner, path_of(name));
    doing("removing " + path_of(name), [&] {
        if (unlinkat(inner->directory.number(), inner->name.c_str(), 0) < 0 && errno != ENOENT)
            throw_cause();
        sync_metadata(enter(inner->directory, ".")); // one that came back when the power fails would be believed
    });
}

void HistoryDirectory::remove_leftovers(const std::vector<std::string>& names) {
    doing("removing what a run before has left in the history " + path_, [&] {
        open();
        if (place_)
            remove_tree(place_->directory, place_->name + ".new");
        if (!directory_.is_open())
            return;
        remove_staging();
        for (const std::string& name : names)
            if (const auto inner = find_inner(directory_, name))
                if (status_in(inner->directory, inner->name + ".lock"))
                    FileLock(*inner, path_of(name));
    });
}

void HistoryDirectory::make_staging() const {
    remove_staging(); // of a run that was killed
    const Inner inner = find_inner(directory_, staging).value();
    checked(mkdirat(inner.directory.number(), inner.name.c_str(), S_IRWXU));
}

void HistoryDirectory::remove_staging() const {
    if (const std::optional<Inner> inner = find_inner(directory_, staging))
        remove_tree(inner->directory, inner->name);
}

void HistoryDirectory::publish(const std::vector<std::string>& ids) const {
    const Descriptor objects = enter(directory_, "objects");
    const Descriptor staged = enter(objects, std::string(staging).substr(std::string("objects/").size()));
    std::map<std::string, std::set<std::string>> files; // by directory
    for (const std::string& id : ids) {
        const std::string name = id.substr(0, 2), file = id.substr(2);
        std::set<std::string>& in_directory = files[name];
        if (status_in(staged, name) && status_in(enter(staged, name), file))
            in_directory.insert(file);
    }
    for (const auto& [name, in_directory] : files)
        for (const std::string& file : in_directory)
            sync_file(enter(staged, name), file);
    for (const auto& [name, in_directory] : files) {
        if (!in_directory.empty())
            make_directory(objects, name);
        for (const std::string& file : in_directory)
            checked(renameat(enter(staged, name).number(), file.c_str(), enter(objects, name).number(), file.c_str()));
    }
    for (const auto& [name, in_directory] : files)
        if (status_in(objects, name)) // else its objects are in a pack
            sync_metadata(enter(objects, name));
    sync_metadata(objects);
}

HistoryDirectory::Inside::Inside(const HistoryDirectory& directory)
    : before_(uninterrupted([] { return ::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); })) {
    checked(fchdir(directory.directory_.number()));
}

/// Nothing depends on it: whoever has no right to his own working directory gets "/".
HistoryDirectory::Inside::~Inside() {
    if (!before_.is_open() || fchdir(before_.number()) < 0)
        static_cast<void>(chdir("/") == 0);
}

} // namespace bulwark
