#pragma once

#include "plan/difference.hpp"
#include "request.hpp"
#include "system/transaction.hpp"

namespace bulwark {

/// The result of a run (docs/modules/harden.md, "Returned values").
json::object report(const Request& request, const Snapshot& before, const Planned& planned, const Plan& plan,
                    const std::vector<CheckedText>& checked, const Outcome& outcome);

/// The result of a run that could not plan a rule: nothing was written.
json::object refusal(const Request& request, const std::vector<RuleReport>& reports);

/// A result as others get it: under no_log without any text that may come from an option, or from the host in answer to
/// one. What stays is words of our own, numbers and counts.
json::object told(const Call& call, json::object result);

/// What is said instead of why a call has failed.
std::string hidden_failure(const std::string& module);

/// The result of a run that an error ended.
json::object failure(const Call& call, const std::string& message);

/// Adds `invocation` and more `warnings` where they belong.
json::object with_invocation(json::object result, const Request& request);

} // namespace bulwark
