#include "document/syslog_conf.hpp"

#include "error.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace bulwark {
namespace {

/// IBM's lists, those of later releases included, and `authpriv`.
constexpr std::array<std::string_view, 22> facilities = {
    "kern", "user", "mail", "daemon", "auth",   "authpriv", "syslog", "lpr",    "news",   "uucp",   "cron",
    "caa",  "aso",  "mark", "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

struct Priority {
    std::string_view name, meaning;
};

constexpr std::array<Priority, 12> priorities = {{{"emerg", "emerg"},
                                                  {"panic", "emerg"},
                                                  {"alert", "alert"},
                                                  {"crit", "crit"},
                                                  {"err", "err"},
                                                  {"error", "err"},
                                                  {"warning", "warning"},
                                                  {"warn", "warning"},
                                                  {"notice", "notice"},
                                                  {"info", "info"},
                                                  {"debug", "debug"},
                                                  {"none", ""}}};

/// For each facility the least priority of what a selector means; empty: none of its messages.
using Selection = std::array<std::string_view, facilities.size()>;

constexpr std::string_view central_log = "centralizedlog";
constexpr std::array<std::string_view, 5> rotation_words = {"size", "files", "time", "compress", "archive"};

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = text.find(separator, begin)) != std::string_view::npos; begin = end + 1)
        parts.push_back(text.substr(begin, end - begin));
    parts.push_back(text.substr(begin));
    return parts;
}

bool is_facility(std::string_view name) {
    return std::find(facilities.begin(), facilities.end(), name) != facilities.end();
}

/// What to write instead of `auth.authpriv.info`, as the tutorial has it; nothing where it is otherwise wrong.
std::string advice(std::string_view facilities_with_dots, std::string_view priority) {
    std::vector<std::string> listed, without_authpriv;
    for (const std::string_view name : split(facilities_with_dots, '.')) {
        if (!is_facility(name))
            return {};
        listed.emplace_back(name);
        if (name != "authpriv")
            without_authpriv.emplace_back(name);
    }
    const std::string point = "." + std::string(priority);
    std::string text = ": a list of them is separated by commas, as in " + joined(listed, ",") + point;
    if (listed.size() != without_authpriv.size() && !without_authpriv.empty())
        text += ", and " + joined(without_authpriv, ",") + point + " is meant on a release that has no authpriv";
    return text;
}

std::string unknown_facility(std::string_view facility, std::string_view priority) {
    std::vector<std::string> names = {"*"};
    names.insert(names.end(), facilities.begin(), facilities.end());
    const bool dotted = facility.find('.') != std::string_view::npos;
    return "AIX knows no facility " + cited(facility) + (dotted ? advice(facility, priority) : "") + "; it knows " +
           enumerate(names);
}

std::string unknown_priority(std::string_view priority) {
    std::vector<std::string> names;
    for (const Priority& known : priorities)
        names.emplace_back(known.name);
    return "AIX knows no priority " + cited(priority) + "; it knows " + enumerate(names);
}

/// Of `*` all but mark, whose messages syslogd makes itself. False if there is no such facility.
bool select(Selection& selection, std::string_view facility, std::string_view priority) {
    bool known = false;
    for (std::size_t i = 0; i < facilities.size(); ++i)
        if (facilities[i] == facility || (facility == "*" && facilities[i] != "mark")) {
            selection[i] = priority;
            known = true;
        }
    return known;
}

/// Adds one `facility[,facility...].priority`. What is wrong with it, or nothing.
std::string add_part(Selection& selection, std::string_view part) {
    const std::size_t dot = part.rfind('.');
    if (dot == std::string_view::npos)
        return cited(part) + " is not a facility and a priority with a point between them, as in mail.info";
    const std::string_view listed = part.substr(0, dot), priority = part.substr(dot + 1);
    const auto known = std::find_if(priorities.begin(), priorities.end(),
                                    [&](const Priority& candidate) { return candidate.name == priority; });
    if (known == priorities.end())
        return unknown_priority(priority);
    for (const std::string_view facility : split(listed, ','))
        if (!select(selection, facility, known->meaning))
            return unknown_facility(facility, priority);
    return {};
}

