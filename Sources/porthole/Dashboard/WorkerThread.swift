internal import Glibc

/// A thread of its own for work that waits.
struct WorkerThread {
  private let thread: pthread_t

  private final class Work {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts a thread that runs `body`; `nil` if the system refuses.
  init?(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    // Safety: the work is retained here and released by the thread that takes it.
    let work = Unmanaged.passRetained(Work(body))
    let status = pthread_create(
      &thread, nil,
      { argument in
        // What concerns the terminal is for the thread that owns it.
        var mask = sigset_t()
        sigemptyset(&mask)
        for number in [SIGTSTP, SIGCONT, SIGWINCH] { sigaddset(&mask, number) }
        pthread_sigmask(SIG_BLOCK, &mask, nil)
        guard let argument else { return nil }
        Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, work.toOpaque())
    guard status == 0 else {
      work.release()
      return nil
    }
    self.thread = thread
  }

  /// Waits until the body has returned.
  func join() { pthread_join(thread, nil) }
}
