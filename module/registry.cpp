#include "modules/modules.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace bulwark {
namespace {

struct Entry {
    std::string_view name;
    Module (*make)();
};

constexpr std::array<Entry, 15> entries = {{
    {"inittab", inittab_module},
    {"rc_script", rc_script_module},
    {"inetd", inetd_module},
    {"network_options", network_options_module},
    {"syslog", syslog_module},
    {"crontab", crontab_module},
    {"ftpusers", ftpusers_module},
    {"sendmail", sendmail_module},
    {"path", path_module},
    {"subsystem", subsystem_module},
    {"software", software_module},
    {"harden", harden_module},
    {"rollback", rollback_module},
    {"history_info", history_info_module},
    {"ports_info", ports_info_module},
}};

} // namespace

const std::vector<std::string>& module_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const Entry& entry : entries)
            all.emplace_back(entry.name);
        return all;
    }();
    return names;
}

const Module* find_module(std::string_view name) {
    static std::map<std::string, Module, std::less<>> built; // a call needs few of them, and start-up time counts
    if (const auto found = built.find(name); found != built.end())
        return &found->second;
    const auto entry = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.name == name; });
    return entry == entries.end() ? nullptr : &built.emplace(name, entry->make()).first->second;
}

std::vector<Option> common_options(bool changes) {
    std::vector<Option> options = {
        {.name = "root",
         .type = Type::path,
         .description =
             "The tree to work on: the live host, or an alternate disk, a WPAR's file system, a mksysb or NIM "
             "image. Every path is taken inside it, symbolic links included, as after a chroot.",
         .fallback = "/"},
        {.name = "history",
         .type = Type::path,
         .description =
             "Where the history is, inside `root`: a bare git repository that holds every state of every file "
             "that was ever changed. Only root (on the way to it also bin) may be able to write there, else it is "
             "refused.",
         .fallback = "/var/bulwark/history.git"},
    };
    if (!changes)
        return options;
    options.push_back({.name = "refresh",
                       .description =
                           "Whether commands are run (refresh, no, stopsrc, telinit, ...). `auto`: only where `root` "
                           "is `/`. `always`: also with another root, acting on the running host. What is not "
                           "run is reported with the reason.",
                       .choices = {"auto", "always", "never"},
                       .fallback = "auto"});
    options.push_back({.name = "lock_timeout",
                       .type = Type::integer,
                       .description = "How many seconds to wait for another run on the same host.",
                       .fallback = 60});
    options.push_back({.name = "hard_links",
                       .description =
                           "What becomes of a file with several names (hard links) that is to be changed. `keep`: all "
                           "names stay names of the file, and all show the change. `break`: the name that is meant "
                           "gets a file of its own, and the others stay as they were. By default they are kept where "
                           "`root` is `/`; in another root, where the other names may lie in a third tree (a copy by "
                           "`cp -al`, `rsync --link-dest` or rsnapshot), the run is refused.",
                       .choices = {"keep", "break"}});
    options.push_back(
        {.name = "message", .description = "An extra line for the commit message, a ticket number for instance."});
    return options;
}

std::vector<Option> with_common_options(std::vector<Option> own, bool changes) {
    for (Option& option : common_options(changes))
        own.push_back(std::move(option));
    return own;
}

Rule rule_of(const Module& module, std::vector<Wanted> wanted) {
    Rule rule;
    rule.module = module.name;
    rule.wanted = std::move(wanted);
    return rule;
}

} // namespace bulwark
