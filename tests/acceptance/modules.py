#!/usr/bin/python3 -B
"""The modules as tasks of Ansible playbooks."""
import json
import os
import re

from lib import Host, case, contains, equal, holds, lacks, run_tests, same_tree, with_each_ansible

HEAD = """---
- name: Test
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/bulwark.aix.all:
      root: "{{ bulwark_root }}"
  tasks:
"""

FORMS = HEAD + r"""
    - name: A list of items
      bulwark.aix.inittab:
        entries:
          - id: rcnetw
            state: disabled
          - id: agent
            runlevel: '2'
            action: once
            command: "/opt/agent \"a:b\" # 'c' {{ '{{' }} d"
            insertafter: cron
          - service: pmd
            state: absent

    - name: Strings as items, with defaults beside the list
      bulwark.aix.inittab:
        entries: [l2, l3, {name: l4, method: comment}]
        state: disabled
        method: 'off'

    - name: One item
      bulwark.aix.rc_script:
        name: snmpd
        state: disabled

    - name: Stanzas
      bulwark.aix.rc_script:
        path: /etc/rc.nfs
        daemons: [rpc.statd, /usr/sbin/rpc.lockd]
        state: disabled

    - name: Services
      bulwark.aix.inetd:
        services:
          - echo/tcp
          - name: time
            protocol: udp
          - {name: ftp, args: ftpd -l -u077, state: configured}
          - {name: finger, state: enabled}
          - {name: ssh, protocol: tcp, socket_type: stream, wait: nowait, user: root, server: /usr/sbin/sshd, args: sshd -i,
             state: present}
          - {name: comsat, args: comsat -x, state: configured}
          - {name: nosuch, state: absent}
        state: disabled

    - name: Options
      bulwark.aix.network_options:
        options: {ipforwarding: 0, bcastping: '0', tcp_mssdflt: 1448}

    - name: Options with a script of their own
      bulwark.aix.network_options:
        options: clean_partial_conns=1
        script: /etc/rc.no

    - name: Loop
      bulwark.aix.inittab:
        id: "{{ item }}"
        state: disabled
      loop: [l5, l6, l5]

    - name: Check mode
      bulwark.aix.inetd:
        name: telnet
        state: disabled
      check_mode: true
      diff: true

    - name: History
      bulwark.aix.history_info:
        limit: 2
        diffs: true
        verify: true

    - name: Back
      bulwark.aix.rollback:
        to: HEAD~1
      diff: true

    - name: All of it back
      bulwark.aix.rollback:
        to: original
"""


