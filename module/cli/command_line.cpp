#include "cli/command_line.hpp"

#include "cli/nearest.hpp"
#include "document/lines.hpp"
#include "options/wording.hpp"
#include "system/host/system_call.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>

namespace bulwark {

std::vector<StandardOption> standard_options(const Module& module) {
    const StandardOption json = {"json", "", "Print the result as one line of JSON, as Ansible gets it."};
    const StandardOption help = {"help", ", -h", "Print this and stop."};
    if (module.is_command()) // it changes nothing, and Ansible does not call it
        return {json, help};
    return {
        {"check", "", "Tell what a run would do, and write nothing."},
        {"diff", "", "Show what changes in every file."},
        json,
        {"no_log", "", "Keep the values of options out of messages and out of the history."},
        {"args_file", " FILE", "Read options from a JSON object; those on the command line win."},
        help,
    };
}

namespace {

/// What may be given: the options of a module by each of their names, and those that are in no table.
struct Names {
    std::map<std::string, const Option*> options;
    std::vector<StandardOption> standard;
};

Names names_of(const Module& module) {
    Names result{{}, standard_options(module)};
    for (const TopOption& top : top_options(module.table)) {
        result.options.emplace(top.option->name, top.option);
        for (const std::string& alias : top.option->aliases)
            result.options.emplace(alias, top.option);
    }
    return result;
}

/// The option that was probably meant, as it is typed; empty where none is close.
std::string nearest_option(const std::string& given, const Names& names) {
    std::vector<std::string> known;
    for (const auto& [name, option] : names.options)
        known.push_back(name);
    for (const StandardOption& standard : names.standard)
        known.emplace_back(standard.name);
    const std::string meant = nearest(given, known);
    return meant.empty() ? "" : spelled(meant);
}

/// An option's name as the table writes it, from "--lock-timeout", "-lock-timeout" or "lock-timeout".
std::string table_name(std::string_view typed) {
    std::string result(typed.substr(std::min(typed.find_first_not_of('-'), typed.size())));
    std::replace(result.begin(), result.end(), '-', '_');
    return result;
}

/// An option as it is given: `--protocol udp` or `--protocol=udp`, `--check`. Or a word that belongs to none.
struct Given {
    std::string token; // "--protocol", "--protocol=udp"
    std::string name;  // as the table writes it: "protocol"; empty: no option
    std::string value; // of an option that stands alone: "true"
};

/// Whether a value belongs to the option: nothing where there is no such option.
std::optional<bool> takes_value(const Names& names, const std::string& name) {
    for (const StandardOption& standard : names.standard)
        if (name == standard.name)
            return standard.argument[0] == ' ';
    const auto known = names.options.find(name);
    return known == names.options.end() ? std::nullopt : std::optional(known->second->type != Type::boolean);
}

/// Whether a value may stand behind `=`.
bool may_take_value(const Names& names, const std::string& name) {
    return names.options.contains(name) || takes_value(names, name).value_or(true);
}

[[noreturn]] void refuse_value(const std::string& name, const std::string& what) {
    throw UsageError("option '" + spelled(name) + "' " + what);
}

/// The word behind an option that needs one.
std::string take_value(const Given& given, std::span<const std::string>& words) {
    if (words.empty())
        refuse_value(given.name, "needs a value");
    const std::string value = words.front();
    words = words.subspan(1);
    if (value.starts_with("--"))
        throw UsageError("option '" + given.token + "' needs a value; if '" + value + "' is the value, write " +
                         given.token + "=" + value);
    return value;
}

/// The option at the front of `words`, its value with it if that is a word of its own.
Given take_option(const Names& names, std::span<const std::string>& words) {
    const std::string token = words.front() == "-h" ? "--help" : words.front();
    const std::size_t equals = token.find('=');
    Given given{token, table_name(token.substr(0, equals)), "true"};
    words = words.subspan(1);
    if (equals != std::string::npos) {
        given.value = token.substr(equals + 1);
        if (!may_take_value(names, given.name))
            refuse_value(given.name, "takes no value");
    } else if (takes_value(names, given.name).value_or(false)) {
        given.value = take_value(given, words);
    } else if (names.options.contains(given.name) && !words.empty() && !words.front().starts_with('-')) {
        given.value = words.front(); // `--force no`: a flag of the module alone means true
        words = words.subspan(1);
    }
    return given;
}

/// Whether a word is an option, known or not. `---name` is none: it is refused with what was probably meant.
bool is_option(const std::string& word) {
    return word == "-h" || (word.size() > 2 && word.starts_with("--") && word[2] != '-');
}

/// Options and other words in the order given. Behind `--` there are no options.
std::vector<Given> parse(const Names& names, const std::vector<std::string>& arguments) {
    std::vector<Given> all;
    bool words_alone = false;
    for (std::span<const std::string> rest(arguments); !rest.empty();) {
        if (!words_alone && is_option(rest.front())) {
            all.push_back(take_option(names, rest));
            continue;
        }
        if (words_alone || rest.front() != "--")
            all.push_back({rest.front(), "", ""});
        words_alone = words_alone || rest.front() == "--";
        rest = rest.subspan(1);
    }
    return all;
}

[[noreturn]] void refuse(const Module& module, const Names& names, const Given& given) {
    const std::string name = given.token.substr(0, given.token.find('='));
    const std::string meant = nearest_option(table_name(name), names);
    if (name.compare(0, 1, "-") != 0 || name == meant) // an option's very name is a word where it stands behind "--"
        throw UsageError("unexpected argument '" + given.token + "'; see bulwark " + module.name + " --help");
    throw UsageError("unrecognised option '" + name + "'; " +
                     (meant.empty() ? "see bulwark " + module.name + " --help" : "did you mean " + meant + "?"));
}

bool begins_json(const std::string& text) { return !text.empty() && (text[0] == '{' || text[0] == '['); }

json::value parse_json(const std::string& option, const std::string& text) {
    try {
        return parse_lenient(text);
    } catch (const Error& error) {
        throw UsageError("option '" + option + "': " + error.what());
    }
}

void split_at_commas(const std::string& text, json::array& into) {
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        into.push_back(json::value(text.substr(at, end - at)));
        at = end + 1;
    }
}

/// One text without JSON stays as it is: AnsibleModule's coercion splits it. Several are split here in the same way.
json::value scalar_list(const std::string& option, const std::vector<std::string>& values) {
    if (values.size() == 1 && values[0].compare(0, 1, "[") != 0)
        return json::value(values[0]);
    json::array result;
    for (const std::string& value : values) {
        if (value.compare(0, 1, "[") != 0) {
            split_at_commas(value, result);
            continue;
        }
        const json::value parsed = parse_json(option, value);
        result.insert(result.end(), parsed.get_array().begin(), parsed.get_array().end());
    }
    return result;
}

/// Items: JSON objects or arrays of them, `key=value` pairs (one item a value), or names with commas between them.
json::value item_list(const std::string& option, const std::vector<std::string>& values) {
    json::array result;
    for (const std::string& value : values) {
        if (begins_json(value)) {
            json::value parsed = parse_json(option, value);
            if (const json::array* several = parsed.if_array())
                result.insert(result.end(), several->begin(), several->end());
            else
                result.push_back(std::move(parsed));
        } else if (value.find('=') != std::string::npos) {
            result.push_back(json::value(value));
        } else {
            split_at_commas(value, result);
        }
    }
    return result;
}

/// Whether `key=value` pairs stop inside quotes or behind a backslash, so that nothing can be appended.
bool is_open(const std::string& pairs) {
    char quote = '\0';
    bool escaped = false;
    for (const char c : pairs) {
        const bool is_escaped = std::exchange(escaped, false);
        if (is_escaped)
            continue;
        if (c == '\\')
            escaped = true;
        else if (quote == '\0' && (c == '\'' || c == '"'))
            quote = c;
        else if (c == quote)
            quote = '\0';
    }
    return escaped || quote != '\0';
}

json::value merged_objects(const std::string& option, const std::vector<std::string>& values) {
    json::object result;
    for (const std::string& value : values) {
        const json::value parsed = parse_json(option, value);
        if (!parsed.is_object())
            throw UsageError("option '" + option + "' takes a JSON object or key=value pairs");
        for (const auto& [key, member] : parsed.get_object())
            result[key] = member;
    }
    return result;
}

/// Pairs stay as they are, for AnsibleModule's coercion; several texts of them are one with commas between.
json::value dictionary(const std::string& option, const std::vector<std::string>& values) {
    const auto objects = std::count_if(values.begin(), values.end(), begins_json);
    if (objects == static_cast<std::ptrdiff_t>(values.size()))
        return merged_objects(option, values);
    if (objects > 0)
        throw UsageError("option '" + option + "' is given as JSON and as key=value pairs; use one of them");
    std::string result = values.front();
    for (std::size_t i = 1; i < values.size(); ++i) {
        if (is_open(values[i - 1]))
            throw UsageError("option '" + option + "': '" + values[i - 1] + "' ends inside quotes or with a backslash");
        result += "," + values[i];
    }
    return json::value(result);
}

json::value value_of(const OptionTable& table, const Option& option, const std::string& typed,
                     const std::vector<std::string>& values) {
    if (option.type == Type::list)
        return option.elements == Type::dict ? item_list(typed, values) : scalar_list(typed, values);
    if (option.type == Type::dict)
        return dictionary(typed, values);
    if (values.size() > 1)
        throw UsageError("option '" + typed + "' is given twice" +
                         (table.items.empty() ? "" : "; for several items repeat " + spelled(table.items)));
    if (option.type == Type::raw && begins_json(values[0]))
        return parse_json(typed, values[0]);
    return json::value(values[0]);
}

json::object read_arguments_file(const std::string& path) {
    json::value parsed;
    try {
        const std::string text = read_all(path);
        parsed = doing(path, [&] { return parse_lenient(text); });
    } catch (const Error& error) {
        throw UsageError(error.what());
    }
    if (!parsed.is_object())
        throw UsageError(path + ": a JSON object of options is expected");
    return std::move(parsed.get_object());
}

/// Puts options of the command line in the place of those of the file, under whatever alias either has them.
void override_options(json::object& file, const json::object& typed, const Names& names) {
    for (const auto& [typed_name, value] : typed)
        for (const auto& [name, option] : names.options)
            if (option == names.options.at(typed_name))
                file.erase(name);
    for (const auto& [name, value] : typed)
        file[name] = value;
}

/// The values of each option, by its name as the table has it.
using Values = std::map<std::string, std::vector<std::string>>;

Values values_by_name(const std::vector<Given>& all) {
    Values result;
    for (const Given& given : all)
        if (!given.name.empty())
            result[given.name].push_back(given.value);
    return result;
}

Call call_of(const Module& module, const Names& names, const Values& values) {
    Call call;
    call.module = module.name;
    call.caller.module_name = module.name;
    call.check_mode = values.count("check") > 0;
    call.diff = values.count("diff") > 0;
    call.no_log = values.count("no_log") > 0;
    json::object typed;
    for (const auto& [name, texts] : values)
        if (const auto known = names.options.find(name); known != names.options.end())
            typed[name] = value_of(module.table, *known->second, spelled(name), texts);
    if (const auto file = values.find("args_file"); file != values.end()) {
        if (file->second.size() > 1)
            throw UsageError("option '--args-file' is given twice");
        call.options = read_arguments_file(file->second.front());
    }
    override_options(call.options, typed, names);
    return call;
}

/// Whoever types `--state --help` wants to know what may stand there.
bool asks_for_help(const std::vector<std::string>& arguments) {
    const auto options_end = std::find(arguments.begin(), arguments.end(), "--");
    return std::find(arguments.begin(), options_end, "--help") != options_end;
}

} // namespace

CommandLine read_command_line(const Module& module, const std::vector<std::string>& arguments) {
    CommandLine result;
    if (asks_for_help(arguments)) {
        result.help = help(module);
        return result;
    }
    const Names names = names_of(module);
    const std::vector<Given> all = parse(names, arguments);
    const Values values = values_by_name(all);
    if (values.count("help") > 0) { // by -h, which may be a value too
        result.help = help(module);
        return result;
    }
    for (const Given& given : all)
        if (given.name.empty() && module.is_command() && !given.token.starts_with('-'))
            result.words.push_back(given.token);
        else if (given.name.empty() || !takes_value(names, given.name))
            refuse(module, names, given);
    result.call = call_of(module, names, values);
    result.json = values.count("json") > 0;
    return result;
}

} // namespace bulwark
