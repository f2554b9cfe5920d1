#include "plan/difference.hpp"

#include "plan/inetd.hpp"
#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

using Kind = FileChange::Kind;
using Status = Subsystem::Status;

const std::string ftp_entry = "ftp\tstream\ttcp6\tnowait\troot\t/usr/sbin/ftpd\tftpd\n";
const std::string shell_entry = "shell\tstream\ttcp6\tnowait\troot\t/usr/sbin/rshd\trshd\n";
const std::string conf = ftp_entry + shell_entry;

Snapshot with_inetd(Status status, const std::string& text = conf) {
    return live(with_file(inetd_conf_path, text), {{"inetd", status}});
}

/// What changes when `change` is made to a copy.
template <class Change>
Plan after(const Snapshot& before, Change change) {
    Snapshot wanted = before;
    change(wanted);
    return difference(before, wanted);
}

void disable_shell(Snapshot& snapshot) { snapshot.put(inetd_conf_path, ftp_entry + "#" + shell_entry); }

} // namespace

TEST_CASE("a file is created, modified, removed, or differs in mode or owner alone") {
    const Snapshot before = with_files(
        {{"/a", "a\n"}, {"/b", "b\n"}, {"/c", "c\n"}, {"/d", "d\n"}, {"/log", ""}, {"/same", "e\n"}}, {"/new"});
    const Plan plan = after(before, [](Snapshot& s) {
        s.files["/a"] = regular_file("A\n", 0600);
        s.files["/b"] = FileState{};
        s.files["/c"].mode = 0600;
        s.files["/d"].owner = "bin";
        s.files["/log"].unread = true; // another text, though it was not read
        s.files["/same"].kind = FileState::Kind::link;
        s.create("/new", "new\n", 0744);
        s.create("/unread", "", 0644);
    });
    Lines paths;
    std::vector<Kind> kinds;
    for (const FileChange& change : plan.changes) {
        paths.push_back(change.path);
        kinds.push_back(change.kind());
    }
    CHECK(paths == Lines{"/a", "/b", "/c", "/d", "/log", "/new", "/same", "/unread"});
    CHECK(kinds == std::vector{Kind::modified, Kind::removed, Kind::mode, Kind::mode, Kind::modified, Kind::created,
                               Kind::modified, Kind::created});
    CHECK(plan.changes[0].before == regular_file("a\n"));
    CHECK(plan.changes[0].after == regular_file("A\n", 0600));
}

TEST_CASE("inetd is refreshed when its file changes, but for the mode, and it is active; else the reason is told") {
    Snapshot unknown = with_inetd(Status::unknown);
    unknown.subsystems["inetd"].why = "lssrc -s inetd: not on file";
    const std::vector<std::pair<Snapshot, std::string>> cases = {
        {with_inetd(Status::active), "refresh -s inetd"},
        {with_inetd(Status::inoperative), "refresh -s inetd (inetd is inoperative)"},
        {unknown, "refresh -s inetd (lssrc -s inetd: not on file)"},
        {live(with_file(inetd_conf_path, conf)), "refresh -s inetd (inetd is not known to the SRC)"},
        {with_file(inetd_conf_path, conf), "refresh -s inetd (not the live host)"},
    };
    for (const auto& [before, action] : cases) {
        CHECK(actions(after(before, disable_shell)) == Lines{action});
        CHECK(actions(after(before, [](Snapshot& s) { s.files[inetd_conf_path] = {}; })) == Lines{action});
        CHECK(actions(after(before, [](Snapshot& s) { s.files[inetd_conf_path].mode = 0600; })) == Lines{});
        CHECK(actions(after(before, [](Snapshot& s) { s.create("/etc/inittab", "", 0644); })) == Lines{});
    }
    CHECK(actions(after(with_inetd(Status::active), [](Snapshot& s) {
              disable_shell(s);
              s.subsystems["inetd"].status = Status::inoperative;
          })) == Lines{"stopsrc -s inetd", "refresh -s inetd (inetd is stopped)"});
}

