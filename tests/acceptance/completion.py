#!/usr/bin/python3 -B
"""What a Tab completes, in real shells on a real terminal."""
import contextlib
import os
import pty
import re
import subprocess

from lib import BINARY, MODULES, SYSTEM_PATH, call, case, equal, one_sentence, run_tests, terminate, until_closed, write

STANDARD = '--check --diff --json --no-log --args-file --help'.split()

# A half-typed line, and everything that may stand in the place of its last word.
LINES = {
    'bulwark ': MODULES + ['history', 'doc', 'help', '--help', '--version'],
    'bulwark in': ['inittab', 'inetd'],
    'bulwark hist': ['history_info', 'history'],
    'bulwark nosuch': ['nosuch'],
    'bulwark help his': ['history_info', 'history'],
    'bulwark doc --m': ['--markdown', '--man'],
    'bulwark doc --completion ': ['bash', 'zsh'],
    'bulwark doc --python ine': ['inetd'],
    'bulwark inetd --se': ['--services', '--service', '--server'],
    'bulwark inetd --': ['--services', '--name', '--service', '--protocol', '--socket-type', '--wait', '--user', '--server',
                         '--args', '--state', '--root', '--history', '--refresh', '--lock-timeout', '--hard-links',
                         '--message', *STANDARD],
    'bulwark inetd --service shell --state ': ['enabled', 'disabled', 'absent', 'present', 'configured'],
    'bulwark inetd --service shell --state a': ['absent'],
    'bulwark inetd --check --state=en': ['enabled'],
    'bulwark inetd --protocol=': ['tcp', 'udp', 'tcp6', 'udp6'],
    'bulwark inetd --user ro': ['ro'],
    'bulwark inetd --check --di': ['--diff'],
    'bulwark harden --profile s': ['strict'],
    'bulwark harden --now=': ['yes', 'no'],
    'bulwark harden --now --pro': ['--profile'],
    'bulwark inittab --state disabled --ro': ['--root'],
    'bulwark inittab --root ./tr': ['./tree'],
    'bulwark inittab --args-file ./args': ['./args.json', './args.yml'],
    'bulwark history ': ['log', 'show', 'diff', 'verify'],
    'bulwark history --': ['--limit', '--root', '--history', '--json', '--help'],
    'bulwark history log --l': ['--limit'],
    'bulwark history diff --': ['--root', '--history', '--json', '--help'],
    'bulwark history diff HEAD~1 --r': ['--root'],
    'bulwark history TREE/tree/e': ['TREE/tree/etc'],
    'bulwark history verify TREE/tree/e': ['TREE/tree/etc'],
}

# What bashcompinit of zsh cannot do: there it takes `--root ./tr`.
BASH_LINES = {'bulwark history verify --root=./tr': ['./tree']}

BASH = r"""
PS1= PS2=
source %(script)s
bind 'set bell-style none' 'set mark-directories on'
bind '"\e*": insert-completions'
"""

# Every match goes into the line in the place of the word, as insert-completions of bash does.
ZSH = r"""
PS1= PS2= PROMPT_EOL_MARK=
bindkey -e
setopt no_beep no_prompt_cr no_prompt_sp
source %(script)s
zstyle ':completion:*' insert-unambiguous false
zstyle ':completion:all-matches:*' insert true
zstyle ':completion:all-matches::::' completer _all_matches _complete
zle -C all-matches complete-word _generic
bindkey '\e*' all-matches
"""


