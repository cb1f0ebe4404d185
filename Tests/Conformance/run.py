#!/usr/bin/env python3
"""Runs every debugger on every stub and prints a table of what each pair could do.

  Tests/Conformance/run.py [--quick] [--client NAME] [--stub NAME] [--keep FOLDER]

--quick leaves out what is no pair of ours. The exit status is 1 if a pair with our stub or our
client cannot do something that KNOWN does not explain, or can do what KNOWN says it cannot. What
the stock debuggers do with the stock stubs is the measure that ours are held against.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import checks
import clients
import robust
import stubs

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
HERE = os.path.join(ROOT, "Tests", "Conformance")
VENV = os.path.join(ROOT, ".build", "conformance-venv")

# What the quick part leaves out: a pair that is none of ours and waits in vain.
SLOW = {("lldb-16", "gdbserver")}

# (client, stub, check): why it cannot be. A star stands for any.
KNOWN = {
    ("ours", "lldb-server", "hardware"): "lldb-server 16 refuses Z1, to lldb too",
}


def tool():
    """Our tool: `$PORTHOLE`, or what `make conformance` has built."""
    return os.environ.get("PORTHOLE") or os.path.join(ROOT, ".build/release/porthole")


def new_gdb(may_install):
    """The path of a gdb of version 16 or later, made from PyPI if need be; None without."""
    path = os.path.join(VENV, "bin", "gdb")
    if not os.path.exists(path) and may_install:
        os.makedirs(os.path.dirname(VENV), exist_ok=True)
        subprocess.run(["/usr/bin/python3", "-m", "venv", VENV], check=True)
        subprocess.run([os.path.join(VENV, "bin", "pip"), "install", "-q", "gdb-for-pwndbg==18.1.0.post1"],
                       check=True)
    return path if os.path.exists(path) else None


def available(may_install):
    """The debuggers that are there, by name: each a function from (stub, task, log) to results."""
    found = {"gdb-13": lambda *pair: piped(clients.GDB, "/usr/bin/gdb", "gdb", *pair)}
    newer = new_gdb(may_install)
    if newer and may_install:
        found["gdb-18"] = lambda *pair: piped(clients.GDB, newer, "gdb", *pair)
    if shutil.which("lldb-16"):
        found["lldb-16"] = lldb
    found["ours"] = lambda *pair: piped(clients.Ours, tool(), "ours", *pair)
    return found


def piped(client, program, name, stub, context, log):
    driver = client(program, stub.symbols, getattr(stub, name), log)
    try:
        return checks.run(driver, checks.Context(**context))
    finally:
        driver.close()


def lldb(stub, context, log):
    task, results = log + ".task", log + ".results"
    with open(task, "w") as file:
        json.dump({"symbols": stub.symbols, "target": stub.lldb, "context": context, "log": log,
                   "results": results}, file)
    with open(log, "w") as output:
        subprocess.run(["lldb-16", "--batch", "--no-lldbinit", "-o",
                        f"command script import {HERE}/lldb_client.py"],
                       stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False,
                       timeout=900, env=dict(os.environ, CONFORMANCE_TASK=task, LANG="C.UTF-8"))
    if not os.path.exists(results):
        return {"attach": f"lldb ended without a result, see {log}"}
    with open(results) as file:
        return json.load(file)


def image():
    """Builds the subject's image, with the agent."""
    made = subprocess.run(["sh", os.path.join(ROOT, "Kernel/Boot/build.sh"), "--agent", "x86_64",
                           "Subject", "debug"], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True)
    return made.stdout.splitlines()[-1]


def program(folder):
    """Builds the subject as a Linux process."""
    source, path = os.path.join(ROOT, "Tests/Guests/CSubject"), os.path.join(folder, "subject")
    subprocess.run(["cc", "-g", "-O0", "-no-pie", "-fno-omit-frame-pointer", "-I", source + "/include",
                    source + "/subject.c", HERE + "/process.c", "-o", path], check=True)
    return path


def subject_lines():
    """The lines of subject.c by the names that their comments give them."""
    with open(os.path.join(ROOT, "Tests/Guests/CSubject/subject.c")) as file:
        return {line.split("/* line ")[1].split()[0]: number
                for number, line in enumerate(file, 1) if "/* line " in line}


