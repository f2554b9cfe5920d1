#include "system/history/git_repository.hpp"

#include "document/lines.hpp"
#include "system/history/git_handle.hpp"
#include "system/metadata.hpp"

#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/utsname.h>

namespace bulwark {
namespace {

constexpr std::size_t npos = std::string::npos;

using Blob = Handle<git_blob, git_blob_free>;
using CommitHandle = Handle<git_commit, git_commit_free>;
using Odb = Handle<git_odb, git_odb_free>;
using Repository = Handle<git_repository, git_repository_free>;
using Signature = Handle<git_signature, git_signature_free>;
using Tree = Handle<git_tree, git_tree_free>;
using TreeBuilder = Handle<git_treebuilder, git_treebuilder_free>;

void check(int status) {
    if (status >= 0)
        return;
    const std::string reason = libgit2_reason(); // before the memory of an exception, which may change errno
    throw Error(reason);
}

std::string to_text(const git_oid& id) {
    std::string text(GIT_OID_HEXSZ, '0');
    git_oid_fmt(text.data(), &id);
    return text;
}

git_oid to_object_id(const std::string& text) {
    git_oid id{};
    check(git_oid_fromstr(&id, text.c_str()));
    return id;
}

CommitHandle find_commit(git_repository* repository, const GitRepository::Id& id) {
    const git_oid object = to_object_id(id);
    CommitHandle commit;
    check(git_commit_lookup(Out(commit), repository, &object));
    return commit;
}

Tree find_tree(git_repository* repository, const git_oid& id) {
    Tree tree;
    check(git_tree_lookup(Out(tree), repository, &id));
    return tree;
}

/// The file in the tree, the path from there beginning at `offset`; nothing if it is not there. To
/// git_tree_entry_bypath a directory whose object is lost is not there either, so it is not used.
std::optional<git_oid> find_blob(git_repository* repository, const git_tree* tree, const std::string& path,
                                 std::size_t offset) {
    const std::size_t end = path.find('/', offset);
    const git_tree_entry* const entry = git_tree_entry_byname(tree, path.substr(offset, end - offset).c_str());
    const git_object_t wanted = end == npos ? GIT_OBJECT_BLOB : GIT_OBJECT_TREE;
    if (entry == nullptr || git_tree_entry_type(entry) != wanted)
        return {};
    if (end == npos)
        return *git_tree_entry_id(entry);
    return find_blob(repository, find_tree(repository, *git_tree_entry_id(entry)).get(), path, end + 1);
}

std::vector<std::string> to_texts(const std::vector<git_oid>& ids) {
    std::vector<std::string> texts;
    for (const git_oid& id : ids)
        texts.push_back(to_text(id));
    return texts;
}

/// The objects of a commit that is being written; gone afterwards, unless they are published.
class Staging {
public:
    explicit Staging(const HistoryDirectory& directory) : directory_(directory) { directory_.make_staging(); }
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;
    ~Staging() {
        try {
            directory_.remove_staging();
        } catch (const std::exception&) { // the next run does it
        }
    }

private:
    const HistoryDirectory& directory_;
};

using Change = std::pair<const std::string, std::optional<GitRepository::File>>;

/// Writes the objects of one commit, and knows which.
class ObjectWriter {
public:
    explicit ObjectWriter(git_repository* repository) : repository_(repository) {}

    /// The tree `base` with the changes from `first` to `last`, which have the path up to `offset` in common; nothing
    /// where no entry is left. Costs what it changes: other subtrees are not even read.
    std::optional<git_oid> write_tree(const git_tree* base, GitRepository::Changes::const_iterator first,
                                      GitRepository::Changes::const_iterator last, std::size_t offset) {
        TreeBuilder builder;
        check(git_treebuilder_new(Out(builder), repository_, base));
        while (first != last) {
            const std::size_t slash = first->first.find('/', offset);
            if (slash == std::string::npos) {
                change_file(*builder, first->first.substr(offset), first->second);
                ++first;
            } else {
                const std::string directory = first->first.substr(0, slash + 1);
                const auto end = std::find_if(
                    first, last, [&](const Change& change) { return !change.first.starts_with(directory); });
                change_directory(*builder, directory.substr(offset, slash - offset), first, end, slash + 1);
                first = end;
            }
        }
        if (git_treebuilder_entrycount(builder.get()) == 0)
            return {};
        git_oid id{};
        check(git_treebuilder_write(&id, builder.get()));
        return written_.emplace_back(id);
    }

    git_oid write_commit(const git_oid& tree_id, const git_commit* parent, const std::string& message) {
        const Tree tree = find_tree(repository_, tree_id);
        const Signature signature = bulwark_now();
        git_buf clean = GIT_BUF_INIT;
        const Handle<git_buf, git_buf_dispose> owner(&clean);
        check(git_message_prettify(&clean, message.c_str(), 0, '#'));
        // Not git_commit_create, which takes an object that could not be written for one that could (libgit2 1.9.7).
        git_buf text = GIT_BUF_INIT;
        const Handle<git_buf, git_buf_dispose> text_owner(&text);
        check(git_commit_create_buffer(&text, repository_, signature.get(), signature.get(), nullptr, clean.ptr,
                                       tree.get(), parent != nullptr ? 1 : 0, &parent));
        Odb objects;
        check(git_repository_odb(Out(objects), repository_));
        git_oid id{};
        check(git_odb_write(&id, objects.get(), text.ptr, text.size, GIT_OBJECT_COMMIT));
        return written_.emplace_back(id);
    }

