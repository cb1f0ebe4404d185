#!/usr/bin/env python3
"""Measures the figures of the budgets and prints them beside their peers, a line each.

Absolute times move with the machine's neighbours, so runs that are compared alternate, and each
figure is a median with its spread. Guest instructions are counted under -icount, where one tick
of the time-stamp counter is one instruction.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

import costs
import guests
import kernel
import link
import network
import terminal

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
os.chdir(ROOT)
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))


def say(figure, text):
    print(f"{figure:4} {text}", flush=True)


def output(*arguments, **options):
    return subprocess.run(arguments, check=True, capture_output=True, text=True, **options).stdout


def build(sample, *options):
    return output("./porthole", "build", sample, *options).splitlines()[-1]


def image_sizes():
    for name, style, budget in (("Hello", "callback", 48), ("HelloAsync", "async", 64)):
        size = os.path.getsize(build(name, "--release"))
        say("K1", f"{name} image, {style}: {size} bytes (budget {budget} kB; recorded peers: "
                  "Solo5 79 kB, Unikraft 150 kB)")


def agent_size():
    sizes = [os.path.getsize(build("Hello", "--release", *more)) for more in ((), ("--agent",))]
    say("A5", f"the agent, with telemetry and profiler, in a release image: {sizes[1] - sizes[0]} bytes "
              "(budget 32 kB; Rust's gdbstub, a stub alone: < 10 kB)")


def boot_times(folder):
    floor = os.path.join(folder, "floor")
    output("clang", "-c", "--target=x86_64-unknown-none-elf", "Tests/Bench/floor.S", "-o", floor + ".o")
    output("ld.lld", "--image-base=0x100000", "-e", "start", "-o", floor, floor + ".o")
    hello = build("Hello", "--release")
    for machine in guests.MACHINES:
        times = guests.in_turn({
            "floor": lambda: guests.until(guests.command(machine, floor), b"!"),
            "hello": lambda: guests.until(guests.command(machine, hello), b"Hello"),
        }, ROUNDS * 2)
        over = (guests.median(times["hello"]) - guests.median(times["floor"])) * 1000
        say("K4", f"{machine}: first line {guests.spread(times['hello'])} ms, floor "
                  f"{guests.spread(times['floor'])} ms: {over:+.1f} ms (budget +8 ms)")


def boot_instructions():
    image = output("Kernel/Boot/build.sh", "x86_64", "Timing", "release").splitlines()[-1]
    for machine in guests.MACHINES:
        text = guests.line(guests.command(machine, image, extra=["-icount", "shift=0"]), b"entry to main")
        count = "".join(c for c in (text or "").partition(":")[2] if c.isdigit())
        say("K5", f"{machine}: {count or 'no'} guest instructions from entry to main "
                  "(budget 500,000)")
    text = guests.line(
        guests.command("microvm", image, extra=["-icount", "shift=0"]), b"malloc and free")
    say("heap", f"instructions: {text or 'no answer'}")


class Instance:
    """A Heartbeat guest in a registry of its own."""

    def __init__(self, folder, image):
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=folder, XDG_STATE_HOME=folder)
        os.environ.update(XDG_RUNTIME_DIR=folder, XDG_STATE_HOME=folder)
        output("./porthole", "run", image, "--name", "bench", "--detach")
        line = output("./porthole", "ps", "--json").splitlines()[0]
        self.record = json.loads(line)
        time.sleep(0.5)

    @property
    def stub(self):
        for key in ("gdb", "gdbSocket", "sockets"):
            value = self.record.get(key)
            if isinstance(value, dict):
                value = value.get("gdb")
            if value:
                return value
        return os.path.join(self.record["directory"], "gdb")

    def stop(self):
        subprocess.run(["./porthole", "stop", "bench"], capture_output=True, check=False)


def attach_times(instance, symbols, folder):
    def ours(cache):
        def run():
            os.environ["XDG_CACHE_HOME"] = cache()
            screen = terminal.Terminal(["./porthole", "attach", "bench", "--symbols", symbols])
            shown = screen.read_until(b"busy")
            shown = screen.settle() if shown else None
            start = screen.start
            screen.close(b"qy")
            return shown - start if shown else None
        return run

    def peer(*arguments):
        def run():
            start = time.monotonic()
            subprocess.run(arguments, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
            return time.monotonic() - start
        return run

    warm = os.path.join(folder, "warm")
    runs = {
        "cold": ours(lambda: tempfile.mkdtemp(dir=folder)),
        "warm": ours(lambda: warm),
        "gdb": peer("gdb", "-nx", "-batch", symbols, "-ex", f"target remote {instance.stub}",
                    "-ex", "bt", "-ex", "info registers", "-ex", "detach"),
    }
    times = guests.in_turn(runs, ROUNDS)
    say("T1", f"attach to first full screen: cold {guests.spread(times['cold'])} ms, warm "
              f"{guests.spread(times['warm'])} ms (budget 150 / 80); gdb -batch bt "
              f"{guests.spread(times['gdb'])} ms")


def bench_tool():
    return os.path.join(output("swift", "build", "-c", "release", "--show-bin-path").strip(), "porthole-bench")


def link_figures(instance, symbols):
    ours = []
    for _ in range(ROUNDS):
        lines = output(bench_tool(), "link", instance.stub, symbols).splitlines()
        ours.append(dict(line.split(" ", 1) for line in lines))
    middle = lambda key: guests.median([float(run[key]) for run in ours])
    say("T4", f"{middle('steps/s'):.0f} instruction steps per second (recorded gdb: 1,700-3,200)")
    say("T6", f"stop to complete snapshot {middle('screen-us') / 1000:.1f} ms in "
              f"{middle('screen-round-trips'):.0f} round trips (budget 20 ms, 3)")


def symbol_figures(folder):
    large = ".build/release/porthole"
    ours, peer = [], []
    text = [line.split() for line in output("readelf", "-SW", large).splitlines() if " .text " in line]
    fields = text[0][text[0].index(".text"):]
    base, size = int(fields[2], 16), int(fields[4], 16)
    addresses = "\n".join(hex(base + index * (size // 20000)) for index in range(20000))
    for _ in range(ROUNDS):
        ours.append(float(output(bench_tool(), "symbols", large, "20000").split()[1]))
        start = time.monotonic()
        output("llvm-symbolizer", "--inlines", "--obj=" + large, input=addresses)
        peer.append((time.monotonic() - start) * 1000)
    say("T5", f"20,000 addresses of a {os.path.getsize(large) >> 20} MB ELF: "
              f"{guests.spread(ours, 1)} ms, llvm-symbolizer {guests.spread(peer, 1)} ms (budget 150)")


def interaction(folder):
    screen = terminal.Terminal(["./porthole", "attach", "bench"])
    screen.read_until(b"busy")
    screen.settle(0.1)
    delays = []
    for key in [b"2", b"1"] * 10:
        sent = screen.send(key)
        ready = screen.settle(0.05)
        if screen.seen:
            delays.append(ready - sent)
    ticks = lambda: sum(map(int, open(f"/proc/{screen.pid}/stat").read().rsplit(")", 1)[1].split()[11:13]))
    before = ticks()
    time.sleep(10)
    share = (ticks() - before) / os.sysconf("SC_CLK_TCK") / 10 * 100
    memory = next(int(line.split()[1]) for line in open(f"/proc/{screen.pid}/status") if line.startswith("VmRSS"))
    screen.close(b"qy")
    say("T7", f"key to frame {guests.spread(delays)} ms (budget 16); idle {share:.1f} % of a core "
              f"(budget 1); resident {memory / 1024:.0f} MB (budget 60)")


def main():
    output("swift", "build", "-c", "release", "--product", "porthole-bench")
    with tempfile.TemporaryDirectory(prefix="ph") as folder:
        image_sizes()
        agent_size()
        boot_times(folder)
        boot_instructions()
        costs.figures(say, output("Kernel/Boot/build.sh", "x86_64", "Costs", "release").splitlines()[-1])
        profiles = kernel.image("Profiles", agent=True)
        costs.sample(say, profiles)
        costs.attached(say, profiles, folder)
        kernel.memory_sizes(say)
        kernel.hosted_start(say, folder, ROUNDS)
        kernel.ticks(say, folder)
        kernel.idle(say, os.path.join(folder, "floor"))
        network.figures(say, folder, ROUNDS)
        instance = Instance(folder, build("Heartbeat"))
        try:
            symbols = build("Heartbeat") + ".elf"
            attach_times(instance, symbols, folder)
            interaction(folder)
            link_figures(instance, symbols)
            link.figures(say, bench_tool(), build("Heartbeat"), folder)
        finally:
            instance.stop()
        symbol_figures(folder)


if __name__ == "__main__":
    sys.exit(main())
