#include "document/services.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace bulwark;

namespace {

/// The port as text; "-" for none.
std::string port(const std::string& text, const std::string& name, const std::string& protocol) {
    const auto found = Services::parse(text).port(name, protocol);
    return found ? std::to_string(*found) : "-";
}

} // namespace

TEST_CASE("services: a port is found by name or alias, and by protocol") {
    const std::string text = "# well-known ports\n"
                             "\n"
                             "echo\t\t7/tcp\n"
                             "echo            7/udp\n"
                             "shell 514/tcp cmd\t# no passwords used\n"
                             "syslog\t514/udp\r\n"
                             "#instsrv 1233/tcp\n"
                             "  instsrv 1234/tcp # netinst oldname\n"
                             "instsrv 1235/tcp\n"
                             "last 4711/tcp";
    struct Case {
        const char *name, *protocol, *port;
    };
    for (const Case& c : {Case{"echo", "tcp", "7"}, Case{"echo", "udp", "7"}, Case{"cmd", "tcp", "514"},
                          Case{"syslog", "udp", "514"}, Case{"syslog", "tcp", "-"}, Case{"instsrv", "tcp", "1234"},
                          Case{"last", "tcp", "4711"}, Case{"ech", "tcp", "-"}, Case{"Echo", "tcp", "-"},
                          Case{"oldname", "tcp", "-"}, Case{"1234/tcp", "tcp", "-"}, Case{"", "tcp", "-"}})
        CHECK_MESSAGE(port(text, c.name, c.protocol) == c.port, c.name);
    CHECK(Services::parse(text).text() == text);
}

TEST_CASE("services: lines that give no valid port are passed over") {
    for (const char* line : {"x", "x\n", "x 7\n", "x /tcp\n", "x 0/tcp\n", "x 65536/tcp\n", "x -1/tcp\n", "x 7a/tcp\n",
                             "x +7/tcp\n", "x 7/tcp6\n", "x 7/ tcp\n", "x 99999999999999999999/tcp\n"})
        CHECK_MESSAGE(port(std::string(line) + "\nx 8/tcp\n", "x", "tcp") == "8", line);
    CHECK(port("x 65535/tcp\n", "x", "tcp") == "65535");
    CHECK(port("", "x", "tcp") == "-");
}
