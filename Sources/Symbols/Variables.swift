// The arguments and locals of a frame, with their values.

public import Bytes

extension SymbolFile {
  /// The variables that are visible where a frame stands: arguments first, then locals of the
  /// innermost block outwards.
  ///
  /// `inlineDepth` chooses among the frames that one address stands for, as `frames(at:)` lists
  /// them: 0 is the innermost inlined one. What the compiler kept no trace of is
  /// `.optimizedOut`, by the same rules as in gdb.
  public func variables(
    at frame: UnwindFrame, inlineDepth: Int, memory: MemoryReader
  ) -> [Variable] {
    guard let scope = visible(at: frame.lookupPC.value &- bias, inlineDepth: inlineDepth) else {
      return []
    }
    return withoutActuallyEscaping(memory) { memory in
      let reader = VariableReader(
        file: self, unit: scope.unit, function: scope.function, frame: frame, memory: memory)
      return scope.entries.map { reader.read($0) }
    }
  }

  /// The entries of the variables that are visible at a file address, arguments first, and the
  /// function around them.
  func visible(
    at target: UInt64, inlineDepth: Int
  ) -> (unit: Unit, function: UInt64, entries: [VariableEntry])? {
    guard let (unit, function) = scope(at: target) else { return nil }
    let table = unit.scopes
    var chain = table.chain(at: target, in: function).map { table.scopes[Int($0)] }
    // Leave out the scopes of frames further in, then those of frames further out.
    for _ in 0..<max(0, inlineDepth) {
      guard let last = chain.lastIndex(where: { $0.kind != .block }), last > 0 else { return nil }
      chain.removeSubrange(last...)
    }
    guard let outermost = chain.lastIndex(where: { $0.kind != .block }) else { return nil }
    let entries = chain[outermost...].reversed().flatMap { unit.variables(of: $0.entry) }
    return (
      unit, table.scopes[Int(function)].entry,
      entries.filter(\.isArgument) + entries.filter { !$0.isArgument }
    )
  }

  /// The type of the variable of static storage at a file address.
  func staticType(at address: UInt64) -> TypeDescription? {
    guard let debug else { return nil }
    for unit in debug.units {
      var cursor = unit.rootOffset
      for _ in 0..<200_000 where cursor < unit.end {
        if unit.bytes.load(Int(cursor), as: UInt8.self) == 0 {
          cursor += 1
          continue
        }
        var location = FormValue()
        var type: UInt64?
        guard
          let read = unit.readEntry(
            at: cursor,
            {
              if $0 == At.location { location = $1 }
              if $0 == At.type { type = $1.reference }
            })
        else { break }
        cursor = read.next
        guard read.shape.tag == Tag.variable, location.kind == .block, location.length >= 2,
          let code = unit.locationExpression(location, at: 0), let type
        else { continue }
        let isDirect =
          code.load(0, as: UInt8.self) == 0x03 && code.count == 9
          && code.load(1, as: UInt64.self) == address
        var indexed = ByteCursor(code, at: 1)
        let isIndexed =
          code.load(0, as: UInt8.self) == 0xa1 && unit.address(index: indexed.uleb()) == address
        if isDirect || isIndexed { return unit.type(at: type) }
      }
    }
    return nil
  }
}

/// Reads variables of one frame.
private struct VariableReader {
  let file: SymbolFile
  let unit: Unit
  /// The entry of the real function around the frame.
  let function: UInt64
  let frame: UnwindFrame
  let memory: MemoryReader

  func read(_ entry: VariableEntry) -> Variable {
    let type = entry.type.map { entry.unit.type(at: $0) } ?? TypeDescription()
    var variable = Variable(
      name: entry.name, typeName: type.name, isArgument: entry.isArgument,
      value: value(of: entry, type))
    variable.tree = entry.type.flatMap { tree(of: variable.value, $0, entry.unit) }
    return variable
  }

  /// The value taken apart as its Swift type says.
  private func tree(of value: VariableValue, _ type: UInt64, _ unit: Unit) -> ValueTree? {
    var bytes: [UInt8]
    switch value {
    case .bytes(let found, _): bytes = found
    case .scalar(.enumeration, let bits, let size):
      bytes = (0..<size).map { UInt8(truncatingIfNeeded: bits >> UInt64($0 * 8)) }
    default: return nil
    }
    guard let layout = unit.swiftLayout(at: type), layout.size <= bytes.count else { return nil }
    bytes.removeLast(bytes.count - layout.size)
    var reader = SwiftValueReader(memory: memory)
    return reader.read(bytes, as: layout)
  }

