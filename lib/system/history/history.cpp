#include "system/history/history.hpp"

#include "system/history/commit_text.hpp"
#include "system/history/history_repository.hpp"
#include "system/metadata.hpp"
#include "text.hpp"

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
                    ", neither a file, nor a directory, nor a link");
    if (file.state.unread)
        throw Error("the history cannot hold " + escaped(path) + ": it is larger than 64 MiB");
}

/// Takes the step with all files whose paths lie below this one.
template <class Step>
void for_all_below(const std::string& path, const std::map<std::string, Recorded::File>& files, Step step) {
    const std::string below = path + "/";
    for (auto found = files.lower_bound(below); found != files.end() && found->first.starts_with(below); ++found)
        step(found->first, found->second);
}

bool is_there(const Recorded::File& file) { return file.state.kind != FileState::Kind::missing; }

/// Whether nothing can be below it.
bool is_leaf(const Recorded::File& file) { return file.state.kind != FileState::Kind::directory; }

/// Throws Error where something is wanted below what has no room for it.
void require_consistent(const Recorded& changes) {
    for (const auto& [path, file] : changes.files)
        if (is_there(file) && is_leaf(file))
            for_all_below(path, changes.files, [&above = path](const std::string& below, const Recorded::File& other) {
                if (is_there(other))
                    throw Error("the history cannot hold both " + escaped(above) + " and " + escaped(below));
            });
}

/// Puts the changed files in place of those of the same path in `known`, and returns what that means for the tree.
GitRepository::Changes merge_files(const Recorded& changes, Recorded& known) {
    GitRepository::Changes tree;
    const auto put = [&](const std::string& path, const Recorded::File& file) {
        Recorded::File& fact = known.files[path];
        if (has_content(fact)) // else git has a directory there, or nothing
            tree[path] = std::nullopt;
        fact = file;
    };
    for (const std::string& path : displaced(changes, known))
        put(path, {});
    for (const auto& [path, file] : changes.files) {
        require_file(path, file);
        put(path, file);
        if (has_content(file))
            tree[path] = GitRepository::File{file.state.text, (file.state.mode & 0111) != 0,
                                             file.state.kind == FileState::Kind::link};
    }
    return tree;
}

} // namespace

std::set<std::string> displaced(const Recorded& changes, const Recorded& known) {
    std::set<std::string> paths;
    const auto displace = [&](const std::string& path, const Recorded::File& file) {
        if (is_there(file) && !changes.files.contains(path))
            paths.insert(path);
    };
    for (const auto& [path, file] : changes.files) {
        if (is_leaf(file))
            for_all_below(path, known.files, displace);
        for (std::size_t slash = path.find('/', 1); is_there(file) && slash != npos; slash = path.find('/', slash + 1))
            if (const auto above = known.files.find(path.substr(0, slash));
                above != known.files.end() && is_leaf(above->second))
                displace(above->first, above->second);
    }
    return paths;
}

CommitId History::write(const std::optional<CommitId>& parent, const Recorded& changes, const std::string& message) {
    Recorded known = parent ? read_facts(*repository_, *parent) : Recorded();
    require_consistent(changes);
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

void History::remove_leftovers() { repository_->remove_leftovers({main_reference, pending_reference}); }

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
        throw Error("there is no commit " + escaped(name) +
                    " in the history, for no run has recorded anything in it yet, or root or history is wrong");
    const GitRepository::Commit* const commit = find_commit(commits, name);
    if (commit == nullptr)
        throw Error("the history " + repository_->path() + " has no commit " + name + ": " + what_exists(commits));
    return commit->id;
}

} // namespace bulwark
