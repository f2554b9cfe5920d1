#include "plan/sendmail.hpp"

#include "document/lines.hpp"
#include "document/name_list.hpp"
#include "document/sendmail_cf.hpp"
#include "document/sendmail_mc.hpp"
#include "plan/rc_script.hpp"
#include "text.hpp"

#include <algorithm>

namespace bulwark {
namespace {

constexpr unsigned new_file_mode = 0644; // sendmail reads them as whoever sends mail

// The sources of 4.3.3 and of later releases, the configurations of 5.1 and later and of 4.3 (aix_facts.md, sendmail)
const std::string sample_directory = "/usr/samples/tcpip/sendmail/cf/";
const std::vector<std::string> usual_sources = {sample_directory + "aix433.mc", sample_directory + "aixsample.mc"};
const std::vector<std::string> usual_configurations = {"/etc/mail/sendmail.cf", "/etc/sendmail.cf"};

/// What is wanted of one class that sendmail reads from a file.
struct WantedClass {
    char letter;
    const std::string& file;
    const std::optional<std::vector<std::string>>& names;
    bool needs_file;          // a list without names is still a file
    const char *name, *usual; // what the names are; their file where no configuration tells
};

std::vector<WantedClass> classes(const Sendmail& wanted, const std::string& cf) {
    const bool in_mail = cf.starts_with("/etc/mail/");
    return {{'w', wanted.host_names_file, wanted.host_names, true, "host_names",
             in_mail ? "/etc/mail/local-host-names" : "/etc/sendmail.cw"},
            {'R', wanted.relay_domains_file, wanted.relay_domains, false, "relay_domains", "/etc/mail/relay-domains"}};
}

bool is_missing(const Snapshot& snapshot, const std::string& path) {
    return snapshot.state(path).kind == FileState::Kind::missing;
}

std::vector<std::string> candidates(const std::string& given, const std::vector<std::string>& usual) {
    return given.empty() ? usual : std::vector<std::string>{given};
}

/// The first of the candidates that is there; else `otherwise`.
std::string first_there(const std::vector<std::string>& paths, const std::string& otherwise, const Snapshot& snapshot) {
    for (const std::string& path : paths)
        if (!is_missing(snapshot, path))
            return path;
    return otherwise;
}

std::string source_path(const Sendmail& wanted, const Snapshot& snapshot) {
    const auto paths = candidates(wanted.mc, usual_sources);
    return first_there(paths, paths.front(), snapshot);
}

std::string configuration_path(const Sendmail& wanted, const Snapshot& snapshot) {
    const auto paths = candidates(wanted.cf, usual_configurations);
    return first_there(paths, paths.back(), snapshot);
}

/// A file of m4's library, which is beside the directory of the source.
std::string in_library(const std::string& mc, const std::string& name) {
    const std::string directory = mc.substr(0, mc.rfind('/'));
    return directory.substr(0, directory.rfind('/')) + "/" + name;
}

std::string ostype_file(const std::string& mc, const std::string& name) {
    return in_library(mc, "ostype/" + name + ".m4");
}

/// The configurations that tell which files the classes are read from: those that were built or, where none can be, the
/// one that is there.
std::vector<SendmailCf> known_configurations(const std::string& mc, const std::string& cf, const Snapshot& snapshot) {
    std::vector<SendmailCf> known;
    for (const auto& [source, build] : snapshot.builds)
        if (source.mc == mc && source.cf == cf)
            known.push_back(SendmailCf::parse(build.text));
    if (!snapshot.live && snapshot.state(cf).kind == FileState::Kind::regular)
        known.push_back(*snapshot.document<SendmailCf>(cf));
    return known;
}

std::set<std::string> class_files(const Sendmail& wanted, const std::string& mc, const std::string& cf,
                                  const Snapshot& snapshot) {
    std::set<std::string> files;
    for (const WantedClass& one : classes(wanted, cf)) {
        files.insert(one.file.empty() ? one.usual : one.file);
        for (const SendmailCf& known : known_configurations(mc, cf, snapshot))
            for (const std::string& file : known.class_files(one.letter))
                files.insert(file);
    }
    return files;
}

// ---- the source

/// The sample of 4.3.3 names a system type that its library does not have (docs/tutorial.md, "Closing the open relay").
void correct_ostype(SendmailMc& source, const std::string& mc, const Snapshot& snapshot) {
    const bool contradicted =
        !is_missing(snapshot, in_library(mc, "ostype")) && is_missing(snapshot, ostype_file(mc, "aix433"));
    if (source.ostype() == "aix43" && !contradicted)
        source.set_ostype("aix433");
}

void set_ostype(SendmailMc& source, const std::string& name, const std::string& mc, const Snapshot& snapshot) {
    if (source.ostype() != name)
        source.set_ostype(name);
    if (!is_missing(snapshot, in_library(mc, "ostype")) && is_missing(snapshot, ostype_file(mc, name)))
        throw Error("OSTYPE cannot be " + name + ": " + ostype_file(mc, name) +
                    " does not exist; name a file of that directory");
}

void ensure_source(const Sendmail& wanted, const std::string& mc, Snapshot& snapshot) {
    edit<SendmailMc>(snapshot, mc, [&](SendmailMc& source) {
        for (const std::string& feature : wanted.features_absent)
            source.remove_feature(feature);
        for (const std::string& mailer : wanted.mailers_absent)
            source.remove_mailer(mailer);
        if (wanted.ostype)
            set_ostype(source, *wanted.ostype, mc, snapshot);
        else
            correct_ostype(source, mc, snapshot);
    });
}

// ---- the files of the classes

/// Throws Error where sendmail would take a word of a line for a name that is not wanted: the first alone or, with
/// `%[^\#]` behind the file's name, each.
void require_no_other_names(const std::string& text, const std::vector<std::string>& names) {
    const std::set<std::string_view> allowed(names.begin(), names.end());
    std::size_t number = 0;
    for (const std::string_view line : split_lines(text)) {
        ++number;
        for (const Span word : words(line)) {
            const std::string_view name = at(line, word);
            if (name.starts_with('#'))
                break;
            if (!allowed.contains(name))
                throw Error(describe_lines({number}) + ": " + std::string(name) +
                            " is not among the names that are wanted, and is not alone on its line; remove the line, "
                            "or put a # in front of it");
        }
    }
}

void ensure_names(const std::string& file, const WantedClass& wanted, Snapshot& snapshot) {
    const bool missing = snapshot.file(file).kind == FileState::Kind::missing;
    if (missing && wanted.names->empty() && !wanted.needs_file)
        return;
    if (missing)
        snapshot.create_with_directories(file, "", new_file_mode);
    edit<NameList>(snapshot, file, [&](NameList& list) {
        list.set(*wanted.names);
        require_no_other_names(list.text(), *wanted.names);
    });
}

/// Without a new configuration: the file that is named, or that the one reads that is there or that a later rule gets.
void ensure_names_alone(const Sendmail& wanted, const std::string& mc, const std::string& cf, Snapshot& snapshot) {
    const auto known = known_configurations(mc, cf, snapshot);
    if (snapshot.live && known.empty())
        return; // all is planned again once one is built
    for (const WantedClass& one : classes(wanted, cf)) {
        const auto read = known.empty() ? std::vector<std::string>{} : known.back().class_files(one.letter);
        if (one.names)
            ensure_names(!one.file.empty() ? one.file : read.empty() ? one.usual : read.front(), one, snapshot);
    }
}

// ---- the configuration

/// A line that reads a file that is not there: of class w sendmail refuses to start with it (docs/tutorial.md, "Closing
/// the open relay").
void ensure_class(SendmailCf& built, const WantedClass& wanted, const std::string& mc, Snapshot& snapshot) {
    if (!wanted.file.empty())
        built.set_class_file(wanted.letter, wanted.file);
    else if (wanted.names && built.class_files(wanted.letter).empty())
        built.set_class_file(wanted.letter, wanted.usual); // the line may be there, commented out
    const auto files = built.class_files(wanted.letter);
    if (files.empty() && (wanted.names || !wanted.file.empty()))
        throw Error(mc + ": the configuration that it builds reads no file for " + wanted.name + " (class " +
                    wanted.letter + "); add FEATURE(use_cw_file)dnl or whatever makes it read one, or leave " +
                    wanted.name + " out");
    if (wanted.names)
        ensure_names(files.front(), wanted, snapshot);
    std::set<std::string, std::less<>> missing;
    for (const std::string& file : files)
        if (snapshot.file(file).kind == FileState::Kind::missing)
            missing.insert(file);
    built.comment_class_files(wanted.letter, missing);
}

/// Who built the installed one, and when, is no difference.
void install(const std::string& cf, const std::string& text, Snapshot& snapshot) {
    snapshot.sendmail_cfs.insert(cf);
    if (snapshot.file(cf).kind == FileState::Kind::missing)
        return snapshot.create_with_directories(cf, text, new_file_mode);
    SendmailCf installed = *snapshot.document<SendmailCf>(cf);
    installed.remove_build_stamp();
    if (installed.text() != text)
        snapshot.put(cf, text);
}

void ensure_configuration(const Sendmail& wanted, const CfSource& source, const CfBuild& build, Snapshot& snapshot) {
    if (!build.error.empty())
        throw Error(source.cf + " cannot be built from " + source.mc + ": " + build.error);
    if (!build.warning.empty())
        snapshot.warn("m4 says of " + source.mc + ": " + build.warning);
    SendmailCf built = SendmailCf::parse(build.text);
    built.remove_build_stamp();
    for (const WantedClass& one : classes(wanted, source.cf))
        ensure_class(built, one, source.mc, snapshot);
    install(source.cf, built.text(), snapshot);
}

/// Throws MissingFile where there is nothing to build from.
void require_source(const Sendmail& wanted, const std::string& mc, const Snapshot& snapshot) {
    const std::string library = in_library(mc, "m4/cf.m4");
    if (snapshot.file(mc).kind == FileState::Kind::missing)
        throw MissingFile(mc + " does not exist; " +
                          (wanted.mc.empty()
                               ? "install the fileset bos.net.tcp.adt, which has it, or name the source of "
                                 "this host's configuration in option mc"
                               : "name another source in option mc"));
    if (snapshot.live && is_missing(snapshot, library))
        throw MissingFile(library + ", without which " + mc + " cannot be built, does not exist; " +
                          (mc.starts_with(sample_directory) ? "install the fileset bos.net.tcp.adt, which has it"
                                                            : "move the source to " + sample_directory));
}

bool has_changed(const std::string& path, const Snapshot& before, const Snapshot& after) {
    return !(before.state(path) == after.state(path));
}

/// sendmail reads all of them at its start alone.
void ensure_restart(const std::set<std::string>& files, const Snapshot& before, Snapshot& snapshot) {
    for (const std::string& file : files)
        if (has_changed(file, before, snapshot))
            snapshot.restart.insert("sendmail");
}

} // namespace

Needs needs(const Sendmail& wanted, const Snapshot& snapshot) {
    Needs all;
    for (const auto& paths : {candidates(wanted.mc, usual_sources), candidates(wanted.cf, usual_configurations)})
        all.files.insert(paths.begin(), paths.end());
    all.files.insert(rc_tcpip_path); // a restart asks how it starts
    all.subsystems = {"sendmail"};
    const auto is_known = [&](const std::string& path) { return snapshot.files.contains(path); };
    if (!std::all_of(all.files.begin(), all.files.end(), is_known))
        return all; // they decide what else is needed
    const std::string mc = source_path(wanted, snapshot), cf = configuration_path(wanted, snapshot);
    all.files.insert(
        {in_library(mc, "m4/cf.m4"), in_library(mc, "ostype"), ostype_file(mc, wanted.ostype.value_or("aix433"))});
    std::set<std::string> written = class_files(wanted, mc, cf, snapshot);
    written.insert(cf);
    for (const std::string& path : written)
        all.files.merge(with_directories(path));
    return all;
}

void ensure(const Sendmail& wanted, Snapshot& snapshot) {
    const Snapshot before = snapshot;
    const std::string mc = source_path(wanted, snapshot), cf = configuration_path(wanted, snapshot);
    require_source(wanted, mc, snapshot);
    ensure_source(wanted, mc, snapshot);
    const CfSource source{mc, snapshot.text(mc), cf};
    std::set<std::string> files = class_files(wanted, mc, cf, snapshot);
    snapshot.file(cf); // refuses what is no file
    const auto build = snapshot.builds.find(source);
    const bool is_built = build != snapshot.builds.end();
    if (snapshot.live || has_changed(mc, before, snapshot)) {
        // What an earlier rule made of the source is not the last word, and m4 may not even accept it.
        std::erase_if(snapshot.to_build, [&](const CfSource& one) { return one.mc == mc && one.cf == cf; });
        if (!is_built)
            snapshot.to_build.insert(source);
    }
    if (is_built) {
        ensure_configuration(wanted, source, build->second, snapshot);
        files.insert(cf);
    } else {
        ensure_names_alone(wanted, mc, cf, snapshot);
    }
    ensure_restart(files, before, snapshot);
}

std::string summary(const Sendmail& wanted) {
    std::vector<std::string> absent(wanted.features_absent.begin(), wanted.features_absent.end());
    absent.insert(absent.end(), wanted.mailers_absent.begin(), wanted.mailers_absent.end());
    return absent.empty() ? "configure sendmail" : "configure sendmail without " + enumerate(absent);
}

std::set<std::pair<std::string, std::string>> required_by_configurations(const std::set<std::string>& files,
                                                                         const Snapshot& snapshot) {
    std::set<std::pair<std::string, std::string>> found;
    for (const auto& [path, state] : snapshot.files)
        if (path.ends_with(".cf") && state.kind == FileState::Kind::regular && !state.unread && !too_large(state.text))
            for (const std::string& file : snapshot.document<SendmailCf>(path)->required_files())
                if (files.contains(file))
                    found.emplace(file, path);
    return found;
}

std::vector<std::string> m4_command(const CfSource& source) { return {"m4", "../m4/cf.m4", source.mc}; }

std::vector<std::string> cf_check_command(const std::string& cf) { return {"/usr/lib/sendmail", "-C" + cf, "-bt"}; }

std::string cf_to_check(const std::string& text, const Snapshot& before) {
    SendmailCf cf = SendmailCf::parse(text);
    for (const char letter : {'w', 'R'}) {
        std::set<std::string, std::less<>> missing;
        for (const std::string& file : cf.class_files(letter))
            if (const auto found = before.files.find(file);
                found != before.files.end() && found->second.kind == FileState::Kind::missing)
                missing.insert(file);
        cf.comment_class_files(letter, missing);
    }
    return cf.text();
}

} // namespace bulwark
