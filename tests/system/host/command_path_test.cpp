#include "system/host/command_path.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"
#include "system/host/system_call.hpp"

#include <doctest/doctest.h>

#include <functional>
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

/// Where it is, "-", or why it is not run.
std::string found(const std::string& path, const std::string& name) {
    const EnvironmentVariable variable("PATH", path);
    try {
        return find_command(name).value_or("-");
    } catch (const Error& error) {
        return error.what();
    }
}

std::string not_run(const std::string& path, const std::string& why) {
    return path + " is not run, for somebody else could decide what it does: " + why;
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
        {d.path("others"), not_run(d.path("others") + probe, d.path("others") +
                                                                 " can be written by everybody (mode "
                                                                 "0757); mend that first: chmod go-w " +
                                                                 d.path("others"))},
        {d.path("group") + ":" + d.path("others"), // the first of them is named
         not_run(d.path("group") + probe, d.path("group") + " can be written by group " + std::to_string(getegid()) +
                                              " (mode 0775); mend that first: chmod go-w " + d.path("group"))},
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

TEST_CASE("an absolute name is itself, wherever it is, if it can be executed and nobody else can change it") {
    const Directories d;
    const std::string others = d.path("others"), first = d.path("first") + "/probe-for-bulwark";
    CHECK(found("", first) == first);
    CHECK(found("", others + "/probe-for-bulwark").find(others + " can be written by everybody") != std::string::npos);
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
    CHECK(found(d.path("first"), "probe-for-bulwark").find(d.path("first") + " belongs to user 65534") !=
          std::string::npos);
    CHECK(as_nobody([&] { return found(d.path("first"), "probe-for-bulwark"); }) ==
          d.path("first") + "/probe-for-bulwark");
}

TEST_CASE("bin is trusted, to whom AIX gives /usr, and the root directory may have programs") {
    if (!is_superuser()) {
        MESSAGE("skipped: only the superuser can change the root directory");
        return;
    }
    const TemporaryDirectory top;
    for (const char* const directory : {"/usr", "/usr/bin", "/opt", "/other"}) {
        make_directory(top.path() + directory);
        write_file(top.path() + directory + "/probe", "", 0755);
    }
    write_file(top.path() + "/program", "", 0755);
    REQUIRE(chmod(top.path().c_str(), 0755) == 0);
    for (const auto& [directory, owner] :
         {std::pair{"/usr/bin", 2U}, {"/opt", 2U}, {"/opt/probe", 2U}, {"/other", 4711U}})
        REQUIRE(chown((top.path() + directory).c_str(), owner, owner) == 0);
    const auto found_there = [&](const std::string& path, const std::string& name) {
        return in_child([&] {
            checked(chroot(top.path().c_str()));
            return found(path, name);
        });
    };
    CHECK(found_there("/other:/opt", "probe") == "/opt/probe");
    CHECK(found_there("/other", "probe").find("/other belongs to user 4711") != std::string::npos);
    CHECK(found_there("/", "program") == "/program");
}

namespace {

/// A program of root's, and what somebody else may have of it.
struct Program {
    TemporaryDirectory top;
    std::string directory = top.path() + "/above/bin", path = directory + "/probe";

    Program() {
        make_directory(top.path() + "/above");
        make_directory(directory);
        write_file(path, "#!/bin/sh\n", 0755);
        REQUIRE(chmod(top.path().c_str(), 0755) == 0);
    }
    std::string found_by_name() const { return found(directory, "probe"); }
    static void give(const std::string& what) { REQUIRE(lchown(what.c_str(), 4711, 4711) == 0); }
};

} // namespace

TEST_CASE("a program is run only if nobody else can change it, or any directory or link on its way") {
    if (!is_superuser()) {
        MESSAGE("skipped: only the superuser can give files away");
        return;
    }
    CHECK(Program().found_by_name().ends_with("/above/bin/probe"));
    struct Case {
        std::function<void(const Program&)> spoil;
        std::string fault; // below the top directory
    };
    for (const Case& c :
         std::vector<Case>{{[](const Program& p) { p.give(p.path); }, "/above/bin/probe belongs to user 4711"},
                           {[](const Program& p) { p.give(p.directory); }, "/above/bin belongs to user 4711"},
                           {[](const Program& p) { p.give(p.top.path() + "/above"); }, "/above belongs to user 4711"},
                           {[](const Program& p) { REQUIRE(chmod(p.path.c_str(), 0757) == 0); },
                            "/above/bin/probe can be written by everybody (mode 0757)"},
                           {[](const Program& p) { REQUIRE(chmod(p.directory.c_str(), 01777) == 0); },
                            "/above/bin can be written by everybody (mode 1777)"},
                           {[](const Program& p) { REQUIRE(chmod((p.top.path() + "/above").c_str(), 0775) == 0); },
                            "/above can be written by group 0 (mode 0775)"}}) {
        const Program program;
        c.spoil(program);
        const std::string said = program.found_by_name();
        CAPTURE(said);
        CHECK(said.starts_with(not_run(program.path, program.top.path() + c.fault)));
        CHECK(said.find("; mend that first: ch") != std::string::npos);
    }
}

TEST_CASE("below a sticky directory, as /tmp is, a program may be, in a directory of root's") {
    if (!is_superuser())
        return;
    const Program program;
    REQUIRE(chmod((program.top.path() + "/above").c_str(), 01777) == 0);
    CHECK(program.found_by_name() == program.path);
    Program::give(program.directory);
    CHECK(program.found_by_name().find("/above/bin belongs to user 4711") != std::string::npos);
}

TEST_CASE("a link to a program is as good as the way that it leads") {
    if (!is_superuser())
        return;
    const Program program;
    const std::string good = program.top.path() + "/good";
    make_directory(good);
    make_link(good + "/probe", "../above/bin/probe");
    CHECK(found(good, "probe") == good + "/probe");
    Program::give(good + "/probe"); // whose the link is does not matter: its directory is root's
    CHECK(found(good, "probe") == good + "/probe");
    Program::give(program.top.path() + "/above");
    CHECK(found(good, "probe").find("/above belongs to user 4711") != std::string::npos);
}

TEST_CASE("a script is as good as its interpreter, and that as its own") {
    if (!is_superuser())
        return;
    const Program program;
    const TemporaryDirectory elsewhere;
    const std::string shell = elsewhere.path() + "/sh", second = elsewhere.path() + "/second";
    REQUIRE(chmod(elsewhere.path().c_str(), 0755) == 0);
    write_file(shell, "", 0755);
    write_file(second, "#! \t" + shell + " -e\n", 0755);
    for (const std::string& line :
         {"#!" + shell + "\n", "#! " + shell + " -x y\r\n", "#!" + second + "\n", "#!" + shell}) {
        write_file(program.path, line, 0755);
        REQUIRE(chown(shell.c_str(), 0, 0) == 0);
        CHECK(program.found_by_name() == program.path);
        Program::give(shell);
        CHECK(program.found_by_name() ==
              not_run(program.path, shell + " belongs to user 4711; mend that first: chown 0 " + shell));
    }
    write_file(program.path, "#!sh\n", 0755);
    CHECK(program.found_by_name().find("its interpreter sh is not named by an absolute path") != std::string::npos);
    write_file(program.path, "#!/nothing/here\n", 0755);
    CHECK(program.found_by_name().ends_with("/nothing is no directory"));
    write_file(second, "#!" + second + "\n", 0755);
    write_file(program.path, "#!" + second + "\n", 0755);
    CHECK(program.found_by_name().ends_with("too many interpreters are scripts themselves"));
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
