#include "system/history/commit_text.hpp"

#include "document/lines.hpp"
#include "error.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace bulwark {
namespace {

constexpr std::size_t npos = std::string::npos;

using Lines = std::vector<std::string_view>;

bool is_blank(std::string_view line) { return trimmed(line).empty(); }

Lines lines_without_ends(std::string_view text) {
    Lines lines = split_lines(text);
    for (std::string_view& line : lines)
        line = without_line_end(line);
    return lines;
}

std::string joined(Lines::const_iterator begin, Lines::const_iterator end, std::string_view separator) {
    std::string result;
    for (auto line = begin; line != end; ++line)
        result.append(line == begin ? "" : separator).append(*line);
    return result;
}

/// Where the key of a trailer ends, or npos if the line is none.
std::size_t end_of_key(std::string_view line) {
    const std::size_t end = line.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
    return end != npos && end > 0 && line[end] == ':' ? end : npos;
}

/// Nothing unless every line is a trailer or goes on with the one before.
std::vector<std::pair<std::string, std::string>> parse_trailers(Lines::const_iterator begin,
                                                                Lines::const_iterator end) {
    std::vector<std::pair<std::string, std::string>> trailers;
    for (auto line = begin; line != end; ++line) {
        const std::size_t key = end_of_key(*line);
        if (key != npos)
            trailers.emplace_back(line->substr(0, key), trimmed(line->substr(key + 1)));
        else if (line->front() == ' ' && !trailers.empty())
            trailers.back().second.append(trailers.back().second.empty() ? "" : " ").append(trimmed(*line));
        else
            return {};
    }
    return trailers;
}

struct Date {
    int year = 0, month = 0, day = 0;
    int hour = 23, minute = 59, second = 59; // a date alone means the end of that day
    std::optional<int> minutes_ahead;        // of UTC; nothing: local time
};

bool take(std::string_view& rest, char character) {
    const bool found = rest.starts_with(character);
    rest.remove_prefix(found ? 1 : 0);
    return found;
}

bool take_number(std::string_view& rest, std::size_t digits, int& number) {
    const std::string_view text = rest.substr(0, digits);
    if (text.size() != digits || text.find_first_not_of("0123456789") != npos)
        return false;
    number = 0;
    for (const char digit : text)
        number = number * 10 + (digit - '0');
    rest.remove_prefix(digits);
    return true;
}

bool take_time(std::string_view& rest, Date& date) {
    date.second = 0;
    if (!take_number(rest, 2, date.hour) || !take(rest, ':') || !take_number(rest, 2, date.minute))
        return false;
    if (!take(rest, ':'))
        return true;
    if (!take_number(rest, 2, date.second))
        return false;
    if (take(rest, '.')) // the history knows whole seconds only
        rest.remove_prefix(std::min(rest.find_first_not_of("0123456789"), rest.size()));
    return true;
}

bool take_zone(std::string_view& rest, Date& date) {
    const int sign = rest.starts_with('-') ? -1 : 1;
    if (take(rest, 'Z')) {
        date.minutes_ahead = 0;
    } else if (take(rest, '+') || take(rest, '-')) {
        int hours = 0, minutes = 0;
        if (!take_number(rest, 2, hours) || (!rest.empty() && (take(rest, ':'), !take_number(rest, 2, minutes))) ||
            hours > 23 || minutes > 59)
            return false;
        date.minutes_ahead = sign * (hours * 60 + minutes);
    }
    return rest.empty();
}

std::chrono::year_month_day day_of(const Date& date) {
    using namespace std::chrono;
    return year{date.year} / month{static_cast<unsigned>(date.month)} / day{static_cast<unsigned>(date.day)};
}

bool is_real(const Date& date) {
    return day_of(date).ok() && date.hour <= 23 && date.minute <= 59 && date.second <= 59;
}

std::int64_t seconds_since_epoch(const Date& date) {
    if (date.minutes_ahead) {
        const std::chrono::sys_days midnight{day_of(date)};
        const std::int64_t minutes = date.hour * 60 + date.minute - *date.minutes_ahead;
        return midnight.time_since_epoch() / std::chrono::seconds{1} + minutes * 60 + date.second;
    }
    std::tm local{};
    local.tm_year = date.year - 1900;
    local.tm_mon = date.month - 1;
    local.tm_mday = date.day;
    local.tm_hour = date.hour;
    local.tm_min = date.minute;
    local.tm_sec = date.second;
    local.tm_isdst = -1; // whether daylight saving time is in force then, mktime finds out
    local.tm_wday = -1;
    const std::time_t time = std::mktime(&local);
    if (local.tm_wday < 0) // what mktime would have set
        throw Error("this host cannot tell local times of the year " + std::to_string(date.year) +
                    "; write the date with Z or +HH:MM behind it");
    return time;
}

} // namespace

CommitMessage parse_message(std::string_view message) {
    const Lines lines = lines_without_ends(message);
    const auto is_text = [](std::string_view line) { return !is_blank(line); };
    const auto last_of = [](Lines::const_iterator begin, Lines::const_iterator end, auto predicate) {
        return std::find_if(std::make_reverse_iterator(end), std::make_reverse_iterator(begin), predicate).base();
    };
    const auto subject = std::find_if(lines.begin(), lines.end(), is_text);
    const auto rest = std::find_if(subject, lines.end(), is_blank);
    const auto begin = std::find_if(rest, lines.end(), is_text);
    auto end = last_of(begin, lines.end(), is_text);
    const auto last_paragraph = last_of(begin, end, is_blank);
    CommitMessage result{joined(subject, rest, " "), {}, parse_trailers(last_paragraph, end)};
    if (!result.trailers.empty())
        end = last_of(begin, last_paragraph, is_text);
    result.body = joined(begin, end, "\n");
    return result;
}

std::string iso_date(std::int64_t time, int minutes_ahead) {
    using namespace std::chrono;
    const sys_seconds shifted{seconds{time} + minutes{minutes_ahead}}; // gmtime's time_t may end in 2038
    const auto midnight = floor<days>(shifted);
    const year_month_day date{midnight};
    const hh_mm_ss clock{shifted - midnight};
    const int distance = minutes_ahead < 0 ? -minutes_ahead : minutes_ahead;
    std::array<char, 80> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d%c%02d:%02d", int{date.year()},
                  unsigned{date.month()}, unsigned{date.day()}, static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                  minutes_ahead < 0 ? '-' : '+', distance / 60, distance % 60);
    return text.data();
}

std::optional<std::int64_t> parse_iso_date(std::string_view text) {
    Date date;
    std::string_view rest = text;
    if (!take_number(rest, 4, date.year) || !take(rest, '-') || !take_number(rest, 2, date.month) || !take(rest, '-') ||
        !take_number(rest, 2, date.day))
        return {};
    const bool timed = take(rest, 'T') || take(rest, ' ');
    if ((timed && !take_time(rest, date)) || !take_zone(rest, date) || !is_real(date))
        throw Error(std::string(text) + " is not a date: write YYYY-MM-DD, or YYYY-MM-DDTHH:MM:SS, and Z or +HH:MM "
                                        "behind it unless it is local time");
    return seconds_since_epoch(date);
}

} // namespace bulwark
