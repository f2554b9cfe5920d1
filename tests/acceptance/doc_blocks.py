"""The code blocks of a page of documentation, and a scratch site on which they are run.

A test gets them from the page itself, so that what a page shows is what has been run:

    ```console            a session: `$ ` is the prompt of the controller, `# ` that of root on the managed host. What
                          follows a command is its output, byte for byte; a line `...` stands for any lines, none too.
                          A command that is shown without output has to succeed.
    ```yaml               plays, tasks, or variables.
    <!-- WORDS -->        on the line before a block says what a reader sees without it: `file: NAME`, the name under
                          which later commands know the block; `not run: REASON`; and what a test of the page makes of it.

What differs from run to run (commits, dates, the place of the scratch host) is dealt with by `Session.normal` and
`Session.learn` alone.
"""
import os
import re
import shlex
import shutil
import subprocess

import yaml

from lib import BINARY, NEVER, TOP, ansible_environment, call, equal, holds, lacks, write

INDENTED_CODE = re.compile(r'\n\n(?: {4}|\t)(?![-*\d])')
LOOKING = ['history_info', 'ports_info']  # modules without `refresh`
READING_COMMANDS = ['history']  # of the command line alone, without it too


class Block:
    """A fenced block: its language, its text, what the comment before it says, and where it is."""

    def __init__(self, page, line, language, mark, text):
        self.page, self.line, self.language, self.mark, self.text = page, line, language, mark, text

    def __str__(self):
        return '%s, line %d' % (self.page, self.line)

    def marked(self, word):
        """What stands behind `word:` in the mark; none if it is not there."""
        found = re.fullmatch(re.escape(word) + r': *(.*)', self.mark)
        return found.group(1) if found else None

    def is_play(self):
        content = yaml.safe_load(self.text)
        return isinstance(content, list) and 'hosts' in content[0]

    def is_variables(self):
        return isinstance(yaml.safe_load(self.text), dict)

    def as_play(self, name, head, handlers=''):
        """As text of a play: tasks stay as they are, but for their indentation."""
        if self.is_play():
            return re.sub(r'(?m)^( +)hosts: .*\n', lambda hosts: ''.join(
                hosts.group(1) + line + '\n' for line in head.splitlines()), self.text)
        return '- name: %s\n%s  tasks:\n%s%s' % (name, indented(head, 2), indented(self.text, 4), indented(handlers, 2))

    def commands(self):
        """The commands of a session, each with its prompt and the output shown."""
        found = []
        for line in self.text.splitlines(keepends=True):
            if re.match(r'[$#] ', line):
                found.append([line[0], line[2:].rstrip('\n'), ''])
            else:
                holds(found, '%s: the session begins with output' % self)
                found[-1][2] += line
        return [tuple(command) for command in found]


def indented(text, width):
    return re.sub(r'(?m)^(?=.)', ' ' * width, text)


def blocks(*path):
    """All fenced blocks of a page. Code that is indented only has no language, so nothing could hold a page to it."""
    page = os.path.join(*path)
    with open(os.path.join(TOP, page), encoding='utf-8') as file:
        text = file.read()
    found = []
    for fence in re.finditer(r'(?ms)(?:^<!-- ([^\n]*) -->\n)?^```(\w*)\n(.*?)^```$', text):
        mark, language, body = fence.group(1) or '', fence.group(2), fence.group(3)
        found.append(Block(page, text.count('\n', 0, fence.start(3)) + 1, language, mark, body))
    prose = re.sub(r'(?ms)^```.*?^```$', '', text)
    holds(not INDENTED_CODE.search(prose), page + ' has code without a fence: %r' % INDENTED_CODE.search(prose))
    return found


def hosts_head(root, refresh='auto', hosts='localhost'):
    """The beginning of a play in which every module of the collection works in `root`."""
    lines = ['hosts: ' + hosts, 'module_defaults:']
    for name in call(BINARY, 'doc', '--list').stdout.decode().split():
        options = {'root': root} if name in LOOKING else {'root': root, 'refresh': refresh}
        lines.append('  bulwark.aix.%s: {%s}' % (name, ', '.join('%s: %s' % option for option in options.items())))
    return '\n'.join(lines) + '\n'


