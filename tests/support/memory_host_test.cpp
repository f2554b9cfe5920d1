#include "support/memory_host.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

FileState with_text(const std::string& text) {
    return {FileState::Kind::regular, text, 0644, "root", "system", "", false};
}

MemoryHost host_with_inittab(bool linked) {
    MemoryHost host;
    host.put("/etc/inittab", "old line");
    host.files["/etc/inittab"].linked = linked;
    return host;
}

void lock_and_change(MemoryHost& host) {
    const auto lock = host.lock("/var/bulwark/history.git.lock", std::chrono::seconds(60));
    host.replace("/etc/inittab", with_text("new text"), "4f2a");
    host.run({"/usr/sbin/telinit", "q"}, std::chrono::seconds(30));
}

} // namespace

TEST_CASE("memory host: what was replaced is read, and a missing file is missing") {
    MemoryHost host;
    CHECK(host.read("/etc/rc.no").kind == FileState::Kind::missing);
    host.replace("/etc/rc.no", with_text("no -o ipforwarding=0\n"), "4f2a");
    CHECK(host.read("/etc/rc.no") == with_text("no -o ipforwarding=0\n"));
    host.replace("/etc/rc.no", FileState{}, "4f2a");
    CHECK(host.files.empty());
}

TEST_CASE("memory host: a file with several hard links keeps them, a directory is not replaced") {
    MemoryHost host = host_with_inittab(true);
    host.replace("/etc/inittab", with_text("new text"), "4f2a");
    CHECK(host.read("/etc/inittab").text == "new text");
    CHECK(host.read("/etc/inittab").linked);
    host.files["/etc/rc.d"] = {FileState::Kind::other, "", 0755, "root", "system", "a directory", false};
    CHECK_THROWS_WITH_AS(host.replace("/etc/rc.d", with_text(""), "4f2a"), "replacing /etc/rc.d: it is a directory",
                         Error);
}

TEST_CASE("memory host: a link is followed, unless it is the link that is meant") {
    MemoryHost host;
    host.put("/etc/rc.d/init.d/ssh", "start\n");
    host.put_link("/etc/rc.d/K01ssh", "init.d/ssh");
    host.put_link("/etc/rc.d/S01ssh", "/etc/rc.d/init.d/ssh");
    host.put_link("/etc/dangling", "/nowhere");
    CHECK(host.read("/etc/rc.d/K01ssh").text == "start\n");
    CHECK(host.read("/etc/rc.d/S01ssh").text == "start\n");
    CHECK(host.read_entry("/etc/rc.d/S01ssh").text == "/etc/rc.d/init.d/ssh");
    CHECK(host.read("/etc/dangling") == FileState{});
    host.replace("/etc/rc.d/S01ssh", with_text("stop\n"), "4f2a");
    CHECK(host.files.at("/etc/rc.d/init.d/ssh").text == "stop\n");
    host.replace("/etc/rc.d/S01ssh", FileState{}, "4f2a", true);
    CHECK_FALSE(host.files.contains("/etc/rc.d/S01ssh"));
    CHECK(host.files.contains("/etc/rc.d/init.d/ssh"));
}

TEST_CASE("memory host: a directory is made before what is in it, and removed after it") {
    MemoryHost host;
    host.put_directory("/etc");
    const FileState directory = host.files.at("/etc");
    CHECK_THROWS_WITH_AS(host.replace("/etc/rc.d/rc", with_text("x"), "4f2a"),
                         "replacing /etc/rc.d/rc: the directory that it belongs in is not there; make it first", Error);
    host.replace("/etc/rc.d", directory, "4f2a");
    host.replace("/etc/rc.d/rc", with_text("x"), "4f2a");
    CHECK(host.read_tree("/etc/rc.d").size() == 2);
    CHECK_THROWS_WITH_AS(host.replace("/etc/rc.d", FileState{}, "4f2a"),
                         "replacing /etc/rc.d: the directory is not empty", Error);
    CHECK_THROWS_WITH_AS(host.replace("/etc/rc.d", with_text("x"), "4f2a"), "replacing /etc/rc.d: it is a directory",
                         Error);
    CHECK_THROWS_WITH_AS(host.replace("/etc/rc.d/rc", directory, "4f2a"),
                         "replacing /etc/rc.d/rc: it is a regular file", Error);
    host.replace("/etc/rc.d/rc", FileState{}, "4f2a");
    host.temporaries.insert("/etc/rc.d/.bulwark-4f2a");
    CHECK_THROWS_AS(host.replace("/etc/rc.d", FileState{}, "4f2a"), Error);
    host.remove_temporary("/etc/rc.d/rc", "4f2a");
    host.replace("/etc/rc.d", FileState{}, "4f2a");
    CHECK(host.read_tree("/etc/rc.d").empty());
}

