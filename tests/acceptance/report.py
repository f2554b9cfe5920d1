#!/usr/bin/python3 -B
"""The compliance run: the report that bulwark.aix.audit writes, read by parsers and looked at in a real browser."""
import collections
import datetime
import html.parser
import json
import os
import re
import shutil
import urllib.parse
import xml.etree.ElementTree as ElementTree

import junitparser
from browser import DESKTOP, TELEPHONE, browser
from lib import (IS_ROOT, PLAYBOOKS, SAMPLE, Host, ansible_environment, call, case, contains, equal, holds, lacks,
                 read, run_tests, same_tree, skip, small_disk, tool, tree, write)

SAMPLES = {'aix433': '4.3.3', 'aix53': '5.3', 'aix61.bank.example': '6.1', 'aix72': '7.2', 'localhost': '4.3.3'}
NOT_AUDITED = ('failed', 'unreachable', 'not_audited')
OPEN = ('failed', 'non_compliant')
# What a script, a template, an attribute, a section of XML or a terminal would take for more than text.
EVIL = '<script>alert(1)</script>{{ 7 * 7 }}{% raw %}\'"]]>&amp;'
# Nothing listens there.
UNREACHABLE = {'ansible_connection': 'ssh', 'ansible_host': '127.0.0.1', 'ansible_port': 1}


class Fleet:
    """An inventory of hosts, each with a tree of its own, and the reports about it."""

    def __init__(self, directory):
        self.directory = directory
        self.hosts, self.variables = {}, {}
        self.report = os.path.join(directory, 'report')

    def add(self, name, release='4.3.3', hardened=True, **variables):
        host = Host(os.path.join(self.directory, 'trees', str(len(self.hosts))), SAMPLE.replace('4.3.3', release))
        if hardened:
            host.module('harden')
        self.hosts[name] = host
        self.variables[name] = {'bulwark_root': host.root, **variables}
        return host

    def play(self, *arguments, playbook='audit.yml', **variables):
        inventory = {'all': {'hosts': self.variables, 'vars': {'ansible_connection': 'local'}}}
        file = write(json.dumps(inventory), self.directory, 'inventory.yml')
        extra = write(json.dumps(variables), self.directory, 'variables.json')
        done = call(tool('ansible-playbook'), '-i', file, os.path.join(PLAYBOOKS, playbook), '-e', '@' + extra, *arguments,
                    cwd=self.directory, env=ansible_environment(self.directory))
        return done.returncode, (done.stdout + done.stderr).decode('utf-8', 'surrogateescape')

    def audit(self, *arguments, **variables):
        """The status of the play, what it printed, and the report as JSON."""
        status, printed = self.play(*arguments, **{'bulwark_report': 'report', **variables})
        return status, printed, json.loads(read(self.report, 'report.json'))

    def files(self):
        return tree(self.report)


def five_hosts(directory):
    fleet = Fleet(directory)
    for name, release in SAMPLES.items():
        fleet.add(name, release)
    return fleet


def drift(fleet):
    """One is as found, two are edited, one has lost its tree, one cannot be reached."""
    fleet.add('aix433', hardened=False)
    fleet.hosts['aix53'].replace('#exec', 'exec', 'etc', 'inetd.conf')
    fleet.hosts['aix61.bank.example'].write('oracle\n', 'etc', 'ftpusers')
    shutil.rmtree(fleet.hosts['aix72'].root)
    fleet.variables['localhost'].update(UNREACHABLE)


def by_name(report):
    return {host['name']: host for host in report['hosts']}


# ---- parsers


class Page(html.parser.HTMLParser):
    """What a browser would find in a page: elements, ids, links, and the text outside of style and script."""

    def __init__(self, path):
        super().__init__()
        self.path, self.elements, self.ids, self.links, self.text, self._inside = path, [], [], [], '', ''
        self.feed(open(path, encoding='utf-8').read())
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self._inside = tag
        self.ids += [value for name, value in attributes if name == 'id']
        self.links += [value for name, value in attributes if name in ('href', 'src')]

    def handle_endtag(self, tag):
        self._inside = ''

    def handle_data(self, data):
        self.text += data if self._inside not in ('style', 'script') else ''

    def count(self, tag, **wanted):
        return sum(name == tag and all(attributes.get(key.replace('_', '-')) == value for key, value in wanted.items())
                   for name, attributes in self.elements)


