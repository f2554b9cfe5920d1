#!/usr/bin/python3 -B
"""Module crontab on a live host, whose crontab command is pretended, and in an alternate root."""
import os
import shutil
import stat

from lib import (IS_ROOT, Host, case, contains, equal, holds, lacks, one_sentence, run_tests, same_tree, skip)

SPOOL = 'var/spool/cron/crontabs'
ROOT = SPOOL + '/root'
MAIL = {'name': 'process the outgoing mail queue twice an hour.', 'minute': '10,40',
        'job': '/usr/lib/sendmail -q > /dev/null 2>&1'}
MAIL_LINES = ('# process the outgoing mail queue twice an hour.\n'
              '10,40 * * * * /usr/lib/sendmail -q > /dev/null 2>&1\n')
POLL = {'user': 'uucp', 'name': 'poll', 'minute': 5, 'job': '/usr/lib/uucp/uupoll'}
CRON_GROUP = 16


def any_host(directory):
    """With the users and groups of AIX, if the test may give files to them."""
    host = Host(directory)
    host.write('root:!:%d:%d::/:/usr/bin/ksh\nbin:!:2:2::/bin:\nuucp:!:5:5::/usr/lib/uucp:\n'
               % (os.geteuid(), os.getegid()), 'etc/passwd')
    host.write('system:!:%d:root\ncron:!:%d:root\n' % (os.getegid(), CRON_GROUP if IS_ROOT else os.getegid()),
               'etc/group')
    if IS_ROOT:
        os.chown(host.path(SPOOL), 2, CRON_GROUP)
        os.chmod(host.path(SPOOL), 0o770)
        os.chown(host.path(ROOT), 0, CRON_GROUP)
    os.chmod(host.path(ROOT), 0o600)
    return host


def live_host(directory):
    host = any_host(directory)
    host.go_live()
    return host


def live(host, module='crontab', /, **options):
    return host.module(module, refresh='always', **options)


def succeeds(result):
    holds(not result.get('failed'), result['msg'])
    return result


def known_to_cron(host, user='root'):
    path = os.path.join(host.state, 'cron', user)
    return host.get_state('cron/' + user) + '\n' if os.path.exists(path) else None


def refused(host, what, /, **options):
    before = host.files()
    result = host.module('crontab', **options)
    holds(result.get('failed') and not result['changed'], str(result))
    one_sentence(result['msg'])
    contains(result['msg'], what)
    same_tree(host.files(), before)


def the_job_of_the_tutorial(directory):
    host = live_host(directory)
    root = host.read(ROOT)
    with case('a check run tells of the job and of the command that tells cron, and does nothing'):
        before = host.everything()
        foreseen = succeeds(live(host, check=True, diff=True, **MAIL))
        equal([(action['argv'], action['status']) for action in foreseen['actions']],
              [(['crontab', '/' + ROOT], 'would_run')], 'actions')
        same_tree(host.everything(), before)
        equal(host.calls(), [], 'calls')
    with case('the job of the tutorial comes out byte for byte, at the end, and cron is told of it'):
        result = succeeds(live(host, diff=True, **MAIL))
        equal(host.read(ROOT), root + MAIL_LINES, 'the crontab')
        equal((result['changed'], result['files']), (True, [{'path': '/' + ROOT, 'change': 'modified'}]))
        equal(result['diff'], foreseen['diff'], 'the diff')
        equal([action['status'] for action in result['actions']], ['ran'])
        equal(known_to_cron(host), root + MAIL_LINES, 'what cron knows')
        equal(host.calls(), ['crontab FILE for root, of %d 600' % os.geteuid()], 'calls')
        contains(host.git('log', '-1', '--format=%s'), 'crontab: schedule process the outgoing mail queue')
    with case('mode, owner and group of the crontab are as before'):
        status = os.stat(host.path(ROOT))
        equal((oct(stat.S_IMODE(status.st_mode)), status.st_gid),
              ('0o600', CRON_GROUP if IS_ROOT else os.getegid()))
    with case('a second run changes nothing and tells cron nothing'):
        host.forget_calls()
        result = succeeds(live(host, **MAIL))
        equal((result['changed'], result['files'], result['actions'], host.calls()), (False, [], [], []))
    with case('the same job under no name, or in other words, is the same job'):
        succeeds(live(host, minute='40,10', job=MAIL['job']))
        equal(succeeds(live(host, jobs=[{**MAIL, 'hour': '0-23', 'month': '*'}]))['changed'], False, 'changed')
    with case('a rollback on a live host takes the job away and tells cron'):
        host.forget_calls()
        succeeds(live(host, 'rollback', to='original'))
        equal(host.read(ROOT), root, 'the crontab')
        equal((known_to_cron(host), len(host.calls())), (root, 1), 'what cron knows')
        host.sound_history()


