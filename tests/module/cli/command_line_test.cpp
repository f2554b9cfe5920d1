#include "cli/command_line.hpp"

#include "document/lines.hpp"
#include "support/temporary_directory.hpp"
#include "text.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <vector>

using namespace bulwark;

namespace {

using Arguments = std::vector<std::string>;

std::vector<Rule> no_rules(const Module&, const json::object&, const Caller&) { return {}; }

/// A module with items, and an option of every type.
Module door_module() {
    Module module;
    module.name = "door";
    module.summary = "Open and close the doors of `/etc/doors`";
    module.description = {
        "Every door is one line of the file; what is not about a door stays as it is, blanks and comments "
        "included.",
        "The second paragraph is for the reference pages."};
    module.table.options = {
        {.name = "doors",
         .type = Type::list,
         .description = "The doors, one item each.",
         .elements = Type::dict,
         .options = {{.name = "name", .description = "Its name.", .required = true, .aliases = {"service"}},
                     {.name = "state", .description = "What is wanted.", .choices = {"open", "shut"}, .required = true},
                     {.name = "lock_kind", .description = "Its lock, as `locks` names it.", .fallback = ""}}},
        {.name = "only", .type = Type::list, .description = "Only these.", .elements = Type::str},
        {.name = "options", .type = Type::dict, .description = "Names and values."},
        {.name = "extra", .type = Type::raw, .description = "Anything."},
        {.name = "force", .type = Type::boolean, .description = "Even if locked.", .fallback = false},
        {.name = "lock_timeout", .type = Type::integer, .description = "Seconds.", .fallback = 60},
        {.name = "root", .type = Type::path, .description = "The tree to work on.", .fallback = "/"},
    };
    module.table.items = "doors";
    module.table.mutually_exclusive = {{"only", "lock_timeout"}};
    module.table.required_one_of = {{"doors", "name"}};
    module.rules = no_rules;
    return module;
}

json::object options_of(const Arguments& arguments) { return read_command_line(door_module(), arguments).call.options; }

json::value parsed(const char* text) { return json::parse(text); }

std::string usage_error(const Arguments& arguments) {
    try {
        read_command_line(door_module(), arguments);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

/// Puts a file with that text into the directory and gives its path.
std::string file_in(const TemporaryDirectory& directory, const std::string& name, const std::string& text) {
    const std::string path = directory.path() + "/" + name;
    std::FILE* file = std::fopen(path.c_str(), "wb");
    REQUIRE(file != nullptr);
    REQUIRE(std::fwrite(text.data(), 1, text.size(), file) == text.size());
    REQUIRE(std::fclose(file) == 0);
    return path;
}

std::string summary_of(const char* result, bool check = false) {
    Call call;
    call.check_mode = check;
    return summary(call, parsed(result).as_object(), Terminal{});
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void check_columns(const std::string& text) {
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
        CHECK_MESSAGE(text.find('\n', at) - at <= 80, text.substr(at, text.find('\n', at) - at));
}

} // namespace

TEST_CASE("the command line becomes the options of a call, values as they were typed") {
    struct Case {
        Arguments arguments;
        const char* expected;
    };
    const std::vector<Case> cases = {
        {{}, "{}"},
        {{"--name", "front", "--state=shut"}, R"({"name": "front", "state": "shut"})"},
        {{"--service", "front"}, R"({"service": "front"})"}, // an alias stays one, as Ansible passes it
        {{"--lock-timeout", "5"}, R"({"lock_timeout": "5"})"},
        {{"--lock_timeout=5"}, R"({"lock_timeout": "5"})"},
        {{"--lock-kind="}, R"({"lock_kind": ""})"},
        {{"--lock-kind", ""}, R"({"lock_kind": ""})"},
        {{"--lock-kind", "-l"}, R"({"lock_kind": "-l"})"},
        {{"--lock-kind=--check"}, R"({"lock_kind": "--check"})"},
        {{"--lock-kind", "a=b --c"}, R"({"lock_kind": "a=b --c"})"},
        {{"--name", "[ -x /bin/ksh ] && x"}, R"({"name": "[ -x /bin/ksh ] && x"})"}, // JSON only where it can be meant
        {{"--name", "{x}"}, R"({"name": "{x}"})"},
        {{"--force"}, R"({"force": "true"})"},
        {{"--force=no"}, R"({"force": "no"})"},
        {{"--force", "no"}, R"({"force": "no"})"},
        {{"--force", "--check"}, R"({"force": "true"})"},
        {{"--only", "a,b"}, R"({"only": "a,b"})"},
        {{"--only", "a,b", "--only", "c"}, R"({"only": ["a", "b", "c"]})"},
        {{"--only", R"(["a,b", 1])"}, R"({"only": ["a,b", 1]})"},
        {{"--only", "x", "--only", R"(["a,b"])"}, R"({"only": ["x", "a,b"]})"},
        {{"--options", "a=1 b=2"}, R"({"options": "a=1 b=2"})"},
        {{"--options", "a=1", "--options", "b=2"}, R"({"options": "a=1,b=2"})"},
        {{"--options", R"(a="1, 2")", "--options", R"(b=\,)"}, R"({"options": "a=\"1, 2\",b=\\,"})"},
        {{"--options", R"({"a": 1, "c": 3})", "--options", R"({"a": [2]})"}, R"({"options": {"a": [2], "c": 3}})"},
        {{"--extra", "x"}, R"({"extra": "x"})"},
        {{"--extra", R"([1, {"a": null}])"}, R"({"extra": [1, {"a": null}]})"},
    };
    for (const Case& c : cases)
        CHECK(json::value(options_of(c.arguments)) == parsed(c.expected));
}

TEST_CASE("items are names, pairs or JSON, in one option or several") {
    CHECK(json::value(options_of({"--doors", "front"})) == parsed(R"({"doors": ["front"]})"));
    CHECK(json::value(options_of({"--doors", "front,back", "--doors", "name=side,state=shut", "--doors",
                                  R"({"name": "x"})", "--doors", R"([{"name": "y"}, "z"])", "--state", "open"})) ==
          parsed(R"({"doors": ["front", "back", "name=side,state=shut", {"name": "x"}, {"name": "y"}, "z"],
                     "state": "open"})"));
}

TEST_CASE("the options that every command line has reach the call") {
    const CommandLine plain = read_command_line(door_module(), {});
    CHECK(plain.call.module == "door");
    CHECK(plain.call.caller.module_name == "door");
    CHECK_FALSE((plain.call.check_mode || plain.call.diff || plain.call.no_log || plain.json));
    CHECK(plain.help == "");
    const CommandLine all = read_command_line(door_module(), {"--check", "--diff", "--no-log", "--json", "--check"});
    CHECK((all.call.check_mode && all.call.diff && all.call.no_log && all.json));
    CHECK(all.call.options.empty());
}

TEST_CASE("help is given whatever else stands on the command line") {
    for (const Arguments& arguments :
         {Arguments{"--help"}, Arguments{"-h"}, Arguments{"--nonsense", "x", "--help"},
          Arguments{"--check", "-h", "junk"}, Arguments{"--state", "--help"}, Arguments{"--check=yes", "--help"}})
        CHECK(read_command_line(door_module(), arguments).help == help(door_module()));
}

TEST_CASE("wrong usage is refused with one sentence that says what was meant") {
    struct Case {
        Arguments arguments;
        std::string expected;
    };
    const std::vector<Case> cases = {
        {{"--sevice", "x"}, "unrecognised option '--sevice'; did you mean --service?"},
        {{"--nmae=x"}, "unrecognised option '--nmae'; did you mean --name?"},
        {{"--lockTimeout", "4"}, "unrecognised option '--lockTimeout'; did you mean --lock-timeout?"},
        {{"--chekc"}, "unrecognised option '--chekc'; did you mean --check?"},
        {{"--serv", "x"}, "unrecognised option '--serv'; did you mean --service?"}, // abbreviations are not guessed
        {{"-check"}, "unrecognised option '-check'; did you mean --check?"},
        {{"--zzzzzz"}, "unrecognised option '--zzzzzz'; see bulwark door --help"},
        {{"-x"}, "unrecognised option '-x'; see bulwark door --help"},
        {{"---name", "x"}, "unrecognised option '---name'; did you mean --name?"},
        {{"--name", "x", "--", "--help"}, "unexpected argument '--help'; see bulwark door --help"},
        {{"front"}, "unexpected argument 'front'; see bulwark door --help"},
        {{""}, "unexpected argument ''; see bulwark door --help"},
        {{"--check", "--", "--diff"}, "unexpected argument '--diff'; see bulwark door --help"},
        {{"--name"}, "option '--name' needs a value"},
        {{"--lock-timeout"}, "option '--lock-timeout' needs a value"},
        {{"--name", "--check"}, "option '--name' needs a value; if '--check' is the value, write --name=--check"},
        {{"--check=yes"}, "option '--check' takes no value"},
        {{"--force", "--force"}, "option '--force' is given twice; for several items repeat --doors"},
        {{"--name", "a", "--name", "b"}, "option '--name' is given twice; for several items repeat --doors"},
        {{"--options", R"(a="1)", "--options", "b=2"},
         R"(option '--options': 'a="1' ends inside quotes or with a backslash)"},
        {{"--options", "a=1\\", "--options", "b=2"},
         "option '--options': 'a=1\\' ends inside quotes or with a backslash"},
        {{"--options", "a=1", "--options", R"({"b": 2})"},
         "option '--options' is given as JSON and as key=value pairs; use one of them"},
        {{"--options", "[1]"}, "option '--options' takes a JSON object or key=value pairs"},
        {{"--args-file", "a", "--args-file", "b"}, "option '--args-file' is given twice"},
        {{"--args-file"}, "option '--args-file' needs a value"},
        {{"--args-file", "/tmp"}, "reading /tmp: Is a directory"},
        {{"--args-file", "/nonexistent/x"}, "reading /nonexistent/x: No such file or directory"},
    };
    for (const Case& c : cases)
        CHECK(usage_error(c.arguments) == c.expected);
}

TEST_CASE("malformed JSON in a value names the option") {
    for (const char* option : {"--doors", "--only", "--extra"})
        CHECK(usage_error({option, "[1,"}).find("option '" + std::string(option) + "': ") == 0);
    CHECK(usage_error({"--options", "{"}).find("option '--options': ") == 0);
}

TEST_CASE("an arguments file gives options, and those of the command line win under any name") {
    const TemporaryDirectory directory;
    const std::string file =
        file_in(directory, "args.json", R"({"service": "front", "state": "shut", "unknown": [1], "lock_timeout": 7})");
    CHECK(json::value(options_of({"--args-file", file})) ==
          parsed(R"({"service": "front", "state": "shut", "unknown": [1], "lock_timeout": 7})"));
    CHECK(json::value(options_of({"--name", "back", "--args-file", file, "--lock-timeout=9"})) ==
          parsed(R"({"state": "shut", "unknown": [1], "name": "back", "lock_timeout": "9"})"));
}

TEST_CASE("an arguments file that is not a JSON object is refused by its name") {
    const TemporaryDirectory directory;
    const std::string broken = file_in(directory, "broken.json", R"({"service": )");
    const std::string empty = file_in(directory, "empty.json", "");
    const std::string list = file_in(directory, "list.json", "[1]");
    CHECK(usage_error({"--args-file", broken}).find(broken + ": ") == 0);
    CHECK(usage_error({"--args-file", empty}).find(empty + ": ") == 0);
    CHECK(usage_error({"--args-file", list}) == list + ": a JSON object of options is expected");
}

TEST_CASE(
    "help shows a module's own options first, then those of an item, and those that all have last, with real calls") {
    const std::string expected = R"(Usage: bulwark door [--OPTION VALUE]... [--check] [--diff] [--json]

Open and close the doors of /etc/doors

Every door is one line of the file; what is not about a door stays as it is,
blanks and comments included.

Options:

  --doors (items)
      The doors, one item each.

  --only (list)
      Only these.

  --options (pairs)
      Names and values.

  --extra
      Anything.

  --force (yes or no; default: no)
      Even if locked.

Options of an item. --doors takes items as JSON, as key=value pairs with commas
between them, or as names; it can be repeated. Beside it these options are the
items' defaults, without it they describe the only item:

  --name, --service (required)
      Its name.

  --state (required; one of open, shut)
      What is wanted.

  --lock-kind (default: '')
      Its lock, as locks names it.

Only one of --only and --lock-timeout can be given.
At least one of --doors and --name must be given.

How values are given: yes or no as --NAME or --NAME=no; a list as a,b, as a JSON
array, or by repeating the option; pairs as key=value with commas between them,
or as a JSON object.

Common options:

  --lock-timeout (number; default: 60)
      Seconds.

  --root (path; default: /)
      The tree to work on.

  --check           Tell what a run would do, and write nothing.
  --diff            Show what changes in every file.
  --json            Print the result as one line of JSON, as Ansible gets it.
  --no-log          Keep the values of options out of messages and out of the
                    history.
  --args-file FILE  Read options from a JSON object; those on the command line
                    win.
  --help, -h        Print this and stop.

Exit status:

  0   done, or nothing to do
  1   failed; one line on standard error says what and what to do
  2   --check found something to change
  64  wrong usage

Examples. With --check --diff, as in the first, nothing is changed:

  # The front door is shut
  bulwark door --name front --state shut --check --diff

  # A title that is so long that the second half of it stands in a line of its
  # own
  bulwark door --doors back --state open
)";
    Module module = door_module();
    constexpr Example examples[] = {
        {"The front door is shut", R"({"name": "front", "state": "shut"})"},
        {"A title that is so long that the second half of it stands in a line of its own",
         R"({"doors": ["back"], "state": "open"})"},
    };
    module.examples = examples;
    CHECK(help(module) == expected);
}

TEST_CASE("help of a module without items shows the keys of its dictionaries") {
    Module module;
    module.name = "look";
    module.summary = "Look";
    module.table.options = {
        {.name = "to", .description = "Where to."},
        {.name = "rules",
         .type = Type::list,
         .description = "Rules.",
         .elements = Type::dict,
         .options = {{.name = "refs",
                      .type = Type::dict,
                      .description = "Where from.",
                      .options = {{.name = "cis_id", .description = "CIS.", .aliases = {"cis"}}}}}}};
    const std::string text = help(module);
    CHECK(has(text, "\nKeys of --rules:\n\n  refs (pairs)\n      Where from.\n"
                    "\nKeys of --rules.refs:\n\n  cis_id, cis\n      CIS.\n"));
    CHECK(has(text, "  0   done\n")); // it changes nothing, so there is no status for --check
    CHECK_FALSE(has(text, "  2   "));
    CHECK_FALSE(has(text, "Examples"));
}

TEST_CASE("the overview names every module, and no line of a help text is longer than a terminal is wide") {
    const std::string text = overview();
    REQUIRE_FALSE(module_names().empty());
    for (const std::string& name : module_names()) {
        CHECK_MESSAGE(has(text, "\n  " + name + " "), name);
        check_columns(help(*find_module(name)));
    }
    for (const char* part :
         {"Bulwark hardens", "bulwark MODULE --help", "bulwark history ", "bulwark doc ", "bulwark --version"})
        CHECK_MESSAGE(has(text, part), part);
    check_columns(text);
}

TEST_CASE("a summary tells what happened to files and commands, and how to take it back") {
    CHECK(summary_of(R"({"changed": true, "msg": "4 files changed, 2 commands run",
        "files": [{"path": "/etc/inetd.conf", "change": "modified"}, {"path": "/etc/rc.no", "change": "created"},
                  {"path": "/etc/x", "change": "removed"}, {"path": "/usr/sbin/nfsd", "change": "mode"}],
        "actions": [{"argv": ["refresh", "-s", "inetd"], "status": "ran", "rc": 0, "stdout": "0513-095 ok\n", "stderr": ""},
                    {"argv": ["telinit", "q"], "status": "skipped", "reason": "root is not /"}],
        "commit": "0123456789abcdef0123456789abcdef01234567"})") ==
          "modified  /etc/inetd.conf\n"
          "created   /etc/rc.no\n"
          "removed   /etc/x\n"
          "changed   /usr/sbin/nfsd (mode or owner)\n"
          "ran       refresh -s inetd\n"
          "not run (root is not /):\n"
          "  telinit q\n"
          "4 files changed, 2 commands run\n"
          "Commit 0123456789ab. To undo it:\n"
          "  now    bulwark rollback --to HEAD~1\n"
          "  later  bulwark rollback --revert 0123456789ab\n");
}

TEST_CASE("the summary of a check run says what would happen, and that nothing did") {
    CHECK(summary_of(R"({"changed": true, "msg": "1 file would be changed", "commit": null,
        "files": [{"path": "/etc/inetd.conf", "change": "modified"}, {"path": "/etc/y", "change": "mode"}],
        "actions": [{"argv": ["refresh", "-s", "inetd"], "status": "would_run"}]})",
                     true) == "would modify  /etc/inetd.conf\n"
                              "would change  /etc/y (mode or owner)\n"
                              "would run     refresh -s inetd\n"
                              "1 file would be changed\n"
                              "Nothing was written: this was a check run.\n");
}

