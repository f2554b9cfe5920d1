#!/usr/bin/python3 -B
"""Every profile on the sample of every release: what it leaves, what it must not touch, and the way back.

usage: tests/acceptance/samples.py [--update]

What a profile asks for is read from module/profiles by code of its own, and what the boot scripts start is told by a
real Korn shell that runs them. tests/samples/expected holds what each profile makes of each sample, for people to
read; --update writes it anew.
"""
import difflib
import json
import os
import re
import shutil
import stat
import sys
import textwrap

from lib import (IS_ROOT, TESTS, TOP, Host, call, case, describe, environment, equal, holds, korn_shells, read,
                 run_tests, same_tree, tree, with_each_ansible, write)

SAMPLES = os.path.join(TESTS, 'samples')
KORN_SHELLS = korn_shells()
EXPECTED = os.path.join(SAMPLES, 'expected')
PROFILES = os.path.join(TOP, 'module', 'profiles')
RELEASES = ['aix-4.3.3', 'aix-5.3', 'aix-6.1', 'aix-7.2']
UPDATE = sys.argv[1:] == ['--update']

# What git does not keep of the samples: mode, owner and group, where they are not 0644 (directories and what git knows
# to be executable: 0755), root and system.
ROOT, BIN = 0, 2
SYSTEM, SECURITY, CRON = 0, 7, 8
ATTRIBUTES = {
    'etc/rc.tcpip': (0o774, ROOT, SYSTEM),
    'etc/ftpusers': (0o640, ROOT, SYSTEM),
    'etc/group': (0o644, ROOT, SECURITY),
    'etc/passwd': (0o644, ROOT, SECURITY),
    'etc/rc.d/rc': (0o500, ROOT, SYSTEM),
    'usr/sbin/nfsd': (0o555, BIN, BIN),
    'var/adm/auth.log': (0o600, ROOT, SYSTEM),
    'var/spool/cron/crontabs': (0o770, BIN, CRON),
    'var/spool/cron/crontabs/root': (0o600, ROOT, CRON),
}
ATTRIBUTES_OF_RELEASE = {
    'aix-5.3': {'etc/inittab': (0o600, ROOT, SYSTEM)},
    'aix-6.1': {'etc/inetd.conf': (0o664, ROOT, SYSTEM), 'etc/rc.nfs': (0o750, ROOT, SYSTEM)},
    'aix-7.2': {'etc/inetd.conf': (0o640, ROOT, SYSTEM), 'etc/syslog.conf': (0o640, ROOT, SYSTEM)},
}
BOOT_CRITICAL = ['brc', 'securityboot', 'tunables', 'powerfail', 'rc', 'fbcheck', 'srcmstr', 'rctcpip', 'cron', 'cons']


def host_of(release, directory):
    os.mkdir(directory)
    host = Host(directory, os.path.join(SAMPLES, release))
    attributes = {**ATTRIBUTES, **ATTRIBUTES_OF_RELEASE.get(release, {})}
    for path in host.files():
        executable = os.stat(host.path(path), follow_symlinks=False).st_mode & stat.S_IXUSR
        mode, owner, group = attributes.get(path, (0o755 if executable else 0o644, ROOT, SYSTEM))
        if os.path.islink(host.path(path)):
            continue
        os.chmod(host.path(path), mode)
        if IS_ROOT:
            os.chown(host.path(path), owner, group)
    return host


# ---- what a profile asks for


def rules_of(profile):
    content = json.loads(read(PROFILES, profile + '.json'))
    if isinstance(content, list):
        return content
    inherited = [rule for rule in rules_of(content['extends']) if rule['id'] not in content.get('without', [])]
    return inherited + content['rules']


LISTS = {'inittab': 'entries', 'rc_script': 'daemons', 'inetd': 'services', 'syslog': 'rules', 'crontab': 'jobs'}


