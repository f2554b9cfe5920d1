#include "document/boot_script/rc_script.hpp"

#include "document/boot_script/edits.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bulwark {

using namespace boot_script; // what this class is made of

RcScript RcScript::parse(std::string_view text) { return RcScript(understand(std::string(text))); }

std::string RcScript::text() const { return understood_->text; }

std::vector<RcDaemon> RcScript::daemons() const {
    std::vector<RcDaemon> daemons;
    for (const Place& place : understood_->places)
        daemons.push_back(place.daemon);
    return daemons;
}

bool RcScript::enable(std::string_view daemon) {
    const std::vector<Place> places = places_of(*understood_, daemon);
    if (!places.empty() && std::none_of(places.begin(), places.end(), is_enabled))
        understood_ = enabled(understood_->reading, places);
    return !places.empty();
}

bool RcScript::disable(std::string_view daemon) {
    for (Understood script = understood_;
         ;) { // one after the other: the second may be all that the first leaves in a body
        std::vector<Place> places = places_of(*script, daemon);
        const bool is_known = !places.empty();
        std::erase_if(places, [](const Place& place) { return !is_enabled(place); });
        if (places.empty()) {
            understood_ = script;
            return is_known;
        }
        require_few(places);
        script = disabled(script->reading, places.front());
    }
}

bool RcScript::remove(std::string_view daemon) {
    Understood script = understood_;
    for (bool found = false;; found = true) { // the last first, so that an error names a line that the file has
        const std::vector<Place> places = places_of(*script, daemon);
        if (places.empty()) {
            understood_ = script;
            return found;
        }
        require_few(places);
        script = removed(script->reading, places.back());
    }
}

bool RcScript::configure(std::string_view daemon, std::string_view arguments) {
    std::vector<Place> places = places_of(*understood_, daemon);
    std::erase_if(places, [](const Place& place) { return !is_enabled(place); });
    require_few(places);
    std::string text = understood_->text;
    for (std::size_t i = places.size(); i-- > 0;)
        text = configured(understood_->reading, std::move(text), places[i], arguments);
    Understood after = understand(std::move(text));
    require_configured(understood_->reading, *after, daemon, arguments);
    understood_ = std::move(after);
    return !places.empty();
}

std::optional<std::string> RcScript::variable(std::string_view name) const {
    const auto found = understood_->variables.find(name);
    return found == understood_->variables.end() ? std::nullopt : found->second;
}

std::optional<std::string> interpreter(std::string_view text) {
    constexpr std::array<std::string_view, 12> shells = {"sh",    "bsh",    "psh",  "tsh",  "ksh",  "ksh88",
                                                         "ksh93", "rksh93", "rksh", "bash", "dash", "zsh"};
    const std::string_view line = text.substr(0, text.find('\n'));
    if (!line.starts_with("#!"))
        return std::nullopt;
    const std::string_view command = trimmed(line.substr(2));
    const std::string_view path = command.substr(0, command.find_first_of(" \t\r"));
    const bool is_shell = std::find(shells.begin(), shells.end(), base_name(path)) != shells.end();
    return path.starts_with('/') && is_shell ? std::optional(std::string(path)) : std::nullopt;
}

} // namespace bulwark
