#!/usr/bin/python3 -B
"""bulwark history: what a person on the host asks, and history_info, which answers."""
import json
import os
import re
import subprocess

from lib import BINARY, TOP, Host, call, case, contains, environment, equal, holds, lacks, on_terminal, one_sentence, run_tests, same_tree, write

ESCAPE = '\x1b['


def history(host, *words):
    done = host.command('history', *words, '--root', host.root)
    return done.returncode, done.stdout.decode('utf-8'), done.stderr.decode('utf-8')


def result(host, *words):
    return json.loads(history(host, *words, '--json')[1])


def good(host, *words):
    status, out, err = history(host, *words)
    equal((status, err), (0, ''), 'of history ' + ' '.join(words))
    return out


def refused(host, status, *words, says=()):
    got, out, err = history(host, *words)
    equal((got, out), (status, ''), 'of history ' + ' '.join(words))
    one_sentence(err.rstrip('\n'))
    contains(err, 'bulwark: ', *says)


def a_host_with_a_past(directory):
    """record, inetd, record, rc_script."""
    host = Host(directory)
    host.changes('inetd', services=['shell', 'exec'], state='disabled', message='CHG0031337')
    host.changes('rc_script', daemons=['snmpd'], state='disabled', now=False)
    return host


def before_the_first_run(directory):
    host = Host(directory)
    before = host.everything()
    for words in ([], ['log'], ['show', 'HEAD'], ['diff'], ['diff', 'original'], ['verify']):
        with case('where no run has changed anything, history %s says so, fails and makes nothing' % ' '.join(words)):
            refused(host, 1, *words, says=['there is no history yet'])
            same_tree(host.everything(), before)


def log(directory):
    host = a_host_with_a_past(directory)
    before = host.everything()
    out = good(host)
    with case('history log has the id, date and subject of each commit as git tells them, and the files below'):
        told = [(line[:12], line[14:30], line[32:]) for line in out.splitlines() if not line.startswith(' ')]
        of_git = host.git('log', '--date=format:%Y-%m-%d %H:%M', '--abbrev=12', '--format=%h|%cd|%s').splitlines()
        equal(told, [tuple(line.split('|')) for line in of_git])
        equal([line.strip() for line in out.splitlines() if line.startswith(' ')],
              ['/etc/rc.tcpip', '/etc/rc.tcpip', '/etc/inetd.conf', '/etc/inetd.conf'])
    with case('history alone is history log'):
        equal(good(host, 'log'), out)
    with case('--limit cuts it off and says so'):
        equal(good(host, '--limit', '1'), ''.join(out.splitlines(True)[:2]) + 'There may be older ones: --limit 0 shows all.\n')
        equal(good(host, 'log', '--limit', '0'), out)
    with case('with paths it has the commits of these files, or of what is below them'):
        equal(good(host, '/etc/inetd.conf'), ''.join(out.splitlines(True)[4:]))
        equal(good(host, 'log', '/etc/inetd.conf', '/etc/rc.tcpip'), out)
        equal(good(host, '/etc'), out)
    with case('reading the history writes nothing'):
        same_tree(host.everything(), before)
    with case('--json is the result of history_info'):
        equal(result(host, 'log', '--limit', '2', '/etc'), host.module('history_info', limit=2, paths=['/etc']))
    with case('a file of that name in the working directory is not taken for the arguments of Ansible'):
        write('{}', directory, 'work', 'history')
        done = call(BINARY, 'history', '--root', host.root, cwd=os.path.join(directory, 'work'))
        equal(done.stdout.decode(), out)
        lacks(call(BINARY, 'history', cwd=os.path.join(directory, 'work')).stdout.decode(), '"failed"')


