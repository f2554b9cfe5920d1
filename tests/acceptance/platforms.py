#!/usr/bin/python3 -B
"""A collection with builds for several platforms: what the build makes, and that every host gets the right one.

The foreign builds are files with the header of another platform. In the plays every build is the one that runs here, so that
only the choice differs; hosts of another platform are those whose shell finds another `uname`.
"""
import json
import os
import shutil
import textwrap

import ssh
from collection import LAID_OUT, REPOSITORY, documented, lay_out, linted
from lib import (BINARY, COLLECTIONS, MODULES, TOP, Host, ansible_environment, call, case, contains, equal, holds, lacks,
                 one_sentence, own_mounts, read, run_tests, same_tree, skip, tool, tree, with_each_ansible, write)
from modules import HEAD

ELF = {'linux_s390x': (2, 2, 22), 'linux_aarch64': (2, 1, 183), 'linux_ppc64le': (2, 1, 21)}  # class, byte order, machine
BUILDS = ['aix_ppc64', 'linux_s390x', 'linux_x86_64']
VERSION_TEXT = b'bulwark 0.'


def foreign_build(directory, platform, kind=3, change=lambda program: program):
    """The binary under test with another platform's header; `kind` 3 is a program, 1 an object file."""
    with open(BINARY, 'rb') as file:
        program = bytearray(file.read())
    if platform in ELF:
        program[4], program[5], machine = ELF[platform]
        order = 'big' if program[5] == 2 else 'little'
        program[16:20] = kind.to_bytes(2, order) + machine.to_bytes(2, order)
    else:
        program[0:2] = {'aix_ppc64': b'\x01\xf7', 'aix_ppc': b'\x01\xdf'}[platform]
        program[18:20] = b'\x10\x02' if kind == 3 else b'\x10\x00'
    path = os.path.join(directory, platform + '-build')
    with open(path, 'wb') as file:
        file.write(change(bytes(program)))
    return path


def lay_out_three(directory, **settings):
    builds = ';'.join('%s=%s' % (name, foreign_build(directory, name)) for name in ('aix_ppc64', 'linux_s390x'))
    done, collection = lay_out(directory, PLATFORM_BINARIES=builds, **settings)
    holds(done.returncode == 0, done.stderr.decode())
    return collection


def layout(directory):
    one, several = tree(LAID_OUT), tree(lay_out_three(directory))
    with case('each build is there once, and its modules are links to it'):
        for found, builds in (one, ['linux_x86_64']), (several, BUILDS):
            links = {path: facts[3] for path, facts in found.items() if facts[0].startswith('l')}
            equal(links, {'plugins/modules/%s/%s' % (build, name): '../../../bin/%s/bulwark' % build
                          for build in builds for name in MODULES})
        equal(several['bin/aix_ppc64/bulwark'][0], '-rwxr-xr-x', 'mode')
    with case('all else of the collection is the same, however many builds there are'):
        others = [{path: facts for path, facts in found.items() if '/aix_ppc64' not in path and '/linux_s390x' not in path}
                  for found in (one, several)]
        same_tree(others[1], others[0])
    documented({**ansible_environment(directory), 'ANSIBLE_COLLECTIONS_PATH': directory})
    with case('a build for a platform that has no name here is called by its uname'):
        header = bytearray(open(BINARY, 'rb').read())
        header[7] = 9  # the ABI of FreeBSD; Linux runs it all the same
        program = write('', directory, 'foreign')
        open(program, 'wb').write(header)
        os.chmod(program, 0o755)
        done, collection = lay_out(os.path.join(directory, 'foreign_build'), BINARY=program, MACHINE='sparc64')
        equal((done.returncode, os.listdir(os.path.join(collection, 'bin'))), (0, ['linux_sparc64']), done.stderr.decode())