TEST_CASE("an inetd that serves what its file does not allow is refreshed, and that is a change") {
    const std::vector<std::tuple<std::string, Lines, Lines>> cases = {
        {ftp_entry + "#" + shell_entry, {"shell", "ftp"}, {"refresh -s inetd"}},
        {ftp_entry, {"shell", "ftp"}, {"refresh -s inetd"}},
        {ftp_entry, {"ftp", "ftp"}, {"refresh -s inetd"}}, // one of tcp and udp is disabled now
        {conf, {"shell", "ftp"}, {}},
        {conf, {"ftp"}, {}}, // it drops what it cannot start
    };
    for (const auto& [text, served, commands] : cases) {
        Snapshot snapshot = with_inetd(Status::active, text);
        snapshot.inetd_serves = served;
        CHECK(actions(difference(snapshot, snapshot)) == commands);
        CHECK(difference(snapshot, snapshot).empty() == commands.empty());
    }
    Snapshot stale = with_inetd(Status::active);
    stale.inetd_serves = Lines{"login", "shell", "ftp"};
    CHECK(actions(after(stale, disable_shell)) == Lines{"refresh -s inetd"}); // once
    stale.files[inetd_conf_path] = {};
    CHECK(difference(stale, stale).empty());
    stale.files = {}; // none of the run's business
    CHECK(difference(stale, stale).empty());
}

TEST_CASE("network options are set where they differ, for the next boot too where that is wanted") {
    Snapshot before = live({});
    before.network_options = {{"a", {"1", "", "1"}}, {"b", {"0", "", "1"}}, {"c", {"1", "", ""}},
                              {"d", {"0", "", "0"}}, {"e", {"1", "", ""}},  {"gone", {"", "no -o gone: unknown", ""}}};
    const Plan plan = after(before, [](Snapshot& s) {
        s.network_options["a"] = {"0", "", "0", true};
        s.network_options["b"] = {"0", "", "0", true}; // differs for the next boot alone
        s.network_options["c"].value = "0";
        s.network_options["e"] = {"0", "", "", true}; // what it is at the next boot is not known
        s.network_options["gone"].value = "0";
    });
    CHECK(actions(plan) ==
          Lines{"no -p -o a=0", "no -p -o b=0", "no -o c=0", "no -p -o e=0", "no -o gone=0 (no -o gone: unknown)"});
    Lines recorded; // what is skipped does not change
    for (const ValueChange& change : plan.network_options)
        recorded.push_back(change.name + ": " + change.before + " to " + change.after);
    CHECK(recorded == Lines{"a: 1 to 0", "a@nextboot: 1 to 0", "b@nextboot: 1 to 0", "c: 1 to 0", "e: 1 to 0"});
}

TEST_CASE("an option that is to have another value at the next boot than now takes a command for each") {
    Snapshot before = live({});
    before.network_options = {{"a", {"0", "", "0"}}, {"b", {"0", "", "0"}}, {"c", {"0", "", "0"}}};
    const Plan plan = after(before, [](Snapshot& s) {
        s.network_options["a"] = {"1", "", "2", true};
        s.network_options["b"] = {"0", "", "2", true};
        s.network_options["c"] = {"1", "", "0", true};
    });
    CHECK(actions(plan) == Lines{"no -o a=1", "no -r -o a=2", "no -r -o b=2", "no -o c=1"});
}

