#pragma once

#include <string>

namespace bulwark {

/// `bulwark doc --man`: bulwark(1), in the macros of man that every nroff has, AIX's too. The same for every build of a
/// version.
std::string man_page();

} // namespace bulwark
