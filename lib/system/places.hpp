#pragma once

#include "plan/difference.hpp"
#include "system/host.hpp"

#include <string>

namespace bulwark {

/// Throws Error where a change would touch the history, or take it away with a directory.
void require_history_kept(const Plan& plan, const std::string& history);

/// Throws Error where symbolic links lead the changes of a plan to where they cannot be made: two to one place, one into a
/// directory that is to go, or a new file to where no directory is.
void require_writable_places(const Plan& plan, Host& host);

} // namespace bulwark
