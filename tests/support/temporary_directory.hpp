#pragma once

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <ftw.h>
#include <unistd.h>

#ifdef _AIX
extern "C" char* mkdtemp(char* path); // which <stdlib.h> does not show to C++
#endif

namespace bulwark {

/// A new empty directory, which goes with all that is in it by then.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        const char* const place = std::getenv("TMPDIR");
        path_ = std::string(place != nullptr && *place == '/' ? place : "/tmp") + "/bulwark-test-XXXXXX";
        if (mkdtemp(path_.data()) == nullptr)
            throw std::runtime_error("cannot create " + path_);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        constexpr int open_directories = 16;
        const auto remove = [](const char* path, const struct stat*, int, FTW*) { return std::remove(path); };
        nftw(path_.c_str(), remove, open_directories, FTW_DEPTH | FTW_PHYS);
    }

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

} // namespace bulwark
