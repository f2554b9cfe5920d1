"""A test host: a small root with the files of an AIX host, namespaces of its own, and real daemons in them.

tests/test_host/README.md says what is real on it and what is not.
"""
import contextlib
import ctypes
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

from effect_init import WAITED_FOR, started_at_boot
from lib import (BINARY, IS_ROOT, TESTS, TOP, UNTOUCHED_OPTIONS, Host, call, environment, holds, read, run_tests, skip,
                 tool, write)

HERE = os.path.join(TESTS, 'test_host')
UNPACKED = os.path.join(TOP, 'build', '_deps', 'test_host')  # by tests/prerequisites.sh
STATE = 'var/adm/test_host'
# The environment of root on AIX, and nothing of the caller's.
ENVIRONMENT = ['PATH=/usr/bin:/etc:/usr/sbin:/usr/ucb:/sbin:/usr/stand_ins/bin', 'HOME=/', 'LOGNAME=root',
               'BULWARK_FAULT=' + os.environ.get('BULWARK_FAULT', '')]  # see tests/test_host/faults.py
OUTSIDE = '192.0.2.1'  # of the loopback interface too; inetd does not answer datagrams from 127.0.0.1
DEADLINE = int(os.environ.get('BULWARK_TEST_DEADLINE', 600))  # seconds for what takes a moment on a busy machine too

# Name on the test host -> path in the Debian packages, or of this machine; a package may have it for another kind of machine elsewhere.
REAL_PROGRAMS = {'inetd': 'openbsd-inetd/usr/sbin/inetd', 'rpcbind': 'rpcbind/sbin/rpcbind', 'cron': 'cron/usr/sbin/cron',
                 'syslogd': 'inetutils-syslogd/usr/sbin/syslogd', 'busybox': '/bin/busybox',
                 'rpcinfo': 'rpcbind/usr/sbin/rpcinfo',
                 'libfaketime.so.1': 'libfaketime/usr/lib/*/faketime/libfaketime.so.1'}
# What else of a Unix the commands of the test host and Ansible need.
TOOLS = '''awk basename cat chgrp chmod chown cp cut date dd dirname echo env expr false find grep head hostname id kill ln
    logger ls mkdir mktemp mount mv od printf pwd readlink rm rmdir sed seq setsid sleep sort stat tac tail tee test touch tr true
    uname uniq unshare wc'''.split()

# The scripts in root/usr/lib that stand in for what only AIX has, by the paths where inetd.conf, inittab, the boot scripts
# and the SRC look for it.
STAND_INS = {
    'server': '''/usr/sbin/ftpd /usr/sbin/telnetd /usr/sbin/rshd /usr/sbin/krshd /usr/sbin/rlogind /usr/sbin/krlogind
        /usr/sbin/rexecd /usr/sbin/bootpd /usr/sbin/tftpd /usr/sbin/talkd /usr/sbin/rpc.rstatd /usr/sbin/rpc.pcnfsd
        /usr/sbin/rpc.ssalld /usr/lib/netsvc/rusers/rpc.rusersd /usr/lib/netsvc/rwall/rpc.rwalld
        /usr/lib/netsvc/spray/rpc.sprayd /usr/dt/bin/rpc.ttdbserver /usr/dt/bin/rpc.cmsd /usr/dt/bin/dtspcd
        /home/netinst/bin/instsrv'''.split(),
    'daemon': '''/usr/lib/sendmail /usr/sbin/snmpd /usr/sbin/dpid2 /usr/sbin/biod /usr/sbin/nfsd /usr/sbin/rpc.mountd
        /usr/sbin/rpc.statd /usr/sbin/rpc.lockd /usr/sbin/lpd /usr/sbin/qdaemon /usr/sbin/writesrv'''.split(),
    'recorder': '''/sbin/rc.boot /usr/bin/alog /etc/rc.powerfail /usr/sbin/mkatmpvc /usr/sbin/atmsvcd /etc/methods/cfg64
        /etc/rc /usr/sbin/fbcheck /etc/rc.netware /usr/bin/cnsview /usr/lib/lpd/pio/etc/pioinit /usr/sbin/uprintfd
        /usr/lib/ras/logsymptom /usr/IMNSearch/httpdlite/httpdlite /usr/lpp/diagnostics/bin/diagd
        /usr/IMNSearch/bin/imnss /usr/IMNSearch/bin/imq_start /usr/bin/pmd /etc/rc.dt /usr/sbin/getty /etc/rc.d/rc
        /usr/lpp/x_st_mgr/bin/x_st_mgrd /usr/sbin/exportfs'''.split()}

