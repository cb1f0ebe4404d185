// A program run to its end, for what it prints.

internal import Glibc

/// Runs other programs.
enum Command {
  /// What a program left behind.
  struct Result {
    /// Its exit status; -1 if a signal ended it.
    var status: Int32
    /// Its standard output.
    var output: String
    /// Its standard error; empty if that was passed on.
    var talk: String
  }

  /// Runs a program (searched on PATH) to its end; it dies with this thread. What it says on
  /// standard error is kept, or passed on if `isVerbose`.
  ///
  /// - Throws: `.failed` if it cannot be started.
  static func run(
    _ file: String, _ arguments: [String], isVerbose: Bool = false
  ) throws(LaunchError) -> Result {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw LaunchError.system("cannot make a pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let talk = isVerbose ? dup(2) : unnamedFile()
    defer { close(talk) }
    let child: ChildProcess
    do throws(LaunchError) {
      child = try ChildProcess.start(
        file, arguments, output: ends[1], error: talk, ownSession: false, diesWithParent: true)
    } catch {
      for end in ends { close(end) }
      throw error
    }
    close(ends[1])
    let output = Files.drain(ends[0])
    close(ends[0])
    let end = child.wait()
    var said: [UInt8] = []
    if !isVerbose {
      lseek(talk, 0, SEEK_SET)
      said = Files.drain(talk)
    }
    var status: Int32 = -1
    if case .exited(let value) = end { status = value }
    return Result(
      status: status, output: String(decoding: output, as: UTF8.self),
      talk: String(decoding: said, as: UTF8.self))
  }

  /// A descriptor of a file without a name.
  private static func unnamedFile() -> Int32 {
    guard let file = tmpfile() else { return -1 }
    defer { fclose(file) }
    return fcntl(fileno(file), F_DUPFD_CLOEXEC, 3)
  }
}
