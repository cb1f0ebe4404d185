internal import CLinux
internal import Glibc

/// Notices that a file was written to.
public enum Watch {
  /// Returns a descriptor that becomes readable when the file is written to; -1 on error.
  public static func open(_ path: String) -> Int32 { linux_watch(path) }

  /// Takes what has been noticed so far.
  public static func drain(_ descriptor: Int32) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while read(descriptor, &buffer, buffer.count) > 0 {}
  }
}
