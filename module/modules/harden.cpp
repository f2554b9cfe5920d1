#include "document/lines.hpp"
#include "modules/modules.hpp"
#include "plan/ports.hpp"
#include "profile.hpp"
#include "protocol.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <set>

namespace bulwark {
namespace {

constexpr std::string_view rule_keys[] = {"id", "title", "why", "severity", "tags", "refs"};

std::string text_at(const json::object& rule, std::string_view key, const std::string& where) {
    const json::value* value = rule.if_contains(key);
    if (!value || value->is_null())
        return {};
    if (!value->is_string())
        throw Error(where + ": `" + std::string(key) + "` must be a text");
    return std::string(view(*value));
}

std::vector<std::string> texts_at(const json::object& rule, std::string_view key, const std::string& where) {
    const json::value* value = rule.if_contains(key);
    if (!value || value->is_null())
        return {};
    std::vector<std::string> texts;
    const auto add = [&](const json::value& text) {
        if (!text.is_string())
            throw Error(where + ": `" + std::string(key) + "` must be a list of texts");
        texts.emplace_back(view(text));
    };
    if (value->is_array())
        std::for_each(value->as_array().begin(), value->as_array().end(), add);
    else
        add(*value);
    return texts;
}

/// The module that a rule calls: its one key that is no property of rules.
const json::object::value_type& called(const json::object& rule, const std::string& where) {
    const json::object::value_type* call = nullptr;
    for (const auto& entry : rule) {
        if (std::find(std::begin(rule_keys), std::end(rule_keys), std::string_view(entry.key())) != std::end(rule_keys))
            continue;
        if (call)
            throw Error(where + " calls both " + std::string(call->key()) + " and " + std::string(entry.key()) +
                        "; a rule calls one module");
        call = &entry;
    }
    if (!call)
        throw Error(where +
                    " calls no module; add one with its options, as in `inetd: {name: shell, state: disabled}`");
    return *call;
}

const Module& module_of(std::string_view name, const std::string& where) {
    const Module* module = name == "harden" || name == "rollback" ? nullptr : find_module(name);
    if (!module || !module->changes())
        throw Error(where + ": '" + std::string(name) +
                    "' is neither a property of a rule nor a module that a rule can call");
    return *module;
}

/// The options of a rule's call as its module takes them. Those common to all modules belong to the whole run.
json::object call_options(const Module& module, const json::value& options, const json::object& arguments,
                          const std::string& where) {
    if (!options.is_object())
        throw Error(where + ": the options of " + module.name + " must be a dictionary");
    for (const Option& common : common_options(true))
        if (options.as_object().contains(common.name))
            throw Error(where + ": option " + common.name + " belongs to the whole run, not to a rule");
    json::object given = options.as_object();
    const auto takes_now = [](const Option& option) { return option.name == "now"; };
    if (const auto now = optional_flag(arguments, "now");
        now && !given.contains("now") &&
        std::any_of(module.table.options.begin(), module.table.options.end(), takes_now))
        given["now"] = *now;
    return given;
}

/// What the rule wants, by the very function that a plain call of its module goes through.
std::vector<Wanted> wanted_by(const Module& module, const json::object& given, const Caller& caller,
                              const std::string& where) {
    std::vector<std::string> warnings;
    const Caller inner{module.name, caller.ansible_version, false};
    std::vector<Wanted> wanted;
    try {
        for (Rule& rule : module.rules(module, validate(module.table, given, inner, warnings), inner))
            std::move(rule.wanted.begin(), rule.wanted.end(), std::back_inserter(wanted));
    } catch (const Error& error) {
        throw Error(where + ": " + error.what());
    }
    return wanted;
}

Rule read_rule(const json::value& value, bool of_profile, const json::object& arguments, const Caller& caller) {
    if (!value.is_object())
        throw Error("a rule must be a dictionary with an id and a module, as in `{id: no-rsh, inetd: {name: shell, "
                    "state: disabled}}`");
    const json::object& source = value.as_object();
    const std::string id = text_at(source, "id", "a rule");
    if (id.empty() || id.find_first_of(", \t\r\n") != std::string::npos)
        throw Error("the rule id '" + id + "' must be a word: it names the rule in reports, `only` and `except`");
    const std::string where = "rule " + id;
    const auto& call = called(source, where);
    const Module& module = module_of(call.key(), where);
    Rule rule;
    rule.id = id;
    rule.title = text_at(source, "title", where);
    rule.why = text_at(source, "why", where);
    rule.severity = text_at(source, "severity", where);
    rule.tags = texts_at(source, "tags", where);
    rule.refs = texts_at(source, "refs", where);
    rule.module = module.name;
    rule.of_profile = of_profile;
    rule.wanted = wanted_by(module, call_options(module, call.value(), arguments, where), caller, where);
    return rule;
}

bool is_among(const json::array& texts, const json::value& text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
}

/// The rules of a built-in profile. It is a list of them or, on top of another profile, a dictionary: what it `extends`,
/// the ids of those rules that it does `without`, and its own `rules`, which follow the others. A rule that takes the
/// place of another has its id, which therefore stands in `without`.
json::array profile_rules(std::string_view name) {
    if (name == "none")
        return {};
    const json::value profile = parse_lenient(built_in_profile(name));
    if (profile.is_array())
        return profile.as_array();
    json::array rules;
    for (const json::value& rule : profile_rules(view(profile.at("extends"))))
        if (!is_among(profile.at("without").as_array(), rule.at("id")))
            rules.push_back(rule);
    for (const json::value& rule : profile.at("rules").as_array())
        rules.push_back(rule);
    return rules;
}

bool meant_by(const std::string& pattern, const Rule& rule) {
    return fnmatch(pattern.c_str(), rule.id.c_str(), 0) == 0 ||
           std::find(rule.tags.begin(), rule.tags.end(), pattern) != rule.tags.end();
}

bool meant_by_any(const std::vector<std::string>& patterns, const Rule& rule) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) { return meant_by(p, rule); });
}

