#include "options/option.hpp"

#include "module.hpp"
#include "options/coercion.hpp"
#include "protocol.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

// The options of these tables need no description.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

using namespace bulwark;

namespace {

constexpr const char* before_2_19 = "2.14.18";
constexpr const char* since_2_19 = "2.19.11";

json::object object(std::string_view text) { return parse_lenient(text).as_object(); }

Caller caller(std::string_view version) {
    return {.module_name = "bulwark.aix.inetd", .ansible_version = std::string(version)};
}

void add_types(const std::vector<Option>& options, std::set<Type>& types) {
    for (const Option& option : options) {
        types.insert(option.type);
        if (option.elements)
            types.insert(*option.elements);
        add_types(option.options, types);
    }
}

/// The validated arguments as a line of JSON, or the text of the error.
std::string outcome(const OptionTable& table, std::string_view given, std::string_view version = since_2_19) {
    std::vector<std::string> warnings;
    try {
        return to_line(validate(table, object(given), caller(version), warnings));
    } catch (const ArgumentError& error) {
        return error.what();
    }
}

/// The same of an option "x" of that type alone: its value, or why it cannot be had.
std::string outcome(Type type, std::string_view value, std::string_view version) {
    const OptionTable table{.options = {{.name = "x", .type = type}}};
    const std::string result = outcome(table, "{\"x\": " + std::string(value) + "}", version);
    const std::string unable = "we were unable to convert to " + std::string(name_of(type)) + ": ";
    if (const std::size_t why = result.find(unable); why != std::string::npos)
        return result.substr(why + unable.size());
    return result.substr(6, result.size() - 7); // {"x": ...}
}

struct Conversion {
    Type type;
    std::string_view given, expected;
};

/// An environment variable, for as long as this lives.
class Variable {
public:
    Variable(const char* name, const char* value) : name_(name) {
        if (const char* const before = std::getenv(name))
            before_ = before;
        setenv(name, value, 1);
    }
    ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
    std::optional<std::string> before_;
};

OptionTable services() {
    return {.options = {{.name = "root", .type = Type::path, .fallback = "/"},
                        {.name = "force", .type = Type::boolean, .fallback = false},
                        {.name = "services",
                         .type = Type::list,
                         .elements = Type::dict,
                         .options = {{.name = "name", .required = true, .aliases = {"service"}},
                                     {.name = "state", .choices = {"enabled", "disabled", "absent"}, .required = true},
                                     {.name = "method", .choices = {"comment", "off"}, .fallback = "comment"},
                                     {.name = "count", .type = Type::integer},
                                     {.name = "force", .type = Type::boolean}}}},
            .items = "services"};
}

/// The items as a line of JSON, or the text of the error.
std::string items_of(const OptionTable& table, std::string_view given, std::string_view version = since_2_19) {
    std::vector<std::string> warnings;
    try {
        const json::object validated = validate(table, object(given), caller(version), warnings);
        json::array result;
        for (json::object& item : items(table, validated, caller(version)))
            result.emplace_back(std::move(item));
        const std::string line = to_line({{"items", result}});
        return line.substr(10, line.size() - 11);
    } catch (const ArgumentError& error) {
        return error.what();
    }
}

} // namespace

TEST_CASE("a value becomes what the type of its option says") {
    const std::vector<Conversion> conversions = {
        {Type::str, R"("as it is ")", R"("as it is ")"},
        {Type::str, "5", R"("5")"},
        {Type::str, "true", R"("True")"},
        {Type::str, "1.50", R"("1.5")"},
        {Type::str, "1e16", R"("1e+16")"},
        {Type::str, "[1, \"a\", null]", R"("[1, 'a', None]")"},
        {Type::str, R"({"k": [true, "it's"]})", R"("{'k': [True, \"it's\"]}")"},
        {Type::boolean, "true", "true"},
        {Type::boolean, R"(" Yes ")", "true"},
        {Type::boolean, R"("oN")", "true"},
        {Type::boolean, R"("t")", "true"},
        {Type::boolean, "1.0", "true"},
        {Type::boolean, "0", "false"},
        {Type::boolean, R"("Off")", "false"},
        {Type::boolean, R"("n")", "false"},
        {Type::integer, "384", "384"},
        {Type::integer, "true", "true"},
        {Type::integer, R"(" 7 ")", "7"},
        {Type::integer, R"("\u00a07\u2003")", "7"},
        {Type::integer, R"("-007")", "-7"},
        {Type::integer, R"("1_000")", "1000"},
        {Type::integer, R"("9223372036854775807")", "9223372036854775807"},
        {Type::integer, R"("-9223372036854775808")", "-9223372036854775808"},
        {Type::integer, R"("18446744073709551615")", "18446744073709551615"},
        {Type::list, R"(["a", 1])", R"(["a", 1])"},
        {Type::list, R"("a,b, c")", R"(["a", "b", " c"])"},
        {Type::list, R"("")", R"([""])"},
        {Type::list, "5", R"(["5"])"},
        {Type::list, "1.5", R"(["1.5"])"},
        {Type::list, "false", R"(["False"])"},
        {Type::dict, R"({"a": 1})", R"({"a": 1})"},
        {Type::raw, R"([1, {"a": null}])", R"([1, {"a": null}])"},
        {Type::path, "5", R"("5")"},
    };
    for (const Conversion& conversion : conversions)
        for (const char* const version : {before_2_19, since_2_19}) {
            CAPTURE(conversion.given);
            CHECK(outcome(conversion.type, conversion.given, version) == conversion.expected);
        }
}

