#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace bulwark {

/// The bytes of a file below tests/samples.
inline std::string sample(const std::string& path) {
    const std::string whole = std::string(BULWARK_SAMPLES) + "/" + path;
    std::ifstream file(whole, std::ios::binary);
    if (!file)
        throw std::runtime_error("cannot read " + whole);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace bulwark
