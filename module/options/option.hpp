#pragma once

#include "error.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

namespace json = boost::json;

/// The types of AnsibleModule's argument specification.
enum class Type { str, boolean, integer, list, dict, path, raw };

std::string_view name_of(Type type); // "str", "bool", "int", "list", "dict", "path", "raw"

/// One option of a module: the one place from which validation, command line, help and documentation come.
struct Option {
    std::string name;
    Type type = Type::str;
    std::string description; // plain English, one or more sentences; "`x`" marks code
    std::vector<std::string> choices{};
    json::value fallback = nullptr; // the default; null: none
    bool required = false;
    std::vector<std::string> aliases{};
    std::optional<Type> elements{}; // of a list
    std::vector<Option> options{};  // of a dict, or of a list's dicts
    bool no_log = false;
};

/// required_if of AnsibleModule: where `option` has `value`, all of these must be given.
struct RequiredIf {
    std::string option;
    json::value value;
    std::vector<std::string> required;
};

/// What a module accepts.
struct OptionTable {
    std::vector<Option> options;
    /// A list option whose items are dicts, if the module has one: each item's options may also stand at the top level,
    /// where beside a list they are the items' defaults, and alone they are the only item. An item that is a plain
    /// string without "=" is its `name` (the first option of the item). Named here, its item options are accepted at
    /// the top too.
    std::string items{};
    std::vector<std::vector<std::string>> mutually_exclusive{}, required_one_of{};
    std::vector<RequiredIf> required_if{};
};

/// Wrong usage: the text is AnsibleModule's, to the letter.
class ArgumentError : public Error {
    using Error::Error;
};

/// Who asks, for the wording of error texts.
struct Caller {
    std::string module_name;              // as the task wrote it: "bulwark.aix.inetd"
    std::string ansible_version = "2.19"; // "2.14.18" words some texts differently
    bool ignore_unknown = false;
};

/// The option of that name; null if there is none.
const Option* find_option(const std::vector<Option>& options, std::string_view name);

/// The option that `items` names; null if there is none.
const Option* items_option(const OptionTable& table);

/// What may stand at the top level: the table's own options and, where it has `items`, those of one item, which there
/// are not required and have no default. For the command line, help and documentation too.
std::vector<Option> accepted_options(const OptionTable& table);

/// The arguments after aliases, defaults and coercions, every option present (null without a value); aliases keep their
/// own key beside the canonical one, as AnsibleModule leaves them in `invocation`. Reports the first error alone, in
/// AnsibleModule's order of checks, by throwing ArgumentError. Warnings ("Both option name and its alias ...") are
/// appended.
json::object validate(const OptionTable& table, const json::object& given, const Caller& caller,
                      std::vector<std::string>& warnings);

/// The items of validated arguments: the list named by `table.items`, each completed by the item options given at the
/// top level; that one item alone where no list is given; nothing where neither is. Only after completing are
/// `required` options of an item missed, with AnsibleModule's text.
std::vector<json::object> items(const OptionTable& table, const json::object& validated, const Caller& caller);

/// The arguments for `invocation`: values of `no_log` options, wherever they stand, as
/// VALUE_SPECIFIED_IN_NO_LOG_PARAMETER, and `********` where they are part of another text.
json::object masked(const OptionTable& table, json::object arguments);

// Readers of validated arguments; the option must be of that type or null.
bool is_given(const json::object& arguments, std::string_view option);                            // there and not null
std::string text_of(const json::object& arguments, std::string_view option);                      // null: ""
std::optional<std::string> optional_text(const json::object& arguments, std::string_view option); // null: nothing
bool flag_of(const json::object& arguments, std::string_view option);                             // null: false
std::optional<bool> optional_flag(const json::object& arguments, std::string_view option);
std::int64_t integer_of(const json::object& arguments, std::string_view option);           // null: an Error
std::vector<std::string> texts_of(const json::object& arguments, std::string_view option); // null: empty
std::string_view view(const json::value& text);

} // namespace bulwark
