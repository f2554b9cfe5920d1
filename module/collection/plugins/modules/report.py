# The documentation of an action plugin: what runs is plugins/action/report.py, on the controller.
DOCUMENTATION = r'''
module: report
short_description: A report of an audit, for people and for machines
description:
  - Writes on the controller what C(bulwark.aix.harden) found in check mode on the hosts of a play. HTML pages that need
    nothing else, not even a network, are for people; JSON and JUnit XML are for machines.
  - Runs once for all hosts of the play and touches none of them. The playbook C(bulwark.aix.audit) uses it.
  - All files are written beside the old ones first and then take their place, C(index.html) last, so that a report that
    cannot be finished leaves the one before as it was.
version_added: 0.1.0
author: Bulwark maintainers
options:
  dest:
    description:
      - The directory, on the controller. A relative one counts from where C(ansible-playbook) was started. It is created
        if it is not there, and then only its owner can read it. The files can be read by whoever can read the directory.
    type: path
    required: true
  results:
    description:
      - The name of the variable in which each host registered its result of C(bulwark.aix.harden), called with
        C(check_mode=true) and C(details=true). A host without it is shown as not audited, one that failed or could not
        be reached as such, with the reason.
    type: str
    default: bulwark_audit
  title:
    description: The title of the report.
    type: str
    default: Compliance of network services
attributes:
  check_mode:
    description: The report is written in check mode, too. It is about check mode.
    support: none
  bypass_host_loop:
    description: It runs once for all hosts of the play.
    support: full
notes:
  - Give the play C(strategy=linear), so that the results of all hosts are there.
'''

EXAMPLES = r'''
- name: Compare the host with our profile
  bulwark.aix.harden:
    profile: strict
    details: true
  check_mode: true
  register: bulwark_audit

- name: Write the report
  bulwark.aix.report:
    dest: reports/aix
'''

RETURN = r'''
changed:
  description: Always false, for nothing was changed on a host.
  returned: always
  type: bool
msg:
  description: What the report says, in one line, and where it is.
  returned: always
  type: str
dest:
  description: The absolute path of the directory.
  returned: success
  type: str
summary:
  description: Counts and score of all hosts, as in C(report.json).
  returned: success
  type: dict
'''
