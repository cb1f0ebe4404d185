public import Bytes
public import Inspect

/// What the dashboard asks of the program around it.
public enum DashboardEffect: Equatable, Sendable {
  /// Runs a line of gdb's grammar; an empty one repeats the last.
  case runCommand(String)
  /// Selects a frame by its index in the stack.
  case selectFrame(Int)
  case selectThread(ThreadID)
  /// Looks at memory from an address, at least so many bytes.
  case viewMemory(Address, Int)
  /// Looks at memory where an expression or symbol points.
  case viewExpression(String)
  /// Looks for bytes in memory, first at the address, then behind it or before it.
  case search([UInt8], from: Address, isBackwards: Bool)
  /// Shows a line of a source file in the Stacks screen.
  case viewSource(String, line: Int)
  /// Stops the running target; the person has confirmed it.
  case interrupt
  /// Asks for completions of the line up to the cursor.
  case complete(String)
  /// The answer to a command's question.
  case answer(Bool)
  /// Detaches (the guest runs on) and leaves.
  case quit
  case suspend
  /// Draws everything anew.
  case redraw
  /// The panes now show more or other lines: fetch them (see `Dashboard.needs`).
  case fetch
}

/// How much of the target the panes show, so that no more than that is fetched.
public struct ScreenNeeds: Equatable, Sendable {
  public var frames: Int
  /// Instructions from the current one on.
  public var disassembly: Int
  /// Source lines around the current one.
  public var sourceLines: Int
  /// The memory window; `nil` while no screen shows one.
  public var memory: MemoryRequest?
  /// Samples a second that the Profile screen wants, 0 for none; `nil` while it was never shown.
  public var profile: Int?
  /// Whether a screen shows what the target tells of itself.
  public var told = false
  /// Samples a second that the target is to be stopped for; the person has confirmed it. 0 for none.
  public var pauses = 0

  /// A stretch of memory.
  public struct MemoryRequest: Equatable, Sendable {
    public var start: Address
    public var count: Int
  }
}
