#include "support/memory_host.hpp"

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
    const std::string program = joined_argv.substr(0, joined_argv.find(' '));
    commands[base_name(program)] = program;
    results[joined_argv] = std::move(result);
}

void MemoryHost::put(const std::string& path, std::string text, unsigned mode) {
    files[path] = {FileState::Kind::regular, std::move(text), mode, "root", "system", "", false};
}

void MemoryHost::fail_at(std::size_t n, const std::string& message, Moment moment) { fault_ = {n, moment, message}; }

void MemoryHost::fail_at_call(std::size_t n, const std::string& message) { call_fault_ = {n, Moment::before, message}; }

void MemoryHost::stop_at(std::size_t n) { fault_ = {n, Moment::before, std::nullopt}; }

void MemoryHost::stop_within(std::size_t n) { fault_ = {n, Moment::within, std::nullopt}; }

void MemoryHost::stop_after(std::size_t n) { fault_ = {n, Moment::after, std::nullopt}; }

void MemoryHost::restart() {
    fault_ = call_fault_ = {};
    side_effect_count_ = call_count_ = 0;
    stopped_ = false;
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

FileState MemoryHost::read(const std::string& path) {
    call("read " + path);
    const auto found = files.find(path);
    return found == files.end() ? FileState{} : found->second;
}

void MemoryHost::write(const std::string& path, const FileState& after) {
    if (after.kind == FileState::Kind::missing) {
        files.erase(path);
        return;
    }
    FileState& file = files[path];
    const bool linked = file.linked;
    file = after;
    file.linked = linked;
}

void MemoryHost::write_half(const std::string& path, const FileState& after, const std::string& temporary) {
    const auto found = files.find(path);
    if (after.kind == FileState::Kind::missing || (found != files.end() && found->second.text == after.text))
        return; // a single system call has no half
    if (found != files.end() && found->second.linked)
        found->second.text = torn(found->second.text, after.text);
    else if (!fault_.message) // a replace that fails removes its temporary file itself
        temporaries.insert(temporary_file(path, temporary));
}

void MemoryHost::replace(const std::string& path, const FileState& after, const std::string& temporary) {
    const auto write_all = [&] {
        const auto found = files.find(path);
        if (found != files.end() && found->second.kind == FileState::Kind::other)
            throw Error("replacing " + path + ": it is " + found->second.other);
        write(path, after);
    };
    side_effect("replace " + path, write_all, [&] { write_half(path, after, temporary); });
}

void MemoryHost::remove_temporary(const std::string& path, const std::string& temporary) {
    const std::string file = temporary_file(path, temporary);
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

CommandResult MemoryHost::run(const std::vector<std::string>& argv, std::chrono::seconds) {
    CommandResult result;
    side_effect("run " + joined(argv), [&] { result = result_of(argv); });
    return result;
}

CommandResult MemoryHost::check_script(const std::string& shell, const std::string& text) {
    call("check_script " + shell);
    return script_checker ? script_checker(shell, text) : CommandResult{};
}

std::unique_ptr<Host::Lock> MemoryHost::lock(const std::string& path, std::chrono::seconds) {
    side_effect("lock " + path, [&] {
        if (locked_)
            throw Error("waiting for another run: " + path + " is held by this very process");
    });
    return std::make_unique<HeldLock>(*this, path);
}

std::optional<std::string> MemoryHost::real_path(const std::string& path) {
    call("real_path " + path);
    const auto found = real_paths.find(path);
    return found == real_paths.end() ? std::nullopt : std::optional(found->second);
}

std::string MemoryHost::superuser_name() {
    call("superuser_name");
    return "root";
}

std::string MemoryHost::superuser_group() {
    call("superuser_group");
    return "system";
}

void MemoryHost::sleep(std::chrono::milliseconds time) {
    call("sleep " + std::to_string(time.count()));
    slept += time;
}

} // namespace bulwark
