#include "system/host/posix_host.hpp"

#include "document/accounts.hpp"
#include "system/host/command.hpp"
#include "system/host/command_path.hpp"
#include "system/host/deferred_signals.hpp"
#include "system/host/directory.hpp"
#include "system/host/extended_attributes.hpp"
#include "system/host/private_file.hpp"
#include "system/host/record_lock.hpp"
#include "system/host/rooted_path.hpp"
#include "system/metadata.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include <fcntl.h>

namespace bulwark {
namespace {

constexpr auto passwd = "/etc/passwd";
constexpr auto group_file = "/etc/group";
constexpr std::size_t most_tree_entries = 1000;
constexpr std::uintmax_t most_tree_bytes = std::uintmax_t{16} * 1024 * 1024;

class PosixLock final : public Host::Lock {
public:
    explicit PosixLock(std::unique_ptr<const RunLock> lock) : lock_(std::move(lock)) {}

private:
    std::unique_ptr<const RunLock> lock_;
};

class PosixHost final : public Host {
public:
    explicit PosixHost(const std::string& root) : tree_(root) {}

    FileState read(const std::string& path) override;
    FileState look(const std::string& path) override;
    FileState read_log(const std::string& path) override;
    FileState read_entry(const std::string& path) override;
    std::map<std::string, FileState> read_tree(const std::string& path) override;
    void replace(const std::string& path, const FileState& after, const std::string& temporary, bool itself,
                 const LastLook& last_look) override;
    void remove_temporary(const std::string& path, const std::string& temporary, bool itself) override;
    std::optional<std::string> find_command(const std::string& name) override { return bulwark::find_command(name); }
    CommandResult run(const std::vector<std::string>& argv, std::chrono::seconds limit) override;
    CommandResult run_on(const PrivateFile& file, const std::vector<std::string>& argv, const std::string& directory,
                         std::chrono::seconds limit) override;
    std::unique_ptr<Lock> lock(const std::string& path, std::chrono::seconds timeout) override;
    void end_if_asked() override;
    void see_it_through() override { sees_it_through_ = true; }
    std::optional<std::string> lock_holder(const std::string& path) override;
    std::optional<std::string> real_path(const std::string& path) override;
    void require_trusted_way(const std::string& path) override { tree_.find_trusted(path); }
    Landing landing(const std::string& path, bool itself) override;
    void bar(const std::string& path, const std::string& what) override;
    std::string superuser_name() override { return accounts_of(users_, passwd).name(0); }
    std::string superuser_group() override { return accounts_of(groups_, group_file).name(0); }
    KnownAccounts accounts() override { return {accounts_of(users_, passwd), accounts_of(groups_, group_file)}; }
    void sleep(std::chrono::milliseconds time) override { sleep_for(time); }

private:
    const Accounts& accounts_of(std::optional<Accounts>& cached, const std::string& path) const;
    FileState described(const struct stat& status);
    struct Tree {
        std::map<std::string, FileState> entries;
        std::uintmax_t bytes = 0;
    };

    struct Barred {
        Identity identity;
        Place place;
        std::string what;
        std::optional<std::set<Identity>> shared; // the files in it that have several hard links, once that matters
    };

    enum class Large { refused, unread };
    template <class Look>
    FileState unless_barred(const std::string& act, Look look);
    const Barred* barring(const Place& place, const struct stat* status);
    void require_not_barred(const Place& place);
    FileState state_of(const Place& place, Large large = Large::refused);
    void add_tree(const Place& place, const std::string& path, Tree& tree);
    FileContent content_of(const FileState& state);
    template <class Running>
    CommandResult attended(Running running);

