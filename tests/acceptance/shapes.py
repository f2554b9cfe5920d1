"""Large configuration files of every shape that could take a reader long: what scale.py counts and tests/bench/scale.py
times.
"""
import os

from lib import SAMPLE, Host, read

RC_TCPIP, RC_NFS, RC_NO = 'etc/rc.tcpip', 'etc/rc.nfs', 'etc/rc.no'
INITTAB, INETD, SYSLOG, FTPUSERS = 'etc/inittab', 'etc/inetd.conf', 'etc/syslog.conf', 'etc/ftpusers'
CRONTAB, PASSWD, SERVICES = 'var/spool/cron/crontabs/root', 'etc/passwd', 'etc/services'
SENDMAIL_CF, SENDMAIL_CW = 'etc/sendmail.cf', 'etc/sendmail.cw'
SENDMAIL_MC = 'usr/samples/tcpip/sendmail/cf/aix433.mc'
SCRIPTS = [RC_TCPIP, RC_NFS, RC_NO]

# What is asked of each file: a module and its options.
CALLS = {
    RC_TCPIP: ('rc_script', {'name': 'snmpd', 'state': 'disabled', 'now': False}),
    RC_NFS: ('rc_script', {'path': '/etc/rc.nfs', 'name': 'rpc.statd', 'state': 'disabled', 'now': False}),
    RC_NO: ('network_options', {'options': {'ipforwarding': '0', 'bcastping': '0'}, 'persist': 'script'}),
    INITTAB: ('inittab', {'id': 'dt', 'state': 'disabled'}),
    INETD: ('inetd', {'service': 'telnet', 'state': 'disabled'}),
    SYSLOG: ('syslog', {'selector': 'auth.info', 'destination': '/var/adm/auth.log', 'state': 'present'}),
    FTPUSERS: ('ftpusers', {'users': ['root', 'daemon'], 'state': 'present'}),
    CRONTAB: ('crontab', {'job': '/usr/bin/x', 'minute': '0', 'state': 'absent'}),
    PASSWD: ('path', {'path': '/etc/inittab', 'owner': 'u7', 'state': 'present'}),
    SENDMAIL_CF: ('sendmail', {'host_names': ['a.example'], 'ostype': 'aix433'}),
    SENDMAIL_CW: ('sendmail', {'host_names': ['a.example'], 'ostype': 'aix433'}),
    SENDMAIL_MC: ('sendmail', {'features_absent': ['relay_entire_domain'], 'mailers_absent': ['uucp']}),
    SERVICES: ('ports_info', {}),
}

MC_HEADER = 'OSTYPE(aix433)dnl\n'

# One line, or a few, for the number i, that mean something and that the call is not about.
PLAIN = {
    RC_TCPIP: 'start /usr/sbin/daemon%(i)d "$src_running"\n',
    RC_NFS: 'if [ -x /usr/sbin/daemon%(i)d ]; then\n\tstart daemon%(i)d /usr/sbin/daemon%(i)d\nfi\n',
    RC_NO: '/usr/sbin/no -o option%(i)d=%(i)d\n',
    INITTAB: 'id%(i)d:2:once:/usr/bin/program%(i)d\n',
    INETD: 'service%(i)d stream tcp nowait root /usr/sbin/daemon%(i)d daemon%(i)d -a\n',
    SYSLOG: 'mail.debug;local1.info /var/log/file%(i)d rotate size 100k files 4\n',
    FTPUSERS: 'user%(i)d\n',
    CRONTAB: '# job %(i)d\n0,30 3 * * 1-5 /usr/bin/program%(i)d\n',
    PASSWD: 'u%(i)d:!:%(i)d:1::/home/u%(i)d:/usr/bin/ksh\n',
    SENDMAIL_CF: 'Fw-o /etc/mail/file%(i)d\n',
    SENDMAIL_CW: 'host%(i)d.example\n',
    SENDMAIL_MC: 'FEATURE(feature%(i)d)dnl\n',
    SERVICES: 'service%(i)d %(i)d/tcp alias%(i)d\n',
}

