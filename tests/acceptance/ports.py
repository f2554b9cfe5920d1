#!/usr/bin/python3 -B
"""Which ports a host opens: the tutorial's two tables, before and after its hardening, and what really listens."""
import json
import os

from lib import TESTS, Host, case, contains, equal, holds, lacks, run_tests, same_tree

INETD, RC_TCPIP, RC_NFS, INITTAB = '/etc/inetd.conf', '/etc/rc.tcpip', '/etc/rc.nfs', '/etc/inittab'
BY_RC_DT = '/etc/inittab (spawned by /etc/rc.dt)'

# The tutorial's first table, row by row: port, protocol, name, what started it. The kernel chose the numbers of the rows
# in DYNAMIC at that start of the host; here they have no number, but the RPC program's where there is one.
FIRST_TABLE = [
    (7, 'tcp', 'echo', INETD), (7, 'udp', 'echo', INETD),
    (9, 'tcp', 'discard', INETD), (9, 'udp', 'discard', INETD),
    (13, 'tcp', 'daytime', INETD), (13, 'udp', 'daytime', INETD),
    (19, 'tcp', 'chargen', INETD), (19, 'udp', 'chargen', INETD),
    (21, 'tcp', 'ftp', INETD), (23, 'tcp', 'telnet', INETD), (25, 'tcp', 'smtp', RC_TCPIP),
    (37, 'tcp', 'time', INETD), (37, 'udp', 'time', INETD), (67, 'udp', 'bootps', INETD),
    (111, 'tcp', 'sunrpc', RC_TCPIP), (111, 'udp', 'sunrpc', RC_TCPIP),
    (161, 'udp', 'snmp', RC_TCPIP), (177, 'udp', 'xdmcp', BY_RC_DT), (199, 'tcp', 'smux', RC_TCPIP),
    (512, 'tcp', 'exec', INETD), (513, 'tcp', 'login', INETD), (514, 'tcp', 'shell', INETD),
    (514, 'udp', 'syslog', RC_TCPIP), (518, 'udp', 'ntalk', INETD),
    (543, 'tcp', 'klogin', INETD), (544, 'tcp', 'kshell', INETD),
    (1001, 'tcp', 'rpc.statd', RC_NFS), (1001, 'udp', 'rpc.statd', RC_NFS),
    (1002, 'tcp', 'rpc.statd', RC_NFS), (1002, 'udp', 'rpc.statd', RC_NFS),
    (1234, 'tcp', 'instsrv', INETD), (2401, 'tcp', 'writesrv', INITTAB),
    (6000, 'tcp', 'X11', BY_RC_DT), (6112, 'tcp', 'dtspc', INETD),
    (32768, 'tcp', 'dtlogin', BY_RC_DT), (32769, 'tcp', 'ttdbserver', INETD), (32772, 'tcp', 'dpid2', RC_TCPIP),
    (32785, 'udp', 'cmsd', INETD), (49213, 'tcp', 'httpd', INITTAB),
]
DYNAMIC = {'rpc.statd': 100024, 'dtlogin': None, 'ttdbserver': 100083, 'dpid2': None, 'cmsd': 100068}

# Its last table, in full.
CLOSING_TABLE = [
    (21, 'tcp', 'ftp', '/usr/sbin/ftpd', INETD),
    (23, 'tcp', 'telnet', '/usr/sbin/telnetd', INETD),
    (25, 'tcp', 'smtp', '/usr/lib/sendmail', RC_TCPIP),
    (111, 'tcp', 'sunrpc', '/usr/sbin/portmap', RC_TCPIP),
    (111, 'udp', 'sunrpc', '/usr/sbin/portmap', RC_TCPIP),
    (514, 'udp', 'syslog', '/usr/sbin/syslogd', RC_TCPIP),
]


def asked(host, **options):
    result = host.module('ports_info', **options)
    holds(not result.get('failed'), result['msg'])
    equal(result['changed'], False, 'changed')
    return result


