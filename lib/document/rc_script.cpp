#include "document/rc_script.hpp"

#include "document/shell.hpp"
#include "error.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace bulwark {
namespace {

using shell::Command;
using shell::none;
using shell::Script;
using shell::Statement;
using shell::Word;

// Each level of comments in commented-out text is read by itself; what lies deeper than this is prose.
constexpr std::size_t deepest_comment = 8;

// Comments are read in vain where they look like statements that have no end; nobody has so many of these.
constexpr std::size_t most_readings_of_comments = 8;
constexpr std::size_t least_effort = std::size_t{1024} * 1024; // a small script may be read more often

// No script starts one daemon in more places. Each is edited by itself, and the whole script is read again after it.
constexpr std::size_t most_places = 20;

/// A script, what stands in it, and where its lines begin. Here as in all that follows lines count from 0.
struct Reading {
    std::string_view text;
    Script script;
    std::vector<std::size_t> line_begins;
};

/// Lines that are edited together.
struct Stretch {
    std::size_t first = 0;
    std::size_t last = 0;
    bool blank = false; // commented out with "# ": the blank goes with the #
    bool operator==(const Stretch&) const = default;
};

/// How a command starts a daemon. The numbers are those of its words.
struct Start {
    std::size_t path = 0;
    std::size_t running = none; // "$src_running", or "" in its place
    std::vector<std::size_t> arguments;
    bool in_one_word = false; // how start() of rc.tcpip takes them: as its third argument
};

/// A place that starts a daemon, or would if it were not commented out.
struct Place {
    RcDaemon daemon;
    std::size_t command = none;      // where it is enabled
    std::size_t body = none;         // in which it stands
    std::vector<Stretch> lines;      // that are commented out, brought back and deleted together
    std::vector<std::string> guards; // variables that a test before it looks at
    std::string fixed;               // why these lines cannot be commented out or deleted, if they cannot
    std::string buried;              // why they cannot be brought back, if they cannot
};

std::vector<std::size_t> begins_of_lines(std::string_view text) {
    std::vector<std::size_t> begins = {0};
    for (const std::string_view line : split_lines(text))
        begins.push_back(begins.back() + line.size());
    if (begins.size() > 1)
        begins.pop_back();
    return begins;
}

Reading read(std::string_view text) { return {text, shell::scan(text), begins_of_lines(text)}; }

std::size_t line_of(const Reading& reading, std::size_t offset) {
    const auto next = std::upper_bound(reading.line_begins.begin(), reading.line_begins.end(), offset);
    return static_cast<std::size_t>(next - reading.line_begins.begin()) - 1;
}

std::string_view line(const Reading& reading, std::size_t number) {
    const std::size_t begin = reading.line_begins[number];
    const bool is_last = number + 1 == reading.line_begins.size();
    return reading.text.substr(begin, (is_last ? reading.text.size() : reading.line_begins[number + 1]) - begin);
}

std::string_view content(std::string_view line) { return trimmed(without_line_end(line)); }

std::string at_line(std::size_t number_from_1) { return describe_lines({number_from_1}) + ": "; }

/// "lines 4 to 9", of lines that count from 0.
std::string describe(const Stretch& lines) {
    if (lines.first == lines.last)
        return describe_lines({lines.first + 1});
    return "lines " + std::to_string(lines.first + 1) + " to " + std::to_string(lines.last + 1);
}

/// The text with what `edit` makes of each of these lines.
template <class Edit>
std::string with_lines(const Reading& reading, std::vector<Stretch> stretches, Edit edit) {
    std::stable_sort(stretches.begin(), stretches.end(),
                     [](const Stretch& one, const Stretch& other) { return one.first < other.first; });
    std::string text;
    auto stretch = stretches.begin();
    for (std::size_t i = 0; i < reading.line_begins.size(); ++i) {
        while (stretch != stretches.end() && stretch->last < i)
            ++stretch;
        if (stretch == stretches.end() || i < stretch->first)
            text.append(line(reading, i));
        else
            text.append(edit(line(reading, i), stretch->blank && i == stretch->first));
    }
    return text;
}

std::string commented_out(std::string_view line) { return "#" + std::string(line); }

/// Likewise, but `# start` is how people write `#start`: of a line that is indented by one blank the blank comes first.
std::string commented_out_behind_blank(std::string_view line) {
    const bool one_blank = line.starts_with(' ') && line.find_first_not_of(" \t\r\n") == 1;
    return one_blank ? " #" + std::string(line.substr(1)) : commented_out(line);
}

/// The line without its `#`. In a commented-out stanza an empty line may be without one.
std::string brought_back(std::string_view line, bool with_blank) {
    const std::size_t sign = std::min(line.find_first_not_of(" \t"), line.size());
    std::string result(line);
    if (line.substr(sign).starts_with('#'))
        result.erase(sign, with_blank ? 2 : 1);
    return result;
}

/// Whether the line is a comment in the way of prose: `# ` and text.
bool is_spaced(std::string_view line) {
    const std::string_view text = content(line);
    return text.size() > 2 && text.starts_with("# ") && text[2] != ' ' && text[2] != '\t';
}

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1); // npos + 1 is 0
}

bool is_path(std::string_view word) {
    return word.starts_with('/') || (word.starts_with('$') && word.find('/') != std::string_view::npos);
}

/// Which word behind the path is "$src_running". An empty one counts only where that belongs.
std::size_t running_word(const std::vector<Word>& words, std::size_t path) {
    for (std::size_t i = path + 1; i < words.size(); ++i) {
        const std::string_view value = words[i].value;
        if (value == "$src_running" || value == "${src_running}" || (value.empty() && i == 2))
            return i;
    }
    return none;
}

