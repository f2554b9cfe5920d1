#pragma once

#include "plan/difference.hpp"
#include "plan/rule.hpp"
#include "system/history/history.hpp"
#include "system/host.hpp"

#include <string>
#include <vector>

namespace bulwark {

/// Everything the rules need, read from the host and the history: the only reads of a run. `put_back` are changes that
/// recovery has made or, in check mode, would make: files are seen as they are after it. `not_live`: why commands do not
/// act on the host whose files these are; empty where they do, and only then is the running system asked at all.
Snapshot load(const std::vector<Rule>& rules, const std::vector<FileChange>& put_back, const std::string& not_live,
              Host& host, const History& history);

/// Reads what the rules need beyond what has been read, for instance since a configuration was built.
void load_more(const std::vector<Rule>& rules, const std::vector<FileChange>& put_back, Snapshot& snapshot, Host& host,
               const History& history);

/// What is at the path, as `read_log` has it, or `read_entry` where it is about a link (`itself`), with a cause in place
/// of an Error: one file that cannot be read says nothing of the others. A link that cannot be followed is the link, any
/// other thing that cannot be read is Kind::other.
FileState read_or_tell(Host& host, const std::string& path, bool itself);

/// The status of one subsystem, by `lssrc -s`. Throws Error if there is no lssrc.
Subsystem read_subsystem(Host& host, const std::string& name);

/// Has m4 make the sendmail configurations that planning asked for (`snapshot.to_build`), in the running system's library
/// of them, from private files.
void build(const std::set<CfSource>& sources, Snapshot& snapshot, Host& host);

/// The first line that a command has to say for itself: of its error output, else of its output, else its exit status.
std::string first_line_said(const CommandResult& result);

} // namespace bulwark
