#!/usr/bin/python3 -B
"""tests/aix/first_run.sh, which is for AIX alone, held against stand-ins: its syntax, and that it notices what it is for."""
import os

from lib import (BINARY, TESTS, Host, as_nobody, call, case, contains, equal, holds, korn_shells, lacks, run_tests, same_tree,
                 write)

SCRIPT = os.path.join(TESTS, 'aix', 'first_run.sh')
IMPORTS = '''%s:

                        ***Loader Section***
                        ***Import File Strings***
INDEX  PATH                          BASE                MEMBER
0      /usr/lib:/lib
1                                    libc.a              shr_64.o
2                                    librt.a             shr_64.o
'''
SYMBOLS = '''                        ***Loader Symbol Table Information***
[Index]      Value      Scn     IMEX Sclass   Type           IMPid Name

[0]     0x00000000    undef      IMP     DS EXTref libc.a(shr_64.o) openat
[1]     0x00000000    undef      IMP     DS EXTref libc.a(shr_64.o) strftime_l
[2]     0x20000a48    .data    EXP     DS SECdef        [noIMid] __start
'''


def aix_host(directory, more_imports=''):
    host = Host(directory)
    host.go_live()
    host.set_state('subsystems/syslogd', 'active')
    host.set_state('filesets/bos.rte', '4.3.3.0')
    program(host, 'uname', 'echo AIX')
    program(host, 'dump', "case $2 in\n-H) cat <<'END'\n%s%sEND\n;;\n-Tv) cat <<'END'\n%sEND\n;;\nesac" % (
        IMPORTS % BINARY, more_imports, SYMBOLS))
    # What Linux has of lists, in the words of AIX's commands as far as the script knows them.
    program(host, 'aclget', 'echo "extended permissions"; echo "    disabled"; '
                            "getfacl -nc \"$1\" | sed -n 's/^user:1:\\(...\\)$/    permit   \\1     u:daemon/p'")
    program(host, 'aclput', 'grep u:daemon "$2" >/dev/null && setfacl -m u:1:rw "$3"')
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
            equal(sum(line.startswith('ok - ') for line in text.splitlines()), 30, text)
            contains(text, 'all 30 checks hold', '# imports also: strftime_l\n')
            lacks(text, 'imports also: openat', 'imports also: __start')
            equal('# SKIP' in text, False, text)
    with case('it changes nothing of the host, and leaves no file behind'):
        same_tree(host.everything(), before)
        equal((host.calls(), os.listdir(os.path.join(directory, 'tmp'))), ([], []), 'calls and temporary files')


def number_the_rows(host):
    os.rename(os.path.join(host.bin, 'lssrc'), os.path.join(host.bin, 'real_lssrc'))
    program(host, 'lssrc', r'[ "$1" = -ls ] || exec "${0%/*}/real_lssrc" "$@"; '
            r'"${0%/*}/real_lssrc" "$@" | sed "s,^ \([a-z]*\)  *\(/usr/.*\),1 \1 \2,"')


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
            ('rows of another form', number_the_rows, ['the rows of that table begin with services of inetd.conf']),
            ('a directory of commands that a group can write to',
             lambda host: program(host, 'ls', '[ "$2" != /usr/sbin/. ] || set -- -ldn /tmp; exec /bin/ls "$@"'),
             ['the directories of the commands belong to root or bin, and nobody else can write to them']),
            ('an aclput that does nothing', lambda host: program(host, 'aclput', ':'),
             ['extended permissions of a file that is edited are kept']),
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
    ('whose exceptions are not caught', 'case "$*" in *nothing*) kill -ABRT $$;; esac; exec "$real" "$@"',
     'an error ends in a sentence'),
    ('that says an error in two lines', 'case "$*" in *nothing*) echo more >&2;; esac; exec "$real" "$@"',
     'an error ends in a sentence'),
    ('that opens links with O_NOFOLLOW', '[ "$1" = path ] && { chmod 600 "$3/target"; exit 0; }; exec "$real" "$@"',
     'a link of another user in a directory that he can write to is refused'),
    ('that cannot read long links', '[ "$1" = ftpusers ] && { echo "reading: Result too large" >&2; exit 1; }; exec "$real" "$@"',
     'a link of 300 characters is followed, and stays'),
    ('that replaces links', '"$real" "$@"; s=$?; [ "$1" != ftpusers ] || '
     '{ cp "$3/target" "$3/new"; mv "$3/new" "$3/etc/ftpusers"; }; exit $s',
     'a link of 300 characters is followed, and stays'),
    ('that loses access control lists', '"$real" "$@"; s=$?; [ "$1" != ftpusers ] || setfacl -b "$3/target"; exit $s',
     'extended permissions of a file that is edited are kept'),
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


def by_an_ordinary_user(directory):
    with case('an ordinary user is told that it is for root'):
        done = call(*as_nobody(), 'sh', SCRIPT, BINARY)
        equal((done.returncode, done.stdout), (64, b''), 'exit status and standard output')
        contains(done.stderr.decode(), 'has to be run by root')


if __name__ == '__main__':
    run_tests(in_every_shell, notices, notices_of_the_binary, wrong_usage, by_an_ordinary_user)
