// Connecting to a unix socket within a bounded time.

internal import Glibc

/// Unix stream sockets.
public enum UnixSocket {
  /// The longest path a socket can have, in bytes (`sun_path` less its null).
  public static let pathLimit = 107

  /// Connects, waiting until `deadline` while the listener's queue is full. The descriptor does not
  /// block and is closed on exec. `nil` if nobody listens there or the time passed.
  public static func connect(_ path: String, until deadline: Deadline) -> Int32? {
    let bytes = Array(path.utf8)
    guard bytes.count <= pathLimit else { return nil }
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { return nil }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    while true {
      // Safety: the pointer to the address is used within the call and has its size.
      let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      if result == 0 { return descriptor }
      guard errno == EAGAIN || errno == EINTR, !deadline.isOver else {
        close(descriptor)
        return nil
      }
      usleep(1000)
    }
  }
}

/// Waits until a descriptor is readable; `false` if `milliseconds` passed first.
func waitReadable(_ descriptor: Int32, milliseconds: Int) -> Bool {
  var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  return poll(&entry, 1, Int32(clamping: milliseconds)) > 0
}
