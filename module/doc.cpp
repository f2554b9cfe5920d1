#include "doc.hpp"

#include "diff.hpp"
#include "literal.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>

namespace bulwark {

namespace {

constexpr std::size_t yaml_columns = 100;

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

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

/// The tasks of EXAMPLES.
std::string example_tasks(const Module& module) {
    std::string result;
    const auto members = [](std::string_view text, std::size_t indent) {
        return yaml_members(parse_lenient(text).as_object(), indent, Short::in_flow);
    };
    for (const Example& example : module.examples)
        result += (result.empty() ? "- name: " : "\n- name: ") + scalar(json::value(example.title)) + "\n  " +
                  (example.module.empty() ? "bulwark.aix." + module.name : std::string(example.module)) + ":\n" +
                  members(example.options, 4) + members(example.keywords, 2);
    return result;
}

} // namespace

std::string yaml(const json::value& value) {
    return is_collection(value) ? yaml_lines(value, 0, Short::in_blocks) : scalar(value) + "\n";
}

std::vector<TopOption> top_options(const OptionTable& table) {
    std::vector<TopOption> result;
    const auto named = [&table](const std::string& name) {
        return std::any_of(table.options.begin(), table.options.end(),
                           [&name](const Option& option) { return option.name == name; });
    };
    for (const Option& option : table.options) {
        result.push_back({&option});
        if (option.name != table.items)
            continue;
        for (const Option& of_item : option.options)
            if (!named(of_item.name))
                result.push_back({&of_item, true});
    }
    return result;
}

std::string type_text(const Option& option) {
    std::string result(name_of(option.type));
    return option.elements ? result + " of " + std::string(name_of(*option.elements)) : result;
}

namespace {

/// "`a`, `b` and `c`".
std::string marked(const std::vector<std::string>& names, const std::string& conjunction) {
    std::string result;
    for (std::size_t i = 0; i < names.size(); ++i)
        result += (i == 0 ? "" : i + 1 < names.size() ? ", " : " " + conjunction + " ") + "`" + names[i] + "`";
    return result;
}

/// A value as a user would write it.
std::string value_text(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

} // namespace

std::vector<std::string> conditions(const OptionTable& table, std::string (*spell)(const std::string& name)) {
    std::vector<std::string> result;
    const auto all = [spell](std::vector<std::string> names) {
        std::transform(names.begin(), names.end(), names.begin(), spell);
        return marked(names, "and");
    };
    for (const auto& names : table.mutually_exclusive)
        result.push_back("Only one of " + all(names) + " can be given.");
    for (const auto& names : table.required_together)
        result.push_back("If one of " + all(names) + " is given, the others must be given too.");
    for (const auto& names : table.required_one_of)
        result.push_back("At least one of " + all(names) + " must be given.");
    for (const RequiredIf& rule : table.required_if)
        result.push_back("If `" + spell(rule.option) + "` is `" + value_text(rule.value) + "`, " +
                         (rule.any ? "at least one of " : "") + all(rule.required) + " must be given.");
    return result;
}

namespace {

std::string as_it_is(const std::string& name) { return name; }

/// Where descriptions are read, and so how their marks are written.
enum class Form { plain, ansible, markdown };

std::string code_span(std::string_view code, std::string_view before, Form form) {
    if (form == Form::markdown)
        return "`" + std::string(code) + "`";
    // Ansible's C(x) ends at the first parenthesis and begins after a word's end.
    const bool joined = !before.empty() && (is_ascii_letter(before.back()) || is_ascii_digit(before.back()));
    if (form == Form::ansible && !joined && code.find(')') == std::string_view::npos)
        return "C(" + std::string(code) + ")";
    return std::string(code);
}

std::string prose(std::string_view text, Form form) {
    std::string result;
    for (const char c : text) {
        if (form == Form::markdown && std::string_view("\\*_<[`").find(c) != std::string_view::npos)
            result += '\\';
        result += c;
    }
    return result;
}

/// A description with its code marked as the form wants it. A backquote without its partner is an ordinary character.
std::string render(std::string_view description, Form form) {
    std::string result;
    while (!description.empty()) {
        const std::size_t begin = description.find('`');
        const std::size_t end = begin == std::string_view::npos ? begin : description.find('`', begin + 1);
        if (end == std::string_view::npos)
            return result + prose(description, form);
        result += prose(description.substr(0, begin), form);
        result += code_span(description.substr(begin + 1, end - begin - 1), result, form);
        description.remove_prefix(end + 1);
    }
    return result;
}

json::array paragraphs(std::string_view description) {
    json::array result;
    while (!description.empty()) {
        const std::string_view line = description.substr(0, description.find('\n'));
        if (!line.empty())
            result.push_back(json::value(render(line, Form::ansible)));
        description.remove_prefix(std::min(line.size() + 1, description.size()));
    }
    return result;
}

json::array texts(const std::vector<std::string>& strings) {
    json::array result;
    for (const std::string& text : strings)
        result.push_back(json::value(text));
    return result;
}

json::object option_document(const Option& option) {
    json::object result = {{"description", paragraphs(option.description)}, {"type", name_of(option.type)}};
    if (option.elements)
        result["elements"] = name_of(*option.elements);
    if (option.required)
        result["required"] = true;
    if (!option.choices.empty())
        result["choices"] = texts(option.choices);
    if (!option.fallback.is_null())
        result["default"] = option.fallback;
    if (!option.aliases.empty())
        result["aliases"] = texts(option.aliases);
    json::object suboptions;
    for (const Option& suboption : option.options)
        suboptions[suboption.name] = option_document(suboption);
    if (!suboptions.empty())
        result["suboptions"] = std::move(suboptions);
    return result;
}

/// Why an option of an item stands at the top level.
std::string of_item_note(const OptionTable& table) {
    return "See `" + table.items +
           "`: beside it this is the default of every item, without it a part of the only item.";
}

json::object option_documents(const OptionTable& table) {
    json::object result;
    for (const TopOption& top : top_options(table)) {
        json::object document = option_document(*top.option);
        if (top.of_item) {
            document.erase("required"); // of each item, wherever it says so
            document["description"].as_array().push_back(json::value(render(of_item_note(table), Form::ansible)));
        }
        result[top.option->name] = std::move(document);
    }
    return result;
}

json::object attributes(const Module& module) {
    const auto attribute = [](std::string_view support, std::string_view description) {
        return json::object{{"support", support}, {"description", description}};
    };
    json::object platform = attribute("full", "Target operating systems and families that can be operated against.");
    platform["platforms"] = "AIX";
    if (!module.changes())
        return {{"check_mode", attribute("full", "Never changes anything, with check mode or without.")},
                {"diff_mode", attribute("N/A", "There is nothing to compare, because nothing is changed.")},
                {"platform", std::move(platform)}};
    return {{"check_mode",
             attribute("full", "Predicts exactly what a run without check mode would do, and writes nothing.")},
            {"diff_mode", attribute("full", "Returns what changes of every file, before and after.")},
            {"platform", std::move(platform)}};
}

json::array descriptions(const std::vector<std::string>& paragraphs, Form form) {
    json::array result;
    for (const std::string& paragraph : paragraphs)
        result.push_back(json::value(render(paragraph, form)));
    return result;
}

json::object module_document(const Module& module) {
    json::object result = {
        {"module", module.name},
        {"short_description", render(module.summary, Form::plain)},
        {"description",
         descriptions(module.description.empty() ? std::vector{module.summary} : module.description, Form::ansible)},
        {"version_added", "0.1.0"},
        {"author", json::array{"Bulwark maintainers"}},
        {"options", option_documents(module.table)},
        {"attributes", attributes(module)},
    };
    if (const auto notes = conditions(module.table, as_it_is); !notes.empty())
        result["notes"] = descriptions(notes, Form::ansible);
    return result;
}

/// What every module that changes something returns.
std::vector<Return> changing_returns() {
    return {
        {"changed", "bool", "always", "Whether anything was changed, or in check mode would be."},
        {"msg", "str", "always", "What was done, or why it failed and what to do about it."},
        {"diff",
         "list",
         "with `--diff`",
         "What changes of each file.",
         {{"before_header", "str", "always", "The file, before."},
          {"after_header", "str", "always", "The file, after."},
          {"before", "str", "always", "Its text before."},
          {"after", "str", "always", "Its text after."}}},
        {"files",
         "list",
         "always",
         "Every file that differs.",
         {{"path", "str", "always", "The path, as inside `root`."},
          {"change", "str", "always", "One of `created`, `modified`, `removed`, or `mode`: mode or owner alone."}}},
        {"actions",
         "list",
         "always",
         "The commands that belong to the change.",
         {{"argv", "list", "always", "The command and its arguments; no shell is involved."},
          {"status", "str", "always", "One of `ran`, `would_run` (check mode), `skipped`, `failed`."},
          {"reason", "str", "when skipped", "Why it was not run."},
          {"rc", "int", "when it was run", "The exit status."},
          {"stdout", "str", "when it was run", "What it printed."},
          {"stderr", "str", "when it was run", "What it printed to standard error."}}},
        {"commit", "str", "always",
         "The id of the run's commit in the history; null where there is none: in check mode, and where nothing "
         "changed."},
    };
}

/// What a module that only looks returns beside what it found.
std::vector<Return> looking_returns() {
    return {
        {"changed", "bool", "always", "Always false."},
        {"msg", "str", "on failure", "Why it failed and what to do about it."},
    };
}

/// All that a module returns: its own values, and before them those common ones that it does not describe itself.
std::vector<Return> all_returns(const Module& module) {
    std::vector<Return> common = module.changes() ? changing_returns() : looking_returns();
    common.push_back({"warnings", "list", "when there are any", "What to look at although nothing failed."});
    std::erase_if(common, [&module](const Return& value) {
        return std::any_of(module.returns.begin(), module.returns.end(),
                           [&value](const Return& own) { return own.name == value.name; });
    });
    common.insert(common.end(), module.returns.begin(), module.returns.end());
    return common;
}

json::object return_documents(const std::vector<Return>& values) {
    json::object result;
    for (const Return& value : values) {
        json::object document = {{"description", paragraphs(value.description)},
                                 {"returned", render(value.returned, Form::plain)},
                                 {"type", value.type}};
        if (!value.contains.empty() && value.type == "list")
            document["elements"] = "dict";
        if (!value.contains.empty())
            document["contains"] = return_documents(value.contains);
        result[value.name] = std::move(document);
    }
    return result;
}

} // namespace

std::string without_marks(std::string_view description) { return render(description, Form::plain); }

std::string documentation(const Module& module) {
    return yaml(json::object{{"DOCUMENTATION", module_document(module)},
                             {"EXAMPLES", example_tasks(module)},
                             {"RETURN", return_documents(all_returns(module))}});
}

namespace {

/// A Python assignment. The raw form keeps every backslash, so it is readable; what contains ''' needs the other.
std::string assignment(const std::string& name, const std::string& text) {
    if (text.find("'''") == std::string::npos)
        return name + " = r'''\n" + text + "'''\n";
    std::string escaped;
    for (const char c : text) {
        if (c == '\\' || c == '\'')
            escaped += '\\';
        escaped += c;
    }
    return name + " = '''\n" + escaped + "'''\n";
}

} // namespace

std::string python_documentation(const Module& module) {
    return "# -*- coding: utf-8 -*-\n"
           "\n"
           "# Copyright: Bulwark maintainers\n"
           "# Apache License 2.0 (see LICENSE or https://www.apache.org/licenses/LICENSE-2.0)\n"
           "# SPDX-License-Identifier: Apache-2.0\n"
           "\n"
           "# Documentation alone, printed by `bulwark doc --python " +
           module.name +
           "`. The module is the program of the same name beside this file.\n"
           "\n"
           "from __future__ import absolute_import, division, print_function\n"
           "\n"
           "__metaclass__ = type\n"
           "\n" +
           assignment("DOCUMENTATION", yaml(module_document(module))) + "\n" +
           assignment("EXAMPLES", example_tasks(module)) + "\n" +
           assignment("RETURN", yaml(return_documents(all_returns(module))));
}

namespace {

/// Markdown in a table, where a line end would end the row, and a bar the cell, even inside code.
std::string cell(std::string_view markdown) {
    std::string result;
    for (const char c : markdown) {
        if (c == '|')
            result += '\\';
        result += c == '\n' ? ' ' : c;
    }
    return result;
}

std::string default_cell(const Option& option) {
    if (option.required)
        return "required";
    return option.fallback.is_null() ? "" : cell("`" + value_text(option.fallback) + "`");
}

std::string meaning_cell(const Option& option) {
    std::string result = cell(render(option.description, Form::markdown));
    if (!option.choices.empty()) {
        result += " One of";
        for (std::size_t i = 0; i < option.choices.size(); ++i)
            result += (i == 0 ? " " : ", ") + cell("`" + option.choices[i] + "`");
        result += '.';
    }
    if (!option.aliases.empty())
        result += " Also named " + marked(option.aliases, "or") + ".";
    return result;
}

std::string option_rows(const std::vector<Option>& options) {
    std::string result = "| option | type | default | meaning |\n|---|---|---|---|\n";
    for (const Option& option : options)
        result += "| `" + option.name + "` | " + type_text(option) + " | " + default_cell(option) + " | " +
                  meaning_cell(option) + " |\n";
    return result;
}

/// One table for every option that has options of its own, named by its path: `rules` or `rules.refs`.
std::string suboption_sections(const std::vector<Option>& options, const std::string& above, const OptionTable& table) {
    std::string result;
    for (const Option& option : options) {
        if (option.options.empty())
            continue;
        const std::string path = above + option.name;
        result += "\n### Options of `" + path + "`\n\n";
        if (path == table.items)
            result += "Each may also stand at the top level: beside `" + path +
                      "` as the default of every item, without it as a part of the only item.\n\n";
        result += option_rows(option.options) + suboption_sections(option.options, path + ".", table);
    }
    return result;
}

std::string return_rows(const std::vector<Return>& values, const std::string& above) {
    std::string result;
    for (const Return& value : values) {
        result += "| `" + above + value.name + "` | " + value.type + " | " +
                  cell(render(value.returned, Form::markdown)) + " | " +
                  cell(render(value.description, Form::markdown)) + " |\n";
        result += return_rows(value.contains, above + value.name + (value.type == "list" ? "[]." : "."));
    }
    return result;
}

/// Lines in a fence that they cannot end.
std::string fenced(const std::string& text, const std::string& language) {
    std::string fence = "```";
    while (text.find(fence) != std::string::npos)
        fence += '`';
    return fence + language + "\n" + text + fence + "\n";
}

} // namespace

std::string markdown_documentation(const Module& module) {
    std::string result = "# " + module.name + "\n\n" + render(module.summary, Form::markdown) + "\n";
    for (const std::string& paragraph : module.description)
        result += "\n" + render(paragraph, Form::markdown) + "\n";
    result += "\n## Options\n\n" + option_rows(module.table.options) +
              suboption_sections(module.table.options, "", module.table);
    if (const auto notes = conditions(module.table, as_it_is); !notes.empty()) {
        result += "\n";
        for (const std::string& note : notes)
            result += "- " + render(note, Form::markdown) + "\n";
    }
    result += "\n## Examples\n\n" + fenced(example_tasks(module), "yaml") + "\n## Returned values\n\n";
    result += "| value | type | returned | meaning |\n|---|---|---|---|\n" + return_rows(all_returns(module), "");
    return result + "\nThe same on the command line: `bulwark " + module.name + " --help`.\n";
}

} // namespace bulwark
