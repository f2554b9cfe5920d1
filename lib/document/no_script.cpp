#include "document/no_script.hpp"

#include "document/boot_script/shell.hpp"
#include "document/lines.hpp"
#include "error.hpp"
#include "text.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace bulwark {
namespace {

using shell::Command;
using shell::Script;
using shell::Word;

/// One `-o NAME=VALUE` that the script runs.
struct Setting {
    std::string option, value;
    Span place;            // of the value, without quotes around it
    bool quoted = false;   // there are some
    std::string closing{}; // the one that goes with the value and has to stand behind the next
};

std::string at_line(std::string_view text, std::size_t offset) {
    const auto lines_before = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
    return describe_lines({static_cast<std::size_t>(lines_before) + 1}) + ": ";
}

bool is_option(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), shell::is_name_character);
}

bool is_value(std::string_view value) {
    const auto is_allowed = [](char character) {
        return shell::is_name_character(character) ||
               std::string_view(".:,{}+-").find(character) != std::string_view::npos;
    };
    return !value.empty() && std::all_of(value.begin(), value.end(), is_allowed);
}

bool is_quote(char character) { return character == '"' || character == '\''; }

bool is_no(const Command& command) {
    if (command.kind != Command::Kind::simple || command.words.empty())
        return false;
    const std::string& program = command.words.front().value;
    return program == "no" || program.ends_with("/no");
}

/// The words that are, or end with, an argument of -o.
std::vector<const Word*> arguments_of_o(const Command& command) {
    std::vector<const Word*> found;
    for (std::size_t i = 1; i < command.words.size(); ++i) {
        const std::string& flags = command.words[i].value;
        const std::size_t with_argument = flags.starts_with('-') ? flags.find_first_of("odh", 1) : std::string::npos;
        if (with_argument == std::string::npos)
            continue;
        if (with_argument + 1 == flags.size() && ++i == command.words.size())
            break; // its argument is the next word, and there is none
        if (flags[with_argument] == 'o')
            found.push_back(&command.words[i]);
    }
    return found;
}

/// Where the value stands in `raw`, behind the sign. What quotes more or less than the value is replaced with it.
void find_value(std::string_view raw, std::size_t sign, Setting& setting) {
    const std::string_view before = raw.substr(0, sign), behind = raw.substr(sign + 1);
    const bool opens_before = std::count_if(before.begin(), before.end(), is_quote) % 2 == 1;
    const bool opens_here = !opens_before && !behind.empty() && is_quote(behind.front());
    setting.place = {sign + 1, raw.size()};
    setting.quoted = opens_before || opens_here;
    if (!setting.quoted)
        return;
    const char quote = opens_before ? before[before.find_last_of("\"'")] : behind.front();
    const bool ends_it = behind.find(quote, opens_here ? 1 : 0) == behind.size() - 1;
    if (ends_it)
        setting.place = {sign + 1 + (opens_here ? 1U : 0U), raw.size() - 1};
    else if (opens_before)
        setting.closing = quote;
    else
        setting.quoted = false;
}

/// What a word such as `NAME=VALUE`, `"NAME=VALUE"`, `NAME="VALUE"` or `-oNAME=VALUE` sets.
std::optional<Setting> setting_of(std::string_view text, const Word& word) {
    const std::string_view raw = at(text, word.span);
    const std::size_t sign = raw.find('='), sign_of_value = word.value.find('=');
    if (sign == std::string_view::npos) // or there is one in the value too: no quote takes it away
        return std::nullopt;
    std::string_view option = std::string_view(word.value).substr(0, sign_of_value);
    if (option.starts_with('-'))
        option.remove_prefix(option.find('o') + 1);
    if (!is_option(option))
        return std::nullopt;
    Setting setting{std::string(option), word.value.substr(sign_of_value + 1), {}};
    find_value(raw, sign, setting);
    setting.place = {word.span.begin + setting.place.begin, word.span.begin + setting.place.end};
    return setting;
}

/// Where the first command stands that always ends the script.
std::optional<std::size_t> final_exit(const Script& script) {
    for (std::size_t i = 0; i < script.commands.size(); ++i) {
        const Command& command = script.commands[i];
        const bool exits = command.kind == Command::Kind::simple && !command.words.empty() &&
                           (command.words.front().value == "exit" || command.words.front().value == "return");
        const bool is_first = i == 0 || script.commands[i - 1].statement != command.statement;
        const bool is_last = i + 1 == script.commands.size() || script.commands[i + 1].statement != command.statement;
        if (exits && is_first && is_last && script.statements[command.statement].body == 0)
            return command.span.begin;
    }
    return std::nullopt;
}

/// What the script sets, in the order of the file.
std::vector<Setting> settings(std::string_view text, const Script& script) {
    const std::size_t end = final_exit(script).value_or(text.size());
    std::vector<Setting> found;
    for (const Command& command : script.commands) {
        if (command.span.begin >= end || !is_no(command))
            continue;
        for (const Word* word : arguments_of_o(command))
            if (std::optional<Setting> setting = setting_of(text, *word))
                found.push_back(std::move(*setting));
    }
    return found;
}

/// The value as it stands in a script: ksh93 takes `{1,2}` apart where it is not quoted.
std::string written(std::string_view value, bool quoted) {
    const bool is_list = value.find('{') != std::string_view::npos &&
                         (value.find(',') != std::string_view::npos || value.find("..") != std::string_view::npos);
    return quoted || !is_list ? std::string(value) : "\"" + std::string(value) + "\"";
}

