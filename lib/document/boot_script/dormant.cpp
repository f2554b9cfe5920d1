#include "document/boot_script/dormant.hpp"

#include "text.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <utility>

namespace bulwark::boot_script {

using shell::Command;
using shell::none;
using shell::Script;

namespace {

// Each level of comments in commented-out text is read by itself; what lies deeper than this is prose.
constexpr std::size_t deepest_comment = 8;

// Comments are read in vain where they look like statements that have no end; nobody has so many of these.
constexpr std::size_t most_readings_of_comments = 8;
constexpr std::size_t least_effort = std::size_t{1024} * 1024; // a small script may be read more often

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

} // namespace

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

} // namespace bulwark::boot_script
