#!/usr/bin/python3 -B
"""No name of the collection is one of Ansible's own, so that Ansible's stay what they are: also in a play that says
`collections: [bulwark.aix]`, and where the collection's modules are on the library path, as ansible-compat puts them."""
import glob
import os
import re
import shutil

import yaml

from lib import (COLLECTIONS, PLAYBOOKS, TOP, Host, call, case, contains, equal, read, run_tests, tool, with_each_ansible,
                 write)

LAID_OUT = os.path.join(COLLECTIONS, 'ansible_collections', 'bulwark', 'aix')
MODULES = os.path.join(LAID_OUT, 'plugins', 'modules')
RESERVED_TAGS = {'all', 'always', 'never', 'tagged', 'untagged'}


def without_extension(paths):
    names = {os.path.splitext(os.path.basename(path))[0] for path in paths}
    return {name for name in names if not name.startswith('_')}


def load(*parts):
    return yaml.safe_load(read(*parts))


# ---- Ansible's names


def place_of_ansible():
    shown = call(tool('ansible'), '--version').stdout.decode()
    return re.search(r'ansible python module location = (\S+)', shown).group(1)


def names_of_ansible():
    """Modules, plugins of all kinds, keywords of plays and tasks, and what was once in ansible.builtin and is now redirected
    to another collection; and its action groups."""
    place = place_of_ansible()
    routes = load(place, 'config', 'ansible_builtin_runtime.yml')
    names = without_extension(glob.glob(place + '/modules/**/*.py', recursive=True))
    for kind in 'py', 'yml':  # filters and tests have a page each, and share their files
        names |= without_extension(glob.glob('%s/plugins/*/*.%s' % (place, kind)))
    for kind, routed in routes['plugin_routing'].items():
        names |= set(routed) if kind not in ('module_utils', 'doc_fragments') else set()
    return names | set(load(place, 'keyword_desc.yml')), set(routes['action_groups'])


# ---- ours


def our_names():
    kinds = {'modules': without_extension(path for path in glob.glob(MODULES + '/**', recursive=True) if not os.path.isdir(path)),
             'playbooks': without_extension(glob.glob(LAID_OUT + '/playbooks/*.yml')),
             'roles': without_extension(glob.glob(LAID_OUT + '/roles/*'))}
    for kind in os.listdir(os.path.join(LAID_OUT, 'plugins')):
        if kind not in ('modules', 'module_utils', 'plugin_utils', 'doc_fragments'):
            kinds['plugins of kind ' + kind] = without_extension(glob.glob('%s/plugins/%s/*' % (LAID_OUT, kind)))
    return kinds


def tags_in(value):
    """All that is said to be a tag, however deep."""
    if isinstance(value, list):
        return set().union(*map(tags_in, value))
    if not isinstance(value, dict):
        return set()
    tags = value.get('tags', [])
    return set().union([tags] if isinstance(tags, str) else tags, *map(tags_in, value.values()))


@with_each_ansible
def names(directory):
    taken, groups = names_of_ansible()
    with case('the names of Ansible are known: modules, plugins, keywords, redirected names, and groups'):
        equal(sorted({'copy', 'file', 'add_host', 'env', 'bool', 'b64decode', 'become', 'aix_inittab'} - taken), [])
        contains(groups, 'vmware')
    ours = our_names()
    with case('no name of the collection is a name of Ansible'):
        for kind, name in (('modules', 'inetd'), ('plugins of kind action', 'by_platform'), ('playbooks', 'audit')):
            contains(ours[kind], name)
        for kind, names_of_kind in ours.items():
            equal(sorted(names_of_kind & taken), [], kind)
        equal(sorted(set(load(LAID_OUT, 'meta', 'runtime.yml')['action_groups']) & groups), [], 'action groups')
    with case('no tag of a playbook or of a rule is one that Ansible keeps for itself'):
        sources = glob.glob(PLAYBOOKS + '/*.yml') + glob.glob(os.path.join(TOP, 'module', 'profiles', '*.json'))
        tags = {tag for path in sources for tag in tags_in(load(path))}
        contains(tags, 'path', 'boot')
        equal(sorted(tags & RESERVED_TAGS), [])


# ---- what Ansible's own modules do beside ours

PLAY = """---
- name: Test
  hosts: localhost
  gather_facts: false
  %s
  vars:
    place: "{{ bulwark_root }}/opt"
  tasks:
    - name: Make a directory
      %sfile:
        path: "{{ place }}"
        state: directory
        mode: '0750'

    - name: Copy a text
      %scopy:
        content: "text\\n"
        dest: "{{ place }}/text"
        mode: '0640'

    - name: Copy it with another mode
      %scopy:
        content: "text\\n"
        dest: "{{ place }}/text"
        mode: '0600'

    - name: Copy a directory
      %scopy:
        src: "{{ place }}"
        dest: "{{ bulwark_root }}/copied"
        mode: preserve

    - name: Make a link
      %sfile:
        src: text
        dest: "{{ place }}/link"
        state: link

    - name: Use one of ours
      bulwark.aix.inetd:
        root: "{{ bulwark_root }}"
        name: shell
        state: disabled
"""


def play(directory, library=None, collections=False, prefix='ansible.builtin.'):
    """Of copy and file in a host of their own. Copying what is there with another mode, and directories, is done by
    ansible.legacy.file, which is looked for on the library path."""
    shutil.rmtree(directory, ignore_errors=True)
    host = Host(directory)
    text = PLAY.replace('%sfile', prefix + 'file').replace('%scopy', prefix + 'copy')
    text = text.replace('%s', 'collections: [bulwark.aix]' if collections else 'become: false')
    return host, host.play(text, env={'ANSIBLE_LIBRARY': library} if library else None)


def succeeds(host, played):
    played.succeeds()
    equal(played.recap('changed'), 6, 'changed')
    equal([oct(os.stat(host.path(path)).st_mode & 0o777) for path in ('opt', 'opt/text', 'copied/opt/text')],
          ['0o750', '0o600', '0o600'], 'modes')
    equal((host.read('copied/opt/text'), os.readlink(host.path('opt/link'))), ('text\n', 'text'))


@with_each_ansible
def beside_ours(directory):
    place = os.path.join(directory, 'host')
    with case('ansible.builtin.copy and file work where the modules of the collection are on ANSIBLE_LIBRARY'):
        succeeds(*play(place, library=MODULES))
    with case('they work in a play that says collections: [bulwark.aix], by their short names too'):
        succeeds(*play(place, collections=True))
        succeeds(*play(place, collections=True, prefix=''))
    with case('they work with both'):
        succeeds(*play(place, library=MODULES, collections=True, prefix=''))
    with case('this test would tell: with a module of ours named file on ANSIBLE_LIBRARY copy fails'):
        library = os.path.join(directory, 'library')
        shutil.copytree(MODULES, library)
        write(read(MODULES, 'path.py'), library, 'file.py')
        host, played = play(place, library=library)
        played.fails()
        contains(played.text, 'fatal: ')


if __name__ == '__main__':
    run_tests(names, beside_ours)
