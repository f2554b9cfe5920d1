"""How ansible-playbook reaches a test host: it enters its namespaces, as the connections for jails and containers do."""
import os
import subprocess

from ansible.errors import AnsibleConnectionFailure, AnsibleFileNotFound
from ansible.module_utils.common.text.converters import to_bytes
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = '''
name: bulwark_test_host
short_description: runs commands on a test host
description: For the acceptance tests of Bulwark.
options:
  enter:
    description: The words before a command that let it run there.
    type: list
    elements: str
    required: true
    env: [{name: BULWARK_TEST_HOST_ENTER}]
'''


class Connection(ConnectionBase):
    transport = 'bulwark_test_host'
    has_pipelining = True

    def _connect(self):
        self._connected = True
        return self

    def _run(self, *argv, **options):
        try:
            done = subprocess.run([*self.get_option('enter'), *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  check=False, **options)
        except OSError as error:
            raise AnsibleConnectionFailure('the test host is not reached: %s' % error) from error
        return done.returncode, done.stdout, done.stderr

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return self._run('/bin/sh', '-c', cmd, input=to_bytes(in_data or b''))

    def put_file(self, in_path, out_path):
        super().put_file(in_path, out_path)
        if not os.path.exists(in_path):
            raise AnsibleFileNotFound('there is no file %s' % in_path)
        with open(in_path, 'rb') as file:
            status, _, said = self._run('/bin/sh', '-c', 'cat >"$1"', 'sh', out_path, stdin=file)
        if status:
            raise AnsibleConnectionFailure('copying to %s: %s' % (out_path, said))

    def fetch_file(self, in_path, out_path):
        super().fetch_file(in_path, out_path)
        status, text, said = self._run('/bin/sh', '-c', 'cat "$1"', 'sh', in_path, stdin=subprocess.DEVNULL)
        if status:
            raise AnsibleConnectionFailure('copying from %s: %s' % (in_path, said))
        with open(out_path, 'wb') as file:
            file.write(text)

    def close(self):
        self._connected = False
