#include "document/boot_script/rc_script.hpp"

#include "document/boot_script/shell.hpp"

#include "error.hpp"
#include "support/ksh.hpp"
#include "support/sample.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace bulwark;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

using Edit = std::function<bool(RcScript&)>;

Edit disable(const std::string& daemon) {
    return [daemon](RcScript& script) { return script.disable(daemon); };
}

Edit enable(const std::string& daemon) {
    return [daemon](RcScript& script) { return script.enable(daemon); };
}

Edit remove_daemon(const std::string& daemon) {
    return [daemon](RcScript& script) { return script.remove(daemon); };
}

Edit configure(const std::string& daemon, const std::string& arguments) {
    return [daemon, arguments](RcScript& script) { return script.configure(daemon, arguments); };
}

/// The text after an edit that must find something to edit, and nothing more when it is done again.
std::string edited(std::string_view text, const Edit& edit) {
    RcScript script = RcScript::parse(text);
    CHECK(edit(script));
    RcScript again = script;
    edit(again);
    CHECK(again == script);
    return script.text();
}

/// What the Error says, or nothing; a failed edit must leave the document as it was.
std::string refusal(std::string_view text, const Edit& edit) {
    RcScript script = RcScript::parse(text);
    try {
        edit(script);
    } catch (const Error& error) {
        CHECK(script.text() == text);
        return error.what();
    }
    return {};
}

/// "12 + name path [arguments]", with a minus where it is disabled.
std::vector<std::string> listing(std::string_view text) {
    std::vector<std::string> lines;
    for (const RcDaemon& daemon : RcScript::parse(text).daemons())
        lines.push_back(std::to_string(daemon.line) + (daemon.enabled ? " + " : " - ") + daemon.name + " " +
                        daemon.path + " [" + daemon.arguments + "]");
    return lines;
}

using Listing = std::vector<std::string>;

std::set<std::string> names(std::string_view text) {
    std::set<std::string> found;
    for (const RcDaemon& daemon : RcScript::parse(text).daemons())
        found.insert(daemon.name);
    return found;
}

} // namespace

TEST_CASE("rc.tcpip as AIX 4.3.3 ships it: its daemons") {
    CHECK(listing(sample("aix-4.3.3/etc/rc.tcpip")) ==
          Listing{
              "21 - dhcpcd /usr/sbin/dhcpcd []",
              "24 - autoconf6 /usr/sbin/autoconf6 []",
              "27 - ndpd-host /usr/sbin/ndpd-host []",
              "30 - ndpd-router /usr/sbin/ndpd-router []",
              "33 + syslogd /usr/sbin/syslogd []",
              "36 - lpd /usr/sbin/lpd []",
              "39 - routed /usr/sbin/routed []",
              "40 - gated /usr/sbin/gated []",
              "44 + sendmail /usr/lib/sendmail [-bd -q${qpi}]",
              "47 + portmap /usr/sbin/portmap []",
              "50 + inetd /usr/sbin/inetd []",
              "53 - named /usr/sbin/named []",
              "56 - timed /usr/sbin/timed []",
              "59 - xntpd /usr/sbin/xntpd []",
              "62 - rwhod /usr/sbin/rwhod []",
              "65 + snmpd /usr/sbin/snmpd []",
              "68 - dhcpsd /usr/sbin/dhcpsd []",
              "71 - dhcprd /usr/sbin/dhcprd []",
              "74 + dpid2 /usr/sbin/dpid2 []",
              "77 - mrouted /usr/sbin/mrouted []",
              "80 - muxatmd /usr/sbin/muxatmd []",
              "82 + x_st_mgrd /usr/lpp/x_st_mgr/bin/x_st_mgrd [-b /usr/lpp/x_st_mgr/bin/x_st_mgrd.cf -s x_st_mgrd]",
          });
}

TEST_CASE("rc.nfs as AIX 4.3.3 ships it: its daemons") {
    CHECK(listing(sample("aix-4.3.3/etc/rc.nfs")) == Listing{
                                                         "20 - domainname /usr/bin/domainname [ibm]",
                                                         "23 - ypserv /usr/etc/ypserv []",
                                                         "26 - ypbind /usr/etc/ypbind []",
                                                         "30 + biod /usr/sbin/biod [8]",
                                                         "38 + exportfs /usr/sbin/exportfs [-a]",
                                                         "39 + nfsd /usr/sbin/nfsd [8]",
                                                         "40 + rpc.mountd /usr/sbin/rpc.mountd []",
                                                         "47 + rpc.statd /usr/sbin/rpc.statd []",
                                                         "51 + rpc.lockd /usr/sbin/rpc.lockd []",
                                                     });
}

TEST_CASE("every daemon of the shipped scripts goes off and on, and the bytes come back") {
    for (const char* path : {"aix-4.3.3/etc/rc.tcpip", "aix-4.3.3/etc/rc.nfs"}) {
        const std::string text = sample(path);
        for (const RcDaemon& daemon : RcScript::parse(text).daemons()) {
            CAPTURE(daemon.name);
            const std::string other = edited(text, daemon.enabled ? disable(daemon.path) : enable(daemon.path));
            CHECK(other != text);
            CHECK(edited(other, daemon.enabled ? enable(daemon.name) : disable(daemon.name)) == text);
            CHECK(edited(text, daemon.enabled ? enable(daemon.name) : disable(daemon.name)) == text);
        }
    }
}

TEST_CASE("disabling all daemons of the shipped scripts and enabling them backwards gives the bytes back") {
    for (const char* path : {"aix-4.3.3/etc/rc.tcpip", "aix-4.3.3/etc/rc.nfs"}) {
        const std::string text = sample(path);
        RcScript script = RcScript::parse(text);
        std::vector<std::string> disabled;
        for (const RcDaemon& daemon : script.daemons())
            if (daemon.enabled && daemon.name != "exportfs") // it goes and comes with nfsd
                disabled.insert(disabled.begin(), daemon.name);
        for (const std::string& name : disabled)
            CHECK(script.disable(name));
        for (const RcDaemon& daemon : script.daemons())
            CHECK_FALSE((daemon.enabled && daemon.name != "exportfs"));
        for (auto name = disabled.rbegin(); name != disabled.rend(); ++name)
            CHECK(script.enable(*name));
        CHECK(script.text() == text);
    }
}

TEST_CASE("what the tutorial disables in rc.tcpip") {
    const std::string text = sample("aix-4.3.3/etc/rc.tcpip");
    RcScript script = RcScript::parse(text);
    for (const char* daemon : {"snmpd", "dpid2", "x_st_mgrd", "sendmail"})
        CHECK(script.disable(daemon));
    std::string expected = text;
    for (const std::string line : {"start /usr/sbin/snmpd ", "start /usr/sbin/dpid2 ",
                                   "/usr/lpp/x_st_mgr/bin/x_st_mgrd -b", "start /usr/lib/sendmail "})
        expected.insert(expected.find("\n" + line) + 1, "#");
    CHECK(script.text() == expected);
}

