// Unix sockets: connecting within a bounded time, and listening.

internal import CLinux
internal import Glibc

/// Unix stream sockets.
public enum UnixSocket {
  /// The longest path a socket can have, in bytes (`sun_path` less its null).
  public static let pathLimit = 107

  /// Connects, waiting until `deadline` while the listener's queue is full. The descriptor does not
  /// block and is closed on exec. `nil` if nobody listens there or the time passed.
  public static func connect(_ path: String, until deadline: Deadline) -> Int32? {
    while true {
      let result = make(path) { Glibc.connect($0, $1, $2) }
      guard result == nil, errno == EAGAIN || errno == EINTR, !deadline.isOver else {
        return result
      }
      usleep(1000)
    }
  }

  /// Listens there, for this user alone; the descriptor does not block and is closed on exec. `nil` if
  /// that is not possible: `errno` says why.
  public static func listen(_ path: String) -> Int32? {
    make(path) { descriptor, address, size in
      // Nobody connects before it listens.
      guard bind(descriptor, address, size) == 0, chmod(path, 0o600) == 0 else { return -1 }
      return Glibc.listen(descriptor, 8)
    }
  }

  /// The process at the other end, which for a client is the one that listens; `nil` if that is not
  /// known.
  public static func peer(_ descriptor: Int32) -> Int? {
    let process = linux_peer(descriptor)
    return process > 0 ? Int(process) : nil
  }

  /// A socket for which `use` returns 0; `nil` with `errno` set otherwise.
  private static func make(
    _ path: String, _ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32? {
    let bytes = Array(path.utf8)
    guard bytes.count <= pathLimit else {
      errno = ENAMETOOLONG
      return nil
    }
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { return nil }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    // Safety: the pointer to the address is used within the call and has its size.
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        use(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result == 0 { return descriptor }
    let failure = errno
    close(descriptor)
    errno = failure
    return nil
  }
}

/// Waits until a descriptor is readable; `false` if `milliseconds` passed first.
func waitReadable(_ descriptor: Int32, milliseconds: Int) -> Bool {
  var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  return poll(&entry, 1, Int32(clamping: milliseconds)) > 0
}
