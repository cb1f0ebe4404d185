internal import CLinux
internal import Glibc

/// Signals through a descriptor.
public enum Signals {
  /// Blocks signals in the calling thread and returns a descriptor that becomes readable when one
  /// has come; -1 on error.
  public static func open(_ signals: [Int32]) -> Int32 {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    return linux_signal_descriptor(&set)
  }

  /// Takes the next signal that has come; `nil` if none has.
  public static func take(_ descriptor: Int32) -> Int32? {
    takeWithSource(descriptor)?.number
  }

  /// The same, with whether a process sent it; if not, the terminal gave it to all processes in its
  /// foreground, children included.
  public static func takeWithSource(_ descriptor: Int32) -> (number: Int32, isSent: Bool)? {
    var isSent: Int32 = 0
    let number = linux_take_signal(descriptor, &isSent)
    return number > 0 ? (number, isSent != 0) : nil
  }
}
