#include "document/crontab.hpp"

#include "error.hpp"
#include "text.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace bulwark {
namespace {

struct Field {
    std::string_view name;
    std::string CrontabJob::*value;
    unsigned lowest, highest;
    bool is_of_days; // day and weekday: a job runs on the days of either, unless one of them is `*`
};

constexpr std::array<Field, 5> fields = {{{"minute", &CrontabJob::minute, 0, 59, false},
                                          {"hour", &CrontabJob::hour, 0, 23, false},
                                          {"day", &CrontabJob::day, 1, 31, true},
                                          {"month", &CrontabJob::month, 1, 12, false},
                                          {"weekday", &CrontabJob::weekday, 0, 6, true}}};

constexpr std::string_view digits = "0123456789";
constexpr std::string_view ansible_marker = "#Ansible: ";

std::optional<unsigned> number(std::string_view text) {
    if (text.empty() || text.size() > 2 || text.find_first_not_of(digits) != std::string_view::npos)
        return std::nullopt;
    unsigned value = 0;
    for (const char digit : text)
        value = value * 10 + static_cast<unsigned>(digit - '0');
    return value;
}

/// The bits of a number or range of the field; none where it is not one.
std::uint64_t bits_of(std::string_view item, const Field& field) {
    const std::size_t dash = item.find('-');
    const auto first = number(item.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(item.substr(dash + 1));
    if (!first || !last || *first < field.lowest || *last > field.highest)
        return 0;
    std::uint64_t bits = 0;
    for (unsigned value = *first; value <= *last; ++value)
        bits |= std::uint64_t{1} << value;
    return bits;
}

/// When the field is true, a bit for each value; nothing where cron would not take it.
std::optional<std::uint64_t> times(std::string_view text, const Field& field) {
    if (text == "*") {
        const std::uint64_t restricts_no_day = field.is_of_days ? std::uint64_t{1} << 63 : 0;
        std::uint64_t bits = restricts_no_day;
        for (unsigned value = field.lowest; value <= field.highest; ++value)
            bits |= std::uint64_t{1} << value;
        return bits;
    }
    std::uint64_t all = 0;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::uint64_t bits = bits_of(text.substr(begin, end - begin), field);
        if (bits == 0)
            return std::nullopt;
        all |= bits;
        begin = end + 1;
    }
    return all;
}

bool is_same_time(std::string_view a, std::string_view b, const Field& field) {
    const auto times_a = times(a, field), times_b = times(b, field);
    return times_a && times_b ? times_a == times_b : a == b;
}

/// "0,10,20,30,40,50" for the minutes of `*/10`; empty where that is not what `text` says.
std::string steps(std::string_view text, const Field& field) {
    const auto step = text.starts_with("*/") ? number(text.substr(2)) : std::nullopt;
    std::string list;
    for (unsigned value = field.lowest; step && *step > 0 && value <= field.highest; value += *step)
        list += (list.empty() ? "" : ",") + std::to_string(value);
    return list;
}

/// What is wrong with a field that cron would not take.
std::string advice(std::string_view text, const Field& field) {
    const std::string range = std::to_string(field.lowest) + " to " + std::to_string(field.highest);
    if (const std::string list = steps(text, field); !list.empty())
        return "*/n is not known to AIX's cron; list the " + std::string(field.name) + "s: " + list;
    if (text == "7") // all other fields take it
        return "AIX's cron counts the days of the week from 0, Sunday, to 6, Saturday; Sunday is 0";
    const std::string takes = "AIX's cron takes *, numbers from " + range +
                              ", ranges of these (the lower one first) and lists of both with commas, without blanks";
    return text.find_first_of("@abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos
               ? takes
               : takes + "; it knows no names";
}

/// Whether the word can stand in a schedule, be it one that AIX's cron would not take (`*/10`, `mon-fri`): a line of
/// such words is a job all the same.
bool is_schedule_word(std::string_view word, const Field& field) {
    const bool may_be_name = field.name == "month" || field.name == "weekday";
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto is_digit_or_star = [](char c) { return c == '*' || (c >= '0' && c <= '9'); };
    const auto is_allowed = [&](char c) {
        return is_digit_or_star(c) || c == ',' || c == '-' || c == '/' || (may_be_name && is_letter(c));
    };
    return (is_digit_or_star(word.front()) || (may_be_name && is_letter(word.front()))) &&
           std::all_of(word.begin(), word.end(), is_allowed);
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](unsigned char byte) { return (byte < ' ' && byte != '\t') || byte == 0x7f; });
}

} // namespace

