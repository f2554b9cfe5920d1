#include "plan/syslog.hpp"

#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

const std::string path = "/etc/syslog.conf";

WantedSyslogRule rule(const std::string& selector, const std::string& destination,
                      SyslogState state = SyslogState::present) {
    return {{selector, destination, {}}, state};
}

const WantedSyslogRule auth = rule("auth.info", "/var/adm/auth.log");

/// A host with these rules, /var, and what is in `missing` missing.
Snapshot snapshot(const std::string& text, const Lines& missing = {"/var/adm/auth.log"}) {
    return with_directory("/var/adm", with_directory("/var", with_files({{path, text}}, missing)));
}

Snapshot with_log(Snapshot snapshot, const FileState& log) {
    snapshot.files["/var/adm/auth.log"] = log;
    return snapshot;
}

} // namespace

TEST_CASE("syslog: a rule is added and its log file is created, empty, for root and system alone") {
    const Snapshot after = ensured(auth, snapshot("# nothing is logged\n"));
    CHECK(after.text(path) == "# nothing is logged\nauth.info\t/var/adm/auth.log\n");
    CHECK(after.file("/var/adm/auth.log") == FileState{FileState::Kind::regular, "", 0640, "root", "system", {}});
    CHECK(after.logs == std::set<std::string>{"/var/adm/auth.log"});
    WantedSyslogRule narrow = auth;
    narrow.log_mode = 0600;
    CHECK(ensured(narrow, snapshot("")).file("/var/adm/auth.log").mode == 0600);
}

TEST_CASE("syslog: a log file that is missing is created even where the rule is there already") {
    const std::string text = "auth.info   /var/adm/auth.log\n";
    const Plan plan = planned(auth, snapshot(text));
    REQUIRE(plan.changes.size() == 1);
    CHECK(plan.changes.front().path == "/var/adm/auth.log");
}

TEST_CASE("syslog: a log in a directory that others can write to is made there, and a person is told who they are") {
    struct Case {
        const char* owner;
        const char* group;
        unsigned mode;
        const char* others; // none: nothing is found
    };
    for (const Case& c :
         {Case{"root", "adm", 0775, "group adm"}, Case{"root", "adm", 0755, ""}, Case{"bin", "bin", 0755, ""},
          Case{"alice", "staff", 0755, "user alice"}, Case{"carol", "staff", 0755, ""}, // she owns the tree
          Case{"root", "system", 01777, "group system and everybody"},
          Case{"alice", "adm", 0777, "user alice, group adm and everybody"}}) {
        Snapshot before = with_directory("/", snapshot(""));
        before.files["/"].owner = "carol";
        FileState& directory = before.files["/var/adm"];
        directory.owner = c.owner;
        directory.group = c.group;
        directory.mode = c.mode;
        Snapshot after = before;
        ensure(auth, after);
        CHECK(after.file("/var/adm/auth.log").mode == 0640);
        const std::string sentence = std::string("/var/adm/auth.log can be removed or exchanged by ") + c.others +
                                     ", who can write to /var/adm: take that right away, or log into another directory";
        CHECK(after.findings == (*c.others == 0 ? Lines{} : Lines{sentence}));
    }
    CHECK(needs(auth, Snapshot()).presence == std::set<std::string>{"/", "/var/adm/auth.log"});
}

TEST_CASE("syslog: a log of several names is taken where only root can have made them") {
    FileState log{FileState::Kind::regular, "", 0640, "root", "system", {}, true};
    Snapshot before = with_log(snapshot("auth.info\t/var/adm/auth.log\n"), log);
    CHECK(complies(auth, before));
    before.files["/var/adm"].mode = 0775;
    CHECK(refusal(auth, before) ==
          "/var/adm/auth.log has other names (hard links), and can be one of any file, because group system can write "
          "to /var/adm; remove it, and a new log is made, nothing was changed");
}

TEST_CASE("syslog: a log file that is there stays as it is") {
    const FileState log{FileState::Kind::regular, "Jan  1 su: BAD SU\n", 0600, "adm", "adm", {}};
    const Snapshot after = ensured(auth, with_log(snapshot(""), log));
    CHECK(after.file("/var/adm/auth.log") == log);
    CHECK(complies(auth, after));
}

TEST_CASE("syslog: syslogd is not to log into its own configuration") {
    CHECK(refusal(rule("auth.info", path), snapshot("*.err\terrlog\n")) ==
          "destination '/etc/syslog.conf': syslogd would write its messages into its own configuration; name another "
          "file");
    const Needs needed = needs(rule("auth.info", path), Snapshot());
    CHECK(needed.files == std::set<std::string>{path});
    CHECK(needed.presence.empty());
    CHECK(ensured(rule("auth.info", path, SyslogState::absent), snapshot("auth.info " + path + "\n")).text(path) == "");
}

