#!/usr/bin/python3 -B
"""Breaks the code on purpose and shows, for one fault after the other, which sentences of the effect tests it makes fail.

    tests/test_host/faults.py [NAME...]

Not part of tests/run.sh: it builds once, and then runs the tests that are to catch a fault, which takes half a minute and
more for each. The build is in build/faults, a clone of the last commit with all the faults in it; BULWARK_FAULT names the one
that counts. Ends with 1 if a fault is not caught, or if the code has changed so that its text is no longer found: then write
the fault anew.
"""
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLONE = os.path.join(TOP, 'build', 'faults')

INETD, RC_SCRIPT, INITTAB = ('lib/document/%s.cpp' % name for name in ('inetd_conf', 'rc_script', 'inittab'))
DIFFERENCE, RETRY, OPTIONS, SYSLOG, DAEMONS = ('lib/plan/%s.cpp' % name for name in (
    'difference', 'retry', 'network_options', 'syslog', 'rc_script'))

# Name -> the script that is to catch it, and file, text, and what stands there instead. FAULT is true where it counts.
FAULTS = {
    'no refresh': ('ports', [
        (DIFFERENCE, 'std::string& name : refreshed)', 'std::string& name : FAULT ? restarted : refreshed)')]),
    'refresh always': ('ports', [
        (DIFFERENCE, 'if (inetd_is_stale(before, after))', 'if ((FAULT && before.live) || inetd_is_stale(before, after))')]),
    'the twin over the other protocol is meant': ('ports', [
        (INETD, 'column(i, protocol) == key.protocol)', '(column(i, protocol) == key.protocol) != FAULT)')]),
    'half of a stanza is left': ('boot', [
        (RC_SCRIPT, 'if (is_own_stanza(script, around, name))', 'if (!FAULT && is_own_stanza(script, around, name))')]),
    'rc.no is not executable': ('boot', [
        (OPTIONS, 'wanted), script_mode);', 'wanted), FAULT ? 0644U : script_mode);'),
        (OPTIONS, 'snapshot.files.at(wanted.script).mode |=', 'if (!FAULT) snapshot.files.at(wanted.script).mode |=')]),
    'a crontab is not handed to cron': ('logs', [
        (DIFFERENCE, '    add_crontabs(plan, before, after);\n', '    if (!FAULT) add_crontabs(plan, before, after);\n')]),
    'only the first of two twins is disabled': ('ports', [
        (INETD, 'rewrite(i, "#" + lines_[i].text);', 'if (!FAULT || i == found.front()) rewrite(i, "#" + lines_[i].text);')]),
    'a stanza is left without its end': ('boot', [
        (RC_SCRIPT, 'return {line_of(reading, statement.span.begin), line_of(reading, end - 1)};',
         'const std::size_t from = line_of(reading, statement.span.begin), to = line_of(reading, end - 1);\n'
         '    return {from, FAULT && to > from ? to - 1 : to};')]),
    'the entry of rc.no stands at the end': ('boot', [
        (OPTIONS, '.insert_after = "brc"}', '.insert_after = FAULT ? "cons" : "brc"}'),
        (OPTIONS, 'if (predecessor(inittab, entry.identifier) != "brc")',
         'if (!FAULT && predecessor(inittab, entry.identifier) != "brc")')]),
    'inittab entries are commented out with a number sign': ('boot', [
        (INITTAB, '":" + lines_[index].text', '(FAULT ? "#" : ":") + lines_[index].text')]),
    'a stale inetd is not noticed': ('ports', [
        (DIFFERENCE, 'return before.inetd_serves && conf', 'return !FAULT && before.inetd_serves && conf')]),
    'an inactive inetd is refreshed': ('ports', [
        (DIFFERENCE, 'if (was.status == Status::inoperative)\n', 'if (!FAULT && was.status == Status::inoperative)\n')]),
    'a failed refresh is forgotten': ('ports', [
        (RETRY, 'snapshot.refresh.insert(name);', 'if (!FAULT) snapshot.refresh.insert(name);')]),
    'portmap starts after inetd is told': ('ports', [
        (DIFFERENCE, '    keep_portmap_for_inetd(plan.actions);\n',
         '    if (!FAULT) keep_portmap_for_inetd(plan.actions);\n')]),
    'network options are set whatever they are': ('boot', [
        (DIFFERENCE, 'if (was == option)\n', 'if (!FAULT && was == option)\n')]),
    'a daemon starts without its arguments': ('boot', [
        (DAEMONS, 'subsystem.arguments = arguments_at_boot(script, wanted.daemon).value_or("");',
         'subsystem.arguments = FAULT ? "" : arguments_at_boot(script, wanted.daemon).value_or("");')]),
    'logs are created for all to read': ('logs', [
        (SYSLOG, 'create_with_directories(path, "", mode)', 'create_with_directories(path, "", FAULT ? 0644U : mode)')]),
    'syslogd is not told of a log that was created': ('logs', [
        (SYSLOG, 'snapshot.refresh.insert("syslogd");', 'if (!FAULT) snapshot.refresh.insert("syslogd");')]),
}

