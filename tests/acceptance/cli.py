#!/usr/bin/python3 -B
"""The command line, as an operator and other programs use it."""
import errno
import json
import os
import re
import subprocess
import tempfile

import yaml

from lib import (BINARY, MODULES, Host, call, case, contains, environment, equal, error_text, holds, lacks, on_terminal,
                 one_sentence, run_tests, same_tree, tree, write)

ESCAPE = '\x1b['


def command(*arguments, **options):
    done = call(BINARY, *arguments, **options)
    return done.returncode, done.stdout.decode('utf-8'), done.stderr.decode('utf-8')


def exit_statuses(directory):
    host = Host(directory)
    echo = ('inetd', '--root', host.root, '--service', 'echo', '--state', 'disabled')
    before = host.everything()
    with case('--check that finds something to change ends with 2, and changes nothing'):
        status, out, err = command(*echo, '--check', '--diff')
        equal((status, err), (2, ''))
        contains(out, '-echo\tstream\ttcp\tnowait\troot\tinternal', '+#echo\tdgram\tudp', '/etc/inetd.conf')
        same_tree(host.everything(), before)
    with case('a run that changed something ends with 0'):
        status, out, err = command(*echo)
        equal((status, err), (0, ''))
        contains(host.read('etc/inetd.conf'), '\n#echo\tstream', '\n#echo\tdgram')
    with case('a run and a --check that find nothing to change end with 0'):
        equal(command(*echo)[0], 0, 'exit status')
        equal(command(*echo, '--check')[0], 0, 'exit status')
    with case('a run that fails ends with 1, and one line on standard error says why'):
        status, out, err = command('inetd', '--root', host.root, '--service', 'nosuch', '--state', 'enabled')
        equal(status, 1, 'exit status')
        one_sentence(err.rstrip('\n'))
        contains(err, 'bulwark: ', 'nosuch')
    with case('an item may be given as a list, as JSON, as key=value pairs and repeatedly'):
        for words in (['--services', 'time,daytime', '--state', 'disabled'],
                      ['--services', '[{"name": "time", "state": "disabled"}]'],
                      ['--services', 'name=time,state=disabled', '--services', 'name=daytime,state=disabled'],
                      ['--services=time', '--state=disabled']):
            status, out, err = command('inetd', '--root', host.root, '--check', '--json', *words)
            equal((status, err), (2, ''), 'of %s' % words)


WRONG_USAGE = {
    'nothing at all': [],
    'an unknown module': ['intetd'],
    'an unknown command of history': ['history', 'lgo'],
    'doc with nothing': ['doc'],
    'doc with two modules': ['doc', 'inetd', 'inittab'],
    'completion for a shell that has none': ['doc', '--completion', 'ksh'],
    'an unknown option': ['inetd', '--sevices', 'echo'],
    'a wrong choice': ['inetd', '--name', 'echo', '--state', 'off'],
    'a missing required option': ['inetd', '--name', 'echo'],
    'a wrong type': ['inetd', '--name', 'echo', '--state', 'disabled', '--lock-timeout', 'soon'],
    'an option without its value': ['inetd', '--name'],
    'a word too many': ['inetd', 'echo'],
    'an unknown flag of doc': ['doc', '--xml', 'inetd'],
    'doc of an unknown module': ['doc', 'inted'],
    'two options that exclude each other': ['rollback', '--to', 'HEAD', '--revert', 'HEAD'],
    'the --args-file of nothing': ['inetd', '--args-file'],
    'an option whose value is forgotten at the end': ['inetd', '--name', 'echo', '--state'],
    'an option of another module': ['inetd', '--name', 'echo', '--state', 'disabled', '--force', 'no'],
    'an option of one letter': ['inetd', '-x'],
    'an option with too many dashes': ['inetd', '---name', 'echo', '--state', 'disabled'],
    'an abbreviated option': ['inetd', '--nam', 'echo', '--state', 'disabled'],
    'two dashes alone': ['inetd', '--'],
    'an option behind two dashes': ['inetd', '--name', 'echo', '--state', 'disabled', '--', '--check'],
    'an empty root': ['inetd', '--name', 'echo', '--state', 'disabled', '--root='],
    'a negative time to wait': ['inetd', '--name', 'echo', '--state', 'disabled', '--lock-timeout', '-3'],
    'an empty item': ['inetd', '--services=', '--state', 'disabled'],
    'a rule that no profile has': ['harden', '--only', 'nosuch'],
    'a rule without a module': ['harden', '--rules', '{"id": "a"}'],
    'a value for an option that has none': ['inetd', '--name', 'echo', '--state', 'disabled', '--check=no'],
    'an unknown option in the place of the module': ['--check', 'inetd'],
    'the help of an unknown module': ['help', 'intetd'],
    'no JSON on the command line': ['inetd', '--services', '[{"name": ', '--state', 'disabled'],
}


