#pragma once

#include "plan/snapshot.hpp"

#include <string>
#include <vector>

namespace bulwark {

/// One file that differs.
struct FileChange {
    std::string path;
    FileState before, after;

    enum class Kind { created, modified, removed, mode }; // mode: mode or owner alone
    Kind kind() const;
};

/// A command that belongs to a change.
struct Action {
    std::vector<std::string> argv;
    std::string skip{};                                   // why it is not run; empty: it is
    std::string subsystem{};                              // whose status it waits for ...
    Subsystem::Status until = Subsystem::Status::unknown; // ... to become this; unknown: nothing to wait for
    bool owed = false; // an earlier run promised it: if it is skipped or fails, a later run must do it
};

/// A script whose new text its shell must accept before it is written.
struct ScriptCheck {
    std::string path, shell, text;
    std::string skip; // why it is not run; empty: it is
};

/// A value of the running host that changes together with the files, and is recorded with them.
struct ValueChange {
    std::string name, before, after; // before: empty where it is not known
};

/// All that one run would change. An empty plan means the host is as wanted.
struct Plan {
    std::vector<FileChange> changes;
    std::vector<ScriptCheck> checks;
    std::vector<Action> actions; // those that are skipped included
    std::vector<ValueChange> network_options, subsystems;
    std::vector<std::string> warnings;

    /// Nothing to do: neither a file to change nor a command to run.
    bool empty() const;
};

/// The subsystem that must be refreshed when a file changes, by the table file -> subsystem; none: empty.
std::string refreshed_subsystem(const std::string& path);

/// What leads from one snapshot to the other.
Plan difference(const Snapshot& before, const Snapshot& after);

} // namespace bulwark
