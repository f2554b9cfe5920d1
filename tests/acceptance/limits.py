#!/usr/bin/python3 -B
"""What the system lets a process have is used up: sizes of files, descriptors, address space, processes, whoever reads.

Each limit is tried from too little to enough. Below that, one sentence, and every file is as before - or what faults.py
counts beside that, and the next run does the rest.
"""
import collections
import json
import os
import subprocess

from disturbed import ROLLBACK, LiveScene, all_well, hardened, look_at, nothing, scratch, split, spread, tell_points
from faults import OUTCOMES, judge, published, said_by, tell
from lib import (BINARY, IS_ROOT, NOBODY, Host, as_nobody, call, case, contains, environment, equal, one_sentence, run_tests,
                 same_tree, skip, write)



def limited(scene, limit, value):
    """Returns the outcome."""
    root = scene.fresh('%s-%d' % (limit, value))
    try:
        done = scene.run(root, scene.command, prefix=['prlimit', '--%s=%d' % (limit, value), '--core=0'])
        state = look_at(root)
        scene.must_be_whole(state)
        outcome = judge(scene, done.returncode, said_by(done, root), split(state)[0], lambda: published(scene, root))
        (scene.must_recover if outcome == OUTCOMES[3] else scene.must_complete)(root)
        return outcome
    except AssertionError as failure:
        raise AssertionError('%s, having said %r' % (failure, done.stderr)) from failure
    finally:
        scene.remove(root)


def starts(limit, value):
    """Whether the loader gets as far as the binary itself."""
    return call('prlimit', '--%s=%d' % (limit, value), BINARY, '--version').returncode == 0


def enough(scene, limit, least, most):
    """From where on all goes well: by halves, for all goes well with more of it."""
    while most - least > max(1, least // 64):
        middle = (least + most) // 2
        root = scene.fresh('enough')
        done = scene.run(root, scene.command, prefix=['prlimit', '--%s=%d' % (limit, middle), '--core=0'])
        least, most = (least, middle) if done.returncode == 0 else (middle, most)
        scene.remove(root)
    return most


def limits(directory):
    with scratch(directory) as directory:
        for name, command, prepare in [('harden', ['harden'], nothing), ('rollback', ROLLBACK, hardened)]:
            scene = LiveScene(name, command, prepare, directory)
            size = max(len(content or '') for content, *_ in scene.after.values())
            for limit, values in (
                    ('fsize', range(0, enough(scene, 'fsize', 0, 16 * size), 256)),
                    ('nofile', [value for value in range(3, enough(scene, 'nofile', 3, 64)) if starts('nofile', value)]),
                    ('as', [value for value in range(1 << 20, enough(scene, 'as', 1 << 20, 1 << 28), 1 << 15) if starts('as', value)])):
                points = spread(values, 40)
                outcomes = collections.Counter()
                all_well('%s with %d values of ulimit for %s that are too small: one sentence, and everything as before (or as the '
                         'documentation says)' % (name, len(points), limit),
                         lambda value, limit=limit: limited(scene, limit, value), points, outcomes)
                tell(outcomes)
    tell_points('the system gave too little in %d ways')


def file_sizes(directory):
    host = Host(directory)
    before = host.files()
    with case('a file that would be larger than the limit: Ansible and an operator are told of the limit'):
        for result in (host.module('harden', prefix=['prlimit', '--fsize=1000', '--core=0'])['msg'],
                       host.command('harden', '--root', host.root, prefix=['prlimit', '--fsize=1000', '--core=0']).stderr.decode()):
            contains(result, 'File too large', '1000 bytes', 'ulimit -f')
            one_sentence(result.rstrip('\n'))
        same_tree(host.files(), before)


def processes(directory):
    sentence = 'where no process can be had, a run that asks the host says so, and writes nothing'
    if not IS_ROOT:
        skip(sentence, 'root alone is another user, too')
        return
    host = Host(directory)
    host.go_live()
    for path in (host.root, host.state):
        for top, names, files in os.walk(path):
            for name in [top, *(os.path.join(top, name) for name in names + files)]:
                os.chown(name, NOBODY, NOBODY, follow_symlinks=False)
    before = host.files()
    with case(sentence):
        for check in (['--check'], []):
            done = host.command('harden', '--root', host.root, '--refresh', 'always', *check,
                                prefix=['prlimit', '--nproc=0', '--core=0', *as_nobody()])
            equal(done.returncode, 1, 'exit status')
            one_sentence(done.stderr.decode().rstrip('\n'))
            contains(done.stderr.decode(), 'Resource temporarily unavailable')
            same_tree(host.files(), before)


def nobody_reads(directory):
    for what, prefix in (('ends it', ()), ('is ignored', ['sh', '-c', 'trap "" PIPE; exec "$0" "$@"'])):
        host = Host(os.path.join(directory, what.replace(' ', '-')))
        with case('a run whose output nobody reads is done, and says so, where SIGPIPE %s' % what):
            read_end, write_end = os.pipe()
            os.close(read_end)
            done = subprocess.run([*prefix, BINARY, 'harden', '--root', host.root], env=environment(), stdin=subprocess.DEVNULL,
                                  stdout=write_end, stderr=subprocess.PIPE, restore_signals=True)
            os.close(write_end)
            equal((done.returncode, done.stderr.decode()), (
                1, 'bulwark: writing to standard output: Broken pipe; the run has ended all the same: bulwark history log tells '
                   'what it did\n'))
            contains(host.git('log', '-1', '--format=%s'), 'harden')
    with case('and a module has said it on standard error, for standard output is gone'):
        host = Host(os.path.join(directory, 'module'))
        program, arguments = os.path.join(directory, 'AnsiballZ_harden'), write(json.dumps({'root': host.root}), directory, 'args')
        os.symlink(BINARY, program)
        read_end, write_end = os.pipe()
        os.close(read_end)
        done = subprocess.run([program, arguments], env=environment(), stdin=subprocess.DEVNULL, stdout=write_end, stderr=subprocess.PIPE)
        os.close(write_end)
        equal(done.returncode, 1, 'exit status')
        one_sentence(done.stderr.decode().rstrip('\n'))


if __name__ == '__main__':
    run_tests(limits, file_sizes, processes, nobody_reads)
