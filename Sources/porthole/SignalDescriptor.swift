internal import Glibc
internal import Launcher

/// Signals as readable bytes instead of interruptions, for as long as the process lives.
final class SignalDescriptor {
  /// Readable when one of the signals has come.
  let descriptor: Int32

  /// Blocks the signals in this thread (and those it starts) and collects them.
  init(_ signals: [Int32]) {
    descriptor = Signals.open(signals)
  }

  deinit { close(descriptor) }

  /// The next signal that has come; `nil` if none has.
  func take() -> Int32? { Signals.take(descriptor) }

  /// The same, with whether a process sent it and not the terminal.
  func takeWithSource() -> (number: Int32, isSent: Bool)? { Signals.takeWithSource(descriptor) }
}
