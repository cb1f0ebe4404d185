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

/// Name servers that a person has written down: ADDRESS[:PORT][,...].
public enum StaticNameServers {
  /// Reads `10.0.2.3` or `10.0.2.3,10.0.2.4:5353`, of which three count; nil for anything else. The port is
  /// 53 if none is said.
  public static func parse(_ text: [UInt8]) -> [Endpoint]? {
    var servers: [Endpoint] = []
    for part in text.split(separator: 0x2c, omittingEmptySubsequences: false) {
      let halves = part.split(separator: 0x3a, omittingEmptySubsequences: false)
      guard (1...2).contains(halves.count), let address = IPv4Address(halves[0]), address != .any,
        !address.isMulticast, address != .broadcast
      else { return nil }
      var port = 53
      if halves.count == 2 {
        guard (1...5).contains(halves[1].count) else { return nil }
        port = 0
        for digit in halves[1] {
          guard (0x30...0x39).contains(digit) else { return nil }
          port = port * 10 + Int(digit - 0x30)
        }
      }
      guard (1...65_535).contains(port) else { return nil }
      if servers.count < 3 { servers.append(Endpoint(address, UInt16(port))) }
    }
    return servers
  }
}
