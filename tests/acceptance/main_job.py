#!/usr/bin/python3 -B
"""One task hardens the tutorial's host, one takes it back: the project's playbooks by a real ansible-playbook."""
import datetime
import os
import shutil
import subprocess
import sys
import time

from lib import (IS_ROOT, PLAYBOOKS, SAMPLE, TESTS, Host, call, case, contains, equal, environment, holds, lacks, read,
                 run_tests, same_tree, with_each_ansible)

sys.path.insert(0, TESTS)
import check_tutorial_state  # noqa: E402

RULES = 47


def varied_host(directory):
    """The sample with modes, owners and times that are no default of anything."""
    host = Host(directory)
    os.chmod(host.path('etc/rc.nfs'), 0o750)
    os.chmod(host.path('etc/inetd.conf'), 0o600)
    if IS_ROOT:
        os.chown(host.path('etc/inittab'), 3, 7)
        os.chown(host.path('etc/rc.tcpip'), 12345, 54321)
    for path in host.files():
        os.utime(host.path(path), (1_000_000_000, 1_000_000_000))
    return host


def closing_state(host, before=SAMPLE):
    equal(check_tutorial_state.complaints(host.root, before), [], "the check's complaints")


@with_each_ansible
def an_audit(directory):
    host = varied_host(directory)
    before = host.everything()
    play = host.play('audit.yml').succeeds()
    with case('audit.yml lists every rule that the untouched host breaks'):
        lines = play.result('List what is not compliant')['msg']
        profile = play.result('Compare the host with the profile')['rules']
        equal(lines[0], '0 of 47 rules compliant; 12 files would be changed', 'the summary')
        by_severity = sorted(profile, key=lambda rule: ['high', 'medium', 'low'].index(rule['severity']))
        equal([line.split()[:2] for line in lines[1:]], [[rule['severity'], rule['id']] for rule in by_severity])
        equal(len(profile), RULES, 'number of rules')
        holds(any(line.endswith('  Do not start the CDE desktop') for line in lines), str(lines))
    with case('audit.yml changes no byte, mode, owner or time, and makes no history, not even a lock file'):
        same_tree(host.everything(), before)
    strict = host.play('audit.yml', '--check', '-e', 'bulwark_strict=true', '-e', 'bulwark_profile=tutorial').fails()
    with case('audit.yml with bulwark_strict fails where something is not compliant, and says how much'):
        contains(strict.text, '0 of 47 rules compliant')
        equal(strict.status, 2, 'exit status')
        equal(strict.recap('failed'), 1, 'failed tasks')
        same_tree(host.everything(), before)


