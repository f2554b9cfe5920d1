#include "plan/ports.hpp"

#include "document/boot_script/rc_script.hpp"
#include "document/inetd_conf.hpp"
#include "document/inittab.hpp"
#include "support/sample.hpp"
#include "support/snapshots.hpp"

#include <doctest/doctest.h>

using namespace bulwark;

namespace {

constexpr const char *inittab = "/etc/inittab", *rc_tcpip = "/etc/rc.tcpip", *rc_nfs = "/etc/rc.nfs",
                     *inetd_conf = "/etc/inetd.conf", *services = "/etc/services", *exports = "/etc/exports",
                     *nfsd = "/usr/sbin/nfsd";

/// A tree with these files and none of the others that are looked at.
Snapshot tree(const std::map<std::string, std::string>& texts) {
    Snapshot snapshot = with_files(texts);
    const Needs needed = needs(KnownPorts{}, snapshot);
    for (const auto& paths : {needed.files, needed.presence})
        for (const std::string& path : paths)
            snapshot.files.emplace(path, FileState{});
    return snapshot;
}

Snapshot tutorial_host() {
    std::map<std::string, std::string> texts;
    for (const char* path : {inittab, rc_tcpip, rc_nfs, inetd_conf})
        texts[path] = sample("aix-4.3.3" + std::string(path));
    return tree(texts);
}

std::vector<OpenPort> ports(const Snapshot& snapshot) { return configured_ports(snapshot).ports; }

/// "25/tcp smtp", "rpc 100083/tcp ttdbserver", "-/tcp dtlogin"
Lines lines(const std::vector<OpenPort>& ports) {
    Lines all;
    for (const OpenPort& port : ports) {
        const std::string number = port.port ? std::to_string(*port.port) : "-";
        all.push_back((port.dynamic && port.rpc ? "rpc " + std::to_string(*port.rpc) : number) + "/" + port.protocol +
                      " " + port.name);
    }
    return all;
}

Lines lines(const Snapshot& snapshot) { return lines(ports(snapshot)); }

/// What a host opens whose inittab has these records besides the one that names run level 2, and no boot scripts.
Lines of_inittab(const std::string& records) { return lines(tree({{inittab, "init:2:initdefault:\n" + records}})); }

/// What one start line of rc.tcpip opens.
Lines of_rc_tcpip(const std::string& script) { return lines(tree({{rc_tcpip, script + "\n"}})); }

Snapshot with_inetd(const std::string& entries) { return tree({{inetd_conf, entries}}); }

/// One line of the tutorial's tables: as printed but for the scan's garbled columns, and the name that the port has here.
struct Row {
    unsigned port;
    const char *protocol, *tutorial_name, *program, *started_from;
    const char* name = nullptr; // where it is another one
    bool dynamic = false;       // the number was the kernel's choice on that day
};

constexpr const char *inetd = "/usr/sbin/inetd", *by_rc_dt = "/etc/inittab (spawned by /etc/rc.dt)";

const std::vector<Row> first_table = {
    {7, "tcp", "echo", inetd, inetd_conf},
    {7, "udp", "echo", inetd, inetd_conf},
    {9, "tcp", "discard", inetd, inetd_conf},
    {9, "udp", "discard", inetd, inetd_conf},
    {13, "tcp", "daytime", inetd, inetd_conf},
    {13, "udp", "daytime", inetd, inetd_conf},
    {19, "tcp", "chargen", inetd, inetd_conf},
    {19, "udp", "chargen", inetd, inetd_conf},
    {21, "tcp", "ftp", "/usr/sbin/ftpd", inetd_conf},
    {23, "tcp", "telnet", "/usr/sbin/telnetd", inetd_conf},
    {25, "tcp", "smtp", "/usr/lib/sendmail", rc_tcpip},
    {37, "tcp", "time", inetd, inetd_conf},
    {37, "udp", "time", inetd, inetd_conf},
    {67, "udp", "bootps", "/usr/sbin/bootpd", inetd_conf},
    {111, "tcp", "sunrpc", "/usr/sbin/portmap", rc_tcpip},
    {111, "udp", "sunrpc", "/usr/sbin/portmap", rc_tcpip},
    {161, "udp", "snmp", "/usr/sbin/snmpd", rc_tcpip},
    {177, "udp", "xdmcp", "/usr/dt/bin/dtlogin", by_rc_dt},
    {199, "tcp", "smux", "/usr/sbin/dpid2", rc_tcpip},
    {512, "tcp", "exec", "/usr/sbin/rexecd", inetd_conf},
    {513, "tcp", "login", "/usr/sbin/rlogind", inetd_conf},
    {514, "tcp", "shell", "/usr/sbin/rshd", inetd_conf},
    {514, "udp", "syslog", "/usr/sbin/syslogd", rc_tcpip},
    {518, "udp", "ntalk", "/usr/sbin/talkd", inetd_conf},
    {543, "tcp", "klogin", "/usr/sbin/krlogind", inetd_conf},
    {544, "tcp", "kshell", "/usr/sbin/krshd", inetd_conf},
    {1001, "tcp", "rpc.statd", "/usr/sbin/rpc.statd", rc_nfs, nullptr, true},
    {1001, "udp", "rpc.statd", "/usr/sbin/rpc.statd", rc_nfs, nullptr, true},
    {1002, "tcp", "rpc.statd", "/usr/sbin/rpc.statd", rc_nfs, nullptr, true},
    {1002, "udp", "rpc.statd", "/usr/sbin/rpc.statd", rc_nfs, nullptr, true},
    {1234, "tcp", "instsrv", "/home/netinst/bin/instsrv", inetd_conf},
    {2401, "tcp", "writesrv", "/usr/sbin/writesrv", inittab},
    {6000, "tcp", "X11", "/usr/lpp/X11/bin/X", by_rc_dt},
    {6112, "tcp", "dtspc", "/usr/dt/bin/dtspcd", inetd_conf},
    {32768, "tcp", "dtlogin", "/usr/dt/bin/dtgreet", by_rc_dt, nullptr, true},
    {32769, "tcp", "rpc.ttdbserver", "/usr/dt/bin/rpc.ttdbserver", inetd_conf, "ttdbserver", true},
    {32772, "tcp", "dpid2", "/usr/sbin/dpid2", rc_tcpip, nullptr, true},
    {32785, "udp", "cmsd", "/usr/dt/bin/rpc.cmsd", inetd_conf, nullptr, true},
    {49213, "tcp", "httpd", "/usr/IMNSearch/httpdlite/httpdlite", inittab},
};

const std::vector<Row> closing_table = {
    {21, "tcp", "ftp", "/usr/sbin/ftpd", inetd_conf},      {23, "tcp", "telnet", "/usr/sbin/telnetd", inetd_conf},
    {25, "tcp", "smtp", "/usr/lib/sendmail", rc_tcpip},    {111, "tcp", "sunrpc", "/usr/sbin/portmap", rc_tcpip},
    {111, "udp", "sunrpc", "/usr/sbin/portmap", rc_tcpip}, {514, "udp", "syslog", "/usr/sbin/syslogd", rc_tcpip},
};

bool is(const OpenPort& port, const Row& row) {
    const bool same_number = row.dynamic ? !port.port && port.dynamic : port.port == row.port && !port.dynamic;
    return same_number && port.protocol == row.protocol && port.program == row.program &&
           port.started_from == row.started_from && port.name == (row.name == nullptr ? row.tutorial_name : row.name);
}

bool is_in(const std::vector<OpenPort>& ports, const Row& row) {
    for (const OpenPort& port : ports)
        if (is(port, row))
            return true;
    return false;
}

bool is_in(const std::vector<Row>& rows, const OpenPort& port) {
    for (const Row& row : rows)
        if (is(port, row))
            return true;
    return false;
}

} // namespace

