#include "system/history/history.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"
#include "system/history/git_repository.hpp"
#include "system/history/history_directory.hpp"
#include "system/host/command.hpp"
#include "system/host/command_path.hpp"
#include "system/host/system_call.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ctime>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace bulwark;
using namespace std::string_literals;

namespace {

using Kind = FileState::Kind;

FileState regular(const std::string& text, unsigned mode = 0644, const std::string& owner = "root") {
    FileState state;
    state.kind = Kind::regular;
    state.text = text;
    state.mode = mode;
    state.owner = owner;
    state.group = "system";
    return state;
}

Recorded::File file(const std::string& text, unsigned mode = 0644) { return {regular(text, mode)}; }

Recorded::File mode_alone(unsigned mode, const std::string& owner = "root") {
    return {regular("", mode, owner), Interest::attributes};
}

const Recorded::File missing;

Recorded::File directory(unsigned mode = 0755) {
    return {{Kind::directory, "", mode, "root", "system", "a directory", false}};
}

Recorded::File link_to(const std::string& target, const std::string& owner = "root") {
    return {{Kind::link, target, mode_of_links, owner, "system", "a symbolic link", false}};
}

using Files = std::map<std::string, Recorded::File>;

Recorded files(const Files& files) {
    Recorded recorded;
    recorded.files = files;
    return recorded;
}

CommandResult run(const std::vector<std::string>& argv) { return run_command(argv, std::chrono::seconds(3600)); }

/// A repository and what the ordinary git says of it.
struct Site {
    TemporaryDirectory directory;
    std::string path = directory.path() + "/history.git";
    History history{path};

    /// A commit on top of main, which is it then.
    CommitId commit(const Recorded& changes, const std::string& message = "a change\n") {
        const CommitId id = history.write(history.main(), changes, message);
        history.set_main(id);
        return id;
    }

    std::string git(std::vector<std::string> words) const {
        words.insert(words.begin(), {find_command("git").value(), "--git-dir=" + path});
        const CommandResult result = run(words);
        REQUIRE_MESSAGE(result.status == 0, result.err);
        return result.out;
    }

    void require_sound() const {
        const CommandResult fsck =
            run({find_command("git").value(), "--git-dir=" + path, "fsck", "--strict", "--full", "--no-dangling"});
        REQUIRE(fsck.out + fsck.err == "");
        REQUIRE(fsck.status == 0);
    }

    /// A commit on top of main, by hand, with the tree of another one.
    CommitId commit_by_hand(const CommitId& tree, const std::string& date, const std::string& message) {
        std::vector<std::string> words{find_command("env").value(),
                                       "GIT_COMMITTER_DATE=" + date,
                                       "GIT_AUTHOR_DATE=" + date,
                                       find_command("git").value(),
                                       "--git-dir=" + path,
                                       "-c",
                                       "user.name=Eve",
                                       "-c",
                                       "user.email=eve@example.com",
                                       "commit-tree",
                                       "-m",
                                       message};
        if (const auto main = history.main())
            words.insert(words.end(), {"-p", *main});
        words.push_back(tree + "^{tree}");
        const CommandResult result = run(words);
        REQUIRE_MESSAGE(result.status == 0, result.err);
        history.set_main(result.out.substr(0, 40));
        return result.out.substr(0, 40);
    }

    /// A commit on top of main, by hand, with another `.bulwark`, or none.
    CommitId commit_metadata(const std::optional<std::string>& metadata, const std::string& message) const {
        const std::string tree = directory.path() + "/work";
        make_directory(tree);
        write_file(tree + (metadata ? "/.bulwark" : "/other"), metadata.value_or(""));
        const auto in_tree = [&](std::vector<std::string> words) {
            words.insert(words.begin(), {"-c", "core.bare=false", "-c", "user.name=Eve", "-c",
                                         "user.email=eve@example.com", "--work-tree=" + tree});
            git(words);
        };
        in_tree({"add", "--all"});
        in_tree({"commit", "--quiet", "--message", message});
        return *history.main();
    }

    std::size_t count_objects() const {
        std::size_t count = 0;
        for (const std::string& name : names_in(path + "/objects"))
            if (name.size() == 2)
                count += names_in(path + "/objects/" + name).size();
        return count;
    }

    std::string object_file(const std::string& revision) const {
        const std::string id = git({"rev-parse", revision}).substr(0, 40);
        return path + "/objects/" + id.substr(0, 2) + "/" + id.substr(2);
    }
};

/// The kernel's, as the commands say it.
std::string host_name() {
    const std::string name = run({find_command("uname").value(), "-n"}).out;
    return name.substr(0, name.find('\n'));
}

} // namespace

TEST_CASE("history: where there is none, nothing is known and nothing is created") {
    const Site site;
    CHECK(!site.history.main());
    CHECK(!site.history.pending());
    CHECK(site.history.read(std::nullopt) == Recorded());
    CHECK(site.history.log(0, {}, true).empty());
    CHECK(site.history.past("/etc/inittab").empty());
    CHECK(site.history.original() == Recorded());
    CHECK(site.history.rollback_target("original") == RecordedTarget());
    const CommitId id(40, '1');
    CHECK(error_of([&] { site.history.parent(id); }) == "reading commit " + id + " of the history " + site.path +
                                                            ": reading the history " + site.path +
                                                            ": there is none yet");
    CHECK(names_in(site.directory.path()).empty());
    CHECK(error_of([&] { site.history.resolve("HEAD"); }) ==
          "there is no commit HEAD in the history, for no run has recorded anything in it yet, or root or history is "
          "wrong");
    History nowhere("");
    CHECK(!nowhere.main());
    CHECK(error_of([&] { nowhere.write({}, {}, "x"); }) ==
          "creating the history : the directory that it should lie in is not there");
}

TEST_CASE("history: the first write makes a private bare repository that the ordinary git reads") {
    Site site;
    const mode_t loose = umask(0);
    const CommitId id = site.commit(files({{"/etc/inittab", file("init:2:initdefault:\n")},
                                           {"/etc/rc.no", file("#!/bin/ksh\n", 0744)},
                                           {"/usr/sbin/nfsd", mode_alone(0555)}}),
                                    "record: as found\n\nWhy.  \n\n\n\nBulwark-Version: 0.1.0\n\n");
    umask(loose);
    CHECK(mode_of(site.path) == 0700);
    CHECK(file_text(site.path + "/HEAD") == "ref: refs/heads/main\n");
    CHECK(names_in(site.directory.path()) == std::vector<std::string>{"history.git"});
    site.require_sound();
    CHECK(site.git({"rev-parse", "--is-bare-repository"}) == "true\n");
    CHECK(site.git({"rev-parse", "HEAD"}) == id + "\n");
    CHECK(site.git({"show", "main:etc/inittab"}) == "init:2:initdefault:\n");
    CHECK(site.git({"show", "main:.bulwark"}) == "file 0644 root system /etc/inittab\n"
                                                 "file 0744 root system /etc/rc.no\n"
                                                 "mode 0555 root system /usr/sbin/nfsd\n");
    CHECK(site.git({"ls-tree", "-r", "--format=%(objectmode) %(path)", "main"}) == "100644 .bulwark\n"
                                                                                   "100644 etc/inittab\n"
                                                                                   "100755 etc/rc.no\n");
    CHECK(site.git({"log", "--format=%B"}) == "record: as found\n\nWhy.\n\nBulwark-Version: 0.1.0\n\n");
    CHECK(site.git({"log", "--format=%an %ae %cn %ce"}) ==
          "Bulwark bulwark@" + host_name() + " Bulwark bulwark@" + host_name() + "\n");
    const std::string clone = site.directory.path() + "/clone";
    site.git({"clone", "--quiet", site.path, clone});
    CHECK(file_text(clone + "/etc/rc.no") == "#!/bin/ksh\n");
}

TEST_CASE("history: a commit is made now, in local time") {
    const EnvironmentVariable zone("TZ", "XYZ-05:30");
    tzset();
    Site site;
    const std::time_t before = std::time(nullptr);
    site.commit({});
    const std::string made = site.git({"log", "--format=%ct %cd", "--date=format:%z"});
    CHECK(std::stol(made) >= before);
    CHECK(std::stol(made) <= std::time(nullptr));
    CHECK(made.substr(made.find(' ')) == " +0530\n");
    CHECK(site.history.log(0, {}, false)[0].date.ends_with("+05:30"));
}

