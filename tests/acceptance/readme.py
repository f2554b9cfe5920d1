#!/usr/bin/python3 -B
"""README.md shows what the tools really print: its sessions and playbooks are run, in the order of the page, on one host."""
import os
import shlex
import shutil
import time

from doc_blocks import Session, blocks
from lib import SAMPLE, TOP, Host, case, holds, run_tests, same_tree

PAGE = 'README.md'


def a_site(directory):
    session = Session(Host(directory))
    clone = os.path.join(directory, 'clone')
    shutil.copytree(SAMPLE, clone)
    session.known['/mnt/clone'] = lambda: clone
    session.known['2026-11-15'] = lambda: time.strftime('%Y-%m-%dT%H:%M:%S')  # the history of the site begins today
    return session


def shows_its_session(session, block):
    for prompt, command, shown in block.commands():
        sentence = '%s, `%s` %s' % (PAGE, command, 'prints what the page shows' if shown else 'succeeds')
        with case(sentence):
            session.shows(command, shown)


def is_there_at_least(block):
    with case('%s: the programs that a test cannot run are there: %s' % (block, block.marked('not run'))):
        for prompt, command, shown in block.commands():
            program = os.path.join(TOP, shlex.split(command, comments=True)[0])
            holds(os.access(program, os.X_OK), program + ' cannot be run')


def works_in_check_mode(session, block):
    with case('%s: the playbook works in check mode, and writes nothing' % block):
        before = session.host.everything()
        name = session.add(block)
        session.shows('ansible-playbook -i inventory %s --check' % name, '')
        same_tree(session.host.everything(), before)


def the_page(directory):
    session = a_site(directory)
    for block in blocks(PAGE):
        if block.marked('not run'):
            is_there_at_least(block)
        elif block.language == 'console':
            shows_its_session(session, block)
        elif block.language == 'yaml':
            works_in_check_mode(session, block)
        else:
            with case('%s: every block is one that can be run' % block):
                holds(False, 'it is neither yaml nor console')


if __name__ == '__main__':
    run_tests(the_page)
