#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>

namespace bulwark {

/// Why something cannot be done: one sentence that names act, path and cause, fit to be shown to the operator.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& sentence) : std::runtime_error(without_nul(sentence)) {}

private:
    /// what() ends at the first NUL byte: one in a value that is cited would take the rest of the sentence away.
    static std::string without_nul(std::string sentence) {
        std::replace(sentence.begin(), sentence.end(), '\0', '?');
        return sentence;
    }
};

/// What is asked for has no place on this host: an error in a module, `not_applicable` in a profile.
class NotApplicable : public Error {
    using Error::Error;
};

/// A file that has to be edited is not there.
class MissingFile : public NotApplicable {
    using NotApplicable::NotApplicable;
};

} // namespace bulwark
