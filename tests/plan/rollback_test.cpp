#include "plan/rollback.hpp"

#include "plan/rc_script.hpp"
#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

using Status = Subsystem::Status;
using Values = std::map<std::string, std::string>;

/// A file of which no run recorded the content, such as nfsd.
Recorded::File attributes(unsigned mode) { return {regular_file("", mode), Interest::attributes}; }

/// A file that a run made for others to write to.
Recorded::File log(unsigned mode) { return {regular_file("", mode), Interest::log}; }

Recorded::File recorded(const std::string& text, unsigned mode = 0644) { return {regular_file(text, mode)}; }

/// What a commit knows.
Recorded knowing(const std::map<std::string, Recorded::File>& files, const Values& options = {},
                 const Values& subsystems = {}) {
    return {files, options, subsystems, {}, {}};
}

/// The history goes back to `wanted` from `last`.
Snapshot with_target(Snapshot snapshot, const Recorded& wanted, const Recorded& last = {}) {
    snapshot.rollback_targets["HEAD~1"] = {"4f2a91c03b77d1a2", wanted, last};
    return snapshot;
}

Snapshot with_revert(Snapshot snapshot, const std::map<std::string, Reverted>& files, const Values& options = {},
                     const Values& subsystems = {}) {
    snapshot.revert_targets["HEAD"] = {"4f2a91c03b77d1a2", files, options, subsystems};
    return snapshot;
}

Recorded::File directory(unsigned mode = 0755) {
    return {{FileState::Kind::directory, "", mode, "root", "system", "a directory", false}};
}

Recorded::File link_to(const std::string& target) {
    return {{FileState::Kind::link, target, mode_of_links, "root", "system", "a symbolic link", false}};
}

Snapshot with(Snapshot snapshot, const std::map<std::string, Recorded::File>& files) {
    snapshot.files["/etc"] = directory().state;
    for (const auto& [path, file] : files)
        snapshot.files[path] = file.state;
    return snapshot;
}

/// /etc/rc.d as a run found it.
const std::map<std::string, Recorded::File> rc_d = {{"/etc/rc.d", directory(0750)},
                                                    {"/etc/rc.d/rc", recorded("#!/bin/ksh\n", 0744)},
                                                    {"/etc/rc.d/rc2.d", directory()},
                                                    {"/etc/rc.d/rc2.d/S01", link_to("../rc")}};
const std::map<std::string, Recorded::File> no_rc_d = {
    {"/etc/rc.d", {}}, {"/etc/rc.d/rc", {}}, {"/etc/rc.d/rc2.d", {}}, {"/etc/rc.d/rc2.d/S01", {}}};

Rollback back(const std::set<std::string>& paths = {}) { return {"HEAD~1", paths}; }

Revert undo(const std::set<std::string>& paths = {}) { return {"HEAD", paths}; }

} // namespace

TEST_CASE("rollback: text, mode and owner go back, whoever changed them since, and what is missing comes back") {
    Snapshot before =
        with_directory("/etc", with_files({{"/etc/motd", "same\n"}, {"/etc/hosts", "x\n"}}, {"/etc/ftpusers"}));
    before.files["/etc/inetd.conf"] = {FileState::Kind::regular, "changed by hand\n", 0600, "bin", "bin", {}, true};
    before = with_target(before, knowing({{"/etc/inetd.conf", recorded("as it was\n")},
                                          {"/etc/motd", recorded("same\n")},
                                          {"/etc/ftpusers", recorded("root\n", 0640)}}));
    const Snapshot after = ensured(back(), before);
    CHECK(after.file("/etc/inetd.conf") == regular_file("as it was\n"));
    CHECK(after.file("/etc/inetd.conf").linked); // as it is, not as it was
    CHECK(after.file("/etc/motd") == regular_file("same\n"));
    CHECK(after.file("/etc/ftpusers") == regular_file("root\n", 0640));
    CHECK(after.text("/etc/hosts") == "x\n"); // the history does not know it
    CHECK(after.warnings == Lines{});
    CHECK(actions(difference(before, after)) == Lines{"refresh -s inetd (not the live host)"});
}

