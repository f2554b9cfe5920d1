#!/usr/bin/python3 -B
"""Takes the power away before every system call that writes, with a disk that has lost what was not synced.

The calls of a run are played on a disk of two states: what programs see, and what survives. A file's bytes and mode survive
from its last fsync on, the names in a directory from the last fsync of that directory; nothing else is relied on, which is
less than any journalling file system gives. Before each call the disk is left in each of these ways:

  nothing         nothing that was not synced has happened
  names           all names are as programs saw them, but bytes that were not synced are lost: new files are empty
  half            so, but the first half of those bytes is there
  files first     names outside the history are as programs saw them, those in the history only if they were synced
  history first   the other way round

After each the same has to hold as after a kill: see kill.py.
"""
import os
import shutil
import stat

from disturbed import (ADMINISTRATION, SCENES, Scene, all_well, calls_of, fingerprint, look_at, scratch, spread,
                       tell_points)
from lib import case, equal, holds, read, run_tests, write

WAYS = ('nothing', 'names', 'half', 'files first', 'history first')


class Node:
    """A file, directory or link. `kept` is what survives, `seen` what programs see: (content, mode); of a directory the
    content is name -> Node."""

    def __init__(self, content, mode, kept=None):
        self.seen, self.kept = (content, mode), (kept if kept is not None else type(content)(), mode)

    def sync(self):
        content, mode = self.seen
        self.kept = (dict(content) if isinstance(content, dict) else content, mode)

    def content(self, way, path):
        """What is there after the power came back."""
        (seen, _), (kept, mode) = self.seen, self.kept
        if isinstance(seen, dict):
            in_history = path.startswith(ADMINISTRATION)
            names = {'nothing': False, 'files first': not in_history, 'history first': in_history}.get(way, True)
            return (seen if names else kept), mode
        if way == 'half' and seen != kept:
            half = len(seen) // 2
            return seen[:half] + kept[half:], mode
        return kept, mode


class Disk:
    """Plays calls. What would fail, fails here too: the library records a call before it is made. The binary's umask is
    077."""

    def __init__(self, root):
        self.root = Node({}, stat.S_IFDIR | 0o755)
        nodes = {}
        for path, (content, mode, *_) in sorted(look_at(root).items()):
            where, name = self.place(path)
            number = os.lstat(os.path.join(root, path)).st_ino
            where.seen[0][name] = nodes.setdefault(number, Node({} if content is None else content, mode))
        self.sync_all(self.root)

    def sync_all(self, node):
        node.sync()
        if isinstance(node.seen[0], dict):
            for other in node.seen[0].values():
                self.sync_all(other)

    def place(self, path):
        *way, name = path.split('/')
        node = self.root
        for step in way:
            node = node.seen[0][step]
        return node, name

    def find(self, path):
        node = self.root
        for name in path.split('/') if path else []:
            node = node.seen[0].get(name) if isinstance(node.seen[0], dict) else None
            if node is None:
                return None
        return node

    def play(self, call, top):
        path, path2 = (os.path.relpath(os.path.normpath(p), top) if p else '' for p in (call.path, call.path2))
        getattr(self, 'play_' + call.name)('' if path == '.' else path, path2, call)

    def play_open(self, path, _, call):
        node = self.find(path)
        if node is None and call.number & os.O_CREAT:
            where, name = self.place(path)
            where.seen[0][name] = Node(b'', stat.S_IFREG | (int(call.data, 8) & ~0o077))
        elif node is not None and call.number & os.O_TRUNC and not call.number & os.O_EXCL:
            node.seen = (b'', node.seen[1])

    def play_write(self, path, _, call):
        node = self.find(path)
        text = node.seen[0].ljust(call.number, b'\0')
        node.seen = (text[:call.number] + call.data + text[call.number + len(call.data):], node.seen[1])

    def play_ftruncate(self, path, _, call):
        node = self.find(path)
        node.seen = (node.seen[0][:call.number].ljust(call.number, b'\0'), node.seen[1])

    def play_fsync(self, path, *_):
        self.find(path).sync()

    def play_chmod(self, path, _, call):
        node = self.find(path)
        node.seen = (node.seen[0], stat.S_IFMT(node.seen[1]) | stat.S_IMODE(call.number))

    def play_mkdir(self, path, _, call):
        if self.find(path) is None:
            where, name = self.place(path)
            where.seen[0][name] = Node({}, stat.S_IFDIR | (call.number & ~0o077))

    def play_symlink(self, path, _, call):
        where, name = self.place(path)
        target = call.data.decode()
        where.seen[0][name] = Node(target, stat.S_IFLNK | 0o777, kept=target)

    def play_unlink(self, path, *_):
        if self.find(path) is not None:
            where, name = self.place(path)
            del where.seen[0][name]

    play_rmdir = play_unlink

    def play_link(self, path, path2, _):
        if self.find(path2) is None:
            where, name = self.place(path2)
            where.seen[0][name] = self.find(path)

    def play_rename(self, path, path2, _):
        node = self.find(path)
        where, name = self.place(path)
        del where.seen[0][name]
        where, name = self.place(path2)
        where.seen[0][name] = node

    def play_utimes(self, *_):
        pass

    play_removexattr = play_utimes

    def state(self, way):
        """Path -> (content, mode, node), as look_at has it; 'seen' is what programs see now."""
        found = {}
        self.add_state(self.root, '', way, found)
        return found

    def add_state(self, node, path, way, found):
        content, mode = node.seen if way == 'seen' else node.content(way, path)
        if path:
            found[path] = (None if isinstance(content, dict) else content, mode, node)
        if isinstance(content, dict):
            for name, other in content.items():
                self.add_state(other, path + '/' + name if path else name, way, found)


