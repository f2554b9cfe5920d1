#include "document/inetd_conf.hpp"

#include "error.hpp"
#include "support/sample.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

using namespace bulwark;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

using Edit = std::function<void(InetdConf&)>;

std::string edited(std::string_view text, const Edit& edit) {
    InetdConf conf = InetdConf::parse(text);
    edit(conf);
    CHECK(conf == InetdConf::parse(conf.text())); // what it means is what its text means
    return conf.text();
}

std::string enabled(std::string_view text, const InetdKey& key) {
    return edited(text, [&](InetdConf& conf) { conf.enable(key); });
}

std::string disabled(std::string_view text, const InetdKey& key) {
    return edited(text, [&](InetdConf& conf) { conf.disable(key); });
}

/// What the Error says, or nothing; a failed edit must leave the document as it was.
std::string refusal(std::string_view text, const Edit& edit) {
    InetdConf conf = InetdConf::parse(text);
    try {
        edit(conf);
    } catch (const Error& error) {
        CHECK(conf.text() == text);
        return error.what();
    }
    return {};
}

/// All columns of all entries with `|` between them, with a `#` in front where it is disabled.
std::vector<std::string> entries(std::string_view text) {
    std::vector<std::string> found;
    for (const InetdEntry& entry : InetdConf::parse(text).entries())
        found.push_back((entry.enabled ? "" : "#") + entry.service + "|" + entry.socket_type + "|" + entry.protocol +
                        "|" + entry.wait + "|" + entry.user + "|" + entry.server + "|" + entry.arguments);
    return found;
}

InetdFields server_and_arguments(std::string server, std::string arguments) {
    InetdFields fields;
    fields.server = std::move(server);
    fields.arguments = std::move(arguments);
    return fields;
}

InetdFields arguments(std::string value) {
    InetdFields fields;
    fields.arguments = std::move(value);
    return fields;
}

const InetdFields echo = {"stream", "nowait", "root", "internal", {}};
const InetdFields ftpd = {"stream", "nowait", "root", "/usr/sbin/ftpd", "ftpd -l"};

} // namespace

TEST_CASE("inetd.conf: an entry has six columns and arguments, separated by blanks or tabs") {
    const struct {
        std::string_view line;
        std::vector<std::string> found;
    } cases[] = {
        {"telnet stream tcp6 nowait root /usr/sbin/telnetd telnetd -a\n",
         {"telnet|stream|tcp6|nowait|root|/usr/sbin/telnetd|telnetd -a"}},
        {"ftp\tstream \t tcp6\tnowait  root\t/usr/sbin/ftpd\tftpd  -l\t-u077 \t\r\n",
         {"ftp|stream|tcp6|nowait|root|/usr/sbin/ftpd|ftpd  -l\t-u077"}},
        {"echo dgram udp wait root internal", {"echo|dgram|udp|wait|root|internal|"}},
        {"tftp dgram udp6 SRC nobody /usr/sbin/tftpd tftpd -n\n",
         {"tftp|dgram|udp6|SRC|nobody|/usr/sbin/tftpd|tftpd -n"}},
        {"rstatd sunrpc_udp udp wait root /usr/sbin/rpc.rstatd rstatd 100001 1-3\n",
         {"rstatd|sunrpc_udp|udp|wait|root|/usr/sbin/rpc.rstatd|rstatd 100001 1-3"}},
        {"cmsd sunrpc_udp udp wait root /usr/dt/bin/rpc.cmsd cmsd 1000682-5\n", // as a public file has it
         {"cmsd|sunrpc_udp|udp|wait|root|/usr/dt/bin/rpc.cmsd|cmsd 1000682-5"}},
        {" ftp stream tcp nowait.20 caf\xe9 /ftpd ftpd \0\n"sv, {"ftp|stream|tcp|nowait.20|caf\xe9|/ftpd|ftpd \0"s}},
        {"x raw tcp4 never root /x x\n", {"x|raw|tcp4|never|root|/x|x"}},
        {"ftp stream tcp6 root /usr/sbin/ftpd ftpd -l\n", {}}, // a column is missing
        {"echo stream tcp nowait internal\n", {}},
        {"", {}},
        {"\n \t\r\n\n", {}},
    };
    for (const auto& example : cases) {
        CHECK(entries(example.line) == example.found);
        CHECK(InetdConf::parse(example.line).text() == example.line);
    }
}