@with_each_ansible
def hardening(directory):
    host = varied_host(directory)
    before, original = host.everything(), os.path.join(directory, 'original')
    subprocess.run(['cp', '-a', host.root, original], check=True)

    check = host.play('harden.yml', '--check', '--diff').succeeds()
    with case('harden --check changes no byte, mode, owner or time, and makes no history'):
        same_tree(host.everything(), before)
        equal(check.recap('changed'), 1, 'changed tasks')
    files = host.files()
    real = host.play('harden.yml', '--diff', '-e', 'bulwark_message=CHG0031337').succeeds()
    result, foreseen = real.result('Apply the profile'), check.result('Apply the profile')
    with case('harden shows, letter by letter, the diff that --check predicted'):
        equal(real.shown('Apply the profile'), check.shown('Apply the profile'), 'the diff')
        equal(result['diff'], foreseen['diff'], 'diff')
        equal(result['files'], foreseen['files'], 'files')
        contains(real.shown('Apply the profile'), '-dt:2:wait:/etc/rc.dt\n', '+:dt:2:wait:/etc/rc.dt\n',
                 '--- before: /etc/inetd.conf', '+++ after: /etc/rc.no')
    with case('the diff is what happened to the files'):
        for entry in result['diff']:
            path = entry['after_header'].lstrip('/')
            equal(entry['after'], host.read(path), path + ' after')
            equal(entry['before'], read(original, path) if path in files else '', path + ' before')
        changed = {path for path in files if host.files()[path] != files[path]} | (host.files().keys() - files.keys())
        equal(sorted(changed), sorted(entry['path'].lstrip('/') for entry in result['files']), 'changed files')
    with case('harden brings the host into the state that the tutorial ends with'):
        closing_state(host, original)
    with case('what the tutorial does not mention is as it was, to the nanosecond'):
        now = host.everything()
        untouched = [path for path in files if path.lstrip('/') not in changed and describe_file(host, path)]
        equal({path: now[path] for path in untouched}, {path: before[path] for path in untouched}, 'untouched files')
        holds(len(untouched) >= 1, 'nothing untouched was looked at')
    with case('harden makes one commit with rules, files, ticket and version, upon one that records what was found'):
        equal(host.git('log', '--format=%s').splitlines(),
              ['harden: profile tutorial, 47 rules, 12 files', 'record: 12 files as found'], 'subjects')
        message = host.git('log', '-1', '--format=%B', result['commit'])
        contains(message, 'CHG0031337', 'Bulwark-Version: ', 'Bulwark-Rules: inittab-rcnetw, ', '/etc/rc.no')
        equal(host.git('show', 'main:etc/inittab'), host.read('etc/inittab'), 'inittab in the history')
        equal(host.git('show', 'main~1:etc/inittab'), read(original, 'etc/inittab'), 'inittab as found')
    with case('the history is sound, readable by its owner alone, and not pending'):
        host.sound_history()
        for directory_, names, others in os.walk(host.history):
            for name in ['.', *names, *others]:
                mode = os.lstat(os.path.join(directory_, name)).st_mode & 0o077
                equal(oct(mode), '0o0', 'what others may do with ' + name)
        lacks(host.git('for-each-ref'), 'pending')
    hardened = host.everything()
    again = host.play('harden.yml', '--diff').succeeds()
    with case('a second harden changes nothing, shows no diff and makes no commit'):
        equal(again.recap('changed'), 0, 'changed tasks')
        equal(again.shown('Apply the profile').strip(), '', 'the diff')
        equal(again.result('Apply the profile')['commit'], None, 'commit')
        same_tree(host.everything(), hardened)
    audit = host.play('audit.yml', '-e', 'bulwark_strict=true').succeeds()
    with case('after it audit.yml lists nothing, and bulwark_strict is content'):
        equal(audit.result('List what is not compliant')['msg'], ['47 of 47 rules compliant; nothing to change'], 'list')
        equal(audit.recap('changed'), 0, 'changed tasks')
        same_tree(host.everything(), hardened)
    taking_it_back(host, files, {path: facts for path, facts in host.files().items()})


def describe_file(host, path):
    return os.path.isfile(host.path(path))


def taking_it_back(host, files, hardened):
    foreseen = host.play('rollback.yml', '--check', '--diff', '-e', 'bulwark_to=original').succeeds()
    with case('a check run of rollback changes nothing'):
        same_tree(host.files(), hardened)
    back = host.play('rollback.yml', '--diff', '-e', 'bulwark_to=original').succeeds()
    with case('rollback to original gives every byte, mode and owner back, and rc.no is gone'):
        same_tree(host.files(), files)
        equal(back.recap('changed'), 1, 'changed tasks')
        equal(back.result('Roll back')['diff'], foreseen.result('Roll back')['diff'], 'the predicted diff')
        contains(str(back.result('Roll back')['files']), "{'path': '/etc/rc.no', 'change': 'removed'}")
    again = host.play('rollback.yml', '-e', 'bulwark_to=original').succeeds()
    with case('rollback once more to original changes nothing'):
        equal(again.recap('changed'), 0, 'changed tasks')
        same_tree(host.files(), files)
    host.play('harden.yml').succeeds()
    with case('harden after a rollback brings the same state as the first time'):
        same_tree(host.files(), hardened)
    host.play('rollback.yml').succeeds()
    with case('rollback.yml without variables undoes the last run'):
        same_tree(host.files(), files)
        host.sound_history()
        equal(len(host.commits()), 5, 'number of commits')


