#pragma once

#include "system/history/git_repository.hpp"
#include "system/history/history.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

// For the .cpp files of History alone: what the commits of its repository mean.
namespace bulwark {

struct History::Repository : GitRepository {
    using GitRepository::GitRepository;
};

inline constexpr const char* main_reference = "refs/heads/main";
inline constexpr const char* pending_reference = "refs/bulwark/pending";
inline constexpr const char* metadata_path = "/.bulwark";

/// The commits of main, newest first.
std::vector<GitRepository::Commit> main_line(const GitRepository& repository);

/// How a commit is shown to people.
std::string short_id(const CommitId& id);

/// Whether the bytes of the file, or the target of the link, are in the commit that says so.
bool has_content(const Recorded::File& file);

/// What `.bulwark` of the commit says: all that it knows but the bytes of its files.
Recorded read_facts(const GitRepository& repository, const CommitId& commit);

/// The file that such a fact is about, with its bytes, if the commit has them.
Recorded::File with_text(const GitRepository& repository, const CommitId& commit, const std::string& path,
                         Recorded::File file);

/// What a commit knows of one file, comparable without its bytes.
struct FileVersion {
    Recorded::File file;
    std::optional<GitRepository::Id> blob; // of what has_content
    bool operator==(const FileVersion&) const = default;
};

/// The files that the commit knows, by path; none for no commit.
std::map<std::string, FileVersion> file_versions(const GitRepository& repository,
                                                 const std::optional<CommitId>& commit);

/// One file of which a commit knows something else than its parent.
struct FileDifference {
    std::string path;
    std::optional<FileVersion> before; // nothing: first sight
    FileVersion after;
};
std::vector<FileDifference> differences(const std::map<std::string, FileVersion>& before,
                                        const std::map<std::string, FileVersion>& after);

/// The state of the file then, with its bytes.
FileState state_of(const GitRepository& repository, const std::string& path, const FileVersion& version);

} // namespace bulwark