TEST_CASE("where nothing is to be done the summary says just that") {
    for (const bool check : {false, true})
        CHECK(
            summary_of(R"({"changed": false, "msg": "nothing to change", "files": [], "actions": [], "commit": null})",
                       check) == "Nothing to change.\n");
}

TEST_CASE("the summary of a failed run shows what its message does not: commands with their output, and warnings") {
    CHECK(summary_of(R"({"changed": true, "failed": true, "msg": "THE MESSAGE",
        "files": [{"path": "/etc/inittab", "change": "modified"}],
        "actions": [{"argv": ["telinit", "q q", "it's", "", "~"], "status": "failed", "rc": 3, "stdout": "out",
                     "stderr": "no\n\nway\n"},
                    {"argv": ["no", "-o", "x=1"], "status": "failed", "rc": 1, "stdout": "told\n", "stderr": ""}],
        "warnings": ["a word to the wise"]})") == "modified  /etc/inittab\n"
                                                  "failed    telinit 'q q' 'it'\\''s' '' '~' (exit status 3)\n"
                                                  "    no\n"
                                                  "\n"
                                                  "    way\n"
                                                  "failed    no -o x=1 (exit status 1)\n"
                                                  "    told\n"
                                                  "warning: a word to the wise\n");
    CHECK(summary_of(R"({"failed": true, "msg": "THE MESSAGE"})") == "");
}

