#pragma once

#include "system/host.hpp"

#include "system/system_call.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace bulwark {

/// What a run has to do with a command while that lives.
struct Attendance {
    /// A file that the command locks (a POSIX record lock for reading, which nothing that it starts inherits) until it ends,
    /// even if the run itself is killed; null: none. Its number is at least `least_held_number`.
    const Descriptor* held = nullptr;
    /// Called again and again; if it throws, the command is ended with all that it has started.
    std::function<void()> look{};
};
constexpr int least_held_number = 5; // above those that a child's own descriptors are put on

/// Host::run. The environment of the command is LC_ALL=C, LANG=C, HOME=/, a PATH (see command_path) and ODMDIR if it is
/// set. It has a session of its own, so that no terminal of ours is its controlling terminal: what a user's login shell
/// runs could type into that, for root. Of each of its outputs the first MiB is kept.
CommandResult run_command(const std::vector<std::string>& argv, std::chrono::seconds limit,
                          const std::string& directory = "/", const Attendance& attendance = {});

} // namespace bulwark
