#!/usr/bin/python3 -B
"""What is installed: by `cmake --install` and by the RPM. All of it from the built tree."""
import os
import re

from lib import (BINARY, IS_ROOT, TOP, call, case, contains, environment, equal, holds, lacks, read, run_tests, same_tree, skip,
                 tree, write)

BUILD = os.path.dirname(BINARY)
SPEC = os.path.join(BUILD, 'packaging', 'bulwark.spec')
TOOLBOX = '/opt/freeware'


def succeeds(*argv, **options):
    done = call(*argv, **options)
    holds(done.returncode == 0, '%s: %s' % (' '.join(argv), (done.stdout + done.stderr).decode()))
    return done.stdout.decode()


def install(destination='', prefix=TOOLBOX):
    """Gives the directory that the prefix is there."""
    succeeds('cmake', '--install', BUILD, '--prefix', prefix, env=environment(DESTDIR=destination or None))
    return destination + prefix


def files_of(root):
    return {path: facts for path, facts in tree(root).items() if not facts[0].startswith('d')}


def expected_files():
    """Path below the prefix -> the file of the build or of the sources that it is."""
    documents = [os.path.relpath(os.path.join(place, name), TOP) for place, _, names in os.walk(os.path.join(TOP, 'docs'))
                 for name in names] + ['LICENSE', 'README.md', 'CHANGELOG.md']
    return {'bin/bulwark': BINARY, 'share/man/man1/bulwark.1': os.path.join(BUILD, 'bulwark.1'),
            'share/bash-completion/completions/bulwark': os.path.join(BUILD, 'completions', 'bulwark'),
            'share/zsh/site-functions/_bulwark': os.path.join(BUILD, 'completions', '_bulwark'),
            **{'share/doc/bulwark/' + name: os.path.join(TOP, name) for name in documents}}


def as_built(place):
    for path, source in expected_files().items():
        holds(read(place, path) == read(source), path + ' differs from ' + source)


# ---- cmake --install


def by_cmake(directory):
    place = install(os.path.join(directory, 'root'))
    with case('cmake --install puts the command, its manual page, the completions and the documents there, and nothing else'):
        found = files_of(os.path.join(directory, 'root'))
        equal(sorted(found), sorted(os.path.join(TOOLBOX[1:], path) for path in expected_files()), 'files')
        as_built(place)
    with case('everybody can read it, and nobody else write it'):
        modes = {path: facts[0] for path, facts in tree(os.path.join(directory, 'root')).items()}
        equal({mode for mode in modes.values() if mode.startswith('d')}, {'drwxr-xr-x'}, 'directories')
        equal({path for path, mode in modes.items() if mode == '-rwxr-xr-x'}, {'opt/freeware/bin/bulwark'}, 'executables')
        equal({mode for mode in modes.values()} - {'drwxr-xr-x', '-rwxr-xr-x'}, {'-rw-r--r--'}, 'other files')
    with case('the executable is stripped, and runs'):
        sections = succeeds('readelf', '-W', '-S', os.path.join(place, 'bin', 'bulwark'))
        lacks(sections, '.symtab', '.debug_info')
        contains(succeeds(os.path.join(place, 'bin', 'bulwark'), '--version'), 'bulwark 0.')
    with case('without DESTDIR, --prefix alone says where'):
        same_tree(tree(install(prefix=os.path.join(directory, 'prefix'))), tree(place))
    with case('man finds the page there'):
        shown = call('man', '-P', 'cat', 'bulwark', env=environment(MANPATH=os.path.join(place, 'share', 'man'), LC_ALL='C'))
        contains(re.sub('.\b', '', shown.stdout.decode()), 'BULWARK(1)', 'NAME')
    with case('the completions are what the command prints'):
        for shell, path in ('bash', 'bash-completion/completions/bulwark'), ('zsh', 'zsh/site-functions/_bulwark'):
            equal(read(place, 'share', path), call(BINARY, 'doc', '--completion', shell).stdout.decode())


