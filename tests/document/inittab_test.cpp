#include "document/inittab.hpp"

#include "error.hpp"
#include "support/sample.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace bulwark;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

using Edit = std::function<void(Inittab&)>;

std::string edited(std::string_view text, const Edit& edit) {
    Inittab inittab = Inittab::parse(text);
    edit(inittab);
    CHECK(inittab == Inittab::parse(inittab.text())); // what it means is what its text means
    return inittab.text();
}

/// What the Error says, or nothing; a failed edit must leave the document as it was.
std::string refusal(std::string_view text, const Edit& edit) {
    Inittab inittab = Inittab::parse(text);
    try {
        edit(inittab);
    } catch (const Error& error) {
        CHECK(inittab.text() == text);
        return error.what();
    }
    return {};
}

bool begins(std::string_view message, std::string_view beginning) { return message.starts_with(beginning); }

/// "identifier|runlevel|action|command", with a colon in front where it is commented out.
std::vector<std::string> records(std::string_view text) {
    std::vector<std::string> found;
    for (const InittabRecord& record : Inittab::parse(text).records())
        found.push_back((record.commented ? ":" : "") + record.identifier + "|" + record.runlevel + "|" +
                        record.action + "|" + record.command);
    return found;
}

InittabFields fields(std::optional<std::string> runlevel, std::optional<std::string> action,
                     std::optional<std::string> command) {
    return {std::move(runlevel), std::move(action), std::move(command)};
}

} // namespace

TEST_CASE("inittab: a record is split at its first three colons") {
    const struct {
        std::string_view line;
        std::vector<std::string> found;
    } cases[] = {
        {"init:2:initdefault:\n", {"init|2|initdefault|"}},
        {"brc::sysinit:/sbin/rc.boot 3 >/dev/console 2>&1 # Phase 3\n",
         {"brc||sysinit|/sbin/rc.boot 3 >/dev/console 2>&1 # Phase 3"}},
        {"x:23456789:once:PATH=/a:/b \"x: y\" 'z'", {"x|23456789|once|PATH=/a:/b \"x: y\" 'z'"}},
        {"x:2:once: /a \t\r\n", {"x|2|once| /a \t"}},
        {"x:2:once:/a \\\n  -b \\\n  -c\ny:2:once:/d\n", {"x|2|once|/a \\\n  -b \\\n  -c", "y|2|once|/d"}},
        {"caf\xe9:2:once:\0\xff\n"sv, {"caf\xe9|2|once|\0\xff"s}},
        {"", {}},
        {"\n\n \t\n", {}},
        {"dt:2:wait\n", {}},
    };
    for (const auto& example : cases) {
        CHECK(records(example.line) == example.found);
        CHECK(Inittab::parse(example.line).text() == example.line);
    }
}

TEST_CASE(
    "inittab: blanks around the first three fields do not belong to them, whatever is in an active record stays") {
    CHECK(records(" dt :\t2 : wait :/etc/rc.dt\n") == std::vector<std::string>{"dt|2|wait|/etc/rc.dt"});
    CHECK(records("a name too long for init:2x:of:cmd\n") ==
          std::vector<std::string>{"a name too long for init|2x|of|cmd"});
}

TEST_CASE("inittab: # does not comment a record out") {
    CHECK(records("#rcnfs:2:wait:/etc/rc.nfs\n") == std::vector<std::string>{"#rcnfs|2|wait|/etc/rc.nfs"});
    const Inittab inittab = Inittab::parse("#rcnfs:2:wait:/etc/rc.nfs\n");
    CHECK(!inittab.active("rcnfs"));
    CHECK(inittab.active("#rcnfs")->command == "/etc/rc.nfs");
}

