#!/usr/bin/python3 -B
"""Random histories: any steps in any order, and after each of them all promises that hold whatever has happened.

usage: tests/acceptance/random_histories.py [--seed N] [--sequences N] [--replay FILE]

A sequence is made of calls of every module that changes something, right and wrong ones, edits by root and by others,
kills and failing calls at any call that writes, rollbacks and reverts to anything, and looks at the history, on the samples
of all releases, with and without a pretended running system (random_steps.py makes them). What the promises are is in
PROMISES; docs/guarantees.md says the same in words. What a history should hold is told by git and by what was on the disk
(recorded.py), and by no code of Bulwark.

A sequence that breaks a promise is shrunk, step by step, and printed as a script that repeats it. --replay takes what such a
script feeds it, and tells what each step did.
"""
import argparse
import collections
import errno
import json
import multiprocessing
import os
import random
import shutil
import signal
import stat
import sys
import time

from disturbed import LONG, LONG_AGO, TEMPORARY, calls_of, library, scratch
from lib import (BINARY, HISTORY, IS_ROOT, TOP, Host, call, case, holds, one_sentence, own_mounts, parse_answer, run_tests,
                 skip, write)
from random_steps import USERS, sequence
from recorded import MISSING, History, entry, look, resolved, states_below
from samples import RELEASES, host_of

SEQUENCES, LONG_SEQUENCES, STEPS = 50, 500, 25  # a minute of one processor, and ten
SHRINKING = 150  # how often at the most a sequence is tried again to make it shorter
ADMINISTRATION = '/' + os.path.dirname(HISTORY)
NOTHING_TO_DO = ('path', {'path': '/etc', 'state': 'present'})
PROMISES = ('a module answers as the protocol says', 'what fails says why in one sentence', 'a check run changes nothing',
            'a check run tells what the run does', 'a run reports all that it changes', 'a run that fails leaves all as before',
            'a second run changes nothing', 'after a kill each file is as before or as after',
            'after a kill the next run leaves all as before or all as after', 'the next run goes on from there',
            'a failing call leaves all as before or all as after', 'what is recorded is what was there',
            'verify names what differs and nothing else', 'diff names what differs and nothing else',
            'a rollback brings back what was recorded', 'git finds no fault in the history', 'nothing temporary is left',
            'nothing outside of the root is touched')


class Broken(AssertionError):
    """A promise that is not kept."""

    def __init__(self, promise, what):
        assert promise in PROMISES, promise
        super().__init__('%s: %s' % (promise, what))
        self.promise = promise


def promise(text, condition, what):
    if not condition:
        raise Broken(text, what() if callable(what) else what)


def shortened(value, size=300):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= size else text[:size] + ' ... (%d more)' % (len(text) - size)


def differing(one, other):
    return sorted(path for path in one.keys() | other.keys() if one.get(path, MISSING) != other.get(path, MISSING))


def unlike(got, expected):
    """Two states in words: of texts just what differs."""
    texts = [state.text if state.text is not None else b'' for state in (got, expected)]
    start = len(os.path.commonprefix(texts))
    end = len(os.path.commonprefix([text[start:][::-1] for text in texts]))
    parts = [state._replace(text=shortened(text[start:len(text) - end])) if state.text is not None else state
             for state, text in zip((got, expected), texts)]
    return 'is %s, not %s%s' % (*(tuple(part) for part in parts), ' from byte %d on' % start if start else '')


def shown(paths, one, other):
    return '; '.join('%s %s' % (path, unlike(one.get(path, MISSING), other.get(path, MISSING))) for path in paths[:3])


# ---- a host


