#include "system/host/command.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"
#include "system/host/command_path.hpp"
#include "system/host/record_lock.hpp"
#include "system/host/system_call.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <csignal>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

using namespace bulwark;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds limit(3600); // of what hangs: no verdict is to depend on the machine's speed

CommandResult shell(const std::string& script) { return run_command({"/bin/sh", "-c", script}, limit); }

/// What arrives until the last writer is gone; "?" if one stays.
std::string read_until_nobody_writes(const Descriptor& pipe) {
    std::string text;
    std::array<char, 100> buffer{};
    for (int i = 0; i < 360000; ++i) { // an hour
        const ssize_t size = read(pipe.number(), buffer.data(), buffer.size());
        if (size == 0)
            return text;
        if (size > 0)
            text.append(buffer.data(), static_cast<std::size_t>(size));
        else
            sleep_for(std::chrono::milliseconds(10));
    }
    return "?";
}

} // namespace

TEST_CASE("a command's status, output and errors are told apart") {
    const CommandResult result = shell("echo out; echo err >&2; exit 3");
    CHECK(result.status == 3);
    CHECK(result.out == "out\n");
    CHECK(result.err == "err\n");
    CHECK(shell("true").status == 0);
    CHECK(shell("kill -KILL $$").status == 128 + SIGKILL);
    CHECK(shell("kill -TERM $$").status == 128 + SIGTERM);
}

TEST_CASE("arguments arrive as they are, no shell has a look at them") {
    const std::vector<std::string> words{"",   " ", "a b", "$HOME", "`id`", "*",
                                         "\"", "'", "\\",  "a\nb",  "-n",   "caf\xe9"};
    std::vector<std::string> argv{"/bin/sh", "-c", "for word; do printf '%s|' \"$word\"; done", "sh"};
    std::string expected;
    for (const std::string& word : words) {
        argv.push_back(word);
        expected += word + "|";
    }
    CHECK(run_command(argv, limit).out == expected);
}

TEST_CASE("a command gets a clean environment, and nothing of ours") {
    const TemporaryDirectory directory;
    const EnvironmentVariable path("PATH", directory.path() + ":relative:/usr/bin:/bin");
    const EnvironmentVariable language("LC_ALL", "de_DE"), shell_start("ENV", "/evil"), library("LIBPATH", "/evil");
    const auto environment = [] {
        const CommandResult result = run_command({*find_command("env")}, limit);
        return result.out;
    };
    const std::string expected = "LC_ALL=C\nLANG=C\nHOME=/\nPATH=" + command_path() + "\n";
    {
        const EnvironmentVariable odm("ODMDIR", "/etc/objrepos");
        CHECK(environment() == expected + "ODMDIR=/etc/objrepos\n");
        unsetenv("ODMDIR");
        CHECK(environment() == expected);
    }
    CHECK(command_path().starts_with(directory.path() + ":/usr/bin:"));
}

TEST_CASE("a command reads nothing and works in the root directory") {
    CHECK(shell("cat; pwd").out == "/\n");
    CHECK(run_command({"/bin/sh"}, limit).status == 0); // a shell without commands ends at once
}

TEST_CASE("a command inherits neither descriptors nor ignored or blocked signals") {
    CHECK(in_child([] {
              for (const int number : {SIGTERM, SIGPIPE, SIGCHLD}) // SIGCHLD: its end can be waited for all the same
                  signal(number, SIG_IGN);
              sigset_t all;
              sigfillset(&all);
              sigprocmask(SIG_SETMASK, &all, nullptr);
              const int term = shell("kill -TERM $$; echo survived").status;
              const int pipe = shell("kill -PIPE $$; echo survived").status;
              const bool restored = signal(SIGCHLD, SIG_DFL) == SIG_IGN;
              return std::to_string(term) + " " + std::to_string(pipe) + (restored ? " restored" : "");
          }) == std::to_string(128 + SIGTERM) + " " + std::to_string(128 + SIGPIPE) + " restored");
    for (const int least : {3, 4, 5, 7, 9}) {
        const Descriptor inherited(fcntl(STDERR_FILENO, F_DUPFD, least));
        REQUIRE(inherited.number() <= 9); // the shell's redirections have one digit
        const std::string test = "echo leaked >&" + std::to_string(inherited.number());
        CHECK(shell("(" + test + ") 2>/dev/null || echo closed").out == "closed\n");
    }
}

