#include "system/git_repository.hpp"

#include "system/git_handle.hpp"
#include "system/system_call.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <set>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

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
    if (status < 0)
        throw Error(libgit2_reason());
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

bool is_there(const std::string& path) {
    struct stat status {};
    return !path.empty() && (lstat(path.c_str(), &status) == 0 || errno != ENOENT);
}

/// Everything in the directory, its contents before itself. Symbolic links are not followed.
std::vector<std::string> entries_of(const std::string& directory) {
    static std::vector<std::string> entries; // nftw hands its caller's data to nobody
    constexpr int open_directories = 16;
    const auto add = [](const char* path, const struct stat*, int, FTW*) {
        entries.emplace_back(path);
        return 0;
    };
    entries.clear();
    checked(nftw(directory.c_str(), add, open_directories, FTW_DEPTH | FTW_PHYS));
    return entries;
}

void remove_tree(const std::string& directory) {
    if (is_there(directory))
        for (const std::string& entry : entries_of(directory))
            checked(std::remove(entry.c_str()));
}

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

/// Puts a file, or the names in a directory, on the disk. libgit2 has an option for that, GIT_OPT_ENABLE_FSYNC_GITDIR,
/// with which it insists on syncing directories: on AIX, that is an error (EBADF), and it would never write anything.
void sync_path(const std::string& path) {
    const auto open = [&](int mode) { return uninterrupted([&] { return ::open(path.c_str(), mode | O_CLOEXEC); }); };
    doing("syncing " + path, [&] {
        Descriptor file(open(O_RDWR)); // AIX syncs only what is open for writing
        if (!file.is_open())
            file = Descriptor(checked(open(O_RDONLY)));
        sync_metadata(file);
    });
}

void make_directory(const std::string& path) {
    if (mkdir(path.c_str(), 0700) == 0)
        sync_path(parent_of(path));
    else if (errno != EEXIST)
        throw Error("creating " + path + ": " + cause());
}

/// Where the objects of a commit are until all their bytes are on the disk: one that has its name already and not its
/// bytes when the power fails is taken by git for a damaged one, and for one that need not be written again. `git prune`
/// knows such names too.
std::string staging_of(const std::string& repository) { return repository + "/objects/tmp_objdir-bulwark"; }

/// A directory that is gone afterwards, if it still has its name.
class TemporaryTree {
public:
    explicit TemporaryTree(std::string path) : path_(std::move(path)) {
        remove_tree(path_);
    } // of a run that was killed
    TemporaryTree(const TemporaryTree&) = delete;
    TemporaryTree& operator=(const TemporaryTree&) = delete;
    ~TemporaryTree() {
        try {
            remove_tree(path_);
        } catch (const Error&) { // the next run does it
        }
    }

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// The objects of a commit that is being written.
class Staging {
public:
    explicit Staging(const std::string& repository) : objects_(repository + "/objects"), tree_(staging_of(repository)) {
        checked(mkdir(path_.c_str(), 0700));
    }

    /// Puts the objects in their places. Those that are there already were put there by a run that may have been killed
    /// before it could sync their names.
    void publish(const std::vector<git_oid>& ids) const {
        std::set<std::string> staged, directories;
        for (const git_oid& id : ids) {
            const std::string digits = to_text(id), directory = "/" + digits.substr(0, 2);
            directories.insert(directory);
            if (const std::string file = directory + "/" + digits.substr(2); is_there(path_ + file))
                staged.insert(file);
        }
        for (const std::string& file : staged)
            sync_path(path_ + file);
        for (const std::string& directory : directories)
            if (is_there(path_ + directory) && mkdir((objects_ + directory).c_str(), 0700) < 0 && errno != EEXIST)
                throw Error(cause());
        for (const std::string& file : staged)
            checked(std::rename((path_ + file).c_str(), (objects_ + file).c_str()));
        for (const std::string& directory : directories)
            if (is_there(objects_ + directory)) // else its objects are in a pack
                sync_path(objects_ + directory);
        sync_path(objects_);
    }

private:
    std::string objects_;
    TemporaryTree tree_;
    const std::string& path_ = tree_.path();
};

/// The lock file that every git creates before it changes a reference. The runs of Bulwark are kept apart by a lock of
/// their own, and an ordinary `git gc` has such a file for milliseconds: one that stays was left by a run that was
/// killed.
class ReferenceLock {
public:
    explicit ReferenceLock(std::string path) : path_(std::move(path)) {
        for (int attempt = 0; !create(); ++attempt) {
            if (errno != EEXIST || attempt > patience)
                throw Error("creating " + path_ + ": " + cause());
            if (attempt == patience)
                unlink(path_.c_str());
            else
                sleep_for(std::chrono::milliseconds(50));
        }
    }
    ReferenceLock(const ReferenceLock&) = delete;
    ReferenceLock& operator=(const ReferenceLock&) = delete;
    ~ReferenceLock() {
        if (file_.is_open())
            unlink(path_.c_str());
    }