class Machine:
    """A host of a sequence, and what is known about it from outside."""

    def __init__(self, release, live, directory, disturbing):
        self.host = host_of(release, directory)
        self.live, self.disturbing = live, disturbing
        self._give_it_users()
        if live:
            self.host.go_live()
        self.recorded = History(self.host.history, directory)
        self.known = {None: {}}      # commit -> path -> its State, as it was on the disk
        self.commits = []            # of main, oldest first
        self.interrupted = None      # (all before, all after) of a run that was killed, or of which a call failed
        self.touched = set()         # what was edited since then
        self.number_of_twins = 0

    def _give_it_users(self):
        """As AIX has it: /var/adm is adm's as well."""
        if not os.path.exists(self.host.path('etc/passwd')):
            self.host.write('root:!:0:0::/:/usr/bin/ksh\nbin:!:2:2::/bin:\nadm:!:4:4::/var/adm:\n', 'etc/passwd')
        os.chown(self.host.path('var/adm'), 0, USERS['adm'])
        os.chmod(self.host.path('var/adm'), 0o775)
        self.host.write('#!/bin/ksh\n', 'home/alice/program')
        for path in ('home/alice', 'home/alice/program'):
            os.chown(self.host.path(path), USERS['alice'], 1)

    def twin(self):
        """A copy of it, to see what would come of something."""
        self.number_of_twins += 1
        twin = object.__new__(Machine)
        twin.__dict__.update(self.__dict__)
        host = twin.host = object.__new__(Host)
        host.__dict__.update(self.host.__dict__)
        host.directory = self.host.directory + '-twin-%d' % self.number_of_twins
        os.mkdir(host.directory)
        for name in ('root', 'state', 'bin'):
            path = os.path.join(self.host.directory, name)
            setattr(host, name, os.path.join(host.directory, name))
            if os.path.exists(path):
                done = call('cp', '-a', path, host.directory)
                holds(done.returncode == 0, done.stderr.decode())
        host.history = os.path.join(host.root, HISTORY)
        if self.live:
            write(host.root, host.state, 'root')
            host.environment = {**host.environment, 'PATH': host.environment['PATH'].replace(self.host.bin, host.bin)}
        return twin

    def forget(self):
        shutil.rmtree(self.host.directory)

    # -- what is there

    def states(self):
        return states_below(self.host.root, ADMINISTRATION)

    def stamps(self, of='root'):
        """Enough of everything, the history included, to see that nobody has touched it."""
        top, found = os.path.join(self.host.directory, of), {}
        for directory, names, files in os.walk(top) if os.path.exists(top) else ():
            for name in ['', *names, *files]:
                path = os.path.join(directory, name)
                status = os.lstat(path)
                found[path] = (status.st_ino, status.st_mode, status.st_uid, status.st_gid, status.st_size,
                               status.st_mtime_ns)
        return found

    def linked(self, path):
        """Other names of that file."""
        place = self.host.root + path
        if not os.path.isfile(place) or os.path.islink(place) or os.lstat(place).st_nlink == 1:
            return set()
        inode = os.lstat(place).st_ino
        return {'/' + os.path.relpath(os.path.join(directory, name), self.host.root)
                for directory, _, files in os.walk(self.host.root) for name in files
                if os.lstat(os.path.join(directory, name)).st_ino == inode}

    # -- calls

    def start(self, module, options, minute, check=False, **disturbing):
        """The finished process of a call at that minute."""
        arguments = {**options, 'root': self.host.root, 'refresh': 'always' if self.live else 'auto',
                     '_ansible_module_name': 'bulwark.aix.' + module, '_ansible_version': '2.19.11',
                     '_ansible_check_mode': check, '_ansible_diff': True}
        if module == 'history_info':
            del arguments['refresh']
        program = os.path.join(self.host.directory, 'AnsiballZ_' + module)
        if not os.path.lexists(program):
            os.symlink(self.host.binary, program)
        file = write(json.dumps(arguments), self.host.directory, 'args')
        return call(program, file, env={**self.host.environment, 'LD_PRELOAD': self.disturbing, 'TZ': 'UTC',
                                        'DISTURB_TIME': str(LONG_AGO + 60 * minute), **disturbing})

    def call(self, module, options, minute, check=False, **disturbing):
        return answer_of(self.start(module, options, minute, check, **disturbing))

    def count_calls(self, module, options, minute):
        """How many calls that write the run makes."""
        log = os.path.join(self.host.directory, 'calls')
        self.start(module, options, minute, DISTURB_LOG=log)
        number = len(calls_of(log))
        os.remove(log)
        return number


def answer_of(done):
    try:
        result = parse_answer(done)
    except (AssertionError, ValueError) as failure:
        raise Broken('a module answers as the protocol says', shortened(str(failure), 1000)) from failure
    if result.get('failed'):
        try:
            # An option's value may be in it, however long it is, and Ansible's texts end in an empty one.
            one_sentence(result['msg'].strip()[:400])
        except AssertionError as failure:
            raise Broken('what fails says why in one sentence', str(failure)) from failure
    return result


