#include "options/option.hpp"

#include "python/python_text.hpp"

#include <algorithm>

namespace bulwark {

std::string_view name_of(Type type) {
    switch (type) {
    case Type::str:
        return "str";
    case Type::boolean:
        return "bool";
    case Type::integer:
        return "int";
    case Type::list:
        return "list";
    case Type::dict:
        return "dict";
    case Type::path:
        return "path";
    case Type::raw:
        break;
    }
    return "raw";
}

const Option* find_option(const std::vector<Option>& options, std::string_view name) {
    const auto found =
        std::find_if(options.begin(), options.end(), [&](const Option& option) { return option.name == name; });
    return found == options.end() ? nullptr : &*found;
}

const Option* items_option(const OptionTable& table) {
    return table.items.empty() ? nullptr : find_option(table.options, table.items);
}

std::vector<Option> accepted_options(const OptionTable& table) {
    std::vector<Option> options = table.options;
    const Option* const items = items_option(table);
    if (items == nullptr)
        return options;
    for (const Option& option : items->options) {
        if (find_option(table.options, option.name) != nullptr)
            continue;
        options.push_back(option);
        options.back().required = false; // both count for a whole item only
        options.back().fallback = nullptr;
    }
    return options;
}

bool is_given(const json::object& arguments, std::string_view name) {
    const json::value* const value = arguments.if_contains(name);
    return value != nullptr && !value->is_null();
}

std::string_view view(const json::value& text) { return text.as_string(); }

std::string text_of(const json::object& arguments, std::string_view option) {
    return optional_text(arguments, option).value_or("");
}

std::optional<std::string> optional_text(const json::object& arguments, std::string_view option) {
    if (!is_given(arguments, option))
        return std::nullopt;
    return std::string(view(arguments.at(option)));
}

bool flag_of(const json::object& arguments, std::string_view option) {
    return optional_flag(arguments, option).value_or(false);
}

std::optional<bool> optional_flag(const json::object& arguments, std::string_view option) {
    return is_given(arguments, option) ? std::optional(arguments.at(option).as_bool()) : std::nullopt;
}

std::int64_t integer_of(const json::object& arguments, std::string_view option) {
    const json::value* const value = arguments.if_contains(option);
    if (value != nullptr && value->is_bool()) // a bool is an int to AnsibleModule
        return value->get_bool() ? 1 : 0;
    if (value != nullptr && value->is_int64())
        return value->get_int64();
    throw Error("reading option " + std::string(option) + ": " + (value == nullptr ? "it" : python_str(*value)) +
                " is not a whole number between -2^63 and 2^63 - 1");
}

std::vector<std::string> texts_of(const json::object& arguments, std::string_view option) {
    std::vector<std::string> texts;
    if (is_given(arguments, option))
        for (const json::value& text : arguments.at(option).as_array())
            texts.emplace_back(view(text));
    return texts;
}

} // namespace bulwark
