// `run` of an application that is a Linux program: it has the terminal, and this process waits.

internal import Glibc
internal import Launcher

struct HostRun {
  let program: HostProgram

  /// Runs it to its end, which becomes this process's: its status, or the failure that it is.
  func run() throws {
    let signals = SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    let child = try program.start()
    while !child.hasEnded {
      var entries = [child.endDescriptor, signals.descriptor].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      _ = poll(&entries, nfds_t(entries.count), -1)
      // The terminal's Ctrl-C has reached the program as well, and a second one would cut it short.
      while let (signal, isSent) = signals.takeWithSource() {
        if signal == SIGHUP || isSent { kill(child.pid, signal == SIGHUP ? SIGTERM : signal) }
      }
    }
    switch child.wait() {
    case .exited(let status): Glibc.exit(status)
    case .killed(signal: SIGABRT): throw Failure(.targetDied, "the application panicked")
    case .killed(signal: SIGSYS):
      throw Failure(.targetDied, "the application made a system call that the sandbox forbids")
    case .killed(let signal):
      throw Failure(.targetDied, "the application was killed by signal \(signal)")
    case nil: break
    }
  }
}
