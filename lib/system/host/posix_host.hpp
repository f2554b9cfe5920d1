#pragma once

#include "system/host.hpp"

namespace bulwark {

/// The running system, or the tree below `root` ("/" for the live host). Throws Error if root is not a directory.
std::unique_ptr<Host> make_posix_host(const std::string& root);

} // namespace bulwark