TEST_CASE("inetd.conf: commented text is a disabled entry only if it is a whole one") {
    const struct {
        std::string_view line;
        std::vector<std::string> found;
    } cases[] = {
        {"#comsat\tdgram\tudp\twait\troot\t/usr/sbin/comsat\tcomsat\n",
         {"#comsat|dgram|udp|wait|root|/usr/sbin/comsat|comsat"}},
        {"# \techo stream tcp nowait root internal", {"#echo|stream|tcp|nowait|root|internal|"}},
        {"#rexd sunrpc_tcp tcp wait root /usr/sbin/rpc.rexd rexd 100017 1\n",
         {"#rexd|sunrpc_tcp|tcp|wait|root|/usr/sbin/rpc.rexd|rexd 100017 1"}},
        {"#ftp stream tcp6 nowait.5 root /ftpd ftpd\n", {"#ftp|stream|tcp6|nowait.5|root|/ftpd|ftpd"}},
        {"## ftp stream tcp6 nowait root /usr/sbin/ftpd ftpd\n", {}},
        {"##ftp stream tcp6 nowait root /usr/sbin/ftpd ftpd\n", {}},
        {"# # ftp stream tcp6 nowait root /usr/sbin/ftpd ftpd\n", {}},
        {" #ftp stream tcp6 nowait root /usr/sbin/ftpd ftpd\n", {}},
        {"# rexd uses very minimal authentication and many sites turn it off\n", {}},
        {"#\n", {}},
        {"# \n", {}},
        {"#", {}},
        {"#ftp\n", {}},
        {"#ftp seqpacket tcp6 nowait root /usr/sbin/ftpd ftpd\n", {}},
        {"#ftp stream tcp4 nowait root /usr/sbin/ftpd ftpd\n", {}},
        {"#ftp stream tcp6 never root /usr/sbin/ftpd ftpd\n", {}},
        {"#ftp stream tcp6 nowait. root /usr/sbin/ftpd ftpd\n", {}},
        {"#ftp stream tcp6 nowait.5x root /usr/sbin/ftpd ftpd\n", {}},
        {"#ftp stream tcp6 nowait ro\x7fot /usr/sbin/ftpd ftpd\n", {}},
        {"#ftp stream tcp6 nowait root ftpd ftpd\n", {}},
        {"#ftp stream tcp6 nowait #root /usr/sbin/ftpd ftpd\n", {}},
        {"#ftp stream tcp6 nowait root\n", {}},
    };
    for (const auto& example : cases) {
        CHECK(entries(example.line) == example.found);
        CHECK(InetdConf::parse(example.line).text() == example.line);
    }
}

TEST_CASE("inetd.conf: all entries that AIX 4.3.3 ships are known, with the lines they stand in") {
    const std::vector<InetdEntry> shipped = InetdConf::parse(sample("aix-4.3.3/etc/inetd.conf")).entries();
    CHECK(shipped.size() == 37);
    std::vector<std::string> off;
    for (const InetdEntry& entry : shipped)
        if (!entry.enabled)
            off.push_back(entry.service + " " + std::to_string(entry.line));
    CHECK(off == std::vector<std::string>{"comsat 13", "uucp 14", "finger 18", "systat 19", "netstat 20", "talk 23",
                                          "rexd 25"});
    CHECK(shipped.back().arguments == "cmsd 100068 2-5");
    CHECK(shipped.back().line == 45);
}

TEST_CASE("inetd.conf: a key is described as users write it") {
    CHECK(describe({"echo", "tcp"}) == "echo/tcp");
    CHECK(describe({"echo", ""}) == "echo");
}

