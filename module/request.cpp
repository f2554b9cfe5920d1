#include "request.hpp"

#include <algorithm>

namespace bulwark {
namespace {

std::string without_trailing_slashes(std::string path) {
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    return path;
}

std::string absolute_path(const json::object& arguments, std::string_view option) {
    const std::string path = text_of(arguments, option);
    if (path.empty() || path.front() != '/')
        throw Error("option " + std::string(option) + " is '" + path + "': it must be an absolute path");
    return without_trailing_slashes(path);
}

/// An extra line for the commit message is one line.
std::string one_line(const json::object& arguments, std::string_view option) {
    const std::string text = text_of(arguments, option);
    if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
        throw Error("option " + std::string(option) + " must be one line, without a newline in it");
    return text;
}

std::string reason_not_live(const json::object& arguments, const std::string& root) {
    const std::string refresh = text_of(arguments, "refresh");
    if (refresh == "never")
        return "refresh is never";
    if (refresh == "always" || root == "/")
        return {};
    return "root is " + root + ", not the running host";
}

/// On the live host a file keeps its other names, as when an editor writes to it. In another tree they may be of a third.
HardLinks hard_links_of(const json::object& arguments, const std::string& root) {
    if (arguments.at("hard_links").is_null())
        return root == "/" ? HardLinks::kept : HardLinks::refused;
    return text_of(arguments, "hard_links") == "keep" ? HardLinks::kept : HardLinks::broken;
}

void read_common_options(Request& request) {
    const json::object& arguments = request.arguments;
    request.root = absolute_path(arguments, "root");
    request.history = absolute_path(arguments, "history");
    if (!request.module->changes())
        return;
    request.message = one_line(arguments, "message");
    request.not_live = reason_not_live(arguments, request.root);
    request.hard_links = hard_links_of(arguments, request.root);
    const std::int64_t seconds = integer_of(arguments, "lock_timeout");
    if (seconds < 0 || seconds > 86400)
        throw Error("option lock_timeout is " + std::to_string(seconds) + ": it must be 0 to 86400 seconds");
    request.lock_timeout = static_cast<int>(seconds);
}

} // namespace

Request make_request(const Call& call) {
    Request request;
    request.call = call;
    request.module = find_module(call.module);
    if (!request.module)
        throw Error("there is no module " + call.module);
    request.arguments = validate(request.module->table, call.options, call.caller, request.warnings);
    read_common_options(request);
    if (request.module->changes())
        request.rules = request.module->rules(*request.module, request.arguments, call.caller);
    else if (request.module->require_sound)
        request.module->require_sound(request.arguments);
    return request;
}

} // namespace bulwark
