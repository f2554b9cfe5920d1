#pragma once

#include "document/lines.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// A file of one name a line: /etc/ftpusers, /etc/sendmail.cw, /etc/mail/relay-domains. Blanks around a name mean
/// nothing. AIX documents no comments in these files; a line that begins with `#` is kept and is no name, and so is
/// whatever has blanks within (aix_facts.md, sendmail; aix_facts.md, ftpusers).
class NameList {
public:
    static NameList parse(std::string_view text); // never fails
    std::string text() const;                     // parse(t).text() == t, for every t

    std::vector<std::string> names() const; // in the order of the file, each once

    /// Appends the name if it is not there. Throws Error as require_name does.
    void add(std::string_view name);

    /// The same, for a reader that compares whole lines, blanks and carriage returns included: appends a line that is
    /// nothing but the name if there is none.
    void add_line(std::string_view name);

    /// Makes these the names, and no others: lines of others go, names that are not there are appended. Throws Error as
    /// require_name does.
    void set(const std::vector<std::string>& names);

    /// Removes every line of that name. False if there is none.
    bool remove(std::string_view name);

    /// Throws Error for a name that is empty, has blanks or control characters, or begins with `#`: it would not be read
    /// back as one.
    static void require_name(std::string_view name);

    bool operator==(const NameList&) const = default;

private:
    bool contains(std::string_view name) const;

    std::vector<Line<std::string>> lines_; // a line's meaning is its name
};

} // namespace bulwark