TEST_CASE("a value that cannot be converted is refused with the reason that each version gives") {
    struct Refusal {
        Type type;
        std::string_view given, before, since;
    };
    const std::vector<Refusal> refusals = {
        {Type::integer, R"("x")", "<class 'str'> cannot be converted to an int",
         R"("'x'" cannot be converted to an int)"},
        {Type::integer, "1.5", "<class 'float'> cannot be converted to an int",
         R"("1.5" cannot be converted to an int)"},
        {Type::integer, "[1]", "<class 'list'> cannot be converted to an int",
         R"("[1]" cannot be converted to an int)"},
        {Type::integer, R"("1__0 ")", "<class 'str'> cannot be converted to an int", "10"},
        {Type::integer, "1.0", "<class 'float'> cannot be converted to an int", "1"},
        {Type::integer, R"("1.0")", "<class 'str'> cannot be converted to an int", "1"},
        {Type::integer, R"("12.50e1")", "<class 'str'> cannot be converted to an int", "125"},
        {Type::integer, R"("0e99999999999")", "<class 'str'> cannot be converted to an int", "0"},
        {Type::integer, R"("1e999999999")", "<class 'str'> cannot be converted to an int",
         R"("'1e999999999'" cannot be converted to an int)"},
        {Type::integer, R"("18446744073709551616")", "<class 'str'> cannot be converted to an int",
         R"("'18446744073709551616'" cannot be converted to an int)"},
        {Type::list, "{}", "<class 'dict'> cannot be converted to a list",
         "<class 'dict'> cannot be converted to a list"},
        {Type::dict, "[]", "<class 'list'> cannot be converted to a dict",
         "<class 'list'> cannot be converted to a dict"},
        {Type::dict, "5", "<class 'int'> cannot be converted to a dict", "<class 'int'> cannot be converted to a dict"},
        {Type::dict, R"("x")", "dictionary requested, could not parse JSON or key=value",
         "dictionary requested, could not parse JSON or key=value"},
        {Type::dict, R"("")", "dictionary requested, could not parse JSON or key=value",
         "dictionary requested, could not parse JSON or key=value"},
        {Type::dict, R"("{a: 1}")", "unable to evaluate string as dictionary",
         "unable to evaluate string as dictionary"},
        {Type::dict, R"("a=1, b")", "dictionary update sequence element #1 has length 1; 2 is required",
         R"(unable to evaluate string in the "key=value" format as dictionary)"},
        {Type::boolean, "{}", "<class 'dict'> cannot be converted to a bool",
         "<class 'dict'> cannot be converted to a bool"},
        {Type::boolean, "5",
         "The value '5' is not a valid boolean.  Valid booleans include: 0, 1, 'true', '0', 'yes', 'off', 'y', 'n', "
         "'f', '1', "
         "'no', 'false', 't', 'on'",
         "The value '5' is not a valid boolean. Valid booleans include: 0, 1, 'true', '0', 'yes', 'off', 'y', 'n', "
         "'f', '1', "
         "'no', 'false', 't', 'on'"},
    };
    for (const Refusal& refusal : refusals) {
        CAPTURE(refusal.given);
        CHECK(outcome(refusal.type, refusal.given, before_2_19) == refusal.before);
        CHECK(outcome(refusal.type, refusal.given, since_2_19) == refusal.since);
    }
}

