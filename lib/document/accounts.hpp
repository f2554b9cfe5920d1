#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bulwark {

/// A user or a group.
struct Account {
    std::string name;                      // what the tree's own passwd or group file calls it, else its number
    std::optional<std::uint32_t> number{}; // nothing where it is not known: older histories have names alone

    Account() = default;
    Account(std::string its_name, std::optional<std::uint32_t> its_number = {})
        : name(std::move(its_name)), number(its_number) {}
    Account(const char* its_name) : name(its_name) {}

    /// The name; with the number where it alone tells it from the other account.
    std::string told_from(const Account& other) const {
        return name == other.name && !(*this == other) ? name + " (" + std::to_string(*number) + ")" : name;
    }

    /// Numbers decide: an account that was given another name is the same, and one that took over a name is not.
    bool operator==(const Account& b) const { return number && b.number ? number == b.number : name == b.name; }
};

/// The names that a passwd or group file gives to numbers. Its lines are `name:password:number:...`; the first line of
/// a name counts. What is taken from elsewhere (NIS: lines that begin with `+` or `-`) has no name here.
class Accounts {
public:
    static Accounts parse(std::string_view text); // never fails

    /// The name, or the number in decimal if it has none.
    std::string name(std::uint32_t number) const;

    /// The number with its name.
    Account account(std::uint32_t number) const { return {name(number), number}; }

    /// Whether any account has the number, or the name.
    bool has(std::uint32_t number) const { return names_.contains(number); }
    bool has(std::string_view name) const { return numbers_.contains(name); }

    /// The number of a name, or the number that the name is. number(name(n)) == n, for every n but the last.
    std::optional<std::uint32_t> number(std::string_view name) const;

    bool operator==(const Accounts&) const = default;

private:
    std::map<std::string, std::uint32_t, std::less<>> numbers_;
    std::map<std::uint32_t, std::string> names_;
};

} // namespace bulwark