TEST_CASE("inittab: commented text is a disabled record only if it is a whole one") {
    const struct {
        std::string_view line;
        std::vector<std::string> found;
    } cases[] = {
        {":dt:2:wait:/etc/rc.dt\n", {":dt|2|wait|/etc/rc.dt"}},
        {": dt:2:wait:/etc/rc.dt\n", {":dt|2|wait|/etc/rc.dt"}},
        {":\t dt:2:wait:/etc/rc.dt\n", {":dt|2|wait|/etc/rc.dt"}},
        {":init:2:initdefault:\n", {":init|2|initdefault|"}},
        {":a:0123456789abcsSmM:off:\n", {":a|0123456789abcsSmM|off|"}},
        {":fourteen-bytes::once:a:b\n", {":fourteen-bytes||once|a:b"}},
        {":httpdlite:2:once:/usr/a \\\n  -r b & >/dev/null\n", {":httpdlite|2|once|/usr/a \\\n  -r b & >/dev/null"}},
        {":fifteen-bytes-x::once:a\n", {}},
        {": A line that starts with a colon is a comment to init\n", {}},
        {": Note: see: wait: the manual\n", {}},
        {": two words:2:wait:cmd\n", {}},
        {":dt:2x:wait:cmd\n", {}},
        {":dt:2:wart:cmd\n", {}},
        {":dt:2:WAIT:cmd\n", {}},
        {":dt:2::cmd\n", {}},
        {":dt:2:wait\n", {}},
        {"::dt:2:wait:cmd\n", {}},
        {" :dt:2:wait:cmd\n", {}},
        {":::::\n", {}},
        {": prose that goes on \\\ndt:2:wait:cmd\n", {}},
    };
    for (const auto& example : cases)
        CHECK(records(example.line) == example.found);
}

TEST_CASE("inittab: all actions of AIX are known, in lower case alone") {
    for (const char* action : {"respawn", "wait", "once", "boot", "bootwait", "powerfail", "powerwait", "off", "hold",
                               "ondemand", "initdefault", "sysinit"})
        CHECK(is_inittab_action(action));
    for (const char* action : {"", "Off", "ctrlaltdel", "wait "})
        CHECK(!is_inittab_action(action));
}

TEST_CASE("inittab: a record knows the first of its lines") {
    const Inittab inittab = Inittab::parse("\n:b:2:off:\na:2:once:x \\\n  y\n\nc:2:once:z");
    std::vector<std::size_t> numbers;
    for (const InittabRecord& record : inittab.records())
        numbers.push_back(record.line);
    CHECK(numbers == std::vector<std::size_t>{2, 3, 6});
    CHECK(inittab.active("c")->line == 6);
    CHECK(inittab.commented("b")->line == 2);
}

TEST_CASE("inittab: the active and the commented record of an identifier are told apart") {
    const Inittab inittab = Inittab::parse(":dt:2:off:old\ndt:2:wait:new\n:l2:2:wait:x\n");
    CHECK(inittab.active("dt")->command == "new");
    CHECK(inittab.commented("dt")->command == "old");
    CHECK(!inittab.active("l2"));
    CHECK(inittab.commented("l2")->command == "x");
    for (const char* stranger : {"", "d", "dtx", "l3", ":dt"}) {
        CHECK(!inittab.active(stranger));
        CHECK(!inittab.commented(stranger));
    }
}

