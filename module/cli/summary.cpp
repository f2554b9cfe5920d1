#include "cli/command_line.hpp"

#include "cli/example.hpp"
#include "options/wording.hpp"
#include "system/history/history.hpp"
#include "terminal/history_text.hpp"
#include "terminal/result_text.hpp"
#include "terminal/yaml.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace bulwark {
namespace {

std::string shell_command(const json::object& action) {
    std::vector<std::string> words;
    const json::value* argv = action.if_contains("argv");
    if (argv != nullptr && argv->is_array())
        for (const json::value& word : argv->get_array())
            words.push_back(shell_word(word.is_string() ? std::string(word.get_string()) : json::serialize(word)));
    return joined(words, " ");
}

Row action_row(const json::object& action, const Terminal& terminal) {
    const std::string status = text_at(action, "status"), reason = text_at(action, "reason"),
                      rc = text_at(action, "rc");
    Row row{in_line(status, terminal), Style::plain, in_line(shell_command(action), terminal)};
    if (status == "would_run")
        row = {"would run", Style::changed, row.text};
    if (status == "ran")
        row.style = Style::good;
    if (!reason.empty())
        row.text += " (" + in_line(reason, terminal) + ")";
    if (status != "failed")
        return row;
    row.style = Style::bad;
    if (!rc.empty() && reason.empty())
        row.text += " (exit status " + rc + ")";
    row.output = text_at(action, "stderr").empty() ? text_at(action, "stdout") : text_at(action, "stderr");
    return row;
}

/// One behind the other, with commas; no line ends within one.
std::string listed(const std::vector<std::string>& commands, const Terminal& terminal) {
    constexpr char blank = '\x01'; // no command has it: they are printable
    std::string text;
    for (std::string command : commands) {
        std::replace(command.begin(), command.end(), ' ', blank);
        text += (text.empty() ? "" : ", ") + command;
    }
    text = wrapped(text, 2, 2, terminal.columns);
    std::replace(text.begin(), text.end(), blank, ' ');
    return text;
}

/// Commands that were not run, by reason: there may be many, and mostly for one reason.
std::string show_skipped(const json::object& result, const Terminal& terminal) {
    std::map<std::string, std::vector<std::string>> by_reason;
    for (const json::object* action : objects_at(result, "actions"))
        if (text_at(*action, "status") == "skipped")
            by_reason[text_at(*action, "reason")].push_back(in_line(shell_command(*action), terminal));
    std::string text;
    for (const auto& [reason, commands] : by_reason)
        text += "not run" + (reason.empty() ? "" : " (" + in_line(reason, terminal) + ")") + ":\n" +
                listed(commands, terminal);
    return text;
}

std::string show_changes(const Call& call, const json::object& result, const Terminal& terminal) {
    std::vector<Row> rows;
    for (const json::object* file : objects_at(result, "files"))
        rows.push_back(file_row(*file, call.check_mode, terminal));
    for (const json::object* action : objects_at(result, "actions"))
        if (text_at(*action, "status") != "skipped")
            rows.push_back(action_row(*action, terminal));
    return show_rows(rows, 0, terminal) + show_skipped(result, terminal);
}

std::string show_rule(const json::object& rule, std::size_t widest, Style style, const Terminal& terminal) {
    const std::string id = in_line(text_at(rule, "id"), terminal), severity = text_at(rule, "severity");
    std::string title = text_at(rule, "title"), detail = text_at(rule, "detail");
    if (title.empty())
        title = std::exchange(detail, "");
    if (!severity.empty())
        title += " [" + severity + "]";
    std::string result = labelled(id, printable(title, terminal), std::max(widest, display_width(id)), style, terminal);
    // What differed is in the files and the diff below; what only a person can change, and why a rule could not do
    // anything, is nowhere else.
    const std::string status = text_at(rule, "status");
    const json::value* findings = rule.if_contains("findings");
    const bool found = findings != nullptr && findings->is_array() && !findings->get_array().empty();
    if (!detail.empty() && (found || status == "not_applicable" || status == "failed"))
        result += wrapped(printable(detail, terminal), widest + 4, widest + 4, terminal.columns);
    return result;
}

/// Rules by status, those that need somebody's attention last, where the eye is when the output has scrolled by.
std::string show_rules(const std::vector<const json::object*>& rules, const Terminal& terminal) {
    struct Group {
        const char* status;
        const char* heading;
        Style style;
        bool listed;
    };
    constexpr std::array<Group, 5> groups = {{{"compliant", "Compliant", Style::good, false},
                                              {"not_applicable", "Not applicable", Style::plain, true},
                                              {"changed", "Changed", Style::changed, true},
                                              {"non_compliant", "Not compliant", Style::bad, true},
                                              {"failed", "Failed", Style::bad, true}}};
    std::string result;
    for (const Group& group : groups) {
        std::size_t count = 0, widest = 0;
        std::string lines;
        for (const json::object* rule : rules)
            if (text_at(*rule, "status") == group.status)
                widest = std::max(widest, display_width(in_line(text_at(*rule, "id"), terminal)));
        for (const json::object* rule : rules)
            if (text_at(*rule, "status") == group.status && ++count > 0 && group.listed)
                lines += show_rule(*rule, widest, group.style, terminal);
        if (count > 0)
            result += styled(std::string(group.heading) + ": " + std::to_string(count), Style::heading, terminal) +
                      "\n" + lines;
    }
    return result.empty() ? result : result + "\n";
}

std::string show_file_diff(const json::object& diff, const Terminal& terminal) {
    const std::string before = text_at(diff, "before_header");
    return show_diff(unified_diff(before.empty() ? text_at(diff, "after_header") : before, text_at(diff, "before"),
                                  text_at(diff, "after")),
                     terminal);
}

std::string show_diffs(const json::object& result, const Terminal& terminal) {
    std::string text;
    for (const json::object* diff : objects_at(result, "diff"))
        text += show_file_diff(*diff, terminal);
    return text.empty() ? text : text + "\n";
}

/// Rows of cells under the headings of the first one. The last column may reach over the edge of the terminal: lines that
/// are broken there would be harder to read.
std::string show_table(const std::vector<std::vector<std::string>>& rows, const Terminal& terminal) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows)
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            widths[i] = std::max(widths[i], display_width(row[i]) + 2);
    std::string result;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            line += row[i] + std::string(widths[i] - display_width(row[i]), ' ');
        result += styled(line + row.back(), &row == &rows.front() ? Style::heading : Style::plain, terminal) + "\n";
    }
    return result;
}

