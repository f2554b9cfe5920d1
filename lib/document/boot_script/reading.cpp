#include "document/boot_script/reading.hpp"

#include "document/lines.hpp"
#include "text.hpp"

namespace bulwark::boot_script {

std::vector<std::size_t> begins_of_lines(std::string_view text) {
    std::vector<std::size_t> begins = {0};
    for (const std::string_view line : split_lines(text))
        begins.push_back(begins.back() + line.size());
    if (begins.size() > 1)
        begins.pop_back();
    return begins;
}

Reading read(std::string_view text) { return {text, shell::scan(text), begins_of_lines(text)}; }

std::size_t line_of(const Reading& reading, std::size_t offset) {
    const auto next = std::upper_bound(reading.line_begins.begin(), reading.line_begins.end(), offset);
    return static_cast<std::size_t>(next - reading.line_begins.begin()) - 1;
}

std::string_view line(const Reading& reading, std::size_t number) {
    const std::size_t begin = reading.line_begins[number];
    const bool is_last = number + 1 == reading.line_begins.size();
    return reading.text.substr(begin, (is_last ? reading.text.size() : reading.line_begins[number + 1]) - begin);
}

std::string_view content(std::string_view line) { return trimmed(without_line_end(line)); }

std::string at_line(std::size_t number_from_1) { return describe_lines({number_from_1}) + ": "; }

std::string describe(const Stretch& lines) {
    if (lines.first == lines.last)
        return describe_lines({lines.first + 1});
    return "lines " + std::to_string(lines.first + 1) + " to " + std::to_string(lines.last + 1);
}

std::string commented_out(std::string_view line) { return "#" + std::string(line); }

std::string commented_out_behind_blank(std::string_view line) {
    const bool one_blank = line.starts_with(' ') && line.find_first_not_of(" \t\r\n") == 1;
    return one_blank ? " #" + std::string(line.substr(1)) : commented_out(line);
}

std::string brought_back(std::string_view line, bool with_blank) {
    const std::size_t sign = std::min(line.find_first_not_of(" \t"), line.size());
    std::string result(line);
    if (line.substr(sign).starts_with('#'))
        result.erase(sign, with_blank ? 2 : 1);
    return result;
}

bool is_spaced(std::string_view line) {
    const std::string_view text = content(line);
    return text.size() > 2 && text.starts_with("# ") && text[2] != ' ' && text[2] != '\t';
}

} // namespace bulwark::boot_script
