#!/usr/bin/python3 -B
"""What a history can make a run do: pending commits made by git itself, files that cannot be read, owners that are gone."""
import os
import subprocess
import time

from lib import IS_ROOT, Host, case, contains, environment, equal, holds, lacks, one_sentence, run_tests, same_tree

CONF = '/etc/inetd.conf'


def hardened(directory):
    host = Host(directory)
    host.module('inetd', services=['shell'], state='disabled')
    return host


# ---- pending commits that no run has made


def git(host, *arguments, stdin=''):
    done = subprocess.run(['git', '--git-dir', host.history, *arguments], input=stdin.encode('latin-1'),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment(HOME=host.directory, GIT_CONFIG_NOSYSTEM='1', GIT_CONFIG_COUNT='1',
                                          GIT_CONFIG_KEY_0='safe.directory', GIT_CONFIG_VALUE_0='*',
                                          GIT_AUTHOR_NAME='x', GIT_AUTHOR_EMAIL='x', GIT_COMMITTER_NAME='x',
                                          GIT_COMMITTER_EMAIL='x'), check=False)
    holds(done.returncode == 0, done.stderr.decode('latin-1'))
    return done.stdout.decode('latin-1').strip()


def commit_of(host, parent, facts, contents=None):
    """A commit with these lines in place of those of the same paths in .bulwark, and these files beside those of parent."""
    index = os.path.join(host.directory, 'index')
    tree = {line.split('\t')[1]: line.split('\t')[0] for line in git(host, 'ls-tree', '-r', parent).splitlines()}
    known = git(host, 'show', parent + ':.bulwark').splitlines()
    paths = [fact.split(' ')[-1] for fact in facts]
    lines = sorted([line for line in known if line.split(' ')[-1] not in paths and line.split(' ')[0] in
                    ('file', 'mode', 'directory', 'link', 'missing')] +
                   [fact for fact in facts if fact.split(' ')[0] not in ('action', 'owed')],
                   key=lambda line: line.split(' ')[-1])
    lines += [fact for fact in facts if fact.split(' ')[0] in ('action', 'owed')]
    for path, text in {'.bulwark': '\n'.join(lines) + '\n', **(contents or {})}.items():
        if text is None:
            tree.pop(path, None)
        else:
            tree[path] = '100644 blob ' + git(host, 'hash-object', '-w', '--stdin', stdin=text)
    if os.path.exists(index):
        os.remove(index)
    entries = ''.join('%s\t%s\n' % (facts_, path) for path, facts_ in sorted(tree.items()))
    done = subprocess.run(['git', '--git-dir', host.history, 'update-index', '--index-info'], input=entries.encode(),
                          env=environment(GIT_INDEX_FILE=index, HOME=host.directory), check=False)
    equal(done.returncode, 0, 'update-index')
    done = subprocess.run(['git', '--git-dir', host.history, 'write-tree'], stdout=subprocess.PIPE,
                          env=environment(GIT_INDEX_FILE=index, HOME=host.directory), check=False)
    equal(done.returncode, 0, 'write-tree')
    return git(host, 'commit-tree', '-p', parent, '-m', 'crafted', done.stdout.decode().strip())


def set_main(host, commit):
    git(host, 'update-ref', 'refs/heads/main', commit)


def set_pending(host, commit):
    git(host, 'update-ref', 'refs/bulwark/pending', commit)


def next_runs(host, says):
    """A check run and a real one say it, and the files stay."""
    before = host.files()
    for check in True, False:
        result = host.module('inetd', services=['nosuch'], state='absent', check=check)
        holds(not result.get('failed'), result['msg'])
        told = [line for line in result.get('warnings', []) if says in line]
        equal(len(told), 1, 'warnings that say it among %s' % result.get('warnings'))
        one_sentence(told[0])
        same_tree(host.files(), before)
    lacks(host.git('for-each-ref'), 'pending')
    result = host.module('inetd', services=['nosuch'], state='absent')
    equal(result.get('warnings', []), [], 'warnings of the run after')


