"""What a history holds, told by git and by code of its own, and what is on a host, as a chroot into it would see it.

A state of a file is a tuple: what it is, its mode, owner and group, and its text or where it points. Only what a run can
change is in it, so states can be compared.
"""
import collections
import os
import re
import stat

from lib import call, environment, holds

State = collections.namedtuple('State', 'kind mode owner group text')
MISSING = State('missing', None, None, None, None)
Fact = collections.namedtuple('Fact', 'keyword mode names blob')  # of a path in a commit; names: of owner and group
MAX_LINKS = 40


# ---- a tree of files


def state_of(path, status):
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISREG(status.st_mode):
        with open(path, 'rb') as file:
            return State('file', mode, status.st_uid, status.st_gid, file.read())
    if stat.S_ISLNK(status.st_mode):
        return State('link', None, status.st_uid, status.st_gid, os.fsencode(os.readlink(path)))
    kind = 'directory' if stat.S_ISDIR(status.st_mode) else 'other'
    return State(kind, mode, status.st_uid, status.st_gid, None)


def states_below(root, without):
    """Path -> State, of all below `root` but what lies at or below `without`; the paths begin with a slash."""
    found = {'/': state_of(root, os.lstat(root))}
    waiting = ['']
    while waiting:
        directory = waiting.pop()
        with os.scandir(root + directory) as entries:
            for entry in entries:
                path = directory + '/' + entry.name
                if path == without:
                    continue
                found[path] = state_of(entry.path, entry.stat(follow_symlinks=False))
                if found[path].kind == 'directory':
                    waiting.append(path)
    return found


def resolved(path, states):
    """Where the path leads in that tree, all links followed, or None where they come to no end."""
    left, place, links = path.strip('/').split('/'), '', 0
    while left:
        name = left.pop(0)
        if name in ('', '.'):
            continue
        if name == '..':
            place = os.path.dirname(place) if place else ''
            place = '' if place == '/' else place
            continue
        state = states.get(place + '/' + name, MISSING)
        if state.kind != 'link':
            place += '/' + name
            continue
        links += 1
        if links > MAX_LINKS:
            return None
        target = os.fsdecode(state.text)
        place = '' if target.startswith('/') else place
        left = target.split('/') + left
    return place or '/'


def entry(path, states):
    """The name itself: links are followed on the way to it only."""
    directory = resolved(os.path.dirname(path), states)
    return None if directory is None else os.path.join(directory, os.path.basename(path))


def place_of(path, states, itself):
    return entry(path, states) if itself else resolved(path, states)


def look(path, states, itself=False):
    """The state of what the path leads to, or of the link itself."""
    place = place_of(path, states, itself)
    return State('loop', None, None, None, None) if place is None else states.get(place, MISSING)


# ---- a history


class History:
    """Reads a history by git alone. What has been read once is kept: commits do not change."""

    def __init__(self, path, home):
        self.path, self.home = path, home
        self._facts = {None: {}}
        self._texts = {}
        self._dates = {}

    def git(self, *arguments, check=True):
        done = call('git', '--git-dir', self.path, *arguments, env=environment(
            HOME=self.home, GIT_CONFIG_NOSYSTEM='1', GIT_CONFIG_COUNT='1', GIT_CONFIG_KEY_0='safe.directory',
            GIT_CONFIG_VALUE_0='*'))
        holds(done.returncode == 0 or not check, 'git %s: %s' % (' '.join(arguments), done.stderr.decode('latin-1')))
        return done.stdout

    def commits(self):
        """Of main, oldest first."""
        if not os.path.exists(self.path):
            return []
        lines = self.git('log', '--reverse', '--format=%H %ct', 'refs/heads/main', '--', check=False).decode().split('\n')
        commits = [line.split() for line in lines if line]
        self._dates.update((commit, int(date)) for commit, date in commits)
        return [commit for commit, _ in commits]

    def date(self, commit):
        return self._dates[commit]

    def subject(self, commit):
        return self.git('show', '-s', '--format=%s', commit).decode('utf-8', 'surrogateescape').rstrip('\n')

    def text(self, blob):
        if blob not in self._texts:
            self._texts[blob] = self.git('cat-file', 'blob', blob)
        return self._texts[blob]

    def facts(self, commit):
        """Path -> Fact, of all that the commit knows."""
        if commit not in self._facts:
            listed = self.git('ls-tree', '-r', '-z', commit).split(b'\0')
            parts = [re.match(rb'\d+ \w+ (\w+)\t(.*)$', line, re.DOTALL).groups() for line in listed if line]
            blobs = {'/' + os.fsdecode(path): blob.decode() for blob, path in parts}
            lines = self.text(blobs.pop('/.bulwark')).decode('utf-8', 'surrogateescape').split('\n')
            facts = dict(filter(None, (fact_of(line, blobs) for line in lines)))
            unknown = sorted(set(blobs) - set(facts))
            holds(not unknown, '.bulwark of commit %s says nothing of %s' % (commit, unknown))
            self._facts[commit] = facts
        return self._facts[commit]

    def fsck(self):
        """What git complains of."""
        if not os.path.exists(self.path):
            return []
        done = call('git', '--git-dir', self.path, 'fsck', '--strict', '--full', '--no-dangling', env=environment(
            HOME=self.home, GIT_CONFIG_NOSYSTEM='1', GIT_CONFIG_COUNT='1', GIT_CONFIG_KEY_0='safe.directory',
            GIT_CONFIG_VALUE_0='*'))
        said = (done.stdout + done.stderr).decode('utf-8', 'replace').splitlines()
        usual = ('notice:', 'dangling', 'unborn branch', 'No default references')
        return [line for line in said if not any(word in line for word in usual)] or (
            ['exit status %d' % done.returncode] if done.returncode else [])


ESCAPES = {'n': '\n', 't': '\t', '\\': '\\'}


def unescaped(text):
    return re.sub(r'\\(x..|.)', lambda found: ESCAPES.get(found.group(1)) or os.fsdecode(
        bytes([int(found.group(1)[1:], 16)])), text)


def fact_of(line, blobs):
    """(path, Fact) of a line of .bulwark that is about a path."""
    keyword = line.split(' ', 1)[0]
    if keyword not in ('file', 'mode', 'log', 'directory', 'link', 'missing'):
        return None
    keyword, mode, owner, group, path = line.split(' ', 4)
    path = unescaped(path)
    return path, Fact(keyword, None if mode == '-' else int(mode, 8), (owner, group), blobs.get(path))
