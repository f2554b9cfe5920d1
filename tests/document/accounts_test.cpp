#include "document/accounts.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace bulwark;

namespace {

const Accounts aix = Accounts::parse("root:!:0:0::/:/usr/bin/ksh\n"
                                     "daemon:!:1:1::/etc:\n"
                                     "toor:!:0:0:a second name of 0:/:/bin/sh\n"
                                     "\n"
                                     "# a remark:*:17:17\n"
                                     "+nis:*:18:18::/:\n"
                                     "-nis:*:19:19::/:\n"
                                     "daemon:!:20:20:a second line of daemon::\n"
                                     "1001:!:5:5:a name that is a number::\n"
                                     "half a line:!\n"
                                     ":!:21:21:no name::\n"
                                     "noid:!::1::/:\n"
                                     "letters:!:12a:1::/:\n"
                                     "large:!:4294967296:1::/:\n"
                                     "unchanged:!:4294967295:1::/:\n"
                                     "nobody:!:4294967294:4294967294::/:\n"
                                     "crlf:!:30:30::/:\r\n"
                                     "short:!:40\r\n"
                                     "last:!:50");

} // namespace

TEST_CASE("accounts: a number has the first name that the file gives it, else it is itself") {
    const std::vector<std::pair<std::uint32_t, std::string>> cases{{0, "root"},
                                                                   {1, "daemon"},
                                                                   {5, "5"},
                                                                   {17, "17"},
                                                                   {18, "18"},
                                                                   {19, "19"},
                                                                   {20, "20"},
                                                                   {21, "21"},
                                                                   {4294967294, "nobody"},
                                                                   {30, "crlf"},
                                                                   {40, "short"},
                                                                   {50, "last"},
                                                                   {1001, "1001"},
                                                                   {4294967295, "4294967295"}};
    for (const auto& [number, name] : cases)
        CHECK(aix.name(number) == name);
}

TEST_CASE("accounts: a name has the number of its first line; a number needs no line") {
    struct Case {
        std::string name;
        std::optional<std::uint32_t> number;
    };
    const std::vector<Case> cases{
        {"root", 0},
        {"toor", 0},
        {"daemon", 1},
        {"nobody", 4294967294},
        {"1001", 1001},
        {"0", 0},
        {"noid", std::nullopt},
        {"letters", std::nullopt},
        {"large", std::nullopt},
        {"unchanged", std::nullopt},
        {"+nis", std::nullopt},
        {"half a line", std::nullopt},
        {"4294967294", 4294967294},
        {"4294967295", std::nullopt}, // chown(2) would leave the owner alone
        {"4294967296", std::nullopt},
        {"-2", std::nullopt},
        {"+2", std::nullopt},
        {" 2", std::nullopt},
        {"", std::nullopt},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(aix.number(c.name) == c.number);
    }
}

TEST_CASE("accounts: the name of every number leads back to it") {
    for (std::uint32_t number = 0; number < 60; ++number)
        CHECK(aix.number(aix.name(number)) == number);
}

TEST_CASE("accounts are the same by their numbers, and by their names where a number is not known") {
    CHECK(Account("bob", 500) == Account("500", 500));
    CHECK_FALSE(Account("bob", 500) == Account("bob", 777));
    CHECK(Account("bob", 500) == Account("bob"));
    CHECK_FALSE(Account("bob") == Account("carol", 500));
    CHECK(Account("bob", 500).told_from({"bob", 777}) == "bob (500)");
    CHECK(Account("bob", 500).told_from({"carol", 777}) == "bob");
    CHECK(Account("bob", 500).told_from(Account("bob")) == "bob");
    CHECK(aix.account(1).name == "daemon");
    CHECK(aix.account(1).number == 1);
    CHECK(aix.has(1));
    CHECK_FALSE(aix.has(4711));
    CHECK(aix.has("daemon"));
    CHECK_FALSE(aix.has("4711"));
}
