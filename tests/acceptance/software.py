#!/usr/bin/python3 -B
"""Modules software and subsystem on a live host: what is installed and what runs is pretended."""
import json
import os

from lib import Host, case, contains, equal, holds, lacks, one_sentence, read, run_tests, same_tree, write


def live_host(directory, **state):
    host = Host(directory)
    host.go_live(**state)
    host.set_state('fixes/IY04477', 'installed')
    host.set_state('fixes/IY00001', 'incomplete')
    host.set_state('filesets/bos.compat.NetInst', '4.3.3.0')
    host.set_state('filesets/bos.net.nfs.server', '4.3.3.10')
    return host


def live(host, module, /, **options):
    return host.module(module, refresh='always', **options)


def succeeds(result):
    holds(not result.get('failed'), result['msg'])
    return result


def refused(host, *parts, module='software', **options):
    before = host.files()
    host.forget_calls()
    result = live(host, module, **options)
    holds(result.get('failed') and not result['changed'], str(result))
    one_sentence(result['msg'])
    contains(result['msg'], *parts)
    same_tree(host.files(), before)
    equal(host.calls(), [], 'calls')


def fixes(directory):
    host = live_host(directory)
    with case('a fix that is installed is reported so, and nothing changes'):
        result = succeeds(live(host, 'software', fixes=['IY04477']))
        equal(result['fixes'], [{'name': 'IY04477', 'status': 'installed',
                                 'detail': 'All filesets for IY04477 were found.'}])
        equal((result['changed'], result['filesets'], result['actions'], result['commit'], result['msg']),
              (False, [], [], None, 'nothing to change'))
    with case('one of which a fileset is missing is named in msg and result; that is no failure and no change'):
        result = succeeds(live(host, 'software', fixes=['IY00001', 'IY04477']))
        equal([(fix['name'], fix['status']) for fix in result['fixes']],
              [('IY00001', 'not_installed'), ('IY04477', 'installed')])
        equal(result['changed'], False, 'changed')
        equal(result['msg'], 'fix IY00001 is not installed (instfix says: Not all filesets for IY00001 were found.); '
                             'nothing to change')
    with case('one that the fix database has no data for is unknown, and nothing to complain of'):
        result = succeeds(live(host, 'software', fixes='IY99999'))
        equal(result['fixes'], [{'name': 'IY99999', 'status': 'unknown',
                                 'detail': 'There was no data for IY99999 in the fix database.'}])
        equal(result['msg'], 'nothing to change')
    with case('one that is there only as an interim fix is installed, and nothing to complain of'):
        host.set_state('fixes/IY00002', 'interim')
        result = succeeds(live(host, 'software', fixes=['IY00002']))
        equal(result['fixes'], [{'name': 'IY00002', 'status': 'installed',
                                 'detail': "Interim fix 'IY00002s1a' associated with IY00002 is installed."}])
        equal(result['msg'], 'nothing to change')
    with case('under no_log msg names nothing of it'):
        lacks(succeeds(live(host, 'software', fixes=['IY00001'], no_log=True))['msg'], 'IY00001')
    with case('to look writes nothing, not even a history'):
        holds(not os.path.exists(host.history), 'there is a history')
        equal(host.calls(), [], 'calls')


