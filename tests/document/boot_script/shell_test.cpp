#include "document/boot_script/shell.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

using Texts = std::vector<std::string>;

/// The words of each command with blanks between; nothing of compound commands.
Texts commands_of(std::string_view text) {
    Texts commands;
    const shell::Script script = shell::scan(text);
    CHECK_MESSAGE(!script.failure, text);
    for (const shell::Command& command : script.commands) {
        std::string words;
        for (const shell::Word& word : command.words)
            words += (words.empty() ? "" : " ") + word.value;
        if (!words.empty())
            commands.push_back(words);
    }
    return commands;
}

std::string failure_of(std::string_view text) {
    const shell::Script script = shell::scan(text);
    return script.failure ? script.failure->why : "";
}

} // namespace

TEST_CASE("shell: redirections are no words of a command, whatever they lead to") {
    const struct {
        std::string_view text;
        Texts commands;
    } cases[] = {
        {"a -b > /f 2>&1 < /dev/null c\n", {"a -b c"}},
        {"a &> /f; b\n", {"a", "b"}},
        {"a <<< 'x y' b; c\n", {"a b", "c"}},
        {"diff <(start /x) >(start /y) c\n", {"diff c"}},
        {"a < <(start /x); b\n", {"a", "b"}},
        {"#!/bin/ksh\r\ncat <<EOF\r\nstart /x\r\nEOF\r\nb\r\n", {"cat", "b"}},
        {"#!/bin/ksh\r\ncat <<EOF\r\nstart /x\nEOF\nb\r\n", {"cat", "b"}},
        {"cat <<-'EOF' <<X\n\tstart /x\\\n\tEOF\nstart /y\nX\nb\n", {"cat", "b"}},
    };
    for (const auto& row : cases)
        CHECK(commands_of(row.text) == row.commands);
}

TEST_CASE("shell: commands are found in every form of statement") {
    const struct {
        std::string_view text;
        Texts commands;
    } cases[] = {
        {"a |& b\nc | d & e && ! f || time g;h\n", {"a", "b", "c", "d", "e", "f", "g", "h"}},
        {"select x in a b; do c $x; done\n", {"c $x"}},
        {"for x in a b # c\ndo d; done\n", {"d"}},
        {"for ((i = 0; i < 3; i++)) { a; }\n", {"a"}},
        {"case $x in (a|b) c ;& d) e ;;& *) f ;; esac\n", {"c", "e", "f"}},
        {"function f() { a; }; g() (b)\n", {"a", "g", "b"}},
        {"function f\n{\na\n}\n", {"a"}},
        {"((x = '((' + \"(\" + \\( + 1)) && a\n", {"a"}},
        {"echo $((1 + (2 * 3))) $( (a); (b) ) c\n", {"echo $((1 + (2 * 3))) $( (a); (b) ) c"}},
        {"((a); (b))\n", {"a", "b"}},
        {"x=(a 'b c' (d)) y=(e)\nf x=1\n", {"f x=1"}},
        {"[[ -n $x && ($y == @(a|(b c)|d)) ]] || e\n", {"-n $x $y == @(a|(b c)|d)", "e"}},
        {"echo ${x:-'}'} \"${y#'}'}\" z\n", {"echo ${x:-'}'} ${y#'}'} z"}},
        {"echo \"${x:-'a b'}\" z\n", {"echo ${x:-'a b'} z"}},
    };
    for (const auto& row : cases)
        CHECK(commands_of(row.text) == row.commands);
}

TEST_CASE("shell: what shells read differently, or not at all, is not understood") {
    CHECK(failure_of("cat <<EOF\nx\\\nEOF\n") == "a backslash stands before the end of a here document");
    CHECK(failure_of("cat <<EOF\nx\n") == "the here document has no end 'EOF'");
    CHECK(failure_of("a ${ x; }\n") == "a blank stands behind ${");
    CHECK(failure_of("a ${\nx; }\n") == "a blank stands behind ${");
    CHECK(failure_of("a \"${x:-'}'}\"\n") == "a ' stands in \"${...}\"");
    CHECK(failure_of("a ${x\n") == "a ${ is never closed");
    CHECK(failure_of("x=(a\n") == "a ( is never closed");
    CHECK(failure_of("a $(b\n") == "a ( is never closed");
    CHECK(failure_of("a $((1 + (2)\n") == "'(' is unexpected"); // no arithmetic, so a command in a subshell
    CHECK(failure_of("[[ -n x\n") != "");
    CHECK(failure_of("x=1 (a)\n") != "");
    CHECK(failure_of("x=1(a)\n") == "'(' is unexpected");
    CHECK(failure_of("x=1 f() { a; }\n") == "'(' is unexpected");
    CHECK(failure_of("a\r\nif b; then c; fi\r;\r\n") == "'if' has no 'fi'"); // the word is fi and a return
    CHECK(failure_of("for x a; done\n") == "'for' has no 'do'");
}

TEST_CASE("shell: parentheses that are closed far away or never are given up, not looked for again and again") {
    std::string text;
    for (int i = 0; i < 3000; ++i)
        text += "((# \"\n))# \"\n";
    CHECK(failure_of(text) == "too many (( are closed far away or never");
    CHECK(failure_of("((# \"\n))# \"\n") == "");
    CHECK(failure_of("((a + (b) ))\n((c)) && ((d; e) )\n") == "");
}

TEST_CASE("shell: a script of more commands than any has is understood up to there") {
    std::string text;
    for (int i = 0; i < 500001; ++i)
        text += ":;";
    CHECK(failure_of(text) == "it has more than 500000 commands");
    text.resize(text.size() - 2);
    CHECK(failure_of(text) == "");
}

TEST_CASE("shell: a failure cites no more of a script than a line has room for") {
    CHECK(failure_of("a; )" + std::string(1000, 'x')).size() < 80);
    CHECK(failure_of("cat <<" + std::string(1000, 'x') + "\n").size() < 80);
}
