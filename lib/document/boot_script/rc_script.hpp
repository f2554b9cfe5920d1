#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulwark {

/// One place in a boot script that starts a daemon.
struct RcDaemon {
    std::string name;      // base name of the program
    std::string path;      // as written
    std::string arguments; // as the daemon gets them, quotes removed, shell variables as written
    bool enabled = true;
    std::size_t line = 0; // of the command that starts it, counted from 1
};

struct UnderstoodScript; // of rc_script.cpp: a text and what stands in it

/// A boot script of AIX (aix_facts.md, rc.tcpip; aix_facts.md, rc.nfs; aix_facts.md, Korn shell), a Korn shell script
/// that starts daemons in these forms:
///
///     start /usr/sbin/syslogd "$src_running"            a start line; arguments quoted, bare, or before $src_running
///     portmap_pid=...                                   the guarded form of 5.3 and later: the assignment of the
///     [ -z "$portmap_pid" ] && start /usr/sbin/portmap  variable that the guard tests belongs to it
///     /usr/lpp/x_st_mgr/bin/x_st_mgrd -b ...            a bare command line
///     if [ -x /usr/sbin/rpc.statd ]; then               a stanza whose test names the daemon's own program: disabled
///         start rpc.statd /usr/sbin/rpc.statd           and enabled as a whole
///     fi
///
/// A `#` as first character disables a line (what chrctcp writes); `# Start up ...` is prose. A daemon is named by its
/// base name or its full path. Lines inside here documents and quotes that span lines are never taken for commands.
///
/// Disabling puts exactly one `#` before each line concerned, comments and empty lines in a stanza too, so that
/// enabling, which takes exactly one away, gives the bytes back that were there. Text behind `# ` is prose, unless it
/// is a start line that nobody would write as prose (`# start /usr/sbin/routed "$src_running"`, `# start nfsd
/// /usr/sbin/nfsd 8`), which loses the blank with its `#`; therefore a line that is itself indented by just one blank
/// gets the `#` behind that blank where it would not come back otherwise. Of other commented-out text only a whole
/// statement is brought back. A stanza is a daemon's own only if its test names no other daemon that it starts.
///
/// The shell would accept the text after an edit if it did before: an edit that would leave a compound command without
/// a command in it, or break up a line that is continued, throws Error ("line 12: ...") unless the whole is meant. So
/// does one that could not be undone, and any of a daemon that is named where the script cannot be understood.
class RcScript {
public:
    static RcScript parse(std::string_view text); // never fails
    std::string text() const;                     // parse(t).text() == t, for every t

    std::vector<RcDaemon> daemons() const; // enabled and disabled, in the order of the file

    /// Each returns false if the script knows no such daemon, enabled or disabled. `enable` throws Error naming the
    /// lines where two different disabled places could be meant, and leaves the script alone where one is enabled.
    bool enable(std::string_view daemon);
    bool disable(std::string_view daemon);
    bool remove(std::string_view daemon); // enabled and disabled places

    /// Gives the enabled places these arguments (the third word of a start line, the rest of a bare command line).
    /// False if none is enabled. Where they have blanks or characters that mean something to a shell they are put in
    /// double quotes and mean themselves, all but $name and ${name} of a variable that the script assigns. Where the
    /// daemon gets several words (all forms but `start PATH "$src_running"`), blanks separate them.
    bool configure(std::string_view daemon, std::string_view arguments);

    /// The value that a plain assignment (`qpi=30m`) in the script gives to a shell variable, if there is one: the last
    /// assignment counts, and it is not plain if the shell has to work out the value.
    std::optional<std::string> variable(std::string_view name) const;

    bool operator==(const RcScript& other) const { return text() == other.text(); }

private:
    explicit RcScript(std::shared_ptr<const UnderstoodScript> understood) : understood_(std::move(understood)) {}

    std::shared_ptr<const UnderstoodScript> understood_; // never null; shared, for many rules look at the same script
};

/// The shell named by the first line (`#!/bin/ksh`), if the text is a shell script: "/bin/ksh".
std::optional<std::string> interpreter(std::string_view text);

} // namespace bulwark
