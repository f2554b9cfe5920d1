#pragma once

#include "document/boot_script/rc_script.hpp"
#include "document/boot_script/reading.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulwark::boot_script {

/// How a command starts a daemon. The numbers are those of its words.
struct Start {
    std::size_t path = 0;
    std::size_t running = shell::none; // "$src_running", or "" in its place
    std::vector<std::size_t> arguments;
    bool in_one_word = false; // how start() of rc.tcpip takes them: as its third argument
};

/// A place that starts a daemon, or would if it were not commented out.
struct Place {
    RcDaemon daemon;
    std::size_t command = shell::none; // where it is enabled
    std::size_t body = shell::none;    // in which it stands
    std::vector<Stretch> lines;        // that are commented out, brought back and deleted together
    std::vector<std::string> guards;   // variables that a test before it looks at
    std::string fixed;                 // why these lines cannot be commented out or deleted, if they cannot
    std::string buried;                // why they cannot be brought back, if they cannot
};

/// How the command starts a daemon, if it does.
std::optional<Start> start_of(const shell::Command& command);

/// Whether even text after `# ` can only be a start line and not prose.
bool is_unmistakable(const shell::Command& command);

/// The numbers of the commands that begin in `span`: from the first up to but not including the second.
std::pair<std::size_t, std::size_t> commands_within(const shell::Script& script, Span span);

/// The name of the variable, if all that the statement does is to assign to one.
std::optional<std::string> sole_assignment(const shell::Script& script, const shell::Statement& statement);

std::set<std::string> assigned_variables(const shell::Script& script);

/// The values that the script assigns to variables last; nothing where the shell has to work one out.
std::map<std::string, std::optional<std::string>, std::less<>> values(const shell::Script& script);

/// How many compound commands have nothing in them where the shell wants something.
std::size_t empty_bodies(const shell::Script& script);

/// Whether nothing stands before it on its line, which is none that continues another.
bool begins_line(const Reading& reading, std::size_t offset);

/// How often a variable's name stands in the text.
std::size_t count(std::string_view text, std::string_view name);

/// The places that start a daemon, in the order of the commands.
std::vector<Place> live_places(const Reading& reading);

} // namespace bulwark::boot_script
