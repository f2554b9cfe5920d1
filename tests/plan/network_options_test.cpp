#include "plan/network_options.hpp"

#include "document/no_script.hpp"
#include "plan/inittab.hpp"
#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

const std::string rc_no = "#!/bin/ksh\n"
                          "# ours\n"
                          "/usr/sbin/no -o bcastping=1\n"
                          "/usr/sbin/no -o ipforwarding=0\n"
                          "exit 0\n";
const std::string brc = "init:2:initdefault:\nbrc::sysinit:/sbin/rc.boot 3\n";
const std::string rc = "rc:2:wait:/etc/rc\n";
const std::string no = "no:2:once:/etc/rc.no > /dev/console 2>&1\n";
const std::string nextboot = "info:\n\tAIX_level = \"5.2.0.0\"\n\nno:\n\tbcastping = \"1\"\n\tipforwarding = \"0\"\n";

using Values = std::map<std::string, std::string>;

NetworkOptions options(const Values& values) { return {values}; }

NetworkOptions at_next_boot(const Values& values) { return {values, Persistence::nextboot}; }

/// An alternate root with or without the script.
Snapshot tree(const std::optional<std::string>& script, const std::string& inittab = brc + no + rc) {
    Snapshot snapshot = with_files({{inittab_path, inittab}}, {"/etc/rc.no"});
    if (script)
        snapshot.files["/etc/rc.no"] = regular_file(*script, 0744);
    return snapshot;
}

/// The live host with these values in its kernel.
Snapshot running(Snapshot snapshot, const Values& values) {
    for (const auto& [name, value] : values)
        snapshot.network_options[name].value = value;
    return live(snapshot);
}

std::string inittab_after(const std::string& inittab) {
    return ensured(options({{"bcastping", "1"}}), tree(rc_no, inittab)).text(inittab_path);
}

} // namespace

TEST_CASE("network_options: a script that is not there is created, one that is there gets the values that it lacks") {
    const NetworkOptions wanted = options({{"ip_nfrag", "200"}, {"bcastping", "0"}});
    const Snapshot created = ensured(wanted, tree({})), edited = ensured(wanted, tree(rc_no));
    CHECK(created.file("/etc/rc.no") == regular_file(NoScript::create().text() + "/usr/sbin/no -o bcastping=0\n"
                                                                                 "/usr/sbin/no -o ip_nfrag=200\n",
                                                     0744));
    CHECK(edited.file("/etc/rc.no") == regular_file("#!/bin/ksh\n"
                                                    "# ours\n"
                                                    "/usr/sbin/no -o bcastping=0\n"
                                                    "/usr/sbin/no -o ipforwarding=0\n"
                                                    "/usr/sbin/no -o ip_nfrag=200\n"
                                                    "exit 0\n",
                                                    0744));
    CHECK(created.scripts == std::set<std::string>{"/etc/rc.no"});                       // which its shell must accept
    CHECK(complies(options({{"bcastping", "1"}, {"ipforwarding", "00"}}), tree(rc_no))); // 00 is 0 to `no`
}

TEST_CASE("network_options: a script that is there keeps its mode, but its owner must be able to execute it") {
    for (const auto& [mode, expected] : std::map<unsigned, unsigned>{{0644, 0744}, {0755, 0755}, {0600, 0700}}) {
        Snapshot before = tree(rc_no);
        before.files["/etc/rc.no"].mode = mode;
        CHECK(ensured(options({{"bcastping", "1"}}), before).file("/etc/rc.no") == regular_file(rc_no, expected));
    }
}

TEST_CASE("network_options: the script is started from inittab directly after brc, whatever stood there before") {
    for (const std::string& inittab :
         {brc + rc, brc + no + rc, brc + ":" + no + rc, brc + rc + ": " + no, brc + rc + no, no + brc + rc,
          brc + "no:2:off:/etc/rc.no > /dev/console 2>&1\n" + rc, brc + "no:3:wait:/etc/rc.no.old\n" + rc})
        CHECK(inittab_after(inittab) == brc + no + rc);
    const std::string prose = ": what follows\n:x:2:once:/x\n"; // init sees nothing of it
    CHECK(inittab_after(brc + prose + no) == brc + prose + no);
    CHECK(inittab_after(brc) == brc + no);

    NetworkOptions elsewhere = options({{"bcastping", "1"}});
    elsewhere.script = "/opt/no.sh";
    CHECK(ensured(elsewhere, with_files({{inittab_path, brc}}, {"/opt/no.sh"})).text(inittab_path) ==
          brc + "no:2:once:/opt/no.sh > /dev/console 2>&1\n");
}