def crafted(directory):
    host = hardened(directory)
    head = host.commits()[0]
    with case('a pending commit that would have the configuration of the history removed is left alone'):
        path = host.path('var/bulwark/history.git/config')
        text = host.read('var/bulwark/history.git/config')
        mode = '%04o' % (os.stat(path).st_mode & 0o7777)
        inside = 'var/bulwark/history.git/config'
        base = commit_of(host, head, ['missing - - - /' + inside])
        set_main(host, base)
        owners = '%d %d' % (os.stat(path).st_uid, os.stat(path).st_gid)
        set_pending(host, commit_of(host, base, ['file %s %s /%s' % (mode, owners, inside)], {inside: text}))
        next_runs(host, 'it is left as it is')
        equal(host.read(inside), text, 'config')
    with case('nor is a directory at the top of the tree removed, even one that is empty'):
        os.mkdir(host.path('mnt'))
        status = os.stat(host.path('mnt'))
        base = commit_of(host, head, ['missing - - - /mnt'])
        set_main(host, base)
        set_pending(host, commit_of(host, base, ['directory %04o %d %d /mnt' % (status.st_mode & 0o7777, status.st_uid,
                                                                                  status.st_gid)]))
        next_runs(host, 'it belongs to the system as a whole')
        holds(os.path.isdir(host.path('mnt')), 'it is gone')
    with case('a pending commit on another one than the last of main puts nothing back'):
        set_main(host, head)
        text = host.read('etc/inetd.conf')
        line = [fact for fact in git(host, 'show', head + ':.bulwark').splitlines() if fact.endswith(CONF)]
        base = commit_of(host, head, line, {'etc/inetd.conf': 'evil\n'})
        set_pending(host, commit_of(host, base, line, {'etc/inetd.conf': text}))
        next_runs(host, 'does not follow its last commit')
        equal(host.read('etc/inetd.conf'), text, 'inetd.conf')


def owed(directory):
    host = hardened(directory)
    host.go_live()
    os.symlink('/bin/false', os.path.join(host.bin, 'rm'))
    head = host.commits()[0]
    for command in 'su eve -c rm%20-rf%20/', 'installp -u all', 'installp -acX -d /tmp/x', 'refresh -s inetd -x', \
                   'telinit 0', 'crontab /etc/passwd', 'sh -c id', '/tmp/refresh -s inetd':
        with case('a command that no run gives is not run, and not owed any more: ' + command.replace('%20', ' ')):
            set_pending(host, commit_of(host, head, ['action ' + command, 'owed ' + command]))
            host.forget_calls()
            result = host.module('inetd', services=['nosuch'], state='absent', refresh='always')
            contains('\n'.join(result['warnings']), 'which no run gives: it is not run')
            equal(result.get('actions', []), [], 'actions')
            equal(host.calls(), [], 'commands that were run')
            lacks(host.git('for-each-ref'), 'pending')
    with case('a command of a run is run'):
        set_pending(host, commit_of(host, head, ['action refresh -s inetd', 'owed refresh -s inetd']))
        host.module('inetd', services=['nosuch'], state='absent', refresh='always')
        equal(host.calls(), ['refresh -s inetd'], 'commands that were run')


# ---- files that cannot be read


def unreadable(host):
    """Ways to make inetd.conf something that cannot be read, with what verify says."""
    path = host.path('etc/inetd.conf')
    yield 'a link to itself', lambda: os.symlink('inetd.conf', path), 'is a link that leads in a circle'
    yield 'links in a circle', lambda: (os.symlink('inetd.two', path), os.symlink('inetd.conf', host.path('etc/inetd.two'))), \
        'is a link that leads in a circle'
    yield 'a directory', lambda: os.mkdir(path), 'is a directory'
    yield 'a FIFO', lambda: os.mkfifo(path), 'is a FIFO'
    yield 'a link with a name that is too long', lambda: os.symlink('x' * 300, path), 'cannot be followed (File name too long)'


def files_that_cannot_be_read(directory):
    host = hardened(directory)
    host.module('inittab', id='dt', state='absent')
    kept = host.read('etc/inetd.conf')
    for what, make, says in unreadable(host):
        path = host.path('etc/inetd.conf')
        os.remove(path)
        make()
        host.append('# by hand\n', 'etc/inittab')
        with case(what + ' in the place of one file stops neither verify, nor diff, nor a rollback of another'):
            drift = {one['path']: one['what'] for one in host.module('history_info', verify=True)['drift']}
            contains(drift[CONF], says)
            equal(drift['/etc/inittab'], 'content', 'drift of inittab')
            done = host.command('history', 'diff', '--root', host.root)
            contains(done.stdout.decode(), '+# by hand', CONF)
            result = host.module('rollback', to='HEAD~1', paths=['/etc/inittab'])
            holds(not result.get('failed'), result['msg'])
            contains(host.read('etc/inittab'), 'dt:2:wait')
        with case(what + ' is replaced by a rollback of that file, or named in one sentence'):
            result = host.module('rollback', to='HEAD', paths=[CONF])
            if 'link' in what:
                holds(not result.get('failed'), result['msg'])
                equal(host.read('etc/inetd.conf'), kept, 'inetd.conf')
                holds(not os.path.islink(path), 'it is a link still')
            else:
                one_sentence(result['msg'])
                contains(result['msg'], CONF + ' ' + says)
        if os.path.isdir(path):
            os.rmdir(path)
        elif os.path.lexists(path):
            os.remove(path)
        host.write(kept, 'etc/inetd.conf')
        host.module('inittab', id='dt', state='absent')