TEST_CASE("a dictionary may come as JSON, as a Python literal, or as pairs") {
    const std::vector<Conversion> conversions = {
        {Type::dict, R"("{\"a\": [true, null]}")", R"({"a": [true, null]})"},
        {Type::dict, R"("{'a': (1, 'x'), 'b': None,}")", R"({"a": [1, "x"], "b": null})"},
        {Type::dict, R"("{'it\\'s': \"a\\x41\"}")", R"({"it's": "aA"})"},
        {Type::dict, R"("a=1 b=\"x y\", c=3")", R"({"a": "1", "b": "x y", "c": "3"})"},
        {Type::dict, R"("a='q\"r' b=\\'z d=x=y")", R"({"a": "q\"r", "b": "'z", "d": "x=y"})"},
        {Type::dict, R"(" a=1,,a=2 ")", R"({"a": "2"})"},
        {Type::dict, R"("=")", R"({"": ""})"},
    };
    for (const Conversion& conversion : conversions) {
        CAPTURE(conversion.given);
        CHECK(outcome(conversion.type, conversion.given, since_2_19) == conversion.expected);
    }
}

TEST_CASE("a path has its variables and homes replaced as Python replaces them") {
    const Variable home("HOME", "/home/op/"), place("BULWARK_PLACE", "a/$HOME"), user("BULWARK_TILDE", "~");
    const std::vector<std::pair<std::string_view, std::string_view>> paths = {
        {"/etc/inittab", "/etc/inittab"},
        {"~", "/home/op"},
        {"~/x", "/home/op/x"},
        {"a~", "a~"},
        {"~root/x~", "/root/x~"},
        {"~no_such_user/x", "~no_such_user/x"},
        {"$HOME/x", "/home/op//x"},
        {"${BULWARK_PLACE}/b", "a/$HOME/b"}, // what came from a variable is not looked at again
        {"$BULWARK_TILDE/x", "/home/op/x"},  // but for a tilde
        {"$BULWARK_PLACEx/$BULWARK_NONE/${BULWARK_NONE}", "$BULWARK_PLACEx/$BULWARK_NONE/${BULWARK_NONE}"},
        {"$", "$"},
        {"$$HOME.${", "$/home/op/.${"},
        {"${}/$1.", "${}/$1."},
        {"", ""},
    };
    for (const auto& [given, expected] : paths)
        CHECK(expand_path(given) == expected);
    const Variable root("HOME", "/");
    CHECK(expand_path("~") == "/");
    CHECK(expand_path("~/x") == "/x");
    unsetenv("HOME");
    CHECK(expand_path("~/x").ends_with("/x"));
    CHECK_FALSE(expand_path("~/x").starts_with("~"));
}

TEST_CASE("every element of a list is converted") {
    const auto list_of = [](Type elements) {
        return OptionTable{.options = {{.name = "x", .type = Type::list, .elements = elements}}};
    };
    CHECK(outcome(list_of(Type::str), R"({"x": [1, true, "a", null]})", before_2_19) ==
          R"({"x": ["1", "True", "a", "None"]})");
    CHECK(outcome(list_of(Type::str), R"({"x": [1, true, "a", null]})") == R"({"x": ["1", "True", "a", ""]})");
    CHECK(outcome(list_of(Type::integer), R"({"x": "1, 2"})") == R"({"x": [1, 2]})");
    CHECK(outcome(list_of(Type::dict), R"({"x": ["a=1 b=2", {"c": null}]})") ==
          R"({"x": [{"a": "1", "b": "2"}, {"c": null}]})");
    CHECK(outcome(list_of(Type::integer), R"({"x": [1, "y"]})", before_2_19) ==
          "Elements value for option 'x' is of type <class 'str'> and we were unable to convert to int: <class 'str'> "
          "cannot be "
          "converted to an int");
    CHECK(outcome(list_of(Type::integer), R"({"x": [1, null]})") ==
          "Elements value for option 'x' is of type NoneType and we were unable to convert to int: \"None\" cannot be "
          "converted "
          "to an int");
}

TEST_CASE("a type error names the option, the type it got and where") {
    const OptionTable table{
        .options = {{.name = "count", .type = Type::integer},
                    {.name = "subl",
                     .type = Type::list,
                     .elements = Type::dict,
                     .options = {{.name = "x", .type = Type::boolean},
                                 {.name = "deep",
                                  .type = Type::dict,
                                  .options = {{.name = "nums", .type = Type::list, .elements = Type::integer}}}}}}};
    CHECK(outcome(table, R"({"count": [1]})", before_2_19) ==
          "argument 'count' is of type <class 'list'> and we were unable to convert to int: <class 'list'> cannot be "
          "converted "
          "to an int");
    CHECK(
        outcome(table, R"({"count": "a"})") ==
        "argument 'count' is of type str and we were unable to convert to int: \"'a'\" cannot be converted to an int");
    CHECK(
        outcome(table, R"({"subl": [{"x": null}, {"x": {}}]})") ==
        "argument 'x' is of type dict found in 'subl'. and we were unable to convert to bool: <class 'dict'> cannot be "
        "converted to a bool");
    CHECK(
        outcome(table, R"({"subl": [{"deep": "nums=a"}]})") ==
        "Elements value for option 'nums' found in 'subl -> deep' is of type str and we were unable to convert to int: "
        "\"'a'\" cannot be converted to an int");
}

TEST_CASE("what should be a dictionary and is not is refused before anything else") {
    const OptionTable table{
        .options = {{.name = "name", .required = true},
                    {.name = "sub", .type = Type::dict, .options = {{.name = "a"}}},
                    {.name = "subl",
                     .type = Type::list,
                     .elements = Type::dict,
                     .options = {{.name = "deep", .type = Type::dict, .options = {{.name = "a"}}}}}}};
    CHECK(outcome(table, R"({"subl": [1]})", before_2_19) ==
          "Value '1' in the sub parameter field 'subl' must by a list, not 'int'");
    CHECK(outcome(table, R"({"subl": [1]})") ==
          "Value '1' in the sub parameter field 'subl' must be a list, not 'int'");
    CHECK(outcome(table, R"({"sub": [["a"]]})") ==
          "Value '['a']' in the sub parameter field 'sub' must be a dict, not 'list'");
    CHECK(outcome(table, R"({"subl": [{"deep": 1.5}]})") ==
          "Value '1.5' in the sub parameter field 'deep' must be a dict, not 'float'");
    CHECK(outcome(table, R"({"subl": ["echo"]})") == "dictionary requested, could not parse JSON or key=value");
}

TEST_CASE("unknown options are named with what is supported, after all other checks") {
    const OptionTable table{
        .options = {{.name = "b"},
                    {.name = "state", .choices = {"on"}, .aliases = {"svc", "service"}},
                    {.name = "a"},
                    {.name = "sub", .type = Type::dict, .options = {{.name = "y"}, {.name = "x"}}}}};
    CHECK(
        outcome(table, R"({"zz": 1, "aa": 2, "_ansible_debug": true})") ==
        "Unsupported parameters for (bulwark.aix.inetd) module: aa, zz. Supported parameters include: a, b, state, sub "
        "(service, svc).");
    CHECK(outcome(table, R"({"sub": {"zz": 1}})") ==
          "Unsupported parameters for (bulwark.aix.inetd) module: sub.zz. Supported parameters include: x, y.");
    CHECK(outcome(table, R"({"zz": 1, "state": "off"})") == "value of state must be one of: on, got: off");
    std::vector<std::string> warnings;
    Caller lenient = caller(since_2_19);
    lenient.ignore_unknown = true;
    CHECK(to_line(validate(table, object(R"({"zz": 1})"), lenient, warnings)) ==
          R"({"zz": 1, "b": null, "state": null, "a": null, "sub": null})");
}

TEST_CASE("options that are required are named, sorted, with the place where they are missed") {
    const OptionTable table{.options = {{.name = "b", .required = true},
                                        {.name = "a", .required = true},
                                        {.name = "sub",
                                         .type = Type::dict,
                                         .options = {{.name = "l",
                                                      .type = Type::list,
                                                      .elements = Type::dict,
                                                      .options = {{.name = "n", .required = true}}}}}}};
    CHECK(outcome(table, "{}") == "missing required arguments: a, b");
    CHECK(outcome(table, R"({"a": 1, "b": 2, "sub": {"l": [{"n": 1}, {}]}})") ==
          "missing required arguments: n found in sub -> l");
}

TEST_CASE("null counts as given, and from 2.19 on it is the empty string where there has to be a value") {
    const OptionTable table{.options = {{.name = "name", .required = true},
                                        {.name = "state", .choices = {"on", "off"}, .fallback = "on"},
                                        {.name = "seconds", .type = Type::integer, .fallback = 60},
                                        {.name = "free"}}};
    CHECK(outcome(table, R"({"name": null})", before_2_19) ==
          R"({"name": null, "state": "on", "seconds": 60, "free": null})");
    CHECK(outcome(table, R"({"name": null, "free": null})") ==
          R"({"name": "", "free": null, "state": "on", "seconds": 60})");
    CHECK(outcome(table, R"({"name": "a", "state": null})", before_2_19) ==
          "value of state must be one of: on, off, got: None");
    CHECK(outcome(table, R"({"name": "a", "state": null})") == "value of state must be one of: on, off, got: ");
    CHECK(outcome(table, R"({"name": "a", "seconds": null})", before_2_19) ==
          R"({"name": "a", "seconds": null, "state": "on", "free": null})");
    CHECK(outcome(table, R"({"name": "a", "seconds": null})") ==
          "argument 'seconds' is of type NoneType and we were unable to convert to int: \"None\" cannot be converted "
          "to an int");
}

TEST_CASE("a value that is no choice is refused") {
    const OptionTable table{
        .options = {{.name = "state", .choices = {"present", "absent"}},
                    {.name = "colours", .type = Type::list, .choices = {"r", "g"}, .elements = Type::str},
                    {.name = "level", .type = Type::integer, .choices = {"1", "2"}},
                    {.name = "sub", .type = Type::dict, .options = {{.name = "state", .choices = {"on"}}}}}};
    CHECK(outcome(table, R"({"state": "foo"})") == "value of state must be one of: present, absent, got: foo");
    CHECK(outcome(table, R"({"state": ["present"]})") ==
          "value of state must be one of: present, absent, got: ['present']");
    CHECK(outcome(table, R"({"colours": "r,blue,,g"})") ==
          "value of colours must be one or more of: r, g. Got no match for: blue, ");
    CHECK(outcome(table, R"({"colours": ["g", "r", "g"], "level": "2"})") ==
          R"({"colours": ["g", "r", "g"], "level": 2, "state": null, "sub": null})");
    CHECK(outcome(table, R"({"level": 3})") == "value of level must be one of: 1, 2, got: 3");
    CHECK(outcome(table, R"({"sub": {"state": "foo"}})") == "value of state must be one of: on, got: foo found in sub");
}

TEST_CASE("a boolean that YAML made of a choice becomes that choice again if only one can be meant") {
    const auto choice = [](std::vector<std::string> choices) {
        return OptionTable{.options = {{.name = "x", .choices = std::move(choices)}}};
    };
    CHECK(outcome(choice({"yes", "no", "ask"}), R"({"x": true})") == R"({"x": "yes"})");
    CHECK(outcome(choice({"yes", "no", "ask"}), R"({"x": "False"})") == R"({"x": "no"})");
    CHECK(outcome(choice({"on", "yes", "off"}), R"({"x": true})") ==
          "value of x must be one of: on, yes, off, got: True");
    CHECK(outcome(choice({"True", "yes"}), R"({"x": true})") == R"({"x": "True"})");
}

TEST_CASE("relations between options are checked as AnsibleModule checks them") {
    const OptionTable table{.options = {{.name = "a"},
                                        {.name = "b"},
                                        {.name = "c"},
                                        {.name = "d"},
                                        {.name = "e"},
                                        {.name = "state", .choices = {"present", "absent"}, .fallback = "present"},
                                        {.name = "path"},
                                        {.name = "flag", .type = Type::boolean}},
                            .mutually_exclusive = {{"a", "b"}, {"c", "path", "d"}},
                            .required_one_of = {{"a", "b", "flag"}},
                            .required_if = {{"state", "absent", {"path", "flag"}}, {"flag", true, {"b", "d"}}}};
    const std::vector<std::pair<std::string_view, std::string_view>> cases = {
        {R"({"a": 1, "b": 1})", "parameters are mutually exclusive: a|b"},
        {R"({"a": null, "b": 1, "c": 1, "d": 1})", "parameters are mutually exclusive: a|b, c|path|d"},
        {R"({"b": null, "path": 1})",
         R"({"b": null, "path": "1", "state": "present", "a": null, "c": null, "d": null, "e": null, "flag": null})"},
        {R"({"d": 1})", "one of the following is required: a, b, flag"},
        {R"({"a": 1, "state": "absent"})", "state is absent but all of the following are missing: path, flag"},
        {R"({"a": 1, "state": "absent", "flag": false})", "state is absent but all of the following are missing: path"},
        {R"({"flag": "yes"})", "flag is True but all of the following are missing: b, d"},
        {R"({"flag": "yes", "b": 1})", "flag is True but all of the following are missing: d"},
        {R"({"flag": "yes", "b": null, "d": 1})",
         R"({"flag": true, "b": null, "d": "1", "state": "present", "a": null, "c": null, "e": null, "path": null})"},
    };
    for (const auto& [given, expected] : cases)
        CHECK(outcome(table, given) == expected);
}

TEST_CASE("every type and every relation of options is used by a module") {
    std::set<Type> types;
    bool exclusive = false, one_of = false, required_if = false;
    for (const std::string& name : module_names()) {
        const OptionTable& table = find_module(name)->table;
        add_types(table.options, types);
        exclusive |= !table.mutually_exclusive.empty();
        one_of |= !table.required_one_of.empty();
        required_if |= !table.required_if.empty();
    }
    for (int number = 0; number <= static_cast<int>(Type::raw); ++number) { // which is the last one
        CAPTURE(name_of(static_cast<Type>(number)));
        CHECK(types.contains(static_cast<Type>(number)));
    }
    CHECK(exclusive);
    CHECK(one_of);
    CHECK(required_if);
}

TEST_CASE("only the first error is reported, in AnsibleModule's order") {
    const OptionTable table{
        .options = {{.name = "name", .required = true},
                    {.name = "count", .type = Type::integer},
                    {.name = "flag", .type = Type::boolean, .choices = {"x"}},
                    {.name = "state", .choices = {"on"}},
                    {.name = "sub", .type = Type::dict, .options = {{.name = "n", .required = true}}}},
        .mutually_exclusive = {{"count", "state"}},
        .required_one_of = {{"other"}}};
    const std::string everything = R"("zz": 1, "sub": {"y": 1}, )";
    const std::vector<std::pair<std::string, std::string_view>> cases = {
        {R"("count": "x", "state": "y")", "parameters are mutually exclusive: count|state"},
        {R"("count": "x")", "missing required arguments: name"},
        {R"("name": 1, "flag": [], "count": "x")",
         "argument 'count' is of type str and we were unable to convert to int: \"'x'\" cannot be converted to an int"},
        {R"("name": 1, "state": "y")", "value of state must be one of: on, got: y"},
        {R"("name": 1)", "one of the following is required: other"},
        {R"("name": 1, "other": 1)", "missing required arguments: n found in sub"},
    };
    for (const auto& [given, expected] : cases)
        CHECK(outcome(table, "{" + everything + given + "}") == expected);
    CHECK(outcome(table, R"({"zz": 1, "sub": {"n": 1, "y": 1}, "name": 1, "other": 1})") ==
          "Unsupported parameters for (bulwark.aix.inetd) module: other, sub.y, zz. Supported parameters include: "
          "count, flag, "
          "name, state, sub.");
}

TEST_CASE("an alias gives its option the value, keeps its own key, and warns where both stand") {
    const OptionTable table{.options = {{.name = "name", .required = true, .aliases = {"svc", "service"}},
                                        {.name = "l",
                                         .type = Type::list,
                                         .elements = Type::dict,
                                         .options = {{.name = "id", .aliases = {"key"}}}}}};
    const auto warnings_for = [&](std::string_view given) {
        std::vector<std::string> warnings;
        validate(table, object(given), caller(since_2_19), warnings);
        return warnings;
    };
    CHECK(outcome(table, R"({"svc": 5})") == R"({"svc": 5, "name": "5", "l": null})");
    CHECK(outcome(table, R"({"name": "a", "service": "b"})") == R"({"name": "b", "service": "b", "l": null})");
    CHECK(warnings_for(R"({"svc": 5})").empty());
    CHECK(warnings_for(R"({"name": "a", "service": "b"})") ==
          std::vector<std::string>{"Both option name and its alias service are set."});
    CHECK(warnings_for(R"({"name": 1, "l": [{"id": 1}, {"id": 1, "key": 2}]})") ==
          std::vector<std::string>{"Both option l[1].id and its alias l[1].key are set."});
}

TEST_CASE("defaults are filled in and converted, at every level, and what has none is null") {
    const Variable home("HOME", "/home/op");
    const OptionTable table{
        .options = {{.name = "path", .type = Type::path, .fallback = "~/x"},
                    {.name = "count", .type = Type::integer, .fallback = "3"},
                    {.name = "sub",
                     .type = Type::dict,
                     .options = {{.name = "flag", .type = Type::boolean, .fallback = "yes"}, {.name = "n"}}},
                    {.name = "none", .type = Type::dict, .options = {{.name = "n", .required = true}}}}};
    CHECK(outcome(table, R"({"sub": {}})") ==
          R"({"sub": {"flag": true, "n": null}, "path": "/home/op/x", "count": 3, "none": null})");
}

TEST_CASE("items: a plain string is an item's name, and other strings are dictionaries") {
    const auto names = [](std::string_view services_given) {
        return items_of(services(), R"({"state": "absent", "services": )" + std::string(services_given) + "}");
    };
    const std::string rest = R"(, "state": "absent", "method": "comment", "count": null, "force": null})";
    CHECK(names(R"(["echo"])") == R"([{"name": "echo")" + rest + "]");
    CHECK(names(R"("echo,ftp")") == R"([{"name": "echo")" + rest + R"(, {"name": "ftp")" + rest + "]");
    CHECK(
        names(R"(["service=echo count=3"])") ==
        R"([{"service": "echo", "count": 3, "name": "echo", "state": "absent", "method": "comment", "force": null}])");
    CHECK(names(R"("{'name': 'a,b', 'count': 1}")") ==
          R"([{"name": "a,b", "count": 1, "state": "absent", "method": "comment", "force": null}])");
    CHECK(names("[]") == "[]");
    CHECK(names("[5]") == "Value '5' in the sub parameter field 'services' must be a list, not 'int'");
    CHECK(names(R"({"name": "echo"})") ==
          "argument 'services' is of type dict and we were unable to convert to list: <class "
          "'dict'> cannot be converted to a list");
    CHECK(names(R"(["{oops"])") == "unable to evaluate string as dictionary");
}

TEST_CASE("items: options at the top level are the items' defaults, and an item's own value goes before") {
    CHECK(items_of(services(), R"({"services": ["a", {"name": "b", "state": "enabled", "method": null}],
                                   "state": "disabled", "method": "off", "count": "7", "force": "yes"})",
                   before_2_19) == "value of method must be one of: comment, off, got: None found in services");
    CHECK(items_of(services(), R"({"services": ["a", {"name": "b", "state": "enabled", "count": 1, "force": false}],
                                   "state": "disabled", "method": "off", "count": "7", "force": "yes"})") ==
          R"([{"name": "a", "state": "disabled", "method": "off", "count": 7, "force": true}, )"
          R"({"name": "b", "state": "enabled", "count": 1, "force": false, "method": "off"}])");
    CHECK(items_of(services(), R"({"services": [{"state": "enabled"}], "service": "echo", "method": null})",
                   before_2_19) ==
          "value of method must be one of: comment, off, got: None"); // given, as for any other option
    CHECK(items_of(services(), R"({"services": [{"state": "enabled"}], "service": "echo"})") ==
          R"([{"state": "enabled", "name": "echo", "method": "comment", "count": null, "force": null}])");
}