TEST_CASE("inittab: commenting out puts a colon first and touches nothing else; uncommenting takes it away") {
    const struct {
        std::string_view identifier, before, after;
    } cases[] = {
        {"dt", "a:2:once:x\ndt:2:wait:/etc/rc.dt\nb:2:once:y\n", "a:2:once:x\n:dt:2:wait:/etc/rc.dt\nb:2:once:y\n"},
        {"dt", "dt:2:wait:/etc/rc.dt", ":dt:2:wait:/etc/rc.dt"},
        {"dt", "a:2:once:x\r\ndt:2:wait:y \t\r\n", "a:2:once:x\r\n:dt:2:wait:y \t\r\n"},
        {"httpdlite", "httpdlite:2:once:/usr/a \\\n  -r b &\nb:2:once:y\n",
         ":httpdlite:2:once:/usr/a \\\n  -r b &\nb:2:once:y\n"},
        {"dt", "dt : 2:wait\t:caf\xe9 \"a:b\" # x\n", ":dt : 2:wait\t:caf\xe9 \"a:b\" # x\n"},
        {"#dt", "dt:2:wait:x\n#dt:2:wait:x\n", "dt:2:wait:x\n:#dt:2:wait:x\n"},
    };
    for (const auto& example : cases) {
        CHECK(edited(example.before, [&](Inittab& i) { i.comment(example.identifier); }) == example.after);
        CHECK(edited(example.after, [&](Inittab& i) { i.uncomment(example.identifier); }) == example.before);
    }
    CHECK(edited(": dt:2:wait:x\n", [](Inittab& i) { i.uncomment("dt"); }) == "dt:2:wait:x\n");
    CHECK(edited(":\t dt:2:wait:x\n", [](Inittab& i) { i.uncomment("dt"); }) == "dt:2:wait:x\n");
}

TEST_CASE("inittab: every record that AIX 4.3.3 ships can be commented out, and comes back byte for byte") {
    const std::string text = sample("aix-4.3.3/etc/inittab");
    const std::vector<InittabRecord> shipped = Inittab::parse(text).records();
    CHECK(shipped.size() == 34);
    for (const InittabRecord& record : shipped) {
        const std::string off = edited(text, [&](Inittab& i) { i.comment(record.identifier); });
        CHECK(off.size() == text.size() + 1);
        CHECK(Inittab::parse(off).commented(record.identifier)->command == record.command);
        CHECK(edited(off, [&](Inittab& i) { i.uncomment(record.identifier); }) == text);
    }
}

TEST_CASE("inittab: removing takes the active record and all commented ones, continuation lines and all") {
    const auto remove = [](Inittab& i) { i.remove("dt"); };
    const struct {
        std::string_view before, after;
    } cases[] = {
        {"a:2:once:x\ndt:2:wait:y\nb:2:once:z\n", "a:2:once:x\nb:2:once:z\n"},
        {":dt:2:off:1\na:2:once:x\ndt:2:wait:y \\\n y\n: dt:2:off:2\n#dt:2:once:z\n", "a:2:once:x\n#dt:2:once:z\n"},
        {": dt: what it is for\nb:2:once:z\ndt:2:wait:y", ": dt: what it is for\nb:2:once:z\n"},
        {"a:2:once:x\n", "a:2:once:x\n"},
        {"dt:2:wait:y", ""},
    };
    for (const auto& example : cases) {
        CHECK(edited(example.before, remove) == example.after);
        CHECK(edited(example.after, remove) == example.after);
    }
}

TEST_CASE("inittab: changing rewrites the fields that differ and no other byte") {
    const struct {
        InittabFields fields;
        std::string_view before, after;
    } cases[] = {
        {fields({}, "off", {}), "a:2:once:x\ndt : 2 : wait : y \r\n", "a:2:once:x\ndt : 2 : off : y \r\n"},
        {fields("23", {}, {}), "dt::wait:y", "dt:23:wait:y"},
        {fields("", {}, {}), "dt: 2 :wait:y\n", "dt:  :wait:y\n"},
        {fields({}, {}, "a:b # \"c\" \\d caf\xe9"), "dt:2:wait:y\n", "dt:2:wait:a:b # \"c\" \\d caf\xe9\n"},
        {fields({}, {}, ""), "dt:2:wait:y\r\n", "dt:2:wait:\r\n"},
        {fields("3", "once", "z"), "dt:2:wait:y \\\n  y\nb:2:once:x\n", "dt:3:once:z\nb:2:once:x\n"},
        {fields({}, {}, "a \\\n b"), "dt:2:wait:y\nb:2:once:x\n", "dt:2:wait:a \\\n b\nb:2:once:x\n"},
        {fields("2", "wait", "y"), "dt: 2:wait :y\n", "dt: 2:wait :y\n"},
        {fields({}, {}, {}), "dt:2:wait:y\n", "dt:2:wait:y\n"},
        {fields({}, {}, "a \\\n b"), ":dt:2:wait:y\ndt:2:wait:a \\\n b\n", ":dt:2:wait:y\ndt:2:wait:a \\\n b\n"},
        {fields({}, {}, "y\\"), "dt:2:wait:y\\", "dt:2:wait:y\\"}, // as it is in the file
    };
    for (const auto& example : cases) {
        const auto change = [&](Inittab& i) { i.change("dt", example.fields); };
        CHECK(edited(example.before, change) == example.after);
        CHECK(edited(example.after, change) == example.after);
    }
}

