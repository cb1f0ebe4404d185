#!/usr/bin/python3
"""Carries frames between a TAP device and a guest's `-netdev dgram` socket, and ill-treats them on the way.

  relay.py TAP SOCKET GUEST PCAP

SOCKET is where the guest sends to, GUEST where it listens. Every frame that the guest sends goes into
PCAP, before anything happens to it. A line on standard input sets what happens from then on, to each
direction: LOSS DUPLICATION REORDERING (per cent) DELAY (milliseconds) SEED. It is answered by `set`; at
the end of input the counts are printed.
"""
import heapq
import os
import random
import select
import socket
import struct
import sys
import time

import namespace


class Way:
    """One direction: what is on its way, by the moment at which it arrives."""

    def __init__(self, deliver):
        self.deliver = deliver
        self.flying = []
        self.order = 0
        self.counts = {"passed": 0, "lost": 0, "doubled": 0, "reordered": 0, "overflowed": 0}

    def take(self, frame, now, loss, duplication, reordering, delay, dice):
        if dice.random() * 100 < loss:
            self.counts["lost"] += 1
            return
        copies = 1
        if dice.random() * 100 < duplication:
            self.counts["doubled"] += 1
            copies = 2
        for _ in range(copies):
            due = now + delay / 1000
            if dice.random() * 100 < reordering:
                # Later than what comes after it.
                self.counts["reordered"] += 1
                due += 0.001 + dice.random() * max(delay, 4) / 2000
            self.order += 1
            heapq.heappush(self.flying, (due, self.order, frame))

    def run(self, now):
        while self.flying and self.flying[0][0] <= now:
            frame = heapq.heappop(self.flying)[2]
            try:
                self.deliver(frame)
                self.counts["passed"] += 1
            except OSError:
                # The receiver's queue is full: as a switch does, it is dropped.
                self.counts["overflowed"] += 1

    def due(self):
        return self.flying[0][0] if self.flying else None


def main():
    name, path, guest, pcap = sys.argv[1:]
    tap = namespace.tap(name, persistent=False)
    os.set_blocking(tap, False)
    link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    link.bind(path)
    link.setblocking(False)
    capture = open(pcap, "wb", buffering=1 << 16)
    capture.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    conditions, dice = (0, 0, 0, 0), random.Random(1)
    ways = {tap: Way(lambda frame: link.sendto(frame, guest)), link: Way(lambda f: os.write(tap, f))}
    # Said only now: whoever started this may give the device its address.
    print("ready", flush=True)
    while True:
        dues = [due for due in (way.due() for way in ways.values()) if due is not None]
        wait = max(0, min(dues) - time.monotonic()) if dues else None
        for end in select.select([tap, link, sys.stdin], [], [], wait)[0]:
            if end is sys.stdin:
                line = sys.stdin.readline()
                if not line:
                    capture.close()
                    print({("to guest", "from guest")[i]: w.counts for i, w in enumerate(ways.values())})
                    return
                *conditions, seed = (float(word) for word in line.split())
                dice = random.Random(seed)
                print("set", flush=True)
                continue
            now = time.monotonic()
            for _ in range(64):
                try:
                    frame = os.read(tap, 65536) if end == tap else link.recv(65536)
                except BlockingIOError:
                    break
                if end is link:
                    stamp = time.time()
                    capture.write(struct.pack("<IIII", int(stamp), int(stamp % 1 * 1e6), len(frame),
                                              len(frame)) + frame)
                ways[end].take(frame, now, *conditions, dice)
        now = time.monotonic()
        for way in ways.values():
            way.run(now)


if __name__ == "__main__":
    main()
