#!/usr/bin/env bash
set -euo pipefail

usage() {
    cat <<'END'
usage: tests/long/coverage.sh [--html]

Builds the unit tests and bulwark with clang's coverage (the preset coverage), runs the unit tests and the sample tests,
prints how much of each file's lines and branches they ran, and fails if of the branches of lib/ it is less than 95 %.
Branches are the two ways of each condition; those of exceptions are not counted.
  --html        also writes every line with how often it was run: build/coverage/html/index.html
END
}

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$top/build/coverage
least=95 # percent

run_tests() {
    rm -rf "$build/profiles" && mkdir -p "$build/profiles"
    # %4m: the processes add what they counted to four files.
    export LLVM_PROFILE_FILE=$build/profiles/%4m.profraw
    (cd "$build" && ./bulwark_tests --no-colors=true >unit.log 2>&1) || { tail -n 30 "$build/unit.log" && return 1; }
    BULWARK=$build/bulwark "$top/tests/acceptance/samples.py" >"$build/samples.log" 2>&1 ||
        { tail -n 30 "$build/samples.log" && return 1; }
    llvm-profdata merge --sparse --output="$build/all.profdata" "$build"/profiles/*.profraw
}

llvm_cov() {
    local command=$1
    shift
    llvm-cov "$command" --instr-profile="$build/all.profdata" "$build/bulwark_tests" --object="$build/bulwark" "$@"
}

# A line a file: branches that were not run, how many there are, and how many percent were.
report() {
    llvm_cov export --summary-only | python3 -c '
import json, os, sys
top, least = sys.argv[1], float(sys.argv[2])
files = {os.path.relpath(os.path.normpath(file["filename"]), top): file["summary"]
         for file in json.load(sys.stdin)["data"][0]["files"]} # ninja compiles ../../lib/...
files = {name: files[name] for name in files if name.startswith(("lib/", "module/"))}
def line(name, summaries):
    counts = []
    for what in ("lines", "branches"):
        count = sum(summary[what]["count"] for summary in summaries)
        counts += [sum(summary[what]["covered"] for summary in summaries), count]
    lines, of_lines, branches, of_branches = counts
    percent = 100 * branches / max(of_branches, 1)
    print("  %-40s %5d of %5d lines %6.1f %%   %5d of %5d branches %6.1f %%" % (
        name, lines, of_lines, 100 * lines / max(of_lines, 1), branches, of_branches, percent))
    return percent
for name in sorted(files):
    line(name, [files[name]])
for part in ("lib/document", "lib/plan", "lib/system", "module"):
    line(part + "/", [files[name] for name in files if name.startswith(part + "/")])
whole = line("lib/", [files[name] for name in files if name.startswith("lib/")])
print("%s - the tests run %.1f %% of the branches of lib/, at least %g %%" % (
    "ok" if whole >= least else "not ok", whole, least))
sys.exit(whole < least)
' "$top" "$least"
}

case ${1-} in
'' | --html) ;;
*) usage && exit 64 ;;
esac
cd "$top"
mkdir -p "$build"
{ cmake --preset coverage && cmake --build --preset coverage; } >"$build/build.log" 2>&1 ||
    { tail -n 40 "$build/build.log" && exit 1; }
run_tests
[ "${1-}" != --html ] || llvm_cov show --format=html --show-branches=count --output-dir="$build/html"
report
