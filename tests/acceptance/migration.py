#!/usr/bin/python3 -B
"""Moving house: what docs/migration.md promises to users of other modules.

community.general.aix_inittab itself runs here, on stand-ins of lsitab, mkitab, chitab and rmitab, and its documented
examples run through ours with nothing changed but the module's name. The blocks of docs/migration.md that are marked
`before: NAME` and `after: NAME` are run, each on a host of its own.
"""
import os
import re

import yaml

from doc_blocks import Session, blocks, hosts_head, indented
from lib import (COLLECTIONS, SYSTEM_PATH, TESTS, TOP, Host, call, case, contains, equal, holds, lacks, read,
                 run_tests, same_tree, skip)

ORIGINAL, OURS = 'community.general.aix_inittab', 'bulwark.aix.inittab'
ORIGINAL_COLLECTIONS = os.path.join(TOP, 'build', '_deps', 'aix_inittab')
MODULE = os.path.join(ORIGINAL_COLLECTIONS, 'ansible_collections/community/general/plugins/modules/aix_inittab.py')
SAMPLE = os.path.join(TESTS, 'samples', 'aix-7.2')
ENVIRONMENT = {'ANSIBLE_COLLECTIONS_PATH': COLLECTIONS + ':' + ORIGINAL_COLLECTIONS,
               'ANSIBLE_GATHERING': 'explicit',
               'ANSIBLE_BECOME_METHOD': 'su', 'ANSIBLE_BECOME_EXE': '/bin/su'}  # sudo need not be installed
PAGE = 'docs/migration.md'

# ---- community.general.aix_inittab

STEPS = """
- name: Predict {name}
  check_mode: true
  block:
{task}
- name: Do {name}
  block:
{task}
- name: Look
  ansible.builtin.debug:
    msg: "{{{{ lookup('ansible.builtin.file', '{inittab}', rstrip=false) }}}}"

- name: Repeat {name}
  block:
{task}
"""


def documented_examples():
    """The tasks of the module's own documentation, as text."""
    text = re.search(r"(?ms)^EXAMPLES = r?('''|\"\"\")\n(.*?)\1", read(MODULE)).group(2)
    return ['- name: ' + task for task in re.split(r'(?m)^- name: ', text)[1:]]


class Twin:
    """One of the two modules, on a host of its own."""

    def __init__(self, directory, module):
        self.module = module
        self.host = Host(os.path.join(directory, module), SAMPLE)
        self.host.go_live()
        self.host.append('existingservice:2:once:/bin/true\n:resting:2:once:/bin/true\nlast:2:once:/bin/true\n',
                         'etc/inittab')

    def run(self, tasks):
        """Of each task: the results of a check run, of a run, of one more, and the inittab after the first run."""
        steps = ''.join(STEPS.format(name=at, task=indented(task.replace(ORIGINAL, self.module), 4),
                                     inittab=self.host.path('etc/inittab')) for at, task in enumerate(tasks))
        head = hosts_head(self.host.root) + 'ignore_errors: true\nenvironment: {PATH: "%s:%s"}\n' % (
            self.host.bin, SYSTEM_PATH)
        play = self.host.play('- name: Test\n%s  tasks:\n%s' % (indented(head, 2), indented(steps, 4)), '--diff',
                              env=ENVIRONMENT).succeeds()
        equal(len(play.tasks), 4 * len(tasks), 'results')
        return [Outcome(*play.tasks[at:at + 4]) for at in range(0, len(play.tasks), 4)]


class Outcome:
    """What came of a task: a check run, a run, the inittab then, and one more run."""

    def __init__(self, predicted, done, look, repeated):
        self.entries = [predicted, done, repeated]
        self.predicted, self.done = predicted['result'], done['result']
        self.text = look['result']['msg']

    def changed(self):
        return [entry['result']['changed'] for entry in self.entries]

    def failed(self):
        return [entry['status'] == 'failed' for entry in self.entries]


# Each a row of the table in docs/migration.md.
FURTHER = ['- %s: {%s}\n' % (ORIGINAL, options) for options in (
    "name: agent, runlevel: 2, action: once, command: '/opt/agent -l a:b'",
    'name: rcnfs, runlevel: 2, command: /etc/rc.nfs, state: absent',
    'name: resting, runlevel: 2, action: wait, command: /bin/true',
    'name: uprintfd, runlevel: 2, command: /usr/sbin/uprintfd',
    'name: other, runlevel: 2, action: once, command: /bin/true, insertafter: nobody',
    "name: brc, runlevel: '', command: /sbin/rc.boot, state: absent",
)]


