#include "terminal/result_text.hpp"

#include "text.hpp"

#include <algorithm>
#include <array>

namespace bulwark {

std::string text_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || value->is_null())
        return "";
    if (const auto* text = value->if_string())
        return std::string(*text);
    const json::array* list = value->if_array();
    if (list == nullptr)
        return json::serialize(*value);
    std::vector<std::string> words;
    for (const json::value& element : *list)
        words.push_back(element.is_string() ? std::string(element.get_string()) : json::serialize(element));
    return joined(words, ", ");
}

std::vector<const json::object*> objects_at(const json::object& object, std::string_view key) {
    std::vector<const json::object*> result;
    const json::value* value = object.if_contains(key);
    if (const json::array* list = value == nullptr ? nullptr : value->if_array()) {
        for (const json::value& element : *list)
            if (const json::object* member = element.if_object())
                result.push_back(member);
    }
    return result;
}

bool is_true(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::string indented(std::string_view text, std::size_t indent) {
    std::string result;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        result += (line.empty() ? "" : std::string(indent, ' ')) + std::string(line) + "\n";
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return result;
}

std::string show_rows(const std::vector<Row>& rows, std::size_t indent, const Terminal& terminal) {
    std::size_t widest = 0;
    for (const Row& row : rows)
        widest = std::max(widest, display_width(row.label));
    std::string result;
    for (const Row& row : rows) {
        const std::string gap(widest - display_width(row.label) + 2, ' ');
        result += std::string(indent, ' ') + styled(row.label, row.style, terminal) + gap + row.text + "\n";
        result += indented(printable(row.output, terminal), indent + 4);
    }
    return result;
}

Row file_row(const json::object& file, bool predicted, const Terminal& terminal) {
    constexpr std::array<std::array<const char*, 3>, 4> verbs = {{
        {"created", "created", "would create"},
        {"modified", "modified", "would modify"},
        {"removed", "removed", "would remove"},
        {"mode", "changed", "would change"},
    }};
    const std::string change = text_at(file, "change");
    Row row{in_line(change, terminal), Style::changed, in_line(text_at(file, "path"), terminal)};
    for (const auto& [name, done, would] : verbs)
        if (change == name)
            row.label = predicted ? would : done;
    if (change == "mode")
        row.text += " (mode or owner)";
    return row;
}

} // namespace bulwark
