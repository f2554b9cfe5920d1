#include "system/host/rooted_path.hpp"

#include "system/host/trusted_way.hpp"
#include "system/metadata.hpp"

#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bulwark {
namespace {

constexpr int most_links = 40; // as Linux has it; enough for anybody, few enough to notice a loop

// Directories on the way need only be searchable, as for the kernel itself.
#if defined(O_SEARCH)
constexpr int open_directory = O_SEARCH | O_DIRECTORY | O_CLOEXEC;
#elif defined(__O_PATH) // glibc keeps the other name, O_PATH, for sources that ask for more than POSIX
constexpr int open_directory = __O_PATH | O_DIRECTORY | O_CLOEXEC;
#else
constexpr int open_directory = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
#endif

bool is_missing(int error) { return error == ENOENT || error == ENOTDIR; }

std::string below(const std::string& directory, const std::string& name) {
    return directory == "/" ? directory + name : directory + "/" + name;
}

struct Link {
    std::string target;
    uid_t owner;
};

/// The link `name` in an open directory, all of one and the same link whoever exchanges it meanwhile; nothing for what is
/// none.
std::optional<Link> link_at(int directory, const std::string& name) {
    const std::optional<std::string> target = link_target(directory, name);
    if (!target)
        return std::nullopt;
    struct stat status {};
#if defined(__O_PATH)
    constexpr int flags = __O_PATH | O_NOFOLLOW | O_CLOEXEC;
    const Descriptor link(uninterrupted([&] { return openat(directory, name.c_str(), flags); }));
    if (!link.is_open() || fstat(link.number(), &status) < 0 || !S_ISLNK(status.st_mode))
        return std::nullopt; // it was exchanged just now; what is there is opened as what it is
    return Link{link_target(link.number(), "").value_or(*target), status.st_uid};
#else
    struct stat before {};
    checked(fstatat(directory, name.c_str(), &before, AT_SYMLINK_NOFOLLOW));
    const std::optional<std::string> same = link_target(directory, name);
    checked(fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW));
    if (!same || !(identity_of(before) == identity_of(status)))
        throw Error("somebody is exchanging the link " + name + "; run again");
    return Link{*same, status.st_uid};
#endif
}

/// One resolution of one path, component by component, with the directories on the way open: the way back up is known
/// and cannot be changed under us.
class Walk {
public:
    enum class Missing { nothing, made };
    enum class Links { followed, last_kept, refused };
    enum class Directories { any, trusted };

    Walk(const Descriptor& root, const struct stat& status, Missing missing, Links links)
        : root_(root), root_status_(status), missing_(missing), links_(links) {}

    /// Lets it go by trusted directories alone; they are named with what stands before the root.
    Walk(const Descriptor& root, const struct stat& status, std::string before, Missing missing, Links links)
        : root_(root), root_status_(status), before_(std::move(before)), missing_(missing), links_(links),
          directories_(Directories::trusted) {}

    std::optional<Place> to(std::string_view path);
    int why_missing() const { return why_missing_; } // the errno of the step at which `to` found nothing
    Landing landing(std::string_view path);

private:
    struct Step {
        std::string name;
        Descriptor directory;
        Identity identity;
    };

    int here() const { return steps_.empty() ? root_.number() : steps_.back().directory.number(); }
    void queue(std::string_view path);
    std::string next();
    bool may_own_links(uid_t user) const;
    std::optional<std::string> trusted_link(const std::string& name) const;
    void follow(const std::string& name, std::string_view target);
    void make(const std::string& name);
    bool enter(const std::string& name);
    std::string path_here() const;
    std::string outside_path() const;
    std::string path_of(const std::string& name) const;
    std::vector<Identity> way() const;
    std::string missing_names() const;
    Place place(const std::string& name);

    const Descriptor& root_;
    const struct stat& root_status_;
    std::string before_;
    Missing missing_;
    Links links_;
    Directories directories_ = Directories::any;
    std::vector<Step> steps_;
    std::vector<std::string> to_go_; // the next component is the last
    int followed_ = 0;
    int why_missing_ = 0;
};

void Walk::queue(std::string_view path) {
    if (path.ends_with('/'))
        to_go_.emplace_back("."); // what stands before that slash must be a directory
    while (!path.empty()) {
        const std::size_t slash = path.rfind('/');
        const std::string_view name = path.substr(slash + 1); // npos + 1 is 0
        if (!name.empty())
            to_go_.emplace_back(name);
        path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
    }
}

std::string Walk::next() {
    std::string name = std::move(to_go_.back());
    to_go_.pop_back();
    return name;
}

