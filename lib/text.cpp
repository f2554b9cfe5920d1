#include "text.hpp"

#include <algorithm>

namespace bulwark {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return text.substr(text.size());
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1); // npos + 1 is 0
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& character : result)
        if (character >= 'A' && character <= 'Z')
            character = static_cast<char>(character - 'A' + 'a');
    return result;
}

std::string joined(const std::vector<std::string>& items, std::string_view between) {
    std::string result;
    for (const std::string& item : items) {
        if (&item != &items.front())
            result += between;
        result += item;
    }
    return result;
}

std::string counted(std::size_t number, const std::string& noun) {
    return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string enumerate(const std::vector<std::string>& items) {
    std::string result;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0)
            result += i + 1 < items.size() ? ", " : " and ";
        result += items[i];
    }
    return result;
}

std::string cited(std::string_view text) {
    std::string result(text);
    for (char& character : result)
        if (static_cast<unsigned char>(character) < ' ' || character == 0x7f)
            character = '?';
    return "'" + result + "'";
}

std::string describe_lines(const std::vector<std::size_t>& numbers) {
    constexpr std::size_t most = 5;
    std::vector<std::string> items;
    for (std::size_t i = 0; i < std::min(numbers.size(), most); ++i)
        items.push_back(std::to_string(numbers[i]));
    if (numbers.size() > most)
        items.push_back(std::to_string(numbers.size() - most) + " more");
    return (items.size() == 1 ? "line " : "lines ") + enumerate(items);
}

} // namespace bulwark
