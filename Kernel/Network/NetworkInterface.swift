// An interface: a card, a stack (module Internet), the loop's clock and timer, and the users of
// ports and connections. Everything that happens ends in `pump`, which tells the users what is new
// and has the card send what the stack has to send.

public import Devices
public import Execution
public import Internet
internal import Machine
internal import Publishing

/// A network interface.
///
/// All calls come from the event loop, which is where the users of ports and connections are called.
public final class NetworkInterface {
  let device: any NetworkDevice
  /// Whether it tells of itself: one does, as its counters' names are not the interface's.
  let isPublished: Bool
  let loop: EventLoop
  var stack: Stack
  private var handler: HandlerID?
  private var timer: (id: TimerID, deadline: Moment)?
  private var connections: [Connection?] = []
  private var acceptors: [(port: UInt16, accept: (Connection) -> Void)] = []
  private var sockets: [DatagramSocket] = []
  private var watches: [AddressWatch] = []
  var addressClient: AddressClient?
  /// What is published of connections; nil in images that publish nothing.
  private var rows: ConnectionRows?
  /// Finds the addresses of hosts.
  public private(set) lazy var resolver = Resolver(self)
  var offeredNameServers: [Endpoint] = []
  private var fixedNameServers: [Endpoint]?

  /// The interface of a card, without an address. `secret` is 128 random bits; of `memory` bytes that
  /// the instance has, connections take a fourth for their buffers and an eighth for themselves. Without
  /// `usesIPv6` no packet of it is sent or taken.
  public init(
    _ device: any NetworkDevice, loop: EventLoop, memory: Int, secret: (UInt64, UInt64),
    usesIPv6: Bool = true, isPublished: Bool = true
  ) {
    self.device = device
    self.loop = loop
    self.isPublished = isPublished
    var configuration = StackConfiguration(
      hardware: MACAddress(bits: device.hardwareAddress))
    configuration.mtu = device.mtu
    configuration.bufferLimit = memory / 4
    // Their table doubles when it grows, and the old one is still there meanwhile.
    configuration.connectionLimit = max(memory / 8 / (3 * MemoryLayout<TCPConnection>.stride), 32)
    stack = Stack(configuration, secret: secret)
    handler = loop.register("network") { [self] in pump() }
    if Publish.isOn, isPublished {
      publish()
      rows = ConnectionRows()
    }
    device.start(
      receive: { [self] frame in received(frame) }, finish: { [self] in pump() })
    if usesIPv6 { stack.startIPv6(at: now) }
    changed()
  }

  /// The interface that leads back to this instance, 127.0.0.1 in 127.0.0.0/8 and ::1, where nothing is
  /// lost.
  public convenience init(loopbackOn loop: EventLoop, memory: Int, secret: (UInt64, UInt64)) {
    self.init(
      LoopbackDevice(loop), loop: loop, memory: memory, secret: secret, usesIPv6: false,
      isPublished: false)
    stack.becomeLoopback()
    configure(IPv4Network(IPv4Address(127, 0, 0, 1), prefixLength: 8), gateway: nil)
  }

  /// The time, as the stack counts it.
  var now: Moment { Moment(microseconds: loop.now.nanoseconds / 1000) }

  /// The interface's address of IPv4; nil while it has none.
  public var address: IPv4Address? { stack.address == .any ? nil : stack.address }

  /// Gives the interface an address in a network, and a gateway to others.
  public func configure(_ network: IPv4Network, gateway: IPv4Address?) {
    let isNew = address != network.address
    stack.setNetwork(network, gateway: gateway)
    guard isNew else { return }
    tellOf(.v4(network.address))
    changed()
  }

  /// Gives the interface an address of IPv6 in a network, and a gateway to others, beside those that it
  /// gives itself by what routers say; `onAddress` tells when it is sure that nobody else has it.
  public func configure(_ network: IPv6Network, gateway: IPv6Address?) {
    stack.addNetwork(network, gateway: gateway, at: now)
    changed()
  }

  /// The interface's addresses of both families.
  public var addresses: [IPAddress] {
    (address.map { [.v4($0)] } ?? []) + stack.addresses6.map { .v6($0) }
  }

  /// Calls `body` with each address that the interface has, and whenever it gets another, of either
  /// family, until the watch that is returned is ended.
  @discardableResult
  public func onAddress(_ body: @escaping (IPAddress) -> Void) -> AddressWatch {
    let watch = AddressWatch(self, body)
    watches.append(watch)
    for address in addresses { body(address) }
    return watch
  }

  private func tellOf(_ address: IPAddress) {
    for watch in watches { watch.body(address) }
  }

  func end(_ watch: AddressWatch) { watches.removeAll { $0 === watch } }

  /// Who is asked for names, at most three: what was set here, else what DHCP has named.
  public var nameServers: [Endpoint] {
    get { fixedNameServers ?? offeredNameServers }
    set { fixedNameServers = Array(newValue.prefix(3)) }
  }

  // MARK: Users

  /// Takes connections at a port of TCP: `accept` is called with each that is established. At most
  /// `backlog` may be half open. False if the port is taken.
  @discardableResult
  public func listen(
    _ port: UInt16, backlog: Int = 128, _ accept: @escaping (Connection) -> Void
  ) -> Bool {
    guard stack.listen(port, backlog: backlog) else { return false }
    acceptors.append((port, accept))
    return true
  }