TEST_CASE(
    "ports: every row of the tutorial's first table is found on its host, those that are fixed with their numbers") {
    const std::vector<OpenPort> found = ports(tutorial_host());
    for (const Row& row : first_table)
        CHECK_MESSAGE(is_in(found, row), row.port << "/" << row.protocol << " " << row.tutorial_name);
}

TEST_CASE("ports: what the tutorial's first table forgot is tftp, and what only portmap knows the ports of") {
    std::vector<OpenPort> others;
    for (const OpenPort& port : ports(tutorial_host()))
        if (!is_in(first_table, port))
            others.push_back(port);
    CHECK(lines(others) == Lines{"69/udp tftp", "rpc 100001/udp rstatd", "rpc 100002/udp rusersd",
                                 "rpc 100008/udp rwalld", "rpc 100012/udp sprayd", "rpc 100021/tcp rpc.lockd",
                                 "rpc 100021/udp rpc.lockd", "rpc 150001/udp pcnfsd", "rpc 300667/tcp ssalld"});
}

TEST_CASE("ports: after what the tutorial's summary disables the rows of its closing table are left, and no others") {
    Snapshot host = tutorial_host();
    edit<InetdConf>(host, inetd_conf, [](InetdConf& conf) {
        for (
            const char* service : {"shell",  "kshell",  "login",   "klogin",  "exec",   "bootps",
                                   "tftp",   "rstatd",  "rusersd", "rwalld",  "sprayd", "pcnfsd",
                                   "echo",   "discard", "chargen", "daytime", "time",   "ttdbserver",
                                   "ssalld", "instsrv", "dtspc",   "cmsd",    "ntalk"}) // the last is only in its text, but its closing table counts on that, too
            conf.disable({service, ""});
    });
    edit<RcScript>(host, rc_tcpip, [](RcScript& script) {
        for (const char* daemon : {"snmpd", "dpid2", "x_st_mgrd"})
            script.disable(daemon);
    });
    edit<RcScript>(host, rc_nfs, [](RcScript& script) {
        for (const char* daemon : {"rpc.statd", "rpc.lockd"})
            script.disable(daemon);
    });
    edit<Inittab>(host, inittab, [](Inittab& table) {
        for (const char* identifier : {"rcnetw", "writesrv", "httpdlite", "imnss", "imqss", "dt"})
            table.comment(identifier);
    });
    const ConfiguredPorts found = configured_ports(host);
    REQUIRE(found.ports.size() == closing_table.size());
    for (std::size_t i = 0; i < closing_table.size(); ++i)
        CHECK_MESSAGE(is(found.ports[i], closing_table[i]), lines(found.ports)[i]);
    CHECK(found.unknown.empty());
}

