#!/usr/bin/python3 -B
"""Nobody but root decides what root does: a tree with AIX's owners and modes, and processes of bin, adm and an ordinary
user that do what they can.
"""
import os
import shutil
import subprocess

from lib import HISTORY, IS_ROOT, Host, call, case, contains, equal, holds, lacks, one_sentence, run_tests, same_tree, skip, tree, write

BIN, ADM, ALICE = 2, 4, 4004
# /, /etc, /usr, /var and so on as AIX has them (aix_facts.md, owners and modes).
OWNERS = {'.': (0, 0, 0o755), 'etc': (0, 0, 0o755), 'opt': (0, 0, 0o755), 'usr': (BIN, BIN, 0o755), 'var': (BIN, BIN, 0o755),
          'home': (BIN, BIN, 0o755), 'tmp': (BIN, BIN, 0o1777), 'var/adm': (0, ADM, 0o775)}
BY_DEFAULT = '/' + HISTORY
IN_ADM = '/var/adm/bulwark/history.git'
CHANGE = {'users': ['guest']}


def aix_host(directory):
    host = Host(directory)
    for path, (owner, group, mode) in OWNERS.items():
        os.makedirs(host.path(path), exist_ok=True)
        os.chown(host.path(path), owner, group)
        os.chmod(host.path(path), mode)
    host.write('root:!:0:0::/:\nbin:!:2:2::/bin:\n', 'etc/passwd')
    host.write('system:!:0:root\nbin:!:2:root,bin\nadm:!:4:bin,adm\n', 'etc/group')
    return host


def by(uid, gid, *argv, **options):
    """A command of somebody else."""
    return call('setpriv', '--reuid', str(uid), '--regid', str(gid), '--clear-groups', *argv, **options)


def without_lock(host, files=None):
    """Where nobody else can write on the way, a run makes its lock before it looks at the history."""
    return {path: facts for path, facts in (files or tree(host.root)).items() if path != HISTORY + '.lock'}


def refused(host, *expected, module='ftpusers', options=None, checks=(True, False)):
    """A check run and a real run refuse in the same words, and change nothing."""
    before = tree(host.root)
    sentences = []
    for check in checks:
        result = host.module(module, check=check, **(CHANGE if options is None else options))
        holds(result.get('failed') and not result['changed'], 'it was done: %s' % result)
        one_sentence(result['msg'])
        contains(result['msg'], *expected)
        sentences.append(result['msg'])
        same_tree(without_lock(host), without_lock(host, before))
    return sentences


# ---- the way to the history


def the_default_place(directory):
    with case('with the owners and modes of AIX the default place of the history is good'):
        host = aix_host(os.path.join(directory, 'default'))
        check = host.module('harden', check=True, diff=True)
        result = host.changes('harden', diff=True)
        equal(check['diff'], result['diff'], 'diff')
        status = os.lstat(os.path.dirname(host.history))
        equal((oct(status.st_mode), status.st_uid), ('0o40700', 0), 'the directory of the history')
        host.sound_history()
        holds(not host.module('history_info', verify=True)['drift'], 'drift')
        holds(host.module('rollback', to='original')['changed'], 'the rollback did nothing')


def places_of_others(directory):
    with case('below /var/adm, where group adm can write, no history is made or believed'):
        host = aix_host(os.path.join(directory, 'adm'))
        where = host.path('var/adm')
        for module, options in (('ftpusers', CHANGE), ('harden', {}), ('rollback', {'to': 'original'})):
            refused(host, where, 'group %d' % ADM, 'mode 0775', 'chmod go-w ' + where, module=module, options={**options, 'history': IN_ADM})
        refused(host, where, 'chmod go-w', module='history_info', options={'history': IN_ADM}, checks=(False,))
    with case('nor in a directory that an ordinary user owns, or in one below it'):
        host = aix_host(os.path.join(directory, 'home'))
        os.makedirs(host.path('home/alice/deep/er'))
        os.chown(host.path('home/alice'), ALICE, ALICE)
        refused(host, host.path('home/alice') + ' belongs to user %d' % ALICE, 'chown 0', options={**CHANGE, 'history': '/home/alice/deep/er/h.git'})
    with case('nor in a root that lies in a directory of his'):
        host = aix_host(os.path.join(directory, 'above', 'his'))
        os.chown(os.path.join(directory, 'above'), ALICE, ALICE)
        refused(host, os.path.join(directory, 'above') + ' belongs to user %d' % ALICE)
    with case('in a sticky directory it is good as long as what is there is root\'s'):
        host = aix_host(os.path.join(directory, 'sticky'))
        place = {'history': '/tmp/h.git'}
        holds(host.module('ftpusers', **CHANGE, **place)['changed'], 'not made')
        by(ALICE, ALICE, 'touch', host.path('tmp/other.git.lock'))
        refused(host, 'other.git.lock belongs to user %d' % ALICE, options={'users': ['b'], 'history': '/tmp/other.git'})
        by(ALICE, ALICE, 'mkdir', host.path('tmp/his'))
        refused(host, host.path('tmp/his') + ' belongs to user %d' % ALICE, options={'users': ['b'], 'history': '/tmp/his/h.git'})
    with case('a link on the way counts for where it leads'):
        host = aix_host(os.path.join(directory, 'link'))
        os.symlink('/var/adm', host.path('etc/there'))
        refused(host, host.path('var/adm'), options={**CHANGE, 'history': '/etc/there/h.git'})