# Lines that the call is about, all of them.
MATCHING = {
    RC_TCPIP: 'start /usr/sbin/snmpd "$src_running"\n',
    RC_NFS: 'if [ -x /usr/sbin/rpc.statd ]; then\n\tstart rpc.statd /usr/sbin/rpc.statd\nfi\n',
    RC_NO: '/usr/sbin/no -o ipforwarding=1\n',
    INITTAB: 'dt:2:wait:/etc/rc.dt\n',
    INETD: 'telnet stream tcp6 nowait root /usr/sbin/telnetd telnetd -a\n',
    SYSLOG: 'auth.info /var/adm/auth.log rotate files 3\n',
    FTPUSERS: 'root\n',
    CRONTAB: '# name\n0 * * * * /usr/bin/x\n',
    PASSWD: 'u7:!:7:1::/:/usr/bin/ksh\n',
    SENDMAIL_CF: 'Fw/etc/sendmail.cw\n',
    SENDMAIL_CW: 'b.example\n',
    SENDMAIL_MC: 'FEATURE(relay_entire_domain)dnl\n',
    SERVICES: 'telnet 23/tcp\n',
}

# What a shell script may hold, too.
SHELL = {
    'one if around all': ('if [ -x /usr/sbin/a ]; then\n', '\tstart /usr/sbin/daemon%(i)d "$src_running"\n', 'fi\n'),
    'one if that tests all': ('if ', '[ -x /usr/sbin/daemon%(i)d ] || ', 'true; then\n:\nfi\n'),
    'an if that tests and starts all': (
        'if [ -x /a/d ]', ' && [ -x /usr/sbin/daemon%(i)d ]', '; then\nstart /usr/sbin/daemon1\nstart /usr/sbin/daemon2\nfi\n'),
    'ifs in ifs': ('', 'if a%(i)d; then\n', ''),
    'guards': ('', 'pid%(i)d=$(p)\n[ -z "$pid%(i)d" ] && start /usr/sbin/daemon%(i)d\n', ''),
    'guards on one variable': ('pid=$(p)\n', '[ -z "$pid" ] && start /usr/sbin/daemon%(i)d\n', ''),
    'here documents': ('', 'start /usr/sbin/daemon%(i)d <<END\ntext\nEND\n', ''),
    'statements on one line': ('', 'start /usr/sbin/daemon%(i)d; ', '\n'),
    'commands in one statement': ('', 'start /usr/sbin/daemon%(i)d && ', 'true\n'),
    'words of one command': ('start /usr/sbin/daemon', ' w%(i)d', '\n'),
    'assignments': ('', 'v%(i)d=$v%(i)d$w\n', ''),
    'arguments from variables': ('', 'v%(i)d=-a\nstart /usr/sbin/daemon%(i)d "$src_running" "$v%(i)d"\n', ''),
    'backquotes': ('', 'x=`a b %(i)d` "c `d` e"\n', ''),
    'unbalanced backquotes': ('', 'x=`a b %(i)d\n', ''),
    'unbalanced quotes': ('', 'x="a \'b %(i)d\n', ''),
    'substitutions': ('', 'x=$(a; b %(i)d) y=${z%%"$(c)"}\n', ''),
    'parameters without an end': ('', '${a%(i)d ', '\n'),
    'parentheses that quotes hide': ('', '((# "\n))# "\n', ''),
    'parentheses without an end': ('', '((%(i)d\n', ''),
    'patterns': ('case x in\n', '@(a|b)%(i)d) start /usr/sbin/daemon%(i)d ;;\n', 'esac\n'),
    'functions': ('', 'f%(i)d() {\n\tstart /usr/sbin/daemon%(i)d\n}\n', ''),
    'stanzas that are commented out': (
        '', '#if [ -x /usr/sbin/daemon%(i)d ]; then\n#\tstart /usr/sbin/daemon%(i)d\n#fi\n\n', ''),
    'commented-out ifs without an end': ('', '#if [ -x /usr/sbin/daemon%(i)d ]; then\n', ''),
    'one commented-out if around all': ('#if true; then\n', '#start /usr/sbin/daemon%(i)d "$src_running"\n', '#fi\n'),
    'one commented-out if without an end': ('#if [ a ]; then\n', '#start /usr/sbin/daemon%(i)d "$src_running"\n', ''),
    'commented-out guards': ('', '#pid%(i)d=1\n#[ -z "$pid%(i)d" ] && start /usr/sbin/daemon%(i)d\n', ''),
    'commented-out here documents without an end': ('', '#start /usr/sbin/daemon%(i)d <<END%(i)d\n', ''),
    'commented-out parentheses without an end': ('', '#((%(i)d\n', ''),
    'commented-out parameters without an end': ('', '#(${a\n', ''),
    'comments in comments': ('', '##if a; then\n##start /usr/sbin/daemon%(i)d\n##fi\n#:\n', ''),
}


