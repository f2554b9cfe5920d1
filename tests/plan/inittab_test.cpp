#include "plan/inittab.hpp"

#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;
using namespace std::string_literals;

namespace {

using enum InittabState;

const std::string file = ": an excerpt of AIX 4.3.3\n"
                         "init:2:initdefault:\n"
                         "brc::sysinit:/sbin/rc.boot 3 >/dev/console 2>&1 # Phase 3 of system boot\n"
                         "rc:2:wait:/etc/rc 2>&1 | alog -tboot > /dev/console # Multi-User checks\n"
                         "cron:2:respawn:/usr/sbin/cron\n"
                         "httpdlite:2:once:/usr/IMNSearch/httpdlite/httpdlite \\\n"
                         "  -r /etc/IMNSearch/httpdlite/httpdlite.conf & >/dev/console 2>&1\n"
                         "dt:2:wait:/etc/rc.dt\n"
                         "cons:0123456789:respawn:/usr/sbin/getty /dev/console\n";
const std::string dt = "dt:2:wait:/etc/rc.dt\n";

using Field = std::optional<std::string>;

InittabEntry entry(const std::string& identifier, InittabState state, Field runlevel = {}, Field action = {},
                   Field command = {}) {
    return {.identifier = identifier, .state = state, .fields = {runlevel, action, command}};
}

InittabEntry off(const std::string& identifier) {
    return {.identifier = identifier, .state = disabled, .method = InittabMethod::off};
}

InittabEntry forced(InittabEntry entry) {
    entry.force = true;
    return entry;
}

InittabEntry behind(const std::string& other, InittabEntry entry) {
    entry.insert_after = other;
    return entry;
}

Snapshot snapshot(const std::string& text = file, const Lines& past = {}) {
    Snapshot snapshot = with_file(inittab_path, text);
    snapshot.past[inittab_path] = past;
    return snapshot;
}

std::string after(const InittabEntry& wanted, const std::string& text = file, const Lines& past = {}) {
    return ensured(wanted, snapshot(text, past)).text(inittab_path);
}

std::string why_not(const InittabEntry& wanted, const std::string& text = file) {
    return refusal(wanted, snapshot(text));
}

/// `file` with another line in place of that of dt.
std::string with_dt(const std::string& line) { return replaced_in(file, dt, line); }

} // namespace

TEST_CASE("inittab: disabling puts a colon in front, or changes the action field to off, and enabling undoes that") {
    for (const std::string identifier : {"dt", "httpdlite"}) { // continuation lines and all
        const std::string commented = replaced_in(file, "\n" + identifier + ":", "\n:" + identifier + ":");
        CHECK(after(entry(identifier, disabled)) == commented);
        CHECK(after(entry(identifier, enabled), commented) == file);
        CHECK(after(entry(identifier, present), commented) == file);
        CHECK(after(entry(identifier, enabled), after(off(identifier)), {file}) == file);
    }
    CHECK(after(off("dt")) == with_dt("dt:2:off:/etc/rc.dt\n"));
    CHECK(after(entry("dt", enabled), with_dt(": " + dt)) == file); // as IBM's advisory writes it
}

TEST_CASE("inittab: what is disabled, gone or enabled already complies") {
    for (const std::string& line : {":" + dt, ": " + dt, "dt:2:off:/etc/rc.dt\n"s, ""s})
        for (const InittabEntry& wanted : {entry("dt", disabled), off("dt")})
            CHECK(complies(wanted, snapshot(with_dt(line))));
    CHECK(complies(entry("dt", absent), snapshot(with_dt(""))));
    CHECK(complies(entry("dt", enabled), snapshot()));
    CHECK(complies(entry("dt", present), snapshot()));
    CHECK(complies(entry("dt", present, "2", "wait", "/etc/rc.dt"), snapshot()));
}

