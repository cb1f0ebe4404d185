// Conditions and log points, decided on the target's side: a breakpoint whose condition is false
// costs its client nothing, not even a packet.

public import Bytes

extension Stub {
  /// Whether the client wants to hear of a stop at `address`; if not, the target shall go on. A
  /// breakpoint's commands are obeyed here, and what they print is sent as `O` packets.
  ///
  /// To be asked at each stop, before `stopped`. A condition that cannot be evaluated counts as true,
  /// so that its user gets to see why.
  public mutating func isTold<T: StubTarget>(
    of stop: StubStop, at address: Address, target: borrowing T
  ) -> Bool {
    let kind: StopPointKind
    switch stop.cause {
    case .softwareBreakpoint: kind = .software
    case .hardwareBreakpoint: kind = .hardware
    default: return true
    }
    guard var (conditions, commands) = scripts.scripts(kind, address) else { return true }
    if !conditions.isEmpty {
      var isMet = false
      while !isMet, let code = conditions.next() {
        body.clear()
        do {
          isMet =
            try BytecodeEvaluation.value(
              of: code, in: stop.thread, target, scratch: &scratch, text: &body) != 0
        } catch {
          return true
        }
      }
      guard isMet else {
        statistics.passed &+= 1
        return false
      }
    }
    guard !commands.isEmpty else { return true }
    while let code = commands.next() { log(code, stop.thread, target) }
    statistics.passed &+= 1
    return false
  }

  private mutating func log<T: StubTarget>(
    _ code: ArraySlice<UInt8>, _ thread: UInt64, _ target: borrowing T
  ) {
    body.clear()
    do {
      _ = try BytecodeEvaluation.value(
        of: code, in: thread, target, scratch: &scratch, text: &body)
    } catch {
      // What came before it is kept: a log point that fails must not be silent, nor stop anything.
      body.append(text: "(log point: ")
      body.append(text: error.words)
      body.append(text: ")\n")
    }
    guard state == .running, !body.isEmpty else { return }
    guard isNonStop else { return sendText() }
    // Text in between would pass for an answer; a client that knows this notification shows it.
    scratch.clear()
    swap(&scratch, &body)
    notify("Console", scratch)
  }
}
