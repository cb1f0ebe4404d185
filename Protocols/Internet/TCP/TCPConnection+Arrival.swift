// A segment arrives (RFC 9293, section 3.10.7), with the stricter rules of RFC 5961 for RST, SYN
// and acknowledgments, and those of RFC 7323 for timestamps.

extension TCPConnection {
  /// A segment for this connection has arrived; returns why it was dropped, if it was. What it carries
  /// may take at most `memory` bytes more of memory.
  public mutating func segmentArrived(
    _ segment: TCPSegment, _ payload: Span<UInt8>, memory: Int = .max, at now: Moment
  ) -> Drop? {
    statistics.segmentsReceived &+= 1
    switch state {
    case .closed: return .tcpNoConnection
    case .synSent: return arrivedInSynSent(segment, at: now)
    default: break
    }
    if state == .synReceived, segment.flags.contains(.synchronize),
      segment.sequence == remoteInitialSequence, !segment.flags.contains(.acknowledge)
    {
      // Our SYN was lost, or is late.
      owesSYN = true
      return .tcpDuplicate
    }
    // An answer to a question whether it is there need not be acceptable otherwise.
    if limits.keepAlive != nil, state.isSynchronized { heard(at: now) }
    if let drop = refuseSequence(of: segment, at: now) { return drop }
    if segment.flags.contains(.reset) { return resetArrived(segment, at: now) }
    if segment.flags.contains(.synchronize) { return challenged(.tcpChallenged, at: now) }
    guard segment.flags.contains(.acknowledge) else { return .tcpBadFlags }
    if state == .synReceived {
      guard segment.acknowledgment > una, segment.acknowledgment <= next else {
        resets = segment.acknowledgment
        return .tcpBadAcknowledgment
      }
      state = .established
      signals.insert(.opened)
      heard(at: now)
      if finishesWhenOpen { finish(at: now) }
    }
    noteTimestamp(of: segment, at: now)
    if let drop = acknowledgmentArrived(segment, at: now) { return drop }
    if state == .closed { return nil }
    let drop = dataArrived(segment, payload, memory, at: now)
    if state != .closed { finishArrived(segment, at: now) }
    return drop
  }

  /// Section 3.10.7.3.
  private mutating func arrivedInSynSent(_ segment: TCPSegment, at now: Moment) -> Drop? {
    let acknowledges = segment.flags.contains(.acknowledge)
    if acknowledges,
      segment.acknowledgment <= initialSequence || segment.acknowledgment > next
    {
      if !segment.flags.contains(.reset) { resets = segment.acknowledgment }
      return .tcpBadAcknowledgment
    }
    if segment.flags.contains(.reset) {
      guard acknowledges else { return .tcpBadFlags }
      end(.refused)
      return nil
    }
    guard segment.flags.contains(.synchronize) else { return .tcpBadFlags }
    let offered = (timestamps: usesTimestamps, sack: usesSACK)
    synchronize(with: segment, at: now)
    usesTimestamps = usesTimestamps && offered.timestamps
    usesSACK = usesSACK && offered.sack
    guard acknowledges else {
      // Both ends open at the same time (section 3.5).
      state = .synReceived
      owesSYN = true
      return nil
    }
    state = .established
    signals.insert(.opened)
    heard(at: now)
    acknowledgment.isDue = true
    return acknowledgmentArrived(segment, at: now)
  }

  // MARK: Whether it belongs here at all

  /// Checks timestamp and sequence number; what is refused is answered by an acknowledgment.
  private mutating func refuseSequence(of segment: TCPSegment, at now: Moment) -> Drop? {
    let isReset = segment.flags.contains(.reset)
    if usesTimestamps, !isReset, isOld(segment, at: now) {
      return challenged(.tcpOldTimestamp, at: now)
    }
    let (start, edge) = (receive.next, receive.next + receive.window)
    let isAcceptable =
      segment.sequence == start
      || segment.sequence >= start && segment.sequence < edge
      || segment.length > 0 && segment.sequence < start && segment.end > start
    if isAcceptable { return nil }
    if isReset { return .tcpOutsideWindow }
    if state == .timeWait, segment.flags.contains(.finish) {
      // Our last acknowledgment was lost.
      closeAt = now + configuration.timeWait
    }
    // Data that is there already was perhaps sent again because our acknowledgment was lost: that
    // goes out at once. An empty one may be an answer to an empty one of ours.
    guard segment.payloadLength > 0 || segment.flags.contains(.finish) else {
      return challenged(.tcpOutsideWindow, at: now)
    }
    acknowledgment.isDue = true
    return segment.end <= start ? .tcpDuplicate : .tcpOutsideWindow
  }

