// A port of UDP for async code.

#if canImport(_Concurrency)
public import Internet
internal import Network
internal import _Concurrency

/// A port of UDP for async code.
// Safety: as for a connection.
public final class AsyncDatagramSocket: @unchecked Sendable {
  /// What has come, and whence.
  public typealias Received = (bytes: [UInt8], source: Endpoint)

  private var socket: DatagramSocket?
  private var waiting: [Received] = []
  private var taker: Waiter<Received?>?
  private let limit: Int
  /// Datagrams that nobody took in time.
  public private(set) var dropped: UInt64 = 0

  init(_ limit: Int) { self.limit = limit }

  func begin(_ interface: NetworkInterface, _ port: UInt16?) -> Bool {
    socket = interface.bind(port) { [self] _, bytes, source in
      let received = (bytes: Array(bytes), source: source)
      if let taker {
        self.taker = nil
        return taker.give(received)
      }
      guard waiting.count < limit else {
        dropped &+= 1
        return
      }
      waiting.append(received)
    }
    return socket != nil
  }

  /// The port.
  public var port: UInt16 { socket?.port ?? 0 }

  /// Sends a datagram; false if that cannot be, as `DatagramSocket.send` says.
  @discardableResult
  public func send(_ bytes: [UInt8], to remote: Endpoint) -> Bool {
    bytes.withUnsafeBytes { socket?.send($0, to: remote) ?? false }
  }

  /// The next datagram, once there is one; nil after `close`, or when the task is cancelled.
  public nonisolated(nonsending) func receive() async -> Received? {
    if !waiting.isEmpty { return waiting.removeFirst() }
    if socket == nil || Task.isCancelled { return nil }
    let waiter = Waiter<Received?>()
    // One task waits at a time: who comes while another does takes its place.
    taker?.give(nil)
    taker = waiter
    return await waiter.value { [self] in
      if taker === waiter { taker = nil }
      waiter.give(nil)
    }
  }

  /// Gives the port back.
  public func close() {
    socket?.close()
    socket = nil
    taker?.give(nil)
    taker = nil
  }
}
#endif