TEST_CASE("every form of a line that starts a daemon is disabled by a # as first character, and enabled again") {
    struct Row {
        std::string line, listing;
    };
    const Row rows[] = {
        {"start /usr/sbin/d \"$src_running\"", "d /usr/sbin/d []"},
        {"start /usr/sbin/d \"${src_running}\"", "d /usr/sbin/d []"},
        {"start /usr/sbin/d $src_running", "d /usr/sbin/d []"},
        {"start /usr/sbin/d \"\"", "d /usr/sbin/d []"},
        {"start /usr/sbin/d ''", "d /usr/sbin/d []"},
        {"start /usr/sbin/d", "d /usr/sbin/d []"},
        {"start  \t/usr/sbin/d   \"$src_running\"\t\"-a  -b\" ", "d /usr/sbin/d [-a  -b]"},
        {"start /usr/sbin/d \"$src_running\" -q", "d /usr/sbin/d [-q]"},
        {"start /usr/sbin/d \"$src_running\" -q -t", "d /usr/sbin/d [-q -t]"},
        {"start /usr/sbin/d \"$src_running\" '-x \"$y\"'", "d /usr/sbin/d [-x \"$y\"]"},
        {"start /usr/sbin/d \"$src_running\" \"-x \\\"a\\\" \\\\ \\b\"", "d /usr/sbin/d [-x \"a\" \\ \\b]"},
        {"start /usr/sbin/d -x \"$src_running\"", "d /usr/sbin/d [-x]"},
        {"start /usr/sbin/d -x \"\"", "d /usr/sbin/d [-x ]"},
        {"start \"/usr/sbin/d\" \"$src_running\"", "d /usr/sbin/d []"},
        {"start $DIR/d \"$src_running\"", "d $DIR/d []"},
        {"start /usr/sbin/d \"$src_running\" -h `hostname` $(echo \"; x\")",
         "d /usr/sbin/d [-h `hostname` $(echo \"; x\")]"},
        {"start /usr/sbin/d \"$src_running\" # the daemon; see start /usr/sbin/e", "d /usr/sbin/d []"},
        {"start /usr/sbin/d \"$src_running\";", "d /usr/sbin/d []"},
        {"start /usr/sbin/d \"$src_running\" > /dev/console 2>&1", "d /usr/sbin/d []"},
        {"start d /usr/sbin/d 8", "d /usr/sbin/d [8]"},
        {"start d /usr/sbin/d", "d /usr/sbin/d []"},
        {"start another /usr/sbin/d -a \"b c\"", "d /usr/sbin/d [-a b c]"},
        {"\tstart /usr/sbin/d \"$src_running\"", "d /usr/sbin/d []"},
        {"    start /usr/sbin/d \"$src_running\"", "d /usr/sbin/d []"},
        {"/usr/lpp/d/bin/d -b /usr/lpp/d/d.cf -s d", "d /usr/lpp/d/bin/d [-b /usr/lpp/d/d.cf -s d]"},
        {"/usr/sbin/d", "d /usr/sbin/d []"},
        {"/usr/sbin/d start &", "d /usr/sbin/d [start]"},
        {"/usr/sbin/d -x >/tmp/log 2>&1 </dev/null &", "d /usr/sbin/d [-x]"},
        {">/tmp/log /usr/sbin/d 8", "d /usr/sbin/d [8]"},
        {"\t/usr/sbin/d -x", "d /usr/sbin/d [-x]"},
        {"[ -x /usr/sbin/d ] && /usr/sbin/d -x", "d /usr/sbin/d [-x]"},
        {"[ -z \"$d_pid\" ] && start /usr/sbin/d \"${src_running}\"", "d /usr/sbin/d []"},
        {"test -n \"$d_pid\" || start /usr/sbin/d \"${src_running}\"", "d /usr/sbin/d []"},
        {"[[ -x /usr/sbin/d && -f /etc/d.cf ]] && (( n < 3 )) && start /usr/sbin/d \"\"", "d /usr/sbin/d []"},
        {"if [ -x /usr/sbin/d ]; then start /usr/sbin/d \"$src_running\"; fi", "d /usr/sbin/d []"},
        {"if test -f /etc/d.cf -a -x \"/usr/sbin/d\"; then start d /usr/sbin/d; else echo no; fi > /dev/null",
         "d /usr/sbin/d []"},
        {"if [ -x /usr/sbin/d -a -x /usr/sbin/e ] && /usr/sbin/e -q; then /usr/sbin/d; fi", "d /usr/sbin/d []"},
        {"if [ -f /etc/d.cf ]; then :; elif [[ -x /usr/sbin/d ]]; then /usr/sbin/d & fi", "d /usr/sbin/d []"},
    };
    for (const Row& row : rows)
        for (const std::string end : {"\n", "\r\n"}) {
            CAPTURE(row.line);
            const std::string before = "# Start up the daemon" + end, after = end + "echo done" + end;
            const std::string on = before + row.line + end + after, off = before + "#" + row.line + end + after;
            CHECK(listing(on) == Listing{"2 + " + row.listing});
            CHECK(edited(on, disable("d")) == off);
            CHECK(listing(off) == Listing{"2 - " + row.listing});
            CHECK(edited(off, enable("d")) == on);
            CHECK(edited(on, remove_daemon("d")) == before + after);
            CHECK(edited(off, remove_daemon("d")) == before + after);
        }
}

TEST_CASE("a last line without a line end keeps that way") {
    CHECK(edited("echo\nstart /usr/sbin/d \"\"", disable("d")) == "echo\n#start /usr/sbin/d \"\"");
    CHECK(edited("#start /usr/sbin/d \"\"", enable("d")) == "start /usr/sbin/d \"\"");
    CHECK(edited("echo\nstart /usr/sbin/d \"\"", remove_daemon("d")) == "echo\n");
}

TEST_CASE("a daemon is known by its base name and by its full path, and by no other name") {
    const std::string text = "start /usr/lib/sendmail \"$src_running\"\n";
    for (const char* name : {"sendmail", "/usr/lib/sendmail"})
        CHECK(edited(text, disable(name)) == "#" + text);
    for (const char* name : {"/usr/sbin/sendmail", "mail", "lib/sendmail", "sendmai", "start", ""}) {
        RcScript script = RcScript::parse(text);
        CHECK_FALSE(script.disable(name));
        CHECK_FALSE(script.enable(name));
        CHECK_FALSE(script.remove(name));
        CHECK_FALSE(script.configure(name, "-x"));
        CHECK(script.text() == text);
    }
}

TEST_CASE("text in a comment that is prose is no disabled daemon") {
    const char* const lines[] = {
        "# Start up the named daemon",
        "# start up the /usr/sbin/named daemon",
        "# start /usr/sbin/named if this host is a name server",
        "# start named when /usr/sbin/named is there",
        "#Start up /usr/sbin/named",
        "#start the daemon",
        "#start",
        "# /usr/sbin/named -b /etc/named.boot",
        "# Uncomment: #start /usr/sbin/named \"$src_running\"",
        "#start /usr/sbin/named \"$src_running\" isn't needed",
        "#start /usr/sbin/named \"$src_running'",
        "# start $DIR/named \"$src_running\"",
        "# start up /usr/sbin/named",
        "#start /usr/sbin/named \"$src_running\"; echo done",
        "#start /usr/sbin/named \\\n",
        "#[ -x /usr/sbin/named ]",
        "#named=/usr/sbin/named",
        "#! /usr/sbin/named",
        "#",
    };
    for (const std::string line : lines)
        for (const std::string end : {"\n", ""}) {
            CAPTURE(line);
            CHECK(listing(line + end) == Listing{});
            RcScript script = RcScript::parse(line + end);
            CHECK_FALSE(script.enable("named"));
            CHECK(script.text() == line + end);
        }
}

TEST_CASE("a start line behind a # and a blank, as people write it, is a disabled daemon") {
    struct Row {
        std::string off, on;
    };
    const Row rows[] = {
        {"# start /usr/sbin/routed \"$src_running\" -q\n", "start /usr/sbin/routed \"$src_running\" -q\n"},
        {"# start /usr/sbin/routed \"\"\n", "start /usr/sbin/routed \"\"\n"},
        {"# start routed /usr/sbin/routed -q\n", "start routed /usr/sbin/routed -q\n"},
        {"\t# start /usr/sbin/routed \"$src_running\"\n", "\tstart /usr/sbin/routed \"$src_running\"\n"},
        {"\t#start /usr/sbin/routed \"$src_running\"\n", "\tstart /usr/sbin/routed \"$src_running\"\n"},
        {"# \tstart /usr/sbin/routed \"$src_running\"\n", " \tstart /usr/sbin/routed \"$src_running\"\n"},
        {"# start /usr/sbin/routed \\\n#  \"$src_running\"\n", "start /usr/sbin/routed \\\n  \"$src_running\"\n"},
        {"# [ -z \"$pid\" ] && start /usr/sbin/routed \"$src_running\"\n",
         "[ -z \"$pid\" ] && start /usr/sbin/routed \"$src_running\"\n"},
    };
    for (const Row& row : rows)
        CHECK(edited(row.off, enable("routed")) == row.on);
}

TEST_CASE("a line indented by one blank comes back with it, though # and a blank would look like prose") {
    CHECK(edited(" start /usr/sbin/d \"\"\n", disable("d")) == " #start /usr/sbin/d \"\"\n");
    CHECK(edited(" #start /usr/sbin/d \"\"\n", enable("d")) == " start /usr/sbin/d \"\"\n");
    CHECK(edited(" /usr/sbin/d -x\n", disable("d")) == " #/usr/sbin/d -x\n");
    CHECK(edited(" #/usr/sbin/d -x\n", enable("d")) == " /usr/sbin/d -x\n");
}

