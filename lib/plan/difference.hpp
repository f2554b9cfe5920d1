#pragma once

#include "plan/snapshot.hpp"

#include <string>
#include <vector>

namespace bulwark {

/// One file that differs.
struct FileChange {
    std::string path;
    FileState before, after;
    bool by_command = false; // a command of the plan removes it: `crontab -r` must find what it is to remove
    bool makes_log = false;  // what is made is for others to write to

    enum class Kind { created, modified, removed, mode }; // mode: mode or owner alone
    Kind kind() const;
    Interest interest() const; // what of the file it is about
    bool is_of_link() const;   // of the link itself, not of what it leads to
    bool follows_link() const; // one at the end of its path; nothing is made through a link
};

/// A command that belongs to a change.
struct Action {
    std::vector<std::string> argv;
    std::string skip{};                                   // why it is not run; empty: it is
    std::string subsystem{};                              // whose status it waits for ...
    Subsystem::Status until = Subsystem::Status::unknown; // ... to become this; unknown: nothing to wait for
    bool owed = false;     // an earlier run promised it: if it is skipped or fails, a later run must do it
    std::string crontab{}; // a crontab that it submits, as a private copy of the file that its words name, or removes
    std::string user{};    // whose crontab that is, if it is not root's
};

/// A new text that a program must accept before it is written: a script its shell, a sendmail configuration sendmail.
struct TextCheck {
    std::string path;
    std::vector<std::string> argv; // the path in its words stands for a private file with the text
    std::string text;
    std::string skip;      // why it is not run; empty: it is
    bool required = false; // a host without the program does not get the text
};

/// A value of the running host that changes together with the files, and is recorded with them.
struct ValueChange {
    std::string name, before, after; // before: empty where it is not known
};

/// All that one run would change. An empty plan means the host is as wanted.
struct Plan {
    std::vector<FileChange> changes;
    std::vector<TextCheck> checks;
    std::vector<Action> actions; // those that are skipped included
    std::vector<ValueChange> network_options, subsystems;
    std::vector<std::string> warnings;

    /// Nothing to do: neither a file to change nor a command to run.
    bool empty() const;
};

/// What a daemon needs to take notice of a changed file.
struct Reload {
    std::string subsystem; // empty: nothing is needed
    bool restart = false;  // else a refresh does
};

/// By the table file -> subsystem.
Reload reload_of(const std::string& path);

/// What leads from one snapshot to the other.
Plan difference(const Snapshot& before, const Snapshot& after);

} // namespace bulwark
