#include "cli/history_command.hpp"

#include "cli/nearest.hpp"
#include "terminal/history_text.hpp"
#include "terminal/result_text.hpp"

#include <algorithm>
#include <array>

namespace bulwark {
namespace {

using Words = std::vector<std::string>;

bool is_path(const std::string& word) { return word.starts_with('/'); }

json::array paths_of(const Words& words, const std::string& instead) {
    json::array result;
    for (const std::string& word : words) {
        if (!is_path(word))
            throw UsageError("'" + word + "' is no absolute path; " + instead);
        result.push_back(json::value(word));
    }
    return result;
}

void add_paths(json::object& options, const Words& words, const std::string& instead) {
    if (!words.empty())
        options["paths"] = paths_of(words, instead);
}

void add_log(json::object& options, const Words& words) {
    add_paths(options, words, "to see one commit: bulwark history show COMMIT");
}

void add_show(json::object& options, const Words& words) {
    if (words.size() > 1)
        throw UsageError("one commit is expected; bulwark history log lists them");
    const std::string commit = words.empty() ? "HEAD" : words[0];
    if (is_path(commit))
        throw UsageError("'" + commit + "' is a path; for its commits: bulwark history log " + commit);
    options["commit"] = commit;
    options["diffs"] = true;
}

void add_diff(json::object& options, const Words& words) {
    const bool names_commit = !words.empty() && !is_path(words[0]);
    options["compare"] = names_commit ? words[0] : "HEAD";
    options["limit"] = 1;
    add_paths(options, {words.begin() + names_commit, words.end()}, "only the first word can be a commit");
}

void add_verify(json::object& options, const Words& words) {
    options["verify"] = true;
    options["limit"] = 1;
    add_paths(options, words, "to compare with a commit: bulwark history diff COMMIT");
}

constexpr Example log_examples[] = {
    {.title = "The last five changes of inetd.conf", .words = "--limit 5 /etc/inetd.conf"},
    {.title = "Everything that was ever done to an alternate disk that is mounted at /alt_inst",
     .words = "--limit 0 --root /alt_inst"},
};

constexpr Example show_examples[] = {
    {.title = "What the last run did, and why"},
    {.title = "What was done last before Sunday evening", .words = "2026-11-15T18:00"},
};

constexpr Example diff_examples[] = {
    {.title = "What was changed by hand since the last run"},
    {.title = "What has become of inetd.conf since it was first seen", .words = "original /etc/inetd.conf"},
};

constexpr Example verify_examples[] = {
    {.title = "Has anybody edited a file by hand?"},
};

struct Entry {
    const char *name, *words, *summary, *description;
    bool limited; // takes --limit
    std::span<const Example> examples;
    void (*add)(json::object& options, const Words& words);
    std::string (*show)(const json::object& result, const Terminal& terminal);
};

constexpr std::array<Entry, 4> entries = {{
    {"log", "[PATH]...", "Lists commits, newest first",
     "Each with its id, date, subject and files. With paths, those commits that changed one of them, or something "
     "below "
     "it. Paths are absolute, as inside `root`.",
     true, log_examples, add_log, show_log},
    {"show", "[COMMIT]", "Shows one commit: message, trailers, diff",
     "`COMMIT` is an id or the beginning of one, `HEAD`, `HEAD~2`, or an ISO 8601 date or time: the last commit not "
     "younger. Without it, the last commit.",
     false, show_examples, add_show, show_commits},
    {"diff", "[COMMIT] [PATH]...", "Shows how the files differ now from what they were",
     "Lines with a minus are how things were at the commit, lines with a plus how they are on the host now: what "
     "`bulwark "
     "rollback --to COMMIT` would take back. Without `COMMIT`, at the last one: what somebody has changed by hand "
     "since. "
     "`COMMIT` is written as for `history show`, or is `original`: what each file was when first seen. A file that the "
     "commit does not know yet counts as it was when first seen. Words that begin with a slash are paths: only these "
     "files, "
     "or what is below them. The exit status is 0 whether anything differs or not; `history verify` tells by its "
     "status.",
     false, diff_examples, add_diff, show_comparison},
    {"verify", "[PATH]...", "Tells which files differ from what was last recorded",
     "In content, mode or owner, or because they are missing or something else. The exit status is 2 where one "
     "differs, 0 "
     "where none does. With paths, only these files, or what is below them.",
     false, verify_examples, add_verify, show_drift},
}};

/// The options of history_info that the command takes, as they are there.
std::vector<Option> options_of(const Entry& entry) {
    std::vector<Option> result;
    for (const Option& option : find_module("history_info")->table.options)
        if (option.name == "root" || option.name == "history" || (entry.limited && option.name == "limit"))
            result.push_back(option);
    return result;
}

Module command_of(const Entry& entry) {
    return {.name = std::string("history ") + entry.name,
            .summary = entry.summary,
            .description = {entry.description},
            .table = {.options = options_of(entry)},
            .examples = entry.examples,
            .words = entry.words};
}

Words entry_names() {
    Words result;
    for (const Entry& entry : entries)
        result.emplace_back(entry.name);
    return result;
}

std::size_t index_of(const std::string& word) {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&word](const Entry& entry) { return entry.name == word; });
    return static_cast<std::size_t>(found - entries.begin());
}

