// A stream of captured packets as QEMU's filter-dump writes it: classic pcap, in this machine's byte
// order, microseconds. (draft-ietf-opsawg-pcap, sections 4 and 5)

/// A packet that was seen on a wire.
public struct CapturedPacket: Sendable, Equatable {
  /// Microseconds since 1970.
  public var time: UInt64
  /// Its bytes, as many of them as were kept.
  public var bytes: [UInt8]
  /// How long it was on the wire.
  public var length: Int

  /// Creates a packet.
  public init(time: UInt64, bytes: [UInt8], length: Int) {
    self.time = time
    self.bytes = bytes
    self.length = length
  }
}

/// Takes bytes of such a stream and gives the packets in them.
public struct PcapStream: Sendable {
  /// More of a packet than this is no packet.
  public static let most = 262_144

  private var pending: [UInt8] = []
  private var hasHeader = false
  /// Whether something came that is no capture; nothing more is taken then.
  public private(set) var isBroken = false
  /// Whether the stream, should it end here, ends within a packet.
  public var isUnfinished: Bool { !pending.isEmpty }

  /// Creates the state at the beginning of a stream.
  public init() {}

  /// Takes what has arrived; returns the packets it completes, in order.
  public mutating func received(_ bytes: some Sequence<UInt8>) -> [CapturedPacket] {
    guard !isBroken else { return [] }
    pending += bytes
    var packets: [CapturedPacket] = []
    var place = 0
    if !hasHeader {
      guard pending.count >= 24 else { return [] }
      // The other byte order, nanoseconds and links that are no Ethernet do not occur.
      guard word(at: 0) == 0xa1b2_c3d4, word(at: 20) & 0xffff == 1 else { return broken() }
      hasHeader = true
      place = 24
    }
    while pending.count - place >= 16 {
      let kept = Int(word(at: place + 8))
      guard kept <= Self.most else {
        isBroken = true
        pending = []
        return packets
      }
      guard pending.count - place - 16 >= kept else { break }
      let start = place + 16
      packets.append(
        CapturedPacket(
          time: UInt64(word(at: place)) * 1_000_000 + UInt64(word(at: place + 4)),
          bytes: Array(pending[start..<start + kept]), length: Int(word(at: place + 12))))
      place = start + kept
    }
    pending.removeFirst(place)
    return packets
  }

  private mutating func broken() -> [CapturedPacket] {
    isBroken = true
    pending = []
    return []
  }

  private func word(at place: Int) -> UInt32 {
    var value: UInt32 = 0
    for index in (0..<4).reversed() { value = value << 8 | UInt32(pending[place + index]) }
    return value
  }
}
