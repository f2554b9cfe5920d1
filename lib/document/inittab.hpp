#pragma once

#include "document/lines.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// The fields of `identifier:runlevel:action:command`. The command may itself contain colons, `#`, quotes, any bytes,
/// and, in a continued entry, backslash and newline.
struct InittabFields {
    std::optional<std::string> runlevel, action, command;
    bool operator==(const InittabFields&) const = default;
};

/// One record as it stands in the file.
struct InittabRecord {
    std::string identifier, runlevel, action, command;
    bool commented = false; // a colon before the identifier: init does not see it
    std::size_t line = 0;   // of its first line, counted from 1
};

/// /etc/inittab: `identifier:runlevel:action:command`, split at the first three colons; order counts; a backslash
/// before the newline continues a record. A colon as first character, with or without blanks after it, comments the
/// record out; `#` does not: `#id:...` is a record whose identifier begins with `#` (aix_facts.md, inittab). Only
/// commented text that parses as a whole record with an action that AIX knows is a disabled record, the rest is prose.
///
/// Blanks around the first three fields do not belong to them.
///
/// An edit rewrites the bytes of the changed field and nothing else. Verbs that take an identifier throw Error
/// ("lines 4 and 9: ...") where it stands twice among the records that init sees, or, where the commented ones are
/// meant, twice among those; and ("line 4: ...") where a line that begins with `identifier` is malformed (fewer than
/// three colons) and so stands in the way.
class Inittab {
public:
    static Inittab parse(std::string_view text); // never fails
    std::string text() const;                    // parse(t).text() == t, for every t

    std::vector<InittabRecord> records() const; // with the commented ones, in the order of the file

    std::optional<InittabRecord> active(std::string_view identifier) const;    // the record that init sees
    std::optional<InittabRecord> commented(std::string_view identifier) const; // the record that it does not

    void comment(std::string_view identifier);   // the active one: a colon becomes the first character of the line
    void uncomment(std::string_view identifier); // the commented one: the colon and the blanks behind it go
    void remove(std::string_view identifier);    // the active one and all commented ones

    /// Gives the active record these fields; those not given stay. Throws Error where a field would not be read back as
    /// it is given; whether its value makes sense (an action that init knows, say) is not looked at.
    void change(std::string_view identifier, const InittabFields& fields);

    /// Adds a record at the end, or directly after the active record `after`, which must be there. Needs all fields,
    /// and an identifier that no active record has.
    void insert(std::string_view identifier, const InittabFields& fields, std::optional<std::string_view> after);

    /// Moves the active record directly after the active record `after`.
    void move(std::string_view identifier, std::string_view after);

    bool operator==(const Inittab&) const = default;

private:
    /// Where the fields stand in the line.
    struct Record {
        Span identifier, runlevel, action, command;
        bool commented = false;
        bool operator==(const Record&) const = default;
    };
    static std::optional<Record> understand(std::string_view line);
    static InittabRecord record(const Line<Record>& line, std::size_t number);

    std::string place_of(const std::vector<std::size_t>& indexes) const;
    std::size_t line_number(std::size_t index) const;
    std::optional<std::size_t> find(std::string_view identifier, bool commented) const;
    std::size_t require_active(std::string_view identifier) const;
    void require_ended(std::size_t index) const;
    void rewrite(std::size_t index, std::string text);
    void place(std::size_t index, std::string text);

    std::vector<Line<Record>> lines_;
};

/// The actions that init of AIX knows (aix_facts.md, inittab).
bool is_inittab_action(std::string_view action);

} // namespace bulwark