@with_each_ansible
def forms_of_calls(directory):
    host = Host(directory)
    before = host.files()
    play = host.play(FORMS, '-vvv').succeeds()
    history = {commit: host.git('show', commit + ':etc/inittab') for commit in host.commits()}
    inittab = next(text for text in history.values() if ':l6:' in text)
    with case('items, strings as items, defaults beside a list, and aliases'):
        contains(inittab, '\n:rcnetw:2:wait:', '\ncron:2:respawn:/usr/sbin/cron\nagent:2:once:/opt/agent "a:b" # \'c\' {{ d\n',
                 '\nl2:2:off:/etc/rc.d/rc 2\nl3:3:off:/etc/rc.d/rc 3\n:l4:4:wait:/etc/rc.d/rc 4\n')
        lacks(inittab, '\npmd:', ':pmd:')
    with case('every call changed something, and the second identical item of a loop did not'):
        for task in ('A list of items', 'Strings as items, with defaults beside the list', 'One item', 'Stanzas', 'Services',
                     'Options', 'Options with a script of their own', 'Back', 'All of it back'):
            holds(play.result(task)['changed'], task)
        equal([item['changed'] for item in play.results('Loop')][:3], [True, True, False], 'of the loop')
    conf = host.git('show', commit_with(host, play, 'Services') + ':etc/inetd.conf')
    with case('services by name and protocol, with arguments, new ones, and ones that are not there'):
        contains(conf, '\n#echo\tstream\t', '\necho\tdgram\t', '\ntime\tstream\t', '\n#time\tdgram\t',
                 '\nftp\tstream\ttcp6\tnowait\troot\t/usr/sbin/ftpd\tftpd -l -u077\n' if not conf.startswith('ftp') else '',
                 '\nfinger\tstream\ttcp\tnowait\tnobody\t', '\n#comsat\tdgram\tudp\twait\troot\t/usr/sbin/comsat\tcomsat\n')
        equal([line.split() for line in conf.splitlines() if line.startswith('ssh')],
              ['ssh stream tcp nowait root /usr/sbin/sshd sshd -i'.split()])
    with case('stanzas are commented out as a whole'):
        script = host.git('show', commit_with(host, play, 'Stanzas') + ':etc/rc.nfs')
        contains(script, '\n#if [ -x /usr/sbin/rpc.statd ]; then\n#\tstart rpc.statd /usr/sbin/rpc.statd\n#fi\n\n'
                         '#if [ -x /usr/sbin/rpc.lockd ]; then\n#\tstart rpc.lockd /usr/sbin/rpc.lockd\n#fi\n')
        contains(script, '\nif [ -x /usr/sbin/biod ]; then\n')
    with case('network options as numbers, texts and key=value come together in the script'):
        script = host.git('show', commit_with(host, play, 'Options with a script of their own') + ':etc/rc.no')
        settings = sorted(line.split(' -o ')[1] for line in script.splitlines() if ' -o ' in line and not line.startswith('#'))
        equal(settings, ['bcastping=0', 'clean_partial_conns=1', 'ipforwarding=0', 'tcp_mssdflt=1448'])
    with case('a task in check mode predicts its diff and does nothing'):
        result = play.result('Check mode')
        equal((result['changed'], result['commit'], [file['path'] for file in result['files']]), (True, None, ['/etc/inetd.conf']))
        contains(result['diff'][0]['after'], '\n#telnet\t')
        lacks(conf, '\n#telnet\t')
    with case('no diff is returned where none was asked for'):
        lacks(play.result('Services'), 'diff')
    history_of(play)
    with case('rollback gives everything back'):
        same_tree(host.files(), before)
        holds(play.result('Back')['diff'], 'no diff')
    with case('every task returns what the contract names'):
        for entry in play.tasks:
            keys = {'changed', 'msg', 'files', 'actions', 'commit', 'invocation'}
            if entry['task'] not in ('History', 'Loop'):
                holds(keys <= entry['result'].keys(), '%s lacks %s' % (entry['task'], keys - entry['result'].keys()))


def commit_with(host, play, task):
    return play.result(task)['commit']


def history_of(play):
    with case('history_info tells of commits with their messages, trailers, files and diffs'):
        result = play.result('History')
        equal(result['changed'], False, 'changed')
        first, second = result['commits']
        equal(sorted(first), ['body', 'date', 'files', 'id', 'subject', 'trailers'])
        contains(first['subject'], 'inittab: ', 'l6')
        contains(second['subject'], 'inittab: ', 'l5')
        equal([(file['path'], file['change']) for file in first['files']], [('/etc/inittab', 'modified')])
        contains(first['files'][0]['diff'], '-l6:6:wait:/etc/rc.d/rc 6', '+:l6:6:wait:/etc/rc.d/rc 6')
        holds(re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)', first['date']), first['date'])
        contains([trailer['key'] for trailer in first['trailers']], 'Bulwark-Version')
        equal(result['drift'], [], 'drift')


