#include "document/no_script.hpp"

#include "error.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

using namespace bulwark;
using namespace std::string_literals;

namespace {

using Options = std::map<std::string, std::string>;

Options options(std::string_view text) { return NoScript::parse(text).options(); }

/// The text after an option is set; to set it once more must change nothing.
std::string with(std::string_view text, std::string_view option, std::string_view value) {
    NoScript script = NoScript::parse(text);
    script.set(option, value);
    NoScript again = script;
    again.set(option, value);
    CHECK(again == script);
    CHECK(script.options()[std::string(option)] == value);
    return script.text();
}

/// What the Error says, or nothing; a failed edit must leave the script as it was.
std::string refusal(std::string_view text, std::string_view option, std::string_view value) {
    NoScript script = NoScript::parse(text);
    try {
        script.set(option, value);
    } catch (const Error& error) {
        CHECK(script.text() == text);
        return error.what();
    }
    return {};
}

} // namespace

TEST_CASE("a new script is a Korn shell script that sets nothing yet") {
    const std::string text = NoScript::create().text();
    CHECK(text.starts_with("#!/bin/ksh\n#"));
    CHECK(text.ends_with("\n"));
    CHECK(text.find("no -o") == std::string::npos);
    CHECK(NoScript::create().options().empty());
    CHECK(with(text, "ipforwarding", "0") == text + "/usr/sbin/no -o ipforwarding=0\n");
}

TEST_CASE("every form in which a command sets an option is read, and its value alone is changed") {
    struct Row {
        std::string before, after; // the value 1 becomes 0
    };
    const Row rows[] = {
        {"/usr/sbin/no -o x=1", "/usr/sbin/no -o x=0"},
        {"no -o x=1", "no -o x=0"},
        {"\t/usr/sbin/no  -p\t-o   x=1  # why", "\t/usr/sbin/no  -p\t-o   x=0  # why"},
        {"/usr/sbin/no -po x=1", "/usr/sbin/no -po x=0"},
        {"/usr/sbin/no -r -ox=1", "/usr/sbin/no -r -ox=0"},
        {"no -o a=5 -o x=1 -o b=6 >/dev/null 2>&1", "no -o a=5 -o x=0 -o b=6 >/dev/null 2>&1"},
        {"no -o \"x=1\"", "no -o \"x=0\""},
        {"no -o 'x=1'", "no -o 'x=0'"},
        {"no -o x=\"1\"", "no -o x=\"0\""},
        {"no -o x='1' &", "no -o x='0' &"},
        {"no -d tcp_mssdflt -o x=1", "no -d tcp_mssdflt -o x=0"},
        {"no -o \\\n  x=1", "no -o \\\n  x=0"},
        {"[ -x /usr/sbin/no ] && /usr/sbin/no -o x=1 || echo failed",
         "[ -x /usr/sbin/no ] && /usr/sbin/no -o x=0 || echo failed"},
        {"if [ -f /usr/sbin/no ]; then /usr/sbin/no -o x=1; fi",
         "if [ -f /usr/sbin/no ]; then /usr/sbin/no -o x=0; fi"},
        {"for i in 1 2; do\n  no -o x=1\ndone", "for i in 1 2; do\n  no -o x=0\ndone"},
    };
    for (const Row& row : rows)
        for (const std::string end : {"\n", "\r\n", ""}) {
            CAPTURE(row.before);
            if (end == "\r\n" && row.before.find('\n') != std::string::npos)
                continue;
            CHECK(options(row.before + end)["x"] == "1");
            CHECK(with(row.before + end, "x", "0") == row.after + end);
            CHECK(with(row.before + end, "x", "1") == row.before + end);
        }
    CHECK(options("no -o a=5 -o x={512:2048} -o b=\"{all}\"\n") ==
          Options{{"a", "5"}, {"x", "{512:2048}"}, {"b", "{all}"}});
}

TEST_CASE("what is no command that sets an option is none") {
    const char* const texts[] = {
        "# no -o x=1\n",
        "#/usr/sbin/no -o x=1\n",
        "echo no -o x=1\n",
        "echo 'setting\nno -o x=1\n'\n",
        "cat <<E\nno -o x=1\nE\n",
        "no -o x\n",
        "no -a | grep x=1\n",
        "no -o\n",
        "no -d -o x=1\n", // the option that goes back to its default is called -o
        "no x=1\n",
        "no=1 -o x=1\n",
        "nfso -o x=1\n",
        "/usr/sbin/piano -o x=1\n",
        "no -o $option=1\n",
        "no -o =1\n",
        "no -o x-y=1\n",
        "exit 0\nno -o x=1\n",
        "",
    };
    for (const std::string text : texts) {
        CAPTURE(text);
        CHECK(options(text) == Options{});
    }
}

