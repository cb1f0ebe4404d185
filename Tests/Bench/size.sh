#!/usr/bin/env bash
# Where the bytes of each sample's release image go: segments, sections, the largest functions.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C
for sample in ${SAMPLES:-Hello Heartbeat}; do
  image=$(./porthole build "$sample" --release | tail -n 1)
  symbols=$image.elf
  printf '\n%s: %d bytes stripped\n' "$sample" "$(stat -c %s "$image")"
  readelf -lW "$image" | awk '/^ *LOAD/ { printf "  segment at %s: %d bytes in the file, %d in memory, %s%s%s\n",
    $3, strtonum($5), strtonum($6), $7, $8 ~ /^0x/ ? "" : $8, $9 ~ /^0x/ ? "" : $9 }' || true
  [ -f "$symbols" ] || continue
  echo "  largest functions and tables:"
  nm -S --size-sort -r "$symbols" | head -n 25 |
    awk '{ printf "%8d  %s\n", strtonum("0x" $2), $4 }' | swift demangle --simplified
done
