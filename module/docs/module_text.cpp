#include "docs/module_text.hpp"

#include "python/literal.hpp"
#include "terminal/yaml.hpp"

#include <utility>

namespace bulwark {
namespace {

/// What every module that changes something returns.
std::vector<Return> changing_returns() {
    return {
        {"changed", "bool", "always", "Whether anything was changed, or in check mode would be."},
        {"msg", "str", "always", "What was done, or why it failed and what to do about it."},
        {"diff",
         "list",
         "with `--diff`",
         "What changes of each file.",
         {{"before_header", "str", "always", "The file, before."},
          {"after_header", "str", "always", "The file, after."},
          {"before", "str", "always", "Its text before."},
          {"after", "str", "always", "Its text after."}}},
        {"files",
         "list",
         "always",
         "Every file that differs.",
         {{"path", "str", "always", "The path, as inside `root`."},
          {"change", "str", "always", "One of `created`, `modified`, `removed`, or `mode`: mode or owner alone."}}},
        {"actions",
         "list",
         "always",
         "The commands that belong to the change.",
         {{"argv", "list", "always", "The command and its arguments; no shell is involved."},
          {"status", "str", "always", "One of `ran`, `would_run` (check mode), `skipped`, `failed`."},
          {"reason", "str", "when skipped", "Why it was not run."},
          {"rc", "int", "when it was run", "The exit status."},
          {"stdout", "str", "when it was run", "What it printed."},
          {"stderr", "str", "when it was run", "What it printed to standard error."}}},
        {"commit", "str", "always",
         "The id of the run's commit in the history; null where there is none: in check mode, and where nothing "
         "changed."},
    };
}

/// What a module that only looks returns beside what it found.
std::vector<Return> looking_returns() {
    return {
        {"changed", "bool", "always", "Always false."},
        {"msg", "str", "on failure", "Why it failed and what to do about it."},
    };
}

} // namespace

std::string example_tasks(const Module& module) {
    std::string result;
    const auto members = [](std::string_view text, std::size_t indent) {
        return yaml_members(parse_lenient(text).as_object(), indent);
    };
    for (const Example& example : module.examples)
        result += (result.empty() ? "- name: " : "\n- name: ") + yaml_scalar(example.title) + "\n  " +
                  (example.module.empty() ? "bulwark.aix." + module.name : std::string(example.module)) + ":\n" +
                  members(example.options, 4) + members(example.keywords, 2);
    return result;
}

std::vector<Return> all_returns(const Module& module) {
    std::vector<Return> common = module.changes() ? changing_returns() : looking_returns();
    common.push_back({"warnings", "list", "when there are any", "What to look at although nothing failed."});
    std::erase_if(common, [&module](const Return& value) {
        return std::any_of(module.returns.begin(), module.returns.end(),
                           [&value](const Return& own) { return own.name == value.name; });
    });
    common.insert(common.end(), module.returns.begin(), module.returns.end());
    return common;
}

} // namespace bulwark