/// Where a line can be added so that it is run.
std::size_t place_for_line(std::string_view text, const Script& script) {
    const std::optional<std::size_t> exit = final_exit(script);
    if (!exit)
        return text.size();
    const std::size_t begin = text.rfind('\n', *exit) + 1; // npos + 1 is 0
    const std::vector<std::size_t>& continued = script.continued_lines;
    if (!trimmed(text.substr(begin, *exit - begin)).empty() ||
        std::binary_search(continued.begin(), continued.end(), begin))
        throw Error(at_line(text, *exit) + "exit shares its line with other commands: put it on a line of its own");
    return begin;
}

std::string with_line(std::string_view text, std::size_t place, std::string_view line) {
    const std::vector<std::string_view> lines = split_lines(text);
    const std::string_view end = !lines.empty() && lines.front().ends_with("\r\n") ? "\r\n" : "\n";
    std::string result(text.substr(0, place));
    if (!result.empty())
        result = completed(std::move(result), end);
    return result.append(line).append(end).append(text.substr(place));
}

std::string with_value(std::string_view text, const std::vector<Setting>& found, std::string_view option,
                       std::string_view value) {
    std::vector<Replacement> replacements;
    for (const Setting& setting : found)
        if (setting.option == option && setting.value != value)
            replacements.push_back({setting.place, written(value, setting.quoted) + setting.closing});
    return replaced(text, replacements);
}

void require_understood(std::string_view text, const Script& script) {
    if (script.failure)
        throw Error(at_line(text, script.failure->at) + "the script cannot be understood from here on (" +
                    script.failure->why + "): correct it by hand");
}

/// The name of the stanza that a line such as `no:` begins.
std::optional<std::string_view> stanza_of(std::string_view content) {
    const std::string_view header = trimmed(content.substr(0, content.find('#')));
    if (!header.ends_with(':') || header.find('=') != std::string_view::npos)
        return std::nullopt;
    return trimmed(header.substr(0, header.size() - 1));
}

/// The value behind the `=`, without its quotes or the comment behind it.
std::string tunable_value(std::string_view text) {
    const std::string_view value = trimmed(text);
    if (value.starts_with('"'))
        return std::string(value.substr(1, value.find('"', 1) - 1));
    return std::string(value.substr(0, value.find_first_of(" \t#")));
}

/// Of an option that is set twice, the last value: it is what counts.
std::map<std::string, std::string> values(const std::vector<Setting>& settings) {
    std::map<std::string, std::string> options;
    for (const Setting& setting : settings)
        options[setting.option] = setting.value;
    return options;
}

} // namespace

NoScript::NoScript(std::string text)
    : text_(std::move(text)), script_(std::make_shared<const Script>(shell::scan(text_))) {}

NoScript NoScript::parse(std::string_view text) { return NoScript(std::string(text)); }

std::string NoScript::text() const { return text_; }

NoScript NoScript::create() {
    return parse("#!/bin/ksh\n"
                 "# Sets network options each time the system boots: the kernel does not keep them.\n"
                 "# Run from /etc/inittab, and by hand to set them at once.\n");
}

std::map<std::string, std::string> NoScript::options() const { return values(settings(text_, *script_)); }

void NoScript::set(std::string_view option, std::string_view value) {
    if (!is_option(option) || !is_value(value))
        throw Error("network option '" + std::string(option) + "' cannot be set to '" + std::string(value) +
                    "': a name is of letters, digits and _, and a value of these and . : , { } + -");
    require_understood(text_, *script_);
    const std::vector<Setting> found = settings(text_, *script_);
    const auto setting = std::find_if(found.begin(), found.end(), [&](const Setting& s) { return s.option == option; });
    const std::string line = "/usr/sbin/no -o " + std::string(option) + "=" + written(value, false);
    const bool is_set = setting != found.end();
    const std::size_t place = is_set ? setting->place.begin : place_for_line(text_, *script_);
    NoScript changed(is_set ? with_value(text_, found, option, value) : with_line(text_, place, line));
    std::map<std::string, std::string> wanted = values(found);
    wanted[std::string(option)] = value;
    if (changed.options() != wanted || changed.script_->failure ||
        settings(changed.text_, *changed.script_).size() != found.size() + (is_set ? 0 : 1)) // or one swallows another
        throw Error(at_line(text_, is_set || place == 0 ? place : place - 1) + "network option " + std::string(option) +
                    " cannot be set here so that the shell would run it: edit the script by hand");
    *this = std::move(changed);
}

std::map<std::string, std::string> tunables(std::string_view text, std::string_view stanza) {
    std::map<std::string, std::string> values;
    bool is_inside = false, was_inside = false;
    for (const std::string_view line : split_lines(text)) {
        const std::string_view content = trimmed(without_line_end(line));
        const std::size_t sign = content.find('=');
        if (content.starts_with('#'))
            continue;
        if (const std::optional<std::string_view> name = stanza_of(content)) {
            was_inside = was_inside || is_inside;
            is_inside = *name == stanza && !was_inside;
        } else if (is_inside && sign != std::string_view::npos) {
            values.emplace(trimmed(content.substr(0, sign)), tunable_value(content.substr(sign + 1)));
        }
    }
    return values;
}

} // namespace bulwark
