// What can be told of connections, for those who look.

/// A connection at one moment.
public struct TCPSummary: Sendable {
  /// Its two ends.
  public let name: ConnectionName
  /// Its state.
  public let state: TCPState
  /// Bytes that the peer has not acknowledged, or that were not sent.
  public let sendQueue: Int
  /// Bytes that have arrived and were not read.
  public let receiveQueue: Int
  /// Bytes that may be under way.
  public let congestionWindow: Int
  /// The smoothed round trip; nil before the first sample.
  public let roundTrip: Interval?
  /// What has been counted.
  public let statistics: TCPStatistics

  init(_ connection: borrowing TCPConnection) {
    name = connection.name
    state = connection.state
    sendQueue = connection.unacknowledgedCount
    receiveQueue = connection.readableCount
    congestionWindow = connection.congestion.size
    roundTrip = connection.roundTrip.smoothed
    statistics = connection.statistics
  }
}

extension Stack {
  /// Connections there are, those included that are over and wait.
  public var connectionCount: Int { connections.count }

  /// Calls `body` with connections, `limit` at most, in the order of their places.
  public func forEachConnection(limit: Int, _ body: (TCPSummary) -> Void) {
    var left = limit
    for index in 0..<connections.places.count where left > 0 {
      guard let summary = connections.look(index, { TCPSummary($0) }) else { continue }
      body(summary)
      left -= 1
    }
  }
}