TEST_CASE("rollback: a file that a run created goes again, unless somebody has written to it since") {
    const Recorded wanted = knowing({{"/etc/gone", {}}, {"/etc/by_hand", {}}, {"/etc/rc.no", {}}, {"/var/log", {}}});
    const Recorded last = knowing(
        {{"/etc/gone", recorded("x\n")}, {"/etc/rc.no", recorded("#!/bin/ksh\n", 0744)}, {"/var/log", recorded("")}});
    const Snapshot now = with_files(
        {{"/etc/rc.no", "#!/bin/ksh\n"}, {"/var/log", "written\n"}, {"/etc/by_hand", "root\n"}}, {"/etc/gone"});
    const Snapshot after = ensured(back(), with_target(now, wanted, last));
    CHECK(after.file("/etc/gone") == FileState{});
    CHECK(after.file("/etc/rc.no") == FileState{});
    CHECK(after.text("/etc/by_hand") == "root\n");
    CHECK(after.text("/var/log") == "written\n");
    CHECK(after.warnings == Lines{"/etc/by_hand was not there then, but has been written to since it was created: kept",
                                  "/var/log was not there then, but has been written to since it was created: kept"});
}

TEST_CASE("rollback: what has been written to a log is kept, and a text that a run wrote is not") {
    const std::map<std::string, Recorded::File> empty = {{"/var/log", log(0640)}, {"/var/quiet", log(0640)}};
    const Recorded::File gone = log(0600);
    const Recorded wanted = knowing({*empty.begin(),
                                     *empty.rbegin(),
                                     {"/var/gone", gone},
                                     {"/etc/ftpusers", recorded("")},
                                     {"/etc/hosts.equiv", recorded("")}});
    const Recorded last = knowing({*empty.begin(),
                                   *empty.rbegin(),
                                   {"/var/gone", gone},
                                   {"/etc/ftpusers", recorded("root\n")},
                                   {"/etc/hosts.equiv", recorded("")}});
    const Snapshot now = with_directory("/var", with_files({{"/var/log", "written\n"},
                                                            {"/var/quiet", ""},
                                                            {"/etc/ftpusers", "root\nby hand\n"},
                                                            {"/etc/hosts.equiv", "evil\n"}},
                                                           {"/var/gone"}));
    const Snapshot after = ensured(back(), with_target(now, wanted, last));
    CHECK(after.file("/var/log") == regular_file("written\n", 0640));
    CHECK(after.file("/var/quiet") == regular_file("", 0640));
    CHECK(after.file("/var/gone") == regular_file("", 0600));
    CHECK(after.text("/etc/ftpusers").empty());
    CHECK(after.text("/etc/hosts.equiv").empty()); // always empty to the history, and no log
    CHECK(after.logs == std::set<std::string>{"/var/gone", "/var/log", "/var/quiet"});
    CHECK(after.warnings ==
          Lines{"/var/log was empty then, but has been written to since it was created: its text is kept"});
}

TEST_CASE("rollback: a log of more than 64 MiB, whose text is not read, is kept, and its mode and owner go back") {
    Snapshot now = with_files({{"/var/new", ""}, {"/var/old", ""}, {"/usr/sbin/big", ""}});
    for (const char* const path : {"/var/new", "/var/old", "/usr/sbin/big"})
        now.files[path].unread = true;
    const Recorded last = knowing({{"/var/new", log(0644)}, {"/var/old", log(0644)}});
    const Recorded wanted = knowing({{"/var/new", {}}, {"/var/old", log(0600)}, {"/usr/sbin/big", attributes(0555)}});
    const Snapshot after = ensured(back(), with_target(now, wanted, last));
    CHECK(after.state("/var/new") == now.state("/var/new"));
    for (const auto& [path, mode] : std::map<std::string, unsigned>{{"/var/old", 0600}, {"/usr/sbin/big", 0555}}) {
        FileState expected = regular_file("", mode);
        expected.unread = true;
        CHECK(after.state(path) == expected);
    }
    CHECK(after.warnings ==
          Lines{"/var/old was empty then, but has been written to since it was created: its text is kept",
                "/var/new was not there then, but has been written to since it was created: kept"});
    for (const FileChange& change : difference(now, after).changes)
        CHECK(change.kind() == FileChange::Kind::mode);
    CHECK(
        refusal(back(), with_target(now, knowing({{"/var/new", recorded("text")}}), last)) ==
        "/var/new is larger than 64 MiB, more than the history can hold, so nothing was changed; move it away, or name "
        "other paths");
}

