#include "document/lines.hpp"
#include "input.hpp"
#include "property.hpp"
#include "support/memory_host.hpp"
#include "support/posix_files.hpp"
#include "support/temporary_directory.hpp"
#include "system/history/git_handle.hpp"
#include "system/history/history.hpp"
#include "system/transaction.hpp"
#include "targets.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <sys/stat.h>

namespace bulwark::fuzz {
namespace {

std::string unhexed(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    return bytes;
}

/// A place for histories, where writing costs little.
std::string scratch() {
    static const TemporaryDirectory directory;
    return directory.path() + "/history.git";
}

/// `\iN`, for N from 0 to 9, is the id of that object in digits, `\bN` in bytes, as a tree has it, and `\0` a NUL byte.
std::string with_ids(std::string_view text, const std::vector<std::string>& ids) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view escape = text.substr(i, 3);
        const bool names_object = escape.size() == 3 && (escape.starts_with("\\i") || escape.starts_with("\\b")) &&
                                  escape[2] >= '0' && escape[2] <= '9' && !ids.empty();
        if (names_object) {
            const std::string& id = ids[static_cast<std::size_t>(escape[2] - '0') % ids.size()];
            result += escape[1] == 'i' ? id : unhexed(id);
            i += 2;
        } else if (escape.starts_with("\\0")) {
            result += '\0';
            ++i;
        } else {
            result += text[i];
        }
    }
    return result;
}

/// The directories on the way to a file of the repository.
void make_way(const std::string& path, const std::string& repository) {
    for (std::size_t slash = path.find('/', repository.size() + 1); slash != std::string::npos;
         slash = path.find('/', slash + 1))
        mkdir(path.substr(0, slash).c_str(), 0700);
}

using Odb = Handle<git_odb, git_odb_free>;

/// An object with any contents, called by what they are.
std::string write_object(git_odb* database, const std::string& kind, const std::string& bytes) {
    const git_object_t type = kind == "tree" ? GIT_OBJECT_TREE : kind == "commit" ? GIT_OBJECT_COMMIT : GIT_OBJECT_BLOB;
    git_oid oid{};
    require(git_odb_write(&oid, database, bytes.data(), bytes.size(), type) == 0, "an object can be written", bytes);
    std::string id(GIT_OID_HEXSZ, '0');
    git_oid_fmt(id.data(), &oid);
    return id;
}

bool is_object(const std::string& name) { return name == "blob" || name == "tree" || name == "commit"; }

/// Makes the repository that the input describes: each part is a file, below a line `==== PATH`, or an object, below a
/// line `==== blob`, `==== tree` or `==== commit`. What comes later can name the objects before it.
void make_repository(std::string_view input, const std::string& repository) {
    make_directory(repository, 0700);
    for (const char* const part : {"/objects", "/refs", "/refs/heads", "/refs/bulwark"})
        make_directory(repository + part, 0700);
    write_file(repository + "/HEAD", "ref: refs/heads/main\n", 0600);
    start_libgit2();
    Odb database;
    require(git_odb_open(Out(database), (repository + "/objects").c_str()) == 0, "there are objects", input);
    std::vector<std::string> ids;
    for (const auto& [name, text] : read_parts(input)) {
        const std::string bytes = with_ids(name == "tree" ? without_line_end(text) : text, ids);
        const std::string path = repository + "/" + name;
        if (is_object(name)) {
            ids.push_back(write_object(database.get(), name, bytes));
        } else if (!name.empty() && ("/" + name + "/").find("/../") == std::string::npos &&
                   name.find('\0') == std::string::npos) {
            make_way(path, repository);
            try {
                write_file(path, bytes, 0600);
            } catch (const std::exception&) { // a directory has that name, or it is too long
            }
        }
    }
}

/// Does it; that it cannot be done is an Error of one sentence.
template <class Step>
void attempt(Step step, std::string_view input) {
    try {
        step();
    } catch (const Error& error) {
        require(*error.what() != '\0', "an Error says something", input);
    }
}

/// All that a run, a rollback and history_info ask of a history.
void ask(History& history, std::string_view input) {
    attempt([&] { history.main(); }, input);
    attempt([&] { history.pending(); }, input);
    attempt([&] { history.read(history.main()); }, input);
    attempt([&] { history.log(0, {}, true); }, input);
    attempt([&] { history.original(); }, input);
    attempt([&] { history.past("/etc/inittab"); }, input);
    attempt([&] { history.rollback_target("HEAD~1"); }, input);
    attempt([&] { history.revert_target("HEAD", {}); }, input);
    attempt(
        [&] {
            MemoryHost host;
            host.put("/etc/inittab", "as it is\n");
            const Interrupted interrupted = find_interrupted(host, history, "/var/bulwark/history.git");
            recover(interrupted, host, history);
            for (const auto& [path, state] : host.files)
                require(path.starts_with('/') && path.find("/../") == std::string::npos, "recovery writes files",
                        input);
        },
        input);
}

} // namespace

void repository(std::string_view input) {
    const std::string path = scratch();
    std::filesystem::remove_all(path);
    make_repository(input, path);
    attempt(
        [&] {
            History history(path);
            ask(history, input);
        },
        input);
}

} // namespace bulwark::fuzz
