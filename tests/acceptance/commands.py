#!/usr/bin/python3 -B
"""The commands that the real binary runs: what becomes of them, and of the run, when one of the two ends too early.

A stand-in that is told to strike sends a signal to the run that has started it, and goes on. So each test is at the very
point that it is about, however slow the machine is: nothing waits for a time to pass.
"""
import errno
import os
import pty
import shutil
import signal
import subprocess
import time

from disturbed import SCENES, Scene, all_well, look_at, scratch, split, spread
from lib import (IS_ROOT, SYSTEM_PATH, Host, case, contains, environment, equal, error_text, holds, lacks, one_sentence,
                 read, run_tests, same_tree, skip, tree, until_closed, write)

LIVE = ['--refresh', 'always']
SPOOL = 'var/spool/cron/crontabs/'
NOTHING = ['inetd', '--service', 'no-such-service', '--state', 'disabled', *LIVE]
SCRIPT = '#!%s\nstart /usr/sbin/gated "$src_running"\nstart /usr/sbin/inetd "$src_running"\n'
STRIKER = '''#!/bin/sh
# Strikes once, where the words are those of state/strike: a signal for the run; then it waits for state/go, if it is to.
name=${0##*/} host=$(cd "$(dirname "$0")/.." && pwd) state=$(cd "$(dirname "$0")/../state" && pwd)
case "$name $*" in *"$(cat "$state/strike" 2>/dev/null || echo nobody)"*)
	rm "$state/strike"
	echo "$name $*" >"$state/struck"
	echo $$ >"$state/striker"
	kill -"$(cat "$state/signal")" $PPID
	echo begin >>"$state/log"
	while [ -e "$state/wait" ]; do sleep 0.05; done
	[ "$name" != crontab ] || [ ! -e "$state/torn" ] || { : >"$(cat "$state/torn")"; rm "$state/torn"; kill -KILL $$; }
	PATH=$host/real:$PATH "$host/real/$name" "$@"
	status=$?
	echo end >>"$state/log"
	exit $status ;;
esac
PATH=$host/real:$PATH exec "$host/real/$name" "$@"
'''


def until(condition):
    """Waits for what comes for certain; the limit is for a binary that is at fault."""
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError('what was waited for did not come')


def striking_host(directory):
    """A live host whose commands can strike."""
    host = Host(directory)
    host.go_live()
    os.rename(host.bin, os.path.join(directory, 'real'))
    shutil.copy(shutil.which('sh'), os.path.join(directory, 'real', 'ksh'))
    os.mkdir(host.bin)
    for name in os.listdir(os.path.join(directory, 'real')):
        write(STRIKER, host.bin, name)
        os.chmod(os.path.join(host.bin, name), 0o755)
    host.write('root:!:%d:%d::/:/usr/bin/ksh\nuucp:!:5:5::/usr/lib/uucp:\n' % (os.geteuid(), os.getegid()), 'etc/passwd')
    os.remove(host.path(SPOOL, 'root'))
    host.set_state('options/bcastping', '1')
    return host


def strike(host, words, number=signal.SIGKILL, wait=True):
    host.set_state('strike', words)
    write(number.name[3:], host.state, 'signal')
    if wait:
        host.set_state('wait', 'x')
    host.forget_calls()


def go(host):
    os.remove(os.path.join(host.state, 'wait'))


