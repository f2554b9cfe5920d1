#!/usr/bin/python3 -B
"""The project's playbooks on a host that has no Python: reached by ssh, with busybox as its only shell, and its own `/`."""
import contextlib
import os
import re
import shutil
import sys

import sendmail
import ssh
from lib import (BINARY, TESTS, Host, call, case, contains, equal, lacks, one_sentence, own_mounts, run_tests, same_tree, skip,
                 tree, with_each_ansible)

sys.path.insert(0, TESTS)
import check_tutorial_state  # noqa: E402

# What Ansible, the stand-ins and m4 call. Not busybox's crontab, su and netstat: AIX has its own.
APPLETS = ['awk', 'cat', 'chmod', 'cp', 'date', 'dirname', 'echo', 'grep', 'hostname', 'id', 'mkdir', 'rm', 'sed', 'sh', 'sleep',
           'stat', 'uname']
NOT_OF_THE_HOST = ['bin', 'dev', 'usr/state', 'var/bulwark', '.ansible', 'tmp']


class Target(Host):
    """A sample's files as the `/` of a host: with busybox, the C library, and stand-ins for the commands of AIX."""

    def __init__(self, directory):
        super().__init__(directory)
        self.write('root:!:0:0::/:/bin/sh\n', 'etc/passwd')
        self.write('system:!:0:root\n', 'etc/group')
        self.write('', 'dev/null')
        os.makedirs(self.path('tmp'), 0o1777)
        self.install('/bin/busybox')
        for applet in APPLETS:
            os.symlink('busybox', self.path('bin', applet))
        self.install_libraries_of(BINARY)

    def install(self, program):
        os.makedirs(os.path.dirname(self.root + program), exist_ok=True)
        shutil.copy(program, self.root + program)

    def install_libraries_of(self, program):
        for library in re.findall(r'(/\S+) \(0x', call('ldd', program).stdout.decode()):
            self.install(library)

    def install_mail(self):
        """The real m4 and sendmail, and the library of the latter where AIX has it."""
        for program in ('/usr/bin/m4', sendmail.SENDMAIL):
            self.install(program)
            self.install_libraries_of(program)
        sendmail.install_library(self)

    def go_live(self):
        self.bin, self.state = self.path('usr', 'sbin'), self.path('usr', 'state')
        super().go_live()
        self.set_state('root', '')
        self.install_mail()

    def files(self, times=False):
        return tree(self.root, without=NOT_OF_THE_HOST, times=times)


@contextlib.contextmanager
def reachable(target):
    """An sshd whose root has the target's `/` for its own."""
    with ssh.accounts(target.directory, '/bin/sh', {ssh.ROOT: '/'}), contextlib.ExitStack() as mounts:
        place = '/run/target'  # as sshd wants it: where nobody but root can write, from / down
        os.mkdir(place)
        mounts.enter_context(ssh.mounted_over(place, target.root))
        mounts.enter_context(ssh.mounted_over(place + '/dev/null', '/dev/null'))
        with ssh.Sshd(target.directory, ['ChrootDirectory ' + place]) as sshd:
            target.inventory = sshd.inventory(ssh.ROOT)
            yield sshd


def play(target, playbook, *arguments):
    return target.play(playbook, *arguments, '-e', 'bulwark_root=/')


PYTHON_WANTED = """---
- name: Test
  hosts: all
  gather_facts: false
  tasks:
    - name: A module in Python
      ansible.builtin.ping:
"""


@with_each_ansible
def a_host_without_python(directory):
    target = Target(directory)
    target.go_live()
    original = target.files()
    with reachable(target):
        with case('on a host with no shell but busybox there is no Python, and no module of Ansible runs'):
            equal([path for path in tree(target.root) if re.search(r'/(python[\d.]*|perl|bash|ksh)$', path)], [], 'interpreters')
            contains(play(target, PYTHON_WANTED).fails().text, '/usr/bin/python3: not found')
        harden(target, original)
        roll_back(target, original)
    with case('of a host without Python the history is an ordinary git repository'):
        equal(target.git('log', '--format=%s').splitlines(),
              ['rollback: go back to original', 'harden: profile tutorial, 47 rules, 13 files', 'record: 13 files as found'])
        target.sound_history()


def harden(target, original):
    untouched = target.everything()
    audit = play(target, 'audit.yml').succeeds()
    with case('on a host without Python, audit lists what is not compliant, and writes nothing'):
        rules = audit.result('Compare the host with the profile')['rules']
        equal([rule for rule in rules if rule['status'] != 'non_compliant'], [], 'other rules')
        same_tree(without_ansible(target.everything()), without_ansible(untouched))
    check = play(target, 'harden.yml', '--check', '--diff', '-e', 'ansible_ssh_transfer_method=piped').succeeds()
    with case('on a host without Python and without sftp, harden --check writes nothing and runs nothing'):
        same_tree(without_ansible(target.everything()), without_ansible(untouched))
        equal(target.calls(), [])
    real = play(target, 'harden.yml', '--diff').succeeds()
    with case('on a host without Python, harden shows the diff that --check predicted, and does it'):
        equal(real.shown('Apply the profile'), check.shown('Apply the profile'))
        equal(check_tutorial_state.complaints(target.root), [], 'complaints')
        contains(target.calls(), 'no -o ipforwarding=0', 'stopsrc -s snmpd', 'refresh -s inetd')
        lacks(target.served(), 'shell', 'login', 'exec')
    hardened = target.files()
    with case('on a host without Python, a second harden changes nothing, and audit is content'):
        target.forget_calls()
        equal(play(target, 'harden.yml').succeeds().recap('changed'), 0)
        equal(target.calls(), [])
        play(target, 'audit.yml', '-e', 'bulwark_strict=true').succeeds()
        same_tree(target.files(), hardened)


def roll_back(target, original):
    hardened = target.files()
    check = play(target, 'rollback.yml', '--check', '--diff', '-e', 'bulwark_to=original').succeeds()
    with case('on a host without Python, rollback --check changes nothing'):
        same_tree(target.files(), hardened)
    back = play(target, 'rollback.yml', '--diff', '-e', 'bulwark_to=original').succeeds()
    with case('on a host without Python, rollback gives everything back, and inetd knows it'):
        equal(back.shown('Roll back'), check.shown('Roll back'))
        same_tree(target.files(), original)
        contains(target.served(), 'shell', 'login', 'exec')
        equal(target.get_state('subsystems/snmpd'), 'active')
        equal(os.listdir(target.path('.ansible', 'tmp')), [], 'left in ~/.ansible/tmp')


def without_ansible(files):
    """Without what Ansible needs for itself, and the times of the directories that this is in."""
    return {path: facts for path, facts in files.items() if not path.startswith(('.ansible', 'tmp', 'dev'))}


def commands_that_are_missing(directory):
    target = Target(directory)
    original = target.files()
    with reachable(target), case('where the commands of AIX are missing, one sentence says so, and nothing is changed'):
        for check in ([], ['--check']):
            message = play(target, 'harden.yml', *check).fails().result('Apply the profile')['msg']
            one_sentence(message)
            contains(message, 'the command no is not there', '`refresh: never`')
        same_tree(target.files(), original)
        play(target, 'harden.yml', '-e', 'bulwark_refresh=never').succeeds()
        equal(check_tutorial_state.complaints(target.root), [], 'complaints')


def what_is_missing():
    return sendmail.missing() if own_mounts() else 'reaching it needs root, and mounts of its own'


if __name__ == '__main__':
    if what_is_missing():
        skip('the playbooks work on a host without Python', what_is_missing())
    else:
        run_tests(a_host_without_python, commands_that_are_missing)
