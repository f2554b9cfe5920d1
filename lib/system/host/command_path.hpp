#pragma once

#include <optional>
#include <string>

namespace bulwark {

/// Host::find_command
std::optional<std::string> find_command(const std::string& name);

/// The PATH that commands get: the directories in which `find_command` looks and that nobody else can change; /usr/bin and
/// /bin in any case, for scripts.
std::string command_path();

} // namespace bulwark
