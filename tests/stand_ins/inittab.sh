# Sourced by lsitab, mkitab, chitab and rmitab. A line that begins with a colon is a comment to them and no entry
# (aix_facts.md, inittab).
. "$(dirname "$0")/common.sh"
inittab=$(cat "$state/root")/etc/inittab
refuse() {
	echo "$name: $1" >&2
	exit 1
}
entry_of() { awk -F: -v id="$1" '$1 == id { print; found = 1 } END { exit !found }' "$inittab"; }
# one_entry WORD...: sets entry and its id; there has to be one word
one_entry() {
	[ $# = 1 ] || refuse "one entry is expected, as one word"
	log "$1"
	entry=$1 id=${1%%:*}
	export entry
}
# rewrite ID PROGRAM: the inittab anew, by an awk program that knows the id
rewrite() {
	new=$(mktemp) && awk -F: -v id="$1" "$2" "$inittab" >"$new" && cat "$new" >"$inittab" && rm "$new"
}