TEST_CASE("inetd.conf: disabling puts a # first and touches nothing else; enabling takes it away") {
    const struct {
        InetdKey key;
        std::string_view before, after;
    } cases[] = {
        {{"telnet", "tcp6"},
         "ftp    stream tcp6 nowait root /usr/sbin/ftpd ftpd\ntelnet stream tcp6 nowait root "
         "/usr/sbin/telnetd\ttelnetd -a \n",
         "ftp    stream tcp6 nowait root /usr/sbin/ftpd ftpd\n#telnet stream tcp6 nowait root "
         "/usr/sbin/telnetd\ttelnetd -a \n"},
        {{"echo", ""},
         "echo stream tcp nowait root internal\r\ntime stream tcp nowait root internal\r\necho dgram udp wait root "
         "internal",
         "#echo stream tcp nowait root internal\r\ntime stream tcp nowait root internal\r\n#echo dgram udp wait root "
         "internal"},
        {{"echo", "udp"},
         "echo stream tcp nowait root internal\necho dgram udp wait root internal\n",
         "echo stream tcp nowait root internal\n#echo dgram udp wait root internal\n"},
        {{"ftp", "tcp"},
         "ftp stream tcp6 nowait root /ftpd ftpd\nftp stream tcp nowait root /ftpd ftpd\n",
         "ftp stream tcp6 nowait root /ftpd ftpd\n#ftp stream tcp nowait root /ftpd ftpd\n"},
        {{"cmsd", "udp"},
         "cmsd sunrpc_udp udp wait root /usr/dt/bin/rpc.cmsd cmsd 1000682-5",
         "#cmsd sunrpc_udp udp wait root /usr/dt/bin/rpc.cmsd cmsd 1000682-5"},
        {{"ftp", ""},
         "## ftp stream\n#\n# ftp is old\nftp stream tcp6 nowait root /ftpd caf\xe9\n",
         "## ftp stream\n#\n# ftp is old\n#ftp stream tcp6 nowait root /ftpd caf\xe9\n"},
    };
    for (const auto& example : cases) {
        CHECK(disabled(example.before, example.key) == example.after);
        CHECK(disabled(example.after, example.key) == example.after);
        CHECK(enabled(example.after, example.key) == example.before);
        CHECK(enabled(example.before, example.key) == example.before);
    }
}

TEST_CASE("inetd.conf: blanks behind the # go with it, so that inetd finds the service at the beginning of the line") {
    CHECK(enabled("# \techo stream tcp nowait root internal\n", {"echo", ""}) ==
          "echo stream tcp nowait root internal\n");
}

TEST_CASE("inetd.conf: every service that AIX 4.3.3 ships can be disabled, and comes back byte for byte") {
    const std::string text = sample("aix-4.3.3/etc/inetd.conf");
    for (const InetdEntry& entry : InetdConf::parse(text).entries()) {
        const InetdKey key = {entry.service, entry.protocol};
        const std::string on = enabled(text, key), off = disabled(text, key);
        CHECK(on.size() == off.size() - 1);
        CHECK((entry.enabled ? on : off) == text);
        CHECK(disabled(on, key) == off);
        CHECK(enabled(off, key) == on);
    }
}

TEST_CASE("inetd.conf: verbs say whether the file has such an entry") {
    const std::string_view text =
        "# ftp is old\n#ftp stream tcp6 nowait root /ftpd ftpd\necho dgram udp wait root internal\n";
    InetdConf conf = InetdConf::parse(text);
    for (const InetdKey& stranger : {InetdKey{"ftp", "tcp"}, {"echo", "tcp"}, {"ech", ""}, {"#ftp", ""}, {"", ""}}) {
        CHECK(!conf.enable(stranger));
        CHECK(!conf.disable(stranger));
        CHECK(!conf.remove(stranger));
        CHECK(!conf.configure(stranger, arguments("x")));
    }
    CHECK(!conf.configure({"ftp", "tcp6"}, arguments("ftpd -l"))); // there, but disabled
    CHECK(conf.text() == text);
    CHECK(conf.disable({"ftp", ""}));
    CHECK(conf.enable({"echo", "udp"}));
    CHECK(conf.text() == text);
    CHECK(conf.enable({"ftp", "tcp6"}));
    CHECK(conf.remove({"echo", ""}));
    CHECK(conf.text() == "# ftp is old\nftp stream tcp6 nowait root /ftpd ftpd\n");
}

