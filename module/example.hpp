#pragma once

#include "module.hpp"

#include <string>
#include <vector>

namespace bulwark {

/// An example of a command's documentation as it is typed on the command line.
struct CommandExample {
    std::string title;
    std::vector<std::string> words; // behind "bulwark", each as a shell takes it; a blank_in_json may be a line end
};

/// Where a long JSON value may go on in the next line: a blank between its members.
inline constexpr char blank_in_json = '\x01';

/// The tasks of `module.examples` that call this module, as command lines; those of a command as they are written. Throws
/// Error where an example is not the YAML that is understood here: blocks, flow lists and dicts, plain and quoted scalars.
std::vector<CommandExample> command_examples(const Module& module);

/// The example's command in lines of at most `columns`, as it can be pasted into a shell.
std::string command_lines(const CommandExample& example, std::size_t indent, std::size_t columns);

/// The tasks of a playbook as a JSON array. Throws Error, see command_examples.
json::value parse_tasks(const std::string& text);

/// A word as a shell takes it.
std::string shell_word(const std::string& word);

} // namespace bulwark
