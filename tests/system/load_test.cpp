#include "system/load.hpp"

#include "plan/inetd.hpp"
#include "plan/inittab.hpp"
#include "plan/network_options.hpp"
#include "plan/path.hpp"
#include "plan/ports.hpp"
#include "plan/rc_script.hpp"
#include "plan/rollback.hpp"
#include "plan/sendmail.hpp"
#include "plan/software.hpp"
#include "plan/syslog.hpp"
#include "support/memory_host.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>

using namespace bulwark;

namespace {

const std::string conf = "ftp stream tcp6 nowait root /usr/sbin/ftpd ftpd\n";

MemoryHost host_with(const std::map<std::string, std::string>& files) {
    MemoryHost host;
    for (const auto& [path, text] : files)
        host.put(path, text);
    return host;
}

std::vector<Rule> rule(std::vector<Wanted> wanted) {
    Rule one;
    one.wanted = std::move(wanted);
    return {one};
}

const History& no_history() {
    static const History history{""};
    return history;
}

Snapshot load_live(MemoryHost& host, std::vector<Wanted> wanted) {
    return load(rule(std::move(wanted)), {}, "", host, no_history());
}

bool asked(const MemoryHost& host) {
    return std::any_of(host.calls.begin(), host.calls.end(), [](const auto& call) { return call.starts_with("run "); });
}

} // namespace

TEST_CASE("only what the rules need is read") {
    MemoryHost host = host_with({{"/etc/inetd.conf", conf}, {"/etc/inittab", "init:2:initdefault:\n"}});
    const Snapshot snapshot =
        load(rule({InetdService{{"ftp", ""}, ServiceState::disabled}}), {}, "refresh is never", host, no_history());
    CHECK(std::distance(snapshot.files.begin(), snapshot.files.end()) == 1);
    CHECK(snapshot.text("/etc/inetd.conf") == conf);
    CHECK_FALSE(snapshot.live);
    CHECK_FALSE(asked(host));
}

TEST_CASE("a live host is asked for inetd's status and for what it serves") {
    MemoryHost host = host_with({{"/etc/inetd.conf", conf}});
    host.script("lssrc -s inetd", {0, "Subsystem Group PID Status \n inetd tcpip 4242 active\n", ""});
    host.script("lssrc -ls inetd", {0,
                                    "Subsystem         Group            PID          Status \n"
                                    " inetd            tcpip            4242         active\n\n"
                                    "Debug         Not active\n\n"
                                    "Signal        Purpose\n SIGHUP       Rereads the configuration database\n\n"
                                    "Service       Command                  Description              Status\n"
                                    " time         internal                                          active\n"
                                    " ftp          /usr/sbin/ftpd           ftpd                     active\n"
                                    " shell        /usr/sbin/rshd           rshd                     inactive\n\n",
                                    ""});
    const Snapshot snapshot = load_live(host, {InetdService{{"ftp", ""}, ServiceState::disabled}});
    CHECK(snapshot.subsystems.at("inetd").status == Subsystem::Status::active);
    CHECK(snapshot.inetd_serves == std::vector<std::string>{"time", "ftp"});
}

TEST_CASE("without a table of services nothing is known of what inetd serves") {
    MemoryHost host = host_with({{"/etc/inetd.conf", conf}});
    host.script("lssrc -s inetd", {0, " inetd tcpip  inoperative\n", ""});
    host.script("lssrc -ls inetd", {0, "Subsystem Group PID Status\n inetd tcpip  inoperative\n", ""});
    const Snapshot snapshot = load_live(host, {InetdService{{"ftp", ""}, ServiceState::disabled}});
    CHECK_FALSE(snapshot.inetd_serves);
    CHECK(snapshot.subsystems.at("inetd").status == Subsystem::Status::inoperative);
}