# ---- edits by hand


def edit(root, step):
    """In the tree, as somebody who is logged in there."""
    child = os.fork()
    if child == 0:
        try:
            os.chroot(root)
            os.chdir('/')
            os.umask(0o022)
            if step['as']:
                os.setgroups([])
                os.setgid(step['as'] if step['as'] != USERS['alice'] else 1)
                os.setuid(step['as'])
            EDITS[step['how']](step['path'], step)
        except OSError:
            pass  # it cannot be done, or not by him
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def text_of(path):
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, path)
    with open(path, 'rb') as file:
        return file.read()


def put(path, text):
    with open(path, 'wb') as file:
        file.write(text)


def edit_append(path, step):
    put(path, text_of(path) + step['text'].encode('latin-1'))


def edit_line(path, step):
    lines = text_of(path).splitlines(True)
    at = step['number'] % (len(lines) + 1)
    lines[at:at + 1] = [step['text'].encode('latin-1')]
    put(path, b''.join(lines))


def edit_replace(path, step):
    if os.path.lexists(path):
        text_of(path)
    put(path, step['text'].encode('latin-1'))


def edit_editor(path, step):
    """A new file that is renamed over the old one."""
    put(path + '.new', text_of(path) + step['text'].encode('latin-1'))
    os.rename(path + '.new', path)


def edit_remove(path, _step):
    shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.remove(path)


def edit_mode(path, step):
    if not os.path.islink(path):
        os.chmod(path, step['mode'])


def edit_owner(path, step):
    os.chown(path, step['owner'], step['group'], follow_symlinks=False)


def edit_move_and_link(path, _step):
    os.rename(path, path + '.moved')
    os.symlink(os.path.basename(path) + '.moved', path)


def edit_link(path, step):
    if os.path.lexists(path):
        os.remove(path)
    os.symlink(step['target'], path)


def edit_hard_link(path, _step):
    os.link(path, path + '.linked', follow_symlinks=False)


def edit_special(path, step):
    if os.path.lexists(path):
        os.remove(path)
    os.mkdir(path) if stat.S_ISDIR(step['mode']) else os.mkfifo(path)


EDITS = {'append': edit_append, 'line': edit_line, 'replace': edit_replace, 'editor': edit_editor, 'remove': edit_remove,
         'mode': edit_mode, 'owner': edit_owner, 'move and link': edit_move_and_link, 'link': edit_link,
         'hard link': edit_hard_link, 'special': edit_special}


# ---- a sequence


