#include "document/inittab.hpp"

#include "error.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>

namespace bulwark {
namespace {

/// Where `part`, a view into `line`, stands in it.
Span span_of(std::string_view line, std::string_view part) {
    const auto begin = static_cast<std::size_t>(part.data() - line.data());
    return {begin, begin + part.size()};
}

using Fields = std::array<Span, 4>; // identifier, runlevel, action, command

std::optional<Fields> find_fields(std::string_view line, std::size_t begin) {
    Fields fields;
    for (std::size_t i = 0; i < 3; ++i) {
        const std::size_t colon = line.find(':', begin);
        if (colon == std::string_view::npos)
            return std::nullopt;
        // System V's init skips blanks in these three: ` dt : 2 : wait :...` starts dt. Where that of AIX did not, it
        // would not run the record, and an edit could do no harm (aix_facts.md, inittab).
        fields[i] = span_of(line, trimmed(line.substr(begin, colon - begin)));
        begin = colon + 1;
    }
    fields[3] = {begin, without_line_end(line).size()};
    return fields;
}

/// Whether commented text is a record that somebody disabled and not prose that happens to have colons in it.
bool is_whole_record(std::string_view line, const Fields& fields) {
    const std::string_view identifier = at(line, fields[0]);
    return identifier.size() <= 14 && identifier.find_first_of(" \t\n") == std::string_view::npos &&
           at(line, fields[1]).find_first_not_of("0123456789abcsSmM") == std::string_view::npos &&
           is_inittab_action(at(line, fields[2]));
}

/// Whether a line that is no record was meant to be the one of `identifier`.
bool stands_in_the_way(std::string_view line, std::string_view identifier) {
    const std::string_view text = trimmed(without_line_end(line));
    if (identifier.empty() || !text.starts_with(identifier))
        return false;
    return text.size() == identifier.size() || text.find_first_of(" \t:", identifier.size()) == identifier.size();
}

std::string about(std::string_view identifier) { return "record " + std::string(identifier) + ": "; }

bool is_plain(char character) {
    const auto byte = static_cast<unsigned char>(character);
    return byte > ' ' && byte != 0x7f && character != ':' && character != '\\';
}

/// Throws unless `value` can stand before one of the first three colons and be read back from there.
void require_plain(std::string_view identifier, std::string_view field, std::string_view value) {
    if (!std::all_of(value.begin(), value.end(), is_plain))
        throw Error(about(identifier) + std::string(field) +
                    " contains a blank, a colon, a backslash or a control character; leave it out");
}

void require_identifier(std::string_view identifier) {
    require_plain(identifier, "identifier", identifier);
    if (identifier.empty() || identifier.front() == '#')
        throw Error(about(identifier) + "an identifier is not empty and does not begin with #, which does not disable "
                                        "a record of inittab; choose another one");
}

/// Throws unless `command` can stand at the end of a record and be read back from there.
void require_command(std::string_view identifier, std::string_view command) {
    if (command.find('\0') != std::string_view::npos)
        throw Error(about(identifier) + "command contains a NUL byte, where init would cut it off; leave it out");
    for (std::size_t i = command.find('\n'); i != std::string_view::npos; i = command.find('\n', i + 1))
        if (i == 0 || command[i - 1] != '\\')
            throw Error(about(identifier) + "command contains a newline, which would end the record; write it as one "
                                            "line, or a backslash before the newline");
    if (command.ends_with('\\') || command.ends_with('\r'))
        throw Error(about(identifier) + "command ends in a backslash or a carriage return, which would become part of "
                                        "the line end; leave it out");
}

std::size_t newlines(std::string_view text) { // a continued line has several
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// `line` with `value`, if one is given, in place of the bytes of `span`.
std::string with(std::string line, Span span, const std::optional<std::string>& value) {
    return value ? replaced(line, span, *value) : std::move(line);
}

} // namespace

bool is_inittab_action(std::string_view action) {
    static constexpr std::array<std::string_view, 12> actions = {
        "respawn",   "wait", "once", "boot",     "bootwait",    "powerfail",
        "powerwait", "off",  "hold", "ondemand", "initdefault", "sysinit",
    };
    return std::find(actions.begin(), actions.end(), action) != actions.end();
}

std::optional<Inittab::Record> Inittab::understand(std::string_view line) {
    const bool commented = line.starts_with(':');
    const std::optional<Fields> fields = find_fields(line, commented ? 1 : 0);
    if (!fields || fields->front().begin == fields->front().end)
        return std::nullopt;
    if (commented && !is_whole_record(line, *fields))
        return std::nullopt;
    const auto& [identifier, runlevel, action, command] = *fields;
    return Record{identifier, runlevel, action, command, commented};
}

Inittab Inittab::parse(std::string_view text) {
    Inittab inittab;
    inittab.lines_ = understood(split_continued_lines(text), understand);
    return inittab;
}

std::string Inittab::text() const { return text_of_lines(lines_); }

InittabRecord Inittab::record(const Line<Record>& line, std::size_t number) {
    const auto field = [&line](Span span) { return std::string(at(line.text, span)); };
    const Record& record = *line.meaning;
    return {field(record.identifier), field(record.runlevel), field(record.action),
            field(record.command),    record.commented,       number};
}

std::vector<InittabRecord> Inittab::records() const {
    std::vector<InittabRecord> records;
    std::size_t number = 1;
    for (const Line<Record>& line : lines_) {
        if (line.meaning)
            records.push_back(record(line, number));
        number += newlines(line.text);
    }
    return records;
}

/// "line 4": where the lines of these indexes, which are in ascending order, stand in the file.
std::string Inittab::place_of(const std::vector<std::size_t>& indexes) const {
    std::vector<std::size_t> numbers;
    std::size_t number = 1, at = 0;
    for (const std::size_t index : indexes) {
        for (; at < index; ++at)
            number += newlines(lines_[at].text);
        numbers.push_back(number);
    }
    return describe_lines(numbers) + ": ";
}

std::size_t Inittab::line_number(std::size_t index) const {
    std::size_t number = 1;
    for (std::size_t i = 0; i < index; ++i)
        number += newlines(lines_[i].text);
    return number;
}

/// The one record of that identifier among the active or the commented ones.
std::optional<std::size_t> Inittab::find(std::string_view identifier, bool commented) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const std::string& text = lines_[i].text;
        const std::optional<Record>& meaning = lines_[i].meaning;
        if (meaning && meaning->commented == commented && at(text, meaning->identifier) == identifier)
            found.push_back(i);
        else if (!meaning && stands_in_the_way(text, identifier))
            throw Error(place_of({i}) + "the record of " + std::string(identifier) +
                        " has fewer than three colons; write it as identifier:runlevel:action:command or delete it");
    }
    if (found.size() > 1)
        throw Error(place_of(found) + "the identifier " + std::string(identifier) + " stands there " +
                    (commented ? "commented out more than once" : "more than once") + "; keep one of these lines");
    return found.empty() ? std::nullopt : std::optional(found.front());
}

