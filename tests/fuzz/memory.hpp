#pragma once

#include "input.hpp"
#include "support/memory_host.hpp"
#include "system/history/history.hpp"

namespace bulwark::fuzz {

/// A host with these files (a directory for a path that ends in `/`), every command of which says the same.
inline MemoryHost host_with(const std::map<std::string, std::string>& files, const CommandResult& said) {
    MemoryHost host;
    for (const auto& [path, text] : files)
        path.ends_with('/') ? host.put_directory(path.substr(0, path.size() - 1)) : host.put(path, text, 0755);
    for (const char* const name : {"instfix", "installp", "lslpp", "lssrc", "netstat", "no"})
        host.commands[name] = std::string("/usr/sbin/") + name;
    host.answer = [said](const std::vector<std::string>&) { return said; };
    return host;
}

/// What a command says: the text, or as an error what stands behind a `!`.
inline CommandResult said_by(std::string_view text) {
    const bool fails = text.starts_with('!');
    return fails ? CommandResult{1, "", std::string(text.substr(1))} : CommandResult{0, std::string(text), ""};
}

inline const History& no_history() {
    static const History history{""};
    return history;
}

} // namespace bulwark::fuzz
