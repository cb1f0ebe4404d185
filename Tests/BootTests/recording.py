#!/usr/bin/env python3
"""Reads a recording by Sources/Recordings/SPEC.md alone, and prints what is in it as JSON."""

import collections
import json
import struct
import sys


def fnv(data):
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


data = open(sys.argv[1], "rb").read()
magic, version, nothing = struct.unpack_from("<8sII", data)
assert (magic, version, nothing) == (b"PORTHREC", 1, 0), "header"
place, before, times = 16, 0, []
kinds = collections.Counter()
origin = end = None
samples, latest = 0, 0
while place < len(data):
    size, kind, time = struct.unpack_from("<IBxxxQ", data, place)
    assert size <= 1 << 20 and time >= before, f"chunk at {place}"
    (total,) = struct.unpack_from("<I", data, place + 16 + size)
    assert total == fnv(data[place : place + 16 + size]), f"sum at {place}"
    payload = data[place + 16 : place + 16 + size]
    assert (kind == 1) == (place == 16) and end is None, f"order at {place}"
    if kind == 1:
        origin = json.loads(payload)
        assert origin["schema"] == "porthole.recording/1"
    if kind in (2, 3) and (not times or times[-1] != time):
        assert kind == 2 or times, "nothing to begin with"
        times.append(time)
    if kind == 7:
        address, capacity = struct.unpack_from("<QQ", payload)
        assert address % 8 == 0 and capacity and size % 32 == 16 and time == times[-1], "samples"
        for (number, _, _, _) in struct.iter_unpack("<4Q", payload[16:]):
            assert number > latest, "order of samples"
            samples, latest = samples + 1, number
    if kind == 6:
        end = json.loads(payload)["why"]
    kinds[kind] += 1
    before = time
    place += size + 20
print(json.dumps({"name": origin["name"], "readings": len(times), "first": kinds[2], "samples": samples, "end": end}))
