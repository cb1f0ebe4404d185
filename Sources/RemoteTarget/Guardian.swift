// The tool's end of the guardian: a process of its own that outlives the tool by a moment.
//
// It holds one end of a socket pair whose other end only the tool has, and hears of every
// breakpoint through it, since gdbserver does not remove those of a dead client. A goodbye means
// that all is well: go. The pair's end without one means that the tool died, whatever of:
// then the guardian reconnects, removes the breakpoints and lets the target run on
// (GuardianDuty.swift).

internal import GDBRemote
internal import Glibc

/// A running guardian process.
final class Guardian {
  let process: Int32
  private var channel: Int32

  /// Starts one; `nil` where none is wanted or its executable is not there.
  ///
  /// It inherits an open port: nobody else gets at it, and it is given back in any case.
  init?(_ endpoint: Endpoint, port: SerialPort?, guarding: RemoteTarget.Guarding) {
    let path: String
    switch guarding {
    case .none: return nil
    case .executable(let given): path = given
    case .automatic:
      guard let beside = Self.pathBesideExecutable() else { return nil }
      path = beside
    }
    guard access(path, X_OK) == 0 else { return nil }
    var ends: [Int32] = [-1, -1]
    // No other child process may hold the tool's end, or the pair would not end with the tool.
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { return nil }
    defer { close(ends[0]) }
    let arguments = [endpoint.text] + (port.map { [$0.previous.text] } ?? [])
    guard
      let process = Self.spawn(path, arguments, channel: ends[0], port: port?.descriptor)
    else {
      close(ends[1])
      return nil
    }
    self.process = process
    channel = ends[1]
  }

  /// Tells of a point: before it is planted, and after it was removed.
  func note(_ point: RemoteStopPoint, isPlanted: Bool) {
    tell((isPlanted ? Request.insert(point) : Request.remove(point)).payload)
  }

  /// Says that all is well; the guardian goes.
  func dismiss() {
    guard channel >= 0 else { return }
    tell(GuardianDuty.goodbye)
    abandon()
    reap()
  }

  /// Leaves the target to the guardian.
  func abandon() {
    guard channel >= 0 else { return }
    close(channel)
    channel = -1
  }

  private func tell(_ line: [UInt8]) {
    let bytes = line + [0x0a]
    // A guardian that is gone or stuck must not hold up the tool.
    send(channel, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
  }

  /// Collects the process, which has a moment to go; on a machine so busy that it needs longer, it
  /// is collected with the tool's own end.
  private func reap() {
    for _ in 0..<400 {
      if waitpid(process, nil, WNOHANG) != 0 { return }
      usleep(500)
    }
  }

  private static func pathBesideExecutable() -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    // Safety: readlink fills at most the array's own length.
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { text in
        text.baseAddress.map { readlink("/proc/self/exe", $0, text.count) } ?? -1
      }
    }
    guard count > 0, let slash = buffer[..<count].lastIndex(of: 0x2f) else { return nil }
    return String(decoding: buffer[...slash], as: UTF8.self) + "porthole-guardian"
  }

  /// `POSIX_SPAWN_SETSID`, which the header shows only to GNU programs.
  private static let newSession: Int16 = 0x80

  /// Starts the executable in a session of its own, with its end of the pair as descriptor 3 and the
  /// port, if there is one, as 4.
  private static func spawn(
    _ path: String, _ arguments: [String], channel: Int32, port: Int32?
  ) -> Int32? {
    // Copies out of the way of 3 and 4, which either could be already.
    let inherited = [channel] + (port.map { [$0] } ?? [])
    let copies = inherited.map { fcntl($0, F_DUPFD_CLOEXEC, 10) }
    defer { for copy in copies where copy >= 0 { close(copy) } }
    guard copies.allSatisfy({ $0 >= 0 }) else { return nil }
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    guard posix_spawn_file_actions_init(&actions) == 0, posix_spawnattr_init(&attributes) == 0
    else { return nil }
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for descriptor: Int32 in 0...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    for (index, copy) in copies.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, copy, Int32(3 + index))
    }
    // What a user may send waits until the guardian ignores it (GuardianDuty).
    var held = sigset_t()
    sigemptyset(&held)
    for number in [SIGINT, SIGHUP, SIGTERM, SIGQUIT] { sigaddset(&held, number) }
    posix_spawnattr_setsigmask(&attributes, &held)
    posix_spawnattr_setflags(&attributes, newSession | Int16(POSIX_SPAWN_SETSIGMASK))
    // Safety: the strings live until posix_spawn has copied them; each is freed once.
    var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
    argv.append(nil)
    defer { for string in argv { free(string) } }
    var process: pid_t = 0
    let status = posix_spawn(&process, path, &actions, &attributes, argv, environ)
    return status == 0 ? process : nil
  }
}