TEST_CASE("memory host: commands are found and run as scripted, and nothing else is") {
    MemoryHost host;
    host.script("/usr/bin/lssrc -s inetd", {0, "inetd active\n", ""});
    CHECK(host.find_command("lssrc") == "/usr/bin/lssrc");
    CHECK(host.find_command("/usr/bin/lssrc") == "/usr/bin/lssrc");
    CHECK(host.find_command("/bin/lssrc") == std::nullopt);
    CHECK(host.find_command("refresh") == std::nullopt);
    CHECK(host.run({"/usr/bin/lssrc", "-s", "inetd"}, std::chrono::seconds(1)).out == "inetd active\n");
    CHECK_THROWS_WITH_AS(host.run({"/usr/bin/lssrc", "-a"}, std::chrono::seconds(1)),
                         "running /usr/bin/lssrc -a: No such file or directory", Error);
    host.answer = [](const std::vector<std::string>& argv) -> std::optional<CommandResult> {
        return argv.back() == "-a" ? std::optional(CommandResult{1, "", "0513-001"}) : std::nullopt;
    };
    CHECK(host.run({"/usr/bin/lssrc", "-a"}, std::chrono::seconds(1)).err == "0513-001");
    CHECK(host.run({"/usr/bin/lssrc", "-s", "inetd"}, std::chrono::seconds(1)).status == 0);
}

TEST_CASE("memory host: private files are accepted unless a program says otherwise") {
    MemoryHost host;
    const auto check = [&] {
        return host.run_on({"/etc/x", "fi\n"}, {"/usr/bin/ksh", "-n", "/etc/x"}, "/", std::chrono::seconds(1));
    };
    CHECK(check().status == 0);
    host.program = [](const PrivateFile& file, const std::vector<std::string>& argv) {
        return CommandResult{1, "", argv[0] + ": syntax error: " + file.text};
    };
    CHECK(check().err == "/usr/bin/ksh: syntax error: fi\n");
}

TEST_CASE("memory host: a second lock is refused until the first is released") {
    MemoryHost host;
    {
        const auto lock = host.lock("/var/adm/lock", std::chrono::seconds(1));
        CHECK(host.locked());
        CHECK_THROWS_AS(host.lock("/var/adm/lock", std::chrono::seconds(1)), Error);
    }
    CHECK_FALSE(host.locked());
    CHECK_NOTHROW(host.lock("/var/adm/lock", std::chrono::seconds(1)));
}

TEST_CASE("memory host: what was done is recorded and counted") {
    MemoryHost host = host_with_inittab(false);
    host.script("/usr/sbin/telinit q", {});
    host.real_paths["/etc"] = "/tree/etc";
    lock_and_change(host);
    host.remove_temporary("/etc/inittab", "4f2a");
    CHECK(host.real_path("/etc") == "/tree/etc");
    CHECK(host.real_path("/usr") == std::nullopt);
    CHECK(host.superuser_name() == "root");
    CHECK(host.superuser_group() == "system");
    host.sleep(std::chrono::milliseconds(200));
    const std::vector<std::string> expected{"lock /var/bulwark/history.git.lock",
                                            "replace /etc/inittab",
                                            "run /usr/sbin/telinit q",
                                            "unlock /var/bulwark/history.git.lock",
                                            "remove_temporary /etc/.bulwark-4f2a",
                                            "real_path /etc",
                                            "real_path /usr",
                                            "superuser_name",
                                            "superuser_group",
                                            "sleep 200"};
    CHECK(host.calls == expected);
    CHECK(host.slept == std::chrono::milliseconds(200));
    CHECK(host.count_of_side_effects() == 4);
    CHECK(host.count_of_calls() == expected.size() - 1); // nobody calls `unlock`
}

