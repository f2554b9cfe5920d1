#include "plan/snapshot.hpp"

#include "support/snapshots.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace bulwark;
using namespace std::string_literals;

namespace {

/// A document of one word.
struct Word {
    std::string value;
    static Word parse(const std::string& text) { return {text}; }
    std::string text() const { return value; }
    bool operator==(const Word&) const = default;
};

void append(Snapshot& snapshot, const std::string& more) {
    edit<Word>(snapshot, "/etc/motd", [&](Word& word) { word.value += more; });
}

} // namespace

TEST_CASE("a snapshot gives the text of a regular file and refuses what is none") {
    const Snapshot snapshot = with_directory("/etc/rc.d", with_files({{"/etc/motd", "AIX\n"}}, {"/etc/rc.no"}));
    CHECK(snapshot.text("/etc/motd") == "AIX\n");
    CHECK(snapshot.file("/etc/rc.no").kind == FileState::Kind::missing);
    CHECK_THROWS_AS(snapshot.text("/etc/rc.no"), MissingFile);
    CHECK_THROWS_WITH(snapshot.text("/etc/rc.no"), "/etc/rc.no does not exist");
    CHECK_THROWS_AS(snapshot.text("/etc/rc.d"), Error);
    CHECK_THROWS_WITH(snapshot.file("/etc/rc.d"), "/etc/rc.d is a directory, not a regular file; nothing was changed");
    CHECK_THROWS_AS(snapshot.file("/etc/unread"), std::logic_error); // a mistake of the program, not of the operator
}

TEST_CASE("an edit that cannot be changes nothing, and what the document complains about gets the path in front") {
    for (const Snapshot& before : {with_files({}, {"/etc/motd"}), with_directory("/etc/motd")}) {
        Snapshot snapshot = before;
        CHECK_THROWS_AS(append(snapshot, "x"), Error);
        CHECK(snapshot == before);
    }
    const FileState file = {FileState::Kind::regular, "AIX", 0600, "bin", "mail", {}};
    Snapshot snapshot;
    snapshot.files["/etc/motd"] = file;
    const auto refuse = [](Word& word) {
        word.value = "half";
        throw Error("line 1: no");
    };
    CHECK_THROWS_WITH(edit<Word>(snapshot, "/etc/motd", refuse), "/etc/motd, line 1: no");
    CHECK(snapshot.files["/etc/motd"] == file);
    append(snapshot, " 7.3"); // which keeps mode and owner
    CHECK(snapshot.files["/etc/motd"] == FileState{FileState::Kind::regular, "AIX 7.3", 0600, "bin", "mail", {}});
    CHECK(snapshot.document<Word>("/etc/motd")->value == "AIX 7.3");
    snapshot.files["/etc/motd"].text = "else"; // as a rollback does; what was parsed before counts no more
    append(snapshot, "where");
    CHECK(snapshot.text("/etc/motd") == "elsewhere");
    CHECK(in_file("/etc/inittab", "lines 4 and 9: too long") == "/etc/inittab, lines 4 and 9: too long");
    CHECK(in_file("/etc/inittab", "there is no entry dt") == "/etc/inittab: there is no entry dt");
}

TEST_CASE("a new file belongs to root and system, or to what the tree calls the user and the group of number 0") {
    Snapshot snapshot;
    snapshot.create("/etc/rc.no", "#!/bin/ksh\n", 0744);
    CHECK(snapshot.file("/etc/rc.no") == regular_file("#!/bin/ksh\n", 0744));
    snapshot.owner_of_new_files = "admin";
    snapshot.group_of_new_files = "0";
    snapshot.create("/etc/rc.no", "", 0700);
    CHECK(snapshot.file("/etc/rc.no") == FileState{FileState::Kind::regular, "", 0700, "admin", "0", {}});
}

TEST_CASE("two snapshots want the same if files, running values and requests are the same, warnings aside") {
    const Snapshot snapshot = live(with_file("/a", "AIX"), {{"snmpd", Subsystem::Status::active}});
    Snapshot same = snapshot;
    for (const char* warning : {"a", "b", "a"})
        same.warn(warning);
    CHECK(same.warnings == Lines{"a", "b"}); // once each
    same.scripts = {"/a"};
    same.files["/a"].linked = true;
    same.subsystems["snmpd"].arguments = "-c x";
    CHECK(snapshot.same_state(same));
    const std::vector<void (*)(Snapshot&)> changes = {
        [](Snapshot& s) { s.put("/a", "aix"s); },
        [](Snapshot& s) { s.files["/a"].mode = 0600; },
        [](Snapshot& s) { s.files["/a"].owner = "bin"; },
        [](Snapshot& s) { s.files["/a"].group = "bin"; },
        [](Snapshot& s) { s.files["/a"] = {}; },
        [](Snapshot& s) { s.subsystems["snmpd"].status = Subsystem::Status::inoperative; },
        [](Snapshot& s) { s.network_options["bcastping"].value = "0"; },
        [](Snapshot& s) { s.network_options["bcastping"].nextboot = "0"; },
        [](Snapshot& s) { s.reread_inittab = true; },
        [](Snapshot& s) { s.refresh = {"inetd"}; },
        [](Snapshot& s) {
            s.owed = {{"telinit", "q"}};
        },
    };
    for (const auto change : changes) {
        Snapshot other = snapshot;
        change(other);
        CHECK(!snapshot.same_state(other));
    }
}

