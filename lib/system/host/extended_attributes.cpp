#include "system/host/extended_attributes.hpp"

#include "plan/snapshot.hpp"
#include "system/host/system_call.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#if defined(__linux__)
#include <sys/xattr.h>
#elif defined(_AIX)
#include <sys/ea.h>
#endif

namespace bulwark {
namespace {

#if defined(__linux__) || defined(_AIX)

constexpr std::size_t most_bytes = 65536; // of a value and of all names, on Linux; JFS2 has no more for all of both

#if defined(__linux__)

ssize_t list_names(int file, char* room, std::size_t size) { return flistxattr(file, room, size); }
ssize_t get(int file, const char* name, char* room, std::size_t size) { return fgetxattr(file, name, room, size); }
int set(int file, const char* name, const std::string& value) {
    return fsetxattr(file, name, value.data(), value.size(), 0);
}

/// Access control lists are copied as such. Hashes are of one text, and the kernel makes them.
bool is_of_system(std::string_view name) {
    return name.starts_with("system.") || name == "security.ima" || name == "security.evm";
}

/// Labels that every file has.
bool is_label(std::string_view name) {
    return name == "security.selinux" || name.starts_with("security.SMACK64") || name == "security.apparmor";
}

#else

ssize_t list_names(int file, char* room, std::size_t size) { return flistea(file, room, size); }
ssize_t get(int file, const char* name, char* room, std::size_t size) { return fgetea(file, name, room, size); }
int set(int file, const char* name, std::string value) { return fsetea(file, name, value.data(), value.size(), 0); }

/// IBM reserves names that begin with (0xF8)SYSTEM(0xF8), as that of an access control list does (aix_facts.md,
/// extended attributes).
bool is_of_system(std::string_view name) { return name.starts_with("\xf8SYSTEM\xf8"); }
bool is_label(std::string_view) { return false; }

#endif

std::vector<std::string> all_names(int file) {
    std::string list(most_bytes, '\0');
    const ssize_t size = list_names(file, list.data(), list.size());
    if (size < 0 && !is_unsupported(errno)) {
        const std::string why = cause();
        throw Error("listing its extended attributes: " + why);
    }
    list.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    std::vector<std::string> names;
    for (std::size_t begin = 0; begin < list.size();) {
        const std::string name = list.c_str() + begin; // each ends with a NUL
        begin += name.size() + 1;
        if (!name.empty() && !is_of_system(name))
            names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// Nothing where it cannot be read: errno says why.
std::optional<std::string> value_of(int file, const std::string& name) {
    std::string value(most_bytes, '\0');
    const ssize_t size = get(file, name.c_str(), value.data(), value.size());
    if (size < 0)
        return std::nullopt;
    value.resize(static_cast<std::size_t>(size));
    return value;
}

[[noreturn]] void throw_not_kept(const std::string& name) {
    const std::string why = cause();
    throw Error("keeping its extended attribute " + name + ": " + why);
}

void copy(int from, int to, const std::string& name) {
    const std::optional<std::string> value = value_of(from, name);
    if (!value)
        throw_not_kept(name);
    const bool is_label_already = is_label(name) && value_of(to, name) == value; // not everybody may set what he has
    if (!is_label_already && set(to, name.c_str(), *value) < 0)
        throw_not_kept(name);
}

#endif

} // namespace

#if defined(__linux__) || defined(_AIX)

std::vector<std::string> extended_attributes(int file) {
    std::vector<std::string> names = all_names(file);
    std::erase_if(names, is_label);
    return names;
}

void copy_extended_attributes(int from, int to, bool text_stays) {
    for (const std::string& name : all_names(from))
        if (text_stays || !vouches_for_text(name))
            copy(from, to, name);
}

#else

std::vector<std::string> extended_attributes(int) { return {}; }

void copy_extended_attributes(int, int, bool) {}

#endif

} // namespace bulwark
