// Memory of all connections together: whatever the peers do, it stays below its bound, and whoever
// waited for it goes on when there is some again.

import Internet
import Testing

@Suite("Memory of connections")
struct MemoryTests {
  static let limit = 64 << 10
  static let size = 20_000

  /// Clients that each send a pattern, to a server that at first reads nothing.
  struct Crowd {
    var wire: Wire
    var clients: [ConnectionID] = []
    var written: [Int] = []
    var servers: [ConnectionID] = []
    var received: [ConnectionID: [UInt8]] = [:]
    var finished = 0
    var reads = false
    /// The most that either end has had.
    var most = 0

    init(_ count: Int) throws {
      wire = Wire { $0.bufferLimit = MemoryTests.limit }
      let isListening = wire.ends[1].listen(80)
      #expect(isListening)
      for _ in 0..<count {
        clients.append(try wire.ends[0].connect(to: Endpoint(Wire.address(1), 80), at: wire.now))
        written.append(0)
      }
    }

    static func byte(_ client: Int, _ place: Int) -> UInt8 {
      UInt8(truncatingIfNeeded: place &* 31 ^ place >> 8 ^ client &* 77)
    }

    /// Goes on for a while, or until every stream has ended.
    mutating func run(_ time: Interval) {
      let end = wire.now + time
      while finished < clients.count {
        serve()
        most = max(most, max(wire.ends[0].bufferMemory, wire.ends[1].bufferMemory))
        guard wire.step(until: end) else { return }
      }
    }

    private mutating func serve() {
      while let event = wire.ends[0].nextEvent() {
        guard let client = clients.firstIndex(of: event.connection),
          !event.signals.isDisjoint(with: [.opened, .writable])
        else { continue }
        write(client)
      }
      while let event = wire.ends[1].nextEvent() {
        if event.signals.contains(.opened) { servers.append(event.connection) }
      }
      guard reads else { return }
      for server in servers { read(server) }
    }

    private mutating func write(_ client: Int) {
      while written[client] < MemoryTests.size {
        let range = written[client]..<min(written[client] + 3000, MemoryTests.size)
        let bytes = range.map { Self.byte(client, $0) }
        let taken = wire.ends[0].write(bytes.span, to: clients[client])
        written[client] += taken
        if taken < bytes.count { return }
      }
      wire.ends[0].finish(clients[client], at: wire.now)
    }

    private mutating func read(_ server: ConnectionID) {
      var bytes = [UInt8](repeating: 0, count: 4096)
      while true {
        var span = bytes.mutableSpan
        let count = wire.ends[1].read(server, into: &span)
        if count == 0 { break }
        received[server, default: []] += bytes[..<count]
      }
      guard wire.ends[1].look(server, { $0.isAtEnd }) == true else { return }
      wire.ends[1].close(server, at: wire.now)
      servers.removeAll { $0 == server }
      finished += 1
    }
  }

  @Test("a crowd whose data nobody reads takes no more than the bound; read, all of it arrives")
  func crowd() throws {
    var crowd = try Crowd(60)
    crowd.run(.seconds(20))
    #expect(crowd.servers.count == 60 && crowd.finished == 0)
    #expect(crowd.wire.ends[1].drops[.tcpNoMemory] > 0)
    crowd.reads = true
    crowd.run(.seconds(600))
    #expect(crowd.most <= Self.limit && crowd.most > Self.limit / 2, "\(crowd.most)")
    #expect(crowd.finished == 60, "\(crowd.finished) at \(crowd.wire.now)")
    let patterns = Set((0..<60).map { client in (0..<Self.size).map { Crowd.byte(client, $0) } })
    #expect(Set(crowd.received.values) == patterns)
    #expect(crowd.wire.complaints == [])
  }

  @Test("memory of data beyond a gap is taken back when others want it")
  func pruned() throws {
    var crowd = try Crowd(2)
    // The first client's first segment with data is lost for ever; the rest of it waits beyond the gap.
    var isFirst = true
    var lost: [UInt8] = []
    crowd.wire.filter = { end, frame in
      guard end == 0, frame.count > 200 else { return true }
      if isFirst { (isFirst, lost) = (false, Array(frame[34..<42])) }
      return Array(frame[34..<42]) != lost
    }
    crowd.reads = true
    crowd.run(.seconds(1))
    let before = crowd.wire.ends[1].bufferMemory
    #expect(before > 0)
    crowd.wire.ends[1].relieveMemory(at: crowd.wire.now)
    #expect(crowd.wire.ends[1].bufferMemory == 0)
    crowd.wire.filter = { _, _ in true }
    crowd.run(.seconds(600))
    #expect(crowd.finished == 2)
    #expect(crowd.received.values.allSatisfy { $0.count == Self.size })
  }
}
