// QPassSignals, QProgramSignals, and what a signal means to a machine: a fault has one, and a machine
// that is given the signal of its fault ends by it, as it would without a debugger. Without it the
// instruction is tried again, so that a client can mend what was wrong.

internal import Bytes

/// What a client wants to become of signals, as gdb counts them.
struct SignalRules: Sendable {
  /// A set of signals; those from 63 on are one.
  struct Signals: Sendable {
    var bits: UInt64

    func contains(_ signal: UInt64) -> Bool { bits >> min(signal, 63) & 1 != 0 }
    mutating func insert(_ signal: UInt64) { bits |= 1 << min(signal, 63) }
  }

  /// Those that the client is not told of.
  var passed = Signals(bits: 0)
  /// Those that the program may be given.
  var program = Signals(bits: .max)

  /// Whether the program is given a signal that the client passes on.
  func isDelivered(_ signal: UInt64) -> Bool {
    signal > 0 && signal < 256 && program.contains(signal)
  }
}

extension StubStop {
  /// Whether it is a fault with this signal, rather than the end of a step, a breakpoint or an
  /// interruption.
  func isFault(_ signal: UInt64) -> Bool {
    cause == .signal && UInt64(self.signal) == signal && signal != 5 && signal != 2
  }
}

extension Stub {
  /// Whether the client does not want to hear of a fault with this signal.
  public func passes(_ stop: StubStop) -> Bool {
    stop.isFault(UInt64(stop.signal)) && signals.passed.contains(UInt64(stop.signal))
  }

  /// Whether the program is to be given the signal of the fault at which it has just been let go on.
  public func delivers(_ stop: StubStop) -> Bool {
    guard stop.isFault(UInt64(stop.signal)), isAttended else { return false }
    for action in resumption where action.thread == nil || action.thread?.thread == stop.thread {
      return action.kind == .contWithSignal(stop.signal)
    }
    return false
  }

  /// `QPassSignals:SIGNAL;...`, in hexadecimal; each such list replaces the last.
  mutating func passSignals(_ arguments: PacketReader) {
    guard let passed = list(arguments) else { return replyError(.malformed) }
    guard allows(.stop) else { return }
    signals.passed = passed
    replyOK()
  }

  /// `QProgramSignals:SIGNAL;...`
  mutating func deliverSignals(_ arguments: PacketReader) {
    guard let program = list(arguments) else { return replyError(.malformed) }
    guard allows(.stop) else { return }
    signals.program = program
    replyOK()
  }

  private func list(_ arguments: PacketReader) -> SignalRules.Signals? {
    var reader = arguments
    var result = SignalRules.Signals(bits: 0)
    while !reader.isAtEnd {
      guard let signal = reader.number() else { return nil }
      result.insert(signal)
      if !reader.take(Letter.semicolon), !reader.isAtEnd { return nil }
    }
    return result
  }
}
