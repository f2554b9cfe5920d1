#include "system/transaction.hpp"

#include "plan/inetd.hpp"
#include "plan/inittab.hpp"
#include "plan/network_options.hpp"
#include "plan/path.hpp"
#include "plan/rollback.hpp"
#include "support/memory_host.hpp"
#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"
#include "system/load.hpp"
#include "system/out_of_memory.hpp"
#include "system/places.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <new>
#include <utility>

#include <unistd.h>

using namespace bulwark;
using std::chrono::seconds;

namespace {

const std::string history_path = "/var/bulwark/history.git";
const std::string inetd_conf = "ftp\tstream\ttcp6\tnowait\troot\t/usr/sbin/ftpd\tftpd\n"
                               "shell\tstream\ttcp6\tnowait\troot\t/usr/sbin/rshd\trshd\n";
const std::string inetd_conf_without_shell = "ftp\tstream\ttcp6\tnowait\troot\t/usr/sbin/ftpd\tftpd\n"
                                             "#shell\tstream\ttcp6\tnowait\troot\t/usr/sbin/rshd\trshd\n";
const std::string inittab = "init:2:initdefault:\nbrc::sysinit:/sbin/rc.boot 3\ndt:2:wait:/etc/rc.dt\n";
const std::string inittab_without_dt = "init:2:initdefault:\nbrc::sysinit:/sbin/rc.boot 3\n"
                                       "no:2:once:/etc/rc.no > /dev/console 2>&1\n:dt:2:wait:/etc/rc.dt\n";

CommandResult said(const std::string& out) { return {0, out, ""}; }

/// A live host with an active inetd, and a real history in a real directory.
struct Site {
    TemporaryDirectory directory;
    MemoryHost host;

    Site() {
        host.real_paths["/var/bulwark"] = directory.path();
        host.put("/etc/inetd.conf", inetd_conf);
        host.put("/etc/inittab", inittab, 0600);
        host.script("lssrc -s inetd", said("Subsystem Group PID Status\n inetd tcpip 4242 active\n"));
        host.script("lssrc -ls inetd", said("Subsystem Group PID Status\n inetd tcpip 4242 active\n"));
        host.script("refresh -s inetd",
                    said("0513-095 The request for subsystem refresh was completed successfully.\n"));
        host.script("no -o bcastping", said("bcastping = 1\n"));
        host.script("no -o bcastping=0", said("Setting bcastping to 0\n"));
    }

    History history() { return open_history(host, history_path); }
};

std::vector<Rule> hardening() {
    Rule rule;
    rule.wanted = {InetdService{{"shell", ""}, ServiceState::disabled},
                   InittabEntry{.identifier = "dt", .state = InittabState::disabled},
                   NetworkOptions{{{"bcastping", "0"}}}};
    return {rule};
}

struct Run {
    Plan plan;
    Outcome outcome;
    Interrupted interrupted;
};

/// What module/run.cpp does, less the reporting.
Run run(Site& site, std::vector<Rule> rules, const std::string& not_live = "", bool check = false) {
    std::unique_ptr<Host::Lock> lock;
    if (!check)
        lock = lock_history(site.host, history_path, seconds(1));
    History history = site.history();
    Run result;
    result.interrupted = lock ? find_interrupted(site.host, history, history_path)
                              : foresee_interrupted(site.host, history, history_path);
    if (lock)
        recover(result.interrupted, site.host, history);
    rules.insert(rules.begin(), result.interrupted.owed.begin(), result.interrupted.owed.end());
    const Snapshot before = load(rules, result.interrupted.put_back, not_live, site.host, history);
    Snapshot after = before;
    for (const Rule& rule : rules)
        if (const RuleReport report = ensure(rule, after); report.status == RuleReport::Status::failed)
            throw Error(report.detail);
    result.plan = difference(before, after);
    check_texts(result.plan, site.host);
    result.outcome = lock ? apply(result.plan, "test: harden\n", site.host, history) : foresee(result.plan);
    return result;
}

bool is_as_before(const Site& site) {
    return site.host.files.at("/etc/inetd.conf").text == inetd_conf &&
           site.host.files.at("/etc/inittab").text == inittab && !site.host.files.contains("/etc/rc.no");
}

bool is_hardened(const Site& site) {
    return site.host.files.at("/etc/inetd.conf").text == inetd_conf_without_shell &&
           site.host.files.at("/etc/inittab").text == inittab_without_dt && site.host.files.contains("/etc/rc.no");
}

std::vector<std::string> commands_run(const Site& site) {
    std::vector<std::string> commands;
    for (const std::string& call : site.host.calls)
        if (call.starts_with("run ") && call.find("lssrc") == std::string::npos &&
            call.find("-o bcastping") + 12 != call.size())
            commands.push_back(call.substr(4));
    return commands;
}

/// Which side effect of an undisturbed run that is, counted as MemoryHost counts.
std::size_t step_of(const std::string& call) {
    Site site;
    run(site, hardening());
    std::size_t steps = 0;
    for (const std::string& done : site.host.calls) {
        const bool counts = done.starts_with("lock ") || done.starts_with("replace ") || done.starts_with("run ") ||
                            done.starts_with("remove_temporary ");
        steps += counts;
        if (done == call)
            return steps;
    }
    throw Error("no such call: " + call);
}

/// The kernel keeps what `no` sets.
void let_options_stick(Site& site) {
    site.host.answer =
        [value = std::string("1")](const std::vector<std::string>& argv) mutable -> std::optional<CommandResult> {
        if (argv.size() == 3 && argv[2] == "bcastping=0")
            value = "0";
        if (argv.size() == 3 && argv[2] == "bcastping")
            return CommandResult{0, "bcastping = " + value + "\n", ""};
        return std::nullopt;
    };
}

} // namespace

TEST_CASE("a run changes all files, commits what was and what is, and runs its commands in order") {
    Site site;
    const Run done = run(site, hardening());
    CHECK(is_hardened(site));
    CHECK(site.host.files.at("/etc/rc.no").mode == 0744);
    CHECK(commands_run(site) == std::vector<std::string>{"no -o bcastping=0", "refresh -s inetd"});
    const History history = site.history();
    REQUIRE(done.outcome.commit);
    CHECK(history.main() == done.outcome.commit);
    CHECK_FALSE(history.pending());
    const Recorded found = history.read(history.parent(*history.main()));
    CHECK(found.files.at("/etc/inetd.conf").state.text == inetd_conf);
    CHECK(found.files.at("/etc/inittab").state.mode == 0600);
    CHECK(found.files.at("/etc/rc.no").state.kind == FileState::Kind::missing);
    CHECK(found.network_options.at("bcastping") == "1");
    const Recorded now = history.read(history.main());
    CHECK(now.files.at("/etc/inetd.conf").state.text == inetd_conf_without_shell);
    CHECK(now.network_options.at("bcastping") == "0");
    CHECK(now.actions ==
          std::vector<std::vector<std::string>>{{"no", "-o", "bcastping=0"}, {"refresh", "-s", "inetd"}});
}

TEST_CASE("a second run changes nothing, commits nothing and runs nothing") {
    Site site;
    let_options_stick(site);
    const auto first = run(site, hardening()).outcome.commit;
    site.host.restart();
    const Run second = run(site, hardening());
    CHECK(second.plan.empty());
    CHECK_FALSE(second.outcome.commit);
    CHECK(site.history().main() == first);
    CHECK(commands_run(site).empty());
    CHECK(std::none_of(site.host.calls.begin(), site.host.calls.end(),
                       [](const std::string& call) { return call.starts_with("replace"); }));
}

TEST_CASE("a check run plans the same, and has no side effect but to ask") {
    Site site;
    const Run check = run(site, hardening(), "", true);
    CHECK(is_as_before(site));
    CHECK_FALSE(site.history().main());
    for (const std::string& call : site.host.calls)
        CHECK_FALSE((call.starts_with("lock") || call.starts_with("replace") || call.starts_with("remove")));
    CHECK(commands_run(site).empty());
    CHECK(check.outcome.actions.at(0).status == ActionResult::Status::would_run);
    const Run real = run(site, hardening());
    REQUIRE(check.plan.changes.size() == real.plan.changes.size());
    for (std::size_t i = 0; i < real.plan.changes.size(); ++i) {
        CHECK(check.plan.changes[i].path == real.plan.changes[i].path);
        CHECK(check.plan.changes[i].after == real.plan.changes[i].after);
    }
}

TEST_CASE("in an alternate root commands are skipped with the reason, and nothing is owed") {
    Site site;
    const Run done = run(site, hardening(), "root is /mnt, not the running host");
    CHECK(is_hardened(site));
    CHECK(commands_run(site).empty());
    for (const ActionResult& action : done.outcome.actions) {
        CHECK(action.status == ActionResult::Status::skipped);
        CHECK(action.reason == "root is /mnt, not the running host");
    }
    CHECK_FALSE(site.history().pending());
    CHECK(site.history().read(site.history().main()).actions.empty());
}

TEST_CASE("whatever side effect fails, every file is as before and the next run does it all") {
    Site measure;
    run(measure, hardening());
    const std::size_t steps = measure.host.count_of_side_effects();
    REQUIRE(steps > 5);
    for (std::size_t n = 1; n <= steps; ++n) {
        for (const auto moment : {MemoryHost::Moment::before, MemoryHost::Moment::within, MemoryHost::Moment::after}) {
            CAPTURE(n);
            Site site;
            let_options_stick(site);
            site.host.fail_at(n, "writing: No space left on device", moment);
            bool failed = false;
            try {
                failed = !run(site, hardening()).outcome.failure.empty();
            } catch (const Error& error) {
                failed = true;
                CHECK(std::string(error.what()).find("No space left on device") != std::string::npos);
            }
            CHECK((is_as_before(site) || is_hardened(site))); // the latter where a command failed
            CHECK(site.host.temporaries.empty());
            site.host.restart();
            run(site, hardening());
            CHECK(is_hardened(site));
            CHECK_FALSE(site.history().pending());
            (void)failed;
        }
    }
}

