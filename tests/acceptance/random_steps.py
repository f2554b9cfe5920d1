"""Random steps for random_histories.py: calls of modules, edits by hand, kills, failing calls, looks at the history.

A step is a dictionary of JSON, and means the same on whatever host it is taken: so a sequence from which steps are deleted
still is one. What a call is made of comes from the option tables, as `bulwark doc` prints them; WORDS says what to put where
a table has neither choices nor a type that tells. An option that is missing there is an error: whoever adds one adds its
words, so that no option stays outside of the random tests.
"""
import functools
import json
import os
import re

import yaml

import lib
from lib import BINARY, TOP, call, holds, read
from samples import PROFILES

USERS = {'bin': 2, 'adm': 4, 'alice': 1000}
THERE = ['/etc/inittab', '/etc/inetd.conf', '/etc/rc.tcpip', '/etc/rc.nfs', '/etc/syslog.conf', '/var/spool/cron/crontabs/root',
         '/home/alice/program']  # on every sample
FILES = ['/etc/inittab', '/etc/inetd.conf', '/etc/rc.tcpip', '/etc/rc.nfs', '/etc/syslog.conf', '/etc/ftpusers', '/etc/rc.no',
         '/var/spool/cron/crontabs/root', '/var/adm/auth.log', '/var/adm/mail.log', '/etc/tunables/nextboot',
         '/etc/mail/local-host-names', '/home/alice/program', '/usr/sbin/nfsd', '/etc/rc.d/rc2.d/Ssshd', '/etc/passwd']
DIRECTORIES = ['/etc/rc.d', '/etc/rc.d/rc2.d', '/home/alice', '/var/adm', '/etc/rc.d.off']
TEXTS = ['# by hand\n', 'telnet stream tcp6 nowait root /usr/sbin/telnetd telnetd -a\n', 'dt:2:wait:/etc/rc.dt\n',
         'start /usr/sbin/snmpd "$src_running"\n', '*.debug /var/adm/all.log\n', '0 3 * * * /usr/bin/errclear -d S,O 30\n',
         'guest\n', 'caf\xe9 \x01\x7f\r\n', 'no line end', '\n', ':a:b', '\\\n']


# ---- the option tables


@functools.lru_cache(maxsize=None)
def table(module):
    done = call(BINARY, 'doc', module)
    holds(done.returncode == 0, done.stderr.decode())
    options = yaml.safe_load(done.stdout)['DOCUMENTATION']['options']
    # The fields of an item may stand at the top level as well; there they are no more than that.
    fields = {name for option in options.values() for name in option.get('suboptions', {})}
    return {name: option for name, option in options.items() if name not in fields or 'suboptions' in option}


# Modules that only look are not steps of their own: the tester looks after every step.
MODULES = [module for module in lib.MODULES if 'refresh' in table(module)]


@functools.lru_cache(maxsize=None)
def rules(profile):
    content = json.loads(read(PROFILES, profile + '.json'))
    if isinstance(content, list):
        return content
    return [rule for rule in rules(content['extends']) if rule['id'] not in content.get('without', [])] + content['rules']


# ---- words


class Words:
    """What stands in the files of a sample; most often a few neighbours only, so that steps get in each other's way."""

    def __init__(self, root, random):
        self.root = root
        self.ids = some_of(random, re.findall(r'^:? ?(\w+):', self._read('inittab'), re.MULTILINE))
        entries = [line.lstrip('# ').split() for line in self._read('inetd.conf').split('\n') if len(line.split()) > 5]
        self.services = some_of(random, [words[0] for words in entries])
        daemons = re.findall(r'^[#\s]*start\s+(/[\w./]+)', self._read('rc.tcpip'), re.MULTILINE)
        self.daemons = some_of(random, [random.choice([path, os.path.basename(path)]) for path in daemons])
        self.modules = random.sample(MODULES, 3) + ['rollback'] if random.random() < .6 else MODULES

    def _read(self, name):
        return read(self.root, 'etc', name)


def some_of(random, words):
    words = list(dict.fromkeys(words))
    start = random.randrange(len(words))
    return words if random.random() < .4 else words[start:start + 4]


