#!/usr/bin/python3
"""Kills the real binary before every system call that writes, and looks at what the next run finds.

A run of `harden`, and one of `rollback`, is traced once to learn its writing system calls; then it is repeated on a fresh
copy of the sample once for each of them, with SIGKILL delivered instead of that call. After each:
every file is wholly old or wholly new; a run with nothing to do brings the tree to exactly before or exactly after; git
finds no fault in the history; the repeated run completes and leaves nothing behind; one more changes nothing.
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BULWARK = os.environ.get("BULWARK", os.path.join(TOP, "build", "bulwark"))
SAMPLE = os.path.join(TOP, "tests", "samples", "aix-4.3.3")
HISTORY = "var/adm/bulwark"
WRITING = ("write pwrite64 ftruncate fsync fdatasync rename renameat renameat2 link linkat unlink unlinkat mkdir mkdirat "
           "chmod fchmod fchmodat chown fchown fchownat symlink symlinkat setxattr fsetxattr openat open creat rmdir").split()
MOVE = ["file", "--path", "/etc/rc.d", "--state", "moved", "--dest", "/etc/rc.d.off"]
NOTHING_TO_DO = ["inetd", "--service", "no-such-service", "--state", "disabled"]


def state_of(root):
    """Everything below root but the history and the way to it: bytes or target, mode and owner."""
    state = {}
    for directory, directories, files in os.walk(root):
        directories[:] = [d for d in directories if os.path.relpath(os.path.join(directory, d), root) != HISTORY]
        for name in files + directories:
            path = os.path.join(directory, name)
            if HISTORY.startswith(os.path.relpath(path, root)):
                continue
            status = os.lstat(path)
            state[os.path.relpath(path, root)] = (content_of(path), status.st_mode, status.st_uid, status.st_gid)
    return state


def content_of(path):
    if os.path.islink(path):
        return os.readlink(path)
    if os.path.isdir(path):
        return None
    with open(path, "rb") as file:
        return file.read()


class Scene:
    """A command on a host that is prepared anew for every kill."""

    def __init__(self, name, command, prepare, scratch):
        self.name, self.command, self.prepare, self.scratch = name, command, prepare, scratch
        self.survivors = []
        root = self.fresh("measure")
        self.before = state_of(root)
        self.points = self.trace(root)
        self.after = state_of(root)

    def fresh(self, name):
        root = os.path.join(self.scratch, self.name, name)
        shutil.copytree(SAMPLE, root, symlinks=True)
        self.prepare(root)
        return root

    def trace(self, root):
        """The writing system calls of an undisturbed run, as (name, ordinal among the calls of that name)."""
        log = root + ".strace"
        subprocess.run(["strace", "-qq", "-o", log, "-e", "trace=" + calls(), *run_of(root, self.command)],
                       check=True, stdout=subprocess.DEVNULL)
        seen, points = {}, []
        with open(log, errors="replace") as lines:
            for line in lines:
                match = re.match(r"(\w+)\(", line)
                if not match:
                    continue
                name = match.group(1)
                seen[name] = seen.get(name, 0) + 1
                if not name.startswith("open") or re.search(r"O_(CREAT|WRONLY|RDWR)", line):
                    points.append((name, seen[name]))
        return points

    def kill_at(self, point):
        """Returns what is wrong after a kill there; nothing if all is well."""
        name, ordinal = point
        root = self.fresh("%s-%d" % point)
        killed = subprocess.run(["strace", "-qq", "-o", "/dev/null", "-e", "trace=" + name, "-e",
                                 "inject=%s:signal=KILL:when=%d" % point, *run_of(root, self.command)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return self.look(root, killed.returncode)
        finally:
            shutil.rmtree(root)

    def look(self, root, status):
        if status == 0:
            # Names of objects differ from run to run, and with them how many directories are made for them.
            self.survivors.append(root)
            return None if state_of(root) == self.after else "it was not killed, and did not do its work"
        for path, state in state_of(root).items():
            if os.path.basename(path).startswith(".bulwark-"):
                continue
            if state not in (self.before.get(path), self.after.get(path)) and not self.torn(root, path):
                return "%s is neither old nor new" % path
        recovery = subprocess.run(run_of(root, NOTHING_TO_DO), capture_output=True, text=True)
        if recovery.returncode != 0:
            return "the next run failed: " + recovery.stderr.strip()
        found = state_of(root)
        if found not in (self.before, self.after):
            return "the next run left neither before nor after: " + ", ".join(differing(found, self.before))
        return self.faults_of_history(root) or self.complete(root)

    def torn(self, root, path):
        """A file with several hard links is rewritten in place: the history, not the file system, makes that whole again."""
        path = os.path.join(root, path)
        return os.path.isfile(path) and os.lstat(path).st_nlink > 1

    def faults_of_history(self, root):
        repository = os.path.join(root, HISTORY, "history.git")
        if not os.path.exists(repository):
            return None
        check = subprocess.run(["git", "--git-dir", repository, "fsck", "--strict", "--no-dangling"], capture_output=True,
                               text=True, env={**os.environ, "LC_ALL": "C"})
        noise = [line for line in (check.stdout + check.stderr).splitlines() if "unborn branch" not in line
                 and "No default references" not in line]
        return "git fsck: " + "; ".join(noise) if check.returncode or noise else None

    def complete(self, root):
        again = subprocess.run(run_of(root, self.command), capture_output=True, text=True)
        if again.returncode != 0 or state_of(root) != self.after:
            return "the run could not be completed: " + again.stderr.strip()
        second = subprocess.run(run_of(root, self.command) + ["--check"], capture_output=True, text=True)
        return None if second.returncode == 0 else "one more run would change something"


def calls():
    return ",".join("?" + name for name in WRITING)


def run_of(root, command):
    return [BULWARK, *command, "--root", root]


def differing(one, other):
    return [path for path in sorted(set(one) | set(other)) if one.get(path) != other.get(path)]


def nothing(_root):
    pass


def hardened(root):
    subprocess.run(run_of(root, ["harden"]), check=True, stdout=subprocess.DEVNULL)


def with_rc_d(root):
    for name in "init.d", "rc2.d", "empty":
        os.makedirs(os.path.join(root, "etc/rc.d", name))
    os.chmod(os.path.join(root, "etc/rc.d/empty"), 0o700)
    with open(os.path.join(root, "etc/rc.d/init.d/ssh"), "w") as script:
        script.write("#!/bin/ksh\n")
    os.symlink("../init.d/ssh", os.path.join(root, "etc/rc.d/rc2.d/S01ssh"))


def without_rc_d(root):
    with_rc_d(root)
    subprocess.run(run_of(root, MOVE), check=True, stdout=subprocess.DEVNULL)


def linked(root):
    os.link(os.path.join(root, "etc/inetd.conf"), os.path.join(root, "etc/inetd.conf.link"))


def play(scene):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = [(point, fault) for point, fault in zip(scene.points, pool.map(scene.kill_at, scene.points)) if fault]
    killed = len(scene.points) - len(scene.survivors)
    ok = not faults and scene.before != scene.after and killed > 0.95 * len(scene.points)
    print("%s - %s, killed before each of %d of its %d writing system calls, leaves all as before or as after"
          % ("ok" if ok else "not ok", scene.name, killed, len(scene.points)), flush=True)
    for point, fault in faults[:10]:
        print("    at %s number %d: %s" % (*point, fault))
    return ok


def main():
    if not shutil.which("strace"):
        print("not ok - strace is needed to kill at system calls; install it")
        return 1
    scratch = tempfile.mkdtemp()
    try:
        scenes = [Scene("harden", ["harden"], nothing, scratch),
                  Scene("harden with a hard-linked inetd.conf", ["harden"], linked, scratch),
                  Scene("rollback", ["rollback", "--to", "original"], hardened, scratch),
                  Scene("moving a directory", MOVE, with_rc_d, scratch),
                  Scene("moving it back", ["rollback", "--to", "original"], without_rc_d, scratch)]
        return 0 if all([play(scene) for scene in scenes]) else 1
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    sys.exit(main())
