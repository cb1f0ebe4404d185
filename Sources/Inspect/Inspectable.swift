// The seam under every view and command: what a debugger needs of a target, and nothing about how
// it is reached. QEMU's stub, any gdbserver, an agent, a dump and the tests' fake each implement it.
//
// An Inspectable is confined to one thread. Its calls may block, each for a bounded time (the
// link's time-out); none of them traps on anything a target says.

public import Bytes

/// A source of truth about one target: its memory, its registers, its execution.
public protocol Inspectable: AnyObject {
  /// What the target is and what can be asked of it.
  var profile: TargetProfile { get }

  /// Whether the target runs, as far as is known without asking.
  var state: ExecutionState { get }

  /// The link's counters: round trips, bytes, losses.
  var statistics: LinkStatistics { get }

  /// Reads `count` bytes at `address` (at most 16 MiB).
  ///
  /// Returns fewer bytes than asked for where memory ends; throws `.unreadable` if even the first
  /// byte cannot be read. While the target is stopped, repeated reads are answered from a cache
  /// that a resume or a write drops.
  func readMemory(at address: Address, count: Int) throws(InspectError) -> [UInt8]

  /// Reads several ranges in one flight where the link can; each as `readMemory`, `nil` if
  /// unreadable.
  func readMemory(ranges: [(address: Address, count: Int)]) throws(InspectError) -> [[UInt8]?]

  /// Writes `bytes` at `address`, all or (on error) possibly some of them.
  func writeMemory(_ bytes: [UInt8], at address: Address) throws(InspectError)

  /// Lists threads (cores, fibers, tasks) in the target's order.
  func threads() throws(InspectError) -> [ThreadInfo]

  /// Reads all registers of a stopped thread.
  func readRegisters(of thread: ThreadID) throws(InspectError) -> RegisterFile

  /// Lists threads and reads the registers of up to `limit` of them, `first` among them, in one
  /// flight where the link can.
  func overview(of first: ThreadID?, limit: Int) throws(InspectError) -> Overview

  /// Writes one register, given by its name in `profile.registers`, little-endian and of its size.
  func writeRegister(_ name: String, bytes: [UInt8], of thread: ThreadID) throws(InspectError)

  /// Plants a breakpoint or watchpoint. Planting the same one twice is no error.
  func insert(_ point: StopPoint) throws(InspectError)

  /// Plants a breakpoint about which the target decides by itself, or gives one that is planted another
  /// script; `.unsupported` unless the profile says that it can.
  func insert(_ point: StopPoint, script: PointScript) throws(InspectError)

  /// Removes one that was planted.
  func remove(_ point: StopPoint) throws(InspectError)

  /// Lets the target go on; returns at once. `waitForEvent` tells when it stops.
  func resume(_ action: ResumeAction, thread: ThreadID?) throws(InspectError)

  /// Asks a running target to stop; returns at once. `waitForEvent` tells when it has.
  func interrupt() throws(InspectError)

  /// Whether threads stop one by one while the others run. `state` then is that of one of them: the
  /// one that stopped last, or that was chosen by `focus`.
  var isNonStop: Bool { get }

  /// Begins or ends that, in a target that stands still; `.unsupported` where threads stop together.
  /// At its end everything stands.
  func setNonStop(_ isWanted: Bool) throws(InspectError)

  /// Whether a thread runs, stands alone, or stands because everything does.
  func stance(of thread: ThreadID) -> Stance

  /// Whether everything stands.
  var standsWhole: Bool { get }

  /// Makes `state` that of a thread that stands; false, and nothing happens, if it runs.
  func focus(on thread: ThreadID) -> Bool

  /// Asks one thread to stop, or all (`nil`); returns at once.
  func interrupt(thread: ThreadID?) throws(InspectError)

  /// Waits for the next thing the target says of its own accord, at most `milliseconds`.
  ///
  /// `nil` if that time passed. A `.stopped` event also sets `state`. Zero only looks.
  func waitForEvent(milliseconds: Int) throws(InspectError) -> TargetEvent?

  /// A file descriptor that becomes readable when `waitForEvent(milliseconds: 0)` has work to do;
  /// `nil` for a target that never speaks first.
  var eventDescriptor: Int32? { get }

  /// Runs a command of the target's own monitor and returns all it printed, unsanitized.
  func monitor(_ command: String) throws(InspectError) -> [UInt8]

  /// Removes everything planted, lets the target run on, and ends the link.
  func detach() throws(InspectError)

  /// Ends the target itself. Callers ask a person first.
  func kill() throws(InspectError)
}

extension Inspectable {
  public func insert(_ point: StopPoint, script: PointScript) throws(InspectError) {
    guard script.isEmpty else {
      throw .unsupported("\(profile.kind) decides nothing about its breakpoints")
    }
    try insert(point)
  }
}
