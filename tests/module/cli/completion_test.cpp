#include "cli/command_line.hpp"
#include "cli/completion.hpp"
#include "cli/history_command.hpp"
#include "docs/man.hpp"
#include "options/wording.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace bulwark;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A word as the source of a manual page writes it.
std::string roff(const std::string& word) {
    std::string result;
    for (const char c : word)
        result += c == '-' ? "\\-" : std::string(1, c);
    return result;
}

} // namespace

TEST_CASE("completion and manual page have every option of every table, and its choices") {
    const std::string script = completion_script("bash"), page = man_page();
    for (const std::string& name : module_names()) {
        CHECK_MESSAGE(has(page, "\n.SS " + name + "\n"), name);
        for (const TopOption& top : top_options(find_module(name)->table)) {
            CHECK_MESSAGE(has(page, roff(spelled(top.option->name))), top.option->name);
            if (!top.option->choices.empty() && top.option->type != Type::list)
                CHECK_MESSAGE(has(script, "'" + name + " " + spelled(top.option->name) + "') echo '" +
                                              top.option->choices.front()),
                              (name + " " + top.option->name));
        }
    }
    for (const Module& command : history_commands())
        CHECK_MESSAGE(has(page, "\n.SS " + command.name + "\n"), command.name);
}

TEST_CASE("a shell that cannot be taught to complete gets no script") {
    CHECK(completion_script("ksh") == "");
    CHECK(has(completion_script("zsh"), "#compdef bulwark\n"));
}

TEST_CASE("in the manual page no text is taken for a request, and apostrophes stay as they are") {
    const std::string page = man_page();
    CHECK_FALSE(has(page, "\n'"));
    for (std::size_t at = page.find("\n."); at != std::string::npos; at = page.find("\n.", at + 1)) {
        const std::string request = page.substr(at + 2, page.find_first_of(" \n", at + 2) - at - 2);
        CHECK_MESSAGE(has(" \\\" ie el TH nh ad SH SS TP PP RS RE nf fi ", " " + request + " "), request);
    }
}
