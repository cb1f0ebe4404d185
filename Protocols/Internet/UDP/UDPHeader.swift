// The header of UDP (RFC 768).

/// A header.
public struct UDPHeader: Equatable, Sendable {
  /// Whence.
  public var source: UInt16
  /// Whither.
  public var destination: UInt16
  /// Bytes after the header.
  public var payloadLength: Int

  /// Bytes of the header.
  public static var length: Int { 8 }

  /// A header for a datagram to be sent.
  public init(from source: UInt16, to destination: UInt16, payloadLength: Int) {
    self.source = source
    self.destination = destination
    self.payloadLength = payloadLength
  }

  /// Where in the datagram the payload is.
  public var payload: Range<Int> { Self.length..<Self.length &+ payloadLength }

  /// Reads the header at the start of a packet's payload, and checks the sum if there is one.
  public init(
    parsing bytes: Span<UInt8>, from source: IPAddress, to destination: IPAddress
  ) throws(Drop) {
    guard bytes.count >= Self.length else { throw .udpMalformed }
    let length = Int(bytes.word16(4))
    guard length >= Self.length, length <= bytes.count else { throw .udpMalformed }
    self.source = bytes.word16(0)
    self.destination = bytes.word16(2)
    payloadLength = length &- Self.length
    guard self.destination != 0 else { throw .udpMalformed }
    if bytes.word16(6) == 0 {
      // IPv6 has no other sum that covers the addresses (RFC 8200, section 8.1).
      guard case .v4 = source else { throw .udpChecksum }
      return
    }
    var sum = Checksum(from: source, to: destination, .udp, length: length)
    sum.add(bytes.extracting(0..<length))
    guard sum.value == 0 else { throw .udpChecksum }
  }

  /// Writes the header at `offset` in front of the payload, which is there already.
  public func emit(
    into bytes: inout MutableSpan<UInt8>, at offset: Int, from source: IPAddress,
    to destination: IPAddress
  ) {
    let length = Self.length &+ payloadLength
    bytes.store16(offset, self.source)
    bytes.store16(offset &+ 2, self.destination)
    bytes.store16(offset &+ 4, UInt16(truncatingIfNeeded: length))
    bytes.store16(offset &+ 6, 0)
    var sum = Checksum(from: source, to: destination, .udp, length: length)
    sum.add(bytes.span.extracting(offset..<offset &+ length))
    // 0 stands for no checksum.
    bytes.store16(offset &+ 6, sum.value == 0 ? 0xffff : sum.value)
  }
}