TEST_CASE("rollback: directories that somebody has cleared away, and no run recorded, are made for what comes back") {
    Snapshot now = with_directory("/etc", with_files({}, {"/etc/d", "/etc/d/e", "/etc/d/e/f"}));
    const Recorded wanted = knowing({{"/etc/d/e/f", recorded("text", 0600)}});
    const Needs all = needs(back(), with_target(now, wanted));
    CHECK(all.presence == std::set<std::string>{"/etc", "/etc/d", "/etc/d/e"});
    const Snapshot after = ensured(back(), with_target(now, wanted));
    CHECK(after.state("/etc/d") == directory().state);
    CHECK(after.state("/etc/d/e") == directory().state);
    CHECK(after.file("/etc/d/e/f") == regular_file("text", 0600));
    CHECK(after.warnings ==
          Lines{"/etc/d is not there any more, and no run recorded it: made with mode 0755, so that "
                "/etc/d/e/f can come back",
                "/etc/d/e is not there any more, and no run recorded it: made with mode 0755, so that "
                "/etc/d/e/f can come back"});
    now.files["/etc/d"] = regular_file("in the way");
    CHECK(refusal(back(), with_target(now, wanted)) ==
          "/etc/d is a regular file, so /etc/d/e/f cannot be below it; nothing was changed");
}

TEST_CASE("rollback: what comes back belongs to whom it belonged to, as far as that one is there") {
    Snapshot now = with_directory("/opt", with_files({{"/opt/a", "a"}, {"/opt/b", "b"}}, {"/opt/c"}));
    now.files["/opt/b"].owner = {"500", 500};
    now.accounts = {Accounts::parse("root:!:0:0:\ncarol:!:501:1:\n"), Accounts::parse("system:!:0:\n")};
    Recorded::File of_bob = recorded("text", 04755), of_dave = of_bob;
    of_bob.state.owner = {"bob", 500};
    of_dave.state.owner = {"dave", 501};
    const Recorded wanted = knowing({{"/opt/a", of_bob}, {"/opt/b", of_bob}, {"/opt/c", of_dave}});
    CHECK(needs(back(), with_target(now, wanted)).accounts);
    const Snapshot after = ensured(back(), with_target(now, wanted));
    CHECK(after.file("/opt/a").owner.number == 500);
    CHECK(after.file("/opt/b").owner.number == 500);
    CHECK(after.file("/opt/c").owner.name == "root");
    CHECK(after.file("/opt/c").mode == 0755);
    CHECK(
        after.warnings ==
        Lines{"/opt/a belonged to the user bob, number 500, a name that is not there any more: the number is put back",
              "/opt/c belonged to the user dave, number 501, which is carol now: its owner is not put back; give it to "
              "whom it is to belong to"});
}

TEST_CASE("rollback: of a file without recorded content mode and owner alone go back") {
    const Recorded wanted = knowing({{"/usr/sbin/nfsd", attributes(0444)}, {"/usr/sbin/biod", attributes(0444)}});
    const Snapshot after =
        ensured(back(), with_target(with_files({{"/usr/sbin/nfsd", "a newer program"}}, {"/usr/sbin/biod"}), wanted));
    CHECK(after.file("/usr/sbin/nfsd") == regular_file("a newer program", 0444));
    CHECK(after.file("/usr/sbin/biod") == FileState{});
    CHECK(after.warnings ==
          Lines{"/usr/sbin/biod is not there any more, and no run recorded its content: not brought back"});
}

TEST_CASE("rollback: paths choose, and what they do not choose is not looked at") {
    const Recorded::File old = recorded("old\n");
    const Snapshot now = live(with_directory("/etc/c", with_files({{"/etc/a", "new\n"}, {"/etc/b", "new\n"}})));
    const Snapshot before = with_target(
        now, knowing({{"/etc/a", old}, {"/etc/b", old}, {"/etc/c", old}}, {{"bcastping", "1"}}, {{"snmpd", "active"}}));
    const Snapshot after = ensured(back({"/etc/a"}), before);
    CHECK(after.text("/etc/a") == "old\n");
    CHECK(after.text("/etc/b") == "new\n");
    CHECK(actions(difference(before, after)) == Lines{}); // values of the running host belong to no path
    CHECK(refusal(back(), before) == "/etc/c is a directory, not a regular file; nothing was changed");
    CHECK(refusal(back({"/etc/b/x"}), before).starts_with("/etc/b/x cannot be rolled back: "));
    CHECK(refusal(back({"/etc/hosts"}), before) ==
          "/etc/hosts cannot be rolled back: the history has never recorded it; history_info shows what is there");
}

