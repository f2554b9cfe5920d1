"""Writes the result of every task, as callbacks get it, to the file that BULWARK_TEST_RESULTS names: one JSON object a line."""
import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = '''
name: bulwark_results
type: notification
short_description: results of tasks as lines of JSON, for tests
description: For the acceptance tests of Bulwark.
requirements: ['BULWARK_TEST_RESULTS in the environment']
'''


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'notification'
    CALLBACK_NAME = 'bulwark_results'
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_play_start(self, play):
        self._play = play.get_name()

    def _write(self, status, result):
        entry = {'play': self._play, 'host': result._host.get_name(), 'task': result._task.get_name(), 'status': status,
                 'result': result._result}
        with open(os.environ['BULWARK_TEST_RESULTS'], 'a', encoding='ascii') as file:
            file.write(json.dumps(entry, default=str) + '\n')

    def v2_runner_on_ok(self, result):
        self._write('ok', result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._write('failed', result)

    def v2_runner_on_unreachable(self, result):
        self._write('unreachable', result)

    def v2_runner_item_on_ok(self, result):
        self._write('item ok', result)

    def v2_runner_item_on_failed(self, result):
        self._write('item failed', result)