TEST_CASE("rules are grouped by status, and those that need attention come last with their reasons") {
    CHECK(summary_of(R"({"changed": true, "files": [], "rules": [
        {"id": "inetd-shell", "title": "rsh asks for no password", "severity": "high", "status": "non_compliant",
         "detail": "/etc/inetd.conf"},
        {"id": "inetd-echo", "title": "echo", "status": "compliant", "detail": ""},
        {"id": "x", "title": "", "status": "failed", "detail": "line 3 is in the way"},
        {"id": "rc_script-a", "title": "No a", "status": "not_applicable", "detail": "there is no /etc/rc.a"},
        {"id": "inetd-login", "title": "rlogin neither, and this title is so long that one line of a terminal cannot take it",
         "status": "non_compliant", "detail": ""},
        {"id": "y", "title": "Why", "status": "changed", "detail": "/etc/y"},
        {"id": "inetd-time", "title": "time", "status": "compliant", "detail": ""}]})") ==
          "Compliant: 2\n"
          "Not applicable: 1\n"
          "  rc_script-a  No a\n"
          "               there is no /etc/rc.a\n"
          "Changed: 1\n"
          "  y  Why\n"
          "Not compliant: 2\n"
          "  inetd-shell  rsh asks for no password [high]\n"
          "  inetd-login  rlogin neither, and this title is so long that one line of a\n"
          "               terminal cannot take it\n"
          "Failed: 1\n"
          "  x  line 3 is in the way\n"
          "\n");
}

