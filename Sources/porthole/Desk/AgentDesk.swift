// An agent behind a serial port has one client. Whoever that is keeps a desk in the registry, a unix
// socket, where others hand in what only the agent can do; it goes over the holder's own link, and
// stops nothing. One line comes, one goes back: `ok`, or `error STATUS TEXT`.

internal import Glibc
internal import Launcher
internal import RemoteTarget

/// The holder's end: takes requests for the agent of one instance.
final class AgentDesk {
  /// Readable when somebody is there.
  let descriptor: Int32
  private let path: String

  /// Milliseconds that a caller may take over its line, and lines in one go.
  private static let (patience, most) = (200, 16)
  /// Bytes of a request at most.
  static let longest = 64

  /// Opens the desk of an instance whose agent's link is ours; nil where that is not possible, so
  /// that nobody is served.
  init?(_ instance: Instance) {
    path = instance.deskSocket
    // The last holder's, who has gone without a word.
    unlink(path)
    guard let descriptor = UnixSocket.listen(path) else { return nil }
    self.descriptor = descriptor
    place = Self.place(of: path)
  }

  /// Which file the socket is: an instance of the same name may have another one by now.
  private let place: [UInt64]

  private static func place(of path: String) -> [UInt64] {
    var status = stat()
    return lstat(path, &status) == 0 ? [UInt64(status.st_dev), UInt64(status.st_ino)] : []
  }

  /// Ends it; the link is to be given up after that.
  func shut() {
    guard !isShut else { return }
    isShut = true
    if !place.isEmpty, Self.place(of: path) == place { unlink(path) }
    close(descriptor)
  }
  private var isShut = false

  deinit { shut() }

  /// Serves who is there; `answer` does what is asked for, and throws where it cannot.
  func serve(_ answer: (AgentRequest) throws -> Void) {
    for _ in 0..<Self.most {
      guard !isShut else { return }
      let caller = accept(descriptor, nil, nil)
      guard caller >= 0 else { return }
      _ = fcntl(caller, F_SETFD, FD_CLOEXEC)
      defer { close(caller) }
      let deadline = Deadline(milliseconds: Self.patience)
      guard let line = DeskLine.read(caller, longest: Self.longest, until: deadline) else {
        continue
      }
      // One that has given up would never undo what is done for it now.
      guard DeskLine.isThere(caller) else { continue }
      var reply = "ok"
      if let request = AgentRequest(line) {
        do {
          try answer(request)
        } catch {
          let failure = Failure(error) ?? Failure(.no, "\(error)")
          reply = "error \(failure.status.rawValue) \(failure.message)"
        }
      } else {
        reply =
          "error \(ExitStatus.no.rawValue) what is asked is not known here; is this another "
          + "version of porthole?"
      }
      DeskLine.write(reply, to: caller)
    }
  }
}

/// Lines of a socket.
enum DeskLine {
  /// Whether the other end is open still.
  static func isThere(_ descriptor: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: 0, revents: 0)
    return poll(&entry, 1, 0) == 0  // POLLHUP and POLLERR come unasked
  }

  /// Reads up to the end of a line; nil if there is none in time, or in so many bytes.
  static func read(_ descriptor: Int32, longest: Int, until deadline: Deadline) -> String? {
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: longest + 1)
    while true {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, Int32(clamping: deadline.remaining)) > 0 else {
        if errno == EINTR, !deadline.isOver { continue }
        return nil
      }
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { return nil }
      line += buffer[..<count]
      if let end = line.firstIndex(of: 0x0a) {
        return String(decoding: line[..<end], as: UTF8.self)
      }
      guard line.count <= longest else { return nil }
    }
  }

  /// Writes a line; one who has gone hears nothing.
  static func write(_ line: String, to descriptor: Int32) {
    let bytes = Array(line.utf8) + [0x0a]
    _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
  }
}
