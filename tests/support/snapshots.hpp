#pragma once

#include "plan/difference.hpp"
#include "plan/rule.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace bulwark {

using Lines = std::vector<std::string>;

inline FileState regular_file(std::string text, unsigned mode = 0644) {
    return {FileState::Kind::regular, std::move(text), mode, "root", "system", {}};
}

/// An alternate root with these files; those that are named without being in it are missing.
inline Snapshot with_files(const std::map<std::string, std::string>& texts, const Lines& missing = {}) {
    Snapshot snapshot;
    snapshot.not_live = "not the live host";
    for (const auto& [path, text] : texts)
        snapshot.files[path] = regular_file(text);
    for (const std::string& path : missing)
        snapshot.files[path] = FileState{};
    return snapshot;
}

inline Snapshot with_file(const std::string& path, const std::string& text) { return with_files({{path, text}}); }

inline Snapshot with_directory(const std::string& path, Snapshot snapshot = with_files({})) {
    snapshot.files[path] = {FileState::Kind::directory, {}, 0755, "root", "system", "a directory"};
    return snapshot;
}

/// The host that runs, with subsystems in these states.
inline Snapshot live(Snapshot snapshot, const std::map<std::string, Subsystem::Status>& subsystems = {}) {
    snapshot.live = true;
    snapshot.not_live.clear();
    for (const auto& [name, status] : subsystems)
        snapshot.subsystems[name].status = status;
    return snapshot;
}

/// The snapshot after `wanted`. To want it once more must change nothing, or no host would ever be compliant.
template <class T>
Snapshot ensured(const T& wanted, Snapshot snapshot) {
    ensure(wanted, snapshot);
    const Snapshot once = snapshot;
    ensure(wanted, snapshot);
    CHECK(snapshot == once);
    return once;
}

/// Whether the snapshot is as wanted already.
template <class T>
bool complies(const T& wanted, const Snapshot& snapshot) {
    return ensured(wanted, snapshot).same_state(snapshot);
}

/// What the Error says, or nothing.
template <class T>
std::string refusal(const T& wanted, Snapshot snapshot) {
    try {
        ensure(wanted, snapshot);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

/// Where the file is not there, or a directory stands in its place, `wanted` cannot be.
template <class T>
void check_needs_file(const T& wanted, const std::string& path) {
    Snapshot missing = with_files({}, {path});
    CHECK_THROWS_AS(ensure(wanted, missing), MissingFile);
    CHECK(refusal(wanted, with_directory(path)) == path + " is a directory, not a regular file; nothing was changed");
}

/// `text` with `after` in the one place where it has `before`.
inline std::string replaced_in(std::string text, const std::string& before, const std::string& after) {
    const std::size_t begin = text.find(before);
    REQUIRE(begin != std::string::npos);
    REQUIRE(text.find(before, begin + 1) == std::string::npos);
    return text.replace(begin, before.size(), after);
}

/// "refresh -s inetd", with the reason behind it in parentheses where it is skipped, "owed: " in front where it is.
inline Lines actions(const Plan& plan) {
    Lines lines;
    for (const Action& action : plan.actions) {
        std::string line = action.owed ? "owed:" : "";
        for (const std::string& word : action.argv)
            line += (line.empty() ? "" : " ") + word;
        lines.push_back(line + (action.skip.empty() ? "" : " (" + action.skip + ")"));
    }
    return lines;
}

template <class T>
Plan planned(const T& wanted, const Snapshot& before) {
    return difference(before, ensured(wanted, before));
}

} // namespace bulwark