TEST_CASE("rows of lssrc are read by their first word and their end") {
    struct Row {
        CommandResult result;
        Subsystem::Status status;
        std::string why;
    };
    using Status = Subsystem::Status;
    const std::vector<Row> rows = {
        {{0, "Subsystem Group PID Status\n snmpd tcpip 77 active\n", ""}, Status::active, ""},
        {{0, "Subsystem Group PID Status\n snmpd tcpip  inoperative\n", ""}, Status::inoperative, ""},
        {{0, " snmpd   inoperative\n", ""}, Status::inoperative, ""},
        // Still there, and not for long: neither is it active, nor has a stop come to its end.
        {{0, " snmpd tcpip 77 warned to stop\n", ""}, Status::unknown, "lssrc -s snmpd: snmpd tcpip 77 warned to stop"},
        {{0, " snmpd   77   stopping\n snmpd tcpip  inoperative\n", ""},
         Status::unknown,
         "lssrc -s snmpd: snmpd 77 stopping"},
        {{0, " snmpd tcpip  inoperative\n snmpd tcpip 77 warned to stop\n", ""},
         Status::unknown,
         "lssrc -s snmpd: snmpd tcpip 77 warned to stop"},
        {{0, " snmpd tcpip 77 warned to stop\n snmpd tcpip 78 active\n", ""}, Status::active, ""},
        {{0, " snmpdx tcpip 77 active\n snmpd tcpip  inoperative\n", ""}, Status::inoperative, ""},
        {{0, " snmpd tcpip 77 active\n snmpd tcpip  inoperative\n", ""}, Status::active, ""},
        {{0, " snmpd tcpip 77 active\n snmpd tcpip 78 stopping\n snmpd tcpip  inoperative\n", ""}, Status::active, ""},
        {{0, " snmpd tcpip 77 stopping\n snmpd tcpip 78 warned to stop\n", ""},
         Status::unknown,
         "lssrc -s snmpd: snmpd tcpip 77 stopping"},
        {{0, " snmpd\n", ""}, Status::unknown, "lssrc -s snmpd: snmpd"},
        {{1, "\n", "\n \n 0513-056 Timed out.\n"}, Status::unknown, "lssrc -s snmpd: 0513-056 Timed out."},
        {{0, " snmpd tcpip  inoperative\n snmpd tcpip 77 active\n", ""}, Status::active, ""},
        {{1, "", "0513-085 The snmpd Subsystem is not on file.\n"},
         Status::unknown,
         "lssrc -s snmpd: 0513-085 The snmpd Subsystem is not on file."},
        {{1, "0513-001 not active\n", ""}, Status::unknown, "lssrc -s snmpd: 0513-001 not active"},
        {{3, "", ""}, Status::unknown, "lssrc -s snmpd: exit status 3"},
        {{0, "Subsystem Group PID Status\n", ""}, Status::unknown, "lssrc -s snmpd: Subsystem Group PID Status"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.result.out);
        MemoryHost host;
        host.script("lssrc -s snmpd", row.result);
        const Subsystem subsystem = read_subsystem(host, "snmpd");
        CHECK(subsystem.status == row.status);
        CHECK(subsystem.why == row.why);
    }
}

TEST_CASE("network options are read one by one; one that the release does not know says why") {
    MemoryHost host = host_with({{"/etc/inittab", "brc::sysinit:x\n"}});
    host.script("no -o bcastping", {0, "bcastping = 1\n", ""});
    host.script("no -o tcp_tcpsecure", {1, "", "no: 1831-202 Option is unknown\n"});
    const Snapshot snapshot = load_live(host, {NetworkOptions{{{"bcastping", "0"}, {"tcp_tcpsecure", "7"}}}});
    CHECK(snapshot.network_options.at("bcastping").value == "1");
    CHECK(snapshot.network_options.at("tcp_tcpsecure").unavailable ==
          "no -o tcp_tcpsecure: no: 1831-202 Option is unknown");
}

