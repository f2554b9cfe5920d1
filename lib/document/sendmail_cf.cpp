#include "document/sendmail_cf.hpp"

#include <algorithm>

namespace bulwark {
namespace {

constexpr std::string_view blanks = " \t";

std::size_t behind_blanks(std::string_view text, std::size_t begin) {
    return std::min(text.find_first_not_of(blanks, begin), text.size());
}

std::size_t behind_word(std::string_view text, std::size_t begin) {
    return std::min(text.find_first_of(blanks, begin), text.size());
}

/// Where the command of a line begins, whether the line is commented out or not.
std::size_t begin_of_command(std::string_view line) {
    return line.starts_with('#') ? std::min(line.find_first_not_of("# \t"), line.size()) : 0;
}

} // namespace

std::optional<SendmailCf::ClassFile> SendmailCf::class_file_of(std::string_view line) {
    const std::string_view content = without_line_end(line);
    const std::size_t begin = begin_of_command(content);
    if (begin + 2 >= content.size() || content[begin] != 'F')
        return std::nullopt;
    std::size_t path = behind_blanks(content, begin + 2);
    const bool optional = content.substr(path, 2) == "-o";
    if (optional)
        path = behind_blanks(content, behind_word(content, path));
    if (content.substr(path, 1) != "/") // a program, a map, or prose in a comment
        return std::nullopt;
    return ClassFile{content[begin + 1], {path, behind_word(content, path)}, begin > 0, optional};
}

SendmailCf SendmailCf::parse(std::string_view text) {
    SendmailCf cf;
    cf.lines_ = understood(split_lines(text), class_file_of);
    return cf;
}

std::string SendmailCf::text() const { return text_of_lines(lines_); }

std::vector<std::string> SendmailCf::class_files(char letter) const {
    std::vector<std::string> files;
    for (const auto& [text, file] : lines_)
        if (file && file->letter == letter && !file->commented)
            files.emplace_back(at(text, file->path));
    return files;
}

std::vector<std::string> SendmailCf::required_files() const {
    std::vector<std::string> files;
    for (const auto& [text, file] : lines_)
        if (file && !file->optional && !file->commented)
            files.emplace_back(at(text, file->path));
    return files;
}

bool SendmailCf::comment_class_files(char letter, const std::set<std::string, std::less<>>& paths) {
    bool found = false;
    for (auto& [text, file] : lines_)
        if (file && file->letter == letter && !file->commented && paths.contains(at(text, file->path))) {
            text.insert(0, "#");
            file = class_file_of(text);
            found = true;
        }
    return found;
}

bool SendmailCf::set_class_file(char letter, std::string_view path) {
    for (const std::string& read : class_files(letter))
        if (read == path)
            return true;
    for (const bool commented : {false, true})
        for (auto& [text, file] : lines_)
            if (file && file->letter == letter && file->commented == commented) {
                text = replaced(text, file->path, path).substr(begin_of_command(text));
                file = class_file_of(text);
                return true;
            }
    return false;
}

void SendmailCf::remove_build_stamp() {
    for (auto line = lines_.begin(); line != lines_.end(); ++line) {
        if (!line->text.starts_with("##### built by "))
            continue;
        line = lines_.erase(line);
        for (const std::string_view next : {"##### in ", "##### using "})
            if (line != lines_.end() && line->text.starts_with(next))
                line = lines_.erase(line);
        return;
    }
}

} // namespace bulwark
