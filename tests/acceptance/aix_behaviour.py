#!/usr/bin/python3 -B
"""The binary with a libc that behaves as AIX's does where the two differ (tests/support/aix_libc.c).

A copy of the binary, and one of the collection, need that library before libc, so it is loaded whoever starts them and however;
what they run in turn has libc as it is. Other acceptance tests are run with these copies as they stand, in their short forms,
and what a difference could break has tests of its own. At the end every difference has to have been met, or, where the binary
takes care never to meet it, its function called.
"""
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys

from disturbed import library
from lib import (BINARY, COLLECTIONS, IS_ROOT, TESTS, Host, as_nobody, call, case, contains, equal, holds, run_tests,
                 same_tree, skip, write)

SOURCE = os.path.join(TESTS, 'support', 'aix_libc.c')
SCRIPTS = ['main_job', 'revert', 'history_command', 'kill', 'faults', 'bad_input', 'commands']
NOT_ALLOWED = 'The file access permissions do not allow the specified action'  # AIX ends it with a period
# The binary takes care to meet these never.
NEVER_MET = ['fcntl does not know F_DUPFD_CLOEXEC', 'no bytes of memory are a null pointer', 'there is no /proc',
             'directories can be read like files']


class Counts:
    """What the library counts, in memory that it shares with this process."""

    def __init__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.shmat.restype = ctypes.c_void_p
        self.number = self.libc.shmget(0, ctypes.c_size_t(4096), 0o1666)  # IPC_PRIVATE, IPC_CREAT
        holds(self.number >= 0, 'shmget: ' + os.strerror(ctypes.get_errno()))
        self.memory = ctypes.cast(self.libc.shmat(self.number, None, 0), ctypes.POINTER(ctypes.c_long))
        self.libc.shmctl(self.number, 0, None)  # IPC_RMID: gone with the last process that has it

    def of(self, which):
        return self.memory[2 * which], self.memory[2 * which + 1]


class Aix:
    """The copies, below a directory."""

    def __init__(self, directory):
        self.counts = Counts()
        self.library = os.path.join(directory, 'aix_libc.so')
        done = call('cc', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-O1', '-DCOUNTS=%d' % self.counts.number,
                    '-o', self.library, SOURCE, '-ldl')
        holds(done.returncode == 0, done.stderr.decode())
        self.binary = self.copied(BINARY, os.path.join(directory, 'bulwark'))
        self.collections = os.path.join(directory, 'collections')
        shutil.copytree(COLLECTIONS, self.collections, symlinks=True)
        for below, _, files in os.walk(self.collections):
            for path in (os.path.join(below, name) for name in files):
                if not os.path.islink(path) and is_program(path):
                    self.copied(path, path)

    def copied(self, program, copy):
        """With the library before all others that it needs."""
        if copy != program:
            shutil.copy(program, copy)
        done = call('patchelf', '--add-needed', self.library, copy)
        holds(done.returncode == 0, done.stderr.decode())
        return copy

    def host(self, directory):
        host = Host(directory)
        host.binary = self.binary
        return host

    def behaviours(self):
        """Sentence -> number of calls, and of those in which the difference was met."""
        sentence = ctypes.CDLL(self.library).aix_behaviour
        sentence.restype = ctypes.c_char_p
        found = {}
        while sentence(len(found)):
            found[sentence(len(found)).decode()] = self.counts.of(len(found))
        return found


def is_program(path):
    with open(path, 'rb') as file:
        return file.read(4) == b'\x7fELF'


def names_of(*arguments):
    done = call('nm', '-D', '--without-symbol-versions', *arguments)
    holds(done.returncode == 0, done.stderr.decode())
    return {line.split()[-1] for line in done.stdout.decode().splitlines()}


def every_name_is_covered(aix):
    """A function under another name - with 64-bit offsets, or fortified - is not to pass by the library."""
    def plain(name):
        return re.sub(r'^_*(xpg_)?|(64)?(_2|_chk)?$', '', name)
    with case('every function that behaves otherwise on AIX is the one of the library, whatever the compiler calls it'):
        ours = names_of('--defined-only', aix.library)
        wanted = names_of('--undefined-only', BINARY)
        families = {plain(name) for name in ours}
        equal([name for name in sorted(wanted) if plain(name) in families and name not in ours], [], 'names')
        holds(len(wanted & ours) > 15, 'few of them are called: %s' % sorted(wanted & ours))


# ---- what a difference could break