TEST_CASE("where the values of the next boot matter they are read from no -x") {
    MemoryHost host = host_with({{"/etc/tunables/nextboot", "no:\n"}});
    host.script("no -o bcastping", {0, "bcastping = 1\n", ""});
    host.script("no -x bcastping", {0, "bcastping,1,0,5,0,1,boolean,D,\n", ""});
    host.script("no -o odd", {0, "odd = 2\n", ""});
    host.script("no -x odd", {0, "?\n", ""});
    host.script("no -o other", {0, "other = 2\n", ""});
    host.script("no -x other", {0, "another,1,0,5,0,1,boolean,D,\n", ""});
    host.script("no -o failing", {0, "failing = 2\n", ""});
    host.script("no -x failing", {1, "failing,1,0,5,0,1,boolean,D,\n", ""});
    NetworkOptions wanted{{{"bcastping", "0"}, {"odd", "2"}, {"other", "2"}, {"failing", "2"}}};
    wanted.persistence = Persistence::automatic;
    const Snapshot snapshot = load_live(host, {wanted});
    CHECK(snapshot.network_options.at("bcastping").nextboot == "5");
    for (const char* const unknown : {"odd", "other", "failing"})
        CHECK(snapshot.network_options.at(unknown).nextboot.empty());
    CHECK_FALSE(snapshot.files.contains("/etc/rc.no"));
}

TEST_CASE("a fix is installed if instfix says so by its exit status; one without data is unknown") {
    const struct {
        CommandResult result;
        Fix expected;
    } cases[] = {
        {{0, "    All filesets for IY04477 were found.\n", ""},
         {Fix::Status::installed, "All filesets for IY04477 were found."}},
        {{1, "    Not all filesets for IY04477 were found.\n", ""},
         {Fix::Status::incomplete, "Not all filesets for IY04477 were found."}},
        {{1, "    There was no data for IY04477 in the fix database.\n", ""},
         {Fix::Status::unknown, "There was no data for IY04477 in the fix database."}},
        {{0, "", "There was no data for IY04477 in the fix database.\n"},
         {Fix::Status::unknown, "There was no data for IY04477 in the fix database."}},
        {{1, "    No filesets which have fixes for IY04477 are currently installed.\n", ""},
         {Fix::Status::incomplete, "No filesets which have fixes for IY04477 are currently installed."}},
        {{13, "", ""}, {Fix::Status::incomplete, "exit status 13"}},
    };
    for (const auto& [result, expected] : cases) {
        MemoryHost host;
        host.script("instfix -iFk IY04477", result);
        CHECK(load_live(host, {Software{.fixes = {"IY04477"}}}).fixes.at("IY04477") == expected);
    }
}

TEST_CASE("a fix that stands in an interim fix is installed, whatever the fix database knows of it") {
    const std::string label = "    Interim fix 'IY04477s1a' associated with ";
    const std::string no_data = "There was no data for IY04477 in the fix database.";
    const std::string interim = "Interim fix 'IY04477s1a' associated with IY04477 is installed.";
    const std::string partly = "    Not all filesets for IY04477 were found.\n";
    const struct {
        CommandResult result;
        Fix expected;
    } cases[] = {
        {{0, "    " + interim + "\n", ""}, {Fix::Status::installed, interim}},
        {{1, "    " + interim + "\n", ""}, {Fix::Status::installed, interim}},
        {{1, "    " + interim + "\n", no_data + "\n"}, {Fix::Status::installed, interim}},
        {{0, no_data + "\n    " + interim + "\n", ""}, {Fix::Status::installed, interim}},
        {{1, partly + label + "IY04500 is installed.\n    " + interim + "\n", ""}, {Fix::Status::installed, interim}},
        // One for another APAR, whose number begins alike, and one that says otherwise
        {{1, no_data + "\n" + label + "IY044771 is installed.\n", ""}, {Fix::Status::unknown, no_data}},
        {{1, partly + label + "IY04477 is not installed.\n", ""},
         {Fix::Status::incomplete, "Not all filesets for IY04477 were found."}},
    };
    for (const auto& [result, expected] : cases) {
        MemoryHost host;
        host.script("instfix -iFk IY04477", result);
        CHECK(load_live(host, {Software{.fixes = {"IY04477"}}}).fixes.at("IY04477") == expected);
    }
}

