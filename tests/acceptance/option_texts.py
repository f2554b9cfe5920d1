#!/usr/bin/python3
"""Compares the option handling of the built binary with the real AnsibleModule, error text by error text.

usage: option_texts.py [BULWARK]       (else the variable BULWARK, else build/bulwark)

What `bulwark doc` says of a module's options becomes the argument specification of an AnsibleModule. Both then get the
same calls: every option with values of every type, unknown, missing and doubly given ones. Their error texts, or else
their validated parameters, have to be the same. That is done with the ansible-core that this Python imports, and then
with 2.19; where PYTHONPATH leads to another one, with that alone:
  PYTHONPATH=<unpacked .deb>/usr/lib/python3/dist-packages /usr/bin/python3 tests/acceptance/option_texts.py
Every call is a check run in a sample tree, so nothing is changed anywhere.
"""
import concurrent.futures
import contextlib
import copy
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import yaml
import ansible.module_utils.basic as basic
import ansible.module_utils.common.warnings as ansible_warnings
from ansible.release import __version__ as ansible_version

from lib import NEVER, UNPACKED, UNPACKED_MODULES, use_ansible

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SAMPLE = os.path.join(TOP, 'tests', 'samples', 'aix-4.3.3')
BEFORE_2_19 = tuple(int(part) for part in ansible_version.split('.')[:2]) < (2, 19)

# A call of each module that works, into which the odd values are put.
CALLS = {
    'inittab': {'entries': [{'id': 'dt', 'state': 'disabled'}]},
    'rc_script': {'daemons': [{'name': 'snmpd', 'state': 'disabled'}]},
    'inetd': {'services': [{'name': 'echo', 'state': 'disabled'}]},
    'network_options': {'options': {'bcastping': 0}},
    'syslog': {'rules': [{'selector': 'auth.info', 'destination': '/var/adm/auth.log'}]},
    'crontab': {'jobs': [{'name': 'queue', 'job': '/usr/sbin/sendmail -q', 'state': 'present'}]},
    'ftpusers': {'users': ['root'], 'state': 'present'},
    'sendmail': {'features_absent': ['promiscuous_relay']},
    'path': {'path': '/etc/inittab', 'state': 'present'},
    'subsystem': {'name': 'inetd', 'state': 'active'},
    'software': {'fixes': ['IY04477']},
    'harden': {'profile': 'none'},
    'rollback': {'to': 'original'},
}

# What a module's documentation cannot say of its options.
RELATIONS = {
    'inittab': {'required_one_of': [['entries', 'id']]},
    'rc_script': {'required_one_of': [['daemons', 'name']]},
    'inetd': {'required_one_of': [['services', 'name']]},
    'syslog': {'required_one_of': [['rules', 'selector']]},
    'crontab': {'required_one_of': [['jobs', 'name', 'job']]},
    'software': {'required_one_of': [['fixes', 'absent']]},
    'path': {'required_if': [['state', 'moved', ['dest']]]},
    'rollback': {'required_one_of': [['to', 'revert']], 'mutually_exclusive': [['to', 'revert']]},
}

# Values that an option gets one after the other, whatever its type.
VALUES = [
    None, True, False, 0, 1, 5, -7, 2**63 - 1, 1.0, 1.5, 1e16, 1e-5, 0.1 + 0.2,
    '', ' ', 'x', '5', ' 7 ', '+5', '1_000', '1__0', '1.0', '1e3', '.5', '0x10',
    'yes', 'No', ' TRUE ', 'oN', 'maybe', 'True', 'present', 'disabled', 'caf\u00e9', '\u2028',
    'a,b, c', 'k=v', 'a=1 b="x y", c=3', 'a=1 b', '{"a": 1}', "{'a': [True, None, (1, 2)], 'b': 'it\\'s'}", '{a: 1}',
    '~/x', '$BULWARK_TEST/y', '${BULWARK_NONE}', '~no_such_user/z',
    [], [1, 'a', None], ['a'], ['a,b'], [[1], {'k': 1.5}], ['\udce9', '\u200b'],
    {}, {'k': 'v'}, {'a': None, 'b': [True, "it's", 'tab\t']},
]

# How AnsibleModule begins to complain: a text of the module's own begins otherwise.
COMPLAINT = re.compile(r"(Unsupported parameters|missing required|value of \w+ must|argument '|Elements value|Value '|"
                       r"parameters are|one of the following|\w+ is \w+ but|dictionary (requested|update)|unable to)")


