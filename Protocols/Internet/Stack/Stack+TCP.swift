// Segments in, and what follows any event of a connection.

extension Stack {
  @inline(never)
  mutating func takeSegment(
    from source: IPAddress, to destination: IPAddress, _ bytes: Span<UInt8>, at now: Moment
  ) throws(Drop) {
    let segment = try TCPSegment(parsing: bytes, from: source, to: destination)
    let name = ConnectionName(
      local: Endpoint(destination, segment.destination),
      remote: Endpoint(source, segment.source))
    var last: SequenceNumber?
    if let index = connections.find(name) {
      last = replaced(index, by: segment)
    }
    if last == nil, let index = connections.find(name) {
      let payload = bytes.extracting(segment.payload)
      let (memory, isTight) = (memoryToReceive(index), isTight)
      let drop = connections.change(index) { connection in
        let drop = connection.segmentArrived(segment, payload, memory: memory, at: now)
        if isTight { connection.releaseIdleBuffers(pruning: false) }
        return drop
      }
      settle(index)
      if let drop, let drop {
        if drop == .tcpNoMemory { wantMemory() }
        throw drop
      }
      return
    }
    guard let listener = listeners.firstIndex(where: { $0.port == segment.destination }) else {
      try refuse(segment, name)
      throw .tcpNoConnection
    }
    guard !segment.flags.contains(.reset) else { throw .tcpNoConnection }
    if segment.flags.contains(.acknowledge), !segment.flags.contains(.synchronize),
      let size = cookies.segmentSize(in: segment, name, secret: secret, at: now)
    {
      return try acceptCookie(segment, size, name, bytes.extracting(segment.payload), at: now)
    }
    // Section 3.10.7.2: to a port that listens, an acknowledgment is of a connection long gone.
    guard !segment.flags.contains(.acknowledge) else {
      try refuse(segment, name)
      throw .tcpNoConnection
    }
    guard segment.flags.contains(.synchronize), !segment.flags.contains(.finish) else {
      throw .tcpBadFlags
    }
    guard listeners[listener].halfOpen < listeners[listener].backlog else {
      // A cookie holds no segment size below the one that all take.
      guard configuration.tcp.usesCookies, segment.options.maximumSegmentSize ?? 536 >= 536 else {
        throw .tcpBacklogFull
      }
      return try sendCookie(segment, name, at: now)
    }
    let connection = TCPConnection(
      accepting: segment, name,
      initialSequence: .initial(name, secret: secret, after: last, at: now),
      timestampOffset: name.timestampOffset(secret), tcpConfiguration(to: source), at: now)
    guard let index = connections.insert(connection, listener: segment.destination) else {
      throw .tcpNoRoom
    }
    listeners[listener].halfOpen += 1
    settle(index)
  }

  /// Answers a SYN of which nothing is kept.
  private mutating func sendCookie(
    _ segment: TCPSegment, _ name: ConnectionName, at now: Moment
  ) throws(Drop) {
    let number = cookies.number(for: segment, name, secret: secret, at: now)
    var answer = TCPSegment(
      [.synchronize], number, acknowledgment: segment.sequence + 1)
    let tcp = tcpConfiguration(to: name.remote.address)
    answer.options.maximumSegmentSize = UInt16(clamping: tcp.maximumSegmentSize)
    answer.window = UInt16(clamping: configuration.tcp.receiveLimit)
    try reply(answer, name)
    cookieCounters.sent &+= 1
  }

  /// A peer has shown by its acknowledgment that it is where it says: there is a connection now.
  private mutating func acceptCookie(
    _ segment: TCPSegment, _ size: UInt16, _ name: ConnectionName, _ payload: Span<UInt8>,
    at now: Moment
  ) throws(Drop) {
    let connection = TCPConnection(
      acknowledgedCookie: segment, segmentSize: size, name,
      tcpConfiguration(to: name.remote.address), at: now)
    guard let index = connections.insert(connection, listener: name.local.port) else {
      throw .tcpNoRoom
    }
    for place in 0..<listeners.count where listeners[place].port == name.local.port {
      listeners[place].halfOpen += 1
    }
    cookieCounters.accepted &+= 1
    let memory = memoryToReceive(index)
    let drop = connections.change(index) { connection in
      connection.segmentArrived(segment, payload, memory: memory, at: now)
    }
    settle(index)
    if let drop, let drop { throw drop }
  }

