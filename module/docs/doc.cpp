#include "docs/doc.hpp"

#include "docs/module_text.hpp"
#include "options/markup.hpp"
#include "options/wording.hpp"
#include "terminal/yaml.hpp"

#include <algorithm>
#include <utility>

namespace bulwark {
namespace {

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

} // namespace bulwark
