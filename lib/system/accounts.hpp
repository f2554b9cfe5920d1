#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace bulwark {

/// The names that a passwd or group file gives to numbers. Its lines are `name:password:number:...`; the first line of
/// a name counts. What is taken from elsewhere (NIS: lines that begin with `+` or `-`) has no name here.
class Accounts {
public:
    static Accounts parse(std::string_view text); // never fails

    /// The name, or the number in decimal if it has none.
    std::string name(std::uint32_t number) const;

    /// The number of a name, or the number that the name is. number(name(n)) == n, for every n but the last.
    std::optional<std::uint32_t> number(std::string_view name) const;

private:
    std::map<std::string, std::uint32_t, std::less<>> numbers_;
    std::map<std::uint32_t, std::string> names_;
};

} // namespace bulwark