/// What is wrong with the selector, or nothing; then `selection` is what it means.
std::string read_selector(std::string_view selector, Selection& selection) {
    for (const std::string_view part : split(selector, ';'))
        if (std::string complaint = add_part(selection, part); !complaint.empty())
            return complaint;
    return {};
}

bool same_selector(std::string_view one, std::string_view other) {
    Selection of_one, of_other;
    return one == other ||
           (read_selector(one, of_one).empty() && read_selector(other, of_other).empty() && of_one == of_other);
}

/// Without its spacing, and users in alphabetical order.
std::string in_order(std::string_view destination) {
    std::vector<std::string> parts;
    for (const Span word : words(destination))
        parts.emplace_back(at(destination, word));
    if (parts.size() != 1 || destination.starts_with('/'))
        return joined(parts, " ");
    std::set<std::string> users;
    for (const std::string_view user : split(parts.front(), ','))
        users.emplace(user);
    std::string text;
    for (const std::string& user : users)
        text += user + ",";
    return text;
}

bool is_one_word(std::string_view text) {
    const auto is_printable = [](unsigned char byte) { return byte > ' ' && byte != 0x7f; };
    return !text.empty() && std::all_of(text.begin(), text.end(), is_printable);
}

/// Without empty parts, `.` and `..`: a file has one name.
bool is_path(std::string_view text) {
    if (!text.starts_with('/') || !is_one_word(text))
        return false;
    const std::vector<std::string_view> parts = split(text.substr(1), '/');
    return std::none_of(parts.begin(), parts.end(),
                        [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
}

bool is_users(std::string_view text) {
    const std::vector<std::string_view> users = split(text, ',');
    return std::all_of(users.begin(), users.end(), [](std::string_view user) {
        return is_one_word(user) && user.find_first_of("/@*|#\"'") == std::string_view::npos;
    });
}

bool is_destination(std::string_view text) {
    const std::vector<Span> found = words(text);
    if (found.size() == 2)
        return at(text, found[0]) == central_log && is_one_word(at(text, found[1]));
    return text == "*" || is_path(text) || (text.starts_with('@') && is_users(text.substr(1))) ||
           (text != central_log && is_users(text));
}

/// A number with one of these letters behind it; nothing else.
std::optional<unsigned> number_before(std::string_view text, std::string_view units) {
    constexpr std::size_t most_digits = 9;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view unit = text.substr(digits);
    if (digits == 0 || digits > most_digits || unit.size() > 1 || unit.empty() != units.empty() ||
        units.find(unit) == std::string_view::npos)
        return std::nullopt;
    unsigned number = 0;
    for (const char digit : text.substr(0, digits))
        number = number * 10 + static_cast<unsigned>(digit - '0');
    return number;
}

/// A word behind `rotate`. Without a value, or where it takes none, `value` is empty and stands behind it.
struct RotationWord {
    std::string_view name;
    Span place, value;
};

struct Rotation {
    std::vector<RotationWord> words;
    std::size_t end; // of the last of them, or of `rotate` itself
};

bool is_rotation_word(std::string_view word) {
    return std::find(rotation_words.begin(), rotation_words.end(), word) != rotation_words.end();
}

std::vector<RotationWord> rotation_words_in(std::string_view line, const std::vector<Span>& found, std::size_t first) {
    std::vector<RotationWord> result;
    for (std::size_t i = first; i < found.size(); ++i) {
        const std::string_view name = at(line, found[i]);
        if (!is_rotation_word(name))
            continue; // `perm`, `filter` and their values
        const std::size_t end = found[i].end;
        RotationWord word{name, found[i], {end, end}};
        if (name != "compress" && i + 1 < found.size() && !is_rotation_word(at(line, found[i + 1])))
            word.value = found[++i];
        result.push_back(word);
    }
    return result;
}

/// What stands behind the destination, if `rotate` does.
std::optional<Rotation> rotation_behind(std::string_view line, Span destination) {
    const std::vector<Span> found = words(line);
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i].begin < destination.end || at(line, found[i]) != "rotate")
            continue;
        Rotation rotation{rotation_words_in(line, found, i + 1), found[i].end};
        for (const RotationWord& word : rotation.words)
            rotation.end = std::max(word.place.end, word.value.end);
        return rotation;
    }
    return std::nullopt;
}

