#!/usr/bin/python3 -B
"""Commands of a live run. The running host is pretended: stand-ins for AIX's commands, which keep its state in files."""
import os
import re
import stat

from lib import (UNTOUCHED_OPTIONS, Host, append, case, contains, equal, holds, lacks, read, run_tests, same_tree, skip, tree,
                 with_each_ansible, write)

INETD = {'services': ['shell', 'login', 'exec'], 'state': 'disabled', 'refresh': 'always'}
OPTIONS = {'bcastping': 0, 'clean_partial_conns': 1, 'directed_broadcast': 0, 'icmpaddressmask': 0, 'ipforwarding': 0,
           'ipignoreredirects': 1, 'ipsendredirects': 0, 'ip6srcrouteforward': 0, 'ipsrcrouteforward': 0,
           'ipsrcrouterecv': 0, 'ipsrcroutesend': 0, 'nonlocsrcroute': 0}
BROKEN_SCRIPT = '#!/bin/ksh\nstart /usr/sbin/snmpd "$src_running"\necho one ) two\n'


def live_host(directory, **state):
    host = Host(directory)
    host.go_live(**state)
    return host


def done(result, *argv):
    """The actions with these first words."""
    return [action for action in result['actions'] if action['argv'][:len(argv)] == list(argv)]


def statuses(result, *argv):
    return [action['status'] for action in done(result, *argv)]


def succeeds(result):
    holds(not result.get('failed'), result['msg'])
    return result


def refreshing_inetd(directory):
    host = live_host(directory)
    with case('a check run says that it would refresh inetd, and calls nothing that changes anything'):
        result = succeeds(host.module('inetd', check=True, **INETD))
        equal(done(result, 'refresh'), [{'argv': ['refresh', '-s', 'inetd'], 'status': 'would_run'}], 'actions')
        equal(host.calls(), [], 'calls')
    with case('inetd is refreshed once after its file has changed'):
        result = succeeds(host.module('inetd', **INETD))
        equal(statuses(result, 'refresh', '-s', 'inetd'), ['ran'], 'actions')
        contains(done(result, 'refresh')[0]['stdout'], '0513-095')
        equal(host.calls(), ['refresh -s inetd'], 'calls')
        lacks(host.served(), 'shell', 'login', 'exec')
    with case('inetd is not refreshed when nothing has changed'):
        host.forget_calls()
        result = succeeds(host.module('inetd', **INETD))
        equal((result['changed'], result['actions'], host.calls()), (False, [], []))
    with case('an alternate root is not the running host: the refresh is skipped, with the reason'):
        result = succeeds(host.module('inetd', name='ftp', state='disabled'))
        equal(done(result, 'refresh'), [{'argv': ['refresh', '-s', 'inetd'], 'status': 'skipped',
                                         'reason': 'root is %s, not the running host' % host.root}], 'actions')
        equal(host.calls(), [], 'calls')
    with case('the next live run finds that inetd still serves what the file no longer has, and refreshes it'):
        result = succeeds(host.module('inetd', **INETD))
        equal((result['changed'], result['files'], host.calls()), (True, [], ['refresh -s inetd']))


def refresh_never(directory):
    host = live_host(directory)
    with case('refresh: never runs no command, and says so'):
        result = succeeds(host.module('inetd', **{**INETD, 'refresh': 'never'}))
        equal([(action['status'], action['reason']) for action in result['actions']], [('skipped', 'refresh is never')])
        equal(host.calls(), [], 'calls')
    with case('refresh: never asks the running host nothing either'):
        for command in ('lssrc', 'no', 'refresh', 'stopsrc', 'telinit'):
            os.remove(os.path.join(host.bin, command))
        succeeds(host.module('harden', refresh='never'))


