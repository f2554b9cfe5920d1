#!/bin/sh
# Puts community.general.aix_inittab below build/_deps, where a test runs it beside our inittab: the one file of it, out
# of Debian's package `ansible`, which is not installed. Instant when it is there.
set -e
build=$(dirname "$0")/../build
module=ansible_collections/community/general/plugins/modules/aix_inittab.py
collections=$build/_deps/aix_inittab
[ ! -e "$collections/$module" ] || exit 0
command -v apt-get >/dev/null 2>&1 || exit 0 # the test says that it is missing

mkdir -p "$build/_deps" "$build/logs"
log=$build/logs/aix_inittab.log
scratch=$(mktemp -d "$build/_deps/aix_inittab.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# As the caller, who may write here, and not as the user _apt.
download() {
    (cd "$scratch" && apt-get -q -o APT::Sandbox::User="$(id -un)" download ansible) >>"$log" 2>&1
}

: >"$log"
download || { apt-get -q update >>"$log" 2>&1 && download; } || {
    tail -n 5 "$log" >&2
    echo "The package ansible could not be downloaded (all of apt-get's output is in $log)" >&2
    exit 1
}
dpkg-deb --fsys-tarfile "$scratch"/ansible_*.deb | tar -x -C "$scratch" "./usr/lib/python3/dist-packages/$module"
mkdir -p "$collections/${module%/*}"
mv "$scratch/usr/lib/python3/dist-packages/$module" "$collections/$module"