def before_hardening(directory):
    host = Host(directory)
    files = host.everything()
    found = [(port['port'], port['protocol'], port['name'], port['started_from'], port['dynamic'], port['rpc'])
             for port in asked(host)['ports']]
    for number, protocol, name, started_from in FIRST_TABLE:
        dynamic = name in DYNAMIC
        with case('%d/%s of the first table is found: %s' % (number, protocol, name)):
            contains(found, (None if dynamic else number, protocol, name, started_from, dynamic, DYNAMIC.get(name)))
    with case('so is 69/udp, which the table forgot'):
        contains(found, (69, 'udp', 'tftp', INETD, False, None))
    with case('the RPC services of inetd are found by their program numbers'):
        equal(sorted(port[2] for port in found if port[5] and port[3] == INETD),
              ['cmsd', 'pcnfsd', 'rstatd', 'rusersd', 'rwalld', 'sprayd', 'ssalld', 'ttdbserver'])
    with case('to look changes nothing, and needs no history'):
        same_tree(host.everything(), files)


def after_hardening(directory):
    host = Host(directory)
    host.changes('harden', profile='tutorial')
    with case('after harden exactly the rows of the closing table are left'):
        equal(asked(host)['ports'],
              [{'port': port, 'protocol': protocol, 'name': name, 'program': program, 'started_from': started_from,
                'dynamic': False, 'rpc': None} for port, protocol, name, program, started_from in CLOSING_TABLE])
    with case('and no program of the boot scripts is left of which nobody knows whether it listens'):
        equal(asked(host)['unknown'], [])
    with case('the NFS server would be one more, if there were file systems to export and an executable nfsd'):
        host.write('/home -ro\n', 'etc/exports')
        equal(len(asked(host)['ports']), 6)
        os.chmod(host.write('nfsd', 'usr/sbin/nfsd'), 0o555)
        equal([port['name'] for port in asked(host)['ports'] if port['started_from'] == RC_NFS],
              ['nfs', 'nfs', 'rpc.mountd', 'rpc.mountd'])
        os.chmod(host.path('usr/sbin/nfsd'), 0o444)
        equal(len(asked(host)['ports']), 6)
    with case('a rollback opens again what was closed'):
        host.module('rollback', to='original')
        equal(len(asked(host)['ports']), 46)


def predicted_by_harden(directory):
    for release in ('4.3.3', '5.3', '6.1', '7.2'):
        for profile in ('tutorial', 'strict'):
            host = Host(os.path.join(directory, release + profile), os.path.join(TESTS, 'samples', 'aix-' + release))
            plain = host.module('harden', check=True, profile=profile)
            told = host.module('harden', check=True, profile=profile, details=True)
            before = asked(host)['ports']
            host.module('harden', profile=profile)
            with case('of AIX %s harden with details predicts the ports that %s leaves open' % (release, profile)):
                equal(told['ports']['before'], before, 'before')
                equal(told['ports']['after'], asked(host)['ports'], 'after')
                holds(len(told['ports']['after']) < len(before), 'it closes none')
            with case('and plans the same as without details (AIX %s, %s)' % (release, profile)):
                lacks(plain, 'ports', 'profile')
                for file in told['files']:
                    diff, header = file.pop('diff'), '--- before: %s\n' % file['path']
                    contains(diff or header, header)
                    equal(diff == '', file['change'] == 'created' and file['path'].endswith('log'), 'an empty log is new')
                for key in ('rules', 'files', 'actions', 'msg', 'warnings'):
                    equal(told.get(key), plain.get(key), key)


def scripts_of_run_levels(directory):
    host = Host(directory)
    host.write('#!/bin/ksh\nstartsrc -g ssh\n', 'etc/rc.d/init.d/sshd')
    os.makedirs(host.path('etc/rc.d/rc2.d'))
    os.symlink('../init.d/sshd', host.path('etc/rc.d/rc2.d/S20sshd'))
    names = lambda: [port['name'] for port in asked(host)['ports']]
    with case('a start script that cannot be executed starts nothing'):
        lacks(names(), 'ssh')
    os.chmod(host.path('etc/rc.d/init.d/sshd'), 0o755)
    with case('sshd is found by its start script, through a link'):
        contains(names(), 'ssh')
    with case('and is no longer when inittab does not run these scripts'):
        host.changes('inittab', id='l2', state='disabled')
        lacks(names(), 'ssh')


