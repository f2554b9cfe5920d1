#pragma once

#include "plan/rule.hpp"

#include <string>

namespace bulwark {

inline const std::string ftpusers_path = "/etc/ftpusers";

/// Whether one user is in /etc/ftpusers: those who are there may not use ftp (aix_facts.md, ftpusers).
struct FtpUser {
    std::string name;
    bool present = true;
};

Needs needs(const FtpUser& wanted, const Snapshot& snapshot);
void ensure(const FtpUser& wanted, Snapshot& snapshot);
std::string summary(const FtpUser& wanted);

} // namespace bulwark
