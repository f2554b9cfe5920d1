#include "system/load.hpp"

#include "document/lines.hpp"
#include "plan/rc_script.hpp"
#include "plan/sendmail.hpp"
#include "text.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace bulwark {
namespace {

constexpr std::chrono::seconds time_limit{30};
constexpr std::chrono::seconds software_time_limit{600}; // instfix and installp go through all that is installed

CommandResult ask(Host& host, std::vector<std::string> argv, std::chrono::seconds limit = time_limit) {
    const auto command = host.find_command(argv[0]);
    if (!command)
        throw Error("the command " + argv[0] +
                    " is not there, so the running system cannot be asked; "
                    "with `refresh: never` the files alone are looked at");
    argv[0] = *command;
    return host.run(argv, limit);
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> result;
    for (const Span span : words(line))
        result.push_back(at(line, span));
    return result;
}

/// "lssrc -s x: 0513-085 The x Subsystem is not on file."
std::string complaint(const std::string& command, const CommandResult& result) {
    return command + ": " + first_line_said(result);
}

/// Of ` inetd  tcpip  1639148  active`: PID and group may be blank, so only the first word and the end tell
/// (aix_facts.md, subsystems). `warned to stop`, say, is neither: it still runs, and will not for long.
Subsystem::Status status_of_row(const std::vector<std::string_view>& row) {
    return row.back() == "active"        ? Subsystem::Status::active
           : row.back() == "inoperative" ? Subsystem::Status::inoperative
                                         : Subsystem::Status::unknown;
}

/// The row that counts, of two for one subsystem, as after chssys without a restart: the one of the process that runs.
bool outranks(Subsystem::Status a, Subsystem::Status b) {
    return a == Subsystem::Status::active || (a == Subsystem::Status::unknown && b == Subsystem::Status::inoperative);
}

/// The rows of the services table that ends `lssrc -ls inetd`; nothing where there is no such table (aix_facts.md,
/// inetd).
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

std::vector<std::string> fields_of(std::string_view text, char separator) {
    std::vector<std::string> fields(1);
    for (const char c : text)
        c == separator ? (void)fields.emplace_back() : fields.back().push_back(c);
    return fields;
}

/// `X,current,default,reboot,min,max,unit,type,{dependent }`: the fourth field (aix_facts.md, network options).
std::string boot_value(Host& host, const std::string& option) {
    const CommandResult result = ask(host, {"no", "-x", option});
    const auto fields = fields_of(result.out, ',');
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

/// `Interim fix 'IJ54779m3a' associated with IJ54779 is installed.`: one line for each APAR that it mends; empty where
/// none is for this one (aix_facts.md, software).
std::string said_of_interim_fix(const CommandResult& result, const std::string& name) {
    const std::string ending = " associated with " + name + " is installed.";
    for (const std::string* text : {&result.out, &result.err})
        for (const std::string_view line : split_lines(*text))
            if (const std::string_view said = trimmed(without_line_end(line)); said.ends_with(ending))
                return std::string(said);
    return {};
}

/// `instfix -F` succeeds only where all filesets of the fix are installed; that the database has no data for a fix, or
/// that an interim fix stands for it, is said in words, which are documented (aix_facts.md, software).
Fix read_fix(Host& host, const std::string& name) {
    const CommandResult result = ask(host, {"instfix", "-iFk", name}, software_time_limit);
    const bool no_data = (result.out + result.err).find("no data for") != std::string::npos;
    if (result.status == 0 && !no_data)
        return {Fix::Status::installed, first_line_said(result)};
    if (const std::string interim = said_of_interim_fix(result, name); !interim.empty())
        return {Fix::Status::installed, interim};
    return {no_data ? Fix::Status::unknown : Fix::Status::incomplete, first_line_said(result)};
}

/// What installp says of a removal that it refuses: the first of its messages, which have numbers (0503-...), else the
/// first line that is not one of its rulers.
std::string said_by_installp(const CommandResult& result) {
    std::string said;
    for (const std::string* text : {&result.err, &result.out})
        for (const std::string_view line : split_lines(*text)) {
            const std::string_view message = trimmed(without_line_end(line));
            if (message.find("0503-") != std::string_view::npos)
                return std::string(message);
            if (said.empty() && message.find_first_not_of("+-*=_ \t") != std::string_view::npos)
                said = message;
        }
    return said.empty() ? "exit status " + std::to_string(result.status) : said;
}

std::string refusal_of_removal(Host& host, const std::string& name) {
    const CommandResult result = ask(host, {"installp", "-p", "-u", name}, software_time_limit);
    return result.status == 0 ? "" : said_by_installp(result) + "; `installp -p -u " + name + "` tells all of it";
}

/// A row of `lslpp -Lcq`: `package:fileset:level:state:PTF:fix state:type:...` (aix_facts.md, software).
using FilesetRow = std::vector<std::string>;

/// Such a package has its name in the first column, and name, version and release in the second:
/// `bash:bash-5.1.4-2:5.1.4-2: : :C:R:...`.
bool is_of_rpm(const FilesetRow& row) { return row.size() > 6 && row[6] == "R"; }

bool is_row_of(const std::string& name, const FilesetRow& row) {
    return row.size() > 2 && (row[1] == name || (is_of_rpm(row) && row[0] == name));
}

Fileset read_fileset(Host& host, const std::string& name, bool with_removal) {
    Fileset fileset;
    std::string package; // the name that rpm knows it by
    const CommandResult result = ask(host, {"lslpp", "-Lcq", name}, software_time_limit);
    for (const std::string_view line : split_lines(result.out)) {
        const FilesetRow row = fields_of(without_line_end(line), ':');
        if (result.status != 0 || !is_row_of(name, row))
            continue;
        fileset.installed = true;
        fileset.level = row[2];
        package = is_of_rpm(row) ? row[0] : "";
    }
    if (!package.empty())
        fileset.refusal = "it is an RPM package; remove it with `rpm -e " + package + "`";
    else if (fileset.installed && with_removal)
        fileset.refusal = refusal_of_removal(host, name);
    return fileset;
}

/// "reading /etc/x: Permission denied", without what comes before the cause.
std::string cause_of(const Error& error, const std::string& path) {
    const std::string sentence = error.what(), place = path + ": ";
    const std::size_t found = sentence.find(place);
    return found == std::string::npos ? sentence : sentence.substr(found + place.size());
}

/// What stands for a file that cannot be read.
FileState unreadable(const std::string& cause, const std::string& path, Host& host) {
    FileState state;
    state.kind = FileState::Kind::other;
    state.other = "something that cannot be read (" + cause + ")";
    try {
        if (FileState link = host.read_entry(path); link.kind == FileState::Kind::link) {
            const bool is_loop = cause == std::generic_category().message(ELOOP);
            link.other = is_loop ? "a link that leads in a circle" : "a link that cannot be followed (" + cause + ")";
            return link;
        }
    } catch (const Error&) { // nor can that
    }
    return state;
}

template <class Read>
FileState told(Read read, const std::string& path, Host& host) {
    try {
        return read();
    } catch (const Error& error) {
        return unreadable(cause_of(error, path), path, host);
    }
}

/// Fills a snapshot, and remembers what it has read already.
class Reader {
public:
    Reader(Snapshot& snapshot, const std::vector<FileChange>& put_back, Host& host, const History& history)
        : snapshot_(snapshot), put_back_(put_back), host_(host), history_(history) {
        for (const FileChange& change : put_back)
            undone_.emplace(change.path, &change);
    }

    void read(const Needs& needs) {
        for (const std::string& path : needs.files)
            read_file(path);
        for (const std::string& path : needs.entries)
            read_entry(path);
        for (const std::string& path : needs.trees)
            read_tree(path);
        for (const std::string& path : needs.logs)
            read_log(path);
        for (const std::string& path : needs.presence)
            look_at(path);
        for (const std::string& directory : needs.script_directories)
            read_start_scripts(directory);
        for (const std::string& path : needs.past)
            snapshot_.past.try_emplace(path, history_.past(path));
        for (const std::string& name : needs.rollback_targets)
            if (!snapshot_.rollback_targets.contains(name))
                snapshot_.rollback_targets.emplace(name, history_.rollback_target(name));
        for (const std::string& name : needs.revert_targets)
            read_revert_target(name);
        if (needs.accounts && !snapshot_.accounts)
            snapshot_.accounts = host_.accounts();
        if (snapshot_.live)
            ask_running_system(needs);
    }

private:
    bool is_known(const std::string& path) const {
        return snapshot_.files.contains(path) && !without_text_.contains(path);
    }

    void keep(const std::string& path, const FileState& state) {
        if (!is_known(path))
            snapshot_.files.insert_or_assign(path, state);
        without_text_.erase(path);
    }

    void read_file(const std::string& path) {
        if (is_known(path))
            return;
        const FileChange* const undone = undone_at(path);
        keep(path, undone ? undone->after : host_.read(path));
    }

    void read_log(const std::string& path) {
        if (is_known(path))
            return;
        const FileChange* const undone = undone_at(path);
        const FileState state = undone ? undone->after : read_or_tell(host_, path, false);
        keep(path, state);
        if (state.unread)
            without_text_.insert(path);
    }

    /// Where one rule looks at a link and another at what it leads to, it is a link: what is done to it shows in both.
    void read_entry(const std::string& path) {
        if (!entries_.insert(path).second)
            return;
        const FileChange* const undone = undone_at(path);
        const FileState state = undone ? undone->after : read_or_tell(host_, path, true);
        if (state.kind == FileState::Kind::link)
            snapshot_.files[path] = state;
        keep(path, state);
    }

    void look_at(const std::string& path) {
        if (undone_at(path))
            return read_file(path);
        if (snapshot_.files.emplace(path, FileState{}).second) {
            snapshot_.files.at(path) = told([&] { return host_.look(path); }, path, host_);
            without_text_.insert(path);
        }
    }

    /// A directory whose members are not read yet.
    void read_tree(const std::string& path) {
        if (snapshot_.trees.contains(path))
            return;
        std::string& problem = snapshot_.trees[path];
        try {
            for (const auto& [member, state] : host_.read_tree(path))
                keep(member, state);
        } catch (const Error& error) {
            problem = error.what();
        }
        for (const FileChange& change : put_back_)
            if (change.path.starts_with(path + "/"))
                snapshot_.files[change.path] = change.after;
    }

    /// What cannot be read there is told of: nothing that a run does depends on it.
    void read_start_scripts(const std::string& directory) {
        if (!script_directories_.insert(directory).second)
            return;
        const std::string prefix = directory + "/S";
        try {
            if (host_.look(directory).kind != FileState::Kind::directory)
                return;
            for (const auto& [path, member] : host_.read_tree(directory))
                if (path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos)
                    read_start_script(path);
        } catch (const Error& error) {
            snapshot_.warn("what the scripts of " + directory + " start is left out: " + error.what());
        }
    }

    void read_start_script(const std::string& path) {
        FileState script = host_.read(path);
        if (const auto why = too_large(script.text))
            snapshot_.warn("what " + path + " starts is left out: it " + *why);
        else
            snapshot_.start_scripts.insert_or_assign(path, std::move(script));
    }

    const FileChange* undone_at(const std::string& path) const {
        const auto found = undone_.find(path);
        return found == undone_.end() ? nullptr : found->second;
    }

    void read_revert_target(const std::string& name) {
        if (snapshot_.revert_targets.contains(name))
            return;
        std::map<std::string, FileState> current;
        for (const auto& [path, is_link] : history_.changed_paths(name)) {
            is_link ? read_entry(path) : read_log(path);
            current.emplace(path, snapshot_.state(path));
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
        for (const std::string& name : needs.fixes)
            if (!snapshot_.fixes.contains(name))
                snapshot_.fixes.emplace(name, read_fix(host_, name));
        for (const std::string& name : needs.filesets)
            if (!snapshot_.filesets.contains(name))
                snapshot_.filesets.emplace(name, read_fileset(host_, name, needs.removals.contains(name)));
        if (needs.inetd_serves && !snapshot_.inetd_serves)
            snapshot_.inetd_serves = served(ask(host_, {"lssrc", "-ls", "inetd"}).out);
    }

    Snapshot& snapshot_;
    const std::vector<FileChange>& put_back_;
    std::map<std::string_view, const FileChange*> undone_; // those, by path
    Host& host_;
    const History& history_;
    std::set<std::string> entries_;            // that have been read as such
    std::set<std::string> without_text_;       // files that have only been looked at
    std::set<std::string> script_directories_; // that have been read
};

/// The library complains by errprint, which leaves m4's exit status 0: "*** ERROR: FEATURE() should be before MAILER()".
/// What is only a warning says so. A message's further lines are indented.
std::string first_complaint(std::string_view said) {
    for (const std::string_view line : split_lines(said)) {
        const std::string text = lower(without_line_end(line));
        if (!trimmed(text).empty() && text[0] != ' ' && text[0] != '\t' && text.find("warning") == std::string::npos &&
            text.find("note:") == std::string::npos)
            return std::string(without_line_end(line));
    }
    return {};
}

CfBuild built(const CfSource& source, Host& host) {
    std::vector<std::string> argv = m4_command(source);
    const auto command = host.find_command(argv[0]);
    if (!command)
        return {.error = "the command m4 is not there; install the fileset bos.adt.base, which has it"};
    argv[0] = *command;
    const std::string directory = source.mc.substr(0, source.mc.rfind('/')); // the library is found from there
    const CommandResult result = host.run_on({source.mc, source.text}, argv, directory, time_limit);
    std::string complaint = first_complaint(result.err);
    if (complaint.empty() && (result.status != 0 || result.out.empty()))
        complaint = first_line_said(result);
    if (!complaint.empty())
        return {.error = "m4 says '" + complaint + "'; correct the source"};
    return {.text = result.out, .warning = result.err.empty() ? "" : first_line_said(result)};
}

/// What a reload of these files will ask: whether the daemon is active, and how a restart starts it.
Needs with_reloads(Needs needs) {
    std::set<std::string> paths = needs.files;
    paths.insert(needs.entries.begin(), needs.entries.end());
    paths.insert(needs.logs.begin(), needs.logs.end());
    for (const std::string& path : paths)
        if (const Reload reload = reload_of(path); !reload.subsystem.empty()) {
            needs.subsystems.insert(reload.subsystem);
            if (reload.restart)
                needs.logs.insert(rc_tcpip_path); // one that cannot be read says how nothing starts
        }
    return needs;
}

} // namespace

std::string first_line_said(const CommandResult& result) {
    for (const std::string* text : {&result.err, &result.out})
        for (const std::string_view line : split_lines(*text))
            if (const std::string_view said = trimmed(without_line_end(line)); !said.empty())
                return std::string(said);
    return "exit status " + std::to_string(result.status);
}

FileState read_or_tell(Host& host, const std::string& path, bool itself) {
    return told([&] { return itself ? host.read_entry(path) : host.read_log(path); }, path, host);
}

void build(const std::set<CfSource>& sources, Snapshot& snapshot, Host& host) {
    for (const CfSource& source : sources)
        snapshot.builds[source] = built(source, host);
}

Subsystem read_subsystem(Host& host, const std::string& name) {
    const CommandResult result = ask(host, {"lssrc", "-s", name});
    Subsystem subsystem;
    std::string found; // the row that counts
    const std::string_view rows = result.status == 0 ? std::string_view(result.out) : std::string_view();
    for (const std::string_view line : split_lines(rows)) {
        const auto row = words_of(line);
        if (row.size() < 2 || row.front() != name ||
            (!found.empty() && !outranks(status_of_row(row), subsystem.status)))
            continue;
        subsystem.status = status_of_row(row);
        found = joined({row.begin(), row.end()}, " ");
    }
    if (subsystem.status == Subsystem::Status::unknown)
        subsystem.why = found.empty() ? complaint("lssrc -s " + name, result) : "lssrc -s " + name + ": " + found;
    return subsystem;
}

Snapshot load(const std::vector<Rule>& rules, const std::vector<FileChange>& put_back, const std::string& not_live,
              Host& host, const History& history) {
    Snapshot snapshot;
    snapshot.live = not_live.empty();
    snapshot.not_live = not_live;
    snapshot.owner_of_new_files = {host.superuser_name(), 0};
    snapshot.group_of_new_files = {host.superuser_group(), 0};
    load_more(rules, put_back, snapshot, host, history);
    return snapshot;
}

void load_more(const std::vector<Rule>& rules, const std::vector<FileChange>& put_back, Snapshot& snapshot, Host& host,
               const History& history) {
    Reader reader(snapshot, put_back, host, history);
    // What one file says may decide what else is needed: rounds, until nothing new comes up.
    for (Needs known, wanted;; known = wanted) {
        wanted.merge(with_reloads(needs(rules, snapshot)));
        if (wanted == known)
            return;
        reader.read(wanted);
    }
}

} // namespace bulwark