def pages_of(report_directory, report):
    return {path: Page(os.path.join(report_directory, path))
            for path in ['index.html'] + [host['page'] for host in report['hosts']]}


def sound_pages(report_directory, report):
    """Self-contained, without a place where a script could hide, and with links that lead somewhere."""
    pages = pages_of(report_directory, report)
    for name, page in pages.items():
        tags = collections.Counter(tag for tag, _ in page.elements)
        equal({tag: tags[tag] for tag in ('script', 'style', 'h1', 'main', 'title', 'img', 'link', 'iframe', 'object')},
              {'script': 1, 'style': 1, 'h1': 1, 'main': 1, 'title': 1, 'img': 0, 'link': 0, 'iframe': 0, 'object': 0}, name)
        equal([key for _, attributes in page.elements for key in attributes if key.startswith('on') or key == 'style'], [],
              'attributes of %s' % name)
        equal([key for key, times in collections.Counter(page.ids).items() if times > 1], [], 'ids of %s' % name)
        policy = [a['content'] for tag, a in page.elements if a.get('http-equiv') == 'Content-Security-Policy']
        holds(len(policy) == 1 and policy[0].startswith("default-src 'none'; style-src 'sha256-"), policy)
        for link in page.links:
            path, _, anchor = link.partition('#')
            target = os.path.normpath(os.path.join(os.path.dirname(name), urllib.parse.unquote(path))) if path else name
            holds(os.path.exists(os.path.join(report_directory, target)), '%s leads from %s to nothing' % (link, name))
            holds(not anchor or urllib.parse.unquote(anchor) in pages[target].ids, '%s: no such place' % link)
    return pages


def summary_matches(report, pages):
    """The pages say what the JSON says."""
    index = pages['index.html']
    statuses = [host['status'] for host in report['hosts']] + [
        'open' if rule['open'] else 'compliant' if rule['applicable'] else 'not_applicable' for rule in report['rules']]
    for status, number in collections.Counter(statuses).items():
        equal(index.count('tr', data_status=status), number, 'rows that are ' + status)
    for host in report['hosts']:
        page = pages[host['page']]
        contains(page.text, host['name'])
        for status, number in host['counts'].items():
            equal(page.count('details', data_status=status), number, '%s of %s' % (status, host['name']))
        for rule in host['rules']:
            contains(page.text, rule['title'], rule['why'], rule['detail'], *rule['refs'])
        if host['reason']:
            contains(page.text, host['reason'])
        for file in host['files']:
            contains(page.text, *[line for line in file['diff'].splitlines()[2:]])


def junit_matches(report_directory, report):
    path = os.path.join(report_directory, 'junit.xml')
    equal([suite.name for suite in junitparser.JUnitXml.fromfile(path)], [host['name'] for host in report['hosts']], 'suites')
    root = ElementTree.parse(path).getroot()
    kinds = {'compliant': [], 'non_compliant': ['failure'], 'failed': ['error'], 'not_applicable': ['skipped']}
    for suite, host in zip(root, report['hosts']):
        expected = [(rule['id'], kinds[rule['status']]) for rule in host['rules']]
        if host['status'] in NOT_AUDITED:
            expected.insert(0, ('audit', ['error']))
        cases = [(test.get('name'), [child.tag for child in test]) for test in suite]
        equal(cases, expected, 'test cases of ' + host['name'])
        equal({key: int(suite.get(key)) for key in ('tests', 'failures', 'errors', 'skipped')},
              {'tests': len(cases), **{key: sum(kind == [tag] for _, kind in cases) for key, tag in
                                       (('failures', 'failure'), ('errors', 'error'), ('skipped', 'skipped'))}}, host['name'])
        datetime.datetime.fromisoformat(suite.get('timestamp'))
    equal({key: int(root.get(key)) for key in ('tests', 'failures', 'errors', 'skipped')},
          {key: sum(int(suite.get(key)) for suite in root) for key in ('tests', 'failures', 'errors', 'skipped')}, 'totals')
    return root


# ---- the browser


