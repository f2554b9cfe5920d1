#include "document/crontab.hpp"

#include "error.hpp"
#include "support/sample.hpp"

#include <doctest/doctest.h>

using namespace bulwark;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

const std::string mail_name = "process the outgoing mail queue twice an hour.";
const std::string mail_command = "/usr/lib/sendmail -q > /dev/null 2>&1";
const std::string mail_line = "10,40 * * * * /usr/lib/sendmail -q > /dev/null 2>&1\n";
const std::string mail_lines = "# process the outgoing mail queue twice an hour.\n" + mail_line;

CrontabJob job(std::string name, std::string command, std::string minute = "*", std::string hour = "*") {
    return {
        .name = std::move(name), .minute = std::move(minute), .hour = std::move(hour), .command = std::move(command)};
}

CrontabJob mail() { return job(mail_name, mail_command, "10,40"); }

/// The same job without its name.
CrontabJob nameless(CrontabJob job) {
    job.name.clear();
    return job;
}

/// The text once `job` is set, which setting it again must leave alone.
std::string with(const CrontabJob& job, std::string_view text) {
    Crontab crontab = Crontab::parse(text);
    crontab.set(job);
    const Crontab once = crontab;
    crontab.set(job);
    CHECK(crontab == once);
    CHECK(crontab == Crontab::parse(crontab.text())); // what the edit says it has made is what is there
    return once.text();
}

std::string without(const CrontabJob& job, std::string_view text) {
    Crontab crontab = Crontab::parse(text);
    const bool removed = crontab.remove(job);
    CHECK(removed == (crontab.text() != text));
    const Crontab once = crontab;
    CHECK(!crontab.remove(job));
    CHECK(crontab == once);
    CHECK(crontab == Crontab::parse(crontab.text()));
    return once.text();
}

std::string refusal(const CrontabJob& job, std::string_view text = "") {
    Crontab crontab = Crontab::parse(text);
    try {
        crontab.set(job);
    } catch (const Error& error) {
        CHECK(crontab.text() == text);
        return error.what();
    }
    return {};
}

/// All fields of all jobs with `|` between them.
std::vector<std::string> jobs(std::string_view text) {
    std::vector<std::string> found;
    for (const CrontabJob& job : Crontab::parse(text).jobs())
        found.push_back(std::to_string(job.line) + "|" + job.name + "|" + job.minute + "|" + job.hour + "|" + job.day +
                        "|" + job.month + "|" + job.weekday + "|" + job.command);
    return found;
}

} // namespace

TEST_CASE("crontab: a job has five fields and a command, and the comment line directly above it for a name") {
    const struct {
        std::string_view text;
        std::vector<std::string> found;
    } cases[] = {
        {"0 11 * * * /usr/bin/errclear -d S,O 30\n", {"1||0|11|*|*|*|/usr/bin/errclear -d S,O 30"}},
        {"\t0\t11 1-5,7  *\t0 \t echo  a\tb \t\r\n", {"1||0|11|1-5,7|*|0|echo  a\tb"}},
        {"# a name\n* * * * * x", {"2|a name|*|*|*|*|*|x"}},
        {"#   a name \t\r\n* * * * * x\r\n", {"2|a name|*|*|*|*|*|x"}},
        {"#Ansible: a name\n* * * * * x\n", {"2|a name|*|*|*|*|*|x"}}, // of ansible.builtin.cron
        {"# Ansible: a name\n* * * * * x\n", {"2|Ansible: a name|*|*|*|*|*|x"}},
        {"## a\n* * * * * x\n", {"2|# a|*|*|*|*|*|x"}},
        {"# a\n\n* * * * * x\n", {"3||*|*|*|*|*|x"}},
        {"#\n* * * * * x\n", {"2||*|*|*|*|*|x"}},
        {" # a\n* * * * * x\n", {"2||*|*|*|*|*|x"}},              // comments begin in the first column
        {"# a\n#0 3 * * * y\n* * * * * x\n", {"3||*|*|*|*|*|x"}}, // a disabled job is no name
        {"# 0 3 * * * y\n* * * * * x\n", {"2||*|*|*|*|*|x"}},
        {"# a\n* * * * * x\n* * * * * y\n", {"2|a|*|*|*|*|*|x", "3||*|*|*|*|*|y"}},
        {"*/5 * * jan mon-fri x\n", {"1||*/5|*|*|jan|mon-fri|x"}}, // AIX's cron would not take it; a job all the same
        {"0 0 * JAN MON-Fri x\n", {"1||0|0|*|JAN|MON-Fri|x"}},
        {"# 0 0 * * MON y\n* * * * * x\n", {"2||*|*|*|*|*|x"}}, // a disabled job too
        {"# 0 0 * * {MON} y\n* * * * * x\n", {"2|0 0 * * {MON} y|*|*|*|*|*|x"}},
        {"0 0 * * * date +\\%d%one%two\n", {"1||0|0|*|*|*|date +\\%d%one%two"}},
        {"* * * * * caf\xe9 \0\n"sv, {"1||*|*|*|*|*|caf\xe9 \0"s}},
        {"* * * * *\n", {}},
        {"* * * * * \n", {}},
        {"@daily x y z a b\n", {}},
        {"MAILTO=root a b c d e\n", {}},
        {"this is no job at all\n", {}},
        {"#* * * * * x\n", {}},
        {"", {}},
        {"\n \t\r\n", {}},
    };
    for (const auto& example : cases) {
        CAPTURE(example.text);
        CHECK(jobs(example.text) == example.found);
    }
}