def an_inactive_inetd(directory):
    host = live_host(directory, inetd='inoperative')
    with case('an inetd that is not active is not refreshed, and that is no failure'):
        result = succeeds(host.module('inetd', **INETD))
        holds(result['changed'], 'not changed')
        equal(done(result, 'refresh'), [{'argv': ['refresh', '-s', 'inetd'], 'status': 'skipped',
                                         'reason': 'inetd is inoperative'}], 'actions')
        equal(host.calls(), [], 'calls')
        equal(succeeds(host.module('inetd', **INETD))['changed'], False, 'changed the second time')
    os.remove(os.path.join(host.state, 'subsystems', 'inetd'))
    with case('an inetd that the SRC does not know is not refreshed, with what lssrc says as the reason'):
        result = succeeds(host.module('inetd', name='ftp', state='disabled', refresh='always'))
        contains(done(result, 'refresh')[0]['reason'], '0513-085')
        equal(host.calls(), [], 'calls')


def a_stale_inetd(directory):
    host = live_host(directory)
    host.replace('\nshell\t', '\n#shell\t', 'etc/inetd.conf')
    files = host.everything()
    call = {'name': 'shell', 'state': 'disabled', 'refresh': 'always'}
    with case('a check run tells of an inetd that serves what its file no longer allows, and writes nothing'):
        result = succeeds(host.module('inetd', check=True, **call))
        equal((result['changed'], result['files'], statuses(result, 'refresh')), (True, [], ['would_run']))
        same_tree(host.everything(), files)
    with case('an inetd that serves what its file no longer allows is refreshed, and that is a change'):
        result = succeeds(host.module('inetd', **call))
        equal((result['changed'], result['files'], host.calls()), (True, [], ['refresh -s inetd']))
    with case('it is refreshed once'):
        result = succeeds(host.module('inetd', **call))
        equal((result['changed'], host.calls()), (False, ['refresh -s inetd']))
    with case('harden finds a stale inetd too, and audit.yml would have told of it'):
        succeeds(host.module('harden', refresh='always'))
        host.set_state('serves', host.get_state('serves') + '\nexec')
        audit = succeeds(host.module('harden', check=True, refresh='always'))
        equal((audit['changed'], statuses(audit, 'refresh')), (True, ['would_run']))
        result = succeeds(host.module('harden', refresh='always'))
        equal((result['changed'], result['files'], statuses(result, 'refresh')), (True, [], ['ran']))
    with case('one entry too few counts where a service has two of them'):
        host.set_state('serves', 'ftp\ntelnet\nftp')
        equal(succeeds(host.module('inetd', **call))['changed'], True, 'changed')


def network_options(directory):
    host = live_host(directory, options={**{name: 1 - value for name, value in OPTIONS.items()},
                                         'ipforwarding': 0, 'bcastping': 0})
    call = {'options': OPTIONS, 'refresh': 'always'}
    with case('no sets what differs in the running kernel, and nothing else'):
        result = succeeds(host.module('network_options', **call))
        expected = sorted('no -o %s=%d' % item for item in OPTIONS.items() if item[0] not in ('ipforwarding', 'bcastping'))
        equal(sorted(host.calls()), expected, 'calls')
        equal(sorted(' '.join(action['argv']) for action in done(result, 'no')), expected, 'actions')
        equal(host.get_state('options/clean_partial_conns'), '1', 'the kernel')
    with case('a second run sets nothing'):
        host.forget_calls()
        equal((succeeds(host.module('network_options', **call))['changed'], host.calls()), (False, []))
    with case('an option that somebody changed in the running kernel is set again, and no file is touched'):
        host.set_state('options/ipforwarding', '1')
        result = succeeds(host.module('network_options', **call))
        equal((result['changed'], result['files'], host.calls()), (True, [], ['no -o ipforwarding=0']))
    with case('an option unknown on this release is a warning by its name, and no failure'):
        host.forget_calls()
        result = succeeds(host.module('network_options', options={**OPTIONS, 'no_such_option': 7}, refresh='always'))
        holds(len(result['warnings']) == 1, str(result.get('warnings')))
        contains(result['warnings'][0], 'no_such_option', '1831-202')
        equal(host.calls(), [], 'calls')
    with case('it is no change for ever'):
        result = succeeds(host.module('network_options', options={**OPTIONS, 'no_such_option': 7}, refresh='always'))
        equal(result['changed'], False, 'changed')
    with case('values are compared as numbers'):
        host.set_state('options/ipforwarding', '00')
        equal(succeeds(host.module('network_options', **call))['changed'], False, 'changed')


