#include "system/host/trusted_way.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <string>

#include <sys/stat.h>
#include <unistd.h>

using namespace bulwark;
using namespace std::string_literals;

namespace {

constexpr uid_t bin = 2, alice = 4004;
constexpr gid_t adm = 4;

struct stat status(mode_t mode, uid_t owner, gid_t group = 0) {
    struct stat status {};
    status.st_mode = mode;
    status.st_uid = owner;
    status.st_gid = group;
    return status;
}

/// Directories `a/b` with a file in them.
struct Way {
    TemporaryDirectory directory;
    std::string top = without_links(directory.path()), a = top + "/a", b = a + "/b", file = b + "/file";

    Way() {
        make_directory(a);
        make_directory(b);
        write_file(file, "x");
    }

    /// Where it leads, or why not, without the name of the scratch directory.
    std::string found(const std::string& path) const {
        try {
            const std::optional<Place> place = find_trusted(path);
            return place ? place->path.substr(top.size()) : "-";
        } catch (const Error& error) {
            std::string said = error.what();
            for (std::size_t at = said.find(top); at != std::string::npos; at = said.find(top))
                said.erase(at, top.size());
            return said;
        }
    }
};

void own(const std::string& path, uid_t owner, gid_t group, mode_t mode) {
    REQUIRE(lchown(path.c_str(), owner, group) == 0);
    REQUIRE(chmod(path.c_str(), mode) == 0);
}

} // namespace

TEST_CASE("who can change what root believes") {
    CHECK(who_can_change(status(S_IFDIR | 0755, 0)).empty());
    CHECK(who_can_change(status(S_IFDIR | 0755, bin, bin)).empty()); // /usr and /var of AIX
    CHECK(who_can_change(status(S_IFDIR | 0700, geteuid())).empty());
    CHECK(who_can_change(status(S_IFDIR | 0755, alice)) == "belongs to user 4004");
    CHECK(who_can_change(status(S_IFDIR | 0775, 0, adm)) == "can be written by group 4 (mode 0775)"); // /var/adm
    CHECK(who_can_change(status(S_IFDIR | 01777, bin)) == "can be written by everybody (mode 1777)"); // /tmp
    CHECK(who_can_change(status(S_IFREG | 0602, 0)) == "can be written by everybody (mode 0602)");
    CHECK(who_can_change_own(status(S_IFDIR | 0755, 0)).empty());
    CHECK(who_can_change_own(status(S_IFDIR | 0755, bin)) == "belongs to user 2");
}

TEST_CASE("what takes that away") {
    const std::string me = std::to_string(geteuid());
    CHECK(remedy(status(S_IFDIR | 0775, 0, adm), "/var/adm") == "chmod go-w /var/adm");
    CHECK(remedy(status(S_IFDIR | 0755, alice), "/home/a") == "chown " + me + " /home/a");
    CHECK(remedy(status(S_IFDIR | 0777, alice), "/a\nb") == "chown " + me + " /a\\nb");
}

TEST_CASE("a way is trusted where nobody else can change a directory on it" * doctest::skip(!is_superuser())) {
    const Way way;
    CHECK(way.found(way.file) == "/a/b/file");
    CHECK(way.found(way.b + "/missing") == "/a/b/missing");
    CHECK(way.found(way.top + "/none/file") == "-");
    CHECK(way.found(way.file + "/x") == "Not a directory");
    own(way.a, bin, bin, 0755);
    CHECK(way.found(way.file) == "/a/b/file");
    own(way.a, 0, adm, 0775);
    const std::string by_group =
        "/a can be written by group 4 (mode 0775), who could exchange what is in it; mend that first: chmod go-w /a";
    CHECK(way.found(way.file) == by_group);
    CHECK(way.found(way.a + "/missing/file") == by_group);
    own(way.a, alice, 0, 0755);
    CHECK(way.found(way.file) ==
          "/a belongs to user 4004, who could exchange what is in it; mend that first: chown 0 /a");
    own(way.a, 0, 0, 0755);
    own(way.b, 0, 0, 0757);
    CHECK(way.found(way.file) ==
          "/a/b can be written by everybody (mode 0757), who could exchange what is in it; mend that "
          "first: chmod go-w /a/b");
    own(way.b, 0, 0, 0755);
    own(way.file, alice, 0, 0777); // what stands at its end is for the caller to look at
    CHECK(way.found(way.file) == "/a/b/file");
}

TEST_CASE("a sticky directory keeps what belongs to somebody trusted" * doctest::skip(!is_superuser())) {
    const Way way;
    own(way.a, 0, 0, 01777);
    CHECK(way.found(way.file) == "/a/b/file");
    CHECK(way.found(way.a + "/new") == "/a/new"); // can be made, exclusively
    own(way.b, alice, 0, 0755);
    CHECK(way.found(way.file) ==
          "/a/b belongs to user 4004, who can exchange it at any time; give it to user 0, who runs "
          "this, or use another place");
    own(way.b, 0, 0, 0755);
    own(way.a, alice, 0, 01777); // whose it is, removes what he likes
    CHECK(way.found(way.file) ==
          "/a belongs to user 4004, who could exchange what is in it; mend that first: chown 0 /a");
}

TEST_CASE("links on a trusted way count for where they lead" * doctest::skip(!is_superuser())) {
    const Way way;
    make_directory(way.top + "/other");
    make_link(way.top + "/other/link", "../a/b");
    CHECK(way.found(way.top + "/other/link/file") == "/a/b/file");
    CHECK(error_of([&] { find_trusted_without_links(way.top + "/other/link/file"); }) ==
          way.top + "/other/link is a symbolic link");
    own(way.top + "/other", 0, adm, 0775); // whose link may be anybody's
    CHECK(way.found(way.top + "/other/link/file").starts_with("/other can be written by group 4"));
    REQUIRE(chmod((way.top + "/other").c_str(), 01775) == 0);
    CHECK(way.found(way.top + "/other/link/file") == "/a/b/file");
    REQUIRE(lchown((way.top + "/other/link").c_str(), alice, alice) == 0);
    CHECK(way.found(way.top + "/other/link/file").starts_with("/other/link belongs to user 4004, who can exchange it"));
    own(way.top + "/other", 0, 0, 0755);
    own(way.a, 0, adm, 0775);
    CHECK(way.found(way.top + "/other/link/file").starts_with("/a can be written by group 4"));
}

TEST_CASE("the way to a root counts, for what is trusted in it" * doctest::skip(!is_superuser())) {
    const Way way;
    own(way.a, alice, 0, 0755);
    const RootedTree tree(way.b);
    CHECK(tree.find("/file")->name == "file");
    const std::string refusal =
        way.a + " belongs to user 4004, who could exchange what is in it; mend that first: chown 0 " + way.a;
    CHECK(error_of([&] { tree.find_trusted("/file"); }) == refusal);
    CHECK(error_of([&] { tree.make_trusted_way("/new/lock"); }) == refusal);
    CHECK(names_in(way.b) == std::vector<std::string>{"file"});
    own(way.a, 0, 0, 0755);
    own(way.b, alice, 0, 0755);
    CHECK(error_of([&] {
              RootedTree(way.b).make_trusted_way("/new/lock");
          }).starts_with(way.b + " belongs to user 4004"));
    CHECK(names_in(way.b) == std::vector<std::string>{"file"});
}
