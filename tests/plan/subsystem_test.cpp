#include "plan/subsystem.hpp"

#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

using Status = Subsystem::Status;

const SubsystemState active{"snmpd", true}, inoperative{"snmpd", false}, with_arguments{"snmpd", true, "-c /etc/x"};

Snapshot with_snmpd(Status status) { return live({}, {{"snmpd", status}}); }

} // namespace

TEST_CASE("subsystem: it is started or stopped where it is not so already, with arguments only when it is started") {
    CHECK(actions(planned(active, with_snmpd(Status::inoperative))) == Lines{"startsrc -s snmpd"});
    CHECK(actions(planned(with_arguments, with_snmpd(Status::inoperative))) == Lines{"startsrc -s snmpd -a -c /etc/x"});
    CHECK(actions(planned(inoperative, with_snmpd(Status::active))) == Lines{"stopsrc -s snmpd"});
    CHECK(complies(active, with_snmpd(Status::active)));
    CHECK(complies(with_arguments, with_snmpd(Status::active)));
    CHECK(complies(inoperative, with_snmpd(Status::inoperative)));
}

TEST_CASE("subsystem: one that the SRC does not know has no place here, and what lssrc said is told") {
    Snapshot unknown = with_snmpd(Status::unknown);
    unknown.subsystems["snmpd"].why = "lssrc -s snmpd: 0513-085 The snmpd Subsystem is not on file.";
    for (const SubsystemState& wanted : {active, inoperative})
        CHECK_THROWS_WITH_AS(ensure(wanted, unknown),
                             "subsystem snmpd can be neither started nor stopped: lssrc -s snmpd: 0513-085 The snmpd "
                             "Subsystem is not on file.; `lssrc -a` shows those that can",
                             NotApplicable);
}

TEST_CASE("subsystem: elsewhere than on the live host nothing is asked, and the command is skipped with the reason") {
    for (const auto& [wanted, action] : {std::pair{active, "startsrc -s snmpd (not the live host)"},
                                         std::pair{inoperative, "stopsrc -s snmpd (not the live host)"}}) {
        CHECK(needs(wanted, with_files({})) == Needs{});
        const Plan plan = planned(wanted, with_files({}));
        CHECK(actions(plan) == Lines{action});
        CHECK(plan.empty());
    }
    CHECK(needs(active, live({})).subsystems == std::set<std::string>{"snmpd"});
}

TEST_CASE("subsystem: the summary says what is done with it") {
    CHECK(summary(active) == "start snmpd");
    CHECK(summary(inoperative) == "stop snmpd");
}
