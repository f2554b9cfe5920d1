#!/usr/bin/python3 -B
"""Logs: what the tutorial wants of syslog.conf and ftpusers (docs/tutorial.md, "Section 4, Securing remaining services"),
on a host with stand-ins for AIX's commands.
"""
import os
import stat

from lib import Host, append, case, contains, equal, holds, lacks, read, run_tests, same_tree, write

RULES = [{'selector': '*.alert', 'destination': 'errlog'},
         {'selector': '*.err', 'destination': '/var/adm/errorlog'},
         {'selector': 'mail.info', 'destination': '/var/adm/mail.log'},
         {'selector': 'auth.info', 'destination': '/var/adm/auth.log'},
         {'selector': 'daemon.info', 'destination': '/var/adm/daemon.log'}]
LOGS = ['var/adm/auth.log', 'var/adm/daemon.log', 'var/adm/errorlog', 'var/adm/mail.log']
TUTORIAL = {'rules': RULES, 'refresh': 'always'}
LINES = ''.join('%s\t%s\n' % (rule['selector'], rule['destination']) for rule in RULES)


def logging_host(directory, syslogd='active'):
    """Its refresh also notes which log files syslogd can open by then."""
    host = Host(directory)
    host.go_live(syslogd=syslogd)
    text = read(host.bin, 'refresh')
    note = '(cd "$(cat "$state/root")" && stat -c "%%n %%a %%s" %s) >>"$state/log" 2>&1\n' % ' '.join(LOGS)
    contains(text, 'log "$@"\n')
    write(text.replace('log "$@"\n', 'log "$@"\n' + note), host.bin, 'refresh')
    return host


def succeeds(result):
    holds(not result.get('failed'), result['msg'])
    return result


def mode(host, path):
    return oct(stat.S_IMODE(os.stat(host.path(path)).st_mode))


def message(host, text='Nov 21 12:00:00 host su: BAD SU from guest to root\n', log='var/adm/auth.log'):
    """As syslogd writes one."""
    append(text, host.root, log)


def creating_logs(directory):
    host = logging_host(directory)
    before = host.files()
    shipped = host.read('etc/syslog.conf')
    with case('a check run creates no log file and refreshes nothing, and predicts both'):
        foreseen = succeeds(host.module('syslog', check=True, diff=True, **TUTORIAL))
        same_tree(host.files(), before)
        equal(host.calls(), [], 'calls')
        equal(foreseen['actions'], [{'argv': ['refresh', '-s', 'syslogd'], 'status': 'would_run'}], 'actions')
    with case('the real run does what the check run predicted'):
        result = succeeds(host.module('syslog', diff=True, **TUTORIAL))
        equal((result['diff'], result['files']), (foreseen['diff'], foreseen['files']), 'diff and files')
        equal(sorted((file['path'], file['change']) for file in result['files']),
              [('/etc/syslog.conf', 'modified')] + [('/' + log, 'created') for log in LOGS], 'files')
        equal(host.read('etc/syslog.conf'), shipped + LINES, 'syslog.conf')
    with case('the log files are there with mode 0640, and empty, when syslogd is told to open them'):
        equal(host.calls(), ['refresh -s syslogd'] + [log + ' 640 0' for log in LOGS], 'calls')
    with case('a second run changes and refreshes nothing, whatever has been logged since'):
        message(host)
        host.forget_calls()
        result = succeeds(host.module('syslog', **TUTORIAL))
        equal((result['changed'], result['files'], result['actions'], host.calls()), (False, [], [], []))
    with case('a log of any size is no obstacle'):
        os.truncate(host.path('var/adm/auth.log'), 65 * 1024 * 1024)
        equal(succeeds(host.module('syslog', **TUTORIAL))['changed'], False, 'changed')
        os.truncate(host.path('var/adm/auth.log'), 100)
    with case('a log file that somebody removed is created again, and syslogd told of it'):
        os.remove(host.path('var/adm/mail.log'))
        result = succeeds(host.module('syslog', **TUTORIAL))
        equal(result['files'], [{'path': '/var/adm/mail.log', 'change': 'created'}], 'files')
        equal(host.calls()[0], 'refresh -s syslogd', 'calls')
        equal(host.git('log', '-1', '--format=%s').strip(), 'syslog: log mail.info to /var/adm/mail.log', 'subject')
    with case('an existing log keeps its mode and content'):
        host.write('old\n', 'var/adm/cron.log')
        os.chmod(host.path('var/adm/cron.log'), 0o600)
        succeeds(host.module('syslog', selector='cron.info', destination='/var/adm/cron.log', log_mode='0644',
                             refresh='always'))
        equal((host.read('var/adm/cron.log'), mode(host, 'var/adm/cron.log')), ('old\n', '0o600'))
    with case('a log below a directory that is missing gets one, and its own mode'):
        succeeds(host.module('syslog', selector='local0.debug', destination='/var/adm/site/a.log', log_mode='0600'))
        equal((mode(host, 'var/adm/site'), mode(host, 'var/adm/site/a.log')), ('0o755', '0o600'))
        host.sound_history()


