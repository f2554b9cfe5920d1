#pragma once

#include <optional>
#include <string>

namespace bulwark {

/// Host::find_command
std::optional<std::string> find_command(const std::string& name);

/// The PATH that commands get: where `find_command` looks, and /usr/bin and /bin in any case, for scripts among them.
std::string command_path();

} // namespace bulwark
