// One address type for both families: what UDP and TCP, which run over either, know of hosts.

/// An address of a host.
public enum IPAddress: Hashable, Sendable {
  case v4(IPv4Address)
  case v6(IPv6Address)

  /// Reads an address of either family; nil for anything else.
  public init?(_ text: some Collection<UInt8>) {
    if let address = IPv4Address(text) {
      self = .v4(address)
    } else if let address = IPv6Address(text) {
      self = .v6(address)
    } else {
      return nil
    }
  }
}

extension IPAddress: CustomStringConvertible {
  /// As its family writes it.
  public var description: String {
    switch self {
    case .v4(let address): address.description
    case .v6(let address): address.description
    }
  }
}

/// An address and a port.
public struct Endpoint: Hashable, Sendable {
  /// The host.
  public var address: IPAddress
  /// The port.
  public var port: UInt16

  /// The port of a host.
  public init(_ address: IPAddress, _ port: UInt16) {
    self.address = address
    self.port = port
  }

  /// The port of a host that speaks IPv4.
  public init(_ address: IPv4Address, _ port: UInt16) { self.init(.v4(address), port) }

  /// The port of a host that speaks IPv6.
  public init(_ address: IPv6Address, _ port: UInt16) { self.init(.v6(address), port) }
}

extension Endpoint: CustomStringConvertible {
  /// `ADDRESS:PORT`, an address of IPv6 in brackets (RFC 5952, section 6).
  public var description: String {
    switch address {
    case .v4(let address): "\(address):\(port)"
    case .v6(let address): "[\(address)]:\(port)"
    }
  }
}
