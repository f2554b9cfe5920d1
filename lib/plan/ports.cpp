#include "plan/ports.hpp"

#include "document/boot_script/shell.hpp"
#include "document/inetd_conf.hpp"
#include "document/inittab.hpp"
#include "document/services.hpp"
#include "plan/inetd.hpp"
#include "plan/inittab.hpp"
#include "plan/rc_script.hpp"
#include "text.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>
#include <utility>

namespace bulwark {
namespace {

constexpr const char* rc_nfs_path = "/etc/rc.nfs";
constexpr const char* services_path = "/etc/services";
constexpr const char* exports_path = "/etc/exports";
constexpr const char* start_scripts = "/etc/rc.d/rc"; // `/etc/rc.d/rc 2` runs the scripts of /etc/rc.d/rc2.d

// What the daemons listen on: daemon, protocol, service, port, RPC program, and the program where it is another one or only
// the SRC knows its path. The port is the number of the service (=), one that is fixed elsewhere, or the kernel's choice
// (*). A daemon without columns opens none.
//
// The numbers of the tutorial's first table from 1001 on, one by one: 1001 and 1002 (statd), 32768 (dtlogin), 32769
// (ttdbserver), 32772 (dpid2) and 32785 (cmsd) were the kernel's choice on that day: statd takes a free reserved port,
// and from 32768 on are the ports that AIX hands out (aix_facts.md, sockets). 1234, 2401, 6000 and 6112 are fixed in
// /etc/services or by the X protocol, and 49213, though in the range of the others, in httpdlite.conf.
//
// Uncertain: that gated speaks RIP (gated.conf decides), and that the MIB daemons of 5.2 and later, which connect to
// snmpd, and muxatmd open no port of their own.
constexpr std::string_view known_sockets = R"(
portmap tcp sunrpc =
portmap udp sunrpc =
sendmail tcp smtp =
syslogd udp syslog =
snmpd udp snmp =
snmpd tcp smux =
dpid2 tcp smux =
dpid2 tcp dpid2 *
lpd tcp printer =
named tcp domain =
named udp domain =
timed udp timed =
xntpd udp ntp =
rwhod udp who =
routed udp router =
gated udp router =
dhcpcd udp bootpc =
dhcpcd6 udp dhcpv6-client =
dhcpsd udp bootps =
dhcprd udp bootps =
nfsd tcp nfs 2049 100003
nfsd udp nfs 2049 100003
rpc.mountd tcp rpc.mountd * 100005
rpc.mountd udp rpc.mountd * 100005
rpc.statd tcp rpc.statd * 100024
rpc.statd udp rpc.statd * 100024
rpc.lockd tcp rpc.lockd * 100021
rpc.lockd udp rpc.lockd * 100021
ypserv tcp ypserv * 100004
ypserv udp ypserv * 100004
ypbind tcp ypbind * 100007
ypbind udp ypbind * 100007
rpc.yppasswdd udp rpc.yppasswdd * 100009
rpc.ypupdated udp rpc.ypupdated * 100028
keyserv udp keyserv * 100029
writesrv tcp writesrv =
httpdlite tcp httpd 49213
rc.dt udp xdmcp = - /usr/dt/bin/dtlogin
rc.dt tcp X11 6000 - /usr/lpp/X11/bin/X
rc.dt tcp dtlogin * - /usr/dt/bin/dtgreet
ctrmc tcp rmc = - /usr/sbin/rsct/bin/rmcd
ctrmc udp rmc = - /usr/sbin/rsct/bin/rmcd
clcomd tcp clcomd_caa =
nimclient tcp nimsh = - /usr/sbin/nimsh
ssh tcp ssh 22 - /usr/sbin/sshd
sshd tcp ssh 22
inetd
biod
exportfs
domainname
autoconf6
ndpd-host
ndpd-router
mrouted
hostmibd
snmpmibd
aixmibd
muxatmd
netcd
)";

// What the /etc/services of AIX has of the services above, and of those in the inetd.conf that it ships.
constexpr std::string_view shipped_services = R"(
echo 7/tcp
echo 7/udp
discard 9/tcp
discard 9/udp
systat 11/tcp
daytime 13/tcp
daytime 13/udp
netstat 15/tcp
chargen 19/tcp
chargen 19/udp
ftp 21/tcp
telnet 23/tcp
smtp 25/tcp
time 37/tcp
time 37/udp
domain 53/tcp
domain 53/udp
bootps 67/udp
bootpc 68/udp
tftp 69/udp
finger 79/tcp
pop3 110/tcp
sunrpc 111/tcp
sunrpc 111/udp
ntp 123/udp
imap2 143/tcp
snmp 161/udp
xdmcp 177/udp
smux 199/tcp
exec 512/tcp
comsat 512/udp
login 513/tcp
who 513/udp
shell 514/tcp
syslog 514/udp
printer 515/tcp
talk 517/udp
ntalk 518/udp
router 520/udp
timed 525/udp
uucp 540/tcp
klogin 543/tcp
kshell 544/tcp
dhcpv6-client 546/udp
rmc 657/tcp
rmc 657/udp
instsrv 1234/tcp
xmquery 2279/udp
writesrv 2401/tcp
nimsh 3901/tcp
dtspc 6112/tcp dtspcd
caa_cfg 6181/tcp
wsmserver 9090/tcp
clcomd_caa 16191/tcp
)";

