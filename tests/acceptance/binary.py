#!/usr/bin/python3 -B
"""The file that is sent to every host for every task: small, and needing nothing but libc."""
import os
import re
import stat
import subprocess

from lib import BINARY, COLLECTIONS, Host, call, case, contains, equal, holds, lacks, run_tests, skip

LIMIT = 2_000_000
ALLOWED = re.compile(r'(linux-vdso|linux-gate|libc\.|ld-|ld64|/.*/ld-)')


def the_file(directory):
    with case('it is at most two million bytes long'):
        size = os.path.getsize(BINARY)
        holds(size <= LIMIT, '%d bytes' % size)
    with case('nothing but libc is dynamic'):
        lines = call('ldd', BINARY).stdout.decode().split('\n')
        needed = [line.split()[0] for line in lines if line.strip()]
        statically = any('not a dynamic executable' in line or 'statically linked' in line for line in lines)
        others = [] if statically else [os.path.basename(name) for name in needed if not ALLOWED.match(os.path.basename(name))]
        equal(others, [], 'other libraries')
    with case('it is stripped'):
        lacks(sections(), '.symtab', '.debug_info')
    headers = call('readelf', '-W', '-h', '-l', '-d', BINARY).stdout.decode()
    if not headers:
        skip('it is a position independent executable, with full RELRO and a stack that is not executable', 'there is no readelf')
        return
    with case('it is a position independent executable, with full RELRO and a stack that is not executable'):
        holds(re.search(r'Type:\s+DYN', headers), 'no PIE')
        contains(headers, 'GNU_RELRO')
        holds(re.search(r'BIND_NOW|FLAGS_1.*NOW', headers), 'no BIND_NOW')
        stack = re.search(r'GNU_STACK.*', headers)
        holds(stack and 'RWE' not in stack.group(0), 'an executable stack')
        lacks(headers, 'RPATH', 'RUNPATH', 'TEXTREL')
    symbols = call('readelf', '-W', '--dyn-syms', BINARY).stdout.decode()
    with case('the stack is protected, and the functions of libc that copy are the checked ones'):
        contains(symbols, '__stack_chk_fail')
        holds(re.search(r'__(mem|str|sn?printf|vs)\w*_chk\b', symbols), 'no function of the kind of __memcpy_chk:\n' + symbols)
    with case('no path of the machine that built it is inside'):
        text = open(BINARY, 'rb').read().decode('latin-1')
        equal(re.findall(r'/[\w./-]*(?:/build/|/_deps/)[\w./-]*', text)[:5], [], 'paths, the first of them')


def sections():
    return call('readelf', '-W', '-S', BINARY).stdout.decode().split()


def the_collection(directory):
    collection = os.path.join(COLLECTIONS, 'ansible_collections', 'bulwark', 'aix')
    platform, = os.listdir(os.path.join(collection, 'bin'))
    modules = os.path.join(collection, 'plugins', 'modules')
    links = os.path.join(modules, platform)
    names = sorted(os.listdir(links))
    with case('the collection has the same binary once, under the name of every module'):
        own = open(BINARY, 'rb').read()
        equal(open(os.path.join(collection, 'bin', platform, 'bulwark'), 'rb').read() == own, True, 'the same bytes')
        equal(names, sorted(call(BINARY, 'doc', '--list').stdout.decode().split()), 'modules')
        for name in names:
            holds(os.path.islink(os.path.join(links, name)) and not os.path.isabs(os.readlink(os.path.join(links, name))), name)
            holds(os.access(os.path.join(links, name), os.X_OK), name + ' is not executable')
            holds(stat.S_ISREG(os.stat(os.path.join(modules, name + '.py')).st_mode), name + '.py')
    with case('the documentation in the collection is what the binary says'):
        for name in names:
            said = call(BINARY, 'doc', '--python', name).stdout.decode()
            equal(open(os.path.join(modules, name + '.py'), encoding='utf-8').read(), said, name + '.py')


def what_it_does_not_do(directory):
    host = Host(directory)
    if call('strace', '-V').returncode != 0:
        skip('a check run opens nothing for writing', 'there is no strace')
        return
    trace = os.path.join(directory, 'trace')
    arguments = ['strace', '-f', '-o', trace, BINARY, 'harden', '--root', host.root, '--check', '--diff']
    if subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 2:
        skip('a check run opens nothing for writing', 'tracing is not allowed here')
        return
    text = open(trace, encoding='latin-1').read()
    with case('a check run opens nothing for writing, and creates and locks nothing'):
        wrong = [line for line in text.splitlines() if re.search(
            r'\b(O_WRONLY|O_RDWR|O_CREAT|mkdir|mkdirat|rename\w*|unlink\w*|link(at)?|symlink\w*|f?chmod\w*|f?chown\w*|F_SETLKW?|utime\w*)\b',
            line) and '/dev/' not in line and not re.search(r'\breadlink', line)]
        equal(wrong, [], 'calls')
    with case('outside of the root a check run reads libraries alone'):
        opened = re.findall(r'open(?:at)?\((?:AT_FDCWD, )?"(/[^"]*)"', text)
        others = sorted({path for path in opened if not path.startswith((directory, '/lib', '/usr/lib', '/etc/ld.so', '/proc/', '/dev/'))
                         and path != '/'})
        equal([path for path in others if '/locale' not in path and '/gconv' not in path], [], 'files')


if __name__ == '__main__':
    run_tests(the_file, the_collection, what_it_does_not_do)
