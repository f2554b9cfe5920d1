#include "system/metadata.hpp"

#include "document/lines.hpp"
#include "error.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <vector>

namespace bulwark {
namespace {

using Kind = FileState::Kind;

constexpr std::size_t npos = std::string::npos;

constexpr std::string_view hexadecimal = "0123456789abcdef";

bool is_control(char character) {
    const auto byte = static_cast<unsigned char>(character);
    return byte < 0x20 || byte == 0x7f;
}

/// `introducer` and the two digits of a byte.
std::string hexadecimal_escape(std::string_view introducer, char character) {
    const auto byte = static_cast<unsigned char>(character);
    return std::string(introducer) + hexadecimal[byte / 16] + hexadecimal[byte % 16];
}

/// Takes the two digits of a byte from the front of `rest`.
char take_byte(std::string_view& rest) {
    const std::size_t high = rest.empty() ? npos : hexadecimal.find(rest[0]);
    const std::size_t low = rest.size() < 2 ? npos : hexadecimal.find(rest[1]);
    if (high == npos || low == npos)
        throw Error("two hexadecimal digits must follow a \\x or a %");
    rest.remove_prefix(2);
    return static_cast<char>(high * 16 + low);
}

/// A field that is not the last of its line: nothing is `-`, and no blank is left.
std::string escaped_word(const std::string& word) {
    if (word.empty())
        return "-";
    if (word == "-")
        return "\\x2d";
    std::string result;
    for (const char character : escaped(word))
        result += character == ' ' ? "\\x20" : std::string(1, character);
    return result;
}

/// "bob:500", or "bob" or "500" where that is all there is. No name has a colon, which separates the fields of passwd.
std::string account_word(const Account& account) {
    std::string word;
    for (const char character : escaped_word(account.name))
        word += character == ':' ? "\\x3a" : std::string(1, character);
    const std::string number = account.number ? std::to_string(*account.number) : "";
    return number.empty() || number == word ? word : word + ":" + number;
}

std::string percent_encoded(const std::string& word) {
    std::string result;
    for (const char character : word)
        result += is_control(character) || character == ' ' || character == '%' ? hexadecimal_escape("%", character)
                                                                                : std::string(1, character);
    return result;
}

std::string four_octal_digits(unsigned mode) {
    std::string digits;
    for (const unsigned shift : {9U, 6U, 3U, 0U})
        digits += static_cast<char>('0' + (mode >> shift & 7U));
    return digits;
}

std::string mode_word(const FileState& state) { return state.kind == Kind::link ? "-" : four_octal_digits(state.mode); }

/// Of a regular file.
constexpr std::array<std::pair<std::string_view, Interest>, 3> interests = {
    {{"file", Interest::content}, {"mode", Interest::attributes}, {"log", Interest::log}}};

std::optional<Interest> interest_of(std::string_view keyword) {
    for (const auto& [word, interest] : interests)
        if (word == keyword)
            return interest;
    return std::nullopt;
}

std::string_view keyword_of(const Recorded::File& file) {
    switch (file.state.kind) {
    case Kind::directory:
        return "directory";
    case Kind::link:
        return "link";
    default:
        return std::find_if(interests.begin(), interests.end(),
                            [&](const auto& one) { return one.second == file.interest; })
            ->first;
    }
}

std::string file_line(const std::string& path, const Recorded::File& file) {
    if (file.state.kind == Kind::missing)
        return "missing - - - " + escaped(path) + "\n";
    return std::string(keyword_of(file)) + " " + mode_and_numbers(file.state) + " " + escaped(path) + "\n";
}

std::string command_line(std::string_view keyword, const std::vector<std::string>& argv) {
    std::string line(keyword);
    for (const std::string& word : argv)
        line += " " + percent_encoded(word);
    return line + "\n";
}

char take_escape(std::string_view& rest) {
    const char kind = rest.empty() ? '\0' : rest[0];
    rest.remove_prefix(rest.empty() ? 0 : 1);
    switch (kind) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case '\\':
        return '\\';
    case 'x':
        return take_byte(rest);
    default:
        throw Error("a backslash must be followed by n, t, x or another one");
    }
}

/// The inverse of `escaped` (introducer `\`) and of `percent_encoded` (introducer `%`).
std::string unescaped(std::string_view rest, char introducer) {
    std::string result;
    while (!rest.empty()) {
        const char character = rest[0];
        rest.remove_prefix(1);
        if (is_control(character))
            throw Error("control characters must be written as escapes");
        result += character != introducer ? character : introducer == '%' ? take_byte(rest) : take_escape(rest);
    }
    return result;
}

/// Takes a word and the blank behind it from the front of `rest`.
std::string_view take_word(std::string_view& rest) {
    const std::size_t blank = rest.find(' ');
    if (blank == npos || blank == 0)
        throw Error("a field is missing");
    const std::string_view word = rest.substr(0, blank);
    rest.remove_prefix(blank + 1);
    return word;
}

std::string take_value(std::string_view& rest) {
    const std::string_view word = take_word(rest);
    return word == "-" ? std::string() : unescaped(word, '\\');
}

/// The number of a user or a group; 4294967295 is none.
std::optional<std::uint32_t> number_of(std::string_view digits) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = error == std::errc() && end == digits.data() + digits.size() && number != UINT32_MAX;
    return whole ? std::optional(number) : std::nullopt;
}

