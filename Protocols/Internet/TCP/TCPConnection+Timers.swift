// Timers: one for what is not acknowledged (RFC 6298, section 5) or, with nothing under way, for a
// window that does not open; one for a delayed acknowledgment; one for the end.

extension TCPConnection {
  /// When `timerExpired` is to be called.
  public var deadline: Moment {
    min(retransmitAt, min(acknowledgment.deadline, closeAt))
  }

  /// Time has come to `now`; what is to be sent then, `nextSegment` says.
  public mutating func timerExpired(at now: Moment) {
    if closeAt <= now { return end(.finished) }
    if acknowledgment.deadline <= now {
      acknowledgment.isDue = true
      acknowledgment.deadline = .distantFuture
    }
    guard retransmitAt <= now else { return }
    retransmitAt = .distantFuture
    switch state {
    case .closed, .timeWait: return
    case .synSent, .synReceived:
      guard retries < configuration.synRetryLimit else { return giveUp() }
      owesSYN = true
    default:
      guard retries < configuration.retryLimit else { return giveUp() }
      if una == next {
        guard probe() else { return }
      } else {
        timedOut()
      }
    }
    retries += 1
    roundTrip.timedOut()
    retransmitAt = now + roundTrip.timeout
  }

  private mutating func giveUp() {
    if state.isSynchronized { resets = next }
    end(.timedOut)
    receive.release()
  }

  /// The window has been closed for a time-out. One that is open but small is used as it is.
  private mutating func probe() -> Bool {
    guard dataEnd > next || isFinishing && !hasSentFinish else { return false }
    if sendWindow > 0 { forcesSmall = true } else { owesProbe = true }
    return true
  }

  private mutating func timedOut() {
    statistics.timeouts &+= 1
    recovery.timedOut(next: next)
    congestion.timedOut(flight: next - una, isRepeated: retries > 0)
    timed = nil
  }

  /// Something is under way: the timer runs, from the first of it on (RFC 6298, section 5.1).
  mutating func armRetransmission(at now: Moment) {
    guard retransmitAt == .distantFuture else { return }
    retransmitAt = now + roundTrip.timeout
  }
}