def long_links(aix, directory):
    host = aix.host(directory)
    target = '/etc' + '/security/..' * 40 + '/inetd.real'
    os.makedirs(host.path('etc/security'), exist_ok=True)
    os.rename(host.path('etc/inetd.conf'), host.path('etc/inetd.real'))
    os.symlink(target, host.path('etc/inetd.conf'))
    with case('a link of more than 256 characters is followed'):
        host.changes('inetd', service='echo', state='disabled')
        equal(os.readlink(host.path('etc/inetd.conf')), target)
        contains(host.read('etc/inetd.real'), '\n#echo\t')


def unexecutable_commands(aix, directory):
    host = aix.host(directory)
    host.go_live()
    shutil.move(host.bin, os.path.join(directory, 'commands'))
    shutil.copytree(os.path.join(directory, 'commands'), host.bin)
    os.chmod(os.path.join(directory, 'commands', 'refresh'), 0o644)
    host.environment['PATH'] = '%s/commands:%s' % (directory, host.environment['PATH'])
    with case('a file that nobody may execute is no command, though access says that root may execute it'):
        result = host.module('inetd', service='echo', state='disabled', refresh='always')
        holds(not result.get('failed'), result['msg'])
        equal(host.calls(), ['refresh -s inetd'])


def directories(aix, directory):
    with case('a directory is refused where a file of arguments is wanted'):
        done = call(aix.binary, directory + '/')
        equal(json.loads(done.stdout)['msg'], 'reading %s/: The specified file is a directory' % directory)
        done = call(aix.binary, 'inetd', '--args-file', directory)
        equal(done.stderr.decode(), 'bulwark: reading %s: The specified file is a directory\n' % directory)


def advice(aix, directory):
    sentence = 'a message goes on after the text of an error, and an ordinary user is told to be root'
    if not IS_ROOT:
        return skip(sentence, 'only root can make files that are not the own ones')
    host = aix.host(directory)
    os.chmod(host.path('etc/inetd.conf'), 0o600)
    with case(sentence):
        done = host.command('inetd', '--root', host.root, '--service', 'echo', '--state', 'disabled', '--check',
                            prefix=as_nobody())
        equal(done.stderr.decode(), 'bulwark: reading /etc/inetd.conf: %s; run it as root, in a playbook with `become: true`\n'
              % NOT_ALLOWED)


def full_directories(aix, directory):
    """A file comes into a directory just before that is removed."""
    host = aix.host(directory)
    os.makedirs(host.path('etc/rc.d'))
    before = host.files()
    late = write('', directory, 'late')
    with case('a directory that is not empty is told of as such, and stays'):
        done = host.command('path', '--root', host.root, '--path', '/etc/rc.d', '--state', 'absent', env={
            'LD_PRELOAD': library(directory), 'DISTURB_CALLS': 'rmdir', 'DISTURB_AT': '1', 'DISTURB_DO': 'replace',
            'DISTURB_FROM': late, 'DISTURB_TO': host.path('etc/rc.d/late')})
        contains(done.stderr.decode(), 'replacing /etc/rc.d: the directory is not empty')
        os.remove(host.path('etc/rc.d/late'))
        same_tree(host.files(), before)


# ---- the other tests


def other_tests(aix):
    for name in SCRIPTS:
        script = os.path.join(TESTS, 'acceptance', name + '.py')
        done = subprocess.run([script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={
            **os.environ, 'BULWARK': aix.binary, 'ANSIBLE_COLLECTIONS_PATH': aix.collections, 'BULWARK_LIBC': aix.library,
            'BULWARK_TESTS_QUICK': '1', 'BULWARK_ANSIBLE': 'installed'})
        lines = done.stdout.decode(errors='replace').splitlines()
        good = sum(line.startswith('ok - ') for line in lines)
        with case('%s holds on AIX' % name):
            holds(done.returncode == 0 and good, '\n'.join(line for line in lines if not line.startswith('ok - ')))
            print('# %s: %d sentences' % (name, good))


def differences_are_met(aix):
    for sentence, (calls, differences) in aix.behaviours().items():
        with case('it was put to the test that %s' % sentence):
            holds(calls, 'no such function was called')
            holds(differences or sentence in NEVER_MET, 'in none of %d calls it made a difference' % calls)


def on_aix(directory):
    aix = Aix(directory)
    every_name_is_covered(aix)
    for test in (long_links, unexecutable_commands, directories, advice, full_directories):
        place = os.path.join(directory, test.__name__)
        os.mkdir(place)
        test(aix, place)
    if '--own' not in sys.argv:
        other_tests(aix)
    differences_are_met(aix)


if __name__ == '__main__':
    run_tests(on_aix)
