"""A real sshd for tests, on loopback, and accounts to log in to.

The accounts stand in copies of the machine's files, which are mounted over them where this process and its children
alone see it (lib.own_mounts). sshd and all that it starts are gone with the test, however that ends.
"""
import contextlib
import os
import shutil
import socket
import subprocess
import time

from lib import NEVER, call, holds, read, small_disk, terminate, write

SSHD = '/usr/sbin/sshd'
ROOT, OPERATOR, LOUD = 'root', 'operator', 'loud'
UIDS = {ROOT: 0, OPERATOR: 64001, LOUD: 64002}
BANNER = 'Authorized use only. {"failed": true}\n'

# What a login of `loud` prints: always something before, and on a terminal something after.
NOISE = """echo "loud: the backup of this host is 412 days old"
[ ! -t 1 ] || trap 'echo "loud: goodbye"' EXIT
"""


def run(*argv):
    done = call(*argv)
    holds(done.returncode == 0, '%s: %s' % (' '.join(argv), done.stderr.decode()))


@contextlib.contextmanager
def mounted_over(path, copy):
    run('mount', '--bind', copy, path)
    try:
        yield
    finally:
        call('umount', '-l', path)


@contextlib.contextmanager
def accounts(directory, shell='/bin/bash', homes=None):
    """root, who has another home, and two ordinary users who may become root by sudo. Yields name -> home."""
    homes = homes or {name: os.path.join(directory, 'homes', name) for name in UIDS}
    lines = {'passwd': '%(name)s:x:%(uid)d:%(uid)d::%(home)s:%(shell)s\n', 'group': '%(name)s:x:%(uid)d:\n',
             'shadow': '%(name)s:*:20000:0:99999:7:::\n'}
    with contextlib.ExitStack() as mounts:
        for file, line in lines.items():
            text = ''.join(line % {'name': name, 'uid': UIDS[name], 'home': home, 'shell': shell}
                           for name, home in homes.items())
            copy = write(text + read('/etc', file), directory, 'etc', file)
            os.chmod(copy, 0o600 if file == 'shadow' else 0o644)
            mounts.enter_context(mounted_over('/etc/' + file, copy))
        sudoers = write(''.join('%s ALL=(ALL) NOPASSWD: ALL\n' % name for name in homes if name != ROOT),
                        directory, 'etc', 'sudoers.d', 'tests')
        os.chmod(sudoers, 0o440)
        mounts.enter_context(mounted_over('/etc/sudoers.d', os.path.dirname(sudoers)))
        mounts.enter_context(small_disk('/run', 1 << 20))
        yield homes


def make_homes(homes):
    for name, home in homes.items():
        os.makedirs(home)
        shutil.chown(home, UIDS[name], UIDS[name])
        os.chmod(home, 0o700)
    write(NOISE, homes[LOUD], '.bashrc')
    write(NOISE, homes[LOUD], '.profile')


class Sshd:
    """Listens on 127.0.0.1 for holders of one key. `settings` are further lines of its configuration."""

    def __init__(self, directory, settings=()):
        self.directory = os.path.join(directory, 'sshd')
        os.mkdir(self.directory)  # sshd reads the public key as the user who logs in
        os.makedirs('/run/sshd', exist_ok=True)
        for key in ('host_key', 'key'):
            run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', self.path(key))
        write(BANNER, self.path('banner'))
        self.settings = settings
        self.process = self._start()

    def path(self, name):
        return os.path.join(self.directory, name)

    def _start(self):
        for _ in range(5):  # another process may take the port in between
            with socket.socket() as free:
                free.bind(('127.0.0.1', 0))
                self.port = free.getsockname()[1]
            process = self._start_on_port()
            if process:
                return process
        raise AssertionError('sshd does not start: ' + read(self.path('log')))

    def _start_on_port(self):
        config = write('\n'.join([
            'ListenAddress 127.0.0.1', 'Port %d' % self.port, 'HostKey ' + self.path('host_key'), 'PidFile none',
            'AuthorizedKeysFile ' + self.path('key.pub'), 'StrictModes no',  # it lies below /tmp
            'UsePAM no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PrintMotd no',
            'Banner ' + self.path('banner'), 'Subsystem sftp internal-sftp', *self.settings, '']), self.path('config'))
        with open(self.path('log'), 'w', encoding='utf-8') as log:
            # With this process goes `unshare`, and with that all of the process namespace.
            process = subprocess.Popen(['setpriv', '--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child',
                                        '--mount-proc', SSHD, '-D', '-e', '-f', config],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + NEVER
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', self.port), NEVER):
                return process
            time.sleep(0.05)
        terminate(process)
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        terminate(self.process)

    def client_options(self):
        known = write('[127.0.0.1]:%d %s' % (self.port, read(self.path('host_key.pub'))), self.path('known_hosts'))
        return ['-F', 'none', '-o', 'UserKnownHostsFile=' + known, '-o', 'GlobalKnownHostsFile=none',
                '-o', 'IdentitiesOnly=yes']

    def inventory(self, user, **variables):
        """Arguments of ansible-playbook: one host, which is this login."""
        variables = {'ansible_host': '127.0.0.1', 'ansible_port': self.port, 'ansible_user': user,
                     'ansible_ssh_private_key_file': self.path('key'), 'ansible_remote_tmp': '~/.ansible/tmp',
                     'ansible_ssh_common_args': ' '.join(self.client_options()), **variables}
        text = 'aix ' + ' '.join("%s='%s'" % item for item in variables.items()) + '\n'
        return ['-i', write(text, self.path('inventory'))]

    def command(self, user, *arguments):
        """Words that call ssh."""
        return ['ssh', *self.client_options(), '-i', self.path('key'), '-p', str(self.port), '-o', 'BatchMode=yes',
                *arguments, user + '@127.0.0.1']
