#pragma once

#include "module.hpp"

#include <string>
#include <vector>

namespace bulwark {

/// The tasks of EXAMPLES.
std::string example_tasks(const Module& module);

/// What its result has, that which every module returns included.
std::vector<Return> all_returns(const Module& module);

} // namespace bulwark
