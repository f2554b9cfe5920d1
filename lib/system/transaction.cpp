#include "system/transaction.hpp"

#include "document/lines.hpp"
#include "plan/retry.hpp"
#include "system/load.hpp"

#include <algorithm>
#include <span>

namespace bulwark {
namespace {

constexpr std::chrono::seconds time_limit{120};
constexpr int polls_of_a_subsystem = 100; // stopsrc returns before the process is gone (aix.md 3.2)
constexpr std::chrono::milliseconds poll_interval{200};

/// The unique part of the names of temporary files: recovery finds them by the commit and the file's place in it.
std::string temporary_name(const CommitId& commit, std::size_t index) {
    return commit.substr(0, 12) + "-" + std::to_string(index);
}

Recorded::File as_recorded(const FileChange& change, const FileState& state, const Recorded& known) {
    // Of a file whose mode alone a run changes, such as nfsd, the content is none of the history's business.
    const auto found = known.files.find(change.path);
    const bool content =
        change.kind() != FileChange::Kind::mode || (found != known.files.end() && found->second.content);
    Recorded::File file{state, content};
    if (!content)
        file.state.text.clear();
    return file;
}

/// What is there and not, or not so, in the history.
Recorded not_yet_recorded(const Plan& plan, const Recorded& known) {
    Recorded found;
    for (const FileChange& change : plan.changes) {
        const Recorded::File file = as_recorded(change, change.before, known);
        const auto last = known.files.find(change.path);
        if (last == known.files.end() || !(last->second == file))
            found.files.emplace(change.path, file);
    }
    const auto add_values = [](const std::vector<ValueChange>& changes, const auto& last, auto& values) {
        for (const ValueChange& change : changes)
            if (const auto was = last.find(change.name);
                !change.before.empty() && (was == last.end() || was->second != change.before))
                values.emplace(change.name, change.before);
    };
    add_values(plan.network_options, known.network_options, found.network_options);
    add_values(plan.subsystems, known.subsystems, found.subsystems);
    return found;
}

Recorded new_state(const Plan& plan, const Recorded& known) {
    Recorded state;
    for (const FileChange& change : plan.changes)
        state.files.emplace(change.path, as_recorded(change, change.after, known));
    for (const ValueChange& change : plan.network_options)
        state.network_options.emplace(change.name, change.after);
    for (const ValueChange& change : plan.subsystems)
        state.subsystems.emplace(change.name, change.after);
    for (const Action& action : plan.actions) {
        if (action.skip.empty() || action.owed)
            state.actions.push_back(action.argv);
        if (action.owed)
            state.owed.push_back(action.argv);
    }
    return state;
}

/// Without the paths: one may be an option's value, which no_log keeps out of messages. The commit's tree has them.
std::string record_message(const Recorded& found) {
    const std::string what = found.files.empty() ? "the running system" : counted(found.files.size(), "file");
    return "record: " + what +
           " as found\n\nWhat was there before the change that follows.\n\n"
           "Bulwark-Version: " BULWARK_VERSION "\n";
}

void record_as_found(const Plan& plan, History& history) {
    const auto main = history.main();
    const Recorded found = not_yet_recorded(plan, history.read(main));
    if (!found.files.empty() || !found.network_options.empty() || !found.subsystems.empty())
        history.set_main(history.write(main, found, record_message(found)));
}

/// Somebody may have edited the file since it was read.
void require_unchanged(Host& host, const FileChange& change) {
    if (!(host.read(change.path) == change.before))
        throw Error("replacing " + change.path +
                    ": somebody else has changed it while this run was planning; run again");
}

/// Puts back what was replaced, newest first. Returns what to add to the error: nothing is silent about a file that
/// could not be put back.
std::string put_back(std::span<const FileChange> replaced, const CommitId& commit, Host& host) {
    std::vector<std::string> lost;
    for (std::size_t i = replaced.size(); i-- > 0;) {
        try {
            host.remove_temporary(replaced[i].path, temporary_name(commit, i));
            if (!(host.read(replaced[i].path) == replaced[i].before))
                host.replace(replaced[i].path, replaced[i].before, temporary_name(commit, i));
        } catch (const Error& error) {
            lost.push_back(error.what());
        }
    }
    return lost.empty() ? "; every file is as before"
                        : "; the next run puts back what could not be put back now (" + enumerate(lost) + ")";
}

/// What was pending before this run; it stays owed if this run is undone.
void restore_pending(const std::optional<CommitId>& pending, History& history) {
    if (pending)
        history.set_pending(*pending);
    else
        history.clear_pending();
}

void replace_all(const Plan& plan, const CommitId& commit, const std::optional<CommitId>& pending, Host& host,
                 History& history) {
    std::size_t replaced = 0;
    try {
        for (const FileChange& change : plan.changes) {
            require_unchanged(host, change);
            ++replaced; // before the write: one that fails late may have taken effect
            host.replace(change.path, change.after, temporary_name(commit, replaced - 1));
        }
    } catch (const Error& error) {
        const std::string undone = put_back(std::span(plan.changes).first(replaced), commit, host);
        if (undone.starts_with("; every"))
            restore_pending(pending, history);
        throw Error(error.what() + undone);
    }
}

/// Waits for what the command has set going. Returns why it is taken for failed, if it is.
std::string wait_for(const Action& action, Host& host) {
    if (action.until == Subsystem::Status::unknown)
        return {};
    for (int i = 0; i < polls_of_a_subsystem; ++i) {
        if (read_subsystem(host, action.subsystem).status == action.until)
            return {};
        host.sleep(poll_interval);
    }
    return action.subsystem + (action.until == Subsystem::Status::active ? " did not become active" : " did not stop");
}

ActionResult run_action(const Action& action, Host& host) {
    ActionResult done;
    done.action = &action;
    done.reason = action.skip;
    if (!action.skip.empty())
        return done;
    done.status = ActionResult::Status::failed;
    try {
        std::vector<std::string> argv = action.argv;
        const auto command = host.find_command(argv[0]);
        if (!command)
            throw Error("the command " + argv[0] + " is not there");
        argv[0] = *command;
        done.result = host.run(argv, time_limit);
        done.reason =
            done.result->status == 0 ? wait_for(action, host) : "exit status " + std::to_string(done.result->status);
    } catch (const Error& error) {
        done.reason = error.what();
    }
    if (done.reason.empty())
        done.status = ActionResult::Status::ran;
    return done;
}

void run_actions(const Plan& plan, Host& host, Outcome& outcome) {
    std::vector<std::string> failed;
    for (const Action& action : plan.actions) {
        outcome.actions.push_back(run_action(action, host));
        const ActionResult& done = outcome.actions.back();
        if (done.status == ActionResult::Status::failed)
            failed.push_back(joined(action.argv, " ") + " (" + done.reason + ")");
    }
    if (!failed.empty())
        outcome.failure = enumerate(failed);
}

/// The commands that a later run has to run: those that failed, and those that an earlier run owes and this one skipped.
std::vector<std::vector<std::string>> still_owed(const Outcome& outcome) {
    std::vector<std::vector<std::string>> owed;
    for (const ActionResult& done : outcome.actions)
        if (done.status == ActionResult::Status::failed || (done.action->owed && !done.action->skip.empty()))
            owed.push_back(done.action->argv);
    return owed;
}

/// From here on pending says just what is still owed, by a commit that changes no file.
void settle(const Outcome& outcome, History& history) {
    Recorded owed;
    owed.actions = owed.owed = still_owed(outcome);
    const auto pending = history.pending();
    if (owed.owed.empty())
        history.clear_pending();
    else if (pending && history.read(pending).actions != owed.actions) // without one the next run finds out by itself
        history.set_pending(history.write(history.main(), owed, "pending: commands that have to be run yet\n"));
}

/// Whether `text` is what an in-place rewrite of `before` by `after` can leave half way: each byte of one of the two.
bool half_written(const std::string& text, const std::string& before, const std::string& after) {
    if (text.size() < std::min(before.size(), after.size()) || text.size() > std::max(before.size(), after.size()))
        return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (!(i < before.size() && text[i] == before[i]) && !(i < after.size() && text[i] == after[i]))
            return false;
    return true;
}

/// Whether the state is one that the interrupted run itself can have left: rename swaps all at once, but chmod and chown
/// of a file and the rewriting of one with several hard links take more than one step.
bool left_by(const FileState& now, const Recorded::File& before, const Recorded::File& after) {
    const FileState& was = before.state;
    const FileState& wanted = after.state;
    if (now.kind != FileState::Kind::regular || was.kind != now.kind || wanted.kind != now.kind)
        return now == wanted;
    const bool text = !after.content || now.text == was.text || now.text == wanted.text ||
                      (now.linked && half_written(now.text, was.text, wanted.text));
    const auto of_one = [](const auto& value, const auto& a, const auto& b) { return value == a || value == b; };
    // chown takes the set-user-id bits away before chmod brings them back.
    return text && of_one(now.owner, was.owner, wanted.owner) && of_one(now.group, was.group, wanted.group) &&
           of_one(now.mode & 01777, was.mode & 01777, wanted.mode & 01777);
}

void find_changes_to_undo(const Recorded& before, const Recorded& after, Host& host, Interrupted& interrupted) {
    for (const std::string& path : interrupted.paths) {
        const FileState now = host.read(path);
        const Recorded::File& was = before.files.at(path);
        FileState wanted = was.state;
        if (!was.content)
            wanted.text = now.text;
        wanted.linked = now.linked;
        if (now == wanted)
            continue;
        if (left_by(now, was, after.files.at(path)))
            interrupted.put_back.push_back({path, now, wanted});
        else
            interrupted.warnings.push_back(path +
                                           " was about to be changed by a run that was interrupted, and somebody "
                                           "else has changed it since: it is left as it is");
    }
}

std::vector<Rule> owed_rules(const std::vector<std::vector<std::string>>& actions) {
    Rule rule;
    rule.title = "what an earlier run still owes";
    for (const auto& argv : actions)
        rule.wanted.emplace_back(RetriedAction{argv});
    return rule.wanted.empty() ? std::vector<Rule>{} : std::vector<Rule>{rule};
}

} // namespace

std::unique_ptr<Host::Lock> lock_history(Host& host, const std::string& history, std::chrono::seconds timeout) {
    return host.lock(history + ".lock", timeout);
}

History open_history(Host& host, const std::string& path) {
    if (const auto there = host.real_path(path))
        return History(*there);
    const std::size_t slash = path.rfind('/');
    const auto parent = host.real_path(slash == 0 ? "/" : path.substr(0, slash));
    return History(parent ? *parent + "/" + path.substr(slash + 1) : std::string());
}

Interrupted find_interrupted(Host& host, const History& history) {
    Interrupted interrupted;
    interrupted.pending = history.pending();
    if (!interrupted.pending)
        return interrupted;
    const Recorded after = history.read(interrupted.pending);
    interrupted.published = interrupted.pending == history.main();
    const Recorded before = history.read(history.parent(*interrupted.pending));
    for (const auto& [path, file] : after.files)
        if (const auto was = before.files.find(path); was != before.files.end() && !(was->second == file))
            interrupted.paths.push_back(path);
    interrupted.owed = owed_rules(interrupted.published ? after.actions : after.owed);
    if (!interrupted.published)
        find_changes_to_undo(before, after, host, interrupted);
    return interrupted;
}

void recover(const Interrupted& interrupted, Host& host, History& history) {
    if (!interrupted.anything() || interrupted.published)
        return;
    // A file's place among the paths is its place in the plan: both are sorted by path.
    for (std::size_t i = 0; i < interrupted.paths.size(); ++i) {
        const std::string temporary = temporary_name(*interrupted.pending, i);
        host.remove_temporary(interrupted.paths[i], temporary);
        for (const FileChange& change : interrupted.put_back)
            if (change.path == interrupted.paths[i]) {
                require_unchanged(host, change);
                host.replace(change.path, change.after, temporary);
            }
    }
    if (interrupted.owed.empty())
        history.clear_pending(); // else once they are done
}

std::vector<CheckedScript> check_scripts(const Plan& plan, Host& host) {
    std::vector<CheckedScript> checked;
    for (const ScriptCheck& check : plan.checks) {
        const bool there = check.skip.empty() && host.find_command(check.shell);
        checked.push_back({&check, there || !check.skip.empty() ? check.skip : check.shell + " is not on this host"});
        if (!there)
            continue;
        const CommandResult result = host.check_script(check.shell, check.text);
        const std::string_view said = trimmed(result.err);
        if (result.status != 0)
            throw Error(check.path + " was not written: " + check.shell +
                        " -n does not accept the new text: " + std::string(said.substr(0, said.find('\n'))));
    }
    return checked;
}

Outcome apply(const Plan& plan, const std::string& message, Host& host, History& history) {
    Outcome outcome;
    const bool records = !plan.changes.empty() || !plan.network_options.empty() || !plan.subsystems.empty();
    if (records) {
        record_as_found(plan, history);
        const auto parent = history.main();
        outcome.commit = history.write(parent, new_state(plan, history.read(parent)), message);
        const auto pending = history.pending();
        history.set_pending(*outcome.commit);
        replace_all(plan, *outcome.commit, pending, host, history);
        history.set_main(*outcome.commit); // from here the files stay
    }
    run_actions(plan, host, outcome);
    settle(outcome, history);
    return outcome;
}

Outcome foresee(const Plan& plan) {
    Outcome outcome;
    for (const Action& action : plan.actions) {
        ActionResult foreseen;
        foreseen.action = &action;
        foreseen.status = action.skip.empty() ? ActionResult::Status::would_run : ActionResult::Status::skipped;
        foreseen.reason = action.skip;
        outcome.actions.push_back(std::move(foreseen));
    }
    return outcome;
}

} // namespace bulwark
