#include "options/option.hpp"

#include "document/lines.hpp"
#include "options/coercion.hpp"
#include "python/python_text.hpp"
#include "text.hpp"

#include <algorithm>
#include <set>

namespace bulwark {
namespace {

using Names = std::vector<std::string>;

/// What one run of the checks carries along, from one level of options to the next.
struct Scope {
    Wording wording;
    std::vector<std::string>& warnings;
    Names path{};                    // of sub-options: {"services"}
    std::string prefix{};            // the same with places: "services[0]."
    std::set<std::string> unknown{}; // "zz", "services.zz"
    std::string supported{};         // what the level of the first unknown one accepts
};

/// " found in services" below the top level.
std::string place(const Scope& scope) { return scope.path.empty() ? "" : " found in " + joined(scope.path, " -> "); }

bool is_internal(std::string_view name) { return name.starts_with("_ansible_"); }

/// Whether an option's values have options of their own.
bool has_suboptions(const Option& option) {
    return !option.options.empty() &&
           (option.type == Type::dict || (option.type == Type::list && option.elements == Type::dict));
}

std::string class_name(const json::value& value, Wording wording) {
    const std::string name(python_type(value));
    return wording == Wording::before_2_19 ? "<class '" + name + "'>" : name;
}

/// The items of a list; of any other value that value.
std::vector<const json::value*> elements_of(const json::value& value) {
    std::vector<const json::value*> elements;
    if (!value.is_array())
        elements.push_back(&value);
    else
        for (const json::value& item : value.get_array())
            elements.push_back(&item);
    return elements;
}

void resolve_aliases(const std::vector<Option>& options, json::object& arguments, Scope& scope) {
    for (const Option& option : options) {
        for (const std::string& alias : option.aliases) {
            const json::value* const value = arguments.if_contains(alias);
            if (value == nullptr)
                continue;
            if (arguments.contains(option.name))
                scope.warnings.push_back("Both option " + scope.prefix + option.name + " and its alias " +
                                         scope.prefix + alias + " are set.");
            json::value copy = *value;
            arguments[option.name] = std::move(copy);
        }
    }
}

/// AnsibleModule looks for secrets before anything else, and so meets what is no dictionary first.
void require_dictionaries(const std::vector<Option>& options, const json::object& arguments, Wording wording) {
    for (const Option& option : options) {
        if (!has_suboptions(option) || !is_given(arguments, option.name))
            continue;
        for (const json::value* const element : elements_of(arguments.at(option.name))) {
            if (!element->is_string() && !element->is_object())
                throw ArgumentError("Value '" + python_str(*element) + "' in the sub parameter field '" + option.name +
                                    "' must " + (wording == Wording::before_2_19 ? "by a " : "be a ") +
                                    std::string(name_of(option.type)) + ", not '" + std::string(python_type(*element)) +
                                    "'");
            try {
                require_dictionaries(option.options, coerce(*element, Type::dict, wording).as_object(), wording);
            } catch (const CoercionError& error) {
                throw ArgumentError(error.what());
            }
        }
    }
}

std::string supported(const std::vector<Option>& options) {
    std::set<std::string> names, aliases;
    for (const Option& option : options)
        aliases.insert(option.aliases.begin(), option.aliases.end());
    for (const Option& option : options)
        if (!aliases.contains(option.name))
            names.insert(option.name);
    return joined({names.begin(), names.end()}, ", ") +
           (aliases.empty() ? "" : " (" + joined({aliases.begin(), aliases.end()}, ", ") + ")");
}

bool is_known(const std::vector<Option>& options, std::string_view name) {
    return std::any_of(options.begin(), options.end(), [&](const Option& option) {
        return option.name == name ||
               std::find(option.aliases.begin(), option.aliases.end(), name) != option.aliases.end();
    });
}

/// Unknown options are the last thing to be reported, so they are only noted here.
void note_unknown(const std::vector<Option>& options, const json::object& arguments, Scope& scope) {
    for (const auto& [name, value] : arguments) {
        if (is_known(options, name))
            continue;
        if (scope.unknown.empty())
            scope.supported = supported(options);
        Names path = scope.path;
        path.emplace_back(name);
        scope.unknown.insert(joined(path, "."));
    }
}

std::size_t count(const Names& names, const json::object& arguments) {
    const auto is_there = [&](const std::string& name) { return arguments.contains(name); };
    return static_cast<std::size_t>(std::count_if(names.begin(), names.end(), is_there));
}

void refuse_exclusive(const OptionTable& table, const json::object& arguments) {
    Names groups;
    for (const Names& group : table.mutually_exclusive)
        if (count(group, arguments) > 1)
            groups.push_back(joined(group, "|"));
    if (!groups.empty())
        throw ArgumentError("parameters are mutually exclusive: " + joined(groups, ", "));
}

void set_defaults(const std::vector<Option>& options, json::object& arguments) {
    for (const Option& option : options)
        if (!option.fallback.is_null() && !arguments.contains(option.name))
            arguments[option.name] = option.fallback;
}

void set_nulls(const std::vector<Option>& options, json::object& arguments) {
    for (const Option& option : options)
        if (!arguments.contains(option.name))
            arguments[option.name] = nullptr;
}

void refuse_missing(Names missing, const std::string& where) {
    if (missing.empty())
        return;
    std::sort(missing.begin(), missing.end());
    throw ArgumentError("missing required arguments: " + joined(missing, ", ") + where);
}

void require_required(const std::vector<Option>& options, const json::object& arguments, const Scope& scope) {
    Names missing;
    for (const Option& option : options)
        if (option.required && !arguments.contains(option.name))
            missing.push_back(option.name);
    refuse_missing(std::move(missing), place(scope));
}

void coerce_elements(const Option& option, json::array& elements, const Scope& scope) {
    for (json::value& element : elements) {
        try {
            element = coerce(element, *option.elements, scope.wording);
        } catch (const CoercionError& error) {
            throw ArgumentError("Elements value for option '" + option.name + "'" +
                                (scope.path.empty() ? "" : " found in '" + joined(scope.path, " -> ") + "'") +
                                " is of type " + class_name(element, scope.wording) +
                                " and we were unable to convert to " + std::string(name_of(*option.elements)) + ": " +
                                error.what());
        }
    }
}

void coerce_value(const Option& option, json::value& value, const Scope& scope) {
    try {
        value = coerce(value, option.type, scope.wording);
    } catch (const CoercionError& error) {
        throw ArgumentError("argument '" + option.name + "' is of type " + class_name(value, scope.wording) +
                            (scope.path.empty() ? "" : " found in '" + joined(scope.path, " -> ") + "'.") +
                            " and we were unable to convert to " + std::string(name_of(option.type)) + ": " +
                            error.what());
    }
    if (option.elements && value.is_array())
        coerce_elements(option, value.get_array(), scope);
}

void coerce_values(const std::vector<Option>& options, json::object& arguments, const Scope& scope) {
    for (const Option& option : options) {
        json::value* const value = arguments.if_contains(option.name);
        if (value == nullptr)
            continue;
        // From 2.19 on null stands for the empty string where an option has to have a value.
        const bool keeps_null =
            scope.wording == Wording::before_2_19 || (!option.required && option.fallback.is_null());
        if (!value->is_null() || !keeps_null)
            coerce_value(option, *value, scope);
    }
}

bool is_choice(const Option& option, const json::value& value) {
    if (value.is_null() || value.is_structured())
        return false;
    return std::find(option.choices.begin(), option.choices.end(), python_str(value)) != option.choices.end();
}

/// YAML turns the choices yes and on into True: the one choice that means the same.
void restore_choice(const Option& option, json::value& value) {
    if (value != "True" && value != "False")
        return;
    Names matching;
    for (const std::string& choice : option.choices)
        if (truth_of(choice) == (value == "True"))
            matching.push_back(choice);
    if (matching.size() == 1)
        value = json::string(matching.front());
}

void check_choices_of_list(const Option& option, const json::array& values, const Scope& scope) {
    Names others;
    for (const json::value& value : values)
        if (!is_choice(option, value))
            others.push_back(python_str(value));
    if (!others.empty())
        throw ArgumentError("value of " + option.name + " must be one or more of: " + joined(option.choices, ", ") +
                            ". Got no match for: " + joined(others, ", ") + place(scope));
}

void check_choices(const std::vector<Option>& options, json::object& arguments, const Scope& scope) {
    for (const Option& option : options) {
        json::value* const value = arguments.if_contains(option.name);
        if (option.choices.empty() || value == nullptr)
            continue;
        if (value->is_array()) {
            check_choices_of_list(option, value->get_array(), scope);
            continue;
        }
        if (!is_choice(option, *value))
            restore_choice(option, *value);
        if (!is_choice(option, *value))
            throw ArgumentError("value of " + option.name + " must be one of: " + joined(option.choices, ", ") +
                                ", got: " + python_str(*value) + place(scope));
    }
}

void check_one_of(const OptionTable& table, const json::object& arguments) {
    for (const Names& group : table.required_one_of)
        if (count(group, arguments) == 0)
            throw ArgumentError("one of the following is required: " + joined(group, ", "));
}

void check_required_if(const OptionTable& table, const json::object& arguments) {
    for (const RequiredIf& rule : table.required_if) {
        const json::value* const value = arguments.if_contains(rule.option);
        if (value == nullptr || *value != rule.value)
            continue;
        Names missing;
        for (const std::string& name : rule.required)
            if (!arguments.contains(name))
                missing.push_back(name);
        if (!missing.empty())
            throw ArgumentError(rule.option + " is " + python_str(rule.value) +
                                " but all of the following are missing: " + joined(missing, ", "));
    }
}

void check(const std::vector<Option>& options, const OptionTable& relations, json::object& arguments, Scope& scope);

/// The checks of an option's own options, once for every dictionary of its value.
void check_suboptions(const Option& option, json::value& value, Scope& scope) {
    static const OptionTable no_relations{};
    const std::string prefix = scope.prefix;
    scope.path.push_back(option.name);
    if (value.is_object()) {
        scope.prefix = prefix + option.name + '.';
        resolve_aliases(option.options, value.get_object(), scope);
        check(option.options, no_relations, value.get_object(), scope);
    } else {
        for (std::size_t index = 0; index < value.as_array().size(); ++index) {
            json::object& element = value.get_array()[index].as_object();
            scope.prefix = prefix + option.name + '[' + std::to_string(index) + "].";
            resolve_aliases(option.options, element, scope);
            check(option.options, no_relations, element, scope);
        }
    }
    scope.path.pop_back();
    scope.prefix = prefix;
}

/// All checks but that of aliases, in AnsibleModule's order.
void check(const std::vector<Option>& options, const OptionTable& relations, json::object& arguments, Scope& scope) {
    require_dictionaries(options, arguments, scope.wording);
    note_unknown(options, arguments, scope);
    refuse_exclusive(relations, arguments);
    set_defaults(options, arguments);
    require_required(options, arguments, scope);
    coerce_values(options, arguments, scope);
    check_choices(options, arguments, scope);
    check_one_of(relations, arguments);
    check_required_if(relations, arguments);
    set_nulls(options, arguments);
    for (const Option& option : options)
        if (has_suboptions(option) && is_given(arguments, option.name))
            check_suboptions(option, arguments.at(option.name), scope);
}

/// What the caller gave an item's option at the top level becomes its default in every item.
void inherit(std::vector<Option>& item_options, const json::object& arguments) {
    for (Option& option : item_options) {
        if (!is_given(arguments, option.name))
            continue;
        option.fallback = arguments.at(option.name);
        option.required = false;
    }
}

bool is_plain_item(const json::value& item) {
    return item.is_string() && !item.get_string().starts_with('{') && item.get_string().find('=') == json::string::npos;
}

/// An item that is a plain string is its name.
void name_plain_items(const Option& option, json::value& value) {
    // One dictionary as a string is one item: its commas do not separate items.
    if (value.is_string() && value.get_string().starts_with('{'))
        value = json::array(1, value);
    else if (value.is_string())
        value = coerce(value, Type::list, Wording::since_2_19);
    if (!value.is_array())
        return;
    for (json::value& item : value.get_array())
        if (is_plain_item(item))
            item = json::object{{option.options.front().name, item}};
}

/// No check but AnsibleModule's last one is left.
void refuse_unknown(const Scope& scope, const Caller& caller) {
    if (scope.unknown.empty() || caller.ignore_unknown)
        return;
    throw ArgumentError("Unsupported parameters for (" + caller.module_name +
                        ") module: " + joined({scope.unknown.begin(), scope.unknown.end()}, ", ") +
                        ". Supported parameters include: " + scope.supported + ".");
}

bool is_cut(std::string_view text) { return text.find('\0') != text.npos; }

bool has_nul(const json::value& value) {
    if (value.is_string())
        return is_cut(view(value));
    if (value.is_array())
        return std::any_of(value.get_array().begin(), value.get_array().end(),
                           [](const json::value& item) { return has_nul(item); });
    return value.is_object() &&
           std::any_of(value.get_object().begin(), value.get_object().end(),
                       [](const auto& member) { return is_cut(member.key()) || has_nul(member.value()); });
}

/// To the system a path, a name or the word of a command ends at its first NUL byte: another one would be taken than the
/// one that was named.
void refuse_nul(const json::object& arguments) {
    for (const auto& [name, value] : arguments)
        if (has_nul(value))
            throw Error("option " + std::string(name) +
                        " has a NUL byte in it, at which a path or a word of a command ends; leave it out");
}

/// The item that the top level alone describes, if it gives any option that is an item's only.
std::optional<json::object> lone_item(const OptionTable& table, const json::object& validated, Wording wording) {
    json::object item;
    bool is_described = false;
    for (const Option& option : items_option(table)->options) {
        if (is_given(validated, option.name)) {
            item[option.name] = validated.at(option.name);
            is_described = is_described || find_option(table.options, option.name) == nullptr;
        } else {
            item[option.name] = option.fallback.is_null() ? nullptr : coerce(option.fallback, option.type, wording);
        }
    }
    return is_described ? std::optional(item) : std::nullopt;
}

void require_values(const std::vector<Option>& options, const json::object& item, const std::string& where) {
    Names missing;
    for (const Option& option : options)
        if (option.required && !is_given(item, option.name))
            missing.push_back(option.name);
    refuse_missing(std::move(missing), where);
}

} // namespace

json::object validate(const OptionTable& table, const json::object& given, const Caller& caller,
                      std::vector<std::string>& warnings) {
    json::object arguments;
    for (const auto& [name, value] : given)
        if (!is_internal(name))
            arguments[name] = value;
    std::vector<Option> options = accepted_options(table);
    Scope scope{wording_of(caller.ansible_version), warnings};
    resolve_aliases(options, arguments, scope);
    for (Option& option : options) {
        if (option.name != table.items || table.items.empty())
            continue;
        inherit(option.options, arguments);
        if (json::value* const value = arguments.if_contains(table.items))
            name_plain_items(option, *value);
    }
    check(options, table, arguments, scope);
    refuse_unknown(scope, caller);
    refuse_nul(arguments);
    return arguments;
}

std::vector<json::object> items(const OptionTable& table, const json::object& validated, const Caller& caller) {
    const Option* const option = items_option(table);
    if (option == nullptr)
        return {};
    if (!is_given(validated, table.items)) {
        const std::optional<json::object> item = lone_item(table, validated, wording_of(caller.ansible_version));
        if (!item)
            return {};
        require_values(option->options, *item, "");
        return {*item};
    }
    std::vector<json::object> result;
    for (const json::value& item : validated.at(table.items).as_array()) {
        require_values(option->options, item.as_object(), " found in " + table.items); // null counts as given so far
        result.push_back(item.get_object());
    }
    return result;
}

} // namespace bulwark
