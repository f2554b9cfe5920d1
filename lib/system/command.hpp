#pragma once

#include "system/host.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace bulwark {

/// Host::run. The environment of the command is LC_ALL=C, LANG=C, HOME=/, a PATH (see command_path) and ODMDIR if it is
/// set; its process group is its own. Of each of its outputs the first MiB is kept.
CommandResult run_command(const std::vector<std::string>& argv, std::chrono::seconds limit,
                          const std::string& directory = "/");

} // namespace bulwark
