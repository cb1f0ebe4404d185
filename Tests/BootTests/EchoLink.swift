// A unix socket at which everything sent is expected back.

import Glibc
import Launcher

/// One end of a link whose other end echoes.
struct EchoLink {
  struct Unreachable: Error {}

  let descriptor: Int32

  /// Connects to the socket at `path`.
  init(_ path: String) throws(Unreachable) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let isWhole = withUnsafeMutableBytes(of: &address.sun_path) { place in
      guard path.utf8.count < place.count else { return false }
      place.copyBytes(from: path.utf8)
      return true
    }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    // Safety: a sockaddr_un is passed as what it is, with its size.
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
    }
    guard isWhole, result == 0 else {
      close(descriptor)
      throw Unreachable()
    }
  }

  /// Sends `bytes`, never more than 2 kB ahead of the echo, and returns what came back in time.
  func exchange(_ bytes: [UInt8], milliseconds: Int) -> [UInt8] {
    defer { close(descriptor) }
    let deadline = Deadline(milliseconds: milliseconds)
    var back: [UInt8] = []
    var sent = 0
    var buffer = [UInt8](repeating: 0, count: 4096)
    while back.count < bytes.count, !deadline.isOver {
      let ahead = min(2048 - (sent - back.count), bytes.count - sent)
      if ahead > 0 {
        let count = bytes[sent..<sent + ahead].withUnsafeBytes {
          send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count > 0 { sent += count }
      }
      var events = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&events, 1, 100) > 0 else { continue }
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count <= 0 { break }
      back += buffer[..<count]
    }
    return back
  }
}
