#include "cli/command_line.hpp"
#include "cli/completion.hpp"
#include "cli/history_command.hpp"
#include "cli/nearest.hpp"
#include "docs/doc.hpp"
#include "docs/man.hpp"
#include "report.hpp"
#include "run.hpp"
#include "system/host/deferred_signals.hpp"
#include "system/host/posix_host.hpp"
#include "system/host/system_call.hpp"
#include "system/out_of_memory.hpp"
#include "text.hpp"

#include <fcntl.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>

namespace bulwark {
namespace {

constexpr int wrong_usage = 64;

bool written(std::FILE* stream, const std::string& text) {
    return std::fwrite(text.data(), 1, text.size(), stream) == text.size() && std::fflush(stream) == 0;
}

/// All of the text. Throws Error, with what to do then, if it cannot be written: somebody waits for it.
void print(const std::string& text, const std::string& advice = "") {
    if (written(stdout, text))
        return;
    const std::string why = cause();
    throw Error("writing to standard output: " + why + advice);
}

/// What is denied to an ordinary user is mostly a forgotten `become`: the history alone is for its owner's eyes only.
std::string with_advice(const std::string& message) {
    const bool denied = message.find(in_words(EACCES)) != std::string::npos;
    return denied && geteuid() != 0 ? message + "; run it as root, in a playbook with `become: true`" : message;
}

/// Does what is asked; whatever goes wrong is a result too. But for want of memory: a result takes some.
json::object result_of(const Call& call) {
    try {
        const Request request = make_request(call);
        const std::unique_ptr<Host> host = make_posix_host(request.root);
        return told(call, run(request, *host));
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        return failure(call, with_advice(error.what()));
    }
}

/// Prints what a run has come to. It has ended, whether that can be told or not.
template <class Text>
void print_result(bool changes, Text text) {
    constexpr const char* untold = "there is not enough memory to tell what was done; the run has ended all the same: "
                                   "bulwark history log tells what it did";
    const auto print_text = [&] {
        print(text(), changes ? "; the run has ended all the same: bulwark history log tells what it did" : "");
    };
    changes ? or_say(untold, print_text) : print_text();
}

bool is_module(std::string_view name) { return find_module(name) != nullptr; }

bool changes(const Call& call) {
    const Module* const module = find_module(call.module);
    return module && module->changes() && !call.check_mode;
}

/// As Ansible calls a binary module: one line of JSON, whatever happens; nothing on standard error.
int answer_ansible(const char* program, const char* arguments_file) {
    const DeferredSignals signals; // until the answer is written
    Call call;
    json::object result;
    try {
        call = read_call(read_all(arguments_file), program, is_module);
        result = result_of(call);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        result = failure(call, error.what());
    }
    print_result(changes(call), [&] { return to_line(result) + "\n"; });
    return result.contains("failed") ? 1 : 0;
}

Terminal terminal() {
    Terminal found;
    winsize size{};
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value ? value : "");
    };
    const bool capable = !variable("TERM").empty() && variable("TERM") != "dumb";
    found.colour = isatty(STDOUT_FILENO) && capable && variable("NO_COLOR").empty();
    found.utf8 = std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        found.columns = size.ws_col;
    return found;
}

int complain(const std::string& message, int status) {
    written(stderr, "bulwark: " + message + "\n"); // or nothing more can be said anyway
    return status;
}

bool speaks_json = false; // who asks is Ansible

/// A sentence that JSON takes as it is, told without any memory.
void tell(std::string_view sentence) noexcept {
    using namespace std::string_view_literals;
    const std::array<std::string_view, 3> for_ansible = {R"({"failed": true, "changed": false, "msg": ")"sv, sentence,
                                                         "\"}\n"sv};
    const std::array<std::string_view, 3> for_operator = {"bulwark: "sv, sentence, "\n"sv};
    for (const std::string_view part : speaks_json ? for_ansible : for_operator)
        if (write(speaks_json ? STDOUT_FILENO : STDERR_FILENO, part.data(), part.size()) < 0)
            return; // nothing more can be said anyway
}

/// Options that cannot be meant are wrong usage, whatever is on the host.
void require_sound(const Module& module, const Call& call) {
    const auto refuse = [&call](const std::string& why) {
        throw UsageError(text_of(failure(call, why), "msg")); // which keeps quiet under no_log
    };
    try {
        make_request(call);
    } catch (const ArgumentError& error) {
        refuse(std::string(error.what()) + "; see bulwark " + module.name + " --help");
    } catch (const Error& error) {
        refuse(error.what()); // it says itself what to do
    }
}

