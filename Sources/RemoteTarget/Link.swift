// A connected stream socket, or a serial port, with time-outs. All calls survive signals, none raises SIGPIPE, and the
// descriptor is not inherited by child processes.

internal import Glibc
internal import Inspect

/// The byte stream to a stub.
final class Link {
  /// What waiting for bytes came to.
  enum Arrival: Equatable {
    case bytes([UInt8])
    case timedOut
    case closed(String)
  }

  private(set) var descriptor: Int32
  private(set) var bytesSent = 0
  private(set) var bytesReceived = 0
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  private var receiveTimeout = 0
  /// The port, where the link is one.
  let port: SerialPort?
  private var lastSent = 0

  /// Takes over a connected socket.
  init(descriptor: Int32) {
    self.descriptor = descriptor
    port = nil
    setTimeout(SO_SNDTIMEO, milliseconds: 5000)
  }

  /// Takes over an open serial port, which is given back in the end.
  init(port: SerialPort) {
    descriptor = port.descriptor
    self.port = port
  }

  deinit { shut() }

  /// Closes the link; later calls find it closed.
  func shut() {
    if descriptor >= 0 { port?.giveBack() }
    leave()
  }

  /// Closes the link, and leaves a port as it is to the guardian, which has it open as well.
  func leave() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    descriptor = -1
  }

  /// Writes all of `bytes`; throws if the other side is gone or takes nothing for five seconds.
  func send(_ bytes: [UInt8]) throws(InspectError) {
    var position = 0
    lastSent = bytes.count
    while position < bytes.count {
      // Safety: the pointer is used only within the closure, for the bytes from `position` on.
      let count = bytes.withUnsafeBytes { buffer in
        let (start, left) = (buffer.baseAddress.map { $0 + position }, buffer.count - position)
        return port == nil
          ? Glibc.send(descriptor, start, left, Int32(MSG_NOSIGNAL))
          : write(descriptor, start, left)
      }
      if count > 0 {
        position += count
        bytesSent += count
      } else if errno == EAGAIN || errno == EWOULDBLOCK {
        if port != nil, isReady(Int16(POLLOUT), milliseconds: 5000) { continue }
        throw .timedOut("the target takes no more requests")
      } else if errno != EINTR {
        throw .lost("the link broke: \(errorText(errno))")
      }
    }
  }

  /// Waits for bytes, at most `milliseconds`.
  func receive(milliseconds: Int) -> Arrival {
    if port != nil {
      guard isReady(Int16(POLLIN), milliseconds: milliseconds) else { return .timedOut }
      return receive(flags: 0)
    }
    setReceiveTimeout(max(1, milliseconds))
    return receive(flags: 0)
  }

  /// Returns bytes that are there already.
  func receiveAvailable() -> Arrival { receive(flags: Int32(MSG_DONTWAIT)) }

  private func receive(flags: Int32) -> Arrival {
    while true {
      // Safety: the pointer is used only within the closure, for the buffer's own length.
      let count = buffer.withUnsafeMutableBytes { buffer in
        port == nil
          ? recv(descriptor, buffer.baseAddress, buffer.count, flags)
          : read(descriptor, buffer.baseAddress, buffer.count)
      }
      if count > 0 {
        bytesReceived += count
        return .bytes(Array(buffer[..<count]))
      }
      if count == 0 { return .closed("the target closed the link") }
      if errno == EAGAIN || errno == EWOULDBLOCK { return .timedOut }
      if errno != EINTR { return .closed("the link broke: \(errorText(errno))") }
    }
  }

  /// Whether the link loses and damages nothing.
  var isReliable: Bool { port == nil }

  /// Milliseconds that so many bytes take at least; a serial line sends ten bits for each.
  func milliseconds(toCarry count: Int) -> Int { port.map { count * 10_000 / $0.baud } ?? 0 }

  /// Milliseconds of silence after which an answer is late, on a link that may lose it: two ways of
  /// a satellite's length, and the time that the last request is on its way out.
  var lateness: Int { 1500 + milliseconds(toCarry: lastSent) }

  /// The most frames of telemetry a second that leave room for anything else: a round of an instance
  /// that is busy has up to 2 kB.
  var mostHertz: Int { port.map { max(1, $0.baud / 50_000) } ?? 100 }

  /// Waits until the port takes or has bytes, or is gone; `false` if that takes longer.
  private func isReady(_ events: Int16, milliseconds: Int) -> Bool {
    let deadline = monotonicMilliseconds() + milliseconds
    var entry = pollfd(fd: descriptor, events: events, revents: 0)
    while true {
      let left = max(0, deadline - monotonicMilliseconds())
      let count = poll(&entry, 1, Int32(clamping: left))
      if count >= 0 || errno != EINTR { return count != 0 }
    }
  }

  private func setReceiveTimeout(_ milliseconds: Int) {
    guard milliseconds != receiveTimeout else { return }
    receiveTimeout = milliseconds
    setTimeout(SO_RCVTIMEO, milliseconds: milliseconds)
  }

  private func setTimeout(_ option: Int32, milliseconds: Int) {
    var time = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
    setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
  }
}

/// The system's words for an error number.
func errorText(_ number: Int32) -> String {
  // Safety: strerror returns a string that stays valid until this thread's next call.
  guard let text = strerror(number) else { return "error \(number)" }
  return String(cString: text)
}

/// Milliseconds of the monotonic clock.
func monotonicMilliseconds() -> Int { monotonicMicroseconds() / 1000 }

/// Microseconds of the monotonic clock.
func monotonicMicroseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
}
