#include "system/text_diff.hpp"

#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"
#include "system/command.hpp"
#include "system/command_path.hpp"
#include "system/history.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

using namespace bulwark;
using namespace std::string_literals;

namespace {

const std::optional<std::string> contradiction;

std::string random_text(std::mt19937& random) {
    std::string text;
    for (std::size_t lines = random() % 7; lines > 0; --lines)
        text += std::string(1, static_cast<char>('a' + random() % 3)) + (lines == 1 && random() % 4 == 0 ? "" : "\n");
    return text;
}

/// The text with some lines more, less or other.
std::string edited(const std::string& text, std::mt19937& random) {
    std::string result;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
        const auto dice = random() % 12;
        if (dice == 0)
            result += std::string(1, static_cast<char>('A' + random() % 3)) + "\n";
        if (dice > 2)
            result += text.substr(begin, end - begin);
        else if (dice == 2)
            result += "#" + text.substr(begin, end - begin);
        begin = end;
    }
    return result;
}

} // namespace

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

TEST_CASE("undoing one change keeps the others") {
    struct Merge {
        std::string title, ours, base, theirs;
        std::optional<std::string> merged;
    };
    const std::vector<Merge> merges{
        {"nothing else has changed", "#a\nb\n", "#a\nb\n", "a\nb\n", "a\nb\n"},
        {"it is undone already", "a\nb\n", "#a\nb\n", "a\nb\n", "a\nb\n"},
        {"it changed nothing", "x\n", "a\n", "a\n", "x\n"},
        {"another line has changed", "#a\nb\n#c\n", "#a\nb\nc\n", "a\nb\nc\n", "a\nb\n#c\n"},
        {"the neighbouring lines have changed", "#a\n#b\n#c\n", "a\n#b\nc\n", "a\nb\nc\n", "#a\nb\n#c\n"},
        {"one line of several is undone already", "a\n#b\n", "#a\n#b\n", "a\nb\n", "a\nb\n"},
        {"one line of several has changed", "#a\nB\n", "#a\n#b\n", "a\nb\n", contradiction},
        {"the same line has changed", "##a\n", "#a\n", "a\n", contradiction},
        {"the same line is gone", "b\n", "#a\nb\n", "a\nb\n", contradiction},
        {"a line was added before it", "x\n#a\n", "#a\n", "a\n", "x\na\n"},
        {"a line was added behind it", "#a\nx\n", "#a\n", "a\n", "a\nx\n"},
        {"a line is taken away, the next one has changed", "a\nB\n", "a\nb\n", "b\n", "B\n"},
        {"lines are added where others were added", "a\nx\nb\n", "a\nb\n", "a\ny\nb\n", contradiction},
        {"the same lines are added", "a\nx\nb\nz\n", "a\nb\n", "a\nx\nb\n", "a\nx\nb\nz\n"},
        {"lines are added inside of what goes", "a\nx\nb\n", "a\nb\n", "", contradiction},
        {"a line was added behind one that loses its newline", "a\nx\n", "a\n", "a", contradiction},
        {"a line was added behind one that had no newline", "a\nx\n", "a", "A", contradiction},
        {"no newline at the end", "#a\nb\nc", "#a\nb\nd", "a\nb\nd", "a\nb\nc"},
        {"the file was emptied", "", "#a\n", "a\n", contradiction},
        {"the change filled an empty file", "a\nx\n", "a\n", "", "x\n"},
        {"carriage returns and bytes above 127", "#\xe9\r\nb\r\n#\xff\r\n", "#\xe9\r\nb\r\n\xff\r\n",
         "\xe9\r\nb\r\n\xff\r\n", "\xe9\r\nb\r\n#\xff\r\n"},
        {"NUL bytes: no text", "\0a\nb\nC\n"s, "\0a\nb\nc\n"s, "\0A\nb\nc\n"s, contradiction},
        {"the change has taken a NUL byte away", "a\nb\nC\n", "a\0\nb\nc\n"s, "a\nb\nc\n", contradiction},
        {"the change has brought a NUL byte", "a\nb\nC\n", "a\nb\nc\n", "a\0\nb\nc\n"s, contradiction},
    };
    for (const Merge& merge : merges) {
        CAPTURE(merge.title);
        CHECK(merge_texts(merge.ours, merge.base, merge.theirs) == merge.merged);
    }
}

TEST_CASE("where git merges without conflict, its result is ours") {
    const TemporaryDirectory directory;
    struct Case {
        std::string ours, base, theirs, at;
    };
    std::mt19937 random(7);
    std::vector<Case> cases;
    for (int i = 0; i < 200; ++i) {
        const std::string base = random_text(random), at = directory.path() + "/" + std::to_string(i);
        cases.push_back({edited(base, random), base, edited(base, random), at});
        make_directory(at);
        write_file(at + "/ours", cases.back().ours);
        write_file(at + "/base", cases.back().base);
        write_file(at + "/theirs", cases.back().theirs);
    }
    const std::string script =
        R"(for i in "$1"/*; do cd "$i" && "$0" merge-file -p ours base theirs >merged 2>error || rm merged; done)";
    run_command({find_command("sh").value(), "-c", script, find_command("git").value(), directory.path()},
                std::chrono::seconds(3600));
    int compared = 0;
    for (const Case& one : cases) {
        const auto merged = merge_texts(one.ours, one.base, one.theirs);
        const auto names = names_in(one.at);
        REQUIRE(file_text(one.at + "/error") == "");
        if (!merged || std::find(names.begin(), names.end(), "merged") == names.end())
            continue;
        CAPTURE(one.base);
        CAPTURE(one.ours);
        CAPTURE(one.theirs);
        CHECK(*merged == file_text(one.at + "/merged"));
        ++compared;
    }
    CHECK(compared > 60);
}
