#!/usr/bin/python3 -B
"""Under no_log no word of any option comes out: not in JSON, text or a diff, of what works and of what is refused, and not
in the history's messages.

A word is planted in every option of every module, as the option table has them (`bulwark doc`), nested ones too, alone and
with all others, in values that are taken and in values that are refused. It is then looked for in all that the run says and
in all that it leaves but the files that it is about.
"""
import copy
import json
import os
import re
import shutil

import yaml
from lib import BINARY, MODULES, Host, call, case, contains, equal, holds, lacks, run_tests, write

WORD = 'zq7xw'
NUMBER = 48611  # where a whole number is asked for
FOUND = re.compile('%s|%d' % (WORD, NUMBER), re.I)

# Calls with the word wherever it can be; the first one of each module that changes something changes something.
TAKEN = {
    'inittab': [{'entries': [{'id': WORD, 'runlevel': '2', 'action': 'once', 'command': '/opt/%s -p %s' % (WORD, WORD), 'state': 'present',
                              'method': 'comment', 'force': True, 'insertafter': 'cron'}], 'now': True},
                {'name': WORD, 'state': 'absent'}, {'service': 'cron', 'insertafter': WORD}],
    'rc_script': [{'path': '/etc/%s' % WORD, 'daemons': [{'name': '/usr/sbin/%s' % WORD, 'args': '-x %s' % WORD, 'state': 'disabled'}],
                   'now': False}],
    'inetd': [{'services': [{'name': WORD, 'protocol': 'tcp', 'socket_type': 'stream', 'wait': 'nowait', 'user': WORD,
                             'server': '/opt/' + WORD, 'args': '%s -l' % WORD, 'state': 'present'}]}],
    'network_options': [{'options': {WORD: NUMBER, 'bcastping': 0}, 'script': '/etc/rc.' + WORD, 'persist': 'script'}],
    'syslog': [{'rules': [{'selector': 'local7.debug', 'destination': '/var/adm/%s.log' % WORD, 'rotate_size': '%dk' % NUMBER,
                           'rotate_time': '1w', 'files': 7, 'compress': True, 'archive': '/var/' + WORD, 'state': 'present'}],
                'log_mode': '0600'},
               {'selector': 'local6.debug', 'destination': '@' + WORD, 'state': 'present'}],
    'crontab': [{'user': 'uucp', 'jobs': [{'name': WORD, 'minute': '1', 'hour': '2', 'day': '3', 'month': '4', 'weekday': '5',
                                           'job': '/opt/%s' % WORD, 'state': 'present'}]},
                {'user': WORD, 'name': 'x', 'job': 'y'}],
    'ftpusers': [{'users': [WORD, 'x'], 'state': 'present'}],
    'sendmail': [{'refresh': 'never', 'mc': '/usr/samples/tcpip/sendmail/cf/%s.mc' % WORD, 'cf': '/etc/%s.cf' % WORD, 'ostype': WORD, 'features_absent': [WORD],
                  'mailers_absent': [WORD], 'host_names': [WORD], 'host_names_file': '/etc/mail/' + WORD, 'relay_domains': [WORD],
                  'relay_domains_file': '/etc/mail/%s.r' % WORD}],
    'path': [{'path': '/etc/' + WORD, 'mode': '0600', 'owner': 'root', 'group': 'system', 'state': 'present'},
             {'path': '/etc/%s.d' % WORD, 'state': 'moved', 'dest': '/etc/%s.off' % WORD}, {'name': '/etc/%s.gone' % WORD, 'state': 'absent'}],
    'subsystem': [{'name': WORD, 'state': 'active', 'args': '-x %s' % WORD}],
    'software': [{'fixes': ['IY' + WORD], 'absent': [WORD], 'remove': True}],
    'harden': [{'profile': 'none', 'now': True, 'details': True, 'only': ['a-' + WORD], 'except': ['b-' + WORD], 'rules': [
        {'id': 'a-' + WORD, 'title': WORD, 'why': WORD, 'severity': WORD, 'tags': [WORD], 'refs': [WORD],
         'inittab': {'id': WORD, 'runlevel': '2', 'action': 'once', 'command': '/opt/' + WORD}},
        {'id': 'b-' + WORD, 'title': WORD, 'inetd': {'name': WORD, 'state': 'disabled'}}]}],
    'rollback': [{'to': 'original', 'paths': ['/etc/' + WORD]}, {'revert': WORD}],
    'history_info': [{'paths': ['/etc/' + WORD], 'limit': NUMBER, 'diffs': True, 'verify': True, 'compare': 'original'},
                     {'commit': WORD}],
    'ports_info': [{'running': 'always'}],
}
COMMON = {'message': 'ticket ' + WORD, 'lock_timeout': NUMBER, 'refresh': 'always', 'hard_links': 'keep'}
PLACES = {'root', 'history'}  # planted by the tree that is worked on


