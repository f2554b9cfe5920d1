"""The files of a report: pages for people, report.json and junit.xml for machines."""
import base64
import hashlib
import json
import os
import shlex
import shutil
import stat
import tempfile
import unicodedata
import urllib.parse
import xml.etree.ElementTree as ElementTree

import jinja2
from markupsafe import Markup

from ansible_collections.bulwark.aix.plugins.plugin_utils.audit_report import OPEN, RULE_STATUSES, SEVERITIES

PAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'audit_pages')
INDEX, DATA, JUNIT = 'index.html', 'report.json', 'junit.xml'

# ---- text that can be shown

# What turns the direction of writing round or cannot be seen, by which a line of a file can be made to look like another.
HIDDEN = {0xad, 0x61c, *range(0x200b, 0x2010), *range(0x2028, 0x202f), *range(0x2060, 0x2070), 0xfeff, *range(0xfff9, 0xfffc),
          0xfffe, 0xffff}


def escaped(character):
    code = ord(character)
    return '\\x%02x' % code if code < 0x100 else '\\u%04x' % code


def visible(words):
    """Control characters, lone surrogates and what hides, as \\x1b: neither XML nor a reader can do with them."""
    if words.isprintable():
        return words
    return ''.join(
        escaped(c) if c not in '\n\t' and (unicodedata.category(c) in ('Cc', 'Cs') or ord(c) in HIDDEN) else c
        for c in words)


# ---- pages


def shown(value):
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def source(name):
    with open(os.path.join(PAGES, name), encoding='utf-8') as file:
        return file.read()


def content_hash(words):
    """As a content security policy names what a page may run or look like."""
    return "'sha256-%s'" % base64.b64encode(hashlib.sha256(words.encode()).digest()).decode()


def line_kind(line):
    """Inside a hunk; the two header lines come before it."""
    return {'+': 'added', '-': 'removed', '@': 'place', '\\': 'note'}.get(line[:1], 'same')


def diff_lines(diff):
    """(kind, line) of a unified diff without its header, which repeats the path."""
    lines = diff.split('\n')[:-1] if diff.endswith('\n') else diff.split('\n')
    has_header = len(lines) > 1 and lines[0].startswith('--- ') and lines[1].startswith('+++ ')
    return [(line_kind(line), line) for line in (lines[2:] if has_header else lines)]


def port_key(port):
    return tuple(port[key] for key in ('port', 'protocol', 'name', 'rpc', 'program', 'started_from'))


def port_rows(ports):
    """(what becomes of it, port) of every port that is open now or afterwards."""
    now, then = ({port_key(port) for port in ports[key]} for key in ('before', 'after'))
    rows = [('stays' if port_key(port) in then else 'closes', port) for port in ports['before']]
    return rows + [('opens', port) for port in ports['after'] if port_key(port) not in now]


