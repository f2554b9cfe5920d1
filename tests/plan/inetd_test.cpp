#include "plan/inetd.hpp"

#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

using enum ServiceState;

/// Blanks and tabs, disabled entries, prose, one service with two protocols, RPC, no newline at the end.
const std::string conf = "## service  socket  protocol  wait/   user    server   server program\n"
                         "ftp     stream tcp6 nowait root /usr/sbin/ftpd ftpd\n"
                         "shell\tstream\ttcp6\tnowait\troot\t/usr/sbin/rshd\trshd\n"
                         "#finger\tstream\ttcp\tnowait\tnobody\t/usr/sbin/fingerd\tfingerd\n"
                         "# rexd uses very minimal authentication\n"
                         "echo stream tcp nowait root internal\n"
                         "echo dgram  udp wait   root internal\n"
                         "rstatd sunrpc_udp udp wait root /usr/sbin/rpc.rstatd rstatd 100001 1-3\n"
                         "tftp dgram udp6 SRC nobody /usr/sbin/tftpd tftpd -n";

InetdService service(const std::string& name, ServiceState state, const std::string& protocol = "") {
    return {{name, protocol}, state};
}

InetdService with_arguments(InetdService service, const std::string& arguments) {
    service.fields.arguments = arguments;
    return service;
}

Snapshot snapshot(const std::string& text = conf) { return with_file(inetd_conf_path, text); }

std::string after(const InetdService& wanted, const std::string& text = conf) {
    return ensured(wanted, snapshot(text)).text(inetd_conf_path);
}

std::string conf_with(const std::string& after, const std::string& before) { return replaced_in(conf, before, after); }

} // namespace

TEST_CASE("inetd: disabling puts a # before the entries and touches no other byte, and enabling takes it away") {
    const struct {
        const char *name, *protocol, *entry, *disabled;
    } cases[] = {
        {"ftp", "", "ftp   ", "#ftp   "},
        {"shell", "tcp6", "shell\t", "#shell\t"},
        {"rstatd", "", "rstatd sunrpc", "#rstatd sunrpc"},
        {"tftp", "udp6", "tftp dgram", "#tftp dgram"},
        {"echo", "udp", "echo dgram", "#echo dgram"},
        {"echo", "", "echo stream tcp nowait root internal\necho", "#echo stream tcp nowait root internal\n#echo"},
    };
    for (const auto& [name, protocol, entry, disabled_entry] : cases) {
        const std::string off = conf_with(disabled_entry, entry);
        CHECK(after(service(name, disabled, protocol)) == off);
        CHECK(after(service(name, enabled, protocol), off) == conf);
        CHECK(after(service(name, present, protocol), off) == conf);
    }
}

TEST_CASE("inetd: what is so already, or was never there, complies") {
    for (const char* name : {"finger", "rexd", "nobodyknows"})
        CHECK(complies(service(name, disabled), snapshot()));
    CHECK(complies(service("ftp", disabled, "tcp"), snapshot())); // tcp is not tcp6
    CHECK(complies(service("ftp", enabled), snapshot()));
    CHECK(complies(service("nobodyknows", absent), snapshot()));
    CHECK(complies(with_arguments(service("rstatd", configured), "rstatd   100001\t1-3"), snapshot()));
}

TEST_CASE("inetd: what cannot be enabled is refused: prose, nothing at all, one of two different entries") {
    CHECK(refusal(service("rexd", enabled), snapshot()) ==
          "/etc/inetd.conf: there is no entry for rexd to enable, not even a disabled one; state present adds one");
    CHECK(refusal(service("ftp", enabled, "udp"), snapshot()).find("no entry for ftp/udp") != std::string::npos);
    const std::string text =
        "#ftp stream tcp nowait root /usr/sbin/ftpd ftpd\n#ftp stream tcp nowait root /opt/ftpd ftpd\n";
    for (const ServiceState state : {enabled, present})
        CHECK(refusal(service("ftp", state), snapshot(text)).starts_with("/etc/inetd.conf, lines 1 and 2: "));
    CHECK(complies(service("ftp", disabled), snapshot(text)));
    CHECK(after(service("ftp", absent), text) == "");
}

