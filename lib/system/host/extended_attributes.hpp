#pragma once

#include <string>
#include <vector>

namespace bulwark {

/// The names of an open file's extended attributes, in order; none where the system has none. Access control lists, labels
/// and hashes that the system itself gives to every file are not among them.
std::vector<std::string> extended_attributes(int file);

/// Gives one open file the extended attributes of another; those that vouch for its text (see vouches_for_text) only where
/// that stays too.
void copy_extended_attributes(int from, int to, bool text_stays);

} // namespace bulwark