TEST_CASE("a fileset is installed if lslpp has a line of it, and its level is the third field") {
    const struct {
        CommandResult result;
        std::string level; // empty: not installed
    } cases[] = {
        {{0, "bos.compat:bos.compat.NetInst:4.3.3.0: : :C:F:Network Install Compat: : : : : : :0:0:/:\n", ""},
         "4.3.3.0"},
        {{0, "bos.compat:bos.compat.NetInst:4.3.3.0: :\nbos.compat:bos.compat.NetInst:4.3.3.10: :\n", ""}, "4.3.3.10"},
        {{0, "bos.compat:bos.compat.NetInst.x:4.3.3.0: :\n", ""}, ""},
        {{1, "", "lslpp: 0504-132  Fileset bos.compat.NetInst not installed.\n"}, ""},
        {{1, "bos.compat:bos.compat.NetInst:4.3.3.0: :\n", "lslpp: 0504-028 the ODM cannot be read\n"}, ""},
        {{0, "bos.compat:bos.compat.NetInst\n\n", ""}, ""},
    };
    for (const auto& [result, level] : cases) {
        MemoryHost host;
        host.script("lslpp -Lcq bos.compat.NetInst", result);
        const Fileset fileset =
            load_live(host, {Software{.absent = {"bos.compat.NetInst"}}}).filesets.at("bos.compat.NetInst");
        CHECK(fileset.installed == !level.empty());
        CHECK(fileset.level == level);
    }
}

TEST_CASE("an RPM package goes by its name, and installp is not asked to remove it") {
    const std::string bash = "bash:bash-5.1.4-2:5.1.4-2: : :C:R:The GNU Bourne Again shell (bash) version 5.1.4: "
                             ":/bin/rpm -e bash: : : : :0: :(none):Fri Aug 13 04:33:12 EDT 2021\n";
    const std::string by_rpm = "it is an RPM package; remove it with `rpm -e bash`";
    const struct {
        std::string name, output, level, refusal;
    } cases[] = {
        {"bash", bash, "5.1.4-2", by_rpm},
        {"bash-5.1.4-2", bash, "5.1.4-2", by_rpm},
        {"bash-5.1.4", bash, "", ""},
        {"bas", bash, "", ""},
        // The package of a fileset is not its name.
        {"bos.net.tcp", "bos.net.tcp:bos.net.tcp.client:7.2.5.100: : :C:F:TCP/IP client: : : : : : :0:0:/:2114\n", "",
         ""},
        {"bash", "bash:bash-5.1.4-2:5.1.4-2: : :C\n", "", ""}, // no such row is known
    };
    for (const auto& [name, output, level, refusal] : cases) {
        MemoryHost host;
        host.script("lslpp -Lcq " + name, {0, output, ""});
        const Fileset found = load_live(host, {Software{.absent = {name}, .remove = true}}).filesets.at(name);
        CHECK(found.installed == !level.empty());
        CHECK(found.level == level);
        CHECK(found.refusal == refusal);
    }
}

