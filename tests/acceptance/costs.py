#!/usr/bin/python3 -B
"""What a new service costs: docs/architecture.md lists the files, and a small service that there is names these and no more.

The registry is the only list of modules. What else names them all is made from it, or is held to it here."""
import os
import re

from lib import BINARY, MODULES, TOP, call, case, equal, holds, read, run_tests

SERVICE = 'ftpusers'
# Tests that are about something else and only need some service, and pages about what hosts and tutorials have.
EXAMPLES = {'CHANGELOG.md', 'docs/migration.md',
            'tests/acceptance/first_run.py', 'tests/acceptance/hostile_trees.py', 'tests/acceptance/main_job.py',
            'tests/acceptance/report.py', 'tests/acceptance/trust.py', 'tests/aix/first_run.sh', 'tests/check_tutorial_state.py',
            'tests/plan/rollback_test.cpp', 'tests/system/transaction_test.cpp'}
ITSELF = {'tests/acceptance/costs.py', 'docs/architecture.md'}
SOURCES = ['cmake', 'docs', 'lib', 'module', 'molecule', 'packaging', 'playbooks', 'tests']
DATA = ['tests/samples', 'tests/fuzz/corpus']  # hosts and inputs, which name whatever hosts have


def sources():
    """Every text of the project."""
    found = [name for name in os.listdir(TOP) if os.path.isfile(os.path.join(TOP, name))]
    for top in SOURCES:
        for place, directories, names in os.walk(os.path.join(TOP, top)):
            directories[:] = [name for name in directories if name != '__pycache__'
                              and os.path.relpath(os.path.join(place, name), TOP) not in DATA]
            found += [os.path.relpath(os.path.join(place, name), TOP) for name in names]
    return found


def listed():
    """The files of the table in docs/architecture.md, for that service. Its document has a name of its own."""
    text = read(TOP, 'docs', 'architecture.md')
    section = text.partition('\n## What a new service costs\n')[2].partition('\n## ')[0]
    rows = re.findall(r'(?m)^\| (`.*?) \| ', section)
    holds(rows, 'docs/architecture.md has no table of what a new service costs')
    return {path.replace('document/NAME', 'document/name_list').replace('NAME', SERVICE)
            for row in rows for path in re.findall(r'`(.+?)`', row)}


def cost(directory):
    paths = listed()
    with case('every file that docs/architecture.md lists for a new service is there for %s' % SERVICE):
        equal(sorted(path for path in paths if not os.path.isfile(os.path.join(TOP, path))), [], 'missing files')
    with case('%s is named in the files that docs/architecture.md lists, and in no other' % SERVICE):
        naming = {path for path in sources() if SERVICE in path or SERVICE in read(TOP, path).lower()}
        documents = {path for path in paths if 'name_list' in path}
        equal(sorted(naming - EXAMPLES - ITSELF), sorted(paths - (documents - naming)), 'files')
    with case('what needs some service for an example names %s still' % SERVICE):
        equal(sorted(EXAMPLES - naming), [], 'files')


def registry(directory):
    with case('the registry has each module of module/modules, and no other'):
        files = os.listdir(os.path.join(TOP, 'module', 'modules'))
        equal(sorted(MODULES), sorted(name[:-4] for name in files if name.endswith('.cpp')), 'modules')
    with case('the fuzzer knows the name of each module that changes something'):
        words = re.findall(r'(?m)^"\\x22(\w+)\\x22"$', read(TOP, 'tests', 'fuzz', 'dictionaries', 'rules.dict'))
        changing = [name for name in MODULES if name != 'rollback' and b'\n    refresh:\n' in call(BINARY, 'doc', name).stdout]
        holds(len(changing) > 10, 'the modules that change something are %s' % changing)
        equal([name for name in changing if name not in words], [], 'modules that are missing in rules.dict')


if __name__ == '__main__':
    run_tests(cost, registry)
