// The DHCP client, with a server's messages put together by hand (RFC 2131, RFC 2132).

import Internet
import Testing

@Suite("DHCP")
struct DHCPTests {
  private let hardware = MACAddress(bits: 0x0200_0000_0007)
  private let start = Moment(microseconds: 1_000_000)

  /// A server's message: type, address, then options as text.
  private func message(_ kind: UInt8, _ transaction: UInt32, _ options: String) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 240)
    bytes.replaceSubrange(0..<3, with: [2, 1, 6])
    bytes.replaceSubrange(
      4..<8, with: (0..<4).map { UInt8(truncatingIfNeeded: transaction >> (24 - 8 * $0)) })
    bytes.replaceSubrange(16..<20, with: [10, 0, 2, 15])
    bytes.replaceSubrange(28..<34, with: [2, 0, 0, 0, 0, 7])
    bytes.replaceSubrange(236..<240, with: [0x63, 0x82, 0x53, 0x63])
    return bytes + [53, 1, kind] + PacketTests.bytes(options) + [255]
  }

  private let usual = "0104ffffff00 03040a000202 0608 0a000203 0a000204 3304 00000e10 36040a000202"

  /// A client, for expectations.
  private final class Client {
    var client: DHCPClient
    init(_ hardware: MACAddress) { client = DHCPClient(hardware: hardware, transaction: 7) }
    func started(_ now: Moment) -> DHCPClient.Effect { client.started(at: now) }
    func received(_ bytes: [UInt8], _ now: Moment) -> DHCPClient.Effect {
      client.received(bytes.span, at: now)
    }
    func expired() -> DHCPClient.Effect { client.timerExpired(at: client.deadline) }
  }

  private func request(_ effect: DHCPClient.Effect) throws -> (DHCPRequest, IPv4Address) {
    switch effect {
    case .send(let request, let server): return (request, server)
    case .lose(let request): return (request, .broadcast)
    default: return try #require(nil as (DHCPRequest, IPv4Address)?, "\(effect)")
    }
  }

  @Test("discover, offer, request, acknowledgment; then renewing, rebinding and losing the address")
  func whole() throws {
    let client = Client(hardware)
    let (discover, everybody) = try request(client.started(start))
    #expect(discover.kind == .discover && everybody == .broadcast)
    #expect(client.client.deadline == start + .seconds(1))
    let number = discover.transaction
    let (asked, _) = try request(client.received(message(2, number, usual), start))
    #expect(asked.kind == .request && asked.wanted?.address == IPv4Address(10, 0, 2, 15))
    #expect(asked.wanted?.server == IPv4Address(10, 0, 2, 2) && asked.current == .any)
    let network = IPv4Network(IPv4Address(10, 0, 2, 15), prefixLength: 24)
    let gateway = IPv4Address(10, 0, 2, 2)
    #expect(
      client.received(message(5, number, usual), start) == .configure(network, gateway: gateway))
    #expect(client.client.nameServers == [IPv4Address(10, 0, 2, 3), IPv4Address(10, 0, 2, 4)])
    #expect(client.client.deadline == start + .seconds(1800))
    let (renewal, server) = try request(client.expired())
    #expect(renewal.current == network.address && renewal.wanted == nil && server == gateway)
    #expect(
      client.received(message(5, number, usual), start + .seconds(1801))
        == .configure(network, gateway: gateway))
    #expect(client.client.deadline == start + .seconds(3601))
    // Nobody answers: the server is asked until 7/8, then everybody, then the address is gone.
    var servers: [IPv4Address] = []
    while true {
      let effect = client.expired()
      servers.append(try request(effect).1)
      if case .lose = effect { break }
      try #require(servers.count < 50)
    }
    #expect(servers.first == gateway && servers.contains(.broadcast))
    #expect(client.client.deadline >= start + .seconds(5401))
  }

  @Test("a refusal begins anew; offers and acknowledgments of nobody or for others are not taken")
  func refusals() throws {
    let client = Client(hardware)
    let (discover, _) = try request(client.started(start))
    let number = discover.transaction
    for wrong in [
      message(2, number &+ 1, usual), message(5, number, usual), message(2, number, "0104ffffff00"),
      Array(message(2, number, usual).dropLast(30)), Array(message(2, number, usual)[..<239]), [],
    ] {
      #expect(client.received(wrong, start) == .nothing)
    }
    _ = client.received(message(2, number, usual), start)
    let (again, _) = try request(client.received(message(6, number, ""), start))
    #expect(again.kind == .discover && again.transaction != number)
  }

  @Test("a request is written as a server reads it")
  func written() {
    var bytes = [UInt8](repeating: 0, count: DHCPRequest.length)
    var span = bytes.mutableSpan
    var request = DHCPRequest(kind: .request, transaction: 0x0102_0304, hardware: hardware)
    request.wanted = (IPv4Address(10, 0, 2, 15), IPv4Address(10, 0, 2, 2))
    request.emit(into: &span)
    #expect(PacketTests.hex(bytes[..<16]) == "01010600010203040000800000000000")
    #expect(PacketTests.hex(bytes[28..<44]) == "02000000000700000000000000000000")
    #expect(
      PacketTests.hex(bytes[236..<264]) == "63825363350103370401030633" + "32040a00020f36040a000202"
        + "ff0000")
  }

  @Test("addresses that people write are read, and what is none is refused")
  func staticAddresses() {
    let both = StaticAddress(Array("10.0.2.15/24,10.0.2.2".utf8))
    #expect(both?.network == IPv4Network(IPv4Address(10, 0, 2, 15), prefixLength: 24))
    #expect(both?.gateway == IPv4Address(10, 0, 2, 2))
    #expect(StaticAddress(Array("10.0.2.15/8".utf8))?.gateway == nil)
    for text in [
      "", "10.0.2.15", "10.0.2.15/33", "10.0.2.15/", "10.0.2.15/24,", "10.0.2.15/24,10.0.3.1",
      "10.0.2.15/24,10.0.2.2,1", "0.0.0.0/0", "224.0.0.1/4", "10.0.2.15/2x",
    ] {
      #expect(StaticAddress(Array(text.utf8)) == nil, "\(text)")
    }
  }

  @Test("name servers that people write are read, and what is none is refused")
  func staticNameServers() {
    let address = IPv4Address(10, 0, 2, 3)
    #expect(StaticNameServers.parse(Array("10.0.2.3".utf8)) == [Endpoint(address, 53)])
    #expect(
      StaticNameServers.parse(Array("10.0.2.3:5353,10.0.2.3,10.0.2.3,1.2.3.4".utf8))
        == [Endpoint(address, 5353), Endpoint(address, 53), Endpoint(address, 53)])
    let other = IPv6Address(high: 0xfd << 56, low: 3)
    #expect(
      StaticNameServers.parse(Array("fd00::3,[fd00::3]:5353,[fd00::3]:53".utf8))
        == [Endpoint(other, 53), Endpoint(other, 5353), Endpoint(other, 53)])
    for text in [
      "", ",", "10.0.2.3,", "10.0.2.3:", "10.0.2.3:0", "10.0.2.3:65536", "a", "0.0.0.0", "::",
      "ff02::1", "[fd00::3]", "[fd00::3]:", "[fd00::3:53", "[10.0.2.3]:53", "[]:53", ":53",
    ] {
      #expect(StaticNameServers.parse(Array(text.utf8)) == nil, "\(text)")
    }
  }
}
