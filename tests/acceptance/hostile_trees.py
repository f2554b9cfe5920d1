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

import straced
from lib import (BINARY, HISTORY, IS_ROOT, NOBODY, Host, call, case, contains, equal, holds, lacks, one_sentence,
                 read, run_tests, same_tree, skip, tree, write)

OFF = {'name': 'echo', 'state': 'disabled'}
PROFILE_FILES = ['etc/inittab', 'etc/inetd.conf', 'etc/rc.tcpip', 'etc/rc.nfs', 'etc/syslog.conf', 'etc/ftpusers', 'etc/rc.no',
                 'var/adm/auth.log']
# What every program reads that uses libc, before main and for the time zone; docs/guarantees.md names the same.
ALLOWED = re.compile(r'/etc/(ld\.so\.(cache|preload)|localtime)$|/(usr/)?lib/([^/]+/)?(libc|ld-linux-[^/]+)\.so\.\d+$'
                     r'|/usr/lib/locale/|/usr/share/(locale|zoneinfo)/|/tmp/bulwark-private-\w{12}(/lock)?$')
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
    found = set()
    for call_ in straced.calls(log):
        if call_.name != 'execve':
            found.update(filter(None, [straced.opened(call_), *map(straced.full, call_.paths)]))
    ways = {root[:end] for end in [i for i, c in enumerate(root) if c == '/'][1:]} | {'/', program, '/dev/null'}
    return sorted(path for path in found
                  if not (path + '/').startswith(root + '/') and path not in ways and not ALLOWED.search(path)
                  and not path.startswith(('/proc/', 'pipe:', '/dev/pts')))


def traced(host, module, **options):
    """Its result, held to naming nothing outside."""
    log = os.path.join(host.directory, 'strace')
    result = host.module(module, prefix=straced.words(log), **options)
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


# ---- directories that others can write to

ADM, ALICE = 4, 4004


def as_alice(*command):
    """A member of group adm, in a directory that is root's and adm's, as /var/adm is on AIX."""
    done = call('setpriv', '--reuid', str(ALICE), '--regid', str(ADM), '--clear-groups', *command)
    holds(done.returncode == 0, done.stderr.decode())


