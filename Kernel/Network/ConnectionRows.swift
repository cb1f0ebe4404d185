// The table of connections that an interface publishes: rows made for it, as connections move. They are
// written anew at most ten times a second, while something happens.

internal import Internet
internal import Machine
internal import Publishing
internal import Telemetry

/// The published rows of one interface's connections.
struct ConnectionRows {
  /// Connections that are shown; `net.connections` says how many there are.
  static var capacity: Int { 64 }
  static var period: Nanoseconds { .milliseconds(100) }

  private enum Place {
    static let state = 0
    static let localLength = 1
    static let remoteLength = 2
    static let local = 8
    static let remote = 64
    static let numbers = 120
    static let stride = 176
    static let text = 56
  }

  private let rows: UnsafeMutableRawPointer
  private let count: UnsafeMutablePointer<UInt64>
  /// Whether they will be written anew.
  var isDue = false

  /// Rows that are published from now on. Allocates.
  init() {
    let words = Publish.words(2 + Self.capacity * Place.stride / 8)
    count = words
    rows = UnsafeMutableRawPointer(words + 2)
    Publish.gauge("net.connections", at: words + 1)
    Publish.table(
      "net.tcp", at: rows, count: words, capacity: Self.capacity, stride: Place.stride,
      [
        .enumeration(
          "state", at: Place.state, width: 1,
          [
            "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
            "CLOSING", "LAST-ACK", "TIME-WAIT", "CLOSED",
          ]),
        .inlineText("local", at: Place.local, width: Place.text, length: Place.localLength),
        .inlineText("remote", at: Place.remote, width: Place.text, length: Place.remoteLength),
        PublishedField("sendQueue", .unsigned, .bytes, at: Place.numbers),
        PublishedField("receiveQueue", .unsigned, .bytes, at: Place.numbers + 8),
        PublishedField("window", .unsigned, .bytes, at: Place.numbers + 16),
        PublishedField("roundTrip", .duration, .nanoseconds, at: Place.numbers + 24),
        PublishedField("sent", at: Place.numbers + 32),
        PublishedField("received", at: Place.numbers + 40),
        PublishedField("again", at: Place.numbers + 48),
      ])
  }

  /// Writes what the stack's connections are now.
  mutating func refresh(_ stack: borrowing Stack) {
    var index = 0
    stack.forEachConnection(limit: Self.capacity) { connection in
      write(connection, at: rows + index * Place.stride)
      index += 1
    }
    count[0] = UInt64(index)
    count[1] = UInt64(stack.connectionCount)
  }

  private func write(_ connection: TCPSummary, at row: UnsafeMutableRawPointer) {
    row.storeBytes(of: connection.state.rawValue, toByteOffset: Place.state, as: UInt8.self)
    write(connection.name.local, at: row + Place.local, length: row + Place.localLength)
    write(connection.name.remote, at: row + Place.remote, length: row + Place.remoteLength)
    let numbers = (row + Place.numbers).assumingMemoryBound(to: UInt64.self)
    numbers[0] = UInt64(connection.sendQueue)
    numbers[1] = UInt64(connection.receiveQueue)
    numbers[2] = UInt64(connection.congestionWindow)
    numbers[3] = (connection.roundTrip?.microseconds ?? 0) * 1000
    numbers[4] = connection.statistics.segmentsSent
    numbers[5] = connection.statistics.segmentsReceived
    numbers[6] = connection.statistics.retransmissions
  }

  private func write(
    _ end: Endpoint, at place: UnsafeMutableRawPointer, length: UnsafeMutableRawPointer
  ) {
    let text = "\(end.address):\(end.port)"
    var count = 0
    for byte in text.utf8 where count < Place.text {
      // Safety: below the room that the row has for it.
      place.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
      count += 1
    }
    length.storeBytes(of: UInt8(truncatingIfNeeded: count), as: UInt8.self)
  }
}
