#pragma once

#include "document/lines.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulwark {

/// Which entries are meant: those of a service with one protocol, or with any where `protocol` is empty.
struct InetdKey {
    std::string service;
    std::string protocol; // tcp, udp, tcp6, udp6: compared with column 3 to the letter, tcp is not tcp6
    bool operator==(const InetdKey&) const = default;
};

/// "echo/tcp", or "echo" for any protocol.
std::string describe(const InetdKey& key);

/// What columns 2 and 4 to 7 should say; a field that is not given is left as it is. `arguments` begin with argv[0].
struct InetdFields {
    std::optional<std::string> socket_type, wait, user, server, arguments;
    bool operator==(const InetdFields&) const = default;
};

/// One entry as it stands in the file.
struct InetdEntry {
    std::string service, socket_type, protocol, wait, user, server, arguments;
    bool enabled = true;
    std::size_t line = 0; // counted from 1
};

/// /etc/inetd.conf: `service socket_type protocol wait user server [arguments]`, one line per service and protocol,
/// separated by blanks or tabs. A `#` before the service disables the line; only commented text that parses as a whole
/// entry (socket type stream, dgram, sunrpc_tcp or sunrpc_udp; protocol tcp, udp, tcp6 or udp6; wait, nowait or SRC;
/// user; a server that is `internal` or an absolute path) is taken for a disabled entry, the rest is prose, and so is
/// all that begins with `##`. A line that is not commented out is an entry if it has a server in the sixth column,
/// whatever the others hold. RPC entries keep their program number and versions as the last two words of the arguments
/// (aix_facts.md, inetd).
///
/// An edit rewrites the bytes of the changed field and nothing else. All verbs throw Error ("line 12: ...") where a
/// line that begins with the service's name cannot be understood and so stands in the way, and where a field is given
/// that its column cannot hold.
class InetdConf {
public:
    static InetdConf parse(std::string_view text); // never fails
    std::string text() const;                      // parse(t).text() == t, for every t

    std::vector<InetdEntry> entries() const; // enabled and disabled, in the order of the file

    /// Each returns false if the file has no such entry, enabled or disabled.
    /// `enable` leaves a protocol alone that has an enabled entry already, and throws Error naming both lines where two
    /// different disabled entries of one service and protocol could be meant.
    bool enable(const InetdKey& key);
    bool disable(const InetdKey& key); // `#` becomes the first character of each enabled entry
    bool remove(const InetdKey& key);  // enabled and disabled entries

    /// Gives the enabled entries these fields; arguments are compared word by word. False if none is enabled.
    bool configure(const InetdKey& key, const InetdFields& fields);

    /// Appends an enabled entry; its columns are separated by tabs. Arguments may be missing where server is
    /// `internal`. Throws Error where the key names no protocol or such an entry is enabled already.
    void add(const InetdKey& key, const InetdFields& fields);

    bool operator==(const InetdConf&) const = default;

private:
    /// Where the fields stand in the line.
    struct Entry {
        std::array<Span, 6> columns;
        Span arguments; // empty, after the server, if there are none
        bool enabled = true;
        bool operator==(const Entry&) const = default;
    };
    static std::optional<Entry> understand(std::string_view line);

    std::string_view column(std::size_t index, std::size_t number) const;
    std::vector<std::size_t> find(const InetdKey& key) const;
    bool is_enabled(std::size_t index) const;
    bool is_same(std::size_t index, std::size_t other) const;
    std::vector<std::size_t> to_enable(const std::vector<std::size_t>& found) const;
    std::string configured(std::size_t index, const InetdFields& fields) const;
    void rewrite(std::size_t index, std::string text);

    std::vector<Line<Entry>> lines_;
};

} // namespace bulwark
