#pragma once

#include "terminal/terminal.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What the summaries of results are put together from.
namespace bulwark {

namespace json = boost::json;

/// A member of a result as text: nothing where it is missing or null, the elements of a list with commas between.
std::string text_at(const json::object& object, std::string_view key);

/// The objects of a list in a result; none where there is no such list.
std::vector<const json::object*> objects_at(const json::object& object, std::string_view key);

bool is_true(const json::object& object, std::string_view key);

std::string indented(std::string_view text, std::size_t indent);

/// One thing that happened, with what a command printed.
struct Row {
    std::string label;
    Style style;
    std::string text, output{};
};

std::string show_rows(const std::vector<Row>& rows, std::size_t indent, const Terminal& terminal);

/// A file of a result with what happened to it; `predicted`: what would happen.
Row file_row(const json::object& file, bool predicted, const Terminal& terminal);

} // namespace bulwark
