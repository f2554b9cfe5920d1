#pragma once

#include "plan/rule.hpp"

#include <string>
#include <vector>

namespace bulwark {

/// A command that an earlier run still owes to the running host: it failed, or the run was interrupted before it. It is
/// run again only where it is still needed.
struct RetriedAction {
    std::vector<std::string> argv; // of the words that `difference` makes: refresh, no, stopsrc, startsrc, telinit, ...
};

Needs needs(const RetriedAction& wanted, const Snapshot& snapshot);
void ensure(const RetriedAction& wanted, Snapshot& snapshot);
std::string summary(const RetriedAction& wanted);

} // namespace bulwark