def refusals(directory):
    shutil.copy(BINARY, os.path.join(directory, 'mine'))
    mine = os.path.join(directory, 'mine')
    aix = foreign_build(directory, 'aix_ppc64')
    script = write('#!/bin/sh\n# bulwark 0.1.0\n', directory, 'script')
    table = [
        ('a platform that nobody knows', 'linux_vax=' + mine, 'there is no platform "linux_vax"; those known are linux_aarch64'),
        ('what is no pair of platform and file', 'aix_ppc64', '"aix_ppc64" is not PLATFORM=FILE'),
        ('a file that is not there', 'aix_ppc64=/nowhere/bulwark', 'for aix_ppc64, is not the absolute path of a file'),
        ('a path that is not absolute', 'aix_ppc64=build/bulwark', 'for aix_ppc64, is not the absolute path of a file'),
        ('a directory', 'aix_ppc64=' + directory, 'is not the absolute path of a file'),
        ('a script', 'aix_ppc64=' + script, 'is no executable for any platform'),
        ('a program for another platform', 'aix_ppc64=' + mine, 'is an executable for linux_x86_64'),
        ('a 64-bit program of AIX where a 32-bit one is named', 'aix_ppc=' + aix, 'is an executable for aix_ppc64'),
        ('the platform that the build itself is for', 'linux_x86_64=' + mine, 'linux_x86_64 is there twice, or is the platform'),
        ('a platform that is named twice', 'aix_ppc64=%s;aix_ppc64=%s' % (aix, aix), 'aix_ppc64 is there twice'),
        ('an object file', 'linux_s390x=' + foreign_build(directory, 'linux_s390x', kind=1), 'is no executable'),
        ('a program that is not Bulwark', 'linux_aarch64=' + foreign_build(
            directory, 'linux_aarch64', change=lambda program: program[:4096]), 'is not Bulwark'),
        ('another version', 'linux_ppc64le=' + foreign_build(
            directory, 'linux_ppc64le', change=lambda program: program.replace(VERSION_TEXT, b'bulwark 9.')), 'is Bulwark 9.'),
    ]
    for what, builds, sentence in table:
        with case('the build refuses %s, in a sentence' % what):
            done, collection = lay_out(os.path.join(directory, 'out'), PLATFORM_BINARIES=builds)
            holds(done.returncode != 0, 'it was accepted')
            contains(' '.join(done.stderr.decode().split()), 'BULWARK_PLATFORM_BINARIES: ', sentence)
            holds(not os.path.exists(os.path.join(collection, 'galaxy.yml')), 'a collection was laid out')
    with case('an object file of AIX is refused too'):
        done, _ = lay_out(directory, PLATFORM_BINARIES='aix_ppc64=' + foreign_build(directory, 'aix_ppc64', kind=1))
        contains(' '.join(done.stderr.decode().split()), 'is no executable')
    with case('cmake says so when it configures a build with -DBULWARK_PLATFORM_BINARIES, before anything is compiled'):
        done = call('cmake', '-S', TOP, '-B', os.path.join(directory, 'build'), '-G', 'Ninja', '-DBULWARK_TESTS=OFF',
                    '-DBULWARK_CACHE=' + os.path.join(TOP, 'build', '_deps'), '-DBULWARK_PLATFORM_BINARIES=aix_ppc64=' + script,
                    cwd=directory)
        holds(done.returncode != 0, done.stdout.decode())
        contains(' '.join(done.stderr.decode().split()), 'is no executable for any platform that is known')


# ---- the right one for every host


