#!/usr/bin/python3 -B
"""The playbook of tests/bench: one task brings about the state that the benchmark asks for.

The state is checked by the benchmark's own check where that lies beside the project.
"""
import os
import shutil

from lib import (SAMPLE, TESTS, TOP, Host, ansible_environment, call, case, equal, holds, run_tests, same_tree,
                 skip, tool, with_each_ansible)

PLAYBOOK = os.path.join(TESTS, 'bench', 'harden.yml')
CHECK = os.path.join(os.path.dirname(TOP), 'shared', 'bench', 'check.sh')


def play(host, *arguments):
    """Without a path to the collection: the link beside the playbook is enough."""
    env = {**ansible_environment(host.directory), 'BENCH_ROOT': host.root}
    env.pop('ANSIBLE_COLLECTIONS_PATH', None)
    done = call(tool('ansible-playbook'), '-i', 'localhost,', PLAYBOOK, *arguments, cwd=host.directory, env=env)
    output = done.stdout.decode()
    equal(done.returncode, 0, 'exit status of ansible-playbook, which said\n' + output + done.stderr.decode())
    return output


def complaints(host):
    """Of the benchmark's check, on a copy of it beside which stands what it compares with."""
    bench = os.path.join(host.directory, 'bench')
    os.mkdir(bench)
    shutil.copy(CHECK, bench)
    os.symlink(SAMPLE, os.path.join(bench, 'fixture'))
    done = call(os.path.join(bench, 'check.sh'), host.root)
    return (done.stdout + done.stderr).decode()


@with_each_ansible
def one_task(directory):
    host = Host(directory)
    before = host.everything()
    with case('a check run of the one task writes nothing'):
        holds('changed=1' in play(host, '--check', '--diff'), 'nothing would change')
        same_tree(host.everything(), before)
    with case('the one task changes the host, and a second run of it does not'):
        holds('changed=1' in play(host), 'nothing changed')
        after = host.everything()
        holds('changed=0' in play(host), 'changed once more')
        same_tree(host.everything(), after)
    with case('cron has the job, and messages of authpriv are recorded'):
        holds(host.read('var/spool/cron/crontabs/root').endswith(
            '# process the outgoing mail queue twice an hour.\n'
            '10,40 * * * * /usr/lib/sendmail -q > /dev/null 2>&1\n'), host.read('var/spool/cron/crontabs/root'))
        holds('auth.info;authpriv.info\t/var/adm/auth.log\n' in host.read('etc/syslog.conf'),
              host.read('etc/syslog.conf'))
    sentence = "the benchmark's own check finds the state as it should be"
    if not os.path.exists(CHECK):
        return skip(sentence, 'it is not beside the project')
    with case(sentence):
        equal(complaints(host), 'end state: as it should be\n', 'what the check said')


run_tests(one_task)
