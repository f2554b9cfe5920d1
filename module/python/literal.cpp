#include "python/literal.hpp"

#include "error.hpp"
#include "python/python_text.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

namespace bulwark {
namespace {

enum class Notation { json, python };

constexpr int deepest = 200; // levels; the call stack holds far more, and no playbook comes near

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// The text of the key that json.dumps makes of a Python dictionary's key.
std::string key_text(const json::value& key) {
    if (key.is_string())
        return std::string(key.get_string());
    return key.is_null() || key.is_bool() ? json::serialize(key) : python_str(key);
}

/// An integer exactly: as a number where 64 bits hold it, else as the string of its digits.
json::value integer(std::string_view digits) {
    std::int64_t small = 0;
    std::uint64_t large = 0;
    const char* const end = digits.data() + digits.size();
    if (std::from_chars(digits.data(), end, small).ec == std::errc())
        return small;
    if (digits.front() != '-' && std::from_chars(digits.data(), end, large).ec == std::errc())
        return large;
    return json::string(digits);
}

json::value floating(std::string_view digits) {
    // strtod rounds exactly, which Boost's parser does not; nothing here ever leaves the C locale.
    const double number = std::strtod(std::string(digits).c_str(), nullptr);
    if (std::isinf(number))
        return number < 0 ? "-inf" : "inf";
    return number;
}

/// One pass over the text, byte by byte; `at_` is where it stands.
class Reader {
public:
    Reader(std::string_view text, Notation notation) : text_(text), is_python_(notation == Notation::python) {}

    json::value document() {
        json::value result = value();
        skip_blanks();
        if (at_ < text_.size())
            fail("more text after the value");
        return result;
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Error((is_python_ ? "not a Python literal: " : "not JSON: ") + what + " at byte " + std::to_string(at_));
    }

    /// The byte here; 0 at the end.
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    bool take(char letter) {
        const bool is_there = at_ < text_.size() && text_[at_] == letter;
        at_ += is_there ? 1 : 0;
        return is_there;
    }

    bool take(std::string_view word) {
        const bool is_there = text_.substr(at_, word.size()) == word;
        at_ += is_there ? word.size() : 0;
        return is_there;
    }

    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    void expect(char letter) {
        if (!take(letter))
            fail(at_ == text_.size() ? std::string("it ends too early") : std::string("expected \"") + letter + '"');
    }

    json::value value() {
        skip_blanks();
        if (peek() == '"' || (is_python_ && peek() == '\''))
            return json::string(string());
        if (is_digit(peek()) || (peek() == '-' && is_digit(peek(1))))
            return number();
        if (peek() != '{' && peek() != '[' && peek() != '(')
            return word();
        if (++depth_ > deepest)
            fail("nested deeper than " + std::to_string(deepest) + " levels");
        json::value result = container();
        --depth_;
        return result;
    }

    json::value container() {
        if (take('{'))
            return object();
        if (take('['))
            return array(']');
        if (is_python_ && take('('))
            return array(')');
        fail("expected a value");
    }

    json::value word() {
        if (take(is_python_ ? "True" : "true"))
            return true;
        if (take(is_python_ ? "False" : "false"))
            return false;
        if (take(is_python_ ? "None" : "null"))
            return nullptr;
        if (!is_python_ && take("NaN"))
            return "nan";
        if (!is_python_ && take("Infinity"))
            return "inf";
        if (!is_python_ && take("-Infinity"))
            return "-inf";
        fail(at_ == text_.size() ? "it ends too early" : "expected a value");
    }

    void take_digits() {
        if (!is_digit(peek()))
            fail("expected a digit");
        while (is_digit(peek()))
            ++at_;
    }

    json::value number() {
        const std::size_t begin = at_;
        take('-');
        if (peek() == '0' && is_digit(peek(1)))
            fail("a number with a leading zero");
        take_digits();
        const std::size_t whole = at_;
        if (take('.'))
            take_digits();
        if (take('e') || take('E')) {
            if (!take('-'))
                take('+');
            take_digits();
        }
        const std::string_view digits = text_.substr(begin, at_ - begin);
        return at_ == whole ? integer(digits) : floating(digits);
    }

