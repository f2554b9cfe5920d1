"""What the acceptance tests share: scratch hosts, calls of the binary and of ansible-playbook, and lines of TAP.

Whatever a test writes is below a directory that is gone afterwards, and nothing of the caller's environment but PATH
reaches what it calls.
"""
import contextlib
import ctypes
import difflib
import json
import os
import pty
import select
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = os.path.join(TOP, 'tests')
PLAYBOOKS = os.path.join(TOP, 'playbooks')
SAMPLE = os.path.join(TESTS, 'samples', 'aix-4.3.3')
BINARY = os.path.abspath(os.environ.get('BULWARK') or os.path.join(TOP, 'build', 'bulwark'))
COLLECTIONS = os.path.abspath(os.environ.get('ANSIBLE_COLLECTIONS_PATH') or os.path.join(TOP, 'build', 'collections'))
HISTORY = 'var/bulwark/history.git'
ANSIBLE_VERSION = '2.19.11'  # whose texts the binary uses when nothing else is said
SYSTEM_PATH = '/usr/bin:/bin:/usr/sbin:/sbin'
IS_ROOT = os.geteuid() == 0
NOBODY = 65534

# ---- what is tested, as lines of TAP

_failures = 0
_ansible = INSTALLED = 'installed'  # which ansible-core is in use; the other one is UNPACKED
UNPACKED = '2.19'


def _report(good, sentence, details=''):
    global _failures
    _failures += not good
    sentence += '' if _ansible == INSTALLED else ' [ansible-core %s]' % _ansible
    print(('ok - ' if good else 'not ok - ') + sentence)
    for line in details.splitlines()[:60]:
        print('  ' + line[:2000])
    sys.stdout.flush()


@contextlib.contextmanager
def case(sentence):
    """One thing that is tested: the sentence holds if nothing is raised inside."""
    try:
        yield
    except AssertionError as failure:
        where = traceback.extract_tb(failure.__traceback__)[1]
        _report(False, sentence, '%s\n(%s, line %d)' % (failure, os.path.basename(where.filename), where.lineno))
    except Exception:
        _report(False, sentence, traceback.format_exc())
    else:
        _report(True, sentence)


def skip(sentence, reason):
    _report(True, sentence + ' # SKIP ' + reason)


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


def equal(got, expected, what='result'):
    if got == expected:
        return
    got_lines, expected_lines = (
        (value if isinstance(value, str) else json.dumps(value, indent=1, sort_keys=True, default=repr)).splitlines()
        for value in (got, expected))
    raise AssertionError('%s differs (-expected +got):\n%s' % (what, '\n'.join(
        difflib.unified_diff(expected_lines, got_lines, lineterm='', n=1))))


