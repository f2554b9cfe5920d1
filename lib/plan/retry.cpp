#include "plan/retry.hpp"

#include "document/lines.hpp"
#include "plan/crontab.hpp"
#include "plan/rc_script.hpp"
#include "text.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace bulwark {
namespace {

/// The word after a flag: the subsystem of `refresh -s inetd`, the setting of `no -p -o bcastping=0`.
std::string after_flag(const std::vector<std::string>& argv, const std::string& flag) {
    const auto found = std::find(argv.begin(), argv.end(), flag);
    return found == argv.end() || found + 1 == argv.end() ? std::string() : *(found + 1);
}

/// A name of a subsystem, an option, a fileset or a user: never a flag, a path, or anything that a shell would read.
bool is_name(std::string_view word) {
    const auto belongs = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-' || c == '+';
    };
    return !word.empty() && word.front() != '-' && std::all_of(word.begin(), word.end(), belongs);
}

/// The file that `crontab /var/spool/cron/crontabs/root` or `crontab -r` tells cron about, which `su` may run for another
/// user; nothing where it is another command.
std::string crontab_of(const std::vector<std::string>& argv) {
    const bool of_other = argv.size() == 4 && argv[0] == "su" && is_name(argv[1]) && argv[2] == "-c";
    const std::string path = crontab_directory + (of_other ? argv[1] : "root");
    const std::string command = of_other ? argv[3] : joined(argv, " ");
    return command == "crontab " + path || command == "crontab -r" ? path : "";
}

/// What a command acts on. Nothing where it is none of those that `difference` makes: the history may come from a newer
/// release, or have been written to by hand.
enum class Kind { option, subsystem, inittab, crontab, fileset, unknown };

/// NAME=VALUE, in one line.
bool is_setting(std::string_view word) {
    const std::size_t equals = word.find('=');
    return equals != std::string_view::npos && is_name(word.substr(0, equals)) &&
           std::none_of(word.begin(), word.end(),
                        [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; });
}

bool is_of_subsystem(const std::vector<std::string>& argv) {
    const bool starts = argv[0] == "startsrc";
    if (argv[0] != "refresh" && argv[0] != "stopsrc" && !starts)
        return false;
    const bool named = argv.size() >= 3 && argv[1] == "-s" && is_name(argv[2]);
    return named && (argv.size() == 3 || (starts && argv.size() == 5 && argv[3] == "-a" && !argv[4].empty()));
}

bool is_of_option(const std::vector<std::string>& argv) {
    const std::size_t flag = argv.size() == 4 && (argv[1] == "-p" || argv[1] == "-r") ? 2 : 1;
    return argv[0] == "no" && argv.size() == flag + 2 && argv[flag] == "-o" && is_setting(argv[flag + 1]);
}

Kind kind_of(const std::vector<std::string>& argv) {
    if (argv.empty())
        return Kind::unknown;
    if (is_of_option(argv))
        return Kind::option;
    if (is_of_subsystem(argv))
        return Kind::subsystem;
    if (argv.size() == 3 && argv[0] == "installp" && argv[1] == "-u" && is_name(argv[2]) && argv[2] != "all")
        return Kind::fileset;
    if (!crontab_of(argv).empty())
        return Kind::crontab;
    return argv == std::vector<std::string>{"telinit", "q"} ? Kind::inittab : Kind::unknown;
}

/// `crontab` empties a crontab before it writes the new one (aix_facts.md, cron). Where it was ended meanwhile, the
/// file is a beginning of what was recorded last, in whole blocks, and gets the rest again.
void complete_crontab(const std::string& path, Snapshot& snapshot) {
    const auto past = snapshot.past.find(path);
    const FileState& now = snapshot.state(path);
    if (past == snapshot.past.end() || past->second.empty() || now.kind != FileState::Kind::regular)
        return;
    constexpr std::size_t block = 512;
    const std::string& recorded = past->second.front();
    if (recorded.starts_with(now.text) && now.text.size() % block == 0)
        snapshot.put(path, recorded);
}

/// Whether the file is still the one that was to be removed; an empty one was left by a removal that was ended meanwhile.
bool is_former_crontab(const std::string& path, const Snapshot& snapshot) {
    const FileState& now = snapshot.state(path);
    const auto past = snapshot.past.find(path);
    return now.kind == FileState::Kind::regular &&
           (now.text.empty() || (past != snapshot.past.end() &&
                                 std::find(past->second.begin(), past->second.end(), now.text) != past->second.end()));
}

