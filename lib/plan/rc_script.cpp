#include "plan/rc_script.hpp"

#include "text.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace bulwark {
namespace {

/// The SRC names a daemon by the base name of its program.
std::string subsystem_of(const std::string& daemon) { return std::string(base_name(daemon)); }

/// Whether the script knows the daemon at all; one that it does not know is disabled and absent.
bool edit_script(RcScript& script, const StartedDaemon& wanted) {
    if (wanted.state == DaemonState::disabled)
        return script.disable(wanted.daemon);
    if (wanted.state == DaemonState::absent)
        return script.remove(wanted.daemon);
    if (!script.enable(wanted.daemon))
        throw Error("no line starts " + wanted.daemon + ", not even a disabled one");
    if (wanted.arguments)
        script.configure(wanted.daemon, *wanted.arguments);
    return true;
}

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// The value of `$name` or `${name}` at the beginning of `text`, which becomes what follows it.
std::optional<std::string> take_variable(const RcScript& script, std::string_view& text) {
    const bool braced = text.substr(1, 1) == "{";
    const std::string_view rest = text.substr(braced ? 2 : 1);
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_name_character);
    const auto length = static_cast<std::size_t>(end - rest.begin());
    if (braced && rest.substr(length, 1) != "}")
        return std::nullopt;
    text = rest.substr(length + braced);
    return script.variable(rest.substr(0, length));
}

/// The arguments with the values of plain assignments (`qpi=30m`) in place of variables; as they are where one is not so
/// plain, which `difference` takes for a reason not to start the daemon by hand.
std::string expanded(const RcScript& script, const std::string& arguments) {
    std::string result;
    for (std::string_view rest = arguments; !rest.empty();) {
        if (rest.front() != '$') {
            result += rest.front();
            rest.remove_prefix(1);
        } else if (const auto value = take_variable(script, rest)) {
            result += *value;
        } else {
            return arguments;
        }
    }
    return result;
}

void ensure_subsystem(const StartedDaemon& wanted, const RcScript& script, bool script_changed, Snapshot& snapshot) {
    const std::string name = subsystem_of(wanted.daemon);
    const auto known = snapshot.subsystems.find(name);
    Subsystem subsystem = known == snapshot.subsystems.end() ? Subsystem{} : known->second;
    const auto status =
        wanted.state == DaemonState::enabled ? Subsystem::Status::active : Subsystem::Status::inoperative;
    // Where it cannot be known, the command is worth mentioning only if the script changes.
    if (subsystem.status == status || (subsystem.status == Subsystem::Status::unknown && !script_changed))
        return; // and leave no entry behind, which would look like a difference
    if (status == Subsystem::Status::active)
        subsystem.arguments = arguments_at_boot(script, wanted.daemon).value_or("");
    subsystem.status = status;
    snapshot.subsystems[name] = subsystem;
}

} // namespace

Needs needs(const StartedDaemon& wanted, const Snapshot& snapshot) {
    Needs all;
    all.files = {wanted.path};
    if (wanted.now && snapshot.live)
        all.subsystems = {subsystem_of(wanted.daemon)};
    return all;
}

void ensure(const StartedDaemon& wanted, Snapshot& snapshot) {
    const auto before = snapshot.document<RcScript>(wanted.path);
    bool known = false;
    edit<RcScript>(snapshot, wanted.path, [&](RcScript& script) { known = edit_script(script, wanted); });
    snapshot.scripts.insert(wanted.path);
    const auto after = snapshot.document<RcScript>(wanted.path);
    if (wanted.now && known) // the subsystems of others are no business of this rule
        ensure_subsystem(wanted, *after, !(*after == *before), snapshot);
}

std::string summary(const StartedDaemon& wanted) {
    switch (wanted.state) {
    case DaemonState::enabled:
        return "enable " + wanted.daemon;
    case DaemonState::disabled:
        return "disable " + wanted.daemon;
    default:
        return "remove " + wanted.daemon;
    }
}

std::string arguments_at_boot(const RcScript& script, const RcDaemon& daemon) {
    return expanded(script, daemon.arguments);
}

std::optional<std::string> arguments_at_boot(const RcScript& script, const std::string& daemon) {
    for (const RcDaemon& known : script.daemons())
        if (known.enabled && (known.name == daemon || known.path == daemon))
            return arguments_at_boot(script, known);
    return std::nullopt;
}

std::optional<std::string> arguments_at_boot(const Snapshot& snapshot, const std::string& subsystem) {
    for (const auto& [path, state] : snapshot.files)
        if (state.kind == FileState::Kind::regular && interpreter(state.text) && !too_large(state.text))
            if (const auto arguments = arguments_at_boot(*snapshot.document<RcScript>(path), subsystem))
                return arguments;
    return std::nullopt;
}

} // namespace bulwark
