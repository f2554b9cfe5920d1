#!/bin/sh
# installp.sh BUILD [DIRECTORY]: makes an installp image, bulwark.VERSION.0.bff in DIRECTORY (default: here), of what is built in BUILD.
#
# UNPROVED: nobody has run this on AIX. It goes by IBM's /usr/lpp/bos/README.MKINSTALLP, and the tests run it against a stand-in
# for mkinstallp. It needs root, as mkinstallp does, and the fileset bos.adt.insttools. The host is left as it is.
LC_ALL=C PATH=$PATH:/usr/sbin:/opt/freeware/bin
export LC_ALL PATH

fail() {
    echo "installp.sh: $1" >&2
    exit "${2:-1}"
}

need() {
    type "$1" >/dev/null 2>&1 || fail "command not found: $1; $2"
}

# The version of the build, and the level of libc that it was built with: an executable runs on that and on later ones.
find_levels() {
    version=$("$build/bulwark" --version | sed -n 's/^bulwark \([0-9]*\.[0-9]*\.[0-9]*\)$/\1/p')
    [ -n "$version" ] || fail "$build/bulwark --version does not print a version of three numbers, which a fileset needs"
    libc=$(lslpp -Lcq bos.rte.libc | sed -n 's/^[^:]*:bos\.rte\.libc:\([0-9]*\.[0-9]*\.[0-9]*\)\..*/\1.0/p')
    [ -n "$libc" ] || fail "lslpp does not tell the level of bos.rte.libc, which the fileset is to require"
}

# All below /opt/bulwark, with links from where root's PATH and man look.
lay_out_files() {
    umask 022 # the directory around is root's alone
    DESTDIR=$stage cmake --install "$build" --prefix /opt/bulwark >"$scratch/said" 2>&1 || {
        cat "$scratch/said" >&2
        fail "cmake --install $build failed; build Bulwark first, as docs/aix.md says"
    }
    mkdir -p "$stage/usr/sbin" "$stage/usr/share/man/man1" &&
        ln -s ../../opt/bulwark/bin/bulwark "$stage/usr/sbin/bulwark" &&
        ln -s ../../../../opt/bulwark/share/man/man1/bulwark.1 "$stage/usr/share/man/man1/bulwark.1" &&
        chown -R 0:0 "$stage" || exit 1
}

# Directories of the system are not listed: they would become part of the fileset, with owner and mode.
write_template() {
    (cd "$stage" && find opt/bulwark -print && find usr ! -type d -print) | sed 's,^,    /,' | sort >"$scratch/files"
    sed -e "s/@VRMF@/$version.0/" -e "s/@LIBC@/$libc/" -e "/@FILES@/r $scratch/files" -e '/@FILES@/d' \
        "$here/installp.template" >"$scratch/template"
}

make_image() {
    image=bulwark.$version.0.bff
    mkinstallp -d "$stage" -T "$scratch/template" >"$scratch/said" 2>&1 && [ -f "$stage/tmp/$image" ] || {
        cat "$scratch/said" >&2
        fail "mkinstallp made no $image"
    }
    cp "$stage/tmp/$image" "$directory/$image" || exit 1
    echo "$directory/$image"
    echo "Install it with: installp -aXd $directory/$image bulwark.rte"
}

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    sed -n '2s/^# //p' "$0" >&2
    exit 64
fi
here=$(cd "$(dirname "$0")" && pwd) || exit 1
build=$(cd "$1" 2>/dev/null && pwd) && [ -x "$build/bulwark" ] || fail "there is no executable $1/bulwark; name the build directory" 64
directory=$(cd "${2:-.}" && pwd) || exit 1
[ "$(id -u)" = 0 ] || fail 'mkinstallp needs root; run this as root'
need mkinstallp 'install the fileset bos.adt.insttools from the base media'
need cmake 'install it from the AIX Toolbox: dnf install cmake'
scratch=${TMPDIR:-/tmp}/bulwark_installp.$$
stage=$scratch/root
(umask 077 && mkdir "$scratch") || exit 1
trap 'rm -rf "$scratch"' 0
trap 'exit 1' 1 2 15
mkdir "$stage" || exit 1
find_levels
lay_out_files
write_template
make_image
