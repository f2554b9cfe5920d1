#pragma once

#include "request.hpp"

namespace bulwark {

class Host;

/// Does what is asked and returns the module's result (docs/modules/harden.md, "Returned values"). Throws Error if it
/// cannot be done; then every file is as before.
json::object run(const Request& request, Host& host);

} // namespace bulwark
