// A whole target in memory, for tests: deterministic, and as strict as the strictest stub. It keeps
// a log of all that was asked of it, so that a test can tell what a debugger did to its target.

public import Bytes

/// A fake machine behind the seam.
public final class FakeTarget: Inspectable {
  /// One request, as the log keeps it.
  public enum Action: Equatable, Sendable {
    case threads, overview, readRegisters
    /// A read, by its number of ranges.
    case readMemory(Int)
    case writeMemory(Address, [UInt8])
    case writeRegister(String)
    case insert(StopPoint), remove(StopPoint)
    case resume(ResumeAction)
    case interrupt, detach, kill
    case monitor(String)
  }

  public var profile: TargetProfile
  public private(set) var state: ExecutionState
  public private(set) var statistics = LinkStatistics()
  /// All requests so far; a test may empty it.
  public var log: [Action] = []
  public var memory: FakeMemory
  public var processors: [FakeProcessor]
  /// What the target was told to decide by itself, and has not been told to forget.
  public private(set) var scripts: [StopPoint: PointScript] = [:]
  /// What is planted now.
  public private(set) var planted: Set<StopPoint> = []
  /// Whether stops say what caused them, as gdbserver does and QEMU does not.
  public var tellsCause = false
  /// How many instructions run before the target is simply left running.
  public var patience = 10_000
  /// Errors to throw from coming requests, by the order of requests: `nil` lets one pass.
  public var failures: [InspectError?] = []
  /// Text for the console that a coming `waitForEvent` tells first.
  public var console: [UInt8] = []
  private var events: [TargetEvent] = []
  private var mover: Int?

  /// Creates a stopped machine.
  public init(memory: FakeMemory, processors: [FakeProcessor]) {
    self.memory = memory
    self.processors = processors
    profile = TargetProfile(
      architecture: .x86_64, registers: Self.registers, name: "fake", kind: "fake")
    state = .stopped(
      StopReason(signal: 5, thread: ThreadID(thread: 1), cause: .request))
  }

  /// The registers of QEMU's and gdbserver's core description for x86-64.
  public static let registers: [RegisterDefinition] = {
    let names = [
      "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12",
      "r13", "r14", "r15", "rip", "eflags", "cs", "ss",
    ]
    return names.enumerated().map { number, name in
      let type =
        switch name {
        case "rip": "code_ptr"
        case "rsp", "rbp": "data_ptr"
        case "eflags": "i386_eflags"
        case "cs", "ss": "int32"
        default: "int64"
        }
      return RegisterDefinition(
        name: name, size: number < 17 ? 8 : 4, number: number, group: "", type: type)
    }
  }()

  private func ask(_ action: Action) throws(InspectError) {
    log.append(action)
    statistics.roundTrips += 1
    if !failures.isEmpty, let failure = failures.removeFirst() { throw failure }
    if case .lost(let text) = state { throw .lost(text) }
  }

  private func requireStopped() throws(InspectError) {
    guard case .stopped = state else { throw .wrongState("the fake runs") }
  }

  public func readMemory(at address: Address, count: Int) throws(InspectError) -> [UInt8] {
    try ask(.readMemory(1))
    try requireStopped()
    let bytes = memory.read(address, count)
    if bytes.isEmpty, count > 0 { throw .unreadable(address) }
    return bytes
  }

  public func readMemory(
    ranges: [(address: Address, count: Int)]
  ) throws(InspectError) -> [[UInt8]?] {
    try ask(.readMemory(ranges.count))
    try requireStopped()
    return ranges.map { range in
      let bytes = memory.read(range.address, range.count)
      return bytes.isEmpty ? nil : bytes
    }
  }

  public func writeMemory(_ bytes: [UInt8], at address: Address) throws(InspectError) {
    try ask(.writeMemory(address, bytes))
    try requireStopped()
    if !memory.write(bytes, address) { throw .unreadable(address) }
  }

  public func threads() throws(InspectError) -> [ThreadInfo] {
    try ask(.threads)
    return infos
  }

  public func overview(of first: ThreadID?, limit: Int) throws(InspectError) -> Overview {
    try ask(.overview)
    try requireStopped()
    var registers: [ThreadID: RegisterFile] = [:]
    for info in infos.prefix(limit) { registers[info.id] = file(Int(info.id.thread) - 1) }
    return Overview(threads: infos, registers: registers)
  }

  private var infos: [ThreadInfo] {
    processors.indices.map {
      ThreadInfo(id: ThreadID(thread: UInt64($0 + 1)), name: "CPU#\($0)")
    }
  }

  public func readRegisters(of thread: ThreadID) throws(InspectError) -> RegisterFile {
    try ask(.readRegisters)
    try requireStopped()
    return file(try index(thread))
  }

