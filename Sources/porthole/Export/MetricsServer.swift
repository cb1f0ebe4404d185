// Answers scrapes: a few connections at a time, each for a bounded time, all on one thread.

internal import Exchange
internal import Glibc
internal import Launcher

/// A listener for HTTP requests of figures.
final class MetricsServer {
  /// How many clients are served at once; more wait in the kernel's queue.
  private static let mostClients = 16
  /// How long a client may take, in microseconds.
  private static let patience = 5_000_000

  private struct Client {
    var descriptor: Int32
    var deadline: Int
    var request = HTTPRequest()
    /// What is still to be sent; nil while the request is not whole.
    var answer: ArraySlice<UInt8>?
  }

  private let listener: Int32
  private var clients: [Client] = []
  /// Where it listens.
  let port: UInt16

  /// Listens at an IPv4 address; port 0 takes a free one.
  init(host: String, port: UInt16) throws(Failure) {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let listener = socket(AF_INET, kind, 0)
    self.listener = listener
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
      throw Failure(.usage, "\(host) is no IPv4 address, such as 127.0.0.1")
    }
    var one: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // Safety: the pointer to the address is used within the calls and has its size.
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 16) == 0
          && getsockname(listener, $0, &size) == 0
      }
    }
    guard isBound else {
      throw Failure(.no, "\(host):\(port): \(String(cString: strerror(errno)))")
    }
    self.port = UInt16(bigEndian: address.sin_port)
  }

  deinit {
    for client in clients { close(client.descriptor) }
    close(listener)
  }

  /// Serves until a signal comes; `body` makes an exposition.
  func serve(_ signals: SignalDescriptor, _ body: () -> String) {
    while true {
      var polled = [
        pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(
          fd: clients.count < Self.mostClients ? listener : -1, events: Int16(POLLIN), revents: 0),
      ]
      for client in clients {
        let events = client.answer == nil ? POLLIN : POLLOUT
        polled.append(pollfd(fd: client.descriptor, events: Int16(events), revents: 0))
      }
      poll(&polled, nfds_t(polled.count), clients.isEmpty ? -1 : 200)
      if polled[0].revents != 0, signals.take() != nil { return }
      // From behind, so that one that goes moves none that is still to be looked at.
      for index in clients.indices.reversed() {
        let isLate = Moment.microseconds > clients[index].deadline
        let isReady = polled[index + 2].revents != 0
        guard isLate || isReady && goOn(&clients[index], body) else { continue }
        close(clients[index].descriptor)
        clients.remove(at: index)
      }
      if polled[1].revents != 0 { accept() }
    }
  }

  private func accept() {
    let descriptor = Glibc.accept(listener, nil, nil)
    guard descriptor >= 0 else { return }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    clients.append(
      Client(descriptor: descriptor, deadline: Moment.microseconds + Self.patience))
  }

  /// Reads or writes what there is; whether the client is done with.
  private func goOn(_ client: inout Client, _ body: () -> String) -> Bool {
    if client.answer == nil {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = recv(client.descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return !(count < 0 && (errno == EAGAIN || errno == EINTR)) }
      switch client.request.received(buffer[..<count]) {
      case .incomplete: return false
      case .metrics(let withBody):
        client.answer =
          HTTPRequest.answer(200, OpenMetrics.mediaType, body(), withBody: withBody)[...]
      case .refuse(let status, let words):
        client.answer = HTTPRequest.answer(status, "text/plain; charset=utf-8", words + "\n")[...]
      }
    }
    guard let answer = client.answer else { return false }
    let sent = answer.withUnsafeBytes { bytes in
      // Safety: as many bytes as the slice has.
      send(client.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
    guard sent > 0 else { return !(sent < 0 && (errno == EAGAIN || errno == EINTR)) }
    client.answer = answer.dropFirst(sent)
    return client.answer?.isEmpty == true
  }
}