def show(directory):
    host = a_host_with_a_past(directory)
    commit = host.commits()[2]
    with case('history show has the message, the trailers and the diff of one commit'):
        out = good(host, 'show', commit[:8])
        contains(out, 'commit ' + commit[:12], 'inetd: disable shell, exec', '    CHG0031337\n', '    Bulwark-Version: ',
                 '-shell\tstream', '+#shell\tstream')
        equal(re.findall(r'^commit (\w+)', out, re.M), [commit[:12]])
        lacks(out, 'snmpd')
    with case('the commit may be named by its id, counted from HEAD, or by a date'):
        equal(good(host, 'show', commit), out)
        equal(good(host, 'show', 'HEAD~2'), out)
        contains(good(host, 'show', '2999-01-01'), 'commit ' + host.commits()[0][:12])
        equal(good(host, 'show'), good(host, 'show', 'HEAD'))


def by_hand(host):
    host.append('# by hand\n', 'etc', 'rc.tcpip')
    os.chmod(host.path('etc', 'inetd.conf'), 0o600)


def diff(directory):
    host = a_host_with_a_past(directory)
    head = host.commits()[0]
    with case('history diff of a host that nobody has touched since the last run says that'):
        equal(good(host, 'diff'), 'Nothing has changed since commit %s.\n' % head[:12])
    by_hand(host)
    with case('history diff shows what was changed by hand: old and new mode, and the lines'):
        out = good(host, 'diff')
        contains(out, 'Changed since commit %s: 2 files\n' % head[:12], '\n/etc/inetd.conf\nold mode 0644 ', '\nnew mode 0600 ',
                 '\n+# by hand\n')
        lacks(out, '\n-start', '\n-#', '\n-ftp')
    with case('with paths it shows these files alone'):
        lacks(good(host, 'diff', '/etc/inetd.conf'), 'by hand')
        contains(good(host, 'diff', '/etc'), 'by hand', 'new mode 0600')
        equal(good(host, 'diff', '/etc/inetd.conf', '/etc/rc.tcpip'), out)
    with case('since an earlier commit it shows what runs have changed as well, each line in the direction of time'):
        earlier = good(host, 'diff', 'HEAD~1')
        contains(earlier, '+# by hand', '-start /usr/sbin/snmpd', '+#start /usr/sbin/snmpd')
        lacks(earlier, 'rshd\n+#shell')
        contains(good(host, 'diff', 'original', '/etc/inetd.conf'), '-shell\tstream', '+#shell\tstream', 'new mode 0600')
    with case('it is what a rollback to that commit would take back, file by file'):
        for commit in ('HEAD', 'HEAD~1', 'original'):
            planned = host.module('rollback', to=commit, check=True)
            holds(not planned.get('failed'), planned['msg'])
            equal(sorted(file['path'] for file in result(host, 'diff', commit)['comparison']['files']),
                  sorted(file['path'] for file in planned['files']), 'of ' + commit)
    with case('files that are gone, are something else, or came since are told too'):
        os.remove(host.path('etc', 'inetd.conf'))
        os.remove(host.path('etc', 'rc.tcpip'))
        os.mkdir(host.path('etc', 'rc.tcpip'))
        files = {file['path']: file for file in result(host, 'diff')['comparison']['files']}
        equal({path: file['change'] for path, file in files.items()},
              {'/etc/inetd.conf': 'removed', '/etc/rc.tcpip': 'modified'})
        contains(files['/etc/inetd.conf']['diff'], '\n-ftp\tstream')
        equal(files['/etc/rc.tcpip']['diff'], '/etc/rc.tcpip is a directory\n')


def verify(directory):
    host = a_host_with_a_past(directory)
    with case('history verify of a host that nobody has touched ends with 0'):
        equal(good(host, 'verify'), 'No drift: every file is as it was last recorded.\n')
    by_hand(host)
    with case('history verify names the files that differ, and ends with 2'):
        equal(history(host, 'verify'),
              (2, 'Not as last recorded: 2\n  mode     /etc/inetd.conf\n  content  /etc/rc.tcpip\n', ''))
        equal(history(host, 'verify', '--json')[0], 2, 'exit status with --json')
    with case('with paths only these count'):
        equal(history(host, 'verify', '/etc/rc.tcpip')[0::2], (2, ''))
        host.replace('# by hand\n', '', 'etc', 'rc.tcpip')
        equal(history(host, 'verify', '/etc/rc.tcpip')[0::2], (0, ''))
        equal(history(host, 'verify', '/etc')[0::2], (2, ''))