/// What one daemon listens on: a line of the table above.
struct KnownSocket {
    std::string_view daemon, protocol, name, port, rpc, program; // as there; empty where the line has no such column
};

/// A program that is started at boot, and from where.
struct Started {
    std::string name;    // the base name of the program, or the name of the subsystem or its group
    std::string program; // empty where the SRC starts it
    std::string arguments;
    std::string from;
};

using KnownSockets = std::multimap<std::string_view, KnownSocket>; // by daemon, in the order of the table

KnownSocket known_socket(std::string_view line) {
    KnownSocket socket;
    std::string_view* const columns[] = {&socket.daemon, &socket.protocol, &socket.name,
                                         &socket.port,   &socket.rpc,      &socket.program};
    const std::vector<Span> found = words(line);
    for (std::size_t i = 0; i < std::min(found.size(), std::size(columns)); ++i)
        *columns[i] = at(line, found[i]);
    return socket;
}

KnownSockets all_known_sockets() {
    KnownSockets sockets;
    for (const std::string_view line : split_lines(known_sockets))
        if (const KnownSocket socket = known_socket(line); !socket.daemon.empty())
            sockets.emplace(socket.daemon, socket);
    return sockets;
}

/// Whether the word is one of those in the list.
bool is_among(std::string_view word, std::string_view list) {
    for (const Span span : words(list))
        if (at(list, span) == word)
            return true;
    return false;
}

bool is_there(const Snapshot& snapshot, const std::string& path) {
    return snapshot.file(path).kind == FileState::Kind::regular;
}

// ---- what inittab starts

/// The level that init enters when the host boots: the highest of the initdefault record, of all if it names none. A host
/// without such a record asks at its console; 2 is then the usual answer.
char default_level(const std::vector<InittabRecord>& records) {
    char level = 0;
    for (const InittabRecord& record : records)
        if (!record.commented && record.action == "initdefault")
            for (const char digit : record.runlevel.empty() ? "9" : record.runlevel)
                level = digit <= '9' ? std::max(level, digit) : level;
    return level == 0 ? '2' : level;
}

bool runs_at_boot(const InittabRecord& record, char level) {
    if (record.commented || !is_among(record.action, "respawn wait once boot bootwait sysinit"))
        return false;
    return record.action == "sysinit" || record.runlevel.empty() || record.runlevel.find(level) != std::string::npos;
}

/// What `startsrc -s NAME -a ARGUMENTS` or `startsrc -g GROUP` starts; its options may be joined to their values.
Started started_by_src(const std::vector<std::string>& words, const std::string& from) {
    Started started{{}, {}, {}, from};
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string option = words[i].substr(0, 2);
        std::string value = words[i].substr(option.size());
        if (value.empty() && i + 1 < words.size())
            value = words[++i];
        if (option == "-s" || option == "-g")
            started.name = value;
        else if (option == "-a")
            started.arguments = value;
    }
    return started;
}

/// Whether the program to be started is still to come: `exec`, `nohup`, a shell, or an option of these.
bool stands_before_program(const std::string& word) {
    return word[0] == '-' || is_among(base_name(word), "exec nohup sh ksh bsh");
}

