#include "example.hpp"

#include "cli.hpp"
#include "diff.hpp"
#include "document/lines.hpp"

#include <algorithm>

namespace bulwark {
namespace {

// ---- The YAML of examples

struct YamlLine {
    std::size_t indent;
    std::string_view text; // without it
};

/// A scalar, or a list or dict in flow style: `[shell, {name: echo/tcp, state: enabled}]`.
class Flow {
public:
    explicit Flow(std::string_view text) : rest_(text) {}

    json::value whole() {
        json::value result = value("");
        if (!rest_.empty())
            fail();
        return result;
    }

private:
    [[noreturn]] void fail() const { throw Error("an example is not understood at '" + std::string(rest_) + "'"); }

    void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

    bool take(char c) {
        skip_blanks();
        if (rest_.empty() || rest_[0] != c)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    json::value value(std::string_view ends) {
        if (take('['))
            return list();
        if (take('{'))
            return dictionary();
        for (const char quote : {'\'', '"'})
            if (take(quote))
                return json::value(quoted(quote));
        return plain(ends);
    }

    json::value list() {
        json::array result;
        while (!take(']')) {
            result.push_back(value(",]"));
            if (!take(',') && (rest_.empty() || rest_[0] != ']'))
                fail();
        }
        return result;
    }

    json::value dictionary() {
        json::object result;
        while (!take('}')) {
            const std::string key(plain_text(":"));
            if (!take(':'))
                fail();
            result[key] = value(",}");
            if (!take(',') && (rest_.empty() || rest_[0] != '}'))
                fail();
        }
        return result;
    }

    /// A doubled quote stands for one.
    std::string quoted(char quote) {
        std::string result;
        while (!rest_.empty()) {
            const char c = rest_[0];
            rest_.remove_prefix(1);
            if (c == quote && (rest_.empty() || rest_[0] != quote))
                return result;
            if (c == quote)
                rest_.remove_prefix(1);
            if (c == '\\' && quote == '"')
                fail(); // no example needs escapes
            result += c;
        }
        fail();
    }

    std::string_view plain_text(std::string_view ends) {
        skip_blanks();
        std::string_view text = rest_.substr(0, rest_.find_first_of(ends));
        rest_.remove_prefix(text.size());
        return text.substr(0, text.find_last_not_of(' ') + 1);
    }

    json::value plain(std::string_view ends) {
        const std::string text(plain_text(ends));
        if (text == "true" || text == "false")
            return text == "true";
        if (!text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos)
            return std::stoi(text);
        return json::value(text);
    }

    std::string_view rest_;
};

/// Lists and dicts in block style.
class Block {
public:
    explicit Block(const std::string& text) {
        for (const std::string_view whole : split_lines(text)) {
            const std::string_view line = without_line_end(whole);
            if (const std::size_t indent = line.find_first_not_of(' '); indent != std::string_view::npos)
                lines_.push_back({indent, line.substr(indent)});
        }
    }

    json::value whole() {
        json::value result = lines_.empty() ? json::value(json::array()) : value();
        if (at_ < lines_.size())
            throw Error("an example is not understood at '" + std::string(lines_[at_].text) + "'");
        return result;
    }

private:
    static std::size_t colon(std::string_view text) {
        if (text.find_first_of("[{'\"") == 0)
            return std::string_view::npos;
        const std::size_t inside = text.find(": ");
        return inside == std::string_view::npos && text.ends_with(':') ? text.size() - 1 : inside;
    }

    json::value value() {
        if (lines_[at_].text.starts_with("- "))
            return list();
        return colon(lines_[at_].text) != std::string_view::npos ? dictionary() : Flow(lines_[at_++].text).whole();
    }

    json::value list() {
        json::array result;
        const std::size_t indent = lines_[at_].indent;
        while (at_ < lines_.size() && lines_[at_].indent == indent && lines_[at_].text.starts_with("- ")) {
            lines_[at_] = {indent + 2, lines_[at_].text.substr(2)}; // what is behind the dash begins a block of its own
            result.push_back(value());
        }
        return result;
    }

    json::value dictionary() {
        json::object result;
        const std::size_t indent = lines_[at_].indent;
        while (at_ < lines_.size() && lines_[at_].indent == indent &&
               colon(lines_[at_].text) != std::string_view::npos) {
            const std::string_view line = lines_[at_++].text;
            const std::string_view behind = line.substr(colon(line) + 1);
            const bool nested = behind.empty() && at_ < lines_.size() && lines_[at_].indent > indent;
            result[std::string(line.substr(0, colon(line)))] = nested           ? value()
                                                               : behind.empty() ? json::value(nullptr)
                                                                                : Flow(behind).whole();
        }
        return result;
    }

    std::vector<YamlLine> lines_;
    std::size_t at_ = 0;
};

// ---- Options as they are typed

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

CommandExample example_of(const Module& module, const json::object& task) {
    CommandExample result{text_of(task, "name"), {module.name}};
    if (const json::object* options = task.at("bulwark.aix." + module.name).if_object())
        for (const auto& [name, value] : *options)
            append_option(result.words, std::string(name), value);
    for (const auto& [keyword, option] : {std::pair("check_mode", "--check"), std::pair("diff", "--diff")})
        if (flag_of(task, keyword))
            result.words.emplace_back(option);
    return result;
}

/// Of a command: a line that says what, a line with the words.
std::vector<CommandExample> written_examples(const std::string& text) {
    std::vector<CommandExample> result;
    for (const std::string_view whole : split_lines(text)) {
        const std::string line(without_line_end(whole));
        if (result.empty() || !result.back().words.empty()) {
            result.push_back({line, {}});
            continue;
        }
        for (std::size_t at = 0; at < line.size();) {
            const std::size_t end = std::min(line.find(' ', at), line.size());
            result.back().words.push_back(line.substr(at, end - at));
            at = end + 1;
        }
    }
    return result;
}

} // namespace

json::value parse_tasks(const std::string& text) { return Block(text).whole(); }

std::vector<CommandExample> command_examples(const Module& module) {
    if (module.is_command())
        return written_examples(module.examples);
    std::vector<CommandExample> result;
    const json::value tasks = parse_tasks(module.examples);
    for (const json::value& task : tasks.as_array())
        if (task.as_object().contains("bulwark.aix." + module.name))
            result.push_back(example_of(module, task.get_object()));
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
