#include "document/inittab.hpp"

#include "documents.hpp"
#include "targets.hpp"

#include <algorithm>

namespace bulwark::fuzz {
namespace {

using Done = std::function<void(Inittab&)>;

/// Whether a line is a record of this identifier, or would be if it were not commented out: one with an action that AIX
/// does not know is prose then.
bool is_record_of(std::string_view line, const std::string& identifier) {
    const std::vector<InittabRecord> records = Inittab::parse(line).records();
    return (line.starts_with(':') && is_record_of(line.substr(1), identifier)) ||
           std::any_of(records.begin(), records.end(),
                       [&](const InittabRecord& record) { return record.identifier == identifier; });
}

bool edit_record(Inittab& inittab, const std::string& identifier, const Done& done) {
    const std::string before = inittab.text();
    if (!is_done(inittab, done))
        return false;
    require_kept(
        before, inittab.text(), [&](std::string_view line) { return is_record_of(line, identifier); },
        split_continued_lines);
    return true;
}

void require_fields(const Inittab& inittab, const std::string& identifier, const InittabFields& fields) {
    const std::optional<InittabRecord> record = inittab.active(identifier);
    require(record && record->runlevel == fields.runlevel.value_or(record->runlevel) &&
                record->action == fields.action.value_or(record->action) &&
                record->command == fields.command.value_or(record->command),
            "a record has the fields that it was given", inittab.text());
}

InittabFields fields_of(const Edit& edit) { return {edit.optional(1), edit.optional(2), edit.optional(3)}; }

void comment(Inittab& inittab, const Edit& edit) {
    const std::string identifier = edit.argument(0), before = inittab.text();
    if (!edit_record(inittab, identifier, [&](Inittab& one) { one.comment(identifier); }))
        return;
    require(!inittab.active(identifier), "init does not see what is commented out", inittab.text());
    // Blanks before the identifier are taken for those that people leave behind the colon.
    Inittab back = inittab;
    if (is_done<Inittab>(back, [&](Inittab& one) { one.uncomment(identifier); }))
        require_kept(
            before, back.text(), [](std::string_view line) { return line.starts_with(' ') || line.starts_with('\t'); },
            split_continued_lines);
}

void uncomment(Inittab& inittab, const Edit& edit) {
    const std::string identifier = edit.argument(0);
    if (edit_record(inittab, identifier, [&](Inittab& one) { one.uncomment(identifier); }))
        require(inittab.active(identifier).has_value(), "init sees what is no longer commented out", inittab.text());
}

void remove(Inittab& inittab, const Edit& edit) {
    const std::string identifier = edit.argument(0);
    const Done done = [&](Inittab& one) { one.remove(identifier); };
    if (!edit_record(inittab, identifier, done))
        return;
    require_settled(inittab, done);
    require(!inittab.active(identifier) && !inittab.commented(identifier), "what is removed is gone", inittab.text());
}

void change(Inittab& inittab, const Edit& edit) {
    const std::string identifier = edit.argument(0);
    const InittabFields fields = fields_of(edit);
    const Done done = [&](Inittab& one) { one.change(identifier, fields); };
    if (!edit_record(inittab, identifier, done))
        return;
    require_settled(inittab, done);
    require_fields(inittab, identifier, fields);
}

void insert(Inittab& inittab, const Edit& edit) {
    const std::string identifier = edit.argument(0);
    const std::optional<std::string> after = edit.optional(4);
    const InittabFields fields = fields_of(edit);
    if (edit_record(inittab, identifier, [&](Inittab& one) {
            one.insert(identifier, fields, after ? std::optional<std::string_view>(*after) : std::nullopt);
        }))
        require_fields(inittab, identifier, fields);
}

void move(Inittab& inittab, const Edit& edit) {
    const std::string identifier = edit.argument(0), after = edit.argument(1);
    const std::size_t records = inittab.records().size();
    const Done done = [&](Inittab& one) { one.move(identifier, after); };
    if (!edit_record(inittab, identifier, done))
        return;
    require_settled(inittab, done);
    require(inittab.records().size() == records, "a record that is moved stays one", inittab.text());
}

constexpr std::array<Verb<Inittab>, 6> verbs = {{
    {"comment", comment},
    {"uncomment", uncomment},
    {"remove", remove},
    {"change", change},
    {"insert", insert},
    {"move", move},
}};

} // namespace

void inittab(std::string_view bytes) { parse_and_edit(verbs, read_input(bytes)); }

} // namespace bulwark::fuzz
