// Stacks: registers of the stopped thread, its physical frames by unwinding, and the frames a
// user counts, where every inlined call is one of its own, as gdb numbers them.

internal import Bytes
internal import Inspect
internal import Symbols

/// One frame as the user counts them.
struct LogicalFrame {
  /// The index among the physical frames.
  var physical: Int
  var frame: UnwindFrame
  /// How many inlined frames of the same physical one are further in.
  var inlineDepth: Int
  var location: SourceLocation?
  var cfa: Address?
}

extension Session {
  /// How many frames are unwound at most.
  static let frameLimit = 1024

  var names: ProcessorNames { ProcessorNames(target.profile.architecture) }

  /// The threads and the registers of some, fetched once a stop.
  func overview() throws(InspectError) -> Overview {
    if let known = stop.overview { return known }
    let overview = try target.overview(of: selectedThread, limit: 16)
    stop.overview = overview
    for (id, registers) in overview.registers where stop.registers[id] == nil {
      stop.registers[id] = registers
    }
    return overview
  }

  /// The thread commands mean: the selected one, else the one that stopped, else the first.
  func currentThread() throws(InspectError) -> ThreadID {
    if let selectedThread { return selectedThread }
    var thread: ThreadID?
    if case .stopped(let reason) = target.state { thread = reason.thread }
    if thread == nil { thread = try overview().threads.first?.id }
    let found = thread ?? ThreadID(thread: 1)
    selectedThread = found
    return found
  }

  /// The registers of a thread's innermost frame.
  func registers(of thread: ThreadID) throws(InspectError) -> RegisterFile {
    if let known = stop.registers[thread] { return known }
    let registers = try target.readRegisters(of: thread)
    stop.registers[thread] = registers
    return registers
  }

  /// Reads for unwinding and variables: from the cache, else a window around the address.
  func peek(_ address: Address, _ count: Int) -> [UInt8]? {
    guard count > 0, count <= 1 << 16 else { return nil }
    if let known = stop.memory.read(address, count) { return known }
    if stop.memory.isUnreadable(address) { return nil }
    let start = Address(address.value & ~1023)
    let wanted = Int(address.offset(from: start)) + count + 1024
    if let window = try? target.readMemory(at: start, count: wanted) {
      stop.memory.store(window, at: start)
      if let found = stop.memory.read(address, count) { return found }
    }
    if let bytes = try? target.readMemory(at: address, count: count), bytes.count >= count {
      stop.memory.store(bytes, at: address)
      return bytes
    }
    stop.memory.markUnreadable(address)
    return nil
  }

  /// The physical frames of a thread, at least `count` of them if it has so many.
  func stack(of thread: ThreadID, count: Int) throws(InspectError) -> Stack {
    var stack: Stack
    if let known = stop.stacks[thread] {
      stack = known
    } else {
      guard let innermost = names.frame(try registers(of: thread)) else {
        return Stack(frames: [], isComplete: true)
      }
      stack = Stack(frames: [innermost])
    }
    let memory: MemoryReader = { [unowned self] address, count in self.peek(address, count) }
    while !stack.isComplete, stack.frames.count < min(count, Self.frameLimit),
      let last = stack.frames.last
    {
      guard let symbols, let caller = symbols.unwind(last, memory: memory) else {
        stack.isComplete = true
        break
      }
      let known = stack.frames.count - 1
      if stack.frames[known].cfa == nil {
        stack.frames[known].cfa = caller.register(UnwindFrame.stackPointer).map { Address($0) }
      }
      stack.frames.append(caller)
    }
    stop.stacks[thread] = stack
    return stack
  }

  /// The frames of the current thread, innermost first, `limit` at most, and whether that is all.
  func logicalFrames(limit: Int) throws(InspectError) -> (frames: [LogicalFrame], isWhole: Bool) {
    let thread = try currentThread()
    let stack = try stack(of: thread, count: limit + 1)
    var frames: [LogicalFrame] = []
    let hidden = hiddenFrames(of: thread, at: stack.frames.first?.pc)
    for (index, frame) in stack.frames.enumerated() {
      if frames.count >= limit { return (Array(frames.prefix(limit)), false) }
      let locations = symbols?.frames(at: frame.lookupPC) ?? []
      let cfa = stack.cfa(of: index)
      if locations.isEmpty {
        frames.append(LogicalFrame(physical: index, frame: frame, inlineDepth: 0, cfa: cfa))
      }
      for (depth, location) in locations.enumerated() where index > 0 || depth >= hidden {
        frames.append(
          LogicalFrame(
            physical: index, frame: frame, inlineDepth: depth, location: location, cfa: cfa))
      }
    }
    let isWhole = stack.isComplete && frames.count <= limit
    return (Array(frames.prefix(limit)), isWhole)
  }

  /// How many innermost inlined frames of a thread are not shown. At the first look at a stop that
  /// no motion led to, as after attaching, those of which nothing has run.
  func hiddenFrames(of thread: ThreadID, at pc: Address?) -> Int {
    if stop.hiddenThread == nil, let pc {
      stop.hiddenThread = thread
      if points.breakpoints(at: pc).isEmpty {
        stop.hiddenFrames = StoppedThread.untouched(symbols?.frames(at: pc) ?? [], at: pc)
      }
    }
    return stop.hiddenThread == thread ? stop.hiddenFrames : 0
  }

  /// One frame by its index, `nil` if the stack is not that deep.
  func frame(_ index: Int) throws(SessionError) -> LogicalFrame? {
    try requireStopped("frame")
    guard index >= 0, index < Self.frameLimit else { return nil }
    let frames = try session { () throws(InspectError) in
      try self.logicalFrames(limit: index + 1).frames
    }
    return index < frames.count ? frames[index] : nil
  }

  /// The selected frame.
  func currentFrame() throws(SessionError) -> LogicalFrame {
    guard let frame = try frame(selectedFrame) else { throw .noFrame(selectedFrame) }
    return frame
  }

  /// The selected thread's frames, innermost first, at most `limit` of them.
  public func backtrace(limit: Int) throws(SessionError) -> [FrameSnapshot] {
    try requireStopped("backtrace")
    let frames = try session { () throws(InspectError) in
      try self.logicalFrames(limit: limit).frames
    }
    return frames.enumerated().map { describe($1, index: $0, arguments: true) }
  }

  /// One frame as screens show it.
  func describe(_ frame: LogicalFrame, index: Int, arguments: Bool) -> FrameSnapshot {
    FrameSnapshot(
      index: index, pc: frame.frame.pc, cfa: frame.cfa,
      function: frame.location?.function ?? symbols?.symbol(covering: frame.frame.lookupPC)?.name,
      file: frame.location?.file, line: frame.location?.line ?? 0,
      isInlined: frame.location?.isInlined ?? false, isInterrupted: frame.frame.isInterrupted,
      arguments: arguments ? argumentText(frame) : "")
  }
}
