// One descriptor for everything that the terminal can report: input, a new size, having been
// stopped and continued.

internal import CNcurses
internal import Glibc

// Safety: set once before any handler is installed, then only read.
private nonisolated(unsafe) var wakePipe: Int32 = -1

/// Tells the event loop which signal came. Async-signal-safe.
private func wake(_ signal: Int32) {
  let saved = errno
  var byte = UInt8(truncatingIfNeeded: signal)
  // Safety: writes one byte of a local.
  unsafe write(wakePipe, &byte, 1)
  errno = saved
}

/// Joins the terminal's input with the signals that concern it.
struct Wakeup {
  /// Readable when there is input or a signal.
  let descriptor: Int32
  private let pipe: Int32

  /// Catches SIGWINCH, SIGCONT and SIGTSTP, and joins them with `input`.
  init(input: Int32) {
    var ends: [Int32] = [-1, -1]
    // Safety: the array has the two elements that are written.
    _ = unsafe cnc_pipe(&ends, true)
    pipe = ends[0]
    unsafe wakePipe = ends[1]
    descriptor = cnc_join(input, pipe)
    for number in [SIGWINCH, SIGCONT, SIGTSTP] {
      var action = sigaction()
      // Safety: the handler only writes to a pipe.
      unsafe action.__sigaction_handler.sa_handler = wake
      action.sa_flags = SA_RESTART
      unsafe sigaction(number, &action, nil)
    }
  }

  /// Takes the signals that came since the last call.
  func takeSignals() -> Set<Int32> {
    var signals: Set<Int32> = []
    var buffer = [UInt8](repeating: 0, count: 64)
    while true {
      // Safety: reads into the array's own storage.
      let count = unsafe read(pipe, &buffer, buffer.count)
      guard count > 0 else { return signals }
      for byte in buffer[..<count] { signals.insert(Int32(byte)) }
    }
  }

  /// Gives the signals back and closes all.
  func close() {
    for number in [SIGWINCH, SIGCONT, SIGTSTP] { signal(number, SIG_DFL) }
    Glibc.close(descriptor)
    Glibc.close(pipe)
    // Safety: no handler of ours is installed any more.
    unsafe Glibc.close(wakePipe)
    unsafe wakePipe = -1
  }
}
