// From a frame to its caller: by call frame information where there is any, else by the frame
// pointer, with the rules and the ends of gdb 13.

public import Bytes

extension SymbolFile {
  /// The caller of a frame, with its registers as far as they can be recovered; `nil` at the end of
  /// the stack: behind `main` and the image's entry, where the return address is undefined or zero,
  /// or where the next frame would not be further up.
  ///
  /// Cost: one small memory read for each saved register; none is repeated.
  public func unwind(_ frame: UnwindFrame, memory: MemoryReader) -> UnwindFrame? {
    if isOutermost(frame) { return nil }
    let pc = frame.lookupPC.value &- bias
    var caller: UnwindFrame?
    if let entry = frameEntry(covering: pc) {
      guard let rules = CallFrameRules(entry, at: pc) else { return nil }
      caller = apply(rules, entry, to: frame, memory)
    } else {
      caller = unwindWithoutTables(frame, memory)
    }
    guard var caller, caller.pc.value != 0 else { return nil }
    caller.cfa = canonicalFrameAddress(of: caller, memory: memory)
    caller.vectors = frame.vectors
    return caller
  }

  /// The stack pointer that a frame's caller had before the call: it identifies the frame.
  public func canonicalFrameAddress(of frame: UnwindFrame, memory: MemoryReader) -> Address? {
    let pc = frame.lookupPC.value &- bias
    if let entry = frameEntry(covering: pc) {
      guard let rules = CallFrameRules(entry, at: pc) else { return nil }
      return frameAddress(rules, frame, memory).map { Address($0) }
    }
    return frameBaseWithoutTables(frame).map { Address($0.base &+ 16) }
  }

  /// Whether a frame is a trampoline that an interrupt or signal entered through: gdb shows it as
  /// `<signal handler called>`, without function or line.
  public func isSignalFrame(_ frame: UnwindFrame) -> Bool {
    frameEntry(covering: frame.lookupPC.value &- bias)?.common.isSignalFrame ?? false
  }

  private func frameEntry(covering pc: UInt64) -> FrameEntry? {
    ehFrame?.entry(covering: pc) ?? debugFrame?.entry(covering: pc)
  }

  /// Whether gdb shows no frame behind this one: it is `main`, or what the image starts with.
  private func isOutermost(_ frame: UnwindFrame) -> Bool {
    guard let start = functionStart(frame.lookupPC.value &- bias) else { return false }
    return start == mainAddress || start == entryFunction
  }

  /// The beginning of the function around a file address.
  func functionStart(_ target: UInt64) -> UInt64? {
    if let (unit, index) = scope(at: target) { return unit.scopes.scopes[Int(index)].entryPC }
    guard let symbol = symbols.codeSymbol(covering: target), target < symbols.end(of: symbol)
    else { return nil }
    return symbol.address
  }

  private func frameAddress(
    _ rules: CallFrameRules, _ frame: UnwindFrame, _ memory: MemoryReader
  ) -> UInt64? {
    switch rules.frameAddress {
    case .register(let number, let offset):
      return Int(exactly: number).flatMap { frame.register($0) }
        .map { $0 &+ UInt64(bitPattern: offset) }
    case .expression(let code):
      return withoutActuallyEscaping(memory) { memory in
        var machine = ExpressionMachine(context(frame, memory))
        return machine.compute(code)
      }
    }
  }

  private func context(
    _ frame: UnwindFrame, _ memory: @escaping MemoryReader
  ) -> ExpressionContext {
    ExpressionContext(
      registers: { Int(exactly: $0).flatMap { frame.register($0) } }, memory: memory, bias: bias)
  }

