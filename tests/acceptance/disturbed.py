"""What kill.py, faults.py and power_loss.py share: scenes, and a library that disturbs the binary at one of its calls.

A scene is a command on a host prepared for it. The library (tests/support/disturb.c) is loaded before libc, sees every call
of the binary that changes a file, and ends or fails it at the one that it is told. It also stops the clock, so that every
run of a scene writes the same commits and makes the same calls in the same order.
"""
import collections
import contextlib
import functools
import json
import multiprocessing
import os
import re
import shutil
import stat
import tempfile

from lib import BINARY, HISTORY, SAMPLE, SYSTEM_PATH, TESTS, Host, call, case, environment, equal, holds, write

LONG = os.environ.get('BULWARK_TESTS_LONG') == '1'
QUICK = os.environ.get('BULWARK_TESTS_QUICK') == '1'  # a few points of each kind, by a test of something else
ADMINISTRATION = 'var/bulwark'
MOVE = ['path', '--path', '/etc/rc.d', '--state', 'moved', '--dest', '/etc/rc.d.off']
NOTHING_TO_DO = ['inetd', '--service', 'no-such-service', '--state', 'disabled']
TEMPORARY = re.compile(
    r'(^|/)(\.bulwark-[^/]*|tmp_[^/]*|history\.git\.(new|running)|[^/]*\.git/.*\.lock|_git2_[^/]*)$')
LONG_AGO = 1700000000

Call = collections.namedtuple('Call', 'name path path2 number data')


# ---- the library


@functools.lru_cache(maxsize=None)
def library(directory):
    path = os.path.join(directory, 'disturb.so')
    done = call('cc', '-Wall', '-Werror', '-shared', '-fPIC', '-O1', '-o', path,
                os.path.join(TESTS, 'support', 'disturb.c'), '-ldl')
    holds(done.returncode == 0, done.stderr.decode())
    return path


def calls_of(log):
    """What the library recorded."""
    with open(log, 'rb') as file:
        text = file.read()
    calls, at = [], 0
    while at < len(text):
        end = text.index(b'\n', at)
        name, path, path2, number, size = text[at:end].decode('latin-1').split('\t')
        calls.append(Call(name, path, path2, int(number), text[end + 1:end + 1 + int(size)]))
        at = end + int(size) + 2
    return calls


# ---- trees


def copy(source, target):
    """As `cp -a` does, hard links included; a process for each of thousands of copies would take too long."""
    links = {}
    os.mkdir(target)
    for entry in os.scandir(source):
        path, status = os.path.join(target, entry.name), entry.stat(follow_symlinks=False)
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), path)
            continue
        if entry.is_dir():
            copy(entry.path, path)
        elif status.st_ino in links:
            os.link(links[status.st_ino], path)
            continue
        else:
            links[status.st_ino] = path
            with open(entry.path, 'rb') as old, open(path, 'wb') as new:
                new.write(old.read())
        if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(path, status.st_uid, status.st_gid)
        os.chmod(path, status.st_mode & 0o7777)


def look_at(directory, below=''):
    """Path -> (content or target, mode, owner, group), of everything there."""
    found = {}
    for entry in os.scandir(directory):
        path, status, content = below + entry.name, entry.stat(follow_symlinks=False), None
        if entry.is_symlink():
            content = os.readlink(entry.path)
        elif entry.is_dir():
            found.update(look_at(entry.path, path + '/'))
        else:
            with open(entry.path, 'rb') as file:
                content = file.read()
        found[path] = (content, status.st_mode, status.st_uid, status.st_gid)
    return found


def split(state):
    """The files of the host, and those of the history."""
    history = {path: facts for path, facts in state.items() if path.startswith(ADMINISTRATION)}
    return {path: facts for path, facts in state.items() if path not in history}, history


def fingerprint(state):
    return hash(tuple(sorted(state.items(), key=lambda item: item[0])))


def differing(one, other):
    return ', '.join(path for path in sorted(set(one) | set(other)) if one.get(path) != other.get(path))


# ---- scenes


