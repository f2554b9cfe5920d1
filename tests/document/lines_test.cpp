#include "document/lines.hpp"
#include "text.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace bulwark;
using namespace std::string_view_literals;

namespace {

struct Case {
    std::string_view text;
    std::vector<std::string_view> lines;
};

} // namespace

TEST_CASE("lines keep their line ends, and joined they are the text") {
    const Case cases[] = {
        {""sv, {}},
        {"\n"sv, {"\n"}},
        {"one"sv, {"one"}},
        {"one\ntwo"sv, {"one\n", "two"}},
        {"one\r\n\r\ntwo\r\n"sv, {"one\r\n", "\r\n", "two\r\n"}},
        {"a lone \r ends no line\n"sv, {"a lone \r ends no line\n"}},
        {"\0\n\xff\n"sv, {"\0\n"sv, "\xff\n"}},
        {"one \\\ntwo\n"sv, {"one \\\n", "two\n"}},
    };
    for (const Case& example : cases)
        CHECK(split_lines(example.text) == example.lines);
}

TEST_CASE("a backslash directly before the newline continues a line, and nothing else does") {
    const Case cases[] = {
        {""sv, {}},
        {"one\ntwo\n"sv, {"one\n", "two\n"}},
        {"one \\\ntwo\nthree\n"sv, {"one \\\ntwo\n", "three\n"}},
        {"one \\\ntwo \\\nthree\nfour"sv, {"one \\\ntwo \\\nthree\n", "four"}},
        {"\\\n\\\n\n\n"sv, {"\\\n\\\n\n", "\n"}},
        {"one \\ \ntwo\n"sv, {"one \\ \n", "two\n"}},
        {"one \\\r\ntwo\r\n"sv, {"one \\\r\n", "two\r\n"}},
        {"one \\\n"sv, {"one \\\n"}},
        {"one \\"sv, {"one \\"}},
    };
    for (const Case& example : cases)
        CHECK(split_continued_lines(example.text) == example.lines);
}

TEST_CASE("a line end is \\n or \\r\\n, or as much of that as a file that was cut off has") {
    const struct {
        std::string_view line, without, end;
    } cases[] = {
        {"", "", ""},           {"\n", "", "\n"},
        {"\r\n", "", "\r\n"},   {"one", "one", ""},
        {"one\n", "one", "\n"}, {"one\r\n", "one", "\r\n"},
        {"one\r", "one", "\r"}, {"one \\\ntwo\n", "one \\\ntwo", "\n"},
    };
    for (const auto& example : cases) {
        CHECK(without_line_end(example.line) == example.without);
        CHECK(line_end(example.line) == example.end);
    }
}

TEST_CASE("a last line is completed, and means the same before and after") {
    CHECK(completed("one", "\n") == "one\n");
    CHECK(completed("one", "\r\n") == "one\r\n");
    CHECK(completed("one\r", "\n") == "one\r\n");
    CHECK(completed("one\r", "\r\n") == "one\r\n");
    CHECK(completed("one\n", "\r\n") == "one\n");
    CHECK(completed("", "\n") == "\n");
}

TEST_CASE("words are what blanks and tabs separate") {
    const struct {
        std::string_view line;
        std::vector<Span> spans;
    } cases[] = {
        {"", {}},
        {" \t \r\n", {}},
        {"one", {{0, 3}}},
        {"  one\t\ttwo \r\n", {{2, 5}, {7, 10}}},
        {"one\ttwo\n", {{0, 3}, {4, 7}}},
    };
    for (const auto& example : cases)
        CHECK(words(example.line) == example.spans);
}

TEST_CASE("the bytes of a span can be read and replaced by fewer or more") {
    const std::string_view line = "ftp\tstream\n";
    CHECK(at(line, {4, 10}) == "stream");
    CHECK(at(line, {3, 3}).empty());
    CHECK(replaced(line, {4, 10}, "dgram") == "ftp\tdgram\n");
    CHECK(replaced(line, {0, 3}, "telnet") == "telnet\tstream\n");
    CHECK(replaced(line, {3, 10}, "") == "ftp\n");
    CHECK(replaced(line, {10, 10}, "\ttcp") == "ftp\tstream\ttcp\n");
}

TEST_CASE("several stretches are replaced at once") {
    CHECK(replaced("a b c", std::vector<Replacement>{}) == "a b c");
    CHECK(replaced("a b c", {{{0, 1}, "one"}, {{2, 2}, "more "}, {{4, 5}, ""}}) == "one more b ");
}

TEST_CASE("lines are taken away by their indexes") {
    const auto left = [](const std::vector<std::size_t>& indexes) {
        const auto no_meaning = +[](std::string_view) { return std::optional<int>(); };
        auto lines = understood<int>(split_lines("a\nb\nc\nd"), no_meaning);
        erase_lines(lines, indexes);
        return text_of_lines(lines);
    };
    CHECK(left({}) == "a\nb\nc\nd");
    CHECK(left({0, 1}) == "c\nd");
    CHECK(left({1, 3}) == "a\nc\n");
    CHECK(left({0, 1, 2, 3}).empty());
}

TEST_CASE("a stretch is taken with the blanks and tabs before it, as far as there are any") {
    CHECK(with_blanks_before("a \t b", {4, 5}) == Span{1, 5});
    CHECK(with_blanks_before("ab", {1, 2}) == Span{1, 2});
    CHECK(with_blanks_before(" \tb", {2, 3}) == Span{0, 3});
}

TEST_CASE("blanks and tabs are trimmed on both sides, and nothing else is") {
    CHECK(trimmed("") == "");
    CHECK(trimmed(" \t ") == "");
    CHECK(trimmed("\t a b ") == "a b");
    CHECK(trimmed("a\n") == "a\n");
}

TEST_CASE("lower case is for ASCII letters alone") { CHECK(lower("AbZ-[@09 \xc9\xe9") == "abz-[@09 \xc9\xe9"); }

TEST_CASE("a text is cited in one line, whatever is in it") {
    CHECK(cited("a b") == "'a b'");
    CHECK(cited("a\r\n\tb\x7f\xc3\xa9") == "'a???b?\xc3\xa9'");
}

TEST_CASE("items and line numbers are enumerated as one says them") {
    CHECK(enumerate({}) == "");
    CHECK(enumerate({"a"}) == "a");
    CHECK(enumerate({"a", "b"}) == "a and b");
    CHECK(enumerate({"a", "b", "c"}) == "a, b and c");
    CHECK(describe_lines({4}) == "line 4");
    CHECK(describe_lines({4, 9, 12}) == "lines 4, 9 and 12");
    CHECK(describe_lines({1, 2, 3, 4, 5}) == "lines 1, 2, 3, 4 and 5");
    CHECK(describe_lines({1, 2, 3, 4, 5, 7, 9}) == "lines 1, 2, 3, 4, 5 and 2 more");
}
