#include "system/host/private_file.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"
#include "system/host/system_call.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace bulwark;
using namespace std::chrono_literals;

namespace {

bool is_there(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

CommandResult check_script(const std::string& shell, const std::string& text) {
    return run_command_on({"/etc/rc.x", text}, {}, {shell, "-n", "/etc/rc.x"}, "/", 30s);
}

} // namespace

TEST_CASE("a shell accepts a script or says what is wrong, without running it") {
    const TemporaryDirectory directory;
    const std::string proof = directory.path() + "/was run";
    const CommandResult good = check_script("/bin/sh", "echo > '" + proof + "'\nif true; then\n  exit 7\nfi\n");
    CHECK(good.status == 0);
    CHECK(good.err.empty());
    const CommandResult bad = check_script("/bin/sh", "echo > '" + proof + "'\nif true; then\n");
    CHECK(bad.status != 0);
    CHECK(bad.err.starts_with("/etc/rc.x: "));
    CHECK(bad.err.find("/tmp/") == std::string::npos);
    CHECK(names_in(directory.path()).empty());
}

TEST_CASE("a command gets the text in a private file, which is gone afterwards") {
    const TemporaryDirectory directory;
    const std::string shell = directory.path() + "/shell";
    write_file(shell,
               "#!/bin/sh\n"
               "echo \"$2\" > \"$0 was given\"\n"
               "echo $# \"$1\" \"$2\"\n"
               "ls -ln \"$2\" | cut -c 1-10\n"
               "ls -ldn \"$(dirname \"$2\")\" | cut -c 1-10\n"
               "cat \"$2\" >&2\n",
               0755);
    const EnvironmentVariable elsewhere("TMPDIR", directory.path()); // whoever calls does not say where
    const std::string text("a\0b\n\xff", 5);
    const CommandResult result = check_script(shell, text);
    CHECK(result.out == "2 -n /etc/rc.x\n-rw-------\ndrwx------\n");
    CHECK(result.err == text);
    const std::string file = file_text(shell + " was given");
    CHECK(file.starts_with("/tmp/bulwark-private-"));
    CHECK_FALSE(is_there(file.substr(0, file.rfind('/'))));
}

TEST_CASE("the file is named within words too, and the command works in the directory it is told") {
    const TemporaryDirectory directory;
    const auto run = [&](const std::string& script) {
        return run_command_on({"/etc/x.cf", "text\n"}, {}, {"/bin/sh", "-c", script}, directory.path(), 30s);
    };
    CHECK(run("pwd; f=-C/etc/x.cf; cat ${f#-C}; echo $f").out == directory.path() + "\ntext\n-C/etc/x.cf\n");
}

TEST_CASE("whoever the file is for can read it, and nobody else") {
    if (geteuid() != 0)
        return;
    constexpr std::uint32_t somebody = 12345;
    const CommandResult result = run_command_on(
        {"/c", "text\n"}, somebody,
        {"/bin/sh", "-c", "ls -ln /c | cut -d ' ' -f 1,3; ls -ldn $(dirname /c) | cut -c 1-10"}, "/", 30s);
    CHECK(result.out == "-rw------- 12345\ndrwx--x--x\n");
    const CommandResult own =
        run_command_on({"/c", "text\n"}, geteuid(), {"/bin/sh", "-c", "ls -ldn $(dirname /c) | cut -c 1-10"}, "/", 30s);
    CHECK(own.out == "drwx------\n"); // nobody else has to get at it
}

TEST_CASE("a copy that cannot be written is an error that says so, and leaves nothing") {
    const auto error = [](const std::function<void()>& before) {
        return in_child([&] {
            before();
            return error_of([] { run_command_on({"/etc/x", "text\n"}, {}, {"/bin/sh", "-n", "/etc/x"}, "/", 30s); });
        });
    };
    const TemporaryDirectory root;
    make_directory(root.path() + "/tmp");
    const bool superuser = geteuid() == 0;
    CHECK(error([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit nothing{0, 0};
              checked(setrlimit(RLIMIT_FSIZE, &nothing));
              if (superuser)
                  checked(chroot(root.path().c_str())); // where nobody else makes temporary files
          }) ==
          "writing a private copy of /etc/x: File too large (the limit for files is 0 bytes; raise it with ulimit -f)");
    CHECK(names_in(root.path() + "/tmp").empty());
    if (!superuser)
        return;
    REQUIRE(rmdir((root.path() + "/tmp").c_str()) == 0);
    CHECK(error([&] { checked(chroot(root.path().c_str())); }) ==
          "writing a private copy of /etc/x: No such file or directory");
}

TEST_CASE("nothing is left when the command cannot be started") {
    const std::string error = error_of([] { check_script("/nothing/ksh", "true\n"); });
    const std::string begin = "running /nothing/ksh -n ", end = "/file: No such file or directory";
    REQUIRE(error.starts_with(begin));
    REQUIRE(error.ends_with(end));
    CHECK_FALSE(is_there(error.substr(begin.size(), error.size() - begin.size() - end.size())));
}

namespace {

/// Makes private files' leftovers in a /tmp of its own, lets `step` loose on them, and says what is there then.
std::string left_in_tmp(const std::function<void(const std::string& directory)>& prepare) {
    const TemporaryDirectory root;
    make_directory(root.path() + "/tmp");
    return in_child([&] {
        checked(chroot(root.path().c_str()));
        const std::string directory = "/tmp/bulwark-private-000000000000";
        prepare(directory);
        remove_private_leftovers();
        std::string names;
        for (const std::string& name : names_in("/tmp"))
            names += name + ";";
        return names;
    });
}

void make_leftover(const std::string& directory, unsigned mode = 0700) {
    make_directory(directory, mode);
    write_file(directory + "/lock", "", 0600);
    write_file(directory + "/file", "text\n", 0600);
}

} // namespace

TEST_CASE("the private files of a run that was killed are removed, at whatever point that was") {
    if (geteuid() != 0) {
        MESSAGE("skipped: only the superuser can have a /tmp of his own");
        return;
    }
    for (const auto& prepare : std::vector<std::function<void(const std::string&)>>{
             [](const std::string& directory) { make_leftover(directory); },
             [](const std::string& directory) { make_leftover(directory, 0711); },
             [](const std::string& directory) { // of a user's
                 make_leftover(directory, 0711);
                 checked(chown((directory + "/file").c_str(), 4711, 4711));
             },
             [](const std::string& directory) { make_directory(directory, 0700); },
             [](const std::string& directory) {
                 make_directory(directory, 0700);
                 write_file(directory + "/lock", "", 0600);
             }})
        CHECK(left_in_tmp(prepare).empty());
}

TEST_CASE("what others can change, and what only looks like a private file, is left alone") {
    if (geteuid() != 0) {
        MESSAGE("skipped: only the superuser can have a /tmp of his own");
        return;
    }
    const std::string kept = "bulwark-private-000000000000;";
    for (const auto& prepare : std::vector<std::function<void(const std::string&)>>{
             [](const std::string& directory) { make_leftover(directory, 0777); },
             [](const std::string& directory) {
                 make_leftover(directory);
                 checked(chown(directory.c_str(), 4711, 4711));
             },
             [](const std::string& directory) {
                 make_directory("/other");
                 make_leftover("/other/x");
                 make_link(directory, "/other/x");
             },
             [](const std::string& directory) { // not ours: it has no lock
                 make_directory(directory, 0700);
                 write_file(directory + "/file", "text\n");
             },
             [](const std::string& directory) { write_file(directory, "text\n"); },
             [](const std::string& directory) {
                 make_directory(directory, 0700);
                 make_link(directory + "/lock", "/tmp");
             }})
        CHECK(left_in_tmp(prepare) == kept);
    CHECK(left_in_tmp([](const std::string&) {
              for (const char* const other : {"/tmp/bulwark-private-0", "/tmp/bulwark-private-00000000000-",
                                              "/tmp/bulwark-backup", "/tmp/private-00000000000000000"})
                  make_leftover(other);
          }) == "bulwark-backup;bulwark-private-0;bulwark-private-00000000000-;private-00000000000000000;");
}

TEST_CASE("a private file that is in use is not taken for a leftover") {
    const TemporaryDirectory directory;
    const std::string go = directory.path() + "/go";
    const auto tidy_up = [&] { // as another run does
        in_child([] {
            remove_private_leftovers();
            return std::string();
        });
        write_file(go, "");
    };
    const std::string script = "until [ -e " + go + " ]; do sleep 0.05; done; cat /c";
    CHECK(run_command_on({"/c", "text\n"}, {}, {"/bin/sh", "-c", script}, "/", 30s, {{}, tidy_up}).out == "text\n");
}

TEST_CASE("where everybody can exchange what others have in /tmp, nothing private is put there") {
    if (geteuid() != 0)
        return;
    const TemporaryDirectory root;
    make_directory(root.path() + "/tmp");
    REQUIRE(chmod((root.path() + "/tmp").c_str(), 0777) == 0);
    CHECK(in_child([&] {
              checked(chroot(root.path().c_str()));
              return error_of([] { run_command_on({"/etc/x", "text\n"}, {}, {"/bin/sh", "-n", "/etc/x"}, "/", 30s); });
          }) == "writing a private copy of /etc/x: everybody can exchange what others have in /tmp; chmod 1777 /tmp");
    CHECK(names_in(root.path() + "/tmp").empty());
}