/// Those who are trusted, and who has the tree in his hands anyway.
bool Walk::may_own_links(uid_t user) const { return is_trusted(user) || user == root_status_.st_uid; }

/// Where a link points; nothing for what is none. By the rule of sticky directories, in any directory that others can
/// write to: there a link of theirs is not followed, for it would decide which file root reads and changes.
std::optional<std::string> Walk::trusted_link(const std::string& name) const {
    const std::optional<Link> link = link_at(here(), name);
    if (!link)
        return std::nullopt;
    struct stat directory {};
    checked(fstat(here(), &directory));
    const bool is_open_to_others = !may_own_links(directory.st_uid) || (directory.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (is_open_to_others && !may_own_links(link->owner))
        throw UntrustedLink("reached through the symbolic link " + path_of(name) + " of user " +
                            std::to_string(link->owner) + " in " + path_of(".") +
                            ", a directory that others than root can write to, so that the link is not followed; "
                            "remove it, or give it to root with chown -h");
    return link->target;
}

void Walk::follow(const std::string& name, std::string_view target) {
    if (links_ == Links::refused)
        throw Error(escaped(below(outside_path(), name)) + " is a symbolic link");
    if (++followed_ > most_links) {
        errno = ELOOP;
        throw_cause();
    }
    if (target.starts_with('/'))
        steps_.clear();
    queue(target);
}

/// What will be in it is to be found after a crash too.
void Walk::make(const std::string& name) {
    if (mkdirat(here(), name.c_str(), S_IRWXU) < 0 && errno != EEXIST)
        throw_cause();
    constexpr int for_sync = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    sync_metadata(Descriptor(checked(uninterrupted([&] { return openat(here(), ".", for_sync); }))));
}

/// False if there is no such directory.
bool Walk::enter(const std::string& name) {
    const auto open = [&] { return openat(here(), name.c_str(), open_directory | O_NOFOLLOW); };
    Descriptor directory(uninterrupted(open));
    if (!directory.is_open() && errno == ENOENT && missing_ == Missing::made) {
        make(name);
        directory = Descriptor(uninterrupted(open));
    }
    const bool missing = directories_ == Directories::any ? is_missing(errno) : errno == ENOENT;
    if (!directory.is_open() && missing && missing_ == Missing::nothing) {
        why_missing_ = errno;
        return false;
    }
    struct stat status {};
    checked(fstat(checked(directory.number()), &status));
    steps_.push_back({name, std::move(directory), identity_of(status)});
    return true;
}

/// Where the walk is; empty at the root.
std::string Walk::path_here() const {
    std::string path;
    for (const Step& step : steps_)
        path += "/" + step.name;
    return path;
}

/// The same on the running system.
std::string Walk::outside_path() const {
    const std::string path = before_ + path_here();
    return path.empty() ? "/" : path;
}

std::string Walk::path_of(const std::string& name) const {
    std::string path = path_here();
    if (name != ".")
        path += "/" + name;
    return path.empty() ? "/" : path;
}

std::vector<Identity> Walk::way() const {
    std::vector<Identity> way{identity_of(root_status_)};
    for (const Step& step : steps_)
        way.push_back(step.identity);
    return way;
}

Place Walk::place(const std::string& name) {
    return {steps_.empty() ? duplicate(root_) : std::move(steps_.back().directory), name, path_of(name), way()};
}

/// What is left to go once a directory is missing.
std::string Walk::missing_names() const {
    std::string names;
    for (auto name = to_go_.rbegin(); name != to_go_.rend(); ++name)
        if (*name == "..")
            names.resize(names.empty() ? 0 : names.rfind('/'));
        else if (*name != ".")
            names += "/" + *name;
    return names;
}

Landing Walk::landing(std::string_view path) {
    const std::optional<Place> place = to(path);
    Landing found{way(), place ? "/" + place->name : missing_names()};
    struct stat status {};
    if (place && place->name == "." && !steps_.empty()) { // the directory itself, by a path that ends so
        found.rest = "/" + steps_.back().name;
        found.there = found.way.back();
        found.way.pop_back();
    } else if (place && fstatat(place->directory.number(), place->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        found.there = identity_of(status);
    }
    return found;
}

std::optional<Place> Walk::to(std::string_view path) {
    queue(path);
    while (!to_go_.empty()) {
        const std::string name = next();
        const bool last = to_go_.empty();
        if (name == ".")
            continue;
        if (name == "..") {
            if (!steps_.empty()) // the root is its own parent
                steps_.pop_back();
            continue;
        }
        if (directories_ == Directories::trusted)
            require_lasting(here(), name, outside_path());
        if (last && links_ == Links::last_kept)
            return place(name);
        if (const std::optional<std::string> target = trusted_link(name)) {
            follow(name, *target);
        } else if (last) {
            return place(name);
        } else if (!enter(name)) {
            to_go_.push_back(name);
            return std::nullopt;
        }
    }
    return place(".");
}

void require_absolute(const std::string& path) {
    if (!path.starts_with('/'))
        throw Error("it is not an absolute path");
    if (path.find('\0') != std::string::npos)
        throw Error("a path cannot have a NUL byte");
}

} // namespace

Identity identity_of(const struct stat& status) {
    return {static_cast<std::uintmax_t>(status.st_dev), static_cast<std::uintmax_t>(status.st_ino)};
}

std::optional<std::string> link_target(int directory, const std::string& name) {
    std::string target(256, '\0');
    const ssize_t size = with_enough_room(target, ERANGE, [&] {
        const ssize_t length = readlinkat(directory, name.c_str(), target.data(), target.size());
        if (length != static_cast<ssize_t>(target.size()))
            return length;
        errno = ERANGE; // it may have been cut off; AIX says that itself
        return ssize_t{-1};
    });
    if (size < 0 && (errno == EINVAL || is_missing(errno)))
        return std::nullopt;
    if (size < 0)
        throw_cause();
    return target.substr(0, static_cast<std::size_t>(size));
}

namespace {

/// Ends with a slash, for what is meant is the directory.
std::string absolute_directory(const std::string& path) {
    if (path.starts_with('/'))
        return path + "/";
    std::string here(256, '\0');
    checked(with_enough_room(here, ERANGE, [&] { return getcwd(here.data(), here.size()) == nullptr ? -1 : 0; }));
    return here.substr(0, here.find('\0')) + "/" + path + "/";
}

/// `fault`: which directory on the way somebody else can change, if one is.
Place find_root(const Descriptor& top, const struct stat& status, const std::string& path, std::string& fault) {
    const auto found = [&path](Walk&& walk) {
        std::optional<Place> place = walk.to(path);
        if (!place)
            throw Error(in_words(walk.why_missing()));
        return std::move(*place);
    };
    try {
        return found(Walk(top, status, "", Walk::Missing::nothing, Walk::Links::followed));
    } catch (const Error& error) {
        fault = error.what();
        return found(Walk(top, status, Walk::Missing::nothing, Walk::Links::followed));
    }
}

} // namespace

RootedTree::RootedTree(const std::string& root) {
    doing("opening the root " + root, [&] {
        const std::string path = absolute_directory(root);
        require_absolute(path);
        const Descriptor top(checked(uninterrupted([] { return open("/", open_directory); })));
        struct stat status {};
        checked(fstat(top.number(), &status));
        Place place = find_root(top, status, path, fault_);
        root_ = place.path == "/" ? "" : place.path;
        directory_ = std::move(place.directory);
        checked(fstat(directory_.number(), &status_));
    });
}

void RootedTree::require_trusted_root() const {
    if (!fault_.empty())
        throw Error(fault_);
}

std::optional<Place> RootedTree::find(const std::string& path) const {
    require_absolute(path);
    return Walk(directory_, status_, Walk::Missing::nothing, Walk::Links::followed).to(path);
}

std::optional<Place> RootedTree::find_entry(const std::string& path) const {
    require_absolute(path);
    return Walk(directory_, status_, Walk::Missing::nothing, Walk::Links::last_kept).to(path);
}

std::optional<Place> RootedTree::find_trusted(const std::string& path, TrustedLinks links) const {
    require_absolute(path);
    require_trusted_root();
    const bool followed = links == TrustedLinks::followed;
    return Walk(directory_, status_, root_, Walk::Missing::nothing,
                followed ? Walk::Links::followed : Walk::Links::refused)
        .to(path);
}

Place RootedTree::make_trusted_way(const std::string& path) const {
    require_absolute(path);
    require_trusted_root();
    return Walk(directory_, status_, root_, Walk::Missing::made, Walk::Links::last_kept).to(path).value();
}

Landing RootedTree::landing(const std::string& path, bool itself) const {
    require_absolute(path);
    const auto links = itself ? Walk::Links::last_kept : Walk::Links::followed;
    return Walk(directory_, status_, Walk::Missing::nothing, links).landing(path);
}

std::string RootedTree::outside(const std::string& path) const {
    return path == "/" && !root_.empty() ? root_ : root_ + path;
}

} // namespace bulwark
