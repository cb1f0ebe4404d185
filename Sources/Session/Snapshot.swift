// What a session shows of its target at one moment: plain values, built by the session's thread
// and read by the screens. Text that came from the target or from its files is NOT yet sanitized
// here; the canvas does that for everything it draws.

public import Bytes
public import Inspect
public import Live

/// Everything a screen may show, at one moment.
public struct Snapshot: Equatable, Sendable {
  /// Counts up with every change, so that a screen redraws only when it must.
  public var generation = 0
  /// The target as the user named it.
  public var target = ""
  /// What answers there: `QEMU`, `gdbserver`.
  public var kind = ""
  public var state: ExecutionState = .running
  /// Why it stopped, in a few words, where the session knows more than the target says: `step done`.
  public var stopNote = ""
  public var link = LinkStatus()
  public var symbols = SymbolStatus.none
  public var threads: [ThreadSnapshot] = []
  /// The selected thread's frames, innermost first.
  public var frames: [FrameSnapshot] = []
  /// Whether `frames` ends early, and why; empty if the stack is whole.
  public var framesNote = ""
  /// The index in `frames` that source, disassembly, registers and locals belong to.
  public var selectedFrame = 0
  public var source: SourceExcerpt?
  public var disassembly: [InstructionSnapshot] = []
  public var registers: [RegisterSnapshot] = []
  public var locals: [VariableSnapshot] = []
  public var breakpoints: [BreakpointSnapshot] = []
  public var memoryMap: [RegionSnapshot] = []
  /// The window that the memory screen asked for.
  public var memory: MemoryWindow?
  /// What the instance tells of itself; the dashboard puts it in, from a thread of its own.
  public var live = Live()
  /// Whether only looking is allowed.
  public var isReadOnly = false
  /// Whether the target is dead: a core, or the RAM of what is gone.
  public var isDead = false

  /// Creates the snapshot of a session that knows nothing yet.
  public init() {}
}

/// The link's state, for the status line.
public struct LinkStatus: Equatable, Sendable {
  public var statistics = LinkStatistics()
  /// Milliseconds since the target last said something.
  public var ageMilliseconds = 0
  /// Whether what is shown is older than the target's present state.
  public var isStale = false

  /// Creates the status of a fresh link.
  public init() {}
}

/// Whether symbols were found, and whether they belong to what runs.
public enum SymbolStatus: Equatable, Sendable {
  case none
  /// Symbols whose build id is the one in the target's memory.
  case matched(BuildID, path: String)
  /// Symbols given by hand for a target that shows no build id.
  case unverified(path: String)
  /// Symbols of another build: the target's id, the file's id.
  case mismatched(target: BuildID, file: BuildID, path: String)
  /// The target's build id, for which no symbols were found.
  case missing(BuildID)
}

/// One thread, core, fiber or task.
public struct ThreadSnapshot: Equatable, Sendable {
  public var id: ThreadID
  public var name: String
  public var isSelected: Bool
  /// Where it is: a function name or an address.
  public var location: String

  /// Creates a line of the thread list.
  public init(id: ThreadID, name: String, isSelected: Bool, location: String) {
    self.id = id
    self.name = name
    self.isSelected = isSelected
    self.location = location
  }
}

/// One frame of a stack; an inlined call is a frame of its own, as in gdb.
public struct FrameSnapshot: Equatable, Sendable {
  public var index: Int
  public var pc: Address
  /// The frame's canonical frame address where it is known.
  public var cfa: Address?
  /// The demangled name, or `nil` where no symbol covers the address.
  public var function: String?
  public var file: String?
  /// The line, from 1; 0 if there is none.
  public var line: Int
  public var isInlined: Bool
  /// Whether this frame was interrupted, so that its pc is exact and no return address.
  public var isInterrupted: Bool
  /// Arguments as `name=value`, in order.
  public var arguments: String

  /// Creates a frame.
  public init(
    index: Int, pc: Address, cfa: Address? = nil, function: String? = nil, file: String? = nil,
    line: Int = 0, isInlined: Bool = false, isInterrupted: Bool = false, arguments: String = ""
  ) {
    self.index = index
    self.pc = pc
    self.cfa = cfa
    self.function = function
    self.file = file
    self.line = line
    self.isInlined = isInlined
    self.isInterrupted = isInterrupted
    self.arguments = arguments
  }
}

/// A stretch of one source file around the selected frame's line.
public struct SourceExcerpt: Equatable, Sendable {
  public var path: String
  /// The number of the first line in `lines`, from 1.
  public var firstLine: Int
  public var lines: [String]
  /// The line the frame is at.
  public var currentLine: Int
  /// Lines with an enabled breakpoint.
  public var breakpointLines: [Int]
  /// Why there are no lines (`no such file`), or why to doubt them (`newer than the image`).
  public var note: String
  /// Whether somebody wanted to see this line, and no frame is at it.
  public var isVisited = false

  /// Creates an excerpt.
  public init(
    path: String, firstLine: Int, lines: [String], currentLine: Int, breakpointLines: [Int] = [],
    note: String = ""
  ) {
    self.path = path
    self.firstLine = firstLine
    self.lines = lines
    self.currentLine = currentLine
    self.breakpointLines = breakpointLines
    self.note = note
  }
}

