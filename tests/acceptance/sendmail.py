#!/usr/bin/python3 -B
"""The sendmail configuration, built by the real m4 from the real library and tried by the real sendmail. The library stands
where AIX has it; what the subsystem does is pretended.
"""
import ctypes
import os
import shutil
import socket
import subprocess

from lib import (IS_ROOT, NEVER, Host, call, case, contains, equal, holds, lacks, one_sentence, own_mounts, run_tests,
                 same_tree, skip, write)

SENDMAIL = '/usr/lib/sendmail'
LIBRARY = '/usr/share/sendmail/cf'
SAMPLES = 'usr/samples/tcpip/sendmail'
MC = SAMPLES + '/cf/aix433.mc'
FEATURES = ['genericstable', 'mailertable', 'virtusertable', 'domaintable', 'allmasquerade', 'promiscuous_relay',
            'accept_unresolvable_domains', 'accept_unqualified_senders']
TUTORIAL = {'features_absent': FEATURES, 'mailers_absent': ['uucp'], 'refresh': 'always'}
CLOSED = 'divert(0)dnl\nOSTYPE(aix433)dnl\nDOMAIN(generic)dnl\nMAILER(local)dnl\nMAILER(smtp)dnl\n'
RESTART = ['stopsrc -s sendmail', 'startsrc -s sendmail -a -bd -q30m']


def install_library(host):
    """What the fileset bos.net.tcp.adt has."""
    shutil.copytree(LIBRARY, host.path(SAMPLES), dirs_exist_ok=True)
    shutil.copy(host.path(SAMPLES, 'ostype', 'aix4.m4'), host.path(SAMPLES, 'ostype', 'aix433.m4'))


def mail_host(directory, cf='etc/sendmail.cf', sendmail='active'):
    """An AIX 4.3.3 whose configuration relays for everybody, as its sample builds it."""
    host = Host(directory)
    install_library(host)
    spelled_right = host.read(MC).replace('virtualusertable', 'virtusertable').replace('aix43)', 'aix433)')
    host.write(m4(host, spelled_right), cf)
    host.go_live(sendmail=sendmail)
    return host


def m4(host, source):
    """What an administrator's m4 makes of a source."""
    file = write(source, host.directory, 'built.mc')
    done = subprocess.run(['m4', '../m4/cf.m4', file], cwd=host.path(SAMPLES, 'cf'), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True)
    return done.stdout.decode('latin-1')


def answer_to(file, recipient):
    """What the configuration answers a stranger who sends mail to the recipient."""
    commands = ('.D{client_addr}203.0.113.9\n.D{client_name}stranger.example.net\n.D{client_resolve}OK\n'
                'check_rcpt %s\n' % recipient)
    done = subprocess.run([SENDMAIL, '-C' + file, '-bt'], input=commands.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=NEVER)
    said = [line for line in done.stdout.decode('latin-1').splitlines() if line.startswith('check_rcpt ')]
    holds(said, 'no answer: %r' % done.stdout)
    return said[-1]


def relays(file, recipient='someone@elsewhere.example'):
    return 'Relaying denied' not in answer_to(file, recipient)


def succeeds(result):
    holds(not result.get('failed'), result['msg'])
    return result


def class_lines(host, cf='etc/sendmail.cf'):
    return [line for line in host.read(cf).splitlines() if line.lstrip('#').startswith(('Fw', 'FR'))]


