#include "plan/inittab.hpp"

#include "document/lines.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace bulwark {
namespace {

// aix_facts.md, inittab
constexpr std::size_t longest_identifier = 14;
constexpr std::size_t longest_runlevel = 20;
constexpr std::size_t longest_record = 1024; // of the command and of the whole entry alike

void require(bool fits, const std::string& what) {
    if (!fits)
        throw Error(what);
}

void require_valid_identifier(const std::string& identifier) {
    require(!identifier.empty() && identifier.size() <= longest_identifier,
            "the identifier '" + identifier + "' must have 1 to 14 characters");
    require(identifier.find_first_of(": \t\r\n\\#") == std::string::npos,
            "the identifier '" + identifier + "' must not contain colons, blanks, newlines, # or backslashes");
}

/// A newline ends an entry unless a backslash before it continues the entry.
bool ends_entry(const std::string& command) {
    for (std::size_t i = command.find('\n'); i != std::string::npos; i = command.find('\n', i + 1))
        if (i == 0 || command[i - 1] != '\\')
            return true;
    return false;
}

void require_valid(const InittabEntry& wanted) {
    const auto& [runlevel, action, command] = wanted.fields;
    if (runlevel) {
        require(runlevel->size() <= longest_runlevel,
                "the runlevel of " + wanted.identifier + " has over 20 characters");
        require(runlevel->find_first_not_of("0123456789abcsSmM") == std::string::npos,
                "the runlevel '" + *runlevel + "' of " + wanted.identifier +
                    " may consist of 0-9, a, b, c, s and m alone");
    }
    if (action)
        require(is_inittab_action(*action), "init knows no action '" + *action + "' (entry " + wanted.identifier + ")");
    if (command) {
        require(!ends_entry(*command) && command->find('\0') == std::string::npos,
                "the command of " + wanted.identifier +
                    " must not contain a newline (but for one that a backslash before it "
                    "makes a continuation) or a NUL");
        require(command->size() <= longest_record, "the command of " + wanted.identifier + " has over 1024 bytes");
        require(command->empty() || command->back() != '\\',
                "the command of " + wanted.identifier +
                    " must not end in a backslash: it would swallow the next entry");
    }
}

void require_valid_length(const Inittab& inittab, const std::string& identifier) {
    const auto record = inittab.active(identifier);
    require(!record || record->identifier.size() + record->runlevel.size() + record->action.size() +
                               record->command.size() + 3 <=
                           longest_record,
            "the entry " + identifier + " would have over 1024 bytes, more than init reads");
}

/// The action that the record had before somebody switched it off, from the newest former text that knows.
std::optional<std::string> former_action(const Snapshot& snapshot, const std::string& identifier) {
    const auto past = snapshot.past.find(inittab_path);
    if (past == snapshot.past.end())
        return std::nullopt;
    for (const std::string& text : past->second)
        for (const InittabRecord& record : Inittab::parse(text).records())
            if (record.identifier == identifier && record.action != "off" && is_inittab_action(record.action))
                return record.action;
    return std::nullopt;
}

/// Undoes `off` of a record that is there, with the action that is wanted or else the one that the history knows.
void switch_on(Inittab& inittab, const InittabEntry& wanted, const Snapshot& snapshot) {
    if (inittab.active(wanted.identifier).value().action != "off")
        return;
    const auto action = wanted.fields.action ? wanted.fields.action : former_action(snapshot, wanted.identifier);
    require(action.has_value(), "the entry " + wanted.identifier +
                                    " is off and the history does not know what its action was before; give `action`");
    inittab.change(wanted.identifier, {.runlevel = {}, .action = action, .command = {}});
}

void require_present(Inittab& inittab, const InittabEntry& wanted, const Snapshot& snapshot) {
    const auto& fields = wanted.fields;
    if (inittab.active(wanted.identifier)) {
        switch_on(inittab, wanted, snapshot);
    } else if (inittab.commented(wanted.identifier)) {
        inittab.uncomment(wanted.identifier);
        switch_on(inittab, wanted, snapshot);
    } else {
        require_valid_identifier(wanted.identifier);
        require(fields.runlevel && fields.action && fields.command,
                "there is no entry " + wanted.identifier + "; adding it needs runlevel, action and command");
        require(!wanted.insert_after || inittab.active(*wanted.insert_after),
                "there is no entry '" + wanted.insert_after.value_or("") + "' to insert " + wanted.identifier +
                    " after");
        inittab.insert(wanted.identifier, fields, wanted.insert_after);
        return;
    }
    inittab.change(wanted.identifier, fields);
}

void require_enabled(Inittab& inittab, const InittabEntry& wanted, const Snapshot& snapshot) {
    require(wanted.fields.action != "off", "the entry " + wanted.identifier + " cannot be enabled with the action off");
    if (!inittab.active(wanted.identifier)) {
        require(inittab.commented(wanted.identifier).has_value(),
                "there is no entry " + wanted.identifier + " to enable; state present adds one");
        inittab.uncomment(wanted.identifier);
    }
    switch_on(inittab, wanted, snapshot);
}

void require_disabled(Inittab& inittab, const InittabEntry& wanted) {
    const auto record = inittab.active(wanted.identifier);
    if (!record || record->action == "off")
        return; // one that is not there is disabled too
    if (wanted.method == InittabMethod::comment)
        inittab.comment(wanted.identifier);
    else
        inittab.change(wanted.identifier, {.runlevel = {}, .action = "off", .command = {}});
}

void apply(Inittab& inittab, const InittabEntry& wanted, const Snapshot& snapshot) {
    switch (wanted.state) {
    case InittabState::present:
        return require_present(inittab, wanted, snapshot);
    case InittabState::enabled:
        return require_enabled(inittab, wanted, snapshot);
    case InittabState::disabled:
        return require_disabled(inittab, wanted);
    case InittabState::absent:
        return inittab.remove(wanted.identifier);
    }
}

/// init takes `#id:...` for a record of its own: whoever put the # there believes it is switched off.
void warn_of_hash(const Inittab& inittab, const std::string& identifier, Snapshot& snapshot) {
    if (snapshot.text(inittab_path).find("#" + identifier) == std::string::npos)
        return;
    for (const InittabRecord& record : inittab.records())
        if (!record.commented && record.identifier == "#" + identifier)
            snapshot.warn(inittab_path + ", line " + std::to_string(record.line) + ": init runs the entry #" +
                          identifier + ", for # is no comment to it; a colon in front disables an entry");
}

/// The directory of the start scripts that an entry such as `l2:2:wait:/etc/rc.d/rc 2` runs: /etc/rc.d/rc2.d; empty for
/// other entries.
std::string start_scripts(const InittabRecord& record) {
    const auto found = words(record.command);
    if (found.size() < 2 || at(record.command, found[0]) != "/etc/rc.d/rc")
        return {};
    return "/etc/rc.d/rc" + std::string(at(record.command, found[1])) + ".d";
}

/// What an entry started that is off now: sshd, say, which some installations start from /etc/rc.d/rc2.d.
void warn_of_start_scripts(const InittabRecord& record, Snapshot& snapshot) {
    std::vector<std::string> scripts;
    const std::string beginning = start_scripts(record) + "/S";
    for (auto file = snapshot.files.lower_bound(beginning);
         file != snapshot.files.end() && file->first.starts_with(beginning); ++file)
        if (file->second.kind != FileState::Kind::missing)
            scripts.push_back(file->first);
    if (!scripts.empty())
        snapshot.warn("without the entry " + record.identifier + " the next boot does not start " + enumerate(scripts) +
                      "; what the host needs of it (remote login?) must be started in another way");
}

/// Those that init runs: what is off already can be switched on, changed and removed.
std::vector<InittabRecord> boot_critical(const Inittab& inittab) {
    std::vector<InittabRecord> records;
    for (const InittabRecord& record : inittab.records())
        if (!record.commented && record.action != "off" && is_boot_critical(record))
            records.push_back(record);
    return records;
}

bool same(const InittabRecord& a, const InittabRecord& b) {
    return a.identifier == b.identifier && a.runlevel == b.runlevel && a.action == b.action && a.command == b.command;
}

} // namespace