def what_listens(directory):
    host = Host(directory)
    host.changes('harden', profile='tutorial')
    host.go_live()
    sockets = 'tcp6 *.21\ntcp6 *.23\ntcp4 *.25\ntcp4 *.111\nudp4 *.111\nudp4 *.514\ntcp4 127.0.0.1.32771\nudp4 *.41234'
    host.set_state('sockets', sockets)
    with case('an alternate root is not compared with the running host'):
        lacks(asked(host), 'listening', 'differences', 'warnings')
    with case('running: always compares, and a host that does as it is configured has no differences'):
        result = asked(host, running='always')
        equal(result['differences'], [])
        equal(result['msg'], '6 ports configured, 0 differences from what listens')
        equal(result['listening'][0], {'port': 21, 'protocol': 'tcp', 'address': '*', 'configured': True})
        equal([entry['port'] for entry in result['listening'] if not entry['configured']], [32771, 41234])
    with case('a daemon that was forgotten, and one that has died, are told of'):
        host.set_state('sockets', sockets.replace('tcp4 *.25', 'tcp4 *.8080'))
        equal(asked(host, running='always')['differences'],
              ['25/tcp is configured (smtp, by /etc/rc.tcpip) but nothing listens',
               '8080/tcp listens but no configuration opens it'])
    with case('the command line shows that, too'):
        text = host.command('ports_info', '--root', host.root, '--running', 'always').stdout.decode()
        contains(text, 'port  protocol  name    program            started from\n'
                       '21    tcp       ftp     /usr/sbin/ftpd     /etc/inetd.conf\n',
                 '\n  8080/tcp listens but no configuration opens it\n')
    with case('running: never asks nobody'):
        lacks(asked(host, running='never'), 'listening')
    for what, prepare in (('is of another system', lambda: host.set_state('netstat', 'Proto Local Address\ntcp *:25')),
                          ('fails', lambda: host.fail('netstat')),
                          ('is not that of AIX, or missing', lambda: os.remove(os.path.join(host.bin, 'netstat')))):
        with case('where netstat %s a warning says so, and the configured ports are told all the same' % what):
            prepare()
            result = asked(host, running='always')
            equal(len(result['ports']), 6)
            lacks(result, 'listening', 'differences')
            contains(result['warnings'][0], 'what really listens is not known: ')


def bad_trees(directory):
    host = Host(directory)
    with case('a tree without anything of AIX is refused'):
        os.makedirs(host.path('empty'))
        result = host.module('ports_info', root=host.path('empty'))
        equal(result['failed'], True)
        contains(result['msg'], '/etc/inittab', 'not the tree of an AIX host')
    with case('a service that has no port is named with its line'):
        host.append('nosuch stream tcp nowait root /opt/x x\n', 'etc/inetd.conf')
        result = asked(host)
        contains(json.dumps(result['warnings']), '/etc/inetd.conf, line %d: the port of nosuch/tcp is not known'
                 % host.read('etc/inetd.conf').count('\n'))
    with case('scripts of a run level that cannot be read are told of, and the ports of all else'):
        os.makedirs(host.path('etc/rc.d/rc2.d'))
        os.mkfifo(host.path('etc/rc.d/rc2.d/Sfifo'))
        result = asked(host)
        equal(len(result['ports']), 47)
        contains(json.dumps(result['warnings']), 'what the scripts of /etc/rc.d/rc2.d start is left out: ')
    with case('names that are no text stay harmless'):
        host.append('caf\xe9\x1b[2J stream tcp nowait root /opt/\xff x\n', 'etc/inetd.conf')
        asked(host)
        lacks(host.command('ports_info', '--root', host.root).stdout.decode(), '\x1b')


if __name__ == '__main__':
    run_tests(before_hardening, after_hardening, predicted_by_harden, scripts_of_run_levels, what_listens, bad_trees)
