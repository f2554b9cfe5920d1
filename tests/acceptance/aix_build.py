#!/usr/bin/python3 -B
"""The build for AIX, as far as Linux can tell: CMake is told that this is AIX, its compilers log every call, see a C library in
AIX's shape (tests/aix_shape), and refuse what GCC and the linker of AIX refuse."""
import glob
import os
import re
import shutil

from lib import (HISTORY, SAMPLE, SYSTEM_PATH, TESTS, TOP, call, case, contains, equal, holds, lacks, read, run_tests, tree,
                 write)

SHAPE = os.path.join(TESTS, 'aix_shape')
SCRIPT = os.path.join(TESTS, 'aix', 'build.sh')


def of_compiler(question):
    return call('g++', question).stdout.decode('utf-8').strip()


# What CMake finds out on AIX by itself, and what it would find here and not there.
OPTIONS = ['-DCMAKE_SYSTEM_NAME=AIX', '-DCMAKE_LIBRARY_ARCHITECTURE=' + of_compiler('-print-multiarch'),
           *('-D%s=OFF' % name for name in ('GIT_RAND_GETENTROPY', 'GIT_RAND_GETLOADAVG', 'GIT_QSORT_GNU', 'NEED_LIBRT')),
           '-DCCACHE=OFF']  # it would answer in the place of the compilers, which ask it themselves


class Build:
    """One configure and build of the executable on a host that says it is AIX, and all that its compilers were asked."""

    def __init__(self, directory, **tools):
        self.directory, self.log, self.tools = (os.path.join(directory, name) for name in ('build', 'log', 'bin'))
        self.here = os.path.join(directory, 'here')
        os.makedirs(self.tools)
        os.mkdir(self.here)
        for name in 'gcc', 'g++':
            os.symlink(os.path.join(SHAPE, 'compiler'), os.path.join(self.tools, name))
        for name, answer in {'uname': 'AIX', 'oslevel': '7200-05-03-2148', 'lsdev': 'proc0\nproc4', **tools}.items():
            self.add(name, 'printf "%s\\n"' % answer)
        self.environment = {'PATH': self.tools + ':' + SYSTEM_PATH, 'HOME': os.environ.get('HOME', '/root'),
                            'AIX_SHAPE': SHAPE, 'AIX_SHAPE_LOG': self.log, 'BUILD': self.directory, 'TMPDIR': directory}

    def add(self, name, text):
        os.chmod(write('#!/bin/sh\n' + text + '\n', self.tools, name), 0o755)

    def by_script(self, *options, shell='sh'):
        """What tests/aix/build.sh says."""
        self.done = call(shell, SCRIPT, *options, env=self.environment, cwd=self.here)
        return self.done.stdout.decode('utf-8', 'replace')

    def by_hand(self, generator, *options):
        """Only asks: no compiler makes anything once CMake has looked at them."""
        self.done = call('cmake', '-S', TOP, '-B', self.directory, '-G', generator, *OPTIONS, *options,
                         '-DCMAKE_TOOLCHAIN_FILE=' + os.path.join(TOP, 'cmake', 'aix.cmake'), '-DCMAKE_BUILD_TYPE=MinSizeRel',
                         '-DBULWARK_TESTS=OFF', '-DBULWARK_COLLECTION=OFF', env=self.environment)
        if self.done.returncode == 0:
            self.done = call('cmake', '--build', self.directory, '--target', 'bulwark',
                             env={**self.environment, 'AIX_SHAPE_ONLY_LOG': 'yes'})
        return self.done.stdout.decode('utf-8', 'replace')

    def calls(self):
        return [line for line in read(self.log).splitlines() if '/CMakeFiles/CMakeScratch/' not in line]

    def compilations(self):
        return [line for line in self.calls() if ' -c %s/' % TOP in line]

    def link(self):
        links = [line for line in self.calls() if re.search(r' -o bulwark\b', line)]
        equal(len(links), 1, 'the number of links of bulwark')
        return links[0]