TEST_CASE("options are set first, then subsystems stopped, refreshed and started, then inittab is read again") {
    Snapshot before = with_inetd(Status::active);
    before.subsystems["snmpd"].status = Status::active;
    before.subsystems["lpd"].status = Status::inoperative;
    const Plan plan = after(before, [](Snapshot& s) {
        disable_shell(s);
        s.reread_inittab = true;
        s.subsystems["snmpd"].status = Status::inoperative;
        s.subsystems["lpd"] = {Status::active, "", "-d -l"};
        s.network_options["zz"].value = "0";
    });
    REQUIRE(actions(plan) ==
            Lines{"no -o zz=0", "stopsrc -s snmpd", "refresh -s inetd", "startsrc -s lpd -a -d -l", "telinit q"});
    CHECK(plan.actions[3].argv.back() == "-d -l"); // one word for the SRC
    CHECK(plan.actions[1].subsystem == "snmpd");   // whose end is waited for
    CHECK(plan.actions[1].until == Status::inoperative);
    CHECK(plan.actions[3].until == Status::active);
    REQUIRE(plan.subsystems.size() == 2);
    CHECK(plan.subsystems[0].before == "active");
    CHECK(plan.subsystems[0].after == "inoperative");
    CHECK(plan.subsystems[1].before == "inoperative");
    CHECK(plan.subsystems[1].after == "active");
}

TEST_CASE("a subsystem is left alone where it cannot be told what to do, and the reason is told") {
    const Snapshot here = live({}, {{"x", Status::inoperative}});
    Snapshot unknown = live({});
    unknown.subsystems["x"].why = "lssrc -s x: not on file";
    const std::string script = " (only its script can tell its arguments ", boot = "; it starts at the next boot)";
    const std::vector<std::tuple<Snapshot, std::string, std::string>> cases = {
        {with_files({}), "", "startsrc -s x (not the live host)"},
        {unknown, "", "startsrc -s x (lssrc -s x: not on file)"},
        {live({}), "", "startsrc -s x (x is not known to the SRC)"},
        {here, "-p $port", "startsrc -s x -a -p $port" + script + "-p $port" + boot},
        {here, "`date`", "startsrc -s x -a `date`" + script + "`date`" + boot},
    };
    for (const auto& [before, arguments, action] : cases) {
        Snapshot wanted = before;
        wanted.subsystems["x"] = {Status::active, "", arguments};
        const Plan plan = difference(before, wanted);
        CHECK(actions(plan) == Lines{action});
        CHECK(plan.subsystems.empty());
        CHECK(plan.empty());
    }
}

TEST_CASE("daemons start after those that they need, and stop before them") {
    const Lines names = {"syslogd",    "portmap",   "inetd",     "snmpd", "nfsd",
                         "rpc.mountd", "rpc.statd", "rpc.lockd", "dpid2"};
    Snapshot all_off = live({}), all_on = live({});
    Lines starts, stops;
    for (const std::string& name : names) {
        all_off.subsystems[name].status = Status::inoperative;
        all_on.subsystems[name].status = Status::active;
        starts.push_back("startsrc -s " + name);
        stops.insert(stops.begin(), "stopsrc -s " + name);
    }
    CHECK(actions(difference(all_off, all_on)) == starts);
    CHECK(actions(difference(all_on, all_off)) == stops);
}

TEST_CASE("portmap runs while inetd is refreshed, which takes its RPC services back there or registers them") {
    const auto host = [](Status status) {
        return live(with_file(inetd_conf_path, conf),
                    {{"inetd", Status::active}, {"portmap", status}, {"dpid2", status}, {"syslogd", status}});
    };
    const auto bring = [](Status status) {
        return [status](Snapshot& s) {
            disable_shell(s);
            for (const char* name : {"portmap", "dpid2", "syslogd"})
                s.subsystems[name].status = status;
        };
    };
    CHECK(actions(after(host(Status::active), bring(Status::inoperative))) ==
          Lines{"stopsrc -s dpid2", "stopsrc -s syslogd", "refresh -s inetd", "stopsrc -s portmap"});
    CHECK(actions(after(host(Status::inoperative), bring(Status::active))) ==
          Lines{"startsrc -s portmap", "refresh -s inetd", "startsrc -s syslogd", "startsrc -s dpid2"});
    Snapshot elsewhere = host(Status::active);
    elsewhere.live = false;
    elsewhere.not_live = "not the live host";
    CHECK(actions(after(elsewhere, bring(Status::inoperative))).back() == "stopsrc -s portmap (not the live host)");
    const auto restart = [](Snapshot& s) { // as an earlier run may owe it
        disable_shell(s);
        s.restart = {"portmap"};
        s.create("/etc/rc.tcpip", "#!/bin/ksh\nstart /usr/sbin/portmap \"$src_running\"\n", 0744);
    };
    CHECK(actions(after(host(Status::active), restart)) ==
          Lines{"stopsrc -s portmap", "startsrc -s portmap", "refresh -s inetd"});
    CHECK(actions(after(host(Status::active),
                        [&](Snapshot& s) {
                            restart(s);
                            s.subsystems["portmap"].status = Status::inoperative;
                        })) == Lines{"refresh -s inetd", "stopsrc -s portmap",
                                     "stopsrc -s portmap (portmap is stopped)",
                                     "startsrc -s portmap (portmap is stopped)"});
}