def wrong_usage(directory):
    host = Host(directory)
    before = host.everything()
    for what, words in WRONG_USAGE.items():
        with case('%s is wrong usage: exit status 64, and one line on standard error' % what):
            root = ['--root', host.root] if words[:1] and words[0] in MODULES else []
            status, out, err = command(*words[:1], *root, *words[1:])
            equal((status, out), (64, ''))
            one_sentence(err.rstrip('\n'))
            same_tree(host.everything(), before)


def help_is_given(directory):
    with case('help is given wherever it is asked for'):
        page = command('inetd', '--help')
        equal((page[0], page[2]), (0, ''))
        contains(page[1], '--services', 'Exit status:')
        for words in (['inetd', '-h'], ['inetd', '--state', '--help'], ['inetd', '--nosuch', '--help'], ['help', 'inetd'],
                      ['--help', 'inetd']):
            equal(command(*words), page, ' '.join(words))
    with case('without a module, help tells which there are'):
        page = command('--help')
        contains(page[1], *MODULES)
        for words in (['-h'], ['help']):
            equal(command(*words), page, ' '.join(words))
        contains(command('doc', '--help')[1], 'bulwark doc --list', 'bulwark doc --man', 'bulwark doc --completion')
    with case('the help of history tells its commands, and each has its own'):
        contains(command('history', '--help')[1], *('bulwark history ' + word for word in ('show', 'diff', 'verify')))
        equal(command('help', 'history'), command('history', '--help'))
        for word in ('log', 'show', 'diff', 'verify'):
            page = command('history', word, '--help')
            equal((page[0], page[2]), (0, ''))
            equal([line for line in page[1].splitlines() if len(line) > 80], [], 'long lines')
            equal(command('help', 'history', word), page)
    for word, meant in (('intetd', 'inetd'), ('hardne', 'harden'), ('histroy', 'history'), ('--hlep', '--help')):
        with case('for %s the refusal names %s' % (word, meant)):
            status, out, err = command(word)
            equal((status, out), (64, ''))
            contains(err, 'did you mean %s?' % meant)


def output_for_programs(directory):
    host = Host(directory)
    with case('--json prints the result as Ansible gets it, one line, and nothing else'):
        status, out, err = command('harden', '--root', host.root, '--check', '--diff', '--json')
        equal((status, err, out.count('\n')), (2, '', 1))
        result = json.loads(out)
        equal(sorted(set(result) - {'invocation', 'warnings'}), ['actions', 'changed', 'commit', 'diff', 'files', 'msg', 'rules'])
        as_ansible = host.module('harden', check=True, diff=True)
        equal({key: result[key] for key in ('diff', 'files', 'rules', 'actions', 'msg')},
              {key: as_ansible[key] for key in ('diff', 'files', 'rules', 'actions', 'msg')})
    with case('--json without --diff has no diff'):
        lacks(json.loads(command('harden', '--root', host.root, '--check', '--json')[1]), 'diff')
    with case('--json of a failed run is on standard output, too'):
        status, out, err = command('inetd', '--root', host.root, '--name', 'nosuch', '--state', 'enabled', '--json')
        equal((status, json.loads(out)['failed']), (1, True))
    arguments = write(json.dumps({'root': host.root, 'services': ['echo', {'name': 'time', 'state': 'absent'}],
                                  'state': 'disabled'}), directory, 'arguments.json')
    with case('--args-file takes the options of a task'):
        status, out, err = command('inetd', '--args-file', arguments, '--json')
        equal((status, json.loads(out)['changed']), (0, True))
        lacks(host.read('etc/inetd.conf'), '\necho', '\ntime', '\n#time')
    with case('an option on the command line wins over the one in --args-file'):
        other = Host(os.path.join(directory, 'other'))
        status, out, err = command('inetd', '--args-file', arguments, '--root', other.root, '--check')
        equal(status, 2, 'exit status')
    with case('an --args-file that is not there or no object is refused in one line'):
        for path in (os.path.join(directory, 'none'), write('[1]', directory, 'list.json'), directory):
            status, out, err = command('inetd', '--args-file', path)
            holds(status in (1, 64), 'exit status %d' % status)
            one_sentence(err.rstrip('\n'))
            contains(err, path)
    with case('--no-log keeps a value that is refused out of the output'):
        for words in (['--name', 'x', '--state', 's3cret'], ['--name', 'x', '--state', 'disabled', '--history', 's3cret']):
            status, out, err = command('inetd', '--root', host.root, '--no-log', *words)
            equal((status, out), (64, ''))
            lacks(err, 's3cret')
    with case('--no-log keeps the values of options out of the output and the history'):
        status, out, err = command('inittab', '--root', host.root, '--no-log', '--id', 'x1', '--runlevel', '2', '--action', 'once',
                                   '--command', '/bin/x s3cret', '--message', 'm3ssage')
        equal(status, 0, err)
        lacks(out + host.git('log', '-1', '--format=%B'), 's3cret', 'm3ssage')


