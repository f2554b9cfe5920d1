// One program a target: libFuzzer has the main function, and BULWARK_FUZZ_TARGET is the target's name.
#include "../targets.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        bulwark::fuzz::BULWARK_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        std::abort(); // which libFuzzer reports, with the input
    }
    return 0;
}
