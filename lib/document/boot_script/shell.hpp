#pragma once

#include "document/lines.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What stands where in a shell script: its commands, with the statements and bodies that they belong to. All spans and
/// offsets count bytes of the script, and all lists are in the order of the file.
namespace bulwark::shell {

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
/// bash add to it that is seen in scripts. Never throws. The time that it takes grows as the text does.
Script scan(std::string_view text);

/// How much more of a text may be read to find the statements in it, in bytes. One that begins nearly everywhere and ends
/// nowhere would otherwise be read to its end again and again.
using Effort = std::size_t;

/// The statement that the text begins with, if it is a whole one and nothing but a comment follows it on its last line.
/// What had to be read is taken off the effort; where nothing is left of that, no statement is found.
std::optional<Script> scan_statement(std::string_view text, bool has_returns, Effort& effort);

} // namespace bulwark::shell