def taking_logs_back(directory):
    host = logging_host(directory)
    before = host.files()
    hardened = succeeds(host.module('syslog', **TUTORIAL))['commit']
    message(host)
    with case('a later run and its rollback leave what has been logged alone'):
        succeeds(host.module('ftpusers', users='root'))
        logged = host.read('var/adm/auth.log')
        succeeds(host.module('rollback', to=hardened, refresh='always'))
        equal((host.read('var/adm/auth.log'), os.path.exists(host.path('etc/ftpusers'))), (logged, False))
    with case('rollback removes the logs that are still empty and keeps one that was written to, with a warning'):
        foreseen = succeeds(host.module('rollback', check=True, diff=True, to='original', refresh='always'))
        result = succeeds(host.module('rollback', diff=True, to='original', refresh='always'))
        equal(result['diff'], foreseen['diff'], 'the predicted diff')
        contains(str(result.get('warnings')), '/var/adm/auth.log')
        lacks(str(result.get('warnings')), 'mail.log', 'daemon.log', 'errorlog')
        equal(host.read('var/adm/auth.log'), logged, 'the log')
        os.remove(host.path('var/adm/auth.log'))
        same_tree(host.files(), before)
        equal([call for call in host.calls() if call.startswith('refresh')][-1], 'refresh -s syslogd', 'calls')
    with case('a revert of the run does the same'):
        commit = succeeds(host.module('syslog', **TUTORIAL))['commit']
        message(host)
        result = succeeds(host.module('rollback', revert=commit, refresh='always'))
        contains(str(result.get('warnings')), '/var/adm/auth.log')
        equal(host.read('var/adm/auth.log'), logged, 'the log')
        os.remove(host.path('var/adm/auth.log'))
        same_tree(host.files(), before)
        host.sound_history()


def rules_in_other_words(directory):
    host = logging_host(directory, syslogd='inoperative')
    host.write('# ours\r\nauth.info;authpriv.info   /var/adm/auth.log\r\nauth.authpriv.info\t/x\r\n*.emerg *', 'etc/syslog.conf')
    host.write('', 'var/adm/auth.log')
    with case('a rule that is there in other words is not written again'):
        result = succeeds(host.module('syslog', rules=[
            {'selector': 'authpriv,auth.info', 'destination': '/var/adm/auth.log'},
            {'selector': '*.panic', 'destination': '*'}]))
        equal(result['changed'], False, 'changed')
    with case('an edit keeps line ends and every other byte, and an inactive syslogd is not refreshed'):
        result = succeeds(host.module('syslog', rules=[
            {'selector': 'auth,authpriv.info', 'destination': '/var/adm/auth.log', 'rotate_size': '1m', 'files': 4},
            {'selector': 'auth.authpriv.info', 'state': 'absent'},
            {'selector': 'mail.info', 'destination': '@loghost'}], refresh='always'))
        equal(host.read('etc/syslog.conf'), '# ours\r\nauth.info;authpriv.info   /var/adm/auth.log rotate size 1m files 4\r\n'
                                            '*.emerg *\r\nmail.info\t@loghost\r\n', 'syslog.conf')
        equal([action['reason'] for action in result['actions']], ['syslogd is inoperative'], 'reasons')


