#include "system/host/posix_host.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"
#include "system/host/access_control_list.hpp"
#include "system/host/system_call.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <cstring>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#include <sys/xattr.h>
#endif

using namespace bulwark;
using namespace std::chrono_literals;

namespace {

struct stat status_of(const std::string& path) {
    struct stat status {};
    checked(lstat(path.c_str(), &status));
    return status;
}

/// A tree with the accounts of AIX. Without the superuser's rights its "root" is whoever runs the test, so that files
/// can be created.
class Tree {
public:
    Tree() {
        for (const auto* directory : {"", "/etc", "/var", "/outside"})
            make_directory(path(directory));
        put("/etc/passwd", "root:!:" + std::to_string(geteuid()) +
                               ":0::/:/usr/bin/ksh\n"
                               "bin:!:2:2::/bin:\n"
                               "printq:!:9:9::/var/spool/qdaemon:\n");
        put("/etc/group", "system:!:" + std::to_string(getegid()) + ":root\nbin:!:2:root,bin\nprintq:!:9:printq\n");
    }
    std::string path(const std::string& inside) const { return path_ + inside; }
    void put(const std::string& inside, const std::string& text, unsigned mode = 0644) const {
        write_file(path(inside), text, mode);
    }
    std::string text(const std::string& inside) const { return file_text(path(inside)); }
    std::unique_ptr<Host> host() const { return make_posix_host(path("")); }