TEST_CASE("ports: they are sorted by number, tcp before udp, then by RPC program number, then by name") {
    CHECK(lines(tree(
              {{rc_tcpip, "start /usr/sbin/portmap \"$src_running\"\nstart /usr/sbin/syslogd \"$src_running\"\n"
                          "start /usr/sbin/dpid2 \"$src_running\"\nstart /usr/sbin/inetd \"$src_running\"\n"},
               {rc_nfs, "start rpc.statd /usr/sbin/rpc.statd\n"},
               {inetd_conf, "ttdbserver sunrpc_tcp tcp wait root /usr/dt/bin/rpc.ttdbserver rpc.ttdbserver 100083 1\n"
                            "shell stream tcp nowait root /usr/sbin/rshd rshd\n"
                            "echo dgram udp wait root internal\n"
                            "echo stream tcp nowait root internal\n"
                            "rstatd sunrpc_udp udp wait root /usr/sbin/rpc.rstatd rstatd 100001 1-3\n"}})) ==
          Lines{"7/tcp echo", "7/udp echo", "111/tcp sunrpc", "111/udp sunrpc", "199/tcp smux", "514/tcp shell",
                "514/udp syslog", "rpc 100001/udp rstatd", "rpc 100024/tcp rpc.statd", "rpc 100024/udp rpc.statd",
                "rpc 100083/tcp ttdbserver", "-/tcp dpid2"});
}

TEST_CASE("ports: what inetd serves is what its file enables: IBM's page of 4.3 has uucp on and tftp off, others not") {
    const std::string uucp = "uucp\tstream\ttcp\tnowait\troot\t/usr/sbin/uucpd\tuucpd\n",
                      tftp = "tftp\tdgram\tudp\tSRC\tnobody\t/usr/sbin/tftpd\ttftpd -n\n";
    CHECK(lines(tree({{inetd_conf, uucp + "#" + tftp}})) == Lines{"540/tcp uucp"});
    CHECK(lines(tree({{inetd_conf, "#" + uucp + tftp}})) == Lines{"69/udp tftp"});
    CHECK(lines(tree({{inetd_conf, uucp + tftp}})) == Lines{"69/udp tftp", "540/tcp uucp"});
}