  /// Removes the connection if it is over and the segment begins a new one with the same ends (RFC 9293,
  /// section 3.10.7.4, first check; RFC 6191); returns the number after the last that it has used.
  private mutating func replaced(_ index: Int, by segment: TCPSegment) -> SequenceNumber? {
    guard segment.flags.contains(.synchronize), !segment.flags.contains(.acknowledge),
      !segment.flags.contains(.reset), listeners.contains(where: { $0.port == segment.destination })
    else { return nil }
    // Not before its user knows of its end and has read everything: the SYN will be sent again.
    guard !connections[index].isTelling,
      connections.look(index, { $0.readableCount == 0 }) == true
    else { return nil }
    let last = connections.look(index) { connection in
      connection.state == .timeWait && connection.isSucceeded(by: segment)
        ? connection.next : nil as SequenceNumber?
    }
    guard let last, let last else { return nil }
    connections.change(index) { $0.end(.finished) }
    forget(index)
    return last
  }

  /// Answers a segment that belongs to no connection (section 3.10.7.1).
  private mutating func refuse(_ segment: TCPSegment, _ name: ConnectionName) throws(Drop) {
    guard !segment.flags.contains(.reset) else { return }
    var answer: TCPSegment
    if segment.flags.contains(.acknowledge) {
      answer = TCPSegment(.reset, segment.acknowledgment)
    } else {
      answer = TCPSegment(.reset, SequenceNumber(0), acknowledgment: segment.end)
    }
    try reply(answer, name)
  }

  /// Queues a segment without data that belongs to no connection.
  @inline(never)
  private mutating func reply(_ answer: TCPSegment, _ name: ConnectionName) throws(Drop) {
    var segment = answer
    segment.source = name.local.port
    segment.destination = name.remote.port
    let (whole, local, remote) = (segment, name.local.address, name.remote.address)
    try send(
      .tcp, from: local, to: remote, payloadLength: 20 &+ segment.options.length
    ) { packet, place in
      whole.emit(into: &packet, at: place, from: local, to: remote)
    }
  }

  /// What a connection to `remote` begins with: segments that its way takes, as far as that is known.
  func tcpConfiguration(to remote: IPAddress) -> TCPConfiguration {
    var chosen = configuration.tcp
    if case .v6(let address) = remote {
      chosen.maximumSegmentSize = ip6.routers.mtu(to: address) - 60
    }
    return chosen
  }

  // MARK: After an event

  /// Puts a connection to which something has happened into the queues where it belongs.
  @inline(never)
  mutating func settle(_ index: Int) {
    let found = connections.change(index) { ($0.takeSignals(), $0.isOver, $0.deadline) }
    guard let (signals, isOver, deadline) = found else { return }
    deadlines.set(isOver ? .distantFuture : deadline, of: index)
    if !isOver { enqueue(index) }
    if let listener = connections[index].listener, !connections[index].isKnown {
      if signals.contains(.opened) || signals.contains(.closed) { settled(listener) }
      connections[index].isKnown = signals.contains(.opened)
    }
    guard connections[index].isKnown else {
      // Never up, so nobody knows of it.
      if isOver { forget(index) }
      return
    }
    connections[index].signals.formUnion(signals)
    if !connections[index].signals.isEmpty {
      guard !connections[index].isTelling else { return }
      connections[index].isTelling = true
      tellers.append(index)
    } else if isOver {
      forget(index)
    }
  }

  private mutating func settled(_ port: UInt16) {
    for index in 0..<listeners.count where listeners[index].port == port {
      listeners[index].halfOpen = max(listeners[index].halfOpen - 1, 0)
    }
  }

  mutating func enqueue(_ index: Int) {
    guard !connections[index].isQueued else { return }
    connections[index].isQueued = true
    senders.append(index)
  }

  mutating func forget(_ index: Int) {
    deadlines.set(.distantFuture, of: index)
    connections.remove(index)
  }

  /// A neighbour has answered, or never will: those that wait for one try again.
  @inline(never)
  mutating func unpark(unreachable: IPAddress?) {
    guard parked > 0 else { return }
    for index in 0..<connections.places.count where connections[index].isParked {
      connections[index].isParked = false
      parked -= 1
      if let unreachable, let remote = connections[index].connection?.name.remote.address,
        nextHop(to: remote) == unreachable
      {
        connections.change(index) { $0.wasUnreachable() }
      }
      settle(index)
    }
  }
}