class Fleet:
    """Hosts whose shells note every command line, and find the `uname` of their platform."""

    def __init__(self, directory):
        self.directory = directory
        self.collection = lay_out_three(directory)
        for build in BUILDS:
            shutil.copy(BINARY, os.path.join(self.collection, 'bin', build, 'bulwark'))
        self.host = Host(os.path.join(directory, 'host'))
        self.remote = os.path.join(directory, 'home', 'remote')  # where Ansible makes its directories, on every host
        self.inventory = '[all:vars]\nansible_connection=local\nbulwark_root=%s\n[all]\n' % self.host.root
        self.add('mine')
        self.add('s390x', 'Linux', 's390x')
        self.add('aix01', 'AIX', '00F84C2E4C00')

    def add(self, name, system=None, machine=None, noise=''):
        """`noise` is what the shell prints before everything."""
        place = os.path.join(self.directory, name)
        os.makedirs(place, exist_ok=True)
        if system:
            self.becomes(name, system, machine)
        shell = write('#!/bin/sh\nprintf "%%s\\n" "$*" >>%s/commands\nPATH=%s:$PATH\nexport PATH\n%s\nexec /bin/sh "$@"\n'
                      % (place, place, noise), place, 'shell')
        os.chmod(shell, 0o755)
        self.inventory += '%s ansible_shell_executable=%s\n' % (name, shell)

    def becomes(self, name, system, machine):
        answer = 'case $1 in -s) echo "%s" ;; -m) echo "%s" ;; esac\n' % (system, machine)
        os.chmod(write('#!/bin/sh\n' + answer, self.directory, name, 'uname'), 0o755)

    def play(self, tasks, *arguments, hosts='mine', collections=None, **env):
        playbook = write(HEAD.replace('localhost', hosts) + tasks, self.directory, 'playbook.yml')
        inventory = write(self.inventory, self.directory, 'inventory')
        results = os.path.join(self.directory, 'results')
        for name in os.listdir(self.directory):
            for old in (os.path.join(self.directory, name, 'commands'), results):
                if os.path.exists(old):
                    os.remove(old)
        env = {**ansible_environment(self.directory), 'BULWARK_TEST_RESULTS': results, 'ANSIBLE_FORKS': '1', **env,
               'ANSIBLE_COLLECTIONS_PATH': collections or self.directory,
               'ANSIBLE_ASYNC_DIR': os.path.join(self.directory, 'async')}  # HOME is not the home directory of the user here
        done = call(tool('ansible-playbook'), '-vvv', '-i', inventory, playbook, *arguments, cwd=self.directory, env=env)
        self.text = (done.stdout + done.stderr).decode()
        self.status = done.returncode
        self.tasks = [json.loads(line) for line in read(results).splitlines()] if os.path.exists(results) else []
        return self

    def result(self, host, task):
        found = [entry['result'] for entry in self.tasks if (entry['host'], entry['task']) == (host, task)]
        holds(found, 'no result of %s on %s:\n%s' % (task, host, self.text))
        return found[-1]

    def succeeds(self):
        holds(self.status == 0, self.text)
        return self

    def commands(self, host):
        path = os.path.join(self.directory, host, 'commands')
        return read(path).splitlines() if os.path.exists(path) else []

    def asked(self, *hosts):
        return [sum('uname' in line for line in self.commands(host)) for host in hosts]

    def builds(self):
        """Which were used, in the order of their use."""
        used = [line.rpartition(self.collection + '/plugins/modules/')[2] for line in self.text.splitlines()
                if line.startswith('Using module file ' + self.collection)]
        return [path.partition('/')[0] for path in used]


def task(name, text, module='bulwark.aix.inetd'):
    return '    - name: %s\n      %s:\n%s\n' % (name, module, textwrap.indent(text, '        '))


def disable(name, service, *keywords):
    return task(name, 'name: %s\nstate: disabled' % service) + ''.join('      %s\n' % keyword for keyword in keywords)


@with_each_ansible
def choosing(directory):
    fleet = Fleet(directory)
    host = fleet.host
    tasks = (disable('First', '"{{ item }}"', 'loop: [echo, chargen]') + disable('Second', 'discard')
             + task('History', '', 'bulwark.aix.history_info'))
    fleet.play(tasks, hosts='all').succeeds()
    with case('every host gets the build for its platform, in every task'):
        equal(sorted(set(fleet.builds())), BUILDS)
        equal(fleet.builds().count('aix_ppc64'), 4, 'uses')
    with case('no result and no later task knows of it'):
        lacks(json.dumps(fleet.tasks), 'bulwark_platform')
    costs_nothing(fleet, tasks)
    with case('an inventory that says the platform is believed, and no question is asked'):
        fleet.play(disable('Task', 'echo'), '-e', 'bulwark_platform=linux_s390x').succeeds()
        equal((fleet.asked('mine'), fleet.builds()), ([0], ['linux_s390x']))
    with case('a host that comes back as another machine gets the build for that'):
        cache = {'ANSIBLE_CACHE_PLUGIN': 'jsonfile', 'ANSIBLE_CACHE_PLUGIN_CONNECTION': os.path.join(directory, 'cache')}
        fleet.play(disable('Task', 'echo'), hosts='s390x', **cache).succeeds()
        fleet.becomes('s390x', 'AIX', '00F84C2E4C00')
        fleet.play(disable('Task', 'echo'), hosts='s390x', **cache).succeeds()
        equal(fleet.builds(), ['aix_ppc64'])
        fleet.becomes('s390x', 'Linux', 's390x')
    with case('a task that is delegated runs the build for the host that does it'):
        fleet.play(disable('Own', 'echo') + disable('Delegated', 'echo', 'delegate_to: aix01') + disable('Own again', 'echo')
                   ).succeeds()
        equal(fleet.builds(), ['linux_x86_64', 'aix_ppc64', 'linux_x86_64'])
    same_as_plain(fleet, host)
    names(fleet)
    trouble(fleet)


