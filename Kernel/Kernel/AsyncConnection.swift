// A connection for async code. Back-pressure is that of the callbacks: who does not read keeps the peer
// from sending, and a write waits for room.

#if canImport(_Concurrency)
internal import Internet
public import Machine
public import Network
internal import _Concurrency

/// A connection for async code. One task reads and one writes at a time.
// Safety: one core; the loop, its tasks and what cancels them run on it, one at a time.
public final class AsyncConnection: @unchecked Sendable {
  /// The connection. Its callbacks are taken.
  public let connection: Connection
  private var reader: Waiter<Wake>?
  private var writer: Waiter<Wake>?
  private var reason: TCPCloseReason?
  /// Whether this end is finished, so that nothing more can be written.
  private var isFinished = false

  /// The same connection for async code.
  public init(_ connection: Connection) {
    self.connection = connection
    connection.onReadable = { [self] _ in wakeReader() }
    connection.onWritable = { [self] _ in wakeWriter() }
    connection.onClose = { [self] _, reason in
      self.reason = reason
      wakeReader()
      wakeWriter()
    }
  }

  /// What has come, up to `limit` bytes, once there is something; empty when the other end has
  /// finished. `timeout` is how long to wait for it.
  public nonisolated(nonsending) func read(
    upTo limit: Int = 65_536, timeout: Nanoseconds? = nil
  ) async throws(ConnectionError) -> [UInt8] {
    while true {
      let bytes = connection.read(upTo: limit)
      if !bytes.isEmpty { return bytes }
      if let reason, reason != .finished { throw .closed(reason) }
      if connection.isAtEnd { return [] }
      let waiter = Waiter<Wake>()
      reader = waiter
      try await Self.pause(waiter, timeout)
    }
  }

  /// Writes all of `bytes`, and returns when the last of them has found room. `timeout` is how long to
  /// wait for room at a time.
  public nonisolated(nonsending) func write(
    _ bytes: [UInt8], timeout: Nanoseconds? = nil
  ) async throws(ConnectionError) {
    var offset = 0
    while offset < bytes.count {
      if let reason { throw .closed(reason) }
      if isFinished { throw .closed(.finished) }
      offset += bytes.withUnsafeBytes {
        connection.write(UnsafeRawBufferPointer(rebasing: $0[offset...]))
      }
      guard offset < bytes.count else { return }
      let waiter = Waiter<Wake>()
      writer = waiter
      try await Self.pause(waiter, timeout)
    }
  }

  /// Finishes this end after what was written; what comes can still be read.
  public func finish() {
    connection.finish()
    endWriting()
  }

  /// Finishes this end, and wants nothing more from the other.
  public func close() {
    connection.close()
    endWriting()
  }

  /// Ends the connection at once, by a reset.
  public func abort() { connection.abort() }

  private func endWriting() {
    isFinished = true
    wakeWriter()
  }

  private func wakeReader() {
    let waiting = reader
    reader = nil
    waiting?.give(.ready)
  }

  private func wakeWriter() {
    let waiting = writer
    writer = nil
    waiting?.give(.ready)
  }

  private nonisolated(nonsending) static func pause(
    _ waiter: Waiter<Wake>, _ timeout: Nanoseconds?
  ) async throws(ConnectionError) {
    let timer = timeout.map { limit in System.after(limit) { waiter.give(.late) } }
    // What came first counts: data that came before the time was over is not lost by it.
    let wake = await waiter.value { waiter.give(.cancelled) }
    if let timer { System.loop.cancel(timer) }
    switch wake {
    case .ready: return
    case .late: throw .timedOut
    case .cancelled: throw .cancelled
    }
  }

  /// What ends a wait.
  private enum Wake { case ready, late, cancelled }
}
#endif
