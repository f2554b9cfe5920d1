#!/usr/bin/python3 -B
"""The manual page that the option tables become: for every nroff, AIX's too."""
import os
import re

from lib import BINARY, call, case, contains, equal, holds, lacks, run_tests, write

SECTIONS = ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'MODULES', 'HISTORY', 'EXIT STATUS', 'ENVIRONMENT', 'FILES',
            'EXAMPLES', 'SEE ALSO']
CLASSIC = {'TH', 'SH', 'SS', 'TP', 'PP', 'B', 'I', 'RS', 'RE', 'nf', 'fi', 'ie', 'el', 'nh', 'ad', '\\"'}


def page():
    done = call(BINARY, 'doc', '--man')
    equal((done.returncode, done.stderr), (0, b''))
    return done.stdout.decode('utf-8')


def rendered(file):
    done = call('man', '--warnings', '-P', 'cat', '-l', file, env={
        'PATH': os.environ.get('PATH', '/usr/bin:/bin'), 'LC_ALL': 'C.UTF-8', 'MANWIDTH': '80', 'MAN_KEEP_FORMATTING': '',
        'HOME': os.path.dirname(file)})
    equal((done.returncode, done.stderr.decode()), (0, ''), 'of man')
    return re.sub('.\b', '', done.stdout.decode('utf-8'))


def the_source(directory):
    text = page()
    file = write(text, directory, 'bulwark.1')
    with case('the same binary prints the same page again, and the build has written it beside the binary'):
        equal(page(), text)
        built = os.path.join(os.path.dirname(BINARY), 'bulwark.1')
        equal(open(built, encoding='utf-8').read(), text, built)
    with case('its head has the version and no date'):
        version = call(BINARY, '--version').stdout.decode().strip()
        holds(re.search(r'^\.TH BULWARK 1 "" "%s" ' % re.escape(version), text, re.M), text[:400])
    with case('it uses classic macros alone, and no characters but ASCII'):
        equal({request for request in re.findall(r'^[.](\S+)', text, re.M)} - CLASSIC, set(), 'requests')
        text.encode('ascii')
        equal(re.findall(r"^'.*", text, re.M), [], 'lines that are requests by accident')
        equal(set(re.findall(r'\\(.)', text)) - set('-efn&*("'), set(), 'escapes')
    with case('groff finds nothing to warn of'):
        done = call('groff', '-man', '-ww', '-z', file)
        equal((done.returncode, done.stdout + done.stderr), (0, b''))
    with case('mandoc finds nothing but that it has no date'):
        said = call('mandoc', '-Tlint', file).stdout.decode().splitlines()
        equal([line for line in said if 'missing date' not in line], [])


def the_page(directory):
    text = rendered(write(page(), directory, 'bulwark.1'))
    with case('man shows its sections in the order that readers know'):
        equal(re.findall(r'^[A-Z][A-Z ]+$', text, re.M), SECTIONS)
        contains(text, 'bulwark - hardens the network services of AIX hosts')
    with case('every module has its options there, in their own section'):
        body = text[text.index('\nMODULES\n'):text.index('\nHISTORY\n')]
        for module in call(BINARY, 'doc', '--list').stdout.decode().split():
            section = re.search(r'^   %s\n(.*?)(?=^   \S|\Z)' % re.escape(module), body, re.M | re.S)
            holds(section, module + ' has no section')
            own = re.search(r'\nOptions:\n(.*?)(?:\nHow values|\nCommon options:)', call(BINARY, module, '--help').stdout.decode(), re.S)
            for option in re.findall(r'^  (--[a-z0-9-]+)', own.group(1), re.M) if own else []:
                contains(section.group(1), '       ' + option)
    with case('the commands of history are there'):
        body = text[text.index('\nHISTORY\n'):text.index('\nEXIT STATUS\n')]
        equal(re.findall(r'^   (history \w+)$', body, re.M), ['history log', 'history show', 'history diff', 'history verify'])
    with case('its examples can be pasted into a shell'):
        body = text[text.index('\nEXAMPLES\n'):text.index('\nSEE ALSO\n')]
        contains(body, '--services shell,login,exec', "--job '/usr/lib/sendmail -q > /dev/null 2>&1'")
        lacks(body, '\u2019', '\u2018', '\u2010', '\u2212')
        commands = re.findall(r'^ +(bulwark (?:.|\n(?! *\n))*)', body, re.M)
        holds(len(commands) > 10, 'few examples')
        for command in commands:
            done = call('sh', '-n', '-c', command)
            equal((done.returncode, done.stderr), (0, b''), command)


if __name__ == '__main__':
    run_tests(the_source, the_page)
