#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace bulwark {

namespace shell {
struct Script;
}

/// A script such as the tutorial's /etc/rc.no that sets network options at boot: shell lines of the form
/// `[path/]no [flags] -o NAME=VALUE [-o NAME=VALUE ...]`, alone or behind a test. All other text is kept as it is. What
/// stands in comments, here documents or quotes, or behind an `exit` that always ends the script, sets nothing.
class NoScript {
public:
    static NoScript parse(std::string_view text); // never fails
    std::string text() const;                     // parse(t).text() == t, for every t

    /// A new script without options: interpreter line and a comment that says what it is for.
    static NoScript create();

    std::map<std::string, std::string> options() const; // of one that is set twice, the last value: it is what counts

    /// Changes the value wherever the option is set, or appends `/usr/sbin/no -o NAME=VALUE`: at the end, or before the
    /// `exit` that ends the script. A name is of letters, digits and `_`, a value of these and `. : , { } + -`;
    /// anything else is refused (Error). The Error begins "line 12: ..." where the script is what stands in the way.
    void set(std::string_view option, std::string_view value);

    bool operator==(const NoScript& other) const { return text_ == other.text_; }

private:
    explicit NoScript(std::string text);

    std::string text_;
    std::shared_ptr<const shell::Script> script_; // what stands in it; never null
};

/// The values of one stanza (`no`) of a tunables file such as /etc/tunables/nextboot. Of a name that stands twice the
/// first counts, likewise of the stanza. What is a word there (`DEFAULT`, `STATIC`, `RESTRICTED`) is one here
/// (aix_facts.md, tunables).
std::map<std::string, std::string> tunables(std::string_view text, std::string_view stanza);

} // namespace bulwark