def shared_directories(directory):
    sentence = 'a link of another in a directory that he can write to is not followed'
    if not IS_ROOT:
        skip(sentence, 'only root can lay it out')
        return

    def host_with(name):
        host = Host(os.path.join(directory, name))
        for path in [directory, host.directory, host.root]:
            os.chmod(path, 0o755)
        os.chown(host.path('var/adm'), 0, ADM)
        os.chmod(host.path('var/adm'), 0o775)
        host.write('root: password = x\n', 'etc/security/passwd')
        os.chmod(host.path('etc/security/passwd'), 0o600)
        return host

    for target in '/etc/nologin', '/etc/security/passwd', '../../etc/security/passwd', '/etc/inetd.conf':
        host = host_with('link-' + target.replace('/', '-'))
        as_alice('ln', '-s', target, host.path('var/adm/auth.log'))
        before = host.files()
        with case('%s: harden, syslog and file, check run or real, say which link (to %s) and change nothing' % (sentence, target)):
            for module, options in (('harden', {}), ('syslog', {'selector': 'auth.info', 'destination': '/var/adm/auth.log'}),
                                    ('path', {'path': '/var/adm/auth.log', 'mode': '0644'})):
                for check in True, False:
                    result = host.module(module, check=check, **options)
                    holds(result.get('failed'), module + ' follows it')
                    contains(result['msg'], 'the symbolic link /var/adm/auth.log of user %d in /var/adm' % ALICE, 'chown -h')
                    lacks(result['msg'], '\n')
            same_tree(host.files(), before)
    host = host_with('placed-later')
    with case('so it is in a rollback, in verify, and in a later run, which speak of that file alone'):
        host.changes('harden')
        host.write('a login\n', 'var/adm/auth.log')
        os.remove(host.path('var/adm/auth.log'))
        as_alice('ln', '-s', '/etc/security/passwd', host.path('var/adm/auth.log'))
        drift = {entry['path']: entry['what'] for entry in host.module('history_info', verify=True)['drift']}
        contains(drift['/var/adm/auth.log'], 'is reached through the symbolic link')
        result = host.module('rollback', to='original')
        holds(result.get('failed'), 'rollback follows it')
        contains(result['msg'], 'the symbolic link /var/adm/auth.log of user %d' % ALICE)
        equal(host.read('etc/security/passwd'), 'root: password = x\n')
        os.remove(host.path('var/adm/auth.log'))
        host.changes('rollback', to='original')
    host = host_with('logs')
    with case('the logs of the profile are made in /var/adm all the same, and a finding tells who else can write there'):
        foreseen = host.module('harden', check=True, diff=True)
        result = host.module('harden', diff=True)
        equal(result['diff'], foreseen['diff'])
        rule = next(rule for rule in result['rules'] if rule['id'] == 'syslog-rules')
        contains(' '.join(rule['findings']), '/var/adm/auth.log can be removed or exchanged by group ', 'can write to /var/adm')
        equal(oct(os.stat(host.path('var/adm/auth.log')).st_mode), '0o100640')
    host = host_with('named-twice')
    with case('a log that is another name of a file (a hard link) in such a directory is refused'):
        os.link(host.path('etc/security/passwd'), host.path('var/adm/auth.log'))
        for check in True, False:
            contains(host.module('harden', check=check)['msg'], '/var/adm/auth.log has other names (hard links)')
    host = host_with('trusted')
    with case('a link of root is followed there, and any link where only root can write'):
        os.makedirs(host.path('logs'))
        os.symlink('/logs/auth.log', host.path('var/adm/auth.log'))
        host.write('', 'logs/auth.log')
        os.rename(host.path('etc/inetd.conf'), host.path('logs/inetd.conf'))
        os.symlink('../logs/inetd.conf', host.path('etc/inetd.conf'))
        os.lchown(host.path('etc/inetd.conf'), ALICE, ADM)
        host.changes('harden')
        holds(os.path.islink(host.path('etc/inetd.conf')) and os.path.islink(host.path('var/adm/auth.log')), 'a link is gone')
        contains(host.read('logs/inetd.conf'), '\n#shell')


def nothing_through_a_link(directory):
    for what, link, target in (('to what the same run makes', 'etc/ftpusers', 'rc.no'), ('to nowhere', 'etc/rc.no', '/var/rc.no'),
                               ('to a missing file', 'var/adm/mail.log', '/etc/nologin')):
        host = Host(os.path.join(directory, what.replace(' ', '-')))
        os.symlink(target, host.path(link))
        before = host.files()
        with case('nothing is made through a link %s: the file takes its place, check run and run say so in the same words' % what):
            check, run = (host.module('harden', check=check, diff=True) for check in (True, False))
            equal([check[key] for key in ('diff', 'files', 'warnings')], [run[key] for key in ('diff', 'files', 'warnings')])
            contains(' '.join(run['warnings']), '/%s is a symbolic link to %s' % (link, target), 'takes the place of the link')
            holds(os.path.isfile(host.path(link)) and not os.path.islink(host.path(link)), 'it is no file')
            holds(target == 'rc.no' or not os.path.exists(host.path(target.lstrip('/'))), 'it was made behind the link')
            holds(not host.module('harden')['changed'], 'changed once more')
            holds(not host.module('history_info', verify=True)['drift'], 'drift')
        with case('a rollback brings the link %s back' % what):
            holds(not host.module('rollback', to='original').get('failed'), 'failed')
            same_tree(host.files(), before)
    host = Host(os.path.join(directory, 'one-file'))
    for what, join in (('a symbolic link', lambda old, new: os.symlink(os.path.basename(old), new)), ('a hard link', os.link)):
        with case('two recorded files that became one, by %s, are refused, and do not alternate from run to run' % what):
            for name in 'a', 'b':
                host.write('root\n', 'etc', name)
                host.module('path', path='/etc/' + name, mode='0600')
                host.module('path', path='/etc/' + name, state='absent')
                host.module('rollback', to='HEAD~1')
                host.module('path', path='/etc/' + name, mode='0640' if name == 'a' else '0600')
            os.remove(host.path('etc/b'))
            join(host.path('etc/a'), host.path('etc/b'))
            messages = [host.module('rollback', check=check, hard_links='keep', to='HEAD')['msg'] for check in (True, False)]
            equal(messages, ['/etc/a and /etc/b are the same file, by a link; name it in one way, nothing was changed'] * 2
                  if len(set(messages)) == 1 and '/etc/a and' in messages[0] else
                  ['/etc/b and /etc/a are the same file, by a link; name it in one way, nothing was changed'] * 2)
            os.remove(host.path('etc/b'))