/// A misspelt pattern would silently harden too little, or too much.
void require_effect(const std::vector<std::string>& patterns, const std::string& option,
                    const std::vector<Rule>& rules) {
    for (const std::string& pattern : patterns)
        if (std::none_of(rules.begin(), rules.end(), [&](const Rule& rule) { return meant_by(pattern, rule); }))
            throw Error("option " + option + ": '" + pattern + "' is neither the id nor a tag of any rule");
}

std::vector<Rule> chosen(std::vector<Rule> rules, const json::object& arguments) {
    const auto only = texts_of(arguments, "only");
    const auto except = texts_of(arguments, "except");
    require_effect(only, "only", rules);
    require_effect(except, "except", rules);
    std::erase_if(rules, [&](const Rule& rule) {
        return (!only.empty() && !meant_by_any(only, rule)) || meant_by_any(except, rule);
    });
    return rules;
}

void require_distinct_ids(const std::vector<Rule>& rules) {
    std::set<std::string> ids;
    for (const Rule& rule : rules)
        if (!ids.insert(rule.id).second)
            throw Error("rule " + rule.id + " is there twice; give each rule an id of its own");
}

std::vector<Rule> rules(const Module&, const json::object& arguments, const Caller& caller) {
    std::vector<Rule> all;
    for (const json::value& rule : profile_rules(text_of(arguments, "profile")))
        all.push_back(read_rule(rule, true, arguments, caller));
    if (const json::value& inline_rules = arguments.at("rules"); inline_rules.is_array())
        for (const json::value& rule : inline_rules.as_array())
            all.push_back(read_rule(rule, true, arguments, caller));
    require_distinct_ids(all);
    all = chosen(std::move(all), arguments);
    if (flag_of(arguments, "details")) {
        all.emplace_back(); // without an id: no rule that is told of
        all.back().wanted = {KnownPorts{}};
    }
    return all;
}

/// Which ports the host opens, and which it would. What cannot be told of them is no reason for a run to fail.
void facts(const json::object& arguments, const Snapshot& before, const Snapshot& after, json::object& result) {
    if (!flag_of(arguments, "details"))
        return;
    for (const char* given : {"profile", "root"})
        result[given] = text_of(arguments, given);
    result["version"] = BULWARK_VERSION;
    try {
        const ConfiguredPorts now = configured_ports(before), then = configured_ports(after);
        result["ports"] = {{"before", array_of(now.ports)},
                           {"after", array_of(then.ports)},
                           {"unknown", json::array(then.unknown.begin(), then.unknown.end())}};
        if (!now.warnings.empty())
            result["warnings"] = json::array(now.warnings.begin(), now.warnings.end());
    } catch (const Error& error) {
        result["warnings"] = {std::string("which ports the host opens is not known: ") + error.what()};
    }
}

constexpr Example examples[] = {
    {"The tutorial's profile", R"({"profile": "tutorial"})"},
    {.title = "What would change, without changing it", .keywords = R"({"check_mode": true, "diff": true})"},
    {"The profile without SNMP and the network options, and two rules of our own",
     R"({"except": ["snmp", "network_options-*"],
         "rules": [{"id": "no-uucp",
                    "title": "uucp is off",
                    "why": "Nobody here uses it.",
                    "severity": "medium",
                    "inetd": {"name": "uucp", "state": "disabled"}},
                   {"id": "no-lpd",
                    "title": "The print server is not started",
                    "rc_script": {"name": "lpd", "state": "disabled"}}],
         "message": "CHG0031337"})"},
    {"All that the tutorial speaks against, on a later release that serves ftp and starts ssh from /etc/rc.d",
     R"({"profile": "strict",
         "except": ["inetd-ftp", "inittab-l2", "path-rc.d"],
         "rules": [{"id": "ftp-logged",
                    "title": "What ftp does is logged",
                    "inetd": {"name": "ftp", "args": "ftpd -l -u077", "state": "configured"}}]})"},
};

