#!/usr/bin/python3 -B
"""Plays the scenarios below molecule/ where Molecule is not installed: the same files, in the same order, by ansible-playbook.

usage: tests/play_molecule.py ACTION [-s SCENARIO]... [--all] [--destroy always|never] [--force] [-- ARGUMENT...]

ACTION    test, check, converge, create, cleanup, destroy, or one step: syntax, prepare, idempotence, side-effect, verify
-s        the scenario, the name of a directory below molecule/; `default` if none is named
--all     every scenario, in the order of their names
--destroy whether `test` cleans up and destroys at its end and when a step fails: always (default) or never
--force   prepare once more what is prepared
ARGUMENT  goes to every ansible-playbook but those of create and destroy: --diff, for instance

Run in the project's directory, as Molecule is. What is played is what Molecule 24.2 to 26 have in common; what they would
pass over without a word (a step's playbook that is not there, a key with a slip of the pen) is refused. Exit status: 0,
what ansible-playbook exited with, 1 for all other failures and for a failed `test`, 2 for wrong usage.
"""
import argparse
import contextlib
import os
import re
import shutil
import string
import subprocess
import sys
import uuid

import yaml

PROJECT = os.environ.get('MOLECULE_PROJECT_DIRECTORY') or os.getcwd()
STEPS = ('dependency', 'cleanup', 'destroy', 'syntax', 'create', 'prepare', 'converge', 'check', 'idempotence',
         'side_effect', 'verify')
PLAYBOOKS = ('cleanup', 'create', 'converge', 'destroy', 'prepare', 'side_effect', 'verify')
SEQUENCES = {
    'check': 'dependency cleanup destroy create prepare converge check cleanup destroy',
    'cleanup': 'cleanup',
    'converge': 'dependency create prepare converge',
    'create': 'dependency create prepare',
    'destroy': 'dependency cleanup destroy',
    'test': 'dependency cleanup destroy syntax create prepare converge idempotence side_effect verify cleanup destroy',
}
DEFAULTS = {
    'dependency': {'name': 'galaxy', 'enabled': True, 'options': {}, 'env': {}},
    'driver': {'name': 'default', 'options': {'managed': True}},
    'platforms': [],
    'prerun': True,
    'provisioner': {
        'name': 'ansible', 'ansible_args': [], 'config_options': {}, 'connection_options': {}, 'env': {}, 'options': {},
        'inventory': {'hosts': {}, 'host_vars': {}, 'group_vars': {}, 'links': {}},
        'playbooks': {name: name + '.yml' for name in PLAYBOOKS},
    },
    'scenario': {action + '_sequence': steps.split() for action, steps in SEQUENCES.items()},
    'verifier': {'name': 'ansible', 'enabled': True, 'env': {}, 'options': {}},
}
# What may stand in molecule.yml: a type, a table of such, or a list of one. None: whatever Ansible takes there.
SCHEMA = {
    'dependency': {'name': str, 'enabled': bool, 'command': str, 'options': None, 'env': dict},
    'driver': {'name': str, 'safe_files': [str], 'options': {
        'managed': bool, 'login_cmd_template': str, 'ansible_connection_options': dict}},
    'platforms': [{'name': str, 'groups': [str], 'children': [str]}],
    'prerun': bool,
    'role_name_check': int,
    'provisioner': {
        'name': str, 'log': bool, 'ansible_args': [str], 'config_options': dict, 'connection_options': dict, 'env': dict,
        'options': dict, 'inventory': {'hosts': dict, 'host_vars': dict, 'group_vars': dict, 'links': dict},
        'playbooks': {name: str for name in PLAYBOOKS}},
    'scenario': {'name': str, **{action + '_sequence': [str] for action in SEQUENCES}},
    'verifier': {'name': str, 'enabled': bool, 'env': dict, 'options': dict},
}
ANSIBLE_CFG = {
    'defaults': {
        'display_failed_stderr': True, 'forks': 50,
        'retry_files_enabled': False, 'host_key_checking': False, 'nocows': 1, 'interpreter_python': 'auto_silent'},
    'ssh_connection': {'control_path': '%(directory)s/%%h-%%p-%%r'},
}
VARIABLES_OF_ALL_HOSTS = {
    'molecule_file': "{{ lookup('env', 'MOLECULE_FILE') }}",
    'molecule_ephemeral_directory': "{{ lookup('env', 'MOLECULE_EPHEMERAL_DIRECTORY') }}",
    'molecule_scenario_directory': "{{ lookup('env', 'MOLECULE_SCENARIO_DIRECTORY') }}",
    'molecule_yml': "{{ lookup('file', molecule_file) | from_yaml }}",
    'molecule_instance_config': "{{ lookup('env', 'MOLECULE_INSTANCE_CONFIG') }}",
    'molecule_no_log': "{{ lookup('env', 'MOLECULE_NO_LOG') or not molecule_yml.provisioner.log|default(False) | bool }}",
}