class Sequence:
    """Takes its steps, and raises Broken at the first promise that is not kept."""

    def __init__(self, hosts, directory, tell=None):
        self.directory, self.tell = directory, tell or (lambda *words: None)
        disturbing = library(os.path.dirname(directory))
        self.machines = [Machine(host['release'], host['live'], os.path.join(directory, 'host-%d' % number), disturbing)
                         for number, host in enumerate(hosts)]
        self.counts = collections.Counter()
        for machine in self.machines:
            write('canary\n', machine.host.directory, 'outside/canary')

    def take(self, step):
        machine = self.machines[step['host']]
        before = self.beside(machine)
        getattr(self, step['do'])(machine, step)
        now = self.beside(machine)
        promise('nothing outside of the root is touched', now == before, lambda: str(differing(now, before)[:3]))

    def beside(self, machine):
        """What a step on that host has nothing to do with."""
        found = {}
        for other in self.machines:
            found.update(other.stamps('outside'))
            if other is not machine:
                found.update(other.stamps())
        return found

    # -- the steps

    def edit(self, machine, step):
        before = machine.states()
        for place in (step['path'], resolved(step['path'], before)):
            if place:
                machine.touched |= {place, *machine.linked(place)}
        edit(machine.host.root, step)
        after = machine.states()
        machine.touched |= set(differing(before, after))
        self.tell('edited', differing(before, after))
        self.counts['edits by hand'] += before != after
        self.must_verify(machine, step)

    def commands(self, machine, step):
        if machine.live:
            machine.host.fail(*step['fail'])

    def look(self, machine, step):
        options = {name: self.name_of(machine, value)[0] if isinstance(value, dict) else value
                   for name, value in step['options'].items()}
        before = machine.stamps()
        result = machine.call('history_info', options, step['minute'])
        promise('a check run changes nothing', machine.stamps() == before, 'history_info changes something')
        self.tell(result.get('msg'))
        if result.get('failed'):
            return
        paths = options.get('paths', [])
        self.must_be_drift(machine, result['drift'], paths)
        if 'compare' in options:
            _, commit = self.name_of(machine, step['options']['compare'])
            wanted = {path: state for path, state in self.wanted(machine, commit).items() if is_meant(path, paths)}
            now = machine.states()
            expected = sorted(path for path, state in wanted.items() if differs(state, path, now))
            got = [file['path'] for file in result['comparison']['files']]
            promise('diff names what differs and nothing else', got == expected, '%s, not %s' % (got, expected))

    def call(self, machine, step):
        options, fixed = self.options_of(machine, step)
        now = machine.states()
        before, expected = self.after_settling(machine, step, options) if machine.interrupted else (now, None)
        predicted = self.predicted(machine, step, options)
        done = machine.call(step['module'], options, step['minute'])
        self.tell(done['msg'], *done.get('warnings', []))
        after = machine.states()
        self.count(machine, step, done)
        self.must_agree(machine, predicted, done)
        if machine.interrupted and done.get('failed') and after == now:
            return  # it did not get as far as the interrupted one
        self.must_report(machine, done, before, after)
        if expected:
            promise('the next run goes on from there', after == expected,
                    lambda: shown(differing(after, expected), after, expected))
        machine.interrupted = None
        self.must_be_recorded(machine, before, after)
        self.must_be_clean(machine)
        if not done.get('failed'):
            self.must_be_rolled_back(machine, fixed, done, after)
            self.must_be_idempotent(machine, step, fixed, after)
        self.must_verify(machine, step)

    def count(self, machine, step, done):
        kind = 'failed' if done.get('failed') else 'changed something' if done['changed'] else 'had nothing to do'
        self.counts['calls that ' + kind] += 1
        self.counts['rollbacks that changed something'] += 'to' in step['options'] and kind == 'changed something'
        self.counts['reverts that changed something'] += 'revert' in step['options'] and kind == 'changed something'
        self.counts['interrupted runs taken up'] += bool(machine.interrupted)

    @staticmethod
    def predicted(machine, step, options):
        """The result of a check run."""
        stamps, state = machine.stamps(), machine.stamps('state')
        result = machine.call(step['module'], options, step['minute'], check=True)
        text = 'a check run changes nothing'
        promise(text, machine.stamps() == stamps, lambda: str(differing(machine.stamps(), stamps)[:5]))
        promise(text, machine.stamps('state') == state, 'it ran a command that changes something')
        return result

    def kill(self, machine, step):
        self.disturb(machine, step, {'DISTURB_DO': 'kill'}, self.must_be_killed)

    def fail(self, machine, step):
        self.disturb(machine, step, {'DISTURB_DO': str(getattr(errno, step['error']))}, self.must_have_failed)

    def disturb(self, machine, step, how, judge):
        options, _ = self.options_of(machine, step)
        now = machine.states()
        before = self.after_settling(machine, step)[0] if machine.interrupted else now
        twin = machine.twin()
        count = twin.count_calls(step['module'], options, step['minute'])
        after = twin.states()
        twin.forget()
        if not count:
            return
        at = 1 + int(step['at'] * count)
        done = machine.start(step['module'], options, step['minute'], **how,
                             DISTURB_AT='%d%s' % (at, '+' if step.get('stays') else ''))
        self.tell('at call %d of %d' % (at, count), done.returncode, done.stdout.decode('latin-1')[:300])
        self.counts['kills' if step['do'] == 'kill' else 'failing system calls'] += 1
        judge(machine, done, now, before, after)
        machine.interrupted, machine.touched = (before, after), set()
        self.must_be_recorded(machine, before, after)
        self.must_verify(machine, step)

    # -- names of commits

    def name_of(self, machine, reference):
        """What to call the commit, and its id: 'original', or None where there is none."""
        place, form = reference['commit'], reference['form']
        if form == 'original':
            return form, form if machine.commits else None
        if form == 'nonsense':
            return 'no such commit', None
        commit = machine.commits[-1 - place] if place < len(machine.commits) else None
        if form == 'HEAD':
            return 'HEAD~%d' % place if place else 'HEAD', commit
        if commit is None:
            return 'deadbeef', None
        if form == 'date':
            date = machine.recorded.date(commit)
            found = [other for other in machine.commits if machine.recorded.date(other) <= date]
            return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(date)), found[-1]
        return {'short': commit[:10], 'upper': commit.upper()}.get(form, commit), commit

    def options_of(self, machine, step):
        """As the call has them, and with ids in place of names that mean another commit later."""
        options, fixed = {}, {}
        for name, value in step['options'].items():
            options[name] = fixed[name] = value
            if isinstance(value, dict) and 'form' in value:
                options[name], commit = self.name_of(machine, value)
                fixed[name] = commit or options[name]
        return options, fixed

    # -- the promises

    def after_settling(self, machine, step, options=None):
        """What the next run makes of an interrupted one, and then of this call: told by a copy of the host."""
        twin = machine.twin()
        result = twin.call(*NOTHING_TO_DO, step['minute'])
        self.tell('to settle it:', result['msg'], *result.get('warnings', []))
        owes = any(action['status'] == 'failed' for action in result.get('actions', []))
        promise('the next run goes on from there', owes or not result.get('failed'), result['msg'])
        settled = twin.states()
        self.must_be_settled(machine, settled)
        if options is not None:
            twin.call(step['module'], options, step['minute'])
        states = (settled, twin.states())
        twin.forget()
        return states

    def must_be_settled(self, machine, settled):
        before, after = machine.interrupted
        untouched = [path for path in settled.keys() | before.keys() | after.keys() if not is_touched(path, machine.touched)]
        wrong = [[path for path in untouched if settled.get(path) != states.get(path)] for states in (before, after)]
        promise('after a kill the next run leaves all as before or all as after', not all(wrong), lambda: (
            'not as before: %s; not as after: %s' % tuple(
                shown(sorted(paths), settled, states) for paths, states in zip(wrong, (before, after)))))

    def must_be_killed(self, machine, done, now, before, after):
        promise('a module answers as the protocol says', done.returncode == -signal.SIGKILL,
                lambda: 'not killed: %r' % done.stdout)
        self.must_be_whole(machine, now, before, after)

    @staticmethod
    def must_be_whole(machine, now, before, after):
        for path, state in machine.states().items():
            old = [states.get(path, MISSING) for states in (now, before, after)]
            if state in old or TEMPORARY.search(path) or machine.linked(path):
                continue
            halfway = state.kind == 'file' and state.text in [one.text for one in old]  # its mode and owner are still to come
            promise('after a kill each file is as before or as after', halfway, '%s is %s' % (path, shortened(state)))
        lost = [path for path in before if path in after and not os.path.lexists(machine.host.root + path)]
        lost = [path for path in lost if path in now]
        promise('after a kill each file is as before or as after', not lost, '%s is gone' % lost)

    def must_have_failed(self, machine, done, now, before, after):
        result = answer_of(done)
        files = {path: state for path, state in machine.states().items() if not TEMPORARY.search(path)}
        text = 'a failing call leaves all as before or all as after'
        if not result.get('failed'):
            return promise(text, files == after, lambda: (
                'it says that all went well: ' + shown(differing(files, after), files, after)))
        whole = files in (now, before, after) or 'the next run puts back' in result['msg'] or machine.live
        return promise(text, whole, lambda: '%s; %s' % (result['msg'], shown(differing(files, before), files, before)))

    def must_agree(self, machine, predicted, done):
        text = 'a check run tells what the run does'
        if predicted.get('failed'):
            promise(text, done.get('failed'), 'it fails (%s), but the run does not' % predicted['msg'])
            return promise(text, predicted['msg'] == done['msg'] or machine.interrupted,
                           '"%s", but the run says "%s"' % (predicted['msg'], done['msg']))
        if done.get('failed'):
            promise(text, any(action['status'] == 'failed' for action in done.get('actions', [])),
                    'it foresees no failure, but the run says: ' + done['msg'])
        return self.must_be_same_plan(machine, predicted, done)

    @staticmethod
    def must_be_same_plan(machine, predicted, done):
        def plan(result):
            facts = {name: result.get(name) for name in ('changed', 'diff', 'files')}
            facts['actions'] = [(action['argv'], action['status'] == 'skipped' and action.get('reason', ''))
                                for action in result.get('actions', [])]
            facts['rules'] = [(rule['id'], {'non_compliant': 'changed'}.get(rule['status'], rule['status']), rule['detail'],
                               rule['files']) for rule in result.get('rules', [])]
            return facts
        one, other = plan(predicted), plan(done)
        if machine.interrupted or done.get('failed'):
            one.pop('actions'), other.pop('actions'), one.pop('changed'), other.pop('changed')
        for name in one:
            promise('a check run tells what the run does', one[name] == other[name], lambda name=name: (
                '%s: %s, but the run: %s' % (name, shortened(one[name], 1000), shortened(other[name], 1000))))

    @staticmethod
    def must_report(machine, done, before, after):
        changed = set(differing(before, after))
        if done.get('failed') and not machine.live:
            return promise('a run that fails leaves all as before', not changed, lambda: '%s: %s' % (done['msg'], shown(
                sorted(changed), after, before)))
        reported = {}
        for file in done.get('files', []):
            places = [entry(file['path'], before), resolved(file['path'], after), resolved(file['path'], before)]
            reported[next((place for place in places if place in changed), places[0])] = file['change']
        names = set(reported).union(*(machine.linked(path) for path in reported if path))
        text = 'a run reports all that it changes'
        promise(text, changed <= names, lambda: 'it says nothing of %s' % shown(sorted(changed - names), after, before))
        promise(text, set(reported) <= changed, lambda: '%s is as before' % sorted(map(str, set(reported) - changed)))
        for path, change in reported.items():
            expected = kind_of_change(before.get(path, MISSING), after.get(path, MISSING))
            promise(text, change == expected, '%s is said to be %s, not %s' % (path, change, expected))
        for difference in done.get('diff', []):
            must_show(difference, before, after)
        return None

    def must_be_recorded(self, machine, before, after):
        """The commits that are new."""
        for commit in machine.recorded.commits()[len(machine.commits):]:
            parent = machine.commits[-1] if machine.commits else None
            old, new = machine.recorded.facts(parent), machine.recorded.facts(commit)
            states = before if machine.recorded.subject(commit).startswith('record:') else after
            known = machine.known[commit] = dict(machine.known[parent])
            for path in [path for path in new if new[path] != old.get(path) or path not in known]:
                is_link = new[path].keyword == 'link' or (path in old and old[path].keyword == 'link')
                known[path] = must_be_true(machine.recorded, path, new[path], look(path, states, is_link))
            machine.commits.append(commit)

    @staticmethod
    def must_be_clean(machine):
        said = machine.recorded.fsck()
        promise('git finds no fault in the history', not said, '; '.join(said[:5]))
        left = [path for path in machine.stamps() if TEMPORARY.search(path)]
        promise('nothing temporary is left', not left, str(left[:5]))
        left = os.listdir('/tmp') if own_tmp else []
        promise('nothing temporary is left', not left, '/tmp has %s' % left[:5])

    @staticmethod
    def wanted(machine, commit):
        """What a rollback to the commit wants: what it knows, and of other files what they were when first seen."""
        states = {}
        for one in machine.commits:
            for path, state in machine.known[one].items():
                states.setdefault(path, state)
        return {**states, **(machine.known[commit] if commit != 'original' else {})}

    def must_be_rolled_back(self, machine, options, done, after):
        commit = options.get('to')
        if not commit or commit not in ('original', *machine.commits):
            return
        warned = ' '.join(done.get('warnings', []))
        for path, state in self.wanted(machine, commit).items():
            if is_meant(path, options.get('paths') or []) and path not in warned:
                promise('a rollback brings back what was recorded', not differs(state, path, after), lambda path=path, state=state: (
                    '%s %s' % (path, unlike(look(path, after, state.kind == 'link'), state))))

    def must_be_idempotent(self, machine, step, options, after):
        again = machine.call(step['module'], options, step['minute'])
        text = 'a second run changes nothing'
        promise(text, not again.get('failed'), lambda: 'it fails: ' + again['msg'])
        promise(text, not again['changed'], lambda: '%s: %s' % (again['msg'], again['files']))
        now = machine.states()
        promise(text, now == after, lambda: shown(differing(now, after), now, after))

    def must_verify(self, machine, step):
        result = machine.call('history_info', {'verify': True, 'limit': 1}, step['minute'])
        promise('verify names what differs and nothing else', not result.get('failed'), lambda: 'it fails: ' + result['msg'])
        self.must_be_drift(machine, result['drift'], [])

    @staticmethod
    def must_be_drift(machine, drift, paths):
        last = machine.commits[-1] if machine.commits else None
        now = machine.states()
        known = machine.known[last].items()
        expected = sorted(path for path, state in known if is_meant(path, paths) and differs(state, path, now))
        got = [file['path'] for file in drift]
        promise('verify names what differs and nothing else', got == expected, '%s, not %s' % (got, expected))


