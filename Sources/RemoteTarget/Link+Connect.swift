internal import Glibc
internal import Inspect

extension Link {
  /// Connects to a stub, at most for `milliseconds`, or opens the port to it.
  static func connect(to endpoint: Endpoint, milliseconds: Int) throws(InspectError) -> Link {
    switch endpoint {
    case .unix(let path): try connect(path: path, milliseconds: milliseconds)
    case .tcp(let host, let port): try connect(host: host, port: port, milliseconds: milliseconds)
    case .serial(let device, let baud): Link(port: try SerialPort.open(device, baud: baud))
    }
  }

  private static func connect(path: String, milliseconds: Int) throws(InspectError) -> Link {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    let bytes = Array(path.utf8)
    guard bytes.count < capacity, !bytes.isEmpty else {
      throw .lost("\(path): a socket's path has 1 to \(capacity - 1) bytes")
    }
    // Safety: at most `capacity - 1` bytes are copied, so the last one stays zero.
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let descriptor = socket(AF_UNIX, streamType, 0)
    guard descriptor >= 0 else { throw .lost("no socket: \(errorText(errno))") }
    // Safety: a sockaddr_un is handed to connect as the sockaddr it begins with.
    let failure = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        finishConnecting(
          descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size), milliseconds: milliseconds)
      }
    }
    return try link(descriptor, failure, to: path)
  }

  private static func connect(
    host: String, port: UInt16, milliseconds: Int
  ) throws(InspectError) -> Link {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &found)
    // Safety: the list belongs to this call, is walked by its own links and freed once.
    defer { if let found { freeaddrinfo(found) } }
    guard status == 0 else { throw .lost("\(host): \(String(cString: gai_strerror(status)))") }
    var failure: Int32 = ECONNREFUSED
    var next = found
    while let entry = next {
      next = entry.pointee.ai_next
      let descriptor = socket(entry.pointee.ai_family, streamType, 0)
      guard descriptor >= 0 else { continue }
      failure = finishConnecting(
        descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen, milliseconds: milliseconds)
      if failure == 0 {
        var yes: Int32 = 1
        setsockopt(
          descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        return Link(descriptor: descriptor)
      }
      close(descriptor)
    }
    throw .lost("\(host):\(port): \(errorText(failure))")
  }

  private static var streamType: Int32 {
    Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
  }

  private static func link(
    _ descriptor: Int32, _ failure: Int32, to name: String
  ) throws(InspectError) -> Link {
    guard failure == 0 else {
      close(descriptor)
      throw .lost("\(name): \(errorText(failure))")
    }
    return Link(descriptor: descriptor)
  }

  /// Connects a non-blocking socket and makes it a blocking one; returns the error number, or zero.
  private static func finishConnecting(
    _ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t,
    milliseconds: Int
  ) -> Int32 {
    let deadline = monotonicMilliseconds() + milliseconds
    // Safety: the address is read during the call only.
    while Glibc.connect(descriptor, address, length) != 0 {
      // A unix listener whose queue is full answers EAGAIN: no use in waiting on the descriptor.
      if errno == EAGAIN {
        guard monotonicMilliseconds() < deadline else { return ETIMEDOUT }
        usleep(5000)
      } else if errno == EINPROGRESS {
        let failure = awaitConnection(descriptor, deadline: deadline)
        if failure != 0 { return failure }
        break
      } else if errno != EINTR {
        return errno
      }
    }
    let flags = fcntl(descriptor, F_GETFL)
    return fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) == 0 ? 0 : errno
  }

  private static func awaitConnection(_ descriptor: Int32, deadline: Int) -> Int32 {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while true {
      let left = deadline - monotonicMilliseconds()
      guard left > 0 else { return ETIMEDOUT }
      let ready = poll(&entry, 1, Int32(clamping: left))
      if ready > 0 { break }
      if ready < 0, errno != EINTR { return errno }
    }
    var failure: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length)
    return failure
  }
}
