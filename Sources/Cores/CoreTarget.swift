// A core as a target: stopped for good. All that looks works as on a live one; what would change or
// move it is refused, in words.

public import Bytes
public import Inspect

/// A dead target, read out of a file.
public final class CoreTarget: Inspectable {
  public let profile: TargetProfile
  public let state: ExecutionState
  public let statistics = LinkStatistics()
  public let eventDescriptor: Int32? = nil
  /// Its memory.
  public let memory: AddressSpace
  private let cores: [CoreThread]
  /// What is said where there are no threads, and to who wants to change or move it.
  private let absence: String
  private let dead: InspectError

  /// The most bytes of one `readMemory`.
  private static let mostBytes = 16 << 20

  /// The target that a core file holds; `name` is how the user calls it.
  public convenience init(_ core: CoreFile, name: String) {
    let kind: String
    if let origin = core.origin {
      kind = "dump of \(origin.name), \(origin.state)"
    } else {
      kind = core.isFromQEMU ? "QEMU dump" : "core file"
    }
    self.init(
      memory: core.memory, threads: core.threads, name: name, kind: kind, entry: core.entry,
      executable: core.origin == nil ? core.program : nil)
  }

  /// A target of memory and registers; without threads there is one of which nothing is known.
  public init(
    memory: AddressSpace, threads: [CoreThread], name: String, kind: String,
    entry: UInt64? = nil, executable: String? = nil,
    absence: String = "registers went with QEMU",
    refusal: String? = nil
  ) {
    self.absence = absence
    dead = .unsupported(refusal ?? "a core file is dead: it can only be read")
    self.memory = memory
    cores = threads
    var profile = TargetProfile(
      architecture: .x86_64, registers: CoreRegisters.definitions, name: name, kind: kind,
      isReadOnly: true,
      memoryMap: memory.segments.map {
        MemoryRegion(start: Address($0.start), size: $0.size, kind: "ram")
      }, entry: entry.map { Address($0) },
      executable: executable.flatMap { $0.split(separator: " ").first.map(String.init) })
    profile.isDead = true
    if let refusal { profile.refusal = refusal }
    self.profile = profile
    let signal = threads.first?.signal ?? 0
    state = .stopped(
      StopReason(
        signal: signal, thread: ThreadID(thread: threads.first?.number ?? 1),
        cause: signal == 0 ? .request : .signal))
  }

  public func readMemory(at address: Address, count: Int) throws(InspectError) -> [UInt8] {
    guard count > 0 else { return [] }
    guard count <= Self.mostBytes else { throw .unsupported("more than 16 MiB at once") }
    let bytes = memory.read(at: address.value, count: count)
    guard !bytes.isEmpty else { throw .unreadable(address) }
    return bytes
  }

  public func readMemory(
    ranges: [(address: Address, count: Int)]
  ) throws(InspectError) -> [[UInt8]?] {
    ranges.map { range in
      if range.count <= 0 { return [] }
      return try? readMemory(at: range.address, count: range.count)
    }
  }

  public func threads() throws(InspectError) -> [ThreadInfo] {
    guard !cores.isEmpty else {
      return [ThreadInfo(id: ThreadID(thread: 1), name: absence)]
    }
    return cores.map { ThreadInfo(id: ThreadID(thread: $0.number), name: "") }
  }

  public func readRegisters(of thread: ThreadID) throws(InspectError) -> RegisterFile {
    CoreRegisters.file(cores.first { $0.number == thread.thread })
  }

  public func waitForEvent(milliseconds: Int) throws(InspectError) -> TargetEvent? { nil }

  public func detach() throws(InspectError) {}

  // MARK: What a dead target cannot do

  public func writeMemory(_ bytes: [UInt8], at address: Address) throws(InspectError) {
    throw dead
  }
  public func writeRegister(
    _ name: String, bytes: [UInt8], of thread: ThreadID
  ) throws(InspectError) { throw dead }
  public func insert(_ point: StopPoint) throws(InspectError) { throw dead }
  public func remove(_ point: StopPoint) throws(InspectError) { throw dead }
  public func resume(_ action: ResumeAction, thread: ThreadID?) throws(InspectError) {
    throw dead
  }
  public func interrupt() throws(InspectError) { throw dead }
  public func monitor(_ command: String) throws(InspectError) -> [UInt8] { throw dead }
  public func kill() throws(InspectError) { throw dead }
}
