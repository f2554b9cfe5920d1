#include "document/syslog_conf.hpp"

#include "error.hpp"
#include "support/sample.hpp"

#include <doctest/doctest.h>

using namespace bulwark;
using namespace std::string_view_literals;

namespace {

/// The tutorial's rules with blanks, tabs, prose, a rule of its own that no syslogd knows, and no newline at the end.
constexpr std::string_view conf = "# each line: <facility.priority> <destination> [rotate ...]\n"
                                  "#mail.debug\t\t/usr/spool/mqueue/syslog\n"
                                  "\n"
                                  "*.alert                            errlog\n"
                                  "mail.warning;auth.none\t/var/adm/mail.log rotate size 100k files 4\n"
                                  "auth.authpriv.info /var/adm/auth.log\n"
                                  "*.emerg\troot,operator";

SyslogRule rule(std::string selector, std::string destination, std::optional<SyslogRotation> rotation = {}) {
    return {std::move(selector), std::move(destination), std::move(rotation)};
}

SyslogRotation size(std::string value) {
    return {.size = std::move(value), .time = {}, .files = {}, .archive = {}, .compress = {}};
}

SyslogRotation compress(bool value) { return {.size = {}, .time = {}, .files = {}, .archive = {}, .compress = value}; }

const SyslogRotation everything{.size = "10m", .time = "7d", .files = "8", .archive = "/var/log/old", .compress = true};

std::string with(std::string_view text, const SyslogRule& wanted) {
    SyslogConf edited = SyslogConf::parse(text);
    edited.set(wanted);
    CHECK(edited == SyslogConf::parse(edited.text()));
    const SyslogConf once = edited;
    edited.set(wanted);
    CHECK(edited == once);
    return edited.text();
}

std::string without(std::string_view text, const SyslogRule& wanted) {
    SyslogConf edited = SyslogConf::parse(text);
    const bool removed = edited.remove(wanted);
    CHECK(edited == SyslogConf::parse(edited.text()));
    CHECK(removed == (edited.text() != text));
    return edited.text();
}

/// What the Error says, or nothing; then the file stays as it was.
std::string refusal(const SyslogRule& wanted) {
    SyslogConf edited = SyslogConf::parse(conf);
    try {
        edited.set(wanted);
    } catch (const Error& error) {
        CHECK(edited.text() == conf);
        return error.what();
    }
    return {};
}

/// One line for a rule, with what is known of its rotation in brackets.
std::vector<std::string> rules(std::string_view text) {
    std::vector<std::string> found;
    for (const SyslogRule& rule : SyslogConf::parse(text).rules()) {
        std::string line = std::to_string(rule.line) + ": " + rule.selector + " -> " + rule.destination;
        if (rule.rotation)
            line += " [" + rule.rotation->size.value_or("-") + " " + rule.rotation->time.value_or("-") + " " +
                    rule.rotation->files.value_or("-") + " " + rule.rotation->archive.value_or("-") +
                    (rule.rotation->compress.value_or(false) ? " compress]" : "]");
        found.push_back(line);
    }
    return found;
}

} // namespace

TEST_CASE("syslog.conf: a rule is a selector and a destination, blanks or tabs between them") {
    CHECK(rules(conf) == std::vector<std::string>{
                             "4: *.alert -> errlog", "5: mail.warning;auth.none -> /var/adm/mail.log [100k - 4 -]",
                             "6: auth.authpriv.info -> /var/adm/auth.log", "7: *.emerg -> root,operator"});
    CHECK(rules(sample("aix-4.3.3/etc/syslog.conf")).empty());
    CHECK(rules("mail.info\n# mail.info /x\n \t# mail.info /x\n\r\n").empty());
    CHECK(rules("aso.notice centralizedlog  space/stream\ncaa.debug centralizedlog\n") ==
          std::vector<std::string>{"1: aso.notice -> centralizedlog  space/stream", "2: caa.debug -> centralizedlog"});
}

