#!/usr/bin/python3 -B
"""Trees that somebody has laid out as traps: nothing outside the root is read or written, nothing hangs, access never widens.

What is outside is a directory of canaries. Whether it was touched is told by itself and by strace, which sees every path that
the binary names and every file that it opens.
"""
import contextlib
import ctypes
import multiprocessing
import os
import re
import shutil
import socket

from lib import (BINARY, HISTORY, IS_ROOT, NOBODY, Host, call, case, contains, equal, holds, lacks, one_sentence,
                 run_tests, same_tree, skip, tree, write)

OFF = {'name': 'echo', 'state': 'disabled'}
PROFILE_FILES = ['etc/inittab', 'etc/inetd.conf', 'etc/rc.tcpip', 'etc/rc.nfs', 'etc/syslog.conf', 'etc/ftpusers', 'etc/rc.no',
                 'var/adm/auth.log']
# What every program reads that uses libc, before main and for the time zone; docs/guarantees.md names the same.
ALLOWED = re.compile(r'/etc/(ld\.so\.(cache|preload)|localtime)$|/(usr/)?lib/([^/]+/)?(libc|ld-linux-[^/]+)\.so\.\d+$'
                     r'|/usr/lib/locale/|/usr/share/(locale|zoneinfo)/')
EXCHANGE = 2


class Outside:
    """Beside the root, with files of the same names: whoever got there would find what he looks for."""

    def __init__(self, directory):
        self.path = os.path.join(directory, 'outside')
        shutil.copytree(os.path.join(directory, 'root'), self.path, symlinks=True)
        write('canary\n', self.path, 'canary')
        self.before = tree(self.path, times=True)

    def must_be_untouched(self):
        same_tree(tree(self.path, times=True), self.before, 'what is outside of the root')


def fails_or_works(result):
    if result.get('failed'):
        one_sentence(result['msg'])


# ---- what strace sees