TEST_CASE("history: what was written is read again, and the next commit knows it too") {
    Site site;
    Recorded first = files({{"/etc/inittab", file("a\n")},
                            {"/etc/rc.no", missing},
                            {"/usr/sbin/nfsd", mode_alone(0555)},
                            {"/bytes", file("\0\xff\r\n\n no newline"s, 04711)}});
    first.network_options = {{"bcastping", "1"}, {"ipforwarding", "0"}};
    first.subsystems = {{"snmpd", "active"}};
    first.actions = {{"refresh", "-s", "inetd"}};
    first.owed = first.actions;
    const CommitId one = site.commit(first);
    CHECK(site.history.read(one) == first);

    Recorded second = files({{"/etc/inittab", file("b\n", 0600)}, {"/bytes", missing}, {"/etc/rc.no", file("new\n")}});
    second.network_options = {{"bcastping", "0"}};
    second.actions = {{"no", "-o", "bcastping=0"}, {"telinit", "q"}};
    const CommitId two = site.commit(second);
    Recorded known = second;
    known.files["/usr/sbin/nfsd"] = mode_alone(0555);
    known.network_options["ipforwarding"] = "0";
    known.subsystems["snmpd"] = "active";
    CHECK(site.history.read(two) == known);
    CHECK(site.history.read(one) == first);
    CHECK(site.history.parent(two) == one);
    CHECK(!site.history.parent(one));
    CHECK(site.git({"ls-tree", "-r", "--name-only", "main"}) == ".bulwark\netc/inittab\netc/rc.no\n");
    site.require_sound();
    CHECK(History(site.path).read(two) == known); // another process
}

TEST_CASE("history: a reference moves only when it is told to") {
    Site site;
    const CommitId first = site.commit(files({{"/a", file("1\n")}}));
    const CommitId second = site.history.write(first, files({{"/a", file("2\n")}}), "second");
    CHECK(site.history.main() == first);
    CHECK(!site.history.pending());
    site.history.set_pending(second);
    CHECK(site.history.main() == first);
    CHECK(site.history.pending() == second);
    site.require_sound();
    site.history.set_pending(first);
    site.history.set_main(second);
    CHECK(site.history.main() == second);
    CHECK(site.history.pending() == first);
    site.history.clear_pending();
    CHECK(!site.history.pending());
    site.history.clear_pending();
    CHECK(site.history.main() == second);
    CHECK(error_of([&] { site.history.set_main(std::string(40, '7')); }).starts_with("reading commit 7777777"));
    CHECK(site.history.main() == second);
}

TEST_CASE("history: a commit costs what it changes") {
    Site site;
    Recorded many;
    for (int i = 0; i < 50; ++i)
        many.files["/etc/many/" + std::to_string(i)] = file(std::to_string(i) + "\n");
    many.files["/var/spool/cron/crontabs/root"] = file("0 0 * * * true\n");
    site.commit(many);
    const std::size_t before = site.count_objects();
    site.commit(files({{"/var/spool/cron/crontabs/root", file("1 1 * * * true\n", 0600)}}));
    // The commit, its tree, .bulwark, the file, and the directories on the way to it.
    CHECK(site.count_objects() - before == 4 + 4);
    site.commit(files({{"/etc/many/7", file("7\n")}})); // as it was
    CHECK(site.count_objects() - before == 4 + 4 + 1);
}

TEST_CASE("history: any bytes make a name") {
    Site site;
    Recorded recorded;
    for (const auto& name : {"/etc/two\nlines"s, "/etc/tab\tand blank"s, "/etc/caf\xe9\xff"s, "/etc/\"quoted\" 'name'"s,
                             "/etc/back\\slash"s, "/etc/-x"s, "/etc/#"s, "/etc/.x\x1b[1m"s, "/a-b"s, "/a.b"s, "/a/b"s})
        recorded.files[name] = file(name);
    const CommitId id = site.commit(recorded);
    CHECK(site.history.read(id) == recorded);
    site.require_sound();
    CHECK(site.history.past("/etc/two\nlines") == std::vector<std::string>{"/etc/two\nlines"});
}

TEST_CASE("history: a path that git cannot hold is refused before anything is written") {
    Site site;
    for (const auto& path :
         {""s, "etc/inittab"s, "/etc/../passwd"s, "/etc//inittab"s, "/home/.GIT/config"s, "/.bulwark"s})
        CHECK(error_of([&, &path = path] {
                  site.commit(files({{path, file("x")}}));
              }).starts_with("the history cannot hold \"" + path + "\": "));
    FileState fifo;
    fifo.kind = Kind::other;
    fifo.other = "a FIFO";
    CHECK(error_of([&] {
              site.commit(files({{"/etc/fifo", {fifo}}}));
          }) == "the history cannot hold /etc/fifo: it is a FIFO, neither a file, nor a directory, nor a link");
    FileState log = regular("");
    log.unread = true;
    CHECK(error_of([&] {
              site.commit(files({{"/var/log", {log}}}));
          }) == "the history cannot hold /var/log: it is larger than 64 MiB");
    Recorded stopping;
    stopping.subsystems["snmpd"] = "stopping";
    CHECK(error_of([&] { site.commit(stopping); }) == "line 1: a subsystem is active or inoperative, not \"stopping\"");
    CHECK(names_in(site.directory.path()).empty());
}

TEST_CASE("history: where a file was, there can be a directory, and the other way round") {
    Site site;
    site.commit(files({{"/etc/rc.d", file("a script\n")}, {"/etc/rc", file("x\n")}, {"/etc/rc.d2", file("y\n")}}));
    const CommitId directory = site.commit(files({{"/etc/rc.d/S01", file("start\n")}}));
    CHECK(site.history.read(directory).files == Files{{"/etc/rc", file("x\n")},
                                                      {"/etc/rc.d", missing},
                                                      {"/etc/rc.d/S01", file("start\n")},
                                                      {"/etc/rc.d2", file("y\n")}});
    const CommitId again = site.commit(files({{"/etc/rc.d", file("a script\n")}}));
    CHECK(site.history.read(again).files.at("/etc/rc.d/S01") == missing);
    CHECK(site.history.read(again).files.at("/etc/rc.d") == file("a script\n"));
    const CommitId moved = site.commit(files({{"/etc/rc.d", missing}, {"/etc/rc.d/S01", file("start\n")}}));
    CHECK(site.history.read(moved).files.at("/etc/rc.d/S01") == file("start\n"));
    site.require_sound();
    for (const Recorded::File& below : {file("x"), ::directory(), link_to("x")})
        CHECK(error_of([&] {
                  site.commit(files({{"/a", file("x")}, {"/a/b", below}}));
              }) == "the history cannot hold both /a and /a/b");
}

TEST_CASE("history: directories and links are held, and a clone has the links as links") {
    Site site;
    const Files tree{{"/etc/rc.d", directory()},
                     {"/etc/rc.d/init.d", directory(0700)},
                     {"/etc/rc.d/init.d/ssh", file("start\n", 0755)},
                     {"/etc/rc.d/rc2.d", directory()},
                     {"/etc/rc.d/rc2.d/S01ssh", link_to("../init.d/ssh")}};
    const CommitId first = site.commit(files(tree));
    CHECK(site.history.read(first).files == tree);
    CHECK(site.git({"show", "HEAD:.bulwark"}) == "directory 0755 root system /etc/rc.d\n"
                                                 "directory 0700 root system /etc/rc.d/init.d\n"
                                                 "file 0755 root system /etc/rc.d/init.d/ssh\n"
                                                 "directory 0755 root system /etc/rc.d/rc2.d\n"
                                                 "link - root system /etc/rc.d/rc2.d/S01ssh\n");
    const std::string clone = site.directory.path() + "/clone";
    site.git({"clone", "--quiet", site.path, clone});
    struct stat status {};
    REQUIRE(lstat((clone + "/etc/rc.d/rc2.d/S01ssh").c_str(), &status) == 0);
    CHECK(S_ISLNK(status.st_mode));
    CHECK(file_text(clone + "/etc/rc.d/rc2.d/S01ssh") == "start\n");

    site.commit(files({{"/etc/rc.d", directory(0700)}})); // what is in it is not gone with that
    CHECK(site.history.read(site.history.main()).files.at("/etc/rc.d/init.d/ssh") == file("start\n", 0755));
    site.commit(files({{"/etc/rc.d/rc2.d/S01ssh", file("start\n")}}));
    CHECK(site.history.read(site.history.main()).files.at("/etc/rc.d/rc2.d/S01ssh") == file("start\n"));
    site.commit(files({{"/etc/rc.d/rc2.d/S01ssh", link_to("elsewhere")}}));
    CHECK(site.history.past("/etc/rc.d/rc2.d/S01ssh") == std::vector{"elsewhere"s, "start\n"s, "../init.d/ssh"s});
    site.require_sound();
}

TEST_CASE("history: what was in a directory that is gone, or a file now, is missing") {
    for (const Recorded::File& after : {missing, file("x\n"), mode_alone(0555), link_to("/var")}) {
        Site site;
        site.commit(files({{"/etc/rc.d", directory()},
                           {"/etc/rc.d/a", file("a")},
                           {"/etc/rc.d/b", link_to("a")},
                           {"/etc/rc.d/c", directory()},
                           {"/etc/rc.d.old", file("old")}}));
        const Recorded before = site.history.read(site.history.main());
        const Recorded change = files({{"/etc/rc.d", after}, {"/etc/rc.d/a", missing}});
        CHECK(displaced(change, before) == std::set<std::string>{"/etc/rc.d/b", "/etc/rc.d/c"});
        const Recorded now = site.history.read(site.commit(change));
        CHECK(now.files == Files{{"/etc/rc.d", after},
                                 {"/etc/rc.d.old", file("old")},
                                 {"/etc/rc.d/a", missing},
                                 {"/etc/rc.d/b", missing},
                                 {"/etc/rc.d/c", missing}});
        site.require_sound();
    }
}