/// What is wanted of a word: its value, "" where it takes none. Nothing: it stays as it is.
std::optional<std::string> wanted_value(const SyslogRotation& wanted, std::string_view word) {
    if (word == "compress")
        return wanted.compress.value_or(false) ? std::optional<std::string>("") : std::nullopt;
    return word == "size"    ? wanted.size
           : word == "files" ? wanted.files
           : word == "time"  ? wanted.time
                             : wanted.archive;
}

bool has_word(const std::optional<Rotation>& rotation, std::string_view name) {
    return rotation && std::any_of(rotation->words.begin(), rotation->words.end(),
                                   [&](const RotationWord& word) { return word.name == name; });
}

/// The wanted words that are not there, in IBM's order, each with a blank in front.
std::string missing_words(const std::optional<Rotation>& rotation, const SyslogRotation& wanted) {
    std::string missing;
    for (const std::string_view name : rotation_words)
        if (const auto value = wanted_value(wanted, name); value && !has_word(rotation, name))
            missing += " " + std::string(name) + (value->empty() ? "" : " " + *value);
    return missing;
}

/// That value behind the word.
Replacement with_value(const RotationWord& word, const std::string& value) {
    const bool has_none = word.value.begin == word.value.end;
    return {word.value, has_none && !value.empty() ? " " + value : value};
}

std::string with_rotation(std::string_view line, Span destination, const SyslogRotation& wanted) {
    const std::optional<Rotation> rotation = rotation_behind(line, destination);
    const std::string missing = missing_words(rotation, wanted);
    if (!rotation && missing.empty())
        return std::string(line);
    if (!rotation) // which may make rotation words of those that stand there
        return with_rotation(replaced(line, {destination.end, destination.end}, " rotate"), destination, wanted);
    std::vector<Replacement> replacements;
    for (const RotationWord& word : rotation->words) {
        if (word.name == "compress" && !wanted.compress.value_or(true))
            replacements.push_back({with_blanks_before(line, word.place), ""});
        else if (const auto value = wanted_value(wanted, word.name))
            replacements.push_back(with_value(word, *value));
    }
    replacements.push_back({{rotation->end, rotation->end}, missing});
    return replaced(line, replacements);
}

SyslogRotation in_words(std::string_view line, const Rotation& rotation) {
    SyslogRotation found;
    found.compress = false;
    for (const RotationWord& word : rotation.words) {
        const std::string value(at(line, word.value));
        if (word.name == "compress")
            found.compress = true;
        else
            (word.name == "size"    ? found.size
             : word.name == "files" ? found.files
             : word.name == "time"  ? found.time
                                    : found.archive) = value;
    }
    return found;
}

} // namespace

void require_selector(std::string_view selector) {
    Selection selection;
    if (const std::string complaint = read_selector(selector, selection); !complaint.empty())
        throw Error("selector " + cited(selector) + ": " + complaint);
}

