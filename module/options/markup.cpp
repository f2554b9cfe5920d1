#include "options/markup.hpp"

namespace bulwark {
namespace {

bool is_ascii_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string code_span(std::string_view code, std::string_view before, Form form) {
    if (form == Form::markdown)
        return "`" + std::string(code) + "`";
    // Ansible's C(x) ends at the first parenthesis and begins after a word's end.
    const bool joined = !before.empty() && is_ascii_word(before.back());
    if (form == Form::ansible && !joined && code.find(')') == std::string_view::npos)
        return "C(" + std::string(code) + ")";
    return std::string(code);
}

std::string prose(std::string_view text, Form form) {
    std::string result;
    for (const char c : text) {
        if (form == Form::markdown && std::string_view("\\*_<[`").find(c) != std::string_view::npos)
            result += '\\';
        result += c;
    }
    return result;
}

} // namespace

std::string render(std::string_view description, Form form) {
    std::string result;
    while (!description.empty()) {
        const std::size_t begin = description.find('`');
        const std::size_t end = begin == std::string_view::npos ? begin : description.find('`', begin + 1);
        if (end == std::string_view::npos)
            return result + prose(description, form);
        result += prose(description.substr(0, begin), form);
        result += code_span(description.substr(begin + 1, end - begin - 1), result, form);
        description.remove_prefix(end + 1);
    }
    return result;
}

std::string without_marks(std::string_view description) { return render(description, Form::plain); }

std::string marked(const std::vector<std::string>& names, const std::string& conjunction) {
    std::string result;
    for (std::size_t i = 0; i < names.size(); ++i)
        result += (i == 0 ? "" : i + 1 < names.size() ? ", " : " " + conjunction + " ") + "`" + names[i] + "`";
    return result;
}

std::string value_text(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

} // namespace bulwark