def wanted(rules, module):
    """The calls of a module, one for each item, with the call's own options as defaults; `name` is the item's name."""
    for options in (rule[module] for rule in rules if module in rule):
        for item in options.get(LISTS.get(module), [{}]):
            item = {**options, **(item if isinstance(item, dict) else {'name': item})}
            names = [item[key] for key in ('name', 'id', 'service', 'daemon') if key in item]
            yield {**item, 'name': names[0] if names else None}


def switched_off(rules, module):
    return [item for item in wanted(rules, module) if item.get('state') in ('disabled', 'absent')]


# ---- what a tree says


def init_starts(root):
    """The records that init acts on, in their order; a continued one is one."""
    lines = read(root, 'etc/inittab').replace('\\\n', '\\\0').split('\n')
    return [line for line in lines if line and line[0] != ':' and line.split(':')[2] != 'off']


def inetd_serves(root):
    """(service, protocol, the rest as words) of each line that inetd acts on."""
    lines = [line.split() for line in read(root, 'etc/inetd.conf').split('\n') if line.strip() and line[0] != '#']
    return [(words[0], words[2], words[1:2] + words[3:]) for words in lines]


def inetd_programs():
    """(service, program) of each entry of any release, whether it is enabled or not."""
    for release in RELEASES:
        for line in read(SAMPLES, release, 'etc/inetd.conf').split('\n'):
            words = line.lstrip('# ').split()
            if len(words) > 6 and words[5].startswith('/'):
                yield words[0], words[5]


INETD_PROGRAMS = set(inetd_programs())


def script_starts(root, path, boot, executables):
    """What a Korn shell starts, and each of them, when it runs the script below a directory where every program is there that
    the script names, and every file below /etc; but a program that `executables` has only if it may be executed there."""
    inside = re.compile(r'(?<![\w.$}])(?=/(?:usr|etc)/)')
    text = inside.sub(boot, read(root, path))
    log = write('', boot, 'log')
    for name in set(re.findall(re.escape(boot) + r'(/(?:usr|etc)/[\w./-]*\w)', text)):
        own = os.path.join(executables, name[1:])
        program = write('#!/bin/sh\necho "${0##*/} $*" >>%s\n' % log if name.startswith('/usr/') else '', boot + name)
        os.chmod(program, 0o644 if os.path.exists(own) and not os.stat(own).st_mode & 0o111 else 0o755)
    for name, does in (('startsrc', 'echo "startsrc $*" >>%s' % log), ('ps', 'echo 4242 - 0:00 srcmstr')):
        os.chmod(write('#!/bin/sh\n%s\n' % does, boot, 'bin', name), 0o755)
    script, path_variable = write(text, boot, 'script'), environment(PATH=boot + '/bin:/usr/bin:/bin')
    started = {}
    for shell in KORN_SHELLS:
        write('', log)
        done = call(shell, script, env=path_variable, cwd=boot)
        # Not the status: that is what the last `[ -x ... ]` says. What the shell complains of, though, is a mistake.
        complaints = [line for line in done.stderr.decode().splitlines() if 'warning' not in line]
        equal(complaints, [], 'complaints of %s about %s' % (shell, path))
        started[shell] = read(log).replace(boot, '').splitlines()
        equal(started[shell], started[KORN_SHELLS[0]], 'what %s starts by %s' % (shell, path))
    return started[KORN_SHELLS[0]]


def program_of(call_):
    words = call_.split()
    return os.path.basename(words[2] if words[0] == 'startsrc' else words[0])


def lines(root, path):
    return [line for line in read(root, path).split('\n') if line.strip() and line[0] != '#']


# ---- one host, one profile