std::optional<Start> start_of(const Command& command) {
    const std::vector<Word>& words = command.words;
    if (command.kind != Command::Kind::simple || words.empty())
        return std::nullopt;
    Start start;
    if (words[0].value == "start") {
        start.path = words.size() > 1 && is_path(words[1].value) ? 1 : 2;
        start.in_one_word = start.path == 1;
        if (words.size() <= start.path || !is_path(words[start.path].value))
            return std::nullopt;
        start.running = running_word(words, start.path);
    }
    const std::string_view path = words[start.path].value;
    if ((start.path == 0 && !path.starts_with('/')) || base_name(path).empty())
        return std::nullopt;
    for (std::size_t i = start.path + 1; i < words.size(); ++i)
        if (i != start.running)
            start.arguments.push_back(i);
    return start;
}

/// Whether even text behind `# ` can only be a start line and not prose.
bool is_unmistakable(const Command& command) {
    const std::optional<Start> start = start_of(command);
    if (!start || start->path == 0 || !command.words[start->path].value.starts_with('/'))
        return false;
    return start->running != none || (start->path == 2 && command.words[1].value == base_name(command.words[2].value));
}

/// The numbers of the commands that begin in `span`: from the first up to but not including the second.
std::pair<std::size_t, std::size_t> commands_within(const Script& script, Span span) {
    const auto first_from = [&](std::size_t offset) {
        const auto found =
            std::lower_bound(script.commands.begin(), script.commands.end(), offset,
                             [](const Command& command, std::size_t begin) { return command.span.begin < begin; });
        return static_cast<std::size_t>(found - script.commands.begin());
    };
    return {first_from(span.begin), first_from(span.end)};
}

/// The name of the variable, if all that the statement does is to assign to one.
std::optional<std::string> sole_assignment(const Script& script, const Statement& statement) {
    const auto [first, end] = commands_within(script, statement.span);
    const Command& command = script.commands[first];
    if (end - first != 1 || !command.words.empty() || command.assignments.size() != 1)
        return std::nullopt;
    return std::string(shell::assigned_name(command.assignments[0].value).value_or(""));
}

/// The words `NAME=value` that assign to a variable of the script.
std::vector<const Word*> assignments(const Script& script) {
    std::vector<const Word*> found;
    for (const Command& command : script.commands) {
        const bool declares =
            !command.words.empty() && (command.words[0].value == "export" || command.words[0].value == "typeset" ||
                                       command.words[0].value == "readonly");
        if (!command.words.empty() && !declares)
            continue; // NAME=value command: for that command alone
        for (const Word& word : declares ? command.words : command.assignments)
            if (shell::assigned_name(word.value))
                found.push_back(&word);
    }
    return found;
}

std::set<std::string> assigned_variables(const Script& script) {
    std::set<std::string> names;
    for (const Word* word : assignments(script))
        names.emplace(*shell::assigned_name(word->value));
    return names;
}

std::size_t empty_bodies(const Script& script) {
    return static_cast<std::size_t>(std::count_if(script.bodies.begin(), script.bodies.end(), shell::is_wrongly_empty));
}

std::size_t body_of(const Script& script, std::size_t command) {
    return script.statements[script.commands[command].statement].body;
}

bool is_in_condition(const Script& script, std::size_t command) {
    return shell::is_condition(script.bodies[body_of(script, command)]);
}

/// What the tests of one `if` name, by base names.
struct Stanza {
    std::set<std::string> tested;
    std::set<std::string> started; // of these, what the `if` starts
};

/// What is asked of a script for each place in it, found out once.
class Index {
public:
    explicit Index(const Reading& reading);

    /// The daemon's outermost own stanza around the command that starts it, or that command. A stanza is an `if` whose
    /// test names the daemon's program, and no other that is started in it.
    std::size_t whole_of(std::size_t command, const std::string& name) const;

    /// The tests that the statement of a command makes before it runs that; nothing if it does more.
    std::optional<std::vector<std::size_t>> guards_of(std::size_t command) const;

    /// The statement that assigns to the variable, if it serves the guards of `statement` alone.
    std::optional<std::size_t> companion(std::size_t statement, std::size_t uses_in_guards,
                                         const std::string& name) const;

private:
    /// A variable that some statement assigns to and does nothing else.
    struct Variable {
        std::size_t uses = 0;                                                  // in all of the script but its comments
        std::map<std::size_t, std::map<std::size_t, std::size_t>> assignments; // by body, statement: uses in that
    };

    void look_at_tests();
    void look_at_starts();
    void look_at_assignments();
    void count_uses();

    const Reading& reading_;
    std::map<std::size_t, Stanza> stanzas_; // by the number of the command
    std::map<std::string, Variable, std::less<>> variables_;
    std::vector<std::size_t> untested_; // of each statement, how many of its commands are no tests
};

Index::Index(const Reading& reading) : reading_(reading), untested_(reading.script.statements.size()) {
    for (const Command& command : reading.script.commands)
        untested_[command.statement] += command.kind == Command::Kind::test ? 0 : 1;
    look_at_tests();
    look_at_starts();
    look_at_assignments();
    count_uses();
}

void Index::look_at_tests() {
    const Script& script = reading_.script;
    for (std::size_t i = 0; i < script.commands.size(); ++i) {
        const std::size_t around = script.bodies[body_of(script, i)].command;
        if (around == none || script.commands[around].kind != Command::Kind::conditional || !is_in_condition(script, i))
            continue;
        for (const Word& word : script.commands[i].words)
            stanzas_[around].tested.emplace(base_name(word.value));
    }
}

void Index::look_at_starts() {
    const Script& script = reading_.script;
    for (std::size_t i = 0; i < script.commands.size(); ++i) {
        const std::optional<Start> start = start_of(script.commands[i]);
        if (!start || is_in_condition(script, i))
            continue;
        const std::string name(base_name(script.commands[i].words[start->path].value));
        for (std::size_t around = script.bodies[body_of(script, i)].command; around != none;
             around = script.bodies[body_of(script, around)].command)
            if (const auto stanza = stanzas_.find(around);
                stanza != stanzas_.end() && stanza->second.tested.contains(name))
                stanza->second.started.insert(name);
    }
}

