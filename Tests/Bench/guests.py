"""Guests for the bench: QEMU started, timed to a marker on its serial line, and ended again."""
import os
import select
import statistics
import subprocess
import time

MACHINES = {
    "microvm": ["-M", "microvm,x-option-roms=off,rtc=on,acpi=off,pic=off,pit=off,isa-serial=on"],
    "q35": ["-M", "q35"],
    "pc": ["-M", "pc"],
}


def command(machine, image, memory=64, extra=()):
    """QEMU's command line for an image, its first serial line on standard output."""
    return ["qemu-system-x86_64", *MACHINES[machine], "-accel", "tcg", "-m", str(memory),
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", image, "-serial", "stdio", *extra]


def until(arguments, marker, seconds=20, exact=False):
    """Seconds from exec to `marker` on standard output; None if it does not come in time.

    `exact` starts the program without Python's fork, which costs as much as a small program."""
    if exact:
        return until_exactly(arguments, marker)
    start = time.monotonic()
    guest = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    seen = b""
    try:
        while time.monotonic() - start < seconds:
            ready, _, _ = select.select([guest.stdout], [], [], 0.5)
            if ready:
                part = os.read(guest.stdout.fileno(), 65536)
                if not part:
                    return None
                seen += part
                if marker in seen:
                    return time.monotonic() - start
        return None
    finally:
        guest.kill()
        guest.wait()


def until_exactly(arguments, marker):
    """The same for a program that prints at once and ends by itself or when its reader is gone."""
    reader, writer = os.pipe()
    start = time.monotonic()
    child = os.posix_spawn(arguments[0], arguments, os.environ, file_actions=[
        (os.POSIX_SPAWN_DUP2, writer, 1), (os.POSIX_SPAWN_CLOSE, writer)])
    seen = os.read(reader, 4096)
    taken = time.monotonic() - start
    for end in (reader, writer):
        os.close(end)
    os.waitpid(child, 0)
    return taken if marker in seen else None


def line(arguments, marker, seconds=20):
    """The first line on standard output with `marker` in it; None if it does not come in time."""
    guest = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    deadline, seen = time.monotonic() + seconds, b""
    try:
        while time.monotonic() < deadline:
            if select.select([guest.stdout], [], [], 0.5)[0]:
                part = os.read(guest.stdout.fileno(), 65536)
                seen += part
                found = [text for text in seen.split(b"\n")[:-1] if marker in text]
                if found:
                    return found[0].decode(errors="replace")
                if not part:
                    return None
        return None
    finally:
        guest.kill()
        guest.wait()


def in_turn(runs, rounds=5):
    """Runs each of the named functions in turn, `rounds` times, and returns their results."""
    results = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            value = run()
            if value is not None:
                results[name].append(value)
    return results


def median(values):
    return statistics.median(values) if values else float("nan")


def spread(values, unit=1000.0, digits=1):
    """`median (min-max)` in milliseconds by default."""
    if not values:
        return "no run succeeded"
    return (f"{median(values) * unit:.{digits}f} "
            f"({min(values) * unit:.{digits}f}-{max(values) * unit:.{digits}f})")
