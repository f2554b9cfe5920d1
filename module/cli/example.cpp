#include "cli/example.hpp"

#include "cli/command_line.hpp"
#include "options/wording.hpp"
#include "python/literal.hpp"
#include "text.hpp"

#include <algorithm>

namespace bulwark {
namespace {

std::string text_of_scalar(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

/// Whether it can stand in a,b or in key=value pairs as it is.
bool is_simple(const json::value& value) {
    if (value.is_object() || value.is_array())
        return false;
    const std::string text = text_of_scalar(value);
    return !text.empty() && text.find_first_of(" ,='\"\\[{") == std::string::npos;
}

bool all_simple(const json::object& pairs) {
    return std::all_of(pairs.begin(), pairs.end(), [](const auto& pair) { return is_simple(pair.value()); });
}

bool all_simple(const json::array& list) { return std::all_of(list.begin(), list.end(), is_simple); }

/// JSON with a blank behind each comma and colon, as people write it; those behind a comma may become a line end.
std::string spaced_json(const json::value& value) {
    std::string result;
    bool in_string = false;
    const std::string text = json::serialize(value);
    for (std::size_t i = 0; i < text.size(); ++i) {
        result += text[i];
        if (text[i] == '"' && text[i - (i > 0 ? 1 : 0)] != '\\')
            in_string = !in_string;
        if (!in_string && text[i] == ',')
            result += blank_in_json;
        if (!in_string && text[i] == ':')
            result += ' ';
    }
    return result;
}

/// Words with commas between; JSON where they are not that simple, or too long for a line, in which they cannot be broken.
std::string commas_or_json(const std::vector<std::string>& words, bool simple, const json::value& value) {
    constexpr std::size_t longest = 60;
    std::string text = joined(words, ",");
    return simple && text.size() <= longest ? text : spaced_json(value);
}

std::string typed(const json::object& pairs) {
    std::vector<std::string> words;
    for (const auto& [key, value] : pairs)
        words.push_back(std::string(key) + "=" + text_of_scalar(value));
    return commas_or_json(words, all_simple(pairs), pairs);
}

std::string typed(const json::array& list) {
    std::vector<std::string> words;
    for (const json::value& element : list)
        words.push_back(text_of_scalar(element));
    return commas_or_json(words, all_simple(list), list);
}

/// The values that an option is given, one after the other: several where each item of a list has one of its own.
std::vector<std::string> values_of(const json::value& value) {
    std::vector<std::string> result;
    if (const json::array* list = value.if_array()) {
        if (std::none_of(list->begin(), list->end(), [](const json::value& item) { return item.is_object(); }))
            return {typed(*list)};
        for (const json::value& item : *list)
            result.push_back(item.is_object() ? typed(item.get_object()) : text_of_scalar(item));
        return result;
    }
    return {value.is_object() ? typed(value.get_object()) : text_of_scalar(value)};
}

void append_option(std::vector<std::string>& words, const std::string& name, const json::value& value) {
    if (value.is_bool()) {
        words.push_back(spelled(name) + (value.get_bool() ? "" : "=no"));
        return;
    }
    for (const std::string& one : values_of(value)) {
        words.push_back(spelled(name));
        words.push_back(shell_word(one));
    }
}

CommandExample command_of(const Module& module, const Example& example) {
    CommandExample result{std::string(example.title), {module.name}};
    const json::value options = parse_lenient(example.options), keywords = parse_lenient(example.keywords);
    for (const auto& [name, value] : options.as_object())
        append_option(result.words, std::string(name), value);
    for (const auto& [keyword, option] : {std::pair("check_mode", "--check"), std::pair("diff", "--diff")})
        if (flag_of(keywords.as_object(), keyword))
            result.words.emplace_back(option);
    if (!example.words.empty())
        result.words.emplace_back(example.words);
    return result;
}

} // namespace

std::vector<CommandExample> command_examples(const Module& module) {
    std::vector<CommandExample> result;
    for (const Example& example : module.examples)
        if (example.module.empty())
            result.push_back(command_of(module, example));
    return result;
}

std::string shell_word(const std::string& word) {
    constexpr std::string_view harmless = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-~";
    if (!word.empty() && word[0] != '~' && word.find_first_not_of(harmless) == std::string::npos)
        return word;
    std::string result = "'";
    for (const char c : word)
        result += c == '\'' ? "'\\''" : std::string(1, c);
    return result + "'";
}

namespace {

/// An option and its value stay together; a JSON value goes on in the next line where it has a blank.
std::vector<std::string> unbroken(const std::vector<std::string>& words) {
    std::vector<std::string> result;
    for (const std::string& word : words) {
        const bool is_value = !result.empty() && result.back().starts_with("--") && !word.starts_with("--") &&
                              result.back().find_first_of(" =") == std::string::npos;
        if (is_value)
            result.back() += " " + word;
        else
            result.push_back(word);
    }
    return result;
}

} // namespace

std::string command_lines(const CommandExample& example, std::size_t indent, std::size_t columns) {
    constexpr std::string_view end = " \\";
    const std::string next_line = "\n" + std::string(indent + 4, ' ');
    std::string result, line = std::string(indent, ' ') + "bulwark";
    const auto append = [&](const std::string& piece, std::string_view before_break) {
        if (line.size() + 1 + piece.size() + end.size() <= columns) {
            line += " " + piece;
            return;
        }
        result += line + std::string(before_break) + next_line.substr(0, 1);
        line = next_line.substr(1) + piece;
    };
    for (const std::string& word : unbroken(example.words)) {
        std::string_view rest = word;
        for (bool first = true; first || !rest.empty(); first = false) {
            const std::size_t size = std::min(rest.find(blank_in_json), rest.size());
            append(std::string(rest.substr(0, size)), first ? end : "");
            rest.remove_prefix(std::min(size + 1, rest.size()));
        }
    }
    return result + line + "\n";
}

} // namespace bulwark