def options_of_the_next_boot(directory):
    host = live_host(directory, options={'bcastping': 1, 'ipforwarding': 0})
    files = host.files()
    call = {'options': {'bcastping': 0, 'ipforwarding': 0}, 'refresh': 'always', 'persist': 'nextboot'}
    with case('persist: nextboot calls no -p for what differs, and writes no script'):
        result = succeeds(host.module('network_options', **call))
        equal(host.calls(), ['no -p -o bcastping=0'], 'calls')
        equal(result['files'], [], 'files')
        same_tree(host.files(), files)
        equal(host.get_state('nextboot/bcastping'), '0', 'value of the next boot')
    with case('a second run with persist: nextboot changes nothing'):
        equal((succeeds(host.module('network_options', **call))['changed'], host.calls()),
              (False, ['no -p -o bcastping=0']))
    with case('persist: auto writes the script where there is no nextboot file'):
        result = succeeds(host.module('network_options', check=True, **{**call, 'persist': 'auto'}))
        equal([file['path'] for file in result['files']], ['/etc/inittab', '/etc/rc.no'])
    with case('persist: auto uses no -p where there is one'):
        host.write('info:\n\nno:\n\tbcastping = "0"\n', 'etc/tunables/nextboot')
        host.set_state('options/ipforwarding', '1')
        host.set_state('nextboot/ipforwarding', '1')
        host.forget_calls()
        result = succeeds(host.module('network_options', **{**call, 'persist': 'auto'}))
        equal((result['files'], host.calls()), ([], ['no -p -o ipforwarding=0']))
    with case('in an alternate root persist: nextboot is a skipped action'):
        result = succeeds(host.module('network_options', options={'bcastping': 1}, persist='nextboot'))
        equal(statuses(result, 'no', '-p', '-o', 'bcastping=1'), ['skipped'])
        contains(done(result, 'no')[0]['reason'], 'not the running host')


def stopping_and_starting(directory):
    host = live_host(directory, dpid2='inoperative', syslogd='active')
    call = {'daemons': ['snmpd', 'dpid2', 'lpd'], 'state': 'disabled', 'refresh': 'always'}
    with case('now: false leaves the daemons as they are until the next boot'):
        result = succeeds(host.module('rc_script', check=True, now=False, **call))
        equal(done(result, 'stopsrc'), [], 'actions')
    with case('rc_script stops what it disables, if it is active'):
        result = succeeds(host.module('rc_script', **call))
        equal(host.calls(), ['stopsrc -s snmpd'], 'calls')
        equal(statuses(result, 'stopsrc', '-s', 'snmpd'), ['ran'])
        equal(host.get_state('subsystems/snmpd'), 'inoperative')
        equal(host.get_state('subsystems/syslogd'), 'active')
    with case('a second run stops nothing'):
        equal(succeeds(host.module('rc_script', **call))['changed'], False, 'changed')
    with case('a daemon that runs although its line is disabled is stopped, and no file is touched'):
        host.set_state('subsystems/snmpd', 'active')
        host.forget_calls()
        result = succeeds(host.module('rc_script', **call))
        equal((result['changed'], result['files'], host.calls()), (True, [], ['stopsrc -s snmpd']))
    with case('rc_script starts what it enables'):
        host.forget_calls()
        succeeds(host.module('rc_script', name='snmpd', state='enabled', refresh='always'))
        equal(host.calls(), ['startsrc -s snmpd'], 'calls')
    with case('a daemon starts with the arguments that its script gives it'):
        host.set_state('subsystems/sendmail', 'inoperative')
        host.forget_calls()
        succeeds(host.module('rc_script', name='sendmail', state='enabled', refresh='always'))
        equal(host.calls(), ['startsrc -s sendmail -a -bd -q30m'], 'calls')
    with case('harden now: false stops nothing but refreshes what has to read its file again'):
        host.forget_calls()
        succeeds(host.module('harden', now=False, refresh='always', **{'except': ['network_options-*']}))
        equal(host.calls(), ['refresh -s inetd', 'refresh -s syslogd'], 'calls')
    with case('harden now: true on top of it stops what still runs'):
        host.forget_calls()
        succeeds(host.module('harden', now=True, refresh='always', **{'except': ['network_options-*']}))
        equal(host.calls(), ['stopsrc -s snmpd'], 'calls')


