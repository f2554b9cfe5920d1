#include "system/command_path.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace bulwark {
namespace {

/// Root, who runs this, and whom the system's own commands belong to: on AIX /usr/bin is bin's.
bool is_trusted(uid_t owner) {
    struct stat commands {};
    return owner == 0 || owner == geteuid() || (stat("/usr/bin", &commands) == 0 && owner == commands.st_uid);
}

bool is_safe_directory(const std::string& path) {
    struct stat status {};
    return path.starts_with('/') && stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 && is_trusted(status.st_uid);
}

std::string without_slashes_at_end(std::string path) {
    while (path.size() > 1 && path.ends_with('/'))
        path.pop_back();
    return path;
}

void append_if_new(std::vector<std::string>& directories, const std::string& directory) {
    if (std::find(directories.begin(), directories.end(), directory) == directories.end())
        directories.push_back(directory);
}

/// The directories that commands are looked for in: those of PATH, then those that AnsibleModule adds.
std::vector<std::string> command_directories() {
    const char* const path = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): there is one thread
    std::vector<std::string> directories;
    std::string_view rest = path ? path : "";
    for (bool more = true; more;) {
        const std::size_t colon = rest.find(':');
        directories.push_back(without_slashes_at_end(std::string(rest.substr(0, colon))));
        more = colon != std::string_view::npos;
        rest.remove_prefix(more ? colon + 1 : rest.size());
    }
    for (const char* const usual : {"/sbin", "/usr/sbin", "/usr/local/sbin"})
        append_if_new(directories, usual);
    std::erase_if(directories, [](const std::string& directory) { return !is_safe_directory(directory); });
    return directories;
}

bool is_executable(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

} // namespace

std::optional<std::string> find_command(const std::string& name) {
    if (name.starts_with('/'))
        return is_executable(name) ? std::optional(name) : std::nullopt;
    if (name.empty() || name.find('/') != std::string::npos)
        return std::nullopt;
    for (const std::string& directory : command_directories())
        if (std::string path = (directory == "/" ? "" : directory) + "/" + name; is_executable(path))
            return path;
    return std::nullopt;
}

std::string command_path() {
    std::vector<std::string> directories = command_directories();
    append_if_new(directories, "/usr/bin");
    append_if_new(directories, "/bin");
    std::string path;
    for (const std::string& directory : directories)
        path += (path.empty() ? "" : ":") + directory;
    return path;
}

} // namespace bulwark
