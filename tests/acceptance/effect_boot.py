#!/usr/bin/python3 -B
"""What a boot starts, before and after hardening: inittab played entry by entry, boot scripts run by the Korn shell, the
kernel's switches set by /etc/rc.no."""
import os

from effect_host import booted, eventually, run_on_test_hosts, settled
from effect_init import read_inittab, started_at_boot
from lib import case, contains, equal, holds, lacks

FIRST_BOOT = '''brc mkatmpvc atmsvcd load64bit rc fbcheck srcmstr rcnetw cnsview rctcpip rcnfs cron piobe qdaemon writesrv
    uprintfd logsymp httpdlite diagd imnss imqss pmd dt cons l2'''.split()
LEFT_OUT = 'rcnetw writesrv httpdlite imnss imqss dt l2'.split()
HARDENED_BOOT = ['brc', 'no'] + [entry for entry in FIRST_BOOT[1:] if entry not in LEFT_OUT]

BY_RC_TCPIP = ['syslogd', 'sendmail -a -bd -q30m', 'portmap', 'inetd', 'snmpd', 'dpid2']
BY_RC_NFS = ['biod', 'rpc.statd', 'rpc.lockd']
SERVING_NFS = ['biod', 'nfsd', 'rpc.mountd', 'rpc.statd', 'rpc.lockd']
STARTABLE = [call.split()[0] for call in BY_RC_TCPIP] + SERVING_NFS + ['lpd']

# As /etc/rc.no of the profile sets them, and what the kernel's own switches then are.
SWITCHES = {'bcastping': 0, 'clean_partial_conns': 1, 'directed_broadcast': 0, 'icmpaddressmask': 0, 'ipforwarding': 0,
            'ipignoreredirects': 1, 'ipsendredirects': 0, 'ip6srcrouteforward': 0, 'ipsrcrouteforward': 0,
            'ipsrcrouterecv': 0, 'ipsrcroutesend': 0, 'nonlocsrcroute': 0}
IN_PROC = {'ipv4/icmp_echo_ignore_broadcasts': ('0', '1'), 'ipv4/ip_forward': ('1', '0'),
           'ipv4/conf/all/bc_forwarding': ('1', '0'), 'ipv4/conf/all/accept_redirects': ('1', '0'),
           'ipv4/conf/all/send_redirects': ('1', '0'), 'ipv4/conf/all/accept_source_route': ('1', '0'),
           'ipv6/conf/all/accept_source_route': ('0', '-1')}
UNTOUCHED, HARDENED = ({name: values[i] for name, values in IN_PROC.items()} for i in (0, 1))


def startsrc_calls(host):
    """What was started by the SRC, joined options apart: `startsrc -sqdaemon` is one of inittab's own."""
    return [call[len('startsrc -s '):] for call in host.calls() if call.startswith('startsrc -s ')]


def of_inittab(host):
    return [call for call in host.calls() if call.startswith('startsrc -s') and call[len('startsrc -s')] != ' ']


def has_run(host, *commands):
    return all(command in '\n'.join(host.ran()) for command in commands)


def kernel(host):
    return {name: host.sh('cat "/proc/sys/net/$1"', name).strip() for name in IN_PROC}


def the_reader(_):
    with case('the reader of the tests: sysinit first, then boot, then the level; off, other levels and comments do not start'):
        text = ''.join(line + '\n' for line in (
            'init:2:initdefault:', 'a:2:wait:one', 'b:2:off:two', ':c:2:wait:three', ': d:2:wait:four', 'e::once:five:x # y',
            'f:3:wait:six', 'g:2345:respawn:seven', 'h:2:bootwait:eight', 'i::sysinit:nine', 'j:2:powerfail:ten',
            'k:2:hold:eleven', '#l:2:once:twelve', 'm:a:ondemand:thirteen', 'n:2:boot:fourteen'))
        equal([entry.identifier for entry in started_at_boot(text)], ['i', 'h', 'n', 'a', 'e', 'g', '#l'])
        equal(read_inittab(text)[3].command, 'five:x # y')
    with case('the reader of the tests: a line goes on after a backslash, and so does a comment; the highest level counts'):
        text = 'init:235:initdefault:\nx:5:once:one \\\ny:5:once:two\n:z:5:once:three \\\nw:5:once:four\nv:2:once:five\n'
        equal([(entry.identifier, entry.command) for entry in started_at_boot(text)], [('x', 'one y:5:once:two')])