TEST_CASE("items: the top level alone is one item, and options of the call alone are none") {
    CHECK(items_of(services(), R"({"service": "echo", "state": "absent"})") ==
          R"([{"name": "echo", "state": "absent", "method": "comment", "count": null, "force": false}])");
    CHECK(
        items_of(services(), R"({"name": "echo", "state": "absent", "method": "off", "count": "2", "force": "on"})") ==
        R"([{"name": "echo", "state": "absent", "method": "off", "count": 2, "force": true}])");
    CHECK(items_of(services(), R"({"force": true, "root": "/mnt", "count": null})") == "[]");
    CHECK(items_of(services(), "{}") == "[]");
    CHECK(items_of({.options = {{.name = "name"}}}, R"({"name": "a"})") == "[]");
}

TEST_CASE("items: an option that an item requires may stand at either level, but not be missing from both") {
    CHECK(items_of(services(), R"({"services": ["a"]})") == "missing required arguments: state found in services");
    CHECK(items_of(services(), R"({"services": [{"state": "absent"}]})") ==
          "missing required arguments: name found in services");
    CHECK(items_of(services(), R"({"count": 1})") == "missing required arguments: name, state");
    CHECK(items_of(services(), R"({"services": [{"name": null}], "state": "absent"})", before_2_19) ==
          "missing required arguments: name found in services");
}