def logs(directory):
    host = Host(directory)
    host.changes('harden')
    log = '/var/adm/auth.log'
    with case('the history says of a log that a run made that it is one'):
        contains(host.git('show', 'HEAD:.bulwark'), '\nlog 0640 ', ' %s\n' % log)
        equal(host.git('show', 'HEAD:' + log[1:]), '')
    host.append('Nov 29 10:00:00 host sshd[4711]: Accepted password for root\n', log[1:])
    with case('what is written to it is no drift, and no difference'):
        equal(good(host, 'verify'), 'No drift: every file is as it was last recorded.\n')
        equal(good(host, 'diff'), 'Nothing has changed since commit %s.\n' % host.commits()[0][:12])
    with case('its mode is'):
        os.chmod(host.path(log[1:]), 0o644)
        equal(history(host, 'verify')[:2], (2, 'Not as last recorded: 1\n  mode  %s\n' % log))
        contains(history(host, 'diff')[1], '\nold mode 0640 ', '\nnew mode 0644 ')
        lacks(history(host, 'diff')[1], 'Accepted')
    with case('that it is gone is, and a rollback to that commit makes it again'):
        os.remove(host.path(log[1:]))
        equal(history(host, 'verify')[:2], (2, 'Not as last recorded: 1\n  missing  %s\n' % log))
        host.changes('rollback', to=host.commits()[0])
        equal(host.read(log[1:]), '')
        host.append('written\n', log[1:])
        equal(history(host, 'verify')[0], 0)


def refusals(directory):
    host = a_host_with_a_past(directory)
    for what, status, words, says in (
            ('a commit that is not there', 1, ['show', 'abcdef12'], ['abcdef12']),
            ('a commit that is none', 1, ['diff', 'yesterday'], ['"yesterday" names no commit']),
            ('a commit before the first', 1, ['show', 'HEAD~99'], ['HEAD~99']),
            ('a path that no run was ever about', 1, ['log', '/etc/hosts'], ['knows nothing of /etc/hosts']),
            ('a path with the root before it', 1, ['diff', host.path('etc', 'inittab')], ['paths are as inside the root']),
            ('such a path for verify', 1, ['verify', '/nowhere'], ['knows nothing of /nowhere']),
            ('a path that is not absolute', 64, ['log', 'etc/inittab'], ["'etc/inittab' is no absolute path"]),
            ('a command that is mistyped', 64, ['verfiy'], ['did you mean verify?']),
            ('two commits to show', 64, ['show', 'HEAD', 'HEAD~1'], ['one commit is expected']),
            ('a path in the place of a commit', 64, ['show', '/etc/inittab'], ['bulwark history log /etc/inittab']),
            ('a negative limit', 64, ['log', '--limit', '-1'], ['option limit is -1']),
            ('a limit that is no number', 64, ['log', '--limit', 'few'], ['limit']),
            ('a check run', 64, ['verify', '--check'], ["unrecognised option '--check'"]),
            ('an option that is mistyped', 64, ['diff', '--jsno'], ['did you mean --json?'])):
        with case('history refuses %s in one sentence, with status %d' % (what, status)):
            refused(host, status, *words, says=says)
    with case('with --json a refusal is a result too'):
        status, out, err = history(host, 'log', '/nowhere', '--json')
        equal(status, 1, 'exit status')
        contains(out, '"failed": true')