def every_page(chromium, report_directory, report, pages=None):
    """Each page at both widths: nothing loaded, no complaint, nothing beyond the edge, all of it readable."""
    for page in pages or ['index.html'] + [host['page'] for host in report['hosts']]:
        for width, height in (DESKTOP, TELEPHONE):
            chromium.size(width, height)
            for scheme in ('light', 'dark'):
                chromium.colours(scheme)
                chromium.open(os.path.join(report_directory, page))
                where = '%s, %d wide, %s' % (page, width, scheme)
                equal(chromium.complaints(), [], 'console of ' + where)
                equal(chromium.poor_contrast(), [], 'contrast in ' + where)
            equal(chromium.overflow(), [], 'overflow in ' + where)
    asked = {urllib.parse.urlsplit(url).scheme for url in chromium.requests()}
    equal(asked, {'file'}, 'schemes of what was asked for')


def filtered(chromium, rows, text='', status='', severity='', form=0):
    """What is left after a person has filtered: the number of rows to be seen, and what the page says about it."""
    return tuple(chromium.evaluate('''
        const form = document.querySelectorAll('form.filter')[arguments[4]];
        form.elements.text.value = arguments[1]; form.elements.status.value = arguments[2]; form.elements.severity.value = arguments[3];
        form.elements.text.dispatchEvent(new Event('input', {bubbles: true}));
        const seen = [...document.querySelectorAll(arguments[0])].filter(row => row.getClientRects().length);
        return [seen.length, form.querySelector('output').value];''', rows, text, status, severity, form))


def filters_of_fleet(chromium, report_directory, report):
    chromium.open(os.path.join(report_directory, 'index.html'))
    hosts, rules = report['hosts'], report['rules']
    said = lambda number, all_: (number, '%d of %d shown' % (number, len(all_)))
    check = lambda expected, **wanted: equal(filtered(chromium, '#hosts tbody tr', **wanted), said(expected, hosts), wanted)
    check(len(hosts))
    for status in ('compliant', 'non_compliant', *NOT_AUDITED):
        check(report['summary']['hosts'][status], status=status)
    for severity in ('high', 'medium', 'low'):
        check(sum(host['status'] == 'non_compliant' and any(rule['severity'] == severity and rule['status'] in OPEN
                                                            for rule in host['rules']) for host in hosts), severity=severity)
    check(sum('bank' in host['name'] for host in hosts), text='BANK')
    check(0, text='no host is called so')
    check_rules = lambda expected, **wanted: equal(filtered(chromium, '#rules tbody tr', form=1, **wanted),
                                                   said(expected, rules), wanted)
    check_rules(sum(bool(rule['open']) for rule in rules), status='open')
    check_rules(sum(rule['severity'] == 'low' for rule in rules), severity='low')
    check_rules(sum(bool(rule['open']) and rule['severity'] == 'high' for rule in rules), status='open', severity='high')


def filters_of_host(chromium, report_directory, host):
    chromium.open(os.path.join(report_directory, host['page']))
    rules = host['rules']
    check = lambda expected, **wanted: equal(filtered(chromium, '.rule', **wanted),
                                             (expected, '%d of %d shown' % (expected, len(rules))), wanted)
    groups = 'return [...document.querySelectorAll(".group")].filter(group => group.getClientRects().length).length'
    for status in ('failed', 'non_compliant', 'compliant', 'not_applicable'):
        check(host['counts'][status], status=status)
        equal(chromium.evaluate(groups), int(host['counts'][status] > 0), 'groups to be seen with ' + status)
    for severity in ('high', 'medium', 'low'):
        check(sum(rule['severity'] == severity for rule in rules), severity=severity)
    check(sum('telnet' in json.dumps([rule['id'], rule['title'], rule['why'], rule['detail'], rule['refs'], rule['tags'],
                                      rule['files']]).lower() for rule in rules), text='telnet')


# ---- the tests