std::size_t Index::whole_of(std::size_t command, const std::string& name) const {
    const Script& script = reading_.script;
    std::size_t whole = command;
    for (std::size_t around = script.bodies[body_of(script, command)].command; around != none;
         around = script.bodies[body_of(script, around)].command) {
        const auto stanza = stanzas_.find(around);
        if (stanza != stanzas_.end() && stanza->second.tested.contains(name) &&
            stanza->second.started.size() == stanza->second.started.count(name))
            whole = around;
    }
    return whole;
}

Stretch lines_of(const Reading& reading, const Statement& statement) {
    const std::vector<Span>& documents = reading.script.here_documents;
    const auto next = std::lower_bound(documents.begin(), documents.end(), statement.span.end,
                                       [](Span document, std::size_t end) { return document.begin < end; });
    std::size_t end = statement.span.end; // or that of the last here document that begins in it
    if (next != documents.begin() && (next - 1)->begin >= statement.span.begin)
        end = std::max(end, (next - 1)->end);
    return {line_of(reading, statement.span.begin), line_of(reading, end - 1)};
}

/// Whether nothing stands before it on its line, which is none that continues another. It looks no further than it has to:
/// thousands of statements may share a line.
bool begins_line(const Reading& reading, std::size_t offset) {
    const std::size_t before = reading.text.substr(0, offset).find_last_not_of(" \t");
    if (before != std::string_view::npos && reading.text[before] != '\n')
        return false;
    const std::vector<std::size_t>& continued = reading.script.continued_lines;
    return !std::binary_search(continued.begin(), continued.end(), before + 1); // npos + 1 is 0
}

/// Whether nothing but a comment stands on the lines of the statement beside it.
bool has_lines_of_its_own(const Reading& reading, const Statement& statement) {
    const std::string_view rest = reading.text.substr(statement.span.end);
    const std::string_view after = rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
    return begins_line(reading, statement.span.begin) && (after.empty() || after == "\r" || after.starts_with('\n') ||
                                                          after.starts_with("\r\n") || after.starts_with('#'));
}

std::optional<std::vector<std::size_t>> Index::guards_of(std::size_t command) const {
    const Script& script = reading_.script;
    const std::size_t statement = script.commands[command].statement;
    const std::size_t itself = script.commands[command].kind == Command::Kind::test ? 0 : 1;
    if (untested_[statement] > itself)
        return std::nullopt;
    const auto [first, end] = commands_within(script, script.statements[statement].span);
    std::vector<std::size_t> tests;
    for (std::size_t i = first; i < end; ++i)
        if (i != command && script.commands[i].statement == statement)
            tests.push_back(i);
    return tests.empty() || !script.statements[statement].piped ? std::optional(tests) : std::nullopt;
}

/// How often a variable's name stands in the text.
std::size_t count(std::string_view text, std::string_view name) {
    std::size_t found = 0;
    for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const bool begins = at == 0 || !shell::is_name_character(text[at - 1]);
        const bool ends = at + name.size() == text.size() || !shell::is_name_character(text[at + name.size()]);
        found += begins && ends ? 1 : 0;
    }
    return found;
}

/// The variables that are expanded in the text.
std::vector<std::string> variables_in(std::string_view text) {
    std::vector<std::string> names;
    for (std::size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
        const std::string_view behind = text.substr(at + (text.substr(at + 1).starts_with('{') ? 2 : 1));
        if (const std::size_t size = shell::name_size(behind); size > 0)
            names.emplace_back(behind.substr(0, size));
    }
    return names;
}

void Index::look_at_assignments() {
    const Script& script = reading_.script;
    for (std::size_t i = 0; i < script.statements.size(); ++i)
        if (const std::optional<std::string> name = sole_assignment(script, script.statements[i]))
            variables_[*name].assignments[script.statements[i].body][i] =
                count(at(reading_.text, script.statements[i].span), *name);
}

/// Of the variables, outside comments.
void Index::count_uses() {
    const std::string_view text = reading_.text;
    auto comment = reading_.script.comments.begin();
    for (std::size_t at = 0; !variables_.empty() && at < text.size();) {
        const auto end =
            std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), shell::is_name_character);
        const std::string_view word = text.substr(at, static_cast<std::size_t>(end - text.begin()) - at);
        if (const auto known = variables_.find(word); known != variables_.end())
            ++known->second.uses;
        at += word.size();
        if (comment != reading_.script.comments.end() && at == comment->span.begin)
            at = (comment++)->span.end;
        else
            ++at;
    }
}

std::optional<std::size_t> Index::companion(std::size_t statement, std::size_t uses_in_guards,
                                            const std::string& name) const {
    const Script& script = reading_.script;
    const auto variable = variables_.find(name);
    if (variable == variables_.end())
        return std::nullopt;
    const auto in_body = variable->second.assignments.find(script.statements[statement].body);
    if (in_body == variable->second.assignments.end())
        return std::nullopt;
    const auto next = in_body->second.lower_bound(statement);
    if (next == in_body->second.begin())
        return std::nullopt;
    const auto [nearest, uses_in_it] = *std::prev(next);
    return variable->second.uses == uses_in_guards + uses_in_it &&
                   has_lines_of_its_own(reading_, script.statements[nearest])
               ? std::optional(nearest)
               : std::nullopt;
}

