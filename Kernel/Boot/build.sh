#!/bin/sh
# Builds an application and its kernel into one image.
#
#   build.sh [--package FOLDER] [--agent] ARCH PRODUCT [debug|release] [OUTPUT-DIRECTORY]
#
# ARCH is x86_64 (a bootable image) or host (a Linux process from the same sources). Leaves
# PRODUCT.elf, with debug information, and PRODUCT, stripped, in OUTPUT-DIRECTORY (default
# .build-ARCH/images/CONFIGURATION of the package) and prints the path of the stripped one last.
# With --agent the image has the debugger's agent on COM2, and CONFIGURATION ends in -agent. An image
# for debugging, or with the agent, describes itself in its memory (PUBLISH); no other does.
# Run it from anywhere; the package is the one this script stands in, or FOLDER.
set -eu

usage() {
  echo "usage: build.sh [--package FOLDER] [--agent] x86_64|host PRODUCT [debug|release] [OUTPUT-DIRECTORY]" >&2
  exit 2
}
boot=$(cd "$(dirname "$0")" && pwd) package=
[ "${1:-}" != --package ] || { [ $# -ge 2 ] || usage; package=$2; shift 2; }
agent=
[ "${1:-}" != --agent ] || { agent=-agent; shift; }
[ $# -ge 2 ] && [ $# -le 4 ] || usage
arch=$1 product=$2 configuration=${3:-debug}
case $arch in x86_64 | host) ;; *) usage ;; esac
case $configuration in debug | release) ;; *) usage ;; esac
case $product in */* | -*) usage ;; esac
caller=$PWD
cd "${package:-$boot/../..}"
[ -z "$package" ] || [ "$package" -ef "$boot/../.." ] || export PORTHOLE_KERNEL_ONLY=1

resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
tools=$(dirname "$(readlink -f "$(command -v swiftc)")")
[ -d "$resources/embedded/x86_64-unknown-linux-gnu" ] || {
  echo "build.sh: this Swift has no Embedded library for x86_64-unknown-linux-gnu" >&2
  exit 1
}

# SwiftPM does not notice a changed toolset or linker script, so their hash names the scratch path.
text=$(sed "s|@TOOLCHAIN@|$resources|g; s|@BOOT@|$boot|g" "$boot/$arch.toolset.json")
define() { text=$(echo "$text" | sed "s/\"-DBAREMETAL\",/& \"-D$1\",/"); }
case $configuration$agent in debug* | *-agent) define PUBLISH ;; esac
[ -z "$agent" ] || define AGENT
hash=$({ echo "$text"; cat "$boot/kernel.ld"; } | sha1sum | cut -c1-8)
scratch=.build-$arch-$hash
mkdir -p "$scratch"
echo "$text" >"$scratch/toolset.json"

# A release image is linked from the optimizer's code, so that the linker drops unused data too,
# which the compiler emits as one section a module: a fourth of Hello. Between modules it inlines
# what makes the image smaller and nothing else (`-inline-threshold=0`): with the usual threshold
# HelloAsync is 5 % larger, and nothing is faster.
whole=
[ "$arch-$configuration" != x86_64-release ] || whole="--experimental-lto-mode full"

# shellcheck disable=SC2086 # words
PORTHOLE_KERNEL=1 swift build -c "$configuration" $whole --triple x86_64-unknown-linux-gnu \
  --toolset "$scratch/toolset.json" --scratch-path "$scratch" --product "$product" >&2

output=${4:-.build-$arch/images/$configuration$agent}
case $output in /*) ;; *) [ $# -eq 4 ] && output=$caller/$output || output=$PWD/$output ;; esac
mkdir -p "$output"
# Written beside and renamed: a running instance, or another build, never sees half a file.
built=$scratch/$configuration/$product
cp "$built" "$output/.$product.elf.$$"
"$tools/llvm-objcopy" --strip-all "$built" "$output/.$product.$$"
mv "$output/.$product.elf.$$" "$output/$product.elf"
mv "$output/.$product.$$" "$output/$product"
echo "$output/$product"
