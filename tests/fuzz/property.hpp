#pragma once

#include "error.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace bulwark::fuzz {

/// A property that does not hold for an input. It is no Error, so that nothing of what is tested catches it.
class Violation : public std::logic_error {
    using std::logic_error::logic_error;
};

inline void require(bool holds, const std::string& property, std::string_view what = {}) {
    if (!holds)
        throw Violation("violated: " + property + (what.empty() ? "" : ": [" + std::string(what) + "]"));
}

} // namespace bulwark::fuzz