  public func writeRegister(
    _ name: String, bytes: [UInt8], of thread: ThreadID
  ) throws(InspectError) {
    try ask(.writeRegister(name))
    try requireStopped()
    var value: UInt64 = 0
    for byte in bytes.prefix(8).reversed() { value = value << 8 | UInt64(byte) }
    processors[try index(thread)].registers[name] = value
  }

  private func index(_ thread: ThreadID) throws(InspectError) -> Int {
    guard (1...processors.count).contains(Int(clamping: thread.thread)) else {
      throw .refused("no such thread")
    }
    return Int(thread.thread) - 1
  }

  private func file(_ index: Int) -> RegisterFile {
    RegisterFile(
      definitions: profile.registers,
      values: profile.registers.map { definition in
        let value = processors[index].registers[definition.name] ?? 0
        return (0..<definition.size).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
      })
  }

  public func insert(_ point: StopPoint) throws(InspectError) {
    try ask(.insert(point))
    try requireStopped()
    planted.insert(point)
    scripts[point] = nil
  }

  public func insert(_ point: StopPoint, script: PointScript) throws(InspectError) {
    try insert(point)
    if !script.isEmpty { scripts[point] = script }
  }

  public func remove(_ point: StopPoint) throws(InspectError) {
    try ask(.remove(point))
    try requireStopped()
    planted.remove(point)
    scripts[point] = nil
  }

  public func resume(_ action: ResumeAction, thread: ThreadID?) throws(InspectError) {
    try ask(.resume(action))
    try requireStopped()
    state = .running
    mover = try thread.map { thread throws(InspectError) in try index(thread) }
    run(action)
  }

  public func interrupt() throws(InspectError) {
    try ask(.interrupt)
    guard case .running = state, events.isEmpty else { return }
    stopped(signal: 2, .request, mover ?? 0)
  }

  public func waitForEvent(milliseconds: Int) throws(InspectError) -> TargetEvent? {
    if !console.isEmpty {
      defer { console = [] }
      return .console(console)
    }
    guard !events.isEmpty else { return nil }
    let event = events.removeFirst()
    switch event {
    case .stopped(let reason): state = .stopped(reason)
    case .ended(let reason): state = .ended(reason)
    case .lost(let text): state = .lost(text)
    case .console: break
    }
    return event
  }

  /// Cuts the link; the next `waitForEvent` tells.
  public func cut() { events = [.lost("cut")] }

  public var eventDescriptor: Int32? { nil }

  public func monitor(_ command: String) throws(InspectError) -> [UInt8] {
    try ask(.monitor(command))
    return Array("fake: \(command)\n".utf8)
  }

  public func detach() throws(InspectError) {
    try ask(.detach)
    state = .running
  }

  public func kill() throws(InspectError) {
    try ask(.kill)
    state = .ended(.killed(signal: 9))
  }

  // MARK: Execution

  private func stopped(signal: Int, _ cause: StopReason.Cause, _ index: Int) {
    let thread = ThreadID(thread: UInt64(index + 1))
    events.append(.stopped(StopReason(signal: signal, thread: thread, cause: cause)))
  }

  private func run(_ action: ResumeAction) {
    for _ in 0..<patience {
      // A step moves its thread alone; otherwise all take turns.
      let movers = action == .cont ? Array(processors.indices) : [mover ?? 0]
      for index in movers {
        if advance(index, action) { return }
      }
    }
  }

  /// Executes one instruction of a thread; `true` if that ended the run.
  private func advance(_ index: Int, _ action: ResumeAction) -> Bool {
    if isAtBreakpoint(index) {
      stopped(signal: 5, tellsCause ? .breakpoint : .signal, index)
      return true
    }
    switch processors[index].step(&memory) {
    case .went: break
    case .halted:
      // A halted processor is left running; a step over it waits for an interrupt.
      return action != .cont
    case .exited(let status):
      events.append(.ended(.exited(status: status)))
      return true
    case .trapped(let signal):
      stopped(signal: signal, .signal, index)
      return true
    case .stored(let address, let count):
      if let point = watching(address, count) {
        stopped(signal: 5, .watchpoint(point.kind, point.address), index)
        return true
      }
    }
    switch action {
    case .cont: return false
    case .step:
      stopped(signal: 5, .signal, index)
      return true
    case .stepRange(let range):
      let pc = Address(processors[index].registers["rip"] ?? 0)
      if range.contains(pc), !isAtBreakpoint(index) { return false }
      stopped(signal: 5, .signal, index)
      return true
    }
  }

  private func isAtBreakpoint(_ index: Int) -> Bool {
    let pc = processors[index].registers["rip"] ?? 0
    return planted.contains { $0.kind.rawValue <= 1 && $0.address.value == pc }
  }

  private func watching(_ address: Address, _ count: Int) -> StopPoint? {
    planted.first {
      $0.kind.rawValue >= 2 && $0.address.value < address.value &+ UInt64(count)
        && address.value < $0.address.value &+ UInt64($0.length)
    }
  }
}
