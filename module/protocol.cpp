#include "protocol.hpp"

#include "options/coercion.hpp"
#include "python/python_text.hpp"
#include "text.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <cmath>

namespace bulwark {
namespace {

json::object parse_arguments(std::string_view text) {
    json::value arguments;
    try {
        arguments = parse_lenient(text);
    } catch (const Error& error) {
        throw Error(std::string("reading the arguments: ") + error.what());
    }
    if (!arguments.is_object())
        throw Error("reading the arguments: they have to be one JSON object, not a " +
                    std::string(python_type(arguments)));
    return std::move(arguments.get_object());
}

bool is_empty(const json::value& value) {
    return (value.is_string() && value.get_string().empty()) || (value.is_array() && value.get_array().empty()) ||
           (value.is_object() && value.get_object().empty());
}

/// A switch of Ansible's. A value that AnsibleModule would not take counts as Python sees it: anything but emptiness is
/// true.
bool flag(const json::object& arguments, std::string_view name, bool absent) {
    const json::value* const value = arguments.if_contains(name);
    if (value == nullptr || value->is_null())
        return absent;
    try {
        return coerce(*value, Type::boolean, Wording::since_2_19).as_bool();
    } catch (const CoercionError&) {
        return !is_empty(*value);
    }
}

std::string text(const json::object& arguments, std::string_view name, std::string_view absent) {
    const json::value* const value = arguments.if_contains(name);
    return value == nullptr || value->is_null() || is_empty(*value) ? std::string(absent) : python_str(*value);
}

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

/// "/tmp/x/AnsiballZ_inetd.bin" -> "inetd"
std::string_view name_of_program(std::string_view program) {
    constexpr std::string_view mark = "AnsiballZ_";
    std::string_view base = base_name(program);
    if (base.starts_with(mark))
        base.remove_prefix(mark.size());
    const std::size_t dot = base.rfind('.');
    return dot == 0 ? base : base.substr(0, dot);
}

std::string find_module_name(std::string_view task, std::string_view program, bool (*known)(std::string_view)) {
    // A redirect in a collection's runtime.yml leaves the old name in the arguments; the file has the new one.
    for (const std::string_view name : {last_part(task), name_of_program(program)})
        if (known(name))
            return std::string(name);
    throw Error("finding the module to run: neither _ansible_module_name \"" + std::string(task) +
                "\" nor the program's name \"" + std::string(program) + "\" is that of a module");
}

/// Printable ASCII that JSON writes as it is: most of every text.
bool is_plain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

void append_plain(std::string& line, std::string_view& string) {
    const auto end = std::find_if_not(string.begin(), string.end(), is_plain);
    line.append(string.begin(), end);
    string.remove_prefix(static_cast<std::size_t>(end - string.begin()));
}

void append_string(std::string& line, std::string_view string) {
    line += '"';
    for (append_plain(line, string); !string.empty(); append_plain(line, string)) {
        const std::optional<Character> character = first_character(string);
        const char32_t code = character ? character->code : 0xFFFFFFFF;
        if (!character)
            append_escape(line, R"(\\x)", static_cast<unsigned char>(string.front()), 2);
        else if (code == '"' || code == '\\')
            (line += '\\') += string.front();
        else if (code == '\n')
            line += "\\n";
        else if (code < 0x10000)
            append_escape(line, "\\u", code, 4);
        else {
            append_escape(line, "\\u", 0xD800 + ((code - 0x10000) >> 10), 4);
            append_escape(line, "\\u", 0xDC00 + ((code - 0x10000) & 0x3FF), 4);
        }
        string.remove_prefix(character ? character->size : 1);
    }
    line += '"';
}

void append_value(std::string& line, const json::value& value);

void append_array(std::string& line, const json::array& items) {
    std::string_view separator;
    line += '[';
    for (const json::value& item : items) {
        line += separator;
        append_value(line, item);
        separator = ", ";
    }
    line += ']';
}

void append_object(std::string& line, const json::object& members) {
    std::string_view separator;
    line += '{';
    for (const auto& [name, value] : members) {
        line += separator;
        append_string(line, name);
        line += ": ";
        append_value(line, value);
        separator = ", ";
    }
    line += '}';
}

void append_value(std::string& line, const json::value& value) {
    if (value.is_object())
        append_object(line, value.get_object());
    else if (value.is_array())
        append_array(line, value.get_array());
    else if (value.is_string())
        append_string(line, value.get_string());
    else if (value.is_bool())
        line += value.get_bool() ? "true" : "false";
    else if (value.is_null() || (value.is_double() && !std::isfinite(value.get_double())))
        line += "null"; // JSON has no NaN
    else
        line += python_repr(value); // a number
}

} // namespace

Call read_call(std::string_view arguments_text, std::string_view program, bool (*known)(std::string_view)) {
    const json::object arguments = parse_arguments(arguments_text);
    Call call;
    const std::string name = text(arguments, "_ansible_module_name", "");
    call.module = find_module_name(name, program, known);
    call.caller.module_name = name.empty() ? call.module : name;
    call.caller.ansible_version = text(arguments, "_ansible_version", call.caller.ansible_version);
    call.caller.ignore_unknown = flag(arguments, "_ansible_ignore_unknown_opts", false);
    call.check_mode = flag(arguments, "_ansible_check_mode", false);
    call.diff = flag(arguments, "_ansible_diff", false);
    call.no_log = flag(arguments, "_ansible_no_log", false);
    call.invocation = flag(arguments, "_ansible_inject_invocation", true);
    for (const auto& [option, value] : arguments)
        if (!option.starts_with("_ansible_"))
            call.options[option] = value;
    return call;
}

std::string to_line(const json::object& result) {
    std::string line;
    append_object(line, result);
    return line;
}

std::string clean_utf8(std::string_view text) {
    std::string clean;
    while (!text.empty()) {
        const std::optional<Character> character = first_character(text);
        const std::size_t size = character ? character->size : 1;
        if (character)
            clean += text.substr(0, size);
        else
            append_escape(clean, "\\x", static_cast<unsigned char>(text.front()), 2);
        text.remove_prefix(size);
    }
    return clean;
}

} // namespace bulwark
