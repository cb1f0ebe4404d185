// Ctrl-C at the prompt: for as long as a line is read, SIGINT only sets a flag. A tool that waits
// for its target to stop uses the same flag between `begin` and `end`.

internal import Glibc
internal import Synchronization

/// SIGINT as a flag. Nothing else in the process may install a handler between `begin` and `end`,
/// which do not nest.
public enum Interrupts {
  private static let pending = Atomic<Bool>(false)
  // Safety: written by `begin` and read by `end`, which the one reading thread calls in turn.
  nonisolated(unsafe) private static var previous = sigaction()
  // Safety: as `previous`.
  nonisolated(unsafe) private static var previousMask = sigset_t()

  /// Whether Ctrl-C was pressed since `begin`.
  public static var isPending: Bool { pending.load(ordering: .relaxed) }

  /// Whether Ctrl-C was pressed; forgets it.
  public static func take() -> Bool { pending.exchange(false, ordering: .relaxed) }

  /// Lets Ctrl-C set the flag, even where the process keeps SIGINT blocked for a signal descriptor.
  public static func begin() {
    pending.store(false, ordering: .relaxed)
    var action = sigaction()
    // Safety: the handler only stores into an atomic.
    action.__sigaction_handler.sa_handler = { _ in
      Interrupts.pending.store(true, ordering: .relaxed)
    }
    sigaction(SIGINT, &action, &previous)
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, SIGINT)
    pthread_sigmask(SIG_UNBLOCK, &mask, &previousMask)
  }

  /// Restores what SIGINT did before.
  public static func end() {
    pthread_sigmask(SIG_SETMASK, &previousMask, nil)
    sigaction(SIGINT, &previous, nil)
  }
}
