#!/usr/bin/env python3
"""Reads what an instance tells of itself, written from Protocols/Telemetry/SPEC.md alone.

  reader.py stream SOCKET [HZ] [SECONDS]   ask the agent on a unix socket, follow its frames
  reader.py ram FILE                       look through an image of the instance's memory

Prints one JSON object: entries by name, each with its kind and value or rows; for a stream also
what happened on the link. The independent witness of the tests, and an example of a client.
"""

import json
import mmap
import socket
import struct
import sys
import time

MAGIC = b"PORTHOLE"


class Unreadable(Exception):
    pass


class Memory:
    """Memory by bytes, on top of words or of an image."""

    def number(self, address, width=8):
        return int.from_bytes(self.bytes(address, width), "little")


class Image(Memory):
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def bytes(self, address, count):
        if address + count > len(self.data):
            raise Unreadable(hex(address))
        return self.data[address : address + count]

    def root(self):
        for address in range(0, len(self.data), 4096):
            if self.data[address : address + 8] == MAGIC:
                if self.number(address + 72) == address:
                    return address
        raise Unreadable("no root block")


class Copy(Memory):
    """What frames have told."""

    def __init__(self):
        self.words = {}
        self.expected = 0
        self.lost = 0
        self.snapshot = False
        self.true = False
        self.rounds = 0
        self.frames = []

    def bytes(self, address, count):
        result = b""
        first = address & ~7
        for word in range(first, address + count, 8):
            if word not in self.words:
                raise Unreadable(hex(word))
            result += struct.pack("<Q", self.words[word])
        return result[address - first : address - first + count]

    def root(self):
        for address, word in self.words.items():
            if address % 4096 == 0 and struct.pack("<Q", word) == MAGIC:
                return address
        raise Unreadable("no root block")

    def received(self, frame):
        at = 1

        def varint():
            nonlocal at
            value = shift = 0
            while True:
                byte = frame[at]
                at += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    return value

        def zigzag():
            value = varint()
            return value >> 1 if value & 1 == 0 else -(value >> 1) - 1

        number, self.time, self.skipped, self.unkept = varint(), varint(), varint(), varint()
        if number != self.expected:
            self.lost += number - self.expected
            self.true = self.snapshot = False
        self.expected = number + 1
        if frame[0] & 1:
            self.snapshot = True
            self.fresh = set()
        word = 0
        while at < len(frame):
            word += zigzag()
            head = frame[at]
            at += 1
            for _ in range((head & 63) + 1):
                mode, address = head >> 6, word * 8 % 2**64
                if mode == 0:
                    assert not self.snapshot or address in self.fresh, "a difference to nothing"
                    value = (self.words.get(address, 0) + zigzag()) % 2**64
                elif mode == 1:
                    value = int.from_bytes(frame[at : at + 8], "little")
                    at += 8
                else:
                    value = varint()
                self.words[address] = value
                if self.snapshot:
                    self.fresh.add(address)
                word += 1
        self.frames.append((self.time, len(frame), frame[0]))
        if frame[0] & 2:
            self.true = self.true or self.snapshot
            self.snapshot = False
            self.rounds += 1
            return self.true
        return False


KINDS = ["", "counter", "gauge", "histogram", "table", "ring", "list", "text"]


def text(memory, address, count):
    return memory.bytes(address, min(count, 4096)).decode("utf-8", "replace")


def histogram(memory, at):
    counts, first, size, maximum, total = struct.unpack("<QQQQQ", memory.bytes(at, 40))
    assert size <= 496, size
    buckets = struct.unpack("<%dI" % size, memory.bytes(counts, 4 * size))
    result = {"count": sum(buckets), "maximum": maximum, "total": total}
    for name, share in (("p50", 500), ("p99", 990)):
        result[name] = quantile(buckets, first, maximum, share)
    return result


