#pragma once

#include "module.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// `bulwark doc NAME`: DOCUMENTATION, EXAMPLES and RETURN as one YAML document, as a sidecar of a binary module
/// holds it.
std::string documentation(const Module& module);

/// `bulwark doc --python NAME`: a documentation-only Python file with the same as string constants, which
/// `ansible-doc -l` reads.
std::string python_documentation(const Module& module);

/// `bulwark doc --markdown NAME`: the reference page under docs/modules.
std::string markdown_documentation(const Module& module);

} // namespace bulwark