std::vector<Return> returns() {
    return {{"rules",
             "list",
             "always",
             "The rules and what came of them.",
             {{"id", "str", "always", "The id of the rule.", {}},
              {"title", "str", "always", "What it demands.", {}},
              {"why", "str", "always", "The reason for it.", {}},
              {"severity", "str", "always", "How much it matters: high, medium or low.", {}},
              {"tags", "list", "always", "By which `only` and `except` can name it, too.", {}},
              {"refs",
               "list",
               "always",
               "Where it comes from: sections of guides, ids of benchmarks with their versions.",
               {}},
              {"status",
               "str",
               "always",
               "compliant, non_compliant (in check mode, or where only a person can change what was found), changed, "
               "not_applicable or failed.",
               {}},
              {"detail", "str", "always", "What differed or was found, or why it is not applicable or failed.", {}},
              {"files", "list", "always", "Paths of what the rule changed, or would change.", {}},
              {"findings",
               "list",
               "if there are any",
               "What only a person can change: it is no change and no failure of a run.",
               {}}}},
            {"files",
             "list",
             "always",
             "The files that differ.",
             {{"path", "str", "always", "The path.", {}},
              {"change", "str", "always", "created, modified, removed, or mode (mode or owner alone).", {}},
              {"diff",
               "str",
               "if details is true",
               "The unified diff, of mode and owner where only these differ; empty where an empty file comes or goes.",
               {}}}},
            {"profile", "str", "if details is true", "The profile, as given.", {}},
            {"root", "str", "if details is true", "The tree that was looked at.", {}},
            {"version", "str", "if details is true", "The version of Bulwark that looked.", {}},
            {"ports",
             "dict",
             "if details is true, and the configuration tells",
             "The ports that the configuration opens.",
             {{"before", "list", "always", "Before the run.", port_fields()},
              {"after", "list", "always", "The same after it, or in check mode after the run that is predicted.", {}},
              {"unknown",
               "list",
               "always",
               "Programs that the boot scripts start after it and of which it is not known whether they open a port.",
               {}}}}};
}

} // namespace

Module harden_module() {
    return {
        .name = "harden",
        .summary = "A whole profile in one transaction",
        .description =
            {"Plans all rules of a profile, and rules given inline, over the same files and applies them in one "
             "transaction with one commit: everything is done or nothing.",
             "Every rule is a call of one of the other modules. A rule whose file is not there is not applicable; "
             "a rule that cannot be planned fails the run before anything is written.",
             "Profile `tutorial` is what the tutorial on securing AIX network services does in the end; mail, telnet "
             "and ftp stay in use.",
             "Profile `strict` is that and every recommendation of the tutorial taken at its word, with what later "
             "releases brought: telnet, ftp, NFS, the portmapper and the sendmail daemon are off as well, and so is "
             "what only routers, DHCP clients, name and print servers need. Look at it with check mode, and leave "
             "out with `except` what the host is for.",
             "Start scripts in `/etc/rc.d` do not run any more under either profile. Where ssh is started from "
             "there, as it is on later releases, leave out `inittab-l2`, and `path-rc.d` of `strict`, or nobody can "
             "log in over the network after the next boot."},
        .table =
            {.options = with_common_options(
                 {{.name = "profile",
                   .description = "The built-in profile; `none` applies the inline rules alone.",
                   .choices = {"tutorial", "strict", "none"},
                   .fallback = "tutorial"},
                  {.name = "rules",
                   .type = Type::list,
                   .description = "More rules, behind those of the profile. A rule is a dictionary with `id`, perhaps "
                                  "`title`, `why`, `severity`, `tags` and `refs`, and the name of a module with its "
                                  "options.",
                   .elements = Type::dict},
                  {.name = "only",
                   .type = Type::list,
                   .description = "Only these rules: ids, globs of ids, or tags.",
                   .elements = Type::str},
                  {.name = "except",
                   .type = Type::list,
                   .description = "Not these rules: ids, globs of ids, or tags.",
                   .elements = Type::str},
                  {.name = "now",
                   .type = Type::boolean,
                   .description = "`now` for all rules whose module has it and that do not say themselves: whether "
                                  "daemons are stopped and inittab is read at once on a live host. Without it each "
                                  "module's own default counts."},
                  {.name = "details",
                   .type = Type::boolean,
                   .description = "Also return what a report shows, as that of the playbook `bulwark.aix.audit`: "
                                  "`ports`, a `diff` for each of the `files`, `profile`, `root` and `version`.",
                   .fallback = false}})},
        .examples = examples,
        .returns = returns(),
        .rules = rules,
        .facts = facts};
}

} // namespace bulwark