/// Adds the lines of the assignments that serve the guards of a place alone.
void add_companions(const Reading& reading, const Index& index, const std::vector<std::size_t>& guards,
                    std::size_t statement, Place& place) {
    std::string tests;
    for (const std::size_t guard : guards)
        tests += std::string(at(reading.text, reading.script.commands[guard].span)) + "\n";
    place.guards = variables_in(tests);
    std::set<std::size_t> companions;
    for (const std::string& name : place.guards)
        if (const auto found = index.companion(statement, count(tests, name), name))
            companions.insert(*found);
    for (const std::size_t found : companions)
        place.lines.push_back(lines_of(reading, reading.script.statements[found]));
}

/// Why the statement, which with others makes `statements` of its body, cannot be commented out.
std::string obstacle(const Reading& reading, std::size_t statement, std::size_t statements) {
    const shell::Body& body = reading.script.bodies[reading.script.statements[statement].body];
    if (shell::is_condition(body))
        return "is started as part of a test: edit that by hand";
    if (!has_lines_of_its_own(reading, reading.script.statements[statement]))
        return "shares its line with other commands: put it on a line of its own first";
    if (shell::is_wrongly_empty({body.opener, body.command, body.opened, body.statements - statements}))
        return "is all that stands behind the '" + std::string(body.opener) + "' of " +
               describe_lines({line_of(reading, body.opened) + 1}) +
               ", which the shell does not allow to be empty: put a line with : beside it first, or edit by hand";
    return {};
}

RcDaemon daemon_of(const Command& command, const Start& start) {
    RcDaemon daemon;
    daemon.path = command.words[start.path].value;
    daemon.name = base_name(daemon.path);
    for (const std::size_t argument : start.arguments)
        daemon.arguments += (daemon.arguments.empty() ? "" : " ") + command.words[argument].value;
    return daemon;
}

/// A place in so far as it is that of the whole that is edited. Several commands may have one whole.
Place place_of_whole(const Reading& reading, const Index& index, std::size_t whole) {
    const Script& script = reading.script;
    const std::size_t statement = script.commands[whole].statement;
    Place place;
    place.body = script.statements[statement].body;
    const std::optional<std::vector<std::size_t>> guards = index.guards_of(whole);
    if (guards)
        add_companions(reading, index, *guards, statement, place);
    place.lines.push_back(lines_of(reading, script.statements[statement]));
    place.fixed = guards ? obstacle(reading, statement, place.lines.size())
                         : "shares its line with other commands: put it on a line of its own first";
    return place;
}

std::vector<Place> live_places(const Reading& reading) {
    const Script& script = reading.script;
    const Index index(reading);
    std::map<std::size_t, Place> wholes;
    std::vector<Place> places;
    for (std::size_t i = 0; i < script.commands.size(); ++i) {
        const std::optional<Start> start = start_of(script.commands[i]);
        if (!start || (start->path == 0 && is_in_condition(script, i)))
            continue;
        RcDaemon daemon = daemon_of(script.commands[i], *start);
        daemon.line = line_of(reading, script.commands[i].span.begin) + 1;
        const std::size_t whole = index.whole_of(i, daemon.name);
        if (!wholes.contains(whole))
            wholes.emplace(whole, place_of_whole(reading, index, whole));
        places.push_back(wholes.at(whole));
        places.back().daemon = std::move(daemon);
        places.back().command = i;
    }
    return places;
}

/// Comment lines that follow each other in one body, empty lines among them, as they would read without their `#`.
struct Comments {
    std::size_t first = 0;
    std::size_t last = 0;
    std::size_t body = none;
    std::string text;
};

/// Commented-out lines that are one whole statement, with the numbers of their lines in the script.
struct Dormant {
    Reading reading;
    Stretch lines;
    bool is_compound = false;
};

bool is_blank_between(const Reading& reading, std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i)
        if (!content(line(reading, i)).empty())
            return false;
    return true;
}

std::vector<Comments> comments_of(const Reading& reading) {
    std::vector<Comments> groups;
    for (const shell::Comment& comment : reading.script.comments) {
        if (comment.body == none || shell::is_condition(reading.script.bodies[comment.body]) ||
            !begins_line(reading, comment.span.begin))
            continue;
        const std::size_t number = line_of(reading, comment.span.begin);
        if (groups.empty() || groups.back().body != comment.body ||
            !is_blank_between(reading, groups.back().last + 1, number))
            groups.push_back({number, number - 1, comment.body, ""});
        for (std::size_t i = groups.back().last + 1; i <= number; ++i)
            groups.back().text += brought_back(line(reading, i), false);
        groups.back().last = number;
    }
    return groups;
}

std::string_view first_word(std::string_view line) {
    const std::string_view text = content(line);
    return text.substr(0, text.find_first_of(" \t;"));
}

bool opens_compound(std::string_view word) {
    constexpr std::array<std::string_view, 8> openers = {"if",   "for",    "while",    "until",
                                                         "case", "select", "function", "{"};
    return std::find(openers.begin(), openers.end(), word) != openers.end() || word.ends_with("()");
}

/// Whether a line of a comment is worth a closer look.
bool may_be_command(std::string_view line) {
    constexpr std::array<std::string_view, 5> words = {"start", "[", "[[", "test", "time"};
    const std::string_view word = first_word(line);
    return std::find(words.begin(), words.end(), word) != words.end() || opens_compound(word) ||
           shell::assigned_name(word) || word.find_first_of("/(<>") == 0;
}

/// Whether a command begins at the first word of the line, or, if `indented` is false, with the line itself.
bool begins_command(const Reading& reading, std::size_t number, bool indented) {
    const std::string_view text = line(reading, number);
    const std::size_t blanks = indented ? std::min(text.find_first_not_of(" \t"), text.size()) : 0;
    const std::size_t begin = reading.line_begins[number] + blanks;
    const auto [first, end] = commands_within(reading.script, {begin, begin + 1});
    return first != end;
}