class Failed(Exception):
    """A step, or what it needs: one sentence, and the exit status."""

    def __init__(self, sentence, status=1):
        super().__init__(sentence)
        self.status = status


def say(scenario, text):
    print('%s > %s' % (scenario, text), flush=True)


# ---- molecule.yml


class Template(string.Template):
    """$NAME, ${NAME}, ${NAME-default}, ${NAME:-default}; $$ is a dollar sign, and what is not set is empty."""
    flags = re.ASCII
    idpattern = r'[_a-zA-Z][_a-zA-Z0-9]*(?::?-[^}]+)?'


class Values(dict):
    def __missing__(self, key):
        name, dash, default = key.partition('-')
        or_empty = name.endswith(':')
        value = self.get(name.rstrip(':'), None if dash else '')
        if value is None or (or_empty and not value):
            return self.get(default[1:], '') if default.startswith('$') else default
        return value


def interpolate(text, environment, file):
    try:
        return Template(text).substitute(Values(environment))
    except ValueError as error:
        raise Failed('%s: a $ that begins no variable, write $$ for a dollar sign (%s).' % (file, error))


def merge(below, above):
    """Mappings entry by entry; of all else the one above."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: merge(below.get(key), value) for key, value in above.items()}}


KINDS = {dict: 'a mapping', list: 'a list', str: 'a string', bool: 'true or false', int: 'a number'}


def check(value, allowed, where):
    """Fails with the first thing in `value` that Molecule would not take, or would take without effect."""
    if allowed is None:
        return
    kind = allowed if isinstance(allowed, type) else type(allowed)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Failed('%s should be %s, not %r.' % (where, KINDS[kind], value))
    if isinstance(allowed, list):
        for number, item in enumerate(value):
            check(item, allowed[0], '%s[%d]' % (where, number))
    elif isinstance(allowed, dict):
        for key, item in value.items():
            if key not in allowed:
                raise Failed('%s has no key %s; there are %s.' % (where, key, ', '.join(sorted(allowed))))
            check(item, allowed[key], '%s: %s' % (where, key))


def check_names(config, file):
    for section, name in (('dependency', 'galaxy'), ('driver', 'default'), ('provisioner', 'ansible'), ('verifier', 'ansible')):
        if config[section]['name'] != name:
            raise Failed('%s: %s: %s cannot be played here, only %s.' % (file, section, config[section]['name'], name))
    if not config['platforms'] or any('name' not in platform for platform in config['platforms']):
        raise Failed('%s: platforms has to list the hosts, each with its name.' % file)
    for key, steps in config['scenario'].items():
        for step in steps if key.endswith('_sequence') else []:
            if step.split()[:1] not in [[name] for name in STEPS]:
                raise Failed('%s: scenario: %s has no step %r; there are %s.' % (file, key, step, ', '.join(STEPS)))


class Scenario:
    """A directory below molecule/, its merged molecule.yml, and its ephemeral directory, which is made here."""

    def __init__(self, name):
        self.directory = os.path.join(PROJECT, 'molecule', name)
        self.file = os.path.join(self.directory, 'molecule.yml')
        self.name = name
        if not os.path.isfile(self.file):
            raise Failed('There is no scenario %s: %s is not a file.' % (name, self.file))
        self.ephemeral = ephemeral_directory(name)
        self.variables = self.molecule_variables()
        self.config = self.read_config()
        self.variables['MOLECULE_DRIVER_NAME'] = self.config['driver']['name']
        self.state_file = os.path.join(self.ephemeral, 'state.yml')

    def read_config(self):
        with open(self.file, encoding='utf-8') as file:
            text = interpolate(file.read(), {**os.environ, **self.variables}, self.file)
        try:
            own = yaml.safe_load(text) or {}
        except yaml.YAMLError as error:
            raise Failed('%s is not YAML: %s.' % (self.file, ' '.join(str(error).split())))
        check(own, SCHEMA, self.file)
        config = merge(DEFAULTS, own)
        check_names(config, self.file)
        if config['scenario'].setdefault('name', self.name) != self.name:
            raise Failed('%s: scenario: name has to be that of the directory, %s.' % (self.file, self.name))
        return config

    def molecule_variables(self):
        below = lambda *parts: os.path.join(self.ephemeral, *parts)
        return {
            'MOLECULE_DEBUG': 'False', 'MOLECULE_ENV_FILE': os.path.join(PROJECT, '.env.yml'),
            'MOLECULE_FILE': below('molecule.yml'), 'MOLECULE_STATE_FILE': below('state.yml'),
            'MOLECULE_INVENTORY_FILE': below('inventory', 'ansible_inventory.yml'),
            'MOLECULE_INSTANCE_CONFIG': below('instance_config.yml'),
            'MOLECULE_EPHEMERAL_DIRECTORY': self.ephemeral, 'MOLECULE_SCENARIO_DIRECTORY': self.directory,
            'MOLECULE_PROJECT_DIRECTORY': PROJECT, 'MOLECULE_SCENARIO_NAME': self.name,
            'MOLECULE_DEPENDENCY_NAME': 'galaxy', 'MOLECULE_PROVISIONER_NAME': 'ansible',
            'MOLECULE_VERIFIER_NAME': 'ansible',
            'MOLECULE_VERIFIER_TEST_DIRECTORY': os.path.join(self.directory, 'tests'),
        }

    def playbook(self, name):
        """Its path, or None if the file is not there, which only converge.yml must be."""
        path = os.path.join(self.directory, self.config['provisioner']['playbooks'][name])
        if not os.path.isfile(path) and name == 'converge':
            raise Failed('%s is missing; it says what the scenario does.' % path)
        return path if os.path.isfile(path) else None

    # -- what a run left behind for the next

    def state(self):
        with contextlib.suppress(FileNotFoundError), open(self.state_file, encoding='utf-8') as file:
            return yaml.safe_load(file)
        return {'converged': False, 'created': False, 'driver': None, 'is_parallel': False,
                'molecule_yml_date_modified': None, 'prepared': None, 'run_uuid': str(uuid.uuid4())}

    def note(self, **facts):
        write_yaml(self.state_file, {**self.state(), **facts})

    def forget(self):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.state_file)
        self.note()


def ephemeral_directory(name):
    path = os.environ.get('MOLECULE_EPHEMERAL_DIRECTORY')
    if not path:
        cache = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
        path = os.path.join(os.path.abspath(cache), 'molecule', os.path.basename(PROJECT), name)
    if not os.path.isdir(path):
        os.umask(0o077)  # as Molecule does, only in the run that makes it: playbooks have to name the modes they need
    os.makedirs(os.path.join(path, 'inventory'), exist_ok=True)
    return path


# ---- what ansible-playbook is given


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def write_yaml(path, content):
    with open(path, 'w', encoding='utf-8') as file:
        file.write('# Molecule managed\n\n')
        yaml.dump(content, file, Dumper=Dumper, default_flow_style=False, explicit_start=True)


def inventory(config):
    options = config['driver']['options']
    connection = {} if options.get('managed') else options.get('ansible_connection_options', {})
    connection = merge(connection, config['provisioner']['connection_options'])
    groups = {'all': {'hosts': {}, 'vars': VARIABLES_OF_ALL_HOSTS}, 'ungrouped': {'vars': {}}}
    for platform in config['platforms']:
        host = {platform['name']: connection}
        groups['all']['hosts'].update(host)
        for name in platform.get('groups', ['ungrouped']):
            group = groups.setdefault(name, {'vars': VARIABLES_OF_ALL_HOSTS})
            group.setdefault('hosts', {}).update(host)
            for child in platform.get('children', []):
                group.setdefault('children', {}).setdefault(child, {}).setdefault('hosts', {}).update(host)
    return groups


def write_inventory(scenario):
    directory = os.path.join(scenario.ephemeral, 'inventory')
    shutil.rmtree(directory)
    os.mkdir(directory)
    write_yaml(os.path.join(directory, 'ansible_inventory.yml'), inventory(scenario.config))
    given = scenario.config['provisioner']['inventory']
    for name, source in given['links'].items():
        os.symlink(os.path.join(scenario.directory, source), os.path.join(directory, name))
    if given['links']:
        return
    if given['hosts']:
        write_yaml(os.path.join(directory, 'hosts'), given['hosts'])
    for kind in ('host_vars', 'group_vars'):
        os.mkdir(os.path.join(directory, kind))
        for name, variables in given[kind].items():
            write_yaml(os.path.join(directory, kind, name), variables)


def write_settings(scenario):
    """Before every step, as Molecule does."""
    write_yaml(os.path.join(scenario.ephemeral, 'molecule.yml'), scenario.config)
    write_inventory(scenario)
    with open(os.path.join(scenario.ephemeral, 'ansible.cfg'), 'w', encoding='utf-8') as file:
        for section, entries in merge(ANSIBLE_CFG, scenario.config['provisioner']['config_options']).items():
            file.write('[%s]\n%s' % (section, ''.join('%s = %s\n' % entry for entry in entries.items())))


def as_arguments(options):
    for name, value in options.items():
        dashes = '-' if len(name) == 1 or set(name) == {'v'} else '--'
        if value is True:
            yield dashes + name
        elif value is not False:
            yield from ['-' + name, str(value)] if dashes == '-' else ['--%s=%s' % (name, value)]


def command_line(scenario, step, playbook, own, arguments):
    provisioner = scenario.config['provisioner']
    tags = 'molecule-notest,notest' + (',molecule-idempotence-notest' if step == 'idempotence' else '')
    options = {'inventory': os.path.join(scenario.ephemeral, 'inventory'), 'skip-tags': tags}
    if step not in ('create', 'destroy'):
        options.update(provisioner['options'])
        arguments = [*provisioner['ansible_args'], *arguments]
        if playbook != scenario.playbook('converge'):
            options.pop('become', None)
    else:
        arguments = []
    return ['ansible-playbook', *as_arguments({**options, **own}), *arguments, playbook]


def environment(scenario, step):
    own = dict(scenario.config['provisioner']['env'])
    if step == 'verify':
        own.update(scenario.config['verifier']['env'])
    return {**os.environ, 'ANSIBLE_CONFIG': os.path.join(scenario.ephemeral, 'ansible.cfg'), **scenario.variables,
            **{str(name): str(value) for name, value in own.items()}}


def play(scenario, step, playbook, arguments, own=None, listen=False):
    """Runs the playbook in the scenario's directory. What it prints is shown, and with `listen` also returned."""
    if not shutil.which('ansible-playbook'):
        raise Failed('ansible-playbook is not installed, or not in PATH.')
    argv = command_line(scenario, step, playbook, own or {}, arguments)
    variables = environment(scenario, step)
    if listen:
        variables.update({'ANSIBLE_NOCOLOR': '1', 'ANSIBLE_FORCE_COLOR': '0'})
    heard = []
    with subprocess.Popen(argv, cwd=scenario.directory, env=variables, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE if listen else None) as process:
        for line in process.stdout or []:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
            heard.append(line.decode('utf-8', 'replace'))
    if process.returncode != 0:
        raise Failed('%s: ansible-playbook exited with %d.' % (os.path.basename(playbook), process.returncode),
                     process.returncode)
    return ''.join(heard)


