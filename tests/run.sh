#!/usr/bin/env bash
set -u

usage() {
    cat <<'END'
usage: tests/run.sh [--long] [unit | acceptance [NAME...] | build [debug | release]]

Builds what is tested and tests it; installs the Debian packages that are missing.
  (nothing)             all tests
  unit                  the unit tests, under AddressSanitizer and UndefinedBehaviorSanitizer
  acceptance [NAME...]  the built binary as Ansible and operators use it: the scripts tests/acceptance/NAME.*
  build [PRESET]        only build
  --long                all of what is otherwise done in part, and tests/long/*: an hour or more. Those can be named as NAME too

BULWARK_ANSIBLE=installed or 2.19 in the environment runs the acceptance tests with that ansible-core alone.
The last line of a test run is "N passed, M failed", and the exit status is 0 if M is 0. All output of every step is
kept in build/logs.
END
}

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 1
logs=$top/build/logs
passed=0 failed=0 skipped=0
long=

# An acceptance script prints one line "ok - sentence" or "not ok - sentence" for each thing it tested.
readonly passed_line='^ok( [0-9]+)? - ' failed_line='^not ok( [0-9]+)? - ' skipped_line='^ok( [0-9]+)? - .*# SKIP'
script_time_limit=14400 # seconds: for what hangs, and no measure of a slow machine

count_lines() {
    grep -cE "$1" "$2"
}

# ---- what the user sees

# begin NAME ... end RESULT: one line.
begin() {
    step=$1
    started=$SECONDS
    printf '  %-34s' "$step"
}

end() {
    local result=$1
    [ $((SECONDS - started)) -lt 2 ] || result="$result ($((SECONDS - started)) s)"
    [ ! -t 1 ] || printf '\r  %-34s' "$step"
    printf '%-12s\n' "$result"
}

show_end() {
    tail -n 30 "$1" | sed 's/^/    | /'
    printf '    (all of it: %s)\n' "${1#"$top"/}"
}

# What compilers, sanitizers and doctest said, from the first error on.
show_errors() {
    local first
    first=$(grep -m 1 -nE '(error|Error|ERROR)(:| at )|FAILED: ' "$1" | cut -d : -f 1)
    [ -n "$first" ] || {
        show_end "$1"
        return
    }
    tail -n "+$((first > 4 ? first - 4 : 1))" "$1" | head -n 30 | sed 's/^/    | /'
    printf '    (all of it: %s)\n' "${1#"$top"/}"
}

# report STATUS PASSED FAILED: counts and shows the result of a test program. One that failed without naming a failed
# test, or that tested nothing, is a failure too.
report() {
    local status=$1 good=${2:-0} bad=${3:-0} note=''
    if [ "$bad" -eq 0 ] && [ "$status" -ne 0 ]; then
        bad=1
        note=", exit status $status"
    elif [ "$good" -eq 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
        note=", it tested nothing"
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
    if [ "$bad" -eq 0 ]; then
        end "$good passed"
    else
        end "$good passed, $bad FAILED$note"
        return 1
    fi
}

# ---- running

# A program that dies of a signal is told of in its log, not by this shell.
capture() {
    local log=$1
    shift
    (
        "$@"
        exit
    ) >"$log" 2>&1 </dev/null
}

show_progress() {
    while kill -0 $$ 2>/dev/null; do
        printf '\r  %-34s%-12s' "$step" "$(tail -c 2000 "$1" | grep -oE '^\[[0-9]+/[0-9]+\]' | tail -n 1)"
        sleep 0.3
    done
}

# Runs a command into a log and meanwhile, on a terminal, shows how far ninja is: "[12/340]".
run_with_progress() {
    local log=$1 status watcher=""
    shift
    : >"$log"
    if [ -t 1 ]; then
        show_progress "$log" &
        watcher=$!
    fi
    "$@" >"$log" 2>&1 </dev/null
    status=$?
    [ -z "$watcher" ] || { kill "$watcher" && wait "$watcher"; } 2>/dev/null
    return "$status"
}

configure_and_build() {
    (cd "$top" && cmake --preset "$1" && cmake --build --preset "$1")
}

build() {
    begin "build $1"
    if run_with_progress "$logs/build-$1.log" configure_and_build "$1"; then
        end ok
    else
        end FAILED
        show_errors "$logs/build-$1.log"
        failed=$((failed + 1))
        return 1
    fi
}

# ---- unit tests

# Each test case of doctest counts. A program that died before its summary is one failure.
run_unit_tests() {
    local log=$logs/unit.log status summary
    begin "unit tests"
    capture "$log" env -C "$top/build/debug" UBSAN_OPTIONS=print_stacktrace=1 ./bulwark_tests --no-colors=true
    status=$?
    summary=$(sed -nE 's/^\[doctest\] test cases: +[0-9]+ \| +([0-9]+) passed \| +([0-9]+) failed.*/\1 \2/p' "$log")
    report "$status" "${summary% *}" "${summary#* }" || show_errors "$log"
}

