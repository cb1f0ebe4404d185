// What neighbours and routers say to each other (RFC 4861, section 4): solicitations, advertisements
// and redirects. Their options are in `NeighbourOptions`.

/// A message of the neighbour discovery protocol.
public enum NeighbourMessage: Equatable, Sendable {
  /// Somebody asks for routers.
  case routerSolicitation
  /// A router tells of itself and its networks.
  case routerAdvertisement(RouterAdvertisement)
  /// Somebody asks for the hardware address of `target`.
  case solicitation(target: IPv6Address)
  /// The owner of `target` tells its hardware address.
  case advertisement(target: IPv6Address, isRouter: Bool, isSolicited: Bool, overrides: Bool)
  /// A router says that `target` is a better way to `destination`.
  case redirect(target: IPv6Address, destination: IPv6Address)

  /// Reads a message whose sum is right: all of a packet's payload. What comes from beyond the link has
  /// been through a router, which its hop limit tells.
  ///
  /// - Returns: the message, and the hardware address that it tells (option 1 or 2).
  public static func parse(
    _ bytes: Span<UInt8>, hopLimit: UInt8
  ) throws(Drop) -> (message: NeighbourMessage, hardware: MACAddress?) {
    guard hopLimit == 255 else { throw .ndpNotOnLink }
    let fixed = try fixedLength(of: bytes)
    var options = NeighbourOptions()
    try options.parse(bytes.extracting(fixed..<bytes.count))
    switch bytes[0] {
    case 133: return (.routerSolicitation, options.sourceHardware)
    case 134:
      let advertisement = RouterAdvertisement(bytes, options)
      return (.routerAdvertisement(advertisement), options.sourceHardware)
    case 135, 136:
      let target = IPv6Address(bytes, 8)
      guard !target.isMulticast else { throw .ndpMalformed }
      guard bytes[0] == 136 else {
        return (.solicitation(target: target), options.sourceHardware)
      }
      return (
        .advertisement(
          target: target, isRouter: bytes[4] & 0x80 != 0, isSolicited: bytes[4] & 0x40 != 0,
          overrides: bytes[4] & 0x20 != 0), options.targetHardware
      )
    default:
      let (target, destination) = (IPv6Address(bytes, 8), IPv6Address(bytes, 24))
      guard !destination.isMulticast, target.isLinkLocal || target == destination else {
        throw .ndpMalformed
      }
      return (.redirect(target: target, destination: destination), options.targetHardware)
    }
  }

  private static func fixedLength(of bytes: Span<UInt8>) throws(Drop) -> Int {
    guard bytes.count >= 8 else { throw .ndpMalformed }
    let length =
      switch bytes[0] {
      case 133: 8
      case 134: 16
      case 135, 136: 24
      case 137: 40
      default: Int.max
      }
    guard length <= bytes.count else { throw .ndpMalformed }
    return length
  }

  /// Bytes of a host's message, with the option that tells its hardware address.
  func length(tellsHardware: Bool) -> Int {
    let fixed =
      switch self {
      case .routerSolicitation, .routerAdvertisement: 8
      case .solicitation, .advertisement, .redirect: 24
      }
    return fixed &+ (tellsHardware ? 8 : 0)
  }

  /// Writes a host's message at `offset`, but for its sum; what only routers say is not written.
  func emit(into bytes: inout MutableSpan<UInt8>, at offset: Int, telling hardware: MACAddress?) {
    var (type, flags, option): (UInt32, UInt32, UInt16) = (133, 0, 1)
    switch self {
    case .solicitation(let target):
      type = 135
      target.emit(into: &bytes, at: offset &+ 8)
    case .advertisement(let target, let isRouter, let isSolicited, let overrides):
      (type, option) = (136, 2)
      flags = (isRouter ? 1 << 31 : 0) | (isSolicited ? 1 << 30 : 0) | (overrides ? 1 << 29 : 0)
      target.emit(into: &bytes, at: offset &+ 8)
    case .routerSolicitation, .routerAdvertisement, .redirect: break
    }
    bytes.store32(offset, type << 24)
    bytes.store32(offset &+ 4, flags)
    guard let hardware else { return }
    let place = offset &+ length(tellsHardware: false)
    bytes.store16(place, option << 8 | 1)
    hardware.emit(into: &bytes, at: place &+ 2)
  }
}

/// What a router tells (section 4.2).
public struct RouterAdvertisement: Equatable, Sendable {
  /// What packets are to begin with; 0: it does not say.
  public var hopLimit: UInt8
  /// How long it is a default router, in seconds; 0: it is none.
  public var lifetime: UInt16
  /// How long a neighbour counts as reachable, in milliseconds; 0: it does not say.
  public var reachableTime: UInt32
  /// The pause between solicitations, in milliseconds; 0: it does not say.
  public var retransmissionTime: UInt32
  /// What the link takes; nil: it does not say.
  public var mtu: UInt32?
  /// The networks on the link, as many as are listened to.
  public var prefixes: [PrefixInformation]

  init(_ bytes: Span<UInt8>, _ options: NeighbourOptions) {
    hopLimit = bytes[4]
    lifetime = bytes.word16(6)
    reachableTime = bytes.word32(8)
    retransmissionTime = bytes.word32(12)
    mtu = options.mtu
    prefixes = options.prefixes
  }
}
