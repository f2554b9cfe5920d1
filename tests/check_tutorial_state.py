#!/usr/bin/python3 -B
"""Is a host in the state that the tutorial on securing AIX network services ends with?

usage: tests/check_tutorial_state.py ROOT [BEFORE]

ROOT is the host's tree, BEFORE what it was before (default: the sample of AIX 4.3.3). Checked is what profile `tutorial`
is responsible for. Entries count as off however they were switched off; what the tutorial does not mention has to be as
it was. Prints a line for everything that is otherwise, and fails if there is any.
"""
import os
import re
import stat
import subprocess
import sys

SAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'samples', 'aix-4.3.3')

ENTRIES_OFF = 'rcnetw writesrv httpdlite imnss imqss dt l2 l3 l4 l5 l6 l7 l8 l9'.split()
ENTRY_OF_OPTIONS = 'no:2:once:/etc/rc.no > /dev/console 2>&1'
SERVICES_ON = {
    ('ftp', 'tcp6'): 'stream nowait root /usr/sbin/ftpd ftpd -l -u077',
    ('telnet', 'tcp6'): 'stream nowait root /usr/sbin/telnetd telnetd -a',
}
DAEMONS_OFF = {'etc/rc.tcpip': ['snmpd', 'dpid2', 'x_st_mgrd'], 'etc/rc.nfs': ['rpc.statd', 'rpc.lockd']}
OPTIONS = {
    'bcastping': '0', 'clean_partial_conns': '1', 'directed_broadcast': '0', 'icmpaddressmask': '0',
    'ipforwarding': '0', 'ipignoreredirects': '1', 'ipsendredirects': '0', 'ip6srcrouteforward': '0',
    'ipsrcrouteforward': '0', 'ipsrcrouterecv': '0', 'ipsrcroutesend': '0', 'nonlocsrcroute': '0',
}
SCRIPT = 'etc/rc.no'
MESSAGES = [('*.alert', 'errlog'), ('*.err', '/var/adm/errorlog'), ('mail.info', '/var/adm/mail.log'),
            ('auth.info', '/var/adm/auth.log'), ('daemon.info', '/var/adm/daemon.log')]
WITHOUT_FTP = ('root daemon bin sys adm uucp guest nobody lpd invscout imnadm ipsec nwroot nwuser nwprint nwldap ldap '
               'nuucp netinst').split()
SOURCE = 'usr/samples/tcpip/sendmail/cf/aix433.mc'
SOURCE_LINES = ['divert(0)dnl', 'OSTYPE(aix433)dnl', 'DOMAIN(generic)dnl', 'MAILER(local)dnl', 'MAILER(smtp)dnl']
UNTOUCHED = ['var/spool/cron/crontabs/root'] # mail stays on, so cron need not process its queue


def read(root, path):
    with open(os.path.join(root, path), encoding='latin-1', newline='') as file:
        return file.read()


def compare(what, expected, got):
    """A line for each thing missing and each too many, and one if only the order differs."""
    for item in expected:
        if item not in got:
            yield '%s: missing: %s' % (what, item)
    for item in got:
        if item not in expected:
            yield '%s: should not be there: %s' % (what, item)
    if sorted(expected) == sorted(got) and expected != got:
        yield '%s: not in the order expected' % what
    elif len(expected) != len(got):
        yield '%s: %d expected, %d found' % (what, len(expected), len(got))


# ---- inittab

def started_by_init(text):
    """Entries that init acts on: a colon in front or the action off disables one."""
    entries = [line for line in text.split('\n') if line and not line.startswith(':')]
    return [entry for entry in entries if entry.split(':')[2:3] != ['off']]


def check_inittab(root, before):
    expected = []
    for entry in started_by_init(read(before, 'etc/inittab')):
        identifier = entry.split(':')[0]
        if identifier not in ENTRIES_OFF:
            expected.append(entry)
        if identifier == 'brc':
            expected.append(ENTRY_OF_OPTIONS)
    yield from compare('inittab', expected, started_by_init(read(root, 'etc/inittab')))


# ---- inetd.conf

def check_inetd_conf(root, before):
    on = [line.split() for line in read(root, 'etc/inetd.conf').split('\n') if line.strip() and line[0] != '#']
    got = ['%s/%s %s' % (words[0], words[2], ' '.join(words[1:2] + words[3:])) for words in on if len(words) > 2]
    yield from compare('inetd.conf', ['%s/%s %s' % (*key, rest) for key, rest in SERVICES_ON.items()], got)
    lines, lines_before = (read(tree, 'etc/inetd.conf').split('\n') for tree in (root, before))
    prose, prose_before = ([line for line in text if line.startswith('##') or not line] for text in (lines, lines_before))
    if prose != prose_before:
        yield 'inetd.conf: comments are not as they were'


