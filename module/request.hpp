#pragma once

#include "module.hpp"
#include "protocol.hpp"
#include "system/places.hpp"

#include <string>
#include <vector>

namespace bulwark {

/// One call with its options understood.
struct Request {
    Call call;
    const Module* module = nullptr;
    json::object arguments;  // validated, with defaults
    std::vector<Rule> rules; // of a module that changes something
    std::string root = "/";
    std::string history;
    std::string message;
    std::string not_live; // why commands do not act on the host whose files these are; empty: they do
    HardLinks hard_links = HardLinks::kept;
    int lock_timeout = 60;
    std::vector<std::string> warnings;
};

/// Throws ArgumentError for wrong usage, Error for what else cannot be.
Request make_request(const Call& call);

} // namespace bulwark
