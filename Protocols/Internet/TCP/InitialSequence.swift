// Initial sequence numbers (RFC 6528): a clock of 4 microseconds, and a function of the connection
// and a secret, so that nobody who is not on the path can guess one connection's from another's. The
// function is SipHash-2-4 (Aumasson and Bernstein, 2012).

/// A keyed hash of short inputs.
public struct SipHash: Sendable {
  private let key: (UInt64, UInt64)

  /// The hash with this key, which is to be secret.
  public init(key: (UInt64, UInt64)) { self.key = key }

  /// The hash of 16 bytes: two little-endian words.
  public func hash(_ first: UInt64, _ second: UInt64) -> UInt64 {
    var state = State(key)
    state.take(first)
    state.take(second)
    state.take(16 << 56)
    return state.end()
  }

  /// The hash of 40 bytes: five little-endian words.
  public func hash(_ words: InlineArray<5, UInt64>) -> UInt64 {
    var state = State(key)
    for index in words.indices { state.take(words[index]) }
    state.take(40 << 56)
    return state.end()
  }

  private struct State {
    var v0, v1, v2, v3: UInt64

    init(_ key: (UInt64, UInt64)) {
      v0 = 0x736f_6d65_7073_6575 ^ key.0
      v1 = 0x646f_7261_6e64_6f6d ^ key.1
      v2 = 0x6c79_6765_6e65_7261 ^ key.0
      v3 = 0x7465_6462_7974_6573 ^ key.1
    }

    mutating func take(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    mutating func end() -> UInt64 {
      v2 ^= 0xff
      for _ in 0..<4 { round() }
      return v0 ^ v1 ^ v2 ^ v3
    }

    mutating func round() {
      v0 = v0 &+ v1
      v1 = v1 &<< 13 | v1 &>> 51
      v1 ^= v0
      v0 = v0 &<< 32 | v0 &>> 32
      v2 = v2 &+ v3
      v3 = v3 &<< 16 | v3 &>> 48
      v3 ^= v2
      v0 = v0 &+ v3
      v3 = v3 &<< 21 | v3 &>> 43
      v3 ^= v0
      v2 = v2 &+ v1
      v1 = v1 &<< 17 | v1 &>> 47
      v1 ^= v2
      v2 = v2 &<< 32 | v2 &>> 32
    }
  }
}

/// The two ends of a connection.
public struct ConnectionName: Hashable, Sendable {
  /// This end.
  public var local: Endpoint
  /// The other one.
  public var remote: Endpoint

  /// The connection between two ends.
  public init(local: Endpoint, remote: Endpoint) {
    self.local = local
    self.remote = remote
  }

  /// A hash that nobody can predict who does not know the key.
  public func hash(_ function: SipHash) -> UInt64 {
    let ports = UInt64(local.port) << 16 | UInt64(remote.port)
    switch (local.address, remote.address) {
    case (.v4(let local), .v4(let remote)):
      return function.hash(UInt64(local.bits) << 32 | UInt64(remote.bits), ports)
    case (.v6(let local), .v6(let remote)):
      return function.hash([local.high, local.low, remote.high, remote.low, ports])
    default:
      // No connection is between families.
      return function.hash(0, ports)
    }
  }
}

extension ConnectionName {
  /// What the timestamps between its two hosts begin with.
  func timestampOffset(_ secret: SipHash) -> UInt32 {
    let hosts = ConnectionName(
      local: Endpoint(local.address, 0), remote: Endpoint(remote.address, 0))
    return UInt32(truncatingIfNeeded: hosts.hash(secret) >> 32)
  }
}

extension SequenceNumber {
  /// The initial sequence number of a connection that begins at `now`; `last`: the number after the last
  /// that one before with the same name has used, if that may still be under way (RFC 9293, section
  /// 3.6.1).
  public static func initial(
    _ name: ConnectionName, secret: SipHash, after last: SequenceNumber? = nil, at now: Moment
  ) -> SequenceNumber {
    let number = SequenceNumber(
      UInt32(truncatingIfNeeded: now.microseconds / 4)
        &+ UInt32(truncatingIfNeeded: name.hash(secret)))
    guard let last, number <= last else { return number }
    // Beyond any window that was not scaled, as others do.
    return last + 65_537
  }
}
