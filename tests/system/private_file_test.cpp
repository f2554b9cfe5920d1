#include "system/private_file.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"
#include "system/system_call.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <functional>
#include <string>

#include <sys/resource.h>
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
    CHECK(file.starts_with("/tmp/bulwark-"));
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
          }) == "writing a private copy of /etc/x: File too large");
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
