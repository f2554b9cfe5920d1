#!/usr/bin/python3 -B
"""clang-tidy over all C++, with the checks of .clang-tidy as errors. Minutes: two to four seconds of a processor a file.

usage: tests/long/clang_tidy.py [FILE...]

Too long for CI; before a commit, the files that it changes: git diff --name-only HEAD -- '*.cpp' | xargs tests/long/clang_tidy.py
Findings in a header are told of with every file that includes it. Needs the compile commands of the debug preset, which it
configures.
"""
import concurrent.futures
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'acceptance'))
from lib import TOP, call, case, equal, holds, run_tests

BUILD = os.path.join(TOP, 'build', 'debug')


def sources():
    """What the debug build compiles of our own."""
    with open(os.path.join(BUILD, 'compile_commands.json'), encoding='utf-8') as file:
        paths = {os.path.relpath(entry['file'], TOP) for entry in json.load(file)}
    return sorted(path for path in paths if path.split('/')[0] in ('lib', 'module', 'tests'))


def findings(path):
    # The compile commands are GCC's: clang knows not every one of their warnings.
    done = call('clang-tidy', '-p', BUILD, '--quiet', '--warnings-as-errors=*', '--extra-arg=-Wno-unknown-warning-option',
                path, cwd=TOP, timeout=14400)
    return done.returncode, done.stdout.decode('utf-8')


def analysis(directory):
    configured = call('cmake', '--preset', 'debug', cwd=TOP, env=dict(os.environ))
    holds(configured.returncode == 0, configured.stderr.decode('utf-8'))
    paths = sys.argv[1:] or sources()
    holds(sys.argv[1:] or len(paths) > 100, 'few files: %s' % paths)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, result in zip(paths, pool.map(findings, paths)):
            with case('clang-tidy finds nothing in ' + path):
                equal(result, (0, ''), 'findings')


if __name__ == '__main__':
    run_tests(analysis)
