// The seam below the stub: what it debugs. The kernel's agent implements it for the machine it
// runs on, the tests for a machine of their own.

public import Bytes

/// What a stub debugs.
///
/// Nothing here may allocate, wait or trap in the kernel's implementation; a stub calls it only
/// while the target is stopped.
public protocol StubTarget {
  /// The registers in the order of the target description, which is that of a `g` packet.
  var registers: StubRegisters { get }

  /// Appends the raw bytes of register `number` of `thread`, in the target's order; false, with
  /// nothing appended, if it has no value now.
  func appendRegister(_ number: Int, of thread: UInt64, to output: inout [UInt8]) -> Bool

  /// Sets a register from its raw bytes, exactly as many as it has; false if it cannot be set.
  mutating func setRegister(_ number: Int, of thread: UInt64, to bytes: ArraySlice<UInt8>) -> Bool

  /// Appends up to `count` bytes of memory from `address` on, as far as they can be read.
  func appendMemory(at address: Address, count: Int, to output: inout [UInt8])

  /// Writes memory, all of it or nothing; false if it cannot be written.
  mutating func writeMemory(_ bytes: ArraySlice<UInt8>, at address: Address) -> Bool

  /// The `index`th thread's number, 1 and up; nil beyond the last.
  func thread(at index: Int) -> UInt64?

  /// Why the `index`th thread that stands while others run does so; nil beyond the last.
  func stoppedThread(at index: Int) -> StubStop?

  /// Appends what the thread is called, as UTF-8 text.
  func appendName(of thread: UInt64, to output: inout [UInt8])

  /// The `index`th range of memory; nil beyond the last.
  func memory(at index: Int) -> StubMemory?

  /// Plants or removes a breakpoint or watchpoint; both are harmless when repeated.
  mutating func set(_ point: RemoteStopPoint, isPlanted: Bool) -> StubVerdict

  /// Obeys a command of the `monitor` kind, appending what it says; false if there is none such.
  mutating func monitor(_ command: ArraySlice<UInt8>, output: inout [UInt8]) -> Bool

  /// What the machine is, as LLVM names it, such as `x86_64-unknown-none`; nil leaves it to the
  /// target description.
  var triple: String? { get }

  /// Where the target's program began, code that runs no more; nil if there is no such place.
  var entry: Address? { get }

  /// The build id of what runs, and the address that its image is loaded at; nil if it has none.
  /// Appends the bytes of the one and returns the other.
  func appendBuildID(to output: inout [UInt8]) -> Address?

  /// How many files a client may read, numbered from 0.
  var files: Int { get }

  /// The number of the file of that name, with or without a slash before it; nil if there is none.
  func file(named name: ArraySlice<UInt8>) -> Int?

  /// Writes a file, whole.
  func write(file: Int, to window: inout TransferWindow)

  /// Writes the name of the file that is what runs; false if there is none.
  func executable(to window: inout TransferWindow) -> Bool

  /// How many watchpoints and breakpoints in hardware there can be at a time.
  var watchpoints: Int { get }

  /// Appends what happened at the stop that is being told, in words, if there is more to say than
  /// its signal.
  func appendDescription(of stop: StubStop, to output: inout [UInt8])

  /// Where the target describes itself (Protocols/Telemetry/SPEC.md); nil if it does not.
  var rootBlock: UInt64? { get }

  /// The client wants so many frames of telemetry a second from now on, none for 0.
  mutating func publish(hertz: Int)

  /// The client wants so many samples a second from now on, none for 0; false if there is no
  /// profiler.
  mutating func profile(rate: UInt64) -> Bool
  /// Records runs of handlers from so many nanoseconds on; false where none are recorded.
  mutating func trace(least: UInt64) -> Bool
}

extension StubTarget {
  /// A target that is what its description says.
  public var triple: String? { nil }

  /// A target that stops as a whole.
  public func stoppedThread(at index: Int) -> StubStop? { nil }

  /// A target without code to spare.
  public var entry: Address? { nil }

  /// A target whose program is not known.
  public func appendBuildID(to output: inout [UInt8]) -> Address? { nil }

  /// A target without files.
  public var files: Int { 0 }

  /// There is none.
  public func file(named name: ArraySlice<UInt8>) -> Int? { nil }

  /// There is none.
  public func write(file: Int, to window: inout TransferWindow) {}

  /// There is none.
  public func executable(to window: inout TransferWindow) -> Bool { false }

  /// None that are known of.
  public var watchpoints: Int { 0 }

  /// Nothing more.
  public func appendDescription(of stop: StubStop, to output: inout [UInt8]) {}

  /// A target that does not describe itself.
  public var rootBlock: UInt64? { nil }

  /// Nothing is sent of what does not exist.
  public mutating func publish(hertz: Int) {}

  /// A target without a profiler.
  public mutating func profile(rate: UInt64) -> Bool { false }

  /// A target that records no runs.
  public mutating func trace(least: UInt64) -> Bool { false }
}

/// The register file as a stub must know it.
public struct StubRegisters: Sendable {
  /// The bytes of each register.
  public var sizes: [UInt8]
  /// The target description, a whole XML document.
  public var description: String
  /// The numbers of frame pointer, stack pointer and program counter: sent with each stop.
  public var expedited: [Int]

  /// A register file.
  public init(sizes: [UInt8], description: String, expedited: [Int]) {
    self.sizes = sizes
    self.description = description
    self.expedited = expedited
  }
}

/// A range of memory as the memory map tells it.
public struct StubMemory: Equatable, Sendable {
  public var start: Address
  public var size: UInt64
  public var kind: Kind

  /// What a debugger may do with it.
  public enum Kind: Equatable, Sendable {
    case ram
    case rom
    /// Written by `vFlash` packets only, erased in blocks of so many bytes.
    case flash(blockSize: UInt64)
  }

  /// A range.
  public init(start: Address, size: UInt64, kind: Kind) {
    self.start = start
    self.size = size
    self.kind = kind
  }
}

/// How a request to plant or remove a point ended.
public enum StubVerdict: Equatable, Sendable {
  case done
  /// This kind of point does not exist here.
  case unsupported
  /// It exists, but not there or not one more.
  case failed
}

/// Why the target stopped.
public struct StubStop: Equatable, Sendable {
  /// The signal number as gdb counts them: 2 interrupted, 4 illegal, 5 trap, 8 arithmetic, 11 memory.
  public var signal: UInt8
  public var thread: UInt64
  public var cause: StopReply.Cause

  /// A stop.
  public init(signal: UInt8, thread: UInt64, cause: StopReply.Cause = .signal) {
    self.signal = signal
    self.thread = thread
    self.cause = cause
  }
}

/// How far a client may go. Each request needs one of these levels.
public enum Authority: UInt8, Comparable, Sendable {
  /// Look at what runs.
  case observe
  /// Stop it, step it, set breakpoints.
  case stop
  /// Change registers and memory.
  case write
  /// Put another image in its place.
  case update

  public static func < (a: Authority, b: Authority) -> Bool { a.rawValue < b.rawValue }
}
