// How the agent, which this module does not know, hears of exceptions. An image without one pays a
// load and a branch for each exception, nothing for interrupts.

internal import CX86

/// The agent's way in.
public enum AgentHooks {
  /// What the agent is called with: the complete frame of the interrupted context. The answer says
  /// whether the context goes on.
  public typealias Handler = @convention(c) (UnsafeMutableRawPointer) -> Bool

  // Safety: set at start by the one core; read with interrupts off.
  nonisolated(unsafe) private static var stackTop: UInt64 = 0
  nonisolated(unsafe) private static var recovery: Handler?
  nonisolated(unsafe) private static var handler: Handler?
  // Safety: these are written and read by the one core with interrupts off.
  /// Whether the instance has ended in a panic, and the agent is all that is left of it.
  public nonisolated(unsafe) private(set) static var hasPanicked = false
  nonisolated(unsafe) private static var isInside = false
  /// How deep the core is inside the allocator.
  nonisolated(unsafe) static var allocations: UInt = 0
  /// Whether the core is in the middle of a change to the heap.
  public static var isAllocating: Bool { allocations != 0 }
  nonisolated(unsafe) private static var answer = false

  /// Calls `recovery` first at each exception, on its own stack, and `handler` then, on the stack
  /// that ends at `stackTop`, for exceptions and for the interrupt of COM2.
  public static func install(
    stackTop: UInt64, recovery: @escaping Handler, handler: @escaping Handler
  ) {
    self.stackTop = stackTop
    self.recovery = recovery
    self.handler = handler
    _ = IOController.lead(3, to: Vector.agent.rawValue)
  }

  /// Takes bytes of the console's output; without any, it sends what waits.
  public typealias Writer = @convention(c) (UnsafeRawPointer?, Int) -> Void

  // Safety: set at start by the one core; used with interrupts off.
  nonisolated(unsafe) private static var writer: Writer?

  /// Whether the command line has the word `porthole.agent=console`: console and agent share COM1,
  /// on hardware that has no more ports.
  public static var wantsConsole: Bool {
    let line = BootMemory.commandLine
    let word: StaticString = "porthole.agent=console"
    let count = word.utf8CodeUnitCount
    guard line.count >= count else { return false }
    // Safety: a StaticString of more than one scalar points at constant memory.
    let wanted = UnsafeBufferPointer(start: word.utf8Start, count: count)
    return (0...(line.count - count)).contains { line[$0..<($0 + count)].elementsEqual(wanted) }
  }

  /// Gives the console's port to the agent, with its interrupt; its output goes to `writer` then.
  public static func takeConsole(_ writer: @escaping Writer) {
    SerialConsole.flush()
    self.writer = writer
    _ = IOController.lead(4, to: Vector.agent.rawValue)
  }

  /// Hands console output to the agent; false where that has not the console's port. With interrupts
  /// off.
  static func took(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let writer else { return false }
    // The agent's own words, of a fault in it, must not come in between.
    if !isInside { writer(bytes.baseAddress, bytes.count) }
    return true
  }

  /// Calls `recovery` first at each exception, where there is no agent to be entered.
  public static func install(recovery: @escaping Handler) { self.recovery = recovery }

  /// An exception; false if it has to be a panic.
  @inline(__always)
  static func raised(_ context: UnsafeMutableRawPointer) -> Bool {
    guard let recovery else { return false }
    return recovery(context) || enter(context)
  }

  /// The vector of the timer's interrupt.
  public static var timerVector: UInt64 { Vector.timer.rawValue }

  /// The telemetry's turn of the timer, from its interrupt: as COM2's.
  public static func timed(_ context: UnsafeMutableRawPointer) { _ = enter(context) }

  /// COM2's interrupt.
  static func interrupted(_ context: UnsafeMutableRawPointer) { _ = enter(context) }

  /// After a panic's report; returns only where there is no agent.
  static func panicked(_ context: UnsafeMutableRawPointer) {
    // The agent itself may have been what panicked.
    guard handler != nil, !isInside else { return }
    hasPanicked = true
    _ = enter(context)
  }

  @inline(never)
  private static func enter(_ context: UnsafeMutableRawPointer) -> Bool {
    guard let handler, !isInside else { return false }
    isInside = true
    // A fault that the agent recovers from must not overwrite the frame it was entered with.
    Descriptors.lowerFaultStack(true)
    argument = context
    entry = handler
    x86_call_on_stack(stackTop, { _ in AgentHooks.answer = AgentHooks.entered() }, nil)
    Descriptors.lowerFaultStack(false)
    isInside = false
    return answer
  }

  // Safety: as for `answer`.
  nonisolated(unsafe) private static var argument: UnsafeMutableRawPointer?
  nonisolated(unsafe) private static var entry: Handler?

  private static func entered() -> Bool {
    guard let argument, let entry else { return false }
    return entry(argument)
  }
}
