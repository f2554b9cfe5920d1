#!/bin/sh
# build.sh [CMAKE_OPTION...]: builds Bulwark on this AIX host, with what the AIX Toolbox has.
#
# Looks first for all that it needs and says what is missing and how to get it. Everything that is made is below build/aix,
# which CMake goes on with the next time. Options are handed to CMake:
#   -DBOOST_ROOT=DIR                     Boost's headers, where they are not in /opt/freeware/include
#   -DBULWARK_LIBGIT2_SOURCE=ARCHIVE     libgit2, where it is not beside this project or in it, and GitHub cannot be reached
#   -DBULWARK_SHARED_RUNTIME=DIR[:DIR]   libstdc++.a and libgcc_s.a are not linked in but looked for in these directories
# In the environment CC and CXX choose compilers, and BUILD another directory than build/aix. Exit status: 0 it is built, 1 it is not, 64 wrong usage.
LC_ALL=C
OBJECT_MODE=64 # the archiver's, and that of whatever GCC calls
PATH=/opt/freeware/bin:$PATH
export LC_ALL OBJECT_MODE PATH

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
build=${BUILD:-$top/build/aix}
missing=0

say() {
    printf '%s\n' "$*"
}

usage() {
    sed -n '2,10s/^# \{0,1\}//p' "$0"
}

# missing WHAT HOW: one line each; everything that is missing is said before this ends.
missing() {
    say "missing: $1"
    say "    $2"
    missing=$((missing + 1))
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# is_least VERSION WANTED: of numbers with dots, the first three count.
is_least() {
    printf '%s\n%s\n' "$1" "$2" | awk -F. '{ number = $1 * 1000000 + $2 * 1000 + $3 } NR == 1 { given = number }
        END { exit given < number }'
}

# value_of OPTION WORD...: what the last -DOPTION=VALUE among the words says.
value_of() {
    option=$1
    value=''
    shift
    for word; do
        case $word in -D"$option"=*) value=${word#*=} ;; esac
    done
    printf '%s' "$value"
}

# ---- what is needed

look_at_system() {
    level=$(oslevel -s 2>/dev/null) || level=''
    case $(uname -s):$level in
    AIX:7[1-9]00-*) release=${level%%-*} ;;
    AIX:*)
        missing "AIX 7.2 TL3 or later, or 7.1 TL4; this is ${level:-an AIX without oslevel -s}" \
            'Build on another host: the executable runs on the release of its host and on later ones.'
        return
        ;;
    *)
        say "this builds on AIX, and here is $(uname -s): there tests/run.sh builds and tests; README.md says more"
        exit 1
        ;;
    esac
    technology=${level#*-}
    technology=${technology%%-*}
    case $release in
    7100) least=04 ;;
    7200) least=03 ;;
    *) least=00 ;;
    esac
    [ "$technology" -ge "$least" ] ||
        missing "technology level $least of AIX $release; this is $level" 'Build on a host that has it. docs/aix.md says why.'
}

find_compiler() {
    for version in '' -14 -13 -12 -11; do
        has "g++$version" && has "gcc$version" || continue
        is_least "$("g++$version" -dumpversion)" 11 || continue
        CC=${CC-gcc$version} CXX=${CXX-g++$version}
        break
    done
    export CC CXX
    if [ -z "${CXX-}" ]; then
        missing 'GCC 11 or later, for C and C++' 'dnf install gcc gcc-c++ (AIX Toolbox for Open Source Software)'
    elif ! compiles_a_program; then
        missing "what $CXX needs to make a program as Bulwark is one; it says:" "$(sed -n '1,5p' "$scratch/said")"
        say '    If it is about libstdc++ or libgcc: their static archives are in gcc-c++ and libgcc of the Toolbox, of the'
        say '    same version. If the program was made and did not end well: see "Plan B" in docs/aix.md.'
    fi
}

# Of C++20, with threads, both libraries linked in; and an exception is caught, which not every toolchain for AIX can.
compiles_a_program() {
    cat >"$scratch/program.cpp" <<'END'
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>

int main(int count, char** words) {
    std::mutex mutex;
    const std::lock_guard lock(mutex);
    try {
        throw std::runtime_error(std::span(words, count).front());
    } catch (const std::exception& error) {
        return std::string(error.what()).empty();
    }
}
END
    linked_in='-static-libstdc++ -static-libgcc'
    [ -z "$shared" ] || linked_in=-Wl,-blibpath:$shared:/usr/lib:/lib
    # shellcheck disable=SC2086 # two words
    "$CXX" -std=c++20 -maix64 -pthread $linked_in -o "$scratch/program" "$scratch/program.cpp" >"$scratch/said" 2>&1 &&
        "$scratch/program" >>"$scratch/said" 2>&1
}

