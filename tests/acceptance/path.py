#!/usr/bin/python3 -B
"""Module path: nfsd's execute bit, /etc/rc.d moved aside and removed, and both brought back from the history."""
import os
import stat

from lib import (IS_ROOT, Host, call, case, contains, equal, holds, lacks, read, run_tests, same_tree, skip,
                 with_each_ansible)

PROGRAM = '\x7fELF\0\xff a program of which nobody wants the bytes in a history\n'
MOVE = {'path': '/etc/rc.d', 'state': 'moved', 'dest': '/etc/rc.d.disabled'}
REMOVE = {'path': '/etc/rc.d', 'state': 'absent'}
PLAYBOOK = """
- name: Files
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Take the execute bit away
      bulwark.aix.path:
        root: "{{ bulwark_root }}"
        path: /usr/sbin/nfsd
        mode: a-x
    - name: Set a mode without quotes
      bulwark.aix.path:
        root: "{{ bulwark_root }}"
        path: /usr/sbin/nfsd
        mode: 0500
    - name: Move
      bulwark.aix.path:
        root: "{{ bulwark_root }}"
        path: /etc/rc.d/
        state: moved
        dest: /etc//rc.d.disabled
"""


def prepared(directory):
    """A host with nfsd and System V's boot scripts."""
    host = Host(directory)
    host.write(PROGRAM, 'usr/sbin/nfsd')
    os.chmod(host.path('usr/sbin/nfsd'), 0o555)
    host.write('#!/bin/ksh\r\nstart\0\xe9 no newline', 'etc/rc.d/init.d/ssh')
    host.write('', 'etc/rc.d/init.d/a name\twith \\ and \xe9'.encode('latin-1').decode('utf-8', 'surrogateescape'))
    for name, mode in ('rc2.d', 0o750), ('empty', 0o700):
        os.makedirs(host.path('etc/rc.d', name))
        os.chmod(host.path('etc/rc.d', name), mode)
    os.chmod(host.path('etc/rc.d/init.d/ssh'), 0o744)
    for link, target in ('S01ssh', '../init.d/ssh'), ('K99gone', '/nowhere'), ('up', '..'), ('host', '/etc'):
        os.symlink(target, host.path('etc/rc.d/rc2.d', link))
    if IS_ROOT:
        os.chown(host.path('etc/rc.d/empty'), 4711, 815)
        os.chown(host.path('etc/rc.d/rc2.d/S01ssh'), 4711, 815, follow_symlinks=False)
    return host


def below(files, top):
    return {path[len(top):]: facts for path, facts in files.items() if path == top or path.startswith(top + '/')}


def mode_of(host, path):
    return stat.S_IMODE(os.lstat(host.path(path)).st_mode)


def as_foreseen(host, name, **options):
    """A check run changes nothing, and says just what the real one then does."""
    before = host.everything()
    foreseen = host.module(name, check=True, diff=True, **options)
    same_tree(host.everything(), before, 'the tree after a check run')
    result = host.module(name, diff=True, **options)
    holds(not result.get('failed') and result['changed'], result['msg'])
    for key in 'files', 'diff', 'warnings':
        equal(foreseen.get(key), result.get(key), key)
    again = host.module(name, **options)
    holds(not again.get('failed') and not again['changed'], 'changed once more: %s' % again)
    host.sound_history()
    return result


def a_daemon(directory):
    host = prepared(directory)
    before = host.files()
    with case('the execute bit of nfsd is taken away, and its content is not in the history'):
        result = as_foreseen(host, 'path', path='/usr/sbin/nfsd', mode='a-x')
        equal(mode_of(host, 'usr/sbin/nfsd'), 0o444)
        equal(result['files'], [{'path': '/usr/sbin/nfsd', 'change': 'mode'}])
        equal(host.git('ls-tree', '-r', '--name-only', 'HEAD').split(), ['.bulwark'])
        equal(host.git('show', 'HEAD:.bulwark').split()[:2], ['mode', '0444'])
        equal(host.git('log', '-1', '--format=%s'), 'path: set the mode of /usr/sbin/nfsd\n')
        lacks(host.git('rev-list', '--objects', '--all'), 'nfsd')
    with case('a rollback gives the execute bit back, whatever nfsd is by then'):
        host.append('a newer one\n', 'usr/sbin/nfsd')
        as_foreseen(host, 'rollback', to='original')
        equal(mode_of(host, 'usr/sbin/nfsd'), 0o555)
        equal(host.read('usr/sbin/nfsd'), PROGRAM + 'a newer one\n')
        host.write(PROGRAM, 'usr/sbin/nfsd')
        same_tree(host.files(), before)
    with case('owner and group are set by name or by number'):
        host.write('root:!:%d:0::/:\nnfs:!:%d:1::/:\n' % (os.geteuid(), 4711 if IS_ROOT else os.geteuid()), 'etc/passwd')
        host.write('system:!:%d:\n' % os.getegid(), 'etc/group')
        if IS_ROOT:
            as_foreseen(host, 'path', path='/usr/sbin/nfsd', owner='4711', mode='4555')
            equal((os.stat(host.path('usr/sbin/nfsd')).st_uid, mode_of(host, 'usr/sbin/nfsd')), (4711, 0o4555))
            equal(host.module('path', path='/usr/sbin/nfsd', owner='nfs', group='system')['changed'], False)
        for check in True, False:
            result = host.module('path', check=check, path='/usr/sbin/nfsd', owner='snoopy')
            equal((result['failed'], result['msg']),
                  (True, "/etc/passwd has no user 'snoopy'; add it there, or give a number"))


