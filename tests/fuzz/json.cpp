#include "module.hpp"
#include "options/coercion.hpp"
#include "protocol.hpp"
#include "python/literal.hpp"

#include "property.hpp"
#include "python/python_text.hpp"
#include "targets.hpp"

#include <algorithm>

namespace bulwark::fuzz {
namespace {

constexpr Type types[] = {Type::str, Type::boolean, Type::integer, Type::list, Type::dict, Type::path, Type::raw};

std::string line_of(const json::value& value) { return to_line({{"value", value}}); }

/// A value that to_line has written, read again.
json::value written(const json::value& value) {
    const std::string line = line_of(value);
    require(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c < 0x7f; }),
            "a line is printable ASCII", line);
    return parse_lenient(line).at("value");
}

void check_round_trips(const json::value& value) {
    const json::value clean = written(value); // in UTF-8
    require(line_of(clean) == line_of(written(clean)), "what to_line writes is read as it was", line_of(value));
    const std::string literal = python_repr(clean);
    require(python_repr(parse_python_literal(literal)) == literal, "what python_repr writes is read as it was",
            literal);
}

bool is_of_type(const json::value& value, Type type) {
    switch (type) {
    case Type::str:
    case Type::path:
        return value.is_string();
    case Type::boolean:
        return value.is_bool();
    case Type::integer:
        return value.is_int64() || value.is_uint64() || value.is_bool(); // Python takes True for 1
    case Type::list:
        return value.is_array();
    case Type::dict:
        return value.is_structured(); // a literal that begins with { may be a set of nothing
    case Type::raw:
        break;
    }
    return true;
}

void check_coercions(const json::value& value) {
    for (const Type type : types)
        for (const Wording wording : {Wording::before_2_19, Wording::since_2_19}) {
            json::value once;
            try {
                once = coerce(value, type, wording);
            } catch (const CoercionError& error) {
                require(*error.what() != '\0', "a CoercionError says something");
                continue;
            }
            require(is_of_type(once, type), "a coerced value is of its type", line_of(value));
            if (type != Type::path) // a variable's value may hold a $ itself
                require(line_of(coerce(once, type, wording)) == line_of(once), "a value is coerced once",
                        line_of(value));
        }
}

/// What Boost takes for JSON is JSON.
void check_against_boost(std::string_view text, const std::optional<json::value>& value) {
    boost::system::error_code error;
    const json::value other = json::parse(json::string_view(text.data(), text.size()), error);
    require(error || value, "JSON is read", text);
    if (!error)
        require(other.kind() == value->kind() || other.is_number(), "JSON is read for what it is", text);
}

bool known(std::string_view name) { return find_module(name) != nullptr; }

void check_call(std::string_view text) {
    try {
        const Call call = read_call(text, "/tmp/AnsiballZ_inetd", known);
        require(known(call.module), "a call is of a module", text);
        std::vector<std::string> warnings;
        const Module& module = *find_module(call.module);
        const json::object validated = validate(module.table, call.options, call.caller, warnings);
        for (const Option& option : module.table.options)
            require(validated.contains(option.name), "every option is present", text);
        require(!to_line(masked(module.table, validated)).empty(), "arguments can be shown", text);
        for (const json::object& item : items(module.table, validated, call.caller))
            require(!item.empty(), "an item has options", text);
    } catch (const Error& error) {
        require(*error.what() != '\0', "an Error says something");
    }
}

} // namespace

void json(std::string_view bytes) {
    std::optional<json::value> value;
    try {
        value = parse_lenient(bytes);
    } catch (const Error&) {
    }
    check_against_boost(bytes, value);
    if (value) {
        check_round_trips(*value);
        check_coercions(*value);
    }
    try {
        check_round_trips(parse_python_literal(bytes));
    } catch (const Error&) {
    }
    check_coercions(json::string(bytes));
    check_call(bytes);
    const std::string clean = clean_utf8(bytes);
    require(written(json::string(clean)) == json::string(clean), "clean_utf8 makes UTF-8", bytes);
}

} // namespace bulwark::fuzz
