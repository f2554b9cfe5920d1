#pragma once

#include "plan/snapshot.hpp"
#include "system/landing.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulwark {

/// How a command ended.
struct CommandResult {
    int status = 0; // exit status; 128 + signal if a signal ended it
    std::string out, err;
};

/// A text that a command is to find in a file. Wherever the words of the command name `path`, it gets a private file
/// that is gone afterwards, and what it says of that names `path` again.
struct PrivateFile {
    std::string path, text;
    std::string user{}; // who must be able to read it, besides whoever runs this
};

/// The machine. Paths are absolute and are taken inside the root, symbolic links included, as after a chroot. A link that
/// somebody who is not trusted may have put there is not followed (UntrustedLink): to the verbs that read, what is behind
/// it is `barred`, and nothing else can be done with it.
/// Few verbs, each complete; every failure is an Error ("replacing /etc/inittab: No space left on device").
class Host {
public:
    virtual ~Host() = default;

    /// What is at the path, links followed. A link whose target is not there inside the root is a missing file. What is
    /// neither missing nor a regular file is not opened.
    virtual FileState read(const std::string& path) = 0;

    /// The same without the text of a regular file, which is not opened (`unread`).
    virtual FileState look(const std::string& path) = 0;

    /// As `read`, but without the text of a regular file where that is more than 64 MiB, as a log may be.
    virtual FileState read_log(const std::string& path) = 0;

    /// As `read`, but a link at the end of the path is not followed.
    virtual FileState read_entry(const std::string& path) = 0;

    /// What is at a path and everything below it, by absolute path, links not followed; empty where nothing is there.
    /// Throws Error where that is more than a history should hold (1000 entries, 16 MiB of text), or has something in it
    /// that it cannot hold, a FIFO for example. What is below something barred is left out.
    virtual std::map<std::string, FileState> read_tree(const std::string& path) = 0;

    /// Makes the path hold `after`, durably, and all at once where a name is made or exchanged: a file, a directory or a
    /// link by a temporary one beside it (`temporary` is its name's unique part) and rename, or link where nothing is yet, so
    /// that what somebody makes there meanwhile stays; a file with several hard
    /// links in place, unless it is to be `detached`; mode and owner alone by chmod and chown; Kind::missing by unlink, or rmdir of an empty directory.
    /// The access control list and other extended attributes stay, but for those that vouch for a text that changes. A directory in the place of a file, or a file in that of a directory, is an Error.
    /// Of a file without text (`unread`) owner and mode alone are made so, whatever has been written to it meanwhile.
    /// A link at the end of the path is followed, unless what is there or is to be there is that link (`itself`).
    /// `last_look` is called when only the last step is left; if it throws, nothing has changed.
    using LastLook = std::function<void()>;
    virtual void replace(const std::string& path, const FileState& after, const std::string& temporary,
                         bool itself = false, const LastLook& last_look = {}) = 0;

    /// Removes what an interrupted `replace` may have left.
    virtual void remove_temporary(const std::string& path, const std::string& temporary, bool itself = false) = 0;

    /// The absolute path of a command, looked up as AnsibleModule does: PATH, then the usual system directories; relative
    /// entries are skipped, and so is a program that somebody else can change: itself, its interpreter, or a directory on
    /// their way (trusted_way.hpp). An absolute name is itself, if executable. Throws Error, naming whose fault it is,
    /// where there is only such a program.
    virtual std::optional<std::string> find_command(const std::string& name) = 0;

    /// Runs argv[0], an absolute path, without a shell: clean environment (LC_ALL=C), standard input from /dev/null.
    /// Throws Error if it cannot be started or does not end within `limit`; it is ended then, with all that it has started,
    /// and so it is if this run is asked to end (see `end_if_asked`).
    virtual CommandResult run(const std::vector<std::string>& argv, std::chrono::seconds limit) = 0;

    /// The same over a private file. `directory`, a path inside the root, is the command's working directory.
    virtual CommandResult run_on(const PrivateFile& file, const std::vector<std::string>& argv,
                                 const std::string& directory, std::chrono::seconds limit) = 0;

    /// Holds a POSIX record lock on the file until destroyed. Creates the file (0600) and the directories on its way
    /// (0700). The lock is not to be had while a command of a run that was killed still works. Throws Error, naming the
    /// process that holds it, when it is not to be had within `timeout`; and where somebody else can change a directory on
    /// that way (trusted_way.hpp), before anything is made. Removes what runs that were killed have left of private files.
    class Lock {
    public:
        virtual ~Lock() = default;
    };
    virtual std::unique_ptr<Lock> lock(const std::string& path, std::chrono::seconds timeout) = 0;

    /// Throws Error if a signal (HUP, INT, TERM) has asked this run to end. To be called where nothing is half done.
    virtual void end_if_asked() = 0;

    /// From here on the run comes to its end, whatever asks it to: `end_if_asked` is silent, and no command is broken off,
    /// which otherwise ends with all that it has started, as an Error.
    virtual void see_it_through() = 0;

    /// Who holds that lock, as far as it can be told: "process 4711". Nothing where nobody does. Waits for nothing and
    /// creates nothing.
    virtual std::optional<std::string> lock_holder(const std::string& path) = 0;

    /// Where the path lies on the running system, links resolved inside the root. Nothing where it, or a directory on
    /// the way, is not there.
    virtual std::optional<std::string> real_path(const std::string& path) = 0;

    /// Throws Error, naming it and what to do, where somebody besides root, bin and whoever runs this can change a directory
    /// on the way to the path, from the running system's "/" on (trusted_way.hpp). Where the way ends, the rest is not
    /// there yet.
    virtual void require_trusted_way(const std::string& path) = 0;

    /// Where a path leads, whatever of it is there; a link at its end is followed unless the path means that `itself`.
    virtual Landing landing(const std::string& path, bool itself) = 0;

    /// From here on, what is at that path and, of a directory, all that is in it is `barred` and cannot be replaced,
    /// whatever names lead there. It is never opened for reading: that would give up a lock on it. To users it is `what`.
    virtual void bar(const std::string& path, const std::string& what) = 0;

    /// How the tree names uid 0 and gid 0.
    virtual std::string superuser_name() = 0;
    virtual std::string superuser_group() = 0;

    /// Whom its passwd and group files know.
    virtual KnownAccounts accounts() = 0;

    virtual void sleep(std::chrono::milliseconds time) = 0;
};

} // namespace bulwark
