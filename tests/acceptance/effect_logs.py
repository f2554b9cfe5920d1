#!/usr/bin/python3 -B
"""Logs are written and jobs run: a real syslogd and a real cron, told of what has changed."""
import os

from effect_host import DEADLINE, booted, eventually, run_on_test_hosts
from lib import case, contains, describe, equal, lacks

# Selector of the profile -> its file, and a message that it is about.
LOGS = {'*.alert': ('var/adm/ras/errlog', 'kern.alert'), '*.err': ('var/adm/errorlog', 'local0.err'),
        'mail.info': ('var/adm/mail.log', 'mail.info'), 'auth.info': ('var/adm/auth.log', 'auth.info'),
        'daemon.info': ('var/adm/daemon.log', 'daemon.info')}
NEW_LOGS = [file for selector, (file, _) in LOGS.items() if selector != '*.alert']


def log(host, priority, text):
    """One message to syslogd, as a program sends it."""
    host.sh('logger -t test -p "$1" "$2"', priority, text)


def holders(host, text):
    """The logs that have that message."""
    return sorted(file for file, _ in LOGS.values() if text in host.read(file))


def logging(directory):
    with booted(directory) as host:
        syslogd = host.process_of('syslogd')
        eventually(lambda: (514, 'udp') in host.listening(), 'syslogd listens')
        log(host, 'auth.info', 'before any rule')
        host.forget_calls()
        host.play('harden.yml', '-e', 'bulwark_only=syslog').succeeds()
        the_new_files(host, syslogd)
        a_second_run(host)
        a_rule_of_the_site(host)
        a_file_that_is_gone(host)
        rolled_back(host)


def the_new_files(host, syslogd):
    with case('the new logs are there, readable by root and system alone, before syslogd is told'):
        equal({file: describe(host.path(file))[:3] for file in NEW_LOGS}, {file: ['-rw-r-----', 0, 0] for file in NEW_LOGS})
        equal(host.calls(), ['refresh -s syslogd'], 'calls')
    for selector, (file, priority) in LOGS.items():
        with case('after the refresh a message of %s is in /%s' % (priority, file)):
            log(host, priority, 'about ' + selector)
            eventually(lambda: 'about ' + selector in host.read(file), 'the message is in the log')
    with case('a message is in the logs whose selectors it meets, and in no other'):
        log(host, 'daemon.alert', 'to three of them')
        eventually(lambda: len(holders(host, 'to three of them')) == 3, 'the message is in three logs')
        log(host, 'auth.debug', 'to none')
        log(host, 'mail.info', 'the last one')
        eventually(lambda: holders(host, 'the last one'), 'the message is in a log')
        equal(holders(host, 'to three of them'), ['var/adm/daemon.log', 'var/adm/errorlog', 'var/adm/ras/errlog'])
        equal(holders(host, 'the last one'), ['var/adm/mail.log'])
        equal((holders(host, 'to none'), holders(host, 'before any rule')), ([], []))
    with case('syslogd was refreshed, not restarted, and the modes of the logs are as they were'):
        equal(host.process_of('syslogd'), syslogd, 'process')
        equal({describe(host.path(file))[0] for file in NEW_LOGS}, {'-rw-r-----'})


def a_second_run(host):
    with case('a second run refreshes nothing, though the logs have grown'):
        host.forget_calls()
        result = host.play('harden.yml', '-e', 'bulwark_only=syslog').succeeds().result('Apply the profile')
        equal((result['changed'], host.calls()), (False, []))
        log(host, 'auth.info', 'after the second run')
        eventually(lambda: holders(host, 'after the second run'), 'the message is in a log')


def a_rule_of_the_site(host):
    rule = {'selector': 'local3.notice', 'destination': '/var/adm/site.log'}
    with case('a rule of the site gets a log with the mode that it asks for'):
        host.task('syslog', rules=[rule], state='present', log_mode='0600')
        equal(describe(host.path('var/adm/site.log'))[:3], ['-rw-------', 0, 0])
        log(host, 'local3.notice', 'for the site')
        eventually(lambda: 'for the site' in host.read('var/adm/site.log'), 'the message is in the log')
    with case('a rule that is taken away is no longer followed, and its log stays'):
        host.task('syslog', rules=[rule], state='absent')
        log(host, 'local3.notice', 'no more')
        log(host, 'local3.err', 'the end')
        eventually(lambda: holders(host, 'the end'), 'the message is in a log')
        contains(host.read('var/adm/site.log'), 'for the site')
        lacks(host.read('var/adm/site.log'), 'no more', 'the end')