def made_first(directory):
    with case('group adm makes a directory first, and root removes nothing for it'):
        host = aix_host(os.path.join(directory, 'first'))
        outside = os.path.join(directory, 'outside')
        write('precious\n', outside, 'zz-shadow')
        os.chmod(outside, 0o700)
        os.makedirs(host.path('var/adm/bulwark/history.git.new'))
        os.symlink(outside, host.path('var/adm/bulwark/history.git.new/d0'))
        call('chown', '-Rh', '%d:%d' % (ALICE, ADM), host.path('var/adm/bulwark'))
        refused(host, host.path('var/adm'), options={**CHANGE, 'history': IN_ADM})
        equal(os.listdir(outside), ['zz-shadow'])
    with case('bin, who owns /var, makes /var/bulwark and a history first: it is bin\'s, and not believed'):
        host = aix_host(os.path.join(directory, 'bin'))
        other = aix_host(os.path.join(directory, 'other'))
        other.changes('ftpusers', **CHANGE)
        shutil.copytree(os.path.dirname(other.history), os.path.dirname(host.history))
        call('chown', '-R', '%d:%d' % (BIN, BIN), os.path.dirname(host.history))
        refused(host, 'it belongs to user %d' % BIN, 'chown -R')


# ---- what is in it


def planted(host, user):
    """Somebody who can write to the history makes root's next run write /etc/passwd - if it is believed."""
    script = write(r'''
set -e
export HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
g="git --git-dir $1"
commit() {
    b=$(cat "$1" | $g hash-object -w --stdin)
    m=$(printf 'file 0644 root system /etc/passwd\n' | $g hash-object -w --stdin)
    e=$(printf '100644 blob %s\tpasswd\n' $b | $g mktree)
    t=$(printf '100644 blob %s\t.bulwark\n040000 tree %s\tetc\n' $m $e | $g mktree)
    echo x | $g commit-tree $t $2
}
one=$(commit "$2")
two=$(commit "$3" "-p $one")
mkdir -p $1/refs/bulwark
echo $two >$1/refs/bulwark/pending
''', host.directory, 'attack.sh')
    passwd = host.read('etc/passwd')
    evil = write(passwd + 'eve::0:0::/:/usr/bin/ksh\n', host.directory, 'evil')
    now = write(passwd, host.directory, 'now')
    return by(*user, 'sh', script, host.history, evil, now)


