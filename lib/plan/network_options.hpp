#pragma once

#include "plan/rule.hpp"

#include <map>
#include <string>

namespace bulwark {

inline const std::string nextboot_path = "/etc/tunables/nextboot";

/// How network options survive a reboot.
enum class Persistence {
    script,    // a script of `no -o` lines, started from inittab: AIX 4.3 and 5.1, and the tutorial
    nextboot,  // `no -p -o`: AIX 5.2 and later (aix_facts.md, network options)
    automatic, // nextboot where /etc/tunables/nextboot exists
};

/// What is wanted of the network options (`no`), of the running kernel and of the next boot.
struct NetworkOptions {
    std::map<std::string, std::string> options;
    Persistence persistence = Persistence::script;
    std::string script = "/etc/rc.no";
};

Needs needs(const NetworkOptions& wanted, const Snapshot& snapshot);
void ensure(const NetworkOptions& wanted, Snapshot& snapshot);
std::string summary(const NetworkOptions& wanted);

/// Equal as `no` sees it: numbers by value, all else by text.
bool same_value(const std::string& a, const std::string& b);

} // namespace bulwark
