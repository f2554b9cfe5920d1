#!/usr/bin/python3 -B
"""The collection as its users get it: built, installed, read, linted, and run from somewhere else."""
import glob
import json
import os
import re
import shutil
import sys
import tarfile

from lib import (BINARY, COLLECTIONS, MODULES, PLAYBOOKS, TESTS, TOP, Host, ansible_environment, call, case, contains,
                 describe, equal, holds, lacks, run_tests, same_tree, tool, tree, with_each_ansible, write)
from modules import HEAD

sys.path.insert(0, TESTS)
import check_tutorial_state  # noqa: E402

LAID_OUT = os.path.join(COLLECTIONS, 'ansible_collections', 'bulwark', 'aix')
PLATFORM = os.listdir(os.path.join(LAID_OUT, 'bin'))[0]  # that of this machine
ONLY_BUILD = 'bin/%s/bulwark' % PLATFORM
REPOSITORY = 'https://example.org/bulwark'
ON_CONTROLLER = ['bulwark.aix.report']  # an action plugin, no module of the binary


def lay_out(directory, **definitions):
    """What the build lays out, elsewhere. Gives the call and the collection's directory."""
    collection = os.path.join(directory, 'ansible_collections', 'bulwark', 'aix')
    settings = {'BINARY': BINARY, 'SOURCE': TOP, 'COLLECTION': collection, 'VERSION': version_of_build(), **definitions}
    done = call('cmake', *['-D%s=%s' % setting for setting in settings.items()], '-P',
                os.path.join(TOP, 'cmake', 'collection.cmake'))
    return done, collection


def version_of_build():
    return call(BINARY, '--version').stdout.decode().split()[1]


def galaxy(directory, *arguments, place=COLLECTIONS):
    env = {**ansible_environment(directory), 'ANSIBLE_COLLECTIONS_PATH': place}
    done = call(tool('ansible-galaxy'), 'collection', *arguments, cwd=directory, env=env)
    holds(done.returncode == 0, (done.stdout + done.stderr).decode())
    lacks((done.stdout + done.stderr).decode(), 'WARNING')
    return done.stdout.decode()


def build(directory, collection=LAID_OUT):
    galaxy(directory, 'build', '--output-path', directory, '--force', collection)
    return os.path.join(directory, 'bulwark-aix-%s.tar.gz' % version_of_build())


def install(directory, archive, *arguments):
    """Without a network. Gives the directory that ANSIBLE_COLLECTIONS_PATH has to name."""
    place = os.path.join(directory, 'installed')
    galaxy(directory, 'install', archive, '-p', place, '--offline', *arguments, place=place)
    return place


def lines_of(done, what):
    """Of a command that has to succeed and to say nothing on standard error, warnings least of all."""
    equal((done.returncode, done.stderr.decode()), (0, ''), what)
    return done.stdout.decode()


# ---- documentation


@with_each_ansible
def documentation(directory):
    env = ansible_environment(directory)
    documented(env)
    shown = json.loads(lines_of(call(tool('ansible-doc'), '-j', *['bulwark.aix.' + name for name in MODULES], env=env), '-j'))
    with case('ansible-doc of every module has all its options, with types, choices, defaults and aliases as the code has them'):
        for name in MODULES:
            options = shown['bulwark.aix.' + name]['doc']['options']
            equal(comparable(options), comparable(documented_options(name)), 'options of ' + name)
            holds(all(option.get('description') for option in options.values()), 'an option without a description')
    with case('every module documents its attributes, an example and what it returns'):
        for name in MODULES:
            entry = shown['bulwark.aix.' + name]
            contains(entry['doc']['attributes'], 'check_mode', 'diff_mode')
            contains(entry['examples'], 'bulwark.aix.%s:' % name)
            contains(entry['return'], 'changed' if name != 'history_info' else 'commits')
    examples(directory, shown, env)