TEST_CASE("ports: a boot script counts where a record of inittab runs it in the level that the host boots into") {
    struct Case {
        const char *init, *record;
        bool started;
    };
    for (const Case& c : std::vector<Case>{
             {"init:2:initdefault:\n", "rctcpip:2:wait:/etc/rc.tcpip > /dev/console 2>&1 # Start\n", true},
             {"init:2:initdefault:\n", "rctcpip:23456789:wait:/etc/rc.tcpip\n", true},
             {"init:2:initdefault:\n", "rctcpip::wait:/etc/rc.tcpip\n", true},
             {"init:2:initdefault:\n", "other:2:once:/usr/bin/ksh /etc/rc.tcpip\n", true},
             {"init:2:initdefault:\n", "x:2:wait:sh -c '/etc/rc.tcpip 2>&1' | alog -tboot\r\n", true},
             {"init:2:initdefault:\n", "x:2:bootwait:exec /etc/rc.tcpip", true},
             {"init:2:initdefault:\n", "x:7:sysinit:/etc/rc.tcpip\n", true},
             {"init:2:initdefault:\n", ":rctcpip:2:wait:/etc/rc.tcpip\n", false},
             {"init:2:initdefault:\n", ": rctcpip:2:wait:/etc/rc.tcpip\n", false},
             {"init:2:initdefault:\n", "rctcpip:2:off:/etc/rc.tcpip\n", false},
             {"init:2:initdefault:\n", "rctcpip:2:powerfail:/etc/rc.tcpip\n", false},
             {"init:2:initdefault:\n", "rctcpip:a:ondemand:/etc/rc.tcpip\n", false},
             {"init:2:initdefault:\n", "rctcpip:3:wait:/etc/rc.tcpip\n", false},
             {"init:2:initdefault:\n", "rctcpip:2:wait:echo no # /etc/rc.tcpip\n", false},
             {"init:2:initdefault:\n", "rctcpip:2:wait:echo /etc/rc.tcpip\n", false},
             {"init:2:initdefault:\n", "", false},
             {"init:3:initdefault:\n", "rctcpip:2:wait:/etc/rc.tcpip\n", false},
             {"init:23:initdefault:\n", "rctcpip:3:wait:/etc/rc.tcpip\n", true},
             {"init::initdefault:\n", "rctcpip:9:wait:/etc/rc.tcpip\n", true},
             {"init:2a:initdefault:\n", "rctcpip:2:wait:/etc/rc.tcpip\n", true},
             {"", "rctcpip:2:wait:/etc/rc.tcpip\n", true},
             {":init:3:initdefault:\n", "rctcpip:2:wait:/etc/rc.tcpip\n", true},
         })
        CHECK_MESSAGE(lines(tree({{inittab, c.init + std::string(c.record)},
                                  {rc_tcpip, "start /usr/sbin/timed \"$src_running\"\n"}})) ==
                          (c.started ? Lines{"525/udp timed"} : Lines{}),
                      c.init, c.record);
}

TEST_CASE("ports: without an inittab the boot scripts count as started") {
    CHECK(lines(tree({{rc_tcpip, "start /usr/sbin/timed \"$src_running\"\n#start /usr/sbin/named \"$src_running\"\n"},
                      {rc_nfs, "start rpc.statd /usr/sbin/rpc.statd\n"}})) ==
          Lines{"525/udp timed", "rpc 100024/tcp rpc.statd", "rpc 100024/udp rpc.statd"});
}

TEST_CASE("ports: programs that inittab itself starts are found in all the ways to write that") {
    struct Case {
        const char* record;
        Lines found;
    };
    for (const Case& c : std::vector<Case>{
             {"writesrv:2:wait:/usr/bin/startsrc -swritesrv\n", {"2401/tcp writesrv"}},
             {"writesrv:2:wait:/usr/bin/startsrc -s writesrv >/dev/null 2>&1\n", {"2401/tcp writesrv"}},
             {"x:2:once:startsrc -e LANG=C -s sendmail -a '-bd -q30m'\n", {"25/tcp smtp"}},
             {"x:2:once:startsrc -ssendmail -a-q30m\n", {}},
             {"nimsh:2:wait:/usr/bin/startsrc -g nimclient >/dev/console 2>&1\n", {"3901/tcp nimsh"}},
             {"httpdlite:2:once:/usr/IMNSearch/httpdlite/httpdlite -r \\\n\t/etc/x.conf & >/dev/console 2>&1\n",
              {"49213/tcp httpd"}},
             {"sshd:2:respawn:exec /usr/sbin/sshd -D\n", {"22/tcp ssh"}},
             {"x:2:once:nohup /usr/sbin/named && /usr/sbin/timed\n",
              {"53/tcp domain", "53/udp domain", "525/udp timed"}},
             {"dt_nogb:2:wait:/etc/rc.dt\n", {"177/udp xdmcp", "6000/tcp X11", "-/tcp dtlogin"}},
             {"x:2:once:/usr/bin/ls /usr/sbin/named\n", {}},
             {"x:2:once:exec\n", {}},
             {"x:2:once:startsrc -s\n", {}},
             {"x:2:once:/usr/sbin/named 'not ended\n", {}},
         })
        CHECK_MESSAGE(of_inittab(c.record) == c.found, c.record);
}

