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

/// Whether it is, to the word, a command that `difference` makes. Any other is never run: the history may come from a
/// newer release, or have been written to by somebody else.
bool is_known_action(const std::vector<std::string>& argv);

Needs needs(const RetriedAction& wanted, const Snapshot& snapshot);
void ensure(const RetriedAction& wanted, Snapshot& snapshot);
std::string summary(const RetriedAction& wanted);

} // namespace bulwark