TEST_CASE("rollback: a directory comes back with all that was in it, modes and links included") {
    const Snapshot gone = with_target(with({}, no_rc_d), knowing(rc_d), knowing(no_rc_d));
    for (const Rollback& wanted :
         {back(), back({"/etc"}), back({"/etc/rc.d"}), back({"/etc/rc.d/rc", "/etc/rc.d/rc2.d/S01"})})
        CHECK(ensured(wanted, gone).files == with({}, rc_d).files);
    const Snapshot some = ensured(back({"/etc/rc.d/rc2.d"}), gone);
    CHECK(some.state("/etc/rc.d") == directory(0750).state); // its way comes back too
    CHECK(some.state("/etc/rc.d/rc") == FileState{});
    CHECK(some.state("/etc/rc.d/rc2.d/S01") == link_to("../rc").state);
    CHECK(refusal(back({"/etc/rc.d/rc3.d"}), gone) ==
          "/etc/rc.d/rc3.d cannot be rolled back: the history has never recorded it; history_info shows what is there");
}

TEST_CASE("rollback: mode of a directory and target of a link go back, files and links give way to each other") {
    const Snapshot now = with({}, {{"/etc/rc.d", directory(0700)},
                                   {"/etc/rc.d/a", link_to("elsewhere")},
                                   {"/etc/rc.d/b", recorded("text\n")},
                                   {"/etc/rc.d/c", link_to("text")}});
    const std::map<std::string, Recorded::File> wanted = {{"/etc/rc.d", directory(0755)},
                                                          {"/etc/rc.d/a", link_to("there")},
                                                          {"/etc/rc.d/b", link_to("there")},
                                                          {"/etc/rc.d/c", recorded("text\n")}};
    CHECK(ensured(back(), with_target(now, knowing(wanted))).files == with({}, wanted).files);
}

TEST_CASE("rollback: what stands in the way of a directory, or a directory in that of something else, is refused") {
    struct Case {
        Recorded::File wanted, now;
        std::string error;
    };
    const Recorded::File fifo{{FileState::Kind::other, "", 0644, "root", "system", "a FIFO"}};
    const std::vector<Case> cases{
        {directory(), recorded("x\n"), "/etc/x is a regular file, not a directory; nothing was changed"},
        {directory(), link_to("y"), "/etc/x is a symbolic link, not a directory; nothing was changed"},
        {link_to("y"), directory(), "/etc/x is a directory, not a symbolic link; nothing was changed"},
        {directory(), fifo, "/etc/x is a FIFO, not a directory; nothing was changed"},
        {{}, fifo, "/etc/x is a FIFO, not a regular file; nothing was changed"},
        {recorded("x\n"), directory(), "/etc/x is a directory, not a regular file; nothing was changed"},
    };
    for (const Case& c : cases)
        CHECK(refusal(back(), with_target(with({}, {{"/etc/x", c.now}}), knowing({{"/etc/x", c.wanted}}))) == c.error);
}

TEST_CASE("rollback: a directory that a run created goes again, unless something else is in it") {
    const Recorded wanted = knowing({{"/var/new", {}}, {"/var/new/log", {}}, {"/var/new/log/auth", {}}});
    const Recorded last =
        knowing({{"/var/new", directory()}, {"/var/new/log", directory()}, {"/var/new/log/auth", recorded("")}});
    Snapshot now = with({}, last.files);
    now.trees["/var/new"];
    now.trees["/var/new/log"];
    CHECK(ensured(back(), with_target(now, wanted, last)).files == with({}, wanted.files).files);

    Snapshot in_use = now;
    in_use.files["/var/new/mine"] = regular_file("");
    const Snapshot less = ensured(back(), with_target(in_use, wanted, last));
    CHECK(less.state("/var/new/log") == FileState{});
    CHECK(less.state("/var/new") == directory().state);
    CHECK(less.warnings == Lines{"/var/new was not there then, but something else is in it: kept"});

    Snapshot written = now;
    written.files["/var/new/log/auth"].text = "login\n";
    CHECK(ensured(back(), with_target(written, wanted, last)).files == written.files);

    Snapshot unknown = now;
    unknown.trees["/var/new"] = "reading all of /var/new: there is more in it than a history should hold";
    CHECK(ensured(back(), with_target(unknown, wanted, last)).state("/var/new") == directory().state);
    unknown.trees.erase("/var/new");
    CHECK(ensured(back(), with_target(unknown, wanted, last)).state("/var/new") == directory().state);
    CHECK(ensured(back({"/var/new/log"}), with_target(now, wanted, last)).state("/var/new") == directory().state);
}