TEST_CASE("what only a person can change is told below its rule") {
    CHECK(summary_of(R"({"changed": false, "rules": [
        {"id": "fix", "title": "The fix of ftpd", "status": "non_compliant", "detail": "IY1 is not installed",
         "findings": ["IY1 is not installed"]},
        {"id": "a", "title": "", "status": "non_compliant", "detail": "IY2 is not", "findings": ["IY2 is not"]},
        {"id": "b", "title": "B", "status": "non_compliant", "detail": "stop b", "findings": []}]})") ==
          "Not compliant: 3\n"
          "  fix  The fix of ftpd\n"
          "       IY1 is not installed\n"
          "  a    IY2 is not\n"
          "  b    B\n"
          "\n");
}

TEST_CASE("of commands that were not run no line ends within one") {
    json::array actions;
    std::vector<std::string> commands;
    for (const char* option : {"bcastping=0", "directed_broadcast=0", "icmpaddressmask=0", "ipforwarding=0"}) {
        actions.push_back({{"argv", {"no", "-o", option}}, {"status", "skipped"}, {"reason", "refresh is never"}});
        commands.push_back(std::string("no -o ") + option);
    }
    const json::object result = {{"changed", true}, {"msg", "m"}, {"actions", actions}};
    const std::string text = summary_of(json::serialize(result).c_str());
    for (const std::string& command : commands)
        CHECK_MESSAGE(has(text, command), text);
    CHECK(!has(text, joined(commands, ", "))); // it takes more than one line
}

