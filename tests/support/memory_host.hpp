#pragma once

#include "system/host.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bulwark {

/// What ends a run as SIGKILL would: not a std::exception, so that nothing may catch it and carry on.
struct Stopped {};

/// A host that is a map. It remembers what was done to it, and fails, or is killed, at any step that a test names.
/// Directories need not be in the map; where one is, what lies directly in it may only hold something that is a directory
/// itself, and what is not empty is not removed.
///
/// Side effects are `lock`, `replace`, `remove_temporary` and `run`; steps count from 1, since the last `restart`:
///
///     for (std::size_t n = 1; n <= steps_of_an_undisturbed_run; ++n) { host.stop_at(n); ... host.restart(); ... }
class MemoryHost : public Host {
public:
    std::map<std::string, FileState> files;
    std::set<std::string> large;       // files of more than 64 MiB, whatever their text
    std::set<std::string> temporaries; // "/etc/.bulwark-4f2a": left over by a `replace` that was stopped within

    // Commands. A name is found if `commands` has its path. What is run is answered by `answer`, if it answers, else by
    // `results`, by the argument vector joined with blanks. Anything else cannot be started.
    std::map<std::string, std::string> commands;
    std::map<std::string, CommandResult> results;
    std::function<std::optional<CommandResult>(const std::vector<std::string>&)> answer;
    // What programs say of private files (`ksh -n`, m4, `sendmail -bt`, `crontab`); none: all is accepted in silence.
    std::function<CommandResult(const PrivateFile& file, const std::vector<std::string>& argv)> program;

    KnownAccounts known{Accounts::parse("root:!:0:0:\nbin:!:2:2:\n"), Accounts::parse("system:!:0:\nbin:!:2:\n")};
    std::map<std::string, std::string> unreadable; // why reading them fails; `look` and `read_entry` do not
    std::optional<std::string> holder;             // of the lock
    std::map<std::string, std::string> same; // other names of a file: hard links, by the name that `files` has

    // Where paths lie on the running system; no others are there, so that no test gets at the real ones.
    std::map<std::string, std::string> real_paths;

    std::vector<std::string> calls; // "replace /etc/inittab", "run /usr/bin/refresh -s inetd", "unlock /var/...", ...
    std::function<void(const std::string& call)> before_call; // somebody else does something
    std::chrono::milliseconds slept{0};
    std::map<std::string, std::chrono::seconds> limits; // of the commands that were run, by name
    std::string asked_to_end_before;                    // a signal comes before the call that is this one, or begins so

    /// Scripts a command: it is found by its base name, and answers so.
    void script(const std::string& joined_argv, CommandResult result);

    /// A regular file of root and system.
    void put(const std::string& path, std::string text, unsigned mode = 0644);
    void put_directory(const std::string& path, unsigned mode = 0755);
    void put_link(const std::string& path, std::string target);

    /// When the n-th step fails: before it had any effect; half done (a file with several hard links is torn, another
    /// one's temporary file stays if the run is stopped); or having taken effect.
    enum class Moment { before, within, after };

    void fail_at(std::size_t n, const std::string& message, Moment moment = Moment::before); // the n-th side effect
    void fail_at_call(std::size_t n, const std::string& message); // the n-th call of any verb, before its effect
    void stop_at(std::size_t n);                                  // Stopped is thrown instead of the n-th side effect
    void stop_within(std::size_t n);
    void stop_after(std::size_t n);

    /// A new process on the same host: no fault is planned, counting and `calls` start again. Until then a stopped host
    /// throws Stopped at every call.
    void restart();

    std::size_t count_of_side_effects() const { return side_effect_count_; }
    std::size_t count_of_calls() const { return call_count_; }
    bool locked() const { return locked_; }

    FileState read(const std::string& path) override;
    FileState look(const std::string& path) override;
    FileState read_log(const std::string& path) override;
    FileState read_entry(const std::string& path) override;
    std::map<std::string, FileState> read_tree(const std::string& path) override;
    void replace(const std::string& path, const FileState& after, const std::string& temporary, bool itself = false,
                 const LastLook& last_look = {}) override;
    void remove_temporary(const std::string& path, const std::string& temporary, bool itself = false) override;
    std::optional<std::string> find_command(const std::string& name) override;
    CommandResult run(const std::vector<std::string>& argv, std::chrono::seconds limit) override;
    CommandResult run_on(const PrivateFile& file, const std::vector<std::string>& argv, const std::string& directory,
                         std::chrono::seconds limit) override;
    std::unique_ptr<Lock> lock(const std::string& path, std::chrono::seconds timeout) override;
    void end_if_asked() override;
    void see_it_through() override;
    std::optional<std::string> lock_holder(const std::string& path) override;
    std::optional<std::string> real_path(const std::string& path) override;
    void require_trusted_way(const std::string&) override {} // nobody else is here
    Landing landing(const std::string& path, bool itself) override;
    void bar(const std::string& path, const std::string& what) override;
    std::string superuser_name() override;
    std::string superuser_group() override;
    KnownAccounts accounts() override;
    void sleep(std::chrono::milliseconds time) override;

private:
    struct Fault {
        std::size_t at = 0; // 0: never
        Moment moment = Moment::before;
        std::optional<std::string> message; // none: stopped
    };
    class HeldLock;

    void call(const std::string& what);
    void side_effect(
        const std::string& what, const std::function<void()>& effect, const std::function<void()>& half_of_it = [] {});
    [[noreturn]] void strike(const Fault& fault);
    std::string followed(const std::string& path) const;
    std::string resolved(const std::string& path, bool itself) const;
    Identity identity(const std::string& path);
    std::optional<FileState> barred(const std::string& path) const;
    void require_possible(const std::string& path, const FileState& after) const;
    void write(const std::string& path, const FileState& after);
    void write_half(const std::string& path, const FileState& after, const std::string& temporary);
    CommandResult result_of(const std::vector<std::string>& argv) const;

    std::map<std::string, std::string> barred_; // why
    std::map<std::string, std::uintmax_t> inodes_;
    Fault fault_, call_fault_;
    std::size_t side_effect_count_ = 0, call_count_ = 0;
    bool stopped_ = false;
    bool locked_ = false, asked_ = false, sees_it_through_ = false;
};

} // namespace bulwark