def rereading_inittab(directory):
    host = live_host(directory)
    with case('inittab does not tell init unless now is true'):
        succeeds(host.module('inittab', id='dt', state='disabled', refresh='always'))
        equal(host.calls(), [], 'calls')
    with case('with now: true telinit q runs after a change, once'):
        call = {'id': 'writesrv', 'state': 'disabled', 'now': True, 'refresh': 'always'}
        result = succeeds(host.module('inittab', **call))
        equal((statuses(result, 'telinit', 'q'), host.calls()), (['ran'], ['telinit q']))
        equal((succeeds(host.module('inittab', **call))['changed'], host.calls()), (False, ['telinit q']))
    with case('several entries need one telinit q'):
        host.forget_calls()
        succeeds(host.module('inittab', entries=['l2', 'l3', 'l4'], state='disabled', now=True, refresh='always'))
        equal(host.calls(), ['telinit q'], 'calls')


def checking_scripts(directory):
    if not os.path.exists('/bin/ksh'):
        return skip('a script is checked by its own shell before it is written', 'there is no /bin/ksh')
    host = live_host(directory)
    call = {'name': 'dpid2', 'state': 'disabled', 'refresh': 'always', 'now': False}
    with case('the new text of a boot script is checked by the Korn shell, in a check run too'):
        for check in (True, False):
            result = succeeds(host.module('rc_script', check=check, **call))
            equal(done(result, '/bin/ksh', '-n', '/etc/rc.tcpip')[0]['status'], 'ran', 'actions')
    with case('rc.no is checked too'):
        result = succeeds(host.module('network_options', options={'bcastping': 0}, refresh='always'))
        equal(statuses(result, '/bin/ksh', '-n', '/etc/rc.no'), ['ran'])
    host.write(BROKEN_SCRIPT, 'etc/rc.broken')
    before = host.files()
    for check in (True, False):
        with case('a script that its shell would reject is not written (%s run)' % ('check' if check else 'real')):
            result = host.module('rc_script', check=check, path='/etc/rc.broken', name='snmpd', state='disabled', now=False,
                                 refresh='always')
            holds(result.get('failed') and not result['changed'], str(result))
            contains(result['msg'], '/etc/rc.broken', '/bin/ksh -n')
            same_tree(host.files(), before)
            lacks(str(host.git('log', '--format=%s')), 'rc.broken')
    return None


def failing_commands(directory):
    host = live_host(directory)
    host.fail('refresh')
    with case('a refresh that fails makes the run fail, and the files stay changed'):
        result = host.module('inetd', **INETD)
        holds(result.get('failed') and result['changed'], str(result))
        contains(result['msg'], 'refresh -s inetd', 'the files are changed', 'the next run tries it again')
        equal(done(result, 'refresh')[0]['status'], 'failed')
        equal(done(result, 'refresh')[0]['rc'], 1, 'exit status of refresh')
        contains(host.read('etc/inetd.conf'), '\n#shell\t', '\n#login\t')
        holds(result['commit'] == host.commits()[0], 'the commit is not the newest')
    with case('a check run in between says that it would try again, and writes nothing'):
        before = host.everything()
        result = succeeds(host.module('inetd', check=True, **INETD))
        equal((result['changed'], statuses(result, 'refresh', '-s', 'inetd')), (True, ['would_run']))
        contains(str(result.get('warnings')), 'tried again')
        same_tree(host.everything(), before)
    with case('as long as it fails every run tries again and fails'):
        host.forget_calls()
        result = host.module('inetd', name='echo', state='disabled', refresh='always', check=False)
        holds(result.get('failed'), 'it did not fail: %s' % result)
        holds('refresh' in result['msg'], result['msg'])
    host.fail()
    host.forget_calls()
    with case('a run in an alternate root does not lose what is owed, and a live run of any module does it'):
        succeeds(host.module('inittab', id='dt', state='disabled'))
        equal(host.calls(), [], 'calls')
        result = succeeds(host.module('rc_script', name='dpid2', state='disabled', refresh='always', now=False))
        equal(host.calls(), ['refresh -s inetd'], 'calls')
        lacks(host.served(), 'shell')
    with case('after that nothing is owed any more'):
        equal(succeeds(host.module('inetd', **INETD))['changed'], False, 'changed')
        equal(host.calls(), ['refresh -s inetd'], 'calls')
        lacks(host.git('for-each-ref'), 'pending')
        host.sound_history()