def paths_outside(log, root, program):
    """Every path outside the root that a call names or opens."""
    found, here = set(), '/'
    with open(log, errors='surrogateescape') as lines:
        for line in lines:
            match = re.match(r'(?:\d+ +)?(\w+)\((.*)\) += (.*)', line)
            if not match or match.group(1) == 'execve':
                continue
            call_name, arguments, result = match.groups()
            if call_name == 'fchdir':  # libgit2 works in the directory of the history
                here = re.match(r'\d+<(/[^>]*)>', arguments).group(1)
            found.update(re.findall(r'^\d+<(/[^>]*)>', result))
            named = re.findall(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"', arguments)
            if call_name.startswith(('symlink', 'readlink')):  # where a link points is text
                named = named[1:] if call_name.startswith('symlink') else named[:1]
            for directory, name in named:
                path = os.path.normpath(os.path.join(directory or here, name))
                found.add(path)
    ways = {root[:end] for end in [i for i, c in enumerate(root) if c == '/'][1:]} | {'/', program, '/dev/null'}
    return sorted(path for path in found
                  if not (path + '/').startswith(root + '/') and path not in ways and not ALLOWED.search(path)
                  and not path.startswith(('/proc/', 'pipe:', '/dev/pts')))


def traced(host, module, **options):
    """Its result, held to naming nothing outside."""
    log = os.path.join(host.directory, 'strace')
    result = host.module(module, prefix=['strace', '-f', '-y', '-qq', '-o', log, '-e',
                                         'trace=%file,/^(rename|link|unlink|mkdir|rmdir|symlink|f?chmod|f?chown|open|f?truncate|fchdir)'],
                         **options)
    outside = [path for path in paths_outside(log, host.root, BINARY)
               if not re.search(r'/tmp[^/]*/(args|AnsiballZ_\w+)$', path) and path != os.path.dirname(BINARY)]
    equal(outside, [], 'paths outside the root')
    return result


# ---- links


def links(directory):
    def host_with(prepare, number=iter(range(100))):
        host = Host(os.path.join(directory, 'links-%d' % next(number)))
        outside = Outside(host.directory)
        prepare(host, outside.path)
        return host, outside

    def link(host, path, target):
        there = host.path(path)
        if os.path.lexists(there):
            shutil.rmtree(there) if os.path.isdir(there) else os.remove(there)
        os.symlink(target, there)

    up = '../' * 30
    traps = {
        'no trap at all': lambda host, outside: None,
        'an absolute link': lambda host, outside: link(host, 'etc/inetd.conf', outside + '/etc/inetd.conf'),
        'a link with ..': lambda host, outside: link(host, 'etc/rc.tcpip', '../../outside/etc/rc.tcpip'),
        'a link with .. beyond /': lambda host, outside: link(host, 'etc/inittab', up + outside + '/etc/inittab'),
        'a directory that is an absolute link': lambda host, outside: link(host, 'etc', outside + '/etc'),
        'a directory that is a link with ..': lambda host, outside: link(host, 'etc', '../outside/etc'),
        'a directory of the history that is a link': lambda host, outside: link(host, 'var/bulwark', outside + '/var/bulwark'),
        'a link in a chain of links': lambda host, outside: (
            os.symlink(outside, host.path('a')), os.symlink('a/etc', host.path('b')), link(host, 'etc/syslog.conf', '/b/syslog.conf')),
    }
    for what, prepare in traps.items():
        host, outside = host_with(prepare)
        with case('%s: harden and rollback name and open nothing outside the root, and what is there is as it was' % what):
            for module, options in (('harden', {}), ('harden', {'check': True}), ('rollback', {'to': 'original'})):
                fails_or_works(traced(host, module, diff=True, **options))
                outside.must_be_untouched()


def swap(stop, one, other):
    libc = ctypes.CDLL(None)
    count = 0
    while not stop.is_set():
        for _ in range(100):
            libc.renameat2(-100, one.encode(), -100, other.encode(), EXCHANGE)
            count += 1
    while count % 2:
        libc.renameat2(-100, one.encode(), -100, other.encode(), EXCHANGE)
        count += 1


@contextlib.contextmanager
def swapped(one, other):
    """As fast as can be, for as long as the block takes."""
    context = multiprocessing.get_context('fork')
    stop = context.Event()
    process = context.Process(target=swap, args=(stop, one, other))
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join(30)
        holds(process.exitcode == 0, 'the exchange did not end')


def races(directory):
    """Not of the directories on the way to the history: libgit2 opens it by its path. docs/guarantees.md says so."""
    for what, path in (('the directory /etc', 'etc'), ('the file /etc/inetd.conf', 'etc/inetd.conf')):
        host = Host(os.path.join(directory, os.path.basename(path)))
        outside = Outside(host.directory)
        trap = host.path(path + '.trap')
        os.symlink(os.path.join(outside.path, path), trap)
        with case('%s, exchanged for a link that leads outside all the while: nothing outside is touched' % what):
            with swapped(host.path(path), trap):
                for _ in range(12):
                    for module, options in (('harden', {}), ('rollback', {'to': 'original'})):
                        fails_or_works(host.module(module, **options))
                        outside.must_be_untouched()
        with case('%s: once that has ended, the next runs do all of their work' % what):
            host.module('rollback', to='original')
            fails_or_works(host.module('harden'))
            result = host.module('harden')
            holds(not result.get('failed'), result['msg'])
            contains(host.read('etc/inittab'), '\n:dt:')


# ---- what is no file


def no_files(directory):
    def socket_at(path):
        with socket.socket(socket.AF_UNIX) as made:
            where = os.open(os.path.dirname(path), os.O_RDONLY)
            made.bind('/proc/self/fd/%d/%s' % (where, os.path.basename(path)))
            os.close(where)

    kinds = {'a FIFO': os.mkfifo, 'a directory': os.mkdir, 'a socket': socket_at}
    if IS_ROOT:
        kinds['a device'] = lambda path: os.mknod(path, 0o020600, os.makedev(1, 3))
    for what, make in kinds.items():
        with case('%s in place of any file of the profile: one sentence that names it, nothing hangs, nothing changes' % what):
            for number, path in enumerate(PROFILE_FILES):
                host = Host(os.path.join(directory, '%s-%d' % (what.replace(' ', '-'), number)))
                if os.path.exists(host.path(path)):
                    os.remove(host.path(path))
                make(host.path(path))
                before = host.files() if what == 'a directory' else None
                result = host.module('harden')
                holds(result.get('failed'), path + ' was taken')
                one_sentence(result['msg'])
                contains(result['msg'], '/' + path, what.replace('a ', ''))
                if before:
                    same_tree(host.files(), before)
    with case('a FIFO in place of a directory, of the history or of its lock: one sentence, and nothing hangs'):
        for number, (path, module) in enumerate([('etc', 'inetd'), ('var/bulwark', 'inetd'), (HISTORY, 'history_info'),
                                                 (HISTORY + '.lock', 'inetd')]):
            host = Host(os.path.join(directory, 'fifo-%d' % number))
            shutil.rmtree(host.path(path), ignore_errors=True)
            os.makedirs(os.path.dirname(host.path(path)), exist_ok=True)
            os.mkfifo(host.path(path))
            result = host.module(module, **(OFF if module == 'inetd' else {}))
            holds(result.get('failed'), path)
            one_sentence(result['msg'])
    with case('a file of ten gigabytes is refused with a sentence, without reading it into memory'):
        host = Host(os.path.join(directory, 'huge'))
        os.truncate(host.path('etc/inetd.conf'), 10 << 30)
        limit = ['prlimit', '--as=%d' % (256 << 20)]
        for module, options in (('harden', {}), ('inetd', OFF)):
            result = host.module(module, prefix=limit, **options)
            holds(result.get('failed'), 'it was taken')
            one_sentence(result['msg'])
            contains(result['msg'], '/etc/inetd.conf', '64 MiB')
        equal(os.path.getsize(host.path('etc/inetd.conf')), 10 << 30, 'size')


# ---- the history


def histories(directory):
    def prepared(name):
        host = Host(os.path.join(directory, name))
        return host, Outside(host.directory)

    for name, target in (('absolute', '{outside}/history.git'), ('relative', '../../../../outside/history.git')):
        host, outside = prepared(name)
        os.makedirs(os.path.dirname(host.history))
        os.symlink(target.format(outside=outside.path), host.history)
        with case('a history that is a link to outside (%s) is never followed there' % name):
            fails_or_works(traced(host, 'inetd', **OFF))
            outside.must_be_untouched()
    host, outside = prepared('lock')
    os.makedirs(os.path.dirname(host.history))
    os.symlink(os.path.join(outside.path, 'canary'), host.history + '.lock')
    with case('a lock that is a link is refused, and what it leads to is as it was'):
        result = traced(host, 'inetd', **OFF)
        holds(result.get('failed'), 'it was taken')
        one_sentence(result['msg'])
        contains(result['msg'], HISTORY + '.lock', 'link')
        outside.must_be_untouched()
    sentence = 'a history that belongs to somebody else is refused with a sentence that says to whom, and is left as it is'
    if not IS_ROOT:
        skip(sentence, 'only root can give one away')
        return
    host, outside = prepared('owner')
    host.changes('inetd', **OFF)
    os.chown(host.history, NOBODY, NOBODY)
    with case(sentence):
        before = tree(host.history, times=True)
        for module, options in (('inetd', {'name': 'time', 'state': 'disabled'}), ('rollback', {'to': 'original'}),
                                ('history_info', {})):
            result = host.module(module, **options)
            holds(result.get('failed'), module + ' takes it')
            one_sentence(result['msg'])
            contains(result['msg'], 'belongs to user %d' % NOBODY)
        same_tree(tree(host.history, times=True), before)


# ---- names


NAMES = ['line\nbreak', 'red\x1b[31m', 'bell\x07', 'tab\there', 'back\\slash', 'caf\xe9', '-rf', ' ', '$(id)', '"', "'"]


def names(directory):
    host = Host(directory)
    for name in NAMES:
        host.write('#!/bin/ksh\n', 'etc/rc.d', name)
    before = host.files()
    move = {'path': '/etc/rc.d', 'state': 'moved', 'dest': '/etc/rc.d.off'}
    with case('names with newlines, escape sequences and other bytes are moved and brought back, or refused in one sentence'):
        result = host.module('file', diff=True, **move)
        fails_or_works(result)
        if result.get('failed'):
            same_tree(host.files(), before)
        else:
            equal(sorted(os.listdir(os.fsencode(host.path('etc/rc.d.off')))), sorted(os.fsencode(n) for n in NAMES))
            host.sound_history()
            host.changes('rollback', to='original')
            same_tree(host.files(), before)
    with case('what is printed of such names on a terminal has no byte that a terminal obeys'):
        for name in NAMES:
            for command in (['file', '--path', '/etc/rc.d/' + name, '--state', 'absent', '--check', '--diff'],
                            ['file', '--path', '/etc/rc.d/' + name + '/x', '--state', 'absent']):
                done = host.command(*command, '--root', host.root)
                said = (done.stdout + done.stderr).decode('latin-1')
                lacks(said, '\x1b', '\x07', 'line\nbreak')


# ---- what is kept


def permissions(directory):
    host = Host(directory)
    conf, inittab = host.path('etc/inetd.conf'), host.path('etc/inittab')
    os.chmod(conf, 0o640)
    for user, what in ((NOBODY, 'r'), (1, 'rw')):
        done = call('setfacl', '-m', 'u:%d:%s' % (user, what), conf)
        holds(done.returncode == 0, done.stderr.decode())
    os.link(inittab, inittab + '.linked')

    def facts():
        status = os.stat(inittab)
        return [call('getfacl', '-n', '-p', conf).stdout.decode(), status.st_ino, status.st_nlink, oct(status.st_mode)]

    before = facts()
    texts = [host.read('etc/inetd.conf'), host.read('etc/inittab')]
    for module, options in (('harden', {}), ('rollback', {'to': 'original'})):
        with case('%s keeps access control lists and hard links' % module):
            result = host.module(module, **options)
            holds(result['changed'] and not result.get('failed'), result['msg'])
            equal(facts(), before)
            equal(host.read('etc/inittab.linked'), host.read('etc/inittab'), 'the other name of inittab')
            holds((module == 'rollback') == ([host.read('etc/inetd.conf'), host.read('etc/inittab')] == texts), 'texts')


if __name__ == '__main__':
    run_tests(links, races, no_files, histories, names, permissions)
