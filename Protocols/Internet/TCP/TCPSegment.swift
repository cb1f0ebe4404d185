// A segment's header (RFC 9293, section 3.1).

/// The control bits of a segment.
public struct TCPFlags: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// No more data from the sender.
  public static let finish = TCPFlags(rawValue: 1)
  /// Synchronizes sequence numbers.
  public static let synchronize = TCPFlags(rawValue: 2)
  /// Ends the connection at once.
  public static let reset = TCPFlags(rawValue: 4)
  /// Asks the receiver to hand its data on.
  public static let push = TCPFlags(rawValue: 8)
  /// The acknowledgment number is valid.
  public static let acknowledge = TCPFlags(rawValue: 16)
}

/// A segment without its data.
public struct TCPSegment: Equatable, Sendable {
  /// Whence.
  public var source: UInt16 = 0
  /// Whither.
  public var destination: UInt16 = 0
  /// The number of the first octet, or of SYN.
  public var sequence: SequenceNumber
  /// What the sender expects next; valid with flag `acknowledge`.
  public var acknowledgment = SequenceNumber(0)
  /// The control bits.
  public var flags: TCPFlags
  /// The window, not scaled.
  public var window: UInt16 = 0
  /// The options.
  public var options = TCPOptions()
  /// Where the data begins, from the start of the header.
  public var headerLength = 20
  /// Bytes of data.
  public var payloadLength = 0

  /// A segment to be sent.
  public init(
    _ flags: TCPFlags, _ sequence: SequenceNumber, acknowledgment: SequenceNumber? = nil
  ) {
    self.sequence = sequence
    self.flags = flags
    guard let acknowledgment else { return }
    self.acknowledgment = acknowledgment
    self.flags.insert(.acknowledge)
  }

  /// How much of the sequence space it takes: data, SYN and FIN.
  public var length: Int {
    payloadLength &+ (flags.contains(.synchronize) ? 1 : 0) &+ (flags.contains(.finish) ? 1 : 0)
  }

  /// The number after its last.
  public var end: SequenceNumber { sequence + length }

  /// Where in the segment the data is.
  public var payload: Range<Int> { headerLength..<headerLength &+ payloadLength }

  /// Reads a segment: the whole of a packet's payload.
  public init(
    parsing bytes: Span<UInt8>, from source: IPAddress, to destination: IPAddress
  ) throws(Drop) {
    guard bytes.count >= 20 else { throw .tcpMalformed }
    headerLength = Int(bytes[12] >> 4) &* 4
    guard headerLength >= 20, headerLength <= bytes.count else { throw .tcpMalformed }
    var sum = Checksum(from: source, to: destination, .tcp, length: bytes.count)
    sum.add(bytes)
    guard sum.value == 0 else { throw .tcpChecksum }
    self.source = bytes.word16(0)
    self.destination = bytes.word16(2)
    sequence = SequenceNumber(bytes.word32(4))
    acknowledgment = SequenceNumber(bytes.word32(8))
    flags = TCPFlags(rawValue: bytes[13] & 0x1f)
    window = bytes.word16(14)
    payloadLength = bytes.count &- headerLength
    guard self.source != 0, self.destination != 0 else { throw .tcpMalformed }
    options = try TCPOptions(parsing: bytes.extracting(20..<headerLength))
  }

  /// Writes the header at `offset` in front of the data, which is there already, where
  /// `offset + 20 + options.length` is.
  public func emit(
    into bytes: inout MutableSpan<UInt8>, at offset: Int, from source: IPAddress,
    to destination: IPAddress
  ) {
    let header = 20 &+ options.length
    let length = header &+ payloadLength
    bytes.store16(offset, self.source)
    bytes.store16(offset &+ 2, self.destination)
    bytes.store32(offset &+ 4, sequence.value)
    bytes.store32(offset &+ 8, flags.contains(.acknowledge) ? acknowledgment.value : 0)
    bytes[offset &+ 12] = UInt8(truncatingIfNeeded: header / 4) << 4
    bytes[offset &+ 13] = flags.rawValue
    bytes.store16(offset &+ 14, window)
    bytes.store32(offset &+ 16, 0)
    options.emit(into: &bytes, at: offset &+ 20)
    var sum = Checksum(from: source, to: destination, .tcp, length: length)
    sum.add(bytes.span.extracting(offset..<offset &+ length))
    bytes.store16(offset &+ 16, sum.value)
  }
}