/// What the words of one command start.
Started started_by(std::vector<std::string> words, const std::string& from) {
    const auto last = words.end() - 1;
    words.erase(words.begin(), std::find_if_not(words.begin(), last, stands_before_program));
    const std::string program = words.front().substr(0, words.front().find(' ')); // of `sh -c 'program arguments'`
    const std::string name(base_name(program));
    if (name == "startsrc")
        return started_by_src(words, from);
    words.erase(words.begin());
    return {name, program, joined(words, " "), from};
}

/// What a text in the shell's language starts, whatever it depends on.
std::vector<Started> started_by(std::string_view text, const std::string& from) {
    std::vector<Started> all;
    for (const shell::Command& command : shell::scan(text).commands) {
        std::vector<std::string> words;
        for (const shell::Word& word : command.words)
            words.push_back(word.value);
        if (command.kind == shell::Command::Kind::simple && !words.empty())
            all.push_back(started_by(std::move(words), from));
    }
    return all;
}

/// What the records of inittab start themselves; without an inittab the two boot scripts.
std::vector<Started> started_by_init(const Snapshot& snapshot) {
    if (!is_there(snapshot, inittab_path))
        return started_by("/etc/rc.tcpip; /etc/rc.nfs", inittab_path);
    std::vector<Started> all;
    const std::vector<InittabRecord> records = snapshot.document<Inittab>(inittab_path)->records();
    const char level = default_level(records);
    for (const InittabRecord& record : records)
        if (runs_at_boot(record, level))
            for (Started& started : started_by(record.command, inittab_path))
                all.push_back(std::move(started));
    return all;
}

// ---- what the scripts start that inittab runs

/// /etc/rc.nfs (aix_facts.md, rc.nfs) starts what is executable, and the server only where /etc/exports is there. Of
/// nfsd a missing one counts, for to rename it is one of the tutorial's ways to be rid of it; of the others it means a
/// tree without programs.
bool starts(const RcDaemon& daemon, const Snapshot& snapshot) {
    constexpr unsigned executable = 0111;
    const auto program = snapshot.files.find(daemon.path);
    const bool known = program != snapshot.files.end() && program->second.kind == FileState::Kind::regular;
    if (known && (program->second.mode & executable) == 0)
        return false;
    if (daemon.name == "nfsd")
        return known && snapshot.state(exports_path).kind == FileState::Kind::regular;
    return daemon.name != "rpc.mountd" || starts({"nfsd", "/usr/sbin/nfsd", {}}, snapshot);
}

void add_boot_script(const std::string& path, const Snapshot& snapshot, std::vector<Started>& all) {
    if (!is_there(snapshot, path)) {
        if (path == rc_tcpip_path) // of every release it starts inetd
            all.push_back({"inetd", {}, {}, path});
        return;
    }
    const auto script = snapshot.document<RcScript>(path);
    for (const RcDaemon& daemon : script->daemons())
        if (daemon.enabled && starts(daemon, snapshot))
            all.push_back({daemon.name, daemon.path, arguments_at_boot(*script, daemon), path});
}

std::string directory_of(const Started& started) { return start_scripts + started.arguments.substr(0, 1) + ".d"; }

/// Whether a rule of this run takes the path away, by itself or with a directory that it is in.
bool is_taken_away(const std::string& path, const Snapshot& snapshot) {
    const std::set<std::string> way = with_directories(path);
    return std::any_of(way.begin(), way.end(), [&](const std::string& part) {
        const auto known = snapshot.files.find(part);
        return known != snapshot.files.end() && known->second.kind == FileState::Kind::missing;
    });
}

void add_start_scripts(const std::string& directory, const Snapshot& snapshot, std::vector<Started>& all) {
    constexpr unsigned executable = 0111;
    const std::string prefix = directory + "/S";
    for (auto script = snapshot.start_scripts.lower_bound(prefix); script != snapshot.start_scripts.end(); ++script) {
        const auto& [path, as_read] = *script;
        if (!path.starts_with(prefix))
            return;
        const auto known = snapshot.files.find(path); // with what rules make of it
        const bool is_file = known != snapshot.files.end() && known->second.kind == FileState::Kind::regular;
        const FileState& state = is_file && !known->second.unread ? known->second : as_read;
        const unsigned mode = is_file ? known->second.mode : as_read.mode;
        if (state.kind == FileState::Kind::regular && (mode & executable) != 0 && !is_taken_away(path, snapshot))
            for (Started& started : started_by(state.text, path))
                all.push_back(std::move(started));
    }
}

