#include "document/name_list.hpp"

#include "error.hpp"
#include "text.hpp"

#include <algorithm>
#include <set>

namespace bulwark {
namespace {

std::optional<std::string> name_in(std::string_view line) {
    const std::vector<Span> found = words(line);
    if (found.size() != 1 || line[found.front().begin] == '#')
        return std::nullopt;
    return std::string(at(line, found.front()));
}

} // namespace

NameList NameList::parse(std::string_view text) {
    NameList list;
    list.lines_ = understood(split_lines(text), name_in);
    return list;
}

std::string NameList::text() const { return text_of_lines(lines_); }

std::vector<std::string> NameList::names() const {
    std::vector<std::string> names;
    std::set<std::string_view> known;
    for (const Line<std::string>& line : lines_)
        if (line.meaning && known.insert(*line.meaning).second)
            names.push_back(*line.meaning);
    return names;
}

bool NameList::contains(std::string_view name) const {
    return std::any_of(lines_.begin(), lines_.end(),
                       [&](const Line<std::string>& line) { return line.meaning == name; });
}

void NameList::add(std::string_view name) {
    require_name(name);
    if (contains(name))
        return;
    append_line(lines_, name, name_in);
}

void NameList::add_line(std::string_view name) {
    require_name(name);
    const std::string text = std::string(name) + "\n";
    if (std::any_of(lines_.begin(), lines_.end(),
                    [&](const Line<std::string>& line) { return line.text == text || line.text == name; }))
        return;
    append_line(lines_, name, name_in);
    lines_.back() = {text, name_in(text)}; // not ended as the other lines are
}

bool NameList::remove(std::string_view name) {
    return std::erase_if(lines_, [&](const Line<std::string>& line) { return line.meaning == name; }) > 0;
}

void NameList::set(const std::vector<std::string>& names) {
    std::for_each(names.begin(), names.end(), require_name);
    std::set<std::string_view> missing(names.begin(), names.end());
    std::erase_if(lines_,
                  [&](const Line<std::string>& line) { return line.meaning && !missing.contains(*line.meaning); });
    for (const Line<std::string>& line : lines_)
        if (line.meaning)
            missing.erase(*line.meaning);
    for (const std::string& name : names)
        if (missing.erase(name) > 0)
            append_line(lines_, name, name_in);
}

void NameList::require_name(std::string_view name) {
    const auto is_printable = [](unsigned char byte) { return byte > ' ' && byte != 0x7f; };
    if (name.empty() || name.front() == '#' || !std::all_of(name.begin(), name.end(), is_printable))
        throw Error("the name " + cited(name) +
                    " cannot stand there: it must be one word without control characters that does not begin with #");
}

} // namespace bulwark