TEST_CASE("inittab: a new record goes to the end or directly after another one, with the line end of the file") {
    const struct {
        std::optional<std::string_view> after;
        std::string_view before, text;
    } cases[] = {
        {{}, "", "no:2:once:x\n"},
        {{}, "brc::sysinit:y\n", "brc::sysinit:y\nno:2:once:x\n"},
        {{}, "brc::sysinit:y", "brc::sysinit:y\nno:2:once:x\n"},
        {{}, "brc::sysinit:y\n\n: end\n", "brc::sysinit:y\n\n: end\nno:2:once:x\n"},
        {{}, ":no:2:off:old\n", ":no:2:off:old\nno:2:once:x\n"},
        {"brc", "brc::sysinit:y", "brc::sysinit:y\nno:2:once:x\n"},
        {"brc", "brc::sysinit:y\nrc:2:wait:z", "brc::sysinit:y\nno:2:once:x\nrc:2:wait:z"},
        {"brc", ":brc::off:y\nbrc::sysinit:y \\\n  y\n: rc\n",
         ":brc::off:y\nbrc::sysinit:y \\\n  y\nno:2:once:x\n: rc\n"},
        {"brc", "brc::sysinit:y\r\nrc:2:wait:z\r\n", "brc::sysinit:y\r\nno:2:once:x\r\nrc:2:wait:z\r\n"},
        {{}, "brc::sysinit:y\r\nrc:2:wait:z", "brc::sysinit:y\r\nrc:2:wait:z\r\nno:2:once:x\r\n"},
    };
    for (const auto& example : cases)
        CHECK(edited(example.before, [&](Inittab& i) { i.insert("no", fields("2", "once", "x"), example.after); }) ==
              example.text);
}

TEST_CASE("inittab: the tutorial's entry for network options stands after brc") {
    const std::string text = sample("aix-4.3.3/etc/inittab");
    const std::string_view brc = "brc::sysinit:/sbin/rc.boot 3 >/dev/console 2>&1 # Phase 3 of system boot\n";
    const std::size_t behind = text.find(brc) + brc.size();
    const std::string expected =
        text.substr(0, behind) + "no:2:once:/etc/rc.no > /dev/console 2>&1\n" + text.substr(behind);
    CHECK(edited(text, [](Inittab& i) {
              i.insert("no", fields("2", "once", "/etc/rc.no > /dev/console 2>&1"), "brc");
          }) == expected);
}

TEST_CASE("inittab: moving puts a record directly after another one, and is done once") {
    const struct {
        std::string_view before, after;
    } cases[] = {
        {"brc:::\na:::\nno:::\nb:::\n", "brc:::\nno:::\na:::\nb:::\n"},
        {"no:::\na:::\nbrc:::\nb:::\n", "a:::\nbrc:::\nno:::\nb:::\n"},
        {"brc:::\nno:::\na:::", "brc:::\nno:::\na:::"},
        {"brc:::\na:::\nno:::", "brc:::\nno:::\na:::\n"},
        {"no:::\na:::\nbrc:::", "a:::\nbrc:::\nno:::\n"},
        {"brc:::\r\na:::\r\nno:::", "brc:::\r\nno:::\r\na:::\r\n"},
        {"brc:::\n: about a\na:::\nno:::x \\\n y\n", "brc:::\nno:::x \\\n y\n: about a\na:::\n"},
    };
    const auto move = [](Inittab& i) { i.move("no", "brc"); };
    for (const auto& example : cases) {
        CHECK(edited(example.before, move) == example.after);
        CHECK(edited(example.after, move) == example.after);
    }
    CHECK(edited("a:::\nbrc:::", [](Inittab& i) { i.move("brc", "brc"); }) == "a:::\nbrc:::");
}