std::vector<Started> started_at_boot(const Snapshot& snapshot) {
    std::vector<Started> all;
    for (Started& started : started_by_init(snapshot)) {
        if (started.program == rc_tcpip_path || started.program == rc_nfs_path)
            add_boot_script(started.program, snapshot, all);
        else if (started.program == start_scripts)
            add_start_scripts(directory_of(started), snapshot, all);
        else
            all.push_back(std::move(started));
    }
    return all;
}

bool is_started(std::string_view name, const std::vector<Started>& all) {
    return std::any_of(all.begin(), all.end(), [&](const Started& started) { return started.name == name; });
}

// ---- what all that listens on

/// Whether syslogd is told to take nothing from the network (-R, alone or with other letters).
bool has_no_socket(const std::string& arguments) {
    for (const Span span : words(arguments)) {
        const std::string_view word = at(arguments, span);
        // What stands behind a letter that takes a value is that value.
        const std::string_view letters = word.substr(0, word.find_first_of("AMfmp"));
        if (word[0] == '-' && letters.find('R') != std::string_view::npos)
            return true;
    }
    return false;
}

/// Without -bd sendmail works off its queue at most. Arguments that only the shell could tell count as a daemon's.
bool is_mail_daemon(const std::string& arguments) {
    return arguments.empty() || arguments.find("-bd") != std::string::npos ||
           arguments.find("-bD") != std::string::npos || arguments.find('$') != std::string::npos;
}

bool listens(const Started& started, const KnownSocket& socket, bool has_dpid2) {
    if (socket.protocol.empty())
        return false;
    if (started.name == "syslogd")
        return !has_no_socket(started.arguments);
    if (started.name == "sendmail")
        return is_mail_daemon(started.arguments);
    // The tutorial found dpid2 at the SMUX port. Where there is none it is snmpd that waits there for its subagents.
    return socket.name != "smux" || started.name == "dpid2" || !has_dpid2;
}

/// By this the ports are sorted: numbers first, then RPC programs by their numbers, then the others by name.
std::tuple<std::uint64_t, std::string_view, std::string_view> order_of(const OpenPort& port) {
    constexpr std::uint64_t behind_ports = 1ULL << 16, behind_programs = 1ULL << 33;
    const std::uint64_t number = port.port ? *port.port : port.rpc ? behind_ports + *port.rpc : behind_programs;
    return {number, port.protocol, port.name};
}

/// In order, and each once: a service may have an entry for tcp and one for tcp6.
void sort(std::vector<OpenPort>& ports) {
    const auto all_of = [](const OpenPort& port) {
        return std::tie(port.program, port.started_from, port.port, port.rpc, port.dynamic);
    };
    const auto is_before = [&](const OpenPort& a, const OpenPort& b) {
        return order_of(a) != order_of(b) ? order_of(a) < order_of(b) : all_of(a) < all_of(b);
    };
    std::set<OpenPort, decltype(is_before)> known(is_before);
    std::erase_if(ports, [&](const OpenPort& port) { return !known.insert(port).second; });
    std::stable_sort(ports.begin(), ports.end(),
                     [](const OpenPort& a, const OpenPort& b) { return order_of(a) < order_of(b); });
}

std::optional<std::uint32_t> number_in(std::string_view digits) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool valid = error == std::errc() && end == digits.data() + digits.size();
    return valid ? std::optional(number) : std::nullopt;
}

/// The number that the host knows the service by, else the one that AIX ships.
std::optional<unsigned> service_port(std::string_view name, std::string_view protocol, const Services& services) {
    static const Services shipped = Services::parse(shipped_services);
    const auto port = services.port(name, protocol);
    return port ? port : shipped.port(name, protocol);
}