class Scene:
    """A command on a host that is prepared anew for every run."""

    MORE = []  # options of every run

    def __init__(self, name, command, prepare, directory):
        self.name, self.command = name, command
        self.directory = os.path.join(directory, name.replace(' ', '-'))
        self.library = library(directory)
        os.makedirs(self.directory)
        self.start = os.path.join(self.directory, 'start')
        self.make_start()
        prepare(self)
        self.before = split(look_at(self.start))[0]
        self.root, self.log = self.watch('writing')
        self.after = split(look_at(self.root))[0]
        self.strictest = {path: self.before.get(path, facts)[1] | facts[1] for path, facts in self.after.items()}
        self.sound = set()

    def make_start(self):
        copy(SAMPLE, self.start)
        os.makedirs(os.path.join(self.start, 'var', 'adm'), exist_ok=True)

    def fresh(self, name):
        root = os.path.join(self.directory, name)
        if os.path.exists(root):
            shutil.rmtree(root)
        copy(self.start, root)
        return root

    def remove(self, root):
        """With what is beside it."""
        shutil.rmtree(root)
        shutil.rmtree(root + '.host', ignore_errors=True)

    def kept(self, root):  # pylint: disable=unused-argument
        """What commands have made the pretended host keep in memory, where there are any."""
        return {}

    def environment(self, root, **more):  # pylint: disable=unused-argument
        return environment(**more)

    def run(self, root, command, *more, prefix=(), **env):
        return call(*prefix, BINARY, *command, *self.MORE, '--root', root, *more, env=self.environment(root, **env))

    def prepare_with(self, *command):
        """Goes before, on the host that all runs start from."""
        done = self.run(self.start, command, LD_PRELOAD=self.library, DISTURB_TIME=str(LONG_AGO - 1))
        holds(done.returncode == 0, done.stderr.decode())

    def disturbed(self, root, calls='writing', **how):
        return self.run(root, self.command, LD_PRELOAD=self.library, DISTURB_CALLS=calls, DISTURB_TIME=str(LONG_AGO), **how)

    def watch(self, calls):
        """What the undisturbed command leaves, and its calls of that kind."""
        root, log = self.fresh('root'), os.path.join(self.directory, 'log')
        done = self.disturbed(root, calls, DISTURB_LOG=log)
        holds(done.returncode == 0, '%s: %s' % (self.name, done.stderr.decode()))
        made = calls_of(log)
        os.remove(log)
        return root, made

    # -- what has to hold, whatever has happened

    def must_be_whole(self, state):
        """Every file is as before or as after, and readable by nobody who could not read it before."""
        files, history = split(state)
        for path, facts in files.items():
            if TEMPORARY.search(path):
                self.must_be_private(path, facts)
            elif facts not in (self.before.get(path), self.after.get(path)) and not self.torn(path):
                raise AssertionError('%s is neither old nor new' % path)
            elif path in self.after:
                equal(facts[1] & ~self.strictest[path] & 0o7777, 0, 'permissions that %s had neither before nor after' % path)
        lost = [path for path in self.before if path in self.after and path not in files]
        equal(lost, [], 'files that are gone')
        for path in (HISTORY, HISTORY + '.new', HISTORY + '.lock', HISTORY + '.running', ADMINISTRATION):
            equal(history.get(path, (None, 0))[1] & 0o077, 0, 'permissions of %s for others' % path)

    def is_after(self, files):
        return files == self.after

    def must_be_private(self, path, facts):
        """A temporary file has the permissions of the file that it becomes, and those only once it says the same."""
        directory = os.path.dirname(path)
        allowed = [mode for other, (content, mode, *_) in self.after.items()
                   if os.path.dirname(other) == directory and content == facts[0]]
        if facts[1] & 0o077 and not stat.S_ISLNK(facts[1]):
            holds(any(facts[1] & 0o7777 & ~mode == 0 for mode in allowed), '%s has mode %o' % (path, facts[1]))

    def torn(self, path):
        """A file with several hard links is rewritten in place: the history, not the file system, makes it whole again."""
        path = os.path.join(self.start, path)
        return os.path.isfile(path) and os.lstat(path).st_nlink > 1

    def must_recover(self, root):
        """A run that has nothing to do brings all to before or after, and the repeated run to after."""
        recovery = self.run(root, NOTHING_TO_DO)
        holds(recovery.returncode == 0, 'the next run failed: %s' % recovery.stderr.decode())
        files, history = split(look_at(root))
        holds(files in (self.before, self.after), 'the next run left neither before nor after: %s %s' % (
            differing(files, self.before), recovery.stderr.decode()))
        equal([path for path in history if TEMPORARY.search(path)], [], 'temporary files in the history')
        self.must_have_sound_history(root, history)
        self.must_complete(root)

    def must_complete(self, root):
        again = self.run(root, self.command)
        holds(again.returncode == 0, 'the run could not be completed: %s' % again.stderr.decode())
        files, history = split(look_at(root))
        holds(files == self.after, 'completed, it is not as after: %s' % differing(files, self.after))
        equal([path for path in history if TEMPORARY.search(path)], [], 'temporary files in the history')
        self.must_have_sound_history(root, history)
        second = self.run(root, self.command, '--check')
        holds(second.returncode == 0, 'one more run would change something: %s' % second.stdout.decode())
        self.must_have_run_commands(root)

    def must_have_run_commands(self, root):
        """Where there are any."""

    def must_have_sound_history(self, root, history):
        """git is asked once for each that looks different."""
        known = fingerprint(history)
        if known in self.sound or HISTORY not in history:
            return
        done = self.call_git(root, 'fsck', '--strict', '--no-dangling')
        said = [line for line in (done.stdout + done.stderr).decode().splitlines()
                if 'unborn branch' not in line and 'No default references' not in line]
        equal((done.returncode, said), (0, []), 'git fsck')
        self.sound.add(known)

    def call_git(self, root, *arguments):
        return call('git', '--git-dir', os.path.join(root, HISTORY), *arguments,
                    env=environment(HOME=self.directory, GIT_CONFIG_NOSYSTEM='1'))

    def git(self, root, *arguments):
        """What git says; nothing where there is no history yet."""
        return self.call_git(root, *arguments).stdout.decode()