TEST_CASE("network_options: without brc, or with an entry that stands twice, nobody knows where the entry belongs") {
    const NetworkOptions wanted = options({{"bcastping", "0"}});
    for (const std::string& inittab : {rc, ":brc::sysinit:/b\n" + rc})
        CHECK(refusal(wanted, tree(rc_no, inittab)) == "/etc/inittab: there is no entry 'brc' to insert no after");
    CHECK(refusal(wanted, tree(rc_no, no + rc)) ==
          "/etc/inittab: there is no entry brc, after which the entry no has to stand");
    CHECK(refusal(wanted, tree(rc_no, brc + no + no)).starts_with("/etc/inittab, lines 3 and 4: "));
}

TEST_CASE("network_options: inittab must be there; a directory in place of a file is an error") {
    const NetworkOptions wanted = options({{"bcastping", "0"}});
    Snapshot missing = with_files({}, {inittab_path, "/etc/rc.no"});
    CHECK_THROWS_AS(ensure(wanted, missing), MissingFile);
    for (const std::string path : {"/etc/inittab", "/etc/rc.no"})
        CHECK(refusal(wanted, with_directory(path, tree({}))) ==
              path + " is a directory, not a regular file; nothing was changed");
}

TEST_CASE("network_options: the running kernel is set where it differs, whatever the script says") {
    const NetworkOptions wanted = options({{"bcastping", "0"}, {"ipforwarding", "0"}});
    const auto set = [&](const std::optional<std::string>& script, const Values& values) {
        return actions(planned(wanted, running(tree(script), values)));
    };
    CHECK(set({}, {{"bcastping", "1"}, {"ipforwarding", "0"}}) == Lines{"no -o bcastping=0"});
    CHECK(set(rc_no, {{"bcastping", "0"}, {"ipforwarding", "1"}}) == Lines{"no -o ipforwarding=0"});
    CHECK(set(rc_no, {{"bcastping", "0"}, {"ipforwarding", "00"}}) == Lines{});
}

TEST_CASE("network_options: an option that this release does not have is reported and left out of the kernel alone") {
    Snapshot before = running(tree(rc_no), {{"bcastping", "1"}});
    before.network_options["ip_nfrag"].unavailable = "no -o ip_nfrag: unknown option";
    const NetworkOptions wanted = options({{"bcastping", "0"}, {"ip_nfrag", "200"}});
    const Plan plan = planned(wanted, before);
    CHECK(actions(plan) == Lines{"no -o bcastping=0", "no -o ip_nfrag=200 (no -o ip_nfrag: unknown option)"});
    CHECK(plan.warnings ==
          Lines{"network option ip_nfrag is left out of the running kernel: no -o ip_nfrag: unknown option"});
    before.files = ensured(wanted, before).files; // the next run
    before.network_options["bcastping"].value = "0";
    CHECK(complies(wanted, before));
}

TEST_CASE("network_options: in an alternate root what the script did not set yet is a skipped command") {
    const NetworkOptions wanted = options({{"bcastping", "0"}, {"ipforwarding", "0"}});
    CHECK(actions(planned(wanted, tree(rc_no))) == Lines{"no -o bcastping=0 (not the live host)"});
    CHECK(complies(options({{"bcastping", "1"}, {"ipforwarding", "0"}}), tree(rc_no)));
}

TEST_CASE("network_options: no -p sets what differs in the kernel or for the next boot") {
    const std::string zero = "no:\n\tbcastping = \"0\"\n", one = "no:\n\tbcastping = \"1\"\n";
    const std::vector<std::tuple<std::string, std::string, std::string, bool>> cases = {
        {"1", "1", one, true},   {"1", "0", zero, true},  {"0", "1", one, true},
        {"0", "0", zero, false}, {"0", "0", "", false}, // not in the file, but the default
        {"0", "", zero, false},                         // `no -x` did not tell, the file does
        {"0", "", "", true},     {"00", "00", "", false},
    };
    const NetworkOptions wanted = at_next_boot({{"bcastping", "0"}});
    for (const auto& [value, at_boot, file, sets] : cases) {
        Snapshot before = live(with_file(nextboot_path, file));
        before.network_options["bcastping"] = {value, "", at_boot};
        CHECK(actions(planned(wanted, before)) == (sets ? Lines{"no -p -o bcastping=0"} : Lines{}));
        CHECK(complies(wanted, before) == !sets);
    }
}