def lay_out(state, root):
    os.mkdir(root, 0o755)
    made = {}
    for path, (content, mode, node) in sorted(state.items()):
        there = os.path.join(root, path)
        if stat.S_ISLNK(mode):
            os.symlink(content, there)
            continue
        if content is None:
            os.mkdir(there)
        elif node in made:
            os.link(made[node], there)
        else:
            made[node] = there
            with open(there, 'wb') as file:
                file.write(content)
        os.chmod(there, stat.S_IMODE(mode))


def facts(state):
    return {path: (content, mode) for path, (content, mode, *_) in state.items()}


class Crashes:
    """Every way that the disk can look, for every moment of the scene's run; the same look once."""

    def __init__(self, scene):
        self.scene = scene
        disk = Disk(getattr(scene, 'origin', scene.start))
        for call in getattr(scene, 'earlier', []):
            disk.play(call, scene.start)
        for edited in getattr(scene, 'edited', []):
            disk.find(edited).seen = (read(scene.start, edited).encode(), disk.find(edited).seen[1])
            disk.find(edited).sync()
        self.states = {}
        for number, call in enumerate(scene.log, 1):
            self.add(disk, number)
            disk.play(call, scene.root)
        self.add(disk, len(scene.log) + 1)
        self.named = dict(self.states.values())
        self.played = facts(disk.state('seen'))

    def add(self, disk, number):
        for way in WAYS:
            state = disk.state(way)
            self.states.setdefault(fingerprint(facts(state)), ('%d (%s)' % (number, way), state))

    def check(self, name):
        state = self.named[name]
        root = os.path.join(self.scene.directory, 'crash-' + name.replace(' ', '-'))
        try:
            lay_out(state, root)
            self.scene.must_be_whole(look_at(root))
            self.scene.must_recover(root)
        finally:
            shutil.rmtree(root)


def hardened_and_edited(scene):
    """By a run of which nothing was synced that it did not sync itself, and then by hand."""
    scene.origin = os.path.join(scene.directory, 'origin')
    shutil.copytree(scene.start, scene.origin)
    log = os.path.join(scene.directory, 'earlier')
    done = scene.run(scene.start, ['harden'], LD_PRELOAD=scene.library, DISTURB_LOG=log, DISTURB_TIME='1699999999')
    holds(done.returncode == 0, done.stderr.decode())
    scene.earlier, scene.edited = calls_of(log), ['etc/inetd.conf']
    write(read(scene.start, 'etc/inetd.conf') + '# by hand\n', scene.start, 'etc/inetd.conf')


def power_fails(directory):
    with scratch(directory) as directory:
        for name, command, prepare in SCENES + [
                ('one more run', ['inetd', '--service', 'ftp', '--state', 'disabled'], hardened_and_edited)]:
            scene = Scene(name, command, prepare, directory)
            crashes = Crashes(scene)
            with case('%s: the played calls end with the files that the run wrote' % name):
                equal(sorted(map(repr, crashes.played.items())),
                      sorted(repr((path, state[:2])) for path, state in look_at(scene.root).items()), 'the disk')
            points = spread(crashes.named, 150)
            all_well('%s, with the power gone before any of its %d writing calls in %d ways: %d of %d different disks lead '
                     'to all as before or as after' % (name, len(scene.log), len(WAYS), len(points), len(crashes.named)),
                     crashes.check, points)
            shutil.rmtree(scene.directory)
    tell_points('%d disks that a power failure leaves')


if __name__ == '__main__':
    run_tests(power_fails)
