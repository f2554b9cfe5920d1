# Copyright: the Bulwark project
# SPDX-License-Identifier: Apache-2.0
"""Runs a module of this collection with the build for the platform of the host.

meta/runtime.yml puts it before every module. The builds are bin/PLATFORM/bulwark, and the modules
plugins/modules/PLATFORM/NAME links to them.
"""
import os
import re

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

BUILDS = sorted(os.listdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'bin')))
VARIABLE = 'bulwark_platform'  # whoever sets it is believed

# One line that no noise of a login shell looks like. A shell that echoes the command itself has no match: `...` is not \w.
QUESTION = 'echo "bulwark-platform `uname -s` `uname -m`"'
ANSWER = re.compile(r'bulwark-platform ([\w.-]+) ([\w.-]+)')

SAME_MACHINE = {'amd64': 'x86_64', 'arm64': 'aarch64', 'i486': 'i386', 'i586': 'i386', 'i686': 'i386'}


def platforms_of(system, machine):
    """Those whose builds run there, best first."""
    if system.lower() == 'aix':  # whose `uname -m` is a serial number (aix_facts.md, releases and compiler)
        return ['aix_ppc64', 'aix_ppc']
    return ['%s_%s' % (system.lower(), SAME_MACHINE.get(machine, machine))]


class ActionModule(ActionBase):

    _to_ask = False
    _said = {'stdout': '', 'stderr': ''}  # by the command that asked

    def run(self, tmp=None, task_vars=None):
        self._supports_check_mode = True
        self._supports_async = True
        result = super().run(tmp, task_vars)
        host, told = self._told(task_vars)
        try:
            platform = self._build_for(host, [told] if told else platforms_of(*self._ask(host)))
        except AnsibleActionFail:
            self.cleanup(force=True)  # the directory for the module, which a task with async would leave there
            raise
        module = (self._task.resolved_action or self._task.action).rpartition('.')[2]
        result.update(self._execute_module(module_name='bulwark.aix.%s.%s' % (platform, module), task_vars=task_vars,
                                           module_args=self._task.args.copy(), wrap_async=bool(self._task.async_val)))
        if result.get('rc') in (126, 127) and not result.get('_ansible_parsed', True):
            self._explain(result, platform, told)
        return result

    def _update_module_args(self, module_name, *args, **kwargs):
        """The module gets the name that the task wrote, so that its messages name that."""
        super()._update_module_args(self._task.action, *args, **kwargs)

    def _told(self, task_vars):
        """The host that the task runs on, and its platform if somebody has set that."""
        host = self._task.delegate_to or task_vars['inventory_hostname']
        if self._task.delegate_to:
            task_vars = task_vars['ansible_delegated_vars'][host]
        return host, task_vars.get(VARIABLE)

    def _ask(self, host):
        """Ansible makes a directory for every binary module. The question goes with the command for that, so it costs no
        round trip, and nothing foreign is sent: many shells take a program of another platform for a script and run it."""
        self._to_ask = True
        self._make_tmp_path()
        answer = ANSWER.search(self._said['stdout'])
        if not answer:
            raise AnsibleActionFail('asking %s for its platform with uname: %r; set %s to one of %s' % (
                host, (self._said['stderr'] or self._said['stdout']).strip()[-200:], VARIABLE, ', '.join(BUILDS)))
        return answer.groups()

    def _low_level_execute_command(self, cmd, *args, **kwargs):
        if not self._to_ask or 'mkdir' not in cmd:
            return super()._low_level_execute_command(cmd, *args, **kwargs)
        self._to_ask = False
        self._said = super()._low_level_execute_command('%s; %s' % (QUESTION, cmd), *args, **kwargs)
        return self._said

    @staticmethod
    def _build_for(host, platforms):
        for platform in platforms:
            if platform in BUILDS:
                return platform
        raise AnsibleActionFail(
            '%s is %s, and this collection has %s for %s only; build Bulwark for %s too and add it as docs/collection.md '
            'says under "Several platforms", or set %s to the build that runs there' % (
                host, platforms[0], 'builds' if BUILDS[1:] else 'a build', ', '.join(BUILDS), platforms[0], VARIABLE))

    @staticmethod
    def _explain(result, platform, told):
        """Of a build that the host could not execute; what the shell says of it is all there is."""
        said = '%s\n%s' % (result.get('module_stdout', ''), result.get('module_stderr', ''))
        reasons = [line.strip() for line in said.splitlines() if 'AnsiballZ_' in line] or ['exit status %d' % result['rc']]
        source = '%s says' % VARIABLE if told else 'its uname says'
        result['msg'] = 'the host cannot run the build for %s, which %s is its platform: %s' % (platform, source, reasons[-1])
