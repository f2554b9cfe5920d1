#include "support/ksh.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <stdexcept>

extern char** environ; // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace bulwark {
namespace {

void require(bool works, const char* what) {
    if (!works)
        throw std::runtime_error(std::string("asking a shell: ") + what + " failed");
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

/// The exit status of `SHELL -n`: 128 if a signal ended it, nothing if there is no such shell.
std::optional<int> checked_by(std::string shell, std::string_view script) {
    ScriptFile file(script);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::string option = "-n";
    const std::array<char*, 4> arguments = {shell.data(), option.data(), file.path(), nullptr};
    pid_t child = 0;
    const int failure = posix_spawnp(&child, shell.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    if (failure == 0)
        require(waitpid(child, &status, 0) == child, "waitpid");
    const bool missing = failure != 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127);
    return missing ? std::nullopt : std::optional(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

} // namespace

std::vector<std::string> korn_shells() {
    std::vector<std::string> shells = {"ksh93", "mksh", "lksh"};
    std::erase_if(shells, [](const std::string& shell) { return checked_by(shell, ":\n") != 0; });
    return shells;
}

bool is_accepted_by(const std::string& shell, std::string_view script) { return checked_by(shell, script) == 0; }

} // namespace bulwark
