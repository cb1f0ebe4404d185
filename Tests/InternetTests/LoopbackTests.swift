// An interface that leads back to itself: what it sends is handed to it again.

import Internet
import Testing

@Suite("Loopback")
struct LoopbackTests {
  private static let home = IPv4Address(127, 0, 0, 1)

  private static func stack() -> Stack {
    var configuration = StackConfiguration(hardware: MACAddress(bits: 0))
    configuration.network = IPv4Network(home, prefixLength: 8)
    configuration.isLoopback = true
    return Stack(configuration, secret: (3, 4))
  }

  /// Hands the stack what it sends, until it has nothing more; returns the datagrams.
  private static func turn(_ stack: inout Stack, at now: Moment) -> [[UInt8]] {
    var datagrams: [[UInt8]] = []
    var frame = [UInt8](repeating: 0, count: 1518)
    while true {
      var span = frame.mutableSpan
      let count = stack.transmit(into: &span, at: now)
      guard count > 0 else { return datagrams }
      if case .datagram(let datagram) = stack.received(
        frame.span.extracting(0..<count), at: now)
      {
        datagrams.append(Array(frame[datagram.data]))
      }
    }
  }

  @Test(
    "a connection to itself carries data both ways, and a datagram arrives",
    arguments: [
      (IPAddress.v4(home), IPAddress.v4(IPv4Address(127, 1, 2, 3))),
      (.v6(.loopback), .v6(.loopback)),
    ])
  func itself(_ home: IPAddress, _ other: IPAddress) throws {
    let target = other
    var (stack, now) = (Self.stack(), Moment(microseconds: 77_000_000))
    let isListening = stack.listen(80)
    #expect(isListening)
    let client = try stack.connect(to: Endpoint(home, 80), at: now)
    _ = Self.turn(&stack, at: now)
    var server: ConnectionID?
    while let event = stack.nextEvent() {
      if event.listener == 80, event.signals == .opened { server = event.connection }
    }
    let other = try #require(server)
    let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for (from, to) in [(client, other), (other, client)] {
      let taken = stack.write(bytes.span, to: from)
      #expect(taken == bytes.count)
      _ = Self.turn(&stack, at: now)
      var got = [UInt8](repeating: 0, count: 30_000)
      var span = got.mutableSpan
      let count = stack.read(to, into: &span)
      #expect(Array(got[..<count]) == bytes)
    }
    let bound = stack.bind(9)
    try stack.send([1, 2, 3].span, from: 8, to: Endpoint(target, 9), at: now)
    #expect(bound == 9 && Self.turn(&stack, at: now) == [[1, 2, 3]])
    stack.finish(client, at: now)
    stack.finish(other, at: now)
    now = now + .seconds(1)
    _ = Self.turn(&stack, at: now)
    let states = [client, other].map { stack.connection($0)?.state }
    #expect(states.contains(.timeWait) && stack.drops.total == 0, "\(states)")
    #expect(throws: Drop.noRoute) { try Self.connects(.v4(IPv4Address(10, 0, 0, 1))) }
    #expect(throws: Drop.noRoute) { try Self.connects(.v6(IPv6Tests.peer)) }
  }

  private static func connects(_ address: IPAddress) throws {
    var stack = stack()
    _ = try stack.connect(to: Endpoint(address, 80), at: Moment(microseconds: 0))
  }
}
