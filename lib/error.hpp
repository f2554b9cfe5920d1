#pragma once

#include <stdexcept>

namespace bulwark {

/// Why something cannot be done: one sentence that names act, path and cause, fit to be shown to the operator.
class Error : public std::runtime_error {
    using std::runtime_error::runtime_error;
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
