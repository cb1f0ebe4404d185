// How a target is stepped, as a state machine without a target: it is told where the thread stands
// and answers what to do next. The session (Motions.swift) does it, takes care of breakpoints in
// the way and of conditions, and tells the machine when the thread stands still again.

internal import Bytes
internal import Disassembly
internal import Symbols

/// What a motion may know of a thread that stands still. Cheap facts are properties; calls may
/// read memory.
protocol MotionFacts {
  var pc: Address { get }
  var stackPointer: UInt64 { get }
  /// The frames of the pc's own physical frame, innermost first; empty without symbols.
  var chain: [SourceLocation] { get }
  /// Innermost inlined frames of `chain` of which nothing has run yet.
  var hidden: Int { get }
  /// The line-table range around the pc; `nil` where there are no lines.
  var statement: Range<Address>? { get }
  /// The function around the pc.
  var function: Function? { get }
  /// The address after the prologue, if the function has lines.
  func bodyStart(of function: Function) -> Address?
  /// What a call would just have pushed: the word at the stack pointer.
  func wordOnStack() -> Address?
  /// The canonical frame address of the innermost physical frame, by unwinding.
  func frameAddress() -> UInt64?
  /// Where the frame with that canonical address goes on, if it is one of the callers.
  func resumption(ofFrame address: UInt64) -> Landing?
  /// The instruction at the pc.
  func instruction() -> Instruction?
  /// All places where control goes from the inlined call that the physical frame's `level`
  /// outermost frames made; `nil` if they are not all known.
  func waysOut(ofInlinedCallAt level: Int) -> [Landing]?
}

/// What a motion wants done.
enum MotionEffect: Equatable {
  /// One instruction of the thread.
  case step
  /// Instructions of the thread while its pc stays in the range.
  case stepRange(Range<Address>)
  /// All threads run until a landing or a breakpoint of the user's.
  case run([Landing])
  /// It is over; this many innermost inlined frames stay hidden.
  case arrived(hidden: Int)
  /// `finish` is over: the frame has returned.
  case returned
}

/// A motion under way: one of the steppers, and how often it is to be repeated.
struct MotionMachine {
  private enum Stepper {
    case run
    case instruction(InstructionStepper)
    case line(LineStepper)
    case landing(LandingRunner)
  }

  private let motion: Motion
  private let landing: LandingRunner?
  private var stepper = Stepper.run
  private var remaining = 1

  /// The machine of a motion; those that run to places need `landing`.
  ///
  /// `finish` out of an inlined frame of the innermost physical one has a landing runner without
  /// places.
  init(_ motion: Motion, to landing: LandingRunner? = nil) {
    self.motion = motion
    self.landing = landing
    switch motion {
    case .stepInstruction(let count), .nextInstruction(let count), .stepLine(let count),
      .nextLine(let count):
      remaining = max(1, count)
    case .cont, .finish, .until, .advance: break
    }
  }

  /// Whether the motion goes instruction by instruction, so that other threads hardly run.
  var isStepping: Bool {
    switch stepper {
    case .instruction, .line: true
    case .run, .landing: false
    }
  }

  /// The thread stands where the motion begins. `nil` if nothing says how far to step.
  mutating func began(_ facts: some MotionFacts) -> MotionEffect? {
    switch motion {
    case .stepInstruction: return begin(InstructionStepper(isOver: false), facts)
    case .nextInstruction: return begin(InstructionStepper(isOver: true), facts)
    case .stepLine: return begin(LineStepper(.into, facts), facts)
    case .nextLine: return begin(LineStepper(.over, facts), facts)
    case .until(nil): return begin(LineStepper(.until, facts), facts)
    case .cont: return .run([])
    case .finish, .until, .advance:
      guard let landing else { return nil }
      stepper = .landing(landing)
      return landing.landings.isEmpty ? arrived(facts) : .run(landing.landings)
    }
  }

  /// The thread has done what the last effect said and stands still again.
  mutating func arrived(_ facts: some MotionFacts) -> MotionEffect {
    switch stepper {
    case .run: return .run([])
    case .instruction(var inner):
      let effect = inner.arrived(facts)
      stepper = .instruction(inner)
      return again(effect, facts)
    case .line(var inner):
      let effect = inner.arrived(facts)
      stepper = .line(inner)
      return again(effect, facts)
    case .landing(let inner):
      if let effect = inner.arrived(facts) { return effect }
      return begin(LineStepper(.out, facts, leaving: inner.leaving), facts)
        ?? .arrived(hidden: facts.hidden)
    }
  }

  private mutating func begin(
    _ inner: InstructionStepper, _ facts: some MotionFacts
  ) -> MotionEffect? {
    var inner = inner
    let effect = inner.began(facts)
    stepper = .instruction(inner)
    return effect
  }

  private mutating func begin(_ inner: LineStepper, _ facts: some MotionFacts) -> MotionEffect? {
    var inner = inner
    guard let effect = inner.began(facts) else { return nil }
    stepper = .line(inner)
    return again(effect, facts)
  }

  /// Begins the motion anew where it is to be repeated.
  private mutating func again(_ effect: MotionEffect, _ facts: some MotionFacts) -> MotionEffect {
    guard case .arrived(let hidden) = effect, remaining > 1 else { return effect }
    remaining -= 1
    return began(Revealed(facts, hidden: hidden)) ?? effect
  }
}

/// Facts of the same place once fewer of its inlined frames are hidden.
private struct Revealed: MotionFacts {
  let base: any MotionFacts
  let hidden: Int

  init(_ base: some MotionFacts, hidden: Int) {
    self.base = base
    self.hidden = hidden
  }

  var pc: Address { base.pc }
  var stackPointer: UInt64 { base.stackPointer }
  var chain: [SourceLocation] { base.chain }
  var statement: Range<Address>? { base.statement }
  var function: Function? { base.function }
  func bodyStart(of function: Function) -> Address? { base.bodyStart(of: function) }
  func wordOnStack() -> Address? { base.wordOnStack() }
  func frameAddress() -> UInt64? { base.frameAddress() }
  func resumption(ofFrame address: UInt64) -> Landing? { base.resumption(ofFrame: address) }
  func instruction() -> Instruction? { base.instruction() }
  func waysOut(ofInlinedCallAt level: Int) -> [Landing]? { base.waysOut(ofInlinedCallAt: level) }
}
