// The stack machine of DWARF expressions (DWARF 5, section 2.5), bounded in stack and steps.

internal import Bytes

/// Where a value is, or what it is.
enum ValueLocation: Sendable {
  /// In memory at this address of the target.
  case memory(UInt64)
  /// In a register.
  case register(UInt64)
  /// Nowhere: this is the value.
  case value(UInt64)
  case implicit([UInt8])
  /// In pieces, the first lowest.
  case pieces([ValuePiece])
  /// The compiler kept no trace of it.
  case optimizedOut
  /// Not to be had; the text says why.
  case unavailable(String)
}

/// A part of a value that is in several places.
struct ValuePiece: Sendable {
  var location: ValueLocation
  /// In bits.
  var size: Int
  /// How many bits of what is at the location come before it.
  var offset = 0
}

/// What an expression may ask for.
struct ExpressionContext {
  var registers: (UInt64) -> UInt64?
  var memory: MemoryReader
  /// Added to addresses that the file holds.
  var bias: UInt64 = 0
  var unit: Unit?
  var frameAddress: () -> UInt64? = { nil }
  var frameBase: () -> UInt64? = { nil }
  /// The value that a register had on entry to the function, if the caller tells.
  var entryValue: (ByteView) -> UInt64? = { _ in nil }
}

/// Evaluates one expression.
struct ExpressionMachine {
  private let context: ExpressionContext
  private var stack: [UInt64]
  private var pieces: [ValuePiece] = []
  /// Where the value is if an operation said so and no piece took it yet.
  private var pending: ValueLocation?
  private static let stackLimit = 64
  private static let stepLimit = 4096

  private enum Stop: Error { case with(ValueLocation) }

  init(_ context: ExpressionContext, initial: [UInt64] = []) {
    self.context = context
    stack = initial
  }

  /// Evaluates to a location. What cannot be evaluated is a location as well.
  mutating func locate(_ code: ByteView) -> ValueLocation {
    if code.count == 0 { return .optimizedOut }
    do throws(Stop) {
      try run(code)
    } catch {
      switch error {
      case .with(let location): return location
      }
    }
    if !pieces.isEmpty { return .pieces(pieces) }
    if let pending { return pending }
    guard let top = stack.last else { return .unavailable("an expression left no value") }
    return .memory(top)
  }

  /// Evaluates to a number: an address, or what an expression computes.
  mutating func compute(_ code: ByteView) -> UInt64? {
    switch locate(code) {
    case .memory(let value), .value(let value): return value
    case .register(let number): return context.registers(number)
    default: return nil
    }
  }

  private func malformed() -> Stop { .with(.unavailable("a malformed location expression")) }

  private mutating func push(_ value: UInt64) throws(Stop) {
    guard stack.count < Self.stackLimit else { throw malformed() }
    stack.append(value)
  }

  private mutating func pop() throws(Stop) -> UInt64 {
    guard let value = stack.popLast() else { throw malformed() }
    return value
  }

  private func register(_ number: UInt64) throws(Stop) -> UInt64 {
    guard let value = context.registers(number) else { throw .with(.optimizedOut) }
    return value
  }

  private mutating func run(_ code: ByteView) throws(Stop) {
    var cursor = ByteCursor(code)
    var steps = 0
    while !cursor.isAtEnd {
      steps += 1
      guard steps <= Self.stepLimit else { throw malformed() }
      let opcode = cursor.u8()
      switch opcode {
      case 0x30...0x4f: try push(UInt64(opcode &- 0x30))
      case 0x50...0x6f: pending = .register(UInt64(opcode &- 0x50))
      case 0x70...0x8f:
        let offset = UInt64(bitPattern: cursor.sleb())
        try push(register(UInt64(opcode &- 0x70)) &+ offset)
      case 0x08...0x11: try push(constant(opcode, &cursor))
      case 0x19...0x1f, 0x20...0x27, 0x29...0x2e: try compute(opcode, &cursor)
      case 0x12...0x17: try shuffle(opcode, &cursor)
      case 0x28, 0x2f:
        let distance = Int(Int16(bitPattern: cursor.u16()))
        let isTaken: Bool
        if opcode == 0x2f { isTaken = true } else { isTaken = try pop() != 0 }
        if isTaken { cursor = ByteCursor(code, at: cursor.offset &+ distance) }
      default: try runRare(opcode, &cursor)
      }
      if cursor.failed { throw malformed() }
    }
  }

  private func constant(_ opcode: UInt8, _ cursor: inout ByteCursor) -> UInt64 {
    switch opcode {
    case 0x08: UInt64(cursor.u8())
    case 0x09: UInt64(bitPattern: Int64(Int8(bitPattern: cursor.u8())))
    case 0x0a: UInt64(cursor.u16())
    case 0x0b: UInt64(bitPattern: Int64(Int16(bitPattern: cursor.u16())))
    case 0x0c: UInt64(cursor.u32())
    case 0x0d: UInt64(bitPattern: Int64(Int32(bitPattern: cursor.u32())))
    case 0x0e, 0x0f: cursor.u64()
    case 0x10: cursor.uleb()
    default: UInt64(bitPattern: cursor.sleb())
    }
  }

