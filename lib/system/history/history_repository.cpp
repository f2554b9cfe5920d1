#include "system/history/history_repository.hpp"

#include "error.hpp"
#include "system/history/commit_text.hpp"
#include "system/metadata.hpp"

#include <utility>

namespace bulwark {
namespace {

/// " (version 1.2 has made this commit)", if it says so.
std::string version_note(const GitRepository::Commit& commit) {
    for (const auto& [key, value] : parse_message(commit.message).trailers)
        if (key == "Bulwark-Version")
            return " (version " + value + " has made this commit)";
    return {};
}

GitRepository::Id blob_of(const GitRepository& repository, const CommitId& commit, const std::string& path) {
    const auto blob = repository.blob_at(commit, path);
    if (!blob)
        throw Error("reading the history " + repository.path() + ": commit " + commit + " lacks " + path +
                    ", of which its .bulwark tells; the history is damaged");
    return *blob;
}

} // namespace

std::vector<GitRepository::Commit> main_line(const GitRepository& repository) {
    std::vector<GitRepository::Commit> commits;
    for (auto id = repository.reference(main_reference); id; id = commits.back().parent)
        commits.push_back(repository.commit(*id));
    return commits;
}

std::string short_id(const CommitId& id) { return id.substr(0, 10); }

bool has_content(const Recorded::File& file) {
    return file.state.kind == FileState::Kind::link ||
           (file.state.kind == FileState::Kind::regular && file.interest != Interest::attributes);
}

Recorded read_facts(const GitRepository& repository, const CommitId& commit) {
    const std::string what = "reading the history " + repository.path() + ": commit " + commit;
    const auto metadata = repository.blob_at(commit, metadata_path);
    if (!metadata)
        throw Error(what + " has no .bulwark, so Bulwark has not made it; take it off the branch main");
    const std::string text = repository.blob(*metadata, metadata_path);
    try {
        return parse_metadata(text);
    } catch (const Error& error) {
        throw Error(what + ", .bulwark, " + error.what() + version_note(repository.commit(commit)));
    }
}

Recorded::File with_text(const GitRepository& repository, const CommitId& commit, const std::string& path,
                         Recorded::File file) {
    if (has_content(file))
        file.state.text = repository.blob(blob_of(repository, commit, path), path);
    return file;
}

std::map<std::string, FileVersion> file_versions(const GitRepository& repository,
                                                 const std::optional<CommitId>& commit) {
    std::map<std::string, FileVersion> versions;
    if (!commit)
        return versions;
    for (const auto& [path, file] : read_facts(repository, *commit).files) {
        FileVersion& version = versions[path];
        version.file = file;
        if (has_content(file))
            version.blob = blob_of(repository, *commit, path);
    }
    return versions;
}

std::vector<FileDifference> differences(const std::map<std::string, FileVersion>& before,
                                        const std::map<std::string, FileVersion>& after) {
    std::vector<FileDifference> differences;
    for (const auto& [path, version] : after) {
        const auto known = before.find(path);
        if (known == before.end())
            differences.push_back({path, std::nullopt, version});
        else if (!(known->second == version))
            differences.push_back({path, known->second, version});
    }
    return differences;
}

FileState state_of(const GitRepository& repository, const std::string& path, const FileVersion& version) {
    FileState state = version.file.state;
    if (version.blob)
        state.text = repository.blob(*version.blob, path);
    return state;
}

} // namespace bulwark
