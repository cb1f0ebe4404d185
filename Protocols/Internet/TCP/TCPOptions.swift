// Options of TCP: maximum segment size (RFC 9293, section 3.7.1), window scale and timestamps (RFC
// 7323), selective acknowledgment (RFC 2018).

/// The timestamps of a segment.
public struct TCPTimestamps: Equatable, Sendable {
  /// The sender's clock.
  public var value: UInt32
  /// The clock of the receiver that the sender has seen last.
  public var echo: UInt32

  /// A pair of timestamps.
  public init(value: UInt32, echo: UInt32) {
    self.value = value
    self.echo = echo
  }
}

/// The options of a segment that are known.
public struct TCPOptions: Equatable, Sendable {
  /// The longest segment that the sender takes.
  public var maximumSegmentSize: UInt16?
  /// By how many bits the sender's windows are to be shifted.
  public var windowScale: UInt8?
  /// Whether the sender takes selective acknowledgments.
  public var permitsSACK = false
  /// The timestamps.
  public var timestamps: TCPTimestamps?
  /// What has arrived beyond what is acknowledged; `sackCount` of them count.
  var sacks = (nothing, nothing, nothing, nothing)
  /// How many selective acknowledgments there are, at most 4.
  public private(set) var sackCount = 0

  /// None at all.
  public init() {}

  public static func == (a: TCPOptions, b: TCPOptions) -> Bool {
    guard
      a.maximumSegmentSize == b.maximumSegmentSize, a.windowScale == b.windowScale,
      a.permitsSACK == b.permitsSACK, a.timestamps == b.timestamps, a.sackCount == b.sackCount
    else { return false }
    for index in 0..<a.sackCount where a.sack(index) != b.sack(index) { return false }
    return true
  }

  /// The `index`th selective acknowledgment.
  public func sack(_ index: Int) -> SequenceRange {
    switch index {
    case 0: sacks.0
    case 1: sacks.1
    case 2: sacks.2
    default: sacks.3
    }
  }

  /// Adds a selective acknowledgment; a fifth is left out.
  public mutating func add(_ range: SequenceRange) {
    switch sackCount {
    case 0: sacks.0 = range
    case 1: sacks.1 = range
    case 2: sacks.2 = range
    case 3: sacks.3 = range
    default: return
    }
    sackCount += 1
  }

  /// Reads options. What is not known is skipped; a length that cannot be is `tcpMalformed`.
  public init(parsing bytes: Span<UInt8>) throws(Drop) {
    var offset = 0
    while offset < bytes.count, bytes[offset] != 0 {
      if bytes[offset] == 1 {
        offset += 1
        continue
      }
      guard offset + 1 < bytes.count else { throw .tcpMalformed }
      let length = Int(bytes[offset + 1])
      guard length >= 2, offset + length <= bytes.count else { throw .tcpMalformed }
      read(bytes[offset], bytes.extracting(offset + 2..<offset + length))
      offset += length
    }
  }

  private mutating func read(_ kind: UInt8, _ value: Span<UInt8>) {
    switch (kind, value.count) {
    case (2, 2): maximumSegmentSize = value.word16(0)
    case (3, 1): windowScale = value[0]
    case (4, 0): permitsSACK = true
    case (5, 8...) where value.count % 8 == 0:
      for index in 0..<value.count / 8 {
        add(
          SequenceRange(
            SequenceNumber(value.word32(index * 8)), SequenceNumber(value.word32(index * 8 + 4))))
      }
    case (8, 8):
      timestamps = TCPTimestamps(value: value.word32(0), echo: value.word32(4))
    default: break
    }
  }

  /// Bytes that they take, a multiple of 4.
  public var length: Int {
    var length = 0
    if maximumSegmentSize != nil { length += 4 }
    if windowScale != nil { length += 4 }
    if timestamps != nil { length += 12 } else if permitsSACK { length += 4 }
    if sackCount > 0 { length += 4 + 8 * sackCount }
    return length
  }

  /// Writes them at `offset`.
  func emit(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
    var offset = offset
    if let maximumSegmentSize {
      bytes.store16(offset, 0x0204)
      bytes.store16(offset + 2, maximumSegmentSize)
      offset += 4
    }
    if let windowScale {
      bytes.store32(offset, 0x0103_0300 | UInt32(windowScale))
      offset += 4
    }
    if let timestamps {
      // In the two bytes that would be padding, as everybody has it.
      bytes.store32(offset, (permitsSACK ? 0x0402_0000 : 0x0101_0000) | 0x080a)
      bytes.store32(offset + 4, timestamps.value)
      bytes.store32(offset + 8, timestamps.echo)
      offset += 12
    } else if permitsSACK {
      bytes.store32(offset, 0x0101_0402)
      offset += 4
    }
    guard sackCount > 0 else { return }
    bytes.store16(offset, 0x0101)
    bytes.store16(offset + 2, 0x0500 | UInt16(truncatingIfNeeded: 2 + 8 * sackCount))
    for index in 0..<sackCount {
      bytes.store32(offset + 4 + index * 8, sack(index).start.value)
      bytes.store32(offset + 8 + index * 8, sack(index).end.value)
    }
  }
}

private let nothing = SequenceRange(SequenceNumber(0), SequenceNumber(0))