def a_crontab_that_is_not_there(directory):
    host = live_host(directory)
    os.remove(host.path(ROOT))
    with case('absent is compliant where there is no crontab'):
        equal(succeeds(live(host, jobs=['queue'], state='absent'))['changed'], False, 'changed')
        holds(not os.path.exists(host.path(ROOT)), 'it is there now')
    with case('a crontab that is not there is created, for its owner alone, in the group of its directory'):
        result = succeeds(live(host, **MAIL))
        equal(result['files'], [{'path': '/' + ROOT, 'change': 'created'}])
        status = os.stat(host.path(ROOT))
        equal((oct(stat.S_IMODE(status.st_mode)), status.st_uid, status.st_gid),
              ('0o600', os.geteuid(), os.stat(host.path(SPOOL)).st_gid))
        equal((host.read(ROOT), known_to_cron(host)), (MAIL_LINES, MAIL_LINES))
    with case('where crontab -r fails on the way back the next run tries it again, and then the crontab is gone'):
        host.fail('crontab')
        result = live(host, 'rollback', to='original')
        holds(result.get('failed') and result['changed'], str(result))
        contains(result['msg'], 'crontab -r', 'the next run tries it again')
        equal((host.read(ROOT), known_to_cron(host)), (MAIL_LINES, MAIL_LINES))  # crontab removes it, and nobody else
        host.fail()
        host.forget_calls()
        succeeds(live(host, 'inetd', name='echo', state='disabled'))
        contains(host.calls(), 'crontab -r for root')
        equal((os.path.exists(host.path(ROOT)), known_to_cron(host)), (False, None))
        lacks(host.git('for-each-ref'), 'pending')
    with case('a directory that is missing is named, and nothing is made in its place'):
        shutil.rmtree(host.path(SPOOL))
        refused(host, '/' + SPOOL, refresh='always', **MAIL)


def another_user(directory):
    host = live_host(directory)
    with case("another user's crontab is submitted by that user, who can read the copy that cron gets"):
        result = succeeds(live(host, **POLL))
        equal(result['actions'][0]['argv'], ['su', 'uucp', '-c', 'crontab /%s/uucp' % SPOOL])
        equal(host.calls(), ['crontab FILE for uucp, of 5 600'], 'calls')
        equal(known_to_cron(host, 'uucp'), '# poll\n5 * * * * /usr/lib/uucp/uupoll\n')
    with case('a rollback to before there was one removes it, and cron is told'):
        host.forget_calls()
        succeeds(live(host, 'rollback', to='original'))
        equal((host.calls(), known_to_cron(host, 'uucp')), (['crontab -r for uucp'], None))
        holds(not os.path.exists(host.path(SPOOL, 'uucp')), 'it is still there')
        equal(succeeds(live(host, 'rollback', to='original'))['changed'], False, 'changed')
    with case('a user that is not there, or is no name of a file in the directory, is refused'):
        refused(host, 'uuc', refresh='always', **{**POLL, 'user': 'uuc'})
        for user in ('', 'a b', '../../../etc/passwd', '/etc/passwd', '-l', '.', '..', 'a\nb', 'a;b', '$(a)', '`a`',
                     'a|b', "a'b", 'a&'):
            refused(host, 'option user', **{**POLL, 'user': user})


def a_crontab_command_that_fails(directory):
    host = live_host(directory)
    host.fail('crontab')
    root = host.read(ROOT)
    with case('a crontab command that fails makes the run fail, and the file stays changed'):
        result = live(host, **MAIL)
        holds(result.get('failed') and result['changed'], str(result))
        contains(result['msg'], 'crontab /' + ROOT, 'the files are changed', 'the next run tries it again')
        equal((host.read(ROOT), known_to_cron(host)), (root + MAIL_LINES, None))
    host.fail()
    with case('the next run of any module tells cron, without a change of any file'):
        result = succeeds(live(host, 'inetd', name='uucp', state='disabled'))
        equal(known_to_cron(host), root + MAIL_LINES, 'what cron knows')
        host.forget_calls()
        equal((succeeds(live(host, **MAIL))['changed'], host.calls()), (False, []))
    with case('where the command is missing the run fails, says so, and the next one does it'):
        os.rename(os.path.join(host.bin, 'crontab'), os.path.join(host.bin, 'not-now'))
        result = live(host, jobs=[MAIL['name']], state='absent')
        holds(result.get('failed'), str(result))
        contains(result['msg'], 'crontab is not there')
        os.rename(os.path.join(host.bin, 'not-now'), os.path.join(host.bin, 'crontab'))
        succeeds(live(host, jobs=[MAIL['name']], state='absent'))
        equal((host.read(ROOT), known_to_cron(host)), (root, root))


