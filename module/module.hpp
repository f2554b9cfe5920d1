#pragma once

#include "options/option.hpp"
#include "plan/rule.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

class Host;
class History;

/// One value of a module's result, for its documentation.
struct Return {
    std::string name, type, returned, description;
    std::vector<Return> contains{};
};

/// A task of the documentation; of a command what is typed. Options and keywords are JSON, as in a profile: the YAML and
/// the command lines are printed from it.
struct Example {
    std::string_view title;
    std::string_view options = "{}";
    std::string_view keywords = "{}"; // of the task beside its module: register, check_mode ...
    std::string_view module{};        // which it calls; empty: the one that is documented
    std::string_view words{};         // of a command, behind its name
};

/// One module: what it accepts, what it does, what is written about it.
struct Module {
    std::string name, summary;
    std::vector<std::string> description; // paragraphs
    OptionTable table;
    std::span<const Example> examples{}; // they outlive the module
    std::vector<Return> returns{};

    /// What validated arguments want. Modules that change something.
    std::vector<Rule> (*rules)(const Module& module, const json::object& arguments, const Caller& caller) = nullptr;
    /// What a module that changes something adds to the result about the host; null: nothing.
    void (*facts)(const json::object& arguments, const Snapshot& before, const Snapshot& after,
                  json::object& result) = nullptr;
    /// Throws Error where validated arguments cannot be meant, whatever is on the host. Modules that only look: of the
    /// others `rules` does.
    void (*require_sound)(const json::object& arguments) = nullptr;
    /// What validated arguments ask. Modules that only look.
    json::object (*answer)(const json::object& arguments, Host& host, const History& history) = nullptr;

    /// Of a command that is no module of Ansible, such as `history log`: what stands beside its options, "[PATH]...".
    std::string words{};

    bool changes() const { return rules != nullptr; }
    bool is_command() const { return !words.empty(); }
};

/// In the order of the documentation.
const std::vector<std::string>& module_names();

/// The module of that name; null if there is none. Tables are built when first asked for.
const Module* find_module(std::string_view name);

/// Options of every module that changes something: root, history, refresh, lock_timeout, hard_links, message. Of one
/// that only looks, root and history.
std::vector<Option> common_options(bool changes);

} // namespace bulwark