TEST_CASE("items: an item's options are ordinary options at the top level") {
    CHECK(outcome(services(), R"({"state": "x"})") ==
          "value of state must be one of: enabled, disabled, absent, got: x");
    CHECK(
        outcome(services(), R"({"count": "x"})") ==
        "argument 'count' is of type str and we were unable to convert to int: \"'x'\" cannot be converted to an int");
    CHECK(outcome(services(), R"({"naem": "x"})") == "Unsupported parameters for (bulwark.aix.inetd) module: naem. "
                                                     "Supported parameters include: count, force, method, "
                                                     "name, root, services, state (service).");
    CHECK(outcome(services(), R"({"services": [{"naem": "x", "name": "a", "state": "absent"}]})") ==
          "Unsupported parameters for (bulwark.aix.inetd) module: services.naem. Supported parameters include: count, "
          "force, "
          "method, name, state (service).");
    CHECK(
        outcome(services(), R"({"service": "a"})") ==
        R"({"service": "a", "name": "a", "root": "/", "force": false, "services": null, "state": null, "method": null, )"
        R"("count": null})"); // no default at the top level: it would override
}

TEST_CASE("the accepted options are the table's own and an item's, which are optional there") {
    std::string names;
    for (const Option& option : accepted_options(services())) {
        names += option.name + " ";
        CHECK_FALSE(option.required);
        CHECK(option.fallback.is_null() == (option.name != "root" && option.name != "force"));
    }
    CHECK(names == "root force services name state method count ");
}