    /// Makes the lock file, with that text, the file `target`.
    void become(const std::string& target, const std::string& text) {
        doing("writing " + target, [&] {
            write_all(file_, text, 0);
            sync(file_);
            checked(std::rename(path_.c_str(), target.c_str()));
        });
        file_.close();
    }

private:
    static constexpr int patience = 20;

    bool create() {
        constexpr int exclusively = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
        file_ = Descriptor(uninterrupted([&] { return open(path_.c_str(), exclusively, 0600); }));
        return file_.is_open();
    }

    std::string path_;
    Descriptor file_;
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
        // Not git_commit_create, which takes an object that could not be written for one that could (libgit2 1.5.1).
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

/// Throws Error unless that is a directory of the user who runs this: whoever owns a repository can make git, and a
/// rollback, do as he likes.
void require_own_directory(const std::string& path) {
    struct stat status {};
    checked(stat(path.c_str(), &status));
    if (!S_ISDIR(status.st_mode))
        throw Error("it is not a directory; move it away, or name another place with the option history");
    if (status.st_uid != geteuid())
        throw Error("it belongs to user " + std::to_string(status.st_uid) + ", not to user " +
                    std::to_string(geteuid()) +
                    ", who runs this; if nobody else has written to it, give it to that user with chown -R");
}

/// Lets the repository write objects there, and read them.
void write_objects_to(const std::string& staging, git_repository* repository) {
    constexpr int usual_compression = -1, without_sync = 0, before_all_others = 10;
    constexpr unsigned private_directory = 0700, private_file = 0400;
    Odb objects;
    check(git_repository_odb(Out(objects), repository));
    git_odb_backend* backend = nullptr;
    check(git_odb_backend_loose(&backend, staging.c_str(), usual_compression, without_sync, private_directory,
                                private_file));
    check(git_odb_add_backend(objects.get(), backend, before_all_others));
}

Repository open_bare(const std::string& path) {
    require_own_directory(path);
    start_libgit2();
    Repository repository;
    constexpr unsigned there_and_nowhere_else = GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT;
    const int status = git_repository_open_ext(Out(repository), path.c_str(), there_and_nowhere_else, nullptr);
    if (status == GIT_ENOTFOUND)
        throw Error("it is not a git repository; move it away, or name another place with the option history");
    check(status);
    if (git_repository_is_bare(repository.get()) == 0)
        throw Error("it is not a bare git repository, but one with a working tree; name another place with the option "
                    "history");
    write_objects_to(staging_of(path), repository.get());
    return repository;
}

void init_bare(const std::string& path) {
    start_libgit2();
    git_repository_init_options options{};
    check(git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION));
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_NO_REINIT | GIT_REPOSITORY_INIT_MKPATH;
    options.mode = 0700;
    options.description = "What Bulwark changed on this host\n";
    options.initial_head = "main";
    Repository repository;
    check(git_repository_init_ext(Out(repository), path.c_str(), &options));
}

/// libgit2 goes on where it cannot remove what it tried the file system with, or a lock.
void remove_traces(const std::string& repository) {
    for (const std::string& entry : entries_of(repository))
        if (const std::string name = entry.substr(entry.rfind('/') + 1);
            name.starts_with("_git2_") || name.ends_with(".lock"))
            checked(std::remove(entry.c_str()));
}

} // namespace

void GitRepository::Close::operator()(git_repository* repository) const { git_repository_free(repository); }

GitRepository::GitRepository(std::string path) : path_(std::move(path)) {
    while (path_.size() > 1 && path_.ends_with('/'))
        path_.pop_back();
    find();
}

git_repository* GitRepository::find() const {
    if (!opened_ && is_there(path_))
        opened_.reset(doing("opening the history " + path_, [&] { return open_bare(path_); }).release());
    return opened_.get();
}

git_repository* GitRepository::get() const {
    git_repository* const repository = find();
    if (repository == nullptr)
        throw Error("reading the history " + path_ + ": there is none yet");
    return repository;
}