TEST_CASE(
    "memory that runs out, once or for good, is put back like any error, and the sentence says what has become of it") {
    for (const bool for_good : {false, true}) {
        bool more = true;
        for (std::size_t n = 1; more; ++n) {
            CAPTURE(for_good);
            CAPTURE(n);
            Site site;
            let_options_stick(site);
            std::size_t calls = 0;
            site.host.before_call = [&](const std::string& call) {
                if (++calls == n || (for_good && calls > n && !call.starts_with("unlock ")))
                    throw std::bad_alloc();
            };
            std::string said;
            try {
                said = run(site, hardening()).outcome.failure;
            } catch (const std::exception& error) {
                said = sentence_of(error);
            }
            more = calls >= n;
            CHECK(said.find("std::") == std::string::npos);
            CHECK(said.empty() == !more);
            if (!is_as_before(site) && !is_hardened(site))
                CHECK(said.find("; the next run puts back /etc/") != std::string::npos);
            site.host.before_call = {};
            site.host.restart();
            run(site, hardening());
            CHECK(is_hardened(site));
            CHECK(site.host.temporaries.empty());
            CHECK_FALSE(site.history().pending());
        }
    }
}

TEST_CASE("memory that runs out where files are replaced leaves each of them as before, and the sentence says so") {
    Site site;
    site.host.before_call = [failed = false](const std::string& call) mutable {
        if (call == "replace /etc/rc.no" && !std::exchange(failed, true)) // the last of the three
            throw std::bad_alloc();
    };
    CHECK_THROWS_WITH_AS(
        run(site, hardening()),
        "there is not enough memory: free some or raise its limit (ulimit -d, ulimit -v), then run again; "
        "every file is as before",
        Error);
    CHECK(is_as_before(site));
    CHECK_FALSE(site.history().pending());
}

TEST_CASE("wherever a run is killed, the next one finds the files as before or as after, and completes") {
    Site measure;
    run(measure, hardening());
    const std::size_t steps = measure.host.count_of_side_effects();
    for (std::size_t n = 1; n <= steps; ++n) {
        for (const auto stop : {&MemoryHost::stop_at, &MemoryHost::stop_within, &MemoryHost::stop_after}) {
            CAPTURE(n);
            Site site;
            let_options_stick(site);
            (site.host.*stop)(n);
            try {
                run(site, hardening());
            } catch (const Stopped&) {
            }
            site.host.restart();
            const Run foreseen = run(site, hardening(), "", true);
            const Run next = run(site, hardening());
            CHECK(is_hardened(site));
            CHECK(site.host.temporaries.empty());
            CHECK_FALSE(site.history().pending());
            REQUIRE(foreseen.plan.changes.size() == next.plan.changes.size());
            for (std::size_t i = 0; i < next.plan.changes.size(); ++i)
                CHECK(foreseen.plan.changes[i].after == next.plan.changes[i].after);
            site.host.restart();
            CHECK(run(site, hardening()).plan.empty());
        }
    }
}

TEST_CASE("recovery after a kill brings back exactly what was there") {
    for (const std::string file : {"/etc/inetd.conf", "/etc/inittab"}) {
        CAPTURE(file);
        Site site;
        site.host.stop_after(step_of("replace " + file));
        CHECK_THROWS_AS(run(site, hardening()), Stopped);
        site.host.restart();
        const Run next = run(site, {});
        CHECK(is_as_before(site));
        CHECK(site.host.files.at("/etc/inittab").mode == 0600);
        CHECK(next.plan.empty());
    }
}

TEST_CASE("a torn file with several hard links is put back") {
    Site site;
    site.host.files.at("/etc/inetd.conf").linked = true;
    site.host.stop_within(step_of("replace /etc/inetd.conf"));
    CHECK_THROWS_AS(run(site, hardening()), Stopped);
    CHECK(site.host.files.at("/etc/inetd.conf").text != inetd_conf);
    CHECK(site.host.files.at("/etc/inetd.conf").text != inetd_conf_without_shell);
    site.host.restart();
    run(site, {});
    CHECK(site.host.files.at("/etc/inetd.conf").text == inetd_conf);
}

TEST_CASE("a file that somebody else changed after an interrupted run is left alone and reported") {
    Site site;
    site.host.stop_after(step_of("replace /etc/inittab"));
    CHECK_THROWS_AS(run(site, hardening()), Stopped);
    site.host.restart();
    site.host.files.at("/etc/inetd.conf").text = "# by hand\n";
    const Run next = run(site, {});
    CHECK(site.host.files.at("/etc/inetd.conf").text == "# by hand\n");
    CHECK(site.host.files.at("/etc/inittab").text == inittab);
    REQUIRE(next.interrupted.warnings.size() == 1);
    CHECK(next.interrupted.warnings[0] ==
          "/etc/inetd.conf was about to be changed by a run that was interrupted, and somebody "
          "else has changed it since: it is left as it is");
    CHECK_FALSE(site.history().pending());
}

TEST_CASE("a file that changes between planning and writing is not overwritten, and what was replaced is put back") {
    Site site;
    site.host.program = [&](const PrivateFile&,
                            const std::vector<std::string>&) { // the last moment before the files are written
        site.host.files.at("/etc/inittab").text = inittab + "mine:2:once:/bin/true\n";
        return CommandResult{};
    };
    site.host.commands["ksh"] = "/bin/ksh";
    CHECK_THROWS_WITH_AS(
        run(site, hardening()),
        "replacing /etc/inittab: somebody else has changed it while this run was planning; run again; every "
        "file is as before",
        Error);
    CHECK(site.host.files.at("/etc/inetd.conf").text == inetd_conf);
    CHECK(site.host.files.at("/etc/inittab").text == inittab + "mine:2:once:/bin/true\n");
    CHECK_FALSE(site.history().pending());
}

TEST_CASE("what somebody writes to a file that a run has replaced stays there when the run fails") {
    Site site;
    site.host.before_call = [&](const std::string& call) {
        if (call == "replace /etc/inittab")
            site.host.files.at("/etc/inetd.conf").text += "# mine\n";
    };
    site.host.fail_at(step_of("replace /etc/inittab"), "replacing /etc/inittab: No space left on device");
    CHECK_THROWS_WITH_AS(run(site, hardening()),
                         "replacing /etc/inittab: No space left on device; every file is as before but "
                         "/etc/inetd.conf, to which somebody else has written meanwhile",
                         Error);
    CHECK(site.host.files.at("/etc/inetd.conf").text == inetd_conf_without_shell + "# mine\n");
    CHECK(site.host.files.at("/etc/inittab").text == inittab);
    CHECK_FALSE(site.history().pending());
}

TEST_CASE("files that cannot be put back are named with the first reason, and the next run does it") {
    Site site;
    std::map<std::string, int> replaced;
    site.host.before_call = [&](const std::string& call) {
        if (!call.starts_with("replace "))
            return;
        if (call == "replace /etc/rc.no") // the last of the three
            throw Error("replacing /etc/rc.no: No space left on device");
        if (++replaced[call] > 1)
            throw Error(call.substr(8) + ": Input/output error");
    };
    CHECK_THROWS_WITH_AS(run(site, hardening()),
                         "replacing /etc/rc.no: No space left on device; the next run puts back /etc/inittab and "
                         "/etc/inetd.conf, which could not be done now (/etc/inittab: Input/output error)",
                         Error);
    CHECK(site.history().pending());
    site.host.before_call = {};
    site.host.restart();
    CHECK(run(site, {}).interrupted.warnings.empty());
    CHECK(is_as_before(site));
    CHECK_FALSE(site.history().pending());
}

TEST_CASE("a mode that was changed is put back when the run fails, whatever the file says by then") {
    Site site;
    Plan plan;
    for (const char* const path : {"/etc/inetd.conf", "/etc/inittab"})
        plan.changes.push_back({path, site.host.files.at(path), site.host.files.at(path)});
    plan.changes[0].after.mode = 0600;
    plan.changes[1].after.text = inittab_without_dt;
    site.host.before_call = [&](const std::string& call) {
        if (call != "replace /etc/inittab")
            return;
        site.host.files.at("/etc/inetd.conf").text += "# meanwhile\n";
        throw Error("replacing /etc/inittab: No space left on device");
    };
    History history = site.history();
    CHECK_THROWS_WITH_AS(apply(plan, "test\n", site.host, history),
                         "replacing /etc/inittab: No space left on device; every file is as before", Error);
    CHECK(site.host.files.at("/etc/inetd.conf").mode == 0644);
    CHECK(site.host.files.at("/etc/inetd.conf").text == inetd_conf + "# meanwhile\n");
}

namespace {

FileState of_root(const std::string& text, unsigned mode, bool linked) {
    return {FileState::Kind::regular, text, mode, "root", "system", {}, linked};
}

/// A file as a killed run may find it again; `ours`: that run itself can have left it so.
struct Leftover {
    std::string title;
    FileState now;
    bool ours;
};

/// A run that is killed before, or after, it makes its only change.
void kill_run(Site& site, const FileChange& change, void (MemoryHost::*stop)(std::size_t)) {
    Plan plan;
    plan.changes = {change};
    History history = site.history();
    (site.host.*stop)(1);
    CHECK_THROWS_AS(apply(plan, "test\n", site.host, history), Stopped);
    site.host.restart();
}

/// A run that is killed before it changes a file, which is then put into that state; and a recovery.
void check_recovery(const FileState& before, const FileState& after, const Leftover& leftover) {
    CAPTURE(leftover.title);
    Site site;
    site.host.files["/etc/conf"] = before;
    kill_run(site, {"/etc/conf", before, after}, &MemoryHost::stop_at);
    site.host.files["/etc/conf"] = leftover.now;
    if (leftover.now.unread)
        site.host.large = {"/etc/conf"};
    const Run next = run(site, {});
    CHECK(next.interrupted.warnings.empty() == leftover.ours);
    CHECK((site.host.files.contains("/etc/conf") ? site.host.files.at("/etc/conf") : FileState{}) ==
          (leftover.ours ? before : leftover.now));
    CHECK_FALSE(site.history().pending());
}

} // namespace

