"""bulwark.aix.report, documented in plugins/modules/report.py."""
import os

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.bulwark.aix.plugins.plugin_utils import audit_files, audit_report


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    BYPASS_HOST_LOOP = True
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        options = self.validate_argument_spec(argument_spec={
            'dest': {'type': 'path', 'required': True},
            'results': {'type': 'str', 'default': 'bulwark_audit'},
            'title': {'type': 'str', 'default': 'Compliance of network services'}})[1]
        report = audit_report.report_of(self._results(options['results'], task_vars), options['title'])
        dest = os.path.abspath(options['dest'])
        try:
            audit_files.write(report, dest)
        except OSError as error:
            raise AnsibleActionFail('the report is not written to %s: %s: %s; what was there is as it was' % (
                dest, error.filename or dest, error.strerror)) from error
        return {**result, 'changed': False, 'dest': dest, 'summary': report['summary'],
                'msg': '%s; the report is %s' % (audit_report.in_words(report['summary']),
                                                 os.path.join(dest, 'index.html'))}

    @staticmethod
    def _results(name, task_vars):
        """Host -> what it registered, or None. Raw: what comes from hosts is data, and is not templated."""
        return {host: task_vars['hostvars'].raw_get(host).get(name) for host in task_vars['ansible_play_hosts_all']}
