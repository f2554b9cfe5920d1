#pragma once

#include "plan/difference.hpp"
#include "system/host.hpp"

#include <string>

namespace bulwark {

/// Throws Error where a change would touch the history, by whatever name, or take it away with a directory.
void require_history_kept(const Plan& plan, const std::string& history, Host& host);

/// A link that leads nowhere is a missing file to whoever reads it, but a file is not made through it: whether something
/// is there, and what, is for others to decide. The new file takes its place, and a warning says so: from here on the
/// change is one from the link to the file. Throws Error where it is a directory that is to be made, or where the link
/// leads into no directory.
void take_places_of_links(Plan& plan, Host& host);

/// Throws Error where the changes of a plan cannot be made so that all is as planned: two of one place, by a link; one of
/// what is planned to be otherwise by another name; or one into a directory that is to go, or is not there. `after` is the
/// plan's.
void require_writable_places(const Plan& plan, const Snapshot& after, Host& host);

/// What becomes of a file that has several names (hard links) when one of them is written to.
enum class HardLinks {
    kept,    // all names are of the new text
    broken,  // this name becomes a file of its own
    refused, // nothing is written: other names may lie in another tree
};

/// Lets the changes of a plan treat hard links so. Throws Error that names the files where that is to be refused.
void settle_hard_links(Plan& plan, HardLinks links);

} // namespace bulwark