# ---- the scripts

def commands(text):
    return [line for line in text.split('\n') if line.strip() and not line.lstrip().startswith('#')]


def without_stanza(lines, daemon):
    """Without the line that starts the daemon, and without the `if` around it."""
    starts = [i for i, line in enumerate(lines) if re.search(r'/%s(\s|$)' % re.escape(daemon), line) and
              not line.startswith('if ')]
    first = last = starts[0]
    if lines[first - 1].startswith('if '):
        first, last = first - 1, lines.index('fi', first)
    return lines[:first] + lines[last + 1:]


def check_boot_scripts(root, before):
    for path, daemons in DAEMONS_OFF.items():
        expected = commands(read(before, path))
        for daemon in daemons:
            expected = without_stanza(expected, daemon)
        yield from compare(path, expected, commands(read(root, path)))


def check_options(root, before):
    try:
        lines = commands(read(root, SCRIPT))
    except FileNotFoundError:
        yield SCRIPT + ': not there'
        return
    settings = [re.fullmatch(r'(?:/usr/sbin/)?no -o (\w+)=(\S+)', line.strip()) for line in lines]
    got = ['%s=%s' % match.groups() if match else line for match, line in zip(settings, lines)]
    yield from compare(SCRIPT, sorted('%s=%s' % item for item in OPTIONS.items()), sorted(got))
    mode = stat.S_IMODE(os.stat(os.path.join(root, SCRIPT)).st_mode)
    if mode != 0o744:
        yield '%s: mode %o instead of 744' % (SCRIPT, mode)


def check_syntax(root, before):
    for path in [*DAEMONS_OFF, SCRIPT]:
        script = os.path.join(root, path)
        if not os.path.exists(script):
            continue
        for shell in ('/bin/ksh', '/bin/sh'):
            if subprocess.run([shell, '-n', script], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
                yield '%s: %s -n does not accept it' % (path, shell)


# ---- messages, ftp, mail, cron

def check_messages(root, before):
    lines = [line.split() for line in read(root, 'etc/syslog.conf').split('\n') if line.strip() and line[0] != '#']
    yield from compare('syslog.conf', [' '.join(rule) for rule in MESSAGES], [' '.join(words) for words in lines])
    for _, log in MESSAGES[1:]:
        mode = stat.S_IMODE(os.stat(root + log).st_mode)
        if mode != 0o640:
            yield '%s: mode %o instead of 640' % (log, mode)


def check_name_lists(root, before):
    yield from compare('ftpusers', sorted(WITHOUT_FTP), sorted(read(root, 'etc/ftpusers').split()))
    yield from compare(SOURCE, SOURCE_LINES, read(root, SOURCE).splitlines())
    for path in UNTOUCHED:
        if read(root, path) != read(before, path):
            yield path + ': not as it was'


# ---- all files

def check_attributes(root, before):
    for directory, _, names in os.walk(before):
        for name in names:
            path = os.path.relpath(os.path.join(directory, name), before)
            if not os.path.lexists(os.path.join(root, path)):
                yield path + ': gone'
                continue
            was, now = (os.lstat(os.path.join(tree, path)) for tree in (before, root))
            for what, attribute in ('mode', 'st_mode'), ('owner', 'st_uid'), ('group', 'st_gid'):
                a, b = getattr(was, attribute), getattr(now, attribute)
                if a != b:
                    shown = '%s: %s was %o and is %o' if what == 'mode' else '%s: %s was %d and is %d'
                    yield shown % (path, what, a, b)


def complaints(root, before=SAMPLE):
    found = []
    for check in (check_inittab, check_inetd_conf, check_boot_scripts, check_options, check_syntax, check_messages,
                  check_name_lists, check_attributes):
        try:
            found.extend(check(root, before))
        except (OSError, IndexError, ValueError) as error:
            found.append('%s: %s' % (check.__name__, error))
    return found


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[1].startswith('-'):
        print(__doc__.strip(), file=sys.stderr)
        return 64
    found = complaints(*sys.argv[1:])
    print('\n'.join(found) if found else 'the state that the tutorial ends with')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
