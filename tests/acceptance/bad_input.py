#!/usr/bin/python3 -B
"""Bad input of any kind: one clear sentence, `failed`, and every file as it was."""
import contextlib
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time

from lib import (BINARY, HISTORY, IS_ROOT, NEVER, NOBODY, Host, as_nobody, case, contains, environment, equal,
                 error_text, holds, lacks, one_sentence, own_mounts, parse_answer, run_tests, same_tree, skip, small_disk, terminate, tree,
                 write)

DT_OFF = {'id': 'dt', 'state': 'disabled'}
OPTIONS = {'options': {'bcastping': 0}}


class Refusal:
    """Holds calls to one kind of answer: failed, in one sentence, with everything as it was."""

    def __init__(self, host, lock_file_may_come=True):
        self.host = host
        self.ignored = {HISTORY + '.lock', os.path.dirname(HISTORY)} if lock_file_may_come else set()

    def state(self):
        return {path: facts for path, facts in self.host.everything().items()
                if path not in self.ignored and not os.path.isdir(self.host.path(path))}

    def refuses(self, sentence, module, *expected, checks=(True, False), **options):
        """A check run and a real one of the call fail, and the message names what it has to name."""
        before, complete = self.state(), self.host.everything()
        for check in checks:
            with case('%s (%s run)' % (sentence, 'check' if check else 'real')):
                result = self.host.module(module, check=check, diff=True, **options)
                self.must_be_refusal(result, expected)
                if check:
                    same_tree(self.host.everything(), complete)
                same_tree(self.state(), before)

    @staticmethod
    def must_be_refusal(result, expected):
        holds(result.get('failed') is True, 'it did not fail: %s' % json.dumps(result)[:1500])
        equal(result['changed'], False, 'changed')
        one_sentence(result['msg'])
        contains(result['msg'], *expected)
        holds(not result.get('commit') and not result.get('diff'), 'there is a commit or a diff: %s' % result)


def what_the_call_says(directory):
    host = Host(directory)
    refuses = Refusal(host).refuses
    refuses('an unknown option is refused', 'inetd', 'Unsupported parameters for (bulwark.aix.inetd) module: srevices.',
            'Supported parameters include:', srevices=['echo'], name='echo', state='disabled')
    refuses('an unknown option of an item is refused', 'inetd', 'services.stat', services=[{'name': 'echo', 'stat': 'x', 'state': 'disabled'}])
    refuses('a wrong type is refused', 'inetd', "argument 'lock_timeout' is of type str", 'cannot be converted to an int',
            name='echo', state='disabled', lock_timeout='soon')
    refuses('a missing state is refused', 'inetd', 'missing required arguments: state', name='echo')
    refuses('an unknown state is refused', 'inetd', 'value of state must be one of: enabled, disabled, absent', name='echo', state='off')
    refuses('a call without an item is refused', 'inittab', 'entries', state='absent')
    refuses('two ways back at once are refused', 'rollback', 'mutually exclusive: to|revert', to='HEAD~1', revert='HEAD')
    refuses('a protocol in the name and another one beside it are refused', 'inetd', 'echo/tcp', name='echo/tcp', protocol='udp',
            state='disabled')
    refuses('a negative lock_timeout is refused', 'inetd', 'lock_timeout', name='echo', state='disabled', lock_timeout=-1)
    refuses('a message with a newline is refused', 'inetd', 'message', 'newline', name='echo', state='disabled',
            message='CHG1\nBulwark-Rules: forged')
    refuses('an empty name is refused', 'inittab', 'id', id='', state='disabled')
    refuses('an empty service name is refused', 'inetd', 'name', name='', state='disabled')
    refuses('an empty daemon name is refused', 'rc_script', 'name', name='', state='disabled')
    refuses('a relative path of a script is refused', 'rc_script', 'absolute', path='etc/rc.tcpip', name='snmpd', state='disabled')
    refuses('a relative history is refused', 'inetd', 'history', 'absolute', name='echo', state='disabled', history='history.git')
    refuses('a network option that no command line could carry is refused', 'network_options', 'bcastping',
            options={'bcastping': '0\nrm -rf /'})
    refuses('a name of a network option that could be something else is refused', 'network_options', options={'-p; x': 0})
    refuses('network options that are a list are refused', 'network_options', 'options', options=['a', 'b'])