TEST_CASE("syslog.conf: a rotation has its words in any order, others between them") {
    const struct {
        std::string_view behind, expected;
    } cases[] = {
        {"rotate", "[- - - -]"},
        {"rotate size 1m files 8 compress", "[1m - 8 - compress]"},
        {"rotate compress archive /a time 7d perm 640 size 2m filter /f files 2", "[2m 7d 2 /a compress]"},
        {"rotate\tsize\t100k\r", "[100k - - -]"},
        {"rotate size", "[ - - -]"},
        {"rotate size files 4", "[ - 4 -]"},
        {"perm 640 rotate size 1m", "[1m - - -]"},
    };
    for (const auto& [behind, expected] : cases)
        CHECK(rules("mail.info /f " + std::string(behind) + "\n").front() ==
              "1: mail.info -> /f " + std::string(expected));
    CHECK(rules("mail.info /f rotated size 1m\n").front() == "1: mail.info -> /f");
    CHECK(rules("mail.info rotate size 1m\n").front() == "1: mail.info -> rotate"); // a user of that name
}

TEST_CASE("syslog.conf: a new rule goes to the end, a tab between its columns, in the file's style of line ends") {
    CHECK(with(conf, rule("auth.info", "/var/adm/auth.log")) == std::string(conf) + "\nauth.info\t/var/adm/auth.log\n");
    CHECK(with("", rule("auth.info;authpriv.info", "@loghost")) == "auth.info;authpriv.info\t@loghost\n");
    CHECK(with("# x\r\n\r\n", rule("*.alert", "*", SyslogRotation{})) == "# x\r\n\r\n*.alert\t*\r\n");
    CHECK(with("mail.info /f\n", rule("mail.info", "/g", everything)) ==
          "mail.info /f\nmail.info\t/g rotate size 10m files 8 time 7d compress archive /var/log/old\n");
    CHECK(with("", rule("mail.info", "centralizedlog space/stream")) == "mail.info\tcentralizedlog space/stream\n");
}

TEST_CASE("syslog.conf: a rule that says the same in other words is there already") {
    for (const auto& [selector, destination] : {std::pair("*.alert", "errlog"),
                                                {"*.emerg", "operator,root"},
                                                {"*.panic", "root,operator"},
                                                {"mail.warn", "/var/adm/mail.log"},
                                                {"auth.none;mail.warning", "/var/adm/mail.log"}})
        CHECK(with(conf, rule(selector, destination)) == conf);
    const struct {
        std::string_view there;
        const char* wanted;
    } same[] = {{"mail.err", "mail.error"},
                {"auth,mail.info", "mail.info;auth.info"},
                {"*.debug;mail.info;mail.none", "*.debug;mail.none"},
                {"*.info;mark.none", "*.info"}};
    for (const auto& [there, wanted] : same) {
        const std::string text = std::string(there) + "   /f";
        CHECK(with(text, rule(wanted, "/f")) == text);
    }
}

TEST_CASE("syslog.conf: a rule that says something else is another rule") {
    const struct {
        const char *there, *selector, *destination;
    } other[] = {
        {"mail.info /f\n", "mail.info", "/g"},
        {"mail.info /f\n", "mail.notice", "/f"},
        {"mail.info /f\n", "auth.info", "/f"},
        {"*.info /f\n", "*.info;mail.none", "/f"},
        {"#mail.info /f\n", "mail.info", "/f"},
        {"MAIL.INFO /f\n", "mail.info", "/f"},
        {"mail.info /f/b,a\n", "mail.info", "/f"},
        {"mail.info centralizedlog a/b\n", "mail.info", "centralizedlog a/c"},
        {"*.info /f\n", "*.info;mark.info", "/f"},
    };
    for (const auto& [there, selector, destination] : other)
        CHECK(with(there, rule(selector, destination)) == there + std::string(selector) + "\t" + destination + "\n");
}

