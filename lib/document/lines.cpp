#include "document/lines.hpp"

#include <algorithm>

namespace bulwark {
namespace {

constexpr std::string_view blanks = " \t";

std::size_t end_of_line(std::string_view text, std::size_t begin) {
    const std::size_t newline = text.find('\n', begin);
    return newline == std::string_view::npos ? text.size() : newline + 1;
}

bool is_continued(std::string_view line) {
    // A "\r" in between ends the continuation: to init and to the shell the backslash then escapes the "\r".
    return line.ends_with("\\\n");
}

} // namespace

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end) {
        end = end_of_line(text, begin);
        lines.push_back(text.substr(begin, end - begin));
    }
    return lines;
}

std::vector<std::string_view> split_continued_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end) {
        end = end_of_line(text, begin);
        while (end < text.size() && is_continued(text.substr(begin, end - begin)))
            end = end_of_line(text, end);
        lines.push_back(text.substr(begin, end - begin));
    }
    return lines;
}

std::string_view without_line_end(std::string_view line) { return line.substr(0, line.size() - line_end(line).size()); }

std::string_view line_end(std::string_view line) {
    const std::size_t size = line.ends_with("\r\n") ? 2 : line.ends_with('\n') || line.ends_with('\r') ? 1 : 0;
    return line.substr(line.size() - size);
}

std::string completed(std::string line, std::string_view end) {
    if (!line.ends_with('\n'))
        line.append(line.ends_with('\r') ? "\n" : end);
    return line;
}

std::vector<Span> words(std::string_view line) {
    const std::string_view text = without_line_end(line);
    const auto is_blank = [](char c) { return c == ' ' || c == '\t'; }; // a loop of its own: plans are full of this
    std::vector<Span> found;
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = begin;
        while (end < text.size() && !is_blank(text[end]))
            ++end;
        if (end > begin)
            found.push_back({begin, end});
        begin = end + 1;
    }
    return found;
}

std::string_view at(std::string_view line, Span span) { return line.substr(span.begin, span.end - span.begin); }

Span with_blanks_before(std::string_view line, Span span) {
    return {line.substr(0, span.begin).find_last_not_of(blanks) + 1, span.end}; // npos + 1 is 0
}

std::string replaced(std::string_view line, Span span, std::string_view bytes) {
    std::string result(line.substr(0, span.begin));
    return result.append(bytes).append(line.substr(span.end));
}

std::string replaced(std::string_view text, const std::vector<Replacement>& replacements) {
    std::string result;
    std::size_t end = 0; // of what is done
    for (const auto& [span, bytes] : replacements) {
        result.append(text.substr(end, span.begin - end)).append(bytes);
        end = span.end;
    }
    return result.append(text.substr(end));
}

} // namespace bulwark
