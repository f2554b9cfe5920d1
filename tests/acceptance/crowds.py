#!/usr/bin/python3 -B
"""Many runs at once on one host, and an administrator who edits its files meanwhile.

No update is lost: that is told from the history, commit by commit. Each commit has one parent, and differs from it by what
its own run was to do and by nothing else; a rollback's tree is that of the commit it went back to. The files on the disk are
those of the last commit.
"""
import collections
import concurrent.futures
import os
import re
import shutil

from disturbed import (NOTHING_TO_DO, SCENES, TEMPORARY, Scene, all_well, hardened, linked, look_at, nothing,
                       scratch, split, spread, tell_points)
from lib import Host, case, contains, equal, holds, read, run_tests, write

HELD = re.compile(r'waiting for another run: /\S+ is held by (process \d+|another process) after \d+ seconds?; try again')
SERVICE = {'state': 'present', 'socket_type': 'stream', 'protocol': 'tcp', 'wait': 'nowait', 'user': 'root',
           'server': '/usr/sbin/crowd', 'args': 'crowd'}


def calls():
    """Fifty of them, mixed: (number, module, options)."""
    for number in range(50):
        ticket = 'CROWD%02d' % number
        patience = 1 if number % 12 == 11 else 86400  # some give up early
        options = {'message': ticket, 'lock_timeout': patience}
        if number % 5 == 0:
            yield ticket, 'harden', options
        elif number % 10 == 7:
            yield ticket, 'rollback', {**options, 'to': 'HEAD~1'}
        elif number % 2:
            yield ticket, 'inittab', {**options, 'id': ticket.lower(), 'runlevel': '2', 'action': 'once', 'command': '/opt/' + ticket}
        else:
            yield ticket, 'inetd', {**options, 'name': ticket.lower(), **SERVICE}


class Line:
    """The history, oldest commit first."""

    def __init__(self, host):
        self.host = host
        self.commits = host.commits()[::-1]
        self.tickets = {}
        for commit in self.commits:
            found = re.search(r'^CROWD\d\d$', host.git('show', '-s', '--format=%B', commit), re.MULTILINE)
            if found:
                self.tickets[found.group()] = commit

    def lines(self, commit, path):
        return self.host.git('show', commit + ':' + path).splitlines()

    def before(self, commit, steps=1):
        return self.commits[self.commits.index(commit) - steps]

    def must_only_add(self, commit, path, ticket):
        """One line more, of that run, and none fewer; no other file."""
        equal(self.changed(commit + '~1', commit), [path], 'files of ' + ticket)
        old, new = self.lines(commit + '~1', path), self.lines(commit, path)
        added = [line for line in new if line not in old]
        equal([line for line in new if line in old], old, 'lines that %s was not about' % ticket)
        equal(len(added), 1, 'lines that %s added' % ticket)
        contains(added[0], ticket.lower())

    def must_be_as(self, commit, other):
        equal(self.changed(other, commit), [], 'what a rollback left different')

    def changed(self, one, other):
        return [path for path in self.host.git('diff', '--name-only', one, other).split() if path != '.bulwark']


def fifty_at_once(directory):
    host = Host(directory)
    host.changes('inittab', id='crowd', runlevel='2', action='once', command='/opt/crowd')
    host.changes('inetd', name='crowd', **SERVICE)
    started = set(host.commits())
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        results = {ticket: (module, pool.submit(host.module, module, **options)) for ticket, module, options in calls()}
    results = {ticket: (module, future.result()) for ticket, (module, future) in results.items()}
    failed = {ticket: result['msg'] for ticket, (_, result) in results.items() if result.get('failed')}
    line = Line(host)
    with case('of 50 runs at once each does its work, or gives up waiting with a sentence that names who holds the lock'):
        for ticket, said in failed.items():
            holds(HELD.search(said), '%s: %s' % (ticket, said))
            holds(ticket not in line.tickets, ticket + ' failed and is in the history')
        holds(len(failed) <= 5, 'too many gave up: %s' % failed)
    with case('the history is linear, complete and sound: one commit for each run that changed something'):
        host.sound_history()
        equal(host.git('rev-list', '--min-parents=2', '--count', 'main').strip(), '0', 'commits with two parents')
        equal({ticket: result['commit'] for ticket, (_, result) in results.items() if result.get('commit')}, line.tickets,
              'commits of the runs')
        others = [commit for commit in line.commits if commit not in started and commit not in line.tickets.values()]
        for commit in others:
            contains(host.git('show', '-s', '--format=%s', commit), 'record: ')
    with case('no update is lost: each commit does what its run was to do, and undoes nothing of the others'):
        for ticket, commit in line.tickets.items():
            module = results[ticket][0]
            if module in ('inittab', 'inetd'):
                line.must_only_add(commit, 'etc/inittab' if module == 'inittab' else 'etc/inetd.conf', ticket)
            elif module == 'rollback':
                line.must_be_as(commit, line.before(commit, 2))
        added = [ticket for ticket in line.tickets if results[ticket][0] in ('inittab', 'inetd')]
        wanted = [ticket for ticket, (module, _) in results.items() if module in ('inittab', 'inetd') and ticket not in failed]
        equal(sorted(added), sorted(wanted), 'runs that added their line')
    with case('the files are those of the last commit, and nothing temporary is left'):
        for path in host.git('ls-tree', '-r', '--name-only', 'main').split():
            if path != '.bulwark':
                equal(host.read(path), host.git('show', 'main:' + path), path)
        equal([path for path in look_at(host.root) if TEMPORARY.search(path)], [], 'temporary files')


