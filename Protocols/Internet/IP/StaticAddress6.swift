// An address of IPv6 that a person has written down: ADDRESS/PREFIX[,GATEWAY].

/// An interface's address, network and gateway.
public struct StaticAddress6: Equatable, Sendable {
  /// The address in its network.
  public let network: IPv6Network
  /// Who takes packets for other networks.
  public let gateway: IPv6Address?

  /// Reads `fd00::2/64` or `fd00::2/64,fe80::1`; nil for anything else.
  public init?(_ text: [UInt8]) {
    let parts = text.split(separator: 0x2c, omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count) else { return nil }
    let halves = parts[0].split(separator: 0x2f, omittingEmptySubsequences: false)
    guard halves.count == 2, let address = IPv6Address(halves[0]),
      (1...3).contains(halves[1].count)
    else { return nil }
    var prefix = 0
    for digit in halves[1] {
      guard (0x30...0x39).contains(digit) else { return nil }
      prefix = prefix * 10 + Int(digit - 0x30)
    }
    guard prefix <= 128, address != .any, !address.isMulticast, !address.isLocalOnly else {
      return nil
    }
    network = IPv6Network(address, prefixLength: UInt8(prefix))
    guard parts.count == 2 else {
      gateway = nil
      return
    }
    guard let gateway = IPv6Address(parts[1]), gateway.isLinkLocal || network.contains(gateway)
    else { return nil }
    self.gateway = gateway
  }
}
