#include "example.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace bulwark;

namespace {

Module with_examples(const std::string& name, const std::string& text) {
    Module module;
    module.name = name;
    module.examples = text;
    return module;
}

/// The only example of a module `door` with these options, as it is shown in a terminal.
std::string shown(const std::string& options) {
    const auto examples = command_examples(with_examples("door", "- name: x\n  bulwark.aix.door:\n" + options));
    REQUIRE(examples.size() == 1);
    return command_lines(examples[0], 0, 80);
}

} // namespace

TEST_CASE("the YAML of examples is read as the values that it means") {
    CHECK(parse_tasks(R"(- name: What, and why
  m:
    words: [a, 'it''s: b', "c, d", 12, true]
    none:
    pairs: {a: 1, 'b': [x, {c: d}]}
    list:
      - plain words: no
      - {name: echo/tcp, state: enabled}
      - one word
      - key: value
        other: '0600'
  register: done

- name: Second
)") == json::parse(R"([{"name": "What, and why",
        "m": {"words": ["a", "it's: b", "c, d", 12, true], "none": null, "pairs": {"a": 1, "'b'": ["x", {"c": "d"}]},
              "list": [{"plain words": "no"}, {"name": "echo/tcp", "state": "enabled"}, "one word",
                       {"key": "value", "other": "0600"}]},
        "register": "done"}, {"name": "Second"}])"));
    CHECK(parse_tasks("") == json::array());
}

TEST_CASE("an example that is not understood is an error, not half a command") {
    for (const char* text : {"- name: [a", "- name: [a] b", "- name: {a b}", "- name: 'a", "- name: \"a\\n\"",
                             "- name: a\n    b: c", "- a\n  b: c", "- {a: b} c"})
        CHECK_THROWS_AS(parse_tasks(text), Error);
}

TEST_CASE("an example's options are typed as the command line reads them") {
    CHECK(shown("    name: front\n    state: shut\n") == "bulwark door --name front --state shut\n");
    CHECK(shown("    doors: [front, back]\n") == "bulwark door --doors front,back\n");
    CHECK(shown("    only: ['*']\n    force: true\n    lock_timeout: 5\n") ==
          "bulwark door --only '*' --force --lock-timeout 5\n");
    CHECK(shown("    force: false\n") == "bulwark door --force=no\n");
    CHECK(shown("    only: ['a,b', c]\n") == "bulwark door --only '[\"a,b\", \"c\"]'\n");
    CHECK(shown("    options: {a: 1, b: two}\n") == "bulwark door --options a=1,b=two\n");
    CHECK(shown("    doors:\n      - {name: front, state: shut}\n      - {name: the back door}\n") ==
          "bulwark door --doors name=front,state=shut --doors '{\"name\": \"the back door\"}'\n");
    CHECK(shown("    name: it's\n") == "bulwark door --name 'it'\\''s'\n");
    CHECK(shown("    name: x\n  check_mode: true\n  diff: true\n") == "bulwark door --name x --check --diff\n");
}

TEST_CASE(
    "a long command goes on in the next line as a shell reads it, options beside their values, JSON between members") {
    CHECK(shown("    first_option: a value of forty characters, or about it\n    second_option: another value\n") ==
          "bulwark door --first-option 'a value of forty characters, or about it' \\\n"
          "    --second-option 'another value'\n");
    CHECK(shown("    doors:\n      - {name: the front door, why: 'it, and \"this\", stay together', state: shut}\n") ==
          "bulwark door --doors '{\"name\": \"the front door\",\n"
          "    \"why\": \"it, and \\\"this\\\", stay together\", \"state\": \"shut\"}'\n");
}

TEST_CASE("tasks of other modules are no examples of the command line") {
    const auto examples = command_examples(
        with_examples("door", "- name: a\n  bulwark.aix.door:\n  register: door\n- name: b\n  ansible.builtin.assert:\n"
                              "    that: door.open | length == 0\n"));
    REQUIRE(examples.size() == 1);
    CHECK(examples[0].title == "a");
    CHECK(command_lines(examples[0], 2, 80) == "  bulwark door\n");
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
