// What a connection sends, in the order of urgency: a reset, SYN, what was lost, new data with FIN
// after it, a probe of a closed window, and, if none of these carries it, an acknowledgment.

extension TCPConnection {
  /// The next segment to be sent now, nil if there is none; it counts as sent.
  ///
  /// Ask until it says nil. `copyPayload` has the segment's data.
  public mutating func nextSegment(at now: Moment) -> TCPSegment? {
    if let number = resets { return reset(number) }
    if state == .closed { return nil }
    var segment: TCPSegment
    if owesSYN {
      segment = synchronizing()
    } else if state == .synSent || state == .synReceived {
      // An acknowledgment that is due goes with the SYN that will be sent again.
      acknowledgment = AcknowledgmentDebt()
      return nil
    } else if let data = nextData(at: now) {
      segment = data
    } else if owesProbe {
      // Not in the window, so that it must be answered (RFC 9293, section 3.8.6.1).
      segment = carrying(una + -1, count: 0)
      owesProbe = false
    } else if acknowledgment.isDue {
      segment = carrying(next, count: 0)
    } else {
      return nil
    }
    segment.source = name.local.port
    segment.destination = name.remote.port
    if segment.flags.contains(.acknowledge) {
      segment.acknowledgment = receive.next
      acknowledgment = AcknowledgmentDebt()
    }
    segment.window = receive.offer(
      segment: payloadSize, isSYN: segment.flags.contains(.synchronize))
    if usesTimestamps {
      segment.options.timestamps = TCPTimestamps(value: clock(at: now), echo: recentTimestamp)
    }
    statistics.segmentsSent &+= 1
    if segment.length > 0 { armRetransmission(at: now) }
    return segment
  }

  /// Copies the data of a segment that `nextSegment` gave to `place` of `target`.
  public func copyPayload(
    of segment: TCPSegment, into target: inout MutableSpan<UInt8>, at place: Int
  ) {
    sendBuffer.copy(segment.sequence - dataStart, segment.payloadLength, into: &target, at: place)
  }

  private mutating func reset(_ number: SequenceNumber) -> TCPSegment {
    resets = nil
    var segment = TCPSegment(.reset, number)
    if state == .closed { segment.flags.insert(.acknowledge) }
    segment.acknowledgment = receive.next
    segment.source = name.local.port
    segment.destination = name.remote.port
    return segment
  }

  private mutating func synchronizing() -> TCPSegment {
    owesSYN = false
    if next > initialSequence {
      statistics.retransmissions &+= 1
      timed = nil
    }
    next = .later(next, initialSequence + 1)
    var segment = TCPSegment(.synchronize, initialSequence)
    let isAnswer = state == .synReceived
    if isAnswer { segment.flags.insert(.acknowledge) }
    segment.options.maximumSegmentSize = UInt16(clamping: configuration.maximumSegmentSize)
    if !isAnswer || isScaling {
      segment.options.windowScale = ReceiveBuffer.scale(limit: configuration.receiveLimit)
    }
    segment.options.permitsSACK = usesSACK
    return segment
  }

  // MARK: Data

  private mutating func nextData(at now: Moment) -> TCPSegment? {
    if now - lastSent > roundTrip.timeout, una == next { congestion.wasIdle() }
    let options = optionsLength
    let size = segmentSize - options
    let underWay = recovery.underWay(next)
    let room = congestion.size - underWay
    if let lost = recovery.nextLost(segment: size), room >= lost.count || recovery.isFirst {
      recovery.sentAgain(upTo: lost.end)
      statistics.retransmissions &+= 1
      timed = nil
      lastSent = now
      return carrying(lost.start, count: lost.count)
    }
    guard !hasSentFinish else { return nil }
    let waiting = dataEnd - next
    let usable = una + sendWindow - next
    let count = min(waiting, usable, size)
    // FIN has a number, and that has to be in the window too.
    let isLast = count == waiting && isFinishing && usable > waiting
    guard count > 0 || isLast, isWorthSending(count, waiting, usable, size) else {
      if una == next, waiting > 0 || isFinishing, retransmitAt == .distantFuture {
        retransmitAt = now + roundTrip.timeout
        waitingSince = now
      }
      return nil
    }
    // The rest of the congestion window, if it is less than a segment, is left alone.
    guard room >= count || underWay == 0 else { return nil }
    let segment = carrying(next, count: count + (isLast ? 1 : 0))
    next = segment.end
    forcesSmall = false
    if timed == nil { timed = (next, now) }
    lastSent = now
    return segment
  }

  /// Against silly windows (RFC 9293, section 3.8.6.2.1), and Nagle's algorithm if it is wanted.
  private func isWorthSending(
    _ count: Int, _ waiting: Int, _ usable: Int, _ size: Int
  ) -> Bool {
    if count >= size || forcesSmall { return true }
    if count == waiting { return !configuration.collectsSmallWrites || una == next || isFinishing }
    return 2 * count >= largestSendWindow && count > 0
  }

  private var optionsLength: Int {
    var options = TCPOptions()
    if usesTimestamps { options.timestamps = TCPTimestamps(value: 0, echo: 0) }
    addSelective(to: &options)
    return options.length
  }

  private func addSelective(to options: inout TCPOptions) {
    guard usesSACK else { return }
    // With timestamps there is room for three (RFC 2018, section 3).
    receive.acknowledgeSelectively(in: &options, limit: usesTimestamps ? 3 : 4)
  }

  /// A segment with `count` numbers from `start` on, of which one may be FIN.
  private func carrying(_ start: SequenceNumber, count: Int) -> TCPSegment {
    var segment = TCPSegment(.acknowledge, start)
    segment.payloadLength = min(count, max(dataEnd - start, 0))
    if segment.payloadLength < count { segment.flags.insert(.finish) }
    if count > 0, segment.sequence + segment.payloadLength == dataEnd {
      segment.flags.insert(.push)
    }
    addSelective(to: &segment.options)
    return segment
  }
}