TEST_CASE("the guarded portmap of AIX 5.3 and later goes off and on with the assignment that serves its guard alone") {
    const std::string on = "# Start up Portmapper\n"
                           "portmap_pid=`ps -e | awk '$NF == \"portmap\" { print $1; exit }'`\n"
                           "[ -z \"$portmap_pid\" ] && start /usr/sbin/portmap \"${src_running}\"\n"
                           "\n"
                           "start /usr/sbin/inetd \"$src_running\"\n";
    const std::string off = "# Start up Portmapper\n"
                            "#portmap_pid=`ps -e | awk '$NF == \"portmap\" { print $1; exit }'`\n"
                            "#[ -z \"$portmap_pid\" ] && start /usr/sbin/portmap \"${src_running}\"\n"
                            "\n"
                            "start /usr/sbin/inetd \"$src_running\"\n";
    CHECK(listing(on) == Listing{"3 + portmap /usr/sbin/portmap []", "5 + inetd /usr/sbin/inetd []"});
    CHECK(edited(on, disable("portmap")) == off);
    CHECK(listing(off) == Listing{"3 - portmap /usr/sbin/portmap []", "5 + inetd /usr/sbin/inetd []"});
    CHECK(edited(off, enable("portmap")) == on);
    const std::string gone = "# Start up Portmapper\n\nstart /usr/sbin/inetd \"$src_running\"\n";
    CHECK(edited(on, remove_daemon("portmap")) == gone);
    CHECK(edited(off, remove_daemon("portmap")) == gone);
}