COUNTS = '''#include <cstdlib>
#include <string_view>
static bool counts(std::string_view name) {
    const char* const fault = std::getenv("BULWARK_FAULT");
    return fault && name == fault;
}
'''


def run(*argv, **options):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True, **options)


def must(*argv, **options):
    done = run(*argv, **options)
    if done.returncode:
        sys.exit('%s:\n%s' % (' '.join(argv), '\n'.join(done.stdout.splitlines()[-20:])))


def clone():
    if not os.path.exists(CLONE):
        must('git', 'clone', '-q', TOP, CLONE)
        must('mkdir', '-p', CLONE + '/build')
        must('cp', '-a', TOP + '/build/_deps', CLONE + '/build/_deps')
    must('git', 'fetch', '-q', 'origin', 'HEAD', cwd=CLONE)
    must('git', 'reset', '-q', '--hard', 'FETCH_HEAD', cwd=CLONE)


def break_it(name, file, text, other):
    path = os.path.join(CLONE, file)
    with open(path, encoding='utf-8') as source:
        before = source.read()
    if before.count(text) != 1:
        sys.exit('%s: the text to change is there %d times:\n%s' % (file, before.count(text), text))
    after = before.replace(text, other.replace('FAULT', 'counts("%s")' % name))
    with open(path, 'w', encoding='utf-8') as source:
        source.write((COUNTS if COUNTS not in after else '') + after)


def build():
    clone()
    for name, (_, changes) in FAULTS.items():
        for change in changes:
            break_it(name, *change)
    must('cmake', '--preset', 'release', '-DCMAKE_BUILD_TYPE=None', cwd=CLONE)  # not optimized: built sooner
    must('nice', 'cmake', '--build', '--preset', 'release', '-j2', cwd=CLONE)


def failing_sentences(script, fault):
    environment = {**os.environ, 'BULWARK_FAULT': fault, 'BULWARK_TEST_DEADLINE': '5', 'BULWARK': CLONE + '/build/bulwark',
                   'ANSIBLE_COLLECTIONS_PATH': CLONE + '/build/collections'}
    done = run(os.path.join(CLONE, 'tests', 'acceptance', 'effect_%s.py' % script), env=environment)
    return [line for line in done.stdout.splitlines() if not line.startswith(('ok - ', ' '))]


def main(names):
    build()
    uncaught = 0
    for name in names or FAULTS:
        script = FAULTS[name][0]
        sentences = failing_sentences(script, name)
        print('%s (effect_%s)\n%s' % (name, script, '\n'.join('    ' + line for line in sentences) or '    NOT CAUGHT'),
              flush=True)
        uncaught += not sentences
    sys.exit(1 if uncaught else 0)


main(sys.argv[1:])
