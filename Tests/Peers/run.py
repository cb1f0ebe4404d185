#!/usr/bin/python3
"""The sample Echo against Linux, in a network namespace of the run's own.

  Tests/Peers/run.py IMAGE [--whole] [--keep FOLDER]     IMAGE: Echo, a release build
  Tests/Peers/run.py --can                               whether this machine permits it

One line a check: `ok NAME`, or `FAILED NAME: why`. --whole moves 100 MB through the relay, where
the quick run moves a few. Status 0: all is well; 1: something failed; 77: not possible here.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time
import traceback

import namespace

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
HERE = os.path.join(ROOT, "Tests", "Peers")


class Run:
    """Checks, one after the other: a failed one does not keep the others from being made."""

    def __init__(self):
        self.failed = 0

    def check(self, name, body, *arguments):
        start = time.monotonic()
        try:
            wrong = body(*arguments)
        except Exception as error:
            traceback.print_exc()
            wrong = "%s: %s" % (type(error).__name__, error)
        taken = "%.1f s" % (time.monotonic() - start)
        if wrong:
            self.failed += 1
            print("FAILED %s: %s (%s)" % (name, wrong, taken), flush=True)
        else:
            print("ok %s (%s)" % (name, taken), flush=True)


def over_tap(run, tool, image, folder):
    """Linux's tools and hostile packets, over `porthole run --net tap:`."""
    import hostile
    import linux
    import routers
    import transfers
    from guest import Guest

    namespace.interface("tap0", "10.9.0.1/24", "fd00:9::1/64")
    guest = Guest(tool, image, "peers-tap", "tap:tap0", "porthole.ipv4=10.9.0.2/24,10.9.0.1",
                  "porthole.ipv6=fd00:9::2/64")
    try:
        address = guest.address(r"echo at (10\.9\.0\.2), port 7")
        card = guest.card()
        guest.capture(folder + "/tap.pcap")
        run.check("ping", linux.ping, address, (0, 1, 56, 1472, 1473, 8000))
        run.check("datagrams", transfers.datagrams, address, (0, 1, 17, 1472, 1473, 9000))
        run.check("transfers", transfers.run, address, [0, 1, 1_000_000, 3_000_000])
        over_ipv6(run, guest)
        run.check("nmap", linux.nmap, address)
        run.check("serving after nmap", transfers.serves, address)
        guest.end_capture()
        run.check("capture", linux.tshark, folder + "/tap.pcap", card)
        attacker = hostile.Attacker("tap0", address, card, "10.9.0.66")
        attacker.introduce()
        for attack in hostile.ALL:
            name = attack.__name__.replace("_", " ")
            run.check("attack: " + name, attack, attacker)
            run.check("serving after " + name, transfers.serves, address)
        run.check("attack: IPv6", routers.hostile6, attacker, "fd00:9::2")
        for served in (address, "fd00:9::2"):
            run.check("serving %s after IPv6" % served, transfers.serves, served)
        run.check("transfers afterwards", transfers.run, address, [1_000_000])
    finally:
        guest.stop()


def over_ipv6(run, guest):
    """The same over IPv6: an address that was given, one on the link, and one by a router's word."""
    import linux
    import routers
    import transfers

    given = guest.address(r"echo at (fd00:9::2), port 7")
    link = guest.address(r"echo at (fe80::[0-9a-f:]+), port 7")
    routers.advertise("tap0", "2001:db8:9::")
    namespace.ip("addr", "add", "2001:db8:9::1/64", "dev", "tap0", "nodad")
    made = guest.address(r"echo at (2001:db8:9::?[0-9a-f:]+), port 7")
    for name, address in (("given", given), ("link", link + "%tap0"), ("router's", made)):
        run.check("ping IPv6, " + name, linux.ping, address, (0, 56, 1452, 1453, 8000))
    for name, address in (("given", given), ("router's", made)):
        run.check("datagrams IPv6, " + name, transfers.datagrams, address, (0, 17, 1452, 1453, 9000))
    run.check("transfers IPv6", transfers.run, given, [0, 1, 1_000_000, 3_000_000])


