// Messages of DHCP for IPv4 (RFC 2131, section 2; options: RFC 2132), as a client writes and reads
// them.

/// What a message says (RFC 2132, section 9.6).
public enum DHCPKind: UInt8, Sendable {
  case discover = 1
  case offer
  case request
  case decline
  case acknowledge
  case refuse
  case release
}

/// What a client needs of a server's message.
public struct DHCPAnswer: Equatable, Sendable {
  /// What it says.
  public var kind: DHCPKind
  /// The address that is offered or given.
  public var address: IPv4Address
  /// Bits of the network; nil if it does not say.
  public var prefixLength: UInt8?
  /// The first router.
  public var router: IPv4Address?
  /// The name servers, the first three at most.
  public var nameServers: [IPv4Address] = []
  /// The server.
  public var server: IPv4Address?
  /// How long the address may be used, in seconds.
  public var lease: UInt32?

  private static var cookie: UInt32 { 0x6382_5363 }

  /// Reads a message; nil if it is no answer to `transaction` of this hardware address.
  public init?(parsing bytes: Span<UInt8>, transaction: UInt32, hardware: MACAddress) {
    guard bytes.count >= 240, bytes[0] == 2, bytes[1] == 1, bytes[2] == 6,
      bytes.word32(4) == transaction, MACAddress(bytes, 28) == hardware,
      bytes.word32(236) == Self.cookie
    else { return nil }
    kind = .decline
    address = IPv4Address(bits: bytes.word32(16))
    var found: DHCPKind?
    var offset = 240
    while offset < bytes.count, bytes[offset] != 255 {
      if bytes[offset] == 0 {
        offset += 1
        continue
      }
      guard offset + 1 < bytes.count else { return nil }
      let length = Int(bytes[offset + 1])
      guard offset + 2 + length <= bytes.count else { return nil }
      let value = bytes.extracting(offset + 2..<offset + 2 + length)
      if bytes[offset] == 53, length == 1 { found = DHCPKind(rawValue: value[0]) }
      read(bytes[offset], value)
      offset += 2 + length
    }
    guard let found else { return nil }
    kind = found
  }

  private mutating func read(_ option: UInt8, _ value: Span<UInt8>) {
    guard value.count >= 4 else { return }
    let word = value.word32(0)
    switch option {
    case 1:
      // Ones, then zeros; anything else is no mask.
      let ones = (~word).leadingZeroBitCount
      if ones == 32 || word << UInt32(ones) == 0 { prefixLength = UInt8(ones) }
    case 3: router = IPv4Address(bits: word)
    case 6:
      nameServers = []
      for offset in stride(from: 0, through: min(value.count, 12) - 4, by: 4) {
        nameServers.append(IPv4Address(bits: value.word32(offset)))
      }
    case 51: lease = word
    case 54: server = IPv4Address(bits: word)
    default: break
    }
  }
}

/// A client's message.
public struct DHCPRequest: Equatable, Sendable {
  /// What it says.
  public var kind: DHCPKind
  /// The number that the answer repeats.
  public var transaction: UInt32
  /// The client's hardware address.
  public var hardware: MACAddress
  /// The address that it has and wants to keep; 0.0.0.0 while it has none.
  public var current = IPv4Address.any
  /// The address that it asks for, and the server that has offered it.
  public var wanted: (address: IPv4Address, server: IPv4Address)?

  /// A message of a client that has no address and wants none in particular.
  public init(kind: DHCPKind, transaction: UInt32, hardware: MACAddress) {
    self.kind = kind
    self.transaction = transaction
    self.hardware = hardware
  }

  public static func == (a: DHCPRequest, b: DHCPRequest) -> Bool {
    a.kind == b.kind && a.transaction == b.transaction && a.hardware == b.hardware
      && a.current == b.current && a.wanted?.address == b.wanted?.address
      && a.wanted?.server == b.wanted?.server
  }

  /// Bytes of every message: some servers want as many as BOOTP had.
  public static var length: Int { 300 }

  /// Writes the message; all else of its `length` bytes must be 0.
  public func emit(into bytes: inout MutableSpan<UInt8>) {
    bytes[0] = 1
    bytes[1] = 1
    bytes[2] = 6
    bytes.store32(4, transaction)
    // Who has no address hears only what is sent to all (section 4.1).
    if current == .any { bytes.store16(10, 0x8000) }
    bytes.store32(12, current.bits)
    hardware.emit(into: &bytes, at: 28)
    bytes.store32(236, 0x6382_5363)
    bytes[240] = 53
    bytes[241] = 1
    bytes[242] = kind.rawValue
    // What is asked for: mask, router, name server, lease.
    bytes.store32(243, 0x3704_0103)
    bytes.store16(247, 0x0633)
    var offset = 249
    if let wanted {
      bytes.store16(offset, 0x3204)
      bytes.store32(offset + 2, wanted.address.bits)
      bytes.store16(offset + 6, 0x3604)
      bytes.store32(offset + 8, wanted.server.bits)
      offset += 12
    }
    bytes[offset] = 255
  }
}
