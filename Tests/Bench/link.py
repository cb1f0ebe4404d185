"""T2 and T3: our client and the least one there can be, working in turn on stubs of the same kind.

Both stay connected, each to a stub of its own, and do small portions alternately, so that a busy
neighbour of this machine slows both. The figure is the median of the ratios of neighbouring
portions.
"""
import os
import subprocess
import time

import guests

PORTIONS = int(os.environ.get("BENCH_PORTIONS", "60"))


class Worker:
    """A client that answers each line that it is given with one figure."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def figure(self, request):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)


class Server:
    """One of our echoing servers."""

    def __init__(self, peer, mode, path):
        self.process = subprocess.Popen([peer, mode, path])
        deadline = time.monotonic() + 5
        while not os.path.exists(path) and time.monotonic() < deadline:
            time.sleep(0.01)

    def close(self):
        self.process.kill()
        self.process.wait()


class StoppedGuest:
    """A second guest like the instance, for the other client: QEMU's stub serves one."""

    def __init__(self, image, path):
        self.process = subprocess.Popen(
            guests.command("microvm", image, extra=["-S", "-gdb", f"unix:{path},server=on,wait=off"]),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 5
        while not os.path.exists(path) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.path = path

    def close(self):
        self.process.kill()
        self.process.wait()


def in_turn(request, ours, theirs, portions):
    """Figures of both, and the median ratio of ours to theirs with its quartiles."""
    pairs = []
    for index in range(portions):
        # Each goes first every other time.
        if index % 2:
            other = theirs.figure(request)
            pairs.append((ours.figure(request), other))
        else:
            mine = ours.figure(request)
            pairs.append((mine, theirs.figure(request)))
    ratios = sorted(mine / other for mine, other in pairs)
    return (guests.median([pair[0] for pair in pairs]), guests.median([pair[1] for pair in pairs]),
            guests.median(ratios), ratios[len(ratios) // 4], ratios[len(ratios) * 3 // 4])


def percent(ratio):
    return f"{(ratio - 1) * 100:+.0f}"


def compare(figure, name, request, ours, theirs, portions, unit, say, budget):
    mine, other, ratio, low, high = in_turn(request, ours, theirs, portions)
    say(figure, f"{name}: {mine:.1f} {unit}, least client {other:.1f} {unit}: {percent(ratio)} % "
                f"(quartiles {percent(low)} to {percent(high)}; budget {budget})")


def figures(say, bench, image, folder):
    peer = os.path.join(folder, "peer")
    subprocess.run(["cc", "-O2", "-o", peer, "Tests/Bench/peer.c"], check=True)
    path = lambda name: os.path.join(folder, name)
    stack = []

    def opened(thing):
        stack.append(thing)
        return thing

    try:
        guest_a = opened(StoppedGuest(image, path("a")))
        guest_b = opened(StoppedGuest(image, path("b")))
        ours = opened(Worker(bench, "turns", guest_a.path))
        theirs = opened(Worker(peer, "client", guest_b.path))
        compare("T2", "round trip to QEMU's stub", "trips 200", ours, theirs, PORTIONS, "us", say, "+10 %")
        compare("T3", "memory read through QEMU's stub", "read", ours, theirs, PORTIONS // 6, "MB/s", say, "-20 %")
        opened(Server(peer, "stub", path("stub")))
        opened(Server(peer, "echo", path("echo")))
        ours = opened(Worker(bench, "turns", path("stub")))
        theirs = opened(Worker(peer, "raw", path("echo")))
        compare("T2", "round trip to an echoing stub, beside a bare echo", "trips 1000", ours, theirs, PORTIONS,
                "us", say, "+25 %")
    finally:
        for thing in reversed(stack):
            thing.close()
