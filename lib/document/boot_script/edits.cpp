#include "document/boot_script/edits.hpp"

#include "document/lines.hpp"
#include "error.hpp"
#include "text.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace bulwark {

UnderstoodScript::UnderstoodScript(std::string bytes)
    : text(std::move(bytes)), reading(boot_script::read(text)), places(boot_script::places_of(reading)),
      variables(boot_script::values(reading.script)) {}

} // namespace bulwark

namespace bulwark::boot_script {

using shell::Command;
using shell::none;
using shell::Script;

namespace {

// No script starts one daemon in more places. Each is edited by itself, and the whole script is read again after it.
constexpr std::size_t most_places = 20;

bool is_meant(const Place& place, std::string_view daemon) {
    return daemon == (daemon.find('/') == std::string_view::npos ? place.daemon.name : place.daemon.path);
}

} // namespace

Understood understand(std::string text) { return std::make_shared<const UnderstoodScript>(std::move(text)); }

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

namespace {

std::string about(const Place& place) { return at_line(place.daemon.line) + place.daemon.path + " "; }

} // namespace

void require_few(const std::vector<Place>& places) {
    if (places.size() > most_places)
        throw Error(about(places.front()) + "is started in " + std::to_string(places.size()) +
                    " places, more than the " + std::to_string(most_places) +
                    " that are edited: take those away by hand that are not meant");
}

namespace {

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

} // namespace

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

namespace {

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

} // namespace

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

namespace {

std::string without_lines(const Reading& reading, const std::vector<Stretch>& lines) {
    return with_lines(reading, lines, [](std::string_view, bool) { return ""; });
}

} // namespace

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

namespace {

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

} // namespace

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

} // namespace bulwark::boot_script
