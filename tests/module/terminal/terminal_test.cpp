#include "terminal/terminal.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace bulwark;
using namespace std::string_literals;

namespace {

struct Shown {
    std::string given, expected;
};

} // namespace

TEST_CASE("what could control a terminal is written as escapes, and text stays as it is") {
    const std::vector<Shown> cases = {
        {"", ""},
        {"ftp\tstream tcp6\n", "ftp\tstream tcp6\n"},
        {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},
        {"crlf\r\n", "crlf\\x0d\n"},
        {"a\0b"s, "a\\x00b"},
        {"\x7f", "\\x7f"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x92", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x92"},
        {"caf\xe9", "caf\\xe9"},
        {"\xc2\x9b[2J", "\\xc2\\x9b[2J"},                    // CSI as one character
        {"root\xe2\x80\xaetoor", "root\\xe2\\x80\\xaetoor"}, // right-to-left override
        {"ft\xe2\x80\x8bp", "ft\\xe2\\x80\\x8bp"},           // zero width space
        {"\xef\xbb\xbf# first", "\\xef\\xbb\\xbf# first"},   // byte order mark
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},                 // a surrogate is not UTF-8
        {"\xc0\xaf\xf5\x80\x80\x80", "\\xc0\\xaf\\xf5\\x80\\x80\\x80"},
        {"cut \xe2\x82", "cut \\xe2\\x82"},
    };
    for (const Shown& c : cases)
        CHECK(printable(c.given, Terminal{}) == c.expected);
}

TEST_CASE("a terminal without UTF-8 gets ASCII alone, for a byte of a letter may be an escape sequence to it") {
    CHECK(printable("\xc3\x9b\tx\n", Terminal{.utf8 = false}) == "\\xc3\\x9b\tx\n");
}

TEST_CASE("a name within a line cannot end it") {
    CHECK(in_line("/etc/a\n\tb", Terminal{}) == "/etc/a\\x0a\\x09b");
    CHECK(in_line("/etc/caf\xc3\xa9", Terminal{}) == "/etc/caf\xc3\xa9");
}

TEST_CASE("no character that hides or reorders others is shown") {
    for (const char32_t code : {0x00U, 0x1fU, 0x7fU, 0x80U, 0x9fU, 0xadU, 0x200bU, 0x202eU, 0x2066U, 0xfeffU, 0xe0041U})
        CHECK_FALSE(is_shown(code));
    for (const char32_t code : {0x20U, 0x7eU, 0xa0U, 0xe9U, 0x20acU, 0x4e2dU, 0x1f512U})
        CHECK(is_shown(code));
}

TEST_CASE("a unified diff is coloured line by line") {
    const std::string unified = "--- a/etc/inetd.conf\n"
                                "+++ b/etc/inetd.conf\n"
                                "@@ -1,3 +1,3 @@\n"
                                " # services\n"
                                "-ftp stream\n"
                                "+#ftp stream\n"
                                " \n"
                                "\\ No newline at end of file\n";
    CHECK(show_diff(unified, Terminal{}) == unified);
    CHECK(show_diff(unified, Terminal{.colour = true}) == "\x1b[1m--- a/etc/inetd.conf\x1b[0m\n"
                                                          "\x1b[1m+++ b/etc/inetd.conf\x1b[0m\n"
                                                          "\x1b[36m@@ -1,3 +1,3 @@\x1b[0m\n"
                                                          " # services\n"
                                                          "\x1b[31m-ftp stream\x1b[0m\n"
                                                          "\x1b[32m+#ftp stream\x1b[0m\n"
                                                          " \n"
                                                          "\\ No newline at end of file\n");
}

TEST_CASE("a line that looks like a header inside a hunk is what its first character says") {
    CHECK(show_diff("@@ -1,2 +1 @@\n"
                    "--- removed\n"
                    "-@@ -9 +9 @@\n"
                    "+++ added\n"
                    "--- a/next\n"
                    "+++ b/next\n"
                    "@@ -0,0 +1,2 @@ sub\n"
                    "+one\n"
                    "+two\n"
                    "--- a/last\n",
                    Terminal{.colour = true}) == "\x1b[36m@@ -1,2 +1 @@\x1b[0m\n"
                                                 "\x1b[31m--- removed\x1b[0m\n"
                                                 "\x1b[31m-@@ -9 +9 @@\x1b[0m\n"
                                                 "\x1b[32m+++ added\x1b[0m\n"
                                                 "\x1b[1m--- a/next\x1b[0m\n"
                                                 "\x1b[1m+++ b/next\x1b[0m\n"
                                                 "\x1b[36m@@ -0,0 +1,2 @@ sub\x1b[0m\n"
                                                 "\x1b[32m+one\x1b[0m\n"
                                                 "\x1b[32m+two\x1b[0m\n"
                                                 "\x1b[1m--- a/last\x1b[0m\n");
}

TEST_CASE("no escape sequence of a file survives a coloured diff") {
    CHECK(show_diff("@@ -1 +1 @@\n-\x1b[2J\n+\xe9", Terminal{.colour = true}) == "\x1b[36m@@ -1 +1 @@\x1b[0m\n"
                                                                                 "\x1b[31m-\\x1b[2J\x1b[0m\n"
                                                                                 "\x1b[32m+\\xe9\x1b[0m\n");
}

TEST_CASE("text is wrapped at blanks, and a word longer than a line stands alone") {
    CHECK(wrapped("", 2, 2, 20) == "");
    CHECK(wrapped(" \n\t", 2, 2, 20) == "");
    CHECK(wrapped("one two three four", 0, 0, 13) == "one two three\n"
                                                     "four\n");
    CHECK(wrapped("  one\n two\tthree", 2, 4, 10) == "  one two\n"
                                                     "    three\n");
    CHECK(wrapped("a /usr/sbin/a_very_long_name b", 0, 2, 12) == "a\n"
                                                                 "  /usr/sbin/a_very_long_name\n"
                                                                 "  b\n");
    CHECK(wrapped("\xc3\xa9\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9\xc3\xa9", 0, 0, 7) ==
          "\xc3\xa9\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9\xc3\xa9\n"); // seven characters, thirteen bytes
}

TEST_CASE("a style is put around text only where there is colour") {
    CHECK(styled("x", Style::bad, Terminal{}) == "x");
    CHECK(styled("x", Style::bad, Terminal{.colour = true}) == "\x1b[31mx\x1b[0m");
    CHECK(styled("x", Style::plain, Terminal{.colour = true}) == "x");
    CHECK(styled("", Style::bad, Terminal{.colour = true}) == "");
}
