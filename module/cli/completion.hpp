#pragma once

#include <string>

namespace bulwark {

/// `bulwark doc --completion bash|zsh`: a script for that shell that completes modules, commands, options, their choices,
/// and paths. All names in it are those of the option tables. Empty for another shell: ksh93 has no way to plug one in.
std::string completion_script(const std::string& shell);

} // namespace bulwark