# First process: ends with its input, which ends with the test, whatever becomes of that. All else ends with it.
FIRST_PROCESS = r'''
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=755 dev "$1/dev"
for node in null zero full random urandom; do
    : >"$1/dev/$node"
    mount --bind "/dev/$node" "$1/dev/$node"
done
ln -s null "$1/dev/console"
mount -t tmpfs -o mode=755 run "$1/run"
ip link set lo up
ip address add "$2/32" dev lo
hostname aix433
exec chroot "$1" /linux/busybox sh -c 'echo up; /linux/busybox cat; exit'
'''
UNSHARE = ['unshare', '--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child']


def why_impossible():
    """Why there can be no test host here; nothing where there can. Tried, for a sandbox may forbid any part of it."""
    if not IS_ROOT:
        return 'needs root'
    attempt = call(*UNSHARE, 'sh', '-ec', '''
        mount --make-rprivate /
        mount -t proc proc /proc
        mount -t tmpfs none /mnt
        ip link set lo up
        hostname x
        echo 0 >/proc/sys/net/ipv4/ip_forward
        echo 0 >/proc/sys/net/ipv6/conf/all/accept_source_route
        chroot / true''')
    said = attempt.stderr.decode('utf-8', 'replace').strip().splitlines()
    return 'not allowed here: %s' % (said[-1] if said else attempt.returncode) if attempt.returncode else None


def run_on_test_hosts(*functions):
    """As run_tests, with hosts; or one skip that says why not."""
    reason = why_impossible()
    if reason:
        name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
        skip('what %s tests takes real effect' % name, reason)
        sys.exit(0)
    run_tests(*functions)


def settled(condition, deadline=DEADLINE):
    """Whether the condition comes true; daemons need a moment."""
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def eventually(condition, what, deadline=DEADLINE):
    holds(settled(condition, deadline), 'not within %d seconds: %s' % (deadline, what))


@contextlib.contextmanager
def network_of(pid):
    """Sockets that are made inside belong to the network of that process."""
    new_network = 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    with open('/proc/self/ns/net', 'rb') as ours, open('/proc/%d/ns/net' % pid, 'rb') as theirs:
        holds(libc.setns(theirs.fileno(), new_network) == 0, os.strerror(ctypes.get_errno()))
        try:
            yield
        finally:
            holds(libc.setns(ours.fileno(), new_network) == 0, os.strerror(ctypes.get_errno()))