TEST_CASE("where a fileset may be removed installp is asked once whether it would, and what it says is told") {
    const std::string rulers = "+-----------------------------------------------------------------------------+\n"
                               "                    Pre-deinstall Verification...\n"
                               "+-----------------------------------------------------------------------------+\n";
    const std::string more_said = "; `installp -p -u b.rte` tells all of it";
    const struct {
        CommandResult result;
        std::string refusal;
    } cases[] = {
        {{0, rulers + "SUCCESSES\n", ""}, ""},
        {{1, rulers + "FAILURES\n  0503-464 installp:  a.rte needs it.\n", ""},
         "0503-464 installp:  a.rte needs it." + more_said},
        {{1, rulers, ""}, "Pre-deinstall Verification..." + more_said},
        {{1, rulers, "installp: 0503-005 busy\n"}, "installp: 0503-005 busy" + more_said},
        {{2, "***\n\n", ""}, "exit status 2" + more_said},
    };
    for (const auto& [result, refusal] : cases) {
        MemoryHost host = host_with({{"/etc/rc.tcpip", "start /usr/sbin/x\n"}, {"/etc/tunables/nextboot", "no:\n"}});
        host.script("lslpp -Lcq b.rte", {0, "b:b.rte:1.0.0.0:\n", ""});
        host.script("lslpp -Lcq c.rte", {1, "", ""}); // is not there: nobody need be asked
        host.script("installp -p -u b.rte", result);
        host.script("no -o bcastping", {0, "bcastping = 0\n", ""});
        host.script("no -x bcastping", {0, "bcastping,0,0,0,0,1,boolean,D,\n", ""});
        NetworkOptions more{{{"bcastping", "0"}}}; // which needs more than one round of reading
        more.persistence = Persistence::automatic;
        const Snapshot snapshot = load_live(host, {Software{.absent = {"b.rte", "c.rte"}, .remove = true}, more});
        CHECK(snapshot.filesets.at("b.rte").refusal == refusal);
        CHECK(std::count_if(host.calls.begin(), host.calls.end(), [](const std::string& call) {
                  return call.starts_with("run ") && call.ends_with("installp -p -u b.rte");
              }) == 1);
    }
}

TEST_CASE("without the command to ask with, a live run says what to do") {
    MemoryHost host = host_with({{"/etc/rc.tcpip", "start /usr/sbin/snmpd \"$src_running\"\n"}});
    StartedDaemon snmpd;
    snmpd.daemon = "snmpd";
    snmpd.state = DaemonState::disabled;
    CHECK_THROWS_WITH_AS(
        load_live(host, {snmpd}),
        "the command lssrc is not there, so the running system cannot be asked; with `refresh: never` the "
        "files alone are looked at",
        Error);
}

TEST_CASE("files that recovery puts back are seen as they will be") {
    MemoryHost host = host_with({{"/etc/inetd.conf", "half\n"}});
    FileState before = host.files.at("/etc/inetd.conf");
    before.text = conf;
    const Snapshot snapshot =
        load(rule({InetdService{{"ftp", ""}, ServiceState::disabled}}),
             {{"/etc/inetd.conf", host.files.at("/etc/inetd.conf"), before}}, "refresh is never", host, no_history());
    CHECK(snapshot.text("/etc/inetd.conf") == conf);
}

TEST_CASE("of a log file no text is read, unless somebody else needs it") {
    const WantedSyslogRule log{{"auth.info", "/var/adm/auth.log", {}}};
    const NetworkOptions script{{{"bcastping", "0"}}, Persistence::automatic, "/var/adm/auth.log"};
    MemoryHost host = host_with({{"/etc/syslog.conf", ""}, {"/var/adm/auth.log", "much\n"}});
    CHECK(load(rule({log}), {}, "refresh is never", host, no_history()).state("/var/adm/auth.log").unread);
    const std::vector<Wanted> both = {log, script}; // the script is needed in a second round only
    CHECK(load(rule(both), {}, "refresh is never", host, no_history()).text("/var/adm/auth.log") == "much\n");
    FileState before = host.files.at("/var/adm/auth.log");
    before.kind = FileState::Kind::missing;
    const Snapshot recovered = load(rule({log}), {{"/var/adm/auth.log", host.files.at("/var/adm/auth.log"), before}},
                                    "refresh is never", host, no_history());
    CHECK(recovered.state("/var/adm/auth.log").kind == FileState::Kind::missing);
}

