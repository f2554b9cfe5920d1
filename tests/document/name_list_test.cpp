#include "document/name_list.hpp"

#include "error.hpp"

#include <doctest/doctest.h>

using namespace bulwark;
using namespace std::string_view_literals;

namespace {

using Names = std::vector<std::string>;

std::string with(std::string_view text, std::string_view name) {
    NameList list = NameList::parse(text);
    list.add(name);
    CHECK(list == NameList::parse(list.text()));
    return list.text();
}

std::string without(std::string_view text, std::string_view name) {
    NameList list = NameList::parse(text);
    const bool removed = list.remove(name);
    CHECK(list == NameList::parse(list.text()));
    CHECK(removed == (list.text() != text));
    return list.text();
}

} // namespace

TEST_CASE("a list of names has one a line, whatever blanks are around it") {
    CHECK(NameList::parse("root\n daemon\t\r\n\nbin \t\nroot\nuucp").names() == Names{"root", "daemon", "bin", "uucp"});
    CHECK(NameList::parse("# root\n#bin\n \t#sys\nroot # not he\nuucp nuucp\n\r\n").names().empty());
    CHECK(NameList::parse("caf\xe9\nHost.Example.COM\n").names() == Names{"caf\xe9", "Host.Example.COM"});
}

TEST_CASE("a name is appended if it is not there") {
    const struct {
        std::string_view text, name, expected;
    } cases[] = {
        {"", "root", "root\n"},
        {"root\n", "bin", "root\nbin\n"},
        {"root", "bin", "root\nbin\n"},
        {"root\r\nsys", "bin", "root\r\nsys\r\nbin\r\n"},
        {"\n\n", "bin", "\n\nbin\n"},
        {"#bin\n", "bin", "#bin\nbin\n"},
        {"bin sys\n", "bin", "bin sys\nbin\n"},
        {"binary\n", "bin", "binary\nbin\n"},
        {"BIN\n", "bin", "BIN\nbin\n"},
        {"root\n\t bin", "bin", "root\n\t bin"}, // not even a newline
        {"sys\r", "bin", "sys\r\nbin\n"},
    };
    for (const auto& [text, name, expected] : cases) {
        CHECK(with(text, name) == expected);
        CHECK(with(expected, name) == expected);
    }
}

TEST_CASE("a name that must be a whole line is appended unless it is one, whatever the other lines end with") {
    const struct {
        std::string_view text, expected;
    } cases[] = {
        {"", "bin\n"},
        {"bin\n", "bin\n"},
        {"root\nbin", "root\nbin"},
        {" bin\n", " bin\nbin\n"},
        {"bin \n", "bin \nbin\n"},
        {"bin\r\nsys\r\n", "bin\r\nsys\r\nbin\n"},
        {"sys\r\nbin\n", "sys\r\nbin\n"},
        {"root\n\tbin", "root\n\tbin\nbin\n"},
        {"#bin\n", "#bin\nbin\n"},
    };
    for (const auto& [text, expected] : cases) {
        NameList list = NameList::parse(text);
        list.add_line("bin");
        CHECK(list.text() == expected);
        CHECK(list == NameList::parse(expected));
        list.add_line("bin");
        CHECK(list.text() == expected);
    }
    CHECK_THROWS_AS(NameList::parse("").add_line("a b"), Error);
}

TEST_CASE("a name is removed from every line that is nothing but that name") {
    CHECK(without("root\n bin\t\r\n#bin\nbin sys\nbinary\nbin", "bin") == "root\n#bin\nbin sys\nbinary\n");
    CHECK(without("root\nbin\n", "sys") == "root\nbin\n");
    CHECK(without("bin", "bin") == "");
    CHECK(without("#bin\n\n", "") == "#bin\n\n");
}

TEST_CASE("what would not be read back as a name is refused") {
    for (const std::string_view name :
         {""sv, " "sv, "a b"sv, "a\tb"sv, "root\n"sv, "a\nb"sv, "#root"sv, "a\0b"sv, "a\x7f"sv}) {
        NameList list = NameList::parse("root\n");
        CHECK_THROWS_AS(list.add(name), Error);
        CHECK(list.text() == "root\n");
    }
    CHECK_THROWS_WITH(NameList::require_name("a\nb"),
                      "the name 'a?b' cannot stand there: it must be one word without control characters that does not "
                      "begin with #");
}

TEST_CASE(
    "the names of a list are set at once: others go, comments and those that are wanted stay, the rest is appended") {
    NameList list = NameList::parse("# x\na\n b \nc\nb\n");
    list.set({"d", "b", "e", "d"});
    CHECK(list.text() == "# x\n b \nb\nd\ne\n");
    CHECK_THROWS_AS(list.set({"a b"}), Error);
    list.set({});
    CHECK(list.text() == "# x\n");
}
