#!/usr/bin/python3 -B
"""Network options of AIX 5.2 and later, which keeps their values for the next boot itself: set, and taken back."""
import os

from lib import TESTS, Host, case, contains, equal, holds, run_tests

SAMPLE = os.path.join(TESTS, 'samples', 'aix-7.2')
OPTIONS = {'bcastping': 0, 'sockthresh': 60, 'tcp_tcpsecure': 7}
BEFORE = {'bcastping': '1', 'sockthresh': '85', 'tcp_tcpsecure': '0'}


def the_next_boot(directory):
    host = Host(directory, SAMPLE)
    host.go_live(options=BEFORE)
    host.set_state('nextboot/sockthresh', '70')  # somebody has set the next boot's value alone
    ask = {'options': OPTIONS, 'persist': 'auto', 'refresh': 'always'}

    def values(kind):
        return {name: host.get_state(kind + '/' + name) for name in OPTIONS
                if os.path.exists(os.path.join(host.state, kind, name))}

    with case('where the system keeps values for the next boot, options are set there and no script is made'):
        predicted = host.module('network_options', check=True, **ask)
        done = host.changes('network_options', **ask)
        equal([action['argv'] for action in done['actions']], [action['argv'] for action in predicted['actions']])
        equal(host.calls(), ['no -p -o bcastping=0', 'no -p -o sockthresh=60', 'no -p -o tcp_tcpsecure=7'], 'calls')
        equal(values('options'), {'bcastping': '0', 'sockthresh': '60', 'tcp_tcpsecure': '7'}, 'values')
        equal(values('nextboot'), values('options'), 'values of the next boot')
        holds(not os.path.exists(host.path('etc/rc.no')), 'there is a script')
    with case('a rollback brings back the running values and those of the next boot'):
        host.forget_calls()
        host.changes('rollback', to='original', refresh='always')
        equal(values('options'), BEFORE, 'values')
        equal(values('nextboot'), {**BEFORE, 'sockthresh': '70'}, 'values of the next boot')
        equal(host.calls(), ['no -p -o bcastping=1', 'no -o sockthresh=85', 'no -r -o sockthresh=70',
                             'no -p -o tcp_tcpsecure=0'], 'calls')
    with case('a command that failed for the next boot alone is tried again'):
        host.changes('network_options', **ask)
        host.fail('no -r -o sockthresh=70')
        failed = host.module('rollback', to='original', refresh='always')
        holds(failed.get('failed'), 'it did not fail')
        contains(failed['msg'], 'no -r -o sockthresh=70')
        host.fail()
        host.forget_calls()
        host.module('inetd', name='nothing', state='disabled', refresh='always')
        equal(host.calls(), ['no -r -o sockthresh=70'], 'calls')
        equal(values('nextboot'), {**BEFORE, 'sockthresh': '70'}, 'values of the next boot')


run_tests(the_next_boot)
