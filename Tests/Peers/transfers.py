"""Bytes through the echo, whose digests must be those of what was sent."""
import hashlib
import random
import selectors
import socket
import time

# No byte for so long is a stall: longer than any retransmission that the conditions make likely.
STALL = 90


class Transfer:
    """One connection that sends `size` bytes of a seed and compares what comes back."""

    def __init__(self, address, size, seed):
        self.left, self.dice, self.pending = size, random.Random(seed), b""
        self.sent, self.got, self.came = hashlib.sha256(), hashlib.sha256(), 0
        self.size, self.isFinished = size, False
        self.socket = socket.create_connection((address, 7), timeout=STALL)
        self.socket.setblocking(False)

    def write(self):
        """Sends what fits; true when everything has been sent."""
        while True:
            if not self.pending:
                if not self.left:
                    if not self.isFinished:
                        self.socket.shutdown(socket.SHUT_WR)
                        self.isFinished = True
                    return True
                self.pending = self.dice.randbytes(min(self.left, 65536))
                self.left -= len(self.pending)
                self.sent.update(self.pending)
            try:
                count = self.socket.send(self.pending)
            except BlockingIOError:
                return False
            self.pending = self.pending[count:]

    def read(self):
        """Takes what has come; true at the end."""
        data = self.socket.recv(262144)
        self.got.update(data)
        self.came += len(data)
        return not data

    def verdict(self):
        if self.got.digest() == self.sent.digest():
            return None
        return "%d of %d bytes came back, or not those that were sent" % (self.came, self.size)


def run(address, sizes, seed=1):
    """All of `sizes` at once; returns what is wrong, None if nothing."""
    transfers = [Transfer(address, size, seed + index) for index, size in enumerate(sizes)]
    with selectors.DefaultSelector() as selector:
        for transfer in transfers:
            selector.register(transfer.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, transfer)
        last = time.monotonic()
        while selector.get_map():
            ready = selector.select(STALL / 4)
            if time.monotonic() - last > STALL:
                return "stalled, with %s bytes back of %s" % (
                    [t.came for t in transfers], [t.size for t in transfers])
            for key, events in ready:
                transfer = key.data
                last = time.monotonic()
                try:
                    if events & selectors.EVENT_WRITE and transfer.write():
                        selector.modify(transfer.socket, selectors.EVENT_READ, transfer)
                    if events & selectors.EVENT_READ and transfer.read():
                        selector.unregister(transfer.socket)
                        transfer.socket.close()
                except OSError as error:
                    return "after %d of %d bytes: %s" % (transfer.came, transfer.size, error)
    wrong = [verdict for verdict in (transfer.verdict() for transfer in transfers) if verdict]
    return "; ".join(wrong) or None


def datagrams(address, sizes, attempts=40):
    """One datagram of each size, repeated while none comes back; returns what is wrong."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as link:
        link.settimeout(1)
        link.connect((address, 7))
        for size in sizes:
            data = random.Random(size).randbytes(size)
            for _ in range(attempts):
                try:
                    link.send(data)
                    if link.recv(65536) == data:
                        break
                except (socket.timeout, ConnectionRefusedError):
                    pass
            else:
                return "no echo of a datagram of %d bytes" % size
    return None


def serves(address, seconds=60):
    """Whether both ports echo, a new connection included; returns what is wrong."""
    end, wrong = time.monotonic() + seconds, None
    while time.monotonic() < end:
        wrong = datagrams(address, [5], attempts=2)
        if wrong:
            continue
        try:
            with socket.create_connection((address, 7), timeout=5) as link:
                link.sendall(b"are you there?")
                link.shutdown(socket.SHUT_WR)
                with link.makefile("rb") as file:
                    if file.read() == b"are you there?":
                        return None
        except OSError as error:
            wrong = "TCP: %s" % error
    return wrong
