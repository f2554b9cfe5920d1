#include "options/option.hpp"

#include "python/python_text.hpp"

#include <algorithm>
#include <set>

namespace bulwark {
namespace {

/// The strings in a secret value.
void collect_secrets(const json::value& value, std::set<std::string>& secrets) {
    if (value.is_object()) {
        for (const auto& [key, member] : value.get_object())
            collect_secrets(member, secrets);
    } else if (value.is_array()) {
        for (const json::value& item : value.get_array())
            collect_secrets(item, secrets);
    } else if (!value.is_null() && !value.is_bool() && !python_str(value).empty()) {
        secrets.insert(python_str(value));
    }
}

/// The strings in the values of options with no_log, in arguments or in a list of them.
void collect_secrets(const std::vector<Option>& options, const json::value& arguments, std::set<std::string>& secrets) {
    if (arguments.is_array())
        for (const json::value& item : arguments.get_array())
            collect_secrets(options, item, secrets);
    if (!arguments.is_object())
        return;
    for (const Option& option : options) {
        std::vector<std::string> names = option.aliases;
        names.push_back(option.name);
        for (const std::string& name : names) {
            const json::value* const value = arguments.get_object().if_contains(name);
            if (value != nullptr && option.no_log)
                collect_secrets(*value, secrets);
            if (value != nullptr)
                collect_secrets(option.options, *value, secrets);
        }
    }
}

constexpr std::string_view secret_text = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";

void mask_text(json::string& text, const std::vector<std::string>& secrets) {
    for (const std::string& secret : secrets) {
        if (text == secret) {
            text = secret_text;
            return;
        }
    }
    for (const std::string& secret : secrets)
        for (std::size_t at = text.find(secret); at != json::string::npos; at = text.find(secret, at + 8))
            text.replace(at, secret.size(), "********");
}

void mask(json::value& value, const std::vector<std::string>& secrets) {
    if (value.is_object()) {
        for (auto& member : value.get_object())
            mask(member.value(), secrets);
    } else if (value.is_array()) {
        for (json::value& item : value.get_array())
            mask(item, secrets);
    } else if (value.is_string()) {
        mask_text(value.get_string(), secrets);
    } else if (value.is_number()) {
        const std::string text = python_str(value);
        const auto is_in = [&](const std::string& secret) { return text.find(secret) != std::string::npos; };
        if (std::any_of(secrets.begin(), secrets.end(), is_in))
            value = secret_text;
    }
}

} // namespace

json::object masked(const OptionTable& table, json::object arguments) {
    std::set<std::string> secrets;
    json::value shown = std::move(arguments);
    collect_secrets(accepted_options(table), shown, secrets);
    // The longest first: one may be part of another.
    std::vector<std::string> longest_first(secrets.begin(), secrets.end());
    std::stable_sort(longest_first.begin(), longest_first.end(),
                     [](const std::string& one, const std::string& other) { return one.size() > other.size(); });
    mask(shown, longest_first);
    return std::move(shown.get_object());
}

} // namespace bulwark