  /// RFC 7323, section 5.3: the sender's clock has gone back, or is missing. A connection that was
  /// idle for 24 days has no clock to compare with (section 5.5).
  private func isOld(_ segment: TCPSegment, at now: Moment) -> Bool {
    guard let timestamps = segment.options.timestamps else { return true }
    guard now - recentTimestampAt < .seconds(24 * 24 * 3600) else { return false }
    return Int32(bitPattern: timestamps.value &- recentTimestamp) < 0
  }

  /// RFC 7323, section 4.3: the timestamp of the segment that the next acknowledgment is for.
  private mutating func noteTimestamp(of segment: TCPSegment, at now: Moment) {
    guard usesTimestamps, let timestamps = segment.options.timestamps,
      segment.sequence <= receive.next
    else { return }
    recentTimestamp = timestamps.value
    recentTimestampAt = now
  }

  /// RFC 5961, section 3.2: only a reset at exactly the expected number is believed.
  private mutating func resetArrived(_ segment: TCPSegment, at now: Moment) -> Drop? {
    guard segment.sequence == receive.next else { return challenged(.tcpChallenged, at: now) }
    // RFC 1337: TIME-WAIT is not cut short.
    if state == .timeWait { return .tcpBadFlags }
    end(state == .synReceived ? .refused : state == .lastAck ? .finished : .reset)
    receive.release()
    return nil
  }

  /// Answers what makes no sense with what is expected, not too often.
  mutating func challenged(_ reason: Drop, at now: Moment) -> Drop {
    if challenge.allows(at: now) { acknowledgment.isDue = true }
    return reason
  }

  // MARK: Data

  private mutating func dataArrived(
    _ segment: TCPSegment, _ payload: Span<UInt8>, _ memory: Int, at now: Moment
  ) -> Drop? {
    guard !payload.isEmpty else { return nil }
    guard state.canReceive else { return .tcpAfterClose }
    if isAbandoned, segment.sequence + payload.count > receive.next {
      // Nobody will read it (RFC 9293, section 3.6.1).
      resets = next
      end(.aborted)
      return .tcpAfterClose
    }
    guard receive.window > 0 else {
      acknowledgment.isDue = true
      return .tcpOutsideWindow
    }
    let before = receive.count
    let outcome = receive.arrived(segment.sequence, payload, memory: memory)
    if receive.count > before { signals.insert(.readable) }
    switch outcome {
    case .inOrder:
      acknowledgment.add(
        payload.count, segment: segmentSize - (usesTimestamps ? 12 : 0),
        delay: configuration.acknowledgmentDelay, at: now)
      return nil
    case .outOfOrder:
      acknowledgment.isDue = true
      return nil
    case .duplicate:
      acknowledgment.isDue = true
      return .tcpDuplicate
    case .noRoom:
      acknowledgment.isDue = true
      return .tcpNoReassembly
    case .noMemory:
      acknowledgment.isDue = true
      return .tcpNoMemory
    }
  }

  /// FIN counts when everything before it is there.
  private mutating func finishArrived(_ segment: TCPSegment, at now: Moment) {
    guard state.canReceive else { return }
    if segment.flags.contains(.finish), remoteFinish == nil {
      remoteFinish = segment.sequence + segment.payloadLength
      acknowledgment.isDue = true
    }
    guard receive.next == remoteFinish else { return }
    receive.finished()
    acknowledgment.isDue = true
    signals.insert(.finished)
    switch state {
    case .established: state = .closeWait
    case .finWait1: state = .closing
    case .finWait2: enterTimeWait(at: now)
    default: break
    }
  }

  /// In TIME-WAIT: whether a SYN begins a new connection and is no old one of this (RFC 6191, section 2):
  /// its timestamp is later or, without one, its sequence number.
  func isSucceeded(by segment: TCPSegment) -> Bool {
    if usesTimestamps, let timestamps = segment.options.timestamps {
      let ahead = Int32(bitPattern: timestamps.value &- recentTimestamp)
      if ahead != 0 { return ahead > 0 }
    }
    return segment.sequence > receive.next
  }

  mutating func enterTimeWait(at now: Moment) {
    state = .timeWait
    retransmitAt = .distantFuture
    closeAt = now + configuration.timeWait
    sendBuffer.release()
    conclude(.finished)
  }
}
