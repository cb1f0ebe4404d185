// Starting a program, waiting for it, and reading its standard output. Without Foundation.

internal import CLinux
internal import Glibc

/// How a process ended.
public enum ProcessEnd: Hashable, Sendable {
  case exited(Int32)
  case killed(signal: Int32)
}

/// A child of this process.
public struct ChildProcess: Sendable {
  public let pid: Int32
  /// Readable once the process has ended.
  public let endDescriptor: Int32

  /// Starts a program (searched on PATH), by default in a session of its own, out of reach of the
  /// terminal's Ctrl-C.
  ///
  /// `diesWithParent` has the kernel kill it when the calling thread ends, however that ends.
  /// Descriptors default to /dev/null.
  public static func start(
    _ file: String, _ arguments: [String], input: Int32? = nil, output: Int32? = nil,
    error: Int32? = nil, ownSession: Bool = true,
    diesWithParent: Bool
  ) throws(LaunchError) -> ChildProcess {
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(null) }
    // Safety: the strings are duplicated, null-terminated as an array, and freed after the call.
    var words: [UnsafeMutablePointer<CChar>?] = ([file] + arguments).map { unsafe strdup($0) }
    words.append(nil)
    defer { for word in words { unsafe free(word) } }
    let pid = unsafe linux_spawn(
      file, &words, input ?? null, output ?? null, error ?? null, ownSession ? 1 : 0,
      diesWithParent ? SIGKILL : 0)
    guard pid > 0 else {
      if -pid == ENOENT {
        throw LaunchError(.failed, "\(file) is not installed (or not on PATH)")
      }
      throw LaunchError(.failed, "cannot start \(file): \(errorText(-pid))")
    }
    return ChildProcess(pid: pid, endDescriptor: linux_pidfd_open(pid))
  }

  /// Waits until the process has ended; `nil` if `milliseconds` (negative: forever) passed first.
  public func wait(milliseconds: Int = -1) -> ProcessEnd? {
    if milliseconds >= 0, endDescriptor >= 0,
      !waitReadable(endDescriptor, milliseconds: milliseconds)
    {
      return nil
    }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      guard errno == EINTR else { return .exited(127) }
    }
    if endDescriptor >= 0 { close(endDescriptor) }
    return linux_exited(status) != 0
      ? .exited(linux_exit_status(status)) : .killed(signal: linux_term_signal(status))
  }

  /// Whether the process has ended (it may not have been waited for yet).
  public var hasEnded: Bool {
    endDescriptor >= 0 ? waitReadable(endDescriptor, milliseconds: 0) : false
  }
}
