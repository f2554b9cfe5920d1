#pragma once

#include "plan/rule.hpp"

#include <string>

namespace bulwark {

/// Whether a subsystem of the SRC runs now. A boot script may start or not start it again.
struct SubsystemState {
    std::string name;
    bool active = true;
    /// To start it with, behind those of the SRC's own configuration; it is not started again for them.
    std::string arguments{};
};

Needs needs(const SubsystemState& wanted, const Snapshot& snapshot);

/// Throws NotApplicable where the SRC does not know the subsystem, or it is just stopping.
void ensure(const SubsystemState& wanted, Snapshot& snapshot);
std::string summary(const SubsystemState& wanted);

} // namespace bulwark