def costs_nothing(fleet, tasks):
    for what, collection, hosts in ('several builds', fleet.collection, ['mine', 'aix01']), ('one build', LAID_OUT, ['mine']):
        with case('with %s a host is asked in every task, and there is no round trip more than without a plugin' % what):
            fleet.play(tasks, hosts=','.join(hosts), collections=collection.partition('/ansible_collections/')[0]).succeeds()
            equal(fleet.asked(*hosts), [4] * len(hosts), 'questions')
            commands = [len(fleet.commands(name)) for name in hosts]
            fleet.play(tasks, hosts=','.join(hosts), collections=without_plugin(fleet.directory, collection)).succeeds()
            equal(fleet.asked(*hosts), [0] * len(hosts), 'questions')
            equal([len(fleet.commands(name)) for name in hosts], commands, 'commands')


def without_plugin(directory, collection):
    """A copy in which Ansible itself runs the modules."""
    plain = os.path.join(directory, 'plain', os.path.basename(os.path.dirname(collection.partition('/ansible_coll')[0])))
    copy = os.path.join(plain, 'ansible_collections', 'bulwark', 'aix')
    shutil.copytree(collection, copy, symlinks=True)
    for name in MODULES:
        os.symlink('linux_x86_64/' + name, os.path.join(copy, 'plugins', 'modules', name))
    runtime = os.path.join(copy, 'meta', 'runtime.yml')
    write(read(runtime).partition('plugin_routing')[0], runtime)
    return plain


def same_as_plain(fleet, host):
    """What tasks can say beside the module."""
    with case('check mode and diff reach the module, and nothing is written'):
        before = host.everything()
        fleet.play(disable('Task', 'shell'), '--check', '--diff').succeeds()
        result = fleet.result('mine', 'Task')
        holds(result['changed'], str(result))
        contains(fleet.text, '+#shell\t')
        same_tree(host.everything(), before)
    with case('async, environment and become reach the module'):
        fleet.play(disable('Become', 'exec', 'become: true', 'become_method: su')
                   + disable('Async', 'shell', 'async: 3600', 'poll: 1')
                   + disable('Environment', 'login', 'environment: {BULWARK_X: y}'),
                   hosts='aix01', ANSIBLE_BECOME_ALLOW_SAME_USER='1').succeeds()
        equal([fleet.result('aix01', name)['changed'] for name in ('Async', 'Become', 'Environment')], [True] * 3)
        contains(host.read('etc/inetd.conf'), '\n#shell', '\n#exec', '\n#login')
        contains('\n'.join(fleet.commands('aix01')), 'BULWARK_X=y ', 'BECOME-SUCCESS')
        lacks('\n'.join(line for line in fleet.commands('aix01') if 'uname' in line), 'BECOME-SUCCESS')
        equal(set(fleet.builds()), {'aix_ppc64'})
    with case('no_log hides the options here too'):
        fleet.play(task('Task', 'name: s3cret\nstate: s3cret') + '      no_log: true\n      ignore_errors: true\n').succeeds()
        lacks(fleet.text, 's3cret')
    with case('defaults of the group and of the module count'):
        fleet.play(task('Task', 'name: klogin') + '      module_defaults:\n        group/bulwark.aix.all:\n'
                   '          root: "{{ bulwark_root }}"\n        bulwark.aix.inetd:\n          state: disabled\n').succeeds()
        contains(host.read('etc/inetd.conf'), '\n#klogin')
    with case('a shell that prints before the answer is no trouble'):
        fleet.add('noisy', 'AIX', '00F84C2E4C00', noise='echo "*** Linux x86_64: bulwark-platform ***"')
        fleet.play(disable('Task', 'echo'), hosts='noisy').succeeds()
        equal(fleet.builds(), ['aix_ppc64'])
    with case('other names of a machine are the same platform'):
        fleet.add('amd', 'Linux', 'amd64')
        fleet.play(disable('Task', 'echo'), hosts='amd').succeeds()
        equal(fleet.builds(), ['linux_x86_64'])


