#!/usr/bin/python3 -B
"""tests/aix/first_run.sh, which is for AIX alone, held against stand-ins: its syntax, and that it notices what it is for."""
import os

from lib import BINARY, TESTS, Host, call, case, contains, equal, holds, korn_shells, run_tests, same_tree, write

SCRIPT = os.path.join(TESTS, 'aix', 'first_run.sh')
IMPORTS = '''%s:

                        ***Loader Section***
                        ***Import File Strings***
INDEX  PATH                          BASE                MEMBER
0      /usr/lib:/lib
1                                    libc.a              shr_64.o
'''


def aix_host(directory, more_imports=''):
    host = Host(directory)
    host.go_live()
    host.set_state('subsystems/syslogd', 'active')
    host.set_state('filesets/bos.rte', '4.3.3.0')
    program(host, 'uname', 'echo AIX')
    program(host, 'dump', "cat <<'END'\n%s%sEND" % (IMPORTS % BINARY, more_imports))
    return host


def program(host, name, text):
    os.chmod(write('#!/bin/sh\n' + text + '\n', host.bin, name), 0o755)


def first_run(host, binary=BINARY, shell=('sh',)):
    os.makedirs(os.path.join(host.directory, 'tmp'), exist_ok=True)
    return call(*shell, SCRIPT, binary, host.root, env={**host.environment, 'TMPDIR': os.path.join(host.directory, 'tmp')})


def complaints(done):
    return [line for line in done.stdout.decode().splitlines() if line.startswith('not ok')]


def in_every_shell(directory):
    host = aix_host(directory)
    before = host.everything()
    for shell in [[ksh] for ksh in korn_shells()] + [['dash'], ['bash', '--posix']]:
        with case('in %s all is well on a host that is as Bulwark knows it' % shell[0]):
            done = first_run(host, shell=shell)
            text = done.stdout.decode()
            equal((complaints(done), done.returncode), ([], 0), text + done.stderr.decode())
            equal(sum(line.startswith('ok - ') for line in text.splitlines()), 23, text)
            equal('# SKIP' in text, False, text)
    with case('it changes nothing of the host, and leaves no file behind'):
        same_tree(host.everything(), before)
        equal((host.calls(), os.listdir(os.path.join(directory, 'tmp'))), ([], []), 'calls and temporary files')


def notices(directory):
    for number, (what, spoil, expected) in enumerate([
            ('a library beside libc', lambda host: program(host, 'dump', 'printf " libc.a shr.o\\n libgcc_s.a shr.o\\n"'),
             ['nothing but libc and its threads is dynamic']),
            ('an lssrc that fails', lambda host: host.fail('lssrc'),
             ['lssrc tells the status of inetd in the last word of its row',
              'lssrc tells the status of syslogd in the last word of its row']),
            ('an lssrc that knows every subsystem', lambda host: host.set_state('subsystems/bulwark_has_no_such', 'active'),
             ['lssrc fails for a subsystem that is not on file']),
            ('a no that answers otherwise', lambda host: program(host, 'no', 'echo "$2 is 1"'),
             ['no -o tells the value of an option', 'no -o fails for an option that the kernel does not have']),
            ('a missing command', lambda host: os.remove(os.path.join(host.bin, 'refresh')),
             ['the commands are there that a run asks or calls']),
            ('an lslpp of another form', lambda host: program(host, 'lslpp', 'echo "bos.rte 4.3.3.0"'),
             ['lslpp tells the level of a fileset in colon form']),
    ]):
        with case('it notices ' + what):
            os.mkdir(os.path.join(directory, str(number)))
            host = aix_host(os.path.join(directory, str(number)))
            spoil(host)
            done = first_run(host)
            equal([line.removeprefix('not ok - ') for line in complaints(done)], expected, done.stdout.decode())
            equal(done.returncode, 1, 'exit status')
            contains(done.stdout.decode(), '%d of the checks failed' % len(expected))


# A binary that is not what it should be: the real one, but for one thing.
SPOILED = [
    ('that loses a mode', '"$real" "$@"; s=$?; '
     'case "$1 $4" in "harden ") chmod 600 "$3/etc/inetd.conf";; esac; exit $s',
     'owner, group and mode of every file are kept'),
    ('whose rollback does nothing', '[ "$1" = rollback ] && exit 0; exec "$real" "$@"',
     'rollback restores every byte, owner and mode'),
    ('whose check run writes', 'case "$*" in *--check*) root=$3; echo >>"$root/etc/inetd.conf";; esac; exec "$real" "$@"',
     'a check run has changed no file and made no history'),
    ('that does not wait for its turn', 'case "$*" in *--profile*) mkdir "$3/busy"; exit;; esac; '
     'exec "$real" "$@"', 'runs at the same time wait for each other'),
    ('that says more than JSON', 'case $0 in *AnsiballZ*) echo hello;; esac; exec "$real" "$@"', 'Ansible gets one line of JSON'),
    ('that breaks a boot script', '"$real" "$@"; s=$?; case "$1 $4" in "harden ") echo fi >>"$3/etc/rc.tcpip";; esac; exit $s',
     'ksh accepts the boot scripts that were edited'),
]


def notices_of_the_binary(directory):
    for number, (what, text, expected) in enumerate(SPOILED):
        with case('it notices a binary ' + what):
            os.mkdir(os.path.join(directory, str(number)))
            host = aix_host(os.path.join(directory, str(number)))
            binary = write('#!/bin/sh\nreal=%s\n%s\n' % (BINARY, text), host.directory, 'bulwark')
            os.chmod(binary, 0o755)
            done = first_run(host, binary)
            holds('not ok - ' + expected in complaints(done), done.stdout.decode())
            equal(done.returncode, 1, 'exit status')


def wrong_usage(directory):
    for words in ([], [os.path.join(directory, 'missing')], [BINARY, '/', 'more']):
        with case('called with %d words it says how it is called' % len(words)):
            done = call('sh', SCRIPT, *words)
            equal((done.returncode, done.stdout), (64, b''), 'exit status and standard output')
            holds(done.stderr, 'it says nothing')


if __name__ == '__main__':
    run_tests(in_every_shell, notices, notices_of_the_binary, wrong_usage)
