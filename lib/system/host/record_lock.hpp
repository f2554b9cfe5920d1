#pragma once

#include "system/host/rooted_path.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace bulwark {

/// Opens a lock file, making it (0600) if need be. Throws Error if something else stands there.
Descriptor open_lock_file(const Place& place);

/// Who holds the lock, "process 4711"; nothing where nobody does, or where there is no such file.
std::optional<std::string> holder_of_lock(const Place& place);

/// Waits until a POSIX record lock on all of the file, which users know as `path`, is ours. Throws Error, naming who
/// holds it, after `timeout`. `look` is called while it waits, and may throw. Closing any descriptor of the file ends the
/// lock.
void wait_for_lock(
    const Descriptor& file, const std::string& path, std::chrono::seconds timeout,
    const std::function<void()>& look = [] {});

/// Makes a file (0600) that was not there, and locks it for reading. A command can hold it as well (see Attendance), under
/// a number that its own descriptors do not get. Throws Error, with errno EEXIST where something is there.
Descriptor make_held_file(int directory, const std::string& name);
constexpr int least_held_number = 6;

/// Whether neither its maker nor a command holds the file any more. If so, this process does, until it closes it.
bool take_held_file(const Descriptor& file);

/// What keeps two runs apart, and a run from the commands of one that was killed: locks on two files.
///
/// `history.git.lock` stays for ever. `history.git.running` is there while a run works, and has a lock of the run and one of
/// the command that it runs (see Attendance), which outlives a run that is killed. A run that comes meanwhile waits for both
/// locks, so that neither a killed run's command nor a lock file that somebody has tidied away lets it in. Where a run has
/// made nothing else there, the directory has its times again afterwards: a run that did nothing leaves no trace.
class RunLock {
public:
    /// Waits no longer than `timeout` for all of it; `look` as above.
    RunLock(Place place, const std::string& path, std::chrono::seconds timeout, const std::function<void()>& look);
    ~RunLock();
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

    const Descriptor& running() const { return running_; }

private:
    void make_running();
    void remove_running();

    Place running_place_;
    Descriptor lock_, running_; // closing one unlocks it
    struct stat before_ {};     // of the directory
};

/// `history.git.running` of the lock that this process holds, for Attendance; null: it holds none.
const Descriptor* running_lock();

} // namespace bulwark
