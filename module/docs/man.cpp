#include "docs/man.hpp"

#include "cli/command_line.hpp"
#include "cli/history_command.hpp"
#include "docs/doc.hpp"
#include "document/lines.hpp"
#include "options/wording.hpp"
#include "text.hpp"

#include <algorithm>

namespace bulwark {
namespace {

constexpr std::size_t source_columns = 79, example_columns = 72;

/// A text whose characters all stand for themselves. An apostrophe in the source would be a typographic one in print.
std::string literal(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
        case '\\':
            result += "\\e";
            break;
        case '-':
            result += "\\-";
            break;
        case '\'':
            result += "\\*(Aq";
            break;
        default:
            result += c;
        }
    }
    return result;
}

/// A line that begins with a point would be a request.
std::string guarded(std::string_view lines) {
    std::string result;
    for (const std::string_view line : split_lines(lines))
        result += (line.starts_with('.') ? "\\&" : "") + std::string(line);
    return result;
}

std::string bold(std::string_view text) { return "\\fB" + literal(text) + "\\fR"; }

/// A description with its code in bold, in lines of a readable source.
std::string prose(std::string_view description) {
    std::string result;
    bool is_code = false;
    for (std::size_t at = 0; at <= description.size();) {
        const std::size_t end = std::min(description.find('`', at), description.size());
        const std::string_view part = description.substr(at, end - at);
        result += is_code ? bold(part) : literal(part);
        is_code = !is_code;
        at = end + 1;
    }
    return guarded(wrapped(result, 0, 0, source_columns));
}

std::string paragraph(std::string_view description) { return ".PP\n" + prose(description); }

std::string entry(const std::string& tag, std::string_view description) {
    return ".TP\n" + guarded(tag) + "\n" + prose(description);
}

std::string option_entry(const Option& option, std::string (*spell)(const std::string&)) {
    std::vector<std::string> names = names_of(option);
    std::transform(names.begin(), names.end(), names.begin(),
                   [spell](const std::string& name) { return bold(spell(name)); });
    return entry(joined(names, ", ") + literal(facts(option)), option.description);
}

std::string own_options(const Module& module) {
    std::string own, of_items;
    const std::vector<Option> common = common_options(module.changes());
    for (const TopOption& top : top_options(module.table))
        if (find_option(common, top.option->name) == nullptr)
            (top.of_item ? of_items : own) += option_entry(*top.option, spelled);
    if (!of_items.empty())
        own += paragraph("Options of an item of `" + spelled(module.table.items) +
                         "`; beside it their defaults, without it the only item:") +
               of_items;
    for (const KeySection& section : key_sections(module.table)) {
        own += paragraph("Keys of `" + section.path + "`:");
        for (const Option& key : *section.keys)
            own += option_entry(key, as_it_is);
    }
    return own;
}

std::string command_section(const Module& module) {
    std::string result = ".SS " + literal(module.name) + "\n" + prose(module.summary + ".");
    if (module.is_command())
        result += ".PP\n" + bold("bulwark " + module.name) + " " + literal(module.words) + "\n";
    for (const std::string& text : module.description)
        result += paragraph(text);
    result += own_options(module);
    for (const std::string& sentence : conditions(module.table, spelled))
        result += paragraph(sentence);
    return result;
}

std::string common_section(const Module& module) {
    std::string result;
    for (const Option& option : common_options(module.changes()))
        result += option_entry(option, spelled);
    for (const StandardOption& option : standard_options(module))
        result += entry(bold(spelled(option.name)) + literal(option.argument), option.description);
    return result;
}

std::string example(const CommandExample& shown) {
    return paragraph(shown.title + ":") + ".PP\n.nf\n.RS\n" +
           guarded(literal(command_lines(shown, 0, example_columns))) + ".RE\n.fi\n";
}

/// The first example of each; `--help` has the others.
std::string examples(const std::vector<const Module*>& all) {
    std::string result =
        prose("The first example of each; `bulwark MODULE --help` has more. With `--check` `--diff` nothing "
              "is changed.");
    for (const Module* module : all)
        if (const std::vector<CommandExample> shown = shown_examples(*module); !shown.empty())
            result += example(shown.front());
    return result;
}

std::string exit_section(const Module& changing, const Module& command) {
    std::string result;
    auto statuses = exit_statuses(changing);
    for (const auto& status : exit_statuses(command))
        if (status.first == 2)
            statuses.insert(statuses.end() - 1, {2, "history " + status.second});
    for (const auto& [status, meaning] : statuses)
        result += entry(bold(std::to_string(status)), meaning);
    return result;
}

