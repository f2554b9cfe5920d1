#!/usr/bin/python3 -B
"""check_citations.py SOURCE: documents and sections that our texts name have to be there.

It fails where a text names a document (NAME.md), or a page a file (`lib/...`), that the sources do not have; where a comment
or a page names a section that the document does not have, as `(docs/NAME.md, "Title")`; where code names a section of
anything by its number, which changes; and where docs/aix_facts.md and those who cite it, as `(aix_facts.md, title)`, disagree:
each section is cited, by the files under its "Rests on it", and by no others. Before all that it shows, on a small tree of
its own, that it finds each of these faults.
"""
import os
import re
import sys
import tempfile

FACTS = 'aix_facts.md'
PLACES = ('lib', 'module', 'cmake', 'tests', 'docs', 'playbooks', 'molecule', '.ci')
FILES = ('README.md', 'CHANGELOG.md', 'CMakeLists.txt', 'CMakePresets.json')
DATA = ('tests/fuzz/corpus/', 'tests/samples/')  # of which only the README is ours to cite in
ITSELF = 'cmake/check_citations.py'  # has citations of what is not there
GENERATED = '.md.in'  # README.md.in is the README.md of the collection
DOCUMENT = re.compile(r'(?<![\w%/.<>*-])((?:\.\./|[\w-]+/)*[\w-]+\.md)\b')
ADDRESS = re.compile(r'\w+://\S+')
TITLED = re.compile(r',\s+"([^"\n]+)"')
NUMBERED = re.compile(r'(?i)\bsection\s+\d|\.md,?\s+\d')
PATH = re.compile(r'`((?:lib|module|cmake|tests)/[\w./-]+)`')
OF_CODE = ('.cpp', '.hpp', '.c', '.cmake', '.py', '.sh', '.in', '.yml')


class Source:
    def __init__(self, top):
        self.top = top
        self.texts = dict(self._read())
        self.documents = {path for path in self.texts if path.endswith('.md')}
        self.named = {os.path.basename(path): path for path in self.documents}
        for path in self.texts:
            if path.endswith(GENERATED):
                self.documents.add(path[:-len('.in')])

    def _read(self):
        paths = list(FILES)
        for place in PLACES:
            for directory, names, files in os.walk(os.path.join(self.top, place)):
                names[:] = [name for name in names if name != '__pycache__']
                paths += [os.path.relpath(os.path.join(directory, name), self.top) for name in files]
        for path in sorted(paths):
            whole = os.path.join(self.top, path)
            if os.path.isfile(whole) and path != ITSELF and (path.endswith('.md') or not path.startswith(DATA)):
                with open(whole, 'rb') as file:
                    yield path, file.read().decode('utf-8', 'replace')

    def find(self, name, user):
        """The document that `name` means in that file: from the top, from beside it, from docs, or by its name alone."""
        for directory in ('', os.path.dirname(user), 'docs'):
            path = os.path.normpath(os.path.join(directory, name))
            if path in self.documents:
                return path
        return self.named.get(name)

    def titles(self, document):
        text = re.sub(r'(?ms)^```.*?^```', '', self.texts.get(document, self.texts.get(document + '.in', '')))
        return [re.sub(r'^\d+\.\s+', '', title).strip() for title in re.findall(r'(?m)^#+ (.*)$', text)]


def comments(path, text):
    """The text of the comments, a wrapped one in one piece, as (line, text); of a page all of it."""
    if path.endswith('.md'):
        return [(1, text)]
    found, block = [], None
    marks = '//' if path.endswith(('.cpp', '.hpp', '.c')) else '#'
    for number, line in enumerate(text.split('\n'), 1):
        at = line.find(marks)
        whole = at >= 0 and not line[:at].strip()
        if at < 0:
            block = None
            continue
        said = line[at:].lstrip('/#').strip()
        if whole and block is not None:
            block[1] += ' ' + said
        else:
            block = [number, said]
            found.append(block)
    return [tuple(one) for one in found]


def said_in(path, text):
    """The comments, and each line as it stands."""
    return comments(path, text) + list(enumerate(text.split('\n'), 1))


def fault(path, line, sentence):
    return '%s:%d: %s' % (path, line, sentence)


def missing_documents(source):
    for path, text in source.texts.items():
        for number, line in enumerate(text.split('\n'), 1):
            for name in DOCUMENT.findall(ADDRESS.sub('', line)):
                if os.path.basename(name) != 'NAME.md' and not source.find(name, path):
                    yield fault(path, number, 'there is no document %s' % name)


def missing_files(source):
    for path, text in source.texts.items():
        for number, line in enumerate(text.split('\n') if path.endswith('.md') else (), 1):
            for name in PATH.findall(line):
                if not os.path.exists(os.path.join(source.top, name)) and not os.path.basename(name).startswith('NAME'):
                    yield fault(path, number, 'there is no file %s' % name)


def missing_sections(source):
    for path, text in source.texts.items():
        for number, said in said_in(path, text):
            for match in DOCUMENT.finditer(said):
                document, titled = source.find(match.group(1), path), TITLED.match(said, match.end())
                if document and titled and titled.group(1) not in source.titles(document):
                    yield fault(path, number, '%s has no section "%s"' % (document, titled.group(1)))


def numbered_sections(source):
    for path, text in source.texts.items():
        if path.endswith(OF_CODE) or '.' not in os.path.basename(path):
            for number, said in said_in(path, text):
                found = NUMBERED.search(TITLED.sub('', said))
                if found:
                    yield fault(path, number, 'name the document and the title of the section, (NAME.md, "Title"), not "%s"'
                                % found.group())