def what_is_asked(build, generator):
    with case('%s: the executable is configured and built' % generator):
        equal(build.done.returncode, 0, (build.done.stdout + build.done.stderr).decode('utf-8', 'replace')[-4000:])
    with case('%s: every file is compiled with -pthread and -maix64, libgit2 too' % generator):
        holds(any('/libgit2' in line for line in build.compilations()), 'libgit2 is not compiled')
        holds(any('module/main.cpp' in line for line in build.compilations()), 'main.cpp is not compiled')
        for line in build.compilations():
            contains(line, ' -pthread ', ' -maix64 ')
    with case('%s: no file is compiled with -isystem, LTO or what is for Linux' % generator):
        for line in build.compilations():
            lacks(line, '-isystem', '-flto', '-fPIE', '_FORTIFY_SOURCE', '-fstack-protector')
    with case('%s: the link has -pthread, -maix64 and one table of contents without limit' % generator):
        contains(build.link(), ' -pthread', ' -maix64', '-Wl,-bbigtoc', '-static-libstdc++', '-static-libgcc')
    with case('%s: the program looks for its libraries in /usr/lib and /lib alone' % generator):
        equal(re.findall(r'-blibpath:\S*', build.link()), ['-blibpath:/usr/lib:/lib'])
    with case('%s: nothing is linked as Linux does' % generator):
        lacks(build.link(), '-Wl,-z', '-Wl,--', '-l:', '-pie', '-flto')


def by_the_script(directory):
    build = Build(directory)
    said = build.by_script(*OPTIONS)
    what_is_asked(build, 'build.sh')
    with case('build.sh says with what it builds, what it has built, and what to do with it'):
        contains(said, 'building with g++', ', Ninja, in ' + build.directory,
                 build.directory + '/bulwark is built:\n    bulwark 0.',
                 'tests/aix/first_run.sh ' + build.directory + '/bulwark', '-DBULWARK_PLATFORM_BINARIES=aix_ppc64=')
    with case('build.sh leaves nothing where it is called'):
        equal(os.listdir(build.here), [])
    the_program(build, directory)
    the_symbols(build)


def makefiles(directory):
    build = Build(directory)
    build.by_hand('Unix Makefiles')
    what_is_asked(build, 'Unix Makefiles')


def shared_runtime(directory):
    with case('Plan B: the libraries of GCC are shared, and looked for where it was said'):
        build = Build(directory)
        build.by_hand('Ninja', '-DBULWARK_SHARED_RUNTIME=/opt/freeware/lib/pthread:/opt/freeware/lib')
        lacks(build.link(), '-static')
        equal(re.findall(r'-blibpath:\S*', build.link()),
              ['-blibpath:/opt/freeware/lib/pthread:/opt/freeware/lib:/usr/lib:/lib'])


def the_program(build, directory):
    root = os.path.join(directory, 'root')
    shutil.copytree(SAMPLE, root, symlinks=True)
    before = tree(root)
    with case('what has been compiled in the shape of AIX hardens a tree, and takes it back'):
        for words in ('harden', 'history verify', 'rollback --to original'):
            done = call(os.path.join(build.directory, 'bulwark'), *words.split(), '--root', root)
            equal((done.returncode, done.stderr), (0, b''), words)
        equal(tree(root, without={HISTORY.split('/')[0]}), {path: facts for path, facts in before.items()
                                                            if path.split('/')[0] != HISTORY.split('/')[0]})


# ---- what it wants of the C library


def symbols(option, *files):
    done = call('nm', option, *files)
    equal(done.returncode, 0, done.stderr.decode('utf-8'))
    return {line.split()[-1] for line in done.stdout.decode('utf-8').splitlines() if re.search(r' [A-Zuvw] \S+$', line)}


def known_symbols():
    """Name -> where it is said that AIX has it."""
    lines = read(SHAPE, 'symbols.txt').splitlines()
    return dict(line.split(None, 1) for line in lines if line and not line.startswith('#'))