TEST_CASE("recovery puts back what the interrupted run can have left, and leaves alone what somebody else has made") {
    const FileState before = of_root("ftp stream\nshell stream\n", 0644, true);
    FileState after = of_root("ftp stream\n#shell stream\n", 0600, true);
    after.owner = after.group = "bin";
    const auto with_text = [](FileState state, const std::string& text) {
        state.text = text;
        return state;
    };
    const auto with_owner = [&](const std::string& owner, const std::string& group) {
        FileState state = before;
        state.owner = owner;
        state.group = group;
        return state;
    };
    FileState setgid = before, unread = before, alone = before;
    setgid.mode = 02644; // as a chown may leave it, or take it away
    unread.text.clear();
    unread.unread = true;
    alone.linked = false;
    const std::vector<Leftover> leftovers{
        {"untouched", before, true},
        {"complete", after, true},
        {"the new text, and nothing else yet", with_text(before, after.text), true},
        {"the old text, with the new owner", with_owner("bin", "system"), true},
        {"the old text, with the new owner and group", with_owner("bin", "bin"), true},
        {"the set-group-id bit is on its way", setgid, true},
        {"what is new at the end, the rest old", with_text(before, "ftp stream\nshell stream\n\n"), true},
        {"new up to the middle of a line", with_text(before, "ftp stream\n#shel stream\n\n"), true},
        {"a byte of neither text", with_text(before, "ftp stream\n!shell stream\n"), false},
        {"longer than both texts", with_text(before, after.text + "\n"), false},
        {"shorter than both texts", with_text(before, "ftp stream\n"), false},
        {"half written, but not in place: it has one name", with_text(alone, "ftp stream\nshell stream\n\n"), false},
        {"larger than can be read", unread, false},
        {"another owner", with_owner("daemon", "system"), false},
        {"another group", with_owner("root", "daemon"), false},
        {"another mode", of_root(before.text, 0640, true), false},
        {"a directory", {FileState::Kind::directory, "", 0755, "root", "system", "a directory"}, false},
        {"a link", {FileState::Kind::link, "elsewhere", mode_of_links, "root", "system", "a symbolic link"}, false},
        {"gone", {}, false},
    };
    for (const Leftover& leftover : leftovers)
        check_recovery(before, after, leftover);
    for (const Leftover& leftover : std::vector<Leftover>{
             {"removed", {}, true}, {"still there", before, true}, {"another text", with_text(before, "x\n"), false}})
        check_recovery(before, {}, leftover);
    const FileState shorter = with_text(before, "#ftp\n");
    for (const Leftover& leftover : std::vector<Leftover>{
             {"its beginning new", with_text(before, "#ftp\ntream\nshell stream\n"), true},
             {"cut off in the middle of what goes", with_text(before, "#ftp\ntream\n"), true},
             {"another byte behind the new end", with_text(before, "#ftp\n!ream\nshell stream\n"), false}})
        check_recovery(before, shorter, leftover);
}

TEST_CASE("of a file whose mode an interrupted run was to change, what it says is nobody's business") {
    const FileState before = of_root("\177ELF", 0755, false);
    FileState after = before;
    after.mode = 0644;
    for (const bool edited : {false, true}) {
        Site site;
        site.host.files["/usr/sbin/nfsd"] = before;
        kill_run(site, {"/usr/sbin/nfsd", before, after}, &MemoryHost::stop_after);
        if (edited)
            site.host.files.at("/usr/sbin/nfsd").text = "a new program";
        CHECK(run(site, {}).interrupted.warnings.empty());
        CHECK(site.host.files.at("/usr/sbin/nfsd").mode == 0755);
        CHECK(site.host.files.at("/usr/sbin/nfsd").text == (edited ? "a new program" : before.text));
    }
}

TEST_CASE("a file that the history has pending and not as it was found is left alone") {
    Site site;
    History history = site.history();
    Recorded found, pending;
    found.files["/etc/inittab"] = {site.host.files.at("/etc/inittab")};
    pending.files["/etc/inetd.conf"] = {site.host.files.at("/etc/inetd.conf")};
    history.set_main(history.write({}, found, "found\n"));
    history.set_pending(history.write(history.main(), pending, "by hand\n"));
    const Run next = run(site, {});
    CHECK(next.interrupted.paths.empty());
    CHECK(is_as_before(site));
    CHECK_FALSE(site.history().pending());
}

TEST_CASE(
    "beside a run that is at work, a check run foresees what is left after it, and speaks of no interrupted one") {
    Site measure;
    run(measure, hardening());
    const std::size_t steps = measure.host.count_of_side_effects();
    const std::string told = "another run (process 4711) is at work on this host: told is what is left to do once it "
                             "has ended";
    int pending = 0;
    for (std::size_t n = 1; n <= steps; ++n) {
        CAPTURE(n);
        Site site;
        let_options_stick(site);
        site.host.stop_after(n); // at work, and as far as that
        try {
            run(site, hardening());
        } catch (const Stopped&) {
        }
        site.host.restart();
        site.host.holder = "process 4711";
        const auto files = site.host.files;
        const Run foreseen = run(site, hardening(), "", true);
        CHECK(site.host.files == files);
        CHECK(foreseen.interrupted.owed.empty());
        if (!foreseen.interrupted.anything())
            continue; // it is planning yet, or has ended
        ++pending;
        CHECK(foreseen.interrupted.busy);
        CHECK(foreseen.interrupted.warnings == std::vector<std::string>{told});
        CHECK(foreseen.plan.changes.empty());
    }
    CHECK(pending > 4);
}

TEST_CASE("a run that ends while a check run looks for the lock is none that was interrupted") {
    Site site;
    site.host.stop_after(step_of("replace /etc/inittab"));
    CHECK_THROWS_AS(run(site, hardening()), Stopped);
    site.host.restart();
    site.host.before_call = [&site](const std::string& call) {
        if (call.starts_with("lock_holder"))
            site.history().clear_pending();
    };
    const Run foreseen = run(site, hardening(), "", true);
    CHECK_FALSE(foreseen.interrupted.anything());
    CHECK(foreseen.interrupted.put_back.empty());
}

TEST_CASE(
    "a run whose commands are owed yet is not undone when the next one is killed after it has recorded something") {
    Site site;
    site.host.results.erase("refresh -s inetd"); // fails
    run(site, hardening());
    REQUIRE(site.history().pending());
    History history = site.history();
    const CommitId published = *history.main();
    history.set_pending(published); // as if it had been killed before its commands
    Recorded more;
    more.files["/etc/motd"] = {site.host.files.at("/etc/inittab")};
    history.set_main(history.write(published, more, "record: 1 file as found\n"));
    const Run next = run(site, {}, "refresh is never");
    CHECK(next.interrupted.published);
    CHECK(next.interrupted.put_back.empty());
    CHECK(is_hardened(site));
}

TEST_CASE("recovery does nothing that no run could have done, whatever is written in the history") {
    struct Case {
        std::string path;
        FileState was, now;
        std::string why;
    };
    const FileState text{FileState::Kind::regular, "x", 0644, "root", "system", {}}, gone;
    const FileState directory{FileState::Kind::directory, "", 0755, "root", "system", "a directory"};
    const FileState link{FileState::Kind::link, "usr/lib", mode_of_links, "root", "system", "a symbolic link"};
    const std::string kept =
        " cannot be changed, because the history is in /var/bulwark/history.git; name another place for "
        "it with the option history";
    const std::string left_alone = " was about to be changed by a run that was interrupted, and somebody else has "
                                   "changed it since: it is left as it is";
    const std::vector<Case> cases{
        {"/var/bulwark/history.git/config", text, gone, "/var/bulwark/history.git/config" + kept},
        {"/var/bulwark/history.git/HEAD", gone, text, ""}, // not even looked at
        {"/var/bulwark/history.git.lock", gone, text, ""},
        {"/var/bulwark", gone, directory, "/var/bulwark" + kept},
        {"/mnt", gone, directory, "it belongs to the system as a whole"},
        {"/lib", gone, link, "it belongs to the system as a whole"},
        {"/lib", text, link, "it belongs to the system as a whole"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.path);
        Site site;
        if (one.now.kind != FileState::Kind::missing)
            site.host.files[one.path] = one.now;
        History history = site.history();
        Recorded found, pending;
        found.files[one.path] = {one.was};
        pending.files[one.path] = {one.now};
        history.set_main(history.write({}, found, "found\n"));
        history.set_pending(history.write(history.main(), pending, "crafted\n"));
        const auto files = site.host.files;
        for (const bool check : {true, false}) {
            const Run next = run(site, {}, "", check);
            CHECK(next.interrupted.put_back.empty());
            const std::string told =
                one.path + (one.why.empty()
                                ? left_alone
                                : " is left as it is, though the history says that a run was interrupted while "
                                  "it changed it, for no run does so: " +
                                      one.why);
            CHECK(next.interrupted.warnings == std::vector<std::string>{told});
        }
        CHECK(site.host.files == files);
        CHECK_FALSE(site.history().pending());
    }
}

