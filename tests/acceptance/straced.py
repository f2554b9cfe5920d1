"""What strace sees of a program: the paths that its system calls name, with the directories in which they begin."""
import collections
import os
import re

# directory: where the name begins, by its path; None for an absolute name. `at_descriptor`: it was given as an open one.
Named = collections.namedtuple('Named', 'directory name at_descriptor')
# parent: the process that made this one, if it is not the first.
Call = collections.namedtuple('Call', 'process parent name arguments result paths')
FILE_CALLS = '%file,/^(rename|link|unlink|mkdir|rmdir|symlink|f?chmod|f?chown|open|f?truncate)'
MAKES_PROCESS = ('clone', 'clone3', 'fork', 'vfork')
TRACED = FILE_CALLS + ',fchdir,' + ','.join('?' + name for name in MAKES_PROCESS)
LINE = re.compile(r'(?:(\d+) +)?(\w+)\((.*)\) += (.*)')
NAME = re.compile(r'(?:(AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')


def words(log):
    """Words before a command that let strace write to this file."""
    return ['strace', '-f', '-y', '-qq', '-o', log, '-e', 'trace=' + TRACED]


def lines_of(log):
    """(process, name, arguments, result) of each call, those that were interrupted by another process put together."""
    unfinished = {}
    with open(log, errors='surrogateescape') as lines:
        for line in lines:
            process = line.split(' ', 1)[0]
            if '<unfinished ...>' in line:
                unfinished[process] = line.split('<unfinished ...>')[0]
                continue
            resumed = re.match(r'\d+ +<\.\.\. \w+ resumed>(.*)', line, re.DOTALL)
            if resumed:
                line = unfinished.pop(process, '') + resumed.group(1)
            match = LINE.match(line)
            if match:
                yield match.groups()


def paths_in(name, arguments, where):
    """What the call names. Where a link points is text."""
    named = [Named(None if text.startswith('/') else directory or where, text, number not in ('', 'AT_FDCWD'))
             for number, directory, text in NAME.findall(arguments)]
    if name == 'execve':
        return named[:1]
    if name.startswith('symlink'):
        return named[1:]
    return named[:1] if name.startswith('readlink') else named


def calls(log, where='/'):
    """The calls that name files, in order. `where` is the directory in which the program was started."""
    lines = list(lines_of(log))
    parents = {re.match(r'\d*', result).group(): process for process, name, _, result in lines if name in MAKES_PROCESS}
    directories = {}
    for process, name, arguments, result in lines:
        here = directories.setdefault(process, directories.get(parents.get(process), where))
        if name not in MAKES_PROCESS:
            yield Call(process, parents.get(process), name, arguments, result, paths_in(name, arguments, here))
        if name in ('chdir', 'fchdir') and result.startswith('0'):
            there = re.search(r'<([^>]*)>' if name == 'fchdir' else r'"(.*)"', arguments).group(1)
            directories[process] = os.path.normpath(os.path.join(here, there))


def opened(call):
    """The path of what a call has opened."""
    found = re.match(r'\d+<(/[^>]*)>', call.result)
    return found.group(1) if found else None


def full(named):
    return os.path.normpath(os.path.join(named.directory or '/', named.name))