/// Whether a quote or here document in a comment swallows lines that look as if they stood for themselves.
bool swallows_lines(const Reading& reading, const Dormant& dormant) {
    for (std::size_t i = 1; i < dormant.reading.line_begins.size(); ++i) {
        const std::string_view text = line(reading, dormant.lines.first + i);
        const bool stands_alone =
            content(text).empty() || is_spaced(text) || first_word(line(dormant.reading, i)) == "start";
        if (stands_alone && !begins_command(dormant.reading, i, true))
            return true;
    }
    return false;
}

/// Whether text that parses as a statement is one that somebody commented out, and no prose.
bool is_command(const Reading& reading, const Dormant& dormant) {
    const Script& script = dormant.reading.script;
    const std::vector<Command>& commands = script.commands;
    if (dormant.is_compound)
        return empty_bodies(script) == 0;
    if (commands.front().kind == Command::Kind::compound || swallows_lines(reading, dormant))
        return false; // the former: `start()` alone, a function without its body
    const bool starts = dormant.lines.blank ? std::any_of(commands.begin(), commands.end(), is_unmistakable)
                                            : std::any_of(commands.begin(), commands.end(), start_of);
    return starts || sole_assignment(script, script.statements.front());
}

/// The whole statement that the comment is from its line `number` on. `bare` is its text.
std::optional<Dormant> dormant_at(const Reading& reading, const Comments& comments, const Reading& bare,
                                  std::size_t number, shell::Effort& effort) {
    if (!may_be_command(line(bare, number)))
        return std::nullopt;
    const std::string_view text = bare.text.substr(bare.line_begins[number]);
    std::optional<Script> script = shell::scan_statement(text, reading.script.has_returns, effort);
    if (!script)
        return std::nullopt;
    const std::string_view part = text.substr(0, script->end);
    Dormant dormant;
    dormant.is_compound = script->bodies.size() > 1;
    dormant.lines.first = comments.first + number;
    dormant.lines.last = comments.first + line_of(bare, bare.line_begins[number] + part.size() - 1);
    dormant.lines.blank = !dormant.is_compound && is_spaced(line(reading, dormant.lines.first));
    dormant.reading = {part, std::move(*script), begins_of_lines(part)};
    return is_command(reading, dormant) ? std::optional(std::move(dormant)) : std::nullopt;
}

/// Whether a line of a commented-out stanza may be a remark on it rather than a part. `bare` is the line without `#`.
bool may_be_remark(std::string_view line, std::string_view bare, bool is_command) {
    const std::string_view word = first_word(bare);
    if (!is_spaced(line))                                                  // `#Start it only if ...`
        return is_command && word.front() >= 'A' && word.front() <= 'Z' && // a command begins with a word
               std::all_of(word.begin(), word.end(), shell::is_name_character);
    const Script script = shell::scan(bare);
    return !word.starts_with('#') && !opens_compound(word) && !shell::is_closer(word) &&
           std::none_of(script.commands.begin(), script.commands.end(), is_unmistakable);
}

/// Why a commented-out statement cannot be brought back, if it cannot.
std::string doubt(const Reading& reading, const Dormant& dormant) {
    for (std::size_t i = 0; dormant.is_compound && i < dormant.reading.line_begins.size(); ++i) {
        const std::size_t number = dormant.lines.first + i;
        if (may_be_remark(line(reading, number), line(dormant.reading, i), begins_command(dormant.reading, i, false)))
            return "stands in the commented-out " + describe(dormant.lines) + ", of which " +
                   describe_lines({number + 1}) +
                   " may be a remark: put a second # before it if it is, or take the blank behind its # away";
    }
    return {};
}

/// Whether the line looks like one at which a part of a stanza begins.
bool opens_stanza(std::string_view line) {
    const std::string bare = brought_back(line, false);
    const std::string_view text = content(bare);
    const bool ends_test = text.ends_with("then") || text.ends_with(']');
    return text == "then" || text == "else" ||
           (first_word(text) == "if" && (ends_test || (!is_spaced(line) && text.find('[') != std::string_view::npos)));
}

bool closes_stanza(std::string_view line) {
    const std::string bare = brought_back(line, false);
    return content(bare) == "fi" || content(bare) == "else";
}

/// What comments hold, in terms of the script that they stand in.
class Findings {
public:
    explicit Findings(const Reading& reading, std::size_t depth = 0)
        : reading_(reading), depth_(depth), effort_(least_effort + most_readings_of_comments * reading.text.size()) {}

    std::vector<Place> places();

    /// The line from which on the comments were not read, because too many before it were read in vain.
    std::optional<std::size_t> unread() const { return unread_; }

private:
    void examine(const Comments& comments);
    std::size_t bury(std::size_t first, std::size_t part);
    void add(const Dormant& dormant, std::size_t body);
    void add(const Dormant& dormant, Place place, std::string buried);
    void add_assignment(Place& place, const std::string& name) const;

    const Reading& reading_;
    std::size_t depth_;
    shell::Effort effort_;
    std::optional<std::size_t> unread_;
    std::vector<Place> places_;
    std::map<std::pair<std::string, std::size_t>, std::vector<Stretch>> assignments_; // by name and body
};

std::vector<Place> Findings::places() {
    for (const Comments& comments : comments_of(reading_))
        examine(comments);
    const std::set<std::string> assigned = assigned_variables(reading_.script);
    for (Place& place : places_)
        for (const std::string& name : place.guards)
            if (!assigned.contains(name))
                add_assignment(place, name);
    return std::move(places_);
}