def documented(env):
    """That ansible-doc answers in each of its ways, wherever the collection is and however it is laid out."""
    names = ['bulwark.aix.' + name for name in MODULES]
    with case('ansible-doc -l lists every module, each with what it is about, and warns of nothing'):
        text = lines_of(call(tool('ansible-doc'), '-l', 'bulwark.aix', env=env), '-l')
        listed = dict(line.split(None, 1) for line in text.splitlines())
        equal(sorted(listed), sorted(names + ON_CONTROLLER))
        holds(all(len(text) > 5 for text in listed.values()), str(listed))
    with case('ansible-doc NAME and ansible-doc -s NAME show every option of every module, and warn of nothing'):
        for form, begin in ([], r'(?m)^> '), (['-s'], r'(?m)^- name: '):
            text = lines_of(call(tool('ansible-doc'), *form, *names, env=env), 'ansible-doc')
            pages = re.split(begin, text)[1:]
            equal(len(pages), len(names), 'pages')
            for name, page in zip(MODULES, pages):
                for option, facts in documented_options(name).items():
                    contains(page, option, *([] if form else facts.get('suboptions', {})))
    with case('ansible-doc --metadata-dump has every module, and warns of nothing'):
        dump = json.loads(lines_of(call(tool('ansible-doc'), '--metadata-dump', 'bulwark.aix', env=env), '--metadata-dump'))
        equal(sorted(dump['all']['module']), sorted(names + ON_CONTROLLER))


def documented_options(module):
    import yaml
    return yaml.safe_load(call(BINARY, 'doc', module).stdout)['DOCUMENTATION']['options']


def comparable(options):
    keys = ('type', 'elements', 'required', 'choices', 'default', 'aliases')
    return {name: {**{key: option[key] for key in keys if option.get(key) not in (None, False, [])},
                   'suboptions': comparable(option.get('suboptions', {}))} for name, option in options.items()}


def examples(directory, shown, env):
    text = HEAD
    for name in MODULES:
        lines = shown['bulwark.aix.' + name]['examples'].strip('\n').splitlines()
        text += ''.join('    %s\n' % line if line else '\n' for line in lines)
    path = os.path.join(directory, 'examples.yml')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    with case('the documented examples pass --syntax-check, and so do the playbooks of the project'):
        done = call(tool('ansible-playbook'), '-i', 'localhost,', '--syntax-check', path, *glob.glob(PLAYBOOKS + '/*.yml'),
                    env=env)
        lines_of(done, '--syntax-check')


def readme(directory):
    with case('every relative link in a page of the collection leads to a file of the collection'):
        pages = [os.path.join(place, name) for place, _, names in os.walk(LAID_OUT) for name in names if name.endswith('.md')]
        for page in pages:
            for link in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', open(page, encoding='utf-8').read()):
                holds(os.path.exists(os.path.join(os.path.dirname(page), link)), '%s leads to %s' % (page, link))
        holds(len(pages) > 15, 'pages: %s' % pages)
    with case('the README tells of every module, and of every variable that a playbook takes'):
        text = open(os.path.join(LAID_OUT, 'README.md'), encoding='utf-8').read()
        lacks(text, '@')
        contains(text, *['| [%s](docs/modules/%s.md) |' % (name, name) for name in MODULES])
        taken = set()
        for playbook in glob.glob(os.path.join(LAID_OUT, 'playbooks', '*.yml')):
            taken |= set(re.findall(r'(bulwark_\w+) (?:\| default|is defined)', open(playbook, encoding='utf-8').read()))
        told = set(re.findall(r'`(bulwark_\w+)`', ''.join(line for line in text.splitlines() if line.startswith('| `bulwark_'))))
        equal(sorted(told), sorted(taken | {'bulwark_platform'}), 'variables')


# ---- lint


def lint(directory):
    done, collection = lay_out(directory, REPOSITORY=REPOSITORY)
    places = {'the playbooks': PLAYBOOKS, 'the collection': collection, 'molecule/': os.path.join(TOP, 'molecule')}
    for what, place in places.items():
        if os.path.isdir(place):
            copy = os.path.join(directory, 'linted', os.path.basename(place))  # away from the project's own files
            shutil.copytree(place, copy, symlinks=True)
            linted(directory, what, copy)


def linted(directory, what, place):
    files = [os.path.relpath(os.path.join(at, name), os.path.dirname(place)) for at, _, names in os.walk(place)
             for name in sorted(names) if name.endswith(('.yml', '.yaml'))]
    options = {'cwd': os.path.dirname(place), 'env': {**ansible_environment(directory), 'ANSIBLE_CALLBACKS_ENABLED': ''}}
    with case('ansible-lint in its production profile has nothing to say of ' + what):
        done = call(tool('ansible-lint'), '-c', os.path.join(TOP, '.ansible-lint'), '--nocolor', '--profile', 'production',
                    *files, **options)
        text = (done.stdout + done.stderr).decode()
        holds(done.returncode == 0, text)
        contains(text, 'Passed with production profile: 0 failure(s), 0 warning(s)')
    with case('yamllint has nothing to say of ' + what):
        done = call(tool('yamllint'), '-s', '-c', os.path.join(TOP, '.yamllint'), *files, **options)
        equal((done.returncode, done.stdout.decode()), (0, ''))