def going_back_to_a_state_in_between(directory):
    host = Host(directory)
    original = host.files()
    hardened_by = host.changes('harden')['commit']
    hardened = host.files()
    time.sleep(1.2)
    moment = datetime.datetime.now().astimezone(datetime.timezone.utc)
    time.sleep(1.2)
    dt_by = host.changes('inittab', id='dt', state='absent')['commit']
    later = host.changes('inittab', id='agent', runlevel='2', action='once', command='/opt/agent')['commit']
    with case('rollback to HEAD~1 undoes the last run alone'):
        result = host.module('rollback', to='HEAD~1')
        holds(result['changed'], result['msg'])
        lacks(host.read('etc/inittab'), 'agent:', 'dt:')
        host.module('rollback', to=later)
        contains(host.read('etc/inittab'), 'agent:2:once:/opt/agent\n')
    texts = {'a local time': moment.astimezone(datetime.timezone(datetime.timedelta(hours=5.5))).strftime('%Y-%m-%dT%H:%M:%S'),
             'a time with Z': moment.strftime('%Y-%m-%dT%H:%M:%SZ'),
             'a time with a blank and an offset': (moment - datetime.timedelta(hours=3)).strftime('%Y-%m-%d %H:%M:%S-03:00')}
    for what, text in texts.items():
        with case('rollback to %s brings what was there then' % what):
            host.changes('rollback', to=text, env={'TZ': 'IST-5:30'})
            same_tree(host.files(), hardened)
            host.changes('rollback', to=later)
    with case('rollback to the day after tomorrow is where it is now'):
        tomorrow = (moment + datetime.timedelta(days=2)).strftime('%Y-%m-%d')
        equal(host.module('rollback', to=tomorrow)['changed'], False, 'changed')
    with case('rollback to a commit by the beginning of its id goes there'):
        host.changes('rollback', to=hardened_by[:10])
        same_tree(host.files(), hardened)
        host.changes('rollback', to=later)
    with case('revert undoes one commit and keeps what came after it'):
        result = host.module('rollback', revert=dt_by)
        holds(result['changed'], result['msg'])
        contains(host.read('etc/inittab'), ':dt:2:wait:/etc/rc.dt\n', 'agent:2:once:/opt/agent\n')
        subject = host.git('log', '-1', '--format=%s')
        contains(subject, dt_by[:7])
    with case('rollback of some paths leaves the others alone'):
        host.changes('rollback', to='original', paths=['/etc/inetd.conf', '/etc/rc.no'])
        equal(host.files()['etc/inetd.conf'], original['etc/inetd.conf'], 'inetd.conf')
        holds(not os.path.exists(host.path('etc/rc.no')), 'rc.no is still there')
        equal(host.files()['etc/rc.tcpip'], hardened['etc/rc.tcpip'], 'rc.tcpip')
    with case('what was edited by hand in between is recorded before it is rolled back, and can be had again'):
        host.append('# by hand\n', 'etc/rc.tcpip')
        by_hand = host.read('etc/rc.tcpip')
        result = host.changes('rollback', to='original')
        same_tree(host.files(), original)
        equal(host.git('show', result['commit'] + '~1:etc/rc.tcpip'), by_hand, 'rc.tcpip as found')
    with case('a file that a run created stays, and is reported, once somebody has written to it'):
        host.changes('harden', only=['network_options-rc.no'])
        host.append('# mine\n', 'etc/rc.no')
        result = host.module('rollback', to='original')
        holds(result['changed'] and not result.get('failed'), result['msg'])
        contains(str(result.get('warnings')), '/etc/rc.no')
        contains(host.read('etc/rc.no'), '# mine\n')
        host.sound_history()


def the_check_itself(directory):
    host = Host(directory)
    host.changes('harden')
    with case('our check of the closing state finds nothing wrong with it'):
        closing_state(host)
    faults = {
        'an entry that is on again': lambda: host.replace('\n:dt:', '\ndt:', 'etc/inittab'),
        'an entry that is missing': lambda: host.replace('cron:2:respawn:/usr/sbin/cron\n', '', 'etc/inittab'),
        'entries in another order': lambda: host.replace('no:2:once:/etc/rc.no > /dev/console 2>&1\n', '', 'etc/inittab')
        and host.append('no:2:once:/etc/rc.no > /dev/console 2>&1\n', 'etc/inittab'),
        'a service that is on': lambda: host.replace('\n#shell', '\nshell', 'etc/inetd.conf'),
        'a service that is off': lambda: host.replace('\ntelnet', '\n#telnet', 'etc/inetd.conf'),
        'arguments of ftpd': lambda: host.replace('ftpd -l -u077', 'ftpd -l', 'etc/inetd.conf'),
        'a daemon that is started': lambda: host.replace('#start /usr/sbin/snmpd', 'start /usr/sbin/snmpd', 'etc/rc.tcpip'),
        'a stanza without its if': lambda: host.replace('#if [ -x /usr/sbin/rpc.statd', 'if [ -x /usr/sbin/rpc.statd', 'etc/rc.nfs'),
        'an option': lambda: host.replace('ipforwarding=0', 'ipforwarding=1', 'etc/rc.no'),
        'a mode': lambda: os.chmod(host.path('etc/inetd.conf'), 0o666),
        'a script that nobody may execute': lambda: os.chmod(host.path('etc/rc.no'), 0o644),
    }
    kept = os.path.join(directory, 'kept')
    shutil.copytree(host.root, kept)
    for fault, bring in faults.items():
        with case('our check of the closing state finds ' + fault):
            bring()
            holds(check_tutorial_state.complaints(host.root), 'it finds nothing')
        shutil.rmtree(host.root)
        shutil.copytree(kept, host.root)


