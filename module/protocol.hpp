#pragma once

#include "options/option.hpp"
#include "python/literal.hpp" // parse_lenient

#include <string>
#include <string_view>

namespace bulwark {

/// One call of a module, by Ansible or from the command line, before its options are looked at.
struct Call {
    std::string module;   // "inetd"
    json::object options; // as given
    Caller caller;
    bool check_mode = false;
    bool diff = false;
    bool no_log = false;
    bool invocation = true; // whether the result carries `invocation` (from 2.22 on only if asked for)
};

/// The call that an arguments file of Ansible describes. `program` is argv[0]. Throws Error if the text is not an
/// object or no module of that name is known by `known`.
Call read_call(std::string_view arguments_text, std::string_view program, bool (*known)(std::string_view));

/// One line of JSON without its newline. It is ASCII, as json.dumps writes it: Ansible ends a line at U+0085, U+2028
/// and U+2029 too. What is not UTF-8 is cleaned as below, in keys too; NaN and infinities are null.
std::string to_line(const json::object& result);

/// The text as valid UTF-8: other bytes come as \xe9, as Python's backslashreplace does.
std::string clean_utf8(std::string_view text);

} // namespace bulwark
