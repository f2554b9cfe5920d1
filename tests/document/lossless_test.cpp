#include "document/boot_script/rc_script.hpp"
#include "document/crontab.hpp"
#include "document/inetd_conf.hpp"
#include "document/inittab.hpp"
#include "document/name_list.hpp"
#include "document/no_script.hpp"
#include "document/sendmail_cf.hpp"
#include "document/sendmail_mc.hpp"
#include "document/syslog_conf.hpp"
#include "support/sample.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace bulwark;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view nasty_texts[] = {
    ""sv,
    "\n"sv,
    "\n\n\n"sv,
    "\r"sv,
    "\r\n"sv,
    "no newline at the end"sv,
    "\t# caf\xe9\r\n::::\n\0\\"sv,
    "\0"sv,
    "\0\n\0\r\n"sv,
    "\xff\xfe\x80\n\xc3"sv,
    "\xef\xbb\xbfinit:2:initdefault:\n"sv,
    "\\"sv,
    "\\\n"sv,
    "\\\n\\\n\\"sv,
    "\\\r\n\\\n"sv,
    "a:2:once:x \\\n  y"sv,
    ":a:2:once:x\\"sv,
    ":"sv,
    ":::"sv,
    "::::::\n"sv,
    ": : : :\n :::\n\t:\n"sv,
    "a:2:once:x\r\nb:2:once:y\nc:2:once:z"sv,
    "#"sv,
    "#\n# \n#\t\n##\n# #\n"sv,
    " \t \n"sv,
    "ftp stream tcp6 nowait root /usr/sbin/ftpd ftpd\0-l\n"sv,
    "#ftp\tstream\ttcp6\tnowait\troot\t/usr/sbin/ftpd\r\n# ftp stream"sv,
    "echo dgram udp wait root internal \t \r\r\n"sv,
    "#!/bin/ksh"sv,
    "#!/bin/ksh\r\nstart /usr/sbin/syslogd \"$src_running\"\r\n"sv,
    "start"sv,
    "start /usr/sbin/portmap \"unfinished\nstart /usr/sbin/inetd '\n"sv,
    "if [ -x /usr/sbin/rpc.statd ]; then\n\tstart rpc.statd \\\n"sv,
    "fi\nfi\ndone\nesac\n}\n"sv,
    "cat <<EOF\nstart /usr/sbin/syslogd\n"sv,
    "cat <<-'EOF' <<\n\tstart x\n\tEOF"sv,
    "no -o"sv,
    "/usr/sbin/no -o ipforwarding=0 -o\n no -po a=b=c \\\n -o =\n"sv,
    "$(`\"'${"sv,
    "mail.info"sv,
    "mail.info /var/adm/mail.log"sv,
    "*.err;mail.none\t\t/f rotate size 10m\tfiles 4 \t\r\nauth.authpriv.info centralizedlog\n ;,. rotate rotate"sv,
    "# name\r\n0 1\t* * * x%y\\%\n#0 1 * * * y\n*/5 * * * * \n@daily x"sv,
    "root\r\n bin\t\n#sys\nuucp nuucp\nadm"sv,
    "FEATURE(\nOSTYPE(`aix')dnl\r\nMAILER())\ndnlFEATURE(a)dnl\n(\nFEATURE(`a\n"sv,
    "F\nFw\r\nFR-o \n# F\n#Fw-o\t/ \n##### built by \n##### in \n"sv,
};

constexpr const char* samples[] = {
    "aix-4.3.3/etc/inittab",
    "aix-4.3.3/etc/inetd.conf",
    "aix-4.3.3/etc/rc.tcpip",
    "aix-4.3.3/etc/rc.nfs",
    "aix-4.3.3/etc/syslog.conf",
    "aix-4.3.3/usr/samples/tcpip/sendmail/cf/aix433.mc",
    "aix-4.3.3/var/spool/cron/crontabs/root",
    "aix-5.3/etc/inittab",
    "aix-5.3/etc/mail/sendmail.cf",
    "aix-6.1/etc/inetd.conf",
    "aix-6.1/var/spool/cron/crontabs/root",
    "aix-7.2/etc/rc.tcpip",
    "aix-7.2/etc/syslog.conf",
};

} // namespace

