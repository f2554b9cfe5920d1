#include "docs/doc.hpp"
#include "docs/module_text.hpp"
#include "options/markup.hpp"
#include "options/wording.hpp"

namespace bulwark {
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
