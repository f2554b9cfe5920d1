#pragma once

#include "options/option.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bulwark {

/// Whose texts and conversions: those of ansible-core before 2.19, or those from 2.19 on.
enum class Wording { before_2_19, since_2_19 };

/// "2.14.18" is before 2.19; so is no text that is not a version.
Wording wording_of(std::string_view ansible_version);

/// Why a value cannot be had as some type, as AnsibleModule says it: "<class 'dict'> cannot be converted to a list".
class CoercionError : public Error {
    using Error::Error;
};

/// The value as AnsibleModule's check_type_str, check_type_int, ... give it. Throws CoercionError.
json::value coerce(const json::value& value, Type type, Wording wording);

/// What a word says that AnsibleModule takes for a boolean ("yes", "off", "1"; lower case); nothing for any other.
std::optional<bool> truth_of(std::string_view word);

/// A path with `$VAR`, `${VAR}`, `~` and `~user` replaced, as Python's expandvars and then expanduser do it.
std::string expand_path(std::string_view path);

} // namespace bulwark