  private func value(of entry: VariableEntry, _ type: TypeDescription) -> VariableValue {
    if entry.location.isPresent {
      guard
        let code = entry.unit.locationExpression(
          entry.location, at: frame.lookupPC.value &- file.bias)
      else { return .optimizedOut }
      var machine = ExpressionMachine(
        file.expressionContext(of: frame, entry.unit, function: function, memory: memory))
      return value(at: machine.locate(code), type)
    }
    switch entry.constant.kind {
    case .unsigned, .signed: return value(at: .value(entry.constant.number), type)
    case .block:
      let length = UInt64(min(entry.constant.length, 4096))
      let bytes = entry.unit.bytes.slice(entry.constant.number, length)?.bytes ?? []
      return value(at: .implicit(bytes), type)
    default: return .optimizedOut
    }
  }

  private func value(at location: ValueLocation, _ type: TypeDescription) -> VariableValue {
    if case .unavailable(let text) = location { return .unavailable(text) }
    if case .optimizedOut = location { return .optimizedOut }
    guard type.size > 0 else { return .unavailable("a type of unknown size") }
    guard type.size <= 4096 else { return .unavailable("\(type.size) bytes") }
    switch bytes(at: location, type.size, type) {
    case .failure(let other): return other
    case .success(let bytes):
      guard let kind = type.kind, bytes.count <= 8 else {
        if case .memory(let address) = location { return .bytes(bytes, at: Address(address)) }
        return .bytes(bytes, at: nil)
      }
      var bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let isSigned = kind == .signed || kind == .character && type.name.hasSuffix("char")
      if isSigned && !type.name.hasSuffix("unsigned char"), bytes.count < 8 {
        let shift = UInt64(64 - bytes.count * 8)
        bits = UInt64(bitPattern: Int64(bitPattern: bits << shift) >> Int64(shift))
      }
      return .scalar(kind, bits: bits, size: bytes.count)
    }
  }

  private enum Reading {
    case success([UInt8])
    case failure(VariableValue)
  }

  /// The bytes of a value, lowest first.
  private func bytes(
    at location: ValueLocation, _ size: Int, _ type: TypeDescription, depth: Int = 0
  ) -> Reading {
    switch location {
    case .memory(let address):
      guard let bytes = memory(Address(address), size), bytes.count >= size else {
        return .failure(.unavailable("cannot read memory at \(Address(address))"))
      }
      return .success(Array(bytes.prefix(size)))
    case .register(let number):
      if let vector = Int(exactly: number).flatMap({ frame.vectors[$0] }), vector.count >= size {
        return .success(Array(vector.prefix(size)))
      }
      guard let value = Int(exactly: number).flatMap({ frame.register($0) }) else {
        return .failure(
          number < 17 ? .optimizedOut : .unavailable("register \(number) is not known"))
      }
      return littleEndian(value, size)
    case .value(let value): return littleEndian(value, size)
    case .implicit(let bytes):
      return .success(Array((bytes + Array(repeating: 0, count: size)).prefix(size)))
    case .pieces(let pieces):
      guard depth == 0 else { return .failure(.optimizedOut) }
      return assemble(pieces, size, type)
    case .optimizedOut: return .failure(.optimizedOut)
    case .unavailable(let text): return .failure(.unavailable(text))
    }
  }

  /// Puts the pieces of a value together. Bits that no piece has are zero, as in gdb: a Bool in a
  /// register is one bit.
  private func assemble(_ pieces: [ValuePiece], _ size: Int, _ type: TypeDescription) -> Reading {
    var result = [UInt8](repeating: 0, count: size)
    var position = 0
    for piece in pieces where position < size * 8 {
      let count = min(piece.size, size * 8 - position)
      guard count > 0 else { continue }
      switch bytes(at: piece.location, (piece.offset + count + 7) / 8, type, depth: 1) {
      case .success(let bytes):
        for bit in 0..<count {
          let from = piece.offset + bit
          let value = bytes[from / 8] >> UInt8(from % 8) & 1
          result[(position + bit) / 8] |= value << UInt8((position + bit) % 8)
        }
      case .failure(let other):
        let isPart = other == .optimizedOut && type.kind == nil && pieces.count > 1
        return .failure(isPart ? .unavailable("partly optimized out") : other)
      }
      position += count
    }
    return .success(result)
  }

  private func littleEndian(_ value: UInt64, _ size: Int) -> Reading {
    var bytes: [UInt8] = []
    var rest = value
    for _ in 0..<size {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
    return .success(bytes)
  }
}
