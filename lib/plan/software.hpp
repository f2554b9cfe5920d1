#pragma once

#include "plan/rule.hpp"

#include <set>
#include <string>

namespace bulwark {

/// Fixes that should be installed and filesets that should not. What is not so is found and reported; only a fileset
/// can be changed, and only if that is allowed. A fix that the fix database has no data for is none to install: later
/// releases have old ones from the start (aix_facts.md, software).
struct Software {
    std::set<std::string> fixes{};  // APARs: IY04477
    std::set<std::string> absent{}; // filesets: bos.compat.NetInst
    bool remove = false;
};

Needs needs(const Software& wanted, const Snapshot& snapshot);

/// Throws NotApplicable elsewhere than on the live host, Error where installp would not remove a fileset.
void ensure(const Software& wanted, Snapshot& snapshot);
std::string summary(const Software& wanted);

} // namespace bulwark