TEST_CASE("rollback: a link that a run made goes again, unless it leads elsewhere by now") {
    const Recorded wanted = knowing({{"/etc/a", {}}, {"/etc/b", {}}, {"/etc/c", {}}});
    const Recorded last = knowing({{"/etc/a", link_to("x")}, {"/etc/b", link_to("x")}, {"/etc/c", link_to("x")}});
    const Snapshot after = ensured(
        back(), with_target(with({}, {{"/etc/a", link_to("x")}, {"/etc/b", link_to("y")}, {"/etc/c", recorded("x")}}),
                            wanted, last));
    CHECK(after.state("/etc/a") == FileState{});
    CHECK(after.state("/etc/b") == link_to("y").state);
    CHECK(after.state("/etc/c") == regular_file("x"));
    CHECK(after.warnings == Lines{"/etc/b was not there then, but has been written to since it was created: kept",
                                  "/etc/c was not there then, but has been written to since it was created: kept"});
}

TEST_CASE("rollback: of links they are read themselves, and of directories that are to go all that is in them") {
    const Recorded wanted = knowing({{"/etc/rc.d", {}}, {"/etc/rc.d/S01", {}}, {"/etc/rc.e", link_to("x")}});
    const Recorded last =
        knowing({{"/etc/rc.d", directory()}, {"/etc/rc.d/S01", link_to("x")}, {"/etc/rc.e", recorded("")}});
    const Needs first = needs(back(), with_target({}, wanted, last));
    CHECK(first.logs == std::set<std::string>{"/etc/rc.d"});
    CHECK(first.entries == std::set<std::string>{"/etc/rc.d/S01", "/etc/rc.e"});
    CHECK(first.trees.empty());
    const Needs second = needs(back(), with_target(with({}, last.files), wanted, last));
    CHECK(second.trees == std::set<std::string>{"/etc/rc.d"});
}

TEST_CASE("rollback: options and subsystems go back, elsewhere than on the live host their commands are skipped") {
    const Recorded wanted = knowing({}, {{"bcastping", "1"}, {"ipforwarding", "0"}},
                                    {{"snmpd", "active"}, {"named", "inoperative"}, {"lpd", "inoperative"}});
    const Recorded last = knowing({}, {{"bcastping", "0"}, {"ipforwarding", "0"}},
                                  {{"snmpd", "inoperative"}, {"named", "active"}, {"lpd", "inoperative"}});
    Snapshot here = live({}, {{"snmpd", Status::inoperative}, {"named", Status::active}, {"lpd", Status::inoperative}});
    for (const std::string name : {"bcastping", "ipforwarding"})
        here.network_options[name].value = "0";
    CHECK(actions(planned(back(), with_target(here, wanted))) ==
          Lines{"no -o bcastping=1", "stopsrc -s named", "startsrc -s snmpd"});
    const Plan elsewhere = planned(back(), with_target(with_files({}), wanted, last));
    CHECK(actions(elsewhere) == Lines{"no -o bcastping=1 (not the live host)", "stopsrc -s named (not the live host)",
                                      "startsrc -s snmpd (not the live host)"});
    CHECK(elsewhere.empty());
}

TEST_CASE("rollback: an option goes back to its value of then at the next boot too, where a run changed that") {
    Snapshot here = live({});
    for (const std::string name : {"bcastping", "ipforwarding", "sockthresh"})
        here.network_options[name] = {"0", "", "0"};
    const Recorded wanted = knowing({},
                                    {{"bcastping", "1"},
                                     {"bcastping@nextboot", "1"},
                                     {"ipforwarding", "1"},
                                     {"sockthresh", "85"},
                                     {"sockthresh@nextboot", "60"}},
                                    {});
    const Snapshot before = with_target(here, wanted);
    CHECK(needs(back(), before).network_options == std::set<std::string>{"bcastping", "ipforwarding", "sockthresh"});
    CHECK(needs(back(), before).boot_values);
    CHECK(actions(planned(back(), before)) ==
          Lines{"no -p -o bcastping=1", "no -o ipforwarding=1", "no -o sockthresh=85", "no -r -o sockthresh=60"});
    CHECK(!needs(back(), with_target(here, knowing({}, {{"bcastping", "1"}}, {}))).boot_values);
}