TEST_CASE("what is pending on another commit than the last one is of no run, and puts no file back") {
    Site site;
    History history = site.history();
    FileState evil = site.host.files.at("/etc/inetd.conf");
    evil.text = "evil stream tcp nowait root /tmp/evil evil\n";
    Recorded found, pending;
    found.files["/etc/inetd.conf"] = {evil};
    pending.files["/etc/inetd.conf"] = {site.host.files.at("/etc/inetd.conf")};
    history.set_main(history.write({}, {}, "main\n"));
    history.set_pending(history.write(history.write({}, found, "crafted\n"), pending, "crafted\n"));
    const Run next = run(site, {});
    CHECK(is_as_before(site));
    CHECK(next.interrupted.warnings ==
          std::vector<std::string>{
              "refs/bulwark/pending of the history /var/bulwark/history.git does not follow its last "
              "commit, as what a run leaves does: no file is put back by it"});
    CHECK_FALSE(site.history().pending());
}

TEST_CASE("a command that no run gives is not run, whatever the history says is owed, and is owed no more") {
    for (const std::vector<std::string>& argv :
         {std::vector<std::string>{"su", "eve", "-c", "rm -rf /"}, {"installp", "-u", "all"}, {"telinit", "0"}}) {
        Site site;
        History history = site.history();
        Recorded owed;
        owed.actions = owed.owed = {argv, {"no", "-o", "bcastping=0"}};
        history.set_main(history.write({}, {}, "main\n"));
        history.set_pending(history.write(history.main(), owed, "pending\n"));
        const Run next = run(site, {});
        CHECK(commands_run(site) == std::vector<std::string>{"no -o bcastping=0"});
        REQUIRE(next.interrupted.warnings.size() == 1);
        CHECK(next.interrupted.warnings[0].starts_with("the history says that an earlier run still owes the command " +
                                                       argv[0]));
        CHECK_FALSE(site.history().pending());
    }
}

TEST_CASE("a file that cannot be read stops no recovery of the others") {
    Site site;
    site.host.stop_after(step_of("replace /etc/inittab"));
    CHECK_THROWS_AS(run(site, hardening()), Stopped);
    site.host.restart();
    site.host.unreadable["/etc/inetd.conf"] = "Too many levels of symbolic links";
    const Run next = run(site, {});
    CHECK(site.host.files.at("/etc/inittab").text == inittab);
    REQUIRE(next.interrupted.warnings.size() == 1);
    CHECK(next.interrupted.warnings[0].starts_with(
        "/etc/inetd.conf was about to be changed by a run that was interrupted"));
}

TEST_CASE("a file whose owner is gone since is put back by his number, and recovery goes on") {
    Site site;
    FileState of_bob = site.host.files.at("/etc/inetd.conf");
    of_bob.owner = {"bob", 500};
    Recorded found, pending;
    found.files["/etc/inetd.conf"] = {of_bob};
    pending.files["/etc/inetd.conf"] = {site.host.files.at("/etc/inetd.conf")};
    History history = site.history();
    history.set_main(history.write({}, found, "found\n"));
    history.set_pending(history.write(history.main(), pending, "pending\n"));
    const Run next = run(site, {});
    CHECK(site.host.files.at("/etc/inetd.conf").owner.number == 500);
    CHECK(next.interrupted.warnings.size() == 1);
}

TEST_CASE("of a file that was recorded without its content, recovery never brings the content back to nothing") {
    Site site;
    History history = site.history();
    FileState mode_alone = site.host.files.at("/etc/inetd.conf");
    mode_alone.text.clear();
    mode_alone.mode = 0600;
    Recorded found, pending;
    found.files["/etc/inetd.conf"] = {mode_alone, Interest::attributes};
    pending.files["/etc/inetd.conf"] = {site.host.files.at("/etc/inetd.conf")};
    history.set_main(history.write({}, found, "found\n"));
    history.set_pending(history.write(history.main(), pending, "by hand\n"));
    run(site, {});
    CHECK(site.host.files.at("/etc/inetd.conf").text == inetd_conf);
    CHECK(site.host.files.at("/etc/inetd.conf").mode == 0600);
}

TEST_CASE(
    "when what is left to do cannot be recorded, the error says that the change is made, and the next run goes on") {
    Site site;
    let_options_stick(site);
    run(site, {});
    const std::string lock = site.directory.path() + "/history.git/refs/bulwark/pending.lock";
    const auto let_options = site.host.answer;
    site.host.answer = [&](const std::vector<std::string>& argv) { // a refresh, and something in the history's way
        if (argv[0] == "refresh" || argv[0].ends_with("/refresh"))
            make_directory(lock);
        return let_options(argv);
    };
    const std::string reason = "creating " + lock + ": File exists";
    CHECK_THROWS_WITH_AS(
        run(site, hardening()),
        (reason + "; the change is made and recorded, and the next run does what is left of it").c_str(), Error);
    CHECK(is_hardened(site));
    REQUIRE(rmdir(lock.c_str()) == 0);
    CHECK_THROWS_WITH_AS(run(site, {}), reason.c_str(), Error); // which changed nothing
    REQUIRE(rmdir(lock.c_str()) == 0);
    site.host.answer = let_options;
    CHECK(run(site, {}).outcome.failure.empty());
    CHECK_FALSE(site.history().pending());
}

TEST_CASE("a script that its shell does not accept is not written") {
    Site site;
    site.host.commands["ksh"] = "/bin/ksh";
    site.host.program = [](const PrivateFile&, const std::vector<std::string>&) {
        return CommandResult{3, "", "/tmp/x: syntax error at line 3: `fi' unexpected\nmore\n"};
    };
    CHECK_THROWS_WITH_AS(
        run(site, hardening()),
        "/etc/rc.no was not written: /bin/ksh -n /etc/rc.no does not accept the new text: /tmp/x: syntax error at line "
        "3: `fi' unexpected",
        Error);
    CHECK(is_as_before(site));
}

TEST_CASE(
    "a command that fails makes the run fail, keeps the files, and is tried again by a run with nothing else to do") {
    Site site;
    let_options_stick(site);
    site.host.results["/usr/bin/refresh -s inetd"] = {1, "", "0513-036 cannot be passed\n"};
    site.host.script("refresh -s inetd", {1, "", "0513-036 cannot be passed\n"});
    const Run first = run(site, hardening());
    CHECK(first.outcome.failure == "refresh -s inetd (exit status 1)");
    CHECK(is_hardened(site));
    CHECK(site.history().pending());

    site.host.restart();
    const Run second = run(site, hardening());
    CHECK(second.plan.changes.empty());
    CHECK_FALSE(second.plan.empty());
    CHECK(second.outcome.failure == "refresh -s inetd (exit status 1)");
    CHECK(site.history().pending());

    site.host.restart();
    site.host.script("refresh -s inetd", said("0513-095\n"));
    const Run third = run(site, {});
    CHECK(commands_run(site) == std::vector<std::string>{"refresh -s inetd"});
    CHECK(third.outcome.failure.empty());
    CHECK_FALSE(site.history().pending());
}

TEST_CASE(
    "a command that an earlier run owes survives a run in between that cannot run commands, and one that is undone") {
    Site site;
    let_options_stick(site);
    site.host.script("refresh -s inetd", {1, "", "no\n"});
    run(site, hardening());
    Rule exec;
    exec.wanted = {InittabEntry{.identifier = "dt", .state = InittabState::enabled}};

    site.host.restart();
    const Run skipped = run(site, {exec}, "refresh is never");
    CHECK(skipped.outcome.actions.back().status == ActionResult::Status::skipped);
    CHECK(site.history().pending());

    exec.wanted = {InittabEntry{.identifier = "dt", .state = InittabState::disabled}};
    site.host.restart();
    site.host.fail_at(2, "replacing /etc/inittab: Input/output error");
    CHECK_THROWS_AS(run(site, {exec}, "refresh is never"), Error);
    CHECK(site.history().pending());

    site.host.restart();
    site.host.stop_after(2);
    CHECK_THROWS_AS(run(site, {exec}, "refresh is never"), Stopped);

    site.host.restart();
    site.host.script("refresh -s inetd", said("0513-095\n"));
    run(site, {});
    CHECK(commands_run(site) == std::vector<std::string>{"refresh -s inetd"});
    CHECK_FALSE(site.history().pending());
}

TEST_CASE("hand edits between two runs are recorded before they are built upon") {
    Site site;
    let_options_stick(site);
    run(site, hardening());
    site.host.restart();
    site.host.files.at("/etc/inetd.conf").text += "# by hand\n";
    Rule ftp;
    ftp.wanted = {InetdService{{"ftp", ""}, ServiceState::disabled}};
    run(site, {ftp});
    const History history = site.history();
    const auto commits = history.log(0, {}, false);
    REQUIRE(commits.size() == 4);
    CHECK(commits[1].subject == "record: 1 file as found");
    CHECK(history.read(commits[1].id).files.at("/etc/inetd.conf").state.text ==
          inetd_conf_without_shell + "# by hand\n");
}

TEST_CASE("of a file whose mode alone changes the content is recorded only if the history has it already") {
    const FileState motd{FileState::Kind::regular, "hi\n", 0644, "root", "system", {}};
    FileState edited = motd, unread = motd, empty = motd;
    empty.text.clear();
    edited.text = "by hand\n";
    unread.text.clear();
    unread.unread = true;
    const struct {
        std::string title;
        std::vector<FileState> earlier; // what the history knows, oldest first
        FileState found;
        Interest interest;
    } cases[] = {
        {"never seen", {}, motd, Interest::attributes},
        {"as recorded", {motd}, motd, Interest::content},
        {"recorded as an empty file, which is no log", {empty}, motd, Interest::content},
        {"edited since it was recorded", {motd}, edited, Interest::content},
        {"not there when it was recorded last", {motd, FileState{}}, motd, Interest::attributes},
        {"grown beyond what is read since it was recorded", {motd}, unread, Interest::attributes},
    };
    for (const auto& one : cases) {
        CAPTURE(one.title);
        Site site;
        History history = site.history();
        for (const FileState& state : one.earlier) {
            Recorded recorded;
            recorded.files["/etc/motd"] = {state};
            history.set_main(history.write(history.main(), recorded, "earlier\n"));
        }
        site.host.files["/etc/motd"] = one.found;
        site.host.files.at("/etc/motd").unread = false;
        FileState after = one.found;
        after.mode = 0600;
        Plan plan;
        plan.changes = {{"/etc/motd", one.found, after}};
        apply(plan, "path: motd\n", site.host, history);
        const Recorded::File now = history.read(history.main()).files.at("/etc/motd");
        CHECK(now.interest == one.interest);
        CHECK(now.state.text == (one.interest == Interest::content ? one.found.text : ""));
        CHECK(now.state.mode == 0600);
        CHECK(site.host.files.at("/etc/motd").text == one.found.text);
    }
}