def where_the_tree_is(directory):
    host = Host(directory)
    write('', directory, 'file')
    refusal = Refusal(host)
    for sentence, root, expected in (
            ('a root that does not exist is refused', os.path.join(directory, 'nowhere'), 'nowhere'),
            ('a relative root is refused', 'root', 'absolute'),
            ('a root that is a file is refused', os.path.join(directory, 'file'), 'file'),
            ('an empty root is refused', '', 'absolute')):
        outside = tree(directory, without=('root',))
        refusal.refuses(sentence, 'inetd', 'root', expected, name='echo', state='disabled', root=root)
        with case(sentence + ', and nothing is made in its place'):
            same_tree(tree(directory, without=('root',)), outside)
    refusal.refuses('a root that is not there is refused by history_info too', 'history_info', 'nowhere',
                    root=os.path.join(directory, 'nowhere'))


def what_is_in_place_of_a_file(directory):
    host = Host(directory)
    refuses = Refusal(host).refuses
    conf = host.path('etc/inetd.conf')

    def in_place_of_it(what, make, *words):
        os.remove(conf)
        make()
        refuses('%s in place of inetd.conf is refused' % what, 'inetd', '/etc/inetd.conf', *words, name='echo', state='disabled')
        refuses('%s in place of inetd.conf is refused by harden' % what, 'harden', '/etc/inetd.conf', *words)
        (os.rmdir if os.path.isdir(conf) and not os.path.islink(conf) else os.remove)(conf)
        write('', conf)

    in_place_of_it('a directory', lambda: os.mkdir(conf), 'directory')
    in_place_of_it('a FIFO', lambda: os.mkfifo(conf), 'FIFO')
    if IS_ROOT:
        in_place_of_it('a device', lambda: os.mknod(conf, 0o020600, os.makedev(1, 3)), 'device')
    else:
        skip('a device in place of inetd.conf is refused', 'only root can make one')
    in_place_of_it('a link in a circle', lambda: os.symlink('inetd.conf', conf), 'link')
    os.remove(conf)
    refuses('a missing file is an error in a module that has to edit it', 'inetd', '/etc/inetd.conf', name='echo', state='disabled')
    refuses('a missing script too', 'rc_script', '/etc/rc.none', path='/etc/rc.none', name='x', state='disabled')
    os.symlink('/nowhere/inetd.conf', conf)
    refuses('a link to what is not there inside the root is a missing file', 'inetd', '/etc/inetd.conf', name='echo', state='disabled')
    with case('in a profile a missing file makes its rules not applicable'):
        result = host.module('harden', check=True, only=['inetd-shell', 'inittab-dt'])
        equal([rule['status'] for rule in result['rules']], ['non_compliant', 'not_applicable'])
    os.remove(host.path('etc/inittab'))
    refuses('network options without an inittab are refused', 'network_options', '/etc/inittab', **OPTIONS)


def links_that_lead_outside(directory):
    host = Host(directory)
    outside = write('echo stream tcp nowait root internal\n', directory, 'outside', 'inetd.conf')
    os.remove(host.path('etc/inetd.conf'))
    os.symlink(outside, host.path('etc/inetd.conf'))
    Refusal(host).refuses('an absolute link that would lead outside the root is a missing file', 'inetd', '/etc/inetd.conf',
                          name='echo', state='disabled')
    os.remove(host.path('etc/inetd.conf'))
    os.symlink('../../../../../../..' + outside, host.path('etc/inetd.conf'))
    Refusal(host).refuses('a relative link that would lead outside the root is a missing file', 'inetd', '/etc/inetd.conf',
                          name='echo', state='disabled')
    with case('what they lead to is as it was'):
        equal(open(outside).read(), 'echo stream tcp nowait root internal\n')
    with case('a script path with .. in it stays inside the root too'):
        result = host.module('rc_script', path='/../../' + outside, name='x', state='disabled')
        holds(result.get('failed'), str(result))


