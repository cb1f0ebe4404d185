// Stepping by source line, after gdb's `process_event_stop_test`: a statement is walked in ranges;
// a call is recognised when it has just been made, by the return address on the stack, and run
// through, or to the end of the called function's prologue; a return into the middle of a line
// walks that line to its end. Inlined calls have no frame of their own on the stack: they are told
// apart by the names of the frames that the symbols give for a pc.

internal import Bytes
internal import Symbols

/// `step`, `next`, `until`, and `finish` out of an inlined frame.
struct LineStepper {
  /// What to do about calls, and when it is far enough.
  enum Mode {
    case into, over
    /// As `over`, but never backwards in the same function.
    case until
    /// As `over`, until the inlined frame is left.
    case out
  }

  private struct Line: Equatable {
    var file: String?
    var number: Int
  }
  private struct Activation: Equatable {
    var name: String
    var start: Address
  }

  let mode: Mode
  /// The statement that the motion is on; outside of it a stop is considered.
  private var range: Range<Address>?
  /// What is walked just now: the statement, or one of an inlined call in it.
  private var walked: Range<Address>
  /// The canonical address of the physical frame; at or above it the frame has returned.
  private var frame: UInt64?
  /// The frames from the outermost to the one being stepped through.
  private var activations: [Activation]
  private var line: Line?
  private var origin: Function?
  /// The end of the prologue that is run to.
  private var entering: Address?

  /// Takes the present place as the one to get away from.
  ///
  /// `leaving` is the inlined frame to get out of, for `.out`.
  init(_ mode: Mode, _ facts: some MotionFacts, leaving: SourceLocation? = nil) {
    self.mode = mode
    walked = facts.pc..<facts.pc
    activations = []
    rebase(facts)
    if let leaving, let index = facts.chain.firstIndex(where: { $0.isSameActivation(as: leaving) })
    {
      activations = facts.chain.dropFirst(index).reversed().map(Self.activation)
    }
  }

  private mutating func rebase(_ facts: some MotionFacts) {
    let visible = facts.chain.dropFirst(facts.hidden)
    activations = visible.reversed().map(Self.activation)
    line = visible.first.map(Self.line)
    origin = facts.function
    frame = facts.frameAddress()
    range = facts.statement
    if range == nil || line?.number == 0, let origin { range = Self.extent(of: origin) }
    if mode == .until, let origin, let statement = range, origin.start < statement.upperBound {
      range = origin.start..<statement.upperBound
    }
    walked = range ?? facts.pc..<facts.pc.advanced(by: 1)
  }

  /// The thread stands where the motion begins; `nil` if nothing says how far to step.
  mutating func began(_ facts: some MotionFacts) -> MotionEffect? {
    if mode == .into, facts.hidden > 0 {
      // Entering an inlined call moves nothing: its frame is shown from now on.
      return .arrived(hidden: facts.hidden - 1)
    }
    guard let range else { return nil }
    return .stepRange(range)
  }

  /// The thread stands still after a step or at a landing.
  mutating func arrived(_ facts: some MotionFacts) -> MotionEffect {
    let pc = facts.pc
    if let entering {
      self.entering = nil
      if pc == entering { return .arrived(hidden: facts.hidden) }
    }
    if let frame, facts.stackPointer >= frame { return returned(facts) }
    if walked.contains(pc), pc != origin?.start { return .stepRange(walked) }
    if let effect = called(facts) { return effect }
    if facts.function == origin { return moved(facts) }
    return strayed(facts)
  }

  // MARK: The ways to leave a range

  /// A call was made from the walked range: to be entered, or run to its return.
  private mutating func called(_ facts: some MotionFacts) -> MotionEffect? {
    if facts.function == origin, facts.pc != origin?.start { return nil }
    guard let back = facts.wordOnStack(), isAfterCall(back) else { return nil }
    let landing = Landing(address: back, minimumStackPointer: facts.stackPointer &+ 8)
    return enter(facts, landing) ?? .run([landing])
  }

