#!/usr/bin/python3 -B
"""Fuzzes every target of tests/fuzz: builds them (the preset fuzz), runs them, and says what came of it.

usage: tests/fuzz/run.py [--seconds N] [--keep] [TARGET...]

  --seconds N   how long each target runs: 20 without it, 120 if BULWARK_TESTS_LONG is set
  --keep        afterwards adds to tests/fuzz/corpus what reaches something that nothing there does

What a run finds is kept in build/fuzz/found, and the next run starts from there. An input that violates a property is
left in build/fuzz/crashes: `build/fuzz/fuzz_TARGET FILE` shows what is wrong with it.
"""
import argparse
import concurrent.futures
import glob
import os
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
LONGEST_TIME = 30  # seconds for one input: more is a violation too
MOST_MEMORY = 1024  # MiB

LONG = bool(os.environ.get('BULWARK_TESTS_LONG'))

OPTIONS = [
    '-max_len=%d' % LONGEST_INPUT, '-timeout=%d' % LONGEST_TIME, '-rss_limit_mb=%d' % MOST_MEMORY,
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


def run(target, seconds):
    dictionary = os.path.join(FUZZ, 'dictionaries', target + '.dict')
    # The quick form takes the same way every time: what it finds belongs to the change at hand. The long form explores.
    options = [*OPTIONS, '-max_total_time=%d' % seconds, '-detect_leaks=0', *([] if LONG else ['-seed=1'])]
    options += ['-dict=' + dictionary] if os.path.exists(dictionary) else []
    done = call(target, *options, found_by(target), corpus_of(target), write_samples(target))
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
    """ksh93 itself judges what fuzzing of the shell parser has found: all of that once, since it takes milliseconds."""
    done = call('rc_script', *OPTIONS, '-runs=0', '-detect_leaks=0', found_by('rc_script'), corpus_of('rc_script'), BULWARK_FUZZ_KSH='1')
    output = done.stdout.decode(errors='backslashreplace')
    return report('rc_script, by ksh93', done.returncode, output)


def keep(target):
    """libFuzzer merges into the first directory what of the second reaches more than all that is there: the fewest inputs
    that reach each edge, however often, and short ones."""
    call(target, '-set_cover_merge=1', '-use_counters=0', '-max_len=256', '-detect_leaks=0', corpus_of(target), found_by(target))


def main():
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    parser.add_argument('--seconds', type=int, default=120 if LONG else 20)
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
