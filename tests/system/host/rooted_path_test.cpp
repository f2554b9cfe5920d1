#include "system/host/rooted_path.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bulwark;

namespace {

/// A tree with links of all kinds, and a secret beside it that none of them may lead to.
class Sample {
public:
    Sample() {
        make_directory(outside());
        write_file(outside() + "/secret", "secret");
        make_directory(root());
        for (const auto* directory : {"/etc", "/etc/mail", "/usr", "/var"})
            make_directory(root() + directory);
        write_file(root() + "/etc/plain", "plain");
    }
    std::string root() const { return path_ + "/root"; }
    std::string outside() const { return path_ + "/outside"; }

private:
    TemporaryDirectory top_;
    std::string path_ = without_links(top_.path());
};

/// Where the path leads, "-" for nowhere, "!" and the cause for an Error.
std::string resolved(const RootedTree& tree, const std::string& path) {
    try {
        const std::optional<Place> place = tree.find(path);
        return place ? place->path : "-";
    } catch (const Error& error) {
        return std::string("!") + error.what();
    }
}

/// A process that exchanges the directory `flip` and the link `flop`, over and over.
class Flipper {
public:
    explicit Flipper(const std::string& directory) : process_(checked(fork())) {
        if (process_ == 0)
            flip(directory);
    }
    ~Flipper() {
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
    }
    Flipper(const Flipper&) = delete;
    Flipper& operator=(const Flipper&) = delete;

private:
    [[noreturn]] static void flip(const std::string& directory) {
        alarm(60); // should nobody be there to end it
        if (chdir(directory.c_str()) < 0)
            _exit(1);
        for (;;) {
            rename("flip", "directory");
            rename("flop", "flip");
            rename("flip", "flop");
            rename("directory", "flip");
        }
    }

    pid_t process_;
};

} // namespace

TEST_CASE("paths resolve inside the root, as after a chroot") {
    const Sample sample;
    const std::vector<std::pair<std::string, std::string>> links{
        {"/etc/absolute", "/etc/plain"},
        {"/etc/relative", "plain"},
        {"/etc/mail/up", "../plain"},
        {"/etc/escape", "../../../../../../outside/secret"},
        {"/etc/host", sample.outside() + "/secret"},
        {"/etc/chain", "absolute"},
        {"/etc/dangling", "/etc/nothing"},
        {"/etc/nowhere", "/no/such/directory"},
        {"/etc/long", "/" + std::string(300, 'x') + "/../etc/plain"},
        {"/etc/slash", "mail/"},
        {"/etc/file_slash", "plain/"},
        {"/usr/etc", "/etc"},
        {"/usr/out", "../.."},
        {"/usr/host", sample.outside()},
        {"/up", ".."},
        {"/self", "/"},
    };
    for (const auto& [path, target] : links)
        make_link(sample.root() + path, target);
    const RootedTree tree(sample.root());
    struct Case {
        std::string path, expected;
    };
    const std::vector<Case> cases{
        {"/", "/"},
        {"/..", "/"},
        {"/../..", "/"},
        {"/.", "/"},
        {"/etc", "/etc"},
        {"/etc/", "/etc"},
        {"/etc/.", "/etc"},
        {"/etc/mail/..", "/etc"},
        {"/etc/plain", "/etc/plain"},
        {"//etc///plain", "/etc/plain"},
        {"/etc/./mail/../plain", "/etc/plain"},
        {"/../etc/plain", "/etc/plain"},
        {"/etc/not there", "/etc/not there"},
        {"/etc/plain/", "-"},
        {"/etc/plain/..", "-"},
        {"/etc/plain/x", "-"},
        {"/nothing/x", "-"},
        {"/nothing/../etc/plain", "-"},
        {"/etc/absolute", "/etc/plain"},
        {"/etc/relative", "/etc/plain"},
        {"/etc/mail/up", "/etc/plain"},
        {"/etc/chain", "/etc/plain"},
        {"/etc/escape", "-"}, // /outside is not inside
        {"/etc/host", "-"},
        {"/etc/dangling", "/etc/nothing"},
        {"/etc/nowhere", "-"},
        {"/etc/slash", "/etc/mail"},
        {"/etc/file_slash", "-"},
        {"/usr/etc/plain", "/etc/plain"},
        {"/usr/etc/mail/up", "/etc/plain"},
        {"/usr/out/etc/plain", "/etc/plain"},
        {"/usr/out/outside/secret", "-"},
        {"/usr/host/secret", "-"},
        {"/up/up/up/etc/plain", "/etc/plain"},
        {"/self/self/usr/../etc/relative", "/etc/plain"},
        {"/etc/long", "!File name too long"},
        {"etc/plain", "!it is not an absolute path"},
        {"", "!it is not an absolute path"},
        {std::string("/etc/plain\0x", 12), "!a path cannot have a NUL byte"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.path);
        CHECK(resolved(tree, c.path) == c.expected);
    }
}

TEST_CASE("an entry is a link itself, and those on the way to it are followed") {
    const TemporaryDirectory top;
    make_directory(top.path() + "/etc");
    make_link(top.path() + "/etc/link", "/nowhere");
    make_link(top.path() + "/way", "etc");
    const RootedTree tree(top.path());
    for (const auto* path : {"/etc/link", "/way/link", "//way//link"})
        CHECK(tree.find_entry(path).value().path == "/etc/link");
    CHECK(tree.find_entry("/way").value().path == "/way");
    CHECK(tree.find_entry("/way/").value().path == "/etc"); // the slash asks for a directory
    CHECK_FALSE(tree.find_entry("/etc/link/x"));
    CHECK_FALSE(tree.find_entry("/nothing/x"));
}

