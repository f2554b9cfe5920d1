#!/usr/bin/python3 -B
"""The modules over ssh: a real sshd on loopback, root, an ordinary user who becomes root, and one whose shell is noisy."""
import contextlib
import json
import os
import signal
import subprocess
import time

import ssh
from lib import (BINARY, NEVER, SYSTEM_PATH, Host, ansible_environment, case, contains, equal, holds, lacks,
                 one_sentence, own_mounts, read, run_tests, same_tree, skip, tool, with_each_ansible, write)

SECRET = 's3cret-4711'
LONG_SCRIPT = '#!/bin/ksh\n' + ''.join('# line %d of a long script: "quoted", caf\xe9, \\\n' % n for n in range(9000)) + \
    'start /usr/sbin/longd "$src_running"\r\n'

TASKS = """---
- name: Test
  hosts: all
  gather_facts: false
  become: "{{ ansible_user != 'root' }}"
  module_defaults:
    group/bulwark.aix.all:
      root: "{{ bulwark_root }}"
  tasks:
    - name: Foresee
      bulwark.aix.inetd: &services
        services: [shell, login, exec]
        state: disabled
      check_mode: true
      diff: true

    - name: Do
      bulwark.aix.inetd: *services
      diff: true

    - name: Do again
      bulwark.aix.inetd: *services
      diff: true

    - name: In the background
      bulwark.aix.inittab:
        entries: [dt, pmd]
        state: disabled
      async: 3600
      poll: 1

    - name: One by one
      bulwark.aix.inittab:
        id: "{{ item }}"
        state: disabled
      loop: [l5, l6, l5]

    - name: Hidden
      bulwark.aix.inittab:
        id: agent
        runlevel: '2'
        action: once
        command: /opt/agent --password %(secret)s
      no_log: true
      diff: true

    - name: Hidden failure
      bulwark.aix.inittab:
        id: %(secret)s
        state: enabled
      no_log: true
      ignore_errors: true

    - name: In a hostile environment
      bulwark.aix.inetd:
        name: echo
        state: disabled
        refresh: always
      environment:
        PATH: ".:{{ planted }}:{{ stand_ins }}:%(path)s"
        LANG: tr_TR.UTF-8
        LC_ALL: no_SUCH.locale
        HOME: /nowhere
        TMPDIR: /nowhere
        ENV: "{{ planted }}/script"
        BASH_ENV: "{{ planted }}/script"
        GIT_DIR: /nowhere
        GIT_CONFIG_GLOBAL: "{{ planted }}/script"
        TZ: ":/nowhere"

    - name: Long
      bulwark.aix.rc_script:
        path: /etc/rc.long
        name: longd
        state: disabled
      diff: true
""" % {'secret': SECRET, 'path': SYSTEM_PATH}


@contextlib.contextmanager
def reachable_host(directory):
    """A host with stand-ins, an sshd before it, and the homes of those who log in."""
    host = Host(directory)
    host.go_live()
    with ssh.accounts(directory) as homes:
        ssh.make_homes(homes)
        with ssh.Sshd(directory) as sshd:
            yield host, sshd, homes


def plant(directory, *names):
    """A directory that everybody can write, with commands that leave a trace when they are run."""
    planted = os.path.join(directory, 'planted')
    for name in names:
        os.chmod(write('#!/bin/sh\necho "$0" >>%s/run\n' % planted, planted, name), 0o755)
    os.chmod(planted, 0o777)
    return planted


def left_behind(home):
    """What Ansible did not take away again."""
    directory = os.path.join(home, '.ansible', 'tmp')
    return os.listdir(directory) if os.path.exists(directory) else []


@with_each_ansible
def as_root(directory):
    play_tasks(directory, 'as root', ssh.ROOT)


@with_each_ansible
def as_a_user_who_becomes_root(directory):
    play_tasks(directory, 'as a user who becomes root, with pipelining', ssh.OPERATOR, ansible_pipelining='true')


def as_a_user_whose_shell_prints_noise(directory):
    who = 'as a user who becomes root, and whose shell prints noise'
    play = play_tasks(directory, who, ssh.LOUD)
    with case('noise behind a result is what Ansible warns of'):
        contains(play.text, 'Module invocation had junk after the JSON data: loud: goodbye')


