#!/usr/bin/env python3
"""Where the bytes of each sample's release image go: segments, then the largest symbols."""
import os
import subprocess
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def output(*arguments, text=None):
    return subprocess.run(arguments, input=text, check=True, capture_output=True, text=True).stdout


for sample in sys.argv[1:] or ["Hello", "HelloAsync", "Heartbeat"]:
    image = output("./porthole", "build", sample, "--release").splitlines()[-1]
    print(f"\n{sample}: {os.path.getsize(image)} bytes stripped")
    for line in output("readelf", "-lW", image).splitlines():
        words = line.split()
        if words[:1] == ["LOAD"]:
            flags = "".join(words[6:-1])
            print(f"  segment at {words[2]}: {int(words[4], 16):7} bytes in the file, "
                  f"{int(words[5], 16):7} in memory, {flags}")
    symbols = [line.split(maxsplit=3)
               for line in output("nm", "-S", "--size-sort", "-r", image + ".elf").splitlines()]
    names = output("swift", "demangle", "--simplified",
                   text="\n".join(symbol[3] for symbol in symbols)).splitlines()
    print("  largest functions and tables:")
    for symbol, name in list(zip(symbols, names))[:25]:
        print(f"  {int(symbol[1], 16):7}  {name[:100]}")
