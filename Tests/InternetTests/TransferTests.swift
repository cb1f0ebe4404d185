// Both ends of connections over a wire that loses, doubles and reorders: what arrives is what was
// sent, in bounded time.

import Glibc
import Internet
import Testing

/// A transfer of a pattern from one end to the other and, at the same time, back.
struct Transfer {
  var wire: Wire
  let size: Int
  private(set) var client: ConnectionID?
  private(set) var server: ConnectionID?
  private var sent = [0, 0]
  private(set) var received = [0, 0]
  private(set) var reasons: [TCPCloseReason?] = [nil, nil]
  private var isOpen = [false, false]
  private(set) var isFinished = [false, false]
  private(set) var mistakes = 0
  private(set) var statistics = TCPStatistics()
  /// Bytes that each end reads at most at a time, and how often.
  var portion = 65_536
  let directions: [Bool]

  init(_ wire: Wire, size: Int, directions: [Bool] = [true, true]) {
    self.wire = wire
    self.size = size
    self.directions = directions
  }

  /// What each end sends.
  static let patterns: [[UInt8]] = (0..<2).map { end in
    (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8 ^ $0 >> 16 ^ end &* 77) }
  }

  /// Runs until both ends are over, `limit` of virtual time at most; true if they are.
  mutating func run(limit: Interval = .seconds(600)) throws -> Bool {
    let end = wire.now + limit
    let isListening = wire.ends[1].listen(80)
    #expect(isListening)
    client = try wire.ends[0].connect(
      to: Endpoint(Wire.address(1), 80), at: wire.now)
    while true {
      serve()
      if reasons[0] != nil, reasons[1] != nil { return true }
      guard wire.step(until: end) else { return false }
    }
  }

  private func connection(_ end: Int) -> ConnectionID? { end == 0 ? client : server }

  mutating func serve() {
    for end in 0..<2 {
      while let event = wire.ends[end].nextEvent() {
        if event.listener != nil, event.signals.contains(.opened) { server = event.connection }
        if event.signals.contains(.opened) { isOpen[end] = true }
        if event.signals.contains(.finished) { isFinished[end] = true }
        if event.signals.contains(.closed) {
          if let id = connection(end) { read(end, id) }
          reasons[end] = event.closeReason
        }
      }
      guard let id = connection(end), isOpen[end], reasons[end] == nil else { continue }
      read(end, id)
      write(end, id)
    }
    if let client, let now = wire.ends[0].connection(client)?.statistics { statistics = now }
  }

  private mutating func read(_ end: Int, _ id: ConnectionID) {
    var buffer = [UInt8](repeating: 0, count: portion)
    while true {
      var span = buffer.mutableSpan
      let count = wire.ends[end].read(id, into: &span)
      let expected = Self.patterns[1 - end][received[end]..<received[end] + count]
      if !buffer[..<count].elementsEqual(expected) { mistakes += 1 }
      received[end] += count
      if count == 0 { return }
    }
  }

  private mutating func write(_ end: Int, _ id: ConnectionID) {
    let total = directions[end] ? size : 0
    while sent[end] < total {
      let count = min(total - sent[end], 3000)
      let bytes = Array(Self.patterns[end][sent[end]..<sent[end] + count])
      let taken = wire.ends[end].write(bytes.span, to: id)
      sent[end] += taken
      if taken < count { return }
    }
    if sent[end] == total {
      sent[end] += 1
      wire.ends[end].finish(id, at: wire.now)
    }
  }
}