def completions(directory, argv, preparation, lines):
    """The words that the shell puts in the place of the last one, for each line, as a person would get them by a key."""
    master, slave = pty.openpty()
    shell = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, cwd=directory, start_new_session=True, env={
        'PATH': os.path.dirname(BINARY) + ':' + SYSTEM_PATH, 'TERM': 'dumb', 'HOME': directory, 'INPUTRC': '/dev/null',
        'LC_ALL': 'C.UTF-8', 'answers': os.path.join(directory, 'answers')})
    os.close(slave)
    start = write(preparation % {'script': os.path.join(directory, 'script')} +
                  '\nrecord() { printf "%s\\n" "$*" >> "$answers"; }\n', directory, 'start')
    with contextlib.ExitStack() as stack:
        stack.callback(terminate, shell)
        stack.callback(os.close, master)
        typed = ['source %s\n' % start]
        typed += ['%s\x1b*\x01record \x05\n' % line for line in lines] + ['exit\n']
        os.write(master, ''.join(typed).encode())
        screen = until_closed(master).decode('utf-8', 'replace')
    answers = open(os.path.join(directory, 'answers'), encoding='utf-8').read().splitlines() \
        if os.path.exists(os.path.join(directory, 'answers')) else []
    equal(len(answers), len(lines), 'answers; on the screen: ' + screen[-2000:] + '; number')
    return answers


def ask(directory, argv, preparation, shell, expectations):
    directory = os.path.join(directory, shell)
    write('', directory, 'tree', 'etc', 'inittab')
    for name in ('args.json', 'args.yml'):
        write('{}', directory, name)
    script = call(BINARY, 'doc', '--completion', shell)
    with case('%s loads the script without a word' % shell):
        equal((script.returncode, script.stderr), (0, b''))
        file = write(script.stdout.decode(), directory, 'script')
        done = call(*argv[:1], '-n', file)
        equal((done.returncode, done.stdout + done.stderr), (0, b''))
    lines = [line.replace('TREE', directory) for line in expectations]
    try:
        answers = completions(directory, argv, preparation, lines)
    except AssertionError as failure:
        answers = [str(failure)] * len(lines)
    for line, answer, (shown, words) in zip(lines, answers, expectations.items()):
        with case('%s completes: %s' % (shell, shown)):
            begin = line[:re.search(r'[^ =]*$', line).start()].strip()
            expected = [word.replace('TREE', directory) for word in words]
            equal(answer[:len(begin)], begin, 'what was typed before')
            answer = re.sub(r'/( |$)', r'\1', answer)  # behind a directory, zsh puts a slash when all matches go into the line
            equal(sorted(answer[len(begin):].replace(begin[begin.rfind(' ') + 1:] if begin.endswith('=') else '\0', ' ').split()),
                  sorted(expected))


def in_bash(directory):
    ask(directory, ['bash', '--norc', '--noprofile', '-i'], BASH, 'bash', {**LINES, **BASH_LINES})


def in_zsh(directory):
    ask(directory, ['zsh', '-f', '-i'], ZSH, 'zsh', LINES)


FROM_FPATH = r"""
PS1= PS2= PROMPT_EOL_MARK=
bindkey -e
setopt no_beep no_prompt_cr no_prompt_sp
fpath=(%(script)s.d $fpath)
autoload -Uz compinit
compinit -u -D
bindkey '\e*' complete-word
"""


def from_the_directory_of_zsh(directory):
    """As a package installs it: compinit finds the file, and reads it at the first Tab."""
    script = call(BINARY, 'doc', '--completion', 'zsh').stdout.decode()
    write(script, directory, 'script.d', '_bulwark')
    with case('as a file _bulwark in a directory of $fpath it completes from the first Tab on'):
        answers = completions(directory, ['zsh', '-f', '-i'], FROM_FPATH, ['bulwark inet', 'bulwark harden --prof'])
        equal([answer.strip() for answer in answers], ['bulwark inetd', 'bulwark harden --profile'])


def other_shells(directory):
    with case('for ksh, which cannot complete options, the refusal names the shells that can'):
        done = call(BINARY, 'doc', '--completion', 'ksh')
        equal((done.returncode, done.stdout), (64, b''))
        one_sentence(done.stderr.decode().rstrip('\n'))
        equal('bash or zsh' in done.stderr.decode(), True)


if __name__ == '__main__':
    run_tests(in_bash, in_zsh, from_the_directory_of_zsh, other_shells)
