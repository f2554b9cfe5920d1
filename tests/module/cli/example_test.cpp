#include "cli/example.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace bulwark;

namespace {

std::vector<CommandExample> commands(std::span<const Example> examples) {
    Module module;
    module.name = "door";
    module.examples = examples;
    return command_examples(module);
}

/// An example as it is shown in a terminal.
std::string shown(std::string_view options, std::string_view keywords = "{}") {
    const Example example{.title = "x", .options = options, .keywords = keywords};
    const auto examples = commands({&example, 1});
    REQUIRE(examples.size() == 1);
    return command_lines(examples[0], 0, 80);
}

} // namespace

TEST_CASE("an example's options are typed as the command line reads them") {
    CHECK(shown(R"({"name": "front", "state": "shut"})") == "bulwark door --name front --state shut\n");
    CHECK(shown(R"({"doors": ["front", "back"]})") == "bulwark door --doors front,back\n");
    CHECK(shown(R"({"only": ["*"], "force": true, "lock_timeout": 5})") ==
          "bulwark door --only '*' --force --lock-timeout 5\n");
    CHECK(shown(R"({"force": false})") == "bulwark door --force=no\n");
    CHECK(shown(R"({"only": ["a,b", "c"]})") == "bulwark door --only '[\"a,b\", \"c\"]'\n");
    CHECK(shown(R"({"options": {"a": 1, "b": "two"}})") == "bulwark door --options a=1,b=two\n");
    CHECK(shown(R"({"doors": [{"name": "front", "state": "shut"}, {"name": "the back door"}]})") ==
          "bulwark door --doors name=front,state=shut --doors '{\"name\": \"the back door\"}'\n");
    CHECK(shown(R"({"name": "it's"})") == "bulwark door --name 'it'\\''s'\n");
    CHECK(shown(R"({"name": "x"})", R"({"check_mode": true, "diff": true})") ==
          "bulwark door --name x --check --diff\n");
}

TEST_CASE(
    "a long command goes on in the next line as a shell reads it, options beside their values, JSON between members") {
    CHECK(shown(R"({"first_option": "a value of forty characters, or about it", "second_option": "another value"})") ==
          "bulwark door --first-option 'a value of forty characters, or about it' \\\n"
          "    --second-option 'another value'\n");
    CHECK(
        shown(
            R"({"doors": [{"name": "the front door", "why": "it, and \"this\", stay together", "state": "shut"}]})") ==
        "bulwark door --doors '{\"name\": \"the front door\",\n"
        "    \"why\": \"it, and \\\"this\\\", stay together\", \"state\": \"shut\"}'\n");
}

TEST_CASE("tasks of other modules are no examples of the command line") {
    constexpr Example tasks[] = {
        {.title = "a", .keywords = R"({"register": "door"})"},
        {.title = "b", .options = R"({"that": "door.open"})", .module = "ansible.builtin.assert"},
    };
    const auto examples = commands(tasks);
    REQUIRE(examples.size() == 1);
    CHECK(examples[0].title == "a");
    CHECK(command_lines(examples[0], 2, 80) == "  bulwark door\n");
}

TEST_CASE("an example of a command is its words as they are") {
    constexpr Example typed = {.title = "a", .words = "--limit 5 /etc/doors"};
    CHECK(command_lines(commands({&typed, 1})[0], 2, 80) == "  bulwark door --limit 5 /etc/doors\n");
}

TEST_CASE("every module has examples for the command line, and each fits into its columns") {
    for (const std::string& name : module_names()) {
        const auto examples = command_examples(*find_module(name));
        CHECK_MESSAGE(!examples.empty(), name);
        for (const CommandExample& example : examples) {
            const std::string lines = command_lines(example, 2, 80);
            for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1)
                CHECK_MESSAGE(lines.find('\n', at) - at <= 80, lines);
        }
    }
}