TEST_CASE("inittab: an entry that is off gets the action given, or the newest one that the history knows") {
    const Lines past = {with_dt("dt:2:off:/etc/rc.dt\n"), "x:2:once:/x\n", "dt:2:nonsense:/x\n",
                        with_dt(":dt:2:once:/old\n"), file};
    for (const char* line : {"dt:2:off:/etc/rc.dt\n", ":dt:2:off:/etc/rc.dt\n"})
        for (const InittabState state : {enabled, present}) {
            CHECK(after(entry("dt", state), with_dt(line), past) == with_dt("dt:2:once:/etc/rc.dt\n"));
            CHECK(after(entry("dt", state, {}, "respawn"), with_dt(line), past) ==
                  with_dt("dt:2:respawn:/etc/rc.dt\n"));
            CHECK(why_not(entry("dt", state), with_dt(line)) ==
                  "/etc/inittab: the entry dt is off and the history does not know what its action was before; give "
                  "`action`");
        }
    const Snapshot switched_off = ensured(off("dt"), with_file(inittab_path, file)); // by this run, so nobody asked
    CHECK(refusal(entry("dt", enabled), switched_off) == why_not(entry("dt", enabled), after(off("dt"))));
    CHECK(complies(entry("dt", present, {}, "off"), snapshot(with_dt("dt:2:off:/etc/rc.dt\n"))));
    CHECK(why_not(entry("dt", enabled, {}, "off")) ==
          "/etc/inittab: the entry dt cannot be enabled with the action off");
}

TEST_CASE("inittab: former texts are asked for where an entry has to be switched on without an action") {
    const auto asks = [](const InittabEntry& wanted, const std::string& text) {
        CHECK(needs(wanted, snapshot(text)).files == std::set<std::string>{inittab_path});
        return !needs(wanted, snapshot(text)).past.empty();
    };
    for (const char* line : {"dt:2:off:/etc/rc.dt\n", ":dt:2:off:/etc/rc.dt\n"}) {
        CHECK((asks(entry("dt", enabled), line) && asks(entry("dt", present), line)));
        for (const InittabEntry& wanted :
             {entry("dt", enabled, {}, "wait"), entry("dt", disabled), entry("cron", enabled)})
            CHECK(!asks(wanted, line));
    }
    CHECK(!asks(entry("dt", enabled), file));
    CHECK(needs(entry("dt", enabled), with_files({}, {inittab_path})).past.empty());
}

TEST_CASE("inittab: enabling undoes a disabling and nothing else, and needs something to undo") {
    CHECK(complies(entry("dt", enabled, "3", "once", "/x"), snapshot()));
    CHECK(after(entry("dt", enabled, "3", "once", "/x"), with_dt(":" + dt)) == file);
    CHECK(why_not(entry("imnss", enabled)) ==
          "/etc/inittab: there is no entry imnss to enable; state present adds one");
}

TEST_CASE("inittab: present changes the given fields and no others") {
    CHECK(after(entry("dt", present, "23")) == with_dt("dt:23:wait:/etc/rc.dt\n"));
    CHECK(after(entry("dt", present, "", {}, {}), with_dt(":" + dt)) ==
          with_dt("dt::wait:/etc/rc.dt\n")); // and enables
    CHECK(after(entry("dt", present, {}, "once")) == with_dt("dt:2:once:/etc/rc.dt\n"));
    CHECK(after(entry("dt", present, {}, {}, "/bin/x a:b \"c d\" # caf\xe9")) ==
          with_dt("dt:2:wait:/bin/x a:b \"c d\" # caf\xe9\n"));
    CHECK(after(entry("dt", present, {}, {}, "/bin/x \\\n  -y")) ==
          with_dt("dt:2:wait:/bin/x \\\n  -y\n")); // continued
}

TEST_CASE("inittab: a new entry goes to the end or behind the entry named, one that exists stays where it is") {
    const InittabEntry agent = entry("agent", present, "2", "respawn", "/opt/agent a:b");
    const std::string line = "agent:2:respawn:/opt/agent a:b\n";
    CHECK(after(agent) == file + line);
    CHECK(after(agent, "init:2:initdefault:") == "init:2:initdefault:\n" + line);
    CHECK(after(behind("cron", agent)) == replaced_in(file, "httpdlite:2", line + "httpdlite:2"));
    CHECK(after(behind("httpdlite", agent)) == with_dt(line + dt));
    for (const char* other : {"brc", "imnss"})
        CHECK(complies(behind(other, entry("dt", present)), snapshot()));
}

