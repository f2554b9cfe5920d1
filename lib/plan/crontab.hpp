#pragma once

#include "document/crontab.hpp"
#include "plan/rule.hpp"

#include <string>

namespace bulwark {

inline const std::string crontab_directory = "/var/spool/cron/crontabs/"; // a file a user (aix_facts.md, cron)

enum class JobState { present, absent };

/// What is wanted of one job of a user's crontab.
struct CronJob {
    std::string user = "root";
    CrontabJob job; // its name is in the comment line above it; empty: the schedule and the command tell which
    JobState state = JobState::present;
};

Needs needs(const CronJob& wanted, const Snapshot& snapshot);
void ensure(const CronJob& wanted, Snapshot& snapshot);
std::string summary(const CronJob& wanted);

} // namespace bulwark
