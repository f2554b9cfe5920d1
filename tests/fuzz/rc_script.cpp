#include "document/boot_script/rc_script.hpp"

#include "document/boot_script/shell.hpp"
#include "documents.hpp"
#include "support/ksh.hpp"
#include "targets.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace bulwark::fuzz {
namespace {

using Done = std::function<void(RcScript&)>;
using Lines = std::vector<std::string_view>;

bool is_accepted(const std::string& text) {
    const shell::Script script = shell::scan(text);
    return !script.failure && std::none_of(script.bodies.begin(), script.bodies.end(), shell::is_wrongly_empty);
}

/// The real ones are asked where BULWARK_FUZZ_KSH is set: that takes milliseconds.
const std::vector<std::string>& asked_shells() {
    static const auto shells = std::getenv("BULWARK_FUZZ_KSH") != nullptr ? korn_shells() : std::vector<std::string>();
    return shells;
}

bool edit_script(RcScript& script, const Done& done) {
    const std::string before = script.text();
    if (!is_done(script, done))
        return false;
    const auto require_accepted = [&](const auto& accepts, const std::string& who) {
        require(accepts(script.text()) || !accepts(before), "what " + who + " accepted it still accepts",
                "before: " + before + "after: " + script.text());
    };
    require_accepted(is_accepted, "our shell parser");
    if (is_accepted(before) && before != script.text())
        for (const std::string& shell : asked_shells())
            require_accepted([&](const std::string& text) { return is_accepted_by(shell, text); }, shell);
    require_settled(script, done);
    return true;
}

/// "#a" and " #a" of "a", " a": with one `#` more.
bool is_commented_out(std::string_view line, std::string_view before) {
    const std::size_t sign = line.find('#');
    return sign != std::string_view::npos && replaced(line, {sign, sign + 1}, "") == before;
}

/// "a" of "#a" or "# a": with one `#` less.
bool is_brought_back(std::string_view line, std::string_view before) {
    const std::size_t sign = before.find('#');
    return sign != std::string_view::npos && (replaced(before, {sign, sign + 1}, "") == line ||
                                              replaced(before, {sign, std::min(sign + 2, before.size())}, "") == line);
}

void require_each(std::string_view before, std::string_view after,
                  bool (*is_edited)(std::string_view, std::string_view), const std::string& property) {
    const Lines old_lines = split_lines(before), new_lines = split_lines(after);
    require(
        std::equal(new_lines.begin(), new_lines.end(), old_lines.begin(), old_lines.end(),
                   [&](std::string_view line, std::string_view was) { return line == was || is_edited(line, was); }),
        property, "before: " + std::string(before) + "after: " + std::string(after));
}

std::vector<RcDaemon> places_of(const RcScript& script, const std::string& daemon) {
    std::vector<RcDaemon> places = script.daemons();
    std::erase_if(places, [&](const RcDaemon& place) {
        return daemon != (daemon.find('/') == std::string::npos ? place.name : place.path);
    });
    return places;
}

void enable(RcScript& script, const Edit& edit) {
    const std::string daemon = edit.argument(0), before = script.text();
    if (edit_script(script, [&](RcScript& one) { one.enable(daemon); }))
        require_each(before, script.text(), is_brought_back, "enabling takes one # away, at most, of a line");
}

void disable(RcScript& script, const Edit& edit) {
    const std::string daemon = edit.argument(0), before = script.text();
    const std::vector<RcDaemon> places = places_of(script, daemon);
    if (!edit_script(script, [&](RcScript& one) { one.disable(daemon); }))
        return;
    require_each(before, script.text(), is_commented_out, "disabling puts one #, at most, before a line");
    if (places.size() != 1 || !places.front().enabled)
        return;
    RcScript back = script;
    back.enable(daemon); // an Error is a violation too
    require(back.text() == before, "enabling gives the bytes back that disabling took",
            "before: " + before + "disabled: " + script.text() + "after: " + back.text());
}

void remove(RcScript& script, const Edit& edit) {
    const std::string daemon = edit.argument(0), before = script.text();
    if (!edit_script(script, [&](RcScript& one) { one.remove(daemon); }))
        return;
    const std::string after = script.text();
    const Lines kept = split_lines(after), all = split_lines(before);
    auto next = all.begin();
    for (const std::string_view line : kept) {
        next = std::find(next, all.end(), line);
        require(next != all.end(), "removing takes lines away and changes none",
                "before: " + before + "after: " + after);
        ++next;
    }
    require(places_of(script, daemon).empty(), "what is removed is gone", after);
}

void configure(RcScript& script, const Edit& edit) {
    const std::string daemon = edit.argument(0), arguments = edit.argument(1);
    const std::size_t places = script.daemons().size();
    if (edit_script(script, [&](RcScript& one) { one.configure(daemon, arguments); }))
        require(script.daemons().size() == places, "other arguments start no other daemons", script.text());
}

constexpr std::array<Verb<RcScript>, 4> verbs = {{
    {"enable", enable},
    {"disable", disable},
    {"remove", remove},
    {"configure", configure},
}};

} // namespace

void rc_script(std::string_view bytes) {
    const Input input = read_input(bytes);
    parse_and_edit(verbs, input);
    const RcScript script = RcScript::parse(input.text);
    for (const RcDaemon& daemon : script.daemons())
        require(!daemon.name.empty() && daemon.path.ends_with(daemon.name), "a daemon has a name", input.text);
    (void)script.variable("qpi");
    (void)interpreter(input.text);
}

} // namespace bulwark::fuzz