WRONG = .05  # how often a word is one of those that will not do


def choose(*right, wrong=()):
    def chosen(random, _words):
        return random.choice(wrong if wrong and random.random() < WRONG else right)
    return chosen


def of_sample(name, *more, wrong=()):
    def chosen(random, words):
        return random.choice(wrong if wrong and random.random() < WRONG else getattr(words, name) + list(more))
    return chosen


def some(one, least=0):
    return lambda random, words: [one(random, words) for _ in range(random.choice([least, 1, 1, 2, 3]))]


def network_options(random, _words):
    known = ['bcastping', 'ipforwarding', 'ipsrcrouteforward', 'clean_partial_conns', 'tcp_mssdflt']
    names = random.sample(known, random.choice([1, 2, 3]))
    names += ['nosuch'] if random.random() < WRONG else []
    return {name: choose(0, 1, '1', 1448, wrong=['', 'a b'])(random, None) for name in names}


def commit(random, _words):
    """Which one is told by its place, newest first: its id is known only when the step is taken."""
    form = choose(*['HEAD'] * 4, *['id'] * 3, *['original'] * 3, 'short', 'date', 'upper', wrong=['nonsense'])
    return {'commit': random.choice([0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 6]), 'form': form(random, None)}


def name_of_profile(random, _words):
    names = [name.removesuffix('.json') for name in sorted(os.listdir(PROFILES))]
    return random.choice(names)


def selection(random, _words):
    rule = random.choice(rules('tutorial'))
    names = [rule['id'], rule['id'], random.choice(rule['tags']), rule['id'].split('-')[0] + '-*', '*']
    return choose(*names, wrong=['nosuch-*'])(random, None)


def inline_rules(random, words):
    modules = [module for module in MODULES if module not in ('harden', 'rollback', 'software')]
    return [{'id': 'our-' + module, **random.choice([{}, {'title': 'A rule'}]), **random.choice([{}, {'tags': ['ours']}]),
             module: own_options(random, module, words)} for module in random.sample(modules, random.choice([1, 1, 2]))]


PATHS = choose(*FILES, *DIRECTORIES, '/etc', '/etc/rc.tcpip.linked', wrong=['/', 'relative', '/etc/nosuch', '/etc/../etc/inittab'])
MOVABLE = choose('/etc/rc.d', '/etc/rc.d', '/home/alice', '/home/alice/program', '/etc/rc.d.off', '/usr/sbin/nfsd', '/etc/ftpusers',
                 '/etc/rc.d/rc2.d', *FILES, wrong=['/var/bulwark/history.git/HEAD', '/var/bulwark', '/etc', '/dev'])
