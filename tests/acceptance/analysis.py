#!/usr/bin/python3 -B
"""Static analysis in seconds: shell scripts, Python files, and C++ by cppcheck, C by GCC. (clang-tidy: tests/long/clang_tidy.py.)"""
import os
import re

from lib import TOP, call, case, equal, holds, run_tests

# SC2015: in `A && B || C` C is meant for when B fails too. SC2016: what stands in single quotes is for awk and apt to expand.
# SC2317: it takes functions that are called by a word in a variable for unreachable.
SHELLCHECK = ['shellcheck', '-x', '-P', 'SCRIPTDIR', '-e', 'SC2015,SC2016,SC2317']
# containerOutOfBounds: it does not see that `begin() + !empty()`, or front() behind `while (!empty())`, is never behind the end.
CPPCHECK = ['cppcheck', '--std=c++20', '--language=c++', '--enable=warning,performance,portability',
            '--suppress=containerOutOfBounds', '--error-exitcode=1', '--quiet', '-Ilib', '-Imodule',
            '-DBULWARK_VERSION="0"']
# Of C++, GCC 12 says that what the compiler makes itself is uninitialised, and nothing that is true.
GCC = ['gcc', '-O2', '-Wall', '-fanalyzer', '-Werror', '-c']


def files():
    """Of the project's own; the samples are as AIX ships them. A link is read where its file is, if it is there yet."""
    for directory, names, found in os.walk(TOP):
        here = os.path.relpath(directory, TOP)
        names[:] = [name for name in names if os.path.normpath(os.path.join(here, name)) not in ('.git', 'build', 'tests/samples')]
        yield from (os.path.normpath(os.path.join(here, name)) for name in found
                    if not os.path.islink(os.path.join(directory, name)))


def first_line(path):
    with open(os.path.join(TOP, path), 'rb') as file:
        return file.readline(200).decode('latin-1')


def of_kind(interpreter, extension):
    return sorted(path for path in files()
                  if re.search(r'^#!.*[/ ](%s)\b' % interpreter, first_line(path)) or path.endswith(extension))


def the_scripts(directory):
    shell, python = of_kind('sh|bash|ksh', '.sh'), of_kind('python3', '.py')
    shell = [path for path in shell if first_line(path).startswith('#!')]  # the others are read with those that source them
    with case('shellcheck has nothing to say about any shell script'):
        holds({'tests/run.sh', '.ci/run', 'tests/stand_ins/lssrc'} <= set(shell), shell)
        equal(call(*SHELLCHECK, *shell, cwd=TOP).stdout.decode('utf-8'), '', 'shellcheck')
    with case('pyflakes has nothing to say about any Python file'):
        holds({'tests/acceptance/lib.py', 'tests/check_tutorial_state.py'} <= set(python), python)
        equal(call('pyflakes3', *python, cwd=TOP).stdout.decode('utf-8'), '', 'pyflakes')


def the_sources(directory):
    with case('cppcheck has nothing to say about any source file'):
        done = call(*CPPCHECK, 'lib', 'module', cwd=TOP)
        equal((done.returncode, done.stderr.decode('utf-8')), (0, ''), 'cppcheck')
    with case('cppcheck sees an error where there is one'):
        with open(os.path.join(directory, 'wrong.cpp'), 'w', encoding='utf-8') as file:
            file.write('int wrong() { int values[2] = {1, 2}; return values[2]; }\n')
        done = call(*CPPCHECK, directory, cwd=TOP)
        holds(done.returncode == 1 and b'arrayIndexOutOfBounds' in done.stderr, done.stderr.decode('utf-8'))
    with case('GCC analyses the library that disturbs system calls, and has nothing to say'):
        done = call(*GCC, '-o', os.path.join(directory, 'disturb.o'), 'tests/support/disturb.c', cwd=TOP)
        equal((done.returncode, done.stderr.decode('utf-8')), (0, ''), 'gcc')
    with case('GCC sees an error where there is one'):
        with open(os.path.join(directory, 'wrong.c'), 'w', encoding='utf-8') as file:
            file.write('#include <stdlib.h>\nvoid wrong(char *text) { free(text); free(text); }\n')
        done = call(*GCC, '-o', os.path.join(directory, 'wrong.o'), os.path.join(directory, 'wrong.c'))
        holds(done.returncode == 1 and b'analyzer-double-free' in done.stderr, done.stderr.decode('utf-8'))


if __name__ == '__main__':
    run_tests(the_scripts, the_sources)