def drift(directory):
    host = Host(directory)
    host.changes('harden')
    host.append('# by hand\n', 'etc/rc.tcpip')
    os.chmod(host.path('etc/inetd.conf'), 0o600)
    os.remove(host.path('etc/rc.no'))
    with case('history_info verify: true tells which files differ from what was last recorded, and in what'):
        result = host.module('history_info', verify=True, limit=1)
        equal(sorted((file['path'], file['what']) for file in result['drift']),
              [('/etc/inetd.conf', 'mode'), ('/etc/rc.no', 'missing'), ('/etc/rc.tcpip', 'content')])
        equal(len(result['commits']), 1, 'commits')
    with case('history_info for some paths tells of the commits that changed one of them'):
        host.changes('inittab', id='pmd', state='absent')
        subjects = [commit['subject'] for commit in host.module('history_info', paths=['/etc/rc.nfs'], limit=0)['commits']]
        equal(subjects, ['harden: profile tutorial, 47 rules, 12 files', 'record: 12 files as found'])
    with case('history_info where nothing was ever changed has no commits, and makes no history'):
        other = Host(os.path.join(directory, 'other'))
        before = other.everything()
        equal(other.module('history_info', verify=True)['commits'], [])
        same_tree(other.everything(), before)


SECRET = 's3cret-4711'
HIDDEN = HEAD + """
    - name: Hidden
      bulwark.aix.inittab:
        id: agent
        runlevel: '2'
        action: once
        command: /opt/agent --password %(secret)s
        message: ticket %(secret)s
      no_log: true
      diff: true

    - name: Hidden options
      bulwark.aix.network_options:
        options: {%(name)s: 17}
      no_log: true

    - name: Hidden rule
      bulwark.aix.harden:
        profile: none
        rules: [{id: mine, title: %(secret)s, why: %(secret)s, inittab: {id: agent2, runlevel: '2', action: once, command: %(secret)s}}]
      no_log: true

    - name: Hidden failure
      bulwark.aix.inittab:
        id: cron
        state: absent
        message: "%(secret)s"
        insertafter: "%(secret)s"
      no_log: true
      ignore_errors: true

    - name: Hidden bad option
      bulwark.aix.inetd:
        name: %(secret)s
        state: %(secret)s
        %(name)s: 1
      no_log: true
      ignore_errors: true
""" % {'secret': SECRET, 'name': SECRET.replace('-', '_')}


@with_each_ansible
def no_log(directory):
    host = Host(directory)
    play = host.play(HIDDEN, '-vvv').succeeds()
    messages = host.git('log', '--format=%B')
    with case('under no_log nothing of the options is in the output, in results, or in messages of commits'):
        for secret in (SECRET, SECRET.replace('-', '_')):
            lacks(play.text + json.dumps(play.tasks), secret)
            lacks(messages, secret)
        contains(host.read('etc/inittab'), '--password ' + SECRET)
        equal([entry['status'] for entry in play.tasks], ['ok', 'ok', 'ok', 'failed', 'failed'])
    with case('the raw answer under no_log has no option value in msg, actions, rules or warnings'):
        answers = [host.module('inittab', no_log=True, id='cron', state='absent', insertafter=SECRET),
                   host.module('inittab', no_log=True, id=SECRET, state='enabled'),
                   host.module('rc_script', no_log=True, name=SECRET, state='enabled', path='/etc/' + SECRET),
                   host.module('network_options', no_log=True, options={SECRET.replace('-', '_'): 1}),
                   host.module('rollback', no_log=True, to=SECRET),
                   host.module('inetd', no_log=True, name=SECRET, state=SECRET),
                   host.module('harden', no_log=True, only=[SECRET])]
        for answer in answers:
            text = json.dumps({key: answer.get(key) for key in ('msg', 'actions', 'rules', 'warnings')})
            lacks(text, SECRET, SECRET.replace('-', '_'))
            holds(answer['msg'], 'no msg')