    const std::vector<git_oid>& written() const { return written_; }

private:
    static Signature bulwark_now() {
        utsname host{};
        uname(&host);
        tzset(); // localtime_r, by which libgit2 finds the distance from UTC, need not do so
        Signature signature;
        check(git_signature_now(Out(signature), "Bulwark", (std::string("bulwark@") + host.nodename).c_str()));
        return signature;
    }

    static void remove_entry(git_treebuilder& builder, const std::string& name) {
        if (git_treebuilder_get(&builder, name.c_str()) != nullptr)
            check(git_treebuilder_remove(&builder, name.c_str()));
    }

    void change_file(git_treebuilder& builder, const std::string& name,
                     const std::optional<GitRepository::File>& file) {
        if (!file)
            return remove_entry(builder, name);
        git_oid blob{};
        check(git_blob_create_from_buffer(&blob, repository_, file->text.data(), file->text.size()));
        written_.push_back(blob);
        const auto mode = file->link         ? GIT_FILEMODE_LINK
                          : file->executable ? GIT_FILEMODE_BLOB_EXECUTABLE
                                             : GIT_FILEMODE_BLOB;
        check(git_treebuilder_insert(nullptr, &builder, name.c_str(), &blob, mode));
    }

    void change_directory(git_treebuilder& builder, const std::string& name,
                          GitRepository::Changes::const_iterator first, GitRepository::Changes::const_iterator last,
                          std::size_t offset) {
        const git_tree_entry* const entry = git_treebuilder_get(&builder, name.c_str());
        const bool was_directory = entry != nullptr && git_tree_entry_type(entry) == GIT_OBJECT_TREE;
        const Tree base = was_directory ? find_tree(repository_, *git_tree_entry_id(entry)) : nullptr;
        const std::optional<git_oid> tree = write_tree(base.get(), first, last, offset);
        if (tree)
            check(git_treebuilder_insert(nullptr, &builder, name.c_str(), &*tree, GIT_FILEMODE_TREE));
        else if (was_directory)
            remove_entry(builder, name);
    }