TEST_CASE("memory host: the n-th side effect fails, before or after it took effect") {
    for (const auto moment : {MemoryHost::Moment::before, MemoryHost::Moment::within, MemoryHost::Moment::after}) {
        MemoryHost host = host_with_inittab(false);
        host.fail_at(2, "replacing /etc/inittab: No space left on device", moment);
        CHECK_THROWS_WITH_AS(lock_and_change(host), "replacing /etc/inittab: No space left on device", Error);
        CHECK(host.read("/etc/inittab").text == (moment == MemoryHost::Moment::after ? "new text" : "old line"));
        CHECK(host.temporaries.empty());
        CHECK_FALSE(host.locked());
        CHECK_NOTHROW(host.remove_temporary("/etc/inittab", "4f2a")); // one fault, not more
    }
}

TEST_CASE("memory host: the n-th call of any verb fails") {
    MemoryHost host = host_with_inittab(false);
    host.fail_at_call(2, "reading /etc/inetd.conf: I/O error");
    CHECK_NOTHROW(host.read("/etc/inittab"));
    CHECK_THROWS_WITH_AS(host.read("/etc/inetd.conf"), "reading /etc/inetd.conf: I/O error", Error);
    CHECK_NOTHROW(host.read("/etc/inetd.conf"));
}

TEST_CASE("memory host: a run is stopped before, within and after a step, and nothing is done until a restart") {
    struct Case {
        void (MemoryHost::*stop)(std::size_t);
        bool linked;
        std::string text;
        std::set<std::string> temporaries;
    };
    const std::vector<Case> cases{
        {&MemoryHost::stop_at, false, "old line", {}},
        {&MemoryHost::stop_at, true, "old line", {}},
        {&MemoryHost::stop_within, false, "old line", {"/etc/.bulwark-4f2a"}},
        {&MemoryHost::stop_within, true, "new line", {}}, // torn in the middle
        {&MemoryHost::stop_after, false, "new text", {}},
        {&MemoryHost::stop_after, true, "new text", {}},
    };
    for (const Case& c : cases) {
        MemoryHost host = host_with_inittab(c.linked);
        (host.*c.stop)(2);
        CHECK_THROWS_AS(lock_and_change(host), Stopped);
        CHECK(host.files["/etc/inittab"].text == c.text);
        CHECK(host.temporaries == c.temporaries);
        CHECK_FALSE(host.locked());
        CHECK_THROWS_AS(host.read("/etc/inittab"), Stopped);
        host.restart();
        CHECK(host.calls.empty());
        host.remove_temporary("/etc/inittab", "4f2a");
        CHECK(host.temporaries.empty());
        CHECK_NOTHROW(host.replace("/etc/inittab", with_text("new text"), "4f2a"));
    }
}

TEST_CASE("memory host: a write in place that is stopped within leaves new bytes, then old ones") {
    MemoryHost host = host_with_inittab(true);
    host.stop_within(1);
    CHECK_THROWS_AS(host.replace("/etc/inittab", with_text("NEW"), "4f2a"), Stopped);
    CHECK(host.files["/etc/inittab"].text == "Nld line");
    host.restart();
    host.fail_at(1, "replacing /etc/inittab: I/O error", MemoryHost::Moment::within);
    CHECK_THROWS_AS(host.replace("/etc/inittab", with_text("very much longer text"), "4f2a"), Error);
    CHECK(host.files["/etc/inittab"].text == "very much ");
}

TEST_CASE("memory host: changing mode or removing a file has no half") {
    MemoryHost host = host_with_inittab(true);
    FileState executable = host.files["/etc/inittab"];
    executable.mode = 0755;
    for (const FileState& after : {executable, FileState{}}) {
        host.stop_within(1);
        CHECK_THROWS_AS(host.replace("/etc/inittab", after, "4f2a"), Stopped);
        CHECK(host.files["/etc/inittab"].mode == 0644);
        CHECK(host.temporaries.empty());
        host.restart();
    }
}