def compare_further_tasks(colon, removed, brought_back, no_action, no_place, needed):
    with case('a command with a colon: aix_inittab changes it on every run, ours does not'):
        equal([one.changed() for one in colon], [[True, True, True], [True, True, False]], 'changed')
        equal(colon[1].text, colon[0].text, 'inittab')
    with case('absent of an entry that is commented out: aix_inittab leaves it, ours removes it'):
        equal([one.changed() for one in removed], [[False] * 3, [True, True, False]], 'changed')
        contains(removed[0].text, '\n: rcnfs:')
        lacks(removed[1].text, 'rcnfs')
    with case('present of an entry that is commented out: aix_inittab adds a second one, ours enables it in its place'):
        contains(brought_back[0].text, ':resting:2:once:/bin/true\nlast:', '\nresting:2:wait:/bin/true\n')
        contains(brought_back[1].text, '\nresting:2:wait:/bin/true\nlast:')
        lacks(brought_back[1].text, ':resting:')
    with case('an entry without action: aix_inittab ends with a traceback, ours leaves the action as it is'):
        equal([one.failed() for one in no_action], [[True] * 3, [False] * 3], 'failed')
        contains(no_action[0].done['module_stderr'], 'Traceback')
        contains(no_action[1].text, '\nuprintfd:2:respawn:/usr/sbin/uprintfd\n')
    with case('an unknown insertafter: a check run of aix_inittab foresees a change, one of ours the failure'):
        equal([one.failed() for one in no_place], [[False, True, True], [True] * 3], 'failed')
        contains(no_place[1].predicted['msg'], 'nobody')
    with case('an entry that booting needs: aix_inittab removes it, ours refuses without force'):
        equal([one.failed() for one in needed], [[False] * 3, [True] * 3], 'failed')
        contains(needed[1].predicted['msg'], 'force')


def compare_documented_examples(tasks, outcomes):
    with case('the documentation of %s has examples that add, change and remove an entry' % ORIGINAL):
        states = [yaml.safe_load(task)[0][ORIGINAL]['state'] for task in tasks]
        equal(states, ['present', 'present', 'absent'], 'states')
    for task, (theirs, ours) in zip(tasks, outcomes):
        name = re.match('- name: (.*)', task).group(1)
        with case('%r, a documented example: with the name of the module alone changed it leaves the same bytes' % name):
            equal((theirs.failed(), ours.failed()), ([False] * 3,) * 2, 'failed')
            equal(ours.text, theirs.text, 'inittab')
        with case('%r: changed is the same in check mode, at first and once more' % name):
            equal(theirs.changed(), [True, True, False], 'changed of ' + ORIGINAL)
            equal(ours.changed(), theirs.changed(), 'changed')
        with case('%r: what it returned is still returned, and there is a diff too' % name):
            equal(sorted(set(theirs.done) - set(ours.done)), [], 'keys that are missing')
            equal(ours.done['name'], theirs.done['name'], 'name')
            equal(ours.predicted['diff'], ours.done['diff'], 'diff')
            lacks(theirs.done, 'diff')


def aix_inittab(directory):
    documented = documented_examples()
    outcomes = list(zip(*(Twin(directory, module).run(documented + FURTHER) for module in (ORIGINAL, OURS))))
    compare_documented_examples(documented, outcomes[:len(documented)])
    compare_further_tasks(*outcomes[len(documented):])


# ---- the blocks of docs/migration.md

HANDLERS = """handlers:
- name: Refresh inetd
  ansible.builtin.command: refresh -s inetd
  changed_when: true
- name: Refresh syslogd
  ansible.builtin.command: refresh -s syslogd
  changed_when: true
"""
ABSOLUTE = re.compile(r'\b(path|dest|src): /')


class Example:
    """A block `before: NAME` or `after: NAME` and its host."""

    def __init__(self, directory, block, kind):
        self.block, self.kind, self.name = block, kind, block.marked(kind).split(',')[0]
        self.title = kind + ' ' + self.name
        self.host = Host(os.path.join(directory, kind, self.name), SAMPLE)
        self.host.go_live(syslogd='active')
        self.before = self.host.files()

    def play(self):
        head = hosts_head(self.host.root, 'always') + 'environment: {PATH: "%s:%s"}\n' % (self.host.bin, SYSTEM_PATH)
        text = self.block.as_play(self.title, head, HANDLERS if 'notify' in self.block.text else '')
        if self.kind == 'before':  # stock modules know no root
            text = ABSOLUTE.sub(lambda key: '%s: %s/' % (key.group(1), self.host.root), text)
            holds(not re.search(r'(?m): /etc', text), '%s would edit the files of this machine' % self.block)
        return text

    def results(self, play):
        return [entry['result'] for entry in play.tasks if entry['play'] == self.title]


