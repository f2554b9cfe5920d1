#pragma once

#include "system/history/history_directory.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct git_repository;

namespace bulwark {

/// A bare git repository: references, commits and the files in them, as values. Paths are absolute: /etc/inittab is the
/// entry etc/inittab of a tree. Every failure is an Error that names the repository. libgit2 reads and writes its objects,
/// and nothing else of it: references are files of the HistoryDirectory.
class GitRepository {
public:
    using Id = std::string; // 40 hexadecimal digits

    /// Throws Error where something is there that is no bare repository, or that others than whoever runs this could have
    /// changed (see HistoryDirectory). Nothing may be there: then nothing is known, and the first `write` creates it.
    explicit GitRepository(std::string path);

    const std::string& path() const { return directory_.path(); }

    std::optional<Id> reference(const std::string& name) const;

    /// Durable when it returns.
    void set_reference(const std::string& name, const Id& id);
    void remove_reference(const std::string& name); // that it is not there is no error

    /// Of a run that was killed: half a repository, half a commit, locks of these references.
    void remove_leftovers(std::vector<std::string> references) const;

    struct Commit {
        Id id;
        std::optional<Id> parent; // the first one
        std::int64_t time = 0;    // of the committer, in seconds since the epoch
        int minutes_ahead = 0;    // of UTC
        std::string message;
    };
    Commit commit(const Id& id) const;

    /// The object that holds the bytes of a file; nothing where the commit has no file of that path.
    std::optional<Id> blob_at(const Id& commit, const std::string& path) const;

    /// The bytes in such an object, of the file `path`.
    std::string blob(const Id& id, const std::string& path) const;

    struct File {
        std::string_view text;
        bool executable = false;
        bool link = false; // symbolic; the text is where it points
    };
    using Changes = std::map<std::string, std::optional<File>>; // by path; nothing: the file goes

    /// Writes a commit by Bulwark on top of `parent` whose tree is that of `parent` with these changes. Durable when it
    /// returns, but no reference points to it.
    Id write(const std::optional<Id>& parent, const Changes& changes, const std::string& message);

private:
    struct Close {
        void operator()(git_repository* repository) const;
    };

    git_repository* find() const; // null where nothing is there
    git_repository* get() const;  // throws Error then

    // Another process may create the repository after this object was made.
    mutable HistoryDirectory directory_;
    mutable std::unique_ptr<git_repository, Close> opened_;
};

} // namespace bulwark