def a_file_that_is_gone(host):
    with case('a log that somebody has removed is created again, and syslogd writes to the new one'):
        os.remove(host.path('var/adm/auth.log'))
        host.play('harden.yml', '-e', 'bulwark_only=syslog').succeeds()
        log(host, 'auth.info', 'to the new file')
        eventually(lambda: 'to the new file' in host.read('var/adm/auth.log'), 'the message is in the new log')


def rolled_back(host):
    with case('after a rollback syslogd writes nowhere again, and logs that have been written to are kept'):
        host.play('rollback.yml', '-e', 'bulwark_to=original').succeeds()
        open_files = lambda: host.sh('ls -l /proc/"$1"/fd', str(host.process_of('syslogd')))
        contains(open_files(), '/dev/null')
        eventually(lambda: '/var/adm/' not in open_files(), 'syslogd has closed its logs')
        contains(host.read('var/adm/auth.log'), 'to the new file')


HALF_AN_HOUR = 15  # seconds, by the clock of the test host's cron
JOB = {'name': 'a job of the test', 'minute': '*', 'job': 'echo "$0 $(id -un)" >>/tmp/job'}


def jobs(directory):
    with booted(directory) as host:
        times_run = lambda name: host.read('tmp', name).count('\n')
        for name in ('job', 'forgotten', 'another'):
            host.write('', 'tmp', name)
        with case('cron runs a new job, and the shell that runs it is the Korn shell'):
            host.forget_calls()
            host.task('crontab', **JOB)
            equal([call.split()[0] for call in host.calls()], ['crontab'], 'calls')
            eventually(lambda: times_run('job') > 1, 'the job has run twice')
            contains(host.read('tmp/job'), 'sh root\n')
        with case("the mail queue of the strict profile is worked off at its minutes, cron's jobs as they were besides"):
            host.play('harden.yml', '-e', 'bulwark_profile=strict', '-e', 'bulwark_only=crontab').succeeds()
            equal(host.sh('crontab -l'), host.read('var/spool/cron/crontabs/root'), 'crontab')
            eventually(lambda: 'sendmail -q' in host.ran(), 'the queue is worked off', HALF_AN_HOUR + DEADLINE)
            before = times_run('job')
            eventually(lambda: times_run('job') > before, 'the other job runs on')
        with case('a second run hands cron nothing'):
            host.forget_calls()
            result = host.task('crontab', **JOB)
            equal((result['changed'], host.calls()), (False, []))
        a_job_by_hand(host, times_run)
        with case('a job that is taken away runs no more'):
            host.task('crontab', **{**JOB, 'state': 'absent'})
            host.task('crontab', name='another', minute='*', job='echo >>/tmp/another')
            eventually(lambda: times_run('another'), 'cron has its new crontab')
            eventually(lambda: is_idle_for_minutes('job', 'another', times_run), 'the job runs no more')


def is_idle_for_minutes(job, other, times_run):
    """Whether the other job runs three times and this one does not. On a busy machine its last run may end late."""
    before, minute = times_run(job), times_run(other)
    eventually(lambda: times_run(other) > minute + 2, 'some minutes have passed')
    return times_run(job) == before


def a_job_by_hand(host, times_run):
    """Not a test of Bulwark but of the test host: were it not so, the tests above would prove nothing."""
    with case('a crontab that was merely edited has no effect, as on AIX: it has to be handed to cron'):
        host.append('* * * * * echo >>/tmp/forgotten\n', 'var/spool/cron/crontabs/root')
        before = times_run('job')
        eventually(lambda: times_run('job') > before + 2, 'some minutes have passed')
        equal(times_run('forgotten'), 0, 'runs')


if __name__ == '__main__':
    run_on_test_hosts(logging, jobs)
