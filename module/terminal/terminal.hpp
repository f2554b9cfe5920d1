#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bulwark {

/// Where a person reads what is printed.
struct Terminal {
    bool colour = false;
    unsigned columns = 80;
    /// Whether it shows UTF-8. Where it does not, even a part of an ordinary letter may be an escape sequence to it.
    bool utf8 = true;
};

/// Whether a character can be shown as it is: not one that controls the terminal, turns the direction of writing round
/// or cannot be seen.
bool is_shown(char32_t code);

/// Bytes of files and commands as they may be sent to a terminal: whatever could control it, and what is not UTF-8, is
/// written as \x1b; line ends and tabs stay.
std::string printable(std::string_view text, const Terminal& terminal);

/// The same within one line: line ends and tabs are written as \x0a and \x09 too.
std::string in_line(std::string_view text, const Terminal& terminal);

enum class Style { plain, heading, good, changed, bad, position };

/// The text in that style's colour; as it is where the terminal has none.
std::string styled(std::string_view text, Style style, const Terminal& terminal);

/// A unified diff as a terminal shows it: printable, and coloured by what each line is.
std::string show_diff(std::string_view unified, const Terminal& terminal);

/// How many columns a text takes, each character being one.
std::size_t display_width(std::string_view text);

/// The words of a text in lines of at most `columns` (longer words stand alone), each ended by a line end. The first
/// line is indented by `first`, the others by `indent`.
std::string wrapped(std::string_view text, std::size_t first, std::size_t indent, std::size_t columns);

/// "  label  text", the text in a column of its own, `widest` being the widest label.
std::string labelled(const std::string& label, const std::string& text, std::size_t widest, Style style,
                     const Terminal& terminal);

} // namespace bulwark