def is_meant(path, paths):
    return not paths or any(path == one or path.startswith(one.rstrip('/') + '/') for one in paths)


def is_touched(path, touched):
    return any(path == one or path.startswith(one + '/') for one in touched) or bool(TEMPORARY.search(path))


def differs(state, path, states):
    """Whether a file is not as it was recorded; what was not recorded does not count."""
    now = look(path, states, itself=state.kind == 'link')
    if state.kind == 'file' and state.text is None and now.kind == 'file':
        now = now._replace(text=None)
    return now != state


def kind_of_change(was, now):
    if MISSING in (was, now):
        return 'created' if was == MISSING else 'removed'
    return 'mode' if (was.kind, was.text) == (now.kind, now.text) and was.kind != 'link' else 'modified'


def must_show(difference, before, after):
    """Of texts; what is shown of others is for people."""
    path = difference['after_header']
    was, now = look(path, before), look(path, after)
    for name, state in (('before', was), ('after', now)):
        other = now if name == 'before' else was
        if state.kind != 'file' or other.kind not in ('file', 'missing') or was.text == now.text or 'link' in (
                look(path, before, True).kind, look(path, after, True).kind):
            continue
        try:
            text = state.text.decode('utf-8')
        except UnicodeDecodeError:
            continue
        promise('a run reports all that it changes', difference[name] == text, '%s of the diff of %s is %s, not %s' % (
            name, path, shortened(difference[name]), shortened(text)))


