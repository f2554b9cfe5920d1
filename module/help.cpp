#include "cli.hpp"

#include "doc.hpp"
#include "document/lines.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace bulwark {
namespace {

constexpr std::size_t help_columns = 80;

/// What help says of an option behind its name: "(list of str; default: auto)".
std::string facts(const Option& option) {
    std::vector<std::string> result = {type_text(option)};
    if (option.required)
        result.emplace_back("required");
    if (!option.choices.empty())
        result.push_back("one of " + joined(option.choices, ", "));
    if (const auto* text = option.fallback.if_string())
        result.push_back("default: " + (text->empty() ? "''" : std::string(*text)));
    else if (!option.fallback.is_null())
        result.push_back("default: " + json::serialize(option.fallback));
    return "(" + joined(result, "; ") + ")";
}

std::string entry(const std::string& head, const std::string& description) {
    return "\n" + wrapped(head, 2, 6, help_columns) + wrapped(without_marks(description), 6, 6, help_columns);
}

std::string option_entry(const Option& option) {
    std::string head = spelled(option.name);
    for (const std::string& alias : option.aliases)
        head += ", " + spelled(alias);
    return entry(head + " " + facts(option), option.description);
}

/// An option inside an item or a dictionary, where names are written as in JSON.
std::string key_entry(const Option& option) {
    std::string head = option.name;
    for (const std::string& alias : option.aliases)
        head += ", " + alias;
    return entry(head + " " + facts(option), option.description);
}

/// The options of each option that has some, except those of the items, which stand with the others.
std::string key_sections(const std::vector<Option>& options, const std::string& above, const std::string& items) {
    std::string result;
    for (const Option& option : options) {
        const std::string path = above.empty() ? spelled(option.name) : above + "." + option.name;
        const bool listed = above.empty() && option.name == items;
        if (!option.options.empty() && !listed) {
            result += "\nKeys of " + path + ":\n";
            for (const Option& key : option.options)
                result += key_entry(key);
        }
        result += key_sections(option.options, path, items);
    }
    return result;
}

std::string module_options(const OptionTable& table) {
    std::string own = "\nOptions:\n", of_items;
    for (const TopOption& top : top_options(table))
        (top.of_item ? of_items : own) += option_entry(*top.option);
    if (of_items.empty())
        return own + key_sections(table.options, "", "");
    const std::string list = spelled(table.items);
    return own + "\n" +
           wrapped("Options of an item. " + list +
                       " takes items as JSON, as key=value pairs with commas between them, or as "
                       "names; it can be repeated. Beside it these options are the items' defaults, without it they "
                       "describe "
                       "the only item:",
                   0, 0, help_columns) +
           of_items + key_sections(table.options, "", table.items);
}

std::string standard_section() {
    std::string result =
        "\n" +
        wrapped("Values: a bool is given as --NAME or --NAME=no; a list as a,b, as a JSON array, or by repeating the "
                "option; a dict as key=value pairs with commas between them or as a JSON object.",
                0, 0, help_columns);
    result += "\nOn every command line:\n";
    for (const StandardOption& standard : standard_options())
        result += entry(spelled(standard.name) + standard.argument, standard.description);
    return result;
}

std::string capitals(std::string text) {
    for (char& c : text)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return text;
}

/// A value that an example can show: the first choice, or in capitals what the reader puts there.
std::string sample_value(const Option& option) {
    if (!option.choices.empty())
        return option.choices.front();
    return option.type == Type::dict ? "NAME=VALUE" : capitals(option.name);
}

/// What a shortest sensible call gives: what is required, of each group of alternatives the first, and, of an item, its
/// name and its state. (Where an item's name is an alternative to the list of items, the item is there already.)
std::vector<TopOption> sample_options(const OptionTable& table) {
    std::vector<TopOption> result;
    bool first_of_item = true;
    for (const TopOption& top : top_options(table)) {
        const std::string& name = top.option->name;
        const bool alternative =
            std::any_of(table.required_one_of.begin(), table.required_one_of.end(), [&name, &table](const auto& names) {
                return names.front() == name && std::find(names.begin(), names.end(), table.items) == names.end();
            });
        const bool own = !top.of_item && (top.option->required || alternative);
        const bool identifies = top.of_item && std::exchange(first_of_item, false);
        if (own || identifies || (top.of_item && name == "state"))
            result.push_back(top);
    }
    return result;
}

/// The sample as options of the command line; those of an item on their own, or together as one of several items.
std::string sample(const OptionTable& table, bool as_item) {
    std::string result, item;
    for (const TopOption& top : sample_options(table)) {
        const std::string value = sample_value(*top.option);
        if (top.of_item && as_item)
            item += (item.empty() ? "" : ",") + top.option->name + "=" + value;
        else
            result += " " + spelled(top.option->name) + " " + value;
    }
    const std::string list = spelled(table.items);
    return item.empty() ? result : result + " " + list + " " + item + " " + list + " ...";
}

std::string examples(const Module& module) {
    const std::string command = "  bulwark " + module.name;
    const std::string plain = command + sample(module.table, false);
    std::string result = "\nExamples:\n\n";
    if (!module.changes())
        return result + plain + "\n" + plain + " --json\n";
    result += plain + " --check --diff\n" + plain + "\n";
    if (const std::string several = command + sample(module.table, true); several != plain)
        result += several + "\n";
    return result + command + " --args-file " + module.name + ".json --json\n";
}

constexpr const char* exit_statuses = "\n"
                                      "Exit status:\n"
                                      "\n"
                                      "  0   done, or nothing to do\n"
                                      "  1   failed; one line on standard error says what and what to do\n"
                                      "  2   --check found something to change\n"
                                      "  64  wrong usage\n";

} // namespace

std::string help(const Module& module) {
    std::string result = "Usage: bulwark " + module.name + " [--OPTION VALUE]... [--check] [--diff] [--json]\n\n" +
                         wrapped(without_marks(module.summary), 0, 0, help_columns);
    if (!module.description.empty())
        result += "\n" + wrapped(without_marks(module.description.front()), 0, 0, help_columns);
    result += module_options(module.table);
    if (const auto sentences = conditions(module.table, spelled); !sentences.empty()) {
        result += "\n";
        for (const std::string& sentence : sentences)
            result += wrapped(without_marks(sentence), 0, 0, help_columns);
    }
    return result + standard_section() + examples(module) + exit_statuses;
}

std::string overview() {
    std::string result =
        wrapped("Bulwark hardens the network services of AIX. Check mode tells exactly what a run would "
                "do, and every file a run changes is kept in a local git history, so that any change can "
                "be read and taken back.",
                0, 0, help_columns);
    result += "\n"
              "Usage: bulwark MODULE [--OPTION VALUE]... [--check] [--diff] [--json]\n"
              "       bulwark MODULE --help\n"
              "       bulwark doc [--python | --markdown] MODULE\n"
              "       bulwark --version\n"
              "\n"
              "Modules:\n"
              "\n";
    std::size_t widest = 0;
    for (const std::string& name : module_names())
        widest = std::max(widest, name.size());
    for (const std::string& name : module_names())
        if (const Module* module = find_module(name))
            result += labelled(name, without_marks(module->summary), widest, Style::plain, {});
    return result + "\nTo begin with: bulwark harden --check --diff\n";
}

} // namespace bulwark