def for_ansible(directory):
    host = a_host_with_a_past(directory)
    commits = host.commits()
    with case('history_info has the last commit, and one commit alone if asked'):
        answer = host.module('history_info', commit='HEAD~2', diffs=True)
        equal(([commit['id'] for commit in answer['commits']], answer['last']), ([commits[2]], commits[0]))
        contains(answer['commits'][0]['files'][0]['diff'], '+#shell')
    with case('history_info compare: tells how files differ from what they were'):
        compared = host.module('history_info', compare='HEAD~1', limit=1)['comparison']
        equal((compared['commit'], [(file['path'], file['change']) for file in compared['files']]),
              (commits[1], [('/etc/rc.tcpip', 'modified')]))
        equal(host.module('history_info', compare='original')['comparison']['commit'], None)
    with case('history_info paths: what the history does not know is named, and is no failure'):
        equal(host.module('history_info', paths=['/etc/hosts', '/etc'])['unrecorded'], ['/etc/hosts'])
        holds('unrecorded' not in host.module('history_info'), 'without paths')
    with case('history_info refuses a path that is not absolute, and a commit that is not there'):
        for options, says in (({'paths': ['etc']}, "'etc': it must be an absolute path"), ({'commit': 'abcdef12'}, 'abcdef12'),
                              ({'compare': 'abcdef12'}, 'abcdef12')):
            answer = host.module('history_info', **options)
            holds(answer.get('failed'), answer)
            one_sentence(answer['msg'])
            contains(answer['msg'], says)
    with case('history_info without a history: no last commit, and none to compare with'):
        other = Host(os.path.join(directory, 'other'))
        equal(other.module('history_info')['last'], None)
        contains(other.module('history_info', compare='original')['msg'], 'there is no history yet')


def shown_in_the_documentation():
    """The commands of docs/command_line.md that read a history, each with the output that stands below it."""
    text = open(os.path.join(TOP, 'docs', 'command_line.md'), encoding='utf-8').read()
    text = text[text.index('An evening on a host'):text.index('The first column')]
    return re.findall(r'^    # bulwark (history.*)\n((?:(?!    # ).*\n)*)', text, re.M)


def documentation(directory):
    def lasting(text):
        text = re.sub(r'\b[0-9a-f]{12}\b', 'ID', re.sub(r'\d{4}-\d\d-\d\d[ T][\d:+]+', 'DATE', text))
        return '\n'.join(line.rstrip() for line in text.splitlines()).strip()
    host = a_host_with_a_past(directory)
    by_hand(host)
    commands = shown_in_the_documentation()
    with case('docs/command_line.md shows an example of each command'):
        equal([words.split()[1:2] for words, shown in commands], [[], ['verify'], ['diff'], ['show']])
    for words, shown in commands:
        with case('what it shows of %s is what that prints' % words):
            equal(lasting(history(host, *words.split()[1:])[1]), lasting(re.sub('^    ', '', shown, flags=re.M)))


def on_a_terminal(directory):
    host = a_host_with_a_past(directory)
    by_hand(host)
    for words in (['log'], ['show', 'HEAD'], ['diff'], ['verify']):
        argv = ['history', *words, '--root', host.root]
        with case('history %s has colours on a terminal, and nowhere else' % words[0]):
            contains(on_terminal(argv), ESCAPE)
            lacks(history(host, *words)[1], ESCAPE)
        with case('history %s has none with NO_COLOR, or on a terminal that is dumb or unknown' % words[0]):
            for variables in ({'NO_COLOR': '1'}, {'TERM': 'dumb'}, {'TERM': None}):
                lacks(on_terminal(argv, **variables), ESCAPE)
            contains(on_terminal(argv, NO_COLOR=''), ESCAPE)
    for trap, what in (('', 'ends it'), ("trap '' PIPE; ", 'is ignored')):
        with case('a reader that has seen enough is no error, where SIGPIPE %s' % what):
            for words in ('log --limit 0', 'show HEAD', 'diff original'):
                done = subprocess.run(['sh', '-c', trap + '"$0" history %s --root "$1" | head -n 1' % words, BINARY, host.root],
                                      env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                equal((done.stderr, done.stdout.count(b'\n')), (b'', 1), words)


if __name__ == '__main__':
    run_tests(before_the_first_run, log, show, diff, verify, logs, refusals, for_ansible, documentation, on_a_terminal)
