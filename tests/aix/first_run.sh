#!/bin/sh
# first_run.sh BINARY [ROOT]: what has to be true before Bulwark is trusted with an AIX host.
#
# Changes nothing of the host: it asks, makes check runs, and hardens and rolls back a copy of the configuration files in a
# private directory below $TMPDIR (/tmp). To be run as root. ROOT (default /) is where the files are taken from.
# Prints a line "ok - ..." or "not ok - ..." for each thing, and a verdict.
# Exit status: 0 all is well, 1 something is not, 64 wrong usage.
# shellcheck disable=SC2012 # AIX has no stat, and its find no -printf
umask 077
LC_ALL=C
export LC_ALL

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 64
fi
[ "$(id -u)" = 0 ] || {
    echo "$0 has to be run by root: it gives files to other users in its private directory" >&2
    exit 64
}
binary=$1
root=${2:-/}
here=$(dirname "$0")
[ -x "$binary" ] || {
    echo "$binary is no executable file; name the binary that was built" >&2
    exit 64
}
case $binary in
/*) ;;
*) binary=$(pwd)/$binary ;;
esac
failures=0 checks=0

scratch=${TMPDIR:-/tmp}/bulwark_first_run.$$
mkdir "$scratch" || exit 1
trap 'rm -rf "$scratch"' 0
trap 'exit 1' 1 2 15
copy=$scratch/root
said=$scratch/said

# is SENTENCE COMMAND...: the sentence holds if the command succeeds. What it printed is shown if not.
is() {
    sentence=$1
    checks=$((checks + 1))
    shift
    if "$@" >"$said" 2>&1; then
        echo "ok - $sentence"
    else
        echo "not ok - $sentence"
        sed 's/^/    /' "$said"
        failures=$((failures + 1))
    fi
}

skip() {
    echo "ok - $1 # SKIP $2"
}

# exits STATUS COMMAND...
exits() {
    expected=$1
    shift
    "$@"
    status=$?
    [ "$status" -eq "$expected" ] || {
        echo "exit status $status instead of $expected"
        return 1
    }
}

# prints PATTERN COMMAND...: the command succeeds, and a line of what it prints matches.
prints() {
    pattern=$1
    shift
    "$@" >"$scratch/output" 2>&1
    status=$?
    cat "$scratch/output"
    [ "$status" -eq 0 ] && grep "$pattern" "$scratch/output" >/dev/null && return 0
    echo "exit status $status; expected 0 and a line that matches $pattern"
    return 1
}

# ---- the binary

# An error is an exception. One that is not caught ends the process, without a sentence and with another status: then see Plan B
# in docs/aix.md.
ends_in_a_sentence() {
    exits 1 "$binary" harden --root "$scratch/nothing" --check 2>"$scratch/error" || {
        cat "$scratch/error"
        return 1
    }
    cat "$scratch/error"
    [ "$(wc -l <"$scratch/error")" -eq 1 ] && grep "$scratch/nothing" "$scratch/error"
}

needs_only_libc() {
    dump -X32_64 -H "$binary" >"$scratch/imports" || return 1
    awk '$NF ~ /\.(a|so|o)$/ && $0 !~ /lib(c|pthreads?|rt)\.a/ { print "needs also:", $0; others = 1 }
         /libc\.a/ { libc = 1 }
         END { if (!libc) print "no libc.a in what dump -H prints"; exit others || !libc }' "$scratch/imports"
}

# Not a fault of the build: a function that only newer levels of AIX have keeps it from starting on older ones.
tell_unknown_imports() {
    list=$here/symbols.txt
    [ -r "$list" ] || list=$here/../aix_shape/symbols.txt
    [ -r "$list" ] || return 0
    dump -X32_64 -Tv "$binary" >"$scratch/symbols" 2>/dev/null || return 0
    awk 'FNR == NR { if ($0 !~ /^#/) known[$1]; next } / IMP / && !($NF in known) { print "# imports also:", $NF }' \
        "$list" "$scratch/symbols"
}

the_binary() {
    is 'the binary runs and says its version' prints '^bulwark [0-9]' "$binary" --version
    is 'an error ends in a sentence' ends_in_a_sentence
    if [ "$(uname -s)" = AIX ]; then
        is 'nothing but libc and its threads is dynamic' needs_only_libc
        tell_unknown_imports
    else
        skip 'nothing but libc and its threads is dynamic' 'this is not AIX'
    fi
}

# ---- the commands that it asks

is_there() {
    for command; do
        type "$command" || missing=$command
    done
    [ -z "$missing" ]
}

status_is_known() {
    lssrc -s "$1" || return 1
    lssrc -s "$1" | awk 'NR > 1 && $1 == "'"$1"'" && ($NF ~ /^(active|inoperative|stopping|stop)$/) { found = 1 }
        END { exit !found }'
}

# Whoever can change a directory decides what is run from it. root and bin (uid 2, which nobody is) may.
belongs_to_root() {
    status=0
    for directory in / /usr /usr/bin /usr/sbin /usr/lib; do
        ls -ldn "$directory/." | awk -v name="$directory" '{ print name, $1, $3, $4 }
            substr($1, 6, 1) == "w" || substr($1, 9, 1) == "w" || $3 != 0 && $3 != 2 { others = 1 } END { exit others }' || status=1
    done
    [ $status -eq 0 ] || echo 'Bulwark runs nothing from a directory that others can write to; chmod go-w or chown mends it'
    return $status
}

# The first word of each row under the heading is a service, as Bulwark reads it.
rows_are_services() {
    lssrc -ls inetd | awk '/^ *Service  *Command/ { rows = 1; next } rows && NF { print $1 }' >"$scratch/served"
    [ -s "$scratch/served" ] || {
        echo 'no row follows the heading, though inetd is active'
        return 1
    }
    while read -r service; do
        grep "^${service}[ 	]" "$root/etc/inetd.conf" >/dev/null && return 0
    done <"$scratch/served"
    echo "no first word of a row is a service of $root/etc/inetd.conf:"
    cat "$scratch/served"
    return 1
}

the_commands() {
    missing=
    is 'the directories of the commands belong to root or bin, and nobody else can write to them' belongs_to_root
    is 'the commands are there that a run asks or calls' is_there lssrc startsrc stopsrc refresh no crontab \
        instfix lslpp installp telinit ksh m4 netstat
    for subsystem in inetd syslogd; do
        is "lssrc tells the status of $subsystem in the last word of its row" status_is_known $subsystem
    done
    is 'lssrc fails for a subsystem that is not on file' exits 1 lssrc -s bulwark_has_no_such
    if lssrc -s inetd 2>/dev/null | grep ' active *$' >/dev/null; then
        is 'lssrc -ls inetd shows a table of the services that inetd has loaded' prints '^ *Service  *Command' lssrc -ls inetd
        is 'the rows of that table begin with services of inetd.conf' rows_are_services
    else
        skip 'lssrc -ls inetd shows a table of the services that inetd has loaded' 'inetd is not active'
    fi
    is 'no -o tells the value of an option' prints '^ipforwarding *= *[0-9]' no -o ipforwarding
    is 'no -o fails for an option that the kernel does not have' fails no -o bulwark_has_no_such
    is 'lslpp tells the level of a fileset in colon form' prints '^[^:]*:bos\.rte:[0-9.]*:' lslpp -Lcq bos.rte
}

fails() {
    "$@"
    status=$?
    [ $status -eq 0 ] || [ $status -gt 125 ] || return 0
    echo "exit status $status instead of a failure that the command tells of"
    return 1
}

# ---- the host as it is

files='etc/inittab etc/rc.tcpip etc/rc.nfs etc/inetd.conf etc/syslog.conf etc/ftpusers etc/services etc/passwd etc/group'

# state DIRECTORY: mode, owner, group and checksum of the files.
state() {
    for file in $files; do
        [ -f "$1/$file" ] || {
            echo "$file is missing"
            continue
        }
        echo "$file $(ls -ln "$1/$file" | awk '{ print $1, $3, $4 }') $(cksum <"$1/$file")"
    done
}

# 0: all is as the profile wants; 2: something would change.
is_foreseen() {
    "$binary" harden --root "$root" --check --diff --history "/var/bulwark_first_run.$$/history.git"
    status=$?
    [ $status -eq 0 ] || [ $status -eq 2 ]
}

is_as_before() {
    state "$root" >"$scratch/now"
    diff "$scratch/before" "$scratch/now" || return 1
    [ ! -d "$root/var/bulwark_first_run.$$" ] || {
        echo "a check run has made $root/var/bulwark_first_run.$$"
        return 1
    }
}

the_host() {
    is 'a check run of the profile reads this host and foresees what a run would do' is_foreseen
    is 'a check run has changed no file and made no history' is_as_before
    is 'the ports that the configuration opens can be told' exits 0 "$binary" ports_info --root "$root"
}

# ---- a copy of it

copy_files() {
    for file in $files; do
        [ -f "$root/$file" ] || continue
        mkdir -p "$copy/${file%/*}" && cp -p "$root/$file" "$copy/$file" || return 1
    done
    mkdir -p "$copy/var/adm" "$copy/var/spool/cron/crontabs"
    state "$copy" >"$scratch/copied"
}

is_hardened() {
    exits 0 "$binary" harden --root "$copy" || return 1
    state "$copy" >"$scratch/hardened"
    ! cmp -s "$scratch/copied" "$scratch/hardened" || {
        echo 'no file has changed: is the host hardened already? Then name another ROOT'
        return 1
    }
}

keeps_owner_and_mode() {
    for name in copied hardened; do
        awk '$2 != "is" { print $1, $2, $3, $4 }' "$scratch/$name" >"$scratch/$name.modes"
    done
    diff "$scratch/copied.modes" "$scratch/hardened.modes" | grep '^<' && return 1
    return 0
}

is_accepted_by_ksh() {
    for file in etc/rc.tcpip etc/rc.nfs; do
        [ ! -f "$copy/$file" ] || ksh -n "$copy/$file" || return 1
    done
}

is_restored() {
    exits 0 "$binary" rollback --root "$copy" --to original || return 1
    state "$copy" >"$scratch/restored"
    diff "$scratch/copied" "$scratch/restored"
}

# Four at once: each waits for the one before it.
take_turns() {
    processes=
    for profile in tutorial strict tutorial strict; do
        "$binary" harden --root "$copy" --profile $profile >"$scratch/turn.$profile" 2>&1 &
        processes="$processes $!"
    done
    for process in $processes; do
        wait "$process" || {
            cat "$scratch"/turn.*
            return 1
        }
    done
}

# ---- links and access control lists

make_links() {
    links=$scratch/links
    dots=$(awk 'BEGIN { for (i = 0; i < 150; ++i) printf "./" }')
    mkdir -p "$links/etc" "$links/open" && chmod 1777 "$links/open" && echo root >"$links/target" && chmod 644 "$links/target" &&
        ln -s "${dots}../target" "$links/etc/ftpusers" && ln -s ../target "$links/open/link" && chown -h 12345 "$links/open/link"
}

# An open with O_NOFOLLOW has to fail for a link. On a level where it does not (aix_facts.md, Files and descriptors) whoever may
# write to a directory decides which file root changes.
refuses_a_link_of_others() {
    exits 1 "$binary" path --root "$links" --path /open/link --mode 0600 || return 1
    ls -l "$links/target"
    [ "$(ls -l "$links/target" | cut -c1-10)" = -rw-r--r-- ]
}

follows_a_long_link() {
    exits 0 "$binary" ftpusers --root "$links" --users bulwark_test || return 1
    ls -l "$links/etc/ftpusers"
    [ -h "$links/etc/ftpusers" ] && grep '^bulwark_test$' "$links/target"
}

# Extended permissions, as aclget prints them, are those of the file that has been edited too.
keeps_the_list() {
    aclget "$links/target" >"$scratch/list" && sed 's/^\( *\)disabled/\1enabled/' "$scratch/list" >"$scratch/wanted" &&
        echo '    permit   rw-     u:daemon' >>"$scratch/wanted" && aclput -i "$scratch/wanted" "$links/target" &&
        aclget "$links/target" >"$scratch/before.list" || return 1
    grep daemon "$scratch/before.list" >/dev/null || {
        echo 'aclput has not put it; is the file system one with access control lists?'
        cat "$scratch/before.list"
        return 1
    }
    exits 0 "$binary" ftpusers --root "$links" --users bulwark_other || return 1
    aclget "$links/target" >"$scratch/after.list" && diff "$scratch/before.list" "$scratch/after.list"
}

the_links() {
    is 'a file system with links can be laid out' make_links
    is 'a link of another user in a directory that he can write to is refused' refuses_a_link_of_others
    is 'a link of 300 characters is followed, and stays' follows_a_long_link
    if type aclget >/dev/null 2>&1; then
        is 'extended permissions of a file that is edited are kept' keeps_the_list
    else
        skip 'extended permissions of a file that is edited are kept' 'there is no aclget'
    fi
}

# ---- all of it

the_copy() {
    copy_files || {
        is 'the configuration files can be copied' false
        return
    }
    is 'a copy of the configuration is hardened' is_hardened
    is 'owner, group and mode of every file are kept' keeps_owner_and_mode
    is 'ksh accepts the boot scripts that were edited' is_accepted_by_ksh
    is 'a second run finds nothing to do' exits 0 "$binary" harden --root "$copy" --check
    is 'the history knows every file as it is' prints '"drift": *\[\]' \
        "$binary" history_info --root "$copy" --verify --json
    is 'rollback restores every byte, owner and mode' is_restored
    is 'runs at the same time wait for each other' take_turns
    is 'rollback restores all of that too' is_restored
    is 'Ansible gets one line of JSON' answers_ansible
    if type git >/dev/null 2>&1; then
        is 'git finds no fault in the history' \
            exits 0 git --git-dir "$copy/var/bulwark/history.git" fsck --strict --full
    else
        skip 'git finds no fault in the history' 'git is not installed'
    fi
}

answers_ansible() {
    ln -s "$binary" "$scratch/AnsiballZ_harden" || return 1
    printf '{"_ansible_module_name": "bulwark.aix.harden", "_ansible_check_mode": true, "root": "%s"}' "$copy" \
        >"$scratch/args"
    "$scratch/AnsiballZ_harden" "$scratch/args" >"$scratch/answer" || {
        cat "$scratch/answer"
        return 1
    }
    cat "$scratch/answer"
    [ "$(wc -l <"$scratch/answer")" -eq 1 ] && grep '^{.*"changed": *true.*}$' "$scratch/answer"
}

state "$root" >"$scratch/before"
the_binary
the_commands
the_host
the_links
the_copy
if [ $failures -gt 0 ]; then
    echo "$failures of the checks failed: do not use this binary on this host before docs/aix.md says what each means"
    exit 1
fi
echo "all $checks checks hold: this host is as Bulwark expects"
