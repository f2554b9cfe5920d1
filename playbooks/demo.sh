#!/usr/bin/env bash
# demo.sh [DIRECTORY]: shows the main job from beginning to end, on a copy of an AIX 4.3.3 host's files.
#
# Installs what is missing (Debian, as root), builds the release, and then audits, hardens, hardens again, reads the history
# and rolls back, by ordinary playbooks and the ordinary git. Leaves the scratch host in DIRECTORY, if one is named.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"

if [ $# -gt 1 ] || [[ ${1-} == -* ]]; then
	sed -n '2,5s/^# \{0,1\}//p' "$0"
	[ "${1-}" = --help ] || [ "${1-}" = -h ] && exit 0
	exit 64
fi
if [ -n "${1-}" ]; then
	mkdir -p "$1"
	scratch=$(cd "$1" && pwd)
	[ -z "$(ls -A "$scratch")" ] || { echo "demo.sh: $scratch is not empty; name an empty or a new directory" >&2; exit 1; }
else
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
fi
root=$scratch/root

bold='' green='' plain=''
[ ! -t 1 ] || [ -n "${NO_COLOR-}" ] || { bold=$'\e[1m' green=$'\e[32m' plain=$'\e[0m'; }
step=0
say() {
	step=$((step + 1))
	printf '\n%s%d. %s%s\n' "$bold" "$step" "$1" "$plain"
	shift
	[ $# = 0 ] || printf '   %s\n' "$@"
}
# run WORDS...: shows a command as it could be typed, and runs it
run() {
	printf '\n%s$ %s%s\n' "$green" "${*//$scratch/\$scratch}" "$plain"
	"$@"
}

say 'Build' 'what is missing is installed first; the log is in build/logs'
"$top/tests/prerequisites.sh" demo
mkdir -p build/logs
cmake --preset release >build/logs/demo-configure.log 2>&1 || { tail -n 30 build/logs/demo-configure.log; exit 1; }
if [ -t 1 ]; then # ninja then keeps its progress in one line
	NINJA_STATUS='   [%f/%t, %es] ' cmake --build --preset release
else
	echo '   building; this takes a minute or two'
	cmake --build --preset release >build/logs/demo-build.log 2>&1 || { tail -n 30 build/logs/demo-build.log; exit 1; }
fi
printf '   %s: %s bytes, needs %s\n' build/bulwark "$(stat -c %s build/bulwark)" "$(ldd build/bulwark | awk '/=>/ { printf "%s%s", n++ ? ", " : "", $1 }')"

umask 022 # and not -a: a tree whose directories others own or can write is no place for a history
mkdir -p "$root"
cp -R tests/samples/aix-4.3.3/. "$root"
cp -a "$root" "$scratch/before"
export ANSIBLE_CONFIG=$top/playbooks/ansible.cfg ANSIBLE_COLLECTIONS_PATH=$top/build/collections
export ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3 ANSIBLE_LOCAL_TEMP=$scratch/tmp ANSIBLE_REMOTE_TEMP=$scratch/tmp
[ -z "$green" ] || export ANSIBLE_FORCE_COLOR=1
play() {
	local playbook=$1
	shift
	run ansible-playbook -i localhost, -c local "playbooks/$playbook" -e "bulwark_root=$root" "$@"
}
files() { (cd "$1" && find . -path ./var/bulwark -prune -o \( -type f -printf '%m %U:%G %p ' -exec sha256sum {} \; \) | sort); }

say 'Audit' 'check mode: what of the profile is not so, and what hardening would change; nothing is written'
play audit.yml --diff
files "$scratch/before" >"$scratch/files.before"
files "$root" | cmp - "$scratch/files.before"

say 'Harden' 'one task, one transaction, one commit'
play harden.yml -e bulwark_message=CHG0031337

say 'Harden again' 'nothing is left to change'
play harden.yml

say 'The history' 'a bare git repository on the host, read by the ordinary git'
history=$root/var/bulwark/history.git
run git --no-pager --git-dir "$history" log --stat --format='%C(yellow)%h%C(reset) %s'
run git --no-pager --git-dir "$history" show --format='%s' main -- etc/rc.nfs

say 'Roll back' 'every file as it was when it was first seen'
play rollback.yml -e bulwark_to=original
files "$root" >"$scratch/files.after"
if diff "$scratch/files.before" "$scratch/files.after"; then
	printf '\n%sEvery byte, mode and owner of the %d files is as it was before.%s\n' "$bold" "$(wc -l <"$scratch/files.after")" "$plain"
else
	echo 'demo.sh: the files above are not as they were' >&2
	exit 1
fi
[ -z "${1-}" ] || printf 'The host is in %s; its history is in var/bulwark/history.git below it.\n' "$root"