def filesets(directory):
    host = live_host(directory)
    with case('a fileset that should not be there is reported and stays'):
        result = succeeds(live(host, 'software', absent=['bos.compat.NetInst', 'bos.nothing']))
        equal(result['filesets'], [{'name': 'bos.compat.NetInst', 'status': 'installed', 'level': '4.3.3.0'},
                                   {'name': 'bos.nothing', 'status': 'absent', 'level': ''}])
        contains(result['msg'], 'fileset bos.compat.NetInst 4.3.3.0 is installed', 'nothing to change')
        equal((result['changed'], host.calls()), (False, []))
    removal = {'absent': ['bos.compat.NetInst', 'bos.nothing'], 'remove': True}
    with case('a check run tells that it would be removed, and removes nothing'):
        foreseen = succeeds(live(host, 'software', check=True, **removal))
        equal(foreseen['actions'], [{'argv': ['installp', '-u', 'bos.compat.NetInst'], 'status': 'would_run'}])
        equal((foreseen['changed'], host.calls()), (True, []))
    with case('with remove it is removed, and that is a change'):
        result = succeeds(live(host, 'software', **removal))
        equal((result['changed'], result['files'], host.calls()), (True, [], ['installp -u bos.compat.NetInst']))
        equal(result['filesets'], foreseen['filesets'], 'filesets')
        equal([fileset['status'] for fileset in result['filesets']], ['absent', 'absent'])
    with case('a second run changes nothing'):
        host.forget_calls()
        result = succeeds(live(host, 'software', **removal))
        equal((result['changed'], result['actions'], host.calls()), (False, [], []))
    with case('one that another one needs is refused before anything is removed, with what installp says'):
        host.set_state('needed', 'bos.net.nfs.server')
        host.set_state('filesets/a.first', '1.0.0.0')
        refused(host, 'bos.net.nfs.server', '0503-466', '`installp -p -u bos.net.nfs.server`', remove=True,
                absent=['a.first', 'bos.net.nfs.server'])
        equal(host.get_state('filesets/a.first'), '1.0.0.0')
    with case('an RPM package is reported by its name, and is not for installp to remove'):
        host.set_state('filesets/bash', '5.1.4-2')
        host.set_state('filesets/a.first', '1.0.0.0')
        result = succeeds(live(host, 'software', absent=['bash']))
        equal(result['filesets'], [{'name': 'bash', 'status': 'installed', 'level': '5.1.4-2'}])
        contains(result['msg'], 'fileset bash 5.1.4-2 is installed; it is an RPM package; remove it with `rpm -e bash`')
        refused(host, 'bash', '`rpm -e bash`', absent=['a.first', 'bash'], remove=True)
        equal(host.get_state('filesets/a.first'), '1.0.0.0')
    with case('a removal that fails makes the run fail; a later run finds it out by itself'):
        host.set_state('needed', '')
        script = read(host.bin, 'installp')
        write(script.replace('log "$@"', 'exit 1'), host.bin, 'installp')
        result = live(host, 'software', absent=['bos.net.nfs.server'], remove=True)
        holds(result.get('failed'), str(result))
        contains(result['msg'], 'installp -u bos.net.nfs.server')
        write(script, host.bin, 'installp')
        succeeds(live(host, 'software', absent=['bos.net.nfs.server'], remove=True))
        equal(host.calls(), ['installp -u bos.net.nfs.server'], 'calls')


def where_it_cannot_be_asked(directory):
    host = live_host(directory)
    with case('elsewhere than on the running system a call fails, and says why'):
        for options, reason in (({}, 'root is %s, not the running host' % host.root),
                                ({'refresh': 'never'}, 'refresh is never')):
            result = host.module('software', fixes=['IY04477'], **options)
            holds(result.get('failed') and not result['changed'], str(result))
            contains(result['msg'], 'only be asked of the running system', reason)
    rules = [{'id': 'fix', 'software': {'fixes': ['IY00001']}}, {'id': 'fine', 'software': {'fixes': ['IY04477']}},
             {'id': 'netinst', 'software': {'absent': ['bos.compat.NetInst']}}]
    with case('and a rule of harden is not applicable there'):
        result = succeeds(host.module('harden', profile='none', rules=rules))
        equal([rule['status'] for rule in result['rules']], ['not_applicable'] * 3)
    with case('on the running system such a rule is non_compliant where something is found, and nothing changes'):
        result = succeeds(live(host, 'harden', profile='none', rules=rules))
        equal([rule['status'] for rule in result['rules']], ['non_compliant', 'compliant', 'non_compliant'])
        contains(result['rules'][0]['detail'], 'fix IY00001 is not installed')
        contains(result['msg'], '1 of 3 rules compliant', '2 for a person to look after')
        equal(result['changed'], False, 'changed')
        equal([len(rule.get('findings', [])) for rule in result['rules']], [1, 0, 1])
    with case('on the command line what was found is said below its rule, and the exit status is 0, in a check run too'):
        titled = json.dumps({'profile': 'none', 'rules': [{**rules[0], 'title': 'The fix'}]})
        arguments = ['harden', '--root', host.root, '--refresh', 'always', '--args-file',
                     write(titled, directory, 'arguments.json')]
        for check in ([], ['--check']):
            done = host.command(*arguments, *check)
            equal((done.returncode, done.stderr), (0, b''))
            contains(done.stdout.decode(), 'fix  The fix', 'fix IY00001 is not installed')
    with case('audit.yml with bulwark_strict fails where something is found, though no run would change it'):
        variables = {'bulwark_profile': 'none', 'bulwark_refresh': 'always', 'bulwark_strict': True}
        host.play('audit.yml', '-e', json.dumps({**variables, 'bulwark_rules': rules[:1]}), live=True).fails()
        host.play('audit.yml', '-e', json.dumps({**variables, 'bulwark_rules': rules[1:2]}), live=True).succeeds()
    with case('names that are none, or would mean many filesets, are refused'):
        for name in ('', '-u', 'bos.*', 'a b', 'a;b', 'bos/net', 'a?', '[a]', 'a\nb'):
            refused(host, 'option absent', absent=[name], remove=True)
            refused(host, 'option fixes', fixes=[name])
        refused(host, 'neither a fix nor a fileset', fixes=[])
        refused(host, 'one of the following is required: fixes, absent')
    with case('without the commands of AIX a call says so'):
        os.remove(os.path.join(host.bin, 'instfix'))
        refused(host, 'the command instfix is not there', fixes=['IY04477'])


