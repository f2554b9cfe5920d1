#!/usr/bin/python3 -B
"""The Molecule scenarios, by Molecule where it is installed, else by tests/play_molecule.py; and that player itself."""
import concurrent.futures
import glob
import os
import shutil

import yaml

from lib import (SYSTEM_PATH, TESTS, TOP, append, call, case, contains, equal, holds, one_sentence, read, run_tests,
                 same_tree, tool, tree, write)

PLAYER = os.path.join(TESTS, 'play_molecule.py')
MOLECULE = shutil.which('molecule') or PLAYER
SETTINGS = ['ansible.cfg', 'inventory', 'inventory/ansible_inventory.yml', 'state.yml']


class Project:
    """A directory with scenarios in it, and a cache of its own for what they leave."""

    def __init__(self, directory, top=None, program=PLAYER):
        tool('ansible-playbook')
        self.top = top or os.path.join(directory, 'project')
        self.program = program
        self.cache = os.path.join(directory, 'cache')
        self.variables = {'PATH': os.environ.get('PATH', SYSTEM_PATH), 'LC_ALL': 'C.UTF-8', 'PYTHONDONTWRITEBYTECODE': '1',
                          'HOME': directory, 'XDG_CACHE_HOME': self.cache}

    def run(self, *words, **variables):
        done = call(self.program, *words, cwd=self.top, env={**self.variables, **variables})
        return Run(done)

    def write(self, name, text, scenario='default'):
        return write(text, self.top, 'molecule', scenario, name)

    def ephemeral(self, *parts, scenario='default'):
        return os.path.join(self.cache, 'molecule', os.path.basename(self.top), scenario, *parts)


class Run:
    def __init__(self, done):
        self.status, self.output, self.error = done.returncode, done.stdout.decode(), done.stderr.decode()
        self.text = self.output + self.error

    def exits_with(self, status):
        holds(self.status == status, 'exit status %d, not %d:\n%s' % (self.status, status, self.text[-6000:]))
        return self

    def marks(self):
        """What the playbooks of the tests below said, in its order."""
        return [line.split('"')[3] for line in self.output.splitlines() if '"msg": "' in line]


# ---- the scenarios of this project


def names_of_scenarios():
    directory = os.path.join(TOP, 'molecule')
    return sorted(name for name in os.listdir(directory) if os.path.exists(os.path.join(directory, name, 'molecule.yml')))


def purpose(name):
    """The comment that the scenario's file begins with."""
    return read(TOP, 'molecule', name, 'molecule.yml').splitlines()[1].lstrip('# ').rstrip('.')


def conditions(content):
    """What assertions of a playbook demand."""
    for value in content if isinstance(content, list) else content.values() if isinstance(content, dict) else []:
        yield from conditions(value)
    if isinstance(content, dict) and 'that' in content:
        yield from content['that'] if isinstance(content['that'], list) else [content['that']]


def assertions_say_something(directory):
    with case('no condition of a scenario is a mapping, for want of quotes: ansible-core 2.14 holds it to be true'):
        files = glob.glob(os.path.join(TOP, 'molecule', '**', '*.yml'), recursive=True)
        found = [condition for file in files for condition in conditions(yaml.safe_load(read(file)))]
        equal([condition for condition in found if not isinstance(condition, str)], [])
        holds(len(found) > 30, 'only %d are found' % len(found))


def scenarios(directory):
    project = Project(directory, TOP, MOLECULE)
    before = tree(os.path.join(TOP, 'molecule'), times=True)
    with case('there are the scenarios check, default, rollback and strict'):
        equal(names_of_scenarios(), ['check', 'default', 'rollback', 'strict'])
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = {name: pool.submit(project.run, 'test', '-s', name) for name in names_of_scenarios()}
    for name, run in runs.items():
        with case('scenario %s: %s' % (name, purpose(name))):
            run.result().exits_with(0)
    with case('they leave no host behind'):
        equal([path for path in tree(project.cache) if 'aix-' in path], [])
    with case('and touch no file of the project'):
        same_tree(tree(os.path.join(TOP, 'molecule'), times=True), before)


def a_scenario_that_fails(directory):
    project = Project(directory, TOP, MOLECULE)
    inetd_conf = project.ephemeral('aix-5.3', 'root', 'etc', 'inetd.conf')
    only = ['--', '--limit', 'aix-5.3']
    with case('verify fails when a service was switched on behind its back, and names host and rule'):
        project.run('converge', *only).exits_with(0)
        append('shell   stream  tcp6    nowait  root    /usr/sbin/rshd          rshd\n', inetd_conf)
        contains(project.run('verify', *only).exits_with(2).text, 'aix-5.3', 'inetd-shell')
    with case('destroy removes the host'):
        project.run('destroy').exits_with(0)
        holds(not os.path.exists(inetd_conf), 'still there')