# ---- trees that share files


def shared_trees(directory):
    host = Host(directory)
    other = os.path.join(directory, 'other')

    def link_all():
        shutil.rmtree(other, ignore_errors=True)
        shutil.copytree(host.root, other, symlinks=True, copy_function=os.link)
        return tree(other)

    before = link_all()
    conf = {'services': ['ftp'], 'state': 'disabled'}
    with case('a tree whose files are those of another (cp -al) is not changed, and the files are named'):
        for module, options, named in (('inetd', conf, '/etc/inetd.conf'), ('path', {'path': '/etc/inittab', 'mode': '0600'}, '/etc/inittab')):
            messages = [host.module(module, check=check, **options)['msg'] for check in (True, False)]
            equal(messages[0], messages[1])
            one_sentence(messages[0])
            contains(messages[0], named, 'hard_links: break', 'hard_links: keep')
        holds(host.module('harden').get('failed'), 'harden does')
        same_tree(tree(other), before)
    with case('hard_links: break gives it files of its own: text, mode and owner of the other tree stay'):
        host.changes('inetd', hard_links='break', **conf)
        host.changes('path', path='/etc/inittab', mode='0600', hard_links='break')
        host.changes('harden', hard_links='break')
        same_tree(tree(other), before)
        host.sound_history()
        host.changes('rollback', to='original', hard_links='break')
        same_tree(tree(other), before)
    before = link_all()
    with case('hard_links: keep changes both'):
        host.changes('inetd', hard_links='keep', **conf)
        equal(read(other, 'etc/inetd.conf'), host.read('etc/inetd.conf'))
        holds(tree(other) != before, 'it is as it was')


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


def history_by_other_names(directory):
    def a_link(host):
        os.symlink('/var/bulwark', host.path('etc/l'))
        return '/etc/l'

    def the_same_mounted_twice(host):
        os.mkdir(host.path('mnt'))
        done = call('mount', '--bind', host.path('var/bulwark'), host.path('mnt'))
        return '/mnt' if done.returncode == 0 else None

    for what, make in (('a link', a_link), ('a mount', the_same_mounted_twice)):
        host = Host(os.path.join(directory, what.replace(' ', '-')))
        host.changes('ftpusers', users=['a'])
        name = make(host)
        sentence = 'the history and its lock are neither read, changed, recorded nor removed by %s' % what
        if name is None:
            skip(sentence, 'this user cannot mount')
            continue
        with case(sentence):
            try:
                before = tree(host.history)
                for path in ('/history.git', '/history.git/objects', '/history.git/HEAD', '/history.git.lock',
                             '/history.git/refs/heads/main'):
                    for options in ({'state': 'absent'}, {'mode': '0600'}, {'state': 'moved', 'dest': '/etc/x'}):
                        for check in True, False:
                            result = host.module('path', check=check, path=name + path, **options)
                            holds(result.get('failed'), '%s %s' % (path, options))
                            contains(result['msg'], 'the history', 'option history')
                for module, options in (('syslog', {'selector': 'auth.info', 'destination': name + '/history.git/HEAD'}),
                                        ('rc_script', {'path': name + '/history.git/config', 'name': 'x', 'state': 'disabled'})):
                    for check in True, False:
                        holds(host.module(module, check=check, **options).get('failed'), module)
                same_tree(tree(host.history), before)
                host.sound_history()
                host.changes('ftpusers', users=['b'])
                host.changes('rollback', to='original')
            finally:
                if name == '/mnt':
                    call('umount', host.path('mnt'))
    host = Host(os.path.join(directory, 'hard'))
    host.changes('ftpusers', users=['a'])
    os.link(os.path.join(host.history, 'HEAD'), host.path('etc/head'))
    os.link(host.history + '.lock', host.path('etc/lock'))
    with case('nor by a hard link, in a tree or alone; and reading does not give up the lock'):
        os.mkdir(host.path('etc/d'))
        os.link(host.history + '.lock', host.path('etc/d/lock'))
        for path in '/etc/head', '/etc/lock', '/etc/d':
            messages = [host.module('path', check=check, path=path, state='absent', hard_links='break')['msg'] for check in (True, False)]
            equal(messages[0], messages[1])
            contains(messages[0], 'the history')
        log = os.path.join(host.directory, 'strace')
        host.module('path', path='/etc/lock', mode='0600', prefix=['strace', '-f', '-y', '-qq', '-o', log, '-e', 'trace=openat,open'])
        opened = [line for line in read(log).splitlines() if '.git.lock' in line.split('=')[-1] or '"lock"' in line]
        equal(len(opened), 1, 'how often the lock file is opened: %s' % opened)