class Trial:
    def __init__(self, release, profile, directory):
        self.title = '%s, %s: ' % (release, profile)
        self.release, self.profile, self.directory = release, profile, directory
        self.rules = rules_of(profile)
        self.host = host_of(release, directory)
        self.original = os.path.join(directory, 'original')
        holds(call('cp', '-a', self.host.root, self.original).returncode == 0, 'the sample could not be copied')
        self.before = self.host.files()
        self.after = self.result = None

    def case(self, sentence):
        return case(self.title + sentence)

    def boot(self, root, path):
        boot = os.path.join(self.directory, 'boot')
        shutil.rmtree(boot, ignore_errors=True)
        return script_starts(root, path, boot, self.host.root)

    def harden(self):
        """Whether it could be done at all."""
        everything = self.host.everything()
        foreseen = self.host.module('harden', profile=self.profile, check=True, diff=True)
        with self.case('a check run changes no byte, mode, owner or time, and makes no history'):
            holds(not foreseen.get('failed') and foreseen['changed'], foreseen['msg'])
            same_tree(self.host.everything(), everything)
        self.result = self.host.module('harden', profile=self.profile, diff=True)
        self.after = self.host.files()
        with self.case('the run does letter by letter what the check run said'):
            holds(not self.result.get('failed'), self.result['msg'])
            for key in ('diff', 'files', 'changed'):
                equal(self.result[key], foreseen[key], key)
        if self.result.get('failed'):
            return False
        with self.case('the diff names every path that differs, with its bytes before and after'):
            equal(sorted(entry['path'].lstrip('/') for entry in self.result['files']), self.differing(), 'paths')
            for entry in self.result['diff']:
                path = entry['after_header'].lstrip('/')
                then, now = text_of(self.before.get(path)), text_of(self.after.get(path))
                if None not in (then, now) and then != now:
                    equal((entry['before'], entry['after']), (then, now), path)
        return True

    def differing(self):
        paths = sorted(self.before.keys() | self.after.keys())
        return [path for path in paths if self.before.get(path) != self.after.get(path)]

    def second_run(self):
        everything = tree(self.host.root)
        again = self.host.module('harden', profile=self.profile, diff=True)
        with self.case('a second run changes nothing'):
            equal((again['changed'], again.get('failed'), again['files'], again['commit']), (False, None, [], None))
            equal([action for action in again['actions'] if action['status'] != 'skipped'], [], 'actions')
            same_tree(tree(self.host.root), everything)

    def what_is_kept(self):
        meant = {options['path'].lstrip('/') for options in wanted(self.rules, 'path')}
        with self.case('every mode and owner is kept, and what is new belongs to root'):
            for path in self.after:
                now = self.after[path][:3]
                if path in self.before and path not in meant:
                    equal(now, self.before[path][:3], 'attributes of ' + path)
                elif path not in self.before and IS_ROOT and not self.is_moved(path):
                    equal(now[1:], [ROOT, SYSTEM], 'owner and group of ' + path)
        with self.case('the entries that a host needs to boot are there, unchanged, and in their order'):
            then, now = ([line for line in init_starts(root) if is_boot_critical(line)]
                         for root in (self.original, self.host.root))
            equal(now, then, 'entries')
            holds(len(then) >= 9, 'too few entries are looked at: %s' % then)
        with self.case('every Korn shell accepts every script'):
            scripts = [path for path, facts in self.after.items() if (text_of(facts) or '').startswith('#!/bin/ksh')]
            holds({'etc/rc.tcpip', 'etc/rc.nfs'} <= set(scripts), 'scripts that are looked at: %s' % scripts)
            for path in scripts:
                for shell in KORN_SHELLS:
                    done = call(shell, '-n', self.host.path(path))
                    said = [line for line in done.stderr.decode().splitlines() if 'warning' not in line]
                    equal((done.returncode, said), (0, []), '%s -n %s' % (shell, path))
        if 'etc/rc.no' in self.after:
            with self.case('rc.no sets every option that it names, in every Korn shell'):
                commands = [line.removeprefix('/usr/sbin/') for line in lines(self.host.root, 'etc/rc.no')]
                holds(len(commands) >= 10, 'few options: %s' % commands)
                equal(self.boot(self.host.root, 'etc/rc.no'), commands)

    def is_moved(self, path):
        moves = [options for options in wanted(self.rules, 'path') if options.get('state') == 'moved']
        return any((path + '/').startswith(options['dest'].lstrip('/') + '/') for options in moves)

    def what_is_off(self):
        """Exactly what the profile names: nothing of it is on, and nothing else is off."""
        root, original = self.host.root, self.original
        with self.case('init starts what it started, but for what the profile names'):
            off = {item['name'] for item in switched_off(self.rules, 'inittab')}
            left = [line for line in init_starts(original) if line.split(':')[0] not in off]
            equal([line for line in init_starts(root) if '/etc/rc.no' not in line], left, 'entries')
        with self.case('inetd serves what it served, but for what the profile names'):
            off = [item['name'].split('/') for item in switched_off(self.rules, 'inetd')]
            left = [self.configured(entry) for entry in inetd_serves(original)
                    if [entry[0]] not in off and list(entry[:2]) not in off]
            equal(inetd_serves(root), left, 'services')
        with self.case('no program that the profile turns off is served under another name'):
            off = {item['name'] for item in switched_off(self.rules, 'inetd')}
            programs = {program for name, program in INETD_PROGRAMS if name in off}
            equal([name for name, _, rest in inetd_serves(root) if rest[3] in programs], [], 'services')
        for path in ('etc/rc.tcpip', 'etc/rc.nfs'):
            with self.case('/%s starts what it started, but for what the profile names' % path):
                off = {item['name'].split('/')[-1] for item in switched_off(self.rules, 'rc_script')
                       if item.get('path', '/etc/rc.tcpip') == '/' + path}
                before = self.boot(original, path)
                equal(self.boot(root, path), [start for start in before if program_of(start) not in off], 'starts')
                holds(len(before) > 1, 'nothing is started even before')

    def configured(self, entry):
        for item in wanted(self.rules, 'inetd'):
            meant = item['name'] in (entry[0], entry[0] + '/' + entry[1])
            if item.get('state') == 'configured' and meant and 'args' in item:
                entry = (*entry[:2], entry[2][:4] + item['args'].split())
        return entry

    def what_is_on(self):
        modules = {key for rule in self.rules for key in rule} - {'id', 'title', 'why', 'severity', 'tags', 'refs'}
        with self.case('this test knows every module that the profile calls'):
            equal(sorted(modules - CHECKED.keys() - {'inittab', 'inetd', 'rc_script'}), [], 'modules')
        for module in sorted(modules & CHECKED.keys()):
            with self.case('what the profile wants of %s is so' % module):
                for item in wanted(self.rules, module):
                    CHECKED[module](self, item)
        with self.case('a rule is not applicable only where what it is about is missing, and none has failed'):
            for rule in self.result['rules']:
                equal(rule['status'] in ('changed', 'compliant', 'not_applicable', 'non_compliant'), True, rule['id'])
                if rule['status'] == 'not_applicable':
                    holds(rule['detail'], rule['id'] + ' does not say why')

    def expectation(self):
        with self.case('the tree is as tests/samples/expected says'):
            path = os.path.join(EXPECTED, '%s-%s.diff' % (self.release.removeprefix('aix-'), self.profile))
            text = '\n'.join([*self.summary(), '', *self.differences()]) + '\n'
            if UPDATE:
                write(text, path)
            equal(text, read(path), os.path.relpath(path, TOP))

    def summary(self):
        """What the differences alone do not tell."""
        def ids(status):
            return ', '.join(rule['id'] for rule in self.result['rules'] if rule['status'] == status) or 'none'

        facts = ['Profile %s on the sample of AIX %s' % (self.profile, self.release.removeprefix('aix-')),
                 'Rules that hold as found: ' + ids('compliant'),
                 'Rules that are not applicable: ' + ids('not_applicable'),
                 'Left for a person: ' + ids('non_compliant')]
        for fact in facts:
            yield from textwrap.wrap(fact, 118, subsequent_indent='  ', break_on_hyphens=False)
        yield 'Commands that were left to a live host:'
        for action in self.result['actions']:
            yield '  ' + ' '.join(action['argv'])

    def differences(self):
        for path in self.differing():
            yield from difference(path, self.before.get(path), self.after.get(path))

    def rollback(self):
        with self.case('the history is an ordinary git repository without damage'):
            self.host.sound_history()
        foreseen = self.host.module('rollback', to='original', check=True, diff=True)
        back = self.host.module('rollback', to='original', diff=True)
        with self.case('rollback to original restores every byte, mode, owner, link and absence'):
            holds(not back.get('failed') and back['changed'], back['msg'])
            equal(back['diff'], foreseen['diff'], 'the predicted diff')
            same_tree(self.host.files(), self.before)
            equal(self.host.module('rollback', to='original')['changed'], False, 'changed once more')
            self.host.sound_history()