BENCH_OPTIONS = {**check_tutorial_state.OPTIONS, 'tcp_pmtu_discover': '0', 'udp_pmtu_discover': '0'}
BENCH_OPTIONS.pop('ip6srcrouteforward')
INLINE_RULES = """
- name: Inline rules
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Apply the profile
      bulwark.aix.harden:
        root: "{{ bulwark_root }}"
        except: [network_options-rc.no]
        rules:
          - id: site-options
            title: The options of our site
            why: Path MTU discovery is off here.
            severity: low
            tags: [site]
            refs: [our own guide]
            network_options:
              options: {%s}
""" % ', '.join('%s: %s' % item for item in BENCH_OPTIONS.items())


@with_each_ansible
def an_inline_rule(directory):
    host = Host(directory)
    play = host.play(INLINE_RULES).succeeds()
    with case('an inline rule takes the place of an excepted one'):
        rules = play.result('Apply the profile')['rules']
        equal(len(rules), RULES, 'number of rules')
        equal({key: rules[-1][key] for key in ('id', 'title', 'severity', 'refs', 'status')},
              {'id': 'site-options', 'title': 'The options of our site', 'severity': 'low', 'refs': ['our own guide'],
               'status': 'changed'}, 'the inline rule')
        contains(host.read('etc/rc.no'), 'no -o udp_pmtu_discover=0\n')
        lacks(host.read('etc/rc.no'), 'ip6srcrouteforward')


def choosing_rules(directory):
    host = Host(directory)
    ids = [rule['id'] for rule in host.module('harden', check=True)['rules']]
    choices = {
        'an id': ({'only': ['inetd-shell']}, ['inetd-shell']),
        'a glob': ({'only': ['inetd-*']}, [name for name in ids if name.startswith('inetd-')]),
        'a tag': ({'only': ['cde']}, ['inittab-dt', 'inetd-ttdbserver', 'inetd-dtspc', 'inetd-cmsd']),
        'only, and except on top of it': ({'only': ['inetd-*'], 'except': ['inetd-[b-z]*']}, []),
        'except alone': ({'except': ['rpc', 'inetd-*', 'inittab-*']},
                         ['rc_script-snmpd', 'rc_script-dpid2', 'rc_script-x_st_mgrd', 'network_options-rc.no',
                          'syslog-rules', 'ftpusers-system-accounts', 'sendmail-relay']),
        'the profile none': ({'profile': 'none'}, []),
    }
    for what, (options, expected) in choices.items():
        with case('harden takes the rules that are chosen by ' + what):
            result = host.module('harden', check=True, **options)
            holds(not result.get('failed'), result['msg'])
            equal([rule['id'] for rule in result['rules']], expected, 'rules')
    with case('harden with some rules does just those'):
        result = host.changes('harden', only=['inetd-shell', 'inittab-dt'])
        equal([(rule['id'], rule['status']) for rule in result['rules']], [('inittab-dt', 'changed'), ('inetd-shell', 'changed')])
        contains(result['rules'][0]['detail'], '/etc/inittab')
        contains(result['rules'][1]['detail'], '/etc/inetd.conf')
        before = dict(line.split('\t', 1) for line in read(SAMPLE, 'etc/inetd.conf').splitlines() if '\t' in line)
        holds(before['shell'] and '\n#shell\t' in host.read('etc/inetd.conf') and '\nlogin\t' in host.read('etc/inetd.conf'),
              'inetd.conf is otherwise')
    with case('a rule whose file is missing is not applicable, and the others are applied'):
        os.remove(host.path('etc/rc.nfs'))
        result = host.changes('harden')
        status = {rule['id']: rule['status'] for rule in result['rules']}
        equal([name for name in status if status[name] == 'not_applicable'], ['rc_script-rpc.statd', 'rc_script-rpc.lockd'])
        equal((status['inetd-shell'], status['inetd-login']), ('compliant', 'changed'))


def a_demonstration(directory):
    with case('demo.sh refuses what it does not know, and a directory that is not empty'):
        demo = os.path.join(PLAYBOOKS, 'demo.sh')
        equal(call(demo, '--unknown', env=environment()).returncode, 64, 'exit status')
        contains(call(demo, '--help', env=environment()).stdout.decode(), 'demo.sh [DIRECTORY]')
        done = call(demo, SAMPLE, env=environment())
        equal(done.returncode, 1, 'exit status')
        contains(done.stderr.decode(), 'is not empty')


if __name__ == '__main__':
    run_tests(an_audit, hardening, going_back_to_a_state_in_between, the_check_itself, an_inline_rule, choosing_rules,
              a_demonstration)