TEST_CASE("the way back names the tree and the history that the run used") {
    Call call;
    call.options = {{"root", "/mnt/my tree"}, {"history", "/h.git"}, {"refresh", "never"}, {"state", "shut"}};
    const json::object result = {{"changed", true}, {"commit", "0123456789abcdef"}};
    CHECK(summary(call, result, Terminal{}) ==
          "Commit 0123456789ab. To undo it:\n"
          "  now    bulwark rollback --root '/mnt/my tree' --history /h.git --refresh never --to HEAD~1\n"
          "  later  bulwark rollback --root '/mnt/my tree' --history /h.git --refresh never --revert 0123456789ab\n");
}

TEST_CASE("the diff of a result comes first, without the escape sequences of the file") {
    const std::string text = summary_of(R"({"changed": true, "files": [{"path": "/etc/a", "change": "modified"}],
        "diff": [{"before_header": "/etc/a", "after_header": "/etc/a", "before": "old\n", "after": "\u001b[2Jnew\n"}]})");
    CHECK(has(text, "\n-old\n+\\x1b[2Jnew\n\nmodified  /etc/a\n"));
    CHECK(has(text.substr(0, text.find('\n')), "etc/a"));
    CHECK(summary_of(
              R"({"changed": true, "diff": [{"before_header": "/a", "before": "same\n", "after": "same\n"}]})") == "");
}