def failing_one_of_many(directory):
    host = live_host(directory)
    host.fail('stopsrc')
    with case('where one command fails the others run all the same'):
        result = host.module('harden', refresh='always')
        holds(result.get('failed') and result['changed'], str(result)[:2000])
        contains(result['msg'], 'stopsrc -s')
        contains('\n'.join(host.calls()), 'refresh -s inetd', 'no -o bcastping=0')
        equal(len(result['rules']), 47, 'rules in the result')
    host.fail()
    host.forget_calls()
    with case('the next run does what failed, and nothing that did not'):
        result = succeeds(host.module('harden', refresh='always'))
        equal((result['changed'], result['files'], sorted(host.calls())),
              (True, [], ['stopsrc -s dpid2', 'stopsrc -s snmpd']))
        equal(succeeds(host.module('harden', refresh='always'))['changed'], False, 'changed')


def missing_commands(directory):
    host = live_host(directory)
    os.remove(os.path.join(host.bin, 'lssrc'))
    before = host.everything()
    with case('where lssrc is missing a live run says so, and leaves everything as it was'):
        result = host.module('inetd', **INETD)
        holds(result.get('failed') and not result['changed'], str(result))
        contains(result['msg'], 'lssrc', 'refresh: never')
        same_tree({path: facts for path, facts in host.everything().items() if path != 'var' and not path.startswith('var/bulwark')},
                  {path: facts for path, facts in before.items() if path != 'var' and not path.startswith('var/bulwark')})


def commands_that_others_could_write(directory):
    host = live_host(directory)
    evil = os.path.join(directory, 'evil')
    os.mkdir(evil)
    os.chmod(evil, 0o777)
    proof = os.path.join(directory, 'proof')
    for name in ('refresh', 'lssrc', 'no'):
        write('#!/bin/sh\ntouch %s\n' % proof, evil, name)
        os.chmod(os.path.join(evil, name), 0o755)
    with case('commands in directories that others can write, and in relative ones, are not run'):
        env = {'PATH': ':'.join([evil, '.', 'bin', '', host.environment['PATH']])}
        succeeds(host.module('inetd', env=env, **INETD))
        holds(not os.path.exists(proof), 'a command of the directory was run')
        equal(host.calls(), ['refresh -s inetd'], 'calls')
    with case('commands run with the C locale, nothing of the caller, standard input empty and no shell in between'):
        write('#!/bin/sh\nenv | sort >%s/environment\ncat >%s/input\nfor a; do printf "%%s\\n" "$a"; done >%s/arguments\n'
              % ((host.state,) * 3), host.bin, 'no')
        host.module('network_options', options={'x; touch %s' % proof: '$(touch %s)' % proof}, refresh='always',
                    persist='nextboot', env={'LANG': 'de_DE', 'LC_MESSAGES': 'ja_JP', 'SECRET': 'x', 'IFS': 'o'})
        variables = dict(line.split('=', 1) for line in read(host.state, 'environment').splitlines() if '=' in line)
        equal(variables.get('LC_ALL'), 'C', 'LC_ALL')
        holds(variables.get('LANG') in (None, 'C') and not {'LC_MESSAGES', 'SECRET', 'IFS'} & set(variables),
              'environment: %s' % variables)
        equal(read(host.state, 'input'), '', 'standard input')
        contains(read(host.state, 'arguments'), 'x; touch ')
        holds(not os.path.exists(proof), 'a shell has seen user data')


