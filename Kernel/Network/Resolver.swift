// Names to addresses, for one interface: the lookups that are on their way, each a state machine of
// module Internet with a port or a connection of its own, and what is known already.

internal import Execution
public import Internet
internal import Publishing

/// The resolver of an interface.
///
/// Names are absolute: there is no list of domains to search.
public final class Resolver {
  /// Called with what a question has come to.
  public typealias Completion = (Result<[IPAddress], DNSError>) -> Void

  let interface: NetworkInterface
  private var cache = DNSCache()
  private var lookups: [Lookup] = []
  /// The number of the server that has answered last: it is asked first.
  private var preferred = 0
  var counters = DNSCounters()

  private var servers: [Endpoint] = []

  /// Questions that may be open at a time.
  static var limit: Int { 64 }

  init(_ interface: NetworkInterface) {
    self.interface = interface
    if Publish.isOn, interface.isPublished { publish() }
  }

  /// Finds the addresses of a host; `text` is a name, or an address, which stands for itself.
  ///
  /// `done` is called when that is over: after 15 to 21 s if nobody answers, later along names that
  /// stand for others and connections; within this call if nobody has to be asked. Equal questions are
  /// asked once.
  public func resolve(
    _ text: String, _ kind: DNSQuestion.Kind = .a, _ done: @escaping Completion
  ) {
    let bytes = Array(text.utf8)
    if let address = IPAddress(bytes) {
      let isWanted = if case .v4 = address { kind == .a } else { kind == .aaaa }
      return done(isWanted ? .success([address]) : .failure(.noAddress))
    }
    guard let name = DNSName(bytes) else { return done(.failure(.invalidName)) }
    if name.isLocalhost {
      return done(.success([kind == .a ? .v4(IPv4Address(127, 0, 0, 1)) : .v6(.loopback)]))
    }
    resolve(DNSQuestion(name, kind), done)
  }

  private func resolve(_ question: DNSQuestion, _ done: @escaping Completion) {
    if servers != interface.nameServers {
      servers = interface.nameServers
      preferred = 0
      cache.removeAll()
    }
    if let known = cache.find(question, at: interface.now) {
      counters.hits &+= 1
      return done(known.answer)
    }
    if let lookup = lookups.first(where: {
      $0.question == question && $0.machine.servers == servers
    }) {
      lookup.waiters.append(done)
      return
    }
    guard lookups.count < Self.limit else {
      counters.failures &+= 1
      return done(.failure(.tooMany))
    }
    let lookup = Lookup(
      DNSLookup(
        question, servers: servers, first: preferred, random: (draw(), draw())), self)
    lookup.waiters.append(done)
    lookups.append(lookup)
    lookup.start()
  }

  private func draw() -> UInt64 {
    UInt64(interface.stack.number()) << 32 | UInt64(interface.stack.number())
  }

  fileprivate func ended(_ lookup: Lookup, _ result: DNSResult) {
    lookups.removeAll { $0 === lookup }
    counters.add(lookup.machine.counts)
    switch result.answer {
    case .success: preferred = lookup.machine.server
    case .failure(let error):
      counters.failures &+= 1
      if error == .noSuchName || error == .noAddress { preferred = lookup.machine.server }
    }
    // Servers that were asked may have been replaced meanwhile.
    if lookup.machine.servers == servers {
      cache.insert(lookup.question, result, at: interface.now)
    } else {
      preferred = 0
    }
    let waiters = lookup.waiters
    lookup.waiters = []
    for done in waiters { done(result.answer) }
  }
}

/// A question on its way: the state machine, its port or connection, and its timer.
private final class Lookup {
  var machine: DNSLookup
  var waiters: [Resolver.Completion] = []
  private let resolver: Resolver
  private var socket: DatagramSocket?
  private var connection: Connection?
  private var timer: TimerID?

  var question: DNSQuestion { machine.question }
  private var interface: NetworkInterface { resolver.interface }

  init(_ machine: DNSLookup, _ resolver: Resolver) {
    self.machine = machine
    self.resolver = resolver
  }

  func start() { perform(machine.started(at: interface.now)) }

  private func perform(_ effect: DNSLookup.Effect) {
    switch effect {
    case .nothing: return
    case .write(let bytes): connection?.write(bytes)
    case .ask(let server):
      release()
      ask(server)
    case .connect(let server):
      release()
      guard let opened = try? interface.connect(to: server) else {
        return perform(machine.streamClosed(at: interface.now))
      }
      use(opened)
    case .finished(let result):
      release()
      setTimer()
      return resolver.ended(self, result)
    }
    setTimer()
  }

  /// Sends the question; one that cannot be sent counts as one that nobody answers.
  private func ask(_ server: Endpoint) {
    socket = interface.bind(nil) { [self] _, bytes, source in
      // Safety: the driver's buffer, for the time of this call; an empty one may have no address.
      let buffer = UnsafeBufferPointer(
        start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count)
      do throws(Drop) {
        perform(try machine.received(buffer.span, from: source, at: interface.now))
      } catch {
        interface.stack.drops.count(error)
      }
    }
    _ = machine.query.withUnsafeBytes { socket?.send($0, to: server) }
  }

  private func use(_ opened: Connection) {
    connection = opened
    opened.onOpen = { [self] _ in perform(machine.streamOpened(at: interface.now)) }
    opened.onReadable = { [self] connection in read(connection) }
    opened.onClose = { [self] connection, _ in
      guard connection === self.connection else { return }
      perform(machine.streamClosed(at: interface.now))
    }
  }

  private func read(_ connection: Connection) {
    while connection === self.connection {
      let bytes = connection.read(upTo: 4096)
      if bytes.isEmpty { break }
      do throws(Drop) {
        perform(try machine.streamReceived(bytes.span, at: interface.now))
      } catch {
        interface.stack.drops.count(error)
        return perform(machine.streamClosed(at: interface.now))
      }
    }
    if connection === self.connection, connection.isAtEnd {
      perform(machine.streamClosed(at: interface.now))
    }
  }

  /// Closes what the try before had.
  private func release() {
    socket?.close()
    socket = nil
    let last = connection
    connection = nil
    last?.close()
  }

  private func setTimer() {
    if let timer { interface.loop.cancel(timer) }
    timer = interface.at(machine.deadline) { [self] in
      timer = nil
      perform(machine.timerExpired(at: interface.now))
    }
  }
}

extension Resolver {
  /// Publishes what is counted.
  func publish() {
    Publish.counter("net.dns.queries", at: publishedPlace(of: &counters.queries))
    Publish.counter("net.dns.retries", at: publishedPlace(of: &counters.retries))
    Publish.counter("net.dns.timeouts", at: publishedPlace(of: &counters.timeouts))
    Publish.counter("net.dns.truncated", at: publishedPlace(of: &counters.truncated))
    Publish.counter("net.dns.failures", at: publishedPlace(of: &counters.failures))
    Publish.counter("net.dns.hits", at: publishedPlace(of: &counters.hits))
  }
}