std::size_t Inittab::require_active(std::string_view identifier) const {
    const std::optional<std::size_t> index = find(identifier, false);
    if (!index)
        throw Error(about(identifier) + "init sees none with this identifier; add it first");
    return *index;
}

std::optional<InittabRecord> Inittab::active(std::string_view identifier) const {
    const std::optional<std::size_t> index = find(identifier, false);
    return index ? std::optional(record(lines_[*index], line_number(*index))) : std::nullopt;
}

std::optional<InittabRecord> Inittab::commented(std::string_view identifier) const {
    const std::optional<std::size_t> index = find(identifier, true);
    return index ? std::optional(record(lines_[*index], line_number(*index))) : std::nullopt;
}

void Inittab::rewrite(std::size_t index, std::string text) {
    std::optional<Record> meaning = understand(text);
    lines_[index] = {std::move(text), meaning};
}

void Inittab::comment(std::string_view identifier) {
    const std::size_t index = require_active(identifier);
    rewrite(index, ":" + lines_[index].text);
}

void Inittab::uncomment(std::string_view identifier) {
    const std::optional<std::size_t> index = find(identifier, true);
    if (!index)
        throw Error(about(identifier) + "none with this identifier is commented out; add it instead");
    if (const std::optional<std::size_t> active = find(identifier, false))
        throw Error(place_of({std::min(*active, *index), std::max(*active, *index)}) + "the identifier " +
                    std::string(identifier) + " stands there active and commented out; delete the line not meant");
    rewrite(*index, lines_[*index].text.substr(lines_[*index].meaning->identifier.begin));
}

