#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// The Korn shells that are here: ksh93, and mksh and lksh, which are closer to the ksh88 that /usr/bin/ksh is on AIX
/// (aix_facts.md, Korn shell).
std::vector<std::string> korn_shells();

/// Whether `SHELL -n`, which reads a script and runs nothing of it, has no fault to find. Throws std::runtime_error if it cannot
/// be asked.
bool is_accepted_by(const std::string& shell, std::string_view script);

} // namespace bulwark