TEST_CASE("only scripts whose text changes are checked, by the shell that their first line names") {
    const std::string ksh = "#!/bin/ksh\n";
    const Snapshot before = with_files({{"/rc.a", ksh}, {"/rc.b", ksh}, {"/rc.d", "x\n"}, {"/rc.e", ksh}}, {"/rc.f"});
    const auto change = [](Snapshot& s) {
        s.scripts = {"/rc.a", "/rc.b", "/rc.d", "/rc.f"};
        for (const char* path : {"/rc.a", "/rc.d", "/rc.e"})
            s.put(path, s.text(path) + ":\n");
        s.files["/rc.b"].mode = 0700;
        s.create("/rc.f", "#!/usr/bin/ksh93\n", 0744);
    };
    const Plan plan = after(live(before), change);
    REQUIRE(plan.checks.size() == 2);
    CHECK(plan.checks[0].path == "/rc.a");
    CHECK(plan.checks[0].argv == Lines{"/bin/ksh", "-n", "/rc.a"});
    CHECK(plan.checks[0].text == "#!/bin/ksh\n:\n");
    CHECK(plan.checks[0].skip == "");
    CHECK(plan.checks[1].path == "/rc.f");
    CHECK(plan.checks[1].argv == Lines{"/usr/bin/ksh93", "-n", "/rc.f"});
    CHECK(after(before, change).checks.at(0).skip == "not the live host"); // whose shell is another
}

TEST_CASE("a plan is empty if no file changes and no command runs, whatever is skipped or worth a warning") {
    const Snapshot elsewhere = with_file("/a", "");
    const auto reread = [](Snapshot& s) {
        s.reread_inittab = true;
        s.warn("mind the gap");
    };
    CHECK(actions(after(elsewhere, reread)) == Lines{"telinit q (not the live host)"});
    CHECK(after(elsewhere, reread).empty());
    CHECK(after(elsewhere, reread).warnings == Lines{"mind the gap"});
    CHECK(!after(live(elsewhere), reread).empty());
    CHECK(!after(elsewhere, [](Snapshot& s) { s.files["/a"].mode = 0600; }).empty());
}

TEST_CASE("what an earlier run owes is marked where it is run, and dropped where it is not needed any more") {
    const auto owing = [](Snapshot& s) {
        disable_shell(s);
        s.owed = {{"refresh", "-s", "inetd"}, {"stopsrc", "-s", "snmpd"}};
        s.reread_inittab = true;
    };
    CHECK(actions(after(with_inetd(Status::active), owing)) == Lines{"owed: refresh -s inetd", "telinit q"});
    CHECK(actions(after(with_inetd(Status::inoperative), owing)) == // it reads its file when it starts
          Lines{"refresh -s inetd (inetd is inoperative)", "telinit q"});
    CHECK(actions(after(with_file(inetd_conf_path, conf), owing)) ==
          Lines{"owed: refresh -s inetd (not the live host)", "telinit q (not the live host)",
                "owed: stopsrc -s snmpd (not the live host)"});
}