SCHEDULE = choose('0', '*', '*', '1-5', '3', wrong=['61', '*/5', '5-1'])
HOSTS = some(choose('example.com', 'mail.example.com', 'other.example.com', wrong=['bad name']))
RIGHT_COMMAND = ['/opt/agent "a:b" # c', '/opt/agent > /dev/null 2>&1', 'caf\xe9']
WORDS = {
    'inittab': {
        'id': of_sample('ids', 'agent', 'backup', wrong=['a:b', 'waytoolongforaninittab']),
        'runlevel': choose('2', '23456789', '', wrong=['2 3']), 'insertafter': of_sample('ids', wrong=['nosuch']),
        'command': choose(*RIGHT_COMMAND, wrong=['', 'a\\\nb', '/opt/agent \\'])},
    'rc_script': {
        'path': choose(*['/etc/rc.tcpip'] * 4, '/etc/rc.nfs', wrong=['/etc/nosuch', '/etc/inittab']),
        'name': of_sample('daemons', 'nfsd', 'biod', 'rpc.lockd', 'portmap', '/usr/lib/sendmail',
                          wrong=['nosuchd', 'two words']),
        'args': choose('-bd -q30m', '', '"quoted words"', wrong=['-x `id`', '$HOME', '"'])},
    'inetd': {
        'name': of_sample('services', 'echo/tcp', 'time/udp', wrong=['nosuch', 'ftp/', 'two words']),
        'user': choose('root', 'nobody', wrong=['']), 'server': choose('/usr/sbin/sshd', wrong=['relative', 'internal']),
        'args': choose('sshd -i', 'ftpd -l -u077', wrong=['', '100068 2-5'])},
    'network_options': {'options': network_options, 'script': choose('/etc/rc.no', '/etc/rc.net', '/var/adm/rc.no')},
    'syslog': {
        'selector': choose('auth.info', '*.alert', '*.err', 'mail.info;auth.none', '*.debug', 'daemon,kern.notice',
                           wrong=['nonsense']),
        'destination': choose('/var/adm/auth.log', '/var/adm/mail.log', '/var/log/new/deep.log', '/var/adm/all.log', '@loghost',
                              'errlog', '*', 'root,alice', wrong=['relative', '/etc', '/etc/passwd']),
        'rotate_size': choose('10k', '1m', wrong=['1', 'x']), 'rotate_time': choose('1w', '1d', wrong=['0h']),
        'files': choose(2, 8, wrong=[1]), 'archive': choose('/var/adm', wrong=['/nosuch']),
        'log_mode': choose('0640', '0600', '0666', wrong=['rw'])},
    'crontab': {
        'user': choose('root', 'root', 'root', 'adm', 'bin', wrong=['uucp', '../etc/passwd']),
        'name': choose('backup', 'mail queue', 'old errors', wrong=['', 'two\nlines']), 'minute': SCHEDULE, 'hour': SCHEDULE,
        'day': SCHEDULE, 'month': SCHEDULE, 'weekday': SCHEDULE,
        'job': choose('/usr/bin/errclear -d S,O 30', '/usr/lib/sendmail -q > /dev/null 2>&1', 'echo 50%', wrong=['a\nb'])},
    'ftpusers': {'users': some(choose('root', 'guest', 'alice', 'nobody', 'uucp', 'ldap', wrong=['two words', '', '#x']))},
    'sendmail': {
        'mc': choose('/usr/samples/tcpip/sendmail/cf/aix433.mc', '/usr/samples/tcpip/sendmail/cf/aixsample.mc', wrong=['/nosuch']),
        'cf': choose('/etc/sendmail.cf', '/etc/mail/sendmail.cf'), 'ostype': choose('aix433', 'aix4', wrong=['x y']),
        'features_absent': some(choose('promiscuous_relay', 'virtusertable', 'mailertable', 'nosuch')),
        'mailers_absent': some(choose('smtp', 'local', 'uucp', 'nosuch')), 'host_names': HOSTS,
        'host_names_file': choose('/etc/mail/local-host-names', '/etc/sendmail.cw'), 'relay_domains': HOSTS,
        'relay_domains_file': choose('/etc/mail/relay-domains', '/etc/relay')},
    'path': {
        'path': lambda random, words: random.choice([PATHS, MOVABLE])(random, words),
        'mode': choose('0600', '0644', '0755', 'a-x', 'u=rw,go=', '4755', 'u+s', '+x', '1777', wrong=['nonsense', 'u=g,g=o']),
        'owner': choose('root', 'bin', '0', '1000', '2', wrong=['nosuch']), 'group': choose('0', '7', '4', wrong=['nosuch']),
        'dest': choose('/etc/rc.d.off', '/etc/rc.d', '/home/bob', '/etc/moved', '/var/adm/moved',
                       wrong=['/nosuch/x', '/etc/inittab'])},
    'subsystem': {'name': choose('inetd', 'snmpd', 'dpid2', wrong=['nosuch', 'syslogd']), 'args': choose('-bd -q30m', '')},
    'software': {'fixes': some(choose('IY04477', 'IY00001'), 1),
                 'absent': some(choose('bos.compat.NetInst', 'bos.net.nfs.server'), 1)},
    'harden': {'profile': name_of_profile, 'rules': inline_rules, 'only': some(selection), 'except': some(selection)},
    'rollback': {'to': commit, 'revert': commit, 'paths': some(PATHS, 1)},
}
# Where the tester itself says what is to be: the tree, and what is run of the pretended running system.
COMMON = {'root': None, 'history': None, 'refresh': None, 'lock_timeout': choose(0, 1, 60),
          'message': choose('CHG0031337', '', 'caf\xe9', wrong=['two\nlines'])}
