#pragma once

#include "document/boot_script/shell.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What a boot script is to those who look for starts in it and edit them. Here as in all of this directory but in rc_script.hpp lines
// count from 0.
namespace bulwark::boot_script {

/// A script, what stands in it, and where its lines begin.
struct Reading {
    std::string_view text;
    shell::Script script;
    std::vector<std::size_t> line_begins;
};

/// Lines that are edited together.
struct Stretch {
    std::size_t first = 0;
    std::size_t last = 0;
    bool blank = false; // commented out with "# ": the blank goes with the #
    bool operator==(const Stretch&) const = default;
};

std::vector<std::size_t> begins_of_lines(std::string_view text);

Reading read(std::string_view text);

/// The line that has the byte.
std::size_t line_of(const Reading& reading, std::size_t offset);

/// With its line end.
std::string_view line(const Reading& reading, std::size_t number);

/// Without its line end, and the blanks around.
std::string_view content(std::string_view line);

/// "line 4: ", of lines that count from 1.
std::string at_line(std::size_t number_from_1);

/// "lines 4 to 9", as people count.
std::string describe(const Stretch& lines);

/// The text with what `edit` makes of each of these lines.
template <class Edit>
std::string with_lines(const Reading& reading, std::vector<Stretch> stretches, Edit edit) {
    std::stable_sort(stretches.begin(), stretches.end(),
                     [](const Stretch& one, const Stretch& other) { return one.first < other.first; });
    std::string text;
    auto stretch = stretches.begin();
    for (std::size_t i = 0; i < reading.line_begins.size(); ++i) {
        while (stretch != stretches.end() && stretch->last < i)
            ++stretch;
        if (stretch == stretches.end() || i < stretch->first)
            text.append(line(reading, i));
        else
            text.append(edit(line(reading, i), stretch->blank && i == stretch->first));
    }
    return text;
}

std::string commented_out(std::string_view line);

/// Likewise, but `# start` is how people write `#start`: of a line that is indented by one blank the blank comes first.
std::string commented_out_behind_blank(std::string_view line);

/// The line without its `#`. In a commented-out stanza an empty line may be without one.
std::string brought_back(std::string_view line, bool with_blank);

/// Whether the line is a comment in the way of prose: `# ` and text.
bool is_spaced(std::string_view line);

} // namespace bulwark::boot_script
