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

/// The examples that call this module or command.
std::vector<CommandExample> command_examples(const Module& module);

/// The example's command in lines of at most `columns`, as it can be pasted into a shell.
std::string command_lines(const CommandExample& example, std::size_t indent, std::size_t columns);

/// A word as a shell takes it.
std::string shell_word(const std::string& word);

} // namespace bulwark