    git_repository* repository_;
    std::vector<git_oid> written_;
};

constexpr const char* objects = "objects";

void add_loose(git_odb* database, const char* directory, int priority) {
    constexpr int usual_compression = -1, without_sync = 0;
    constexpr unsigned private_directory = 0700, private_file = 0400;
    git_odb_backend* backend = nullptr;
    check(git_odb_backend_loose(&backend, directory, usual_compression, without_sync, private_directory, private_file));
    check(git_odb_add_backend(database, backend, priority));
}

void add_packs(git_odb* database, int priority) {
    git_odb_backend* backend = nullptr;
    check(git_odb_backend_pack(&backend, objects));
    check(git_odb_add_backend(database, backend, priority));
}

/// The objects of the repository that is the working directory, and not those of another that its
/// objects/info/alternates names; new ones are staged. libgit2 is not asked to open the repository: of its
/// configuration, its references, grafts, hooks, worktrees, nothing is read or believed.
Repository open_objects() {
    constexpr int loose = 1, packed = 2, before_all_others = 10;
    start_libgit2();
    Odb database;
    check(git_odb_new(Out(database)));
    add_loose(database.get(), objects, loose);
    add_packs(database.get(), packed);
    add_loose(database.get(), HistoryDirectory::staging, before_all_others); // which is where it writes
    Repository repository;
    check(git_repository_wrap_odb(Out(repository), database.get()));
    Handle<git_config, git_config_free> nothing;
    check(git_config_new(Out(nothing)));
    check(git_repository_set_config(repository.get(), nothing.get()));
    return repository;
}

bool is_id(std::string_view text) {
    return text.size() == GIT_OID_HEXSZ && text.find_first_not_of("0123456789abcdef") == npos;
}

constexpr const char* packed_references = "packed-refs";

/// What a line of packed-refs, `ID NAME`, says of that reference.
std::optional<std::string_view> packed_id(std::string_view line, std::string_view name) {
    const std::string_view said = without_line_end(line);
    const std::size_t blank = said.find(' ');
    if (blank == npos || said.substr(blank + 1) != name)
        return {};
    return said.substr(0, blank);
}

/// packed-refs without that reference. What a tag leads to stands in a line of its own after it, `^ID`.
std::string without_packed(const std::string& packed, const std::string& name) {
    std::string rest;
    bool goes = false;
    for (const std::string_view line : split_lines(packed)) {
        goes = packed_id(line, name) || (goes && line.starts_with('^'));
        if (!goes)
            rest += line;
    }
    return rest;
}

} // namespace

void GitRepository::Close::operator()(git_repository* repository) const { git_repository_free(repository); }

namespace {

std::string without_slashes_at_end(std::string path) {
    while (path.size() > 1 && path.ends_with('/'))
        path.pop_back();
    return path;
}

} // namespace

GitRepository::GitRepository(std::string path) : directory_(without_slashes_at_end(std::move(path))) { find(); }

git_repository* GitRepository::find() const {
    if (!opened_ && directory_.open())
        opened_.reset(doing("opening the history " + path(), [&] {
                          const HistoryDirectory::Inside inside(directory_);
                          return open_objects();
                      }).release());
    return opened_.get();
}

git_repository* GitRepository::get() const {
    git_repository* const repository = find();
    if (repository == nullptr)
        throw Error("reading the history " + path() + ": there is none yet");
    return repository;
}

void GitRepository::remove_leftovers(std::vector<std::string> references) const {
    references.emplace_back(packed_references);
    directory_.remove_leftovers(references);
}

std::optional<GitRepository::Id> GitRepository::reference(const std::string& name) const {
    if (find() == nullptr)
        return {};
    return doing("reading " + name + " of the history " + path(), [&]() -> std::optional<Id> {
        std::optional<std::string> id;
        if (const auto text = directory_.read(name)) {
            id = without_line_end(*text);
        } else if (const auto packed = directory_.read(packed_references)) {
            for (const std::string_view line : split_lines(*packed))
                if (const auto packed_here = packed_id(line, name))
                    id = *packed_here;
        }
        if (id && !is_id(*id))
            throw Error("it has no commit's id, but \"" + escaped(*id) + "\"");
        return id;
    });
}

void GitRepository::set_reference(const std::string& name, const Id& id) {
    commit(id); // a reference to a commit that is not there would be hard to get rid of
    directory_.replace(name, id + "\n");
}

void GitRepository::remove_reference(const std::string& name) {
    if (!reference(name))
        return;
    // An administrator's `git gc` may have packed it. What is packed goes first: it must not come back in the place of
    // a file that is gone.
    const auto packed = directory_.read(packed_references);
    if (packed)
        if (const std::string rest = without_packed(*packed, name); rest != *packed)
            directory_.replace(packed_references, rest);
    directory_.remove(name);
}

GitRepository::Commit GitRepository::commit(const Id& id) const {
    return doing("reading commit " + id + " of the history " + path(), [&] {
        git_repository* const repository = get();
        const HistoryDirectory::Inside inside(directory_);
        const CommitHandle commit = find_commit(repository, id);
        Commit result{id,
                      {},
                      git_commit_time(commit.get()),
                      git_commit_time_offset(commit.get()),
                      git_commit_message(commit.get())};
        if (git_commit_parentcount(commit.get()) > 0)
            result.parent = to_text(*git_commit_parent_id(commit.get(), 0));
        return result;
    });
}

std::optional<GitRepository::Id> GitRepository::blob_at(const Id& commit, const std::string& path) const {
    if (!path.starts_with('/'))
        return {};
    return doing("reading " + path + " in commit " + commit + " of the history " + directory_.path(), [&] {
        git_repository* const repository = get();
        const HistoryDirectory::Inside inside(directory_);
        const CommitHandle handle = find_commit(repository, commit);
        const Tree root = find_tree(repository, *git_commit_tree_id(handle.get()));
        const auto blob = find_blob(repository, root.get(), path, 1);
        return blob ? std::optional(to_text(*blob)) : std::nullopt;
    });
}

std::string GitRepository::blob(const Id& id, const std::string& path) const {
    return doing("reading " + path + ", object " + id + " of the history " + directory_.path(), [&] {
        git_repository* const repository = get();
        const HistoryDirectory::Inside inside(directory_);
        const git_oid object = to_object_id(id);
        Blob blob;
        check(git_blob_lookup(Out(blob), repository, &object));
        return std::string(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                           static_cast<std::size_t>(git_blob_rawsize(blob.get())));
    });
}

GitRepository::Id GitRepository::write(const std::optional<Id>& parent, const Changes& changes,
                                       const std::string& message) {
    if (find() == nullptr)
        directory_.create();
    return doing("writing a commit in the history " + path(), [&] {
        git_repository* const repository = get();
        const HistoryDirectory::Inside inside(directory_);
        const CommitHandle commit = parent ? find_commit(repository, *parent) : nullptr;
        const Tree before = commit ? find_tree(repository, *git_commit_tree_id(commit.get())) : nullptr;
        errno = 0; // see libgit2_reason
        const Staging staging(directory_);
        ObjectWriter writer(repository);
        const auto tree = writer.write_tree(before.get(), changes.begin(), changes.end(), 1);
        if (!tree)
            throw Error("no file would be left in it");
        const git_oid id = writer.write_commit(*tree, commit.get(), message);
        directory_.publish(to_texts(writer.written()));
        return to_text(id);
    });
}

} // namespace bulwark