TEST_CASE("history: a directory takes the place of a file on the way to it, and not of what is in it") {
    Site site;
    site.commit(files({{"/etc/mail", file("x")}}));
    CHECK(displaced(files({{"/etc/mail/aliases.d", directory()}}), site.history.read(site.history.main())) ==
          std::set<std::string>{"/etc/mail"});
    site.commit(files({{"/etc/mail/aliases.d", directory()}, {"/etc/mail/aliases.d/x", file("x")}}));
    CHECK(displaced(files({{"/etc/mail/aliases.d", directory(0700)}, {"/etc/mail", directory()}}),
                    site.history.read(site.history.main()))
              .empty());
    CHECK(site.history.read(site.history.main()).files.at("/etc/mail") == missing);
    site.require_sound();
}

TEST_CASE("history: a message ends in one newline, and a NUL does not cut it off") {
    Site site;
    site.commit({}, "subject\0!\n\nbody"s);
    CHECK(site.git({"cat-file", "commit", "HEAD"}).ends_with("\n\nsubject!\n\nbody\n"));
    site.commit({}, "subject\n\n# no comment\n\n\n");
    CHECK(site.git({"cat-file", "commit", "HEAD"}).ends_with("\n\nsubject\n\n# no comment\n"));
    site.require_sound();
}

TEST_CASE("history: nothing outside of it is read" *
          doctest::description("run by the next test in a hostile environment") * doctest::skip()) {
    Site site;
    const CommitId id = site.commit(files({{"/a", file("1\n")}}));
    site.history.set_pending(id);
    site.history.clear_pending();
    const History again(site.path);
    CHECK(again.main() == id);
    CHECK(again.read(id).files == Files{{"/a", file("1\n")}});
    CHECK(again.log(0, {"/a"}, true).size() == 1);
    CHECK(again.log(0, {}, false)[0].subject == "a change");
    CHECK(names_in(site.path) ==
          std::vector<std::string>{"HEAD", "config", "description", "objects", "refs"}); // no template's
    CHECK(file_text(site.path + "/HEAD") == "ref: refs/heads/main\n");
}