def quantile(buckets, first, maximum, share):
    left = max(-(-sum(buckets) * share // 1000), 1)
    for place, count in enumerate(buckets):
        if count >= left:
            bucket = first + place
            if bucket < 16:
                return min(bucket, maximum)
            shift = bucket // 8 - 1
            return min(((bucket % 8 + 8) << shift) + (1 << shift) // 2, maximum)
        left -= count
    return maximum


def scalar(memory, at, width, kind):
    value = memory.number(at, width)
    if kind == 2 and value >> (8 * width - 1):
        value -= 1 << (8 * width)
    return bool(value) if kind == 13 else value


class Field:
    def __init__(self, memory, at):
        name, length, self.kind, self.unit, self.offset, self.width, self.extra, self.number = (
            struct.unpack("<QHBBHHQI", memory.bytes(at, 28))
        )
        self.name = text(memory, name, length)

    def value(self, memory, row):
        at = row + self.offset
        if self.kind == 4:
            return text(memory, memory.number(at), memory.number(at + 8))
        if self.kind == 5:
            return text(memory, at, min(memory.number(row + self.number, 1), self.width))
        if self.kind == 8:
            value = memory.number(at, self.width)
            if value >= self.number:
                return value
            name = self.extra + 16 * value
            return text(memory, memory.number(name), memory.number(name + 8))
        if self.kind == 9:
            return histogram(memory, at)
        if self.kind == 12:
            chain = struct.unpack("<%dQ" % (self.width // 8), memory.bytes(at, self.width))
            return list(chain[: chain.index(0)] if 0 in chain else chain)
        return scalar(memory, at, self.width, self.kind)


def is_whole(memory, fields, row, number):
    for field in fields:
        if field.kind == 10 and memory.number(row + field.offset) != number:
            return False
        if field.kind == 11:
            end = field.offset + 4
            for other in fields:
                if other.kind == 5:
                    end = other.offset + memory.number(row + other.number, 1)
            sum32 = 0x811C9DC5
            for byte in memory.bytes(row + field.offset + 4, end - field.offset - 4):
                sum32 = (sum32 ^ byte) * 0x01000193 % 2**32
            if sum32 != memory.number(row + field.offset, 4):
                return False
    return True


class Entry:
    def __init__(self, memory, at, field_stride):
        self.memory = memory
        name, length, kind, self.unit, self.flags, fields, self.address, described = (
            struct.unpack("<QHBBHHQQ", memory.bytes(at, 32))
        )
        self.count_at, self.capacity, self.stride, self.type = struct.unpack(
            "<QIIB", memory.bytes(at + 32, 17)
        )
        self.name, self.kind = text(memory, name, length), KINDS[kind]
        self.fields = [Field(memory, described + i * field_stride) for i in range(fields)]

    def count(self):
        return self.memory.number(self.count_at) if self.count_at else self.capacity

    def row(self, at):
        result = {field.name: field.value(self.memory, at) for field in self.fields}
        result["@"] = at
        return result

    def value(self):
        memory = self.memory
        base = memory.number(self.address) if self.flags & 2 else self.address
        if base == 0:
            return None
        if self.kind in ("counter", "gauge"):
            return scalar(memory, base, self.stride, self.type)
        if self.kind == "histogram":
            return histogram(memory, base)
        if self.kind == "text":
            return text(memory, base, self.count())
        if self.kind == "table":
            places = [base + i * self.stride for i in range(min(self.count(), self.capacity))]
            if self.flags & 1:
                places = [place for place in map(memory.number, places) if place]
            return [self.row(place) for place in places]
        if self.kind == "list":
            rows, place = [], memory.number(base)
            while place and len(rows) < self.capacity:
                rows.append(self.row(place))
                place = memory.number(place + self.stride)
            return rows
        rows, latest = [], self.count()
        for number in range(max(latest - self.capacity, 0) + 1, latest + 1):
            place = base + number % self.capacity * self.stride
            try:
                if is_whole(memory, self.fields, place, number):
                    rows.append(self.row(place))
            except Unreadable:
                pass
        return rows


def read(memory, address):
    """All entries as [name, kind, value]; several may bear one name."""
    while True:
        version, size = struct.unpack("<II", memory.bytes(address + 8, 8))
        assert version == 1 and size >= 128
        generation, entries, count, stride, field_stride, machine = struct.unpack(
            "<QQIIII", memory.bytes(address + 16, 32)
        )
        if generation & 1:
            time.sleep(0.01)
            continue
        found = [Entry(memory, entries + i * stride, field_stride) for i in range(count)]
        if memory.number(address + 16) == generation:
            break
    build = memory.bytes(memory.number(address + 48), memory.number(address + 56, 4)).hex()
    result = []
    for entry in found:
        try:
            result.append([entry.name, entry.kind, entry.value()])
        except Unreadable as missing:
            result.append([entry.name, entry.kind, "unreadable %s" % missing])
    return {"machine": machine, "buildID": build, "root": address, "entries": result}


class Link:
    """As much of the GDB remote protocol as it takes."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.pending = b""

    def send(self, data):
        self.socket.sendall(b"$%s#%02x" % (data, sum(data) % 256))

    def packet(self, deadline):
        """The next packet or notification as (mark, data); None when time is up."""
        while True:
            begin = min((i for i in map(self.pending.find, (b"$", b"%")) if i >= 0), default=-1)
            end = self.pending.find(b"#", begin)
            if begin >= 0 and 0 <= end <= len(self.pending) - 3:
                mark, raw = self.pending[begin : begin + 1], self.pending[begin + 1 : end]
                assert int(self.pending[end + 1 : end + 3], 16) == sum(raw) % 256, raw
                self.pending = self.pending[end + 3 :]
                if mark == b"$":
                    self.socket.sendall(b"+")
                return mark, unescaped(raw)
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                return None
            if not more:
                raise EOFError("the link has ended")
            self.pending += more

    def ask(self, data, seconds=10):
        self.send(data)
        deadline = time.monotonic() + seconds
        while True:
            answer = self.packet(deadline)
            assert answer is not None, "no answer to %s" % data
            if answer[0] == b"$":
                return answer[1]


def unescaped(raw):
    result, escape = bytearray(), False
    for byte in raw:
        if escape:
            result.append(byte ^ 0x20)
            escape = False
        elif byte == 0x7D:
            escape = True
        else:
            result.append(byte)
    return bytes(result)


def stream(path, hz, seconds):
    link = Link(path)
    assert b"PortholeTelemetry+" in link.ask(b"qSupported")
    root = int(link.ask(b"qPorthole.Root"), 16)
    assert link.ask(b"QPorthole.Telemetry:hz=%d" % hz) == b"OK"
    copy, deadline = Copy(), time.monotonic() + seconds
    first = None
    while True:
        packet = link.packet(deadline)
        if packet is None:
            break
        mark, data = packet
        if mark == b"%" and data.startswith(b"Porthole:"):
            if copy.received(data[9:]) and first is None:
                first = time.monotonic()
    assert copy.true, "no whole snapshot came"
    assert copy.root() == root
    result = read(copy, root)
    assert link.ask(b"QPorthole.Telemetry:hz=0") == b"OK"
    time.sleep(2.5 / hz)
    silence = link.packet(time.monotonic() + 2.5 / hz)
    link.ask(b"D")
    snapshot = next(i for i, frame in enumerate(copy.frames) if frame[2] & 2) + 1
    after = copy.frames[snapshot:]
    span = (after[-1][0] - copy.frames[snapshot - 1][0]) / 1e9 if after else 0
    result["link"] = {
        "frames": len(copy.frames), "rounds": copy.rounds, "lost": copy.lost,
        "skipped": copy.skipped, "unkept": copy.unkept, "words": len(copy.words),
        "snapshotFrames": snapshot, "snapshotBytes": sum(f[1] for f in copy.frames[:snapshot]),
        "bytesPerSecond": round(sum(f[1] + 13 for f in after) / span) if span else 0,
        "hertz": round((copy.rounds - 1) / span, 2) if span else 0,
        "longestFrame": max(f[1] for f in copy.frames), "silent": silence is None,
    }
    return result


def main():
    if len(sys.argv) > 2 and sys.argv[1] == "ram":
        image = Image(sys.argv[2])
        print(json.dumps(read(image, image.root())))
    elif len(sys.argv) > 2 and sys.argv[1] == "stream":
        hz = int(sys.argv[3]) if len(sys.argv) > 3 else 10
        seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 3
        print(json.dumps(stream(sys.argv[2], hz, seconds)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
