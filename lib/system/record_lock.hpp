#pragma once

#include "system/rooted_path.hpp"

#include <chrono>
#include <string>

namespace bulwark {

/// Opens a lock file, making it (0600) if need be. Throws Error if something else stands there.
Descriptor open_lock_file(const Place& place);

/// Waits until a POSIX record lock on all of the file, which users know as `path`, is ours. Throws Error, naming who
/// holds it, after `timeout`. Closing any descriptor of the file ends the lock.
void wait_for_lock(const Descriptor& file, const std::string& path, std::chrono::seconds timeout);

} // namespace bulwark