TEST_CASE("syslog.conf: of a rotation the words given are as given, and the others and the spacing stay") {
    const struct {
        std::string_view before;
        SyslogRotation wanted;
        std::string_view after;
    } cases[] = {
        {"mail.info /f\n", size("1m"), "mail.info /f rotate size 1m\n"},
        {"mail.info\t/f \r\n", size("1m"), "mail.info\t/f rotate size 1m \r\n"},
        {"mail.info /f # by me", size("1m"), "mail.info /f rotate size 1m # by me"},
        {"mail.info /f size 5m archive /a\n", size("1m"), "mail.info /f rotate size 1m archive /a\n"},
        {"mail.info /f rotate\n", size("1m"), "mail.info /f rotate size 1m\n"},
        {"mail.info /f rotate\t size  100k\tfiles 4\n", size("1m"), "mail.info /f rotate\t size  1m\tfiles 4\n"},
        {"mail.info /f rotate size 1m", size("1m"), "mail.info /f rotate size 1m"},
        {"mail.info /f rotate size 5m size 1m\n", size("2m"), "mail.info /f rotate size 2m size 2m\n"},
        {"mail.info /f rotate size\n", size("2m"), "mail.info /f rotate size 2m\n"},
        {"mail.info /f rotate size files 4\n", size("2m"), "mail.info /f rotate size 2m files 4\n"},
        {"mail.info /f rotate files 4 perm 640\n", size("2m"), "mail.info /f rotate files 4 size 2m perm 640\n"},
        {"mail.info /f rotate files 4 time 1d\n", everything,
         "mail.info /f rotate files 8 time 7d size 10m compress archive /var/log/old\n"},
        {"mail.info /f rotate size 1m\n", compress(true), "mail.info /f rotate size 1m compress\n"},
        {"mail.info /f rotate compress size 1m\n", compress(true), "mail.info /f rotate compress size 1m\n"},
        {"mail.info /f rotate size 1m  compress files 4\n", compress(false), "mail.info /f rotate size 1m files 4\n"},
        {"mail.info /f rotate\t \tcompress files 4\n", compress(false), "mail.info /f rotate files 4\n"},
        {"mail.info /f\n", compress(false), "mail.info /f\n"},
        {"mail.info /f\nmail.info /f rotate size 1m\n", size("2m"),
         "mail.info /f rotate size 2m\nmail.info /f rotate size 2m\n"},
    };
    for (const auto& [before, wanted, after] : cases)
        CHECK(with(before, rule("mail.info", "/f", wanted)) == after);
}

TEST_CASE("syslog.conf: a rule is removed with all that say the same; without a destination all of the selector are") {
    constexpr auto text =
        "mail.info /f\n#mail.info /f\nmail.info @host\nmail.notice /f\nmail.info  /f rotate\nlast.line"sv;
    CHECK(without(text, rule("mail.info", "/f")) == "#mail.info /f\nmail.info @host\nmail.notice /f\nlast.line");
    CHECK(without(text, rule("mail.info", "")) == "#mail.info /f\nmail.notice /f\nlast.line");
    CHECK(without(text, rule("mail.info", " ")) == text); // a blank is not the same as no destination
    CHECK(without(text, rule("mail.debug", "")) == text);
    CHECK(without("mail.warn /f", rule("mail.warning", "/f")) == "");
    CHECK(without(conf, rule("auth.authpriv.info", "")) ==
          "# each line: <facility.priority> <destination> [rotate ...]\n"
          "#mail.debug\t\t/usr/spool/mqueue/syslog\n"
          "\n"
          "*.alert                            errlog\n"
          "mail.warning;auth.none\t/var/adm/mail.log rotate size 100k files 4\n"
          "*.emerg\troot,operator");
}

TEST_CASE("syslog.conf: every facility and priority that AIX knows can be written") {
    for (const char* facility :
         {"*", "kern", "user", "mail", "daemon", "auth", "authpriv", "syslog", "lpr", "news", "uucp", "cron", "local0",
          "local7", "caa", "aso", "mark", "mail,auth", "mail.err;auth"})
        for (const char* priority :
             {"emerg", "panic", "alert", "crit", "err", "error", "warning", "warn", "notice", "info", "debug", "none"})
            CHECK_NOTHROW(require_selector(std::string(facility) + "." + priority));
}

TEST_CASE("syslog.conf: a selector that AIX does not know is refused with what it knows") {
    const std::string known =
        "it knows *, kern, user, mail, daemon, auth, authpriv, syslog, lpr, news, uucp, cron, caa, aso, "
        "mark, local0, local1, local2, local3, local4, local5, local6 and local7";
    const struct {
        std::string selector, complaint;
    } cases[] = {
        {"auth.authpriv.info",
         "AIX knows no facility 'auth.authpriv': a list of them is separated by commas, as in auth,authpriv.info, and "
         "auth.info is meant on a release that has no authpriv; " +
             known},
        {"mail.auth.err",
         "AIX knows no facility 'mail.auth': a list of them is separated by commas, as in mail,auth.err; " + known},
        {"authpriv.authpriv.err",
         "AIX knows no facility 'authpriv.authpriv': a list of them is separated by commas, as in "
         "authpriv,authpriv.err; " +
             known},
        {"local8.info", "AIX knows no facility 'local8'; " + known},
        {"Mail.info", "AIX knows no facility 'Mail'; " + known},
        {"mail,.info", "AIX knows no facility ''; " + known},
        {"mail.*",
         "AIX knows no priority '*'; it knows emerg, panic, alert, crit, err, error, warning, warn, notice, info, "
         "debug and none"},
        {"mail.=info", "AIX knows no priority '=info'; it knows emerg, panic, alert, crit, err, error, warning, warn, "
                       "notice, info, debug and none"},
        {"mail", "'mail' is not a facility and a priority with a point between them, as in mail.info"},
        {"mail.info;", "'' is not a facility and a priority with a point between them, as in mail.info"},
        {"", "'' is not a facility and a priority with a point between them, as in mail.info"},
    };
    for (const auto& [selector, complaint] : cases)
        CHECK(refusal(rule(selector, "/f")) == "selector '" + selector + "': " + complaint);
    for (const char* selector : {"mail .info", "mail.info ", "mail.info\nauth.info", "mail.info\t/etc/passwd"})
        CHECK(refusal(rule(selector, "/f")).starts_with("selector 'mail"));
}

