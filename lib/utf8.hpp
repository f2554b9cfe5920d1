#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bulwark {

/// One character of UTF-8 text: its code point and how many bytes it takes.
struct Character {
    char32_t code = 0;
    std::size_t size = 0;
};

/// The character that starts at the first byte of a text that is not empty; nothing where that is not valid UTF-8
/// (overlong forms, surrogates and what lies beyond U+10FFFF are not).
std::optional<Character> first_character(std::string_view text);

/// Appends a code point as UTF-8.
void append_utf8(std::string& text, char32_t code);

/// Appends `\u00e9`, with any other prefix and number of lower-case hexadecimal digits.
void append_escape(std::string& text, std::string_view prefix, char32_t code, int digits);

} // namespace bulwark