def a_reboot(directory):
    with booted(directory) as host:
        with case('the first boot starts the entries of the inittab in their order, and the scripts start their daemons'):
            equal(host.started, FIRST_BOOT, 'entries')
            equal(startsrc_calls(host), BY_RC_TCPIP + BY_RC_NFS)
            eventually(lambda: has_run(host, 'x_st_mgrd -b', 'httpdlite -r', 'rc.dt ', 'rc.netware '), 'they have run')
        with case('the profile is put into effect on a host that is up'):
            equal(host.play('harden.yml').succeeds().result('Apply the profile')['changed'], True)
        host.reboot()
        after_hardening(host)
        with case('after a rollback and a reboot the host starts what it started at first'):
            rolled_back(host).succeeds()
            host.reboot()
            equal(host.started, FIRST_BOOT, 'entries')
            equal(startsrc_calls(host), BY_RC_TCPIP + BY_RC_NFS)
            equal(kernel(host), UNTOUCHED)
        disabled_in_every_way(host)


def rolled_back(host, most=10):
    """A daemon that has just started may write to a log that goes, while the run plans: it then says `run again`."""
    for _ in range(most):
        play = host.play('rollback.yml', '-e', 'bulwark_to=original')
        if 'while this run was planning; run again' not in ' '.join(play.text.split()):  # Ansible breaks lines
            break
    return play


def after_hardening(host):
    with case('after hardening a reboot starts exactly the entries that the profile left, in their order, and no behind brc'):
        equal(host.started, HARDENED_BOOT, 'entries')
    with case('no command of an entry that was left out has run'):
        eventually(lambda: has_run(host, 'getty', 'rc.boot 3', 'diagd'), 'the others have run')
        lacks('\n'.join(host.ran()), 'rc.netware', 'httpdlite', 'imnss', 'imq_start', 'rc.dt', 'rc 2')
        equal(of_inittab(host), ['startsrc -sqdaemon'])
    with case('rc.tcpip and rc.nfs, edited, start under the Korn shell exactly the daemons that the plan left'):
        equal(startsrc_calls(host), ['syslogd', 'sendmail -a -bd -q30m', 'portmap', 'inetd', 'biod'])
        lacks('\n'.join(host.ran()), 'x_st_mgrd')
    with case('rc.no, started by its entry, has set the switches of the kernel'):
        expected = {'no -o %s=%d' % item for item in SWITCHES.items()}
        settled(lambda: expected <= set(host.calls()))
        equal(kernel(host), HARDENED)
        equal({call for call in host.calls() if call.startswith('no ')}, expected, 'calls')
    with case('after the reboot the ports that are open are those that ports_info tells, and no others'):
        eventually(lambda: {(21, 'tcp'), (25, 'tcp')} <= host.listening(), 'the daemons listen')
        info = host.task('ports_info')
        equal(sorted(host.listening()), sorted((port['port'], port['protocol']) for port in info['ports']))
        equal(info['differences'], [])
    with case('after the reboot a run finds all of it as it should be'):
        host.forget_calls()
        equal((host.task('harden')['changed'], host.calls()), (False, []))


