"""What an audit found, as one plain dictionary: the content of report.json, from which the other files are made.

What hosts sent is taken for what it is: anything. Values of another type than expected are shown as text or left out.
"""
import datetime
import hashlib
import json
import re

SCHEMA = 'bulwark.aix audit report'
SCHEMA_VERSION = 1
RULE_STATUSES = ('failed', 'non_compliant', 'changed', 'compliant', 'not_applicable')
OPEN = ('failed', 'non_compliant', 'changed')  # changed: the result is that of a real run, before which it was not so
SEVERITIES = ('high', 'medium', 'low', 'other')
HOST_STATUSES = ('unreachable', 'failed', 'not_audited', 'non_compliant', 'compliant')
LONGEST_NAME = 100  # of a page, so that every file system takes it


def text(value):
    """Plain text, whatever it was: the strings of Ansible are types of its own."""
    if value is None:
        return ''
    return str.__str__(value) if isinstance(value, str) else json.dumps(value, default=str)


def listed(value):
    return list(value) if isinstance(value, (list, tuple)) else []


def texts(value):
    return [text(item) for item in listed(value)]


def dictionaries(value):
    return [item for item in listed(value) if isinstance(item, dict)]


def number(value):
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


def score(compliant, applicable):
    """Per cent, rounded down: 100 means that nothing is open. None where there is nothing to be compliant with."""
    return compliant * 100 // applicable if applicable else None


# ---- one host


def rule_of(raw):
    status, severity = text(raw.get('status')), text(raw.get('severity'))
    return {**{key: text(raw.get(key)) for key in ('id', 'title', 'why', 'detail')},
            'status': status if status in RULE_STATUSES else 'failed',
            'severity': severity if severity in SEVERITIES else 'other',
            **{key: texts(raw.get(key)) for key in ('tags', 'refs', 'files', 'findings')}}


def port_of(raw):
    return {**{key: number(raw.get(key)) for key in ('port', 'rpc')},
            **{key: text(raw.get(key)) for key in ('protocol', 'name', 'program', 'started_from')},
            'dynamic': raw.get('dynamic') is True}


def ports_of(raw):
    if not isinstance(raw, dict):
        return None
    return {**{key: [port_of(port) for port in dictionaries(raw.get(key))] for key in ('before', 'after')},
            'unknown': texts(raw.get('unknown'))}


def counts_of(rules):
    return {status: sum(rule['status'] == status for rule in rules) for status in RULE_STATUSES}


def severities_of(rules):
    """Of each severity how many rules apply and how many of these are compliant."""
    counts = {}
    for severity in SEVERITIES:
        statuses = [rule['status'] for rule in rules if rule['severity'] == severity]
        applicable = sum(status != 'not_applicable' for status in statuses)
        compliant = statuses.count('compliant')
        counts[severity] = {'applicable': applicable, 'compliant': compliant, 'score': score(compliant, applicable)}
    return counts


def status_of(raw, rules):
    """The status of a host, and why it was not audited."""
    if not isinstance(raw, dict) or raw.get('skipped') is True:
        return 'not_audited', 'The run ended before this host was audited.'
    for status in ('unreachable', 'failed'):
        if raw.get(status):
            return status, text(raw.get('msg')).removeprefix('Task failed: ') or 'No reason was given.'
    return ('non_compliant' if any(rule['status'] in OPEN for rule in rules) else 'compliant'), ''


def host_of(name, page, raw):
    result = raw if isinstance(raw, dict) else {}
    rules = [rule_of(rule) for rule in dictionaries(result.get('rules'))]
    status, reason = status_of(raw, rules)
    audited = status in ('compliant', 'non_compliant')
    severities = severities_of(rules)
    applicable, compliant = (sum(each[key] for each in severities.values()) for key in ('applicable', 'compliant'))
    return {'name': text(name), 'page': page, 'status': status, 'reason': reason,
            'message': text(result.get('msg')) if audited else '',
            'score': score(compliant, applicable) if audited else None,
            'counts': counts_of(rules), 'severities': severities,
            **{key: text(result.get(key)) for key in ('profile', 'root', 'version')},
            'rules': rules,
            'files': [{key: text(file.get(key)) for key in ('path', 'change', 'diff')}
                      for file in dictionaries(result.get('files'))],
            'actions': [{'argv': texts(action.get('argv')), **{key: text(action.get(key)) for key in ('status', 'reason')}}
                        for action in dictionaries(result.get('actions'))],
            'ports': ports_of(result.get('ports')),
            'warnings': texts(result.get('warnings'))}


def page_names(hosts):
    """Host -> a file name that is safe everywhere, and another for each host, also where case does not count."""
    pages, taken = {}, set()
    for host in hosts:
        plain = re.sub('[^A-Za-z0-9._-]', '_', host).lstrip('.')[:LONGEST_NAME]
        if plain != host or plain.lower() in taken:
            plain += '-' + hashlib.sha256(host.encode('utf-8', 'surrogatepass')).hexdigest()[:12]
        taken.add(plain.lower())
        pages[host] = 'hosts/%s.html' % plain
    return pages


# ---- all hosts


def fleet_rules(hosts):
    """Each rule with the hosts by status; those that are open on most hosts first, of these the graver ones."""
    rules = {}
    for host in hosts:
        for rule in host['rules']:
            known = rules.setdefault(rule['id'], {
                **{key: rule[key] for key in ('id', 'title', 'severity')}, 'hosts': {s: [] for s in RULE_STATUSES}})
            known['hosts'][rule['status']].append(host['name'])
    for rule in rules.values():
        rule['open'] = sum(len(rule['hosts'][status]) for status in OPEN)
        rule['applicable'] = rule['open'] + len(rule['hosts']['compliant'])
    return sorted(rules.values(), key=lambda rule: (-rule['open'], SEVERITIES.index(rule['severity'])))


def summary_of(hosts):
    audited = [host for host in hosts if host['status'] in ('compliant', 'non_compliant')]
    rules = [rule for host in audited for rule in host['rules']]
    severities = severities_of(rules)
    return {'hosts': {'total': len(hosts), **{status: sum(host['status'] == status for host in hosts)
                                              for status in HOST_STATUSES}},
            'score': score(*(sum(each[key] for each in severities.values()) for key in ('compliant', 'applicable'))),
            'rules': counts_of(rules), 'severities': severities}


def report_of(results, title):
    """`results`: host -> what bulwark.aix.harden returned there, or None."""
    pages = page_names(results)
    hosts = [host_of(host, pages[host], raw) for host, raw in results.items()]
    return {'schema': SCHEMA, 'schema_version': SCHEMA_VERSION, 'title': text(title),
            'generated_at': datetime.datetime.now().astimezone().isoformat(timespec='seconds'),
            'summary': summary_of(hosts), 'hosts': hosts, 'rules': fleet_rules(hosts)}


def in_words(summary):
    hosts = summary['hosts']
    words = '%d of %d hosts compliant' % (hosts['compliant'], hosts['total'])
    for status in ('failed', 'unreachable', 'not_audited'):
        if hosts[status]:
            words += ', %d %s' % (hosts[status], status.replace('_', ' '))
    return words