TEST_CASE("network_options: no -p in an alternate root is a skipped command, where nextboot does not say so already") {
    const Snapshot before = with_file(nextboot_path, nextboot); // neither script nor inittab has been read
    const Plan plan = planned(at_next_boot({{"bcastping", "0"}, {"ipforwarding", "0"}}), before);
    CHECK(actions(plan) == Lines{"no -p -o bcastping=0 (not the live host)"});
    CHECK(plan.empty());
    CHECK(complies(at_next_boot({{"bcastping", "1"}, {"ipforwarding", "00"}}), before));
    CHECK(actions(planned(at_next_boot({{"bcastping", "1"}}), with_files({}, {nextboot_path}))) ==
          Lines{"no -p -o bcastping=1 (not the live host)"});
}

TEST_CASE("network_options: a word of nextboot that stands for a value is not the value that is wanted") {
    const NetworkOptions wanted = at_next_boot({{"bcastping", "0"}});
    for (const std::string word : {"DEFAULT", "STATIC", "RESTRICTED"}) {
        CAPTURE(word);
        const std::string file = "no:\n\tbcastping = \"" + word + "\" # 0\n\tbcastping = \"0\"\n"; // the first counts
        CHECK(actions(planned(wanted, with_file(nextboot_path, file))) ==
              Lines{"no -p -o bcastping=0 (not the live host)"});
        Snapshot here = live(with_file(nextboot_path, file));
        here.network_options["bcastping"] = {"0", "", "0"}; // `no -x` has the number
        CHECK(complies(wanted, here));
        here.network_options["bcastping"] = {"0", "", "n/a"};
        CHECK(actions(planned(wanted, here)) == Lines{"no -p -o bcastping=0"});
    }
}

TEST_CASE("network_options: auto means nextboot where the file exists, else the script") {
    const NetworkOptions wanted{{{"bcastping", "0"}}, Persistence::automatic};
    Snapshot before = running(tree({}), {{"bcastping", "1"}});
    CHECK(needs(wanted, before).files == std::set<std::string>{nextboot_path}); // it decides what else is needed
    before.files[nextboot_path] = FileState{};
    CHECK(planned(wanted, before).changes.size() == 1);
    CHECK(actions(planned(wanted, before)) == Lines{"no -o bcastping=0"});
    CHECK(needs(wanted, before).files == std::set<std::string>{inittab_path, "/etc/rc.no", nextboot_path});
    CHECK(!needs(wanted, before).boot_values);

    before.files[nextboot_path] = regular_file(nextboot);
    CHECK(planned(wanted, before).changes.empty());
    CHECK(actions(planned(wanted, before)) == Lines{"no -p -o bcastping=0"});
    CHECK(needs(wanted, before).files == std::set<std::string>{nextboot_path});
    CHECK(needs(wanted, before).boot_values);
    CHECK(needs(wanted, before).network_options == std::set<std::string>{"bcastping"});
    before.live = false;
    CHECK(!needs(wanted, before).boot_values);
    CHECK(needs(wanted, before).network_options.empty());
}

TEST_CASE("network_options: numbers are compared by value, all else by text") {
    for (const Lines& same : {Lines{"0", "00"}, Lines{"-1", "-01"}, Lines{"{}", "{}"}, Lines{"", ""}})
        CHECK(same_value(same[0], same[1]));
    for (const Lines& other : {Lines{"0", "1"}, Lines{"0", ""}, Lines{"1", "1x"}, Lines{"n/a", "0"},
                               Lines{"99999999999999999999", "099999999999999999999"}})
        CHECK(!same_value(other[0], other[1]));
    CHECK(summary(options({{"bcastping", "0"}, {"ipforwarding", "0"}})) == "set bcastping=0 and ipforwarding=0");
}