def must_be_true(history, path, fact, state):
    """The state as it is known from now on."""
    text = 'what is recorded is what was there'
    kind = {'mode': 'file', 'log': 'file'}.get(fact.keyword, fact.keyword)
    promise(text, kind == state.kind, '%s is recorded as %s, but was %s' % (path, fact.keyword, state.kind))
    promise(text, fact.mode is None or fact.mode == state.mode, lambda: '%s is recorded with mode %o, but had %o' % (
        path, fact.mode, state.mode))
    if fact.keyword != 'missing':  # root:0, or the number alone
        numbers = [int(name.split(':')[-1]) for name in fact.names]
        promise(text, numbers == [state.owner, state.group], lambda: '%s is recorded with owner and group %s, but had %s' % (
            path, numbers, [state.owner, state.group]))
    if fact.keyword == 'log':
        promise(text, history.text(fact.blob) == b'', '%s is recorded as a log with a text' % path)
    if fact.keyword in ('mode', 'log'):
        return state._replace(text=None)
    if fact.keyword in ('file', 'link'):
        recorded = history.text(fact.blob)
        promise(text, recorded == state.text, '%s is recorded as %s, but was %s' % (
            path, shortened(recorded), shortened(state.text)))
        return state._replace(text=recorded)
    return state


# ---- trying and shrinking