  private func apply(
    _ rules: CallFrameRules, _ entry: FrameEntry, to frame: UnwindFrame, _ memory: MemoryReader
  ) -> UnwindFrame? {
    guard let base = frameAddress(rules, frame, memory) else { return nil }
    // A caller's frame lies further up; an interrupt's may be on another stack.
    let isSignal = entry.common.isSignalFrame
    if !isSignal, let sp = frame.register(UnwindFrame.stackPointer), base < sp { return nil }
    if !frame.isInterrupted, !isSignal, frame.register(UnwindFrame.stackPointer) == base {
      return nil
    }
    var registers: [UInt64?] = []
    for number in 0..<UnwindFrame.registerCount {
      switch rules.registers[number] {
      case .same: registers.append(frame.registers[number])
      case .undefined: registers.append(nil)
      case .offset(let offset):
        registers.append(load(base &+ UInt64(bitPattern: offset), memory))
      case .valueOffset(let offset): registers.append(base &+ UInt64(bitPattern: offset))
      case .register(let other):
        registers.append(Int(exactly: other).flatMap { frame.register($0) })
      case .expression(let code):
        registers.append(evaluate(code, base, frame, memory).flatMap { load($0, memory) })
      case .valueExpression(let code): registers.append(evaluate(code, base, frame, memory))
      }
    }
    // The stack pointer is the frame address unless a rule says otherwise.
    if case .same = rules.registers[UnwindFrame.stackPointer] {
      registers[UnwindFrame.stackPointer] = base
    }
    guard let column = Int(exactly: entry.common.returnRegister), column < registers.count else {
      return nil
    }
    if case .undefined = rules.registers[column] { return nil }
    if case .same = rules.registers[column], !isSignal { return nil }
    guard let pc = registers[column] else { return nil }
    return UnwindFrame(pc: Address(pc), registers: registers, isInterrupted: isSignal)
  }

  private func evaluate(
    _ code: ByteView, _ base: UInt64, _ frame: UnwindFrame, _ memory: MemoryReader
  ) -> UInt64? {
    withoutActuallyEscaping(memory) { memory in
      var machine = ExpressionMachine(context(frame, memory), initial: [base])
      return machine.compute(code)
    }
  }

  private func load(_ address: UInt64, _ memory: MemoryReader) -> UInt64? {
    guard let bytes = memory(Address(address), 8), bytes.count >= 8 else { return nil }
    return bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Where a frame without tables keeps its return address: at `base` + 8; the frame pointer is at
  /// `base` if it was pushed. As amd64_frame_cache of gdb 13: what counts is how much of
  /// `push %rbp; mov %rsp,%rbp` at the function's start has run.
  private func frameBaseWithoutTables(
    _ frame: UnwindFrame
  ) -> (base: UInt64, isPushed: Bool)? {
    guard let sp = frame.register(UnwindFrame.stackPointer),
      let fp = frame.register(UnwindFrame.framePointer)
    else { return nil }
    guard let start = functionStart(frame.lookupPC.value &- bias) else {
      // In no function at all: a call through a bad pointer has pushed its return address and no
      // more; frames further up can only be followed by the frame pointer.
      return frame.isInterrupted && !image.isCode(frame.pc.value &- bias)
        ? (sp &- 8, false) : (fp, true)
    }
    let done = (frame.pc.value &- bias) &- start
    let progress = prologueProgress(start, done)
    switch progress {
    case .complete: return (fp, true)
    case .pushed: return (sp, true)
    case .nothing: return (sp &- 8, false)
    }
  }

  private func unwindWithoutTables(
    _ frame: UnwindFrame, _ memory: MemoryReader
  ) -> UnwindFrame? {
    guard let (base, isPushed) = frameBaseWithoutTables(frame), base != 0 else { return nil }
    let sp = frame.register(UnwindFrame.stackPointer) ?? 0
    guard base &+ 16 > sp, let pc = load(base &+ 8, memory) else { return nil }
    var registers = frame.registers
    if isPushed { registers[UnwindFrame.framePointer] = load(base, memory) }
    registers[UnwindFrame.stackPointer] = base &+ 16
    return UnwindFrame(pc: Address(pc), registers: registers, isInterrupted: false)
  }
}