def is_boot_critical(record):
    fields = record.split(':')
    return fields[0] in BOOT_CRITICAL or fields[2] == 'initdefault'


def difference(path, then, now):
    """For a person: what became of the path, and the lines that differ."""
    if then is None or now is None:
        yield '=== %s %s: %s' % (path, 'is new' if then is None else 'is gone', (then or now)[0])
    else:
        with_owner = then[1:3] != now[1:3]
        same = then[:3] == now[:3]
        yield '=== ' + path + ('' if same else ': %s becomes %s' % (shown(then, with_owner), shown(now, with_owner)))
    if is_link(then) or is_link(now):
        yield '-> ' + (now or then)[3]
        return
    texts = [text_of(facts) or '' for facts in (then, now)]
    if '\0' in ''.join(texts):
        return
    names = ['/dev/null' if facts is None else path for facts in (then, now)]
    for line in difflib.unified_diff(*(text.splitlines(keepends=True) for text in texts), *names):
        yield line.rstrip('\n')
        if not line.endswith('\n'):
            yield '\\ No newline at end of file'


def is_link(facts):
    return facts is not None and facts[0].startswith('l')


def text_of(facts):
    """Of a file; that of one that is missing is empty, and a directory or a link has none."""
    return '' if facts is None else facts[3] if facts[0].startswith('-') else None