TEST_CASE("inittab: an identifier that init sees twice is refused by every verb that would have to choose") {
    const std::string_view text = "a:2:once:x\n:dt:2:off:\ndt:2:wait:y \\\n y\nb:2:once:z\n dt :2:wait:z\n";
    const Edit edits[] = {
        [](Inittab& i) { i.active("dt"); },
        [](Inittab& i) { i.comment("dt"); },
        [](Inittab& i) { i.uncomment("dt"); },
        [](Inittab& i) { i.remove("dt"); },
        [](Inittab& i) { i.change("dt", fields({}, "off", {})); },
        [](Inittab& i) { i.insert("dt", fields("2", "once", "x"), {}); },
        [](Inittab& i) { i.insert("no", fields("2", "once", "x"), "dt"); },
        [](Inittab& i) { i.move("dt", "a"); },
        [](Inittab& i) { i.move("a", "dt"); },
    };
    for (const Edit& edit : edits)
        CHECK(refusal(text, edit) ==
              "lines 3 and 6: the identifier dt stands there more than once; keep one of these lines");
    CHECK(Inittab::parse(text).commented("dt")->line == 2);
}

TEST_CASE("inittab: a record commented out twice is refused where that one is meant") {
    const std::string_view text = ":dt:2:off:x\n: dt:2:wait:y\n:dt:2:once:z\n";
    const std::string_view why =
        "lines 1, 2 and 3: the identifier dt stands there commented out more than once; keep one of these lines";
    CHECK(refusal(text, [](Inittab& i) { i.commented("dt"); }) == why);
    CHECK(refusal(text, [](Inittab& i) { i.uncomment("dt"); }) == why);
    CHECK(edited(text, [](Inittab& i) { i.remove("dt"); }) == "");
}

TEST_CASE("inittab: uncommenting never makes a second active record") {
    CHECK(refusal("dt:2:once:x\n:dt:2:off:y\n", [](Inittab& i) { i.uncomment("dt"); }) ==
          "lines 1 and 2: the identifier dt stands there active and commented out; delete the line not meant");
    CHECK(refusal(":dt:2:off:y\ndt:2:once:x\n", [](Inittab& i) { i.uncomment("dt"); }) ==
          "lines 1 and 2: the identifier dt stands there active and commented out; delete the line not meant");
}

TEST_CASE("inittab: a malformed line of an identifier stands in the way of its verbs alone") {
    for (const char* line : {"dt:2:wait", "dt", " dt 2:wait:/etc/rc.dt", "dt:", "dt\t:wait"}) {
        const std::string text = "a:2:once:x \\\n x\n" + std::string(line) + "\r\nb:2:once:y\n";
        const Edit edits[] = {
            [](Inittab& i) { i.active("dt"); },
            [](Inittab& i) { i.commented("dt"); },
            [](Inittab& i) { i.comment("dt"); },
            [](Inittab& i) { i.remove("dt"); },
            [](Inittab& i) { i.insert("dt", fields("2", "once", "x"), "a"); },
        };
        for (const Edit& edit : edits)
            CHECK(refusal(text, edit) == "line 3: the record of dt has fewer than three colons; write it as "
                                         "identifier:runlevel:action:command or delete it");
        CHECK(edited(text, [](Inittab& i) { i.comment("b"); }).ends_with("\n:b:2:once:y\n"));
    }
    for (const char* line : {"dtx:2:wait", ": dt", "#dt", "d", ""}) // of somebody else, or prose
        CHECK(!Inittab::parse(line).active("dt"));
}

