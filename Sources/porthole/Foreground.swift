// `run` in the foreground: follows the console's log to standard output, sends standard input to
// the console, and turns the guest's end into an exit status. One poll over everything.
//
// The log is followed, rather than the console's socket, because it has all output from the first
// byte on, and because a reader that is slow or suspended must not hold the guest up.

internal import Glibc
internal import JSON
internal import Launcher

struct Foreground {
  let booted: BootedInstance
  let signals: SignalDescriptor
  /// Whether standard output gets objects instead of the console's bytes.
  let isJSON: Bool

  /// Runs until the guest's end; throws the failure that is its status.
  func run() throws {
    let log = FileFollower(path: booted.instance.consoleLog)
    let input = ConsoleInput(socket: booted.instance.consoleSocket)
    var console = ConsoleWriter(isTerminal: Output.isTerminal, isJSON: isJSON)
    var seen: [(name: String, data: JSONValue)] = []
    // What the guest said before the file was watched makes no event.
    console.write(log.takeBytes())
    while true {
      var entries = [
        entry(booted.child.endDescriptor), entry(log.descriptor), entry(signals.descriptor),
        entry(booted.events.descriptor), entry(input.wanted), entry(input.connection),
      ]
      _ = poll(&entries, nfds_t(entries.count), -1)
      console.write(log.takeBytes())
      if entries[3].revents != 0, let events = booted.events.events() {
        tell(events)
        seen += events
      }
      if entries[4].revents != 0 { input.forward() }
      if entries[5].revents != 0 { input.discardOutput() }
      if let signal = signals.take() { try interrupted(signal) }
      if booted.child.hasEnded { break }
    }
    guard let end = GuestEnd.wait(for: booted, seen: seen) else { return }
    console.write(log.takeBytes())
    console.finish()
    if isJSON { Output.json(Self.object(end)) }
    try finish(end)
  }

  private func entry(_ descriptor: Int32) -> pollfd {
    pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  }

  private func tell(_ events: [(name: String, data: JSONValue)]) {
    guard events.contains(where: { $0.name == "GUEST_PANICKED" }) else { return }
    let name = booted.instance.name
    switch booted.instance.guest.onPanic {
    case .halt:
      Talk.line("\(name) panicked; look inside: porthole attach \(name) (Ctrl-C ends it)")
    case .reboot:
      Talk.line("\(name) panicked and boots again")
      _ = try? booted.events.execute("system_reset", milliseconds: 2000)
    case .exit: break
    }
  }

  private func interrupted(_ signal: Int32) throws {
    try Registry().stop(booted.instance)
    _ = booted.child.wait(milliseconds: 1000)
    Glibc.exit(signal == SIGINT ? ExitStatus.interrupted.rawValue : 128 + signal)
  }

  private static func object(_ end: GuestEnd) -> JSONObject {
    var object = JSONObject(schema: "end")
    switch end {
    case .exited(let status):
      object["reason"] = "exited"
      object["status"] = .integer(status)
    case .stopped: object["reason"] = "stopped"
    case .panicked: object["reason"] = "panicked"
    case .reset: object["reason"] = "reset"
    case .died(let how):
      object["reason"] = "died"
      object["message"] = .string(how)
    }
    return object
  }

  private func finish(_ end: GuestEnd) throws {
    switch end {
    case .exited(let status):
      Files.removeFolder(booted.instance.directory)
      Glibc.exit(Int32(truncatingIfNeeded: status))
    case .stopped: Files.removeFolder(booted.instance.directory)
    case .panicked: throw Failure(.targetDied, "the guest panicked")
    case .reset:
      throw Failure(.targetDied, "the guest reset itself (a fault that it could not report)")
    case .died(let how): throw Failure(.targetDied, how)
    }
  }
}
