// Opening a connection to a host by its name: the resolver finds its addresses, and they are tried in
// turn within one time limit.

internal import Execution
public import Internet
public import Machine

/// Why there is no connection, or why it has ended before its time.
public enum ConnectionError: Error, Equatable, Sendable {
  /// The host has no address that could be found.
  case name(DNSError)
  /// It ended so, of which `finished` is the other end's regular end.
  case closed(TCPCloseReason)
  /// It could not be begun: no route, no room.
  case dropped(Drop)
  /// The time limit came first.
  case timedOut
  /// The task that waited was cancelled.
  case cancelled

  /// The same in words, for a message that begins with the host's name.
  public var words: StaticString {
    switch self {
    case .name(let error): error.words
    case .closed(.refused): "nobody listens at that port"
    case .closed(.unreachable): "not to be reached"
    case .closed(.reset): "the other end has broken the connection off"
    case .closed(.timedOut), .timedOut: "no answer in time"
    case .closed(.finished), .closed(.aborted): "the connection is over"
    case .dropped(.noRoute): "no way leads there: is there a gateway?"
    case .dropped(_): "no room for another connection"
    case .cancelled: "given up"
    }
  }
}

extension NetworkInterface {
  /// Opens a connection to a port of a host, given by name or address. `done` is called once, with the
  /// connection when it is established; it then has no callbacks yet.
  ///
  /// Addresses are tried in turn; `timeout` is for all of it.
  @discardableResult
  public func connect(
    to host: String, _ port: UInt16, timeout: Nanoseconds = .seconds(30),
    _ done: @escaping (Result<Connection, ConnectionError>) -> Void
  ) -> ConnectionAttempt {
    let attempt = ConnectionAttempt(self, port, done)
    attempt.begin(host, timeout)
    return attempt
  }
}

/// A connection that is being opened.
public final class ConnectionAttempt {
  private let interface: NetworkInterface
  private let port: UInt16
  private var done: ((Result<Connection, ConnectionError>) -> Void)?
  private var addresses: [IPv4Address] = []
  private var connection: Connection?
  private var timer: TimerID?
  private var last = ConnectionError.timedOut

  init(
    _ interface: NetworkInterface, _ port: UInt16,
    _ done: @escaping (Result<Connection, ConnectionError>) -> Void
  ) {
    self.interface = interface
    self.port = port
    self.done = done
  }

  func begin(_ host: String, _ timeout: Nanoseconds) {
    timer = interface.loop.after(timeout) { [self] in
      timer = nil
      end(.failure(.timedOut))
    }
    interface.resolver.resolve(host) { [self] result in
      guard done != nil else { return }
      switch result {
      case .failure(let error): end(.failure(.name(error)))
      case .success(let found):
        for case .ipv4(let address) in found { addresses.append(address) }
        tryNext()
      }
    }
  }

  /// Gives it up; whoever waits is told `cancelled`.
  public func cancel() { end(.failure(.cancelled)) }

  private func tryNext() {
    while done != nil {
      guard !addresses.isEmpty else { return end(.failure(last)) }
      do throws(Drop) {
        return use(try interface.connect(to: Endpoint(addresses.removeFirst(), port)))
      } catch {
        last = .dropped(error)
      }
    }
  }

  private func use(_ opened: Connection) {
    connection = opened
    opened.onOpen = { [self] opened in
      opened.onOpen = nil
      opened.onClose = nil
      connection = nil
      end(.success(opened))
    }
    opened.onClose = { [self] _, reason in
      connection = nil
      last = .closed(reason)
      tryNext()
    }
  }

  private func end(_ result: Result<Connection, ConnectionError>) {
    guard let done else { return }
    self.done = nil
    if let timer { interface.loop.cancel(timer) }
    timer = nil
    let begun = connection
    connection = nil
    begun?.onClose = nil
    begun?.abort()
    done(result)
  }
}
