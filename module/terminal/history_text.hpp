#pragma once

#include "terminal/terminal.hpp"

#include <boost/json.hpp>

#include <string>

// How results of history_info are shown to people.
namespace bulwark {

namespace json = boost::json;

/// A line and the files for each commit.
std::string show_log(const json::object& result, const Terminal& terminal);

/// Commits with their messages, trailers, files, and diffs if the result has them.
std::string show_commits(const json::object& result, const Terminal& terminal);

/// Which files differ from what was last recorded.
std::string show_drift(const json::object& result, const Terminal& terminal);

/// How files differ now from what they were at a commit.
std::string show_comparison(const json::object& result, const Terminal& terminal);

/// All of it that the result has.
std::string show_history(const json::object& result, const Terminal& terminal);

} // namespace bulwark