std::optional<Crontab::Entry> Crontab::understand(std::string_view line) {
    const std::vector<Span> found = words(line);
    if (found.size() <= fields.size())
        return std::nullopt;
    Entry entry;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (!is_schedule_word(at(line, found[i]), fields[i]))
            return std::nullopt;
        entry.schedule[i] = found[i];
    }
    entry.command = {found[fields.size()].begin, found.back().end};
    return entry;
}

/// What a comment line says; nothing where it is no comment, or says nothing, or is a job that somebody has disabled.
std::string_view Crontab::name_in(std::string_view line) {
    const std::string_view text = without_line_end(line);
    if (!text.starts_with('#'))
        return {};
    const std::size_t marker = text.starts_with(ansible_marker) ? ansible_marker.size() : 1;
    const std::string_view name = trimmed(text.substr(marker));
    return understand(name) ? std::string_view() : name;
}

Crontab Crontab::parse(std::string_view text) {
    Crontab crontab;
    crontab.lines_ = understood(split_lines(text), understand);
    return crontab;
}

std::string Crontab::text() const { return text_of_lines(lines_); }

std::vector<CrontabJob> Crontab::jobs() const {
    std::vector<CrontabJob> jobs;
    for (std::size_t index = 0; index < lines_.size(); ++index) {
        const Line<Entry>& line = lines_[index];
        if (!line.meaning)
            continue;
        CrontabJob job;
        job.name = name_of(index);
        for (std::size_t i = 0; i < fields.size(); ++i)
            job.*fields[i].value = at(line.text, line.meaning->schedule[i]);
        job.command = at(line.text, line.meaning->command);
        job.line = index + 1;
        jobs.push_back(std::move(job));
    }
    return jobs;
}

std::string_view Crontab::name_of(std::size_t index) const {
    return index == 0 ? std::string_view() : name_in(lines_[index - 1].text);
}

bool Crontab::is_same(std::size_t index, const CrontabJob& job) const {
    const Line<Entry>& line = lines_[index];
    for (std::size_t i = 0; i < fields.size(); ++i)
        if (!is_same_time(at(line.text, line.meaning->schedule[i]), job.*fields[i].value, fields[i]))
            return false;
    return at(line.text, line.meaning->command) == trimmed(job.command);
}

std::vector<std::size_t> Crontab::find_named(std::string_view name) const {
    std::vector<std::size_t> found;
    for (std::size_t index = 0; index < lines_.size(); ++index)
        if (!name.empty() && lines_[index].meaning && name_of(index) == name)
            found.push_back(index);
    return found;
}

std::vector<std::size_t> Crontab::find_same(const CrontabJob& job) const {
    std::vector<std::size_t> found;
    for (std::size_t index = 0; index < lines_.size(); ++index)
        if (lines_[index].meaning && is_same(index, job))
            found.push_back(index);
    return found;
}

void Crontab::insert(std::size_t index, std::string text) {
    const std::optional<Entry> entry = understand(text);
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(index), {std::move(text), entry});
}