OpenPort port_of(const Started& started, const KnownSocket& socket, const Services& services) {
    OpenPort port{std::nullopt, std::string(socket.protocol), std::string(socket.name), started.program, started.from};
    if (!socket.program.empty())
        port.program = socket.program;
    else if (port.program.empty())
        port.program = "/usr/sbin/" + started.name;
    if (started.name == "rc.dt")
        port.started_from += " (spawned by /etc/rc.dt)";
    port.port = socket.port == "=" ? service_port(socket.name, socket.protocol, services) : port_number(socket.port);
    port.dynamic = socket.port == "*";
    port.rpc = number_in(socket.rpc);
    return port;
}

void add_sockets(const Started& started, const KnownSockets& known, bool has_dpid2, const Services& services,
                 ConfiguredPorts& found) {
    const auto [first, end] = known.equal_range(started.name);
    for (auto socket = first; socket != end; ++socket)
        if (listens(started, socket->second, has_dpid2))
            found.ports.push_back(port_of(started, socket->second, services));
    if (first == end && (started.from == rc_tcpip_path || started.from == rc_nfs_path))
        found.unknown.push_back(started.program);
}

// ---- what inetd listens on

/// tcp or udp, of an address family or of both: tcp6, and in netstat's output tcp4.
bool is_protocol(std::string_view word) {
    const bool has_family = word.size() == 4 && (word[3] == '4' || word[3] == '6');
    return (word.size() == 3 || has_family) && (word.starts_with("tcp") || word.starts_with("udp"));
}

/// The program number of an RPC entry: the last word but one of its arguments. A file of AIX 6.1 has `1000682-5` where
/// `100068 2-5` is meant; the numbers of RPC programs there have six digits (aix_facts.md, inetd).
std::optional<std::uint32_t> program_number(const std::string& arguments) {
    const std::vector<Span> found = words(arguments);
    for (std::size_t i = found.size(); i > 0 && i + 2 > found.size(); --i) {
        const std::string_view word = at(arguments, found[i - 1]);
        const std::string_view digits = word.substr(0, word.find('-') == std::string_view::npos ? word.size() : 6);
        if (digits.size() > 5 && number_in(digits))
            return number_in(digits);
    }
    return std::nullopt;
}

OpenPort port_of(const InetdEntry& entry, const Services& services) {
    OpenPort port{std::nullopt, entry.protocol.substr(0, 3), entry.service, entry.server, inetd_conf_path};
    if (entry.server == "internal")
        port.program = "/usr/sbin/inetd";
    port.dynamic = entry.socket_type.starts_with("sunrpc_");
    if (port.dynamic)
        port.rpc = program_number(entry.arguments);
    else if (!(port.port = service_port(entry.service, port.protocol, services)))
        port.port = port_number(entry.service);
    return port;
}

void add_inetd_ports(const Snapshot& snapshot, const Services& services, ConfiguredPorts& found) {
    if (!is_there(snapshot, inetd_conf_path))
        return;
    for (const InetdEntry& entry : snapshot.document<InetdConf>(inetd_conf_path)->entries()) {
        if (!entry.enabled || !is_protocol(entry.protocol))
            continue;
        OpenPort port = port_of(entry, services);
        if (!port.port && !port.dynamic)
            found.warnings.push_back(inetd_conf_path + ", line " + std::to_string(entry.line) + ": the port of " +
                                     entry.service + "/" + port.protocol +
                                     " is not known: /etc/services does not name it, so inetd cannot open it");
        found.ports.push_back(std::move(port));
    }
}

// ---- netstat

/// The sockets of programs that only ask have such ports, too: those that the kernel gives away.
constexpr unsigned first_free_port = 32768, first_free_reserved_port = 512, behind_reserved_ports = 1024;

/// A line as `f1000... tcp4 0 0 *.25 *.* LISTEN`, with or without the address of the control block in front.
std::optional<Listener> listener_in(std::string_view line) {
    std::vector<Span> found = words(line);
    if (found.size() > 1 && !is_protocol(at(line, found[0])))
        found.erase(found.begin());
    if (found.size() < 5 || !is_protocol(at(line, found[0])))
        return std::nullopt;
    const std::string_view protocol = at(line, found[0]).substr(0, 3), local = at(line, found[3]);
    const bool waits =
        protocol == "tcp" ? found.size() > 5 && at(line, found[5]) == "LISTEN" : at(line, found[4]) == "*.*";
    const std::size_t dot = local.rfind('.');
    const auto port = dot == std::string_view::npos ? std::nullopt : port_number(local.substr(dot + 1));
    if (!waits || !port)
        return std::nullopt;
    return Listener{*port, std::string(protocol), std::string(local.substr(0, dot))};
}