find_cmake() {
    version=$(cmake --version 2>/dev/null | awk 'NR == 1 { print $3 }')
    is_least "${version:-0}" 3.25 || missing "CMake 3.25 or later; this is ${version:-none}" 'dnf install cmake'
    if has ninja; then
        generator=Ninja
    elif has gmake || make --version 2>/dev/null | grep GNU >/dev/null; then
        generator='Unix Makefiles'
    else
        missing 'ninja, or make of GNU' 'dnf install ninja-build, or dnf install make'
    fi
}

find_boost() {
    for directory in "$(value_of BOOST_ROOT "$@")" "${BOOST_ROOT-}" /opt/freeware/include /usr/include /usr/local/include; do
        for place in "$directory" "$directory/include"; do
            [ -n "$directory" ] && [ -r "$place/boost/json.hpp" ] && return
        done
    done
    missing 'the headers of Boost 1.75 or later, with Boost.JSON' \
        'dnf install boost-devel; or unpack a release of Boost and add -DBOOST_ROOT=DIRECTORY (nothing of it is compiled before)'
}

libgit2_version() {
    sed -n 's/^set(libgit2_version \(.*\))$/\1/p' "$top/cmake/libgit2_source.cmake"
}

# Sets libgit2 to the archive, or to nothing where CMake is to get it.
find_libgit2() {
    libgit2=''
    [ -z "$(value_of BULWARK_LIBGIT2_SOURCE "$@")" ] && [ ! -d "$top/build/_deps/libgit2-$(libgit2_version)" ] || return 0
    for directory in "$top" "$top/.." "$(pwd)"; do
        for name in "v$(libgit2_version)" "libgit2-$(libgit2_version)"; do
            [ ! -r "$directory/$name.tar.gz" ] || libgit2=$directory/$name.tar.gz
        done
    done
    [ -n "$libgit2" ] || say "no archive of libgit2 $(libgit2_version) is beside the project: CMake tries to get it from GitHub"
}

# ---- the build

configure_and_build() {
    cmake -S "$top" -B "$build" -G "$generator" -DCMAKE_TOOLCHAIN_FILE="$top/cmake/aix.cmake" -DCMAKE_BUILD_TYPE=MinSizeRel \
        -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" -DBULWARK_TESTS=OFF -DBULWARK_COLLECTION=OFF \
        ${libgit2:+-DBULWARK_LIBGIT2_SOURCE="$libgit2"} "$@" &&
        cmake --build "$build" --parallel "$(processors)"
}

processors() {
    lsdev -C -c processor -S available 2>/dev/null | awk 'END { print (NR ? NR : 1) }'
}

say_what_next() {
    cat <<END

$build/bulwark is built:
    $1
Whether this host is as it expects, asked without changing anything:
    sh $top/tests/aix/first_run.sh $build/bulwark
For Ansible: copy it to the machine where the collection is made, and make that with it:
    cmake --preset release -DBULWARK_PLATFORM_BINARIES=aix_ppc64=/path/to/bulwark && cmake --build --preset release
docs/aix.md goes on from here; docs/packages.md says how this host gets the command itself.
END
}

case ${1-} in
-D*=* | '') ;;
-h | --help | help)
    usage
    exit
    ;;
*)
    usage >&2
    exit 64
    ;;
esac
scratch=${TMPDIR:-/tmp}/bulwark_build.$$
mkdir -m 700 "$scratch" || exit 1
trap 'rm -rf "$scratch"' 0
trap 'exit 1' 1 2 15
shared=$(value_of BULWARK_SHARED_RUNTIME "$@")
look_at_system
find_compiler
find_cmake
find_boost "$@"
find_libgit2 "$@"
if [ "$missing" -gt 0 ]; then
    say "$missing of what the build needs is missing; nothing has been made"
    exit 1
fi
say "building with $("$CXX" --version | sed -n 1p), $generator, in $build"
configure_and_build "$@" || {
    say "$build/bulwark has not been built; docs/aix.md, \"If the build fails\", has the known reasons"
    exit 1
}
version=$("$build/bulwark" --version) || {
    say "$build/bulwark has been built and does not run here; docs/aix.md, \"If the build fails\", has the known reasons"
    exit 1
}
say_what_next "$version"