def examples(directory, kind):
    return [Example(directory, block, kind) for block in blocks(PAGE)
            if block.marked(kind) is not None and (ORIGINAL not in block.text or os.path.exists(MODULE))]


def play_all(directory, many, *arguments):
    runner = Host(os.path.join(directory, 'runner' + str(len(os.listdir(directory)))))
    plays = '---\n' + '\n'.join(example.play() for example in many)
    return runner.play(plays, *arguments, '--diff', env=ENVIRONMENT).succeeds()


def what_the_page_shows(directory):
    after, before = examples(directory, 'after'), examples(directory, 'before')
    predicted = play_all(directory, after, '--check')
    unwritten = {example.name: example.host.files() == example.before and not os.path.exists(example.host.history)
                 for example in after}
    done = play_all(directory, after + before)
    again = play_all(directory, after)
    for example in after:
        with case('docs/migration.md, after %s: predicted, done, and unchanged the second time' % example.name):
            foreseen, results = example.results(predicted), example.results(done)
            holds(unwritten[example.name], 'the check run has written')
            holds(results and any(result['changed'] for result in results), 'nothing changed: %s' % results)
            equal([result.get('diff') for result in foreseen], [result.get('diff') for result in results], 'diff')
            equal([result['changed'] for result in example.results(again)], [False] * len(results), 'changed again')
    with case('docs/migration.md: the expression for portmap finds nothing on AIX 7.2, and the task does not fail'):
        portmap = next(example for example in before if example.name == 'portmap')
        equal([result['changed'] for result in portmap.results(done)], [False], 'changed')
    for old in before:
        new = next(example for example in after if example.name == old.name)
        files = [{path: facts[-1] for path, facts in host.files().items() if not path.endswith('~')}  # ~: a backup
                 for host in (old.host, new.host)]
        if 'same text' in old.block.mark:
            with case('docs/migration.md, %s: before and after leave the same text' % old.name):
                same_tree(files[1], files[0], 'after')
        else:
            with case('docs/migration.md, %s: before and after differ, as the page says' % old.name):
                holds(files[0] != files[1], 'they leave the same text: mark the block so')


def a_host_hardened_by_stock_tasks(directory):
    """The page's sessions, on a host where the page's stock tasks have been applied."""
    stock = [example for example in examples(directory, 'before') if 'same text' in example.block.mark]
    host = Host(os.path.join(directory, 'site'), SAMPLE)
    session = Session(host)
    for example in stock:
        example.host = host
    play_all(directory, stock)
    for block in blocks(PAGE):
        if block.marked('file'):
            session.add(block)
        elif block.language == 'console':
            for prompt, command, shown in block.commands():
                with case('docs/migration.md, on a host that stock tasks have hardened: %s%s' % (
                        command, ' prints what the page shows' if shown else ' succeeds')):
                    session.shows(command, shown)


def every_block_is_accounted_for(directory):
    known = ('before', 'after', 'not run', 'file')
    with case('docs/migration.md: every block is run, or says why it is not'):
        for block in blocks(PAGE):
            holds(block.language == 'console' or any(block.marked(word) is not None for word in known),
                  '%s has no mark' % block)
            if block.language == 'yaml':
                yaml.safe_load(block.text)


def fetch():
    """Gets the original module, if it is not there already."""
    done = call(os.path.join(TESTS, 'fetch_aix_inittab.sh'), env=dict(os.environ))  # apt may need a proxy
    if done.returncode:
        with case('%s can be had' % ORIGINAL):
            holds(False, done.stderr.decode())
    elif not os.path.exists(MODULE):
        skip('the documented examples of ' + ORIGINAL, 'it comes out of a package of Debian, and there is no apt-get')


if __name__ == '__main__':
    fetch()
    run_tests(*[aix_inittab] * os.path.exists(MODULE), what_the_page_shows, a_host_hardened_by_stock_tasks,
              every_block_is_accounted_for)
