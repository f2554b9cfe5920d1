#pragma once

#include "plan/snapshot.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace bulwark {

using CommitId = std::string; // 40 hexadecimal digits

struct CommitInfo {
    CommitId id;
    std::string date;          // ISO 8601 with the committer's zone: 2026-11-20T19:06:31+01:00
    std::string subject, body; // body: without the trailers
    std::vector<std::pair<std::string, std::string>> trailers;
    struct File {
        std::string path, change; // created, modified, removed, mode; against the commit before
        std::string diff;         // unified, only if asked for
    };
    std::vector<File> files;
};

/// The bare git repository that holds every state of every file that a run changed (docs/architecture.md, "The
/// transaction").
///
/// The tree of a commit holds the files at their absolute paths without the leading slash, executable ones as such, links
/// as links, and the text file `.bulwark`: one line per fact, the name last, files by path, then network options and subsystems by
/// name, then commands in their order. Control characters and backslashes are written \n, \t, \\ and \x1b; the words of
/// commands are percent-encoded. A field that is empty is a -. Before numbers were recorded, owner and group were names
/// alone ("root system"); such commits are read as well, and compared by name.
///     file 0644 root:0 system:0 /etc/inetd.conf     owner and group, their numbers behind the colon
///     mode 0555 root:0 system:0 /usr/sbin/nfsd      content not recorded
///     log 0640 root:0 system:0 /var/adm/auth.log    made empty by a run; what others have written to it is not recorded
///     directory 0755 root:0 system:0 /etc/rc.d      itself; what is in it has lines of its own
///     link - root:0 4711 /etc/rc.d/rc2.d/S01        where it points is what git has under that path; 4711 has no name
///     missing - - - /etc/rc.no                     was not there
///     network_option 0 bcastping
///     network_option 0 bcastping@nextboot          its value for the next boot
///     subsystem inoperative snmpd
///     action refresh -s inetd                      what this commit owes to the running host
///     owed refresh -s inetd                        one of these that an earlier run had promised already
/// References: refs/heads/main, HEAD points to it; refs/bulwark/pending. No configuration outside the repository is
/// read. Whoever calls what changes it holds the lock of the history, so that a reference's lock file that stays is a
/// dead one.
class History {
public:
    /// `path` is where the repository lies on the running system. Nothing is created before the first `write`.
    /// Throws Error where something is there that is not a bare repository.
    explicit History(std::string path);
    ~History();
    History(History&&) noexcept;

    std::optional<CommitId> main() const; // nothing before the first commit
    std::optional<CommitId> pending() const;

    /// All that a commit knows; an empty Recorded for nothing.
    Recorded read(const std::optional<CommitId>& commit) const;

    /// Writes a commit on top of `parent` that knows all that `parent` knew, with the facts of `changes` in place of
    /// what was known of the same names, and the actions of `changes`; synced, but no reference points to it yet. What
    /// is `displaced` is missing from then on. Throws Error, before anything is written, at a path that git cannot hold.
    CommitId write(const std::optional<CommitId>& parent, const Recorded& changes, const std::string& message);

    void set_main(const CommitId& commit);
    void set_pending(const CommitId& commit);
    void clear_pending(); // nothing to do is not an error

    /// Temporary files of a run that was killed.
    void remove_leftovers();

    std::optional<CommitId> parent(const CommitId& commit) const;

    /// The commit of main that a user means: an id or an unambiguous beginning of one, `HEAD`, `HEAD~2`, `main`, or an
    /// ISO 8601 date or time (local unless it names a zone; a date alone means the end of that day): the last commit
    /// not younger. Throws Error that says what exists otherwise.
    CommitId resolve(const std::string& name) const;

    /// Newest first, of main. `paths` empty: all; else those commits that changed one of them, or what is below it. `limit` 0: no limit. A
    /// file that a commit saw for the first time is `created` in it; that it saw none there is no change, but counts
    /// for `paths`. Before the hunks of a diff, "old mode 0644 root system" and "new mode ..." tell of another mode or
    /// owner; "directory" or "link" in place of "mode" of one of these.
    std::vector<CommitInfo> log(std::size_t limit, const std::vector<std::string>& paths, bool diffs) const;

    /// What `log` tells of one commit.
    CommitInfo show(const CommitId& commit, bool diffs) const;

    /// The different former texts of a file, newest first.
    std::vector<std::string> past(const std::string& path) const;

    /// What every path, option and subsystem was when it was first seen.
    Recorded original() const;

    /// What `rollback` to that commit wants, see RecordedTarget: what the commit knows, and of what it does not know
    /// yet the state in which it was first seen. `name` may be "original".
    RecordedTarget rollback_target(const std::string& name) const;

    /// What `revert` of that commit wants of the files as they are now: what undo_change makes of their texts, and what
    /// of them has been undone already as it is. `current` has the state of all its changed_paths. Values that a later
    /// commit has changed again are left as they are.
    RevertTarget revert_target(const std::string& name, const std::map<std::string, FileState>& current) const;

    /// The paths that a commit changed against its parent; not those that it saw for the first time. True: it is a link
    /// that it changed, and not what that leads to.
    std::map<std::string, bool> changed_paths(const std::string& name) const;

private:
    struct Repository;
    std::unique_ptr<Repository> repository_;
};

/// The paths of what a history knows and can no longer be there once these changes are: whatever is below something that
/// is no directory, or gone, and a file where a directory has to be.
std::set<std::string> displaced(const Recorded& changes, const Recorded& known);

/// Whether a path is one of these, or lies below one. Without any, all paths are meant.
bool is_meant(const std::string& path, const std::vector<std::string>& paths);

/// The difference of two states of a file as `log` gives it: lines for mode and owner, and the unified diff.
std::string state_diff(const std::string& path, const FileState& before, const FileState& after);

/// A unified diff with three lines of context, as `diff -u` prints it; empty where the texts are equal, and one line
/// where one of them has a NUL byte.
std::string unified_diff(const std::string& path, const std::string& before, const std::string& after);

} // namespace bulwark
