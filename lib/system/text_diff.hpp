#pragma once

#include <optional>
#include <string>

namespace bulwark {

/// What leads from `base` to `theirs`, done to `ours`. Nothing where both changed the same lines differently, or where
/// one of the three has a NUL byte and so is no text. Unlike in `git merge-file`, changes of neighbouring lines do not
/// contradict each other: each line of inittab or inetd.conf stands for itself.
std::optional<std::string> merge_texts(const std::string& ours, const std::string& base, const std::string& theirs);

} // namespace bulwark
