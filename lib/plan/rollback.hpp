#pragma once

#include "plan/rule.hpp"

#include <set>
#include <string>

namespace bulwark {

/// The files, modes, owners and values of an earlier commit: `HEAD~2`, an id, a date, or `original`.
struct Rollback {
    std::string to;
    std::set<std::string> paths{}; // empty: all that the history knows
};

/// One commit undone, later ones kept.
struct Revert {
    std::string commit;
    std::set<std::string> paths{};
};

Needs needs(const Rollback& wanted, const Snapshot& snapshot);
void ensure(const Rollback& wanted, Snapshot& snapshot);
std::string summary(const Rollback& wanted);

Needs needs(const Revert& wanted, const Snapshot& snapshot);
void ensure(const Revert& wanted, Snapshot& snapshot);
std::string summary(const Revert& wanted);

} // namespace bulwark