def a_history_that_others_can_write(directory):
    for what, mode, user in (('group adm', 'g+rwX', (ALICE, ADM)), ('everybody', 'o+rwX', (ALICE, ALICE))):
        with case('a history that %s can write: what they have written there is not done' % what):
            host = aix_host(os.path.join(directory, mode))
            host.changes('ftpusers', **CHANGE)
            call('chgrp', '-R', str(ADM), os.path.dirname(host.history))
            os.chmod(os.path.dirname(host.history), 0o755)
            call('chmod', '-R', mode, host.history)
            done = planted(host, user)
            equal(done.returncode, 0, done.stderr.decode())
            refused(host, 'can be written by', 'chmod -R go-w ' + host.history, options={'users': ['x']})
            refused(host, 'can be written by', module='history_info', options={'verify': True}, checks=(False,))
            refused(host, 'can be written by', module='rollback', options={'to': 'original'})
            lacks(host.read('etc/passwd'), 'eve')
    for part in ('refs', 'refs/heads', 'refs/heads/main', 'objects', 'HEAD', 'config', 'objects/pack'):
        with case('%s alone can be written by others: refused, and the sentence mends it' % part):
            host = aix_host(os.path.join(directory, part.replace('/', '-')))
            host.changes('ftpusers', **CHANGE)
            os.chmod(os.path.join(host.history, part), 0o777 if os.path.isdir(os.path.join(host.history, part)) else 0o666)
            sentence = refused(host, os.path.join(host.history, part), options={'users': ['x']})[0]
            equal(call('sh', '-c', sentence.partition('mend it: ')[2]).returncode, 0, sentence)
            host.changes('ftpusers', users=['x'])
    with case('its lock, if others can write it, is refused, too'):
        host = aix_host(os.path.join(directory, 'lock'))
        host.changes('ftpusers', **CHANGE)
        os.chmod(host.history + '.lock', 0o666)
        refused(host, host.history + '.lock can be written by everybody', 'chmod go-w', options={'users': ['x']})


def of_bin_and_adm(directory):
    host = aix_host(os.path.join(directory, 'attack'))
    host.changes('harden')
    before = tree(host.path('var/bulwark'))
    with case('processes of bin, adm and an ordinary user can neither read nor change the history'):
        for user in ((ALICE, ADM), (ALICE, ALICE), (BIN, BIN)):
            for command in ('ls %s', 'cat %s/HEAD', 'touch %s/x', 'rm -r %s', 'mv %s %s.away', 'ln -s /etc %s/refs/x'):
                done = by(*user, 'sh', '-c', command.replace('%s', host.history))
                holds(done.returncode != 0, '%s: %s' % (user, command))
        same_tree(tree(host.path('var/bulwark')), before)
    with case('bin can exchange /var/bulwark, for /var is bin\'s; what he puts there is refused'):
        done = by(BIN, BIN, 'sh', '-c', 'cd %s && mv bulwark away && mkdir -p bulwark/history.git/objects bulwark/history.git/refs && '
                                        'echo "ref: refs/heads/main" >bulwark/history.git/HEAD' % host.path('var'))
        equal(done.returncode, 0, done.stderr.decode())
        refused(host, 'it belongs to user %d' % BIN, options={'users': ['x']})


RACE = '''
import ctypes, os, sys
libc = ctypes.CDLL(None)
os.chdir(sys.argv[1])
print('ready', flush=True)
while True:
    libc.renameat2(-100, b'bulwark', -100, b'his', 2)
'''


def exchanged_on_the_way(directory):
    """The race itself: bin, whom the way trusts, exchanges the directory of the history as fast as the kernel can."""
    host = aix_host(os.path.join(directory, 'race'))
    host.changes('ftpusers', **CHANGE)
    outside = os.path.join(directory, 'outside')
    os.makedirs(outside)
    by(BIN, BIN, 'sh', '-c', 'mkdir -p %s/his/history.git/refs/heads' % host.path('var'))
    racer = subprocess.Popen(['setpriv', '--reuid', str(BIN), '--regid', str(BIN), '--clear-groups', '/usr/bin/python3', '-c', RACE,
                              host.path('var')], stdout=subprocess.PIPE)
    try:
        racer.stdout.readline()
        results = [host.module('ftpusers', users=['user%d' % number]) for number in range(24)]
    finally:
        racer.kill()
        racer.wait()
    with case('a history that is exchanged while runs are at work is either the right one or refused'):
        for result in results:
            if result.get('failed'):
                one_sentence(result['msg'])
        done = [number for number, result in enumerate(results) if not result.get('failed')]
        names = host.read('etc/ftpusers').split() if os.path.exists(host.path('etc/ftpusers')) else []
        equal(sorted(names), sorted(['guest'] + ['user%d' % number for number in done]), 'the users in the file')
        if os.lstat(host.path('var/bulwark')).st_uid == BIN:
            os.rename(host.path('var/bulwark'), host.path('var/x'))
            os.rename(host.path('var/his'), host.path('var/bulwark'))
        host.sound_history()
        equal(len(host.git('log', '--format=%s', '--grep=^ftpusers').splitlines()), 1 + len(done), 'commits')


if not IS_ROOT:
    skip('what users other than root can do', 'needs root')
else:
    run_tests(the_default_place, places_of_others, made_first, a_history_that_others_can_write, of_bin_and_adm, exchanged_on_the_way)
