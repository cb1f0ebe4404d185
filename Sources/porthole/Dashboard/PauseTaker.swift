// Samples by stopping, for the Profile screen: part of the session's thread, because what stops a
// target behind its back would look to it like a stop of its own. Over QEMU's stub and others it is
// that link which stops; where the link is an agent's, which does not sample, QEMU's monitor does.

internal import Bytes
internal import Cores
internal import Inspect
internal import Launcher
internal import Profiling
internal import Readings
internal import Session

/// Stops a target that runs for a moment, again and again, and copies its stacks.
struct PauseTaker {
  private let target: OpenTarget
  private let queue: StackQueue
  private let memory: RAMFile?
  private var rate = 0
  private var clock: SampleClock?
  /// Whether a stop that was asked for is still to come.
  private var isOwed = false

  /// Processors, or threads, that are looked at.
  private static let mostThreads = 16
  /// Bytes of a stack that are read over a link: what a guest stands still for.
  private static let linked = 8 << 10

  init(_ target: OpenTarget, _ queue: StackQueue) {
    (self.target, self.queue) = (target, queue)
    memory = target.instance.flatMap { RAMFile($0) }
  }

  /// Takes so many samples a second from now on, none for 0.
  mutating func want(_ rate: Int) {
    guard rate != self.rate else { return }
    self.rate = rate
    clock = rate > 0 ? SampleClock(rate: rate, now: Moment.microseconds) : nil
  }

  /// Milliseconds until the next sample, at most `limit` (-1 for none).
  func milliseconds(_ limit: Int) -> Int {
    guard let clock else { return limit }
    let rest = max(0, (clock.due - Moment.microseconds + 999) / 1000)
    return limit < 0 ? rest : min(limit, rest)
  }

  /// Takes a sample if one is due; returns what stopped the target meanwhile if that was not this.
  mutating func take() -> SessionEvent? {
    guard let clock, clock.due <= Moment.microseconds else { return nil }
    let session = target.session
    let random = Double.random(in: 0..<1)
    guard target.supervised.cap >= .stop else {
      return failed("this attachment only looks, and may not stop it", random)
    }
    guard session.isRunningFreely, !session.target.isNonStop else {
      // Who stands still, or is on the way to somewhere, is no sample, and none that was missed.
      _ = self.clock?.failed(now: Moment.microseconds, random: random)
      return nil
    }
    do {
      let (taken, event) = try session.target.profile.kind == "agent" ? monitored() : linked()
      if let event { return event }
      guard taken.microseconds > 0 else { return failed("it stands still", random) }
      let missed =
        self.clock?.took(
          pause: taken.microseconds, now: Moment.microseconds, random: random) ?? 0
      queue.took(taken.result, missed: missed, pauses: self.clock?.pause ?? clock.pause)
      return nil
    } catch {
      if case .inspect(.lost(let text))? = error as? SessionError { return .lost(text) }
      if case .inspect(.timedOut)? = error as? SessionError { isOwed = true }
      let message = (error as? SessionError)?.message ?? Failure(error)?.message
      return failed(message ?? "\(error)", random)
    }
  }

  /// The user wants a stop: one that is still to come is theirs.
  mutating func yields() { isOwed = false }

  /// Whether an event is a stop of this, come late; then the target runs on.
  mutating func absorbs(_ event: SessionEvent) -> Bool {
    guard isOwed, case .stopped(let stop) = event, stop.reason == .interrupted else { return false }
    isOwed = false
    target.supervised.resumesQuietly { try? target.session.start(.cont(ignore: 0)) }
    return target.session.target.state == .running
  }

  private typealias Taken = (result: [PausedStack], microseconds: Int)

  private mutating func failed(_ note: String, _ random: Double) -> SessionEvent? {
    let missed = clock?.failed(now: Moment.microseconds, random: random) ?? 0
    queue.failed(note, missed: missed)
    return nil
  }

  private func monitored() throws -> (Taken, SessionEvent?) {
    guard let instance = target.instance, let memory else {
      throw Failure(.no, "it is no instance of this machine, whose memory could be read")
    }
    return (try instance.pausedStacks(memory), nil)
  }

  private func linked() throws -> (Taken, SessionEvent?) {
    let session = target.session
    var outcome = Result<(Taken, SessionEvent?), SessionError>.success((([], 0), nil))
    target.supervised.resumesQuietly {
      do throws(SessionError) {
        let start = Moment.microseconds
        if let event = try session.pause() {
          outcome = .success((([], 0), event))
          return
        }
        let stacks = copy(session)
        try session.start(.cont(ignore: 0))
        outcome = .success(((stacks, max(1, Moment.microseconds - start)), nil))
      } catch {
        outcome = .failure(error)
      }
    }
    return try outcome.get()
  }

  private func copy(_ session: Session) -> [PausedStack] {
    guard let overview = try? session.target.overview(of: nil, limit: Self.mostThreads) else {
      return []
    }
    return overview.threads.compactMap { thread in
      guard let registers = overview.registers[thread.id], let counter = registers["rip"] else {
        return nil
      }
      let top = (registers["rsp"] ?? 0) & ~7
      let before = bytes(at: counter &- 1, count: 1, session)
      let stack = CopiedStack(
        counter: counter, registers: PausedStack.registers.map { registers[$0] }, start: top,
        bytes: bytes(at: top, count: memory == nil ? Self.linked : PausedStack.size, session))
      // A processor that waits stands behind its `hlt` (0xF4).
      return PausedStack(stack: stack, isIdle: before == [0xf4])
    }
  }

  private func bytes(at address: UInt64, count: Int, _ session: Session) -> [UInt8] {
    if let memory { return memory.memory.read(at: address, count: count) }
    return (try? session.target.readMemory(at: Address(address), count: count)) ?? []
  }
}