TEST_CASE("crontab: the jobs of AIX as it is shipped, none of the disabled ones") {
    CHECK(jobs(sample("aix-4.3.3/var/spool/cron/crontabs/root")) ==
          std::vector<std::string>{"4||0|11|*|*|*|/usr/bin/errclear -d S,O 30",
                                   "5||0|12|*|*|*|/usr/bin/errclear -d H 90",
                                   "6||0,5,10,15,20,25,30,35,40,45,50,55|*|*|*|*|/usr/sbin/dumpctrl -k >/dev/null "
                                   "2>/dev/null"});
}

TEST_CASE("crontab: a new job goes to the end, its name above it, as the tutorial writes it") {
    const std::string root = sample("aix-4.3.3/var/spool/cron/crontabs/root");
    CHECK(with(mail(), root) == root + mail_lines);
    CHECK(with(mail(), "") == mail_lines);
    CHECK(with(nameless(mail()), "") == mail_line);
    CHECK(with(mail(), "0 1 * * * x") == "0 1 * * * x\n" + mail_lines);
    CHECK(with(mail(), "0 1 * * * x\r\n") ==
          "0 1 * * * x\r\n# " + mail_name + "\r\n10,40 * * * * " + mail_command + "\r\n");
    CHECK(with(mail(), "#10,40 * * * * " + mail_command + "\n") ==
          "#10,40 * * * * " + mail_command + "\n" + mail_lines); // a disabled job is not the job
    CrontabJob all = job(" a b \t", "\t/x  y ", "0", "1-3");
    all.day = "31";
    all.month = "12";
    all.weekday = "0,6";
    CHECK(with(all, "") == "# a b\n0 1-3 31 12 0,6 /x  y\n");
}

TEST_CASE("crontab: a job without a name does not take its name from the comment that the file ends with") {
    const std::string line = "5 * * * * x\n";
    CHECK(with(job("", "x", "5"), "# header\n") == "# header\n#\n" + line);
    CHECK(with(job("", "x", "5"), "# header") == "# header\n#\n" + line);
    CHECK(with(job("", "x", "5"), "# header\r\n") == "# header\r\n#\r\n5 * * * * x\r\n");
    CHECK(with(job("", "x", "5"), "#\n") == "#\n" + line);
    CHECK(with(job("", "x", "5"), "#0 3 * * * y\n") == "#0 3 * * * y\n" + line);
    CHECK(without(job("", "x", "5"), "# header\n#\n" + line) == "# header\n#\n");
}

TEST_CASE("crontab: a job found by its name gets the fields that differ, and no other byte changes") {
    const std::string before = "0 1 * * * first\n# a\n 5\t 6  * *\t* /old command \t\r\n0 2 * * * last";
    const auto after = [](const std::string& line) { return "0 1 * * * first\n# a\n" + line + "\r\n0 2 * * * last"; };
    CHECK(with(job("a", "/old command", "5", "6"), before) == before);
    CHECK(with(job("a", "/old command", "05", "6-6"), before) == before); // the same times
    CHECK(with(job("a", "/new", "5", "6"), before) == after(" 5\t 6  * *\t* /new \t"));
    CHECK(with(job("a", "/old  command", "5", "6"), before) == after(" 5\t 6  * *\t* /old  command \t"));
    CHECK(with(job("a", "/old command", "10,40", "6"), before) == after(" 10,40\t 6  * *\t* /old command \t"));
    CrontabJob all = job("a", "/new", "0", "1");
    all.day = "2";
    all.month = "3";
    all.weekday = "4";
    CHECK(with(all, before) == after(" 0\t 1  2 3\t4 /new \t"));
    CHECK(with(job("a", "x", "0", "0"), "#Ansible: a\n*/10 * * * * x\n") == "#Ansible: a\n0 0 * * * x\n");
    CHECK(with(job("a", "x", "0", "0"), "# a\n0 0 * * * x\n0 0 * * * x\n") == "# a\n0 0 * * * x\n0 0 * * * x\n");
}

