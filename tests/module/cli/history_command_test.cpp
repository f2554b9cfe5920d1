#include "cli/history_command.hpp"

#include "terminal/history_text.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace bulwark;

namespace {

using Words = std::vector<std::string>;

json::object options_of(const Words& words) {
    const HistoryCall call = read_history_command(words);
    CHECK(call.line.call.module == "history_info");
    return call.line.call.options;
}

std::string usage_error(const Words& words) {
    try {
        read_history_command(words);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

json::object parsed(const char* text) { return json::parse(text).as_object(); }

} // namespace

TEST_CASE("history log, show, diff and verify are calls of history_info") {
    struct Case {
        Words words;
        const char* options;
    };
    const std::vector<Case> cases = {
        {{}, "{}"},
        {{"log"}, "{}"},
        {{"--limit", "3"}, R"({"limit": "3"})"},
        {{"/etc/inittab"}, R"({"paths": ["/etc/inittab"]})"},
        {{"log", "/a", "--root", "/t", "/b"}, R"({"root": "/t", "paths": ["/a", "/b"]})"},
        {{"show"}, R"({"commit": "HEAD", "diffs": true})"},
        {{"show", "HEAD~1"}, R"({"commit": "HEAD~1", "diffs": true})"},
        {{"diff"}, R"({"compare": "HEAD", "limit": 1})"},
        {{"diff", "/a"}, R"({"compare": "HEAD", "limit": 1, "paths": ["/a"]})"},
        {{"diff", "original", "/a", "/b"}, R"({"compare": "original", "limit": 1, "paths": ["/a", "/b"]})"},
        {{"verify", "--history", "/h"}, R"({"history": "/h", "verify": true, "limit": 1})"},
    };
    for (const auto& [words, options] : cases)
        CHECK(options_of(words) == parsed(options));
    CHECK(read_history_command({"verify", "--json"}).line.json);
}

TEST_CASE("wrong usage of history is refused with one sentence") {
    const std::vector<std::pair<Words, std::string>> cases = {
        {{"lgo"}, "there is no command 'history lgo'; did you mean log?"},
        {{"frobnicate"}, "there is no command 'history frobnicate'; see bulwark history --help"},
        {{"show", "a", "b"}, "one commit is expected; bulwark history log lists them"},
        {{"show", "/etc"}, "'/etc' is a path; for its commits: bulwark history log /etc"},
        {{"log", "HEAD"}, "'HEAD' is no absolute path; to see one commit: bulwark history show COMMIT"},
        {{"diff", "a", "b"}, "'b' is no absolute path; only the first word can be a commit"},
        {{"verify", "HEAD"}, "'HEAD' is no absolute path; to compare with a commit: bulwark history diff COMMIT"},
        {{"log", "--check"}, "unrecognised option '--check'; see bulwark history log --help"},
        {{"verify", "--limit", "2"}, "unrecognised option '--limit'; see bulwark history verify --help"},
        {{"log", "--limti", "2"}, "unrecognised option '--limti'; did you mean --limit?"},
        {{"-x"}, "unrecognised option '-x'; see bulwark history log --help"},
    };
    for (const auto& [words, expected] : cases)
        CHECK(usage_error(words) == expected);
}

TEST_CASE("history gives help, of all its commands or of one") {
    CHECK(read_history_command({"--help"}).line.help == history_overview());
    CHECK(read_history_command({"help"}).line.help == history_overview());
    for (const Module& command : history_commands()) {
        const std::string word = command.name.substr(std::string("history ").size());
        CHECK(find_history_command(word) == &command);
        CHECK(read_history_command({word, "--help"}).line.help == help(command));
    }
    CHECK(find_history_command("nosuch") == nullptr);
}

TEST_CASE("a list of commits without history, or of paths that it does not know, is objected to") {
    CHECK(history_objection(parsed(R"({"last": null, "commits": []})")) ==
          "there is no history yet: no run has changed anything, or root or history is wrong");
    CHECK(history_objection(parsed(R"({"last": "4f2a", "unrecorded": ["/nosuch"]})"))
              .starts_with("the history knows nothing of /nosuch: "));
    CHECK(history_objection(parsed(R"({"last": "4f2a", "unrecorded": []})")) == "");
}

TEST_CASE("verify alone has a status of its own for files that differ") {
    CHECK(history_status(parsed(R"({"drift": [{"path": "/a", "what": "mode"}]})")) == 2);
    CHECK(history_status(parsed(R"({"drift": []})")) == 0);
    CHECK(history_status(parsed(R"({"comparison": {"files": [{"path": "/a"}]}})")) == 0);
}

TEST_CASE("the log is a line for each commit and its files below, and says where it was cut off") {
    const json::object result = parsed(R"({"commits": [
        {"id": "0123456789abcdef", "date": "2026-11-20T19:06:31+01:00", "subject": "inetd: disable shell",
         "files": [{"path": "/etc/inetd.conf"}, {"path": "/etc/rc.tcpip"}]},
        {"id": "fedcba9876543210", "date": "2026-11-20T19:06:30+01:00", "subject": "record\u001b[2J", "files": []}],
        "invocation": {"module_args": {"limit": 2}}})");
    CHECK(show_log(result, Terminal{}) == "0123456789ab  2026-11-20 19:06  inetd: disable shell\n"
                                          "              /etc/inetd.conf, /etc/rc.tcpip\n"
                                          "fedcba987654  2026-11-20 19:06  record\\x1b[2J\n"
                                          "There may be older ones: --limit 0 shows all.\n");
    CHECK(show_log(parsed(R"({"commits": []})"), Terminal{}) == "No commits.\n");
}

TEST_CASE("a comparison names the files, then shows how they differ; one that differs in its mode alone by its path") {
    CHECK(show_comparison(parsed(R"({"comparison": {"commit": "0123456789abcdef", "files": [
        {"path": "/usr/sbin/nfsd", "change": "mode", "diff": "old mode 0555 root system\nnew mode 0444 root system\n"},
        {"path": "/etc/a", "change": "modified", "diff": "--- before: /etc/a\n+++ after: /etc/a\n@@ -1 +1 @@\n-a\n+b\n"}]}})"),
                          Terminal{}) == "Changed since commit 0123456789ab: 2 files\n"
                                         "  changed   /usr/sbin/nfsd (mode or owner)\n"
                                         "  modified  /etc/a\n"
                                         "/usr/sbin/nfsd\n"
                                         "old mode 0555 root system\n"
                                         "new mode 0444 root system\n"
                                         "--- before: /etc/a\n"
                                         "+++ after: /etc/a\n"
                                         "@@ -1 +1 @@\n"
                                         "-a\n"
                                         "+b\n");
    CHECK(show_comparison(parsed(R"({"comparison": {"commit": null, "files": []}})"), Terminal{}) ==
          "Nothing has changed since first seen.\n");
}
