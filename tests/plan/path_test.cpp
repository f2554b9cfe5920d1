#include "plan/path.hpp"

#include "plan/difference.hpp"
#include "support/snapshots.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>

using namespace bulwark;

namespace {

using Kind = FileState::Kind;
using Paths = std::set<std::string>;

FileState directory(unsigned mode = 0755) {
    return {Kind::directory, "", mode, "root", "system", "a directory", false};
}

FileState link_to(const std::string& target) {
    return {Kind::link, target, mode_of_links, "root", "system", "a symbolic link", false};
}

/// /etc/rc.d with a script, a link and a subdirectory in it, all of it known, and what lies beside it.
Snapshot with_rc_d() {
    Snapshot snapshot = with_files({{"/etc/rc.d/rc", "#!/bin/ksh\n"}, {"/etc/rc.d.old", "x\n"}, {"/etc/rc.d0", "x\n"}},
                                   {"/etc/rc.disabled", "/etc/nothing"});
    snapshot.files["/"] = snapshot.files["/etc"] = snapshot.files["/etc/rc.d"] = directory();
    snapshot.files["/etc/rc.d/rc2.d"] = directory(0700);
    snapshot.files["/etc/rc.d/rc2.d/S01rc"] = link_to("../rc");
    snapshot.files["/etc/rc.d/rc"].mode = 0744;
    snapshot.trees["/etc/rc.d"];
    return snapshot;
}

PathAttributes with_mode(const std::string& path, const std::string& mode) {
    return {.path = path, .mode = FileMode::parse(mode)};
}

PathAttributes absent(const std::string& path) { return {.path = path, .state = PathState::absent}; }

PathAttributes moved(const std::string& path, const std::string& destination) {
    return {.path = path, .state = PathState::moved, .destination = destination};
}

/// "created /etc/rc.disabled" for each.
Lines changes(const Plan& plan) {
    constexpr std::array<const char*, 4> words{"created ", "modified ", "removed ", "mode "};
    Lines lines;
    for (const FileChange& change : plan.changes)
        lines.push_back(words.at(static_cast<std::size_t>(change.kind())) + change.path);
    return lines;
}

} // namespace

TEST_CASE("path: the mode is changed by letters or set by digits, and nothing else is") {
    const Snapshot nfsd = [] {
        Snapshot snapshot = with_file("/usr/sbin/nfsd", "\177ELF");
        snapshot.files.at("/usr/sbin/nfsd").mode = 04555;
        return snapshot;
    }();
    CHECK(ensured(with_mode("/usr/sbin/nfsd", "a-x"), nfsd).file("/usr/sbin/nfsd") == regular_file("\177ELF", 04444));
    CHECK(ensured(with_mode("/usr/sbin/nfsd", "0444"), nfsd).file("/usr/sbin/nfsd") == regular_file("\177ELF", 0444));
    CHECK(changes(planned(with_mode("/usr/sbin/nfsd", "a-x"), nfsd)) == Lines{"mode /usr/sbin/nfsd"});
    CHECK(complies(with_mode("/usr/sbin/nfsd", "u=rxs,go=rx"), nfsd));
    CHECK(complies(PathAttributes{.path = "/usr/sbin/nfsd"}, nfsd));
}

TEST_CASE("path: the mode of a directory is that of the directory alone") {
    const Snapshot after = ensured(with_mode("/etc/rc.d", "u=rwX,go="), with_rc_d());
    CHECK(after.state("/etc/rc.d") == directory(0700));
    CHECK(after.state("/etc/rc.d/rc").mode == 0744);
}

