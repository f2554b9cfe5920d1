#include "system/history/text_diff.hpp"

#include "system/history/history.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace bulwark;
using namespace std::string_literals;

TEST_CASE("a unified diff is headed by the path and has three lines of context") {
    CHECK(unified_diff("/etc/inetd.conf", "1\n2\n3\n4\nftp\n6\n7\n8\n9\n", "1\n2\n3\n4\n#ftp\n6\n7\n8\n9\n") ==
          "--- before: /etc/inetd.conf\n"
          "+++ after: /etc/inetd.conf\n"
          "@@ -2,7 +2,7 @@\n"
          " 2\n 3\n 4\n-ftp\n+#ftp\n 6\n 7\n 8\n");
}

TEST_CASE("a unified diff of distant changes has several hunks, and one of equal texts is empty") {
    CHECK(unified_diff("/f", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "1\n2\n3\n4\n5\n6\n7\nb\nc\n") ==
          "--- before: /f\n+++ after: /f\n"
          "@@ -1,4 +1,3 @@\n-a\n 1\n 2\n 3\n"
          "@@ -7,3 +6,4 @@\n 6\n 7\n b\n+c\n");
    CHECK(unified_diff("/f", "same\n", "same\n") == "");
}

TEST_CASE("a unified diff tells of missing newlines and shows any bytes but NUL") {
    CHECK(unified_diff("/f", "a\nb", "a\nb\n") ==
          "--- before: /f\n+++ after: /f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
    CHECK(unified_diff("/f", "a\n", "b") ==
          "--- before: /f\n+++ after: /f\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n");
    CHECK(unified_diff("/f", "x\na", "y\na") ==
          "--- before: /f\n+++ after: /f\n@@ -1,2 +1,2 @@\n-x\n+y\n a\n\\ No newline "
          "at end of file\n");
    CHECK(unified_diff("/f", "", "caf\xe9\r\n") == "--- before: /f\n+++ after: /f\n@@ -0,0 +1 @@\n+caf\xe9\r\n");
    CHECK(unified_diff("/f", "a\n", "") == "--- before: /f\n+++ after: /f\n@@ -1 +0,0 @@\n-a\n");
    for (const auto& [before, after] : {std::pair{"a\0b\n"s, "a\n"s}, {"a\n"s, "a\0b\n"s}})
        CHECK(unified_diff("/f", before, after) == "Binary files before: /f and after: /f differ\n");
    CHECK(unified_diff("/two\nlines", "", "a\n") ==
          "--- before: /two\\nlines\n+++ after: /two\\nlines\n@@ -0,0 +1 @@\n+a\n");
}