/// What cannot be understood may hold the value of an option.
CommandLine read_in_confidence(const Module& module, const std::vector<std::string>& arguments) {
    const auto end = std::find(arguments.begin(), arguments.end(), "--");
    const bool no_log = std::any_of(arguments.begin(), end,
                                    [](const std::string& word) { return word == "--no-log" || word == "--no_log"; });
    try {
        return read_command_line(module, arguments);
    } catch (const UsageError& error) {
        throw UsageError(no_log ? hidden_failure(module.name) : error.what());
    }
}

int run_command(const Module& module, const std::vector<std::string>& arguments) {
    const CommandLine line = read_in_confidence(module, arguments);
    if (!line.help.empty())
        return print(line.help), 0;
    require_sound(module, line.call);
    std::optional<DeferredSignals> signals;
    if (module.changes())
        signals.emplace(); // until it is said how things are
    const json::object result = result_of(line.call);
    if (!changes(line.call))
        signals.reset(); // a reader that has seen enough of a check run ends it without a word
    print_result(changes(line.call),
                 [&] { return line.json ? to_line(result) + "\n" : summary(line.call, result, terminal()); });
    const int status = exit_status(line.call, result);
    return status == 1 ? complain(in_line(text_of(result, "msg"), terminal()), status) : status;
}

/// Without the history, or with a mistyped path, a person wants to hear that rather than an empty list.
json::object answer_of(const HistoryCall& history) {
    json::object result = result_of(history.line.call);
    const std::string objection = result.contains("failed") ? "" : history_objection(result);
    return objection.empty() ? result : failure(history.line.call, objection);
}

int run_history(const std::vector<std::string>& arguments) {
    const HistoryCall history = read_history_command(arguments);
    if (!history.line.help.empty())
        return print(history.line.help), 0;
    require_sound(*history.command, history.line.call);
    const json::object result = answer_of(history);
    if (history.line.json)
        print(to_line(result) + "\n");
    if (result.contains("failed"))
        return complain(in_line(text_of(result, "msg"), terminal()), 1);
    if (!history.line.json)
        print(history.show(result, terminal()));
    return history_status(result);
}

bool asks_for_help(const std::string& word) { return word == "--help" || word == "-h" || word == "help"; }

constexpr const char* doc_usage =
    "Usage: bulwark doc MODULE                  the module's documentation for Ansible, as YAML\n"
    "       bulwark doc --python MODULE         the same as a Python file for ansible-doc\n"
    "       bulwark doc --markdown MODULE       the reference page\n"
    "       bulwark doc --list                  the names of the modules\n"
    "       bulwark doc --man                   the manual page bulwark(1), for nroff -man\n"
    "       bulwark doc --completion bash|zsh   completion for that shell\n"
    "\n"
    "To complete the lines that you type in bash: source <(bulwark doc --completion bash)\n";

std::string listed_modules() { return joined(module_names(), "\n") + "\n"; }

std::string completion_for(const std::string& shell) {
    std::string script = completion_script(shell);
    if (script.empty())
        throw UsageError("there is no completion for '" + shell + "': --completion takes bash or zsh");
    return script;
}

/// What `bulwark doc WORD...` prints. Throws UsageError.
std::string documentation_for(const std::vector<std::string>& words) {
    const std::vector<std::string> forms = {"--python", "--markdown", "--list", "--man", "--completion", "--help"};
    const std::string form = !words.empty() && words[0].starts_with('-') ? words[0] : "";
    const bool alone = form == "--list" || form == "--man";
    if (!form.empty() && std::find(forms.begin(), forms.end(), form) == forms.end())
        throw UsageError("unrecognised option '" + form + "'; " + hint(form, forms, "bulwark doc --help"));
    if (words.size() != (form.empty() || alone ? 1U : 2U))
        throw UsageError(std::string(words.size() > 1 ? "too many words" : "a word is missing") +
                         "; see bulwark doc --help");
    if (alone)
        return form == "--list" ? listed_modules() : man_page();
    if (form == "--completion")
        return completion_for(words[1]);
    const Module* module = find_module(words.back());
    if (!module)
        throw UsageError("there is no module '" + words.back() + "'; " +
                         hint(words.back(), module_names(), "bulwark doc --list"));
    return form == "--python"     ? python_documentation(*module)
           : form == "--markdown" ? markdown_documentation(*module)
                                  : documentation(*module);
}

