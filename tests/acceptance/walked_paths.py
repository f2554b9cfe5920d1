#!/usr/bin/python3 -B
"""Every file operation by strace: nothing is reached by a path of which somebody could exchange a part on the way.

Bulwark walks to a file by open directories, one name at a time, and no step follows a link that it has not read. So every
call names a single component, in a directory that is open; whoever renames a directory meanwhile changes nothing of where
the call goes. What is named by a path all the same has a reason, and those are a list: BY_PATH and `reason` below.
"""
import os
import re

import straced
from disturbed import LONG_AGO, NOTHING_TO_DO, calls_of, library
from lib import BINARY, IS_ROOT, case, holds, run_tests, skip
from samples import RELEASES, host_of

# Reason, and the paths that it is for.
BY_PATH = [
    ('the loader and libc, before main',
     r'/etc/ld\.so\.(cache|preload)$|/(usr/)?lib(32|64)?/([^/]+/)*(libc|ld-[^/]+)\.so[.\d]*$'),
    ('the locale of messages', r'/usr/lib/locale/|/usr/share/locale/|/etc/locale\.alias$|/usr/lib/([^/]+/)?gconv/'),
    ('the time zone', r'/etc/localtime$|/usr/share/zoneinfo/'),
    ('a device that only root can exchange', r'/dev/(null|tty|urandom|random)$'),
]
LOOKS_UP = ('access', 'faccessat', 'faccessat2', 'newfstatat', 'stat', 'lstat', 'readlink', 'openat')
FOLLOWS = {'access': 'always', 'faccessat': 'always', 'faccessat2': 'AT_SYMLINK_NOFOLLOW', 'fchmodat': 'AT_SYMLINK_NOFOLLOW',
           'fchownat': 'AT_SYMLINK_NOFOLLOW', 'utimensat': 'AT_SYMLINK_NOFOLLOW', 'openat': 'O_NOFOLLOW',
           'newfstatat': 'AT_SYMLINK_NOFOLLOW', 'statx': 'AT_SYMLINK_NOFOLLOW'}  # unless this is among its arguments


class Scene:
    """A command on a host, seen by strace."""

    def __init__(self, host):
        self.host = host
        self.log = os.path.join(host.directory, 'strace')
        self.calls = 0

    def run(self, arguments, statuses=(0,)):
        """Returns what is wrong with the paths of its calls."""
        done = self.host.command(*arguments, prefix=straced.words(self.log), cwd='/')
        holds(done.returncode in statuses, '%s: %s' % (arguments, done.stderr.decode()))
        return self.judge()

    def module(self, name, **options):
        result = self.host.module(name, prefix=straced.words(self.log), **options)
        holds(not result.get('failed'), result.get('msg'))
        return self.judge()

    def judge(self):
        wrong = []
        for call in self.calls_of_ours():
            self.calls += 1
            for named in call.paths:
                problem = self.problem(call, named)
                if problem:
                    wrong.append('%s: %s(%s)' % (problem, call.name, call.arguments[:200]))
        return sorted(set(wrong))

    def calls_of_ours(self):
        """Not those of the commands that it runs. The first program is Bulwark."""
        others, started = set(), False
        for call in straced.calls(self.log):
            if call.process in others or call.parent in others:
                others.add(call.process)
                continue
            if call.name == 'execve' and call.result.startswith('0'):
                if started:
                    others.add(call.process)
                started = True
            yield call

    def problem(self, call, named):
        """Nothing, if this is a step of a walk, or has a reason."""
        if self.reason(call, named):
            return None
        if not self.is_step(named):
            return 'not walked to'
        unless = FOLLOWS.get(call.name)
        safe = unless is None or unless in call.arguments or 'O_EXCL' in call.arguments or named.name in ('', '.')
        # What is directly below /, as /tmp, is root's to make a link of.
        return None if safe or named.directory is None else 'a link would be followed'

    @staticmethod
    def is_step(named):
        """One name in an open directory, in the working directory, or in /."""
        return '/' not in named.name.strip('/') and named.name != '..'

    def reason(self, call, named):
        path = straced.full(named)
        for reason, pattern in BY_PATH:
            if re.match(pattern, path):
                return reason
        if call.name == 'execve' or (call.name in LOOKS_UP and self.leads_to_commands(path)):
            return "a command is found in PATH and executed by its absolute path: all on the way is root's or bin's"
        if re.match(r'/tmp/bulwark-[^/]+(/file)?$', path):
            return "a private file: /tmp is root's and sticky, so nobody exchanges what root has made in it"
        if self.is_below_history(named):
            return 'libgit2 works in the directory of the history, which was walked to, checked and is held open'
        if call.name == 'chdir' and path == self.host.root:
            return 'where a command is run, which gets its files by absolute paths'
        if path.startswith(self.host.directory + '/tmp') or path in (BINARY, os.path.dirname(BINARY)):
            return 'the module itself and its arguments, which Ansible names'
        return None

    def leads_to_commands(self, path):
        """To one of the directories that commands are looked for in, or to what is in it."""
        directories = self.host.environment['PATH'].split(':') + ['/usr/local/sbin', '/bin', '/usr/bin']
        return os.path.dirname(path) in directories or any((place + '/').startswith(path + '/') for place in directories)

    def is_below_history(self, named):
        """By a relative name, so that it begins in the directory that is open."""
        return named.directory == self.host.history and not named.at_descriptor and '..' not in named.name.split('/')