TEST_CASE("a changed sendmail configuration is tried by sendmail and restarts it, as its boot script starts it") {
    const std::string script = "#!/bin/ksh\nqpi=30m\nstart /usr/lib/sendmail \"$src_running\" \"-bd -q${qpi}\"\n";
    const auto install = [](Snapshot& s) {
        s.put("/etc/sendmail.cf", std::string("new\n"));
        s.sendmail_cfs = {"/etc/sendmail.cf"};
    };
    const auto host = [&](const std::string& rc_tcpip, Status status) {
        return live(with_files({{"/etc/sendmail.cf", "old\n"}, {"/etc/rc.tcpip", rc_tcpip}}), {{"sendmail", status}});
    };
    const Plan plan = after(host(script, Status::active), install);
    REQUIRE(plan.checks.size() == 1);
    CHECK(plan.checks[0].argv == Lines{"/usr/lib/sendmail", "-C/etc/sendmail.cf", "-bt"});
    CHECK(plan.checks[0].text == "new\n");
    CHECK(actions(plan) == Lines{"stopsrc -s sendmail", "startsrc -s sendmail -a -bd -q30m"});
    CHECK(plan.actions[0].until == Status::inoperative);
    CHECK(plan.actions[1].until == Status::active);
    CHECK(plan.subsystems.empty()); // it is as it was: nothing for the history
    CHECK(actions(after(host(script, Status::inoperative), install)) ==
          Lines{"stopsrc -s sendmail (sendmail is inoperative)",
                "startsrc -s sendmail -a -bd -q30m (sendmail is inoperative)"});
    CHECK(actions(after(host("#!/bin/ksh\n", Status::active), install)) == // started by hand, for a while
          Lines{"stopsrc -s sendmail (no boot script starts sendmail, so it is not meant to run)",
                "startsrc -s sendmail (no boot script starts sendmail, so it is not meant to run)"});
    const std::string why = " (only its script can tell its arguments -bd -q${qpi}; restart it as that does)";
    CHECK(actions(after(host("#!/bin/ksh\nqpi=`date`\nstart /usr/lib/sendmail \"$src_running\" \"-bd -q${qpi}\"\n",
                             Status::active),
                        install)) ==
          Lines{"stopsrc -s sendmail" + why, "startsrc -s sendmail -a -bd -q${qpi}" + why}); // it would stay stopped
    const auto stop_too = [&](Snapshot& s) {
        install(s);
        s.subsystems["sendmail"].status = Status::inoperative;
    };
    CHECK(actions(after(host(script, Status::active), stop_too)) ==
          Lines{"stopsrc -s sendmail", "stopsrc -s sendmail (sendmail is stopped)",
                "startsrc -s sendmail -a -bd -q30m (sendmail is stopped)"});
}

TEST_CASE("a sendmail configuration that cannot be built here shows what it would take") {
    const auto ask = [](Snapshot& s) { s.to_build = {{"/usr/samples/x/cf/a.mc", "OSTYPE(x)\n", "/etc/sendmail.cf"}}; };
    const Plan plan = after(with_files({}), ask);
    CHECK(actions(plan) == Lines{"m4 ../m4/cf.m4 /usr/samples/x/cf/a.mc (not the live host)",
                                 "/usr/lib/sendmail -C/etc/sendmail.cf -bt (not the live host)"});
    CHECK(plan.empty());
    CHECK(actions(after(live({}), ask)).front() == "m4 ../m4/cf.m4 /usr/samples/x/cf/a.mc (its text is not known yet)");
}

TEST_CASE("syslogd is told of its file as inetd is of its own; other files need no reload") {
    CHECK(reload_of("/etc/syslog.conf").subsystem == "syslogd");
    CHECK(!reload_of("/etc/syslog.conf").restart);
    CHECK(!reload_of("/etc/inetd.conf").restart);
    for (const char* path : {"/etc/sendmail.cf", "/etc/mail/sendmail.cf", "/etc/sendmail.cw",
                             "/etc/mail/local-host-names", "/etc/mail/relay-domains", "/etc/mail/names/of/an/option"}) {
        CHECK(reload_of(path).subsystem == "sendmail");
        CHECK(reload_of(path).restart);
    }
    for (const char* path : {"/etc/inittab", "/var/spool/cron/crontabs/root", "/opt/etc/inetd.conf", "/etc/mail"})
        CHECK(reload_of(path).subsystem == "");
}

