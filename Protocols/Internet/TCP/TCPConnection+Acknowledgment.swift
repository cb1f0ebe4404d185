// What an acknowledgment changes: what is under way, the peer's window, the round trip, congestion.

extension TCPConnection {
  /// Takes in the acknowledgment of a segment that is otherwise acceptable.
  mutating func acknowledgmentArrived(_ segment: TCPSegment, at now: Moment) -> Drop? {
    let number = segment.acknowledgment
    // RFC 5961, section 5.2: neither of what was never sent nor of what is long over.
    guard number <= next, number >= una + -largestSendWindow else {
      return challenged(.tcpBadAcknowledgment, at: now)
    }
    let isNews = selectiveArrived(segment)
    let windowBefore = sendWindow
    if number >= una { updateWindow(segment) }
    if number > una {
      advance(to: number, segment, at: now)
    } else if number == una, una < next,
      isNews
        || segment.payloadLength == 0 && sendWindow == windowBefore && !usesSACK
          && !segment.flags.contains(.finish)
    {
      duplicateArrived()
    }
    // A peer that answers, if only to say that it has no room, is alive.
    if sendWindow == 0 { retries = 0 }
    if sendWindow > windowBefore, una == next { retransmitAt = .distantFuture }
    return nil
  }

  private mutating func selectiveArrived(_ segment: TCPSegment) -> Bool {
    guard usesSACK else { return false }
    var isNews = false
    for index in 0..<segment.options.sackCount {
      let range = segment.options.sack(index)
      if recovery.selectivelyAcknowledged(range, next: next) { isNews = true }
    }
    return isNews
  }

  private mutating func updateWindow(_ segment: TCPSegment) {
    guard
      windowSequence < segment.sequence
        || windowSequence == segment.sequence && windowAcknowledgment <= segment.acknowledgment
    else { return }
    sendWindow =
      Int(segment.window) << (segment.flags.contains(.synchronize) ? 0 : Int(sendScale))
    largestSendWindow = max(largestSendWindow, sendWindow)
    windowSequence = segment.sequence
    windowAcknowledgment = segment.acknowledgment
  }

  private mutating func advance(to number: SequenceNumber, _ segment: TCPSegment, at now: Moment) {
    let bytes = number - una
    let flight = recovery.underWay(next)
    let wasFast: Bool = if case .fast = recovery.phase { true } else { false }
    measure(number, segment, at: now)
    // As many bytes as are data: SYN and FIN have numbers too.
    let data = min(number - dataStart, sendBuffer.count)
    let finish = dataEnd
    if data > 0 {
      sendBuffer.drop(data)
      dataStart = dataStart + data
    }
    una = number
    recovery.acknowledged(upTo: number, next: next, segment: payloadSize, usesSACK: usesSACK)
    // The window grows only if it was what held the sender back.
    if !wasFast, 2 * flight >= congestion.size {
      congestion.acknowledged(
        bytes, roundTrip: roundTrip.smoothed ?? Interval(microseconds: 0), at: now)
    }
    retries = 0
    waitingSince = now
    roundTrip.acknowledged()
    retransmitAt = una == next ? .distantFuture : now + roundTrip.timeout
    if isWriterWaiting, sendBuffer.free >= min(sendBuffer.limit / 2, 4 * segmentSize) {
      isWriterWaiting = false
      if state.canSend { signals.insert(.writable) }
    }
    if isFinishing, number > finish { finishAcknowledged(at: now) }
  }

  private mutating func finishAcknowledged(at now: Moment) {
    switch state {
    case .finWait1:
      state = .finWait2
      // Nobody waits for the other end's data; it shall not stay half open for ever.
      if isAbandoned { closeAt = now + configuration.timeWait }
    case .closing: enterTimeWait(at: now)
    case .lastAck:
      // What has not been read yet stays readable a while.
      if receive.count > 0 { enterTimeWait(at: now) } else { end(.finished) }
    default: break
    }
  }

  private mutating func duplicateArrived() {
    switch recovery.duplicate(next: next, segment: payloadSize, usesSACK: usesSACK) {
    case .nothing: break
    case .loss:
      statistics.recoveries &+= 1
      congestion.lost(flight: next - una)
      timed = nil
    }
  }

  /// A sample of the round trip: by the echoed timestamp (RFC 7323, section 4.1), else of a segment
  /// that was sent once (RFC 6298, section 3).
  private mutating func measure(_ number: SequenceNumber, _ segment: TCPSegment, at now: Moment) {
    if usesTimestamps {
      guard let echo = segment.options.timestamps?.echo, echo != 0 else { return }
      let milliseconds = clock(at: now) &- echo
      guard milliseconds < 1 << 31 else { return }
      roundTrip.measured(.milliseconds(UInt64(milliseconds)))
    } else if let timed, number >= timed.end {
      roundTrip.measured(now - timed.sent)
      self.timed = nil
    }
  }

  /// The clock of our timestamps: milliseconds, begun where nobody can guess it, and never behind that
  /// of a connection before with the same name (RFC 7323, section 7.1; RFC 6191).
  func clock(at now: Moment) -> UInt32 {
    UInt32(truncatingIfNeeded: now.microseconds / 1000) &+ timestampOffset
  }

  /// Bytes of data in a full segment without selective acknowledgments.
  var payloadSize: Int { segmentSize - (usesTimestamps ? 12 : 0) }

  /// A router says that the path takes packets of `mtu` bytes at most, of one with this number
  /// (RFC 1191; RFC 5927, section 7: only of what is under way). Retransmits what was too long.
  public mutating func pathTookOnly(_ mtu: Int, sequence: SequenceNumber, at now: Moment) {
    guard state.isSynchronized, sequence >= una, sequence < next else { return }
    // The least that every network takes is 68; nobody has less than 576 (RFC 791), but for
    // tunnels, and an attacker would like as little as can be had.
    let size =
      switch name.remote.address {
      case .v4: max(mtu, 552) - 40
      // RFC 8200, section 5: every network takes 1280.
      case .v6: max(mtu, 1280) - 60
      }
    guard size < segmentSize else { return }
    setSegmentSize(size)
    recovery.timedOut(next: next)
    timed = nil
  }
}
