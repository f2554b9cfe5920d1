#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// The permission bits that are wanted of a file, as chmod(1) and Ansible's file module take them: octal digits (`0755`),
/// or changes of the bits that are there (`a-x`, `u=rwx,go=rx`, `u+s`, `g=u`, `a+X`).
class FileMode {
public:
    /// Throws Error at what is neither, and at changes that a second time would change something else, as `u=g,g=o` does:
    /// no file could ever be found as it is wanted. Where a change does not say whose bits it is about, it is about
    /// everybody's, less what the umask 022 keeps from being given: `+w` is `u+w`.
    static FileMode parse(std::string_view text);

    /// These bits and no others. Throws Error where they are more than 07777.
    static FileMode exactly(long long bits);

    /// What becomes of these bits. To a directory, `X` gives the right to search it in any case.
    unsigned of(unsigned now, bool is_directory) const;

    bool operator==(const FileMode&) const = default;

private:
    struct Change {
        unsigned who = 0;      // 0700, 070, 07 or several of them, as bits
        char operation = '=';  // + - =
        std::string bits;      // of "rwxXstugo"
        bool by_umask = false; // nobody was named
        bool operator==(const Change&) const = default;
    };
    bool add_changes(std::string_view clause);
    bool settles() const;
    static unsigned bits_of(const Change& change, unsigned now, bool is_directory);

    std::vector<Change> changes_; // one after the other; none: the mode is `exact_`
    unsigned exact_ = 0;
};

} // namespace bulwark