/// It is submitted or removed, as it is by now: somebody may have made another one.
void ensure_crontab(const std::vector<std::string>& argv, Snapshot& snapshot) {
    const std::string path = crontab_of(argv);
    const bool removes = argv.back().ends_with("-r");
    if (removes && is_former_crontab(path, snapshot))
        snapshot.files[path] = {};
    else if (!removes)
        complete_crontab(path, snapshot);
    snapshot.crontabs.insert(path);
}

bool has_flag(const std::vector<std::string>& argv, const std::string& flag) {
    return std::find(argv.begin(), argv.end(), flag) != argv.end();
}

/// `no -p`, now and for the next boot, or `no -r`, for the next boot alone.
bool is_persistent(const std::vector<std::string>& argv) { return has_flag(argv, "-p") || has_flag(argv, "-r"); }

void ensure_option(const std::vector<std::string>& argv, Snapshot& snapshot) {
    const std::string setting = after_flag(argv, "-o");
    const std::size_t equals = setting.find('=');
    NetworkOption& option = snapshot.network_options[setting.substr(0, equals)];
    const std::string value = setting.substr(equals + 1);
    if (!has_flag(argv, "-r"))
        option.value = value;
    if (is_persistent(argv)) {
        option.persistent = true;
        option.nextboot = value;
    }
}

void ensure_subsystem(const std::vector<std::string>& argv, Snapshot& snapshot) {
    const std::string name = after_flag(argv, "-s");
    if (argv[0] == "refresh") {
        snapshot.refresh.insert(name);
        return;
    }
    Subsystem& subsystem = snapshot.subsystems[name];
    subsystem.status = argv[0] == "startsrc" ? Subsystem::Status::active : Subsystem::Status::inoperative;
    subsystem.arguments = after_flag(argv, "-a");
    if (argv[0] == "startsrc" && snapshot.owed.contains({"stopsrc", "-s", name}))
        snapshot.restart.insert(name); // a daemon that was to be stopped and started, and is not even stopped
}

} // namespace

bool is_known_action(const std::vector<std::string>& argv) { return kind_of(argv) != Kind::unknown; }

Needs needs(const RetriedAction& wanted, const Snapshot& snapshot) {
    Needs all;
    if (!snapshot.live)
        return all;
    const Kind kind = kind_of(wanted.argv);
    if (kind == Kind::subsystem)
        all.subsystems = {after_flag(wanted.argv, "-s")};
    if (kind == Kind::subsystem && wanted.argv[0] == "startsrc")
        all.files = {rc_tcpip_path}; // how a restart starts it
    if (kind == Kind::crontab)
        all.files = all.past = {crontab_of(wanted.argv)};
    if (kind == Kind::fileset)
        all.filesets = {after_flag(wanted.argv, "-u")};
    if (kind == Kind::option) {
        const std::string setting = after_flag(wanted.argv, "-o");
        all.network_options = {setting.substr(0, setting.find('='))};
        all.boot_values = is_persistent(wanted.argv);
    }
    return all;
}

void ensure(const RetriedAction& wanted, Snapshot& snapshot) {
    if (kind_of(wanted.argv) == Kind::unknown)
        return;
    const bool again = !snapshot.owed.insert(wanted.argv).second;
    if (again || !snapshot.live)
        return; // what a later rule has overruled does not come back; what cannot be done now a later run will do
    switch (kind_of(wanted.argv)) {
    case Kind::option:
        return ensure_option(wanted.argv, snapshot);
    case Kind::subsystem:
        return ensure_subsystem(wanted.argv, snapshot);
    case Kind::inittab:
        snapshot.reread_inittab = true;
        return;
    case Kind::crontab:
        return ensure_crontab(wanted.argv, snapshot);
    case Kind::fileset:
        snapshot.filesets.at(after_flag(wanted.argv, "-u")).installed = false;
        return;
    case Kind::unknown:
        return;
    }
}

std::string summary(const RetriedAction& wanted) {
    return "run " + (wanted.argv.empty() ? "a command" : wanted.argv[0]) + " again";
}

} // namespace bulwark
