#pragma once

#include <boost/json.hpp>

#include <string_view>

namespace bulwark {

namespace json = boost::json;

/// JSON as Python's json module writes it: NaN, Infinity and -Infinity become the strings "nan", "inf" and "-inf",
/// integers beyond 64 bits strings of their digits, a lone U+DC80..DCFF the byte it stands for, other lone surrogates
/// U+FFFD. Of equal keys the last wins. Throws Error ("... at byte 17") for what is not JSON.
json::value parse_lenient(std::string_view text);

/// Dictionaries, lists, tuples, strings, numbers, True, False and None as Python's repr writes them. A tuple becomes an
/// array, a key that is not a string the string that json.dumps would make of it. Throws Error for anything else.
json::value parse_python_literal(std::string_view text);

} // namespace bulwark