def output_for_people(directory):
    host = Host(directory)
    words = ['harden', '--root', host.root, '--check', '--diff']
    with case('output that goes into a file has no escape codes'):
        status, out, err = command(*words)
        lacks(out + err, ESCAPE)
        contains(out, 'inittab-dt', 'Do not start the CDE desktop', '-dt:2:wait:/etc/rc.dt', '+:dt:2:wait:/etc/rc.dt')
    with case('on a terminal the diff has colours'):
        contains(on_terminal(words), ESCAPE)
    with case('NO_COLOR turns them off, an empty NO_COLOR does not'):
        lacks(on_terminal(words, NO_COLOR='1'), ESCAPE)
        lacks(on_terminal(words, TERM='dumb'), ESCAPE)
        contains(on_terminal(words, NO_COLOR=''), ESCAPE)
    with case('--json on a terminal has no colours'):
        json.loads(on_terminal([*words, '--json']))
    with case('control characters of a file do not reach the terminal'):
        host.write('agent:2:once:/opt/\x1b]0;evil\x07\x9b31m\n' + host.read('etc/inittab'), 'etc/inittab')
        text = on_terminal(['inittab', '--root', host.root, '--id', 'agent', '--state', 'disabled', '--check', '--diff'])
        lacks(text, '\x1b]', '\x07', '\x9b')
        contains(text, 'agent:2:once:/opt/')
    with case('a closed pipe is no reason for a crash'):
        for reader in 'head -c 1 >/dev/null', ':':  # which ends before anything is written
            done = subprocess.run(['sh', '-c', '(sleep 1; "$0" harden --root "$1" --check --diff) | ' + reader, BINARY, host.root],
                                  env=environment(), stderr=subprocess.PIPE)
            equal(done.stderr, b'', 'standard error')
    with case('output that cannot be written is told of on standard error, and the exit status is 1'):
        for words, what_to_do in ((['--help'], ''), (['doc', 'inetd'], ''),
                                  (['harden', '--root', host.root],
                                   '; the run has ended all the same: bulwark history log tells what it did'),
                                  (['history', 'log', '--root', host.root], '')):
            done = into('/dev/full', words)
            equal((done.returncode, done.stderr.decode()),
                  (1, 'bulwark: writing to standard output: %s%s\n' % (error_text(errno.ENOSPC), what_to_do)), ' '.join(words))
        contains(host.git('log', '-1', '--format=%s'), 'harden')


def into(path, words):
    with open(path, 'w', encoding='utf-8') as output:
        return subprocess.run([BINARY, *words], env=environment(), stdin=subprocess.DEVNULL, stdout=output,
                              stderr=subprocess.PIPE, check=False)


def help_and_documentation(directory):
    with case('--help names every module and fits into 80 columns'):
        status, out, err = command('--help')
        equal((status, err), (0, ''))
        contains(out, *MODULES)
        equal([line for line in out.splitlines() if len(line) > 80], [], 'long lines')
    for module in MODULES:
        with case('%s --help names every option and fits into 80 columns' % module):
            status, out, err = command(module, '--help')
            equal((status, err), (0, ''))
            equal([line for line in out.splitlines() if len(line) > 80], [], 'long lines')
            lacks(out, ESCAPE, '`')
            for option in documented_options(module):
                contains(out, '--' + option.replace('_', '-'))
        with case('%s --help in the middle of a command line wins, and nothing is done' % module):
            equal(command(module, '--root', '/nowhere', '--help')[0], 0, 'exit status')
        with case('doc %s in its three forms is text in UTF-8' % module):
            for form in ([], ['--python'], ['--markdown']):
                status, out, err = command('doc', *form, module)
                equal((status, err), (0, ''))
                holds(len(out) > 1000, 'there is little in it')
                lacks(out, '\t\n', ' \n')
    with case('--version says the version of the changelog'):
        status, out, err = command('--version')
        equal((status, err), (0, ''))
        holds(re.fullmatch(r'bulwark \d+\.\d+\.\d+\n', out), out)


