#include "document/sendmail_mc.hpp"

#include "error.hpp"
#include "text.hpp"

#include <algorithm>

namespace bulwark {
namespace {

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Whether the word `dnl` begins here: m4 drops it, and what follows up to and with the end of the line.
bool is_dnl(std::string_view text, std::size_t place) {
    return text.substr(place, 3) == "dnl" && (place == 0 || !is_name_character(text[place - 1])) &&
           (place + 3 == text.size() || !is_name_character(text[place + 3]));
}

/// The part of a line that m4 expands: it stops at `dnl`. A `#` hides nothing: the library takes m4 its comments away
/// before it reads the source (changecom).
std::string_view expanded_part(std::string_view line) {
    const std::string_view content = without_line_end(line);
    std::size_t end = 0;
    while (end < content.size() && !is_dnl(content, end))
        ++end;
    return content.substr(0, end);
}

/// The `)` that ends the call whose arguments begin at `begin`; npos if it is on another line.
std::size_t end_of_call(std::string_view text, std::size_t begin) {
    int quotes = 0, parentheses = 0;
    for (std::size_t i = begin; i < text.size(); ++i) {
        const char c = text[i];
        quotes += c == '`' ? 1 : c == '\'' && quotes > 0 ? -1 : 0;
        if (quotes > 0)
            continue;
        if (c == ')' && parentheses == 0)
            return i;
        parentheses += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
    return std::string_view::npos;
}

/// The first argument without the blanks and the quotes around it.
Span first_argument(std::string_view text, std::size_t begin, std::size_t end) {
    const std::string_view arguments = text.substr(begin, end - begin);
    std::size_t comma = 0;
    for (int quotes = 0; comma < arguments.size() && (quotes > 0 || arguments[comma] != ','); ++comma)
        quotes += arguments[comma] == '`' ? 1 : arguments[comma] == '\'' ? -1 : 0;
    std::string_view argument = trimmed(arguments.substr(0, comma));
    while (argument.size() > 1 && argument.front() == '`' && argument.back() == '\'')
        argument = trimmed(argument.substr(1, argument.size() - 2));
    const auto offset = static_cast<std::size_t>(argument.data() - text.data());
    return {offset, offset + argument.size()};
}

/// `virtusertable` is called `virtualusertable` in the tutorial, and perhaps in files that follow it.
std::vector<std::string_view> spellings(std::string_view feature) {
    if (feature == "virtusertable" || feature == "virtualusertable")
        return {"virtusertable", "virtualusertable"};
    return {feature};
}

/// Whether what stands after `FEATURE(`, on its line or, if nothing is there, on the next, begins with that argument.
bool begins_with_argument(std::string_view text, std::string_view next_line, std::string_view argument) {
    constexpr std::string_view skipped = " \t\r\n`";
    std::size_t begin = text.find_first_not_of(skipped);
    if (begin == std::string_view::npos) {
        text = next_line;
        begin = std::min(text.find_first_not_of(skipped), text.size());
    }
    const std::string_view rest = text.substr(begin);
    return argument.empty() || (rest.starts_with(argument) &&
                                (rest.size() == argument.size() || !is_name_character(rest[argument.size()])));
}

/// Whether m4 finds no call in what stands behind one.
bool is_remark(std::string_view text) {
    return text.empty() || (text.front() == '#' && text.find_first_of("(`'") == std::string_view::npos);
}

/// One that m4 leaves as it is: OSTYPE reads the file by a call that has the name in it without quotes.
bool is_file_name(std::string_view name) {
    const auto is_allowed = [](char c) { return is_name_character(c) || c == '.' || c == '-' || c == '+'; };
    return !name.empty() && std::all_of(name.begin(), name.end(), is_allowed) && expanded_part(name) == name;
}

} // namespace

std::optional<SendmailMc::Call> SendmailMc::call_of(std::string_view line) {
    const std::string_view part = expanded_part(line);
    const std::size_t begin = part.find_first_not_of("# \t"); // m4 expands it behind a # as well
    const std::size_t opening = part.find('(', std::min(begin, part.size()));
    if (begin == std::string_view::npos || opening == std::string_view::npos)
        return std::nullopt;
    const std::string_view macro = part.substr(begin, opening - begin);
    const std::size_t closing = end_of_call(part, opening + 1);
    if (macro.empty() || !std::all_of(macro.begin(), macro.end(), is_name_character) ||
        closing == std::string_view::npos || !is_remark(trimmed(part.substr(closing + 1))))
        return std::nullopt;
    const Span name = first_argument(part, opening + 1, closing);
    return Call{std::string(macro), std::string(at(part, name)), name};
}

SendmailMc SendmailMc::parse(std::string_view text) {
    SendmailMc mc;
    mc.lines_ = understood(split_lines(text), call_of);
    return mc;
}

std::string SendmailMc::text() const { return text_of_lines(lines_); }

std::vector<std::string> SendmailMc::arguments_of(std::string_view macro) const {
    std::vector<std::string> arguments;
    for (const auto& line : lines_)
        if (line.meaning && line.meaning->macro == macro)
            arguments.push_back(line.meaning->argument);
    return arguments;
}

std::optional<std::string> SendmailMc::ostype() const {
    const auto all = arguments_of("OSTYPE");
    return all.empty() ? std::nullopt : std::optional(all.back());
}

std::vector<std::string> SendmailMc::features() const { return arguments_of("FEATURE"); }

std::vector<std::string> SendmailMc::mailers() const { return arguments_of("MAILER"); }

void SendmailMc::refuse_other_calls(std::string_view macro, std::string_view argument) const {
    const std::string opening = std::string(macro) + "(";
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const std::string_view part = expanded_part(lines_[i].text);
        if (lines_[i].meaning && lines_[i].meaning->macro == macro)
            continue;
        for (std::size_t place = part.find(opening); place != part.npos; place = part.find(opening, place + 1)) {
            const std::string_view next = i + 1 < lines_.size() ? std::string_view(lines_[i + 1].text) : "";
            if ((place == 0 || !is_name_character(part[place - 1])) &&
                begins_with_argument(part.substr(place + opening.size()), next, argument))
                throw Error(describe_lines({i + 1}) + ": " + opening +
                            (argument.empty() ? "...)" : std::string(argument) + ")") +
                            " shares its line with something else or spans lines, and m4 reads it even behind a #; "
                            "put it on a line of its own, or dnl in front of it");
        }
    }
}

void SendmailMc::set_ostype(std::string_view name) {
    if (!is_file_name(name))
        throw Error("OSTYPE cannot be '" + std::string(name) + "'; it names a file of the directory ostype, such as " +
                    "aix433");
    for (std::size_t i = lines_.size(); i-- > 0;) {
        auto& [text, call] = lines_[i];
        if (!call || call->macro != "OSTYPE")
            continue;
        text = replaced(text, call->name, name);
        call = call_of(text);
        return;
    }
    refuse_other_calls("OSTYPE", "");
    throw Error("there is no OSTYPE, which tells for what system the configuration is; add OSTYPE(" +
                std::string(name) + ")dnl as one of its first lines");
}

bool SendmailMc::remove_call(std::string_view macro, std::string_view argument) {
    refuse_other_calls(macro, argument);
    const auto is_meant = [&](const Line<Call>& line) {
        return line.meaning && line.meaning->macro == macro && line.meaning->argument == argument;
    };
    return std::erase_if(lines_, is_meant) > 0;
}

bool SendmailMc::remove_feature(std::string_view name) {
    bool removed = false;
    for (const std::string_view spelling : spellings(name))
        removed = remove_call("FEATURE", spelling) || removed;
    return removed;
}

bool SendmailMc::remove_mailer(std::string_view name) { return remove_call("MAILER", name); }

} // namespace bulwark