def an_alternate_root(directory):
    host = live_host(directory)
    root = host.read(ROOT)
    with case('in an alternate root the file alone is edited, and the command skipped with the reason'):
        result = succeeds(host.module('crontab', **MAIL))
        equal(result['actions'], [{'argv': ['crontab', '/' + ROOT], 'status': 'skipped',
                                   'reason': 'root is %s, not the running host' % host.root}])
        equal((host.read(ROOT), host.calls()), (root + MAIL_LINES, []))
    with case('a user need not be known there'):
        succeeds(host.module('crontab', **{**POLL, 'user': 'nobodyknows'}))
        equal(host.read(SPOOL, 'nobodyknows'), '# poll\n5 * * * * /usr/lib/uucp/uupoll\n')
    with case('many jobs at once: one changed, one removed, one added, and not a byte of the others'):
        text = ('#   minute hour\n\r\n*/7 * * * * odd\nSHELL=/bin/sh\n# a\n 5\t6 * * * /old \n'
                '#0 3 * * * /usr/sbin/skulker\n# b\n0 1 * * * gone\n0 2 * * * caf\xe9%x\\%')
        host.write(text, ROOT)
        succeeds(host.module('crontab', jobs=[{'name': 'a', 'minute': 5, 'hour': 6, 'job': '/new'},
                                              {'name': 'b', 'state': 'absent'}, {'job': 'x%y', 'hour': '00'}]))
        equal(host.read(ROOT),
              text.replace('/old', '/new').replace('# b\n0 1 * * * gone\n', '') + '\n* 00 * * * x%y\n')
    with case("a job that ansible.builtin.cron has made is found by its name"):
        host.write('#Ansible: queue\n0 1 * * * /old\n', ROOT)
        succeeds(host.module('crontab', name='queue', minute=0, hour=2, job='/new'))
        equal(host.read(ROOT), '#Ansible: queue\n0 2 * * * /new\n')


def what_is_refused(directory):
    host = any_host(directory)
    with case('what cron would not take is refused, with what it would, and nothing is changed'):
        refused(host, 'list the minutes: 0,15,30,45', name='x', minute='*/15', job='x')
        refused(host, 'hour 24', name='x', hour=24, job='x')
        refused(host, 'Sunday is 0', name='x', weekday=7, job='x')
        refused(host, 'it knows no names', name='x', month='jan', job='x')
        refused(host, 'newline', name='x', job='echo a\necho b')
        refused(host, 'newline', name='x\n* * * * * rm', job='x')
    with case('a job needs a command to be there, and a name or a command to be gone'):
        refused(host, "job 'x' has no command", name='x')
        refused(host, "job 'x' has no command", jobs=['x'])
        refused(host, 'neither a name nor a command', jobs=[{'minute': 5, 'state': 'absent'}])
        refused(host, 'one of the following is required: jobs, name, job', state='absent')
    with case('two jobs of one name are named, and neither is changed'):
        host.write('# a\n0 1 * * * x\n\n# a\n0 2 * * * y\n', ROOT)
        refused(host, '/%s, lines 2 and 5' % ROOT, name='a', job='z')
    with case('a directory in place of the crontab is refused'):
        os.remove(host.path(ROOT))
        os.mkdir(host.path(ROOT))
        refused(host, 'is a directory', name='a', job='z')


def by_harden(directory):
    host = live_host(directory)
    with case('a rule of harden can be a job, and two rules that want it otherwise are told'):
        rules = [{'id': 'queue', 'crontab': MAIL}]
        result = succeeds(live(host, 'harden', profile='none', rules=rules))
        equal([rule['status'] for rule in result['rules']], ['changed'])
        result = succeeds(live(host, 'harden', profile='none', rules=rules))
        equal(([rule['status'] for rule in result['rules']], result['changed']), (['compliant'], False))
        result = live(host, 'harden', profile='none',
                      rules=[*rules, {'id': 'other', 'crontab': {**MAIL, 'minute': 5}}])
        holds(result.get('failed'), str(result))
        contains(result['msg'], 'queue', 'other')
    with case('where there is no cron the rule is not applicable'):
        shutil.rmtree(host.path(SPOOL))
        result = succeeds(live(host, 'harden', profile='none', rules=rules))
        equal([rule['status'] for rule in result['rules']], ['not_applicable'])


if __name__ == '__main__':
    tests = [the_job_of_the_tutorial, a_crontab_that_is_not_there, a_crontab_command_that_fails, an_alternate_root,
             what_is_refused, by_harden]
    if IS_ROOT:
        tests.append(another_user)
    else:
        skip("another user's crontab", 'only root can give a file to another user')
    run_tests(*tests)