  /// Takes no more connections at a port. Those there are stay.
  public func stopListening(_ port: UInt16) {
    stack.stopListening(port)
    acceptors.removeAll { $0.port == port }
  }

  /// Opens a connection; its `onOpen` or `onClose` tells how that went. Throws if there is no route,
  /// or no room for another.
  public func connect(to remote: Endpoint) throws(Drop) -> Connection {
    let id = try stack.connect(to: remote, at: now)
    let connection = Connection(id, self, remote)
    keep(connection)
    changed()
    return connection
  }

  /// Takes a port of UDP, or with nil one that is free; nil if there is none. `receive` is called
  /// with each datagram that arrives, whose bytes stay only for the call.
  public func bind(
    _ port: UInt16?,
    _ receive: @escaping (DatagramSocket, UnsafeRawBufferPointer, Endpoint) -> Void
  ) -> DatagramSocket? {
    guard let taken = stack.bind(port) else { return nil }
    let socket = DatagramSocket(taken, self, receive)
    sockets.append(socket)
    return socket
  }

  func unbind(_ socket: DatagramSocket) {
    stack.unbind(socket.port)
    sockets.removeAll { $0 === socket }
  }

  // MARK: Events

  /// A user has done something: what follows from it is done when the loop comes to it, once for
  /// all that a handler does.
  func changed() {
    if let handler { loop.mark(handler) }
  }

  private func received(_ frame: UnsafeRawBufferPointer) {
    guard let start = frame.baseAddress else { return }
    // Safety: the driver's buffer, for the time of this call.
    let bytes = UnsafeBufferPointer(
      start: start.assumingMemoryBound(to: UInt8.self), count: frame.count)
    guard case .datagram(let datagram) = stack.received(bytes.span, at: now) else { return }
    guard let socket = sockets.first(where: { $0.port == datagram.port }) else { return }
    // Who is answered hears from the address that it has spoken to.
    if case .v6(let own) = datagram.destination, !own.isMulticast {
      socket.correspondence = (datagram.source, datagram.destination)
    }
    guard datagram.isReassembled else {
      socket.receive(
        socket, UnsafeRawBufferPointer(rebasing: frame[datagram.data]), datagram.source)
      return
    }
    stack.reassembled.withUnsafeBytes { whole in
      socket.receive(
        socket, UnsafeRawBufferPointer(rebasing: whole[datagram.data]), datagram.source)
    }
  }

  /// Tells the users what is new, sends what there is to send, and sets the timer.
  private func pump() {
    let moment = now
    if stack.deadline <= moment { stack.timerExpired(at: moment) }
    while let address = stack.nextAddress() { tellOf(.v6(address)) }
    repeat {
      while let event = stack.nextEvent() { tell(event) }
    } while send(at: moment)
    device.flush()
    setTimer()
    if Publish.isOn, rows != nil { tellOfConnections() }
  }

  /// Has the published rows written anew, soon.
  private func tellOfConnections() {
    guard rows?.isDue == false else { return }
    rows?.isDue = true
    _ = loop.after(ConnectionRows.period) { [self] in
      rows?.isDue = false
      rows?.refresh(stack)
    }
  }

  /// Sends as long as there is something and room; true if there may be new events.
  private func send(at moment: Moment) -> Bool {
    var count = 1
    while count > 0 {
      let hasRoom = device.send { room in
        guard let start = room.baseAddress else { return 0 }
        // Safety: the driver's buffer, for the time of this call.
        let bytes = UnsafeMutableBufferPointer(
          start: start.assumingMemoryBound(to: UInt8.self), count: room.count)
        var span = bytes.mutableSpan
        count = stack.transmit(into: &span, at: moment)
        return count
      }
      // The driver calls again when there is room.
      guard hasRoom else { return false }
    }
    return stack.hasEvent
  }

  private func setTimer() {
    let deadline = stack.deadline
    guard deadline != timer?.deadline ?? .distantFuture else { return }
    if let timer { loop.cancel(timer.id) }
    timer = nil
    let id = at(deadline) { [self] in
      timer = nil
      pump()
    }
    if let id { timer = (id, deadline) }
  }

  /// Runs `body` at a moment of the stack's; nil, and never, in the distant future.
  func at(_ moment: Moment, _ body: @escaping () -> Void) -> TimerID? {
    guard moment != .distantFuture else { return nil }
    let (nanoseconds, overflow) = moment.microseconds.multipliedReportingOverflow(by: 1000)
    return loop.at(Instant(nanoseconds: overflow ? .max : nanoseconds), body)
  }

  private func tell(_ event: TCPEvent) {
    let index = event.connection.index
    if event.signals.contains(.opened), let port = event.listener {
      guard let acceptor = acceptors.first(where: { $0.port == port }),
        let remote = stack.connection(event.connection)?.name.remote
      else { return stack.abort(event.connection) }
      let connection = Connection(event.connection, self, remote)
      keep(connection)
      acceptor.accept(connection)
    }
    guard index < connections.count, let connection = connections[index],
      connection.id == event.connection
    else { return }
    if event.signals.contains(.closed) { connections[index] = nil }
    connection.told(event)
  }

  private func keep(_ connection: Connection) {
    let index = connection.id.index
    while connections.count <= index { connections.append(nil) }
    connections[index] = connection
  }
}