TEST_CASE("of a program whose mode alone changes the content is not recorded") {
    Site site;
    site.host.put("/usr/sbin/nfsd", "\177ELF", 0755);
    FileState after = site.host.files.at("/usr/sbin/nfsd");
    after.mode = 0644;
    Plan plan;
    plan.changes = {{"/usr/sbin/nfsd", site.host.files.at("/usr/sbin/nfsd"), after}};
    lock_history(site.host, history_path, seconds(1));
    History history = site.history();
    apply(plan, "path: nfsd\n", site.host, history);
    const Recorded::File recorded = history.read(history.main()).files.at("/usr/sbin/nfsd");
    CHECK(recorded.interest == Interest::attributes);
    CHECK(recorded.state.text.empty());
    CHECK(recorded.state.mode == 0644);
    CHECK(site.host.files.at("/usr/sbin/nfsd").text == "\177ELF");
}

TEST_CASE("a subsystem that is started or stopped is waited for; what does not come of it is a failure") {
    const struct {
        std::string command, before, after;
        Subsystem::Status until;
        std::string failure;
    } cases[] = {
        {"stopsrc", " snmpd tcpip 77 active\n", " snmpd tcpip  inoperative\n", Subsystem::Status::inoperative, ""},
        {"stopsrc", " snmpd tcpip 77 active\n", " snmpd tcpip 77 active\n", Subsystem::Status::inoperative,
         "stopsrc -s snmpd (snmpd did not stop)"},
        {"startsrc", " snmpd tcpip  inoperative\n", " snmpd tcpip 77 active\n", Subsystem::Status::active, ""},
        {"startsrc", " snmpd tcpip  inoperative\n", " snmpd tcpip  inoperative\n", Subsystem::Status::active,
         "startsrc -s snmpd (snmpd did not become active)"},
    };
    for (const auto& one : cases) {
        CAPTURE(one.failure);
        Site site;
        site.host.script(one.command + " -s snmpd", said("0513-044\n"));
        site.host.commands["lssrc"] = "/usr/bin/lssrc";
        int asked = 0;
        site.host.answer = [&](const std::vector<std::string>& argv) -> std::optional<CommandResult> {
            if (argv.back() != "snmpd" || argv[0].find("lssrc") == std::string::npos)
                return std::nullopt;
            return CommandResult{0, ++asked > 3 ? one.after : one.before, ""};
        };
        Plan plan;
        plan.actions = {{.argv = {one.command, "-s", "snmpd"}, .subsystem = "snmpd", .until = one.until}};
        History history = site.history();
        const Outcome outcome = apply(plan, "rc_script: snmpd\n", site.host, history);
        CHECK(outcome.failure == one.failure);
        CHECK_FALSE(outcome.commit);
    }
}

TEST_CASE("a command that is gone is a failure that says so, and an installp is given the time that it needs") {
    Site site;
    site.host.script("installp -u a.rte", said("SUCCESS\n"));
    site.host.commands.erase("refresh");
    Plan plan;
    plan.actions = {{.argv = {"installp", "-u", "a.rte"}}, {.argv = {"refresh", "-s", "inetd"}}};
    plan.actions.push_back({.argv = {"no", "-o", "bcastping=0"}});
    History history = site.history();
    const Outcome outcome = apply(plan, "test\n", site.host, history);
    CHECK(outcome.failure == "refresh -s inetd (the command refresh is not there)");
    CHECK(site.host.limits.at("no") == std::chrono::minutes(2));
    CHECK(site.host.limits.at("installp") == std::chrono::minutes(30));
}

TEST_CASE("what a run does to subsystems and options alone is recorded, with what was before where that is known") {
    Site site;
    History history = site.history();
    Plan plan;
    plan.subsystems = {{"snmpd", "active", "inoperative"}};
    const Outcome first = apply(plan, "test\n", site.host, history);
    REQUIRE(first.commit);
    CHECK(history.main() == first.commit);
    CHECK(history.read(history.parent(*first.commit)).subsystems.at("snmpd") == "active");
    CHECK(history.read(first.commit).subsystems.at("snmpd") == "inoperative");
    plan.subsystems.clear();
    plan.network_options = {{"bcastping", "", "0"}};
    const Outcome second = apply(plan, "test\n", site.host, history);
    CHECK(history.parent(*second.commit) == first.commit); // there was nothing to record
    CHECK(history.read(second.commit).network_options.at("bcastping") == "0");
}

TEST_CASE("two runs at once: the second is told who holds the lock") {
    Site site;
    const auto lock = lock_history(site.host, history_path, seconds(1));
    CHECK_THROWS_AS(lock_history(site.host, history_path, seconds(1)), Error);
}

TEST_CASE("a history may lie directly in the root directory") {
    Site site;
    site.host.real_paths["/"] = site.directory.path();
    History history = open_history(site.host, "/history.git");
    history.set_main(history.write({}, {}, "test\n"));
    CHECK(names_in(site.directory.path()) == std::vector<std::string>{"history.git"});
}

TEST_CASE("a history at a place that is not there is empty, and a plan that only looks creates none") {
    Site site;
    site.host.real_paths.clear();
    CHECK_FALSE(site.history().main());
    CHECK(run(site, hardening(), "refresh is never", true).plan.changes.size() == 3);
}

namespace {

const std::string crontab_path = "/var/spool/cron/crontabs/uucp";
const FileState crontab_lines{FileState::Kind::regular, "0 1 * * * x\n", 0600, "root", "cron", {}};

/// crontab as AIX has it: it wants a file to remove, and keeps cron informed.
struct CronSite : Site {
    std::string cron = crontab_lines.text; // the jobs that cron knows
    std::vector<PrivateFile> copies;
    int status = 0;

    CronSite() {
        host.commands["su"] = "/usr/bin/su";
        host.files[crontab_path] = crontab_lines;
        host.put_directory("/var/spool/cron/crontabs", 0770);
        host.put("/etc/passwd", "root:!:0:0::/:/usr/bin/ksh\nuucp:!:5:5::/:/\n");
        host.program = [this](const PrivateFile& file, const std::vector<std::string>&) {
            copies.push_back(file);
            if (status == 0) {
                host.files[crontab_path] = crontab_lines;
                host.files[crontab_path].text = cron = file.text;
            }
            return CommandResult{status, "", ""};
        };
        host.answer = [this](const std::vector<std::string>& argv) -> std::optional<CommandResult> {
            if (argv.back() != "crontab -r")
                return std::nullopt;
            if (status == 0 && host.files.erase(crontab_path) == 0)
                return CommandResult{1, "", "0481-103 Cannot find a file in the crontabs directory for user uucp.\n"};
            if (status == 0)
                cron.clear();
            return CommandResult{status, "", ""};
        };
    }
};

std::vector<Rule> without_crontab() {
    Rule rule;
    rule.wanted = {PathAttributes{.path = crontab_path, .state = PathState::absent}};
    return {rule};
}

std::vector<Rule> nothing_at_all() {
    Rule rule;
    rule.wanted = {InetdService{{"no-such-service", ""}, ServiceState::disabled}};
    return {rule};
}

} // namespace

TEST_CASE("cron gets a private copy of a crontab, and one that goes is there until crontab -r has removed it") {
    for (const bool removed : {false, true}) {
        CAPTURE(removed);
        for (const int status : {0, 1}) {
            CronSite site;
            site.status = status;
            if (!removed)
                site.host.files.erase(crontab_path);
            Plan plan;
            plan.changes = {
                {crontab_path, removed ? crontab_lines : FileState{}, removed ? FileState{} : crontab_lines, removed}};
            plan.actions = {{.argv = {"su", "uucp", "-c", removed ? "crontab -r" : "crontab " + crontab_path},
                             .crontab = crontab_path,
                             .user = "uucp"}};
            History history = site.history();
            const Outcome outcome = apply(plan, "crontab: test\n", site.host, history);
            CHECK(outcome.failure.empty() == (status == 0));
            CHECK(site.host.files.contains(crontab_path) == (!removed || status != 0));
            CHECK(history.pending().has_value() == (status != 0));
            REQUIRE(site.copies.size() == (removed ? 0 : 1));
            if (!removed) {
                CHECK(site.copies[0].path == crontab_path);
                CHECK(site.copies[0].text == crontab_lines.text);
                CHECK(site.copies[0].user == "uucp");
            }
        }
    }
}

TEST_CASE("wherever a run that removes a crontab is killed, the crontab is as it was or gone, and cron hears of it") {
    CronSite undisturbed;
    run(undisturbed, without_crontab());
    REQUIRE_FALSE(undisturbed.host.files.contains(crontab_path));
    REQUIRE(undisturbed.cron.empty());
    for (std::size_t n = 1; n <= undisturbed.host.count_of_side_effects(); ++n)
        for (const bool after : {false, true}) {
            CAPTURE(n);
            CAPTURE(after);
            CronSite site;
            after ? site.host.stop_after(n) : site.host.stop_at(n);
            CHECK_THROWS_AS(run(site, without_crontab()), Stopped);
            const auto found = site.host.files.find(crontab_path);
            CHECK((found == site.host.files.end() || found->second == crontab_lines));
            site.host.restart();
            run(site, nothing_at_all());
            const bool is_there = site.host.files.contains(crontab_path);
            CHECK(site.cron == (is_there ? crontab_lines.text : ""));
            CHECK_FALSE(site.history().pending());
            run(site, without_crontab());
            CHECK_FALSE(site.host.files.contains(crontab_path));
            CHECK(site.cron.empty());
            CHECK(run(site, without_crontab()).plan.empty());
        }
}