def a_rollback_live(directory):
    host = live_host(directory)
    before, files = dict(read_options(host)), host.files()
    with case('harden on a live host sets, stops and refreshes'):
        succeeds(host.module('harden', refresh='always'))
        equal(read_options(host), {name: str(value) for name, value in OPTIONS.items()}, 'the kernel')
        equal(host.get_state('subsystems/snmpd'), 'inoperative')
        equal(host.served(), ['ftp', 'telnet'], 'what inetd serves')
        equal(host.calls().count('refresh -s inetd'), 1, 'refreshes')
    with case('a second harden on a live host does nothing'):
        host.forget_calls()
        result = succeeds(host.module('harden', refresh='always'))
        equal((result['changed'], host.calls()), (False, []))
    with case('rollback on a live host gives files, network options and subsystems back, and refreshes inetd'):
        foreseen = succeeds(host.module('rollback', check=True, to='original', refresh='always'))
        result = succeeds(host.module('rollback', to='original', refresh='always'))
        same_tree(host.files(), files)
        equal(read_options(host), before, 'the kernel')
        equal(host.get_state('subsystems/snmpd'), 'active')
        equal(host.calls().count('refresh -s inetd'), 1, 'refreshes')
        contains(host.served(), 'shell')
        equal([action['argv'] for action in foreseen['actions']], [action['argv'] for action in result['actions']],
              'predicted commands')
    with case('a second rollback on a live host does nothing'):
        host.forget_calls()
        result = succeeds(host.module('rollback', to='original', refresh='always'))
        equal((result['changed'], host.calls()), (False, []))
    with case('a revert of one commit takes back the network option that it set'):
        commit = succeeds(host.module('network_options', options={'bcastping': 0}, refresh='always'))['commit']
        succeeds(host.module('inetd', name='ftp', state='disabled', refresh='always'))
        host.forget_calls()
        result = succeeds(host.module('rollback', revert=commit, refresh='always'))
        equal(host.calls(), ['no -o bcastping=1'], 'calls')
        contains(host.read('etc/inetd.conf'), '\n#ftp\t')
        holds(not os.path.exists(host.path('etc/rc.no')), 'rc.no is still there')
    with case('a rollback of some paths leaves the running system alone'):
        succeeds(host.module('rc_script', name='snmpd', state='disabled', refresh='always'))
        host.forget_calls()
        succeeds(host.module('rollback', to='original', paths=['/etc/rc.tcpip'], refresh='always'))
        equal(host.calls(), [], 'calls')
        host.sound_history()


def read_options(host):
    return {name: host.get_state('options/' + name) for name in OPTIONS}


STRICT_SUBSYSTEMS = {'inetd': 'active', 'syslogd': 'active', 'sendmail': 'active', 'portmap': 'active', 'snmpd': 'active',
                     'dpid2': 'active', 'rpc.statd': 'active', 'rpc.lockd': 'active', 'biod': 'active', 'lpd': 'inoperative'}


def strict_host(directory):
    """Everything that the tutorial's host runs, a program and a directory of NFS and System V, and a crontab that cron has."""
    host = live_host(directory, options={**UNTOUCHED_OPTIONS, 'sockthresh': 85}, **STRICT_SUBSYSTEMS)
    host.write('#!/bin/sh\n', 'usr/sbin/nfsd')
    os.chmod(host.path('usr/sbin/nfsd'), 0o555)
    host.write('#!/bin/ksh\n', 'etc/rc.d/rc2.d/Kthing')
    os.symlink('../rc2.d', host.path('etc/rc.d/rc2.d/link'))
    host.set_state('cron/root', host.read('var/spool/cron/crontabs/root').rstrip('\n'))
    return host