class Options:
    """The documented options of a module."""

    def __init__(self, binary, module):
        text = subprocess.run([binary, 'doc', module], check=True, stdout=subprocess.PIPE).stdout.decode()
        self.documented = yaml.safe_load(text)['DOCUMENTATION']['options']
        self.items = next((name for name, option in self.documented.items() if self._repeats_at_top(option)), None)
        self.spec = {name: self._spec(option) for name, option in self.documented.items()}
        for name in self.of_items():
            self.spec[name].pop('default', None)  # an item's default is applied to the item, not to the call

    def _repeats_at_top(self, option):
        suboptions = option.get('suboptions', {})
        repeated = [name for name in suboptions if name in self.documented]
        return bool(suboptions) and option.get('elements') == 'dict' and len(repeated) == len(suboptions)

    def of_items(self):
        """The options that stand at the top level only because an item has them."""
        def facts(option):
            return {key: value for key, value in option.items() if key not in ('description', 'required')}
        suboptions = self.documented[self.items]['suboptions'] if self.items else {}
        return [name for name, option in suboptions.items() if facts(option) == facts(self.documented[name])]

    def suboptions(self, name):
        return self.documented[name].get('suboptions', {})

    def _spec(self, option):
        facts = ('type', 'elements', 'required', 'choices', 'default', 'aliases')
        spec = {key: option[key] for key in facts if key in option}
        if 'suboptions' in option:
            spec['options'] = {name: self._spec(sub) for name, sub in option['suboptions'].items()}
        return spec


def in_full(options, call):
    """The call as AnsibleModule has to see it: items spelled out, with what the top level gives them."""
    call = copy.deepcopy(call)
    for name, spec in options.spec.items():
        for alias in spec.get('aliases', []):
            if alias in call and options.items in call:
                call[name] = call[alias]
    if isinstance(call.get(options.items), str):
        text = call[options.items]
        call[options.items] = [text] if text.startswith('{') else text.split(',')
    if not isinstance(call.get(options.items), list):
        return call
    suboptions = options.spec[options.items]['options']
    first = next(iter(suboptions))
    given = {name: call[name] for name in suboptions if call.get(name) is not None}
    items = []
    for item in call[options.items]:
        if isinstance(item, str) and '=' not in item and not item.startswith('{'):
            item = {first: item}
        if isinstance(item, dict):
            taken = {name for name, spec in suboptions.items() if set(spec.get('aliases', [])) & set(item)}
            item = {**{name: value for name, value in given.items() if name not in taken}, **item}
        items.append(item)
    call[options.items] = items
    return call


def internal(module):
    return {'_ansible_module_name': 'bulwark.aix.' + module, '_ansible_version': ansible_version,
            '_ansible_check_mode': True, '_ansible_remote_tmp': '/tmp', '_ansible_tmpdir': '/tmp',
            '_ansible_inject_invocation': True}


def ask_ansible(module, options, call):
    """(error text, None) or (None, parameters); (None, None) where AnsibleModule itself breaks."""
    arguments = {**in_full(options, call), **internal(module)}
    arguments.pop('_ansible_inject_invocation')
    basic._ANSIBLE_ARGS = json.dumps({'ANSIBLE_MODULE_ARGS': arguments}).encode()
    basic._ANSIBLE_PROFILE = 'legacy'
    for name in ('_global_warnings', '_global_deprecations'):
        if hasattr(getattr(ansible_warnings, name, None), 'clear'):
            getattr(ansible_warnings, name).clear()
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            ansible_module = basic.AnsibleModule(copy.deepcopy(options.spec), supports_check_mode=True,
                                                 **RELATIONS.get(module, {}))
            return None, ansible_module.params
    except SystemExit:
        return json.loads(printed.getvalue())['msg'], None
    except Exception:
        return None, None


def ask_bulwark(binary, module, call, directory):
    """The same of the binary; the parameters are also None where a failure comes without them."""
    with tempfile.NamedTemporaryFile('w', dir=directory) as file:
        json.dump({**call, **internal(module)}, file)
        file.flush()
        done = subprocess.run([binary, file.name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=NEVER)
    try:
        result = json.loads(done.stdout)
    except ValueError:
        result = {'failed': True, 'msg': 'no JSON, but exit status %d and %r' % (done.returncode, done.stdout[:300])}
    module_args = result.get('invocation', {}).get('module_args')
    return result['msg'] if result.get('failed') else None, module_args


def comparable(value):
    """Without what cannot be the same: the order of AnsibleModule's set of booleans, and bytes that are not UTF-8."""
    if isinstance(value, str):
        value = re.sub(r'(Valid booleans include: ).*', r'\1', value, flags=re.S)
        return re.sub('[\udc80-\udcff]', lambda match: '\\x%02x' % (ord(match[0]) - 0xDC00), value)
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if isinstance(value, dict):
        return {comparable(key): comparable(item) for key, item in value.items()}
    return (type(value).__name__, value)  # 1 is not True


def difference(expected, got):
    """What is wrong, or None. A call that AnsibleModule takes may still fail for a reason of the module's own."""
    (text, parameters), (got_text, got_parameters) = expected, got
    if text is not None:
        return None if comparable(text) == comparable(got_text) else 'expected error: %s\n  got: %s' % (text, got_text)
    if got_parameters is not None:
        return (None if comparable(parameters) == comparable(got_parameters)
                else 'expected parameters: %s\n  got: %s' % (json.dumps(parameters), json.dumps(got_parameters)))
    if got_text is not None and not COMPLAINT.match(got_text):
        return None
    return 'expected no error\n  got: %s' % got_text


class Report:
    def __init__(self):
        self.failed = False

    def line(self, good, sentence, details=()):
        self.failed = self.failed or not good
        print('%s - %s [ansible-core %s]' % ('ok' if good else 'not ok', sentence, ansible_version))
        for detail in list(details)[:5]:
            print('  ' + detail)
        sys.stdout.flush()


def is_null_name(options, call):
    """Before 2.19 a required option may be null; an item without its name is refused all the same."""
    items = in_full(options, call).get(options.items) if options.items else None
    if not BEFORE_2_19 or not isinstance(items, list):
        return False
    required = [name for name, spec in options.spec[options.items]['options'].items() if spec.get('required')]
    return any(isinstance(item, dict) and item.get(name, '') is None for item in items for name in required)


def compare(report, binary, module, options, sentence, calls, directory):
    expected = [(call, ask_ansible(module, options, call)) for call in calls]
    expected = [(call, answer) for call, answer in expected
                if answer != (None, None) and not (answer[0] is None and is_null_name(options, call))]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda pair: ask_bulwark(binary, module, pair[0], directory), expected))
    differences = [(call, difference(answer, other)) for (call, answer), other in zip(expected, got)]
    wrong = ['%s\n  %s' % (json.dumps(call), found) for call, found in differences if found]
    if expected:
        report.line(not wrong, '%s: %s (%d calls, %d differ)' % (module, sentence, len(expected), len(wrong)), wrong)