def shown(facts, with_owner):
    return '%s %d:%d' % tuple(facts[:3]) if with_owner else facts[0]


# ---- what the modules leave that do not only turn off


def check_network_options(trial, item):
    root = trial.host.root
    nextboot = os.path.exists(os.path.join(root, 'etc/tunables/nextboot'))
    options = {'%s=%s' % pair for pair in item['options'].items()}
    if item.get('persist', 'script') == 'script' or (item['persist'] == 'auto' and not nextboot):
        started = {start.removeprefix('no -o ') for start in trial.boot(root, 'etc/rc.no')}
        equal(sorted(options - started), [], 'options that rc.no does not set')
        records = init_starts(root)
        at = [record.split(':')[0] for record in records].index('brc')
        equal(records[at + 1], 'no:2:once:/etc/rc.no > /dev/console 2>&1', 'the entry behind brc')
        equal(oct(os.stat(os.path.join(root, 'etc/rc.no')).st_mode), oct(0o100744), 'mode of rc.no')
    else:
        found = re.findall(r'^\s+(\w+) = "(\w+)"', read(root, 'etc/tunables/nextboot') if nextboot else '', re.M)
        set_by_action = {word for action in trial.result['actions'] for word in action['argv']}
        equal(sorted(options - set_by_action - {'%s=%s' % pair for pair in found}), [],
              'options that neither nextboot has nor an action sets')


def check_syslog(trial, item):
    root = trial.host.root
    rules = [line.split()[:2] for line in lines(root, 'etc/syslog.conf')]
    equal(rules.count([item['selector'], item['destination']]), 1, 'rules %(selector)s %(destination)s' % item)
    log = item['destination'].lstrip('/')
    if item['destination'].startswith('/') and log not in trial.before:
        mode = stat.filemode(stat.S_IFREG | int(item.get('log_mode', '0640'), 8))
        equal(describe(os.path.join(root, log))[::3], [mode, ''], log)


