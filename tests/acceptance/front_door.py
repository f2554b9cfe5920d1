#!/usr/bin/python3 -B
"""What decides what a call does: the words that were typed, the file that Ansible names, and no more.

Root stands in directories of others: /tmp, a user's home. Nothing that lies there is looked at, whatever it is called, and
nothing that the environment leads to, but for what the manual page names.
"""
import json
import os
import re
import subprocess

from lib import (BINARY, NOBODY, IS_ROOT, Host, call, case, contains, environment, equal, holds, lacks, one_sentence, run_tests,
                 same_tree, skip, tree, write)

MODULES = call(BINARY, 'doc', '--list').stdout.decode().split()
TYPED = ['--help', '-h', '--version', '--', '-', '--check', '--args-file', 'help', 'doc', 'history', 'histroy', 'undo', 'args', '.',
         '..', 'AnsiballZ_crontab', 'caf\xe9', *MODULES]
# What a program finds, if it looks for anything: the names of its own files, of libraries, of libc's and of git's.
BAIT = ['.git', '.gitconfig', 'config', 'HEAD', 'objects', 'etc', 'libc.so.6', 'locale', 'C.UTF-8', 'de_DE.UTF-8', 'localtime', 'UTC',
        'terminfo', 'xterm', 'tutorial.json', 'tutorial', 'strict.json', 'ksh', 'm4', 'sendmail', 'lssrc', 'bulwark', 'args.json']


class Elsewhere:
    """A directory of somebody else, in which root stands, and an environment that leads there."""

    def __init__(self, directory, host):
        self.path = os.path.join(directory, 'elsewhere')
        os.mkdir(self.path)
        os.chmod(self.path, 0o1777)
        self.job = json.dumps({'_ansible_module_name': 'crontab', 'root': host.root, 'name': 'x', 'job': '/tmp/evil'})
        self.environment = {name: self.path for name in (
            'HOME', 'TMPDIR', 'TMP', 'TEMP', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'GIT_DIR', 'GIT_CONFIG', 'GIT_EXEC_PATH', 'LOCPATH',
            'TZDIR', 'TERMINFO', 'TERMINFO_DIRS', 'GCONV_PATH', 'NLSPATH', 'GIT_TEMPLATE_DIR', 'ODMDIR', 'PWD', 'OLDPWD', 'EDITOR',
            'PAGER', 'ENV', 'BASH_ENV', 'GIT_OBJECT_DIRECTORY', 'GIT_ALTERNATE_OBJECT_DIRECTORIES', 'NETRC', 'SSL_CERT_DIR')}
        self.environment.update(PATH='.:' + self.path + '::/usr/bin:/bin:/usr/sbin:/sbin', LANG='de_DE.UTF-8', LC_ALL='de_DE.UTF-8',
                                TERM='xterm', LANGUAGE='../..' + self.path, GIT_CONFIG_GLOBAL=self.path + '/config')

    def plant(self, name):
        path = write(self.job, self.path, name)
        if IS_ROOT:
            os.chown(path, NOBODY, NOBODY)
        os.chmod(path, 0o755)


def command(elsewhere, *words, prefix=()):
    return subprocess.run([*prefix, BINARY, *words], cwd=elsewhere.path, env=elsewhere.environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)


