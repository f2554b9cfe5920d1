#include "cli/completion.hpp"

#include "cli/command_line.hpp"
#include "cli/history_command.hpp"
#include "options/wording.hpp"
#include "text.hpp"

namespace bulwark {
namespace {

constexpr const char* zsh_head = "#compdef bulwark\n"
                                 "autoload -Uz +X compinit bashcompinit\n"
                                 "(( $+functions[compdef] )) || compinit\n"
                                 "bashcompinit\n";

// The word before the cursor may be cut at "=", or not: COMP_WORDBREAKS says.
constexpr const char* logic = R"sh(
_bulwark_files()
{
    local IFS=$'\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$1"))
}

_bulwark_value()
{
    local values
    values=$(_bulwark_values "$1" "$2")
    case $values in
    PATH) _bulwark_files "$3" ;;
    *) COMPREPLY=($(compgen -W "$values" -- "$3")) ;;
    esac
}

_bulwark()
{
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    local option= prefix= attached= i
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "$_bulwark_first" -- "$current"))
        return 0
    fi
    case $command in
    help)
        COMPREPLY=($(compgen -W "$_bulwark_modules history" -- "$current"))
        return 0 ;;
    doc)
        case $before in
        --completion) COMPREPLY=($(compgen -W "bash zsh" -- "$current")) ;;
        *) COMPREPLY=($(compgen -W "--list --python --markdown --man --completion $_bulwark_modules" -- "$current")) ;;
        esac
        return 0 ;;
    history)
        if [ "$COMP_CWORD" -eq 2 ]; then
            case $current in
            -* | /*) ;;
            *)
                COMPREPLY=($(compgen -W "$_bulwark_history" -- "$current"))
                return 0 ;;
            esac
        fi
        command="history log"
        for i in $_bulwark_history; do
            [ "$i" != "${COMP_WORDS[2]}" ] || command="history $i"
        done ;;
    esac
    case $current in
    =) option=$before current= attached=yes ;;
    --*=*) option=${current%%=*} prefix=$option= current=${current#*=} attached=yes ;;
    *)
        case $before in
        =) option=${COMP_WORDS[COMP_CWORD-2]} attached=yes ;;
        --*) option=$before ;;
        esac ;;
    esac
    case "$attached $(_bulwark_flags "$command") " in
    yes*) ;;
    *" $option "*) option= ;;
    esac
    case $option,$current in
    --*)
        _bulwark_value "$command" "$option" "$current"
        [ -z "$prefix" ] || COMPREPLY=("${COMPREPLY[@]/#/$prefix}") ;;
    ,/*) case $command in history*) _bulwark_files "$current" ;; esac ;;
    *) COMPREPLY=($(compgen -W "$(_bulwark_options "$command")" -- "$current")) ;;
    esac
}
complete -F _bulwark bulwark
)sh";

// In a file `_bulwark` of $fpath all of the script is what compinit runs at the first Tab. That one is to complete, too.
constexpr const char* zsh_tail = "[ \"${funcstack[1]}\" != _bulwark ] || _bash_complete -F _bulwark\n";

/// Every option of a call, under each of its names.
std::vector<std::pair<std::string, const Option*>> typed_options(const Module& module) {
    std::vector<std::pair<std::string, const Option*>> result;
    for (const TopOption& top : top_options(module.table))
        for (const std::string& name : names_of(*top.option))
            result.emplace_back(spelled(name), top.option);
    return result;
}

/// What may stand behind the option: the choices, yes and no, or PATH for files; empty: what nobody can guess.
std::string values_of(const Option& option) {
    const bool paths = option.type == Type::path || option.elements == Type::path;
    return paths ? "PATH" : option.type == Type::boolean ? "yes no" : joined(option.choices, " ");
}

std::string clause(const std::string& patterns, const std::string& words) {
    return "    " + patterns + ") echo '" + words + "' ;;\n";
}

/// What the tables say of one module or command, as clauses of the script's three functions.
struct Clauses {
    std::string options, flags, values;
};

void add(const Module& module, Clauses& clauses) {
    std::vector<std::string> options, flags;
    for (const auto& [name, option] : typed_options(module)) {
        options.push_back(name);
        if (option->type == Type::boolean)
            flags.push_back(name);
        if (const std::string values = values_of(*option); !values.empty())
            clauses.values += clause("'" + module.name + " " + name + "'", values);
    }
    for (const StandardOption& option : standard_options(module)) {
        options.push_back(spelled(option.name));
        if (option.argument[0] == '\0' || option.argument[0] == ',')
            flags.push_back(spelled(option.name));
    }
    clauses.options += clause("'" + module.name + "'", joined(options, " "));
    clauses.flags += clause("'" + module.name + "'", joined(flags, " "));
}

std::string function(const std::string& name, const std::string& subject, const std::string& clauses) {
    return "\n" + name + "()\n{\n    case \"" + subject + "\" in\n" + clauses + "    esac\n}\n";
}

} // namespace

std::string completion_script(const std::string& shell) {
    if (shell != "bash" && shell != "zsh")
        return "";
    Clauses clauses;
    std::vector<std::string> commands;
    for (const std::string& name : module_names())
        add(*find_module(name), clauses);
    for (const Module& command : history_commands()) {
        add(command, clauses);
        commands.push_back(command.name.substr(command.name.find(' ') + 1));
    }
    clauses.values += clause("*' --args-file'", "PATH");
    const std::string modules = joined(module_names(), " ");
    return (shell == "zsh" ? zsh_head : "") + ("# Completion of bulwark " BULWARK_VERSION " for " + shell) +
           ", printed by: bulwark doc --completion " + shell + "\n\n_bulwark_modules='" + modules +
           "'\n_bulwark_history='" + joined(commands, " ") + "'\n_bulwark_first='" + modules +
           " history doc help --help --version'\n" + function("_bulwark_options", "$1", clauses.options) +
           function("_bulwark_flags", "$1", clauses.flags) + function("_bulwark_values", "$1 $2", clauses.values) +
           logic + (shell == "zsh" ? zsh_tail : "");
}

} // namespace bulwark
