#pragma once

#include "options/option.hpp"

#include <string_view>

namespace bulwark {

/// The text of module/profiles/NAME.json as it was when the program was built; empty if there is no such profile.
std::string_view built_in_profile(std::string_view name);

} // namespace bulwark
