#include "support/memory_host.hpp"

#include "system/host/system_call.hpp"
#include "text.hpp"

#include <algorithm>
#include <utility>

namespace bulwark {
namespace {

std::string joined(const std::vector<std::string>& argv) {
    std::string line;
    for (const std::string& word : argv)
        line += (line.empty() ? "" : " ") + word;
    return line;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::string temporary_file(const std::string& path, const std::string& temporary) {
    return path.substr(0, path.rfind('/') + 1) + ".bulwark-" + temporary;
}

/// What a write in place leaves that ends in the middle: new bytes, then old ones.
std::string torn(const std::string& before, const std::string& after) {
    const std::size_t written = after.size() / 2;
    return after.substr(0, written) + (written < before.size() ? before.substr(written) : "");
}

} // namespace

class MemoryHost::HeldLock : public Host::Lock {
public:
    HeldLock(MemoryHost& host, std::string path) : host_(host), path_(std::move(path)) { host_.locked_ = true; }
    ~HeldLock() override {
        host_.locked_ = false;
        host_.calls.push_back("unlock " + path_);
    }
    HeldLock(const HeldLock&) = delete;
    HeldLock& operator=(const HeldLock&) = delete;

private:
    MemoryHost& host_;
    std::string path_;
};

void MemoryHost::script(const std::string& joined_argv, CommandResult result) {
    const std::string path = joined_argv.substr(0, joined_argv.find(' '));
    commands[base_name(path)] = path;
    results[joined_argv] = std::move(result);
}

void MemoryHost::put(const std::string& path, std::string text, unsigned mode) {
    files[path] = {FileState::Kind::regular, std::move(text), mode, "root", "system", "", false};
}

void MemoryHost::put_directory(const std::string& path, unsigned mode) {
    files[path] = {FileState::Kind::directory, "", mode, "root", "system", "a directory", false};
}

void MemoryHost::put_link(const std::string& path, std::string target) {
    files[path] = {FileState::Kind::link, std::move(target), 0777, "root", "system", "a symbolic link", false};
}

void MemoryHost::fail_at(std::size_t n, const std::string& message, Moment moment) { fault_ = {n, moment, message}; }

void MemoryHost::fail_at_call(std::size_t n, const std::string& message) { call_fault_ = {n, Moment::before, message}; }

void MemoryHost::stop_at(std::size_t n) { fault_ = {n, Moment::before, std::nullopt}; }

void MemoryHost::stop_within(std::size_t n) { fault_ = {n, Moment::within, std::nullopt}; }

void MemoryHost::stop_after(std::size_t n) { fault_ = {n, Moment::after, std::nullopt}; }

void MemoryHost::restart() {
    fault_ = call_fault_ = {};
    side_effect_count_ = call_count_ = 0;
    stopped_ = asked_ = sees_it_through_ = false;
    calls.clear();
}

void MemoryHost::strike(const Fault& fault) {
    if (fault.message)
        throw Error(*fault.message);
    stopped_ = true;
    throw Stopped{};
}

void MemoryHost::call(const std::string& what) {
    if (stopped_)
        throw Stopped{};
    if (before_call)
        before_call(what);
    asked_ = asked_ || (!asked_to_end_before.empty() && what.starts_with(asked_to_end_before));
    calls.push_back(what);
    if (++call_count_ == call_fault_.at)
        strike(call_fault_);
}

void MemoryHost::side_effect(const std::string& what, const std::function<void()>& effect,
                             const std::function<void()>& half_of_it) {
    call(what);
    const bool struck = ++side_effect_count_ == fault_.at;
    if (struck && fault_.moment == Moment::within)
        half_of_it();
    if (struck && fault_.moment != Moment::after)
        strike(fault_);
    effect();
    if (struck)
        strike(fault_);
}

/// Where a link at the end of the path leads; the links of tests do not lead to links.
std::string MemoryHost::followed(const std::string& path) const {
    const auto found = files.find(path);
    if (found == files.end() || found->second.kind != FileState::Kind::link)
        return path;
    const std::string& target = found->second.text;
    return target.starts_with('/') ? target : parent_of(path) + "/" + target;
}

FileState MemoryHost::read(const std::string& path) {
    call("read " + path);
    if (large.contains(path))
        throw Error("reading " + path + ": it is larger than 64 MiB");
    if (const auto found = unreadable.find(path); found != unreadable.end())
        throw Error("reading " + path + ": " + found->second);
    if (const std::optional<FileState> state = barred(followed(path)))
        return *state;
    const auto found = files.find(followed(path));
    return found == files.end() ? FileState{} : found->second;
}

FileState MemoryHost::read_log(const std::string& path) { return large.contains(path) ? look(path) : read(path); }

FileState MemoryHost::look(const std::string& path) {
    call("look " + path);
    const auto found = files.find(followed(path));
    FileState state = found == files.end() ? FileState{} : found->second;
    state.text.clear();
    state.unread = state.kind == FileState::Kind::regular;
    return state;
}

FileState MemoryHost::read_entry(const std::string& path) {
    call("read_entry " + path);
    const auto found = files.find(path);
    return found == files.end() ? FileState{} : found->second;
}

std::map<std::string, FileState> MemoryHost::read_tree(const std::string& path) {
    call("read_tree " + path);
    std::map<std::string, FileState> tree;
    for (const auto& [member, state] : files)
        if (member == path || member.starts_with(path + "/"))
            tree.emplace(member, state);
    for (const std::string& temporary : temporaries)
        if (temporary.starts_with(path + "/"))
            tree.emplace(temporary, FileState{FileState::Kind::regular, "half", 0600, "root", "system", {}});
    return tree;
}

/// What a real file system would refuse.
void MemoryHost::require_possible(const std::string& path, const FileState& after) const {
    const auto is_directory = [&](const std::string& other) {
        const auto found = files.find(other);
        return found != files.end() && found->second.kind == FileState::Kind::directory;
    };
    const auto found = files.find(path);
    const auto is_below = [&](const std::string& other) { return other.starts_with(path + "/"); };
    const bool removes = after.kind == FileState::Kind::missing;
    if (found != files.end() && found->second.kind == FileState::Kind::other)
        throw Error("replacing " + path + ": it is " + found->second.other);
    if (found != files.end() && !removes && is_directory(path) != (after.kind == FileState::Kind::directory))
        throw Error("replacing " + path + ": it is " + (is_directory(path) ? "a directory" : "a regular file"));
    if (removes && is_directory(path) &&
        (std::any_of(files.begin(), files.end(), [&](const auto& file) { return is_below(file.first); }) ||
         std::any_of(temporaries.begin(), temporaries.end(), is_below)))
        throw Error("replacing " + path + ": the directory is not empty");
    if (!removes && is_directory(parent_of(parent_of(path))) && !is_directory(parent_of(path)))
        throw Error("replacing " + path + ": the directory that it belongs in is not there; make it first");
}

void MemoryHost::write(const std::string& path, const FileState& after) {
    if (after.kind == FileState::Kind::missing) {
        files.erase(path);
        return;
    }
    FileState& file = files[path];
    const FileState before = file;
    file = after;
    file.linked = before.linked && !after.detached;
    file.detached = false;
    file.attributes = before.attributes;
    if (after.unread)
        file.text = before.text;
    file.unread = false;
}

void MemoryHost::write_half(const std::string& path, const FileState& after, const std::string& temporary) {
    const auto found = files.find(path);
    const bool exists = found != files.end();
    if (after.kind == FileState::Kind::missing ||
        (exists && found->second.kind == after.kind && (after.unread || found->second.text == after.text)))
        return; // a single system call has no half
    if (exists && found->second.linked && !after.detached)
        found->second.text = torn(found->second.text, after.text);
    else if (!fault_.message) // a replace that fails removes its temporary file itself
        temporaries.insert(temporary_file(path, temporary));
}

void MemoryHost::replace(const std::string& path, const FileState& after, const std::string& temporary, bool itself,
                         const LastLook& last_look) {
    if (last_look)
        doing("replacing " + path, last_look);
    const std::string place = itself || after.kind == FileState::Kind::link ? path : followed(path);
    const auto write_all = [&] {
        require_possible(place, after);
        write(place, after);
    };
    side_effect("replace " + path, write_all, [&] { write_half(place, after, temporary); });
}

void MemoryHost::remove_temporary(const std::string& path, const std::string& temporary, bool itself) {
    const std::string file = temporary_file(itself ? path : followed(path), temporary);
    side_effect("remove_temporary " + file, [&] { temporaries.erase(file); });
}

std::optional<std::string> MemoryHost::find_command(const std::string& name) {
    call("find_command " + name);
    const auto found = commands.find(base_name(name));
    if (found == commands.end() || (name.starts_with('/') && found->second != name))
        return std::nullopt;
    return found->second;
}

CommandResult MemoryHost::result_of(const std::vector<std::string>& argv) const {
    if (answer)
        if (const std::optional<CommandResult> result = answer(argv))
            return *result;
    const auto found = results.find(joined(argv));
    if (found == results.end())
        throw Error("running " + joined(argv) + ": No such file or directory");
    return found->second;
}

CommandResult MemoryHost::run(const std::vector<std::string>& argv, std::chrono::seconds limit) {
    CommandResult result;
    limits[base_name(argv[0])] = limit;
    side_effect("run " + joined(argv), [&] { result = result_of(argv); });
    return result;
}

/// A side effect, for `crontab` is run so.
CommandResult MemoryHost::run_on(const PrivateFile& file, const std::vector<std::string>& argv,
                                 const std::string& directory, std::chrono::seconds) {
    CommandResult result;
    side_effect("run " + joined(argv) + " in " + directory, [&] {
        if (program)
            result = program(file, argv);
    });
    return result;
}

std::unique_ptr<Host::Lock> MemoryHost::lock(const std::string& path, std::chrono::seconds) {
    side_effect("lock " + path, [&] {
        if (locked_)
            throw Error("waiting for another run: " + path + " is held by this very process");
    });
    return std::make_unique<HeldLock>(*this, path);
}

void MemoryHost::end_if_asked() {
    if (stopped_)
        throw Stopped{};
    if (asked_ && !sees_it_through_)
        throw Error("this run was ended by SIGTERM");
}

void MemoryHost::see_it_through() { sees_it_through_ = true; }

std::optional<std::string> MemoryHost::real_path(const std::string& path) {
    call("real_path " + path);
    const auto found = real_paths.find(path);
    return found == real_paths.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> MemoryHost::lock_holder(const std::string& path) {
    call("lock_holder " + path);
    return holder;
}

/// With the links on the way followed too.
std::string MemoryHost::resolved(const std::string& path, bool itself) const {
    std::string way;
    for (std::size_t begin = 1; begin < path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        way += path.substr(begin - 1, end - begin + 1);
        way = itself && end == path.size() ? way : followed(way);
        begin = end + 1;
    }
    return way.empty() ? "/" : way;
}

Identity MemoryHost::identity(const std::string& path) {
    const auto other = same.find(path);
    return {1, inodes_.emplace(other == same.end() ? path : other->second, inodes_.size() + 1).first->second};
}

Landing MemoryHost::landing(const std::string& path, bool itself) {
    call("landing " + path);
    const std::string place = resolved(path, itself);
    const auto is_there = [&](const std::string& directory) {
        const auto below = files.lower_bound(directory + "/");
        return files.contains(directory) || (below != files.end() && below->first.starts_with(directory + "/"));
    };
    Landing landing{{identity("/")}, ""};
    std::size_t end = place.find('/', 1);
    for (; end != std::string::npos && is_there(place.substr(0, end)); end = place.find('/', end + 1))
        landing.way.push_back(identity(place.substr(0, end)));
    const std::size_t begin = end == std::string::npos ? place.rfind('/') : place.rfind('/', end - 1);
    landing.rest = place.substr(begin);
    if (end == std::string::npos && is_there(place))
        landing.there = identity(place);
    return landing;
}

void MemoryHost::bar(const std::string& path, const std::string& what) {
    call("bar " + path);
    barred_[path] = what;
}

std::optional<FileState> MemoryHost::barred(const std::string& path) const {
    for (const auto& [other, what] : barred_)
        if (files.contains(path) && (path == other || path.starts_with(other + "/"))) {
            FileState state{FileState::Kind::other, "", 0, "", "", what};
            state.barred = true;
            return state;
        }
    return std::nullopt;
}

std::string MemoryHost::superuser_name() {
    call("superuser_name");
    return "root";
}

std::string MemoryHost::superuser_group() {
    call("superuser_group");
    return "system";
}

KnownAccounts MemoryHost::accounts() {
    call("accounts");
    return known;
}

void MemoryHost::sleep(std::chrono::milliseconds time) {
    call("sleep " + std::to_string(time.count()));
    slept += time;
}

} // namespace bulwark
