#pragma once

#include "system/host.hpp"

#include <string>

namespace bulwark {

/// Host::check_script
CommandResult check_script(const std::string& shell, const std::string& text);

} // namespace bulwark
