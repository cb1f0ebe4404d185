// Signals while a prompt reads or a command waits: a handler only sets a flag and writes a byte
// into a pipe, which ends the wait for a key, whichever thread the signal came to. libedit's own
// handlers are not used: they send the signal on to the whole process group.

internal import Glibc
internal import Synchronization

/// SIGINT (and, while a prompt reads, what concerns the terminal) as flags.
///
/// Nothing else in the process may install handlers between `begin` and `end`, which do not nest.
public enum Interrupts {
  private static let pending = Atomic<UInt64>(0)
  private static let terminalSignals = [SIGWINCH, SIGTSTP, SIGTERM, SIGHUP, SIGQUIT]
  /// The pipe's two ends; -1 if there is none.
  private static let pipe: (reads: Int32, writes: Int32) = {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { return (-1, -1) }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    return (ends[0], ends[1])
  }()
  // Safety: written by `begin` and read by `end`, which the one reading thread calls in turn.
  nonisolated(unsafe) private static var previous: [(signal: Int32, action: sigaction)] = []
  // Safety: as `previous`.
  nonisolated(unsafe) private static var previousMask = sigset_t()

  /// Becomes readable when a signal came.
  static var descriptor: Int32 { pipe.reads }

  /// Whether Ctrl-C was pressed since `begin`.
  public static var isPending: Bool { has(SIGINT) }

  /// Whether Ctrl-C was pressed; forgets it.
  public static func take() -> Bool { take(SIGINT) }

  /// Lets Ctrl-C set the flag, even where the process keeps SIGINT blocked for a signal descriptor.
  public static func begin() { begin([SIGINT]) }

  /// As `begin`, and keeps in addition the signals that concern a prompt's terminal.
  static func beginPrompt() { begin([SIGINT] + terminalSignals) }

  private static func begin(_ signals: [Int32]) {
    _ = descriptor
    pending.store(0, ordering: .relaxed)
    drain()
    var mask = sigset_t()
    sigemptyset(&mask)
    for number in signals {
      var action = sigaction()
      var old = sigaction()
      // Safety: the handler stores into an atomic and writes a byte; both may be done in one.
      action.__sigaction_handler.sa_handler = { Interrupts.arrived($0) }
      sigaction(number, &action, &old)
      previous.append((number, old))
      sigaddset(&mask, number)
    }
    pthread_sigmask(SIG_UNBLOCK, &mask, &previousMask)
  }

  /// Restores what the signals did before.
  public static func end() {
    pthread_sigmask(SIG_SETMASK, &previousMask, nil)
    for (number, action) in previous {
      var action = action
      sigaction(number, &action, nil)
    }
    previous = []
  }

  private static func arrived(_ number: Int32) {
    let kept = errno
    pending.bitwiseOr(1 << UInt64(number & 63), ordering: .relaxed)
    var byte: UInt8 = 0
    // Safety: `write` reads the one byte it is given.
    _ = write(pipe.writes, &byte, 1)
    errno = kept
  }

  private static func has(_ number: Int32) -> Bool {
    pending.load(ordering: .relaxed) >> UInt64(number & 63) & 1 == 1
  }

  /// Whether a signal came; forgets it.
  static func take(_ number: Int32) -> Bool {
    let bit: UInt64 = 1 << UInt64(number & 63)
    return pending.bitwiseAnd(~bit, ordering: .relaxed).oldValue & bit != 0
  }

  /// Takes what the pipe holds.
  static func drain() {
    var bytes = [UInt8](repeating: 0, count: 64)
    // Safety: `read` fills at most `bytes.count` bytes of the array it is given.
    while descriptor >= 0, read(descriptor, &bytes, bytes.count) > 0 {}
  }

  /// A signal that came and ends or stops the process when it is not handled; forgets it.
  static func takeFatal() -> Int32? {
    [SIGTERM, SIGHUP, SIGQUIT].first(where: take)
  }
}
