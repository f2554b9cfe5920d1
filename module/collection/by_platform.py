# Copyright: the Bulwark project
# SPDX-License-Identifier: Apache-2.0
"""Runs a module of this collection with the build for the platform of the host.

It is there where the collection carries builds for more than one platform; meta/runtime.yml puts it before every module.
The builds are bin/PLATFORM/bulwark, and the modules plugins/modules/PLATFORM/NAME links to them.
"""
import os
import re

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

BUILDS = sorted(os.listdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'bin')))
VARIABLE = 'bulwark_platform'  # a fact once it is known; set in the inventory it is believed

# One line that no noise of a login shell looks like. A shell that echoes the command itself has no match: `...` is not \w.
QUESTION = 'echo "bulwark-platform `uname -s` `uname -m`"'
ANSWER = re.compile(r'bulwark-platform ([\w.-]+) ([\w.-]+)')

SAME_MACHINE = {'amd64': 'x86_64', 'arm64': 'aarch64', 'i486': 'i386', 'i586': 'i386', 'i686': 'i386'}


def platforms_of(system, machine):
    """Those whose builds run there, best first."""
    if system.lower() == 'aix':  # whose `uname -m` is a serial number
        return ['aix_ppc64', 'aix_ppc']
    return ['%s_%s' % (system.lower(), SAME_MACHINE.get(machine, machine))]


class ActionModule(ActionBase):

    def run(self, tmp=None, task_vars=None):
        self._supports_check_mode = True
        self._supports_async = True
        result = super().run(tmp, task_vars)
        platform, known = self._platform(task_vars)
        module = (self._task.resolved_action or self._task.action).rpartition('.')[2]
        result.update(self._execute_module(module_name='bulwark.aix.%s.%s' % (platform, module), task_vars=task_vars,
                                           module_args=self._task.args.copy(), wrap_async=bool(self._task.async_val)))
        if result.get('rc') in (126, 127) and not result.get('_ansible_parsed', True):
            self._explain(result, platform, known)
        if not known and (not self._task.delegate_to or self._task.delegate_facts):
            result.setdefault('ansible_facts', {})[VARIABLE] = platform
        return result

    def _update_module_args(self, module_name, *args, **kwargs):
        """The module gets the name that the task wrote, so that its messages name that."""
        super()._update_module_args(self._task.action, *args, **kwargs)

    def _platform(self, task_vars):
        """The platform of the host that the task runs on, and whether that was known before."""
        host = self._task.delegate_to or task_vars['inventory_hostname']
        if self._task.delegate_to:
            task_vars = task_vars['ansible_delegated_vars'][host]
        facts = task_vars.get('ansible_facts', {})
        known = task_vars.get(VARIABLE) or facts.get(VARIABLE)
        if known:
            platforms = [known]
        elif facts.get('system') and facts.get('architecture'):
            platforms = platforms_of(facts['system'], facts['architecture'])
        else:
            platforms = platforms_of(*self._ask(host))
        for platform in platforms:
            if platform in BUILDS:
                return platform, bool(known)
        raise AnsibleActionFail(
            '%s is %s, and this collection has builds for %s only; build Bulwark for %s too and add it as docs/collection.md '
            'says, or set %s to one of those if it runs there' % (host, platforms[0], ', '.join(BUILDS), platforms[0], VARIABLE))

    def _ask(self, host):
        said = self._low_level_execute_command(QUESTION, sudoable=False)
        answer = ANSWER.search(said['stdout'])
        if not answer:
            raise AnsibleActionFail('asking %s for its platform with uname: %r; set %s to one of %s' % (
                host, (said['stderr'] or said['stdout']).strip()[-200:], VARIABLE, ', '.join(BUILDS)))
        return answer.groups()

    @staticmethod
    def _explain(result, platform, known):
        """Of a build that the host could not execute; what the shell says of it is all there is."""
        said = '%s\n%s' % (result.get('module_stdout', ''), result.get('module_stderr', ''))
        reasons = [line.strip() for line in said.splitlines() if 'AnsiballZ_' in line] or ['exit status %d' % result['rc']]
        source = '%s or the fact cache says' % VARIABLE if known else 'its facts or its uname say'
        result['msg'] = 'the host cannot run the build for %s, which %s is its platform: %s' % (platform, source, reasons[-1])
