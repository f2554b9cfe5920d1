#include "system/posix_host.hpp"

#include "system/accounts.hpp"
#include "system/command.hpp"
#include "system/command_path.hpp"
#include "system/record_lock.hpp"
#include "system/regular_file.hpp"
#include "system/rooted_path.hpp"
#include "system/script_check.hpp"

#include <utility>

#include <fcntl.h>

namespace bulwark {
namespace {

constexpr auto passwd = "/etc/passwd";
constexpr auto group_file = "/etc/group";

class PosixLock final : public Host::Lock {
public:
    explicit PosixLock(Descriptor file) : file_(std::move(file)) {}

private:
    Descriptor file_; // closing it unlocks it
};

class PosixHost final : public Host {
public:
    explicit PosixHost(const std::string& root) : tree_(root) {}

    FileState read(const std::string& path) override;
    void replace(const std::string& path, const FileState& after, const std::string& temporary) override;
    void remove_temporary(const std::string& path, const std::string& temporary) override;
    std::optional<std::string> find_command(const std::string& name) override { return bulwark::find_command(name); }
    CommandResult run(const std::vector<std::string>& argv, std::chrono::seconds limit) override {
        return run_command(argv, limit);
    }
    CommandResult check_script(const std::string& shell, const std::string& text) override {
        return bulwark::check_script(shell, text);
    }
    std::unique_ptr<Lock> lock(const std::string& path, std::chrono::seconds timeout) override;
    std::optional<std::string> real_path(const std::string& path) override;
    std::string superuser_name() override { return accounts_of(users_, passwd).name(0); }
    std::string superuser_group() override { return accounts_of(groups_, group_file).name(0); }
    void sleep(std::chrono::milliseconds time) override { sleep_for(time); }

private:
    const Accounts& accounts_of(std::optional<Accounts>& cached, const std::string& path) const;
    FileState state_of(const Place& place);
    FileContent content_of(const FileState& state);

    RootedTree tree_;
    std::optional<Accounts> users_, groups_;
};

/// Read once. A tree that has no such file knows numbers only.
const Accounts& PosixHost::accounts_of(std::optional<Accounts>& cached, const std::string& path) const {
    if (!cached)
        cached = doing("reading " + path, [&] {
            const std::optional<Place> place = tree_.find(path);
            const std::optional<struct stat> status = place ? status_of(*place) : std::nullopt;
            return Accounts::parse(status ? text_of(open_regular_file(*place, O_RDONLY)) : "");
        });
    return *cached;
}

FileState PosixHost::state_of(const Place& place) {
    FileState state;
    const auto describe = [&](const struct stat& status) {
        state.mode = status.st_mode & 07777U;
        state.owner = accounts_of(users_, passwd).name(status.st_uid);
        state.group = accounts_of(groups_, group_file).name(status.st_gid);
        state.linked = S_ISREG(status.st_mode) && status.st_nlink > 1;
    };
    const std::optional<struct stat> status = status_of(place);
    if (!status)
        return state;
    if (!S_ISREG(status->st_mode)) {
        describe(*status);
        state.kind = FileState::Kind::other;
        state.other = kind_in_words(status->st_mode);
        return state;
    }
    const RegularFile file = open_regular_file(place, O_RDONLY);
    describe(file.status);
    state.kind = FileState::Kind::regular;
    state.text = text_of(file);
    return state;
}

FileState PosixHost::read(const std::string& path) {
    return doing("reading " + path, [&] {
        const std::optional<Place> place = tree_.find(path);
        return place ? state_of(*place) : FileState{};
    });
}

FileContent PosixHost::content_of(const FileState& state) {
    const std::optional<std::uint32_t> owner = accounts_of(users_, passwd).number(state.owner);
    const std::optional<std::uint32_t> group = accounts_of(groups_, group_file).number(state.group);
    if (!owner)
        throw Error("/etc/passwd has no user '" + state.owner + "'; add it there, or give a number");
    if (!group)
        throw Error("/etc/group has no group '" + state.group + "'; add it there, or give a number");
    return {state.text, state.mode & 07777U, *owner, *group};
}

void PosixHost::replace(const std::string& path, const FileState& after, const std::string& temporary) {
    doing("replacing " + path, [&] {
        if (after.kind == FileState::Kind::other)
            throw Error("only a regular file can be written, not " + after.other);
        const std::optional<Place> place = tree_.find(path);
        if (after.kind == FileState::Kind::missing)
            return place ? remove_file(*place) : void();
        if (!place)
            throw Error("the directory that it belongs in is not there; make it first");
        replace_file(*place, content_of(after), temporary);
    });
}

void PosixHost::remove_temporary(const std::string& path, const std::string& temporary) {
    doing("removing what is left of a run before beside " + path, [&] {
        if (const std::optional<Place> place = tree_.find(path))
            remove_temporary_file(*place, temporary);
    });
}

std::unique_ptr<Host::Lock> PosixHost::lock(const std::string& path, std::chrono::seconds timeout) {
    Descriptor file = doing("locking " + path, [&] { return open_lock_file(tree_.make_way(path)); });
    wait_for_lock(file, path, timeout);
    return std::make_unique<PosixLock>(std::move(file));
}

std::optional<std::string> PosixHost::real_path(const std::string& path) {
    return doing("resolving " + path, [&]() -> std::optional<std::string> {
        const std::optional<Place> place = tree_.find(path);
        if (!place || !status_of(*place))
            return std::nullopt;
        return tree_.outside(place->path);
    });
}

} // namespace

std::unique_ptr<Host> make_posix_host(const std::string& root) { return std::make_unique<PosixHost>(root); }

} // namespace bulwark