TEST_CASE("a removal of a crontab that fails again and again is recorded once") {
    CronSite site;
    site.status = 1;
    run(site, without_crontab());
    const auto recorded = site.history().main();
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(run(site, nothing_at_all()).outcome.failure.empty());
        CHECK(site.history().main() == recorded);
        CHECK(site.host.files.at(crontab_path) == crontab_lines);
    }
    site.status = 0;
    CHECK(run(site, nothing_at_all()).outcome.failure.empty());
    CHECK_FALSE(site.host.files.contains(crontab_path));
    CHECK(site.history().main() == recorded);
}

TEST_CASE("a crontab that somebody writes before crontab -r runs is not removed") {
    CronSite site;
    site.host.before_call = [&](const std::string& call) {
        if (call == "find_command su")
            site.host.files[crontab_path].text = "0 2 * * * mine\n";
    };
    const Run ended = run(site, without_crontab());
    CHECK(ended.outcome.failure.find("somebody else has changed it") != std::string::npos);
    CHECK(site.host.files.at(crontab_path).text == "0 2 * * * mine\n");
}

TEST_CASE("cron is told of a crontab that is gone by an empty one, which is removed") {
    CronSite site;
    site.host.files.erase(crontab_path);
    Plan plan;
    plan.actions = {
        {.argv = {"su", "uucp", "-c", "crontab -r"}, .owed = true, .crontab = crontab_path, .user = "uucp"}};
    History history = site.history();
    CHECK(apply(plan, "crontab: test\n", site.host, history).failure.empty());
    REQUIRE(site.copies.size() == 1);
    CHECK(site.copies[0].text.empty());
    CHECK(site.cron.empty());
    CHECK_FALSE(site.host.files.contains(crontab_path));
}

TEST_CASE("a run that is asked to end before its files are in place puts them back; afterwards it owes its commands") {
    Site undisturbed;
    run(undisturbed, hardening());
    const auto calls = undisturbed.host.calls;
    bool put_back = false, completed = false;
    for (const std::string& call : calls) {
        CAPTURE(call);
        Site site;
        site.host.asked_to_end_before = call;
        const std::string error = error_of([&] { run(site, hardening()); });
        CHECK((error.empty() || error.find("ended by SIGTERM") != std::string::npos));
        CHECK(is_as_before(site) == !error.empty());
        CHECK(is_hardened(site) == error.empty());
        site.host.restart();
        if (site.history().pending())
            run(site, {});
        CHECK_FALSE(site.history().pending());
        put_back = put_back || error.ends_with("; every file is as before");
        completed = completed || error.empty();
    }
    CHECK(put_back);
    CHECK(completed);
}

namespace {

using Files = std::map<std::string, FileState>;

/// Beside /etc/inetd.conf the scripts of System V run levels.
struct TreeSite : Site {
    Files before;

    TreeSite() {
        host.put_directory("/");
        host.put_directory("/etc");
        host.put_directory("/etc/rc.d", 0750);
        host.put("/etc/rc.d/rc", "#!/bin/ksh\n", 0744);
        host.put_directory("/etc/rc.d/rc2.d");
        host.put_link("/etc/rc.d/rc2.d/S01rc", "../rc");
        host.put_directory("/etc/rc.d/empty", 0700);
        before = host.files;
    }
};

std::vector<Rule> want(PathAttributes wanted) {
    Rule rule;
    rule.wanted = {std::move(wanted)};
    return {rule};
}

const std::vector<Rule> removing = want({.path = "/etc/rc.d", .state = PathState::absent});
const std::vector<Rule> moving = want({.path = "/etc/rc.d", .state = PathState::moved, .destination = "/etc/rc.off"});
// Members of the place that it is moved to come before and behind those that go.
const std::vector<Rule> moving_before =
    want({.path = "/etc/rc.d", .state = PathState::moved, .destination = "/etc/init.d"});

std::vector<Rule> restoring() {
    Rule rule;
    rule.wanted = {Rollback{"original"}};
    return {rule};
}

/// A run on a host that earlier runs have prepared, and what it leaves.
struct TreeRun {
    std::vector<std::vector<Rule>> earlier;
    std::vector<Rule> rules;
    Files before{}, after{};
    std::size_t steps = 0;

    void prepare(TreeSite& site) const {
        for (const auto& one : earlier)
            run(site, one);
        site.host.restart();
    }

    void measure() {
        TreeSite site;
        prepare(site);
        before = site.host.files;
        run(site, rules);
        after = site.host.files;
        steps = site.host.count_of_side_effects();
        REQUIRE(after != before);
    }
};

std::vector<TreeRun> tree_runs() {
    std::vector<TreeRun> runs{
        {{}, removing}, {{}, moving}, {{}, moving_before}, {{removing}, restoring()}, {{moving}, restoring()}};
    for (TreeRun& one : runs)
        one.measure();
    return runs;
}

} // namespace

TEST_CASE("a directory is removed, moved and brought back with all that is in it") {
    TreeSite site;
    run(site, moving);
    CHECK_FALSE(site.host.files.contains("/etc/rc.d"));
    CHECK(site.host.files.at("/etc/rc.off/rc2.d/S01rc") == site.before.at("/etc/rc.d/rc2.d/S01rc"));
    CHECK(site.host.files.at("/etc/rc.off/empty").mode == 0700);
    CHECK(run(site, moving).plan.empty());
    run(site, restoring());
    CHECK(site.host.files == site.before);
    run(site, removing);
    CHECK(site.host.files.size() == site.before.size() - 5);
    CHECK(run(site, removing).plan.empty());
    run(site, restoring());
    CHECK(site.host.files == site.before);
    CHECK(run(site, restoring()).plan.empty());
    Rule revert;
    revert.wanted = {Revert{"HEAD"}};
    run(site, {revert});
    CHECK(site.host.files.size() == site.before.size() - 5);
}

TEST_CASE("whatever side effect on a directory fails, all of it is as before, and the next run does it all") {
    for (const TreeRun& one : tree_runs())
        for (std::size_t n = 1; n <= one.steps; ++n)
            for (const auto moment :
                 {MemoryHost::Moment::before, MemoryHost::Moment::within, MemoryHost::Moment::after}) {
                CAPTURE(n);
                TreeSite site;
                one.prepare(site);
                site.host.fail_at(n, "writing: No space left on device", moment);
                CHECK_THROWS_AS(run(site, one.rules), Error);
                CHECK(site.host.files == one.before);
                CHECK(site.host.temporaries.empty());
                site.host.restart();
                run(site, one.rules);
                CHECK(site.host.files == one.after);
                CHECK_FALSE(site.history().pending());
            }
}

TEST_CASE("wherever a run over a directory is killed, the next one finds it as before, and completes") {
    for (const TreeRun& one : tree_runs())
        for (std::size_t n = 1; n <= one.steps; ++n)
            for (const auto stop : {&MemoryHost::stop_at, &MemoryHost::stop_within, &MemoryHost::stop_after}) {
                CAPTURE(n);
                TreeSite site;
                one.prepare(site);
                (site.host.*stop)(n);
                CHECK_THROWS_AS(run(site, one.rules), Stopped);
                site.host.restart();
                const Run foreseen = run(site, one.rules, "", true);
                run(site, {});
                CHECK(site.host.files == one.before);
                const Run next = run(site, one.rules);
                CHECK(site.host.files == one.after);
                CHECK(site.host.temporaries.empty());
                CHECK_FALSE(site.history().pending());
                CHECK(foreseen.plan.changes.size() == next.plan.changes.size());
                CHECK(run(site, one.rules).plan.empty());
            }
}

TEST_CASE("a recovery that is killed itself is completed by the next one") {
    for (const TreeRun& one : tree_runs()) {
        TreeSite measure;
        one.prepare(measure);
        measure.host.stop_after(one.steps / 2);
        CHECK_THROWS_AS(run(measure, one.rules), Stopped);
        measure.host.restart();
        run(measure, {});
        for (std::size_t n = 1; n <= measure.host.count_of_side_effects(); ++n) {
            CAPTURE(n);
            TreeSite site;
            one.prepare(site);
            site.host.stop_after(one.steps / 2);
            CHECK_THROWS_AS(run(site, one.rules), Stopped);
            site.host.restart();
            site.host.stop_within(n);
            CHECK_THROWS_AS(run(site, {}), Stopped);
            site.host.restart();
            run(site, {});
            CHECK(site.host.files == one.before);
            CHECK(site.host.temporaries.empty());
        }
    }
}

TEST_CASE("what somebody has put into a directory that an interrupted run made is left there, and the directory too") {
    TreeSite site;
    site.host.stop_after(3); // the lock, /etc/rc.off and /etc/rc.off/empty
    CHECK_THROWS_AS(run(site, moving), Stopped);
    site.host.restart();
    REQUIRE(site.host.files.contains("/etc/rc.off/empty"));
    site.host.put("/etc/rc.off/mine", "by hand\n");
    const Run next = run(site, {});
    CHECK(site.host.files.at("/etc/rc.off/mine").text == "by hand\n");
    CHECK_FALSE(site.host.files.contains("/etc/rc.off/empty"));
    CHECK(
        next.interrupted.warnings ==
        std::vector<std::string>{"/etc/rc.off was about to be changed by a run that was interrupted, and somebody else "
                                 "has changed it since: it is left as it is"});
    CHECK_FALSE(site.history().pending());
}