def a_set_user_id_program(directory):
    host = prepared(directory)
    if not IS_ROOT:
        skip("another user's set-user-id program does not become root's", 'only root can give files away')
        return
    program = host.path('usr/sbin/nfsd')

    def of(user, mode):
        os.chown(program, user, user)
        os.chmod(program, mode)

    with case("another user's set-user-id program does not become root's, unless that is asked for, nor for a moment"):
        for number, (options, mode) in enumerate([({}, 0o755), ({'mode': 'go-w'}, 0o755), ({'mode': 'u+s'}, 0o4755)]):
            of(4711, 0o4755)
            log = os.path.join(directory, 'strace-%d' % number)
            wanted = {'path': '/usr/sbin/nfsd', 'owner': 0, 'group': 0, **options}
            foreseen = host.module('path', check=True, diff=True, **wanted)
            result = host.module('path', diff=True, prefix=['strace', '-f', '-y', '-o', log, '-e', 'trace=/chmod|chown'], **wanted)
            equal(result['diff'], foreseen['diff'])
            equal((os.stat(program).st_uid, mode_of(host, 'usr/sbin/nfsd')), (0, mode))
            calls = [line.split('(')[0].split()[-1] for line in read(log).splitlines() if '/usr/sbin/nfsd' in line]
            equal(calls[:2], ['fchmod', 'fchown'], 'the order of the calls')
            as_foreseen(host, 'rollback', revert=result['commit'])
            equal((os.stat(program).st_uid, mode_of(host, 'usr/sbin/nfsd')), (4711, 0o4755))
    with case('a rollback gives no set-user-id bit to what somebody else may have written since'):
        of(0, 0o4755)
        commit = host.module('path', path='/usr/sbin/nfsd', owner=4711)['commit']
        for check in True, False:
            result = host.module('rollback', check=check, revert=commit)
            contains(' '.join(result['warnings']), '/usr/sbin/nfsd belongs to 4711, who may have changed what is in it')
            equal((os.stat(program).st_uid, mode_of(host, 'usr/sbin/nfsd')), (4711, 0o755))


