// Name servers that a person has written down: ADDRESS[:PORT][,...], an address of IPv6 with a port in
// brackets.

/// Name servers as text.
public enum StaticNameServers {
  /// Reads `10.0.2.3`, `10.0.2.3,10.0.2.4:5353` or `fd00::3,[fd00::4]:5353`, of which three count; nil for
  /// anything else. The port is 53 if none is said.
  public static func parse(_ text: [UInt8]) -> [Endpoint]? {
    var servers: [Endpoint] = []
    for part in text.split(separator: 0x2c, omittingEmptySubsequences: false) {
      guard let server = server(part) else { return nil }
      if servers.count < 3 { servers.append(server) }
    }
    return servers
  }

  private static func server(_ text: ArraySlice<UInt8>) -> Endpoint? {
    if let address = IPAddress(text) { return isHost(address) ? Endpoint(address, 53) : nil }
    guard let colon = text.lastIndex(of: 0x3a), let port = port(text[(colon + 1)...]) else {
      return nil
    }
    var host = text[..<colon]
    if host.first == 0x5b, host.last == 0x5d, host.count > 2 {
      host = host.dropFirst().dropLast()
      guard IPv4Address(host) == nil else { return nil }
    } else if IPv4Address(host) == nil {
      return nil
    }
    guard let address = IPAddress(host), isHost(address) else { return nil }
    return Endpoint(address, port)
  }

  private static func isHost(_ address: IPAddress) -> Bool {
    switch address {
    case .v4(let address): address != .any && !address.isMulticast && address != .broadcast
    case .v6(let address): address != .any && !address.isMulticast
    }
  }

  private static func port(_ text: ArraySlice<UInt8>) -> UInt16? {
    guard (1...5).contains(text.count) else { return nil }
    var port = 0
    for digit in text {
      guard (0x30...0x39).contains(digit) else { return nil }
      port = port * 10 + Int(digit - 0x30)
    }
    return port == 0 ? nil : UInt16(exactly: port)
  }
}