# ---- the steps


def changed_tasks(output):
    """Of what a second converge printed. That nothing changed is told by the recap alone, as Molecule sees it."""
    if not re.search(r'changed=[1-9][0-9]*', output):
        return None
    found, task = [], ''
    for line in output.splitlines():
        task = line if line.startswith('TASK') else task
        if line.startswith('changed'):
            names = [re.search(r'\[(.*)\]', text) for text in (line, task)]
            found.append('* [%s] => %s' % tuple(name.group(1) if name else '?' for name in names))
    return found


class Actions:
    """A method for each step."""

    def __init__(self, scenario, destroy, force, arguments):
        self.scenario, self.keep, self.force, self.arguments = scenario, destroy == 'never', force, arguments

    def run(self, step):
        name, *playbooks = step.split()
        say(self.scenario.name, step)
        write_settings(self.scenario)
        getattr(self, name)(*playbooks)

    def skip(self, why):
        say(self.scenario.name, '  skipped: ' + why)

    def play(self, step, name=None, **options):
        playbook = self.scenario.playbook(name or step)
        if playbook is None:
            self.skip('no %s.yml' % step)
            return None
        return play(self.scenario, step, playbook, self.arguments, **options)

    def play_all(self, step, playbooks):
        """Those that the sequence names after the step, or the step's own."""
        if not playbooks:
            self.play(step)
        elif self.scenario.playbook(step) is None:
            raise Failed('Molecule runs %s only beside a %s.yml, which is missing.' % (' '.join(playbooks), step))
        for name in playbooks:
            path = os.path.join(self.scenario.directory, name)
            if not os.path.isfile(path):
                raise Failed('%s is missing; a sequence names it.' % path)
            play(self.scenario, step, path, self.arguments)

    def dependency(self):
        wanted = [name for name in ('requirements.yml', 'collections.yml')
                  if os.path.exists(os.path.join(self.scenario.directory, name))]
        if not self.scenario.config['dependency']['enabled']:
            self.skip('disabled')
        elif wanted:
            raise Failed('%s is there, but nothing is installed here; use Molecule.' % wanted[0])
        else:
            self.skip('nothing is required')

    def cleanup(self):
        self.play('cleanup')

    def create(self):
        if self.scenario.state()['created']:
            return self.skip('created already')
        self.play('create')
        self.scenario.note(created=True, driver=self.scenario.config['driver']['name'])

    def prepare(self):
        if self.scenario.state()['prepared'] and not self.force:
            return self.skip('prepared already')
        if self.play('prepare') is not None:
            self.scenario.note(prepared=True)

    def syntax(self):
        self.play('syntax', 'converge', own={'syntax-check': True})

    def converge(self):
        self.play('converge')
        self.scenario.note(converged=True)

    def check(self):
        self.play('check', 'converge', own={'check': True})

    def idempotence(self):
        if not self.scenario.state()['converged']:
            raise Failed('There is no idempotence before converge.')
        found = changed_tasks(self.play('idempotence', 'converge', listen=True))
        if found is not None:
            raise Failed('Converge changes something again:\n' + '\n'.join(found))

    def side_effect(self, *playbooks):
        self.play_all('side_effect', playbooks)

    def verify(self, *playbooks):
        if not self.scenario.config['verifier']['enabled']:
            return self.skip('disabled')
        self.play_all('verify', playbooks)

    def destroy(self):
        if self.keep:
            return self.skip('--destroy never')
        self.play('destroy')
        self.scenario.forget()