void Findings::examine(const Comments& comments) {
    const Reading bare{comments.text, {}, begins_of_lines(comments.text)};
    std::size_t first = places_.size(); // since the last empty line, or the last line that belongs to no whole stanza
    std::optional<std::size_t> opener;  // from which on the places up to `first` are buried already
    for (std::size_t i = 0, size = 1; i < bare.line_begins.size(); i += size) {
        const std::size_t number = comments.first + i;
        const std::string_view text = line(reading_, number);
        const std::optional<Dormant> dormant = dormant_at(reading_, comments, bare, i, effort_);
        if (effort_ == 0 && !unread_)
            unread_ = number;
        size = dormant ? dormant->reading.line_begins.size() : 1;
        if (dormant)
            add(*dormant, comments.body);
        else if (closes_stanza(text))
            bury(first, number);
        if (opener)
            first = bury(first, *opener);
        if (content(text).empty() || (!dormant && (opens_stanza(text) || closes_stanza(text)))) {
            first = places_.size();
            opener = opens_stanza(text) ? std::optional(number) : std::nullopt;
        }
    }
}

/// Bringing back these places alone could change what they depend on: a part of a stanza stands beside them.
std::size_t Findings::bury(std::size_t first, std::size_t part) {
    for (std::size_t i = first; i < places_.size(); ++i)
        places_[i].buried = "stands in a commented-out stanza that is not whole, see " + describe_lines({part + 1}) +
                            ": complete it, or bring it back by hand";
    return places_.size();
}

void Findings::add(const Dormant& dormant, std::size_t body) {
    const Script& script = dormant.reading.script;
    if (const std::optional<std::string> name = sole_assignment(script, script.statements.front()))
        return assignments_[{*name, body}].push_back(dormant.lines);
    const Stretch whole{0, dormant.lines.last - dormant.lines.first, false};
    std::string owner;
    std::vector<Place> places = live_places(dormant.reading);
    for (const Place& place : places)
        if (place.fixed.empty() && place.lines == std::vector<Stretch>{whole})
            owner = place.daemon.name;
    const std::string remedy = owner.empty() ? "which belong together: bring them back by hand"
                                             : "the stanza of " + owner + ": enable that, and with it the whole stanza";
    const std::string elsewhere = "stands in the commented-out " + describe(dormant.lines) + ", " + remedy;
    const std::string doubted = owner.empty() ? "" : doubt(reading_, dormant);
    for (Place& place : places) {
        const bool is_whole = place.fixed.empty() && place.lines == std::vector<Stretch>{whole};
        place.body = body;
        add(dormant, std::move(place), is_whole ? doubted : elsewhere);
    }
    if (dormant.is_compound && depth_ < deepest_comment)
        for (Place& place : Findings(dormant.reading, depth_ + 1).places())
            add(dormant, std::move(place), elsewhere);
}

void Findings::add(const Dormant& dormant, Place place, std::string buried) {
    place.daemon.enabled = false;
    place.daemon.line += dormant.lines.first;
    for (Stretch& lines : place.lines) {
        lines.first += dormant.lines.first;
        lines.last += dormant.lines.first;
        lines.blank = dormant.lines.blank;
    }
    place.buried = std::move(buried);
    if (!place.buried.empty())
        place.guards.clear(); // they are tested, if at all, in text that is not brought back
    places_.push_back(std::move(place));
}

/// Adds the lines of the nearest commented-out assignment above to a variable that nothing else assigns to.
void Findings::add_assignment(Place& place, const std::string& name) const {
    const auto found = assignments_.find({name, place.body});
    if (found == assignments_.end())
        return;
    const std::size_t first = place.lines.back().first;
    const auto next = std::lower_bound(found->second.begin(), found->second.end(), first,
                                       [](const Stretch& lines, std::size_t end) { return lines.last < end; });
    if (next != found->second.begin())
        place.lines.insert(place.lines.begin(), *std::prev(next));
}

/// Where not all of its comments can be read the script is not understood from there on.
std::vector<Place> places_of(Reading& reading) {
    std::vector<Place> places = live_places(reading);
    Findings findings(reading);
    for (Place& place : findings.places())
        places.push_back(std::move(place));
    if (const std::optional<std::size_t> number = findings.unread(); number && !reading.script.failure) {
        const std::size_t begin = reading.line_begins[*number];
        reading.script.failure =
            shell::Failure{begin, begin, "too many comments above begin commands that have no end"};
    }
    std::stable_sort(places.begin(), places.end(),
                     [](const Place& one, const Place& other) { return one.daemon.line < other.daemon.line; });
    return places;
}

/// The values that the script assigns to variables last; nothing where the shell has to work one out.
std::map<std::string, std::optional<std::string>, std::less<>> values(const Script& script) {
    std::map<std::string, std::optional<std::string>, std::less<>> found;
    for (const Word* word : assignments(script)) {
        const std::string name(*shell::assigned_name(word->value));
        const bool is_plain_one = !word->expands && word->value.substr(name.size()).starts_with('=');
        found[name] = is_plain_one ? std::optional(word->value.substr(name.size() + 1)) : std::nullopt;
    }
    return found;
}

bool is_meant(const Place& place, std::string_view daemon) {
    return daemon == (daemon.find('/') == std::string_view::npos ? place.daemon.name : place.daemon.path);
}

} // namespace

/// A text, and what stands in it.
struct UnderstoodScript {
    explicit UnderstoodScript(std::string bytes)
        : text(std::move(bytes)), reading(read(text)), places(places_of(reading)), variables(values(reading.script)) {}
    UnderstoodScript(const UnderstoodScript&) = delete; // the reading looks into the text
    UnderstoodScript& operator=(const UnderstoodScript&) = delete;

    std::string text;
    Reading reading;
    std::vector<Place> places;
    std::map<std::string, std::optional<std::string>, std::less<>> variables; // what is assigned to them last
};