def commands_of(result):
    """What was run to change something, or would be, as the stand-ins log it."""
    words = [' '.join(action['argv']) for action in result['actions']
             if action['status'] in ('ran', 'would_run') and action['argv'][1:2] != ['-n']]
    return [re.sub('^crontab .*/root$', 'crontab FILE for root, of %d 600' % os.geteuid(), text) for text in words]


def running(host):
    """Everything that the pretended host keeps in memory, but for the order in which inetd read its file."""
    return {**tree(host.state, without=('log', 'serves')), 'serves': sorted(host.served())}


def the_strict_profile(directory):
    host = strict_host(directory)
    files, memory = host.files(), running(host)
    call = {'profile': 'strict', 'refresh': 'always'}
    foreseen = succeeds(host.module('harden', check=True, diff=True, **call))
    with case('a check run of profile strict runs nothing that changes anything and writes nothing'):
        same_tree(host.files(), files)
        equal((host.calls(), running(host)), ([], memory))
    result = succeeds(host.module('harden', diff=True, **call))
    kernel = sorted(name for name in OPTIONS if name != 'icmpaddressmask')
    with case('profile strict runs the commands that are needed, once each, daemons stopping before what they need'):
        options = sorted(['no -o %s=%d' % (name, OPTIONS[name]) for name in kernel] + ['no -o sockthresh=60'])
        equal(host.calls()[:len(options)], options, 'options')
        equal(host.calls()[len(options):],
              ['stopsrc -s sendmail', 'stopsrc -s dpid2', 'stopsrc -s rpc.lockd', 'stopsrc -s rpc.statd',
               'stopsrc -s snmpd', 'refresh -s inetd', 'stopsrc -s portmap', 'refresh -s syslogd',
               'crontab FILE for root, of %d 600' % os.geteuid()], 'the other commands')
    with case('a check run of profile strict foretells files, commands in their order and rules'):
        equal(commands_of(foreseen), host.calls(), 'foreseen commands')
        equal(commands_of(result), host.calls(), 'commands of the result')
        equal([foreseen[key] for key in ('files', 'diff')], [result[key] for key in ('files', 'diff')])
        equal([rule['id'] for rule in foreseen['rules'] if rule['status'] == 'non_compliant'],
              [rule['id'] for rule in result['rules'] if rule['status'] == 'changed'])
    with case('after profile strict nothing of it runs, and cron has been told of the mail queue'):
        equal({name: host.get_state('subsystems/' + name) for name in STRICT_SUBSYSTEMS},
              {name: 'active' if name in ('inetd', 'syslogd', 'biod') else 'inoperative' for name in STRICT_SUBSYSTEMS})
        equal(host.served(), [], 'what inetd serves')
        equal(host.get_state('cron/root'), host.read('var/spool/cron/crontabs/root').rstrip('\n'), 'what cron knows')
        contains(host.get_state('cron/root'), '\n10,40 * * * * /usr/lib/sendmail -q > /dev/null 2>&1')
    with case('a second run of profile strict changes nothing and runs nothing'):
        host.forget_calls()
        again = succeeds(host.module('harden', **call))
        equal((again['changed'], again['files'], host.calls()), (False, [], []))
    rolling_strict_back(host, files, memory)


def rolling_strict_back(host, files, memory):
    foreseen = succeeds(host.module('rollback', check=True, to='original', refresh='always'))
    equal(host.calls(), [], 'calls of a check run')
    result = succeeds(host.module('rollback', to='original', refresh='always'))
    with case('a rollback of profile strict restores files, subsystems, options, what inetd serves and what cron knows'):
        same_tree(host.files(), files)
        equal(running(host), memory, 'the running host')
    with case('it starts portmap before inetd registers its RPC services there, and each daemon after what it needs'):
        equal([text for text in host.calls() if not text.startswith('no ')],
              ['startsrc -s portmap', 'refresh -s inetd', 'refresh -s syslogd', 'startsrc -s snmpd',
               'startsrc -s rpc.statd', 'startsrc -s rpc.lockd', 'startsrc -s dpid2',
               'startsrc -s sendmail -a -bd -q30m', 'crontab FILE for root, of %d 600' % os.geteuid()], 'commands')
        equal(commands_of(foreseen), host.calls(), 'foreseen commands')
        equal(commands_of(result), host.calls(), 'commands of the result')
        host.sound_history()


