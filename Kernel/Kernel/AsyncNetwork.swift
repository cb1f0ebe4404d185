// The network for async code: the callbacks of module Network, awaited. Back-pressure stays what it
// is there: who does not read keeps the peer from sending, and a write waits for room.

#if canImport(_Concurrency)
public import Internet
public import Machine
public import Network
internal import _Concurrency

extension NetworkInterface {
  /// An address of the interface, once it has one that reaches beyond the link, of either family; nil
  /// if the task is cancelled. One of IPv6 waits 5 s for DHCP, which names the servers of names as well.
  public nonisolated(nonsending) func awaitAddress() async -> IPAddress? {
    let waiter = Waiter<IPAddress?>()
    let watch = onAddress { [self] address in
      if case .v6(let address) = address, address.isLinkLocal { return }
      if case .v6 = address, isAskingForAddress {
        _ = System.loop.after(.seconds(5)) { waiter.give(address) }
      } else {
        waiter.give(address)
      }
    }
    let address = await waiter.value { waiter.give(nil) }
    watch.end()
    return address
  }

  /// The addresses of a host, given by name or address. Cancelling the task throws `cancelled`.
  public nonisolated(nonsending) func resolve(
    _ host: String, _ kind: DNSQuestion.Kind = .a
  ) async throws(DNSError) -> [IPAddress] {
    let waiter = Waiter<Result<[IPAddress], DNSError>>()
    resolver.resolve(host, kind) { waiter.give($0) }
    return try await waiter.value { waiter.give(.failure(.cancelled)) }.get()
  }

  /// Opens a connection to a port of a host, given by name or address; `timeout` is for all of it.
  /// Cancelling the task gives it up.
  public nonisolated(nonsending) func connect(
    to host: String, _ port: UInt16, timeout: Nanoseconds = .seconds(30)
  ) async throws(ConnectionError) -> AsyncConnection {
    let waiter = Waiter<Result<AsyncConnection, ConnectionError>>()
    // Its callbacks are set at once: it may be closed again before the task runs.
    let attempt = connect(to: host, port, timeout: timeout) { result in
      waiter.give(result.map { AsyncConnection($0) })
    }
    return try await waiter.value { attempt.cancel() }.get()
  }

  /// Takes connections at a port of TCP; nil if it is taken. At most `backlog` may be half open, and
  /// as many wait to be taken: those beyond are reset.
  public func listener(_ port: UInt16, backlog: Int = 128) -> AsyncListener? {
    let listener = AsyncListener(self, port, backlog)
    return listener.begin() ? listener : nil
  }

  /// Takes a port of UDP, or with nil one that is free; nil if there is none. At most `limit` datagrams
  /// wait to be taken: those beyond are dropped, and counted.
  public func datagrams(_ port: UInt16? = nil, limit: Int = 64) -> AsyncDatagramSocket? {
    let socket = AsyncDatagramSocket(limit)
    return socket.begin(self, port) ? socket : nil
  }
}

/// A value that one task waits for, and that comes once.
// Safety: one core; whoever gives and whoever waits run on it, one at a time.
final class Waiter<Value>: @unchecked Sendable {
  private var given: Value?
  private var continuation: UnsafeContinuation<Value, Never>?
  private var isOver = false

  func give(_ value: Value) {
    guard !isOver else { return }
    isOver = true
    // Safety: one core, as all of this.
    nonisolated(unsafe) let value = value
    guard let continuation else {
      given = value
      return
    }
    self.continuation = nil
    continuation.resume(returning: value)
  }

  /// The value; `cancelled` is called when the task is, and is to give one.
  nonisolated(nonsending) func value(cancelled: @escaping () -> Void = {}) async -> Value {
    // Safety: the runtime calls it on the one core, as all else here.
    nonisolated(unsafe) let cancelled = cancelled
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        if let given {
          continuation.resume(returning: given)
        } else {
          self.continuation = continuation
        }
      }
    } onCancel: {
      cancelled()
    }
  }
}
#endif