namespace {

using Understood = std::shared_ptr<const UnderstoodScript>;

Understood understand(std::string text) { return std::make_shared<const UnderstoodScript>(std::move(text)); }

/// The places of one daemon. Throws Error where it stands in text that cannot be understood.
std::vector<Place> places_of(const UnderstoodScript& script, std::string_view daemon) {
    const Reading& reading = script.reading;
    std::vector<Place> places;
    std::copy_if(script.places.begin(), script.places.end(), std::back_inserter(places),
                 [daemon](const Place& place) { return is_meant(place, daemon); });
    if (const std::optional<shell::Failure>& failure = reading.script.failure) {
        const std::string name(base_name(daemon));
        if (count(reading.text.substr(failure->begin), name) > 0)
            throw Error(at_line(line_of(reading, failure->at) + 1) + "the script cannot be understood from here on (" +
                        failure->why + "), and it names " + name + ": correct the script, or edit it by hand");
    }
    return places;
}

bool is_enabled(const Place& place) { return place.daemon.enabled; }

std::string about(const Place& place) { return at_line(place.daemon.line) + place.daemon.path + " "; }

/// Throws where there are more places to be edited than a script of this system has.
void require_few(const std::vector<Place>& places) {
    if (places.size() > most_places)
        throw Error(about(places.front()) + "is started in " + std::to_string(places.size()) +
                    " places, more than the " + std::to_string(most_places) +
                    " that are edited: take those away by hand that are not meant");
}

/// How much at the end of the script cannot be understood.
std::size_t unread(const Reading& reading) { return reading.text.size() - reading.script.end; }

/// What the tests before an edit should already have made sure of.
void require_sound(const Reading& before, const Reading& after, const Place& place) {
    if (unread(after) != unread(before) || empty_bodies(after.script) > empty_bodies(before.script))
        throw Error(about(place) + "cannot be edited so that the shell still accepts the script: edit it by hand");
}

/// Whether the place is one in `after` that brings back exactly what was before.
bool is_undone_by_enabling(const Place& place, const Reading& before, const UnderstoodScript& after) {
    return std::any_of(after.places.begin(), after.places.end(), [&](const Place& found) {
        return !found.daemon.enabled && found.daemon.path == place.daemon.path && found.buried.empty() &&
               found.daemon.line == place.daemon.line &&
               with_lines(after.reading, found.lines, brought_back) == before.text;
    });
}

Understood disabled(const Reading& before, const Place& place) {
    if (!place.fixed.empty())
        throw Error(about(place) + place.fixed);
    for (const auto mark : {commented_out, commented_out_behind_blank}) {
        const Understood after =
            understand(with_lines(before, place.lines, [&](std::string_view line, bool) { return mark(line); }));
        require_sound(before, after->reading, place);
        if (is_undone_by_enabling(place, before, *after))
            return after;
    }
    throw Error(about(place) + "could not be told, once commented out, from the comments around it, and not be enabled "
                               "again as it is: edit it by hand");
}

std::string without_marks(const Reading& reading, const Place& place) {
    std::string text;
    for (const Stretch& stretch : place.lines)
        for (std::size_t i = stretch.first; i <= stretch.last; ++i)
            text += brought_back(line(reading, i), stretch.blank && i == stretch.first);
    return text;
}

void require_one_meaning(const Reading& reading, const std::vector<Place>& places) {
    for (const Place& place : places)
        if (without_marks(reading, place) != without_marks(reading, places.front()))
            throw Error(about(places.front()) + "is disabled here and, differently, in " +
                        describe_lines({place.daemon.line}) + ": take the # before one of them away by hand");
    for (const Place& place : places)
        if (!place.buried.empty())
            throw Error(about(place) + place.buried);
}

Understood enabled(const Reading& before, const std::vector<Place>& places) {
    require_few(places);
    require_one_meaning(before, places);
    std::vector<Stretch> lines;
    for (const Place& place : places)
        lines.insert(lines.end(), place.lines.begin(), place.lines.end());
    Understood after = understand(with_lines(before, lines, brought_back));
    require_sound(before, after->reading, places.front());
    return after;
}

std::string without_lines(const Reading& reading, const std::vector<Stretch>& lines) {
    return with_lines(reading, lines, [](std::string_view, bool) { return ""; });
}

Understood removed(const Reading& before, const Place& place) {
    if (!place.fixed.empty())
        throw Error(about(place) + place.fixed);
    std::string text = without_lines(before, place.lines);
    const bool is_shared = std::any_of(place.guards.begin(), place.guards.end(),
                                       [&](const std::string& name) { return count(text, name) > 0; });
    if (is_shared) // a guard that is commented out may want the assignment back some day
        text = without_lines(before, {place.lines.back()});
    Understood after = understand(std::move(text));
    require_sound(before, after->reading, place);
    return after;
}

/// Whether `$name` or `${name}` of one of these variables begins the text.
bool expands(std::string_view text, const std::set<std::string>& variables) {
    const bool braces = text.starts_with("${");
    const std::string_view behind = text.substr(braces ? 2 : 1);
    const std::size_t size = shell::name_size(behind);
    return variables.contains(std::string(behind.substr(0, size))) && (!braces || behind.substr(size).starts_with('}'));
}

bool is_plain(char character) {
    return shell::is_name_character(character) ||
           std::string_view("./:,=+@%-").find(character) != std::string_view::npos;
}

/// A word that the shell takes for `text`, which is not empty, but for these variables, which it expands.
std::string quoted(std::string_view text, const std::set<std::string>& variables) {
    if (std::all_of(text.begin(), text.end(), is_plain))
        return std::string(text);
    std::string word = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_special = std::string_view("\"\\`$").find(text[i]) != std::string_view::npos;
        if (is_special && !(text[i] == '$' && expands(text.substr(i), variables)))
            word += '\\';
        word += text[i];
    }
    return word + "\"";
}

/// The arguments as the script will have them, when each is separated from the next by one blank.
std::vector<std::string> argument_words(const Start& start, std::string_view arguments) {
    if (start.in_one_word && !trimmed(arguments).empty())
        return {std::string(trimmed(arguments))};
    std::vector<std::string> found;
    for (const Span word : words(arguments))
        found.emplace_back(at(arguments, word));
    return found;
}

