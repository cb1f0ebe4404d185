// Timers: one for what is not acknowledged (RFC 6298, section 5) or, with nothing under way, for a
// window that does not open; one for a delayed acknowledgment; one for the end.

extension TCPConnection {
  /// When `timerExpired` is to be called.
  public var deadline: Moment {
    min(min(retransmissionDue, keepAliveAt), min(acknowledgment.deadline, closeAt))
  }

  /// The user's own limit may come before the next retry.
  private var retransmissionDue: Moment {
    let next = retransmitAt
    guard let limit = limits.userTimeout, next != .distantFuture else { return next }
    return min(retransmitAt, waitingSince + limit)
  }

  /// Time has come to `now`; what is to be sent then, `nextSegment` says.
  public mutating func timerExpired(at now: Moment) {
    if closeAt <= now { return end(.finished) }
    if acknowledgment.deadline <= now {
      acknowledgment.isDue = true
      acknowledgment.deadline = .distantFuture
    }
    if keepAliveAt <= now { askWhetherAlive(at: now) }
    guard retransmissionDue <= now else { return }
    retransmitAt = .distantFuture
    if let limit = limits.userTimeout, state != .timeWait, waitingSince + limit <= now {
      return giveUp()
    }
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

  /// The peer has said nothing for a while, with nothing under way: it has to answer what is not in its
  /// window (RFC 9293, section 3.8.4).
  private mutating func askWhetherAlive(at now: Moment) {
    keepAliveAt = .distantFuture
    guard limits.keepAlive != nil, state.isSynchronized, state != .timeWait, state != .closed else {
      return
    }
    keepAliveAt = now + max(limits.keepAliveInterval, .milliseconds(100))
    // What is under way is asked after by its own timer.
    guard una == next, retransmitAt == .distantFuture else { return }
    guard keepAliveTries < limits.keepAliveTries else { return giveUp() }
    keepAliveTries += 1
    owesProbe = true
  }

  /// The peer has said something.
  mutating func heard(at now: Moment) {
    keepAliveTries = 0
    guard let pause = limits.keepAlive else { return }
    keepAliveAt = now + pause
  }

  /// Sets when the connection is given up; from now on.
  public mutating func setLimits(_ limits: TCPLimits, at now: Moment) {
    self.limits = limits
    keepAliveAt = .distantFuture
    if state.isSynchronized { heard(at: now) }
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
    waitingSince = now
  }
}
