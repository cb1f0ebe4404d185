// The values that cross the seam. All of them are plain and Sendable.

public import Bytes

/// A thread of a target: a core of QEMU, a thread of a process, later a fiber or task.
public struct ThreadID: Hashable, Sendable {
  /// The process, 0 where the target has no such notion.
  public var process: UInt64
  /// The thread in it, from 1.
  public var thread: UInt64

  /// Creates an identifier.
  public init(process: UInt64 = 0, thread: UInt64) {
    self.process = process
    self.thread = thread
  }
}

/// One line of a thread list.
public struct ThreadInfo: Equatable, Sendable {
  public var id: ThreadID
  /// What the target calls it, unsanitized; empty if it has no name.
  public var name: String

  /// Creates a line.
  public init(id: ThreadID, name: String) {
    self.id = id
    self.name = name
  }
}

/// What a target is and can do.
public struct TargetProfile: Sendable {
  /// The processor, from the target description.
  public var architecture: Architecture
  /// All registers in the order of the link's `g` packet.
  public var registers: [RegisterDefinition]
  /// Where it is, as the user named it: `demo`, `qemu:localhost:1234`.
  public var name: String
  /// What answers there: `QEMU`, `gdbserver`, `porthole agent`.
  public var kind: String
  /// Whether writes, breakpoints and stops are refused.
  public var isReadOnly: Bool
  /// What to do about it where writes, breakpoints and stops are refused.
  public var readOnlyAdvice =
    "Attach without --read-only, or run the instance with --allow stop or more."
  /// Whether it is dead, so that it can only be read: nothing can be resumed or changed.
  public var isDead = false
  /// Why a dead one refuses, in words.
  public var refusal = "the target is dead and can only be read"
  /// The regions it announces; empty if it announces none.
  public var memoryMap: [MemoryRegion]
  /// Where execution of its image began at run time (`AT_ENTRY`), if it says: tells how far a
  /// position-independent executable was moved.
  public var entry: Address?
  /// The path of its executable, if it says.
  public var executable: String?
  /// Whether it decides the conditions of breakpoints by itself, without stopping.
  public var evaluatesConditions = false
  /// Whether it prints log points by itself, without stopping.
  public var printsLogPoints = false

  /// Creates a profile.
  public init(
    architecture: Architecture, registers: [RegisterDefinition], name: String, kind: String,
    isReadOnly: Bool = false, memoryMap: [MemoryRegion] = [], entry: Address? = nil,
    executable: String? = nil
  ) {
    self.architecture = architecture
    self.registers = registers
    self.name = name
    self.kind = kind
    self.isReadOnly = isReadOnly
    self.memoryMap = memoryMap
    self.entry = entry
    self.executable = executable
  }
}

/// A processor architecture that the tool knows.
public enum Architecture: String, Sendable {
  case x86_64, aarch64
}

/// One register of a target description.
///
/// The facts are those of `RegisterDescription` in GDBRemote. They stand here once more so that
/// this seam knows no protocol: a core file has registers too.
public struct RegisterDefinition: Equatable, Sendable {
  /// Its name, as the target description spells it: `rax`, `eflags`, `xmm0`.
  public var name: String
  /// Its size in bytes, 1 to 64.
  public var size: Int
  /// Its number in `p` packets.
  public var number: Int
  /// Its group, `general`, `float`, `vector` or `system`; empty if none is given.
  public var group: String
  /// Its type in the description: `int64`, `code_ptr`, `data_ptr`, `i386_eflags`, `vec128`.
  public var type: String

  /// Creates a definition.
  public init(name: String, size: Int, number: Int, group: String, type: String) {
    self.name = name
    self.size = size
    self.number = number
    self.group = group
    self.type = type
  }
}

/// The registers of one thread at one stop.
public struct RegisterFile: Equatable, Sendable {
  /// Their values, little-endian, in the order of `TargetProfile.registers`; `nil` if the target
  /// could not tell.
  public var values: [[UInt8]?]
  private var indices: [String: Int]

  /// Creates a file of values for definitions in the same order.
  public init(definitions: [RegisterDefinition], values: [[UInt8]?]) {
    self.values = values
    var indices: [String: Int] = [:]
    for (index, definition) in definitions.enumerated() { indices[definition.name] = index }
    self.indices = indices
  }

  /// The register's bytes, or `nil` if there is no such register or its value is unknown.
  public func bytes(_ name: String) -> [UInt8]? {
    guard let index = indices[name], index < values.count else { return nil }
    return values[index]
  }