  private mutating func shuffle(_ opcode: UInt8, _ cursor: inout ByteCursor) throws(Stop) {
    func element(_ depth: Int) throws(Stop) -> UInt64 {
      guard depth < stack.count else { throw malformed() }
      return stack[stack.count - 1 - depth]
    }
    switch opcode {
    case 0x12: try push(element(0))
    case 0x13: _ = try pop()
    case 0x14: try push(element(1))
    case 0x15: try push(element(Int(cursor.u8())))
    case 0x16:
      let top = try pop()
      let next = try pop()
      try push(top)
      try push(next)
    default:
      let top = try pop()
      let second = try pop()
      let third = try pop()
      try push(top)
      try push(third)
      try push(second)
    }
  }

  private mutating func compute(_ opcode: UInt8, _ cursor: inout ByteCursor) throws(Stop) {
    switch opcode {
    case 0x19:
      let value = Int64(bitPattern: try pop())
      return try push(value < 0 ? 0 &- UInt64(bitPattern: value) : UInt64(bitPattern: value))
    case 0x1f: return try push(0 &- pop())
    case 0x20: return try push(~pop())
    case 0x23: return try push(pop() &+ cursor.uleb())
    default: break
    }
    let right = try pop()
    let left = try pop()
    let signedLeft = Int64(bitPattern: left)
    let signedRight = Int64(bitPattern: right)
    switch opcode {
    case 0x1a: try push(left & right)
    case 0x1b:
      guard right != 0 else { throw malformed() }
      try push(
        UInt64(bitPattern: signedLeft.dividedReportingOverflow(by: signedRight).partialValue))
    case 0x1c: try push(left &- right)
    case 0x1d:
      guard right != 0 else { throw malformed() }
      try push(left % right)
    case 0x1e: try push(left &* right)
    case 0x21: try push(left | right)
    case 0x22: try push(left &+ right)
    case 0x24: try push(right < 64 ? left << right : 0)
    case 0x25: try push(right < 64 ? left >> right : 0)
    case 0x26: try push(UInt64(bitPattern: signedLeft >> Int64(min(right, 63))))
    case 0x27: try push(left ^ right)
    case 0x29: try push(signedLeft == signedRight ? 1 : 0)
    case 0x2a: try push(signedLeft >= signedRight ? 1 : 0)
    case 0x2b: try push(signedLeft > signedRight ? 1 : 0)
    case 0x2c: try push(signedLeft <= signedRight ? 1 : 0)
    case 0x2d: try push(signedLeft < signedRight ? 1 : 0)
    default: try push(signedLeft != signedRight ? 1 : 0)
    }
  }

  private mutating func runRare(_ opcode: UInt8, _ cursor: inout ByteCursor) throws(Stop) {
    switch opcode {
    case 0x03: try push(cursor.u64() &+ context.bias)
    case 0x06: try push(load(pop(), 8))
    case 0x94: try push(load(pop(), Int(cursor.u8())))
    case 0x90: pending = .register(cursor.uleb())
    case 0x91:
      let offset = UInt64(bitPattern: cursor.sleb())
      guard let base = context.frameBase() else { throw .with(.optimizedOut) }
      try push(base &+ offset)
    case 0x92:
      let number = cursor.uleb()
      let offset = UInt64(bitPattern: cursor.sleb())
      try push(register(number) &+ offset)
    case 0x93: takePiece(bits: min(cursor.uleb(), 4096) * 8)
    case 0x9d:
      let bits = cursor.uleb()
      takePiece(bits: bits, offset: cursor.uleb())
    case 0x96: break
    case 0x9c:
      guard let address = context.frameAddress() else { throw .with(.optimizedOut) }
      try push(address)
    case 0x9e:
      guard let bytes = cursor.take(cursor.uleb()), bytes.count <= 4096 else { throw malformed() }
      pending = .implicit(bytes.bytes)
    case 0x9f: pending = try .value(pop())
    case 0xa1, 0xfb:
      guard let address = context.unit?.address(index: cursor.uleb()) else { throw malformed() }
      try push(address &+ context.bias)
    case 0xa2, 0xfc:
      guard let value = context.unit?.address(index: cursor.uleb()) else { throw malformed() }
      try push(value)
    case 0xa3, 0xf3:
      guard let inner = cursor.take(cursor.uleb()) else { throw malformed() }
      guard let value = context.entryValue(inner) else { throw .with(.optimizedOut) }
      try push(value)
    case 0xa8, 0xa9, 0xf7, 0xf9: _ = cursor.uleb()  // conversions between types: bits are kept
    case 0xf2, 0xa0: throw .with(.unavailable("an implicit pointer"))
    case 0x9b, 0xe0: throw .with(.unavailable("thread-local storage"))
    default: throw .with(.unavailable("DWARF operation 0x\(Hex.digits(of: UInt64(opcode)))"))
    }
  }

  private mutating func takePiece(bits: UInt64, offset: UInt64 = 0) {
    let location: ValueLocation
    if let pending {
      location = pending
    } else if let top = stack.popLast() {
      location = .memory(top)
    } else {
      location = .optimizedOut
    }
    pending = nil
    if pieces.count < 64 {
      let limit: UInt64 = 4096 * 8
      pieces.append(
        ValuePiece(
          location: location, size: Int(min(bits, limit)), offset: Int(min(offset, limit))))
    }
  }

  private func load(_ address: UInt64, _ size: Int) throws(Stop) -> UInt64 {
    guard (1...8).contains(size) else { throw malformed() }
    guard let bytes = context.memory(Address(address), size), bytes.count >= size else {
      throw .with(.unavailable("cannot read memory at \(Address(address))"))
    }
    return bytes.prefix(size).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