void require_rotation(const SyslogRotation& rotation) {
    constexpr unsigned least_kilobytes = 10, fewest_files = 2;
    if (rotation.size && number_before(*rotation.size, "m").value_or(0) < 1 &&
        number_before(*rotation.size, "k").value_or(0) < least_kilobytes)
        throw Error("rotation size " + cited(*rotation.size) +
                    ": it must be a number with k or m attached, 10k at least, as in 512k or 10m");
    if (rotation.time && number_before(*rotation.time, "hdwmy").value_or(0) < 1)
        throw Error("rotation time " + cited(*rotation.time) +
                    ": it must be a number with h, d, w, m or y attached, as in 12h or 7d");
    if (rotation.files && number_before(*rotation.files, "").value_or(0) < fewest_files)
        throw Error("number of rotated files " + cited(*rotation.files) + ": it must be 2 or more");
    if (rotation.archive && !is_path(*rotation.archive))
        throw Error("archive " + cited(*rotation.archive) +
                    ": it must be the absolute path of a directory, without blanks, empty parts, . and ..");
}

void require_rule(const SyslogRule& rule) {
    require_selector(rule.selector);
    if (rule.destination.empty())
        throw Error("selector " + cited(rule.selector) + ": it has no destination; give one, /var/adm/syslog.log say");
    if (!is_destination(rule.destination))
        throw Error("destination " + cited(rule.destination) +
                    ": it must be an absolute path without blanks, empty parts, . and .., or @HOST, *, errlog, or the "
                    "names of users with commas between them");
    const SyslogRotation rotation = rule.rotation.value_or(SyslogRotation{});
    require_rotation(rotation);
    if (!rule.destination.starts_with('/') && !missing_words({}, rotation).empty())
        throw Error("destination " + cited(rule.destination) +
                    ": only a file can be rotated; leave the rotation out or name a file");
}

std::optional<SyslogConf::Entry> SyslogConf::understand(std::string_view line) {
    const std::vector<Span> found = words(line);
    if (found.size() < 2 || line[found.front().begin] == '#')
        return std::nullopt;
    Entry entry{found[0], found[1]};
    if (at(line, entry.destination) == central_log && found.size() > 2)
        entry.destination.end = found[2].end;
    return entry;
}

SyslogConf SyslogConf::parse(std::string_view text) {
    SyslogConf conf;
    conf.lines_ = understood(split_lines(text), understand);
    return conf;
}

std::string SyslogConf::text() const { return text_of_lines(lines_); }

std::vector<SyslogRule> SyslogConf::rules() const {
    std::vector<SyslogRule> rules;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const auto& [text, entry] = lines_[i];
        if (!entry)
            continue;
        SyslogRule rule{std::string(at(text, entry->selector)), std::string(at(text, entry->destination)), {}, i + 1};
        if (const auto rotation = rotation_behind(text, entry->destination))
            rule.rotation = in_words(text, *rotation);
        rules.push_back(std::move(rule));
    }
    return rules;
}

/// The lines of the rules that are meant.
std::vector<std::size_t> SyslogConf::find(const SyslogRule& wanted) const {
    const std::string destination = in_order(wanted.destination);
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const auto& [text, entry] = lines_[i];
        if (entry && (wanted.destination.empty() || in_order(at(text, entry->destination)) == destination) &&
            same_selector(at(text, entry->selector), wanted.selector))
            found.push_back(i);
    }
    return found;
}

void SyslogConf::rewrite(std::size_t index, std::string text) {
    lines_[index].meaning = understand(text);
    lines_[index].text = std::move(text);
}

/// The line that it got.
std::size_t SyslogConf::append(const SyslogRule& wanted) {
    append_line(lines_, wanted.selector + "\t" + wanted.destination, understand);
    return lines_.size() - 1;
}

void SyslogConf::set(const SyslogRule& wanted) {
    require_rule(wanted);
    const SyslogRotation rotation = wanted.rotation.value_or(SyslogRotation{});
    std::vector<std::size_t> found = find(wanted);
    if (found.empty())
        found = {append(wanted)};
    for (const std::size_t i : found)
        rewrite(i, with_rotation(lines_[i].text, lines_[i].meaning->destination, rotation));
}

bool SyslogConf::remove(const SyslogRule& wanted) {
    const std::vector<std::size_t> found = find(wanted);
    erase_lines(lines_, found);
    return !found.empty();
}

} // namespace bulwark