def a_directory(directory):
    host = prepared(directory)
    before = host.files()
    with case('a directory is moved with its links, modes and owners'):
        result = as_foreseen(host, 'path', **MOVE)
        files = host.files()
        equal(below(files, 'etc/rc.d'), {})
        equal(below(files, 'etc/rc.d.disabled'), below(before, 'etc/rc.d'))
        shown = {entry['after_header']: entry['after'] for entry in result['diff']}
        contains(shown['/etc/rc.d.disabled/empty'], 'directory, mode 0700, owner ')
        contains(shown['/etc/rc.d.disabled/rc2.d/S01ssh'], 'symbolic link to ../init.d/ssh, owner ')
        equal(host.git('ls-tree', 'HEAD', 'etc/rc.d.disabled/rc2.d/S01ssh').split()[0], '120000')
    with case('a rollback brings it back to the byte, the mode and the link'):
        as_foreseen(host, 'rollback', to='original')
        same_tree(host.files(), before)
    with case('a directory is removed, and is in the history first'):
        as_foreseen(host, 'path', **REMOVE)
        same_tree(host.files(), {path: facts for path, facts in before.items() if not path.startswith('etc/rc.d')})
        equal(call('git', 'clone', '--quiet', '--branch', 'main', host.history, os.path.join(directory, 'clone'),
                   env={**host.environment, 'HOME': directory}).returncode, 0, 'exit status of git clone')
        drift = host.module('history_info', verify=True)['drift']
        equal(drift, [])
    with case('the commit that removed it is undone'):
        as_foreseen(host, 'rollback', revert=host.commits()[0])
        same_tree(host.files(), before)
    with case('drift shows what happened to links and directories'):
        host.module('path', path='/etc/rc.d/empty', mode='0711')
        os.chmod(host.path('etc/rc.d/empty'), 0o700)
        os.remove(host.path('etc/rc.d/rc2.d/K99gone'))
        os.remove(host.path('etc/rc.d/rc2.d/up'))
        os.symlink('elsewhere', host.path('etc/rc.d/rc2.d/up'))
        os.remove(host.path('etc/rc.d/rc2.d/host'))
        host.write('a file\n', 'etc/rc.d/rc2.d/host')
        drift = {entry['path']: entry['what'] for entry in host.module('history_info', verify=True)['drift']}
        equal(drift, {'/etc/rc.d/empty': 'mode', '/etc/rc.d/rc2.d/K99gone': 'missing', '/etc/rc.d/rc2.d/up': 'content',
                      '/etc/rc.d/rc2.d/host': 'is a regular file'})
        as_foreseen(host, 'rollback', to='original', paths=['/etc/rc.d'])
        same_tree(host.files(), before)
    with case('a directory that a run made is kept, and reported, where somebody has put something into it'):
        as_foreseen(host, 'path', **MOVE)
        host.write('mine\n', 'etc/rc.d.disabled/rc2.d/mine')
        result = as_foreseen(host, 'rollback', to='original')
        contains(' '.join(result['warnings']), '/etc/rc.d.disabled/rc2.d was not there then, but something else is in it')
        equal(sorted(below(host.files(), 'etc/rc.d.disabled')), ['', '/rc2.d', '/rc2.d/mine'])


LOCKS = 'var/adm', 'var/bulwark'  # where a run makes its lock


def what_is_refused(directory):
    host = prepared(directory)
    os.mkfifo(host.path('etc/fifo'))
    os.makedirs(host.path('etc/with_fifo'))
    os.mkfifo(host.path('etc/with_fifo/fifo'))
    host.write('x', 'etc/repository/.git/config')
    before = host.everything()
    refused = {
        'a file that is not there': {'path': '/etc/nothing', 'mode': '0600'},
        'a FIFO': {'path': '/etc/fifo', 'state': 'absent'},
        'a directory with a FIFO in it': {'path': '/etc/with_fifo', 'state': 'absent'},
        'a repository of git': {'path': '/etc/repository', 'state': 'moved', 'dest': '/etc/r'},
        'one file of it': {'path': '/etc/repository/.git/config', 'state': 'absent'},
        'a directory of the system': {'path': '/etc', 'state': 'absent'},
        'the root': {'path': '/.//', 'mode': '0755'},
        'a move into itself': {'path': '/etc/rc.d', 'state': 'moved', 'dest': '/etc/rc.d/x'},
        'a move onto what is there': {'path': '/etc/rc.d', 'state': 'moved', 'dest': '/etc/inittab'},
        'a move to where no directory is': {'path': '/etc/rc.d', 'state': 'moved', 'dest': '/nowhere/x'},
        'a move of what is not there': {'path': '/etc/nothing', 'state': 'moved', 'dest': '/etc/nothing2'},
        'a move without its end': {'path': '/etc/rc.d', 'state': 'moved'},
        'a relative path': {'path': 'etc/rc.d', 'state': 'absent'},
        'a way back up': {'path': '/etc/rc.d/../inittab', 'state': 'absent'},
        'a mode of what goes': {'path': '/etc/rc.d', 'state': 'absent', 'mode': '0755'},
        'a place for what stays': {'path': '/etc/rc.d', 'dest': '/etc/x'},
        'no mode': {'path': '/etc/rc.d', 'mode': 'rwx'},
        'a mode that is no number': {'path': '/etc/rc.d', 'mode': 1.5},
        'too many bits': {'path': '/etc/rc.d', 'mode': 7777},
        'the history itself': {'path': '/var/adm', 'state': 'moved', 'dest': '/var/old', 'history': '/var/adm/h.git'},
    }
    for what, options in refused.items():
        with case(what + ' is refused, by a check run with the same words, and nothing is changed'):
            foreseen = host.module('path', check=True, **options)
            result = host.module('path', **options)
            equal((foreseen.get('failed'), foreseen['msg']), (True, result.get('msg')))
            holds(result['failed'] and not result['changed'], result)
            same_tree(*({path: facts for path, facts in state.items() if path != 'var' and not path.startswith(LOCKS)}
                        for state in (host.everything(), before)))
    with case('what is absent already, and what has been moved already, is compliant'):
        equal(host.module('path', path='/etc/nothing', state='absent')['changed'], False)
        equal(host.module('path', path='/etc/nothing', state='moved', dest='/etc/rc.d')['changed'], False)
    with case('a link itself is removed, and what it leads to is not'):
        host.changes('path', path='/etc/rc.d/rc2.d/S01ssh', state='absent')
        holds(not os.path.lexists(host.path('etc/rc.d/rc2.d/S01ssh')), 'it is still there')
        holds(os.path.exists(host.path('etc/rc.d/init.d/ssh')), 'what it leads to is gone')


