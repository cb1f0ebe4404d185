// One debugging session: a target, its symbols, and what the user has set up on top of them. It is
// confined to the thread that owns the target; what other threads see of it is `snapshot`.
//
// The parts, each in its file: Frames (stacks), Refresh (the snapshot), Breakpoints, Motions
// (stepping), Locations and Values (what the user names), Identity (do the symbols belong here).

internal import Bytes
internal import Disassembly
public import Expressions
public import Inspect
internal import Symbols

/// A target, its symbols, and what the user has set up on top of them.
public final class Session {
  /// The target all requests go to.
  public let target: any Inspectable
  /// Names, lines and types of the target's image; setting them forgets what the last ones said.
  public var symbols: (any SymbolSource)? { didSet { symbolsChanged() } }
  /// Where source text comes from.
  public let sources: SourceStore
  /// What `refresh` last built.
  public internal(set) var snapshot = Snapshot()
  /// The thread that frames, registers and steps belong to; `nil` before the first stop is seen.
  public internal(set) var selectedThread: ThreadID?
  /// The index among `backtrace` of the frame that variables and source belong to.
  public internal(set) var selectedFrame = 0
  /// Whether the symbols are those of what runs.
  public internal(set) var symbolStatus = SymbolStatus.none

  /// How often something was refused because this session may only look.
  public private(set) var refusals = 0

  /// The value history and convenience variables of expressions.
  public let values = ValueStore()

  /// What log points have printed here and nobody has taken yet.
  var logged: [UInt8] = []
  var stop = StopCache()
  var points = BreakpointTable()
  var run = MotionRun()
  var previous = PreviousStop()
  var isIdentified = false
  /// Why the last motion ended; empty before the first, and while one goes on.
  var stopNote = ""
  /// What the function returns that `finish` is to leave; `nil` if that is nothing.
  var returnType: ReturnType?
  /// The threads there were at the last stop.
  var lastThreads: [ThreadInfo] = []
  /// When the image of the symbols was last written.
  var imageTime: Int?
  let disassembler: Disassembler?

  /// Creates a session; nothing is asked of the target yet.
  public init(
    target: any Inspectable, symbols: (any SymbolSource)? = nil,
    sources: SourceStore = SourceStore()
  ) {
    self.target = target
    self.symbols = symbols
    self.sources = sources
    disassembler = Disassembler(architecture: target.profile.architecture.rawValue)
    symbolsChanged()
  }

  /// Selects the thread that frames, registers and steps belong to, at its innermost frame.
  public func select(thread id: ThreadID) throws(SessionError) {
    guard target.focus(on: id) else {
      throw .wrongState("That thread is running. `interrupt` stops it, with all the others.")
    }
    try requireStopped("thread")
    let known = try session { () throws(InspectError) in try self.overview().threads }
    guard known.contains(where: { $0.id == id }) else { throw .noThread(id) }
    selectedThread = id
    selectedFrame = 0
  }

  /// Selects a frame of the selected thread by its index in `backtrace`.
  public func select(frame index: Int) throws(SessionError) {
    guard try frame(index) != nil else { throw .noFrame(index) }
    selectedFrame = index
  }

  /// Ends the link, leaving the target running and nothing planted in it.
  public func detach() throws(SessionError) {
    try session { () throws(InspectError) in
      // Where threads stop one by one, all is heard while they run.
      if case .running = self.target.state, !self.target.isNonStop {
        try self.target.interrupt()
        try self.awaitStop()
      }
      try self.removePlanted()
      try self.target.detach()
    }
    run = MotionRun()
  }

  /// Ends the target itself. Callers ask a person first.
  public func kill() throws(SessionError) {
    try requireWritable("kill")
    try session { () throws(InspectError) in try self.target.kill() }
    run = MotionRun()
  }

  /// Runs a command of the target's own monitor; what it printed, unsanitized.
  public func monitor(_ command: String) throws(SessionError) -> [UInt8] {
    try requireWritable("monitor")
    let text = try session { () throws(InspectError) in try self.target.monitor(command) }
    stop.drop()
    return text
  }

  /// Runs a request and words its failure for the user.
  func session<Result>(
    _ body: () throws(InspectError) -> Result
  ) throws(SessionError) -> Result {
    do { return try body() } catch { throw .inspect(error) }
  }

  /// Throws unless the target stands still.
  func requireStopped(_ what: String) throws(SessionError) {
    switch target.state {
    case .stopped: return
    case .running:
      throw .wrongState("Cannot execute this command while the target is running. Use `interrupt`.")
    case .ended: throw .wrongState("The target has ended. Start it again and attach.")
    case .lost(let text): throw .inspect(.lost(text))
    }
  }

  /// Throws if this session may only look.
  func requireWritable(_ what: String) throws(SessionError) {
    if target.profile.isDead {
      throw .wrongState("`\(what)` is refused: \(target.profile.refusal).")
    }
    if target.profile.isReadOnly {
      refusals += 1
      throw .readOnly("`\(what)`", advice: target.profile.readOnlyAdvice)
    }
  }
}