TEST_CASE("a command is run even if our own standard descriptors are closed") {
    CHECK(in_child([] {
              for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
                  close(standard);
              const CommandResult result = shell("cat; echo out; echo err >&2; exit 3");
              return std::to_string(result.status) + result.out + result.err;
          }) == "3out\nerr\n");
}

TEST_CASE("a command that cannot be started says why") {
    const TemporaryDirectory directory;
    const std::string text = directory.path() + "/text";
    write_file(text, "no program", 0644);
    struct Case {
        std::vector<std::string> argv;
        std::string error;
    };
    const std::vector<Case> cases{
        {{"/nothing/refresh", "-s", "inetd"}, "running /nothing/refresh -s inetd: No such file or directory"},
        {{text}, "running " + text + ": Permission denied"},
        {{directory.path()}, "running " + directory.path() + ": Permission denied"},
        {{"refresh", "-s", "inetd"}, "running refresh -s inetd: a command is run by its absolute path alone"},
        {{"./refresh"}, "running ./refresh: a command is run by its absolute path alone"},
        {{}, "running : a command is run by its absolute path alone"},
    };
    for (const Case& c : cases)
        CHECK(error_of([&] { run_command(c.argv, limit); }) == c.error);
    CHECK(error_of([&] { run_command({"/bin/sh"}, limit, directory.path() + "/nothing"); }) ==
          "running /bin/sh: No such file or directory");
}

TEST_CASE("without /dev/null to read from no command is run") {
    if (!is_superuser()) {
        MESSAGE("skipped: only the superuser can change the root directory");
        return;
    }
    const TemporaryDirectory root;
    write_file(root.path() + "/dev", "no directory");
    CHECK(in_child([&] {
              checked(chroot(root.path().c_str()));
              return error_of([] { run_command({"/nothing"}, limit); });
          }) == "running /nothing: Not a directory"); // said of /dev/null: there is not even a file /nothing
}

TEST_CASE("a signal that arrives while a command runs does not keep anybody from waiting for it") {
    CHECK(in_child([] {
              struct sigaction note {};
              note.sa_handler = [](int) {};
              checked(sigaction(SIGALRM, &note, nullptr));
              const itimerval often{{0, 1000}, {0, 1000}};
              checked(setitimer(ITIMER_REAL, &often, nullptr));
              const CommandResult result = shell("echo begin; sleep 0.1; echo end; exit 3");
              return std::to_string(result.status) + " " + result.out;
          }) == "3 begin\nend\n");
}

TEST_CASE("a command that does not end is ended with all that it has started") {
    const TemporaryDirectory directory;
    const std::string fifo = directory.path() + "/fifo";
    REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
    const std::string work = "exec 3>" + fifo + "; echo started >&3; sleep 100000 & wait; sleep 100000";
    for (const std::string& script : {work, "trap '' TERM; " + work}) { // the second insists, and is killed
        const Descriptor alive(open(fifo.c_str(), O_RDONLY | O_NONBLOCK));
        const Clock::time_point begin = Clock::now();
        CHECK(error_of([&] {
                  run_command({"/bin/sh", "-c", script}, std::chrono::seconds(1));
              }) == "running /bin/sh -c " + script + ": no end after 1 second");
        CHECK(Clock::now() - begin >= std::chrono::seconds(1));
        CHECK(read_until_nobody_writes(alive) != "?"); // on a slow machine it has not even started
    }
}