class LiveScene(Scene):
    """The same on a host whose commands are pretended: what they keep is beside its tree, and copied with it."""

    MORE = ['--refresh', 'always']

    def make_start(self):
        super().make_start()
        self.commands = os.path.join(self.directory, 'commands')
        shutil.copytree(os.path.join(TESTS, 'stand_ins'), self.commands)
        shutil.copy(shutil.which('sh'), os.path.join(self.commands, 'ksh'))
        host = Host.__new__(Host)
        host.root, host.state = self.start, self.start + '.host/state'
        for name in 'inetd', 'snmpd':
            host.set_state('subsystems/' + name, 'active')
        host.set_state('options/bcastping', '1')
        host.load_inetd()
        host.write('root:!:%d:%d::/:/usr/bin/ksh\nuucp:!:5:5::/usr/lib/uucp:\n' % (os.geteuid(), os.getegid()), 'etc/passwd')
        host.write(START_SCRIPT % os.path.join(self.commands, 'ksh'), 'etc/rc.tcpip')
        host.write('', 'var/spool/cron/crontabs/root')
        self.adopt(self.start)

    def is_after(self, files):
        """A crontab that goes is removed by `crontab -r`, or by the next run's if that failed."""
        to_go = [path for path in self.before if path.startswith('var/spool/cron') and path not in self.after]
        return {path: facts for path, facts in files.items() if path not in to_go} == self.after

    def adopt(self, root):
        """The stand-ins look for what they keep beside the directory in which they are found."""
        write(root, root + '.host/state/root')
        os.symlink(self.commands, root + '.host/bin')

    def fresh(self, name):
        root = super().fresh(name)
        shutil.rmtree(root + '.host', ignore_errors=True)
        os.mkdir(root + '.host')
        copy(self.start + '.host/state', root + '.host/state')
        self.adopt(root)
        return root

    def environment(self, root, **more):
        return environment(PATH=root + '.host/bin:' + SYSTEM_PATH, **more)

    def kept(self, root):
        """What the pretended host has in memory."""
        return {path: facts[0] for path, facts in look_at(root + '.host/state').items() if path not in ('log', 'root')}

    def watch(self, calls):
        root, made = super().watch(calls)
        self.memory = self.kept(root)
        return root, made

    def must_have_run_commands(self, root):
        equal(self.kept(root), self.memory, 'what the commands have done')


# ---- what the scenes are prepared with


def nothing(_scene):
    pass


def hardened(scene):
    scene.prepare_with('harden')