  private func isAfterCall(_ address: Address) -> Bool {
    [range, walked].contains { range in
      guard let range else { return false }
      return address > range.lowerBound && address <= range.upperBound
    }
  }

  /// Runs to the body of the function just called, if that is wanted and it has lines.
  private mutating func enter(_ facts: some MotionFacts, _ back: Landing) -> MotionEffect? {
    guard mode == .into, let function = facts.function,
      let body = facts.bodyStart(of: function)
    else { return nil }
    if body == facts.pc { return .arrived(hidden: facts.hidden) }
    entering = body
    return .run([Landing(address: body), back])
  }

  /// The frame has returned: on to the end of the caller's line, unless it is at a start.
  private mutating func returned(_ facts: some MotionFacts) -> MotionEffect {
    guard mode != .out, let statement = facts.statement, facts.pc != statement.lowerBound,
      facts.chain.first?.line != 0
    else { return .arrived(hidden: facts.hidden) }
    rebase(facts)
    return .stepRange(walked)
  }

  /// Elsewhere in the same physical frame.
  private mutating func moved(_ facts: some MotionFacts) -> MotionEffect {
    let chain = facts.chain
    let statement = facts.statement ?? facts.pc..<facts.pc.advanced(by: 1)
    let depth = chain.count - activations.count
    let isInside =
      depth >= 0 && chain.suffix(activations.count).reversed().map(Self.activation) == activations
    guard isInside else { return mode == .out ? .arrived(hidden: facts.hidden) : changed(facts) }
    if mode == .out { return walk(statement) }
    if depth > 0 { return entered(facts, depth, statement) }
    if mode == .until, let range, range.contains(facts.pc) { return walk(range) }
    return changed(facts)
  }

  /// At the frame's own level, or outside an inlined frame that was stepped through.
  private mutating func changed(_ facts: some MotionFacts) -> MotionEffect {
    guard let here = facts.chain.first, here.line != 0, let statement = facts.statement else {
      return walk(facts.statement ?? facts.pc..<facts.pc.advanced(by: 1))
    }
    if Self.line(here) == line, facts.chain.count == activations.count {
      range = statement
      return walk(statement)
    }
    if facts.pc == statement.lowerBound { return .arrived(hidden: facts.hidden) }
    rebase(facts)
    return .stepRange(walked)
  }

  /// In an inlined call made from the frame's level.
  private mutating func entered(
    _ facts: some MotionFacts, _ depth: Int, _ statement: Range<Address>
  ) -> MotionEffect {
    let caller = facts.chain[depth]
    if facts.hidden >= depth, Self.line(caller) != line {
      // The call is on a new line: that line is where to stop, before the call.
      return .arrived(hidden: facts.hidden)
    }
    guard mode == .into else {
      return facts.waysOut(ofInlinedCallAt: activations.count).map { .run($0) } ?? walk(statement)
    }
    return .arrived(hidden: facts.hidden >= depth ? depth - 1 : facts.hidden)
  }

  /// In another function without having been seen to call it: a tail call, a signal handler.
  private mutating func strayed(_ facts: some MotionFacts) -> MotionEffect {
    if let frame, let landing = facts.resumption(ofFrame: frame) {
      return enter(facts, landing) ?? .run([landing])
    }
    if facts.pc == facts.function?.start, let back = facts.wordOnStack() {
      let landing = Landing(address: back, minimumStackPointer: facts.stackPointer &+ 8)
      return enter(facts, landing) ?? .run([landing])
    }
    return returned(facts)
  }

  private mutating func walk(_ statement: Range<Address>) -> MotionEffect {
    walked = statement
    return .stepRange(statement)
  }

  private static func activation(_ location: SourceLocation) -> Activation {
    Activation(name: location.linkageName, start: location.functionStart)
  }

  private static func line(_ location: SourceLocation) -> Line {
    Line(file: location.file, number: location.line)
  }

  private static func extent(of function: Function) -> Range<Address> {
    let end = function.start.advanced(by: max(1, function.size))
    return function.start < end ? function.start..<end : function.start..<function.start
  }
}
