#!/usr/bin/python3 -B
"""Fuzzes every target of tests/fuzz: builds them (the preset fuzz), runs them, and says what came of it.

usage: tests/fuzz/run.py [--seconds N] [--keep] [TARGET...]

  (nothing)     gives each target the same inputs on every machine: the corpus, the samples of AIX's files, and %d variants
                of these; how fast the machine is decides nothing
  --seconds N   explores for so long from there; 120 if BULWARK_TESTS_LONG is set
  --keep        afterwards adds to tests/fuzz/corpus what reaches something that nothing there does

What exploring finds is kept in build/fuzz/found, and the next exploration starts from there. An input that violates a
property is left in build/fuzz/crashes: `build/fuzz/fuzz_TARGET FILE` shows what is wrong with it.
"""
import argparse
import concurrent.futures
import glob
import os
import random
import re
import shutil
import subprocess
import sys

FUZZ = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(FUZZ))
BUILD = os.path.join(TOP, 'build', 'fuzz')
SAMPLES = os.path.join(TOP, 'tests', 'samples')
CRASHES = os.path.join(BUILD, 'crashes')
JOBS = len(os.sched_getaffinity(0))

# The files of AIX from which fuzzing starts, too, with the edits of corpus/TARGET/edits before them.
SAMPLES_OF = {
    'crontab': 'var/spool/cron/crontabs/root',
    'inetd_conf': 'etc/inetd.conf',
    'inittab': 'etc/inittab',
    'no_script': 'etc/tunables/nextboot',
    'rc_script': 'etc/rc.*[a-z]',
    'syslog_conf': 'etc/syslog.conf',
}
LONGEST_INPUT = 4096  # bytes; the samples fit
MOST_MEMORY = 1024  # MiB
VARIANTS = 2000  # of corpus and samples, for each target

# One input takes milliseconds; what hangs is to be noticed even so, but a machine may be slow and busy.
NEVER = 3600  # seconds

LONG = bool(os.environ.get('BULWARK_TESTS_LONG'))

OPTIONS = [
    '-max_len=%d' % LONGEST_INPUT, '-timeout=%d' % NEVER, '-rss_limit_mb=%d' % MOST_MEMORY, '-detect_leaks=0',
    '-print_final_stats=1', '-artifact_prefix=%s/' % CRASHES
]


def targets():
    with open(os.path.join(FUZZ, 'targets.hpp')) as declarations:
        return re.findall(r'^void (\w+)\(', declarations.read(), re.M)