# ---- an administrator with an editor

EDIT = '# edited by hand\n'
EDITED = ('etc/inetd.conf', 'etc/inetd.conf.link')
# What lies beyond the old end comes first, and is synced: if the disk is full, nothing of the old text is lost.
IN_PLACE = ['write', 'fsync', 'write', 'ftruncate', 'fsync']
PUT_IN_PLACE = {nothing: ['rename'], linked: IN_PLACE, hardened: ['rename']}


def edited_at(scene, point, how):
    """`how` is what vi does (a new file that is renamed) or what others do (the old file is written to)."""
    root = scene.fresh('%s-%d' % (how, point))
    conf = os.path.join(root, 'etc', 'inetd.conf')
    mine = read(conf) + EDIT
    source = write(mine, scene.directory, 'edited-%s-%d' % (how, point))
    try:
        done = scene.disturbed(root, DISTURB_AT=str(point), DISTURB_DO=how, DISTURB_FROM=source, DISTURB_TO=conf, DISTURB_TEXT=EDIT)
        said = (done.stdout + done.stderr).decode()
        if EDIT not in read(conf):
            holds(recorded(scene, root), 'the edit is lost: ' + said)
            return 'in the history'
        if done.returncode != 0:
            contains(said, '/etc/inetd.conf', 'somebody else has ')
            files = split(look_at(root))[0]
            others = [path for path in files if path not in EDITED and files[path] != scene.before.get(path)]
            equal(others, [], 'files that are not as before')
        again = scene.run(root, NOTHING_TO_DO)
        equal(again.returncode, 0, 'status of the next run: ' + again.stderr.decode())
        contains(read(conf), EDIT)
        final = scene.run(root, scene.command)
        equal(final.returncode, 0, 'status of the repeated run: ' + final.stderr.decode())
        holds(EDIT in read(conf) or recorded(scene, root), 'the edit is lost by the next run')
        return 'refused' if done.returncode else 'kept'
    finally:
        shutil.rmtree(root)


def recorded(scene, root):
    done = scene.git(root, 'log', '--all', '--format=', '-p', '--', 'etc/inetd.conf')
    return '+' + EDIT in done or ' ' + EDIT in done or '-' + EDIT in done


def editing_meanwhile(directory):
    with scratch(directory) as directory:
        for name, command, prepare in SCENES[:3]:
            scene = Scene(name, command, prepare, directory)
            window = last_steps(scene)
            for how, what in (('replace', 'by renaming a new one over it'), ('append', 'by writing to it')):
                points = points_around(len(scene.log), window)
                outcomes = collections.Counter()
                all_well('%s: an edit of inetd.conf %s before any of %d of the %d writing calls is never overwritten'
                         % (name, what, len(points), len(scene.log)), lambda point: edited_at(scene, point, how), points,
                         outcomes)
                print('  ' + ', '.join('%s: %d' % item for item in sorted(outcomes.items())))
            with case('%s: the only moment at which it would be is when its new text is put in place' % name):
                equal([scene.log[point - 1].name for point in window], PUT_IN_PLACE[prepare], 'calls')
            shutil.rmtree(scene.directory)
    tell_points('edited at %d points')


def points_around(count, window):
    """Spread over the run, and all that are near the moment that matters."""
    near = range(max(1, window[0] - 10), min(count, window[0] + 10)) if window else []
    return sorted({*spread(range(1, count + 1), 100), *near} - set(window))


def last_steps(scene):
    """The calls that put the new inetd.conf in its place: what comes between the last look at the old one and these, no
    POSIX system lets a program see. A file with several names is rewritten in place, which takes some."""
    return [number for number, each in enumerate(scene.log, 1)
            if (each.name == 'rename' and each.path2.endswith('/etc/inetd.conf'))
            or (each.name in IN_PLACE and each.path.endswith(EDITED))]


if __name__ == '__main__':
    run_tests(fifty_at_once, editing_meanwhile)