own_tmp = False


def play(content, directory, tell=None, counts=None):
    """None, or the promise that is broken and what was wrong."""
    place = os.path.join(directory, 'sequence-%d' % os.getpid())
    os.mkdir(place)
    played = Sequence(content['hosts'], place, tell)
    try:
        for number, step in enumerate(content['steps']):
            if tell:
                tell('%2d %s' % (number, json.dumps(step)))
            try:
                played.take(step)
            except Broken as broken:
                return broken.promise, '%s\nin step %d: %s' % (broken, number, json.dumps(step))
        return None
    finally:
        if counts is not None:
            counts.update(played.counts)
        shutil.rmtree(place)
        for name in os.listdir('/tmp') if own_tmp else []:
            path = os.path.join('/tmp', name)
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)


def shrunk(content, failure, directory):
    """As few steps as break the same promise: greedily, by halves, quarters, ... and then one at a time."""
    tries = SHRINKING
    size = len(content['steps']) // 2
    while size and tries:
        at, shorter = 0, False
        while at < len(content['steps']) and tries:
            steps = content['steps'][:at] + content['steps'][at + size:]
            tries -= 1
            again = play({**content, 'steps': steps}, directory)
            if again and again[0] == failure[0]:
                content, failure, shorter = {**content, 'steps': steps}, again, True
            else:
                at += size
        size = size if shorter and size == 1 else size // 2
    return content, failure


