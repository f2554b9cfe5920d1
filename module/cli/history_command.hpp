#pragma once

#include "cli/command_line.hpp"

#include <string>
#include <vector>

namespace bulwark {

/// `bulwark history log`, `show`, `diff` and `verify`: what help, man page and completion say of them. Their options are
/// those of history_info, which does the work.
const std::vector<Module>& history_commands();

/// The command that `bulwark history WORD` means; null if there is none.
const Module* find_history_command(const std::string& word);

/// `bulwark history --help`.
std::string history_overview();

/// A call of history_info for `bulwark history [log|show|diff|verify] ...`, and how its result is shown.
struct HistoryCall {
    const Module* command = nullptr; // null: only `line.help`
    CommandLine line;
    std::string (*show)(const json::object& result, const Terminal& terminal) = nullptr;
};

/// `arguments` are those after `history`; without a command `log` is meant. Throws UsageError.
HistoryCall read_history_command(const std::vector<std::string>& arguments);

/// Why a result is not what the person wants, though for a task it is: no history yet, a path that it does not know.
/// Empty: it is.
std::string history_objection(const json::object& result);

/// 0, or 2 where `verify` found a file that differs.
int history_status(const json::object& result);

} // namespace bulwark