def start(host, *arguments):
    return subprocess.Popen([host.binary, *arguments, '--root', host.root], env=host.environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def succeed(host, *arguments):
    done = host.command(*arguments, '--root', host.root)
    holds(done.returncode == 0, done.stderr.decode())
    return done.stdout.decode()


def leftovers(host):
    """What lies beside the history, and the private file of the command that struck."""
    struck = host.get_state('struck').replace('-C', '').split()
    private = [word for word in struck if word.startswith('/tmp/')]
    return [path for path in private if os.path.exists(path)] + [
        name for name in os.listdir(os.path.dirname(host.history)) if name not in ('history.git', 'history.git.lock')]


JOB = ['--name', 'job', '--minute', '1', '--job', '/bin/true']
UUCP = ['crontab', '--user', 'uucp', *JOB, *LIVE]
ROOTS = ['crontab', *JOB, *LIVE]


def with_crontab_of(*user):
    return lambda host: succeed(host, *(UUCP if user else ROOTS))


def with_script(host):
    host.write(SCRIPT % os.path.join(host.bin, 'ksh'), 'etc/rc.tcpip')


def nothing(_host):
    pass


# What is run, by which words it is known, and what goes before: a command of each kind.
KINDS = [
    ('crontab FILE', ROOTS, 'crontab /tmp/', nothing),
    ("another user's crontab FILE", UUCP, 'su uucp -c crontab /tmp/', nothing),
    ('crontab -r', ['rollback', '--to', 'original', *LIVE], 'crontab -r', with_crontab_of()),
    ("another user's crontab -r", ['rollback', '--to', 'original', *LIVE], 'su uucp -c crontab -r', with_crontab_of('uucp')),
    ('no', ['network_options', '--options', '{"bcastping": 0}', *LIVE], 'no -o bcastping=0', nothing),
    ('refresh', ['inetd', '--service', 'echo', '--state', 'disabled', *LIVE], 'refresh -s inetd', nothing),
    ('stopsrc', ['subsystem', '--name', 'snmpd', '--state', 'inoperative', *LIVE], 'stopsrc -s snmpd', nothing),
    ('startsrc', ['subsystem', '--name', 'snmpd', '--state', 'active', *LIVE], 'startsrc -s snmpd',
     lambda host: host.set_state('subsystems/snmpd', 'inoperative')),
    ('telinit', ['inittab', '--id', 'x', '--runlevel', '2', '--action', 'once', '--command', '/x', '--now', 'yes', *LIVE],
     'telinit q', nothing),
    ('ksh -n', ['rc_script', '--name', 'gated', '--now', 'no', '--state', 'disabled', *LIVE], 'ksh -n /tmp/', with_script),
    ('lssrc', ['subsystem', '--name', 'snmpd', '--state', 'inoperative', *LIVE], 'lssrc -s snmpd', nothing),
]


def what_remains(host):
    """Files, and what the pretended host keeps in memory."""
    kept = ('subsystems', 'options', 'cron', 'serves')
    memory = {path: facts for path, facts in tree(host.state).items() if path.split('/')[0] in kept}
    return host.files(), memory


def ready(directory, kind):
    host = striking_host(directory)
    kind[3](host)
    return host


def undisturbed(directory, kind):
    """What remains of a run that nothing disturbs, at the same place."""
    host = ready(directory, kind)
    succeed(host, *kind[1])
    remains = what_remains(host)
    shutil.rmtree(directory)
    return remains


def must_be(host, remains):
    for got, wanted in zip(what_remains(host), remains):
        same_tree(got, wanted)


def killed_while_a_command_runs(directory):
    for number, kind in enumerate(KINDS):
        name, command, words, _ = kind
        place = os.path.join(directory, str(number))
        wanted = undisturbed(place, kind)
        host = ready(place, kind)
        other = striking_host(place + '-other')
        with case('%s: while the command of a run that was killed works on, no other run starts, and the next completes it' % name):
            strike(host, words)
            done = host.command(*command, '--root', host.root)
            equal(done.returncode, -signal.SIGKILL, 'status')
            until(lambda: 'begin' in host.calls())
            refused = host.command(*NOTHING, '--root', host.root, '--lock-timeout', '0')
            equal(refused.returncode, 1, 'status of a run beside it')
            one_sentence(refused.stderr.decode().strip())
            contains(refused.stderr.decode(), 'history.git.running is held by process ' + host.get_state('striker'))
            equal(host.calls(), ['begin'], 'commands meanwhile')
            succeed(other, *NOTHING)  # of another history, which finds what is left
            go(host)
            succeed(host, *NOTHING, '--lock-timeout', '600')
            holds('end' in host.calls(), 'the command did not end')
            equal([call for call in host.calls()[host.calls().index('end') + 1:] if call == 'begin'], [], 'two at once')
            equal(leftovers(host), [], 'what is left')
            succeed(host, *command)
            must_be(host, wanted)
            host.sound_history()


def asked_to_end_while_a_command_runs(directory):
    for number, kind in enumerate(KINDS[:9]):
        name, command, words, _ = kind
        asked = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)[number % 3]
        place = os.path.join(directory, str(number))
        wanted = undisturbed(place, kind)
        host = ready(place, kind)
        with case('%s: a run that gets %s while its command works ends the command and says so; the next run does it' % (name, asked.name)):
            strike(host, words, asked)
            done = host.command(*command, '--root', host.root)
            equal(done.returncode, -asked, 'status')
            one_sentence(done.stderr.decode().strip())
            contains(done.stderr.decode(), 'this run was ended by ' + asked.name, 'the next run tries it again')
            holds(not os.path.exists('/proc/' + host.get_state('striker')), 'the command still runs')
            equal([entry for entry in host.calls() if entry in ('begin', 'end')], ['begin'], 'the command')
            equal(leftovers(host), [], 'what is left')
            go(host)
            succeed(host, *NOTHING)
            must_be(host, wanted)
            host.forget_calls()
            succeed(host, *NOTHING)
            equal(host.calls(), [], 'commands of one more run')