def environment():
    jinja = jinja2.Environment(loader=jinja2.FileSystemLoader(PAGES), autoescape=True, finalize=shown,
                               undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    style, script = source('style.css'), source('filter.js')
    jinja.globals.update(
        style=Markup(style), script=Markup(script), severities=SEVERITIES, statuses=RULE_STATUSES, open_statuses=OPEN,
        policy="default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'" % (
            content_hash(style), content_hash(script)))
    jinja.filters.update(
        link=lambda words: urllib.parse.quote(words.encode('utf-8', 'surrogatepass')), diff_lines=diff_lines,
        port_rows=port_rows, command=shlex.join)
    return jinja


def pages_of(report):
    """Path -> text of each page, one at a time: a fleet may be large."""
    jinja = environment()
    host_page = jinja.get_template('host.html.j2')
    for host in report['hosts']:
        yield host['page'], host_page.render(report=report, host=host)
    pages = {host['name']: host['page'] for host in report['hosts']}
    yield INDEX, jinja.get_template('fleet.html.j2').render(report=report, pages=pages)


# ---- JUnit

RESULT_OF = {'failed': 'error', 'non_compliant': 'failure', 'changed': 'failure', 'not_applicable': 'skipped'}


def element(parent, tag, words='', **attributes):
    child = ElementTree.SubElement(parent, tag, {name: visible(str(value)) for name, value in attributes.items()})
    child.text = visible(words) or None
    return child


def explained(rule, host):
    """The body of a failure: all that a person needs who sees nothing but this."""
    parts = [rule['detail'], rule['why'], '\n'.join(rule['refs'])]
    parts += [file['diff'] for file in host['files'] if file['path'] in rule['files']]
    return '\n\n'.join(part.rstrip('\n') for part in parts if part)


def test_case(suite, host, rule):
    case = element(suite, 'testcase', classname=host['name'].replace('.', '_'), name=rule['id'], time='0')
    kind = RESULT_OF.get(rule['status'])
    message = rule['title'] if kind == 'failure' else rule['detail']
    if kind == 'skipped':
        element(case, kind, message=message)
    elif kind:
        element(case, kind, explained(rule, host), message=message, type=rule['severity'])


def test_suite(suites, number, host, generated_at):
    """Of one host. One that was not audited has an error in place of its rules, or before what is known of them."""
    kinds = [RESULT_OF.get(rule['status']) for rule in host['rules']]
    not_audited = bool(host['reason'])
    suite = element(suites, 'testsuite', name=host['name'], hostname=host['name'], id=number, package=host['profile'],
                    timestamp=generated_at[:19], time='0', tests=len(kinds) + not_audited,
                    failures=kinds.count('failure'), errors=kinds.count('error') + not_audited,
                    skipped=kinds.count('skipped'))
    if not_audited:
        case = element(suite, 'testcase', classname=host['name'].replace('.', '_'), name='audit', time='0')
        element(case, 'error', host['reason'], message=host['reason'], type=host['status'])
    for rule in host['rules']:
        test_case(suite, host, rule)


def junit_of(report):
    suites = ElementTree.Element('testsuites', {'name': visible(report['title'])})
    for number, host in enumerate(report['hosts']):
        test_suite(suites, number, host, report['generated_at'])
    for total in ('tests', 'failures', 'errors', 'skipped'):
        suites.set(total, str(sum(int(suite.get(total)) for suite in suites)))
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding='unicode') + '\n'


# ---- the directory


def files_of(report):
    """Path -> text of all files, the one that people open last."""
    yield DATA, json.dumps(report, indent=1) + '\n'
    yield JUNIT, junit_of(report)
    yield from pages_of(report)


def former_pages(dest):
    """The pages of hosts in the report that is there; none if there is none, or not one that this wrote."""
    try:
        with open(os.path.join(dest, DATA), encoding='utf-8') as file:
            pages = [host['page'] for host in json.load(file)['hosts']]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return [page for page in pages if isinstance(page, str) and os.path.dirname(page) == 'hosts']


def save(words, path, mode):
    with open(path, 'w', encoding='utf-8', errors='backslashreplace', opener=lambda p, flags: os.open(p, flags, mode)) as file:
        file.write(words)
        os.fchmod(file.fileno(), mode)


def write(report, dest):
    """Everything is written beside what is there, and only then moved into its place."""
    os.makedirs(dest, mode=0o700, exist_ok=True)
    mode = stat.S_IMODE(os.stat(dest).st_mode)
    former = former_pages(dest)
    work = tempfile.mkdtemp(prefix='.new-', dir=dest)
    try:
        os.mkdir(os.path.join(work, 'hosts'))
        written = []
        for path, words in files_of(report):
            save(words, os.path.join(work, path), mode & 0o644 | 0o600)
            written.append(path)
        os.makedirs(os.path.join(dest, 'hosts'), mode=mode & 0o755 | 0o700, exist_ok=True)
        for path in written:
            os.replace(os.path.join(work, path), os.path.join(dest, path))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for page in set(former) - set(written):
        if os.path.exists(os.path.join(dest, page)):
            os.remove(os.path.join(dest, page))
