#include "protocol.hpp"

#include "python/python_text.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace bulwark;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

bool is_known(std::string_view name) { return name == "inetd" || name == "inittab"; }

Call read(std::string_view arguments, std::string_view program = "/tmp/x/AnsiballZ_inetd") {
    return read_call(arguments, program, is_known);
}

std::string line_of(const json::value& value) {
    const std::string line = to_line({{"x", value}});
    return line.substr(6, line.size() - 7);
}

std::string error_of(json::value (*parse)(std::string_view), std::string_view text) {
    try {
        return "accepted: " + line_of(parse(text));
    } catch (const Error& error) {
        return error.what();
    }
}

} // namespace

TEST_CASE("JSON is read as Python's json module writes it") {
    const std::vector<Pair> cases = {
        {" {\"a\" : [ 1 , -2 ] }\r\n\t", R"({"a": [1, -2]})"},
        {"[true, false, null, \"\", [], {}]", R"([true, false, null, "", [], {}])"},
        {"[NaN, Infinity, -Infinity, 1e400, -1e400]", R"(["nan", "inf", "-inf", "inf", "-inf"])"},
        {"[9223372036854775807, -9223372036854775808, 18446744073709551615]",
         "[9223372036854775807, -9223372036854775808, 18446744073709551615]"},
        {"[18446744073709551616, -9223372036854775809]", R"(["18446744073709551616", "-9223372036854775809"])"},
        {"[1.0, 1e2, 1.5E-7, -0, -0.0, 0.30000000000000004]", "[1.0, 100.0, 1.5e-07, 0, -0.0, 0.30000000000000004]"},
        {R"("\"\\\/\b\f\n\r\tA\u00e9")", R"("\"\\/\u0008\u000c\n\u000d\u0009A\u00e9")"},
        {R"("\ud83d\ude00 \u2028")", R"("\ud83d\ude00 \u2028")"},
        {R"({"a": 1, "b": 2, "a": {"c": 3}})", R"({"a": {"c": 3}, "b": 2})"},
        {"\"caf\xc3\xa9\"", R"("caf\u00e9")"},
    };
    for (const auto& [text, expected] : cases)
        CHECK(line_of(parse_lenient(text)) == expected);
}

