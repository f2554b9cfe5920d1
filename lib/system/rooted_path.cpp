#include "system/rooted_path.hpp"

#include <array>
#include <climits>
#include <cstdlib>
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

/// One resolution of one path, component by component, with the directories on the way open: the way back up is known
/// and cannot be changed under us.
class Walk {
public:
    enum class Missing { nothing, made };
    enum class LastLink { followed, kept };

    Walk(const Descriptor& root, Missing missing, LastLink last_link)
        : root_(root), missing_(missing), last_link_(last_link) {}

    std::optional<Place> to(std::string_view path);

private:
    struct Step {
        std::string name;
        Descriptor directory;
    };

    int here() const { return steps_.empty() ? root_.number() : steps_.back().directory.number(); }
    void queue(std::string_view path);
    std::string next();
    void follow(std::string_view target);
    void make(const std::string& name);
    bool enter(const std::string& name);
    Place place(const std::string& name);

    const Descriptor& root_;
    Missing missing_;
    LastLink last_link_;
    std::vector<Step> steps_;
    std::vector<std::string> to_go_; // the next component is the last
    int links_ = 0;
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

void Walk::follow(std::string_view target) {
    if (++links_ > most_links) {
        errno = ELOOP;
        throw Error(cause());
    }
    if (target.starts_with('/'))
        steps_.clear();
    queue(target);
}

/// What will be in it is to be found after a crash too.
void Walk::make(const std::string& name) {
    if (mkdirat(here(), name.c_str(), S_IRWXU) < 0 && errno != EEXIST)
        throw Error(cause());
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
    if (!directory.is_open() && is_missing(errno) && missing_ == Missing::nothing)
        return false;
    checked(directory.number());
    steps_.push_back({name, std::move(directory)});
    return true;
}

Place Walk::place(const std::string& name) {
    std::string path;
    for (const Step& step : steps_)
        path += "/" + step.name;
    if (name != ".")
        path += "/" + name;
    return {steps_.empty() ? duplicate(root_) : std::move(steps_.back().directory), name, path.empty() ? "/" : path};
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
        if (last && last_link_ == LastLink::kept)
            return place(name);
        if (const std::optional<std::string> target = link_target(here(), name))
            follow(*target);
        else if (last)
            return place(name);
        else if (!enter(name))
            return std::nullopt;
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

std::optional<std::string> link_target(int directory, const std::string& name) {
    std::string target(256, '\0');
    for (;;) {
        const ssize_t size = readlinkat(directory, name.c_str(), target.data(), target.size());
        if (size < 0 && (errno == EINVAL || is_missing(errno)))
            return std::nullopt;
        if (size < 0)
            throw Error(cause());
        if (static_cast<std::size_t>(size) < target.size())
            return target.substr(0, static_cast<std::size_t>(size));
        target.resize(target.size() * 2); // it may have been cut off
    }
}

RootedTree::RootedTree(const std::string& root) {
    doing("opening the root " + root, [&] {
        std::array<char, PATH_MAX + 1> path{};
        if (realpath(root.c_str(), path.data()) == nullptr)
            throw Error(cause());
        root_ = path.data();
        directory_ = Descriptor(checked(uninterrupted([&] { return open(root_.c_str(), open_directory); })));
    });
    if (root_ == "/")
        root_.clear();
}

std::optional<Place> RootedTree::find(const std::string& path) const {
    require_absolute(path);
    return Walk(directory_, Walk::Missing::nothing, Walk::LastLink::followed).to(path);
}

std::optional<Place> RootedTree::find_entry(const std::string& path) const {
    require_absolute(path);
    return Walk(directory_, Walk::Missing::nothing, Walk::LastLink::kept).to(path);
}

Place RootedTree::make_way(const std::string& path) const {
    require_absolute(path);
    return Walk(directory_, Walk::Missing::made, Walk::LastLink::kept).to(path).value();
}

std::string RootedTree::outside(const std::string& path) const {
    return path == "/" && !root_.empty() ? root_ : root_ + path;
}

} // namespace bulwark