void Inittab::remove(std::string_view identifier) {
    find(identifier, false); // throws where it is not clear which one is meant
    std::erase_if(lines_, [&](const Line<Record>& line) {
        return line.meaning && at(line.text, line.meaning->identifier) == identifier;
    });
}

void Inittab::change(std::string_view identifier, const InittabFields& fields) {
    const std::size_t index = require_active(identifier);
    const std::string& text = lines_[index].text;
    const Record& record = *lines_[index].meaning;
    const auto differs = [&text](const std::optional<std::string>& value, Span span) {
        return value && *value != at(text, span);
    };
    if (differs(fields.runlevel, record.runlevel))
        require_plain(identifier, "runlevel", *fields.runlevel);
    if (differs(fields.action, record.action))
        require_plain(identifier, "action", *fields.action);
    if (differs(fields.command, record.command))
        require_command(identifier, *fields.command);
    // From the last field to the first, so that the spans of those before stay true.
    std::string changed = with(text, record.command, fields.command);
    changed = with(changed, record.action, fields.action);
    rewrite(index, with(changed, record.runlevel, fields.runlevel));
}

/// Throws where a line put after that of `index` would be taken for its continuation.
void Inittab::require_ended(std::size_t index) const {
    const std::string_view text = lines_[index].text;
    if (text.ends_with('\\') || text.ends_with("\\\n"))
        throw Error(place_of({index}) + "it ends in a backslash, so that a record put after it would become part of "
                                        "it; delete the backslash");
}

/// Puts a line where that of `index` is now. It, and the one before, get the line end of the file if they lack one.
void Inittab::place(std::size_t index, std::string text) {
    const std::string_view end = !lines_.empty() && lines_.front().text.ends_with("\r\n") ? "\r\n" : "\n";
    if (index > 0) {
        require_ended(index - 1);
        rewrite(index - 1, completed(std::move(lines_[index - 1].text), end));
    }
    text = completed(std::move(text), end);
    const std::optional<Record> meaning = understand(text);
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(index), {std::move(text), meaning});
}

void Inittab::insert(std::string_view identifier, const InittabFields& fields, std::optional<std::string_view> after) {
    require_identifier(identifier);
    if (!fields.runlevel || !fields.action || !fields.command)
        throw Error(about(identifier) + "a new one needs runlevel, action and command; give all three");
    require_plain(identifier, "runlevel", *fields.runlevel);
    require_plain(identifier, "action", *fields.action);
    require_command(identifier, *fields.command);
    if (const std::optional<std::size_t> index = find(identifier, false))
        throw Error(place_of({*index}) + "the identifier " + std::string(identifier) +
                    " is taken; change this record instead");
    const std::size_t index = after ? require_active(*after) + 1 : lines_.size();
    place(index, std::string(identifier) + ":" + *fields.runlevel + ":" + *fields.action + ":" + *fields.command);
}

void Inittab::move(std::string_view identifier, std::string_view after) {
    const std::size_t from = require_active(identifier);
    const std::size_t to = require_active(after) + 1;
    if (to == from || to == from + 1)
        return;
    require_ended(from);
    place(to, lines_[from].text);
    lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(from < to ? from : from + 1));
}

} // namespace bulwark