TEST_CASE("history: neither the configuration of git nor its environment matter") {
    const TemporaryDirectory hostile;
    const std::string& home = hostile.path();
    const char* const broken = "[init\n\tdefaultBranch = hostile\n";
    write_file(home + "/.gitconfig", broken);
    make_directory(home + "/git");
    write_file(home + "/git/config", broken);
    make_directory(home + "/templates");
    make_directory(home + "/templates/hooks");
    write_file(home + "/templates/hooks/hostile", "");
    const std::unique_ptr<char, decltype(&std::free)> self(
        realpath(doctest::getContextOptions()->binary_name.c_str(), nullptr), std::free);
    REQUIRE(self);
    std::vector<std::string> argv{find_command("env").value()};
    for (const char* const name :
         {"HOME", "XDG_CONFIG_HOME", "GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY",
          "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_INDEX_FILE", "GIT_NAMESPACE"})
        argv.push_back(name + "="s + home);
    for (const char* const name : {"GIT_CONFIG", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"})
        argv.push_back(name + "="s + home + "/.gitconfig");
    argv.push_back("GIT_TEMPLATE_DIR=" + home + "/templates");
    if (*BULWARK_EMULATOR) // a cross build
        argv.emplace_back(BULWARK_EMULATOR);
    argv.insert(argv.end(), {self.get(), "--no-skip", "--test-case=history: nothing outside of it is read"});
    const CommandResult result = run(argv);
    CHECK_MESSAGE(result.status == 0, (result.out + result.err));
    CHECK(result.out.find("1 passed") != std::string::npos);
}

TEST_CASE("history: what is no bare repository is an error that says what to do") {
    const TemporaryDirectory directory;
    const std::string at = directory.path() + "/";
    write_file(at + "file", "x");
    make_directory(at + "empty");
    make_directory(at + "full");
    write_file(at + "full/HEAD", "x");
    make_link(at + "dangling", at + "nowhere");
    run({find_command("git").value(), "init", "--quiet", at + "tree"});
    const std::string elsewhere = "or name another place with the option history";
    for (
        const auto& [name, reason] : {
            std::pair{"file"s, "it is not a directory; move it away, " + elsewhere},
            std::pair{"empty"s, "it is not a git repository; move it away, " + elsewhere},
            std::pair{"full"s, "it is not a git repository; move it away, " + elsewhere},
            std::pair{"tree"s, "it is not a git repository; move it away, " + elsewhere},
            std::pair{
                "tree/.git"s,
                "it is not a bare git repository, but one with a working tree; name another place with the option history"s},
            std::pair{"dangling"s, at + "dangling is a symbolic link"},
            std::pair{"file/history.git"s, "Not a directory"s},
        })
        CHECK(error_of([&, &name = name] { History history(at + name); }) ==
              "opening the history " + at + name + ": " + reason);
    CHECK(names_in(at + "full") == std::vector<std::string>{"HEAD"});
}

TEST_CASE("history: a repository of another user is not trusted" * doctest::skip(!is_superuser())) {
    Site site;
    site.commit({});
    REQUIRE(chown(site.path.c_str(), 65534, 65534) == 0);
    const EnvironmentVariable sudo("SUDO_UID", "65534"); // with which libgit2 would
    CHECK(error_of([&] { History history(site.path); }) ==
          "opening the history " + site.path +
              ": it belongs to user 65534, not to user 0, who runs this; if nobody else has written to it, give it to "
              "that "
              "user with chown -R");
}

TEST_CASE("history: its path is free of links, and may end with a slash") {
    Site site;
    const CommitId id = site.commit({});
    make_link(site.directory.path() + "/link", site.path);
    CHECK(error_of([&] { History(site.directory.path() + "/link"); }) ==
          "opening the history " + site.directory.path() + "/link: " + site.directory.path() +
              "/link is a symbolic link");
    CHECK(History(site.path + "//").main() == id);
}

namespace {

/// What opening it says, without where it is.
std::string objection(const Site& site) {
    std::string said = error_of([&] { History history(site.path); });
    for (std::size_t at = said.find(site.path); at != std::string::npos; at = said.find(site.path))
        said.replace(at, site.path.size(), "H");
    return said;
}

} // namespace

TEST_CASE("history: what others can write is not believed") {
    Site site;
    const CommitId id = site.commit(files({{"/a", file("1\n")}}));
    site.git({"gc", "--quiet"});
    site.commit(files({{"/a", file("2\n")}}));
    site.history.set_pending(id);
    write_file(site.path + ".lock", "", 0600);
    make_directory(site.path + ".new", 0700);
    make_directory(site.path + "/" + HistoryDirectory::staging, 0700);
    std::string pack = names_in(site.path + "/objects/pack").back();
    REQUIRE(objection(site).empty());
    for (const std::string name :
         {"", "/HEAD", "/config", "/packed-refs", "/objects", "/objects/pack", "/objects/info", "/refs", "/refs/heads",
          "/refs/heads/main", "/refs/bulwark", "/refs/bulwark/pending", ".lock", ".new"}) {
        CAPTURE(name);
        const unsigned mode = mode_of(site.path + name);
        for (const unsigned others : {0020U, 0002U}) {
            REQUIRE(chmod((site.path + name).c_str(), mode | others) == 0);
            const std::string said = objection(site);
            CHECK(said.starts_with("opening the history H: "));
            CHECK(said.find("can be written by ") != std::string::npos);
            CHECK(said.ends_with(name.empty() ? "mend it: chmod -R go-w H" : "mend it: chmod go-w H" + name));
        }
        REQUIRE(chmod((site.path + name).c_str(), mode) == 0);
    }
    for (const std::string& name : {"/objects/pack/" + pack, "/"s + HistoryDirectory::staging}) {
        REQUIRE(chmod((site.path + name).c_str(), 0766) == 0);
        CHECK(objection(site).find("H" + name + " can be written by ") != std::string::npos);
        REQUIRE(chmod((site.path + name).c_str(), 0700) == 0);
    }
    CHECK(objection(site).empty());
}

TEST_CASE("history: what belongs to somebody else is not believed, be it to bin" * doctest::skip(!is_superuser())) {
    Site site;
    site.history.set_pending(site.commit(files({{"/a", file("1\n")}})));
    for (const std::string name : {"/HEAD", "/config", "/objects", "/refs/heads/main", "/refs/bulwark/pending"})
        for (const uid_t user : {2U, 65534U}) {
            REQUIRE(chown((site.path + name).c_str(), user, 0) == 0);
            CHECK(objection(site) == "opening the history H: H" + name + " belongs to user " + std::to_string(user) +
                                         ", who could tell the next run what to do; if nobody has, mend it: chown 0 H" +
                                         name);
            REQUIRE(chown((site.path + name).c_str(), 0, 0) == 0);
        }
    REQUIRE(chown(site.path.c_str(), 2, 0) == 0);
    CHECK(objection(site).starts_with("opening the history H: it belongs to user 2, not to user 0"));
}

TEST_CASE("history: a link in it is not followed") {
    Site site;
    site.commit(files({{"/a", file("1\n")}}));
    const std::string away = site.directory.path() + "/away";
    for (const std::string name : {"/objects", "/refs", "/refs/heads/main", "/HEAD", "/objects/pack"}) {
        REQUIRE(std::rename((site.path + name).c_str(), away.c_str()) == 0);
        make_link(site.path + name, away);
        CHECK_FALSE(objection(site).empty());
        REQUIRE(unlink((site.path + name).c_str()) == 0);
        REQUIRE(std::rename(away.c_str(), (site.path + name).c_str()) == 0);
    }
    REQUIRE(mkfifo((site.path + "/refs/fifo").c_str(), 0600) == 0);
    CHECK(objection(site) == "opening the history H: H/refs/fifo is a FIFO, which no history has; remove it");
    REQUIRE(unlink((site.path + "/refs/fifo").c_str()) == 0);
    CHECK(objection(site).empty());
}

TEST_CASE("history: an object that does not have the contents it is called by is an error") {
    Site site;
    site.commit(files({{"/a", file("1\n")}}));
    Site other;
    other.commit(files({{"/a", file("2\n")}}));
    const std::string one = "/objects/d0/0491fd7e5bb6fa28c517a0bb32b8b506539d4d"; // "1\n"
    const std::string two = other.git({"rev-parse", "HEAD:a"});
    REQUIRE(unlink((site.path + one).c_str()) == 0);
    write_file(site.path + one, file_text(other.path + "/objects/" + two.substr(0, 2) + "/" + two.substr(2, 38)));
    const std::string said = error_of([&] { site.history.read(site.history.main()); });
    CHECK(said.find("hash mismatch") != std::string::npos);
}

TEST_CASE("history: of what git lets a repository say, nothing but objects and references is believed") {
    Site site, eve;
    const CommitId first = site.commit(files({{"/a", file("1\n")}}));
    const CommitId second = site.commit(files({{"/a", file("2\n")}}));
    const CommitId evil = eve.commit(files({{"/etc/passwd", file("eve::0:0\n")}}));
    const std::string include = site.directory.path() + "/included";
    write_file(include, "[core]\n\tworktree = /tmp\n\tbare = false\n[extensions]\n\tobjectformat = sha256\n");
    write_file(site.path + "/config",
               "[core]\n\tbare = true\n\trepositoryformatversion = 0\n[include]\n\tpath = " + include + "\n");
    write_file(site.path + "/objects/info/alternates", eve.path + "/objects\n");
    write_file(site.path + "/commondir", eve.path + "\n");
    write_file(site.path + "/gitdir", eve.path + "\n");
    make_directory(site.path + "/info");
    write_file(site.path + "/info/grafts", second + "\n"); // a commit without parents
    write_file(site.path + "/shallow", second + "\n");
    make_directory(site.path + "/refs/replace");
    write_file(site.path + "/refs/replace/" + first, second + "\n");
    make_directory(site.path + "/hooks");
    const std::string ran = site.directory.path() + "/ran";
    for (const char* const hook : {"reference-transaction", "post-commit", "pre-commit", "update", "post-update"})
        write_file(site.path + "/hooks/" + hook, "#!/bin/sh\ntouch " + ran + "\n", 0755);

    History history(site.path);
    CHECK(history.main() == second);
    CHECK(history.parent(second) == first);
    CHECK(history.read(first).files.at("/a") == file("1\n"));
    CHECK_THROWS_AS(history.read(evil), Error); // only the other repository has it
    CHECK_THROWS_AS(history.set_main(evil), Error);
    const CommitId third = history.write(second, files({{"/a", file("3\n")}}), "next\n");
    history.set_main(third);
    history.set_pending(third);
    history.clear_pending();
    CHECK(history.main() == third);
    CHECK(names_in(site.directory.path()) == std::vector<std::string>{"history.git", "included"}); // no hook has run
    CHECK(eve.history.main() == evil);
}

TEST_CASE("history: extensions of git's are refused by name, for they keep objects and references elsewhere") {
    Site site;
    site.commit(files({{"/a", file("1\n")}}));
    write_file(site.path + "/config", "[core]\n\trepositoryformatversion = 1\n[Extensions]\n\trefStorage = reftable\n");
    CHECK(objection(site) ==
          "opening the history H: its config has [extensions], which this version does not know; name "
          "another place with the option history");
}

TEST_CASE("history: once it is open, it stays the same one whatever its path leads to by then") {
    Site site, other;
    const CommitId id = site.commit(files({{"/a", file("1\n")}}));
    const CommitId next = site.commit(files({{"/a", file("2\n")}}));
    other.commit(files({{"/b", file("3\n")}}));
    const History history(site.path);
    const std::string away = site.path + ".away";
    REQUIRE(std::rename(site.path.c_str(), away.c_str()) == 0);
    make_link(site.path, other.path);
    CHECK(history.main() == next);
    CHECK(history.read(id).files.at("/a") == file("1\n"));
    REQUIRE(unlink(site.path.c_str()) == 0);
    REQUIRE(std::rename(away.c_str(), site.path.c_str()) == 0);
}

TEST_CASE("history: what a killed run left is removed, and not what links in it lead to") {
    Site site;
    site.commit(files({{"/a", file("1\n")}}));
    const std::string precious = site.directory.path() + "/precious";
    make_directory(precious);
    write_file(precious + "/file", "x");
    make_directory(site.path + ".new");
    make_link(site.path + ".new/link", precious);
    make_directory(site.path + "/"s + HistoryDirectory::staging);
    site.history.remove_leftovers();
    make_link(site.path + ".new", precious);
    site.history.remove_leftovers();
    CHECK(names_in(site.directory.path()) == std::vector<std::string>{"history.git", "precious"});
    CHECK(names_in(precious) == std::vector<std::string>{"file"});
}

TEST_CASE("history: a damaged reference is an error") {
    Site site;
    const CommitId id = site.commit(files({{"/a", file("1\n")}}));
    for (const std::string& text :
         {""s, "ref: refs/heads/other\n"s, id.substr(1) + "\n", id + "0\n", "x" + id.substr(1) + "\n"}) {
        write_file(site.path + "/refs/heads/main", text);
        CHECK(error_of([&] { site.history.main(); }).starts_with("reading refs/heads/main of the history "));
    }
}

TEST_CASE("history: a reference that git has packed is taken out alone") {
    Site site;
    const CommitId first = site.commit(files({{"/a", file("1\n")}}));
    const CommitId second = site.commit(files({{"/a", file("2\n")}}));
    site.history.set_pending(first);
    site.git({"-c", "user.name=a", "-c", "user.email=a@b", "tag", "-a", "-m", "x", "v1", first});
    site.git({"pack-refs", "--all"});
    REQUIRE(site.history.pending() == first);
    site.history.clear_pending();
    CHECK_FALSE(site.history.pending());
    CHECK(site.history.main() == second);
    CHECK(site.git({"rev-parse", "v1^{commit}"}) == first + "\n");
    CHECK(site.git({"for-each-ref", "--format=%(refname)"}) == "refs/heads/main\nrefs/tags/v1\n");
    site.require_sound();
}

TEST_CASE("history: a repository that another run makes meanwhile is seen") {
    Site site;
    const History early(site.path);
    CHECK(!early.main());
    const CommitId id = site.commit({});
    CHECK(early.main() == id);
}

TEST_CASE("history: a run that was killed leaves nothing in the way") {
    Site site;
    make_directory(site.path + ".new");
    make_directory(site.path + ".new/objects", 0755);
    write_file(site.path + ".new/config.lock", "[core");
    const CommitId id = site.commit(files({{"/a", file("1\n")}}));
    CHECK(names_in(site.directory.path()) == std::vector<std::string>{"history.git"});
    write_file(site.path + "/refs/heads/main.lock", "");
    site.history.set_main(id);
    CHECK(names_in(site.path + "/refs/heads") == std::vector<std::string>{"main"});
    site.history.set_pending(id);
    write_file(site.path + "/refs/bulwark/pending.lock", "");
    write_file(site.path + "/packed-refs.lock", "");
    site.history.clear_pending();
    CHECK(!site.history.pending());
    CHECK(site.history.main() == id);
    site.require_sound();
}

namespace {

bool has_staging(const Site& site) {
    const std::vector<std::string> names = names_in(site.path + "/objects");
    return std::find(names.begin(), names.end(), "tmp_objdir-bulwark") != names.end();
}

} // namespace

TEST_CASE("history: what a killed run left is removed without writing anything new") {
    Site site;
    site.history.remove_leftovers(); // there is none yet, and nothing is made
    CHECK(names_in(site.directory.path()).empty());
    const CommitId id = site.commit(files({{"/a", file("1\n")}}));
    make_directory(site.path + "/objects/tmp_objdir-bulwark");
    make_directory(site.path + "/objects/tmp_objdir-bulwark/ab");
    write_file(site.path + "/objects/tmp_objdir-bulwark/ab/tmp_object_git2_0", "half");
    write_file(site.path + "/refs/heads/main.lock", "");
    make_directory(site.path + ".new");
    site.history.remove_leftovers();
    CHECK(names_in(site.directory.path()) == std::vector<std::string>{"history.git"});
    CHECK(names_in(site.path + "/refs/heads") == std::vector<std::string>{"main"});
    CHECK_FALSE(has_staging(site));
    CHECK(site.history.main() == id);
    site.require_sound();
}

TEST_CASE("history: what keeps a reference from being written is named, and the history stays as it was") {
    Site site;
    const CommitId first = site.commit(files({{"/a", file("1\n")}}));
    const CommitId second = site.history.write(first, files({{"/a", file("2\n")}}), "next\n");
    const std::string lock = site.path + "/refs/heads/main.lock", place = site.path + "/refs/bulwark";
    make_directory(lock); // which is no file that a killed run has left
    CHECK(error_of([&] { site.history.set_main(second); }) == "creating " + lock + ": File exists");
    REQUIRE(rmdir(lock.c_str()) == 0);
    write_file(place, "");
    CHECK(error_of([&] { site.history.set_pending(second); }) ==
          "creating " + place + "/pending.lock: Not a directory");
    CHECK(error_of([&] { site.history.pending(); }).ends_with("refs/bulwark/pending: Not a directory"));
    REQUIRE(unlink(place.c_str()) == 0);
    REQUIRE(std::rename((site.path + "/refs").c_str(), (site.path + "/away").c_str()) == 0);
    write_file(site.path + "/refs", "");
    CHECK(error_of([&] { site.history.set_pending(second); }) ==
          "creating " + place + "/pending.lock: Not a directory");
    REQUIRE(std::rename((site.path + "/away").c_str(), (site.path + "/refs.new").c_str()) == 0);
    REQUIRE(unlink((site.path + "/refs").c_str()) == 0);
    REQUIRE(std::rename((site.path + "/refs.new").c_str(), (site.path + "/refs").c_str()) == 0);
    CHECK(site.history.main() == first);
    CHECK_FALSE(site.history.pending());
}

TEST_CASE("history: it may lie directly in the root directory" * doctest::skip(!is_superuser())) {
    const TemporaryDirectory directory;
    CHECK(in_child([&]() -> std::string {
              checked(chroot(directory.path().c_str()));
              History history("/history.git");
              const CommitId id = history.write({}, files({{"/a", file("1\n")}}), "a change\n");
              history.set_main(id);
              return history.main() == id ? "written" : "lost";
          }) == "written");
    CHECK(names_in(directory.path()) == std::vector<std::string>{"history.git"});
}

TEST_CASE("history: a commit that would hold no file at all is refused") {
    const TemporaryDirectory directory;
    GitRepository repository(directory.path() + "/history.git");
    CHECK(error_of([&] { repository.write({}, {}, "nothing\n"); }) ==
          "writing a commit in the history " + directory.path() + "/history.git: no file would be left in it");
}

TEST_CASE("history: objects that a killed run left half written are written again") {
    Site site;
    site.commit(files({{"/b", file("2\n")}}));
    make_directory(site.path + "/objects/tmp_objdir-bulwark");
    make_directory(site.path + "/objects/tmp_objdir-bulwark/d0");
    write_file(site.path + "/objects/tmp_objdir-bulwark/d0/0491fd7e5bb6fa28c517a0bb32b8b506539d4d", ""); // of "1\n"
    site.commit(files({{"/a", file("1\n")}}));
    CHECK_FALSE(has_staging(site));
    site.require_sound();
}

TEST_CASE("history: when the disk is full, it stays as it was") {
    Site site;
    const CommitId id = site.commit(files({{"/a", file("1\n")}}));
    std::string incompressible;
    for (unsigned i = 1; i < 100'000; ++i)
        incompressible += static_cast<char>(i * i * 2654435761U >> 24);
    const std::string error = in_child([&] {
        const rlimit small{10'000, 10'000};
        setrlimit(RLIMIT_FSIZE, &small);
        std::signal(SIGXFSZ, SIG_IGN);
        return error_of([&] { site.commit(files({{"/a", file(incompressible)}})); });
    });
    CAPTURE(error);
    CHECK(error.starts_with("writing a commit in the history " + site.path + ": "));
    CHECK(error.find("File too large") != std::string::npos);
    CHECK(site.history.main() == id);
    site.require_sound();
    const CommitId next = site.commit(files({{"/a", file(incompressible)}}));
    CHECK(site.history.read(next).files.at("/a") == file(incompressible));
}

TEST_CASE("history: an administrator may pack it") {
    Site site;
    const CommitId first = site.commit(files({{"/a", file("1\n")}}));
    const CommitId second = site.commit(files({{"/a", file("2\n")}}));
    site.history.set_pending(first);
    site.git({"gc", "--quiet", "--prune=now"});
    REQUIRE(site.count_objects() == 0);
    CHECK(site.history.main() == second);
    CHECK(site.history.pending() == first);
    CHECK(History(site.path).past("/a") == std::vector<std::string>{"2\n", "1\n"});
    site.history.clear_pending();
    CHECK(!site.history.pending());
    const CommitId third = site.commit(files({{"/a", file("1\n")}, {"/b", file("2\n")}})); // blobs that are in the pack
    CHECK(site.history.parent(third) == second);
    CHECK(site.history.main() == third);
    site.require_sound();
}

TEST_CASE("history: a lost or damaged object is an error that says what it was needed for") {
    for (const auto& damage :
         {std::pair{"main:etc/inittab"s, "/etc/inittab, object"s}, std::pair{"main:.bulwark"s, "/.bulwark, object"s},
          std::pair{"main:etc"s, "/etc/inittab in commit"s}, std::pair{"main^{tree}"s, "/.bulwark in commit"s},
          std::pair{"main"s, "/.bulwark in commit"s}})
        for (const bool lost : {true, false}) {
            Site site;
            const CommitId id = site.commit(files({{"/etc/inittab", file("x\n")}}));
            const std::string object = site.object_file(damage.first);
            CAPTURE(damage.first);
            CAPTURE(lost);
            REQUIRE((lost ? unlink(object.c_str()) : chmod(object.c_str(), 0600)) == 0);
            if (!lost)
                write_file(object, file_text(site.path + "/HEAD"));
            const History again(site.path);
            const std::string error = error_of([&] { again.read(id); });
            CAPTURE(error);
            CHECK(error.starts_with("reading " + damage.second));
            CHECK(error.find(" of the history " + site.path + ": ") != std::string::npos);
            CHECK(error_of([&] { again.log(0, {}, true); }) != "");
            CHECK(error_of([&] { again.original(); }) != "");
        }
}

TEST_CASE("history: a commit of somebody else, or of a newer version, is not guessed at") {
    Site site;
    site.commit(files({{"/a", file("1\n")}}));
    SUBCASE("no .bulwark") {
        const CommitId id = site.commit_metadata(std::nullopt, "by hand");
        CHECK(error_of([&] { site.history.read(id); }) ==
              "reading the history " + site.path + ": commit " + id +
                  " has no .bulwark, so Bulwark has not made it; take it off the branch main");
    }
    SUBCASE("a new kind of fact") {
        const CommitId id = site.commit_metadata("file 0644 root system /a\nacl x /a\n", "new\n\nBulwark-Version: 9.1");
        CHECK(
            error_of([&] { site.history.read(id); }) ==
            "reading the history " + site.path + ": commit " + id +
                ", .bulwark, line 2: \"acl\" means nothing to this version of Bulwark; a newer one has written it, use "
                "that one (version 9.1 has made this commit)");
    }
    SUBCASE("a new kind of fact, and not a word of the version") {
        const CommitId id = site.commit_metadata("acl x /a\n", "new\n\nTicket: 7");
        CHECK(error_of([&] { site.history.read(id); }).ends_with("a newer one has written it, use that one"));
    }
    SUBCASE("a file that is not there") {
        const CommitId id = site.commit_metadata("file 0644 root system /b\n", "damaged");
        CHECK(error_of([&] { site.history.read(id); }) ==
              "reading the history " + site.path + ": commit " + id +
                  " lacks /b, of which its .bulwark tells; the history is damaged");
    }
}

TEST_CASE("history: a commit has many names") {
    const EnvironmentVariable zone("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
    tzset();
    Site site;
    const CommitId tree = site.history.write({}, files({{"/a", file("1\n")}}), "tree");
    const CommitId first = site.commit_by_hand(tree, "2026-11-18T12:00:00+0000", "first");
    const CommitId second = site.commit_by_hand(tree, "2026-11-20T19:06:31+0100", "second");
    const CommitId third = site.commit_by_hand(tree, "2026-11-20T23:59:59+0100", "third");
    const CommitId fourth = site.commit_by_hand(tree, "2026-11-21T00:00:00+0100", "fourth");
    for (const auto& named : {
             std::pair{"HEAD"s, fourth},
             std::pair{"main"s, fourth},
             std::pair{"HEAD~"s, third},
             std::pair{"HEAD^"s, third},
             std::pair{"HEAD^1"s, third},
             std::pair{"HEAD~0"s, fourth},
             std::pair{"HEAD~3"s, first},
             std::pair{"main~2"s, second},
             std::pair{"HEAD^^^"s, first},
             std::pair{"HEAD~1^~1"s, first},
             std::pair{second, second},
             std::pair{second.substr(0, 12), second},
             std::pair{"2026-11-20"s, third},
             std::pair{"2026-11-19"s, first},
             std::pair{"2030-01-01"s, fourth},
             std::pair{"2026-11-20T19:06:31"s, second},
             std::pair{"2026-11-20 19:06"s, first},
             std::pair{"2026-11-20T18:06:31Z"s, second},
             std::pair{"2026-11-20T13:06:31-05:00"s, second},
             std::pair{"2026-11-18T13:00"s, first},
         })
        CHECK_MESSAGE(site.history.resolve(named.first) == named.second, named.first);
    std::string upper = third;
    std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
    CHECK(site.history.resolve(upper) == third);
}

TEST_CASE("history: a name that means no commit is an error that says what exists") {
    const EnvironmentVariable zone("TZ", "UTC0");
    tzset();
    Site site;
    const CommitId tree = site.history.write({}, {}, "tree");
    const CommitId first = site.commit_by_hand(tree, "2026-11-18T12:00:00+0000", "first");
    const auto error = [&](const std::string& name) { return error_of([&] { site.history.resolve(name); }); };
    const std::string nothing = "the history " + site.path + " has no commit ";
    CHECK(error("HEAD~1") ==
          nothing + "HEAD~1: main has 1 commit, " + first.substr(0, 10) + " of 2026-11-18T12:00:00+00:00");
    const CommitId second = site.commit_by_hand(tree, "2026-11-20T12:00:00+0000", "second");
    const CommitId pending = site.history.write(second, {}, "pending");
    site.history.set_pending(pending);
    const std::string exists = ": main has 2 commits, from " + first.substr(0, 10) +
                               " of 2026-11-18T12:00:00+00:00 to " + second.substr(0, 10) +
                               " of 2026-11-20T12:00:00+00:00";
    for (const auto& name : {"HEAD~2"s, "main^^"s, "HEAD~999999999"s, "2026-11-18T11:59"s, "0000000"s, pending})
        CHECK(error(name) == nothing + name + exists);
    const std::string help =
        "\" names no commit: give the beginning of its id (four digits at least), HEAD~2, or a date like "
        "2026-11-20T19:06";
    for (const auto& name :
         {""s, "pending"s, "refs/bulwark/pending"s, "refs/heads/main"s, "HEAD^2"s, "HEAD~x"s, "HEAD@{1}"s,
          "HEAD~1234567890"s, "head"s, "master"s, second.substr(0, 3), second + "0", second + "~1"})
        CHECK(error(name) == "\"" + name + help);
    CHECK(error("2026-02-30").starts_with("2026-02-30 is not a date"));
}

TEST_CASE("history: an ambiguous beginning of an id is refused") {
    const Site site;
    std::string stream;
    for (int i = 0; i < 600; ++i) // these have no choice of an id, and two of them begin with 57db
        stream += "commit refs/heads/main\ncommitter Eve <eve@example.com> " + std::to_string(1'800'000'000 + i) +
                  " +0000\ndata 0\n\n";
    write_file(site.directory.path() + "/stream", stream);
    site.git({"init", "--quiet", "--bare", "--initial-branch=main"});
    const CommandResult imported =
        run({find_command("sh").value(), "-c", R"(exec "$0" --git-dir="$1" fast-import --quiet <"$2")",
             find_command("git").value(), site.path, site.directory.path() + "/stream"});
    REQUIRE_MESSAGE(imported.status == 0, imported.err);
    std::vector<CommitId> found;
    for (auto id = site.history.main(); id; id = site.history.parent(*id))
        if (id->starts_with("57db"))
            found.push_back(*id);
    REQUIRE(found.size() == 2);
    const std::string error = error_of([&] { site.history.resolve("57db"); });
    CHECK(error.starts_with("57db is the beginning of several commits, " + found[0].substr(0, 10) + " of 2027-01-15T"));
    CHECK(error.find(" and " + found[1].substr(0, 10) + " of 2027-01-15T") != std::string::npos);
    CHECK(error.ends_with("+00:00; give more of its digits"));
    CHECK(site.history.resolve(found[0].substr(0, 20)) == found[0]);
}

namespace {

/// Recorded, hardened, changed by hand, hardened again.
struct Past : Site {
    CommitId found, hardened, edited, again;

    Past() {
        Recorded as_found = files({{"/etc/inetd.conf", file("ftp\nshell\nlogin\n")},
                                   {"/etc/rc.no", missing},
                                   {"/usr/sbin/nfsd", mode_alone(0555)}});
        as_found.network_options["bcastping"] = "1";
        as_found.subsystems["snmpd"] = "active";
        found = commit(as_found, "record: as found\n\nBulwark-Version: 0.1.0\n");

        Recorded profile = files({{"/etc/inetd.conf", file("ftp\n#shell\nlogin\n")},
                                  {"/etc/rc.no", file("no -o bcastping=0\n", 0744)},
                                  {"/usr/sbin/nfsd", mode_alone(0)}});
        profile.network_options["bcastping"] = "0";
        profile.subsystems["snmpd"] = "inoperative";
        profile.actions = {{"refresh", "-s", "inetd"}};
        hardened = commit(profile, "harden: everything\n\nWhy.\n\nBulwark-Version: 0.1.0\nBulwark-Rules: a, b\n");

        Recorded by_hand =
            files({{"/etc/inetd.conf", file("ftp -l\n#shell\nlogin\n", 0600)}, {"/etc/motd", file("hi")}});
        by_hand.network_options["ipforwarding"] = "1";
        edited = commit(by_hand, "record: changed by hand\n");

        Recorded more = files({{"/etc/inetd.conf", file("ftp -l\n#shell\n#login\n", 0600)}, {"/etc/motd", missing}});
        more.network_options["ipforwarding"] = "0";
        again = commit(more, "inetd: disable login\n");
    }
};

std::vector<CommitId> ids(const std::vector<CommitInfo>& infos) {
    std::vector<CommitId> result;
    for (const CommitInfo& info : infos)
        result.push_back(info.id);
    return result;
}

/// "created /etc/rc.no\n" for each file.
std::string changes(const CommitInfo& info) {
    std::string text;
    for (const CommitInfo::File& changed : info.files)
        text += changed.change + " " + changed.path + "\n";
    return text;
}

} // namespace

TEST_CASE("history: the log tells of every commit what changed against the one before") {
    const Past site;
    const std::vector<CommitInfo> log = site.history.log(0, {}, false);
    REQUIRE(ids(log) == std::vector{site.again, site.edited, site.hardened, site.found});
    CHECK(changes(log[0]) == "modified /etc/inetd.conf\nremoved /etc/motd\n");
    CHECK(changes(log[1]) == "modified /etc/inetd.conf\ncreated /etc/motd\n");
    CHECK(changes(log[2]) == "modified /etc/inetd.conf\ncreated /etc/rc.no\nmode /usr/sbin/nfsd\n");
    CHECK(changes(log[3]) == "created /etc/inetd.conf\nmode /usr/sbin/nfsd\n");
    CHECK(log[2].subject == "harden: everything");
    CHECK(log[2].body == "Why.");
    CHECK(log[2].trailers ==
          std::vector<std::pair<std::string, std::string>>{{"Bulwark-Version", "0.1.0"}, {"Bulwark-Rules", "a, b"}});
    CHECK(log[2].files[0].diff == "");
}

TEST_CASE("history: the log can be of some paths, and of the last commits") {
    const Past site;
    CHECK(ids(site.history.log(2, {}, false)) == std::vector{site.again, site.edited});
    CHECK(ids(site.history.log(9, {}, false)).size() == 4);
    CHECK(ids(site.history.log(0, {"/etc/rc.no"}, false)) == std::vector{site.hardened, site.found});
    CHECK(ids(site.history.log(1, {"/etc/rc.no", "/usr/sbin/nfsd"}, false)) == std::vector{site.hardened});
    CHECK(ids(site.history.log(0, {"/etc/motd", "/etc/rc.no"}, false)) ==
          std::vector{site.again, site.edited, site.hardened, site.found});
    CHECK(ids(site.history.log(0, {"/etc"}, false)) == // a directory stands for what is below it
          ids(site.history.log(0, {"/etc/motd", "/etc/rc.no"}, false)));
    CHECK(is_meant("/etc/motd", {}));
    CHECK(ids(site.history.log(0, {"/etc/"}, false)) == ids(site.history.log(0, {"/etc"}, false)));
    CHECK(site.history.log(0, {"/et"}, false).empty());
}

TEST_CASE("history: the log shows differences of text, mode and owner") {
    const Past site;
    const std::vector<CommitInfo> log = site.history.log(0, {}, true);
    CHECK(log[0].files[1].diff == "--- before: /etc/motd\n+++ after: /etc/motd\n@@ -1 +0,0 @@\n-hi\n"
                                  "\\ No newline at end of file\n");
    CHECK(log[1].files[0].diff == "old mode 0644 root system\nnew mode 0600 root system\n"
                                  "--- before: /etc/inetd.conf\n+++ after: /etc/inetd.conf\n"
                                  "@@ -1,3 +1,3 @@\n-ftp\n+ftp -l\n #shell\n login\n");
    CHECK(log[2].files[2].diff == "old mode 0555 root system\nnew mode 0000 root system\n");
    CHECK(log[3].files[0].diff == "--- before: /etc/inetd.conf\n+++ after: /etc/inetd.conf\n@@ -0,0 +1,3 @@\n"
                                  "+ftp\n+shell\n+login\n");
    CHECK(log[3].files[1].diff == "");
}

TEST_CASE("history: the former texts of a file, each once") {
    Past site;
    CHECK(site.history.past("/etc/inetd.conf") == std::vector{"ftp -l\n#shell\n#login\n"s, "ftp -l\n#shell\nlogin\n"s,
                                                              "ftp\n#shell\nlogin\n"s, "ftp\nshell\nlogin\n"s});
    site.commit(files({{"/etc/inetd.conf", file("ftp\nshell\nlogin\n")}}));
    CHECK(site.history.past("/etc/inetd.conf") == std::vector{"ftp\nshell\nlogin\n"s, "ftp -l\n#shell\n#login\n"s,
                                                              "ftp -l\n#shell\nlogin\n"s, "ftp\n#shell\nlogin\n"s});
    CHECK(site.history.past("/usr/sbin/nfsd").empty());
    CHECK(site.history.past("/etc").empty());
    for (const char* const other : {"/nowhere", "/etc/inetd.conf/x", "etc/inetd.conf", "/", ""})
        CHECK(site.history.past(other).empty());
}

TEST_CASE("history: the original of everything is its first record") {
    const Past site;
    Recorded original = files({{"/etc/inetd.conf", file("ftp\nshell\nlogin\n")},
                               {"/etc/motd", file("hi")},
                               {"/etc/rc.no", missing},
                               {"/usr/sbin/nfsd", mode_alone(0555)}});
    original.network_options = {{"bcastping", "1"}, {"ipforwarding", "1"}};
    original.subsystems = {{"snmpd", "active"}};
    CHECK(site.history.original() == original);
}

TEST_CASE("history: a rollback wants what a commit knows, and of the rest the original") {
    const Past site;
    const RecordedTarget target = site.history.rollback_target(site.hardened.substr(0, 10));
    CHECK(target.id == site.hardened);
    CHECK(target.wanted.files == Files{{"/etc/inetd.conf", file("ftp\n#shell\nlogin\n")},
                                       {"/etc/motd", file("hi")},
                                       {"/etc/rc.no", file("no -o bcastping=0\n", 0744)},
                                       {"/usr/sbin/nfsd", mode_alone(0)}});
    CHECK(target.wanted.network_options ==
          std::map<std::string, std::string>{{"bcastping", "0"}, {"ipforwarding", "1"}});
    CHECK(target.wanted.subsystems == std::map<std::string, std::string>{{"snmpd", "inoperative"}});
    CHECK(target.wanted.actions.empty());
    CHECK(target.last == site.history.read(site.again));

    const RecordedTarget original = site.history.rollback_target("original");
    CHECK(original.id == "");
    CHECK(original.wanted == site.history.original());
    CHECK(original.last == target.last);
    CHECK(error_of([&] { site.history.rollback_target("nonsense"); }).starts_with("\"nonsense\" names no commit"));
}

TEST_CASE("history: a revert undoes what one commit changed and keeps what came later") {
    const Past site;
    CHECK(site.history.changed_paths("HEAD~2") ==
          std::map<std::string, bool>{{"/etc/inetd.conf", false}, {"/etc/rc.no", false}, {"/usr/sbin/nfsd", false}});
    std::map<std::string, FileState> now;
    now["/etc/inetd.conf"] = regular("ftp -l\n#shell\n#login\n", 0600);
    now["/etc/rc.no"] = regular("no -o bcastping=0\n", 0744);
    now["/usr/sbin/nfsd"] = regular("a program", 0, "bin");
    const RevertTarget target = site.history.revert_target("HEAD~2", now);
    CHECK(target.id == site.hardened);
    REQUIRE(target.files.size() == 3);
    CHECK(target.files.at("/etc/inetd.conf").file == file("ftp -l\nshell\n#login\n", 0600));
    CHECK(target.files.at("/etc/rc.no").file == missing);
    CHECK(target.files.at("/usr/sbin/nfsd").file == mode_alone(0555, "bin")); // who owns it, somebody else has changed
    CHECK(target.network_options == std::map<std::string, std::string>{{"bcastping", "1"}});
    CHECK(target.subsystems == std::map<std::string, std::string>{{"snmpd", "active"}});
    now.erase("/etc/rc.no");
    CHECK(error_of([&] { site.history.revert_target("HEAD~2", now); }) ==
          "reverting " + site.hardened.substr(0, 10) + ": /etc/rc.no has not been read");
}

TEST_CASE("history: a revert says where later changes contradict it") {
    const Past site;
    std::map<std::string, FileState> now;
    now["/etc/inetd.conf"] = regular("ftp\nshell by hand\nlogin\n");
    now["/etc/rc.no"] = regular("no -o bcastping=0\nno -o more=1\n", 0744);
    now["/usr/sbin/nfsd"] = FileState();
    const RevertTarget target = site.history.revert_target(site.hardened, now);
    REQUIRE(target.files.size() == 3);
    for (const auto& reverted : target.files)
        CHECK_MESSAGE(!reverted.second.file, reverted.first);
}

TEST_CASE("history: a file that a commit made or removed goes or comes back, unless it has changed since") {
    const FileState old = regular("old\n"), same = regular("new\n", 0744), other = regular("new\nmore\n", 0744);
    const FileState open = directory(0755).state, closed = directory(0700).state;
    const FileState here = link_to("here").state, there = link_to("there").state, bin = link_to("here", "bin").state;
    const FileState gone;
    FileState too_large = regular("", 0744);
    too_large.unread = true;
    struct Case {
        std::string title;
        FileState earlier, left, now;
        std::optional<FileState> reverted;
        bool written_to = false;
    };
    const std::vector<Case> cases{
        {"made, unchanged", gone, same, same, gone},
        {"made, gone since", gone, same, gone, gone},
        {"made, written to since", gone, same, other, std::nullopt, true},
        {"made, its mode changed since", gone, same, regular("new\n", 0700), std::nullopt, true},
        {"made, a directory now", gone, same, open, std::nullopt, true},
        {"a directory made", gone, open, open, gone},
        {"a directory made, its mode changed since", gone, open, closed, std::nullopt, true},
        {"a link made", gone, here, here, gone},
        {"a link made, elsewhere now", gone, here, there, std::nullopt, true},
        {"a directory removed", open, gone, gone, open},
        {"a directory removed, a file now", open, gone, old, std::nullopt},
        {"a link removed", here, gone, gone, here},
        {"the mode of a directory", open, closed, closed, open},
        {"the mode of a directory, a file now", open, closed, old, std::nullopt},
        {"another target", here, there, there, here},
        {"another target, a third one now", here, there, link_to("nowhere").state, std::nullopt},
        {"the owner of a link", here, bin, bin, here},
        {"a file in the place of a link", here, old, old, here},
        {"a file in the place of a link, changed since", here, old, other, std::nullopt},
        {"removed, still gone", old, gone, gone, old},
        {"removed, back since", old, gone, old, old},
        {"removed, another one there now", old, gone, other, std::nullopt},
        {"changed, gone since", old, same, gone, std::nullopt},
        {"changed, a directory now", old, same, open, std::nullopt},
        {"changed, too large to be read since", old, same, too_large, std::nullopt},
        {"changed, unchanged since", old, same, same, old},
        {"changed, undone since", old, same, old, old},
        {"mode and owner, both as left", regular("x", 0644), regular("x", 0600, "bin"), regular("y", 0600, "bin"),
         regular("y", 0644)},
        {"mode and owner, the mode changed since", regular("x", 0644), regular("x", 0600, "bin"),
         regular("x", 0640, "bin"), regular("x", 0640)},
    };
    for (const Case& one : cases) {
        CAPTURE(one.title);
        Site site;
        site.commit(files({{"/f", {one.earlier}}}));
        site.commit(files({{"/f", {one.left}}}));
        const RevertTarget target = site.history.revert_target("HEAD", {{"/f", one.now}});
        REQUIRE(target.files.size() == 1);
        const auto reverted = target.files.at("/f").file;
        CHECK(target.files.at("/f").written_to == one.written_to);
        CHECK(reverted.has_value() == one.reverted.has_value());
        if (reverted && one.reverted)
            CHECK(*reverted == Recorded::File{*one.reverted});
    }
}

TEST_CASE("history: undoing what a commit did to a log is not about what others have written to it") {
    const Recorded::File log{regular("", 0640), Interest::log}, closed{regular("", 0600), Interest::log};
    const FileState written = regular("login\n", 0600);
    const struct {
        std::string title;
        Recorded::File earlier, left;
        FileState now;
        std::optional<Recorded::File> reverted;
    } cases[] = {
        {"its mode", log, closed, written, log},
        {"made, and written to since", missing, closed, written, std::nullopt},
        {"made, and nothing written to it", missing, closed, closed.state, missing},
        {"removed", log, missing, missing.state, log},
        {"removed, another one there now", log, missing, written, std::nullopt},
    };
    for (const auto& one : cases) {
        CAPTURE(one.title);
        Site site;
        site.commit(files({{"/f", one.earlier}}));
        site.commit(files({{"/f", one.left}}));
        CHECK(site.history.revert_target("HEAD", {{"/f", one.now}}).files.at("/f").file == one.reverted);
    }
}

TEST_CASE("history: of a file that a commit made, what a later run did to it stands in the way of a revert") {
    Site site;
    site.commit(files({{"/etc/rc.no", missing}}));
    site.commit(files({{"/etc/rc.no", file("no -o bcastping=0\n")}}));
    site.commit(files({{"/etc/rc.no", file("no -o bcastping=1\n")}}));
    for (const auto& [now, written_to] : {std::pair{"no -o bcastping=1\n", false}, {"by hand\n", true}}) {
        const RevertTarget target = site.history.revert_target("HEAD~1", {{"/etc/rc.no", regular(now)}});
        CHECK_FALSE(target.files.at("/etc/rc.no").file);
        CHECK(target.files.at("/etc/rc.no").written_to == written_to);
    }
}

TEST_CASE("history: a file that a later commit has brought back, or removed again, is reverted already") {
    Site site;
    site.commit(files({{"/etc/a", file("old\n")}, {"/etc/b", missing}}));
    const CommitId commit = site.commit(files({{"/etc/a", missing}, {"/etc/b", file("new\n")}}));
    site.commit(files({{"/etc/a", file("old\n")}, {"/etc/b", missing}}));
    const FileState a = regular("old\nand more\n"), b = regular("another one\n");
    const RevertTarget target = site.history.revert_target(commit, {{"/etc/a", a}, {"/etc/b", b}});
    CHECK(target.files.at("/etc/a").file == Recorded::File{a});
    CHECK(target.files.at("/etc/b").file == Recorded::File{b});
    CHECK_FALSE(target.files.at("/etc/b").written_to);
}

TEST_CASE("history: a commit that recorded of a file its mode alone is reverted without regard to its text") {
    Site site;
    site.commit(files({{"/var/adm/auth.log", file("", 0640)}}));
    site.commit(files({{"/var/adm/auth.log", mode_alone(0600)}}));
    const RevertTarget target = site.history.revert_target("HEAD", {{"/var/adm/auth.log", regular("login\n", 0600)}});
    CHECK(target.files.at("/var/adm/auth.log").file == mode_alone(0640));
}

TEST_CASE("history: what a later commit by hand has forgotten, a revert does not touch") {
    Site site;
    Recorded before = files({{"/etc/rc.no", missing}}), after = files({{"/etc/rc.no", file("no -o bcastping=0\n")}});
    before.network_options["bcastping"] = "1";
    after.network_options["bcastping"] = "0";
    site.commit(before);
    const CommitId reverted = site.commit(after);
    site.commit_metadata("", "by hand");
    const RevertTarget target = site.history.revert_target(reverted, {{"/etc/rc.no", regular("by hand\n")}});
    CHECK_FALSE(target.files.at("/etc/rc.no").file);
    CHECK(target.files.at("/etc/rc.no").written_to);
    CHECK(target.network_options.empty());
}

TEST_CASE("history: what is said of changed directories and links") {
    Site site;
    site.commit(files({{"/etc/rc.d", directory()}, {"/etc/rc.d/S01", link_to("../x")}, {"/etc/rc.e", missing}}));
    site.commit(
        files({{"/etc/rc.d", directory(0700)}, {"/etc/rc.d/S01", link_to("../y", "bin")}, {"/etc/rc.e", directory()}}));
    site.commit(files({{"/etc/rc.d", missing}, {"/etc/rc.d/S01", missing}, {"/etc/rc.e", file("now a file\n")}}));
    const std::vector<CommitInfo> log = site.history.log(0, {}, true);
    CHECK(changes(log[0]) == "removed /etc/rc.d\nremoved /etc/rc.d/S01\nmodified /etc/rc.e\n");
    CHECK(changes(log[1]) == "mode /etc/rc.d\nmodified /etc/rc.d/S01\ncreated /etc/rc.e\n");
    CHECK(changes(log[2]) == "created /etc/rc.d\ncreated /etc/rc.d/S01\n");
    CHECK(log[0].files[0].diff == "old directory 0700 root system\n");
    CHECK(log[0].files[1].diff == "old link - bin system\n--- before: /etc/rc.d/S01\n+++ after: /etc/rc.d/S01\n"
                                  "@@ -1 +0,0 @@\n-../y\n\\ No newline at end of file\n");
    CHECK(log[0].files[2].diff == "old directory 0755 root system\nnew mode 0644 root system\n"
                                  "--- before: /etc/rc.e\n+++ after: /etc/rc.e\n@@ -0,0 +1 @@\n+now a file\n");
    CHECK(log[1].files[0].diff == "old directory 0755 root system\nnew directory 0700 root system\n");
    CHECK(log[2].files[0].diff == "new directory 0755 root system\n");
    CHECK(site.history.changed_paths("HEAD") ==
          std::map<std::string, bool>{{"/etc/rc.d", false}, {"/etc/rc.d/S01", true}, {"/etc/rc.e", false}});
}

TEST_CASE("history: a user whose number alone is another one now is shown with it, and a new name is no change") {
    Site site;
    FileState bob = regular("x\n"), other = bob, renamed = bob;
    bob.owner = {"bob", 500};
    renamed.owner = {"robert", 500};
    other.owner = {"bob", 777};
    site.commit(files({{"/f", {bob}}}));
    site.commit(files({{"/f", {renamed}}}));
    site.commit(files({{"/f", {other}}}));
    const std::vector<CommitInfo> log = site.history.log(0, {}, true);
    CHECK(changes(log[1]) == "");
    CHECK(changes(log[0]) == "mode /f\n");
    CHECK(log[0].files[0].diff == "old mode 0644 robert system\nnew mode 0644 bob system\n");
    CHECK(state_diff("/f", bob, other) == "old mode 0644 bob:500 system\nnew mode 0644 bob:777 system\n");
}

TEST_CASE("history: what a commit only saw for the first time, its revert leaves alone") {
    const Past site;
    CHECK(site.history.changed_paths("HEAD~3").empty());
    const RevertTarget first = site.history.revert_target("HEAD~3", {});
    CHECK(first.files.empty());
    CHECK(first.network_options.empty());
    CHECK(first.subsystems.empty());
    CHECK(site.history.changed_paths("HEAD~1") == std::map<std::string, bool>{{"/etc/inetd.conf", false}});
    const RevertTarget by_hand =
        site.history.revert_target("HEAD~1", {{"/etc/inetd.conf", regular("ftp -l\n#shell\n#login\n", 0600)}});
    CHECK(by_hand.files.size() == 1);
    CHECK(by_hand.files.at("/etc/inetd.conf").file == file("ftp\n#shell\n#login\n", 0644));
    CHECK(by_hand.network_options.empty());
}

TEST_CASE("history: a value that a later commit changed again stays") {
    Site site;
    const auto set = [&](const std::string& value) {
        Recorded recorded;
        recorded.network_options["bcastping"] = value;
        return site.commit(recorded);
    };
    set("1");
    const CommitId reverted = set("0");
    CHECK(site.history.revert_target(reverted, {}).network_options.at("bcastping") == "1");
    set("2");
    CHECK(site.history.revert_target(reverted, {}).network_options.empty());
}
