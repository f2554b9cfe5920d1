#!/usr/bin/python3 -B
"""rollback --revert on the samples of every release: right after the commit, after edits of all kinds, and once more."""
import os

from lib import SAMPLE, Host, case, contains, equal, holds, one_sentence, run_tests, same_tree

SAMPLES = os.path.dirname(SAMPLE)
RELEASES = ['aix-4.3.3', 'aix-5.3', 'aix-6.1', 'aix-7.2']
CONF, TABLE, SYSLOG = 'etc/inetd.conf', 'etc/inittab', 'etc/syslog.conf'


def services_of(host):
    """The services of inetd.conf that are enabled, once each and in their order."""
    words = [line.split() for line in host.read(CONF).splitlines() if line and line[0] not in '# \t']
    names = [line[0] for line in words if len(line) > 5]
    return [name for name in names if names.count(name) == 1]


def identifiers_of(host):
    lines = [line for line in host.read(TABLE).splitlines() if line.count(':') > 2 and line[0] not in ':#']
    return [line.split(':')[0] for line in lines]


def middle(names, count):
    begin = (len(names) - count) // 2
    return names[begin:begin + count]


# A change is what a commit does: it takes away, disables or adds.

def services_removed(host):
    return host.module('inetd', services=middle(services_of(host), 2), state='absent')


def services_disabled(host):
    return host.module('inetd', services=middle(services_of(host), 3), state='disabled')


def entry_removed(host):
    return host.module('inittab', id=middle(identifiers_of(host), 1)[0], state='absent')


def entry_added(host):
    return host.module('inittab', id='agent', runlevel='2', action='once', command='/opt/agent')


def rule_added(host):
    return host.module('syslog', rules=[{'selector': 'auth.info', 'destination': '/var/log/auth2'}])


def hardened(host):
    return host.module('harden')


CHANGES = [services_removed, services_disabled, entry_removed, entry_added, rule_added, hardened]


# An edit is what comes after it. Those of lines that the commit never touched must not stand in the way.

def nothing(host):
    pass


def comments_at_both_ends(host):
    for path in CONF, TABLE, SYSLOG:
        host.write('# by hand, at the top\n' + host.read(path) + '# by hand, at the end\n', path)


def no_newline_at_the_end(host):
    for path in CONF, TABLE, SYSLOG:
        host.write(host.read(path).rstrip('\n'), path)


def neighbours_disabled(host):
    host.module('inetd', services=services_of(host), state='disabled')
    entries = [name for name in identifiers_of(host) if name in ('piobe', 'qdaemon', 'writesrv', 'uprintfd', 'logsymp')]
    host.module('inittab', id=(entries or identifiers_of(host)[-1:])[0], state='disabled')


def neighbours_commented_out_by_hand(host):
    lines = host.read(CONF).splitlines(True)
    names = services_of(host)
    host.write(''.join('#' + line if line.split()[:1] and line.split()[0] in names else line for line in lines), CONF)


EDITS = [nothing, comments_at_both_ends, no_newline_at_the_end, neighbours_disabled, neighbours_commented_out_by_hand]


def revert_twice(host, commit):
    """Undoes the commit, and once more: in one sentence that it cannot be, or so that the second time changes nothing."""
    foreseen = host.module('rollback', check=True, diff=True, revert=commit)
    before = host.files()
    first = host.module('rollback', diff=True, revert=commit)
    if first.get('failed'):
        equal(foreseen['msg'], first['msg'], 'msg of the check run')
        one_sentence(first['msg'])
        contains(first['msg'], commit[:12])
        same_tree(host.files(), before)
        return None
    equal(foreseen['diff'], first['diff'], 'the predicted diff')
    after = host.files()
    second = host.module('rollback', revert=commit)
    holds(not second.get('failed') and not second['changed'], 'the second time: ' + second['msg'])
    same_tree(host.files(), after)
    return first


def no_line_twice(host, before):
    for path in CONF, TABLE:
        lines = [line for line in host.read(path).splitlines() if any(map(str.isalnum, line))]
        for line in set(lines):
            holds(lines.count(line) <= max(1, before[path].count(line)), '%s has twice: %s' % (path, line))


def one_scene(directory, release, change, edit):
    os.mkdir(directory)
    host = Host(directory, os.path.join(SAMPLES, release))
    original, before = host.files(), {path: host.read(path).splitlines() for path in (CONF, TABLE)}
    commit = change(host)['commit']
    changed = host.files()
    if edit is not nothing:
        edit(host)
    edited = host.files()
    name = '%s on %s, then %s' % (change.__name__, release, edit.__name__)
    with case(name.replace('_', ' ') + ': a second revert changes nothing, and undoing it gives every byte back'):
        holds(commit and changed != original, 'no commit')
        result = revert_twice(host, commit)
        no_line_twice(host, before)
        if edit in (nothing, comments_at_both_ends):
            holds(result, 'it is refused')
        if edit is nothing:
            same_tree(host.files(), original)
        if result and result['changed']:
            revert_twice(host, result['commit'])
            same_tree(host.files(), edited)


def between_two_reverts(directory):
    host = Host(directory, os.path.join(SAMPLES, 'aix-5.3'))
    commit = host.module('inetd', services=['echo', 'cmsd'], state='absent')['commit']
    host.module('harden')
    with case('lines are back beside lines that harden changed, and are not brought back again whatever is edited then'):
        holds(revert_twice(host, commit)['changed'], 'nothing was undone')
        for edit in neighbours_disabled, comments_at_both_ends, neighbours_commented_out_by_hand:
            edit(host)
            edited = host.files()
            result = host.module('rollback', revert=commit, paths=['/etc/inetd.conf'])
            if result.get('failed'):
                one_sentence(result['msg'])
            same_tree(host.files(), edited)


def a_line_that_was_moved(directory):
    host = Host(directory, os.path.join(SAMPLES, 'aix-5.3'))
    service = middle(services_of(host), 1)[0]
    line = [line for line in host.read(CONF).splitlines(True) if line.split()[:1] == [service]][0]
    commit = host.module('inetd', services=[service], state='absent')['commit']
    host.append(line, CONF)
    edited = host.files()
    with case('a line that somebody has put back in another place is not doubled, and one sentence says why'):
        count = host.read(CONF).count(line)
        result = host.module('rollback', revert=commit)
        if result.get('failed'):
            one_sentence(result['msg'])
            contains(result['msg'], '/etc/inetd.conf', commit[:12], 'in another place by now')
        same_tree(host.files(), edited)
        equal(host.read(CONF).count(line), count, 'lines')


def every_sample(directory):
    number = 0
    for release in RELEASES:
        for change in CHANGES:
            for edit in EDITS:
                number += 1
                one_scene(os.path.join(directory, str(number)), release, change, edit)


if __name__ == '__main__':
    run_tests(every_sample, between_two_reverts, a_line_that_was_moved)