def planted_files(directory):
    host = Host(directory)
    elsewhere = Elsewhere(directory, host)
    before = host.everything()
    said = {word: command(elsewhere, word) for word in TYPED}
    for word in TYPED:
        if word not in ('.', '..'):
            elsewhere.plant(word)
    for word in TYPED:
        with case('`bulwark %s` does the same in a directory in which a file of that name is' % word):
            done, expected = command(elsewhere, word), said[word]
            equal((done.returncode, done.stdout, done.stderr), (expected.returncode, expected.stdout, expected.stderr))
            same_tree(host.everything(), before)
    with case('what Ansible is asked to run is in a file that is named by its path'):
        program = os.path.join(directory, 'AnsiballZ_crontab')
        os.symlink(BINARY, program)
        task = {'root': host.root, 'name': 'x', 'job': '/bin/true', '_ansible_check_mode': True}
        for path in (write(json.dumps(task), directory, 'args'), '../args'):
            done = subprocess.run([program, path], cwd=elsewhere.path, env=environment(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            equal((done.returncode, json.loads(done.stdout)['changed'], done.stderr), (0, True, b''), path)
    with case('a path that cannot be read is told of to Ansible, as JSON'):
        done = command(elsewhere, './none')
        answer = json.loads(done.stdout)
        equal((done.returncode, answer['failed'], answer['changed'], done.stderr), (1, True, False, b''))
        contains(one(answer['msg']), './none')


def one(sentence):
    one_sentence(sentence)
    return sentence


def looked_at(log, beginning):
    """The paths that the process itself named to the kernel, without what a link says, and as they are from `beginning`: while
    it stands in a directory of its own, that comes before."""
    here = beginning
    with open(log, encoding='latin-1') as lines:
        for line in lines:
            match = re.match(r'(\w+)\((.*)\) += ', line)
            if not match or match.group(1) in ('execve', 'getcwd'):
                continue
            if match.group(1) == 'fchdir':
                here = re.search('<([^>]*)>', match.group(2)).group(1)
                continue
            named = re.findall(r'(?:(AT_FDCWD|\d+)(?:<[^>]*>)?, )?"((?:[^"\\]|\\.)*)"', match.group(2))
            named = named[1:] if match.group(1).startswith('symlink') else named[:1] if match.group(1).startswith('readlink') else named
            for place, path in named:
                if place in ('', 'AT_FDCWD') and path != '.':  # else below a directory that is open
                    yield path if here == beginning else os.path.join(here, path)


def traced(elsewhere, log, *words):
    return command(elsewhere, *words, prefix=['strace', '-o', log, '-y', '-e', 'trace=%file,fchdir'])


def what_is_looked_at(directory):
    host = Host(directory)
    elsewhere = Elsewhere(directory, host)
    for name in BAIT:
        elsewhere.plant(name)
    log = os.path.join(directory, 'log')
    sentence = 'nothing in the working directory, or where the environment leads, is looked at'
    if call('strace', '-V').returncode != 0 or traced(elsewhere, log, '--version').returncode != 0:
        skip(sentence, 'there is no strace, or it is not allowed')
        return
    task = write(json.dumps({'root': host.root, 'services': ['time'], 'state': 'disabled', '_ansible_module_name': 'inetd'}),
                 directory, 'args')
    tree_options = ['--root', host.root]
    before = tree(elsewhere.path, times=True)
    for words in (['--help'], ['--version'], ['help', 'inetd'], ['doc', 'inetd'], ['doc', '--man'], ['doc', '--completion', 'bash'],
                  ['nosuch'], ['harden', *tree_options, '--check', '--diff'], ['harden', *tree_options], ['harden', *tree_options, '--json'],
                  ['ports_info', *tree_options], ['history', 'log', *tree_options], ['history', 'show', *tree_options],
                  ['history', 'diff', 'original', *tree_options], ['history', 'verify', *tree_options],
                  ['crontab', *tree_options, '--name', 'x', '--job', 'y', '--refresh', 'always', '--check'],
                  ['sendmail', *tree_options, '--refresh', 'always', '--check', '--host-names', 'x'],
                  ['rollback', *tree_options, '--to', 'original'], ['inetd', '--args-file', task, '--check'], [task]):
        with case('%s: `bulwark %s`' % (sentence, ' '.join(words).replace(directory, ''))):
            traced(elsewhere, log, *words)
            paths = list(looked_at(log, elsewhere.path))
            holds(paths, 'strace saw nothing')
            equal([path for path in paths if not path.startswith('/')], [], 'paths that begin in the working directory')
            # PATH is the system's way to say where commands are: whether a directory of it is one to trust is looked at.
            # PATH names it, so whether a command of that name is there is asked; it is neither opened nor run.
            allowed = [elsewhere.path, *(os.path.join(elsewhere.path, name) for name in ('lssrc', 'm4', 'sendmail', 'ksh'))]
            equal([path for path in paths if path.startswith(elsewhere.path) and path not in allowed], [], 'paths in it')
            same_tree(tree(elsewhere.path, times=True), before)
    with case('what may be named is named: `~` in a path, and a file of options'):
        done = command(elsewhere, 'inetd', '--root', '~/none', '--name', 'echo', '--state', 'disabled')
        contains(done.stderr.decode(), elsewhere.path + '/none')
        write('[]', elsewhere.path, 'options')
        done = command(elsewhere, 'inetd', '--args-file', 'options')
        equal(done.returncode, 64, 'exit status')
        contains(done.stderr.decode(), 'options: ')
        lacks(done.stdout.decode(), 'changed')


if __name__ == '__main__':
    run_tests(planted_files, what_is_looked_at)
