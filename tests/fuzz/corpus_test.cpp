#include "targets.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace bulwark;

TEST_CASE("every property holds for the inputs that fuzzing has found worth keeping") {
    setenv("BULWARK_FUZZ_KSH", "1", 1); // they are few: the real shell is asked as well
    for (const fuzz::Target& target : fuzz::targets) {
        std::size_t inputs = 0;
        const std::filesystem::path corpus = std::filesystem::path(BULWARK_CORPUS) / target.name;
        for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string bytes(std::istreambuf_iterator<char>(file), {});
            INFO(entry.path().string());
            CHECK_NOTHROW(target.run(bytes));
            ++inputs;
        }
        INFO(std::string(target.name));
        CHECK(inputs > 0);
    }
}
