#pragma once

#include "system/host/rooted_path.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bulwark {

/// The directory of a bare git repository, held open. What it says is believed only because nobody else can have said it:
/// no directory on the way to it can be changed by anybody but root, bin and whoever runs this (trusted_way.hpp), and all
/// that is in it is root's alone. Everything in it is reached from the open directory, a component at a time, and no link
/// is followed. Failures are Errors that name the path.
class HistoryDirectory {
public:
    /// `path`, on the running system and free of links, is where it is, or will be; empty: nowhere.
    explicit HistoryDirectory(std::string path) : path_(std::move(path)) {}

    const std::string& path() const { return path_; }

    /// Opens it, and looks at all of it, once it is there. False: nothing is there. Throws Error where that is no bare
    /// repository, or not to be believed: which file or directory, who can change it, and what to do.
    bool open();

    /// Makes an empty repository: beside its place, and all at once.
    void create();

    // Of what is open. Names are paths in it: "refs/heads/main".

    /// The bytes of a file; nothing where there is none.
    std::optional<std::string> read(const std::string& name) const;

    /// Gives a file these bytes, durably, under the lock file that every git makes first. The runs of Bulwark are kept
    /// apart by a lock of their own, and an ordinary `git gc` has such a file for milliseconds: one that stays was left
    /// by a run that was killed, and goes.
    void replace(const std::string& name, const std::string& text) const;

    /// Removes a file, durably, under the same lock. That it is not there is fine.
    void remove(const std::string& name) const;

    /// Removes what a run that was killed has left: half a repository, half a commit, locks of these files.
    void remove_leftovers(const std::vector<std::string>& names);

    /// Where the objects of a commit are until all their bytes are on the disk: one that has its name already and not its
    /// bytes when the power fails is taken by git for a damaged one, and for one that need not be written again.
    /// `git prune` knows such names too.
    static constexpr const char* staging = "objects/tmp_objdir-bulwark";

    /// Makes that directory, empty.
    void make_staging() const;

    /// Puts the objects with these ids, as far as they are staged, in their places, durably. Those that are there already
    /// were put there by a run that may have been killed before it could sync their names.
    void publish(const std::vector<std::string>& ids) const;

    void remove_staging() const;

    /// While one exists, the process works in the directory. libgit2 knows objects by their paths alone: it gets relative
    /// ones, which lead from the open directory and from nowhere else.
    class Inside {
    public:
        explicit Inside(const HistoryDirectory& directory);
        ~Inside();
        Inside(const Inside&) = delete;
        Inside& operator=(const Inside&) = delete;

    private:
        Descriptor before_;
    };

private:
    std::string path_of(const std::string& name) const { return path_ + "/" + name; }

    std::string path_;
    std::optional<Place> place_; // of itself
    Descriptor directory_;
};

} // namespace bulwark
