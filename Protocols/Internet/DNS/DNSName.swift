// Names of the domain name system (RFC 1035, section 3.1), as they stand in messages.

/// A name, absolute. Names that differ in the case of ASCII letters are the same (RFC 4343).
public struct DNSName: Hashable, Sendable {
  /// The labels, each after its length, with the root's empty one last; letters are small.
  public let wire: [UInt8]

  /// Bytes of the longest name, and of the longest label (section 2.3.4).
  public static var limit: Int { 255 }
  static var labelLimit: Int { 63 }
  /// Compression pointers that are followed in one name.
  private static var jumpLimit: Int { 64 }

  /// Reads `www.example.org`, with or without a dot at the end; nil if a label is empty or too long,
  /// the whole is too long, or a byte is none of a host's name (letters, digits, `-`, `_`).
  public init?(_ text: some Collection<UInt8>) {
    var wire: [UInt8] = []
    var label: [UInt8] = []
    for byte in text {
      switch byte {
      case 0x2e:
        guard !label.isEmpty else { return nil }
        wire.append(UInt8(truncatingIfNeeded: label.count))
        wire += label
        label = []
        continue
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f: label.append(Self.small(byte))
      default: return nil
      }
      guard label.count <= Self.labelLimit, wire.count < Self.limit else { return nil }
    }
    if !label.isEmpty {
      wire.append(UInt8(truncatingIfNeeded: label.count))
      wire += label
    }
    guard !wire.isEmpty, wire.count < Self.limit else { return nil }
    self.wire = wire + [0]
  }

  /// Reads the name at `offset` of a message, which moves behind it. Pointers (section 4.1.4) lead
  /// backwards only, so that none can lead in a circle.
  public init(parsing message: Span<UInt8>, at offset: inout Int) throws(Drop) {
    var wire: [UInt8] = []
    var (place, floor, jumps) = (offset, offset, 0)
    var end: Int?
    while true {
      guard place < message.count else { throw .dnsMalformed }
      let length = Int(message[place])
      switch length >> 6 {
      case 0:
        guard place + 1 + length <= message.count, wire.count + 1 + length <= Self.limit else {
          throw .dnsMalformed
        }
        wire.append(message[place])
        for index in place + 1..<place + 1 + length { wire.append(Self.small(message[index])) }
        place += 1 + length
        guard length == 0 else { continue }
        offset = end ?? place
        self.wire = wire
        return
      case 3:
        guard place + 2 <= message.count else { throw .dnsMalformed }
        let target = Int(message.word16(place) & 0x3fff)
        jumps += 1
        guard target < floor, jumps <= Self.jumpLimit else { throw .dnsMalformed }
        end = end ?? place + 2
        (place, floor) = (target, target)
      default: throw .dnsMalformed
      }
    }
  }

  private static func small(_ byte: UInt8) -> UInt8 {
    (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
  }

  /// Whether it is `localhost` or below (RFC 6761, section 6.3): this machine, whatever a server says.
  public var isLocalhost: Bool {
    let end: [UInt8] = [9, 0x6c, 0x6f, 0x63, 0x61, 0x6c, 0x68, 0x6f, 0x73, 0x74, 0]
    var offset = 0
    while offset < wire.count, wire[offset] != 0 {
      if wire.count - offset == end.count, wire[offset...].elementsEqual(end) { return true }
      offset += 1 + Int(wire[offset])
    }
    return false
  }
}
