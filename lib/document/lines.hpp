#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulwark {

/// One line of a file: its bytes, line end included, and what it means if it means anything.
template <class Meaning>
struct Line {
    std::string text;
    std::optional<Meaning> meaning;
    bool operator==(const Line&) const = default;
};

/// A stretch of bytes in a line: where one field stands.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool operator==(const Span&) const = default;
};

/// The lines of `text`, each with its line end; joined they are `text` again. Only the last may lack a line end.
std::vector<std::string_view> split_lines(std::string_view text);

/// The same, but a line with a backslash directly before its "\n" goes on in the next one, as in inittab and shell
/// scripts. Before a "\r\n" it does not: neither init nor a shell would take it for a continuation.
std::vector<std::string_view> split_continued_lines(std::string_view text);

/// The line without its `line_end`.
std::string_view without_line_end(std::string_view line);

/// The "\n" or "\r\n" that `line` ends with; of a last line that was cut off within its "\r\n" the "\r"; or nothing.
/// So a line means the same before and after it is completed.
std::string_view line_end(std::string_view line);

/// The line with the "\n" that a last line may lack: `end`, or what a "\r" at its end needs to become one.
std::string completed(std::string line, std::string_view end);

/// The stretches of `line` that blanks and tabs separate; its line end belongs to none.
std::vector<Span> words(std::string_view line);

std::string_view at(std::string_view line, Span span);

/// The stretch with the blanks and tabs before it.
Span with_blanks_before(std::string_view line, Span span);

/// `line` with other bytes in place of those of `span`.
std::string replaced(std::string_view line, Span span, std::string_view bytes);

/// Other bytes for a stretch of a text.
struct Replacement {
    Span span;
    std::string bytes;
};

/// `text` with all of these, which stand in the order of the text and do not overlap.
std::string replaced(std::string_view text, const std::vector<Replacement>& replacements);

/// Lines with what `understand` takes each for.
template <class Meaning>
std::vector<Line<Meaning>> understood(const std::vector<std::string_view>& lines,
                                      std::optional<Meaning> (*understand)(std::string_view line)) {
    std::vector<Line<Meaning>> result;
    result.reserve(lines.size());
    for (const std::string_view line : lines)
        result.push_back({std::string(line), understand(line)});
    return result;
}

/// The text that the lines make.
template <class Meaning>
std::string text_of_lines(const std::vector<Line<Meaning>>& lines) {
    std::string text;
    for (const Line<Meaning>& line : lines)
        text += line.text;
    return text;
}

/// Takes away the lines of these indexes, which are in ascending order.
template <class Meaning>
void erase_lines(std::vector<Line<Meaning>>& lines, const std::vector<std::size_t>& indexes) {
    auto next = indexes.begin();
    std::size_t index = 0;
    std::erase_if(lines, [&](const Line<Meaning>&) {
        const bool goes = next != indexes.end() && *next == index++;
        next += goes ? 1 : 0;
        return goes;
    });
}

/// Appends `content` as a line of its own that ends as the first line does; the last gets a line end if it lacks one.
template <class Meaning>
void append_line(std::vector<Line<Meaning>>& lines, std::string_view content,
                 std::optional<Meaning> (*understand)(std::string_view line)) {
    const std::string_view end = !lines.empty() && lines.front().text.ends_with("\r\n") ? "\r\n" : "\n";
    if (!lines.empty() && !lines.back().text.ends_with('\n')) {
        lines.back().text = completed(std::move(lines.back().text), end);
        lines.back().meaning = understand(lines.back().text);
    }
    const std::string text = std::string(content).append(end);
    lines.push_back({text, understand(text)});
}

} // namespace bulwark
