// The session's thread: owns target, session and interpreter, and waits for the link and for the
// screen's requests at once. It may wait for the target as long as the link's time-outs let it; the
// screen never notices.

internal import Bytes
internal import Commands
internal import Glibc
internal import Inspect
internal import Launcher
internal import Session
internal import Views

/// The part of the dashboard that talks to the target.
final class SessionWorker {
  private let target: OpenTarget
  private let requests: Mailbox<SessionRequest>
  private let reports: Mailbox<SessionReport>
  private var interest = Session.Interest()
  private var output: [OutputLine] = []
  private var openLine = ""
  private var interpreter: Interpreter?
  private var match: (address: Address, count: Int)?
  /// A line of source that somebody wanted to see instead of the frame's.
  private var visited: (path: String, line: Int)?
  private var isCommandRunning = false
  /// Until when a stop that the person has asked for should have come.
  private var stopDue: Deadline?
  /// Requests that came while a question was open.
  private var postponed: [SessionRequest] = []
  private var isOver = false
  private var readings: LinkReadings
  private var pauses: PauseTaker
  private var stops: StopReader

  private var session: Session { target.session }
  /// Whether nobody but the stub can tell what the target tells of itself.
  private let isStub: Bool

  /// Stacks of a target that is stopped for them go into `stacks`, what one behind a stub tells into
  /// `stops`.
  init(
    _ target: OpenTarget, requests: Mailbox<SessionRequest>, reports: Mailbox<SessionReport>,
    stacks: StackQueue, stops: StopReadings
  ) {
    self.stops = StopReader(stops)
    self.target = target
    self.requests = requests
    self.reports = reports
    pauses = PauseTaker(target, stacks)
    readings = LinkReadings(target)
    let kind = target.session.target.profile.kind
    isStub = target.instance == nil && !target.isDead && kind != "agent"
  }

  /// Shows the target as it is, lets it go on if it ran, and serves until it is over.
  func run() {
    interpreter = Interpreter(
      session: session, output: { [unowned self] in received($0) },
      confirm: { [unowned self] in confirmed($0) }, waitsForStops: false)
    interpreter?.expandsTabs = true
    if let detour = target.detour { say(.output, detour) }
    show()
    _ = target.startTelemetry(hertz: 4)
    // `detach` at the prompt leaves as `q` does.
    target.supervised.parts = { [unowned self] in readings.leave() }
    if target.wasRunning { letRun() }
    target.supervised.ask = { [unowned self] in
      confirmed("This stops or changes the running guest. Go on?")
    }
    while !isOver { turn() }
  }

  /// Lets a guest go on that attaching has stopped.
  private func letRun() {
    target.supervised.resumesQuietly {
      do throws(SessionError) {
        try session.start(.cont(ignore: 0))
      } catch {
        say(.error, error.message)
      }
    }
    show()
  }

