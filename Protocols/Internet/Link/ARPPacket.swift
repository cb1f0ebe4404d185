// The address resolution protocol for IPv4 over Ethernet (RFC 826).

/// A request or a reply.
public struct ARPPacket: Equatable, Sendable {
  /// What it is.
  public enum Operation: UInt16, Sendable {
    case request = 1
    case reply = 2
  }

  /// Request or reply.
  public var operation: Operation
  /// The sender's hardware address.
  public var senderHardware: MACAddress
  /// The sender's address; 0.0.0.0 in a probe (RFC 5227).
  public var sender: IPv4Address
  /// The target's hardware address, of no meaning in a request.
  public var targetHardware: MACAddress
  /// The address that is asked for.
  public var target: IPv4Address

  /// Bytes on the wire.
  public static var length: Int { 28 }

  /// A packet to be sent.
  public init(
    _ operation: Operation, from senderHardware: MACAddress, _ sender: IPv4Address,
    to targetHardware: MACAddress, _ target: IPv4Address
  ) {
    self.operation = operation
    self.senderHardware = senderHardware
    self.sender = sender
    self.targetHardware = targetHardware
    self.target = target
  }

  /// Reads a packet: what follows a frame's header.
  public init(parsing bytes: Span<UInt8>) throws(Drop) {
    guard bytes.count >= Self.length, bytes.word16(0) == 1,
      bytes.word16(2) == EtherType.ipv4.rawValue, bytes.word16(4) == 0x0604,
      let operation = Operation(rawValue: bytes.word16(6))
    else { throw .arpMalformed }
    self.operation = operation
    senderHardware = MACAddress(bytes, 8)
    sender = IPv4Address(bits: bytes.word32(14))
    targetHardware = MACAddress(bytes, 18)
    target = IPv4Address(bits: bytes.word32(24))
    // A group never has an address (RFC 1812, section 3.3.2).
    guard !senderHardware.isGroup else { throw .arpMalformed }
  }

  /// Writes the packet at `offset`.
  public func emit(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
    bytes.store16(offset, 1)
    bytes.store16(offset &+ 2, EtherType.ipv4.rawValue)
    bytes.store16(offset &+ 4, 0x0604)
    bytes.store16(offset &+ 6, operation.rawValue)
    senderHardware.emit(into: &bytes, at: offset &+ 8)
    bytes.store32(offset &+ 14, sender.bits)
    targetHardware.emit(into: &bytes, at: offset &+ 18)
    bytes.store32(offset &+ 24, target.bits)
  }
}
