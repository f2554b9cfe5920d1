#pragma once

#include "document/lines.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// What stands where in a shell script: its commands, with the statements and bodies that they belong to. All spans and
/// offsets count bytes of the script, and all lists are in the order of the file.
namespace shell {

constexpr std::size_t none = static_cast<std::size_t>(-1);

/// A word of a command.
struct Word {
    Span span;
    std::string value;    // quotes removed, expansions as written
    bool expands = false; // the shell puts something else in place of a part of it
};

/// One command. The words of a command that is not simple are those of its test, if it is one, or the name of a
/// function.
struct Command {
    enum class Kind { simple, test, conditional, compound };
    Kind kind = Kind::simple; // test: `[`, `test`, `[[`, `((`; conditional: `if`
    Span span;
    std::size_t statement = none;
    std::vector<Word> assignments, words;
};

/// What stands between two ends of a command: `a && b | c &`, its `;` or `&` included.
struct Statement {
    Span span;
    std::size_t body = none;
    bool piped = false;
};

/// Statements that follow each other: of the script (which has no opener), or of a compound command.
struct Body {
    std::string_view opener;    // "if", "elif", "while", "until", "then", "else", "do", "{", "(", "case"
    std::size_t command = none; // that it is a part of
    std::size_t opened = 0;     // where the opener stands
    std::size_t statements = 0;
};

/// A comment without its line end. It has a body if a statement could stand in its place.
struct Comment {
    Span span;
    std::size_t body = none;
};

/// The first text that cannot be understood: nothing of the statement at `begin`, or of what follows it, is known.
struct Failure {
    std::size_t begin = 0;
    std::size_t at = 0; // where the reason stands
    std::string why;
};

struct Script {
    std::vector<Command> commands;
    std::vector<Statement> statements;
    std::vector<Body> bodies; // the first is the script
    std::vector<Comment> comments;
    std::vector<Span> here_documents;         // from the operator to the end of the delimiter's line
    std::vector<std::size_t> continued_lines; // where lines begin that a backslash joins to the one before
    bool has_returns = false;                 // the first line ends in "\r\n": no "\r" before a "\n" is part of a word
    std::optional<Failure> failure;
    std::size_t end = 0; // how much of the text it is
};

/// Whether the shell runs a body to learn its exit status.
bool is_condition(const Body& body);

/// Whether the shell would refuse the script because of this body: only those of `case` may be without a command.
bool is_wrongly_empty(const Body& body);

/// Whether a variable's name may have this character: an ASCII letter or digit, or `_`.
bool is_name_character(char character);

/// How many bytes at the beginning of the text are the name of a variable.
std::size_t name_size(std::string_view text);

/// Whether a word at the beginning of a command ends a part of a compound command: "then", "fi", "}", ...
bool is_closer(std::string_view word);

/// The name that `NAME=value` assigns to; nothing if the text is something else.
std::optional<std::string_view> assigned_name(std::string_view word);

/// The commands of a script, but not those in `$(...)` and backquotes. It knows the grammar of ksh88 and what ksh93 and
/// bash add to it that is seen in scripts. Never throws.
Script scan(std::string_view text);

/// The statement that the text begins with, if it is a whole one and nothing but a comment follows it on its last line.
std::optional<Script> scan_statement(std::string_view text, bool has_returns);

} // namespace shell

/// One place in a boot script that starts a daemon.
struct RcDaemon {
    std::string name;      // base name of the program
    std::string path;      // as written
    std::string arguments; // as the daemon gets them, quotes removed, shell variables as written
    bool enabled = true;
    std::size_t line = 0; // of the command that starts it, counted from 1
};

/// A boot script of AIX (/etc/rc.tcpip, /etc/rc.nfs), a Korn shell script that starts daemons in these forms:
///
///     start /usr/sbin/syslogd "$src_running"                     start line; arguments quoted, bare or before
///     $src_running portmap_pid=...                                            guarded form of 5.3 and later: the
///     assignment of the [ -z "$portmap_pid" ] && start /usr/sbin/portmap "..."     variable that the guard tests
///     belongs to it /usr/lpp/x_st_mgr/bin/x_st_mgrd -b ...                     bare command line if [ -x
///     /usr/sbin/rpc.statd ]; then                        stanza whose test names the daemon's own program:
///         start rpc.statd /usr/sbin/rpc.statd                    disabled and enabled as a whole
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

    bool operator==(const RcScript&) const = default;

private:
    std::string text_;
};

/// The shell named by the first line (`#!/bin/ksh`), if the text is a shell script: "/bin/ksh".
std::optional<std::string> interpreter(std::string_view text);

} // namespace bulwark
