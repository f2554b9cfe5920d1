#include "support/ksh.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>

extern char** environ; // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace bulwark {
namespace {

void require(bool works, const char* what) {
    if (!works)
        throw std::runtime_error(std::string("asking ksh93: ") + what + " failed");
}

/// A file with the script in it, while this is there.
class ScriptFile {
public:
    explicit ScriptFile(std::string_view script) {
        const int file = mkstemp(path_.data());
        require(file >= 0, "mkstemp");
        const ssize_t written = write(file, script.data(), script.size());
        close(file);
        require(written == static_cast<ssize_t>(script.size()), "write");
    }
    ~ScriptFile() { unlink(path_.c_str()); }
    ScriptFile(const ScriptFile&) = delete;
    ScriptFile& operator=(const ScriptFile&) = delete;

    char* path() { return path_.data(); }

private:
    std::string path_ = "/tmp/bulwark-rc-script-XXXXXX";
};

} // namespace

std::optional<int> checked_by_ksh(std::string_view script) {
    ScriptFile file(script);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::string program = "ksh93", option = "-n";
    const std::array<char*, 4> arguments = {program.data(), option.data(), file.path(), nullptr};
    pid_t child = 0;
    const int failure = posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    if (failure == 0)
        require(waitpid(child, &status, 0) == child, "waitpid");
    const bool missing = failure != 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127);
    return missing ? std::nullopt : std::optional(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

} // namespace bulwark