TEST_CASE("a NUL byte is refused wherever it stands in a value, and the option is named") {
    const OptionTable table{.options = {{.name = "root", .type = Type::path},
                                        {.name = "words", .type = Type::list, .elements = Type::str},
                                        {.name = "any", .type = Type::raw},
                                        {.name = "sub", .type = Type::dict, .options = {{.name = "user"}}}}};
    const auto refusal = [&](std::string_view given) {
        std::vector<std::string> warnings;
        try {
            validate(table, object(given), caller(since_2_19), warnings);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    const std::string why = " has a NUL byte in it, at which a path or a word of a command ends; leave it out";
    CHECK(refusal(R"({"root": "/\u0000/mnt/alt"})") == "option root" + why);
    CHECK(refusal(R"({"root": "/mnt/alt\u0000"})") == "option root" + why);
    CHECK(refusal(R"({"words": ["a", "\u0000"]})") == "option words" + why);
    CHECK(refusal(R"({"any": {"a\u0000": 1}})") == "option any" + why);
    CHECK(refusal(R"({"any": [[{"a": "b\u0000c"}]]})") == "option any" + why);
    CHECK(refusal(R"({"sub": {"user": "root\u0000x"}})") == "option sub" + why);
    CHECK(refusal(R"({"root": "/mnt", "words": ["a"], "any": {"a": [1, "b", null]}, "sub": {"user": "x"}})").empty());
}

TEST_CASE("secrets do not appear in the arguments that a result shows") {
    const OptionTable table{
        .options = {{.name = "password", .aliases = {"pass"}, .no_log = true},
                    {.name = "keys", .type = Type::list, .elements = Type::integer, .no_log = true},
                    {.name = "note"},
                    {.name = "count", .type = Type::integer},
                    {.name = "sub", .type = Type::dict, .options = {{.name = "pin", .no_log = true}}}}};
    const auto shown = [&](std::string_view given) { return to_line(masked(table, object(given))); };
    const std::string secret = "\"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER\"";
    CHECK(shown(R"({"password": "xyz", "pass": "xyz", "note": "xyz is not xyzzy"})") ==
          R"({"password": )" + secret + R"(, "pass": )" + secret + R"(, "note": "******** is not ********zy"})");
    CHECK(shown(R"({"keys": [12, 123], "note": "123, 12", "count": 4123, "sub": {"pin": "n"}})") ==
          R"({"keys": [)" + secret + ", " + secret + R"(], "note": "********, ********", "count": )" + secret +
              R"(, "sub": {"pin": )" + secret + "}}");
    CHECK(shown(R"({"password": "", "note": "a", "count": null})") ==
          R"({"password": "", "note": "a", "count": null})");
}

TEST_CASE("readers give what validated arguments hold, and what null stands for") {
    const json::object arguments = object(
        R"({"s": "a", "b": true, "i": -3, "t": true, "l": ["x", "y"], "null": null, "huge": 18446744073709551615})");
    CHECK(text_of(arguments, "s") == "a");
    CHECK(text_of(arguments, "null").empty());
    CHECK(text_of(arguments, "not there").empty());
    CHECK(optional_text(arguments, "s") == "a");
    CHECK(optional_text(arguments, "null") == std::nullopt);
    CHECK(flag_of(arguments, "b"));
    CHECK_FALSE(flag_of(arguments, "null"));
    CHECK(optional_flag(arguments, "b") == true);
    CHECK(optional_flag(arguments, "null") == std::nullopt);
    CHECK(integer_of(arguments, "i") == -3);
    CHECK(integer_of(arguments, "t") == 1);
    CHECK_THROWS_WITH_AS(integer_of(arguments, "null"),
                         "reading option null: None is not a whole number between -2^63 and 2^63 - 1", Error);
    CHECK_THROWS_WITH_AS(integer_of(arguments, "huge"),
                         "reading option huge: 18446744073709551615 is not a whole number between -2^63 and 2^63 - 1",
                         Error);
    CHECK(texts_of(arguments, "l") == std::vector<std::string>{"x", "y"});
    CHECK(texts_of(arguments, "null").empty());
    CHECK(view(arguments.at("s")) == "a");
}

TEST_CASE("texts are worded for the version that calls") {
    for (const std::string_view version : {"2.14.18", "2.9", "2.18.7rc1", "1.19", "2.18"})
        CHECK(wording_of(version) == Wording::before_2_19);
    for (const std::string_view version : {"2.19", "2.19.0b1", "2.22.0b2", "3.0", "10.1", "", "devel", "2", "."})
        CHECK(wording_of(version) == Wording::since_2_19);
}
