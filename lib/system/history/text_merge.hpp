#pragma once

#include <optional>
#include <string>

namespace bulwark {

/// What came of undoing a change in a text that has been edited since.
struct UndoneText {
    std::optional<std::string> text; // nothing where it contradicts the edits
    bool moved = false;              // nothing, because a line of the change stands in another place by now
};

/// Undoes the change from `earlier` to `left` in `now`, line by line, and keeps every other line of `now`. What has been
/// undone already is left as it is, so undoing a change a second time changes nothing.
///
/// Each stretch of lines that the change replaced is either still as it left it or undone already. Of all such readings
/// that one counts from which the fewest lines have to be edited to come to `now`. Nothing comes of it where two readings
/// are equally near, where the lines of the change have been edited, where others were added in the very place in which
/// lines have to come back, where a line would come to stand in the text more often than it ever did, where the result
/// could not be told from one that has yet to be undone, and where a text has a NUL byte and so has no lines. Unlike in
/// `git merge-file`, edits of neighbouring lines contradict nothing: each line of inittab or inetd.conf stands for itself.
UndoneText undo_change(const std::string& now, const std::string& left, const std::string& earlier);

} // namespace bulwark