def play_tasks(directory, who, user, **variables):
    with reachable_host(directory) as (host, sshd, homes):
        host.write(LONG_SCRIPT, 'etc/rc.long')
        planted = plant(directory, 'lssrc', 'refresh', 'script', 'ksh', 'm4')
        host.inventory = sshd.inventory(user, bulwark_root=host.root, stand_ins=host.bin, planted=planted, **variables)
        untouched = host.read('etc/inetd.conf')
        play = host.play(TASKS, '-vvv').succeeds()
        check_tasks(who, host, play, untouched)
        with case('over ssh, %s: `environment` does no harm: nothing is run from where others can write' % who):
            equal(play.result('In a hostile environment')['actions'][-1]['status'], 'ran')
            equal(host.calls(), ['refresh -s inetd'], 'what was run')
            holds(not os.path.exists(os.path.join(planted, 'run')), 'a planted command was run')
        with case('over ssh, %s: nothing is left in the home directory' % who):
            # Ansible's wrapper of async looks every five seconds whether its job has ended, and tidies up only then.
            deadline = time.monotonic() + NEVER
            while left_behind(homes[user]) and time.monotonic() < deadline:
                time.sleep(0.1)
            equal(left_behind(homes[user]), [], 'left in ~/.ansible/tmp')
        return play


def check_tasks(who, host, play, untouched):
    with case('over ssh, %s: a check run predicts the diff that the run then shows, and a second run changes nothing' % who):
        foreseen, done = play.result('Foresee'), play.result('Do')
        equal(foreseen['diff'], done['diff'], 'diff')
        equal(done['diff'][0]['before'], untouched, 'before')
        contains(done['diff'][0]['after'], '\n#shell\t', '\n#login\t', '\n#exec\t')
        equal((foreseen['changed'], foreseen['commit'], done['changed']), (True, None, True))
        equal((play.result('Do again')['changed'], play.result('Do again')['diff']), (False, []))
    with case('over ssh, %s: async, a loop and no_log' % who):
        holds(play.results('In the background')[-1]['changed'], 'async did not change')
        equal([item['changed'] for item in play.results('One by one')][:3], [True, True, False], 'of the loop')
        contains(host.read('etc/inittab'), '\n:dt:', '\n:pmd:', '\n:l5:', '\n:l6:', '--password ' + SECRET + '\n')
        lacks(play.text + json.dumps(play.tasks) + host.git('log', '--format=%B'), SECRET)
    with case('over ssh, %s: half a megabyte of diff comes through the terminal as it is' % who):
        diff = play.result('Long')['diff'][0]
        text = LONG_SCRIPT.replace('caf\xe9', 'caf\\xe9')
        equal((diff['before'], diff['after']), (text, text.replace('start ', '#start ')))
        equal(host.read('etc/rc.long'), LONG_SCRIPT.replace('start ', '#start '), '/etc/rc.long')
    with case('over ssh, %s: what was changed keeps root as its owner, and the history is sound' % who):
        for path, facts in host.files().items():
            equal(facts[1], 0, 'owner of ' + path)
        host.sound_history()


def playbooks(directory):
    with reachable_host(directory) as (host, sshd, homes):
        original = host.everything(), host.files()
        host.inventory = sshd.inventory(ssh.OPERATOR, bulwark_root=host.root)
        with case('over ssh, without becoming root: one sentence, and nothing is changed'):
            message = host.play('harden.yml').fails().result('Apply the profile')['msg']
            one_sentence(message)
            contains(message, 'Permission denied; run it as root, in a playbook with `become: true`')
            same_tree(host.everything(), original[0])
        check = host.play('harden.yml', '--become', '--check', '--diff').succeeds()
        with case('over ssh, harden --check writes nothing'):
            same_tree(host.everything(), original[0])
        with case('over ssh, harden shows, letter by letter, the diff that --check predicted'):
            real = host.play('harden.yml', '--become', '--diff').succeeds()
            equal(real.shown('Apply the profile'), check.shown('Apply the profile'))
            contains(real.shown('Apply the profile'), '+:dt:2:wait:/etc/rc.dt\n')
        with case('over ssh, a second harden changes nothing, and audit finds nothing'):
            equal(host.play('harden.yml', '--become').succeeds().recap('changed'), 0)
            host.play('audit.yml', '--become', '-e', 'bulwark_strict=true').succeeds()
        with case('over ssh, audit without becoming root says that the history is not for its eyes'):
            message = host.play('audit.yml').fails().result('Compare the host with the profile')['msg']
            contains(message, 'history.git: Permission denied; run it as root')
        with case('over ssh, rollback gives back what was there'):
            host.inventory = sshd.inventory(ssh.ROOT, bulwark_root=host.root)
            host.play('rollback.yml', '-e', 'bulwark_to=original').succeeds()
            same_tree(host.files(), original[1])
            equal([left_behind(home) for home in homes.values()], [[], [], []], 'left in ~/.ansible/tmp')