/// The bytes of these arguments, which are not those that stand there, each with a blank before it.
std::string argument_bytes(const Reading& reading, const Start& start, const std::vector<std::string>& arguments) {
    const std::set<std::string> variables = assigned_variables(reading.script);
    std::string bytes;
    for (const std::string& argument : arguments)
        bytes += " " + quoted(argument, variables);
    if (start.in_one_word && start.running == none && start.arguments.empty())
        return " \"\"" + bytes; // as the second word is now: the daemon does not run under the SRC
    return bytes;
}

/// `text`, which up to the end of the command that starts the daemon is as it was read, with other arguments there.
std::string with_arguments(const Reading& reading, const std::string& text, const Place& place,
                           const std::vector<std::string>& arguments) {
    const Command& command = reading.script.commands[place.command];
    const Start start = *start_of(command);
    const std::string bytes = argument_bytes(reading, start, arguments);
    // start() takes its third argument for the daemon's own, so that none may stay before "$src_running".
    const std::size_t anchor = start.running == none ? start.path : start.running;
    const auto first = std::upper_bound(start.arguments.begin(), start.arguments.end(), anchor);
    std::vector<Replacement> edits;
    for (const std::size_t argument : start.arguments)
        edits.push_back({with_blanks_before(reading.text, command.words[argument].span), ""});
    if (first == start.arguments.end())
        edits.push_back({{command.words[anchor].span.end, command.words[anchor].span.end}, bytes});
    else if (!bytes.empty()) // the blanks that stand there stay
        edits[static_cast<std::size_t>(first - start.arguments.begin())] = {command.words[*first].span,
                                                                            bytes.substr(1)};
    return replaced(text, edits);
}

/// `text` with these arguments for one place more.
std::string configured(const Reading& reading, std::string text, const Place& place, std::string_view arguments) {
    const std::vector<std::string> wanted =
        argument_words(*start_of(reading.script.commands[place.command]), arguments);
    if (place.daemon.arguments == joined(wanted, " "))
        return text;
    const auto is_control = [](unsigned char byte) { return (byte < ' ' && byte != '\t') || byte == 0x7f; };
    if (std::any_of(arguments.begin(), arguments.end(), is_control))
        throw Error(about(place) + "cannot have arguments with a newline or another control character");
    return with_arguments(reading, text, place, wanted);
}

/// Throws where the shell would not read what was written as these arguments.
void require_configured(const Reading& before, const UnderstoodScript& after, std::string_view daemon,
                        std::string_view arguments) {
    for (const Place& place : places_of(after, daemon)) {
        require_sound(before, after.reading, place);
        if (!is_enabled(place))
            continue;
        const Command& command = after.reading.script.commands[place.command];
        if (place.daemon.arguments != joined(argument_words(*start_of(command), arguments), " "))
            throw Error(about(place) + "cannot be given these arguments where it stands: write them by hand");
    }
}

} // namespace

RcScript RcScript::parse(std::string_view text) { return RcScript(understand(std::string(text))); }

std::string RcScript::text() const { return understood_->text; }

std::vector<RcDaemon> RcScript::daemons() const {
    std::vector<RcDaemon> daemons;
    for (const Place& place : understood_->places)
        daemons.push_back(place.daemon);
    return daemons;
}

bool RcScript::enable(std::string_view daemon) {
    const std::vector<Place> places = places_of(*understood_, daemon);
    if (!places.empty() && std::none_of(places.begin(), places.end(), is_enabled))
        understood_ = enabled(understood_->reading, places);
    return !places.empty();
}

bool RcScript::disable(std::string_view daemon) {
    for (Understood script = understood_;
         ;) { // one after the other: the second may be all that the first leaves in a body
        std::vector<Place> places = places_of(*script, daemon);
        const bool is_known = !places.empty();
        std::erase_if(places, [](const Place& place) { return !is_enabled(place); });
        if (places.empty()) {
            understood_ = script;
            return is_known;
        }
        require_few(places);
        script = disabled(script->reading, places.front());
    }
}

bool RcScript::remove(std::string_view daemon) {
    Understood script = understood_;
    for (bool found = false;; found = true) { // the last first, so that an error names a line that the file has
        const std::vector<Place> places = places_of(*script, daemon);
        if (places.empty()) {
            understood_ = script;
            return found;
        }
        require_few(places);
        script = removed(script->reading, places.back());
    }
}

bool RcScript::configure(std::string_view daemon, std::string_view arguments) {
    std::vector<Place> places = places_of(*understood_, daemon);
    std::erase_if(places, [](const Place& place) { return !is_enabled(place); });
    require_few(places);
    std::string text = understood_->text;
    for (std::size_t i = places.size(); i-- > 0;)
        text = configured(understood_->reading, std::move(text), places[i], arguments);
    Understood after = understand(std::move(text));
    require_configured(understood_->reading, *after, daemon, arguments);
    understood_ = std::move(after);
    return !places.empty();
}

std::optional<std::string> RcScript::variable(std::string_view name) const {
    const auto found = understood_->variables.find(name);
    return found == understood_->variables.end() ? std::nullopt : found->second;
}

std::optional<std::string> interpreter(std::string_view text) {
    constexpr std::array<std::string_view, 12> shells = {"sh",    "bsh",    "psh",  "tsh",  "ksh",  "ksh88",
                                                         "ksh93", "rksh93", "rksh", "bash", "dash", "zsh"};
    const std::string_view line = text.substr(0, text.find('\n'));
    if (!line.starts_with("#!"))
        return std::nullopt;
    const std::string_view command = trimmed(line.substr(2));
    const std::string_view path = command.substr(0, command.find_first_of(" \t\r"));
    const bool is_shell = std::find(shells.begin(), shells.end(), base_name(path)) != shells.end();
    return path.starts_with('/') && is_shell ? std::optional(std::string(path)) : std::nullopt;
}

} // namespace bulwark
