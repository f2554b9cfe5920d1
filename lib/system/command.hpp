#pragma once

#include "system/host.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace bulwark {

/// Host::run. The environment of the command is LC_ALL=C, LANG=C, HOME=/, a PATH (see command_path) and ODMDIR if it is
/// set. It has a session of its own, so that no terminal of ours is its controlling terminal: what a user's login shell
/// runs could type into that, for root. Of each of its outputs the first MiB is kept.
CommandResult run_command(const std::vector<std::string>& argv, std::chrono::seconds limit,
                          const std::string& directory = "/");

} // namespace bulwark
