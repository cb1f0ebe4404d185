"""Packets that nobody well-meaning sends, built with scapy. Each attack is followed by the question
whether the guest still serves; some must have an effect, or none, of their own."""
import logging
import random
import socket
import struct
import time

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
from scapy.all import (  # noqa: E402
    ARP, ICMP, IP, TCP, UDP, Ether, Raw, conf, fragment, get_if_hwaddr)


class Attacker:
    """Sends on `interface`, as its owner or as somebody else at `ghost`, whom Linux does not know."""

    def __init__(self, interface, guest, hardware, ghost):
        conf.verb = 0
        self.interface, self.guest, self.hardware, self.ghost = interface, guest, hardware, ghost
        self.link = conf.L2socket(iface=interface)
        self.own = get_if_hwaddr(interface)
        self.dice = random.Random(6)

    def send(self, packet):
        self.link.send(Ether(dst=self.hardware, src=self.own) / packet)

    def introduce(self):
        """The guest learns where the ghost is, as it has asked for it."""
        self.link.send(Ether(dst="ff:ff:ff:ff:ff:ff", src=self.own) / ARP(
            op=1, hwsrc=self.own, psrc=self.ghost, pdst=self.guest))

    def packet(self, **fields):
        return IP(src=self.ghost, dst=self.guest, **fields)

    def answers(self, seconds, port):
        """The segments that the guest sends to the ghost's `port` in so many seconds."""
        end, found = time.monotonic() + seconds, []
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as tap:
            tap.bind((self.interface, 0))
            while time.monotonic() < end:
                tap.settimeout(max(0.01, end - time.monotonic()))
                try:
                    packet = Ether(tap.recv(65536))
                except socket.timeout:
                    break
                if IP in packet and TCP in packet and packet[IP].src == self.guest \
                        and packet[TCP].dport == port:
                    found.append(packet[IP])
        return found

    def opened(self, port, options):
        """The ghost's connection from `port`; returns the numbers to go on with (ours, the guest's)."""
        self.introduce()
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as tap:
            tap.bind((self.interface, 0))
            tap.settimeout(10)
            self.send(self.packet() / TCP(sport=port, dport=7, flags="S", seq=1000, options=options))
            while True:
                packet = Ether(tap.recv(65536))
                if TCP in packet and packet[IP].src == self.guest and packet[TCP].dport == port:
                    break
        theirs = packet[TCP].seq + 1
        self.send(self.packet() / TCP(sport=port, dport=7, flags="A", seq=1001, ack=theirs))
        return 1001, theirs


def bad_lengths(a):
    good = bytes(a.packet() / UDP(sport=9, dport=7) / b"abcdefgh")
    for cut in range(len(good)):
        a.send(Raw(good[:cut]))
    for fields in ({"len": 0}, {"len": 19}, {"len": 65535}, {"ihl": 0}, {"ihl": 4}, {"ihl": 15},
                   {"version": 0}, {"version": 15}, {"ttl": 0}, {"proto": 255}, {"chksum": 1}):
        a.send(a.packet(**fields) / TCP(sport=9, dport=7, flags="S"))
    for offset in (0, 1, 4, 15):
        a.send(a.packet() / TCP(sport=9, dport=7, flags="S", dataofs=offset))
    for length in (0, 7, 8, 9, 65535):
        a.send(a.packet() / UDP(sport=9, dport=7, len=length) / b"abc")


