#!/usr/bin/python3 -B
"""The same on other machines: big-endian (s390x, in qemu) and 32 bit (i686), both compiled by the GCC 11 that AIX has.

usage: tests/long/portability.py [s390x | i686]

Builds with the presets of these names, and holds the builds against the one of this machine, which is to be there.
"""
import os
import re
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'acceptance'))
from lib import BINARY, TESTS, TOP, Host, call, case, contains, equal, holds, run_tests, same_tree

LOGS = os.path.join(TOP, 'build', 'logs')
MACHINES = {'s390x': 'big endian', 'i686': 'ELF32'}


def build(preset):
    """Into build/PRESET. What is said on the way is in build/logs."""
    os.makedirs(LOGS, exist_ok=True)
    log = os.path.join(LOGS, 'build-%s.log' % preset)
    with open(log, 'wb') as file:
        for argv in (['cmake', '--preset', preset], ['cmake', '--build', '--preset', preset]):
            done = subprocess.run(argv, cwd=TOP, stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False)
            holds(done.returncode == 0, '%s failed; see %s' % (' '.join(argv), log))
    contains(file_type(os.path.join(TOP, 'build', preset, 'bulwark')), MACHINES[preset])


def file_type(path):
    return call('readelf', '-h', path).stdout.decode()


def emulator(preset):
    cache = open(os.path.join(TOP, 'build', preset, 'CMakeCache.txt'), encoding='utf-8').read()
    found = re.search(r'^QEMU:\w+=(.*)$', cache, re.M)
    return [found.group(1)] if found else []


def unit_tests(preset):
    done = call(*emulator(preset), os.path.join(TOP, 'build', preset, 'bulwark_tests'), '--no-colors=true', timeout=14400)
    text = done.stdout.decode('utf-8', 'replace')
    counts = re.search(r'test cases: +(\d+) \| +(\d+) passed \| +(\d+) failed', text)
    holds(counts, 'no summary: ' + text[-2000:] + done.stderr.decode('utf-8', 'replace')[-2000:])
    equal((counts.group(3), done.returncode), ('0', 0), text[-6000:])
    holds(int(counts.group(2)) > 500, 'few tests have run: ' + counts.group(0))


def program(preset, directory):
    """What stands for build/PRESET/bulwark on this machine: itself, or a script that gives its own name to an emulator."""
    built = os.path.join(TOP, 'build', preset, 'bulwark')
    if not emulator(preset):
        return built
    path = os.path.join(directory, 'bulwark-' + preset)
    with open(path, 'w', encoding='utf-8') as file:
        file.write('#!/bin/sh\nexec %s -0 "$0" %s "$@"\n' % (shlex.join(emulator(preset)), shlex.quote(built)))
    os.chmod(path, 0o755)
    return path


# ---- one history, two machines


def harden(host, binary):
    host.binary = binary
    result = host.module('harden', profile='strict')
    holds(not result.get('failed'), result['msg'])
    return result


def tree_of(host):
    return host.git('rev-parse', 'HEAD^{tree}').strip()


def one_history(directory, writer, reader, names):
    os.mkdir(directory)
    host = Host(directory)
    before = host.files()
    with case('%s reads what %s wrote: every commit, and no drift' % names):
        holds(harden(host, writer)['changed'], 'nothing was hardened')
        hardened, written = host.files(), host.module('history_info', diffs=True)
        host.binary = reader
        found = host.module('history_info', diffs=True, verify=True)
        equal((found['commits'], found['drift']), (written['commits'], []), 'commits and drift')
        holds(len(found['commits']) >= 2, 'commits: %s' % found['commits'])
    with case('%s has nothing to do where %s has hardened' % names):
        equal(harden(host, reader)['changed'], False, 'changed')
    with case('%s rolls back what %s did, byte for byte, and the history stays sound' % names):
        back = host.module('rollback', to='original')
        holds(back['changed'] and not back.get('failed'), back['msg'])
        same_tree(host.files(), before)
        host.sound_history()
    with case('%s undoes the rollback that %s did' % names[::-1]):
        host.binary = writer
        undone = host.module('rollback', revert=back['commit'])
        holds(undone['changed'] and not undone.get('failed'), undone['msg'])
        same_tree(host.files(), hardened)
        equal(host.module('history_info', verify=True)['drift'], [], 'drift')
        host.sound_history()


def the_same_objects(directory, one, other):
    with case('both write the same bytes: the tree of the hardened host has the same id'):
        trees = []
        for name, binary in (('one', one), ('other', other)):
            os.mkdir(os.path.join(directory, name))
            host = Host(os.path.join(directory, name))
            harden(host, binary)
            trees.append(tree_of(host))
        equal(trees[0], trees[1], 'tree')


# ---- the builds


def cross_build(preset, what):
    def test(directory):
        with case('%s: all is compiled, without a warning, from what POSIX.1-2008 with XSI declares' % what):
            build(preset)
        if not os.path.exists(os.path.join(TOP, 'build', preset, 'bulwark_tests')):
            return
        with case('%s: the unit tests pass' % what):
            unit_tests(preset)
        foreign = program(preset, directory)
        with case('%s: every profile on every sample does the same' % what):
            done = call(sys.executable, '-B', os.path.join(TESTS, 'acceptance', 'samples.py'), timeout=14400,
                        env={**os.environ, 'BULWARK': foreign})
            lines = done.stdout.decode().splitlines()
            equal([line for line in lines if line.startswith('not ok')], [], done.stdout.decode()[-3000:])
            holds(done.returncode == 0 and sum(line.startswith('ok') for line in lines) > 150, done.stdout.decode()[-3000:])
        native = 'a %s-endian 64 bit build' % sys.byteorder
        one_history(os.path.join(directory, 'read'), BINARY, foreign, (what, native))
        one_history(os.path.join(directory, 'written'), foreign, BINARY, (native, what))
        the_same_objects(directory, BINARY, foreign)
    test.__name__ = preset
    return test


CROSS_BUILDS = {'s390x': 'big-endian, GCC 11', 'i686': '32 bit, GCC 11'}

if __name__ == '__main__':
    wanted = [preset for preset in CROSS_BUILDS if preset in sys.argv[1:]] or list(CROSS_BUILDS)
    run_tests(*[cross_build(preset, CROSS_BUILDS[preset]) for preset in wanted])
