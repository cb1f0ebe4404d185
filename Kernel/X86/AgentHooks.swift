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