def a_host(directory):
    """A live host on which there are files, and things of the running system, of that name."""
    host = Host(os.path.join(directory, WORD))
    host.go_live(options={WORD: '1', 'bcastping': '1'}, **{WORD: 'inoperative'})
    host.write('%s:2:once:/opt/old\n' % 'old' + host.read('etc/inittab'), 'etc/inittab')
    host.write(host.read('etc/rc.tcpip') + '\nstart /usr/sbin/%s "$src_running"\n' % WORD, 'etc', WORD)
    os.chmod(host.path('etc', WORD), 0o644)
    source = 'usr/samples/tcpip/sendmail/cf'
    host.write(host.read(source, 'aix433.mc') + 'FEATURE(%s)dnl\n' % WORD, source, WORD + '.mc')
    host.write('x\n', 'etc', WORD + '.d', 'x')
    host.write('x\n', 'etc', WORD + '.gone')
    host.write('root:!:0:0::/:/bin/ksh\nuucp:!:5:5::/:/bin/ksh\n%s:!:1005:1::/:/bin/ksh\n' % WORD, 'etc/passwd')
    host.write('system:!:0:root\n', 'etc/group')
    write(WORD + '\n', host.state, 'sockets')
    host.set_state('filesets/' + WORD, '4.3.3.0')
    done = host.module('path', path='/etc/' + WORD, mode='0755')  # so that there is something to go back to
    holds(done['changed'], done['msg'])
    return host


def option_tables():
    """Module -> its options, as documented."""
    texts = {module: call(BINARY, 'doc', module).stdout for module in MODULES}
    return {module: yaml.safe_load(text)['DOCUMENTATION']['options'] for module, text in texts.items()}


def all_options(options, above=()):
    """('services', 'name'): every option, nested ones with what they are in."""
    for name, option in options.items():
        yield (*above, name), option
        yield from all_options(option.get('suboptions') or {}, (*above, name))


def planted(option):
    """Values with the word, of the type that is asked for and of others."""
    number = {'int': NUMBER, 'float': NUMBER + 0.5}.get(option['type'])
    return [value for value in (number, WORD, '/etc/' + WORD, WORD + '\n', '\x00' + WORD, WORD + '=' + WORD, [WORD], [[WORD]], {WORD: WORD},
                                [{WORD: WORD}], '{"%s' % WORD) if value is not None]


def with_value(base, path, value):
    """The call with that option; a nested one in the first item, or in the dictionary."""
    options = copy.deepcopy(base)
    inside = options
    for name in path[:-1]:
        inside = inside.setdefault(name, {})
        while isinstance(inside, list):
            if not inside:
                inside.append({})
            if not isinstance(inside[0], dict):
                inside[0] = {}
            inside = inside[0]
    inside[path[-1]] = value
    return options


