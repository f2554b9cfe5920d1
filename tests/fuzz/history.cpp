#include "system/history/history.hpp"

#include "document/lines.hpp"
#include "input.hpp"
#include "property.hpp"
#include "system/history/commit_text.hpp"
#include "system/history/text_merge.hpp"
#include "system/metadata.hpp"
#include "targets.hpp"

#include <algorithm>
#include <array>

namespace bulwark::fuzz {
namespace {

void check_metadata(std::string_view text) {
    Recorded recorded;
    try {
        recorded = parse_metadata(text);
    } catch (const Error& error) {
        require(std::string_view(error.what()).starts_with("line "), "an Error names the line", text);
        return;
    }
    const std::string written = metadata_text(recorded);
    require(parse_metadata(written) == recorded, "parse_metadata(metadata_text(r)) is r", text);
    require(metadata_text(parse_metadata(written)) == written, "metadata is written in one way", text);
}

/// A history that knows files of any names.
void check_any_names(std::string_view text) {
    Recorded recorded;
    for (const std::string_view line : split_lines(text)) {
        const std::string name(line.substr(0, line.find('|'))), rest(line.substr(std::min(name.size(), line.size())));
        Recorded::File file;
        file.state = {FileState::Kind::regular, {}, static_cast<unsigned>(line.size()) & 07777, rest, name, {}};
        file.interest = std::array{Interest::content, Interest::attributes, Interest::log}[rest.size() % 3];
        recorded.network_options["o" + name] = rest;
        recorded.actions.push_back({name, rest});
        try {
            require_recordable(name);
        } catch (const Error&) {
            continue;
        }
        recorded.files[name] = file;
    }
    require(parse_metadata(metadata_text(recorded)) == recorded, "any names come back", text);
}

std::string written(const CommitMessage& message) {
    std::string text = message.subject + "\n\n" + message.body + "\n\n";
    for (const auto& [key, value] : message.trailers)
        text += key + ": " + value + "\n";
    return text;
}

void check_message(std::string_view text) {
    if (text.find('\r') != std::string_view::npos)
        return; // one before a line's end goes each time
    const CommitMessage message = parse_message(text);
    const CommitMessage again = parse_message(written(message));
    require(message.subject.find('\n') == std::string::npos, "a subject is one line", text);
    require(again.subject == message.subject && again.body == message.body && again.trailers == message.trailers,
            "a message that is written as it was read is read so", text);
}

void check_date(std::string_view text) {
    try {
        const std::optional<std::int64_t> time = parse_iso_date(text);
        require(!time || parse_iso_date(iso_date(*time, 0)) == time, "a date that is written is read so", text);
        require(!time || parse_iso_date(iso_date(*time, -90)) == time, "in any zone", text);
    } catch (const Error& error) {
        require(std::string_view(error.what()).find("is not a date") != std::string_view::npos, "an Error is whole",
                text);
    }
}

/// A change undone, in a text that others have edited since.
void check_undoing(const std::string& now, const std::string& left, const std::string& earlier) {
    require(undo_change(left, left, earlier).text == earlier, "what nobody has edited is as before", left);
    require(undo_change(earlier, left, earlier).text == earlier, "what is undone already stays", earlier);
    require(left != earlier || undo_change(now, left, earlier).text.value_or(left) == now, "no change, nothing undone",
            now);
    const auto undone = undo_change(now, left, earlier).text;
    if (undone)
        require(undo_change(*undone, left, earlier).text == undone, "undoing it twice is undoing it once",
                now + "----" + left + "----" + earlier);
    if (now.find('\0') == std::string::npos && left.find('\0') == std::string::npos)
        require(unified_diff("/f", left, now).empty() == (left == now), "a diff tells what differs", left);
}

} // namespace

void history(std::string_view bytes) {
    const Halves halves = split_input(bytes);
    check_metadata(bytes);
    check_any_names(bytes);
    check_message(bytes);
    check_date(bytes);
    const Halves more = split_input(halves.second);
    check_undoing(std::string(halves.first), std::string(more.first), std::string(more.second));
}

} // namespace bulwark::fuzz
