#pragma once

#include "document/lines.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// A sendmail configuration, as far as hardening looks into it: the lines that read classes from files,
/// `Fw/etc/sendmail.cw` (the names this host goes by) and `FR-o /etc/mail/relay-domains` (the domains it relays for;
/// `-o`: the file may be missing), and the line of the banner in which m4 puts who built it when. `#` comments a line
/// out (aix_facts.md, sendmail).
class SendmailCf {
public:
    static SendmailCf parse(std::string_view text); // never fails
    std::string text() const;                       // parse(t).text() == t, for every t

    /// The files that class `letter` is read from, of lines that are not commented out; without `-o` and what stands
    /// behind the name (`%[^\#]`).
    std::vector<std::string> class_files(char letter) const;

    /// Those, of whatever class, without which sendmail does not start: their lines lack `-o`.
    std::vector<std::string> required_files() const;

    /// Puts a `#` before the lines that read class `letter` from one of these files. False if there is none.
    bool comment_class_files(char letter, const std::set<std::string, std::less<>>& paths);

    /// Puts another file into the first line that reads class `letter` or, if all are commented out, into the first of
    /// those, and takes its `#` away; nothing if a line reads that file already. False if there is no such line.
    bool set_class_file(char letter, std::string_view path);

    /// Takes out of the banner who built it, on which host, when and where ("##### built by root@aix on Sat Nov 21 ...",
    /// "##### in /usr/samples/...", "##### using ../ as configuration include directory"): two builds of one source are
    /// then equal.
    void remove_build_stamp();

    bool operator==(const SendmailCf&) const = default;

private:
    struct ClassFile {
        char letter = 0;
        Span path;
        bool commented = false, optional = false;
        bool operator==(const ClassFile&) const = default;
    };
    static std::optional<ClassFile> class_file_of(std::string_view line);

    std::vector<Line<ClassFile>> lines_;
};

} // namespace bulwark