constexpr const char* head =
    ".\\\" Printed by: bulwark doc --man\n"
    ".ie \\n(.g .ds Aq \\(aq\n"
    ".el .ds Aq '\n"
    ".TH BULWARK 1 \"\" \"bulwark " BULWARK_VERSION "\" \"User Commands\"\n"
    ".nh\n"
    ".ad l\n"
    ".SH NAME\n"
    "bulwark \\- hardens the network services of AIX hosts\n"
    ".SH SYNOPSIS\n"
    ".nf\n"
    "\\fBbulwark\\fR MODULE [\\-\\-OPTION VALUE]... [\\fB\\-\\-check\\fR] [\\fB\\-\\-diff\\fR] "
    "[\\fB\\-\\-json\\fR]\n"
    "\\fBbulwark\\fR MODULE \\fB\\-\\-help\\fR\n";

constexpr const char* description =
    "Each module looks after one thing: inittab, inetd, the start scripts, and so on; `harden` does a whole profile. A "
    "run is "
    "one transaction: it is done, or every file is as before. Check mode tells exactly what a run would do. Every file "
    "that "
    "a run changes is kept in a local git history, so that any change can be read and taken back.";

constexpr const char* calling = "Called with one argument that is the path of a file, with a slash in it, it speaks "
                                "the protocol of Ansible's binary modules: the collection bulwark.aix is this "
                                "program, under the name of each module. A word without a slash is never taken for a "
                                "file: what lies in the working directory may be anybody's.";

constexpr const char* files =
    "Every state of every file that a run changed: a bare git repository, mode 0700. `git log "
    "-p`, `git clone` and `git fsck` work on it.";

std::string environment_section() {
    return prose(
               "Nothing else of the environment counts. `LOCPATH`, `NLSPATH` and `TZDIR` are removed from it: files of "
               "languages and time zones are those of the system.") +
           entry(bold("HOME"),
                 "What `~` at the beginning of an option's path stands for. `$NAME` and `${NAME}` in such "
                 "a path stand for the variable of that name.") +
           entry(bold("LC_ALL") + ", " + bold("LC_CTYPE") + ", " + bold("LANG"),
                 "Which characters the terminal can show.") +
           entry(bold("NO_COLOR"),
                 "If it is not empty, there are no colours on a terminal. Elsewhere there never are.") +
           entry(bold("ODMDIR"), "Commands of AIX that are run get it: where they have their object classes.") +
           entry(bold("PATH"), "Where commands are looked for, before the usual directories of the system. Relative "
                               "ones, and those that others can write to, are passed over.") +
           entry(bold("TERM"), "If it is empty or `dumb`, there are no colours either.") +
           entry(bold("TZ"), "The time zone of dates.");
}

} // namespace

std::string man_page() {
    std::vector<const Module*> modules, all;
    for (const std::string& name : module_names())
        modules.push_back(find_module(name));
    all = modules;
    std::string result = head, sections, history;
    for (const Module& command : history_commands()) {
        result += bold("bulwark " + command.name) + " " + literal(command.words) + "\n";
        history += command_section(command);
        all.push_back(&command);
    }
    for (const Module* module : modules)
        sections += command_section(*module);
    const std::string store(view(find_option(modules.front()->table.options, "history")->fallback));
    return result + ".fi\n.SH DESCRIPTION\n" + prose(description) + paragraph(calling) + ".SH OPTIONS\n" +
           prose("Of every module. A module that only looks has no `--refresh`, `--lock-timeout` and `--message`; the "
                 "commands of `history` have `--root`, `--history`, `--json` and `--help`.") +
           common_section(*modules.front()) + ".SH MODULES\n" + sections + ".SH HISTORY\n" +
           prose("Without a command, `log` is meant.") + history + ".SH EXIT STATUS\n" +
           exit_section(*modules.front(), history_commands().front()) + ".SH ENVIRONMENT\n" + environment_section() +
           ".SH FILES\n" + entry(literal(store), files) +
           entry(literal(store + ".lock"), "Held while a run works, so that there is one at a time.") +
           entry(literal(store + ".running"), "There while a run works; a command that outlives its run holds it.") +
           ".SH EXAMPLES\n" + examples(all) + ".SH SEE ALSO\n" +
           "\\fBansible\\-doc\\fR(1), \\fBansible\\-playbook\\fR(1), \\fBgit\\fR(1); of AIX inetd, lssrc, no, refresh, "
           "telinit\n";
}

} // namespace bulwark