class Search:
    """Looks for the word in all that a call says, and in all that it leaves."""

    def __init__(self, host):
        self.host = host
        self.commits = set(host.commits())

    def in_output(self, what, *outputs):
        for output in outputs:
            text = output.decode('latin-1') if isinstance(output, bytes) else output
            found = FOUND.search(text.replace(self.host.directory, '/host'))
            holds(not found, '%s: %r in %s' % (what, found and found.group(0), text[:600]))

    def in_history(self, what):
        """Messages of commits, and every file that is no object."""
        for top, names, files in os.walk(self.host.history):
            names[:] = [name for name in names if name != 'objects']
            for name in files:
                self.in_output('%s: %s' % (what, name), name, open(os.path.join(top, name), 'rb').read())
        if os.path.exists(self.host.history):
            for commit in set(self.host.git('rev-list', '--all').split()) - self.commits:
                self.in_output(what + ': commit', self.host.git('cat-file', 'commit', commit))
                self.commits.add(commit)


def as_words(options):
    """As an operator types them."""
    words = []
    for name, value in options.items():
        for one in (value if isinstance(value, list) and value else [value]):
            words.append('--%s=%s' % (name.replace('_', '-'), json.dumps(one) if isinstance(one, (dict, list, bool)) else one))
    return words


def try_call(search, module, options):
    """Returns what Ansible got of the real run."""
    host, what = search.host, '%s %s' % (module, json.dumps(options))
    for check in True, False:
        answer = host.module(module, check=check, diff=True, no_log=True, **options)
        search.in_output(what, json.dumps(answer), json.dumps(answer).encode('latin-1').decode('unicode_escape'))
    if '\\u0000' not in json.dumps(options):
        for form in ['--check', '--diff'], ['--json', '--check', '--diff'], ['--diff']:
            done = host.command(module, '--root=' + host.root, '--no-log', *form, *as_words(options))
            search.in_output('%s %s' % (what, form), done.stdout, done.stderr)
    search.in_history(what)
    return answer


def calls_that_are_taken(directory):
    host = a_host(directory)
    search = Search(host)
    for module in MODULES:
        for options in TAKEN[module]:
            common = COMMON if module not in ('history_info', 'ports_info') else {}
            with case('%s with %s: the word in its options is in nothing that comes out' % (module, ', '.join(options))):
                saved = host.root + '.saved'
                shutil.copytree(host.root, saved, symlinks=True)
                answer = try_call(search, module, {**common, **options})
                holds(answer['changed'] or not common or options != TAKEN[module][0], answer['msg'])
                shutil.rmtree(host.root)
                os.rename(saved, host.root)
    with case('these calls have every option of every module'):
        for module, options in option_tables().items():
            given = json.dumps([TAKEN[module], COMMON])
            equal([path for path, _ in all_options(options) if path[-1] not in PLACES and '"%s": ' % path[-1] not in given], [], module)


def every_option(directory):
    host = a_host(directory)
    search = Search(host)
    for module, options in option_tables().items():
        with case('%s: the word in each of its options, in values of every kind, is in nothing that comes out' % module):
            for path, option in all_options(options):
                if path[-1] in PLACES:
                    continue
                for value in planted(option):
                    for base in [TAKEN[module][0], {}]:
                        answer = host.module(module, check=True, diff=True, no_log=True, **with_value(base, path, value))
                        search.in_output('%s %s %r' % (module, path, value), json.dumps(answer))
    with case('an operator types the word wrong in every way: it is in nothing that comes out'):
        for module in MODULES:
            for words in (['--' + WORD], [WORD], ['--', WORD], ['--message'], ['--message=' + WORD, '--message=' + WORD], ['--root=' + WORD],
                          ['--root=/' + WORD], ['--history=' + WORD], ['--args-file=/' + WORD], ['--lock-timeout=' + WORD],
                          ['--check=' + WORD], ['--json=' + WORD], ['---' + WORD], ['--refresh=' + WORD], ['-' + WORD]):
                for line in ['--no-log', *words], [*words, '--no-log'] if words[0] != '--' and words != ['--message'] else ['--no_log', *words]:
                    done = host.command(module, *line)
                    holds(done.returncode in (1, 64), 'exit status %d of %s %s' % (done.returncode, module, line))
                    search.in_output(str([module, *line]), done.stdout, done.stderr)
    with case('arguments that are not JSON say nothing of what they are'):
        for text in ('{"name": "%s", "_ansible_no_log": true', '%s', '["%s"]', '{"_ansible_no_log": true, %s}'):
            search.in_output(text, json.dumps(host.answer('inetd', text % WORD)))