TEST_CASE("no text of a result reaches the terminal with control characters") {
    const std::string text = summary_of(R"({"changed": true, "msg": "\u001b[1m", "commit": "\u001b[c",
        "files": [{"path": "/etc/\u001b[2J\n", "change": "\u001bx"}], "odd": ["\u001b[3m"],
        "actions": [{"argv": ["\u001b[4m"], "status": "failed", "reason": "\u009b", "rc": 1, "stderr": "\u001b[5m"}],
        "rules": [{"id": "\u001b[6m", "title": "\u001b[7m", "severity": "\u001b", "status": "failed", "detail": "\u001b[8m"}],
        "commits": [{"id": "\u001b[9m", "date": "\u001b", "subject": "\u001b", "body": "\u001b", "trailers": [{"key": "\u001b", "value": "\u001b"}],
                     "files": [{"path": "\u001b", "change": "modified", "diff": "\u001b"}]}],
        "drift": [{"path": "\u001b", "what": "\u001b"}], "warnings": ["\u001b[10m"]})");
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("\xc2\x9b") == std::string::npos);
    for (const char* shown : {"/etc/\\x1b[2J\\x0a", "'\\x1b[4m'", "\\x1b[5m", "\\x1b[8m", "\\x1b[10m"})
        CHECK_MESSAGE(has(text, shown), shown);
}

