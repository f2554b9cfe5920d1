#include "system/history.hpp"

#include "document/lines.hpp"
#include "system/commit_text.hpp"
#include "system/history_repository.hpp"
#include "system/metadata.hpp"

#include <algorithm>
#include <string_view>

namespace bulwark {
namespace {

constexpr std::size_t npos = std::string::npos;

} // namespace

History::History(std::string path) : repository_(std::make_unique<Repository>(std::move(path))) {}
History::~History() = default;
History::History(History&&) noexcept = default;

std::optional<CommitId> History::main() const { return repository_->reference(main_reference); }

std::optional<CommitId> History::pending() const { return repository_->reference(pending_reference); }

Recorded History::read(const std::optional<CommitId>& commit) const {
    if (!commit)
        return {};
    Recorded recorded = read_facts(*repository_, *commit);
    for (auto& [path, file] : recorded.files)
        file = with_text(*repository_, *commit, path, std::move(file));
    return recorded;
}

namespace {

void require_file(const std::string& path, const Recorded::File& file) {
    require_recordable(path);
    if (file.state.kind == FileState::Kind::other)
        throw Error("the history cannot hold " + escaped(path) + ": it is " + file.state.other +
                    ", not a regular file");
}

/// Where there is a file now, there is no file below it, and none in the place of the directories on the way to it.
void displace(const std::string& path, const Recorded& changes, Recorded& known, GitRepository::Changes& tree) {
    const auto displace_one = [&](const std::string& other) {
        const auto found = known.files.find(other);
        if (found == known.files.end() || !has_content(found->second))
            return;
        if (changes.files.contains(other))
            throw Error("the history cannot hold both " + escaped(path) + " and " + escaped(other));
        found->second = {};
        tree[other] = std::nullopt;
    };
    for (std::size_t slash = path.find('/', 1); slash != npos; slash = path.find('/', slash + 1))
        displace_one(path.substr(0, slash));
    const std::string below = path + "/";
    for (auto found = known.files.lower_bound(below); found != known.files.end() && found->first.starts_with(below);
         ++found)
        displace_one(found->first);
}

/// Puts the changed files in place of those of the same path in `known`, and returns what that means for the tree.
GitRepository::Changes merge_files(const Recorded& changes, Recorded& known) {
    GitRepository::Changes tree;
    for (const auto& [path, file] : changes.files) {
        require_file(path, file);
        known.files[path] = file;
        tree[path] = std::nullopt;
        if (has_content(file))
            tree[path] = GitRepository::File{file.state.text, (file.state.mode & 0111) != 0};
    }
    for (const auto& [path, file] : changes.files)
        if (has_content(file))
            displace(path, changes, known, tree);
    return tree;
}

} // namespace

CommitId History::write(const std::optional<CommitId>& parent, const Recorded& changes, const std::string& message) {
    Recorded known = parent ? read_facts(*repository_, *parent) : Recorded();
    GitRepository::Changes tree = merge_files(changes, known);
    for (const auto& [name, value] : changes.network_options)
        known.network_options[name] = value;
    for (const auto& [name, state] : changes.subsystems)
        known.subsystems[name] = state;
    known.actions = changes.actions;
    known.owed = changes.owed;
    const std::string metadata = metadata_text(known);
    parse_metadata(metadata); // what could not be read again is not written
    tree[metadata_path] = GitRepository::File{metadata};
    std::string text = message;
    std::erase(text, '\0'); // git would end the message there
    return repository_->write(parent, tree, text);
}

void History::set_main(const CommitId& commit) { repository_->set_reference(main_reference, commit); }

void History::set_pending(const CommitId& commit) { repository_->set_reference(pending_reference, commit); }

void History::clear_pending() { repository_->remove_reference(pending_reference); }

std::optional<CommitId> History::parent(const CommitId& commit) const { return repository_->commit(commit).parent; }

namespace {

using Commits = std::vector<GitRepository::Commit>;

std::string describe(const GitRepository::Commit& commit) {
    return short_id(commit.id) + " of " + iso_date(commit.time, commit.minutes_ahead);
}

std::string what_exists(const Commits& commits) {
    return "main has " + std::to_string(commits.size()) + (commits.size() == 1 ? " commit, " : " commits, from ") +
           (commits.size() == 1 ? "" : describe(commits.back()) + " to ") + describe(commits.front());
}

/// How many commits before the newest: HEAD, main, HEAD~2, HEAD^, HEAD^^, ...; nothing for other names.
std::optional<std::size_t> generations(std::string_view name) {
    const std::size_t end = std::min(name.find_first_of("~^"), name.size());
    if (name.substr(0, end) != "HEAD" && name.substr(0, end) != "main")
        return {};
    std::size_t count = 0;
    for (std::string_view rest = name.substr(end); !rest.empty();) {
        const char kind = rest.front();
        const std::size_t size = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
        const std::string digits(rest.substr(1, size - 1));
        if ((kind != '~' && kind != '^') || digits.size() > 9 || (kind == '^' && !digits.empty() && digits != "1"))
            return {};
        count += digits.empty() ? 1 : std::stoul(digits);
        rest.remove_prefix(size);
    }
    return count;
}

bool is_beginning_of_id(std::string_view name) {
    return name.size() >= 4 && name.size() <= 40 && name.find_first_not_of("0123456789abcdefABCDEF") == npos;
}

const GitRepository::Commit* find_by_id(const Commits& commits, const std::string& name) {
    const std::string beginning = lower(name);
    std::vector<std::string> found;
    const GitRepository::Commit* last = nullptr;
    for (const GitRepository::Commit& commit : commits)
        if (commit.id.starts_with(beginning)) {
            found.push_back(describe(commit));
            last = &commit;
        }
    if (found.size() > 1)
        throw Error(name + " is the beginning of several commits, " + enumerate(found) + "; give more of its digits");
    return last;
}

const GitRepository::Commit* find_by_date(const Commits& commits, std::int64_t time) {
    const auto found =
        std::find_if(commits.begin(), commits.end(), [&](const auto& commit) { return commit.time <= time; });
    return found == commits.end() ? nullptr : &*found;
}

const GitRepository::Commit* find_commit(const Commits& commits, const std::string& name) {
    if (const auto count = generations(name))
        return *count < commits.size() ? &commits[*count] : nullptr;
    if (const auto time = parse_iso_date(name))
        return find_by_date(commits, *time);
    if (is_beginning_of_id(name))
        return find_by_id(commits, name);
    throw Error("\"" + escaped(name) +
                "\" names no commit: give the beginning of its id (four digits at least), HEAD~2, or "
                "a date like 2026-11-20T19:06");
}

} // namespace

CommitId History::resolve(const std::string& name) const {
    const Commits commits = main_line(*repository_);
    if (commits.empty())
        throw Error("the history " + repository_->path() + " has no commit yet, so there is no " + escaped(name));
    const GitRepository::Commit* const commit = find_commit(commits, name);
    if (commit == nullptr)
        throw Error("the history " + repository_->path() + " has no commit " + name + ": " + what_exists(commits));
    return commit->id;
}

} // namespace bulwark