    /// What a run before, or a failed one, must not have left.
    std::vector<std::string> names(const std::string& directory = "/etc") const {
        std::vector<std::string> names = names_in(path(directory));
        std::erase_if(names, [](const std::string& name) { return name == "passwd" || name == "group"; });
        return names;
    }

private:
    TemporaryDirectory top_;
    std::string path_ = without_links(top_.path()) + "/root";
};

FileState regular(const std::string& text, unsigned mode = 0644) {
    return {FileState::Kind::regular, text, mode, "root", "system", "", false};
}

FileState directory(unsigned mode) {
    return {FileState::Kind::directory, "", mode, "root", "system", "a directory", false};
}

FileState link_to(const std::string& target) {
    return {FileState::Kind::link, target, mode_of_links, "root", "system", "a symbolic link", false};
}

std::string replace_error(Host& host, const std::string& path, const FileState& after) {
    return error_of([&] { host.replace(path, after, "4f2a"); });
}

/// By a relative name, since the name of a socket must be short.
std::string make_socket(const std::string& directory, const std::string& name) {
    return in_child([&]() -> std::string {
        const Descriptor socket(checked(::socket(AF_UNIX, SOCK_STREAM, 0)));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
        checked(chdir(directory.c_str()));
        checked(bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
        return "";
    });
}

/// A path that something is tried with, and the error that it ends with.
struct Refusal {
    std::string path, error;
};

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("a look at a file tells everything but its text, whatever its size") {
    const Tree tree;
    tree.put("/var/large.log", "text", 0640);
    checked(truncate(tree.path("/var/large.log").c_str(), off_t{65} * 1024 * 1024));
    FileState large = regular("", 0640);
    large.unread = true;
    for (const char* const path : {"/var/large.log", "/var/small.log"}) {
        tree.put("/var/small.log", "text", 0640);
        CHECK(tree.host()->look(path) == large);
    }
    CHECK(tree.host()->read_log("/var/large.log") == large);
    CHECK(tree.host()->read_log("/var/small.log") == regular("text", 0640));
    CHECK(tree.host()->read_log("/var/none.log").kind == FileState::Kind::missing);
    CHECK(tree.host()->look("/var/none.log").kind == FileState::Kind::missing);
    CHECK(tree.host()->look("/none/none.log").kind == FileState::Kind::missing);
    CHECK(tree.host()->read_log("/none/none.log").kind == FileState::Kind::missing);
    CHECK(tree.host()->look("/etc").other == "a directory");
}

TEST_CASE("a file whose text was not read gets its mode, and keeps its text") {
    const Tree tree;
    tree.put("/var/a.log", "text", 0640);
    FileState after = regular("", 0600);
    after.unread = true;
    tree.host()->replace("/var/a.log", after, "t");
    CHECK(tree.host()->read("/var/a.log") == regular("text", 0600));
    CHECK_THROWS_WITH_AS(tree.host()->replace("/var/none.log", after, "t"),
                         "replacing /var/none.log: it is not there any more", Error);
}

TEST_CASE("a regular file is read with its mode and the tree's own names of its owner") {
    const Tree tree;
    const std::string text("any\0bytes\r\n\xff, no newline", 24);
    tree.put("/etc/inittab", text, 04751);
    const auto host = tree.host();
    const FileState state = host->read("/etc/inittab");
    CHECK(state == regular(text, 04751));
    CHECK_FALSE(state.linked);
    tree.put("/etc/empty", "", 0600);
    CHECK(host->read("/etc/empty") == regular("", 0600));
}

TEST_CASE("owners that the tree's passwd and group files do not know are numbers") {
    const Tree tree;
    tree.put("/etc/inittab", "text");
    REQUIRE(unlink(tree.path("/etc/passwd").c_str()) == 0);
    tree.put("/etc/group", "nobody:!:4711:\n");
    const FileState state = tree.host()->read("/etc/inittab");
    CHECK(state.owner == std::to_string(geteuid()));
    CHECK(state.group == std::to_string(getegid()));
    if (!is_superuser()) {
        MESSAGE("the rest is skipped: only the superuser can give files away");
        return;
    }
    CHECK(tree.host()->superuser_name() == "0");
    CHECK(tree.host()->superuser_group() == "0");
    const TemporaryDirectory empty;
    CHECK(make_posix_host(empty.path())->superuser_name() == "0");
    tree.put("/etc/passwd", "toor:!:0:0::/:\nroot:!:0:0::/:\n");
    CHECK(tree.host()->superuser_name() == "toor");
    REQUIRE(chown(tree.path("/etc/inittab").c_str(), 4711, 4711) == 0);
    CHECK(tree.host()->read("/etc/inittab").owner == "4711");
    CHECK(tree.host()->read("/etc/inittab").group == "nobody");
}

TEST_CASE("what is not there is missing: no file, no directory, a file in a directory's place, a dangling link") {
    const Tree tree;
    tree.put("/etc/file", "text");
    make_link(tree.path("/etc/dangling"), "nothing");
    make_link(tree.path("/etc/host"), tree.path("/etc/file")); // leads outside, where it does not count
    for (const auto* path : {"/etc/nothing", "/nothing/x", "/etc/file/x", "/etc/file/", "/etc/dangling", "/etc/host"})
        CHECK(tree.host()->read(path) == FileState{});
}

TEST_CASE("what is no regular file is named and not opened") {
    const Tree tree;
    REQUIRE(mkfifo(tree.path("/etc/fifo").c_str(), 0600) == 0);
    make_link(tree.path("/etc/link"), "fifo");
    REQUIRE(make_socket(tree.path("/etc"), "socket") == "");
    struct Case {
        std::string path, other;
    };
    const std::vector<Case> cases{{"/etc/fifo", "a FIFO"}, {"/etc/link", "a FIFO"}, {"/etc/socket", "a socket"},
                                  {"/etc", "a directory"}, {"/", "a directory"},    {"/etc/..", "a directory"}};
    const auto host = tree.host();
    for (const Case& c : cases) {
        CAPTURE(c.path);
        const bool is_directory = c.other == "a directory";
        CHECK(host->read(c.path).kind == (is_directory ? FileState::Kind::directory : FileState::Kind::other));
        CHECK(host->read(c.path).other == c.other);
        std::string error = "replacing " + c.path;
        error += ": it is " + c.other;
        CHECK(replace_error(*host, c.path, regular("text")) == error);
        if (!is_directory)
            CHECK(replace_error(*host, c.path, FileState{}) == error);
    }
    CHECK(replace_error(*host, "/etc", FileState{}) == "replacing /etc: the directory is not empty");
    CHECK(host->read("/etc").mode == 0755);
    CHECK(make_posix_host("/")->read("/dev/null").other == "a character device");
    CHECK(tree.names() == Names{"fifo", "link", "socket"});
}

TEST_CASE("what cannot be read is an error that names it") {
    const Tree tree;
    make_link(tree.path("/etc/loop"), "loop");
    tree.put("/etc/huge", "");
    REQUIRE(truncate(tree.path("/etc/huge").c_str(), 64 * 1024 * 1024 + 1) == 0);
    const auto host = tree.host();
    const std::vector<Refusal> cases{
        {"/etc/loop", "reading /etc/loop: Too many levels of symbolic links"},
        {"/etc/huge", "reading /etc/huge: it is larger than 64 MiB, which no configuration file is"},
        {"etc/passwd", "reading etc/passwd: it is not an absolute path"},
        {"/etc/" + std::string(300, 'x'), "reading /etc/" + std::string(300, 'x') + ": File name too long"}};
    for (const Refusal& c : cases)
        CHECK(error_of([&] { host->read(c.path); }) == c.error);
    CHECK(error_of([&] { host->read_entry(cases.back().path); }) == cases.back().error);
    REQUIRE(unlink(tree.path("/etc/passwd").c_str()) == 0);
    REQUIRE(mkfifo(tree.path("/etc/passwd").c_str(), 0600) == 0);
    CHECK(error_of([&] { tree.host()->read("/etc/group"); }) ==
          "reading /etc/group: reading /etc/passwd: it is a FIFO");
}

TEST_CASE("without the right to read, that is said") {
    if (!is_superuser()) {
        MESSAGE("skipped: only the superuser can become nobody");
        return;
    }
    const Tree tree;
    tree.put("/etc/secret", "text", 0600);
    REQUIRE(chmod(tree.path("/..").c_str(), 0755) == 0);
    const auto read_secret = [&] { return tree.host()->read("/etc/secret").text; };
    CHECK(as_nobody(read_secret) == "reading /etc/secret: Permission denied");
    REQUIRE(chmod(tree.path("/etc").c_str(), 0700) == 0);
    CHECK(as_nobody(read_secret) == "reading /etc/secret: Permission denied");
}

TEST_CASE("a file is replaced by a new one, and what was read before stays readable through the old one") {
    const Tree tree;
    tree.put("/etc/inittab", "old text", 0640);
    const struct stat before = status_of(tree.path("/etc/inittab"));
    const Descriptor old(open(tree.path("/etc/inittab").c_str(), O_RDONLY));
    const auto host = tree.host();
    host->replace("/etc/inittab", regular("new", 0640), "4f2a");
    CHECK(host->read("/etc/inittab") == regular("new", 0640));
    CHECK(status_of(tree.path("/etc/inittab")).st_ino != before.st_ino);
    std::array<char, 20> buffer{};
    CHECK(read(old.number(), buffer.data(), buffer.size()) == 8);
    CHECK(tree.names() == Names{"inittab"});
}

TEST_CASE("every kind of text is written as it is") {
    const Tree tree;
    const auto host = tree.host();
    for (const std::string& text : {std::string(), std::string("\0\r\n\xff", 4), std::string(3000000, 'x')}) {
        host->replace("/etc/inittab", regular(text), "4f2a");
        CHECK(host->read("/etc/inittab") == regular(text));
    }
}

TEST_CASE("every mode is set, whatever the umask, on a new file, with a new text, and alone") {
    const Tree tree;
    const auto host = tree.host();
    const mode_t umask_before = umask(0777);
    for (const unsigned mode : {0600U, 0644U, 0444U, 0777U, 04755U, 06711U, 01644U, 0U}) {
        if (mode == 0 && !is_superuser())
            continue; // nobody else could read it any more to see
        CAPTURE(mode);
        host->replace("/etc/file", regular("first", mode), "4f2a");
        CHECK(host->read("/etc/file") == regular("first", mode));
        host->replace("/etc/file", regular("second", mode), "4f2a");
        CHECK(host->read("/etc/file") == regular("second", mode));
        const ino_t before = status_of(tree.path("/etc/file")).st_ino;
        host->replace("/etc/file", regular("second", 0640), "4f2a");
        host->replace("/etc/file", regular("second", mode), "4f2a");
        CHECK(host->read("/etc/file") == regular("second", mode));
        CHECK(status_of(tree.path("/etc/file")).st_ino == before);
        host->replace("/etc/file", FileState{}, "4f2a");
    }
    umask(umask_before);
    CHECK(tree.names().empty());
}

TEST_CASE("owner and group are set by the names of the tree or by number, setuid bits kept") {
    if (!is_superuser()) {
        MESSAGE("skipped: only the superuser can give files away");
        return;
    }
    const Tree tree;
    const auto host = tree.host();
    FileState state = regular("text", 06755);
    const std::vector<std::tuple<std::string, std::string, uid_t, gid_t>> cases{
        {"printq", "printq", 9, 9}, {"bin", "printq", 2, 9}, {"4711", "815", 4711, 815}, {"root", "system", 0, 0}};
    for (const bool existing : {true, false})
        for (const auto& [owner, group, uid, gid] : cases) {
            if (!existing)
                host->replace("/etc/file", FileState{}, "4f2a");
            state.owner = owner;
            state.group = group;
            state.text += "x";
            for (int i = 0; i < 2; ++i, state.mode ^= 0022U) { // with a new text, and alone
                host->replace("/etc/file", state, "4f2a");
                CHECK(host->read("/etc/file") == state);
                CHECK(status_of(tree.path("/etc/file")).st_uid == uid);
                CHECK(status_of(tree.path("/etc/file")).st_gid == gid);
            }
        }
}

TEST_CASE("an owner that nobody knows is refused before anything is written") {
    const Tree tree;
    tree.put("/etc/inittab", "old text");
    const auto host = tree.host();
    FileState after = regular("new text");
    after.owner = "snoopy";
    CHECK(replace_error(*host, "/etc/inittab", after) ==
          "replacing /etc/inittab: /etc/passwd has no user 'snoopy'; add it there, or give a number");
    after = regular("new text");
    after.group = "";
    CHECK(replace_error(*host, "/etc/inittab", after) ==
          "replacing /etc/inittab: /etc/group has no group ''; add it there, or give a number");
    CHECK(tree.text("/etc/inittab") == "old text");
    CHECK(tree.names() == Names{"inittab"});
}

TEST_CASE("the group of a new file is not its setgid directory's") {
    if (!is_superuser()) {
        MESSAGE("skipped: only the superuser can give directories away");
        return;
    }
    const Tree tree;
    make_directory(tree.path("/etc/mail"));
    REQUIRE(chown(tree.path("/etc/mail").c_str(), 9, 9) == 0);
    REQUIRE(chmod(tree.path("/etc/mail").c_str(), 02755) == 0);
    const auto host = tree.host();
    host->replace("/etc/mail/sendmail.cf", regular("text"), "4f2a");
    CHECK(host->read("/etc/mail/sendmail.cf") == regular("text"));
}

TEST_CASE("a symbolic link stays a link; its target is replaced, created and removed where it lies inside the root") {
    const Tree tree;
    make_directory(tree.path("/var/adm"));
    tree.put("/var/adm/target", "old text");
    write_file(tree.path("/../target"), "outside");
    const std::vector<std::pair<std::string, std::string>> links{{"/etc/absolute", "/var/adm/target"},
                                                                 {"/etc/relative", "../var/adm/target"},
                                                                 {"/etc/out", "../../../../var/adm/target"}};
    for (const auto& [path, target] : links)
        make_link(tree.path(path), target);
    const auto host = tree.host();
    for (const auto& [path, target] : links) {
        host->replace(path, regular(path), "4f2a");
        CHECK(tree.text("/var/adm/target") == path);
        host->replace(path, FileState{}, "4f2a");
        CHECK(tree.names("/var/adm").empty());
        host->replace(path, regular("new"), "4f2a"); // dangling by now
        CHECK(host->read("/var/adm/target") == regular("new"));
        CHECK(S_ISLNK(status_of(tree.path(path)).st_mode));
    }
    CHECK(tree.names() == Names{"absolute", "out", "relative"});
    CHECK(tree.names("/var/adm") == Names{"target"});
    CHECK(file_text(tree.path("/../target")) == "outside");
}

TEST_CASE("a link that leads to a directory outside does not make anything there") {
    const Tree tree;
    const std::string outside = tree.path("/../outside");
    make_directory(outside);
    make_link(tree.path("/etc/host"), outside);
    make_link(tree.path("/etc/up"), "../../outside"); // is /outside
    const auto host = tree.host();
    CHECK(replace_error(*host, "/etc/host/file", regular("text")) ==
          "replacing /etc/host/file: the directory that it belongs in is not there; make it first");
    host->replace("/etc/up/file", regular("text"), "4f2a");
    CHECK(tree.text("/outside/file") == "text");
    CHECK(names_in(outside).empty());
}

TEST_CASE("a directory is made with its mode and owner, changed in place, and removed where it is empty") {
    const Tree tree;
    const auto host = tree.host();
    const mode_t umask_before = umask(0777);
    for (const unsigned mode : {0755U, 0700U, 01777U, 02755U}) {
        CAPTURE(mode);
        host->replace("/etc/rc.d", directory(mode), "4f2a");
        CHECK(host->read("/etc/rc.d") == directory(mode));
        const ino_t before = status_of(tree.path("/etc/rc.d")).st_ino;
        host->replace("/etc/rc.d", directory(0750), "4f2a");
        CHECK(host->read("/etc/rc.d") == directory(0750));
        CHECK(status_of(tree.path("/etc/rc.d")).st_ino == before);
        host->replace("/etc/rc.d/file", regular("x"), "4f2a");
        CHECK(replace_error(*host, "/etc/rc.d", FileState{}) == "replacing /etc/rc.d: the directory is not empty");
        CHECK(tree.names("/etc/rc.d") == Names{"file"});
        host->replace("/etc/rc.d/file", FileState{}, "4f2a");
        host->replace("/etc/rc.d", FileState{}, "4f2a");
        CHECK(tree.names().empty());
    }
    umask(umask_before);
    CHECK(replace_error(*host, "/etc/rc.d", FileState{}) == "");
    CHECK(replace_error(*host, "/nothing/rc.d", directory(0755)) ==
          "replacing /nothing/rc.d: the directory that it belongs in is not there; make it first");
    tree.put("/etc/file", "text");
    CHECK(replace_error(*host, "/etc/file", directory(0755)) == "replacing /etc/file: it is a regular file");
    make_directory(tree.path("/etc/.bulwark-taken"));
    CHECK(error_of([&] { host->replace("/etc/rc.d", directory(0755), "taken"); }) ==
          "replacing /etc/rc.d: File exists");
    host->remove_temporary("/etc/rc.d", "taken");
    CHECK(tree.names() == Names{"file"});
}

TEST_CASE("a directory that cannot get its owner is not made") {
    const Tree tree;
    FileState after = directory(0755);
    after.owner = "snoopy";
    CHECK(replace_error(*tree.host(), "/etc/rc.d", after) ==
          "replacing /etc/rc.d: /etc/passwd has no user 'snoopy'; add it there, or give a number");
    CHECK(tree.names().empty());
    if (!is_superuser())
        return;
    after.owner = after.group = "printq";
    tree.host()->replace("/etc/rc.d", after, "4f2a");
    CHECK(tree.host()->read("/etc/rc.d") == after);
    REQUIRE(chmod(tree.path("/..").c_str(), 0755) == 0);
    CHECK(as_nobody([&] { return replace_error(*tree.host(), "/etc/rc.d", FileState{}); }) ==
          "replacing /etc/rc.d: Permission denied");
}

TEST_CASE("a link itself is read, made, exchanged and removed, and what it leads to stays") {
    const Tree tree;
    const auto host = tree.host();
    tree.put("/etc/target", "text");
    host->replace("/etc/link", link_to("target"), "4f2a");
    CHECK(host->read("/etc/link") == regular("text"));
    CHECK(host->read_entry("/etc/link") == link_to("target"));
    const std::string far(3000, 'x');
    for (const std::string& target : {std::string("/nowhere"), std::string("../"), far}) {
        host->replace("/etc/link", link_to(target), "4f2a");
        CHECK(host->read_entry("/etc/link") == link_to(target));
    }
    const ino_t before = status_of(tree.path("/etc/link")).st_ino;
    host->replace("/etc/link", link_to(far), "4f2a");
    CHECK(status_of(tree.path("/etc/link")).st_ino == before);
    host->replace("/etc/link", link_to("target"), "4f2a");
    host->replace("/etc/link", regular("a file now"), "4f2a", true);
    CHECK(host->read_entry("/etc/link") == regular("a file now"));
    host->replace("/etc/link", link_to("target"), "4f2a");
    host->replace("/etc/link", FileState{}, "4f2a", true);
    CHECK(host->read_entry("/etc/link") == FileState{});
    CHECK(tree.text("/etc/target") == "text");
    CHECK(tree.names() == Names{"target"});
    make_directory(tree.path("/etc/rc.d"));
    CHECK(replace_error(*host, "/etc/rc.d", link_to("target")) == "replacing /etc/rc.d: it is a directory");
    CHECK(host->read_entry("/nothing/link") == FileState{});
    if (!is_superuser())
        return;
    FileState after = link_to("target");
    host->replace("/etc/link", after, "4f2a");
    for (const auto& [owner, group] :
         {std::pair{"bin", "bin"}, {"printq", "bin"}, {"printq", "printq"}, {"root", "bin"}})
        for (int i = 0; i < 2; ++i) {
            after.owner = owner;
            after.group = group;
            host->replace("/etc/link", after, "4f2a");
            CHECK(host->read_entry("/etc/link") == after);
        }
    host->replace("/etc/link", FileState{}, "4f2a", true);
    after.owner = "root"; // whose it is at once, so that the group alone is left to give
    host->replace("/etc/link", after, "4f2a");
    CHECK(host->read_entry("/etc/link") == after);
    CHECK(host->read("/etc/target") == regular("text"));
}

TEST_CASE("what an interrupted exchange of a link has left lies beside the link") {
    const Tree tree;
    make_link(tree.path("/etc/link"), "/var/target");
    make_link(tree.path("/etc/.bulwark-4f2a"), "half");
    tree.put("/var/.bulwark-4f2a", "another's");
    tree.host()->remove_temporary("/etc/link", "4f2a", true);
    CHECK(tree.names() == Names{"link"});
    CHECK(tree.names("/var") == Names{".bulwark-4f2a"});
}

TEST_CASE("a tree is read with all that is in it, and its links are not followed") {
    const Tree tree;
    make_directory(tree.path("/etc/rc.d"), 0750);
    make_directory(tree.path("/etc/rc.d/rc2.d"));
    make_directory(tree.path("/etc/rc.d/empty"), 0700);
    tree.put("/etc/rc.d/rc", "#!/bin/ksh\n", 0744);
    make_link(tree.path("/etc/rc.d/rc2.d/S01"), "../rc");
    make_link(tree.path("/etc/rc.d/outside"), tree.path("/../outside"));
    make_link(tree.path("/etc/rc.d/up"), "..");
    make_link(tree.path("/var/rc.d"), "/etc/rc.d");
    tree.put("/etc/rc.d0", "x");
    const auto host = tree.host();
    const std::map<std::string, FileState> all{{"/etc/rc.d", directory(0750)},
                                               {"/etc/rc.d/empty", directory(0700)},
                                               {"/etc/rc.d/outside", link_to(tree.path("/../outside"))},
                                               {"/etc/rc.d/rc", regular("#!/bin/ksh\n", 0744)},
                                               {"/etc/rc.d/rc2.d", directory(0755)},
                                               {"/etc/rc.d/rc2.d/S01", link_to("../rc")},
                                               {"/etc/rc.d/up", link_to("..")}};
    CHECK(host->read_tree("/etc/rc.d") == all);
    CHECK(host->read_tree("/var/rc.d/rc2.d").contains("/var/rc.d/rc2.d/S01")); // on the way they are
    CHECK(host->read_tree("/var/rc.d") == std::map<std::string, FileState>{{"/var/rc.d", link_to("/etc/rc.d")}});
    CHECK(host->read_tree("/etc/rc.d/rc").size() == 1);
    CHECK(host->read_tree("/etc/nothing").empty());
    CHECK(host->read_tree("/nothing/x").empty());
}

TEST_CASE("a tree that a history should not or cannot hold is an error that names what is in the way") {
    const Tree tree;
    const auto host = tree.host();
    const auto error = [&](const std::string& path) { return error_of([&] { host->read_tree(path); }); };
    make_directory(tree.path("/etc/a"));
    REQUIRE(mkfifo(tree.path("/etc/a/fifo").c_str(), 0600) == 0);
    CHECK(error("/etc/a") == "reading all of /etc/a: /etc/a/fifo is a FIFO, which the history cannot hold");
    make_directory(tree.path("/etc/b"));
    make_directory(tree.path("/etc/b/.git"));
    CHECK(error("/etc/b") ==
          "reading all of /etc/b: the history cannot hold \"/etc/b/.git\": git keeps the name .git for "
          "itself");
    const std::string too_much = ": there is more in it than a history should hold (1000 entries, 16 MiB)";
    make_directory(tree.path("/etc/c"));
    for (int i = 0; i < 999; ++i)
        tree.put("/etc/c/" + std::to_string(i), "");
    CHECK(error("/etc/c") == "");
    tree.put("/etc/c/last", "");
    CHECK(error("/etc/c") == "reading all of /etc/c" + too_much);
    make_directory(tree.path("/etc/d"));
    tree.put("/etc/d/first", "");
    tree.put("/etc/d/second", "");
    REQUIRE(truncate(tree.path("/etc/d/first").c_str(), off_t{16} * 1024 * 1024) == 0);
    CHECK(error("/etc/d") == "");
    tree.put("/etc/d/second", "x");
    CHECK(error("/etc/d") == "reading all of /etc/d" + too_much);
}

TEST_CASE("a file with several hard links stays one file") {
    const Tree tree;
    const auto host = tree.host();
    for (const std::string& text : {std::string("short"), std::string("a much longer text"), std::string()}) {
        tree.put("/etc/file", "the old text", 0640);
        REQUIRE(link(tree.path("/etc/file").c_str(), tree.path("/var/link").c_str()) == 0);
        const ino_t before = status_of(tree.path("/etc/file")).st_ino;
        CHECK(host->read("/etc/file").linked);
        host->replace("/etc/file", regular(text, 04600), "4f2a");
        for (const auto* path : {"/etc/file", "/var/link"}) {
            CHECK(host->read(path) == regular(text, 04600));
            CHECK(status_of(tree.path(path)).st_ino == before);
        }
        host->replace("/etc/file", FileState{}, "4f2a");
        CHECK(tree.text("/var/link") == text); // one name less
        REQUIRE(unlink(tree.path("/var/link").c_str()) == 0);
    }
    CHECK(tree.names().empty());
}

TEST_CASE("a file is made only where nothing is: what somebody puts there at the last moment stays") {
    const Tree tree;
    const auto host = tree.host();
    const std::string path = tree.path("/etc/new");
    const std::vector<std::function<void()>> others{[&] { tree.put("/etc/new", "somebody's"); },
                                                    [&] { make_link(path, "/etc/nologin"); },
                                                    [&] { make_directory(path); }};
    for (const auto& other : others) {
        CHECK(error_of([&] { host->replace("/etc/new", regular("ours"), "4f2a", true, other); }) ==
              "replacing /etc/new: somebody else has just made it; run again");
        CHECK(tree.names() == Names{"new"});
        CHECK((host->read_entry("/etc/new").kind != FileState::Kind::regular || tree.text("/etc/new") == "somebody's"));
        REQUIRE(remove(path.c_str()) == 0);
    }
    host->replace("/etc/new", regular("ours"), "4f2a", true);
    CHECK(host->read("/etc/new") == regular("ours"));
    CHECK_FALSE(host->read("/etc/new").linked);
}

TEST_CASE("a file that is to be detached becomes one of its own, and its other names stay as they were") {
    const Tree tree;
    FileState attributes = regular("", 0600), text = regular("new"), mode = regular("text", 0600);
    attributes.unread = true;
    for (FileState after : {text, mode, attributes}) {
        tree.put("/etc/file", "text");
        REQUIRE(link(tree.path("/etc/file").c_str(), tree.path("/var/link").c_str()) == 0);
        after.detached = true;
        tree.host()->replace("/etc/file", after, "4f2a");
        CHECK(tree.host()->read("/var/link") == regular("text"));
        CHECK_FALSE(tree.host()->read("/var/link").linked);
        CHECK(tree.host()->read("/etc/file") == (after == text ? text : mode));
        REQUIRE(unlink(tree.path("/var/link").c_str()) == 0);
        CHECK(tree.names() == Names{"file"});
    }
}

TEST_CASE("a link of another in a directory that others can write to is not followed; one of root, or of root's, is") {
    if (!is_superuser())
        return;
    const Tree tree;
    constexpr unsigned alice = 4004, carol = 4005;
    tree.put("/etc/secret", "text");
    make_directory(tree.path("/var/d"));
    make_link(tree.path("/var/d/link"), "/etc/secret");
    make_link(tree.path("/var/d/way"), "/etc");
    struct Case {
        unsigned owner, mode, link_owner;
        bool followed;
    };
    for (const Case& c :
         {Case{0, 0775, alice, false}, Case{0, 01777, alice, false}, Case{alice, 0755, alice, false},
          Case{alice, 0755, carol, false}, Case{2, 0757, alice, false}, Case{0, 0755, alice, true},
          Case{2, 0755, alice, true}, Case{0, 0775, 0, true}, Case{alice, 0777, 2, true}, Case{0, 01777, 0, true}}) {
        REQUIRE(chown(tree.path("/var/d").c_str(), c.owner, 0) == 0);
        REQUIRE(chmod(tree.path("/var/d").c_str(), c.mode) == 0);
        REQUIRE(lchown(tree.path("/var/d/link").c_str(), c.link_owner, 0) == 0);
        REQUIRE(lchown(tree.path("/var/d/way").c_str(), c.link_owner, 0) == 0);
        const auto host = tree.host();
        for (const std::string path : {"/var/d/link", "/var/d/way/secret"}) {
            const std::string why = "reached through the symbolic link " + path.substr(0, path.find('/', 7)) +
                                    " of user " + std::to_string(c.link_owner) +
                                    " in /var/d, a directory that others than root can write to, so that the link is "
                                    "not followed; remove it, or give it to root with chown -h";
            for (const FileState& state : {host->read(path), host->read_log(path), host->look(path)}) {
                CHECK(state.barred == !c.followed);
                CHECK(state.other == (c.followed ? "" : why));
            }
            CHECK(replace_error(*host, path, regular("new")) == (c.followed ? "" : "replacing " + path + ": " + why));
        }
        CHECK(tree.text("/etc/secret") == (c.followed ? "new" : "text"));
        CHECK(host->read_entry("/var/d/link").kind == FileState::Kind::link);
        CHECK_NOTHROW(host->remove_temporary("/var/d/link", "4f2a")); // recovery goes on
        tree.put("/etc/secret", "text");
    }
}

TEST_CASE("whoever owns the tree is trusted with its links, and not with those of others") {
    if (!is_superuser())
        return;
    const Tree tree;
    tree.put("/etc/file", "text");
    make_link(tree.path("/var/link"), "/etc/file");
    for (const unsigned owner : {4004U, 4005U}) {
        REQUIRE(chown(tree.path("").c_str(), 4004, 0) == 0);
        REQUIRE(chown(tree.path("/var").c_str(), 4004, 0) == 0);
        REQUIRE(chmod(tree.path("/var").c_str(), 0777) == 0);
        REQUIRE(lchown(tree.path("/var/link").c_str(), owner, 0) == 0);
        CHECK(tree.host()->read("/var/link").barred == (owner == 4005));
    }
}

TEST_CASE("what is barred is neither read nor replaced, by whatever name, and its lock stays") {
    const Tree tree;
    make_directory(tree.path("/var/history"));
    tree.put("/var/history/HEAD", "ref");
    make_link(tree.path("/etc/l"), "/var");
    make_link(tree.path("/etc/inside"), "../var/history/HEAD");
    make_link(tree.path("/etc/lock"), "/var/history.lock");
    const auto host = tree.host();
    const auto lock = host->lock("/var/history.lock", 0s);
    REQUIRE(link(tree.path("/var/history/HEAD").c_str(), tree.path("/etc/hard").c_str()) == 0);
    REQUIRE(link(tree.path("/var/history.lock").c_str(), tree.path("/etc/hard_lock").c_str()) == 0);
    tree.put("/etc/two", "text");
    REQUIRE(link(tree.path("/etc/two").c_str(), tree.path("/etc/names").c_str()) == 0);
    host->bar("/var/nothing", "nothing");
    for (const char* const path : {"/var/history", "/var/history.lock"})
        host->bar(path, "the history");
    for (const char* const path : {"/var/history", "/etc/l/history", "/var/history/HEAD", "/etc/l/history/HEAD",
                                   "/etc/inside", "/etc/lock", "/etc/hard", "/etc/hard_lock", "/var/history.lock"}) {
        for (const FileState& state : {host->read(path), host->read_log(path), host->look(path)}) {
            CHECK(state.barred);
            CHECK(state.other == "the history");
        }
        CHECK(replace_error(*host, path, regular("new")) == std::string("replacing ") + path + ": it is the history");
    }
    CHECK(replace_error(*host, "/var/history/new", regular("")) == "replacing /var/history/new: it is the history");
    CHECK(host->read_tree("/var").at("/var/history").barred);
    CHECK_FALSE(host->read_tree("/var").contains("/var/history/HEAD"));
    CHECK(host->read("/etc/two") == regular("text"));
    CHECK(tree.text("/var/history/HEAD") == "ref");
    CHECK(in_child([&] { return error_of([&] { tree.host()->lock("/var/history.lock", 0s); }); }) != "");
}

TEST_CASE("two paths land in one place where the directories and the name are the same, by whatever names") {
    const Tree tree;
    make_directory(tree.path("/var/d"));
    tree.put("/var/d/file", "text");
    make_link(tree.path("/etc/l"), "/var/d");
    make_link(tree.path("/etc/dot"), "/var/d/.");
    make_link(tree.path("/etc/new"), "../var/new/x");
    REQUIRE(link(tree.path("/var/d/file").c_str(), tree.path("/etc/hard").c_str()) == 0);
    const auto host = tree.host();
    const auto at = [&](const std::string& path) { return host->landing(path, false); };
    for (const auto& [a, b] : std::vector<std::pair<std::string, std::string>>{{"/etc/l/file", "/var/d/file"},
                                                                               {"/etc/l", "/var/d"},
                                                                               {"/etc/dot", "/var/d"},
                                                                               {"/etc/l/a/../b/./c", "/var/d/b/c"},
                                                                               {"/etc/new", "/var/new/x"}})
        CHECK(at(a).entry() == at(b).entry());
    CHECK(host->landing("/etc/l", true).entry() != at("/var/d").entry());
    CHECK(at("/etc/hard").entry() != at("/var/d/file").entry());
    CHECK(at("/etc/hard").there == at("/var/d/file").there);
    CHECK(at("/etc/new").rest == "/new/x");
    for (const auto& [below, above] : std::vector<std::pair<std::string, std::string>>{{"/etc/l/file", "/var/d"},
                                                                                       {"/etc/l/file", "/var"},
                                                                                       {"/etc/l/a/b", "/etc/dot"},
                                                                                       {"/etc/new", "/var/new"}}) {
        CHECK(leads_through(at(below), at(above)));
        CHECK_FALSE(leads_through(at(above), at(below)));
    }
    CHECK_FALSE(leads_through(at("/var/news"), at("/etc/new")));
}

#ifdef __linux__

TEST_CASE("extended attributes stay with a file, but for the capabilities of a program that changes") {
    const Tree tree;
    const std::string path = tree.path("/etc/file");
    const std::string capability("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    const auto set = [&](const char* name, const std::string& value) {
        return setxattr(path.c_str(), name, value.data(), value.size(), 0) == 0;
    };
    const auto names = [&] { return tree.host()->read("/etc/file").attributes; };
    const auto fresh = [&] {
        unlink(path.c_str());
        tree.put("/etc/file", "text");
        return set("user.x", "value") &&
               (!is_superuser() || (set("trusted.t", "") && set("security.capability", capability)));
    };
    if (!fresh()) {
        MESSAGE("skipped: this file system has none, or this user may not set them");
        return;
    }
    const Names all = is_superuser() ? Names{"security.capability", "trusted.t", "user.x"} : Names{"user.x"};
    Names rest = all;
    std::erase(rest, "security.capability");
    CHECK(names() == all);
    tree.host()->replace("/etc/file", regular("text", 0600), "4f2a");
    CHECK(names() == all);
    tree.host()->replace("/etc/file", regular("another text"), "4f2a");
    CHECK(names() == rest);
    std::string value(5, ' ');
    CHECK(getxattr(path.c_str(), "user.x", value.data(), value.size()) == 5);
    CHECK(value == "value");
    REQUIRE(fresh());
    checked(link(path.c_str(), tree.path("/var/link").c_str()));
    FileState detached = regular("text", 0600);
    detached.detached = true;
    tree.host()->replace("/etc/file", detached, "4f2a");
    CHECK(names() == all);
    if (!is_superuser())
        return;
    detached.owner = "bin";
    checked(unlink(tree.path("/var/link").c_str()));
    checked(link(path.c_str(), tree.path("/var/link").c_str()));
    tree.host()->replace("/etc/file", detached, "4f2a");
    CHECK(names() == rest);
}

#endif

TEST_CASE("what is so already is left alone, and removing what is not there is fine") {
    const Tree tree;
    tree.put("/etc/inittab", "text");
    const struct stat before = status_of(tree.path("/etc/inittab"));
    const auto host = tree.host();
    host->replace("/etc/inittab", regular("text"), "4f2a");
    const struct stat after = status_of(tree.path("/etc/inittab"));
    CHECK(after.st_ino == before.st_ino);
    CHECK(after.st_ctim.tv_sec == before.st_ctim.tv_sec);
    CHECK(after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
    for (const auto* path : {"/etc/nothing", "/nothing/x", "/etc/inittab/x"})
        CHECK(replace_error(*host, path, FileState{}) == "");
}

TEST_CASE("what cannot be written is an error, and leaves nothing behind") {
    const Tree tree;
    tree.put("/etc/inittab", "old text");
    tree.put("/etc/.bulwark-taken", "somebody's");
    const auto host = tree.host();
    CHECK(replace_error(*host, "/nothing/x", regular("")) ==
          "replacing /nothing/x: the directory that it belongs in is not there; make it first");
    CHECK(replace_error(*host, "/etc/inittab", {FileState::Kind::other, "", 0, "root", "system", "a FIFO", false}) ==
          "replacing /etc/inittab: only files, directories and links can be written, not a FIFO");
    CHECK(error_of([&] { host->replace("/etc/inittab", regular("new"), "taken"); }) ==
          "replacing /etc/inittab: File exists");
    CHECK(tree.text("/etc/.bulwark-taken") == "somebody's");
    CHECK(tree.text("/etc/inittab") == "old text");
    CHECK(tree.names() == Names{".bulwark-taken", "inittab"});
}

TEST_CASE("what an interrupted run has left is removed, where its file really lies") {
    const Tree tree;
    make_link(tree.path("/etc/link"), "/var/target");
    tree.put("/var/.bulwark-4f2a", "half a text");
    tree.put("/var/.bulwark-4f2b", "another run's");
    const auto host = tree.host();
    host->remove_temporary("/etc/link", "4f2a");
    CHECK(tree.names("/var") == Names{".bulwark-4f2b"});
    CHECK_NOTHROW(host->remove_temporary("/etc/link", "4f2a"));
    CHECK_NOTHROW(host->remove_temporary("/nothing/x", "4f2a"));
    make_directory(tree.path("/var/.bulwark-4f2c"));
    tree.put("/var/.bulwark-4f2c/file", "nothing that a run leaves");
    const std::string removing = "removing what is left of a run before beside /var/x: ";
    CHECK(error_of([&] { host->remove_temporary("/var/x", "4f2c"); }) == removing + "Directory not empty");
    CHECK(error_of([&] { host->remove_temporary("/var/x", std::string(300, 'x')); }) ==
          removing + "File name too long");
}

TEST_CASE("what is called last of all can forbid every change, which then leaves nothing behind") {
    const Tree tree;
    const auto host = tree.host();
    tree.put("/etc/file", "text");
    tree.put("/etc/linked", "text");
    REQUIRE(link(tree.path("/etc/linked").c_str(), tree.path("/etc/second").c_str()) == 0);
    make_link(tree.path("/etc/link"), "file");
    make_directory(tree.path("/etc/directory"));
    FileState mode_alone = regular("", 0600);
    mode_alone.unread = true;
    const Names before = tree.names();
    const std::vector<std::pair<std::string, FileState>> changes{
        {"/etc/file", regular("new")},       {"/etc/file", regular("text", 0600)}, {"/etc/file", mode_alone},
        {"/etc/linked", regular("new")},     {"/etc/file", FileState{}},           {"/etc/new", regular("new")},
        {"/etc/new", link_to("target")},     {"/etc/link", link_to("target")},     {"/etc/new", directory(0755)},
        {"/etc/directory", directory(0700)}, {"/etc/directory", FileState{}}};
    for (const auto& [path, after] : changes) {
        CHECK(error_of([&, &path = path, &after = after] {
                  host->replace(path, after, "4f2a", after.kind == FileState::Kind::link,
                                [] { throw Error("somebody else was faster"); });
              }) == "replacing " + path + ": somebody else was faster");
        CHECK(tree.names() == before);
    }
    CHECK(host->read("/etc/file") == regular("text"));
    CHECK(host->read("/etc/linked") == regular("text"));
    CHECK(host->read_entry("/etc/link") == link_to("file"));
    CHECK(host->read("/etc/directory") == directory(0755));
}

TEST_CASE("a file that goes while its removal is on its way is gone, which is fine") {
    const Tree tree;
    tree.put("/etc/file", "text");
    tree.host()->replace("/etc/file", FileState{}, "4f2a", false, [&] { unlink(tree.path("/etc/file").c_str()); });
    CHECK(tree.names().empty());
}

TEST_CASE("without descriptors to open anything with, that is said, and every file is as before or as wanted") {
    const Tree tree;
    constexpr rlim_t enough = 40;
    int failed = 0, done = 0;
    for (rlim_t limit = 0; limit < enough; ++limit) {
        tree.put("/etc/file", "old text");
        tree.put("/etc/linked", "old text");
        REQUIRE((link(tree.path("/etc/linked").c_str(), tree.path("/etc/second").c_str()) == 0 || errno == EEXIST));
        const std::string outcome = in_child([&] {
            const auto host = tree.host();
            // Reads the names of owners, and shows a sanitizer the objects and an error while it has descriptors to look.
            replace_error(*host, "/etc/file", host->read("/etc/file"));
            replace_error(*host, "/nowhere/file", regular("text"));
            const rlimit few{limit, enough}, many{enough, enough};
            std::unique_ptr<Host::Lock> lock;
            checked(setrlimit(RLIMIT_NOFILE, &few));
            std::string errors;
            for (const char* const path : {"/etc/file", "/etc/linked"})
                errors += replace_error(*host, path, regular("new text"));
            errors +=
                error_of([&] { host->read_tree("/etc"); }) + error_of([&] { lock = host->lock("/var/lock", 0s); });
            errors += error_of([&] { host->run({"/bin/sh", "-c", "exit 0"}, 20s); });
            checked(setrlimit(RLIMIT_NOFILE, &many)); // a sanitizer needs some to look at an object that goes
            return errors;
        });
        CAPTURE(outcome);
        const std::string text = tree.text("/etc/file");
        CHECK(outcome.empty() == (outcome.find("Too many open files") == std::string::npos));
        CHECK((text == "old text" || text == "new text"));
        CHECK((outcome.find("/etc/file:") == std::string::npos) == (text == "new text"));
        CHECK((outcome.find("/etc/linked:") == std::string::npos) == (tree.text("/etc/second") == "new text"));
        CHECK(tree.names() == Names{"file", "linked", "second"});
        (outcome.empty() ? done : failed) += 1;
    }
    CHECK(failed > 3);
    CHECK(done > 3);
}

TEST_CASE("somebody without rights changes his own files, gets back to what he locked himself out of, and no further") {
    if (!is_superuser()) {
        MESSAGE("skipped: only the superuser can become nobody");
        return;
    }
    const Tree tree;
    constexpr unsigned nobody = 65534;
    REQUIRE(chmod(tree.path("/..").c_str(), 0755) == 0);
    tree.put("/etc/foreign", "text");
    make_directory(tree.path("/home"));
    REQUIRE(chown(tree.path("/home").c_str(), nobody, nobody) == 0);
    FileState own = regular("text", 0644);
    own.owner = own.group = std::to_string(nobody);
    CHECK(as_nobody([&] {
              const auto host = tree.host();
              host->replace("/home/file", own, "4f2a");
              FileState closed = own;
              closed.mode = 0;
              host->replace("/home/file", closed, "4f2a");
              const std::string unreadable = error_of([&] { host->read("/home/file"); });
              host->replace("/home/file", own, "4f2a");
              return unreadable + (host->read("/home/file") == own ? ", back again" : "");
          }) == "reading /home/file: Permission denied, back again");
    CHECK(as_nobody([&] { return replace_error(*tree.host(), "/etc/foreign", regular("new")); }) ==
          "replacing /etc/foreign: Permission denied");
    CHECK(as_nobody([&] { return replace_error(*tree.host(), "/etc/foreign", regular("text", 0777)); }) ==
          "replacing /etc/foreign: Operation not permitted");
    CHECK(as_nobody([&] { return replace_error(*tree.host(), "/home/new", regular("text")); }) ==
          "replacing /home/new: Operation not permitted"); // it would belong to root
    CHECK(names_in(tree.path("/home")) == Names{"file"});
    CHECK(tree.host()->read("/etc/foreign") == regular("text"));
}

TEST_CASE("a mode that the system does not grant in full is an error, not half of it") {
    if (!is_superuser()) {
        MESSAGE("skipped: only the superuser can become nobody");
        return;
    }
    const Tree tree;
    constexpr unsigned nobody = 65534;
    REQUIRE(chmod(tree.path("/..").c_str(), 0755) == 0);
    tree.put("/etc/file", "text");
    REQUIRE(chown(tree.path("/etc/file").c_str(), nobody, 9) == 0); // not a group of his
    FileState setgid = regular("text", 02755);
    setgid.owner = std::to_string(nobody);
    setgid.group = "printq";
    CHECK(as_nobody([&] { return replace_error(*tree.host(), "/etc/file", setgid); }) ==
          "replacing /etc/file: the system does not let this user set that mode");
}

#ifdef __linux__

namespace {

/// user::rw-, user:9:r--, group::---, mask::r--, other::--- as the kernel has it.
const std::string access_list("\x02\0\0\0"
                              "\x01\0\x06\0\xff\xff\xff\xff"
                              "\x02\0\x04\0\x09\0\0\0"
                              "\x04\0\0\0\xff\xff\xff\xff"
                              "\x10\0\x04\0\xff\xff\xff\xff"
                              "\x20\0\0\0\xff\xff\xff\xff",
                              44);

bool set_access_list(const std::string& path, const char* attribute) {
    return setxattr(path.c_str(), attribute, access_list.data(), access_list.size(), 0) == 0;
}

std::string access_list_of(const std::string& path) {
    std::string list(1000, '\0');
    const ssize_t size = getxattr(path.c_str(), "system.posix_acl_access", list.data(), list.size());
    return size < 0 ? "none" : list.substr(0, static_cast<std::size_t>(size));
}

/// A tiny file system, seen by this process alone. False if that is not permitted.
bool mount_tiny(const std::string& path) {
    return unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           mount("tmpfs", path.c_str(), "tmpfs", 0, "size=64k") == 0;
}

} // namespace

TEST_CASE("a file that cannot be read to its end is an error, not half a text") {
    CHECK(error_of([] { make_posix_host("/")->read("/proc/self/mem"); }) ==
          "reading /proc/self/mem: Input/output error");
}

TEST_CASE("where there are no access control lists, none is missed; what keeps one from being copied is an error") {
    const Tree tree;
    tree.put("/etc/file", "text");
    const Descriptor file(open(tree.path("/etc/file").c_str(), O_RDWR)), none;
    const Descriptor proc(open("/proc/self/status", O_RDONLY)); // of a file system that has none
    CHECK_NOTHROW(copy_access_control_list(proc.number(), file.number()));
    CHECK_NOTHROW(copy_access_control_list(file.number(), proc.number()));
    CHECK(error_of([&] { copy_access_control_list(none.number(), file.number()); }) == "Bad file descriptor");
    CHECK(error_of([&] { copy_access_control_list(file.number(), none.number()); }) == "Bad file descriptor");
}

TEST_CASE("a file that is longer than it says, as those of /proc are, is read to its end") {
    const FileState maps = make_posix_host("/")->read("/proc/self/smaps");
    CHECK(maps.text.size() > 4096);
    CHECK(maps.text.ends_with('\n'));
    CHECK(maps.text.find("\nVmFlags: ", maps.text.size() - 100) != std::string::npos); // the last line
    CHECK(maps.text.find('\0') == std::string::npos);
}

TEST_CASE("the access control list stays, with a new text and with a new mode") {
    const Tree tree;
    tree.put("/etc/file", "old text", 0600);
    if (!set_access_list(tree.path("/etc/file"), "system.posix_acl_access")) {
        MESSAGE("skipped: no access control lists here");
        return;
    }
    const auto host = tree.host();
    CHECK(host->read("/etc/file").mode == 0640); // the mask shows as the group's rights
    host->replace("/etc/file", regular("new text", 0640), "4f2a");
    CHECK(access_list_of(tree.path("/etc/file")) == access_list);
    CHECK(host->read("/etc/file") == regular("new text", 0640));
    host->replace("/etc/file", regular("newer text", 0600), "4f2a");
    CHECK(host->read("/etc/file") == regular("newer text", 0600));
    CHECK(access_list_of(tree.path("/etc/file")) != "none");
    host->replace("/etc/file", regular("newer text", 0640), "4f2a");
    CHECK(access_list_of(tree.path("/etc/file")) == access_list);
}

TEST_CASE("a file without an access control list does not get that of its directory") {
    const Tree tree;
    tree.put("/etc/file", "old text", 0640);
    if (!set_access_list(tree.path("/etc"), "system.posix_acl_default")) {
        MESSAGE("skipped: no access control lists here");
        return;
    }
    tree.host()->replace("/etc/file", regular("new text", 0640), "4f2a");
    CHECK(access_list_of(tree.path("/etc/file")) == "none");
    CHECK(tree.host()->read("/etc/file") == regular("new text", 0640));
}

TEST_CASE("a full disk is an error and leaves every file as it was") {
    const Tree tree;
    const std::string outcome = in_child([&]() -> std::string {
        if (!mount_tiny(tree.path("/var")))
            return "skipped";
        tree.put("/var/file", "old text");
        tree.put("/var/linked", "old text");
        checked(link(tree.path("/var/linked").c_str(), tree.path("/var/link").c_str()));
        const auto host = tree.host();
        std::string errors;
        for (const auto* path : {"/var/file", "/var/linked", "/var/new"})
            errors += replace_error(*host, path, regular(std::string(100000, 'x'))) + "\n";
        errors += tree.text("/var/file") + ", " + tree.text("/var/linked");
        for (const std::string& name : tree.names("/var"))
            errors += ", " + name;
        return errors;
    });
    if (outcome == "skipped") {
        MESSAGE("skipped: this user cannot mount");
        return;
    }
    CHECK(outcome == "replacing /var/file: No space left on device\n"
                     "replacing /var/linked: No space left on device\n"
                     "replacing /var/new: No space left on device\n"
                     "old text, old text, file, link, linked");
}

TEST_CASE("a read-only file system is an error for every verb that writes") {
    const Tree tree;
    const std::string outcome = in_child([&]() -> std::string {
        if (!mount_tiny(tree.path("/var")))
            return "skipped";
        tree.put("/var/file", "text");
        tree.put("/var/linked", "text");
        checked(link(tree.path("/var/linked").c_str(), tree.path("/var/link").c_str()));
        checked(mount(nullptr, tree.path("/var").c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr));
        const auto host = tree.host();
        return replace_error(*host, "/var/file", regular("new")) + "\n" +
               replace_error(*host, "/var/linked", regular("new")) + "\n" +
               replace_error(*host, "/var/file", regular("text", 0755)) + "\n" +
               replace_error(*host, "/var/file", FileState{}) + "\n" +
               error_of([&] { host->remove_temporary("/var/file", "4f2a"); }) + "\n" +
               error_of([&] { host->lock("/var/lock", 1s); }) + "\n" +
               error_of([&] { host->lock("/var/deep/lock", 1s); }) + "\n" + tree.text("/var/file");
    });
    if (outcome == "skipped") {
        MESSAGE("skipped: this user cannot mount");
        return;
    }
    CHECK(outcome == "replacing /var/file: Read-only file system\n"
                     "replacing /var/linked: Read-only file system\n"
                     "replacing /var/file: Read-only file system\n"
                     "replacing /var/file: Read-only file system\n"
                     "\n" // there is nothing to remove
                     "locking /var/lock: Read-only file system\n"
                     "locking /var/deep/lock: Read-only file system\n"
                     "text");
}

#endif

TEST_CASE("a lock is held until it is destroyed, and another process says who holds it") {
    const Tree tree;
    const auto host = tree.host();
    auto lock = host->lock("/var/bulwark/history.git.lock", 1s);
    CHECK(mode_of(tree.path("/var/bulwark")) == 0700);
    CHECK(mode_of(tree.path("/var/bulwark/history.git.lock")) == 0600);
    const auto lock_elsewhere = [&](std::chrono::seconds timeout) {
        return in_child([&] { return error_of([&] { tree.host()->lock("/var/bulwark/history.git.lock", timeout); }); });
    };
    const std::string held =
        "waiting for another run: /var/bulwark/history.git.lock is held by process " + std::to_string(getpid());
    CHECK(lock_elsewhere(0s) == held + " after 0 seconds; try again, or raise lock_timeout");
    CHECK(lock_elsewhere(1s) == held + " after 1 second; try again, or raise lock_timeout");
    lock.reset();
    CHECK(lock_elsewhere(0s) == "");
    CHECK(tree.names("/var/bulwark") == Names{"history.git.lock"}); // it stays, for others may be waiting for it
}

TEST_CASE("who holds a lock is told without waiting, and without making anything") {
    const Tree tree;
    const auto host = tree.host();
    CHECK(host->lock_holder("/var/lock") == std::nullopt);
    CHECK(host->lock_holder("/var/deep/lock") == std::nullopt);
    auto lock = host->lock("/var/lock", 0s);
    const auto asked_elsewhere = [&] {
        return in_child([&] { return tree.host()->lock_holder("/var/lock").value_or("nobody"); });
    };
    CHECK(asked_elsewhere() == "process " + std::to_string(getpid()));
    lock.reset();
    CHECK(asked_elsewhere() == "nobody");
    make_link(tree.path("/var/link"), "lock");
    CHECK(host->lock_holder("/var/link") == std::nullopt);
}

TEST_CASE("owners have their numbers, by which they are written even if their names are gone") {
    const Tree tree;
    tree.put("/etc/file", "text");
    const auto host = tree.host();
    FileState state = host->read("/etc/file");
    CHECK(state.owner.number == geteuid());
    CHECK(state.group.number == getegid());
    if (!is_superuser())
        return;
    state.owner = {"snoopy", 4711};
    state.group = {"peanuts", 4712};
    host->replace("/etc/file", state, "4f2a");
    CHECK(status_of(tree.path("/etc/file")).st_uid == 4711);
    CHECK(status_of(tree.path("/etc/file")).st_gid == 4712);
    CHECK(host->read("/etc/file") == state);
    CHECK(host->accounts().users.name(0) == "root");
}

TEST_CASE("a lock is waited for, and a killed process holds none") {
    const Tree tree;
    std::array<int, 2> ready{}, go{};
    REQUIRE(pipe(ready.data()) == 0);
    REQUIRE(pipe(go.data()) == 0);
    const pid_t holder = fork();
    if (holder == 0) {
        const auto lock = tree.host()->lock("/var/lock", 0s);
        [[maybe_unused]] const ssize_t told = write(ready[1], "x", 1);
        char byte = 0;
        [[maybe_unused]] const ssize_t seen = ::read(go[0], &byte, 1);
        sleep_for(300ms);
        kill(getpid(), SIGKILL);
    }
    char byte = 0;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    CHECK(error_of([&] { tree.host()->lock("/var/lock", 0s); }).find("process " + std::to_string(holder)) !=
          std::string::npos);
    CHECK(write(go[1], "x", 1) == 1);
    CHECK_NOTHROW(tree.host()->lock("/var/lock", 3600s));
    waitpid(holder, nullptr, 0);
    for (const int end : {ready[0], ready[1], go[0], go[1]})
        close(end);
}

TEST_CASE("what is no lock file is refused") {
    const Tree tree;
    tree.put("/etc/file", "text");
    make_link(tree.path("/var/link"), "../etc/file");
    make_link(tree.path("/var/dangling"), "new");
    make_directory(tree.path("/var/directory"));
    REQUIRE(mkfifo(tree.path("/var/fifo").c_str(), 0600) == 0);
    const auto host = tree.host();
    const std::vector<Refusal> cases{
        {"/var/link", "locking /var/link: it is a symbolic link, not a lock file; remove it"},
        {"/var/dangling", "locking /var/dangling: it is a symbolic link, not a lock file; remove it"},
        {"/var/directory", "locking /var/directory: it is a directory, not a lock file; remove it"},
        {"/var/directory/", "locking /var/directory/: it is a directory, not a lock file; remove it"},
        {"/var/fifo", "locking /var/fifo: it is a FIFO, not a lock file; remove it"},
        {"/etc/file/lock", "locking /etc/file/lock: Not a directory"},
    };
    for (const Refusal& c : cases)
        CHECK(error_of([&] { host->lock(c.path, 0s); }) == c.error);
    CHECK(tree.names("/var") == Names{"dangling", "directory", "fifo", "link"});
    if (!is_superuser())
        return;
    REQUIRE(chmod(tree.path("/..").c_str(), 0755) == 0);
    CHECK(as_nobody([&] { return error_of([&] { tree.host()->lock("/var/adm/lock", 0s); }); }) ==
          "locking /var/adm/lock: Permission denied");
}

TEST_CASE("a real path is where things lie on the running system, links inside the root resolved") {
    const Tree tree;
    make_directory(tree.path("/var/big"));
    tree.put("/var/big/file", "text");
    make_link(tree.path("/etc/link"), "/var/big");
    make_link(tree.path("/etc/dangling"), "/var/nothing");
    const auto host = tree.host();
    const std::string root = host->real_path("/").value();
    CHECK(root == tree.path(""));
    const std::vector<std::pair<std::string, std::string>> cases{{"/etc", root + "/etc"},
                                                                 {"/etc/link", root + "/var/big"},
                                                                 {"/etc/link/file", root + "/var/big/file"},
                                                                 {"/etc/link/nothing", ""},
                                                                 {"/etc/dangling", ""},
                                                                 {"/nothing/x", ""}};
    for (const auto& [path, real] : cases)
        CHECK(host->real_path(path).value_or("") == real);
    CHECK(make_posix_host("/")->real_path("/dev/null") == "/dev/null");
    CHECK(make_posix_host("/")->real_path("/") == "/");
    CHECK(error_of([&] { host->real_path("x"); }) == "resolving x: it is not an absolute path");
}

TEST_CASE("commands, private files and pauses belong to the running host, whatever the root") {
    const Tree tree;
    const auto host = tree.host();
    const std::optional<std::string> shell = host->find_command("/bin/sh");
    REQUIRE(shell == "/bin/sh");
    CHECK(host->run({*shell, "-c", "exit 3"}, 20s).status == 3);
    CHECK(host->run_on({"/x", "if\n"}, {*shell, "-n", "/x"}, "/", 20s).status != 0);
    CHECK(error_of([&] {
              host->run_on({"/x", ""}, {*shell, "-n", "/x"}, "/nothing", 20s);
          }) == "running /bin/sh in /nothing: No such directory");
    CHECK(error_of([&] {
              host->run_on({"/x", "", "snoopy"}, {*shell, "-n", "/x"}, "/", 20s);
          }) == "/etc/passwd has no user 'snoopy'; add it there");
    if (is_superuser())
        CHECK(host->run_on({"/x", "", "printq"}, {*shell, "-c", "ls -ln /x | cut -d ' ' -f 3"}, "/", 20s).out == "9\n");
    const auto begin = std::chrono::steady_clock::now();
    host->sleep(20ms);
    CHECK(std::chrono::steady_clock::now() - begin >= 20ms);
}

TEST_CASE("the superuser has the name that the tree gives to him") {
    if (!is_superuser())
        return;
    const Tree tree;
    CHECK(tree.host()->superuser_name() == "root");
    CHECK(tree.host()->superuser_group() == "system");
}

TEST_CASE("a root that is no directory is refused") {
    const Tree tree;
    CHECK(error_of([&] { make_posix_host(tree.path("/nothing")); }) ==
          "opening the root " + tree.path("/nothing") + ": No such file or directory");
}
