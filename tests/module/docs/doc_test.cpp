#include "docs/doc.hpp"
#include "options/markup.hpp"
#include "options/wording.hpp"
#include "terminal/yaml.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace bulwark;

namespace {

std::vector<Rule> no_rules(const Module&, const json::object&, const Caller&) { return {}; }

std::string as_option(const std::string& name) { return "--" + name; }

constexpr Example door_examples[] = {
    {.title = "Shut", .options = R"({"name": "front"})", .keywords = R"({"check_mode": true})"},
    {.title = "C:\\", .module = "ansible.builtin.meta"},
};

/// A module that changes something, with every kind of option.
Module door_module() {
    Module module;
    module.name = "door";
    module.summary = "Open and close the doors of `/etc/doors`";
    module.description = {"A door: \"shut\" or not, # said 'the' porter.", "See `doors(5)` and C:\\doors."};
    module.table.options = {
        {.name = "doors",
         .type = Type::list,
         .description = "The doors.",
         .elements = Type::dict,
         .options = {{.name = "name", .description = "Its name: `front`.", .required = true, .aliases = {"door"}},
                     {.name = "state", .description = "What is wanted.", .choices = {"open", "off"}, .fallback = "off"},
                     {.name = "force", .type = Type::boolean, .description = "Of an item."}}},
        {.name = "force", .type = Type::boolean, .description = "Even if locked.", .fallback = false},
        {.name = "keys", .type = Type::list, .description = "Keys.\nOne each.", .elements = Type::str},
        {.name = "wait", .type = Type::integer, .description = "Seconds.", .fallback = 60},
    };
    module.table.items = "doors";
    module.table.mutually_exclusive = {{"keys", "force"}};
    module.examples = door_examples;
    module.returns = {{"files", "list", "always", "The doors' files.", {{"path", "str", "always", "Where."}}}};
    module.rules = no_rules;
    return module;
}

Module window_module() {
    Module module;
    module.name = "window";
    module.summary = "Look";
    module.table.options = {{.name = "limit", .type = Type::integer, .description = "How many."}};
    module.returns = {{"panes", "int", "always", "How many."}};
    return module;
}

std::string between(const std::string& text, const std::string& first, const std::string& last) {
    const std::size_t begin = text.find(first);
    REQUIRE(begin != std::string::npos);
    const std::size_t end = text.find(last, begin + first.size());
    REQUIRE(end != std::string::npos);
    return text.substr(begin, end - begin);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("a YAML scalar is read back as the same value by every version of YAML") {
    struct Case {
        json::value value;
        std::string expected;
    };
    const std::vector<Case> cases = {
        {"", "\"\"\n"},
        {"auto", "auto\n"},
        {"would_run", "would_run\n"},
        {"/usr/lib/sendmail -q > /dev/null 2>&1", "/usr/lib/sendmail -q > /dev/null 2>&1\n"},
        {"doors | map('name'), [x] {y}", "doors | map('name'), [x] {y}\n"},
        {"a ", "\"a \"\n"},
        {"a #b", "\"a #b\"\n"},
        {"{{ a }}", "\"{{ a }}\"\n"},
        {"'a'", "\"'a'\"\n"},
        {"-q30m", "\"-q30m\"\n"},
        {"off", "\"off\"\n"},
        {"No", "\"No\"\n"},
        {"y", "\"y\"\n"},
        {"NULL", "\"NULL\"\n"},
        {"true", "\"true\"\n"},
        {"1.0.0", "\"1.0.0\"\n"},
        {"0644", "\"0644\"\n"},
        {"12:30", "\"12:30\"\n"},
        {"~", "\"~\"\n"},
        {"/", "/\n"},
        {"- a: b # c", "\"- a: b # c\"\n"},
        {"a: b", "\"a: b\"\n"},
        {"C:\\x \"y\"", "\"C:\\\\x \\\"y\\\"\"\n"},
        {"it's: '''", "\"it's: '\\x27'\"\n"},
        {"tab\tend\n", "\"tab\\tend\\n\"\n"},
        {"\x1b[2J", "\"\\x1b[2J\"\n"},
        {"caf\xc3\xa9", "\"caf\xc3\xa9\"\n"},
        {"caf\xe9", "\"caf\\xe9\"\n"},
        {"\xe2\x80\xae", "\"\\u202e\"\n"},
        {"\xf3\xa0\x81\x81", "\"\\U000e0041\"\n"},
        {nullptr, "null\n"},
        {false, "false\n"},
        {60, "60\n"},
        {-1, "-1\n"},
        {0.5, "0.5\n"},
        {0.1, "0.1\n"},
        {2.0, "2.0\n"},
        {-1.5e-7, "-1.5e-07\n"},
        {1e21, "1.0e+21\n"},
        {std::numeric_limits<double>::infinity(), ".inf\n"},
        {json::object(), "{}\n"},
        {json::array(), "[]\n"},
    };
    for (const Case& c : cases)
        CHECK(yaml(c.value) == c.expected);
}

TEST_CASE("collections are written as blocks, one in the other") {
    const json::value value = {{"list", {1, "a b", {{"name", "x"}, {"on", {true}}}, json::array{{2, 3}, nullptr}}},
                               {"empty", json::object()},
                               {"no", "text"}};
    CHECK(yaml(value) == "list:\n"
                         "  - 1\n"
                         "  - a b\n"
                         "  - name: x\n"
                         "    \"on\":\n"
                         "      - true\n"
                         "  - - - 2\n"
                         "      - 3\n"
                         "    - null\n"
                         "empty: {}\n"
                         "\"no\": text\n");
}

TEST_CASE("text of several lines is kept verbatim in a literal block") {
    const auto block = [](const char* text) { return yaml(json::object{{"k", text}}); };
    CHECK(block("a: 1\n\n  b: \"2\"\n") == "k: |\n  a: 1\n\n    b: \"2\"\n");
    CHECK(block("a\nb") == "k: |-\n  a\n  b\n");
    CHECK(block("a\n\n") == "k: |+\n  a\n\n");
    CHECK(block("  a\nb\n") == "k: |2\n    a\n  b\n");
    CHECK(block("\na\n") == "k: |2\n\n  a\n");
    CHECK(block("\n\n") == "k: \"\\n\\n\"\n");
    CHECK(block("a\r\nb\n") == "k: \"a\\x0d\\nb\\n\"\n");
    CHECK(yaml(json::array{"a\nb\n"}) == "- |\n  a\n  b\n");
}

TEST_CASE("a long text is folded at single blanks, so that none is lost") {
    const std::string word(30, 'x');
    CHECK(yaml(json::object{{"k", word + " " + word + " " + word + "  " + word + " " + word}}) ==
          "k: " + word + " " + word + " " + word + "  " + word + "\n  " + word + "\n");
}

TEST_CASE("descriptions lose their marks or get those of Ansible") {
    CHECK(without_marks("use `no -o` or `a|b`, a ` alone") == "use no -o or a|b, a ` alone");
    Module module = window_module();
    module.description = {"`#` first, (`a`), x`b`, `f(x)`, ` alone"};
    CHECK(has(documentation(module), "    - \"C(#) first, (C(a)), xb, f(x), ` alone\"\n"));
}

TEST_CASE("an item's options are documented with the list and again at the top level") {
    const std::string text = documentation(door_module());
    CHECK(between(text, "  options:\n", "  attributes:\n") ==
          "  options:\n"
          "    doors:\n"
          "      description:\n"
          "        - The doors.\n"
          "      type: list\n"
          "      elements: dict\n"
          "      suboptions:\n"
          "        name:\n"
          "          description:\n"
          "            - \"Its name: C(front).\"\n"
          "          type: str\n"
          "          required: true\n"
          "          aliases:\n"
          "            - door\n"
          "        state:\n"
          "          description:\n"
          "            - What is wanted.\n"
          "          type: str\n"
          "          choices:\n"
          "            - open\n"
          "            - \"off\"\n"
          "          default: \"off\"\n"
          "        force:\n"
          "          description:\n"
          "            - Of an item.\n"
          "          type: bool\n"
          "    name:\n"
          "      description:\n"
          "        - \"Its name: C(front).\"\n"
          "        - \"See C(doors): beside it this is the default of every item, without it a part of the only\n"
          "          item.\"\n"
          "      type: str\n"
          "      aliases:\n"
          "        - door\n"
          "    state:\n"
          "      description:\n"
          "        - What is wanted.\n"
          "        - \"See C(doors): beside it this is the default of every item, without it a part of the only\n"
          "          item.\"\n"
          "      type: str\n"
          "      choices:\n"
          "        - open\n"
          "        - \"off\"\n"
          "      default: \"off\"\n"
          "    force:\n"
          "      description:\n"
          "        - Even if locked.\n"
          "      type: bool\n"
          "      default: false\n"
          "    keys:\n"
          "      description:\n"
          "        - Keys.\n"
          "        - One each.\n"
          "      type: list\n"
          "      elements: str\n"
          "    wait:\n"
          "      description:\n"
          "        - Seconds.\n"
          "      type: int\n"
          "      default: 60\n");
}

TEST_CASE("the head of the documentation says what the module is and what it can do") {
    const std::string text = documentation(door_module());
    CHECK(between(text, "DOCUMENTATION:\n", "  options:\n") ==
          "DOCUMENTATION:\n"
          "  module: door\n"
          "  short_description: Open and close the doors of /etc/doors\n"
          "  description:\n"
          "    - \"A door: \\\"shut\\\" or not, # said 'the' porter.\"\n"
          "    - \"See doors(5) and C:\\\\doors.\"\n"
          "  version_added: \"0.1.0\"\n"
          "  author:\n"
          "    - Bulwark maintainers\n");
    CHECK(has(text, "    platform:\n      support: full\n"));
    CHECK(has(text, "      platforms: AIX\n"));
    CHECK(has(text, "  notes:\n    - Only one of C(keys) and C(force) can be given.\n"));
    CHECK(has(text, "    diff_mode:\n      support: full\n"));
    CHECK(has(documentation(window_module()), "    diff_mode:\n      support: N/A\n"));
    CHECK_FALSE(has(documentation(window_module()), "notes:"));
}

TEST_CASE("a module without paragraphs is described by its summary") {
    CHECK(has(documentation(window_module()), "  short_description: Look\n  description:\n    - Look\n"));
}

TEST_CASE("examples are tasks as people write them: short lists and dicts in a line, long and nested ones in blocks") {
    constexpr Example examples[] = {
        {.title = "Shut, if it is open",
         .options = R"({"doors": ["front", "a, b", 7, true, null, "07"],
                        "long": ["a door that is hardly ever used by anybody", "a door that is never used at all",
                                 "the third door"],
                        "none": [],
                        "empty": {},
                        "rules": [{"id": "x y?", "when: now": "[1]"}, {"id": "x", "of": {"mode": "0755"}}]})",
         .keywords = R"({"when": "x is y", "tags": ["no"]})"},
        {.title = "Say: it", .options = R"({"msg": "a, [b]"})", .module = "ansible.builtin.debug"},
        {.title = "Shut"},
    };
    Module module = window_module();
    module.examples = examples;
    CHECK(between(markdown_documentation(module), "```yaml\n", "```\n\n") == R"(```yaml
- name: Shut, if it is open
  bulwark.aix.window:
    doors: [front, "a, b", 7, true, null, "07"]
    long:
      - a door that is hardly ever used by anybody
      - a door that is never used at all
      - the third door
    none: []
    empty: {}
    rules:
      - {id: "x y?", "when: now": "[1]"}
      - id: x
        of: {mode: "0755"}
  when: x is y
  tags: ["no"]

- name: "Say: it"
  ansible.builtin.debug:
    msg: a, [b]

- name: Shut
  bulwark.aix.window:
)");
    CHECK(has(documentation(module), "\nEXAMPLES: |\n  - name: Shut, if it is open\n    bulwark.aix.window:\n"));
}

