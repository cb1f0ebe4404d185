// Values that registers had when a function was entered, from what its caller's debug information
// says of the call (DWARF 5, sections 2.5.1.7 and 3.4).

internal import Bytes

extension SymbolFile {
  /// The value of a register on entry to a frame's function: `code` names the register. `nil` if
  /// the caller's entry for the call does not tell. At most `depth` callers are asked.
  func entryValue(
    _ code: ByteView, in frame: UnwindFrame, memory: @escaping MemoryReader, depth: Int
  ) -> UInt64? {
    guard depth > 0, let register = Self.register(namedBy: code),
      let caller = unwind(frame, memory: memory), !caller.isInterrupted
    else { return nil }
    let returnAddress = caller.pc.value &- bias
    guard let (unit, function) = scope(at: caller.lookupPC.value &- bias),
      let value = unit.callValue(
        of: register, returnAddress, in: unit.scopes.scopes[Int(function)].entry)
    else { return nil }
    let base = unit.scopes.scopes[Int(function)].entry
    var machine = ExpressionMachine(
      expressionContext(of: caller, unit, function: base, memory: memory, depth: depth - 1))
    switch machine.locate(value) {
    case .memory(let number), .value(let number): return number
    default: return nil
    }
  }

  /// What expressions of a frame may ask for; `function` is the entry of its real function.
  func expressionContext(
    of frame: UnwindFrame, _ unit: Unit, function: UInt64, memory: @escaping MemoryReader,
    depth: Int = 4
  ) -> ExpressionContext {
    var context = ExpressionContext(
      registers: { Int(exactly: $0).flatMap { frame.register($0) } }, memory: memory, bias: bias,
      unit: unit,
      frameAddress: { self.canonicalFrameAddress(of: frame, memory: memory)?.value })
    context.entryValue = {
      self.entryValue($0, in: frame, memory: memory, depth: depth)
    }
    // The frame base is evaluated without one: an expression that asks for itself would never end.
    let plain = context
    context.frameBase = {
      var base = FormValue()
      unit.readEntry(at: function) { if $0 == At.frameBase { base = $1 } }
      guard let code = unit.locationExpression(base, at: frame.lookupPC.value &- self.bias) else {
        return nil
      }
      var machine = ExpressionMachine(plain)
      return machine.compute(code)
    }
    return context
  }

  /// The register that an expression of one operation names.
  private static func register(namedBy code: ByteView) -> UInt64? {
    var cursor = ByteCursor(code)
    let opcode = cursor.u8()
    if opcode >= 0x50 && opcode <= 0x6f && cursor.isAtEnd { return UInt64(opcode &- 0x50) }
    guard opcode == 0x90 else { return nil }
    let number = cursor.uleb()
    return cursor.failed || !cursor.isAtEnd ? nil : number
  }
}

extension Unit {
  /// The expression for what a register held at the call that returns to an address.
  func callValue(of register: UInt64, _ returnAddress: UInt64, in function: UInt64) -> ByteView? {
    var cursor = function
    var depth = 0
    var siteDepth = -1
    // Standard tags and attributes, and the ones of GNU that preceded them.
    for _ in 0..<100_000 where cursor < end {
      if bytes.load(Int(cursor), as: UInt8.self) == 0 {
        cursor += 1
        depth -= 1
        if depth <= 0 || depth <= siteDepth { return nil }
        continue
      }
      var place = FormValue()
      var location = FormValue()
      var value = FormValue()
      guard
        let read = readEntry(
          at: cursor,
          { attribute, form in
            switch attribute {
            case 0x7d, At.lowPC: place = form
            case At.location: location = form
            case 0x7e, 0x2111: value = form
            default: break
            }
          })
      else { return nil }
      let tag = read.shape.tag
      if tag == 0x48 || tag == 0x4109, address(place) == returnAddress {
        guard read.shape.hasChildren else { return nil }
        siteDepth = depth
      }
      if siteDepth >= 0, tag == 0x49 || tag == 0x410a, location.kind == .block,
        value.kind == .block,
        let name = bytes.slice(location.number, UInt64(location.length)), name.count == 1,
        UInt64(name.load(0, as: UInt8.self)) == register &+ 0x50
      {
        return bytes.slice(value.number, UInt64(value.length))
      }
      if read.shape.hasChildren { depth += 1 }
      cursor = read.next
      if depth == 0 { return nil }
    }
    return nil
  }
}