bool is_local(const Listener& listener) {
    return listener.address.starts_with("127.") || listener.address == "::1" || listener.address == "loopback";
}

std::string describe(unsigned port, const std::string& protocol) { return std::to_string(port) + "/" + protocol; }

bool may_be_dynamic(const Listener& listener, const std::vector<OpenPort>& ports) {
    if (listener.port >= first_free_port && listener.protocol == "udp")
        return true; // whoever sends a datagram has one of these
    if (listener.port < first_free_port &&
        (listener.port < first_free_reserved_port || listener.port >= behind_reserved_ports))
        return false;
    return std::any_of(ports.begin(), ports.end(),
                       [&](const OpenPort& port) { return port.dynamic && port.protocol == listener.protocol; });
}

} // namespace

Needs needs(const KnownPorts&, const Snapshot& snapshot) {
    Needs all;
    all.files = {inittab_path, rc_tcpip_path, rc_nfs_path, inetd_conf_path, services_path};
    all.presence = {exports_path, "/usr/sbin/nfsd", "/usr/sbin/rpc.mountd", "/usr/sbin/rpc.statd",
                    "/usr/sbin/rpc.lockd"};
    const auto inittab = snapshot.files.find(inittab_path);
    if (inittab == snapshot.files.end() || inittab->second.kind != FileState::Kind::regular)
        return all; // not read yet, or nothing that starts scripts
    for (const Started& started : started_by_init(snapshot))
        if (started.program == start_scripts)
            all.script_directories.insert(directory_of(started));
    return all;
}

void ensure(const KnownPorts&, Snapshot&) {}

std::string summary(const KnownPorts&) { return "look at ports"; }

ConfiguredPorts configured_ports(const Snapshot& snapshot) {
    if (!is_there(snapshot, inittab_path) && !is_there(snapshot, rc_tcpip_path) && !is_there(snapshot, inetd_conf_path))
        throw Error("none of " + inittab_path + ", " + rc_tcpip_path + " and " + inetd_conf_path +
                    " is there, so this is not the tree of an AIX host; option root names another one");
    ConfiguredPorts found;
    const Services services =
        Services::parse(is_there(snapshot, services_path) ? snapshot.text(services_path) : std::string());
    const std::vector<Started> all = started_at_boot(snapshot);
    const KnownSockets known = all_known_sockets();
    const bool has_dpid2 = is_started("dpid2", all);
    for (const Started& started : all)
        add_sockets(started, known, has_dpid2, services, found);
    if (is_started("inetd", all))
        add_inetd_ports(snapshot, services, found);
    sort(found.ports);
    return found;
}

std::optional<std::vector<Listener>> listeners(std::string_view netstat) {
    if (netstat.find("Active Internet connections") == std::string_view::npos)
        return std::nullopt;
    std::set<Listener> all; // those of tcp4 and tcp6 are one
    for (const std::string_view line : split_lines(netstat))
        if (const auto listener = listener_in(line))
            all.insert(*listener);
    return std::vector<Listener>(all.begin(), all.end());
}

bool is_configured(const Listener& listener, const std::vector<OpenPort>& ports) {
    return std::any_of(ports.begin(), ports.end(), [&](const OpenPort& port) {
        return port.port == listener.port && port.protocol == listener.protocol;
    });
}

std::vector<std::string> differences(const std::vector<OpenPort>& ports, const std::vector<Listener>& listeners) {
    std::vector<std::string> all;
    std::set<std::pair<unsigned, std::string_view>> listening;
    for (const Listener& listener : listeners)
        listening.emplace(listener.port, listener.protocol);
    for (const OpenPort& port : ports)
        if (port.port && !listening.contains({*port.port, port.protocol}))
            all.push_back(describe(*port.port, port.protocol) + " is configured (" + port.name + ", by " +
                          port.started_from + ") but nothing listens");
    for (const Listener& listener : listeners)
        if (!is_local(listener) && !is_configured(listener, ports) && !may_be_dynamic(listener, ports))
            all.push_back(describe(listener.port, listener.protocol) + " listens but no configuration opens it");
    return all;
}

} // namespace bulwark