def names(fleet):
    write('---\nplugin_routing:\n  modules:\n    services:\n      redirect: bulwark.aix.inetd\n', fleet.directory,
          'ansible_collections', 'site', 'own', 'meta', 'runtime.yml')
    names_of_inetd = ('bulwark.aix.inetd', 'inetd', 'site.own.services')
    fleet.play(''.join(
        task(name, 'name: echo\nstate: disabled\nnme: echo', name)
        + '      ignore_errors: true\n      collections: [bulwark.aix]\n' for name in names_of_inetd)).succeeds()
    with case('messages name the module as the task wrote it, short or whole, and a redirected name works'):
        for name in names_of_inetd:
            contains(fleet.result('mine', name)['msg'], 'Unsupported parameters for (%s) module: nme.' % name)
    with case('ansible -m works'):
        env = {**ansible_environment(fleet.directory), 'ANSIBLE_COLLECTIONS_PATH': fleet.directory}
        del env['ANSIBLE_CALLBACKS_ENABLED']
        done = call(tool('ansible'), '-i', fleet.directory + '/inventory', 'aix01', '-m', 'bulwark.aix.history_info', '-a',
                    'root=' + fleet.host.root, env=env)
        contains(done.stdout.decode(), 'aix01 | SUCCESS', 'commits')


def failure(fleet, host, *arguments, **options):
    """What a task says that fails."""
    fleet.play(options.pop('tasks', disable('Task', 'echo')), *arguments, hosts=host, **options)
    holds(fleet.status != 0, fleet.text)
    message = fleet.result(host, 'Task')['msg']
    one_sentence(message)
    lacks(message, 'MODULE FAILURE')
    return message


def sent_nothing(fleet, host):
    holds(not fleet.builds() and 'AnsiballZ' not in '\n'.join(fleet.commands(host)), fleet.text)
    equal(os.listdir(fleet.remote), [], 'directories for modules')


@with_each_ansible
def one_build(directory):
    """The collection as a build lays it out where nobody names another platform's binary."""
    fleet = Fleet(directory)
    expected = ('is aix_ppc64, and this collection has a build for linux_x86_64 only; build Bulwark for aix_ppc64 too and add it '
                'as docs/collection.md says under "Several platforms", or set bulwark_platform to the build that runs there')
    before = fleet.host.everything()
    for what, tasks, arguments in [('a task', disable('Task', 'echo'), []), ('a check run', disable('Task', 'echo'), ['--check']),
                                   ('a task with async', disable('Task', 'echo', 'async: 60', 'poll: 1'), []),
                                   ('a task that only reads', task('Task', '', 'bulwark.aix.ports_info'), [])]:
        with case('with one build, %s on a host of another platform says what is wrong and what to do' % what):
            equal(failure(fleet, 'aix01', *arguments, tasks=tasks, collections=COLLECTIONS), 'aix01 ' + expected)
            sent_nothing(fleet, 'aix01')
    with case('so does one that is delegated to such a host, and names that'):
        tasks = disable('Task', 'echo', 'delegate_to: aix01')
        equal(failure(fleet, 'mine', tasks=tasks, collections=COLLECTIONS), 'aix01 ' + expected)
    same_tree(fleet.host.everything(), before)
    with case('a host of the platform is served by the one build, and so is one of which the inventory says that it runs there'):
        fleet.play(disable('Task', 'echo'), collections=COLLECTIONS).succeeds()
        holds(fleet.result('mine', 'Task')['changed'], fleet.text)
        fleet.play(disable('Task', 'chargen'), '-e', 'bulwark_platform=linux_x86_64', hosts='aix01', collections=COLLECTIONS)
        holds(fleet.succeeds().result('aix01', 'Task')['changed'], fleet.text)


