#include "options/wording.hpp"

#include "options/markup.hpp"
#include "text.hpp"

#include <algorithm>

namespace bulwark {
namespace {

/// The type in an operator's words; nothing of a text, which most are.
std::string kind(const Option& option) {
    switch (option.type) {
    case Type::boolean:
        return "yes or no";
    case Type::integer:
        return "number";
    case Type::list:
        return option.elements == Type::dict ? "items" : "list";
    case Type::dict:
        return "pairs";
    case Type::path:
        return "path";
    default:
        return "";
    }
}

void add_key_sections(const std::vector<Option>& options, const std::string& above, const std::string& items,
                      std::vector<KeySection>& result) {
    for (const Option& option : options) {
        const std::string path = above.empty() ? spelled(option.name) : above + "." + option.name;
        if (!option.options.empty() && !(above.empty() && option.name == items))
            result.push_back({path, &option.options});
        add_key_sections(option.options, path, items, result);
    }
}

} // namespace

std::string spelled(const std::string& name) {
    std::string result = "--" + name;
    std::replace(result.begin(), result.end(), '_', '-');
    return result;
}

std::string as_it_is(const std::string& name) { return name; }

std::vector<std::string> names_of(const Option& option) {
    std::vector<std::string> result = {option.name};
    result.insert(result.end(), option.aliases.begin(), option.aliases.end());
    return result;
}

std::string facts(const Option& option) {
    std::vector<std::string> result;
    if (option.required)
        result.emplace_back("required");
    if (!option.choices.empty())
        result.push_back("one of " + joined(option.choices, ", "));
    else if (const std::string type = kind(option); !type.empty())
        result.push_back(type);
    if (const auto* text = option.fallback.if_string())
        result.push_back("default: " + (text->empty() ? "''" : std::string(*text)));
    else if (const bool* flag = option.fallback.if_bool())
        result.emplace_back(*flag ? "default: yes" : "default: no");
    else if (!option.fallback.is_null())
        result.push_back("default: " + json::serialize(option.fallback));
    return result.empty() ? "" : " (" + joined(result, "; ") + ")";
}

std::vector<KeySection> key_sections(const OptionTable& table) {
    std::vector<KeySection> result;
    add_key_sections(table.options, "", table.items, result);
    return result;
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

std::vector<std::string> conditions(const OptionTable& table, std::string (*spell)(const std::string& name)) {
    std::vector<std::string> result;
    const auto all = [spell](std::vector<std::string> names) {
        std::transform(names.begin(), names.end(), names.begin(), spell);
        return marked(names, "and");
    };
    for (const auto& names : table.mutually_exclusive)
        result.push_back("Only one of " + all(names) + " can be given.");
    for (const auto& names : table.required_one_of)
        result.push_back("At least one of " + all(names) + " must be given.");
    for (const RequiredIf& rule : table.required_if)
        result.push_back("If `" + spell(rule.option) + "` is `" + value_text(rule.value) + "`, " + all(rule.required) +
                         " must be given.");
    return result;
}

} // namespace bulwark