TEST_CASE("path: owner and group are names of the tree, or numbers, which are its names where it has some") {
    const Snapshot snapshot = with_files({{"/etc/x", "x\n"},
                                          {"/etc/passwd", "root:!:0:0::/:\n+nis:!:7:7::/:\nbin:!:2:2::/bin:\nshort\n"},
                                          {"/etc/group", "system:!:0:root\r\nbin:!:2:\nold:!:2:\n"}});
    const auto owner_of = [&](const std::string& owner) {
        return ensured(PathAttributes{.path = "/etc/x", .owner = owner}, snapshot).file("/etc/x").owner;
    };
    CHECK(owner_of("bin") == "bin");
    CHECK(owner_of("2") == "bin");
    CHECK(owner_of("0002") == "bin");
    CHECK(owner_of("4711") == "4711");
    CHECK(owner_of("4294967294") == "4294967294");
    CHECK(complies(PathAttributes{.path = "/etc/x", .owner = "0", .group = "0"}, snapshot));
    CHECK(ensured(PathAttributes{.path = "/etc/x", .group = "2"}, snapshot).file("/etc/x").group == "bin");
    for (const std::string owner : {"snoopy", "nis", "+nis", "short", "", "-1", "4294967295", "99999999999"})
        CHECK(refusal(PathAttributes{.path = "/etc/x", .owner = owner}, snapshot) ==
              "/etc/passwd has no user '" + owner + "'; add it there, or give a number");
    CHECK(refusal(PathAttributes{.path = "/etc/x", .group = "wheel"}, snapshot) ==
          "/etc/group has no group 'wheel'; add it there, or give a number");
    Snapshot bare = snapshot;
    bare.files["/etc/passwd"] = FileState{};
    CHECK(ensured(PathAttributes{.path = "/etc/x", .owner = "2"}, bare).file("/etc/x").owner == "2");
}

TEST_CASE("path: the set-id bits go with the owner and the group who had them, unless the mode gives them") {
    Snapshot before = with_files({{"/opt/x", "alice's program"},
                                  {"/etc/passwd", "root:!:0:0::/:\nalice:!:1000:1000::/:\n"},
                                  {"/etc/group", "system:!:0:\nstaff:!:1:\n"}});
    before.files["/opt/d"] = directory(02775);
    for (const char* const path : {"/opt/x", "/opt/d"}) {
        before.files.at(path).owner = "alice";
        before.files.at(path).group = "staff";
    }
    struct Case {
        const char* path;
        unsigned before;
        const char *owner, *group, *mode;
        unsigned after;
    };
    const std::vector<Case> cases{
        {"/opt/x", 04755, "root", "", "", 0755},       {"/opt/x", 06755, "", "system", "", 0755},
        {"/opt/x", 04755, "0", "", "go-w", 0755},      {"/opt/x", 07755, "root", "", "", 01755},
        {"/opt/x", 04755, "root", "", "u+s", 04755},   {"/opt/x", 0755, "root", "", "4755", 04755},
        {"/opt/x", 04755, "alice", "1", "", 04755},    {"/opt/x", 04755, "1000", "staff", "g-x", 04745},
        {"/opt/d", 02775, "root", "system", "", 0775}, {"/opt/d", 02775, "", "system", "g+s", 02775}};
    for (const Case& c : cases) {
        Snapshot snapshot = before;
        snapshot.files.at(c.path).mode = c.before;
        PathAttributes wanted{.path = c.path};
        if (*c.owner != 0)
            wanted.owner = c.owner;
        if (*c.group != 0)
            wanted.group = c.group;
        if (*c.mode != 0)
            wanted.mode = FileMode::parse(c.mode);
        CHECK(ensured(wanted, snapshot).state(c.path).mode == c.after);
    }
}

TEST_CASE("path: what is given to another and then moved has no set-id bits in its new place") {
    Snapshot snapshot = with_rc_d();
    snapshot.files["/etc/passwd"] = regular_file("root:!:0:0::/:\n");
    snapshot.files["/etc/rc.d.old"].owner = "alice";
    snapshot.files["/etc/rc.d.old"].mode = 04755;
    ensure(PathAttributes{.path = "/etc/rc.d.old", .owner = "root"}, snapshot);
    CHECK(ensured(moved("/etc/rc.d.old", "/etc/nothing"), snapshot).state("/etc/nothing").mode == 0755);
}

TEST_CASE("path: what is barred says why, whatever is wanted of it") {
    Snapshot snapshot = with_rc_d();
    FileState barred{Kind::other, "", 0, "", "", "part of the history; name another file"};
    barred.barred = true;
    snapshot.files["/etc/barred"] = barred;
    for (const PathAttributes& wanted :
         {with_mode("/etc/barred", "0644"), absent("/etc/barred"), moved("/etc/barred", "/etc/nothing")})
        CHECK(refusal(wanted, snapshot) ==
              "/etc/barred is part of the history; name another file; nothing was changed");
}

