#include "document/services.hpp"

#include "document/lines.hpp"

#include <charconv>

namespace bulwark {
namespace {

/// Adds the port that a line gives to each of its names that has none yet.
void add_ports(std::string_view line, std::map<std::pair<std::string, std::string>, unsigned>& ports) {
    line = line.substr(0, line.find('#'));
    const std::vector<Span> found = words(line);
    if (found.size() < 2)
        return;
    const std::string_view number = at(line, found[1]);
    const std::size_t slash = number.find('/');
    const auto port = slash == std::string_view::npos ? std::nullopt : port_number(number.substr(0, slash));
    for (std::size_t i = 0; port && i < found.size(); ++i)
        if (i != 1)
            ports.try_emplace({std::string(at(line, found[i])), std::string(number.substr(slash + 1))}, *port);
}

} // namespace

Services Services::parse(std::string_view text) {
    Services services;
    services.text_ = text;
    for (const std::string_view line : split_lines(text))
        add_ports(line, services.ports_);
    return services;
}

std::optional<unsigned> Services::port(std::string_view name, std::string_view protocol) const {
    const auto found = ports_.find({std::string(name), std::string(protocol)});
    return found == ports_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<unsigned> port_number(std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool valid = error == std::errc() && end == text.data() + text.size() && port > 0 && port < 65536;
    return valid ? std::optional(port) : std::nullopt;
}

} // namespace bulwark
