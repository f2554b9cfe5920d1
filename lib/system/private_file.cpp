#include "system/private_file.hpp"

#include "system/command.hpp"
#include "system/system_call.hpp"

#include <cstdlib>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bulwark {
namespace {

/// A file in a directory of its own, both gone afterwards.
class Temporary {
public:
    Temporary(std::string_view text, std::optional<std::uint32_t> owner) {
        path_.reserve(directory_.size() + name.size()); // afterwards nothing may fail that leaves the directory there
        if (mkdtemp(directory_.data()) == nullptr)      // 0700
            throw Error(cause());
        (path_ = directory_) += name;
        try {
            write(text, owner);
        } catch (const std::exception&) {
            remove();
            throw;
        }
    }
    ~Temporary() { remove(); }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;

    const std::string& path() const { return path_; }

private:
    void write(std::string_view text, std::optional<std::uint32_t> owner) {
        const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        const Descriptor file(checked(open(path_.c_str(), flags, S_IRUSR | S_IWUSR)));
        write_all(file, text, 0);
        if (!owner || *owner == geteuid())
            return;
        checked(fchown(file.number(), *owner, static_cast<gid_t>(-1)));
        checked(chmod(directory_.c_str(), S_IRWXU | S_IXGRP | S_IXOTH)); // its owner has to get at it
    }

    void remove() {
        unlink(path_.c_str());
        rmdir(directory_.c_str());
    }

    static constexpr std::string_view name = "/file";

    std::string directory_ = "/tmp/bulwark-XXXXXX"; // not TMPDIR: that is what whoever calls says
    std::string path_;
};

std::string with(std::string text, const std::string& by, const std::string& what) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

} // namespace

CommandResult run_command_on(const PrivateFile& file, std::optional<std::uint32_t> owner,
                             const std::vector<std::string>& argv, const std::string& directory,
                             std::chrono::seconds limit, const Attendance& attendance) {
    const auto temporary = doing("writing a private copy of " + file.path, [&] { return Temporary(file.text, owner); });
    std::vector<std::string> words = argv;
    for (auto word = words.begin() + 1; word < words.end(); ++word)
        *word = with(*word, temporary.path(), file.path);
    CommandResult result = run_command(words, limit, directory, attendance);
    result.out = with(result.out, file.path, temporary.path()); // its path means nothing to anybody any more
    result.err = with(result.err, file.path, temporary.path());
    return result;
}

} // namespace bulwark