def cited_facts(source):
    """Which file cites which section, by its title, at which line; None for one that there is not, and what stands there."""
    titles = sorted((title.lower() for title in facts_of(source)), key=len, reverse=True)
    for path, text in source.texts.items():
        if path.endswith('.md'):
            continue
        for number, said in comments(path, text):
            for match in re.finditer(re.escape(FACTS) + r'(?:, |\b)', said):
                rest = said[match.end():].lower()
                found = [title for title in titles if re.match(re.escape(title) + r'(?![\w-])', rest)]
                yield path, number, found[0] if found else None, rest[:30]


def facts_of(source):
    """The files under "Rests on it" of each section."""
    text = source.texts.get('docs/' + FACTS, '')
    return {title: set(PATH.findall(body.partition('Rests on it:')[2]))
            for title, body in re.findall(r'(?ms)^## \d+\. ([^\n]*)\n(.*?)(?=^## |\Z)', text)}


def facts(source):
    users = {title: set() for title in facts_of(source)}
    by_title = {title.lower(): title for title in users}
    for path, number, title, rest in cited_facts(source):
        if title is None:
            yield fault(path, number, 'cite a section of %s that there is, as (%s, inittab), not "%s"' % (FACTS, FACTS, rest))
        else:
            users[by_title[title]].add(path)
    page = 'docs/' + FACTS
    for title, listed in facts_of(source).items():
        if not users[title]:
            yield fault(page, 1, 'nobody cites section "%s"; take it out, or cite it where the code rests on it' % title)
        for path in sorted(listed - users[title]):
            yield fault(page, 1, 'section "%s" lists %s, which does not cite it' % (title, path))
        for path in sorted(users[title] - listed):
            yield fault(page, 1, 'section "%s" does not list %s, which cites it' % (title, path))


def faults(source):
    checks = (missing_documents, missing_files, missing_sections, numbered_sections, facts)
    return sorted({one for check in checks for one in check(source)})


RIGHT = {
    'README.md': '# A\n\nSee [more](docs/more.md), and https://example.com/none.md.\n',
    'docs/more.md': '# More\n\n## The way\n\n```\n# no title\n```\n',
    'docs/aix_facts.md': '## 1. Inittab\n\nRests on it: `lib/a.cpp`\n\n## 2. Network options\n\nRests on it: `lib/b.sh`\n',
    'lib/a.cpp': '/// A (aix_facts.md,\n/// inittab; docs/more.md, "The way").\nint a; // in one section of more.md\n',
    'lib/b.sh': '#!/bin/sh\n# b (aix_facts.md, network options)\n',
}
WRONG = [
    ({'lib/a.cpp': RIGHT['lib/a.cpp'] + '// Said in none.md.\n'}, 'lib/a.cpp:4: there is no document none.md'),
    ({'README.md': 'It is `lib/none.cpp`.\n'}, 'README.md:1: there is no file lib/none.cpp'),
    ({'README.md': 'docs/none.md has it.\n'}, 'README.md:1: there is no document docs/none.md'),
    ({'lib/a.cpp': RIGHT['lib/a.cpp'].replace('The way', 'The end')}, 'lib/a.cpp:1: docs/more.md has no section "The end"'),
    ({'lib/a.cpp': RIGHT['lib/a.cpp'].replace('The way', 'no title')}, 'lib/a.cpp:1: docs/more.md has no section "no title"'),
    ({'lib/a.cpp': RIGHT['lib/a.cpp'] + 'int b; // more.md 5.3\n'}, 'lib/a.cpp:4: name the document and the title'),
    ({'lib/b.sh': RIGHT['lib/b.sh'] + 'echo section 4\n'}, 'lib/b.sh:3: name the document and the title of the section'),
    ({'lib/a.cpp': RIGHT['lib/a.cpp'].replace('inittab', 'inetd')}, 'lib/a.cpp:1: cite a section of aix_facts.md that there is'),
    ({'lib/a.cpp': RIGHT['lib/a.cpp'].replace('inittab', 'inittabs')}, 'lib/a.cpp:1: cite a section of aix_facts.md'),
    ({'lib/b.sh': '# b\n'}, 'docs/aix_facts.md:1: nobody cites section "Network options"'),
    ({'lib/b.sh': '# b\n'}, 'docs/aix_facts.md:1: section "Network options" lists lib/b.sh, which does not cite it'),
    ({'lib/c.cpp': '// c (aix_facts.md, inittab)\n'}, 'docs/aix_facts.md:1: section "Inittab" does not list lib/c.cpp'),
]


def found_in(texts):
    with tempfile.TemporaryDirectory() as top:
        for path, text in texts.items():
            os.makedirs(os.path.dirname(os.path.join(top, path)), exist_ok=True)
            with open(os.path.join(top, path), 'w', encoding='utf-8') as file:
                file.write(text)
        return faults(Source(top))


def check_itself():
    unfounded = found_in(RIGHT)
    if unfounded:
        sys.exit('check_citations.py finds fault with what is right: %s' % unfounded)
    for texts, expected in WRONG:
        found = found_in({**RIGHT, **texts})
        if not any(one.startswith(expected) for one in found):
            sys.exit('check_citations.py does not find "%s" but %s' % (expected, found))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split('\n')[0])
    check_itself()
    found = faults(Source(sys.argv[1]))
    print('\n'.join(found) if found else 'every document and section that is named is there')
    sys.exit(1 if found else 0)


if __name__ == '__main__':
    main()