def a_clean_fleet(directory):
    fleet = five_hosts(directory)
    trees = {name: host.everything() for name, host in fleet.hosts.items()}
    with case('without bulwark_report an audit writes no file'):
        equal(fleet.play()[0], 0, 'exit status')
        holds(not os.path.exists(fleet.report), 'there is a report')
    with case('of a clean fleet, localhost among it, the report says that all is compliant, also under --strict and --check'):
        status, printed, report = fleet.audit('--check', bulwark_strict=True)
        equal(status, 0, printed)
        equal((report['summary']['score'], report['summary']['hosts']['compliant']), (100, 5), 'summary')
        equal(sorted(by_name(report)), sorted(SAMPLES), 'hosts')
    with case('the audit leaves the hosts as they are'):
        for name, host in fleet.hosts.items():
            same_tree(host.everything(), trees[name], name)
    with case('its pages, its JSON and its JUnit XML agree'):
        pages = sound_pages(fleet.report, report)
        summary_matches(report, pages)
        junit_matches(fleet.report, report)
        holds(datetime.datetime.fromisoformat(report['generated_at']).tzinfo, 'no zone in ' + report['generated_at'])
    with case('nobody but their owner can read the files of a directory that the report made'):
        equal(sorted({facts[0] for facts in fleet.files().values()}), ['-rw-------', 'drwx------'], 'modes')
    with case('the files can be read by whoever can read a directory that was there'):
        os.chmod(fleet.report, 0o755)
        fleet.audit()
        equal(sorted({facts[0] for path, facts in fleet.files().items() if path != 'hosts'}), ['-rw-r--r--'], 'modes')
    with case('--limit limits the report, pages of other hosts go, and foreign files stay'):
        write('ours', fleet.report, 'hosts', 'readme.html')
        report = fleet.audit('--limit', 'aix53')[2]
        equal(list(by_name(report)), ['aix53'], 'hosts')
        equal(sorted(os.listdir(os.path.join(fleet.report, 'hosts'))), ['aix53.html', 'readme.html'], 'pages')
    with browser(directory) as chromium, case('Chromium shows its pages at 1280 and 375, light and dark, without a complaint'):
        every_page(chromium, fleet.report, report)