TEST_CASE("rollback: a subsystem starts with the arguments that the boot script has after the rollback") {
    const std::string script = "#!/bin/ksh\nqpi=30m\n",
                      line = "start /usr/lib/sendmail \"$src_running\" \"-bd -q${qpi}\"\n";
    const Snapshot now = live(with_file(rc_tcpip_path, script + "#" + line), {{"sendmail", Status::inoperative}});
    const Recorded wanted = knowing({{rc_tcpip_path, recorded(script + line)}}, {}, {{"sendmail", "active"}});
    CHECK(actions(planned(back(), with_target(now, wanted))) == Lines{"startsrc -s sendmail -a -bd -q30m"});
}

TEST_CASE("rollback and revert first need the target, then what it knows, and of values only what they will set") {
    CHECK(needs(back(), Snapshot()).rollback_targets == std::set<std::string>{"HEAD~1"});
    CHECK(needs(undo(), Snapshot()).revert_targets == std::set<std::string>{"HEAD"});
    const Values options = {{"bcastping", "1"}}, subsystems = {{"snmpd", "active"}};
    const Snapshot elsewhere =
        with_revert(with_target({}, knowing({{"/etc/a", {}}, {"/etc/b", {}}}, options, subsystems)),
                    {{"/etc/a", {}}, {"/etc/b", {}}}, options, subsystems);
    const Snapshot here = live(elsewhere);
    for (const Needs& all : {needs(back(), here), needs(undo(), here)}) {
        CHECK(all.logs == std::set<std::string>{"/etc/a", "/etc/b"});
        CHECK(all.network_options == std::set<std::string>{"bcastping"});
        CHECK(all.subsystems == std::set<std::string>{"snmpd"});
    }
    for (const Needs& less : {needs(back(), elsewhere), needs(back({"/etc/a"}), here), needs(undo({"/etc/a"}), here)}) {
        CHECK(less.logs.contains("/etc/a"));
        CHECK(less.network_options.empty());
        CHECK(less.subsystems.empty());
    }
    CHECK(summary(back()) == "go back to HEAD~1");
    CHECK(summary(undo()) == "undo HEAD");
}

TEST_CASE(
    "revert: one commit is undone: text and mode go back, a file that it created goes, one that it removed comes") {
    const Snapshot now = with_directory(
        "/etc",
        with_files({{"/etc/a", "ours\ntheirs\n"}, {"/etc/rc.no", "x\n"}, {"/usr/sbin/nfsd", "program"}}, {"/etc/b"}));
    const Snapshot after = ensured(undo(), with_revert(now, {{"/etc/a", {recorded("original\ntheirs\n", 0600)}},
                                                             {"/etc/b", {recorded("b\n")}},
                                                             {"/etc/rc.no", {Recorded::File{}}},
                                                             {"/usr/sbin/nfsd", {attributes(0555)}}}));
    CHECK(after.file("/etc/a") == regular_file("original\ntheirs\n", 0600));
    CHECK(after.file("/etc/b") == regular_file("b\n"));
    CHECK(after.file("/etc/rc.no") == FileState{});
    CHECK(after.file("/usr/sbin/nfsd") == regular_file("program", 0555));
}

TEST_CASE("revert: what has changed since in the same places is refused, unless other paths are chosen") {
    const Snapshot before = with_revert(with_files({{"/etc/a", "a\n"}, {"/etc/b", "new\n"}}),
                                        {{"/etc/a", {}}, {"/etc/b", {recorded("old\n")}}});
    for (const Revert& wanted : {undo(), undo({"/etc/a"})})
        CHECK(refusal(wanted, before) ==
              "/etc/a has changed since commit 4f2a91c03b77 in the same places: undo the later "
              "change first, or roll back to the commit before");
    Snapshot moved = before;
    moved.revert_targets["HEAD"].files["/etc/a"].moved = true;
    CHECK(refusal(undo(), moved) ==
          "/etc/a has a line of commit 4f2a91c03b77 in another place by now, so that undoing it would leave the line "
          "there twice or in the wrong place: edit the file, or roll back to the commit before");
    Snapshot unreadable = before;
    unreadable.files["/etc/a"] = FileState();
    unreadable.files["/etc/a"].kind = FileState::Kind::other;
    unreadable.files["/etc/a"].other = "something that cannot be read (cause)";
    CHECK(
        refusal(undo(), unreadable) ==
        "/etc/a is something that cannot be read (cause) by now, which commit 4f2a91c03b77 did not leave there: remove "
        "it, or roll back to the commit before");
    CHECK(ensured(undo({"/etc/b"}), before).files == with_files({{"/etc/a", "a\n"}, {"/etc/b", "old\n"}}).files);
    CHECK(refusal(undo({"/etc/hosts"}), before) ==
          "/etc/hosts cannot be rolled back: commit 4f2a91c03b77 did not change it; history_info shows what is there");
}