@Suite("Transfers")
struct TransferTests {
  /// One transfer of the sweep, as a line of the recorded table.
  static func row(
    loss: UInt64, delay: UInt64, window: Int, _ control: CongestionControl = .newReno,
    size: Int? = nil, serialization: UInt64 = 12
  ) throws -> String {
    var wire = Wire(seed: loss &* 1000 &+ delay &+ UInt64(window)) {
      $0.tcp.congestionControl = control
      $0.tcp.receiveLimit = window
      $0.tcp.sendLimit = window
    }
    wire.conditions.loss = loss
    wire.conditions.delay = .milliseconds(delay)
    wire.conditions.duplication = loss
    wire.conditions.reordering = loss * 2
    wire.conditions.serialization = serialization
    let size = size ?? (window < 10_000 ? 20_000 : 100_000)
    let start = wire.now
    var transfer = Transfer(wire, size: size)
    let isDone = try transfer.run()
    let time = (transfer.wire.now - start).microseconds / 1000
    let statistics = transfer.statistics
    let row =
      "loss \(loss) % delay \(delay) ms window \(window): \(time) ms, "
      + "\(statistics.segmentsSent) segments, \(statistics.retransmissions) again, "
      + "\(statistics.timeouts) time-outs"
    #expect(isDone, "\(row)")
    #expect(transfer.received == [size, size], "\(row)")
    #expect(transfer.mistakes == 0, "\(row)")
    #expect(transfer.reasons == [.finished, .finished], "\(row)")
    #expect(transfer.isFinished == [true, true], "\(row)")
    #expect(transfer.wire.complaints == [], "\(row)")
    if loss == 0 { #expect(statistics.retransmissions == 0, "\(row)") }
    return row
  }

  @Test("what arrives is what was sent, both ways, whatever the wire does; as fast as recorded")
  func sweep() throws {
    var table = ""
    for loss in [0, 1, 5] as [UInt64] {
      for delay in [0, 10, 100] as [UInt64] {
        for window in [2000, 65_536, 400_000] {
          table += try Self.row(loss: loss, delay: delay, window: window) + "\n"
        }
      }
    }
    // Larger ones at 12 Mbit/s, by both ways to steer the window.
    for control in CongestionControl.allCases {
      for (loss, delay) in [(0, 100), (1, 10), (1, 100), (5, 100)] as [(UInt64, UInt64)] {
        table += "\(control) "
        table += try Self.row(
          loss: loss, delay: delay, window: 400_000, control, size: 150_000, serialization: 1000)
        table += "\n"
      }
    }
    let path = #filePath.dropLast("TransferTests.swift".count) + "Golden/transfers.txt"
    if getenv("RECORD") != nil {
      let stream = try #require(fopen(String(path), "w"))
      fputs(table, stream)
      fclose(stream)
    }
    #expect(try text(of: String(path)) == table, "RECORD=1 records anew")
  }

  private func text(of path: String) throws -> String {
    let stream = try #require(fopen(path, "r"))
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, stream))
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("a reader that takes its time closes the window, and nothing is lost or sent for nothing")
  func slowReader() throws {
    var wire = Wire { $0.tcp.receiveLimit = 8000 }
    Self.listen(&wire)
    let client = try wire.ends[0].connect(to: Endpoint(Wire.address(1), 80), at: wire.now)
    Self.run(&wire, .milliseconds(100))
    let accepted = Self.opened(&wire.ends[1])
    let server = try #require(accepted)
    let bytes = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let taken = wire.ends[0].write(bytes.span, to: client)
    #expect(taken == 60_000)
    // Nobody reads for ten minutes.
    Self.run(&wire, .seconds(600))
    let before = try #require(wire.ends[0].connection(client))
    #expect(before.closeReason == nil)
    #expect(before.statistics.segmentsSent < 40, "\(before.statistics)")
    #expect(wire.ends[1].connection(server)?.readableCount == 8000)
    var got: [UInt8] = []
    while got.count < 60_000 {
      var portion = [UInt8](repeating: 0, count: 1000)
      var span = portion.mutableSpan
      let count = wire.ends[1].read(server, into: &span)
      got += portion[..<count]
      let progress = got.count
      Self.run(&wire, .seconds(1))
      try #require(got.count >= progress)
      if wire.now > Moment(microseconds: 1_200_000_000) { break }
    }
    #expect(got == bytes)
    #expect(wire.complaints == [])
  }

  @Test("a peer that is gone is given up in minutes, and the user is told")
  func gone() throws {
    var wire = Wire()
    Self.listen(&wire)
    let client = try wire.ends[0].connect(to: Endpoint(Wire.address(1), 80), at: wire.now)
    Self.run(&wire, .milliseconds(100))
    let first = wire.ends[0].nextEvent()
    #expect(first?.signals == .opened)
    wire.filter = { end, _ in end == 0 }
    let taken = wire.ends[0].write([1, 2, 3].span, to: client)
    #expect(taken == 3)
    Self.run(&wire, .seconds(1200))
    let last = wire.ends[0].nextEvent()
    let event = try #require(last)
    #expect(event.signals == .closed && event.closeReason == .timedOut)
    #expect(wire.ends[0].connection(client) == nil)
    #expect(wire.ends[0].deadline == .distantFuture)
  }

  @Test("nobody there: a connection attempt ends, as unreachable or refused or after the time-out")
  func attempts() throws {
    var wire = Wire()
    let nobody = try wire.ends[0].connect(to: Endpoint(IPv4Address(10, 0, 0, 77), 80), at: wire.now)
    let refused = try wire.ends[0].connect(to: Endpoint(Wire.address(1), 80), at: wire.now)
    Self.run(&wire, .seconds(10))
    var reasons: [ConnectionID: TCPCloseReason] = [:]
    while let event = wire.ends[0].nextEvent() { reasons[event.connection] = event.closeReason }
    #expect(reasons == [nobody: .unreachable, refused: .refused])
    #expect(throws: Drop.noRoute) {
      try wire.ends[0].connect(to: Endpoint(IPv4Address(8, 8, 8, 8), 80), at: wire.now)
    }
  }

  static func listen(_ wire: inout Wire) {
    let isListening = wire.ends[1].listen(80)
    #expect(isListening)
  }

  static func run(_ wire: inout Wire, _ time: Interval) {
    let end = wire.now + time
    while wire.step(until: end) {}
  }

  static func opened(_ stack: inout Stack) -> ConnectionID? {
    while let event = stack.nextEvent() {
      if event.signals.contains(.opened) { return event.connection }
    }
    return nil
  }
}