TEST_CASE("inetd.conf: enabling leaves a protocol alone that has an enabled entry") {
    const std::string_view text = "#ftp stream tcp6 nowait root /ftpd ftpd -l\n"
                                  "#ftp stream tcp6 nowait root /ftpd ftpd -d\n"
                                  "ftp stream tcp6 nowait root /ftpd ftpd\n"
                                  "#ftp stream tcp nowait root /ftpd ftpd\n";
    CHECK(enabled(text, {"ftp", "tcp6"}) == text);
    CHECK(enabled(text, {"ftp", ""}) == "#ftp stream tcp6 nowait root /ftpd ftpd -l\n"
                                        "#ftp stream tcp6 nowait root /ftpd ftpd -d\n"
                                        "ftp stream tcp6 nowait root /ftpd ftpd\n"
                                        "ftp stream tcp nowait root /ftpd ftpd\n");
}

TEST_CASE("inetd.conf: of disabled entries that differ in nothing but spacing the first is enabled") {
    CHECK(enabled("#ftp stream tcp6 nowait root /ftpd ftpd\n# ftp\tstream tcp6 nowait root /ftpd  ftpd \n",
                  {"ftp", "tcp6"}) ==
          "ftp stream tcp6 nowait root /ftpd ftpd\n# ftp\tstream tcp6 nowait root /ftpd  ftpd \n");
}

TEST_CASE("inetd.conf: two different disabled entries of one service and protocol are not chosen from") {
    const struct {
        std::string_view first, second;
    } cases[] = {
        {"#ftp stream tcp6 nowait root /ftpd ftpd", "#ftp stream tcp6 nowait root /ftpd ftpd -l"},
        {"#ftp stream tcp6 nowait root /ftpd ftpd", "#ftp stream tcp6 nowait root /usr/local/ftpd ftpd"},
        {"# ftp stream tcp6 nowait nobody internal", "#ftp stream tcp6 nowait root internal"},
    };
    for (const auto& example : cases)
        for (const char* protocol : {"tcp6", ""}) {
            const std::string text = "#ftp stream tcp nowait root /ftpd ftpd -d\n" + std::string(example.first) +
                                     "\n\n" + std::string(example.second) + "\n";
            CHECK(refusal(text, [&](InetdConf& conf) {
                      conf.enable({"ftp", protocol});
                  }) == "lines 2 and 4: two different disabled entries of ftp/tcp6; delete the one that is not meant");
            CHECK(disabled(text, {"ftp", protocol}) == text);
        }
}

TEST_CASE("inetd.conf: removing takes enabled and disabled entries and leaves prose") {
    const std::string_view text =
        "# ftp is old\nftp stream tcp6 nowait root /ftpd ftpd\n#ftp stream tcp nowait root /ftpd x\n"
        "echo dgram udp wait root internal\n# ftp stream tcp6 nowait root /ftpd ftpd -l";
    const auto remove = [&](std::string_view from, const InetdKey& key) {
        return edited(from, [&](InetdConf& conf) { conf.remove(key); });
    };
    CHECK(remove(text, {"ftp", ""}) == "# ftp is old\necho dgram udp wait root internal\n");
    CHECK(remove(text, {"ftp", "tcp6"}) ==
          "# ftp is old\n#ftp stream tcp nowait root /ftpd x\necho dgram udp wait root internal\n");
    CHECK(remove("ftp stream tcp6 nowait root /ftpd ftpd", {"ftp", ""}) == "");
}

