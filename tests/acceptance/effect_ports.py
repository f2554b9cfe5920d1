#!/usr/bin/python3 -B
"""A port is closed when nobody answers there any more: a real inetd, asked over the network, before and after hardening."""
from effect_host import booted, eventually, run_on_test_hosts, settled
from lib import case, contains, equal, holds

SMALL = {'echo': 7, 'discard': 9, 'daytime': 13, 'chargen': 19, 'time': 37}
OVER_IPV6_TOO = {'shell': 514, 'login': 513, 'exec': 512}  # tcp6 in the file: both
IPV4_ALONE = {'kshell': 544, 'klogin': 543, 'instsrv': 1234, 'dtspc': 6112}
DATAGRAMS = {'bootps': 67, 'tftp': 69, 'ntalk': 518}
RPC_SERVICES = {100001: 'rstatd', 100002: 'rusersd', 100008: 'rwalld', 100012: 'sprayd', 150001: 'pcnfsd',
                100083: 'ttdbserver', 300667: 'ssalld', 100068: 'cmsd'}
PORTMAP = 100000

# Ports that ports_info knows and that have nothing behind them on a test host, for only AIX has these programs: CDE,
# and the documentation's web server. Dynamic ports have no number to compare.
NOT_ON_A_TEST_HOST = {(177, 'udp'), (6000, 'tcp'), (49213, 'tcp')}
AFTER = {(21, 'tcp'), (23, 'tcp'), (25, 'tcp'), (111, 'tcp'), (111, 'udp'), (514, 'udp')}


def registered(host):
    """RPC program -> the ports where portmap says that it is."""
    programs = {}
    for row in host.sh('/linux/rpcinfo -p 127.0.0.1').splitlines()[1:]:
        program, _, protocol, port = row.split()[:4]
        programs.setdefault(int(program), set()).add((int(port), protocol))
    return programs


def refreshes(host):
    return [call for call in host.calls() if call.startswith('refresh')]


def actions(result, *argv):
    return [action for action in result['actions'] if action['argv'] == list(argv)]


def small_services_answer(host):
    equal(host.says(SMALL['echo'], b'over TCP\n', 9), b'over TCP\n', 'echo')
    holds(host.accepts(SMALL['discard']), 'discard refuses')
    contains(host.says(SMALL['daytime']), b':')
    contains(host.says(SMALL['chargen'], enough=144), b'!"#$%&')
    equal(len(host.says(SMALL['time'], enough=4)), 4, 'bytes of time')


def small_datagrams_are_answered(host):
    equal(host.answers(SMALL['echo'], b'over UDP'), b'over UDP', 'echo')
    equal(host.answers(SMALL['discard'], b'x', patience=0.5), b'', 'discard')
    contains(host.answers(SMALL['daytime'], b'x'), b':')
    contains(host.answers(SMALL['chargen'], b'x'), b'!"#$%&')
    equal(len(host.answers(SMALL['time'], b'x')), 4, 'bytes of time')


def open_ports_are_as_told(host, missing=frozenset()):
    """Holds what ports_info tells to what ss shows, and to what it says itself of the difference. Over IPv4: the inetd of
    the test host opens RPC services over IPv6 too, where portmap does not know of them."""
    info = host.task('ports_info')
    told = {(port['port'], port['protocol']) for port in info['ports'] if port['port'] is not None}
    programs = {port['rpc'] for port in info['ports'] if port['rpc']}
    found = registered(host)
    dynamic = set().union(*(ports for program, ports in found.items() if program != PORTMAP))
    equal(sorted(host.listening('-4') - dynamic), sorted(told - missing), 'open ports')
    equal(sorted(found.keys() - {PORTMAP}), sorted(programs & RPC_SERVICES.keys()), 'RPC programs of inetd')
    equal(sorted(difference.split()[0] for difference in info['differences']),
          sorted('%d/%s' % port for port in missing), 'differences that ports_info tells of')


def hardening(directory):
    with booted(directory) as host:
        inetd = host.process_of('inetd')
        eventually(lambda: (21, 'tcp') in host.listening(), 'inetd listens')
        before = host.listening()
        as_shipped(host)
        an_audit(host, before)
        closed_by_harden(host, inetd)
        a_second_run(host, inetd)
        enabled_again(host)
        rolled_back(host, inetd)


def as_shipped(host):
    with case('before hardening the internal services of inetd answer over TCP'):
        small_services_answer(host)
    with case('before hardening they answer over UDP'):
        small_datagrams_are_answered(host)
    with case('before hardening the other services of inetd take connections, those of tcp6 over IPv4 and IPv6'):
        for port in [*OVER_IPV6_TOO.values(), *IPV4_ALONE.values(), 21, 23]:
            holds(host.accepts(port), '%d/tcp refuses' % port)
        for port in [*OVER_IPV6_TOO.values(), 21, 23]:
            holds(host.accepts(port, '::1'), '%d/tcp refuses over IPv6' % port)
    with case('before hardening portmap knows the RPC services of inetd'):
        equal(registered(host).keys() - {PORTMAP}, RPC_SERVICES.keys())
    with case('before hardening ports_info tells exactly the ports that ss shows, and of those that nothing listens at'):
        open_ports_are_as_told(host, NOT_ON_A_TEST_HOST)


