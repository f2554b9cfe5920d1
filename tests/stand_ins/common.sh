# Sourced by every stand-in: where the state is, and whether this command is to fail.
name=${0##*/}
state=$(cd "$(dirname "$0")/../state" && pwd) || exit 2
if grep -qxF -e "$name" -e "$name $*" "$state/fails" 2>/dev/null; then
	echo "0513-999 $name was told to fail" >&2
	exit 1
fi
log() { echo "$name $*" >>"$state/log"; }
status_of() { cat "$state/subsystems/$1" 2>/dev/null; }
not_on_file() {
	# aix_facts.md, subsystems
	echo "0513-085 The $1 Subsystem is not on file." >&2
	exit 1
}
# load_inetd: what inetd knows after it has read its file
load_inetd() { awk '!/^#/ && NF >= 6 { print $1 }' "$(cat "$state/root")/etc/inetd.conf" >"$state/serves"; }
