#include "plan/rule.hpp"

#include "plan/inetd.hpp"
#include "plan/inittab.hpp"
#include "plan/network_options.hpp"
#include "plan/rc_script.hpp"
#include "plan/retry.hpp"
#include "plan/rollback.hpp"
#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

using Status = RuleReport::Status;

const std::string ftp_entry = "ftp\tstream\ttcp6\tnowait\troot\t/usr/sbin/ftpd\tftpd\n";
const std::string shell_entry = "shell\tstream\ttcp6\tnowait\troot\t/usr/sbin/rshd\trshd\n";
const std::string inittab = "init:2:initdefault:\nbrc::sysinit:/sbin/rc.boot 3\ndt:2:wait:/etc/rc.dt\n";
const std::string start_snmpd = "start /usr/sbin/snmpd \"$src_running\"\n";
const std::string rc_nfs = "#!/bin/ksh\n"
                           "if [ -x /usr/sbin/nfsd -a -f /etc/exports ]; then\n"
                           "\t/usr/sbin/exportfs -a\n"
                           "\tstart nfsd /usr/sbin/nfsd 8\n"
                           "\tstart rpc.mountd /usr/sbin/rpc.mountd\n"
                           "fi\n";

Rule rule(std::vector<Wanted> wanted, const std::string& id = "") {
    Rule rule;
    rule.id = id;
    rule.of_profile = !id.empty();
    rule.wanted = std::move(wanted);
    return rule;
}

const InittabEntry no_dt{.identifier = "dt", .state = InittabState::disabled};
const StartedDaemon no_snmpd{.daemon = "snmpd", .state = DaemonState::disabled};

InetdService service(const std::string& name, ServiceState state) { return {{name, ""}, state}; }

StartedDaemon daemon_of_nfs(const std::string& name, DaemonState state) {
    return {.path = "/etc/rc.nfs", .daemon = name, .state = state};
}