def subsystems(directory):
    host = live_host(directory, lpd='inoperative')
    with case('a subsystem is started with its arguments, stopped, and left alone where it is so already'):
        result = succeeds(live(host, 'subsystem', name='lpd', state='active', args='-d -l'))
        equal((result['changed'], result['files'], host.calls()), (True, [], ['startsrc -s lpd -a -d -l']))
        host.forget_calls()
        result = succeeds(live(host, 'subsystem', name='lpd', state='active', args='-x'))
        equal((result['changed'], result['actions'], host.calls()), (False, [], []))
        succeeds(live(host, 'subsystem', name='lpd', state='inoperative'))
        equal((host.calls(), host.get_state('subsystems/lpd')), (['stopsrc -s lpd'], 'inoperative'))
        equal(succeeds(live(host, 'subsystem', name='lpd', state='inoperative'))['changed'], False, 'changed')
    with case('one that stops only after a while is waited for'):
        host.set_state('lingers', 'snmpd')
        result = succeeds(live(host, 'subsystem', name='snmpd', state='inoperative'))
        equal([action['status'] for action in result['actions']], ['ran'])
        equal(host.get_state('subsystems/snmpd'), 'inoperative')
    with case('a rollback starts again what a run has stopped'):
        succeeds(live(host, 'rollback', to='original'))
        equal((host.get_state('subsystems/snmpd'), host.get_state('subsystems/lpd')), ('active', 'inoperative'))
    with case('one that is not on file is an error with what lssrc says, in a rule of harden not applicable'):
        refused(host, 'subsystem x', '0513-085', 'not on file', module='subsystem', name='x', state='inoperative')
        refused(host, 'subsystem x', '0513-085', 'not on file', module='subsystem', name='x', state='active')
        result = succeeds(live(host, 'harden', profile='none',
                               rules=[{'id': 'x', 'subsystem': {'name': 'x', 'state': 'inoperative'}}]))
        equal([rule['status'] for rule in result['rules']], ['not_applicable'])
    with case('one that is just stopping is neither started nor stopped'):
        host.set_state('subsystems/dpid2', 'warned to stop')
        refused(host, 'dpid2', 'warned to stop', module='subsystem', name='dpid2', state='active')
        refused(host, 'dpid2', 'warned to stop', module='subsystem', name='dpid2', state='inoperative')
    with case('elsewhere than on the live host the command is skipped with the reason, and that is no change'):
        host.forget_calls()
        result = succeeds(host.module('subsystem', name='inetd', state='inoperative'))
        equal((result['changed'], result['actions'], host.calls()),
              (False, [{'argv': ['stopsrc', '-s', 'inetd'], 'status': 'skipped',
                        'reason': 'root is %s, not the running host' % host.root}], []))
    with case('names and arguments that the SRC does not take are refused'):
        for name in ('', '-a', 'a b', 'a\nb'):
            refused(host, 'option name', module='subsystem', name=name, state='active')
        for args in ('-p $port', '`date`', 'a\nb'):
            refused(host, 'option args', module='subsystem', name='inetd', state='active', args=args)
        refused(host, '1200', module='subsystem', name='inetd', state='active', args='x' * 1201)


if __name__ == '__main__':
    run_tests(fixes, filesets, where_it_cannot_be_asked, subsystems)