  private func turn() {
    var entries = [
      pollfd(fd: requests.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: session.target.eventDescriptor ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: target.deskDescriptor ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    let isRunning = session.target.state == .running
    let tells = target.telemetry != nil
    let isNonStop = session.target.isNonStop
    if !isRunning && !tells && !isNonStop { entries[1].fd = -1 }
    var rest = pauses.milliseconds(tells ? 1000 : -1)
    if let stopDue { rest = rest < 0 ? stopDue.remaining : min(rest, stopDue.remaining) }
    _ = poll(&entries, 3, Int32(!postponed.isEmpty ? 0 : rest))
    if isRunning || ((tells || isNonStop) && entries[1].revents != 0) { pump() }
    if tells { tell() }
    if entries[2].revents != 0 { target.serveDesk() }
    while !isOver, let request = postponed.isEmpty ? requests.take() : postponed.removeFirst() {
      serve(request)
      // Threads may have stopped while others were asked something.
      if !isOver, session.target.isNonStop { pump() }
    }
    let ran = session.target.state == .running
    if let stopDue, stopDue.isOver { missedStop() }
    if !isOver, let event = pauses.take() {
      handle(event)
    } else if ran, session.target.state != .running {
      stopDue = nil
      stops.ran()
      show()
    }
    flush()
  }

  // MARK: What the target does

  private func pump() {
    do throws(InspectError) {
      while session.target.state == .running || session.target.isNonStop,
        let event = try session.pump(milliseconds: 0)
      {
        if !pauses.absorbs(event) { handle(event) }
      }
      // A step may be over before the first wait for it.
      if session.target.state != .running, let event = try session.pump(milliseconds: 0) {
        if !pauses.absorbs(event) { handle(event) }
      }
    } catch {
      failed(error)
    }
  }

  /// Hands on what the agent has told of the instance.
  private func tell() {
    if let feed = target.telemetry, let live = readings.take(feed) {
      reports.post(.live(live))
    }
    target.keepTelemetry()
  }

  private func handle(_ event: SessionEvent) {
    guard let outcome = interpreter?.report(event) else { return }
    if case .failed(let message) = outcome { say(.error, message) }
    if case .stopped = event {
      visited = nil
      stopDue = nil
      stops.ran()
      endCommand()
      show()
    }
    finish(outcome)
  }

  private func failed(_ error: InspectError) {
    say(.error, error.message)
    endCommand()
    if case .lost(let text) = error {
      return over(Failure(.targetDied, "the link is gone: \(text)"))
    }
    show()
  }

  /// Says that an interrupt is not obeyed, and what would help.
  private func missedStop() {
    stopDue = nil
    guard session.target.state == .running else { return }
    var text = "It has not stopped yet, 3 s after it was told to."
    if let name = target.instance?.name, session.target.profile.kind == "agent" {
      text += " With interrupts off its agent hears nothing: leave, and"
      text += " porthole attach qemu:\(name) goes through QEMU's stub."
    }
    say(.error, text)
  }

  // MARK: What the screen asks

  private func serve(_ request: SessionRequest) {
    switch request {
    case .command(let line): run(line)
    case .selectFrame(let index):
      visited = nil
      attempt { () throws(SessionError) in try session.select(frame: index) }
      show()
    case .selectThread(let id):
      visited = nil
      attempt { () throws(SessionError) in try session.select(thread: id) }
      show()
    case .viewMemory(let address, let count):
      interest.memory = (address, count)
      show()
    case .viewExpression(let text):
      attempt { () throws(SessionError) in
        reports.post(.located(try session.resolve(text)))
      }
    case .viewSource(let path, let line):
      visited = (path, line)
      show()
    case .search(let pattern, let start, let isBackwards):
      search(pattern, from: start, isBackwards: isBackwards)
    case .interrupt:
      pauses.yields()
      target.supervised.grant()
      attempt { () throws(SessionError) in
        do throws(InspectError) { try session.interrupt() } catch { throw .inspect(error) }
        stopDue = Deadline(milliseconds: 3000)
      }
    case .complete(let line):
      let found = interpreter?.completions(of: line, cursor: line.utf8.count) ?? []
      reports.post(.completions(found, for: line))
    case .answer: break
    case .needs(let needs): adopt(needs)
    case .leave: leave()
    }
  }

  private func leave() {
    readings.leave()
    target.leave()
    over(nil)
  }

  private func run(_ line: String) {
    isCommandRunning = true
    guard let outcome = interpreter?.run(line) else { return }
    if case .running = outcome {
      show()
      // It may have stopped again by now.
      if session.target.state != .running { pump() }
      return
    }
    if case .failed(let message) = outcome { say(.error, message) }
    endCommand()
    guard finish(outcome) else { return }
    show()
  }

  /// Ends the dashboard if the outcome does; `false` if so.
  @discardableResult
  private func finish(_ outcome: CommandOutcome) -> Bool {
    switch outcome {
    case .done, .running, .failed: return true
    case .quit: leave()
    case .detached: over(nil)
    case .ended(.killed(signal: 9)): over(nil)
    case .ended, .lost: over(Failure(outcome))
    }
    return false
  }

  private func adopt(_ needs: ScreenNeeds) {
    let old = interest
    interest.frames = needs.frames
    interest.disassembly = needs.disassembly
    interest.sourceLines = needs.sourceLines
    if let memory = needs.memory { interest.memory = (memory.start, memory.count) }
    pauses.want(needs.pauses)
    stops.want(needs.told && isStub)
    stops.look(session)
    readings.profile = needs.profile
    if interest != old { show() }
  }

  private func search(_ pattern: [UInt8], from start: Address, isBackwards: Bool) {
    let found =
      isBackwards
      ? MemorySearch.findBackwards(pattern, from: start, in: session.target)
      : MemorySearch.find(pattern, from: start, in: session.target)
    guard let found else {
      return say(.error, "not found within \(MemorySearch.reach >> 20) MiB")
    }
    match = (found, pattern.count)
    reports.post(.located(found))
  }

  private func attempt(_ body: () throws(SessionError) -> Void) {
    do throws(SessionError) { try body() } catch { say(.error, error.message) }
  }

  // MARK: What the screen is told

  /// Fetches what the panes show and sends it.
  private func show() {
    flush()
    do throws(InspectError) {
      try session.refresh(interest)
    } catch {
      say(.error, error.message)
      flush()
      if case .lost(let text) = error {
        return over(Failure(.targetDied, "the link is gone: \(text)"))
      }
    }
    var snapshot = session.snapshot
    if let match, let window = snapshot.memory {
      let offset = match.address.offset(from: window.start)
      if offset < UInt64(window.bytes.count) {
        let first = Int(offset)
        snapshot.memory?.match = first..<min(window.bytes.count, first + match.count)
      }
    }
    if let visited {
      snapshot.source = session.excerpt(
        path: visited.path, around: visited.line, count: interest.sourceLines)
      snapshot.source?.isVisited = true
    }
    reports.post(.snapshot(snapshot))
    stops.look(session)
  }

  private func received(_ said: CommandOutput) {
    switch said {
    case .line(let text), .object(let text):
      openLine += text
      closeLine(.output)
    case .text(let text): add(text, .output)
    case .console(let text): add(text, .console)
    }
  }

  private func add(_ text: String, _ kind: OutputLine.Kind) {
    let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      openLine += part
      if index + 1 < parts.count { closeLine(kind) }
    }
  }

  private func closeLine(_ kind: OutputLine.Kind) {
    output.append(OutputLine(kind, openLine))
    openLine = ""
  }

  private func say(_ kind: OutputLine.Kind, _ text: String) {
    for line in text.split(separator: "\n") { output.append(OutputLine(kind, String(line))) }
  }

  private func flush() {
    guard !output.isEmpty else { return }
    reports.post(.output(output))
    output = []
  }

  private func endCommand() {
    if !openLine.isEmpty { closeLine(.output) }
    flush()
    if isCommandRunning { reports.post(.commandEnded) }
    isCommandRunning = false
  }

  private func over(_ failure: Failure?) {
    flush()
    isOver = true
    reports.post(.over(failure))
  }

  /// Asks the person and waits for the answer; leaving answers no.
  private func confirmed(_ question: String) -> Bool {
    flush()
    reports.post(.question(question))
    while true {
      var entry = pollfd(fd: requests.descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&entry, 1, -1)
      while let request = requests.take() {
        switch request {
        case .answer(let isYes): return isYes
        case .leave:
          postponed.append(request)
          return false
        default: postponed.append(request)
        }
      }
    }
  }
}
