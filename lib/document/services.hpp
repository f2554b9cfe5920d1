#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bulwark {

/// /etc/services: `name port/protocol [aliases]`, one line per service and protocol, separated by blanks or tabs; a `#`
/// begins a comment. It is only looked into. Where a service stands twice the first line counts, as for getservbyname.
class Services {
public:
    static Services parse(std::string_view text); // never fails
    const std::string& text() const { return text_; }

    /// The port of a service by its name or an alias, with the protocol `tcp` or `udp`; nothing if it has none.
    std::optional<unsigned> port(std::string_view name, std::string_view protocol) const;

    bool operator==(const Services&) const = default;

private:
    std::string text_;
    std::map<std::pair<std::string, std::string>, unsigned> ports_; // by name and protocol
};

/// The port that the text is in decimal; nothing unless it is 1 to 65535.
std::optional<unsigned> port_number(std::string_view text);

} // namespace bulwark
