"""Figures of the kernel: memory it needs (K3), start as a process (K7), ticks (K12), idling (K14)."""
import glob
import os
import subprocess
import time

import guests
import linux

HELLO = b"Hello from a machine of its own.\n"


def image(product, configuration="release", arch="x86_64", agent=False):
    """Builds an application, a sample or a guest of the tests, and returns the image's path."""
    made = subprocess.run(["Kernel/Boot/build.sh", *["--agent"] * agent, arch, product, configuration],
                          check=True, capture_output=True, text=True)
    return made.stdout.splitlines()[-1]


def ranges(numbers):
    """`2-256` or `2-4, 6`."""
    text, numbers = [], sorted(numbers)
    while numbers:
        end = 0
        while end + 1 < len(numbers) and numbers[end + 1] == numbers[end] + 1:
            end += 1
        text.append(str(numbers[0]) if end == 0 else f"{numbers[0]}-{numbers[end]}")
        numbers = numbers[end + 1:]
    return ", ".join(text) or "none"


def memory_sizes(say, sizes=range(2, 257)):
    """K3: boots Hello at every size of memory on every machine type."""
    for configuration, first in (("release", 2), ("debug", 4)):
        path = image("Hello", configuration, agent=configuration == "debug")
        for machine in guests.MACHINES:
            wanted = [size for size in sizes if size >= first]
            ran = [size for size in wanted
                   if guests.until(guests.command(machine, path, memory=size), HELLO) is not None]
            missing = set(wanted) - set(ran)
            say("K3", f"{machine}: Hello, {configuration}{', agent' * (configuration == 'debug')}, runs with {ranges(ran)} MB"
                      + (f", NOT with {ranges(missing)}" if missing else "")
                      + f" (budget: every size from {first} to 256)")


def hosted_start(say, folder, rounds):
    """K7: from exec to the first line, beside a static C program that does the same."""
    source, least = os.path.join(folder, "least.c"), os.path.join(folder, "least")
    with open(source, "w") as file:
        file.write('#include <unistd.h>\nint main(void) { return write(1, "Hello\\n", 6) != 6; }\n')
    subprocess.run(["cc", "-O2", "-static", "-o", least, source], check=True)
    ours = image("Hello", arch="host")
    times = guests.in_turn({"hello": lambda: guests.until([ours], b"Hello", exact=True),
                            "least": lambda: guests.until([least], b"Hello", exact=True)}, rounds * 10)
    say("K7", f"hosted: first line {guests.spread(times['hello'], digits=2)} ms, a static C program "
              f"{guests.spread(times['least'], digits=2)} ms (budget 1.5; recorded Solo5 spt 1.4)")


def ticks(say, folder):
    """K12: how late a tick of 1 ms is, in real time beside a Linux guest's, and in counted instructions."""
    path = image("Ticks")
    peer = linux.command("pc", "Tests/Bench/linux/ticks.c", folder)
    for _ in range(3):
        for name, command in (("microvm", guests.command("microvm", path)), ("pc", guests.command("pc", path)),
                              ("pc, Linux", peer)):
            text = guests.line(command, b"late by", seconds=90)
            say("K12", f"1 ms tick, TCG, {name}: {text} (budget p50 100,000, p99 500,000)")
    exact = [guests.line(guests.command("microvm", path, extra=["-icount", "shift=0,sleep=off"]),
                         b"late by", seconds=120) for _ in range(2)]
    say("K12", f"1 ms tick, -icount: {exact[0]}; " + ("the same" if exact[0] == exact[1] else "NOT the same")
        + " in a second run")


def switches(pid):
    """How often any thread of a process gave up its processor of its own accord: it was woken before."""
    total = 0
    for status in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(status) as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt"))
    return total


def idle_figures(path, marker, seconds=10):
    """Wake-ups a second and resident kB of a guest's QEMU, once it has said `marker` and settled."""
    guest = subprocess.Popen(guests.command("microvm", path), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        seen = b""
        while marker not in seen:
            part = os.read(guest.stdout.fileno(), 4096)
            if not part:
                return None
            seen += part
        time.sleep(2)
        before = switches(guest.pid)
        time.sleep(seconds)
        wakes = (switches(guest.pid) - before) / seconds
        with open(f"/proc/{guest.pid}/status") as file:
            resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        return wakes, resident
    finally:
        guest.kill()
        guest.wait()


def idle(say, floor):
    """K14: a guest that waits for its console, beside one that halted for good."""
    ours, least = idle_figures(image("Faults"), b"ready"), idle_figures(floor, b"!")
    if ours is None or least is None:
        say("K14", "no run succeeded")
        return
    say("K14", f"idle: {ours[0]:.1f} wake-ups a second of QEMU, {least[0]:.1f} with a halted guest "
               f"(budget: none more); resident {ours[1] / 1024:.0f} MB, halted guest "
               f"{least[1] / 1024:.0f} MB (budget 46)")
