#include "plan/crontab.hpp"

#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

const std::string spool = "/var/spool/cron/crontabs";
const std::string root_path = spool + "/root";
const std::string lines = "# queue\n10,40 * * * * /usr/lib/sendmail -q\n";

CronJob queue(JobState state = JobState::present, const std::string& user = "root") {
    return {user, {.name = "queue", .minute = "10,40", .command = "/usr/lib/sendmail -q"}, state};
}

/// The spool directory of AIX and in it, if a text is given, root's crontab.
Snapshot with_crontab(const std::optional<std::string>& text) {
    Snapshot snapshot = with_directory(spool, text ? with_file(root_path, *text) : with_files({}, {root_path}));
    snapshot.files[spool].owner = "bin";
    snapshot.files[spool].group = "cron";
    return snapshot;
}

Snapshot with_users(Snapshot snapshot) {
    snapshot.files["/etc/passwd"] = regular_file("root:!:0:0::/:/usr/bin/ksh\nuucp:!:5:5::/usr/lib/uucp:\n");
    snapshot.files[spool + "/uucp"] = regular_file("0 1 * * * poll\n", 0600);
    return snapshot;
}

} // namespace

TEST_CASE("crontab: a job is added and removed, and nothing else touched") {
    CHECK(ensured(queue(), with_crontab("0 1 * * * x")).text(root_path) == "0 1 * * * x\n" + lines);
    CHECK(ensured(queue(JobState::absent), with_crontab("0 1 * * * x\n" + lines)).text(root_path) == "0 1 * * * x\n");
    CHECK(ensured(queue(JobState::absent), with_crontab(lines)).text(root_path) == ""); // there, and empty
    CHECK(complies(queue(), with_crontab(lines)));
    CHECK(complies(queue(JobState::absent), with_crontab("0 1 * * * x")));
}

TEST_CASE("crontab: one that is missing is made, for root and the group of its directory alone to read") {
    const FileState made = ensured(queue(), with_crontab(std::nullopt)).files.at(root_path);
    CHECK(made.text == lines);
    CHECK(made.mode == 0600);
    CHECK(made.owner == "root");
    CHECK(made.group == "cron");
    CHECK(complies(queue(JobState::absent), with_crontab(std::nullopt)));
}

TEST_CASE("crontab: without cron's directory there is no job to add, and none to remove") {
    Snapshot no_cron = with_files({}, {spool, root_path});
    CHECK_THROWS_WITH_AS(
        ensure(queue(), no_cron),
        "/var/spool/cron/crontabs does not exist, so there is no cron to run a job; install cron first", MissingFile);
    CHECK(complies(queue(JobState::absent), with_files({}, {spool, root_path})));
    CHECK(refusal(queue(), with_files({{spool, ""}}, {root_path})) ==
          "/var/spool/cron/crontabs is no directory, so there is no place for a crontab; nothing was changed");
}

TEST_CASE("crontab: what the file does not take is told with its path, and a directory in its place is refused") {
    CHECK(refusal(queue(), with_crontab("# queue\n0 1 * * * x\n" + lines)) ==
          root_path + ", lines 2 and 4: two jobs have the name 'queue'; remove one of them, or its comment line");
    CHECK(refusal(queue(), with_directory(root_path, with_crontab(""))) ==
          root_path + " is a directory, not a regular file; nothing was changed");
}

TEST_CASE("crontab: another user has a crontab of his own, and must be there on the live host") {
    const Snapshot here = live(with_users(with_crontab(lines)));
    CHECK(ensured(queue(JobState::present, "uucp"), here).text(spool + "/uucp") == "0 1 * * * poll\n" + lines);
    Snapshot nobody = here;
    nobody.files[spool + "/uuc"] = FileState{};
    CHECK(refusal(queue(JobState::present, "uuc"), nobody) ==
          "user uuc: /etc/passwd has no such user, whose jobs cron could run; check the name");
    CHECK(needs(queue(), here).files == std::set<std::string>{spool, root_path});
    CHECK(needs(queue(JobState::present, "uucp"), here).files ==
          std::set<std::string>{"/etc/passwd", spool, spool + "/uucp"});
    CHECK(needs(queue(JobState::present, "uucp"), Snapshot()).files == std::set<std::string>{spool, spool + "/uucp"});
}

TEST_CASE("crontab: the summary names the job, or its command, and whose it is if it is not root's") {
    CHECK(summary(queue()) == "schedule queue");
    CHECK(summary(queue(JobState::absent, "uucp")) == "unschedule queue of uucp");
    CHECK(summary({"root", {.command = "x -y"}}) == "schedule x -y");
}
