#pragma once

#include <boost/json.hpp>

#include <string>

namespace bulwark {

namespace json = boost::json;

/// A value as a YAML document in block style. Every text is readable as exactly that text by YAML 1.1 and 1.2.
std::string yaml(const json::value& value);

/// The members of an object, each value in as few lines as it fits into, indented.
std::string yaml_members(const json::object& object, std::size_t indent);

/// A text as a YAML scalar in one line.
std::string yaml_scalar(std::string_view text);

} // namespace bulwark
