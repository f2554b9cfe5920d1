#pragma once

#include "plan/snapshot.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bulwark {

/// A recorded state of a file with the owner and the group that may be put back on this host. The recorded number decides:
/// it is put back where it has the recorded name still, or none any more. A number that is another name's by now is not:
/// no file silently becomes somebody else's. The owner then stays that of `now`, or is the superuser where the file is
/// made again, without the set-user-id and set-group-id bits that were meant for another. All that is not as recorded is
/// told in `warnings`. Where it is not `known` who there is, it is as recorded.
FileState with_safe_owners(const std::string& path, FileState recorded, const FileState& now, const FileState& new_file,
                           const std::optional<KnownAccounts>& known, std::vector<std::string>& warnings);

} // namespace bulwark
