#pragma once

#include "plan/difference.hpp"
#include "request.hpp"

#include <string>
#include <vector>

namespace bulwark {

/// A subject line ("inetd: disable shell, login, exec"), what and why, and the trailers Bulwark-Version, Bulwark-Rules and
/// Bulwark-Actions. Under no_log no value of an option is in it.
std::string commit_message(const Request& request, const std::vector<RuleReport>& reports, const Plan& plan);

} // namespace bulwark
