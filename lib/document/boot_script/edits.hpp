#pragma once

#include "document/boot_script/dormant.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// A text, and what stands in it.
struct UnderstoodScript {
    explicit UnderstoodScript(std::string bytes);
    UnderstoodScript(const UnderstoodScript&) = delete; // the reading looks into the text
    UnderstoodScript& operator=(const UnderstoodScript&) = delete;

    std::string text;
    boot_script::Reading reading;
    std::vector<boot_script::Place> places;
    std::map<std::string, std::optional<std::string>, std::less<>> variables; // what is assigned to them last
};

} // namespace bulwark

namespace bulwark::boot_script {

using Understood = std::shared_ptr<const UnderstoodScript>;

Understood understand(std::string text);

/// The places of one daemon. Throws Error where it stands in text that cannot be understood.
std::vector<Place> places_of(const UnderstoodScript& script, std::string_view daemon);

bool is_enabled(const Place& place);

/// Throws where there are more places to be edited than a script of this system has.
void require_few(const std::vector<Place>& places);

/// The script with this place commented out, all of them brought back, and this one deleted. Each throws Error where the shell would
/// not accept the script any more, or enabling would not give back what was there.
Understood disabled(const Reading& before, const Place& place);
Understood enabled(const Reading& before, const std::vector<Place>& places);
Understood removed(const Reading& before, const Place& place);

/// `text` with these arguments for one place more.
std::string configured(const Reading& reading, std::string text, const Place& place, std::string_view arguments);

/// Throws where the shell would not read what was written as these arguments.
void require_configured(const Reading& before, const UnderstoodScript& after, std::string_view daemon,
                        std::string_view arguments);

} // namespace bulwark::boot_script