Needs needs(const InittabEntry& wanted, const Snapshot& snapshot) {
    Needs all;
    all.files = {inittab_path};
    const auto file = snapshot.files.find(inittab_path);
    const bool asks = wanted.state == InittabState::enabled || wanted.state == InittabState::present;
    if (file == snapshot.files.end() || file->second.kind != FileState::Kind::regular)
        return all;
    for (const InittabRecord& record : snapshot.document<Inittab>(inittab_path)->records()) {
        if (record.identifier != wanted.identifier)
            continue;
        if (asks && !wanted.fields.action && record.action == "off")
            all.past = {inittab_path};
        if (const std::string scripts = start_scripts(record); !asks && !scripts.empty())
            all.trees = {scripts};
    }
    return all;
}

void ensure(const InittabEntry& wanted, Snapshot& snapshot) {
    const std::string before = snapshot.text(inittab_path);
    edit<Inittab>(snapshot, inittab_path, [&](Inittab& inittab) {
        const Inittab found = inittab;
        require_valid(wanted);
        apply(inittab, wanted, snapshot);
        warn_of_hash(inittab, wanted.identifier, snapshot);
        if (inittab == found)
            return;
        require_valid_length(inittab, wanted.identifier);
        if (!wanted.force)
            require_bootable(found, inittab);
        if (const auto record = found.active(wanted.identifier);
            record && (wanted.state == InittabState::disabled || wanted.state == InittabState::absent))
            warn_of_start_scripts(*record, snapshot);
    });
    if (wanted.now && snapshot.text(inittab_path) != before)
        snapshot.reread_inittab = true;
}

std::string summary(const InittabEntry& wanted) {
    switch (wanted.state) {
    case InittabState::absent:
        return "remove " + wanted.identifier;
    case InittabState::disabled:
        return "disable " + wanted.identifier;
    case InittabState::enabled:
        return "enable " + wanted.identifier;
    default:
        return "set " + wanted.identifier;
    }
}

bool is_boot_critical(const InittabRecord& record) {
    constexpr std::array<std::string_view, 10> identifiers = {
        "brc", "securityboot", "tunables", "powerfail", "rc", "fbcheck", "srcmstr", "rctcpip", "cron", "cons"};
    return record.action == "initdefault" ||
           std::find(identifiers.begin(), identifiers.end(), record.identifier) != identifiers.end();
}

void require_bootable(const Inittab& before, const Inittab& after) {
    const std::vector<InittabRecord> were = boot_critical(before);
    const std::vector<InittabRecord> are = boot_critical(after);
    auto next = are.begin();
    for (const InittabRecord& record : were) {
        const auto found =
            std::find_if(next, are.end(), [&](const InittabRecord& other) { return same(record, other); });
        require(found != are.end(),
                "the host needs the entry " + record.identifier +
                    " as it is to boot to where it boots now; `force: true` changes it all the same");
        next = found + 1;
    }
    const auto defaults = [](const auto& records) {
        return std::count_if(records.begin(), records.end(), [](const auto& r) { return r.action == "initdefault"; });
    };
    require(defaults(are) <= std::max<std::ptrdiff_t>(1, defaults(were)),
            "a second initdefault entry would make it uncertain to which runlevel the host boots; "
            "`force: true` adds it all the same");
}

} // namespace bulwark