TEST_CASE("a directory whose mode an interrupted run has changed gets it back, and keeps what is in it") {
    TreeSite site;
    site.host.stop_after(2);
    CHECK_THROWS_AS(run(site, want({.path = "/etc/rc.d", .mode = FileMode::exactly(0700)})), Stopped);
    site.host.restart();
    REQUIRE(site.host.files.at("/etc/rc.d").mode == 0700);
    site.host.put("/etc/rc.d/mine", "by hand\n");
    CHECK(run(site, {}).interrupted.warnings.empty());
    CHECK(site.host.files.at("/etc/rc.d").mode == 0750);
    CHECK(site.host.files.at("/etc/rc.d/mine").text == "by hand\n");
}

TEST_CASE("something new in a directory while it is removed keeps it, and all that was in it") {
    TreeSite site;
    History history = site.history();
    const Snapshot before = load(removing, {}, "refresh is never", site.host, history);
    Snapshot after = before;
    ensure(removing[0], after);
    site.host.put("/etc/rc.d/rc2.d/new", "x\n");
    CHECK_THROWS_WITH_AS(apply(difference(before, after), "test\n", site.host, history),
                         "replacing /etc/rc.d/rc2.d: the directory is not empty; every file is as before", Error);
    for (const auto& [path, state] : site.before)
        CHECK(site.host.files.at(path) == state);
}

TEST_CASE("what the history knows of a directory in which somebody has cleared up since does not get in the way") {
    TreeSite site;
    run(site, removing);
    run(site, restoring());
    site.host.files.erase("/etc/rc.d/rc");
    site.host.restart();
    site.host.stop_within(5);
    CHECK_THROWS_AS(run(site, moving), Stopped);
    site.host.restart();
    run(site, {});
    CHECK(site.host.temporaries.empty());
    CHECK_FALSE(site.host.files.contains("/etc/rc.d/rc"));
    run(site, moving);
    CHECK(site.history().read(site.history().main()).files.at("/etc/rc.d/rc").state == FileState{});
}

TEST_CASE("a check run refuses a path that the history cannot hold, as a real one does") {
    for (const bool check : {true, false}) {
        TreeSite site;
        site.host.put("/etc/.git/config", "x\n");
        CHECK_THROWS_WITH_AS(run(site, want({.path = "/etc/.git/config", .state = PathState::absent}), "", check),
                             "the history cannot hold \"/etc/.git/config\": git keeps the name .git for itself", Error);
    }
}

TEST_CASE("a link is exchanged itself, its target recorded, and what is left beside it is removed") {
    FileState there{FileState::Kind::link, "/var/there", mode_of_links, "root", "system", {}};
    FileState owned{FileState::Kind::link, "/var/here", mode_of_links, "bin", "system", {}};
    for (const FileState& after : {there, owned}) {
        TreeSite site;
        site.host.put_link("/etc/link", "/var/here");
        const Files before = site.host.files;
        Plan plan;
        plan.changes = {{"/etc/link", before.at("/etc/link"), after}};
        History history = site.history();
        site.host.stop_within(1);
        CHECK_THROWS_AS(apply(plan, "test\n", site.host, history), Stopped);
        site.host.restart();
        CHECK(history.read(history.pending()).files.at("/etc/link").state == after);
        CHECK(history.read(history.main()).files.at("/etc/link").state == before.at("/etc/link"));
        run(site, {});
        CHECK(site.host.files == before);
        CHECK(site.host.temporaries.empty());
        apply(plan, "test\n", site.host, history);
        CHECK(site.host.files.at("/etc/link") == after);
    }
}

namespace {

const std::string log_path = "/var/adm/auth.log";

/// A log that a run has made and that has been written to since.
struct LogSite : Site {
    LogSite() {
        Plan plan;
        plan.changes = {{log_path, {}, {FileState::Kind::regular, "", 0640, "root", "system", {}}}};
        plan.changes.front().makes_log = true;
        History made = history();
        apply(plan, "test\n", host, made);
        host.files.at(log_path).text = "login\n";
        host.restart();
    }

    Recorded::File recorded() {
        const History now = history();
        return now.read(now.main()).files.at(log_path);
    }
};

std::vector<Rule> closing() { return want({.path = log_path, .mode = FileMode::exactly(0600)}); }

} // namespace

TEST_CASE("what is written to a log while its mode is changed stays, and what it says does not get into the history") {
    LogSite site;
    History history = site.history();
    const Snapshot before = load(closing(), {}, "refresh is never", site.host, history);
    Snapshot after = before;
    ensure(closing()[0], after);
    site.host.files.at(log_path).text += "meanwhile\n";
    apply(difference(before, after), "test\n", site.host, history);
    CHECK(site.host.files.at(log_path).text == "login\nmeanwhile\n");
    CHECK(site.host.files.at(log_path).mode == 0600);
    CHECK(site.recorded().state.text.empty());
    const Run back = run(site, restoring()); // it has been written to since a run made it, and is kept
    CHECK(site.host.files.at(log_path).text == "login\nmeanwhile\n");
    CHECK(back.plan.warnings.size() == 1);
}

TEST_CASE("a run over a log that was interrupted is undone, whatever has been written to the log since") {
    LogSite site;
    run(site, {});
    const std::size_t steps_before = site.host.count_of_side_effects();
    site.host.restart();
    site.host.stop_after(steps_before + 1);
    CHECK_THROWS_AS(run(site, closing()), Stopped);
    site.host.restart();
    REQUIRE(site.host.files.at(log_path).mode == 0600);
    site.host.files.at(log_path).text += "meanwhile\n";
    CHECK(run(site, {}).interrupted.warnings.empty());
    CHECK(site.host.files.at(log_path).mode == 0640);
    CHECK(site.host.files.at(log_path).text == "login\nmeanwhile\n");
}

TEST_CASE("a log is recorded as one when it is made, given another mode, and made again; and removed as what it is") {
    const auto commits = [](LogSite& site) { return site.history().log(0, {}, false).size(); };
    for (const char* const text : {"", "login\n"}) {
        CAPTURE(text);
        LogSite site;
        site.host.files.at(log_path).text = text;
        CHECK(site.recorded().interest == Interest::log);
        run(site, closing());
        CHECK(site.recorded().interest == Interest::log);
        const std::size_t before = commits(site);
        Plan plan;
        plan.changes = {{log_path, site.host.files.at(log_path), {}}};
        History history = site.history();
        const Outcome removed = apply(plan, "test\n", site.host, history);
        CHECK(commits(site) == before + (*text == '\0' ? 1 : 2)); // what was written to it is recorded first
        CHECK(site.recorded() == Recorded::File());
        Rule revert;
        revert.wanted = {Revert{*removed.commit}};
        run(site, {revert});
        CHECK(site.host.files.at(log_path).text == text);
        CHECK(site.recorded().interest == (*text == '\0' ? Interest::log : Interest::content));
    }
}

TEST_CASE("a log of more than 64 MiB is given another mode, kept by every rollback, and stops none") {
    LogSite site;
    site.host.large = {log_path};
    run(site, closing());
    CHECK(site.host.files.at(log_path).mode == 0600);
    Rule revert;
    revert.wanted = {Revert{"HEAD"}};
    run(site, {revert});
    CHECK(site.host.files.at(log_path).mode == 0640);
    for (const char* const target : {"HEAD~1", "original"}) {
        Rule rollback;
        rollback.wanted = {Rollback{target}};
        CHECK(run(site, {rollback}).plan.warnings.size() == 1);
    }
    CHECK(site.host.files.at(log_path).text == "login\n");
    CHECK(run(site, restoring()).plan.empty());
}

const FileState new_file{FileState::Kind::regular, "", 0644, "root", "system", {}};
const FileState new_directory{FileState::Kind::directory, "", 0755, "root", "system", "a directory"};

std::string places_error(Site& site, const std::vector<FileChange>& changes, const Snapshot& after = {}) {
    Plan plan;
    plan.changes = changes;
    return error_of([&] { require_writable_places(plan, after, site.host); });
}

TEST_CASE("changes that links lead to one place, or into a directory that goes, are refused") {
    Site site;
    site.host.put_directory("/etc/rc.d");
    site.host.put_directory("/etc/rc.d/x");
    site.host.put_link("/etc/l", "rc.d");
    const auto same = [](const std::string& a, const std::string& b) {
        return a + " and " + b + " are the same file, by a link; name it in one way, nothing was changed";
    };
    CHECK(places_error(site, {{"/etc/l/x/y", {}, new_file}, {"/etc/rc.d/x/y", {}, new_file}}) ==
          same("/etc/l/x/y", "/etc/rc.d/x/y"));
    CHECK(places_error(site, {{"/etc/l/x", new_directory, new_directory}, {"/etc/rc.d", new_directory, {}}}) ==
          "/etc/l/x lies, by a symbolic link, in /etc/rc.d, which is to go; name another place, nothing was changed");
    std::vector<FileChange> good{{"/etc/rc.d", new_directory, {}}, {"/etc/rc.d/x", new_directory, {}}};
    CHECK(places_error(site, good) == "");
    good.push_back({"/etc/rc.off", {}, new_directory});
    good.push_back({"/etc/rc.off/file", {}, new_file});
    CHECK(places_error(site, good) == "");
    CHECK(places_error(site, {{"/etc/none/x", {}, new_file}}) ==
          "/etc/none/x belongs in a directory that is not there; make it first, nothing was changed");
}

TEST_CASE("two names of one file are refused where both are written, and fine where a name goes") {
    Site site;
    site.host.put("/etc/a", "text");
    site.host.put("/etc/b", "text");
    site.host.same["/etc/b"] = "/etc/a";
    const FileState text = site.host.files.at("/etc/a");
    CHECK(places_error(site, {{"/etc/a", text, new_file}, {"/etc/b", text, new_file}}) ==
          "/etc/a and /etc/b are the same file, by a link; name it in one way, nothing was changed");
    CHECK(places_error(site, {{"/etc/a", text, {}}, {"/etc/b", text, {}}}) == "");
    CHECK(places_error(site, {{"/etc/a", text, new_file}, {"/etc/b", text, {}}}) == "");
}