TEST_CASE("a module documents what every module returns, and its own values in place of common ones") {
    const std::string changing = documentation(door_module());
    for (const char* name : {"changed", "msg", "diff", "actions", "commit", "warnings", "files"})
        CHECK_MESSAGE(has(changing, "\n  " + std::string(name) + ":\n    description:\n"), name);
    CHECK(between(changing + "END", "  files:\n", "END") == "  files:\n"
                                                            "    description:\n"
                                                            "      - The doors' files.\n"
                                                            "    returned: always\n"
                                                            "    type: list\n"
                                                            "    elements: dict\n"
                                                            "    contains:\n"
                                                            "      path:\n"
                                                            "        description:\n"
                                                            "          - Where.\n"
                                                            "        returned: always\n"
                                                            "        type: str\n");
    const std::string looking = documentation(window_module());
    CHECK(has(looking, "\n  panes:\n"));
    CHECK(has(looking, "\n  changed:\n"));
    CHECK_FALSE(has(looking, "\n  actions:\n"));
}

TEST_CASE("the Python file holds the same as three strings") {
    const std::string text = python_documentation(door_module());
    CHECK(text.substr(0, text.find("\n\n")) == "# -*- coding: utf-8 -*-");
    CHECK(has(text, "# SPDX-License-Identifier: Apache-2.0\n"));
    CHECK(has(text, "\nDOCUMENTATION = r'''\nmodule: door\nshort_description: "));
    CHECK(has(text, "\n  - \"See doors(5) and C:\\\\doors.\"\n"));
    CHECK(has(text, "\n'''\n\nEXAMPLES = r'''\n- name: Shut\n"));
    CHECK(has(text, "\n'''\n\nRETURN = r'''\nchanged:\n"));
    CHECK(text.substr(text.size() - 4) == "'''\n");
}

