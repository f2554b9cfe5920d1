#pragma once

#include <stdexcept>

namespace bulwark {

/// Why something cannot be done: one sentence that names act, path and cause, fit to be shown to the operator.
class Error : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A file that has to be edited is not there: an error in a module, `not_applicable` in a profile.
class MissingFile : public Error {
    using Error::Error;
};

} // namespace bulwark
