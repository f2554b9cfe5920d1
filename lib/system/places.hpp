#pragma once

#include "plan/difference.hpp"
#include "system/host.hpp"

namespace bulwark {

/// Throws Error where two changes of a plan would get in each other's way, for symbolic links lead both of their paths to
/// one place, or one into a directory that is to go.
void require_distinct_places(const Plan& plan, Host& host);

} // namespace bulwark