    RootedTree tree_;
    std::optional<Accounts> users_, groups_;
    bool sees_it_through_ = false;
    std::vector<Barred> barred_;
};

/// The files below an open directory that have names elsewhere too.
void add_shared_files(const Descriptor& directory, std::set<Identity>& found) {
    for (const std::string& name : names_in(directory)) {
        const Place entry{duplicate(directory), name, {}};
        const std::optional<struct stat> status = status_of(entry);
        if (status && S_ISDIR(status->st_mode))
            add_shared_files(open_directory(entry), found);
        else if (status && status->st_nlink > 1)
            found.insert(identity_of(*status));
    }
}

FileState barred_state(const std::string& why) {
    FileState state;
    state.kind = FileState::Kind::other;
    state.other = why;
    state.barred = true;
    return state;
}

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

/// All but the text, or where a link points.
FileState PosixHost::described(const struct stat& status) {
    FileState state;
    state.kind = S_ISREG(status.st_mode)   ? FileState::Kind::regular
                 : S_ISDIR(status.st_mode) ? FileState::Kind::directory
                 : S_ISLNK(status.st_mode) ? FileState::Kind::link
                                           : FileState::Kind::other;
    state.mode = state.kind == FileState::Kind::link ? mode_of_links : status.st_mode & 07777U;
    state.owner = accounts_of(users_, passwd).account(status.st_uid);
    state.group = accounts_of(groups_, group_file).account(status.st_gid);
    if (state.kind == FileState::Kind::regular)
        state.linked = status.st_nlink > 1;
    else
        state.other = kind_in_words(status.st_mode);
    return state;
}

/// What `look` finds; what is behind a link that is not followed is barred.
template <class Look>
FileState PosixHost::unless_barred(const std::string& act, Look look) {
    return doing(act, [&] {
        try {
            return look();
        } catch (const UntrustedLink& link) {
            return barred_state(link.what());
        }
    });
}

/// Which of what is barred holds the place, or is it.
const PosixHost::Barred* PosixHost::barring(const Place& place, const struct stat* status) {
    for (Barred& barred : barred_) {
        if (std::find(place.way.begin(), place.way.end(), barred.identity) != place.way.end())
            return &barred;
        if (!status)
            continue;
        const Identity identity = identity_of(*status);
        if (identity == barred.identity)
            return &barred;
        if (S_ISDIR(status->st_mode) || status->st_nlink < 2 || identity.device != barred.identity.device)
            continue;
        if (!barred.shared) {
            barred.shared.emplace();
            const std::optional<struct stat> there = status_of(barred.place);
            if (there && S_ISDIR(there->st_mode))
                add_shared_files(open_directory(barred.place), *barred.shared);
        }
        if (barred.shared->contains(identity))
            return &barred;
    }
    return nullptr;
}

void PosixHost::require_not_barred(const Place& place) {
    const std::optional<struct stat> status = status_of(place);
    if (const Barred* const barred = barring(place, status ? &*status : nullptr))
        throw Error("it is " + barred->what);
}

void PosixHost::bar(const std::string& path, const std::string& what) {
    doing("looking at " + path, [&] {
        std::optional<Place> place = tree_.find(path);
        const std::optional<struct stat> status = place ? status_of(*place) : std::nullopt;
        if (status)
            barred_.push_back({identity_of(*status), std::move(*place), what, {}});
    });
}

Landing PosixHost::landing(const std::string& path, bool itself) {
    return doing("resolving " + path, [&] { return tree_.landing(path, itself); });
}

FileState PosixHost::state_of(const Place& place, Large large) {
    const std::optional<struct stat> status = status_of(place);
    if (!status)
        return {};
    if (const Barred* const barred = barring(place, &*status))
        return barred_state(barred->what);
    if (S_ISREG(status->st_mode)) {
        const RegularFile file = open_regular_file(place, O_RDONLY);
        FileState state = described(file.status);
        state.attributes = extended_attributes(file.descriptor.number());
        state.unread = large == Large::unread && is_large(file);
        if (!state.unread)
            state.text = text_of(file);
        return state;
    }
    FileState state = described(*status);
    if (state.kind == FileState::Kind::link)
        state.text = link_target(place.directory.number(), place.name).value_or("");
    return state;
}

FileState PosixHost::read(const std::string& path) {
    return unless_barred("reading " + path, [&] {
        const std::optional<Place> place = tree_.find(path);
        return place ? state_of(*place) : FileState{};
    });
}

FileContent PosixHost::content_of(const FileState& state) {
    const auto number_of = [](const Account& account, const Accounts& known) {
        return account.number ? account.number : known.number(account.name);
    };
    const std::optional<std::uint32_t> owner = number_of(state.owner, accounts_of(users_, passwd));
    const std::optional<std::uint32_t> group = number_of(state.group, accounts_of(groups_, group_file));
    if (!owner)
        throw Error("/etc/passwd has no user '" + state.owner.name + "'; add it there, or give a number");
    if (!group)
        throw Error("/etc/group has no group '" + state.group.name + "'; add it there, or give a number");
    return {state.text, state.mode & 07777U, *owner, *group, state.detached};
}

FileState PosixHost::look(const std::string& path) {
    return unless_barred("looking at " + path, [&] {
        const std::optional<Place> place = tree_.find(path);
        const std::optional<struct stat> status = place ? status_of(*place) : std::nullopt;
        if (const Barred* const barred = status ? barring(*place, &*status) : nullptr)
            return barred_state(barred->what);
        FileState state = status ? described(*status) : FileState{};
        state.unread = state.kind == FileState::Kind::regular;
        return state;
    });
}

FileState PosixHost::read_log(const std::string& path) {
    return unless_barred("reading " + path, [&] {
        const std::optional<Place> place = tree_.find(path);
        return place ? state_of(*place, Large::unread) : FileState{};
    });
}

FileState PosixHost::read_entry(const std::string& path) {
    return unless_barred("reading " + path, [&] {
        const std::optional<Place> place = tree_.find_entry(path);
        return place ? state_of(*place) : FileState{};
    });
}

/// What is at the place, and below it. The way down is by open directories: no link that is put there leads elsewhere.
void PosixHost::add_tree(const Place& place, const std::string& path, Tree& tree) {
    require_recordable(path);
    const std::optional<struct stat> status = status_of(place);
    if (!status)
        return; // gone since its name was read
    const auto size = S_ISREG(status->st_mode) ? static_cast<std::uintmax_t>(status->st_size) : 0;
    tree.bytes += std::min<std::uintmax_t>(size, most_tree_bytes + 1);
    if (tree.entries.size() == most_tree_entries || tree.bytes > most_tree_bytes)
        throw Error("there is more in it than a history should hold (1000 entries, 16 MiB)");
    const FileState state = tree.entries.emplace(path, state_of(place)).first->second;
    if (state.kind == FileState::Kind::other && !state.barred)
        throw Error(path + " is " + state.other + ", which the history cannot hold");
    if (state.kind != FileState::Kind::directory)
        return;
    const Descriptor directory = open_directory(place);
    for (const std::string& name : names_in(directory))
        add_tree({duplicate(directory), name, {}}, path + "/" + name, tree);
}

std::map<std::string, FileState> PosixHost::read_tree(const std::string& path) {
    return doing("reading all of " + path, [&] {
        Tree tree;
        if (const std::optional<Place> place = tree_.find_entry(path))
            add_tree(*place, path, tree);
        return std::move(tree.entries);
    });
}

void PosixHost::replace(const std::string& path, const FileState& after, const std::string& temporary, bool itself,
                        const LastLook& last_look) {
    const LastLook look = last_look ? last_look : [] {};
    doing("replacing " + path, [&] {
        if (after.kind == FileState::Kind::other)
            throw Error("only files, directories and links can be written, not " + after.other);
        const bool is_link = itself || after.kind == FileState::Kind::link;
        const std::optional<Place> place = is_link ? tree_.find_entry(path) : tree_.find(path);
        if (place)
            require_not_barred(*place);
        if (after.kind == FileState::Kind::missing)
            return place ? remove_entry(*place, look) : look();
        if (!place)
            throw Error("the directory that it belongs in is not there; make it first");
        if (after.unread)
            return replace_attributes(*place, content_of(after), temporary, look);
        const auto write = after.kind == FileState::Kind::regular     ? replace_file
                           : after.kind == FileState::Kind::directory ? replace_directory
                                                                      : replace_link;
        write(*place, content_of(after), temporary, look);
    });
}

void PosixHost::remove_temporary(const std::string& path, const std::string& temporary, bool itself) {
    doing("removing what is left of a run before beside " + path, [&] {
        try {
            if (const std::optional<Place> place = itself ? tree_.find_entry(path) : tree_.find(path))
                remove_temporary_file(*place, temporary);
        } catch (const UntrustedLink&) { // no run has been where that leads
            return;
        }
    });
}

std::unique_ptr<Host::Lock> PosixHost::lock(const std::string& path, std::chrono::seconds timeout) {
    Place place = doing("locking " + path, [&] { return tree_.make_trusted_way(path); });
    auto lock = std::make_unique<const RunLock>(std::move(place), path, timeout, [this] { end_if_asked(); });
    remove_private_leftovers();
    return std::make_unique<PosixLock>(std::move(lock));
}

void PosixHost::end_if_asked() {
    if (sees_it_through_)
        return;
    if (const std::string signal = waiting_signal(); !signal.empty())
        throw Error("this run was ended by " + signal + " before its work was done; run it again");
}

/// Runs a command in attendance of this run.
template <class Running>
CommandResult PosixHost::attended(Running running) {
    Attendance attendance{{}, [this] { end_if_asked(); }};
    if (const Descriptor* const lock = running_lock())
        attendance.held.push_back(lock);
    return running(attendance);
}

CommandResult PosixHost::run(const std::vector<std::string>& argv, std::chrono::seconds limit) {
    return attended([&](const Attendance& attendance) { return run_command(argv, limit, "/", attendance); });
}

std::optional<std::string> PosixHost::lock_holder(const std::string& path) {
    return doing("looking who holds " + path, [&]() -> std::optional<std::string> {
        const std::optional<Place> place = tree_.find_entry(path);
        return place ? holder_of_lock(*place) : std::nullopt;
    });
}

CommandResult PosixHost::run_on(const PrivateFile& file, const std::vector<std::string>& argv,
                                const std::string& directory, std::chrono::seconds limit) {
    const auto owner = file.user.empty() ? std::nullopt : accounts_of(users_, passwd).number(file.user);
    if (!file.user.empty() && !owner)
        throw Error("/etc/passwd has no user '" + file.user + "'; add it there");
    const std::optional<std::string> there = real_path(directory);
    if (!there)
        throw Error("running " + argv.front() + " in " + directory + ": No such directory");
    return attended(
        [&](const Attendance& attendance) { return run_command_on(file, owner, argv, *there, limit, attendance); });
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
