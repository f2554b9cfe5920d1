#pragma once

#include <string>
#include <vector>

namespace bulwark {

/// The word that was probably meant by one that is not known: of several that are as close the first; empty where none is
/// close.
std::string nearest(const std::string& given, const std::vector<std::string>& known);

/// "did you mean inetd?", or where no word is close "see bulwark --help".
std::string hint(const std::string& given, const std::vector<std::string>& known, const std::string& help);

} // namespace bulwark