TEST_CASE("inittab: a record that is not there cannot be edited") {
    const std::string_view text = ":dt:2:off:x\na:2:once:y\n";
    CHECK(refusal(text, [](Inittab& i) { i.comment("dt"); }) ==
          "record dt: init sees none with this identifier; add it first");
    CHECK(refusal(text, [](Inittab& i) { i.change("dt", fields({}, "off", {})); }) != "");
    CHECK(refusal(text, [](Inittab& i) { i.move("a", "dt"); }) != "");
    CHECK(refusal(text, [](Inittab& i) { i.insert("no", fields("2", "once", "x"), "dt"); }) != "");
    CHECK(refusal(text, [](Inittab& i) { i.uncomment("a"); }) ==
          "record a: none with this identifier is commented out; add it instead");
}

TEST_CASE("inittab: a taken identifier and a record without all fields are not added") {
    CHECK(refusal("\na:2:once:x\n", [](Inittab& i) { i.insert("a", fields("2", "once", "y"), {}); }) ==
          "line 2: the identifier a is taken; change this record instead");
    for (const InittabFields& some : {fields({}, "once", "x"), fields("2", {}, "x"), fields("2", "once", {})})
        CHECK(refusal("", [&](Inittab& i) { i.insert("a", some, {}); }) ==
              "record a: a new one needs runlevel, action and command; give all three");
}

TEST_CASE("inittab: a field that would not be read back as given is refused") {
    const struct {
        std::string_view why;
        InittabFields fields;
    } cases[] = {
        {"record a: runlevel contains", fields("2:3", "once", "x")},
        {"record a: runlevel contains", fields("2\n", "once", "x")},
        {"record a: action contains", fields("2", "once ", "x")},
        {"record a: action contains", fields("2", "on\\", "x")},
        {"record a: action contains", fields("2", "on\x7f", "x")},
        {"record a: command contains a newline", fields("2", "once", "x\ny:2:once:z")},
        {"record a: command contains a newline", fields("2", "once", "\nx")},
        {"record a: command contains a newline", fields("2", "once", "a \\\n b\nc")},
        {"record a: command ends in a backslash", fields("2", "once", "x\\")},
        {"record a: command ends in a backslash", fields("2", "once", "x\r")},
        {"record a: command contains a NUL", fields("2", "once", "x\0y"s)},
    };
    for (const auto& example : cases) {
        CHECK(begins(refusal("b:2:once:x\n", [&](Inittab& i) { i.insert("a", example.fields, {}); }), example.why));
        CHECK(begins(refusal("a:9:off:z\n", [&](Inittab& i) { i.change("a", example.fields); }), example.why));
    }
    for (const char* identifier : {"", "a:b", "a b", "#a", "a\n", ":a", "a\\"})
        CHECK(refusal("", [&](Inittab& i) { i.insert(identifier, fields("2", "once", "x"), {}); }) != "");
}

TEST_CASE("inittab: nothing is put behind a last line that would swallow it") {
    const std::string_view why =
        "line 2: it ends in a backslash, so that a record put after it would become part of it; delete the backslash";
    for (const char* text : {"a:2:once:x\nb:2:once:y\\\n", "a:2:once:x\nb:2:once:y\\", "a:2:once:x\n: prose \\"}) {
        CHECK(refusal(text, [](Inittab& i) { i.insert("no", fields("2", "once", "x"), {}); }) == why);
        CHECK(edited(text, [](Inittab& i) {
                  i.insert("no", fields("2", "once", "x"), "a");
              }).starts_with("a:2:once:x\nno:2:once:x\n"));
    }
    CHECK(refusal("c:2:once:x\nb:2:once:y\\", [](Inittab& i) { i.move("c", "b"); }) == why);
    CHECK(begins(refusal("a:2:once:x\nc:2:once:x\nb:2:once:y\\", [](Inittab& i) { i.move("b", "a"); }),
                 "line 3: it ends"));
}