  /// The low 64 bits of a register, or `nil` as for `bytes`.
  public subscript(name: String) -> UInt64? {
    guard let bytes = bytes(name) else { return nil }
    var value: UInt64 = 0
    for byte in bytes.prefix(8).reversed() { value = value << 8 | UInt64(byte) }
    return value
  }
}

/// Whether a target runs.
public enum ExecutionState: Equatable, Sendable {
  case running
  case stopped(StopReason)
  /// The target ended with this exit status or signal.
  case ended(EndReason)
  /// The link is gone; the text says why.
  case lost(String)
}

/// How a target ended.
public enum EndReason: Equatable, Sendable {
  case exited(status: Int)
  case killed(signal: Int)
}

/// Why a target stopped, and where.
public struct StopReason: Equatable, Sendable {
  /// The signal in the GDB remote protocol's numbering: 5 trap, 2 interrupt, 11 bad access.
  public var signal: Int
  /// The thread that stopped, if the target said.
  public var thread: ThreadID?
  /// What stopped it, as far as the target says.
  public var cause: Cause

  /// What stopped it.
  public enum Cause: Equatable, Sendable {
    case signal
    case breakpoint
    case watchpoint(StopPoint.Kind, Address)
    /// The answer to `interrupt`, or to attaching.
    case request
  }

  /// Creates a reason.
  public init(signal: Int, thread: ThreadID?, cause: Cause) {
    self.signal = signal
    self.thread = thread
    self.cause = cause
  }
}

/// Something a target says of its own accord.
public enum TargetEvent: Equatable, Sendable {
  case stopped(StopReason)
  case ended(EndReason)
  /// Text for the console (`O` packets), unsanitized.
  case console([UInt8])
  /// The link is gone.
  case lost(String)
}

/// A breakpoint or watchpoint as the target knows it (`Z0` to `Z4`).
public struct StopPoint: Hashable, Sendable {
  /// What it watches for; the raw value is the number in the `Z` packet.
  public enum Kind: Int, Sendable {
    case software = 0
    case hardware, write, read, access
  }
  public var kind: Kind
  public var address: Address
  /// Bytes watched, or for breakpoints the kind of instruction (1 on x86).
  public var length: Int

  /// Creates a point.
  public init(kind: Kind, address: Address, length: Int = 1) {
    self.kind = kind
    self.address = address
    self.length = length
  }
}

/// What a target decides by itself at a breakpoint, as agent bytecode (gdb's manual, appendix F).
public struct PointScript: Hashable, Sendable {
  /// It stops if one of them is not 0; always, if there are none.
  public var conditions: [[UInt8]]
  /// What it does instead of stopping: each prints something.
  public var commands: [[UInt8]]

  /// Creates a script; an empty one lets it stop always.
  public init(conditions: [[UInt8]] = [], commands: [[UInt8]] = []) {
    self.conditions = conditions
    self.commands = commands
  }

  /// Whether there is nothing to decide.
  public var isEmpty: Bool { conditions.isEmpty && commands.isEmpty }
}

/// How a target goes on.
public enum ResumeAction: Equatable, Sendable {
  case cont
  case step
  /// Steps while the program counter stays in the range, as one request where the link can.
  case stepRange(Range<Address>)
}

/// A range of target memory with one meaning.
public struct MemoryRegion: Equatable, Sendable {
  public var start: Address
  /// Its size in bytes.
  public var size: UInt64
  /// What it is: `ram`, `rom`, `flash`, `text`, `data`.
  public var kind: String

  /// Creates a region.
  public init(start: Address, size: UInt64, kind: String) {
    self.start = start
    self.size = size
    self.kind = kind
  }
}

/// What a link has carried and lost.
public struct LinkStatistics: Equatable, Sendable {
  public var roundTrips = 0
  public var bytesSent = 0
  public var bytesReceived = 0
  /// Packets sent again or discarded for a bad checksum.
  public var retransmissions = 0
  /// Replies and notifications that nobody had asked for.
  public var unexpected = 0
  /// The last round trip in microseconds.
  public var lastRoundTripMicroseconds = 0

  /// Creates counters at zero.
  public init() {}
}

/// Why a request to a target failed.
public enum InspectError: Error, Equatable, Sendable {
  /// Memory there cannot be read (or written).
  case unreadable(Address)
  /// The target refused, with the errno-like code or text it gave.
  case refused(String)
  /// It is not allowed: to this client by the target, or by its user to this tool.
  case forbidden(String)
  /// The target, or this kind of target, cannot do that.
  case unsupported(String)
  /// The target has to be stopped (or running) for that.
  case wrongState(String)
  /// No answer within the time-out.
  case timedOut(String)
  /// The link is gone.
  case lost(String)
}