def closing_an_open_relay(directory):
    host = mail_host(directory)
    before, files = host.read('etc/sendmail.cf'), host.files()
    with case('the configuration of the sample relays mail of strangers to strangers'):
        holds(relays(host.path('etc/sendmail.cf')), 'it does not')
    with case('a check run changes nothing, and shows the configuration that m4 would build'):
        everything = host.everything()
        foreseen = succeeds(host.module('sendmail', check=True, diff=True, **TUTORIAL))
        same_tree(host.everything(), everything)
        equal(host.calls(), [], 'calls')
        equal(sorted(file['path'] for file in foreseen['files']), ['/etc/sendmail.cf', '/' + MC], 'files')
    with case('the source becomes the five lines of the tutorial, and the configuration relays no more'):
        result = succeeds(host.module('sendmail', diff=True, **TUTORIAL))
        equal(host.read(MC), CLOSED, MC)
        holds(not relays(host.path('etc/sendmail.cf')), 'it still relays')
    with case('the check run foretold every byte and every command'):
        equal(result['diff'], foreseen['diff'], 'diff')
        equal([action['argv'] for action in result['actions']], [action['argv'] for action in foreseen['actions']])
        equal(host.read('etc/sendmail.cf'),
              next(file['after'] for file in result['diff'] if file['after_header'].startswith('/etc/sendmail.cf')))
    with case('sendmail tried it before it was written, and is restarted as its boot script starts it'):
        contains([action['argv'] for action in result['actions']], [SENDMAIL, '-C/etc/sendmail.cf', '-bt'])
        equal(host.calls(), RESTART, 'calls')
    with case('lines that read files which are not there are commented out'):
        equal(class_lines(host), ['#Fw/etc/mail/local-host-names', '#FR-o /etc/mail/relay-domains'])
    with case('a second run builds the same once more, and changes nothing'):
        host.forget_calls()
        result = succeeds(host.module('sendmail', **TUTORIAL))
        equal((result['changed'], result['actions'], host.calls()), (False, [], []))
    with case('a rollback gives source and configuration back byte for byte, and restarts sendmail'):
        succeeds(host.module('rollback', to='original', refresh='always'))
        same_tree(host.files(), files)
        equal(host.read('etc/sendmail.cf'), before)
        equal(host.calls(), RESTART, 'calls')
        host.sound_history()


def a_configuration_that_is_there(directory):
    host = mail_host(directory)
    host.write(CLOSED, MC)
    switched_off = {'\nFw/': '\n#Fw/', '\nFR-o': '\n#FR-o'}
    text = m4(host, CLOSED)
    for line, comment in switched_off.items():
        text = text.replace(line, comment)
    with case('a configuration that an administrator built from the same source is left as it is'):
        contains(text, '##### built by ')
        host.write(text, 'etc/sendmail.cf')
        result = succeeds(host.module('sendmail', **TUTORIAL))
        equal((result['changed'], result['files'], host.calls()), (False, [], []))
    with case('one that was edited by hand is replaced by what the source builds, and keeps its mode'):
        host.write(text.replace('\n#FR-o', '\nFR-o') + '# by hand\n', 'etc/sendmail.cf')
        os.chmod(host.path('etc/sendmail.cf'), 0o640)
        result = host.changes('sendmail', **TUTORIAL)
        equal(result['files'], [{'path': '/etc/sendmail.cf', 'change': 'modified'}])
        equal(oct(os.stat(host.path('etc/sendmail.cf')).st_mode & 0o777), '0o640', 'mode')
        lacks(host.read('etc/sendmail.cf'), 'by hand', 'built by')
    with case('one that is not there is created'):
        os.remove(host.path('etc/sendmail.cf'))
        host.changes('sendmail', **TUTORIAL)
        equal(oct(os.stat(host.path('etc/sendmail.cf')).st_mode & 0o777), '0o644', 'mode')
    with case('a feature that m4 only warns of is built, with its warning'):
        host.write(CLOSED.replace('MAILER(local)', 'FEATURE(promiscuous_relay)dnl\nMAILER(local)'), MC)
        result = host.changes('sendmail', refresh='always')
        contains(' '.join(result['warnings']), 'm4 says of /' + MC, 'promiscuous_relay')
        holds(relays(host.path('etc/sendmail.cf')), 'it does not relay')
    with case('a feature is removed that only a # or quotes seem to hide, for m4 turns it on all the same'):
        for line in ('# FEATURE(promiscuous_relay)dnl\n', "FEATURE(``promiscuous_relay'')dnl\n"):
            host.write(CLOSED.replace('MAILER(local)', line + 'MAILER(local)'), MC)
            host.changes('sendmail', **TUTORIAL)
            equal(host.read(MC), CLOSED)
            holds(not relays(host.path('etc/sendmail.cf')), 'it relays')


