"""What init of AIX makes of an inittab: a reader for tests that play a boot. It shares nothing with the code under test."""
import collections

Entry = collections.namedtuple('Entry', 'identifier levels action command')

AT_BOOT = ('boot', 'bootwait')
IN_A_LEVEL = ('respawn', 'wait', 'once')
WAITED_FOR = ('sysinit', 'bootwait', 'wait')


def read_inittab(text):
    """The entries in their order. A colon as the first character makes a comment of all the entry, and a backslash at the
    end of a line lets it go on in the next one."""
    entries = []
    for line in text.replace('\\\n', '').split('\n'):
        fields = line.split(':', 3)
        if not line.startswith(':') and len(fields) == 4:
            entries.append(Entry(*fields))
    return entries


def initial_level(entries):
    """The highest digit of the initdefault entry; all if it names none. Without that entry the operator would be asked."""
    for entry in entries:
        if entry.action == 'initdefault':
            return max(entry.levels or '0123456789')
    raise AssertionError('init asks at the console for a run level')


def started_at_boot(text):
    """The entries that init starts until the host is up, in the order in which it does."""
    entries = read_inittab(text)
    level = initial_level(entries)
    at_level = [entry for entry in entries if not entry.levels or level in entry.levels]
    return ([entry for entry in entries if entry.action == 'sysinit'] +
            [entry for entry in at_level if entry.action in AT_BOOT] +
            [entry for entry in at_level if entry.action in IN_A_LEVEL])
