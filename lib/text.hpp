#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

std::string_view trimmed(std::string_view text); // of blanks and tabs, on both sides

/// What stands after the last slash of a path, or all of it.
std::string_view base_name(std::string_view path);

std::string lower(std::string_view text); // ASCII letters only

/// "a; b; c" for "; "
std::string joined(const std::vector<std::string>& items, std::string_view between);

/// "1 file", "2 files"
std::string counted(std::size_t number, const std::string& noun);

/// "a, b and c"
std::string enumerate(const std::vector<std::string>& items);

/// "'text'", fit for a message: control characters become `?`.
std::string cited(std::string_view text);

/// "line 4", "lines 4 and 9"; of many the first few and how many more: "lines 1, 2, 3, 4, 5 and 99 more"
std::string describe_lines(const std::vector<std::size_t>& numbers);

} // namespace bulwark