TEST_CASE("syslog: the directories of a new log file are created with it") {
    const Snapshot after = ensured(rule("auth.info", "/var/adm/syslog/auth.log"),
                                   snapshot("", {"/var/adm/syslog", "/var/adm/syslog/auth.log"}));
    CHECK(after.state("/var/adm/syslog").kind == FileState::Kind::directory);
    CHECK(after.state("/var/adm/syslog").mode == 0755);
    CHECK(after.file("/var/adm/syslog/auth.log").mode == 0640);
}

TEST_CASE("syslog: where no file can be, none is created") {
    CHECK(refusal(auth, with_directory("/var/adm/auth.log", snapshot(""))) ==
          "/var/adm/auth.log is a directory, into which syslogd cannot log; name a file");
    CHECK(refusal(auth, with_log(snapshot(""), {FileState::Kind::other, "", 0644, "root", "system", "a FIFO"})) ==
          "/var/adm/auth.log is a FIFO, into which syslogd cannot log; name a file");
    Snapshot file_in_the_way = snapshot("");
    file_in_the_way.files["/var/adm"] = regular_file("");
    CHECK(refusal(auth, file_in_the_way).starts_with("/var/adm is a regular file"));
}

TEST_CASE("syslog: what is no log file needs none") {
    for (const char* destination : {"errlog", "*", "root,operator", "@loghost", "/dev/console"}) {
        const Plan plan = planned(rule("*.alert", destination), with_file(path, ""));
        REQUIRE(plan.changes.size() == 1);
        CHECK(plan.changes.front().after.text == "*.alert\t" + std::string(destination) + "\n");
    }
}

TEST_CASE("syslog: an absent rule is removed, and its log file stays") {
    const Snapshot before = with_log(snapshot("auth.info /var/adm/auth.log\nmail.info /m\n"), regular_file("x\n"));
    const Plan plan = planned(rule("auth.info", "/var/adm/auth.log", SyslogState::absent), before);
    REQUIRE(plan.changes.size() == 1);
    CHECK(plan.changes.front().after.text == "mail.info /m\n");
    CHECK(complies(rule("auth.info", "/var/adm/other.log", SyslogState::absent), before));
    CHECK(complies(rule("local9.info", "", SyslogState::absent), before));
}

TEST_CASE("syslog: what the document refuses names the file") {
    CHECK(refusal(rule("mail.loud", "/var/adm/auth.log"), snapshot(""))
              .starts_with("/etc/syslog.conf: selector 'mail.loud': "));
    CHECK(
        refusal(rule("mail.info", ""), snapshot("")).starts_with("/etc/syslog.conf: selector 'mail.info': it has no "));
}

TEST_CASE("syslog: syslogd is told of a changed rule, and of a log file that it could not open before") {
    const Snapshot before = live(snapshot(""), {{"syslogd", Subsystem::Status::active}});
    CHECK(actions(planned(auth, before)) == Lines{"refresh -s syslogd"});
    const Snapshot missing_log =
        live(snapshot("auth.info /var/adm/auth.log\n"), {{"syslogd", Subsystem::Status::active}});
    CHECK(actions(planned(auth, missing_log)) == Lines{"refresh -s syslogd"});
}

TEST_CASE("syslog: of a log file it needs no more than what it is, of the rest all") {
    Needs all;
    all.files = {path, "/var", "/var/adm"};
    all.presence = {"/", "/var/adm/auth.log"};
    CHECK(needs(auth, with_files({})) == all);
    Needs own_file;
    own_file.files = {path};
    for (const WantedSyslogRule& other : {rule("*.alert", "errlog"), rule("*.alert", "/dev/console"),
                                          rule("auth.info", "/var/adm/auth.log", SyslogState::absent)})
        CHECK(needs(other, with_files({})) == own_file);
    for (const SyslogState state : {SyslogState::present, SyslogState::absent})
        check_needs_file(rule("*.alert", "errlog", state), path);
}

TEST_CASE("syslog: a rule is summed up with a verb, its selector and its destination") {
    CHECK(summary(auth) == "log auth.info to /var/adm/auth.log");
    CHECK(summary(rule("auth.info", "/f", SyslogState::absent)) == "remove auth.info to /f");
    CHECK(summary(rule("auth.info", "", SyslogState::absent)) == "remove auth.info");
}
