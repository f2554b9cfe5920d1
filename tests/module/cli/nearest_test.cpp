#include "cli/nearest.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

TEST_CASE("the nearest word is one that differs little, or that the given one begins") {
    CHECK(nearest("intetd", {"inittab", "inetd"}) == "inetd");
    CHECK(nearest("roll", {"harden", "rollback"}) == "rollback");
    CHECK(nearest("frobnicate", {"harden", "rollback"}) == "");
    CHECK(hint("intetd", {"inetd"}, "bulwark --help") == "did you mean inetd?");
    CHECK(hint("xyz", {"inetd"}, "bulwark --help") == "see bulwark --help");
}
