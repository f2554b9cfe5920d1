#include "document/services.hpp"

#include "document/lines.hpp"

#include <charconv>

namespace bulwark {
namespace {

/// The port that a line gives to the service; nothing if it is about another one.
std::optional<unsigned> port_in(std::string_view line, std::string_view name, std::string_view protocol) {
    line = line.substr(0, line.find('#'));
    const std::vector<Span> found = words(line);
    if (found.size() < 2)
        return std::nullopt;
    const std::string_view number = at(line, found[1]);
    const std::size_t slash = number.find('/');
    if (slash == std::string_view::npos || number.substr(slash + 1) != protocol)
        return std::nullopt;
    for (std::size_t i = 0; i < found.size(); ++i)
        if (i != 1 && at(line, found[i]) == name)
            return port_number(number.substr(0, slash));
    return std::nullopt;
}

} // namespace

Services Services::parse(std::string_view text) {
    Services services;
    services.text_ = text;
    return services;
}

std::optional<unsigned> Services::port(std::string_view name, std::string_view protocol) const {
    for (const std::string_view line : split_lines(text_)) {
        if (line.find(name) == std::string_view::npos)
            continue; // the file has thousands of lines, and most are about something else
        if (const auto port = port_in(line, name, protocol))
            return port;
    }
    return std::nullopt;
}

std::optional<unsigned> port_number(std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool valid = error == std::errc() && end == text.data() + text.size() && port > 0 && port < 65536;
    return valid ? std::optional(port) : std::nullopt;
}

} // namespace bulwark