TEST_CASE("inetd.conf: configuring rewrites the fields that differ and no other byte") {
    const InetdKey key = {"ftp", "tcp6"};
    const struct {
        InetdFields fields;
        std::string_view before, after;
    } cases[] = {
        {arguments("ftpd -l -u077"), "ftp\tstream  tcp6 nowait root /ftpd\tftpd \t\r\n",
         "ftp\tstream  tcp6 nowait root /ftpd\tftpd -l -u077 \t\r\n"},
        {arguments("ftpd\t-l   -u077 "), "ftp stream tcp6 nowait root /ftpd ftpd  -l\t-u077\n",
         "ftp stream tcp6 nowait root /ftpd ftpd  -l\t-u077\n"}, // spacing alone is no difference
        {arguments(" ftpd -l"), "ftp stream tcp6 nowait root /ftpd ftpd -d",
         "ftp stream tcp6 nowait root /ftpd ftpd -l"},
        {arguments("ftpd -l"), "ftp stream tcp6 nowait root /ftpd \n", "ftp stream tcp6 nowait root /ftpd\tftpd -l \n"},
        {{"dgram", "SRC", "nobody", "/usr/sbin/ftpd", "ftpd"},
         " ftp  stream  tcp6  nowait  root  /ftpd  x  y  # z\n",
         " ftp  dgram  tcp6  SRC  nobody  /usr/sbin/ftpd  ftpd\n"},
        {{{}, {}, "nobody", {}, {}},
         "x\nftp stream tcp6 nowait root /ftpd\n",
         "x\nftp stream tcp6 nowait nobody /ftpd\n"},
        {{{}, "wait", {}, {}, {}}, "ftp stream tcp6 nowait.20 root /ftpd ftpd", "ftp stream tcp6 wait root /ftpd ftpd"},
        {server_and_arguments("internal", ""), "ftp stream tcp6 nowait root /ftpd\t ftpd  -l \n",
         "ftp stream tcp6 nowait root internal \n"},
        {server_and_arguments("internal", " "), "ftp stream tcp6 nowait root internal\n",
         "ftp stream tcp6 nowait root internal\n"},
        {server_and_arguments("/ftpd", "ftpd"), "ftp stream tcp6 nowait root internal\n",
         "ftp stream tcp6 nowait root /ftpd\tftpd\n"},
        {{}, "ftp stream tcp6 nowait root /ftpd ftpd\n", "ftp stream tcp6 nowait root /ftpd ftpd\n"},
        {arguments("ftpd -l"), "#ftp stream tcp6 nowait root /ftpd ftpd\nftp stream tcp nowait root /ftpd ftpd\n",
         "#ftp stream tcp6 nowait root /ftpd ftpd\nftp stream tcp nowait root /ftpd ftpd\n"}, // neither is meant
        {arguments("rstatd 100001 1-4"), "ftp sunrpc_udp tcp6 wait root /rstatd rstatd 100001 1-3\n",
         "ftp sunrpc_udp tcp6 wait root /rstatd rstatd 100001 1-4\n"},
        {arguments("cmsd 100068 2-5"), "ftp sunrpc_udp tcp6 wait root /rpc.cmsd cmsd 1000682-5\n",
         "ftp sunrpc_udp tcp6 wait root /rpc.cmsd cmsd 100068 2-5\n"},
    };
    for (const auto& example : cases) {
        const auto configure = [&](InetdConf& conf) { conf.configure(key, example.fields); };
        CHECK(edited(example.before, configure) == example.after);
        CHECK(edited(example.after, configure) == example.after);
    }
}

TEST_CASE("inetd.conf: without a protocol the enabled entries of every protocol are configured, or none") {
    const auto configure = [](InetdConf& conf) { conf.configure({"ftp", ""}, arguments("ftpd -l")); };
    CHECK(edited("ftp stream tcp nowait root /ftpd ftpd\nftp stream tcp6 nowait root /ftpd ftpd -d\n", configure) ==
          "ftp stream tcp nowait root /ftpd ftpd -l\nftp stream tcp6 nowait root /ftpd ftpd -l\n");
    CHECK(refusal("ftp stream tcp nowait root /ftpd ftpd\nftp stream tcp6 nowait root internal\n", configure) ==
          "line 2: inetd takes no arguments for a service that is internal; leave them empty");
}

TEST_CASE("inetd.conf: a server and its arguments must fit together") {
    const auto configure = [](std::string_view line, const InetdFields& fields) {
        return refusal(line, [&](InetdConf& conf) { conf.configure({"x", "tcp"}, fields); });
    };
    const std::string_view program = "\nx stream tcp nowait root /x x\n",
                           internal = "\nx stream tcp nowait root internal\n";
    InetdFields server;
    server.server = "internal";
    CHECK(configure(program, server) ==
          "line 2: inetd takes no arguments for a service that is internal; leave them empty");
    CHECK(configure(internal, arguments("x")) ==
          "line 2: inetd takes no arguments for a service that is internal; leave them empty");
    server.server = "/x";
    CHECK(configure(internal, server) ==
          "line 2: the server has no arguments; give at least the name of the program, the first of them");
    CHECK(configure(program, arguments("")) ==
          "line 2: the server has no arguments; give at least the name of the program, the first of them");
    CHECK(configure(program, server) == "");
}