# ---- names


NAMES = ['line\nbreak', 'red\x1b[31m', 'bell\x07', 'tab\there', 'back\\slash', 'caf\xe9', '-rf', ' ', '$(id)', '"', "'"]


def names(directory):
    host = Host(directory)
    for name in NAMES:
        host.write('#!/bin/ksh\n', 'etc/rc.d', name)
    before = host.files()
    move = {'path': '/etc/rc.d', 'state': 'moved', 'dest': '/etc/rc.d.off'}
    with case('names with newlines, escape sequences and other bytes are moved and brought back, or refused in one sentence'):
        result = host.module('path', diff=True, **move)
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
            for command in (['path', '--path', '/etc/rc.d/' + name, '--state', 'absent', '--check', '--diff'],
                            ['path', '--path', '/etc/rc.d/' + name + '/x', '--state', 'absent']):
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
            result = host.module(module, hard_links='keep', **options)
            holds(result['changed'] and not result.get('failed'), result['msg'])
            equal(facts(), before)
            equal(host.read('etc/inittab.linked'), host.read('etc/inittab'), 'the other name of inittab')
            holds((module == 'rollback') == ([host.read('etc/inetd.conf'), host.read('etc/inittab')] == texts), 'texts')


def extended_attributes(directory):
    host = Host(directory)
    conf = host.path('etc/inetd.conf')

    def attributes():
        return {name: os.getxattr(conf, name) for name in os.listxattr(conf)}

    wanted = {'user.x': b'text'}
    if IS_ROOT:
        wanted['trusted.t'] = b''
    try:
        for name, value in wanted.items():
            os.setxattr(conf, name, value)
        if IS_ROOT:
            os.setxattr(conf, 'security.capability', bytes.fromhex('0100000200200000000000000000000000000000'))
    except OSError as error:
        skip('extended attributes are kept', str(error))
        return
    with case('extended attributes are kept, and that file capabilities go with the text is told by check run and run'):
        foreseen = host.module('harden', check=True)
        result = host.module('harden')
        equal(attributes(), wanted)
        equal(result.get('warnings'), foreseen.get('warnings'), 'warnings')
        if IS_ROOT:
            contains(' '.join(result['warnings']), '/etc/inetd.conf loses its extended attribute security.capability')
        host.module('rollback', to='original')
        equal(attributes(), wanted)
    with case('an attribute that cannot be read is not written as an empty one, whichever reading fails'):
        for number in range(1, 100):
            result = host.module('inetd', service='echo', state='disabled', prefix=[
                'strace', '-f', '-qq', '-o', os.path.join(directory, 'log'), '-e', 'inject=fgetxattr:error=EIO:when=%d' % number])
            equal(attributes(), wanted, 'attributes after failing reading %d' % number)
            if not result.get('failed'):
                break
            one_sentence(result['msg'])
            contains(result['msg'], 'Input/output error')
        holds(number > 1, 'no reading failed')
    with case('what is lost where a file is removed or moved is told before'):
        for options in {'state': 'moved', 'dest': '/etc/inetd.old'}, {'state': 'absent'}:
            contains(' '.join(host.module('path', check=True, path='/etc/inetd.conf', **options)['warnings']),
                     'user.x, which the history does not hold')


if __name__ == '__main__':
    run_tests(links, races, shared_directories, nothing_through_a_link, shared_trees, no_files, histories, history_by_other_names, names,
              permissions, extended_attributes)
