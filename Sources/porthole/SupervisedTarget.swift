// A target with authority in between: observe < stop < write. What goes beyond observing asks
// once, and is refused beyond the cap. Reading passes through untouched.

internal import Bytes
internal import Inspect
internal import Launcher

/// A target that may be stopped and changed only as far as was granted.
final class SupervisedTarget: Inspectable {
  private let inner: any Inspectable
  /// How far the user of the tool may go at most.
  let cap: AuthorityLevel
  /// What to do about the cap, where that is not the user's own wish.
  var advice: String?
  /// Asks once before the first stop or write; `nil` grants silently.
  var ask: (() -> Bool)?
  /// Says of a stop that nobody here asked for whether it was another command's, for a moment, which is
  /// over: QEMU tells us when its monitor stops the guest, but not that it runs on. Then the target has
  /// to stand again, and goes on as it did.
  var isRunningAgain: (() -> Bool)?
  /// What is to be done before the link is closed, however that comes about.
  var parts: (() -> Void)?
  private var latest: (action: ResumeAction, thread: ThreadID?)?
  /// Whether the target was ever let go on by the user, so that leaving lets it go on too.
  private(set) var wasResumed = false

  init(_ inner: any Inspectable, cap: AuthorityLevel) {
    self.inner = inner
    self.cap = cap
  }

  /// Grants what the cap allows, without asking any more.
  func grant() { ask = nil }

  /// Lets `body` resume the target without that counting as the user's doing.
  func resumesQuietly(_ body: () -> Void) {
    let before = (isLeaving, wasResumed)
    isLeaving = true
    body()
    (isLeaving, wasResumed) = before
  }

  /// Allows what leaving takes: a stop, so that breakpoints can be removed, and going on.
  func leaves() { isLeaving = true }
  private var isLeaving = false

  private func need(_ level: AuthorityLevel, _ what: String) throws(InspectError) {
    if isLeaving { return }
    guard level <= cap else {
      throw .forbidden(
        "\(what) needs the level '\(level.rawValue)', and this attachment ends at '\(cap.rawValue)'"
          + (advice.map { ". \($0)" } ?? "")
      )
    }
    guard let ask else { return }
    guard ask() else { throw .forbidden("\(what) was not confirmed") }
    self.ask = nil
  }

  var profile: TargetProfile {
    var profile = inner.profile
    profile.isReadOnly = profile.isReadOnly || (cap == .observe && !isLeaving)
    if let advice { profile.readOnlyAdvice = advice }
    return profile
  }
  var state: ExecutionState { inner.state }
  var statistics: LinkStatistics { inner.statistics }
  var eventDescriptor: Int32? { inner.eventDescriptor }

  func readMemory(at address: Address, count: Int) throws(InspectError) -> [UInt8] {
    try inner.readMemory(at: address, count: count)
  }

  func readMemory(ranges: [(address: Address, count: Int)]) throws(InspectError) -> [[UInt8]?] {
    try inner.readMemory(ranges: ranges)
  }

  func threads() throws(InspectError) -> [ThreadInfo] { try inner.threads() }

  func overview(of first: ThreadID?, limit: Int) throws(InspectError) -> Overview {
    try inner.overview(of: first, limit: limit)
  }

  func readRegisters(of thread: ThreadID) throws(InspectError) -> RegisterFile {
    try inner.readRegisters(of: thread)
  }

  func waitForEvent(milliseconds: Int) throws(InspectError) -> TargetEvent? {
    let event = try inner.waitForEvent(milliseconds: milliseconds)
    guard case .stopped(let reason)? = event, reason.signal == 2, reason.cause == .signal,
      let latest, isRunningAgain?() == true
    else { return event }
    // The second stop has been told too, and is none: the state is a stop already.
    let other = try inner.waitForEvent(milliseconds: 0)
    switch other {
    case .stopped?, .ended?, .lost?: return other
    default:
      try inner.resume(latest.action, thread: latest.thread)
      return other
    }
  }

  func interrupt() throws(InspectError) {
    try need(.stop, "stopping")
    try inner.interrupt()
  }

  var isNonStop: Bool { inner.isNonStop }

  func setNonStop(_ isWanted: Bool) throws(InspectError) {
    try need(.stop, "non-stop mode")
    try inner.setNonStop(isWanted)
  }

  func stance(of thread: ThreadID) -> Stance { inner.stance(of: thread) }

  var standsWhole: Bool { inner.standsWhole }

  func focus(on thread: ThreadID) -> Bool { inner.focus(on: thread) }

  func interrupt(thread: ThreadID?) throws(InspectError) {
    try need(.stop, "stopping")
    try inner.interrupt(thread: thread)
  }

  func resume(_ action: ResumeAction, thread: ThreadID?) throws(InspectError) {
    try need(.stop, "running on")
    wasResumed = true
    latest = (action, thread)
    try inner.resume(action, thread: thread)
  }

  func insert(_ point: StopPoint) throws(InspectError) {
    try need(.stop, "a breakpoint")
    try inner.insert(point)
  }

  func insert(_ point: StopPoint, script: PointScript) throws(InspectError) {
    try need(.stop, "a breakpoint")
    try inner.insert(point, script: script)
  }

  func remove(_ point: StopPoint) throws(InspectError) { try inner.remove(point) }

  func writeMemory(_ bytes: [UInt8], at address: Address) throws(InspectError) {
    try need(.write, "writing")
    try inner.writeMemory(bytes, at: address)
  }

  func writeRegister(_ name: String, bytes: [UInt8], of thread: ThreadID) throws(InspectError) {
    try need(.write, "writing")
    try inner.writeRegister(name, bytes: bytes, of: thread)
  }

  func monitor(_ command: String) throws(InspectError) -> [UInt8] {
    try need(.write, "the monitor")
    return try inner.monitor(command)
  }

  func kill() throws(InspectError) {
    try need(.write, "killing")
    try inner.kill()
  }

  func detach() throws(InspectError) {
    parts?()
    try inner.detach()
  }
}