TEST_CASE("a long link target is read to its end") {
    const Sample sample;
    std::string target = "/etc";
    for (int i = 0; i < 400; ++i)
        target += "/mail/..";
    make_link(sample.root() + "/etc/far", target + "/plain");
    CHECK(resolved(RootedTree(sample.root()), "/etc/far") == "/etc/plain");
}

TEST_CASE("forty links are followed, and one more is a loop") {
    const Sample sample;
    make_link(sample.root() + "/l0", "/etc/plain");
    for (int i = 1; i <= 40; ++i)
        make_link(sample.root() + "/l" + std::to_string(i), "l" + std::to_string(i - 1));
    make_link(sample.root() + "/here", "here");
    make_link(sample.root() + "/there", "/there/x");
    const RootedTree tree(sample.root());
    CHECK(resolved(tree, "/l39") == "/etc/plain");
    for (const auto* path : {"/l40", "/here", "/here/x", "/there"})
        CHECK(resolved(tree, path) == "!Too many levels of symbolic links");
}

TEST_CASE("a place is a name in an open directory, which stays when its path changes") {
    const Sample sample;
    const std::optional<Place> place = RootedTree(sample.root()).find("/etc/plain");
    REQUIRE(place);
    CHECK(place->name == "plain");
    CHECK(rename((sample.root() + "/etc").c_str(), (sample.root() + "/var/etc").c_str()) == 0);
    make_link(sample.root() + "/etc", sample.outside());
    struct stat status {};
    CHECK(fstatat(place->directory.number(), place->name.c_str(), &status, 0) == 0);
    CHECK(status.st_size == 5);
}

TEST_CASE("no descriptor is left open") {
    const Sample sample;
    const RootedTree tree(sample.root());
    const int before = Descriptor(open("/dev/null", O_RDONLY)).number();
    for (const auto* path : {"/etc/mail/x", "/etc/plain/x", "/", "/etc/mail/../../usr"})
        resolved(tree, path);
    CHECK(Descriptor(open("/dev/null", O_RDONLY)).number() == before);
}

TEST_CASE("whoever exchanges directories for links while paths are resolved gets nothing out of it") {
    const Sample sample;
    make_directory(sample.root() + "/etc/flip");
    write_file(sample.root() + "/etc/flip/secret", "inside");
    make_link(sample.root() + "/etc/flop", "../../outside");
    struct stat secret {};
    REQUIRE(stat((sample.outside() + "/secret").c_str(), &secret) == 0);
    const Flipper flipper(sample.root() + "/etc");
    const RootedTree tree(sample.root());
    int inside = 0;
    for (int i = 0; i < 20000; ++i) {
        const std::optional<Place> place = tree.find("/etc/flip/secret");
        struct stat status {};
        if (!place || fstatat(place->directory.number(), "secret", &status, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        REQUIRE(status.st_ino != secret.st_ino);
        ++inside;
    }
    CHECK(inside > 0);
}

TEST_CASE("directories on the way need only be searchable") {
    if (!is_superuser()) {
        MESSAGE("skipped: only the superuser can become nobody");
        return;
    }
    const Sample sample;
    checked(chmod((sample.root() + "/..").c_str(), 0711));
    checked(chmod((sample.root() + "/etc").c_str(), 0711));
    CHECK(as_nobody([&] { return resolved(RootedTree(sample.root()), "/etc/plain"); }) == "/etc/plain");
    checked(chmod((sample.root() + "/etc").c_str(), 0700));
    CHECK(as_nobody([&] { return resolved(RootedTree(sample.root()), "/etc/plain"); }) == "!Permission denied");
}

TEST_CASE("the way to a file is made of private directories, and what is there stays as it is") {
    const Sample sample;
    make_link(sample.root() + "/var/adm", "/usr/adm");
    const RootedTree tree(sample.root());
    CHECK(tree.make_trusted_way("/var/adm/bulwark/deep/lock").path == "/usr/adm/bulwark/deep/lock");
    for (const auto* path : {"/usr/adm", "/usr/adm/bulwark", "/usr/adm/bulwark/deep"})
        CHECK(mode_of(sample.root() + path) == 0700);
    CHECK(mode_of(sample.root() + "/usr") == 0755);
    CHECK(names_in(sample.root() + "/usr/adm/bulwark/deep").empty());
    CHECK(tree.make_trusted_way("/var/adm/bulwark/deep/lock").name == "lock");
}

TEST_CASE("the way to a file does not follow a link in the file's place, nor lead through a file") {
    const Sample sample;
    make_link(sample.root() + "/etc/lock", "/etc/plain");
    const RootedTree tree(sample.root());
    CHECK(tree.make_trusted_way("/etc/lock").path == "/etc/lock");
    CHECK_THROWS_WITH_AS(tree.make_trusted_way("/etc/plain/lock"), "Not a directory", Error);
}

TEST_CASE("where things lie on the running system") {
    const Sample sample;
    make_link(sample.outside() + "/link", "../root");
    const RootedTree tree(sample.outside() + "/link/usr/..");
    CHECK(tree.outside("/") == sample.root());
    CHECK(tree.outside("/etc/plain") == sample.root() + "/etc/plain");
    CHECK(RootedTree("/").outside("/") == "/");
    CHECK(RootedTree("/").outside("/etc/plain") == "/etc/plain");
    CHECK(resolved(RootedTree("/"), sample.root() + "/etc/../etc/plain") == sample.root() + "/etc/plain");
}

TEST_CASE("a root must be a directory") {
    const Sample sample;
    CHECK(error_of([&] { RootedTree(sample.root() + "/nothing"); }) ==
          "opening the root " + sample.root() + "/nothing: No such file or directory");
    CHECK(error_of([&] { RootedTree(sample.root() + "/etc/plain"); }) ==
          "opening the root " + sample.root() + "/etc/plain: Not a directory");
}
