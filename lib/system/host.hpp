#pragma once

#include "plan/snapshot.hpp"

#include <chrono>
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

/// The machine. Paths are absolute and are taken inside the root, symbolic links included, as after a chroot.
/// Few verbs, each complete; every failure is an Error ("replacing /etc/inittab: No space left on device").
class Host {
public:
    virtual ~Host() = default;

    /// What is at the path. A link whose target is not there inside the root is a missing file. What is neither missing
    /// nor a regular file is not opened.
    virtual FileState read(const std::string& path) = 0;

    /// Makes the path hold `after`, durably: text by a temporary file beside it (`temporary` is its name's unique part),
    /// rename and sync of the directory; a file with several hard links in place; mode and owner alone by chmod and
    /// chown; Kind::missing by unlink. The access control list stays, and a symbolic link stays a link.
    virtual void replace(const std::string& path, const FileState& after, const std::string& temporary) = 0;

    /// Removes what an interrupted `replace` may have left.
    virtual void remove_temporary(const std::string& path, const std::string& temporary) = 0;

    /// The absolute path of a command, looked up as AnsibleModule does: PATH, then the usual system directories;
    /// relative entries and directories that others can write are skipped. An absolute name is itself, if executable.
    virtual std::optional<std::string> find_command(const std::string& name) = 0;

    /// Runs argv[0], an absolute path, without a shell: clean environment (LC_ALL=C), standard input from /dev/null.
    /// Throws Error if it cannot be started or does not end within `limit`.
    virtual CommandResult run(const std::vector<std::string>& argv, std::chrono::seconds limit) = 0;

    /// Runs `shell -n` over the text, in a private file that is gone afterwards.
    virtual CommandResult check_script(const std::string& shell, const std::string& text) = 0;

    /// Holds a POSIX record lock on the file until destroyed. Creates the file (0600) and the directories on its way
    /// (0700). Throws Error, naming the process that holds it, when it is not to be had within `timeout`.
    class Lock {
    public:
        virtual ~Lock() = default;
    };
    virtual std::unique_ptr<Lock> lock(const std::string& path, std::chrono::seconds timeout) = 0;

    /// Where the path lies on the running system, links resolved inside the root. Nothing where it, or a directory on
    /// the way, is not there.
    virtual std::optional<std::string> real_path(const std::string& path) = 0;

    /// How the tree names uid 0 and gid 0.
    virtual std::string superuser_name() = 0;
    virtual std::string superuser_group() = 0;

    virtual void sleep(std::chrono::milliseconds time) = 0;
};

} // namespace bulwark
