#pragma once

#include <boost/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

namespace json = boost::json;

/// Where descriptions are read, and so how what stands in backquotes in them is written.
enum class Form { plain, ansible, markdown };

/// A description with its code marked as the form wants it. A backquote without its partner is an ordinary character.
std::string render(std::string_view description, Form form);

/// A description without its marks: "`x`" becomes x.
std::string without_marks(std::string_view description);

/// "`a`, `b` and `c`".
std::string marked(const std::vector<std::string>& names, const std::string& conjunction);

/// A value as a user would write it.
std::string value_text(const json::value& value);

} // namespace bulwark