def several_rules(directory):
    host = mail_host(directory)
    before = host.files()
    rules = [{'id': 'names', 'sendmail': {'host_names': ['example.com']}},
             {'id': 'tables', 'sendmail': {'features_absent': FEATURES[:5]}},
             {'id': 'relay', 'sendmail': {'features_absent': FEATURES[5:], 'mailers_absent': ['uucp']}}]
    options = {'profile': 'none', 'rules': rules, 'refresh': 'always', 'diff': True}
    with case('several rules may share what one does, although m4 does not accept what the first leaves of the source'):
        foreseen = succeeds(host.module('harden', check=True, **options))
        result = host.changes('harden', **options)
        equal(result['diff'], foreseen['diff'], 'diff')
        equal(host.read(MC), CLOSED)
        equal(class_lines(host), ['Fw/etc/mail/local-host-names', '#FR-o /etc/mail/relay-domains'])
        equal(host.read('etc/mail/local-host-names'), 'example.com\n')
    with case('a rollback of the file of host names alone warns that sendmail will not start'):
        result = succeeds(host.module('rollback', check=True, to='original', paths=['/etc/mail/local-host-names'],
                                      refresh='always'))
        contains(' '.join(result['warnings']), '/etc/sendmail.cf reads /etc/mail/local-host-names, which is removed')
    with case('a rollback of all brings back every byte'):
        succeeds(host.module('rollback', to='original', refresh='always'))
        same_tree(host.files(), before)


def names_of_hosts_and_domains(directory):
    host = mail_host(directory)
    options = {**TUTORIAL, 'host_names': ['mailhost.example.com', 'example.com'], 'relay_domains': ['branch.example']}
    with case('files of host names and relay domains are created with their directory, and the configuration reads them'):
        result = host.changes('sendmail', **options)
        equal([(file['path'], file['change']) for file in result['files']],
              [('/etc/mail', 'created'), ('/etc/mail/local-host-names', 'created'), ('/etc/mail/relay-domains', 'created'),
               ('/etc/sendmail.cf', 'modified'), ('/' + MC, 'modified')])
        equal(host.read('etc/mail/local-host-names'), 'mailhost.example.com\nexample.com\n')
        equal(class_lines(host), ['Fw/etc/mail/local-host-names', 'FR-o /etc/mail/relay-domains'])
    with case('a changed list alone restarts sendmail, which reads the files at its start'):
        host.write('# ours\nbranch.example\nevil.example\n', 'etc/mail/relay-domains')
        host.forget_calls()
        result = host.changes('sendmail', **options)
        equal(host.read('etc/mail/relay-domains'), '# ours\nbranch.example\n')
        equal(([file['path'] for file in result['files']], host.calls()), (['/etc/mail/relay-domains'], RESTART))
    with case('a name that sendmail would read although more stands behind it is refused'):
        host.write('branch.example\nevil.example # for a week\n', 'etc/mail/relay-domains')
        host.forget_calls()
        refused(host, '/etc/mail/relay-domains, line 2: evil.example is not among the names', **options)
        host.write('branch.example evil.example\n', 'etc/mail/relay-domains')
        refused(host, '/etc/mail/relay-domains, line 1: evil.example is not among the names', **options)
    with case('a file of another name is read instead, and a list without names still is a file of host names'):
        host.changes('sendmail', host_names=[], host_names_file='/etc/sendmail.cw', **TUTORIAL)
        equal(host.read('etc/sendmail.cw'), '')
        equal(class_lines(host), ['Fw/etc/sendmail.cw', 'FR-o /etc/mail/relay-domains'])
    with case('a list without names empties the file of relay domains, and creates none'):
        host.write('evil.example\n', 'etc/mail/relay-domains')
        os.remove(host.path('etc/sendmail.cw'))
        host.changes('sendmail', relay_domains=[], **TUTORIAL)
        equal(host.read('etc/mail/relay-domains'), '')
        os.remove(host.path('etc/mail/relay-domains'))
        host.changes('sendmail', relay_domains=[], **TUTORIAL)
        equal(class_lines(host), ['Fw/etc/mail/local-host-names', '#FR-o /etc/mail/relay-domains'])


