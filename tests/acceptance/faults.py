#!/usr/bin/python3 -B
"""Lets the system calls of the real binary fail, one at a time, with what can go wrong there.

A call that fails makes the run fail with one sentence, and everything is as before; when it was interrupted, or wrote less
than it was given, the run goes on. Once the commit is published the files stay, and only what is left to do is done by the
next run. The next run, without the fault, does all of its work, and nothing temporary is left.

A fault that stays - a disk that is full from then on, a file system that the kernel has made read-only - can keep the run
from putting things back: then its sentence says so, and the next run does it.
"""
import collections
import errno
import functools
import shutil

from disturbed import (KEEPING_LINKS, ROLLBACK, TEMPORARY, Scene, all_well, differing, hardened, linked, look_at, nothing,
                       scratch, split, spread, tell_points)
from lib import HISTORY, contains, equal, holds, one_sentence, run_tests

MAKING = 'open,mkdir,rename,link,symlink'
FAULTS = [('ENOSPC', MAKING + ',write,fsync,setxattr'), ('EDQUOT', MAKING + ',write,fsync'),
          ('EIO', MAKING + ',look,read,write,fsync,ftruncate,chmod,chown,unlink,rmdir,removexattr,utimes'),
          ('EROFS', MAKING + ',ftruncate,chmod,chown,unlink,rmdir,utimes'), ('EACCES', MAKING + ',look,unlink,rmdir'),
          ('EMFILE', 'open,look')]
STAYING = [('ENOSPC', 'mkdir,rename,link,symlink,write'), ('EROFS', MAKING + ',write,ftruncate,chmod,unlink,rmdir,utimes')]
HARMLESS = [('EINTR', 'open,look,read,write,fsync,ftruncate'), ('short', 'write')]
OUTCOMES = ('everything as before', 'harmless', 'published already', 'put back by the next run')


def number_of(error):
    return error if error == 'short' else str(getattr(errno, error))


def goes_on(scene, error, calls, point):
    root = scene.fresh('%s-%d' % (error, point))
    try:
        done = scene.disturbed(root, calls, DISTURB_AT=str(point), DISTURB_DO=number_of(error))
        if error == 'EINTR' and HISTORY in calls_watched(scene, calls)[point - 1].path and done.returncode == 1:
            files = split(look_at(root))[0]  # libgit2 does not try again
            outcome = judge(scene, done.returncode, said_by(done, root), files, lambda: published(scene, root))
            holds(outcome in (OUTCOMES[0], OUTCOMES[2]), outcome)
            scene.must_complete(root)
            return 'failed within libgit2, ' + outcome
        equal((done.returncode, done.stderr), (0, b''), 'what it said')
        files, history = split(look_at(root))
        holds(files == scene.after, 'not as after: ' + differing(files, scene.after))
        scene.must_have_sound_history(root, history)
        scene.must_complete(root)
        return 'went on'
    finally:
        shutil.rmtree(root)


def keeps_from_removing(scene, calls, point):
    """Then the next run removes what is left."""
    call = calls_watched(scene, calls)[point - 1]
    return call.name in ('unlink', 'rmdir') or (call.name == 'look' and '/objects/' in call.path)


@functools.lru_cache(maxsize=None)
def calls_watched(scene, calls):
    return scene.watch(calls)[1]


def published(scene, root):
    return scene.git(root, 'log', '-1', '--format=%s', 'main').startswith(scene.command[0] + ':')


def said_by(done, root):
    """On standard error, with paths as short as on a real host."""
    return done.stderr.decode().rstrip('\n').replace(root, '')


def fails(scene, error, calls, point, stays=False):
    """Returns the outcome."""
    root = scene.fresh('%s-%d-%d' % (error, point, stays))
    try:
        done = scene.disturbed(root, calls, DISTURB_AT='%d%s' % (point, '+' if stays else ''), DISTURB_DO=number_of(error))
        state = look_at(root)
        scene.must_be_whole(state)
        outcome = judge(scene, done.returncode, said_by(done, root), split(state)[0], lambda: published(scene, root))
        if outcome != OUTCOMES[3]:
            left = [path for path in state if TEMPORARY.search(path)]
            if not stays and not keeps_from_removing(scene, calls, point):
                equal(left, [], 'temporary files')
            scene.must_have_sound_history(root, split(state)[1])
            scene.must_complete(root)
        else:
            scene.must_recover(root)
        return outcome
    except AssertionError as failure:
        raise AssertionError('%s, having said %r' % (failure, done.stderr)) from failure
    finally:
        shutil.rmtree(root)


def judge(scene, status, said, files, is_published):
    if status == 0:
        holds(files == scene.after, 'it says that all went well, but differs in ' + differing(files, scene.after))
        return OUTCOMES[1]
    equal(status, 1, 'exit status')
    one_sentence(said)
    if files == scene.before:
        return OUTCOMES[0]
    if scene.is_after(files) and is_published():
        return OUTCOMES[2]
    contains(said, 'the next run puts back')
    return OUTCOMES[3]


def tell(outcomes):
    print('  ' + ', '.join('%s: %d' % item for item in sorted(outcomes.items())))


def all_faults(scene, faults, most, stays=False):
    for error, calls in faults:
        possible = range(1, len(calls_watched(scene, calls)) + 1)
        points = spread(possible, most)
        outcomes = collections.Counter()
        all_well('%s: %s at %d of %d calls in turn%s: one sentence, and everything as before (or as the documentation says)'
                 % (scene.name, error, len(points), len(possible), ', and at all after it' if stays else ''),
                 lambda point: fails(scene, error, calls, point, stays), points, outcomes)
        tell(outcomes)


def faults_everywhere(directory):
    most = 25
    with scratch(directory) as directory:
        for name, command, prepare in [('harden', ['harden'], nothing),
                                       ('harden with a hard-linked inetd conf', KEEPING_LINKS, linked),
                                       ('rollback', ROLLBACK, hardened)]:
            scene = Scene(name, command, prepare, directory)
            for error, calls in HARMLESS:
                possible = range(1, len(calls_watched(scene, calls)) + 1)
                points = spread(possible, most)
                all_well('%s: %s at %d of %d calls in turn: the run goes on' % (
                    name, 'EINTR' if error == 'EINTR' else 'a short write', len(points), len(possible)),
                    lambda point: goes_on(scene, error, calls, point), points, outcomes := collections.Counter())
                tell(outcomes)
            all_faults(scene, FAULTS, most)
            all_faults(scene, STAYING, most, stays=True)
            shutil.rmtree(scene.directory)
    tell_points('a call failed, was interrupted or wrote less at %d points')


if __name__ == '__main__':
    run_tests(faults_everywhere)
