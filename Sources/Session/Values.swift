// Expressions over the selected frame, and changes to registers and memory through them.

public import Bytes
public import Expressions
internal import Inspect
public import Symbols

extension Session {
  /// Evaluates an expression in the selected frame; assignments in it take effect.
  public func evaluate(_ text: String) throws(SessionError) -> Value {
    let expression: Expression
    do { expression = try Expression.parse(text) } catch { throw .expression(error.message) }
    return try evaluate(expression)
  }

  /// Evaluates a parsed expression in the selected frame.
  public func evaluate(_ expression: Expression) throws(SessionError) -> Value {
    do { return try expression.evaluate(in: FrameContext(session: self)) } catch {
      throw .expression(error.message)
    }
  }

  /// Parses and locates an expression without reading its value: for `x` and `&`.
  public func locate(_ text: String) throws(SessionError) -> Value {
    do { return try Expression.parse(text).locate(in: FrameContext(session: self)) } catch {
      throw .expression(error.message)
    }
  }

  /// Assigns an expression's value to a register (`$rax`) or another place (`counter`).
  public func assign(_ expression: String, to place: String) throws(SessionError) -> Value {
    try evaluate("\(place) = (\(expression))")
  }

  /// Writes memory of a stopped target and forgets what it read of it before.
  public func write(_ bytes: [UInt8], at address: Address) throws(SessionError) {
    try requireWritable("set")
    try session { () throws(InspectError) in try self.target.writeMemory(bytes, at: address) }
    stop.dropValues()
  }

  /// Writes a register of the selected thread; only the innermost frame's can be written.
  public func write(register name: String, bits: UInt64) throws(SessionError) {
    try requireStopped("set")
    try requireWritable("set")
    let full = RegisterNames.place(of: name, names)
    guard let definition = target.profile.registers.first(where: { $0.name == full.name }) else {
      throw .noRegister(name)
    }
    if let frame = try? currentFrame(), frame.physical > 0 {
      throw .wrongState("Registers of outer frames cannot be set. Select `frame 0` first.")
    }
    let thread = try session { () throws(InspectError) in try self.currentThread() }
    let old = try session { () throws(InspectError) in try self.registers(of: thread) }
    let bytes = full.merge(bits, into: old.bytes(full.name), size: definition.size)
    try session { () throws(InspectError) in
      try self.target.writeRegister(full.name, bytes: bytes, of: thread)
    }
    stop.dropValues()
  }

  /// Reads exactly `count` bytes (at most 1 MiB), from the stop's cache where it can.
  public func readMemory(_ address: Address, _ count: Int) -> [UInt8]? {
    guard count > 0, count <= 1 << 20 else { return count == 0 ? [] : nil }
    if let known = stop.memory.read(address, count) { return known }
    guard let bytes = try? target.readMemory(at: address, count: count), bytes.count == count
    else { return nil }
    if case .stopped = target.state { stop.memory.store(bytes, at: address) }
    return bytes
  }

  /// The arguments and local variables of a frame of `backtrace`, arguments first.
  public func variables(frame index: Int) throws(SessionError) -> [Variable] {
    guard let frame = try frame(index) else { throw .noFrame(index) }
    return variables(of: frame)
  }

  /// The variables of one frame.
  func variables(of frame: LogicalFrame) -> [Variable] {
    guard let symbols, frame.location != nil else { return [] }
    var described = frame.frame
    described.cfa = described.cfa ?? frame.cfa
    return symbols.variables(at: described, inlineDepth: frame.inlineDepth) {
      [unowned self] address, count in self.peek(address, count)
    }
  }
}
