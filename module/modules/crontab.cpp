#include "plan/crontab.hpp"
#include "modules/modules.hpp"

#include <algorithm>

namespace bulwark {
namespace {

Option schedule_option(const std::string& name, const std::string& range) {
    return {.name = name,
            .description =
                range +
                " `*`, a number, a range as `1-5`, or a list of these with commas. AIX's cron knows no `*/n`, no "
                "names of days or months and no `@daily`.",
            .fallback = "*"};
}

std::vector<Option> job_options() {
    return {
        {.name = "name",
         .description =
             "What the job is for. It stands in the comment line directly above the job, `# NAME`, by which the job is "
             "found again; `#Ansible: NAME`, as `ansible.builtin.cron` writes it, is found as well. Without a name the "
             "schedule and the command together tell which job is meant."},
        schedule_option("minute", "0 to 59:"),
        schedule_option("hour", "0 to 23:"),
        schedule_option("day", "The day of the month, 1 to 31:"),
        schedule_option("month", "1 to 12:"),
        schedule_option("weekday", "0 to 6, from Sunday to Saturday:"),
        {.name = "job",
         .description =
             "The command, as it is to stand in the file: cron takes `%` for a newline and `\\%` for a percent "
             "sign. `state: present` needs it."},
        {.name = "state",
         .description =
             "`present`: the job of that name has this schedule and command; if there is none, but one of this "
             "schedule and command, that one gets the name unless it has a comment line already; else it is "
             "added at the end. `absent`: no job of that name or, without a name, of that schedule and "
             "command; the comment line directly above it goes with it.",
         .choices = {"present", "absent"},
         .fallback = "present"},
    };
}

/// `su USER -c` hands the path of the crontab, which ends with the name, to the user's shell.
std::string user_of(const json::object& arguments) {
    const std::string user = text_of(arguments, "user");
    constexpr std::string_view special = "!\"#$%&'()*,/:;<=>?[\\]^`{|}~\x7f";
    const auto is_odd = [&](char c) {
        return static_cast<unsigned char>(c) <= ' ' || special.find(c) != std::string_view::npos;
    };
    if (user.empty() || user.front() == '-' || user.front() == '.' || std::any_of(user.begin(), user.end(), is_odd))
        throw Error("option user is '" + user + "': it must be a login name, which names the file in " +
                    crontab_directory + " and has no blanks, slashes, colons and characters special to a shell");
    return user;
}

CronJob job_of(const json::object& item, const std::string& user) {
    CronJob wanted{
        user,
        {.name = text_of(item, "name"),
         .minute = text_of(item, "minute"),
         .hour = text_of(item, "hour"),
         .day = text_of(item, "day"),
         .month = text_of(item, "month"),
         .weekday = text_of(item, "weekday"),
         .command = text_of(item, "job")},
        value_of<JobState>(text_of(item, "state"), {{"present", JobState::present}, {"absent", JobState::absent}})};
    if (!wanted.job.command.empty())
        return wanted;
    if (wanted.job.name.empty())
        throw Error("a job has neither a name nor a command; give `name`, `job` or both");
    if (wanted.state == JobState::present)
        throw Error("job '" + wanted.job.name +
                    "' has no command; give it in `job`, or say `state: absent` to remove it");
    return wanted;
}

std::vector<Rule> rules(const Module& module, const json::object& arguments, const Caller& caller) {
    std::vector<Wanted> wanted;
    for (const json::object& item : items(module.table, arguments, caller))
        wanted.emplace_back(job_of(item, user_of(arguments)));
    return {rule_of(module, std::move(wanted))};
}

constexpr Example examples[] = {
    {"Without the sendmail daemon mail that leaves the host waits for this",
     R"({"name": "process the outgoing mail queue twice an hour.",
         "minute": "10,40",
         "job": "/usr/lib/sendmail -q > /dev/null 2>&1"})"},
    {"Keep the error log short",
     R"({"jobs": [{"name": "old software errors", "minute": 0, "hour": 11, "job": "/usr/bin/errclear -d S,O 30"},
                  {"name": "old hardware errors", "minute": 0, "hour": 12, "job": "/usr/bin/errclear -d H 90"}]})"},
    {"No job of that name any more", R"({"user": "uucp", "jobs": ["poll"], "state": "absent"})"},
};

} // namespace

Module crontab_module() {
    return {
        .name = "crontab",
        .summary = "Jobs of a user's crontab",
        .description =
            {"Adds, changes and removes jobs in `/var/spool/cron/crontabs/USER`, which is created if it is not "
             "there, and hands the new text to cron with `crontab FILE`: cron reads its crontabs only when it "
             "starts, or when told so. In an alternate root it edits the file alone.",
             "A job is never added twice. Other jobs and comments, jobs that are commented out among them, stay "
             "as they are, byte for byte."},
        .table = {.options = with_common_options(
                      {{.name = "user", .description = "Whose crontab it is.", .fallback = "root"},
                       {.name = "jobs",
                        .type = Type::list,
                        .description = "Jobs to look after, in one transaction. An item that is a plain string is a "
                                       "name; options beside the list are the items' defaults.",
                        .elements = Type::dict,
                        .options = job_options()}}),
                  .items = "jobs",
                  .required_one_of = {{"jobs", "name", "job"}}},
        .examples = examples,
        .rules = rules};
}

} // namespace bulwark
