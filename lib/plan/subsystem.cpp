#include "plan/subsystem.hpp"

namespace bulwark {

Needs needs(const SubsystemState& wanted, const Snapshot& snapshot) {
    Needs all;
    if (snapshot.live)
        all.subsystems = {wanted.name};
    return all;
}

void ensure(const SubsystemState& wanted, Snapshot& snapshot) {
    const auto status = wanted.active ? Subsystem::Status::active : Subsystem::Status::inoperative;
    Subsystem& subsystem = snapshot.subsystems[wanted.name];
    if (snapshot.live && subsystem.status == Subsystem::Status::unknown)
        throw NotApplicable("subsystem " + wanted.name + " can be neither started nor stopped: " + subsystem.why +
                            "; `lssrc -a` shows those that can");
    if (subsystem.status == status)
        return;
    subsystem.status = status; // elsewhere than on the live host a command that is skipped, with the reason
    subsystem.arguments = wanted.arguments;
}

std::string summary(const SubsystemState& wanted) { return (wanted.active ? "start " : "stop ") + wanted.name; }

} // namespace bulwark