TEST_CASE("ports: the NFS server counts where /etc/exports is there and nfsd can be executed") {
    Snapshot host = tree({{rc_tcpip, ""}, {rc_nfs, sample("aix-4.3.3/etc/rc.nfs")}, {exports, "/home -ro\n"}});
    edit<RcScript>(host, rc_nfs, [](RcScript& script) { script.disable("rpc.lockd"); });
    const Lines statd = {"rpc 100024/tcp rpc.statd", "rpc 100024/udp rpc.statd"};
    CHECK(lines(host) == statd); // the tutorial's way, to rename it
    host.files[nfsd] = regular_file("nfsd", 0555);
    CHECK(lines(host) == Lines{"2049/tcp nfs", "2049/udp nfs", "rpc 100005/tcp rpc.mountd", "rpc 100005/udp rpc.mountd",
                               "rpc 100024/tcp rpc.statd", "rpc 100024/udp rpc.statd"});
    CHECK(ports(host).front() == OpenPort{2049, "tcp", "nfs", nfsd, rc_nfs, false, 100003});
    host.files[nfsd].mode = 0444;
    CHECK(lines(host) == statd);
    host.files[nfsd].mode = 0555;
    CHECK(lines(with_directory(exports, host)) == statd);
    host.files[exports] = {};
    CHECK(lines(host) == statd);
    host.files["/usr/sbin/rpc.statd"] = regular_file("statd", 0400);
    CHECK(lines(host) == Lines{});
}

TEST_CASE("ports: syslogd has none with -R, and sendmail only as a daemon") {
    struct Case {
        const char* script;
        bool listens;
    };
    for (const Case& c : std::vector<Case>{
             {R"(start /usr/sbin/syslogd "$src_running")", true},
             {R"(start /usr/sbin/syslogd "$src_running" "-r")", true},
             {R"(start /usr/sbin/syslogd "$src_running" "-R")", false},
             {R"(start /usr/sbin/syslogd "$src_running" "-d -nR")", false},
             {R"(start /usr/sbin/syslogd "$src_running" -R)", false},
             {R"(start /usr/sbin/syslogd "$src_running" "-f /etc/R.conf -f/etc/R.conf -mR R")", true},
             {"flags=-R\nstart /usr/sbin/syslogd \"$src_running\" \"$flags\"", false},
             {R"(start /usr/lib/sendmail "$src_running" "-bd -q${qpi}")", true},
             {R"(start /usr/lib/sendmail "$src_running" "-q30m -bD")", true},
             {R"(start /usr/lib/sendmail "$src_running")", true},
             {R"(start /usr/lib/sendmail "$src_running" "-q30m")", false},
             {"qpi=30m\nstart /usr/lib/sendmail \"$src_running\" \"-q${qpi}\"", false},
             {"mode=`cat /etc/mode`\nstart /usr/lib/sendmail \"$src_running\" \"$mode\"", true},
         })
        CHECK_MESSAGE(of_rc_tcpip(c.script).empty() == !c.listens, c.script);
}

TEST_CASE("ports: a daemon that a script starts twice listens if one of the two does") {
    const std::string queue = "start /usr/lib/sendmail \"\" \"-q30m\"\n";
    const std::string daemon = "start /usr/lib/sendmail \"\" \"$mode\"\n";
    for (const std::string& script : {"mode=-bd\n" + queue + daemon, "mode=-bd\n" + daemon + queue})
        CHECK(lines(ports(tree({{rc_tcpip, "#!/bin/ksh\n" + script}}))) == Lines{"25/tcp smtp"});
    CHECK(ports(tree({{rc_tcpip, "#!/bin/ksh\n" + queue + queue}})).empty());
}

TEST_CASE("ports: SMUX is dpid2's, as the tutorial found it, and snmpd's where there is no dpid2") {
    const auto program_of_smux = [](const std::string& script) {
        std::string programs;
        for (const OpenPort& port : ports(tree({{rc_tcpip, script}})))
            programs += port.name == "smux" ? port.program + " " : "";
        return programs;
    };
    CHECK(program_of_smux("start /usr/sbin/snmpd \"$src_running\"\nstart /usr/sbin/dpid2 \"$src_running\"\n") ==
          "/usr/sbin/dpid2 ");
    CHECK(program_of_smux("start /usr/sbin/snmpd \"$src_running\"\n#start /usr/sbin/dpid2 \"$src_running\"\n"
                          "start /usr/sbin/hostmibd \"$src_running\"\n") == "/usr/sbin/snmpd ");
}

TEST_CASE("ports: /etc/inetd.conf opens nothing where inetd is not started") {
    const std::string ftp = "ftp stream tcp6 nowait root /usr/sbin/ftpd ftpd\n", opened = "21/tcp ftp";
    CHECK(lines(with_inetd(ftp)) == Lines{opened}); // a tree without rc.tcpip: every release starts inetd there
    CHECK(lines(tree({{inetd_conf, ftp}, {rc_tcpip, "start /usr/sbin/inetd \"$src_running\"\n"}})) == Lines{opened});
    CHECK(lines(tree({{rc_tcpip, "start /usr/sbin/inetd \"$src_running\"\n"}})) == Lines{}); // it serves nothing
    CHECK(lines(tree({{inetd_conf, ftp}, {rc_tcpip, "#start /usr/sbin/inetd \"$src_running\"\n"}})) == Lines{});
    CHECK(lines(tree({{inetd_conf, ftp}, {inittab, "init:2:initdefault:\n"}})) == Lines{});
    CHECK(lines(tree({{inetd_conf, ftp}, {inittab, "x:2:once:startsrc -s inetd\n"}})) == Lines{opened});
}