def inittab_edits(directory):
    host = Host(directory)
    refuses = Refusal(host).refuses
    entry = {'id': 'agent', 'runlevel': '2', 'action': 'once', 'command': '/opt/agent'}
    refuses('an unknown insertafter is refused', 'inittab', 'nobody', 'agent', **entry, insertafter='nobody')
    refuses('a new entry without an action is refused', 'inittab', 'agent', 'action', id='agent', runlevel='2', command='/opt/agent')
    refuses('a command with a newline is refused', 'inittab', 'newline', 'agent', **{**entry, 'command': '/opt/a\nevil:2:once:/b'})
    refuses('a command with a newline is refused with force too', 'inittab', 'newline',
            **{**entry, 'command': '/opt/a\nevil:2:once:/b', 'force': True})
    refuses('an unknown action is refused', 'inittab', 'action', 'sometimes', **{**entry, 'action': 'sometimes'})
    refuses('an identifier that is too long is refused', 'inittab', 'x' * 15, **{**entry, 'id': 'x' * 15})
    refuses('an identifier with a colon is refused', 'inittab', 'a:b', **{**entry, 'id': 'a:b'})
    refuses('a command that is too long is refused', 'inittab', '1024', **{**entry, 'command': '/' + 'x' * 1024})
    refuses('a runlevel that is too long is refused', 'inittab', '20', **{**entry, 'runlevel': '2' * 21})
    refuses('a runlevel that init does not know is refused', 'inittab', 'runlevel', **{**entry, 'runlevel': '2x'})
    refuses('enabling an entry that is not there is refused', 'inittab', 'nosuch', id='nosuch', state='enabled')


UNBOOTABLE = [
    ('removing brc', {'id': 'brc', 'state': 'absent'}, 'brc'),
    ('commenting cons out', {'id': 'cons', 'state': 'disabled'}, 'cons'),
    ('switching cons off', {'id': 'cons', 'state': 'disabled', 'method': 'off'}, 'cons'),
    ('another action for srcmstr', {'id': 'srcmstr', 'action': 'once'}, 'srcmstr'),
    ('another command for rc', {'id': 'rc', 'command': '/etc/rc.mine'}, 'rc'),
    ('removing rctcpip', {'id': 'rctcpip', 'state': 'absent'}, 'rctcpip'),
    ('another default runlevel', {'id': 'init', 'runlevel': '5'}, 'init'),
    ('no default runlevel', {'id': 'init', 'state': 'absent'}, 'init'),
    ('a second default runlevel', {'id': 'init2', 'runlevel': '3', 'action': 'initdefault', 'command': ''}, 'initdefault'),
]


def unbootable_hosts(directory):
    host = Host(directory)
    for what, options, name in UNBOOTABLE:
        Refusal(host).refuses(what + ' is refused: the host would not boot as before', 'inittab', name, 'force', **options)
    for what, options, name in UNBOOTABLE:
        with case('with force %s is done' % what):
            host.changes('inittab', force=True, **options)
            host.module('rollback', to='original')
    with case('force at an entry is for that entry alone'):
        result = host.module('inittab', entries=[{'id': 'cron', 'state': 'absent', 'force': True}, {'id': 'cons', 'state': 'absent'}])
        Refusal.must_be_refusal(result, ['cons'])
        contains(host.read('etc/inittab'), '\ncron:', '\ncons:')
    with case('an edit of other entries needs no force'):
        host.changes('inittab', entries=['dt', 'piobe', 'pmd'], state='absent')


def files_in_a_bad_state(directory):
    host = Host(directory)
    refuses = Refusal(host).refuses
    host.append('dt:3:once:/etc/another\n', 'etc/inittab')
    line = host.read('etc/inittab').count('\n')
    refuses('an edit of an identifier that stands there twice is refused', 'inittab', '/etc/inittab', 'dt', str(line), **DT_OFF)
    refuses('it is refused with force too', 'inittab', 'dt', **DT_OFF, force=True)
    refuses('harden names the rule that cannot be planned', 'harden', 'rule inittab-dt:', '/etc/inittab')
    with case('another entry of that file can be edited'):
        host.changes('inittab', id='writesrv', state='disabled')
    host.module('rollback', to='original')
    host.replace('dt:2:wait:/etc/rc.dt', 'dt:2:wait', 'etc/inittab')
    line = host.read('etc/inittab').split('\n').index('dt:2:wait') + 1
    refuses('a malformed line in the way is refused with file and line', 'inittab', '/etc/inittab, line %d' % line, **DT_OFF)
    with case('a malformed line that is not in the way is kept'):
        host.changes('inittab', id='writesrv', state='disabled')
        contains(host.read('etc/inittab'), '\ndt:2:wait\n', '\n:writesrv:')
    host.append('echo\tstream\ttcp\n#ftp\tstream\ttcp6\tnowait\troot\t/usr/sbin/ftpd\tftpd -x\n', 'etc/inetd.conf')
    refuses('a malformed inetd entry in the way is refused with file and line', 'inetd', '/etc/inetd.conf, line 46', name='echo',
            state='disabled')
    host.append('#uucp\tstream\ttcp\tnowait\troot\t/usr/sbin/uucpd\tuucpd -x\n', 'etc/inetd.conf')
    lines = [i for i, text in enumerate(host.read('etc/inetd.conf').split('\n'), 1) if text.startswith('#uucp\t')]
    refuses('enabling a service with two different disabled entries names both lines', 'inetd', '/etc/inetd.conf', *map(str, lines),
            name='uucp', state='enabled')
    refuses('enabling a service that is not there is refused', 'inetd', 'nosuch', name='nosuch', state='enabled')
    refuses('a new service without all fields is refused', 'inetd', 'nosuch', name='nosuch', state='present', protocol='tcp')
    refuses('enabling a daemon that is not there is refused', 'rc_script', 'nosuchd', name='nosuchd', state='enabled')
    host.append('if [ -x /usr/sbin/lpd ]; then\nstart /usr/sbin/lpd\n', 'etc/rc.tcpip')
    refuses('a script that ends inside a stanza is refused where that is in the way', 'rc_script', '/etc/rc.tcpip, line',
            name='lpd', state='disabled')


