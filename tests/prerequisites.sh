#!/bin/sh
# Installs the Debian packages that are needed and not there yet; instant when all are.
#
# usage: tests/prerequisites.sh [demo | tests] [LOG]
#   demo     what building, and playing playbooks, needs
#   tests    that and what the tests need (the default)
#   LOG      what apt-get prints, default build/logs/prerequisites.log
#
# With BULWARK_TESTS_LONG in the environment also those of the long tests (tests/long).

purpose=tests
case ${1-} in demo | tests) purpose=$1 && shift ;; esac
log=${1:-$(dirname "$0")/../build/logs/prerequisites.log}

has_command() {
    command -v "$1" >/dev/null 2>&1
}

has_header() {
    [ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ]
}

has_library() {
    has_command g++ && [ -e "$(g++ -print-file-name="$1")" ]
}

has_python_module() {
    [ -d "/usr/lib/python3/dist-packages/$1" ]
}

has_fuzzer_library() {
    has_command clang && ls "$(clang --print-resource-dir)"/lib/linux/libclang_rt.fuzzer-*.a >/dev/null 2>&1
}

has_sendmail_library() {
    [ -e /usr/share/sendmail/cf/m4/cf.m4 ]
}

# Any: another one must not be replaced by sendmail for the sake of a test, which is skipped then.
has_mail_system() {
    [ -e /usr/sbin/sendmail ]
}

has_program() {
    [ -x "$1" ]
}

has_shared_library() {
    for library in /lib/*/"$1" /usr/lib/*/"$1"; do
        [ ! -e "$library" ] || return 0
    done
    return 1
}

# need PACKAGE CHECK...: notes the package if the check fails.
need() {
    package=$1
    shift
    "$@" || missing="$missing $package"
}

# Daemons that tests start in namespaces of their own (tests/test_host). They are unpacked and not installed: no machine is
# to get an inetd or another syslogd for the sake of a test.
unpacked=$(dirname "$0")/../build/_deps/test_host

need_unpacked() {
    [ -d "$unpacked/$1" ] || packed="$packed $1"
}

find_missing() {
    missing='' packed=''
    find_missing_for_demo
    [ "$purpose" = demo ] || find_missing_for_tests
}

find_missing_for_demo() {
    need g++ has_command g++
    need cmake has_command cmake
    need ninja-build has_command ninja
    need ccache has_command ccache
    need git has_command git
    need dpkg-dev has_command dpkg-source
    need libboost-json1.81-dev has_header boost/json/src.hpp
    need libhttp-parser-dev has_library libhttp_parser.a
    need zlib1g-dev has_library libz.a
    need ansible-core has_command ansible-playbook
}

find_missing_for_tests() {
    need python3 has_command python3
    need ansible-lint has_command ansible-lint
    need yamllint has_command yamllint
    need pycodestyle has_command pycodestyle
    need pyflakes3 has_command pyflakes3
    need openssh-server has_program /usr/sbin/sshd
    need openssh-client has_command ssh
    need sudo has_program /usr/bin/sudo
    need busybox-static has_program /bin/busybox
    need rpm has_command rpmbuild
    need ksh93u+m has_command ksh
    need mksh has_command lksh
    need patchelf has_command patchelf
    need binutils has_command nm
    need strace has_command strace
    need valgrind has_command valgrind
    need groff-base has_command groff
    need man-db has_command man
    need mandoc has_command mandoc
    need zsh has_command zsh
    need acl has_command setfacl
    need gcc has_command cc
    need m4 has_command m4
    need sendmail-cf has_sendmail_library
    need sendmail-bin has_mail_system
    need chromium has_command chromium
    need chromium-driver has_command chromedriver
    need python3-selenium has_python_module selenium
    need python3-junitparser has_python_module junitparser
    need doctest-dev has_header doctest/doctest.h
    need shellcheck has_command shellcheck
    need iproute2 has_command ss
    need libwrap0 has_shared_library libwrap.so.0
    need libevent-2.1-7 has_shared_library libevent-2.1.so.7
    need libtirpc3 has_shared_library libtirpc.so.3
    need libbsd0 has_shared_library libbsd.so.0
    need_unpacked openbsd-inetd
    need_unpacked rpcbind
    need_unpacked inetutils-syslogd
    need_unpacked cron
    need_unpacked libfaketime
    need clang has_command clang++
    need libclang-rt-14-dev has_fuzzer_library
    need cppcheck has_command cppcheck
    [ -z "${BULWARK_TESTS_LONG-}" ] || find_missing_for_long_tests
}

# The cross compilers are 200 MB.
find_missing_for_long_tests() {
    need g++-11-s390x-linux-gnu has_command s390x-linux-gnu-g++-11
    need g++-11-i686-linux-gnu has_command i686-linux-gnu-g++-11
    need qemu-user-static has_command qemu-s390x-static
    need llvm has_command llvm-cov
    need clang-tidy has_command clang-tidy
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1 </dev/null
}

# unpack PACKAGE: what it holds, and not the half of it after an interruption. Needs no privileges.
unpack() {
    mkdir -p "$unpacked" && new=$(mktemp -d "$unpacked/new.XXXXXX") || return
    (cd "$new" && apt-get -q download "$1" && dpkg -x "$1"_*.deb files) >>"$log" 2>&1 </dev/null &&
        mv "$new/files" "$unpacked/$1"
    status=$?
    rm -rf "$new"
    return "$status"
}

# No test needs a daemon of this machine that runs, and no package is to start one: invoke-rc.d asks this file.
policy=/usr/sbin/policy-rc.d

forbid_daemons() {
    [ -e "$policy" ] || {
        trap allow_daemons EXIT
        trap 'exit 1' HUP INT TERM
        as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
    }
}

allow_daemons() {
    as_root rm -f "$policy"
}

give_up() {
    printf '%s\n' "$1" >&2
    exit 1
}

find_missing
[ -n "$missing$packed" ] || exit 0
has_command apt-get || give_up "Please install what Debian calls:$missing; and unpack below $unpacked:$packed"
[ "$(id -u)" = 0 ] || [ -z "$missing" ] || has_command sudo || give_up "Please install as root: apt-get install$missing"

mkdir -p "$(dirname "$log")" && : >"$log" || exit 1
log=$(cd "$(dirname "$log")" && pwd)/$(basename "$log")
printf 'Installing%s\n' "$missing$packed"
[ -z "$missing" ] || forbid_daemons
apt update # one repository out of order need not matter: whether the packages come decides
# shellcheck disable=SC2086 # a list of words
[ -z "$missing" ] || apt install -y --no-install-recommends $missing || {
    tail -n 5 "$log" >&2
    give_up "These packages could not be installed:$missing (all of apt-get's output is in $log)"
}
case "$missing " in # the tests start their own; this machine is not to be open to logins from its next boot on
*' openssh-server '*) as_root update-rc.d ssh disable >>"$log" 2>&1 ;;
esac
for package in $packed; do
    unpack "$package" || {
        tail -n 5 "$log" >&2
        give_up "This package could not be unpacked: $package (all of apt-get's output is in $log)"
    }
done
find_missing
[ -z "$missing$packed" ] || give_up "Installed, but not found where it is expected:$missing$packed"