@with_each_ansible
def as_ansible_calls_it(directory):
    host = prepared(directory)
    play = host.play(PLAYBOOK).succeeds()
    with case('a playbook takes the execute bit away, sets an unquoted octal mode, and moves a directory'):
        equal(play.recap('changed'), 3)
        equal(mode_of(host, 'usr/sbin/nfsd'), 0o500)
        holds(os.path.isdir(host.path('etc/rc.d.disabled/init.d')), 'it has not been moved')
    with case('on the command line octal digits are octal'):
        done = host.command('path', '--root', host.root, '--path', '/usr/sbin/nfsd', '--mode', '0711')
        equal((done.returncode, mode_of(host, 'usr/sbin/nfsd')), (0, 0o711))




def a_log(directory):
    host = Host(directory)
    log = 'var/log/new/auth.log'
    with case('a rollback keeps a log that has grown too large to be read, says so, and takes back the rest'):
        before = host.read('etc/syslog.conf')
        host.changes('syslog', rules=[{'selector': 'auth.info', 'destination': '/' + log, 'state': 'present'}])
        os.truncate(host.path(log), 65 << 20)
        result = as_foreseen(host, 'rollback', to='original')
        contains('\n'.join(result['warnings']), '/%s was not there then, but has been written to' % log)
        equal(host.read('etc/syslog.conf'), before)
        equal(os.path.getsize(host.path(log)), 65 << 20)
    with case('its mode is changed and goes back, and its text stays'):
        closed = as_foreseen(host, 'path', path='/' + log, mode='0600')
        equal(mode_of(host, log), 0o600)
        as_foreseen(host, 'rollback', revert=closed['commit'])
        equal(mode_of(host, log), 0o640)
        equal(os.path.getsize(host.path(log)), 65 << 20)
        equal([one for one in host.module('history_info', verify=True)['drift'] if one['path'] == '/' + log], [])
    with case('a log whose mode was changed since is kept, whether it has been written to since or not'):
        for text in 'login\n', '', 'more\n':
            with open(host.path(log), 'w' if text == 'login\n' else 'a', encoding='ascii') as file:
                file.write(text)
            as_foreseen(host, 'path', path='/' + log, mode='0600')
            written = host.read(log)
            equal(host.module('rollback', to='HEAD~1')['changed'], True)
            equal(host.module('rollback', to='original').get('failed'), None)
            equal(host.read(log), written)


def cleared_away(directory):
    host = Host(directory)
    host.write('text', 'etc/d/e/f')
    with case('a file comes back even where somebody has removed its directory, which is made with a warning'):
        host.changes('path', path='/etc/d/e/f', state='absent')
        os.removedirs(host.path('etc/d/e'))
        result = as_foreseen(host, 'rollback', to='original', paths=['/etc/d/'])
        contains('\n'.join(result['warnings']), '/etc/d/e is not there any more, and no run recorded it: made')
        equal((host.read('etc/d/e/f'), mode_of(host, 'etc/d')), ('text', 0o755))
    with case('one file by two names, and a place in what goes, are refused by the check run too'):
        os.symlink('d', host.path('etc/l'))
        for check in True, False:
            result = host.module('path', check=check, path='/etc/d', state='moved', dest='/etc/l/x')
            equal(result['msg'], '/etc/l/x lies, by a symbolic link, in /etc/d, which is to go; name another place, '
                                 'nothing was changed')


if __name__ == '__main__':
    run_tests(a_daemon, a_set_user_id_program, a_directory, what_is_refused, as_ansible_calls_it, a_log, cleared_away)