def a_terminal_as_input(directory):
    with reachable_host(directory) as (host, sshd, homes):
        for name, options in (('inetd', {'name': 'echo', 'state': 'disabled', 'refresh': 'always'}),
                              ('harden', {'_ansible_check_mode': True})):
            arguments = write(json.dumps({'root': host.root, **options, '_ansible_module_name': name}), directory, 'args')
            with case('%s does not read the terminal that it has as standard input' % name):
                done = subprocess.run([*sshd.command(ssh.ROOT, '-tt'), 'PATH=%s:$PATH %s %s; read -r line; echo "got $line"' % (
                    host.bin, BINARY, arguments)], input=b'kept\n', stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=NEVER)
                contains(done.stdout.decode(), '"changed"', '\r\ngot kept\r\n')


INTERRUPTED = {
    'the connection is cut': 'touch {state}/reached; sleep 60',
    'the module gets TERM': 'kill -TERM $PPID; sleep 1',
    'the module gets KILL': 'kill -KILL $PPID; sleep 1',
}


def killed_in_the_middle(directory):
    """While it refreshes inetd: the files are changed, and the refresh is owed."""
    for number, (what, script) in enumerate(INTERRUPTED.items()):
        place = os.path.join(directory, str(number))
        os.mkdir(place)
        with reachable_host(place) as (host, sshd, _):
            host.inventory = sshd.inventory(ssh.ROOT, bulwark_root=host.root)
            refresh, untouched = os.path.join(host.bin, 'refresh'), host.read('etc/inetd.conf')
            real = read(refresh)
            os.chmod(write('#!/bin/sh\n' + script.format(state=host.state) + '\n', refresh), 0o755)
            if what == 'the connection is cut':
                cut_the_connection(host)
            else:
                host.play(KILLED, '-e', 'stand_ins=' + host.bin).fails()
            with case('when %s, the files are whole, and the next run does what is owed' % what):
                equal(host.read('etc/inetd.conf'), untouched.replace('\nshell\t', '\n#shell\t'), 'inetd.conf')
                os.chmod(write(real, refresh), 0o755)
                result = host.play(KILLED, '-e', 'stand_ins=' + host.bin).succeeds().result('Disable')
                equal((result['changed'], host.calls()), (True, ['refresh -s inetd']))
                host.sound_history()
                lacks(host.git('for-each-ref'), 'pending')


KILLED = """---
- name: Test
  hosts: all
  gather_facts: false
  tasks:
    - name: Disable
      bulwark.aix.inetd:
        root: "{{ bulwark_root }}"
        name: shell
        state: disabled
        refresh: always
      environment:
        PATH: "{{ stand_ins }}:%s"
""" % SYSTEM_PATH


def cut_the_connection(host):
    """Kills ansible-playbook and its ssh as soon as the module has come to `refresh`."""
    play = subprocess.Popen([tool('ansible-playbook'), *host.inventory, write(KILLED, host.directory, 'playbook.yml'), '-e',
                             'stand_ins=' + host.bin], start_new_session=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env={**ansible_environment(host.directory), 'ANSIBLE_CALLBACKS_ENABLED': 'default'})
    reached = os.path.join(host.state, 'reached')
    deadline = time.monotonic() + NEVER
    while not os.path.exists(reached) and play.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(play.pid, signal.SIGKILL)
    play.wait()
    holds(os.path.exists(reached), 'the module did not come to the refresh')


if __name__ == '__main__':
    if own_mounts():
        run_tests(as_root, as_a_user_who_becomes_root, as_a_user_whose_shell_prints_noise, playbooks,
                  a_terminal_as_input, killed_in_the_middle)
    else:
        skip('the modules work over ssh', 'accounts for it need root, and mounts of their own')
