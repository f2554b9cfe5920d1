#!/usr/bin/python3 -B
"""What a run costs grows as the files do, not as their square, whatever is in them; and a file that is too large is refused.

Nothing is timed: valgrind counts the instructions that a run executes over n, 2n and 4n lines. From 2n to 4n twice as many
are added as from n to 2n where the cost is linear, and four times as many where it is quadratic. The shapes of the files
are those of shapes.py; with BULWARK_TESTS_LONG all of them are counted. tests/bench/scale.py measures how long it takes.
"""
import os
import re
import resource
import shutil

import shapes
from lib import Host, case, contains, equal, holds, run_tests
from disturbed import LONG

FEW = 1000  # lines
MOST_GROWTH = 3.0
VALGRIND = ['valgrind', '--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null']
QUICK = ['lines', 'comments', 'matching lines', *shapes.SHELL]


def instructions(host, module, /, **options):
    """How many one call of a module executes."""
    log = os.path.join(host.directory, 'valgrind')
    result = host.module(module, prefix=(*VALGRIND, '--log-file=' + log), **options)
    with open(log, encoding='latin-1') as report:
        return int(re.search(r'I +refs: +([0-9,]+)', report.read()).group(1).replace(',', '')), result


def is_linear(counts):
    """Of n, 2n and 4n. What the files add to the cost of an empty run may be too little to be told from noise, and a search
    with a limit (1 MiB) may grow faster until it gets there: that is a third of an empty run."""
    few, more, most = counts
    return most < 1.5 * few or most - more < MOST_GROWTH * (more - few)


def counts_of(host, path, shape, name, options, few=FEW):
    counts, said = [], ''
    for lines in (few, 2 * few, 4 * few):
        host.write(shapes.text_of(path, shape, lines), path)
        count, result = instructions(host, name, check=name != 'ports_info', **options)
        counts.append(count)
        said = result['msg']
    return counts, said


def must_be_linear(counts, said):
    holds(is_linear(counts), 'instructions executed over n, 2n and 4n lines: %s; it said: %s' % (
        ', '.join(map(str, counts)), said))


def shapes_to_count(path):
    chosen = shapes.shapes_of(path)
    if LONG:
        return chosen
    return [shape for shape in chosen if shape in QUICK and (path == shapes.RC_TCPIP or shape not in shapes.SHELL)]


def each_document(directory):
    points = 0
    for path, (name, options) in shapes.CALLS.items():
        host = shapes.prepared(Host(os.path.join(directory, path.replace('/', '_'))))
        for shape in shapes_to_count(path):
            with case('%s of %s: what %s costs grows as they do' % (shape, path, name)):
                must_be_linear(*counts_of(host, path, shape, name, options))
                points += 1
    print('# %d shapes of files' % points)


def ports(directory):
    for path, shape in ((shapes.INITTAB, 'lines'), (shapes.INETD, 'lines'), (shapes.INETD, 'matching lines'),
                        (shapes.RC_TCPIP, 'lines'), (shapes.RC_TCPIP, 'arguments from variables')):
        host = shapes.prepared(Host(os.path.join(directory, path.replace('/', '_') + shape.replace(' ', '_'))))
        with case('%s of %s: what ports_info costs grows as they do' % (shape, path)):
            must_be_linear(*counts_of(host, path, shape, 'ports_info', {}))


def a_whole_host(directory):
    counts = {}
    for lines in (FEW, 2 * FEW, 4 * FEW):
        host = shapes.large_host(os.path.join(directory, str(lines)), lines // 4)
        calls = {'a check run of harden': ('harden', {'check': True, 'diff': True}), 'harden': ('harden', {}),
                 'history_info': ('history_info', {'verify': True, 'diffs': True, 'compare': 'original'}),
                 'rollback': ('rollback', {'to': 'original', 'check': True})}
        for what, (name, options) in calls.items():
            counts.setdefault(what, []).append(instructions(host, name, **options)[0])
        shutil.rmtree(host.root)
    for what, numbers in counts.items():
        with case('all files of a host: what %s costs grows as they do' % what):
            must_be_linear(numbers, '')


def a_hundred_thousand_lines(directory):
    """The old code would have needed hours of a processor's time for some of it; this needs seconds."""
    resource.setrlimit(resource.RLIMIT_CPU, (3600, 3600))
    host = shapes.large_host(os.path.join(directory, 'host'), 100000)
    before = host.files()
    with case('a host of files of 100,000 entries is checked, hardened, rolled back and verified'):
        foreseen = host.module('harden', check=True)
        holds(foreseen['changed'], foreseen['msg'])
        equal(host.files(), before)
        done = host.changes('harden')
        equal(sorted(file['path'] for file in done['files']), sorted(file['path'] for file in foreseen['files']))
        equal(host.module('history_info', verify=True)['drift'], [], 'drift')
        holds(len(host.module('ports_info')['ports']) > 100000, 'ports are missing')
        host.changes('rollback', to='original')
        equal(host.read(shapes.INITTAB) == before[shapes.INITTAB][-1], True, 'inittab as before')


def limits(directory):
    host = shapes.prepared(Host(os.path.join(directory, 'host')))
    for what, text in (('larger than 16 MiB', '#' * (16 * 1024 * 1024) + '\n'), ('more than 500000 lines', '\n' * 500001)):
        for path, (name, options) in shapes.CALLS.items():
            if path == shapes.SENDMAIL_CF:
                continue  # read only where there is nothing to build it from
            untouched = host.read(path) if os.path.exists(host.path(path)) else ''
            host.write(text, path)
            before = host.files()
            with case('%s of %s is refused by %s' % (path, what, name)):
                result = host.module(name, **options)
                holds(result.get('failed'), 'it was not refused: ' + result['msg'])
                contains(result['msg'], '/' + path, what)
                equal(host.files() == before, True, 'nothing has changed')
            host.write(untouched, path)


if __name__ == '__main__':
    run_tests(each_document, ports, a_whole_host, a_hundred_thousand_lines, limits)
