#include "memory.hpp"
#include "plan/difference.hpp"
#include "property.hpp"
#include "request.hpp"
#include "system/load.hpp"
#include "targets.hpp"

#include <optional>

namespace bulwark::fuzz {
namespace {

bool known(std::string_view name) { return find_module(name) != nullptr; }

/// What the arguments of a module's call ask for; nothing where they are wrong, or of a module that changes nothing.
std::optional<Request> request_of(std::string_view arguments) {
    try {
        const Call call = read_call(arguments, "/tmp/AnsiballZ_harden", known);
        Request request = make_request(call);
        return request.module->changes() ? std::optional(std::move(request)) : std::nullopt;
    } catch (const Error& error) {
        require(*error.what() != '\0', "an Error says something");
        return std::nullopt;
    }
}

void require_same_files(const Snapshot& before, const Snapshot& after, const std::string& property) {
    for (const FileChange& change : difference(before, after).changes)
        require(false, property, change.path + ": " + change.before.text + "then: " + change.after.text);
}

/// What could be done is done: a second time it changes nothing.
void ensure_twice(const Wanted& wanted, Snapshot& snapshot) {
    const Snapshot before = snapshot;
    require(!wanted.in_words().empty(), "what is wanted can be said");
    try {
        wanted.apply_to(snapshot);
    } catch (const Error& error) {
        require(*error.what() != '\0', "an Error says something");
        snapshot = before;
        return;
    }
    Snapshot twice = snapshot;
    wanted.apply_to(twice);
    require_same_files(snapshot, twice, "a second run changes nothing");
    require(twice.same_state(snapshot), "a second run changes nothing", wanted.in_words());
}

} // namespace

/// A module's call in JSON, `----`, and the files of the host.
void rules(std::string_view bytes) {
    const Halves halves = split_input(bytes);
    const std::optional<Request> request = request_of(halves.first);
    if (!request)
        return;
    std::map<std::string, std::string> files = read_files(halves.second);
    MemoryHost host = host_with(files, said_by(files["commands"]));
    Snapshot snapshot;
    try {
        snapshot = load(request->rules, {}, request->not_live, host, no_history());
    } catch (const Error&) {
        return;
    }
    for (const Rule& rule : request->rules)
        for (const Wanted& wanted : rule.wanted)
            ensure_twice(wanted, snapshot);
}

} // namespace bulwark::fuzz
