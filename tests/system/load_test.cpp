#include "system/load.hpp"

#include "plan/inetd.hpp"
#include "plan/inittab.hpp"
#include "plan/network_options.hpp"
#include "plan/rc_script.hpp"
#include "support/memory_host.hpp"

#include <doctest/doctest.h>

#include <algorithm>

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
    CHECK(snapshot.files.size() == 1);
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
                                    " ftp          /usr/sbin/ftpd           ftpd                     active\n",
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
        {{0, " snmpd tcpip 77 warned to stop\n", ""}, Status::inoperative, ""},
        {{0, " snmpd tcpip 77 active\n snmpd tcpip  inoperative\n", ""}, Status::active, ""},
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
    NetworkOptions wanted{{{"bcastping", "0"}, {"odd", "2"}}};
    wanted.persistence = Persistence::automatic;
    const Snapshot snapshot = load_live(host, {wanted});
    CHECK(snapshot.network_options.at("bcastping").nextboot == "5");
    CHECK(snapshot.network_options.at("odd").nextboot.empty());
    CHECK_FALSE(snapshot.files.contains("/etc/rc.no"));
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

TEST_CASE("new files belong to whom the tree calls root and system") {
    MemoryHost host;
    const Snapshot snapshot = load({}, {}, "refresh is never", host, no_history());
    CHECK(snapshot.owner_of_new_files == "root");
    CHECK(snapshot.group_of_new_files == "system");
}