def instructions(symbols, function):
    """Addresses of a function's instructions, from binutils."""
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", f"--disassemble={function}", symbols],
                          check=True, capture_output=True, text=True).stdout
    return [int(line.split(":")[0], 16) for line in text.splitlines() if line.startswith("  ")]


def known_of(stub, number):
    return {"console": stub.console, "lines": subject_lines(), "threads": stub.threads,
            "instructions": instructions(stub.symbols, "subject_add"), "scratch": 1000 + number,
            "spin": instructions(stub.symbols, "subject_spin")[0]}


def pair(client, stub, number, folder, results):
    context = known_of(stub, number)
    start = time.monotonic()
    try:
        outcome = client[1](stub, context, f"{folder}/{client[0]}-{stub.name}.txt")
    except Exception as error:
        outcome = {"attach": f"{type(error).__name__}: {error}"}
    results[client[0], stub.name] = outcome
    row(client[0], stub.name, outcome, time.monotonic() - start)


def reason(client, stub, check):
    for key in ((client, stub, check), ("*", stub, check), (client, "*", check), (client, stub, "*")):
        if key in KNOWN:
            return KNOWN[key]
    return None


NAMES = [check.__name__ for check in checks.ALL]


def row(client, stub, outcome, seconds):
    cells = []
    for name in NAMES:
        cells.append("-" if name not in outcome else "FAIL" if outcome[name] else "yes")
    print(f"{client:8} {stub:12}" + "".join(f"{cell:>12}" for cell in cells) + f"{seconds:7.1f} s",
          flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--client", action="append")
    parser.add_argument("--stub", action="append")
    parser.add_argument("--image", help="the subject's image, where it is built already")
    parser.add_argument("--keep")
    options = parser.parse_args()
    folder = options.keep or tempfile.mkdtemp(prefix="porthole-conformance-")
    os.makedirs(folder, exist_ok=True)
    for name in ("RUNTIME_DIR", "STATE_HOME", "CACHE_HOME"):
        path = os.path.join(folder, name.lower())
        os.makedirs(path, mode=0o700, exist_ok=True)
        os.environ["XDG_" + name] = path
    debuggers = available(not options.quick)
    wanted = options.stub or (["agent", "gdbserver"] if options.quick else
                              ["agent", "qemu", "gdbserver", "lldb-server"])
    pairs = [(client, stub) for stub in wanted for client in debuggers.items()
             if (not options.client or client[0] in options.client)
             and not (options.quick and (client[0], stub) in SLOW)]
    results = {}
    process = program(folder) if set(wanted) & {"gdbserver", "lldb-server"} else None
    print(f"{'client':8} {'stub':12}" + "".join(f"{name:>12}" for name in NAMES), flush=True)
    guest = stubs.Guest(options.image or image(), folder)
    problems = []
    try:
        for number, (client, name) in enumerate(pairs):
            if name in ("agent", "qemu"):
                stub = (stubs.Agent if name == "agent" else stubs.QEMU)(guest)
            elif name == "lldb-server" and not shutil.which("lldb-server-16"):
                continue
            else:
                stub = (stubs.GDBServer if name == "gdbserver" else stubs.LLDBServer)(process, folder)
            try:
                pair(client, stub, number, folder, results)
            finally:
                stub.close()
        if "agent" in wanted:
            context = checks.Context(**known_of(stubs.Agent(guest), 0))
            for name, failure in robust.run(guest, context, tool()).items():
                if failure:
                    print(f"agent, {name}: {failure}")
                    problems.append(("agent", name))
    finally:
        guest.close()
    for (client, stub), outcome in results.items():
        for check, failure in outcome.items():
            known = reason(client, stub, check)
            if failure:
                print(f"{client} on {stub}, {check}: {failure}" + (f"\n  known: {known}" if known else ""))
            if "agent" == stub or client == "ours":
                if bool(failure) != bool(known):
                    problems.append((client, stub, check))
    if not options.keep and not problems:
        shutil.rmtree(folder, ignore_errors=True)
    if problems:
        print(f"not as it must be: {problems}; logs in {folder}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