TEST_CASE("inittab: a new entry needs all its fields, and one that init sees to stand behind") {
    for (const char* other : {"imnss", "", "dt"})
        CHECK(why_not(behind(other, entry("agent", present, "2", "once", "/x")), with_dt(":" + dt)) ==
              "/etc/inittab: there is no entry '" + std::string(other) + "' to insert agent after");
    for (const InittabEntry& some : {entry("agent", present, {}, "once", "/x"), entry("agent", present, "2", {}, "/x"),
                                     entry("agent", present, "2", "once")})
        CHECK(why_not(some) == "/etc/inittab: there is no entry agent; adding it needs runlevel, action and command");
}

TEST_CASE("inittab: an absent entry is gone, the commented ones of its name too") {
    for (const std::string& lines : {dt, ":" + dt, ": dt:2:off:old\n" + dt + ":dt:2:off:older\n"})
        CHECK(after(entry("dt", absent), with_dt(lines)) == with_dt(""));
}

TEST_CASE("inittab: what init needs to boot is refused to be disabled, removed or changed, unless forced") {
    const std::string inittab = "init:2:initdefault:\n"
                                "brc::sysinit:/sbin/rc.boot 3\n"
                                "securityboot:2:bootwait:/etc/rc.security.boot\n"
                                "tunables:23456789:wait:/usr/sbin/tunrestore -R\n"
                                "powerfail::powerfail:/etc/rc.powerfail\n"
                                "rc:2:wait:/etc/rc\n"
                                "fbcheck:2:wait:/usr/sbin/fbcheck\n"
                                "srcmstr:2:respawn:/usr/sbin/srcmstr\n"
                                "rctcpip:2:wait:/etc/rc.tcpip\n"
                                "cron:2:respawn:/usr/sbin/cron\n"
                                "cons:0123456789:respawn:/usr/sbin/getty /dev/console\n";
    for (const InittabRecord& record : Inittab::parse(inittab).records()) {
        const std::string id = record.identifier;
        for (const InittabEntry& wanted : {entry(id, disabled), off(id), entry(id, absent), entry(id, present, "5"),
                                           entry(id, present, {}, "hold"), entry(id, present, {}, {}, "/bin/true")}) {
            CHECK(why_not(wanted, inittab) ==
                  "/etc/inittab: the host needs the entry " + id +
                      " as it is to boot to where it boots now; `force: true` changes it all the same");
            CHECK(after(forced(wanted), inittab) != inittab);
        }
        CHECK(complies(entry(id, present), snapshot(inittab)));
    }
    for (const char* identifier : {"dt", "rcnfs", "l2", "brcx", "qdaemon"})
        CHECK(!is_boot_critical({.identifier = identifier, .runlevel = "2", .action = "wait", .command = "/x"}));
}

TEST_CASE("inittab: whatever the name of the initdefault entry, it stays, and stays the only one") {
    CHECK(why_not(entry("is", absent), "is:2:initdefault:\n") != "");
    const InittabEntry second = entry("is", present, "3", "initdefault", "");
    CHECK(why_not(second) == "/etc/inittab: a second initdefault entry would make it uncertain to which runlevel the "
                             "host boots; `force: true` adds it all the same");
    CHECK(after(forced(second)) == file + "is:3:initdefault:\n");
    CHECK(after(second, dt) == dt + "is:3:initdefault:\n");
}

TEST_CASE("inittab: what is needed to boot but switched off already can be brought back and taken away") {
    const std::string cron = "cron:2:respawn:/usr/sbin/cron\n";
    for (const std::string& line : {"cron:2:off:/usr/sbin/cron\n"s, ":" + cron}) {
        const std::string inittab = replaced_in(file, cron, line);
        CHECK(after(entry("cron", enabled, {}, "respawn"), inittab) == file);
        CHECK(after(entry("cron", present, {}, "respawn"), inittab) == file);
        CHECK(after(entry("cron", absent), inittab) == replaced_in(file, cron, ""));
    }
}