def a_drifted_fleet(directory):
    fleet = five_hosts(directory)
    fleet.audit()
    drift(fleet)
    status, printed, report = fleet.audit(bulwark_strict=True)
    hosts = by_name(report)
    with case('of a drifted fleet the report is written before strict, failed and unreachable hosts fail the play'):
        equal(status, 4, printed)
        equal({name: host['status'] for name, host in hosts.items()},
              {'aix433': 'non_compliant', 'aix53': 'non_compliant', 'aix61.bank.example': 'non_compliant', 'aix72': 'failed',
               'localhost': 'unreachable'}, 'hosts')
    with case('a failed and an unreachable host are there with the reason'):
        contains(hosts['aix72']['reason'], fleet.hosts['aix72'].root, 'No such file or directory')
        contains(hosts['localhost']['reason'], 'port 1: Connection refused')
        contains(re.sub(' +', ' ', printed), 'localhost : ok=1 changed=0 unreachable=1 failed=0')
        equal([hosts[name]['score'] for name in ('aix72', 'localhost')], [None, None], 'scores')
    with case('rules, files, actions, ports and warnings are those that harden returns in check mode'):
        for name in ('aix433', 'aix53', 'aix61.bank.example'):
            said = fleet.hosts[name].module('harden', check=True, details=True)
            for rule in said['rules']:
                rule.setdefault('findings', [])
            for key in ('rules', 'files', 'ports'):
                equal(hosts[name][key], said[key], key)
            equal(hosts[name]['warnings'], said.get('warnings', []), 'warnings')
            equal([action['argv'] for action in hosts[name]['actions']], [a['argv'] for a in said['actions']], 'actions')
    with case('ports before and after are those of ports_info before and after a real run'):
        for name in ('aix433', 'aix53'):
            host = fleet.hosts[name]
            equal(hosts[name]['ports']['before'], host.module('ports_info')['ports'], 'before')
            copy = Host(os.path.join(directory, 'copy-' + name), host.root)
            equal(copy.module('harden', details=True)['ports']['after'], hosts[name]['ports']['after'], 'predicted')
            equal(hosts[name]['ports']['after'], copy.module('ports_info')['ports'], 'after')
    with case('the score is the share of applicable rules that are compliant, rounded down'):
        for host in hosts.values():
            if host['score'] is not None:
                counts = host['counts']
                equal(host['score'], counts['compliant'] * 100 // (counts['compliant'] + counts['non_compliant']), host['name'])
        equal(hosts['aix433']['score'], 0, 'of a host as found')
        holds(0 < hosts['aix53']['score'] < 100, 'score of one that has drifted')
    with case('its pages, its JSON and its JUnit XML agree, and the XML has message, reason and diff'):
        summary_matches(report, sound_pages(fleet.report, report))
        root = junit_matches(fleet.report, report)
        failure = root.find("testsuite[@name='aix61.bank.example']/testcase[@name='ftpusers-system-accounts']/failure")
        contains(failure.text, 'deny root', '+++ after: /etc/ftpusers', '\n+root\n')
        equal(root.find("testsuite[@name='localhost']/testcase/error").get('type'), 'unreachable', 'type')
    with browser(directory) as chromium:
        with case('Chromium shows every page at 1280 and 375, light and dark: no complaint, no request, nothing cut off'):
            every_page(chromium, fleet.report, report)
        with case('the filters of the fleet page leave the right hosts and rules'):
            filters_of_fleet(chromium, fleet.report, report)
        with case('the filters of a host page leave the right rules and hide empty groups'):
            filters_of_host(chromium, fleet.report, hosts['aix53'])
        with case('a link from the fleet page leads to the rule on the page of the host, which is open there'):
            chromium.open(os.path.join(fleet.report, 'index.html'))
            chromium.evaluate("document.querySelector('#rules a[href*=aix53]').click()")
            contains(chromium.driver.current_url, '/hosts/aix53.html#rule-')
            holds(chromium.evaluate("return document.querySelector(':target').open"), 'it is not open')
            chromium.evaluate("document.querySelector('nav a').click()")
            contains(chromium.driver.current_url, '/report/index.html')
        with case('without scripts all rows are there, and no filters'):
            chromium.scripts(False)
            chromium.open(os.path.join(fleet.report, 'index.html'))
            shown = lambda what: [e.is_displayed() for e in chromium.driver.find_elements('css selector', what)]
            equal(shown('#hosts tbody tr'), [True] * 5, 'hosts')
            equal(shown('form.filter'), [False, False], 'filters')


def a_fleet_that_is_gone(directory):
    fleet = Fleet(directory)
    fleet.add('a').module('rollback', to='original')
    fleet.add('b', hardened=False, **UNREACHABLE)
    shutil.rmtree(fleet.hosts['a'].root)
    with case('of hosts that all fail there is a report, too'):
        status, printed, report = fleet.audit()
        equal(status, 4, printed)
        equal([host['status'] for host in report['hosts']], ['failed', 'unreachable'], 'hosts')
        equal(report['summary']['score'], None, 'score')
        sound_pages(fleet.report, report)
    with case('a rule that cannot be planned is an error in the report of its host, beside what is known of the others'):
        host = fleet.add('c', hardened=False)
        os.remove(host.path('etc', 'syslog.conf'))
        os.mkdir(host.path('etc', 'syslog.conf'))
        report = fleet.audit()[2]
        failed = [rule for rule in by_name(report)['c']['rules'] if rule['status'] == 'failed']
        contains(failed[0]['detail'], '/etc/syslog.conf is a directory')
        summary_matches(report, sound_pages(fleet.report, report))
        junit_matches(fleet.report, report)
    with case('where no ports can be told, a warning says so and the rest is there'):
        host = fleet.add('d', hardened=False)
        for file in ('inittab', 'rc.tcpip', 'inetd.conf'):
            os.remove(host.path('etc', file))
        found = by_name(fleet.audit(bulwark_only=['syslog-rules'])[2])['d']
        equal((found['status'], found['ports']), ('non_compliant', None), 'host')
        contains(found['warnings'][0], 'which ports the host opens is not known: none of /etc/inittab')


def hosts_that_mean_harm(directory):
    fleet = Fleet(directory)
    fleet.add('plain')
    evil = fleet.add('a' + EVIL.replace('%', '_'), hardened=False)
    fleet.add('PLAIN')
    evil.append('# %s \xff\xfe \x1b[2J\x01\x7f \xe2\x80\xae\nshell stream tcp nowait root /x%s x\n' % (EVIL, EVIL.replace(' ', '')),
                'etc', 'inetd.conf')
    rules = write('bulwark_rules:\n  - id: "a\'\\"<b>"\n    title: !unsafe %s\n    why: !unsafe %s\n    severity: !unsafe %s\n'
                  '    refs: [!unsafe %s]\n    inetd: {name: telnet, state: disabled}\n'
                  % ((json.dumps(EVIL),) * 4), directory, 'rules.yml')
    status, printed, report = fleet.audit('-e', '@' + rules)
    host = report['hosts'][1]
    with case('names, titles and contents that look like markup, templates or controls are text in every page'):
        equal(status, 0, printed)
        pages = sound_pages(fleet.report, report)
        page = pages[host['page']]
        contains(page.text, host['name'], EVIL, '\\x1b[2J\\x01\\x7f', '\\u202e', '\\xff\\xfe')
        lacks(page.text, '\x1b', '\x01', '\u202e', '\xff')
        contains(pages['index.html'].text, host['name'], EVIL)
        lacks(page.text + pages['index.html'].text, '7 * 7 is', '{{ 49 }}')
    with case('and in the XML, which stays well-formed'):
        root = junit_matches(fleet.report, report)
        failure = [test for test in root[1] if test.get('name') == 'a\'"<b>'][0].find('failure')
        equal(failure.get('message'), EVIL, 'message')
        contains(''.join(root[1].itertext()), '\\x1b[2J\\x01\\x7f')
    with case('an unknown severity counts as other'):
        equal([rule['severity'] for rule in host['rules'] if rule['title'] == EVIL], ['other'], 'severity')
    with case('file names are safe, and different where names differ in case alone'):
        names = [os.path.basename(each['page']) for each in report['hosts']]
        holds(all(re.fullmatch('[A-Za-z0-9._-]+', name) for name in names), names)
        equal(len({name.lower() for name in names}), 3, 'names')
    with browser(directory) as chromium, case('nothing of that runs in Chromium'):
        every_page(chromium, fleet.report, report, ['index.html', host['page']])
    with case('results of a host that lies about its shape do no harm'):
        liar = write('#!/bin/sh\necho \'{"changed": "x", "rules": [1, {"id": {"a": 1}, "refs": 7, "severity": []}], "ports": 3, '
                     '"files": [{"path": 5}], "actions": "y", "warnings": {}, "msg": ["<b>"]}\'\n', directory, 'library', 'liar')
        os.chmod(liar, 0o755)
        playbook = write('''
- hosts: plain
  gather_facts: false
  tasks:
    - liar:
      register: bulwark_audit
    - bulwark.aix.report:
        dest: report
''', directory, 'liar.yml')
        status, printed = fleet.play(playbook=playbook)
        equal(status, 0, printed)
        sound_pages(fleet.report, json.loads(read(fleet.report, 'report.json')))


def places_that_do_not_serve(directory):
    fleet = Fleet(directory)
    fleet.add('a')
    with case('a report that does not fit leaves the one before as it was, and nothing beside it'):
        if not IS_ROOT:
            skip('a full disk', 'mounting needs root')
        else:
            disk = os.path.join(directory, 'disk')
            with small_disk(disk, 512 * 1024):
                equal(fleet.play(bulwark_report=disk)[0], 0, 'exit status')
                before = tree(disk, times=True)
                for number in range(12):
                    fleet.add('b%d' % number, hardened=False)
                status, printed = fleet.play(bulwark_report=disk)
                equal(status, 2, printed)
                contains(' '.join(printed.split()), 'the report is not written to %s' % disk, 'No space left on device')
                after = tree(disk, times=True)
                same_tree(after, before)
    with case('a file in the place of the directory is named in one sentence'):
        file = write('mine', directory, 'file')
        status, printed = fleet.play('--limit', 'a', bulwark_report=file)
        equal((status, read(file)), (2, 'mine'), printed)
        contains(' '.join(printed.split()), 'the report is not written to %s: %s: File exists' % (file, file))


if __name__ == '__main__':
    run_tests(a_clean_fleet, a_drifted_fleet, a_fleet_that_is_gone, hosts_that_mean_harm, places_that_do_not_serve)
