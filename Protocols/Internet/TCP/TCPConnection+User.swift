// What the user of a connection does.

extension TCPConnection {
  /// Queues as much of `bytes` as there is room for, with at most `memory` bytes more of memory;
  /// returns how many. When that leaves no room, signal `writable` comes when there is some again.
  public mutating func write(_ bytes: Span<UInt8>, memory: Int = .max) -> Int {
    guard state.canSend else { return 0 }
    let taken = sendBuffer.append(bytes, memory: memory)
    if taken < bytes.count || sendBuffer.free == 0 { isWriterWaiting = true }
    return taken
  }

  /// Bytes that `write` would take, with at most `memory` bytes more of memory; if there are none,
  /// signal `writable` comes when there are.
  public mutating func writableCount(memory: Int = .max) -> Int {
    guard state.canSend else { return 0 }
    let count = sendBuffer.room(memory: memory)
    if count == 0 { isWriterWaiting = true }
    return count
  }

  /// Bytes that the peer has not acknowledged, or that were not sent.
  public var unacknowledgedCount: Int { sendBuffer.count }

  /// Bytes that can be read.
  public var readableCount: Int { receive.count }

  /// Whether everything has been read that will ever come.
  public var isAtEnd: Bool { receive.count == 0 && !state.canReceive && state.isSynchronized }

  /// Moves what has arrived into `target`, up to its size; returns how many bytes.
  ///
  /// If that opens the window far enough, the peer is told.
  public mutating func read(into target: inout MutableSpan<UInt8>) -> Int {
    let count = receive.read(into: &target)
    if count > 0, state.canReceive, receive.isWorthTelling(segment: payloadSize) {
      acknowledgment.isDue = true
    }
    return count
  }

  /// Finishes this end: FIN follows what was written. What comes can still be read.
  public mutating func finish(at now: Moment) {
    switch state {
    case .synSent: end(.aborted)
    case .synReceived: finishesWhenOpen = true
    case .established: state = .finWait1
    case .closeWait: state = .lastAck
    default: break
    }
  }

  /// Finishes this end, and wants nothing from the other. If something was not read, or comes later,
  /// the other end is told by a reset that it was in vain (RFC 9293, section 3.6.1).
  public mutating func close(at now: Moment) {
    if receive.count > 0, state.isSynchronized { return abort() }
    isAbandoned = true
    finish(at: now)
    if state == .finWait2 { closeAt = now + configuration.timeWait }
  }

  /// Ends the connection at once, with a reset.
  public mutating func abort() {
    guard state != .closed else { return }
    if state != .synSent, state != .timeWait { resets = next }
    end(.aborted)
    receive.release()
  }

  /// The network has no way to the other end: a connection that is not up yet is given up, and a
  /// reset that it was to have is not sent. One that is up goes on trying.
  public mutating func wasUnreachable() {
    if state == .synSent { end(.unreachable) }
    if state == .closed { resets = nil }
  }

  /// Takes the signals.
  public mutating func takeSignals() -> TCPSignals {
    let taken = signals
    signals = []
    return taken
  }

  /// Whether nothing is left to be done: over, and a reset that was owed has been sent.
  public var isOver: Bool { state == .closed && resets == nil }
}