TEST_CASE("inetd: an absent service has no entry, not even a disabled one") {
    CHECK(after(service("finger", absent)) ==
          conf_with("", "#finger\tstream\ttcp\tnowait\tnobody\t/usr/sbin/fingerd\tfingerd\n"));
    CHECK(after(service("echo", absent, "tcp")) == conf_with("", "echo stream tcp nowait root internal\n"));
}

TEST_CASE("inetd: a present service has the fields given, the rest and the spacing kept") {
    const InetdService ftp = with_arguments(service("ftp", present), "ftpd -l -u077");
    CHECK(after(ftp) == conf_with("/usr/sbin/ftpd ftpd -l -u077\n", "/usr/sbin/ftpd ftpd\n"));
    CHECK(after(ftp, conf_with("#ftp  ", "ftp  ")) == after(ftp));
    InetdService finger = service("finger", present);
    finger.fields.user = "guest";
    finger.fields.wait = "wait";
    CHECK(after(finger) == conf_with("\nfinger\tstream\ttcp\twait\tguest", "\n#finger\tstream\ttcp\tnowait\tnobody"));
}

TEST_CASE("inetd: a present service that is not there is added, if all is known of it") {
    InetdService wanted = service("time", present, "udp");
    CHECK(refusal(wanted, snapshot()).starts_with("/etc/inetd.conf: entry time/udp: "));
    wanted.fields = {"dgram", "wait", "root", "internal", {}};
    CHECK(after(wanted) == conf + "\ntime\tdgram\tudp\twait\troot\tinternal\n");
    wanted.key.protocol = "";
    CHECK(refusal(wanted, snapshot()).starts_with("/etc/inetd.conf: entry time: protocol must be "));
}

TEST_CASE("inetd: a configured service has the fields given where it is enabled, and nothing happens elsewhere") {
    const InetdService wanted = with_arguments(service("ftp", configured), "ftpd -l");
    CHECK(after(wanted) == conf_with("/usr/sbin/ftpd ftpd -l\n", "/usr/sbin/ftpd ftpd\n"));
    for (const std::string& text : {conf_with("#ftp  ", "ftp  "), std::string()})
        CHECK(complies(wanted, snapshot(text)));
}

TEST_CASE("inetd: arguments cannot become another entry") {
    for (const std::string& arguments :
         {std::string("ftpd\nsh stream tcp nowait root /bin/sh sh"), std::string("a\0b", 3)})
        for (const ServiceState state : {enabled, present, configured})
            CHECK(refusal(with_arguments(service("ftp", state), arguments), snapshot())
                      .starts_with("/etc/inetd.conf: entry ftp: "));
}

TEST_CASE("inetd: its file is needed, and on the live host what inetd serves") {
    for (const ServiceState state : {enabled, disabled, absent, present, configured})
        check_needs_file(service("ftp", state), "/etc/inetd.conf");
    CHECK(needs(service("ftp", disabled), snapshot()).files == std::set<std::string>{"/etc/inetd.conf"});
    CHECK(!needs(service("ftp", disabled), snapshot()).inetd_serves);
    CHECK(needs(service("ftp", disabled), live(snapshot())).inetd_serves);
}

TEST_CASE("inetd: more is served than the file allows if a name has more rows than enabled entries") {
    const InetdConf file = InetdConf::parse(conf);
    CHECK(!serves_too_much({"tftp", "rstatd", "echo", "echo", "shell", "ftp"}, file));
    CHECK(!serves_too_much({"echo", "ftp"}, file));
    CHECK(serves_too_much({"echo", "echo", "echo"}, file));
    CHECK(serves_too_much({"finger"}, file)); // disabled
    CHECK(serves_too_much({"login"}, file));  // not there
}

TEST_CASE("inetd: a service is summed up with a verb and its name") {
    CHECK(summary(service("echo", disabled, "tcp")) == "disable echo/tcp");
    CHECK(summary(service("echo", enabled)) == "enable echo");
    CHECK(summary(service("echo", absent)) == "remove echo");
    for (const ServiceState state : {present, configured})
        CHECK(summary(service("echo", state)) == "configure echo");
}
