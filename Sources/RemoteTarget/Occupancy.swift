// Whether a stub on this machine has a client already. QEMU's serves one: a second connection waits
// in the listener's queue without an answer, and once the first client leaves, QEMU takes it, dead
// or alive, and pauses the guest for it. So whoever wants to connect looks first, in the kernel's
// tables of sockets, where the listener's end of each connection stands.

internal import Glibc

/// Tells whether somebody is connected to a stub on this machine.
enum Occupancy {
  /// Whether a connection to the endpoint exists; `false` where that cannot be known.
  static func isTaken(_ endpoint: Endpoint) -> Bool {
    switch endpoint {
    case .unix(let path):
      lines(of: "/proc/net/unix").contains { holdsConnection(to: path, unixLine: $0) }
    case .tcp(let host, let port):
      isLoopback(host)
        && lines(of: "/proc/net/tcp").contains { holdsConnection(to: port, tcpLine: $0) }
    // Opening it tells.
    case .serial: false
    }
  }

  /// Waits until nobody is connected, at most `milliseconds`; returns whether that came true.
  static func awaitFree(_ endpoint: Endpoint, milliseconds: Int) -> Bool {
    let deadline = monotonicMilliseconds() + milliseconds
    while isTaken(endpoint) {
      guard monotonicMilliseconds() < deadline else { return false }
      usleep(5000)
    }
    return true
  }

  /// Reads a line `Num RefCount Protocol Flags Type St Inode Path`; St is 03 when connected.
  static func holdsConnection(to path: String, unixLine line: Substring) -> Bool {
    let fields = line.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: true)
    guard fields.count == 8, fields[5] == "03" else { return false }
    let bound = fields[7]
    return bound == path || (!bound.hasPrefix("/") && path.hasSuffix("/" + bound))
  }

  /// Reads a line `sl local_address rem_address st …`; st is 01 when connected.
  static func holdsConnection(to port: UInt16, tcpLine line: Substring) -> Bool {
    let fields = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: true)
    guard fields.count > 3, fields[3] == "01" else { return false }
    let local = fields[1].split(separator: ":")
    // 127.0.0.0/8, as a little-endian number.
    return local.count == 2 && local[0].hasSuffix("7F") && UInt16(local[1], radix: 16) == port
  }

  private static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host.hasPrefix("127.")
  }

  private static func lines(of path: String) -> [Substring] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while contents.count < 1 << 24 {
      // Safety: read fills at most the array's own length.
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      contents.append(contentsOf: buffer[..<count])
    }
    return String(decoding: contents, as: UTF8.self).split(separator: "\n")
  }
}