def asked_to_end_while_it_asks(directory):
    for words, command, prepare in (('lssrc -s snmpd', KINDS[6][1], nothing), ('ksh -n /tmp/', KINDS[9][1], with_script)):
        host = striking_host(os.path.join(directory, words.split()[0]))
        prepare(host)
        before = what_remains(host)
        with case('%s: a run that is asked to end while it asks the host ends the command, and has changed nothing' % words):
            strike(host, words, signal.SIGTERM)
            done = host.command(*command, '--root', host.root)
            equal(done.returncode, -signal.SIGTERM, 'status')
            one_sentence(done.stderr.decode().strip())
            contains(done.stderr.decode(), 'this run was ended by SIGTERM')
            equal(what_remains(host), before)
            holds(not os.path.exists('/proc/' + host.get_state('striker')), 'the command still runs')
            go(host)
            equal(leftovers(host), [], 'what is left')
            succeed(host, *command)


def on_its_terminal(host, *arguments):
    """A run whose controlling terminal this is: (process, terminal)."""
    process, terminal = pty.fork()
    if process == 0:
        os.execve(host.binary, [host.binary, *arguments, '--root', host.root], host.environment)
    return process, terminal


def on_a_terminal(directory):
    host = striking_host(os.path.join(directory, 'ctrl-c'))
    with case('Ctrl-C while a command works: the command ends, the run says what it did, and the shell sees that it was interrupted'):
        strike(host, 'su uucp -c crontab', signal.SIGCONT)
        process, terminal = on_its_terminal(host, *UUCP)
        until(lambda: 'begin' in host.calls())
        os.write(terminal, b'\x03')
        said = until_closed(terminal).decode()
        _, status = os.waitpid(process, 0)
        equal(os.waitstatus_to_exitcode(status), -signal.SIGINT, 'status')
        contains(said, 'var/spool/cron/crontabs/uucp', 'this run was ended by SIGINT', 'the next run tries it again')
        equal([entry for entry in host.calls() if entry in ('begin', 'end')], ['begin'], 'the command')
        go(host)
        succeed(host, *NOTHING)
        equal(host.get_state('cron/uucp'), host.read(SPOOL, 'uucp').strip(), 'what cron knows')
    host = striking_host(os.path.join(directory, 'terminal'))
    write('#!/bin/sh\n(: </dev/tty) 2>/dev/null && echo terminal >"${0%/*}/../state/found"\nexit 1\n', host.bin, 'su')
    with case("what a user's login shell runs cannot get at root's terminal, and type there"):
        process, terminal = on_its_terminal(host, *UUCP)
        until_closed(terminal)
        os.waitpid(process, 0)
        holds(not os.path.exists(os.path.join(host.state, 'found')), 'it has the terminal')
    os.close(terminal)


def asked_to_end_anywhere(directory):
    """Before each call that writes, of a run over many files."""
    with scratch(directory) as place:
        for name, command, prepare in SCENES[:1] + SCENES[2:4]:
            scene = Scene(name, command, prepare, place)
            points, outcomes = spread(range(1, len(scene.log) + 1), 60), set()
            all_well('%s, asked to end before %d of its %d writing calls, is done or undone, and says which'
                     % (name, len(points), len(scene.log)), lambda point: asked_at(scene, point), points, outcomes)
            with case('%s: both happen' % name):
                equal(outcomes, {'done', 'undone'})
            shutil.rmtree(scene.directory)


def asked_at(scene, point):
    root = scene.fresh('asked-%d' % point)
    try:
        done = scene.disturbed(root, DISTURB_AT=str(point), DISTURB_DO='SIGTERM')
        equal(done.returncode, -signal.SIGTERM, 'status')
        files, history = split(look_at(root))
        outcome = 'undone' if done.stderr else 'done'
        equal(files == (scene.before if outcome == 'undone' else scene.after), True, 'the files are as it says: %r' % done.stderr)
        if done.stderr:
            contains(done.stderr.decode(), 'ended by SIGTERM')
        equal([path for path in history if path.endswith(('.running', '.new'))], [], 'what is left')
        lacks(scene.git(root, 'for-each-ref'), 'refs/bulwark/pending')
        scene.must_complete(root)
        return outcome
    finally:
        shutil.rmtree(root)


