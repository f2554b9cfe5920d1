#include "options/coercion.hpp"

#include "python/literal.hpp"
#include "python/python_number.hpp"
#include "python/python_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include <pwd.h>
#include <unistd.h>

namespace bulwark {
namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char letter) { return lower(letter); });
    return result;
}

[[noreturn]] void refuse(const json::value& value, std::string_view type) {
    throw CoercionError("<class '" + std::string(python_type(value)) + "'> cannot be converted to " +
                        std::string(type));
}

json::value to_integer(const json::value& value, Wording wording) {
    if (value.is_int64() || value.is_uint64() || value.is_bool())
        return value;
    std::optional<json::value> result;
    if (value.is_string())
        result = wording == Wording::before_2_19 ? int_of(value.get_string()) : int_of_decimal(value.get_string());
    else if (value.is_double() && wording == Wording::since_2_19)
        result = int_of_decimal(python_float(value.get_double()));
    if (result)
        return *result;
    if (wording == Wording::before_2_19)
        refuse(value, "an int");
    throw CoercionError('"' + python_repr(value) + "\" cannot be converted to an int");
}

std::optional<bool> boolean(const json::value& value) {
    if (value.is_string())
        return truth_of(lower(python_strip(value.get_string())));
    const auto number = value.to_number<double>();
    return number == 1 ? std::optional(true) : number == 0 ? std::optional(false) : std::nullopt;
}

json::value to_boolean(const json::value& value, Wording wording) {
    if (value.is_bool())
        return value;
    if (!value.is_string() && !value.is_number())
        refuse(value, "a bool");
    if (const std::optional<bool> result = boolean(value))
        return *result;
    // AnsibleModule lists a set, each time in another order.
    throw CoercionError(
        "The value '" + python_str(value) + "' is not a valid boolean. " +
        (wording == Wording::before_2_19 ? " " : "") +
        "Valid booleans include: 0, 1, 'true', '0', 'yes', 'off', 'y', 'n', 'f', '1', 'no', 'false', 't', "
        "'on'");
}

json::value to_list(const json::value& value) {
    if (value.is_array())
        return value;
    if (value.is_bool() || value.is_number())
        return json::array{json::value(json::string(python_str(value)))};
    if (!value.is_string())
        refuse(value, "a list");
    json::array items;
    std::string_view rest = value.get_string();
    for (std::size_t comma = rest.find(','); comma != std::string_view::npos; comma = rest.find(',')) {
        items.emplace_back(rest.substr(0, comma));
        rest.remove_prefix(comma + 1);
    }
    items.emplace_back(rest);
    return items;
}

/// "a=1 b='x y', c=3" without quotes and backslashes: "a=1", "b=x y", "c=3".
std::vector<std::string> fields_of(std::string_view text) {
    std::vector<std::string> fields(1);
    char quote = '\0';
    bool is_escaped = false;
    for (const char letter : python_strip(text)) {
        if (is_escaped) {
            fields.back() += letter;
            is_escaped = false;
        } else if (letter == '\\') {
            is_escaped = true;
        } else if (quote == '\0' && (letter == '\'' || letter == '"')) {
            quote = letter;
        } else if (quote != '\0' && letter == quote) {
            quote = '\0';
        } else if (quote == '\0' && (letter == ',' || letter == ' ')) {
            fields.emplace_back();
        } else {
            fields.back() += letter;
        }
    }
    std::erase(fields, "");
    return fields;
}

json::value dictionary_of_pairs(std::string_view text, Wording wording) {
    json::object result;
    std::size_t number = 0;
    for (const std::string& field : fields_of(text)) {
        const std::size_t equals = field.find('=');
        if (equals == std::string::npos)
            throw CoercionError(wording == Wording::before_2_19
                                    ? "dictionary update sequence element #" + std::to_string(number) +
                                          " has length 1; 2 is required"
                                    : "unable to evaluate string in the \"key=value\" format as dictionary");
        result[field.substr(0, equals)] = std::string_view(field).substr(equals + 1);
        ++number;
    }
    return result;
}

/// JSON if it is that, else a Python literal.
json::value dictionary_literal(std::string_view text) {
    try {
        return parse_lenient(text);
    } catch (const Error&) {
    }
    try {
        return parse_python_literal(text);
    } catch (const Error&) {
        throw CoercionError("unable to evaluate string as dictionary");
    }
}

