#include "support/posix_files.hpp"

#include "system/host/system_call.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bulwark {
namespace {

std::string read_to_end(const Descriptor& file) {
    std::string text;
    std::array<char, 4096> buffer{};
    while (const int size = checked(static_cast<int>(read(file.number(), buffer.data(), buffer.size()))))
        text.append(buffer.data(), static_cast<std::size_t>(size));
    return text;
}

std::string outcome_of(const std::function<std::string()>& step) {
    try {
        return step();
    } catch (const std::exception& error) {
        return error.what();
    }
}

} // namespace

void write_file(const std::string& path, const std::string& text, unsigned mode) {
    doing("writing " + path, [&] {
        write_all(Descriptor(checked(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600))), text, 0);
        checked(chmod(path.c_str(), mode));
    });
}

void make_directory(const std::string& path, unsigned mode) {
    doing("making " + path, [&] {
        checked(mkdir(path.c_str(), 0700));
        checked(chmod(path.c_str(), mode));
    });
}

void make_link(const std::string& path, const std::string& target) {
    doing("making " + path, [&] { checked(symlink(target.c_str(), path.c_str())); });
}

std::string file_text(const std::string& path) {
    return doing("reading " + path, [&] { return read_to_end(Descriptor(checked(open(path.c_str(), O_RDONLY)))); });
}

unsigned mode_of(const std::string& path) {
    struct stat status {};
    doing("looking at " + path, [&] { checked(lstat(path.c_str(), &status)); });
    return status.st_mode & 07777U;
}

std::string without_links(const std::string& path) {
    const std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr), std::free);
    if (!real)
        throw Error("resolving " + path + ": " + cause());
    return real.get();
}

std::vector<std::string> names_in(const std::string& directory) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(directory.c_str()), closedir);
    if (!entries)
        throw Error("listing " + directory + ": " + cause());
    while (const dirent* const entry = readdir(entries.get())) // NOLINT(concurrency-mt-unsafe): there is one thread
        if (const std::string name = entry->d_name; name != "." && name != "..")
            names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
}

bool is_superuser() { return geteuid() == 0; }

std::string in_child(const std::function<std::string()>& step) {
    std::array<int, 2> ends{};
    checked(pipe(ends.data()));
    const Descriptor read(ends[0]);
    Descriptor write(ends[1]);
    const pid_t child = checked(fork());
    if (child == 0) {
        const std::string outcome = outcome_of(step);
        [[maybe_unused]] const ssize_t told = ::write(write.number(), outcome.data(), outcome.size());
        _exit(0); // nothing of the parent's is undone twice
    }
    write.close();
    std::string outcome = read_to_end(read);
    checked(waitpid(child, nullptr, 0));
    return outcome;
}

std::string as_nobody(const std::function<std::string()>& step) {
    constexpr unsigned nobody = 65534;
    return in_child([&] {
        checked(setgid(nobody));
        checked(setuid(nobody));
        return step();
    });
}

std::string error_of(const std::function<void()>& step) {
    try {
        step();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

EnvironmentVariable::EnvironmentVariable(std::string name, const std::string& value) : name_(std::move(name)) {
    const char* const before = std::getenv(name_.c_str()); // NOLINT(concurrency-mt-unsafe): there is one thread
    was_set_ = before != nullptr;
    before_ = before ? before : "";
    setenv(name_.c_str(), value.c_str(), 1); // NOLINT(concurrency-mt-unsafe)
}

EnvironmentVariable::~EnvironmentVariable() {
    if (was_set_)
        setenv(name_.c_str(), before_.c_str(), 1); // NOLINT(concurrency-mt-unsafe)
    else
        unsetenv(name_.c_str()); // NOLINT(concurrency-mt-unsafe)
}

} // namespace bulwark