def rules_of_a_profile(directory):
    host = Host(directory)
    refuses = Refusal(host).refuses
    rule = {'id': 'mine', 'inetd': {'name': 'uucp', 'state': 'disabled'}}
    refuses('an unknown profile is refused', 'harden', 'profile', 'tutorail', profile='tutorail')
    refuses('a pattern of only that means no rule is refused', 'harden', 'only', 'inetd-shel', only=['inetd-shel'])
    refuses('a pattern of except that means no rule is refused', 'harden', 'except', 'inted-*', **{'except': ['inted-*']})
    refuses('a rule without an id is refused', 'harden', 'id', rules=[{'inetd': rule['inetd']}])
    refuses('a rule that calls no module is refused', 'harden', 'mine', 'module', rules=[{'id': 'mine', 'title': 'x'}])
    refuses('a rule that calls two modules is refused', 'harden', 'mine', 'inetd', 'inittab', rules=[{**rule, 'inittab': DT_OFF}])
    refuses('a rule that calls an unknown module is refused', 'harden', 'mine', 'intetd', rules=[{'id': 'mine', 'intetd': {}}])
    refuses('a rule that calls harden is refused', 'harden', 'mine', 'harden', rules=[{'id': 'mine', 'harden': {}}])
    refuses('a rule with an option that its module does not have is refused by its id', 'harden', 'mine', 'stat',
            rules=[{'id': 'mine', 'inetd': {'name': 'uucp', 'stat': 'disabled'}}])
    refuses('a rule with options of the whole run is refused', 'harden', 'mine', 'root', rules=[{'id': 'mine', 'inetd': {**rule['inetd'], 'root': '/'}}])
    refuses('an id that is there twice is refused', 'harden', 'inetd-shell', 'twice', rules=[{**rule, 'id': 'inetd-shell'}])
    refuses('a rule that is no dictionary is refused', 'harden', rules=['mine'])
    refuses('rules that contradict each other are refused, by an id', 'harden', 'inetd-shell', 'contradict',
            rules=[{'id': 'mine', 'inetd': {'name': 'shell', 'state': 'enabled'}}])
    refuses('items that contradict each other are refused', 'inetd', 'contradict',
            services=[{'name': 'echo', 'state': 'disabled'}, {'name': 'echo/tcp', 'state': 'enabled'}])
    with case('a run with a rule that cannot be planned writes nothing of the others, and names it alone'):
        result = host.module('harden', rules=[{'id': 'mine', 'inetd': {'name': 'nosuch', 'state': 'enabled'}}])
        Refusal.must_be_refusal(result, ['rule mine:', 'nosuch'])
        equal([rule['id'] for rule in result['rules'] if rule['status'] == 'failed'], ['mine'])
        holds(not {rule['status'] for rule in result['rules']} & {'changed'}, 'a rule is said to have changed something')
        lacks(host.read('etc/inittab'), '\n:dt:')


