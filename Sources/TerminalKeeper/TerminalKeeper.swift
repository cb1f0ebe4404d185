// Gives the terminal back as it was, however the process ends. What has to be written is made in
// advance, so that a signal handler can do it with `write` and `tcsetattr` alone. For an end that
// no handler sees (SIGKILL) a small child waits on a pipe and does the same.

internal import CLinux
public import Glibc

/// What a signal handler needs, at a fixed address.
private struct Plan {
  var descriptor: Int32
  var bytes: UnsafeMutablePointer<UInt8>
  var count: Int
  var original: termios
  /// The pipe to the child; -1 if there is none.
  var keeper: Int32
}

// Safety: written by `arm` and `disarm` on the terminal's thread while no handler of ours can run
// for it, and otherwise only read; a pointer is stored whole.
private nonisolated(unsafe) var plan: UnsafeMutablePointer<Plan>?

/// The signals that end a process and leave the terminal to its handler.
private let fatalSignals: [Int32] = [
  SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU,
  SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXFSZ, SIGSYS, SIGPOLL, SIGPWR, SIGSTKFLT,
]

/// Restores, then lets the signal do what it would have done. Async-signal-safe.
private func restoreAndDie(_ signal: Int32) {
  TerminalKeeper.perform()
  Glibc.signal(signal, SIG_DFL)
  raise(signal)
}

/// What gives the terminal back: one a process, used by the dashboard and by the prompt.
public enum TerminalKeeper {
  /// Restores the terminal now. Async-signal-safe; does nothing when not armed.
  public static func perform() {
    // Safety: the plan stays allocated until the process ends.
    guard let plan = unsafe plan else { return }
    var left = unsafe plan.pointee.count
    var next = unsafe plan.pointee.bytes
    while left > 0 {
      let written = unsafe write(plan.pointee.descriptor, next, left)
      guard written > 0 else { break }
      unsafe next += written
      left -= written
    }
    unsafe tcsetattr(plan.pointee.descriptor, TCSANOW, &plan.pointee.original)
    dismissKeeper()
  }

  /// Keeps what restores the terminal and catches the signals that end the process.
  ///
  /// `sequence` is written to `descriptor`, then `original` becomes its settings. Costs a fork.
  public static func arm(descriptor: Int32, sequence: [UInt8], original: termios) {
    disarm()
    // Safety: both are freed never; a handler may come at any moment.
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, sequence.count))
    unsafe bytes.initialize(from: sequence, count: sequence.count)
    let new = UnsafeMutablePointer<Plan>.allocate(capacity: 1)
    let keeper = startKeeper(descriptor, bytes, sequence.count, original)
    unsafe new.initialize(
      to: Plan(
        descriptor: descriptor, bytes: bytes, count: sequence.count, original: original,
        keeper: keeper))
    unsafe plan = new
    useOwnStack()
    for number in fatalSignals {
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = restoreAndDie
      action.sa_flags = SA_ONSTACK
      var previous = sigaction()
      unsafe sigaction(number, nil, &previous)
      // A signal that is ignored stays ignored.
      // Safety: SIG_IGN is the number 1 where a function's address would stand; it is only compared.
      if unsafe unsafeBitCast(previous.__sigaction_handler.sa_handler, to: Int.self) == 1 {
        continue
      }
      unsafe sigaction(number, &action, nil)
    }
  }

  /// The terminal was given back in the ordinary way: handlers and child have nothing to do.
  public static func disarm() {
    // Safety: see `plan`.
    guard unsafe plan != nil else { return }
    dismissKeeper()
    unsafe plan = nil
  }

  /// Tells the child that the terminal is in order. Async-signal-safe.
  private static func dismissKeeper() {
    // Safety: as in `perform`.
    guard let plan = unsafe plan, unsafe plan.pointee.keeper >= 0 else { return }
    var done: UInt8 = 1
    unsafe write(plan.pointee.keeper, &done, 1)
    unsafe close(plan.pointee.keeper)
    unsafe plan.pointee.keeper = -1
  }

  /// Lets handlers run on a stack of their own: a crash may be a stack overflow.
  private static func useOwnStack() {
    let size = 64 * 1024
    // Safety: never freed, as a handler may run at any moment.
    var stack = unsafe stack_t(
      ss_sp: UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16), ss_flags: 0,
      ss_size: size)
    unsafe sigaltstack(&stack, nil)
  }

  /// Starts the child that restores the terminal when this process ends without doing so; returns
  /// the pipe to it, or -1.
  private static func startKeeper(
    _ descriptor: Int32, _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ original: termios
  ) -> Int32 {
    var ends: [Int32] = [-1, -1]
    // Safety: the array has the two elements that pipe2 writes.
    guard unsafe linux_pipe(&ends) == 0 else { return -1 }
    let child = linux_fork()
    if child == 0 {
      // Safety: only async-signal-safe calls from here on; the child owns copies of all it uses.
      unsafe keep(ends[0], descriptor, bytes, count, original)
    }
    close(ends[0])
    guard child > 0 else {
      close(ends[1])
      return -1
    }
    return ends[1]
  }

  /// The child: waits for the pipe's end, and restores unless a byte came first.
  private static func keep(
    _ pipe: Int32, _ descriptor: Int32, _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int,
    _ original: termios
  ) -> Never {
    for number in fatalSignals + [SIGTTOU, SIGPIPE] { Glibc.signal(number, SIG_IGN) }
    for number in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] {
      Glibc.signal(number, SIG_DFL)
    }
    // Nothing else may stay open here: others watch for this process's links to close.
    // The terminal first: it may be descriptor 0.
    dup2(descriptor, 1)
    dup2(pipe, 0)
    linux_close_from(2)
    var byte: UInt8 = 0
    var got = unsafe read(0, &byte, 1)
    while got < 0, errno == EINTR { got = unsafe read(0, &byte, 1) }
    if got == 0 {
      var original = original
      unsafe write(1, bytes, count)
      unsafe tcsetattr(1, TCSANOW, &original)
    }
    _exit(0)
  }
}
