#!/usr/bin/python3 -B
"""Gives the real binary no memory at one of its requests for some, and at one and all that come after.

A library that is loaded before libc (tests/support/starve.c) counts every call of malloc, calloc and realloc, those of
libgit2 and of libc among them, and fails it where it is told to. The outcomes are those of faults.py: one sentence, and
every file is as before - or the sentence says what else has become of it, and the next run does the rest.
"""
import collections
import functools
import json
import os

from disturbed import (LIVE_SCENES, LONG_AGO, SCENES, LiveScene, Scene, all_well, fingerprint, look_at, scratch, split,
                       spread, tell_points)
from faults import OUTCOMES, judge, published, said_by, tell
from lib import BINARY, TESTS, call, environment, equal, holds, one_sentence, parse_answer, read, run_tests, write

BEFORE_MAIN = 50  # requests of libc and of constants, at the most


@functools.lru_cache(maxsize=None)
def starving(directory):
    path = os.path.join(directory, 'starve.so')
    done = call('cc', '-Wall', '-Werror', '-shared', '-fPIC', '-O1', '-o', path, os.path.join(TESTS, 'support', 'starve.c'))
    holds(done.returncode == 0, done.stderr.decode())
    return path


class Starved:
    """Of a Scene."""

    def __init__(self, name, command, prepare, directory):
        self.starving = starving(directory)
        self.seen = set()
        super().__init__(name, command, prepare, directory)

    def starved(self, root, **env):
        return self.run(root, self.command, LD_PRELOAD=self.starving + ':' + self.library, DISTURB_TIME=str(LONG_AGO), **env)

    def requests(self):
        count = os.path.join(self.directory, 'count')
        done = self.starved(self.fresh('counted'), STARVE_COUNT=count)
        holds(done.returncode == 0, done.stderr.decode())
        return int(read(count))

    def next_run_must_do_the_rest(self, root, state, outcome):
        """Asked once for all points that leave the same: most leave everything as before."""
        left = (fingerprint(state), fingerprint(self.kept(root)), outcome)
        if left in self.seen:
            return
        if outcome == OUTCOMES[3]:
            self.must_recover(root)
        else:
            self.must_have_sound_history(root, split(state)[1])
            self.must_complete(root)
        self.seen.add(left)


class StarvedScene(Starved, Scene):
    pass


class StarvedLiveScene(Starved, LiveScene):
    pass


def starve(scene, point, stays):
    """Returns the outcome."""
    root = scene.fresh('starved-%d-%d' % (point, stays))
    try:
        done = scene.starved(root, STARVE_AT='%d%s' % (point, '+' if stays else ''))
        state = look_at(root)
        scene.must_be_whole(state)
        outcome = judge(scene, done.returncode, said_by(done, root), split(state)[0], lambda: published(scene, root))
        scene.next_run_must_do_the_rest(root, state, outcome)
        return outcome
    except AssertionError as failure:
        raise AssertionError('%s, having said %r' % (failure, done.stderr)) from failure
    finally:
        scene.remove(root)


def starve_module(scene, point, stays):
    """As Ansible asks: one line of JSON, whatever there is no memory for."""
    root = scene.fresh('module-%d-%d' % (point, stays))
    try:
        arguments = write(json.dumps({'root': root, '_ansible_diff': True}), root + '.host', 'args')
        program = os.path.join(root + '.host', 'AnsiballZ_' + scene.command[0])
        os.symlink(BINARY, program)
        answer = parse_answer(call(program, arguments, env=environment(
            LD_PRELOAD=scene.starving, STARVE_AT='%d%s' % (point, '+' if stays else ''))))
        if answer.get('failed'):
            one_sentence(answer['msg'])
        else:
            equal(split(look_at(root))[0] == scene.after, True, 'all is as after')
    finally:
        scene.remove(root)


def starve_everywhere(directory):
    most = 30
    with scratch(directory) as directory:
        kinds = [(StarvedScene, scene) for scene in SCENES] + [(StarvedLiveScene, scene) for scene in LIVE_SCENES]
        for kind, (name, command, prepare) in kinds:
            scene = kind(name, command, prepare, directory)
            possible = range(1, scene.requests() + 1)
            points = spread(possible, most)
            for stays, then in (False, ''), (True, ', and at all after it'):
                outcomes = collections.Counter()
                all_well('%s: no memory at %d of %d requests in turn%s: one sentence, and everything as before (or as the '
                         'documentation says)' % (name, len(points), len(possible), then),
                         lambda point, stays=stays: starve(scene, point, stays), points, outcomes)
                tell(outcomes)
                if name == 'harden':  # the first requests come before main, where nobody has told yet who asks
                    all_well('%s as a module: no memory at %d of them%s: one line of JSON' % (name, len(points), then),
                             lambda point, stays=stays: starve_module(scene, point, stays),
                             [point for point in points if point > BEFORE_MAIN])
    tell_points('memory ran out at %d points')


if __name__ == '__main__':
    run_tests(starve_everywhere)
