#include "plan/software.hpp"

#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

const Software ftpd_fix{.fixes = {"IY04477"}};
const Software no_netinst{.absent = {"bos.compat.NetInst"}};
const Software removed{.absent = {"bos.compat.NetInst"}, .remove = true};

Snapshot with_fix(Fix::Status status, const std::string& said = "") {
    Snapshot snapshot = live({});
    snapshot.fixes["IY04477"] = {status, said};
    return snapshot;
}

Snapshot with_fileset(const Fileset& fileset) {
    Snapshot snapshot = live({});
    snapshot.filesets["bos.compat.NetInst"] = fileset;
    return snapshot;
}

/// What is found; nothing of the host changes thereby.
Lines found(const Software& wanted, const Snapshot& before) {
    Snapshot after = before;
    ensure(wanted, after);
    CHECK(after.same_state(before));
    CHECK(difference(before, after).empty());
    return after.findings;
}

} // namespace

TEST_CASE("software: a fix that is not wholly installed is found; one that the release has no data for is none") {
    CHECK(found(ftpd_fix, with_fix(Fix::Status::incomplete, "Not all filesets for IY04477 were found.")) ==
          Lines{"fix IY04477 is not installed (instfix says: Not all filesets for IY04477 were found.)"});
    CHECK(found(ftpd_fix, with_fix(Fix::Status::installed)) == Lines{});
    CHECK(found(ftpd_fix, with_fix(Fix::Status::unknown)) == Lines{});
}

TEST_CASE("software: a fileset that should not be there is found, and removed only where that is allowed") {
    const Snapshot there = with_fileset({true, "4.3.3.0", ""});
    CHECK(found(no_netinst, there) ==
          Lines{"fileset bos.compat.NetInst 4.3.3.0 is installed; `remove: true` would remove it"});
    CHECK(actions(planned(removed, there)) == Lines{"installp -u bos.compat.NetInst"});
    CHECK(!planned(removed, there).empty());
    CHECK(ensured(removed, there).findings.empty());
    for (const Software& wanted : {no_netinst, removed}) {
        CHECK(found(wanted, with_fileset({})) == Lines{});
        CHECK(planned(wanted, with_fileset({})).empty());
    }
}

TEST_CASE("software: a removal that installp would refuse is refused, with what installp says") {
    const Snapshot needed =
        with_fileset({true, "4.3.3.0", "0503-464 installp: others depend on it; x tells all of it"});
    CHECK(refusal(removed, needed) ==
          "fileset bos.compat.NetInst is installed and installp would not remove it: 0503-464 installp: others depend "
          "on it; x tells all of it; nothing was changed");
    CHECK(found(no_netinst, needed) == Lines{"fileset bos.compat.NetInst 4.3.3.0 is installed; 0503-464 installp: "
                                             "others depend on it; x tells all of it"});
}

TEST_CASE("software: only the running system can be asked, and about removals only where they are allowed") {
    for (const Software& wanted : {ftpd_fix, removed}) {
        Snapshot elsewhere = with_files({});
        CHECK(needs(wanted, elsewhere) == Needs{});
        CHECK_THROWS_WITH_AS(ensure(wanted, elsewhere),
                             "what is installed can only be asked of the running system: not the live host",
                             NotApplicable);
    }
    const Snapshot here = live({});
    CHECK(needs(ftpd_fix, here).fixes == ftpd_fix.fixes);
    CHECK(needs(no_netinst, here).filesets == no_netinst.absent);
    CHECK(needs(no_netinst, here).removals.empty());
    CHECK(needs(removed, here).filesets == removed.absent);
    CHECK(needs(removed, here).removals == removed.absent);
    CHECK(summary({.absent = {"b", "a"}}) == "remove a and b");
}
