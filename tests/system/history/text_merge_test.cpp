#include "system/history/text_merge.hpp"

#include "document/lines.hpp"
#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"
#include "system/host/command.hpp"
#include "system/host/command_path.hpp"
#include "text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

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

using Texts = std::vector<std::string>;

std::string joined(const Texts& lines) {
    std::string text;
    for (const std::string& line : lines)
        text += line;
    return text;
}

/// Lines of a configuration; of few words, so that many are the same, or of many.
Texts random_lines(std::mt19937& random, unsigned words, const std::string& end) {
    Texts lines;
    for (std::size_t count = random() % 12; lines.size() < count;)
        lines.push_back("w" + std::to_string(random() % words) + " stream tcp" + end);
    return lines;
}

/// Lines more, less, other, twice, exchanged, commented out; as a change and as an administrator may do it.
Texts with_edits(Texts lines, std::mt19937& random, unsigned words, const std::string& end) {
    const auto new_line = [&] { return "w" + std::to_string(random() % words) + " dgram udp" + end; };
    for (std::size_t edits = 1 + random() % 4; edits > 0; --edits) {
        const std::size_t at = lines.empty() ? 0 : random() % lines.size();
        const auto place = lines.begin() + static_cast<std::ptrdiff_t>(at);
        const auto kind = lines.empty() ? 0 : random() % 7;
        if (kind == 0)
            lines.insert(place, new_line());
        else if (kind == 1)
            lines.insert(place, lines[at]);
        else if (kind == 2)
            lines.erase(place);
        else if (kind == 3)
            std::swap(lines[at], lines[random() % lines.size()]);
        else if (kind == 4)
            lines[at] = new_line();
        else
            lines[at] = lines[at].starts_with('#') ? lines[at].substr(1) : "#" + lines[at];
    }
    return lines;
}

std::string maybe_without_newline(const Texts& lines, std::mt19937& random) {
    std::string text = joined(lines);
    if (!text.empty() && random() % 4 == 0)
        text.pop_back();
    return text;
}

std::map<std::string, std::size_t> counted_lines(const std::string& text) {
    std::map<std::string, std::size_t> counts;
    for (const std::string_view line : split_lines(text))
        ++counts[std::string(without_line_end(line))];
    return counts;
}

/// What an administrator had added is all there still, and nothing stands there more often than it ever did.
void check_lines(const std::string& now, const std::string& left, const std::string& earlier,
                 const std::string& result) {
    auto before = counted_lines(now), known = counted_lines(left), wanted = counted_lines(earlier);
    for (auto& [line, count] : before)
        if (known[line] == 0 && wanted[line] == 0)
            CHECK(counted_lines(result)[line] == count);
    for (const auto& [line, count] : counted_lines(result))
        CHECK(count <= std::max(before[line], wanted[line]));
}

} // namespace

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
        {"a line is back, and its neighbours have changed", ":a\nb\n:c\n", "a\nc\n", "a\nb\nc\n", ":a\nb\n:c\n"},
        {"lines are back, between lines that were added", "a\nn\nb\nc\nm\nd\n", "a\nd\n", "a\nb\nc\nd\n",
         "a\nn\nb\nc\nm\nd\n"},
        {"one of two lines is back", "a\nb\nd\n", "a\nd\n", "a\nb\nc\nd\n", "a\nb\nc\nd\n"},
        {"one of two lines is back, and edited", "a\n#b -x\nd\n", "a\nd\n", "a\nb\nc\nd\n", contradiction},
        {"a line is gone, and its neighbours have changed", "#a\n#c\n", "a\nb\nc\n", "a\nc\n", "#a\n#c\n"},
        {"a line is gone, and others were added", "a\nnew\nlines\nc\n", "a\nb\nc\n", "a\nc\n", "a\nnew\nlines\nc\n"},
        {"one of two lines is gone", "a\nc\nd\n", "a\nb\nc\nd\n", "a\nd\n", "a\nd\n"},
        {"a line that was added has been edited", "a\necho -x\nc\n", "a\necho\nc\n", "a\nc\n", contradiction},
        {"a line is back in another place", "a\nc\nb\n", "a\nc\n", "a\nb\nc\n", contradiction},
        {"a line that was added stands in another place", "b\na\nc\n", "a\nb\nc\n", "a\nc\n", contradiction},
        {"an empty line stands in another place too", "a\nc\n\n", "a\nc\n", "a\n\nc\n", "a\n\nc\n\n"},
        {"three lines for two, undone already", "x\ny\nz\n#d\n", "u\nv\nd\n", "x\ny\nz\nd\n", "x\ny\nz\n#d\n"},
        {"three lines for two, one of them gone", "x\nz\nd\n", "u\nv\nd\n", "x\ny\nz\nd\n", contradiction},
        {"one of two equal lines, before an edited one", "#a\na\nb\n", "a\nb\n", "a\na\nb\n", "#a\na\na\nb\n"},
        {"the newline at the end is back", "a\nb\nc\n", "a\nb", "a\nb\n", "a\nb\nc\n"},
        {"NUL bytes: no text", "\0a\nb\nC\n"s, "\0a\nb\nc\n"s, "\0A\nb\nc\n"s, contradiction},
        {"the change has taken a NUL byte away", "a\nb\nC\n", "a\0\nb\nc\n"s, "a\nb\nc\n", contradiction},
        {"the change has brought a NUL byte", "a\nb\nC\n", "a\nb\nc\n", "a\0\nb\nc\n"s, contradiction},
    };
    for (const Merge& merge : merges) {
        CAPTURE(merge.title);
        CHECK(undo_change(merge.ours, merge.base, merge.theirs).text == merge.merged);
    }
}

