// m, M, x, X, and what searches and sums memory on the target's side.

internal import Bytes

extension Stub {
  /// `m ADDRESS,COUNT`: as much as can be read, an error if nothing can.
  mutating func readMemory<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var reader = PacketReader(arguments)
    guard let (address, count) = reader.range(), reader.isAtEnd else {
      return replyError(.malformed)
    }
    read(address, min(count, Stub.packetSize / 2 - 4), target)
    guard count == 0 || !scratch.isEmpty else { return replyError(.unreadable) }
    body.clear()
    body.append(hexOf: scratch)
    sendBody()
  }

  /// `x ADDRESS,COUNT`: the same as bytes. gdb wants a `b` before them, lldb does not, and asks
  /// whether the packet is known by reading nothing at 0.
  mutating func readMemoryBinary<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var reader = PacketReader(arguments)
    guard let (address, count) = reader.range(), reader.isAtEnd else {
      return replyError(.malformed)
    }
    if count == 0, address.value == 0 {
      client.insert(.bareBinary)
      return replyOK()
    }
    read(address, min(count, Stub.packetSize / 2 - 4), target)
    guard count == 0 || !scratch.isEmpty else { return replyError(.unreadable) }
    body.clear()
    if !client.contains(.bareBinary) { body.put(Letter.b) }
    body.append(contentsOf: scratch)
    sendBody()
  }

  /// `MultiMemRead:ranges:ADDRESS,COUNT,...;`: how much could be read of each, and the bytes.
  mutating func readRanges<T: StubTarget>(_ arguments: PacketReader, _ target: T) {
    // Read twice: the counts stand before all bytes, and there is one buffer for an answer.
    var room = Stub.packetSize / 2 - 512
    var left = room
    body.clear()
    var reader = arguments
    repeat {
      guard let (address, count) = reader.range(), body.count < 512 else {
        return replyError(.malformed)
      }
      read(address, min(count, left), target)
      left -= scratch.count
      if !body.isEmpty { body.put(Letter.comma) }
      body.append(hex: UInt64(scratch.count))
    } while reader.take(Letter.comma)
    guard reader.take(Letter.semicolon) else { return replyError(.malformed) }
    body.put(Letter.semicolon)
    reader = arguments
    repeat {
      guard let (address, count) = reader.range() else { break }
      read(address, min(count, room), target)
      room -= scratch.count
      body.append(contentsOf: scratch)
    } while reader.take(Letter.comma)
    sendBody()
  }

  /// `M ADDRESS,COUNT:HEX`
  mutating func writeMemory<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: inout T) {
    var reader = PacketReader(arguments)
    guard let (address, count) = reader.range(), reader.take(Letter.colon),
      reader.decodeHex(into: &scratch), scratch.count == count
    else { return replyError(.malformed) }
    guard allows(.write) else { return }
    write(scratch[...], address, &target)
  }

  /// `X ADDRESS,COUNT:BYTES`. A write of nothing asks whether the packet is known.
  mutating func writeMemoryBinary<T: StubTarget>(
    _ arguments: ArraySlice<UInt8>, _ target: inout T
  ) {
    var reader = PacketReader(arguments)
    guard let (address, count) = reader.range(), reader.take(Letter.colon),
      reader.rest.count == count
    else { return replyError(.malformed) }
    if count == 0 { return replyOK() }
    guard allows(.write) else { return }
    write(reader.rest, address, &target)
  }

  /// `qCRC:ADDRESS,COUNT`: the sum that gdb's `compare-sections` compares.
  mutating func sumMemory<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var reader = PacketReader(arguments)
    guard var (address, left) = reader.range(), reader.isAtEnd else {
      return replyError(.malformed)
    }
    var sum: UInt32 = 0xffff_ffff
    while left > 0 {
      let part = min(left, 4096)
      read(address, part, target)
      guard scratch.count == part else { return replyError(.unreadable) }
      for byte in scratch { sum = Stub.crc(sum, byte) }
      address = address.advanced(by: UInt64(part))
      left -= part
    }
    reply { body in
      body.put(Letter.C)
      body.append(hex: UInt64(sum))
    }
  }

  /// `qSearch:memory:ADDRESS;COUNT;PATTERN`
  mutating func searchMemory<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: T) {
    var reader = PacketReader(arguments)
    guard let start = reader.number(), reader.take(Letter.semicolon), let count = reader.number(),
      reader.take(Letter.semicolon), !reader.isAtEnd, reader.rest.count <= 4096
    else { return replyError(.malformed) }
    let pattern = reader.rest
    var offset: UInt64 = 0
    while offset < count, count - offset >= UInt64(pattern.count) {
      // Parts overlap by a pattern less one byte, so that none is missed between two.
      let part = Int(clamping: min(count - offset, 8192))
      read(Address(start &+ offset), part, target)
      if let found = Stub.firstMatch(of: pattern, in: scratch) {
        return reply { body in
          body.append(text: "1,")
          body.append(hex: start &+ offset &+ UInt64(found))
        }
      }
      guard scratch.count == part else { return replyError(.unreadable) }
      guard part == 8192 else { break }
      offset += UInt64(part - pattern.count + 1)
    }
    reply("0")
  }

  private mutating func read<T: StubTarget>(_ address: Address, _ count: Int, _ target: T) {
    scratch.clear()
    target.appendMemory(at: address, count: count, to: &scratch)
  }

  private mutating func write<T: StubTarget>(
    _ bytes: ArraySlice<UInt8>, _ address: Address, _ target: inout T
  ) {
    if target.writeMemory(bytes, at: address) { replyOK() } else { replyError(.unreadable) }
  }

  /// gdb's sum: polynomial 0x04c11db7, most significant bit first, without a final inversion. Half a
  /// byte at a time: a client gives a sum a few seconds, and a whole image is asked for.
  private static func crc(_ sum: UInt32, _ byte: UInt8) -> UInt32 {
    let high = sum << 4 ^ remainders[Int(sum >> 28 ^ UInt32(byte >> 4))]
    return high << 4 ^ remainders[Int(high >> 28 ^ UInt32(byte & 15))]
  }

  private static let remainders: [16 of UInt32] = [
    0x0000_0000, 0x04c1_1db7, 0x0982_3b6e, 0x0d43_26d9, 0x1304_76dc, 0x17c5_6b6b, 0x1a86_4db2,
    0x1e47_5005, 0x2608_edb8, 0x22c9_f00f, 0x2f8a_d6d6, 0x2b4b_cb61, 0x350c_9b64, 0x31cd_86d3,
    0x3c8e_a00a, 0x384f_bdbd,
  ]

  private static func firstMatch(of pattern: ArraySlice<UInt8>, in bytes: [UInt8]) -> Int? {
    guard let first = pattern.first, bytes.count >= pattern.count else { return nil }
    for start in 0...(bytes.count - pattern.count) where bytes[start] == first {
      if bytes[start..<(start + pattern.count)].elementsEqual(pattern) { return start }
    }
    return nil
  }
}
