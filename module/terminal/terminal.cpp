#include "terminal/terminal.hpp"

#include "utf8.hpp"

#include <algorithm>

namespace bulwark {

namespace {

struct Range {
    char32_t first, last;
};

// C0 and C1 controls, then what is invisible or reorders its neighbours, by which a line can be made to look like
// another.
constexpr Range not_shown[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x061c, 0x061c}, {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0xd800, 0xdfff}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
};

void append_escaped(std::string& text, std::string_view bytes) {
    for (const char byte : bytes)
        append_escape(text, "\\x", static_cast<unsigned char>(byte), 2);
}

} // namespace

bool is_shown(char32_t code) {
    return std::none_of(std::begin(not_shown), std::end(not_shown),
                        [code](const Range& range) { return code >= range.first && code <= range.last; });
}

std::string printable(std::string_view text, const Terminal& terminal) {
    std::string result;
    while (!text.empty()) {
        const std::optional<Character> next = first_character(text);
        const std::string_view bytes = text.substr(0, next ? next->size : 1);
        const bool layout = next && (next->code == '\n' || next->code == '\t');
        const bool known = next && (next->size == 1 || terminal.utf8);
        if (layout || (known && is_shown(next->code)))
            result += bytes;
        else
            append_escaped(result, bytes);
        text.remove_prefix(bytes.size());
    }
    return result;
}

std::string in_line(std::string_view text, const Terminal& terminal) {
    std::string result;
    for (const char c : printable(text, terminal))
        if (c == '\n' || c == '\t')
            append_escaped(result, {&c, 1});
        else
            result += c;
    return result;
}

std::string styled(std::string_view text, Style style, const Terminal& terminal) {
    constexpr const char* begins[] = {"", "\x1b[1m", "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[36m"};
    if (!terminal.colour || style == Style::plain || text.empty())
        return std::string(text);
    return begins[static_cast<std::size_t>(style)] + std::string(text) + "\x1b[0m";
}

namespace {

/// How many lines of a hunk are still to come. Inside a hunk `--- x` is a removed line, outside it is a header.
class Hunk {
public:
    Style style(std::string_view line) {
        const char first = line.empty() ? ' ' : line[0];
        if (first == '\\') // "\ No newline at end of file" counts as no line
            return Style::plain;
        if (before_ == 0 && after_ == 0)
            return outside(line);
        before_ -= first != '+' && before_ > 0 ? 1 : 0;
        after_ -= first != '-' && after_ > 0 ? 1 : 0;
        return first == '+' ? Style::good : first == '-' ? Style::bad : Style::plain;
    }

private:
    /// The number of lines that "-12,3 " or "+12 " announces.
    static std::size_t length(std::string_view line, char sign) {
        std::string_view range = line.substr(std::min(line.find(sign), line.size()));
        range = range.substr(0, range.find(' '));
        const std::size_t comma = range.find(',');
        if (comma == std::string_view::npos)
            return 1;
        std::size_t lines = 0;
        for (const char digit : range.substr(comma + 1))
            lines = lines * 10 + static_cast<std::size_t>(digit >= '0' && digit <= '9' ? digit - '0' : 0);
        return lines;
    }

    Style outside(std::string_view line) {
        if (line.substr(0, 3) != "@@ ")
            return Style::heading;
        before_ = length(line, '-');
        after_ = length(line, '+');
        return Style::position;
    }

    std::size_t before_ = 0, after_ = 0;
};

} // namespace

std::string show_diff(std::string_view unified, const Terminal& terminal) {
    std::string result;
    Hunk hunk;
    while (!unified.empty()) {
        const std::string_view line = unified.substr(0, unified.find('\n'));
        result += styled(printable(line, terminal), hunk.style(line), terminal) + "\n";
        unified.remove_prefix(std::min(line.size() + 1, unified.size()));
    }
    return result;
}

std::size_t display_width(std::string_view text) {
    const auto continues = [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80; };
    return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

std::string wrapped(std::string_view text, std::size_t first, std::size_t indent, std::size_t columns) {
    constexpr std::string_view blanks = " \t\n";
    std::string result, line(first, ' ');
    bool empty = true;
    for (std::size_t at = text.find_first_not_of(blanks); at < text.size(); at = text.find_first_not_of(blanks, at)) {
        const std::string_view word = text.substr(at, text.find_first_of(blanks, at) - at);
        at += word.size();
        if (!empty && display_width(line) + 1 + display_width(word) > columns) {
            result += line + "\n";
            line.assign(indent, ' ');
            empty = true;
        }
        line += empty ? "" : " ";
        line += word;
        empty = false;
    }
    return empty ? result : result + line + "\n";
}

std::string labelled(const std::string& label, const std::string& text, std::size_t widest, Style style,
                     const Terminal& terminal) {
    std::string result = wrapped(text, widest + 4, widest + 4, terminal.columns);
    if (result.empty())
        return "  " + styled(label, style, terminal) + "\n";
    return result.replace(2, display_width(label), styled(label, style, terminal));
}

} // namespace bulwark
