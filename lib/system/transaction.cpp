#include "system/transaction.hpp"

#include "document/lines.hpp"
#include "plan/owners.hpp"
#include "plan/retry.hpp"
#include "system/host/system_call.hpp"
#include "system/load.hpp"
#include "system/metadata.hpp"
#include "system/out_of_memory.hpp"
#include "system/places.hpp"
#include "text.hpp"

#include <algorithm>
#include <exception>
#include <string_view>

namespace bulwark {
namespace {

constexpr std::chrono::seconds time_limit{120};
constexpr std::chrono::seconds removal_time_limit{1800}; // an installp that is killed leaves a fileset half removed
constexpr int polls_of_a_subsystem = 100; // stopsrc returns before the process is gone (aix_facts.md, subsystems)
constexpr std::chrono::milliseconds poll_interval{200};

/// The unique part of the names of temporary files: recovery finds them by the commit and the file's place in it.
std::string temporary_name(const CommitId& commit, std::size_t index) {
    return commit.substr(0, 12) + "-" + std::to_string(index);
}

/// Of any of the files of that commit.
bool is_temporary(const std::string& path, const CommitId& commit) {
    return base_name(path).starts_with(".bulwark-" + commit.substr(0, 12) + "-");
}

/// Whether mode or owner of a file alone change. What it says is not at issue then; that of a log grows meanwhile.
bool is_of_attributes(const FileChange& change) { return change.interest() == Interest::attributes; }

/// Without what is not at issue.
FileState of_attributes(FileState state) {
    state.text.clear();
    state.unread = true;
    return state;
}

/// Of a file whose mode alone a run changes, such as nfsd, the content is none of the history's business, unless the
/// history has it already. A log stays one.
Recorded::File attributes_as_recorded(const FileChange& change, const FileState& state, const Recorded& known) {
    const auto found = known.files.find(change.path);
    Recorded::File file{state, Interest::attributes};
    if (found != known.files.end() && found->second.state.kind == FileState::Kind::regular)
        file.interest = found->second.interest;
    if (state.unread && file.interest == Interest::content)
        file.interest = Interest::attributes;
    if (file.interest != Interest::content)
        file.state.text.clear();
    file.state.unread = false;
    return file;
}

Recorded::File as_found(const FileChange& change, const Recorded& known) {
    return is_of_attributes(change) ? attributes_as_recorded(change, change.before, known)
                                    : Recorded::File{change.before};
}

Recorded::File as_made(const FileChange& change, const Recorded& known) {
    return is_of_attributes(change) ? attributes_as_recorded(change, change.after, known)
                                    : Recorded::File{change.after, change.interest()};
}

/// Whether the history has all that is to be recorded. A log to which nothing has been written is what it says.
bool has(const Recorded& known, const std::string& path, const Recorded::File& file) {
    const auto last = known.files.find(path);
    const bool is_empty_log = last != known.files.end() && last->second.interest == Interest::log;
    return last != known.files.end() && last->second.state == file.state &&
           (is_empty_log || last->second.interest == file.interest);
}

Recorded new_state(const Plan& plan, const Recorded& known) {
    Recorded state;
    for (const FileChange& change : plan.changes)
        state.files.emplace(change.path, as_made(change, known));
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

/// What is there and not, or not so, in the history.
Recorded not_yet_recorded(const Plan& plan, const Recorded& known) {
    Recorded found;
    for (const std::string& path : displaced(new_state(plan, known), known))
        found.files.emplace(path, Recorded::File()); // what has no room beside the new state is not there any more
    for (const FileChange& change : plan.changes) {
        const Recorded::File file = as_found(change, known);
        if (!has(known, change.path, file))
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

/// Without the paths: one may be an option's value, which no_log keeps out of messages. The commit's tree has them.
std::string record_message(const Recorded& found) {
    const std::string what = found.files.empty() ? "the running system" : counted(found.files.size(), "file");
    return "record: " + what +
           " as found\n\nWhat was there before the change that follows.\n\n"
           "Bulwark-Version: " BULWARK_VERSION "\n";
}

/// Whether the last commit says already that a command removes the file, and the history has what that says.
bool is_promised(const FileChange& change, const Recorded& known, const History& history) {
    const auto last = known.files.find(change.path);
    if (!change.by_command || last == known.files.end() || !(last->second == Recorded::File()))
        return false;
    const std::vector<std::string> past = history.past(change.path);
    return std::find(past.begin(), past.end(), change.before.text) != past.end();
}

/// The plan less such files; nothing if there are none.
std::optional<Plan> without_promised(const Plan& plan, const History& history) {
    const auto by_command = [](const FileChange& change) { return change.by_command; };
    if (std::none_of(plan.changes.begin(), plan.changes.end(), by_command))
        return std::nullopt;
    const Recorded known = history.read(history.main());
    Plan news = plan;
    std::erase_if(news.changes, [&](const FileChange& change) { return is_promised(change, known, history); });
    return news;
}

void record_as_found(const Plan& plan, History& history) {
    const auto main = history.main();
    const Recorded found = not_yet_recorded(plan, history.read(main));
    if (!found.files.empty() || !found.network_options.empty() || !found.subsystems.empty())
        history.set_main(history.write(main, found, record_message(found)));
}

FileState read_for(const FileChange& change, Host& host) {
    if (is_of_attributes(change))
        return host.look(change.path);
    return change.follows_link() ? host.read(change.path) : host.read_entry(change.path);
}

/// Whether the file is in that state, `before` or `after`, of the change, as far as it is about that.
bool is_in(const FileState& state, const FileChange& change, Host& host) {
    return read_for(change, host) == (is_of_attributes(change) ? of_attributes(state) : state);
}

/// Somebody may have edited the file since it was read.
void require_unchanged(const FileState& before, const FileChange& change, Host& host) {
    if (!is_in(before, change, host))
        throw Error("somebody else has changed it while this run was planning; run again");
}

/// Brings the file into that state. What is called last of all may forbid it.
void bring_to(const FileState& state, const FileChange& change, const std::string& temporary, Host& host,
              const Host::LastLook& last_look) {
    host.replace(change.path, is_of_attributes(change) ? of_attributes(state) : state, temporary,
                 !change.follows_link(), last_look);
}

/// The places of the changes in the order in which to make them: what is to be there by its path, so that a directory
/// comes before what is in it, and then what is to go the other way round.
std::vector<std::size_t> in_order(const std::vector<FileChange>& changes) {
    const auto goes = [&](std::size_t i) { return changes[i].after.kind == FileState::Kind::missing; };
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < changes.size(); ++i)
        if (!goes(i))
            order.push_back(i);
    for (std::size_t i = changes.size(); i-- > 0;)
        if (goes(i))
            order.push_back(i);
    return order;
}

/// Whether `text` is what an in-place rewrite of `before` by `after` can leave half way: each byte of one of the two.
bool half_written(const std::string& text, const std::string& before, const std::string& after) {
    if (text.size() < std::min(before.size(), after.size()))
        return false; // cut off, which no step of it does
    for (std::size_t i = 0; i < text.size(); ++i)
        if (!(i < before.size() && text[i] == before[i]) && !(i < after.size() && text[i] == after[i]))
            return false;
    return true;
}

/// Whether the run was about what the file says.
bool is_of_text(const Recorded::File& before, const Recorded::File& after) {
    return before.interest != Interest::attributes &&
           (before.state.kind != after.state.kind || before.state.text != after.state.text);
}

/// Whether the state is one that the interrupted run itself can have left: rename swaps all at once, but chmod and chown
/// of a file and the rewriting of one with several hard links take more than one step.
bool left_by(const FileState& now, const Recorded::File& before, const Recorded::File& after) {
    const FileState& was = before.state;
    const FileState& wanted = after.state;
    if (now.kind == FileState::Kind::link || was.kind != now.kind || wanted.kind != now.kind)
        return now == wanted;
    const bool text =
        !is_of_text(before, after) || (!now.unread && (now.text == was.text || now.text == wanted.text ||
                                                       (now.linked && half_written(now.text, was.text, wanted.text))));
    const auto of_one = [](const auto& value, const auto& a, const auto& b) { return value == a || value == b; };
    // The set-user-id bits go before the owner changes, and come back last.
    return text && of_one(now.owner, was.owner, wanted.owner) && of_one(now.group, was.group, wanted.group) &&
           of_one(now.mode & 01777, was.mode & 01777, wanted.mode & 01777);
}

/// Whether this run itself can have left the file so.
bool left_by(const FileState& now, const FileChange& change) {
    if (is_of_attributes(change))
        return left_by(now, {of_attributes(change.before), Interest::attributes},
                       {of_attributes(change.after), Interest::attributes});
    return left_by(now, {change.before}, {change.after});
}

/// Memory that putting back will need, kept for when there is none left.
class Spare {
public:
    /// Files are put back one by one: what a large one takes, read twice and written, and what the history takes.
    explicit Spare(const Plan& plan) {
        constexpr std::size_t least = std::size_t{512} * 1024, copies = 6;
        std::size_t largest = 0;
        for (const FileChange& change : plan.changes)
            largest = std::max({largest, change.before.text.size(), change.after.text.size()});
        room_.assign(least + copies * largest, '\0');
    }

private:
    std::string room_;
};

/// What putting back came to.
struct Undone {
    std::vector<std::string_view> lost;   // files that could not be put back
    std::exception_ptr why;               // the first of them could not
    std::vector<std::string_view> edited; // files that somebody else has written to since
    std::exception_ptr untidy;            // why the history still says that this run is on
};

/// Puts back what was replaced, newest first. One that cannot be, for want of memory too, keeps no other from it.
Undone put_back(const Plan& plan, const std::vector<std::size_t>& replaced, const CommitId& commit, Host& host) {
    Undone undone;
    undone.lost.reserve(replaced.size());
    undone.edited.reserve(replaced.size());
    for (auto i = replaced.rbegin(); i != replaced.rend(); ++i) {
        const FileChange& change = plan.changes[*i];
        try {
            const std::string temporary = temporary_name(commit, *i);
            host.remove_temporary(change.path, temporary, !change.follows_link());
            if (is_in(change.before, change, host))
                continue;
            const FileState now = read_for(change, host);
            if (left_by(now, change))
                bring_to(change.before, change, temporary, host, [&] { require_unchanged(now, change, host); });
            else
                undone.edited.push_back(change.path);
        } catch (const std::exception&) {
            undone.lost.push_back(change.path);
            undone.why = undone.why ? undone.why : std::current_exception();
        }
    }
    return undone;
}

std::string in_words(const std::exception_ptr& why) {
    try {
        std::rethrow_exception(why);
    } catch (const std::exception& error) {
        return sentence_of(error);
    }
}

std::string listed(const std::vector<std::string_view>& paths) { return enumerate({paths.begin(), paths.end()}); }

/// What to add to the error: nothing is silent about a file that is not as before.
std::string in_words(const Undone& undone) {
    const std::string tidying = undone.untidy ? "; the next run tidies up (" + in_words(undone.untidy) + ")" : "";
    if (!undone.lost.empty())
        return "; the next run puts back " + listed(undone.lost) + ", which could not be done now (" +
               in_words(undone.why) + ")";
    if (!undone.edited.empty())
        return "; every file is as before but " + listed(undone.edited) +
               ", to which somebody else has written meanwhile" + tidying;
    return "; every file is as before" + tidying;
}

/// The same where there is no memory to name them.
const char* in_fixed_words(const Undone& undone) {
    if (!undone.lost.empty())
        return "there is not enough memory; the next run puts back what this one has changed";
    if (!undone.edited.empty())
        return "there is not enough memory; every file is as before but for what somebody else has written meanwhile";
    return "there is not enough memory; every file is as before";
}

/// What was pending before this run; it stays owed if this run is undone.
void restore_pending(const std::optional<CommitId>& pending, History& history) {
    if (pending)
        history.set_pending(*pending);
    else
        history.clear_pending();
}

constexpr const char* done_already = "; the change is made and recorded, and the next run does what is left of it";

/// What to add to the error if the files may have to stay: the reference may have been moved by a call that failed
/// afterwards.
const char* if_published(const CommitId& commit, const History& history) {
    try {
        return history.main() == commit ? done_already : nullptr;
    } catch (const std::exception&) { // the next run will see, for pending is still there
        return "; the next run completes the change, or puts everything back";
    }
}

void put_back_all(const Plan& plan, const std::vector<std::size_t>& replaced, const CommitId& commit,
                  const std::optional<CommitId>& pending, const std::exception& error, Host& host, History& history) {
    Undone undone = put_back(plan, replaced, commit, host);
    try {
        if (undone.lost.empty())
            restore_pending(pending, history);
    } catch (const std::exception&) {
        undone.untidy = std::current_exception();
    }
    or_say(in_fixed_words(undone), [&] { throw Error(sentence_of(error) + in_words(undone)); });
}

/// Makes all changes and publishes the commit, or none.
void replace_all(const Plan& plan, const CommitId& commit, const std::optional<CommitId>& pending, Host& host,
                 History& history) {
    std::vector<std::size_t> replaced;
    std::optional<Spare> spare;
    bool publishing = false;
    try {
        replaced.reserve(plan.changes.size());
        spare.emplace(plan);
        for (const std::size_t i : in_order(plan.changes)) {
            const FileChange& change = plan.changes[i];
            if (change.by_command)
                continue;
            const auto last_look = [&] {
                try {
                    require_unchanged(change.before, change, host);
                } catch (const std::exception&) {
                    replaced.pop_back(); // what somebody else has put there stays
                    throw;
                }
            };
            host.end_if_asked();
            replaced.push_back(i); // before the write: one that fails late may have taken effect
            bring_to(change.after, change, temporary_name(commit, i), host, last_look);
        }
        host.end_if_asked();
        publishing = true;
        history.set_main(commit); // from here the files stay
    } catch (const std::exception& error) {
        spare.reset();
        or_say("there is not enough memory; the next run puts back what this one has changed, or completes it", [&] {
            if (const char* const published = publishing ? if_published(commit, history) : nullptr)
                throw Error(std::string(sentence_of(error)) + published);
            put_back_all(plan, replaced, commit, pending, error, host, history);
        });
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

/// Removes a crontab. The command tells cron of it, and fails where there is none.
CommandResult remove_crontab(const FileChange& removal, const std::vector<std::string>& argv, Host& host) {
    require_unchanged(removal.before, removal, host);
    CommandResult result = host.run(argv, time_limit);
    if (result.status == 0 && host.look(removal.path).kind != FileState::Kind::missing)
        throw Error(removal.path + " is still there; remove it, and tell cron by crontab");
    return result;
}

/// A crontab goes to cron as a private copy: what `crontab` does when it reads the very file that it is to write is
/// not documented. Of one that is gone already cron is told by an empty one, which is removed.
CommandResult hand_to_cron(const Action& action, const std::vector<std::string>& argv, const Plan& plan, Host& host) {
    for (const FileChange& change : plan.changes)
        if (change.by_command && change.path == action.crontab)
            return remove_crontab(change, argv, host);
    constexpr std::string_view removal = "-r"; // the end of the last word
    const bool removes = argv.back().ends_with(removal);
    const FileState crontab = host.read(action.crontab);
    if (removes != (crontab.kind == FileState::Kind::missing))
        throw Error("somebody else has changed " + action.crontab + " meanwhile; run again");
    std::vector<std::string> submission = argv;
    if (removes)
        submission.back().replace(submission.back().size() - removal.size(), removal.size(), action.crontab);
    const CommandResult result = host.run_on({action.crontab, crontab.text, action.user}, submission, "/", time_limit);
    return removes && result.status == 0 ? host.run(argv, time_limit) : result;
}

CommandResult run_command_of(const Action& action, const Plan& plan, Host& host) {
    std::vector<std::string> argv = action.argv;
    const auto command = host.find_command(argv[0]);
    if (!command)
        throw Error("the command " + argv[0] + " is not there");
    argv[0] = *command;
    const auto limit = action.argv[0] == "installp" ? removal_time_limit : time_limit;
    return action.crontab.empty() ? host.run(argv, limit) : hand_to_cron(action, argv, plan, host);
}

ActionResult run_action(const Action& action, const Plan& plan, Host& host) {
    ActionResult done;
    done.action = &action;
    done.reason = action.skip;
    if (!action.skip.empty())
        return done;
    done.status = ActionResult::Status::failed;
    try {
        host.end_if_asked(); // the next run does it, and those that follow
        done.result = run_command_of(action, plan, host);
        done.reason =
            done.result->status == 0 ? wait_for(action, host) : "exit status " + std::to_string(done.result->status);
    } catch (const std::exception& error) {
        done.reason = sentence_of(error);
    }
    if (done.reason.empty())
        done.status = ActionResult::Status::ran;
    return done;
}

/// An installp that is broken off leaves a fileset half removed, and a clean-up to a person. Every other command can be tried
/// again.
bool removes_software(const Plan& plan) {
    return std::any_of(plan.actions.begin(), plan.actions.end(),
                       [](const Action& action) { return action.argv.front() == "installp" && action.skip.empty(); });
}

void run_actions(const Plan& plan, Host& host, Outcome& outcome) {
    std::vector<std::string> failed;
    for (const Action& action : plan.actions) {
        outcome.actions.push_back(run_action(action, plan, host));
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

/// Why no program reads the text; empty: it does. Throws Error if it has to.
std::string why_not_checked(const TextCheck& check, Host& host) {
    if (!check.skip.empty())
        return check.skip;
    std::string why, advice;
    try {
        if (host.find_command(check.argv.front()))
            return {};
        why = check.argv.front() + " is not on this host";
        advice = ", so the new text cannot be tried; install it, or leave this rule out";
    } catch (const Error& error) { // it is there, but not to be trusted
        why = error.what();
    }
    if (check.required)
        throw Error(check.path + " was not written: " + why + advice);
    return why;
}

bool is_of_link(const Recorded::File& before, const Recorded::File& after) {
    return before.state.kind == FileState::Kind::link || after.state.kind == FileState::Kind::link;
}

std::string left_alone(const std::string& path) {
    return path +
           " was about to be changed by a run that was interrupted, and somebody else has changed it since: it is "
           "left as it is";
}

std::string foreign_program(const std::string& path, const FileState& now) {
    return path + " was about to be changed by a run that was interrupted, and belongs to " + now.owner.name +
           " now, who may have changed what is in it: its set-user-id or set-group-id bit is not brought back, and it "
           "is left as it is; look at it";
}

/// A directory that the interrupted run has made goes again, unless somebody has put something into it.
void keep_directories_in_use(Host& host, Interrupted& interrupted) {
    const auto goes = [&](const std::string& path) {
        return std::any_of(interrupted.put_back.begin(), interrupted.put_back.end(), [&](const FileChange& change) {
            return change.path == path && change.after.kind == FileState::Kind::missing;
        });
    };
    const auto is_in_use = [&](const FileChange& change) {
        if (change.before.kind != FileState::Kind::directory || change.after.kind != FileState::Kind::missing)
            return false;
        try {
            for (const auto& [member, state] : host.read_tree(change.path))
                if (!goes(member) && !is_temporary(member, *interrupted.pending))
                    return true;
        } catch (const Error&) {
            return true; // by what no run puts anywhere
        }
        return false;
    };
    for (std::size_t i = interrupted.put_back.size(); i-- > 0;)
        if (is_in_use(interrupted.put_back[i])) {
            interrupted.warnings.push_back(left_alone(interrupted.put_back[i].path));
            interrupted.put_back.erase(interrupted.put_back.begin() + static_cast<std::ptrdiff_t>(i));
        }
}

/// Why no run can have made that change, so that recovery does not take it back; empty where one can.
std::string impossible(const FileChange& change, const std::string& history, Host& host) {
    const bool is_special = change.before.kind == FileState::Kind::directory || change.is_of_link();
    if (is_special && change.after.kind != change.before.kind && change.path.rfind('/') == 0)
        return "it belongs to the system as a whole";
    try {
        Plan plan;
        plan.changes = {change};
        require_history_kept(plan, history, host);
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

/// The state to be put back, with owners that there are.
FileState to_be_put_back(const std::string& path, const Recorded::File& was, const Recorded::File& after,
                         const FileState& now, Host& host, Interrupted& interrupted) {
    FileState wanted = was.state;
    if (!is_of_text(was, after)) {
        wanted.text = now.text;
        wanted.unread = now.unread;
    }
    wanted.linked = now.linked;
    if (now == wanted)
        return wanted;
    FileState new_file;
    new_file.owner = {host.superuser_name(), 0};
    new_file.group = {host.superuser_group(), 0};
    return with_safe_owners(path, wanted, now, new_file, host.accounts(), interrupted.warnings);
}

void find_changes_to_undo(const Recorded& before, const Recorded& after, const std::string& history, Host& host,
                          Interrupted& interrupted) {
    for (const std::string& path : interrupted.paths) {
        const Recorded::File &was = before.files.at(path), &is = after.files.at(path);
        const FileState now = read_or_tell(host, path, is_of_link(was, is));
        const FileState wanted = to_be_put_back(path, was, is, now, host, interrupted);
        if (now == wanted)
            continue;
        const FileChange change{path, now, wanted};
        if (!is_of_text(was, is) && makes_foreign_program(wanted, now, Account(host.superuser_name(), 0)))
            interrupted.warnings.push_back(foreign_program(path, now));
        else if (!left_by(now, was, is))
            interrupted.warnings.push_back(left_alone(path));
        else if (const std::string why = impossible(change, history, host); !why.empty())
            interrupted.warnings.push_back(path +
                                           " is left as it is, though the history says that a run was "
                                           "interrupted while it changed it, for no run does so: " +
                                           why);
        else
            interrupted.put_back.push_back(change);
    }
    keep_directories_in_use(host, interrupted);
}

/// From how the files are now to how the run that is at work will leave them.
void find_changes_to_come(const Recorded& before, const Recorded& after, Host& host, Interrupted& interrupted) {
    for (const std::string& path : interrupted.paths) {
        const Recorded::File &was = before.files.at(path), &is = after.files.at(path);
        const FileState now = read_or_tell(host, path, is_of_link(was, is));
        FileState to_come = is.state;
        if (!is_of_text(was, is)) {
            to_come.text = now.text;
            to_come.unread = now.unread;
        }
        to_come.linked = now.linked;
        const bool is_of_run = now == was.state || left_by(now, was, is); // not yet done, or under way
        if (!(now == to_come) && is_of_run)
            interrupted.put_back.push_back({path, now, to_come});
    }
}

/// The commands as a rule to plan with, without those that no run gives.
void find_owed(const std::vector<std::vector<std::string>>& actions, Interrupted& interrupted) {
    Rule rule;
    rule.title = "what an earlier run still owes";
    for (const auto& argv : actions)
        if (is_known_action(argv))
            rule.wanted.emplace_back(RetriedAction{argv});
        else
            interrupted.warnings.push_back("the history says that an earlier run still owes the command " +
                                           escaped(joined(argv, " ")) + ", which no run gives: it is not run");
    if (!rule.wanted.empty())
        interrupted.owed = {rule};
}

/// Whether the commit is one of main.
bool is_on_main(const CommitId& commit, const History& history) {
    for (auto id = history.main(); id; id = history.parent(*id))
        if (*id == commit)
            return true;
    return false;
}

/// What a pending commit is about.
struct Pending {
    Recorded before, after;
    bool foreign = false; // it changes files, but not those of the last commit
};

Pending read_pending(const History& history, Interrupted& interrupted) {
    const auto parent = history.parent(*interrupted.pending), main = history.main();
    Pending pending{history.read(parent), history.read(interrupted.pending)};
    interrupted.published = parent != main && is_on_main(*interrupted.pending, history);
    for (const auto& [path, file] : pending.after.files)
        if (const auto was = pending.before.files.find(path);
            was != pending.before.files.end() && !(was->second == file))
            interrupted.paths.push_back(path);
    pending.foreign = !interrupted.published && parent != main && !interrupted.paths.empty();
    return pending;
}

} // namespace

std::unique_ptr<Host::Lock> lock_history(Host& host, const std::string& history, std::chrono::seconds timeout) {
    return host.lock(history + ".lock", timeout);
}

History open_history(Host& host, const std::string& path) {
    doing("opening the history " + path, [&] { host.require_trusted_way(path); });
    const std::string what = "part of the history in " + path +
                             ", which no rule changes; name something else, or "
                             "another place for the history with the option history";
    host.bar(path, what);
    host.bar(path + ".lock", what);
    host.bar(path + ".running", what);
    if (const auto there = host.real_path(path))
        return History(*there);
    const std::size_t slash = path.rfind('/');
    const auto parent = host.real_path(slash == 0 ? "/" : path.substr(0, slash));
    return History(parent ? *parent + "/" + path.substr(slash + 1) : std::string());
}

Interrupted find_interrupted(Host& host, const History& history, const std::string& path) {
    Interrupted interrupted;
    interrupted.pending = history.pending();
    if (!interrupted.pending)
        return interrupted;
    const Pending pending = read_pending(history, interrupted);
    find_owed(interrupted.published ? pending.after.actions : pending.after.owed, interrupted);
    if (pending.foreign) {
        interrupted.paths.clear();
        interrupted.warnings.push_back("refs/bulwark/pending of the history " + path +
                                       " does not follow its last commit, as what a run leaves does: no file is put "
                                       "back by it");
    } else if (!interrupted.published) {
        find_changes_to_undo(pending.before, pending.after, path, host, interrupted);
    }
    return interrupted;
}

Interrupted foresee_interrupted(Host& host, const History& history, const std::string& path) {
    for (;;) {
        Interrupted interrupted;
        interrupted.pending = history.pending();
        if (!interrupted.pending)
            return interrupted;
        const auto holder = host.lock_holder(path + ".lock");
        if (!holder && history.pending() == interrupted.pending)
            return find_interrupted(host, history, path);
        if (!holder)
            continue; // a run has begun or ended meanwhile
        interrupted.busy = true;
        const Pending pending = read_pending(history, interrupted);
        if (!interrupted.published)
            find_changes_to_come(pending.before, pending.after, host, interrupted);
        interrupted.warnings.push_back("another run (" + *holder +
                                       ") is at work on this host: told is what is left to do once it has ended");
        return interrupted;
    }
}

namespace {

void put_back_interrupted(const Interrupted& interrupted, Host& host) {
    // A file's place among the paths is its place in the plan: both are sorted by path. Beside a file lies what is left
    // of it, but beside a link what is left of the link itself.
    for (std::size_t i = 0; i < interrupted.paths.size(); ++i)
        for (const bool itself : {false, true})
            host.remove_temporary(interrupted.paths[i], temporary_name(*interrupted.pending, i), itself);
    for (const std::size_t i : in_order(interrupted.put_back)) {
        const FileChange& change = interrupted.put_back[i];
        const auto path = std::find(interrupted.paths.begin(), interrupted.paths.end(), change.path);
        const auto place = static_cast<std::size_t>(path - interrupted.paths.begin());
        bring_to(change.after, change, temporary_name(*interrupted.pending, place), host,
                 [&] { require_unchanged(change.before, change, host); });
    }
}

} // namespace

void recover(const Interrupted& interrupted, Host& host, History& history) {
    history.remove_leftovers();
    if (!interrupted.anything() || interrupted.published)
        return;
    try {
        put_back_interrupted(interrupted, host);
    } catch (const std::exception& error) {
        or_say("there is not enough memory to put back all that an interrupted run has changed; the next run does the "
               "rest",
               [&] {
                   throw Error(std::string(sentence_of(error)) +
                               "; an earlier run was interrupted, and the next run puts back what this one could not");
               });
    }
    if (interrupted.owed.empty())
        history.clear_pending(); // else once they are done
}

std::vector<CheckedText> check_texts(const Plan& plan, Host& host) {
    std::vector<CheckedText> checked;
    for (const TextCheck& check : plan.checks) {
        checked.push_back({&check, why_not_checked(check, host)});
        if (!checked.back().skipped.empty())
            continue;
        const CommandResult result = host.run_on({check.path, check.text}, check.argv, "/", time_limit);
        if (result.status != 0)
            throw Error(check.path + " was not written: " + joined(check.argv, " ") +
                        " does not accept the new text: " + first_line_said(result));
    }
    return checked;
}

Outcome apply(const Plan& plan, const std::string& message, Host& host, History& history) {
    Outcome outcome;
    host.end_if_asked();
    const std::optional<Plan> less = without_promised(plan, history);
    const Plan& news = less ? *less : plan;
    const bool records = !news.changes.empty() || !news.network_options.empty() || !news.subsystems.empty();
    if (records) {
        record_as_found(news, history);
        const auto parent = history.main();
        outcome.commit = history.write(parent, new_state(news, history.read(parent)), message);
        const auto pending = history.pending();
        history.set_pending(*outcome.commit);
        replace_all(plan, *outcome.commit, pending, host, history);
    }
    if (removes_software(plan))
        host.see_it_through();
    try {
        run_actions(plan, host, outcome);
        settle(outcome, history);
    } catch (const std::exception& error) {
        or_say(records ? "there is not enough memory; the change is made and recorded, and the next run does what is "
                         "left of it"
                       : "there is not enough memory; the next run does what is left",
               [&] { throw Error(sentence_of(error) + std::string(records ? done_already : "")); });
    }
    return outcome;
}

Outcome foresee(const Plan& plan) {
    Outcome outcome;
    for (const FileChange& change : plan.changes)
        require_recordable(change.path);
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