TEST_CASE("crontab: a job of the same schedule and command is not added again, and gets the name if it has none") {
    CHECK(with(mail(), mail_line) == mail_lines);
    CHECK(with(mail(), "\n40,10\t* * * *\t" + mail_command + " ") ==
          "\n# " + mail_name + "\n40,10\t* * * *\t" + mail_command + " ");
    CHECK(with(mail(), "0 1 * * * x\r\n10,40 * * * * " + mail_command + "\r\n") ==
          "0 1 * * * x\r\n# " + mail_name + "\r\n10,40 * * * * " + mail_command + "\r\n");
    for (const std::string& text : {"# of somebody else\n" + mail_line, "#Ansible: queue\n" + mail_line})
        CHECK(with(mail(), text) == text); // another tool may go by that comment
    for (const std::string& text : {mail_line, mail_lines, "# of somebody else\n" + mail_line, mail_line + mail_line})
        CHECK(with(nameless(mail()), text) == text);
    CHECK(with(mail(), "#0 3 * * * x\n" + mail_line) == "#0 3 * * * x\n" + mail_lines);
    CHECK(with(mail(), "#\n" + mail_line) == "#\n" + mail_lines);
}

TEST_CASE("crontab: schedules are the same if they are true at the same times") {
    const struct {
        CrontabJob wanted;
        std::string_view there;
        bool same;
    } cases[] = {
        {job("", "x", "10,40"), "40,10 * * * * x\n", true},
        {job("", "x", "0-3"), "0,1,2,3 * * * * x\n", true},
        {job("", "x", "0-1,3,2-3"), "0-3 * * * * x\n", true},
        {job("", "x", "0-59", "0-23"), "* * * * * x\n", true},
        {job("", "x", "07"), "7 * * * * x\n", true},
        {{.month = "1-12", .command = "x"}, "* * * * * x\n", true},
        {{.day = "1-31", .command = "x"}, "* * * * * x\n", false}, // with a weekday beside it, it would be every day
        {{.weekday = "0-6", .command = "x"}, "* * * * * x\n", false},
        {job("", "x", "1", "2"), "2 1 * * * x\n", false},
        {job("", "x", "10"), "10,40 * * * * x\n", false},
        {job("", "x y"), "* * * * * x  y\n", false},
        {job("", "x", "0,10,20,30,40,50"), "*/10 * * * * x\n", false}, // which AIX's cron does not know
    };
    for (const auto& row : cases) {
        CAPTURE(row.there);
        CHECK((with(row.wanted, row.there) == row.there) == row.same);
        CHECK(without(row.wanted, row.there).empty() == row.same);
    }
}

TEST_CASE("crontab: a job goes with the comment line that names it") {
    const std::string others = "# first\n0 1 * * * x\n\n#0 2 * * * y\n";
    CHECK(without({.name = mail_name}, others + mail_lines + "0 3 * * * z") == others + "0 3 * * * z");
    CHECK(without(mail(), mail_lines) == "");
    CHECK(without({.name = "a"}, "# a\n0 1 * * * x\n#Ansible: a\r\n0 2 * * * y\r\n0 3 * * * z\n") ==
          "0 3 * * * z\n"); // every one of that name
    CHECK(without(nameless(mail()), others + mail_lines + mail_line + "0 3 * * * z\n") == others + "0 3 * * * z\n");
    CHECK(without(nameless(mail()), others + mail_line) == others); // a disabled job above it is not its name
    CHECK(without({.minute = "*/10", .command = "x"}, "*/10 * * * * x\n") == "");
    for (const CrontabJob& none : {job("b", ""), job("b", "x", "0", "1"), job("", "x", "1", "0"), CrontabJob{}})
        CHECK(without(none, others) == others);
}