# ---- owners that are gone, or have other numbers


def owners(directory):
    if not IS_ROOT:
        return
    host = Host(directory)
    host.write('root:!:0:0::/:\nbob:!:500:500::/:\n', 'etc/passwd')
    host.write('system:!:0:root\nstaff:!:500:\n', 'etc/group')
    host.write('x\n', 'opt/f')
    os.chown(host.path('opt/f'), 500, 500)
    host.changes('path', path='/opt/f', mode='0600')
    host.changes('path', path='/opt/f', owner='root', group='system')
    contains(host.git('show', 'HEAD:.bulwark'), ' root:0 system:0 /opt/f')
    contains(host.git('show', 'HEAD~1:.bulwark'), ' bob:500 staff:500 /opt/f')
    cases = [('bob is gone', '', 500, 'a name that is not there any more: the number is put back'),
             ('bob has another number', 'bob:!:777:1::/:\n', 500, 'that name has number 777 now: the old number is put back'),
             ("bob's number is carol's", 'carol:!:500:1::/:\n', 0, 'which is carol now: its owner is not put back'),
             ("bob's number is carol's and bob has another", 'carol:!:500:1::/:\nbob:!:777:1::/:\n', 0,
              'which is carol now: its owner is not put back')]
    for what, passwd, number, says in cases:
        host.write('root:!:0:0::/:\n' + passwd, 'etc/passwd')
        with case(what + ': the check run foresees what the rollback does, and a warning says what that is'):
            foreseen = host.module('rollback', to='original', check=True, diff=True)
            result = host.module('rollback', to='original', diff=True)
            holds(not result.get('failed'), result['msg'])
            equal(foreseen['diff'], result['diff'], 'the predicted diff')
            equal(foreseen['warnings'], result['warnings'], 'warnings')
            contains('\n'.join(result['warnings']), says)
            equal(os.stat(host.path('opt/f')).st_uid, number, 'owner')
            holds(not host.module('rollback', to='original')['changed'], 'a second time changes something')
        os.chown(host.path('opt/f'), 0, 0)
    host.write('root:!:0:0::/:\n', 'etc/passwd')
    with case('a file that had the number all the time is as recorded, whatever the number is called by now'):
        host.module('rollback', to='original')
        for passwd in '', 'bob:!:777:1::/:\n', 'carol:!:500:1::/:\n':
            host.write('root:!:0:0::/:\n' + passwd, 'etc/passwd')
            equal(host.module('history_info', verify=True)['drift'], [], 'drift')
            holds(not host.module('rollback', to='original')['changed'], 'it is changed')
            equal(os.stat(host.path('opt/f')).st_uid, 500, 'owner')


# ---- beside a run that is at work


def at_work(directory):
    host = hardened(directory)
    host.write('root:!:0:0::/:\nuucp:!:5:5::/:\n', 'etc/passwd')
    host.go_live()
    started, end = os.path.join(host.state, 'started'), os.path.join(host.state, 'end')
    script = os.path.join(host.bin, 'su')
    if os.path.exists(script):
        os.remove(script)
    with open(script, 'w', encoding='ascii') as file:
        file.write('#!/bin/sh\n: >%s\nwhile [ ! -e %s ]; do sleep 0.1; done\n' % (started, end))
    os.chmod(script, 0o755)
    run = subprocess.Popen([host.binary, 'crontab', '--user', 'uucp', '--name', 'job', '--minute', '1', '--job', '/bin/x',
                            '--root', host.root, '--refresh', 'always'], env=host.environment,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        while not os.path.exists(started) and run.poll() is None:
            time.sleep(0.05)
        holds(run.poll() is None, 'the run has ended already')
        done = host.command('inetd', '--services', 'nosuch', '--state', 'absent', '--root', host.root, '--refresh',
                            'always', '--check')
    finally:
        open(end, 'w', encoding='ascii').close()
        out = run.communicate()[0].decode()
    with case('a check run beside a run that is at work says so in one sentence, and that nothing is wanted'):
        equal(run.returncode, 0, out)
        text = (done.stdout + done.stderr).decode()
        contains(text, 'another run (process %d) is at work on this host' % run.pid)
        lacks(text, 'interrupted', 'earlier run')
        equal(done.returncode, 0, 'exit status')
    with case('after it there is nothing left to tell'):
        done = host.command('inetd', '--services', 'nosuch', '--state', 'absent', '--root', host.root, '--refresh',
                            'always', '--check')
        equal(done.returncode, 0, 'exit status')
        lacks((done.stdout + done.stderr).decode(), 'another run')


if __name__ == '__main__':
    run_tests(crafted, owed, files_that_cannot_be_read, owners, at_work)
