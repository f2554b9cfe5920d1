#include "plan/retry.hpp"

#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

using Status = Subsystem::Status;

RetriedAction again(Lines argv) { return {std::move(argv)}; }

/// A live host on which everything is the opposite of what the actions below want.
Snapshot host(const std::string& value_now = "1") {
    Snapshot snapshot = live({}, {{"inetd", Status::active}, {"snmpd", Status::active}, {"x", Status::inoperative}});
    snapshot.network_options["bcastping"] = {value_now, "", "1"};
    return snapshot;
}

const std::vector<Lines> all = {{"refresh", "-s", "inetd"},
                                {"stopsrc", "-s", "snmpd"},
                                {"startsrc", "-s", "x"},
                                {"startsrc", "-s", "x", "-a", "-bd -q30m"},
                                {"no", "-o", "bcastping=0"},
                                {"no", "-p", "-o", "bcastping=0"},
                                {"telinit", "q"}};

} // namespace

TEST_CASE("a command that an earlier run owes is run again, to the letter, where it is still needed") {
    for (const Lines& argv : all)
        for (const Snapshot& before : {host(), with_files({})}) {
            const Plan plan = planned(again(argv), before);
            REQUIRE(plan.actions.size() == 1);
            CHECK(plan.actions[0].argv == argv);
            CHECK(plan.actions[0].owed);
            CHECK(plan.actions[0].skip == before.not_live); // elsewhere than on the live host it stays owed
            CHECK(plan.empty() == !before.live);
        }
    CHECK(actions(planned(again({"no", "-p", "-o", "bcastping=0"}), host("0"))) == Lines{"owed: no -p -o bcastping=0"});
}

TEST_CASE("where what it was to bring about is so already, an owed command is not run again") {
    Snapshot done = live({}, {{"snmpd", Status::inoperative}, {"x", Status::active}});
    done.network_options["bcastping"] = {"0", "", "0"};
    for (const Lines& argv : all)
        if (argv[0] != "refresh" && argv[0] != "telinit") // of which nothing tells whether it has been done
            CHECK(planned(again(argv), done).empty());
}

TEST_CASE("an owed command needs to know what it would change, on the live host alone") {
    const Snapshot here = live({});
    CHECK(needs(again({"refresh", "-s", "inetd"}), here).subsystems == std::set<std::string>{"inetd"});
    CHECK(needs(again({"startsrc", "-s", "x", "-a", "-y"}), here).subsystems == std::set<std::string>{"x"});
    CHECK(needs(again({"no", "-o", "bcastping=0"}), here).network_options == std::set<std::string>{"bcastping"});
    CHECK(!needs(again({"no", "-o", "bcastping=0"}), here).boot_values);
    CHECK(needs(again({"no", "-p", "-o", "bcastping=0"}), here).boot_values);
    CHECK(needs(again({"telinit", "q"}), here) == Needs{});
    for (const Lines& argv : all)
        CHECK(needs(again(argv), Snapshot{}) == Needs{});
    CHECK(summary(again({"refresh", "-s", "inetd"})) == "run refresh again");
}

TEST_CASE("a command that this release does not know how to judge is owed by nobody any more") {
    for (const Lines& argv : {Lines{"crontab", "/tmp/x"}, Lines{"no"}, Lines{"no", "-o"},
                              Lines{"no", "-o", "bcastping"}, Lines{"refresh"}, Lines{"stopsrc", "-s"}, Lines{}}) {
        CHECK(planned(again(argv), host()).empty());
        CHECK(needs(again(argv), live({})) == Needs{});
    }
}
