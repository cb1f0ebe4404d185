// The agent in non-stop mode: which thread stops alone, which with all others, and who goes on then.

internal import Bytes
internal import CX86
internal import GDBRemote

extension Agent {
  /// Sets the interrupted thread aside, if that can be, and tells of it; the others run on.
  static func setAside(_ stop: StubStop, _ frame: UnsafeMutablePointer<x86_frame>) -> Bool {
    // A fault would come again at once: what it is about is looked at while everything stands.
    guard frame.pointee.vector == 1 || frame.pointee.vector == 3 else {
      AgentParking.reason = "it is a fault"
      return false
    }
    endStep()
    let thread = AgentThreads.owner(frame.pointee.rsp)
    guard AgentParking.park(stop, as: thread, runner: target.running, frame) else { return false }
    var own = stop
    own.thread = thread
    stub?.threadStopped(own, target: target)
    queue()
    return true
  }

  /// A thread that was set aside goes on in `frame`, with interrupts off: past the breakpoint that it
  /// stands at, and as far as it was asked to.
  static func goesOn(
    _ thread: UInt64, as action: ContinueAction.Kind, _ frame: UnsafeMutablePointer<x86_frame>
  ) {
    var range: Range<UInt64>?
    if case .stepRange(let start, let end) = action {
      range = start.value..<max(start.value, end.value)
    }
    let isStep = range != nil || action == .step
    let isPlanted = target.points.isPlanted(at: frame.pointee.rip)
    if isPlanted { target.points.passStanding(frame.pointee.rip) }
    x86_write_debug_status(0)
    if isStep {
      stepping = Stepping(frame, of: thread, range: range)
    } else if isPlanted {
      passing = Stepping(frame, of: thread, range: nil)
    }
  }

  /// The thread that was interrupted, as a client of non-stop mode knows it.
  static var owner: UInt64 { AgentThreads.owner(target.frame.pointee.rsp) }

  /// Whether a thread that runs, or could, is among those that shall stop. One that has ended is not:
  /// everything would stand, and nobody would be told.
  static var wantsStop: Bool {
    stub?.resumption.contains { action in
      guard action.kind == .stop else { return false }
      guard let thread = action.thread?.thread else { return true }
      return AgentParking.frame(of: thread) == nil && isThere(thread)
    } ?? false
  }

  private static func isThere(_ thread: UInt64) -> Bool {
    if thread == owner { return true }
    var index = 0
    while let other = target.thread(at: index) {
      if other == thread { return true }
      index += 1
    }
    return false
  }

  /// Tells of the threads that were to stop and stand now because everything does; of the interrupted
  /// one too, unless it was told of when everything came to stand.
  static func tellHeld() {
    guard stub?.isNonStop == true, wantsStop else { return }
    var index = 0
    while let thread = target.thread(at: index) {
      index += 1
      guard AgentParking.frame(of: thread) == nil, names(thread, .stop) else { continue }
      if thread == owner {
        guard !isOwnerTold else { continue }
        isOwnerTold = true
      }
      stub?.threadStopped(StubStop(signal: 0, thread: thread), target: target)
    }
    stub?.resumption.removeAll(keepingCapacity: true)
  }

  static func names(_ thread: UInt64, _ kind: ContinueAction.Kind) -> Bool {
    stub?.resumption.contains { action in
      action.kind == kind && (action.thread.map { $0.thread == thread } ?? true)
    } ?? false
  }

  /// Whether the machine that stands as a whole shall go on: a thread that stands with it shall.
  static var goesOnAll: Bool {
    stub?.resumption.contains { action in
      guard action.kind != .stop else { return false }
      return action.thread.map { AgentParking.frame(of: $0.thread) == nil } ?? true
    } ?? false
  }
}
