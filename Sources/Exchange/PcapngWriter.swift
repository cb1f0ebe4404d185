// Packets as pcapng, which Wireshark, tshark and tcpdump read: one section, one interface of Ethernet.
// (draft-ietf-opsawg-pcapng, sections 4.1 to 4.6)

/// Makes the blocks of a capture file, one after another.
public struct PcapngWriter: Sendable {
  private var first: UInt64?
  private var last: UInt64 = 0
  /// Packets written so far.
  public private(set) var packets: UInt64 = 0

  /// Creates a writer of an empty file.
  public init() {}

  /// The beginning: Section Header Block and Interface Description Block. `name` is what was listened
  /// to, `program` what listened, `filter` what was let through, empty for all.
  public func began(name: String, program: String, filter: String) -> [UInt8] {
    // Byte-order magic, version 1.0, a section of unknown length.
    let section = Self.block(
      0x0a0d_0d0a,
      word(0x1a2b_3c4d) + half(1) + half(0) + double(.max)
        + Self.option(4, Array(program.utf8)) + Self.end)
    var options = Self.option(2, Array(name.utf8))
    // The resolution of times, 10^-6 s, and the filter as it was typed (its first byte 0 says so).
    options += Self.option(9, [6])
    if !filter.isEmpty { options += Self.option(11, [0] + Array(filter.utf8)) }
    // LINKTYPE_ETHERNET; no limit to what is kept of a packet.
    return section + Self.block(1, half(1) + half(0) + word(0) + options + Self.end)
  }

  /// A packet: Enhanced Packet Block.
  public mutating func captured(_ packet: CapturedPacket) -> [UInt8] {
    packets += 1
    if first == nil { first = packet.time }
    last = packet.time
    return Self.block(
      6,
      word(0) + time(packet.time) + word(UInt32(clamping: packet.bytes.count))
        + word(UInt32(clamping: packet.length)) + Self.padded(packet.bytes))
  }

  /// The end: Interface Statistics Block, with how many packets were seen in all.
  public func ended(seen: UInt64) -> [UInt8] {
    var options: [UInt8] = []
    if let first {
      options += Self.option(2, time(first)) + Self.option(3, time(last))
    }
    options += Self.option(4, double(seen)) + Self.option(6, double(packets))
    return Self.block(5, word(0) + time(last) + options + Self.end)
  }

  /// opt_endofopt.
  private static let end: [UInt8] = [0, 0, 0, 0]

  private static func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
    let value = Array(value.prefix(1024))
    return half(code) + half(UInt16(value.count)) + padded(value)
  }

  private static func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
    let length = UInt32(clamping: body.count + 12)
    return word(type) + word(length) + body + word(length)
  }

  private static func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
  }
}

private func half(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xff), UInt8(value >> 8)] }

private func word(_ value: UInt32) -> [UInt8] {
  half(UInt16(value & 0xffff)) + half(UInt16(value >> 16))
}

private func double(_ value: UInt64) -> [UInt8] {
  word(UInt32(value & 0xffff_ffff)) + word(UInt32(value >> 32))
}

/// A time stands with its upper half first.
private func time(_ value: UInt64) -> [UInt8] {
  word(UInt32(value >> 32)) + word(UInt32(value & 0xffff_ffff))
}