TEST_CASE("colour is used only on a terminal that has it") {
    const json::object result = parsed(R"({"changed": true, "files": [{"path": "/a", "change": "modified"}],
        "rules": [{"id": "r", "title": "t", "status": "failed"}], "warnings": ["w"]})")
                                    .as_object();
    CHECK(summary(Call{}, result, Terminal{}).find('\x1b') == std::string::npos);
    CHECK(summary(Call{}, result, Terminal{.colour = true}) == "\x1b[1mFailed: 1\x1b[0m\n"
                                                               "  \x1b[31mr\x1b[0m  t\n"
                                                               "\n"
                                                               "\x1b[33mmodified\x1b[0m  /a\n"
                                                               "\x1b[33mwarning:\x1b[0m w\n");
}

TEST_CASE("a history reads like a log, newest first as given") {
    CHECK(summary_of(R"({"changed": false, "commits": [
        {"id": "0123456789abcdef0123456789abcdef01234567", "date": "2026-11-20T19:06:31+01:00",
         "subject": "inetd: disable shell", "body": "rsh asks for no password.\nTicket 7\n",
         "trailers": [{"key": "Bulwark-Version", "value": "1.0.0"}, {"key": "Bulwark-Rules", "value": "a, b"}],
         "files": [{"path": "/etc/inetd.conf", "change": "modified", "diff": "@@ -1 +1 @@\n-a\n+b\n"}]},
        {"id": "fedcba9876543210", "date": "2026-11-20T19:06:30+01:00", "subject": "record", "body": "", "trailers": [],
         "files": []}]})") == "commit 0123456789ab  2026-11-20T19:06:31+01:00\n"
                              "    inetd: disable shell\n"
                              "\n"
                              "    rsh asks for no password.\n"
                              "    Ticket 7\n"
                              "\n"
                              "    Bulwark-Version: 1.0.0\n"
                              "    Bulwark-Rules: a, b\n"
                              "\n"
                              "    modified  /etc/inetd.conf\n"
                              "@@ -1 +1 @@\n"
                              "-a\n"
                              "+b\n"
                              "\n"
                              "commit fedcba987654  2026-11-20T19:06:30+01:00\n"
                              "    record\n"
                              "\n");
    CHECK(summary_of(R"({"changed": false, "commits": []})") == "No commits.\n");
}

TEST_CASE("drift is told file by file, and its absence too") {
    CHECK(summary_of(R"({"changed": false, "drift": [{"path": "/etc/a", "what": "content"},
                                                     {"path": "/etc/b", "what": ["mode", "owner"]}]})") ==
          "Not as last recorded: 2\n"
          "  content      /etc/a\n"
          "  mode, owner  /etc/b\n");
    CHECK(summary_of(R"({"changed": false, "msg": "no commits, no drift", "drift": []})") ==
          "No drift: every file is as it was last recorded.\n");
}

TEST_CASE("what a module returns of its own is printed as YAML") {
    CHECK(summary_of(R"({"changed": false, "msg": "2 doors", "invocation": {"module_args": {}}, "doors": [
        {"door": 21, "name": "ftp", "open": false}, {"door": null, "name": "100068"}]})") == "doors:\n"
                                                                                             "  - door: 21\n"
                                                                                             "    name: ftp\n"
                                                                                             "    open: false\n"
                                                                                             "  - door: null\n"
                                                                                             "    name: \"100068\"\n"
                                                                                             "2 doors\n");
}

