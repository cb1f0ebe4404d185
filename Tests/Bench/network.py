"""Figures of the network (K8, K10, K11, K15): the guest Streams beside a Linux guest that does the same,
over TAP in a network namespace of the bench's own; and as a process beside Linux's sockets.

  Tests/Bench/network.py IMAGE HOSTED FOLDER ROUNDS     in the namespace; a line a figure
"""
import os
import re
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.append(os.path.join(ROOT, "Tests", "Peers"))

import guests
import linux
import namespace

# What a Linux guest needs to reach its card, in this order.
MODULES = ["drivers/virtio/virtio_ring", "drivers/virtio/virtio", "drivers/virtio/virtio_pci_legacy_dev",
           "drivers/virtio/virtio_pci_modern_dev", "drivers/virtio/virtio_pci", "net/core/failover",
           "drivers/net/net_failover", "drivers/net/virtio_net"]
CARDS = {"microvm": ["-global", "virtio-mmio.force-legacy=false", "-device", "virtio-net-device,netdev=n"],
         "pc": ["-device", "virtio-net-pci,disable-legacy=on,romfile=,netdev=n"]}
READY = b"streams at "


def figures(say, folder, rounds):
    """Runs this file in a namespace, and says what it prints."""
    import kernel

    obstacle = namespace.obstacle()
    if obstacle:
        return say("K8", obstacle)
    linux.kernel()  # from the network, which the namespace has none of
    command = [*namespace.command(), sys.executable, os.path.abspath(__file__), kernel.image("Streams"),
               kernel.image("Streams", arch="host"), folder, str(rounds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        for line in run.stdout:
            say(*line.rstrip("\n").split(" ", 1))


class Server:
    """A process that is ready once it has said so; `count` reads its executed instructions."""

    def __init__(self, command, address, counter=None):
        self.address, self.counter = address, counter
        if counter:
            plugin = os.path.join(os.path.dirname(counter), "instructions.so")
            command = command + ["-plugin", f"{plugin},count={counter}"]
        self.log = open(os.path.join(FOLDER, "server.log"), "wb+")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT)
        try:
            end = time.monotonic() + 60
            while READY not in self.said():
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{command[0]} at {address}: {self.said()!r}")
                time.sleep(0.1)
            # The first answers wait for ARP.
            load("udp", address, 100, 1)
        except RuntimeError:
            self.__exit__()
            raise

    def said(self):
        with open(self.log.name, "rb") as file:
            return file.read()

    @property
    def count(self):
        time.sleep(0.5)
        with open(self.counter, "rb") as file:
            return int.from_bytes(file.read(8), "little")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()


def load(*words, seconds=300):
    """Runs the client; the seconds it took, without those that it lost."""
    done = subprocess.run([os.path.join(FOLDER, "load"), *map(str, words)], capture_output=True, text=True,
                          timeout=seconds, check=False)
    if done.returncode:
        raise RuntimeError(f"load {words}: {done.stderr.strip() or done.returncode}")
    return float(done.stdout.split()[0])


def server(kind, machine, index, image, counter=None, memory=64):
    """Our guest or Linux's, on a TAP device of its own."""
    tap, address = f"tap{index}", f"10.9.{index}.2"
    card = ["-netdev", f"tap,id=n,ifname={tap},script=no,downscript=no", *CARDS[machine]]
    if kind == "linux":
        command = linux.command(machine, "Tests/Bench/linux/streams.c", FOLDER, card, words=[address],
                                modules=MODULES)
    else:
        command = guests.command(machine, image, memory=memory,
                                 extra=[*card, "-append", f"porthole.ipv4={address}/24"])
    return Server(command, address, counter)


def price(host, mode, least, most, *words):
    """Guest instructions of one more: the difference of two runs, so that what is fixed is left out."""
    counts = []
    for work in (least, most):
        before = host.count
        load(mode, host.address, work, *words)
        counts.append(host.count - before)
    return (counts[1] - counts[0]) / (most - least)


def instructions(ours, place):
    """K8 and K10 as counts: the same work asked of each guest, under a plug-in that counts."""
    rows = {}
    for index, (name, kind, machine) in enumerate((("ours", "ours", "pc"), ("ours, microvm", "ours", "microvm"),
                                                    ("Linux", "linux", "pc"))):
        with server(kind, machine, index, ours, os.path.join(FOLDER, f"count{index}")) as host:
            rows[name] = [price(host, "udp", 500, 2500, flight) for flight in (1, 16)]
            rows[name] += [price(host, mode, 2_000_000, 10_000_000) * 1024 for mode in ("in", "out")]
    for figure, what, budget, columns in (
            ("K8", "UDP echo, instructions a packet in and out, 1 / 16 in flight", "6,000", (0, 1)),
            ("K10", "TCP stream, instructions per kB in / out", "1,500 / 2,000", (2, 3))):
        text = "; ".join(f"{name} " + " / ".join(f"{row[column]:,.0f}" for column in columns)
                         for name, row in rows.items())
        place(figure, f"{what}: {text} (budget {budget})")


def ratios(place, figures_of, hosts, rounds):
    """Runs each load on each of two hosts in turn; says rates and their ratio."""
    for figure, what, words, amount, unit, budget in figures_of:
        times = guests.in_turn({name: lambda host=host: load(words[0], host.address, *words[1:])
                                for name, host in hosts.items()}, rounds)
        ours, peer = (amount / guests.median(times[name]) for name in hosts)
        spread = ", ".join(f"{amount / max(taken):,.0f}-{amount / min(taken):,.0f}" for taken in times.values())
        place(figure, f"{what}: {ours:,.0f} {unit}, {' and '.join(list(hosts)[1:])} {peer:,.0f} ({spread}): "
                      f"{ours / peer:.2f} times (budget {budget})")


def rates(ours, place, rounds):
    """K8 and K10 as rates, without the plug-in."""
    with server("ours", "pc", 0, ours) as mine, server("linux", "pc", 2, ours) as peer:
        ratios(place, (
            ("K8", "ping", ("ping", 1000), 1000, "/s", "1.5"),
            ("K8", "UDP echo, 1 in flight", ("udp", 2000, 1), 2000, "/s", "1.5"),
            ("K8", "UDP echo, 16 in flight", ("udp", 8000, 16), 8000, "/s", "1.5"),
            ("K10", "one TCP stream in", ("in", 20 << 20), 20, "MiB/s", "1.2"),
            ("K10", "one TCP stream out", ("out", 20 << 20), 20, "MiB/s", "1.2"),
        ), {"ours": mine, "Linux guest": peer}, rounds)


def hosted(image, place, rounds):
    """K11: the same application as a process on TAP, beside Linux's sockets on another address."""
    program = os.path.join(FOLDER, "sockets")
    subprocess.run(["cc", "-O2", "-o", program, "Tests/Bench/linux/streams.c"], check=True)
    namespace.ip("addr", "add", "10.9.8.1/24", "dev", "lo")
    with Server([image, "--tap", "tap3", "porthole.ipv4=10.9.3.2/24"], "10.9.3.2") as mine, \
            Server([program, "10.9.8.1"], "10.9.8.1") as peer:
        ratios(place, (
            ("K11", "hosted, UDP echo, 16 in flight", ("udp", 40_000, 16), 40_000, "/s", "0.75"),
            ("K11", "hosted, TCP echo on 16 connections", ("tcp", 40_000, 16), 40_000, "/s", "0.95 with HTTP"),
        ), {"ours": mine, "sockets on loopback": peer}, rounds)


def held(ours, place, count=10_000):
    """K15: memory of connections that nobody uses."""
    texts = []
    for kind, index in (("ours", 0), ("linux", 2)):
        with server(kind, "pc", index, ours, memory=256) as host:
            before = load("memory", host.address)
            holder = subprocess.Popen([os.path.join(FOLDER, "load"), "hold", host.address, str(count)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            try:
                if holder.stdout.readline() != b"held\n":
                    texts.append(f"{kind}: not all were opened: {holder.stderr.read().decode().strip()}")
                    continue
                texts.append(f"{kind} {(load('memory', host.address) - before) / count:,.0f} B each")
            finally:
                holder.kill()
                holder.wait()
    place("K15", f"{count:,} idle TCP connections: " + ", ".join(texts) + " (budget 1 kB)")


def main(image, hosted_image, folder, rounds):
    global FOLDER
    FOLDER = folder
    os.chdir(ROOT)
    subprocess.run(["cc", "-O2", "-o", f"{folder}/load", "Tests/Bench/load.c"], check=True)
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", f"{folder}/instructions.so",
                    "Tests/Bench/instructions.c"], check=True)
    namespace.ip("link", "set", "lo", "up")
    for index in range(4):
        namespace.interface(f"tap{index}", f"10.9.{index}.1/24")

    def place(figure, text):
        print(figure, text, flush=True)

    for part in (lambda: instructions(image, place), lambda: rates(image, place, rounds),
                 lambda: hosted(hosted_image, place, rounds), lambda: held(image, place)):
        try:
            part()
        except (RuntimeError, subprocess.SubprocessError) as error:
            place("net", f"no figure: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]))