/// A name alone, as older releases wrote it, has no number, unless it is one.
Account take_account(std::string_view& rest) {
    const std::string_view word = take_word(rest);
    const std::size_t colon = word.find(':');
    const std::string_view name = word.substr(0, colon);
    const auto number = number_of(colon == npos ? word : word.substr(colon + 1));
    if (colon != npos && !number)
        throw Error("a user or a group has a number after the colon, not \"" + std::string(word) + "\"");
    return {name == "-" ? std::string() : unescaped(name, '\\'), number};
}

unsigned take_mode(std::string_view& rest) {
    const std::string_view digits = take_word(rest);
    if (digits.size() != 4 || digits.find_first_not_of("01234567") != npos)
        throw Error("a mode has four octal digits, not \"" + std::string(digits) + "\"");
    unsigned mode = 0;
    for (const char digit : digits)
        mode = mode * 8 + static_cast<unsigned>(digit - '0');
    return mode;
}

std::string name_at_end(std::string_view rest) {
    if (rest.empty())
        throw Error("the name is missing");
    return unescaped(rest, '\\');
}

template <class Facts>
void add(Facts& facts, std::string name, typename Facts::mapped_type fact) {
    if (!facts.try_emplace(name, std::move(fact)).second)
        throw Error(escaped(name) + " has a line already");
}

/// What stands between the keyword and the path.
FileState take_state(Kind kind, std::string_view& rest) {
    FileState state;
    state.kind = kind;
    if (kind == Kind::missing) {
        for (int field = 0; field < 3; ++field)
            if (take_word(rest) != "-")
                throw Error("a missing file has neither mode nor owner nor group, but -");
        return state;
    }
    state.other = kind == Kind::directory ? "a directory" : kind == Kind::link ? "a symbolic link" : "";
    if (kind != Kind::link)
        state.mode = take_mode(rest);
    else if (take_word(rest) != "-")
        throw Error("a link has no mode, but -");
    else
        state.mode = mode_of_links;
    state.owner = take_account(rest);
    state.group = take_account(rest);
    return state;
}

void add_file(Kind kind, Interest interest, std::string_view rest, Recorded& recorded) {
    const Recorded::File file{take_state(kind, rest), interest};
    const std::string path = name_at_end(rest);
    require_recordable(path);
    add(recorded.files, path, file);
}

/// Of the facts about files.
std::optional<Kind> kind_of(std::string_view keyword) {
    if (interest_of(keyword))
        return Kind::regular;
    if (keyword == "directory")
        return Kind::directory;
    if (keyword == "link")
        return Kind::link;
    return keyword == "missing" ? std::optional(Kind::missing) : std::nullopt;
}

void add_subsystem(std::string_view rest, Recorded& recorded) {
    const std::string state = take_value(rest);
    if (state != "active" && state != "inoperative")
        throw Error("a subsystem is active or inoperative, not \"" + escaped(state) + "\"");
    add(recorded.subsystems, name_at_end(rest), state);
}

std::vector<std::string> parse_command(std::string_view rest) {
    std::vector<std::string> argv;
    if (rest.empty())
        throw Error("the command is missing");
    for (std::size_t begin = 0; begin <= rest.size();) {
        const std::size_t end = std::min(rest.find(' ', begin), rest.size());
        argv.push_back(unescaped(rest.substr(begin, end - begin), '%'));
        begin = end + 1;
    }
    return argv;
}

void parse_fact(std::string_view line, Recorded& recorded) {
    const std::string_view keyword = line.substr(0, line.find(' '));
    std::string_view rest = line.substr(std::min(keyword.size() + 1, line.size()));
    if (const auto kind = kind_of(keyword)) {
        add_file(*kind, interest_of(keyword).value_or(Interest::content), rest, recorded);
    } else if (keyword == "network_option") {
        const std::string value = take_value(rest);
        add(recorded.network_options, name_at_end(rest), value);
    } else if (keyword == "subsystem") {
        add_subsystem(rest, recorded);
    } else if (keyword == "action") {
        recorded.actions.push_back(parse_command(rest));
    } else if (keyword == "owed") {
        recorded.owed.push_back(parse_command(rest));
    } else {
        throw Error("\"" + escaped(keyword) +
                    "\" means nothing to this version of Bulwark; a newer one has written it, use that one");
    }
}