TEST_CASE("m4 builds a sendmail configuration; an error that it only prints is one, a warning is none") {
    const CfSource source{"/usr/samples/cf/a.mc", "OSTYPE(x)dnl\n", "/etc/sendmail.cf"};
    const struct {
        CommandResult said;
        CfBuild build;
    } cases[] = {
        {{0, "O X\n", ""}, {"O X\n", "", ""}},
        {{0, "O X\n", "*** WARNING: open\n\trelay. Do NOT\n"}, {"O X\n", "", "*** WARNING: open"}},
        {{0, "O X\n", "NOTE: deprecated\n"}, {"O X\n", "", "NOTE: deprecated"}},
        {{0, "O X\n", "\n*** WARNING: open\n  relay. Do NOT\n"}, {"O X\n", "", "*** WARNING: open"}},
        {{0, "O X\n", "*** WARNING: open\n*** ERROR: no OSTYPE\n"},
         {"", "m4 says '*** ERROR: no OSTYPE'; correct the source", ""}},
        {{1, "O X\n", "m4:a.mc:1: cannot open\n"}, {"", "m4 says 'm4:a.mc:1: cannot open'; correct the source", ""}},
        {{1, "", ""}, {"", "m4 says 'exit status 1'; correct the source", ""}},
        {{0, "", ""}, {"", "m4 says 'exit status 0'; correct the source", ""}},
    };
    for (const auto& [said, expected] : cases) {
        MemoryHost host;
        host.commands["m4"] = "/usr/bin/m4";
        host.program = [&result = said](const PrivateFile& file, const std::vector<std::string>&) {
            CHECK(file.text == "OSTYPE(x)dnl\n");
            return result;
        };
        Snapshot snapshot;
        build({source}, snapshot, host);
        CHECK(snapshot.builds.at(source) == expected);
        CHECK(host.calls.back() == "run /usr/bin/m4 ../m4/cf.m4 /usr/samples/cf/a.mc in /usr/samples/cf");
    }
    MemoryHost without_m4;
    Snapshot snapshot;
    build({source}, snapshot, without_m4);
    CHECK(snapshot.builds.at(source).error ==
          "the command m4 is not there; install the fileset bos.adt.base, which has it");
}

TEST_CASE("the files that a configuration names are read once it is built") {
    const Sendmail wanted{.mc = "/usr/samples/cf/a.mc"};
    MemoryHost host = host_with({{wanted.mc, ""}, {"/etc/names", "a\n"}});
    host.script("lssrc -s sendmail", {0, " sendmail mail inoperative\n", ""});
    Snapshot snapshot = load_live(host, {wanted});
    CHECK_FALSE(snapshot.files.contains("/etc/names"));
    snapshot.builds[{wanted.mc, "", "/etc/sendmail.cf"}] = {"Fw/etc/names\n", "", ""};
    load_more(rule({wanted}), {}, snapshot, host, no_history());
    CHECK(snapshot.text("/etc/names") == "a\n");
}

TEST_CASE("new files belong to whom the tree calls root and system") {
    MemoryHost host;
    const Snapshot snapshot = load({}, {}, "refresh is never", host, no_history());
    CHECK(snapshot.owner_of_new_files == "root");
    CHECK(snapshot.group_of_new_files == "system");
}

TEST_CASE("what cannot be read is told in place of an Error; a link that cannot be followed is the link") {
    MemoryHost host = host_with({{"/etc/a", "x\n"}});
    host.put_link("/etc/loop", "loop");
    host.put_link("/etc/closed", "b/c");
    host.unreadable = {{"/etc/a", "Permission denied"},
                       {"/etc/loop", "Too many levels of symbolic links"},
                       {"/etc/closed", "Permission denied"}};
    CHECK(read_or_tell(host, "/etc/a", false).kind == FileState::Kind::other);
    CHECK(read_or_tell(host, "/etc/a", false).other == "something that cannot be read (Permission denied)");
    CHECK(read_or_tell(host, "/etc/loop", false) == host.files.at("/etc/loop"));
    CHECK(read_or_tell(host, "/etc/loop", false).other == "a link that leads in a circle");
    CHECK(read_or_tell(host, "/etc/closed", false).other == "a link that cannot be followed (Permission denied)");
    CHECK(read_or_tell(host, "/etc/none", true).kind == FileState::Kind::missing);
}