def check_ftpusers(trial, item):
    users = read(trial.host.root, 'etc/ftpusers').split('\n')
    equal([users.count(user) for user in item['users']], [1] * len(item['users']), 'how often each is in ftpusers')
    before = os.path.join(trial.original, 'etc/ftpusers')
    if os.path.exists(before):
        equal(users[:len(read(before).splitlines())], read(before).splitlines(), 'those who were there before')


def check_crontab(trial, item):
    schedule = [str(item.get(key, '*')) for key in ('minute', 'hour', 'day', 'month', 'weekday')]
    crontab = 'var/spool/cron/crontabs/' + item.get('user', 'root')
    jobs = [line.split(None, 5) for line in lines(trial.host.root, crontab)]
    equal(jobs.count(schedule + [item['job']]), 1, 'how often the job is there')


def check_sendmail(trial, item):
    source = item['mc'].lstrip('/')
    if source not in trial.before:  # the source of another release: the configuration of this one is its own
        mail = [path for path in trial.before if 'sendmail' in path]
        equal([path for path in mail if trial.after[path] != trial.before[path]], [], 'files of sendmail that changed')
        return
    calls = [line for line in trial.host.read(source).split('\n') if not line.startswith('dnl')]
    named = [re.split(r'[(),]', re.sub(r"[`']", '', line))[:2] for line in calls if '(' in line]
    absent = [['FEATURE', name] for name in [*item.get('features_absent', []), 'virtualusertable']]
    absent += [['MAILER', name] for name in item.get('mailers_absent', [])]
    equal([call_ for call_ in absent if call_ in named], [], 'calls that are still there')
    holds(['MAILER', 'smtp'] in named, 'the source was not read')


def check_path(trial, item):
    path = item['path'].lstrip('/')
    if path not in trial.before:
        holds(path not in trial.after, path + ' was made')
    elif item.get('state', 'present') == 'present':
        equal(item.get('mode', 'a-x'), 'a-x', 'the only mode that this test understands')
        equal(trial.after[path], [trial.before[path][0].replace('x', '-')] + trial.before[path][1:], path)
    else:
        equal(members(trial.after, path), {}, 'what is left')
        if item['state'] == 'moved':
            equal(members(trial.after, item['dest'].lstrip('/')), members(trial.before, path), 'what was moved')


def members(facts, directory):
    return {name[len(directory):]: facts[name] for name in facts if (name + '/').startswith(directory + '/')}


def check_nothing(trial, item):
    """Of a module that changes no file."""


CHECKED = {'network_options': check_network_options, 'syslog': check_syslog, 'ftpusers': check_ftpusers,
           'crontab': check_crontab, 'sendmail': check_sendmail, 'path': check_path, 'software': check_nothing,
           'subsystem': check_nothing}


# ---- the tests


def trials_of(release):
    def test(directory):
        for profile in sorted(name.removesuffix('.json') for name in os.listdir(PROFILES)):
            trial = Trial(release, profile, os.path.join(directory, profile))
            if trial.harden():
                trial.second_run()
                trial.what_is_kept()
                trial.what_is_off()
                trial.what_is_on()
                trial.expectation()
                trial.rollback()
    test.__name__ = release
    return test


@with_each_ansible
def through_ansible(directory):
    """The same by a playbook of the project."""
    by_play, by_binary = (host_of('aix-7.2', os.path.join(directory, name)) for name in ('play', 'binary'))
    play = by_play.play('harden.yml', '-e', 'bulwark_profile=strict').succeeds()
    by_binary.changes('harden', profile='strict')
    with case('aix-7.2, strict: harden.yml leaves the same tree as the binary alone'):
        equal(play.recap('changed'), 1, 'changed tasks')
        same_tree(by_play.files(), by_binary.files())


if __name__ == '__main__':
    if sys.argv[1:] not in ([], ['--update']):
        sys.exit(__doc__.strip())
    run_tests(*map(trials_of, RELEASES), through_ansible)