WRAPPER = """#!/bin/sh
# The host's root is a scratch tree, and its commands are stand-ins.
case ${1-} in
doc | --* | '') exec %(binary)s "$@" ;;
%(looking)s) exec %(binary)s "$@" --root %(root)s ;;
*) exec %(binary)s "$@" --root %(root)s --refresh always ;;
esac
"""


class Session:
    """A controller's directory with an inventory, and one managed host, aix01. Commands run one after the other."""

    def __init__(self, host):
        self.host = host
        host.go_live(syslogd='active', sendmail='active', portmap='active')
        words = {'binary': BINARY, 'root': host.root, 'looking': ' | '.join(LOOKING + READING_COMMANDS)}
        os.chmod(write(WRAPPER % words, host.bin, 'bulwark'), 0o755)
        self.directory = os.path.join(host.directory, 'site')
        shutil.copytree(TOP, self.directory, ignore=lambda directory, names: [
            name for name in names if directory == TOP and name != 'playbooks'])
        self.place = self.directory  # as of a checkout
        for place in (self.directory, os.path.join(self.directory, 'playbooks')):
            write('[aix]\naix01 ansible_connection=local bulwark_root=%s bulwark_refresh=always\n' % host.root,
                  place, 'inventory')
        self.environment = {**ansible_environment(host.directory, host.bin), 'ANSIBLE_GATHERING': 'explicit'}
        del self.environment['ANSIBLE_CALLBACKS_ENABLED']
        self.known = {}  # a commit, path or date as the page has it: a function that says what it is here

    def add(self, block):
        """Makes a playbook of a block, where commands are run. Returns its name."""
        name = block.marked('file') or 'line%d.yml' % block.line
        write('---\n' + block.as_play('Example', hosts_head(self.host.root, 'always', 'aix')), self.place, name)
        return name

    def normal(self, text):
        """What a page shows of an output that differs from run to run."""
        text = text.replace(' --root %s --refresh always' % self.host.root, '').replace(' --root ' + self.host.root, '')
        text = text.replace(self.host.history, '/var/bulwark/history.git')
        text = re.sub(r'[ \t]+$', '', text, flags=re.MULTILINE).strip('\n') + '\n'  # editors take blanks at the end away
        return re.sub(r'\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?: ?[+-]\d\d:?\d\d|Z)?', 'DATE', text)

    def run(self, command):
        """The output of a shell command, and its exit status."""
        if command.startswith('cd '):
            place = os.path.join(self.place, shlex.split(command, comments=True)[1])
            holds(os.path.isdir(place), place + ' is no directory')
            self.place = place
            return '', 0
        for shown, real in self.known.items():
            command = command.replace(shown, real())
        done = subprocess.run(['sh', '-c', command], cwd=self.place, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=NEVER)
        return done.stdout.decode(), done.returncode

    def learn(self, shown, got):
        """Commits stand in a page as they once were: each stands for one of this run, the same one throughout."""
        ids = re.compile(r'\b(?:[0-9a-f]{40}|[0-9a-f]{12})\b')
        for old, new in zip(ids.findall(shown), ids.findall(got)):
            here = self.known.setdefault(old[:12], lambda new=new: new[:12])()
            equal(new[:12], here, 'the commit that stands for ' + old)
            got = got.replace(new, old)
        return got

    def shows(self, command, shown):
        """Runs it, and holds the page to its output, if one is shown; else to its success."""
        output, status = self.run(command)
        if not shown:
            holds(status == 0 or (status == 2 and '--check' in command),
                  '%s: exit status %d:\n%s' % (command, status, output))
            return
        lacks(output, 'Traceback')
        output, shown = self.normal(self.learn(shown, output)), self.normal(shown)
        if not matches(shown, output):
            equal(output, shown, command)


def matches(shown, output):
    """Whether an output is as shown; a line `...` stands for any lines."""
    parts = re.split(r'(?m)^\.\.\.\n', shown)
    return re.fullmatch('(?:.*\n)*?'.join(map(re.escape, parts)), output) is not None
