#pragma once

#include "system/host.hpp"
#include "system/host/command.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bulwark {

/// Host::run_on. `directory` is a path of the running system. The file belongs to `owner`, if one is given; whoever it is,
/// nobody else can read it.
CommandResult run_command_on(const PrivateFile& file, std::optional<std::uint32_t> owner,
                             const std::vector<std::string>& argv, const std::string& directory,
                             std::chrono::seconds limit, const Attendance& attendance = {});

/// Removes the private files of whoever runs this whose maker was killed, if no command reads them still.
/// What is in use stays, as does what looks
/// different in any way. What cannot be removed is left to the next run.
void remove_private_leftovers();

} // namespace bulwark