TEST_CASE("ports: entries of inetd.conf have the number that /etc/services gives them, else the one that AIX ships") {
    const std::string entries = "ftp stream tcp6 nowait root /usr/sbin/ftpd ftpd\n"
                                "tftp dgram udp6 SRC nobody /usr/sbin/tftpd tftpd -n\n"
                                "old stream tcp nowait root /opt/x x\n"
                                "8080 stream tcp nowait root /opt/y y\n"
                                "#exec stream tcp6 nowait root /usr/sbin/rexecd rexecd\n"
                                "new stream tcp nowait root /opt/z z\n"
                                "ftp stream unix nowait root /usr/sbin/ftpd ftpd\n";
    const ConfiguredPorts shipped = configured_ports(with_inetd(entries));
    CHECK(lines(shipped.ports) == Lines{"21/tcp ftp", "69/udp tftp", "8080/tcp 8080", "-/tcp new", "-/tcp old"});
    CHECK(shipped.warnings ==
          Lines{"/etc/inetd.conf, line 3: the port of old/tcp is not known: /etc/services does not name it, so inetd "
                "cannot open it",
                "/etc/inetd.conf, line 6: the port of new/tcp is not known: /etc/services does not name it, so inetd "
                "cannot open it"});
    const ConfiguredPorts named = configured_ports(
        tree({{inetd_conf, entries}, {services, "ftp 2121/tcp\ntftp 6969/tcp\nnew 50/tcp old # x\n"}}));
    CHECK(lines(named.ports) == Lines{"50/tcp new", "50/tcp old", "69/udp tftp", "2121/tcp ftp", "8080/tcp 8080"});
    CHECK(named.warnings.empty());
}

TEST_CASE("ports: daemons ask /etc/services as well, but those that have their number from elsewhere") {
    CHECK(
        lines(tree(
            {{services, "smtp 2525/tcp mail\nsyslog 5514/tcp\nX11 6010/tcp\nhttp 80/tcp httpd\n"},
             {inittab, "init:2:initdefault:\nr:2:wait:/etc/rc.tcpip\ndt:2:wait:/etc/rc.dt\n"
                       "h:2:once:/usr/IMNSearch/httpdlite/httpdlite\n"},
             {rc_tcpip, "start /usr/lib/sendmail \"$src_running\"\nstart /usr/sbin/syslogd \"$src_running\"\n"}})) ==
        Lines{"177/udp xdmcp", "514/udp syslog", "2525/tcp smtp", "6000/tcp X11", "49213/tcp httpd", "-/tcp dtlogin"});
}

TEST_CASE("ports: a service for tcp and tcp6 is one port, two programs at one port are two lines") {
    CHECK(ports(with_inetd("telnet stream tcp6 nowait root /usr/sbin/telnetd telnetd -a\n"
                           "telnet stream tcp nowait root /usr/sbin/telnetd telnetd\n"
                           "telnet stream tcp nowait root /opt/telnetd telnetd\n")) ==
          std::vector<OpenPort>{{23, "tcp", "telnet", "/usr/sbin/telnetd", inetd_conf},
                                {23, "tcp", "telnet", "/opt/telnetd", inetd_conf}});
}

TEST_CASE("ports: the number of an RPC program is the last word but one, the blank behind it may be lost") {
    const auto number = [](const std::string& arguments) {
        const OpenPort port = ports(with_inetd("x sunrpc_udp udp wait root /x" + arguments + "\n")).at(0);
        CHECK((port.dynamic && !port.port));
        return port.rpc.value_or(0);
    };
    CHECK(number(" rstatd 100001 1-3") == 100001);
    CHECK(number(" rstatd\t-v  300667 1\r") == 300667);
    CHECK(number(" cmsd 1000682-5") == 100068);
    CHECK(number(" x 4294967295 1") == 4294967295);
    for (const char* without : {"", " x", " x y", " x 1 2", " x 4294967296 1", " 1000a0 1"})
        CHECK_MESSAGE(number(without) == 0, without);
}