def shown_examples(module):
    """The commands that the help of a module ends with, each with its title."""
    text = command(module, '--help')[1]
    section = text[text.index('\nExamples'):].split('\n\n')[1:]
    found = []
    for example in section:
        lines = example.rstrip('\n').split('\n')
        title = [line[4:] for line in lines if line.startswith('  # ')]
        found.append((' '.join(title), '\n'.join(lines[len(title):])))
    return found


def understood(result):
    """The options that a run was given, and what came of it; numbers as texts, for on the command line they are."""
    def as_typed(value):
        if isinstance(value, dict):
            return {key: as_typed(member) for key, member in value.items()}
        if isinstance(value, list):
            return [as_typed(member) for member in value]
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return as_typed(result.get('invocation')), result['msg']


def examples_of_help(directory):
    program = os.path.join(directory, 'bin', 'bulwark')
    os.makedirs(os.path.dirname(program))
    os.symlink(BINARY, program)
    for module in MODULES:
        with case('the examples of %s --help, pasted into a shell, are the tasks of its documentation' % module):
            tasks = {task['name']: task for task in yaml.safe_load(yaml.safe_load(command('doc', module)[1])['EXAMPLES'])
                     if 'bulwark.aix.' + module in task}
            shown = shown_examples(module)
            equal([title for title, line in shown], list(tasks), 'titles')
            for title, line in shown:
                host = Host(tempfile.mkdtemp(dir=directory))
                task = tasks[title]['bulwark.aix.' + module] or {}
                root = '' if 'root' in task else ' --root ' + host.root
                write(line.replace(task.get('root', host.root), host.root) + root + ' --check --json\n', directory, 'line')
                done = call('sh', os.path.join(directory, 'line'), env=environment(PATH=os.path.dirname(program) + ':/usr/bin:/bin'))
                equal(done.stderr.decode() if done.returncode not in (0, 1, 2) else '', '', title)
                equal(understood(json.loads(done.stdout)),
                      understood(host.module(module, check=True, **{**task, 'root': host.root})), title)


def documented_options(module):
    text = command('doc', module)[1]
    options = re.search(r'^  options:\n(.*?)^  [a-z]', text, re.M | re.S).group(1)
    return re.findall(r'^ {4}(\w+):', options, re.M)


def names_of_the_program(directory):
    host = Host(directory)
    arguments = json.dumps({'root': host.root, 'name': 'echo', 'state': 'disabled', '_ansible_check_mode': True})
    for name in ('AnsiballZ_inetd', 'AnsiballZ_inetd.bin', 'inetd'):
        with case('called as %s with a file it is the module of that name' % name):
            program, file = os.path.join(directory, name), write(arguments, directory, 'args')
            os.symlink(BINARY, program)
            done = call(program, file)
            equal((done.returncode, json.loads(done.stdout)['changed'], done.stderr), (0, True, b''))
    with case('the name of the task counts more than that of the file, whatever its collection'):
        for task in ('bulwark.aix.inetd', 'inetd', 'ansible.legacy.inetd', 'a.b.sub.inetd'):
            file = write(json.dumps({**json.loads(arguments), '_ansible_module_name': task}), directory, 'args')
            holds(json.loads(call(os.path.join(directory, 'AnsiballZ_inetd'), file).stdout)['changed'], task)
    with case('it works from any directory, with nothing in its environment, and leaves nothing behind'):
        before = tree(directory, times=True)
        work = os.path.join(directory, 'work')
        os.mkdir(work)
        done = subprocess.run([BINARY, 'inetd', '--root', host.root, '--name', 'echo', '--state', 'disabled', '--check'], cwd=work,
                              env={}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        equal((done.returncode, done.stderr), (2, b''))
        os.rmdir(work)
        same_tree(tree(directory, times=True), before)
    with case('a git configuration of the user, and variables of git, are never read'):
        broken = write('[core\n', directory, 'home', '.gitconfig')
        env = {'HOME': os.path.dirname(broken), 'GIT_DIR': '/nowhere', 'GIT_OBJECT_DIRECTORY': '/nowhere', 'GIT_AUTHOR_NAME': 'Eve',
               'GIT_CONFIG_GLOBAL': broken, 'XDG_CONFIG_HOME': os.path.dirname(broken), 'GIT_INDEX_FILE': '/nowhere'}
        result = host.module('inetd', env=env, name='echo', state='disabled')
        holds(result['changed'] and not result.get('failed'), result['msg'])
        lacks(host.git('log', '--format=%an %cn'), 'Eve')
        host.sound_history()


if __name__ == '__main__':
    run_tests(exit_statuses, wrong_usage, help_is_given, output_for_programs, output_for_people, help_and_documentation, examples_of_help,
              names_of_the_program)