class TestHost(Host):
    """A Host that boots. Commands and playbooks run on it with `root: /`; `self.root` is its tree, as seen from outside."""

    def __init__(self, directory):
        super().__init__(directory)
        self.inventory = ['-i', 'aix433,', '-c', 'bulwark_test_host']
        self.pid = self.process = None
        self.started = []
        self._lay_out()
        self._install_real_programs()
        self._install_stand_ins()

    def _lay_out(self):
        shutil.copytree(os.path.join(HERE, 'root'), self.root, dirs_exist_ok=True)
        for name in ('bin', 'lib'):
            os.symlink('usr/' + name, self.path(name))
        for name in ('dev', 'proc', 'run', 'sbin', 'linux', 'lib64', 'tmp', 'home/netinst/scripts', 'var/adm/ras'):
            os.makedirs(self.path(name), exist_ok=True)
        os.symlink('../run', self.path('var/run'))
        os.chmod(self.path('tmp'), 0o1777)
        os.chmod(self.path('var/spool/cron/crontabs/root'), 0o600)  # which git does not keep

    def _install_real_programs(self):
        needed = set()
        for name, pattern in REAL_PROGRAMS.items():
            found = glob.glob(os.path.join(UNPACKED, pattern))
            holds(found, '%s is not there; tests/prerequisites.sh unpacks it' % os.path.join(UNPACKED, pattern))
            shutil.copy2(found[0], self.path('linux', name))
            needed |= libraries(found[0])
        ksh = os.path.realpath(tool('ksh'))
        shutil.copy2(ksh, self.path('usr/bin/ksh'))
        os.link(self.path('usr/bin/ksh'), self.path('usr/bin/sh'))
        for library in sorted(needed | libraries(ksh) | libraries(BINARY)):
            self._copy(library)
            permit = os.path.join(os.path.dirname(library), 'security', 'pam_permit.so')
            if os.path.exists(permit):
                self._copy(permit)

        for name in TOOLS:
            os.symlink('/linux/busybox', self.path('usr/bin', name))

    def _copy(self, path):
        target = self.root + path
        if not os.path.exists(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(path, target)

    def _install_stand_ins(self):
        for stand_in, paths in STAND_INS.items():
            for path in paths:  # a file each, which a test may change or remove
                os.makedirs(os.path.dirname(self.root + path), exist_ok=True)
                shutil.copy2(self.path('usr/lib', stand_in), self.root + path)
        for name in ('instfix', 'lslpp', 'installp', 'common.sh'):  # they ask no daemon: those of the other tests
            write(read(TESTS, 'stand_ins', name), self.path('usr/stand_ins/bin', name))
            os.chmod(self.path('usr/stand_ins/bin', name), 0o755)
        os.mkdir(self.path('usr/stand_ins/state'))

    # -- it boots

    def boot(self):
        """Starts what its inittab says. `started` are then the identifiers of its entries, in the order of their start."""
        state = self.path(STATE)
        shutil.rmtree(state, ignore_errors=True)
        for name in ('pids', 'options'):
            os.makedirs(os.path.join(state, name))
        for name in (STATE + '/calls', STATE + '/ran', STATE + '/fails', 'var/adm/ras/errlog'):
            self.write('', name)
        self._start_first_process()
        done = self.on_it('/bin/sh', '-ec', '\n'.join('no -o %s=%d' % option for option in UNTOUCHED_OPTIONS.items()))
        holds(done.returncode == 0, 'the switches of the kernel: %s' % done.stderr.decode())
        self.forget_calls()
        self.started = []
        for entry in started_at_boot(self.read('etc/inittab')):
            self._start(entry)
            self.started.append(entry.identifier)

    def _start_first_process(self):
        self.process = subprocess.Popen([*UNSHARE, '/bin/sh', '-c', FIRST_PROCESS, 'sh', self.root, OUTSIDE], env=environment(),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.process.stdout.readline() != b'up\n':
            raise AssertionError('the test host does not start: %s' % self.process.communicate()[1].decode())
        with open('/proc/%d/task/%d/children' % (self.process.pid, self.process.pid), encoding='ascii') as children:
            self.pid = int(children.read().split()[0])

    def _start(self, entry):
        if entry.action in WAITED_FOR:
            self.sh(entry.command)
        else:
            self.sh('setsid sh -c "$1" </dev/null >/dev/null 2>&1 &', entry.command)
        if 'srcmstr' in entry.command:  # the first thing that scripts ask for; a real host is not that fast
            eventually(lambda: ' srcmstr\n' in self.sh('ps -e'), 'srcmstr runs')

    def shut_down(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait(DEADLINE)
            self.process.stdout.close()
            self.process.stderr.close()
            self.process = self.pid = None

    def reboot(self):
        self.shut_down()
        self.boot()

    # -- what runs on it

    def enter(self):
        """The words before a command that let it run there."""
        return [tool('nsenter'), '--target', str(self.pid), '--mount', '--net', '--pid', '--uts', '--ipc', '--root', '--wd',
                '/usr/bin/env', '-i', *ENVIRONMENT]

    def on_it(self, *argv, **options):
        return call(*self.enter(), *argv, **options)

    def sh(self, text, *arguments):
        """What a script prints, standard error included. It may fail."""
        done = self.on_it('/bin/sh', '-c', text, 'sh', *arguments)
        return (done.stdout + done.stderr).decode('latin-1')

    def calls(self):
        """The calls of commands that change something, oldest first."""
        return self.read(STATE, 'calls').splitlines()

    def forget_calls(self):
        self.write('', STATE, 'calls')

    def fail(self, *commands):
        self.write(''.join(command + '\n' for command in commands), STATE, 'fails')

    def ran(self):
        """What ran of that which only AIX has, a name and its arguments each."""
        return self.read(STATE, 'ran').splitlines()

    def process_of(self, subsystem):
        row = self.sh('lssrc -s "$1"', subsystem).splitlines()[1].split()
        return int(row[2]) if row[-1] == 'active' else None

    # -- Ansible

    def play(self, playbook, *arguments, name=None, env=None, live=True):
        return super().play(playbook, *arguments, env={
            'BULWARK_TEST_HOST_ENTER': ','.join(self.enter()), 'ANSIBLE_CONNECTION_PLUGINS': os.path.join(HERE, 'connection'),
            'ANSIBLE_REMOTE_TEMP': '/tmp/.ansible', 'ANSIBLE_PYTHON_INTERPRETER': '/nonexistent/there-is-no-python',
            **(env or {})})

    def task(self, module, *arguments, fails=False, **options):
        """One task with `root: /`; its result."""
        play = self.play('- hosts: all\n  gather_facts: false\n  tasks:\n  - name: it\n    bulwark.aix.%s: %s\n'
                         % (module, json.dumps(options)), *arguments)
        (play.fails if fails else play.succeeds)()
        return play.result('it')

    # -- its network

    def listening(self, *options):
        """The ports that ss shows: (7, 'tcp')."""
        done = call('nsenter', '--target', str(self.pid), '--net', 'ss', '-H', '-lntu', *options)
        found = re.findall(r'^(tcp|udp)\s+\S+\s+\S+\s+\S+\s+\S*:(\d+)\s', done.stdout.decode(), re.MULTILINE)
        return {(int(port), protocol) for protocol, port in found}

    def connects(self, port, address='127.0.0.1'):
        """A TCP connection, or nothing where it is refused."""
        with network_of(self.pid):
            connection = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_STREAM)
        connection.settimeout(DEADLINE)
        try:
            connection.connect((address, port))
        except ConnectionRefusedError:
            connection.close()
            return None
        return connection

    def accepts(self, port, address='127.0.0.1'):
        connection = self.connects(port, address)
        if connection:
            connection.close()
        return connection is not None

    def says(self, port, sent=b'', enough=1):
        """What comes from the TCP port after `sent`, so many bytes at least, or up to the end."""
        connection = self.connects(port)
        holds(connection, '%d/tcp refuses' % port)
        text = b''
        with connection:
            connection.sendall(sent)
            while len(text) < enough:
                part = connection.recv(65536)
                if not part:
                    break
                text += part
        return text

    def answers(self, port, sent, patience=DEADLINE):
        """What comes back for a datagram: bytes, None where the kernel says that nobody is there, b'' where nothing does for
        so many seconds. Whether somebody is there the kernel knows at once."""
        with network_of(self.pid):
            client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with client:
            client.settimeout(patience)
            client.connect((OUTSIDE, port))
            try:
                client.send(sent)
                return client.recv(65536)
            except ConnectionRefusedError:
                return None  # ICMP port unreachable
            except socket.timeout:
                return b''


def libraries(program):
    """The files that the dynamic linker loads for a program; none for a static one."""
    return set(re.findall(r'(/\S+) \(0x', call('ldd', program).stdout.decode()))


@contextlib.contextmanager
def booted(directory):
    """A test host that is up, and gone afterwards."""
    host = TestHost(directory)
    try:
        host.boot()
        yield host
    finally:
        host.shut_down()