TEST_CASE("ports: the start scripts of the run level count that /etc/rc.d/rc runs") {
    Snapshot host = tree({{inittab, "init:2:initdefault:\nl2:2:wait:/etc/rc.d/rc 2\nl3:3:wait:/etc/rc.d/rc 3\n"}});
    CHECK(needs(KnownPorts{}, host).script_directories == std::set<std::string>{"/etc/rc.d/rc2.d"});
    const std::string script = "case \"$1\" in\nstart) startsrc -g ssh ;;\nstop) stopsrc -g ssh ;;\nesac\n";
    host.start_scripts["/etc/rc.d/rc2.d/Ksshd"] = regular_file(script, 0755);
    host.start_scripts["/etc/rc.d/rc2.d/Stwo"] = regular_file(script, 0644);
    host.start_scripts["/etc/rc.d/rc2.d/Sdir"] = with_directory("/d", {}).state("/d");
    host.start_scripts["/etc/rc.d/rc3.d/Sthree"] = regular_file(script, 0755);
    CHECK(lines(host) == Lines{});
    host.start_scripts["/etc/rc.d/rc2.d/Ssshd"] = regular_file(script, 0755);
    CHECK(ports(host) == std::vector<OpenPort>{{22, "tcp", "ssh", "/usr/sbin/sshd", "/etc/rc.d/rc2.d/Ssshd"}});
    host.put(inittab, std::string("init:2:initdefault:\n:l2:2:wait:/etc/rc.d/rc 2\n"));
    CHECK(needs(KnownPorts{}, host).script_directories.empty());
    CHECK(lines(host) == Lines{});
}

TEST_CASE("ports: a start script counts as the rules of the run leave it") {
    constexpr const char *path = "/etc/rc.d/rc2.d/Sssh", *directory = "/etc/rc.d";
    Snapshot host = tree({{inittab, "init:2:initdefault:\nl2:2:wait:/etc/rc.d/rc 2\n"}});
    host.start_scripts[path] = regular_file("startsrc -g ssh\n", 0755);
    CHECK(lines(host) == Lines{"22/tcp ssh"});
    Snapshot linked = host; // known as a link to a rule that moves links
    linked.files[path] = {FileState::Kind::link, "../init.d/ssh", mode_of_links, "root", "system", "a symbolic link"};
    CHECK(lines(linked) == Lines{"22/tcp ssh"});
    Snapshot unread = host; // known to a rule that changes modes
    unread.files[path] = regular_file("", 0755);
    unread.files[path].unread = true;
    CHECK(lines(unread) == Lines{"22/tcp ssh"});
    Snapshot other_mode = host;
    other_mode.files[path] = regular_file("startsrc -g ssh\n", 0644);
    CHECK(lines(other_mode) == Lines{});
    for (const char* gone : {path, directory}) {
        Snapshot without = host;
        without.files[gone] = FileState{};
        CHECK_MESSAGE(lines(without) == Lines{}, gone);
    }
}

TEST_CASE("ports: programs of the boot scripts that nobody knows are named") {
    CHECK(configured_ports(tutorial_host()).unknown == Lines{"/usr/lpp/x_st_mgr/bin/x_st_mgrd"});
    CHECK(configured_ports(tree({{rc_tcpip, ""}, {rc_nfs, "start automountd /usr/sbin/automountd\n"}})).unknown ==
          Lines{"/usr/sbin/automountd"});
}

TEST_CASE("ports: a tree that has nothing of AIX is refused, and so is a directory in place of a file") {
    const auto refused = [](const Snapshot& snapshot) -> std::string {
        try {
            configured_ports(snapshot);
        } catch (const Error& error) {
            return error.what();
        }
        return "not refused";
    };
    CHECK(refused(tree({})) == "none of /etc/inittab, /etc/rc.tcpip and /etc/inetd.conf is there, so this is not the "
                               "tree of an AIX host; option root names another one");
    CHECK(refused(with_directory(inetd_conf, tutorial_host())) ==
          "/etc/inetd.conf is a directory, not a regular file; nothing was changed");
    CHECK(lines(tree({{inittab, ""}})) == Lines{});
}