    json::value array(char end) {
        json::array items;
        bool has_comma = false;
        for (skip_blanks(); peek() != end; skip_blanks()) {
            items.push_back(value());
            skip_blanks();
            has_comma = take(',');
            if (!has_comma)
                break;
            skip_blanks();
            if (!is_python_ && peek() == end)
                fail("a comma before the end");
        }
        expect(end);
        // "(1)" is 1; "(1,)" is a tuple
        return end == ')' && items.size() == 1 && !has_comma ? std::move(items[0]) : json::value(std::move(items));
    }

    json::value object() {
        json::object members;
        for (skip_blanks(); peek() != '}'; skip_blanks()) {
            const std::string name = key();
            skip_blanks();
            expect(':');
            members[name] = value(); // the last of equal keys wins, as in Python
            skip_blanks();
            if (!take(','))
                break;
            skip_blanks();
            if (!is_python_ && peek() == '}')
                fail("a comma before the end");
        }
        expect('}');
        return members;
    }

    std::string key() {
        if (!is_python_ && peek() != '"')
            fail(at_ == text_.size() ? "it ends too early" : "expected a name in double quotes");
        const json::value name = value();
        if (name.is_structured())
            fail("a list or dictionary as key before");
        return key_text(name);
    }

    std::string string() {
        const char quote = text_[at_++];
        std::string result;
        while (true) {
            const std::size_t begin = at_;
            while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\\' && is_text(text_[at_]))
                ++at_;
            result.append(text_, begin, at_ - begin);
            if (take(quote))
                return result;
            if (at_ == text_.size())
                fail("a string without its end");
            if (!take('\\'))
                fail("a control character in a string");
            escape(result);
        }
    }

    static bool is_text(char letter) { return static_cast<unsigned char>(letter) >= 0x20; }

    /// What follows a backslash.
    void escape(std::string& result) {
        if (take('u'))
            return character(result, hexadecimal(4));
        if (is_python_ && take('U'))
            return character(result, hexadecimal(8));
        if (is_python_ && take('x'))
            return append_utf8(result, hexadecimal(2));
        const std::string_view letters = is_python_ ? "\"\\bfnrt'av" : "\"\\bfnrt/";
        const std::size_t index = letters.find(peek());
        if (at_ == text_.size() || index == std::string_view::npos)
            fail("an unknown escape in a string");
        result += (is_python_ ? "\"\\\b\f\n\r\t'\a\v" : "\"\\\b\f\n\r\t/")[index];
        ++at_;
    }

    char32_t hexadecimal(std::size_t digits) {
        const std::string_view text = text_.substr(at_, digits);
        std::uint32_t code = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code, 16);
        if (text.size() != digits || end != text.data() + digits || error != std::errc() || code > 0x10FFFF)
            fail("a bad number in an escape");
        at_ += digits;
        return code;
    }

    void character(std::string& result, char32_t code) {
        const auto is_low = [](char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; };
        const std::size_t after = at_;
        if (code >= 0xD800 && code < 0xDC00 && take("\\u")) {
            const char32_t low = hexadecimal(4);
            if (is_low(low))
                return append_utf8(result, 0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00)));
            at_ = after;
        }
        // Python's surrogateescape: a file that is not UTF-8 comes with each such byte as U+DC00 + byte.
        if (code >= 0xDC80 && code <= 0xDCFF)
            result += static_cast<char>(code - 0xDC00);
        else
            append_utf8(result, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
    }

    std::string_view text_;
    bool is_python_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

} // namespace

json::value parse_lenient(std::string_view text) { return Reader(text, Notation::json).document(); }

json::value parse_python_literal(std::string_view text) { return Reader(text, Notation::python).document(); }

} // namespace bulwark