def the_host_says_it(directory):
    """What fails has words of its own."""
    host = a_host(directory)
    search = Search(host)
    with case('what a command has printed, and why it failed, does not come out'):
        host.fail('startsrc', 'refresh', 'crontab')
        for module, options in (('subsystem', TAKEN['subsystem'][0]), ('inetd', TAKEN['inetd'][0]), ('crontab', TAKEN['crontab'][0])):
            answer = try_call(search, module, {**options, 'refresh': 'always', 'hard_links': 'keep'})
            holds(answer.get('failed'), module + ' did not fail')
            contains(answer['msg'], 'a command failed: see the host')
    with case('a directory, a FIFO or a link in the place of a file does not either'):
        os.mkdir(host.path('etc', WORD + '.dir'))
        os.mkfifo(host.path('etc', WORD + '.fifo'))
        os.symlink('/nowhere/' + WORD, host.path('etc', WORD + '.link'))
        for kind in 'dir', 'fifo', 'link':
            for module, options in (('rc_script', {'path': '/etc/%s.%s' % (WORD, kind), 'name': 'x', 'state': 'enabled'}),
                                    ('path', {'path': '/etc/%s.%s' % (WORD, kind), 'mode': '0640'}),
                                    ('sendmail', {'mc': '/etc/%s.%s' % (WORD, kind), 'features_absent': [WORD]}),
                                    ('syslog', {'selector': 'local1.info', 'destination': '/etc/%s.%s' % (WORD, kind)})):
                try_call(search, module, options)
    with case('the root, and the place of the history, do not come out'):
        other = os.path.join(directory, 'r-' + WORD)
        os.rename(host.root, other)
        host.root = other
        for options in ({'root': other}, {'root': other, 'history': '/var/bulwark/%s.git' % WORD}, {'root': other + '/none'},
                        {'root': other, 'history': '/etc/' + WORD}):
            for words in ['--check'], [], ['--json']:
                done = host.command('inetd', '--no-log', '--name', 'echo', '--state', 'disabled', *as_words(options), *words)
                lacks((done.stdout + done.stderr).decode(), WORD)
                host.command('inetd', '--name', 'echo', '--state', 'enabled', '--root', other)


def what_stays(directory):
    host = Host(directory)
    with case('what comes out under no_log are words of our own, numbers and the id of the commit'):
        result = host.module('inetd', diff=True, no_log=True, services=['echo', 'time'], state='disabled')
        equal({**result, 'commit': len(result['commit'])}, {
            'changed': True, 'msg': '1 file changed', 'files': [{'path': '********', 'change': 'modified'}], 'commit': 40,
            'actions': [{'argv': ['refresh', '********'], 'status': 'skipped', 'reason': '********'}]})
    with case('of an operator\'s run, too'):
        done = host.command('inetd', '--root', host.root, '--no-log', '--diff', '--name', 'echo', '--state', 'enabled')
        equal(done.returncode, 0, done.stderr)
        contains(done.stdout.decode(), 'modified  ********', 'bulwark rollback --root ******** --to HEAD~1')
    with case('a rule has its status and none of its texts'):
        result = host.module('harden', no_log=True, check=True, only=['inittab-dt'])
        equal([(rule['id'], rule['title'], rule['status']) for rule in result['rules']], [('********', '********', 'non_compliant')])


if __name__ == '__main__':
    run_tests(calls_that_are_taken, every_option, the_host_says_it, what_stays)
