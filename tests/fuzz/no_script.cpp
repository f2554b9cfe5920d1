#include "document/no_script.hpp"

#include "document/boot_script/shell.hpp"
#include "documents.hpp"
#include "targets.hpp"

namespace bulwark::fuzz {
namespace {

void set(NoScript& script, const Edit& edit) {
    const std::string option = edit.argument(0), value = edit.argument(1), before = script.text();
    std::map<std::string, std::string> options = script.options();
    const std::function<void(NoScript&)> done = [&](NoScript& one) { one.set(option, value); };
    if (!is_done(script, done))
        return;
    require_settled(script, done);
    options[option] = value;
    require(script.options() == options, "a script sets the option, and the others as before",
            "before: " + before + "after: " + script.text());
    require(!shell::scan(script.text()).failure, "the script can be understood after an edit", script.text());
}

constexpr std::array<Verb<NoScript>, 1> verbs = {{{"set", set}}};

} // namespace

void no_script(std::string_view bytes) {
    const Input input = read_input(bytes);
    parse_and_edit(verbs, input);
    for (const auto& [name, value] : tunables(input.text, "no"))
        require(value.find('\n') == std::string::npos, "a tunable's value is within a line", input.text);
}

} // namespace bulwark::fuzz
