// Opening a connection to a host by its name: the resolver finds its addresses of both families, and they
// are tried in the order of `HappyEyeballs` within one time limit.

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
  /// A host with several addresses is tried at each, IPv6 first, the next after a quarter of a second;
  /// `timeout` is for all of it.
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
  private var race = HappyEyeballs(asking: [])
  /// Connections that are on their way.
  private var begun: [Connection] = []
  private var limit: TimerID?
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
    limit = interface.loop.after(timeout) { [self] in
      limit = nil
      end(.failure(.timedOut))
    }
    let kinds = kinds(for: host)
    race = HappyEyeballs(asking: kinds)
    for kind in kinds {
      interface.resolver.resolve(host, kind) { [self] result in
        perform(race.resolved(kind, result, at: interface.now))
      }
    }
  }

  /// What is asked for: families in which the interface has an address that reaches far enough.
  private func kinds(for host: String) -> [DNSQuestion.Kind] {
    switch IPAddress(Array(host.utf8)) {
    case .v4: return [.a]
    case .v6: return [.aaaa]
    case nil: break
    }
    let hasIPv6 = interface.addresses.contains {
      if case .v6(let address) = $0 { !address.isLinkLocal } else { false }
    }
    guard hasIPv6 else { return [.a] }
    return interface.address == nil ? [.aaaa] : [.aaaa, .a]
  }

  /// Gives it up; whoever waits is told `cancelled`.
  public func cancel() { end(.failure(.cancelled)) }

  private func perform(_ effect: HappyEyeballs.Effect) {
    var effect = effect
    while done != nil, case .connect(let address) = effect {
      do throws(Drop) {
        use(try interface.connect(to: Endpoint(address, port)))
        effect = .nothing
      } catch {
        last = .dropped(error)
        effect = race.attemptFailed(at: interface.now)
      }
    }
    guard done != nil else { return }
    if case .failed(let reason) = effect { return end(.failure(reason.map { .name($0) } ?? last)) }
    if let timer { interface.loop.cancel(timer) }
    timer = interface.at(race.deadline) { [self] in
      timer = nil
      perform(race.timerExpired(at: interface.now))
    }
  }

  private func use(_ opened: Connection) {
    begun.append(opened)
    opened.onOpen = { [self] opened in
      opened.onOpen = nil
      opened.onClose = nil
      begun.removeAll { $0 === opened }
      end(.success(opened))
    }
    opened.onClose = { [self] closed, reason in
      begun.removeAll { $0 === closed }
      last = .closed(reason)
      perform(race.attemptFailed(at: interface.now))
    }
  }

  private func end(_ result: Result<Connection, ConnectionError>) {
    guard let done else { return }
    self.done = nil
    for timer in [limit, timer] {
      if let timer { interface.loop.cancel(timer) }
    }
    (limit, timer) = (nil, nil)
    let losers = begun
    begun = []
    for loser in losers {
      loser.onClose = nil
      loser.abort()
    }
    done(result)
  }
}