TEST_CASE("which assignments belong to a guard") {
    struct Row {
        std::string on, off;
    };
    const Row rows[] = {
        {"p=$(ps -e |\n  awk '\n/d/ { print }\n')\necho\n[ -z \"${p}\" ] && start /usr/sbin/d \"\"\n",
         "#p=$(ps -e |\n#  awk '\n#/d/ { print }\n#')\necho\n#[ -z \"${p}\" ] && start /usr/sbin/d \"\"\n"},
        {"p=1\n[ -z \"$p\" ] && start /usr/sbin/d \"\"\necho $p\n", // somebody else needs it
         "p=1\n#[ -z \"$p\" ] && start /usr/sbin/d \"\"\necho $p\n"},
        {"p=1\n[ -z \"$p\" ] && start /usr/sbin/d \"$p\"\n", "p=1\n#[ -z \"$p\" ] && start /usr/sbin/d \"$p\"\n"},
        {"p=1\n[ -z \"$p\" ] && start /usr/sbin/d $p", "p=1\n#[ -z \"$p\" ] && start /usr/sbin/d $p"},
        {"[ $? -eq 0 ] && start /usr/sbin/d \"\"\n", "#[ $? -eq 0 ] && start /usr/sbin/d \"\"\n"},
        {"#p=1\nif [ a ]; then\n\t[ $p ] && start /usr/sbin/d \"\"\n\t:\nfi\n",
         "#p=1\nif [ a ]; then\n#\t[ $p ] && start /usr/sbin/d \"\"\n\t:\nfi\n"},
        {"[ $p ] && start /usr/sbin/d \"\"\n#p=1\n", "#[ $p ] && start /usr/sbin/d \"\"\n#p=1\n"}, // too late
        {"p=1\nexport p\n[ -z \"$p\" ] && start /usr/sbin/d \"\"\n",
         "p=1\nexport p\n#[ -z \"$p\" ] && start /usr/sbin/d \"\"\n"},
        {"p=1 q=2\n[ -z \"$p\" ] && start /usr/sbin/d \"\"\n", "p=1 q=2\n#[ -z \"$p\" ] && start /usr/sbin/d \"\"\n"},
        {"p=1; echo\n[ -z \"$p\" ] && start /usr/sbin/d \"\"\n",
         "p=1; echo\n#[ -z \"$p\" ] && start /usr/sbin/d \"\"\n"},
        {"[ -z \"$p\" ] && start /usr/sbin/d \"\"\np=1\n", "#[ -z \"$p\" ] && start /usr/sbin/d \"\"\np=1\n"},
        {"# p is its number\np=1 # the pid\npp=2\n[ -z \"$p\" ] && start /usr/sbin/d \"\"\n", // a comment is no use
         "# p is its number\n#p=1 # the pid\npp=2\n#[ -z \"$p\" ] && start /usr/sbin/d \"\"\n"},
        {"p=1\nq=2\n[ \"$p\" = \"$q\" ] && start /usr/sbin/d \"\"\n",
         "#p=1\n#q=2\n#[ \"$p\" = \"$q\" ] && start /usr/sbin/d \"\"\n"},
        {"if [ a ]; then\n p=1\n :\n [ $p ] && start /usr/sbin/d \"\"\nfi\n",
         "if [ a ]; then\n #p=1\n :\n #[ $p ] && start /usr/sbin/d \"\"\nfi\n"},
        {"p=1\nif [ a ]; then\n\t[ $p ] && start /usr/sbin/d \"\"\n\t:\nfi\n", // not in the same body
         "p=1\nif [ a ]; then\n#\t[ $p ] && start /usr/sbin/d \"\"\n\t:\nfi\n"},
        {"[ -x /usr/sbin/d ] &&\n\tstart /usr/sbin/d \"\"\n", "#[ -x /usr/sbin/d ] &&\n#\tstart /usr/sbin/d \"\"\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.on);
        CHECK(edited(row.on, disable("d")) == row.off);
        CHECK(edited(row.off, enable("d")) == row.on);
    }
}

TEST_CASE("a guard whose variable another daemon's guard tests too gives it up last and takes it back first") {
    const std::string on = "p=1\n[ $p ] && start /usr/sbin/a \"\"\n[ $p ] && start /usr/sbin/b \"\"\n";
    const std::string without_a = "p=1\n#[ $p ] && start /usr/sbin/a \"\"\n[ $p ] && start /usr/sbin/b \"\"\n";
    const std::string without = "#p=1\n#[ $p ] && start /usr/sbin/a \"\"\n#[ $p ] && start /usr/sbin/b \"\"\n";
    CHECK(edited(on, disable("a")) == without_a);
    CHECK(edited(without_a, disable("b")) == without);
    CHECK(edited(without, enable("b")) == without_a);
    CHECK(edited(without, remove_daemon("b")) == "#p=1\n#[ $p ] && start /usr/sbin/a \"\"\n");
    CHECK(edited(without_a, remove_daemon("b")) == "p=1\n#[ $p ] && start /usr/sbin/a \"\"\n");
    CHECK(edited("#p=1\n#[ $p ] && start /usr/sbin/a \"\"\n", remove_daemon("a")) == "");
    CHECK(edited(without, enable("a")) == "p=1\n[ $p ] && start /usr/sbin/a \"\"\n#[ $p ] && start /usr/sbin/b \"\"\n");
}

TEST_CASE("a stanza whose test names the daemon is commented out as a whole, comments and empty lines too") {
    struct Row {
        std::string on, off;
    };
    const Row rows[] = {
        {"if [ -x /usr/sbin/d -a -f /etc/exports ]; then\n\t> /etc/xtab\n\t/usr/sbin/exportfs -a\n\tstart d "
         "/usr/sbin/d 8\n"
         "\tstart rpc.mountd /usr/sbin/rpc.mountd\nfi\n",
         "#if [ -x /usr/sbin/d -a -f /etc/exports ]; then\n#\t> /etc/xtab\n#\t/usr/sbin/exportfs -a\n"
         "#\tstart d /usr/sbin/d 8\n#\tstart rpc.mountd /usr/sbin/rpc.mountd\n#fi\n"},
        {"if [ -x /usr/sbin/d ]\nthen\n# remark\n\n\t# another\n \t\n#\n  start d /usr/sbin/d\nfi >/dev/null 2>&1 # "
         "done\n",
         "#if [ -x /usr/sbin/d ]\n#then\n## remark\n#\n#\t# another\n# \t\n##\n#  start d /usr/sbin/d\n"
         "#fi >/dev/null 2>&1 # done\n"},
        {"if [ ! -x /usr/sbin/d ]; then\n  echo none\nelif [ a ]; then\n  :\nelse\n  if [ b ]; then\n    start d "
         "/usr/sbin/d\n"
         "  fi\nfi\n",
         "#if [ ! -x /usr/sbin/d ]; then\n#  echo none\n#elif [ a ]; then\n#  :\n#else\n#  if [ b ]; then\n"
         "#    start d /usr/sbin/d\n#  fi\n#fi\n"},
        {"if [ a ]\nthen\n\techo a\n\tif [ -x /usr/sbin/d ]\n\tthen\n\t\tstart d /usr/sbin/d\n\tfi\nfi\n",
         "if [ a ]\nthen\n\techo a\n#\tif [ -x /usr/sbin/d ]\n#\tthen\n#\t\tstart d /usr/sbin/d\n#\tfi\nfi\n"},
        {"if [ -x /usr/sbin/d ]; then\nif [ -x /usr/sbin/d ]; then\nstart d /usr/sbin/d\nfi; fi\n",
         "#if [ -x /usr/sbin/d ]; then\n#if [ -x /usr/sbin/d ]; then\n#start d /usr/sbin/d\n#fi; fi\n"},
        {" if [ -x /usr/sbin/d ]; then\n echo \"a\n b\n\n# c\"\n start d /usr/sbin/d\n fi\n",
         " #if [ -x /usr/sbin/d ]; then\n #echo \"a\n #b\n#\n## c\"\n #start d /usr/sbin/d\n #fi\n"},
        {"if [ -x /usr/sbin/d ]; then\n\tcat <<-E > /etc/d.cf\n\tfi\n\t$x\n\tE\n\tstart d /usr/sbin/d\nfi\n",
         "#if [ -x /usr/sbin/d ]; then\n#\tcat <<-E > /etc/d.cf\n#\tfi\n#\t$x\n#\tE\n#\tstart d /usr/sbin/d\n#fi\n"},
        {"f() {\n\techo\n\tif [ -x /usr/sbin/d ]; then\n\t\tstart d /usr/sbin/d\n\tfi\n}\n",
         "f() {\n\techo\n#\tif [ -x /usr/sbin/d ]; then\n#\t\tstart d /usr/sbin/d\n#\tfi\n}\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.on);
        const std::string before = "echo before\n", after = "echo after\n";
        CHECK(edited(before + row.on + after, disable("d")) == before + row.off + after);
        CHECK(edited(before + row.off + after, enable("d")) == before + row.on + after);
        const std::string kept = edited(before + row.on + after, remove_daemon("d"));
        CHECK(kept == edited(before + row.off + after, remove_daemon("d")));
        CHECK(kept.find("/usr/sbin/d") == std::string::npos);
    }
}

TEST_CASE("stanzas that stand next to each other, some commented out, are told apart") {
    const std::string text = "#if [ -x /usr/etc/a ]; then\n#\tstart a /usr/etc/a\n#fi\n"
                             "if [ -x /usr/etc/b ]; then\n\tstart b /usr/etc/b\nfi\n"
                             "#if [ -x /usr/etc/c ]; then\n#\tstart c /usr/etc/c\n#fi\n";
    CHECK(edited(text, enable("a")) == "if [ -x /usr/etc/a ]; then\n\tstart a /usr/etc/a\nfi\n"
                                       "if [ -x /usr/etc/b ]; then\n\tstart b /usr/etc/b\nfi\n"
                                       "#if [ -x /usr/etc/c ]; then\n#\tstart c /usr/etc/c\n#fi\n");
    const std::string none = edited(text, disable("b"));
    CHECK(none == "#if [ -x /usr/etc/a ]; then\n#\tstart a /usr/etc/a\n#fi\n"
                  "#if [ -x /usr/etc/b ]; then\n#\tstart b /usr/etc/b\n#fi\n"
                  "#if [ -x /usr/etc/c ]; then\n#\tstart c /usr/etc/c\n#fi\n");
    CHECK(edited(none, enable("b")) == text);
}

TEST_CASE("a daemon that stands in somebody else's stanza is commented out alone, and comes back alone") {
    const std::string on = "if [ -x /usr/sbin/nfsd ]; then\n\tstart nfsd /usr/sbin/nfsd 8\n"
                           "\tstart rpc.mountd /usr/sbin/rpc.mountd\nfi\n";
    const std::string off = "if [ -x /usr/sbin/nfsd ]; then\n\tstart nfsd /usr/sbin/nfsd 8\n"
                            "#\tstart rpc.mountd /usr/sbin/rpc.mountd\nfi\n";
    CHECK(edited(on, disable("rpc.mountd")) == off);
    CHECK(edited(off, enable("rpc.mountd")) == on);
    CHECK(edited(on, remove_daemon("rpc.mountd")) ==
          "if [ -x /usr/sbin/nfsd ]; then\n\tstart nfsd /usr/sbin/nfsd 8\nfi\n");
    SUBCASE("where the stanza goes too, it comes back as it was") {
        const std::string none = edited(off, disable("nfsd"));
        CHECK(none == "#if [ -x /usr/sbin/nfsd ]; then\n#\tstart nfsd /usr/sbin/nfsd 8\n"
                      "##\tstart rpc.mountd /usr/sbin/rpc.mountd\n#fi\n");
        CHECK(listing(none) == Listing{"2 - nfsd /usr/sbin/nfsd [8]", "3 - rpc.mountd /usr/sbin/rpc.mountd []"});
        CHECK(edited(none, enable("nfsd")) == off);
        CHECK(edited(none, remove_daemon("rpc.mountd")) ==
              "#if [ -x /usr/sbin/nfsd ]; then\n#\tstart nfsd /usr/sbin/nfsd 8\n#fi\n");
    }
    SUBCASE("it cannot come back while the stanza is away") {
        const std::string none = edited(on, disable("nfsd"));
        CHECK(edited(none, disable("rpc.mountd")) == none);
        CHECK(refusal(none, enable("rpc.mountd")) == "line 3: /usr/sbin/rpc.mountd stands in the commented-out lines 1 "
                                                     "to 4, the stanza of nfsd: enable that, and "
                                                     "with it the whole stanza");
        CHECK(edited(none, remove_daemon("rpc.mountd")) ==
              "#if [ -x /usr/sbin/nfsd ]; then\n#\tstart nfsd /usr/sbin/nfsd 8\n#fi\n");
    }
}

TEST_CASE("a stanza whose test names two daemons that it starts is neither's own, until it starts but one") {
    const std::string both =
        "if [ -x /usr/sbin/a -a -x /usr/sbin/b ]; then\n\tstart a /usr/sbin/a\n\tstart b /usr/sbin/b\nfi\n";
    const std::string one =
        "if [ -x /usr/sbin/a -a -x /usr/sbin/b ]; then\n\tstart a /usr/sbin/a\n#\tstart b /usr/sbin/b\nfi\n";
    const std::string none =
        "#if [ -x /usr/sbin/a -a -x /usr/sbin/b ]; then\n#\tstart a /usr/sbin/a\n##\tstart b /usr/sbin/b\n#fi\n";
    CHECK(edited(both, disable("b")) == one);
    CHECK(edited(one, disable("a")) == none);
    CHECK(edited(none, enable("a")) == one);
    CHECK(edited(one, enable("b")) == both);
}

TEST_CASE("an edit that would leave nothing between two words of the shell is refused, with the line and the remedy") {
    struct Row {
        std::string text, opener;
    };
    const Row rows[] = {
        {"if [ a ]; then\n\tstart /usr/sbin/d \"\"\nfi\n", "'then' of line 1"},
        {"if [ a ]\nthen\n# remark\n\tstart /usr/sbin/d \"\"\n\n#start /usr/sbin/e \"\"\nfi\n", "'then' of line 2"},
        {"if [ a ]\nthen\n\techo\nelse\n\tstart /usr/sbin/d \"\"\nfi\n", "'else' of line 4"},
        {"while read x; do\n\tstart /usr/sbin/d \"\"\ndone\n", "'do' of line 1"},
        {"for x in a b\ndo\n\tstart /usr/sbin/d \"\"\ndone\n", "'do' of line 2"},
        {"f()\n{\n\tstart /usr/sbin/d \"\"\n}\n", "'{' of line 2"},
        {"(\n\tstart /usr/sbin/d \"\"\n)\n", "'(' of line 1"},
        {"function f {\n\tif [ -x /usr/sbin/d ]; then\n\t\tstart /usr/sbin/d \"\"\n\tfi\n}\n", "'{' of line 1"},
        {"if [ a ]; then\n\tp=1\n\t[ $p ] && start /usr/sbin/d \"\"\nfi\n", "'then' of line 1"},
    };
    for (const Row& row : rows)
        for (const Edit& edit : {disable("d"), remove_daemon("d")}) {
            CAPTURE(row.text);
            const std::string message = refusal(row.text, edit);
            const std::size_t offset = row.text.find("start /usr/sbin/d");
            const auto line =
                std::count(row.text.begin(), row.text.begin() + static_cast<std::ptrdiff_t>(offset), '\n') + 1;
            CHECK(message == "line " + std::to_string(line) + ": /usr/sbin/d is all that stands behind the " +
                                 row.opener +
                                 ", which the shell does not allow to be empty: put a line with : beside it first, or "
                                 "edit by hand");
        }
    CHECK(edited("case $x in\na)\n\tstart /usr/sbin/d \"\"\n\t;;\nesac\n", disable("d")) ==
          "case $x in\na)\n#\tstart /usr/sbin/d \"\"\n\t;;\nesac\n"); // this the shell does allow
}

TEST_CASE("the second of two places may be all that the first leaves: then neither is touched") {
    const std::string text = "if [ a ]; then\n\tstart /usr/sbin/d \"\" -a\n\tstart /usr/sbin/d \"\" -b\nfi\n";
    CHECK(
        refusal(text, disable("d")).starts_with("line 3: /usr/sbin/d is all that stands behind the 'then' of line 1"));
    CHECK(refusal(text, remove_daemon("d")).starts_with("line 2: /usr/sbin/d is all that stands behind"));
}

TEST_CASE("a daemon that shares its line with other commands is not disabled") {
    const char* const lines[] = {
        "echo a; start /usr/sbin/d \"\"; echo b",
        "start /usr/sbin/d \"\"; echo b",
        "echo a & start /usr/sbin/d \"\"",
        "start /usr/sbin/d \"\" && echo started",
        "echo a && start /usr/sbin/d \"\"",
        "start /usr/sbin/d \"\" | tee /tmp/log",
        "[ -x /usr/sbin/d ] | start /usr/sbin/d \"\"",
        "f() { start /usr/sbin/d \"\"; }",
        "{ start /usr/sbin/d \"\"; }",
        "if [ a ]; then start /usr/sbin/d \"\"; fi",
        "[ -x /usr/sbin/d ] && { start /usr/sbin/d \"\"; }",
        "echo; if [ -x /usr/sbin/d ]; then start /usr/sbin/d \"\"; fi",
        "if [ -x /usr/sbin/d ]; then start /usr/sbin/d \"\"; fi; echo",
        "if [ -x /usr/sbin/d ]; then start /usr/sbin/d \"\"; fi | tee /tmp/log",
        "case $x in a) start /usr/sbin/d \"\";; esac",
        "echo a; \\\nstart /usr/sbin/d \"\"",
    };
    for (const std::string line : lines)
        for (const Edit& edit : {disable("d"), remove_daemon("d")}) {
            CAPTURE(line);
            const std::string message = refusal("echo\n" + line + "\n", edit);
            CHECK(message ==
                  (line.find('\n') == std::string::npos ? "line 2"s : "line 3"s) +
                      ": /usr/sbin/d shares its line with other commands: put it on a line of its own first");
        }
    CHECK(refusal("while start /usr/sbin/d \"\"; do\necho\ndone\n", disable("d")) ==
          "line 1: /usr/sbin/d is started as part of a test: edit that by hand");
}

TEST_CASE("a command continued over several lines is commented out on all of them, and brought back") {
    struct Row {
        std::string on, off;
    };
    const Row rows[] = {
        {"start /usr/sbin/d \\\n   \"$src_running\" \\\n\"-a\"\n",
         "#start /usr/sbin/d \\\n#   \"$src_running\" \\\n#\"-a\"\n"},
        {"start \\\n\t/usr/sbin/d \"\"\n", "#start \\\n#\t/usr/sbin/d \"\"\n"},
        {"start /usr/sbin/d \"\" \"-a\n-b\"\n", "#start /usr/sbin/d \"\" \"-a\n#-b\"\n"},
        {"/usr/sbin/d <<E >/dev/null\none\nE\n", "#/usr/sbin/d <<E >/dev/null\n#one\n#E\n"},
        {"/usr/sbin/d <<'A' <<-B\none\nA\n\ttwo\n\tB\n", "#/usr/sbin/d <<'A' <<-B\n#one\n#A\n#\ttwo\n#\tB\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.on);
        CHECK(edited(row.on + "echo\n", disable("d")) == row.off + "echo\n");
        CHECK(edited(row.off + "echo\n", enable("d")) == row.on + "echo\n");
        CHECK(edited(row.on + "echo\n", remove_daemon("d")) == "echo\n");
        CHECK(edited(row.off + "echo\n", remove_daemon("d")) == "echo\n");
    }
}

TEST_CASE(
    "text in here documents, quotes, substitutions, patterns and continued lines is never a command or a comment") {
    const std::string start = "start /usr/sbin/d \"$src_running\"";
    const std::string texts[] = {
        "cat <<EOF\n" + start + "\n#" + start + "\nEOF\n",
        "cat <<-\\EOF | mail root\n" + start + "\n#" + start + "\n\tEOF\n",
        "cat << 'E F' > /tmp/x; echo\n" + start + "\nE F\n",
        "cat <<A; cat <<B\n" + start + "\nA\n#" + start + "\nB\n",
        "echo '\n" + start + "\n#" + start + "\n'\n",
        "echo \"\n#start /usr/sbin/d ''\n$(echo \"\nstart /usr/sbin/d\n\")\n\"\n",
        "x=`\n" + start + "\n`\n",
        "x=$(\n" + start + "\n#" + start + "\n)\n",
        "x=${y:-\n#" + start + "\n}\n",
        "echo a \\\n#" + start + "\n",
        "echo a &&\n#" + start + "\necho b\n",
        "echo a |\n#" + start + "\ncat\n",
        "for x in a b\n#" + start + "\ndo\necho\ndone\n",
        "case x in\n#" + start + "\na) ;;\nesac\n",
        "if\n#" + start + "\n[ a ]; then\necho\nfi\n",
        "f()\n#" + start + "\n{\necho\n}\n",
        "echo start /usr/sbin/d\n",
        "x=/usr/sbin/d\n",
        "[ -x /usr/sbin/d ]\n",
        "restart /usr/sbin/d\n",
        "start d\n",
        "start $d \"$src_running\"\n",
        "if /usr/sbin/d -t; then\necho\nfi\n",
        "start() {\n$1 $3 &\n}\n",
    };
    for (const std::string& text : texts) {
        CAPTURE(text);
        CHECK_FALSE(shell::scan(text).failure);
        CHECK(listing(text) == Listing{});
        RcScript script = RcScript::parse(text);
        CHECK_FALSE(script.enable("d"));
        CHECK_FALSE(script.disable("d"));
        CHECK(script.text() == text);
    }
}

TEST_CASE("a script that the shell would not accept, or that cannot be understood, is left alone from there on") {
    struct Row {
        std::string text, message;
    };
    const Row rows[] = {
        {"echo \"\nstart /usr/sbin/d\n", "line 1: the script cannot be understood from here on (a \" is never closed)"},
        {"echo\nif [ a ]; then\nstart /usr/sbin/d\n",
         "line 2: the script cannot be understood from here on ('if' has no 'fi')"},
        {"echo\nfi\nstart /usr/sbin/d\n", "line 2: the script cannot be understood from here on ('fi' is unexpected)"},
        {"cat <<E\nstart /usr/sbin/d\n",
         "line 1: the script cannot be understood from here on (the here document has no end 'E')"},
        {"{\nstart /usr/sbin/d\n", "line 1: the script cannot be understood from here on ('{' has no '}')"},
        {"for x\nstart /usr/sbin/d\n", "line 1: the script cannot be understood from here on ('for' has no 'do')"},
        {"case x in\na)\nstart /usr/sbin/d\n",
         "line 1: the script cannot be understood from here on ('case' has no 'esac')"},
        {"while x\nstart /usr/sbin/d\n", "line 1: the script cannot be understood from here on ('while' has no 'do')"},
        {"x=$(\nstart /usr/sbin/d\n", "line 1: the script cannot be understood from here on (a ( is never closed)"},
        {"echo $'it\\'s'\nstart /usr/sbin/d\n",
         "line 1: the script cannot be understood from here on (there is a backslash in $'...')"},
        {std::string(300, '(') + "\nstart /usr/sbin/d\n",
         "line 1: the script cannot be understood from here on (it is nested too deeply)"},
    };
    for (const Row& row : rows)
        for (const Edit& edit : {disable("d"), enable("/usr/sbin/d"), remove_daemon("d"), configure("d", "-x")}) {
            CAPTURE(row.text);
            CHECK(refusal(row.text, edit) == row.message + ", and it names d: correct the script, or edit it by hand");
        }
    const std::string text = "start /usr/sbin/a \"\"\n#start /usr/sbin/b \"\"\nif [ x\nstart /usr/sbin/d \"\"\n";
    CHECK(listing(text) == Listing{"1 + a /usr/sbin/a []", "2 - b /usr/sbin/b []"});
    CHECK(edited(text, disable("a")) == "#" + text);
    CHECK(edited(text, enable("b")) ==
          "start /usr/sbin/a \"\"\nstart /usr/sbin/b \"\"\nif [ x\nstart /usr/sbin/d \"\"\n");
}

TEST_CASE("a script that lacks only a daemon between two words of the shell is repaired by enabling it") {
    CHECK(edited("if [ -x /usr/sbin/d ]; then\n#\tstart d /usr/sbin/d\nfi\n", enable("d")) ==
          "if [ -x /usr/sbin/d ]; then\n\tstart d /usr/sbin/d\nfi\n");
}

TEST_CASE("a commented-out stanza that is not whole is neither brought back in part nor made by chance") {
    struct Row {
        std::string text;
        Edit edit;
        std::string message;
    };
    const std::string part = "stands in a commented-out stanza that is not whole, see ";
    const std::string remedy = ": complete it, or bring it back by hand";
    const std::string hidden = "could not be told, once commented out, from the comments around it, and not be enabled "
                               "again as it is: edit it by hand";
    const Row rows[] = {
        {"#if [ -x /usr/sbin/d ]; then\n#\tstart d /usr/sbin/d\n", enable("d"),
         "line 2: /usr/sbin/d " + part + "line 1" + remedy},
        {"#\tstart d /usr/sbin/d\n#fi\n", enable("d"), "line 1: /usr/sbin/d " + part + "line 2" + remedy},
        {"#if [ -x /usr/sbin/d ]\n#then\n#start d /usr/sbin/d\n#else\n#start e /usr/sbin/e\n", enable("e"),
         "line 5: /usr/sbin/e " + part + "line 4" + remedy},
        {"#if [ -x /usr/sbin/d ]; then\n\tstart d /usr/sbin/d\n#fi\n", disable("d"), "line 2: /usr/sbin/d " + hidden},
        {"#if [ -x /usr/sbin/d ]; then\n\tstart e /usr/sbin/e\n", disable("e"), "line 2: /usr/sbin/e " + hidden},
        {"#if [ -x /usr/sbin/d ]; then\n# start the d daemon\n#\tstart d /usr/sbin/d\n#fi\n", enable("d"),
         "line 3: /usr/sbin/d stands in the commented-out lines 1 to 4, of which line 2 may be a remark: put a second "
         "# "
         "before it if it is, or take the blank behind its # away"},
        {"#if [ -x /usr/sbin/d ]; then\n#Start it\n#\tstart d /usr/sbin/d\n#fi\n", enable("d"),
         "line 3: /usr/sbin/d stands in the commented-out lines 1 to 4, of which line 2 may be a remark: put a second "
         "# "
         "before it if it is, or take the blank behind its # away"},
        {"#if [ -x /usr/sbin/d ]; then\n  start d /usr/sbin/d\n#fi\n", disable("d"), "line 2: /usr/sbin/d " + hidden},
        {"#start /usr/sbin/d \\\n# ", enable("d"),
         "line 1: /usr/sbin/d stands in the commented-out lines 1 to 2, which belong together: bring them back by "
         "hand"},
        {"#for x in d e; do\n#\tstart /usr/sbin/d \"\"\n#done\n", enable("d"),
         "line 2: /usr/sbin/d stands in the commented-out lines 1 to 3, which belong together: bring them back by "
         "hand"},
        {"#start()\n#{\n#\t/usr/sbin/d\n#}\n", enable("d"),
         "line 3: /usr/sbin/d stands in the commented-out lines 1 to 4, which belong together: bring them back by "
         "hand"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(refusal(row.text, row.edit) == row.message);
    }
}

TEST_CASE("stanzas commented out by hand in other ways come back") {
    struct Row {
        std::string off, on;
    };
    const Row rows[] = {
        {"#if [ -x /usr/sbin/d ]; then\n\n#\tstart d /usr/sbin/d\n\n#fi\n",
         "if [ -x /usr/sbin/d ]; then\n\n\tstart d /usr/sbin/d\n\nfi\n"},
        {"# if [ -x /usr/sbin/d ]; then\n#\tstart d /usr/sbin/d\n# fi\n",
         " if [ -x /usr/sbin/d ]; then\n\tstart d /usr/sbin/d\n fi\n"},
        {"\t#if [ -x /usr/sbin/d ]; then\n\t#\tstart d /usr/sbin/d\n\t#fi\n",
         "\tif [ -x /usr/sbin/d ]; then\n\t\tstart d /usr/sbin/d\n\tfi\n"},
        {"#if [ -x /usr/sbin/d ]; then\n## start the d daemon, isn't it\n#\tstart d /usr/sbin/d\n#fi\n",
         "if [ -x /usr/sbin/d ]; then\n# start the d daemon, isn't it\n\tstart d /usr/sbin/d\nfi\n"},
        {"#if [ -x /usr/sbin/d ]; then\n#X=1\n# # the d daemon\n# start d /usr/sbin/d\n#fi\n",
         "if [ -x /usr/sbin/d ]; then\nX=1\n # the d daemon\n start d /usr/sbin/d\nfi\n"},
        {"#start()\n#/usr/sbin/d\n", "#start()\n/usr/sbin/d\n"}, // no function and its body
        {"# If [ you like ] then\n#start /usr/sbin/d \"\"\n", "# If [ you like ] then\nstart /usr/sbin/d \"\"\n"},
        {"# if you like, uncomment the next line\n#start /usr/sbin/d \"\"\n",
         "# if you like, uncomment the next line\nstart /usr/sbin/d \"\"\n"},
        {"if [ a ]; then\n\techo\n#\tstart /usr/sbin/d \"\"\nfi\n",
         "if [ a ]; then\n\techo\n\tstart /usr/sbin/d \"\"\nfi\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.off);
        CHECK(edited(row.off, enable("d")) == row.on);
    }
}

TEST_CASE("a stanza that is commented out many times over is prose in the end") {
    std::string text = "#start /usr/sbin/d \"\"\n";
    for (int times = 1; times <= 12; ++times) {
        CAPTURE(times);
        std::string around = "#if [ a ]; then\n#:\n";
        for (const std::string_view line : split_lines(text))
            around += "#" + std::string(line);
        text = around + "#fi\n";
        CHECK(listing(text).size() == (times <= 8 ? 1 : 0));
    }
}

TEST_CASE("enabling refuses to choose between two disabled places, and leaves alone what is enabled") {
    const std::string text = "#start /usr/sbin/xntpd \"$src_running\"\n\n#start /usr/sbin/xntpd -x \"$src_running\"\n";
    CHECK(refusal(text, enable("xntpd")) == "line 1: /usr/sbin/xntpd is disabled here and, differently, in line 3: "
                                            "take the # before one of them away by hand");
    CHECK(edited("start /usr/sbin/xntpd \"\"\n" + text, enable("xntpd")) == "start /usr/sbin/xntpd \"\"\n" + text);
    CHECK(edited(text, disable("xntpd")) == text);
    CHECK(edited(text, remove_daemon("xntpd")) == "\n");
    const std::string same = "if [ a ]; then\n:\n#start /usr/sbin/d \"\"\nelse\n:\n#start /usr/sbin/d \"\"\nfi\n";
    CHECK(edited(same, enable("d")) ==
          "if [ a ]; then\n:\nstart /usr/sbin/d \"\"\nelse\n:\nstart /usr/sbin/d \"\"\nfi\n");
    CHECK(edited(edited(same, enable("d")), disable("d")) == same);
}

TEST_CASE("disabling and removing mean all places of a daemon") {
    const std::string text = "start /usr/sbin/d \"\"\n#start /usr/sbin/d \"\" -x\n\tstart /usr/sbin/d \"\" -y\n";
    CHECK(edited(text, disable("d")) ==
          "#start /usr/sbin/d \"\"\n#start /usr/sbin/d \"\" -x\n#\tstart /usr/sbin/d \"\" -y\n");
    CHECK(edited(text, remove_daemon("d")) == "");
}

TEST_CASE("configuring changes the arguments and nothing else") {
    struct Row {
        std::string before, arguments, after;
    };
    const Row rows[] = {
        {"start /usr/sbin/d \"$src_running\"", "-q", "start /usr/sbin/d \"$src_running\" -q"},
        {"start /usr/sbin/d  \"$src_running\"  # why", "-a -b", "start /usr/sbin/d  \"$src_running\" \"-a -b\"  # why"},
        {"start /usr/sbin/d \"$src_running\"\t'-x'  >/dev/null", "-y z",
         "start /usr/sbin/d \"$src_running\"\t\"-y z\"  >/dev/null"},
        {"start /usr/sbin/d \"$src_running\" \"-x\" # why", "", "start /usr/sbin/d \"$src_running\" # why"},
        {"start /usr/sbin/d \"$src_running\" -x -y", "-z", "start /usr/sbin/d \"$src_running\" -z"},
        {"start /usr/sbin/d -x \"$src_running\"", "-x", "start /usr/sbin/d -x \"$src_running\""},
        {"start /usr/sbin/d -x \"$src_running\"", "-y", "start /usr/sbin/d \"$src_running\" -y"},
        {"start /usr/sbin/d \"\"", "-y", "start /usr/sbin/d \"\" -y"},
        {"start /usr/sbin/d \"\"", "-a\t-b", "start /usr/sbin/d \"\" \"-a\t-b\""},
        {"start /usr/sbin/d", "-y", "start /usr/sbin/d \"\" -y"},
        {"start /usr/sbin/d -x", "-y", "start /usr/sbin/d -y"},
        {"start d /usr/sbin/d 8", "16", "start d /usr/sbin/d 16"},
        {"start d /usr/sbin/d", "  -a   8 ", "start d /usr/sbin/d -a 8"},
        {"start d /usr/sbin/d -a 8", "", "start d /usr/sbin/d"},
        {"/usr/sbin/d -x 1 >/tmp/log 2>&1 &", "-y \"a\"", "/usr/sbin/d -y \"\\\"a\\\"\" >/tmp/log 2>&1 &"},
        {"/usr/sbin/d>/tmp/log -x -y", "-z", "/usr/sbin/d>/tmp/log -z"},
        {"/usr/sbin/d -x \\\n\t-y \\\n\t-z", "-a", "/usr/sbin/d -a \\\n \\\n"},
        {"[ -x /usr/sbin/d ] && /usr/sbin/d -x", "-y", "[ -x /usr/sbin/d ] && /usr/sbin/d -y"},
        {"echo a; start /usr/sbin/d \"\"; echo b", "-y", "echo a; start /usr/sbin/d \"\" -y; echo b"},
        {"if [ -x /usr/sbin/d ]; then start d /usr/sbin/d; fi", "-y",
         "if [ -x /usr/sbin/d ]; then start d /usr/sbin/d -y; fi"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.before);
        CHECK(edited(row.before + "\n", configure("d", row.arguments)).starts_with(row.after));
    }
    const std::string off = "#start /usr/sbin/d \"$src_running\" -x\n";
    RcScript script = RcScript::parse(off);
    CHECK_FALSE(script.configure("d", "-y"));
    CHECK(script.text() == off);
    CHECK(edited("start /usr/sbin/d \"\" -a\n" + off + "/usr/sbin/d -b\n", configure("d", "-c")) ==
          "start /usr/sbin/d \"\" -c\n" + off + "/usr/sbin/d -c\n");
}

TEST_CASE("arguments mean themselves to the shell, but for the variables that the script assigns") {
    struct Row {
        std::string arguments, word;
    };
    const Row rows[] = {
        {"-bd -q${qpi}", "\"-bd -q${qpi}\""},
        {"-q$qpi", "\"-q$qpi\""},
        {"-l/var/log:3,a=b+c@%_.", "-l/var/log:3,a=b+c@%_."},
        {"-q$other", "\"-q\\$other\""},
        {"-q${qpi:-1}", "\"-q\\${qpi:-1}\""},
        {"-q$qpix $q", "\"-q\\$qpix \\$q\""},
        {"$(reboot) `reboot`", "\"\\$(reboot) \\`reboot\\`\""},
        {"a\\b \"c\" 'd'", "\"a\\\\b \\\"c\\\" 'd'\""},
        {"-x;reboot", "\"-x;reboot\""},
        {"-x>y", "\"-x>y\""},
        {"*", "\"*\""},
        {"~root", "\"~root\""},
        {"{a,b}", "\"{a,b}\""},
        {"#x", "\"#x\""},
        {"caf\xe9", "\"caf\xe9\""},
        {"$", "\"\\$\""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.arguments);
        const std::string text = "qpi=30m\nstart /usr/sbin/d \"$src_running\"";
        const std::string result = edited(text + "\n", configure("d", row.arguments));
        CHECK(result == text + " " + row.word + "\n");
        CHECK(listing(result) == Listing{"2 + d /usr/sbin/d [" + row.arguments + "]"});
    }
    for (const char* arguments : {"-a\n-b", "-a\r", "-a\n", "\x01", "\x7f"})
        CHECK(refusal("\nstart /usr/sbin/d \"\"\n", configure("d", arguments)) ==
              "line 2: /usr/sbin/d cannot have arguments with a newline or another control character");
    CHECK(refusal("start /usr/sbin/d \"\"\n", configure("d", "a\0b"s)).starts_with("line 1: "));
}

TEST_CASE("the shipped sendmail line is left as it is by its own arguments") {
    const std::string text = sample("aix-4.3.3/etc/rc.tcpip");
    CHECK(edited(text, configure("sendmail", "-bd -q${qpi}")) == text);
    const std::string changed = edited(text, configure("sendmail", "-q${qpi}"));
    CHECK(changed.find("\nstart /usr/lib/sendmail \"$src_running\" \"-q${qpi}\"\n") != std::string::npos);
    CHECK(edited(changed, configure("sendmail", "-bd -q${qpi}")) == text);
}

TEST_CASE("the value of a variable is that of its last assignment, if that is a plain one") {
    struct Row {
        std::string text;
        std::optional<std::string> value;
    };
    const Row rows[] = {
        {"qpi=30m  # 30 minute interval\n", "30m"},
        {"qpi=\"3 0\"'m'\n", "3 0m"},
        {"\tqpi=\n", ""},
        {"qpi=1\nqpi=2\n", "2"},
        {"a=1 qpi=2 b=3\n", "2"},
        {"export qpi=5m\n", "5m"},
        {"typeset -r qpi=5m\n", "5m"},
        {"readonly qpi=5m\n", "5m"},
        {"if x; then\nqpi=1\nfi\n", "1"},
        {"qpi=1\nqpi=`date`\n", std::nullopt},
        {"qpi=$x\n", std::nullopt},
        {"qpi+=1\n", std::nullopt},
        {"qpi=1 echo\n", std::nullopt}, // for that command alone
        {"echo qpi=1\n", std::nullopt},
        {"#qpi=1\n", std::nullopt},
        {"cat <<E\nqpi=1\nE\n", std::nullopt},
        {"qpix=1\nxqpi=2\n", std::nullopt},
        {"", std::nullopt},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(RcScript::parse(row.text).variable("qpi") == row.value);
    }
    CHECK(RcScript::parse(sample("aix-4.3.3/etc/rc.tcpip")).variable("qpi") == "30m");
    CHECK_FALSE(RcScript::parse(sample("aix-4.3.3/etc/rc.tcpip")).variable("src_running"));
}

TEST_CASE("the interpreter of a script is its first line's, if that is a shell") {
    struct Row {
        std::string_view text;
        std::optional<std::string> shell;
    };
    const Row rows[] = {
        {"#!/bin/ksh\n", "/bin/ksh"},
        {"#!/bin/ksh", "/bin/ksh"},
        {"#!/bin/ksh -x\r\necho\n", "/bin/ksh"},
        {"#! \t/usr/bin/sh\r\n", "/usr/bin/sh"},
        {"#!/usr/bin/bsh\n", "/usr/bin/bsh"},
        {"#!/usr/bin/ksh93 \n", "/usr/bin/ksh93"},
        {"#!/opt/freeware/bin/bash\n", "/opt/freeware/bin/bash"},
        {"#!/usr/bin/perl\n", std::nullopt},
        {"#!/usr/bin/env ksh\n", std::nullopt},
        {"#!/usr/bin/csh\n", std::nullopt},
        {"#!ksh\n", std::nullopt},
        {"# !/bin/ksh\n", std::nullopt},
        {"\n#!/bin/ksh\n", std::nullopt},
        {"#!\n", std::nullopt},
        {"", std::nullopt},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(interpreter(row.text) == row.shell);
    }
    CHECK(interpreter(sample("aix-4.3.3/etc/rc.nfs")) == "/bin/ksh");
}

namespace {

/// Scripts that put many things in the scanner's way, all with a daemon d among others.
const std::string nasty_scripts[] = {
    "if [ -x /usr/sbin/d ]\nthen\n\tstart d /usr/sbin/d\nfi\n",
    "if [ -x /usr/sbin/d ]; then start d /usr/sbin/d; fi\nif [ -x /usr/sbin/e ]; then :; start e /usr/sbin/e; fi\n",
    "if [ a ]; then\n\tstart /usr/sbin/d \"\"\n\tstart /usr/sbin/e \"\"\nelse\n\tstart /usr/sbin/e \"\" -x\n\t:\nfi\n",
    "if [ a ]; then\n:\nelif [ -x /usr/sbin/d ]; then\n/usr/sbin/d &\nelse\n/usr/sbin/e &\nfi\n",
    "while read d; do\nstart /usr/sbin/d \"\"\ndone < /etc/d\n",
    "for i in 1 2; do\nstart /usr/sbin/d \"\" $i\necho $i\ndone\nfor i\n{\necho; }\n",
    "until false; do { ( start /usr/sbin/d \"\"\n); }; done\n",
    "case $x in\n(a|b) start /usr/sbin/d \"\" ;;\n\"c)\")\n\tstart /usr/sbin/e \"\"\n\t;;\n*) esac\n",
    "case $x in *fi*) echo ;; esac; case esac in (esac) start /usr/sbin/d \"\"\nesac\n",
    "start() {\n\t[ -n \"$2\" ] && { startsrc -s ${1##*/} ${3:+-a \"$3\"}; return; }\n\t$1 $3 &\n}\nstart /usr/sbin/d "
    "\"\" 'x'\n",
    "function go\n{\n\tstart /usr/sbin/d \"\"\n\treturn 0\n}\ngo\n",
    "cat <<E1 <<-'E2'\nfi $(\nE1\n\t}\n\tE2\nstart /usr/sbin/d \"\"\n",
    "cat <<E\nstart /usr/sbin/x\n\\`if\nE\nstart /usr/sbin/d <<E\nfi\nE\n",
    "x=$(case a in a) echo \"}\";; esac)\nstart /usr/sbin/d \"$src_running\" \"$x\"\n",
    "x=$( (echo a); echo \"$(echo ')')\" ) # isn't (\nstart /usr/sbin/d \"\"\n",
    "x=$((1 << 2)) y=$(( (3) ))\n((x > 1)) && start /usr/sbin/d \"\"\n",
    "x=${y#\\}} z=\"${y%'}'}\" w=${y:-'}'} v=${#y} u=$#\nstart /usr/sbin/d \"\"\n",
    "echo `echo \\`echo if\\`` \"`echo \\\"then\\\"`\"\nstart /usr/sbin/d \"\"\n",
    "[[ $x = *.@(a|b) && ( -n $y || $z < 3 ) ]] && start /usr/sbin/d \"\"\n",
    "echo if then fi; echo { }; echo \\#; echo a#b\nstart /usr/sbin/d \"\"#x\n",
    "echo 'a\nfi' \"b\n}\" \\\n# no command\nstart /usr/sbin/d \"\" \\\n\t-x\n",
    "if ! [ a ]; then :; fi\nstart /usr/sbin/d \"\"\ntime start /usr/sbin/e \"\"\n",
    "{ echo; } > /tmp/x 2>&1; ( echo ) | cat &\nstart /usr/sbin/d \"\" 2>&1 > /dev/null &\n",
    "p=$(ps -e |\n\tawk '$NF == \"d\" {\n\t\tprint $1 }')\n[ -z \"$p\" ] && start /usr/sbin/d \"${src_running}\"\n",
    "if [ -x /usr/sbin/d ]; then\n# it's\n\n\tif [ b ]; then\n\t\tcat <<-E\n\t\tfi\n\t\tE\n\tfi\n\tstart d "
    "/usr/sbin/d\nfi\n",
    "if [ -x /usr/sbin/d -a -x /usr/sbin/e ]; then\n\tstart d /usr/sbin/d\n\tstart e /usr/sbin/e\nfi\n",
    "#if [ -x /usr/sbin/d ]; then\n#\tstart d /usr/sbin/d\n##\tstart e /usr/sbin/e\n#\t:\n#fi\n",
    "# Start up d\n#start /usr/sbin/d \"$src_running\"\n# start /usr/sbin/e \"\"\n",
    "if [ a ]; then\n\tstart /usr/sbin/d \"\"\nfi\n(start /usr/sbin/e \"\")\n",
    " start /usr/sbin/d \"\"\n [ a ] &&\n /usr/sbin/e -x\n",
};

std::vector<Edit> all_edits(const std::string& daemon) {
    return {disable(daemon), enable(daemon), remove_daemon(daemon), configure(daemon, "-a 'b' \"$c\" \\ ; fi #"),
            configure(daemon, "")};
}

} // namespace

TEST_CASE("whatever is edited in a script goes back to the same bytes by the opposite edit, or is refused") {
    int refused = 0, undone = 0;
    for (const std::string& text : nasty_scripts) {
        CAPTURE(text);
        CHECK_FALSE(shell::scan(text).failure);
        CHECK(names(text).contains("d"));
        for (const std::string& daemon : names(text)) {
            RcScript script = RcScript::parse(text);
            std::string message = refusal(text, disable(daemon));
            if (message.empty() && script.disable(daemon) && script.text() != text)
                message = refusal(script.text(), enable(daemon));
            if (!message.empty()) {
                CHECK(message.starts_with("line "));
                ++refused;
            } else if (script.text() != text) {
                CHECK(script.enable(daemon));
                CHECK(script.text() == text);
                ++undone;
            }
        }
    }
    CHECK(refused > 5);
    CHECK(undone > 15);
}

TEST_CASE("every Korn shell accepts what an edit makes of a script that it accepts") {
    std::vector<std::string> scripts(std::begin(nasty_scripts), std::end(nasty_scripts));
    for (const std::string release : {"4.3.3", "5.3", "6.1", "7.2"})
        for (const std::string name : {"rc.tcpip", "rc.nfs"})
            scripts.push_back(sample("aix-" + release + "/etc/" + name));
    for (const std::string& shell : korn_shells()) {
        CAPTURE(shell);
        std::size_t accepted = 0;
        for (const std::string& text : scripts) {
            if (!is_accepted_by(shell, text))
                continue; // it is written for another one
            ++accepted;
            for (const std::string& daemon : names(text))
                for (const Edit& edit : all_edits(daemon)) {
                    RcScript script = RcScript::parse(text);
                    if (!refusal(text, edit).empty() || !edit(script) || script.text() == text)
                        continue;
                    CAPTURE(script.text());
                    CHECK(is_accepted_by(shell, script.text()));
                }
        }
        CHECK(accepted >= scripts.size() - (shell == "ksh93" ? 0 : 3));
        CHECK_FALSE(is_accepted_by(shell, "if [ a ]; then\n#\tstart /usr/sbin/d\nfi\n")); // it does look
    }
    if (korn_shells().size() < 3)
        MESSAGE("not all of ksh93, mksh and lksh are here");
}

TEST_CASE("a daemon that is started in more places than any script has is not edited, whatever is wanted") {
    const auto places = [](const std::string& line, int count) {
        std::string text = "#!/bin/ksh\n:\n";
        for (int i = 0; i < count; ++i)
            text += line;
        return text;
    };
    const std::string line = "start /usr/sbin/d \"\"\n", other = "start /usr/sbin/e \"\"\n";
    const std::string too_many = "line 3: /usr/sbin/d is started in 21 places, more than the 20 that are edited: take "
                                 "those away by hand that are not meant";
    for (const Edit& edit : {disable("d"), remove_daemon("d"), configure("d", "-a")})
        CHECK(refusal(places(line, 21), edit) == too_many);
    CHECK(refusal(places("#" + line, 21), enable("d")) == too_many);
    CHECK(edited(places(line, 20), disable("d")) == places("#" + line, 20));
    CHECK(edited(places("#" + line, 20), enable("d")) == places(line, 20));
    CHECK(edited(places(line, 1) + places(other, 100), disable("d")) == places("#" + line, 1) + places(other, 100));
}

TEST_CASE("where comments begin thousands of commands that have no end, what follows is not guessed at") {
    std::string text = "#!/bin/ksh\nstart /usr/sbin/a \"\"\n";
    for (int i = 0; i < 2000; ++i)
        text += "#start /usr/sbin/b <<END" + std::to_string(i) + "\n";
    text += "\n#start /usr/sbin/c \"\"\n";
    CHECK(refusal(text, enable("c")).find("too many comments above begin commands that have no end") !=
          std::string::npos);
    CHECK(edited(text, disable("a")).find("\n#start /usr/sbin/a") != std::string::npos);
}

TEST_CASE("a guard's assignment goes with the place only if nothing else uses the variable, in comments or not") {
    const std::string guarded = "p=$(x)\n[ -z \"$p\" ] && start /usr/sbin/d\n";
    const std::string off = "#p=$(x)\n#[ -z \"$p\" ] && start /usr/sbin/d\n";
    const std::string guard_off = "p=$(x)\n#[ -z \"$p\" ] && start /usr/sbin/d\n";
    CHECK(edited(guarded + "# p is $p\n:\n", disable("d")) == off + "# p is $p\n:\n");
    CHECK(edited(guarded + "echo pp p1 q\n", disable("d")) == off + "echo pp p1 q\n");
    CHECK(edited(guarded + "echo $p#p\n", disable("d")) == guard_off + "echo $p#p\n");
    CHECK(edited("p=1\n" + guarded + ":\n", disable("d")) == "p=1\n" + guard_off + ":\n");
}