TEST_CASE("ports are a table: a number, an RPC program's number or a dash, and one column for each of the rest") {
    CHECK(summary_of(R"json({"changed": false, "msg": "3 ports configured, 2 of them dynamic", "unknown": [], "ports": [
        {"port": 25, "protocol": "tcp", "name": "smtp", "program": "/usr/lib/sendmail",
         "started_from": "/etc/rc.tcpip", "dynamic": false, "rpc": null},
        {"port": null, "protocol": "udp", "name": "cmsd", "program": "/usr/dt/bin/rpc.cmsd",
         "started_from": "/etc/inetd.conf", "dynamic": true, "rpc": 100068},
        {"port": null, "protocol": "tcp", "name": "dtlogin", "program": "/usr/dt/bin/dtgreet",
         "started_from": "/etc/inittab (spawned by /etc/rc.dt)", "dynamic": true, "rpc": null}]})json") ==
          "port        protocol  name     program               started from\n"
          "25          tcp       smtp     /usr/lib/sendmail     /etc/rc.tcpip\n"
          "rpc 100068  udp       cmsd     /usr/dt/bin/rpc.cmsd  /etc/inetd.conf\n"
          "-           tcp       dtlogin  /usr/dt/bin/dtgreet   /etc/inittab (spawned by /etc/rc.dt)\n"
          "\n"
          "3 ports configured, 2 of them dynamic\n");
}

TEST_CASE("behind the ports stands what is not known of them, and what listens otherwise") {
    CHECK(summary_of(R"({"changed": false, "msg": "1 port configured, 2 differences from what listens", "ports": [
        {"port": 514, "protocol": "udp", "name": "syslog\u001b", "program": "/usr/sbin/syslogd",
         "started_from": "/etc/rc.tcpip", "dynamic": false, "rpc": null}],
        "unknown": ["/usr/lpp/x_st_mgr/bin/x_st_mgrd"],
        "listening": [{"port": 8080, "protocol": "tcp", "address": "*", "configured": false}],
        "differences": ["514/udp is configured (syslog, by /etc/rc.tcpip) but nothing listens, and this goes on",
                        "8080/tcp listens but no configuration opens it"],
        "warnings": ["a word to the wise"]})") ==
          "port  protocol  name        program            started from\n"
          "514   udp       syslog\\x1b  /usr/sbin/syslogd  /etc/rc.tcpip\n"
          "\n"
          "Programs that may listen as well:\n"
          "  /usr/lpp/x_st_mgr/bin/x_st_mgrd\n"
          "\n"
          "What listens is not what is configured:\n"
          "  514/udp is configured (syslog, by /etc/rc.tcpip) but nothing listens, and this\n"
          "    goes on\n"
          "  8080/tcp listens but no configuration opens it\n"
          "\n"
          "warning: a word to the wise\n"
          "1 port configured, 2 differences from what listens\n");
}

TEST_CASE("values of an unexpected kind in a result are passed over") {
    CHECK(summary_of(
              R"({"changed": "yes", "failed": 1, "msg": 7, "files": {}, "actions": [1], "rules": "x", "commits": [null],
        "warnings": "w", "commit": null, "diff": {}})") == "No commits.\nNothing to change.\n");
}

TEST_CASE("the exit status tells done, failed and something to change apart") {
    struct Case {
        const char* result;
        bool check;
        int expected;
    };
    const std::vector<Case> cases = {
        {R"({"changed": false})", false, 0},
        {R"({"changed": true})", false, 0},
        {R"({"changed": false})", true, 0},
        {R"({"changed": true})", true, 2},
        {R"({"changed": true, "failed": true})", false, 1},
        {R"({"changed": true, "failed": true})", true, 1},
        {R"({"failed": false})", true, 0},
        {R"({})", true, 0},
    };
    for (const Case& c : cases) {
        Call call;
        call.check_mode = c.check;
        CHECK(exit_status(call, parsed(c.result).as_object()) == c.expected);
    }
}
