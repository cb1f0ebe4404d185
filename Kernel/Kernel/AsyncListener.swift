// A port of TCP for async code.

#if canImport(_Concurrency)
internal import Internet
internal import Network
public import _Concurrency

/// A port of TCP for async code: a sequence of connections.
// Safety: as for a connection.
public final class AsyncListener: AsyncSequence, AsyncIteratorProtocol, @unchecked Sendable {
  private let interface: NetworkInterface
  private let port: UInt16
  private let backlog: Int
  private var waiting: [AsyncConnection] = []
  private var taker: Waiter<AsyncConnection?>?
  private var isOver = false

  init(_ interface: NetworkInterface, _ port: UInt16, _ backlog: Int) {
    self.interface = interface
    self.port = port
    self.backlog = backlog
  }

  func begin() -> Bool {
    interface.listen(port, backlog: backlog) { [self] connection in
      if let taker {
        self.taker = nil
        return taker.give(AsyncConnection(connection))
      }
      guard waiting.count < backlog else { return connection.abort() }
      waiting.append(AsyncConnection(connection))
    }
  }

  /// Takes no more connections; those that wait are reset.
  public func close() {
    guard !isOver else { return }
    isOver = true
    interface.stopListening(port)
    for connection in waiting { connection.abort() }
    waiting = []
    taker?.give(nil)
    taker = nil
  }

  public func makeAsyncIterator() -> AsyncListener { self }

  /// The next connection, once there is one; nil after `close`, or when the task is cancelled.
  public nonisolated(nonsending) func next() async -> AsyncConnection? {
    if isOver || Task.isCancelled { return nil }
    if !waiting.isEmpty { return waiting.removeFirst() }
    let waiter = Waiter<AsyncConnection?>()
    // One task waits at a time: who comes while another does takes its place.
    taker?.give(nil)
    taker = waiter
    return await waiter.value { [self] in
      if taker === waiter { taker = nil }
      waiter.give(nil)
    }
  }
}
#endif