def linked(scene):
    conf = os.path.join(scene.start, 'etc/inetd.conf')
    os.link(conf, conf + '.link')


def with_rc_d(scene):
    rc_d = os.path.join(scene.start, 'etc/rc.d')
    for name in 'init.d', 'rc2.d', 'empty':
        os.makedirs(os.path.join(rc_d, name))
    os.chmod(os.path.join(rc_d, 'empty'), 0o700)
    with open(os.path.join(rc_d, 'init.d/ssh'), 'w') as script:
        script.write('#!/bin/ksh\n')
    os.symlink('../init.d/ssh', os.path.join(rc_d, 'rc2.d/S01ssh'))


def without_rc_d(scene):
    with_rc_d(scene)
    scene.prepare_with(*MOVE)


START_SCRIPT = '#!%s\nstart /usr/sbin/gated "$src_running"\nstart /usr/sbin/inetd "$src_running"\n'
RULES = [{'id': 'root', 'crontab': {'jobs': [{'name': 'a', 'minute': '1', 'job': '/bin/a'}]}},
         {'id': 'uucp', 'crontab': {'user': 'uucp', 'jobs': [{'name': 'b', 'minute': '2', 'job': '/bin/b'}]}},
         {'id': 'option', 'network_options': {'options': {'bcastping': 0}}},
         {'id': 'script', 'rc_script': {'name': 'gated', 'now': False, 'state': 'disabled'}},
         {'id': 'service', 'inetd': {'name': 'echo', 'state': 'disabled'}},
         {'id': 'daemon', 'subsystem': {'name': 'snmpd', 'state': 'inoperative'}}]
COMMANDS = ['harden', '--profile', 'none', '--rules', json.dumps(RULES)]


def with_commands_run(scene):
    scene.prepare_with(*COMMANDS)


ROLLBACK = ['rollback', '--to', 'original']
KEEPING_LINKS = ['harden', '--hard-links', 'keep']
SCENES = [('harden', ['harden'], nothing), ('harden with a hard-linked inetd conf', KEEPING_LINKS, linked),
          ('rollback', ROLLBACK, hardened), ('moving a directory', MOVE, with_rc_d),
          ('moving it back', ROLLBACK, without_rc_d)]
LIVE_SCENES = [('running commands', COMMANDS, nothing), ('rolling them back', ROLLBACK, with_commands_run)]


# ---- trying many points


@contextlib.contextmanager
def scratch(directory):
    """On a disk in memory where there is one: what is tested is the order of calls, not the speed of a disk."""
    if not os.access('/dev/shm', os.W_OK):
        yield directory
        return
    with tempfile.TemporaryDirectory(prefix='bulwark-acceptance-', dir='/dev/shm') as place:
        yield place


def spread(points, most):
    """Evenly, the first and the last included; all of them in the long form."""
    points = list(points)
    most = min(most, 8) if QUICK else most
    if LONG or len(points) <= most:
        return points
    return [points[i * (len(points) - 1) // (most - 1)] for i in range(most)]


_work = None
_points_tried = 0


def _try(point):
    try:
        return _work(point), None
    except AssertionError as failure:
        return None, 'at %s: %s' % (point, ' '.join(str(failure).split())[:600])


def try_all(work, points):
    """(what work returned, what was wrong) for each point. Each processor takes parts that are neighbours, for which git
    is asked less often."""
    global _work
    _work = work
    processors = os.cpu_count() or 1
    with multiprocessing.get_context('fork').Pool(processors) as pool:
        return pool.map(_try, points, max(1, len(points) // (4 * processors)))


def all_well(sentence, work, points, outcomes=None):
    """One line of the report for many points."""
    global _points_tried
    _points_tried += len(points)
    with case(sentence):
        holds(points, 'there is no point to try')
        done = try_all(work, points)
        wrong = [failure for _, failure in done if failure]
        if outcomes is not None:
            outcomes.update(outcome for outcome, failure in done if not failure)
        holds(not wrong, '%d of %d points:\n%s' % (len(wrong), len(points), '\n'.join(wrong[:10])))


def tell_points(what):
    """What tests/run.sh shows beside the number of sentences: `what` has a place for the number of all points tried."""
    print('# ' + what % _points_tried)