TEST_CASE("a new file gets the directories that are missing on its way, from the top down") {
    CHECK(with_directories("/etc/mail/lists/a") ==
          std::set<std::string>{"/etc", "/etc/mail", "/etc/mail/lists", "/etc/mail/lists/a"});
    CHECK(with_directories("/a") == std::set<std::string>{"/a"});
    CHECK(with_directories("a") == std::set<std::string>{"a"});
    Snapshot snapshot = with_directory("/etc", with_files({}, {"/etc/mail", "/etc/mail/lists", "/etc/mail/lists/a"}));
    snapshot.create_with_directories("/etc/mail/lists/a", "x\n", 0640);
    const FileState directory{FileState::Kind::directory, "", 0755, "root", "system", "a directory"};
    CHECK(snapshot.state("/etc/mail") == directory);
    CHECK(snapshot.state("/etc/mail/lists") == directory);
    CHECK(snapshot.state("/etc/mail/lists/a") == regular_file("x\n", 0640));
    CHECK(snapshot.state("/etc").mode == 0755);
}

TEST_CASE("a snapshot refuses the text of a file that was too large to be read, and what nothing asked to read") {
    Snapshot snapshot = with_file("/var/adm/messages", "");
    snapshot.files["/var/adm/messages"].unread = true;
    CHECK_THROWS_WITH_AS(snapshot.text("/var/adm/messages"),
                         "/var/adm/messages is larger than 16 MiB, which no configuration file is; nothing was changed",
                         Error);
    CHECK_THROWS_AS(snapshot.state("/etc/motd"), std::logic_error);
}

TEST_CASE("a configuration is read up to a size and a number of lines") {
    constexpr std::size_t most_bytes = std::size_t{16} * 1024 * 1024, most_lines = 500000;
    const auto refusal = [](std::string text) {
        const Snapshot snapshot = with_file("/etc/motd", std::move(text));
        try {
            snapshot.document<Word>("/etc/motd");
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(refusal(std::string(most_bytes, 'x')) == "");
    CHECK(refusal(std::string(most_bytes + 1, 'x')) ==
          "/etc/motd is larger than 16 MiB, which no configuration file is; nothing was changed");
    CHECK(refusal(std::string(most_lines, '\n')) == "");
    CHECK(refusal(std::string(most_lines + 1, '\n')) ==
          "/etc/motd has more than 500000 lines, which no configuration file has; nothing was changed");
}

TEST_CASE("two snapshots want the same only if all that is done on the host is the same") {
    const Snapshot snapshot = with_file("/etc/motd", "AIX\n");
    void (*const changes[])(Snapshot&) = {
        [](Snapshot& other) { other.files["/etc/motd"].text = "AIX"; },
        [](Snapshot& other) { other.files["/etc/motd"].mode = 0600; },
        [](Snapshot& other) { other.files["/etc/motd"].owner = "bin"; },
        [](Snapshot& other) { other.files["/etc/motd"].group = "bin"; },
        [](Snapshot& other) { other.files["/etc/motd"].unread = true; },
        [](Snapshot& other) { other.subsystems["inetd"].status = Subsystem::Status::active; },
        [](Snapshot& other) { other.network_options["bcastping"].value = "0"; },
        [](Snapshot& other) { other.filesets["bos.compat"].installed = true; },
        [](Snapshot& other) { other.reread_inittab = true; },
        [](Snapshot& other) { other.refresh = {"inetd"}; },
        [](Snapshot& other) { other.restart = {"sendmail"}; },
        [](Snapshot& other) { other.crontabs = {"root"}; },
        [](Snapshot& other) {
            other.owed = {{"refresh", "-s", "inetd"}};
        },
    };
    for (const auto change : changes) {
        Snapshot other = snapshot;
        CHECK(snapshot.same_state(other));
        change(other);
        CHECK_FALSE(snapshot.same_state(other));
    }
    Snapshot warned = snapshot;
    warned.warn("mind the gap");
    CHECK(snapshot.same_state(warned));
}
