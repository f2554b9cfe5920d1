#include "utf8.hpp"

#include <array>

namespace bulwark {
namespace {

/// How many bytes a character with this first byte takes, and which bits of the byte belong to its code point.
struct Lead {
    std::size_t size;
    unsigned char bits;
};

std::optional<Lead> lead(unsigned char byte) {
    if (byte < 0x80)
        return Lead{1, 0x7F};
    if (byte >= 0xC2 && byte < 0xE0)
        return Lead{2, 0x1F};
    if (byte >= 0xE0 && byte < 0xF0)
        return Lead{3, 0x0F};
    if (byte >= 0xF0 && byte < 0xF5)
        return Lead{4, 0x07};
    return std::nullopt;
}

bool fits(char32_t code, std::size_t size) {
    constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = code >= 0xD800 && code < 0xE000;
    return code >= smallest[size] && code <= 0x10FFFF && !is_surrogate;
}

} // namespace

std::optional<Character> first_character(std::string_view text) {
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const std::optional<Lead> head = lead(byte(0));
    if (!head || text.size() < head->size)
        return std::nullopt;
    char32_t code = byte(0) & head->bits;
    for (std::size_t index = 1; index < head->size; ++index) {
        if ((byte(index) & 0xC0) != 0x80)
            return std::nullopt;
        code = code << 6 | (byte(index) & 0x3FU);
    }
    if (!fits(code, head->size))
        return std::nullopt;
    return Character{code, head->size};
}

void append_utf8(std::string& text, char32_t code) {
    const auto append = [&](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (code < 0x80)
        return append(code);
    if (code < 0x800) {
        append(0xC0 | code >> 6);
    } else if (code < 0x10000) {
        append(0xE0 | code >> 12);
        append(0x80 | (code >> 6 & 0x3F));
    } else {
        append(0xF0 | code >> 18);
        append(0x80 | (code >> 12 & 0x3F));
        append(0x80 | (code >> 6 & 0x3F));
    }
    append(0x80 | (code & 0x3F));
}

void append_escape(std::string& text, std::string_view prefix, char32_t code, int digits) {
    text += prefix;
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        text += "0123456789abcdef"[code >> shift & 0xF];
}

} // namespace bulwark
