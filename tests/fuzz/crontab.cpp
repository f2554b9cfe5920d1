#include "document/crontab.hpp"

#include "documents.hpp"
#include "targets.hpp"
#include "text.hpp"

#include <algorithm>

namespace bulwark::fuzz {
namespace {

using Done = std::function<void(Crontab&)>;

CrontabJob job_of(const Edit& edit) {
    CrontabJob job;
    job.name = edit.argument(0);
    job.command = edit.argument(1);
    std::string CrontabJob::*const fields[] = {&CrontabJob::minute, &CrontabJob::hour, &CrontabJob::day,
                                               &CrontabJob::month, &CrontabJob::weekday};
    for (std::size_t i = 0; i < std::size(fields); ++i)
        job.*fields[i] = edit.optional(i + 2).value_or("*");
    return job;
}

/// The jobs with their names: what of a crontab counts.
std::vector<std::string> in_words(const std::vector<CrontabJob>& jobs) {
    std::vector<std::string> result;
    for (const CrontabJob& job : jobs)
        result.push_back(joined({job.name, job.minute, job.hour, job.day, job.month, job.weekday, job.command}, "|"));
    return result;
}

/// Whether all of `some` are among `all`, in that order.
bool are_among(const std::vector<std::string>& some, const std::vector<std::string>& all) {
    auto next = all.begin();
    for (const std::string& one : some) {
        next = std::find(next, all.end(), one);
        if (next == all.end())
            return false;
        ++next;
    }
    return true;
}

void set(Crontab& crontab, const Edit& edit) {
    const CrontabJob job = job_of(edit);
    const std::string before = crontab.text();
    const std::vector<std::string> jobs = in_words(crontab.jobs());
    const Done done = [&](Crontab& one) { one.set(job); };
    if (!is_done(crontab, done))
        return;
    require_settled(crontab, done);
    std::vector<std::string> others = in_words(crontab.jobs());
    require(others.size() <= jobs.size() + 1, "no second job is added", crontab.text());
    // The one that is set: it may be any of them, and the others are as before.
    const auto without = [&](std::size_t index) {
        std::vector<std::string> rest = others;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(index));
        return are_among(rest, jobs);
    };
    bool kept = are_among(others, jobs);
    for (std::size_t i = 0; i < others.size() && !kept; ++i)
        kept = without(i);
    require(kept, "the other jobs are as before", "before: " + before + "after: " + crontab.text());
}

void remove(Crontab& crontab, const Edit& edit) {
    const CrontabJob job = job_of(edit);
    const std::string before = crontab.text();
    const std::vector<std::string> jobs = in_words(crontab.jobs());
    const Done done = [&](Crontab& one) { one.remove(job); };
    if (!is_done(crontab, done))
        return;
    require_settled(crontab, done);
    require(are_among(in_words(crontab.jobs()), jobs), "the other jobs are as before",
            "before: " + before + "after: " + crontab.text());
}

constexpr std::array<Verb<Crontab>, 2> verbs = {{{"set", set}, {"remove", remove}}};

} // namespace

void crontab(std::string_view bytes) { parse_and_edit(verbs, read_input(bytes)); }

} // namespace bulwark::fuzz
