#include "plan/software.hpp"

#include "document/lines.hpp"
#include "text.hpp"

namespace bulwark {
namespace {

void look_for_fix(const std::string& name, Snapshot& snapshot) {
    // No data: the release is younger than the fix and has it from the start (aix_facts.md, software).
    if (snapshot.fixes.at(name).status == Fix::Status::incomplete)
        snapshot.findings.push_back("fix " + name + " is not installed (instfix says: " + snapshot.fixes.at(name).said +
                                    ")");
}

void look_for_fileset(const std::string& name, bool remove, Snapshot& snapshot) {
    Fileset& fileset = snapshot.filesets.at(name);
    if (!fileset.installed)
        return;
    if (remove && !fileset.refusal.empty())
        throw Error("fileset " + name + " is installed and installp would not remove it: " + fileset.refusal +
                    "; nothing was changed");
    if (remove)
        fileset.installed = false;
    else
        snapshot.findings.push_back("fileset " + name + " " + fileset.level + " is installed; " +
                                    (fileset.refusal.empty() ? "`remove: true` would remove it" : fileset.refusal));
}

} // namespace

Needs needs(const Software& wanted, const Snapshot& snapshot) {
    Needs all;
    if (!snapshot.live)
        return all;
    all.fixes = wanted.fixes;
    all.filesets = wanted.absent;
    if (wanted.remove)
        all.removals = wanted.absent;
    return all;
}

void ensure(const Software& wanted, Snapshot& snapshot) {
    if (!snapshot.live)
        throw NotApplicable("what is installed can only be asked of the running system: " + snapshot.not_live);
    for (const std::string& name : wanted.fixes)
        look_for_fix(name, snapshot);
    for (const std::string& name : wanted.absent)
        look_for_fileset(name, wanted.remove, snapshot);
}

std::string summary(const Software& wanted) {
    return "remove " + enumerate({wanted.absent.begin(), wanted.absent.end()}); // fixes are looked for, not changed
}

} // namespace bulwark