# What ctest knows beside the doctest program.
run_other_checks() {
    local log=$logs/ctest.log status
    begin "source checks"
    capture "$log" ctest --test-dir "$top/build/debug" --exclude-regex '^unit$' --output-on-failure
    status=$?
    report "$status" "$(count_lines ' Passed ' "$log")" "$(count_lines '^ *[0-9]+/[0-9]+ Test.*\*\*\*' "$log")" ||
        show_errors "$log"
}

# ---- acceptance tests

# A file there without #! is sourced or imported by the others.
acceptance_scripts() {
    local script
    for script in "$top"/tests/acceptance/*.sh "$top"/tests/acceptance/*.py ${long:+"$top"/tests/long/*}; do
        [ -f "$script" ] && [ "$(head -c 2 "$script")" = '#!' ] && printf '%s\n' "$script"
    done
}

# As many at a time as there are processors; what came of each is shown when it ends.
declare -A running=() # process id -> name and when it was started
jobs=$(getconf _NPROCESSORS_ONLN) || jobs=1

log_of() {
    printf '%s/acceptance-%s.log' "$logs" "$1"
}

start_acceptance_script() {
    local name=$1 script=$2
    env -C "$top" LC_ALL=C.UTF-8 \
        BULWARK="$top/build/bulwark" ANSIBLE_COLLECTIONS_PATH="$top/build/collections" \
        timeout --kill-after=10 "$script_time_limit" "$script" >"$(log_of "$name")" 2>&1 </dev/null &
    running[$!]="$name $SECONDS"
}

# Waits until one of those that run has ended.
end_acceptance_script() {
    local pid status log skips
    wait -n -p pid "${!running[@]}"
    status=$?
    read -r step started <<<"${running[$pid]}"
    unset "running[$pid]"
    log=$(log_of "$step")
    skips=$(count_lines "$skipped_line" "$log")
    skipped=$((skipped + skips))
    printf '  %-34s' "$step"
    report "$status" $(($(count_lines "$passed_line" "$log") - skips)) "$(count_lines "$failed_line" "$log")" || {
        grep -E "$failed_line" "$log" | sed 's/^/    /'
        show_end "$log"
    }
    sed -n 's/^# /    /p' "$log" # how much was tried
}

# What runs in the background is not told of Ctrl-C.
stop_acceptance_scripts() {
    [ ${#running[@]} -eq 0 ] || kill "${!running[@]}"
    exit 130
}

run_acceptance_tests() {
    local scripts script name selected=0
    mapfile -t scripts < <(acceptance_scripts)
    trap stop_acceptance_scripts INT TERM HUP
    for script in "${scripts[@]}"; do
        name=$(basename "${script%.*}")
        if [ $# -eq 0 ] || [[ " $* " == *" $name "* ]]; then
            [ ${#running[@]} -lt "$jobs" ] || end_acceptance_script
            start_acceptance_script "$name" "$script"
            selected=$((selected + 1))
        fi
    done
    while [ ${#running[@]} -gt 0 ]; do end_acceptance_script; done
    if [ "$selected" -eq 0 ] || [ "$selected" -lt $# ]; then
        printf '  not in tests/acceptance: %s\n' "${*:-any test}"
        failed=$((failed + 1))
    fi
}

# ---- the run

prepare() {
    "$top/tests/prerequisites.sh" "$logs/prerequisites.log" || {
        failed=1
        finish
    }
}

finish() {
    [ "$skipped" -eq 0 ] || printf '%d skipped\n' "$skipped"
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ]
    exit
}

test_units() {
    build debug && run_unit_tests && run_other_checks
}

test_acceptance() {
    build release && run_acceptance_tests "$@"
}

build_only() {
    local preset
    [ $# -gt 0 ] || set -- debug release
    for preset; do
        [[ $preset == debug || $preset == release ]] || wrong_usage
        build "$preset" || exit 1
    done
    exit 0
}

wrong_usage() {
    usage >&2
    exit 64
}

main() {
    local part
    if [ "${1-}" = --long ]; then
        long=yes
        script_time_limit=172800
        export BULWARK_TESTS_LONG=1 # for the scripts, and for what they need
        shift
    fi
    part=${1:-all}
    [ $# -eq 0 ] || shift
    case $part in
    -h | --help | help) usage && exit ;;
    all | unit) [ $# -eq 0 ] || wrong_usage ;;
    acceptance | build) ;;
    *) wrong_usage ;;
    esac
    mkdir -p "$logs" || exit 1
    prepare
    case $part in
    build) build_only "$@" ;;
    unit) test_units ;;
    acceptance) test_acceptance "$@" ;;
    all)
        test_units
        test_acceptance
        ;;
    esac
    finish
}

main "$@"