json::value to_dictionary(const json::value& value, Wording wording) {
    if (value.is_object())
        return value;
    if (!value.is_string())
        refuse(value, "a dict");
    const std::string_view text = value.get_string();
    if (text.starts_with('{'))
        return dictionary_literal(text);
    if (text.find('=') == std::string_view::npos)
        throw CoercionError("dictionary requested, could not parse JSON or key=value");
    return dictionary_of_pairs(text, wording);
}

std::string to_text(const json::value& value, Wording wording) {
    return value.is_null() && wording == Wording::since_2_19 ? std::string() : python_str(value);
}

bool is_name_letter(char letter) {
    return is_digit(letter) || letter == '_' || (lower(letter) >= 'a' && lower(letter) <= 'z');
}

/// The reference to a variable that `text` starts with: "$NAME" or "${NAME}"; empty if none.
std::string_view variable(std::string_view text) {
    if (text.starts_with("${")) {
        const std::size_t end = text.find('}');
        return end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
    }
    std::size_t size = 1;
    while (size < text.size() && is_name_letter(text[size]))
        ++size;
    return size > 1 ? text.substr(0, size) : std::string_view();
}

std::string expand_variables(std::string_view path) {
    std::string result;
    while (!path.empty()) {
        const std::string_view reference = path.front() == '$' ? variable(path) : std::string_view();
        std::string_view name = reference.substr(reference.empty() ? 0 : 1);
        if (name.starts_with('{'))
            name = name.substr(1, name.size() - 2);
        // A name with "=" or without letters is in no environment.
        const char* const found = reference.empty() ? nullptr : std::getenv(std::string(name).c_str());
        const std::string_view original = path.substr(0, std::max<std::size_t>(reference.size(), 1));
        result += found != nullptr ? std::string_view(found) : original;
        path.remove_prefix(original.size());
    }
    return result;
}

/// The home of a user, "" for the own; nothing if there is none.
std::optional<std::string> home_of(const std::string& user) {
    if (const char* const home = std::getenv("HOME"); user.empty() && home != nullptr)
        return home;
    const passwd* const entry = user.empty() ? getpwuid(getuid()) : getpwnam(user.c_str());
    return entry == nullptr ? std::nullopt : std::optional<std::string>(entry->pw_dir);
}

std::string expand_user(const std::string& path) {
    if (!path.starts_with('~'))
        return path;
    const std::size_t end = std::min(path.find('/'), path.size());
    std::optional<std::string> home = home_of(path.substr(1, end - 1));
    if (!home)
        return path;
    while (home->ends_with('/'))
        home->pop_back();
    const std::string expanded = *home + path.substr(end);
    return expanded.empty() ? "/" : expanded;
}

} // namespace

Wording wording_of(std::string_view ansible_version) {
    unsigned major = 0, minor = 0;
    const char* const end = ansible_version.data() + ansible_version.size();
    const auto [dot, error] = std::from_chars(ansible_version.data(), end, major);
    const bool is_version =
        error == std::errc() && dot != end && *dot == '.' && std::from_chars(dot + 1, end, minor).ec == std::errc();
    return is_version && (major < 2 || (major == 2 && minor < 19)) ? Wording::before_2_19 : Wording::since_2_19;
}

json::value coerce(const json::value& value, Type type, Wording wording) {
    switch (type) {
    case Type::str:
        return json::string(to_text(value, wording));
    case Type::path:
        return json::string(expand_path(to_text(value, wording)));
    case Type::boolean:
        return to_boolean(value, wording);
    case Type::integer:
        return to_integer(value, wording);
    case Type::list:
        return to_list(value);
    case Type::dict:
        return to_dictionary(value, wording);
    case Type::raw:
        break;
    }
    return value;
}

std::optional<bool> truth_of(std::string_view word) {
    for (const std::string_view yes : {"y", "yes", "on", "1", "true", "t"})
        if (word == yes)
            return true;
    for (const std::string_view no : {"n", "no", "off", "0", "false", "f"})
        if (word == no)
            return false;
    return std::nullopt;
}

std::string expand_path(std::string_view path) { return expand_user(expand_variables(path)); }

} // namespace bulwark