def disabled_in_every_way(host):
    host.replace('diagd:2:once:/usr/lpp/diagnostics/bin/diagd >/dev/console 2>&1',
                 'diagd:2:once:/usr/lpp/diagnostics/bin/diagd \\\n  -a:2:once:b', 'etc/inittab')
    with case('an entry that goes on in a second line, one turned off, one removed and one with a colon start no more'):
        host.forget_calls()
        host.task('inittab', now=True, entries=[{'id': 'diagd', 'state': 'disabled'}, {'id': 'pmd', 'state': 'absent'},
                                                {'id': 'dt', 'state': 'disabled', 'method': 'off'},
                                                {'id': 'uprintfd', 'state': 'disabled', 'method': 'comment'}])
        equal(host.calls(), ['telinit q'], 'calls')
        host.reboot()
        equal(host.started, [entry for entry in FIRST_BOOT if entry not in ('diagd', 'pmd', 'dt', 'uprintfd')], 'entries')
        eventually(lambda: has_run(host, 'getty', 'logsymptom'), 'the others have run')
        lacks('\n'.join(host.ran()), 'diagd', 'pmd', 'rc.dt', 'uprintfd')
    with case('enabled again they start where they did, the long one with all its arguments, and a new one behind its neighbour'):
        host.task('inittab', entries=[{'id': name, 'state': 'enabled'} for name in ('diagd', 'dt', 'uprintfd')] +
                  [{'id': 'site', 'runlevel': '2', 'action': 'wait', 'command': '/usr/bin/pmd site:1',
                    'insertafter': 'rcnfs'}])
        host.reboot()
        expected = [entry for entry in FIRST_BOOT if entry != 'pmd']
        expected.insert(expected.index('rcnfs') + 1, 'site')
        equal(host.started, expected, 'entries')
        eventually(lambda: has_run(host, 'diagd -a:2:once:b', 'pmd site:1'), 'they have run')


def boot_scripts(directory):
    with booted(directory) as host:
        host.write('/home -ro\n', 'etc/exports')
        with case('where file systems are exported rc.nfs starts the server too'):
            equal(started_by(host, '/etc/rc.nfs'), (SERVING_NFS, ''))
        with case('rc.nfs without statd, lockd and the server starts biod alone, and the shell has nothing to say'):
            host.task('rc_script', path='/etc/rc.nfs', now=False, state='disabled',
                      daemons=['nfsd', 'rpc.statd', 'rpc.lockd'])
            equal(started_by(host, '/etc/rc.nfs'), (['biod'], ''))
            lacks('\n'.join(host.ran()), 'exportfs')
        with case('rc.nfs with the server and without all else starts nfsd and mountd after exportfs'):
            host.task('rc_script', path='/etc/rc.nfs', now=False,
                      daemons=[{'name': 'nfsd', 'state': 'enabled'}, {'name': 'biod', 'state': 'disabled'}])
            equal(started_by(host, '/etc/rc.nfs'), (['nfsd', 'rpc.mountd'], ''))
            contains('\n'.join(host.ran()), 'exportfs -a')
        with case('an nfsd that cannot be executed is not started, nor mountd without it'):
            host.task('path', path='/usr/sbin/nfsd', mode='0444')
            equal(started_by(host, '/etc/rc.nfs'), ([], ''))
        with case('a daemon that a boot script did not start is started by it once it is enabled, with its own arguments'):
            host.task('rc_script', now=False, daemons=[{'name': 'lpd', 'state': 'enabled'},
                                                       {'name': 'sendmail', 'state': 'enabled', 'args': '-bd -q5m'},
                                                       {'name': 'snmpd', 'state': 'disabled'}])
            started, said = started_by(host, '/etc/rc.tcpip')
            equal(started, ['syslogd', 'lpd', 'sendmail -a -bd -q5m', 'portmap', 'inetd', 'dpid2'])
            lacks(said, 'syntax error', 'not found')
        stopped_and_started_now(host)


def started_by(host, script):
    """What a boot script asks the SRC for when it runs on a host that has just come up, and what the script says."""
    host.sh('for name; do stopsrc -s $name; done', *STARTABLE)
    eventually(lambda: ' active\n' not in host.sh('for name; do lssrc -s $name; done', *STARTABLE), 'all have stopped')
    host.write('', 'var/adm/test_host/ran')
    host.forget_calls()
    said = host.sh(script)
    return startsrc_calls(host), ''.join(line + '\n' for line in said.splitlines() if '0513-059' not in line)


