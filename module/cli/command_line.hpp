#pragma once

#include "cli/example.hpp"
#include "module.hpp"
#include "protocol.hpp"
#include "terminal/terminal.hpp"

#include <string>
#include <utility>
#include <vector>

namespace bulwark {

/// What a command line asks for.
struct CommandLine {
    Call call;
    bool json = false;              // print the result as JSON
    std::vector<std::string> words; // of a command: what stands beside its options
    std::string help;               // if not empty: print this and stop
};

/// Wrong usage of the command line: exit status 64.
class UsageError : public Error {
    using Error::Error;
};

/// Reads `bulwark MODULE [--option value]... [--check] [--diff] [--json] [--no-log] [--args-file FILE]`; `arguments`
/// are those after MODULE. The options are those of the module's table, aliases included, `_` also written `-`; a list
/// option may be repeated or take a JSON array. Items of a module are JSON objects, `key=value` pairs or names:
/// `--services echo --services name=shell,state=disabled`. Throws UsageError. Whether the values are right is for
/// `validate` to say.
CommandLine read_command_line(const Module& module, const std::vector<std::string>& arguments);

/// An option that a module has on the command line and in no table.
struct StandardOption {
    const char* name;
    const char* argument;
    const char* description;
};
std::vector<StandardOption> standard_options(const Module& module);

/// `bulwark --help`: what it is and the modules with their summaries.
std::string overview();

/// How a module or a command is called, in a line: "bulwark inetd [--OPTION VALUE]... [--check] [--diff] [--json]".
std::string synopsis(const Module& module);

/// What its exit statuses mean.
std::vector<std::pair<int, std::string>> exit_statuses(const Module& module);

/// Its examples as they are shown: the first one of a module that changes something is a check run, with diff.
std::vector<CommandExample> shown_examples(const Module& module);

/// `bulwark MODULE --help`.
std::string help(const Module& module);

/// A readable summary of a result, with the unified diff where the result has one. Of a failed result, what is useful
/// beside its `msg`.
std::string summary(const Call& call, const json::object& result, const Terminal& terminal);

/// 0 done or compliant, 1 failed, 2 --check found something to change.
int exit_status(const Call& call, const json::object& result);

} // namespace bulwark