# ---- built, installed and used


def parts(modules):
    """Every file of the collection but its pages, playbooks and plugins, which are copied as they are."""
    return sorted(['MANIFEST.json', 'FILES.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'meta/runtime.yml', ONLY_BUILD,
                   *['plugins/modules/%s/%s' % (PLATFORM, name) for name in modules],
                   *['plugins/modules/%s.py' % name for name in modules]])


def of_checkout(directory, without=()):
    found = [os.path.relpath(os.path.join(place, name), TOP) for place, _, names in os.walk(os.path.join(TOP, directory))
             for name in names]
    return [path for path in found if path not in without and '__pycache__' not in path and not path.endswith('.retry')]


@with_each_ansible
def as_a_package(directory):
    archive = build(directory)
    with case('the package has exactly the files that users need, and one binary that every module is a link to'):
        with tarfile.open(archive) as file:
            members = {member.name: member for member in file if not member.isdir()}
        plugins = [os.path.relpath(path, 'module/collection') for path in of_checkout('module/collection/plugins')]
        equal(sorted(members), sorted(parts(MODULES) + plugins + of_checkout('docs', ['docs/architecture.md'])
                                      + of_checkout('playbooks', ['playbooks/demo.sh', 'playbooks/ansible.cfg'])), 'files')
        links = {name: member.linkname for name, member in members.items() if member.issym()}
        equal(links, {'plugins/modules/%s/%s' % (PLATFORM, name): '../../../' + ONLY_BUILD for name in MODULES}, 'links')
        holds(os.path.getsize(archive) < 0.75 * os.path.getsize(BINARY) + 150_000, 'it is %d bytes' % os.path.getsize(archive))
    place = install(directory, archive)
    installed = os.path.join(place, 'ansible_collections', 'bulwark', 'aix')
    with case('what ansible-galaxy installs without a network is what was laid out, and passes ansible-galaxy verify'):
        expected = tree(LAID_OUT, without=('galaxy.yml',))
        same_tree(tree(installed, without=('MANIFEST.json', 'FILES.json')), expected)
        galaxy(directory, 'verify', 'bulwark.aix', '--offline', '-p', place, place=place)
    with case('ansible-galaxy verify finds what somebody has changed'):
        write('# changed\n', installed, 'meta', 'runtime.yml')
        done = call(tool('ansible-galaxy'), 'collection', 'verify', 'bulwark.aix', '--offline', '-p', place,
                    env={**ansible_environment(directory), 'ANSIBLE_COLLECTIONS_PATH': place})
        contains((done.stdout + done.stderr).decode(), 'meta/runtime.yml')
        holds(done.returncode != 0, 'exit status 0')
    with case('installed with --force over an older version, nothing is left of that one'):
        write('old', installed, 'plugins', 'modules', 'retired.py')
        install(directory, archive, '--force')
        same_tree(tree(installed, without=('MANIFEST.json', 'FILES.json')), expected)
    with case('ansible-galaxy installs it from a requirements.yml that names the file'):
        requirements = write('---\ncollections:\n  - name: %s\n    type: file\n' % archive, directory, 'requirements.yml')
        other = os.path.join(directory, 'other')
        galaxy(directory, 'install', '-r', requirements, '-p', other, '--offline', place=other)
        equal(describe(os.path.join(other, 'ansible_collections/bulwark/aix', ONLY_BUILD))[3:],
              describe(BINARY)[3:], 'the binary')