/// Without the code points that HFS+ ignores in a name: U+200C to U+200F, U+202A to U+202E, U+206A to U+206F, U+FEFF.
std::string without_ignorable(std::string_view name) {
    std::string result;
    for (std::size_t i = 0; i < name.size();) {
        const std::string_view lead = name.substr(i, 2);
        const auto last = static_cast<unsigned char>(i + 2 < name.size() ? name[i + 2] : 0);
        const bool ignorable =
            (lead == "\xe2\x80" && ((last >= 0x8c && last <= 0x8f) || (last >= 0xaa && last <= 0xae))) ||
            (lead == "\xe2\x81" && last >= 0xaa && last <= 0xaf) || (lead == "\xef\xbb" && last == 0xbf);
        if (!ignorable)
            result += name[i];
        i += ignorable ? 3 : 1;
    }
    return result;
}

/// Whether NTFS takes the name for `reserved`: blanks and dots at its end do not count, and a stream may follow.
bool is_spelling_of(std::string_view name, std::string_view reserved) {
    if (!name.starts_with(reserved))
        return false;
    const std::size_t end = name.find_first_not_of(" .", reserved.size());
    return end == npos || name[end] == ':';
}

/// A tree with `.git` in it, in any spelling, is damaged to `git fsck`, and no clone takes it; the contents of the
/// other two are read and judged by git itself.
bool is_reserved_by_git(std::string_view component) {
    constexpr std::array<std::string_view, 4> reserved{".git", "git~1", ".gitmodules", ".gitattributes"};
    const std::string name = lower(without_ignorable(component));
    for (std::size_t begin = 0; begin <= name.size(); begin = std::min(name.find('\\', begin), name.size()) + 1)
        for (const std::string_view other : reserved)
            if (is_spelling_of(std::string_view(name).substr(begin, name.find('\\', begin) - begin), other))
                return true;
    return false;
}

std::string why_not_recordable(std::string_view path) {
    if (path.find('\0') != npos)
        return "a path has no NUL byte";
    if (!path.starts_with('/'))
        return "it is not an absolute path";
    for (std::size_t begin = 1; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view component = path.substr(begin, end - begin);
        if (component.empty() || component == "." || component == "..")
            return "it is not normalised";
        if (is_reserved_by_git(component))
            return "git keeps the name " + escaped(component) + " for itself";
        if (begin == 1 && component == ".bulwark")
            return "the history keeps its own facts under that name";
        begin = end + 1;
    }
    return {};
}

} // namespace

std::string escaped(std::string_view bytes) {
    std::string result;
    for (const char character : bytes) {
        if (character == '\n')
            result += "\\n";
        else if (character == '\t')
            result += "\\t";
        else if (character == '\\')
            result += "\\\\";
        else if (is_control(character))
            result += hexadecimal_escape("\\x", character);
        else
            result += character;
    }
    return result;
}

std::string mode_and_owner(const FileState& state) {
    return mode_word(state) + " " + escaped_word(state.owner.name) + " " + escaped_word(state.group.name);
}

std::string mode_and_numbers(const FileState& state) {
    return mode_word(state) + " " + account_word(state.owner) + " " + account_word(state.group);
}

std::string metadata_text(const Recorded& recorded) {
    std::string text;
    for (const auto& [path, file] : recorded.files)
        text += file_line(path, file);
    for (const auto& [name, value] : recorded.network_options)
        text += "network_option " + escaped_word(value) + " " + escaped(name) + "\n";
    for (const auto& [name, state] : recorded.subsystems)
        text += "subsystem " + escaped_word(state) + " " + escaped(name) + "\n";
    for (const auto& argv : recorded.actions)
        text += command_line("action", argv);
    for (const auto& argv : recorded.owed)
        text += command_line("owed", argv);
    return text;
}

Recorded parse_metadata(std::string_view text) {
    Recorded recorded;
    std::size_t number = 0;
    for (std::string_view line : split_lines(text)) {
        try {
            ++number;
            if (!line.ends_with('\n'))
                throw Error("its end is missing");
            line.remove_suffix(1);
            parse_fact(line, recorded);
        } catch (const Error& error) {
            throw Error("line " + std::to_string(number) + ": " + error.what());
        }
    }
    return recorded;
}

void require_recordable(const std::string& path) {
    if (const std::string why = why_not_recordable(path); !why.empty())
        throw Error("the history cannot hold \"" + escaped(path) + "\": " + why);
}

} // namespace bulwark