def bad_options(a):
    for options in (b"\x02\x00", b"\x02\x01", b"\x02\x04", b"\x03\x03", b"\x05\xff", b"\x05\x02", b"\x08\x0a\x00",
                    b"\x01" * 40, b"\x05\x22" + b"\xff" * 32, b"\x02\x04\x00\x00", b"\x03\x03\xff\x00"):
        header = bytearray(bytes(TCP(sport=9, dport=7, flags="S")))
        padded = options + b"\x00" * (-len(options) % 4)
        header[12] = (5 + len(padded) // 4) << 4
        # scapy sums a segment that it is given as bytes only through its own layer.
        segment = TCP(bytes(header) + padded)
        segment.chksum = None
        a.send(a.packet() / segment)
    for options in (b"\x07\x00", b"\x83\x02", b"\x44\x28\x05", b"\x94\x04\x00\x00", b"\x82\xff" + b"\x00" * 38):
        header = bytearray(bytes(IP(src=a.ghost, dst=a.guest, proto=17)))
        padded = options + b"\x00" * (-len(options) % 4)
        header[0] = 0x45 + len(padded) // 4
        packet = IP(bytes(header) + padded)
        packet.chksum = packet.len = None
        a.send(packet / UDP(sport=9, dport=7) / b"x")


def fragments(a):
    """Overlapping, endless, tiny, beyond the end, and a flood of first pieces (teardrop, ping of death)."""
    for identity, pieces in enumerate([
            [(0, 1, 24), (2, 0, 24)], [(0, 1, 24), (0, 1, 24), (3, 0, 8)], [(8191, 0, 8)],
            [(0, 1, 8), (8190, 0, 1000)], [(1, 1, 0)], [(0, 1, 7)], [(3, 0, 8), (0, 1, 64)],
            [(0, 1, 64), (2, 1, 8)]]):
        for offset, more, size in pieces:
            a.send(a.packet(id=100 + identity, frag=offset, flags=more, proto=17) / Raw(b"z" * size))
    for identity in range(300):
        a.send(a.packet(id=1000 + identity, frag=0, flags=1, proto=17) / Raw(b"y" * 512))
    # One that is sound, backwards, with each piece twice: refused as an overlap or echoed, no more.
    for piece in reversed(fragment(a.packet(id=77) / ICMP() / (b"q" * 3000), 512)):
        a.send(piece)
        a.send(piece)


def land(a):
    for flags in ("S", "SA", "A", "R", "F", "SFRPAU", ""):
        for source in (a.guest, "127.0.0.1", "255.255.255.255", "224.0.0.1", "0.0.0.0"):
            a.send(IP(src=source, dst=a.guest) / TCP(sport=7, dport=7, flags=flags))
            a.send(IP(src=source, dst=a.guest) / UDP(sport=7, dport=7) / b"to yourself")
            a.send(IP(src=source, dst=a.guest) / ICMP() / b"ping")


def garbage(a):
    """Headers of which some bytes are anything, with sums that are right again."""
    for number in range(1500):
        layer = a.dice.choice([TCP(sport=9, dport=7), UDP(sport=9, dport=7), ICMP()])
        data = bytearray(bytes(a.packet() / layer / a.dice.randbytes(a.dice.randrange(64))))
        for _ in range(a.dice.randrange(1, 6)):
            data[a.dice.choice([0, 1, 2, 3, 6, 7, 8, 9] + list(range(20, len(data))))] = a.dice.randrange(256)
        if number % 2:
            data[10:12] = b"\0\0"
            total = sum(struct.unpack("!10H", data[:20]))
            total = (total & 0xffff) + (total >> 16)
            data[10:12] = struct.pack("!H", ~((total & 0xffff) + (total >> 16)) & 0xffff)
        a.send(Raw(bytes(data)))
    for number in range(300):
        a.link.send(Raw(a.dice.randbytes(a.dice.randrange(14, 200))))


def tiny_segments(a):
    """A peer that asks for one byte a segment gets no packet for each byte."""
    ours, theirs = a.opened(2001, [("MSS", 1)])
    a.send(a.packet() / TCP(sport=2001, dport=7, flags="PA", seq=ours, ack=theirs) / (b"t" * 1000))
    sizes = [len(packet[TCP].payload) for packet in a.answers(2, 2001)]
    a.send(a.packet() / TCP(sport=2001, dport=7, flags="R", seq=ours + 1000, ack=theirs))
    full = [size for size in sizes if size]
    return None if full and min(full[:3]) >= 32 else "segments of %s bytes" % sizes[:20]


def zero_windows(a):
    """Forty connections that send for the echo and never read: they are held while all else goes on."""
    a.held = []
    for _ in range(40):
        link = socket.socket()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        link.settimeout(20)
        link.connect((a.guest, 7))
        link.setblocking(False)
        try:
            for _ in range(64):
                link.send(b"w" * 16384)
        except BlockingIOError:
            pass
        a.held.append(link)


def blind_resets(a):
    """Resets, SYNs and acknowledgments from who can only guess (RFC 5961) end nobody's connection."""
    with socket.create_connection((a.guest, 7), timeout=30) as link, socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as tap:
        tap.bind((a.interface, 0))
        tap.settimeout(10)
        own, port = link.getsockname()
        link.sendall(b"one")
        while True:
            packet = Ether(tap.recv(65536))
            if IP in packet and TCP in packet and packet[IP].src == own and packet[TCP].sport == port \
                    and bytes(packet[TCP].payload)[:3] == b"one":
                break
        if link.recv(10) != b"one":
            return "no echo before the attack"
        expected = (packet[TCP].seq + 3) & 0xffffffff
        base = IP(src=own, dst=a.guest)
        for distance in [d for d in range(1, 300)] + [4000, 8000, 1 << 20, 1 << 31, -1, -1000]:
            a.send(base / TCP(sport=port, dport=7, flags="R", seq=(expected + distance) % 2**32))
        for flags in ("S", "SA", "A", "FA", "PA", "F", ""):
            for distance in (1, 100, 1 << 30):
                a.send(base / TCP(sport=port, dport=7, flags=flags, seq=(expected + distance) % 2**32,
                                  ack=(packet[TCP].ack + (1 << 30) + distance) % 2**32))
        link.sendall(b"two")
        got = link.recv(10)
        return None if got == b"two" else "after the attack the echo was %r" % got


ALL = [bad_lengths, bad_options, fragments, land, garbage, tiny_segments, blind_resets, zero_windows]
