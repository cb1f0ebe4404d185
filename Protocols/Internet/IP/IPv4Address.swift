// Addresses of IPv4, and the network that an interface is on.

/// An address.
public struct IPv4Address: Hashable, Sendable {
  /// The address, its first byte on the wire highest.
  public let bits: UInt32

  /// The address with these bits.
  public init(bits: UInt32) { self.bits = bits }

  /// The address a.b.c.d.
  public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
    bits = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
  }

  /// 0.0.0.0: this host, before it has an address; or any of its addresses.
  public static let any = IPv4Address(bits: 0)
  /// 255.255.255.255: all hosts of the network that a packet is sent on.
  public static let broadcast = IPv4Address(bits: .max)

  /// Whether it is a group's (224.0.0.0/4).
  public var isMulticast: Bool { bits >> 28 == 14 }
  /// Whether it is the host's own (127.0.0.0/8).
  public var isLoopback: Bool { bits >> 24 == 127 }

  /// Reads `a.b.c.d` in decimal, without leading zeros; nil for anything else.
  public init?(_ text: some Sequence<UInt8>) {
    var (bits, part, digits, parts): (UInt32, UInt32, Int, Int) = (0, 0, 0, 1)
    for byte in text {
      switch byte {
      case 0x30...0x39:
        guard digits < 3, digits == 0 || part > 0 else { return nil }
        part = part * 10 + UInt32(byte &- 0x30)
        digits += 1
        guard part <= 255 else { return nil }
      case 0x2e:
        guard digits > 0, parts < 4 else { return nil }
        bits = bits << 8 | part
        (part, digits) = (0, 0)
        parts += 1
      default: return nil
      }
    }
    guard parts == 4, digits > 0 else { return nil }
    self.init(bits: bits << 8 | part)
  }
}

/// An address of an interface, and how many of its bits name the network.
public struct IPv4Network: Hashable, Sendable {
  /// The interface's address.
  public var address: IPv4Address
  /// Bits of the network, 0 to 32.
  public let prefixLength: UInt8

  /// The address within its network; a prefix over 32 counts as 32.
  public init(_ address: IPv4Address, prefixLength: UInt8) {
    self.address = address
    self.prefixLength = min(prefixLength, 32)
  }

  /// Whether `other` is on this network.
  public func contains(_ other: IPv4Address) -> Bool {
    (other.bits ^ address.bits) & ~hosts == 0
  }

  /// The address of all hosts of the network; there is none on networks of one or two.
  public var broadcast: IPv4Address? {
    prefixLength >= 31 ? nil : IPv4Address(bits: address.bits | hosts)
  }

  /// The bits that tell hosts apart.
  private var hosts: UInt32 { prefixLength >= 32 ? 0 : UInt32.max >> UInt32(prefixLength) }
}

extension IPv4Address: CustomStringConvertible {
  /// `a.b.c.d`.
  public var description: String {
    "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
  }
}
