#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulwark::fuzz {

/// `VERB|ARGUMENT|ARGUMENT...`
struct Edit {
    std::string verb;
    std::vector<std::string> arguments;

    std::string argument(std::size_t number) const;                // "" where there is none
    std::optional<std::string> optional(std::size_t number) const; // nothing where there is none, or `-`
};

/// Edits, one a line, a line `----`, and a text with any bytes; without that line all is text. In an argument \n is a
/// newline, \0 a NUL byte, \p a `|`, and a backslash before another byte is left out. People can read and write that,
/// and a fuzzer's mutations of it are inputs too.
struct Input {
    std::vector<Edit> edits;
    std::string_view text;
};

Input read_input(std::string_view bytes);

/// What stands before the first line `----`, and what behind it.
struct Halves {
    std::string_view first, second;
};
Halves split_input(std::string_view bytes);

/// Texts that stand one after the other, each below a line `==== NAME`, in that order.
std::vector<std::pair<std::string, std::string>> read_parts(std::string_view text);

/// Files that stand one behind the other, each below a line `==== PATH`.
std::map<std::string, std::string> read_files(std::string_view text);

} // namespace bulwark::fuzz