# ---- the player

SCENARIO = '''---
driver: {name: default, options: {managed: false, ansible_connection_options: {ansible_connection: local}}}
platforms: [{name: one, groups: [web], children: [front]}, {name: two}]
provisioner:
  name: ansible
  env: {GREETING: "${WHO:-nobody} and ${ELSE-$WHO} at $MOLECULE_SCENARIO_NAME for $$5$NOTHING"}
  inventory:
    group_vars: {all: {ansible_python_interpreter: /usr/bin/python3}}
    host_vars: {one: {colour: "${COLOUR}"}}
verifier: {name: ansible, env: {GREETING: "verify says ${WHO}"}}
'''


def says(mark, **task):
    """A play of one task, which prints the mark."""
    keywords = ''.join('      %s: %s\n' % item for item in task.items())
    return ('- hosts: one\n  gather_facts: false\n  tasks:\n'
            '    - name: Say it\n      ansible.builtin.debug: {msg: "%s"}\n' % mark + keywords)


ALL = ('cleanup', 'create', 'prepare', 'converge', 'side_effect', 'verify', 'destroy')


def small_project(directory, names, **playbooks):
    """With playbooks that say their names, or what is given."""
    project = Project(directory)
    project.write('molecule.yml', SCENARIO)
    for name in names:
        project.write(name + '.yml', playbooks.get(name) or says(name))
    return project


def player_plays_the_steps(directory):
    project = small_project(directory, ALL, converge=says('converge') + says('once', tags='molecule-idempotence-notest') +
                            says('never', tags='notest'))
    with case('test plays the playbooks in the order of Molecule, without those parts that are tagged as no test'):
        equal(project.run('test').exits_with(0).marks(),
              ['cleanup', 'destroy', 'create', 'prepare', 'converge', 'once', 'converge', 'side_effect', 'verify', 'cleanup',
               'destroy'])
    with case('and removes what playbooks left in the ephemeral directory, but not its own settings'):
        equal(sorted(tree(project.ephemeral())), SETTINGS)
    with case('converge creates and prepares, once'):
        equal(project.run('converge').exits_with(0).marks(), ['create', 'prepare', 'converge', 'once'])
        equal(project.run('converge').exits_with(0).marks(), ['converge', 'once'])
    with case('--force prepares again'):
        equal(project.run('prepare', '--force').exits_with(0).marks(), ['prepare'])
    with case('and after destroy all begins anew'):
        equal(project.run('destroy').exits_with(0).marks(), ['cleanup', 'destroy'])
        one_sentence(project.run('idempotence').exits_with(1).error.rstrip('\n'))
        equal(project.run('prepare').exits_with(0).marks(), ['prepare'])
    with case('side effects and verifications that a sequence names are played in their place, and absent playbooks passed over'):
        project.write('molecule.yml', SCENARIO + 'scenario: {test_sequence: [create, verify b.yml, side_effect a.yml b.yml]}\n')
        project.write('a.yml', says('a'))
        project.write('b.yml', says('b'))
        os.remove(os.path.join(project.top, 'molecule', 'default', 'create.yml'))
        equal(project.run('test').exits_with(0).marks(), ['b', 'a', 'b'])


def player_sets_the_stage(directory):
    question = "{{ lookup('env', 'GREETING') }}"
    facts = ("{{ [molecule_yml.platforms[1].name, groups.web, groups.front, groups.ungrouped, colour, ansible_check_mode, "
             "ansible_connection, lookup('pipe', 'pwd') == molecule_scenario_directory, molecule_ephemeral_directory == "
             "lookup('env', 'MOLECULE_EPHEMERAL_DIRECTORY')] | to_json | replace('\\\"', '') }}")
    project = small_project(directory, ('converge', 'verify'), converge=says(question) + says(facts), verify=says(question))
    with case('variables of the environment and of Molecule stand in molecule.yml, with defaults; a double dollar is one'):
        done = project.run('converge', WHO='me', COLOUR='red').exits_with(0)
        contains(done.marks(), 'me and me at default for $5')
        contains(project.run('converge', ELSE='').exits_with(0).marks(), 'nobody and  at default for $5')
    with case('playbooks run in the scenario\'s directory and know its hosts, groups, variables and merged molecule.yml'):
        contains(done.marks(), '[two, [one], [one], [two], red, false, local, true, true]')
    with case('check runs converge.yml in check mode'):
        project.write('molecule.yml', SCENARIO + 'scenario: {check_sequence: [check]}\n')
        contains(project.run('check', COLOUR='red').exits_with(0).marks(),
                 '[two, [one], [one], [two], red, true, local, true, true]')
    with case('the verifier has its own environment'):
        equal(project.run('verify', WHO='me').exits_with(0).marks(), ['verify says me'])
    with case('arguments after two dashes go to ansible-playbook'):
        contains(project.run('verify', '--', '--list-tasks').exits_with(0).text, 'play #1 (one)')