def repeated(part, count):
    """Unlike in a Python format, what is not `%(i)d` stands for itself."""
    if '%(i)d' not in part:
        return part * count
    return ''.join(part % {'i': i} for i in range(count))


def header_of(path):
    if path == SENDMAIL_MC:
        return MC_HEADER
    return '#!/bin/ksh\n' if path in SCRIPTS else ''


def shapes_of(path):
    """Name -> what it begins with, what is repeated, how it ends."""
    plain = PLAIN[path]
    shapes = {
        'lines': ('', plain, ''),
        'comments': ('', ''.join('#' + line for line in plain.splitlines(True)), ''),
        'matching lines': ('', MATCHING[path], ''),
        'commented-out matching lines': ('', ''.join('#' + line for line in MATCHING[path].splitlines(True)), ''),
        'one line': ('', plain.replace('\n', ' '), '\n'),
        'one line without blanks': ('x', '%(i)d:,;', '\n'),
        'continued lines': ('', plain.replace('\n', ' \\\n'), '\n'),
        'empty lines': ('', '\n', ''),
        'carriage returns': ('', plain.replace('\n', '\r\n'), ''),
    }
    if path == INITTAB:
        shapes['programs before programs'] = ('id:2:once:', 'exec ', 'a\n')
    if path == SYSLOG:
        shapes['rotations'] = ('auth.info /var/adm/auth.log rotate', ' files 3', '\n')
    if path == SENDMAIL_MC:
        shapes['calls on one line'] = ('', 'FEATURE(x', '\n')
    if path in SCRIPTS:
        shapes.update(SHELL)
    return shapes


def text_of(path, shape, count):
    begin, part, end = shapes_of(path)[shape]
    return header_of(path) + begin + repeated(part, count) + end


def prepared(host):
    """What the calls need beside the file that is looked at."""
    host.write('root:!:0:0::/:/bin/ksh\n' + repeated(PLAIN[PASSWD], 10), PASSWD)
    host.write('', FTPUSERS)
    host.write('0 3 * * * /usr/bin/y\n', CRONTAB)
    host.write('Fw/etc/sendmail.cw\n', SENDMAIL_CF)
    host.write(MC_HEADER + 'FEATURE(relay_entire_domain)dnl\nMAILER(uucp)dnl\n', SENDMAIL_MC)
    host.write(read(SAMPLE, INETD).splitlines(True)[0], SERVICES)
    return host


def large_host(directory, lines):
    """A host on which every file that harden looks at has so many."""
    host = prepared(Host(directory))
    for path in CALLS:
        untouched = host.read(path) if os.path.exists(host.path(path)) else ''
        host.write(untouched + repeated(PLAIN[path], lines), path)
    return host
