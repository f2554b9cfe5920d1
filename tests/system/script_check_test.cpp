#include "system/script_check.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <string>

#include <unistd.h>

using namespace bulwark;

namespace {

bool is_there(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

} // namespace

TEST_CASE("a shell accepts a script or says what is wrong, without running it") {
    const TemporaryDirectory directory;
    const std::string proof = directory.path() + "/was run";
    const CommandResult good = check_script("/bin/sh", "echo > '" + proof + "'\nif true; then\n  exit 7\nfi\n");
    CHECK(good.status == 0);
    CHECK(good.err.empty());
    const CommandResult bad = check_script("/bin/sh", "echo > '" + proof + "'\nif true; then\n");
    CHECK(bad.status != 0);
    CHECK(bad.err.starts_with("script: "));
    CHECK(bad.err.find("/tmp/") == std::string::npos);
    CHECK(names_in(directory.path()).empty());
}

TEST_CASE("the text is checked in a private file that is gone afterwards") {
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
    CHECK(result.out == "2 -n script\n-rw-------\ndrwx------\n");
    CHECK(result.err == text);
    const std::string file = file_text(shell + " was given");
    CHECK(file.starts_with("/tmp/bulwark-"));
    CHECK_FALSE(is_there(file.substr(0, file.rfind('/'))));
}

TEST_CASE("nothing is left when the shell cannot be started") {
    const std::string begin = "running /nothing/ksh -n ", end = "/script: No such file or directory";
    const std::string error = error_of([] { check_script("/nothing/ksh", "true\n"); });
    REQUIRE(error.starts_with(begin));
    REQUIRE(error.ends_with(end));
    CHECK_FALSE(is_there(error.substr(begin.size(), error.size() - begin.size() - end.size())));
}
