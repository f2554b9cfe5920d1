#pragma once

#include "system/host.hpp"

#include "system/host/system_call.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace bulwark {

/// What a run has to do with a command while that lives.
struct Attendance {
    /// Files that the command locks (by POSIX record locks for reading, which nothing that it starts inherits) until it ends,
    /// even if the run itself is killed. See make_held_file.
    std::vector<const Descriptor*> held{};
    /// Called again and again; if it throws, the command is ended with all that it has started.
    std::function<void()> look{};
};
constexpr int most_held = 2;

/// Host::run. The environment of the command is LC_ALL=C, LANG=C, HOME=/, a PATH (see command_path) and ODMDIR if it is
/// set. It has a session of its own, so that no terminal of ours is its controlling terminal: what a user's login shell
/// runs could type into that, for root. Of each of its outputs the first MiB is kept.
CommandResult run_command(const std::vector<std::string>& argv, std::chrono::seconds limit,
                          const std::string& directory = "/", const Attendance& attendance = {});

} // namespace bulwark