void Crontab::rewrite(std::size_t index, const CrontabJob& wanted) {
    Line<Entry>& line = lines_[index];
    const Entry entry = *line.meaning;
    if (at(line.text, entry.command) != trimmed(wanted.command))
        line.text = replaced(line.text, entry.command, trimmed(wanted.command));
    for (std::size_t i = fields.size(); i-- > 0;) // from the right: the places of those still to come stay true
        if (const std::string& value = wanted.*fields[i].value;
            !is_same_time(at(line.text, entry.schedule[i]), value, fields[i]))
            line.text = replaced(line.text, entry.schedule[i], value);
    line.meaning = understand(line.text);
}

void Crontab::append(const CrontabJob& wanted) {
    if (const std::string_view name = trimmed(wanted.name); !name.empty())
        append_line(lines_, "# " + std::string(name), understand);
    else if (!lines_.empty() && !name_in(lines_.back().text).empty())
        append_line(lines_, "#", understand); // or what the file ends with would be the job's name, and go with it
    std::string text;
    for (const Field& field : fields)
        text += wanted.*field.value + " ";
    append_line(lines_, text.append(trimmed(wanted.command)), understand);
}

void Crontab::require_allowed(const CrontabJob& wanted) {
    require_schedule(wanted);
    if (has_control_character(wanted.name) || understand(trimmed(wanted.name)))
        throw Error("a job's name stands in a comment line above it, so it cannot have a newline or another control "
                    "character, nor read like a job; choose another one than '" +
                    wanted.name + "'");
    if (trimmed(wanted.command).empty())
        throw Error("a job without a command cannot be run; give its command");
    if (has_control_character(wanted.command))
        throw Error("a job is one line, so its command cannot have a newline, for which % stands, or another control "
                    "character: '" +
                    wanted.command + "'");
}

void Crontab::set(const CrontabJob& wanted) {
    require_allowed(wanted);
    const std::string name(trimmed(wanted.name));
    const std::vector<std::size_t> named = find_named(name);
    if (named.size() > 1)
        throw Error(describe_lines({named[0] + 1, named[1] + 1}) + ": two jobs have the name '" + name +
                    "'; remove one of them, or its comment line");
    if (!named.empty())
        return rewrite(named.front(), wanted);
    const std::vector<std::size_t> same = find_same(wanted);
    if (same.empty())
        return append(wanted);
    if (const std::size_t index = same.front(); !name.empty() && name_of(index).empty()) {
        const std::string_view end = line_end(lines_[index].text);
        insert(index, "# " + name + std::string(end.ends_with('\n') ? end : "\n"));
    }
}

bool Crontab::remove(const CrontabJob& wanted) {
    const std::string name(trimmed(wanted.name));
    const std::vector<std::size_t> found = name.empty() ? find_same(wanted) : find_named(name);
    if (!found.empty())
        erase(found);
    return !found.empty();
}

/// Takes away these jobs and their names. The comment above a name would become the name of a job below that has none:
/// an empty one keeps it off.
void Crontab::erase(const std::vector<std::size_t>& jobs) {
    std::vector<Line<Entry>> kept;
    std::vector<bool> goes(lines_.size() + 1); // there is one line more, so that all have one below
    for (const std::size_t job : jobs) {
        goes[job] = true;
        goes[job - (name_of(job).empty() ? 0 : 1)] = true;
    }
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        if (goes[i])
            continue;
        const bool was_name = !name_in(lines_[i].text).empty();
        kept.push_back(std::move(lines_[i]));
        if (!goes[i + 1] || !was_name)
            continue;
        const auto below =
            std::find(goes.begin() + static_cast<std::ptrdiff_t>(i + 1), goes.end() - 1, false) - goes.begin();
        if (const auto next = static_cast<std::size_t>(below); next < lines_.size() && lines_[next].meaning)
            kept.push_back({"#" + std::string(line_end(kept.back().text)), std::nullopt});
    }
    lines_ = std::move(kept);
}

void require_schedule(const CrontabJob& job) {
    for (const Field& field : fields)
        if (const std::string& text = job.*field.value; !times(text, field))
            throw Error(std::string(field.name) + " " + (text.empty() ? "''" : text) + ": " + advice(text, field));
}

} // namespace bulwark
