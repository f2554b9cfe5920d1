#include "plan/network_options.hpp"

#include "document/lines.hpp"
#include "document/no_script.hpp"
#include "plan/inittab.hpp"
#include "text.hpp"

#include <algorithm>
#include <charconv>

namespace bulwark {
namespace {

constexpr unsigned script_mode = 0744;
constexpr unsigned owner_may_execute = 0100;

bool by_script(const NetworkOptions& wanted, const Snapshot& snapshot) {
    if (wanted.persistence != Persistence::automatic)
        return wanted.persistence == Persistence::script;
    return snapshot.state(nextboot_path).kind != FileState::Kind::regular;
}

std::string text_with(NoScript script, const NetworkOptions& wanted) {
    const auto found = script.options();
    for (const auto& [name, value] : wanted.options) {
        const auto set = found.find(name);
        if (set == found.end() || !same_value(set->second, value))
            script.set(name, value);
    }
    return script.text();
}

void ensure_script(const NetworkOptions& wanted, Snapshot& snapshot) {
    snapshot.scripts.insert(wanted.script);
    if (snapshot.file(wanted.script).kind == FileState::Kind::missing)
        return snapshot.create(wanted.script, text_with(NoScript::create(), wanted), script_mode);
    edit<NoScript>(snapshot, wanted.script,
                   [&](NoScript& script) { script = NoScript::parse(text_with(script, wanted)); });
    snapshot.files.at(wanted.script).mode |= owner_may_execute; // init starts it as a command
}

/// The record that init sees directly before the one of that identifier, which is there.
std::string predecessor(const Inittab& inittab, const std::string& identifier) {
    std::vector<InittabRecord> seen = inittab.records();
    std::erase_if(seen, [](const InittabRecord& record) { return record.commented; });
    const auto found = std::find_if(seen.begin(), seen.end(),
                                    [&](const InittabRecord& record) { return record.identifier == identifier; });
    return found == seen.begin() ? "" : (found - 1)->identifier;
}

/// The tutorial's entry: directly after brc, so that the options count before the network is up.
void ensure_started_at_boot(const NetworkOptions& wanted, Snapshot& snapshot) {
    const InittabEntry entry{
        .identifier = "no",
        .fields = {.runlevel = "2", .action = "once", .command = wanted.script + " > /dev/console 2>&1"},
        .insert_after = "brc"};
    ensure(entry, snapshot);
    edit<Inittab>(snapshot, inittab_path, [&](Inittab& inittab) {
        if (!inittab.active("brc"))
            throw Error("there is no entry brc, after which the entry no has to stand");
        if (predecessor(inittab, entry.identifier) != "brc")
            inittab.move(entry.identifier, "brc");
    });
}

/// The values for the next boot that the script or the file had before (aix_facts.md, tunables); without a live kernel
/// they tell which options change.
std::map<std::string, std::string> boot_values(const NetworkOptions& wanted, const Snapshot& snapshot, bool script) {
    const auto file = snapshot.files.find(script ? wanted.script : nextboot_path);
    if (file == snapshot.files.end() || file->second.kind != FileState::Kind::regular)
        return {};
    return script ? snapshot.document<NoScript>(wanted.script)->options()
                  : tunables(snapshot.text(nextboot_path), "no");
}

bool differs(const std::map<std::string, std::string>& values, const std::string& name, const std::string& value) {
    const auto found = values.find(name);
    return found == values.end() || !same_value(found->second, value);
}

/// The running kernel, where it can be asked; elsewhere what has to be set is what the next boot would not have set.
void ensure_running(const NetworkOptions& wanted, const std::map<std::string, std::string>& at_boot, bool script,
                    Snapshot& snapshot) {
    for (const auto& [name, value] : wanted.options) {
        const auto found = snapshot.network_options.find(name);
        NetworkOption option = found == snapshot.network_options.end() ? NetworkOption{} : found->second;
        if (!option.unavailable.empty())
            snapshot.warn("network option " + name + " is left out of the running kernel: " + option.unavailable);
        // Without a live kernel there is a value only if another rule wants one.
        const bool known = (snapshot.live && option.unavailable.empty()) || !option.value.empty();
        const bool now = known ? !same_value(option.value, value) : differs(at_boot, name, value);
        const bool boot = !script && !same_value(option.nextboot, value) && differs(at_boot, name, value);
        if (!now && !boot)
            continue;
        option.value = value;
        if (boot)
            option.nextboot = value;
        option.persistent = !script;
        snapshot.network_options[name] = option;
    }
}

} // namespace

Needs needs(const NetworkOptions& wanted, const Snapshot& snapshot) {
    Needs all;
    if (wanted.persistence != Persistence::script)
        all.files.insert(nextboot_path);
    if (wanted.persistence == Persistence::automatic && !snapshot.files.contains(nextboot_path))
        return all; // it decides what else is needed
    const bool script = by_script(wanted, snapshot);
    if (script)
        all.files.insert({wanted.script, inittab_path});
    all.boot_values = !script && snapshot.live;
    if (snapshot.live)
        for (const auto& [name, value] : wanted.options)
            all.network_options.insert(name);
    return all;
}

void ensure(const NetworkOptions& wanted, Snapshot& snapshot) {
    const bool script = by_script(wanted, snapshot);
    const auto at_boot = boot_values(wanted, snapshot, script);
    if (script) {
        ensure_script(wanted, snapshot);
        ensure_started_at_boot(wanted, snapshot);
    }
    ensure_running(wanted, at_boot, script, snapshot);
}

std::string summary(const NetworkOptions& wanted) {
    std::vector<std::string> settings;
    for (const auto& [name, value] : wanted.options)
        settings.push_back(name + "=" + value);
    return "set " + enumerate(settings);
}

bool same_value(const std::string& a, const std::string& b) {
    const auto number = [](const std::string& text) -> std::optional<long long> {
        long long value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
    };
    const auto x = number(a), y = number(b);
    return x && y ? *x == *y : a == b;
}

} // namespace bulwark
