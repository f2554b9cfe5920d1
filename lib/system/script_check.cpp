#include "system/script_check.hpp"

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
class PrivateFile {
public:
    explicit PrivateFile(std::string_view text) {
        if (mkdtemp(directory_.data()) == nullptr) // 0700
            throw Error(cause());
        path_ = directory_ + "/script";
        try {
            const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
            write_all(Descriptor(checked(open(path_.c_str(), flags, S_IRUSR | S_IWUSR))), text, 0);
        } catch (const Error&) {
            remove();
            throw;
        }
    }
    ~PrivateFile() { remove(); }
    PrivateFile(const PrivateFile&) = delete;
    PrivateFile& operator=(const PrivateFile&) = delete;

    const std::string& path() const { return path_; }

private:
    void remove() {
        unlink(path_.c_str());
        rmdir(directory_.c_str());
    }

    std::string directory_ = "/tmp/bulwark-XXXXXX"; // not TMPDIR: that is what whoever calls says
    std::string path_;
};

void replace_all(std::string& text, const std::string& what, const std::string& by) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
}

} // namespace

CommandResult check_script(const std::string& shell, const std::string& text) {
    constexpr std::chrono::seconds limit(30);
    const auto file = doing("writing a script for " + shell + " to check", [&] { return PrivateFile(text); });
    CommandResult result = run_command({shell, "-n", file.path()}, limit);
    replace_all(result.out, file.path(), "script"); // the path means nothing to anybody any more
    replace_all(result.err, file.path(), "script");
    return result;
}

} // namespace bulwark
