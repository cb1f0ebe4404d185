// What users of the stack do: UDP ports, TCP ports that listen, connections.

/// Something has happened to a connection.
public struct TCPEvent: Equatable, Sendable {
  /// The connection.
  public let connection: ConnectionID
  /// What has happened.
  public let signals: TCPSignals
  /// The port that it came to; nil if it was opened from here.
  public let listener: UInt16?
  /// How it ended, with signal `closed`.
  public let closeReason: TCPCloseReason?
}

extension Stack {
  // MARK: UDP

  /// Takes a port of UDP, or any that is free; nil if it is taken, or all are.
  public mutating func bind(_ port: UInt16? = nil) -> UInt16? {
    let start = draw()
    guard let port = port ?? Self.freePort(start, { !datagramPorts.contains($0) }), port != 0,
      !datagramPorts.contains(port)
    else { return nil }
    datagramPorts.append(port)
    return port
  }

  /// Gives a port of UDP back.
  public mutating func unbind(_ port: UInt16) { datagramPorts.removeAll { $0 == port } }

  /// Queues a datagram, in pieces if it is longer than the network takes; throws why it cannot be sent,
  /// which is counted too. `source`: the address of ours that it is from; nil leaves that to the stack.
  public mutating func send(
    _ data: Span<UInt8>, from port: UInt16, _ source: IPAddress? = nil, to destination: Endpoint,
    at now: Moment
  ) throws(Drop) {
    do throws(Drop) {
      guard let source = source ?? self.source(for: destination.address, at: now) else {
        throw .noRoute
      }
      let datagram = UDPHeader(
        from: port, to: destination.port, payloadLength: data.count)
      try send(
        .udp, from: source, to: destination.address,
        payloadLength: UDPHeader.length &+ data.count
      ) { packet, place in
        packet.copy(data, at: place &+ UDPHeader.length)
        datagram.emit(into: &packet, at: place, from: source, to: destination.address)
      }
    } catch {
      drops.count(error)
      throw error
    }
  }

  /// The address of ours to speak to `destination` from; nil if there is none.
  func source(for destination: IPAddress, at now: Moment) -> IPAddress? {
    switch destination {
    case .v4: .v4(address)
    case .v6(let destination): source(for: destination, at: now).map { .v6($0) }
    }
  }

  func source(for destination: IPv6Address, at now: Moment) -> IPv6Address? {
    configuration.isLoopback ? .loopback : ip6.own.source(for: destination, at: now)
  }

  // MARK: TCP

  /// Takes connections at a port, of which at most `backlog` may be half open; false if it is taken.
  public mutating func listen(_ port: UInt16, backlog: Int = 128) -> Bool {
    guard port != 0, !listeners.contains(where: { $0.port == port }) else { return false }
    listeners.append(Listener(port: port, backlog: max(backlog, 1)))
    return true
  }

  /// Takes no more connections at a port; those there are stay.
  public mutating func stopListening(_ port: UInt16) { listeners.removeAll { $0.port == port } }

  /// Opens a connection; event `opened` or `closed` tells how that went.
  public mutating func connect(to remote: Endpoint, at now: Moment) throws(Drop) -> ConnectionID {
    guard nextHop(to: remote.address) != nil, !isGroup(remote.address), remote.port != 0,
      let local = source(for: remote.address, at: now), local != .v4(.any),
      remote.address != local || configuration.isLoopback
    else { throw .noRoute }
    let start = draw()
    let port = Self.freePort(start) { port in
      connections.find(ConnectionName(local: Endpoint(local, port), remote: remote)) == nil
    }
    guard let port else { throw .tcpNoRoom }
    let name = ConnectionName(local: Endpoint(local, port), remote: remote)
    let connection = TCPConnection(
      connecting: name, initialSequence: .initial(name, secret: secret, at: now),
      timestampOffset: name.timestampOffset(secret), tcpConfiguration(to: remote.address), at: now)
    guard let index = connections.insert(connection, listener: nil) else { throw .tcpNoRoom }
    settle(index)
    return connections.id(of: index)
  }

  private func isGroup(_ address: IPAddress) -> Bool {
    switch address {
    case .v4(let address): group(address) != nil
    case .v6(let address): address.isMulticast
    }
  }