/// What `require_agreement` says of rules that are all planned over one snapshot, or nothing.
std::string disagreement(const std::vector<Rule>& rules, Snapshot snapshot) {
    std::vector<RuleReport> reports;
    for (const Rule& one : rules) {
        reports.push_back(ensure(one, snapshot));
        REQUIRE_MESSAGE(reports.back().status != Status::failed, reports.back().detail);
    }
    try {
        require_agreement(rules, reports, snapshot);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

} // namespace

TEST_CASE("a rule that leaves the snapshot as it was is compliant, whatever its module") {
    const Snapshot before = with_files({{inetd_conf_path, ftp_entry + "#" + shell_entry},
                                        {inittab_path, inittab + ":x:2:once:/x\n"},
                                        {rc_tcpip_path, "#" + start_snmpd}});
    for (const Wanted& wanted : std::vector<Wanted>{
             service("shell", ServiceState::disabled),
             InittabEntry{.identifier = "x", .state = InittabState::disabled, .now = true},
             no_snmpd,
             StartedDaemon{.daemon = "named", .state = DaemonState::disabled},
         }) {
        Snapshot snapshot = before;
        const Rule one = rule({wanted});
        const RuleReport report = ensure(one, snapshot);
        CHECK(report.rule == &one);
        CHECK(report.status == Status::compliant);
        CHECK(report.detail == "");
        CHECK(report.done == Lines{});
    }
}

TEST_CASE("a rule that differs names the files, and in words what was not so already") {
    Snapshot snapshot = with_files({{inetd_conf_path, ftp_entry + "#" + shell_entry}, {inittab_path, inittab}});
    const RuleReport report = ensure(
        rule({service("shell", ServiceState::disabled), service("ftp", ServiceState::disabled), no_dt}), snapshot);
    CHECK(report.status == Status::differs);
    CHECK(report.done == Lines{"disable ftp", "disable dt"});
    CHECK(report.changed == Lines{"/etc/inetd.conf", "/etc/inittab"});
    CHECK(report.detail == "disable ftp, dt in /etc/inetd.conf and /etc/inittab");
    CHECK(snapshot.text(inetd_conf_path) == "#" + ftp_entry + "#" + shell_entry);

    snapshot = live(with_file(rc_tcpip_path, "#" + start_snmpd), {{"snmpd", Subsystem::Status::active}});
    CHECK(ensure(rule({no_snmpd}), snapshot).detail == "disable snmpd in the running system");
}

TEST_CASE("what was done is told verb by verb, in the order in which they came") {
    CHECK(in_one_line({"disable shell", "enable ftp", "disable exec", "set a=0 and b=1"}) ==
          "disable shell, exec; enable ftp; set a=0 and b=1");
    CHECK(in_one_line({"reboot"}) == "reboot");
    CHECK(in_one_line({}) == "");
}

TEST_CASE("a rule that cannot be planned changes nothing at all and says why") {
    const Snapshot before = with_file(inetd_conf_path, ftp_entry);
    Snapshot snapshot = before;
    const RuleReport report = ensure(
        rule({service("ftp", ServiceState::disabled), service("shell", ServiceState::enabled)}, "inetd-x"), snapshot);
    CHECK(report.status == Status::failed);
    CHECK(report.detail.starts_with("/etc/inetd.conf: there is no entry for shell"));
    CHECK(report.changed == Lines{});
    CHECK(snapshot == before);
}

TEST_CASE("a missing file makes a rule of a profile not applicable and a module's call fail, a directory fails both") {
    const InetdService no_shell = service("shell", ServiceState::disabled);
    Snapshot snapshot = with_files({}, {inetd_conf_path});
    const RuleReport of_profile = ensure(rule({no_shell}, "inetd-shell"), snapshot);
    CHECK(of_profile.status == Status::not_applicable);
    CHECK(of_profile.detail == "/etc/inetd.conf does not exist");
    CHECK(ensure(rule({no_shell}), snapshot).status == Status::failed);
    CHECK(snapshot == with_files({}, {inetd_conf_path}));
    snapshot = with_directory(inetd_conf_path);
    CHECK(ensure(rule({no_shell}, "inetd-shell"), snapshot).status == Status::failed);
}

TEST_CASE("what rules need is what each of them needs") {
    const Snapshot snapshot = live(with_file(nextboot_path, "no:\n"));
    Needs all = needs({rule({service("ftp", ServiceState::disabled), no_snmpd}),
                       rule({NetworkOptions{{{"bcastping", "0"}}, Persistence::automatic}, Rollback{"HEAD~1"},
                             Revert{"ab"}, InittabEntry{.identifier = "dt"}})},
                      snapshot);
    CHECK(all.files == std::set<std::string>{inetd_conf_path, inittab_path, rc_tcpip_path, nextboot_path});
    CHECK(all.subsystems == std::set<std::string>{"snmpd"});
    CHECK(all.network_options == std::set<std::string>{"bcastping"});
    CHECK(all.rollback_targets == std::set<std::string>{"HEAD~1"});
    CHECK(all.revert_targets == std::set<std::string>{"ab"});
    CHECK(all.inetd_serves);
    CHECK(all.boot_values);
    const Needs once = all;
    all.merge({});
    CHECK(all == once);
}

TEST_CASE("rules that ask for different things agree, and those that are not applicable contradict nothing") {
    const std::vector<Rule> rules = {rule({service("ftp", ServiceState::disabled)}, "a"),
                                     rule({service("shell", ServiceState::disabled)}, "b"),
                                     rule({service("ftp", ServiceState::configured)}, "c"), rule({no_dt}, "d")};
    CHECK(disagreement(rules,
                       with_files({{inetd_conf_path, ftp_entry + "#" + shell_entry}, {inittab_path, inittab}})) == "");
    CHECK(disagreement({rules[0], rule({service("ftp", ServiceState::enabled)}, "x")},
                       with_files({}, {inetd_conf_path})) == "");
}

TEST_CASE("rules that undo each other are refused with both named") {
    const Snapshot snapshot = with_files({{inetd_conf_path, ftp_entry},
                                          {inittab_path, inittab},
                                          {rc_tcpip_path, start_snmpd},
                                          {"/etc/rc.nfs", rc_nfs + start_snmpd},
                                          {nextboot_path, "no:\n\tbcastping = \"0\"\n"}},
                                         {"/etc/rc.no"});
    const std::vector<std::pair<Wanted, Wanted>> cases = {
        {service("ftp", ServiceState::disabled), service("ftp", ServiceState::enabled)},
        {service("ftp", ServiceState::enabled), service("ftp", ServiceState::absent)},
        {no_dt, InittabEntry{.identifier = "dt"}},
        {NetworkOptions{{{"bcastping", "0"}}}, NetworkOptions{{{"bcastping", "1"}}}},
        {NetworkOptions{{{"bcastping", "0"}}, Persistence::nextboot}, // which the next boot has already
         NetworkOptions{{{"bcastping", "1"}}, Persistence::nextboot}},
        {no_snmpd, daemon_of_nfs("snmpd", DaemonState::enabled)}, // two scripts, one subsystem
        {daemon_of_nfs("rpc.mountd", DaemonState::enabled), daemon_of_nfs("nfsd", DaemonState::disabled)},
    };
    std::size_t named = 0; // the others differ in the running system alone, which an alternate root does not show
    for (const auto& [first, second] : cases) {
        const std::string refusal = disagreement({rule({first}, "one"), rule({second}, "two")}, snapshot);
        const bool is_named = refusal.starts_with("rule one contradicts rule two (");
        CHECK((is_named || refusal.starts_with("rule one contradicts itself or a later rule (")));
        named += is_named;
        CHECK(disagreement({rule({first, second})}, snapshot).starts_with("what is asked for contradicts itself ("));
    }
    CHECK(named == cases.size() - 2);
    CHECK(disagreement({rule({cases[0].first, cases[0].second})}, snapshot).find("(disable ftp; enable ftp)") !=
          std::string::npos); // and neither a file nor the running system is other than before
}

TEST_CASE("a daemon cannot be enabled in a stanza that a rule before disables as a whole") {
    Snapshot snapshot = with_file("/etc/rc.nfs", rc_nfs);
    ensure(rule({daemon_of_nfs("nfsd", DaemonState::disabled)}), snapshot);
    const RuleReport report = ensure(rule({daemon_of_nfs("rpc.mountd", DaemonState::enabled)}), snapshot);
    CHECK(report.status == Status::failed);
    CHECK(report.detail.starts_with("/etc/rc.nfs, line 5: "));
}

TEST_CASE("what an earlier run still owes contradicts nobody: what is wanted now overrules it") {
    Snapshot before = live(with_file(rc_tcpip_path, start_snmpd), {{"snmpd", Subsystem::Status::inoperative}});
    before.network_options["bcastping"] = {"1", "", "1"};
    const std::vector<Rule> rules = {
        rule({RetriedAction{{"startsrc", "-s", "snmpd"}}, RetriedAction{{"no", "-o", "bcastping=0"}}}),
        rule({no_snmpd, NetworkOptions{{{"bcastping", "1"}}, Persistence::nextboot}})};
    CHECK(disagreement(rules, before) == "");
    Snapshot after = before;
    for (const Rule& one : rules)
        ensure(one, after);
    CHECK(after.text(rc_tcpip_path) == "#" + start_snmpd);
    CHECK(actions(difference(before, after)) == Lines{});
}

namespace {

/// Something that only a person can put right.
struct Fault {
    std::string sentence;
};
Needs needs(const Fault&, const Snapshot&) { return {}; }
void ensure(const Fault& fault, Snapshot& snapshot) { snapshot.findings.push_back(fault.sentence); }
std::string summary(const Fault&) { return "look after"; }

} // namespace

TEST_CASE("what only a person can change is a finding: no change, no failure, and no contradiction to itself") {
    Snapshot snapshot = with_file(inittab_path, inittab);
    const std::vector<Rule> rules = {rule({Fault{"fix IY04477 is not installed"}, Fault{"so is IY1"}}, "software"),
                                     rule({Fault{"the door is open"}, no_dt}, "mixed")};
    const Snapshot before = snapshot;
    std::vector<RuleReport> reports = {ensure(rules[0], snapshot)};
    CHECK(reports[0].status == Status::finding);
    CHECK(reports[0].detail == "fix IY04477 is not installed; so is IY1");
    CHECK(reports[0].findings == std::vector<std::string>{"fix IY04477 is not installed", "so is IY1"});
    CHECK(reports[0].done == Lines{});
    CHECK(snapshot.same_state(before));
    reports.push_back(ensure(rules[1], snapshot)); // what can be changed is changed
    CHECK(reports[1].status == Status::differs);
    CHECK(reports[1].detail == "disable dt in /etc/inittab; the door is open");
    CHECK_NOTHROW(require_agreement(rules, reports, snapshot));
}

TEST_CASE("a rule of which nothing can be done here, for its commands are all skipped, is not applicable") {
    const NetworkOptions later{.options = {{"tcp_tcpsecure", "7"}}, .persistence = Persistence::nextboot};
    Snapshot snapshot = with_files({}, {nextboot_path});
    const Rule one = rule({later}, "later");
    const RuleReport report = ensure(one, snapshot);
    CHECK(report.status == Status::not_applicable);
    CHECK(report.detail == "no -p -o tcp_tcpsecure=7 is not run: not the live host");
    CHECK(report.done == Lines{});
    Snapshot live_host = live(with_files({}, {nextboot_path}));
    CHECK(ensure(one, live_host).status == Status::differs);
}

TEST_CASE("what earlier rules ask for does not count as done by a rule of which nothing can be done") {
    Snapshot snapshot = live(with_files({{"/etc/inetd.conf", "x\n"}}, {nextboot_path}));
    snapshot.subsystems["inetd"] = {Subsystem::Status::active, "", ""};
    snapshot.network_options["tcp_tcpsecure"].unavailable = "no such option";
    snapshot.refresh.insert("inetd"); // an earlier rule did
    const NetworkOptions later{.options = {{"tcp_tcpsecure", "7"}}, .persistence = Persistence::nextboot};
    const Rule one = rule({later}, "later");
    const RuleReport report = ensure(one, snapshot);
    CHECK(report.status == Status::not_applicable);
    CHECK(report.detail == "no -p -o tcp_tcpsecure=7 is not run: no such option");
}
