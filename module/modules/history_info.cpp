#include "modules/modules.hpp"
#include "system/history/history.hpp"
#include "system/host.hpp"
#include "system/load.hpp"
#include "text.hpp"

#include <algorithm>

namespace bulwark {
namespace {

json::array trailers_of(const CommitInfo& commit) {
    json::array trailers;
    for (const auto& [key, value] : commit.trailers)
        trailers.push_back({{"key", key}, {"value", value}});
    return trailers;
}

json::array files_of(const CommitInfo& commit, bool diffs) {
    json::array files;
    for (const CommitInfo::File& file : commit.files) {
        json::object one{{"path", file.path}, {"change", file.change}};
        if (diffs)
            one["diff"] = file.diff;
        files.push_back(std::move(one));
    }
    return files;
}

void require_sound(const json::object& arguments) {
    const std::int64_t limit = integer_of(arguments, "limit");
    if (limit < 0)
        throw Error("option limit is " + std::to_string(limit) + ": it must be 0 (all) or more");
    for (const std::string& path : texts_of(arguments, "paths"))
        if (!path.starts_with('/'))
            throw Error("option paths has '" + path + "': it must be an absolute path");
}

std::vector<CommitInfo> chosen_commits(const History& history, const json::object& arguments) {
    const bool diffs = flag_of(arguments, "diffs");
    if (const auto name = optional_text(arguments, "commit"))
        return {history.show(history.resolve(*name), diffs)};
    const auto limit = static_cast<std::size_t>(integer_of(arguments, "limit"));
    return history.log(limit, texts_of(arguments, "paths"), diffs);
}

json::array commits_of(const History& history, const json::object& arguments) {
    const bool diffs = flag_of(arguments, "diffs");
    json::array commits;
    for (const CommitInfo& commit : chosen_commits(history, arguments))
        commits.push_back({{"id", commit.id},
                           {"date", commit.date},
                           {"subject", commit.subject},
                           {"body", commit.body},
                           {"trailers", trailers_of(commit)},
                           {"files", files_of(commit, diffs)}});
    return commits;
}

/// How a file differs from what was last recorded; empty: it does not.
std::string drift_of(const Recorded::File& recorded, const FileState& now) {
    const FileState& then = recorded.state;
    if (now.kind != then.kind && now.kind == FileState::Kind::missing)
        return "missing";
    if (now.kind == FileState::Kind::other || (now.kind != then.kind && then.kind != FileState::Kind::missing))
        return "is " + (now.kind == FileState::Kind::regular ? "a regular file" : now.other);
    if (now.kind != then.kind)
        return "created";
    if (recorded.interest == Interest::content && (now.unread || now.text != then.text))
        return "content";
    if (now.mode != then.mode)
        return "mode";
    return now.owner == then.owner && now.group == then.group ? "" : "owner";
}

/// Recorded files that are not now as they were then.
struct Differing {
    std::string path, what;
    Recorded::File then;
    FileState now;
};

std::vector<Differing> differing(const Recorded& recorded, const std::vector<std::string>& paths, Host& host) {
    std::vector<Differing> result;
    for (const auto& [path, then] : recorded.files) {
        if (!is_meant(path, paths))
            continue;
        FileState now = read_or_tell(host, path, then.state.kind == FileState::Kind::link);
        if (std::string what = drift_of(then, now); !what.empty())
            result.push_back({path, std::move(what), then, std::move(now)});
    }
    return result;
}

std::string change_of(const Differing& file) {
    if (file.what == "missing")
        return "removed";
    return file.what == "owner" ? "mode" : file.what == "mode" || file.what == "created" ? file.what : "modified";
}

/// What cannot be shown as lines is told in a line.
std::string diff_of(const Differing& file) {
    FileState then = file.then.state, now = file.now;
    if (then.kind != now.kind && change_of(file) == "modified")
        return file.path + " " + file.what + "\n";
    if (file.then.interest != Interest::content || now.unread)
        then.text = now.text = "";
    return state_diff(file.path, then, now) + (now.unread ? file.path + " is too large to be compared\n" : "");
}

json::array drift(const std::vector<Differing>& files) {
    json::array drifted;
    for (const Differing& file : files)
        drifted.push_back({{"path", file.path}, {"what", file.what}});
    return drifted;
}

/// How the files differ now from what a rollback to that commit would make them.
json::object comparison(const std::string& name, const std::vector<std::string>& paths, const History& history,
                        Host& host) {
    const RecordedTarget target = history.rollback_target(name);
    json::array files;
    for (const Differing& file : differing(target.wanted, paths, host))
        files.push_back({{"path", file.path}, {"change", change_of(file)}, {"diff", diff_of(file)}});
    return {{"commit", target.id.empty() ? json::value(nullptr) : json::value(target.id)}, {"files", std::move(files)}};
}

/// Those paths of which the history knows nothing.
json::array unrecorded(const std::vector<std::string>& paths, const Recorded& recorded) {
    json::array result;
    for (const std::string& path : paths)
        if (std::none_of(recorded.files.begin(), recorded.files.end(),
                         [&path](const auto& file) { return is_meant(file.first, {path}); }))
            result.push_back(json::value(path));
    return result;
}

std::string differ(std::size_t count) { return counted(count, "file") + (count == 1 ? " differs" : " differ"); }

json::object answer(const json::object& arguments, Host& host, const History& history) {
    const std::vector<std::string> paths = texts_of(arguments, "paths");
    const auto last = history.main();
    if (!last && (is_given(arguments, "commit") || is_given(arguments, "compare")))
        throw Error("there is no history yet: no run has changed anything, or root or history is wrong");
    json::object result{{"commits", commits_of(history, arguments)},
                        {"last", last ? json::value(*last) : json::value(nullptr)}};
    std::string message = counted(result["commits"].as_array().size(), "commit");
    if (!paths.empty())
        result["unrecorded"] = unrecorded(paths, history.read(last));
    if (flag_of(arguments, "verify")) {
        const std::vector<Differing> files = differing(history.read(last), paths, host);
        result["drift"] = drift(files);
        message += files.empty() ? ", every file as last recorded"
                                 : ", " + differ(files.size()) + " from what was last recorded";
    }
    if (const auto name = optional_text(arguments, "compare")) {
        json::object compared = comparison(*name, paths, history, host);
        message += ", " + differ(compared["files"].as_array().size()) + " from " + *name;
        result["comparison"] = std::move(compared);
    }
    result["msg"] = message;
    return result;
}

constexpr Example examples[] = {
    {.title = "The last five changes of inetd.conf, with their diffs",
     .options = R"({"paths": ["/etc/inetd.conf"], "limit": 5, "diffs": true})",
     .keywords = R"({"register": "history"})"},
    {"Who has edited a file by hand?", R"({"verify": true, "limit": 1})"},
    {"What the last commit but one did, and why", R"({"commit": "HEAD~1", "diffs": true})"},
    {"What has become of the files since they were first seen, by whatever hand",
     R"({"compare": "original", "paths": ["/etc/inetd.conf", "/etc/rc.tcpip"], "limit": 1})"},
};

std::vector<Return> returns() {
    return {
        {"commits",
         "list",
         "always",
         "The commits, newest first.",
         {{"id", "str", "always", "The commit's id.", {}},
          {"date", "str", "always", "When, in ISO 8601 with the host's zone.", {}},
          {"subject", "str", "always", "The first line of its message.", {}},
          {"body", "str", "always", "The rest of its message, without the trailers.", {}},
          {"trailers", "list", "always", "Its trailers, each with key and value.", {}},
          {"files", "list", "always", "The files it changed, each with path and change, and diff if asked for.", {}}}},
        {"last", "str", "always", "The id of the last commit; null where there is no history yet.", {}},
        {"unrecorded",
         "list",
         "if paths is given",
         "Those of `paths` of which the history knows nothing: neither them, nor anything below them.",
         {}},
        {"drift",
         "list",
         "if verify is true",
         "The files, directories and links that differ from what was last recorded, each with path and what: content, "
         "mode, owner, missing, created, or what is in its place. What is written to a log that a run made is no "
         "drift.",
         {}},
        {"comparison",
         "dict",
         "if compare is given",
         "How the files differ now from what they were then.",
         {{"commit", "str", "always", "The id of the commit; null for `original`.", {}},
          {"files",
           "list",
           "always",
           "The files that differ, each with path, change (created, modified, removed or mode, since then) and diff.",
           {}}}}};
}

} // namespace

Module history_info_module() {
    return {
        .name = "history_info",
        .summary = "What was changed, when and why",
        .description =
            {"Reads the history: commits with their messages, files and diffs; with `verify`, which files differ from "
             "what was last recorded; with `compare`, how they differ from what they were at a commit.",
             "For the person on the host, `bulwark history` has the same under friendlier names: `log`, `show`, `diff` "
             "and `verify`."},
        .table = {.options = with_common_options(
                      {{.name = "paths",
                        .type = Type::list,
                        .description = "Only these files, by their absolute paths inside `root`: commits that changed "
                                       "one of them, and of `drift` and `comparison` these alone. A directory stands "
                                       "for all that is in it.",
                        .elements = Type::path},
                       {.name = "commit",
                        .description = "Only this commit: an id or the beginning of one, `HEAD~2`, or an ISO 8601 date "
                                       "or time (local unless it names a zone; the last commit not younger). `paths` "
                                       "and `limit` do not count for it."},
                       {.name = "limit",
                        .type = Type::integer,
                        .description = "How many commits at the most; 0 means all.",
                        .fallback = 20},
                       {.name = "diffs", .type = Type::boolean, .description = "Also the diffs.", .fallback = false},
                       {.name = "verify",
                        .type = Type::boolean,
                        .description = "Also which files differ from what was last recorded, as `drift`.",
                        .fallback = false},
                       {.name = "compare",
                        .description =
                            "Also how the files differ now from what they were at this commit, as "
                            "`comparison`: what `rollback` to it would take back. Named as for `commit`, or "
                            "`original`, what each file was when first seen. A file that the commit does not "
                            "know yet counts as it was when first seen."}},
                      false)},
        .examples = examples,
        .returns = returns(),
        .require_sound = require_sound,
        .answer = answer};
}

} // namespace bulwark
