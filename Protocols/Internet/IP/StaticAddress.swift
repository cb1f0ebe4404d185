// An address that a person has written down: ADDRESS/PREFIX[,GATEWAY].

/// An interface's address, network and gateway.
public struct StaticAddress: Equatable, Sendable {
  /// The address in its network.
  public let network: IPv4Network
  /// Who takes packets for other networks.
  public let gateway: IPv4Address?

  /// Reads `10.0.2.15/24` or `10.0.2.15/24,10.0.2.2`; nil for anything else.
  public init?(_ text: [UInt8]) {
    let parts = text.split(separator: 0x2c, omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count) else { return nil }
    let halves = parts[0].split(separator: 0x2f, omittingEmptySubsequences: false)
    guard halves.count == 2, let address = IPv4Address(halves[0]),
      (1...2).contains(halves[1].count)
    else { return nil }
    var prefix: UInt8 = 0
    for digit in halves[1] {
      guard (0x30...0x39).contains(digit) else { return nil }
      prefix = prefix * 10 + (digit - 0x30)
    }
    guard prefix <= 32, address != .any, !address.isMulticast, !address.isLoopback else {
      return nil
    }
    network = IPv4Network(address, prefixLength: prefix)
    guard parts.count == 2 else {
      gateway = nil
      return
    }
    guard let gateway = IPv4Address(parts[1]), network.contains(gateway) else { return nil }
    self.gateway = gateway
  }
}