TEST_CASE("crontab: a job that has no name gets none when the job above it goes") {
    CHECK(without({.name = "a"}, "# other\n# a\n0 1 * * * x\n0 2 * * * y\n") == "# other\n#\n0 2 * * * y\n");
    CHECK(without({.name = "a"}, "# other\r\n# a\r\n0 1 * * * x\r\n0 2 * * * y") == "# other\r\n#\r\n0 2 * * * y");
    CHECK(without({.name = "a"}, "# other\n# a\n0 1 * * * x\n# b\n0 2 * * * y\n") == "# other\n# b\n0 2 * * * y\n");
    CHECK(without({.name = "a"}, "# other\n# a\n0 1 * * * x\n\n0 2 * * * y\n") == "# other\n\n0 2 * * * y\n");
    CHECK(without({.name = "a"}, "# other\n# a\n0 1 * * * x\n") == "# other\n");
    CHECK(without(job("", "x", "0", "1"), "# other\n# a\n0 1 * * * x\n0 1 * * * x\n0 2 * * * y\n") ==
          "# other\n#\n0 2 * * * y\n");
}

TEST_CASE("crontab: what cron would not take is refused, with what it would") {
    const std::string takes = ", ranges of these (the lower one first) and lists of both with commas, without blanks";
    const struct {
        CrontabJob wanted;
        std::string said;
    } cases[] = {
        {job("", "x", "60"), "minute 60: AIX's cron takes *, numbers from 0 to 59" + takes},
        {job("", "x", "0", "24"), "hour 24: AIX's cron takes *, numbers from 0 to 23" + takes},
        {{.day = "0", .command = "x"}, "day 0: AIX's cron takes *, numbers from 1 to 31" + takes},
        {{.month = "13", .command = "x"}, "month 13: AIX's cron takes *, numbers from 1 to 12" + takes},
        {{.month = "jan", .command = "x"},
         "month jan: AIX's cron takes *, numbers from 1 to 12" + takes + "; it knows no names"},
        {job("", "x", "@daily"),
         "minute @daily: AIX's cron takes *, numbers from 0 to 59" + takes + "; it knows no names"},
        {{.weekday = "7", .command = "x"},
         "weekday 7: AIX's cron counts the days of the week from 0, Sunday, to 6, Saturday; Sunday is 0"},
        {job("", "x", "*/10"), "minute */10: */n is not known to AIX's cron; list the minutes: 0,10,20,30,40,50"},
        {{.month = "*/5", .command = "x"}, "month */5: */n is not known to AIX's cron; list the months: 1,6,11"},
    };
    for (const auto& [wanted, said] : cases)
        CHECK(refusal(wanted) == said);
    for (const char* minute : {"", " ", "1 2", "*/0", "*/x", "*,1", "5-1", "1-", "-1", "1,", ",1", "1,,2", "1-2-3",
                               "0-60", "100", "1.5", "4294967297", "+1", "0x1"})
        CHECK(refusal(job("", "x", minute)).starts_with("minute "));
}

TEST_CASE("crontab: names and commands that are no line of their own are refused") {
    for (const char* command : {"", " \t", "x\ny", "x\r", "x\x7f"})
        CHECK(refusal(job("a", command)).find("command") != std::string::npos);
    CHECK(refusal(job("a", "x\0"s)).find("control character") != std::string::npos);
    for (const char* name : {"a\nb", "a\r", "0 3 * * * /usr/sbin/skulker"}) // which would not be found again
        CHECK(refusal(job(name, "x")).find("nor read like a job") != std::string::npos);
    CHECK(with(job("a", "echo 'a%b\\%c' # \t\"$x\""), "") == "# a\n* * * * * echo 'a%b\\%c' # \t\"$x\"\n");
    CHECK(with(job("# caf\xe9", "x"), "") == "# # caf\xe9\n* * * * * x\n");
}

TEST_CASE("crontab: of two jobs of one name none is meant") {
    const std::string text = "# a\n0 1 * * * x\n\n#Ansible: a\n0 2 * * * y\n";
    CHECK(refusal(job("a", "x", "0", "1"), text) ==
          "lines 2 and 5: two jobs have the name 'a'; remove one of them, or its comment line");
}

TEST_CASE("crontab: many jobs are removed with their names, and no name comes to stand above another job") {
    const std::string gone = "# a\n0 1 * * * x\n";
    CHECK(without({.name = "a"}, "# b\n" + gone + gone + "0 2 * * * y\n") == "# b\n#\n0 2 * * * y\n");
    CHECK(without({.name = "a"}, "# b\n" + gone + gone + "# c\n0 2 * * * y\n") == "# b\n# c\n0 2 * * * y\n");
    CHECK(without({.name = "a"}, gone + "0 2 * * * y\n" + gone) == "0 2 * * * y\n");
    CHECK(without({.name = "a"}, "# b\n" + gone) == "# b\n");
}
