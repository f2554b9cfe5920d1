#pragma once

#include "document/lines.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// The m4 source of a sendmail configuration (aix433.mc): macro calls, one a line, mostly with `dnl` behind them:
/// OSTYPE(aix43)dnl, FEATURE(genericstable)dnl, MAILER(uucp). Arguments may be quoted: FEATURE(`access_db', `hash
/// ...'). A line that begins with `dnl` is switched off; a `#` switches nothing off, for sendmail's library takes m4
/// its comments away. A call that spans lines is kept as it is, and named in an error where it would have to be changed
/// (aix_facts.md, sendmail).
class SendmailMc {
public:
    static SendmailMc parse(std::string_view text); // never fails
    std::string text() const;                       // parse(t).text() == t, for every t

    std::optional<std::string> ostype() const; // the argument of OSTYPE, unquoted; the last counts
    std::vector<std::string> features() const; // first arguments, unquoted
    std::vector<std::string> mailers() const;

    /// Puts another name into OSTYPE. Throws Error where the source has no OSTYPE, and for what cannot be one.
    void set_ostype(std::string_view name);

    /// Removes the line of each such call. False if there is none. `virtusertable` and `virtualusertable` mean the same
    /// feature: the tutorial writes the second, sendmail knows the first. Throws Error ("line 4: ...") where such a call
    /// shares its line with something else, or spans lines.
    bool remove_feature(std::string_view name);
    bool remove_mailer(std::string_view name);

    bool operator==(const SendmailMc&) const = default;

private:
    struct Call {
        std::string macro, argument; // of the only call of the line; argument: the first, unquoted
        Span name;                   // where the argument stands, without its quotes
        bool operator==(const Call&) const = default;
    };
    static std::optional<Call> call_of(std::string_view line);
    std::vector<std::string> arguments_of(std::string_view macro) const;
    bool remove_call(std::string_view macro, std::string_view argument);
    /// Throws Error where a call of that macro, its first argument this (or any, if empty), is not alone on one line.
    void refuse_other_calls(std::string_view macro, std::string_view argument) const;

    std::vector<Line<Call>> lines_;
};

} // namespace bulwark