int print_documentation(const std::vector<std::string>& words) {
    const bool help = words.size() == 1 && asks_for_help(words[0]);
    return print(help ? doc_usage : documentation_for(words)), 0;
}

/// What may be the first word beside the modules.
constexpr std::array<const char*, 3> commands = {"history", "doc", "help"};

[[noreturn]] void refuse_first(const std::string& word) {
    if (word.empty())
        throw UsageError("a module is missing; see bulwark --help");
    if (word[0] == '-')
        throw UsageError("unrecognised option '" + word + "'; " +
                         hint(word, {"--help", "--version"}, "bulwark --help"));
    std::vector<std::string> known = module_names();
    known.insert(known.end(), commands.begin(), commands.end());
    throw UsageError("there is no module '" + word + "'; " + hint(word, known, "bulwark --help"));
}

/// `bulwark help`, `bulwark help inetd`, `bulwark help history diff`.
int print_help(const std::vector<std::string>& arguments) {
    if (arguments.empty())
        return print(overview()), 0;
    if (arguments[0] == "history") {
        const Module* command = arguments.size() > 1 ? find_history_command(arguments[1]) : nullptr;
        return print(command ? help(*command) : history_overview()), 0;
    }
    const Module* module = find_module(arguments[0]);
    if (!module)
        refuse_first(arguments[0]);
    return print(help(*module)), 0;
}

int answer_operator(const std::vector<std::string>& arguments) {
    const std::string first = arguments.empty() ? "" : arguments[0];
    const std::vector<std::string> rest(arguments.begin() + !arguments.empty(), arguments.end());
    if (asks_for_help(first))
        return print_help(rest);
    if (first == "--version")
        return print("bulwark " BULWARK_VERSION "\n"), 0;
    if (first == "history")
        return run_history(rest);
    if (first == "doc")
        return print_documentation(rest);
    if (const Module* module = find_module(first))
        return run_command(*module, rest);
    refuse_first(first);
}

/// What is closed would be the number of the first file that is opened, and output would go into that one. So something
/// stands there that can be neither read nor written.
void occupy_standard_descriptors() {
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(number, F_GETFD) < 0 && open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY) != number)
            throw Error("standard input, output or error is closed, and /dev/null cannot be opened in its place");
}

/// Ansible names the file by its path. A word without a slash is none, whatever lies in the working directory, nor is an
/// option: what lies there may be anybody's.
bool names_arguments_file(std::string_view word) { return word.find('/') != word.npos && !word.starts_with('-'); }

/// What libc needs of a language or a time zone it takes from where the system has it: on AIX, a locale is code
/// (aix_facts.md, releases and compiler).
void use_files_of_the_system() {
    for (const char* const elsewhere : {"LOCPATH", "NLSPATH", "TZDIR"})
        unsetenv(elsewhere);
}

int answer(int argc, char** argv) {
    speaks_json = argc == 2 && names_arguments_file(argv[1]);
    try {
        occupy_standard_descriptors();
        use_files_of_the_system();
        if (speaks_json)
            return answer_ansible(argv[0], argv[1]);
        std::setlocale(LC_CTYPE, ""); // what the operator's terminal shows
        return answer_operator({argv + 1, argv + argc});
    } catch (const UsageError& error) {
        return complain(in_line(error.what(), terminal()), wrong_usage);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        return complain(error.what(), 1);
    }
}

} // namespace
} // namespace bulwark

// main catches everything; what gets here is an exception for which there was no memory.
[[noreturn]] static void end_without_memory() {
    bulwark::tell(
        "there is not enough memory to go on; the next run puts back what this one has changed, or completes it");
    _exit(1);
}

// In place of libstdc++'s own, which says the exception's type in a process that must say nothing but JSON, and brings a
// demangler of 45 kB along. On AIX it cannot be replaced (aix_facts.md, compiler and linker).
#if defined(__GLIBCXX__) && !defined(_AIX)
void __gnu_cxx::__verbose_terminate_handler() { end_without_memory(); }
#endif

int main(int argc, char** argv) {
    std::set_terminate(end_without_memory);
    umask(077);                    // the history and temporary files are readable by their owner alone
    std::signal(SIGXFSZ, SIG_IGN); // a file that would be too large is an error like any other
    try {
        return bulwark::answer(argc, argv);
    } catch (const std::bad_alloc& error) {
        bulwark::tell(bulwark::sentence_of(error));
        return 1;
    }
}
