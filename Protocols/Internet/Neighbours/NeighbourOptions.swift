// The options of neighbour discovery (RFC 4861, section 4.6) that matter to a host.

/// A network that a router tells of (section 4.6.2).
public struct PrefixInformation: Equatable, Sendable {
  /// The network.
  public var network: IPv6Network
  /// Whether its hosts are on the link.
  public var isOnLink: Bool
  /// Whether hosts may give themselves addresses in it.
  public var isAutonomous: Bool
  /// Seconds that it is valid; all ones: for ever.
  public var validLifetime: UInt32
  /// Seconds that its addresses are preferred.
  public var preferredLifetime: UInt32
}

/// Options, of which each kind counts once, and prefixes as many as are listened to.
struct NeighbourOptions {
  var sourceHardware: MACAddress?
  var targetHardware: MACAddress?
  var mtu: UInt32?
  var prefixes: [PrefixInformation] = []

  static var prefixLimit: Int { 4 }

  /// An option of length 0 spoils the whole message (section 4.6).
  mutating func parse(_ bytes: Span<UInt8>) throws(Drop) {
    var at = 0
    while at < bytes.count {
      guard at &+ 2 <= bytes.count else { throw .ndpMalformed }
      let length = Int(bytes[at &+ 1]) &* 8
      guard length > 0, at &+ length <= bytes.count else { throw .ndpMalformed }
      switch (bytes[at], length) {
      case (1, 8): sourceHardware = try hardware(bytes, at)
      case (2, 8): targetHardware = try hardware(bytes, at)
      case (3, 32): prefix(bytes, at)
      case (5, 8): mtu = bytes.word32(at &+ 4)
      default: break
      }
      at &+= length
    }
  }

  private func hardware(_ bytes: Span<UInt8>, _ at: Int) throws(Drop) -> MACAddress {
    let address = MACAddress(bytes, at &+ 2)
    guard !address.isGroup else { throw .ndpMalformed }
    return address
  }

  private mutating func prefix(_ bytes: Span<UInt8>, _ at: Int) {
    let address = IPv6Address(bytes, at &+ 16)
    guard prefixes.count < Self.prefixLimit, bytes[at &+ 2] <= 128, !address.isMulticast,
      !address.isLinkLocal
    else { return }
    prefixes.append(
      PrefixInformation(
        network: IPv6Network(address, prefixLength: bytes[at &+ 2]),
        isOnLink: bytes[at &+ 3] & 0x80 != 0, isAutonomous: bytes[at &+ 3] & 0x40 != 0,
        validLifetime: bytes.word32(at &+ 4), preferredLifetime: bytes.word32(at &+ 8)))
  }
}