TEST_CASE("no text can end the Python string that it stands in") {
    Module module = window_module();
    module.description = {"'''quoted'''"};
    constexpr Example example = {"it''' \\d"};
    module.examples = {&example, 1};
    const std::string text = python_documentation(module);
    CHECK(has(text, "\n  - \"'\\x27'quoted'\\x27'\"\n"));
    CHECK(has(text, "\nEXAMPLES = '''\n- name: it\\'\\'\\' \\\\d\n  bulwark.aix.window:\n'''\n"));
}

TEST_CASE("the reference page has a table of options, of item options and of returned values") {
    Module module = door_module();
    module.table.options[2].description = "`a|b`, *not* <b>, c|d.\nMore.";
    CHECK(between(markdown_documentation(module), "# door", "| `changed` |") ==
          "# door\n"
          "\n"
          "Open and close the doors of `/etc/doors`\n"
          "\n"
          "A door: \"shut\" or not, # said 'the' porter.\n"
          "\n"
          "See `doors(5)` and C:\\\\doors.\n"
          "\n"
          "## Options\n"
          "\n"
          "| option | type | default | meaning |\n"
          "|---|---|---|---|\n"
          "| `doors` | list of dict |  | The doors. |\n"
          "| `force` | bool | `false` | Even if locked. |\n"
          "| `keys` | list of str |  | `a\\|b`, \\*not\\* \\<b>, c\\|d. More. |\n"
          "| `wait` | int | `60` | Seconds. |\n"
          "\n"
          "### Options of `doors`\n"
          "\n"
          "Each may also stand at the top level: beside `doors` as the default of every item, without it as a part of "
          "the only item.\n"
          "\n"
          "| option | type | default | meaning |\n"
          "|---|---|---|---|\n"
          "| `name` | str | required | Its name: `front`. Also named `door`. |\n"
          "| `state` | str | `off` | What is wanted. One of `open`, `off`. |\n"
          "| `force` | bool |  | Of an item. |\n"
          "\n"
          "- Only one of `keys` and `force` can be given.\n"
          "\n"
          "## Examples\n"
          "\n"
          "```yaml\n"
          "- name: Shut\n"
          "  bulwark.aix.door:\n"
          "    name: front\n"
          "  check_mode: true\n"
          "\n"
          "- name: \"C:\\\\\"\n"
          "  ansible.builtin.meta:\n"
          "```\n"
          "\n"
          "## Returned values\n"
          "\n"
          "| value | type | returned | meaning |\n"
          "|---|---|---|---|\n");
    CHECK(has(markdown_documentation(module), "| `files[].path` | str | always | Where. |\n"));
}