TEST_CASE("a lone surrogate is the byte that Python took it for, or the replacement character") {
    const std::vector<Pair> cases = {
        {R"("caf\udce9")", "caf\xe9"},
        {R"("\udc80\udcff")", "\x80\xff"},
        {R"("\udcc3\udca9")", "\xc3\xa9"}, // two such bytes may be a character
        {R"("\ud800")", "\xef\xbf\xbd"},
        {R"("\ud800\ud83d\ude00")", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
        {R"("\ud800\udce9x")", "\xf0\x90\x83\xa9x"}, // a pair, as for Python
        {R"("\ud800\n\udc00")", "\xef\xbf\xbd\n\xef\xbf\xbd"},
        {"\"\xff\"", "\xff"},
    };
    for (const auto& [text, expected] : cases)
        CHECK(view(parse_lenient(text)) == expected);
}

TEST_CASE("what is not JSON is refused, with the place") {
    const std::vector<Pair> cases = {
        {"", "not JSON: it ends too early at byte 0"},
        {"  ", "not JSON: it ends too early at byte 2"},
        {R"({"a": 1, "b": x})", "not JSON: expected a value at byte 14"},
        {R"({"a": 1)", "not JSON: it ends too early at byte 7"},
        {R"({"a" 1})", "not JSON: expected \":\" at byte 5"},
        {"{a: 1}", "not JSON: expected a name in double quotes at byte 1"},
        {R"({"a": 1,})", "not JSON: a comma before the end at byte 8"},
        {"[1,]", "not JSON: a comma before the end at byte 3"},
        {"[1 2]", "not JSON: expected \"]\" at byte 3"},
        {"{} {}", "not JSON: more text after the value at byte 3"},
        {"01", "not JSON: a number with a leading zero at byte 0"},
        {"-", "not JSON: expected a value at byte 0"},
        {"1.", "not JSON: expected a digit at byte 2"},
        {"1e+", "not JSON: expected a digit at byte 3"},
        {"+1", "not JSON: expected a value at byte 0"},
        {"\"a", "not JSON: a string without its end at byte 2"},
        {"\"a\\", "not JSON: an unknown escape in a string at byte 3"},
        {"\"a\tb\"", "not JSON: a control character in a string at byte 2"},
        {"\"a\0b\""sv, "not JSON: a control character in a string at byte 2"},
        {R"("\x41")", "not JSON: an unknown escape in a string at byte 2"},
        {R"("\u00g0")", "not JSON: a bad number in an escape at byte 3"},
        {R"("\u00)", "not JSON: a bad number in an escape at byte 3"},
        {"'a'", "not JSON: expected a value at byte 0"},
        {"(1)", "not JSON: expected a value at byte 0"},
        {"True", "not JSON: expected a value at byte 0"},
        {"trueish", "not JSON: more text after the value at byte 4"},
    };
    for (const auto& [text, expected] : cases)
        CHECK(error_of(parse_lenient, text) == expected);
}

TEST_CASE("nesting ends before the stack does") {
    const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
    CHECK(line_of(parse_lenient(nested(200))) == nested(200));
    CHECK(error_of(parse_lenient, nested(201)) == "not JSON: nested deeper than 200 levels at byte 200");
    CHECK(error_of(parse_lenient, std::string(1000000, '[')) == "not JSON: nested deeper than 200 levels at byte 200");
}

TEST_CASE("no beginning of a text and no text with a byte changed does worse than be refused") {
    const std::string text = R"({"a": [1, -2.5e-3, NaN, "\ud83d\ude00\udce9\n", {"b": null}], "c": true})";
    for (std::size_t size = 0; size < text.size(); ++size)
        CHECK_THROWS_AS(parse_lenient(text.substr(0, size)), Error);
    for (std::size_t index = 0; index < text.size(); ++index)
        for (const char letter : "\"\\{}[],:0-.eutn'( \xff\x80\n"s + '\0') {
            std::string changed = text;
            changed[index] = letter;
            for (const auto parse : {parse_lenient, parse_python_literal}) {
                const std::string result = error_of(parse, changed);
                CHECK(clean_utf8(result) == result);
            }
        }
}

TEST_CASE("long texts are read to their end") {
    std::string text = "{\"name\": \"" + std::string(1000000, 'x') + "\\u00e9\", \"list\": [";
    for (int number = 0; number < 100000; ++number)
        text += std::to_string(number) + ", ";
    const json::value read = parse_lenient(text + "null]}");
    CHECK(view(read.at("name")).size() == 1000002);
    CHECK(read.at("list").as_array().size() == 100001);
    CHECK(read.at("list").as_array()[99999] == 99999);
}

TEST_CASE("literals are read as Python's repr writes them") {
    const std::vector<Pair> cases = {
        {R"({'a': None, "b": True, 'c': False})", R"({"a": null, "b": true, "c": false})"},
        {"[(), (1,), (1), (1, 'x',), [2,]]", R"([[], [1], 1, [1, "x"], [2]])"},
        {R"({1: 'a', None: 'b', True: 'c', 1.5: 'd'})", R"({"1": "a", "null": "b", "true": "c", "1.5": "d"})"},
        {R"('it\'s \x41\u00e9\U0001f600\\\a')", R"("it's A\u00e9\ud83d\ude00\\\u0007")"},
        {"{'a': -1.5e-07}", R"({"a": -1.5e-07})"},
    };
    for (const auto& [text, expected] : cases)
        CHECK(line_of(parse_python_literal(text)) == expected);
    for (const std::string_view text :
         {"{1, 2}", "nan", "true", "{[]: 1}", "'a' 'b'", "__import__('os')", "'\\q'", "'a"})
        CHECK(error_of(parse_python_literal, text).starts_with("not a Python literal: "));
}

TEST_CASE("values print as Python prints them") {
    const std::vector<Pair> cases = {
        {R"("plain")", "'plain'"},
        {R"("it's")", R"("it's")"},
        {R"("\"it's\"")", R"('"it\'s"')"},
        {R"("\\\t\n\r\u0000\u001b\u007f")", R"('\\\t\n\r\x00\x1b\x7f')"},
        {R"("\u00e9\u4e2d\ud83d\ude00")", "'\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80'"},
        {R"("\u00a0\u00ad\u200b\u2028\ufeff\ue000")", R"('\xa0\xad\u200b\u2028\ufeff\ue000')"},
        {R"("\udb40\udc01")", R"('\U000e0001')"},
        {R"("\udce9")", R"('\udce9')"},
        {R"([1, null, {"k": [true, false]}, []])", "[1, None, {'k': [True, False]}, []]"},
        {R"({})", "{}"},
        {"[1.0, 0.1, 100.0, 1e15, 1e16, 1.5e300, 1e-4, 1e-5, -1.25e-7, 5e-324]",
         "[1.0, 0.1, 100.0, 1000000000000000.0, 1e+16, 1.5e+300, 0.0001, 1e-05, -1.25e-07, 5e-324]"},
        {"[5.684341886080802e-14, 123456789012345680.0, 1.7976931348623157e308, 12345.678, -0.0]",
         "[5.684341886080802e-14, 1.2345678901234568e+17, 1.7976931348623157e+308, 12345.678, -0.0]"},
    };
    for (const auto& [text, expected] : cases)
        CHECK(python_repr(parse_lenient(text)) == expected);
    CHECK(python_str("it's") == "it's");
    CHECK(python_str(nullptr) == "None");
    CHECK(python_float(std::numeric_limits<double>::quiet_NaN()) == "nan");
    CHECK(python_float(-std::numeric_limits<double>::infinity()) == "-inf");
}

TEST_CASE("stripping takes the blanks that Python takes, and nothing else") {
    CHECK(python_strip(" \t\r\n\v\f\x1c\x1f a b\xc2\xa0\xe3\x80\x80\xe2\x80\x83 ") == "a b");
    CHECK(python_strip("\xe2\x80\x8b\xff") == "\xe2\x80\x8b\xff"); // a zero-width space is none
    CHECK(python_strip(" \xc2\x85 ").empty());
    CHECK(python_strip("\x80").size() == 1);
    CHECK(python_strip("").empty());
}

TEST_CASE("a call is read from what Ansible sends") {
    const Call call =
        read(R"({"services": ["echo"], "state": null, "_ansible_check_mode": true, "_ansible_no_log": false,
        "_ansible_debug": false, "_ansible_diff": true, "_ansible_verbosity": 3, "_ansible_version": "2.14.18",
        "_ansible_module_name": "bulwark.aix.inetd", "_ansible_tmpdir": null, "_ansible_selinux_special_fs": ["fuse"],
        "_ansible_from_the_future": {"a": [1]}})");
    CHECK(call.module == "inetd");
    CHECK(to_line(call.options) == R"({"services": ["echo"], "state": null})");
    CHECK(call.caller.module_name == "bulwark.aix.inetd");
    CHECK(call.caller.ansible_version == "2.14.18");
    CHECK_FALSE(call.caller.ignore_unknown);
    CHECK(call.check_mode);
    CHECK(call.diff);
    CHECK_FALSE(call.no_log);
    CHECK(call.invocation);
}

TEST_CASE("a call needs none of the keys that Ansible adds") {
    const Call call = read("{}");
    CHECK(call.module == "inetd");
    CHECK(call.options.empty());
    CHECK(call.caller.module_name == "inetd");
    CHECK(call.caller.ansible_version == "2.19");
    CHECK_FALSE(call.caller.ignore_unknown);
    CHECK_FALSE(call.check_mode);
    CHECK_FALSE(call.diff);
    CHECK_FALSE(call.no_log);
    CHECK(call.invocation);
}

TEST_CASE("switches of odd types count as AnsibleModule or else Python takes them") {
    const auto check_mode = [](std::string_view value) {
        return read("{\"_ansible_check_mode\": " + std::string(value) + "}").check_mode;
    };
    for (const char* const value :
         {"true", "1", R"("yes")", R"(" ON ")", "1.0", R"("maybe")", "[0]", R"({"a": 0})", "7"})
        CHECK(check_mode(value));
    for (const char* const value : {"false", "0", R"("no")", R"("")", "null", "[]", "{}", "0.0"})
        CHECK_FALSE(check_mode(value));
    CHECK_FALSE(read(R"({"_ansible_inject_invocation": false})").invocation);
    CHECK(read(R"({"_ansible_inject_invocation": true})").invocation);
    CHECK(read(R"({"_ansible_inject_invocation": null})").invocation);
    CHECK(read(R"({"_ansible_ignore_unknown_opts": "true"})").caller.ignore_unknown);
    CHECK(read(R"({"_ansible_no_log": 1})").no_log);
    CHECK(read(R"({"_ansible_version": 2.14, "_ansible_module_name": null})").caller.ansible_version == "2.14");
    CHECK(read(R"({"_ansible_version": "", "_ansible_module_name": ""})").caller.ansible_version == "2.19");
}

TEST_CASE("the module is that of the task, or else that of the program") {
    struct Dispatch {
        std::string_view task, program, module, name;
    };
    const std::vector<Dispatch> cases = {
        {"bulwark.aix.inittab", "/tmp/x/AnsiballZ_inetd", "inittab", "bulwark.aix.inittab"},
        {"inittab", "bulwark", "inittab", "inittab"},
        {"bulwark.aix.old_name", "/tmp/x/AnsiballZ_inetd", "inetd", "bulwark.aix.old_name"}, // a redirect
        {"", "/tmp/ansible.d/AnsiballZ_inittab.bin", "inittab", "inittab"},
        {"", "inetd", "inetd", "inetd"},
        {"ansible.legacy.", "./inetd.x", "inetd", "ansible.legacy."},
    };
    for (const Dispatch& dispatch : cases) {
        const Call call = read("{\"_ansible_module_name\": \"" + std::string(dispatch.task) + "\"}", dispatch.program);
        CHECK(call.module == dispatch.module);
        CHECK(call.caller.module_name == dispatch.name);
    }
    CHECK_THROWS_WITH_AS(
        read(R"({"_ansible_module_name": "a.b.telnet"})", "/bin/bulwark"),
        "finding the module to run: neither _ansible_module_name \"a.b.telnet\" nor the program's name "
        "\"/bin/bulwark\" is that of a module",
        Error);
}

TEST_CASE("arguments that are not one JSON object are refused") {
    const std::vector<Pair> cases = {
        {"[1]", "reading the arguments: they have to be one JSON object, not a list"},
        {"null", "reading the arguments: they have to be one JSON object, not a NoneType"},
        {"", "reading the arguments: not JSON: it ends too early at byte 0"},
        {"{\"a\": }", "reading the arguments: not JSON: expected a value at byte 6"},
        {"\x7f"
         "ELF\x01\x02",
         "reading the arguments: not JSON: expected a value at byte 0"},
    };
    for (const auto& [text, expected] : cases)
        CHECK_THROWS_WITH_AS(read(text), std::string(expected).c_str(), Error);
}

TEST_CASE("a result is one line of ASCII that any JSON parser reads") {
    const json::object result = {
        {"changed", true},
        {"caf\xe9", "tab\t \"q\" \\ \n \x7f caf\xe9 \xc3\xa9 \xed\xa0\x80 \xf0\x9f\x98\x80"},
        {"lines", "\xc2\x85\xe2\x80\xa8\xe2\x80\xa9\v\x1e"}, // each ends a line for str.splitlines
        {"numbers", {0, -1, 18446744073709551615U, 1.0, 1e300, -0.0}},
        {"none", {nullptr, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}},
        {"nested", {{"a", json::array()}, {"b", json::object()}}},
    };
    CHECK(
        to_line(result) ==
        R"({"changed": true, "caf\\xe9": "tab\u0009 \"q\" \\ \n \u007f caf\\xe9 \u00e9 \\xed\\xa0\\x80 \ud83d\ude00", )"
        R"("lines": "\u0085\u2028\u2029\u000b\u001e", "numbers": [0, -1, 18446744073709551615, 1.0, 1e+300, -0.0], )"
        R"("none": [null, null, null], "nested": {"a": [], "b": {}}})");
    CHECK(to_line({}) == "{}");
    CHECK(line_of(json::string("a\0b"sv)) == R"("a\u0000b")");
}

