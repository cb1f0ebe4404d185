// The snapshot: all that a screen shows of one stop, from as few flights as can be. The first takes
// threads and registers, the second the code around the pc, the stack above the stack pointer and
// whatever else has a known address; unwinding and variables then mostly find their bytes cached.

public import Inspect
internal import Bytes
internal import Symbols

extension Session {
  /// The bytes of stack that are fetched before anybody asks for them.
  static let stackWindow = 4096

  /// Fetches what a screen needs and rebuilds `snapshot`. A running target is asked nothing.
  public func refresh(_ interest: Interest = Interest()) throws(InspectError) {
    var next = Snapshot()
    next.generation = snapshot.generation + 1
    next.target = target.profile.name
    next.kind = target.profile.kind
    next.isReadOnly = target.profile.isReadOnly
    next.isDead = target.profile.isDead
    next.state = target.state
    next.stopNote = stopNote
    freshen()
    if case .stopped = target.state {
      try prefetch(interest)
      try identify()
      try fill(&next, interest)
    } else {
      keepOld(&next)
    }
    next.symbols = symbolStatus
    next.breakpoints = breakpoints()
    next.memoryMap = memoryMap()
    next.link.statistics = target.statistics
    snapshot = next
  }

  /// Fetches in two flights what the rest of a refresh will ask for.
  func prefetch(_ interest: Interest) throws(InspectError) {
    _ = try overview()
    let thread = try currentThread()
    let registers = try registers(of: thread)
    var ranges: [(address: Address, count: Int)] = []
    if let pc = registers[names.pc] {
      let start = codeStart(before: Address(pc))
      let count = Int(clamping: Address(pc).offset(from: start)) + interest.disassembly * 8 + 16
      ranges.append((start, count))
    }
    if let sp = registers[names.sp] {
      ranges.append((Address(sp).retreated(by: 128), Self.stackWindow + 128))
    }
    if let memory = interest.memory, memory.count > 0 {
      ranges.append((memory.address, min(memory.count, 1 << 16)))
    }
    if !isIdentified, let range = identityRange() { ranges.append(range) }
    let missing = ranges.filter { stop.memory.read($0.address, $0.count) == nil }
    if missing.isEmpty { return }
    let found = try target.readMemory(ranges: missing)
    for (range, bytes) in zip(missing, found) {
      if let bytes { stop.memory.store(bytes, at: range.address) }
    }
  }

  private func fill(_ next: inout Snapshot, _ interest: Interest) throws(InspectError) {
    let thread = try currentThread()
    let all = try logicalFrames(limit: max(1, interest.frames, selectedFrame + 1))
    if selectedFrame >= all.frames.count { selectedFrame = 0 }
    next.selectedFrame = selectedFrame
    next.frames = all.frames.enumerated().map {
      describe($1, index: $0, arguments: interest.variables)
    }
    if !all.isWhole { next.framesNote = "more frames follow" }
    if symbols == nil { next.framesNote = "no symbols: callers are unknown" }
    next.threads = try threadList(selected: thread)
    next.registers = registerList(try registers(of: thread), all.frames)
    next.memory = window(interest)
    if all.frames.indices.contains(selectedFrame) {
      let frame = all.frames[selectedFrame]
      next.source = excerpt(of: frame, count: interest.sourceLines)
      next.disassembly = listing(of: frame, count: interest.disassembly)
      if interest.variables { next.locals = localList(frame) }
    }
    previous.remember(next, registers: try registers(of: thread))
  }

  /// What is still true while the target runs: the last stop, marked as old.
  private func keepOld(_ next: inout Snapshot) {
    next.threads = snapshot.threads
    next.frames = snapshot.frames
    next.framesNote = snapshot.framesNote
    next.selectedFrame = snapshot.selectedFrame
    next.source = snapshot.source
    next.disassembly = snapshot.disassembly
    next.registers = snapshot.registers
    next.locals = snapshot.locals
    next.memory = snapshot.memory
    next.link.isStale = true
  }

  private func threadList(selected: ThreadID) throws(InspectError) -> [ThreadSnapshot] {
    try overview().threads.map { thread in
      var location = ""
      if target.stance(of: thread.id) == .runs {
        location = "(running)"
      } else if let registers = stop.registers[thread.id], let pc = registers[names.pc] {
        let name = symbols?.frames(at: Address(pc)).first?.function
        location = name ?? symbols?.symbol(covering: Address(pc))?.name ?? Address(pc).hex
      }
      return ThreadSnapshot(
        id: thread.id, name: thread.name, isSelected: thread.id == selected, location: location)
    }
  }

  private func localList(_ frame: LogicalFrame) -> [VariableSnapshot] {
    variables(of: frame).map { variable in
      let text = Variables.text(variable)
      let old = previous.value(of: variable.name, in: frame)
      return VariableSnapshot(
        name: variable.name, type: variable.typeName, value: text,
        isArgument: variable.isArgument, isChanged: old.map { $0 != text } ?? false)
    }
  }

  private func window(_ interest: Interest) -> MemoryWindow? {
    guard let memory = interest.memory, memory.count > 0 else { return nil }
    let count = min(memory.count, 1 << 16)
    let bytes = partial(memory.address, count)
    return MemoryWindow(
      start: memory.address, bytes: bytes,
      changed: previous.changes(at: memory.address, bytes),
      location: symbolic(memory.address))
  }

  /// Bytes as far as they can be read; a hole is looked into by pieces of 16 bytes at most 64
  /// times.
  private func partial(_ address: Address, _ count: Int) -> [UInt8?] {
    if let whole = stop.memory.read(address, count) { return whole }
    guard var bytes = try? target.readMemory(at: address, count: count) else {
      return Array(repeating: nil, count: count)
    }
    stop.memory.store(bytes, at: address)
    bytes = Array(bytes.prefix(count))
    return bytes.map { $0 } + Array(repeating: nil, count: count - bytes.count)
  }

  /// The target's regions, or else the image's sections.
  private func memoryMap() -> [RegionSnapshot] {
    let announced = target.profile.memoryMap.map {
      RegionSnapshot(start: $0.start, size: $0.size, name: $0.kind, permissions: "")
    }
    if !announced.isEmpty { return announced }
    return (symbols?.sections ?? []).map {
      RegionSnapshot(start: $0.address, size: $0.size, name: $0.name, permissions: $0.flags)
    }
  }
}
