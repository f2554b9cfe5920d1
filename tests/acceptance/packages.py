#!/usr/bin/python3 -B
"""What is installed: by `cmake --install`, by the RPM, and what an installp image would hold. All of it from the built tree."""
import os
import re
import shutil

from lib import (BINARY, IS_ROOT, TOP, Host, call, case, contains, environment, equal, holds, lacks, one_sentence, read,
                 run_tests, same_tree, skip, tree, write)

BUILD = os.path.dirname(BINARY)
SPEC = os.path.join(BUILD, 'packaging', 'bulwark.spec')
INSTALLP = os.path.join(TOP, 'packaging', 'aix', 'installp.sh')
TOOLBOX = '/opt/freeware'
SHELLS = (['ksh'], ['dash'], ['bash', '--posix'])


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


# ---- installp


def aix_host(directory):
    host = Host(directory)
    host.go_live()
    host.set_state('filesets/bos.rte.libc', '7.2.5.103')
    host.environment['PATH'] += ':' + os.path.dirname(shutil.which('cmake'))
    return host


def installp(host, *words, shell=('sh',), build=BUILD):
    scratch = os.path.join(host.directory, 'tmp')
    os.makedirs(scratch, exist_ok=True)
    done = call(*shell, INSTALLP, build, *words, env={**host.environment, 'TMPDIR': scratch}, cwd=host.directory, umask=0o077)
    equal(os.listdir(scratch), [], 'temporary files')
    return done


def refused(done, status=1):
    equal((done.returncode, done.stdout), (status, b''))
    one_sentence(done.stderr.decode().rstrip('\n'))
    return done.stderr.decode()


def by_installp(directory):
    if not IS_ROOT:
        return skip('the script for mkinstallp gives it what an image needs', 'mkinstallp needs root')
    host = aix_host(directory)
    version = call(BINARY, '--version').stdout.decode().split()[1]
    image = os.path.join(directory, 'bulwark.%s.0.bff' % version)
    for shell in SHELLS:
        with case('in %s the script for mkinstallp makes an image and says how to install it' % shell[0]):
            host.forget_calls()
            done = installp(host, shell=shell)
            equal((done.returncode, done.stderr), (0, b''))
            equal(done.stdout.decode(), '%s\nInstall it with: installp -aXd %s bulwark.rte\n' % (image, image))
            equal(host.calls(), ['mkinstallp bulwark %s.0' % version])
    the_template(host, version)
    the_image(image)
    refusals(host, directory)


def the_template(host, version):
    with case('mkinstallp is given a template with all its keywords, the version as four numbers, and the level of libc'):
        text = host.get_state('template')
        lacks(text, '@')
        contains(text, 'Package Name: bulwark\nPackage VRMF: %s.0\nUpdate: N\nFileset\n' % version,
                 '  Fileset Name: bulwark.rte\n  Fileset VRMF: %s.0\n' % version,
                 '  Requisites: *prereq bos.rte.libc 7.2.5.0\n', '\n  USRFiles\n    /opt/bulwark\n',
                 '  EOUSRFiles\n  ROOT Part: N\n')
        equal(text.splitlines()[-1], 'EOFileset')


def the_image(image):
    inventory = [line.split() for line in read(image).splitlines()]
    kinds = {words[3]: words[0][:10] for words in inventory}
    with case('it holds the files of cmake --install below /opt/bulwark, of root, with links from /usr/sbin and for man'):
        equal({tuple(words[1:3]) for words in inventory}, {('0', '0')}, 'owners')
        equal(sorted(path for path, mode in kinds.items() if mode[0] == '-'),
              sorted(os.path.join('/opt/bulwark', path) for path in expected_files()), 'files')
        equal(sorted(path for path, mode in kinds.items() if mode[0] == 'l'),
              ['/usr/sbin/bulwark', '/usr/share/man/man1/bulwark.1'], 'links')
    with case('everybody can read them, whatever the umask of root'):
        equal({mode for mode in kinds.values() if mode[0] != 'l'}, {'-rwxr-xr-x', '-rw-r--r--', 'drwxr-xr-x'}, 'modes')
    with case('it has no directory of the system, whose owner and mode it would set'):
        directories = [path for path, mode in kinds.items() if mode[0] == 'd']
        holds('/opt/bulwark' in directories, directories)
        equal([path for path in directories if not path.startswith('/opt/bulwark')], [])


def refusals(host, directory):
    with case('without mkinstallp the script names the fileset that has it'):
        os.rename(os.path.join(host.bin, 'mkinstallp'), os.path.join(directory, 'mkinstallp'))
        contains(refused(installp(host)), 'command not found: mkinstallp', 'bos.adt.insttools')
        os.rename(os.path.join(directory, 'mkinstallp'), os.path.join(host.bin, 'mkinstallp'))
    with case('a directory without a build, and a build whose version is not three numbers, are refused in a sentence'):
        contains(refused(installp(host, build=directory), 64), 'there is no executable %s/bulwark' % directory)
        other = os.path.join(directory, 'other')
        os.chmod(write('#!/bin/sh\necho bulwark 0.1.0-rc1\n', other, 'bulwark'), 0o755)
        contains(refused(installp(host, build=other)), 'does not print a version of three numbers')
    with case('what mkinstallp says when it fails is shown, and no image is there'):
        host.fail('mkinstallp')
        images = os.path.join(directory, 'images')
        os.mkdir(images)
        done = installp(host, 'images')
        equal((done.returncode, done.stdout, os.listdir(images)), (1, b'', []))
        contains(done.stderr.decode(), 'was told to fail', 'mkinstallp made no bulwark.')
    with case('called without a word it says how it is called'):
        done = call('sh', INSTALLP, env=host.environment)
        equal((done.returncode, done.stdout), (64, b''))
        contains(done.stderr.decode(), 'installp.sh BUILD [DIRECTORY]')


if __name__ == '__main__':
    run_tests(by_cmake, when_cross_compiling, on_aix, by_rpm, by_installp)
