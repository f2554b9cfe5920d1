#include "plan/rc_script.hpp"

#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

using Status = Subsystem::Status;
using enum DaemonState;

const std::string rc_tcpip = "#!/bin/ksh\n"
                             "# Start up the sendmail daemon.\n"
                             "qpi=30m  # 30 minute interval\n"
                             "port=`uname -n`\n"
                             "start /usr/lib/sendmail \"$src_running\" \"-bd -q${qpi}\"\n"
                             "#start /usr/sbin/named \"$src_running\"\n"
                             "start /usr/sbin/snmpd \"$src_running\"\n"
                             "start /usr/sbin/gated \"$src_running\" \"-p $port\"\n"
                             "/usr/lpp/x_st_mgr/bin/x_st_mgrd -b /usr/lpp/x_st_mgr/bin/x_st_mgrd.cf -s x_st_mgrd\n";

std::string rc_with(const std::string& after, const std::string& before) {
    return replaced_in(rc_tcpip, before, after);
}

StartedDaemon daemon(const std::string& name, DaemonState state, std::optional<std::string> arguments = {}) {
    return {.daemon = name, .state = state, .arguments = std::move(arguments)};
}

StartedDaemon later(StartedDaemon wanted) {
    wanted.now = false;
    return wanted;
}

Snapshot snapshot(const std::string& text = rc_tcpip) { return with_file(rc_tcpip_path, text); }

std::string after(const StartedDaemon& wanted, const std::string& text = rc_tcpip) {
    return ensured(wanted, snapshot(text)).text(rc_tcpip_path);
}

} // namespace

TEST_CASE("rc_script: disabling a daemon puts a # before its line and touches no other byte; enabling takes it away") {
    const std::map<std::string, std::string> lines = {{"snmpd", "start /usr/sbin/snmpd"},
                                                      {"/usr/sbin/snmpd", "start /usr/sbin/snmpd"},
                                                      {"sendmail", "start /usr/lib/sendmail"},
                                                      {"x_st_mgrd", "/usr/lpp/x_st_mgr/bin/x_st_mgrd -b"}};
    for (const auto& [name, line] : lines) {
        const std::string off = rc_with("\n#" + line, "\n" + line);
        CHECK(after(daemon(name, disabled)) == off);
        CHECK(after(daemon(name, enabled), off) == rc_tcpip);
    }
    CHECK(after(daemon("named", enabled)) == rc_with("\nstart /usr/sbin/named", "\n#start /usr/sbin/named"));
}

TEST_CASE("rc_script: what is so already, or was never there, complies") {
    for (const StartedDaemon& wanted :
         {daemon("named", disabled), daemon("routed", disabled), daemon("routed", absent), daemon("snmpd", enabled),
          daemon("/opt/snmpd", disabled), daemon("sendmail", enabled, "-bd -q${qpi}")})
        CHECK(complies(wanted, snapshot()));
}

TEST_CASE("rc_script: an absent daemon has no line left, and one that never had one cannot be enabled") {
    CHECK(after(daemon("snmpd", absent)) == rc_with("", "start /usr/sbin/snmpd \"$src_running\"\n"));
    CHECK(after(daemon("named", absent)) == rc_with("", "#start /usr/sbin/named \"$src_running\"\n"));
    for (const std::string name : {"routed", "/opt/snmpd"})
        CHECK(refusal(daemon(name, enabled), snapshot()) ==
              "/etc/rc.tcpip: no line starts " + name + ", not even a disabled one");
}

TEST_CASE("rc_script: an enabled daemon gets the arguments given; a disabled one keeps its own") {
    CHECK(after(daemon("sendmail", enabled, "-bd -q10m")) == rc_with("\"-bd -q10m\"", "\"-bd -q${qpi}\""));
    CHECK(after(daemon("named", enabled, "-c /etc/named.conf")) ==
          rc_with("start /usr/sbin/named \"$src_running\" \"-c /etc/named.conf\"",
                  "#start /usr/sbin/named \"$src_running\""));
    CHECK(after(daemon("sendmail", disabled, "-bd -q10m")) ==
          rc_with("#start /usr/lib/sendmail", "start /usr/lib/sendmail"));
}

TEST_CASE("rc_script: its file is needed, on the live host the subsystem, and its shell is to check the new text") {
    for (const DaemonState state : {enabled, disabled, absent})
        check_needs_file(daemon("snmpd", state), "/etc/rc.tcpip");
    CHECK(needs(daemon("snmpd", disabled), Snapshot()).files == std::set<std::string>{"/etc/rc.tcpip"});
    CHECK(needs(daemon("/usr/sbin/snmpd", disabled), live({})).subsystems == std::set<std::string>{"snmpd"});
    CHECK(needs(later(daemon("snmpd", disabled)), live({})).subsystems.empty());
    CHECK(needs(daemon("snmpd", disabled), Snapshot()).subsystems.empty());
    CHECK(planned(daemon("snmpd", disabled), snapshot()).checks.at(0).argv.front() == "/bin/ksh");
}