  /// The connection as it is; nil if it is over and its user has been told.
  public func connection(_ id: ConnectionID) -> TCPConnection? {
    connections.index(of: id).flatMap { connections[$0].connection }
  }

  /// What `body` says of the connection, without a copy of it; nil as above.
  public func look<T>(_ id: ConnectionID, _ body: (borrowing TCPConnection) -> T) -> T? {
    guard let index = connections.index(of: id) else { return nil }
    return connections.look(index, body)
  }

  /// Whether `nextEvent` may have something.
  public var hasEvent: Bool { tellers.count > 0 }

  /// Queues as much of `bytes` for a connection as there is room for; returns how many.
  public mutating func write(_ bytes: Span<UInt8>, to id: ConnectionID) -> Int {
    let memory = connections.index(of: id).map { memoryToSend($0) } ?? 0
    let taken = changed(id) { $0.write(bytes, memory: memory) } ?? 0
    if taken < bytes.count, let index = connections.index(of: id), isWaiting(index) { wantMemory() }
    return taken
  }

  /// Bytes that `write` would take now; if there are none, signal `writable` comes when there are.
  public mutating func writableCount(_ id: ConnectionID) -> Int {
    let memory = connections.index(of: id).map { memoryToSend($0) } ?? 0
    let count = changed(id) { $0.writableCount(memory: memory) } ?? 0
    if count == 0, let index = connections.index(of: id), isWaiting(index) { wantMemory() }
    return count
  }

  /// Moves what has arrived into `target`; returns how many bytes.
  public mutating func read(
    _ id: ConnectionID, into target: inout MutableSpan<UInt8>
  ) -> Int {
    guard let index = connections.index(of: id) else { return 0 }
    let isTight = isTight
    let count = connections.change(index) { connection in
      let count = connection.read(into: &target)
      if isTight { connection.releaseIdleBuffers(pruning: false) }
      return count
    }
    settle(index)
    return count ?? 0
  }

  /// Finishes this end after what was written.
  public mutating func finish(_ id: ConnectionID, at now: Moment) {
    changed(id) { $0.finish(at: now) }
  }

  /// Finishes this end, and wants nothing more from the other.
  public mutating func close(_ id: ConnectionID, at now: Moment) {
    changed(id) { $0.close(at: now) }
  }

  /// Sets when the connection is given up if its peer does not answer.
  public mutating func setLimits(_ limits: TCPLimits, of id: ConnectionID, at now: Moment) {
    changed(id) { $0.setLimits(limits, at: now) }
  }

  /// Ends the connection at once, with a reset.
  public mutating func abort(_ id: ConnectionID) { changed(id) { $0.abort() } }

  /// The next thing that has happened to a connection; nil if nothing has. With `closed` it is the
  /// last of that connection.
  public mutating func nextEvent() -> TCPEvent? {
    while let index = tellers.popFirst() {
      connections[index].isTelling = false
      let signals = connections[index].signals
      connections[index].signals = []
      guard let connection = connections[index].connection, !signals.isEmpty else { continue }
      let event = TCPEvent(
        connection: connections.id(of: index), signals: signals,
        listener: connections[index].listener,
        closeReason: signals.contains(.closed) ? connection.closeReason : nil)
      if connection.isOver { forget(index) }
      return event
    }
    return nil
  }

  private func isWaiting(_ index: Int) -> Bool {
    connections.look(index) { $0.isWaitingForMemory } ?? false
  }

  @discardableResult
  private mutating func changed<T>(
    _ id: ConnectionID, _ body: (inout TCPConnection) -> T
  ) -> T? {
    guard let index = connections.index(of: id) else { return nil }
    let result = connections.change(index, body)
    settle(index)
    return result
  }

  /// A port of the dynamic range (RFC 6335) that nobody can guess (RFC 6056), if `isFree` says so.
  private static func freePort(_ start: UInt64, _ isFree: (UInt16) -> Bool) -> UInt16? {
    for step in UInt64(0)..<64 {
      let port = UInt16(truncatingIfNeeded: 49_152 + (start &+ step &* 61) % 16_384)
      if isFree(port) { return port }
    }
    return nil
  }
}