def with_item(call, items, changes):
    """The call with its first item changed."""
    result = copy.deepcopy(call)
    if isinstance(result[items], list) and isinstance(result[items][0], dict):
        result[items][0].update(changes)
    return result


def calls_about_aliases(call, options):
    for name, option in options.documented.items():
        for alias in option.get('aliases', []):
            yield {**call, alias: 'x'}
            yield {**call, alias: 5, name: 'y'}
            yield {**call, alias: None}


def calls_about_unknown_options(call, options):
    yield {**call, 'zz': 1}
    yield {**call, 'zz': 1, 'aa': None, 'state': 'no such state'}
    yield {**call, 'Root': '/'}
    if options.items in call:
        yield with_item(call, options.items, {'zz': 1, 'bb': 2})
        yield {**with_item(call, options.items, {'zz': 1}), 'lock_timeout': 'soon'}


def calls_without(call, options):
    for name in call:
        yield {key: value for key, value in call.items() if key != name}
    if options.items in call and isinstance(call[options.items][0], dict):
        for name in call[options.items][0]:
            shorter = copy.deepcopy(call)
            del shorter[options.items][0][name]
            yield shorter


def compare_module(report, binary, module, directory, root):
    options = Options(binary, module)
    call = {**CALLS.get(module, {}), 'root': root}

    def check(sentence, calls):
        compare(report, binary, module, options, sentence, calls, directory)

    check('a call that works has the same parameters', [call])
    check('what is missing is missed in the same words', list(calls_without(call, options)))
    check('unknown options are refused in the same words', list(calls_about_unknown_options(call, options)))
    check('aliases count the same', list(calls_about_aliases(call, options)))
    for name in options.documented:
        check('`%s` takes and refuses the same values' % name, [{**call, name: value} for value in VALUES])
        if name == options.items or name not in call or not isinstance(call[name], list):
            continue
        check('an item of `%s` is taken or refused the same' % name, [{**call, name: [value]} for value in VALUES])
    if options.items in call and isinstance(call[options.items][0], dict):
        for name in options.suboptions(options.items):
            check('`%s` of an item takes and refuses the same values' % name,
                  [with_item(call, options.items, {name: value}) for value in VALUES])
        (_, name), *rest = call[options.items][0].items()
        check('plain strings are items, completed from the top level',
              [{**call, options.items: [name, 'x'], **dict(rest)}])


def main():
    built = os.environ.get('BULWARK', os.path.join(TOP, 'build', 'bulwark'))
    binary = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else built)
    os.environ['BULWARK_TEST'] = '/a/$HOME'
    basic.AnsibleModule._log_invocation = lambda self: None  # no syslog
    modules = subprocess.run([binary, 'doc', '--list'], check=True, stdout=subprocess.PIPE).stdout.decode().split()
    report = Report()
    report.line(bool(modules), 'the binary lists its modules')
    with tempfile.TemporaryDirectory() as directory:
        root = os.path.join(directory, 'root')
        shutil.copytree(SAMPLE, root, symlinks=True)
        for module in modules:
            compare_module(report, binary, module, directory, root)
    return 1 if report.failed else 0


def again_with_the_unpacked_ansible():
    if not use_ansible(UNPACKED):
        return 1
    return subprocess.run([sys.executable, '-B', *sys.argv], env={**os.environ, 'PYTHONPATH': UNPACKED_MODULES}).returncode


if __name__ == '__main__':
    failed = main()
    if 'PYTHONPATH' not in os.environ:
        failed = again_with_the_unpacked_ansible() or failed
    sys.exit(failed)