def what_is_refused(directory):
    host = logging_host(directory)
    os.mkdir(host.path('var/adm/directory.log'))
    os.symlink('../nowhere/a.log', host.path('var/adm/linked.log'))
    before = host.files()
    rule = {'selector': 'auth.info', 'destination': '/var/adm/auth.log'}
    refused = {
        'the selector that the tutorial misprints': ({**rule, 'selector': 'auth.authpriv.info'},
                                                     ['separated by commas', 'auth.info is meant']),
        'a selector with another line in it': ({**rule, 'selector': 'auth.info\n*.debug'}, ['no facility']),
        'a relative destination': ({**rule, 'destination': 'var/adm/auth.log'}, ["'var/adm/auth.log'"]),
        'a rule without a destination': ({'selector': 'auth.info'}, ['no destination']),
        'a directory as a log': ({**rule, 'destination': '/var/adm/directory.log'}, ['is a directory']),
        'a log by a link to where nothing is': ({**rule, 'destination': '/var/adm/linked.log'},
                                                ['/var/adm/linked.log is a symbolic link to ../nowhere/a.log, where no directory is']),
        'its own configuration as a log': ({**rule, 'destination': '/etc/syslog.conf'}, ['own configuration']),
        'a log below a file': ({**rule, 'destination': '/etc/inittab/a.log'}, ['/etc/inittab is a regular file']),
        'a rotated terminal': ({**rule, 'destination': 'root', 'rotate_size': '1m'}, ['only a file']),
        'a rotation that is too small': ({**rule, 'rotate_size': '9k'}, ['10k']),
        'one rotated file': ({**rule, 'files': 1}, ['2 or more']),
        'a mode that YAML has read as a number': ({**rule, 'log_mode': 0o640}, ["'0640'"]),
        'a mode that lets logs be executed': ({**rule, 'log_mode': '0750'}, ["'0640'"]),
    }
    for what, (options, said) in refused.items():
        with case('syslog refuses %s, and leaves everything as it was' % what):
            result = host.module('syslog', **options)
            holds(result.get('failed') and not result['changed'], str(result))
            equal(host.module('syslog', check=True, **options)['msg'], result['msg'], 'what a check run says')
            contains(result['msg'], *said)
            holds('\n' not in result['msg'] and len(result['msg']) < 500, 'not one sentence: ' + result['msg'])
            same_tree(host.files(), before)
    with case('a host without syslog.conf has no syslogd: an error, in a profile not applicable'):
        os.remove(host.path('etc/syslog.conf'))
        contains(host.module('syslog', **rule)['msg'], '/etc/syslog.conf does not exist')
        result = succeeds(host.module('harden', profile='none', rules=[{'id': 'log', 'syslog': rule}]))
        equal(result['rules'][0]['status'], 'not_applicable', 'status')
        holds(not os.path.exists(host.path('var/adm/auth.log')), 'a log was created')


def denying_ftp(directory):
    host = Host(directory)
    with case('ftpusers creates its file, readable by root and system alone, one name a line'):
        result = host.changes('ftpusers', users=['root', 'daemon', 'bin'])
        equal(result['files'], [{'path': '/etc/ftpusers', 'change': 'created'}], 'files')
        equal((host.read('etc/ftpusers'), mode(host, 'etc/ftpusers')), ('root\ndaemon\nbin\n', '0o640'))
        equal(host.git('log', '-1', '--format=%s').strip(), 'ftpusers: deny root, daemon, bin', 'subject')
    with case('ftpusers takes names out again, and rollback the file'):
        host.changes('ftpusers', users='daemon,nobody', state='absent')
        equal(host.read('etc/ftpusers'), 'root\nbin\n', 'ftpusers')
        host.changes('rollback', to='original')
        holds(not os.path.exists(host.path('etc/ftpusers')), 'it is still there')
    with case('a name that ftpd would not take for one, for it has a carriage return, is added without'):
        host.write('root\r\nbin\r\n', 'etc/ftpusers')
        host.changes('ftpusers', users='root')
        equal(host.read('etc/ftpusers'), 'root\r\nbin\r\nroot\n', 'ftpusers')
        os.remove(host.path('etc/ftpusers'))
    with case('nobody is taken out of a file that is not there'):
        equal(succeeds(host.module('ftpusers', users=['root'], state='absent'))['changed'], False, 'changed')
    for name in ('', 'a b', '#root', 'root:x', 'a\nb'):
        with case('ftpusers refuses the name %r' % name):
            result = host.module('ftpusers', users=['root', name])
            holds(result.get('failed') and not os.path.exists(host.path('etc/ftpusers')), str(result))
            contains(result['msg'], '/etc/ftpusers: the name ')


if __name__ == '__main__':
    run_tests(creating_logs, taking_logs_back, rules_in_other_words, what_is_refused, denying_ftp)