def histories(directory):
    host = Host(directory)
    refuses = Refusal(host).refuses
    call = {'name': 'echo', 'state': 'disabled'}
    write('not a repository\n', host.history)
    refuses('a history that is a file is refused', 'inetd', HISTORY, **call)
    refuses('history_info refuses it too', 'history_info', HISTORY)
    os.remove(host.history)
    write('keep\n', host.history, 'letter.txt')
    refuses('a history that is an ordinary directory is refused', 'inetd', HISTORY, **call)
    with case('what is in that directory is still there'):
        equal(host.read(HISTORY, 'letter.txt'), 'keep\n')
        equal(os.listdir(host.history), ['letter.txt'])
    shutil.rmtree(os.path.dirname(host.history))
    refuses('a rollback to a commit without a history is refused', 'rollback', 'history', to='HEAD~1')
    with case('a rollback to original where no run ever changed anything has nothing to do'):
        result = host.module('rollback', to='original')
        equal((result['changed'], result.get('failed')), (False, None))
    host.changes('inetd', **call)
    head = host.commits()[0]
    for sentence, to in (('an unknown commit', '0123456789abcdef'), ('a step too far back', 'HEAD~7'), ('nonsense', 'yesterday'),
                         ('a date that does not exist', '2024-02-30'), ('a time before the history began', '1999-12-31T23:59:59Z'),
                         ('an empty name', ''), ('a name that could be an option', '--all'), ('a beginning that is too short', head[:2])):
        refuses('rollback to %s is refused' % sentence, 'rollback', *([to] if to else []), to=to)
    refuses('revert of an unknown commit is refused', 'rollback', 'fedcba9876', revert='fedcba9876')
    refuses('rollback of a path that the history does not know is refused', 'rollback', '/etc/passwd', to='original',
            paths=['/etc/inetd.conf', '/etc/passwd'])
    refuses('revert for a path that the commit did not touch is refused', 'rollback', '/etc/rc.nfs', revert=head, paths=['/etc/rc.nfs'])
    host.append('echo\tstream\ttcp\tnowait\troot\tinternal\n', 'etc/inetd.conf')
    host.replace('#echo\tdgram\tudp', '# echo\tdgram\tudp', 'etc/inetd.conf')
    refuses('revert of what has been edited since is refused by the file', 'rollback', '/etc/inetd.conf', revert=head)
    refuses('a negative limit of history_info is refused', 'history_info', 'limit', limit=-1)


def a_damaged_history(directory):
    host = Host(directory)
    host.changes('harden')
    objects = os.path.join(host.history, 'objects')
    for name in os.listdir(objects):
        if len(name) == 2:
            shutil.rmtree(os.path.join(objects, name))
    Refusal(host).refuses('a history that has lost its objects is refused', 'rollback', to='original')
    Refusal(host).refuses('a change upon a history that has lost its objects is refused', 'inittab', id='dt', state='absent',
                          checks=(False,))
    Refusal(host).refuses('history_info of a history that has lost its objects says so', 'history_info')


