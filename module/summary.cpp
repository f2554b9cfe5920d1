#include "cli.hpp"

#include "doc.hpp"
#include "document/lines.hpp"
#include "system/history.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace bulwark {
namespace {

/// A member of a result as text: nothing where it is missing or null, the elements of a list with commas between.
std::string text_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || value->is_null())
        return "";
    if (const auto* text = value->if_string())
        return std::string(*text);
    const json::array* list = value->if_array();
    if (list == nullptr)
        return json::serialize(*value);
    std::vector<std::string> words;
    for (const json::value& element : *list)
        words.push_back(element.is_string() ? std::string(element.get_string()) : json::serialize(element));
    return joined(words, ", ");
}

/// The objects of a list in a result; none where there is no such list.
std::vector<const json::object*> objects_at(const json::object& object, std::string_view key) {
    std::vector<const json::object*> result;
    const json::value* value = object.if_contains(key);
    if (const json::array* list = value == nullptr ? nullptr : value->if_array()) {
        for (const json::value& element : *list)
            if (const json::object* member = element.if_object())
                result.push_back(member);
    }
    return result;
}

bool is_true(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

/// A word as a shell takes it.
std::string shell_word(const std::string& word) {
    constexpr std::string_view harmless = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-~";
    if (!word.empty() && word[0] != '~' && word.find_first_not_of(harmless) == std::string::npos)
        return word;
    std::string result = "'";
    for (const char c : word)
        result += c == '\'' ? "'\\''" : std::string(1, c);
    return result + "'";
}

std::string shell_command(const json::object& action) {
    std::vector<std::string> words;
    const json::value* argv = action.if_contains("argv");
    if (argv != nullptr && argv->is_array())
        for (const json::value& word : argv->get_array())
            words.push_back(shell_word(word.is_string() ? std::string(word.get_string()) : json::serialize(word)));
    return joined(words, " ");
}

std::string indented(std::string_view text, std::size_t indent) {
    std::string result;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        result += (line.empty() ? "" : std::string(indent, ' ')) + std::string(line) + "\n";
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return result;
}

/// One thing that happened, with what a command printed.
struct Row {
    std::string label;
    Style style;
    std::string text, output{};
};

std::string show_rows(const std::vector<Row>& rows, std::size_t indent, const Terminal& terminal) {
    std::size_t widest = 0;
    for (const Row& row : rows)
        widest = std::max(widest, display_width(row.label));
    std::string result;
    for (const Row& row : rows) {
        const std::string gap(widest - display_width(row.label) + 2, ' ');
        result += std::string(indent, ' ') + styled(row.label, row.style, terminal) + gap + row.text + "\n";
        result += indented(printable(row.output, terminal), indent + 4);
    }
    return result;
}

Row file_row(const json::object& file, bool predicted, const Terminal& terminal) {
    constexpr std::array<std::array<const char*, 3>, 4> verbs = {{
        {"created", "created", "would create"},
        {"modified", "modified", "would modify"},
        {"removed", "removed", "would remove"},
        {"mode", "changed", "would change"},
    }};
    const std::string change = text_at(file, "change");
    Row row{in_line(change, terminal), Style::changed, in_line(text_at(file, "path"), terminal)};
    for (const auto& [name, done, would] : verbs)
        if (change == name)
            row.label = predicted ? would : done;
    if (change == "mode")
        row.text += " (mode or owner)";
    return row;
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

std::string show_commit(const json::object& commit, const Terminal& terminal) {
    std::string result =
        styled("commit " + in_line(text_at(commit, "id").substr(0, 12), terminal), Style::changed, terminal) + "  " +
        in_line(text_at(commit, "date"), terminal) + "\n" + indented(in_line(text_at(commit, "subject"), terminal), 4);
    if (const std::string body = text_at(commit, "body"); !body.empty())
        result += "\n" + indented(printable(body, terminal), 4);
    std::string trailers;
    for (const json::object* trailer : objects_at(commit, "trailers"))
        trailers += in_line(text_at(*trailer, "key") + ": " + text_at(*trailer, "value"), terminal) + "\n";
    result += trailers.empty() ? "" : "\n" + indented(trailers, 4);
    std::vector<Row> rows;
    for (const json::object* file : objects_at(commit, "files"))
        rows.push_back(file_row(*file, false, terminal));
    result += rows.empty() ? "" : "\n" + show_rows(rows, 4, terminal);
    for (const json::object* file : objects_at(commit, "files"))
        result += show_diff(text_at(*file, "diff"), terminal);
    return result + "\n";
}

std::string show_history(const json::object& result, const Terminal& terminal) {
    std::string text;
    for (const json::object* commit : objects_at(result, "commits"))
        text += show_commit(*commit, terminal);
    if (text.empty() && result.contains("commits"))
        text = "No commits.\n";
    if (!result.contains("drift"))
        return text;
    std::vector<Row> rows;
    for (const json::object* drift : objects_at(result, "drift"))
        rows.push_back(
            {in_line(text_at(*drift, "what"), terminal), Style::bad, in_line(text_at(*drift, "path"), terminal)});
    if (rows.empty())
        return text + "No drift: every file is as it was last recorded.\n";
    return text + styled("Not as last recorded: " + std::to_string(rows.size()), Style::heading, terminal) + "\n" +
           show_rows(rows, 2, terminal);
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
    constexpr std::array<std::string_view, 17> known = {
        "changed", "failed",  "msg",   "warnings", "invocation", "diff",      "files",       "actions", "commit",
        "rules",   "commits", "drift", "ports",    "unknown",    "listening", "differences", "name"};
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
            command += " " + spelled(option) + " " + in_line(shell_word(value), terminal);
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
