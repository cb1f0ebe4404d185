// Counters of name lookups.

/// What a resolver has counted.
public struct DNSCounters: Equatable, Sendable {
  /// Questions that were sent.
  public var queries: UInt64 = 0
  /// Of these, those that were sent again or to another server.
  public var retries: UInt64 = 0
  /// Times that no answer came in time.
  public var timeouts: UInt64 = 0
  /// Answers that did not fit into a datagram.
  public var truncated: UInt64 = 0
  /// Questions that ended without an address.
  public var failures: UInt64 = 0
  /// Questions that needed no server.
  public var hits: UInt64 = 0

  /// Nothing counted.
  public init() {}

  /// Adds what a lookup has counted.
  public mutating func add(_ other: DNSCounters) {
    queries &+= other.queries
    retries &+= other.retries
    timeouts &+= other.timeouts
    truncated &+= other.truncated
    failures &+= other.failures
    hits &+= other.hits
  }
}