def relaying_for_some(directory):
    sentence = 'mail is relayed for the relay domains, accepted for the host names, and for nobody else'
    host = mail_host(directory)
    host.module('sendmail', host_names=['example.com'], relay_domains=['branch.example'], **TUTORIAL)
    # sendmail reads what its configuration names, outside of the tree: let that be the same for a while.
    mounted = own_mounts() and call('mount', '--bind', host.path('etc/mail'), '/etc/mail').returncode == 0
    if not mounted:
        return skip(sentence, 'nothing can be mounted here')
    with case(sentence):
        cf = host.path('etc/sendmail.cf')
        equal([relays(cf, 'someone@' + name) for name in ('branch.example', 'example.com', 'elsewhere.example')],
              [True, True, False])
    call('umount', '/etc/mail')


def refused(host, *parts, **options):
    """The call, and its check run, fail with one sentence, and nothing is changed."""
    everything = host.files()
    for check in (True, False):
        result = host.module('sendmail', check=check, **options)
        holds(result.get('failed'), 'not refused')
        one_sentence(result['msg'])
        contains(result['msg'], *parts)
        same_tree(host.files(), everything)
    equal(host.calls(), [], 'calls')


def what_cannot_be(directory):
    host = mail_host(directory)
    source = host.read(MC)
    with case('a source that m4 does not accept is refused with what m4 says'):
        refused(host, '/etc/sendmail.cf cannot be built from /%s: m4 says' % MC, 'virtualusertable', refresh='always')
    with case('an error that the library only prints is an error'):
        host.write(CLOSED.replace('OSTYPE(aix433)dnl\n', ''), MC)
        refused(host, 'No system type defined', refresh='always')
    with case('a configuration that sendmail does not accept is refused with what sendmail says'):
        host.write(CLOSED + 'LOCAL_CONFIG\nO Nonsense=1\n', MC)
        refused(host, '/etc/sendmail.cf was not written', 'Nonsense', **TUTORIAL)
    with case('a source that is no sendmail configuration at all is refused'):
        host.write('divert(-1)\n', MC)
        refused(host, MC, **TUTORIAL)
    host.write(source, MC)
    with case('an OSTYPE that the library does not have is refused'):
        refused(host, 'ostype/aix99.m4 does not exist', **{**TUTORIAL, 'ostype': 'aix99'})
    with case('a source without its library is refused'):
        os.rename(host.path(SAMPLES, 'm4'), host.path(SAMPLES, 'm4.away'))
        refused(host, 'm4/cf.m4', 'bos.net.tcp.adt', **TUTORIAL)
        os.rename(host.path(SAMPLES, 'm4.away'), host.path(SAMPLES, 'm4'))
    with case('a host without the source is refused'):
        os.remove(host.path(MC))
        refused(host, '/' + MC + ' does not exist', 'bos.net.tcp.adt', **TUTORIAL)
    with case('paths that are none are refused'):
        for path in ('sendmail.mc', '/etc/', '/etc/my sendmail.cf'):
            refused(host, 'option cf is', **{**TUTORIAL, 'cf': path})


def restarting(directory):
    with case('a sendmail that is inoperative is not started'):
        host = mail_host(os.path.join(directory, 'inoperative'), sendmail='inoperative')
        result = succeeds(host.module('sendmail', **TUTORIAL))
        equal({action.get('reason') for action in result['actions'] if action['argv'][0] != SENDMAIL},
              {'sendmail is inoperative'})
        equal(host.calls(), [], 'calls')
    with case('a sendmail that no boot script starts is not restarted'):
        host = mail_host(os.path.join(directory, 'disabled'))
        host.replace('start /usr/lib/sendmail', '#start /usr/lib/sendmail', 'etc/rc.tcpip')
        succeeds(host.module('sendmail', **TUTORIAL))
        equal(host.calls(), [], 'calls')
        holds(not relays(host.path('etc/sendmail.cf')), 'it still relays')
    with case('a configuration of another name restarts sendmail too'):
        host = mail_host(os.path.join(directory, 'other'), cf='etc/mail/relay.cf')
        host.changes('sendmail', cf='/etc/mail/relay.cf', **TUTORIAL)
        equal(host.calls(), RESTART, 'calls')
    with case('and so does a rollback of it'):
        host.forget_calls()
        succeeds(host.module('rollback', to='original', refresh='always'))
        equal(host.calls(), RESTART, 'calls')


