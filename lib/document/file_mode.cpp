#include "document/file_mode.hpp"

#include "document/lines.hpp"
#include "error.hpp"
#include "text.hpp"

#include <algorithm>
#include <optional>

namespace bulwark {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr unsigned user = 0700, group = 070, others = 07, everybody = 0777;
constexpr unsigned all_bits = 07777;
constexpr unsigned usual_umask = 022;

[[noreturn]] FileMode refuse(std::string_view text) {
    throw Error("mode " + cited(text) +
                " is neither octal digits up to 7777, as in '0755', nor changes as in 'a-x' or "
                "'u=rwx,go=rx'");
}

/// Nothing where these are not octal digits; something above 07777 where they are too many.
std::optional<unsigned> octal(std::string_view digits) {
    if (digits.empty() || digits.find_first_not_of("01234567") != npos)
        return std::nullopt;
    unsigned bits = 0;
    for (const char digit : digits)
        bits = std::min(bits * 8 + static_cast<unsigned>(digit - '0'), all_bits + 1);
    return bits;
}

/// The bits of one of the letters rwx, for everybody.
unsigned permission(char letter) { return letter == 'r' ? 0444 : letter == 'w' ? 0222 : 0111; }

/// The bits that somebody has, given to everybody: of 0750 those of the group are 0555.
unsigned given_to_all(unsigned now, char whose) {
    const unsigned shift = whose == 'u' ? 6 : whose == 'g' ? 3 : 0;
    return (now >> shift & others) * 0111;
}

/// The set-user-id, set-group-id and sticky bits among those that a change for these people is about.
unsigned special_of(unsigned who) {
    return ((who & user) != 0 ? 04000U : 0U) | ((who & group) != 0 ? 02000U : 0U) | ((who & others) != 0 ? 01000U : 0U);
}

/// Nobody named: everybody.
unsigned people(std::string_view letters) {
    unsigned who = letters.empty() ? everybody : 0;
    for (const char letter : letters)
        who |= letter == 'u' ? user : letter == 'g' ? group : letter == 'o' ? others : everybody;
    return who;
}

} // namespace

FileMode FileMode::exactly(long long bits) {
    if (bits < 0 || bits > all_bits)
        throw Error("mode " + std::to_string(bits) +
                    " has more than permission bits; write it in quotes and in octal, as in '0755'");
    FileMode mode;
    mode.exact_ = static_cast<unsigned>(bits);
    return mode;
}

FileMode FileMode::parse(std::string_view text) {
    if (const auto bits = octal(text.substr(text.starts_with("0o") ? 2 : 0)))
        return *bits > all_bits ? refuse(text) : exactly(*bits);
    FileMode mode;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        if (!mode.add_changes(text.substr(begin, end - begin)))
            refuse(text);
        begin = end + 1;
    }
    if (!mode.settles())
        throw Error("mode " + cited(text) +
                    " would change the same file at every run; write the bits that it is to have, "
                    "as in '0640'");
    return mode;
}

/// Whether a second time changes nothing more, whatever the bits were. Only the plain ones can tell: the others are set or
/// taken away, and never counted from.
bool FileMode::settles() const {
    for (unsigned now = 0; now <= everybody; ++now)
        for (const bool is_directory : {false, true})
            if (const unsigned once = of(now, is_directory); of(once, is_directory) != once)
                return false;
    return true;
}

/// Those of `go=r+X`, say. False if it is nothing of that kind.
bool FileMode::add_changes(std::string_view clause) {
    std::size_t at = clause.find_first_of("+-=");
    const std::string_view whom = clause.substr(0, at);
    if (at == npos || whom.find_first_not_of("ugoa") != npos)
        return false;
    while (at < clause.size()) {
        const std::size_t next = std::min(clause.find_first_of("+-=", at + 1), clause.size());
        const std::string_view letters = clause.substr(at + 1, next - at - 1);
        if (letters.find_first_not_of("rwxXstugo") != npos)
            return false;
        changes_.push_back({people(whom), clause[at], std::string(letters), whom.empty()});
        at = next;
    }
    return true;
}

unsigned FileMode::bits_of(const Change& change, unsigned now, bool is_directory) {
    unsigned plain = 0, special = 0;
    for (const char letter : change.bits) {
        if (letter == 's' || letter == 't')
            special |= special_of(change.who) & (letter == 't' ? 01000U : 06000U);
        else if (letter == 'X')
            plain |= is_directory || (now & permission('x')) != 0 ? permission('x') : 0;
        else if (letter == 'u' || letter == 'g' || letter == 'o')
            plain |= given_to_all(now, letter);
        else
            plain |= permission(letter) & (change.by_umask ? ~usual_umask : everybody);
    }
    return (plain & change.who) | special;
}

unsigned FileMode::of(unsigned now, bool is_directory) const {
    if (changes_.empty())
        return exact_;
    for (const Change& change : changes_) {
        const unsigned bits = bits_of(change, now, is_directory);
        if (change.operation == '-')
            now &= ~bits;
        else
            now = bits | (change.operation == '=' ? now & ~(change.who | special_of(change.who)) : now);
    }
    return now;
}

} // namespace bulwark
