#include "cli.hpp"

#include "document/lines.hpp"

namespace bulwark {
namespace {

/// The type in an operator's words; nothing of a text, which most are.
std::string kind(const Option& option) {
    switch (option.type) {
    case Type::boolean:
        return "yes or no";
    case Type::integer:
    case Type::number:
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

} // namespace bulwark