TEST_CASE("of an option that is set twice the last value counts, and both are changed") {
    const std::string text = "no -o x=1 -o y=1\nif [ a ]; then\n\tno -o x=2\nfi\n";
    CHECK(options(text) == Options{{"x", "2"}, {"y", "1"}});
    CHECK(with(text, "x", "2") == "no -o x=2 -o y=1\nif [ a ]; then\n\tno -o x=2\nfi\n");
    CHECK(with(text, "x", "1000") == "no -o x=1000 -o y=1\nif [ a ]; then\n\tno -o x=1000\nfi\n");
    CHECK(options("no -o x=$VALUE\n") == Options{{"x", "$VALUE"}});
    CHECK(with("VALUE=1\nno -o x=$VALUE\n", "x", "0") == "VALUE=1\nno -o x=0\n");
}

TEST_CASE("an option that is not set yet gets a line of its own where it is run") {
    struct Row {
        std::string before, after;
    };
    const Row rows[] = {
        {"", "/usr/sbin/no -o x=0\n"},
        {"#!/bin/ksh\n", "#!/bin/ksh\n/usr/sbin/no -o x=0\n"},
        {"#!/bin/ksh\r\n", "#!/bin/ksh\r\n/usr/sbin/no -o x=0\r\n"},
        {"#!/bin/ksh\nno -o y=1", "#!/bin/ksh\nno -o y=1\n/usr/sbin/no -o x=0\n"},
        {"#!/bin/ksh\r\nno -o y=1", "#!/bin/ksh\r\nno -o y=1\r\n/usr/sbin/no -o x=0\r\n"},
        {"no -o y=1\n\nexit 0\n", "no -o y=1\n\n/usr/sbin/no -o x=0\nexit 0\n"},
        {"no -o y=1\n\texit $rc # done\n\n# end\n", "no -o y=1\n/usr/sbin/no -o x=0\n\texit $rc # done\n\n# end\n"},
        {"exit", "/usr/sbin/no -o x=0\nexit"},
        {"return 1\n", "/usr/sbin/no -o x=0\nreturn 1\n"},
        {"exit 0\nno -o x=1\n", "/usr/sbin/no -o x=0\nexit 0\nno -o x=1\n"}, // that one is never run
        {"[ -x /usr/sbin/no ] || exit 1\nf() {\n\texit 2\n}\n",
         "[ -x /usr/sbin/no ] || exit 1\nf() {\n\texit 2\n}\n/usr/sbin/no -o x=0\n"},
        {"exit 0 | cat\n", "exit 0 | cat\n/usr/sbin/no -o x=0\n"}, // which ends a part of the pipeline alone
        {"if [ a ]; then\n\texit 0\nfi\n", "if [ a ]; then\n\texit 0\nfi\n/usr/sbin/no -o x=0\n"},
        {"# no -o x=0\n", "# no -o x=0\n/usr/sbin/no -o x=0\n"},
        {"cat <<E\nexit 0\nE\n", "cat <<E\nexit 0\nE\n/usr/sbin/no -o x=0\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.before);
        CHECK(with(row.before, "x", "0") == row.after);
    }
}

TEST_CASE("a list of values is quoted where ksh93 would take it apart") {
    CHECK(with("", "x", "{512:2048}") == "/usr/sbin/no -o x={512:2048}\n");
    CHECK(with("", "x", "{1,2}") == "/usr/sbin/no -o x=\"{1,2}\"\n");
    CHECK(with("no -o x=1\n", "x", "{1..2}") == "no -o x=\"{1..2}\"\n");
    CHECK(with("no -o \"x=1\"\n", "x", "{1,2}") == "no -o \"x={1,2}\"\n");
    CHECK(with("no -o x=\"{1,2}\"\n", "x", "3") == "no -o x=\"3\"\n");
    CHECK(with("no -o \"x=\"\n", "x", "{1,2}") == "no -o \"x={1,2}\"\n");
    CHECK(with("no -o \"x\"=1\n", "x", "{1,2}") == "no -o \"x\"=\"{1,2}\"\n");
    CHECK(with("no -o 'x'='1'\n", "x", "{1,2}") == "no -o 'x'='{1,2}'\n");
}

TEST_CASE("the twelve options of the tutorial's profile, one after the other") {
    NoScript script = NoScript::create();
    const std::string head = script.text();
    const char* const zero[] = {"bcastping",       "directed_broadcast", "icmpaddressmask",   "ipforwarding",
                                "ipsendredirects", "ip6srcrouteforward", "ipsrcrouteforward", "ipsrcrouterecv",
                                "ipsrcroutesend",  "nonlocsrcroute"};
    std::string lines;
    for (const std::string option : zero) {
        script.set(option, "0");
        lines += "/usr/sbin/no -o " + option + "=0\n";
    }
    for (const std::string option : {"clean_partial_conns", "ipignoreredirects"}) {
        script.set(option, "1");
        lines += "/usr/sbin/no -o " + option + "=1\n";
    }
    CHECK(script.text() == head + lines);
    CHECK(script.options().size() == 12);
}

TEST_CASE("names and values that a shell or no could take for something else are refused") {
    for (const std::string bad : {"a b", "a\nb", "a;b", "$a",  "`a`", "a'", "a\"",     "a\\", "a&", "a|b",
                                  "a>b", "a(",   "a*",  "a=b", "",    " ",  "caf\xe9", "a#b", "a~", "a\r"}) {
        CAPTURE(bad);
        CHECK(refusal("no -o x=1\n", "x", bad).starts_with("network option 'x' cannot be set to '"));
        CHECK(refusal("no -o x=1\n", bad, "1").starts_with("network option '"));
    }
    CHECK(refusal("", "x", "a\0b"s) != "");
    CHECK(refusal("", "x-y", "1") ==
          "network option 'x-y' cannot be set to '1': a name is of letters, digits and _, and a "
          "value of these and . : , { } + -");
    CHECK(with("", "x", "-1.5+a:{b}_,C") == "/usr/sbin/no -o x=\"-1.5+a:{b}_,C\"\n");
}

TEST_CASE("a value that is quoted in part is replaced with its quotes, and no quote is left open") {
    CHECK(with("no -o \"x=1\"# no -o y=1 -o \"x=1\"\n", "x", "0") == // a part of the word, and no comment
          "no -o \"x=0\" no -o y=1 -o \"x=0\"\n");
    CHECK(with("no -o x=\"1\"2\n", "x", "0") == "no -o x=0\n");
    CHECK(with("no -o x=\"1\"'2'\n", "x", "{1,2}") == "no -o x=\"{1,2}\"\n");
    CHECK(with("no -o 'x=1'\"2\"\n", "x", "{1,2}") == "no -o 'x={1,2}'\n");
    CHECK(with("no -o \"x=1\\\"2\"\n", "x", "0") == "no -o \"x=0\"\n");
    CHECK(with("no -o x'='1\n", "x", "0") == "no -o x'=0'\n");
}

TEST_CASE("a script in which a line would not be run, or that cannot be understood, is refused with the line") {
    struct Row {
        std::string text, message;
    };
    const Row rows[] = {
        {"no -o y=1\nif [ a ]; then\nno -o x=1\n",
         "line 2: the script cannot be understood from here on ('if' has no 'fi'): correct it by hand"},
        {"echo\nfi; exit 0\n",
         "line 2: the script cannot be understood from here on ('fi' is unexpected): correct it by hand"},
        {"if [ a ]; then\n\techo\nfi; exit 0\n",
         "line 3: exit shares its line with other commands: put it on a line of its own"},
        {"echo \\\n\n; exit 0",
         "line 3: the script cannot be understood from here on (';' is unexpected): correct it by hand"},
        {"echo; \\\nexit 0\n", "line 2: exit shares its line with other commands: put it on a line of its own"},
        {"no -o y=1\necho \\\n",
         "line 2: network option x cannot be set here so that the shell would run it: edit the script by hand"},
        {"no -o y=1\necho \\",
         "line 2: network option x cannot be set here so that the shell would run it: edit the script by hand"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(refusal(row.text, "x", "0") == row.message);
    }
}

TEST_CASE("tunables are those of the first stanza of that name, and of each the first value") {
    const std::string text = "# by tunsave\n"
                             "\n"
                             "info:\n"
                             "\tAIX_level = \"5.2.0.0\"\n"
                             "\tipforwarding = \"9\"\n"
                             "\n"
                             "no: # network\n"
                             "\tipforwarding = \"0\" # RESTRICTED\n"
                             "\tbcastping=1\n"
                             "  rfc1323\t=\t\"1\"  \r\n"
                             "#\tipsendredirects = \"0\"\n"
                             "\tports = \"{512:2048} #\"\n"
                             "\tipforwarding = \"1\"\n"
                             "\tempty = \"\"\n"
                             "\tnonsense\n"
                             "nfso:\n"
                             "\tportcheck = \"1\"\n"
                             "no:\n"
                             "\tipignoreredirects = \"1\"\n";
    CHECK(
        tunables(text, "no") ==
        Options{{"ipforwarding", "0"}, {"bcastping", "1"}, {"rfc1323", "1"}, {"ports", "{512:2048} #"}, {"empty", ""}});
    CHECK(tunables(text, "nfso") == Options{{"portcheck", "1"}});
    CHECK(tunables(text, "info") == Options{{"AIX_level", "5.2.0.0"}, {"ipforwarding", "9"}});
    CHECK(tunables(text, "vmo") == Options{});
    CHECK(tunables("", "no") == Options{});
    CHECK(tunables("x = \"1\"\nno:", "no") == Options{});
    CHECK(tunables("no:\nx = \"1\nno:\ny = 2 3\n", "no") == Options{{"x", "1"}});
    CHECK(tunables("no:\n\tx = 1:\n\ty = 2\n", "no") == Options{{"x", "1:"}, {"y", "2"}});
    CHECK(tunables("\tno :\n\ty = 2 3", "no") == Options{{"y", "2"}});
    CHECK(tunables("no:\n\tx = \"DEFAULT\"\t# 85\n\ty = \"STATIC\"\n\tz = \"RESTRICTED\"\n\tx = \"60\"\n", "no") ==
          Options{{"x", "DEFAULT"}, {"y", "STATIC"}, {"z", "RESTRICTED"}});
}