HOLD_LOCK = """
import fcntl, sys
file = open(sys.argv[1], 'w')
fcntl.lockf(file, fcntl.LOCK_EX)
print('locked', flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def locked(host):
    """As another run holds it: by a process of its own, because a record lock ends when its process closes any
    descriptor of the file. Yields the id of that process."""
    path = write('', host.history + '.lock')
    os.chmod(path, 0o600)
    with subprocess.Popen([sys.executable, '-c', HOLD_LOCK, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        try:
            equal(holder.stdout.readline(), b'locked\n', 'what the holder of the lock says')
            yield holder.pid
        finally:
            terminate(holder)


def a_lock(directory):
    host = Host(directory)
    call = {'name': 'echo', 'state': 'disabled'}
    with locked(host) as holder:
        before = host.everything()
        with case('a lock held by another run ends the waiting after lock_timeout, and its process is named'):
            start = time.monotonic()
            result = host.module('inetd', lock_timeout=1, **call)
            Refusal.must_be_refusal(result, [HISTORY + '.lock', str(holder), 'lock_timeout'])
            holds(time.monotonic() - start >= 0.9, 'it did not wait for one second')
            same_tree(host.everything(), before)
        with case('a check run and history_info do not wait for a lock'):
            holds(host.module('inetd', check=True, lock_timeout=0, **call)['changed'], 'not changed')
            equal(host.module('history_info')['commits'], [])
        with case('lock_timeout 0 does not wait'):
            Refusal.must_be_refusal(host.module('inetd', lock_timeout=0, **call), ['.lock'])
        interrupted(host, signal.SIGINT, 'Ctrl-C')
        interrupted(host, signal.SIGTERM, 'SIGTERM')
    with case('when the lock is free the run goes ahead'):
        host.changes('inetd', **call)
    os.remove(host.history + '.lock')
    os.mkdir(host.history + '.lock')
    with case('a directory in place of the lock file is refused'):
        result = host.module('inetd', name='time', state='disabled')
        Refusal.must_be_refusal(result, [HISTORY + '.lock', 'directory'])
    with case('the lock file is readable by its owner alone'):
        os.rmdir(host.history + '.lock')
        host.changes('inetd', name='time', state='disabled')
        equal(oct(os.stat(host.history + '.lock').st_mode & 0o777), '0o600', 'mode')


def has_open(pid, path):
    files = '/proc/%d/fd' % pid
    return any(os.path.realpath(os.path.join(files, name)) == path for name in os.listdir(files))


def interrupted(host, number, what):
    before = host.everything()
    with case('%s while waiting for the lock ends the command at once, without a word of debugging' % what):
        with subprocess.Popen([BINARY, 'inetd', '--root', host.root, '--name', 'echo', '--state', 'disabled'], env=environment(),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as waiting:
            while waiting.poll() is None and not has_open(waiting.pid, host.history + '.lock'):
                time.sleep(0.01)
            waiting.send_signal(number)
            out, err = waiting.communicate(timeout=NEVER)
        equal(waiting.returncode, -number, 'exit status')
        holds(len(err.splitlines()) <= 1 and len(out.splitlines()) <= 1, '%r %r' % (out, err))
        same_tree(host.everything(), before)


def arguments_as_text(directory):
    host = Host(directory)
    before = host.everything()
    good = {'name': 'echo', 'state': 'disabled', 'root': host.root}
    texts = {
        'nothing': ('inetd', ''),
        'no JSON': ('inetd', 'name=echo state=disabled'),
        'JSON that ends too early': ('inetd', json.dumps(good)[:-5]),
        'something behind the JSON': ('inetd', json.dumps(good) + '}'),
        'a list': ('inetd', '["inetd"]'),
        'null': ('inetd', 'null'),
        'very deep lists': ('inetd', '{"services": ' + '[' * 100000 + ']' * 100000 + '}'),
        'an unknown name of a module': ('foo', json.dumps({**good, '_ansible_module_name': 'bulwark.aix.inted'})),
        'no name of a module at all': ('', json.dumps(good)),
        'a name that is no text': ('foo', json.dumps({**good, '_ansible_module_name': ['inetd']})),
        'bytes that are no text': ('inetd', '\xff\xfe{\x00'),
    }
    for what, (name, text) in texts.items():
        with case('%s as arguments of a module: failed, in one sentence' % what):
            Refusal.must_be_refusal(host.answer(name, text), [])
            same_tree(host.everything(), before)
    with case('an arguments file that cannot be read: failed, in one sentence'):
        secret = write(json.dumps(good), directory, 'secret')
        os.chmod(secret, 0)
        result = parse_answer(host.command(secret, prefix=as_nobody()))
        Refusal.must_be_refusal(result, [secret, error_text(errno.EACCES)])
        same_tree(host.everything(), before)
    with case('an arguments file that is a directory: failed, in one sentence'):
        done = host.command(directory)
        said = json.loads(done.stdout)['msg'] if done.stdout else done.stderr.decode().rstrip('\n')
        one_sentence(said)
        contains(said, directory)
        equal(done.returncode, 1, 'exit status')


def unwritable_places(directory):
    host = Host(directory)
    os.chmod(host.path('etc'), 0o555)
    if IS_ROOT:
        for path in ['.', 'var']:
            os.chown(host.path(path), NOBODY, NOBODY)
    with case('a directory that cannot be written: failed, and every file is as before'):
        before = host.files()
        result = host.module('harden', prefix=as_nobody())
        Refusal.must_be_refusal(result, ['/etc/', error_text(errno.EACCES), 'every file is as before'])
        same_tree(host.files(), before)
    with case('the next run finds nothing to clear away, and a sound history'):
        result = host.module('harden', check=True, prefix=as_nobody())
        lacks(str(result.get('warnings')), 'interrupted')
        host.sound_history()
    with case('a file that cannot be read: failed'):
        os.chmod(host.path('etc/inetd.conf'), 0)
        if IS_ROOT:
            os.chown(host.path('etc/inetd.conf'), 0, 0)
        result = host.module('inetd', name='echo', state='disabled', prefix=as_nobody())
        Refusal.must_be_refusal(result, ['/etc/inetd.conf', error_text(errno.EACCES)])
    with case('a place where no history can be made: failed'):
        os.chmod(host.path('etc/inetd.conf'), 0o644)
        before = host.files()
        result = host.module('inetd', name='echo', state='disabled', history='/usr/history.git',
                             prefix=as_nobody()) if IS_ROOT else None
        if result:
            Refusal.must_be_refusal(result, ['/usr/history.git', error_text(errno.EACCES)])
        same_tree(host.files(), before)
    os.chmod(host.path('etc'), 0o755)


def file_systems(directory):
    sentences = ('a read-only file system: failed, and every file is as before',
                 'a full disk at any moment: failed, and every file is as before')
    if not own_mounts():
        for sentence in sentences:
            skip(sentence, 'mounting is not allowed here')
        return
    disk = os.path.join(directory, 'disk')
    with small_disk(disk, 1 << 20):
        host = Host(disk)
        subprocess.run(['mount', '-o', 'remount,ro', disk], check=True)
        program = Host(os.path.join(directory, 'elsewhere'))  # a place for the call's own files
        read_only(host, program, sentences[0], 'harden')
        subprocess.run(['mount', '-o', 'remount,rw', disk], check=True)
        host.changes('harden')
        subprocess.run(['mount', '-o', 'remount,ro', disk], check=True)
        read_only(host, program, sentences[0], 'rollback', to='original')
    full_disk(os.path.join(directory, 'full'), program, sentences[1])


def read_only(host, program, sentence, module, **options):
    with case('%s (%s)' % (sentence, module)):
        before = host.everything()
        Refusal.must_be_refusal(program.module(module, root=host.root, **options), [error_text(errno.EROFS)])
        same_tree(host.everything(), before)
        holds(program.module(module, root=host.root, check=True, **options)['changed'], 'a check run does not work')


def full_disk(disk, program, sentence):
    """With every amount of free space, from none at all to enough: by pages, then by inodes."""
    page = os.sysconf('SC_PAGE_SIZE')
    for module, options, expected in (('harden', {}, ['creating the history', 'writing a commit', 'replacing /etc/']),
                                      ('rollback', {'to': 'original'}, ['writing a commit'])):
        for limit in ('space', 'inodes'):
            with case('%s (%s, %s)' % (sentence, module, limit)):
                said, wrong = [], []
                for free in range(500):
                    result = run_with_little(disk, program, limit, free, page, wrong, module, options)
                    if not result.get('failed'):
                        break
                    said.append(result['msg'])
                equal(wrong, [], 'what went wrong')
                contains(str(said), *(expected if limit == 'space' else expected[:2]))  # the history takes more inodes


def run_with_little(disk, program, limit, free, page, wrong, module, options):
    with small_disk(disk, 8 << 20, *(['nr_inodes=4096'] if limit == 'inodes' else [])):
        host = Host(disk)
        if module == 'rollback':
            host.changes('harden')
        fill(disk, limit, free, page)
        before = host.files()
        result = program.module(module, root=host.root, **options)
        if not result.get('failed'):
            return result
        try:
            Refusal.must_be_refusal(result, [error_text(errno.ENOSPC)])
            same_tree(host.files(), before)
            shutil.rmtree(os.path.join(disk, 'ballast'))
            again = program.module(module, root=host.root, **options)
            holds(again['changed'] and not again.get('failed'), 'the next run: ' + again['msg'])
            lacks(str(again.get('warnings')), 'interrupted')
            host.sound_history()
        except AssertionError as failure:
            wrong.append('%d free: %s' % (free, failure))
        return result


def fill(disk, limit, free, page):
    os.mkdir(os.path.join(disk, 'ballast'))
    status = os.statvfs(disk)
    if limit == 'inodes':
        for i in range(status.f_ffree - free):
            write('', disk, 'ballast', str(i))
    else:
        with open(os.path.join(disk, 'ballast', 'file'), 'wb') as file:
            file.write(b'\0' * (status.f_bavail - free) * page)


if __name__ == '__main__':
    run_tests(what_the_call_says, where_the_tree_is, what_is_in_place_of_a_file, links_that_lead_outside, inittab_edits,
              unbootable_hosts, files_in_a_bad_state, rules_of_a_profile, histories, a_damaged_history, a_lock,
              arguments_as_text, unwritable_places, file_systems)