def an_audit(host, before):
    with case('an audit says what would be refreshed, and every port stays as it is'):
        host.forget_calls()
        result = host.play('audit.yml').succeeds().result('Compare the host with the profile')
        equal([action['status'] for action in actions(result, 'refresh', '-s', 'inetd')], ['would_run'])
        equal(host.calls(), [], 'calls')
        equal(host.listening(), before, 'open ports')


def closed_by_harden(host, inetd):
    host.forget_calls()
    result = host.play('harden.yml').succeeds().result('Apply the profile')
    settled(lambda: host.listening() == AFTER | {(2401, 'tcp')})
    with case('after harden the internal services refuse TCP'):
        equal([name for name, port in SMALL.items() if host.accepts(port)], [], 'answer')
    with case('after harden the kernel says of their UDP ports that nobody is there'):
        equal([name for name, port in SMALL.items() if host.answers(port, b'x', patience=0.5) is not None], [], 'answer')
    with case('after harden the other services that the profile turns off refuse, over IPv4 and IPv6'):
        for port in [*OVER_IPV6_TOO.values(), *IPV4_ALONE.values()]:
            equal((port, host.accepts(port), host.accepts(port, '::1')), (port, False, False))
        equal([name for name, port in DATAGRAMS.items() if host.answers(port, b'x', patience=0.5) is not None], [], 'answer')
    with case('after harden portmap knows no RPC service of inetd any more'):
        eventually(lambda: registered(host).keys() == {PORTMAP}, 'they are gone')
    with case("after harden telnet's and ftp's ports still accept, and ftpd starts with the arguments of the profile"):
        equal((host.accepts(23), host.accepts(23, '::1'), host.accepts(21, '::1')), (True, True, True))
        equal(host.says(23, enough=20), b'220 telnetd -a\n')
        equal(host.says(21, enough=40), b'220 ftpd -l -u077\n')
    with case('inetd was told once, by a refresh, and is the same process as before'):
        equal(refreshes(host).count('refresh -s inetd'), 1, 'refreshes')
        equal([action['status'] for action in actions(result, 'refresh', '-s', 'inetd')], ['ran'])
        equal(host.process_of('inetd'), inetd, 'process')
    with case('what the profile stops is stopped: nothing is left at the ports of SNMP'):
        equal(sorted(port for port in host.listening() if port[0] in (161, 199)), [])
        equal(host.process_of('snmpd'), None)
    with case('after harden ports_info tells the very ports that ss shows, but for writesrv, which runs until the next boot'):
        equal(sorted(host.listening()), sorted(AFTER | {(2401, 'tcp')}))
        info = host.task('ports_info')
        equal({(port['port'], port['protocol']) for port in info['ports']}, AFTER)
        equal(info['differences'], ['2401/tcp listens but no configuration opens it'])


def a_second_run(host, inetd):
    with case('a second run changes nothing and refreshes nothing'):
        host.forget_calls()
        result = host.play('harden.yml').succeeds().result('Apply the profile')
        equal((result['changed'], result['actions'], host.calls()), (False, [], []))
        equal(host.process_of('inetd'), inetd, 'process')


def enabled_again(host):
    with case('a service that is enabled again over TCP answers there, and its twin over UDP stays closed'):
        host.task('inetd', name='echo/tcp', state='enabled')
        eventually(lambda: host.accepts(SMALL['echo']), 'echo answers')
        equal(host.says(SMALL['echo'], b'again', 5), b'again')
        equal(host.answers(SMALL['echo'], b'x'), None, 'over UDP')
        equal(sorted(host.listening()), sorted(AFTER | {(2401, 'tcp'), (7, 'tcp')}))
    with case('the other way round too'):
        host.task('inetd', services=[{'name': 'echo/tcp', 'state': 'disabled'}, {'name': 'echo/udp', 'state': 'enabled'}])
        eventually(lambda: not host.accepts(SMALL['echo']), 'echo refuses')
        equal(host.answers(SMALL['echo'], b'again'), b'again', 'over UDP')


def rolled_back(host, inetd):
    host.play('rollback.yml', '-e', 'bulwark_to=original').succeeds()
    settled(lambda: registered(host).keys() - {PORTMAP} == RPC_SERVICES.keys())
    with case('a rollback opens all of it again, over TCP and UDP, and ftpd starts as it did at first'):
        small_services_answer(host)
        small_datagrams_are_answered(host)
        equal(host.says(21, enough=20), b'220 ftpd \n')
        equal(registered(host).keys() - {PORTMAP}, RPC_SERVICES.keys())
        equal(host.process_of('inetd'), inetd, 'process')
    with case('after the rollback ports_info and ss agree as they did before hardening'):
        eventually(lambda: (161, 'udp') in host.listening(), 'snmpd listens')
        open_ports_are_as_told(host, NOT_ON_A_TEST_HOST)


