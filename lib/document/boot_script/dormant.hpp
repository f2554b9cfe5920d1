#pragma once

#include "document/boot_script/starts.hpp"

#include <vector>

namespace bulwark::boot_script {

/// All places that start a daemon or would if they were not commented out, in the order of their lines. Where not all comments can
/// be read the script is not understood from there on: `reading` gets that failure.
std::vector<Place> places_of(Reading& reading);

} // namespace bulwark::boot_script
