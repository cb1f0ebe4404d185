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
    /// Those whose data the server leaves where it is for ever.
    var ignored: [ConnectionID] = []
    /// Whether the server sends back what it reads, no more than it can write; and what came back.
    var echoes = false
    var echoed: [[UInt8]] = []
    /// The most that either end has had.
    var most = 0

    init(_ count: Int, limit: Int = MemoryTests.limit) throws {
      wire = Wire { $0.bufferLimit = limit }
      let isListening = wire.ends[1].listen(80)
      #expect(isListening)
      for _ in 0..<count { try join() }
    }

    /// One more client.
    mutating func join() throws {
      clients.append(try wire.ends[0].connect(to: Endpoint(Wire.address(1), 80), at: wire.now))
      written.append(0)
      echoed.append([])
    }

    static func byte(_ client: Int, _ place: Int) -> UInt8 {
      UInt8(truncatingIfNeeded: place &* 31 ^ place >> 8 ^ client &* 77)
    }

    /// Goes on for a while, or until every stream has ended.
    mutating func run(_ time: Interval) {
      let end = wire.now + time
      while !isOver {
        serve()
        most = max(most, max(wire.ends[0].bufferMemory, wire.ends[1].bufferMemory))
        guard wire.step(until: end) else { return }
      }
    }

    private var isOver: Bool {
      finished == clients.count
        && (!echoes || echoed.allSatisfy { $0.count == MemoryTests.size })
    }

    private mutating func serve() {
      while let event = wire.ends[0].nextEvent() {
        guard let client = clients.firstIndex(of: event.connection) else { continue }
        if event.signals.contains(.readable) { echoed[client] += bytes(0, clients[client], 4096) }
        if !event.signals.isDisjoint(with: [.opened, .writable]) { write(client) }
      }
      while let event = wire.ends[1].nextEvent() {
        if event.signals.contains(.opened) { servers.append(event.connection) }
      }
      guard reads else { return }
      for server in servers where !ignored.contains(server) { read(server) }
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

    /// What can be read, in portions.
    private mutating func bytes(_ end: Int, _ id: ConnectionID, _ portion: Int) -> [UInt8] {
      var (all, buffer) = ([UInt8](), [UInt8](repeating: 0, count: portion))
      while true {
        var span = buffer.mutableSpan
        let count = wire.ends[end].read(id, into: &span)
        if count == 0 { return all }
        all += buffer[..<count]
      }
    }

    private mutating func read(_ server: ConnectionID) {
      while echoes {
        let room = wire.ends[1].writableCount(server)
        var buffer = [UInt8](repeating: 0, count: room)
        var span = buffer.mutableSpan
        let count = room > 0 ? wire.ends[1].read(server, into: &span) : 0
        if count == 0 { break }
        let taken = wire.ends[1].write(buffer.span.extracting(0..<count), to: server)
        #expect(taken == count)
      }
      if !echoes { received[server, default: []] += bytes(1, server, 4096) }
      guard wire.ends[1].look(server, { $0.isAtEnd }) == true else { return }
      wire.ends[1].finish(server, at: wire.now)
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

  @Test("who comes after a crowd that holds what it has for ever is served all the same")
  func late() throws {
    var crowd = try Crowd(4)
    crowd.run(.seconds(20))
    let client = try crowd.wire.ends[0].connect(
      to: Endpoint(Wire.address(1), 80), at: crowd.wire.now)
    var (server, written, got): (ConnectionID?, Int, Int) = (nil, 0, 0)
    let end = crowd.wire.now + .seconds(60)
    var buffer = [UInt8](repeating: 7, count: 10_000)
    while got < 10_000, crowd.wire.step(until: end) {
      while crowd.wire.ends[0].nextEvent() != nil {}
      while let event = crowd.wire.ends[1].nextEvent() {
        if event.signals.contains(.opened) { server = event.connection }
      }
      written += crowd.wire.ends[0].write(buffer.span.extracting(written..<10_000), to: client)
      guard let server else { continue }
      var span = buffer.mutableSpan
      got += crowd.wire.ends[1].read(server, into: &span)
    }
    #expect(got == 10_000 && buffer.allSatisfy { $0 == 7 })
  }

  @Test("an echo for a crowd goes on, though neither end has memory for all of it")
  func echo() throws {
    var crowd = try Crowd(60)
    crowd.echoes = true
    crowd.reads = true
    crowd.run(.seconds(600))
    #expect(crowd.most <= Self.limit && crowd.most > Self.limit / 2, "\(crowd.most)")
    #expect(crowd.finished == 60, "\(crowd.finished) at \(crowd.wire.now)")
    for (client, text) in crowd.echoed.enumerated() {
      let sent = (0..<Self.size).map { Crowd.byte(client, $0) }
      #expect(text == sent, "client \(client): \(text.count)")
    }
  }

  @Test("who comes when forty hold all that they may have is served like the first")
  func newcomer() throws {
    var crowd = try Crowd(40, limit: 1 << 20)
    crowd.run(.seconds(20))
    #expect(crowd.wire.ends[1].drops[.tcpNoMemory] > 0)
    (crowd.ignored, crowd.reads) = (crowd.servers, true)
    try crowd.join()
    crowd.run(.seconds(20))
    #expect(crowd.finished == 1)
    #expect(crowd.received.values.first == (0..<Self.size).map { Crowd.byte(40, $0) })
  }

  @Test("a large write takes what there is memory for, not nothing")
  func partial() throws {
    var crowd = try Crowd(2)
    crowd.run(.milliseconds(100))
    // An eighth of what both clients' bytes, which nobody reads, leave of three fourths of 64 KiB.
    let large = [UInt8](repeating: 1, count: 60_000)
    let taken = crowd.wire.ends[1].write(large.span, to: crowd.servers[0])
    #expect((2 << 10...6 << 10).contains(taken), "\(taken)")
    #expect(crowd.wire.ends[1].writableCount(crowd.servers[0]) == 0)
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
