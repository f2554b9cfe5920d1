#include "plan/retry.hpp"

#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;
using namespace std::string_literals;

namespace {

using Status = Subsystem::Status;

RetriedAction again(Lines argv) { return {std::move(argv)}; }

/// A live host on which everything is the opposite of what the actions below want.
Snapshot host(const std::string& value_now = "1") {
    Snapshot snapshot = live({}, {{"inetd", Status::active}, {"snmpd", Status::active}, {"x", Status::inoperative}});
    snapshot.network_options["bcastping"] = {value_now, "", "1"};
    snapshot.filesets["bos.compat.NetInst"] = {true, "4.3.3.0", ""};
    for (const char* user : {"root", "uucp"})
        snapshot.files["/var/spool/cron/crontabs/"s + user] = regular_file("0 1 * * * x\n", 0600);
    for (const char* user : {"adm", "sys"})
        snapshot.files["/var/spool/cron/crontabs/"s + user] = FileState{};
    return snapshot;
}

const std::vector<Lines> all = {{"refresh", "-s", "inetd"},
                                {"stopsrc", "-s", "snmpd"},
                                {"startsrc", "-s", "x"},
                                {"startsrc", "-s", "x", "-a", "-bd -q30m"},
                                {"no", "-o", "bcastping=0"},
                                {"no", "-p", "-o", "bcastping=0"},
                                {"telinit", "q"},
                                {"crontab", "/var/spool/cron/crontabs/root"},
                                {"su", "uucp", "-c", "crontab /var/spool/cron/crontabs/uucp"},
                                {"su", "adm", "-c", "crontab -r"},
                                {"installp", "-u", "bos.compat.NetInst"}};

/// Of which nothing tells whether they have been done.
bool is_repeated(const Lines& argv) {
    return argv[0] == "refresh" || argv[0] == "telinit" || argv[0] == "crontab" || argv[0] == "su";
}

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
    CHECK(actions(planned(again({"no", "-r", "-o", "bcastping=0"}), host("1"))) == Lines{"owed: no -r -o bcastping=0"});
}

TEST_CASE("where what it was to bring about is so already, an owed command is not run again") {
    Snapshot done = live({}, {{"snmpd", Status::inoperative}, {"x", Status::active}});
    done.network_options["bcastping"] = {"0", "", "0"};
    done.filesets["bos.compat.NetInst"] = {};
    for (const Lines& argv : all)
        if (!is_repeated(argv))
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
    CHECK(needs(again({"startsrc", "-s", "x"}), here).files == std::set<std::string>{"/etc/rc.tcpip"});
    CHECK(needs(again({"crontab", "-r"}), here).files == std::set<std::string>{"/var/spool/cron/crontabs/root"});
    CHECK(needs(again({"su", "uucp", "-c", "crontab -r"}), here).files ==
          std::set<std::string>{"/var/spool/cron/crontabs/uucp"});
    CHECK(needs(again({"installp", "-u", "x.rte"}), here).filesets == std::set<std::string>{"x.rte"});
    CHECK(needs(again({"installp", "-u", "x.rte"}), here).removals.empty()); // it has been asked about before
    for (const Lines& argv : all)
        CHECK(needs(again(argv), Snapshot{}) == Needs{});
    CHECK(summary(again({"refresh", "-s", "inetd"})) == "run refresh again");
    CHECK(summary(again({})) == "run a command again");
}

TEST_CASE("a command that this release does not know how to judge is owed by nobody any more") {
    for (const Lines& argv : {Lines{"crontab", "/tmp/x"},
                              Lines{"crontab"},
                              Lines{"su", "uucp", "-c", "date"},
                              Lines{"su", "uucp", "-c", "crontab /var/spool/cron/crontabs/root"},
                              Lines{"no"},
                              Lines{"no", "-o"},
                              Lines{"doas", "uucp", "-c", "crontab -r"},
                              Lines{"su", "uucp", "-l", "crontab -r"},
                              Lines{"installp", "-u"},
                              Lines{"no", "-o", "bcastping"},
                              Lines{"refresh"},
                              Lines{"stopsrc", "-s"},
                              Lines{},
                              Lines{"su", "eve", "-c", "rm -rf /"},
                              Lines{"su", "-", "-c", "crontab -r"},
                              Lines{"su", "../../../etc/x", "-c", "crontab /var/spool/cron/crontabs/../../../etc/x"},
                              Lines{"installp", "-u", "all"},
                              Lines{"installp", "-u", "-ac"},
                              Lines{"installp", "-u", "/tmp/x"},
                              Lines{"installp", "-a", "x", "-u", "x"},
                              Lines{"telinit", "0"},
                              Lines{"telinit"},
                              Lines{"telinit", "q", "0"},
                              Lines{"refresh", "-s", "inetd", "-x"},
                              Lines{"refresh", "-g", "x", "-s", "inetd"},
                              Lines{"stopsrc", "-s", "inetd", "-a", "x"},
                              Lines{"startsrc", "-s", "-h"},
                              Lines{"startsrc", "-s", "x", "-a", ""},
                              Lines{"no", "-d", "-o", "a=1"},
                              Lines{"no", "-o", "-x=1"},
                              Lines{"no", "-o", "a=1\n"},
                              Lines{"no", "-o", "a=1", "-o", "b=2"},
                              Lines{"/tmp/no", "-o", "a=1"},
                              Lines{"rm", "-rf", "/"}}) {
        CHECK_FALSE(is_known_action(argv));
        CHECK(planned(again(argv), host()).empty());
        CHECK(needs(again(argv), live({})) == Needs{});
        CHECK(planned(again(argv), with_files({})).actions.empty()); // nor is it kept for later
    }
    for (const Lines& argv : all)
        CHECK(is_known_action(argv));
}