TEST_CASE("rc_script: a daemon is stopped or started where it is not so already, and the script knows it") {
    const auto on = Status::active, off = Status::inoperative;
    const std::string only_script = " (only its script can tell its arguments -p $port; it starts at the next boot)";
    const std::vector<std::tuple<StartedDaemon, Status, Lines>> cases = {
        {daemon("snmpd", disabled), on, {"stopsrc -s snmpd"}},
        {daemon("/usr/sbin/snmpd", disabled), on, {"stopsrc -s snmpd"}},
        {daemon("snmpd", absent), on, {"stopsrc -s snmpd"}},
        {daemon("snmpd", disabled), off, {}},
        {daemon("named", disabled), on, {"stopsrc -s named"}}, // disabled in the file already
        {daemon("named", disabled), off, {}},
        {daemon("named", enabled), off, {"startsrc -s named"}},
        {daemon("snmpd", enabled), off, {"startsrc -s snmpd"}}, // enabled in the file already
        {daemon("snmpd", enabled), on, {}},
        {daemon("routed", disabled), on, {}}, // of which the script knows nothing
        {later(daemon("snmpd", disabled)), on, {}},
        {later(daemon("named", enabled)), off, {}},
        {daemon("sendmail", enabled), off, {"startsrc -s sendmail -a -bd -q30m"}}, // as at boot
        {daemon("sendmail", enabled, "-bd -q5m"), off, {"startsrc -s sendmail -a -bd -q5m"}},
        {daemon("sendmail", enabled, "-bd -q5m"), on, {}}, // other arguments alone start nothing anew
        {daemon("gated", enabled), off, {"startsrc -s gated -a -p $port" + only_script}},
    };
    for (const auto& [wanted, status, commands] : cases) {
        const std::string subsystem = wanted.daemon.substr(wanted.daemon.rfind('/') + 1);
        CHECK(actions(planned(wanted, live(snapshot(), {{subsystem, status}}))) == commands);
    }
}

TEST_CASE("rc_script: where no command is run, only what changes the script is worth mentioning") {
    Snapshot unknown = live(snapshot());
    unknown.subsystems["x_st_mgrd"].why = "lssrc -s x_st_mgrd: not on file";
    CHECK(actions(planned(daemon("x_st_mgrd", disabled), unknown)) ==
          Lines{"stopsrc -s x_st_mgrd (lssrc -s x_st_mgrd: not on file)"});
    CHECK(actions(planned(daemon("x_st_mgrd", enabled), unknown)) == Lines{});
    CHECK(actions(planned(daemon("snmpd", disabled), snapshot())) == Lines{"stopsrc -s snmpd (not the live host)"});
    CHECK(actions(planned(daemon("named", enabled), snapshot())) == Lines{"startsrc -s named (not the live host)"});
    for (const StartedDaemon& wanted :
         {daemon("named", disabled), daemon("snmpd", enabled), later(daemon("snmpd", disabled))})
        CHECK(actions(planned(wanted, snapshot())) == Lines{});
}

TEST_CASE("rc_script: what a daemon gets at boot has the values of plain assignments in place of variables") {
    CHECK(arguments_at_boot(RcScript::parse(rc_tcpip), "/usr/lib/sendmail") == "-bd -q30m");
    CHECK(arguments_at_boot(RcScript::parse(rc_tcpip), "snmpd") == "");
    CHECK(arguments_at_boot(RcScript::parse(rc_tcpip), "named") == std::nullopt);
    CHECK(arguments_at_boot(RcScript::parse(rc_tcpip), "routed") == std::nullopt);
    const std::map<std::string, std::string> cases = {{"-a $a -b ${b}c", "-a 1 -b 2c"},
                                                      {"$a$b", "12"},
                                                      {"-a $a -x $x", "-a $a -x $x"},
                                                      {"-q${a:-3}", "-q${a:-3}"},
                                                      {"-a 5$", "-a 5$"},
                                                      {"$a_b", "$a_b"},
                                                      {"$1 $a", "$1 $a"}};
    for (const auto& [written, expected] : cases)
        CHECK(arguments_at_boot(RcScript::parse("a=1\nb='2'\nstart /x \"$src_running\" \"" + written + "\"\n"), "x") ==
              expected);
}

TEST_CASE("rc_script: a daemon is summed up with a verb and its name") {
    CHECK(summary(daemon("snmpd", disabled)) == "disable snmpd");
    CHECK(summary(daemon("named", enabled)) == "enable named");
    CHECK(summary(daemon("x", absent)) == "remove x");
}
