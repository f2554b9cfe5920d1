#include "system/history/commit_text.hpp"
#include "system/history/history_repository.hpp"
#include "system/history/text_merge.hpp"
#include "system/metadata.hpp"

#include <algorithm>

namespace bulwark {
namespace {

using Kind = FileState::Kind;

/// Empty where no file changed: it was seen for the first time not to be there.
std::string kind_of(const FileDifference& difference) {
    const Kind was = difference.before ? difference.before->file.state.kind : Kind::missing;
    const Kind is = difference.after.file.state.kind;
    if (was == Kind::missing && is != Kind::missing)
        return difference.after.file.interest == Interest::attributes ? "mode" : "created";
    if (is == Kind::missing)
        return was == Kind::missing ? "" : "removed";
    return was != is || difference.before->blob != difference.after.blob ? "modified" : "mode";
}

/// "old mode 0644 root system"; of what is missing, nothing.
std::string mode_line(const std::string& when, const FileState& state, bool with_numbers) {
    const char* const what = state.kind == Kind::directory ? " directory "
                             : state.kind == Kind::link    ? " link "
                                                           : " mode ";
    const std::string attributes = with_numbers ? mode_and_numbers(state) : mode_and_owner(state);
    return state.kind == Kind::missing ? "" : when + what + attributes + "\n";
}

/// Whether the number that a name stood for is another one by now.
bool is_renumbered(const Account& before, const Account& after) {
    return before.name == after.name && !(before == after);
}

bool is_special(const FileState& state) { return state.kind == Kind::directory || state.kind == Kind::link; }

/// What git tells of modes before the hunks; git knows neither owners nor empty directories. Of a regular file that is
/// new or gone, the hunks say enough.
std::string mode_lines(const FileState& before, const FileState& after) {
    const bool one = before.kind == Kind::missing || after.kind == Kind::missing;
    if (one && !is_special(before) && !is_special(after))
        return {};
    const bool same = before.kind == after.kind && before.mode == after.mode && before.owner == after.owner &&
                      before.group == after.group;
    const bool numbers = !one && (is_renumbered(before.owner, after.owner) || is_renumbered(before.group, after.group));
    return same ? "" : mode_line("old", before, numbers) + mode_line("new", after, numbers);
}

/// The change that the log shows, if it shows one.
std::optional<CommitInfo::File> logged(const GitRepository& repository, const FileDifference& difference, bool diff) {
    CommitInfo::File file{difference.path, kind_of(difference), {}};
    if (file.change.empty())
        return {};
    if (diff) {
        const FileState before = difference.before ? state_of(repository, file.path, *difference.before) : FileState();
        const FileState after = state_of(repository, file.path, difference.after);
        file.diff = state_diff(file.path, before, after);
    }
    return file;
}

CommitInfo logged(const GitRepository& repository, const GitRepository::Commit& commit,
                  const std::vector<FileDifference>& differences, bool diffs) {
    CommitMessage message = parse_message(commit.message);
    CommitInfo info{commit.id,
                    iso_date(commit.time, commit.minutes_ahead),
                    std::move(message.subject),
                    std::move(message.body),
                    std::move(message.trailers),
                    {}};
    for (const FileDifference& difference : differences)
        if (auto file = logged(repository, difference, diffs))
            info.files.push_back(std::move(*file));
    return info;
}

bool concern(const std::vector<FileDifference>& differences, const std::vector<std::string>& paths) {
    return paths.empty() || std::any_of(differences.begin(), differences.end(), [&](const FileDifference& difference) {
               return is_meant(difference.path, paths);
           });
}

} // namespace

bool is_meant(const std::string& path, const std::vector<std::string>& paths) {
    return paths.empty() || std::any_of(paths.begin(), paths.end(), [&path](const std::string& place) {
               const bool below = path.starts_with(place) && (place.ends_with('/') || path[place.size()] == '/');
               return path == place || below;
           });
}

std::string state_diff(const std::string& path, const FileState& before, const FileState& after) {
    return mode_lines(before, after) + unified_diff(path, before.text, after.text);
}

CommitInfo History::show(const CommitId& id, bool diffs) const {
    const GitRepository::Commit commit = repository_->commit(id);
    const auto before = file_versions(*repository_, commit.parent);
    return logged(*repository_, commit, differences(before, file_versions(*repository_, id)), diffs);
}

std::vector<CommitInfo> History::log(std::size_t limit, const std::vector<std::string>& paths, bool diffs) const {
    std::vector<CommitInfo> infos;
    auto id = main();
    auto after = file_versions(*repository_, id);
    while (id && (limit == 0 || infos.size() < limit)) {
        const GitRepository::Commit commit = repository_->commit(*id);
        auto before = file_versions(*repository_, commit.parent);
        const std::vector<FileDifference> changed = differences(before, after);
        if (concern(changed, paths))
            infos.push_back(logged(*repository_, commit, changed, diffs));
        id = commit.parent;
        after = std::move(before);
    }
    return infos;
}

std::vector<std::string> History::past(const std::string& path) const {
    std::vector<std::string> texts;
    std::vector<CommitId> blobs;
    for (const GitRepository::Commit& commit : main_line(*repository_)) {
        const auto blob = repository_->blob_at(commit.id, path);
        if (!blob || std::find(blobs.begin(), blobs.end(), *blob) != blobs.end())
            continue;
        blobs.push_back(*blob);
        texts.push_back(repository_->blob(*blob, path));
    }
    return texts;
}

Recorded History::original() const {
    Recorded original;
    auto commits = main_line(*repository_);
    std::reverse(commits.begin(), commits.end());
    for (const GitRepository::Commit& commit : commits) {
        const Recorded facts = read_facts(*repository_, commit.id);
        for (const auto& [path, file] : facts.files)
            if (!original.files.contains(path))
                original.files.emplace(path, with_text(*repository_, commit.id, path, file));
        original.network_options.insert(facts.network_options.begin(), facts.network_options.end());
        original.subsystems.insert(facts.subsystems.begin(), facts.subsystems.end());
    }
    return original;
}

RecordedTarget History::rollback_target(const std::string& name) const {
    RecordedTarget target;
    Recorded first = original();
    target.last = read(main());
    if (name != "original") {
        target.id = resolve(name);
        target.wanted = read(target.id);
        target.wanted.actions.clear(); // they belong to that commit, not to the state of the host
        target.wanted.owed.clear();
    }
    target.wanted.files.merge(first.files);
    target.wanted.network_options.merge(first.network_options);
    target.wanted.subsystems.merge(first.subsystems);
    return target;
}

namespace {

/// Back to `earlier`, if it is still as the commit left it.
template <class T>
T gone_back(const T& now, const T& left, const T& earlier) {
    return now == left ? earlier : now;
}

Reverted undone(const FileState& now, const FileState& left, const FileState& earlier, Interest interest) {
    if (left.kind == Kind::missing || left.kind != earlier.kind)
        return now == left || now == earlier ? Reverted{Recorded::File{earlier, interest}} : Reverted{};
    if (now.kind != left.kind || (now.unread && left.text != earlier.text))
        return {};
    const UndoneText text = now.unread ? UndoneText{now.text} : undo_change(now.text, left.text, earlier.text);
    if (!text.text)
        return {.file = {}, .moved = text.moved};
    FileState result = now;
    result.text = *text.text;
    result.mode = gone_back(now.mode, left.mode, earlier.mode);
    result.owner = gone_back(now.owner, left.owner, earlier.owner);
    result.group = gone_back(now.group, left.group, earlier.group);
    return {Recorded::File{std::move(result), interest}};
}

/// Whether it is as a run has left it, unlike a log, say, to which syslogd has written since.
bool is_as_recorded(const FileState& now, const std::map<std::string, FileVersion>& last,
                    const GitRepository& repository, const std::string& path) {
    const auto known = last.find(path);
    return known != last.end() && now == state_of(repository, path, known->second);
}

Interest interest_of(const FileDifference& difference) {
    const Interest before = difference.before->file.interest, after = difference.after.file.interest;
    return before == Interest::attributes || after == Interest::attributes ? Interest::attributes : before;
}

/// Whether the commit was about what the file says; making and removing a log is.
bool is_of_text(const FileDifference& difference) {
    const Interest before = difference.before->file.interest, after = difference.after.file.interest;
    return interest_of(difference) != Interest::attributes && (before != Interest::log || after != Interest::log);
}

Reverted undone(const GitRepository& repository, const FileDifference& difference, FileState now) {
    const Interest interest = interest_of(difference);
    FileState left = state_of(repository, difference.path, difference.after);
    FileState earlier = state_of(repository, difference.path, *difference.before);
    if (!is_of_text(difference)) {
        now.text = left.text = earlier.text = "";
        now.unread = false;
    }
    return undone(now, left, earlier, interest);
}

/// Whether a later commit has brought back that a file is there, or is not, as it was before this one.
bool is_undone_since(const GitRepository& repository, const GitRepository::Commit& commit,
                     const FileDifference& difference) {
    const Kind earlier = difference.before->file.state.kind;
    if (earlier == difference.after.file.state.kind)
        return false;
    for (auto id = repository.reference(main_reference); id && id != commit.id; id = repository.commit(*id).parent) {
        const Recorded facts = read_facts(repository, *id);
        const auto known = facts.files.find(difference.path);
        if (known != facts.files.end() && known->second.state.kind == earlier)
            return true;
    }
    return false;
}

/// The values that the commit changed and that nothing has changed since.
std::map<std::string, std::string> undone(const std::map<std::string, std::string>& now,
                                          const std::map<std::string, std::string>& left,
                                          const std::map<std::string, std::string>& earlier) {
    std::map<std::string, std::string> result;
    for (const auto& [name, value] : left) {
        const auto before = earlier.find(name);
        const auto last = now.find(name);
        if (before != earlier.end() && before->second != value && last != now.end() && last->second == value)
            result.insert(*before);
    }
    return result;
}

} // namespace

RevertTarget History::revert_target(const std::string& name, const std::map<std::string, FileState>& current) const {
    const GitRepository::Commit commit = repository_->commit(resolve(name));
    RevertTarget target;
    target.id = commit.id;
    const auto known = file_versions(*repository_, main());
    for (const FileDifference& difference :
         differences(file_versions(*repository_, commit.parent), file_versions(*repository_, commit.id))) {
        if (!difference.before)
            continue; // first sight: the commit found it so
        const auto now = current.find(difference.path);
        if (now == current.end())
            throw Error("reverting " + short_id(commit.id) + ": " + difference.path + " has not been read");
        Reverted reverted = undone(*repository_, difference, now->second);
        if (!reverted.file && is_undone_since(*repository_, commit, difference))
            reverted.file = Recorded::File{now->second}; // what others have made of it since stays
        reverted.written_to = !reverted.file && difference.before->file.state.kind == Kind::missing &&
                              !is_as_recorded(now->second, known, *repository_, difference.path);
        target.files.emplace(difference.path, std::move(reverted));
    }
    const Recorded left = read_facts(*repository_, commit.id), last = read_facts(*repository_, *main());
    const Recorded earlier = commit.parent ? read_facts(*repository_, *commit.parent) : Recorded();
    target.network_options = undone(last.network_options, left.network_options, earlier.network_options);
    target.subsystems = undone(last.subsystems, left.subsystems, earlier.subsystems);
    return target;
}

std::map<std::string, bool> History::changed_paths(const std::string& name) const {
    const auto is_link = [](const FileVersion& version) { return version.file.state.kind == Kind::link; };
    const GitRepository::Commit commit = repository_->commit(resolve(name));
    std::map<std::string, bool> paths;
    for (const FileDifference& difference :
         differences(file_versions(*repository_, commit.parent), file_versions(*repository_, commit.id)))
        if (difference.before)
            paths.emplace(difference.path, is_link(*difference.before) || is_link(difference.after));
    return paths;
}

} // namespace bulwark