std::vector<std::string> port_row(const json::object& port, const Terminal& terminal) {
    const std::string rpc = text_at(port, "rpc");
    std::vector<std::string> row = {text_at(port, "port")};
    if (row[0].empty())
        row[0] = rpc.empty() ? "-" : "rpc " + rpc;
    for (const char* column : {"protocol", "name", "program", "started_from"})
        row.push_back(in_line(text_at(port, column), terminal));
    return row;
}

/// The texts of a list in the result under a heading; nothing where there are none.
std::string show_sentences(const char* heading, const json::object& result, std::string_view key,
                           const Terminal& terminal) {
    std::string text;
    const json::value* list = result.if_contains(key);
    if (list == nullptr || !list->is_array())
        return text;
    for (const json::value& sentence : list->get_array())
        if (sentence.is_string())
            text += wrapped(printable(sentence.get_string(), terminal), 2, 4, terminal.columns);
    return text.empty() ? text : styled(heading, Style::heading, terminal) + "\n" + text + "\n";
}

std::string show_ports(const json::object& result, const Terminal& terminal) {
    if (!result.contains("ports"))
        return "";
    std::vector<std::vector<std::string>> rows = {{"port", "protocol", "name", "program", "started from"}};
    for (const json::object* port : objects_at(result, "ports"))
        rows.push_back(port_row(*port, terminal));
    return show_table(rows, terminal) + "\n" +
           show_sentences("Programs that may listen as well:", result, "unknown", terminal) +
           show_sentences("What listens is not what is configured:", result, "differences", terminal);
}

/// What a module returns beside the values that have a layout of their own.
std::string show_others(const json::object& result, const Terminal& terminal) {
    constexpr std::array<std::string_view, 20> known = {
        "changed", "failed",    "msg",         "warnings",   "invocation", "diff",  "files",
        "actions", "commit",    "rules",       "commits",    "drift",      "ports", "unknown",
        "last",    "listening", "differences", "unrecorded", "comparison", "name"};
    json::object others;
    for (const auto& [name, value] : result)
        if (std::find(known.begin(), known.end(), std::string_view(name)) == known.end())
            others[name] = value;
    return others.empty() ? "" : printable(yaml(others), terminal);
}

std::string show_warnings(const json::object& result, const Terminal& terminal) {
    constexpr std::string_view label = "warning:";
    std::string text;
    const json::value* warnings = result.if_contains("warnings");
    if (warnings == nullptr || !warnings->is_array())
        return text;
    for (const json::value& warning : warnings->get_array()) {
        if (!warning.is_string())
            continue;
        const std::string line = std::string(label) + " " + printable(warning.get_string(), terminal);
        const std::string lines = wrapped(line, 0, label.size() + 1, terminal.columns);
        text += styled(label, Style::changed, terminal) + lines.substr(label.size());
    }
    return text;
}

/// How to take back what the run did, in the same tree and history.
std::string show_undo(const Call& call, const json::object& result, const Terminal& terminal) {
    const std::string commit = text_at(result, "commit").substr(0, 12);
    if (commit.empty())
        return "";
    std::string command = "bulwark rollback";
    for (const char* option : {"root", "history", "refresh"})
        if (const std::string value = text_at(call.options, option); !value.empty())
            command += " " + spelled(option) + " " + (call.no_log ? "********" : in_line(shell_word(value), terminal));
    const std::string id = in_line(commit, terminal);
    return "Commit " + id + ". To undo it:\n  now    " + command + " --to HEAD~1\n  later  " + command + " --revert " +
           id + "\n";
}

/// What it all comes to. Of a failed run `msg` says that, on standard error.
std::string show_outcome(const Call& call, const json::object& result, const Terminal& terminal) {
    const std::string msg = text_at(result, "msg");
    if (is_true(result, "failed"))
        return "";
    if (!is_true(result, "changed") && result.contains("files"))
        return "Nothing to change.\n";
    const bool told = msg.empty() || result.contains("commits") || result.contains("drift"); // their layout says it
    const std::string done = told ? "" : wrapped(printable(msg, terminal), 0, 0, terminal.columns);
    return done + (call.check_mode && is_true(result, "changed") ? "Nothing was written: this was a check run.\n" : "");
}

} // namespace

std::string summary(const Call& call, const json::object& result, const Terminal& terminal) {
    return show_diffs(result, terminal) + show_rules(objects_at(result, "rules"), terminal) +
           show_others(result, terminal) + show_history(result, terminal) + show_ports(result, terminal) +
           show_changes(call, result, terminal) + show_warnings(result, terminal) +
           show_outcome(call, result, terminal) + show_undo(call, result, terminal);
}

int exit_status(const Call& call, const json::object& result) {
    if (is_true(result, "failed"))
        return 1;
    return call.check_mode && is_true(result, "changed") ? 2 : 0;
}

} // namespace bulwark