def script_of(content, seed):
    lines = [json.dumps({'hosts': content['hosts'], 'seed': seed}), *map(json.dumps, content['steps'])]
    head = "#!/bin/sh\n# from the top of the project, as root\nexec tests/acceptance/random_histories.py --replay - <<'END'\n"
    return head + '\n'.join(lines) + '\nEND\n'


def with_own_tmp():
    """Once for each process: what is left in /tmp can then only be from it."""
    global own_tmp
    in_use = any(path.startswith('/tmp/') for path in (TOP, BINARY))
    if not own_tmp and not in_use and own_mounts():
        own_tmp = call('mount', '-t', 'tmpfs', 'tmpfs', '/tmp').returncode == 0


_directory = None


def _try(seed):
    """What was counted, and what is to be printed if a promise is broken."""
    with_own_tmp()
    content, counts = sequence(random.Random(seed), RELEASES, STEPS), collections.Counter()
    failure = play(content, _directory, counts=counts)
    if not failure:
        return counts, None
    content, (_, what) = shrunk(content, failure, _directory)
    return counts, '%s\nbroken by seed %d, in %d steps:\n%s' % (what, seed, len(content['steps']), script_of(content, seed))


def histories(directory):
    global _directory
    del directory
    seeds = range(ARGUMENTS.seed, ARGUMENTS.seed + ARGUMENTS.sequences)
    with scratch('/tmp') as _directory:
        library(_directory)
        with multiprocessing.get_context('fork').Pool(os.cpu_count() or 1) as pool:
            results = list(pool.imap_unordered(_try, seeds, 1))
    broken = [failure for _, failure in results if failure]
    for text in broken:
        print(text)
    with case('%d random histories of %d steps each, seeds %d to %d: all %d promises are kept after every step'
              % (len(seeds), STEPS, seeds[0], seeds[-1], len(PROMISES))):
        holds(not broken, '%d of them break one:\n%s' % (len(broken), '\n'.join(text.split('\n')[0] for text in broken)))
    counts = sum((counts for counts, _ in results), collections.Counter())
    figures = ', '.join('%d %s' % (counts[name], name) for name in sorted(counts))
    print('# %d random steps, from seed %d: %s' % (len(seeds) * STEPS, seeds[0], figures))


def replay(file):
    global _directory
    with sys.stdin if file == '-' else open(file) as source:
        head, *steps = [json.loads(line) for line in source if line.startswith('{')]
    with scratch('/tmp') as _directory:
        library(_directory)
        with_own_tmp()
        failure = play({'hosts': head['hosts'], 'steps': steps}, _directory, lambda *words: print(*words, flush=True))
    print(failure[1] if failure else 'all promises are kept')
    return 1 if failure else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--seed', type=int, default=1, help='the first one')
    parser.add_argument('--sequences', type=int, default=LONG_SEQUENCES if LONG else SEQUENCES,
                        help='how many, each with its own seed')
    parser.add_argument('--replay', help='the steps of one sequence, as a failure prints them')
    return parser.parse_args()


if __name__ == '__main__':
    ARGUMENTS = arguments()
    if not IS_ROOT:
        skip('random histories', 'only root can give files to others')
        sys.exit(0)
    sys.exit(replay(ARGUMENTS.replay)) if ARGUMENTS.replay else run_tests(histories)
