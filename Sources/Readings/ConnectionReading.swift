// Connections of an instance's network.

internal import Telemetry

/// A connection of TCP.
public struct ConnectionReading: Sendable, Equatable {
  /// Its state, as RFC 9293 calls it.
  public var state: String
  /// Address and port of the instance's end.
  public var local: String
  /// Those of the other end.
  public var remote: String
  /// Bytes that the peer has not acknowledged, or that were not sent.
  public var sendQueue: UInt64
  /// Bytes that have arrived and were not read.
  public var receiveQueue: UInt64
  /// Bytes that may be under way.
  public var window: UInt64
  /// Nanoseconds of a round trip; 0 while unknown.
  public var roundTrip: UInt64
  /// Segments sent.
  public var sent: UInt64
  /// Segments received.
  public var received: UInt64
  /// Segments that were sent again.
  public var again: UInt64

  init?(_ row: ReadingRow) {
    guard let state = row["state"]?.text, let local = row["local"]?.text,
      let remote = row["remote"]?.text
    else { return nil }
    func number(_ name: String) -> UInt64 { row[name]?.number ?? 0 }
    self.state = state
    self.local = local
    self.remote = remote
    sendQueue = number("sendQueue")
    receiveQueue = number("receiveQueue")
    window = number("window")
    roundTrip = number("roundTrip")
    sent = number("sent")
    received = number("received")
    again = number("again")
  }
}

extension Reading {
  /// The connections that the instance tells of: the first 64.
  public var connections: [ConnectionReading] {
    rows("net.tcp").compactMap(ConnectionReading.init)
  }
}
