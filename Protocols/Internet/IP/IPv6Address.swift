// Addresses of IPv6 (RFC 4291), and networks of them. Their text is in `IPv6Address+Text`.

/// An address.
public struct IPv6Address: Hashable, Sendable {
  /// Its first 64 bits, the first byte on the wire highest.
  public let high: UInt64
  /// Its last 64 bits.
  public let low: UInt64

  /// The address with these bits.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// ::, no address.
  public static let any = IPv6Address(high: 0, low: 0)
  /// ::1, the host itself.
  public static let loopback = IPv6Address(high: 0, low: 1)
  /// ff02::1, all nodes on the link.
  public static let allNodes = IPv6Address(high: 0xff02 << 48, low: 1)
  /// ff02::2, all routers on the link.
  public static let allRouters = IPv6Address(high: 0xff02 << 48, low: 2)
  /// ff02::16, all routers that take reports of groups (RFC 3810, section 5.2.14).
  public static let allReportRouters = IPv6Address(high: 0xff02 << 48, low: 0x16)

  /// Whether it is a group's (ff00::/8).
  public var isMulticast: Bool { high >> 56 == 0xff }
  /// Whether it means something on one link only (fe80::/10).
  public var isLinkLocal: Bool { high >> 54 == 0xfe80 >> 6 }
  /// Whether it is the host itself, or an IPv4 address in disguise (::ffff:0:0/96): nobody may have
  /// such a one on a wire.
  public var isLocalOnly: Bool { high == 0 && (low == 1 || low >> 32 == 0xffff) }

  /// The group in which a neighbour with this address is asked for (RFC 4291, section 2.7.1).
  public var solicitedNode: IPv6Address {
    IPv6Address(high: 0xff02 << 48, low: 0x0001_ff00_0000 | low & 0xff_ffff)
  }

  /// The hardware address of a group (RFC 2464, section 7).
  public var groupHardware: MACAddress { MACAddress(bits: 0x3333_0000_0000 | low & 0xffff_ffff) }

  init(_ bytes: Span<UInt8>, _ offset: Int) {
    high = UInt64(bytes.word32(offset)) << 32 | UInt64(bytes.word32(offset &+ 4))
    low = UInt64(bytes.word32(offset &+ 8)) << 32 | UInt64(bytes.word32(offset &+ 12))
  }

  func emit(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
    bytes.store32(offset, UInt32(truncatingIfNeeded: high >> 32))
    bytes.store32(offset &+ 4, UInt32(truncatingIfNeeded: high))
    bytes.store32(offset &+ 8, UInt32(truncatingIfNeeded: low >> 32))
    bytes.store32(offset &+ 12, UInt32(truncatingIfNeeded: low))
  }
}

/// An address of an interface, and how many of its bits name the network.
public struct IPv6Network: Hashable, Sendable {
  /// The address; that of a prefix need not be 0 beyond it.
  public let address: IPv6Address
  /// Bits of the network, 0 to 128.
  public let prefixLength: UInt8

  /// The address within its network; a prefix over 128 counts as 128.
  public init(_ address: IPv6Address, prefixLength: UInt8) {
    self.address = address
    self.prefixLength = min(prefixLength, 128)
  }

  /// Whether `other` is on this network.
  public func contains(_ other: IPv6Address) -> Bool {
    (other.high ^ address.high) & Self.mask(prefixLength) == 0
      && (other.low ^ address.low) & Self.mask(prefixLength < 64 ? 0 : prefixLength &- 64) == 0
  }

  private static func mask(_ bits: UInt8) -> UInt64 {
    bits == 0 ? 0 : UInt64.max << UInt64(64 &- min(bits, 64))
  }
}
