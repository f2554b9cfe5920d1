#pragma once

#include <boost/json.hpp>

#include <optional>
#include <string_view>

namespace bulwark {

namespace json = boost::json;

/// What Python's int makes of a text: blanks around it, a sign, `_` between digits. Nothing where it raises ValueError,
/// or where 64 bits do not hold the number.
std::optional<json::value> int_of(std::string_view text);

/// The same by way of decimal.Decimal: "1.0" and "1e3" are integers too, "1.5" is none.
std::optional<json::value> int_of_decimal(std::string_view text);

} // namespace bulwark
