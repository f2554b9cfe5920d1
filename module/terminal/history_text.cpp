#include "terminal/history_text.hpp"

#include "terminal/result_text.hpp"
#include "text.hpp"

namespace bulwark {
namespace {

std::string short_commit(const json::object& object, std::string_view key, const Terminal& terminal) {
    return in_line(text_at(object, key).substr(0, 12), terminal);
}

/// The diff of a file; of one that differs in its mode alone, hunks do not tell which file it is.
std::string show_file_diff(const json::object& file, const Terminal& terminal) {
    const std::string diff = text_at(file, "diff");
    const bool nameless = diff.starts_with("old ") || diff.starts_with("new ");
    return (nameless ? styled(in_line(text_at(file, "path"), terminal), Style::heading, terminal) + "\n" : "") +
           show_diff(diff, terminal);
}

/// The files that a commit or a comparison is about, then their diffs.
std::string show_files(const json::object& object, std::size_t indent, const Terminal& terminal) {
    std::vector<Row> rows;
    std::string diffs;
    for (const json::object* file : objects_at(object, "files")) {
        rows.push_back(file_row(*file, false, terminal));
        diffs += show_file_diff(*file, terminal);
    }
    return show_rows(rows, indent, terminal) + diffs;
}

std::string show_commit(const json::object& commit, const Terminal& terminal) {
    std::string result = styled("commit " + short_commit(commit, "id", terminal), Style::changed, terminal) + "  " +
                         in_line(text_at(commit, "date"), terminal) + "\n" +
                         indented(in_line(text_at(commit, "subject"), terminal), 4);
    if (const std::string body = text_at(commit, "body"); !body.empty())
        result += "\n" + indented(printable(body, terminal), 4);
    std::string trailers;
    for (const json::object* trailer : objects_at(commit, "trailers"))
        trailers += in_line(text_at(*trailer, "key") + ": " + text_at(*trailer, "value"), terminal) + "\n";
    result += trailers.empty() ? "" : "\n" + indented(trailers, 4);
    const std::string files = show_files(commit, 4, terminal);
    return result + (files.empty() ? "" : "\n") + files + "\n";
}

/// "2026-11-20 19:06" of an ISO date: in the short list neither seconds nor the zone help.
std::string to_the_minute(const std::string& date) {
    const std::size_t behind_day = date.find('T');
    return behind_day == std::string::npos ? date : date.substr(0, behind_day) + " " + date.substr(behind_day + 1, 5);
}

std::string log_entry(const json::object& commit, const Terminal& terminal) {
    std::vector<std::string> paths;
    for (const json::object* file : objects_at(commit, "files"))
        paths.push_back(in_line(text_at(*file, "path"), terminal));
    return styled(short_commit(commit, "id", terminal), Style::changed, terminal) + "  " +
           in_line(to_the_minute(text_at(commit, "date")), terminal) + "  " +
           in_line(text_at(commit, "subject"), terminal) + "\n" +
           wrapped(joined(paths, ", "), 14, 14, terminal.columns);
}

const json::object* object_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

/// What may be a mistake in the paths that were asked for.
std::string show_unrecorded(const json::object& result, const Terminal& terminal) {
    const std::string paths = text_at(result, "unrecorded");
    return paths.empty() ? "" : "The history knows nothing of " + in_line(paths, terminal) + ".\n";
}

} // namespace

std::string show_log(const json::object& result, const Terminal& terminal) {
    const auto commits = objects_at(result, "commits");
    std::string text;
    for (const json::object* commit : commits)
        text += log_entry(*commit, terminal);
    if (commits.empty())
        return "No commits.\n";
    const json::object* invocation = object_at(result, "invocation");
    const json::object* arguments = invocation == nullptr ? nullptr : object_at(*invocation, "module_args");
    if (arguments != nullptr && text_at(*arguments, "limit") == std::to_string(commits.size()))
        text += "There may be older ones: --limit 0 shows all.\n";
    return text;
}

std::string show_commits(const json::object& result, const Terminal& terminal) {
    std::string text;
    for (const json::object* commit : objects_at(result, "commits"))
        text += show_commit(*commit, terminal);
    return text.empty() ? "No commits.\n" : text;
}

std::string show_drift(const json::object& result, const Terminal& terminal) {
    std::vector<Row> rows;
    for (const json::object* drift : objects_at(result, "drift"))
        rows.push_back(
            {in_line(text_at(*drift, "what"), terminal), Style::bad, in_line(text_at(*drift, "path"), terminal)});
    if (rows.empty())
        return "No drift: every file is as it was last recorded.\n";
    return styled("Not as last recorded: " + std::to_string(rows.size()), Style::heading, terminal) + "\n" +
           show_rows(rows, 2, terminal);
}

std::string show_comparison(const json::object& result, const Terminal& terminal) {
    const json::object* comparison = object_at(result, "comparison");
    if (comparison == nullptr)
        return "";
    const std::string id = short_commit(*comparison, "commit", terminal);
    const std::string then = id.empty() ? "first seen" : "commit " + id;
    const auto files = objects_at(*comparison, "files");
    if (files.empty())
        return "Nothing has changed since " + then + ".\n";
    return styled("Changed since " + then + ": " + counted(files.size(), "file"), Style::heading, terminal) + "\n" +
           show_files(*comparison, 2, terminal);
}

std::string show_history(const json::object& result, const Terminal& terminal) {
    return (result.contains("commits") ? show_commits(result, terminal) : "") + show_unrecorded(result, terminal) +
           (result.contains("drift") ? show_drift(result, terminal) : "") + show_comparison(result, terminal);
}

} // namespace bulwark