TEST_CASE("a crontab that changes is submitted to cron, by its own user, and one that is gone is removed there too") {
    const std::string root = "/var/spool/cron/crontabs/root", uucp = "/var/spool/cron/crontabs/uucp";
    const Snapshot before = with_files({{root, "0 1 * * * x\n"}, {uucp, ""}}, {"/var/spool/cron/crontabs/adm"});
    const auto change = [&](Snapshot& s) {
        s.put(root, std::string("0 2 * * * x\n"));
        s.files[uucp] = FileState{};
        s.create("/var/spool/cron/crontabs/adm", "", 0600);
    };
    const Plan plan = after(live(before), change);
    CHECK(actions(plan) == Lines{"su adm -c crontab /var/spool/cron/crontabs/adm",
                                 "crontab /var/spool/cron/crontabs/root", "su uucp -c crontab -r"});
    REQUIRE(plan.actions.size() == 3);
    CHECK(plan.actions[0].argv.size() == 4); // the command is one word, for the user's shell
    CHECK(plan.actions[0].user == "adm");    // who has to read the private copy
    CHECK(plan.actions[1].user == "");
    CHECK(plan.actions[1].crontab == root);
    CHECK(actions(after(before, change)).at(1) == "crontab /var/spool/cron/crontabs/root (not the live host)");
    CHECK(actions(after(live(before), [&](Snapshot& s) { s.files[root].mode = 0640; })) == Lines{});
    CHECK(actions(after(live(before), [&](Snapshot& s) { s.crontabs = {root}; })) == // owed by an earlier run
          Lines{"crontab /var/spool/cron/crontabs/root"});
    Snapshot numbers_only = live(before); // a tree without /etc/passwd
    numbers_only.owner_of_new_files = "0";
    CHECK(actions(after(numbers_only, [&](Snapshot& s) { s.put(root, std::string()); })) ==
          Lines{"crontab /var/spool/cron/crontabs/root"});
}

TEST_CASE("filesets that are not wanted any more are removed one by one") {
    Snapshot before = live({});
    before.filesets = {{"a.rte", {true, "1.0.0.0", ""}}, {"b.rte", {true, "1.0.0.0", ""}}, {"c.rte", {}}};
    CHECK(actions(after(before, [](Snapshot& s) {
              s.filesets["b.rte"].installed = false;
              s.filesets["a.rte"].installed = false;
          })) == Lines{"installp -u a.rte", "installp -u b.rte"});
    CHECK(difference(before, before).empty());
}

TEST_CASE("what the history does not hold of a file is told where it is lost") {
    Snapshot before = with_file("/usr/sbin/x", "a program");
    FileState& file = before.files.at("/usr/sbin/x");
    file.attributes = {"security.capability", "user.x"};
    const auto warnings = [&](auto change) { return after(before, change).warnings; };
    const std::string of_text = "/usr/sbin/x loses its extended attribute security.capability, good only for the text "
                                "and the owner that it had; set it anew";
    CHECK(warnings([](Snapshot& s) { s.put("/usr/sbin/x", std::string("another")); }) == Lines{of_text});
    CHECK(warnings([](Snapshot& s) { s.files.at("/usr/sbin/x").owner = "alice"; }) == Lines{of_text});
    CHECK(warnings([](Snapshot& s) { s.files.at("/usr/sbin/x").mode = 0700; }) == Lines{});
    CHECK(warnings([](Snapshot& s) { s.files.at("/usr/sbin/x") = FileState{}; }) ==
          Lines{"/usr/sbin/x loses its extended attributes security.capability and user.x, which the history does not "
                "hold: no rollback brings them back"});
    file.attributes.clear();
    CHECK(warnings([](Snapshot& s) { s.files.at("/usr/sbin/x") = FileState{}; }) == Lines{});
}