def closed_descriptors(directory):
    usual = live_host(directory)
    succeeds(usual.module('harden', refresh='always'))
    for closed, status in {'<&-': 0, '>&-': 1, '2>&-': 0, '<&- >&- 2>&-': 1}.items():
        place = os.path.join(directory, re.sub('[^0-9<>]', '', closed))
        os.mkdir(place)
        host = live_host(place)
        with case('a run with %s asks and tells the running host the same, and writes the same files' % closed):
            done = host.command('harden', '--root', host.root, '--refresh', 'always',
                                prefix=('sh', '-c', 'exec "$0" "$@" ' + closed))
            equal(done.returncode, status, 'exit status')  # 1: the result cannot be printed
            equal(host.calls(), usual.calls(), 'calls')
            same_tree(host.files(), usual.files())
            host.sound_history()
            equal(host.git('rev-parse', 'HEAD^{tree}'), usual.git('rev-parse', 'HEAD^{tree}'), 'what is recorded')
    with case('no file gets the number of a closed standard descriptor, where libc would write what it has to say'):
        trace = os.path.join(directory, 'trace')
        usual.command('rollback', '--root', usual.root, '--to', 'original',
                      prefix=('strace', '-o', trace, '-e', 'trace=openat', 'sh', '-c', 'exec "$0" "$@" <&- >&- 2>&-'))
        opened = [line.split(', ', 2)[1:] for line in read(trace).splitlines() if not line.startswith('+++')]
        last = max(i for i, (name, _) in enumerate(opened) if name == '"/dev/null"')
        equal([name for name, result in opened[last + 1:] if re.search(r'= [012]$', result)], [], 'files')
        equal(last < len(opened) - 20, True, 'files have been opened')


@with_each_ansible
def by_ansible(directory):
    host = live_host(directory)
    play = host.play('harden.yml', '-e', 'bulwark_refresh=always', '-e', 'bulwark_now=false', live=True).succeeds()
    with case('harden.yml with bulwark_refresh=always runs the commands, and with bulwark_now=false stops nothing'):
        result = play.result('Apply the profile')
        equal(statuses(result, 'refresh', '-s', 'inetd'), ['ran'])
        equal(sorted(host.calls()), sorted(['refresh -s inetd'] + ['no -o %s=%d' % item for item in OPTIONS.items()
                                                                   if item[0] != 'icmpaddressmask']), 'calls')
    with case('the script for the boot is executable by its owner, and what it calls is the command that was called'):
        mode = stat.S_IMODE(os.stat(host.path('etc/rc.no')).st_mode)
        equal(oct(mode), '0o744', 'mode')
        contains(host.read('etc/inittab'), '\nno:2:once:/etc/rc.no > /dev/console 2>&1\n')
    with case('an existing script keeps its mode but becomes executable, and keeps what else is in it'):
        os.chmod(host.path('etc/rc.no'), 0o640)
        append('# of the site\n/usr/sbin/route add 0 10.0.0.1\n', host.root, 'etc/rc.no')
        succeeds(host.module('network_options', options={'ipforwarding': 1}, refresh='always'))
        equal(oct(stat.S_IMODE(os.stat(host.path('etc/rc.no')).st_mode)), '0o740', 'mode')
        contains(host.read('etc/rc.no'), 'ipforwarding=1\n', '# of the site\n/usr/sbin/route add 0 10.0.0.1\n')


if __name__ == '__main__':
    run_tests(refreshing_inetd, refresh_never, an_inactive_inetd, a_stale_inetd, network_options, options_of_the_next_boot,
              stopping_and_starting, rereading_inittab, checking_scripts, failing_commands, failing_one_of_many,
              missing_commands, commands_that_others_could_write, a_rollback_live, the_strict_profile, closed_descriptors,
              by_ansible)