TEST_CASE("a file that cannot be read stops no rollback of others, and a link that leads in a circle is replaced") {
    const TemporaryDirectory directory;
    History history(directory.path() + "/history.git");
    Recorded then;
    MemoryHost host = host_with({{"/etc/a", "now\n"}, {"/etc/b", "now\n"}, {"/etc/rc.tcpip", "now\n"}});
    for (const char* const path : {"/etc/a", "/etc/b", "/etc/loop", "/etc/rc.tcpip"})
        then.files[path] = {{FileState::Kind::regular, "then\n", 0644, "root", "system", {}}};
    history.set_main(history.write({}, then, "then\n"));
    host.put_link("/etc/loop", "loop");
    host.unreadable = {{"/etc/b", "Permission denied"},
                       {"/etc/rc.tcpip", "Permission denied"},
                       {"/etc/loop", "Too many levels of symbolic links"}};
    host.script("lssrc -s sendmail", {0, " sendmail mail inoperative\n", ""});
    const auto planned = [&](const std::set<std::string>& paths) {
        const std::vector<Rule> rules = rule({Rollback{"HEAD", paths}});
        Snapshot snapshot = load(rules, {}, "refresh is never", host, history);
        const RuleReport report = ensure(rules[0], snapshot);
        return report.status == RuleReport::Status::failed
                   ? report.detail
                   : snapshot.state("/etc/a").text + snapshot.state("/etc/loop").text;
    };
    CHECK(planned({"/etc/a"}) == "then\nloop");
    CHECK(planned({"/etc/a", "/etc/loop"}) == "then\nthen\n");
    CHECK(planned({}) == "/etc/b is something that cannot be read (Permission denied), not a regular file; nothing was "
                         "changed");
}

TEST_CASE("a directory that is to go is read with all that is in it, a file or a link alone") {
    MemoryHost host = host_with({{"/etc/rc.d/rc", "x\n"}, {"/etc/rc.d2/rc", "x\n"}});
    host.put_directory("/etc/rc.d");
    host.put_link("/etc/rc.link", "/etc/rc.d");
    const auto read = [&](const std::string& path) {
        const PathAttributes wanted{.path = path, .state = PathState::absent};
        return load(rule({wanted}), {}, "refresh is never", host, no_history());
    };
    const Snapshot tree = read("/etc/rc.d");
    CHECK(tree.state("/etc/rc.d").kind == FileState::Kind::directory);
    CHECK(tree.text("/etc/rc.d/rc") == "x\n");
    CHECK_FALSE(tree.files.contains("/etc/rc.d2/rc"));
    CHECK(tree.trees == std::map<std::string, std::string>{{"/etc/rc.d", ""}});
    CHECK(read("/etc/rc.link").state("/etc/rc.link") == host.files.at("/etc/rc.link"));
    CHECK(read("/etc/rc.link").trees.empty());
}

namespace {

/// A history that knows a state of a path, and that nothing was there before.
struct MadeBefore {
    TemporaryDirectory directory;
    History history{directory.path() + "/history.git"};

    MadeBefore(const std::string& path, const FileState& state) {
        for (const FileState& each : {FileState{}, state}) {
            Recorded recorded;
            recorded.files[path] = {each};
            history.set_main(history.write(history.main(), recorded, "made\n"));
        }
    }
};

} // namespace

TEST_CASE("however many rounds of reading the rules need, a directory is read once") {
    MemoryHost host = host_with({{"/etc/rc.d/rc", "x\n"},
                                 {"/etc/inittab", "init:2:initdefault:\nl2:2:wait:/etc/rc.d/rc 2\n"},
                                 {"/etc/rc.d/rc2.d/Sssh", "startsrc -g ssh\n"},
                                 {"/etc/rc.d/rc2.d/Sdirectory/Sx", "never run\n"},
                                 {"/etc/rc.d/rc2.d/Kssh", "stopsrc -g ssh\n"}});
    for (const char* const path : {"/etc/off", "/etc/made", "/etc/rc.d/rc2.d"})
        host.put_directory(path);
    const MadeBefore past("/etc/made", host.files.at("/etc/made"));
    const PathAttributes off{.path = "/etc/off", .state = PathState::absent};
    const Rollback original{"original"}; // knows in the second round what it needs, and in the third the directory
    const Snapshot snapshot = load(rule({off, KnownPorts{}, original}), {}, "refresh is never", host, past.history);
    CHECK(snapshot.trees.size() == 2);
    std::vector<std::string> scripts;
    for (const auto& [path, state] : snapshot.start_scripts)
        scripts.push_back(path);
    CHECK(scripts == std::vector<std::string>{"/etc/rc.d/rc2.d/Sssh"});
    for (const char* const path : {"/etc/off", "/etc/made", "/etc/rc.d/rc2.d"})
        CHECK(std::count(host.calls.begin(), host.calls.end(), std::string("read_tree ") + path) == 1);
}

