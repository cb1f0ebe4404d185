// The sampler: what is done at each moment of the schedule, in interrupt context - walk, look the
// stack up, count, leave a record - and what is noted of those that wait. It neither allocates nor
// waits, and reads nothing but the stack, the code and its own memory.

public import Machine

/// The profiler of one core.
public struct Profiler {
  /// What it keeps.
  public private(set) var memory: ProfileMemory
  private let code: CodeMap
  private var schedule = SampleSchedule(rate: 1, from: 0, seed: 1)
  private var due: UInt64 = 0
  private var memo: StackMemo
  /// The periods that earlier schedules missed.
  private var missedBefore: UInt64 = 0

  /// A profiler that keeps its samples in `memory`, of code that is laid out like `code`.
  public init(_ memory: ProfileMemory, code: CodeMap) {
    self.memory = memory
    self.code = code
    memo = StackMemo(memory.links)
  }

  /// What is counted.
  public var counters: ProfileCounters { memory.counters.pointee }

  /// Begins to sample `rate` times a second; returns the first moment.
  public mutating func start(rate: UInt64, now: UInt64, seed: UInt64) -> UInt64 {
    missedBefore &+= schedule.missed
    schedule = SampleSchedule(rate: rate, from: now, seed: seed)
    memory.counters.pointee.rate = schedule.rate
    due = schedule.draw()
    return due
  }

  /// Takes no more samples. What was taken stays.
  public mutating func stop() { memory.counters.pointee.rate = 0 }

  /// Takes the sample that is due, of a context that was interrupted; returns the next moment.
  ///
  /// `ticks` is the time-stamp counter, `now` the time in nanoseconds.
  @inline(__always)
  public mutating func sample(
    _ start: WalkStart, isHalted: Bool, core: borrowing CoreState, ticks: UInt64, now: UInt64
  ) -> UInt64 {
    var record = SampleRecord()
    record.ticks = ticks
    record.handler = UInt8(truncatingIfNeeded: core.handler)
    record.task = SampleRecord.task(core.job)
    if core.fiberStack.contains(start.stackPointer) {
      record.fiber = SampleRecord.fiber(core.fiberStack)
    }
    let late = now > due ? now &- due : 0
    record.lateness = UInt8(truncatingIfNeeded: 64 &- late.leadingZeroBitCount)
    let counters = memory.counters
    counters.pointee.lateTotal &+= late
    if late > counters.pointee.lateWorst { counters.pointee.lateWorst = late }
    if isHalted {
      counters.pointee.idle &+= 1
      record.activity = CoreActivity.idle.rawValue
    } else {
      counters.pointee.running &+= 1
    }
    record.spot = hit(start, isHalted ? .idle : .running)
    memory.append(record)
    due = schedule.next(after: now)
    counters.pointee.missed = missedBefore &+ schedule.missed
    return due
  }

  /// Nothing ran for `span` nanoseconds: they are left out of the schedule. The next moment.
  public mutating func wasHeld(for span: UInt64) -> UInt64 {
    schedule.delay(by: span)
    due &+= span
    return due
  }

  /// Notes a fiber that waits, switched away from at `start`.
  public mutating func noteWait(_ start: WalkStart, fiber: UInt, ticks: UInt64) {
    let walked = StackWalk.walk(
      switchedAway: start, code, to: memory.stacks.candidate, limit: memory.stacks.depth)
    memory.counters.pointee.waiting &+= 1
    if walked.count == 0 { memory.counters.pointee.unknown &+= 1 }
    var record = SampleRecord()
    record.ticks = ticks
    record.fiber = UInt32(truncatingIfNeeded: fiber)
    note(count(start.counter, stack: number(of: walked), .waiting), &record)
  }

  /// Notes a task that waits: where it will go on, and its context.
  public mutating func noteWait(
    task: UInt32, at address: UInt64, context: UInt64, ticks: UInt64,
    load: @escaping WalkStart.Load
  ) {
    memory.counters.pointee.waiting &+= 1
    guard code.text.contains(address) else {
      memory.counters.pointee.unknown &+= 1
      return
    }
    // A continuation's context holds once more where the task goes on.
    let isRepeated = load(context &+ 8) == address
    let context = isRepeated ? load(context) : context
    let walked = StackWalk.walk(
      context: context, code, to: memory.stacks.candidate, limit: memory.stacks.depth, load: load)
    var record = SampleRecord()
    record.ticks = ticks
    record.task = task
    note(count(address, stack: number(of: walked), .waiting), &record)
  }

  private func note(_ spot: UInt32, _ record: inout SampleRecord) {
    record.spot = spot
    record.activity = CoreActivity.waiting.rawValue
    memory.append(record)
  }

  /// Counts the spot, and says its number.
  @inline(__always)
  private mutating func hit(_ start: WalkStart, _ activity: CoreActivity) -> UInt32 {
    guard code.ordinary.contains(start.counter), Prologue.returnSlot(at: start.counter) == nil,
      memo.holds(start, memory.stacks.callers(memo.number))
    else { return walk(start, activity) }
    return count(start.counter, stack: memo.number, activity)
  }

  /// As `hit`, where the stack is not the one of the last sample.
  @inline(never)
  private mutating func walk(_ start: WalkStart, _ activity: CoreActivity) -> UInt32 {
    let walked = StackWalk.walk(
      start, code, to: memory.stacks.candidate, links: memo.links, limit: memory.stacks.depth)
    if !walked.flags.isEmpty { note(walked.flags) }
    let number = number(of: walked)
    memo.note(start, walked, number: number)
    return count(start.counter, stack: number, activity)
  }

  private mutating func number(of walked: Walked) -> UInt32 {
    let number = memory.stacks.number(of: walked)
    memory.counters.pointee.stacks = UInt64(memory.stacks.count)
    return number
  }

  @inline(__always)
  private mutating func count(
    _ address: UInt64, stack: UInt32, _ activity: CoreActivity
  ) -> UInt32 {
    let spot = memory.spots.hit(address, stack: stack, activity)
    if stack == 0 || spot == 0 { memory.counters.pointee.homeless &+= 1 }
    memory.counters.pointee.spots = UInt64(memory.spots.count)
    return spot
  }

  @inline(never)
  private func note(_ flags: StackFlags) {
    if flags.contains(.gap) { memory.counters.pointee.gaps &+= 1 }
    if flags.contains(.cut) { memory.counters.pointee.cut &+= 1 }
    if flags.contains(.deep) { memory.counters.pointee.deep &+= 1 }
  }
}

extension SampleRecord {
  /// The number of the fiber on this stack.
  @inline(__always)
  static func fiber(_ stack: MemoryRegion) -> UInt32 {
    // Safety: the scheduler keeps a record at the end of each stack that it names.
    let record = UnsafePointer<FiberRecord>(bitPattern: stack.end &- FiberRecord.size)
    return UInt32(truncatingIfNeeded: record.unsafelyUnwrapped.pointee.number)
  }

  /// The number that the runtime gave the job (swift/ABI/Task.h: flags 32, number 36).
  @inline(__always)
  static func task(_ job: UInt) -> UInt32 {
    job == 0 ? 0 : UInt32(truncatingIfNeeded: Memory.word(UInt64(job) &+ 32) >> 32)
  }
}

extension MemoryRegion {
  @inline(__always)
  fileprivate func contains(_ address: UInt64) -> Bool { address &- UInt64(start) < UInt64(size) }
}
