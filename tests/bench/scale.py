#!/usr/bin/python3 -B
"""How long runs over large files take, for people: nothing is judged here. tests/acceptance/scale.py is the test.

usage: tests/bench/scale.py [--lines N] [--module-only] [WORD...]

  --lines N       how many lines each file has: 10000 without it
  --module-only   not the calls over a whole host (harden and its check run, history_info, ports_info, rollback)
  WORD...         only files and shapes with one of these in their name, `rc.tcpip` or `guards`

Prints the seconds of a processor that each call takes, and what it said.
"""
import argparse
import os
import resource
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'acceptance'))

import shapes  # noqa: E402
from lib import Host  # noqa: E402


def spent():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def show(host, what, module, /, **options):
    begin = spent()
    result = host.module(module, **options)
    print('%-62s %7.2f s  %s' % (what, spent() - begin, result['msg'][:90]), flush=True)


def each_document(directory, lines, words):
    for path, (name, options) in shapes.CALLS.items():
        host = shapes.prepared(Host(os.path.join(directory, path.replace('/', '_'))))
        for shape in shapes.shapes_of(path):
            what = '%s, %s' % (path, shape)
            if not words or any(word in what for word in words):
                host.write(shapes.text_of(path, shape, lines), path)
                show(host, what, name, check=name != 'ports_info', **options)
        shutil.rmtree(host.directory)


def whole_host(directory, lines):
    host = shapes.large_host(os.path.join(directory, 'host'), lines)
    show(host, 'harden, a check run', 'harden', check=True)
    show(host, 'harden', 'harden')
    show(host, 'harden, a second run', 'harden')
    show(host, 'history_info: verify, diffs, compare', 'history_info', verify=True, diffs=True, compare='original')
    show(host, 'ports_info', 'ports_info')
    show(host, 'rollback to original, a check run', 'rollback', to='original', check=True)
    show(host, 'rollback to original', 'rollback', to='original')


def main():
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    parser.add_argument('--lines', type=int, default=10000)
    parser.add_argument('--module-only', action='store_true')
    parser.add_argument('words', nargs='*', metavar='WORD')
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='bulwark-bench-') as directory:
        if not arguments.module_only:
            whole_host(directory, arguments.lines)
        each_document(directory, arguments.lines, arguments.words)


if __name__ == '__main__':
    main()