TEST_CASE("cron is told of a crontab as it is by now, be it there or gone") {
    Snapshot gone = host(), back = host();
    gone.files["/var/spool/cron/crontabs/root"] = FileState{};
    back.files["/var/spool/cron/crontabs/adm"] = regular_file("0 1 * * * x\n", 0600);
    CHECK(actions(planned(again({"crontab", "/var/spool/cron/crontabs/root"}), gone)) == Lines{"crontab -r"});
    CHECK(actions(planned(again({"su", "adm", "-c", "crontab -r"}), back)) ==
          Lines{"su adm -c crontab /var/spool/cron/crontabs/adm"});
}

TEST_CASE("a crontab that was to be removed and is still there, or is empty, is removed") {
    const std::string path = "/var/spool/cron/crontabs/adm";
    const RetriedAction removal = again({"su", "adm", "-c", "crontab -r"});
    for (const char* const text : {"0 1 * * * x\n", ""}) {
        Snapshot before = host();
        before.files[path] = regular_file(text, 0600);
        before.past[path] = {"0 1 * * * x\n"};
        const Plan plan = planned(removal, before);
        CHECK(actions(plan) == Lines{"owed: su adm -c crontab -r"});
        REQUIRE(plan.changes.size() == 1);
        CHECK(plan.changes[0].after == FileState{});
        CHECK(plan.changes[0].by_command);
    }
}

TEST_CASE(
    "a crontab whose submission was ended in the middle gets the rest again, and one that somebody has cut does not") {
    const std::string path = "/var/spool/cron/crontabs/root";
    const std::string line = "0 1 * * * 123456\n", text = line + std::string(1024, 'x') + "\n";
    struct Case {
        std::string now, wanted;
    };
    for (const Case& c : {Case{"", text}, Case{text.substr(0, 512), text}, Case{text, text}, Case{line, line},
                          Case{"y" + text.substr(1, 511), "y" + text.substr(1, 511)}}) {
        Snapshot before = host();
        before.files[path] = regular_file(c.now, 0600);
        before.past[path] = {text, "older\n"};
        const Snapshot after = ensured(again({"crontab", path}), before);
        CHECK(after.text(path) == c.wanted);
        CHECK(actions(difference(before, after)) == Lines{"owed: crontab " + path});
    }
    Snapshot unknown = host();
    unknown.files[path] = regular_file("", 0600);
    CHECK(ensured(again({"crontab", path}), unknown).text(path).empty());
}

TEST_CASE("a daemon that was to be stopped and started, and is not even stopped, is stopped and started") {
    Snapshot snapshot =
        live(with_file("/etc/rc.tcpip", "#!/bin/ksh\nstart /usr/lib/sendmail \"$src_running\" \"-bd\"\n"),
             {{"sendmail", Status::active}});
    const Snapshot before = snapshot;
    ensure(again({"stopsrc", "-s", "sendmail"}), snapshot);
    ensure(again({"startsrc", "-s", "sendmail", "-a", "-bd"}), snapshot);
    CHECK(actions(difference(before, snapshot)) ==
          Lines{"owed: stopsrc -s sendmail", "owed: startsrc -s sendmail -a -bd"});
    Snapshot stopped = before;
    stopped.subsystems["sendmail"].status = Status::inoperative;
    snapshot = stopped;
    ensure(again({"startsrc", "-s", "sendmail", "-a", "-bd"}), snapshot);
    CHECK(actions(difference(stopped, snapshot)) == Lines{"owed: startsrc -s sendmail -a -bd"});
}
