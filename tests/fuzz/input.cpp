#include "input.hpp"

#include "document/lines.hpp"

namespace bulwark::fuzz {
namespace {

constexpr std::size_t most_edits = 8; // more of them find nothing that these do not, and take their time

std::string unescaped(std::string_view bytes) {
    std::string result;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] != '\\' || i + 1 == bytes.size()) {
            result += bytes[i];
            continue;
        }
        ++i;
        result += bytes[i] == 'n' ? '\n' : bytes[i] == '0' ? '\0' : bytes[i] == 'p' ? '|' : bytes[i];
    }
    return result;
}

Edit read_edit(std::string_view line) {
    Edit edit;
    std::size_t begin = line.find('|');
    edit.verb = line.substr(0, begin);
    while (begin != std::string_view::npos) {
        const std::size_t end = line.find('|', ++begin);
        edit.arguments.push_back(unescaped(line.substr(begin, end - begin)));
        begin = end;
    }
    return edit;
}

} // namespace

std::string Edit::argument(std::size_t number) const { return number < arguments.size() ? arguments[number] : ""; }

std::optional<std::string> Edit::optional(std::size_t number) const {
    return number < arguments.size() && arguments[number] != "-" ? std::optional(arguments[number]) : std::nullopt;
}

Halves split_input(std::string_view bytes) {
    constexpr std::string_view separator = "----\n";
    for (std::size_t at = bytes.find(separator); at != std::string_view::npos; at = bytes.find(separator, at + 1))
        if (at == 0 || bytes[at - 1] == '\n')
            return {bytes.substr(0, at), bytes.substr(at + separator.size())};
    return {{}, bytes};
}

Input read_input(std::string_view bytes) {
    const Halves halves = split_input(bytes);
    Input input{{}, halves.second};
    for (const std::string_view line : split_lines(halves.first))
        if (input.edits.size() < most_edits)
            input.edits.push_back(read_edit(without_line_end(line)));
    return input;
}

std::vector<std::pair<std::string, std::string>> read_parts(std::string_view text) {
    constexpr std::string_view mark = "==== ";
    std::vector<std::pair<std::string, std::string>> parts;
    for (const std::string_view line : split_lines(text)) {
        if (line.starts_with(mark))
            parts.emplace_back(without_line_end(line.substr(mark.size())), "");
        else if (!parts.empty())
            parts.back().second.append(line);
    }
    return parts;
}

std::map<std::string, std::string> read_files(std::string_view text) {
    std::map<std::string, std::string> files;
    for (const auto& [path, part] : read_parts(text))
        files[path] += part;
    return files;
}

} // namespace bulwark::fuzz