TEST_CASE("path: what is not there is not created, and what is neither file nor directory is refused") {
    Snapshot snapshot = with_rc_d();
    CHECK_THROWS_WITH_AS(ensure(with_mode("/etc/nothing", "0644"), snapshot),
                         "/etc/nothing does not exist, and state present creates nothing", MissingFile);
    snapshot.files["/etc/fifo"] = {Kind::other, "", 0644, "root", "system", "a FIFO", false};
    for (const PathAttributes& wanted :
         {with_mode("/etc/fifo", "0644"), absent("/etc/fifo"), moved("/etc/fifo", "/etc/nothing")})
        CHECK(refusal(wanted, snapshot) == "/etc/fifo is a FIFO, neither a file nor a directory; nothing was changed");
    CHECK(refusal(with_mode("/etc/rc.d/rc2.d/S01rc", "0644"), snapshot) ==
          "/etc/rc.d/rc2.d/S01rc is a symbolic link that another rule removes or moves; leave out one of the two");
}

TEST_CASE("path: a directory goes with all that is in it, and nothing beside it") {
    const Snapshot before = with_rc_d();
    CHECK(changes(planned(absent("/etc/rc.d"), before)) == Lines{"removed /etc/rc.d", "removed /etc/rc.d/rc",
                                                                 "removed /etc/rc.d/rc2.d",
                                                                 "removed /etc/rc.d/rc2.d/S01rc"});
    CHECK(changes(planned(absent("/etc/rc.d/rc"), before)) == Lines{"removed /etc/rc.d/rc"});
    CHECK(changes(planned(absent("/etc/rc.d/rc2.d/S01rc"), before)) == Lines{"removed /etc/rc.d/rc2.d/S01rc"});
    CHECK(complies(absent("/etc/nothing"), before));
}

TEST_CASE("path: a directory is moved with all that is in it") {
    const Snapshot before = with_rc_d();
    const Snapshot after = ensured(moved("/etc/rc.d", "/etc/rc.disabled"), before);
    CHECK(after.state("/etc/rc.disabled") == directory());
    CHECK(after.state("/etc/rc.disabled/rc") == regular_file("#!/bin/ksh\n", 0744));
    CHECK(after.state("/etc/rc.disabled/rc2.d") == directory(0700));
    CHECK(after.state("/etc/rc.disabled/rc2.d/S01rc") == link_to("../rc"));
    CHECK(changes(difference(before, after)) ==
          Lines{"removed /etc/rc.d", "removed /etc/rc.d/rc", "removed /etc/rc.d/rc2.d", "removed /etc/rc.d/rc2.d/S01rc",
                "created /etc/rc.disabled", "created /etc/rc.disabled/rc", "created /etc/rc.disabled/rc2.d",
                "created /etc/rc.disabled/rc2.d/S01rc"});
    CHECK(complies(moved("/etc/rc.d", "/etc/rc.disabled"), after));
    const Snapshot back = ensured(moved("/etc/rc.disabled", "/etc/rc.d"), after);
    for (const std::string path : {"/etc/rc.d", "/etc/rc.d/rc", "/etc/rc.d/rc2.d", "/etc/rc.d/rc2.d/S01rc"})
        CHECK(back.state(path) == before.state(path));
}

TEST_CASE("path: a file or a link is moved alone, and its other names stay") {
    Snapshot before = with_rc_d();
    before.files.at("/etc/rc.d.old").linked = true;
    const Snapshot after = ensured(moved("/etc/rc.d.old", "/etc/nothing"), before);
    CHECK(after.state("/etc/nothing") == regular_file("x\n"));
    CHECK_FALSE(after.state("/etc/nothing").linked);
    CHECK(changes(planned(moved("/etc/rc.d/rc2.d/S01rc", "/etc/nothing"), before)) ==
          Lines{"created /etc/nothing", "removed /etc/rc.d/rc2.d/S01rc"});
}

TEST_CASE("path: what cannot be moved is refused, and says why") {
    const Snapshot before = with_rc_d();
    CHECK(refusal(moved("/etc/rc.d", "/etc/rc.d.old"), before) ==
          "both /etc/rc.d and /etc/rc.d.old exist; remove one of them, nothing was changed");
    for (const std::string inside : {"/etc/rc.d", "/etc/rc.d/x", "/etc/rc.d/rc2.d/x"})
        CHECK(refusal(moved("/etc/rc.d", inside), before) ==
              "/etc/rc.d cannot be moved to " + inside + ", which lies in it; name another place");
    Snapshot elsewhere = before;
    elsewhere.files["/var/x"] = elsewhere.files["/var"] = FileState{};
    CHECK(refusal(moved("/etc/rc.d", "/var/x"), elsewhere) ==
          "/var is no directory, so /etc/rc.d cannot be moved to /var/x; make it first");
    CHECK_THROWS_WITH_AS(ensure(moved("/etc/nothing", "/etc/rc.disabled"), elsewhere),
                         "neither /etc/nothing nor /etc/rc.disabled exists, so there is nothing to move", MissingFile);
}