void GitRepository::create() {
    // Built beside its place and renamed: a run that is killed meanwhile leaves no half of a repository there.
    doing("creating the history " + path_, [&] {
        if (path_.empty())
            throw Error("the directory that it should lie in is not there");
        const TemporaryTree building(path_ + ".new");
        init_bare(building.path());
        remove_traces(building.path());
        for (const char* const needed : {"/HEAD", "/config", ""}) // what else may be missing is made when it is needed
            sync_path(building.path() + needed);
        checked(std::rename(building.path().c_str(), path_.c_str()));
        sync_path(parent_of(path_));
    });
}

void GitRepository::remove_leftovers(const std::vector<std::string>& references) const {
    doing("removing what a run before has left in the history " + path_, [&] {
        remove_tree(path_ + ".new");
        remove_tree(staging_of(path_));
        for (const std::string& name : references)
            if (const std::string lock = path_ + "/" + name + ".lock"; is_there(lock))
                ReferenceLock{lock};
    });
}

std::optional<GitRepository::Id> GitRepository::reference(const std::string& name) const {
    git_repository* const repository = find();
    if (repository == nullptr)
        return {};
    git_oid id{};
    const int status = git_reference_name_to_id(&id, repository, name.c_str());
    if (status == GIT_ENOTFOUND)
        return {};
    doing("reading " + name + " of the history " + path_, [&] { check(status); });
    return to_text(id);
}

void GitRepository::set_reference(const std::string& name, const Id& id) {
    commit(id); // a reference to a commit that is not there would be hard to get rid of
    const std::string file = path_ + "/" + name;
    make_directory(parent_of(file));
    ReferenceLock(file + ".lock").become(file, id + "\n");
    sync_path(parent_of(file));
}

void GitRepository::remove_reference(const std::string& name) {
    git_repository* const repository = find();
    if (repository == nullptr || !reference(name))
        return;
    // libgit2 takes these locks itself (an administrator's `git gc` may have packed the references), and gives up at
    // once if they are there.
    const std::string file = path_ + "/" + name, packed = path_ + "/packed-refs";
    make_directory(parent_of(file));
    for (const std::string& lock : {file + ".lock", packed + ".lock"})
        ReferenceLock{lock};
    doing("removing " + name + " of the history " + path_,
          [&] { check(git_reference_remove(repository, name.c_str())); });
    // One that came back when the power fails would make the next run undo what this one has done.
    sync_path(parent_of(file));
    if (is_there(packed)) {
        sync_path(packed);
        sync_path(path_);
    }
}

GitRepository::Commit GitRepository::commit(const Id& id) const {
    return doing("reading commit " + id + " of the history " + path_, [&] {
        const CommitHandle commit = find_commit(get(), id);
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
    return doing("reading " + path + " in commit " + commit + " of the history " + path_, [&] {
        git_repository* const repository = get();
        const CommitHandle handle = find_commit(repository, commit);
        const Tree root = find_tree(repository, *git_commit_tree_id(handle.get()));
        const auto blob = find_blob(repository, root.get(), path, 1);
        return blob ? std::optional(to_text(*blob)) : std::nullopt;
    });
}

std::string GitRepository::blob(const Id& id, const std::string& path) const {
    return doing("reading " + path + ", object " + id + " of the history " + path_, [&] {
        const git_oid object = to_object_id(id);
        Blob blob;
        check(git_blob_lookup(Out(blob), get(), &object));
        return std::string(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                           static_cast<std::size_t>(git_blob_rawsize(blob.get())));
    });
}

GitRepository::Id GitRepository::write(const std::optional<Id>& parent, const Changes& changes,
                                       const std::string& message) {
    if (find() == nullptr)
        create();
    return doing("writing a commit in the history " + path_, [&] {
        git_repository* const repository = get();
        const CommitHandle commit = parent ? find_commit(repository, *parent) : nullptr;
        const Tree before = commit ? find_tree(repository, *git_commit_tree_id(commit.get())) : nullptr;
        errno = 0; // see libgit2_reason
        const Staging staging(path_);
        ObjectWriter writer(repository);
        const auto tree = writer.write_tree(before.get(), changes.begin(), changes.end(), 1);
        if (!tree)
            throw Error("no file would be left in it");
        const git_oid id = writer.write_commit(*tree, commit.get(), message);
        staging.publish(writer.written());
        return to_text(id);
    });
}

} // namespace bulwark