TEST_CASE("a command has a session of its own: the terminal of whoever runs this is not its controlling terminal") {
    CHECK(in_child([] {
              setsid();
              signal(SIGHUP, SIG_IGN); // which comes when the terminal goes
              const Descriptor master(checked(posix_openpt(O_RDWR | O_NOCTTY)));
              checked(grantpt(master.number()));
              checked(unlockpt(master.number()));
              const Descriptor slave(checked(open(ptsname(master.number()), O_RDWR)));
              const bool ours = Descriptor(open("/dev/tty", O_RDWR)).is_open();
              return (ours ? "ours, " : "no terminal, ") +
                     shell("(: </dev/tty) 2>/dev/null && echo its || echo none").out;
          }) == "ours, none\n");
}

TEST_CASE("a command holds files until it ends, and what it leaves behind does not") {
    const TemporaryDirectory directory;
    const std::string go = directory.path() + "/go";
    const Descriptor place(open(directory.path().c_str(), O_RDONLY));
    const std::vector<std::string> names{"one", "two"};
    const Descriptor one = make_held_file(place.number(), names[0]), two = make_held_file(place.number(), names[1]);
    const auto is_held = [&](const std::string& name) { // by another process than this one
        const Descriptor file(open((directory.path() + "/" + name).c_str(), O_RDWR));
        return !take_held_file(file);
    };
    std::size_t seen = 0;
    const auto look = [&] {
        const auto now = static_cast<std::size_t>(std::count_if(names.begin(), names.end(), is_held));
        seen = std::max(seen, now); // by the last look it may have ended
        write_file(go, "");
    };
    const std::string script = "sleep 300 >/dev/null 2>&1 & echo $!; until [ -e " + go + " ]; do sleep 0.05; done";
    const CommandResult result = run_command({"/bin/sh", "-c", script}, limit, "/", {{&one, &two}, look});
    CHECK(seen == names.size());
    CHECK(std::none_of(names.begin(), names.end(), is_held));
    CHECK(kill(std::stoi(result.out), SIGKILL) == 0);
}

TEST_CASE("a command that is not to be waited for any longer is ended with all that it has started") {
    const TemporaryDirectory directory;
    const std::string fifo = directory.path() + "/fifo", started = directory.path() + "/started";
    REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
    const Descriptor alive(open(fifo.c_str(), O_RDONLY | O_NONBLOCK));
    const std::string script = "exec 3>" + fifo + "; echo started >&3; sleep 300 & : >" + started + "; wait";
    const auto look = [&] {
        if (access(started.c_str(), F_OK) == 0)
            throw Error("enough");
    };
    CHECK(error_of([&] {
              run_command({"/bin/sh", "-c", script}, std::chrono::seconds(300), "/", {{}, look});
          }) == "running /bin/sh -c " + script + ": enough");
    CHECK(read_until_nobody_writes(alive) == "started\n");
}

TEST_CASE("of each output the first MiB is kept, and the command is not held up by the rest") {
    const CommandResult result =
        shell("head -c 3000000 /dev/zero | tr '\\0' o; head -c 3000000 /dev/zero | tr '\\0' e >&2");
    CHECK(result.status == 0);
    CHECK(result.out == std::string(1048576, 'o'));
    CHECK(result.err == std::string(1048576, 'e'));
}

TEST_CASE("output that is smaller than a MiB arrives as a whole") {
    const CommandResult result = shell("i=0; while [ $i -lt 9000 ]; do echo $i; i=$((i + 1)); done");
    CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 9000);
    CHECK(result.out.ends_with("\n8999\n"));
}

TEST_CASE("a command whose output is closed early is waited for") {
    CHECK(shell("exec >&- 2>&-; sleep 0.2; exit 7").status == 7);
}

TEST_CASE("a daemon that a command leaves behind holds nobody up, whether it writes or not") {
    const TemporaryDirectory directory;
    const std::string process = directory.path() + "/process";
    const std::string leave = "& echo $! > " + process + "; echo up";
    for (const std::string& script :
         {"sleep 100000 " + leave, "while :; do echo noise; done " + leave, "sleep 100000 >/dev/null " + leave}) {
        const CommandResult result = shell(script); // which says that there is no end if it waits for the daemon
        kill(std::stoi(file_text(process)), SIGKILL);
        CHECK(result.status == 0);
        CHECK(result.out.find("up\n") != std::string::npos);
    }
}
