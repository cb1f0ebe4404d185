internal import Bytes
internal import Disassembly
internal import Inspect
internal import Symbols

/// A place where a motion wants the target to stop on its own account.
struct Landing: Equatable {
  var address: Address
  /// The stack pointer has to be at least this: tells an outer activation from a deeper one.
  var minimumStackPointer: UInt64 = 0
}

/// The motion under way, as the session drives it.
struct MotionRun {
  var machine: MotionMachine?
  /// The thread that is moved.
  var thread: ThreadID?
  var landings: [Landing] = []
  /// What the machine wants done; stepping off a breakpoint first is no business of its.
  var effect: MotionEffect?
  /// The breakpoint that is being stepped off.
  var steppedOff: Address?
  var isInterruptWanted = false
  /// Whether it just runs, so that a moment's stop changes nothing.
  var isFree = false
  /// Whether all threads go, where they stop one by one.
  var isForAll = false
  /// The function and the frame it began in.
  var origin: Origin?
  /// An event that needed no motion at all.
  var ready: SessionEvent?

  /// What tells one activation of a function from another.
  struct Origin: Equatable {
    var function: String?
    var functionStart: Address?
    var cfa: Address?
  }
}

/// The facts of the session's current thread, for the motion's machine.
struct StoppedThread: MotionFacts {
  let session: Session
  let thread: ThreadID
  let pc: Address
  let stackPointer: UInt64
  let chain: [SourceLocation]
  let hidden: Int

  /// Takes the innermost frame of a thread; `hidden` frames of it are not shown.
  init(_ session: Session, _ thread: ThreadID, hidden: Int?) throws(InspectError) {
    self.session = session
    self.thread = thread
    let registers = try session.registers(of: thread)
    pc = Address(registers[session.names.pc] ?? 0)
    stackPointer = registers[session.names.sp] ?? 0
    chain = session.symbols?.frames(at: pc) ?? []
    self.hidden = hidden ?? Self.untouched(chain, at: pc)
  }

  /// How many inlined calls begin at this very address, so that nothing of them has run.
  static func untouched(_ chain: [SourceLocation], at pc: Address) -> Int {
    chain.prefix { $0.isInlined && $0.functionStart == pc }.count
  }

  var statement: Range<Address>? { session.symbols?.statement(at: pc) }
  var function: Function? { session.symbols?.function(at: pc) }

  func bodyStart(of function: Function) -> Address? {
    guard let symbols = session.symbols else { return nil }
    let body = symbols.breakpointAddress(of: function)
    guard let place = symbols.frames(at: body).first, place.file != nil, place.line > 0 else {
      return nil
    }
    return body
  }

  func wordOnStack() -> Address? {
    session.peek(Address(stackPointer), 8).map(Self.word)
  }

  func frameAddress() -> UInt64? {
    (try? session.stack(of: thread, count: 2))?.cfa(of: 0)?.value
  }

  func resumption(ofFrame address: UInt64) -> Landing? {
    guard let stack = try? session.stack(of: thread, count: 8) else { return nil }
    for index in stack.frames.indices.dropFirst() where stack.cfa(of: index)?.value == address {
      guard let inner = stack.cfa(of: index - 1) else { return nil }
      return Landing(address: stack.frames[index].pc, minimumStackPointer: inner.value)
    }
    return nil
  }

  func instruction() -> Instruction? {
    guard let bytes = session.peek(pc, 16) else { return nil }
    return session.disassembler?.disassemble(bytes, at: pc, limit: 1).first
  }

  private static func word(_ bytes: [UInt8]) -> Address {
    var value: UInt64 = 0
    for byte in bytes.prefix(8).reversed() { value = value << 8 | UInt64(byte) }
    return Address(value)
  }
}