TEST_CASE("inittab: losing, changing or reordering what is needed to boot is noticed, all else is not") {
    const Inittab before = Inittab::parse("brc::sysinit:/b\ndt:2:wait:/d\nrc:2:wait:/r\n");
    CHECK_NOTHROW(require_bootable(
        before, Inittab::parse("x:2:once:/x\nbrc::sysinit:/b\n:dt:2:wait:/d\nrc:2:wait:/r\ncron:2:respawn:/c\n")));
    for (const char* bad : {"rc:2:wait:/r\n", "brc::sysinit:/b\n:rc:2:wait:/r\n", "brc::sysinit:/b\nrc:2:wait:/s\n",
                            "rc:2:wait:/r\nbrc::sysinit:/b\n"})
        CHECK_THROWS_AS(require_bootable(before, Inittab::parse(bad)), Error);
}

TEST_CASE("inittab: what init could not read is refused, forced or not") {
    const struct {
        const char* why = "";
        InittabEntry wanted;
    } cases[] = {
        {"runlevel of dt has over 20 characters", entry("dt", present, std::string(21, '2'))},
        {"runlevel '2,3' of dt may consist of", entry("dt", present, "2,3")},
        {"init knows no action 'Off'", entry("dt", present, {}, "Off")},
        {"command of dt must not contain a newline", entry("dt", present, {}, {}, "a\nb:2:once:c")},
        {"command of dt must not contain a newline", entry("dt", present, {}, {}, "\na")},
        {"command of dt must not contain a newline", entry("dt", present, {}, {}, "a \\\n b\nc")},
        {"a NUL", entry("dt", present, {}, {}, "a\0b"s)},
        {"command of dt must not end in a backslash", entry("dt", present, {}, {}, "a \\")},
        {"command of dt has over 1024 bytes", entry("dt", present, {}, {}, std::string(1025, 'x'))},
        {"entry dt would have over 1024 bytes", entry("dt", present, {}, {}, std::string(1015, 'x'))},
        {"identifier 'a-name-too-long' must have 1 to 14", entry("a-name-too-long", present, "2", "once", "/x")},
        {"identifier '' must have 1 to 14", entry("", present, "2", "once", "/x")},
        {"identifier '#dt' must not contain", entry("#dt", present, "2", "once", "/x")},
        {"identifier 'd t' must not contain", entry("d t", present, "2", "once", "/x")},
    };
    for (const auto& example : cases)
        for (const InittabEntry& wanted : {example.wanted, forced(example.wanted)})
            CHECK_MESSAGE(why_not(wanted).find(example.why) != std::string::npos, why_not(wanted));
}

TEST_CASE("inittab: the longest fields that init reads are taken") {
    const std::string runlevel(20, '2'), command(1024 - "dt:2:wait:"s.size(), 'x');
    CHECK(after(entry("dt", present, runlevel)) == with_dt("dt:" + runlevel + ":wait:/etc/rc.dt\n"));
    CHECK(after(entry("dt", present, {}, {}, command)) == with_dt("dt:2:wait:" + command + "\n"));
    CHECK(after(entry("fourteen-bytes", present, "2", "once", "")) == file + "fourteen-bytes:2:once:\n");
}

TEST_CASE("inittab: an entry that stands twice is refused with both lines, forced or not") {
    const std::string twice = "dt:2:wait:/a\nx:2:once:/x\ndt:2:wait:/b\n";
    for (const InittabEntry& wanted :
         {entry("dt", present), entry("dt", absent), entry("dt", disabled), entry("dt", enabled), off("dt"),
          behind("dt", entry("y", present, "2", "once", "/y"))})
        for (const InittabEntry& one : {wanted, forced(wanted)})
            CHECK(why_not(one, twice).starts_with("/etc/inittab, lines 1 and 3: "));
    CHECK(
        why_not(entry("dt", enabled), ":dt:2:wait:/a\n: dt:2:wait:/b\n").starts_with("/etc/inittab, lines 1 and 2: "));
    CHECK(after(entry("x", disabled), twice) == "dt:2:wait:/a\n:x:2:once:/x\ndt:2:wait:/b\n");
}