def prune(scenario):
    """Removes what the playbooks left in the ephemeral directory."""
    safe = [os.path.join(scenario.ephemeral, name) for name in ('ansible.cfg', 'state.yml', 'inventory/ansible_inventory.yml')]
    for directory, names, files in os.walk(scenario.ephemeral, topdown=False):
        for path in (os.path.join(directory, name) for name in files):
            if path not in safe:
                os.remove(path)
        if not os.listdir(directory):
            os.rmdir(directory)


def run_action(scenario, action, options):
    """All steps of an action. Of `test` also the end, when a step fails."""
    sequence = scenario.config['scenario'].get(action + '_sequence', [action])
    actions = Actions(scenario, options.destroy if action == 'test' else 'always', options.force, options.arguments)
    say(scenario.name, '%s: %s' % (action, ', '.join(sequence)))
    try:
        for step in sequence:
            actions.run(step)
    except Failed as failure:
        if action != 'test' or options.destroy == 'never':
            raise
        say(scenario.name, 'FAILED in %s, cleaning up: %s' % (step, failure))
        actions.run('cleanup')
        actions.run('destroy')
        prune(scenario)
        raise Failed('%s failed in %s.' % (action, step))
    if 'destroy' in sequence and not actions.keep:
        prune(scenario)
    say(scenario.name, action + ': passed')