SELDOM = {'args', 'paths', 'method', 'force', 'message', 'lock_timeout', 'details', 'remove', 'dest', 'owner', 'group', 'log_mode',
          'script', 'path of rc_script', 'archive', 'rotate_size', 'rotate_time', 'files', 'compress', 'cf', 'mc', 'now'}
# What a call hardly ever means anything without.
ALWAYS = {'inittab': {'state'}, 'crontab': {'name', 'job'}, 'syslog': {'destination'}, 'path': {'state'}}
# One of these.
EITHER = {'rollback': ('to', 'revert'), 'harden': ('profile', 'rules'), 'software': ('fixes', 'absent'),
          'sendmail': ('features_absent', 'mailers_absent', 'host_names', 'relay_domains')}


def value(random, module, name, option, words):
    known = WORDS[module].get(name, COMMON.get(name))
    if known and (not option.get('choices') or random.random() < .9):
        return known(random, words)
    if option.get('choices'):
        return random.choice(option['choices'])
    if option['type'] == 'bool':
        return random.choice([True, False])
    raise AssertionError('tests/acceptance/random_steps.py has no words for option %s of module %s' % (name, module))


def is_given(random, module, name, option):
    if option.get('required') or name in ALWAYS.get(module, ()):
        return True
    return random.random() < (.12 if name in SELDOM or '%s of %s' % (name, module) in SELDOM else .4)


def fields(random, module, options, words):
    return {name: value(random, module, name, option, words) for name, option in options.items()
            if is_given(random, module, name, option)}


def of_one_state(random, options):
    """Without what belongs to another state, as a rule."""
    belong = {'moved': ('dest',), 'absent': ()}.get(options['state'], ('mode', 'owner', 'group'))
    if random.random() < WRONG:
        return options
    options = {name: options[name] for name in options if name in ('path', 'state', *belong)}
    for name in belong if len(options) == 2 else ():
        options[name] = WORDS['path'][name](random, None)
    return options


def own_options(random, module, words):
    """A call as a person might make it, right or not quite."""
    result = {}
    either = EITHER.get(module)
    for name, option in table(module).items():
        if name in COMMON:
            continue
        if 'suboptions' in option:
            items = [fields(random, module, option['suboptions'], words) for _ in range(random.choice([1, 1, 1, 2, 3]))]
            result.update(items[0] if len(items) == 1 and random.random() < .5 else {name: items})
        elif not (either and name in either) and is_given(random, module, name, option):
            result[name] = value(random, module, name, option, words)
    if module == 'path':
        result = of_one_state(random, result)
    if either:
        name = random.choice(either)
        result[name] = value(random, module, name, table(module)[name], words)
    return result


NONSENSE = [None, '', [], {}, 'x' * 5000, 'a\x00b', 'a\nb', -1, 3.5, True, ['a', {'b': 1}], '\u20ac\U0001f600', '\ud800',
            {'a': []}]


def spoilt(random, options):
    """With a mistake in it."""
    if not options or random.random() < .2:
        return {**options, random.choice(['stat', 'nosuch', '_x', 'State']): 'present'}
    name = random.choice(sorted(options))
    if random.random() < .2:
        return {other: options[other] for other in options if other != name}
    return {**options, name: random.choice(NONSENSE)}


def common_options(random, module):
    unknown = [name for name, option in table(module).items() if name not in WORDS[module] and name not in COMMON
               and 'suboptions' not in option and not option.get('choices') and option['type'] != 'bool']
    holds(not unknown, 'tests/acceptance/random_steps.py has no words for option %s of module %s' % (', '.join(unknown), module))
    return {name: COMMON[name](random, None) for name in ('lock_timeout', 'message') if random.random() < .06}