# Loss, duplication, reordering (per cent), delay each way (milliseconds); connections, and what share
# of all bytes they move: the worse the line the smaller, as each takes its time.
CONDITIONS = [
    ("clean", (0, 0, 0, 0), 4, 0.55),
    ("1 % lost, doubled and reordered", (1, 1, 1, 5), 8, 0.3),
    ("5 % reordered, 20 ms", (0, 0, 5, 20), 8, 0.1),
    ("5 % lost, doubled and reordered, 100 ms", (5, 5, 5, 50), 16, 0.05),
]


def through_relay(run, tool, image, folder, total):
    """A line that ill-treats frames, over `porthole run --net dgram:`; the address comes by DHCP."""
    import linux
    import transfers
    from guest import Guest

    namespace.setting("unix/max_dgram_qlen", 512)
    instance = os.path.join(os.environ["XDG_RUNTIME_DIR"], "porthole", "peers-relay", "net")
    relay = subprocess.Popen(
        [sys.executable, HERE + "/relay.py", "tap1", folder + "/line", instance, folder + "/relay.pcap"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert relay.stdout.readline() == "ready\n"
    namespace.up("tap1", "10.9.1.1/24")

    def conditions(*values):
        relay.stdin.write(" ".join(map(str, values)) + " 6\n")
        relay.stdin.flush()
        assert relay.stdout.readline() == "set\n"

    server = linux.Dnsmasq("tap1", folder)
    guest = None
    try:
        conditions(5, 5, 5, 50)
        guest = Guest(tool, image, "peers-relay", "dgram:" + folder + "/line")
        address = guest.address(r"echo at (10\.9\.1\.1\d\d), port 7", 120)
        card = guest.card()
        run.check("DHCP", lambda: None if address in server.acknowledged() else "the lease is another's")
        run.check("datagrams on a bad line", transfers.datagrams, address, (0, 1400))
        for index, (name, values, count, share) in enumerate(CONDITIONS):
            conditions(*values)
            size = int(total * share / count)
            run.check("transfers, " + name, transfers.run, address, [size] * count, 100 * index)
        print("  relay: " + relay.communicate("", timeout=60)[0].strip())
        run.check("capture of the relay", linux.tshark, folder + "/relay.pcap", card)
    finally:
        server.stop()
        if guest:
            guest.stop()
        relay.kill()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("image", nargs="?")
    options.add_argument("--can", action="store_true")
    options.add_argument("--whole", action="store_true")
    options.add_argument("--keep")
    options.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if not chosen.inside:
        obstacle = namespace.obstacle()
        if obstacle or chosen.can:
            print(obstacle or "ok")
            sys.exit(77 if obstacle else 0)
        sys.exit(subprocess.run(namespace.command() + [sys.executable, *sys.argv, "--inside"]).returncode)
    tool = os.environ.get("PORTHOLE") or os.path.join(ROOT, ".build/release/porthole")
    folder = chosen.keep or tempfile.mkdtemp(prefix="peers-")
    os.makedirs(folder, exist_ok=True)
    # Instances of this run stand in a registry of their own.
    os.environ["XDG_RUNTIME_DIR"] = folder + "/run"
    os.makedirs(folder + "/run", mode=0o700, exist_ok=True)
    namespace.ip("link", "set", "lo", "up")
    image = os.path.abspath(chosen.image)
    run = Run()
    for body in (lambda: over_tap(run, tool, image, folder),
                 lambda: through_relay(run, tool, image, folder, 100_000_000 if chosen.whole else 4_000_000)):
        try:
            body()
        except Exception as error:
            traceback.print_exc()
            run.check("the run itself", lambda: "%s: %s" % (type(error).__name__, error))
    print("%d failed" % run.failed)
    sys.exit(1 if run.failed else 0)


if __name__ == "__main__":
    main()