# ---- the command line


def arguments_of_command_line():
    def usage(_):
        print(__doc__.strip(), file=sys.stderr)
        sys.exit(2)
    words, dashes, arguments = sys.argv[1:], '--' in sys.argv, []
    if dashes:
        arguments = words[words.index('--') + 1:]
        words = words[:words.index('--')]
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.error = usage
    parser.add_argument('action', choices=[*STEPS, 'side-effect', 'test'])
    parser.add_argument('-s', '--scenario-name', action='append', default=[])
    parser.add_argument('--all', action='store_true')
    parser.add_argument('--destroy', choices=['always', 'never'], default='always')
    parser.add_argument('-f', '--force', action='store_true')
    options = parser.parse_args(words)
    options.arguments = arguments
    return options


def scenario_names(options):
    if not options.all:
        return options.scenario_name or ['default']
    directory = os.path.join(PROJECT, 'molecule')
    found = os.listdir(directory) if os.path.isdir(directory) else []
    names = sorted(name for name in found if os.path.isfile(os.path.join(directory, name, 'molecule.yml')))
    if not names:
        raise Failed('There are no scenarios: nothing matches %s/*/molecule.yml.' % directory)
    return names


def main():
    if sys.argv[1:] in (['--help'], ['-h']):
        print(__doc__.strip())
        return 0
    options = arguments_of_command_line()
    try:
        for name in scenario_names(options):
            run_action(Scenario(name), options.action.replace('-', '_'), options)
    except Failed as failure:
        print('play_molecule.py: %s' % failure, file=sys.stderr)
        return failure.status
    return 0


if __name__ == '__main__':
    sys.exit(main())
