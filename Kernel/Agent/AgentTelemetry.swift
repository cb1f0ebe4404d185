// Telemetry: at the client's rate, frames of what has changed in what the instance publishes, as
// notifications. While the instance runs they are made in the timer's interrupt and sent by the
// port's; while it is held, between the client's requests.

internal import CX86
internal import GDBRemote
internal import Machine
internal import Publishing
internal import Telemetry
internal import X86

enum AgentTelemetry {
  // Safety: these are used by the agent alone, which is not re-entered.
  nonisolated(unsafe) private static var encoder: FrameEncoder?
  /// Nanoseconds from round to round, 0 while nobody has asked.
  nonisolated(unsafe) private static var period: UInt64 = 0
  /// When the next round is due.
  // Safety: as above.
  nonisolated(unsafe) private static var next = UInt64.max
  /// Whether a round is under way, and goes on as soon as the link has room.
  // Safety: as above.
  nonisolated(unsafe) private static var isOpen = false
  /// When the client was last heard of.
  // Safety: as above.
  nonisolated(unsafe) private static var heard: UInt64 = 0
  // Safety: as above.
  nonisolated(unsafe) private static var counts = Counts()
  /// 1 while a debugger holds the machine, which otherwise looks like one that hangs.
  // Safety: as above.
  nonisolated(unsafe) static var held: UInt64 = 0

  private struct Counts {
    var frames: UInt64 = 0
    var bytes: UInt64 = 0
    var skipped: UInt64 = 0
    var stops: UInt64 = 0
    var passed: UInt64 = 0
  }

  /// A frame with its name and its escapes, at worst.
  private static var mostBytes: Int { 2 * 1024 + 16 }
  /// A client that was not heard of for so long has gone, though the link does not tell.
  private static var patience: UInt64 { 60_000_000_000 }

  /// Makes room for the encoder. More memory means that more can be told.
  static func start() {
    var index = 0
    var memory: UInt = 0
    while let region = X86Machine.shared.memory(at: index) {
      memory &+= region.size
      index += 1
    }
    encoder = FrameEncoder(bits: memory >= 47 << 20 ? 14 : memory >= 15 << 20 ? 13 : 11)
    Publish.gauge("agent.held", at: publishedPlace(of: &held))
    Publish.counter("agent.frames", at: publishedPlace(of: &counts.frames))
    Publish.counter("agent.frameBytes", .bytes, at: publishedPlace(of: &counts.bytes))
    Publish.counter("agent.roundsSkipped", at: publishedPlace(of: &counts.skipped))
    Publish.counter("agent.bytesLost", .bytes, at: publishedPlace(of: &AgentPort.lost))
    Publish.counter("agent.stops", at: publishedPlace(of: &counts.stops))
    Publish.counter("agent.passed", at: publishedPlace(of: &counts.passed))
  }

  /// The instance was stopped as a whole for its client.
  static func noteStop() { counts.stops &+= 1 }

  /// A breakpoint was met that stopped nothing: its condition was false, or it only prints.
  static func notePass() { counts.passed &+= 1 }

  /// The client has asked for so many rounds a second, or for none.
  static func ask(hertz: Int) {
    guard hertz > 0 else { return end() }
    let now = X86Machine.shared.now.nanoseconds
    encoder?.restart()
    isOpen = false
    period = 1_000_000_000 / UInt64(hertz)
    heard = now
    next = now
    SharedTimer.start(.telemetry, at: Instant(nanoseconds: now &+ 1)) { context, _ in
      AgentHooks.timed(context)
      return AgentTelemetry.next
    }
  }

  /// Nobody wants any more. The timer learns of it at its next call.
  private static func end() {
    period = 0
    next = .max
  }

  /// Whether a client gets frames.
  static var isAsked: Bool { period > 0 }

  /// The client has sent something.
  @inline(__always)
  static func hear() { if period > 0 { heard = X86Machine.shared.now.nanoseconds } }

  /// Sends a round's frames through `stub` if it is time for one; `flush` takes them on. While the
  /// link has no room for a frame, the round is left out, or goes on next time.
  static func turn(_ stub: inout Stub?, flush: () -> Void, room: () -> Int) {
    guard period > 0 else { return }
    let now = X86Machine.shared.now.nanoseconds
    let isDue = now >= next
    guard isDue || isOpen else { return }
    guard now &- heard < patience else { return end() }
    if isDue {
      // On the grid of the request, without a burst after a pause.
      next = next &+ ((now &- next) / period &+ 1) &* period
      if isOpen || room() < mostBytes {
        encoder?.skip()
        counts.skipped &+= 1
      }
      isOpen = true
    }
    var left = 64
    while isOpen, left > 0, room() >= mostBytes {
      isOpen = encoder?.encode(ExposedMemory(), rootAt: Publication.root, now: now) == false
      guard let frame = encoder?.frame else { return }
      stub?.notify("Porthole", frame)
      counts.frames &+= 1
      counts.bytes &+= UInt64(frame.count)
      left -= 1
      flush()
    }
  }
}

/// The instance's own memory, read so that a wrong address does no harm.
private struct ExposedMemory: TelemetryMemory {
  func word(at address: UInt64) -> UInt64? {
    var word: UInt64 = 0
    let count = withUnsafeMutableBytes(of: &word) { AgentMemory.read(address, into: $0) }
    return count == 8 ? word : nil
  }
}

extension AgentTarget {
  var rootBlock: UInt64? { Publication.root }

  mutating func publish(hertz: Int) { AgentTelemetry.ask(hertz: hertz) }

  mutating func profile(rate: UInt64) -> Bool {
    guard rate > 0 else {
      AgentProfiler.stop()
      return true
    }
    return AgentProfiler.start(rate: rate)
  }

  mutating func trace(least: UInt64) -> Bool {
    Core.current.leastTraced = least
    return true
  }
}