def the_strict_profile(directory):
    with booted(directory) as host:
        eventually(lambda: host.accepts(21), 'inetd listens')
        with case('the strict profile leaves syslog open as ports_info tells, and writesrv until the next boot'):
            host.play('harden.yml', '-e', 'bulwark_profile=strict').succeeds()
            settled(lambda: host.listening() == {(514, 'udp'), (2401, 'tcp')})
            info = host.task('ports_info')
            equal([(port['port'], port['protocol']) for port in info['ports']], [(514, 'udp')])
            equal(sorted(host.listening()), [(514, 'udp'), (2401, 'tcp')])
            equal({name: host.process_of(name) for name in ('portmap', 'sendmail', 'snmpd')},
                  {'portmap': None, 'sendmail': None, 'snmpd': None})
        with case('a rollback starts portmap before inetd registers its RPC services with it, and opens all ports again'):
            host.play('rollback.yml', '-e', 'bulwark_to=original').succeeds()
            settled(lambda: (161, 'udp') in host.listening() and host.accepts(25) and len(registered(host)) > 1)
            open_ports_are_as_told(host, NOT_ON_A_TEST_HOST)


def an_inetd_that_is_not_there(directory):
    with booted(directory) as host:
        eventually(lambda: host.accepts(SMALL['echo']), 'inetd listens')
        host.sh('stopsrc -s inetd')
        eventually(lambda: host.process_of('inetd') is None, 'inetd has stopped')
        host.forget_calls()
        with case('an inetd that is stopped is not refreshed, with the reason, and that is no failure'):
            result = host.task('inetd', name='echo', state='disabled')
            equal(result['changed'], True, 'changed')
            equal([(action['status'], action['reason']) for action in actions(result, 'refresh', '-s', 'inetd')],
                  [('skipped', 'inetd is inoperative')])
            equal(host.calls(), [], 'calls')
        with case('once it is started it serves what its file says'):
            host.sh('startsrc -s inetd')
            eventually(lambda: host.accepts(SMALL['discard']), 'inetd listens')
            equal((host.accepts(SMALL['echo']), host.answers(SMALL['echo'], b'x')), (False, None))
        a_failing_refresh(host)
        a_failing_refresh_that_shows_nowhere_else(host)
        an_edit_without_a_refresh(host)


def a_failing_refresh(host):
    host.fail('refresh')
    with case('a refresh that fails makes the run fail, keeps the files, and the port is still open'):
        result = host.task('inetd', name='discard', state='disabled', fails=True)
        contains(result['msg'], 'refresh -s inetd', 'the next run tries it again')
        contains(host.read('etc/inetd.conf'), '\n#discard\tstream', '\n#discard\tdgram')
        holds(host.accepts(SMALL['discard']), 'it is closed')
    host.fail()
    with case('the next run tries the refresh again, which is a change, and closes the port'):
        result = host.task('inetd', name='discard', state='disabled')
        equal((result['changed'], result['files']), (True, []))
        eventually(lambda: not host.accepts(SMALL['discard']), 'discard refuses')
        equal(host.answers(SMALL['discard'], b'x', patience=0.5), None, 'over UDP')


def a_failing_refresh_that_shows_nowhere_else(host):
    """inetd serves less than its file says: only that a refresh is owed tells of it."""
    host.fail('refresh')
    with case('a service whose refresh failed when it was enabled stays closed'):
        host.task('inetd', name='discard', state='enabled', fails=True)
        holds(not host.accepts(SMALL['discard']), 'it is open')
    host.fail()
    with case('the next run tries that refresh again too, and opens the port'):
        result = host.task('inetd', name='discard', state='enabled')
        equal((result['changed'], result['files']), (True, []))
        eventually(lambda: host.accepts(SMALL['discard']), 'discard answers')


def an_edit_without_a_refresh(host):
    host.replace('\nchargen\t', '\n#chargen\t', 'etc/inetd.conf')
    host.forget_calls()
    with case('an inetd that serves what somebody has taken out of its file is noticed and refreshed, and that is a change'):
        holds(host.accepts(SMALL['chargen']), 'it is closed already')
        result = host.task('inetd', name='chargen', state='disabled')
        equal((result['changed'], result['files'], host.calls()), (True, [], ['refresh -s inetd']))
        eventually(lambda: not host.accepts(SMALL['chargen']), 'chargen refuses')
    with case('it is refreshed once'):
        equal((host.task('inetd', name='chargen', state='disabled')['changed'], len(host.calls())), (False, 1))


if __name__ == '__main__':
    run_on_test_hosts(hardening, the_strict_profile, an_inetd_that_is_not_there)
