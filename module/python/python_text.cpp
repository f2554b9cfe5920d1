#include "python/python_text.hpp"

#include "utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace bulwark {
namespace {

struct Range {
    char32_t first, last;
};

// str.isspace beyond ASCII
constexpr auto wide_blanks = std::to_array<Range>({{0x85, 0x85},
                                                   {0xA0, 0xA0},
                                                   {0x1680, 0x1680},
                                                   {0x2000, 0x200A},
                                                   {0x2028, 0x2029},
                                                   {0x202F, 0x202F},
                                                   {0x205F, 0x205F},
                                                   {0x3000, 0x3000}});

// What str.isprintable refuses beyond ASCII: control, format, separator, private use and non-characters. Code points
// that a Unicode version has not assigned yet count as printable here: which those are depends on the Python.
constexpr auto unprintable = std::to_array<Range>(
    {{0x7F, 0xA0},       {0xAD, 0xAD},       {0x600, 0x605},     {0x61C, 0x61C},     {0x6DD, 0x6DD},
     {0x70F, 0x70F},     {0x890, 0x891},     {0x8E2, 0x8E2},     {0x1680, 0x1680},   {0x180E, 0x180E},
     {0x2000, 0x200F},   {0x2028, 0x202F},   {0x205F, 0x206F},   {0x3000, 0x3000},   {0xD800, 0xF8FF},
     {0xFDD0, 0xFDEF},   {0xFEFF, 0xFEFF},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},   {0x110BD, 0x110BD},
     {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE00FF},
     {0xE01F0, 0x10FFFF}});

template <std::size_t size>
bool is_in(const std::array<Range, size>& ranges, char32_t code) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [code](const Range& range) { return code >= range.first && code <= range.last; });
}

bool is_blank(char32_t code) {
    return code == ' ' || (code >= '\t' && code <= '\r') || (code >= 0x1C && code <= 0x1F) || is_in(wide_blanks, code);
}

/// How many bytes of blanks a text starts with.
std::size_t leading_blanks(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size()) {
        const std::optional<Character> character = first_character(text.substr(size));
        if (!character || !is_blank(character->code))
            break;
        size += character->size;
    }
    return size;
}

void append_character(std::string& result, std::string_view bytes, char32_t code, char quote) {
    constexpr std::string_view letters = "\t\n\r";
    const std::size_t letter = code < 0x80 ? letters.find(static_cast<char>(code)) : std::string_view::npos;
    if (code == '\\' || code == static_cast<char32_t>(quote))
        (result += '\\') += static_cast<char>(code);
    else if (letter != std::string_view::npos)
        (result += '\\') += "tnr"[letter];
    else if (code >= 0x20 && !is_in(unprintable, code))
        result += bytes;
    else if (code < 0x100)
        append_escape(result, "\\x", code, 2);
    else if (code < 0x10000)
        append_escape(result, "\\u", code, 4);
    else
        append_escape(result, "\\U", code, 8);
}

std::string quoted(std::string_view text) {
    const bool has_single = text.find('\'') != std::string_view::npos;
    const char quote = has_single && text.find('"') == std::string_view::npos ? '"' : '\'';
    std::string result(1, quote);
    while (!text.empty()) {
        const std::optional<Character> character = first_character(text);
        if (character)
            append_character(result, text.substr(0, character->size), character->code, quote);
        else // how Python holds a byte that is not UTF-8: surrogateescape
            append_escape(result, "\\udc", static_cast<unsigned char>(text.front()), 2);
        text.remove_prefix(character ? character->size : 1);
    }
    return result += quote;
}

std::string list(const json::array& items) {
    std::string result = "[";
    for (const json::value& item : items)
        result += (result.size() == 1 ? "" : ", ") + python_repr(item);
    return result += ']';
}

std::string dictionary(const json::object& members) {
    std::string result = "{";
    for (const auto& [key, value] : members)
        result += (result.size() == 1 ? "" : ", ") + quoted(key) + ": " + python_repr(value);
    return result += '}';
}

/// A decimal as 0.digits * 10^point.
std::string decimal(std::string digits, int point) {
    if (point > 16 || point <= -4) {
        const int exponent = point - 1;
        const std::string magnitude = std::to_string(std::abs(exponent));
        if (digits.size() > 1)
            digits.insert(1, ".");
        return digits + (exponent < 0 ? "e-" : "e+") + (magnitude.size() < 2 ? "0" : "") + magnitude;
    }
    if (point <= 0)
        return "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
    const auto whole = static_cast<std::size_t>(point);
    if (digits.size() <= whole)
        return digits + std::string(whole - digits.size(), '0') + ".0";
    return digits.insert(whole, ".");
}

} // namespace

std::string python_float(double number) {
    if (std::isnan(number))
        return "nan";
    const std::string sign = std::signbit(number) ? "-" : "";
    if (std::isinf(number))
        return sign + "inf";
    if (number == 0)
        return sign + "0.0";
    // Boost writes the shortest digits too ("1.25E3"); only the notation differs.
    const std::string text = json::serialize(json::value(std::fabs(number)));
    const std::size_t letter = text.find('E');
    int exponent = 0;
    std::from_chars(text.data() + letter + 1, text.data() + text.size(), exponent);
    std::string digits = text.substr(0, letter);
    std::erase(digits, '.');
    return sign + decimal(std::move(digits), exponent + 1);
}

std::string python_repr(const json::value& value) {
    switch (value.kind()) {
    case json::kind::null:
        return "None";
    case json::kind::bool_:
        return value.get_bool() ? "True" : "False";
    case json::kind::int64:
        return std::to_string(value.get_int64());
    case json::kind::uint64:
        return std::to_string(value.get_uint64());
    case json::kind::double_:
        return python_float(value.get_double());
    case json::kind::string:
        return quoted(value.get_string());
    case json::kind::array:
        return list(value.get_array());
    case json::kind::object:
        return dictionary(value.get_object());
    }
    return {};
}

std::string python_str(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : python_repr(value);
}

std::string_view python_type(const json::value& value) {
    switch (value.kind()) {
    case json::kind::null:
        return "NoneType";
    case json::kind::bool_:
        return "bool";
    case json::kind::double_:
        return "float";
    case json::kind::string:
        return "str";
    case json::kind::array:
        return "list";
    case json::kind::object:
        return "dict";
    default:
        return "int";
    }
}

std::string_view python_strip(std::string_view text) {
    text.remove_prefix(leading_blanks(text));
    while (!text.empty()) {
        std::size_t last = text.size() - 1; // the start of the last character
        while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80)
            --last;
        if (leading_blanks(text.substr(last)) != text.size() - last)
            break;
        text = text.substr(0, last);
    }
    return text;
}

} // namespace bulwark
