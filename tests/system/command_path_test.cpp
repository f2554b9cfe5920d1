#include "system/command_path.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"
#include "system/system_call.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace bulwark;

namespace {

/// Directories that each have an executable `probe-for-bulwark`, with different rights.
class Directories {
public:
    Directories() {
        for (const auto& [name, mode] : std::vector<std::pair<std::string, unsigned>>{
                 {"first", 0755}, {"second", 0711}, {"group", 0775}, {"others", 0757}, {"sticky", 01777}}) {
            make_directory(path(name));
            write_file(path(name) + "/probe-for-bulwark", "#!/bin/sh\n", 0755);
            if (name != "second")
                write_file(path(name) + "/only-here-for-bulwark", "#!/bin/sh\n", name == "first" ? 0644 : 0755);
            change_mode(name, mode);
        }
        make_directory(path("first") + "/directory-for-bulwark");
        make_link(path("first") + "/link-for-bulwark", "probe-for-bulwark");
        make_link(path("first") + "/dangling-for-bulwark", "nothing");
        make_link(path("link"), "first");
        make_link(path("link to others"), "others");
    }
    std::string path(const std::string& name) const { return top_.path() + "/" + name; }

private:
    void change_mode(const std::string& name, unsigned mode) const { REQUIRE(chmod(path(name).c_str(), mode) == 0); }

    TemporaryDirectory top_;
};

std::string found(const std::string& path, const std::string& name) {
    const EnvironmentVariable variable("PATH", path);
    return find_command(name).value_or("-");
}

} // namespace

TEST_CASE("commands are found in the order of PATH, but not in relative entries or where others can write") {
    const Directories d;
    const std::string first = d.path("first"), second = d.path("second");
    const std::string probe = "/probe-for-bulwark";
    struct Case {
        std::string path, expected;
    };
    const std::vector<Case> cases{
        {first + ":" + second, first + probe},
        {second + ":" + first, second + probe},
        {first + "/:" + second, first + probe},
        {"::" + second + "::" + first, second + probe},
        {".:../first:first:" + second, second + probe},
        {d.path("group") + ":" + second, second + probe},
        {d.path("others") + ":" + second, second + probe},
        {d.path("sticky") + ":" + second, second + probe},
        {d.path("nothing") + ":" + first + probe + ":" + second, second + probe},
        {d.path("link") + ":" + second, d.path("link") + probe},
        {d.path("link to others") + ":" + second, second + probe},
        {d.path("others"), "-"},
        {"", "-"},
    };
    const Descriptor before(open(".", O_RDONLY));
    REQUIRE(chdir(first.c_str()) == 0); // where "." and "../first" would have it
    for (const Case& c : cases) {
        CAPTURE(c.path);
        CHECK(found(c.path, "probe-for-bulwark") == c.expected);
    }
    REQUIRE(fchdir(before.number()) == 0);
}

TEST_CASE("a command is an executable file") {
    const Directories d;
    const std::string first = d.path("first");
    CHECK(found(first, "link-for-bulwark") == first + "/link-for-bulwark");
    for (const auto* name : {"only-here-for-bulwark", "directory-for-bulwark", "dangling-for-bulwark", "", ".", "..",
                             "./probe-for-bulwark", "directory-for-bulwark/../probe-for-bulwark"})
        CHECK(found(first, name) == "-");
}

TEST_CASE("an absolute name is itself, wherever it is, if it can be executed") {
    const Directories d;
    const std::string others = d.path("others");
    CHECK(found("", others + "/probe-for-bulwark") == others + "/probe-for-bulwark");
    CHECK(found("", d.path("first") + "/only-here-for-bulwark") == "-");
    CHECK(found("", others) == "-");
    CHECK(found("", "/nothing/here") == "-");
}

TEST_CASE("a directory of another user is skipped") {
    if (!is_superuser()) {
        MESSAGE("skipped: only the superuser can give directories away");
        return;
    }
    const Directories d;
    REQUIRE(chown(d.path("first").c_str(), 4711, 0) == 0);
    CHECK(found(d.path("first") + ":" + d.path("second"), "probe-for-bulwark") ==
          d.path("second") + "/probe-for-bulwark");
}

TEST_CASE("whoever runs it may have commands of his own") {
    if (!is_superuser()) {
        MESSAGE("skipped: only the superuser can become nobody");
        return;
    }
    const Directories d;
    constexpr unsigned nobody = 65534;
    REQUIRE(chmod(d.path("").c_str(), 0755) == 0);
    REQUIRE(chown(d.path("first").c_str(), nobody, nobody) == 0);
    CHECK(found(d.path("first"), "probe-for-bulwark") == "-");
    CHECK(as_nobody([&] { return found(d.path("first"), "probe-for-bulwark"); }) ==
          d.path("first") + "/probe-for-bulwark");
}

TEST_CASE("the owner of the system's commands is trusted, as bin is on AIX, and the root directory may have some") {
    if (!is_superuser()) {
        MESSAGE("skipped: only the superuser can change the root directory");
        return;
    }
    const TemporaryDirectory top;
    for (const char* const directory : {"/usr", "/usr/bin", "/opt", "/other"}) {
        make_directory(top.path() + directory);
        write_file(top.path() + directory + "/probe", "#!/bin/sh\n", 0755);
    }
    write_file(top.path() + "/program", "#!/bin/sh\n", 0755);
    REQUIRE(chmod(top.path().c_str(), 0755) == 0);
    for (const auto& [directory, owner] : {std::pair{"/usr/bin", 2U}, {"/opt", 2U}, {"/other", 4711U}})
        REQUIRE(chown((top.path() + directory).c_str(), owner, owner) == 0);
    const auto found_there = [&](const std::string& path, const std::string& name, bool has_usr = true) {
        return in_child([&] {
            if (!has_usr)
                checked(std::rename((top.path() + "/usr").c_str(), (top.path() + "/gone").c_str()));
            checked(chroot(top.path().c_str()));
            return found(path, name);
        });
    };
    CHECK(found_there("/other:/opt", "probe") == "/opt/probe");
    CHECK(found_there("/other", "probe") == "-");
    CHECK(found_there("/", "program") == "/program");
    CHECK(found_there("/opt", "probe", false) == "-"); // nobody knows whose the commands are
}

TEST_CASE("the usual system directories come after PATH, once each") {
    const Directories d;
    const EnvironmentVariable variable("PATH", "/usr/sbin:" + d.path("first") + ":relative:" + d.path("others"));
    const std::string path = command_path() + ":";
    CHECK(path.starts_with("/usr/sbin:" + d.path("first") + ":"));
    CHECK(path.find("relative") == std::string::npos);
    CHECK(path.find("others") == std::string::npos);
    CHECK(path.rfind("/usr/sbin:") == 0);
    CHECK(path.find(":/sbin:") != std::string::npos);
    CHECK(path.find(":/usr/bin:") != std::string::npos);
    CHECK(path.ends_with(":/bin:"));
}

TEST_CASE("without PATH the usual system directories are searched") {
    const EnvironmentVariable variable("PATH", "");
    unsetenv("PATH");
    CHECK(find_command("probe-for-bulwark") == std::nullopt);
    CHECK((command_path() + ":").find("/sbin:") != std::string::npos);
}