def contains(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError('%r is missing in:\n%s' % (part, text))


def lacks(text, *parts):
    for part in parts:
        if part in text:
            raise AssertionError('%r should not be in:\n%s' % (part, text))


def with_each_ansible(test):
    """A test that is run twice: with the ansible-core that is installed, and with 2.19."""
    test.ansibles = (INSTALLED, UNPACKED)
    return test


def run_tests(*functions):
    """Calls each with a scratch directory of its own. Ends the process.

    The variable BULWARK_ANSIBLE, `installed` or `2.19`, lets all of them run with that one, and once.
    """
    if not os.path.exists(BINARY):
        _report(False, 'the binary has been built', BINARY + ' is not there; tests/run.sh builds it')
        sys.exit(1)
    os.umask(0o022)
    for number in signal.SIGHUP, signal.SIGTERM:  # whoever started the tests may ignore them, and so would the binary
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    chosen = os.environ.get('BULWARK_ANSIBLE')
    for function in functions:
        for ansible in [chosen] if chosen else getattr(function, 'ansibles', [INSTALLED]):
            if use_ansible(ansible):
                _run_test(function)
    sys.exit(1 if _failures else 0)


def _run_test(function):
    with tempfile.TemporaryDirectory(prefix='bulwark-acceptance-') as directory:
        os.chmod(directory, 0o755)
        os.chdir('/')
        try:
            function(os.path.realpath(directory))
        except Exception:
            _report(False, 'the tests of %s reach their end' % function.__name__.replace('_', ' '),
                    traceback.format_exc())


# ---- trees of files


def describe(path):
    """Everything about a file that a run could change."""
    status = os.lstat(path)
    facts = [stat.filemode(status.st_mode), status.st_uid, status.st_gid]
    if stat.S_ISREG(status.st_mode):
        with open(path, 'rb') as file:
            facts.append(file.read().decode('latin-1'))
    elif stat.S_ISLNK(status.st_mode):
        facts.append(os.readlink(path))
    return facts


def tree(root, without=(), times=False):
    """Path -> description, of all below `root` but what lies at or below the paths in `without`."""
    found = {}
    for directory, names, files in os.walk(root):
        for name in sorted(names + files):
            path = os.path.join(directory, name)
            relative = os.path.relpath(path, root)
            if relative in without:
                names[:] = [other for other in names if other != name]
                continue
            found[relative] = describe(path) + ([os.lstat(path).st_mtime_ns] if times else [])
    return found


def same_tree(got, expected, what='the tree'):
    """Names the differing paths, and shows only those."""
    if got == expected:
        return
    paths = sorted(path for path in got.keys() | expected.keys() if got.get(path) != expected.get(path))
    raise AssertionError('%s differs in %s:\n%s' % (what, ', '.join(paths), '\n'.join(
        '%s\n  expected %r\n  got      %r' % (path, expected.get(path), got.get(path)) for path in paths[:3])))


def read(*parts):
    with open(os.path.join(*parts), 'rb') as file:
        return file.read().decode('latin-1')


def write(text, *parts):
    path = os.path.join(*parts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(text.encode('latin-1'))
    return path


def append(text, *parts):
    return write(read(*parts) + text, *parts)


# ---- processes


# Where a binary that was built to count what it runs writes that (tests/long/coverage.py).
PROFILE = {name: os.environ[name] for name in ['LLVM_PROFILE_FILE'] if name in os.environ}


def environment(**changes):
    return {'PATH': SYSTEM_PATH, **PROFILE, **{name: value for name, value in changes.items() if value is not None}}


def error_text(error):
    """What the binary says of a number of errno. BULWARK_LIBC names what stands before its libc: see aix_behaviour.py."""
    preloaded = os.environ.get('BULWARK_LIBC')
    if not preloaded:
        return os.strerror(error)
    text = ctypes.CDLL(preloaded).aix_text
    text.restype = ctypes.c_char_p
    return text(error).decode().removesuffix('.')


# Seconds after which something hangs: no verdict is to depend on how fast or busy the machine is, so this is no measure
# of anything. A test that passes never comes near.
NEVER = 3600


def call(*argv, timeout=NEVER, **options):
    """Runs a command to its end; its output is bytes."""
    options.setdefault('env', environment())
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=timeout, **options)


def until_closed(terminal):
    """All that is written to a pseudo terminal, until nobody has it open any more."""
    output = b''
    while select.select([terminal], [], [], NEVER)[0]:
        try:
            more = os.read(terminal, 65536)
        except OSError:
            break  # the other side is closed
        if not more:
            break
        output += more
    return output


def korn_shells():
    """Those that are here: ksh93, and two that are closer to the ksh88 that /usr/bin/ksh is on AIX."""
    found = [shell for shell in ('ksh93', 'mksh', 'lksh') if shutil.which(shell, path=SYSTEM_PATH)]
    holds('ksh93' in found and len(found) > 1, 'Korn shells are missing: tests/prerequisites.sh installs them')
    return found


def on_terminal(words, **variables):
    """What a command of the binary prints on a terminal."""
    master, slave = pty.openpty()
    with subprocess.Popen([BINARY, *words], env=environment(**{'TERM': 'xterm', **variables}), stdin=slave, stdout=slave,
                          stderr=slave) as process:
        os.close(slave)
        output = until_closed(master)
        process.wait(timeout=NEVER)
    os.close(master)
    return output.decode('latin-1')


def one_sentence(text):
    """What is said of a failure: not empty, one line, no traceback, no more than a person reads."""
    holds(text.strip() == text and text and '\n' not in text, 'not one line: %r' % text)
    holds(len(text) < 500, 'too long for one sentence: %r' % text)
    lacks(text, 'Traceback', 'terminate called', 'std::', 'what():', 'basic_string')


# ---- what the binary has


def module_names():
    """Of the registry, in its order. None where the binary is not there: run_tests says that."""
    return call(BINARY, 'doc', '--list').stdout.decode().split() if os.path.exists(BINARY) else []


MODULES = module_names()


# ---- a host


class Host:
    """A scratch host: a tree of files as `root`, and below `bin` and `state` stand-ins for the commands of AIX."""

    def __init__(self, directory, sample=SAMPLE):
        self.directory = directory
        self.root = os.path.join(directory, 'root')
        self.state = os.path.join(directory, 'state')
        self.bin = os.path.join(directory, 'bin')
        shutil.copytree(sample, self.root, symlinks=True)
        os.makedirs(os.path.join(self.root, 'var', 'adm'), exist_ok=True)
        self.history = os.path.join(self.root, HISTORY)
        self.environment = environment()
        # How ansible-playbook reaches it.
        self.inventory = ['-i', 'localhost,', '-c', 'local', '-e', 'bulwark_root=' + self.root]
        self.binary = BINARY

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def read(self, *parts):
        return read(self.root, *parts)

    def write(self, text, *parts):
        return write(text, self.root, *parts)

    def append(self, text, *parts):
        return append(text, self.root, *parts)

    def replace(self, old, new, *parts):
        text = self.read(*parts)
        contains(text, old)
        return self.write(text.replace(old, new), *parts)

    def files(self, times=False):
        """All but the history and its lock."""
        return tree(self.root, without=('var/bulwark',), times=times)

    def everything(self):
        return tree(self.root, times=True)

    # -- calls of the binary

    def module(self, name, /, check=False, diff=False, no_log=False, internal=None, env=None, prefix=(), **options):
        """As Ansible calls a module. Holds it to the protocol: one line of strict JSON, nothing else."""
        arguments = {'root': self.root, **options, '_ansible_module_name': 'bulwark.aix.' + name,
                     '_ansible_version': ANSIBLE_VERSION, '_ansible_check_mode': check, '_ansible_diff': diff,
                     '_ansible_no_log': no_log, **(internal or {})}
        return self.answer(name, json.dumps(arguments), env, prefix)

    def answer(self, name, arguments, env=None, prefix=()):
        with tempfile.TemporaryDirectory(dir=self.directory) as directory:
            os.chmod(directory, 0o755)
            program = os.path.join(directory, 'AnsiballZ_' + name)
            os.symlink(self.binary, program)
            file = write(arguments, directory, 'args')
            done = call(*prefix, program, file, env={**self.environment, **(env or {})})
        return parse_answer(done)

    def changes(self, name, /, **options):
        """A call that has to change something, now and not once more."""
        result = self.module(name, **options)
        holds(not result.get('failed'), result.get('msg'))
        holds(result['changed'], 'not changed: ' + result['msg'])
        again = self.module(name, **options)
        holds(not again.get('failed') and not again['changed'], 'changed once more: %s' % again)
        return result

    def command(self, *arguments, env=None, prefix=(), **options):
        """As an operator calls the binary."""
        return call(*prefix, self.binary, *arguments, env={**self.environment, **(env or {})}, **options)

    # -- its history

    def git(self, *arguments):
        done = call('git', '--git-dir', self.history, *arguments, env=environment(
            HOME=self.directory, GIT_CONFIG_NOSYSTEM='1', GIT_CONFIG_COUNT='1', GIT_CONFIG_KEY_0='safe.directory',
            GIT_CONFIG_VALUE_0='*'))
        holds(done.returncode == 0, 'git %s: %s' % (' '.join(arguments), done.stderr.decode('latin-1')))
        return done.stdout.decode('latin-1')

    def sound_history(self):
        """An ordinary git repository, without damage."""
        done = call('git', '--git-dir', self.history, 'fsck', '--strict', '--full',
                    env=environment(HOME=self.directory, GIT_CONFIG_NOSYSTEM='1', GIT_CONFIG_COUNT='1',
                                    GIT_CONFIG_KEY_0='safe.directory', GIT_CONFIG_VALUE_0='*'))
        said = [line for line in (done.stdout + done.stderr).decode().splitlines() if not line.startswith('notice:')]
        equal((done.returncode, [line for line in said if 'dangling' not in line]), (0, []), 'git fsck')

    def commits(self):
        return self.git('log', '--format=%H').split()

    # -- the pretended running system

    def go_live(self, options=None, **subsystems):
        """Stand-ins first in PATH. Without `options` the profile's are those of an untouched kernel."""
        shutil.copytree(os.path.join(TESTS, 'stand_ins'), self.bin)
        write(self.root, self.state, 'root')
        for name, status in {'inetd': 'active', 'snmpd': 'active', 'dpid2': 'active', **subsystems}.items():
            self.set_state('subsystems/' + name.replace('_', '.'), status)
        for name, value in (options if options is not None else UNTOUCHED_OPTIONS).items():
            self.set_state('options/' + name, str(value))
        self.environment = environment(PATH=self.bin + ':' + SYSTEM_PATH)
        self.load_inetd()
        self.forget_calls()

    def served(self):
        return self.get_state('serves').split()

    def set_state(self, name, text):
        write(text + '\n' if text else '', self.state, name)

    def get_state(self, name):
        return read(self.state, name).strip()

    def load_inetd(self):
        """What inetd serves is what its file says."""
        entries = [line.split() for line in self.read('etc/inetd.conf').splitlines() if not line.startswith('#')]
        self.set_state('serves', '\n'.join(words[0] for words in entries if len(words) >= 6))

    def fail(self, *commands):
        self.set_state('fails', '\n'.join(commands))

    def calls(self):
        """The calls that change something, oldest first."""
        return read(self.state, 'log').splitlines()

    def forget_calls(self):
        self.set_state('log', '')

    # -- Ansible

    def play(self, playbook, *arguments, name=None, env=None, live=False):
        """Runs a playbook of the project by its name, or the text of one; `bulwark_root` is the host."""
        file = os.path.join(PLAYBOOKS, playbook)
        if '\n' in playbook:
            file = write(playbook, self.directory, 'playbook.yml')
        results = os.path.join(self.directory, 'results')
        if os.path.exists(results):
            os.remove(results)
        done = call(tool('ansible-playbook'), *self.inventory, file, *arguments, cwd=self.directory,
                    env={**ansible_environment(self.directory, self.bin if live else None),
                         'BULWARK_TEST_RESULTS': results, **(env or {})})
        tasks = [json.loads(line) for line in read(results).splitlines()] if os.path.exists(results) else []
        return Play(done, tasks)


UNTOUCHED_OPTIONS = {'bcastping': 1, 'clean_partial_conns': 0, 'directed_broadcast': 1, 'icmpaddressmask': 0,
                     'ipforwarding': 1, 'ipignoreredirects': 0, 'ipsendredirects': 1, 'ip6srcrouteforward': 1,
                     'ipsrcrouteforward': 1, 'ipsrcrouterecv': 1, 'ipsrcroutesend': 1, 'nonlocsrcroute': 1}


def refuse_constant(text):
    raise AssertionError('%s is not JSON' % text)


def parse_answer(done):
    """The result of a module, whose call has kept the protocol."""
    holds(done.returncode in (0, 1), 'exit status %d: %r %r' % (done.returncode, done.stdout, done.stderr))
    equal(done.stderr, b'', 'standard error')
    text = done.stdout.decode('utf-8')
    holds(text.endswith('\n') and text.count('\n') == 1, 'not one line: %r' % text[:1000])
    result = json.loads(text, parse_constant=refuse_constant)
    text.encode('ascii')
    json.dumps(result, ensure_ascii=False).encode('utf-8')  # no lone surrogates
    holds(isinstance(result, dict) and isinstance(result.get('changed'), bool) and isinstance(result.get('msg'), str),
          'changed or msg is missing: %s' % text[:1000])
    holds(result.get('failed', True) is True, 'failed is there without being true')
    equal(done.returncode, 1 if result.get('failed') else 0, 'exit status')
    return result


# ---- Ansible


_unpacked = os.path.join(TOP, 'build', '_deps', 'ansible-' + UNPACKED)
UNPACKED_COMMANDS = os.path.join(_unpacked, 'bin')
UNPACKED_MODULES = os.path.join(_unpacked, 'usr', 'lib', 'python3', 'dist-packages')


def use_ansible(version):
    """From here on `tool` and the PATH of `ansible_environment` have this one. False where it is not to be had."""
    global _ansible
    _ansible = version
    if version == INSTALLED:
        return True
    done = call(os.path.join(TESTS, 'ansible_2_19.sh'), env=dict(os.environ))  # apt may need a proxy
    good = version == UNPACKED and done.returncode == 0
    if not good:
        _report(False, 'this ansible-core can be had',
                done.stderr.decode() or 'the variable BULWARK_ANSIBLE is to be `installed` or `2.19`')
    return good


def _path_of_tools():
    path = os.environ.get('PATH', SYSTEM_PATH)
    return path if _ansible == INSTALLED else UNPACKED_COMMANDS + ':' + path


def tool(name):
    path = shutil.which(name, path=_path_of_tools())
    holds(path, name + ' is not installed')
    return path


def ansible_environment(directory, first_in_path=None):
    home = os.path.join(directory, 'home')
    os.makedirs(home, exist_ok=True)
    path = ':'.join(filter(None, [first_in_path, _path_of_tools()]))
    return {'PATH': path, 'HOME': home, 'LC_ALL': 'C.UTF-8', 'PYTHONDONTWRITEBYTECODE': '1',
            'ANSIBLE_CONFIG': os.path.join(PLAYBOOKS, 'ansible.cfg'), 'ANSIBLE_COLLECTIONS_PATH': COLLECTIONS,
            'ANSIBLE_PYTHON_INTERPRETER': '/usr/bin/python3', 'ANSIBLE_LOCALHOST_WARNING': '0',
            'ANSIBLE_LOCAL_TEMP': os.path.join(home, 'tmp'), 'ANSIBLE_REMOTE_TEMP': os.path.join(home, 'remote'),
            'ANSIBLE_CALLBACK_PLUGINS': os.path.join(TESTS, 'acceptance', 'plugins'),
            'ANSIBLE_CALLBACKS_ENABLED': 'bulwark_results', 'ANSIBLE_NOCOLOR': '1', 'ANSIBLE_DEPRECATION_WARNINGS': '0'}


class Play:
    """What came of a run of ansible-playbook."""

    def __init__(self, done, tasks):
        self.status = done.returncode
        self.text = (done.stdout + done.stderr).decode('utf-8', 'surrogateescape')
        self.tasks = tasks

    def result(self, task):
        """Of the task that has this name, as callbacks get it."""
        found = [entry for entry in self.tasks if entry['task'] == task]
        holds(len(found) == 1, '%d results of task %r:\n%s' % (len(found), task, self.text))
        return found[0]['result']

    def results(self, task):
        return [entry['result'] for entry in self.tasks if entry['task'] == task]

    def succeeds(self):
        holds(self.status == 0, 'exit status %d:\n%s' % (self.status, self.text))
        return self

    def fails(self):
        holds(self.status != 0, 'it did not fail:\n%s' % self.text)
        return self

    def recap(self, name):
        """A number of the recap: `changed`, `ok`, `failed`."""
        last = [line for line in self.text.splitlines() if re.match(r'\S+ +: ok=', line)][-1]
        return int(dict(word.split('=') for word in last.split() if '=' in word)[name])

    def shown(self, task):
        """What a person reads between the headline of a task and the line with what came of it: its diff."""
        match = re.search(r'^TASK \[%s\].*?\n(.*?)^(?:changed|ok): \[' % re.escape(task), self.text, re.M | re.S)
        holds(match, 'no result of the task:\n' + self.text)
        return match.group(1)


# ---- what a test needs of the system


def as_nobody():
    """Words before a command that let it run without privileges; none where the tests have none themselves."""
    return ['setpriv', '--reuid', str(NOBODY), '--regid', str(NOBODY), '--clear-groups'] if IS_ROOT else []


def own_mounts():
    """Lets this process mount what nobody else sees and what is gone with it. False where that is not allowed."""
    new_mount_namespace = 0x00020000
    if not IS_ROOT or ctypes.CDLL(None).unshare(new_mount_namespace) != 0:
        return False
    return call('mount', '--make-rprivate', '/').returncode == 0


@contextlib.contextmanager
def small_disk(directory, size, *options):
    """A file system of its own at `directory`."""
    os.makedirs(directory, exist_ok=True)
    done = call('mount', '-t', 'tmpfs', '-o', ','.join(['size=%d' % size, 'mode=755', *options]), 'tmpfs', directory)
    holds(done.returncode == 0, done.stderr.decode())
    try:
        yield
    finally:
        call('umount', '-l', directory)


def terminate(process):
    """Of a process of ours that may have ended."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    process.wait()