TEST_CASE("what a result holds is read back as it was") {
    const std::vector<std::string_view> texts = {
        R"({"a": ["caf\u00e9\n\u0000", 1.5, 0.1, 1e+22, -7, true, null, {"": {}}]})",
        R"({"\ud83d\ude00": 9007199254740993, "b": 2.2250738585072014e-308})"};
    for (const std::string_view text : texts)
        CHECK(to_line(parse_lenient(text).as_object()) == text);
}

TEST_CASE("bytes that are not UTF-8 become escapes, and all else stays") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", ""},
        {"plain \t\n\\ \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "plain \t\n\\ \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"caf\xe9", "caf\\xe9"},
        {"\xe2\x82", "\\xe2\\x82"},                              // cut short
        {"\xc0\xaf \xe0\x80\xaf", "\\xc0\\xaf \\xe0\\x80\\xaf"}, // overlong
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},                     // a surrogate
        {"\xf4\x90\x80\x80\xf5\x80\x80\x80", "\\xf4\\x90\\x80\\x80\\xf5\\x80\\x80\\x80"},
        {"\xf4\x8f\xbf\xbf\xef\xbf\xbf", "\xf4\x8f\xbf\xbf\xef\xbf\xbf"},
        {"\x80\xc3\xa9\xff", "\\x80\xc3\xa9\\xff"},
        {"a\0b"s, "a\0b"s},
    };
    for (const auto& [text, expected] : cases)
        CHECK(clean_utf8(text) == expected);
}