def build():
    for command in (['cmake', '--preset', 'fuzz'], ['cmake', '--build', '--preset', 'fuzz', '-j%d' % JOBS]):
        done = subprocess.run(command, cwd=TOP, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            print(done.stdout + done.stderr)
            print('not ok - the fuzz targets are built: %s failed' % ' '.join(command))
            sys.exit(1)


def fresh_directory(*parts):
    path = os.path.join(BUILD, *parts)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def write_samples(target):
    """A directory with the samples as inputs of the target."""
    directory = fresh_directory('samples', target)
    files = glob.glob(os.path.join(SAMPLES, 'aix-*', SAMPLES_OF[target])) if target in SAMPLES_OF else []
    for number, path in enumerate(sorted(path for path in files if os.path.isfile(path))):
        with open(os.path.join(FUZZ, 'corpus', target, 'edits'), 'rb') as edits, open(path, 'rb') as sample:
            content = edits.read().partition(b'\n----\n')[0] + b'\n----\n' + sample.read()
        with open(os.path.join(directory, str(number)), 'wb') as seed:
            seed.write(content)
    return directory


def corpus_of(target):
    return os.path.join(FUZZ, 'corpus', target)


def dictionary_of(target):
    return os.path.join(FUZZ, 'dictionaries', target + '.dict')


def words_of(target):
    """The entries of its dictionary, and bytes that are special to some format."""
    words = [b'\n', b'\r', b'\r\n', b'\t', b' ', b'\0', b'\xff', b'\\\n', b'#', b':', b'|', b"'", b'"', b'`', b'$(', b'((']
    if os.path.exists(dictionary_of(target)):
        with open(dictionary_of(target), encoding='latin-1') as dictionary:
            for entry in re.findall(r'^(?:\w+=)?"(.*)"$', dictionary.read(), re.M):
                words.append(re.sub(r'\\(x[0-9a-fA-F]{2}|.)', unescaped, entry).encode('latin-1'))
    return words


def unescaped(match):
    escape = match.group(1)
    return chr(int(escape[1:], 16)) if escape[0] == 'x' and len(escape) > 1 else escape


def part_of(chance, text):
    begin = chance.randrange(len(text) + 1)
    return text[begin:begin + 1 + chance.randrange(40)]


def variant(chance, inputs, words):
    """One of the inputs, changed in some places. A line of another one is as good a change as a byte."""
    text = inputs[chance.randrange(len(inputs))]
    for _ in range(1 + chance.randrange(4)):
        begin = chance.randrange(len(text) + 1)
        end = min(len(text), begin + (0, 1, chance.randrange(40))[chance.randrange(3)])
        other = inputs[chance.randrange(len(inputs))]
        new = (b'', words[chance.randrange(len(words))], bytes([chance.randrange(256)]), part_of(chance, text),
               part_of(chance, other), b'\n'.join(other.split(b'\n')[:2]))[chance.randrange(6)]
        text = (text[:begin], text[:begin] + new + text[end:])[chance.randrange(10) > 0]
    return text[:LONGEST_INPUT]


def write_variants(target, directories):
    """A directory with variants of what is in the others, which are the same wherever this is run."""
    inputs = []
    for path in sorted(os.path.join(directory, name) for directory in directories for name in os.listdir(directory)):
        with open(path, 'rb') as file:
            inputs.append(file.read())
    chance, words = random.Random(1), words_of(target)
    directory = fresh_directory('variants', target)
    for number in range(VARIANTS):
        with open(os.path.join(directory, '%04d' % number), 'wb') as file:
            file.write(variant(chance, inputs, words))
    return directory


def found_by(target):
    path = os.path.join(BUILD, 'found', target)
    os.makedirs(path, exist_ok=True)
    return path


def call(target, *arguments, **variables):
    # Leaks are looked for once, at the end: libFuzzer's own look after each input doubles the time.
    environment = {**os.environ, 'UBSAN_OPTIONS': 'print_stacktrace=1', 'LC_ALL': 'C', **variables}
    return subprocess.run([os.path.join(BUILD, 'fuzz_' + target), *arguments], env=environment, cwd=BUILD,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def explore(target, seconds):
    options = [*OPTIONS, '-max_total_time=%d' % seconds]
    options += ['-dict=' + dictionary_of(target)] if os.path.exists(dictionary_of(target)) else []
    return call(target, *options, found_by(target), corpus_of(target), write_samples(target))


def replay(target):
    known = [corpus_of(target), write_samples(target)]
    return call(target, *OPTIONS, '-runs=0', *known, write_variants(target, known))


def run(target, seconds):
    done = explore(target, seconds) if seconds else replay(target)
    return done.returncode, done.stdout.decode(errors='backslashreplace')


def complaint(output):
    """The first line that says what is wrong, and where the input is that shows it."""
    what = re.search(r'^(violated: .*|.*runtime error: .*|==\d+==ERROR: .*|==\d+== ERROR: .*)$', output, re.M)
    where = re.search(r'Test unit written to (\S+)', output)
    return '%s; the input is in %s' % (what.group(1)[:300] if what else output[-300:],
                                       os.path.relpath(where.group(1), TOP) if where else 'no file')


def runs_of(output):
    return number(r'stat::number_of_executed_units: (\d+)', output)


def report(target, status, output):
    runs = runs_of(output)
    covered = number(r'cov: (\d+)', output)
    if status == 0 and runs > 0:
        print('ok - %s: every property holds for %d inputs (%d edges reached)' % (target, runs, covered), flush=True)
        return True
    print('not ok - %s: after %d inputs: %s' % (target, runs, complaint(output)), flush=True)
    return False


def ask_ksh():
    """Korn shells themselves judge what fuzzing of the shell parser has found: all of that once, since it takes milliseconds."""
    done = call('rc_script', *OPTIONS, '-runs=0', found_by('rc_script'), corpus_of('rc_script'), BULWARK_FUZZ_KSH='1')
    output = done.stdout.decode(errors='backslashreplace')
    return report('rc_script, by Korn shells', done.returncode, output)


def keep(target):
    """libFuzzer merges into the first directory what of the second reaches more than all that is there: the fewest inputs
    that reach each edge, however often, and short ones."""
    call(target, '-set_cover_merge=1', '-use_counters=0', '-max_len=256', '-detect_leaks=0', corpus_of(target), found_by(target))


def main():
    parser = argparse.ArgumentParser(usage=__doc__ % VARIANTS, add_help=False)
    parser.add_argument('--seconds', type=int, default=120 if LONG else 0)
    parser.add_argument('--keep', action='store_true')
    parser.add_argument('targets', nargs='*', metavar='TARGET')
    arguments = parser.parse_args()
    unknown = set(arguments.targets) - set(targets())
    if unknown:
        parser.error('no such target: ' + ', '.join(sorted(unknown)))
    build()
    fresh_directory('crashes')
    chosen = arguments.targets or targets()
    good, runs = [], 0
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for target, status, output in pool.map(lambda target: (target, *run(target, arguments.seconds)), chosen):
            good.append(report(target, status, output))
            runs += runs_of(output)
    if LONG and 'rc_script' in chosen:
        good.append(ask_ksh())
    print('# %d inputs' % runs)
    if arguments.keep and all(good):
        for target in chosen:
            keep(target)
    return 0 if all(good) else 1


if __name__ == '__main__':
    sys.exit(main())
