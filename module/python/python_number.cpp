#include "python/python_number.hpp"

#include "python/literal.hpp"
#include "python/python_text.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace bulwark {
namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// A decimal number as a person writes it: digits * 10^exponent.
struct Numeral {
    bool is_negative = false;
    bool is_plain = true; // nothing but a sign and digits
    std::string digits;
    int exponent = 0;
};

/// Moves over the digits at the start of `text`.
std::string_view take_digits(std::string_view& text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(digits.size());
    return digits;
}

bool take(std::string_view& text, std::string_view letters) {
    const bool is_there = !text.empty() && letters.find(text.front()) != std::string_view::npos;
    text.remove_prefix(is_there ? 1 : 0);
    return is_there;
}

/// Moves over "e-3" at the start of `text`. One that no 64-bit number needs is cut to what is as much out of reach.
bool take_exponent(std::string_view& text, int& exponent) {
    const bool is_negative = text.starts_with('-');
    take(text, "+-");
    const std::string_view digits = take_digits(text);
    if (digits.empty())
        return false;
    int magnitude = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), magnitude).ec != std::errc() ||
        magnitude > 100000)
        magnitude = 100000;
    exponent += is_negative ? -magnitude : magnitude;
    return true;
}

std::optional<Numeral> parse_numeral(std::string_view text) {
    Numeral result;
    result.is_negative = text.starts_with('-');
    take(text, "+-");
    result.digits = take_digits(text);
    if (take(text, ".")) {
        const std::string_view fraction = take_digits(text);
        result.digits += fraction;
        result.exponent = fraction.size() < 100000 ? -static_cast<int>(fraction.size()) : -100000;
        result.is_plain = false;
    }
    if (result.digits.empty())
        return std::nullopt;
    if (take(text, "eE")) {
        result.is_plain = false;
        if (!take_exponent(text, result.exponent))
            return std::nullopt;
    }
    return text.empty() ? std::optional(result) : std::nullopt;
}

/// The integer that a numeral stands for, if it is one and 64 bits hold it.
std::optional<json::value> integer(Numeral numeral) {
    std::string& digits = numeral.digits;
    digits.erase(0, digits.find_first_not_of('0'));
    for (; !digits.empty() && digits.back() == '0'; digits.pop_back())
        ++numeral.exponent;
    if (digits.empty())
        return json::value(0);
    if (numeral.exponent < 0 || digits.size() + static_cast<std::size_t>(numeral.exponent) > 20)
        return std::nullopt;
    digits.append(static_cast<std::size_t>(numeral.exponent), '0');
    const json::value parsed = parse_lenient((numeral.is_negative ? "-" : "") + digits);
    return parsed.is_string() ? std::nullopt : std::optional(parsed); // a string: too many digits
}

/// int() lets one underscore stand between two digits.
std::optional<std::string> without_grouping(std::string_view text) {
    std::string result;
    for (std::size_t index = 0; index < text.size(); ++index) {
        if (text[index] != '_')
            result += text[index];
        else if (index == 0 || index + 1 == text.size() || !is_digit(text[index - 1]) || !is_digit(text[index + 1]))
            return std::nullopt;
    }
    return result;
}

} // namespace

std::optional<json::value> int_of(std::string_view text) {
    const std::optional<std::string> digits = without_grouping(python_strip(text));
    const std::optional<Numeral> numeral = digits ? parse_numeral(*digits) : std::nullopt;
    return numeral && numeral->is_plain ? integer(*numeral) : std::nullopt;
}

std::optional<json::value> int_of_decimal(std::string_view text) {
    std::string digits(python_strip(text));
    std::erase(digits, '_');
    const std::optional<Numeral> numeral = parse_numeral(digits);
    return numeral ? integer(*numeral) : std::nullopt;
}

} // namespace bulwark
