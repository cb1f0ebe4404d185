// Threads as a debugger is told of them: the core on its own stack, each fiber, each task. One of
// the first two is what runs, and that is told from the stack in use, so it is right in the middle
// of a switch too.

internal import GDBRemote
internal import CX86
internal import Machine

/// The threads of a stop, listed when the debugger first asks after it.
enum AgentThreads {
  private struct Entry {
    var number: UInt64 = 0
    /// The fiber's record or the task; 0 for the core.
    var address: UInt64 = 0
  }

  // Safety: made at start, then used by the agent alone, which is not re-entered.
  nonisolated(unsafe) private static var entries: UnsafeMutablePointer<Entry>?
  nonisolated(unsafe) private static var count = 0
  nonisolated(unsafe) private static var isListed = false

  /// Threads that are told at most; the core and the fibers come first.
  static var limit: Int { 512 }

  /// The core's own thread.
  static var core: UInt64 { 1 }
  private static var firstFiber: UInt64 { 1_000 }
  private static var firstTask: UInt64 { 1_000_000_000 }

  /// Takes memory for the list. Needs the heap.
  static func start() { entries = .allocate(capacity: limit) }

  /// Forgets the list: the machine has gone on.
  static func resumed() { isListed = false }

  /// The number of the `index`th thread.
  static func thread(at index: Int) -> UInt64? {
    if !isListed { list() }
    return index < count ? entries?[index].number : nil
  }

  /// The thread that runs on the stack that `stackPointer` lies in.
  static func running(_ stackPointer: UInt64) -> UInt64 {
    guard let record = fiber(around: stackPointer) else { return core }
    return number(of: record)
  }

  /// Whether the stack that `stackPointer` lies in is a fiber's.
  static func isFiber(around stackPointer: UInt64) -> Bool { fiber(around: stackPointer) != nil }

  /// The number of the thread whose own doing the interrupted code is: a task's rather than that of the
  /// core whose stack it uses.
  static func owner(_ stackPointer: UInt64) -> UInt64 {
    let thread = running(stackPointer)
    let job = UInt64(Core.current.job)
    return thread == core && job != 0 ? firstTask &+ AgentTasks.number(of: job) : thread
  }

  /// What the number stands for; nil if there is no such thread.
  static func context(
    of thread: UInt64, running frame: UnsafeMutablePointer<x86_frame>
  ) -> AgentContext? {
    if let parked = AgentParking.frame(of: thread) { return .parked(parked) }
    if thread == Self.running(frame.pointee.rsp) { return .live }
    if thread == Self.core {
      return AgentMemory.word(UInt64(Core.current.ownStackPointer)).map {
        .switchedAway(stackPointer: $0)
      }
    }
    guard let address = address(of: thread) else { return nil }
    if thread < Self.firstTask {
      return AgentMemory.word(address).map { .switchedAway(stackPointer: $0) }
    }
    return address == UInt64(Core.current.job) ? .live : .task(address)
  }

  /// Appends what the thread is and is called.
  static func appendName(
    of thread: UInt64, running frame: UnsafeMutablePointer<x86_frame>, to output: inout [UInt8]
  ) {
    let isRunning = thread == Self.running(frame.pointee.rsp)
    if thread == Self.core {
      output.append(words: "core 0")
      guard AgentParking.reason.utf8CodeUnitCount > 0 else { return }
      output.append(words: " (everything stands: ")
      output.append(words: AgentParking.reason)
      output.append(words: ")")
      return
    }
    guard let address = address(of: thread) else { return }
    if thread < Self.firstTask {
      guard let record = Self.record(at: address) else { return }
      output.append(words: "fiber ")
      AgentMemory.append(
        UInt64(record.name), count: Int(min(record.nameCount, 64)), to: &output)
      if AgentParking.stands(thread) {
        output.append(words: " (stopped)")
      } else {
        // A state always: a fiber whose name ends like one must not pass for being in it.
        output.append(
          words: isRunning ? " (runs)" : record.isReady == 1 ? " (ready)" : " (waits)")
      }
    } else {
      output.append(words: "task ")
      output.append(decimal: thread &- Self.firstTask)
      if AgentParking.stands(thread) {
        output.append(words: " (stopped)")
      } else if address == UInt64(Core.current.job) {
        output.append(words: " (runs)")
      }
    }
  }

  private static func list() {
    isListed = true
    count = 0
    add(Self.core, 0)
    var next = UInt64(Core.current.fibers)
    while count < Self.limit, let record = Self.record(at: next) {
      add(Self.number(of: record), next)
      next = UInt64(record.next)
    }
    var task: UInt64 = 0
    while count < Self.limit, let found = AgentTasks.next(after: task) {
      add(Self.firstTask &+ AgentTasks.number(of: found), found)
      task = found
    }
  }

  private static func add(_ number: UInt64, _ address: UInt64) {
    guard let entries, count < limit else { return }
    (entries + count).initialize(to: Entry(number: number, address: address))
    count += 1
  }

  private static func address(of thread: UInt64) -> UInt64? {
    if !isListed { list() }
    guard let entries else { return nil }
    for index in 0..<count where entries[index].number == thread { return entries[index].address }
    return nil
  }

  private static func number(of record: FiberRecord) -> UInt64 {
    firstFiber &+ UInt64(record.number) % (firstTask &- firstFiber)
  }

  private static func fiber(around stackPointer: UInt64) -> FiberRecord? {
    var next = UInt64(Core.current.fibers)
    while let record = record(at: next) {
      if stackPointer &- UInt64(record.stack.start) < UInt64(record.stack.size) { return record }
      next = UInt64(record.next)
    }
    return nil
  }

  /// A copy of the record; nil at the end of the list, or where a damaged one leads nowhere.
  static func record(at address: UInt64) -> FiberRecord? {
    guard address != 0 else { return nil }
    var record = FiberRecord(number: 0, name: "", stack: MemoryRegion(start: 0, size: 0))
    let size = MemoryLayout<FiberRecord>.size
    let got = withUnsafeMutableBytes(of: &record) { AgentMemory.read(address, into: $0) }
    return got == size ? record : nil
  }
}
