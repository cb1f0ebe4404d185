#!/bin/bash
# Fuzzes the readers of outside input with libFuzzer.
#
#   Tests/Fuzz/run.sh SECONDS [TARGET...]
#
# A target is one file, Tests/Fuzz/TARGET.swift, that defines LLVMFuzzerTestOneInput. Its line
# `// modules: A B C` names the modules of this package it needs, each before those that import it.
# Modules and targets are built in .build-fuzz, with coverage and optimization. Seeds are in
# Tests/Fuzz/corpus/TARGET; what a run finds goes to .build-fuzz/found/TARGET and is used by the
# next one. The exit status is 1 if any target crashed, hung or ran out of memory; the input that
# did it is left in .build-fuzz/crashes/TARGET-* and named on the last lines.

set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 2

seconds=${1:-}
case $seconds in
'' | *[!0-9]*)
  echo "usage: Tests/Fuzz/run.sh SECONDS [TARGET...]" >&2
  exit 2
  ;;
esac
shift
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for file in Tests/Fuzz/*.swift; do targets+=("$(basename "$file" .swift)"); done
fi

out=.build-fuzz
mkdir -p $out/crashes
# libFuzzer writes the input down only if the crash is left to it.
export SWIFT_BACKTRACE=enable=no

flags=(
  -swift-version 6 -O -g -wmo -parse-as-library -sanitize=fuzzer
  -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
  -enable-upcoming-feature MemberImportVisibility -package-name porthole -I $out
  -I Kernel/CCounter  # the one module of a header alone that those under test import
)

module_folder() {
  for folder in Protocols/$1 Sources/$1 Kernel/$1; do [ -d "$folder" ] && echo "$folder" && return; done
  echo "Tests/Fuzz: no module $1" >&2
  return 1
}

# Whether $1 is older than any file of the rest, or than this script.
is_stale() {
  local product=$1
  shift
  [ ! -f "$product" ] || [ -n "$(find "$@" Tests/Fuzz/run.sh -newer "$product" -print -quit)" ]
}

# Builds the modules named, and sets `objects`; a module is built anew if one before it was.
build_modules() {
  objects=()
  local module folder rebuilt=no
  for module in "$@"; do
    folder=$(module_folder "$module") || return 1
    objects+=("$out/$module.o")
    if [ $rebuilt = yes ] || is_stale "$out/$module.o" "$folder"; then
      rebuilt=yes
      mapfile -t files < <(find "$folder" -name '*.swift' | sort)
      swiftc "${flags[@]}" -module-name "$module" -c "${files[@]}" -o "$out/$module.o" \
        -emit-module -emit-module-path "$out/$module.swiftmodule" || return 1
    fi
  done
}

build_target() {
  local target=$1 modules
  read -ra modules < <(sed -n 's|^// modules: ||p' "Tests/Fuzz/$target.swift")
  build_modules "${modules[@]}" || return 1
  if is_stale "$out/$target" "Tests/Fuzz/$target.swift" "${objects[@]}"; then
    swiftc "${flags[@]}" -module-name Fuzz "Tests/Fuzz/$target.swift" "${objects[@]}" \
      -o "$out/$target" || return 1
  fi
}

# Fuzzes one target for its time; leaves $out/TARGET.failed where it crashed, hung or grew too large.
fuzz_target() {
  local target=$1 log=$out/$1.log
  "$out/$target" "$out/found/$target" "Tests/Fuzz/corpus/$target" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$out/crashes/$target-" >"$log" 2>&1
  if [ $? -eq 0 ]; then
    echo "fuzzed $target for $seconds s:" \
      $(grep -E 'number_of_executed_units|average_exec_per_sec' "$log" | sed 's/^stat:://')
  else
    echo "$target FAILED:" >&2
    tail -n 40 "$log" >&2
    touch "$out/$target.failed"
  fi
}

rm -f $out/*.failed
for target in "${targets[@]}"; do
  if [ ! -f "Tests/Fuzz/$target.swift" ]; then
    echo "Tests/Fuzz: no target $target" >&2
    exit 2
  fi
  build_target "$target" || exit 2
  mkdir -p "$out/found/$target" "Tests/Fuzz/corpus/$target"
done
# A target keeps one core busy: as many at once as there are.
for target in "${targets[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
  fuzz_target "$target" &
done
wait
! ls $out/*.failed >/dev/null 2>&1