TEST_CASE(
    "a file that is planned to be one thing by one name and another by the other is refused: it would alternate") {
    Site site;
    site.host.put("/etc/a", "of b");
    site.host.put_link("/etc/b", "a");
    const FileState before = site.host.files.at("/etc/a");
    FileState wanted = before;
    wanted.text = "of a";
    Snapshot after;
    after.files["/etc/a"] = wanted;
    after.files["/etc/b"] = before;
    CHECK(places_error(site, {{"/etc/a", before, wanted}}, after) == ""); // by the other name it is only read
    after.rollback_targets["original"].wanted.files["/etc/b"] = {before};
    const std::vector<FileChange> changes{{"/etc/a", before, wanted}};
    CHECK(places_error(site, changes, after) ==
          "/etc/a and /etc/b are the same file, by a link; name it in one way, nothing was changed");
    after.files["/etc/b"] = wanted;
    CHECK(places_error(site, changes, after) == "");
    after.files["/etc/b"] = site.host.files.at("/etc/b"); // known as the link that it is
    CHECK(places_error(site, changes, after) == "");
    site.host.files.erase("/etc/a"); // now the link leads to what the run makes
    after.files["/etc/b"] = FileState{};
    CHECK(places_error(site, {{"/etc/a", {}, wanted}}, after) ==
          "/etc/a and /etc/b are the same file, by a link; name it in one way, nothing was changed");
}

TEST_CASE("neither the history nor its lock is changed, nor a directory taken away from under it, by whatever name") {
    const std::string history = "/var/bulwark/history.git";
    Site site;
    for (const char* const path : {"/var/bulwark", "/var/bulwark/history.git"})
        site.host.put_directory(path);
    site.host.put(history + ".lock", "");
    site.host.put("/etc/hard", "");
    site.host.same["/etc/hard"] = history + ".lock";
    site.host.put_link("/etc/l", "/var/bulwark");
    site.host.put_link("/etc/deep", "/var/bulwark/history.git");
    FileState barred = new_file;
    barred.barred = true;
    const std::vector<std::pair<FileChange, bool>> changes{{{history, new_directory, {}}, true},
                                                           {{history + ".lock", new_file, {}}, true},
                                                           {{history + "/refs/heads/main", new_file, new_file}, true},
                                                           {{"/var/bulwark", new_directory, {}}, true},
                                                           {{"/etc/l/history.git/refs", new_directory, {}}, true},
                                                           {{"/etc/l/history.git.lock", new_file, new_file}, true},
                                                           {{"/etc/deep/HEAD", {}, new_file}, true},
                                                           {{"/etc/deep", new_directory, {}}, true},
                                                           {{"/etc/l", new_directory, {}}, true},
                                                           {{"/etc/hard", new_file, new_file}, true},
                                                           {{"/etc/object", barred, {}}, true},
                                                           {{"/var/bulwark", new_directory, new_directory}, false},
                                                           {{"/etc/l", site.host.files.at("/etc/l"), {}}, false},
                                                           {{"/var/bulwark/history.gitx", new_file, {}}, false},
                                                           {{"/var/adm/bul", new_directory, {}}, false}};
    for (const auto& [change, refused] : changes) {
        CAPTURE(change.path);
        Plan plan;
        plan.changes = {change};
        CHECK(error_of([&] { require_history_kept(plan, history, site.host); }) ==
              (refused ? change.path + " cannot be changed, because the history is in " + history +
                             "; name another place for it with the option history"
                       : ""));
    }
}

TEST_CASE("nothing is made through a link that leads nowhere: a file takes its place, and the history keeps the link") {
    for (const char* const target : {"/etc/lost/sendmail.cf", "mail/sendmail.cf", "/sendmail.cf"}) {
        Site site;
        site.host.real_paths.insert({{"/", "/"}, {"/etc/lost", "/etc/lost"}, {"/etc/mail", "/etc/mail"}});
        site.host.put_link("/etc/sendmail.cf", target);
        const FileState link = site.host.files.at("/etc/sendmail.cf");
        Plan plan;
        plan.changes = {{"/etc/sendmail.cf", {}, new_file}};
        take_places_of_links(plan, site.host);
        const std::string nowhere = std::string("/etc/sendmail.cf is a symbolic link to ") + target + ", where ";
        CHECK(plan.warnings ==
              std::vector<std::string>{nowhere + "nothing is, and nothing is made through a link: the new "
                                                 "file takes the place of the link, which the history "
                                                 "keeps"});
        History history = site.history();
        const auto commit = apply(plan, "message", site.host, history).commit;
        CHECK(site.host.files.at("/etc/sendmail.cf") == new_file);
        CHECK_FALSE(site.host.files.contains(target));
        CHECK(history.read(history.parent(*commit)).files.at("/etc/sendmail.cf").state == link);

        plan.changes = {{"/etc/sendmail.cf", {}, link}};
        take_places_of_links(plan, site.host); // a link that is wanted is one
        CHECK(plan.changes[0].before == FileState{});
        site.host.put_link("/etc/sendmail.cf", target);
        plan.changes = {{"/etc/sendmail.cf", {}, new_directory}};
        CHECK(error_of([&] { take_places_of_links(plan, site.host); }) ==
              nowhere + "nothing is; remove the link, or make what it leads to, nothing was changed");
        site.host.real_paths.clear(); // not mounted
        plan.changes = {{"/etc/sendmail.cf", {}, new_file}};
        CHECK(error_of([&] { take_places_of_links(plan, site.host); }) ==
              nowhere + "no directory is; make the directory or remove the link, nothing was changed");
    }
}

TEST_CASE("a link that somebody puts where a run makes a file is not written through") {
    Site site;
    site.host.files.erase("/etc/ftpusers");
    Plan plan;
    plan.changes = {{"/etc/ftpusers", {}, new_file}};
    site.host.before_call = [&](const std::string& call) {
        if (call == "replace /etc/ftpusers" || call == "read_entry /etc/ftpusers")
            site.host.put_link("/etc/ftpusers", "/etc/nologin");
    };
    History history = site.history();
    CHECK(error_of([&] { apply(plan, "message", site.host, history); }).find("somebody else has changed it") !=
          std::string::npos);
    CHECK_FALSE(site.host.files.contains("/etc/nologin"));
}

TEST_CASE("files of several names are written to, detached or refused, and may always lose a name") {
    FileState linked = new_file;
    linked.linked = true;
    FileState wanted = linked;
    wanted.text = "new";
    Plan plan;
    plan.changes = {{"/etc/a", linked, wanted}, {"/etc/b", new_file, wanted}, {"/etc/c", linked, {}}};
    Plan kept = plan, broken = plan;
    CHECK_NOTHROW(settle_hard_links(kept, HardLinks::kept));
    CHECK_FALSE(kept.changes[0].after.detached);
    CHECK_NOTHROW(settle_hard_links(broken, HardLinks::broken));
    CHECK(broken.changes[0].after.detached);
    CHECK_FALSE(broken.changes[1].after.detached);
    CHECK(
        error_of([&] { settle_hard_links(plan, HardLinks::refused); }) ==
        "other names (hard links) of /etc/a may lie in another tree, as in a copy by cp -al or rsnapshot, and would be "
        "changed too; say `hard_links: break` to give this tree files of its own, or `hard_links: keep` to change them "
        "all, nothing was changed");
    plan.changes.erase(plan.changes.begin());
    CHECK_NOTHROW(settle_hard_links(plan, HardLinks::refused));
}

TEST_CASE("recovery brings no set-id bit back to what another may have written since") {
    for (const bool is_foreign : {false, true}) {
        Site site;
        site.host.put("/usr/sbin/x", "a program", 04755);
        const FileState before = site.host.files.at("/usr/sbin/x");
        FileState after = before;
        after.mode = 0755;
        after.owner = "alice";
        Plan plan;
        plan.changes = {{"/usr/sbin/x", before, after}};
        {
            History history = site.history();
            site.host.stop_after(1);
            CHECK_THROWS_AS(apply(plan, "message", site.host, history), Stopped);
            site.host.restart();
        }
        FileState& now = site.host.files.at("/usr/sbin/x");
        now.mode = 0755; // between chown and chmod, say
        now.owner = is_foreign ? "alice" : "root";
        History history = site.history();
        const Interrupted interrupted = find_interrupted(site.host, history, history_path);
        CHECK(interrupted.put_back.empty() == is_foreign);
        CHECK(interrupted.warnings.size() == (is_foreign ? 1 : 0));
        recover(interrupted, site.host, history);
        CHECK(now.mode == (is_foreign ? 0755 : 04755));
    }
}

TEST_CASE("a sendmail configuration that cannot be tried is not written; a script without its shell is") {
    Plan plan;
    plan.checks = {{"/etc/rc.x", {"/bin/ksh", "-n", "/etc/rc.x"}, ":\n", "", false}};
    MemoryHost host;
    CHECK(check_texts(plan, host).at(0).skipped == "/bin/ksh is not on this host");
    plan.checks = {{"/etc/sendmail.cf", {"/usr/lib/sendmail", "-C/etc/sendmail.cf", "-bt"}, "V10\n", "", true}};
    CHECK_THROWS_WITH(check_texts(plan, host),
                      "/etc/sendmail.cf was not written: /usr/lib/sendmail is not on this host, so the new text cannot "
                      "be tried; install it, or leave this rule out");
    plan.checks[0].skip = "not the live host";
    CHECK(check_texts(plan, host).at(0).skipped == "not the live host");
}