TEST_CASE("inetd.conf: a new entry goes to the end, with tabs between its columns and the line end of the file") {
    const struct {
        InetdKey key;
        InetdFields fields;
        std::string_view before, after;
    } cases[] = {
        {{"ftp", "tcp6"}, ftpd, "", "ftp\tstream\ttcp6\tnowait\troot\t/usr/sbin/ftpd\tftpd -l\n"},
        {{"echo", "tcp"}, echo, "# x\n\n", "# x\n\necho\tstream\ttcp\tnowait\troot\tinternal\n"},
        {{"echo", "tcp"},
         echo,
         "echo dgram udp wait root internal",
         "echo dgram udp wait root internal\necho\tstream\ttcp\tnowait\troot\tinternal\n"},
        {{"echo", "tcp"}, echo, "# x\r\n# y", "# x\r\n# y\r\necho\tstream\ttcp\tnowait\troot\tinternal\r\n"},
        {{"echo", "tcp"},
         echo,
         "#echo stream tcp nowait root internal\n",
         "#echo stream tcp nowait root internal\necho\tstream\ttcp\tnowait\troot\tinternal\n"},
        {{"rstatd", "udp"},
         {"sunrpc_udp", "wait", "root", "/usr/sbin/rpc.rstatd", " rstatd 100001 1-3 "},
         "",
         "rstatd\tsunrpc_udp\tudp\twait\troot\t/usr/sbin/rpc.rstatd\trstatd 100001 1-3\n"},
    };
    for (const auto& example : cases) {
        CHECK(edited(example.before, [&](InetdConf& conf) { conf.add(example.key, example.fields); }) == example.after);
        CHECK(enabled(disabled(example.after, example.key), example.key).size() == example.after.size());
    }
}

TEST_CASE("inetd.conf: an entry that is enabled already, or without its columns, is not added") {
    CHECK(refusal("\necho stream tcp nowait root internal\n", [](InetdConf& conf) {
              conf.add({"echo", "tcp"}, echo);
          }) == "line 2: echo/tcp is enabled already; configure this entry instead");
    const InetdFields some[] = {{{}, "wait", "root", "internal", {}},
                                {"dgram", {}, "root", "internal", {}},
                                {"dgram", "wait", {}, "internal", {}},
                                {"dgram", "wait", "root", {}, {}}};
    for (const InetdFields& fields : some)
        CHECK(refusal("", [&](InetdConf& conf) {
                  conf.add({"echo", "udp"}, fields);
              }) == "entry echo/udp: a new one needs socket_type, wait, user and server; give all four");
    CHECK(refusal("", [&](InetdConf& conf) {
              conf.add({"x", "tcp"}, {"stream", "wait", "root", "/x", {}});
          }) == "entry x/tcp: the server has no arguments; give at least the name of the program, the first of them");
}