def stopped_and_started_now(host):
    with case('with now a daemon that is disabled ends, and its port closes; enabled, it starts and waits there again'):
        eventually(lambda: (25, 'tcp') in host.listening(), 'sendmail listens')
        host.task('rc_script', name='sendmail', state='disabled')
        eventually(lambda: (25, 'tcp') not in host.listening(), 'sendmail has ended')
        equal(host.process_of('sendmail'), None)
        host.task('rc_script', name='sendmail', state='enabled')
        eventually(lambda: (25, 'tcp') in host.listening(), 'sendmail listens')
        equal(host.calls()[-1], 'startsrc -s sendmail -a -bd -q5m')


def network_options(directory):
    with booted(directory) as host:
        with case('an untouched kernel has its switches as AIX leaves them'):
            equal(kernel(host), UNTOUCHED)
        host.sh('no -o ipforwarding=0; no -o bcastping=0')
        host.forget_calls()
        with case('network_options sets the switches of the kernel that differ, and calls nothing for the others'):
            host.task('network_options', options=SWITCHES)
            equal(sorted(host.calls()), sorted('no -o %s=%d' % item for item in SWITCHES.items()
                                               if item[0] not in ('ipforwarding', 'bcastping', 'icmpaddressmask')))
            equal(kernel(host), HARDENED)
        with case('a switch that somebody has turned in the running kernel is turned back, and nothing else is called'):
            host.sh('echo 1 >/proc/sys/net/ipv4/conf/all/send_redirects')
            host.forget_calls()
            result = host.task('network_options', options=SWITCHES)
            equal((result['files'], host.calls()), ([], ['no -o ipsendredirects=0']))
            equal(kernel(host), HARDENED)
        rc_no_by_itself(host)
        with case('a rollback gives the kernel its switches back as they were, those that were right before included'):
            host.play('rollback.yml', '-e', 'bulwark_to=original').succeeds()
            equal(kernel(host), {**UNTOUCHED, 'ipv4/ip_forward': '0', 'ipv4/icmp_echo_ignore_broadcasts': '1'})
            holds(not os.path.exists(host.path('etc/rc.no')), 'rc.no is still there')
        software(host)


def software(host):
    with case('fixes and filesets are asked for, and what is missing is told'):
        host.write('installed\n', 'usr/stand_ins/state/fixes/IY04477')
        result = host.task('software', fixes=['IY04477', 'IY99999'], absent=['bos.compat.NetInst'])
        equal({fix['name']: fix['status'] for fix in result['fixes']}, {'IY04477': 'installed', 'IY99999': 'unknown'})
        equal([fileset['status'] for fileset in result['filesets']], ['absent'])


def rc_no_by_itself(host):
    with case('rc.no, run as init runs it, sets every switch of a kernel that has none of them'):
        host.sh('\n'.join('no -o %s=%d' % (name, 1 - value) for name, value in SWITCHES.items()))
        equal(kernel(host), UNTOUCHED)
        host.forget_calls()
        equal(host.sh('/etc/rc.no').strip(), '', 'what it says')
        equal(kernel(host), HARDENED)
        equal(host.calls(), ['no -o %s=%d' % (name, SWITCHES[name]) for name in sorted(SWITCHES)])
    with case('an option that this kernel does not know stops the script no earlier than the others are set'):
        contains(host.read('etc/rc.no'), 'no -o bcastping=0')
        script = host.write(host.read('etc/rc.no').replace('-o bcastping=0', '-o no_such_option=1'), 'tmp/rc.no')
        os.chmod(script, 0o744)
        host.sh('no -o nonlocsrcroute=1; no -o ipforwarding=1')
        contains(host.sh('/tmp/rc.no'), '1831-202')
        equal(kernel(host), HARDENED)


if __name__ == '__main__':
    run_on_test_hosts(the_reader, a_reboot, boot_scripts, network_options)
