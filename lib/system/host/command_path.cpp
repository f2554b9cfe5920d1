#include "system/host/command_path.hpp"

#include "system/host/regular_file.hpp"
#include "system/host/trusted_way.hpp"
#include "system/metadata.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bulwark {
namespace {

constexpr int most_interpreters = 4; // of each other, as Linux has it

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

/// Throws Error if somebody else can change what has this status.
void require_unchangeable(const struct stat& status, const std::string& path) {
    if (const std::string who = who_can_change(status); !who.empty())
        throw Error(escaped(path) + " " + who + "; mend that first: " + remedy(status, path));
}

/// Throws Error if somebody else can put something else into the directory, or in its place. Of a sticky one, as /tmp is,
/// only what is in it already is safe, and not even a program: anybody could give another one its name.
void require_trusted_directory(const std::string& path) {
    const std::optional<Place> place = find_trusted(path + "/");
    const std::optional<struct stat> status = place ? status_of(*place) : std::nullopt;
    if (!status || !S_ISDIR(status->st_mode))
        throw Error(path + " is no directory");
    require_unchangeable(*status, place->path);
}

/// What `#!` names; empty where the file is no script, or cannot be read.
std::string interpreter_of(const Place& place) {
    constexpr std::size_t enough = 1024;
    const auto open = [&] {
        return openat(place.directory.number(), place.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    };
    const Descriptor file(uninterrupted(open));
    std::array<char, enough> room{};
    const ssize_t size =
        file.is_open() ? uninterrupted([&] { return read(file.number(), room.data(), room.size()); }) : 0;
    std::string_view line(room.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    line = line.substr(0, line.find('\n'));
    if (!line.starts_with("#!"))
        return {};
    const std::string_view words = trimmed(line.substr(2));
    return std::string(words.substr(0, words.find_first_of(" \t\r")));
}

/// Throws Error, naming the file or directory at fault, if anybody but root, bin and whoever runs this can change what
/// happens when the program is run.
void require_trusted_program(const std::string& path, int interpreters = 0) {
    if (!path.starts_with('/'))
        throw Error("its interpreter " + escaped(path) + " is not named by an absolute path");
    require_trusted_directory(directory_of(path));
    const std::optional<Place> place = find_trusted(path);
    const std::optional<struct stat> status = place ? status_of(*place) : std::nullopt;
    if (!status)
        throw Error(escaped(path) + " is not there");
    require_trusted_directory(directory_of(place->path)); // a link may have led elsewhere
    require_unchangeable(*status, place->path);
    if (const std::string interpreter = interpreter_of(*place); !interpreter.empty()) {
        if (interpreters == most_interpreters)
            throw Error("too many interpreters are scripts themselves");
        require_trusted_program(interpreter, interpreters + 1);
    }
}

/// Why the program is not run; empty: it is.
std::string fault_of(const std::string& path) {
    try {
        require_trusted_program(path);
        return {};
    } catch (const Error& error) {
        return escaped(path) + " is not run, for somebody else could decide what it does: " + error.what();
    }
}

bool is_trusted_directory(const std::string& path) {
    try {
        require_trusted_directory(path);
        return true;
    } catch (const Error&) { // nothing is run from there, so it says nothing
        return false;
    }
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

/// The directories that commands are looked for in: the absolute ones of PATH, then those that AnsibleModule adds.
std::vector<std::string> command_directories() {
    const char* const path = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): there is one thread
    std::vector<std::string> directories;
    std::string_view rest = path ? path : "";
    for (bool more = true; more;) {
        const std::size_t colon = rest.find(':');
        if (rest.starts_with('/'))
            directories.push_back(without_slashes_at_end(std::string(rest.substr(0, colon))));
        more = colon != std::string_view::npos;
        rest.remove_prefix(more ? colon + 1 : rest.size());
    }
    for (const char* const usual : {"/sbin", "/usr/sbin", "/usr/local/sbin"})
        append_if_new(directories, usual);
    return directories;
}

bool is_executable(const std::string& path) {
    constexpr mode_t by_anybody = S_IXUSR | S_IXGRP | S_IXOTH; // AIX's access says of any file that root may execute it
    struct stat status {};
    return access(path.c_str(), X_OK) == 0 && stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           (status.st_mode & by_anybody) != 0;
}

/// All that have the name, or are it.
std::vector<std::string> programs_called(const std::string& name) {
    std::vector<std::string> paths;
    if (name.starts_with('/'))
        paths.push_back(name);
    else if (!name.empty() && name.find('/') == std::string::npos)
        for (const std::string& directory : command_directories())
            paths.push_back((directory == "/" ? "" : directory) + "/" + name);
    std::erase_if(paths, [](const std::string& path) { return !is_executable(path); });
    return paths;
}

} // namespace

std::optional<std::string> find_command(const std::string& name) {
    std::string fault;
    for (const std::string& path : programs_called(name)) {
        const std::string its_fault = fault_of(path);
        if (its_fault.empty())
            return path;
        fault = fault.empty() ? its_fault : fault;
    }
    if (!fault.empty())
        throw Error(fault);
    return std::nullopt;
}

std::string command_path() {
    std::vector<std::string> directories = command_directories();
    std::erase_if(directories, [](const std::string& directory) { return !is_trusted_directory(directory); });
    append_if_new(directories, "/usr/bin");
    append_if_new(directories, "/bin");
    return joined(directories, ":");
}

} // namespace bulwark
