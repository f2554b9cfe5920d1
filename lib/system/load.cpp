#include "system/load.hpp"

#include "document/lines.hpp"

#include <algorithm>
#include <string_view>

namespace bulwark {
namespace {

constexpr std::chrono::seconds time_limit{30};

CommandResult ask(Host& host, std::vector<std::string> argv) {
    const auto command = host.find_command(argv[0]);
    if (!command)
        throw Error("the command " + argv[0] +
                    " is not there, so the running system cannot be asked; "
                    "with `refresh: never` the files alone are looked at");
    argv[0] = *command;
    return host.run(argv, time_limit);
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> result;
    for (const Span span : words(line))
        result.push_back(at(line, span));
    return result;
}

/// "lssrc -s x: 0513-085 The x Subsystem is not on file."
std::string complaint(const std::string& command, const CommandResult& result) {
    const std::string_view text = trimmed(result.err).empty() ? result.out : result.err;
    const auto lines = split_lines(text);
    return command + ": " +
           (lines.empty() ? "exit status " + std::to_string(result.status)
                          : std::string(trimmed(without_line_end(lines.front()))));
}

/// Of ` inetd  tcpip  1639148  active`: PID and group may be blank, so only the first word and the end tell (aix.md 3.1).
Subsystem::Status status_of_row(const std::vector<std::string_view>& row) {
    return row.back() == "active" ? Subsystem::Status::active : Subsystem::Status::inoperative;
}

/// The rows of the services table that ends `lssrc -ls inetd`; nothing where there is no such table (aix.md 2.3).
std::optional<std::vector<std::string>> served(std::string_view output) {
    const std::vector<std::string_view> header = {"Service", "Command", "Description", "Status"};
    std::optional<std::vector<std::string>> services;
    for (const std::string_view line : split_lines(output)) {
        const auto row = words_of(line);
        if (row == header)
            services.emplace();
        else if (services && row.size() > 1 && row.back() == "active")
            services->emplace_back(row.front());
    }
    return services;
}

/// `X,current,default,reboot,min,max,unit,type,{dependent }`: the fourth field.
std::string boot_value(Host& host, const std::string& option) {
    const CommandResult result = ask(host, {"no", "-x", option});
    std::vector<std::string> fields(1);
    for (const char c : result.out)
        c == ',' ? (void)fields.emplace_back() : fields.back().push_back(c);
    return result.status == 0 && fields.size() > 3 && trimmed(fields[0]) == option ? fields[3] : "";
}

NetworkOption read_network_option(Host& host, const std::string& name, bool with_boot_value) {
    NetworkOption option;
    const CommandResult result = ask(host, {"no", "-o", name});
    const std::size_t equals = result.out.find('=');
    if (result.status != 0 || equals == std::string::npos)
        option.unavailable = complaint("no -o " + name, result);
    else
        option.value = trimmed(without_line_end(std::string_view(result.out).substr(equals + 1)));
    if (with_boot_value && option.unavailable.empty())
        option.nextboot = boot_value(host, name);
    return option;
}

/// Fills a snapshot, and remembers what it has read already.
class Reader {
public:
    Reader(Snapshot& snapshot, const std::vector<FileChange>& put_back, Host& host, const History& history)
        : snapshot_(snapshot), put_back_(put_back), host_(host), history_(history) {}

    void read(const Needs& needs) {
        for (const std::string& path : needs.files)
            read_file(path);
        for (const std::string& path : needs.past)
            snapshot_.past.try_emplace(path, history_.past(path));
        for (const std::string& name : needs.rollback_targets)
            if (!snapshot_.rollback_targets.contains(name))
                snapshot_.rollback_targets.emplace(name, history_.rollback_target(name));
        for (const std::string& name : needs.revert_targets)
            read_revert_target(name);
        if (snapshot_.live)
            ask_running_system(needs);
    }

private:
    void read_file(const std::string& path) {
        if (snapshot_.files.contains(path))
            return;
        const auto undone = std::find_if(put_back_.begin(), put_back_.end(),
                                         [&](const FileChange& change) { return change.path == path; });
        snapshot_.files.emplace(path, undone == put_back_.end() ? host_.read(path) : undone->after);
    }

    void read_revert_target(const std::string& name) {
        if (snapshot_.revert_targets.contains(name))
            return;
        std::map<std::string, FileState> current;
        for (const std::string& path : history_.changed_paths(name)) {
            read_file(path);
            current.emplace(path, snapshot_.file(path));
        }
        snapshot_.revert_targets.emplace(name, history_.revert_target(name, current));
    }

    void ask_running_system(const Needs& needs) {
        for (const std::string& name : needs.network_options)
            if (!snapshot_.network_options.contains(name))
                snapshot_.network_options.emplace(name, read_network_option(host_, name, needs.boot_values));
        for (const std::string& name : needs.subsystems)
            if (!snapshot_.subsystems.contains(name))
                snapshot_.subsystems.emplace(name, read_subsystem(host_, name));
        if (needs.inetd_serves && !snapshot_.inetd_serves)
            snapshot_.inetd_serves = served(ask(host_, {"lssrc", "-ls", "inetd"}).out);
    }

    Snapshot& snapshot_;
    const std::vector<FileChange>& put_back_;
    Host& host_;
    const History& history_;
};

/// What the refreshes of these files will ask.
Needs with_subsystems_to_refresh(Needs needs) {
    for (const std::string& path : needs.files)
        if (const std::string subsystem = refreshed_subsystem(path); !subsystem.empty())
            needs.subsystems.insert(subsystem);
    return needs;
}

} // namespace

Subsystem read_subsystem(Host& host, const std::string& name) {
    const CommandResult result = ask(host, {"lssrc", "-s", name});
    Subsystem subsystem;
    if (result.status == 0)
        for (const std::string_view line : split_lines(result.out)) {
            const auto row = words_of(line);
            // Of two rows for one subsystem, as after chssys without a restart, the active one counts.
            if (row.size() > 1 && row.front() == name && subsystem.status != Subsystem::Status::active)
                subsystem.status = status_of_row(row);
        }
    if (subsystem.status == Subsystem::Status::unknown)
        subsystem.why = complaint("lssrc -s " + name, result);
    return subsystem;
}

Snapshot load(const std::vector<Rule>& rules, const std::vector<FileChange>& put_back, const std::string& not_live,
              Host& host, const History& history) {
    Snapshot snapshot;
    snapshot.live = not_live.empty();
    snapshot.not_live = not_live;
    snapshot.owner_of_new_files = host.superuser_name();
    snapshot.group_of_new_files = host.superuser_group();
    Reader reader(snapshot, put_back, host, history);
    // What one file says may decide what else is needed: rounds, until nothing new comes up.
    for (Needs known, wanted;; known = wanted) {
        wanted.merge(with_subsystems_to_refresh(needs(rules, snapshot)));
        if (wanted == known)
            return snapshot;
        reader.read(wanted);
    }
}

} // namespace bulwark
