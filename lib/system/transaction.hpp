#pragma once

#include "plan/difference.hpp"
#include "plan/rule.hpp"
#include "system/history/history.hpp"
#include "system/host.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bulwark {

/// What a run that did not come to its end has left (docs/architecture.md, "The transaction").
struct Interrupted {
    std::optional<CommitId> pending;
    bool published = false;           // the files are in place, but not all its commands have been run
    bool busy = false;                // it is still at work: nothing of it is to be recovered
    std::vector<FileChange> put_back; // from how they are now to how they were, or will be if it is busy
    std::vector<std::string> paths;   // all that it was about to write
    std::vector<std::string> warnings;
    std::vector<Rule> owed; // the commands that have to be run yet, as a rule to plan with

    bool anything() const { return pending.has_value(); }
};

/// How one command of a plan ended.
struct ActionResult {
    const Action* action = nullptr;
    enum class Status { ran, would_run, skipped, failed } status = Status::skipped;
    std::optional<CommandResult> result;
    std::string reason; // why it was skipped or failed
};

/// What came of a plan.
struct Outcome {
    std::optional<CommitId> commit;
    std::vector<ActionResult> actions;
    std::string failure; // which commands failed; empty: none
};

/// The lock under which reading, planning and writing happen: `<history>.lock`.
std::unique_ptr<Host::Lock> lock_history(Host& host, const std::string& history, std::chrono::seconds timeout);

/// The history at that path of the host. Throws Error where something else is there.
History open_history(Host& host, const std::string& path);

/// Looks for an interrupted run; changes nothing. What no run can have left behind it - a change in the history itself, a
/// top-level directory that is to go, a command of no known kind - is told of and left alone, whoever wrote it into the
/// history. Whoever calls it holds the lock of the history, which is at that path of the host.
Interrupted find_interrupted(Host& host, const History& history, const std::string& path);

/// The same without the lock, for a check run. If a run holds it, what is pending is that run's, and the files are
/// foreseen as it will leave them.
Interrupted foresee_interrupted(Host& host, const History& history, const std::string& path);

/// Puts the files back as before the interrupted run. Its commands are not run here: they are `owed`.
void recover(const Interrupted& interrupted, Host& host, History& history);

/// One text that a program was to read.
struct CheckedText {
    const TextCheck* check = nullptr;
    std::string skipped; // why it was not read; empty: it was, and accepted
};

/// Has shells read the scripts, and sendmail the configurations, that a plan changes, in private files. Throws Error if
/// one is not accepted.
std::vector<CheckedText> check_texts(const Plan& plan, Host& host);

/// Does all of a plan, or nothing. An error while files are replaced puts them back and is thrown on, saying so; a command
/// that fails afterwards keeps the files, and the command pending for the next run.
Outcome apply(const Plan& plan, const std::string& message, Host& host, History& history);

/// What `apply` would do.
Outcome foresee(const Plan& plan);

} // namespace bulwark
