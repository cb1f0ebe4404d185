// A target whose threads stop one by one, for tests: nothing runs in it but what a test says that it
// meets. It follows what `Inspectable` says of non-stop mode, and keeps a list of what it was asked.

import Bytes
import Inspect

final class ThreadedTarget: Inspectable {
  enum Asked: Equatable {
    case resume(ResumeAction, UInt64?)
    case interrupt(UInt64?)
    case nonStop(Bool)
  }

  var profile: TargetProfile
  var statistics = LinkStatistics()
  var eventDescriptor: Int32? { nil }
  private(set) var asked: [Asked] = []
  private(set) var planted: Set<StopPoint> = []
  private(set) var isNonStop = false
  /// Why everything stands; nil if it does not.
  private var whole: StopReason? = StopReason(
    signal: 5, thread: ThreadID(thread: 1), cause: .request)
  /// The agent's words for that.
  private var words = ""
  private var alone: [ThreadID: StopReason] = [:]
  private var chosen = ThreadID(thread: 1)
  private var memory: FakeMemory
  private var processors: [FakeProcessor]
  private var events: [() -> StopReason] = []

  /// Creates a target that stands, with a number of threads.
  init(memory: FakeMemory, threads: Int) {
    self.memory = memory
    processors = (0..<threads).map {
      FakeProcessor(pc: Address(0x1000), sp: Address(0x9000 + UInt64($0) * 0x100))
    }
    profile = TargetProfile(
      architecture: .x86_64, registers: FakeTarget.registers, name: "threaded", kind: "agent")
  }

  // MARK: What happens in it

  /// A thread that runs meets something at an address: it stands from now on, and that is told by the
  /// next event but those before it.
  func meets(
    _ number: UInt64, at pc: UInt64, signal: Int = 5, _ cause: StopReason.Cause = .breakpoint
  ) {
    let thread = ThreadID(thread: number)
    precondition(stance(of: thread) == .runs)
    processors[Int(number) - 1].registers["rip"] = pc
    let reason = StopReason(signal: signal, thread: thread, cause: cause)
    alone[thread] = reason
    events.append { [unowned self] in
      chosen = thread
      return reason
    }
  }

  /// A thread meets something where it cannot be set aside: everything stands.
  func halts(_ number: UInt64, at pc: UInt64, signal: Int, because words: String) {
    let thread = ThreadID(thread: number)
    processors[Int(number) - 1].registers["rip"] = pc
    let reason = StopReason(signal: signal, thread: thread, cause: .signal)
    (whole, self.words) = (reason, words)
    events.append { [unowned self] in
      chosen = thread
      return reason
    }
  }

  // MARK: Who stands

  var state: ExecutionState {
    if let reason = alone[chosen] { return .stopped(reason) }
    if let whole { return .stopped(whole) }
    return .running
  }

  var standsWhole: Bool { whole != nil }

  func stance(of thread: ThreadID) -> Stance {
    alone[thread] != nil ? .alone : standsWhole ? .together : .runs
  }

  func focus(on thread: ThreadID) -> Bool {
    guard stance(of: thread) != .runs else { return false }
    chosen = thread
    return true
  }

  func setNonStop(_ isWanted: Bool) throws(InspectError) {
    asked.append(.nonStop(isWanted))
    isNonStop = isWanted
    alone = [:]
    whole = StopReason(signal: 0, thread: chosen, cause: .request)
  }

  func waitForEvent(milliseconds: Int) throws(InspectError) -> TargetEvent? {
    events.isEmpty ? nil : .stopped(events.removeFirst()())
  }

  func resume(_ action: ResumeAction, thread: ThreadID?) throws(InspectError) {
    asked.append(.resume(action, thread?.thread))
    if let thread, alone.removeValue(forKey: thread) != nil { return }
    whole = nil
    if thread == nil { alone = [:] }
  }

  func interrupt() throws(InspectError) { try interrupt(thread: nil) }

  func interrupt(thread: ThreadID?) throws(InspectError) {
    asked.append(.interrupt(thread?.thread))
    guard events.isEmpty, state == .running else { return }
    let stopped = thread ?? chosen
    let reason = StopReason(signal: 0, thread: stopped, cause: .request)
    if thread == nil { whole = reason } else { alone[stopped] = reason }
    events.append { reason }
  }

  // MARK: What is in it

  func threads() throws(InspectError) -> [ThreadInfo] {
    processors.indices.map { index in
      let id = ThreadID(thread: UInt64(index) + 1)
      var name = "thread \(index + 1)"
      if index == 0, standsWhole { name += " (everything stands: \(words))" }
      if alone[id] != nil { name += " (stopped)" }
      return ThreadInfo(id: id, name: name)
    }
  }

  func overview(of first: ThreadID?, limit: Int) throws(InspectError) -> Overview {
    var registers: [ThreadID: RegisterFile] = [:]
    let threads = try threads()
    for thread in threads where stance(of: thread.id) != .runs {
      registers[thread.id] = try readRegisters(of: thread.id)
    }
    return Overview(threads: threads, registers: registers)
  }

  func readRegisters(of thread: ThreadID) throws(InspectError) -> RegisterFile {
    guard stance(of: thread) != .runs else { throw .refused("it runs") }
    return RegisterFile(
      definitions: profile.registers,
      values: profile.registers.map { definition in
        let value = processors[Int(thread.thread) - 1].registers[definition.name] ?? 0
        return (0..<definition.size).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
      })
  }

  func readMemory(at address: Address, count: Int) throws(InspectError) -> [UInt8] {
    let bytes = memory.read(address, count)
    if bytes.isEmpty { throw .unreadable(address) }
    return bytes
  }

  func readMemory(ranges: [(address: Address, count: Int)]) throws(InspectError) -> [[UInt8]?] {
    ranges.map { range in
      let bytes = memory.read(range.address, range.count)
      return bytes.isEmpty ? nil : bytes
    }
  }

  func insert(_ point: StopPoint) throws(InspectError) { planted.insert(point) }
  func remove(_ point: StopPoint) throws(InspectError) { planted.remove(point) }
  func writeMemory(_ bytes: [UInt8], at address: Address) throws(InspectError) {
    throw .unsupported("a write")
  }
  func writeRegister(_ name: String, bytes: [UInt8], of thread: ThreadID) throws(InspectError) {
    throw .unsupported("a write")
  }
  func monitor(_ command: String) throws(InspectError) -> [UInt8] { [] }
  func detach() throws(InspectError) {}
  func kill() throws(InspectError) {}
}
