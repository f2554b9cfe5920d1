#include "document/accounts.hpp"

#include "document/lines.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace bulwark {
namespace {

/// What a decimal says. Not 4294967295: chown(2) takes that for "leave it".
std::optional<std::uint32_t> parse_number(std::string_view digits) {
    std::uint32_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, number);
    if (error != std::errc() || stopped != end || number == UINT32_MAX)
        return std::nullopt;
    return number;
}

std::string_view field(std::string_view line, int index) {
    for (; index > 0; --index)
        line.remove_prefix(std::min(line.find(':'), line.size() - 1) + 1);
    return line.substr(0, line.find(':'));
}

bool is_name(std::string_view name) {
    return !name.empty() && name.find_first_of("+-#") != 0 && name.find_first_not_of("0123456789") != std::string::npos;
}

} // namespace

Accounts Accounts::parse(std::string_view text) {
    Accounts accounts;
    for (const std::string_view line : split_lines(text)) {
        const std::string_view entry = without_line_end(line);
        if (std::count(entry.begin(), entry.end(), ':') < 2)
            continue;
        const std::string name(field(entry, 0));
        const std::optional<std::uint32_t> number = parse_number(field(entry, 2));
        if (number && is_name(name) && accounts.numbers_.emplace(name, *number).second)
            accounts.names_.emplace(*number, name);
    }
    return accounts;
}

std::string Accounts::name(std::uint32_t number) const {
    const auto found = names_.find(number);
    return found == names_.end() ? std::to_string(number) : found->second;
}

std::optional<std::uint32_t> Accounts::number(std::string_view name) const {
    const auto found = numbers_.find(name);
    return found == numbers_.end() ? parse_number(name) : found->second;
}

} // namespace bulwark