@with_each_ansible
def one_build_over_ssh(directory):
    """A real remote, whose login shell finds the uname of AIX."""
    what = 'over ssh too, a task on a host of another platform says so, and leaves the host as it is'
    if not own_mounts():
        return skip(what, 'this needs root, and a mount namespace')
    host = Host(os.path.join(directory, 'host'))
    os.chmod(write('#!/bin/sh\n[ "$1" = -s ] && echo AIX || echo 00F84C2E4C00\n', directory, 'aix', 'uname'), 0o755)
    shell = write('#!/bin/sh\nPATH=%s/aix:$PATH exec /bin/sh "$@"\n' % directory, directory, 'shell')
    os.chmod(shell, 0o755)
    with ssh.accounts(directory, shell) as homes:
        ssh.make_homes(homes)
        with ssh.Sshd(directory) as sshd, case(what):
            host.inventory = sshd.inventory(ssh.ROOT, bulwark_root=host.root)
            before = host.everything()
            message = host.play(HEAD.replace('localhost', 'aix') + disable('Task', 'echo')).fails().result('Task')['msg']
            contains(message, 'aix is aix_ppc64, and this collection has a build for linux_x86_64 only; build Bulwark for')
            one_sentence(message)
            same_tree(host.everything(), before)
            equal(os.listdir(os.path.join(homes[ssh.ROOT], '.ansible', 'tmp')), [], 'left in ~/.ansible/tmp')


def trouble(fleet):
    with case('a platform without a build gets a sentence that names it, the builds, and what to do; nothing is sent there'):
        fleet.add('risc', 'Linux', 'riscv64')
        contains(failure(fleet, 'risc'), 'risc is linux_riscv64', 'builds for aix_ppc64, linux_s390x, linux_x86_64',
                 'docs/collection.md', 'bulwark_platform')
        sent_nothing(fleet, 'risc')
    with case('so does a platform that somebody wrote into the inventory, without a question'):
        contains(failure(fleet, 'mine', '-e', 'bulwark_platform=solaris'), 'mine is solaris')
        equal(fleet.commands('mine'), [])
    with case('a host that does not tell its platform gets one too'):
        fleet.add('mute', '', '')
        write('#!/bin/sh\necho "uname: cannot" >&2\nexit 1\n', fleet.directory, 'mute', 'uname')
        os.chmod(os.path.join(fleet.directory, 'mute', 'uname'), 0o755)
        contains(failure(fleet, 'mute'), 'asking mute for its platform with uname', 'uname: cannot', 'bulwark_platform')
    with case('a build that the host cannot run, after what the inventory says, gets one too'):
        shutil.copy(foreign_build(fleet.directory, 'linux_s390x'), os.path.join(fleet.collection, 'bin/linux_s390x/bulwark'))
        contains(failure(fleet, 'mine', '-e', 'bulwark_platform=linux_s390x'), 'the host cannot run the build for linux_s390x',
                 'bulwark_platform says', 'Exec format error')
    with case('and so does one that its own uname is wrong about'):
        contains(failure(fleet, 's390x'), 'the host cannot run the build for linux_s390x', 'its uname says')


def plugin(directory):
    source = os.path.join(TOP, 'module', 'collection', 'plugins', 'action', 'by_platform.py')
    linted(directory, 'a collection with several builds', lay_out_three(directory, REPOSITORY=REPOSITORY))
    with case('pycodestyle and pyflakes have nothing to say of the plugin'):
        for command in (['pycodestyle', '--max-line-length=130', source], ['pyflakes3', source]):
            done = call(*command)
            equal((done.returncode, done.stdout.decode() + done.stderr.decode()), (0, ''))


if __name__ == '__main__':
    run_tests(layout, refusals, choosing, one_build, plugin, one_build_over_ssh)