TEST_CASE("listeners: what netstat -Aan shows, tcp that listens and udp that waits for anybody, each once") {
    const auto found =
        listeners("Active Internet connections (including servers)\n"
                  "PCB/ADDR         Proto Recv-Q Send-Q  Local Address      Foreign Address    (state)\n"
                  "f1000e0000b2d3b8 udp4       0      0  *.514              *.*                   \n"
                  "f1000e00015e03b8 tcp4       0      0  *.25               *.*                LISTEN\n"
                  "f1000e00015e23b8 tcp6       0      0  *.25               *.*                LISTEN\n"
                  "f1000e00012e3bb8 tcp        0      0  *.22               *.*                LISTEN\r\n"
                  "f1000e00012e4bb8 tcp4       0    144  10.1.2.3.22        10.1.2.4.50022     ESTABLISHED\n"
                  "tcp4       0      0  127.0.0.1.32771    *.*                LISTEN\n"
                  "f1000e0002b1ebb8 tcp6       0      0  ::1.6010           *.*                LISTEN\n"
                  "f1000e0002b1ebb8 udp6       0      0  fe80::1.123        *.*\n"
                  "f1000e0000b2c3b8 udp        0      0  *.*                *.*\n"
                  "f1000e0000b2c3b8 udp4       0      0  10.1.2.3.40000     10.1.2.9.53\n"
                  "f1000e0000b2c3b8 tcp4       0      0  *.0                *.*                LISTEN\n"
                  "tcp4 0 0 *.7 *.*\ntcp4 0 0 7 *.* LISTEN\nraw 0 0 *.7 *.* LISTEN\n"
                  "tcp4 0 0 *.99999 *.* LISTEN\ntcpx 0 0 *.7 *.* LISTEN\ntcp4 0 0\n"
                  "\n"
                  "Active UNIX domain sockets\n"
                  "SADR/PCB         Type   Recv-Q Send-Q Inode            Conn             Refs\n"
                  "f1000e0000044808 dgram       0      0 f1000b1a0c2e9020                0 0\n");
    REQUIRE(found);
    CHECK(*found == std::vector<Listener>{{22, "tcp", "*"},
                                          {25, "tcp", "*"},
                                          {123, "udp", "fe80::1"},
                                          {514, "udp", "*"},
                                          {6010, "tcp", "::1"},
                                          {32771, "tcp", "127.0.0.1"}});
}

TEST_CASE("listeners: other output is told from a host on which nothing listens") {
    CHECK_FALSE(listeners(""));
    CHECK_FALSE(listeners("netstat: no support for `AF INET (an)' on this system.\n"));
    CHECK(listeners("Active Internet connections (including servers)\n")->empty());
}

TEST_CASE("differences: ports that are configured and silent, and ports that answer without being configured") {
    const std::vector<OpenPort> configured = {{25, "tcp", "smtp", "/usr/lib/sendmail", rc_tcpip},
                                              {111, "tcp", "sunrpc", "/usr/sbin/portmap", rc_tcpip},
                                              {111, "udp", "sunrpc", "/usr/sbin/portmap", rc_tcpip},
                                              {{}, "tcp", "x", "/x", inetd_conf}};
    CHECK(differences(configured, {{111, "tcp", "*"}, {111, "udp", "10.1.2.3"}, {8080, "tcp", "10.1.2.3"}}) ==
          Lines{"25/tcp is configured (smtp, by /etc/rc.tcpip) but nothing listens",
                "8080/tcp listens but no configuration opens it"});
    CHECK(differences(configured, {{25, "tcp", "127.0.0.1"}, {111, "tcp", "*"}, {111, "udp", "*"}}) == Lines{});
    CHECK(is_configured({25, "tcp", "127.0.0.1"}, configured));
    CHECK_FALSE(is_configured({25, "udp", "*"}, configured));
}

TEST_CASE("differences: ports that only the host itself can reach do not count, nor those that may be dynamic ones") {
    const std::vector<OpenPort> fixed = {{{}, "tcp", "x", "/x", inetd_conf}},
                                statd = {{{}, "tcp", "rpc.statd", "/usr/sbin/rpc.statd", rc_nfs, true, 100024}};
    struct Case {
        Listener listener;
        bool without_dynamic, with_dynamic; // told of, where a dynamic service of tcp is configured or none
    };
    for (const Case& c : std::vector<Case>{{{8080, "tcp", "127.0.0.1"}, false, false},
                                           {{8080, "tcp", "::1"}, false, false},
                                           {{8080, "tcp", "loopback"}, false, false},
                                           {{8080, "tcp", "*"}, true, true},
                                           {{32768, "tcp", "*"}, true, false},
                                           {{49213, "tcp", "*"}, true, false},
                                           {{1001, "tcp", "*"}, true, false},
                                           {{1001, "udp", "*"}, true, true},
                                           {{511, "tcp", "*"}, true, true},
                                           {{1024, "tcp", "*"}, true, true},
                                           {{40000, "udp", "*"}, false, false}}) {
        CHECK_MESSAGE(differences(fixed, {c.listener}).size() == (c.without_dynamic ? 1 : 0), c.listener.port);
        CHECK_MESSAGE(differences(statd, {c.listener}).size() == (c.with_dynamic ? 1 : 0), c.listener.port);
    }
}
