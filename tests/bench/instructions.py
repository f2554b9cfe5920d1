#!/usr/bin/python3 -B
"""How many instructions the usual calls cost, as valgrind counts them: a figure that no other load of the machine changes.

usage: tests/bench/instructions.py [--functions]

  --functions     also which functions a check run spends them in (callgrind; of a build whose symbols were not stripped)

The host is the 4.3.3 sample. Prints millions of instructions: a check run of the profile tutorial, the run, a second run, and the
undoing of it.
"""
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'acceptance'))

from lib import BINARY, SAMPLE, call  # noqa: E402

CALLS = [('a check run', 'harden --check'), ('the run', 'harden'), ('a second run', 'harden'),
         ('rollback', 'rollback --to original')]


def counted(root, tool, words):
    done = call('valgrind', *tool, BINARY, *words.split(), '--root', root)
    return int(re.search(r'(?:I\s+refs|Collected)\s*:\s*([\d,]+)', done.stderr.decode()).group(1).replace(',', ''))


def show_functions(root, directory):
    out = os.path.join(directory, 'callgrind')
    counted(root, ['--tool=callgrind', '--callgrind-out-file=' + out], 'harden --check')
    print(call('callgrind_annotate', '--threshold=80', out).stdout.decode())


def main():
    if sys.argv[1:] not in ([], ['--functions']):
        print(__doc__, file=sys.stderr)
        return 64
    with tempfile.TemporaryDirectory() as directory:
        root = os.path.join(directory, 'root')
        call('cp', '-a', SAMPLE, root)
        if sys.argv[1:]:
            show_functions(root, directory)
        for what, words in CALLS:
            count = counted(root, ['--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null'], words)
            print('%-14s %8.1f million instructions' % (what, count / 1e6), flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