TEST_CASE("inittab: an entry with a # in front is one that init runs, which is worth a warning") {
    const Snapshot hashed = snapshot(with_dt("#" + dt));
    for (const InittabState state : {disabled, absent}) {
        CHECK(complies(entry("dt", state), hashed));
        CHECK(ensured(entry("dt", state), hashed).warnings ==
              Lines{"/etc/inittab, line 8: init runs the entry #dt, for # is no comment to it; a colon in front "
                    "disables an entry"});
    }
    CHECK(why_not(entry("dt", enabled), with_dt("#" + dt)) != "");
    CHECK(ensured(entry("cron", present), hashed).warnings == Lines{});
    CHECK(ensured(entry("dt", present), snapshot(with_dt(":#" + dt + dt))).warnings == Lines{});
    CHECK(after(entry("#dt", disabled), with_dt("#" + dt)) == with_dt(":#" + dt));
}

TEST_CASE("inittab: init reads its file again after a change alone, where that is asked for") {
    const auto now = [](InittabEntry wanted) {
        wanted.now = true;
        return wanted;
    };
    CHECK(ensured(now(entry("dt", disabled)), snapshot()).reread_inittab);
    CHECK(!ensured(now(entry("imnss", disabled)), snapshot()).reread_inittab);
    CHECK(!ensured(entry("dt", disabled), snapshot()).reread_inittab);
}

TEST_CASE("inittab: without its file nothing can be wanted of it") {
    for (const InittabState state : {present, absent, disabled, enabled})
        check_needs_file(entry("dt", state), "/etc/inittab");
}

TEST_CASE("inittab: an entry is summed up with a verb and its identifier") {
    const std::map<InittabState, std::string> verbs = {
        {disabled, "disable"}, {enabled, "enable"}, {absent, "remove"}, {present, "set"}};
    for (const auto& [state, verb] : verbs)
        CHECK(summary(entry("dt", state)) == verb + " dt");
}

TEST_CASE("inittab: disabling an entry that runs start scripts names those that the next boot will not run") {
    const InittabEntry no_l2{.identifier = "l2", .state = InittabState::disabled};
    Snapshot snapshot =
        with_files({{inittab_path, "init:2:initdefault:\nl2:2:wait:/etc/rc.d/rc 2\nl3:3:wait:/etc/rc.d/rc 3\n"},
                    {"/etc/rc.d/rc2.d/K10x", ""},
                    {"/etc/rc.d/rc2.d/S10x", ""},
                    {"/etc/rc.d/rc2.d/Ssshd", ""},
                    {"/etc/rc.d/rc3.d/S1y", ""}});
    CHECK(needs(no_l2, snapshot).trees == std::set<std::string>{"/etc/rc.d/rc2.d"});
    const Lines warning = {
        "without the entry l2 the next boot does not start /etc/rc.d/rc2.d/S10x and "
        "/etc/rc.d/rc2.d/Ssshd; what the host needs of it (remote login?) must be started in another way"};
    CHECK(ensured(no_l2, snapshot).warnings == warning);
    const InittabEntry absent{.identifier = "l2", .state = InittabState::absent};
    CHECK(ensured(absent, snapshot).warnings == warning);
    CHECK(ensured(InittabEntry{.identifier = "l2", .state = InittabState::enabled}, snapshot).warnings.empty());
    const InittabEntry no_l3{.identifier = "l3", .state = InittabState::disabled};
    CHECK(ensured(no_l3, snapshot)
              .warnings.at(0)
              .starts_with("without the entry l3 the next boot does not start /etc/rc.d/rc3.d/S1y; "));
    snapshot.files["/etc/rc.d/rc2.d/S10x"] = {}; // a rule before has removed it
    CHECK(ensured(no_l2, snapshot)
              .warnings.at(0)
              .starts_with("without the entry l2 the next boot does not start /etc/rc.d/rc2.d/Ssshd; "));
    snapshot = ensured(no_l2, snapshot);
    snapshot.warnings.clear();
    CHECK(ensured(no_l2, snapshot).warnings.empty()); // nothing is taken away that was there
}