TEST_CASE("inetd.conf: a field that its column cannot hold is refused") {
    const struct {
        InetdFields fields;
        std::string_view why;
    } cases[] = {
        {{"seqpacket", {}, {}, {}, {}}, "entry x/tcp: socket_type must be stream, dgram, sunrpc_tcp or sunrpc_udp"},
        {{"", {}, {}, {}, {}}, "entry x/tcp: socket_type must be stream, dgram, sunrpc_tcp or sunrpc_udp"},
        {{{}, "wait ", {}, {}, {}}, "entry x/tcp: wait must be wait, nowait or SRC"},
        {{{}, {}, "ro ot", {}, {}}, "entry x/tcp: user must be one word that does not begin with #"},
        {{{}, {}, "root\x7f", {}, {}}, "entry x/tcp: user must be one word that does not begin with #"},
        {{{}, {}, "#root", {}, {}}, "entry x/tcp: user must be one word that does not begin with #"},
        {{{}, {}, {}, "x", {}}, "entry x/tcp: server must be internal or an absolute path without blanks"},
        {{{}, {}, {}, "/a\nb", {}}, "entry x/tcp: server must be internal or an absolute path without blanks"},
    };
    InetdFields whole = {"stream", "wait", "root", "/x", "x"};
    for (const auto& example : cases) {
        const auto given = [&](std::optional<std::string> InetdFields::*field) {
            return example.fields.*field ? example.fields.*field : whole.*field;
        };
        const InetdFields fields = {given(&InetdFields::socket_type), given(&InetdFields::wait),
                                    given(&InetdFields::user), given(&InetdFields::server), whole.arguments};
        CHECK(refusal("", [&](InetdConf& conf) { conf.add({"x", "tcp"}, fields); }) == example.why);
        CHECK(refusal("x dgram tcp SRC y /z z\n", [&](InetdConf& conf) {
                  conf.configure({"x", "tcp"}, example.fields);
              }) == example.why);
    }
    for (const std::string& value : {"x\ny"s, "x\r"s, "#x"s, " #x"s, "x\0y"s, "x \x7f"s})
        CHECK(refusal("x dgram tcp SRC y /z z\n", [&](InetdConf& conf) {
                  conf.configure({"x", "tcp"}, arguments(value));
              }).starts_with("entry x/tcp: the arguments contain a newline or another control character, or begin"));
    for (const InetdKey& key :
         {InetdKey{"#x", "tcp"}, {"x y", "tcp"}, {"", "tcp"}, {"x", ""}, {"x", "tcp4"}, {"x\n", "tcp"}})
        CHECK(refusal("", [&](InetdConf& conf) { conf.add(key, whole); }) != "");
}

TEST_CASE("inetd.conf: a line that cannot be understood stands in the way of its service alone") {
    const std::string_view why = "line 2: the entry of ftp cannot be understood; write it as service, socket type, "
                                 "protocol, wait, user, server and arguments, or delete it";
    for (const char* line : {"ftp", "ftp stream tcp6 nowait root", " ftp\tstream tcp6 root /usr/sbin/ftpd ftpd -l",
                             "ftp stream tcp6 nowait root ftpd ftpd"}) {
        const std::string text =
            "time dgram udp wait root internal\n" + std::string(line) + "\r\n#ftp stream tcp nowait root /ftpd ftpd\n";
        const Edit edits[] = {
            [](InetdConf& conf) {
                conf.enable({"ftp", "tcp"});
            },
            [](InetdConf& conf) {
                conf.disable({"ftp", ""});
            },
            [](InetdConf& conf) {
                conf.remove({"ftp", "tcp"});
            },
            [](InetdConf& conf) {
                conf.configure({"ftp", "tcp6"}, arguments("ftpd -l"));
            },
            [](InetdConf& conf) {
                conf.add({"ftp", "tcp6"}, ftpd);
            },
        };
        for (const Edit& edit : edits)
            CHECK(refusal(text, edit) == why);
        CHECK(disabled(text, {"time", ""}) == "#" + text);
    }
}

TEST_CASE("inetd.conf: the tutorial's services go, ftpd logs, and no other byte of the file of AIX 4.3.3 changes") {
    const std::string text = sample("aix-4.3.3/etc/inetd.conf");
    InetdConf conf = InetdConf::parse(text);
    for (const char* service : {"shell", "kshell", "login", "klogin", "exec", "echo", "cmsd"})
        CHECK(conf.disable({service, ""}));
    CHECK(conf.configure({"ftp", "tcp6"}, arguments("ftpd -l -u077")));
    std::string expected = text;
    for (const char* line : {"\nshell\t", "\nkshell\t", "\nlogin\t", "\nklogin\t", "\nexec\t", "\necho\tstream\t",
                             "\necho\tdgram\t", "\ncmsd\t"})
        expected.insert(expected.find(line) + 1, "#");
    const std::string_view ftp = "\tftpd\n";
    expected.replace(expected.find(ftp), ftp.size(), "\tftpd -l -u077\n");
    CHECK(conf.text() == expected);
}
