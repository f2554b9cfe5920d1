#pragma once

#include <sys/stat.h>

namespace bulwark {

/// Gives one open file the access control list of another, or takes its own away if the other has none. Its mode may
/// change with that.
void copy_access_control_list(int from, int to);

/// What chmod(2) must be given for the wanted permission bits, so that the access control list stays in force.
mode_t mode_for_chmod(mode_t wanted, const struct stat& now);

} // namespace bulwark