WEIGHTS = {'harden': 3, 'rollback': 9, 'path': 4, 'inetd': 3, 'inittab': 3, 'software': .3, 'subsystem': 1}


def module_call(random, words, first):
    modules = [module for module in words.modules if module != 'rollback' or not first]
    module = random.choices(modules, [WEIGHTS.get(module, 2) for module in modules])[0]
    options = own_options(random, module, words)
    if random.random() < WRONG:
        options = spoilt(random, options)
    return {'module': module, 'options': {**options, **common_options(random, module)}}


# ---- edits by hand


def by_hand(random):
    """By root, or by somebody else, who may not be able to."""
    path = random.choice(random.choice([THERE, FILES[:-1]]))
    edits = [{'how': 'append', 'text': random.choice(TEXTS)}] * 4 + [
        {'how': 'line', 'number': random.randrange(40), 'text': random.choice(TEXTS + [''])},
        {'how': 'line', 'number': random.randrange(40), 'text': random.choice(TEXTS + [''])},
        {'how': 'replace', 'text': ''.join(random.sample(TEXTS, random.choice([0, 1, 3])))},
        {'how': 'editor', 'text': random.choice(TEXTS)},
        {'how': 'remove'},
        {'how': 'mode', 'mode': random.choice([0o600, 0o644, 0o664, 0o755, 0o4755, 0o666, 0])},
        {'how': 'owner', 'owner': random.choice([0, 2, 1000]), 'group': random.choice([0, 4, 7])},
        {'how': 'move and link'},
        {'how': 'link', 'target': random.choice(['/etc/inetd.conf', 'nosuch', '../../outside/canary', '/outside/canary', 'a/b',
                                                 os.path.basename(path)])},
        {'how': 'hard link'},
        {'how': 'special', 'mode': random.choice([0o010600, 0o040755])},
    ]
    edit = random.choice(edits)
    if edit['how'] in ('append', 'line', 'editor') and random.random() < .1:
        path = FILES[-1]
    if edit['how'] in ('mode', 'owner', 'remove') and random.random() < .3:
        path = random.choice(DIRECTORIES)
    return {'do': 'edit', 'as': random.choice([0, 0, 0, 0, 0, *USERS.values()]), 'path': path, **edit}


# ---- a sequence


def look_step(random):
    options = {'verify': True, 'limit': random.choice([0, 1, 3]), 'diffs': random.random() < .5}
    if random.random() < .7:
        options['compare'] = commit(random, None)
    if random.random() < .3:
        options['paths'] = random.sample(FILES + DIRECTORIES, 2)
    if random.random() < .2:
        options['commit'] = commit(random, None)
    return {'do': 'look', 'options': options}


def step(random, words, first):
    kind = random.choices(['call', 'edit', 'kill', 'fail', 'look', 'commands'], [55, 22, 9, 7, 0 if first else 6, 3])[0]
    if kind == 'edit':
        return by_hand(random)
    if kind == 'look':
        return look_step(random)
    if kind == 'commands':
        return {'do': 'commands', 'fail': random.choice([[], ['refresh'], ['no', 'crontab'], ['stopsrc', 'startsrc'], ['telinit']])}
    made = {'do': kind, **module_call(random, words, first)}
    if kind != 'call':
        made['at'] = round(random.random(), 4)
    if kind == 'fail':
        made['error'] = random.choice(['ENOSPC', 'EIO', 'EROFS', 'EACCES', 'EDQUOT'])
        made['stays'] = random.random() < .3
    return made


def sequence(random, releases, size):
    """{'hosts': [{'release', 'live'}], 'steps': [...]}: each step has its host and its time, for its own sake."""
    hosts = [{'release': random.choice(releases), 'live': random.random() < .4} for _ in range(random.choice([1, 1, 2]))]
    words = [Words(os.path.join(TOP, 'tests', 'samples', host['release']), random) for host in hosts]
    steps = []
    for minute in range(size):
        number = random.randrange(len(hosts))
        steps.append({'host': number, 'minute': minute, **step(random, words[number], minute < 3)})
    return {'hosts': hosts, 'steps': steps}