TEST_CASE("a directory of start scripts that is none starts nothing") {
    MemoryHost host = host_with(
        {{"/etc/inittab", "init:2:initdefault:\nl2:2:wait:/etc/rc.d/rc 2\n"}, {"/etc/rc.d/rc2.d", "a file\n"}});
    const Snapshot snapshot = load(rule({KnownPorts{}}), {}, "refresh is never", host, no_history());
    CHECK(snapshot.start_scripts.begin() == snapshot.start_scripts.end());
    CHECK(snapshot.warnings.empty());
}

TEST_CASE("to enable an inittab entry that is off, its former actions are looked up in the history") {
    const MadeBefore past("/etc/inittab",
                          {FileState::Kind::regular, "dt:2:wait:/etc/rc.dt\n", 0644, "root", "system", {}});
    MemoryHost host = host_with({{"/etc/inittab", "dt:2:off:/etc/rc.dt\n"}});
    const InittabEntry wanted{.identifier = "dt", .state = InittabState::enabled};
    Snapshot snapshot = load(rule({wanted}), {}, "refresh is never", host, past.history);
    ensure(rule({wanted})[0], snapshot);
    CHECK(snapshot.text("/etc/inittab") == "dt:2:wait:/etc/rc.dt\n");
}

TEST_CASE("of a directory that recovery brings back, all is seen as it will be") {
    MemoryHost host = host_with({{"/etc/rc.d/kept", "x\n"}, {"/etc/rc.d/made", "x\n"}});
    host.put_directory("/etc/rc.d", 0700);
    FileState directory = host.files.at("/etc/rc.d"),
              link{FileState::Kind::link, "kept", mode_of_links, "root", "system", {}};
    directory.mode = 0755;
    const std::vector<FileChange> put_back{{"/etc/rc.d", host.files.at("/etc/rc.d"), directory},
                                           {"/etc/rc.d/made", host.files.at("/etc/rc.d/made"), FileState{}},
                                           {"/etc/rc.d/removed", FileState{}, link}};
    const PathAttributes wanted{.path = "/etc/rc.d", .state = PathState::absent};
    const Snapshot snapshot = load(rule({wanted}), put_back, "refresh is never", host, no_history());
    CHECK(snapshot.state("/etc/rc.d").mode == 0755);
    CHECK(snapshot.text("/etc/rc.d/kept") == "x\n");
    CHECK(snapshot.state("/etc/rc.d/made") == FileState{});
    CHECK(snapshot.state("/etc/rc.d/removed") == link);
}

TEST_CASE("where one rule looks at a link and another at what it leads to, it is a link") {
    MemoryHost host = host_with({{"/etc/target", "x\n"}});
    host.put_link("/etc/link", "target");
    const PathAttributes through{.path = "/etc/link"}, itself{.path = "/etc/link", .state = PathState::absent};
    for (const std::vector<Wanted>& wanted : {std::vector<Wanted>{through, itself}, {itself, through}})
        CHECK(load(rule(wanted), {}, "refresh is never", host, no_history()).state("/etc/link").kind ==
              FileState::Kind::link);
    CHECK(load(rule({through}), {}, "refresh is never", host, no_history()).text("/etc/link") == "x\n");
}
