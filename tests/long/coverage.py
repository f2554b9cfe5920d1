#!/usr/bin/python3 -B
"""How much of the product's lines and branches the unit tests and the sample tests run, counted by clang.

usage: tests/long/coverage.py [--html] [--missing [PART...]]

Builds the preset coverage, runs both, prints a line a file, and fails if of the branches of lib/ less than 95 % were run.
Branches are the two ways of each condition; those of exceptions are not counted.
  --html      also writes every line with how often it was run: build/coverage/html/index.html
  --missing   also prints every branch that was never taken, of the files whose path has one of these PARTs in it, or of lib/
"""
import argparse
import glob
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'acceptance'))
from lib import TESTS, TOP, call, case, holds, run_tests

BUILD = os.path.join(TOP, 'build', 'coverage')
UNIT_TESTS, BINARY = os.path.join(BUILD, 'bulwark_tests'), os.path.join(BUILD, 'bulwark')
PROFILES, PROFILE = os.path.join(BUILD, 'profiles'), os.path.join(BUILD, 'all.profdata')
LEAST = 95  # percent
PARTS = ['lib/document', 'lib/plan', 'lib/system', 'module']

# ---- building and running


def must(*argv, **options):
    done = call(*argv, timeout=3600, **options)
    holds(done.returncode == 0, '%s:\n%s' % (' '.join(argv), (done.stdout + done.stderr).decode('utf-8', 'replace')[-4000:]))
    return done.stdout


def count():
    """Into PROFILE."""
    environment = {**os.environ, 'BULWARK': BINARY}
    for argv in (['cmake', '--preset', 'coverage'], ['cmake', '--build', '--preset', 'coverage']):
        must(*argv, cwd=TOP, env=environment)
    shutil.rmtree(PROFILES, ignore_errors=True)
    # %c: they count in the file itself, so that what is killed, or becomes another program or user, has counted too.
    # %4m: the processes share four files.
    environment['LLVM_PROFILE_FILE'] = os.path.join(PROFILES, '%c%4m.profraw')
    must(UNIT_TESTS, '--no-colors=true', cwd=BUILD, env=environment)
    must(os.path.join(TESTS, 'acceptance', 'samples.py'), env=environment)
    must('llvm-profdata', 'merge', '--sparse', '--output=' + PROFILE, *glob.glob(os.path.join(PROFILES, '*.profraw')))


def llvm_cov(command, *options):
    return must('llvm-cov', command, '--instr-profile=' + PROFILE, UNIT_TESTS, '--object=' + BINARY, *options)


# ---- what was counted


class Count:
    """Of a file, or of several: lines and branches, those that were run and all."""

    def __init__(self, summaries):
        for what in ('lines', 'branches'):
            setattr(self, what, tuple(sum(each[what][which] for each in summaries) for which in ('covered', 'count')))

    def percent(self):
        return 100 * self.branches[0] / max(self.branches[1], 1)

    def __str__(self):
        return '%5d of %5d lines   %5d of %5d branches %6.1f %%' % (*self.lines, *self.branches, self.percent())


def counted_files():
    """What llvm-cov says of each of our files, by its path."""
    found = {os.path.relpath(os.path.normpath(file['filename']), TOP): file  # ninja compiles ../../lib/...
             for file in json.loads(llvm_cov('export'))['data'][0]['files']}
    return {path: found[path] for path in sorted(found) if path.startswith(('lib/', 'module/'))}


def table(files):
    def line(name, paths):
        print('  %-40s %s' % (name, Count([files[path]['summary'] for path in paths])))
    for path in files:
        line(path, [path])
    for part in PARTS:
        line(part + '/', [path for path in files if path.startswith(part + '/')])


def missing(path, file):
    """A sentence for each condition of the file that went one way alone."""
    ways = {}
    for first_line, first, last_line, last, true, false in (branch[:6] for branch in file['branches']):
        place = (first_line, first, last_line, last)
        ways[place] = [sum(counts) for counts in zip(ways.get(place, (0, 0)), (true, false))]
    with open(os.path.join(TOP, path), encoding='utf-8') as source:
        lines = source.read().split('\n')
    for (first_line, first, last_line, last), (true, false) in sorted(ways.items()):
        if not (true and false):
            text = lines[first_line - 1]
            condition = text[first - 1:last - 1 if last_line == first_line else None]
            never = 'true' if false else 'false' if true else 'reached'
            yield '  %s:%d: never %s: %s   in: %s' % (path, first_line, never, condition, text.strip())


# ---- the command


def coverage(directory):
    with case('the unit tests and the sample tests pass when they are counted'):
        count()
    files = counted_files()
    table(files)
    for path in files if options.missing is not None else ():
        if any(part in path for part in options.missing or ['lib/']):
            for sentence in missing(path, files[path]):
                print(sentence)
    if options.html:
        llvm_cov('show', '--format=html', '--show-branches=count', '--output-dir=' + os.path.join(BUILD, 'html'))
    whole = Count([file['summary'] for path, file in files.items() if path.startswith('lib/')])
    print('# %d of the %d branches of lib/' % whole.branches)
    with case('the tests run %.1f %% of the branches of lib/; it must be %d' % (whole.percent(), LEAST)):
        holds(whole.percent() >= LEAST, 'tests/long/coverage.py --missing tells which they never take')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--html', action='store_true')
    parser.add_argument('--missing', nargs='*', metavar='PART')
    options = parser.parse_args()
    run_tests(coverage)