def odd_bytes(directory):
    host = Host(directory)
    host.write('caf\xe9:2:once:/opt/caf\xe9 # \xff\xfe\x00\n' + host.read('etc/inittab') + 'last:2:once:/no/newline', 'etc/inittab')
    before = host.read('etc/inittab')
    with case('bytes of a file that are no UTF-8 come out as valid UTF-8, and stay as they are in the file'):
        result = host.module('inittab', diff=True, id='dt', state='disabled')
        holds(result['changed'], result['msg'])
        equal(host.read('etc/inittab'), before.replace('\ndt:', '\n:dt:'), 'inittab')
        contains(result['diff'][0]['after'], '/opt/caf\\xe9 # \\xff\\xfe')
    with case('a lone surrogate in an argument is the raw byte'):
        result = host.module('inittab', diff=True, id='agent', runlevel='2', action='once', command='/opt/caf\udce9 \u20ac')
        holds(result['changed'], result['msg'])
        contains(host.read('etc/inittab'), '\nagent:2:once:/opt/caf\xe9 \xe2\x82\xac')
        equal(host.module('inittab', id='agent', runlevel='2', action='once', command='/opt/caf\udce9 \u20ac')['changed'], False)
    with case('a surrogate that is no byte is refused or replaced, and never comes out'):
        host.module('inittab', id='agent', runlevel='2', action='once', command='/opt/\ud800')
    with case('the history has the very bytes, and its messages are sound'):
        equal(host.git('show', 'main:etc/inittab'), host.read('etc/inittab'), 'inittab')
        host.sound_history()
        host.module('history_info', diffs=True, limit=0)
    with case('rollback gives the very bytes back'):
        host.changes('rollback', to='original')
        equal(host.read('etc/inittab'), before, 'inittab')
    with case('CRLF and a missing newline at the end stay as they are'):
        host.write('ftp\tstream\ttcp6\tnowait\troot\t/usr/sbin/ftpd\tftpd\r\necho stream  tcp nowait root internal', 'etc/inetd.conf')
        host.changes('inetd', name='echo', state='disabled')
        equal(host.read('etc/inetd.conf'), 'ftp\tstream\ttcp6\tnowait\troot\t/usr/sbin/ftpd\tftpd\r\n'
                                           '#echo stream  tcp nowait root internal')


def odd_arguments(directory):
    host = Host(directory)
    base = {'root': host.root, '_ansible_module_name': 'bulwark.aix.inetd', '_ansible_check_mode': True, 'name': 'echo',
            'state': 'disabled'}

    def answer(**changes):
        return host.answer('inetd', json.dumps({**base, **changes}))

    for what, value in (('NaN', float('nan')), ('Infinity', float('inf')), ('-Infinity', float('-inf')), ('a huge integer', 10**30),
                        ('1e400', 1e308 * 10)):
        with case('%s where a text is wanted is a text, and where an integer is wanted it is refused' % what):
            holds(answer(message=value)['changed'], 'not changed')
            result = answer(lock_timeout=value)
            holds(result.get('failed'), str(result))
            contains(result['msg'], 'lock_timeout')
        with case('%s in an option that is nobody\'s business is no reason to fail' % what):
            holds(answer(_ansible_verbosity=value, _ansible_new_key=[value, {'a': value}])['changed'], 'not changed')
    with case('what coming versions of Ansible may send is accepted'):
        holds(answer(_ansible_tmpdir=None, _ansible_remote_tmp='~/.ansible/tmp', _ansible_tracebacks_for=['error'],
                     _ansible_target_log_info=None, _ansible_x={'y': [1]})['changed'], 'not changed')
    with case('invocation is returned unless _ansible_inject_invocation is false'):
        contains(answer(), 'invocation')
        contains(answer(_ansible_inject_invocation=True), 'invocation')
        lacks(answer(_ansible_inject_invocation=False), 'invocation')
    with case('check mode and diff given as texts count'):
        before = host.everything()
        result = answer(_ansible_check_mode='yes', _ansible_diff='True')
        holds(result['diff'] and result['changed'], str(result))
        same_tree(host.everything(), before)
    with case('the last of doubled keys counts'):
        text = json.dumps(base)
        result = host.answer('inetd', text[:-1] + ', "state": "enabled"}')
        equal((result['changed'], result.get('failed')), (False, None))


if __name__ == '__main__':
    run_tests(forms_of_calls, drift, no_log, odd_bytes, odd_arguments)