def the_symbols(build):
    objects = glob.glob(os.path.join(build.directory, '**', '*.o'), recursive=True)
    own = [of_compiler('-print-file-name=lib%s.a' % name) for name in ('stdc++', 'gcc', 'gcc_eh', 'z', 'http_parser')]
    with case('each function that is wanted of the C library is known to be in that of AIX'):
        holds(len(objects) > 150, objects)
        wanted = symbols('--undefined-only', *objects) - symbols('--defined-only', *objects, *own)
        known = known_symbols()
        equal(sorted(wanted - known.keys()), [], 'symbols that are not in tests/aix_shape/symbols.txt')
        equal(sorted(known.keys() - wanted), [], 'symbols of tests/aix_shape/symbols.txt that nothing wants')


# ---- what the script misses


def what_is_missing(directory):
    for number, (what, spoil, expected) in enumerate([
            ('an older level', {'oslevel': '7200-02-04-1914'},
             'missing: technology level 03 of AIX 7200; this is 7200-02-04-1914'),
            ('an older level of 7.1', {'oslevel': '7100-03-09-1717'}, 'missing: technology level 04 of AIX 7100'),
            ('AIX 6.1', {'oslevel': '6100-09-12-1846'}, 'missing: AIX 7.2 TL3 or later, or 7.1 TL4; this is 6100-09'),
            ('an older CMake', {'cmake': 'cmake version 3.16.0'}, 'missing: CMake 3.25 or later; this is 3.16.0')]):
        with case('build.sh notices ' + what):
            build = Build(os.path.join(directory, str(number)), **spoil)
            contains(build.by_script(), expected, '1 of what the build needs is missing; nothing has been made')
            equal((build.done.returncode, os.path.exists(build.directory)), (1, False))
    with case('build.sh takes AIX 7.3'):
        build = Build(os.path.join(directory, 'new'), oslevel='7300-00-00-0000', cmake='cmake version 3.16.0')
        contains(build.by_script(), '1 of what the build needs is missing')
    for shell in 'ksh', 'mksh', 'dash', 'bash':
        with case('build.sh in %s says all that is missing at once, and how to get it' % shell):
            build = Build(os.path.join(directory, shell))
            build.environment['PATH'] = build.tools
            for name in 'dirname', 'printf', 'sed', 'awk', 'mkdir', 'rm', 'grep', 'cat':
                os.symlink(shutil.which(name, path=SYSTEM_PATH), os.path.join(build.tools, name))
            for name in 'gcc', 'g++':
                os.remove(os.path.join(build.tools, name))
            said = build.by_script('-DBOOST_ROOT=/none', shell=shutil.which(shell, path=SYSTEM_PATH))
            contains(said, 'missing: GCC 11 or later', 'dnf install gcc', 'missing: CMake 3.25 or later; this is none',
                     'missing: ninja, or make of GNU', '3 of what the build needs is missing')
            equal((build.done.returncode, os.path.exists(build.directory)), (1, False))
    with case('build.sh notices a compiler whose programs do not catch exceptions'):
        build = Build(os.path.join(directory, 'exceptions'))
        os.remove(os.path.join(build.tools, 'g++'))
        build.add('g++', 'case $1 in -dumpversion) echo 12.3.0; exit;; esac\n'
                         'while [ $# -gt 1 ]; do [ "$1" != -o ] || { echo "exit 134" >"$2"; chmod +x "$2"; }; shift; done')
        contains(build.by_script(), 'missing: what g++ needs to make a program', 'Plan B')
        equal(build.done.returncode, 1)


def wrong_usage(directory):
    build = Build(directory)
    with case('build.sh says how it is called'):
        contains(build.by_script('--help'), 'build.sh [CMAKE_OPTION...]', '-DBULWARK_LIBGIT2_SOURCE=')
        equal(build.done.returncode, 0)
        equal((build.by_script('debug'), build.done.returncode), ('', 64))
    with case('build.sh on Linux says what to do there'):
        os.remove(os.path.join(build.tools, 'uname'))
        contains(build.by_script(), 'here is Linux', 'tests/run.sh')
        equal(build.done.returncode, 1)


run_tests(by_the_script, makefiles, shared_runtime, what_is_missing, wrong_usage)
