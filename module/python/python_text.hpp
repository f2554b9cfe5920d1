#pragma once

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace bulwark {

namespace json = boost::json;

/// What Python's str makes of a value: "True", "None", "1.5", "1e+16", "[1, 'a']", "{'k': None}".
std::string python_str(const json::value& value);

/// What Python's repr makes of a value: as python_str, but strings quoted, with escapes.
std::string python_repr(const json::value& value);

/// The name of a value's Python type: "str", "int", "float", "bool", "list", "dict" or "NoneType".
std::string_view python_type(const json::value& value);

/// The shortest text that Python reads as this very number, as its repr writes it.
std::string python_float(double number);

/// str.strip(): without the blanks at both ends, those of Unicode included.
std::string_view python_strip(std::string_view text);

} // namespace bulwark