def ignored_signals(directory):
    host = striking_host(os.path.join(directory, 'nohup'))
    with case('a run that is started with HUP ignored, as by nohup, goes on and ends as if nothing had come'):
        strike(host, 'lssrc -s snmpd', signal.SIGHUP, wait=False)
        done = host.command(*KINDS[6][1], '--root', host.root, prefix=['nohup'])
        equal(done.returncode, 0, 'status')
        equal(host.get_state('subsystems/snmpd'), 'inoperative')
    host = striking_host(os.path.join(directory, 'pipe'))
    with case('a run whose output nobody reads any more ends its work, and says so'):
        reader, writer = os.pipe()
        os.close(reader)
        with subprocess.Popen([host.binary, *KINDS[6][1], '--root', host.root], env=host.environment, stdout=writer,
                              stderr=subprocess.PIPE) as process:
            os.close(writer)
            said = process.communicate()[1].decode()
        equal(process.returncode, 1, 'status')
        contains(said, error_text(errno.EPIPE), 'bulwark history log tells what it did')
        equal(host.get_state('subsystems/snmpd'), 'inoperative')
        host.sound_history()
    host = striking_host(os.path.join(directory, 'sigpipe'))
    with case('a PIPE that somebody sends ends nothing'):
        strike(host, 'stopsrc -s snmpd', signal.SIGPIPE, wait=False)
        succeed(host, *KINDS[6][1])
        equal(host.get_state('subsystems/snmpd'), 'inoperative')


def a_removed_lock(directory):
    host = striking_host(directory)
    with case('a lock file that is removed or exchanged while a run works lets no other one in'):
        strike(host, 'stopsrc -s snmpd', signal.SIGCONT)
        with start(host, *KINDS[6][1]) as first:
            until(lambda: 'begin' in host.calls())
            for text in None, '':
                os.remove(host.history + '.lock')
                if text is not None:
                    write(text, host.history + '.lock')
                second = host.command(*NOTHING, '--root', host.root, '--lock-timeout', '0')
                equal(second.returncode, 1, 'status of the second run')
                contains(second.stderr.decode(), 'history.git.running is held by process ')
            go(host)
            first.communicate()
        equal(first.returncode, 0, 'status of the first')
        succeed(host, *NOTHING)
        equal(leftovers(host), [], 'what is left')


def a_torn_crontab(directory):
    host = striking_host(directory)
    with case('a crontab whose submission was ended in the middle, which left it empty, is whole again after the next run'):
        write(host.path(SPOOL, 'root'), host.state, 'torn')
        strike(host, 'crontab /tmp/', signal.SIGCONT, wait=False)
        failed = host.command(*ROOTS, '--root', host.root)
        equal(failed.returncode, 1, 'status')
        equal(host.read(SPOOL, 'root'), '', 'the crontab by then')
        succeed(host, *NOTHING)
        contains(host.read(SPOOL, 'root'), '/bin/true')
        equal(host.get_state('cron/root'), host.read(SPOOL, 'root').strip(), 'what cron knows')


# ---- programs of others

ALICE = 54321


def give(*parts):
    return lambda host: os.lchown(os.path.join(host.directory, *parts), ALICE, ALICE)


def permit(mode, *parts):
    return lambda host: os.chmod(os.path.join(host.directory, *parts), mode)


def with_interpreter(host):
    """lssrc as a script for a shell of alice's."""
    shutil.copy(shutil.which('sh'), os.path.join(host.directory, 'home', 'sh'))
    os.chown(os.path.join(host.directory, 'home', 'sh'), ALICE, ALICE)
    planted = os.path.join(host.directory, 'home', 'bin', 'lssrc')
    write(read(planted).replace('#!/bin/sh', '#! %s -e' % os.path.join(host.directory, 'home', 'sh')), planted)
    os.chmod(planted, 0o755)


def linked_from_a_good_place(host):
    """PATH names a directory of root's, and the program in it is a link to one in a directory of alice's."""
    good = os.path.join(host.directory, 'good')
    os.mkdir(good)
    os.rename(os.path.join(host.directory, 'home', 'bin', 'lssrc'), os.path.join(host.directory, 'home', 'lssrc'))
    os.rmdir(os.path.join(host.directory, 'home', 'bin'))
    os.symlink('../home/lssrc', os.path.join(good, 'lssrc'))
    os.symlink('../good', os.path.join(host.directory, 'home', 'bin'))
    os.chown(os.path.join(host.directory, 'home'), ALICE, ALICE)


