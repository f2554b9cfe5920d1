#pragma once

#include "document/lines.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// One job: when, what, and the comment line directly above it, which is its name.
struct CrontabJob {
    std::string name{}; // without `# `; empty: none
    std::string minute = "*", hour = "*", day = "*", month = "*", weekday = "*";
    std::string command{}; // as in the file: `%` is a newline to cron, `\%` a percent sign
    std::size_t line = 0;  // of its schedule, counted from 1; no part of what is wanted
};

/// A user's crontab: `minute hour day month weekday command`, separated by blanks or tabs; blank lines and lines that
/// begin with `#` mean nothing. Fields are `*`, numbers, ranges and comma lists of these; 0 to 6 are Sunday to
/// Saturday. AIX documents neither `*/n` nor lines that set variables (aix_facts.md, cron).
///
/// The name of a job is what the comment line directly above it says: `# NAME`, or `#Ansible: NAME` as Ansible's cron
/// module writes it. A job that somebody has commented out is neither a job nor a name. Schedules are compared by when
/// they are true (`10,40` is `40,10`, `0-3` is `0,1,2,3`), commands by their bytes without the blanks around them.
class Crontab {
public:
    static Crontab parse(std::string_view text); // never fails
    std::string text() const;                    // parse(t).text() == t, for every t

    std::vector<CrontabJob> jobs() const; // in the order of the file

    /// Makes the job so. It is the one of that name, else one of that schedule and command (which gets the name, unless
    /// there is another comment line above it: then it is left as it is), else it is appended, its name in a comment
    /// line above it; one without a name below an empty comment where the file ends with one that would name it. Never
    /// adds a second one. Throws Error where a field is one that cron would not take, or the name or command has a
    /// newline, or two jobs have the name.
    void set(const CrontabJob& wanted);

    /// Removes every job of that name or, where no name is given, of that schedule and command, with the comment line
    /// that names it: left alone it would name the job below. So would a further one above that: then an empty comment
    /// stays between. False if there is none.
    bool remove(const CrontabJob& wanted);

    bool operator==(const Crontab&) const = default;

private:
    /// Where the fields stand in the line.
    struct Entry {
        std::array<Span, 5> schedule;
        Span command;
        bool operator==(const Entry&) const = default;
    };
    static std::optional<Entry> understand(std::string_view line);
    static std::string_view name_in(std::string_view line);

    std::string_view name_of(std::size_t index) const;
    bool is_same(std::size_t index, const CrontabJob& job) const;
    std::vector<std::size_t> find_named(std::string_view name) const;
    std::vector<std::size_t> find_same(const CrontabJob& job) const;
    void rewrite(std::size_t index, const CrontabJob& wanted);
    void insert(std::size_t index, std::string text);
    void append(const CrontabJob& wanted);
    void erase(const std::vector<std::size_t>& jobs);
    static void require_allowed(const CrontabJob& wanted);

    std::vector<Line<Entry>> lines_;
};

/// Throws Error ("hour 25: ...") where cron would not take the field.
void require_schedule(const CrontabJob& job);

} // namespace bulwark