/// One disassembled instruction.
public struct InstructionSnapshot: Equatable, Sendable {
  public var address: Address
  public var bytes: [UInt8]
  /// Mnemonic and operands, with symbol names where they are known.
  public var text: String
  /// Function and offset: `main+12`.
  public var location: String
  public var isCurrent: Bool
  public var hasBreakpoint: Bool

  /// Creates an instruction.
  public init(
    address: Address, bytes: [UInt8], text: String, location: String, isCurrent: Bool,
    hasBreakpoint: Bool
  ) {
    self.address = address
    self.bytes = bytes
    self.text = text
    self.location = location
    self.isCurrent = isCurrent
    self.hasBreakpoint = hasBreakpoint
  }
}

/// One register of the selected frame.
public struct RegisterSnapshot: Equatable, Sendable {
  public var name: String
  /// `general`, `float`, `vector` or `system`.
  public var group: String
  /// Its value as text: `0x10`, `[ ZF PF ]`, `<not saved>`.
  public var value: String
  /// What it points at, if that is known: `main+4`, a string.
  public var note: String
  /// Whether it differs from the previous stop.
  public var isChanged: Bool

  /// Creates a register.
  public init(name: String, group: String, value: String, note: String, isChanged: Bool) {
    self.name = name
    self.group = group
    self.value = value
    self.note = note
    self.isChanged = isChanged
  }
}

/// One argument or local variable of the selected frame.
public struct VariableSnapshot: Equatable, Sendable {
  public var name: String
  /// The type's name, demangled; empty if unknown.
  public var type: String
  /// Its value, `<optimized out>`, or why it cannot be shown.
  public var value: String
  public var isArgument: Bool
  public var isChanged: Bool

  /// Creates a variable.
  public init(name: String, type: String, value: String, isArgument: Bool, isChanged: Bool) {
    self.name = name
    self.type = type
    self.value = value
    self.isArgument = isArgument
    self.isChanged = isChanged
  }
}

/// One breakpoint or watchpoint as the user made it.
public struct BreakpointSnapshot: Equatable, Sendable {
  /// Its number, from 1.
  public var number: Int
  /// `breakpoint`, `hw watchpoint`, ...
  public var kind: String
  /// What the user wrote: `main`, `file:12`, `*0x1000`.
  public var specification: String
  public var addresses: [Address]
  public var condition: String
  public var isEnabled: Bool
  public var isTemporary: Bool
  /// The hits that the session was told of.
  public var hits: Int
  /// How many more hits pass by without a stop.
  public var ignore = 0
  /// After how many stops it disables itself; `nil` if it does not, 1 for `enable once`.
  public var hitsUntilDisabled: Int?
  /// What a log point prints: `"FORMAT", EXPRESSION...`; empty for what stops.
  public var log = ""
  /// Who decides about the condition and the log, where the target could.
  public var decision = Decision.session(why: "")

  /// How often it was hit; `nil` if that is not known, because the target prints and tells nobody.
  public var knownHits: Int? { log.isEmpty || decision != .target ? hits : nil }

  /// Who decides whether a hit is a stop.
  public enum Decision: Equatable, Sendable {
    /// The target, without stopping.
    case target
    /// The debugger, which stops the target for it; why, where that is not a matter of course.
    case session(why: String)
  }

  /// Creates a breakpoint.
  public init(
    number: Int, kind: String, specification: String, addresses: [Address], condition: String,
    isEnabled: Bool, isTemporary: Bool, hits: Int
  ) {
    self.number = number
    self.kind = kind
    self.specification = specification
    self.addresses = addresses
    self.condition = condition
    self.isEnabled = isEnabled
    self.isTemporary = isTemporary
    self.hits = hits
  }
}

/// One region of the memory map, from the target or from the image's sections.
public struct RegionSnapshot: Equatable, Sendable {
  public var start: Address
  /// Its size in bytes.
  public var size: UInt64
  /// `.text`, `ram`, `stack`.
  public var name: String
  /// `r-x`, `rw-`; empty if unknown.
  public var permissions: String

  /// Creates a region.
  public init(start: Address, size: UInt64, name: String, permissions: String) {
    self.start = start
    self.size = size
    self.name = name
    self.permissions = permissions
  }
}

/// A window into memory.
public struct MemoryWindow: Equatable, Sendable {
  public var start: Address
  /// A byte each, `nil` where memory cannot be read.
  public var bytes: [UInt8?]
  /// The offsets whose bytes differ from the previous stop.
  public var changed: Set<Int>
  /// The symbol that covers `start`, as `name+offset`; empty if none.
  public var location: String
  /// Where a search found its pattern; `nil` if none was made or it found nothing.
  public var match: Range<Int>?

  /// Creates a window.
  public init(
    start: Address, bytes: [UInt8?], changed: Set<Int> = [], location: String = "",
    match: Range<Int>? = nil
  ) {
    self.start = start
    self.bytes = bytes
    self.changed = changed
    self.location = location
    self.match = match
  }
}