TEST_CASE("lines that stand in another place by now are told from those that have changed") {
    CHECK(undo_change("a\nc\nb\n", "a\nc\n", "a\nb\nc\n").moved);
    CHECK(undo_change("b\na\nc\n", "a\nb\nc\n", "a\nc\n").moved);
    CHECK_FALSE(undo_change("##a\n", "#a\n", "a\n").moved);
}

TEST_CASE("a change that is undone twice is undone once, whatever has been edited before, and nothing else is lost") {
    std::mt19937 random(20);
    int undone = 0, contradictions = 0;
    for (int round = 0; round < 20000; ++round) {
        const unsigned words = round % 3 == 0 ? 2 : round % 3 == 1 ? 5 : 1000;
        const std::string end = round % 5 == 0 ? "\r\n" : "\n";
        const Texts lines = random_lines(random, words, end), changed = with_edits(lines, random, words, end);
        const std::string earlier = maybe_without_newline(lines, random), left = maybe_without_newline(changed, random);
        const Texts& found = random() % 2 == 0 ? changed : lines; // as the change left it, or undone already
        const std::string now = maybe_without_newline(with_edits(found, random, words, end), random);
        CAPTURE(earlier);
        CAPTURE(left);
        CAPTURE(now);
        REQUIRE(undo_change(left, left, earlier).text == earlier);
        REQUIRE(undo_change(earlier, left, earlier).text == earlier);
        const auto once = undo_change(now, left, earlier).text;
        ++(once ? undone : contradictions);
        if (!once)
            continue;
        CAPTURE(*once);
        REQUIRE(undo_change(*once, left, earlier).text == once);
        REQUIRE(undo_change(*once, *once, now).text == now); // the undoing undone
        check_lines(now, left, earlier, *once);
    }
    CHECK(undone > 5000);
    CHECK(contradictions > 1000);
}

TEST_CASE("edits of lines that a change has kept never stand in the way, and it is seen whether it is undone already") {
    std::mt19937 random(21);
    const auto commented = [&random](const std::string& text, const std::string& other) {
        const auto kept = counted_lines(other);
        std::string result;
        for (const std::string_view line : split_lines(text))
            result += (kept.contains(std::string(without_line_end(line))) && random() % 2 == 0 ? "#" : "") +
                      std::string(line);
        return result;
    };
    for (int round = 0; round < 5000; ++round) {
        Texts lines, changed;
        for (int i = 0; i < 12; ++i)
            lines.push_back("service" + std::to_string(i) + " stream tcp\n");
        for (const std::string& line : lines) {
            const auto dice = random() % 8;
            if (dice == 0)
                changed.push_back("new-" + line);
            if (dice == 1)
                changed.push_back("; " + line);
            else if (dice > 2)
                changed.push_back(line);
        }
        const std::string earlier = joined(lines), left = joined(changed);
        const std::string undone_already = commented(earlier, left);
        CAPTURE(left);
        CAPTURE(undone_already);
        CHECK(undo_change(undone_already, left, earlier).text == undone_already);
        const std::string now = commented(left, earlier);
        CAPTURE(now);
        const auto undone = undo_change(now, left, earlier).text;
        REQUIRE(undone);
        CHECK(undo_change(*undone, left, earlier).text == undone);
        std::string plain;
        for (const std::string_view line : split_lines(*undone))
            plain += line.starts_with('#') ? line.substr(1) : line;
        CHECK(plain == earlier);
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
        const auto merged = undo_change(one.ours, one.base, one.theirs).text;
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
