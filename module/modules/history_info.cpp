#include "modules/modules.hpp"
#include "system/history.hpp"
#include "system/host.hpp"

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

json::array commits_of(const History& history, const json::object& arguments) {
    const bool diffs = flag_of(arguments, "diffs");
    const std::int64_t limit = integer_of(arguments, "limit");
    if (limit < 0)
        throw Error("option limit is " + std::to_string(limit) + ": it must be 0 (all) or more");
    json::array commits;
    for (const CommitInfo& commit : history.log(static_cast<std::size_t>(limit), texts_of(arguments, "paths"), diffs))
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
    if (recorded.content && (now.unread || now.text != then.text))
        return "content";
    if (now.mode != then.mode)
        return "mode";
    return now.owner != then.owner || now.group != then.group ? "owner" : "";
}

FileState read_as(const Recorded::File& recorded, const std::string& path, Host& host) {
    return recorded.state.kind == FileState::Kind::link ? host.read_entry(path) : host.read_log(path);
}

json::array drift(const History& history, Host& host) {
    json::array drifted;
    for (const auto& [path, recorded] : history.read(history.main()).files)
        if (const std::string what = drift_of(recorded, read_as(recorded, path, host)); !what.empty())
            drifted.push_back({{"path", path}, {"what", what}});
    return drifted;
}

json::object answer(const json::object& arguments, Host& host, const History& history) {
    json::object result{{"commits", commits_of(history, arguments)}};
    std::string message = std::to_string(result["commits"].as_array().size()) + " commits";
    if (flag_of(arguments, "verify")) {
        result["drift"] = drift(history, host);
        const std::size_t count = result["drift"].as_array().size();
        message += count == 0 ? ", every file as last recorded"
                              : ", " + std::to_string(count) + " files differ from what was last recorded";
    }
    result["msg"] = message;
    return result;
}

constexpr const char* examples = R"(- name: The last five changes of inetd.conf, with their diffs
  bulwark.aix.history_info:
    paths: [/etc/inetd.conf]
    limit: 5
    diffs: true
  register: history

- name: Who has edited a file by hand?
  bulwark.aix.history_info:
    verify: true
    limit: 1
)";

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
        {"drift",
         "list",
         "if verify is true",
         "The files, directories and links that differ from what was last recorded, each with path and what: content, "
         "mode, owner, missing, created, or what is in its place.",
         {}}};
}

} // namespace

Module history_info_module() {
    return {
        .name = "history_info",
        .summary = "What was changed, when and why",
        .description =
            {"Reads the history: commits with their messages, files and diffs; with `verify`, which files differ from "
             "what was last recorded."},
        .table = {.options = with_common_options(
                      {{.name = "paths",
                        .type = Type::list,
                        .description = "Only commits that changed one of these files.",
                        .elements = Type::path},
                       {.name = "limit",
                        .type = Type::integer,
                        .description = "How many commits at the most; 0 means all.",
                        .fallback = 20},
                       {.name = "diffs", .type = Type::boolean, .description = "Also the diffs.", .fallback = false},
                       {.name = "verify",
                        .type = Type::boolean,
                        .description = "Also which files differ from what was last recorded, as `drift`.",
                        .fallback = false}},
                      false)},
        .examples = examples,
        .returns = returns(),
        .answer = answer};
}

} // namespace bulwark
