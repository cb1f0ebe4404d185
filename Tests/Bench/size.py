#!/usr/bin/env python3
"""Where each byte of a sample's release image goes; the rows of a table sum to the file's size.

  size.py [--symbols N] [SAMPLE...]      default: every folder of Samples; N largest of each

A byte belongs to the symbol that covers it, and a symbol to the module whose source it was compiled
from. What the compiler specialized from the standard library for a module counts as the library's.
"""
import argparse
import bisect
import os
import re
import subprocess
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
COLUMNS = ("code", "constants", "data")


def output(*arguments, text=None):
    return subprocess.run(arguments, input=text, check=True, capture_output=True, text=True).stdout


def sections(image):
    """Name, address, offset in the file, size and flags of what is in the stripped file."""
    found = []
    for line in output("readelf", "-SW", image).splitlines():
        match = re.match(r"\s+\[ *\d+\] (\S+)\s+(\S+)\s+([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) \S+\s+([A-Z]*)", line)
        if match and match[2] not in ("NULL", "NOBITS"):
            name, _, address, offset, size, flags = match.groups()
            found.append((name, int(address, 16), int(offset, 16), int(size, 16), flags))
    return found


def runtime_symbols():
    resources = re.search(r'"runtimeResourcePath": "(.*)"', output("swiftc", "-print-target-info"))[1]
    library = f"{resources}/embedded/x86_64-unknown-linux-gnu/libswift_Concurrency.a"
    return {line.split()[-1] for line in output("nm", "--defined-only", library).splitlines() if line}


def symbols(elf):
    """Address, size, name and demangled name of what has a size, in order of address."""
    rows = [line.split(maxsplit=3) for line in output("nm", "-S", "-n", elf).splitlines()]
    rows = [(int(row[0], 16), int(row[1], 16), row[3]) for row in rows if len(row) == 4 and int(row[1], 16)]
    demangled = output("swift", "demangle", text="\n".join(row[2] for row in rows)).splitlines()
    return [(*row, re.sub(r"^.* ---> ", "", name)) for row, name in zip(rows, demangled)]


def sources(elf, addresses):
    """The file that each function stands in, not those inlined into it; '' where none is known."""
    text = output("llvm-symbolizer", "--obj=" + elf, "--no-inlines", "--functions=none",
                  text="\n".join(map(hex, addresses)))
    return [block.split(":")[0] for block in text.strip().split("\n\n")]


def owner(path, name, demangled, runtime):
    path = os.path.relpath(path, os.getcwd()) if path.startswith("/") else path
    if name in runtime:
        return "Swift's concurrency runtime"
    if re.search(r"(^|\bof )\(?(extension in \w+\):)?Swift\.", demangled) or name in ("swift_once",):
        return "Swift's library, specialized"
    match = re.match(r"(Kernel|Samples|Protocols|Tests/Guests)/(\w+)/", path)
    if match:
        return match[2] if match[1] in ("Kernel", "Protocols") else "the application"
    module = re.search(r"(?:^| )(?:\(extension in )?([A-Z]\w*)[.)]", demangled)
    if module and os.path.isdir("Kernel/" + module[1]):
        return module[1]
    if module and (os.path.isdir("Samples/" + module[1]) or module[1] == os.path.basename(sys.argv[-1])):
        return "the application"
    return "Swift's runtime" if name.startswith(("swift_", "_swift")) else "other"


def attribute(image):
    """Bytes by owner and column, and the bytes of each symbol."""
    table, spent, runtime = {}, [], runtime_symbols()

    def add(who, column, count):
        if count:
            table.setdefault(who, dict.fromkeys(COLUMNS, 0))[column] += count

    named = symbols(image + ".elf")
    files = sources(image + ".elf", [row[0] for row in named])
    starts = [row[0] for row in named]
    accounted = 0
    for name, address, _, size, flags in sections(image):
        accounted += size
        if name in (".shstrtab",):
            add("ELF headers and section names", "constants", size)
            continue
        if name.startswith(".note") or name == ".multiboot2":
            add("notes: build id and boot headers", "constants", size)
            continue
        column = "code" if "X" in flags else "data" if "W" in flags else "constants"
        at = address
        index = max(0, bisect.bisect_left(starts, address) - 1)
        while index < len(named) and named[index][0] < address + size:
            start, length, symbol, demangled = named[index]
            end = min(start + length, address + size)
            if end > at and start >= address:
                add("alignment" if column == "code" else "without a name: strings, tables", column, max(0, start - at))
                part = end - max(start, at)
                add(owner(files[index], symbol, demangled, runtime), column, part)
                spent.append((part, demangled))
                at = end
            index += 1
        add("alignment" if column == "code" else "without a name: strings, tables", column, address + size - at)
    rest = os.path.getsize(image) - accounted
    header = output("readelf", "-hW", image)
    number = lambda label: int(re.search(label + r":\s+(\d+)", header)[1])
    headers = (number("Size of this header") + number("Size of program headers") * number("Number of program headers")
               + number("Size of section headers") * number("Number of section headers"))
    add("ELF headers and section names", "constants", headers)
    add("padding between segments", "constants", rest - headers)
    return table, spent


def show(sample, count):
    image = output(os.environ.get("PORTHOLE", "./porthole"), "build", sample, "--release").splitlines()[-1]
    size = os.path.getsize(image)
    table, spent = attribute(image)
    total = {column: sum(row[column] for row in table.values()) for column in COLUMNS}
    assert sum(total.values()) == size, f"{sum(total.values())} bytes accounted for, of {size}"
    print(f"\n{sample}: {size} bytes\n  {'':34}" + "".join(f"{column:>11}" for column in COLUMNS) + f"{'all':>9}")
    for who, row in sorted(table.items(), key=lambda item: -sum(item[1].values())):
        print(f"  {who:34}" + "".join(f"{row[column] or '':>11}" for column in COLUMNS) + f"{sum(row.values()):9}")
    print(f"  {'':34}" + "".join(f"{total[column]:11}" for column in COLUMNS) + f"{size:9}")
    for part, name in sorted(spent, reverse=True)[:count]:
        print(f"  {part:7}  {name[:110]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbols", type=int, default=0, metavar="N")
    parser.add_argument("sample", nargs="*")
    options = parser.parse_args()
    for sample in options.sample or sorted(os.listdir("Samples")):
        if os.path.isdir("Samples/" + sample) or options.sample:
            show(sample, options.symbols)


if __name__ == "__main__":
    sys.exit(main())