/// Which command is meant: `log` where options or paths come first.
std::size_t command_at(const Words& arguments) {
    if (arguments.empty() || arguments[0].starts_with('-') || is_path(arguments[0]))
        return 0;
    const std::size_t index = index_of(arguments[0]);
    if (index == entries.size())
        throw UsageError("there is no command 'history " + arguments[0] + "'; " +
                         hint(arguments[0], entry_names(), "bulwark history --help"));
    return index;
}

} // namespace

const std::vector<Module>& history_commands() {
    static const std::vector<Module> commands = [] {
        std::vector<Module> all;
        for (const Entry& entry : entries)
            all.push_back(command_of(entry));
        return all;
    }();
    return commands;
}

const Module* find_history_command(const std::string& word) {
    const std::size_t index = index_of(word);
    return index == entries.size() ? nullptr : &history_commands()[index];
}

std::string history_overview() {
    std::string result = "Usage: bulwark history [log] [PATH]... [--limit N]\n";
    std::size_t widest = 0;
    for (const Entry& entry : entries) {
        widest = std::max(widest, std::string_view(entry.name).size());
        if (&entry != &entries.front())
            result += std::string("       bulwark history ") + entry.name + " " + entry.words + "\n";
    }
    result +=
        "\n" +
        wrapped("What was done on this host, when and why, and what has changed since: the history that every run "
                "keeps, read. Nothing is ever changed by it.",
                0, 0, 80) +
        "\nCommands:\n\n";
    for (const Entry& entry : entries)
        result += labelled(entry.name, entry.summary, widest, Style::plain, {});
    return result + "\nAll take --root, --history, --json and --help: bulwark history diff --help\n"
                    "To take something back: bulwark rollback --help\n";
}

HistoryCall read_history_command(const std::vector<std::string>& arguments) {
    HistoryCall result;
    if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help")) {
        result.line.help = history_overview();
        return result;
    }
    const std::size_t index = command_at(arguments);
    const bool named = !arguments.empty() && arguments[0] == entries[index].name;
    result.command = &history_commands()[index];
    result.line = read_command_line(*result.command, {arguments.begin() + named, arguments.end()});
    result.show = entries[index].show;
    result.line.call.module = result.line.call.caller.module_name = "history_info";
    if (result.line.help.empty())
        entries[index].add(result.line.call.options, result.line.words);
    return result;
}

std::string history_objection(const json::object& result) {
    if (text_at(result, "last").empty())
        return "there is no history yet: no run has changed anything, or root or history is wrong";
    if (const std::string paths = text_at(result, "unrecorded"); !paths.empty())
        return "the history knows nothing of " + paths +
               ": no run was ever about it; paths are as inside the root, and bulwark history log shows them";
    return "";
}

int history_status(const json::object& result) { return objects_at(result, "drift").empty() ? 0 : 2; }

} // namespace bulwark