def walked(scene, what, work):
    with case('%s: every file is reached by open directories, one name at a time' % what):
        wrong = work(scene)
        holds(not wrong, '%d of %d calls:\n%s' % (len(wrong), scene.calls, '\n'.join(wrong[:40])))


def interrupted(host, watched):
    """A run that is killed when it has replaced some of its files: where, an equal host tells."""
    def harden(host, **how):
        return host.command('harden', '--root', host.root, '--profile', 'strict', env={
            'LD_PRELOAD': library(watched.directory), 'DISTURB_CALLS': 'rename', 'DISTURB_TIME': str(LONG_AGO), **how})
    log = os.path.join(watched.directory, 'calls')
    harden(watched, DISTURB_LOG=log)
    replaced = [number for number, call in enumerate(calls_of(log), 1) if call.path2 == watched.path('etc/rc.nfs')]
    harden(host, DISTURB_AT=str(replaced[0]), DISTURB_DO='kill')
    holds(any(name.startswith('.bulwark-') for name in os.listdir(host.path('etc'))), 'it was not killed in between')


def in_another_root(directory):
    total = 0
    for release in RELEASES:
        host = host_of(release, os.path.join(directory, release))
        scene, at = Scene(host), ['--root', host.root]
        walked(scene, release + ', check run of harden', lambda scene, at=at: scene.run(['harden', *at, '--check', '--diff'], (2,)))
        walked(scene, release + ', harden as a module', lambda scene: scene.module('harden', profile='strict'))
        host.append('# by hand\n', 'etc/inetd.conf')
        walked(scene, release + ', history verify', lambda scene, at=at: scene.run(['history', 'verify', *at], (2,)))
        for words in (['history', 'log'], ['history', 'show'], ['history', 'diff']):
            walked(scene, '%s, %s' % (release, ' '.join(words)), lambda scene, at=at, words=words: scene.run([*words, *at]))
        walked(scene, release + ', rollback', lambda scene, at=at: scene.run(['rollback', '--to', 'original', *at]))
        walked(scene, release + ', moving a file', lambda scene, at=at: scene.run(
            ['path', '--path', '/etc/syslog.conf', '--state', 'moved', '--dest', '/etc/moved', *at]))
        total += scene.calls
    host = host_of('aix-7.2', os.path.join(directory, 'interrupted'))
    interrupted(host, host_of('aix-7.2', os.path.join(directory, 'watched')))
    scene = Scene(host)
    walked(scene, 'recovery of an interrupted run', lambda scene: scene.run([*NOTHING_TO_DO, '--root', host.root]))
    with case('that run has put all back'):
        holds(not any(name.startswith('.bulwark-') for name in os.listdir(host.path('etc'))), 'temporary files are left')
    print('# walked: %d system calls' % (total + scene.calls))


def on_the_running_host(directory):
    """With commands: stand-ins, ksh and m4."""
    host = host_of('aix-7.2', os.path.join(directory, 'live'))
    host.go_live()
    scene, at = Scene(host), ['--root', host.root, '--refresh', 'always']
    walked(scene, 'harden with commands', lambda scene: scene.run(['harden', *at]))
    walked(scene, 'a crontab that is handed to cron', lambda scene: scene.run(
        ['crontab', '--name', 'backup', '--job', '/usr/bin/true', *at]))
    walked(scene, 'rollback with commands', lambda scene: scene.run(['rollback', '--to', 'original', *at]))
    print('# walked with commands: %d system calls' % scene.calls)


if __name__ == '__main__':
    if not IS_ROOT:
        skip('walked paths', 'the owners of the samples need root')
    else:
        run_tests(in_another_root, on_the_running_host)
