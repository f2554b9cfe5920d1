#!/usr/bin/python3 -B
"""Kills the real binary before every system call that writes, and looks at what the next run finds.

A run of `harden`, one of `rollback` and others are watched once to learn the calls; then each is repeated on a fresh copy of
the host once for each of them, and killed there. After each: every file is wholly old or wholly new, and nobody can read
what he could not read before; a run with nothing to do brings the tree to exactly before or exactly after; git finds no
fault in the history; the repeated run completes and leaves nothing behind; one more changes nothing.

The killing is done from inside (disturb.c). The long form does all of it once more from outside, by strace.
"""
import collections
import re
import shutil
import signal

from disturbed import LIVE_SCENES, LONG, QUICK, SCENES, LiveScene, Scene, all_well, look_at, scratch, spread, tell_points
from lib import BINARY, call, case, equal, holds, run_tests

WRITING = ('write pwrite64 ftruncate fsync fdatasync rename renameat renameat2 link linkat unlink unlinkat mkdir mkdirat '
           'chmod fchmod fchmodat chown fchown fchownat symlink symlinkat setxattr fsetxattr removexattr fremovexattr '
           'utimes utimensat utime openat open creat rmdir mknod mknodat truncate fallocate').split()


def kill(scene, point):
    root = scene.fresh('killed-%d' % point)
    try:
        done = scene.disturbed(root, DISTURB_AT=str(point), DISTURB_DO='kill')
        equal(done.returncode, -signal.SIGKILL, 'exit status')
        check(scene, root)
    finally:
        shutil.rmtree(root)


def check(scene, root):
    scene.must_be_whole(look_at(root))
    scene.must_recover(root)


# ---- the same from outside


def traced(scene):
    """The calls that strace sees, as (name, ordinal among those of that name, whether it writes to a file)."""
    root = scene.fresh('traced')
    log = root + '.strace'
    call('strace', '-qq', '-o', log, '-e', 'trace=' + ','.join('?' + name for name in WRITING), BINARY, *scene.command,
         *scene.MORE, '--root', root, env=scene.environment(root, LD_PRELOAD=scene.library, DISTURB_TIME='1700000000'))
    seen, points = collections.Counter(), []
    with open(log, errors='replace') as lines:
        for line in lines:
            match = re.match(r'(\w+)\((.*)', line)
            if not match:
                continue
            name, arguments = match.groups()
            seen[name] += 1
            if name.startswith('open') and not re.search(r'O_(CREAT|WRONLY|RDWR|TRUNC)', line):
                continue
            if name == 'write' and arguments.startswith(('1,', '2,')):
                continue
            points.append((name, seen[name]))
    return points


PLAIN = {'pwrite64': 'write', 'openat': 'open', 'renameat': 'rename', 'renameat2': 'rename', 'unlinkat': 'unlink',
         'mkdirat': 'mkdir', 'linkat': 'link', 'fchmod': 'chmod', 'fchmodat': 'chmod', 'fchown': 'chown', 'fchownat': 'chown',
         'symlinkat': 'symlink', 'fsetxattr': 'setxattr', 'fremovexattr': 'removexattr', 'utimensat': 'utimes'}


def same_calls(scene, points):
    ours = [{'rmdir': 'unlink'}.get(seen.name, seen.name) for seen in scene.log]
    outside = [{'rmdir': 'unlink'}.get(name, PLAIN.get(name, name)) for name, _ in points]
    equal(ours, outside, 'the calls that count')


def strace_kill(scene, point):
    name, ordinal = point
    root = scene.fresh('straced-%s-%d' % point)
    try:
        done = call('strace', '-qq', '-o', '/dev/null', '-e', 'trace=' + name, '-e',
                    'inject=%s:signal=KILL:when=%d' % point, BINARY, *scene.command, *scene.MORE, '--root', root,
                    env=scene.environment(root, LD_PRELOAD=scene.library, DISTURB_TIME='1700000000'))
        holds(done.returncode == -signal.SIGKILL, 'it was not killed')
        check(scene, root)
    finally:
        shutil.rmtree(root)


def killed_anywhere(directory):
    with scratch(directory) as directory:
        for kind, name, command, prepare in [(Scene, *scene) for scene in SCENES] + [(LiveScene, *scene) for scene in LIVE_SCENES]:
            scene = kind(name, command, prepare, directory)
            holds(scene.before != scene.after, name + ' changes nothing')
            points = range(1, len(scene.log) + 1)
            points = spread(points, 8) if QUICK else points
            all_well('%s, killed before each of %d of its %d writing calls, leaves all as before or as after'
                     % (name, len(points), len(scene.log)), lambda point: kill(scene, point), points)
            outside = traced(scene)
            with case('%s: strace sees the same %d writing calls in the same order' % (name, len(outside))):
                same_calls(scene, outside)
            if LONG:
                all_well('%s, killed by strace before each of %d writing system calls, too' % (name, len(outside)),
                         lambda point: strace_kill(scene, point), outside)
            shutil.rmtree(scene.directory)
    tell_points('killed at %d points')


if __name__ == '__main__':
    run_tests(killed_anywhere)