def player_fails(directory):
    project = small_project(directory, ('converge', 'verify', 'destroy'))
    with case('test fails when a second converge changes something, names the task, and still cleans up and destroys'):
        project.write('converge.yml', says('converge', changed_when='true'))
        done = project.run('test').exits_with(1)
        contains(done.text, '* [one] => Say it', 'FAILED in idempotence')
        equal(done.marks(), ['destroy', 'converge', 'converge', 'destroy'])
    with case('also when only the output says changed=1, for so does Molecule'):
        project.write('converge.yml', says('changed=1'))
        project.run('converge').exits_with(0)
        contains(project.run('idempotence').exits_with(1).error, 'changes something again')
    with case('test fails when verify fails, and still cleans up and destroys'):
        project.write('molecule.yml', SCENARIO + 'scenario: {test_sequence: [verify, destroy]}\n')
        project.write('verify.yml', says('verify') + says('wrong', failed_when='true'))
        done = project.run('test').exits_with(1)
        contains(done.text, 'FAILED in verify')
        equal(done.marks(), ['verify', 'destroy'])
    with case('with --destroy never it leaves all as it is, and exits as ansible-playbook did'):
        equal(project.run('test', '--destroy', 'never').exits_with(2).marks(), ['verify'])
    with case('a playbook that is none is found by its syntax, before anything is created'):
        project.write('molecule.yml', SCENARIO + 'scenario: {test_sequence: [syntax, verify]}\n')
        project.write('converge.yml', '- hosts: all\n  tusks: []\n')
        done = project.run('test').exits_with(1)
        contains(done.text, 'FAILED in syntax')
        equal(done.marks(), ['destroy'])


def player_refuses(directory):
    project = small_project(directory, ('converge',))
    for what, text in (
            ('a key that Molecule does not know', SCENARIO + 'provisoner: {}\n'),
            ('one further in', SCENARIO.replace('group_vars', 'groupvars')),
            ('a list where a mapping should be', SCENARIO.replace('provisioner:', 'dependency: []\nprovisioner:')),
            ('a step that there is not', SCENARIO + 'scenario: {test_sequence: [converge, verfy]}\n'),
            ('another driver', SCENARIO.replace('driver: {name: default', 'driver: {name: podman')),
            ('no platforms', SCENARIO.replace('platforms: [{', 'platforms: [] # [{')),
            ('a dollar sign that begins no variable', SCENARIO + '# costs 5$ or more\n'),
            ('what is no YAML', SCENARIO + '}\n'),
            ('a playbook of the sequence that is not there', SCENARIO + 'scenario: {test_sequence: [verify non.yml]}\n')):
        with case('refused with one sentence, before anything is run: ' + what):
            project.write('molecule.yml', text)
            done = project.run('test', '--destroy', 'never').exits_with(1)
            one_sentence(done.error.rstrip('\n'))
            contains(done.error, 'play_molecule.py: ')
            equal(done.marks(), [])
    project.write('molecule.yml', SCENARIO)
    with case('a side effect that Molecule would pass over without a word, for want of a side_effect.yml, is refused'):
        project.write('molecule.yml', SCENARIO + 'scenario: {test_sequence: [side_effect converge.yml]}\n')
        contains(project.run('test', '--destroy', 'never').exits_with(1).error, 'a side_effect.yml, which is missing')
    project.write('molecule.yml', SCENARIO)
    with case('refused with one sentence: a missing converge.yml, and a scenario that there is not'):
        os.remove(os.path.join(project.top, 'molecule', 'default', 'converge.yml'))
        for words, said in ((['syntax'], 'converge.yml is missing'), (['test', '-s', 'other'], 'no scenario other')):
            done = project.run(*words).exits_with(1)
            one_sentence(done.error.rstrip('\n'))
            contains(done.error, said)
    with case('wrong usage exits with 2 and says how to call it'):
        for words in ([], ['tset'], ['test', '--destroy', 'maybe'], ['test', '-x']):
            contains(project.run(*words).exits_with(2).error, 'usage: tests/play_molecule.py')


if __name__ == '__main__':
    run_tests(player_plays_the_steps, player_sets_the_stage, player_fails, player_refuses,
              assertions_say_something, scenarios, a_scenario_that_fails)