TEST_CASE("path: what holds half of the system, or more than a history should, is neither removed nor moved") {
    Snapshot snapshot = with_rc_d();
    for (const PathAttributes& wanted : {absent("/etc"), moved("/etc", "/etc.old")})
        CHECK(refusal(wanted, snapshot) ==
              "/etc belongs to the system as a whole and is neither removed nor moved; name something in it");
    snapshot.trees["/etc/rc.d"] = "reading all of /etc/rc.d: /etc/rc.d/f is a FIFO, which the history cannot hold";
    for (const PathAttributes& wanted : {absent("/etc/rc.d"), moved("/etc/rc.d", "/etc/rc.disabled")})
        CHECK(refusal(wanted, snapshot) ==
              "reading all of /etc/rc.d: /etc/rc.d/f is a FIFO, which the history cannot hold; nothing was changed");
}

TEST_CASE("path: the mode of a log is set whose text is too large to be read") {
    Snapshot snapshot = with_files({{"/var/adm/auth.log", ""}});
    snapshot.files["/var/adm/auth.log"].unread = true;
    const Snapshot after = ensured(with_mode("/var/adm/auth.log", "0600"), snapshot);
    CHECK(after.state("/var/adm/auth.log").mode == 0600);
    CHECK(after.state("/var/adm/auth.log").unread);
}

TEST_CASE("path: what a rule before has removed from a directory does not go with it") {
    const Snapshot without = ensured(absent("/etc/rc.d/rc"), with_rc_d());
    const Snapshot after = ensured(moved("/etc/rc.d", "/etc/rc.disabled"), without);
    CHECK(after.state("/etc/rc.disabled/rc2.d/S01rc") == link_to("../rc"));
    CHECK_FALSE(after.files.contains("/etc/rc.disabled/rc"));
}

TEST_CASE("path: a directory is read as a whole only where it is to go") {
    const Snapshot known = with_rc_d();
    CHECK(needs(with_mode("/etc/rc.d", "0755"), known).logs == Paths{"/etc/rc.d"});
    CHECK(needs(with_mode("/etc/rc.d", "0755"), known).trees.empty());
    CHECK(needs(PathAttributes{.path = "/etc/x", .owner = "bin", .group = "bin"}, known).files ==
          Paths{"/etc/group", "/etc/passwd"});
    CHECK(needs(absent("/etc/rc.d"), Snapshot()).entries == Paths{"/etc/rc.d"});
    CHECK(needs(absent("/etc/rc.d"), Snapshot()).trees.empty());
    CHECK(needs(absent("/etc/rc.d"), known).trees == Paths{"/etc/rc.d"});
    CHECK(needs(absent("/etc/rc.d.old"), known).trees.empty());
    const Needs all = needs(moved("/etc/rc.d", "/rc.old"), known);
    CHECK(all.entries == Paths{"/etc/rc.d", "/rc.old"});
    CHECK(all.files == Paths{"/"});
    CHECK(all.trees == Paths{"/etc/rc.d"});
}

TEST_CASE("path: it says what it does") {
    CHECK(summary(with_mode("/a/b", "a-x")) == "set the mode of /a/b");
    CHECK(summary(PathAttributes{.path = "/a/b", .group = "bin"}) == "set the owner of /a/b");
    CHECK(summary(PathAttributes{.path = "/a/b", .mode = FileMode::exactly(0), .owner = "bin"}) ==
          "set the mode and owner of /a/b");
    CHECK(summary(PathAttributes{.path = "/a/b", .mode = FileMode::exactly(0), .group = "bin"}) ==
          "set the mode and owner of /a/b");
    CHECK(summary(absent("/a/b")) == "remove /a/b");
    CHECK(summary(moved("/a/b", "/c")) == "move /a/b to /c");
}