TEST_CASE("a fence in an example does not end the example") {
    Module module = window_module();
    constexpr Example example = {"a ```"};
    module.examples = {&example, 1};
    CHECK(has(markdown_documentation(module), "\n````yaml\n- name: a ```\n  bulwark.aix.window:\n````\n"));
}

TEST_CASE("what options demand together is said in sentences") {
    OptionTable table;
    table.mutually_exclusive = {{"to", "revert"}};
    table.required_one_of = {{"a", "b", "c"}};
    table.required_if = {{"state", "moved", {"dest"}}, {"now", true, {"x", "y"}}};
    CHECK(conditions(table, as_option) ==
          std::vector<std::string>{"Only one of `--to` and `--revert` can be given.",
                                   "At least one of `--a`, `--b` and `--c` must be given.",
                                   "If `--state` is `moved`, `--dest` must be given.",
                                   "If `--now` is `true`, `--x` and `--y` must be given."});
    CHECK(conditions(OptionTable{}, as_option).empty());
}

TEST_CASE("an option of an item that the table has too stands at the top once") {
    const Module module = door_module();
    std::string listed;
    for (const TopOption& top : top_options(module.table))
        listed += (top.of_item ? "+" : "") + top.option->name + " " + type_text(*top.option) + "\n";
    CHECK(listed == "doors list of dict\n"
                    "+name str\n"
                    "+state str\n"
                    "force bool\n"
                    "keys list of str\n"
                    "wait int\n");
}
