#pragma once

#include "plan/rule.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace bulwark {

/// The procedure that closes an open relay: the m4 source is edited, m4 builds the configuration, class files are
/// written or their lines commented out, sendmail tries the result, and only then is it installed (docs/tutorial.md,
/// "Closing the open relay"; aix_facts.md, sendmail).
struct Sendmail {
    std::string mc{}; // empty: the source of this release in /usr/samples/tcpip/sendmail/cf
    std::string cf{}; // empty: /etc/mail/sendmail.cf of 5.1 and later where it is there, else /etc/sendmail.cf
    /// Nothing: the tutorial's correction alone, aix433 in place of aix43 where the library has no other opinion.
    std::optional<std::string> ostype{};
    std::set<std::string> features_absent{}, mailers_absent{};
    std::optional<std::vector<std::string>> host_names{}, relay_domains{}; // nothing: the file is left as it is
    std::string host_names_file{}, relay_domains_file{};                   // empty: those that the configuration names
};

Needs needs(const Sendmail& wanted, const Snapshot& snapshot);
void ensure(const Sendmail& wanted, Snapshot& snapshot);
std::string summary(const Sendmail& wanted);

/// Which of these files a configuration names without which sendmail does not start: file and configuration.
std::set<std::pair<std::string, std::string>> required_by_configurations(const std::set<std::string>& files,
                                                                         const Snapshot& snapshot);

/// What builds a configuration, to be run in the directory of its source: m4 ../m4/cf.m4 SOURCE.
std::vector<std::string> m4_command(const CfSource& source);

/// What tries one: sendmail -CFILE -bt, without input.
std::vector<std::string> cf_check_command(const std::string& cf);

/// The text that it tries: without the lines that read a class from a file that this run is about to create, for sendmail
/// refuses those as long as it is not there.
std::string cf_to_check(const std::string& text, const Snapshot& before);

} // namespace bulwark