TEST_CASE("syslog.conf: a destination is one that syslogd knows") {
    for (const char* destination : {"/f", "/var/adm/auth.log", "/dev/console", "root", "root,operator", "@loghost",
                                    "@192.0.2.1", "@2001:db8::1", "*", "errlog", "centralizedlog space/stream"})
        CHECK(refusal(rule("mail.info", destination)) == "");
    for (const char* destination : {"var/adm/auth.log",
                                    "-/var/adm/auth.log",
                                    "|/bin/sh",
                                    "/",
                                    "/var/adm/",
                                    "/var//adm",
                                    "/var/./f",
                                    "/var/../f",
                                    "/a b",
                                    "/a\tb",
                                    "/a\nb",
                                    " /f",
                                    "/f ",
                                    "@",
                                    "@a,@b",
                                    "@a b",
                                    "root,",
                                    ",root",
                                    "root operator",
                                    "**",
                                    "#root",
                                    "centralizedlog",
                                    "centralizedlog a b",
                                    "centralizedlog\na",
                                    "centralizedlog a\x7f",
                                    "/a\x7f",
                                    "errlog x"})
        CHECK(refusal(rule("mail.info", destination)).starts_with("destination '"));
    CHECK(refusal(rule("mail.info", "")) ==
          "selector 'mail.info': it has no destination; give one, /var/adm/syslog.log say");
}

TEST_CASE("syslog.conf: a rotation is one that syslogd would take") {
    for (const char* good : {"10k", "010k", "1m", "999999999k"})
        CHECK(refusal(rule("mail.info", "/f", size(good))) == "");
    for (const char* bad :
         {"", "9k", "0m", "10", "10K", "10 k", "k", "10kb", "1g", "-1m", "1.5m", "10k files 2", "9999999999k"})
        CHECK(refusal(rule("mail.info", "/f", size(bad))) ==
              "rotation size '" + std::string(bad) +
                  "': it must be a number with k or m attached, 10k at least, as in 512k or 10m");
    for (const char* good : {"1h", "7d", "2w", "1m", "1y"})
        CHECK_NOTHROW(require_rotation({.size = {}, .time = good, .files = {}, .archive = {}, .compress = {}}));
    for (const char* bad : {"", "0d", "7", "d", "7D", "7days", "1s"})
        CHECK_THROWS_WITH_AS(require_rotation({.size = {}, .time = bad, .files = {}, .archive = {}, .compress = {}}),
                             doctest::Contains("it must be a number with h, d, w, m or y attached"), Error);
    for (const char* bad : {"", "1", "0", "-2", "2k", "two"})
        CHECK_THROWS_WITH_AS(require_rotation({.size = {}, .time = {}, .files = bad, .archive = {}, .compress = {}}),
                             doctest::Contains("it must be 2 or more"), Error);
    for (const char* bad : {"", "old", "/var/old logs", "/old\n", "/var/"})
        CHECK_THROWS_WITH_AS(require_rotation({.size = {}, .time = {}, .files = {}, .archive = bad, .compress = {}}),
                             doctest::Contains("it must be the absolute path of a directory"), Error);
}

TEST_CASE("syslog.conf: only a file can be rotated") {
    for (const char* destination : {"root", "*", "@loghost", "errlog"}) {
        CHECK(refusal(rule("mail.info", destination, compress(true))) ==
              "destination '" + std::string(destination) +
                  "': only a file can be rotated; leave the rotation out or name a file");
        CHECK(refusal(rule("mail.info", destination, compress(false))) == "");
    }
}
