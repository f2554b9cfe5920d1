#!/bin/sh
# Unpacks Debian 13's ansible-core 2.19, not installed, into build/_deps/ansible-2.19: the tests run there what they run
# with the installed ansible-core. It runs on Debian 12's Python and Python packages. Instant when it is there.
#
# usage: tests/ansible_2_19.sh [LOG]        LOG: what apt-get prints, default build/logs/ansible-2.19.log
#
# The package comes from where this machine gets its own, of the suite trixie; apt-get checks that it is signed by
# Debian. Everything that apt-get keeps meanwhile is in a directory of our own, the machine's lists stay as they are.

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
log=${1:-$top/build/logs/ansible-2.19.log}
destination=$top/build/_deps/ansible-2.19
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

give_up() {
    printf 'ansible-core 2.19 cannot be unpacked: %s\n' "$1" >&2
    exit 1
}

write_source_lists() {
    suite=$(sed -nE 's/^VERSION_CODENAME="?([a-z]+)"?$/\1/p' /etc/os-release)
    apt-get indextargets --no-release-info --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Identifier: Packages' |
        sed -n "s/^$suite main //p" | sort -u | while read -r uri; do
        printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: %s\n\n' \
            "$uri" "$keyring"
    done >"$directory/sources/trixie.sources"
}

# Also as an ordinary user.
private_apt() {
    apt-get -q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$directory/sources" \
        -o "Dir::State::Lists=$directory/lists" -o "Dir::Cache=$directory/cache" -o APT::Sandbox::User=root \
        -o Acquire::Languages=none -o APT::Get::AllowUnauthenticated=false "$@" >>"$log" 2>&1 </dev/null
}

download() {
    mkdir -p "$directory/sources" "$directory/lists/partial" "$directory/cache/archives/partial" || exit 1
    write_source_lists
    [ -s "$directory/sources/trixie.sources" ] || give_up "apt is not configured to get packages of Debian's main."
    private_apt update # one source out of order need not matter: whether the package comes decides
    (cd "$directory" && private_apt download ansible-core/trixie) ||
        give_up "its package could not be downloaded (all of apt-get's output is in $log)."
}

# A command that finds its own Python modules, whoever calls it in whatever environment.
write_command() {
    cat >"$unpacked/bin/$1" <<COMMAND
#!/bin/sh
here=\$(dirname "\$0")
PYTHONPATH=\$here/../usr/lib/python3/dist-packages exec /usr/bin/python3 "\$here/../usr/bin/$1" "\$@"
COMMAND
    chmod 755 "$unpacked/bin/$1"
}

unpack() {
    unpacked=$directory/unpacked
    dpkg -x "$directory"/ansible-core_2.19.*_all.deb "$unpacked" >>"$log" 2>&1 && mkdir "$unpacked/bin" ||
        give_up "what was downloaded is no package of it (see $log)."
    for path in "$unpacked"/usr/bin/ansible*; do
        write_command "${path##*/}"
    done
    "$unpacked/bin/ansible-playbook" --version >>"$log" 2>&1 || give_up "it does not run on this machine (see $log)."
    mv -T "$unpacked" "$destination" # last, so that it is complete or not there
}

is_there() {
    [ -x "$destination/bin/ansible-playbook" ]
}

is_there && exit 0
command -v apt-get >/dev/null && command -v dpkg >/dev/null || give_up "there is no apt-get here."
[ -e "$keyring" ] || give_up "$keyring is not there; it is in the package debian-archive-keyring."
mkdir -p "$(dirname "$log")" "$(dirname "$destination")" || exit 1
exec 9>"$destination.lock" && flock 9 || exit 1 # several tests may ask for it at the same time
is_there && exit 0
: >"$log"
echo 'Unpacking ansible-core 2.19'
directory=$(mktemp -d "$destination.XXXXXX") || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
download
unpack
