#include "cli/command_line.hpp"

#include "document/lines.hpp"
#include "options/markup.hpp"
#include "options/wording.hpp"
#include "text.hpp"

#include <algorithm>
#include <utility>

namespace bulwark {
namespace {

constexpr std::size_t help_columns = 80;

std::string entry(const std::string& head, const std::string& description) {
    return "\n" + wrapped(head, 2, 6, help_columns) + wrapped(without_marks(description), 6, 6, help_columns);
}

std::string option_entry(const Option& option) {
    std::vector<std::string> names = names_of(option);
    std::transform(names.begin(), names.end(), names.begin(), spelled);
    return entry(joined(names, ", ") + facts(option), option.description);
}

/// An option inside an item or a dictionary, where names are written as in JSON.
std::string key_entry(const Option& option) {
    return entry(joined(names_of(option), ", ") + facts(option), option.description);
}

std::string key_parts(const OptionTable& table) {
    std::string result;
    for (const KeySection& section : key_sections(table)) {
        result += "\nKeys of " + section.path + ":\n";
        for (const Option& key : *section.keys)
            result += key_entry(key);
    }
    return result;
}

std::string module_options(const Module& module) {
    const OptionTable& table = module.table;
    const std::vector<Option> common = common_options(module.changes());
    std::string own, of_items;
    for (const TopOption& top : top_options(table))
        if (find_option(common, top.option->name) == nullptr)
            (top.of_item ? of_items : own) += option_entry(*top.option);
    if (!own.empty())
        own.insert(0, "\nOptions:\n");
    const std::string list = spelled(table.items);
    if (!of_items.empty())
        own +=
            "\n" +
            wrapped("Options of an item. " + list +
                        " takes items as JSON, as key=value pairs with commas between them, or as names; it can be "
                        "repeated. Beside it these options are the items' defaults, without it they describe the only "
                        "item:",
                    0, 0, help_columns) +
            of_items;
    return own + key_parts(table);
}

std::string condition_section(const OptionTable& table) {
    std::string result;
    for (const std::string& sentence : conditions(table, spelled))
        result += wrapped(without_marks(sentence), 0, 0, help_columns);
    return result.empty() ? "" : "\n" + result;
}

/// What needs a word about how its values are typed.
std::string values_section(const OptionTable& table) {
    const auto has = [&table](Type type) {
        const auto all = top_options(table);
        return std::any_of(all.begin(), all.end(), [type](const TopOption& top) { return top.option->type == type; });
    };
    std::vector<std::string> ways;
    if (has(Type::boolean))
        ways.emplace_back("yes or no as --NAME or --NAME=no");
    if (has(Type::list))
        ways.emplace_back("a list as a,b, as a JSON array, or by repeating the option");
    if (has(Type::dict))
        ways.emplace_back("pairs as key=value with commas between them, or as a JSON object");
    return ways.empty() ? "" : "\n" + wrapped("How values are given: " + joined(ways, "; ") + ".", 0, 0, help_columns);
}

/// What every module has, where it does not get in the way.
std::string common_section(const Module& module) {
    std::string result = "\nCommon options:\n";
    const std::vector<Option> common = common_options(module.changes());
    for (const Option& option : module.table.options)
        if (find_option(common, option.name) != nullptr)
            result += option_entry(option);
    std::size_t widest = 0;
    const std::vector<StandardOption> standard = standard_options(module);
    for (const StandardOption& option : standard)
        widest = std::max(widest, (spelled(option.name) + option.argument).size());
    result += "\n";
    for (const StandardOption& option : standard)
        result += labelled(spelled(option.name) + option.argument, option.description, widest, Style::plain, {});
    return result;
}

/// A title that may be pasted into a shell with what follows.
std::string comment(const std::string& title) {
    std::string result;
    const std::string lines = wrapped(title, 4, 4, help_columns);
    for (const std::string_view line : split_lines(lines))
        result += "  # " + std::string(line.substr(4));
    return result;
}

/// Real calls, last: that is what is still on the screen.
std::string example_section(const Module& module) {
    const std::vector<CommandExample> examples = shown_examples(module);
    if (examples.empty())
        return "";
    std::string result =
        module.changes() ? "\nExamples. With --check --diff, as in the first, nothing is changed:\n" : "\nExamples:\n";
    for (const CommandExample& example : examples)
        result += "\n" + comment(example.title) + command_lines(example, 2, help_columns);
    return result;
}

std::string status_section(const Module& module) {
    std::string result = "\nExit status:\n\n";
    for (const auto& [status, meaning] : exit_statuses(module))
        result += labelled(std::to_string(status), meaning, 2, Style::plain, {});
    return result;
}

} // namespace

std::vector<CommandExample> shown_examples(const Module& module) {
    std::vector<CommandExample> examples = command_examples(module);
    if (module.changes() && !examples.empty())
        examples.front().words.emplace_back("--check --diff"); // in one line
    return examples;
}

std::vector<std::pair<int, std::string>> exit_statuses(const Module& module) {
    std::vector<std::pair<int, std::string>> result = {
        {0, module.changes() ? "done, or nothing to do" : "done"},
        {1, "failed; one line on standard error says what and what to do"},
        {64, "wrong usage"}};
    if (module.changes())
        result.insert(result.end() - 1, {2, "--check found something to change"});
    if (module.is_command())
        result.insert(result.end() - 1, {2, "verify alone: a file differs from what was last recorded"});
    return result;
}

std::string synopsis(const Module& module) {
    return "bulwark " + module.name +
           (module.is_command() ? " " + module.words + " [--OPTION VALUE]... [--json]"
            : module.changes()  ? " [--OPTION VALUE]... [--check] [--diff] [--json]"
                                : " [--OPTION VALUE]... [--json]");
}

std::string help(const Module& module) {
    std::string result =
        "Usage: " + synopsis(module) + "\n\n" + wrapped(without_marks(module.summary), 0, 0, help_columns);
    if (!module.description.empty())
        result += "\n" + wrapped(without_marks(module.description.front()), 0, 0, help_columns);
    return result + module_options(module) + condition_section(module.table) + values_section(module.table) +
           common_section(module) + status_section(module) + example_section(module);
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
              "       bulwark history [log | show | diff | verify] ...\n"
              "       bulwark history --help\n"
              "       bulwark doc --help\n"
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
    return result + "\nTo begin with: bulwark harden --check --diff\n"
                    "To look back:  bulwark history\n";
}

} // namespace bulwark