def later_releases(directory):
    host = mail_host(directory, cf='etc/mail/sendmail.cf')
    os.symlink('mail/sendmail.cf', host.path('etc/sendmail.cf'))
    with case('where /etc/sendmail.cf is a link to the configuration of /etc/mail, that one is replaced'):
        os.rename(host.path(MC), host.path(SAMPLES, 'cf', 'aixsample.mc'))
        result = host.changes('sendmail', **TUTORIAL)
        equal([file['path'] for file in result['files']],
              ['/etc/mail/sendmail.cf', '/%s/cf/aixsample.mc' % SAMPLES])
        holds(os.path.islink(host.path('etc/sendmail.cf')), 'the link is gone')
        holds(not relays(host.path('etc/mail/sendmail.cf')), 'it still relays')
    with case('a named configuration that is a link is replaced where it leads to'):
        host.append('# by hand\n', 'etc/mail/sendmail.cf')
        host.changes('sendmail', cf='/etc/sendmail.cf', **TUTORIAL)
        holds(os.path.islink(host.path('etc/sendmail.cf')), 'the link is gone')
        lacks(host.read('etc/mail/sendmail.cf'), 'by hand')


def an_alternate_root(directory):
    host = mail_host(directory)
    options = {**TUTORIAL, 'refresh': 'auto', 'host_names': ['example.com']}
    with case('in an alternate root the source is edited, and build and test are skipped'):
        before = host.read('etc/sendmail.cf')
        result = host.changes('sendmail', **options)
        equal(host.read(MC), CLOSED)
        equal(host.read('etc/sendmail.cf'), before)
        equal(host.read('etc/mail/local-host-names'), 'example.com\n')
        equal({action['status'] for action in result['actions']}, {'skipped'})
        commands = [action['argv'] for action in result['actions']]
        contains(commands, ['m4', '../m4/cf.m4', '/' + MC], [SENDMAIL, '-C/etc/sendmail.cf', '-bt'])
    with case('a second run there has nothing to do and nothing to skip'):
        result = succeeds(host.module('sendmail', **options))
        equal((result['changed'], result['actions'], host.calls()), (False, [], []))
    with case('a live run later builds the configuration although the source is as it should be'):
        host.changes('sendmail', **TUTORIAL)
        holds(not relays(host.path('etc/sendmail.cf')), 'it still relays')


def own_host_name():
    """sendmail sleeps for a minute where the host's name has no domain. False where it has none and cannot get one."""
    if '.' in socket.gethostname():
        return True
    new_uts_namespace = 0x04000000
    if not IS_ROOT or ctypes.CDLL(None).unshare(new_uts_namespace) != 0:
        return False
    socket.sethostname('mailhost.example.com')
    return True


def missing():
    """What these tests need and is not here."""
    if not shutil.which('m4') or not os.path.exists(LIBRARY + '/m4/cf.m4'):
        return 'm4 or sendmail-cf is not installed'
    if not os.path.exists(SENDMAIL) or not own_host_name():
        return 'sendmail is not installed, or this host has a name without a domain'
    said = subprocess.run([SENDMAIL, '-d0.1', '-bt'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=NEVER).stdout
    return '' if said.startswith(b'Version 8') else SENDMAIL + ' is that of another mail system'


def nothing(directory):
    skip('the sendmail configuration is built and tried by the real programs', missing())


if __name__ == '__main__':
    if missing():
        run_tests(nothing)
    run_tests(closing_an_open_relay, a_configuration_that_is_there, several_rules, names_of_hosts_and_domains, relaying_for_some,
              what_cannot_be, restarting, later_releases, an_alternate_root)
