#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bulwark {

/// Lines of one text, from `begin` to before `end`, and those that stand in their place in another one.
struct LineChange {
    std::size_t begin, end, new_begin, new_end;
};

/// What diff finds between two texts without a NUL byte.
std::vector<LineChange> line_changes(const std::string& before, const std::string& after);

} // namespace bulwark