TEST_CASE_TEMPLATE("a document gives its text back byte for byte", Document, Inittab, InetdConf, RcScript, NoScript,
                   NameList, SyslogConf, Crontab, SendmailMc, SendmailCf) {
    for (const std::string_view text : nasty_texts) {
        const Document document = Document::parse(text);
        CHECK(document.text() == text);
        CHECK(document == Document::parse(text));
    }
}

TEST_CASE_TEMPLATE("a document gives every file of AIX back, whole or cut off anywhere", Document, Inittab, InetdConf,
                   RcScript, NoScript, NameList, SyslogConf, Crontab, SendmailMc, SendmailCf) {
    for (const char* path : samples) {
        const std::string text = sample(path);
        CHECK(text.size() > 100);
        CHECK(Document::parse(text).text() == text);
        for (std::size_t size = 0; size < text.size(); size += 7) {
            const std::string_view part = std::string_view(text).substr(0, size);
            CHECK(Document::parse(part).text() == part);
        }
    }
}

TEST_CASE_TEMPLATE("a document gives a file with any bytes exchanged back", Document, Inittab, InetdConf, RcScript,
                   NoScript, NameList, SyslogConf, Crontab, SendmailMc, SendmailCf) {
    constexpr std::string_view intruders = "\n\r\\:#\"'`$\0 \t\xff<"sv;
    for (const char* path : samples) {
        std::string text = sample(path);
        std::size_t place = 0;
        for (std::size_t i = 0; i < 200; ++i) {
            place = (place + 131 * (i + 1)) % text.size();
            text[place] = intruders[i % intruders.size()];
            CHECK(Document::parse(text).text() == text);
        }
    }
}

TEST_CASE("what the last line says is the same before and after it is completed, wherever it was cut off") {
    for (const std::string end : {"", "\r"}) {
        Crontab crontab = Crontab::parse("0 3 * * * /a " + end);
        crontab.set({.command = "/b"});
        CHECK(crontab.jobs()[0].command == Crontab::parse("0 3 * * * /a " + end).jobs()[0].command);
        CHECK(crontab.jobs()[0].command == "/a");
        InetdConf inetd = InetdConf::parse("x stream tcp nowait root /x x -a " + end);
        inetd.add({"y", "tcp"}, {"stream", "nowait", "root", "internal", ""});
        CHECK(inetd.entries()[0].arguments == "x -a");
        Inittab inittab = Inittab::parse("x:2:once:/x" + end);
        inittab.insert("y", {"2", "once", "/y"}, std::nullopt);
        CHECK(inittab.records()[0].command == "/x");
        SyslogConf syslog = SyslogConf::parse("mail.info /a" + end);
        syslog.set({"mail.debug", "/b", {}, 0});
        CHECK(syslog.rules()[0].destination == "/a");
        NameList names = NameList::parse("root" + end);
        names.add("sys");
        CHECK(names.names() == std::vector<std::string>{"root", "sys"});
    }
}

TEST_CASE("a line that is cut off within its end is completed, not given one end more") {
    Crontab crontab = Crontab::parse("0 1 * * * x\r\n0 3 * * * y\r");
    crontab.set({.command = "z"});
    CHECK(crontab.text() == "0 1 * * * x\r\n0 3 * * * y\r\n* * * * * z\r\n");
    Inittab inittab = Inittab::parse("a:2:once:x\r\nb:2:once:y\r");
    inittab.insert("c", {"2", "once", "z"}, std::nullopt);
    CHECK(inittab.text() == "a:2:once:x\r\nb:2:once:y\r\nc:2:once:z\r\n");
    NoScript script = NoScript::parse("#!/bin/ksh\r\n:\r");
    script.set("ipforwarding", "0");
    CHECK(script.text() == "#!/bin/ksh\r\n:\r\n/usr/sbin/no -o ipforwarding=0\r\n");
}