TEST_CASE("revert: what the commit created is kept, and said, where somebody has written to it since") {
    Snapshot now = with({}, {{"/var/log", directory()}, {"/var/log/auth", recorded("login\n")}});
    now.trees["/var/log"];
    const Snapshot after = ensured(
        undo(), with_revert(now, {{"/var/log", {Recorded::File{}, false}}, {"/var/log/auth", {std::nullopt, true}}}));
    CHECK(after.files == now.files);
    CHECK(after.warnings ==
          Lines{"/var/log was not there then, but something else is in it: kept",
                "/var/log/auth was not there then, but has been written to since it was created: kept"});
}

TEST_CASE("revert: a directory that the commit removed comes back, one that it created goes") {
    Snapshot now = with(with({}, no_rc_d), {{"/etc/new", directory()}, {"/etc/new/x", link_to("y")}});
    now.trees["/etc/new"];
    std::map<std::string, Reverted> files = {{"/etc/new", {Recorded::File{}}}, {"/etc/new/x", {Recorded::File{}}}};
    for (const auto& [path, file] : rc_d)
        files[path] = {file};
    const Snapshot before = with_revert(now, files);
    const Snapshot after = ensured(undo(), before);
    CHECK(after.files == with(with({}, rc_d), {{"/etc/new", {}}, {"/etc/new/x", {}}}).files);
    CHECK(ensured(undo({"/etc/rc.d"}), before).state("/etc/new/x") == link_to("y").state);
}

TEST_CASE("revert: options and subsystems go back too, but not where paths are chosen") {
    Snapshot now = live(with_file("/etc/a", "a\n"), {{"snmpd", Status::inoperative}});
    now.network_options["bcastping"].value = "0";
    const Snapshot here =
        with_revert(now, {{"/etc/a", {recorded("a\n")}}}, {{"bcastping", "1"}}, {{"snmpd", "active"}});
    CHECK(actions(planned(undo(), here)) == Lines{"no -o bcastping=1", "startsrc -s snmpd"});
    CHECK(complies(undo({"/etc/a"}), here));
    CHECK(actions(planned(undo(), with_revert(with_files({}), {}, {{"bcastping", "1"}}, {{"snmpd", "active"}}))) ==
          Lines{"no -o bcastping=1 (not the live host)", "startsrc -s snmpd (not the live host)"});
}

TEST_CASE("rollback: a set-id bit comes back with what root recorded, and not to what another may have written since") {
    const std::string path = "/usr/sbin/x";
    const auto back_from = [&](const std::string& owner, unsigned mode, const Recorded::File& wanted) {
        Snapshot before = with_file(path, "a program");
        before.files.at(path).owner = owner;
        before.files.at(path).mode = mode;
        return ensured(back(), with_target(before, knowing({{path, wanted}})));
    };
    CHECK(back_from("root", 0755, attributes(04755)).state(path).mode == 04755);
    CHECK(back_from("alice", 0755, recorded("a program", 04755)).state(path).mode == 04755);
    Recorded::File of_alice = attributes(04755);
    of_alice.state.owner = "alice";
    CHECK(back_from("root", 0755, of_alice).state(path).owner == "alice");
    CHECK(back_from("root", 0755, of_alice).state(path).mode == 04755);
    const Snapshot kept = back_from("alice", 0755, attributes(04755));
    CHECK(kept.state(path).owner == "alice");
    CHECK(kept.state(path).mode == 0755);
    REQUIRE(kept.warnings.size() == 1);
    CHECK(kept.warnings[0] ==
          "/usr/sbin/x belongs to alice, who may have changed what is in it, and no run recorded its content: its "
          "set-user-id or set-group-id bit is not brought back, and it is left as it is; look at it, give it to root "
          "with chown, and roll back again");
}
