#!/usr/bin/python3 -B
"""The pages below docs/ say what the binary does.

usage: documents.py [--update]

docs/modules/NAME.md is what `bulwark doc --markdown NAME` prints, and the rules in docs/profiles.md are those of
module/profiles. With --update both are written anew, and nothing is tested. docs/tutorial.md is written by hand: the
rules, modules and profiles that it names have to be there.
"""
import json
import os
import re
import sys

from lib import BINARY, MODULES, TOP, Host, call, case, contains, equal, holds, read, run_tests, write

DOCS = os.path.join(TOP, 'docs')
PROFILES = ['tutorial', 'strict']
RULES_BEGIN, RULES_END = '<!-- generated: the rules -->\n', '<!-- end of what is generated -->\n'
PROPERTIES = ['id', 'title', 'why', 'severity', 'tags', 'refs']
SEVERITIES = ['high', 'medium', 'low']
YAML_WORDS = ['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null']


def read_utf8(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


# ---- the modules


def module_pages():
    return {name + '.md': call(BINARY, 'doc', '--markdown', name).stdout.decode() for name in MODULES}


# ---- the profiles


def profile_source(name):
    return json.loads(read_utf8(os.path.join(TOP, 'module', 'profiles', name + '.json')))


def profile(name):
    source = profile_source(name)
    if isinstance(source, list):
        return source
    return [rule for rule in profile(source['extends']) if rule['id'] not in source['without']] + source['rules']


def module_of(rule):
    return next(key for key in rule if key not in PROPERTIES)


def all_rules():
    """Every rule once, with the names of the profiles that have it."""
    found = []
    for name in PROFILES:
        for rule in profile(name):
            same = [names for other, names in found if other == rule]
            if same:
                same[0].append(name)
            else:
                found.append((rule, [name]))
    order = {module: at for at, module in enumerate(MODULES)}
    return sorted(found, key=lambda entry: order[module_of(entry[0])])


def yaml_flow(value):
    if isinstance(value, dict):
        return '{%s}' % ', '.join('%s: %s' % (key, yaml_flow(item)) for key, item in value.items())
    if isinstance(value, list):
        return '[%s]' % ', '.join(map(yaml_flow, value))
    if isinstance(value, str) and re.fullmatch(r'[A-Za-z/][\w./-]*', value) and value.lower() not in YAML_WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def yaml_call(rule):
    """The rule's call as a task would write it: on one line, or one a line for its options."""
    module = module_of(rule)
    line = '%s: %s' % (module, yaml_flow(rule[module]))
    if len(line) <= 120:
        return line
    return '\n'.join([module + ':'] + ['  %s: %s' % (key, yaml_flow(value)) for key, value in rule[module].items()])


def heading(rule, names):
    """A rule of the same id in another profile is another rule."""
    elsewhere = [name for name in PROFILES if name not in names and any(r['id'] == rule['id'] for r in profile(name))]
    return rule['id'] + (' in ' + ', '.join(names) if elsewhere else '')


def anchor(text):
    """Of a heading, as GitHub makes it."""
    return re.sub(r'[^\w -]', '', text.lower()).replace(' ', '-')


def table(rules):
    lines = ['| rule | what it demands | severity | tutorial | strict |', '|---|---|---|---|---|']
    for rule, names in rules:
        title = heading(rule, names)
        lines.append('| [%s](#%s) | %s | %s | %s |' % (
            rule['id'], anchor(title), rule['title'], rule['severity'],
            ' | '.join('x' if name in names else '' for name in PROFILES)))
    return '\n'.join(lines) + '\n'


def section(rule, names):
    facts = '%s; %s %s; tags %s' % (rule['severity'], 'profiles' if len(names) > 1 else 'profile', ', '.join(names),
                                    ', '.join(rule['tags']))
    return '\n### %s\n\n**%s.** (%s)\n\n%s\n\n```yaml\n%s\n```\n\nFrom: %s.\n' % (
        heading(rule, names), rule['title'], facts, rule['why'], yaml_call(rule), '; '.join(rule['refs']))


def generated_rules():
    rules = all_rules()
    return '\n' + table(rules) + ''.join(section(*entry) for entry in rules) + '\n'


def profiles_page(text):
    """The page with the rules as they are; what stands around them is written by hand."""
    before, _, rest = text.partition(RULES_BEGIN)
    _, _, after = rest.partition(RULES_END)
    holds(rest and RULES_END in rest, 'docs/profiles.md lacks %r or %r' % (RULES_BEGIN, RULES_END))
    return before + RULES_BEGIN + generated_rules() + RULES_END + after


def update():
    for name, text in module_pages().items():
        write(text.encode().decode('latin-1'), DOCS, 'modules', name)
    path = os.path.join(DOCS, 'profiles.md')
    write(profiles_page(read_utf8(path)).encode().decode('latin-1'), path)


# ---- the tests


def reference_pages(directory):
    pages = module_pages()
    with case('docs/modules has a page for every module and no other'):
        equal(sorted(os.listdir(os.path.join(DOCS, 'modules'))), sorted(pages), 'pages')
    for name, text in pages.items():
        with case('docs/modules/%s is what the binary prints (documents.py --update writes it)' % name):
            equal(read_utf8(os.path.join(DOCS, 'modules', name)), text, name)
    with case('docs/profiles.md has every rule as it is (documents.py --update writes them)'):
        text = read_utf8(os.path.join(DOCS, 'profiles.md'))
        equal(text, profiles_page(text), 'docs/profiles.md')


def the_profiles(directory):
    host = Host(directory)
    for name in PROFILES:
        with case('every rule of profile %s has an id of its own, a title, a reason, a severity, tags and sources' % name):
            rules = profile(name)
            equal(len({rule['id'] for rule in rules}), len(rules), 'distinct ids')
            for rule in rules:
                equal(list(rule)[:-1], PROPERTIES, 'properties of ' + rule['id'])
                holds(all(rule[key] for key in PROPERTIES), rule['id'] + ' has an empty property')
                holds(rule['id'].startswith(module_of(rule) + '-'), rule['id'] + ' is not named after its module')
                holds(rule['severity'] in SEVERITIES, rule['id'] + ' is ' + rule['severity'])
                holds(rule['why'].endswith('.') and not rule['title'].endswith('.'), rule['id'] + ' is not punctuated alike')
        with case('the binary knows profile %s as its source has it, in that order' % name):
            result = host.module('harden', check=True, profile=name)
            holds(not result.get('failed'), result['msg'])
            told = ('id', 'title', 'severity', 'refs')
            equal([{key: rule[key] for key in told} for rule in result['rules']],
                  [{key: rule[key] for key in told} for rule in profile(name)], 'rules')
    with case('what a profile leaves out of another is there'):
        strict = profile_source('strict')
        lost = set(strict['without']) - {rule['id'] for rule in profile(strict['extends'])}
        equal(sorted(lost), [], 'ids')


def instructions():
    """The rows of docs/tutorial.md: heading, instruction, who does it, in which profiles, how."""
    rows, title = [], ''
    for line in read_utf8(os.path.join(DOCS, 'tutorial.md')).splitlines():
        if line.startswith('#'):
            title = line.lstrip('# ')
        cells = [cell.strip() for cell in line.strip('|').split('|')]
        if line.startswith('|') and cells[0] != 'the tutorial says' and not cells[0].startswith('---'):
            equal(len(cells), 4, 'cells of the row ' + line)
            rows.append((title, *cells))
    return rows


def the_tutorial(directory):
    rows = instructions()
    of_profile = {name: {rule['id'] for rule in profile(name)} for name in PROFILES}
    known = set(MODULES)
    named = set()
    with case('docs/tutorial.md names rules and modules that there are, and the profiles that have the rules'):
        for title, said, done_by, profiles, how in rows:
            names = re.findall(r'`([^`]+)`', done_by)
            holds(names or done_by == 'a person', '%s: nobody does: %s' % (title, said))
            for name in names:
                with_it = [each for each in PROFILES if name in of_profile[each]]
                holds(with_it or name in known, '%s: %s is neither a rule nor a module' % (title, name))
                if with_it:
                    holds(set(filter(None, profiles.split(', '))) <= set(with_it) and profiles,
                          '%s: %s is in %s, not in %r' % (title, name, ', '.join(with_it), profiles))
            named.update(names)
            holds(said and how, '%s: an empty cell beside %r' % (title, said or how))
    with case('docs/tutorial.md has every rule of profile tutorial, and every one of strict that the tutorial asks for'):
        missing = of_profile['tutorial'] - named
        for rule in profile('strict'):
            if any(re.match(r'tutorial, section [345]', ref) for ref in rule['refs']):
                missing |= {rule['id']} - named
        equal(sorted(missing), [], 'rules')


def links(directory):
    pages = [os.path.join(TOP, name) for name in ('README.md', 'CHANGELOG.md')]
    for place, _, names in os.walk(DOCS):
        pages += [os.path.join(place, name) for name in names if name.endswith('.md')]
    with case('every link from page to page, and to a heading, leads somewhere'):
        for page in pages:
            for target in re.findall(r'\]\(([^)\s]+)\)', read_utf8(page)):
                path, _, at = target.partition('#')
                if '://' in path:
                    continue
                to = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
                holds(os.path.exists(to), '%s: %s' % (page, target))
                if at:
                    titles = [anchor(line.lstrip('# ')) for line in read_utf8(to).splitlines() if line.startswith('#')]
                    holds(at in titles, '%s: %s has no such heading' % (page, target))
    with case('README.md has every module in its table, in the order of the registry, and names every profile'):
        text = read(TOP, 'README.md')
        section = text.partition('\n## The modules\n')[2].partition('\n## ')[0]
        equal(re.findall(r'(?m)^\| `(\w+)` \| \S', section), MODULES, 'modules of the table')
        contains(text, *('`%s`' % name for name in PROFILES))


if __name__ == '__main__':
    if sys.argv[1:] == ['--update']:
        sys.exit(update())
    run_tests(reference_pages, the_profiles, the_tutorial, links)
