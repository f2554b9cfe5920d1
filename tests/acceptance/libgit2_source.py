#!/usr/bin/python3 -B
"""Where the build has libgit2's source from, and that it takes none with faults that are known. Each case configures as CMake
does, in a cache of its own, with the mirrors of this machine and without the internet beyond them."""
import os
import re
import shutil

from lib import TOP, call, case, contains, environment, equal, holds, read, run_tests, skip, write

SCRIPT = os.path.join(TOP, 'cmake', 'libgit2_source.cmake')
NOWHERE = 'http://127.0.0.1:9'  # the port of the discard service: nobody listens


def of_script(name):
    return re.search(r'^set\(%s (\S+)\)' % name, read(SCRIPT), re.M).group(1)


VERSION = of_script('libgit2_version')


def find_source(directory, source='', without_debian=False, without_this_release=False):
    """What CMake says when it looks for a source, and the version of what it has found."""
    text = read(SCRIPT)
    if without_this_release:
        text = text.replace('set(libgit2_debian pool/', 'set(libgit2_debian pool/no_longer_there/')
    write('cmake_minimum_required(VERSION 3.25)\n' + text + 'message("FOUND ${libgit2_source}")\n', directory, 'find.cmake')
    changes = {'https_proxy': NOWHERE}
    if without_debian:
        write('Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "/dev/null";\n', directory, 'apt.conf')
        changes['APT_CONFIG'] = os.path.join(directory, 'apt.conf')
    done = call('cmake', '-DBULWARK_CACHE=' + os.path.join(directory, 'cache'), '-DBULWARK_LIBGIT2_SOURCE=' + source,
                '-P', os.path.join(directory, 'find.cmake'), env=environment(**changes))
    said = ' '.join((done.stdout + done.stderr).decode('utf-8').split())
    found = re.search(r'FOUND (\S+)', said)
    return said, found and version_of(found.group(1))


def version_of(source):
    return re.search(r'LIBGIT2_VERSION\s+"(.*)"', read(source, 'include', 'git2', 'version.h')).group(1)


def pretend(directory, version, package=None):
    write('#define LIBGIT2_VERSION            "%s"\n' % version, directory, 'include', 'git2', 'version.h')
    write('project(libgit2)\n', directory, 'CMakeLists.txt')
    if package:
        write('libgit2 (%s) trixie-security; urgency=high\n' % package, directory, 'debian', 'changelog')
    return directory


def the_routes(directory):
    said, version = find_source(os.path.join(directory, 'now'))
    with case('a source of libgit2 %s or with its fixes is found' % VERSION):
        holds(version, said)
    said, version = find_source(os.path.join(directory, 'later'), without_this_release=True)
    if 'nor GitHub' in said and not version:
        skip('when Debian has moved on, what its stable release builds is taken', 'there is no mirror with Debian 13')
    else:
        with case('when Debian has moved on, what its stable release builds is taken'):
            contains(said, "with its security fixes, from Debian's stable release")
            holds(version.startswith('1.9.'), version)
    with case('without Debian and GitHub it is said what to bring, and how'):
        said, version = find_source(os.path.join(directory, 'alone'), without_debian=True)
        equal(version, None, said)
        contains(said, of_script('libgit2_release_sha256'), 'v%s.tar.gz' % VERSION, '-DBULWARK_LIBGIT2_SOURCE=')
        holds(not os.listdir(os.path.join(directory, 'alone', 'cache')), 'something is left')


def what_is_given(directory):
    for version, package, good in (
            ('1.5.1', None, False), ('1.7.2', None, False), ('1.9.0', None, False), ('1.9.6', None, False),
            ('1.9.0', '1.9.0+ds-2', False), ('1.9.0', '1.9.0+ds-2+deb13u1', True), ('1.9.0', '1.9.0+ds-2+deb13u4', True),
            ('1.5.1', '1.5.1+ds-1+deb12u1', False), ('1.9.7', None, True), ('1.10.0', None, True)):
        tree = pretend(os.path.join(directory, 'tree'), version, package)
        with case('libgit2 %s%s is %s' % (version, ' as Debian has it in %s' % package if package else '',
                                          'taken' if good else 'refused')):
            said, found = find_source(os.path.join(directory, 'given'), tree)
            equal(found, version if good else None, said)
            holds(good or ('has faults that are known' in said and VERSION in said), said)
        shutil.rmtree(tree)
    for what, path, expected in (
            ('an archive of something else', write('no libgit2', directory, 'other.tar.gz'), 'its SHA256 is'),
            ('a directory of something else', os.path.join(directory, 'given'), 'no include/git2/version.h'),
            ('what is not there', os.path.join(directory, 'nothing'), 'does not exist')):
        with case('%s is refused' % what):
            said, found = find_source(os.path.join(directory, 'given'), path)
            equal(found, None, said)
            contains(said, path, expected)


run_tests(the_routes, what_is_given)
