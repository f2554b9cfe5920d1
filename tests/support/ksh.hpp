#pragma once

#include <optional>
#include <string_view>

namespace bulwark {

/// The exit status of `ksh93 -n`, which reads a script and runs nothing of it: 0 if it is one. 128 if a signal ended
/// it. Nothing if there is no ksh93 here. AIX has ksh88 too (aix_facts.md, Korn shell). Throws std::runtime_error if it
/// cannot be asked.
std::optional<int> checked_by_ksh(std::string_view script);

} // namespace bulwark
