#include "terminal/yaml.hpp"

#include "python/literal.hpp"
#include "terminal/terminal.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>

namespace bulwark {
namespace {

constexpr std::size_t yaml_columns = 100;

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Where a text stands: in flow style commas, brackets and question marks end it.
enum class Context { block, flow };

/// Whether YAML 1.1 and 1.2 read the text, without quotes, as this very text and not as a boolean, null, number or
/// syntax. It begins as a word or a path does.
bool is_plain(std::string_view text, Context context) {
    constexpr std::array<std::string_view, 9> words = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
    const std::string_view syntax = context == Context::flow ? ":#,[]{}?" : ":#";
    std::string lower;
    for (const char c : text) {
        if (c < ' ' || c > '~' || syntax.find(c) != std::string_view::npos)
            return false;
        lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return !text.empty() && (is_ascii_letter(text[0]) || text[0] == '/') && text.back() != ' ' &&
           std::find(words.begin(), words.end(), lower) == words.end();
}

void append_yaml_escape(std::string& text, char32_t code) {
    if (code == '\n')
        text += "\\n";
    else if (code == '\t')
        text += "\\t";
    else if (code < 0x100)
        append_escape(text, "\\x", code, 2);
    else if (code < 0x10000)
        append_escape(text, "\\u", code, 4);
    else
        append_escape(text, "\\U", code, 8);
}

/// A text between double quotes. An apostrophe after another is escaped, so that no ''' ends the Python string around
/// it. What is not UTF-8 is not YAML either: the character of the byte's value stands for it.
std::string quoted(std::string_view text) {
    std::string result = "\"";
    while (!text.empty()) {
        const std::optional<Character> next = first_character(text);
        const char32_t code = next ? next->code : static_cast<unsigned char>(text[0]);
        if (code == '"' || code == '\\')
            result += {'\\', text[0]};
        else if (!next || !is_shown(code) || (code == '\'' && result.back() == '\''))
            append_yaml_escape(result, code);
        else
            result += text.substr(0, next->size);
        text.remove_prefix(next ? next->size : 1);
    }
    return result + "\"";
}

/// A quoted text over several lines: a line end between two words stands for one blank.
std::string folded(const std::string& text, std::size_t column, std::size_t indent) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at + 1), text.size());
        const bool single_blank = at > 0 && end > at + 1 && text[at - 1] != ' '; // several would be lost
        if (single_blank && column + end - at > yaml_columns) {
            result += "\n" + std::string(indent, ' ') + text.substr(at + 1, end - at - 1);
            column = indent + end - at - 1;
        } else {
            result += text.substr(at, end - at);
            column += end - at;
        }
        at = end;
    }
    return result;
}

/// Whether a text can stand as a literal block: lines that can be shown as they are.
bool is_block(std::string_view text) {
    if (text.find_first_not_of('\n') == std::string_view::npos || text.find('\n') == std::string_view::npos)
        return false;
    while (!text.empty()) {
        const std::optional<Character> next = first_character(text);
        if (!next || (next->code != '\n' && !is_shown(next->code)))
            return false;
        text.remove_prefix(next->size);
    }
    return true;
}

std::string block(std::string_view text, std::size_t indent) {
    const bool ended = text.back() == '\n';
    std::string result =
        text[0] == ' ' || text[0] == '\n' ? "|2" : "|"; // else its own indentation would be guessed wrong
    result += !ended ? "-" : text[text.size() - 2] == '\n' ? "+" : "";
    result += "\n";
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        result += line.empty() ? "\n" : std::string(indent, ' ') + std::string(line) + "\n";
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return result;
}

/// The shortest text that is read back as the same number. (std::to_chars would cost the binary 130 kB.)
std::string number(double value) {
    if (!std::isfinite(value))
        return std::isnan(value) ? ".nan" : value < 0 ? "-.inf" : ".inf";
    std::array<char, 32> text{};
    for (int digits = 1; digits <= std::numeric_limits<double>::max_digits10; ++digits) {
        std::snprintf(text.data(), text.size(), "%.*g", digits, value);
        if (std::strtod(text.data(), nullptr) == value)
            break;
    }
    std::string result = text.data();
    if (result.find('.') == std::string::npos) // YAML 1.1 wants the point: 2.0, 1.0e+21
        result.insert(std::min(result.find('e'), result.size()), ".0");
    return result;
}

std::string scalar(const json::value& value, Context context = Context::block) {
    if (const auto* text = value.if_string())
        return is_plain(*text, context) ? std::string(*text) : quoted(*text);
    return value.is_double() ? number(value.get_double()) : json::serialize(value); // {} and [] too
}

bool is_collection(const json::value& value) {
    return (value.is_object() && !value.get_object().empty()) || (value.is_array() && !value.get_array().empty());
}

/// A list or dict in one line, `{name: echo/tcp, state: enabled}`; nothing if there are others in it.
std::optional<std::string> in_flow(const json::value& value) {
    std::string result;
    const auto add = [&result](const std::string& key, const json::value& member) {
        result += (result.empty() ? "" : ", ") + key + scalar(member, Context::flow);
        return !is_collection(member);
    };
    if (const auto* list = value.if_array()) {
        const bool flat = std::all_of(list->begin(), list->end(), [&](const auto& item) { return add("", item); });
        return flat ? std::optional("[" + result + "]") : std::nullopt;
    }
    for (const auto& [name, member] : value.get_object())
        if (!add(scalar(json::string(name), Context::flow) + ": ", member))
            return std::nullopt;
    return "{" + result + "}";
}

/// How lists and dicts are written that have no others in them and fit into a line.
enum class Short { in_blocks, in_flow };

std::string yaml_lines(const json::value& value, std::size_t indent, Short form);

/// What follows "key:" or "-" at that indentation, which ends at `column`, with its line end.
std::string yaml_value(const json::value& value, std::size_t column, std::size_t indent, Short form) {
    if (is_collection(value)) {
        const auto flow = form == Short::in_flow ? in_flow(value) : std::nullopt;
        return flow && column + 1 + flow->size() <= yaml_columns ? " " + *flow + "\n"
                                                                 : "\n" + yaml_lines(value, indent + 2, form);
    }
    const auto* text = value.if_string();
    if (text != nullptr && is_block(*text))
        return " " + block(*text, indent + 2);
    return " " + folded(scalar(value), column + 1, indent + 2) + "\n";
}

std::string yaml_members(const json::object& object, std::size_t indent, Short form) {
    std::string result;
    for (const auto& [name, value] : object) {
        const std::string key = std::string(indent, ' ') + scalar(json::string(name)) + ":";
        result += key + yaml_value(value, key.size(), indent, form);
    }
    return result;
}

std::string yaml_lines(const json::value& value, std::size_t indent, Short form) {
    if (value.is_object())
        return yaml_members(value.get_object(), indent, form);
    std::string result;
    for (const json::value& element : value.get_array()) {
        const std::string dash = std::string(indent, ' ') + "-";
        const std::string behind = yaml_value(element, dash.size(), indent, form);
        // The first line of what is written in lines stands behind the dash.
        result += dash + (behind[0] == '\n' ? " " + behind.substr(indent + 3) : behind);
    }
    return result;
}

} // namespace

std::string yaml(const json::value& value) {
    return is_collection(value) ? yaml_lines(value, 0, Short::in_blocks) : scalar(value) + "\n";
}

std::string yaml_members(const json::object& object, std::size_t indent) {
    return yaml_members(object, indent, Short::in_flow);
}

std::string yaml_scalar(std::string_view text) { return scalar(json::value(text)); }

} // namespace bulwark