UNTRUSTED = [
    ('a program that everybody can write', permit(0o777, 'home', 'bin', 'lssrc'), 'home/bin/lssrc can be written by everybody'),
    ('a program that a group can write', permit(0o775, 'home', 'bin', 'lssrc'), 'home/bin/lssrc can be written by group '),
    ("another user's program", give('home', 'bin', 'lssrc'), 'home/bin/lssrc belongs to user 54321'),
    ("a program in another user's directory", give('home', 'bin'), 'home/bin belongs to user 54321'),
    ("a program below another user's directory", give('home'), 'home belongs to user 54321'),
    ('a program below a directory that a group can write', permit(0o775, 'home'), 'home can be written by group '),
    ('a program in a sticky directory', permit(0o1777, 'home', 'bin'), 'home/bin can be written by everybody'),
    ("a link to a program in another user's directory", linked_from_a_good_place, 'home belongs to user 54321'),
    ("a script for another user's shell", with_interpreter, 'home/sh belongs to user 54321'),
]


def programs_of_others(directory):
    if not IS_ROOT:
        skip('programs of others are not run', 'only root can give programs away')
        return
    command = ['subsystem', '--name', 'inetd', '--state', 'active', *LIVE]
    for number, (name, spoil, fault) in enumerate(UNTRUSTED):
        host = Host(os.path.join(directory, str(number)))
        os.chmod(directory, 0o755)
        os.chmod(host.directory, 0o755)
        host.go_live()
        home = os.path.join(host.directory, 'home', 'bin')
        planted = write('#!/bin/sh\n: >"%s/ran"\nexec "%s/lssrc" "$@"\n' % (host.state, host.bin), home, 'lssrc')
        os.chmod(planted, 0o755)
        host.environment = environment(PATH=home + ':' + SYSTEM_PATH)
        ran = os.path.join(host.state, 'ran')
        with case('%s is not run, not by a check run either, and the sentence says whose fault it is' % name):
            succeed(host, *command, '--check')
            holds(os.path.exists(ran), 'it would not be run anyway')
            os.remove(ran)
            spoil(host)
            for more in [], ['--check']:
                done = host.command(*command, *more, '--root', host.root)
                holds(not os.path.exists(ran), 'it was run')
                equal(done.returncode, 1, 'status')
                said = done.stderr.decode().strip()
                one_sentence(said)
                contains(said, 'lssrc is not run, for somebody else could decide what it does: ', fault, 'mend that first: ch')
        with case('where another one can be had behind it in PATH, that is run instead (%s)' % name):
            host.environment = environment(PATH=home + ':' + host.bin + ':' + SYSTEM_PATH)
            succeed(host, *command)
            holds(not os.path.exists(ran), 'it was run')


def shells_of_others(directory):
    if not IS_ROOT:
        return
    host = Host(directory)
    host.go_live()
    os.chmod(directory, 0o755)
    shell = write('#!/bin/sh\n: >"%s/ran"\n' % host.state, directory, 'home', 'ksh')
    os.chmod(shell, 0o755)
    os.chown(os.path.dirname(shell), ALICE, ALICE)
    host.write(SCRIPT % shell, 'etc/rc.tcpip')
    with case("a boot script whose shell others can exchange is not tried by that, in neither run, and the result says why"):
        for check in True, False:
            result = host.module('rc_script', check=check, name='gated', now=False, state='disabled', refresh='always')
            holds(not result.get('failed') and result['changed'], result['msg'])
            holds(not os.path.exists(os.path.join(host.state, 'ran')), 'it was run')
            action = [one for one in result['actions'] if one['argv'][1:2] == ['-n']]
            equal([one['status'] for one in action], ['skipped'], 'status of ksh -n')
            contains(action[0]['reason'], 'home belongs to user 54321')
    with case("a user's crontab is not submitted by a su that others can write"):
        su = os.path.join(host.bin, 'su')
        os.chmod(su, 0o777)
        host.write('root:!:0:0::/:/usr/bin/ksh\nuucp:!:5:5::/usr/lib/uucp:\n', 'etc/passwd')
        host.environment = environment(PATH=host.bin)
        result = host.module('crontab', user='uucp', name='job', minute=1, job='/bin/true', refresh='always')
        holds(result.get('failed'), result['msg'])
        contains(result['msg'], 'su is not run', 'bin/su can be written by everybody', 'chmod go-w ')


if __name__ == '__main__':
    run_tests(killed_while_a_command_runs, asked_to_end_while_a_command_runs, asked_to_end_while_it_asks, on_a_terminal,
              asked_to_end_anywhere, ignored_signals, a_removed_lock, a_torn_crontab,
              programs_of_others, shells_of_others)
