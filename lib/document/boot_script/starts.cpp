#include "document/boot_script/starts.hpp"

#include "document/lines.hpp"
#include "text.hpp"

#include <algorithm>
#include <iterator>

namespace bulwark::boot_script {

using shell::Command;
using shell::none;
using shell::Script;
using shell::Statement;
using shell::Word;

namespace {

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

} // namespace

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

bool is_unmistakable(const Command& command) {
    const std::optional<Start> start = start_of(command);
    if (!start || start->path == 0 || !command.words[start->path].value.starts_with('/'))
        return false;
    return start->running != none || (start->path == 2 && command.words[1].value == base_name(command.words[2].value));
}

std::pair<std::size_t, std::size_t> commands_within(const Script& script, Span span) {
    const auto first_from = [&](std::size_t offset) {
        const auto found =
            std::lower_bound(script.commands.begin(), script.commands.end(), offset,
                             [](const Command& command, std::size_t begin) { return command.span.begin < begin; });
        return static_cast<std::size_t>(found - script.commands.begin());
    };
    return {first_from(span.begin), first_from(span.end)};
}

std::optional<std::string> sole_assignment(const Script& script, const Statement& statement) {
    const auto [first, end] = commands_within(script, statement.span);
    const Command& command = script.commands[first];
    if (end - first != 1 || !command.words.empty() || command.assignments.size() != 1)
        return std::nullopt;
    return std::string(shell::assigned_name(command.assignments[0].value).value_or(""));
}

namespace {

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

} // namespace

std::set<std::string> assigned_variables(const Script& script) {
    std::set<std::string> names;
    for (const Word* word : assignments(script))
        names.emplace(*shell::assigned_name(word->value));
    return names;
}

std::size_t empty_bodies(const Script& script) {
    return static_cast<std::size_t>(std::count_if(script.bodies.begin(), script.bodies.end(), shell::is_wrongly_empty));
}

namespace {

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

} // namespace

bool begins_line(const Reading& reading, std::size_t offset) {
    const std::size_t before = reading.text.substr(0, offset).find_last_not_of(" \t");
    if (before != std::string_view::npos && reading.text[before] != '\n')
        return false;
    const std::vector<std::size_t>& continued = reading.script.continued_lines;
    return !std::binary_search(continued.begin(), continued.end(), before + 1); // npos + 1 is 0
}

namespace {

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

} // namespace

std::size_t count(std::string_view text, std::string_view name) {
    std::size_t found = 0;
    for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const bool begins = at == 0 || !shell::is_name_character(text[at - 1]);
        const bool ends = at + name.size() == text.size() || !shell::is_name_character(text[at + name.size()]);
        found += begins && ends ? 1 : 0;
    }
    return found;
}

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

} // namespace bulwark::boot_script
