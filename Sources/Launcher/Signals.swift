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
    let number = linux_take_signal(descriptor)
    return number > 0 ? number : nil
  }
}
