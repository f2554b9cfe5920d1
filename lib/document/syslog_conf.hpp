#pragma once

#include "document/lines.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// The rotation of a log file: `rotate [size 10m] [time 7d] [files 8] [compress] [archive DIRECTORY]`; `rotate` alone
/// rotates at 1m (aix_facts.md, syslog; not on 4.3).
struct SyslogRotation {
    std::optional<std::string> size, time, files, archive;
    std::optional<bool> compress; // wanted false: the word is taken out
    bool operator==(const SyslogRotation&) const = default;
};

/// One rule: which messages, where to, and how that file is rotated.
struct SyslogRule {
    std::string selector;    // "mail.info", "*.err;mail.none"
    std::string destination; // "/var/adm/mail.log", "root,operator", "*", "@host", "errlog", "centralizedlog A/B" (7.x)
    std::optional<SyslogRotation> rotation; // nothing: none is asked for, one that is there stays
    std::size_t line = 0;                   // counted from 1; no part of what is wanted
};

/// /etc/syslog.conf: `selector destination [rotate ...]`, separated by blanks or tabs; blank lines and lines that begin
/// with `#` mean nothing. A selector is `facility[,facility...].priority[;...]` (aix_facts.md, syslog).
class SyslogConf {
public:
    static SyslogConf parse(std::string_view text); // never fails
    std::string text() const;                       // parse(t).text() == t, for every t

    /// In the order of the file; words behind `rotate` that are none of SyslogRotation are left out.
    std::vector<SyslogRule> rules() const;

    /// Makes the rule so: it is every one of that selector and destination, both compared as syslogd reads them
    /// (`mail.warn` is `mail.warning`, the order of facilities and users means nothing), else it is appended, its columns
    /// separated by a tab. Words of a rotation that are not given stay. Throws Error where the selector, the destination
    /// or a rotation is one that AIX does not know, and where what is no file is to be rotated.
    void set(const SyslogRule& wanted);

    /// Removes every rule of that selector and destination; every rule of that selector where destination is empty. False
    /// if there is none. A selector that AIX does not know is compared as it is written.
    bool remove(const SyslogRule& wanted);

    bool operator==(const SyslogConf&) const = default;

private:
    /// Where the columns stand in the line.
    struct Entry {
        Span selector, destination;
        bool operator==(const Entry&) const = default;
    };
    static std::optional<Entry> understand(std::string_view line);
    std::vector<std::size_t> find(const SyslogRule& wanted) const;
    std::size_t append(const SyslogRule& wanted);
    void rewrite(std::size_t index, std::string text);

    std::vector<Line<Entry>> lines_;
};

/// Throws Error ("selector 'auth.authpriv.info': ...") where it is none that AIX knows, and says what would be. `authpriv`
/// is not among IBM's facilities; it is let through, for some releases take it.
void require_selector(std::string_view selector);

/// Throws Error where a size, a time or a number of files is one that syslogd would not take: units are attached to the
/// number, the least size is 10k, the fewest files are 2.
void require_rotation(const SyslogRotation& rotation);

/// Throws Error where `set` would: for the reasons above, and where the destination is none or cannot be rotated.
void require_rule(const SyslogRule& rule);

} // namespace bulwark