EMULATED = '-DCMAKE_CROSSCOMPILING_EMULATOR=/usr/bin/env'
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(bulwark VERSION 1.2.3 DESCRIPTION "Of a test" LANGUAGES C)
add_executable(bulwark main.c)
include(%(top)s/cmake/printed.cmake)
include(%(top)s/cmake/install.cmake)
"""


def configure(directory, *definitions):
    """A project that has our files for its own: what CMake says, and the files that it makes of how to install and build."""
    write(PROJECT % {'top': TOP}, directory, 'CMakeLists.txt')
    write('int main(void) { return 0; }\n', directory, 'main.c')
    for name in ('LICENSE', 'README.md', 'CHANGELOG.md', 'docs', 'packaging'):
        os.symlink(os.path.join(TOP, name), os.path.join(directory, name))
    build = os.path.join(directory, 'build')
    said = succeeds('cmake', '-S', directory, '-B', build, '-G', 'Ninja', '-DCMAKE_C_COMPILER_WORKS=1', *definitions,
                    env=environment(PATH=os.environ['PATH']))
    return said, read(build, 'cmake_install.cmake'), read(build, 'build.ninja'), read(build, 'packaging', 'bulwark.spec')


def when_cross_compiling(directory):
    cross = ['-DCMAKE_SYSTEM_NAME=Linux', '-DCMAKE_SYSTEM_PROCESSOR=s390x']
    with case('a cross build without an emulator says that it has no manual page, and installs the rest'):
        said, script, rules, _ = configure(os.path.join(directory, 'without'), *cross)
        contains(said, 'No manual page and no completions', 'CMAKE_CROSSCOMPILING_EMULATOR')
        lacks(script + rules, 'bulwark.1', 'completions')
        contains(script, '/bin/bulwark', 'LICENSE')
    with case('with an emulator that runs the executable, which prints the page'):
        said, script, rules, _ = configure(os.path.join(directory, 'with'), *cross, EMULATED)
        lacks(said, 'No manual page')
        contains(script, 'bulwark.1', 'completions/_bulwark')
        contains(rules, '/usr/bin/env ', 'doc --man > bulwark.1')


def on_aix(directory):
    prefix = 'set(CMAKE_INSTALL_PREFIX "%s")'
    aix = ['-DCMAKE_SYSTEM_NAME=AIX', EMULATED]
    with case('on AIX the AIX Toolbox has it all, and the files of the package belong to group system'):
        _, script, _, spec = configure(os.path.join(directory, 'aix'), *aix)
        contains(script, prefix % TOOLBOX)
        contains(spec, '%defattr(-,root,system)', 'Version: 1.2.3')
    with case('unless another prefix is named there, and elsewhere it is where CMake installs'):
        contains(configure(os.path.join(directory, 'named'), *aix, '-DCMAKE_INSTALL_PREFIX=/opt/local')[1], prefix % '/opt/local')
        contains(configure(os.path.join(directory, 'linux'))[1], prefix % '/usr/local')


# ---- the RPM


class Rpm:
    """rpmbuild, and rpm on a root of its own with a database in it."""

    def __init__(self, directory):
        self.directory = directory
        self.root = os.path.join(directory, 'root')
        for path in ('bin', 'share/doc', 'share/man/man1'):  # what is there where the Toolbox is
            os.makedirs(self.root + os.path.join(TOOLBOX, path))

    def build(self, release):
        """As docs/packages.md has it, but for the place and the release."""
        top = os.path.join(self.directory, 'rpmbuild')
        said = succeeds('rpmbuild', '-bb', '--define', '_topdir ' + top, '--define', 'package_release %d' % release, SPEC,
                        env=environment(HOME=self.directory), cwd=self.directory)
        return re.search(r'^Wrote: (\S+\.rpm)$', said, re.M).group(1)

    def of_package(self, package, *query):
        return succeeds('rpm', '--dbpath', os.path.join(self.directory, 'none'), '-qp', *query, package)

    def call(self, *arguments):
        return call('rpm', '--root', self.root, '--dbpath', '/var/lib/rpm', *arguments, env=environment(HOME=self.directory))

    def succeeds(self, *arguments):
        done = self.call(*arguments)
        holds(done.returncode == 0, (done.stdout + done.stderr).decode())
        return done.stdout.decode()

    def tree(self):
        return tree(self.root, without=('var',))


def by_rpm(directory):
    rpm = Rpm(directory)
    before = rpm.tree()
    packages = [rpm.build(release) for release in (1, 2)]
    with case('the RPM has the files of cmake --install in the layout of the AIX Toolbox, of root, and requires nothing'):
        listed = rpm.of_package(packages[0], '--qf', '[%{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME}\n]')
        found = {line.split()[0]: line.split()[1:] for line in listed.splitlines()}
        equal(sorted(path for path, facts in found.items() if facts[0][0] == '-'),
              sorted(os.path.join(TOOLBOX, path) for path in expected_files()), 'files')
        equal({user for _, user in found.values()}, {'root'}, 'owners')
        wanted = rpm.of_package(packages[0], '--requires').splitlines()
        equal([line for line in wanted if not line.startswith('rpmlib(')], [], 'requirements')
    if not IS_ROOT:
        return skip('the RPM can be installed, verified, updated and removed', 'rpm --root needs root')
    bulwark = os.path.join(rpm.root + TOOLBOX, 'bin', 'bulwark')
    with case('it can be installed, every file is as it was built, and bulwark runs'):
        rpm.succeeds('-i', packages[0])
        as_built(rpm.root + TOOLBOX)
        contains(succeeds(bulwark, '--version'), 'bulwark 0.')
    with case('rpm -V has nothing to say, and names a file that somebody has changed'):
        equal(rpm.succeeds('-V', 'bulwark'), '')
        page = os.path.join(TOOLBOX, 'share/man/man1/bulwark.1')
        kept = read(rpm.root, page[1:])
        write('changed\n', rpm.root, page[1:])
        contains(rpm.call('-V', 'bulwark').stdout.decode(), page)
        write(kept, rpm.root, page[1:])
    with case('an update keeps the command, and the history of the host'):
        history = write('ref: refs/heads/main\n', rpm.root, 'var', 'bulwark', 'history.git', 'HEAD')
        rpm.succeeds('-U', packages[1])
        equal((rpm.succeeds('-q', '--qf', '%{RELEASE}', 'bulwark'), rpm.succeeds('-V', 'bulwark')), ('2', ''))
        contains(succeeds(bulwark, '--version'), 'bulwark 0.')
    with case('the removal leaves nothing but the history'):
        rpm.succeeds('-e', 'bulwark')
        same_tree(rpm.tree(), before)
        equal(os.path.exists(history), True, 'history')


if __name__ == '__main__':
    run_tests(by_cmake, when_cross_compiling, on_aix, by_rpm)