@with_each_ansible
def installed_and_run(directory):
    place = install(directory, build(directory))
    elsewhere = os.path.join(directory, 'elsewhere')
    os.makedirs(elsewhere)
    host = Host(os.path.join(directory, 'host'))
    before, as_found = host.files(), os.path.join(directory, 'as_found')
    shutil.copytree(host.root, as_found, symlinks=True)
    write('[aix]\naix01 ansible_connection=local\n\n[aix:vars]\nbulwark_root=%s\nbulwark_message=CHG0031337\n' % host.root,
          directory, 'inventory')
    # Nothing of the project, and no configuration, but where the collection is.
    env = {'PATH': os.environ['PATH'], 'HOME': os.path.join(directory, 'home'), 'LC_ALL': 'C.UTF-8', 'ANSIBLE_NOCOLOR': '1',
           'ANSIBLE_COLLECTIONS_PATH': place}

    def play(name, *arguments):
        done = call(tool('ansible-playbook'), '-i', os.path.join(directory, 'inventory'), 'bulwark.aix.' + name, *arguments,
                    cwd=elsewhere, env=env)
        holds(done.returncode == 0, (done.stdout + done.stderr).decode())
        said = done.stderr.decode().replace('[WARNING]: running playbook inside collection bulwark.aix\n', '')  # 2.14 does
        equal(said, '', 'standard error')
        return done.stdout.decode()

    with case('bulwark.aix.audit and --check of the installed collection, from another directory, write nothing'):
        untouched = host.everything()
        contains(play('audit'), 'inetd-shell')
        contains(play('harden', '--check', '--diff'), '+#shell\t', 'changed=1')
        same_tree(host.everything(), untouched)
        equal(os.listdir(elsewhere), [], 'files in the current directory')
    with case('bulwark.aix.harden with documented variables alone brings a host to the state of the tutorial, and only once'):
        contains(play('harden'), 'changed=1')
        equal(check_tutorial_state.complaints(host.root, as_found), [], "the check's complaints")
        contains(play('harden'), 'changed=0')
        contains(host.git('log', '-1', '--format=%B'), 'CHG0031337')
    with case('bulwark.aix.audit says then that all is compliant, also where that is demanded'):
        lacks(play('audit', '-e', 'bulwark_strict=true'), 'inetd-shell')
    with case('bulwark.aix.rollback gives back every byte'):
        contains(play('rollback', '-e', 'bulwark_to=original'), 'changed=1')
        same_tree(host.files(), before)
    with case('a host of the group that is left alone by only and except is hardened in just that'):
        play('harden', '-e', '{"bulwark_only": ["inetd-*"], "bulwark_except": ["inetd-shell"]}')
        changed = host.git('show', '--format=', '--name-only', 'main').split()
        equal(changed, ['etc/inetd.conf'])
        contains(host.read('etc/inetd.conf'), '\nshell\t', '\n#exec\t')


DEFAULTS = HEAD.replace('  tasks:', '''      history: /var/adm/elsewhere.git
    bulwark.aix.inetd:
      message: CHG0031337
  tasks:''') + """
    - name: Services
      bulwark.aix.inetd:
        name: shell
        state: disabled

    - name: Short name
      inittab: # noqa: fqcn
        name: pmd
        state: disabled
      collections: [bulwark.aix]

    - name: History
      bulwark.aix.history_info:

    - name: Ports
      bulwark.aix.ports_info:

    - name: Another place
      bulwark.aix.history_info:
        history: /var/adm/nowhere.git

    - name: More than every module has
      bulwark.aix.history_info:
      module_defaults:
        group/bulwark.aix.all:
          root: "{{ bulwark_root }}"
          refresh: never
      ignore_errors: true
"""


@with_each_ansible
def module_defaults(directory):
    host = Host(directory)
    play = host.play(DEFAULTS).succeeds()
    with case('root and history set once for group bulwark.aix.all count for every module, under its short name too'):
        holds(os.path.isdir(host.path('var/adm/elsewhere.git')) and not os.path.exists(host.history), 'the wrong history')
        equal([commit['subject'] for commit in play.result('History')['commits']],
              ['inittab: disable pmd', 'record: 1 file as found', 'inetd: disable shell', 'record: 1 file as found'])
        holds(play.result('Ports')['ports'], 'no ports')
    with case('defaults for one module add to those of the group, and what the task says counts before either'):
        contains(json.dumps(play.result('History')), 'CHG0031337')
        equal(play.result('Another place')['commits'], [])
    with case('a default of the group that a module has no option for is refused by the name of both'):
        contains(play.result('More than every module has')['msg'],
                 'Unsupported parameters for (bulwark.aix.history_info) module: refresh.')
    with case('every module has the options that the documentation tells to set for the group'):
        for name in MODULES:
            contains(documented_options(name), 'root', 'history')


if __name__ == '__main__':
    run_tests(documentation, readme, lint, as_a_package, installed_and_run, module_defaults)
